"""What the losses along lines are where the full-batch loss is quadratic: statements that several modules share."""

from functools import cache

from sympy import Abs, Eq, Expr, Lambda, sympify
from sympy.logic.boolalg import Boolean

from theory.line_search.line_loss import curvature
from theory.line_search.symbols import G, H, direction, full_loss, heading, r, s, theta
from theory.proof import (
    And,
    ForAll,
    Implies,
    Theorem,
    assume,
    conjunction,
    cut,
    equal_words,
    follows,
    generalize,
    inner,
    instance,
    specialize,
)

QUADRATIC = ForAll(heading, True, Eq(full_loss(theta + heading), full_loss(theta) + inner(G, heading) + curvature(H, heading) / 2))
FLAT = (curvature(H, direction) >= 0, Eq(curvature(H, direction) * s, -inner(G, direction)))


def exactly_if(one: Boolean, other: Boolean) -> Boolean:
    """Either both or neither."""
    return And(Implies(one, other), Implies(other, one))


def along(step: Expr, way: Expr) -> Expr:
    """The full-batch loss after a step along a direction."""
    return full_loss(theta + step * way)


def lowest(step: Expr, way: Expr) -> ForAll:
    """No other step along the direction leads to a lower full-batch loss."""
    return ForAll(r, True, along(step, way) <= along(r, way))


def on_the_line(way: Expr, step: Expr = s) -> Theorem:
    """l(s) = l(0) + <G, d> s + d' H d s^2/2."""
    here = specialize(assume(QUADRATIC), step * way)
    found = [equal_words(inner(G, step * way), step * inner(G, way)), equal_words(curvature(H, step * way), step**2 * curvature(H, way))]
    written = Eq(along(step, way), full_loss(theta) + step * inner(G, way) + step**2 * curvature(H, way) / 2)
    return follows(written, using=(here, *found), because="a quadratic loss along a line")


@cache
def _slope_vanishes_where_lowest() -> Theorem:
    """At the lowest step d' H d >= 0 and d' H d s = -<G, d>."""
    bend, slope = curvature(H, direction), inner(G, direction)
    here = on_the_line(direction)
    # a step against the slope that is left, short enough for any curvature
    left = bend * s + slope
    against = s - left / (1 + Abs(bend))
    lower = specialize(assume(lowest(s, direction)), against)
    using = (lower, here, on_the_line(direction, against))
    flat = follows(Eq(bend * s, -slope), using=using, because="or a step against the slope would lower the loss")
    beyond = specialize(assume(lowest(s, direction)), s + 1)
    up = follows(bend >= 0, using=(beyond, here, on_the_line(direction, s + 1), flat), because="or any step would")
    return conjunction(up, flat)


@cache
def _lowest_where_the_slope_vanishes() -> Theorem:
    """From d' H d >= 0 and d' H d s = -<G, d>: no other step leads lower."""
    using = (on_the_line(direction), on_the_line(direction, r))
    low = follows(along(s, direction) <= along(r, direction), *FLAT, using=using, because="d' H d (r - s)^2/2 >= 0")
    return generalize(low, r)


def is_lowest(step: Expr, way: Expr, *why: Theorem) -> Theorem:
    """No other step along d leads lower, where `why` shows that d' H d >= 0 and d' H d s = -<G, d>."""
    return cut(instance(_lowest_where_the_slope_vanishes(), {direction: way, s: step}), *why)


def where_lowest(step: Expr, way: Expr) -> Theorem:
    """If no other step leads lower: d' H d >= 0 and d' H d s = -<G, d>."""
    return instance(_slope_vanishes_where_lowest(), {direction: way, s: step})


# A quadratic loss for exact instances: <G, U - theta> + (U - theta)' H (U - theta)/2

LOSS = {full_loss: Lambda(heading, inner(G, heading - theta) + curvature(H, heading - theta) / 2)}


@cache
def bowl(step: int) -> Theorem:
    """r^2/2 - s r >= -s^2/2: in exact instances with the curvature 1 and the slope -s."""
    least = sympify(-(step**2)) / 2
    return generalize(follows(least <= r**2 / 2 - step * r, because="(r - s)^2 >= 0"), r)
