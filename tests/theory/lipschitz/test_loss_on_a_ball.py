"""The Lipschitz constants of least squares on a ball: slopes between pairs of points, in numbers found without the statements."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from mpmath import mpf
from sympy import Matrix, Rational

from tests.theory.lipschitz.statement_values import DIGITS, SAMPLES, size, true
from tests.theory.lipschitz.test_secular_equation import solved
from theory.lipschitz import least_squares_constant
from theory.lipschitz.least_on_a_ball import BEST, STEEPNESS, at_best, attained, least, own
from theory.lipschitz.loss_on_a_ball import LIPSCHITZ, NOT_ABOVE, POINT, exact, seven_is_one
from theory.lipschitz.secular_equation import SECULAR
from theory.lipschitz.symbols import K, L, X, m, multiplier, sigma, u, u_2, v, w, y
from theory.proof import NotProved, witness

NEAR = mpf(1) / 1000  # how far inside of the ball the middle of a steep pair lies, in parts of the radius
MARGIN = 1 / mpf(50)  # a steep pair on this side of the largest gradient shows a slope this much below it, at most
HAIR = mpf(10) ** -6
CASES = [
    ("one sample", [[1]], [1], 1),
    ("no feature but 0", [[0]], [3], 2),
    ("a sample that is 0, small ball", [[2], [0]], [1, 5], Fraction(1, 8)),
    ("m = 1, two features", [[1, -2]], [3], Fraction(1, 2)),
    ("the hard case", [[2, 0], [0, 1]], [0, 3], 1),
    ("opposite labels", [[1, 1], [1, 1]], [1, -1], 3),
    ("large ball", [[1, 2], [3, -1], [0, 0]], [1, -2, 4], 100),
    ("small ball", [[1, 2], [3, -1], [0, 0]], [1, -2, 4], Fraction(1, 100)),
]
Point = dict[Any, Any]


def exactly(rows: Any) -> Any:
    """A matrix of forty digits."""
    return np.array([[mpf(x.numerator) / x.denominator for x in row] for row in rows], dtype=object)


def loss(at: Point, weights: Any) -> Any:
    return size(at[X] @ weights - at[y]) ** 2 / (2 * at[m])


def gradient(at: Point, weights: Any) -> Any:
    return at[X].T @ (at[X] @ weights - at[y]) / at[m]


def steepest(at: Point, features: int) -> Any:
    """The point of the ball with the largest gradient: by a grid of the sphere, as it is convex in the weights."""
    if features == 1:
        ends = [np.array([[side * at[K]]], dtype=object) for side in (1, -1)]
    else:
        A, b = (part.astype(float) for part in (at[X].T @ at[X], at[X].T @ at[y]))
        angles = np.linspace(0, 2 * np.pi, 40001)
        circle = np.stack([np.cos(angles), np.sin(angles)])
        best = angles[int(((A @ circle * float(at[K]) - b) ** 2).sum(axis=0).argmax())]
        ends = [at[K] * np.array([[mpmath.cos(best)], [mpmath.sin(best)]], dtype=object)]
    return max(ends, key=lambda end: size(gradient(at, end)))


def with_samples(at: Point, best: Any) -> Point:
    """Points of the ball and beyond, and a pair close to the steepest point, along its gradient."""
    features = len(best)
    grid = [at[K] * np.array([[mpf(a)] for a in place], dtype=object) for place in itertools.product((-1, 0, 1), repeat=features)]
    middle, slope = (1 - NEAR) * best, gradient(at, (1 - NEAR) * best)
    way = NEAR * at[K] / 2 * slope / size(slope) if size(slope) > 0 else slope
    points = [*grid, best, middle + way, middle - way]
    return {**at, SAMPLES: {u: points, u_2: points}}


def drawn(rows: Any, targets: Any, radius: Any) -> Point:
    at = {X: exactly([[Fraction(x) for x in row] for row in rows]), y: exactly([[Fraction(t)] for t in targets])}
    return {**at, K: mpf(Fraction(radius).numerator) / Fraction(radius).denominator, m: mpf(len(rows))}


def check_both_sides(rows: Any, targets: Any, radius: Any) -> None:
    """What is above the largest gradient is a Lipschitz constant, what is below is none, and the statement says so."""
    with mpmath.workdps(DIGITS):
        at = drawn(rows, targets, radius)
        best = steepest(at, len(rows[0]))
        at, largest = with_samples(at, best), size(gradient(at, best))
        found = least_squares_constant(rows, targets, radius)
        assert found.low * (1 - 1e-6) <= largest <= found.high * (1 + 1e-6)
        slopes = [
            abs(loss(at, p) - loss(at, q)) / size(p - q)
            for p in at[SAMPLES][u]
            for q in at[SAMPLES][u]
            if size(p - q) > 0 and max(size(p), size(q)) <= at[K]
        ]
        assert (1 - MARGIN) * largest <= max(slopes, default=mpf(0)) <= largest * (1 + HAIR)
        for number, fits in ((largest * (1 + HAIR), True), (largest * 2, True), (largest * (1 - MARGIN), False), (largest / 2, False)):
            if largest == 0 and not fits:
                continue
            here = {**at, L: number}
            assert true(LIPSCHITZ, here) is fits
            assert true(NOT_ABOVE, here) is fits
            assert all(true(h, here) for h in exact.given)
            assert true(exact.then, here)


@pytest.mark.claim("yedida-saha:text-rhs-is-l")
@pytest.mark.parametrize(("name", "rows", "targets", "radius"), CASES)
def test_slopes_between_pairs_of_points(name: str, rows: Any, targets: Any, radius: Any) -> None:
    check_both_sides(rows, targets, radius)


@pytest.mark.claim("yedida-saha:text-rhs-is-l")
@settings(max_examples=10)
@given(st.data(), st.integers(1, 3), st.integers(1, 2))
def test_slopes_on_random_data(data: st.DataObject, samples: int, features: int) -> None:
    numbers = st.integers(-3, 3)
    rows = data.draw(st.lists(st.lists(numbers, min_size=features, max_size=features), min_size=samples, max_size=samples))
    targets = data.draw(st.lists(numbers, min_size=samples, max_size=samples))
    check_both_sides(rows, targets, data.draw(st.sampled_from([Fraction(1, 10), 1, 30])))


def numbers_of(found: dict) -> Point:
    """An exact instance with its best point and a first eigenvector, in forty digits."""
    top = max(found["A"].eigenvals())
    first = (found["A"] - top * Matrix.eye(2)).nullspace()[0].normalized()
    letters = {X: found["X"], y: found["y"], w: found["w"], v: first}
    numbers = {K: found["K"], sigma: top, multiplier: found["mu"]}
    at: Point = {key: exactly([[Fraction(str(x)) for x in row] for row in matrix.tolist()]) for key, matrix in letters.items()}
    return {**at, **{key: mpf(int(x.p)) / int(x.q) for key, x in numbers.items()}, m: mpf(2)}


@pytest.mark.claim("yedida-saha:text-rhs-is-l")
@settings(max_examples=15)
@given(solved())
def test_the_least_constant_where_the_secular_equation_holds(found: dict) -> None:
    """A stationary point of the sphere has a multiplier that is large enough exactly if its gradient is a Lipschitz constant."""
    with mpmath.workdps(DIGITS):
        at = numbers_of(found)
        best = steepest(at, 2)
        here, largest = size(gradient(at, at[w])), size(gradient(at, best))
        is_least = here > largest * (1 - HAIR)
        assume(is_least or here < largest * (1 - MARGIN))
        at = with_samples(at, at[w] if is_least else best)
        tried = [here * (1 - MARGIN), here, largest * (1 + HAIR), mpf(0)]
        at[SAMPLES] |= {multiplier: [at.pop(multiplier)], L: tried}
        assert all(true(h, at) for h in attained.given)
        assert true(SECULAR, at) is true(own(STEEPNESS), at) is is_least
        assert true(attained.then, at)
        for wrong in (STEEPNESS / 2, m * STEEPNESS):
            assert not true(least(wrong).then, at) or not is_least
        for letter, value in ((K, -at[K]), (v, 2 * at[v]), (sigma, at[sigma] * 2), (w, 2 * at[w]), (m, mpf(0)), (K, at[K] * (1 - HAIR))):
            assert not all(true(h, {**at, letter: value}) for h in attained.given)


THREE_FOUR = [Fraction(3, 5), Fraction(4, 5)]
PLACES: list[
    tuple[str, Any, Any, Any, Any, int, Any, bool]
] = [  # X, y, K, the first eigenvector and value, w; is its gradient the largest?
    ("constant loss, inside", [[0]], [3], 2, [1], 0, [1], True),
    ("constant loss, two features, at 0", [[0, 0]], [3], 2, [0, 1], 0, [0, 0], True),
    ("gradient 0 inside", [[2]], [1], 3, [1], 4, [Fraction(1, 2)], False),
    ("gradient 0 on the sphere", [[1]], [1], 1, [1], 1, [1], False),
    ("the other end", [[1]], [1], 1, [1], 1, [-1], True),
    ("not far enough out", [[1]], [1], 1, [1], 1, [-1 + Fraction(1, 8)], False),
    ("b = 0: both ends", [[3]], [0], Fraction(1, 2), [1], 9, [Fraction(1, 2)], True),
    ("b = 0, a circle of them", [[1, 0], [0, 1]], [0, 0], 5, [0, 1], 1, [3, 4], True),
    ("A singular, along it", [[3, 4], [3, 4]], [1, -1], 5, THREE_FOUR, 50, [3, 4], True),
    ("A singular, across it", [[3, 4], [3, 4]], [1, -1], 5, THREE_FOUR, 50, [-4, 3], False),
    ("A singular, b along it", [[3, 4]], [1], 5, THREE_FOUR, 25, [-3, -4], True),
    ("A singular, b along it, the other end", [[3, 4]], [1], 5, THREE_FOUR, 25, [3, 4], False),
    ("hard case, small b", [[2, 0], [0, 1]], [0, 9], 1, [1, 0], 4, [Fraction(4, 5), -Fraction(3, 5)], True),
    ("hard case, its mirror image", [[2, 0], [0, 1]], [0, 9], 1, [1, 0], 4, [-Fraction(4, 5), -Fraction(3, 5)], True),
    ("hard case, the wrong side", [[2, 0], [0, 1]], [0, 9], 1, [1, 0], 4, [Fraction(4, 5), Fraction(3, 5)], False),
    ("hard case, large b", [[2, 0], [0, 1]], [0, 15], 1, [1, 0], 4, [0, -1], True),
    ("a sample that is 0", [[2, 0], [0, 1], [0, 0]], [0, 15, 7], 1, [1, 0], 4, [0, -1], True),
]


@pytest.mark.claim("yedida-saha:text-rhs-is-l")
@pytest.mark.parametrize(("name", "rows", "targets", "radius", "first", "top", "place", "fits"), PLACES)
def test_the_least_constant_in_degenerate_cases(
    name: str, rows: Any, targets: Any, radius: Any, first: Any, top: int, place: Any, fits: bool
) -> None:
    """The one multiplier that can be is <A (A w - b), w>/|w|^2, or 0 inside; several points may have the largest gradient, or all."""
    with mpmath.workdps(DIGITS):
        at = drawn(rows, targets, radius)
        at |= {letter: exactly([[Fraction(x)] for x in value]) for letter, value in ((w, place), (v, first))} | {sigma: mpf(top)}
        A, best = at[X].T @ at[X], steepest(at, len(first))
        pull = A @ (A @ at[w] - at[X].T @ at[y])
        candidates = [mpf(0), *([(pull.T @ at[w])[0, 0] / size(at[w]) ** 2] if size(at[w]) > 0 else [])]
        here, largest = size(gradient(at, at[w])), size(gradient(at, best))
        assert (here > largest * (1 - HAIR) - HAIR) is fits
        at = with_samples(at, at[w] if fits and here > 0 else best)
        at[SAMPLES] |= {multiplier: candidates, L: [here * (1 - MARGIN), here, largest * (1 + HAIR), mpf(0)]}
        assert [h for h in attained.given if not true(h, at)] == []
        assert true(SECULAR, at) is true(own(STEEPNESS), at) is fits
        assert true(attained.then, at)


@pytest.mark.claim("yedida-saha:text-rhs-is-l")
def test_on_one_point_every_number_is_a_constant() -> None:
    """K = 0: no slope, though the gradient is not 0; so the radius must be positive."""
    with mpmath.workdps(DIGITS):
        at = {**drawn([[1]], [1], 0), L: mpf(0), SAMPLES: {p: [exactly([[Fraction(k)]]) for k in (-1, 0, 1)] for p in (u, u_2)}}
        assert true(LIPSCHITZ, at) and not true(NOT_ABOVE, at) and not true(exact.then, at)
        assert [h for h in exact.given if not true(h, at)] == [K > 0]
        assert [h for h in exact.given if not true(h, {**at, K: mpf(1), L: mpf(-2)})] == [L >= 0]
        assert true(LIPSCHITZ, {**at, K: mpf(1), L: mpf(-2)}), "its square counts: L must not be negative"


@pytest.mark.claim("yedida-saha:text-rhs-is-l")
def test_the_instance_in_one_number() -> None:
    """A = 4, b = 2, m = 2, K = 3: the largest gradient is 7, at w = -3."""
    assert max(abs(Rational(4 * p - 2, 2)) for p in (-3, 3)) == least_squares_constant([[2], [0]], [1, 0], 3).exact == 7
    assert witness(exact, {**POINT, L: 7}, seven_is_one()) is not None
    assert witness(attained, BEST, at_best()) is not None
    with pytest.raises(NotProved):
        witness(exact, {**POINT, L: 6}, seven_is_one())
    with pytest.raises(NotProved):
        witness(attained, {**BEST, w: [[-4]]}, at_best())
