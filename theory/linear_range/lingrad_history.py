"""Runs of linGrad with all their measurements: one step size, and convergence up to the stability limit. (section 3.2).

The network is that of `lingrad_runs`: u = w^2, J = (u - z^2)^2/2, and each measurement infers psi* = 4 epsilon*/|r| from r = w^2 - z^2. The
least of all psi* is taken. If the first residual is the largest, the first step is kept: linGrad is gradient descent with that step. It
tends to the solution up to the stability limit, that included; just beyond, it may go to and fro.
"""

from collections.abc import Callable
from functools import cache

from sympy import Abs, Eq, Expr, Lambda, Rational, sqrt

from theory.evidence import at, extends, mutant
from theory.linear_range.lingrad_runs import MOVE, START, always
from theory.linear_range.symbols import epsilon_star, h, k, later, psi_at, radius, residual, t, w_at, z
from theory.proof import (
    And,
    Or,
    Statement,
    Tends,
    Theorem,
    assume,
    conclude,
    conjunction,
    cut,
    evaluate,
    follows,
    generalize,
    induction,
    instance,
    no_two_cycles,
    orbit_of,
    specialize,
    substitute,
)

R = w_at(k) ** 2 - z**2
FIRST = Eq(psi_at(0) * Abs(w_at(0) ** 2 - z**2), MOVE)
NEXT = w_at(k + 1) ** 2 - z**2
KEPT = And(Eq(psi_at(k + 1), psi_at(k)), psi_at(k) * Abs(NEXT) <= MOVE)  # psi* = 4 epsilon*/|r| is not less, or r = 0 and there is none
SHORTER = And(Eq(psi_at(k + 1) * Abs(NEXT), MOVE), psi_at(k + 1) <= psi_at(k))
LEAST = always(Or(KEPT, SHORTER))  # the least of all psi* so far
DESCENT = always(Eq(w_at(k + 1), w_at(k) - psi_at(k) * R * w_at(k)))
STABLE = MOVE * z**2 <= z**2 - w_at(0) ** 2  # psi* lambda <= 2, where lambda = 2 z^2: the stability limit
ONE_STEP = always(Eq(psi_at(k), psi_at(0)))
settled = Statement((*START[::2], w_at(0) > 0, w_at(0) < z, STABLE, FIRST, LEAST, DESCENT), And(ONE_STEP, Tends(k, w_at(k), z)))


CUBIC = Lambda(t, t - psi_at(0) * (t**2 - z**2) * t)


def _with_one_step(known: dict[object, object], start: Rational) -> dict[object, object]:
    """An instance in which the first psi*, a number, is always the step."""
    return {**known, psi_at: Lambda(k, known[psi_at]), w_at: orbit_of(substitute(CUBIC, {z: known[z], psi_at(0): known[psi_at]}), start)}


# 1/2 tends to 1 with the first psi* = 1/2; and 9, 10, 9, 10, ... around sqrt(91) with 1/90, which is 91/90 of the stability limit
SETTLES = _with_one_step({epsilon_star: Rational(3, 32), z: 1, psi_at: Rational(1, 2)}, Rational(1, 2))
TO_AND_FRO = _with_one_step({epsilon_star: Rational(1, 36), z: sqrt(91), psi_at: Rational(1, 90)}, Rational(9))


def _closer(weight: Expr) -> And:
    """The weight is positive, and |r|/(2 z^2 - r) is not more than at the start, for its r."""
    at_first = w_at(0) ** 2
    return And(weight > 0, Abs(weight**2 - z**2) * (3 * z**2 - at_first) <= (z**2 - at_first) * (3 * z**2 - weight**2))


CLOSER = And(Eq(psi_at(k), psi_at(0)), *_closer(w_at(k)).args)
NEAR_ENOUGH = (z > 0, w_at(0) > 0, w_at(0) < z, STABLE, FIRST, epsilon_star > 0)


