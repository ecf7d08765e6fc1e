"""In a corridor the loss is a constant times a distance. (Beyond the paper: proposition 2.10 from all sides).

The gradient has one length c in a connected corridor (see `eikonal`). So over any segment inside, the loss changes by at most c times the
segment's length; and along a line of steepest descent it falls by exactly that.
"""

from functools import cache

from sympy import Abs, Eq, Lambda, sqrt

from theory.corridors.corridor import LIVES, TIMES, everywhere, from_rest, written
from theory.corridors.symbols import T, U, c, d, g, loss, s, since, t, theta_0, unit, w
from theory.evidence import at, extends, mutant
from theory.proof import (
    And,
    ForAll,
    Implies,
    Statement,
    Theorem,
    Trace,
    Velocity,
    assume,
    cite,
    conclude,
    conjunction,
    cut,
    discharge,
    equal_words,
    follows,
    inner,
    rewrite,
    specialize,
    squared_norm,
)
from theory.proof.ranges import throughout

POINT = theta_0 + t * w  # of a segment through theta_0
MOVES = everywhere(Velocity(Lambda(d, loss(theta_0 + (t + d) * w)), inner(g(POINT), w)))
STEADY = everywhere(Eq(squared_norm(g(POINT)), c**2))
AHEAD = And(t >= 0, t < T)
NEAR = ForAll(t, AHEAD, Abs(loss(POINT) - loss(theta_0)) <= c * sqrt(squared_norm(w)) * Abs(t))
DOWN = everywhere(Eq(g(POINT), -w))
FALLS = everywhere(And(Eq(loss(POINT), loss(theta_0) - t * c**2), Eq(squared_norm(w), c**2)))
distances = Statement((LIVES, c >= 0, MOVES, STEADY), And(NEAR, Implies(DOWN, FALLS)))


@cache
def near() -> Theorem:
    """<g, w>^2 <= |g|^2 |w|^2 = (c |w|)^2."""
    steady = specialize(assume(STEADY), t)
    facts = (cite("cauchy-schwarz", g(POINT), w), steady, cite("norm-nonnegative", w))
    speed, early = c * sqrt(squared_norm(w)), And(s >= 0, s <= t)
    slow = follows(And(speed >= 0, inner(g(POINT), w) ** 2 <= speed**2), c >= 0, using=facts, because="Cauchy-Schwarz")
    limit = cite("mean-value", Lambda(s, loss(POINT.subs(t, s))), inner(g(POINT), w).subs(t, s), speed * s, d, t)
    for always in (assume(MOVES), throughout(slow, t, TIMES)):
        there = specialize(always, s)
        kept = (h for h in there.given if s not in h.free_symbols)
        limit = cut(limit, throughout(conclude(there, Statement((*kept, LIVES, *AHEAD.args, *early.args), there.then)), s, early))
    reach = follows(NEAR.args[2], c >= 0, t >= 0, using=(limit, facts[2]), because="a square root")
    return throughout(reach, t, AHEAD)


@cache
def falls() -> Theorem:
    """Where g = -w: <g, w> = -|w|^2 = -|g|^2 = -c^2."""
    down, steady = specialize(assume(DOWN), t), specialize(assume(STEADY), t)
    back = equal_words(squared_norm(g(POINT)), squared_norm(w), down)
    size = follows(Eq(squared_norm(w), c**2), using=(back, steady), because="|w| = |g|")
    rate = equal_words(inner(g(POINT), w), -squared_norm(w), down)
    rate = follows(Eq(inner(g(POINT), w), -(c**2)), using=(rate, size), because="<g, w> = -|w|^2")
    moves = rewrite(specialize(assume(MOVES), t), rate)
    line = cite("straight-line", t * c**2, c**2, d)
    level = cut(cite("velocity-of-addition", *moves.then.args, *line.then.args), moves, line)
    value = loss(POINT) + t * c**2
    stays = specialize(from_rest(Lambda(t, value), throughout(written(level, value), t, TIMES)), t)
    lower = follows(Eq(loss(POINT), loss(theta_0) - t * c**2), using=(stays,), because="the sum does not move")
    return discharge(throughout(conjunction(lower, size), t, TIMES), DOWN)


# The loss 2 theta + 1 around 1, towards 3 and down
RAMP = {since: -1, T: 3, theta_0: [[1]], w: [[3]], c: 2, unit: [[1]], loss: Lambda(U, 2 * Trace(U) + 1), g: Lambda(U, 2 * unit)}
DOWNHILL = {**RAMP, w: [[-2]]}


@extends(
    "dherin-rosca:proposition-2-10",
    distances,
    witness=at(RAMP),
    mutants=[
        mutant(distances.with_then(ForAll(t, AHEAD, Abs(loss(POINT) - loss(theta_0)) <= c * Abs(t))), RAMP, "whatever the velocity"),
        mutant(distances.with_then(everywhere(Eq(loss(POINT), loss(theta_0) - t * c))), DOWNHILL, "at the rate c"),
        mutant(distances.drop(STEADY).with_then(NEAR), {**RAMP, c: 1}, "for a smaller constant"),
    ],
)
def the_loss_is_a_constant_times_a_distance() -> Theorem:
    """At most c |w| |t| by Cauchy and Schwarz, and exactly that downhill."""
    return conclude(conjunction(near(), falls()), distances)
