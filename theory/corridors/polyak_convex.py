"""Is the Polyak step optimal? It has the best guarantee that convexity gives, but it is not the best step. (section 4.1).

For a convex loss with a minimiser z one step of any size h gives |theta - h g - z|^2 <= |theta - z|^2 - 2 h (L - L*) + h^2 |g|^2. The
Polyak step makes the right side least. It comes nearest to z exactly if the tangent at theta meets the loss at z, as on a cone about z,
which is a corridor. Where the loss bends a longer step is better: from 1 on theta^2 the Polyak step ends at 1/2, and a step twice as
long at the minimum. Everything holds in any dimension.
"""

from functools import cache
from typing import Any

from sympy import Abs, Eq, Expr, Lambda, Rational

from theory.corridors.corridor_rate import GRADIENT, POLYAK, RATE, STEEPNESS, ahead
from theory.corridors.symbols import U, best, g, h, least, loss, lower, mu, multiplier, smooth, theta_0, unit
from theory.evidence import at, extends, mutant, proves, refutes
from theory.proof import (
    And,
    ForAll,
    Implies,
    Refutation,
    Statement,
    Theorem,
    Trace,
    absurd,
    assume,
    cite,
    conclude,
    conjunction,
    counterexample,
    discharge,
    equal_words,
    follows,
    generalize,
    inner,
    instance,
    specialize,
    squared_norm,
)
from theory.values import exact_number

ABOVE = loss(theta_0) - least
LINE = loss(theta_0) + inner(GRADIENT, best - theta_0)  # the tangent at theta, seen at the minimiser
DISTANCE = squared_norm(theta_0 - best)
CONVEX = (loss(best) >= LINE, Eq(loss(best), least))  # the loss lies above its tangent at theta


def distance(step: Expr) -> Expr:
    """|theta - h g - z|^2."""
    return squared_norm(theta_0 - step * GRADIENT - best)


def guarantee(step: Expr) -> Expr:
    """|theta - z|^2 - 2 h (L - L*) + h^2 |g|^2, which a convex loss cannot exceed."""
    return DISTANCE - 2 * step * ABOVE + step**2 * STEEPNESS


ON_A_CONE = Eq(loss(best), LINE)
BEST_GUARANTEE = And(
    distance(h) <= guarantee(h), guarantee(POLYAK) <= guarantee(h), Implies(ON_A_CONE, Eq(distance(h), guarantee(h), evaluate=False))
)
# A gradient with the Lipschitz constant M lowers the loss by |g|^2/(2 M) in a step of 1/M; mu is the constant of strong convexity
SMOOTH = (ahead(1 / smooth) <= loss(theta_0) - STEEPNESS / (2 * smooth), ahead(1 / smooth) >= least)
STRONG = (loss(best) >= LINE + mu / 2 * DISTANCE, ABOVE >= mu / 2 * DISTANCE)  # seen from theta, and from the minimiser


def shrinks(part: Expr) -> Implies:
    """For a smooth and strongly convex loss the Polyak step takes this part of mu/M off the squared distance."""
    return Implies(And(*SMOOTH, *STRONG), distance(POLYAK) <= (1 - part * mu / smooth) * DISTANCE)


printed = Statement((*CONVEX, STEEPNESS > 0, h >= 0), distance(POLYAK) <= distance(h), source="dherin-rosca:text-polyak-optimal")
optimal_guarantee = printed.amend(
    given=(*CONVEX, STEEPNESS > 0, h >= 0, smooth > 0, mu > 0),
    then=And(BEST_GUARANTEE, shrinks(Rational(3, 4))),
    why="Of all steps the Polyak step has the best guarantee that convexity gives; it need not come nearest, on smooth and strongly convex "
    "losses either: from 1 on theta^2 the step 1/4 ends at 1/2, and the step 1/2 at the minimum. With curvature between mu and M the "
    "squared distance falls by the factor 1 - 3 mu/(4 M) at least.",
)

PARABOLA = {
    unit: [[1]],
    theta_0: [[1]],
    best: [[0]],
    least: 0,
    h: Rational(1, 2),
    loss: Lambda(U, Trace(U) ** 2),
    g: Lambda(U, 2 * Trace(U) * unit),
}
BENT = {**PARABOLA, mu: 2, smooth: 2}
# |theta - 1| from 3, in steps of 5
CONE = {**BENT, theta_0: [[3]], best: [[1]], h: 5, loss: Lambda(U, Trace(U) - 1), g: Lambda(U, unit)}
CAP = {**BENT, loss: Lambda(U, -(Trace(U) ** 2)), g: Lambda(U, -2 * Trace(U) * unit), h: 1, least: 0}


