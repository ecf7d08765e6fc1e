"""What is checked of the facts about curves: a property of each, its sentence, and false statements that they must not prove."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sympy import Abs, Function, ImmutableMatrix, Integer, Lambda, Rational, Symbol, symbols
from sympy.functions.elementary.complexes import transpose

from tests.theory.proof.properties import holds_for, true_at
from theory.proof import FACTS, LayerDerivatives, Not, Theorem, Trace, Velocity, cite, decide, evaluate, instance, substitute
from theory.proof.letters import interpret

r, t = symbols("r t", real=True)
j, n = symbols("j n", integer=True)
A, B, M, V, X, Y = symbols("A B M V X Y", commutative=False)
U, S = symbols("U S", commutative=False)
f, curve, other = Function("f", commutative=False), Function("u", commutative=False), Function("s", commutative=False)
STATE, PARAMETER = Lambda(t, curve(t)), Lambda(t, other(t))
LAYER = Lambda((U, S), f(U, S))

small = st.integers(-4, 4)
# without t -> t, of which SymPy makes a function that is no word of the language
polynomials = (
    st.lists(small, min_size=1, max_size=4)
    .map(lambda cs: Lambda(t, sum(c * t**k for k, c in enumerate(cs)) + Integer(0)))
    .filter(lambda path: path.variables == (t,))
)

STEP = 1e-6  # a central difference of size h misses a smooth derivative by O(h^2) = 1e-12, and by rounding of 1e-16/h = 1e-10
NEAR = 1e-5


def slope(path: Callable[[float], np.ndarray]) -> np.ndarray:
    """The derivative at 0, by a central difference."""
    return (path(STEP) - path(-STEP)) / (2 * STEP)


def rate(path: Lambda) -> Any:
    return path.expr.diff(t).subs(t, 0)


@holds_for("chain-rule")
@given(polynomials, polynomials, small, small, st.integers(0, 10**6))
def chain_rule(state: Lambda, parameter: Lambda, a: int, b: int, seed: int) -> None:
    """For one neuron exactly, and for a layer tanh(S u) of several by differences."""
    bilinear = Lambda((U, S), a * U * S + b * U**2 + S)
    here, there = state(0), parameter(0)
    slopes = a * there + 2 * b * here, a * here + 1
    terms = (LAYER, STATE, PARAMETER, A, B, V, M)
    true_at("chain-rule", terms, _point(bilinear, state, parameter, *slopes, rate(state), rate(parameter)))
    dice = np.random.default_rng(seed)
    weights, moves = dice.normal(size=(2, 3, 2))
    start, velocity = dice.normal(size=(2, 2))
    moved = slope(lambda at: np.tanh((weights + at * moves) @ (start + at * velocity)))
    gate = np.diag(1 - np.tanh(weights @ start) ** 2)
    assert np.allclose(moved, gate @ weights @ velocity + gate @ moves @ start, atol=NEAR)


def _point(layer: Lambda, state: Lambda, parameter: Lambda, *values: Any) -> dict[Any, Any]:
    letters = dict(zip((A, B, V, M), ([[value]] for value in values), strict=True))
    return {f: layer, curve: state, other: parameter, **letters}


@holds_for("straight-line")
@given(small, small)
def straight_line(start: int, direction: int) -> None:
    true_at("straight-line", (Integer(start), Integer(direction), t), {})


@holds_for("near-a-line")
@given(small, small, small, st.integers(-4, 4).filter(bool))
def near_a_line(start: int, rate_: int, curvature: int, gap: int) -> None:
    """A parabola stays near its tangent line, exactly; of any other line it is farther than K t^2 at a small t."""
    path = start + rate_ * t + curvature * t**2
    one = {A: ImmutableMatrix([[1]])}
    says = [FACTS["near-a-line"].instance(Lambda(t, path * A), velocity * A, abs(curvature), 1) for velocity in (rate_, rate_ + gap)]
    assert [decide(interpret(formula, one)) for formula in says[0][0]] == [True, True]
    assert decide(Velocity(Lambda(t, path), rate_)) is True
    close_to_0 = Rational(gap, 4 * abs(gap) * (1 + abs(curvature)))
    for sign in (1, -1):
        there = substitute(says[1][0][1].args[2], {t: sign * close_to_0})
        assert decide(interpret(there, one)) is False
    assert decide(Velocity(Lambda(t, path), rate_ + gap)) is False


def in_a_cone(fact: str, path: Lambda, velocity: Any, slope_: Rational, until: Rational) -> list[bool | None]:
    """Whether the curve is in the cone of this slope around its line, at four times up to the given one."""
    instance_ = FACTS[fact].instance(path, velocity, Symbol("e", real=True), r)
    near = instance_[1] if fact == "close-to-its-line" else instance_[0][0].args[2]
    within = substitute(near.args[2].args[2], {Symbol("e", real=True): slope_})
    return [decide(substitute(within, {t: share * until})) for share in (-1, Rational(-1, 3), Rational(1, 2), 1)]


@holds_for("close-to-its-line")
@given(small, small, small.filter(bool), st.integers(1, 9))
def close_to_its_line(start: int, rate_: int, curvature: int, part: int) -> None:
    """A parabola is within the slope e up to the time e/K, exactly."""
    path, cone = Lambda(t, start + rate_ * t + curvature * t**2), Rational(1, part)
    assert in_a_cone("close-to-its-line", path, rate_, cone, cone / (1 + abs(curvature))) == [True] * 4


@holds_for("within-every-cone")
@given(small, small, small.filter(bool), small.filter(bool))
def within_every_cone(start: int, rate_: int, curvature: int, gap: int) -> None:
    """It is in no cone of a small slope around a line with another rate, however soon one looks; nor is a corner."""
    path, cone = Lambda(t, start + rate_ * t + curvature * t**2), Rational(abs(gap), 4)
    soon = cone / (1 + abs(curvature))
    assert in_a_cone("within-every-cone", path, rate_, cone, soon) == [True] * 4
    for until in (soon, soon / 1000):
        assert in_a_cone("within-every-cone", path, rate_ + gap, cone, until) == [False] * 4
        assert False in in_a_cone("within-every-cone", Lambda(t, Abs(t)), rate_, Rational(1, 2), until)


@holds_for("velocity-of-sum")
@given(small, small, st.integers(0, 3))
def velocity_of_sum(a: int, b: int, count: int) -> None:
    terms = (Lambda(t, a * t * j + b * t**2), a * j + Integer(0), j, 0, n)
    true_at("velocity-of-sum", terms, {n: count})


@holds_for("velocity-of-multiple")
@given(polynomials, small, small)
def velocity_of_multiple(path: Lambda, a: int, b: int) -> None:
    true_at("velocity-of-multiple", (path, rate(path), Integer(a), Integer(b)), {})


@holds_for("velocity-of-transpose")
@given(polynomials, st.integers(0, 10**6))
def velocity_of_transpose(path: Lambda, seed: int) -> None:
    """For numbers exactly, and for a curve of 2 x 3 matrices by differences."""
    true_at("velocity-of-transpose", (STATE, V), {curve: path, V: [[rate(path)]]})
    start, moves, bends = np.random.default_rng(seed).normal(size=(3, 2, 3))
    assert np.allclose(slope(lambda at: (start + at * moves + at**2 * bends).T), moves.T, atol=NEAR)


@holds_for("same-curve")
@given(polynomials)
def same_curve(path: Lambda) -> None:
    written = Lambda(t, (1 + t) * path.expr - t * path.expr)
    true_at("same-curve", (written, path, rate(path)), {})


@holds_for("one-velocity")
@given(polynomials, st.integers(1, 4))
def one_velocity(path: Lambda, gap: int) -> None:
    true_at("one-velocity", (path, rate(path), rate(path)), {})
    assert decide(FACTS["one-velocity"].instance(path, rate(path), rate(path) + gap)[0][1]) is False


@holds_for("same-ahead")
@given(polynomials, small.filter(bool))
def same_ahead(path: Lambda, bend: int) -> None:
    """A path that bends away before 0 only; one that leaves at 0 does not agree from 0 on."""
    written = Lambda(t, (1 + t) * path.expr - t * path.expr)
    true_at("same-ahead", (path, written, rate(path), rate(path), r), {r: 3})
    before = Lambda(t, path.expr + bend * t * (Abs(t) - t))
    (_, _, _, moved), _ = FACTS["same-ahead"].instance(path, before, rate(path), rate(path), Integer(1))
    assert all((before(time) == path(time)) is bool(time >= 0) for time in (-2, -1, 0, Rational(1, 3), 1))
    assert abs(slope(lambda time: np.array(float(before(time)))) - float(moved.args[1])) < NEAR
    (_, agree, *_), _ = FACTS["same-ahead"].instance(path, Lambda(t, path.expr + bend * t), 0, 0, Integer(2))
    assert decide(agree) is False


Case = tuple[Callable[[], Theorem], str]
SAYINGS: dict[str, Case] = {
    "chain-rule": (
        lambda: cite("chain-rule", LAYER, STATE, PARAMETER, A, B, V, M),
        "LayerDerivatives(Lambda((U, S), f(U, S)), u(0), s(0), A, B), Velocity(Lambda(t, u(t)), V), Velocity(Lambda(t, s(t)), M)"
        " |- Velocity(Lambda(t, f(u(t), s(t))), A*V + B*M)",
    ),
    "straight-line": (lambda: cite("straight-line", X, V, t), " |- Velocity(Lambda(t, t*V + X), V)"),
    "near-a-line": (
        lambda: cite("near-a-line", STATE, V, r, Symbol("q", real=True)),
        "q > 0, ForAll(t, (t <= q) & (t >= -q), Trace((-t*transpose(V) - transpose(u(0)) + transpose(u(t)))*(-t*V - u(0) + u(t)))"
        " <= r**2*t**4) |- Velocity(Lambda(t, u(t)), V)",
    ),
    "close-to-its-line": (
        lambda: cite("close-to-its-line", STATE, V, r, Symbol("q", real=True)),
        "Velocity(Lambda(t, u(t)), V), r > 0 |- Exists(q, q > 0, ForAll(t, (t <= q) & (t >= -q),"
        " Trace((-t*transpose(V) - transpose(u(0)) + transpose(u(t)))*(-t*V - u(0) + u(t))) <= r**2*t**2))",
    ),
    "within-every-cone": (
        lambda: cite("within-every-cone", Lambda(t, t**2), 0, r, Symbol("q", real=True)),
        "ForAll(r, r > 0, Exists(q, q > 0, ForAll(t, (t <= q) & (t >= -q), t**4 <= r**2*t**2))) |- Velocity(Lambda(t, t**2), 0)",
    ),
    "velocity-of-sum": (
        lambda: cite("velocity-of-sum", Lambda(t, curve(t, j)), other(j), j, 0, n),
        "n >= 0, ForAll(j, (j >= 0) & (j <= n), Velocity(Lambda(t, u(t, j)), s(j)))"
        " |- Velocity(Lambda(t, Sum(u(t, j), (j, 0, n))), Sum(s(j), (j, 0, n)))",
    ),
    "velocity-of-multiple": (
        lambda: cite("velocity-of-multiple", STATE, V, A, B),
        "Velocity(Lambda(t, u(t)), V) |- Velocity(Lambda(t, A*u(t)*B), A*V*B)",
    ),
    "velocity-of-transpose": (
        lambda: cite("velocity-of-transpose", STATE, V),
        "Velocity(Lambda(t, u(t)), V) |- Velocity(Lambda(t, transpose(u(t))), transpose(V))",
    ),
    "same-curve": (
        lambda: cite("same-curve", STATE, PARAMETER, V),
        "ForAll(t, True, Eq(u(t), s(t))), Velocity(Lambda(t, s(t)), V) |- Velocity(Lambda(t, u(t)), V)",
    ),
    "same-ahead": (
        lambda: cite("same-ahead", STATE, PARAMETER, V, M, r),
        "r > 0, ForAll(t, (t >= 0) & (t < r), Eq(u(t), s(t))), Velocity(Lambda(t, u(t)), V), Velocity(Lambda(t, s(t)), M) |- Eq(V, M)",
    ),
    "one-velocity": (
        lambda: cite("one-velocity", STATE, V, M),
        "Velocity(Lambda(t, u(t)), V), Velocity(Lambda(t, u(t)), M) |- Eq(V, M)",
    ),
}

TRAPS: dict[str, Callable[[], Any]] = {
    "corner-with-a-velocity": lambda: evaluate(Velocity(Lambda(t, Abs(t)), 0)),
    "velocity-at-another-time": lambda: evaluate(Velocity(Lambda(t, t**2), 2)),
    "no-symbol-is-the-velocity": lambda: evaluate(Not(Velocity(Lambda(t, r * t), Symbol("q", real=True)))),
    "line-whose-direction-moves": lambda: cite("straight-line", X, t * V, t),
    "line-that-starts-where-it-is": lambda: cite("straight-line", -t * V, V, t),
    "line-at-the-integers": lambda: cite("straight-line", X, V, n),
    "line-at-a-moving-rate": lambda: cite("near-a-line", Lambda(t, t**2 * X), t * X, 0, 1),
    "line-in-a-moving-tube": lambda: cite("near-a-line", Lambda(t, X * t), 0, 1 / t, 1),
    "line-for-a-moving-time": lambda: cite("near-a-line", Lambda(t, X * t), 0, 1, 1 - t),
    "line-at-one-time-only": lambda: instance(cite("near-a-line", STATE, V, 1, r), {r: 0}),
    "cone-of-a-moving-slope": lambda: cite("close-to-its-line", STATE, V, t, r),
    "cone-until-its-own-slope": lambda: cite("close-to-its-line", STATE, V, r, r),
    "cone-until-the-time-itself": lambda: cite("close-to-its-line", STATE, V, r, t),
    "cone-around-a-moving-rate": lambda: cite("within-every-cone", STATE, t * V, r, Symbol("q", real=True)),
    "cone-of-the-slope-of-the-curve": lambda: cite("within-every-cone", Lambda(t, r * t), 0, r, Symbol("q", real=True)),
    "cone-of-one-slope": lambda: cite("within-every-cone", STATE, V, Integer(2), r),
    "cone-of-integer-slopes": lambda: cite("within-every-cone", STATE, V, n, r),
    "cone-until-integer-times": lambda: cite("within-every-cone", STATE, V, r, n),
    "layer-that-moves": lambda: cite("chain-rule", Lambda((U, S), t * U), STATE, PARAMETER, 0, 0, V, M),
    "layer-of-one-argument": lambda: cite("chain-rule", Lambda(U, U), STATE, PARAMETER, 1, 0, V, M),
    "chain-of-two-clocks": lambda: cite("chain-rule", LAYER, STATE, Lambda(r, other(r)), A, B, V, M),
    "layer-of-a-commutator": lambda: evaluate(LayerDerivatives(Lambda((U, S), X * U - U * X), 0, 0, 0, 0)),
    "layer-of-a-family-that-commutes": lambda: evaluate(LayerDerivatives(Lambda((U, S), f(1) * U - U * f(1) + S), 0, 0, 0, 1)),
    "layer-of-symmetric-matrices": lambda: evaluate(LayerDerivatives(Lambda((U, S), U - transpose(U)), 0, 0, 0, 0)),
    "layer-under-a-trace": lambda: evaluate(LayerDerivatives(Lambda((U, S), Trace(X * U * Y * U - X * U**2 * Y)), 1, 0, 0, 0)),
    "layer-with-a-corner": lambda: evaluate(LayerDerivatives(Lambda((U, S), Abs(U)), 0, 0, 0, 0)),
    "layer-with-the-slopes-exchanged": lambda: evaluate(LayerDerivatives(Lambda((U, S), U + 2 * S), 0, 0, 2, 1)),
    "layer-at-another-point": lambda: evaluate(LayerDerivatives(Lambda((U, S), U**2), 1, 0, 4, 0)),
    "sum-to-a-moving-end": lambda: cite("velocity-of-sum", Lambda(t, t * j), j, j, 0, j),
    "velocity-that-moves": lambda: cite("velocity-of-sum", Lambda(t, t**2 * j), t * j, j, 0, n),
    "sum-that-runs-backwards": lambda: instance(cite("velocity-of-sum", Lambda(t, t * j), 2 * j, j, 0, n), {n: -3}),
    "transpose-at-a-moving-rate": lambda: cite("velocity-of-transpose", Lambda(t, t**2 * X), t * X),
    "transpose-of-a-sequence": lambda: cite("velocity-of-transpose", Lambda(n, n * X), X),
    "factor-that-moves": lambda: cite("velocity-of-multiple", Lambda(t, t * X), X, t, 1),
    "agreement-at-one-time-only": lambda: instance(cite("same-ahead", STATE, PARAMETER, V, M, r), {r: 0}),
    "agreement-until-a-moving-time": lambda: cite("same-ahead", STATE, PARAMETER, V, M, t),
    "agreement-at-the-integers": lambda: cite("same-ahead", Lambda(n, n * X), Lambda(n, n * Y), X, Y, 2),
    "agreement-at-a-moving-rate": lambda: cite("same-ahead", STATE, PARAMETER, t * V, M, 2),
    "curve-of-integers": lambda: cite("one-velocity", Lambda(n, n * X), X, Y),
    "number-that-is-a-curve": lambda: cite("one-velocity", X, A, B),
}
