"""What is checked of the facts about entrywise functions, products and sums of curves: properties, sentences, and traps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sympy import Abs, Derivative, Eq, Function, ImmutableMatrix, Lambda, Max, Ne, Not, exp, false, sign, sqrt, symbols
from sympy.functions.elementary.complexes import transpose

from tests.theory.proof.curve_facts import NEAR, polynomials, rate, slope, small
from tests.theory.proof.properties import holds_for, true_at
from theory.proof import (
    Column,
    ForAll,
    HasDerivative,
    Statement,
    Theorem,
    Trace,
    Velocity,
    cite,
    cut,
    decide,
    derivative,
    evaluate,
    generalize,
    instance,
    matches,
    substitute,
)
from theory.proof.entrywise import Entrywise, Gate

r, s, t = symbols("r s t", real=True)
n = symbols("n", integer=True)
A, B, M, V = symbols("A B M V", commutative=False)
COLUMN_LETTER = Column("c")
inside, outside = Function("x", commutative=False), Function("y", commutative=False)
INSIDE, OUTSIDE = Lambda(t, inside(t)), Lambda(t, outside(t))
SQUARE, TWICE = Lambda(r, r**2), Lambda(r, 2 * r)


@holds_for("entrywise-chain-rule")
@given(polynomials, st.integers(0, 10**6))
def entrywise_chain_rule(path: Lambda, seed: int) -> None:
    """For squares of one entry exactly, and for tanh of several by differences."""
    terms = (SQUARE, TWICE, INSIDE, OUTSIDE, V, M)
    letters = {V: [[rate(path)]], M: [[2 * path(0)]]}
    true_at("entrywise-chain-rule", terms, {inside: path, outside: Lambda(t, (path.expr**2).expand() + 0 * t), **letters})
    start, velocity = np.random.default_rng(seed).normal(size=(2, 3))
    assert np.allclose(slope(lambda at: np.tanh(start + at * velocity)), np.diag(1 - np.tanh(start) ** 2) @ velocity, atol=NEAR)


@holds_for("velocity-of-product")
@given(polynomials, polynomials, st.integers(0, 10**6))
def velocity_of_product(path: Lambda, other: Lambda, seed: int) -> None:
    """For numbers exactly, and for matrices that do not commute by differences."""
    true_at("velocity-of-product", (path, rate(path), other, rate(other)), {})
    a, b, c, d = np.random.default_rng(seed).normal(size=(4, 3, 3))
    assert np.allclose(slope(lambda at: (a + at * b) @ (c + at * d)), b @ c + a @ d, atol=NEAR)


@holds_for("velocity-of-addition")
@given(polynomials, polynomials)
def velocity_of_addition(path: Lambda, other: Lambda) -> None:
    true_at("velocity-of-addition", (path, rate(path), other, rate(other)), {})


@holds_for("derivative-everywhere")
@given(st.lists(small, min_size=3, max_size=5))
def derivative_everywhere(coefficients: list[int]) -> None:
    """What the fact says of a polynomial, `HasDerivative` decides from its coefficients."""
    power = Lambda(r, sum(c * r**k for k, c in enumerate(coefficients)) + r**5)
    its_slope = Lambda(r, power.expr.diff(r))
    fact = cite("derivative-everywhere", power, its_slope)
    assert derivative(power.expr, r, value=its_slope.expr).then == fact.given[0].args[2]
    assert decide(fact.then) is True and decide(HasDerivative(power, Lambda(r, its_slope.expr + 1))) is False


@holds_for("velocity-from-derivative")
@given(st.lists(small, min_size=3, max_size=5), small)
def velocity_from_derivative(coefficients: list[int], at: int) -> None:
    """What the fact says of a polynomial, and of |r| away from 0, `Velocity` decides; the rule `derivative` gives its hypothesis."""
    power = Lambda(r, sum(c * r**k for k, c in enumerate(coefficients)) + r**5)
    its_slope = Lambda(r, power.expr.diff(r))
    fact = cite("velocity-from-derivative", power, its_slope, True, t, at)
    assert derivative(power.expr, r, value=its_slope.expr).then == fact.given[0].args[2] and decide(fact.then) is True
    modulus = cite("velocity-from-derivative", Lambda(r, Abs(r)), Lambda(r, sign(r)), Ne(r, 0), t, at)
    assert (modulus.given[1:] == (false,)) is (at == 0) and decide(modulus.then) is (True if at else None)


@holds_for("one-direction")
@given(small, small, st.integers(0, 10**6))
def one_direction(start: int, bend: int, seed: int) -> None:
    """The slope of the function along the direction exactly; and the whole Jacobian of tanh(c' u) B by differences."""
    parabola = Lambda(r, bend * r**2 + r + 1)
    fact = cite("one-direction", parabola, 2 * bend * start + 1, COLUMN_LETTER, V, start * COLUMN_LETTER, 0, t, (A, B))
    moves = substitute(fact.given[0], {Trace(transpose(COLUMN_LETTER) * start * COLUMN_LETTER): start})
    assert decide(moves) is True
    along, factor, state, move = np.random.default_rng(seed).normal(size=(4, 3))
    moved = slope(lambda at: np.tanh(along @ (state + at * move)) * factor)
    assert np.allclose(moved, (1 - np.tanh(along @ state) ** 2) * np.outer(factor, along) @ move, atol=NEAR)


Case = tuple[Callable[[], Theorem], str]
SAYINGS: dict[str, Case] = {
    "entrywise-chain-rule": (
        lambda: cite("entrywise-chain-rule", SQUARE, TWICE, INSIDE, OUTSIDE, V, M),
        "HasDerivative(Lambda(r, r**2), Lambda(r, 2*r)), ForAll(t, True, Entrywise(Lambda(r, r**2), x(t), y(t))),"
        " Velocity(Lambda(t, x(t)), V), Gate(Lambda(r, 2*r), x(0), M) |- Velocity(Lambda(t, y(t)), M*V)",
    ),
    "velocity-of-product": (
        lambda: cite("velocity-of-product", INSIDE, V, OUTSIDE, M),
        "Velocity(Lambda(t, x(t)), V), Velocity(Lambda(t, y(t)), M) |- Velocity(Lambda(t, x(t)*y(t)), V*y(0) + x(0)*M)",
    ),
    "velocity-of-addition": (
        lambda: cite("velocity-of-addition", INSIDE, V, OUTSIDE, M),
        "Velocity(Lambda(t, x(t)), V), Velocity(Lambda(t, y(t)), M) |- Velocity(Lambda(t, x(t) + y(t)), M + V)",
    ),
    "derivative-everywhere": (
        lambda: cite("derivative-everywhere", SQUARE, TWICE),
        "ForAll(r, True, Eq(Derivative(r**2, r), 2*r)) |- HasDerivative(Lambda(r, r**2), Lambda(r, 2*r))",
    ),
    "velocity-from-derivative": (
        lambda: cite("velocity-from-derivative", SQUARE, TWICE, r > 0, t, s + 1),
        "ForAll(r, r > 0, Eq(Derivative(r**2, r), 2*r)), s + 1 > 0 |- Velocity(Lambda(t, (s + t + 1)**2), 2*s + 2)",
    ),
    "one-direction": (
        lambda: cite("one-direction", SQUARE, s, COLUMN_LETTER, V, M, 0, t, (A, B)),
        "Velocity(Lambda(t, (t + Trace(transpose(c)*M))**2), s)"
        " |- LayerDerivatives(Lambda((A, B), Trace(transpose(c)*A)**2*V), M, 0, s*V*transpose(c), 0)",
    ),
}

ROW, FULL = ImmutableMatrix([[1, 2]]), ImmutableMatrix([[2, 1], [0, 4]])
COLUMN = ROW.T
TRAPS: dict[str, Callable[[], Any]] = {
    "entries-in-another-order": lambda: evaluate(Entrywise(SQUARE, COLUMN, ImmutableMatrix([4, 1]))),
    "entries-of-a-row": lambda: evaluate(Entrywise(SQUARE, ROW, ImmutableMatrix([[1, 4]]))),
    "entries-of-another-shape": lambda: evaluate(Not(Entrywise(SQUARE, COLUMN, ImmutableMatrix([1, 4, 9])))),
    "gate-that-is-not-diagonal": lambda: evaluate(Gate(TWICE, COLUMN, FULL)),
    "gate-with-the-slopes-elsewhere": lambda: evaluate(Gate(TWICE, COLUMN, ImmutableMatrix([[4, 0], [0, 2]]))),
    "gate-of-integers": lambda: evaluate(Gate(Lambda(n, 2 * n), COLUMN, ImmutableMatrix([[2, 0], [0, 4]]))),
    "entrywise-slope-that-moves": lambda: cite("entrywise-chain-rule", SQUARE, Lambda(r, 2 * r * t), INSIDE, OUTSIDE, V, M),
    "entrywise-of-two-clocks": lambda: cite("entrywise-chain-rule", SQUARE, TWICE, INSIDE, Lambda(r, outside(r)), V, M),
    "entrywise-of-a-matrix": lambda: cite("entrywise-chain-rule", Lambda(A, A * A), TWICE, INSIDE, OUTSIDE, V, M),
    "entrywise-velocity-that-moves": lambda: cite("entrywise-chain-rule", SQUARE, TWICE, INSIDE, OUTSIDE, t * V, M),
    "product-of-two-clocks": lambda: cite("velocity-of-product", INSIDE, V, Lambda(r, outside(r)), M),
    "product-with-a-moving-velocity": lambda: cite("velocity-of-product", INSIDE, t * V, OUTSIDE, M),
    "sum-with-a-moving-velocity": lambda: cite("velocity-of-addition", INSIDE, V, OUTSIDE, t * M),
    "sum-of-a-number": lambda: cite("velocity-of-addition", INSIDE, V, A, B),
    "derivative-where-there-is-none": lambda: instance(
        cut(
            cite("velocity-from-derivative", Lambda(r, Abs(r)), Lambda(r, sign(r)), Ne(r, 0), t, s),
            generalize(derivative(Abs(r), r), r, Ne(r, 0)),
        ),
        {s: 0},
    ),
    "derivative-at-a-moving-point": lambda: cite("velocity-from-derivative", SQUARE, TWICE, True, t, t + 1),
    "derivative-of-two-variables": lambda: cite("velocity-from-derivative", SQUARE, Lambda(s, 2 * s), True, t, 1),
    "derivative-where-the-hour-says": lambda: cite("velocity-from-derivative", SQUARE, TWICE, r > t, t, 1),
    "derivative-where-the-condition-has-no-value": lambda: matches(
        cite("velocity-from-derivative", SQUARE, TWICE, r / s > 0, t, s),
        Statement((ForAll(r, r / s > 0, Eq(Derivative(r**2, r), 2 * r)),), Velocity(Lambda(t, (s + t) ** 2), 2 * s)),
    ),
    "derivative-at-a-whole-number": lambda: cite("velocity-from-derivative", Lambda(n, n**2), Lambda(n, 2 * n), True, t, 1),
    "direction-that-is-a-matrix": lambda: cite("one-direction", SQUARE, s, A, V, M, 0, t, (A, B)),
    "direction-at-a-number": lambda: cite("one-direction", SQUARE, s, COLUMN_LETTER, V, 5, 0, t, (A, B)),
    "direction-with-the-layer-s-letter": lambda: cite("one-direction", SQUARE, s, COLUMN_LETTER, A, M, 0, t, (A, B)),
    "direction-at-a-moving-slope": lambda: cite("one-direction", SQUARE, t, COLUMN_LETTER, V, M, 0, t, (A, B)),
    "direction-of-numbers": lambda: cite("one-direction", SQUARE, s, COLUMN_LETTER, V, M, 0, t, (r, B)),
    "derivative-at-the-integers": lambda: cite("derivative-everywhere", Lambda(n, n**2), Lambda(n, 2 * n)),
    "derivative-of-a-matrix": lambda: cite("derivative-everywhere", Lambda(A, A * A), Lambda(A, 2 * A)),
    "smooth-curve-with-another-velocity": lambda: evaluate(Velocity(Lambda(t, exp(t)), 2)),
    "root-at-the-edge-of-its-domain": lambda: evaluate(Velocity(Lambda(t, t * sqrt(t)), 0)),
    "ramp-at-its-corner": lambda: evaluate(Velocity(Lambda(t, Max(0, t)), 0)),
    "modulus-inside-a-smooth-curve": lambda: evaluate(Velocity(Lambda(t, exp(Abs(t))), 0)),
    "pole-at-the-start": lambda: evaluate(Not(Velocity(Lambda(t, 1 / t), 0))),
}
