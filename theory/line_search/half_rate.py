"""Why half of the learning rate fits the lines best: the balance of a run whose lines are parabolas. (beyond sections 5 and 7).

Let SGD make T steps theta <- theta - lambda u, with u a mini-batch's gradient or anything else, and let the full-batch loss be a parabola
along each line, with any curvature. Then L changes in a step by -lambda <G, u> + lambda^2 u' H u/2, and the sum over the run is

    sum <G, u> / sum u' H u = lambda/2 + (L_0 - L_T)/(lambda sum u' H u).

The left side is the constant rate that is best on the lines of this run. So once the loss has stopped falling it is lambda/2, whatever
lambda, the network and the data are: 0.05 on the lines of a run with 0.1, and 0.025 on those of a run with 0.05. If each step of the run
itself were an exact line search, L would fall by lambda^2 u' H u/2 in each: with a bounded loss that cannot go on for ever.
"""

from functools import cache

from sympy import Eq, Expr, Integer, Lambda, Rational, Sum

from theory.evidence import at, extends, mutant
from theory.line_search.line_loss import curvature
from theory.line_search.symbols import (
    T,
    full_loss,
    gradient_at,
    heading,
    hessian_at,
    j,
    lam,
    lowest_loss,
    place,
    r,
    step_k,
    unit,
    update,
)
from theory.proof import (
    And,
    ForAll,
    Statement,
    Theorem,
    assume,
    combine_words,
    conclude,
    conjunction,
    equal_words,
    follows,
    generalize,
    inner,
    instance,
    part,
    rewrite,
    specialize,
    squared_norm,
    substitute,
    sum_congruence,
)
from theory.proof.ranges import throughout, up_to

RUN = And(j >= 1, j <= T)
SLOPE, BEND = inner(gradient_at(j), update(j)), curvature(hessian_at(j), update(j))


def over(term: Expr, last: Expr = T) -> Expr:
    """The sum over the steps 1, ..., last."""
    return Sum(term, (j, 1, last))


def with_rate(rate: Expr) -> Expr:
    """The full-batch loss on the line of step j, had the learning rate been this."""
    return full_loss(place(j - 1) - rate * update(j))


STEPS = ForAll(j, RUN, Eq(place(j), place(j - 1) - lam * update(j)))
PARABOLIC = ForAll(j, RUN, ForAll(r, True, Eq(with_rate(r), full_loss(place(j - 1)) - r * SLOPE + r**2 * BEND / 2)))
FALL = full_loss(place(0)) - full_loss(place(T))
BEST = over(SLOPE) / over(BEND)
BALANCED = Eq(BEST, lam / 2 + FALL / (lam * over(BEND)))
IS_BEST = ForAll(r, True, over(with_rate(BEST)) <= over(with_rate(r)))
balance = Statement((T >= 1, lam > 0, STEPS, PARABOLIC, over(BEND) > 0), And(BALANCED, IS_BEST))


@cache
def _loss_after_a_step() -> Theorem:
    """L(j) = L(j - 1) - lambda <G, u> + lambda^2 u' H u/2, for the steps of the run."""
    line, own = specialize(specialize(assume(PARABOLIC), j), lam), specialize(assume(STEPS), j)
    there = combine_words(place(j - 1) - lam * update(j), place(j), (-1, own, 1))
    return generalize(rewrite(line, there), j, RUN)


@cache
def _loss_after_the_run() -> Theorem:
    """L_T = L_0 - lambda sum <G, u> + lambda^2 sum u' H u/2, by induction on the steps."""
    claim = Eq(full_loss(place(step_k)), full_loss(place(0)) - lam * over(SLOPE, step_k) + lam**2 * over(BEND, step_k) / 2)
    none = [equal_words(over(term, Integer(0)), 0, because="no terms") for term in (SLOPE, BEND)]
    start = follows(substitute(claim, {step_k: Integer(0)}), using=tuple(none), because="no step")
    longer = [equal_words(over(term, step_k + 1), over(term, step_k) + substitute(term, {j: step_k + 1})) for term in (SLOPE, BEND)]
    here = specialize(_loss_after_a_step(), step_k + 1)
    step = follows(substitute(claim, {step_k: step_k + 1}), claim, using=(here, *longer), because="one step more")
    return specialize(up_to(start, step, claim, index=step_k, last=T), T)


@cache
def _losses_with_a_rate() -> Theorem:
    """The sum of L(j - 1) - r sum <G, u> + r^2 sum u' H u/2, had the rate been r."""
    each = throughout(specialize(specialize(assume(PARABOLIC), j), r), j, RUN)
    total = sum_congruence(each)
    start = over(full_loss(place(j - 1)))
    parts = equal_words(total.then.rhs, start - r * over(SLOPE) + r**2 * over(BEND) / 2, because="term by term")
    return follows(Eq(over(with_rate(r)), parts.then.rhs), using=(total, parts))


