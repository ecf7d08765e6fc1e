"""The range of one logistic neuron against its measurement in 60 digits, point by point, and against what is known in closed form."""

import mpmath as mp
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sympy import Expr, FiniteSet, Interval, Rational, Reals, Symbol, Union, log, oo, pi, sqrt, sympify

from theory.linear_range import SecantRoot, linear_range_set, neuron_measurement, neuron_range, secant_roots

DIGITS = 60
NEAR = mp.mpf(10) ** -25  # ends are computed to 40 digits; epsilon is at most 1e5 times as steep as the step is long, and steps reach 1e5
CLEAR = 1e-6  # epsilon in doubles, for |z| >= 1e-3, is rounded to 1e-16/z^2 = 1e-10


@pytest.fixture(autouse=True, scope="module")
def _digits():
    with mp.workdps(DIGITS):
        yield


def number(value):
    """An exact or a long number of SymPy, in 60 digits."""
    return mp.mpf(str(value.evalf(DIGITS))) if isinstance(value, Expr) else mp.mpf(value)


def measured(a, b, psi):
    """(13), in 60 digits."""
    a, linear = number(a), number(b) * number(psi)
    old = 1 / (1 + mp.exp(-a))
    slope = linear * old * (1 - old)
    return abs(1 / (1 + mp.exp(-a - linear)) - old - slope) / abs(slope)


def in_doubles(a, b, psi):
    old = 1 / (1 + np.exp(-a))
    slope = psi * b * old * (1 - old)
    return np.abs(1 / (1 + np.exp(-a - psi * b)) - old - slope) / np.abs(slope)


def pieces(found):
    """The intervals, from left to right, with ends in 40 digits."""
    parts = found.args if isinstance(found, Union) else (found,)
    return sorted(tuple(mp.mpf(str(end.evalf(40)).replace("oo", "inf")) for end in part.args[:2]) for part in parts)


tenths = st.integers(-60, 60).map(lambda n: Rational(n, 10))
limits = st.sampled_from([Rational(1, 100), Rational(3, 10), Rational(9, 10), Rational(1), Rational(3, 2), Rational(10)])


@given(tenths, tenths.filter(lambda b: b != 0), limits)
@example(Rational(14, 5), Rational(1, 10), Rational(1, 100))  # the search for an end passes 0, where m is 1
@settings(max_examples=25)
@pytest.mark.claim("ni-talnikar:definition-linear-range", "ni-talnikar:equation-13")
def test_the_set_is_where_epsilon_is_small(a, b, limit):
    found = pieces(neuron_range(a, b, limit))
    assert len(found) <= 2 and all(low < high for low, high in found)
    for end in (end for piece in found for end in piece if mp.isfinite(end)):
        assert abs(measured(a, b, end) - number(limit)) < NEAR
    grid = np.concatenate([sign * np.geomspace(1e-3, 1e5, 400) for sign in (1, -1)]) / float(abs(b))
    with np.errstate(over="ignore"):
        own = in_doubles(float(a), float(b), grid)
    clear = np.abs(own - float(limit)) > CLEAR
    inside = np.any([(float(low) <= grid) & (grid <= float(high)) for low, high in found], axis=0)
    assert clear.sum() > 600 and np.array_equal(inside[clear], (own <= float(limit))[clear])


@given(tenths, tenths.filter(lambda b: b != 0), st.sampled_from([Rational(1, 10), Rational(1, 2)]))
@settings(max_examples=10)
def test_mirrors_and_scales(a, b, limit):
    """g(-r) = 1 - g(r), so (a, b) and (-a, -b) measure the same; and only the product psi b counts."""
    plain, mirrored, turned, scaled = (np.array(pieces(neuron_range(*n, limit)), float) for n in ((a, b), (-a, -b), (a, -b), (a, 2 * b)))
    assert np.allclose(plain, mirrored, rtol=1e-15) and np.allclose(plain, 2 * scaled, rtol=1e-15)
    assert np.allclose(plain, -turned[::-1, ::-1], rtol=1e-15)


