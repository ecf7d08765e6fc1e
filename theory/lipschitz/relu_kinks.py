"""The smallest ReLU network: its loss has no derivative where the unit switches on, and its gradient no Lipschitz constant. (section 1).

One weight w, one sample 1 with the target y != 0, the output max(w, 0): the loss (max(w, 0) - y)^2/2 has the slope w - y on the one side
of 0, and 0 on the other. At 0 it has none; and the two slopes stay |y| apart however near the weights are, so no number L bounds the change
of the gradient by L times that of the weight. On both counts the assumptions of section 1 fail. With y = 0 they hold.
"""

from functools import cache

from sympy import Abs, Eq, Expr, Integer, Lambda, Max, Min, Ne
from sympy import S as TRUTH

from theory.evidence import at, extends, mutant
from theory.lipschitz.symbols import K, L, d, eps, label, t, z
from theory.proof import (
    And,
    Exists,
    ForAll,
    Not,
    Statement,
    Theorem,
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
    instance,
    part,
    specialize,
    substitute,
)
from theory.proof.ranges import choose, throughout


def loss(weight: Expr) -> Expr:
    """(max(w, 0) - y)^2/2."""
    return (Max(weight, 0) - label) ** 2 / 2


def slope_is(weight: Expr, value: Expr) -> Velocity:
    """The loss of the weight has this derivative."""
    return Velocity(Lambda(d, loss(weight + d)), value)


NO_SLOPE = ForAll(K, True, Not(slope_is(Integer(0), K)))
ON, OFF = ForAll(t, t > 0, slope_is(t, t - label)), ForAll(t, t < 0, slope_is(t, 0))
APART = ForAll(L, True, Exists(t, t > 0, Abs((t - label) - 0) > L * Abs(t - (-t))))  # the slopes at t and -t
kink = Statement((Ne(label, 0),), And(NO_SLOPE, ON, OFF, APART))
ONE = {label: 1}


@cache
def _no_slope() -> Theorem:
    """Ahead the loss moves as (d - y)^2/2, back it stays where it is: both would be its slope at 0."""
    moves = assume(slope_is(Integer(0), K))
    some = cite("close-to-its-line", *moves.then.args, Abs(label) / 4, z)
    some = cut(some, follows(some.given[1], Ne(label, 0)))
    near, step = some.then.args[2], Min(z, Abs(label) / 2)
    both = [specialize(assume(near), way * step) for way in (1, -1)]
    both = [cut(there, *(follows(h, z > 0) for h in there.given if h != near)) for there in both]
    clash = follows(TRUTH.false, Ne(label, 0), z > 0, using=tuple(both), because="K is near 0, and near -y")
    return generalize(absurd(choose(some, clash), moves.then), K)


def _slope(weight: Expr, value: Expr, reach: Expr, where: Expr) -> Theorem:
    """Within this reach the loss stays in the cone around its line."""
    curve = slope_is(weight, value).args[0]
    fact = cite("within-every-cone", curve, value, eps, z)
    (cones,) = fact.given
    near, allowed = cones.args[2].args[2], follows(reach > 0, where, eps > 0)
    inside = follows(near.args[2], *near.args[1].args, eps > 0, where, Eq(z, reach), because="d^2/2 <= e |d|")
    inside = instance(throughout(inside, d, near.args[1]), {z: reach})
    some = exhibit(conjunction(allowed, inside), z, reach, z > 0, near)
    return throughout(cut(fact, throughout(some, eps, eps > 0)), t, where)


def _slopes() -> tuple[Theorem, Theorem]:
    return _slope(t, t - label, Min(t, 2 * eps), t > 0), _slope(t, Integer(0), -t, t < 0)


def _apart() -> Theorem:
    """At t = |y|/(2 |L| + 2) the slopes are at least |y| - t apart, at a distance of 2 t."""
    some, near = APART.args[2], Abs(label) / (2 * Abs(L) + 2)
    there = follows(And(near > 0, substitute(some.args[2], {t: near})), Ne(label, 0), because="(2 |L| + 1) t < |y|")
    return generalize(exhibit(there, t, near, some.args[1], some.args[2]), L)


def at_1() -> Theorem:
    """The theorem, for the target 1."""
    return instance(the_kink(), ONE)


def smooth_at_0() -> Theorem:
    """With y = 0 the loss max(w, 0)^2/2 has the slope 0 at 0: it is at most e |d| for |d| <= e."""
    curve = substitute(slope_is(Integer(0), Integer(0)).args[0], {label: Integer(0)})
    fact = cite("within-every-cone", curve, Integer(0), eps, z)
    near = fact.given[0].args[2].args[2]
    inside = follows(near.args[2], *near.args[1].args, eps > 0, Eq(z, eps), because="d^2/2 <= e |d|")
    inside = instance(throughout(inside, d, near.args[1]), {z: eps})
    some = exhibit(conjunction(assume(eps > 0), inside), z, eps, z > 0, near)
    moves = cut(fact, throughout(some, eps, eps > 0))
    zero = substitute(kink.then, {label: Integer(0)})
    (never,) = (p for p in zero.args if p == substitute(NO_SLOPE, {label: Integer(0)}))
    wrong = follows(TRUTH.false, zero, using=(moves, specialize(part(assume(zero), never), 0)), because="the slope is 0")
    return absurd(wrong, zero)


def not_smooth() -> Theorem:
    """No number is the slope at 0, 0 neither."""
    return specialize(part(at_1(), substitute(NO_SLOPE, ONE)), 0)


@extends(
    "yedida-saha:text-min-assumptions",
    kink,
    witness=at(ONE, at_1),
    mutants=[
        mutant(kink.drop(Ne(label, 0)), {label: 0}, "the target 0", smooth_at_0),
        mutant(kink.with_then(slope_is(Integer(0), 0)), ONE, "the slope 0 at 0", not_smooth),
    ],
)
def the_kink() -> Theorem:
    """One-sided slopes 0 and -y, and slopes |y| apart however near."""
    return conclude(conjunction(_no_slope(), *_slopes(), _apart()), kink)
