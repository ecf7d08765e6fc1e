"""Each textbook fact has a property of its own: its instances are true, in exact arithmetic or else in simulation.

A fact without a property fails `test_fact_holds`.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume as only_if
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from sympy import (
    Abs,
    Eq,
    Function,
    ImmutableMatrix,
    Lambda,
    Matrix,
    Not,
    Poly,
    Rational,
    S,
    Symbol,
    exp,
    expand,
    lambdify,
    sqrt,
    symbols,
)

from tests.theory.proof import fact_tables  # noqa: F401  registers the properties of the facts
from tests.theory.proof.properties import PROPERTIES, holds_for, true_at
from theory.proof import (
    FACTS,
    Column,
    Countable,
    Exists,
    FlowStable,
    GradientStep,
    HasDerivative,
    HessianRange,
    KernelError,
    LocalMinimum,
    LyapunovStable,
    Nonsingular,
    NullBasin,
    SpectralRadius,
    Tends,
    Velocity,
    cite,
    column,
    decide,
    evaluate,
    follows,
)
from theory.proof.descent_facts import (
    LinearNetworkMinimum,
    NonsingularStep,
    ReachedAtRandom,
    ReachedByRegularSteps,
    Smoothness,
    StableUnderDescent,
)

p, q, r, s, t, x, y = symbols("p q r s t x y", real=True)
i, j, k, n = symbols("i j k n", integer=True)
f = Function("f", real=True)
orbit = Function("x", real=True)
u, v = Column("u"), Column("v")

# A start at NEAR must leave an unstable point up to FAR: growing by 1.1 a step, it does so in log(1e4)/log(1.1) = 97
FAR = 1e-2
NEAR = 1e-6
STEPS = 400


def exact(value: Fraction) -> Rational:
    return Rational(value.numerator, value.denominator)


def rationals(low: int, high: int) -> st.SearchStrategy[Rational]:
    return st.fractions(low, high, max_denominator=6).map(exact)


positive = st.fractions(Fraction(1, 5), 5, max_denominator=6).map(exact)
small = st.integers(-4, 4)
multipliers = st.sampled_from([Rational(m, 10) for m in (-25, -15, -11, 11, 13, 20, 30)])
contractions = st.sampled_from([Rational(m, 10) for m in (-9, -5, -1, 0, 2, 7, 9)])


def matrices(rows: int, columns: int) -> st.SearchStrategy[ImmutableMatrix]:
    size = rows * columns
    return st.lists(small, min_size=size, max_size=size).map(lambda entries: ImmutableMatrix(rows, columns, entries))


def escapes(g: Any, start: float, centre: float) -> bool:
    """Whether the orbit of `start` leaves the interval of radius FAR around `centre`."""
    state = start
    for _ in range(STEPS):
        state = g(state)
        if abs(state - centre) > FAR:
            return True
    return False


def cubic(c: Any, slope: Any, a: Any = 0, b: Any = 0) -> Lambda:
    """A polynomial map with the fixed point c and the derivatives slope, 2 a, 6 b there."""
    return Lambda(t, expand(c + slope * (t - c) + a * (t - c) ** 2 + b * (t - c) ** 3))


# Inequalities


@holds_for("cauchy-schwarz")
@given(matrices(3, 1), matrices(3, 1))
def cauchy_schwarz(one: Any, other: Any) -> None:
    true_at("cauchy-schwarz", (u, v), {u: one, v: other})
    true_at("cauchy-schwarz", (u, v), {u: one, v: 3 * one})  # equality


@holds_for("norm-nonnegative")
@given(matrices(3, 1))
def norm_nonnegative(one: Any) -> None:
    true_at("norm-nonnegative", (u,), {u: one})


@holds_for("norm-definite")
@given(matrices(2, 3), matrices(2, 1))
def norm_definite(one: Any, single: Any) -> None:
    """At 0 both sides hold; a matrix that is not 0 has a norm that is not."""
    x = Symbol("x", commutative=False)
    for letter, value in ((x, one), (u, single)):
        true_at("norm-definite", (letter,), {letter: 0 * value})
        assert (sum(entry**2 for entry in value) == 0) is value.is_zero_matrix


@holds_for("submultiplicative")
@given(matrices(2, 3), matrices(3, 2), matrices(3, 1))
def submultiplicative(one: Any, other: Any, single: Any) -> None:
    a, b = symbols("a b", commutative=False)
    true_at("submultiplicative", (a, b), {a: one, b: other})
    true_at("submultiplicative", (a, u), {a: one, u: single})
    true_at("submultiplicative", (u, b), {u: single, b: single.T})  # equality


@holds_for("am-gm")
@given(st.integers(1, 4), small, st.integers(0, 3))
def am_gm(count: int, shift: int, level: int) -> None:
    true_at("am-gm", (f(j), j, n), {n: count, f: Lambda(j, (j - shift) ** 2 + level)})


@holds_for("part-of-sum")
@given(st.integers(2, 5), small, st.integers(0, 3), st.data())
def part_of_sum(count: int, shift: int, level: int, data: Any) -> None:
    here, there = data.draw(st.lists(st.integers(1, count), min_size=2, max_size=2, unique=True))
    terms = {n: count, f: Lambda(j, (j - shift) ** 2 + level)}
    true_at("part-of-sum", (f(j), j, n, i, k), {**terms, i: here, k: there})
    true_at("part-of-sum", (f(j), j, n, k), {**terms, k: here})


def test_a_term_of_a_sum_counts_once() -> None:
    assert S.false in FACTS["part-of-sum"].instance(f(j), j, n, k, k)[0]
    with pytest.raises(ValueError, match="bound"):
        FACTS["part-of-sum"].instance(f(j), j, n, j)


@holds_for("power-tangent")
@given(positive, positive, st.fractions(1, 4, max_denominator=3).map(exact))
def power_tangent(one: Any, other: Any, exponent: Any) -> None:
    true_at("power-tangent", (x, y, p), {x: one, y: other, p: exponent})


@holds_for("power-increases")
@given(positive, positive, positive)
def power_increases(one: Any, gap: Any, exponent: Any) -> None:
    true_at("power-increases", (x, y, p), {x: one, y: one + gap, p: exponent})


@holds_for("power-monotone")
@given(positive, st.fractions(0, 3, max_denominator=4).map(exact), st.fractions(0, 3, max_denominator=4).map(exact))
def power_monotone(one: Any, gap: Any, exponent: Any) -> None:
    true_at("power-monotone", (x, y, p), {x: one, y: one + gap, p: exponent})


@holds_for("power-concave")
@given(positive, positive, st.fractions(0, 1, max_denominator=6).map(exact))
def power_concave(one: Any, other: Any, exponent: Any) -> None:
    true_at("power-concave", (x, y, p), {x: one, y: other, p: exponent})


@holds_for("power-of-power")
@given(positive, rationals(-2, 2), st.sampled_from([Rational(1, 2), Rational(-1, 2), S.One, Rational(2)]))
def power_of_power(base: Any, inner: Any, outer: Any) -> None:
    true_at("power-of-power", (x, p, q), {x: base, p: inner, q: outer})


# Linear algebra


@holds_for("rayleigh")
@given(small, small, small, matrices(2, 1))
def rayleigh(a: int, b: int, c: int, vector: Any) -> None:
    symmetric = Matrix([[a, b], [b, c]])
    largest = Rational(a + c, 2) + sqrt(Rational(a - c, 2) ** 2 + b**2)
    form, length = (vector.T * symmetric * vector)[0], (vector.T * vector)[0]
    _, conclusion = FACTS["rayleigh"].instance(largest, form, length)
    assert decide(conclusion) is True


@holds_for("gradient-step-spectrum")
@given(small, small, positive)
def gradient_step_spectrum(a: int, b: int, step: Any) -> None:
    loss = Lambda((x, y), Rational(a, 2) * (x**2 + y**2) + b * x * y)  # the Hessian has the eigenvalues a - b and a + b
    map_ = Lambda((x, y), column(x - step * (a * x + b * y), y - step * (b * x + a * y)))
    origin, ends = column(0, 0), (a - abs(b), a + abs(b))
    hypotheses, conclusion = FACTS["gradient-step-spectrum"].instance(map_, loss, step, origin, *ends)
    assert [decide(h) for h in hypotheses] == [True, True]
    assert isinstance(hypotheses[0], GradientStep) and isinstance(hypotheses[1], HessianRange)
    assert decide(conclusion) is True


# Minima


@holds_for("fermat")
@given(rationals(-2, 2), small, positive, small)
def fermat(c: Any, slope: int, curvature: Any, level: int) -> None:
    # (t - c)^2 times something positive near c: a local minimum at c by construction
    loss = Lambda(t, expand(level + (t - c) ** 2 * (curvature + slope * (t - c))))
    hypotheses, conclusion = FACTS["fermat"].instance(loss, t, c)
    assert hypotheses == (LocalMinimum(loss, c),)
    assert decide(conclusion) is True


@holds_for("second-order-necessary")
@given(rationals(-2, 2), small, st.fractions(0, 3, max_denominator=3).map(exact))
def second_order_necessary(c: Any, level: int, curvature: Any) -> None:
    loss = Lambda(t, expand(level + curvature * (t - c) ** 2 + (t - c) ** 4))
    hypotheses, conclusion = FACTS["second-order-necessary"].instance(loss, t, c)
    assert hypotheses == (LocalMinimum(loss, c),)
    assert decide(conclusion) is True


@holds_for("second-order-sufficient")
@given(rationals(-2, 2), small, small, positive)
def second_order_sufficient(c: Any, level: int, third: int, curvature: Any) -> None:
    loss = Lambda(t, expand(level + curvature * (t - c) ** 2 + third * (t - c) ** 3))
    hypotheses, conclusion = FACTS["second-order-sufficient"].instance(loss, t, c)
    assert all(decide(h) is True for h in hypotheses) and conclusion == LocalMinimum(loss, c)
    for near in (Rational(1, 100), -Rational(1, 100)):  # |third| h <= 4/100 < 1/5 <= curvature
        assert loss(c + near) > loss(c)


# Stability in one dimension


@holds_for("unstable-multiplier")
@given(small, multipliers, small)
def unstable_multiplier(c: int, slope: Any, bend: int) -> None:
    g = cubic(c, slope, bend)
    hypotheses, conclusion = FACTS["unstable-multiplier"].instance(g, t, c)
    assert all(decide(h) is True for h in hypotheses) and conclusion == Not(LyapunovStable(g, c))
    assert escapes(lambdify(t, g(t)), c + NEAR, c)


@holds_for("stable-multiplier")
@given(small, contractions, small)
def stable_multiplier(c: int, slope: Any, bend: int) -> None:
    g = cubic(c, slope, bend)
    hypotheses, conclusion = FACTS["stable-multiplier"].instance(g, t, c)
    assert all(decide(h) is True for h in hypotheses) and conclusion == LyapunovStable(g, c)
    assert not escapes(lambdify(t, g(t)), c + FAR / 2, c)  # |slope| + 4 FAR/2 <= 0.92


@holds_for("stable-flip")
@given(small, small, small)
def stable_flip(c: int, a: int, b: int) -> None:
    g = cubic(c, -1, a, b)
    hypotheses, conclusion = FACTS["stable-flip"].instance(g, t, c)
    assert conclusion == LyapunovStable(g, c)
    applies = all(decide(h) is True for h in hypotheses)
    assert applies == (b + a**2 > 0)
    only_if(applies)
    assert not escapes(lambdify(t, g(t)), c + FAR / 4, c)


@holds_for("unstable-tangency")
@given(small, small.filter(bool))
def unstable_tangency(c: int, bend: int) -> None:
    g = cubic(c, 1, bend)
    hypotheses, conclusion = FACTS["unstable-tangency"].instance(g, t, c)
    assert all(decide(h) is True for h in hypotheses) and conclusion == Not(LyapunovStable(g, c))
    start = 5e-3 if bend > 0 else -5e-3  # on this side t^2 drives outwards: 1/t falls by |bend| a step, from 200 to 100
    assert escapes(lambdify(t, g(t)), c + start, c)


@holds_for("repelling-lands")
@given(multipliers, small, rationals(-1, 1).filter(bool))
def repelling_lands(slope: Any, bend: int, start: Any) -> None:
    g = cubic(0, slope, bend)
    hypotheses, conclusion = FACTS["repelling-lands"].instance(orbit, g, 0, abs(slope))
    assert [decide(h) for h in hypotheses[:2]] == [True, True]
    assert conclusion == Exists(k, k >= 0, Eq(orbit(k), 0))
    near = start / 100  # |slope| - 4/100 > 1: away from 0, never towards it
    assert abs(g(near)) > abs(near)


# Stability in several dimensions


def _plane(a: Any, b: Any, bend: int) -> tuple[Lambda, Callable[[float, float], Any]]:
    g = Lambda((x, y), column(a * x + bend * y**2, b * y + bend * x * y))
    return g, lambdify((x, y), tuple(g.expr))


def _farthest(step: Callable[[float, float], Any], start: float) -> float:
    state, most = (start, start), 0.0
    for _ in range(STEPS):
        state = step(*state)
        most = max(most, *map(abs, state))
        if most > FAR:
            break
    return most


@holds_for("unstable-linearisation")
@given(contractions, multipliers, small)
def unstable_linearisation(a: Any, b: Any, bend: int) -> None:
    g, step = _plane(a, b, bend)
    hypotheses, conclusion = FACTS["unstable-linearisation"].instance(g, column(0, 0), abs(b))
    assert all(decide(h) is True for h in hypotheses) and conclusion == Not(LyapunovStable(g, column(0, 0)))
    assert _farthest(step, NEAR) > FAR


@holds_for("stable-linearisation")
@given(contractions, contractions, small)
def stable_linearisation(a: Any, b: Any, bend: int) -> None:
    g, step = _plane(a, b, bend)
    hypotheses, conclusion = FACTS["stable-linearisation"].instance(g, column(0, 0), max(abs(a), abs(b)))
    assert all(decide(h) is True for h in hypotheses) and conclusion == LyapunovStable(g, column(0, 0))
    assert _farthest(step, FAR / 2) <= FAR


@holds_for("centre-stable-manifold")
@given(contractions.filter(bool), multipliers, small, st.integers(0, 10**6))
def centre_stable_manifold(a: Any, b: Any, bend: int, seed: int) -> None:
    g, step = _plane(a, b, bend)
    hypotheses, conclusion = FACTS["centre-stable-manifold"].instance(g, column(0, 0), abs(b))
    assert all(decide(h) is True for h in hypotheses) and conclusion == NullBasin(g, column(0, 0))
    dice = random.Random(seed)
    for _ in range(5):  # a random start is off the manifold, so it leaves every neighbourhood
        state = (dice.uniform(-FAR, FAR), dice.uniform(-FAR, FAR))
        assert any(abs(z) > FAR for z in _run(step, state))


def _run(step: Callable[[float, float], Any], state: tuple[float, float]) -> tuple[float, ...]:
    for _ in range(STEPS):
        state = step(*state)
        if max(map(abs, state)) > FAR:
            break
    return state


@holds_for("unstable-minima-attract-null-sets")
@given(st.sampled_from([0.3, 0.4, 0.45]), st.integers(0, 10**6))
def unstable_minima_attract_null_sets(step: float, seed: int) -> None:
    """f = (x^2 - 1)^2 has the minima +-1 with f'' = 8: where 8 step > 2 no random start converges to them."""
    reached, smooth = ReachedByRegularSteps(r, f(0)), Smoothness(s, f(0))
    _, conclusion = FACTS["unstable-minima-attract-null-sets"].instance(reached, smooth)
    assert decide(conclusion.subs({r: Rational(str(step)), s: 8})) is False
    dice = random.Random(seed)
    for _ in range(10):
        state = dice.uniform(-0.9, 0.9)
        for _ in range(STEPS):
            state -= step * 4 * state * (state**2 - 1)
            if abs(state) > 10:
                break
        assert abs(abs(state) - 1) > NEAR


@holds_for("minima-keep-the-largest")
@given(st.integers(0, 10**6), st.sampled_from([(2, 1, 2), (3, 2, 2, 3), (2, 3, 2), (3, 1, 2)]))
def minima_keep_the_largest(seed: int, widths: tuple[int, ...]) -> None:
    """A quasi-Newton method from a random start ends at a product with the spectral norm of the target."""
    W, E = (Function(name, commutative=False) for name in "WE")
    minimum = LinearNetworkMinimum(Lambda(j, W(j)), n, Symbol("A", commutative=False))
    _, conclusion = FACTS["minima-keep-the-largest"].instance(minimum, E, r, s)
    target = np.diag([4.0, 2.0, 1.0])[: widths[-1], : widths[0]]
    shapes = list(zip(widths[1:], widths, strict=False))
    cuts = np.cumsum([a * b for a, b in shapes])[:-1]

    def product(flat: Any) -> Any:
        layers = [part.reshape(shape) for part, shape in zip(np.split(flat, cuts), shapes, strict=True)]
        return np.linalg.multi_dot([*reversed(layers)])

    start = np.random.default_rng(seed).standard_normal(sum(a * b for a, b in shapes))
    found = minimize(lambda flat: np.sum((product(flat) - target) ** 2), start, tol=NEAR).x
    reached, wanted = (float(np.linalg.norm(m, 2)) for m in (product(found), target))
    assert conclusion == Eq(r, s, evaluate=False) and abs(reached - wanted) < FAR  # NEAR in the gradient, by curvatures above 1e-3


@holds_for("stable-equilibria-are-flat")
@given(st.sampled_from([0.1, 0.2, 0.26, 0.3, 0.4]))
def stable_equilibria_are_flat(step: float) -> None:
    """f = (x^2 - 1)^2 has f''(1) = 8: starts near 1 stay near exactly where 8 step <= 2."""
    stable, smooth = StableUnderDescent(r, f(0)), Smoothness(s, f(0))
    _, conclusion = FACTS["stable-equilibria-are-flat"].instance(stable, smooth)
    below = decide(conclusion.subs({r: Rational(str(step)), s: 8}))
    assert escapes(lambda z: z - step * 4 * z * (z**2 - 1), 1 + NEAR, 1.0) is not below


@holds_for("multiplier-spectrum")
@given(small, rationals(-3, 3), small)
def multiplier_spectrum(c: int, slope: Any, bend: int) -> None:
    g = cubic(c, slope, bend)
    hypotheses, conclusion = FACTS["multiplier-spectrum"].instance(g, t, c)
    assert all(decide(h) is True for h in hypotheses) and conclusion == SpectralRadius(g, c, abs(slope))
    assert decide(conclusion) is True


@holds_for("attracting-basin")
@given(contractions, contractions, small, st.integers(0, 10**6))
def attracting_basin(a: Any, b: Any, bend: int, seed: int) -> None:
    g, step = _plane(a, b, bend)
    hypotheses, conclusion = FACTS["attracting-basin"].instance(g, column(0, 0), max(abs(a), abs(b)))
    assert all(decide(h) is True for h in hypotheses) and conclusion == Not(NullBasin(g, column(0, 0)))
    dice = random.Random(seed)
    for _ in range(5):  # every start near 0 tends to 0: the norm falls by 0.9 + 8 FAR < 1 a step, and 0.98^400 < 1e-3
        start = (dice.uniform(-FAR, FAR), dice.uniform(-FAR, FAR))
        assert max(map(abs, _run(step, start))) < FAR / 100


@holds_for("nonsingular-polynomial")
@given(small, rationals(-3, 3).filter(bool), small, small)
def nonsingular_polynomial(c: int, slope: Any, a: int, b: int) -> None:
    g = cubic(c, slope, a, b)
    hypotheses, conclusion = FACTS["nonsingular-polynomial"].instance(g, t, c)
    assert all(decide(h) is True for h in hypotheses) and conclusion == Nonsingular(g, c)
    assert decide(conclusion) is True
    # the starts that map to within h of a value have a length that vanishes with h: at most 3 intervals, each O(h^(1/3))
    level = g(Rational(1, 3))
    assert len(Poly(g(t) - level, t).real_roots()) <= 3


@holds_for("descent-is-stable")
@given(positive, st.sampled_from([Rational(m, 10) for m in (1, 5, 12, 19)]), st.floats(0, 6.2))
def descent_is_stable(slope: Any, share: Any, angle: float) -> None:
    """(x y - 1)^2 / 2 is 0 on a hyperbola, and its Hessian at (a, 1/a) has the eigenvalues 0 and a^2 + 1/a^2."""
    loss, point = Lambda((x, y), (x * y - 1) ** 2 / 2), column(slope, 1 / slope)
    high = slope**2 + 1 / slope**2
    step = share / high
    map_ = Lambda((x, y), column(x - step * y * (x * y - 1), y - step * x * (x * y - 1)))
    hypotheses, conclusion = FACTS["descent-is-stable"].instance(map_, loss, step, point, 0, high)
    assert all(decide(h) is True for h in hypotheses) and conclusion == LyapunovStable(map_, point)
    a, b, d = float(slope), 1 / float(slope), float(step)
    state = (a + NEAR * math.cos(angle), b + NEAR * math.sin(angle))
    for _ in range(STEPS):
        error = state[0] * state[1] - 1
        state = (state[0] - d * state[1] * error, state[1] - d * state[0] * error)
        # the error falls by |1 - share| <= 0.9 a step, so all steps together are at most 1.9/(1 - 0.9) times the first distance
        assert math.hypot(state[0] - a, state[1] - b) < 25 * NEAR


@holds_for("unstable-solutions-attract-null-sets")
@given(st.sampled_from([0.3, 0.4, 0.45]), st.integers(0, 10**6))
def unstable_solutions_attract_null_sets(step: float, seed: int) -> None:
    """f = (x^2 - 1)^2 for x > 0 and 1 for x < 0 has the minimum 1 with f'' = 8, and GD on it rests where x < 0."""
    reached, smooth, nonsingular = ReachedAtRandom(r, f(0), f(1)), Smoothness(s, f(0), f(1)), NonsingularStep(r, f(1))
    _, conclusion = FACTS["unstable-solutions-attract-null-sets"].instance(reached, smooth, nonsingular)
    assert decide(conclusion.subs({r: Rational(str(step)), s: 8})) is False
    dice = random.Random(seed)
    for _ in range(10):
        state = dice.uniform(-0.9, 0.9)
        for _ in range(STEPS):
            state -= step * 4 * state * (state**2 - 1) * (state > 0)
            if abs(state) > 10:
                break
        assert abs(state - 1) > NEAR


def test_an_unstable_solution_is_one_of_the_same_loss_and_step() -> None:
    reached, smooth = ReachedAtRandom(r, f(0), f(1)), Smoothness(s, f(0), f(1))
    for other in (NonsingularStep(s, f(1)), NonsingularStep(r, f(2)), ReachedAtRandom(r, f(1))):
        with pytest.raises(KernelError, match="about"):
            cite("unstable-solutions-attract-null-sets", reached, smooth, other)


@holds_for("locally-linear")
@given(rationals(-2, 2), rationals(-3, 3), positive)
def locally_linear(c: Any, slope: Any, radius: Any) -> None:
    g = Lambda(t, c + slope * (t - c))
    hypotheses, conclusion = FACTS["locally-linear"].instance(g, t, c, slope, radius)
    assert all(decide(h) is True for h in hypotheses) and decide(conclusion) is True


@holds_for("interval-not-null")
@given(contractions, small, positive)
def interval_not_null(slope: Any, low: int, width: Any) -> None:
    g = Lambda(t, slope * t)
    hypotheses, conclusion = FACTS["interval-not-null"].instance(g, 0, s, low, low + width)
    assert decide(hypotheses[0]) is True and isinstance(conclusion, Not)
    for start in (low, low + width / 2, low + width):  # every start tends to 0: a basin of positive length
        assert abs(start * slope**STEPS) < NEAR


@holds_for("countable-preimages")
@given(small, small.filter(bool), small)
def countable_preimages(a: int, b: int, c: int) -> None:
    g = Lambda(t, t**2 * b + a * t + c)
    hypotheses, conclusion = FACTS["countable-preimages"].instance(g, 0)
    assert hypotheses == () and isinstance(conclusion, Countable)
    image = t
    for steps in range(1, 4):
        image = expand(g(image))
        assert Poly(image, t).count_roots() <= 2**steps


@holds_for("countable-landings")
@given(small, st.sampled_from([1, 2, 3]))
def countable_landings(level: int, gain: int) -> None:
    """The tent t -> gain |t| - 2 has the preimages +-(s + 2)/gain: at most 2^k starts land on a point after k steps."""
    tent, preimages = Lambda(t, gain * abs(t) - 2), ((s + 2) / gain, -(s + 2) / gain)
    hypotheses, conclusion = FACTS["countable-landings"].instance(tent, level, t, s, preimages)
    assert isinstance(conclusion, Countable) and len(hypotheses) == 1
    inner = hypotheses[0].args[2].args[2]
    assert follows(inner).then == inner
    landing = {Rational(level)}
    for steps in range(1, 5):
        landing = {e.subs(s, value) for value in landing for e in preimages if tent(e.subs(s, value)) == value}
        assert len(landing) <= 2**steps


@holds_for("stable-flow")
@given(rationals(-2, 2), positive, small)
def stable_flow(c: Any, rate: Any, bend: int) -> None:
    field = Lambda(t, expand(-rate * (t - c) + bend * (t - c) ** 2))
    hypotheses, conclusion = FACTS["stable-flow"].instance(field, t, c)
    assert all(decide(h) is True for h in hypotheses) and conclusion == FlowStable(field, c)
    velocity, state = lambdify(t, field(t)), float(c) + FAR
    for _ in range(STEPS):
        state += 0.1 * velocity(state)
    assert abs(state - float(c)) < FAR / 2  # (1 - 0.1 (0.2 - 4 FAR))^400 < 0.01


@holds_for("same-derivative")
@given(st.lists(small, min_size=1, max_size=4), small, st.sampled_from([0, 1]))
def same_derivative(coefficients: list[int], level: int, other: int) -> None:
    polynomial = sum(c * t**i for i, c in enumerate(coefficients)) + S.Zero
    function = Lambda(t, polynomial + level + other * t**2)
    slope = Lambda(t, function.expr.diff(t))
    hypotheses, conclusion = FACTS["same-derivative"].instance(function, slope, polynomial, t)
    assert hypotheses == (HasDerivative(function, slope),) and decide(hypotheses[0]) is True
    slopes = expand(slope(t) - polynomial.diff(t)) == 0
    values = expand(function(t) - (polynomial + function(0) - polynomial.subs(t, 0))) == 0
    assert slopes == values == (other == 0)
    assert decide(conclusion) is True  # both sides hold, or both fail at an integer


@holds_for("geometric-convergence")
@given(rationals(-2, 2), rationals(0, 1), positive, st.integers(0, 10**6))
def geometric_convergence(c: Any, rate: Any, scale: Any, seed: int) -> None:
    hypotheses, conclusion = FACTS["geometric-convergence"].instance(orbit, c, rate, scale)
    only_if(decide(hypotheses[1]) is True)
    dice = random.Random(seed)
    share = Rational(dice.randint(-10, 10), 10)  # the sequence c + share scale rate^k obeys the bound, and comes as near as one likes
    steps = next(n for n in range(10**6) if scale * rate**n < Rational(1, 100))
    assert abs(share * scale * rate**steps) <= rate**steps * scale < Rational(1, 100)
    assert conclusion == Tends(k, orbit(k), c)


@holds_for("geometric-below-harmonic")
@given(rationals(0, 1), st.integers(-5, 50))
def geometric_below_harmonic(rate: Any, scale: int) -> None:
    hypotheses, conclusion = FACTS["geometric-below-harmonic"].instance(rate, scale)
    only_if(decide(hypotheses[1]) is True)
    assert isinstance(conclusion, Not)
    assert any(scale * float(rate) ** n * (n + 1) < 1 for n in range(10**5))


@holds_for("nearest-semidefinite")
@given(st.lists(small, min_size=3, max_size=3), st.integers(0, 10**6))
def nearest_semidefinite(entries: list[int], seed: int) -> None:
    """In the plane, against random positive semidefinite matrices G G'."""
    a, b, c = entries
    target = np.array([[a, b], [b, c]], dtype=float)
    values, vectors = np.linalg.eigh(target)
    near = vectors @ np.diag(np.maximum(values, 0)) @ vectors.T  # what the fact says
    for _, factor in zip(range(20), np.random.default_rng(seed).normal(size=(20, 2, 2)), strict=True):
        assert np.linalg.norm(near - target) <= np.linalg.norm(factor @ factor.T - target) + NEAR