def test_at_the_inflection_it_is_a_hyperbolic_tangent():
    """For a = 0, m(z) = tanh(z/2)/(z/2): the ends for epsilon* = 1/2 solve tanh x = x/2, with z = 2 x."""
    ((low, high),) = pieces(neuron_range(0, 1, Rational(1, 2)))
    expected = 2 * mp.findroot(lambda x: mp.tanh(x) - x / 2, 1.9)
    assert abs(high - expected) < NEAR and low == -high


def test_the_limits_of_the_limit():
    """Epsilon* = 0 leaves points, from 1 on nothing saturates out, and one neuron in its flat part has a gap for any epsilon*."""
    assert neuron_range(0, 1, 0) == FiniteSet(0) and neuron_range(0, 3, 1) == Interval(-oo, oo) == Reals
    (parallel,) = neuron_range(-1, 2, 0) - FiniteSet(0)
    assert measured(-1, 2, parallel.evalf(40)) < NEAR and parallel > 0
    (other,) = neuron_range(1, 2, 0) - FiniteSet(0)
    assert other.evalf(40) == -parallel.evalf(40)
    assert neuron_range(-1, 1, 2) == Reals  # the secant is nowhere three times as steep
    near, far = neuron_range(-5, 1, 2).args
    assert (near.start, far.end) == (-oo, oo) and near.end < far.start
    assert 1 in near and 20 not in near and 20 not in far and 100 in far


@pytest.mark.parametrize("rate", [1, -3, Rational(1, 10**6), 10**6, log(2), sqrt(2) / 7])
def test_enclosures_hold_the_root_and_are_narrow(rate):
    for a, c, side in ((-2, Rational(1, 2), 1), (2, Rational(1, 2), -1), (-2, Rational(5, 4), 1), (log(7), Rational(9, 8), 1)):
        root = SecantRoot(a, rate, c, side)
        for digits in (1, 5, 30):
            low, high = root.bounds(digits)
            assert high - low <= Rational(1, 10**digits)
        # between the ends the equation changes its sign
        start, g = number(sympify(a)), 1 / (1 + mp.exp(-number(sympify(a))))
        moves = [number(end) * number(sympify(rate)) for end in (low, high)]
        below, above = (1 / (1 + mp.exp(-start - z)) - g - number(c) * g * (1 - g) * z for z in moves)
        assert below * above < 0
        assert abs(root.evalf(40) - root.evalf(80)) <= abs(root.evalf(40)) * Rational(1, 10**39)


def test_a_tie_is_not_decided(monkeypatch):
    """Epsilon* within 1e-25 of the top of m, and 64 bits."""
    low, high = secant_roots.top(Rational(-2), 200)
    assert high - low <= Rational(1, 2**200)
    z, g = number(low), 1 / (1 + mp.exp(mp.mpf(2)))
    top = (1 / (1 + mp.exp(2 - z)) - g) / (z * g * (1 - g))
    limit = Rational(mp.nstr(top - 1, 25))
    assert len(pieces(neuron_range(-2, 1, limit + Rational(1, 10**20)))) == 1
    assert len(pieces(neuron_range(-2, 1, limit - Rational(1, 10**20)))) == 2
    monkeypatch.setattr(secant_roots, "MOST_BITS", 64)
    with pytest.raises(ValueError, match="too near to a tie"):
        neuron_range(-2, 1, limit)


FAR = [(-100, 1, 2, 1), (-40, -3, Rational(1, 2), -1), (-30, Rational(1, 10**9), 2, 1), (-30, 10**9, 2, 1), (60, 1, Rational(3, 2), -1)]


