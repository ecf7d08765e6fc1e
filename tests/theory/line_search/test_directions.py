"""SGD's line and the Newton step on it: exact against floats, the minimum by a search in fractions, bad input."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from theory.line_search.directions import line_direction, newton_line_step

SLACK = 1e-9  # relative; a dozen roundings in float64 with entries up to 5, and a curvature of 1/25 at least
vectors = st.lists(st.integers(-5, 5), min_size=1, max_size=4)


@pytest.mark.claim("mutschler-zell:text-direction")
@given(vectors.filter(any), st.integers(0, 9), st.integers(0, 10**6))
def test_directions_are_1_long_and_opposite(entries: list[int], tenths: int, seed: int) -> None:
    old = [int(v) for v in np.random.default_rng(seed).integers(-5, 6, len(entries))]
    factor = Fraction(tenths, 10)
    moved = [factor * p + q for p, q in zip(old, entries, strict=True)]
    if not any(moved):
        with pytest.raises(ValueError, match="no direction"):
            line_direction(entries, old, factor)
        return
    way, momentum = line_direction(entries, old, factor)
    assert momentum == [sp.Rational(v) for v in moved]
    assert sp.Add(*(v**2 for v in way)) == 1
    length = sp.sqrt(sp.Rational(sum(v * v for v in moved)))
    assert all(sp.expand(v * length + sp.Rational(q)) == 0 for v, q in zip(way, moved, strict=True))
    found, _ = line_direction(np.array(entries, float), np.array(old, float), float(factor))
    assert np.abs(found - np.array([float(v) for v in way])).max() < SLACK


def test_without_momentum() -> None:
    assert line_direction([3, 4]) == ([-sp.Rational(3, 5), -sp.Rational(4, 5)], [3, 4])
    huge, tiny = line_direction(np.array([3e300, 4e300]))[0], line_direction(np.array([[3e-300], [4e-300]]))[0]
    assert np.allclose(huge, [-0.6, -0.8]) and np.allclose(tiny, [[-0.6], [-0.8]]), "no overflow, and any shape"


@pytest.mark.claim("mutschler-zell:equation-4")
@given(vectors.filter(any), st.integers(0, 10**6), st.booleans())
def test_the_newton_step_is_the_minimum(entries: list[int], seed: int, own: bool) -> None:
    """The loss <G, v> + v' H v/2 at multiples of g, whose minimum a parabola through three of them gives."""
    size = len(entries)
    dice = np.random.default_rng(seed)
    factor = dice.integers(-2, 3, (size, size))
    hessian = (factor @ factor.T + np.eye(size, dtype=int)).tolist()
    full = entries if own else [int(v) for v in dice.integers(-5, 6, size)]

    def loss(multiple: Fraction) -> Fraction:
        v = [-multiple * e for e in entries]
        bend = sum(v[k] * hessian[k][j] * v[j] for k in range(size) for j in range(size))
        return sum(p * q for p, q in zip(full, v, strict=True)) + bend / 2

    low, middle, high = loss(Fraction(-1)), loss(Fraction(0)), loss(Fraction(1))
    best = (low - high) / (2 * (high - 2 * middle + low))  # in units of |g|
    step = newton_line_step(hessian, full, entries)
    assert sp.expand(step - sp.Rational(best) * sp.sqrt(sum(e * e for e in entries))) == 0
    if own:
        square, bend = sum(e * e for e in entries), sum(p * hessian[j][k] * q for j, p in enumerate(entries) for k, q in enumerate(entries))
        assert sp.expand(step - sp.Integer(square) ** sp.Rational(3, 2) / bend) == 0
        printed = sp.sqrt(square) / bend
        assert (sp.expand(step - printed) == 0) == (square == 1), "as printed it is right where |G| = 1"
    numeric = newton_line_step(np.array(hessian, float), np.array(full, float), np.array(entries, float))
    assert abs(numeric - float(step)) <= SLACK * (1 + abs(float(step)))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1]], [0], [0]), "no direction"),
        (([[-1]], [1], [1]), "curvature"),
        (([[0]], [1], [1]), "curvature"),
        (([[1, 0]], [1], [1]), "H has"),
        (([[1]], [1, 2], [1]), "shape"),
        ((np.eye(2), np.array([1.0, np.nan]), np.ones(2)), "finite"),
        ((np.eye(2), np.ones(2), np.ones(3)), "shape"),
        ((np.ones(2), np.ones(2), np.ones(2)), "expected a matrix"),
    ],
)
def test_values_that_are_refused(arguments: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        newton_line_step(*arguments)


@pytest.mark.parametrize(
    "arguments", [([[1]], np.ones(1), np.ones(1)), (np.eye(1), [1], [1]), ([[1.5]], [1], [1]), ([1], [1], [1]), ([[1]], "G", [1])]
)
def test_kinds_that_are_refused(arguments: tuple) -> None:
    with pytest.raises(TypeError):
        newton_line_step(*arguments)


def test_directions_that_are_refused() -> None:
    for bad in ([0, 0], np.zeros(3)):
        with pytest.raises(ValueError, match="no direction"):
            line_direction(bad)
    with pytest.raises(TypeError, match="different kinds"):
        line_direction([1], np.ones(1), 1)
    with pytest.raises(ValueError, match="shape"):
        line_direction([1, 2], [1], 1)
    with pytest.raises(ValueError, match="overflows"):
        line_direction(np.array([1e308]), np.array([1e308]), 10.0)
    with pytest.raises(TypeError):
        line_direction([0.5])
