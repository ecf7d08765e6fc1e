"""What is checked of the fact about flows whose parameters move: a property, its sentence, and traps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sympy import Abs, Function, ImmutableMatrix, Integer, Lambda, Max, Rational, exp, oo, root, symbols

from tests.theory.proof.properties import holds_for, true_at
from theory.proof import FACTS, Analytic, SmoothField, Theorem, Trace, cite, decide, evaluate, instance, squared_norm, substitute
from theory.proof.letters import interpret

h, t, psi, B, T, R = symbols("h t psi B T R", real=True)
n = symbols("n", integer=True)
C, M, S, U, X, Y = symbols("C M S U X Y", commutative=False)
f, flow = Function("f", commutative=False), Function("u", commutative=False)
g = Function("g", real=True)
velocity, slope = Function("v", commutative=False), Function("w", commutative=False)
FIELD, FLOW = Lambda((U, S), f(U, S)), Lambda((t, psi), flow(t, psi))
LINE = Lambda(psi, M + psi * X)
VELOCITY, RATE = Lambda(t, velocity(t)), Lambda(t, slope(t))
TERMS = (FIELD, FLOW, LINE, Y, VELOCITY, RATE, h, B, T, R)

STEP = 1e-3  # a mixed central difference errs by STEP^2 = 1e-6, and by rounding of 1e-15 / STEP^2 = 1e-9
NEAR = 1e-4
SUBSTEPS = 40  # of Runge and Kutta's fourth order over a time of 1: (1/40)^4 = 4e-7 at most, the same for every psi


def run(field: Callable[[np.ndarray], np.ndarray], state: np.ndarray, until: float) -> np.ndarray:
    """The state of u' = field(u) at a time."""
    d = until / SUBSTEPS
    for _ in range(SUBSTEPS):
        a = field(state)
        b = field(state + d / 2 * a)
        c = field(state + d / 2 * b)
        state = state + d / 6 * (a + 2 * b + 2 * c + field(state + d * c))
    return state


@holds_for("flow-derivatives-commute")
@given(st.integers(-2, 2), st.sampled_from([-2, -1, 2]), st.integers(1, 3), st.integers(0, 10**6))
def flow_derivatives_commute(start: int, rate: int, turn: int, seed: int) -> None:
    """For growth u' = s u exactly; for two neurons tanh(S u) by mixed differences in time and psi."""
    terms = (FIELD, FLOW, Lambda(psi, start + rate * psi), Integer(turn), VELOCITY, RATE, h, B, T, R)
    path = Lambda((t, psi), turn * exp(t * (start + rate * psi)))
    v = Lambda(t, turn * rate * t * exp(t * start) + 0 * t)
    w = Lambda(t, turn * rate * (1 + start * t) * exp(t * start) + 0 * t)
    true_at("flow-derivatives-commute", terms, {f: Lambda((U, S), S * U), flow: path, velocity: v, slope: w, B: -3, T: 2, R: 1})
    weights, moves = np.random.default_rng(seed).normal(size=(2, 2, 2))
    state = np.random.default_rng(seed + 1).normal(size=2)

    def at(time: float, step: float) -> np.ndarray:
        return run(lambda u: np.tanh((weights + step * moves) @ u), state, time)

    def field(step: float) -> np.ndarray:
        return np.tanh((weights + step * moves) @ at(1, step))

    mixed = (at(1 + STEP, STEP) - at(1 + STEP, -STEP) - at(1 - STEP, STEP) + at(1 - STEP, -STEP)) / (4 * STEP**2)
    assert np.allclose(mixed, (field(STEP) - field(-STEP)) / (2 * STEP), atol=NEAR)


@holds_for("constant-curve")
@given(st.integers(-3, 3), st.integers(2, 4))
def constant_curve(value: int, rate: int) -> None:
    """A number written with t stays where it is; a line that moves does not satisfy the hypothesis."""
    still = Lambda(t, (1 + t) ** 2 - 2 * t - t**2 + value)
    true_at("constant-curve", (still, h, B, T), {B: -1, T: 2})
    (*_, rests), _ = FACTS["constant-curve"].instance(Lambda(t, value + rate * t), h, Integer(-1), Integer(2))
    assert decide(rests) is False


