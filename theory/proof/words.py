"""Products of matrices as words: normal forms for non-commutative expressions, their traces, and sums over a symbolic index.

A matrix is a non-commutative symbol or an applied function such as W(j), whatever its shape; a `Column` is a column vector.
An identity between words holds for all shapes for which both sides make sense, so depth, widths and dimensions stay symbolic.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from math import prod
from typing import Any

from sympy import (
    Add,
    Dummy,
    Eq,
    Expr,
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
    diff,
    expand,
    sympify,
)
from sympy.core.function import AppliedUndef
from sympy.functions.elementary.complexes import transpose
from sympy.matrices.exceptions import ShapeError

from theory.proof.language import WORDS, conditions
from theory.proof.logic import substitute
from theory.proof.theorem import (
    KernelError,
    NotProved,
    rule,
)
from theory.proof.values import (
    SHAPES,
)

INDEX = Dummy("index", integer=True)  # every bound index is renamed to this; no formula from outside can contain it
SIDE = 3  # the second route draws 3 x 3 matrices: commuting by accident has measure zero from 2 x 2 on


class Column(Symbol):
    """A column vector; its transpose is a row, and a row times a column is a number.

    Example:
        >>> u = Column("u")
        >>> Trace(u * transpose(u))
        Trace(u*transpose(u))
    """

    def __new__(cls, name: str, **_: Any) -> Column:
        return Symbol.__new__(cls, name, commutative=False)


class Trace(Expr):
    """The trace of a word, a real number; `Trace(x * transpose(y))` is the inner product of two columns.

    It differentiates with respect to numbers, and distributes over sums in the normal form only.
    """

    is_commutative = True
    is_real = True

    def __new__(cls, word: Any) -> Expr:
        word = sympify(word)
        return S.Zero if word is S.Zero else Expr.__new__(cls, word)

    def _eval_derivative(self, variable: Symbol) -> Expr:
        return Trace(diff(self.args[0], variable))


class ColumnOf(Expr):
    """`ColumnOf(X, i)`: the i-th column of the matrix X, counted from 1; itself a column, as `Column` is.

    Example:
        >>> from sympy import ImmutableMatrix, Integer, Symbol
        >>> X = Symbol("X", commutative=False)
        >>> evaluate_word(ColumnOf(X, Integer(2)), {X: ImmutableMatrix([[1, 2], [3, 4]])})
        Matrix([
        [2],
        [4]])
    """

    is_commutative = False

    def __new__(cls, matrix: Any, index: Any) -> Expr:
        matrix, index = sympify(matrix), sympify(index)
        if matrix.is_commutative is not False or index.is_integer is not True:
            raise ValueError(f"ColumnOf takes a matrix symbol and an integer, found {matrix} and {index}")
        return Expr.__new__(cls, matrix, index)


WORDS |= {Column, ColumnOf, Trace}


def _is_column(letter: Any) -> bool:
    return isinstance(letter, (Column, ColumnOf))


def _column_value(key: Column, value: Any) -> None:
    """A column takes columns: words whose last letter is a column that no row has turned into a number."""
    if isinstance(value, ImmutableMatrix) and value.cols == 1:
        return
    for term in Add.make_args(expand(value)):
        letters = tuple(x for f in Mul.make_args(term) if f.is_commutative is False for x in _letters(f))
        columns = [i for i, x in enumerate(letters) if _is_column(x)]
        rows = [i for i, x in enumerate(letters) if _is_row(x)]
        if not columns or columns[-1] != len(letters) - 1 or rows != [i + 1 for i in columns[:-1]]:
            raise KernelError(f"{key} is a column, and {term} is not known to be")


def _is_row(letter: Expr) -> bool:
    return isinstance(letter, transpose) and _is_column(letter.args[0])


SHAPES[Column] = _column_value


def inner(x: Any, y: Any) -> Expr:
    """<x, y> = trace(x' y), for columns and for matrices (Frobenius)."""
    return Trace(transpose(x) * y)


def squared_norm(x: Any) -> Expr:
    """||x||^2 = trace(x' x)."""
    return inner(x, x)


Rules = tuple[tuple[tuple[Expr, ...], Expr], ...]


def normal_word(expr: Any, rules: Rules = ()) -> Any:
    """The normal form: expanded, sums over one index merged term by term, traces cyclic, cut at columns, and expanded.

    `rules` are oriented equations (word, replacement), applied until none fits.
    """
    expr = expand(sympify(expr))
    total = expand(Add(*(_normal_term(term, rules) for term in Add.make_args(expr))))
    return _merge_sums(Add(*(_combine_powers(term) for term in Add.make_args(total))), rules)


def _combine_powers(term: Expr) -> Expr:
    """b**m b**n as b**(m + n) among the numbers of a product; they are equal wherever both powers are numbers (0**0 = 1)."""
    exponents: dict[Expr, Expr] = {}
    others = []
    for factor in Mul.make_args(term):
        base, exponent = (factor.base, factor.exp) if isinstance(factor, Pow) else (factor, S.One)
        if factor.is_commutative and not base.is_number:
            exponents[base] = exponents.get(base, S.Zero) + exponent
        else:
            others.append(factor)
    return Mul(*(base ** expand(exponent) for base, exponent in exponents.items()), *others)


def _normal_term(term: Expr, rules: Rules) -> Expr:
    numbers: list[Expr] = []
    letters: list[Expr] = []
    for factor in Mul.make_args(term):
        if factor.is_commutative is False:
            letters.extend(_letters(factor))
        else:
            numbers.append(_normal_number(factor, rules))
    for position, letter in enumerate(letters):
        if isinstance(letter, Sum):
            # factors without the index move under the sum
            return _normal_sum(_times((*numbers, *letters[:position]), letter, letters[position + 1 :]), rules)
    sums = [n for n in numbers if isinstance(n, Sum)]
    if len(sums) == 1 and len(numbers) > 1:
        return _normal_sum(_times([n for n in numbers if n is not sums[0]], sums[0], ()), rules)
    return expand(Mul(*numbers) * _rewrite(tuple(letters), rules))


def _times(before: Iterable[Expr], total: Sum, after: Iterable[Expr]) -> Sum:
    """A product with a sum as a sum of products; the index is renamed first, so that it captures no factor."""
    factors = Mul(*before), Mul(*after)
    body, low, high = _renamed(total)
    if any(INDEX in f.free_symbols for f in factors):
        raise NotProved(f"{total}: a product of sums has no normal form")
    return Sum(factors[0] * body * factors[1], (INDEX, low, high))


def _renamed(total: Sum) -> tuple[Expr, Expr, Expr]:
    """The body of a single sum with the index `INDEX`, and its ends."""
    if len(total.limits) != 1 or INDEX in total.free_symbols:
        raise NotProved(f"{total}: only single sums have a normal form, not sums over sums")
    ((index, low, high),) = total.limits
    return substitute(total.function, {index: INDEX}), low, high


def _letters(factor: Expr) -> list[Expr]:
    if isinstance(factor, Pow) and isinstance(factor.exp, Integer) and factor.exp > 0:
        return _letters(factor.base) * int(factor.exp)
    if isinstance(factor, Mul):
        return [x for f in factor.args for x in _letters(f)]
    return [factor]


def _normal_number(factor: Expr, rules: Rules) -> Expr:
    if isinstance(factor, Trace):
        return _normal_trace(factor.args[0], rules)
    if isinstance(factor, Sum):
        return _normal_sum(factor, rules)
    if isinstance(factor, Pow) and factor.has(Trace):
        return Pow(normal_word(factor.base, rules), factor.exp)
    return factor


def _rewrite(letters: tuple[Expr, ...], rules: Rules) -> Expr:
    for word, replacement in rules:
        for start in range(len(letters) - len(word) + 1):
            if letters[start : start + len(word)] == word:
                result = Mul(*letters[:start]) * replacement * Mul(*letters[start + len(word) :])
                return normal_word(result, rules)
    return Mul(*letters)


def _normal_trace(word: Expr, rules: Rules) -> Expr:
    total = []
    # rules wait until the word is cut: inside, a number and a multiple of the identity matrix look alike
    for term in Add.make_args(normal_word(word)):
        if term is S.Zero:
            continue  # an equation turned the word into the zero matrix
        if isinstance(term, Sum):
            total.append(_normal_sum(Sum(Trace(term.function), *term.limits), rules))
            continue
        numbers = [f for f in Mul.make_args(term) if f.is_commutative]
        letters = tuple(x for f in Mul.make_args(term) if f.is_commutative is False for x in _letters(f))
        total.append(Mul(*numbers) * _cyclic(letters, rules))
    return expand(Add(*total))


def _cyclic(letters: tuple[Expr, ...], rules: Rules) -> Expr:
    """The trace of one word: cut into numbers at its columns, or the least of its rotations and their transposes."""
    if not any(_is_column(x) for x in letters):
        if not letters:
            raise NotProved("the trace of the identity is its size, which a word does not know; write it as a number")
        changed = _rewrite(letters, rules)
        if changed != Mul(*letters):
            return _normal_trace(changed, rules)
        turns = [letters[i:] + letters[:i] for i in range(len(letters))]
        return Trace(Mul(*min(turns + [_transposed(t) for t in turns], key=_key)))
    first = next(i for i, x in enumerate(letters) if _is_column(x)) + 1
    turned = letters[first:] + letters[:first]
    result, start = S.One, 0
    for i, letter in enumerate(turned):
        if _is_column(letter):
            result *= _number(turned[start : i + 1], rules)
            start = i + 1
    return result


def _number(segment: tuple[Expr, ...], rules: Rules) -> Expr:
    """Row ... column, a number: rewritten, then the lesser of itself and its transpose."""
    if not _is_row(segment[0]):
        raise NotProved(f"a column is followed by {segment[0]}, which is no row: the product makes no sense")
    changed = _rewrite(segment, rules)
    if changed == Mul(*segment):
        least = min(segment, _transposed(segment), key=_key)
        return Trace(Mul(least[-1], *least[:-1]))
    return _as_number(changed, rules)


def _as_number(words: Expr, rules: Rules) -> Expr:
    """A sum of (row ... column) words, each of them a number."""
    total = S.Zero
    for term in Add.make_args(words):
        factors = Mul.make_args(term)
        coefficient = Mul(*(f for f in factors if f.is_commutative))
        letters = tuple(x for f in factors if f.is_commutative is False for x in _letters(f))
        if len(letters) == 1 and isinstance(letters[0], Sum):
            number = Sum(_as_number(letters[0].function, rules), *letters[0].limits)
        else:
            number = _number(letters, rules) if letters else S.One
        total += coefficient * number
    return total


def _transposed(letters: Iterable[Expr]) -> tuple[Expr, ...]:
    return tuple(transpose(x) for x in reversed(tuple(letters)))


def _key(letters: tuple[Expr, ...]) -> tuple[str, ...]:
    return tuple(str(x) for x in letters)


def _normal_sum(total: Sum, rules: Rules) -> Expr:
    body, low, high = _renamed(total)
    offset, rest = expand(high).as_coeff_Add()
    peeled = S.Zero
    if isinstance(offset, Integer) and offset > 0 and rest is not S.Zero:
        # Karr's convention makes Sum to n + 1 = Sum to n + last term true for every n
        for step in range(1, int(offset) + 1):
            peeled += normal_word(substitute(body, {INDEX: rest + step}), rules)
        high = rest
    body = normal_word(body, rules)
    return peeled + _split(body, low, high)


def _split(body: Expr, low: Expr, high: Expr) -> Expr:
    if body is S.Zero or high - low == -1:  # a sum without terms
        return S.Zero
    return Sum(body, (INDEX, low, high))


def _merge_sums(expr: Expr, rules: Rules) -> Expr:
    groups: dict[Any, list[Expr]] = {}
    rest = []
    for term in Add.make_args(expr):
        coefficient, total = term.as_coeff_Mul()
        if isinstance(total, Sum) and total.limits[0][0] == INDEX:
            groups.setdefault(total.limits, []).append(coefficient * total.function)
        else:
            rest.append(term)
    merged = []
    for limits, bodies in groups.items():
        body = normal_word(Add(*bodies), rules)
        merged.append(_split(body, *limits[0][1:]))
    return Add(*rest, *merged)


@rule
def equal_words(lhs: Any, rhs: Any, *equations: Any, because: str = "") -> tuple:
    """`G |- lhs = rhs` between words or traces of words, using equations `G |- word = other word` left to right.

    Each equation is used transposed too. Without equations this is an exact identity for all shapes.

    Raises:
        NotProved: what is left over, or two sides that differ on random integer matrices.
    """
    lhs, rhs = sympify(lhs), sympify(rhs)
    rules = _oriented(equations)
    left_over = normal_word(lhs - rhs, rules)
    if left_over is not S.Zero:
        raise NotProved(f"{lhs} = {rhs}: left over is {left_over}")
    if not equations:
        sample_words(lhs, rhs)
    given = tuple(h for e in equations for h in e.given) + conditions(lhs) + conditions(rhs)
    return given, Eq(lhs, rhs, evaluate=False), because or "matrix algebra", equations, ("sympy",)


def _oriented(equations: Iterable[Any]) -> Rules:
    rules: list[tuple[tuple[Expr, ...], Expr]] = []
    for equation in equations:
        relation = equation.then
        if not isinstance(relation, Eq) or isinstance(relation.lhs, Add):
            raise NotProved(f"{relation} cannot be used left to right on words")
        word = tuple(x for f in Mul.make_args(relation.lhs) for x in _letters(f))
        if any(x.is_commutative for x in word):
            raise NotProved(f"{relation.lhs} is no word of matrices and columns")
        rules.append((word, relation.rhs))
        rules.append((_transposed(word), transpose(relation.rhs)))
    return tuple(rules)


def sample_words(lhs: Any, rhs: Any, seed: int = 0) -> None:
    """The second route: both sides at random integer matrices; a difference raises `NotProved`."""
    for attempt in range(3):
        dice = random.Random(f"{seed}:{attempt}:{lhs}:{rhs}")
        gap = _evaluate(lhs - rhs, dice, {})
        if isinstance(gap, (ImmutableMatrix, MatrixExpr)):
            entries = list(ImmutableMatrix(gap))
        else:
            entries = [gap]
        if any(expand(x) is not S.Zero for x in entries):
            raise NotProved(f"{lhs} = {rhs} passed the normal form but fails on random matrices")


def evaluate_word(e: Any, letters: Mapping[Any, ImmutableMatrix]) -> Any:
    """The value of a word or of a trace for explicit matrices.

    Raises:
        NotProved: a letter has no value, or shapes do not fit.
    """
    try:
        return _evaluate(e, _NoDice(), dict(letters))
    except ShapeError as error:
        raise NotProved(f"{e}: the matrices do not fit ({error})") from None


class _NoDice(random.Random):
    def randint(self, *_: int) -> int:
        raise NotProved("a letter of the statement has no value at this point")


def _evaluate(e: Any, dice: random.Random, seen: dict[Any, Any]) -> Any:
    if isinstance(e, Sum) or (isinstance(e, Product) and e.is_commutative):
        ((index, low, high),) = e.limits
        ends = [int(_evaluate(x, dice, seen)) for x in (low, high)]
        if ends[1] < ends[0] - 1:
            raise NotProved(f"{e} runs backwards in the sample")
        terms = [_evaluate(substitute(e.function, {index: Integer(i)}), dice, seen) for i in range(ends[0], ends[1] + 1)]
        if isinstance(e, Product):
            return prod(terms, start=S.One)
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
        return _evaluate(e.base, dice, seen) ** _evaluate(e.exp, dice, seen)
    if not e.args:
        return e
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
