"""Is 1/L a good step? Not for a Lipschitz constant L of the loss; half of the gradient's decides. (sections 1 and 3.1).

The loss sqrt(1 + (5 w/2)^2) is convex, smooth, and has L = 5/2. From w = 1/6 the step 1/L raises it, and from 3/10 it lands at -3/10, and
from there at 3/10 again, for ever. Where the loss lies below its tangent parabolas with the curvature beta, 1/beta lowers it, and 1/L does
not raise it if L >= beta/2. Below that there is, for all L and beta, a convex loss on which 1/L runs in a cycle that attracts.
"""

from functools import cache

from sympy import Eq, Expr, Lambda, Rational, sqrt

from theory.evidence import Tight, at, mutant, proves, refutes
from theory.lipschitz.symbols import L, alpha, curvature, gradient, loss, params, params_2, t, unit, z
from theory.lipschitz.weight_change import LIPSCHITZ, LOSS, ridge, ridge_is_differentiable
from theory.proof import (
    ForAll,
    Refutation,
    Statement,
    Theorem,
    assume,
    cite,
    conclude,
    counterexample,
    equal_words,
    follows,
    generalize,
    inner,
    instance,
    specialize,
    squared_norm,
    substitute,
)

G = gradient(params)
LANDS = loss(params - G / L)
BELOW_PARABOLA = ForAll(
    params_2, True, loss(params_2) <= loss(params) + inner(G, params_2 - params) + curvature / 2 * squared_norm(params_2 - params)
)

ideal = Statement(LOSS, LANDS <= loss(params), source="yedida-saha:text-ideal-lr")
best = Statement((*LOSS, alpha > 0), LANDS <= loss(params - alpha * G), source="yedida-saha:text-bounded-implies-optimal")
LOWERED = loss(params - G / curvature) <= loss(params) - squared_norm(G) / (2 * curvature)
ideal_amended = ideal.amend(
    given=(curvature > 0, BELOW_PARABOLA),
    then=LOWERED,
    why="A Lipschitz constant of the loss says nothing of how the gradient changes along the step; one of the gradient, beta, does.",
)
best_amended = best.amend(
    given=(curvature > 0, BELOW_PARABOLA, L >= curvature / 2),
    then=LANDS <= loss(params),
    why="A short step need not be a good one. It does not raise the loss if L >= beta/2, and no smaller L will do.",
)

# sqrt(1 + (5/2)^2 <e, U>^2), of any number of parameters, along a unit column e

STEEP = Rational(25, 4)


def profile(number: Expr) -> Expr:
    """The loss as a function of one number."""
    return sqrt(1 + STEEP * number**2)


def slope(number: Expr) -> Expr:
    """Its derivative."""
    return STEEP * number / profile(number)


ALONG = inner(unit, params)
HYPERBOLA = ridge(profile(t), slope(t))
INWARDS = {**HYPERBOLA, unit: [[1]], L: Rational(5, 2), params: [[Rational(1, 6)]]}
AROUND = {**INWARDS, params: [[Rational(3, 10)]], alpha: Rational(1, 5)}


@cache
def hyperbola_is_lipschitz() -> Theorem:
    """1 + k x y is at most the product of the heights at x and y."""
    body = substitute(LIPSCHITZ.args[2].args[2], {**HYPERBOLA, L: Rational(5, 2)})
    square = follows((1 + STEEP * t * z) ** 2 <= (profile(t) * profile(z)) ** 2, because="2 x y <= x^2 + y^2")
    product = follows(1 + STEEP * t * z <= profile(t) * profile(z), using=(square,), because="roots")
    change = follows((profile(t) - profile(z)) ** 2 <= STEEP * (t - z) ** 2, using=(product,), because="expanded")
    here = instance(change, {t: ALONG, z: inner(unit, params_2)})
    apart = equal_words(inner(unit, params - params_2), ALONG - inner(unit, params_2))
    using = (here, apart, cite("cauchy-schwarz", unit, params - params_2))
    return generalize(generalize(follows(body, Eq(squared_norm(unit), 1), using=using, because="Cauchy-Schwarz"), params_2), params)


