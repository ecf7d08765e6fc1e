"""What is checked of the mean value theorem and Taylor's, in one variable and entry by entry: properties, sentences, and traps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sympy import Integer, Lambda, cos, exp, oo, sin, symbols

from tests.theory.proof.curve_facts import small
from tests.theory.proof.properties import holds_for, true_at
from theory.proof import And, ForAll, Map, Theorem, cite, decide, derivative

r, t, limit = symbols("r t L", real=True)
n = symbols("n", integer=True)
A, M = symbols("A M", commutative=False)
SQUARE, TWICE = Lambda(r, r**2), Lambda(r, 2 * r)
BEFORE, AFTER, IMAGE, MOVED = symbols("X X_moved Y Y_moved", commutative=False)
TRIPLE, THREE = Lambda(r, 3 * r), Lambda(r, Integer(3))
CONSTANT = Lambda(r, Integer(2))  # the second derivative of squares
columns = st.lists(st.tuples(small, small), min_size=1, max_size=4)


@holds_for("entrywise-lipschitz")
@given(columns, st.integers(0, 10**6))
def entrywise_lipschitz(entries: list[tuple[int, int]], seed: int) -> None:
    """Three times every entry exactly, where it is an equality; and for sin, whose slope is at most 1, of several entries."""
    first, second = ([[pair[k]] for pair in entries] for k in (0, 1))
    letters = {BEFORE: first, AFTER: second, IMAGE: [[3 * e] for (e,) in first], MOVED: [[3 * e] for (e,) in second]}
    true_at("entrywise-lipschitz", (TRIPLE, THREE, limit, BEFORE, AFTER, IMAGE, MOVED), {**letters, limit: 3})
    start, end = np.random.default_rng(seed).normal(size=(2, 5)) * 3
    assert np.sum((np.sin(end) - np.sin(start)) ** 2) <= np.sum((end - start) ** 2)


@holds_for("entrywise-taylor")
@given(columns, st.integers(0, 10**6))
def entrywise_taylor(entries: list[tuple[int, int]], seed: int) -> None:
    """Squares exactly, where one entry gives equality; and for sin, whose second derivative is at most 1, of several entries."""
    first, second = ([[pair[k]] for pair in entries] for k in (0, 1))
    gate = [[2 * e if a == c else 0 for c in range(len(first))] for a, (e,) in enumerate(first)]
    letters = {BEFORE: first, AFTER: second, IMAGE: [[e * e] for (e,) in first], MOVED: [[e * e] for (e,) in second], M: gate}
    true_at("entrywise-taylor", (SQUARE, TWICE, CONSTANT, limit, BEFORE, AFTER, IMAGE, MOVED, M), {**letters, limit: 1})
    start, end = np.random.default_rng(seed).normal(size=(2, 5)) * 3
    rest = np.sin(end) - np.sin(start) - np.cos(start) * (end - start)
    assert np.sum(rest**2) <= (np.sum((end - start) ** 2) / 2) ** 2


@holds_for("strictly-increases")
@given(st.lists(small, min_size=2, max_size=4), small, st.integers(1, 3))
def strictly_increases(coefficients: list[int], low: int, length: int) -> None:
    """For polynomials whose slope is positive from `low` on, and may be negative before."""
    base = sum(c * r**k for k, c in enumerate(coefficients))
    its_slope = Lambda(r, ((base**2 + 1) * (2 * r - 2 * low + 1)).expand())
    power = Lambda(r, its_slope.expr.integrate(r) + 1)
    fact = cite("strictly-increases", power, its_slope, low, low + length)
    assert decide(fact.then) is True
    smooth, positive = (h for h in fact.given if isinstance(h, ForAll))
    assert derivative(power.expr, r, value=its_slope.expr).then == smooth.args[2]
    assert positive.args == (r, And(r > low, r < low + length), its_slope.expr > 0)


Case = tuple[Callable[[], Theorem], str]
SAYINGS: dict[str, Case] = {
    "strictly-increases": (
        lambda: cite("strictly-increases", SQUARE, TWICE, 1, limit),
        "L > 1, ForAll(r, (r >= 1) & (r <= L), Eq(Derivative(r**2, r), 2*r)), ForAll(r, (r > 1) & (r < L), 2*r > 0) |- L**2 > 1",
    ),
    "entrywise-lipschitz": (
        lambda: cite("entrywise-lipschitz", Lambda(r, sin(r)), Lambda(r, cos(r)), 1, BEFORE, AFTER, IMAGE, MOVED),
        "HasDerivative(Lambda(r, sin(r)), Lambda(r, cos(r))), ForAll(r, True, (-1 <= cos(r)) & (cos(r) <= 1)),"
        " Entrywise(Lambda(r, sin(r)), X, Y), Entrywise(Lambda(r, sin(r)), X_moved, Y_moved) |- "
        "Trace((-transpose(Y) + transpose(Y_moved))*(-Y + Y_moved)) <= Trace((-transpose(X) + transpose(X_moved))*(-X + X_moved))",
    ),
    "entrywise-taylor": (
        lambda: cite("entrywise-taylor", SQUARE, TWICE, Lambda(r, Integer(2)), limit, BEFORE, AFTER, IMAGE, MOVED, M),
        "HasDerivative(Lambda(r, r**2), Lambda(r, 2*r)), HasDerivative(Lambda(r, 2*r), Lambda(r, 2)),"
        " ForAll(r, True, (2 <= 2*L) & (-2*L <= 2)), Entrywise(Lambda(r, r**2), X, Y), Entrywise(Lambda(r, r**2), X_moved, Y_moved),"
        " Gate(Lambda(r, 2*r), X, M) |- Trace((-(-transpose(X) + transpose(X_moved))*transpose(M) - transpose(Y) + transpose(Y_moved))"
        "*(-M*(-X + X_moved) - Y + Y_moved)) <= L**2*Trace((-transpose(X) + transpose(X_moved))*(-X + X_moved))**2",
    ),
}

RISING = (exp(2 * r) - 1) ** (1 / r)  # from e^2 - 1 at 1 up towards e^2; to SymPy it is oo**0 = 1 at oo
TRAPS: dict[str, Callable[[], Any]] = {
    "increase-up-to-infinity": lambda: cite("strictly-increases", Lambda(r, RISING), Lambda(r, RISING.diff(r)), 1, oo),
    "increase-from-minus-infinity": lambda: cite("strictly-increases", Lambda(r, exp(r)), Lambda(r, exp(r)), -oo, limit),
    "increase-to-an-end-that-moves": lambda: cite("strictly-increases", SQUARE, TWICE, 0, r),
    "increase-from-an-end-that-moves": lambda: cite("strictly-increases", SQUARE, TWICE, r - 1, 1),
    "increase-over-the-integers": lambda: cite("strictly-increases", Lambda(n, n**2), Lambda(n, 2 * n), 0, 1),
    "increase-of-a-matrix": lambda: cite("strictly-increases", Lambda(A, A * A), TWICE, 0, 1),
    "increase-with-a-slope-of-another-name": lambda: cite("strictly-increases", Lambda(t, t**2 + r), TWICE, 0, 1),
    "slope-bounded-by-a-moving-number": lambda: cite("entrywise-lipschitz", SQUARE, TWICE, 2 * r, BEFORE, AFTER, IMAGE, MOVED),
    "slope-bounded-at-the-integers": lambda: cite("entrywise-lipschitz", SQUARE, Lambda(n, 2 * n), 2, BEFORE, AFTER, IMAGE, MOVED),
    "lipschitz-of-a-matrix": lambda: cite("entrywise-lipschitz", Lambda(A, A * A), TWICE, 2, BEFORE, AFTER, IMAGE, MOVED),
    "lipschitz-of-a-map": lambda: cite("entrywise-lipschitz", Map("F"), CONSTANT, 2, BEFORE, AFTER, IMAGE, MOVED),
    "image-that-varies-with-the-slope": lambda: cite("entrywise-lipschitz", SQUARE, TWICE, 2, BEFORE, AFTER, r * IMAGE, MOVED),
    "bending-bounded-by-a-moving-number": lambda: cite("entrywise-taylor", SQUARE, TWICE, CONSTANT, r, BEFORE, AFTER, IMAGE, MOVED, M),
    "taylor-of-a-slope-of-matrices": lambda: cite(
        "entrywise-taylor", SQUARE, Lambda(A, 2 * A), CONSTANT, 1, BEFORE, AFTER, IMAGE, MOVED, M
    ),
    "taylor-with-a-moving-gate": lambda: cite("entrywise-taylor", SQUARE, TWICE, CONSTANT, 1, BEFORE, AFTER, IMAGE, MOVED, r * M),
}
