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
    generalize,
    inner,
    instance,
    specialize,
    squared_norm,
    sum_congruence,
)
from theory.proof.norms import size
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


def mean_is_not_negative(value: Expr, each: Theorem, *defined: Theorem) -> Theorem:
    """From x(j) >= 0 for each draw: sum_j P(j) x(j) >= 0; `defined` says of all draws why x(j) is a number."""
    term, likely, here = probability(j) * value, specialize(assume(PROBABILITIES[1]), j), [specialize(d, j) for d in defined]
    each = throughout(follows(term >= 0, using=(likely, each, *here), because="each term"), j, DRAWS)
    first = cut(cite("part-of-sum", term, j, draws, Integer(1)), each)
    using = (first, specialize(each, 1), *defined, *(specialize(d, 1) for d in defined))
    return follows(expected(value) >= 0, draws >= 1, using=using, because="a sum of such terms")


def mean_square_is_not_negative(word: Expr) -> Theorem:
    """sum_j P(j) |x(j)|^2 >= 0."""
    return mean_is_not_negative(squared_norm(word), cite("norm-nonnegative", word))


def mean_length_is_large(word: Expr, mean: Theorem) -> Theorem:
    """From sum_j P(j) x(j) = v: sum_j P(j) |x(j)| >= |v|, as <v, x> <= |v| |x|."""
    middle = mean.then.rhs
    known = tuple(cite("norm-nonnegative", x) for x in (middle, word))
    always = throughout(known[1], j, DRAWS)
    gap = size(middle) * size(word) - inner(middle, word)
    each = follows(gap >= 0, using=(cite("cauchy-schwarz", middle, word), *known), because="<v, x> <= |v| |x|")
    gaps = mean_is_not_negative(gap, each, generalize(known[0], j, DRAWS), always)
    apart = equal_words(gaps.then.lhs, size(middle) * expected(size(word)) - expected(inner(middle, word)), because="term by term")
    length = mean_is_not_negative(size(word), follows(size(word) >= 0, using=known, because="a root"), always)
    square = equal_words(inner(middle, middle), squared_norm(middle))
    using = (gaps, apart, length, known[0], always, mean_inner(middle, word, mean), square)
    found = follows(expected(size(word)) >= size(middle), draws >= 1, using=using, because="divided by |v|, where it is not 0")
    return cut(found, known[0], always)


def mean_slope_is_small(fixed: Expr, word: Expr, not_zero: Theorem) -> Theorem:
    """From |x(j)| > 0 for each draw: sum_j P(j) <v, x(j)>/|x(j)| <= |v|."""
    known = tuple(cite("norm-nonnegative", x) for x in (fixed, word))
    slope = inner(fixed, word) / size(word)
    using = (cite("cauchy-schwarz", fixed, word), *known, specialize(not_zero, j))
    each = follows(size(fixed) - slope >= 0, using=using, because="<v, x> <= |v| |x|")
    gaps = mean_is_not_negative(size(fixed) - slope, each, generalize(known[0], j, DRAWS), not_zero)
    apart = equal_words(gaps.then.lhs, size(fixed) * PROBABILITIES[2].lhs - expected(slope), because="term by term")
    using = (gaps, apart, assume(PROBABILITIES[2]), known[0], not_zero)
    return cut(follows(size(fixed) >= expected(slope), draws >= 1, using=using, because="the mean of such gaps"), known[0])
