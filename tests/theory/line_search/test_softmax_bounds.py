"""Softmax lines against mpmath: the loss between its two bounds, and the statements at exact points."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Abs, Eq, Lambda, Rational, exp

from theory.line_search import line_bounds, softmax_bounds, softmax_cases, softmax_lines
from theory.line_search.line_bounds import softmax_line_bounds
from theory.line_search.self_concordant import FAR
from theory.line_search.softmax_bounds import in_numbers, softmax
from theory.line_search.symbols import (
    R,
    change,
    change_of,
    classes,
    kind,
    label,
    label_of,
    least,
    least_of,
    line,
    line_bend,
    line_slope,
    logit,
    logit_of,
    n,
    s,
    slope_s,
)
from theory.proof import NotProved, ball, counterexample, substitute, witness

CORE = "mutschler-zell:text-abs-core1"
DIGITS = 40
ROUNDING = 1e-12  # of a dozen operations on numbers up to 30, whose exponentials are up to e^30 times a curvature below 100
small = st.integers(-30, 30).map(lambda k: k / 8)


@st.composite
def batches(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Logits and their rates of up to three samples and five classes, labels and a step."""
    samples, kinds = draw(st.integers(1, 3)), draw(st.integers(1, 5))
    rows = st.lists(st.lists(small, min_size=kinds, max_size=kinds), min_size=samples, max_size=samples)
    right = draw(st.lists(st.integers(0, kinds - 1), min_size=samples, max_size=samples))
    return np.array(draw(rows)), np.array(draw(rows)), np.array(right), draw(small)


def mean_loss(z: np.ndarray, u: np.ndarray, right: np.ndarray):
    """The cross-entropy along the line, in mpmath."""

    def loss(step):
        terms = []
        for logits, rates, own in zip(z.tolist(), u.tolist(), right.tolist(), strict=True):
            moved = [mpmath.mpf(a) + step * mpmath.mpf(b) for a, b in zip(logits, rates, strict=True)]
            terms.append(mpmath.log(mpmath.fsum(mpmath.exp(x) for x in moved)) - moved[own])
        return mpmath.fsum(terms) / len(terms)

    return loss


@pytest.mark.claim(CORE)
@given(batches())
def test_the_loss_is_between_the_bounds(batch):
    z, u, right, step = batch
    with mpmath.workdps(DIGITS):
        loss = mean_loss(z, u, right)
        there = loss(mpmath.mpf(step))
        parabola = loss(0) + mpmath.diff(loss, 0) * step + mpmath.diff(loss, 0, 2) * step**2 / 2
    found = softmax_line_bounds(z, u, right, step)
    scale = ROUNDING * (1 + float(abs(there)) + abs(found.upper))
    assert found.lower <= float(there) + scale
    assert float(there) <= found.upper + scale
    assert found.parabola == pytest.approx(float(parabola), abs=scale)
    exact = softmax_line_bounds(z.tolist(), u.tolist(), right.tolist(), step)
    for value, name in zip(exact, exact._fields, strict=True):
        assert float(value) == pytest.approx(getattr(found, name), abs=scale)
    assert not exact.upper < exact.lower


@pytest.mark.claim(CORE)
@given(batches())
def test_no_third_derivative_is_above_the_spread_times_the_second(batch):
    z, u, right, step = batch
    with mpmath.workdps(DIGITS):
        loss = mean_loss(z, u, right)
        second, third = (mpmath.diff(loss, mpmath.mpf(step), order) for order in (2, 3))
    assert abs(third) <= np.ptp(u, axis=1).max() * second + ROUNDING


@pytest.mark.claim(CORE)
@pytest.mark.parametrize("far", [Fraction(1, 1000), Fraction(1, 10), Fraction(1)])
def test_the_error_is_a_third_of_the_length(far):
    """Of l''(0) s^2/2: up to far^2/12 below, and less than far^2/6 above for far <= 1, where it is 0.4366."""
    z, u, right = [[0, 2, -1], [1, 1, 0]], [[0, 4, 1], [-2, 0, 0]], [1, 2]
    here, there, behind = (softmax_line_bounds(z, u, right, step) for step in (0, far / 4, -far / 4))
    square = (there.parabola + behind.parabola - 2 * here.parabola) / 2
    above, below = float((there.upper - there.parabola) / square), float((there.parabola - there.lower) / square)
    assert float(far) / 3 - float(far) ** 2 / 12 <= below < float(far) / 3 < above < float(far) / 3 + float(far) ** 2 / 6


