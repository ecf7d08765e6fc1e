"""What is checked of the facts about curves of numbers, and of curves of explicit matrices: properties, sentences, and traps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sympy import Abs, Function, ImmutableMatrix, Lambda, Min, cos, exp, sin, sqrt, symbols

from tests.theory.proof.curve_facts import NEAR, polynomials, rate, slope, small
from tests.theory.proof.properties import holds_for, true_at
from theory.proof import ForAll, Not, Theorem, Velocity, cite, decide, evaluate, instance
from theory.proof.letters import interpret

r, s, t, v, w = symbols("r s t v w", real=True)
n = symbols("n", integer=True)
A, V, X = symbols("A V X", commutative=False)
f, g, phi = (Function(name, real=True) for name in ("f", "g", "phi"))
moving = Function("u", commutative=False)
LOW, UP, PHI = Lambda(t, f(t)), Lambda(t, g(t)), Lambda(r, phi(r))


@holds_for("chain-rule-of-numbers")
@given(polynomials, small, small, st.integers(1, 3))
def chain_rule_of_numbers(path: Lambda, a: int, b: int, scale: int) -> None:
    """For polynomials exactly; for a root, a sine and an exponential by differences."""
    outer = Lambda(r, a * r**2 + b * r + 1)
    slope_there = 2 * a * path(0) + b
    true_at("chain-rule-of-numbers", (PHI, v, LOW, w), {phi: outer, f: path, v: slope_there, w: rate(path)})
    inner = Lambda(t, 2 + sin(scale * t + a))
    for function, its_slope in ((sqrt, lambda q: 1 / (2 * sqrt(q))), (exp, exp), (cos, lambda q: -sin(q))):
        moved = slope(lambda at, function=function: np.array(float(function(inner(at)))))
        assert abs(moved - float(its_slope(inner(0)) * scale * cos(a))) < NEAR


@holds_for("velocity-of-trace")
@given(st.integers(0, 10**6))
def velocity_of_trace(seed: int) -> None:
    """For curves of 2 x 2 matrices, exactly and by differences."""
    entries = np.random.default_rng(seed).integers(-5, 6, size=(2, 2, 2))
    start, moves = (ImmutableMatrix(m.tolist()) for m in entries)
    true_at("velocity-of-trace", (Lambda(t, A + t * V), V), {A: start, V: moves})
    moved = slope(lambda at: np.trace(entries[0] + at * entries[1] + at**2 * entries[0] @ entries[1]))
    assert abs(moved - np.trace(entries[1])) < NEAR * (1 + abs(np.trace(entries[1])))


@holds_for("velocity-of-the-lesser")
@given(polynomials, polynomials, st.integers(1, 4))
def velocity_of_the_lesser(path: Lambda, other: Lambda, gap: int) -> None:
    """Exactly, and by differences; where both are equal there is a corner, and nothing is said."""
    above = Lambda(t, other.expr - other(0) + path(0) + gap)
    true_at("velocity-of-the-lesser", (LOW, v, UP, w), {f: path, g: above, v: rate(path), w: rate(above)})
    moved = slope(lambda at: np.array(float(min(path(at), above(at)))))
    assert abs(moved - float(rate(path))) < NEAR
    assert decide(Velocity(Lambda(t, Min(path.expr, above.expr)), rate(path) + 1)) is False


CIRCLE = Lambda(t, cos(t) * A + sin(t) * V)
POINT = {A: ImmutableMatrix([3, 4]), V: ImmutableMatrix([-4, 3])}


Case = tuple[Callable[[], Theorem], str]
SAYINGS: dict[str, Case] = {
    "chain-rule-of-numbers": (
        lambda: cite("chain-rule-of-numbers", PHI, v, LOW, w),
        "Velocity(Lambda(t, phi(t + f(0))), v), Velocity(Lambda(t, f(t)), w) |- Velocity(Lambda(t, phi(f(t))), v*w)",
    ),
    "velocity-of-trace": (
        lambda: cite("velocity-of-trace", Lambda(t, moving(t)), V),
        "Velocity(Lambda(t, u(t)), V) |- Velocity(Lambda(t, Trace(u(t))), Trace(V))",
    ),
    "velocity-of-the-lesser": (
        lambda: cite("velocity-of-the-lesser", LOW, v, UP, w),
        "Velocity(Lambda(t, f(t)), v), Velocity(Lambda(t, g(t)), w), f(0) < g(0) |- Velocity(Lambda(t, Min(f(t), g(t))), v)",
    ),
}

TRAPS: dict[str, Callable[[], Any]] = {
    "chain-of-numbers-through-a-matrix": lambda: cite("chain-rule-of-numbers", PHI, v, Lambda(t, moving(t)), V),
    "chain-of-numbers-at-a-matrix-rate": lambda: cite("chain-rule-of-numbers", PHI, v, LOW, V),
    "chain-of-numbers-with-a-moving-function": lambda: cite("chain-rule-of-numbers", Lambda(r, t * r), v, LOW, w),
    "chain-of-numbers-with-a-moving-slope": lambda: cite("chain-rule-of-numbers", PHI, t * v, LOW, w),
    "chain-of-numbers-at-a-moving-rate": lambda: cite("chain-rule-of-numbers", PHI, v, LOW, t * w),
    "chain-of-numbers-at-the-integers": lambda: cite("chain-rule-of-numbers", Lambda(n, n**2), v, LOW, w),
    "chain-of-numbers-over-a-corner": lambda: evaluate(Velocity(Lambda(t, Abs(0 * t + t)), 1)),
    "trace-of-a-number": lambda: cite("velocity-of-trace", LOW, v),
    "trace-at-a-moving-rate": lambda: cite("velocity-of-trace", Lambda(t, moving(t)), t * V),
    "lesser-of-matrices": lambda: cite("velocity-of-the-lesser", Lambda(t, moving(t)), V, UP, w),
    "lesser-at-a-moving-rate": lambda: cite("velocity-of-the-lesser", LOW, t * v, UP, w),
    "lesser-of-two-that-meet": lambda: instance(cite("velocity-of-the-lesser", LOW, v, UP, w), {f: Lambda(t, t**2), g: Lambda(t, 3 * t)}),
    "lesser-at-its-corner": lambda: evaluate(Velocity(Lambda(t, Min(t, -t)), 1)),
    "curve-that-is-nowhere-for-one-number": lambda: evaluate(ForAll(s, True, Velocity(Lambda(t, t + 1 / s), 1))),
    "lesser-below-a-jump": lambda: evaluate(Velocity(Lambda(t, Min(t, 1 + Abs(t))), 1)),
    "circle-with-another-velocity": lambda: evaluate(interpret(Velocity(CIRCLE, A), POINT)),
    "circle-that-rests": lambda: evaluate(interpret(Velocity(CIRCLE, 0), POINT)),
    "curve-of-another-shape": lambda: evaluate(interpret(Not(Velocity(CIRCLE, X)), {**POINT, X: ImmutableMatrix([[1, 2]])})),
    "corner-in-one-entry": lambda: evaluate(interpret(Velocity(Lambda(t, A * Abs(t)), 0), POINT)),
}
