"""What one step of gradient descent misses of the flow: (h^2/2) H g to second order, and never more than (h^2/2) sup |H g|. (Theorem 3.1).

The error of a step is what the gradient changes along the flow, added up: it changes at the rate -H g. For a loss that is only twice
differentiable the rest of the expansion is smaller than h^2, but need not be of order h^3. That steps of all sizes are exact is needed for
H g = 0: on the line there are losses for which all steps of one size are, and no solution is straight.
"""

from functools import cache

from sympy import Expr, Lambda, Min, Rational, exp

from theory.corridors.corridor import (
    GRADIENT,
    LIVES,
    SMOOTH,
    SOLVES,
    TIMES,
    VANISHES,
    carried,
    jacobian,
    moved,
    the_product_vanishes,
)
from theory.corridors.descent import FOLLOWS, RUNS, followed_flow_is_straight
from theory.corridors.symbols import H, T, U, d, eps, g, h, most, radius, s, since, t, unit, v, x
from theory.evidence import at, extends, mutant
from theory.proof import (
    And,
    Exists,
    ForAll,
    Implies,
    Statement,
    Theorem,
    Velocity,
    assume,
    cite,
    conclude,
    conjunction,
    cut,
    discharge,
    equal_words,
    evaluate,
    exhibit,
    follows,
    instance,
    specialize,
    squared_norm,
)
from theory.proof.logic import Boolean
from theory.proof.ranges import choose, throughout

STEP = x(0) - h * g(x(0))
ERROR = x(h) - STEP
DURING = And(t >= 0, t <= h)
BENDS = ForAll(t, DURING, squared_norm(H(x(t)) * g(x(t))) <= most**2)  # |H g| <= K along the flow
IN_TIME = (h >= 0, h < T)
bounded = Statement((LIVES, SOLVES, SMOOTH, *IN_TIME, most >= 0, BENDS), squared_norm(ERROR) <= (most * h**2 / 2) ** 2)
# L = theta^2 on the line, from 1: the flow is at e^(-2 t), and H g = 4 e^(-2 t)
BOWL = {
    unit: [[1]],
    since: -1,
    T: 1,
    h: Rational(1, 8),
    most: 4,
    g: Lambda(U, 2 * U),
    H: Lambda(U, 2),
    x: Lambda(t, exp(-2 * t) * unit),
}


def it_bends_less_later() -> Theorem:
    """16 e^(-4 t) <= 16."""
    within_ = And(t >= 0, t <= BOWL[h])
    falls = cite("power-monotone", exp(-4), 1, t)
    return throughout(follows(16 * exp(-4 * t) <= 16, *within_.args, using=(falls,)), t, within_)


@cache
def the_gradient_moves_slowly() -> Theorem:
    """|g(x(t)) - g(x(0))| <= K t for 0 <= t <= h, as the gradient moves at the rate -H g."""
    moves = specialize(throughout(moved(GRADIENT, H(x(t)), SMOOTH), t, TIMES), s)
    small = specialize(assume(BENDS), s)
    turned = equal_words(squared_norm(-H(x(s)) * g(x(s))), squared_norm(H(x(s)) * g(x(s))))
    slow = follows(And(most >= 0, squared_norm(-H(x(s)) * g(x(s))) <= most**2), most >= 0, using=(small, turned))
    reach = cite("mean-value", Lambda(s, g(x(s))), -H(x(s)) * g(x(s)), most * s, d, t)
    return within(cut(reach, *(throughout(within(each, s >= 0, s <= t), s, And(s >= 0, s <= t)) for each in (moves, slow))))


def within(theorem: Theorem, *ranges: Boolean) -> Theorem:
    """A theorem from the hypotheses of `bounded`, for 0 <= t <= h and further ranges."""
    return conclude(theorem, Statement((*bounded.given, *DURING.args, *ranges), theorem.then))


@extends(
    "dherin-rosca:equation-3-1-taylor",
    bounded,
    witness=at(BOWL, it_bends_less_later),
    mutants=[
        mutant(bounded.with_then(squared_norm(ERROR) <= (most * h**2 / 3) ** 2), BOWL, "with 1/3", it_bends_less_later),
        mutant(bounded.with_then(squared_norm(ERROR) <= (most * h**3) ** 2), BOWL, "of third order", it_bends_less_later),
        mutant(bounded.drop(BENDS), {**BOWL, most: 1}, "with another bound"),
        mutant(bounded.drop(SMOOTH), {**BOWL, most: 0, H: Lambda(U, 0)}, "with another Hessian"),
    ],
)
def a_step_misses_at_most() -> Theorem:
    """|x(h) - (x(0) - h g(x(0)))| <= (h^2/2) sup |H g| along the flow: x(t) + t g(x(0)) moves at the rate g(x(0)) - g(x(t))."""
    total = carried(specialize(assume(SOLVES), t), g(x(0)))
    curve, velocity = x(t) + t * g(x(0)), -g(x(t)) + g(x(0))
    moves = specialize(total, t)
    turned = equal_words(squared_norm(velocity), squared_norm(g(x(t)) - g(x(0))))
    slow = And(most * t >= 0, squared_norm(velocity) <= (most * t) ** 2)
    slow = follows(slow, most >= 0, t >= 0, using=(the_gradient_moves_slowly(), turned))
    reach = cite("mean-value", Lambda(t, curve), velocity, most * t**2 / 2, d, h)
    reach = cut(reach, *(throughout(within(each), t, DURING) for each in (moves, slow)))
    error = equal_words(squared_norm(ERROR), squared_norm(x(h) + h * g(x(0)) - x(0)))
    return conclude(follows(bounded.then, using=(reach, error)), bounded)