@pytest.mark.claim(CORE)
def test_the_upper_bound_is_approached():
    """A sample that is sure of its label: at s = -1 the gain over the tangent is within a share of e^-30 of the bound."""
    zero, there = (softmax_line_bounds([0, 40], [0, 1], 1, step) for step in (0, -1))
    with mpmath.workdps(80):
        loss = mean_loss(np.array([[0.0, 40.0]]), np.array([[0.0, 1.0]]), np.array([1]))
        excess = loss(-1) - loss(0) + mpmath.diff(loss, 0)
        bound = mpmath.mpf(there.upper.str(50, radius=False)) - loss(0) + mpmath.diff(loss, 0)
    assert 1 - mpmath.mpf(10) ** -12 < excess / bound <= 1
    assert zero.upper.overlaps(zero.lower)


POINTS = [
    (Lambda((softmax_bounds.i, kind), 2 * kind), Lambda((softmax_bounds.i, kind), kind**2), 8, 3, Rational(1, 3)),
    (Lambda((softmax_bounds.i, kind), 0), Lambda((softmax_bounds.i, kind), -3 * kind), 6, 3, Rational(-1, 2)),
    (Lambda((softmax_bounds.i, kind), 5 * softmax_bounds.i), Lambda((softmax_bounds.i, kind), softmax_bounds.i * (kind - 1)), 4, 3, 1),
]


@pytest.mark.claim(CORE)
@pytest.mark.parametrize(("logits", "rates", "spread", "kinds", "step"), POINTS)
def test_the_statement_says_what_the_function_computes(logits, rates, spread, kinds, step):
    samples = 2
    base = min(int(rates(a, b)) for a in (1, 2) for b in range(1, kinds + 1))
    point = {n: samples, classes: kinds, R: spread, s: step, logit_of: logits, change_of: rates}
    point = softmax_bounds.measured({**point, label_of: Lambda(softmax_bounds.i, 1), least_of: Lambda(softmax_bounds.i, base)})
    assert witness(softmax, point)
    z, u = ([[int(f(a, b)) for b in range(1, kinds + 1)] for a in (1, 2)] for f in (logits, rates))
    found = softmax_line_bounds(z, u, [0, 0], step)
    widest = max(max(row) - min(row) for row in u)
    tangent = line(0) + line_slope(0) * s
    for curve, tail in ((found.lower, exp(-FAR) + FAR - 1), (found.upper, exp(FAR) - FAR - 1), (found.parabola, FAR**2 / 2)):
        formula = substitute(in_numbers(tangent + line_bend(0) * tail / R**2), {**point, R: widest})
        assert ball(formula).overlaps(curve)


@pytest.mark.claim(CORE)
def test_a_smaller_constant_is_refuted_elsewhere():
    """Three classes: not 19/20 of R either; with equal probabilities the mutant is not refuted."""
    point = {classes: 3, logit: Lambda(kind, 12 - 12 * kind), change: Lambda(kind, kind**2 - 1), label: 1, least: 0, R: 8, s: 0}
    wrong = softmax_lines.softmax_derivatives.with_then(Abs(softmax_lines.third(s)) <= Rational(3, 10) * R * softmax_lines.bend(s))
    assert counterexample(wrong, point)
    with pytest.raises(NotProved):
        counterexample(wrong, {**point, logit: Lambda(kind, 0), change: Lambda(kind, 4 * kind - 4)})
    assert witness(softmax_lines.softmax_derivatives, point)


@pytest.mark.claim(CORE)
def test_logits_that_move_alike_do_not_matter():
    found = softmax_line_bounds([0, 3, -1], [7, 7, 7], 2, Fraction(5, 3))
    assert found.lower.overlaps(found.upper)
    assert float(found.parabola) == pytest.approx(float(np.log(1 + np.e**3 + np.e**-1) + 1), rel=1e-14)
    with pytest.raises(NotProved):
        counterexample(softmax_cases.level, {**softmax_cases.TOGETHER, s: -7})


