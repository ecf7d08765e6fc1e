"""Exact instances of statements about matrices: explicit matrices for the letters, bounded quantifiers and sums written out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sympy import Eq, Expr, ImmutableMatrix, Integer, Lambda, Ne, S, Sum, Tuple, sympify
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational

from theory.proof.kernel import (
    index_range,
)
from theory.proof.language import Map
from theory.proof.logic import And, Boolean, Exists, ForAll, Implies, Not, Or, Predicate, substitute
from theory.proof.theorem import (
    NotProved,
)
from theory.proof.word_values import evaluate_word
from theory.proof.words import Column, Trace

Letters = Mapping[Any, ImmutableMatrix]
SHORT = 64  # layers, points or steps that are looked at one by one


def is_letter(key: Any) -> bool:
    """Whether `key` stands for a matrix: a non-commutative symbol, or W(3)."""
    matrix = isinstance(key, Expr) and key.is_commutative is False and not isinstance(key, Map)
    return matrix and (key.is_Symbol or isinstance(key, AppliedUndef))


def interpret(formula: Any, letters: Letters) -> Boolean:
    """`formula` with explicit matrices for its letters: a Boolean about numbers and explicit matrices.

    Raises:
        NotProved: a letter has no value, an index range is not bounded by numbers, or shapes do not fit.
    """
    b = sympify(formula)
    if isinstance(b, (And, Or, Not, Implies)):
        return b.func(*(interpret(a, letters) for a in b.args))
    if isinstance(b, ForAll) and b.variable.is_integer and (_has_letters(b) or is_short(b)):
        return And(*(interpret(case, letters) for case in written_out(b)))
    if isinstance(b, (ForAll, Exists)) and _has_letters(b):
        return _under_quantifier(b, letters)
    if isinstance(b, Predicate):
        return b.func(*(_argument(a, b, letters) for a in b.args))
    if isinstance(b, Relational) and _has_letters(b):
        return _relation(b, letters)
    return b


def _under_quantifier(b: ForAll | Exists, letters: Letters) -> Boolean:
    """A number that is quantified stays as it is."""
    variable = b.variable
    if variable.is_commutative is False or any(variable in m.free_symbols for m in letters.values() if m is not variable):
        raise NotProved(f"{b}: {variable} is no number, or occurs in a matrix of the point")
    return b.func(variable, *(interpret(part, {**letters, variable: variable}) for part in b.args[1:]))


def _has_letters(e: Any) -> bool:
    return e.has(Trace) or any(not s.is_commutative for s in e.atoms(AppliedUndef) | e.free_symbols)


def _range(b: ForAll) -> list[Integer]:
    low, high = index_range(b.variable, b.args[1])
    if b.variable.is_integer is not True:
        raise NotProved(f"{b} speaks of all numbers between its ends, not of the integers only")
    if not (isinstance(low, Integer) and isinstance(high, Integer)):
        raise NotProved(f"the range of {b} is not bounded by numbers, so it cannot be written out")
    return [Integer(n) for n in range(int(low), int(high) + 1)]


def written_out(b: ForAll) -> list[Boolean]:
    """What a statement about the integers of a bounded range says, one by one."""
    return [substitute(b.args[2], {b.variable: n}) for n in _range(b)]


def is_short(b: ForAll) -> bool:
    """Whether a statement about numbers says finitely many things, few enough to look at each."""
    try:
        return len(_range(b)) <= SHORT
    except NotProved:
        return False


def _relation(b: Relational, letters: Letters) -> Boolean:
    left, right = (_value(side, letters) for side in b.args)
    if isinstance(left, ImmutableMatrix) != isinstance(right, ImmutableMatrix):
        matrix = left if isinstance(left, ImmutableMatrix) else right
        if matrix.rows != matrix.cols:
            # only 0 can be compared with a matrix that is not square
            if right is not S.Zero:
                raise NotProved(f"{b}: a number is compared with a {matrix.rows} x {matrix.cols} matrix")
            right = ImmutableMatrix.zeros(*matrix.shape)
        else:
            left, right = (s if isinstance(s, ImmutableMatrix) else s * ImmutableMatrix.eye(matrix.rows) for s in (left, right))
    if isinstance(left, ImmutableMatrix):
        if left.shape != right.shape or not isinstance(b, (Eq, Ne)):
            raise NotProved(f"{b} compares a {left.shape} with a {right.shape} matrix")
        equal = And(*(Eq(x, 0) for x in left - right))
        return equal if isinstance(b, Eq) else Not(equal)
    return b.func(left, right)


def _argument(a: Any, b: Predicate, letters: Letters) -> Any:
    """A family Lambda(j, W(j)) in a predicate becomes the tuple of its matrices, for j = 1 to the depth; a point of R^1 is a number.

    A curve is a function of a real number, and stays one.
    """
    if isinstance(a, Column):
        value = _value(a, letters)
        return value[0] if value.shape == (1, 1) else value
    if isinstance(a, Lambda) and _has_letters(a) and a.variables[0].is_real and a.variables[0].is_integer is not True:
        return _curve(a, letters)
    if isinstance(a, Lambda) and _has_letters(a):
        depth = b.args[b.args.index(a) + 1]  # by convention the depth follows the family
        return Tuple(*(_value(a(Integer(i)), letters) for i in range(1, int(depth) + 1)))
    return _value(a, letters) if isinstance(a, Expr) and _has_letters(a) else a


def _curve(a: Lambda, letters: Letters) -> Lambda:
    """A function of one real number, with explicit matrices as its values; numbers where they are 1 x 1."""
    t = a.variables[0]
    if len(a.variables) > 1 or any(t in m.free_symbols for m in letters.values() if m is not t):
        raise NotProved(f"{a} is no curve, or its variable occurs in a matrix of the point")
    value = _value(a.expr, {**letters, t: t})
    return Lambda(t, value[0] if isinstance(value, ImmutableMatrix) and value.shape == (1, 1) else value)


def _value(e: Expr, letters: Letters) -> Any:
    if not _has_letters(e):
        return e.doit() if e.has(Sum) else e
    return evaluate_word(e, letters)