@holds_for("mean-value")
@given(st.integers(-3, 3).filter(bool), st.integers(0, 3), st.integers(1, 4), st.integers(0, 10**6))
def mean_value(rate: int, spare: int, end: int, seed: int) -> None:
    """For lines exactly, with equality where nothing is spared; for a curve in three dimensions with a bound on its speed that grows."""
    path, bound = Lambda(t, rate * t * X), (abs(rate) + spare) * t
    true_at("mean-value", (path, rate * X, bound, h, T), {X: [[1]], T: end})
    true_at("mean-value", (Lambda(t, g(t)), R, bound, h, T), {g: Lambda(t, spare + 1 - rate * t), R: -rate, T: end})
    (*_, slow), _ = FACTS["mean-value"].instance(path, rate * X, (abs(rate) - 1) * t, h, Integer(end))
    assert decide(interpret(slow, {X: ImmutableMatrix([[1]])})) is not True
    a, b = np.random.default_rng(seed).normal(size=(2, 3))
    moved = np.linalg.norm(np.sin(a * end) + b * end**2)
    assert moved <= np.linalg.norm(a) * end + np.linalg.norm(b) * end**2 + NEAR


@holds_for("mean-value-point")
@given(st.lists(st.integers(-3, 3), min_size=2, max_size=5), st.integers(1, 3))
def mean_value_point(coefficients: list[int], half: int) -> None:
    """For parabolas exactly, halfway; for other polynomials by a root of f'(t) T - (f(T) - f(0)) between; not so for a jump."""
    parabola = Lambda(t, coefficients[0] + coefficients[1] * t + t**2)
    (_, moves), then = FACTS["mean-value-point"].instance(parabola, coefficients[1] + 2 * t, h, Integer(2 * half))
    assert decide(moves) is True and decide(substitute(then.args[2], {t: Integer(half)})) is True
    path = np.polynomial.Polynomial([*coefficients, 1])
    rest = path.deriv() * half - (path(half) - path(0))
    roots = np.asarray(rest.roots(), dtype=complex)
    assert np.any((np.abs(roots.imag) < NEAR) & (roots.real > 0) & (roots.real < half))
    (_, moves), _ = FACTS["mean-value-point"].instance(Lambda(t, Max(0, t - half)), Integer(0), h, Integer(2 * half))
    assert decide(moves) is not True, "with a kink on the way the slope 0 is not the derivative everywhere"


@holds_for("identity-theorem")
@given(st.integers(-3, 3), st.integers(1, 3), st.lists(st.integers(-2, 2), min_size=2, max_size=4).filter(any))
def identity_theorem(value: int, radius: int, coefficients: list[int]) -> None:
    """For a constant exactly; other polynomials are not constant near 0, and max(0, |t| - 1)^2, which is, is not analytic."""
    still = Lambda(t, (1 + t) ** 2 - 2 * t - t**2 + value)
    true_at("identity-theorem", (still, Integer(value) + 1, B), {B: radius})
    path = Lambda(t, value + t * sum(c * t**k for k, c in enumerate(coefficients)) + t**6)
    (_, _, near), _ = FACTS["identity-theorem"].instance(path, Integer(value), Rational(radius, 10))
    assert any(decide(substitute(near.args[2], {t: Rational(k, 100)})) is False for k in range(1, 9))
    (analytic, _, near), then = FACTS["identity-theorem"].instance(Lambda(t, Max(0, Abs(t) - 1) ** 2), Integer(0), Integer(1))
    assert analytic.decide() is None and decide(substitute(then.args[2], {t: Integer(2)})) is False