@refutes(printed, why=optimal_guarantee.why)
def a_longer_step_is_better() -> Refutation:
    """From 1 on theta^2: to 1/2 with the Polyak step, to 0 with the step 1/2."""
    return counterexample(printed, PARABOLA)


@cache
def one_step() -> Theorem:
    """|theta - h g - z|^2 = |theta - z|^2 + 2 h <g, z - theta> + h^2 |g|^2."""
    return equal_words(distance(h), DISTANCE + 2 * h * inner(GRADIENT, best - theta_0) + h**2 * STEEPNESS)


@cache
def polyak_shrinks() -> Theorem:
    """With r = |theta - z|^2: h >= 1/(2 M) and L - L* >= mu r/2, so 2 h (L - L*) + h mu r - h (L - L*) >= 3 mu r/(4 M)."""
    step = instance(one_step(), {h: POLYAK})
    flat = follows(POLYAK >= 1 / (2 * smooth), *SMOOTH, smooth > 0, STEEPNESS > 0, because="the loss cannot fall below L*")
    size = follows(POLYAK * STEEPNESS <= ABOVE, STEEPNESS > 0)
    known = (*SMOOTH, *STRONG, STEEPNESS > 0, smooth > 0, mu > 0, CONVEX[1])
    near = follows(
        distance(POLYAK) <= DISTANCE - POLYAK * (ABOVE + mu * DISTANCE), *known, using=(step, flat, size), because="strong convexity"
    )
    return follows(
        shrinks(Rational(3, 4)).args[1], *known, using=(near, flat, cite("norm-nonnegative", theta_0 - best)), because="h >= 1/(2 M)"
    )


@proves(
    optimal_guarantee,
    witness=at(BENT),
    mutants=[
        mutant(optimal_guarantee.with_then(guarantee(2 * POLYAK) <= guarantee(h)), {**CONE, h: 2}, "twice the Polyak step"),
        mutant(optimal_guarantee.drop(CONVEX[0]).with_then(distance(h) <= guarantee(h)), CAP, "without convexity"),
        mutant(optimal_guarantee.with_then(shrinks(Rational(4, 5))), BENT, "4/5 for 3/4"),
    ],
)
def the_polyak_step_has_the_best_guarantee() -> Theorem:
    """The tangent bounds <g, z - theta> by L* - L, and the parabola h^2 |g|^2 - 2 h (L - L*) is least at the Polyak step."""
    tangent = follows(distance(h) <= guarantee(h), *CONVEX, h >= 0, using=(one_step(),), because="twice h times the tangent")
    least_at = follows(guarantee(POLYAK) <= guarantee(h), STEEPNESS > 0, because="completing the square")
    cone = follows(Eq(distance(h), guarantee(h), evaluate=False), ON_A_CONE, CONVEX[1], using=(one_step(),))
    shrink = discharge(polyak_shrinks(), *SMOOTH, *STRONG)
    return conclude(conjunction(conjunction(tangent, least_at, discharge(cone, ON_A_CONE)), shrink), optimal_guarantee)


NEAREST = ForAll(h, True, distance(POLYAK) <= distance(h))
on_cones_only = Statement((Eq(loss(best), least), STEEPNESS > 0), And(Implies(ON_A_CONE, NEAREST), Implies(NEAREST, ON_A_CONE)))
BY_HALVES = {key: value for key, value in PARABOLA.items() if key != h}
FROM_THREE = {key: value for key, value in CONE.items() if key not in (h, mu, smooth)}


def not_nearest() -> Theorem:
    """To 1/2, and to 0 with h = 1/2."""
    nearest = ForAll(h, True, Rational(1, 4) <= (1 - 2 * h) ** 2)
    return absurd(specialize(assume(nearest), Rational(1, 2)), nearest)


@extends(
    "dherin-rosca:text-polyak-optimal",
    on_cones_only,
    witness=at(FROM_THREE),
    mutants=[
        mutant(on_cones_only.with_then(NEAREST), BY_HALVES, "everywhere", not_nearest),
        mutant(
            on_cones_only.with_then(Implies(ON_A_CONE, ForAll(h, True, distance(POLYAK / 2) <= distance(h)))),
            FROM_THREE,
            "half of the step",
        ),
    ],
)
def nearest_exactly_where_the_tangent_meets() -> Theorem:
    """The nearest point is at h = <g, theta - z>/|g|^2, which is the Polyak step where <g, theta - z> = L - L*."""
    slope = inner(GRADIENT, best - theta_0)
    polyak, middle, any_ = (instance(one_step(), {h: e}) if e is not h else one_step() for e in (POLYAK, -slope / STEEPNESS, h))
    given_ = (ON_A_CONE, Eq(loss(best), least), STEEPNESS > 0)
    forth = follows(NEAREST.args[2], *given_, using=(polyak, any_), because="|g|^2 (h - (L - L*)/|g|^2)^2 >= 0")
    forth = discharge(generalize(forth, h), ON_A_CONE)
    nearest = specialize(assume(NEAREST), -slope / STEEPNESS)
    back = follows(ON_A_CONE, *given_[1:], using=(polyak, middle, nearest), because="|g|^2 (h - (L - L*)/|g|^2)^2 <= 0")
    return conclude(conjunction(forth, discharge(back, NEAREST)), on_cones_only)


