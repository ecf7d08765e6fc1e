"""A mean of softmax losses along a line: its derivatives are the means of theirs, and it has the bounds of `self_concordant`.

Functions stand for the losses of the samples and for their mean, with their derivatives; `theory.line_search.softmax_bounds` puts the
formulas in for them.
"""

from functools import cache

from sympy import Eq, Expr, Integer, Lambda

from theory.line_search.line_loss import SAMPLES, mean
from theory.line_search.self_concordant import (
    BOUNDS,
    CONVEX,
    DERIVATIVES,
    SLOW,
    between_two_curves,
)
from theory.line_search.softmax_lines import (
    SOFTMAX,
    bend,
    bend_moves,
    concordant,
    divided,
    loss,
    loss_moves,
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
    equal_words,
    follows,
    generalize,
    instance,
    rewrite,
    specialize,
    substitute,
)
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
