"""Least squares, logistic and softmax regression: NumPy's formulas, the closed form against iteration, and what is refused."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from dynamics.networks.linear_models import LONGEST, LeastSquares, Logistic, Model, Softmax, closed_form, descend, first_below

FLOAT = torch.float64
ROUNDING = 1e-12  # sums of at most 40 products of numbers below 10: 40 x 100 x 2^-53 is 4e-13
CENTRAL = 1e-7  # a central difference with h = 1e-5 errs by h^2 (third derivative)/6 and by 2^-53/h, both below 1e-10 here


def samples(seed: int, m: int = 12, n: int = 3) -> Tensor:
    return torch.tensor(np.random.default_rng(seed).normal(size=(m, n)))


def models(seed: int = 0) -> list[Model]:
    X, generator = samples(seed), np.random.default_rng(seed)
    return [
        LeastSquares(X, torch.tensor(generator.normal(size=len(X)))),
        Logistic(X, torch.tensor(generator.integers(0, 2, len(X)))),
        Softmax(X, torch.tensor(generator.integers(0, 4, len(X))), 4),
    ]


def starts(model: Model, count: int = 5, seed: int = 1) -> Tensor:
    return torch.tensor(np.random.default_rng(seed).normal(size=(count, model.inputs.shape[1], model.outputs)))


@pytest.mark.parametrize("model", models(), ids=lambda model: type(model).__name__)
def test_the_gradient_is_the_slope_of_the_loss(model: Model) -> None:
    weights, h = starts(model), 1e-5
    _, gradient = model.loss_and_gradient(weights)
    for place in itertools.product(range(weights.shape[1]), range(weights.shape[2])):
        shift = torch.zeros_like(weights)
        shift[:, place[0], place[1]] = h
        slope = (model.loss_and_gradient(weights + shift)[0] - model.loss_and_gradient(weights - shift)[0]) / (2 * h)
        assert torch.allclose(slope, gradient[:, place[0], place[1]], atol=CENTRAL, rtol=0)


def test_the_losses_are_those_of_the_textbook() -> None:
    squares, logistic, softmax = models()
    for model in (squares, logistic, softmax):
        for start, loss in zip(starts(model), model.loss_and_gradient(starts(model))[0], strict=True):
            z = (model.inputs @ start).numpy()
            if isinstance(model, LeastSquares):
                expected = np.mean((z[:, 0] - model.targets.numpy()) ** 2) / 2
            elif isinstance(model, Logistic):
                chance = 1 / (1 + np.exp(-z[:, 0]))
                expected = -np.mean(np.log(np.where(model.labels.numpy() == 1, chance, 1 - chance)))
            else:
                chances = np.exp(z) / np.exp(z).sum(1, keepdims=True)
                expected = -np.mean(np.log(chances[np.arange(len(z)), model.labels.numpy()]))
            assert float(loss) == pytest.approx(expected, abs=ROUNDING)


def test_logistic_is_softmax_with_two_classes() -> None:
    logistic = models()[1]
    assert isinstance(logistic, Logistic)
    softmax, weights = Softmax(logistic.inputs, logistic.labels, 2), starts(logistic)
    both = torch.cat([torch.zeros_like(weights), weights], dim=2)
    for one, two in zip(logistic.loss_and_gradient(weights), softmax.loss_and_gradient(both), strict=True):
        assert torch.allclose(one, two[..., 1:] if two.ndim == 3 else two, atol=ROUNDING, rtol=0)
    assert torch.equal(logistic.predict(logistic.inputs, weights), softmax.predict(logistic.inputs, both))


def test_nothing_overflows() -> None:
    for model in models()[1:]:
        loss, gradient = model.loss_and_gradient(1e200 * starts(model))
        assert bool(torch.isfinite(loss).all()) and bool(torch.isfinite(gradient).all())


@given(seed=st.integers(0, 200), scaled=st.sampled_from([0.1, 0.9, 1.7, 2.0, 2.3, 5.0]), epochs=st.integers(0, 30))
def test_the_closed_form_is_the_iteration(seed: int, scaled: float, epochs: int) -> None:
    """Steps up to beyond 2/lambda, where the loss grows."""
    model = models(seed)[0]
    assert isinstance(model, LeastSquares)
    weights = starts(model, seed=seed)
    closed = closed_form(model, weights)
    step = scaled / float(closed.curvatures.max())
    _, run = next(itertools.islice(descend(model, weights, step), epochs, None))
    ours = closed.losses(step, torch.full((len(weights),), float(epochs), dtype=FLOAT))
    # each epoch multiplies a rounding error by |1 - step lambda| at most, so that it stays relative to the largest loss
    assert torch.allclose(ours, run, rtol=1e-10, atol=1e-11 * float(closed.first.max()))


@given(seed=st.integers(0, 200), scaled=st.sampled_from([0.3, 1.0, 2.0, 2.05, 2.5]), share=st.floats(0.05, 1.2))
def test_the_epoch_is_that_of_the_iteration(seed: int, scaled: float, share: float) -> None:
    """The threshold lies between the floor and above the start; a loss that will grow may dip below it before."""
    model = models(seed)[0]
    assert isinstance(model, LeastSquares)
    weights = starts(model, seed=seed)
    closed = closed_form(model, weights)
    step = scaled / float(closed.curvatures.max())
    floor = float((closed.first - closed.shares.sum(0)).min())
    threshold = floor + share * (float(closed.first.min()) - floor)
    assert closed.first_below(step, threshold, budget=60) == first_below(model, weights, step, threshold, budget=60)


def test_the_floor_is_the_residual_of_least_squares() -> None:
    """NumPy's `lstsq` is the second route. A threshold below the floor is never reached, one above it is."""
    model = models()[0]
    assert isinstance(model, LeastSquares)
    _, residual, *_ = np.linalg.lstsq(model.inputs.numpy(), model.targets.numpy(), rcond=None)
    floor = residual[0] / (2 * len(model.inputs))
    closed = closed_form(model, starts(model))
    step = 1 / float(closed.curvatures.max())
    assert closed.losses(step, torch.full((5,), 1e9, dtype=FLOAT)).numpy() == pytest.approx(floor, rel=1e-11)
    assert closed.first_below(step, floor * (1 - 1e-9)) == [None] * 5
    assert all(epoch is not None and epoch < LONGEST for epoch in closed.first_below(step, floor * (1 + 1e-9)))


