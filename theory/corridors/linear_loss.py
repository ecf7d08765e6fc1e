"""In a corridor the loss falls linearly along the solutions, and so over a step that stays on one. (Proposition 2.10, section 4).

The solution must last until the end of the step: a step that leaves the corridor, or jumps over a gap in it, has no such loss.
"""

from functools import cache

from sympy import Abs, Eq, Expr, Integer, Lambda, Rational, sign
from sympy.functions.elementary.complexes import transpose

from theory.corridors.corridor import (
    BOWL,
    DESCENDS,
    LIVES,
    RAMP,
    SOLVES,
    STRAIGHT,
    TIMES,
    carried,
    everywhere,
    from_rest,
    jacobian,
    moved,
    steady_gradient,
    straight_solutions_have_one_gradient,
)
from theory.corridors.corridor_rate import GRADIENT, IN_CORRIDOR, linear
from theory.corridors.momentum import up_to_the_kink
from theory.corridors.symbols import L, S, T, U, g, h, loss, rho, s, t, theta_0, unit, v, x
from theory.evidence import at, mutant, proves, refutes
from theory.proof import (
    And,
    ForAll,
    Refutation,
    Statement,
    Theorem,
    Trace,
    assume,
    combine_words,
    conclude,
    counterexample,
    cut,
    discharge,
    equal_words,
    follows,
    generalize,
    part,
    rewrite,
    specialize,
)
from theory.proof.ranges import throughout

LOSS = Lambda((U, S), L(U))
SLOPE = everywhere(jacobian(LOSS, x(t), transpose(g(x(t)))))  # the loss is differentiable where x passes, with the gradient g


def fall(time: Expr) -> Expr:
    """L(x(0)) - t |g(x(0))|^2."""
    return L(x(0)) - time * transpose(g(x(0))) * g(x(0))


LINE = everywhere(Eq(L(x(0) - t * g(x(0))), fall(t)))
proposition_2_10 = Statement((LIVES, SOLVES, STRAIGHT, SLOPE), LINE, source="dherin-rosca:proposition-2-10")
RAMP_LOSS = {**RAMP, L: Lambda(U, 2 * U + 1)}
BOWL_LOSS = {**BOWL, L: Lambda(U, U**2), v: [[-6]]}


@proves(
    proposition_2_10,
    witness=at(RAMP_LOSS),
    mutants=[
        mutant(proposition_2_10.with_then(everywhere(Eq(L(x(0) - t * g(x(0))), L(x(0)) - t))), RAMP_LOSS, "at the rate 1"),
        mutant(proposition_2_10.drop(STRAIGHT), BOWL_LOSS, "outside corridors"),
        mutant(proposition_2_10.drop(SLOPE), {**RAMP_LOSS, L: Lambda(U, U**2)}, "for a loss with another gradient"),
    ],
)
def the_loss_falls_linearly() -> Theorem:
    """L(x(t)) falls linearly, and x(t) = x(0) - t g(x(0)).

    The points (x(0) - t g(x(0)), L(x(0)) - t |g(x(0))|^2) are a line, and it lies on the graph of L.
    """
    descends = specialize(part(straight_solutions_have_one_gradient(), DESCENDS), t)
    return throughout(rewrite(loss_along(), descends), t, TIMES)


@cache
def loss_along() -> Theorem:
    """L(x(t)) = L(x(0)) - t |g(x(0))|^2, at the rate |g(x(t))|^2: then L(x(t)) + t |g(x(0))|^2 never moves."""
    squared = transpose(g(x(0))) * g(x(0))
    falls = moved(LOSS, transpose(g(x(t))), SLOPE)
    falls = rewrite(falls, equal_words(falls.then.args[1], -squared, steady_gradient()))
    stays = specialize(from_rest(Lambda(t, L(x(t)) + t * squared), carried(falls, squared)), t)
    return combine_words(L(x(t)), fall(t), (1, stays, 1))


# A step that ends in the corridor, wherever it passes

printed = Statement((*IN_CORRIDOR, h >= 0, rho(theta_0 - h * GRADIENT) > 0), linear(h), source="dherin-rosca:text-loss-linear")
IN_TIME = (h >= 0, h < T)
loss_linear = printed.amend(
    given=(*proposition_2_10.given, *IN_TIME),
    then=Eq(L(x(0) - h * g(x(0))), fall(h)),
    why="The solution must last until the end of the step: a step over the kink of |theta| ends in the corridor, and the loss rises again.",
)
# |theta| on the line without 0: from 1 the step 3/2 ends at -1/2, where the loss is 1/2 and not -1/2
OVER = {
    unit: [[1]],
    theta_0: [[1]],
    h: Rational(3, 2),
    loss: Lambda(U, Abs(Trace(U))),
    g: Lambda(U, sign(Trace(U)) * unit),
    rho: Lambda(U, Trace(U) ** 2),
}


def linear_up_to_the_kink() -> Theorem:
    """A segment from 1 inside the line without 0 has t < 1, so |1 - t| = 1 - t."""
    inside = ForAll(s, And(s >= 0, s <= 1), (1 - s * t) ** 2 > 0)
    at_zero = specialize(assume(inside), 1 / t)
    reached = cut(at_zero, *(follows(condition, t >= 1) for condition in at_zero.given if condition != inside))
    value = Eq(Abs(1 - t), 1 - t, evaluate=False)
    return generalize(follows(value, inside, using=(discharge(reached, t >= 1),), because="it does not contain 0"), t, inside)


@refutes(printed, why=loss_linear.why)
def a_step_over_the_kink() -> Refutation:
    """From 1 to -1/2, across the gap at 0."""
    return counterexample(printed, OVER, up_to_the_kink(Integer(1)), linear_up_to_the_kink())


@proves(
    loss_linear,
    witness=at({**RAMP_LOSS, h: 2}),
    mutants=[
        mutant(loss_linear.with_then(Eq(L(x(0) - h * g(x(0))), fall(h / 2))), {**RAMP_LOSS, h: 2}, "half as far"),
        mutant(loss_linear.drop(STRAIGHT), {**BOWL_LOSS, h: 1}, "outside corridors"),
        mutant(loss_linear.drop(SLOPE), {**RAMP_LOSS, h: 2, L: Lambda(U, U**2)}, "for a loss with another gradient"),
    ],
)
def a_step_lowers_the_loss_linearly() -> Theorem:
    """The proposition at t = h: the solution lasts until the end of the step."""
    return conclude(specialize(the_loss_falls_linearly(), h), loss_linear)