@cache
def the_first_is_the_least() -> Theorem:
    """For the instance: with the first psi* throughout, it is the least of them all."""
    same = specialize(assume(ONE_STEP), k + 1)
    close = _stays_close(lambda _: same)
    closer, next_ = (specialize(close, n) for n in (k, k + 1))
    next_ = follows(_small(w_at(k + 1)), *NEAR_ENOUGH, using=(next_,))
    least = follows(LEAST.args[2], k >= 0, *NEAR_ENOUGH, using=(closer, next_, same), because="no residual is larger than the first")
    least = conclude(least, Statement((k >= 0, *NEAR_ENOUGH, ONE_STEP, DESCENT), least.then))
    return generalize(least, k, k >= 0)


@cache
def _in_numbers() -> Theorem:
    return instance(the_first_is_the_least(), SETTLES)


def _to_and_fro() -> Theorem:
    """For the instance beyond the limit: all residuals are -10 or 9, and the first is -10."""
    turns = evaluate(substitute(always(Or(Eq(w_at(k), 9), Eq(w_at(k), 10))), TO_AND_FRO))
    least = substitute(LEAST.args[2], TO_AND_FRO)
    shown = follows(least, k >= 0, using=(specialize(turns, k + 1),), because="|r| <= 10")
    return generalize(conclude(shown, Statement((k >= 0,), least)), k, k >= 0)


@extends(
    "ni-talnikar:algorithm-1",
    settled,
    witness=at(SETTLES, _in_numbers),
    mutants=[
        mutant(settled.drop(STABLE), TO_AND_FRO, "beyond the stability limit, where there are cycles of two", _to_and_fro),
        mutant(settled.with_then(always(psi_at(k + 1) > psi_at(k))), SETTLES, "longer and longer steps", _in_numbers),
        mutant(settled.with_then(Eq(w_at(1), z)), SETTLES, "in one step", _in_numbers),
    ],
)
def the_whole_history() -> Theorem:
    """|r|/(2 z^2 - r) shrinks in every step: so no residual is larger than the first, and w has no cycle of two to tend to."""
    closer = specialize(_stays_close(_from_the_history), k)
    kept = generalize(follows(ONE_STEP.args[2], using=(closer,)), k, k >= 0)
    cubic = follows(Eq(w_at(k + 1), CUBIC(w_at(k))), using=(closer, specialize(assume(DESCENT), k)), because="with the first step size")
    highest = (radius > 0, Eq(radius**2 * (2 * z**2 - w_at(0) ** 2), z**2 * (3 * z**2 - 2 * w_at(0) ** 2)))  # the same |r|/(2 z^2 - r)
    between, image = (And(x >= w_at(0), x <= radius) for x in (t, h))
    given = (*NEAR_ENOUGH, *highest)
    near, there = (
        tuple(follows(c, *inside.args, *given, because="the ratio increases with |r| on each side") for c in _closer(state).args)
        for state, inside in ((t, between), (h, image))
    )
    forth, back = cut(_after(t, h), *near), cut(_after(h, t), *there)
    to, fro = Eq(h, CUBIC(t)), Eq(t, CUBIC(h))
    next_ = cut(_after(t, CUBIC(t)), *near)
    inside = follows(substitute(between, {t: CUBIC(t)}), *given, using=(next_,), because="a ratio no larger")
    lonely = follows(Or(Eq(t**2, z**2), Eq(h**2, z**2)), using=(forth, back), because="both ratios would shrink")
    lonely = follows(Eq(h, t), to, fro, t > 0, h > 0, z > 0, using=(lonely,), because="z is fixed")
    lonely = cut(lonely, near[0], there[0])
    fixed = follows(Eq(t, z), *between.args, Eq(CUBIC(t), t), *given, because="psi* t (t + z) > 0")
    tends = no_two_cycles(w_at, CUBIC, t, h, (w_at(0), radius), inside, lonely, fixed)
    tends = cut(tends, generalize(cubic, k, k >= 0))
    end = z * sqrt((3 * z**2 - 2 * w_at(0) ** 2) / (2 * z**2 - w_at(0) ** 2))
    tends = instance(tends, {radius: end})
    shown = [follows(c, *NEAR_ENOUGH) for c in tends.given if c.has(end)]
    return conclude(conjunction(kept, cut(tends, *shown)), settled)


