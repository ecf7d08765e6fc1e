"""Epochs of minibatches whose mean has a corridor: affine losses, and pairs of quadratics that cancel."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

sizes, counts, seeds = st.integers(1, 5), st.integers(2, 6), st.integers(0, 10**6)


@pytest.mark.claim("dherin-rosca:text-sgd-decomposition")
@given(sizes, counts, st.floats(0.01, 3), seeds)
def test_a_step_with_one_batch(size: int, count: int, h: float, seed: int) -> None:
    """The distance of the two steps, for affine batches."""
    rng = np.random.default_rng(seed)
    batches, start = rng.normal(size=(count, size)), rng.normal(size=size)
    descent, stochastic = start - h * batches.mean(0), start - h * batches[0]
    assert np.linalg.norm(stochastic - descent) == pytest.approx(h * np.linalg.norm(batches[0] - batches.mean(0)))
    assert np.linalg.norm(stochastic - descent) > 0


@pytest.mark.claim("dherin-rosca:text-sgd-ir-occurs")
@given(sizes, counts, st.floats(0.01, 100), seeds)
def test_an_epoch_of_affine_batches(size: int, count: int, h: float, seed: int) -> None:
    """In any order and with any step size it ends where gradient descent does."""
    rng = np.random.default_rng(seed)
    batches, start = rng.normal(size=(count, size)), rng.normal(size=size)
    end = start.copy()
    for k in rng.permutation(count):
        end -= h * batches[k]
    assert end == pytest.approx(start - count * h * batches.mean(0), abs=1e-12 * h * count)


@pytest.mark.claim("dherin-rosca:text-sgd-ir-occurs")
@given(sizes, counts, st.floats(0.01, 0.5), seeds)
def test_an_epoch_of_curved_batches(size: int, count: int, h: float, seed: int) -> None:
    """Quadratic batches with Hessians that add up to 0, so that the mean is affine: the departure is h times their change."""
    rng = np.random.default_rng(seed)
    slopes, roots = rng.normal(size=(count, size)), rng.normal(size=(count, size, size))
    hessians = roots + roots.transpose(0, 2, 1)
    hessians -= hessians.mean(0)
    start = point = rng.normal(size=size)
    change = np.zeros(size)
    for slope, hessian in zip(slopes, hessians, strict=True):
        change -= hessian @ (point - start)
        point = point - h * (slope + hessian @ point)
    descent = start - count * h * slopes.mean(0)
    assert point - descent == pytest.approx(h * change, rel=1e-6, abs=1e-9)


@pytest.mark.claim("dherin-rosca:equation-19-20")
@given(sizes, counts, st.floats(0.01, 1), seeds)
def test_the_two_forms_of_the_modified_loss(size: int, count: int, h: float, seed: int) -> None:
    """The norm of the mean and the spread around it add up to the mean of the squared norms."""
    batches = np.random.default_rng(seed).normal(size=(count, size))
    mean = batches.mean(0)
    one = h / 4 * mean @ mean + h / (4 * count) * np.sum((batches - mean) ** 2)
    assert one == pytest.approx(h / (4 * count) * np.sum(batches**2))
