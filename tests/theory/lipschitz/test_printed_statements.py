"""The statements of section 5 themselves, printed and amended, in forty digits: derivatives by differences, quantifiers on samples.

Each row gives a point and the truth of every part of the conclusion there, so that a changed statement turns its row red.
"""

from __future__ import annotations

from typing import Any

import mpmath
import pytest
from sympy import And, Expr, Lambda, Or, Rational, S, lambdify, log
from sympy.core.relational import Eq, Relational

from theory.lipschitz import cross_entropy, logit_slopes, softmax_derivatives, softmax_slopes
from theory.lipschitz.symbols import K_z, activation, j, k, label, logit, m, numerator, others, row, weight, z
from theory.proof import Exists, ForAll, Not, Statement, Velocity, substitute

DIGITS = 40
TINY = mpmath.mpf(10) ** -12  # a central difference errs by the third derivative times 1e-24
EQUAL = mpmath.mpf(10) ** -18
SAMPLES = [Rational(n, 8) for n in range(1, 8)] + [Rational(n, 2) for n in range(-30, 31)] + [log(4)]  # for every variable


def number(e: Expr) -> Any:
    return lambdify((), e.doit(), "mpmath")()


def true(formula: Any) -> bool:
    """The truth of a formula whose variables are all bound."""
    if formula in (S.true, S.false):
        return formula is S.true
    if isinstance(formula, And | Or):
        return (all if isinstance(formula, And) else any)(true(part) for part in formula.args)
    if isinstance(formula, Not):
        return not true(formula.args[0])
    if isinstance(formula, ForAll | Exists):
        variable, condition, body = formula.args
        values = [value for value in SAMPLES if true(substitute(condition, {variable: value}))]
        return (all if isinstance(formula, ForAll) else any)(true(substitute(body, {variable: value})) for value in values)
    if isinstance(formula, Velocity):
        path, rate = formula.args
        ends = [lambdify(path.variables, path.expr.doit(), "mpmath")(side * TINY) for side in (1, -1)]
        return bool(abs((ends[0] - ends[1]) / (2 * TINY) - number(rate)) < EQUAL)
    assert isinstance(formula, Relational), formula
    left, right = (number(side) for side in formula.args)
    if isinstance(formula, Eq):
        return bool(abs(left - right) < EQUAL)
    return bool({"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right, "!=": left != right}[formula.rel_op])


def parts(statement: Statement) -> list[Any]:
    """The conclusion's conjuncts, derivatives first, then by their text."""
    found = list(statement.then.args) if isinstance(statement.then, And) else [statement.then]
    return sorted(found, key=lambda part: (not isinstance(part, Velocity), str(part)))


ONE, TWO = {m: 1, label: 0}, {m: 2, label: 1}
BEND = {m: 2, label: 1, weight: Rational(1, 3), activation: Rational(-3, 2)}
PLAIN = {m: 3, label: 0, weight: 2, activation: 1}
FLAT = {m: 2, label: 1, weight: 3, activation: 0}
MANY = {others: 3, numerator: 2, z: Rational(1, 2)}
CLASSES = {m: 2, k: 3, row: 2, label: 1, logit: Lambda(j, j / 2)}
WRONG = {**CLASSES, label: 0, logit: Lambda(j, -9 * (2 - j) ** 2)}  # confident of the class 2, which is not true
EVEN = {**CLASSES, logit: Lambda(j, j - j)}
# (claim, statement, point, the truth of each part)
ROWS = [
    ("text-max-at-0", cross_entropy.max_at_0, ONE, [False]),
    ("text-max-at-0", cross_entropy.max_amended, ONE, [True, True]),
    ("equation-17", cross_entropy.half_of_1_over_m, TWO, [True, False]),
    ("equation-17", cross_entropy.half_amended, TWO, [True, True]),
    ("equation-18", cross_entropy.half_of_K, {**TWO, K_z: 3}, [True, False]),
    ("equation-18", cross_entropy.half_of_K_amended, {**TWO, K_z: 3}, [True, True]),
    ("equation-15", logit_slopes.derived, {**TWO, z: Rational(-1, 3)}, [True]),
    ("equation-15", logit_slopes.derived, {**ONE, z: 2}, [True]),
    ("equation-16", logit_slopes.bends, BEND, [True, False]),
    ("equation-16", logit_slopes.bends, PLAIN, [True, True]),
    ("equation-16", logit_slopes.bends_amended, BEND, [True, True]),
    ("text-16-zero", logit_slopes.zero, FLAT, [True, True, True, False]),
    ("text-16-zero", logit_slopes.zero_amended, FLAT, [True, True, True, True, True]),
    ("equation-21", softmax_derivatives.jacobian, MANY, [True, True]),
    ("equation-22", softmax_derivatives.in_a_weight, {**MANY, **BEND, K_z: 2}, [False]),
    ("equation-22", softmax_derivatives.in_a_weight, {**MANY, **BEND, activation: 2, K_z: 2}, [True]),
    ("equation-22", softmax_derivatives.in_a_weight_amended, {**MANY, **BEND, K_z: 2}, [True, True]),
    ("equation-20", softmax_derivatives.in_a_value, {m: 2, label: 1, activation: Rational(1, 3), others: 1}, [True]),
    ("text-act-derivs", softmax_derivatives.below_1, MANY, [True] * 8),
    ("text-limiting", softmax_slopes.limiting, WRONG, [False, True]),
    ("text-limiting", softmax_slopes.limiting, EVEN, [True, True]),
    ("text-limiting", softmax_slopes.limiting_amended, WRONG, [True, True]),
    ("equation-23", softmax_slopes.largest, {**WRONG, K_z: 3}, [True, False]),
    ("equation-23", softmax_slopes.largest, {**EVEN, K_z: 3}, [True, True]),
    ("equation-23", softmax_slopes.largest_amended, {**WRONG, K_z: 3}, [True, True]),
]


@pytest.mark.parametrize(
    ("claim", "statement", "point", "truths"),
    [pytest.param(*entry, marks=pytest.mark.claim(f"yedida-saha:{entry[0]}"), id=f"{entry[0]}-{i}") for i, entry in enumerate(ROWS)],
)
def test_the_statement_at_a_point(claim: str, statement: Statement, point: dict[Any, Any], truths: list[bool]) -> None:
    with mpmath.workdps(DIGITS):
        assert statement.source == f"yedida-saha:{claim}"
        assert all(true(substitute(hypothesis, point)) for hypothesis in statement.given)
        assert [true(substitute(part, point)) for part in parts(statement)] == truths
