"""The corridor step on quadratic losses: linear rates, cycles and chaos of the direction, by exact values. (equation 3, beyond the paper).

On (x^2 + kappa y^2)/2 the direction of the gradient follows a map of its own. With t, the squared ratio of its two parts,
t' = t (kappa (2 - kappa + t)/(kappa + (2 kappa - 1) t))^2, and a step multiplies the loss by (1 + sigma t + t^2)/(4 (1 + t)^2),
where sigma = kappa + 1/kappa.

- 1 < kappa < 3: off the steep axis the direction tends to the flat one, where the loss falls to 1/4 a step, whatever kappa.
- 3 < kappa <= 3 + 2 sqrt(2), where sigma = 6: every run that starts off the steep axis and never lands on the flat one tends to one
  direction, and its step to 2/(kappa + 1), the best fixed step size: the loss falls to ((kappa - 1)/(kappa + 1))^2. The multiplier is
  2 (4 - sigma)/(sigma - 2).
- From there on two directions t and 1/t can take turns, and then every step halves the loss. Their multiplier is 7 - sigma: they attract
  for 6 < sigma < 8. Others take turns from sigma = 14 on (`step_windows`).
- A step can raise the loss exactly if sigma > 14, kappa > 7 + 4 sqrt(3). Even so every step comes nearer to the minimum, in any dimension
  (`step_in_any_dimension`).
"""

from sympy import Abs, Eq, Expr, Lambda, Max, Ne, Rational, diff, factor

from theory.corridors.symbols import a, b_1, k, kappa, orbit, rate, s, t
from theory.evidence import at, extends, mutant
from theory.proof import (
    And,
    ForAll,
    Implies,
    Or,
    Statement,
    Tends,
    Theorem,
    assume,
    conclude,
    conjunction,
    contracts,
    cut,
    discharge,
    follows,
    generalize,
    image_tends,
    induction,
    no_two_cycles,
    recursion,
    rename_orbit,
    repelled,
    rewrite,
    specialize,
    substitute,
)

CLAIM = "dherin-rosca:equation-3"
PARTS = kappa * (2 - kappa + t), kappa + (2 * kappa - 1) * t
RATIO = t * (PARTS[0] / PARTS[1]) ** 2
FACTOR = (1 + (kappa + 1 / kappa) * t + t**2) / (4 * (1 + t) ** 2)
STEP = (kappa + t) / (2 * kappa * (1 + t))
SLOPE = factor(diff(RATIO, t))
SIGMA = kappa + 1 / kappa


def _each(statement: Statement) -> Theorem:
    """Conclusion by conclusion: each is a polynomial identity or inequality in kappa and t."""
    return conclude(conjunction(*(follows(part, *statement.given) for part in statement.then.args)), statement)


def after(ratio: Expr) -> Expr:
    """The next ratio."""
    return substitute(RATIO, {t: ratio})


# The step, in the direction of its gradient

LOSS, STEEP = (a**2 + kappa * b_1**2) / 2, a**2 + kappa**2 * b_1**2
RATE = LOSS / STEEP
NEXT = ((1 - RATE) * a, (1 - kappa * RATE) * b_1)
HERE = kappa**2 * b_1**2 / a**2
reduced = Statement(
    (kappa >= 1, a > 0),
    And(
        Eq(kappa**2 * NEXT[1] ** 2, after(HERE) * NEXT[0] ** 2),
        Eq((NEXT[0] ** 2 + kappa * NEXT[1] ** 2) / 2, substitute(FACTOR, {t: HERE}) * LOSS),
        Eq(RATE, substitute(STEP, {t: HERE})),
    ),
)
AT_4 = {kappa: 4, a: 2, b_1: 3}


