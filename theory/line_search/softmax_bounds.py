"""Softmax lines are close to parabolas: two-sided bounds, for any number of classes and of samples. (beyond section 4).

By `theory.line_search.softmax_lines` a softmax line has |l'''| <= R l'' with R the spread of the logits' rates, so that the bounds of
`theory.line_search.self_concordant` hold. For R|s| <= 1 the parabola's error is at most a share of about R|s|/3 of l''(0) s^2/2 (0.44 R|s|
at the end). So a line in the last layer must look like a parabola as far as no logit gains more than about 1 on another, whatever the data
are. On longer lines the bounds are wide, and a softmax line bends into a straight one. A mean over samples has the bounds with the largest
spread of all of them. Lines in other layers are not of this kind: there the logits do not move linearly.

The step to the minimum is near the parabola's, N = |l'(0)|/l''(0): log(1 + R N)/R <= |s_opt|, and |s_opt| <= -log(1 - R N)/R if R N < 1.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sympy import Abs, Eq, Expr, Integer, Lambda, Ne, exp, log

from theory.evidence import at, extends, mutant
from theory.line_search.line_loss import SAMPLES, mean
from theory.line_search.self_concordant import (
    BOUNDS,
    FAR,
    REST,
)
from theory.line_search.softmax_lines import (
    SPREAD,
    at_least_its_first,
    moment,
    positive,
)
from theory.line_search.softmax_means import EACH, FUNCTIONS, IS_SOFTMAX, MEANS, SAMPLE, the_mean_is_between_two_curves
from theory.line_search.symbols import (
    R,
    bend_0,
    bend_of,
    bend_s,
    change,
    change_of,
    classes,
    i,
    jerk_of,
    kind,
    label_of,
    least_of,
    line,
    line_bend,
    line_of,
    line_slope,
    logit,
    logit_of,
    loss_0,
    loss_s,
    n,
    s,
    slope,
    slope_of,
    slope_s,
    v,
)
from theory.proof import (
    And,
    ForAll,
    Statement,
    Theorem,
    assume,
    cite,
    conclude,
    conjunction,
    cut,
    derivative,
    discharge,
    follows,
    generalize,
    instance,
    part,
    rewrite,
    specialize,
    substitute,
    sum_congruence,
)
from theory.proof.ranges import throughout

# In formulas

FIRST = exp(logit(1) + s * change(1))
TOTAL = FIRST + Abs(moment(0, s) - FIRST)  # this is the sum of all e^(chi + s omega), and seen to be positive


def sampled(formula: Expr) -> Expr:
    """The same of the sample i."""
    return substitute(formula, SAMPLE)


@cache
def _same_total() -> tuple[Theorem, ...]:
    """For TOTAL instead of the sum, the loss and its derivatives are the same."""
    total = follows(Eq(TOTAL, moment(0, s)), using=(at_least_its_first(s), positive(s)), because="the sum is at least its first term")
    grows = []
    for low, high in ((log(TOTAL), log(moment(0, s))), (log(moment(0, s)), log(TOTAL))):
        fact = cite("strictly-increases", Lambda(v, exp(v)), Lambda(v, exp(v)), low, high)
        smooth = next(h for h in fact.given if isinstance(h, ForAll))
        grows.append(discharge(cut(fact, throughout(derivative(exp(v), v), v, smooth.args[1])), high > low))
    logarithm = follows(Eq(log(TOTAL), log(moment(0, s))), using=(total, positive(s), *grows), because="e^x grows strictly")
    using, found = (logarithm, total, positive(s)), []
    for _, formula in FUNCTIONS:
        with_total = substitute(formula(s), {moment(0, s): TOTAL})
        found.append(follows(Eq(with_total, formula(s)), using=using))
    return tuple(found)


FORMULAS = {f: Lambda(s, mean(sampled(formula(s)))) for f, formula in FUNCTIONS[:3]}
NUMBERS = {line(0): loss_0, line_slope(0): slope, line_bend(0): bend_0, line(s): loss_s, line_slope(s): slope_s, line_bend(s): bend_s}


def in_numbers(formula: Any) -> Any:
    """With l_0, b_0, k_0 and l_s, b_s, k_s for the loss and its derivatives at 0 and at s."""
    return substitute(formula, NUMBERS)


SPREADS = ForAll(i, SAMPLES, sampled(SPREAD))
ARE = tuple(Eq(substitute(value, FORMULAS), number) for value, number in NUMBERS.items())
softmax = Statement((n >= 1, classes >= 1, R > 0, SPREADS, *ARE), in_numbers(BOUNDS))


@cache
def _bounds_in_numbers() -> Theorem:
    """For functions that are the means of such losses."""
    close, each = the_mean_is_between_two_curves(), specialize(assume(EACH), i)
    bounds, values = specialize(part(close, close.then.args[-1]), s), []
    for own, mean_ in zip(IS_SOFTMAX[:3], MEANS, strict=False):
        total = sum_congruence(throughout(specialize(part(each, sampled(own)), s), i, SAMPLES))
        value = generalize(rewrite(specialize(assume(mean_), s), total), s)
        values += [specialize(value, step) for step in (Integer(0), s)]
    named = {h.lhs: assume(h) for h in ARE}
    return rewrite(bounds, *(rewrite(value, named[value.then.rhs]) for value in values))


@cache
def _bounds() -> Theorem:
    """There are such functions."""
    total = [substitute(formula(s), {moment(0, s): TOTAL}) for _, formula in FUNCTIONS]
    own = dict(zip((line_of, slope_of, bend_of, jerk_of), map(sampled, total), strict=True))
    point = {f: Lambda((i, s), formula) for f, formula in own.items()}
    point |= {f: Lambda(s, mean(formula)) for (f, _), formula in zip(FUNCTIONS, own.values(), strict=True)}
    same = [generalize(instance(one, SAMPLE), s) for one in _same_total()]
    each = throughout(conjunction(specialize(assume(SPREADS), i), *same), i, SAMPLES)
    found = cut(instance(_bounds_in_numbers(), point), each)
    above = generalize(instance(positive(s), SAMPLE), s)
    sums = [specialize(above, step) for step in (s, Integer(0))]
    defined = [throughout(one, i, SAMPLES) for total in sums for one in (total, follows(Ne(total.then.lhs, 0), using=(total,)))]
    found = cut(found, *(one for one in defined if one.then in found.given))
    return cut(found, *(follows(h, n >= 1, classes >= 1) for h in found.given if h not in softmax.given))


def measured(point: Mapping[Any, Any]) -> dict[Any, Any]:
    """The point, with the six numbers."""
    return {**point, **{h.rhs: substitute(h.lhs, point).doit() for h in ARE}}


# One sample of two classes with the logits 0 and s, then 0 and s - 10
ZERO = {
    **{n: 1, classes: 2, R: 1, s: 1, logit_of: Lambda((i, kind), 0), change_of: Lambda((i, kind), kind - 1)},
    **{label_of: Lambda(i, 1), least_of: Lambda(i, 0)},
}
SURE = measured({**ZERO, logit_of: Lambda((i, kind), 10 - 10 * kind)})
EVEN = measured(ZERO)
ERROR = in_numbers(Abs(REST - line_bend(0) * s**2 / 2))


@extends(
    "mutschler-zell:text-abs-core1",
    softmax,
    witness=at(EVEN),
    mutants=[
        mutant(softmax.with_then(bend_s <= bend_0 * exp(9 * FAR / 10)), SURE, "9/10 of R"),
        mutant(softmax.with_then(ERROR <= bend_0 * s**2 * FAR / 12), SURE, "half of the error"),
        mutant(softmax.with_then(in_numbers(REST) >= bend_0 * s**2 / 2), EVEN, "above the parabola"),
    ],
)
def between_two_curves_of_softmax() -> Theorem:
    """L''' is the third central moment of the omegas, or the mean of such."""
    return conclude(_bounds(), softmax)


# How far the minimum is

REACH = And(bend_0 * (1 - exp(-FAR)) <= R * Abs(slope), R * Abs(slope) <= bend_0 * (exp(FAR) - 1))
minimum = Statement((*softmax.given, Eq(slope_s, 0)), REACH)
# Two samples with the labels 2 and 1 and the logits 0 and s - 1: the minimum is at 1
APART = {**ZERO, n: 2, logit_of: Lambda((i, kind), 1 - kind), label_of: Lambda(i, 3 - i)}
OPPOSED = measured(APART)


@extends(
    "mutschler-zell:text-abs-core1",
    minimum,
    witness=at(OPPOSED),
    mutants=[
        mutant(minimum.with_then(Eq(bend_0 * s, -slope)), OPPOSED, "the parabola's minimum"),
        mutant(minimum.drop(Eq(slope_s, 0)), measured({**APART, s: 0}), "at any step"),
        mutant(minimum.with_then(R * Abs(slope) <= bend_0 * (1 - exp(-FAR))), OPPOSED, "nearer than on the parabola, always"),
    ],
)
def the_minimum_is_near_that_of_the_parabola() -> Theorem:
    """L' changes from l'(0) to 0: for N = |l'(0)|/l''(0) this is log(1 + R N) <= R|s|, and R|s| <= -log(1 - R N) if R N < 1."""
    reach = follows(REACH, Eq(slope_s, 0), R > 0, softmax.then, because="|l'(s) - l'(0)| = |l'(0)|")
    return conclude(cut(reach, _bounds()), minimum)
