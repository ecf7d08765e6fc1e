"""Variants that reach the exact minimum need more than smoothness; and steps that work do not show the PL condition. (section 4.1).

Whatever the step sizes, a start at a critical point never moves. On a convex loss, steps of at most (L - l)/(c_k |g|^2), with any lower
bound l of the loss in place of L*, bring the weighted mean of the losses to within (|theta_0 - z|^2 + (L* - l) sum h_k/c_k)/sum h_k of
L*: to L* itself, if the c_k tend to infinity and the sum of the h_k is infinite.
"""

from functools import cache

from sympy import Abs, Eq, Expr, Lambda, Rational, Sum

from theory.corridors.polyak import ABOVE as HEIGHT
from theory.corridors.polyak import BOUNDED_BELOW, FINITE, QUARTIC, SOME_PL, no_constant_for_the_quartic
from theory.corridors.polyak import POINT as CURVE
from theory.corridors.polyak import STEEPNESS as SLOPE
from theory.corridors.polyak_runs import (
    ABOVE,
    GROWTH,
    HALVES,
    NEXT,
    POINT,
    SMOOTH,
    STEEPNESS,
    STEP,
    SUMMIT,
    TO_THE_MINIMUM,
    along_the_run,
    always,
    until,
)
from theory.corridors.symbols import (
    U,
    best,
    c,
    d,
    g,
    growth,
    j,
    k,
    least,
    loss,
    lower,
    mu,
    n,
    rate,
    s,
    share,
    smooth,
    t,
    target,
    theta,
    unit,
)
from theory.evidence import at, extends, mutant, proves, refutes
from theory.proof import (
    And,
    ForAll,
    Implies,
    Or,
    Refutation,
    Statement,
    Tends,
    Theorem,
    Trace,
    Velocity,
    assume,
    cite,
    combine_words,
    conclude,
    conjunction,
    counterexample,
    cut,
    equal_words,
    evaluate,
    follows,
    generalize,
    induction,
    inner,
    instance,
    part,
    rewrite,
    specialize,
    squared_norm,
    substitute,
)
from theory.proof.ranges import up_to

# Steps of at most (L - l)/(c_k |g|^2) with growing c_k; share(k) is 1/c_k

BOUND = And(rate(k) >= 0, share(k) >= 0, share(k) <= 1, rate(k) * STEEPNESS <= share(k) * (loss(POINT) - lower))
orvieto = Statement(
    (
        *(always(e) for e in (STEP, ABOVE >= 0, SMOOTH, GROWTH, BOUND, rate(k) > 0)),
        *(smooth > 0, growth >= 1, least >= lower, Tends(k, share(k), 0)),
    ),
    TO_THE_MINIMUM,
    source="dherin-rosca:text-orvieto",
)


def total(body: Expr) -> Sum:
    """The sum over the steps 0, ..., n - 1."""
    return Sum(substitute(body, {k: j - 1}), (j, 1, n))


CONVEX = And(least >= loss(POINT) + inner(g(POINT), best - POINT), ABOVE >= 0)  # z is a minimiser, with the loss L*
DISTANCE = squared_norm(POINT - best)
FIRST = substitute(DISTANCE, {k: 0})
GAINED, ALLOWED = total(rate(k) * ABOVE), total(share(k) * rate(k))
mean_loss = orvieto.amend(
    given=(n >= 1, *(until(e) for e in (STEP, CONVEX, BOUND)), least >= lower),
    then=GAINED <= FIRST + (least - lower) * ALLOWED,
    why="It needs more than smoothness and the growth condition, e.g. convexity: a start at a critical point never moves, whatever the "
    "step sizes. On a convex loss the weighted mean of the losses has this bound, for any lower bound l of the loss.",
)
# theta^2/2 from 1, with the lower bound -1/2 in place of 0, in steps of 1/2 and 1/4
LOW = {
    **HALVES,
    best: [[0]],
    theta: Lambda(k, (16 - 11 * k + 3 * k**2) / 16 * unit),
    rate: Lambda(k, Rational(1, 2) - k / 4),
    share: Lambda(k, (2 - k) / 2),
    lower: -Rational(1, 2),
}
# |theta| from 1, with the lower bound -1: to -1
FAR_BEYOND = {
    **LOW,
    theta: Lambda(k, (1 - 2 * k) * unit),
    loss: Lambda(U, Abs(Trace(U))),
    g: Lambda(U, unit),
    rate: Lambda(k, 2),
    share: Lambda(k, 1),
    lower: -1,
    n: 1,
}