@extends(
    CLAIM,
    reduced,
    witness=at(AT_4),
    mutants=[
        mutant(reduced.with_then(Eq(RATE, substitute(STEP, {t: 2 * HERE}))), AT_4, "twice the ratio"),
        mutant(reduced.with_then(Eq(kappa * NEXT[1] ** 2, after(HERE) * NEXT[0] ** 2)), AT_4, "a ratio of points"),
    ],
)
def the_direction_has_a_map_of_its_own() -> Theorem:
    """By division."""
    return _each(reduced)


# One direction

FIXED = kappa * (kappa - 3) / (3 * kappa - 1)
BEST_STEP, BEST_RATE = 2 / (kappa + 1), ((kappa - 1) / (kappa + 1)) ** 2
one_direction = Statement(
    (kappa > 3, t > 0),
    And(
        Implies(Eq(RATIO, t), Eq(t, FIXED)),
        Eq(after(FIXED), FIXED),
        *(Eq(substitute(e, {t: FIXED}), value) for e, value in ((STEP, BEST_STEP), (FACTOR, BEST_RATE))),
        Eq(substitute(SLOPE, {t: FIXED}), 2 * (4 - SIGMA) / (SIGMA - 2)),
        Implies(SIGMA < 6, Abs(2 * (4 - SIGMA) / (SIGMA - 2)) < 1),
        Implies(SIGMA > 6, 2 * (4 - SIGMA) / (SIGMA - 2) < -1),
    ),
)
AT_5 = {kappa: 5, t: Rational(5, 7)}


@extends(
    CLAIM,
    one_direction,
    witness=at(AT_5),
    mutants=[
        mutant(one_direction.with_then(Eq(substitute(FACTOR, {t: FIXED}), (kappa - 1) / (kappa + 1))), AT_5, "the rate of the distance"),
        mutant(one_direction.with_then(Eq(substitute(STEP, {t: FIXED}), 1 / kappa)), AT_5, "the step 1/kappa"),
        mutant(
            one_direction.with_then(Implies(SIGMA < 7, Abs(2 * (4 - SIGMA) / (SIGMA - 2)) < 1)), {kappa: 6, t: 1}, "attracting for longer"
        ),
    ],
)
def the_best_fixed_step_finds_itself() -> Theorem:
    """Only one direction is kept: t = kappa (kappa - 3)/(3 kappa - 1)."""
    return _each(one_direction)


# Two directions

TURNS = Eq(kappa * t**2 + kappa, (kappa**2 - 4 * kappa + 1) * t)  # t + 1/t = kappa - 4 + 1/kappa
AROUND = SLOPE * substitute(SLOPE, {t: 1 / t})
two_directions = Statement(
    (kappa > 1, t > 0, TURNS),
    And(
        Eq(RATIO, 1 / t),
        Eq(after(1 / t), t),
        Eq(FACTOR, Rational(1, 2)),
        Eq(AROUND, 7 - SIGMA),
        SIGMA >= 6,
        Implies(SIGMA < 8, 7 - SIGMA > -1),
    ),
)
IN_TURN = {kappa: Rational(6, 1), t: Rational(3, 2)}


@extends(
    CLAIM,
    two_directions,
    witness=at(IN_TURN),
    mutants=[
        mutant(two_directions.with_then(Eq(RATIO, t)), IN_TURN, "one direction"),
        mutant(two_directions.with_then(Eq(FACTOR, Rational(1, 4))), IN_TURN, "as for small kappa"),
        mutant(two_directions.with_then(7 - SIGMA > -1), {kappa: Rational(28, 3), t: Rational(21, 4)}, "attracting for ever"),
    ],
)
def two_directions_halve_the_loss() -> Theorem:
    """T + 1/t = kappa - 4 + 1/kappa puts the loss at 1/2, whatever kappa."""
    return _each(two_directions)


# When a step raises the loss

