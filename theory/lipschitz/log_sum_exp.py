"""The logarithm of a sum of powers of e: it is at least every exponent, and rises by no more than the exponent that rises most.

For the exponents z_j and l_j of k >= 1 classes,

    z_p <= log sum_j e^(z_j),    and from z_j - l_j <= t for all j:    log sum_j e^(z_j) - log sum_j e^(l_j) <= t.

Less z_p it is the cross-entropy of softmax, -log a_p, for the true class p.
"""

from functools import cache

from sympy import Eq, Integer, Lambda, Mul, Sum, Symbol, exp, log

from theory.evidence import at, extends, mutant
from theory.linear_range.sizes import compared_sums
from theory.lipschitz.cross_entropy import exponentials
from theory.lipschitz.exponential import faster_than_a_line
from theory.lipschitz.symbols import i, j, k, log_value, logit, row, t
from theory.proof import (
    And,
    ForAll,
    Statement,
    Theorem,
    assume,
    cite,
    conclude,
    cut,
    discharge,
    equal_words,
    follows,
    identity,
    instance,
    rewrite,
    specialize,
)
from theory.proof.ranges import throughout

CLASSES, CLASS = And(j >= 1, j <= k), And(row >= 1, row <= k)
TOTAL, OTHER_TOTAL = Sum(exp(logit(j)), (j, 1, k)), Sum(exp(log_value(j)), (j, 1, k))
RISE = ForAll(j, CLASSES, logit(j) - log_value(j) <= t)

LOWER, UPPER = Symbol("r", real=True), Symbol("f", real=True)


@cache
def logarithm_increases() -> Theorem:
    """From e^a <= e^b: a <= b."""
    gap = LOWER - UPPER
    whole = identity(Mul(exp(gap), exp(UPPER), evaluate=False), exp(LOWER))
    known = (whole, *faster_than_a_line(gap), *exponentials(-UPPER))
    return follows(LOWER <= UPPER, exp(LOWER) <= exp(UPPER), using=known, because="e^u > 1 for u > 0")


@cache
def _exponential_increases() -> Theorem:
    """From a <= b: e^a <= e^b."""
    gap, power = UPPER - LOWER, exp(LOWER)
    whole = identity(Mul(exp(gap), exp(LOWER), evaluate=False), exp(UPPER))
    alike = instance(rewrite(assume(Eq(t, power)), assume(Eq(LOWER, UPPER))), {t: power})
    known = (discharge(alike, Eq(LOWER, UPPER)), whole, *faster_than_a_line(gap), *exponentials(-LOWER))
    return follows(exp(LOWER) <= exp(UPPER), LOWER <= UPPER, using=known, because="e^u > 1 for u > 0")


@cache
def total_is_positive() -> Theorem:
    """sum_j e^(z_j) > 0."""
    first = cite("part-of-sum", exp(logit(j)), j, k, Integer(1))
    total = follows(TOTAL > 0, k >= 1, using=(first, *exponentials(-logit(1))), because="e^z > 0")
    return conclude(total, Statement((k >= 1,), total.then))


@cache
def no_exponent_is_above() -> Theorem:
    """z_p <= log sum_j e^(z_j)."""
    part = cite("part-of-sum", exp(logit(j)), j, k, row)
    larger = instance(logarithm_increases(), {LOWER: logit(row), UPPER: log(TOTAL)})
    larger = cut(larger, follows(exp(logit(row)) <= TOTAL, using=(part,)), total_is_positive())
    return conclude(larger, Statement((k >= 1, *CLASS.args), larger.then))


@cache
def _sums_of_powers() -> Theorem:
    """From e^(z_j) <= f e^(l_j) for all classes: the same for the sums."""
    every = ForAll(j, CLASSES, exp(logit(j)) <= UPPER * exp(log_value(j)))
    sums = compared_sums(throughout(specialize(assume(every), i), i, And(i >= 1, i <= k)), last=k)
    renamed = (equal_words(sums.then.lhs, TOTAL), equal_words(sums.then.rhs, UPPER * OTHER_TOTAL))
    return follows(TOTAL <= UPPER * OTHER_TOTAL, using=(sums, *renamed), because="term by term")


@cache
def rises_no_more() -> Theorem:
    """From z_j - l_j <= t for all classes: log sum_j e^(z_j) - log sum_j e^(l_j) <= t."""
    larger = instance(_exponential_increases(), {LOWER: logit(j), UPPER: t + log_value(j)})
    larger = cut(larger, follows(logit(j) <= t + log_value(j), using=(specialize(assume(RISE), j),)))
    product = identity(exp(t) * exp(log_value(j)), exp(t + log_value(j)))
    each = follows(exp(logit(j)) <= exp(t) * exp(log_value(j)), using=(larger, product), because="e^(t + l) = e^t e^l")
    sums = cut(instance(_sums_of_powers(), {UPPER: exp(t)}), throughout(each, j, CLASSES))
    positive = (total_is_positive(), instance(total_is_positive(), {logit: Lambda(j, log_value(j))}))
    least = cut(instance(logarithm_increases(), {LOWER: log(TOTAL), UPPER: t + log(OTHER_TOTAL)}), sums, *positive)
    risen = follows(log(TOTAL) - log(OTHER_TOTAL) <= t, using=(least, *positive))
    return conclude(risen, Statement((k >= 1, RISE), risen.then))


# Equation 19 for one sample, without a quotient

POWER = exp(logit(row))
same_loss = Statement((k >= 1,), Eq(-log(POWER / TOTAL), log(TOTAL) - logit(row)))
THREE_TO_ONE = {k: 2, row: 2, logit: Lambda(j, (2 - j) * log(3))}  # the softmax values 3/4 and 1/4, the second class is true


@extends(
    "yedida-saha:equation-19",
    same_loss,
    witness=at(THREE_TO_ONE),
    mutants=[
        mutant(same_loss.with_then(Eq(log(POWER / TOTAL), log(TOTAL) - logit(row))), THREE_TO_ONE, "the other sign"),
        mutant(same_loss.with_then(Eq(-log(POWER / TOTAL), log(TOTAL))), {**THREE_TO_ONE, row: 1}, "without the logit"),
    ],
)
def the_loss_without_a_quotient() -> Theorem:
    """The powers of e are equal, and e^a = e^b only for a = b."""
    quotient, difference = log(POWER / TOTAL), logit(row) - log(TOTAL)
    both = [instance(logarithm_increases(), {LOWER: one, UPPER: other}) for one, other in ((quotient, difference), (difference, quotient))]
    positive = (total_is_positive(), *exponentials(-logit(row)))
    inside = follows(POWER / TOTAL > 0, using=positive, because="e^z > 0")
    same = follows(same_loss.then, using=(*both, inside, *positive), because="neither is larger")
    return conclude(cut(same, *(follows(h, using=positive) for h in same.given if h != (k >= 1))), same_loss)


__all__ = [
    "CLASS",
    "CLASSES",
    "OTHER_TOTAL",
    "RISE",
    "TOTAL",
    "logarithm_increases",
    "no_exponent_is_above",
    "rises_no_more",
    "same_loss",
    "the_loss_without_a_quotient",
    "total_is_positive",
]