@pytest.mark.parametrize("root", [SecantRoot(*args) for args in FAR])
def test_far_roots_are_enclosed_as_narrowly(root):
    """Saturated neurons come back at 1e43: its digits before the point do not cost any behind it."""
    low, high = root.bounds(10)
    assert 0 < high - low <= Rational(1, 10**10) and root.enclosure(64).rad() <= 2.0**-64
    with mp.workdps(150):
        a, rate, c, _ = (mp.mpf(str(sympify(n).evalf(140))) for n in root.args)
        g = 1 / (1 + mp.exp(-a))
        slope = mp.exp(-abs(a)) / (1 + mp.exp(-abs(a))) ** 2
        moves = [mp.mpf(end.p) / end.q * rate for end in (low, high)]
        below, above = (1 / (1 + mp.exp(-a - z)) - g - c * slope * z for z in moves)
        assert below * above < 0


def test_a_root_next_to_a_point_of_the_bisection():
    """Tanh(z/2) = z/20000 at z = 20000 but for 1e-8681, and m = 2^-20 near 2^21: no ties, since other points are near."""
    ((low, high),) = pieces(neuron_range(0, 1, Rational(9999, 10000)))
    assert abs(high - 20000) < NEAR and low == -high
    for side in (-1, 1):
        low, high = SecantRoot(0, 1, Rational(1, 2**20), side).bounds(10)
        assert low <= side * 2**21 <= high


def test_there_is_no_root_above_the_top():
    half = Rational(1, 2)
    missing = [(0, 1, 1, 1), (0, 1, 1, -1), (-1, 1, 50, 1), (0, 0, half, 1), (0, 1, 0, 1), (0, 1, -1, 1), (0, 1, half, 2)]
    for root in (SecantRoot(*args) for args in missing):
        with pytest.raises(ValueError, match="there is no such root"):
            root.evalf()
    assert SecantRoot(-1, 1, 1, -1).evalf() == 0 == SecantRoot(2, 3, 1, 1).evalf()  # m(0) = 1


psi = Symbol("psi", real=True)
BAD = [
    (lambda: neuron_range(0.5, 1, 1), TypeError, "exact number"),
    (lambda: neuron_range(1, 0, 1), ValueError, "rate is 0"),
    (lambda: neuron_range(1, 1, -1), ValueError, "0 or more"),
    (lambda: neuron_range(log(4) - 2 * log(2), 1, 1), ValueError, "whether it is 0"),
    (lambda: neuron_range(1, 1, pi), ValueError, "rational"),
    (lambda: neuron_measurement(1, 0, 1), ValueError, "rate is 0"),
    (lambda: neuron_measurement(1, 1, 0), ValueError, "0/0"),
    (lambda: neuron_measurement(1, 1, Symbol("psi")), TypeError, "real"),
    (lambda: linear_range_set(neuron_measurement(1, 1, psi), psi, 1), ValueError, "there is neuron_range"),
]


@pytest.mark.parametrize(("call", "error", "words"), BAD)
def test_bad_input_is_refused(call, error, words):
    with pytest.raises(error, match=words):
        call()


@given(tenths, tenths.filter(lambda b: b != 0), tenths.filter(lambda step: step != 0))
@settings(max_examples=25)
@pytest.mark.claim("ni-talnikar:equation-13")
def test_the_measurement_is_that_of_the_paper(a, b, step):
    expected = measured(a, b, step)
    for exact in (neuron_measurement(a, b, step), neuron_measurement(a, b, psi).subs(psi, step)):
        assert abs(number(exact) - expected) <= expected * NEAR


@given(tenths.filter(lambda a: a < 0), st.lists(st.integers(-800, 2400), min_size=3, max_size=3, unique=True))
@pytest.mark.claim("ni-talnikar:definition-linear-range")
def test_the_secant_slope_has_one_top(a, hundredths):
    """No value between two others is below both: what `neuron_shape` proves, in 60 digits."""
    g = 1 / (1 + mp.exp(-number(a)))

    def slope(z):
        return (1 / (1 + mp.exp(-number(a) - z)) - g) / (z * g * (1 - g)) if z else mp.mpf(1)

    left, middle, right = (slope(mp.mpf(n) / 100) for n in sorted(hundredths))
    assert middle > min(left, right)
