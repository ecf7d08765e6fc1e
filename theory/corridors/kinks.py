"""What a glued loss does on the gluing set: along a line that crosses it, a kink at one point. (Example 2.6).

Where two losses are equal and their slopes along a line differ, they are equal nowhere else near by on this line, and the lesser of both
has no derivative along it: ahead it moves at the lower slope, and back at the higher one. So the gluing set is thin there, as a line in
the plane is: no point of it with two gradients is a point of density.
"""

from functools import cache

from sympy import Eq, Expr, Lambda, Min, Ne, Rational, S

from theory.corridors.symbols import U, c, d, g, loss, other_g, other_loss, radius, theta_0, unit, w
from theory.evidence import at, extends, mutant
from theory.proof import (
    And,
    Exists,
    ForAll,
    Implies,
    Not,
    Statement,
    Theorem,
    Trace,
    Velocity,
    absurd,
    assume,
    cite,
    conclude,
    conjunction,
    cut,
    exhibit,
    follows,
    generalize,
    inner,
    instance,
    part,
    specialize,
    substitute,
)
from theory.proof.ranges import choose, throughout

LINE = theta_0 + d * w
ONE, OTHER = loss(LINE), other_loss(LINE)
LOW, HIGH = inner(g(theta_0), w), inner(other_g(theta_0), w)
MEET = (Velocity(Lambda(d, ONE), LOW), Velocity(Lambda(d, OTHER), HIGH), Eq(loss(theta_0), other_loss(theta_0)), LOW < HIGH)
BALL = And(d >= -radius, d <= radius)
THIN = Exists(radius, radius > 0, ForAll(d, BALL, Implies(Ne(d, 0), Ne(ONE, OTHER))))
LESSER = Lambda(d, Min(ONE, OTHER))
KINK = ForAll(c, True, Not(Velocity(LESSER, c)))
crossing = Statement(MEET, And(THIN, KINK))


@cache
def apart() -> Theorem:
    """The difference is within half of its slope of a line: there is a radius."""
    less = cut(cite("velocity-of-multiple", *MEET[0].args, -1, 1), assume(MEET[0]))
    gap = cut(cite("velocity-of-addition", *MEET[1].args, *less.then.args), less)
    some = cite("close-to-its-line", *gap.then.args, (HIGH - LOW) / 2, radius)
    return cut(some, gap, follows(some.given[1], MEET[3]))


def at_(value: Expr) -> Theorem:
    """Near by, the second loss is higher ahead, and lower back."""
    there = specialize(assume(apart().then.args[2]), value)
    one, other = (substitute(e, {d: value}) for e in (ONE, OTHER))
    order = And(Implies(value >= 0, one <= other), Implies(value <= 0, one >= other), Implies(Ne(value, 0), Ne(one, other)))
    return follows(order, MEET[2], MEET[3], using=(there,), because="the difference is within half of its slope of a line")


@cache
def thin() -> Theorem:
    """They differ on both sides."""
    body = THIN.args[2]
    differ = throughout(follows(body.args[2], using=(at_(d),), because="one is higher"), d, BALL)
    here = exhibit(conjunction(assume(radius > 0), differ), radius, radius, radius > 0, body)
    return choose(apart(), here)


@cache
def kink() -> Theorem:
    """The lesser is the first ahead, so its slope is that one's; and the second back, turned round."""
    moves = assume(Velocity(LESSER, c))
    back = cite("straight-line", 0, -1, d)
    turned = [cut(cite("chain-rule-of-numbers", *of.then.args, *back.then.args), of, back) for of in (moves, assume(MEET[1]))]
    soon = And(d >= 0, d < radius)
    slopes = []
    for first, second, value in ((moves, assume(MEET[0]), d), (*turned, -d)):
        curve, other = first.then.args[0], second.then.args[0]
        same = follows(Eq(curve.expr, other.expr), MEET[2], *soon.args, using=(at_(value),), because="the lesser of both")
        found = cite("same-ahead", curve, other, first.then.args[1], second.then.args[1], radius)
        slopes.append(cut(found, throughout(same, d, soon), first, second))
    none = follows(Eq(0, 1), MEET[3], using=tuple(slopes), because="the slopes differ")
    return generalize(absurd(choose(apart(), follows(S.false, using=(none,))), moves.then), c)


# The lesser of 2 theta + 1 and 20, which meet at 19/2; downhill the first one is the lower one ahead
POINT = {theta_0: [[Rational(19, 2)]], w: [[-1]], unit: [[1]]}
ROOF = {loss: Lambda(U, 2 * Trace(U) + 1), g: Lambda(U, 2 * unit), other_loss: Lambda(U, 20), other_g: Lambda(U, 0)}
LEVEL = {**ROOF, loss: Lambda(U, 20), g: Lambda(U, 0)}
BELOW = {**ROOF, loss: Lambda(U, 2 * Trace(U) - 1)}


def here() -> Theorem:
    """The theorem at the edge of the roof."""
    return instance(crossed(), ROOF)


def no_slope() -> Theorem:
    """There the lesser one does not move at the lower rate either."""
    edge = here()
    return specialize(part(edge, next(e for e in edge.then.args if isinstance(e, ForAll))), substitute(LOW, ROOF))


@extends(
    "dherin-rosca:example-2-6",
    crossing,
    witness=at({**POINT, **ROOF}, here),
    mutants=[
        mutant(crossing.drop(MEET[3]).with_then(KINK), {**POINT, **LEVEL}, "for equal slopes"),
        mutant(crossing.with_then(Velocity(LESSER, LOW)), {**POINT, **ROOF}, "at the lower slope", no_slope),
        mutant(crossing.drop(MEET[2]).with_then(KINK), {**POINT, **BELOW}, "where one is lower"),
    ],
)
def crossed() -> Theorem:
    """Both by the lines that the losses are close to."""
    return conclude(conjunction(thin(), kink()), crossing)
