"""Zeros, signs and limits of polynomials with logarithms: products with known zeros, and limits that a student knows."""

import math

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Rational, S, exp, expand, oo, sqrt

from theory.lipschitz.isolated_zeros import Zero, between, in_order, order
from theory.lipschitz.log_polynomials import Frame
from theory.lipschitz.symbols import t
from theory.proof import NotProved

small = st.fractions(-2, 2, max_denominator=3).map(lambda f: Rational(f.numerator, f.denominator))


@given(
    st.lists(small, max_size=2, unique=True),
    st.lists(st.fractions(Rational(1, 4), 5, max_denominator=4), max_size=2, unique=True),
    st.lists(st.fractions(Rational(1, 4), 2, max_denominator=4), max_size=1),
)
@settings(deadline=None, max_examples=20)
def test_all_zeros_of_a_product_are_found(logs, rationals, above):
    """(log t - c)(t - r)(log(1 + t) - d): the zeros are e^c, r and e^d - 1."""
    frame = Frame(S.Zero, oo)
    one, other = frame.log_of(t), frame.log_of(1 + t)
    product = S.One
    for c in logs:
        product *= one - c
    for r in rationals:
        product *= t - Rational(r.numerator, r.denominator)
    for d in above:
        product *= other - Rational(d.numerator, d.denominator)
    known = sorted({*(math.exp(c) for c in logs), *map(float, rationals), *(math.expm1(d) for d in above)})
    if len(known) < len(logs) + len(rationals) + len(above) or any(q - p < 1e-9 for p, q in zip(known, known[1:], strict=False)):
        return  # a double zero may stay undecided
    found = frame.zeros(expand(product)) if product != 1 else []
    assert [float(zero.ball(64).mid()) for zero in found] == pytest.approx(known, rel=1e-12)


def test_a_double_zero_is_found_or_refused():
    frame = Frame(S.Zero, oo)
    one = frame.log_of(t)
    assert [zero.exact for zero in frame.zeros(expand(one**2))] == [1]
    with pytest.raises(NotProved, match="whether"):
        frame.zeros(expand((one - 1) ** 2))


def test_zeros_of_polynomials_are_exact_up_to_degree_two():
    frame = Frame(-oo, oo)
    assert [zero.exact for zero in frame.zeros(expand((t**2 - 2) * (3 * t - 1) * (t**2 + 1)))] == [-sqrt(2), Rational(1, 3), sqrt(2)]
    (cubic,) = frame.zeros(t**3 - 2)
    assert cubic.exact is None and float(cubic.ball(64).mid()) == pytest.approx(2 ** (1 / 3), rel=1e-15)
    assert Frame(S.Zero, S.One).zeros(expand((t - 1) * (2 * t - 1) * t)) == [Zero(Rational(1, 2), function=2 * t - 1)]


@pytest.mark.parametrize(
    ("numerator", "denominator", "end", "limit"),
    [
        (lambda p, q: p * t, lambda p, q: S.One, S.Zero, 0),
        (lambda p, q: p, lambda p, q: S.One, S.Zero, -oo),
        (lambda p, q: q, lambda p, q: t, S.Zero, 1),
        (lambda p, q: q - t, lambda p, q: t**2, S.Zero, Rational(-1, 2)),
        (lambda p, q: (q - p) * t, lambda p, q: S.One, oo, 1),
        (lambda p, q: q, lambda p, q: p, oo, 1),
        (lambda p, q: p**3, lambda p, q: t, oo, 0),
        (lambda p, q: -(t**2) + p, lambda p, q: 1 + t, oo, -oo),
        (lambda p, q: 2 * t, lambda p, q: 1 + 3 * t, oo, Rational(2, 3)),
    ],
)
def test_limits(numerator, denominator, end, limit):
    frame = Frame(S.Zero, oo)
    letters = frame.log_of(t), frame.log_of(1 + t)
    N, D = expand(numerator(*letters)), expand(denominator(*letters))
    if D.has(letters[0]):
        assert frame.leading(N, end)[2] / frame.leading(D, end)[2] == limit
    else:
        assert frame.limit(N, D, end, 1 if end is S.Zero else -1) == limit


def test_a_limit_at_minus_infinity():
    frame = Frame(-oo, oo)
    log_of = frame.log_of(1 + t**2)
    assert frame.limit(t**3, 1 + t**2, -oo, 1) == -oo
    assert frame.limit(log_of, t**2 + 1, -oo, 1) == 0
    assert frame.leading(log_of, -oo) == (0, 1, -2)


def test_logarithms_of_what_is_not_positive_are_refused():
    for argument in (t, t - 1, 2 + t - t**2):
        with pytest.raises(NotProved, match="not real"):
            Frame(-oo, oo).log_of(argument)
    with pytest.raises(NotProved, match="constant"):
        Frame(S.Zero, oo).log_of(2 * t)
    frame = Frame(S.Zero, S.One)
    assert frame.logs == {} and frame.shown(frame.log_of((1 - t) / t)).subs(t, Rational(1, 3)).n() == pytest.approx(math.log(2))


def test_order_and_numbers_between():
    (root,) = Frame(S.Zero, oo).zeros(t**3 - 2)
    assert [order(root, other) for other in (-oo, S.One, exp(S.One), oo)] == [1, 1, -1, -1]
    assert order(root, root) == 0
    points = [-oo, S.Zero, root, sqrt(2), exp(S.One), oo]
    for low, high in zip(points, points[1:], strict=False):
        inner = between(low, high)
        assert inner.is_Rational and order(low, inner) == -1 and order(inner, high) == -1
    assert in_order([Zero(S.One), root, Zero(S.One)]) == [Zero(S.One), root]


def test_a_ball_around_a_zero_is_as_narrow_as_asked():
    frame = Frame(S.Zero, oo)
    (zero,) = frame.zeros(expand(t * frame.log_of(t) - 1))
    with mpmath.workdps(80):
        exact = mpmath.exp(mpmath.lambertw(1))
        for bits in (64, 200):
            found = zero.ball(bits)
            assert float(found.rad()) <= 2.0**-bits
            middle = found.mid().fmpq()
            assert abs(mpmath.mpf(int(middle.numerator)) / int(middle.denominator) - exact) <= mpmath.mpf(2) ** -bits


@given(st.lists(st.integers(-3, 3), min_size=4, max_size=4))
@settings(deadline=None, max_examples=10)
def test_below_0_as_above_it(coefficients):
    """N(-t) has at -t the zeros of N at t; where the interval ends at 0, N may vanish there to any order."""
    a, b, c, d = coefficients
    above, below = Frame(S.Zero, oo), Frame(-oo, S.Zero)
    (one, other) = (frame.log_of(1 + t**2) for frame in (above, below))
    N = (a + b * t) * one + c * t + d * t**3
    zeros = [zero.ball(64).mid() for zero in above.zeros(expand(N))] if N != 0 else []
    mirrored = [zero.ball(64).mid() for zero in below.zeros(expand(N.subs({one: other, t: -t}, simultaneous=True)))] if N != 0 else []
    assert [float(zero) for zero in zeros] == pytest.approx([-float(zero) for zero in reversed(mirrored)], rel=1e-12)