LARGEST = (kappa + 1) ** 2 / (16 * kappa)
rises = Statement(
    (kappa >= 1, t >= 0),
    And(
        FACTOR <= LARGEST,
        Eq(substitute(FACTOR, {t: 1}), LARGEST),
        Implies(FACTOR > 1, (kappa - 1) ** 2 * t > 3 * kappa * (1 + t) ** 2),
        Implies((kappa - 1) ** 2 * t > 3 * kappa * (1 + t) ** 2, FACTOR > 1),
        Implies(SIGMA <= 14, FACTOR <= 1),
        Implies(SIGMA > 14, substitute(FACTOR, {t: 1}) > 1),
    ),
)
STEEP_AT_1 = {kappa: 14, t: 1}


@extends(
    CLAIM,
    rises,
    witness=at(STEEP_AT_1),
    mutants=[
        mutant(rises.with_then(FACTOR <= Rational(9, 10) * LARGEST), STEEP_AT_1, "less by a tenth"),
        mutant(rises.with_then(Implies(kappa <= 14, FACTOR <= 1)), STEEP_AT_1, "up to 14 itself"),
    ],
)
def a_step_raises_the_loss_from_fourteen_on() -> Theorem:
    """The factor is largest where both parts of the gradient have one size."""
    return _each(rises)


# Small condition numbers

MAP = Lambda(t, RATIO)
SHRINK = Max(Abs(2 - kappa), kappa / (2 * kappa - 1)) ** 2


def shrinks(part: Expr) -> ForAll:
    """The squared ratio tends to 0 at this rate at least, so the direction to the flat axis."""
    return ForAll(k, k >= 0, Abs(orbit(k) - 0) <= part**k * Abs(orbit(0) - 0))


to_the_axis = Statement((kappa > 1, kappa < 3, orbit(0) >= 0, recursion(orbit, MAP)), And(SHRINK < 1, shrinks(SHRINK)))
ON_THE_AXIS, KEPT = {kappa: 2, orbit: Lambda(k, 0)}, {kappa: 5, orbit: Lambda(k, Rational(5, 7))}


@extends(
    CLAIM,
    to_the_axis,
    witness=at(ON_THE_AXIS),
    mutants=[
        mutant(to_the_axis.drop(kappa < 3).with_then(shrinks(Rational(1, 2))), KEPT, "for all kappa"),
        mutant(to_the_axis.with_then(SHRINK < Rational(1, 4)), ON_THE_AXIS, "as fast as the loss"),
    ],
)
def small_condition_numbers_forget_the_steep_axis() -> Theorem:
    """|kappa (2 - kappa + t)| is at most this part of kappa + (2 kappa - 1) t."""
    root = SHRINK.base
    known = (kappa > 1, kappa < 3, t >= 0)
    less = follows(Abs(kappa * (2 - kappa + t)) <= root * (kappa + (2 * kappa - 1) * t), *known)
    square = follows(RATIO <= SHRINK * t, *known, using=(less,), because="squared")
    kept = follows(RATIO >= 0, *known)
    step = follows(Abs(RATIO - 0) <= SHRINK * Abs(t - 0), *known, using=(square, kept))
    rate = follows(SHRINK < 1, kappa > 1, kappa < 3)
    return conclude(conjunction(rate, contracts(orbit, MAP, t, 0, SHRINK, t >= 0, kept, step)), to_the_axis)


# Middle ones

IN_TURNS = {orbit: Lambda(k, (13 - 5 * (-1) ** Abs(k)) / 12), rate: Lambda(k, (7 + (-1) ** Abs(k)) / 24)}

NEVER_ON_THE_AXIS = ForAll(k, k >= 0, Ne(orbit(k), 0))
STEPS = ForAll(k, k >= 0, Eq(rate(k), substitute(STEP, {t: orbit(k)})))
to_one_direction = Statement(
    (kappa > 3, SIGMA <= 6, orbit(0) >= 0, recursion(orbit, MAP), NEVER_ON_THE_AXIS, STEPS),
    And(Tends(k, orbit(k), FIXED), Tends(k, rate(k), BEST_STEP)),
)