Case = tuple[Callable[[], Theorem], str]
SAYINGS: dict[str, Case] = {
    "flow-derivatives-commute": (
        lambda: cite("flow-derivatives-commute", *TERMS),
        "SmoothField(Lambda((U, S), f(U, S))), B < 0, T > 0, R > 0, ForAll(psi, True, Eq(u(0, psi), Y)),"
        " ForAll(t, (t > B) & (t < T), ForAll(psi, (psi < R) & (psi > -R),"
        " Velocity(Lambda(h, u(h + t, psi)), f(u(t, psi), psi*X + M)))),"
        " ForAll(t, (t > B) & (t < T), Velocity(Lambda(psi, u(t, psi)), v(t))),"
        " ForAll(t, (t > B) & (t < T), Velocity(Lambda(psi, f(u(t, psi), psi*X + M)), w(t)))"
        " |- ForAll(t, (t > B) & (t < T), Velocity(Lambda(h, v(h + t)), w(t)))",
    ),
    "constant-curve": (
        lambda: cite("constant-curve", VELOCITY, h, B, T),
        "B < 0, T > 0, ForAll(t, (t > B) & (t < T), Velocity(Lambda(h, v(h + t)), 0)) |- ForAll(t, (t > B) & (t < T), Eq(v(t), v(0)))",
    ),
    "identity-theorem": (
        lambda: cite("identity-theorem", Lambda(t, t**2), B, R),
        "Analytic(Lambda(t, t**2)), R > 0, ForAll(t, (t < R) & (t > -R), Eq(t**2, B)) |- ForAll(t, True, Eq(t**2, B))",
    ),
    "mean-value": (
        lambda: cite("mean-value", VELOCITY, slope(t), B * t**2, h, T),
        "T >= 0, ForAll(t, (t >= 0) & (t <= T), Velocity(Lambda(h, v(h + t)), w(t))),"
        " ForAll(t, (t >= 0) & (t <= T), (2*B*t >= 0) & (Trace(transpose(w(t))*w(t)) <= 4*B**2*t**2))"
        " |- Trace((-transpose(v(0)) + transpose(v(T)))*(-v(0) + v(T))) <= B**2*T**4",
    ),
    "mean-value-point": (
        lambda: cite("mean-value-point", Lambda(t, g(t)), R * t, h, T),
        "T > 0, ForAll(t, (t >= 0) & (t <= T), Velocity(Lambda(h, g(h + t)), R*t))"
        " |- Exists(t, (t > 0) & (t < T), Eq(-g(0) + g(T), R*T*t))",
    ),
    "mean-value of a number": (
        lambda: cite("mean-value", Lambda(t, g(t)), R, B * t, h, T),
        "T >= 0, ForAll(t, (t >= 0) & (t <= T), Velocity(Lambda(h, g(h + t)), R)),"
        " ForAll(t, (t >= 0) & (t <= T), (B >= 0) & (R**2 <= B**2)) |- (-g(0) + g(T))**2 <= B**2*T**2",
    ),
}


def _with(position: int, term: Any) -> Callable[[], Theorem]:
    return lambda: cite("flow-derivatives-commute", *TERMS[:position], term, *TERMS[position + 1 :])