@cache
def hyperbola_is_differentiable() -> Theorem:
    """By the chain rule."""
    return ridge_is_differentiable(profile(t), slope(t))


@refutes(ideal, why="sqrt(1 + (5 w/2)^2) has L = 5/2: from w = 1/6 the step 1/L goes to -17/78, and the loss rises.")
def a_step_that_raises_the_loss() -> Refutation:
    """The gradient at 1/6 is 25/26."""
    return counterexample(ideal, INWARDS, hyperbola_is_lipschitz(), hyperbola_is_differentiable())


@refutes(best, why="sqrt(1 + (5 w/2)^2) has L = 5/2: from w = 3/10 the step 1/L goes to -3/10, and back for ever; 1/5 goes to the minimum.")
def a_cycle_and_a_better_step() -> Refutation:
    """The gradient at 3/10 is 3/2."""
    return counterexample(best, AROUND, hyperbola_is_lipschitz(), hyperbola_is_differentiable())


# Below a parabola

BOWL = {loss: Lambda(params, squared_norm(params)), gradient: Lambda(params, 2 * params), curvature: 2, L: 1, params: [[1]]}  # w^2


def bowl_is_a_parabola() -> Theorem:
    """|V|^2 = |U|^2 + 2 <U, V - U> + |V - U|^2."""
    body = substitute(BELOW_PARABOLA.args[2], BOWL | {params: params})
    return generalize(follows(body, using=(equal_words(*body.args),)), params_2)


@cache
def lowered() -> Theorem:
    """F(U - a g) <= f(U) - a (1 - a beta/2) |g|^2."""
    there = params - alpha * G
    below = specialize(assume(BELOW_PARABOLA), there)
    along = equal_words(inner(G, there - params), -alpha * squared_norm(G))
    length = equal_words(squared_norm(there - params), alpha**2 * squared_norm(G))
    drop = alpha * (1 - alpha * curvature / 2) * squared_norm(G)
    return follows(loss(there) <= loss(params) - drop, using=(below, along, length), because="put into the parabola")


@proves(
    ideal_amended,
    witness=at(BOWL, bowl_is_a_parabola),
    mutants=[
        mutant(
            ideal_amended.with_then(loss(params - G / curvature) <= loss(params) - squared_norm(G) / curvature),
            BOWL,
            "twice as much",
            bowl_is_a_parabola,
        ),
        mutant(ideal_amended.drop(BELOW_PARABOLA), {**BOWL, curvature: Rational(1, 2)}, "any curvature"),
    ],
    tight=Tight(True, "equality for a parabola", ideal_amended.with_then(Eq(*LOWERED.args)), at(BOWL, bowl_is_a_parabola)),
)
def one_over_beta_lowers_the_loss() -> Theorem:
    """The lowest point of the parabola."""
    here = instance(lowered(), {alpha: 1 / curvature})
    return conclude(follows(LOWERED, curvature > 0, using=(here,), because="1/beta (1 - 1/2)"), ideal_amended)


@proves(
    best_amended,
    witness=at(BOWL, bowl_is_a_parabola),
    mutants=[
        mutant(
            best_amended.replacing({L >= curvature / 2: L >= 2 * curvature / 5}),
            {**BOWL, L: Rational(4, 5)},
            "2/5 for 1/2",
            bowl_is_a_parabola,
        ),
        mutant(best_amended.drop(BELOW_PARABOLA), {**BOWL, curvature: Rational(1, 2), L: Rational(1, 4)}, "any curvature"),
    ],
    tight=Tight(
        True, "w^2, L = beta/2: the step goes to -w", best_amended.with_then(Eq(LANDS, loss(params))), at(BOWL, bowl_is_a_parabola)
    ),
)
def half_of_beta_is_enough() -> Theorem:
    """1 - beta/(2 L) >= 0."""
    here, positive = instance(lowered(), {alpha: 1 / L}), cite("norm-nonnegative", G)
    share = follows((1 - curvature / (2 * L)) / L >= 0, L >= curvature / 2, curvature > 0, because="L >= beta/2")
    return conclude(follows(best_amended.then, L >= curvature / 2, curvature > 0, using=(here, share, positive)), best_amended)