@pytest.mark.claim(CORE)
@given(small, small.filter(bool), small)
def test_two_classes_have_the_logistic_loss(gap, rate, step):
    loss = np.logaddexp(0, gap + rate * step)
    lower, upper, parabola = softmax_line_bounds(np.array([0.0, gap]), np.array([0.0, rate]), 0, step)
    share = 1 / (1 + np.exp(-gap))
    curve = np.logaddexp(0, gap) + rate * share * step + rate**2 * share * (1 - share) * step**2 / 2
    assert parabola == pytest.approx(curve, rel=1e-12, abs=1e-12)
    assert lower - ROUNDING <= loss <= upper + ROUNDING * (1 + upper)
    p = 1 / (1 + np.exp(-gap - rate * step))
    values = [float(f.subs({softmax_cases.a: gap, softmax_cases.b: rate, s: step})) for f in softmax_cases.LOGISTIC]
    expected = [loss, rate * p, rate**2 * p * (1 - p), rate**3 * p * (1 - p) * (1 - 2 * p)]
    assert values == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_the_series_meets_the_formula():
    for x in (-1.0, -0.999, -1e-3, -1e-12, 1e-12, 0.3, 0.999, 1.0, 1.001, -1.001, 30.0, -30.0):
        with mpmath.workdps(60):
            exact = (mpmath.exp(x) - mpmath.mpf(x) - 1) / mpmath.mpf(x) ** 2
        assert float(line_bounds._tail(np.asarray(x))) == pytest.approx(float(exact), rel=1e-15)
    assert line_bounds._tail(np.asarray(0.0)) == 0.5


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: softmax_line_bounds(np.zeros(3), np.zeros(2), 0, 1.0), ValueError, "shapes"),
        (lambda: softmax_line_bounds(np.zeros((0, 3)), np.zeros((0, 3)), [], 1.0), ValueError, "shapes"),
        (lambda: softmax_line_bounds(np.zeros(3, dtype=np.float32), np.zeros(3), 0, 1.0), TypeError, "float32"),
        (lambda: softmax_line_bounds(np.zeros(3), [0, 0, 0], 0, 1.0), TypeError, "change"),
        (lambda: softmax_line_bounds(np.zeros(3), np.zeros(3), 3, 1.0), ValueError, "from 0 to 2"),
        (lambda: softmax_line_bounds(np.zeros(3), np.zeros(3), 0.0, 1.0), TypeError, "integers"),
        (lambda: softmax_line_bounds(np.zeros(3), np.zeros(3), True, 1.0), TypeError, "integers"),
        (lambda: softmax_line_bounds(np.zeros((2, 3)), np.zeros((2, 3)), 0, 1.0), ValueError, "one a sample"),
        (lambda: softmax_line_bounds(np.array([np.nan, 0]), np.zeros(2), 0, 1.0), ValueError, "logits"),
        (lambda: softmax_line_bounds(np.zeros(2), np.array([0, 1.0]), 0, 1e4), ValueError, "upper"),
        (lambda: softmax_line_bounds([0, 1], [0], 0, 1), ValueError, "shapes"),
        (lambda: softmax_line_bounds([0, 1], [0, 1], 2, 1), ValueError, "label"),
        (lambda: softmax_line_bounds([], [], 0, 1), ValueError, "logits"),
        (lambda: softmax_line_bounds("ab", "cd", 0, 1), (TypeError, ValueError), "logits"),
        (lambda: softmax_line_bounds([0, 1], [0, 1], 0, float("nan")), ValueError, "s is nan"),
    ],
)
def test_bad_input_is_named(call, error, says):
    with pytest.raises(error, match=says):
        call()


@pytest.mark.claim(CORE)
@given(batches())
def test_the_minimum_is_near_that_of_the_parabola(batch):
    z, u, right, _ = batch
    spread = np.ptp(u, axis=1).max()
    weights = np.exp(z - z.max(1, keepdims=True))

    def slope(step: float) -> float:
        moved = z + step * u
        share = np.exp(moved - moved.max(1, keepdims=True))
        share /= share.sum(1, keepdims=True)
        return float(((share * u).sum(1) - u[np.arange(len(u)), right]).mean())

    low, high = -20.0, 20.0
    if not slope(low) < -1e-6 or not slope(high) > 1e-6:
        return  # the loss falls for ever, or for so long that no step is found
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) < 0 else (low, middle)
    weights /= weights.sum(1, keepdims=True)
    bend = (weights * (u - (weights * u).sum(1, keepdims=True)) ** 2).sum(1).mean()
    far, turn = spread * abs(low), spread * abs(slope(0.0))
    assert bend * -np.expm1(-far) <= turn + 1e-9 * (1 + turn)
    assert turn <= bend * np.expm1(min(far, 700.0)) + 1e-9 * (1 + turn)


@pytest.mark.claim(CORE)
@pytest.mark.parametrize("middle", [Rational(1, 2), -3])
def test_two_opposed_samples_have_their_minimum_where_they_are_even(middle):
    point = {**softmax_bounds.APART, logit_of: Lambda((softmax_bounds.i, kind), middle * (1 - kind))}
    assert witness(softmax_bounds.minimum, softmax_bounds.measured({**point, s: middle}))
    start = softmax_bounds.measured({**point, s: 0})
    with pytest.raises(NotProved):
        counterexample(softmax_bounds.minimum, start)
    assert counterexample(softmax_bounds.minimum.drop(Eq(slope_s, 0)), start)
