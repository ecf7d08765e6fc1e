"""What is checked of the facts about expansions of second order: a property of each, its sentence, and false statements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from mpmath import exp, mpf, workdps
from sympy import Abs, Function, Integer, Lambda, Max, Rational, Symbol, expand, lambdify, pi, sqrt, symbols, sympify
from sympy import exp as sympy_exp

from tests.theory.proof.curve_facts import A, B, S, U, V, polynomials, r, small, t
from tests.theory.proof.properties import holds_for, true_at
from theory.proof import (
    FACTS,
    BigO,
    LayerCurvature,
    LayerDerivatives,
    Statement,
    Theorem,
    Velocity,
    cite,
    decide,
    evaluate,
    instance,
    matches,
    witness,
)

j, k, n = symbols("j k n", integer=True)
K, R, W, X, Y, Z = symbols("K R W X Y Z", commutative=False)
f, form = Function("f", commutative=False), Function("q", commutative=False)
state, parameter, image = (Function(name, commutative=False) for name in ("u", "s", "y"))
amount = Function("c", real=True)
LAYER, FORM = Lambda((U, S), f(U, S)), Lambda((K, R), form(K, R))
PATH, LINE, IMAGE = (Lambda(t, curve(t)) for curve in (state, parameter, image))
TERMS = (LAYER, (A, B, FORM), (PATH, V, W), (LINE, X, Y), IMAGE)

STEPS = [2.0**-n for n in (5, 6, 10)]  # rounding of 1e-16 is far below the cubes of these, 9e-10 to 3e-5


def parts(path: Lambda) -> tuple[Any, Any, Any]:
    """The value, the slope, and half the second derivative at 0."""
    body = path.expr
    return path(0), body.diff(t).subs(t, 0), body.diff(t, 2).subs(t, 0) / 2


@holds_for("second-order-chain-rule")
@given(polynomials, polynomials, small, small, small, st.integers(0, 10**6))
def second_order_chain_rule(path: Lambda, line: Lambda, a: int, b: int, d: int, seed: int) -> None:
    """For one neuron exactly; for a layer tanh(S u) of several, along curves that bend, the rest falls like the cube of the step."""
    (u, v, bend), (s, x, turn) = parts(path), parts(line)
    layer = Lambda((U, S), a * U * S + b * U**2 * S + d * S**3)
    slopes = a * s + 2 * b * u * s, a * u + b * u**2 + 3 * d * s**2
    second = Lambda((K, R), 2 * a * K * R + 2 * b * s * K**2 + 4 * b * u * K * R + 6 * d * s * R**2)
    terms = (LAYER, (*map(sympify, slopes), FORM), (PATH, v, bend), (LINE, x, turn), IMAGE)
    after = Lambda(t, expand(a * path.expr * line.expr + b * path.expr**2 * line.expr + d * line.expr**3) + 0 * t)
    true_at("second-order-chain-rule", terms, {f: layer, form: second, state: path, parameter: line, image: after})

    dice = np.random.default_rng(seed)
    w, dw, ddw = dice.normal(size=(3, 3, 2))
    z, dz, ddz = dice.normal(size=(3, 2))
    g = np.tanh(w @ z)
    g1, g2 = 1 - g**2, -2 * g * (1 - g**2)
    inside = w @ dz + dw @ z
    first = g1 * inside
    second_ = g1 * (w @ ddz + ddw @ z) + (g2 * inside**2 + 2 * g1 * (dw @ dz)) / 2
    rests = [np.tanh((w + h * dw + h**2 * ddw) @ (z + h * dz + h**2 * ddz)) - g - h * first - h**2 * second_ for h in STEPS]
    cubes = [np.abs(rest).max() / h**3 for rest, h in zip(rests, STEPS, strict=True)]
    assert cubes[-1] <= 2 * max(cubes[:-1])  # a rest of h^2 would double with every halving of h


@holds_for("dominated")
@given(st.integers(0, 3), st.integers(0, 3), st.integers(1, 4), st.integers(2, 4), st.sampled_from([-3, -2, 2, 5]))
def dominated(order: int, power: int, count: int, a: int, b: int) -> None:
    """Y = b t^n, beside terms a j t^(m+n): exactly at the bound; what is of a lower order is not dominated near 0."""
    terms = Lambda(t, a * j * t ** (order + power))
    total = sum(range(1, count + 1))
    rest = order, 1, power, terms, Integer(abs(b)), j, 1, Integer(count)
    (*before, near), conclusion = FACTS["dominated"].instance(Lambda(t, a * b * total * t**order), *rest)
    assert [decide(h) for h in before] == [True, True, True] and decide(conclusion) is True
    assert all(decide(near.args[2].subs(t, step).doit()) is True for step in (-1, Integer(1) / 3, 1))
    if order:
        (*_, near), conclusion = FACTS["dominated"].instance(Lambda(t, 2 * t ** (order - 1)), *rest)
        assert decide(conclusion) is False
        assert decide(near.args[2].subs(t, Integer(1) / (1 + a * abs(b) * total)).doit()) is False


@holds_for("compound-growth")
@given(st.integers(-20, 20), st.integers(1, 30))
def compound_growth(quarters: int, first: int) -> None:
    """The gap to e^x falls like x^2 e^x/(2 n); computed with 40 digits."""
    x = Rational(quarters, 4)
    (positive,), limit = FACTS["compound-growth"].instance(x, Integer(first))
    index, term, end = limit.args
    assert decide(positive) is True and str(end) == str(sympy_exp(x))
    sequence = lambdify(index, term, "mpmath")
    with workdps(40):
        gaps = [abs(sequence(mpf(10) ** power) - exp(mpf(quarters) / 4)) for power in (3, 5)]
        assert gaps[1] <= gaps[0] / 50 and gaps[1] <= x**2 * exp(mpf(quarters) / 4) / 10**5


Case = tuple[Callable[[], Theorem], str]
SAYINGS: dict[str, Case] = {
    "second-order-chain-rule": (
        lambda: cite("second-order-chain-rule", *TERMS),
        "LayerCurvature(Lambda((U, S), f(U, S)), u(0), s(0), A, B, Lambda((K, R), q(K, R))),"
        " BigO(Lambda(t, -t**2*W - t*V - u(0) + u(t)), 3), BigO(Lambda(t, -t**2*Y - t*X - s(0) + s(t)), 3),"
        " ForAll(t, True, Eq(y(t), f(u(t), s(t))))"
        " |- BigO(Lambda(t, -t**2*(A*W + B*Y + q(V, X)/2) - t*(A*V + B*X) - y(0) + y(t)), 3)",
    ),
    "compound-growth": (
        lambda: cite("compound-growth", r, n),
        "n >= 1 |- Tends(k, (r/(k + n) + 1)**(k + n), exp(r))",
    ),
    "dominated": (
        lambda: cite("dominated", IMAGE, 2, r, 1, Lambda(t, state(j, t)), amount(j), j, 1, n),
        "r > 0, n >= 1, ForAll(j, (j >= 1) & (j <= n), BigO(Lambda(t, u(j, t)), 3)),"
        " ForAll(t, (t <= r) & Ne(t, 0) & (t >= -r), Abs(t)*sqrt(Trace(transpose(y(t))*y(t)))"
        " <= Sum(c(j)*sqrt(Trace(transpose(u(j, t))*u(j, t))), (j, 1, n))) |- BigO(Lambda(t, y(t)), 2)",
    ),
}


# what is left of pi after 600 digits: known not to be 0, since pi is irrational, but too small for the precision that settles a sign
TINY = pi - Rational(str(pi.evalf(650))[:600])


def _bend(layer: Any, *values: Any) -> Any:
    *points, second = values
    return evaluate(LayerCurvature(Lambda((U, S), layer), *points, Lambda((K, R), second)))


def _chain(**other: Any) -> Theorem:
    names = dict(zip(("layer", "at", "state", "parameter", "image"), TERMS, strict=True))
    return cite("second-order-chain-rule", **{**names, **other})


def _dominated(**other: Any) -> Theorem:
    named: dict[str, Any] = {"curve": IMAGE, "order": 2, "radius": r, "power": 1, "terms": Lambda(t, state(j, t))}
    return cite("dominated", **{**named, "factor": amount(j), "index": j, "low": 1, "high": n, **other})


TRAPS: dict[str, Callable[[], Any]] = {
    "growth-at-a-rate-of-the-index": lambda: cite("compound-growth", k, 1),
    "growth-from-an-index": lambda: cite("compound-growth", r, k),
    "growth-from-half-a-year": lambda: cite("compound-growth", r, r),
    "growth-from-before-the-start": lambda: instance(cite("compound-growth", r, n), {n: -3}),
    "growth-in-no-direction": lambda: cite("compound-growth", X, 1),
    "order-that-is-too-high": lambda: evaluate(BigO(Lambda(t, t**2), 3)),
    "order-on-one-side-only": lambda: evaluate(BigO(Lambda(t, Abs(t) - t), 2)),
    "order-beside-a-modulus": lambda: evaluate(BigO(Lambda(t, Abs(t + t**2) - Abs(t)), 3)),
    "order-with-the-sign-of-the-wrong-term": lambda: evaluate(BigO(Lambda(t, Abs(t - 5 * t**2) - Abs(t) - 5 * t**2), 3)),
    "order-with-a-sign-that-is-not-known": lambda: evaluate(~BigO(Lambda(t, Abs(TINY * t**2 + t**3) - TINY * t**2), 3)),
    "order-of-a-ramp": lambda: evaluate(BigO(Lambda(t, Max(0, t)), 2)),
    "order-of-a-pole": lambda: evaluate(BigO(Lambda(t, 1 / t), 0)),
    "order-below-0": lambda: evaluate(BigO(Lambda(t, t - t), -1)),
    "order-at-the-integers": lambda: evaluate(BigO(Lambda(n, n**3 - n**3), 3)),
    "order-of-any-number": lambda: evaluate(BigO(Lambda(t, r * t), 2)),
    "no-order-of-a-number-that-may-be-0": lambda: evaluate(~BigO(Lambda(t, r * t), 2)),
    "curvature-without-the-half": lambda: _bend(S**2, 0, 1, 0, 2, R**2),
    "curvature-without-the-cross-term": lambda: _bend(S * U, 1, 1, 1, 1, 0 * K),
    "curvature-of-factors-that-are-exchanged": lambda: _bend(S * U, 1, 1, 1, 1, 2 * K * R),
    "curvature-with-a-third-order": lambda: _bend(S**2, 0, 1, 0, 2, 2 * R**2 + R**3),
    "curvature-with-the-slope-inside": lambda: _bend(S**2, 0, 1, 0, 1, 2 * R**2 + R),
    "curvature-at-another-point": lambda: _bend(U**3, 1, 0, 3, 0, 12 * K**2),
    "curvature-with-the-wrong-slope": lambda: _bend(U**2, 1, 0, 1, 0, 2 * K**2),
    "curvature-of-a-commutator": lambda: _bend(X * U - U * X, 0, 0, 0, 0, 0 * K),
    "curvature-of-a-corner": lambda: _bend(Abs(U), 0, 0, 0, 0, 0 * K),
    "curvature-times-a-number-of-this-name": lambda: _bend(Symbol("step", real=True) * U, 0, 0, 0, 0, 2 * K),
    "curvature-times-the-inverse-of-any-number": lambda: _bend(U**2 / r, 1, 0, 2 / r, 0, 2 * K**2 / r),
    "curvature-times-the-root-of-any-number": lambda: _bend(sqrt(r) * U, 1, 0, sqrt(r), 0, 0 * K),
    "growth-at-the-inverse-of-any-number": lambda: matches(
        cite("compound-growth", 1 / r, 1), Statement((), cite("compound-growth", 1 / r, 1).then)
    ),
    "slope-times-a-number-of-this-name": lambda: evaluate(LayerDerivatives(Lambda((U, S), Symbol("number_0", real=True) * U), 1, 0, 2, 0)),
    "form-of-a-letter-that-is-not-there": lambda: _bend(U, 1, 0, 1, 0, X * K - K * X),
    "chain-of-a-layer-that-moves": lambda: _chain(layer=Lambda((U, S), t * U)),
    "chain-of-a-form-that-moves": lambda: _chain(at=(A, B, Lambda((K, R), t * K**2))),
    "chain-of-a-form-of-one-argument": lambda: _chain(at=(A, B, Lambda(K, K))),
    "chain-at-a-moving-slope": lambda: _chain(at=(t * A, B, FORM)),
    "chain-at-a-moving-rate": lambda: _chain(state=(PATH, t * V, W)),
    "chain-of-a-moving-bend": lambda: _chain(parameter=(LINE, X, t * Y)),
    "chain-of-two-times": lambda: _chain(parameter=(Lambda(r, parameter(r)), X, Y)),
    "chain-at-the-integers": lambda: cite(
        "second-order-chain-rule", LAYER, (A, B, FORM), *((Lambda(n, c(n)), V, W) for c in (state, parameter)), Lambda(n, image(n))
    ),
    "dominated-by-a-sum-that-runs-backwards": lambda: instance(_dominated(), {n: -3}),
    "dominated-at-one-time-only": lambda: instance(_dominated(), {r: 0}),
    "dominated-for-a-moving-time": lambda: _dominated(radius=Abs(t)),
    "dominated-at-a-radius-of-each": lambda: _dominated(radius=1 / (1 + Abs(j))),
    "dominated-by-a-moving-multiple": lambda: _dominated(factor=1 / t),
    "dominated-by-as-many-as-the-time": lambda: _dominated(high=j),
    "dominated-by-a-power-below-0": lambda: _dominated(power=-1),
    "dominated-for-an-order-below-0": lambda: _dominated(order=-1),
    "dominated-for-half-an-order": lambda: _dominated(order=Symbol("q", real=True)),
    "dominated-by-a-sum-over-numbers": lambda: _dominated(index=Symbol("q", real=True), factor=1, terms=Lambda(t, t**3 * X)),
    "dominated-by-what-has-another-time": lambda: _dominated(terms=Lambda(r, state(j, r))),
    "dominated-curve-that-is-one-of-many": lambda: _dominated(curve=Lambda(t, state(j, t))),
    "curve-of-matrices-at-another-rate": lambda: witness(Statement((), Velocity(Lambda(t, t * A), B)), {A: [[2]], B: [[3]]}),
    "curve-whose-letter-is-its-time": lambda: witness(Statement((), Velocity(Lambda(t, t * A), B)), {A: [[t]], B: [[0]]}),
    "curve-of-larger-matrices": lambda: witness(Statement((), Velocity(Lambda(t, t * A), 2 * A)), {A: [[1, 2], [3, 4]]}),
    "curve-of-too-low-an-order": lambda: witness(Statement((), BigO(Lambda(t, t**2 * A), 3)), {A: [[1]]}),
}
