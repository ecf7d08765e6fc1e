"""Runs of linGrad that cycle, that never settle, and that stall, each for infinitely many steps. (section 3.2).

The network is u = s_1 s_0 with s_1 = s_0 = w, and J = (u - z^2)^2/2. A step takes psi r w from each weight, where r = w^2 - z^2, and
epsilon is psi |r|/4 (see `special_ranges`), so what is inferred from a step, psi* = 4 epsilon*/|r|, does not depend on it. If only the
last measurement counts, every step changes w by the factor 1 +- 4 epsilon*, however near the solution is. If all of them count, it may
converge (`lingrad_history`); and where a tangent vanishes on the way it stalls.
"""

from sympy import Abs, Eq, Expr, Lambda, Ne, Rational, sign, sqrt

from theory.evidence import at, extends, mutant
from theory.linear_range.symbols import K, epsilon_star, growth, k, psi_at, sigma_at, t, w_at, z
from theory.proof import (
    And,
    Exists,
    ForAll,
    Not,
    Or,
    Statement,
    Tends,
    Theorem,
    always_or_once,
    assume,
    cite,
    conclude,
    conjunction,
    cut,
    discharge,
    follows,
    generalize,
    induction,
    orbit_of,
    repelled,
    specialize,
    substitute,
)


def run(map_: Lambda) -> ForAll:
    """w(k+1) = g(w(k)) for all k >= 0."""
    return ForAll(k, k >= 0, Eq(w_at(k + 1), map_(w_at(k))))


def always(body: object) -> ForAll:
    """The same for all minibatches."""
    return ForAll(k, k >= 0, body)


# N_hist = 1: it converges only by chance

MOVE = 4 * epsilon_star
NEWEST = Lambda(t, t - MOVE * sign(t**2 - z**2) * t)  # w - psi* r w, where psi* |r| = 4 epsilon*
START = (epsilon_star > 0, MOVE < 1, z > 0, w_at(0) > 0)
THERE = Exists(k, k >= 0, Eq(w_at(k), z))


def steps_of(move: Expr) -> ForAll:
    """Every weight changes by this share, unless it is the solution."""
    return always(Or(Eq(w_at(k), z), Eq(Abs(w_at(k + 1) - w_at(k)), move * w_at(k))))


FULL_STEPS = steps_of(MOVE)
BY_CHANCE = Or(Not(Tends(k, w_at(k), z)), THERE)
restless = Statement((*START, run(NEWEST)), And(FULL_STEPS, BY_CHANCE))
# from 2 by the factor 1/2 to 1, where it stays
LANDS = {epsilon_star: Rational(1, 8), z: 1}
LANDS |= {w_at: orbit_of(substitute(NEWEST, LANDS), 2)}


@extends(
    "ni-talnikar:algorithm-1",
    restless,
    witness=at(LANDS),
    mutants=[
        mutant(restless.with_then(Not(Tends(k, w_at(k), z))), LANDS, "not even by chance"),
        mutant(restless.with_then(steps_of(MOVE / 2)), LANDS, "half as far"),
    ],
)
def the_last_measurement_alone() -> Theorem:
    """Steps of 4 epsilon* w do not get shorter: near the solution they lead further away than where they began."""
    near = (t > 0, Not(Eq(t, z)), Abs(t - z) <= epsilon_star * z)
    expands = follows(Abs(NEWEST(t) - z) > Abs(t - z), *near, *START[:3], because="4 epsilon* t > 2 |t - z|")
    away = cut(repelled(w_at, NEWEST, t, z, epsilon_star * z, t > 0, expands), _positive())
    never = always(Ne(w_at(k), z))
    decided = always_or_once(k, k >= 0, Eq(w_at(k), z))
    settles = follows(BY_CHANCE, using=(discharge(away, never), decided), because="it lands, or it never does")
    here = specialize(assume(run(NEWEST)), k)
    moved = follows(FULL_STEPS.args[2], *START, using=(here, specialize(_positive(), k)), because="the sign is 1 or -1")
    return conclude(conjunction(generalize(moved, k, k >= 0), settles), restless)


def _positive() -> Theorem:
    """All weights are positive: w(k+1) >= (1 - 4 epsilon*) w(k)."""
    base = assume(w_at(0) > 0)
    step = follows(w_at(k + 1) > 0, w_at(k) > 0, *START[:3], using=(specialize(assume(run(NEWEST)), k),), because="1 - 4 epsilon* > 0")
    return induction(base, step, k, 0)


# N_hist = 1 and 4 epsilon* = (sqrt(5) - 1)/2: up, up and down again, for ever

