"""Section 6 in numbers: random gradients through the averages and through the optimizers themselves, and exact fractions."""

from __future__ import annotations

import inspect
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dynamics.optimizers import AdaMo, AutoAdam, LipschitzRMSprop

SEEDS = st.integers(0, 10**6)
ROUNDED = 1e-9  # some hundred operations in float64 on numbers of one size


def averaged(values: np.ndarray, beta: float) -> np.ndarray:
    """The closed form: (1 - b) times the sum of b^(n - s) x(s)."""
    n = len(values)
    return (1 - beta) * np.tensordot(beta ** np.arange(n - 1, -1, -1.0), values, 1)


def steps(optimizer_class: type, gradients: np.ndarray, **options: object) -> np.ndarray:
    """The moves of the optimizer that meets these gradients, one a row."""
    w = torch.zeros(gradients.shape[1], dtype=torch.float64, requires_grad=True)
    optimizer = optimizer_class([w], **options)
    found = []
    for gradient in gradients:
        before = w.detach().clone()
        w.grad = torch.as_tensor(gradient).clone()
        optimizer.step()
        found.append((w.detach() - before).numpy())
    return np.array(found)


@pytest.mark.claim("yedida-saha:text-ewa-sup")
@given(SEEDS, st.integers(1, 6), st.integers(1, 12), st.sampled_from([0.0, 0.5, 0.9]), st.sampled_from([0.1, 1.0, 10.0]))
def test_averages_of_norms_are_above(seed: int, size: int, n: int, beta: float, scale: float) -> None:
    gradients = scale * np.random.default_rng(seed).normal(size=(n, size))
    for values in (gradients, gradients**2):
        assert np.linalg.norm(averaged(values, beta)) <= averaged(np.linalg.norm(values, axis=1), beta) * (1 + ROUNDED)
    line = np.abs(gradients[:, :1]) * gradients[0]
    assert np.isclose(np.linalg.norm(averaged(line, beta)), averaged(np.linalg.norm(line, axis=1), beta), rtol=ROUNDED), "attained"


@pytest.mark.claim("yedida-saha:text-ewa-sup")
def test_squares_are_above_the_average_of_the_norms() -> None:
    gradients = np.full((5, 1), 2.0)
    assert np.linalg.norm(averaged(gradients**2, 0.9)) == pytest.approx(2 * averaged(np.abs(gradients), 0.9)[0])


@pytest.mark.claim("yedida-saha:algorithm-1")
@given(SEEDS, st.integers(1, 6), st.integers(1, 12), st.sampled_from([0.0, 0.5, 0.9]))
def test_no_step_of_adamo_is_longer_than_1(seed: int, size: int, n: int, beta: float) -> None:
    gradients = np.random.default_rng(seed).normal(size=(n, size)) * 10.0 ** np.random.default_rng(seed + 1).integers(-3, 4, (n, 1))
    lengths = np.linalg.norm(steps(AdaMo, gradients, beta=beta), axis=1)
    assert (lengths <= 1 + ROUNDED).all() and lengths[0] == pytest.approx(1)


@pytest.mark.claim("yedida-saha:text-alg1-optimal")
@given(st.sampled_from([0.0, 0.5, 0.9, 0.99]))
def test_the_first_step_overshoots_whatever_beta_is(beta: float) -> None:
    (move,) = steps(AdaMo, np.array([[0.5]]), beta=beta)  # w^2 at 1/4
    assert (0.25 + move[0]) ** 2 == pytest.approx(9 * 0.25**2)


@pytest.mark.claim("yedida-saha:text-alg1-optimal")
@given(st.sampled_from([0.0, 0.5, 0.9, 0.99]))
def test_the_largest_slope_of_a_region_overshoots_too(beta: float) -> None:
    """For |w| <= 1/2 the slope of w^2 is at most 1; from 1/4 the step ends at -1/4, whose loss is the same."""
    (move,) = steps(AdaMo, np.array([[0.5]]), bound=lambda _: 1.0, beta=beta)
    assert 0.25 + move[0] == pytest.approx(-0.25)


@pytest.mark.claim("yedida-saha:text-alg1-optimal")
def test_two_points_for_ever() -> None:
    w = torch.tensor([0.5], dtype=torch.float64, requires_grad=True)
    optimizer, seen = AdaMo([w], beta=0.0), set()
    for _ in range(1000):
        optimizer.zero_grad()
        w.square().sum().backward()
        optimizer.step()
        seen.add(w.item())
    assert seen == {0.5, -0.5}


