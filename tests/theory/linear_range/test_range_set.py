"""Linear ranges as sets, against membership at exact points; and the measurement of deep linear networks, against products written out."""

from __future__ import annotations

from math import prod
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sympy import Abs, FiniteSet, Interval, Rational, S, Symbol, Union, exp, oo, sqrt

from theory.linear_range.deep_linear import deep_linear_measurement
from theory.linear_range.range_set import linear_range_set

psi = Symbol("psi", real=True)
small = st.integers(-3, 3)
limits = st.sampled_from([Rational(3, 10), Rational(1, 2), S.One, Rational(7, 3)])
POINTS = [Rational(n, 12) for n in range(-80, 81)]


def by_products(weights: list[int], directions: list[int], step: Any) -> Any:
    """(13) by products: the tangent is the sum over l of the product with s_l replaced by sigma_l."""
    total = 0
    for depth in range(1, len(weights) + 1):
        s, d = weights[:depth], directions[:depth]
        tangent = sum(prod(d[n] if n == layer else s[n] for n in range(depth)) for layer in range(depth))
        if tangent == 0:
            raise ZeroDivisionError
        moved = prod(w + step * v for w, v in zip(s, d, strict=True))
        total += abs(moved - prod(s) - step * tangent) / abs(step * tangent)
    return Rational(total) / len(weights)


layers = st.lists(st.tuples(small, small), min_size=1, max_size=5)
steps = st.fractions(-3, 3, max_denominator=7).filter(bool)


@pytest.mark.claim("ni-talnikar:definition-linear-range", "ni-talnikar:equation-13")
@given(layers, steps)
def test_the_measurement_of_a_deep_linear_network(pairs: list[tuple[int, int]], step: Any) -> None:
    weights, directions = map(list, zip(*pairs, strict=True))
    try:
        expected = by_products(weights, directions, Rational(step))
    except ZeroDivisionError:
        with pytest.raises(ValueError, match="the tangent of layer . is 0"):
            deep_linear_measurement(weights, directions, step)
        return
    assert deep_linear_measurement(weights, directions, step) == expected
    assert deep_linear_measurement(weights, directions, psi).subs(psi, Rational(step)) == expected


@pytest.mark.claim("ni-talnikar:definition-linear-range")
@settings(max_examples=15, deadline=None)
@given(st.lists(small, min_size=2, max_size=3), limits)
def test_a_range_holds_exactly_the_points_within(directions: list[int], limit: Rational) -> None:
    try:
        epsilon = deep_linear_measurement([1] * len(directions), directions, psi)
    except ValueError:
        assume(False)
    found = linear_range_set(epsilon, psi, limit)
    for point in POINTS:
        assert (found.contains(point) is S.true) == (by_products([1] * len(directions), directions, point) <= limit if point else True)
    if len(directions) == 2:
        assert isinstance(found, Interval) and found.inf == -found.sup


rationals = st.tuples(*[small] * 5).map(lambda c: (c[0] * psi**2 + c[1] * psi + c[2]) / (psi**2 + c[3] * psi + c[4]))


@pytest.mark.claim("ni-talnikar:definition-linear-range")
@settings(max_examples=15, deadline=None)  # up to a second each
@given(rationals, rationals, limits)
def test_moduli_of_rational_functions(one: Any, two: Any, limit: Rational) -> None:
    epsilon = Abs(one) + psi * Abs(two) / 3
    found = linear_range_set(epsilon, psi, limit)
    for point in POINTS[::8]:
        value = epsilon.subs(psi, point)
        within = value.is_finite is True and bool(value <= limit)
        assert (found.contains(point) is S.true) == within, (point, value)


@pytest.mark.claim("ni-talnikar:definition-linear-range")
def test_a_linear_range_need_not_be_an_interval() -> None:
    """The smallest instance: three layers of weight 1 in the direction -1, epsilon* = 1/2: an interval and the step 3 alone."""
    epsilon = deep_linear_measurement([1, 1, 1], [-1, -1, -1], psi)
    assert linear_range_set(epsilon, psi, Rational(1, 2)) == Union(Interval((9 - 3 * sqrt(17)) / 4, Rational(3, 2)), FiniteSet(3))
    assert [by_products([1] * 3, [-1] * 3, Rational(n, 2)) for n in (3, 4, 6)] == [Rational(1, 2), Rational(5, 9), Rational(1, 2)]
    assert len(linear_range_set(epsilon, psi, Rational(51, 100)).args) == 2


@pytest.mark.parametrize(
    ("epsilon", "limit", "expected"),
    [
        (1 / psi, 1, Union(Interval.open(-oo, 0), Interval(1, oo))),
        (Abs(psi) / psi, Rational(1, 2), Interval.open(-oo, 0)),
        (psi**2, 0, FiniteSet(0)),
        (psi**2 + 1, 0, S.EmptySet),
        (S.One, 1, S.Reals),
        (1 / (Abs(psi) - 1), 2, Union(Interval(-oo, -Rational(3, 2)), Interval.open(-1, 1), Interval(Rational(3, 2), oo))),
    ],
)
def test_poles_points_and_everything(epsilon: Any, limit: Any, expected: Any) -> None:
    assert linear_range_set(epsilon, psi, limit) == expected


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((exp(psi), psi, 1), ValueError, "no part of a rational function"),
        ((sqrt(psi), psi, 1), ValueError, "expected integer powers"),
        ((Abs(Abs(psi) - 1), psi, 1), ValueError, "a modulus of moduli"),
        ((psi * Symbol("b", real=True), psi, 1), ValueError, "b is no part"),
        ((psi, Symbol("z"), 1), TypeError, "expected a real symbol"),
        ((psi, psi, 0.5), TypeError, "epsilon_star is 0.5: expected an exact number"),
        ((psi, psi, sqrt(2)), ValueError, "expected a rational number"),
    ],
)
def test_what_a_range_refuses(arguments: tuple[Any, ...], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        linear_range_set(*arguments)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([], [], 1), ValueError, "found 0 weights and 0 directions"),
        (([1], [1, 2], 1), ValueError, "found 1 weights and 2 directions"),
        (([1.0], [1], 1), TypeError, r"weights\[0\] is 1.0"),
        (([1], [1], 0), ValueError, "step_size is 0"),
        (([1], [1], Symbol("z")), TypeError, "expected a real one"),
        (([1, 1], [1, -1], 1), ValueError, "the tangent of layer 2 is 0"),
    ],
)
def test_what_a_measurement_refuses(arguments: tuple[Any, ...], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        deep_linear_measurement(*arguments)
