"""Softmax lines are close to parabolas: two-sided bounds, for any number of classes and of samples. (beyond section 4).

By `theory.line_search.softmax_lines` a softmax line has |l'''| <= R l'' with R the spread of the logits' rates, so that the bounds of
`theory.line_search.self_concordant` hold. For R|s| <= 1 the parabola's error is at most a share of about R|s|/3 of l''(0) s^2/2 (0.44 R|s|
at the end). So a line in the last layer must look like a parabola as far as no logit gains more than about 1 on another, whatever the data
are. On longer lines the bounds are wide, and a softmax line bends into a straight one. A mean over samples has the bounds with the largest
spread of all of them. Lines in other layers are not of this kind: there the logits do not move linearly.

The step to the minimum is near the parabola's, N = |l'(0)|/l''(0): log(1 + R N)/R <= |s_opt| <= -log(1 - R N)/R.
"""

from functools import cache

from sympy import Abs, Eq, Expr, Implies, Integer, Lambda, Rational, exp, log

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
    bend_of,
    change,
    change_of,
    classes,
    i,
    jerk_of,
    kind,
    label_of,
    least_of,
    line_bend,
    line_of,
    line_slope,
    logit,
    logit_of,
    n,
    s,
    slope_of,
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
from theory.proof.logic import Boolean
from theory.proof.ranges import throughout

# In formulas

FIRST = exp(logit(1) + s * change(1))
TOTAL = FIRST + Abs(moment(0, s) - FIRST)  # this is the sum of all e^(zeta + s omega), and seen to be positive


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


FORMULAS = {f: Lambda(s, mean(sampled(formula(s)))) for f, formula in FUNCTIONS}
SPREADS = ForAll(i, SAMPLES, sampled(SPREAD))
softmax = Statement((n >= 1, classes >= 1, R > 0, SPREADS), substitute(BOUNDS, FORMULAS))


@cache
def _bounds() -> Theorem:
    """The bounds at s."""
    close = the_mean_is_between_two_curves()
    return specialize(part(close, close.then.args[-1]), s)


@cache
def _equations() -> tuple[Theorem, ...]:
    """The mean and its derivatives, in formulas."""
    each, found = specialize(assume(EACH), i), []
    for own, mean_ in zip(IS_SOFTMAX[:3], MEANS, strict=False):
        alike = specialize(part(each, sampled(own)), s)
        total = sum_congruence(throughout(alike, i, SAMPLES))
        found.append(generalize(rewrite(specialize(assume(mean_), s), total), s))
    return tuple(specialize(one, step) for one in found for step in (s, Integer(0)))


def _in_formulas(theorem: Theorem) -> Theorem:
    """What holds of functions that are the means of such losses holds of the formulas, for there are such functions."""
    total = [substitute(formula(s), {moment(0, s): TOTAL}) for _, formula in FUNCTIONS]
    own = dict(zip((line_of, slope_of, bend_of, jerk_of), map(sampled, total), strict=True))
    point = {f: Lambda((i, s), formula) for f, formula in own.items()}
    point |= {f: Lambda(s, mean(formula)) for (f, _), formula in zip(FUNCTIONS, own.values(), strict=True)}
    same = [generalize(instance(one, SAMPLE), s) for one in _same_total()]
    each = throughout(conjunction(specialize(assume(SPREADS), i), *same), i, SAMPLES)
    return cut(instance(rewrite(theorem, *_equations()), point), each)


# One sample of two classes with the logits 0 and s, then 0 and s - 10; and two samples, one of them with logits that do not move
EVEN = {
    **{n: 1, classes: 2, R: 1, s: 1, logit_of: Lambda((i, kind), 0), change_of: Lambda((i, kind), kind - 1)},
    **{label_of: Lambda(i, 1), least_of: Lambda(i, 0)},
}
SURE = {**EVEN, logit_of: Lambda((i, kind), 10 - 10 * kind)}
TWO = {**EVEN, n: 2, change_of: Lambda((i, kind), (2 - i) * (kind - 1))}


def at_formulas(formula: Boolean) -> Boolean:
    """A bound of this line."""
    return substitute(formula, FORMULAS)


SHARE = Abs(REST - line_bend(0) * s**2 / 2)


@extends(
    "mutschler-zell:text-abs-core1",
    softmax,
    witness=at(TWO),
    mutants=[
        mutant(softmax.with_then(at_formulas(line_bend(s) <= line_bend(0) * exp(9 * FAR / 10))), SURE, "9/10 of R"),
        mutant(softmax.with_then(at_formulas(SHARE <= line_bend(0) * s**2 * FAR / 12)), SURE, "half of the error"),
        mutant(softmax.with_then(at_formulas(REST >= line_bend(0) * s**2 / 2)), EVEN, "above the parabola"),
        mutant(softmax.drop(SPREADS), {**SURE, R: Rational(1, 2)}, "not the spread"),
    ],
)
def between_two_curves_of_softmax() -> Theorem:
    """L''' is the third central moment of the omegas, or the mean of such."""
    return conclude(_in_formulas(_bounds()), softmax)


# How far the minimum is

STATIONARY = Eq(line_slope(s), 0)
REACH = And(line_bend(0) * (1 - exp(-FAR)) <= R * Abs(line_slope(0)), R * Abs(line_slope(0)) <= line_bend(0) * (exp(FAR) - 1))
minimum = Statement(softmax.given, at_formulas(Implies(STATIONARY, REACH)))
# Two samples with the labels 2 and 1 and the logits 0 and s - 1: the minimum is at 1
OPPOSED = {**EVEN, n: 2, logit_of: Lambda((i, kind), 1 - kind), label_of: Lambda(i, 3 - i)}


@extends(
    "mutschler-zell:text-abs-core1",
    minimum,
    witness=at(OPPOSED),
    mutants=[
        mutant(
            minimum.with_then(at_formulas(Implies(STATIONARY, Eq(line_bend(0) * s, -line_slope(0))))), OPPOSED, "the parabola's minimum"
        ),
        mutant(minimum.with_then(at_formulas(REACH)), {**OPPOSED, s: 0}, "at any step"),
        mutant(
            minimum.with_then(at_formulas(Implies(STATIONARY, R * Abs(line_slope(0)) <= line_bend(0) * (1 - exp(-FAR))))),
            OPPOSED,
            "nearer than on the parabola, always",
        ),
    ],
)
def the_minimum_is_near_that_of_the_parabola() -> Theorem:
    """L' changes from l'(0) to 0: for N = |l'(0)|/l''(0) this is log(1 + R N) <= R|s| <= -log(1 - R N)."""
    reach = follows(REACH, STATIONARY, R > 0, using=(_bounds(),), because="|l'(s) - l'(0)| = |l'(0)|")
    return conclude(_in_formulas(discharge(reach, STATIONARY)), minimum)
