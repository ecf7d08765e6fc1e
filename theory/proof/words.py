"""Products of matrices as words of letters: columns, traces, inner products and norms.

A matrix is a non-commutative symbol or an applied function such as W(j), whatever its shape; a `Column` is a column vector.
An identity between words holds for all shapes for which both sides make sense, so depth, widths and dimensions stay symbolic.
"""

from __future__ import annotations

from typing import Any

from sympy import (
    Add,
    Expr,
    ImmutableMatrix,
    Integer,
    Mul,
    Pow,
    S,
    Sum,
    Symbol,
    diff,
    expand,
    sympify,
)
from sympy.functions.elementary.complexes import transpose

from theory.proof.language import WORDS
from theory.proof.sizes import COLUMNS, ONE, SHAPES_OF, Shape, Sizes
from theory.proof.theorem import (
    KernelError,
)
from theory.proof.values import (
    SHAPES,
)


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
        >>> from theory.proof import ColumnOf
        >>> from theory.proof.word_values import evaluate_word
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
COLUMNS.add(Column)


def _shape_of_a_trace(trace: Trace, sizes: Sizes) -> None:
    shape = sizes.visit(trace.args[0])
    if shape is not None:
        sizes.equal(*shape)
    elif not _vanishes(trace.args[0]):  # of any size
        sizes.nowhere.append(trace)


def _vanishes(word: Any) -> bool:
    """Whether a word is 0 as it is written; SymPy leaves the sum of no terms but 0."""
    if isinstance(word, Sum):
        return _vanishes(word.function)
    if isinstance(word, Pow):
        return _vanishes(word.base) and word.exp.is_Integer is True and word.exp.is_positive is True
    return word is S.Zero


def _shape_of_a_column(column: ColumnOf, sizes: Sizes) -> Shape:
    matrix, index = column.args
    sizes.visit(index)
    shape = sizes.visit(matrix)
    return (shape or sizes.letter(column))[0], ONE


SHAPES_OF |= {Trace: _shape_of_a_trace, ColumnOf: _shape_of_a_column}


def is_column(letter: Any) -> bool:
    """Whether a letter is a column."""
    return isinstance(letter, (Column, ColumnOf))


def _column_value(key: Column, value: Any) -> None:
    """A column takes columns: words whose last letter is a column that no row has turned into a number."""
    if isinstance(value, ImmutableMatrix) and value.cols == 1:
        return
    for term in Add.make_args(expand(value)):
        letters = tuple(x for f in Mul.make_args(term) if f.is_commutative is False for x in letters_of(f))
        columns = [i for i, x in enumerate(letters) if is_column(x)]
        rows = [i for i, x in enumerate(letters) if is_row(x)]
        if not columns or columns[-1] != len(letters) - 1 or rows != [i + 1 for i in columns[:-1]]:
            raise KernelError(f"{key} is a column, and {term} is not known to be")


def is_row(letter: Expr) -> bool:
    """Whether a letter is a transposed column."""
    return isinstance(letter, transpose) and is_column(letter.args[0])


SHAPES[Column] = _column_value


def inner(x: Any, y: Any) -> Expr:
    """<x, y> = trace(x' y), for columns and for matrices (Frobenius)."""
    return Trace(transpose(x) * y)


def squared_norm(x: Any) -> Expr:
    """||x||^2 = trace(x' x)."""
    return inner(x, x)


def letters_of(factor: Expr) -> list[Expr]:
    """The letters of a product or of a power, in order."""
    if isinstance(factor, Pow) and isinstance(factor.exp, Integer) and factor.exp > 0:
        return letters_of(factor.base) * int(factor.exp)
    if isinstance(factor, Mul):
        return [x for f in factor.args for x in letters_of(f)]
    return [factor]
