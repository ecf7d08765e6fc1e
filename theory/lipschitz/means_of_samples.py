"""A gradient is a mean over the samples: it is no longer than the mean of the terms that go farthest in its own direction."""

from functools import cache

from sympy import Eq, Expr, Function, Integer, Lambda, Sum, Symbol, sqrt, symbols

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
    specialize,
    squared_norm,
    substitute,
)
from theory.proof.norms import size
from theory.proof.ranges import throughout, up_to

_value = Symbol("value", commutative=False)
SAMPLES = And(i >= 1, i <= m)


def mean(term: Expr) -> Expr:
    """(1/m) sum_i t_i."""
    return Sum(term, (i, 1, m)) / m


def frobenius(sample: Expr) -> Expr:
    """Frobenius' norm of all samples together, sqrt(sum_i |x_i|^2)."""
    return sqrt(Sum(squared_norm(sample), (i, 1, m)))


_first, _second = Function("f", real=True), Function("r", real=True)


def means_of_both(first: Expr, second: Expr, sign: int = 1) -> Theorem:
    """sum_i (f_i + g_i) = m (mean f_i + mean g_i), or the same with minus."""
    one, other = _first(i), _second(i)
    apart = equal_words(Sum(one + sign * other, (i, 1, m)), m * (mean(one) + sign * mean(other)), because="term by term")
    return instance(apart, {_first: Lambda(i, first), _second: Lambda(i, second)})


_number = Symbol("q", real=True)
_count, _last = symbols("n m", integer=True)


@cache
def sum_of_equals(number: Expr, last: Expr) -> Theorem:
    """sum_i q = n q, for n >= 1 terms that are the same number: by induction."""
    total = Sum(_number, (i, 1, _count))
    claim = Eq(total, _count * _number)
    more = equal_words(Sum(_number, (i, 1, _count + 1)), total + _number)
    step = follows(substitute(claim, {_count: _count + 1}), claim, using=(more,), because="one term more")
    one = equal_words(Sum(_number, (i, 1, 1)), _number)
    start = follows(substitute(claim, {_count: Integer(1)}), using=(one,), because="one term")
    whole = specialize(up_to(start, step, claim, index=_count, first=Integer(1), last=_last), _last)
    return instance(whole, {_number: number, _last: last})


def along_itself(word: Expr, total: Expr) -> Theorem:
    """From g = t: <g, t> = |g|^2, where t is a sum that the normal form would not square."""
    same = equal_words(inner(word, _value), squared_norm(word), assume(Eq(_value, word, evaluate=False)))
    own = assume(Eq(word, total, evaluate=False))
    return cut(instance(same, {_value: total}), combine_words(total, word, (-1, own, 1)))


def at_most_the_mean(gradient: Expr, term: Expr, best: Expr, each: Theorem, sign: int = 1) -> Theorem:
    """From g = mean t_i, and <g, t_i> <= sign <g, b_i> for all samples: |g| <= |sum b_i|/m."""
    sums = compared_sums(throughout(each, i, SAMPLES), last=m)
    square = equal_words(inner(gradient, mean(term)), mean(inner(gradient, term)), because="term by term")
    same = along_itself(gradient, mean(term))
    total = Sum(best, (i, 1, m))
    most = equal_words(sign * inner(gradient, total), Sum(sign * inner(gradient, best), (i, 1, m)), because="term by term")
    known = tuple(cite("norm-nonnegative", word) for word in (gradient, total))
    using = (same, square, sums, most, cite("cauchy-schwarz", gradient, total), *known)
    return follows(size(gradient) <= size(total) / m, m >= 1, using=using, because="Cauchy-Schwarz, divided by |g|")