GOLDEN = (growth > 1, Eq(growth**2, growth + 1), Eq(MOVE, growth - 1))
AROUND = And(Eq(w_at(1), growth * w_at(0)), Eq(w_at(2), growth**2 * w_at(0)), Eq(w_at(3), w_at(0)))
cycle = Statement((*GOLDEN, w_at(0) > 0, growth * w_at(0) < z, z < growth**2 * w_at(0), run(NEWEST)), AROUND)
GOLD = {growth: (1 + sqrt(5)) / 2, epsilon_star: (sqrt(5) - 1) / 8, z: 2}
GOLD |= {w_at: orbit_of(substitute(NEWEST, GOLD), 1)}
FAR = {**GOLD, z: 3, w_at: orbit_of(substitute(NEWEST, {**GOLD, z: 3}), 1)}


@extends(
    "ni-talnikar:algorithm-1",
    cycle,
    witness=at(GOLD),
    mutants=[
        mutant(cycle.drop(z < growth**2 * w_at(0)), FAR, "with a solution further away"),
        mutant(cycle.with_then(Eq(w_at(2), w_at(0))), GOLD, "of period 2"),
    ],
)
def a_cycle_of_three() -> Theorem:
    """The factors are g, g and 1 - 4 epsilon* = 2 - g = 1/g^2, where g is the golden ratio; and what comes next depends on w alone."""
    first, second, third = (specialize(assume(run(NEWEST)), n) for n in range(3))
    one = follows(Eq(w_at(1), growth * w_at(0)), *cycle.given, using=(first,), because="below z")
    two = follows(Eq(w_at(2), growth**2 * w_at(0)), *cycle.given, using=(one, second), because="below z")
    back = follows(Eq(w_at(3), w_at(0)), *cycle.given, using=(two, third), because="above z")
    return conclude(conjunction(one, two, back), cycle)


# A stall: two samples, u = w^2 and u = w, so epsilon = psi |sigma|/(4 w), and what is inferred from it moves w by 4 epsilon* w at most

DOWN = always(sigma_at(k) <= -K)
INFERRED = always(Eq(psi_at(k) * Abs(sigma_at(k)), MOVE * Abs(w_at(k))))
STEP = always(Eq(w_at(k + 1), w_at(k) + psi_at(k) * sigma_at(k)))
LEFT = 1 - MOVE
STALLED = And(always(w_at(k) > 0), Tends(k, w_at(k), 0), Tends(k, psi_at(k), 0))
stall = Statement((epsilon_star > 0, MOVE < 1, K > 0, w_at(0) > 0, DOWN, INFERRED, STEP), STALLED)
TOWARDS = Lambda(t, t - MOVE * Abs(t))


def _stalling(limit: Expr) -> dict[object, object]:
    """From 1 in the direction -1."""
    orbit = orbit_of(substitute(TOWARDS, {epsilon_star: limit}), 1)
    return {epsilon_star: limit, K: 1, sigma_at: Lambda(k, -1), w_at: orbit, psi_at: Lambda(k, 4 * limit * Abs(orbit.expr))}


@extends(
    "ni-talnikar:algorithm-1",
    stall,
    witness=at(_stalling(Rational(1, 8))),
    mutants=[
        mutant(stall.drop(MOVE < 1), _stalling(Rational(1, 2)), "for a large epsilon*"),
        mutant(stall.with_then(always(psi_at(k + 1) >= psi_at(k))), _stalling(Rational(1, 8)), "steps that do not shrink"),
        mutant(stall.with_then(w_at(1) <= 0), _stalling(Rational(1, 8)), "it passes 0"),
    ],
)
def a_stall() -> Theorem:
    """The tangent of u = w^2 vanishes at 0, so w = (1 - 4 epsilon*)^k w(0) never passes it, though the slope of J there is K or more."""
    claim = And(w_at(k) > 0, Eq(w_at(k), LEFT**k * w_at(0)))
    known = stall.given[:4]
    down, inferred, step = (specialize(assume(h), k) for h in (DOWN, INFERRED, STEP))
    moved = follows(Eq(w_at(k + 1), LEFT * w_at(k)), claim, *known, using=(down, inferred, step), because="psi sigma = -4 epsilon* w")
    more = follows(substitute(claim, {k: k + 1}), claim, k >= 0, *known, using=(moved,), because="1 - 4 epsilon* > 0")
    here = specialize(induction(follows(substitute(claim, {k: 0}), *known), more, k, 0), k)
    size = LEFT**k * (MOVE * w_at(0) / K)
    small = follows(Abs(psi_at(k)) <= size, *known, k >= 0, using=(here, down, inferred), because="|sigma| >= K")
    bounds = (follows(Abs(w_at(k)) <= LEFT**k * w_at(0), *known, k >= 0, using=(here,)), small)
    limits = [
        cut(cite("geometric-convergence", sequence, 0, LEFT, scale), generalize(bound, k, k >= 0))
        for sequence, scale, bound in zip((w_at, psi_at), (w_at(0), MOVE * w_at(0) / K), bounds, strict=True)
    ]
    positive = generalize(follows(w_at(k) > 0, using=(here,)), k, k >= 0)
    return conclude(conjunction(positive, *limits), stall)
