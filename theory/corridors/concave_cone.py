"""The cone turned over, -|theta|, is a corridor too: the flow runs away from the tip, for ever. (Example 2.4).

The gradient, the Hessian and the flow change their signs, and H g does not: (-H)(-g) = H g = 0, wherever there is a gradient.
"""

from sympy import Eq, Lambda

from theory.corridors.cones import APART, GRADIENT, HESSIAN, RADIUS, RAYS, bends, distance, settled, slopes, vanishes
from theory.corridors.corridor import later, written
from theory.corridors.symbols import d, t, u, y
from theory.evidence import at, mutant, proves
from theory.proof import (
    And,
    ForAll,
    Statement,
    Theorem,
    Velocity,
    cite,
    conclude,
    conjunction,
    cut,
    equal_words,
    follows,
    inner,
    squared_norm,
)
from theory.proof.ranges import throughout

FALL = -distance(y + u) + RADIUS - inner(-GRADIENT, u)
SLOPES = And(FALL <= 0, FALL >= -squared_norm(u) / (2 * RADIUS))  # the derivative of -|theta| is -theta/|theta|
SLOPE = -(y + d * u) / distance(y + d * u)
BENDS = Velocity(Lambda(d, SLOPE), -HESSIAN * u)
VANISHES = Eq((-HESSIAN) * (-GRADIENT), 0)
AWAY = y + t * GRADIENT
FARTHER = Eq(squared_norm(AWAY), (RADIUS + t) ** 2)
RAY = ForAll(t, t > -RADIUS, And(Eq(AWAY, (RADIUS + t) * GRADIENT), FARTHER, Velocity(later(AWAY), GRADIENT)))
example_2_4 = Statement((APART,), And(SLOPES, BENDS, VANISHES, RAY), source="dherin-rosca:example-2-4")


@proves(
    example_2_4,
    witness=at(RAYS),
    mutants=[
        mutant(example_2_4.with_then(Velocity(Lambda(d, SLOPE), HESSIAN * u)), RAYS, "convex"),
        mutant(example_2_4.with_then(Eq(HESSIAN * u, 0)), RAYS, "linear"),
        mutant(example_2_4.with_then(ForAll(t, t > -RADIUS, Velocity(later(AWAY), -GRADIENT))), RAYS, "towards the tip"),
    ],
)
def the_cone_turned_over_is_a_corridor() -> Theorem:
    """The signs change; the solution from y is y + t y/|y|, since the direction there is that of y."""
    turned = equal_words(inner(-GRADIENT, u), -inner(GRADIENT, u))
    known = (slopes(), turned, cite("norm-nonnegative", y + u))
    falls = conjunction(*(follows(half, APART, using=known, because="the signs change") for half in SLOPES.args))
    moved = bends()
    bend = cut(cite("velocity-of-multiple", *moved.then.args, -1, 1), moved)
    same = equal_words(AWAY, (RADIUS + t) * GRADIENT)
    square = equal_words(squared_norm(AWAY), squared_norm(y) + 2 * t * squared_norm(y) / RADIUS + t**2 * squared_norm(y) / RADIUS**2)
    farther = follows(FARTHER, APART, using=(square,), because="(|y| + t)^2")
    line = written(cite("straight-line", AWAY, GRADIENT, d), AWAY)
    ray = throughout(conclude(conjunction(same, farther, line), Statement((APART,), RAY.args[2])), t, t > -RADIUS)
    parts = conjunction(falls, bend, vanishes(), ray)
    return conclude(settled(parts, keep=(APART,)), example_2_4)
