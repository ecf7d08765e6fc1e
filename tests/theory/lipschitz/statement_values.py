"""Statements in forty digits: numbers and explicit matrices for the letters, derivatives by differences, quantifiers on samples.

Nothing here comes from the kernel: a statement is read once more, so that what is printed is compared with numbers found without it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import mpmath
import numpy as np
from mpmath import mpf
from sympy import Abs, Add, And, Expr, Max, Mul, Or, Pow, Rational, S, Sum, exp, log, sign
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational
from sympy.functions.elementary.complexes import transpose

from theory.proof import (
    Entrywise,
    Exists,
    ForAll,
    HasDerivative,
    Implies,
    Not,
    PartialDerivatives,
    SpectralNorm,
    Statement,
    Trace,
    Velocity,
)
from theory.proof.words import ColumnOf

DIGITS = 40
TINY = mpf(10) ** -12  # a central difference errs by the third derivative times 1e-24
EQUAL = mpf(10) ** -18
INDICES = range(-1, 9)  # of layers, samples, steps and classes: the instances have fewer
SAMPLES = "samples"  # the key of what quantified numbers and matrices range over

Point = Mapping[Any, Any]  # letters -> numbers, object arrays of mpf, or Python functions
Sides = tuple[str, Any, Any]  # "<=", "<", "=" or "!=", with both sides

_FUNCTIONS: dict[type, Callable[..., Any]] = {exp: mpmath.exp, log: mpmath.log, Abs: abs, Max: max, sign: mpmath.sign}


def value(e: Expr, at: Point) -> Any:
    """The value of a term; letters are matrices, and the number 1 beside matrices is the identity."""
    if e in at:
        return at[e]
    if isinstance(e, Rational):
        return mpf(int(e.p)) / int(e.q)
    if isinstance(e, Sum):
        *others, (index, low, high) = e.limits
        body = e.func(e.function, *others) if others else e.function
        return reduce(_plus, (value(body, {**at, index: n}) for n in range(int(value(low, at)), int(value(high, at)) + 1)), mpf(0))
    if isinstance(e, Trace):
        return np.trace(value(e.args[0], at))
    if isinstance(e, transpose):
        return value(e.args[0], at).T
    if isinstance(e, ColumnOf):
        column = int(value(e.args[1], at))
        assert column >= 1
        return value(e.args[0], at)[:, [column - 1]]
    if isinstance(e, AppliedUndef):
        return at[e.func](*(value(a, at) for a in e.args))
    values = [value(a, at) for a in e.args]
    if isinstance(e, Add):
        return reduce(_plus, values)
    if isinstance(e, Mul):
        return reduce(_times, values)
    if isinstance(e, Pow):
        return reduce(_times, [values[0]] * int(e.exp)) if isinstance(values[0], np.ndarray) else values[0] ** values[1]
    return _FUNCTIONS[type(e)](*values)


def _plus(one: Any, other: Any) -> Any:
    if isinstance(one, np.ndarray) != isinstance(other, np.ndarray):
        matrix, number = (one, other) if isinstance(one, np.ndarray) else (other, one)
        return matrix if number == 0 else matrix + number * np.array(mpmath.eye(len(matrix)).tolist())
    return one + other


def _times(one: Any, other: Any) -> Any:
    return one @ other if isinstance(one, np.ndarray) and isinstance(other, np.ndarray) else one * other


def sides(formula: Any, at: Point) -> Sides:
    """A relation, with the smaller side first; of an equation both, sorted."""
    assert isinstance(formula, Relational), formula
    left, right = (value(side, at) for side in formula.args)
    if formula.rel_op in (">", ">="):
        return formula.rel_op.replace(">", "<"), right, left
    if formula.rel_op in ("<", "<="):
        return formula.rel_op, left, right
    sort = isinstance(left, mpf) and isinstance(right, mpf)
    return formula.rel_op.replace("==", "="), *(sorted((left, right)) if sort else (left, right))


def holds(relation: Sides) -> bool:
    """Whether it is true, up to the last digits: of a strict one, beyond them."""
    how, left, right = relation
    apart = np.max(np.abs(_plus(left, -1 * right))) if how in ("=", "!=") else left - right
    return bool({"=": apart < EQUAL, "!=": apart > EQUAL, "<=": apart < EQUAL, "<": apart < -EQUAL}[how])


def true(formula: Any, at: Point) -> bool:
    """The truth of a formula at a point."""
    if formula in (S.true, S.false):
        return formula is S.true
    if isinstance(formula, And | Or):
        return (all if isinstance(formula, And) else any)(true(part, at) for part in formula.args)
    if isinstance(formula, Not):
        return not true(formula.args[0], at)
    if isinstance(formula, Implies):
        return not true(formula.args[0], at) or true(formula.args[1], at)
    if isinstance(formula, ForAll | Exists):
        variable, condition, body = formula.args
        values = [mpf(n) for n in INDICES] if variable.is_integer else at[SAMPLES][variable]
        cases = ({**at, variable: v} for v in values if true(condition, {**at, variable: v}))
        return (all if isinstance(formula, ForAll) else any)(true(body, case) for case in cases)
    if isinstance(formula, Velocity):
        path, speed = formula.args
        return bool(abs(rate(path.expr, path.variables[0], {**at, path.variables[0]: mpf(0)}) - value(speed, at)) < EQUAL)
    if isinstance(formula, HasDerivative | PartialDerivatives):
        curve, *slopes = formula.args
        places = [dict(zip(curve.variables, place, strict=True)) for place in itertools.product(*(at[SAMPLES][v] for v in curve.variables))]
        pairs = list(zip(curve.variables, slopes, strict=True))
        return all(abs(rate(curve.expr, v, {**at, **place}) - value(p.expr, {**at, **place})) < EQUAL for place in places for v, p in pairs)
    if isinstance(formula, SpectralNorm):
        return bool(abs(value(formula.args[0], at) - spectral_norm(value(formula.args[1], at))) < EQUAL)
    if isinstance(formula, Entrywise):
        rule, before, after = formula.args
        pairs = zip(value(before, at).flat, value(after, at).flat, strict=True)
        return all(abs(value(rule.expr, {rule.variables[0]: one}) - other) < EQUAL for one, other in pairs)
    return holds(sides(formula, at))


def rate(curve: Expr, variable: Any, at: Point) -> Any:
    """How fast it changes with the variable, by a central difference."""
    ends = [value(curve, {**at, variable: at[variable] + side * TINY}) for side in (1, -1)]
    return (ends[0] - ends[1]) / (2 * TINY)


def spectral_norm(matrix: Any) -> mpf:
    """The largest singular value."""
    return mpmath.sqrt(max(mpmath.eigsy(mpmath.matrix((matrix.T @ matrix).tolist()), eigvals_only=True)))


def size(matrix: Any) -> mpf:
    """The root of the sum of the squares of the entries."""
    return mpmath.sqrt(sum(x * x for x in matrix.flat))


def relations(statement: Statement, at: Point) -> list[Sides]:
    """All relations of the conclusion, disjuncts and negated ones too, that no quantifier binds."""
    found, waiting = [], [statement.then]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Relational):
            found.append(sides(part, at))
        elif isinstance(part, And | Or | Not | Implies):
            waiting += part.args
    return found


def same_relations(one: Sequence[Sides], other: Sequence[Sides]) -> bool:
    """Whether they are the same, in some order, up to the last digits."""
    return len(one) == len(other) and any(all(map(_same, one, order)) for order in itertools.permutations(other))


def _same(one: Sides, other: Sides) -> bool:
    if one[0] in ("=", "!=") and isinstance(one[1], mpf):
        other = (other[0], *sorted(other[1:]))
    return one[0] == other[0] and all(holds(("=", left, right)) for left, right in zip(one[1:], other[1:], strict=True))


__all__ = ["DIGITS", "SAMPLES", "relations", "same_relations", "size", "spectral_norm", "true"]
