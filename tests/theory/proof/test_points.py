"""Exact instances: what is decided, and which points refute or witness a statement; named notions of maps for explicit polynomials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sympy import (
    Abs,
    Eq,
    Function,
    Gt,
    ImmutableMatrix,
    Integer,
    Lambda,
    Lt,
    Max,
    Ne,
    Rational,
    S,
    Sum,
    exp,
    log,
    oo,
    sqrt,
    symbols,
)
from sympy.functions.elementary.complexes import transpose

from theory.proof import (
    AnalyticMinimum,
    And,
    BigO,
    Column,
    Exists,
    ForAll,
    GradientStep,
    HasDerivative,
    HessianRange,
    Implies,
    Iterate,
    KernelError,
    LyapunovStable,
    Map,
    Nonsingular,
    Not,
    NotProved,
    Or,
    Predicate,
    SpectralRadius,
    Statement,
    Tends,
    Trace,
    Velocity,
    assume,
    cite,
    column,
    counterexample,
    decide,
    follows,
    generalize,
    instance,
    orbit_of,
    recursion,
    witness,
)
from theory.proof.descent_facts import SpectralNorm
from theory.proof.facts import NearestSemidefinite
from theory.proof.letters import interpret, is_letter
from theory.proof.limits import eventual_values, unfold

a, b, p, r, s, t, u = symbols("a b p r s t u", real=True)
j, k, m, n = symbols("j k m n", integer=True)
f, x = (Function(name, real=True) for name in "fx")
A, B = symbols("A B", commutative=False)
W = Function("W", commutative=False)
X = Column("X")

FLIP = Lambda(t, 1 - t)
HALF = Lambda(t, t / 2)
UNIT = ImmutableMatrix([[1, 0], [0, 1]])


class Opaque(Predicate):
    """Nothing is known of it."""


# formula -> True, False, or None where it is not settled
DECIDED: list[tuple[Any, bool | None]] = [
    (S.true, True),
    (S.false, False),
    (Eq(sqrt(2) * sqrt(3), sqrt(6), evaluate=False), True),
    (Eq(sqrt(2), Rational(3, 2), evaluate=False), False),
    (Ne(sqrt(2), Rational(3, 2), evaluate=False), True),
    (Ne(sqrt(8), 2 * sqrt(2), evaluate=False), False),
    (Gt(sqrt(2), Rational(3, 2), evaluate=False), False),
    (Lt(sqrt(2), Rational(3, 2), evaluate=False), True),
    (exp(1) <= 3, True),
    (exp(1) >= 3, False),
    (log(2) >= Rational(1, 2), True),
    (Eq(t + s, s + t, evaluate=False), True),
    (Gt(t, t, evaluate=False), False),
    (t >= s, None),
    (Eq(t, s), None),
    (Eq(1 / t, 1 / t, evaluate=False), None),
    (Eq(log(6), log(2) + log(3), evaluate=False), None),
    (And(exp(1) > 2, exp(1) > 3), False),
    (And(exp(1) > 2, t > s), None),
    (And(exp(1) > 3, t > s), False),
    (Or(exp(1) > 3, log(3) > 1), True),
    (Or(exp(1) > 3, t > s), None),
    (Or(exp(1) > 2, t > s), True),
    (Not(exp(1) > 3, evaluate=False), True),
    (Not(Gt(exp(1), 2, evaluate=False), evaluate=False), False),
    (Not(t > s, evaluate=False), None),
    (Implies(exp(1) > 3, t > s), True),
    (Implies(exp(1) > 2, log(3) < 1), False),
    (Implies(t > s, exp(1) > 2), True),
    (Opaque(t), None),
    (Not(Opaque(t)), None),
    (ForAll(t, True, Eq((t + 1) ** 2, t**2 + 2 * t + 1, evaluate=False)), True),
    (ForAll(t, t > 0, t > s), None),
    (ForAll(t, True, t > 5), False),
    (ForAll(t, True, t < 15), None),
    (ForAll(k, k >= 0, k < 5), False),
    (ForAll(k, k < -3, k > 0), False),
    (ForAll(k, k >= 0, k < 100), None),
    (ForAll(k, And(k >= 0, k <= 3), (-1) ** k > 0), False),
    (ForAll(k, And(k >= 0, Eq((-1) ** k, 2)), k > 100), None),
    (ForAll(k, k >= 0, Eq((-1) ** (2 * k), 1, evaluate=False)), True),
    (ForAll(k, k >= 0, Or(Eq((-1) ** k, 1), Eq((-1) ** k, -1))), True),
    (ForAll(k, k >= 0, Eq((-1) ** k, 1)), False),
    (ForAll(k, k >= 0, 1 / k > -1), None),
    (ForAll(k, k >= 0, Eq(Iterate(HALF, 1, k + 1), Iterate(HALF, 1, k) / 2)), True),
    (ForAll(k, k >= 0, Eq(Iterate(HALF, 1, k + 1), Iterate(HALF, 1, k) / 3)), False),
    (ForAll(k, k >= 0, Iterate(FLIP, Integer(3), k) >= -2), True),
    (ForAll(k, And(k >= 0, k >= 1), Iterate(FLIP, Integer(3), k) >= -2), True),
    (ForAll(k, k >= 0, Iterate(FLIP, Integer(3), k) >= -1), False),
    (ForAll(k, k >= 1, Iterate(FLIP, Integer(3), k) >= -2), None),
    (ForAll(k, Or(k >= 0, t > 0), Iterate(FLIP, Integer(3), k) >= -2), None),
    (ForAll(k, k >= 0, Iterate(HALF, 1, k) > 0), None),
    (Exists(k, k > 0, Eq(k**2, 9)), True),
    (Exists(k, k > 3, Eq(k**2, 9)), None),
    (Exists(k, k > 100, Eq(k + 1, 1 + k, evaluate=False)), None),
    (Exists(k, k > 0, Eq(1 / (k - 1), Rational(1, 2))), True),
    (Exists(t, True, Eq(t, 2)), True),
    (Exists(t, True, Eq(2 * t, 3)), None),
    (Tends(k, S(2), 2), True),
    (Tends(k, S(2), 3), False),
    (Tends(k, (-1) ** (2 * k) * 2, 2), True),
    (Tends(k, (-1) ** k, 1), False),
    (Tends(k, 1 / k, 0), None),
    (Tends(k, f(k), 0), None),
    (Tends(k, Iterate(Lambda(t, 3 - t), Rational(3, 2), k), Rational(3, 2)), True),
    (Tends(k, Iterate(Lambda(t, t**2), -1, k), 1), True),
    (Tends(k, Iterate(Lambda(t, t**2), -1, k), -1), False),
    (Tends(k, Iterate(FLIP, 3, k), 3), False),
    (Tends(k, Iterate(HALF, 1, k), 0), None),
    (Eq(UNIT, UNIT, evaluate=False), True),
    (Eq(UNIT, 2 * UNIT, evaluate=False), False),
    (Ne(UNIT, 2 * UNIT, evaluate=False), True),
    (Eq(UNIT, ImmutableMatrix([[1]]), evaluate=False), None),
    (Eq(UNIT * t, UNIT, evaluate=False), None),
]


@pytest.mark.parametrize(("formula", "expected"), DECIDED, ids=str)
def test_what_is_decided(formula: Any, expected: bool | None) -> None:
    assert decide(formula) is expected


def test_orbits_that_close() -> None:
    before, cycle = eventual_values(Iterate(Lambda(t, t**2 - 1), Integer(1), k), k) or ([], [])
    assert (before, cycle) == ([1], [0, -1])
    assert eventual_values(Iterate(HALF, 1, k), k) is None and eventual_values(Iterate(Lambda(t, 2 * t), 1, k), k) is None
    assert eventual_values(Iterate(FLIP, 1, k) + Iterate(HALF, 1, k), k) is None
    assert eventual_values(Iterate(FLIP, 1, k) * k, k) is None and eventual_values(Iterate(FLIP, k, k), k) is None
    assert eventual_values(Iterate(FLIP, 1, k + 1), k) is None
    assert unfold(Iterate(HALF, s, k + 1) + Iterate(HALF, s, k + 2), k) == Iterate(HALF, s, k) / 2 + Iterate(HALF, s, k + 2)


def test_iterates_are_computed_from_the_start_on() -> None:
    assert Iterate(HALF, s, 0) == s and Iterate(HALF, s, 3) == s / 8 and orbit_of(HALF, 4)(2) == 1
    for index in (Integer(-1), S.Half, k):
        assert isinstance(Iterate(HALF, s, index), Iterate)


# Refutations and witnesses

HOLDS: list[tuple[Statement, dict[Any, Any]]] = [
    (Statement((t > 0,), t**2 > 0), {t: sqrt(2)}),
    (Statement((t > s,), t >= s), {t: 2, s: 1}),
    (Statement((Ne(t, 0),), 1 / t > 0), {t: 3}),
    (Statement((k > 0,), Sum(j, (j, 1, k)) >= k), {k: 4}),
    (Statement((), Eq(f(t), t**2)), {f: Lambda(u, u**2), t: 3}),
    (Statement((Eq(A * B, 1),), Eq(B * A, 1)), {A: ImmutableMatrix([[2, 0], [0, 1]]), B: ImmutableMatrix([[S.Half, 0], [0, 1]])}),
    (Statement((), Eq(Trace(W(1) * W(2)), t)), {W(1): UNIT, W(2): 3 * UNIT, t: 6}),
    (Statement((ForAll(j, And(j >= 1, j <= 2), Eq(W(j), 1)),), Eq(W(1), W(2))), {W(1): UNIT, W(2): UNIT}),
    (Statement((), Eq(transpose(X) * A * X, 0)), {X: ImmutableMatrix([[1], [0]]), A: ImmutableMatrix([[0, 1], [1, 0]])}),
    (Statement((), Eq(A * X, 0)), {X: ImmutableMatrix([[1], [0]]), A: ImmutableMatrix([[0, 1]])}),
    (Statement((recursion(x, FLIP),), ForAll(k, k >= 0, x(k) >= -2)), {x: orbit_of(FLIP, 3)}),
    (Statement((HasDerivative(f, Lambda(t, 2 * t)),), f(1) >= 0), {f: Lambda(t, t**2)}),
]


@pytest.mark.parametrize(("statement", "point"), HOLDS, ids=str)
def test_a_witness_is_no_counterexample(statement: Statement, point: dict[Any, Any]) -> None:
    assert witness(statement, point).point == tuple(point.items())
    with pytest.raises(NotProved):
        counterexample(statement, point)


FAILS: list[tuple[Statement, dict[Any, Any]]] = [
    (Statement((t > 0,), t**2 > t), {t: Rational(1, 2)}),
    (Statement((), Ne(t**2, 2)), {t: sqrt(2)}),
    (Statement((k > 0,), Sum(j, (j, 1, k)) >= k**2), {k: 2}),
    (Statement((), Eq(A * B, B * A)), {A: ImmutableMatrix([[0, 1], [0, 0]]), B: ImmutableMatrix([[0, 0], [1, 0]])}),
    (Statement((), Ne(A, 2)), {A: 2 * UNIT}),
    (Statement((), Eq(Trace(A) ** 2, Trace(A**2))), {A: UNIT}),
    (Statement((), ForAll(j, And(j >= 1, j <= 2), Eq(W(j), 1))), {W(1): UNIT, W(2): 2 * UNIT}),
    (Statement((), Implies(Eq(A, 0), t > 0)), {A: 0 * UNIT, t: -1}),
    (Statement((recursion(x, FLIP),), Tends(k, x(k), S.Half)), {x: orbit_of(FLIP, 3)}),
    (Statement((SpectralRadius(Lambda(t, a * t), 0, r),), r < 1), {a: -3, r: 3}),
]


@pytest.mark.parametrize(("statement", "point"), FAILS, ids=str)
def test_a_counterexample_is_no_witness(statement: Statement, point: dict[Any, Any]) -> None:
    found = counterexample(statement, point)
    assert found.statement is statement and dict(found.point) == point and found.trusts == {"sympy", "flint"} and found.premises == ()
    with pytest.raises(NotProved):
        witness(statement, point)


REFUSED: dict[str, tuple[Statement, dict[Any, Any]]] = {
    "a hypothesis that fails": (Statement((t > 1,), t**2 > 3), {t: 1}),
    "a hypothesis that is open": (Statement((Opaque(t),), t > 3), {t: 1}),
    "a conclusion that is open": (Statement((t > 0,), Opaque(t)), {t: 1}),
    "a symbol without a value": (Statement((t > 0,), t > s), {t: 1}),
    "a function without a value": (Statement((), Eq(f(1), 0)), {}),
    "a matrix without a value": (Statement((), Eq(A * B, 0)), {A: UNIT}),
    "a value of another sort": (Statement((), Eq(2 * k, m)), {k: S.Half, m: 1}),
    "a value at a pole": (Statement((), Eq(s, 0)), {s: 1 / S.Zero}),
    "shapes that do not chain": (Statement((), Eq(A * B, 0)), {A: UNIT, B: ImmutableMatrix([[1]])}),
    "shapes that differ": (Statement((), Eq(A, B)), {A: UNIT, B: ImmutableMatrix([[1]])}),
    "a number and a matrix that is not square": (Statement((), Eq(A, 1)), {A: ImmutableMatrix([[1, 0]])}),
    "a matrix for a column": (Statement((), Eq(Trace(X * transpose(X)), 2)), {X: UNIT}),
    "a range without an end": (Statement((), ForAll(j, j >= 1, Eq(W(j), 0))), {W(1): UNIT}),
    "a range of real numbers": (Statement((), ForAll(t, And(t >= 1, t <= 2), Or(t <= 1, t >= 2))), {}),
    "a sum that runs backwards": (Statement((), Eq(Sum(Trace(W(j)), (j, 1, -2)), 5)), {W(1): UNIT}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_point_that_settles_nothing(name: str) -> None:
    statement, point = REFUSED[name]
    for attempt in (counterexample, witness):
        with pytest.raises((NotProved, KernelError, ValueError)):
            attempt(statement, point)


def test_a_long_range_is_not_written_out() -> None:
    short, long = (Statement((), ForAll(j, And(j >= 1, j <= end), j <= 70)) for end in (64, 65))
    assert witness(short, {})
    with pytest.raises(NotProved):
        witness(long, {})
    with pytest.raises(NotProved):
        witness(Statement((), ForAll(t, And(t >= 1, t <= 2), t <= 70)), {})


def test_theorems_settle_what_no_computation_can() -> None:
    unstable = cite("unstable-multiplier", Lambda(t, 3 * t), t, Integer(0))
    statement = Statement((s > 0,), LyapunovStable(Lambda(t, 3 * t), 0))
    found = counterexample(statement, {s: 1}, unstable)
    assert found.premises == (unstable,) and "fact:unstable-multiplier" in found.trusts
    with pytest.raises(NotProved):
        counterexample(statement, {s: 1})
    stable = Statement((Not(LyapunovStable(Lambda(t, 3 * t), 0)),), s > 0)
    assert witness(stable, {s: 1}, unstable)
    for attempt in (lambda: witness(stable, {s: 1}), lambda: counterexample(stable, {s: -1})):
        with pytest.raises(NotProved):
            attempt()


def test_a_theorem_must_apply_at_the_point() -> None:
    risky = follows(Opaque(1), Opaque(1), t > 5)
    statement = Statement((), Implies(t > 0, Opaque(1)))
    with pytest.raises(NotProved, match="which is not shown at the point"):
        witness(statement, {t: 6}, risky)
    with pytest.raises(NotProved, match="which is not shown at the point"):
        counterexample(Statement((s > 0,), Not(Opaque(1))), {s: 1}, assume(Opaque(1)))
    chain = (follows(S(2) > 1), generalize(follows(t**2 >= 0), t))
    assert witness(Statement((), s > 0), {s: 1}, *chain)


# Named notions for explicit polynomials

PAIR = Lambda((s, t), column(2 * s, -3 * t))
TURN = Lambda((s, t), column(s + t, t))
BOWL = Lambda((s, t), s**2 + 3 * t**2)
CUBIC = Lambda((s, t, u), s**2 + 2 * t**2 + 3 * u**2)

NOTIONS: list[tuple[Predicate, bool | None]] = [
    (NearestSemidefinite(ImmutableMatrix([[1, 0], [0, 0]]), ImmutableMatrix([[1, 0], [0, -2]])), True),
    (NearestSemidefinite(ImmutableMatrix([[1, 0], [0, 1]]), ImmutableMatrix([[1, 0], [0, -2]])), False),
    (NearestSemidefinite(ImmutableMatrix([[0, 0], [0, 0]]), ImmutableMatrix([[1, 0], [0, -2]])), False),
    (NearestSemidefinite(ImmutableMatrix([[-1]]), ImmutableMatrix([[-1]])), False),
    (NearestSemidefinite(ImmutableMatrix([[1, 1], [0, 1]]), ImmutableMatrix([[1, 1], [0, 1]])), None),
    (NearestSemidefinite(A, ImmutableMatrix([[1]])), None),
    (NearestSemidefinite(ImmutableMatrix([[t]]), ImmutableMatrix([[t]])), None),
    (GradientStep(Lambda(t, t - 2 * a * t), Lambda(t, t**2), a), True),
    (GradientStep(Lambda(t, t - a * t), Lambda(t, t**2), a), None),  # true for a = 0
    (GradientStep(Lambda(t, t - t), Lambda(t, t**2), 1), False),
    (GradientStep(Lambda((s, t), column(s - 2 * a * s, t - 6 * a * t)), BOWL, a), True),
    (GradientStep(Lambda((s, t), column(s - 2 * s, t - 5 * t)), BOWL, 1), False),
    (GradientStep(Lambda(t, t - a * exp(t)), Lambda(t, exp(t)), a), None),
    (GradientStep(Lambda(u, u - 2 * u), Lambda(t, t**2), 1), None),
    (GradientStep(Lambda(t, t - 4 * Max(0, t) * a), Lambda(t, 2 * Max(0, t) ** 2), a), True),
    (GradientStep(Lambda(t, t - 2 * t * a + 2 * a * Max(0, 1 - t)), Lambda(t, t**2 + Max(0, 1 - t) ** 2), a), True),
    (GradientStep(Lambda(t, t - 3 * Max(0, t) * a), Lambda(t, 2 * Max(0, t) ** 2), a), None),
    (GradientStep(Lambda(t, t - a), Lambda(t, Max(0, t)), a), None),
    (GradientStep(Lambda(t, t - 2 * a * Max(1, t)), Lambda(t, Max(1, t) ** 2), a), None),
    (GradientStep(Lambda(u, u - 2 * a * Max(0, u)), Lambda(t, Max(0, t) ** 2), a), None),
    (GradientStep(Lambda(t, t), Lambda(t, exp(t)), 1), None),
    (GradientStep(Map("F"), Lambda(t, Max(0, t) ** 2), a), None),
    (GradientStep(Lambda(t, t - a * (1 + 2 * Max(0, t))), Lambda(t, Max(0, t) + Max(0, t) ** 2), a), None),
    (HasDerivative(Lambda(t, t**2), Lambda(t, exp(t))), None),
    (HessianRange(Lambda(t, t**2), 0, 2, 2), True),
    (HessianRange(Lambda(t, t**2), 0, 1, 2), False),
    (HessianRange(Lambda(t, t**2), 0, 2, 3), False),
    (HessianRange(Lambda(t, t**2), 1, 2, 2), False),
    (HessianRange(BOWL, column(0, 0), 2, 6), True),
    (HessianRange(BOWL, column(0, 0), 6, 2), False),
    (HessianRange(BOWL, column(0, 0), 3, 5), False),
    (HessianRange(BOWL, column(0, 1), 2, 6), False),
    (HessianRange(CUBIC, column(0, 0, 0), 2, 6), True),
    (HessianRange(CUBIC, column(0, 0, 0), 2, 5), False),
    (HessianRange(CUBIC, column(0, 0, 0), 4, 6), False),
    (HessianRange(CUBIC, column(0, 0, 0), 1, 6), False),
    (HessianRange(CUBIC, column(0, 0, 0), 2, sqrt(36) + sqrt(2)), None),
    (HessianRange(Lambda(t, exp(t)), 0, 1, 1), None),
    (HessianRange(Lambda(t, a * t**2), 0, 2 * a, 2 * a), True),
    (HessianRange(Lambda(t, a * t**2), 0, 2 * b, 2 * b), None),
    (SpectralRadius(Lambda(t, -3 * t), 0, 3), True),
    (SpectralRadius(Lambda(t, -3 * t), 0, -3), False),
    (SpectralRadius(Lambda(t, -3 * t), 1, 3), False),
    (SpectralRadius(Lambda(t, exp(t) - 1), 0, 1), None),
    (SpectralRadius(PAIR, column(0, 0), 3), True),
    (SpectralRadius(PAIR, column(0, 0), 2), False),
    (SpectralRadius(PAIR, column(0, 0), -3), False),
    (SpectralRadius(Lambda((s, t), column(4 * s, -3 * t)), column(0, 0), 4), True),
    (SpectralRadius(Lambda((s, t), column(4 * s, -3 * t)), column(0, 0), 3), False),
    (SpectralRadius(PAIR, column(1, 0), 3), False),
    (SpectralRadius(TURN, column(0, 0), 1), None),
    (Nonsingular(PAIR, column(0, 0)), True),
    (Nonsingular(Lambda(t, t**2), 0), False),
    (Nonsingular(Lambda(t, t**2), 1), True),
    (Nonsingular(Lambda(t, exp(t)), 1), None),
    (Nonsingular(Lambda(t, a * t), 0), None),
    (SpectralNorm(Integer(3), ImmutableMatrix([[3, 0], [0, 2]])), True),
    (SpectralNorm(Integer(2), ImmutableMatrix([[3, 0], [0, 2]])), False),
    (SpectralNorm(Integer(4), ImmutableMatrix([[3, 0], [0, 2]])), False),
    (SpectralNorm(Integer(-3), ImmutableMatrix([[3, 0], [0, 2]])), False),
    (SpectralNorm(Integer(5), ImmutableMatrix([[3, 4]])), True),
    (SpectralNorm(Integer(0), ImmutableMatrix([[0, 0]])), True),
    (SpectralNorm(sqrt(2), ImmutableMatrix([[1, 1]])), None),
    (SpectralNorm(Integer(1), ImmutableMatrix([[t]])), None),
    (SpectralNorm(r, ImmutableMatrix([[1]])), None),
    (SpectralNorm(Integer(1), A), None),
    (AnalyticMinimum(BOWL, column(0, 0)), True),
    (AnalyticMinimum(BOWL, column(0, 1)), None),
    (AnalyticMinimum(Lambda(t, t**4 + 2 * (t - 0) ** 2), 0), True),
    (AnalyticMinimum(Lambda(t, -(t**2)), 0), None),
    (AnalyticMinimum(Lambda(t, t**3), 0), None),
    (AnalyticMinimum(Lambda(t, a * t**2), 0), None),
    (AnalyticMinimum(Lambda(t, exp(t) - 1), 0), None),
    (HasDerivative(Lambda(t, t**3), Lambda(s, 3 * s**2)), True),
    (HasDerivative(Lambda(t, t**3), Lambda(s, 3 * s)), False),
    (HasDerivative(Lambda(t, exp(t)), Lambda(s, exp(s))), None),
    (HasDerivative(f, Lambda(s, s**2)), None),
    (HasDerivative(Lambda(t, a * t), Lambda(t, b)), None),
]


@pytest.mark.parametrize(("notion", "expected"), NOTIONS, ids=str)
def test_a_notion_of_maps_is_decided(notion: Predicate, expected: bool | None) -> None:
    assert notion.decide() is expected


# Letters


def test_what_a_letter_is() -> None:
    assert is_letter(A) and is_letter(X) and is_letter(W(1))
    assert not any(map(is_letter, (t, f(1), Map("F"), W, 2, A * B)))


def test_formulas_are_read_with_matrices() -> None:
    at = {A: 2 * UNIT, B: ImmutableMatrix([[1, 2]]), W(1): UNIT, W(2): 3 * UNIT, X: ImmutableMatrix([[5]])}
    assert interpret(Eq(A, 2), at) is S.true and interpret(Eq(2, A), at) is S.true and interpret(Ne(A, 2), at) is S.false
    assert interpret(Eq(B, 0), at) is S.false and interpret(Eq(A, 3), at) is S.false
    assert interpret(And(Eq(A, 2), t > Trace(A)), at) == (t > 4)
    assert interpret(ForAll(j, And(j >= 1, j <= 2), Eq(Trace(W(j)), 2)), at) is S.false
    assert interpret(ForAll(j, And(j >= 2, j <= 2), Eq(Trace(W(j)), 6)), at) is S.true
    assert interpret(ForAll(j, And(j >= 2, j <= 1), Eq(W(j), 0)), at) is S.true
    assert interpret(Opaque(Lambda(j, W(j)), 2, A, t), at) == Opaque((UNIT, 3 * UNIT), 2, 2 * UNIT, t)
    assert interpret(Opaque(Lambda(t, t * A)), at) == Opaque(Lambda(t, 2 * t * UNIT))  # a curve stays a function
    assert interpret(Opaque(Lambda(t, t * X)), at) == Opaque(Lambda(t, 5 * t))
    assert interpret(Opaque(Lambda(t, t * B)), at) == Opaque(Lambda(t, ImmutableMatrix([[t, 2 * t]])))
    assert interpret(Opaque(X), at) == Opaque(5) and interpret(Opaque(Lambda(t, t**2)), at) == Opaque(Lambda(t, t**2))
    assert interpret(Eq(t, Sum(j, (j, 1, 3))), at) == Eq(t, Sum(j, (j, 1, 3)))
    assert interpret(Eq(Trace(A), Sum(j, (j, 1, 3))), at) is S.false and interpret(Eq(Trace(A), 4 + 0 * Sum(j, (j, 1, 3))), at) is S.true
    for formula in (Eq(A, B), Eq(B, 1), Gt(A, A, evaluate=False)):
        with pytest.raises(NotProved, match="compare"):
            interpret(formula, at)
    for end in (n, t):
        with pytest.raises(NotProved, match="is not bounded by numbers"):
            interpret(ForAll(j, And(j >= 1, j <= end), Eq(W(j), 0)), at)


def test_a_theorem_about_all_letters_holds_for_those_of_the_point() -> None:
    """Where all letters are 1 x 1: elsewhere a product of them need not make sense."""
    moves = cite("straight-line", A * B, B * A, t)
    statement = Statement((moves.then, Eq(A, 2)), Eq(A, 3))
    assert counterexample(statement, {A: [[2]], B: [[1]]}, moves).premises == (moves,)
    for point in ({A: [[3]], B: [[1]]}, {A: [[2, 0], [0, 2]], B: [[1, 1, 0], [0, 1, 0]]}):
        with pytest.raises(NotProved):
            counterexample(statement, point, moves)
    with pytest.raises(NotProved, match="needs"):
        counterexample(Statement((Eq(A, 3),), Eq(A, 4)), {A: [[2]]}, assume(Eq(A, 3)))
    with pytest.raises(NotProved, match="needs"):
        counterexample(Statement((Eq(A, 2),), Eq(A, 2)), {A: [[2]]}, assume(Not(Eq(A, 2), evaluate=False)))


def test_the_point_of_an_instance_is_read_once() -> None:
    assert instance(assume(t > s), {t: s, s: t}).then == (s > t)
    attempts: list[Callable[[], Any]] = [lambda: witness(Statement((), t >= 0), {t: oo}), lambda: witness(Statement((), t >= 0), {t: A})]
    for attempt in attempts:
        with pytest.raises((NotProved, KernelError, ValueError)):
            attempt()
    assert decide(Abs(S(-2)) > p) is None


def test_a_curve_of_numbers_given_as_matrices() -> None:
    A, B = symbols("A B", commutative=False)
    moves = Statement((Velocity(Lambda(t, t * A + t**2 * B), A),), BigO(Lambda(t, t**2 * B), 2))
    assert witness(moves, {A: [[2]], B: [[5]]}).point
    assert counterexample(moves.with_then(BigO(Lambda(t, t**2 * B), 3)), {A: [[2]], B: [[5]]}).conclusion


def test_a_long_iterate_stays_as_it_is() -> None:
    """The square of a fraction, again and again, has twice as many digits each time."""
    square = Lambda(t, t**2)
    assert Iterate(square, Rational(3, 2), 3) == Rational(3, 2) ** 8
    assert Iterate(square, Rational(3, 2), 60).func is Iterate
    assert decide(Eq(Iterate(square, Rational(3, 2), 60), 0)) is None
