"""Polyak steps without convexity: what Loizou et al. and Orvieto et al. can promise, and what they cannot. (section 4.1).

The full batch is the case without noise, which every theorem on minibatches includes. There gradient descent with any step sizes rests
for ever at a critical point, however high it lies: smoothness and growth conditions lead to critical points, not to minima. The Polyak-
Lojasiewicz condition excludes them, and then a factor 1/gamma with gamma > M/(4 mu) makes the loss fall at a linear rate; without the
factor a run can go to and fro for ever. That Polyak steps work does not show the condition either: on x^4 they do.
"""

from functools import cache

from sympy import Abs, Eq, Expr, Lambda, Min, Rational, cos, diff, factor

from theory.corridors.symbols import (
    U,
    c,
    cap,
    g,
    growth,
    k,
    least,
    loss,
    mu,
    multiplier,
    n,
    radius,
    rate,
    s,
    smooth,
    theta,
    unit,
)
from theory.evidence import at, extends, mutant, proves, refutes
from theory.proof import (
    And,
    ForAll,
    Implies,
    Not,
    Or,
    Refutation,
    Statement,
    Tends,
    Theorem,
    Trace,
    assume,
    cite,
    conclude,
    conjunction,
    counterexample,
    cut,
    discharge,
    equal_words,
    follows,
    inner,
    instance,
    part,
    specialize,
    squared_norm,
    substitute,
)
from theory.proof.logic import Boolean
from theory.proof.ranges import throughout, up_to

POINT, NEXT = theta(k), theta(k + 1)
STEEPNESS = squared_norm(g(POINT))
ABOVE = loss(POINT) - least
START = substitute(ABOVE, {k: 0})


def always(body: Boolean) -> ForAll:
    """At every step of an endless run."""
    return ForAll(k, k >= 0, body)


def until(body: Boolean, last: Expr = n - 1) -> ForAll:
    """At the steps 0, ..., n - 1."""
    return ForAll(k, And(k >= 0, k <= last), body)


STEP = Eq(NEXT, POINT - rate(k) * g(POINT))
# The descent lemma between two iterates, for a gradient with the Lipschitz constant M
SMOOTH = loss(NEXT) <= loss(POINT) + inner(g(POINT), NEXT - POINT) + smooth / 2 * squared_norm(NEXT - POINT)
# The Polyak step divided by gamma, or h_max where that is less
CLIPPED = Or(
    And(multiplier * cap * STEEPNESS <= ABOVE, Eq(rate(k), cap)),
    And(multiplier * cap * STEEPNESS > ABOVE, Eq(multiplier * rate(k) * STEEPNESS, ABOVE)),
)
PL = STEEPNESS >= 2 * mu * ABOVE
GROWTH = STEEPNESS <= growth * STEEPNESS  # without noise the gradient of each batch is the whole gradient
POSITIVE = (smooth > 0, multiplier > 0, cap > 0)

ENDLESS = tuple(always(e) for e in (STEP, ABOVE >= 0, SMOOTH, CLIPPED))
TO_THE_MINIMUM = Tends(k, loss(POINT), least)
NEAR = Not(always(ABOVE > radius))  # some iterate comes near
loizou = Statement(
    (*ENDLESS, *POSITIVE, mu > 0, growth >= 1, radius > 0),
    And(Implies(always(PL), TO_THE_MINIMUM), Implies(always(GROWTH), NEAR)),
    source="dherin-rosca:text-loizou-guarantees",
)

RUN = (n >= 1, *(until(e) for e in (STEP, SMOOTH, CLIPPED)), until(ABOVE >= 0, n))
LEFT = substitute(ABOVE, {k: n})
SLACK = 1 - smooth / (4 * mu * multiplier)  # how far gamma is above M/(4 mu)
QUOTIENT = 1 - SLACK * Min(1 / multiplier, 2 * mu * cap)
ENOUGH = (multiplier > smooth / (4 * mu), smooth >= mu, mu > 0)
FAR = And(STEEPNESS >= radius, ABOVE >= multiplier * cap * radius)  # from critical points
under_pl = Implies(And(until(PL), *ENOUGH), And(QUOTIENT < 1, LEFT <= QUOTIENT**n * START))
near_critical = Implies(And(until(FAR), cap * smooth <= 1), n * cap * radius <= 2 * START)
critical_points = loizou.amend(
    given=(*RUN, *POSITIVE, radius > 0),
    then=And(under_pl, near_critical),
    why="Case 2 leads near critical points, not near minima: a start at a critical point never moves, however high it lies. Case 1 holds, "
    "at a linear rate, for factors 1/gamma with gamma > M/(4 mu); where gamma = M/(4 mu) along the run it can be a 2-cycle.",
)