def shares_tend_to_zero() -> tuple[Theorem, ...]:
    """C^k is in [0, 1] and tends to 0 for 0 <= c < 1; here for c = 1/2."""
    power = follows(Eq(c ** (k + 1), c * c**k), c >= 0, k >= 0)
    less = (c**k >= 0, c**k <= 1)
    signs = follows(And(c ** (k + 1) >= 0, c ** (k + 1) <= 1), *less, c >= 0, c < 1, k >= 0, using=(power,))
    signs = cut(signs, *(part(assume(And(*less)), e) for e in less))
    signs = induction(follows(And(c**0 >= 0, c**0 <= 1)), signs, k, 0)
    most, below = (follows(e, k >= 0, using=(specialize(signs, k),)) for e in (less[1], Abs(c**k - 0) <= c**k * 1))
    limit = cut(cite("geometric-convergence", Lambda(k, c**k), 0, c, 1), generalize(below, k, k >= 0))
    return tuple(instance(e, {c: Rational(1, 2)}) for e in (generalize(most, k, k >= 0), limit))


@refutes(orvieto, why=mean_loss.why)
def no_step_size_leaves_a_summit() -> Refutation:
    """1 + cos at 0, where the gradient is 0 and the loss largest."""
    return counterexample(orvieto, {**SUMMIT, lower: 0, share: Lambda(k, Rational(1, 2) ** k)}, *shares_tend_to_zero())


at_rest = Statement((always(STEP), Eq(g(theta(0)), 0)), always(Eq(POINT, theta(0))))
RESTING = {theta: Lambda(k, 1), g: Lambda(U, U - 1), rate: Lambda(k, 1)}
RAMP = {theta: Lambda(k, -k), g: Lambda(U, 1), rate: Lambda(k, 1)}


@extends(
    "dherin-rosca:text-orvieto",
    at_rest,
    witness=at(RESTING),
    mutants=[
        mutant(at_rest.drop(at_rest.given[1]), RAMP, "from any start"),
        mutant(at_rest.with_then(always(Eq(POINT, 2 * theta(0)))), RESTING, "twice as far"),
    ],
)
def whatever_the_step_sizes() -> Theorem:
    """So no variant of the rule leaves a critical point: a step is a multiple of the gradient there, which is 0."""
    claim = Eq(POINT, theta(0))
    once = specialize(assume(always(STEP)), k)
    once = rewrite(rewrite(once, assume(claim)), assume(Eq(g(theta(0)), 0)))
    step = combine_words(NEXT, theta(0), (1, once, 1))
    return conclude(induction(evaluate(substitute(claim, {k: 0})), step, k, 0), at_rest)


@cache
def one_step_nearer() -> Theorem:
    """|theta+ - z|^2 <= |theta - z|^2 - h (L - L*) + (L* - l) h/c, with 1/c = share."""
    step = equal_words(
        squared_norm(NEXT - best), DISTANCE + 2 * rate(k) * inner(g(POINT), best - POINT) + rate(k) ** 2 * STEEPNESS, assume(STEP)
    )
    known = (*CONVEX.args, *BOUND.args)
    square = follows(
        rate(k) ** 2 * STEEPNESS <= rate(k) * share(k) * (ABOVE + least - lower), *known, because="h times the bound of h |g|^2"
    )
    small = follows(rate(k) * share(k) * ABOVE <= rate(k) * ABOVE, *known, because="1/c <= 1")
    wanted = squared_norm(NEXT - best) <= DISTANCE - rate(k) * ABOVE + (least - lower) * share(k) * rate(k)
    return along_the_run(follows(wanted, *known, using=(step, square, small)), STEP, CONVEX, BOUND)


