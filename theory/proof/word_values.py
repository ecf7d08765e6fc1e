"""Words of matrices at explicit matrices: exact values, and the second route of every identity at random integer matrices."""

from __future__ import annotations

import random
from collections.abc import Mapping
from math import prod
from typing import Any

from sympy import (
    Add,
    ImmutableMatrix,
    Integer,
    MatrixExpr,
    MatrixSymbol,
    Mul,
    Pow,
    Product,
    S,
    Sum,
    Symbol,
    expand,
)
from sympy.core.function import AppliedUndef
from sympy.functions.elementary.complexes import transpose
from sympy.matrices.exceptions import ShapeError

from theory.proof.language import TOTAL
from theory.proof.logic import substitute
from theory.proof.theorem import (
    NotProved,
)
from theory.proof.words import Column, ColumnOf, Trace

SIDE = 3  # the second route draws 3 x 3 matrices: commuting by accident has measure zero from 2 x 2 on


def sample_words(lhs: Any, rhs: Any, seed: int = 0) -> None:
    """The second route: both sides at random integer matrices; a difference raises `NotProved`."""
    left = 3
    for attempt in range(20):  # a draw may divide by 0
        dice = random.Random(f"{seed}:{attempt}:{lhs}:{rhs}")
        try:
            gap = _evaluate(lhs - rhs, dice, {})
        except _DividesByZero:
            continue
        if isinstance(gap, (ImmutableMatrix, MatrixExpr)):
            entries = list(ImmutableMatrix(gap))
        else:
            entries = [gap]
        if any(expand(x) is not S.Zero for x in entries):
            raise NotProved(f"{lhs} = {rhs} passed the normal form but fails on random matrices")
        left -= 1
        if not left:
            return
    raise NotProved(f"{lhs} = {rhs} passed the normal form, but a side divides by 0 wherever it was drawn")


def evaluate_word(e: Any, letters: Mapping[Any, ImmutableMatrix]) -> Any:
    """The value of a word or of a trace for explicit matrices.

    Raises:
        NotProved: a letter has no value, or shapes do not fit.
    """
    try:
        return _evaluate(e, _NoDice(), dict(letters))
    except ShapeError as error:
        raise NotProved(f"{e}: the matrices do not fit ({error})") from None


class _DividesByZero(NotProved):
    """No value at this draw."""


class _NoDice(random.Random):
    def randint(self, *_: int) -> int:
        raise NotProved("a letter of the statement has no value at this point")


def _evaluate(e: Any, dice: random.Random, seen: dict[Any, Any]) -> Any:
    if isinstance(e, Sum) or (isinstance(e, Product) and e.is_commutative):
        *others, (index, low, high) = e.limits  # of a double sum, the outermost comes off first
        body = e.func(e.function, *others) if others else e.function
        ends = [int(_evaluate(x, dice, seen)) for x in (low, high)]
        if ends[1] < ends[0] - 1:
            raise NotProved(f"{e} runs backwards in the sample")
        terms = [_evaluate(substitute(body, {index: Integer(i)}), dice, seen) for i in range(ends[0], ends[1] + 1)]
        if isinstance(e, Product):
            return prod(terms, start=S.One)
        terms = [x for x in terms if x is not S.Zero]  # an empty sum of matrices is 0, of no shape
        return sum(terms[1:], terms[0]) if terms else S.Zero
    if isinstance(e, Trace):
        value = _evaluate(e.args[0], dice, seen)
        if not isinstance(value, ImmutableMatrix):
            raise NotProved(f"{e}: the trace of a number depends on the size of the identity")
        return value.trace()
    if isinstance(e, transpose):
        value = _evaluate(e.args[0], dice, seen)
        return value.T if isinstance(value, ImmutableMatrix) else value
    if isinstance(e, ColumnOf):
        return _column_of(e, dice, seen)
    if isinstance(e, MatrixExpr) and not isinstance(e, MatrixSymbol):
        args = [_evaluate(a, dice, seen) for a in e.args]
        return e.func(*args).doit()
    if isinstance(e, (Symbol, AppliedUndef, MatrixSymbol)):
        return _draw(e, dice, seen)
    if isinstance(e, Add):
        values = [_evaluate(a, dice, seen) for a in e.args]
        matrices = [v for v in values if isinstance(v, ImmutableMatrix)]
        if matrices and len(matrices) < len(values):
            # in an algebra of words the number 1 is the identity matrix
            values = [v if isinstance(v, ImmutableMatrix) else v * ImmutableMatrix.eye(matrices[0].rows) for v in values]
        return sum(values[1:], values[0])
    if isinstance(e, Mul):
        result = S.One
        for a in e.args:
            result = result * _evaluate(a, dice, seen)
        return result
    if isinstance(e, Pow):
        base, exponent = _evaluate(e.base, dice, seen), _evaluate(e.exp, dice, seen)
        if base is S.Zero and exponent.is_negative:
            raise _DividesByZero(f"{e}: division by 0")
        return base**exponent
    if not e.args:
        return e
    if type(e) in TOTAL:  # a function of numbers
        return e.func(*(_evaluate(a, dice, seen) for a in e.args))
    raise NotProved(f"{e} cannot be sampled")


def _column_of(e: ColumnOf, dice: random.Random, seen: dict[Any, Any]) -> ImmutableMatrix:
    matrix, index = e.args[0], int(_evaluate(e.args[1], dice, seen))
    if matrix in seen:
        if not 1 <= index <= seen[matrix].cols:
            raise NotProved(f"{e}: the matrix has {seen[matrix].cols} columns, there is none with number {index}")
        return seen[matrix][:, index - 1]
    # a sample: any column will do, and sums may run past the size of the matrices drawn
    return _draw(Column(f"{matrix}[{index}]"), dice, seen)


def _draw(e: Any, dice: random.Random, seen: dict[Any, Any]) -> Any:
    if isinstance(e, AppliedUndef):
        e = e.func(*(_evaluate(a, dice, seen) for a in e.args))
    if e not in seen:
        if isinstance(e, MatrixSymbol):
            shape = [int(_evaluate(n, dice, seen)) for n in e.shape]
        else:
            shape = [SIDE, 1 if isinstance(e, Column) else SIDE]
        if e.is_commutative and not isinstance(e, MatrixSymbol):
            seen[e] = Integer(dice.randint(2, 4)) if e.is_integer else Integer(dice.randint(-9, 9))
        else:
            seen[e] = ImmutableMatrix(*shape, lambda *_: dice.randint(-5, 5))
    return seen[e]