# The expansion of the flow, for a loss with two derivatives at the start

BEND = H(x(0)) * g(x(0))
REST = x(h) - x(0) + h * g(x(0)) - h**2 * BEND / 2
SOON = And(h >= 0, h <= radius)
START = jacobian(GRADIENT, x(0), H(x(0)))


def up_to(bound: Expr) -> Exists:
    """|x(h) - x(0) + h g - (h^2/2) H g| is at most so much, for 0 <= h <= r, for some r > 0."""
    return Exists(radius, radius > 0, ForAll(h, SOON, squared_norm(REST) <= bound**2))


SMALLER = ForAll(eps, eps > 0, up_to(eps * h**2))  # o(h^2)
ONLY_THERE = Implies(And(*RUNS, FOLLOWS), VANISHES)
printed = Statement(
    (LIVES, SOLVES, SMOOTH),
    And(Exists(most, True, up_to(most * h**3)), ONLY_THERE),  # O(h^3)
    source="dherin-rosca:equation-3-1-taylor",
)
expansion = printed.amend(
    then=And(SMALLER, ONLY_THERE),
    why="The rest is o(h^2). Two derivatives of the loss do not make it O(h^3): where the slope is |1 - |r|^(3/2)|^(5/3) it is of order "
    "h^(5/2). Three derivatives do.",
)


@cache
def the_flow_to_second_order() -> Theorem:
    """g(x(t)) is g - t H g up to e t for t <= r; so x(t) + t g - (t^2/2) H g moves at most at the rate e t."""
    changes = specialize(throughout(moved(GRADIENT, H(x(t)), SMOOTH), t, TIMES), 0)
    curve, velocity = changes.then.args
    some = cut(cite("close-to-its-line", curve, velocity, eps, radius), changes)
    soon = Min(radius, T / 2)
    near = And(t >= 0, t <= h)
    ranges = (LIVES, SOLVES, radius > 0, eps > 0, some.then.args[2], h >= 0, h <= soon)
    rate = -g(x(t)) + g(x(0)) - t * BEND
    line = specialize(carried(specialize(assume(SOLVES), t), g(x(0))), t)
    parabola = evaluate(Velocity(Lambda(d, (t + d) ** 2 / 2), t))
    bent = cut(cite("velocity-of-multiple", *parabola.then.args, -1, BEND), parabola)
    moves = cut(cite("velocity-of-addition", *line.then.args, *bent.then.args), line, bent)
    close = specialize(assume(some.then.args[2]), t)
    turned = equal_words(squared_norm(rate), squared_norm(g(x(t)) - g(x(0)) + t * BEND))
    slow = And(eps * t >= 0, squared_norm(rate) <= (eps * t) ** 2)
    slow = follows(slow, eps > 0, t >= 0, using=(close, turned))
    each = (conclude(e, Statement((*ranges, *near.args), e.then)) for e in (moves, slow))
    reach = cite("mean-value", Lambda(t, moves.then.args[0].expr.subs(d, 0)), rate, eps * t**2 / 2, d, h)
    reach = cut(reach, *(throughout(e, t, near) for e in each))
    small = follows(squared_norm(REST) <= (eps * h**2) ** 2, h >= 0, using=(reach,), because="(e h^2/2)^2 <= (e h^2)^2")
    early = throughout(small, h, And(h >= 0, h <= soon))
    positive = follows(soon > 0, radius > 0, LIVES, because="both are positive")
    there_is = exhibit(conjunction(positive, early), radius, soon, *up_to(eps * h**2).args[1:])
    return throughout(choose(some, there_is), eps, eps > 0)


@cache
def exact_steps_need_a_corridor() -> Theorem:
    """If steps of all sizes from all points are on the flow, it is straight (theorem 3.1), and H g = 0 (theorem 2.11)."""
    straight = followed_flow_is_straight()
    vanishes = cut(instance(the_product_vanishes(), {v: -g(x(0))}), straight)
    return discharge(conclude(vanishes, Statement((*expansion.given, *RUNS, FOLLOWS), VANISHES)), *RUNS, FOLLOWS)
