"""Softmax lines are close to parabolas: two-sided bounds, for any number of classes and of samples. (beyond section 4).

By `theory.line_search.softmax_lines` a softmax line has |l'''| <= R l'' with R the spread of the logits' rates, so that the bounds of
`theory.line_search.self_concordant` hold. For R|s| <= 1 the parabola's error is at most a share of about R|s|/3 of l''(0) s^2/2 (0.44 R|s|
at the end). So a line in the last layer must look like a parabola as far as no logit gains more than about 1 on another, whatever the data
are. On longer lines the bounds are wide, and a softmax line bends into a straight one. A mean over samples has the bounds with the largest
spread of all of them. Lines in other layers are not of this kind: there the logits do not move linearly.
"""

from functools import cache

from sympy import Abs, Eq, Expr, Integer, Lambda, Rational, exp, log

from theory.evidence import at, extends, mutant
from theory.line_search.line_loss import SAMPLES, mean
from theory.line_search.self_concordant import (
    BOUNDS,
    CONVEX,
    DERIVATIVES,
    FAR,
    REST,
    SLOW,
    between_two_curves,
)
from theory.line_search.softmax_lines import (
    SOFTMAX,
    SPREAD,
    at_least_its_first,
    bend,
    bend_moves,
    concordant,
    divided,
    loss,
    loss_moves,
    moment,
    positive,
    slope,
    slope_moves,
    third,
)
from theory.line_search.symbols import (
    C,
    R,
    bend_of,
    change,
    change_of,
    classes,
    i,
    jerk_of,
    kind,
    label,
    label_of,
    least,
    least_of,
    line,
    line_bend,
    line_jerk,
    line_of,
    line_slope,
    logit,
    logit_of,
    n,
    s,
    slope_of,
    t,
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
    equal_words,
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

FUNCTIONS = ((line, loss), (line_slope, slope), (line_bend, bend), (line_jerk, third))
IS_SOFTMAX = tuple(ForAll(s, True, Eq(f(s), formula(s))) for f, formula in FUNCTIONS)
CLOSE = And(*DERIVATIVES, SLOW, ForAll(s, True, BOUNDS))
softmax_line = Statement((*SOFTMAX, R > 0, *IS_SOFTMAX), CLOSE)


def _moves_alike(moving: Theorem, own: ForAll, rate: Theorem) -> Theorem:
    """From the derivative of a formula at s: that of the function which is the formula."""
    there = generalize(specialize(assume(own), s + t), t)
    same = cut(cite("same-curve", Lambda(t, there.then.args[2].lhs), *moving.then.args), there, moving)
    return generalize(divided(rewrite(same, rate)), s)


@cache
def _known_of_softmax() -> tuple[Theorem, ...]:
    """The three derivatives, 0 <= l'' <= R^2 and |l'''| <= R l''."""
    named = [specialize(assume(h), s) for h in IS_SOFTMAX]
    back = [follows(Eq(e.then.rhs, e.then.lhs), using=(e, positive(s))) for e in named]
    moving = (loss_moves(), slope_moves(), bend_moves())
    found = [_moves_alike(specialize(m, s), own, rate) for m, own, rate in zip(moving, IS_SOFTMAX, back[1:], strict=False)]
    using = (concordant(), positive(s), *named[2:])
    return (*found, *_last_two(R**2, *using))


def _last_two(most: Expr, *using: Theorem) -> list[Theorem]:
    """0 <= l'' <= C and |l'''| <= R l''."""
    formulas = [substitute(h.args[2], {C: most}) for h in (CONVEX, SLOW)]
    return [generalize(follows(formula, using=using, because="the mean, and the moments about it"), s) for formula in formulas]


def _close(known: tuple[Theorem, ...], most: Expr) -> Theorem:
    """The bounds, from the derivatives and what is known of the last two."""
    bounds = cut(instance(between_two_curves(), {C: most}), *known)
    return conjunction(*(one for one in known if one.then in CLOSE.args), bounds)


@cache
def between_two_softmax_curves() -> Theorem:
    """L''' is the third central moment of the omegas."""
    return conclude(_close(_known_of_softmax(), R**2), softmax_line)


# A mean over samples, each with its own logits and label, and all with the spread R

SAMPLE = {
    **{f: Lambda(s, g(i, s)) for f, g in ((line, line_of), (line_slope, slope_of), (line_bend, bend_of), (line_jerk, jerk_of))},
    **{logit: Lambda(kind, logit_of(i, kind)), change: Lambda(kind, change_of(i, kind))},
    **{label: label_of(i), least: least_of(i)},
}
EACH = ForAll(i, SAMPLES, And(*(substitute(h, SAMPLE) for h in (softmax_line.given[1], *IS_SOFTMAX))))
MEANS = tuple(
    ForAll(s, True, Eq(f(s), mean(g(i, s))))
    for f, g in ((line, line_of), (line_slope, slope_of), (line_bend, bend_of), (line_jerk, jerk_of))
)
softmax_mean = Statement((n >= 1, softmax_line.given[0], R > 0, EACH, *MEANS), softmax_line.then)


MOST = mean(R**2)


def _mean_is_not_negative(term: Expr, parts: Expr, why: Theorem) -> Theorem:
    """From x(i) >= 0 for each sample: so is the mean, written in parts."""
    every = throughout(follows(term >= 0, using=(why,)), i, SAMPLES)
    first = cut(cite("part-of-sum", term, i, n, Integer(1)), every)
    total = follows(mean(term) >= 0, n >= 1, using=(first, specialize(every, 1)), because="a sum of such terms")
    return follows(parts >= 0, n >= 1, using=(total, equal_words(mean(term), parts, because="term by term")))


@cache
def the_mean_is_between_two_curves() -> Theorem:
    """Derivatives and bounds of l'' and l''' are those of the mean, term by term."""
    own = specialize(assume(EACH), i)
    *moving, convex, slow = (specialize(_of_a_sample(one, own), s) for one in _known_of_softmax())
    named = [specialize(assume(h), s) for h in MEANS]
    back = [follows(Eq(e.then.rhs, e.then.lhs), n >= 1, using=(e,)) for e in named]
    found = []
    for curve, own_mean, rate in zip(moving, MEANS, back[1:], strict=False):
        total = cut(cite("velocity-of-sum", *curve.then.args, i, Integer(1), n), throughout(curve, i, SAMPLES))
        share = cut(cite("velocity-of-multiple", *total.then.args, 1 / n, Integer(1)), total)
        found.append(_moves_alike(share, own_mean, rate))
    bends, jerks = bend_of(i, s), jerk_of(i, s)
    sums = [
        _mean_is_not_negative(bends, mean(bends), convex),
        _mean_is_not_negative(R**2 - bends, MOST - mean(bends), convex),
        *(_mean_is_not_negative(R * bends + sign * jerks, R * mean(bends) + sign * mean(jerks), slow) for sign in (1, -1)),
    ]
    return conclude(_close((*found, *_last_two(MOST, *sums, *named[2:])), MOST), softmax_mean)


def _of_a_sample(theorem: Theorem, own: Theorem) -> Theorem:
    """The same of the sample i."""
    return cut(instance(theorem, {f: value for f, value in SAMPLE.items()}), own)


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
def _in_formulas() -> Theorem:
    """The bounds, with the formulas for what they are about."""
    close = the_mean_is_between_two_curves()
    bounds = specialize(part(close, close.then.args[-1]), s)
    each, equations = specialize(assume(EACH), i), []
    for own, mean_ in zip(IS_SOFTMAX[:3], MEANS, strict=False):
        alike = specialize(part(each, sampled(own)), s)
        total = sum_congruence(throughout(alike, i, SAMPLES))
        equations.append(generalize(rewrite(specialize(assume(mean_), s), total), s))
    return rewrite(bounds, *(specialize(one, step) for one in equations for step in (s, Integer(0))))


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
    """Such functions exist, so the bounds hold."""
    total = [substitute(formula(s), {moment(0, s): TOTAL}) for _, formula in FUNCTIONS]
    own = dict(zip((line_of, slope_of, bend_of, jerk_of), map(sampled, total), strict=True))
    point = {f: Lambda((i, s), formula) for f, formula in own.items()}
    point |= {f: Lambda(s, mean(formula)) for (f, _), formula in zip(FUNCTIONS, own.values(), strict=True)}
    same = [generalize(instance(one, SAMPLE), s) for one in _same_total()]
    each = throughout(conjunction(specialize(assume(SPREADS), i), *same), i, SAMPLES)
    return conclude(cut(instance(_in_formulas(), point), each), softmax)
