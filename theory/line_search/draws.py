"""Random mini-batches: some draws with their probabilities, and means over them. Nothing here is a claim of the paper."""

from sympy import Eq, Expr, Integer, Sum, Symbol

from theory.line_search.symbols import draws, j, probability
from theory.proof import (
    And,
    ForAll,
    Theorem,
    assume,
    cite,
    cut,
    equal_words,
    follows,
    inner,
    instance,
    specialize,
    squared_norm,
    sum_congruence,
)
from theory.proof.ranges import throughout

DRAWS = And(j >= 1, j <= draws)
PROBABILITIES = (draws >= 1, ForAll(j, DRAWS, probability(j) >= 0), Eq(Sum(probability(j), (j, 1, draws)), 1))
HOLE = Symbol("value", commutative=False)


def expected(value: Expr) -> Expr:
    """sum_j P(j) x(j)."""
    return Sum(probability(j) * value, (j, 1, draws))


def by_draws(same: Theorem) -> Theorem:
    """From x(j) = y(j) for each draw: the sums are equal."""
    return sum_congruence(throughout(same, j, DRAWS))


def where_known(known: Theorem, form: Expr, found: Expr) -> Theorem:
    """From `word = value`: `form = found`, two numbers; `form` has `HOLE` where the word stands."""
    same = equal_words(form, found, assume(Eq(HOLE, known.then.rhs, evaluate=False)))
    return cut(instance(same, {HOLE: known.then.lhs}), known)


def mean_inner(fixed: Expr, word: Expr, mean: Theorem) -> Theorem:
    """From sum_j P(j) x(j) = v: sum_j P(j) <u, x(j)> = <u, v>."""
    value = inner(fixed, mean.then.rhs)
    moved = equal_words(expected(inner(fixed, word)), inner(fixed, expected(word)), because="term by term")
    there = where_known(mean, inner(fixed, HOLE), value)
    return follows(Eq(expected(inner(fixed, word)), value), using=(moved, there), because="the mean of the draws")


def mean_square_is_not_negative(word: Expr) -> Theorem:
    """sum_j P(j) |x(j)|^2 >= 0."""
    square = probability(j) * squared_norm(word)
    likely = specialize(assume(PROBABILITIES[1]), j)
    each = throughout(follows(square >= 0, using=(likely, cite("norm-nonnegative", word)), because="each term"), j, DRAWS)
    first = cut(cite("part-of-sum", square, j, draws, Integer(1)), each)
    return follows(expected(squared_norm(word)) >= 0, draws >= 1, using=(first, specialize(each, 1)), because="a sum of such terms")