TRAPS: dict[str, Callable[[], Any]] = {
    "field-with-a-corner": lambda: evaluate(SmoothField(Lambda((U, S), Abs(U) + S))),
    "field-with-a-corner-for-matrices-only": lambda: evaluate(SmoothField(Lambda((U, S), root(squared_norm(U * C - C * U), 4) * S))),
    "field-that-is-nowhere-for-one-number": lambda: evaluate(SmoothField(Lambda((U, S), U / B + S))),
    "field-that-is-unknown": lambda: evaluate(SmoothField(FIELD)),
    "field-that-knows-the-time": _with(0, Lambda((U, S), t * U)),
    "flow-of-one-variable": _with(1, Lambda(t, flow(t, 0))),
    "parameters-that-know-the-time": _with(2, Lambda(psi, M + psi * t * X)),
    "parameters-with-a-corner": _with(2, Lambda(psi, M + Abs(psi) * X)),
    "parameters-that-curve": _with(2, Lambda(psi, M + psi**2 * X)),
    "start-that-moves": _with(3, psi * X),
    "velocity-that-knows-the-step": _with(4, Lambda(t, psi * velocity(t))),
    "rate-of-another-clock": _with(5, Lambda(h, slope(h))),
    "hour-that-is-the-time": _with(6, t),
    "hour-that-is-an-integer": _with(6, n),
    "start-that-is-the-time": _with(7, t),
    "end-that-is-the-time": _with(8, t),
    "constant-up-to-a-moving-end": lambda: cite("constant-curve", VELOCITY, h, B, t),
    "constant-although-it-never-was-at-0": lambda: instance(cite("constant-curve", VELOCITY, h, B, T), {B: 1, T: 2}),
    "constant-since-a-moving-start": lambda: cite("constant-curve", VELOCITY, h, t, T),
    "constant-at-the-integers": lambda: cite("constant-curve", Lambda(n, velocity(n)), h, B, T),
    "constant-along-its-own-clock": lambda: cite("constant-curve", VELOCITY, t, B, T),
    "analytic-with-a-corner": lambda: evaluate(Analytic(Lambda(t, Abs(t)))),
    "analytic-that-is-unknown": lambda: evaluate(Analytic(Lambda(t, Trace(velocity(t))))),
    "analytic-at-the-integers": lambda: evaluate(Analytic(Lambda(n, n**2))),
    "analytic-with-a-coefficient-that-is-no-number": lambda: evaluate(Analytic(Lambda(t, t / B))),
    "smooth-with-a-coefficient-that-is-no-number": lambda: evaluate(SmoothField(Lambda((U, S), U / B))),
    "analytic-with-a-pole": lambda: evaluate(Analytic(Lambda(t, 1 / t))),
    "analytic-with-a-moving-value": lambda: cite("identity-theorem", Lambda(t, t**2), t**2, R),
    "analytic-near-a-moving-radius": lambda: cite("identity-theorem", Lambda(t, t**2), B, t),
    "analytic-on-no-interval": lambda: instance(cite("identity-theorem", Lambda(t, t**2), B, R), {R: 0}),
    "analytic-of-matrices": lambda: cite("identity-theorem", VELOCITY, X, R),
    "analytic-sequence": lambda: cite("identity-theorem", Lambda(n, n**2), B, R),
    "speed-bound-that-is-no-polynomial": lambda: cite("mean-value", VELOCITY, slope(t), Abs(t), h, T),
    "speed-bound-with-the-hour": lambda: cite("mean-value", VELOCITY, slope(t), h * t, h, T),
    "speed-at-a-moving-hour": lambda: cite("mean-value", VELOCITY, h * slope(t), B * t, h, T),
    "speed-along-its-own-clock": lambda: cite("mean-value", VELOCITY, slope(t), B * t, t, T),
    "speed-until-a-moving-end": lambda: cite("mean-value", VELOCITY, slope(t), B * t, h, t),
    "speed-of-a-sequence": lambda: cite("mean-value", Lambda(n, velocity(n)), slope(n), B * n, h, T),
    "speed-of-a-number-by-matrices": lambda: cite("mean-value", Lambda(t, B * t), X, B * t, h, T),
    "speed-of-a-number-before-the-start": lambda: instance(cite("mean-value", Lambda(t, g(t)), R, B * t, h, T), {T: -1}),
    "speed-of-a-number-above-its-limit": lambda: evaluate(cite("mean-value", Lambda(t, 3 * t), Integer(3), 2 * t, h, Integer(1)).then),
    "speed-before-the-start": lambda: instance(cite("mean-value", VELOCITY, slope(t), B * t, h, T), {T: -1}),
    "mean-slope-of-a-matrix": lambda: cite("mean-value-point", VELOCITY, slope(t), h, T),
    "mean-slope-of-a-circle": lambda: cite("mean-value-point", Lambda(t, g(t) * X), R * X, h, T),
    "mean-slope-by-a-matrix": lambda: cite("mean-value-point", Lambda(t, g(t)), X, h, T),
    "mean-slope-until-a-moving-end": lambda: cite("mean-value-point", Lambda(t, g(t)), R, h, t),
    "mean-slope-until-its-hour": lambda: cite("mean-value-point", Lambda(t, g(t)), R, h, h),
    "mean-slope-until-infinity": lambda: cite("mean-value-point", Lambda(t, g(t)), R, h, oo),
    "mean-slope-until-a-matrix": lambda: cite("mean-value-point", Lambda(t, g(t)), R, h, X),
    "mean-slope-at-a-moving-hour": lambda: cite("mean-value-point", Lambda(t, g(t)), h, h, T),
    "mean-slope-along-its-own-clock": lambda: cite("mean-value-point", Lambda(t, g(t)), R, t, T),
    "mean-slope-with-the-hour": lambda: cite("mean-value-point", Lambda(t, g(t + h)), R, h, T),
    "mean-slope-of-a-sequence": lambda: cite("mean-value-point", Lambda(n, g(n)), R, h, T),
    "mean-slope-by-an-integer-hour": lambda: cite("mean-value-point", Lambda(t, g(t)), R, n, T),
    "mean-slope-before-the-start": lambda: instance(cite("mean-value-point", Lambda(t, g(t)), R, h, T), {T: -1}),
    "mean-slope-on-one-point": lambda: instance(cite("mean-value-point", Lambda(t, g(t)), R, h, T), {T: 0}),
    "constant-with-a-moving-hour": lambda: cite("constant-curve", Lambda(t, h * velocity(t)), h, B, T),
}