@extends(
    CLAIM,
    to_one_direction,
    witness=at({**KEPT, rate: Lambda(k, Rational(1, 3))}),
    mutants=[
        mutant(
            to_one_direction.drop(NEVER_ON_THE_AXIS),
            {kappa: 5, orbit: Lambda(k, 0), rate: Lambda(k, Rational(1, 2))},
            "from the flat axis itself",
        ),
        mutant(to_one_direction.drop(SIGMA <= 6), {kappa: 6, **IN_TURNS}, "for larger kappa"),
    ],
)
def every_run_finds_the_best_fixed_step() -> Theorem:
    """By Coppel's theorem: there is no 2-cycle, and the axis repels. Only runs that land on it, e.g. from t = kappa - 2, stay there."""
    known, top = (kappa > 3, SIGMA <= 6), orbit(0) + (kappa - 2) ** 3
    inside, image = (t >= 0, t <= top), (s >= 0, s <= top)
    start = orbit(0) >= 0
    steep, flat = PARTS
    longer = follows(Implies(t <= kappa - 2, Abs(steep) <= (kappa - 2) * flat), *inside, *known)
    shorter = follows(Implies(t >= kappa - 2, Abs(steep) <= flat), *inside, *known)
    most = follows(Or(RATIO <= t, RATIO <= (kappa - 2) ** 3), *inside, *known, using=(longer, shorter), because="squared")
    invariant = follows(And(RATIO >= 0, RATIO <= top), *inside, *known, start, using=(most,))
    small, cycle = follows(kappa**2 - 6 * kappa + 1 <= 0, *known), (Eq(s, RATIO), Eq(t, after(s)))
    apart = follows(Eq(s, t), kappa > 3, kappa**2 - 6 * kappa + 1 <= 0, t > 0, s > 0, *cycle, because="no 2-cycle for sigma <= 6")
    apart = discharge(cut(apart, small), t > 0, s > 0)
    lonely = follows(Eq(s, t), *inside, *image, *known, *cycle, using=(apart,), because="or both are 0")
    fixed = follows(Or(Eq(t, 0), Eq(t, FIXED)), *inside, *known, Eq(RATIO, t))
    somewhere = no_two_cycles(orbit, MAP, t, s, (0, top), invariant, lonely, fixed)
    near = follows(
        Abs(RATIO - 0) > Abs(t - 0), t >= 0, Ne(t, 0), Abs(t) <= FIXED / 2, *known, because="t < kappa (kappa - 3)/(3 kappa - 1)"
    )
    away = repelled(orbit, MAP, t, 0, FIXED / 2, t >= 0, near)
    limit = follows(Tends(k, orbit(k), FIXED), using=(somewhere, cut(away, _never_negative())), because="of the two, 0 is excluded")
    return conclude(conjunction(limit, _its_step(limit)), to_one_direction)


def _its_step(limit: Theorem) -> Theorem:
    """The step depends continuously on the direction."""
    size = Lambda(t, substitute(STEP, {t: Abs(t)}))
    steps = image_tends(limit, size)
    steps = rewrite(steps, follows(Eq(substitute(size.expr, {t: FIXED}), BEST_STEP), kappa > 3))
    here, positive = specialize(assume(STEPS), k), specialize(_never_negative(), k)
    same = follows(Eq(substitute(size.expr, {t: orbit(k)}), rate(k)), kappa > 3, k >= 0, using=(here, positive))
    return rename_orbit(steps, k, generalize(same, k, k >= 0))


def _never_negative() -> Theorem:
    """The squared ratio is a square."""
    here = orbit(k) >= 0
    onwards = specialize(assume(recursion(orbit, MAP)), k)
    step = follows(orbit(k + 1) >= 0, here, kappa > 3, using=(onwards,), because="a square times a number that is not negative")
    return induction(assume(orbit(0) >= 0), step, k, 0)
