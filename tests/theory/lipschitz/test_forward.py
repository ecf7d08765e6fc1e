"""The layers of the paper against torch, and what the definitions say in exact cases."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
import torch
from hypothesis import given
from hypothesis import strategies as st

from dynamics.maps.gradient_map import GradientMap
from theory.lipschitz import logistic_constant
from theory.lipschitz.forward import layers

SLACK = 1e-9  # relative to the largest number, for a few dozen roundings in float64


@pytest.mark.claim("yedida-saha:equation-2")
@pytest.mark.claim("yedida-saha:definition-notation")
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_layers_against_torch(seed: int, sigmoid: bool) -> None:
    dice = np.random.default_rng(seed)
    sizes, m = dice.integers(1, 5, size=int(dice.integers(2, 6))), int(dice.integers(1, 5))
    weights = [dice.normal(size=(a, b)) for a, b in zip(sizes, sizes[1:], strict=False)]
    biases, X = [dice.normal(size=b) for b in sizes[1:]], dice.normal(size=(sizes[0], m))
    one = torch.nn.Sigmoid() if sigmoid else torch.nn.ReLU()
    blocks = []
    for W, b in zip(weights, biases, strict=True):
        linear = torch.nn.Linear(W.shape[0], W.shape[1], dtype=torch.float64)
        linear.weight.data, linear.bias.data = torch.tensor(W.T), torch.tensor(b)
        blocks += [linear, one]
    wanted = torch.nn.Sequential(*blocks)(torch.tensor(X.T)).detach().numpy().T
    found = layers(weights, biases, X, (lambda z: 1 / (1 + np.exp(-z))) if sigmoid else lambda z: np.maximum(z, 0))
    assert (found.samples, found.depth) == (m, len(weights))
    np.testing.assert_allclose(found.activations[-1], wanted, rtol=SLACK, atol=SLACK)


@pytest.mark.parametrize(
    ("weights", "biases", "X", "message"),
    [
        ([[[1.0]]], [], [[1.0]], "1 weight matrices and 0 biases"),
        ([[[1.0]]], [[0.0]], [1.0], "expected features x samples"),
        ([[[1.0]]], [[0.0]], [[1.0], [2.0]], r"layer 1: W has the shape \(1, 1\)"),
    ],
)
def test_bad_shapes_are_refused(weights: list, biases: list, X: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        layers([np.array(W) for W in weights], [np.array(b) for b in biases], np.array(X))


@pytest.mark.claim("yedida-saha:definition-lipschitz")
@given(st.floats(-3, 3), st.floats(-3, 3), st.integers(0, 1))
def test_the_least_constant_bounds_slopes_and_no_less_does(w: float, v: float, y: int) -> None:
    """Logistic regression on the sample 2: L = 2, which is approached and not attained."""
    found = logistic_constant([[2]], [y])
    assert found.exact == 2 and not found.attained

    def loss(weight: float) -> float:
        return float(np.logaddexp(0, 2 * weight) - 2 * y * weight)

    assert abs(loss(w) - loss(v)) <= found.high * abs(w - v) + SLACK
    wrong = 1 if y == 0 else -1
    assert abs(loss(wrong * 20) - loss(wrong * 21)) > 2 - 1e-6


@pytest.mark.claim("yedida-saha:equation-gd")
@given(st.fractions(-5, 5), st.fractions(-5, 5), st.fractions(Fraction(1, 10), 3))
def test_one_step_in_fractions(w: Fraction, v: Fraction, alpha: Fraction) -> None:
    """On w^2 + 3 w v, with the gradient (2 w + 3 v, 3 w)."""
    x, y = sp.symbols("x y", real=True)
    step = GradientMap(x**2 + 3 * x * y, (x, y), sp.Rational(alpha))
    *_, (first, second) = step.orbit((sp.Rational(w), sp.Rational(v)), 1)
    assert (first, second) == (sp.Rational(w - alpha * (2 * w + 3 * v)), sp.Rational(v - alpha * 3 * w))
