"""Must the region be open? "A subset is a corridor if and only if H g = 0 on it" is false of arbitrary subsets. (Section 2).

A single point holds no solution for any time, so each one is straight "while in it", whatever H g is there. In an open set every solution
stays for a while, and theorem 2.11 holds.
"""

from functools import cache

from sympy import Abs, Eq, Lambda, S, exp

from theory.corridors.corridor import (
    DESCENDS,
    LIVES,
    SMOOTH,
    SOLVES,
    TIMES,
    a_vanishing_product_keeps_the_gradient,
    everywhere,
    the_product_vanishes,
)
from theory.corridors.symbols import H, T, U, a, g, inside, s, since, speed, t, v, x
from theory.evidence import at, mutant, proves, refutes
from theory.proof import (
    And,
    ForAll,
    Implies,
    Refutation,
    Statement,
    Theorem,
    absurd,
    assume,
    cite,
    conclude,
    conjunction,
    counterexample,
    cut,
    discharge,
    follows,
    generalize,
    instance,
    part,
    specialize,
    substitute,
    weaken,
)
from theory.proof.logic import Boolean
from theory.proof.ranges import throughout

BETWEEN = And(s * t >= 0, Abs(s) <= Abs(t))
STAYS = ForAll(s, BETWEEN, inside(s) >= 0)  # x is in the set from the time 0 to the time t


def while_inside(body: object) -> ForAll:
    """What holds for as long as the solution has stayed in the set."""
    return everywhere(Implies(STAYS, body))


CORRIDOR = while_inside(Eq(x(t), x(0) + t * speed(a)))
PRODUCT = while_inside(Eq(H(x(t)) * g(x(t)), 0))
LINES = while_inside(Eq(x(t), x(0) - t * g(x(0))))
printed = Statement(
    (LIVES, SOLVES, SMOOTH, inside(0) >= 0),
    And(Implies(CORRIDOR, PRODUCT), Implies(PRODUCT, LINES)),
    source="dherin-rosca:text-sec2-subset",
)
INSIDE = ForAll(s, And(s > since, s < T), inside(s) >= 0)
amended = printed.amend(
    given=(*printed.given, INSIDE),
    then=printed.then,
    why="the set must be open, so that the solution through each of its points stays in it for a while",
)
# The point 1 for L = theta^2 on the line, where x = e^(-2 t) and H g = 4
POINT = {
    since: -1,
    T: 1,
    g: Lambda(U, 2 * U),
    H: Lambda(U, 2),
    x: Lambda(t, exp(-2 * t)),
    inside: Lambda(s, -((exp(-2 * s) - 1) ** 2)),
    speed: Lambda(a, -2),
    a: 0,
}


# All of the line for L = 2 theta + 1, and for theta^2
LINE = {since: -1, T: 3, g: Lambda(U, 2), H: Lambda(U, 0), x: Lambda(t, 5 - 2 * t), inside: Lambda(s, 1), speed: Lambda(a, -2), a: 0}
BOWL = {**POINT, inside: Lambda(s, 1)}


def at_the_point(formula: Boolean) -> Boolean:
    """A formula, for this set."""
    return substitute(formula, POINT)


@cache
def it_leaves_at_once() -> Theorem:
    """e^(-2 t) = 1 at t = 0 only, so "while it stays" is no time at all, and the curve is straight meanwhile."""
    now = specialize(assume(at_the_point(STAYS)), t)
    falls = cite("power-increases", exp(-2), 1, t)
    rises = discharge(cite("power-increases", 1, exp(2), -t), -t > 0)
    straight = at_the_point(Eq(x(t), x(0) + t * speed(a)))
    only = follows(straight, t * t >= 0, using=(now, discharge(falls, t > 0), rises), because="t = 0")
    return throughout(discharge(conclude(only, Statement((at_the_point(STAYS), *WITHIN.args), straight)), at_the_point(STAYS)), t, WITHIN)


WITHIN = And(t > -1, t < 1)


@cache
def the_product_is_4() -> Theorem:
    """At the time 0 the curve has stayed, and H g = 4."""
    product, first = at_the_point(PRODUCT), at_the_point(inside(s) >= 0)
    below, above = (cite("power-monotone", *terms) for terms in ((exp(-2), 1, s), (1, exp(2), -s)))
    sides = discharge(below, s >= 0), discharge(above, -s >= 0)
    stays = generalize(follows(first, Abs(s) <= 0, using=sides, because="s = 0"), s, Abs(s) <= 0)
    return absurd(follows(S.false, using=(specialize(assume(product), 0), stays), because="4 is not 0"), product)


@refutes(printed, why=amended.why)
def one_point_is_straight() -> Refutation:
    """U = {1} for L = theta^2."""
    return counterexample(printed, POINT, it_leaves_at_once(), the_product_is_4())


@proves(
    amended,
    witness=at(LINE),
    mutants=[
        mutant(amended.drop(INSIDE), POINT, "for any set", it_leaves_at_once, the_product_is_4),
        mutant(amended.with_then(PRODUCT), BOWL, "everywhere"),
    ],
)
def open_sets_are_corridors_where_the_product_vanishes() -> Theorem:
    """A solution that stays for its whole life is straight while inside if and only if it is straight."""
    always = _stays()
    straight = throughout(_meanwhile(CORRIDOR, always), t, TIMES)
    one = instance(the_product_vanishes(), {v: speed(a)})
    forth = cut(one, straight)
    forth = throughout(discharge(weaken(specialize(forth, t), *TIMES.args), STAYS), t, TIMES)
    lines = part(a_vanishing_product_keeps_the_gradient(), DESCENDS)
    back = cut(lines, throughout(_meanwhile(PRODUCT, always), t, TIMES))
    back = throughout(discharge(weaken(specialize(back, t), *TIMES.args), STAYS), t, TIMES)
    return conclude(conjunction(discharge(forth, CORRIDOR), discharge(back, PRODUCT)), amended)


def _stays() -> Theorem:
    """A solution that is in the set all its life has stayed in it."""
    here = specialize(assume(INSIDE), s)
    here = conclude(here, Statement((LIVES, INSIDE, *TIMES.args, *BETWEEN.args), here.then))
    return throughout(here, s, BETWEEN)


def _meanwhile(claim: ForAll, stays: Theorem) -> Theorem:
    """What holds while it stays holds at the time t."""
    implied = weaken(specialize(assume(claim), t), *TIMES.args)
    return follows(implied.then.args[1], using=(implied, stays), because="it has stayed")