@pytest.mark.claim("yedida-saha:text-alg1-optimal")
@given(SEEDS, st.integers(1, 6), st.integers(1, 12), st.sampled_from([0.0, 0.5, 0.9]))
def test_a_larger_step_size_can_be_too_long(seed: int, size: int, n: int, beta: float) -> None:
    rng = np.random.default_rng(seed)
    bounds, direction = rng.exponential(size=(n, 1)), rng.normal(size=size)
    worst = averaged(bounds * direction / np.linalg.norm(direction), beta)
    K = averaged(bounds, beta)[0]
    assert np.linalg.norm(1.01 / K * worst) > 1 >= np.linalg.norm(worst / K) * (1 - ROUNDED)


@pytest.mark.claim("yedida-saha:algorithm-2")
@pytest.mark.claim("yedida-saha:algorithm-3")
@pytest.mark.parametrize("optimizer", [LipschitzRMSprop, AutoAdam])
@given(SEEDS, st.integers(1, 6), st.integers(1, 12), st.sampled_from([1e-3, 2.0, 1e4]))
def test_the_sign_first_and_no_scale(optimizer: type, seed: int, size: int, n: int, scale: float) -> None:
    gradients = np.random.default_rng(seed).normal(size=(n, size))
    own = steps(optimizer, gradients, epsilon=0)
    assert np.allclose(own[0], -np.sign(gradients[0]), rtol=ROUNDED, atol=0)
    assert np.allclose(steps(optimizer, scale * gradients, epsilon=0), own, rtol=ROUNDED, atol=ROUNDED)
    with_another_bound = steps(optimizer, gradients[:1], epsilon=0, bound=lambda parameters: 7.0)
    assert np.allclose(with_another_bound, own[:1], rtol=ROUNDED, atol=0), "whatever the bound is"


@pytest.mark.claim("yedida-saha:text-bias")
@given(SEEDS, st.integers(1, 5), st.integers(1, 12))
def test_the_correction_cancels(seed: int, size: int, n: int) -> None:
    gradients = np.random.default_rng(seed).normal(size=(n, size))
    for optimizer in (LipschitzRMSprop, AutoAdam):
        plain, corrected = (steps(optimizer, gradients, epsilon=0, bias_correction=choice) for choice in (False, True))
        assert np.allclose(plain, corrected, rtol=ROUNDED, atol=ROUNDED)


@pytest.mark.claim("yedida-saha:text-bias")
@given(st.fractions(-5, 5), st.integers(1, 5), st.integers(1, 5), st.fractions(0, Fraction(9, 10)))
def test_only_steps_correct_the_bias(gradient: Fraction, epochs: int, batches: int, beta: Fraction) -> None:
    average = Fraction(0)
    for _ in range(epochs * batches):
        average = beta * average + (1 - beta) * gradient
    assert average / (1 - beta ** (epochs * batches)) == gradient
    unbiased = average / (1 - beta**epochs) == gradient
    assert unbiased == (batches == 1 or beta == 0 or gradient == 0)


@pytest.mark.claim("yedida-saha:text-defaults")
def test_the_defaults() -> None:
    options = inspect.signature(AutoAdam).parameters
    assert (options["beta_1"].default, options["beta_2"].default) == (0.9, 0.999)
    gradients = np.array([[1.0], [-2.0], [0.5]])
    V, S, K1, K2 = (averaged(v, b)[0] for v, b in ((gradients, 0.9), (gradients**2, 0.999), (abs(gradients), 0.9), (gradients**2, 0.999)))
    assert steps(AutoAdam, gradients, epsilon=0)[-1, 0] == pytest.approx(-np.sqrt(K2) / K1 * V / np.sqrt(S))


@pytest.mark.claim("yedida-saha:text-kz-0668")
def test_the_rate_in_fractions() -> None:
    rates = [
        1 / (Fraction(9, 10 * 128) * (Fraction("206.695") + a) + (Fraction("43.257") + b) / 1000)
        for a in (-Fraction(1, 2000), Fraction(1, 2000))
        for b in (-Fraction(1, 2000), Fraction(1, 2000))
    ]
    assert {round(float(rate), 3) for rate in rates} == {0.668}
    assert 1 / (9 / (10 * 50000) * 206.695 + 43.257e-3) > 21, "with all samples for m"


@pytest.mark.claim("yedida-saha:text-l-large")
@given(SEEDS, st.integers(1, 6), st.integers(1, 4), st.sampled_from([1.0, 2.0, 1e3]))
def test_a_step_moves_the_logits_further(seed: int, m: int, n: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    X, labels, w = rng.normal(size=(m, n)), rng.integers(0, 2, m), rng.normal(size=n)

    def moved(data: np.ndarray, weights: np.ndarray) -> np.ndarray:
        gradient = data.T @ (1 / (1 + np.exp(-data @ weights)) - labels) / m
        return data @ gradient / (np.linalg.norm(data) / (2 * m))

    assert np.allclose(moved(scale * X, w / scale), scale * moved(X, w), rtol=1e-6, atol=0), "the same logits to begin with"
