"""Lengths of columns: the triangle inequality and multiples, derived from Cauchy-Schwarz. Nothing here is trusted."""

from sympy import Expr, sqrt

from theory.proof.facts import cite
from theory.proof.logic import And
from theory.proof.reals import follows
from theory.proof.theorem import Theorem
from theory.proof.word_forms import equal_words
from theory.proof.words import inner, squared_norm


def size(word: Expr) -> Expr:
    """The l2 norm of a column, or the Frobenius norm of a matrix."""
    return sqrt(squared_norm(word))


def triangle(total: Expr, first: Expr, second: Expr) -> Theorem:
    """|x + y| <= |x| + |y|, where x + y is written as `total`: by Cauchy-Schwarz."""
    square = equal_words(squared_norm(total), squared_norm(first) + 2 * inner(first, second) + squared_norm(second), because="expanded")
    positive = tuple(cite("norm-nonnegative", word) for word in (total, first, second))
    using = (square, cite("cauchy-schwarz", first, second), *positive)
    return follows(size(total) <= size(first) + size(second), using=using, because="<x, y> <= |x| |y|")


def scaled(multiple: Expr, factor: Expr, word: Expr) -> Theorem:
    """|a x| = a |x| for a number a >= 0, where a x is written as `multiple`."""
    square = equal_words(squared_norm(multiple), factor**2 * squared_norm(word))
    positive = tuple(cite("norm-nonnegative", w) for w in (multiple, word))
    equal = And(size(multiple) <= factor * size(word), size(multiple) >= factor * size(word))
    return follows(equal, factor >= 0, using=(square, *positive), because="a number comes out of the norm")


__all__ = ["scaled", "size", "triangle"]
