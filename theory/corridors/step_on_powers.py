"""The corridor step on |theta|^p, and what every limit of it has in common. (equation 3, beyond the paper).

With a factor gamma the step takes theta to (1 - gamma/p) theta, at every start but 0. For gamma = 1 it is linear convergence for p > 1/2:
monotone for p >= 1, in one step on a corridor (p = 1), by overshooting for p < 1. At p = 1/2 every such start has period 2, and below
every orbit diverges. For any loss, in any dimension, a step of length r starts at a loss of |g| r: where the gradient is bounded, the
losses of a run that converges tend to 0.
"""

from sympy import Abs, Eq, Lambda, Ne, Rational, sign

from theory.corridors.symbols import U, c, g, h, k, loss, multiplier, orbit, p, steepest, t, theta_0, unit
from theory.evidence import at, extends, mutant
from theory.proof import (
    And,
    ForAll,
    Implies,
    Statement,
    Theorem,
    Trace,
    assume,
    cite,
    conclude,
    conjunction,
    cut,
    equal_words,
    follows,
    generalize,
    induction,
    instance,
    orbit_of,
    recursion,
    specialize,
    squared_norm,
    substitute,
)

CLAIM = "dherin-rosca:equation-3"
POWER, SLOPE = Abs(t) ** p, p * sign(t) * Abs(t) ** (p - 1)
STEP = t - multiplier * POWER / SLOPE**2 * SLOPE
PART = 1 - multiplier / p
POWER_ORBIT = recursion(orbit, Lambda(t, PART * t))
MODULI = ForAll(k, k >= 0, Eq(Abs(orbit(k)), Abs(PART) ** k * Abs(orbit(0))))
FATES = (
    Implies(multiplier < 2 * p, Abs(PART) < 1),
    Implies(Eq(multiplier, 2 * p), Eq(PART, -1)),
    Implies(multiplier > 2 * p, Abs(PART) > 1),
    Implies(multiplier <= p, PART >= 0),
    Implies(Eq(multiplier, p), Eq(PART, 0)),
)
on_powers = Statement((p > 0, multiplier > 0, Ne(t, 0), POWER_ORBIT), And(Eq(STEP, PART * t), MODULI, *FATES))
TURNS_ROUND = {p: Rational(1, 2), multiplier: 1, t: 4, orbit: Lambda(k, 3 * (-1) ** Abs(k))}
HALVED = {p: 2, multiplier: 1, t: 3, orbit: orbit_of(Lambda(t, t / 2), 0)}


@extends(
    CLAIM,
    on_powers,
    witness=at(TURNS_ROUND),
    mutants=[
        mutant(on_powers.with_then(Implies(multiplier <= 2 * p, Abs(PART) < 1)), TURNS_ROUND, "p = 1/2 too"),
        mutant(on_powers.with_then(Eq(STEP, (1 - multiplier / (2 * p)) * t)), HALVED, "half of it"),
    ],
)
def a_power_takes_a_part_off() -> Theorem:
    """|theta|^p/(p |theta|^(p - 1)) = |theta|/p; and |1 - gamma/p|^k by induction."""
    size = follows(Eq(Abs(t) ** p, Abs(t) ** (p - 1) * Abs(t)), Ne(t, 0), because="powers add up")
    step = follows(Eq(STEP, PART * t), p > 0, Ne(t, 0), using=(size,))
    each = specialize(assume(POWER_ORBIT), k)
    once = follows(Eq(Abs(orbit(k + 1)), Abs(PART) * Abs(orbit(k))), p > 0, using=(each,))
    moduli = instance(at_a_rate(), {c: Abs(PART)})
    moduli = cut(moduli, generalize(once, k, k >= 0))
    fates = (follows(part, p > 0, multiplier > 0) for part in FATES)
    return conclude(conjunction(step, moduli, *fates), on_powers)


def at_a_rate() -> Theorem:
    """A sequence whose modulus is multiplied by c at each step, c >= 0."""
    claim = Eq(Abs(orbit(k)), c**k * Abs(orbit(0)))
    start = follows(substitute(claim, {k: 0}), because="c^0 = 1")
    power = follows(Eq(c ** (k + 1), c * c**k), c >= 0, k >= 0)
    once = specialize(assume(ForAll(k, k >= 0, Eq(Abs(orbit(k + 1)), c * Abs(orbit(k))))), k)
    step = follows(substitute(claim, {k: k + 1}), claim, c >= 0, using=(once, power), because="once more")
    return induction(start, step, k, 0)


# Short steps start at a small loss

GRADIENT = g(theta_0)
SIZE, MOVED = squared_norm(GRADIENT), squared_norm((theta_0 - h * GRADIENT) - theta_0)
settles = Statement(
    (Eq(h * SIZE, loss(theta_0)), SIZE <= steepest**2),
    And(Eq(loss(theta_0) ** 2, SIZE * MOVED), loss(theta_0) ** 2 <= steepest**2 * MOVED),
)
AT_3 = {unit: [[1]], theta_0: [[3]], h: Rational(1, 4), loss: Lambda(U, Trace(U) ** 2), g: Lambda(U, 2 * Trace(U) * unit), steepest: 6}


@extends(
    CLAIM,
    settles,
    witness=at(AT_3),
    mutants=[
        mutant(settles.with_then(loss(theta_0) ** 2 <= MOVED), AT_3, "without the gradient"),
        mutant(settles.drop(SIZE <= steepest**2), {**AT_3, steepest: 1}, "where the gradient is unbounded"),
    ],
)
def short_steps_mean_a_small_loss() -> Theorem:
    """L = h |g|^2 is the length h |g| of the step times |g|, so the losses tend to 0 where the lengths do and |g| stays below M."""
    length = equal_words(MOVED, h**2 * SIZE)
    size = cite("norm-nonnegative", GRADIENT)
    return conclude(conjunction(*(follows(part, *settles.given, using=(length, size)) for part in settles.then.args)), settles)