# 1 + cos at its maximum 2; stretched, with the same curvature, as high as one likes
SUMMIT = {
    unit: [[1]],
    theta: Lambda(k, 0 * unit),
    loss: Lambda(U, 1 + cos(Trace(U))),
    g: Lambda(U, 0 * unit),
    rate: Lambda(k, 1),
    least: 0,
    smooth: 1,
    multiplier: 1,
    cap: 1,
    mu: 1,
    growth: 1,
    radius: 1,
    n: 2,
}
# theta^2/2 from 1, in two steps of 1/2
HALVES = {
    **SUMMIT,
    theta: Lambda(k, Rational(1, 2) ** Abs(k) * unit),
    loss: Lambda(U, Trace(U) ** 2 / 2),
    g: Lambda(U, Trace(U) * unit),
    rate: Lambda(k, Rational(1, 2)),
    cap: Rational(1, 2),
    radius: Rational(1, 8),
}
AT_ONCE = {**HALVES, theta: Lambda(k, (1 - k) * unit), rate: Lambda(k, 1), multiplier: Rational(1, 2), cap: 1, radius: 1, n: 1}
# A loss with PL(1/8) everywhere, at 1 and -1, where it is 1 and the slope 1/2 and -1/2; M = 1/2 holds along the run only
TO_AND_FRO = {
    **SUMMIT,
    theta: Lambda(k, (-1) ** Abs(k) * unit),
    loss: Lambda(U, (157 * Trace(U) ** 2 - 138 * Trace(U) ** 4 + 45 * Trace(U) ** 6) / 64),
    g: Lambda(U, (157 * Trace(U) - 276 * Trace(U) ** 3 + 135 * Trace(U) ** 5) / 32 * unit),
    rate: Lambda(k, 4),
    smooth: Rational(1, 2),
    mu: Rational(1, 8),
    cap: 4,
}


@refutes(loizou, why=critical_points.why)
def a_start_on_a_summit() -> Refutation:
    """1 + cos at 0: the step is h_max times 0, for ever, and the loss 2 is the largest, not within 1 of the least."""
    return counterexample(loizou, SUMMIT)


@cache
def descends() -> Theorem:
    """L(theta - h g) <= L - h |g|^2 + M h^2 |g|^2/2."""
    slope = equal_words(inner(g(POINT), NEXT - POINT), -rate(k) * STEEPNESS, assume(STEP))
    length = equal_words(squared_norm(NEXT - POINT), rate(k) ** 2 * STEEPNESS, assume(STEP))
    wanted = loss(NEXT) <= loss(POINT) - rate(k) * STEEPNESS + smooth / 2 * rate(k) ** 2 * STEEPNESS
    return follows(wanted, SMOOTH, using=(slope, length))


def along_the_run(theorem: Theorem, *bodies: Boolean) -> Theorem:
    """What follows from formulas about one step, from the same about all steps: for 0 <= k, k + 1 <= n."""
    for body in bodies:
        whole = until(body, n if body == (ABOVE >= 0) else n - 1)
        parts = body.args if isinstance(body, And) else (body,)
        each = specialize(assume(whole), k)
        theorem = cut(theorem, *(follows(p, k >= 0, k + 1 <= n, using=(each,)) for p in parts if p in theorem.given))
    return theorem


@cache
def one_step_shrinks() -> Theorem:
    """L+ - L* <= q (L - L*), whether the step is clipped or not."""
    known = (CLIPPED, PL, ABOVE >= 0, *POSITIVE, *ENOUGH)
    size = cite("norm-nonnegative", g(POINT))
    # h <= 1/(2 mu gamma), so M h/2 <= M/(4 mu gamma); where g is 0 the loss is least already
    gain = follows(rate(k) * STEEPNESS * SLACK <= loss(POINT) - loss(NEXT), *known, using=(descends(), size), because="M h/2 is small")
    least_gain = follows(rate(k) * STEEPNESS >= Min(1 / multiplier, 2 * mu * cap) * ABOVE, *known, using=(size,), because="clipped or not")
    shrinks = follows(loss(NEXT) - least <= QUOTIENT * ABOVE, *known, using=(gain, least_gain), because="together")
    return along_the_run(shrinks, STEP, SMOOTH, CLIPPED, PL, ABOVE >= 0)


@cache
def at_a_rate() -> Theorem:
    """If every step leaves at most the part c of what is above L*, c >= 0, then n steps leave c^n."""
    each = until(loss(NEXT) - least <= c * ABOVE)
    claim = ABOVE <= c**k * START
    start = follows(substitute(claim, {k: 0}), because="c^0 = 1")
    power = follows(Eq(c ** (k + 1), c * c**k), c >= 0, k >= 0)
    step = follows(
        substitute(claim, {k: k + 1}), claim, c >= 0, k + 1 <= n, using=(specialize(assume(each), k), power), because="once more"
    )
    return specialize(up_to(start, step, claim, c >= 0, index=k, last=n), n)


