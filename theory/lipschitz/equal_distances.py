"""Vectors that are equally far from one another: each is as far from their mean, and some does not turn against a given direction.

With |f_j - f_h|^2 = 2 s for any two of k vectors, |f_j - mu|^2 = (k - 1) s/k for their mean mu. Unit vectors are so, with s = 1, and the
corners of a regular simplex.
"""

from functools import cache

from sympy import Eq, Function, Integer, Lambda, Or, Sum, false, symbols

from theory.linear_range.sums import only_term
from theory.lipschitz.log_sum_exp import CLASS, CLASSES
from theory.lipschitz.means_of_samples import sum_of_equals
from theory.lipschitz.symbols import i, j, k, layer, row
from theory.proof import (
    Exists,
    ForAll,
    Statement,
    Theorem,
    absurd,
    assume,
    cite,
    conclude,
    cut,
    equal_words,
    follows,
    inner,
    instance,
    specialize,
    squared_norm,
    sum_congruence,
)
from theory.proof.limits import always_or_once
from theory.proof.ranges import throughout

vector, value = Function("phi", commutative=False), Function("h", real=True)
middle, way = symbols("mu_f nu", commutative=False)
half, number = symbols("s_1 q", real=True)
FAR, AROUND = squared_norm(vector(j) - vector(row)), squared_norm(vector(j) - middle)
APART = ForAll(row, CLASS, ForAll(j, CLASSES, Or(Eq(j, row), Eq(FAR, 2 * half))))
MIDDLE = Eq(middle, Sum(vector(layer), (layer, 1, k)) / k, evaluate=False)


@cache
def along_the_mean() -> Theorem:
    """K <v, mu> = sum_j <v, f_j>."""
    return equal_words(k * inner(way, middle), Sum(inner(way, vector(j)), (j, 1, k)), assume(MIDDLE))


@cache
def _equal_terms() -> Theorem:
    """From h_j = q for all j: sum_j h_j = k q."""
    sums = sum_congruence(assume(ForAll(j, CLASSES, Eq(value(j), number))))
    out = equal_words(sums.then.rhs, Sum(number, (i, 1, k)))
    return follows(Eq(sums.then.lhs, k * number), using=(sums, out, sum_of_equals(number, k)), because="k times")


@cache
def _all_distances() -> Theorem:
    """sum_j |f_j - f_p|^2 = 2 s (k - 1): only f_p itself is not that far."""
    short = 2 * half - FAR
    one = only_term(short, j, row, k)
    each = follows(Or(Eq(j, row), Eq(short, 0)), using=(specialize(specialize(assume(APART), row), j),))
    one = cut(one, throughout(each, j, CLASSES))
    apart = equal_words(one.then.lhs, Sum(2 * half, (i, 1, k)) - Sum(FAR, (j, 1, k)))
    far = Eq(Sum(FAR, (j, 1, k)), 2 * half * (k - 1))
    return follows(far, k >= 1, using=(one, apart, sum_of_equals(2 * half, k)), because="all but one")


@cache
def from_the_mean() -> Theorem:
    """|f_p - mu|^2 = (k - 1) s/k: it is the same for all p, and its sum over p is that over all pairs, divided by 2 k."""
    from_here = vector(row) - middle
    own, around = squared_norm(from_here), Sum(AROUND.subs(j, layer), (layer, 1, k))
    share = own + 2 * inner(from_here, middle)
    spread = equal_words(
        Sum(FAR, (j, 1, k)) - around, Sum(share, (i, 1, k)) - 2 * Sum(inner(from_here, vector(j)), (j, 1, k)), because="term by term"
    )
    known = (spread, instance(along_the_mean(), {way: from_here}), sum_of_equals(share, k), _all_distances())
    same = (2 * half * (k - 1) - around) / k
    each = follows(Eq(own, same), k >= 1, using=known, because="the parts along f_p - mu cancel")
    total = instance(_equal_terms(), {value: Lambda(j, AROUND), number: same})
    total = cut(total, throughout(instance(each, {row: j}), j, CLASSES))
    named = equal_words(total.then.lhs, around)
    equal = follows(Eq(own, (k - 1) / k * half), k >= 1, using=(each, total, named), because="the mean of them all")
    return conclude(equal, Statement((k >= 1, *CLASS.args, APART, MIDDLE), equal.then))


@cache
def some_is_not_negative() -> Theorem:
    """Of k >= 1 numbers with the sum 0, one is >= 0."""
    some = Exists(row, CLASS, value(row) >= 0)
    either = always_or_once(*some.args)
    never = next(case for case in either.then.args if isinstance(case, ForAll))
    less = follows(-value(j) >= 0, using=(specialize(assume(never), j),))
    first = cut(cite("part-of-sum", -value(j), j, k, Integer(1)), throughout(less, j, CLASSES))
    total = Sum(value(j), (j, 1, k))
    known = (first, equal_words(first.then.lhs, -total), specialize(assume(never), Integer(1)))
    clash = follows(false, Eq(total, 0), k >= 1, using=known, because="the sum would be negative")
    return follows(some, using=(either, absurd(clash, never)), because="not all are negative")


@cache
def some_is_along() -> Theorem:
    """There is p with <v, f_p - mu> >= 0: the sum of these numbers is 0."""
    along, mean = inner(way, vector(j) - middle), inner(way, middle)
    some = instance(some_is_not_negative(), {value: Lambda(j, along)})
    total = Sum(along, (j, 1, k))
    apart = equal_words(total, Sum(inner(way, vector(j)), (j, 1, k)) - Sum(mean, (i, 1, k)), because="term by term")
    nothing = follows(Eq(total, 0), k >= 1, using=(apart, along_the_mean(), sum_of_equals(mean, k)), because="around the mean")
    some = cut(some, nothing)
    return conclude(some, Statement((k >= 1, MIDDLE), some.then))