# U^2/2 of one parameter, lambda = 1: from 1 to -1, and back to 1; the gradients 1 and -1, the mini-batches' gradients 2 and -2
BOUNCES = {
    **{T: 2, lam: 1, unit: [[1]], full_loss: Lambda(heading, squared_norm(heading) / 2), hessian_at: Lambda(j, unit)},
    **{place: Lambda(j, (1 - 4 * j + 2 * j**2) * unit), update: Lambda(j, (6 - 4 * j) * unit)},
    gradient_at: Lambda(j, (7 - 8 * j + 2 * j**2) * unit),
}
# The same loss, lambda = 1/2: from 2 to 1 with the full gradient
FALLS = {
    **BOUNCES,
    T: 1,
    lam: Rational(1, 2),
    place: Lambda(j, (2 - j) * unit),
    **{f: Lambda(j, 2 * j * unit) for f in (update, gradient_at)},
}


@extends(
    "mutschler-zell:text-sgd005",
    balance,
    witness=at(BOUNCES),
    mutants=[
        mutant(balance.with_then(Eq(BEST, lam + FALL / (lam * over(BEND)))), BOUNCES, "lambda for lambda/2"),
        mutant(balance.with_then(Eq(BEST, lam / 2)), FALLS, "while the loss falls too"),
        mutant(balance.with_then(Eq(BEST, lam / 2 - FALL / (lam * over(BEND)))), FALLS, "the sign of the fall"),
        mutant(balance.drop(STEPS), {**BOUNCES, lam: 2}, "a rate that was not used"),
    ],
)
def energy_balance() -> Theorem:
    """The sum of the losses' changes; and a parabola in the rate."""
    run = _loss_after_the_run()
    rate = follows(BALANCED, T >= 1, lam > 0, over(BEND) > 0, using=(run,), because="divided by lambda sum u' H u")
    any_rate = _losses_with_a_rate()
    best = instance(any_rate, {r: BEST})
    low = follows(over(with_rate(BEST)) <= over(with_rate(r)), T >= 1, over(BEND) > 0, using=(any_rate, best), because="its vertex")
    return conclude(conjunction(rate, generalize(low, r)), balance)


# Once the loss has stopped falling

STILL, HALF = Eq(full_loss(place(T)), full_loss(place(0))), Eq(BEST, lam / 2)
stationary = Statement((*balance.given, STILL), And(HALF, ForAll(r, True, over(with_rate(lam / 2)) <= over(with_rate(r)))))


@extends(
    "mutschler-zell:text-sgd005",
    stationary,
    witness=at(BOUNCES),
    mutants=[
        mutant(stationary.with_then(Eq(BEST, lam)), BOUNCES, "the rate of the run"),
        mutant(stationary.drop(STILL), FALLS, "while the loss falls"),
        mutant(stationary.with_then(over(with_rate(lam)) < over(with_rate(Integer(0)))), BOUNCES, "the run's rate gains on its lines"),
    ],
)
def half_of_the_rate_is_best() -> Theorem:
    """The fall is 0; with the whole rate nothing is gained, on the mean over the lines."""
    rate, low = (part(energy_balance(), e) for e in (BALANCED, IS_BEST))
    half = follows(HALF, STILL, lam > 0, over(BEND) > 0, using=(rate,), because="the fall is 0")
    same = instance(_losses_with_a_rate(), {r: BEST})
    other = instance(_losses_with_a_rate(), {r: lam / 2})
    there = follows(
        over(with_rate(lam / 2)) <= over(with_rate(r)),
        over(BEND) > 0,
        using=(specialize(low, r), half, same, other),
        because="the same rate",
    )
    return conclude(conjunction(half, generalize(there, r)), stationary)


# A run whose own steps are exact line searches

EXACT = ForAll(j, RUN, Eq(SLOPE, lam * BEND))
ABOVE = full_loss(place(T)) >= lowest_loss
FALLS_BY, BOUND = Eq(FALL, lam**2 * over(BEND) / 2), over(BEND) <= 2 * (full_loss(place(0)) - lowest_loss) / lam**2
searches = Statement((T >= 1, lam > 0, STEPS, PARABOLIC, EXACT, ABOVE), And(FALLS_BY, BOUND))
# U^2/2 and lambda = 1: from 1 to 0 at once
AT_ONCE = {**FALLS, lam: 1, lowest_loss: 0, place: Lambda(j, (1 - j) * unit), **{f: Lambda(j, j * unit) for f in (update, gradient_at)}}


@extends(
    "mutschler-zell:text-abs-core2",
    searches,
    witness=at(AT_ONCE),
    mutants=[
        mutant(searches.drop(EXACT), {**BOUNCES, lowest_loss: 0}, "any run"),
        mutant(searches.with_then(Eq(FALL, lam**2 * over(BEND))), AT_ONCE, "without the half"),
        mutant(searches.with_then(over(BEND) <= (full_loss(place(0)) - lowest_loss) / lam**2), AT_ONCE, "half of the bound"),
    ],
)
def exact_line_searches_cannot_go_on() -> Theorem:
    """The sum of <G, u> is lambda times that of u' H u, so the fall is half of lambda^2 times that."""
    total = sum_congruence(assume(EXACT))
    same = follows(Eq(over(SLOPE), lam * over(BEND)), using=(total, equal_words(total.then.rhs, lam * over(BEND))), because="in every step")
    fall = follows(FALLS_BY, using=(same, _loss_after_the_run()), because="the balance of the run")
    bound = follows(BOUND, ABOVE, lam > 0, using=(fall,), because="no loss is below l")
    return conclude(conjunction(fall, bound), searches)