def _up_to_the_limit() -> Theorem:
    return follows(And(psi_at(0) > 0, psi_at(0) * z**2 <= 1), *NEAR_ENOUGH, because="psi* (z^2 - w^2) = 4 epsilon*")


def _small(weight: Expr) -> And:
    """The residual is not larger than the first, and above -z^2."""
    return And(Abs(weight**2 - z**2) <= z**2 - w_at(0) ** 2, weight**2 < 2 * z**2)


def _ratio_shrinks(before: Expr, after: Expr) -> Or:
    """|r|/(2 z^2 - r) is less one step later, unless r is 0."""
    return Or(Eq(before, 0), Abs(after) * (2 * z**2 - before) < Abs(before) * (2 * z**2 - after))


def _after(weight: Expr, next_: Expr) -> Theorem:
    """From _closer(w) and w' = w - psi* r w: _closer(w'), and the ratio of w' is less than that of w unless r = 0."""
    return instance(_one_step_later(), {t: weight, h: next_})


@cache
def _one_step_later() -> Theorem:
    limit, within = _up_to_the_limit(), (residual > -(z**2), residual < z**2)
    one_step = Eq(later, (residual + z**2) * (1 - psi_at(0) * residual) ** 2 - z**2)
    less = And(_ratio_shrinks(residual, later), later < 2 * z**2)
    less = follows(less, one_step, *within, *NEAR_ENOUGH, using=(limit,), because="psi* z^2 <= 1")
    here = {residual: t**2 - z**2, later: h**2 - z**2}
    known, moved = (*_closer(t).args, *NEAR_ENOUGH), Eq(h, CUBIC(t))
    inside = tuple(follows(substitute(c, here), *known, because="w(0) < z") for c in within)
    less = cut(instance(less, here), *inside, follows(substitute(one_step, here), moved, because="u = w^2"))
    positive = follows(h > 0, *known, moved, using=(limit, *inside), because="psi* r < 1")
    near = follows(_closer(h), *known, using=(less, positive), because="a ratio no larger")
    return conjunction(near, less)


def _from_the_history(smaller: Theorem) -> Theorem:
    """The next step size is the first: an earlier psi* is less."""
    least = specialize(assume(LEAST), k)
    return follows(Eq(psi_at(k + 1), psi_at(0)), CLOSER, *NEAR_ENOUGH, using=(least, smaller), because="a smaller residual infers more")


def _stays_close(next_step: Callable[[Theorem], Theorem]) -> Theorem:
    """The step size is the first, and |r|/(2 z^2 - r) is not more than at the start."""
    descent = specialize(assume(DESCENT), k)
    moved = follows(Eq(w_at(k + 1), CUBIC(w_at(k))), CLOSER, using=(descent,), because="with the first step size")
    here = (follows(c, CLOSER) for c in _closer(w_at(k)).args)
    moved = cut(_after(w_at(k), w_at(k + 1)), moved, *here)
    smaller = follows(Abs(NEXT) <= z**2 - w_at(0) ** 2, *NEAR_ENOUGH, using=(moved,), because="w(0) < z")
    step = follows(substitute(CLOSER, {k: k + 1}), CLOSER, k >= 0, using=(next_step(smaller), moved))
    step = conclude(step, Statement((*(h_ for h_ in step.given if h_ != (k + 1 >= 0)), k >= 0), step.then))
    base = follows(substitute(CLOSER, {k: 0}), *NEAR_ENOUGH, because="at the start")
    return induction(base, step, k, 0)
