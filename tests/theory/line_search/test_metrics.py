"""Metrics, shape distances and interpolation: by hand, against floats, and against all mini-batches one by one."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from theory.line_search.metrics import LineMetrics, interpolates, line_metrics, shape_distance

SLACK = 1e-12  # absolute; sums of up to 6 differences of numbers up to 9 in float64
rationals = st.fractions(-9, 9, max_denominator=9)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[list[Fraction], list[Fraction]]:
    size = draw(st.integers(1, 6))
    return tuple(draw(st.lists(rationals, min_size=size, max_size=size)) for _ in range(2))


@pytest.mark.claim("mutschler-zell:definition-metrics")
@given(rationals, rationals, rationals, rationals)
def test_the_three_metrics(best: Fraction, step: Fraction, start: Fraction, end: Fraction) -> None:
    found = line_metrics(best, step, start, end)
    assert found == LineMetrics(*(sp.Rational(v) for v in (step, best - step, start - end)))
    numeric = line_metrics(float(best), np.array([float(step)] * 2), float(start), float(end))
    assert numeric.distance.shape == (2,) and abs(numeric.improvement - float(start - end)) < SLACK


def test_metrics_that_are_refused() -> None:
    with pytest.raises(ValueError, match="broadcast"):
        line_metrics(np.ones(2), np.ones(3), 1.0, 1.0)
    with pytest.raises(ValueError, match="finite"):
        line_metrics(1.0, float("nan"), 1.0, 1.0)
    with pytest.raises(TypeError):
        line_metrics(1, "2", 1, 1)


@pytest.mark.claim("mutschler-zell:definition-shape")
@given(pairs(), rationals)
def test_the_shape_distance(lines: tuple[list[Fraction], list[Fraction]], offset: Fraction) -> None:
    one, two = lines
    by_hand = sum(abs((p - min(one)) - (q - min(two))) for p, q in zip(one, two, strict=True)) / len(one)
    assert shape_distance(one, two) == sp.Rational(by_hand) == shape_distance(two, one)
    assert shape_distance(one, [p + offset for p in one]) == 0
    assert shape_distance(one, [p + offset for p in two]) == sp.Rational(by_hand), "no offset is seen"
    arrays = [np.array([float(v) for v in line]) for line in lines]
    assert abs(shape_distance(*arrays) - float(by_hand)) < SLACK
    absolute = np.abs((arrays[0] - arrays[0].min()) - (arrays[1] - arrays[1].min()))
    assert absolute.max() + SLACK >= shape_distance(*arrays) >= absolute.min() - SLACK


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        (([], []), ValueError),
        (([1], [1, 2]), ValueError),
        ((np.ones((2, 2)), np.ones((2, 2))), ValueError),
        ((np.array([1.0, np.inf]), np.ones(2)), ValueError),
        ((np.ones(2), [1, 2]), TypeError),
        (([0.5], [1]), TypeError),
        ((np.ones(2, np.float32), np.ones(2)), TypeError),
    ],
)
def test_lines_that_are_refused(lines: tuple, error: type[Exception]) -> None:
    with pytest.raises(error):
        shape_distance(*lines)


@pytest.mark.claim("mutschler-zell:definition-interpolation")
@given(st.integers(1, 5), st.integers(1, 2), st.integers(0, 10**6), st.data())
def test_interpolation_batch_by_batch(count: int, size: int, seed: int, data: st.DataObject) -> None:
    """All mini-batches one by one; half of the draws have the mean 0, some only zeros."""
    rows = np.random.default_rng(seed).integers(-1, 2, (count, size))
    if seed % 2:
        rows[-1] -= rows.sum(axis=0)
    if seed % 5 == 0:
        rows[:] = 0
    batch = data.draw(st.integers(1, count))
    full = rows.sum(axis=0)
    expected = bool(full.any()) or all(not rows[list(chosen)].sum(axis=0).any() for chosen in combinations(range(count), batch))
    assert interpolates(rows.tolist(), batch) is expected


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (([], 1), ValueError),
        (([[]], 1), ValueError),
        (([[1], [1, 2]], 1), ValueError),
        (([[1]], 0), ValueError),
        (([[1]], 2), ValueError),
        (([[1]], True), ValueError),
        (([[0.5]], 1), TypeError),
    ],
)
def test_gradients_that_are_refused(arguments: tuple, error: type[Exception]) -> None:
    with pytest.raises(error):
        interpolates(*arguments)
