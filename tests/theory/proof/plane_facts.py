"""What is checked of the facts about one solution through a point and about functions of the plane: properties, sentences, traps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sympy import Abs, Function, Integer, Lambda, diff, exp, sign, sqrt, symbols

from tests.theory.proof.flow_facts import run
from tests.theory.proof.properties import holds_for, true_at
from theory.proof import (
    FACTS,
    NotProved,
    PartialDerivatives,
    SmoothNear,
    Theorem,
    cite,
    cut,
    decide,
    discharge,
    evaluate,
    follows,
    generalize,
    instance,
)
from theory.proof.ranges import throughout

h, t, r, s, B, T = symbols("h t r s B T", real=True)
n = symbols("n", integer=True)
S, U, X = symbols("S U X", commutative=False)
f, x, y = (Function(name, commutative=False) for name in "fxy")
g, phi = Function("g", real=True), Function("phi", real=True)
FIELD, CURVE, OTHER = Lambda((U, S), f(U, S)), Lambda(t, x(t)), Lambda(t, y(t))
TERMS = (FIELD, CURVE, OTHER, h, B, T)
NEAR = 1e-6  # Runge and Kutta's error over a time of 1 in 40 steps, forth and back


@holds_for("one-solution")
@given(st.integers(-2, 2), st.integers(-3, 3), st.integers(1, 3), st.integers(0, 10**6))
def one_solution(rate: int, start: int, gap: int, seed: int) -> None:
    """For growth exactly; two neurons that run forth and back come home, and two starts stay apart."""
    path = Lambda(t, start * exp(rate * t))
    point = {f: Lambda((U, S), rate * U + S), x: path, y: path, B: -1, T: 2}
    true_at("one-solution", TERMS, point)
    *_, begins = FACTS["one-solution"].instance(FIELD, path, Lambda(t, (start + gap) * exp(rate * t)), h, B, T)[0]
    assert decide(begins) is False
    weights, state, other = np.random.default_rng(seed).normal(size=(2, 2)), *np.random.default_rng(seed + 1).normal(size=(2, 2))

    def there(u: np.ndarray, sign_: int = 1) -> np.ndarray:
        return run(lambda v: sign_ * np.tanh(weights @ v), u, 1)

    assert np.allclose(there(there(state), -1), state, atol=NEAR)
    assert np.linalg.norm(there(state) - there(other)) > np.linalg.norm(state - other) * np.exp(-np.linalg.norm(weights)) / 2


def plane(term: Any) -> Lambda:
    return Lambda((r, s), term + 0 * r)


def proved(function: Any, first: Any, second: Any, formula: Any, bound: int) -> Theorem:
    """The fact at the origin, with both hypotheses shown by arithmetic."""
    fact = cite("gradient-off-a-point", *map(plane, (function, first, second, formula)), (0, 0), bound)
    off, near = fact.given
    implication, close = off.args[2].args[2], near.args[2]
    shown = follows(implication.args[1], implication.args[0])
    wide = discharge(shown, implication.args[0])
    small = throughout(follows(close.args[2], close.args[1]), s, close.args[1])
    return cut(fact, generalize(generalize(wide, s), r), generalize(small, r))


@holds_for("gradient-off-a-point")
@given(st.tuples(*[st.integers(-3, 3)] * 4).filter(lambda c: any(c[1:])), st.integers(1, 3))
def gradient_off_a_point(c: tuple[int, ...], off: int) -> None:
    """Quadratic functions, exactly; and a quotient with no second derivatives that are continuous, by differences at the origin."""
    quadratic = c[0] * r + c[1] * r**2 + c[2] * r * s + c[3] * s**2
    slopes = [diff(quadratic, variable) for variable in (r, s)]
    theorem = proved(quadratic, *slopes, quadratic, 12)
    assert decide(theorem.then) is True
    assert decide(PartialDerivatives(plane(quadratic), plane(slopes[0] + off), plane(slopes[1]))) is not True
    try:
        proved(quadratic, slopes[0] + off, slopes[1], quadratic, 12)
    except NotProved:
        pass
    else:
        raise AssertionError("another slope passed")
    size = r**2 + s**2
    whole = c[1] * r**2 * s**2 / (size + 1 - sign(size))
    for way in ((1, 0), (0, 1), (0.6, -0.8)):
        step = 1e-5
        assert abs(float(whole.subs({r: step * way[0], s: step * way[1]})) / step) < 1e-4  # of the order step


Case = tuple[Callable[[], Theorem], str]
SAYINGS: dict[str, Case] = {
    "one-solution": (
        lambda: cite("one-solution", *TERMS),
        "B < 0, T > 0, ForAll(t, (t > B) & (t < T), SmoothNear(Lambda((U, S), f(U, S)), x(t), 0)),"
        " ForAll(t, (t > B) & (t < T), Velocity(Lambda(h, x(h + t)), f(x(t), 0))),"
        " ForAll(t, (t > B) & (t < T), Velocity(Lambda(h, y(h + t)), f(y(t), 0))), Eq(x(0), y(0))"
        " |- ForAll(t, (t > B) & (t < T), Eq(x(t), y(t)))",
    ),
    "gradient-off-a-point": (
        lambda: cite("gradient-off-a-point", *map(plane, (1 + r**2, 2 * r, 0, r**2 / s)), (3, 5), 7),
        "ForAll(r, True, ForAll(s, True, Implies((r - 3)**2 + (s - 5)**2 > 0, Ne(s, 0) & Eq(0, -r**2/s**2) & Eq(2*r, 2*r/s)"
        " & Eq(r**2 + 1, r**2/s)))), ForAll(r, True, ForAll(s, (r - 3)**2 + (s - 5)**2 <= 1, (r**2 - 6*r + 9)**2"
        " <= 49*((r - 3)**2 + (s - 5)**2)**2)) |- PartialDerivatives(Lambda((r, s), r**2 + 1), Lambda((r, s), 2*r), Lambda((r, s), 0))",
    ),
}


def _with(position: int, term: Any) -> Callable[[], Theorem]:
    return lambda: cite("one-solution", *TERMS[:position], term, *TERMS[position + 1 :])


def _plane(position: int, term: Any) -> Callable[[], Theorem]:
    terms = [plane(r), plane(1), plane(0), plane(r), (0, 0), 1]
    return lambda: cite("gradient-off-a-point", *terms[:position], term, *terms[position + 1 :])


TRAPS: dict[str, Callable[[], Any]] = {
    "one-solution-of-a-corner": lambda: evaluate(SmoothNear(Lambda((U, S), Abs(U) + S), Integer(0), Integer(0))),
    "one-solution-of-an-unknown-field": lambda: evaluate(SmoothNear(FIELD, X, Integer(0))),
    "one-solution-of-a-moving-field": _with(0, Lambda((U, S), t * U)),
    "one-solution-of-two-clocks": _with(2, Lambda(h, y(h))),
    "one-solution-in-its-own-hour": _with(3, t),
    "one-solution-that-knows-the-hour": _with(1, Lambda(t, h * x(t))),
    "one-solution-since-a-moving-time": _with(4, t),
    "one-solution-until-a-moving-time": _with(5, t),
    "one-solution-at-the-integers": lambda: cite("one-solution", FIELD, Lambda(n, x(n)), Lambda(n, y(n)), h, B, T),
    "one-solution-that-never-was-at-0": lambda: instance(cite("one-solution", *TERMS), {B: 1, T: 2}),
    "plane-function-with-a-root": _plane(3, plane(sqrt(r**2 + s**2))),
    "plane-function-with-a-sign": _plane(3, plane(r * sign(r))),
    "plane-function-of-one-number": _plane(0, Lambda(r, r**2)),
    "plane-function-of-a-matrix": _plane(0, Lambda((r, s), r * X)),
    "plane-function-that-knows-more": _plane(0, plane(t * r)),
    "plane-function-of-integers": lambda: cite("gradient-off-a-point", *[Lambda((n, s), n * s)] * 4, (0, 0), 1),
    "plane-function-of-other-numbers": _plane(1, Lambda((r, t), 1 + 0 * r)),
    "plane-point-that-moves": _plane(4, (r, 0)),
    "plane-bound-that-moves": _plane(5, s),
    "plane-cone-at-its-tip": lambda: proved(Abs(r), 1, 0, r, 5),
    "plane-of-another-slope": lambda: evaluate(PartialDerivatives(plane(r * s), plane(s), plane(s))),
    "plane-of-slopes-exchanged": lambda: evaluate(PartialDerivatives(plane(r**2 * s), plane(r**2), plane(2 * r * s))),
    "plane-of-a-quotient": lambda: evaluate(PartialDerivatives(plane(r / s), plane(1 / s), plane(-r / s**2))),
}