@pytest.mark.parametrize("name", sorted(FACTS))
def test_fact_holds(name: str) -> None:
    if name not in PROPERTIES:
        pytest.fail(f"the fact {name!r} has no property; register one with @holds_for({name!r})")
    PROPERTIES[name]()


def test_no_property_without_its_fact() -> None:
    assert set(PROPERTIES) <= set(FACTS)


@pytest.mark.parametrize("name", sorted(FACTS))
def test_fact_has_a_reference(name: str) -> None:
    assert any(c.isdigit() for c in FACTS[name].reference), "a reference names a theorem, a section or a page"


def test_a_cited_fact_is_trusted_by_name() -> None:
    theorem = cite("power-increases", x, y, p)
    assert theorem.rests_on == {"fact:power-increases"}
    used = follows(x**p < y**p, *theorem.given, using=(theorem,))
    assert used.rests_on == {"fact:power-increases", "z3"}


def test_a_false_instance_is_caught() -> None:
    """The properties can fail: a wrong multiplier, a wrong eigenvalue."""
    assert decide(SpectralRadius(Lambda(t, 2 * t), S.Zero, 3)) is False
    assert not escapes(lambda z: z / 2, NEAR, 0.0)
    assert decide(Eq(Symbol("q", real=True), 1)) is None
    assert evaluate(Eq(sqrt(2) ** 2, 2)).given == ()


def test_smooth_curves_have_velocities() -> None:
    logistic = Lambda(t, 1 / (1 + exp(-3 * t)))
    assert decide(Velocity(logistic, Rational(3, 4))) is True
    assert decide(Velocity(logistic, Rational(1, 4))) is False
    assert decide(Velocity(Lambda(t, sqrt(1 + t)), Rational(1, 2))) is True
    assert decide(Velocity(Lambda(t, t * Abs(t)), 0)) is None  # true, but not known from the rule