@proves(
    mean_loss,
    witness=at(LOW),
    mutants=[
        mutant(mean_loss.with_then(GAINED <= FIRST), FAR_BEYOND, "without the allowance"),
        mutant(mean_loss.drop(until(CONVEX)), {**SUMMIT, best: [[3]], lower: 0, share: Lambda(k, 1), rate: Lambda(k, 9)}, "not convex"),
        mutant(
            mean_loss.drop(until(BOUND)),
            {**FAR_BEYOND, theta: Lambda(k, (1 - 4 * k) * unit), rate: Lambda(k, 4), share: Lambda(k, 0)},
            "longer steps",
        ),
    ],
)
def the_mean_loss_tends_to_the_least() -> Theorem:
    """The distances telescope."""
    gained, allowed = (substitute(e, {n: k}) for e in (GAINED, ALLOWED))
    claim = DISTANCE + gained <= FIRST + (least - lower) * allowed
    start = follows(
        substitute(claim, {k: 0}), using=tuple(equal_words(substitute(e, {k: 0}), 0) for e in (gained, allowed)), because="nothing yet"
    )
    longer = (
        equal_words(substitute(gained, {k: k + 1}), gained + rate(k) * ABOVE),
        equal_words(substitute(allowed, {k: k + 1}), allowed + share(k) * rate(k)),
    )
    step = follows(substitute(claim, {k: k + 1}), claim, using=(one_step_nearer(), *longer), because="one step more")
    end = specialize(up_to(start, step, claim, index=k, last=n), n)
    size = cite("norm-nonnegative", theta(n) - best)
    return conclude(follows(mean_loss.then, n >= 1, using=(end, size), because="the last distance is not negative"), mean_loss)


# Do Polyak steps that work show the PL condition?

AFTER = loss(CURVE - HEIGHT / SLOPE * g(CURVE)) - least
SUCCEED = ForAll(t, SLOPE > 0, AFTER <= c * HEIGHT)  # every Polyak step leaves at most the part c of what is above L*
pl_broad = Statement((BOUNDED_BELOW, FINITE, SUCCEED, c >= 0, c < 1), SOME_PL, source="dherin-rosca:text-pl-broad")
ERROR = (s * t - target) ** 2 / 2  # two layers of one weight each
NETWORK = {s: t * (s * t - target), t: s * (s * t - target)}
GRADIENT = tuple(Velocity(Lambda(d, substitute(ERROR, {weight: weight + d})), slope) for weight, slope in NETWORK.items())
HOLDS = sum(slope**2 for slope in NETWORK.values()) >= 2 * mu * ERROR
OUTSIDE = Or(Eq(s * t, target), s**2 + t**2 >= mu)
in_a_network = pl_broad.amend(
    given=(mu > 0,),
    then=And(*GRADIENT, Implies(HOLDS, OUTSIDE), Implies(OUTSIDE, HOLDS)),
    why="Steps that work do not show it: they work on theta^4, where PL holds with no mu near the minimum. With two layers of one weight "
    "PL(mu) holds exactly outside a disc of radius sqrt(mu), and at minima.",
)
IN_THE_DISC = {s: Rational(1, 2), t: Rational(1, 2), target: 1, mu: 1}


@refutes(pl_broad, why=in_a_network.why)
def they_work_on_the_quartic() -> Refutation:
    """Every step on theta^4 takes a quarter off theta."""
    left = generalize(follows(81 * t**4 / 256 <= t**4 / 2, because="(3/4)^4 < 1/2"), t, 16 * t**6 > 0)
    finite_ = generalize(follows(16 * t**6 > 0, t**4 > 0), t, t**4 > 0)
    return counterexample(pl_broad, {**QUARTIC, c: Rational(1, 2)}, left, finite_, no_constant_for_the_quartic())


@proves(
    in_a_network,
    witness=at({**IN_THE_DISC, t: 3}),
    mutants=[
        mutant(in_a_network.with_then(HOLDS), IN_THE_DISC, "everywhere"),
        mutant(in_a_network.with_then(Implies(s**2 + t**2 >= mu / 2, HOLDS)), IN_THE_DISC, "outside of a smaller disc"),
    ],
)
def all_but_a_disc() -> Theorem:
    """|g|^2 = (s^2 + t^2) (s t - y)^2."""
    slopes = (evaluate(slope) for slope in GRADIENT)
    both = (follows(e, mu > 0, because="divided by (s t - y)^2") for e in in_a_network.then.args if isinstance(e, Implies))
    return conclude(conjunction(*slopes, *both), in_a_network)