# Without the least loss: a lower bound in its place

HALF = (loss(theta_0) - lower) / (2 * STEEPNESS)
hazan_half = Statement((STEEPNESS > 0, Eq(lower, 0)), Eq(HALF, RATE / 2), source="dherin-rosca:text-hazan-half")
AT_ZERO = {**CONE, lower: 0}


@proves(
    hazan_half,
    witness=at(AT_ZERO),
    mutants=[
        mutant(hazan_half.with_then(Eq(HALF, RATE)), AT_ZERO, "without the factor"),
        mutant(hazan_half.drop(Eq(lower, 0)), {**AT_ZERO, lower: -1}, "for any lower bound"),
    ],
)
def half_of_the_corridor_rate() -> Theorem:
    """(L - 0)/(2 |g|^2)."""
    return conclude(follows(hazan_half.then, *hazan_half.given), hazan_half)


closer = Statement(
    (*CONVEX, STEEPNESS > 0, least >= 0, multiplier > 0, multiplier < 2, (2 - multiplier) * loss(theta_0) > 2 * least),
    distance(multiplier * RATE) < DISTANCE,
)
# From 8 on the cube root the corridor step leads to -16
CUBE_ROOT = {
    **CAP,
    theta_0: [[8]],
    loss: Lambda(U, Abs(Trace(U)) ** Rational(1, 3)),
    g: Lambda(U, unit / 12),
}
RAISED = {**CONE, loss: Lambda(U, Trace(U)), least: 1, multiplier: 1}  # |theta - 1| + 1 from 3


@extends(
    "dherin-rosca:text-hazan-half",
    closer,
    witness=at(RAISED),
    mutants=[
        mutant(
            Statement((*closer.given[:-1], (2 - multiplier) * loss(theta_0) >= 2 * least), closer.then),
            {**RAISED, theta_0: [[2]]},
            "down to the loss itself",
        ),
        mutant(closer.drop(CONVEX[0]), {**CUBE_ROOT, multiplier: 1}, "not convex"),
    ],
)
def a_smaller_factor_comes_nearer() -> Theorem:
    """With 0 in place of L* the step gamma L/|g|^2 leads towards the minimiser while L > 2 L*/(2 - gamma): 2 L* for 1, 4 L*/3 for 1/2."""
    step = instance(one_step(), {h: multiplier * RATE})
    positive = follows(loss(theta_0) > 0, *closer.given, because="L (2 - gamma) > 2 L* >= 0")
    ahead_ = follows(RATE > 0, STEEPNESS > 0, using=(positive,))
    size = follows(Eq(RATE * STEEPNESS, loss(theta_0)), STEEPNESS > 0)
    return conclude(follows(closer.then, *closer.given, using=(step, ahead_, size), because="gamma L < 2 (L - L*)"), closer)


def guaranteed_down_to(minimum: Any, factor: Any = 1) -> Expr:
    """2 L*/(2 - gamma): above this loss every step gamma L/|g|^2 on a convex loss comes nearer to each minimiser.

    Below it the step may lead away; on a cone about the minimiser it does.

    Args:
        minimum: L*, an exact number that is not negative.
        factor: gamma, an exact number between 0 and 2, the ends not included.

    Returns:
        The exact loss.

    Raises:
        TypeError: for floats.
        ValueError: for a negative minimum, or a factor outside of (0, 2).

    Source:
        Dherin & Rosca (2024), section 4.1, on Hazan and Kakade's factor 1/2.

    Example:
        >>> from sympy import Rational
        >>> guaranteed_down_to(3), guaranteed_down_to(3, Rational(1, 2))
        (6, 4)
    """
    least_, gamma = exact_number(minimum, "minimum"), exact_number(factor, "factor")
    if least_.is_negative is not False:
        raise ValueError(f"minimum is {least_}: expected a number that is not negative")
    if not (gamma.is_positive is True and (2 - gamma).is_positive is True):
        raise ValueError(f"factor is {gamma}: expected a number between 0 and 2, the ends not included")
    return 2 * least_ / (2 - gamma)


__all__ = ["guaranteed_down_to"]
