"""A gradient is a mean over the samples: it is no longer than the mean of the terms that go farthest in its own direction."""

from sympy import Eq, Expr, Sum, Symbol

from theory.linear_range.sizes import compared_sums
from theory.lipschitz.symbols import i, m
from theory.proof import (
    And,
    Theorem,
    assume,
    cite,
    combine_words,
    cut,
    equal_words,
    follows,
    inner,
    instance,
    squared_norm,
)
from theory.proof.norms import size
from theory.proof.ranges import throughout

_value = Symbol("value", commutative=False)
SAMPLES = And(i >= 1, i <= m)


def mean(term: Expr) -> Expr:
    """(1/m) sum_i t_i."""
    return Sum(term, (i, 1, m)) / m


def at_most_the_mean(gradient: Expr, term: Expr, best: Expr, each: Theorem, sign: int = 1) -> Theorem:
    """From g = mean t_i, and <g, t_i> <= sign <g, b_i> for all samples: |g| <= |sum b_i|/m."""
    own = assume(Eq(gradient, mean(term), evaluate=False))
    sums = compared_sums(throughout(each, i, SAMPLES), last=m)
    square = equal_words(inner(gradient, mean(term)), mean(inner(gradient, term)), because="term by term")
    same = equal_words(inner(gradient, _value), squared_norm(gradient), assume(Eq(_value, gradient, evaluate=False)))
    same = cut(instance(same, {_value: mean(term)}), combine_words(mean(term), gradient, (-1, own, 1)))
    total = Sum(best, (i, 1, m))
    most = equal_words(sign * inner(gradient, total), Sum(sign * inner(gradient, best), (i, 1, m)), because="term by term")
    known = tuple(cite("norm-nonnegative", word) for word in (gradient, total))
    using = (same, square, sums, most, cite("cauchy-schwarz", gradient, total), *known)
    return follows(size(gradient) <= size(total) / m, m >= 1, using=using, because="Cauchy-Schwarz, divided by |g|")