def test_epochs_beyond_any_iteration() -> None:
    """One sample, w from 1 to 1e-3 by factors 1 - 1e-9: log(1e3)/1e-9 epochs, to the next whole number."""
    model = LeastSquares(torch.tensor([[1.0]], dtype=FLOAT), torch.tensor([0.0], dtype=FLOAT))
    (epochs,) = closed_form(model, torch.ones(1, 1, 1, dtype=FLOAT)).first_below(1e-9, 5e-7)
    assert epochs == pytest.approx(np.log(1e3) / 1e-9, rel=1e-8)


def test_a_step_of_one_over_the_curvature_arrives_in_one_epoch() -> None:
    """There 1 - step lambda is 0, and its power 0 is 1."""
    closed = closed_form(
        LeastSquares(torch.tensor([[1.0]], dtype=FLOAT), torch.tensor([0.0], dtype=FLOAT)), torch.ones(1, 1, 1, dtype=FLOAT)
    )
    assert [float(closed.losses(1.0, torch.tensor([float(epoch)], dtype=FLOAT))) for epoch in range(3)] == [0.5, 0.0, 0.0]
    assert closed.first_below(1.0, 1.0) == [0] and closed.first_below(1.0, 0.5) == [1]


def test_the_starts_are_left_as_they_are_and_already_below_is_epoch_0() -> None:
    for model in models():
        weights = starts(model)
        before = weights.clone()
        assert first_below(model, weights, 0.1, 1e9, budget=3) == [0] * 5
        next(itertools.islice(descend(model, weights, 0.1), 3, None))
        assert torch.equal(weights, before)
        assert first_below(model, weights, 0.1, 0.0, budget=3) == [None] * 5


ONE, LABEL, START = torch.ones(2, 1, dtype=FLOAT), torch.tensor([0, 1]), torch.ones(1, 1, 1, dtype=FLOAT)
NAN = torch.tensor([[1.0], [float("nan")]], dtype=FLOAT)


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (TypeError, "float32", lambda: LeastSquares(ONE.float(), ONE[:, 0])),
        (TypeError, "int64", lambda: LeastSquares(ONE, LABEL)),
        (TypeError, "float64", lambda: Logistic(ONE, ONE[:, 0])),
        (ValueError, r"shape \(2,\)", lambda: LeastSquares(ONE[:, 0], ONE[:, 0])),
        (ValueError, r"shape \(0, 1\)", lambda: Logistic(ONE[:0], LABEL[:0])),
        (ValueError, r"shape \(1,\): expected \(2,\)", lambda: Logistic(ONE, LABEL[:1])),
        (ValueError, "NaN", lambda: Softmax(NAN, LABEL, 2)),
        (ValueError, "from 0 to 2: expected 0 to 1", lambda: Logistic(ONE, 2 * LABEL)),
        (ValueError, "from -1 to 0", lambda: Softmax(ONE, LABEL - 1, 2)),
        (ValueError, "classes is 1", lambda: Softmax(ONE, LABEL, 1)),
        (ValueError, "step is -1", lambda: next(descend(Logistic(ONE, LABEL), START, -1.0))),
        (ValueError, "step is nan", lambda: next(descend(Logistic(ONE, LABEL), START, float("nan")))),
        (ValueError, r"expected \(1, 1, 2\)", lambda: next(descend(Softmax(ONE, LABEL, 2), START, 0.1))),
        (TypeError, "float32", lambda: next(descend(Logistic(ONE, LABEL), START.float(), 0.1))),
        (ValueError, "infinity", lambda: next(descend(Logistic(ONE, LABEL), START / 0, 0.1))),
    ],
)
def test_bad_input(error: type[Exception], message: str, call: object) -> None:
    assert callable(call)
    with pytest.raises(error, match=message):
        call()