@cache
def linear_rate() -> Theorem:
    """Q is in [0, 1): at gamma = M/(2 mu), the best factor, without a clip, it is 1 - mu/M."""
    known = (*POSITIVE, *ENOUGH)
    range_ = follows(And(QUOTIENT >= 0, QUOTIENT < 1), *known, because="(1 - M/(4 mu gamma))/gamma <= mu/M <= 1")
    left = instance(at_a_rate(), {c: QUOTIENT})
    each = throughout(one_step_shrinks(), k, And(k >= 0, k <= n - 1))
    left = cut(left, each, part(range_, QUOTIENT >= 0))
    left = conclude(left, Statement((*RUN, until(PL), *known), left.then))
    return discharge(conjunction(part(range_, QUOTIENT < 1), left), until(PL), *ENOUGH)


@cache
def few_steps_are_far() -> Theorem:
    """With M h <= 1 a step lowers the loss by h |g|^2/2 at least, and h |g|^2 is (L - L*)/gamma or h_max |g|^2."""
    known = (CLIPPED, ABOVE >= 0, *POSITIVE, cap * smooth <= 1, radius > 0)
    size = cite("norm-nonnegative", g(POINT))
    fall = follows(loss(NEXT) <= loss(POINT) - rate(k) * STEEPNESS / 2, *known, using=(descends(), size), because="M h <= 1")
    gain = follows(rate(k) * STEEPNESS >= cap * radius, *known, *FAR.args, because="clipped or not")
    fall = follows(loss(NEXT) <= loss(POINT) - cap * radius / 2, using=(fall, gain))
    fall = along_the_run(fall, STEP, SMOOTH, CLIPPED, FAR, ABOVE >= 0)
    claim = ABOVE <= START - k * cap * radius / 2
    step = follows(substitute(claim, {k: k + 1}), claim, using=(fall,), because="one step more")
    start = follows(substitute(claim, {k: 0}), because="at the start")
    end = specialize(up_to(start, step, claim, *POSITIVE, radius > 0, cap * smooth <= 1, index=k, last=n), n)
    left = specialize(assume(until(ABOVE >= 0, n)), n)
    short = follows(near_critical.args[1], n >= 1, using=(end, left), because="the loss does not fall below L*")
    return discharge(
        conclude(short, Statement((*RUN, *POSITIVE, radius > 0, until(FAR), cap * smooth <= 1), short.then)), until(FAR), cap * smooth <= 1
    )


@proves(
    critical_points,
    witness=at(HALVES),
    mutants=[
        mutant(
            critical_points.with_then(Implies(And(until(PL), multiplier >= smooth / (4 * mu), mu > 0), LEFT < START)),
            TO_AND_FRO,
            "gamma = M/(4 mu)",
        ),
        mutant(
            critical_points.with_then(Implies(And(until(FAR), cap * smooth <= 1), n * cap * radius <= START)), AT_ONCE, "half as many steps"
        ),
        mutant(critical_points.with_then(LEFT <= radius), SUMMIT, "without PL"),
    ],
)
def to_critical_points_or_to_the_minimum() -> Theorem:
    """Under PL a linear rate; without it a bound on the number of steps far from critical points."""
    return conclude(conjunction(linear_rate(), few_steps_are_far()), critical_points)


# How high a run may rest: no neighbourhood of the minima is named by the constants

HILL = radius**2 * (radius**2 - s**2) ** 2 / (8 * (radius**2 + s**2) ** 2)  # one loss for each r, with its minima at r and -r
HILL_SLOPE, HILL_BEND = (factor(diff(HILL, s, order)) for order in (1, 2))
SHAPE = (HILL >= 0, Implies(Eq(s, radius), Eq(HILL, 0)), Abs(HILL_BEND) <= 1)  # so the gradient has the constant M = 1
TOP = (Implies(Eq(s, 0), Eq(HILL, radius**2 / 8)), Implies(Eq(s, 0), Eq(HILL_SLOPE, 0)))
however_high = Statement((radius > 0,), And(*SHAPE, *TOP))


@extends(
    "dherin-rosca:text-loizou-guarantees",
    however_high,
    witness=at({radius: 4, s: 1}),
    mutants=[
        mutant(however_high.with_then(Abs(HILL_BEND) <= Rational(9, 10)), {radius: 4, s: 0}, "less curvature"),
        mutant(however_high.with_then(HILL <= 1), {radius: 4, s: 0}, "no higher than 1"),
    ],
)
def hills_of_any_height() -> Theorem:
    """With M = 1 and the least loss 0 there is a critical point at the height r^2/8, whatever r; a start there never moves."""
    return conclude(conjunction(*(follows(e, radius > 0) for e in however_high.then.args)), however_high)
