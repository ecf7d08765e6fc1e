"""Where momentum goes in a corridor, and how fast. (section 3, remarks A.2 and A.3).

From rest, step k goes (1 - beta^k)/(1 - beta) times as far as a step of gradient descent: as far in the first step or for beta = 0, and
farther in all others. A velocity along the gradient keeps to the line, any other leaves it at once, unless beta = 0 forgets it.
"""

from functools import cache

from sympy import Abs, Eq, Integer, Lambda, Ne, Rational, false, sign
from sympy.functions.elementary.complexes import transpose

from theory.corridors.momentum import (
    ALIGNED,
    ITERATED,
    MOMENTUM,
    PLANE,
    PUSHED,
    REST,
    SPEED,
    WITHIN,
    coefficient,
    displacement,
    every_step,
    landed_after,
    over_the_kink,
    reach,
    steps_from_rest,
)
from theory.corridors.staying import CORRIDOR, INSIDE, STEPS, stays
from theory.corridors.symbols import U, alpha, beta, g, h, k, n, other_unit, rho, s, t, theta, unit, velocity
from theory.evidence import Tight, at, mutant, proves, refutes
from theory.proof import (
    And,
    Exists,
    ForAll,
    Implies,
    Not,
    Or,
    Refutation,
    Statement,
    Theorem,
    Trace,
    absurd,
    assume,
    conclude,
    conjunction,
    counterexample,
    cut,
    discharge,
    exhibit,
    follows,
    generalize,
    induction,
    instance,
    none_exists,
    part,
    specialize,
    substitute,
)
from theory.proof.ranges import throughout

DISPLACEMENT = substitute(displacement(k), {alpha: Integer(0)})


def at_distance(distance: object) -> Eq:
    """theta_k = theta_0 - distance g(theta_0), on the line of steepest descent through theta_0."""
    return Eq(theta(k), theta(0) - distance * g(theta(0)))


@cache
def on_the_line() -> Theorem:
    """From velocity 0: theta_k = theta_0 - D_k g(theta_0), where D_k is the sum of the first k steps."""
    from_rest = instance(every_step(), {alpha: Integer(0)})
    return part(specialize(from_rest, k), at_distance(DISPLACEMENT))


# Remark A.2, from rest

remark_a_2a = Statement(
    (*ITERATED, INSIDE), ForAll(k, STEPS, And(at_distance(DISPLACEMENT), landed_after(SPEED))), source="dherin-rosca:remark-a-2a"
)
lines = remark_a_2a.amend(given=WITHIN, why="The segments between the iterates must lie in the corridor, as in lemma A.1.")


@refutes(remark_a_2a, why="A step over the kink of |theta| comes back: theta_2 = 1/4, which is nearer to the start 1 than theta_1 = -1/2.")
def it_comes_back() -> Refutation:
    """Step size 3/2 and beta = 1/2, from 1."""
    return over_the_kink(remark_a_2a)


@proves(
    lines,
    witness=at(PLANE),
    mutants=[
        mutant(lines.with_then(ForAll(k, STEPS, at_distance(k * h))), PLANE, "at the speed of gradient descent"),
        mutant(lines.with_then(ForAll(k, STEPS, at_distance(k * SPEED))), PLANE, "at the speed of the last step throughout"),
        mutant(lines.drop(REST), PUSHED, "with any initial velocity"),
    ],
)
def along_the_line() -> Theorem:
    """The sum of (1 - beta^j)/(1 - beta) over j <= k is (k - beta (1 - beta^k)/(1 - beta))/(1 - beta)."""
    landed = part(specialize(steps_from_rest(), k), landed_after(SPEED))
    return conclude(throughout(conjunction(on_the_line(), landed), k, STEPS), lines)


# How fast

STILL = {**PLANE, beta: 0, theta: Lambda(k, (3 - Abs(k) / 2) * unit), velocity: Lambda(k, -sign(Abs(k)) / 2 * unit)}


@cache
def powers() -> Theorem:
    """0 <= beta^k <= beta for 0 <= beta < 1 and k >= 1."""
    claim = And(beta**k >= 0, beta**k <= beta)
    start = follows(substitute(claim, {k: 1}), beta >= 0, because="k = 1")
    step = follows(substitute(claim, {k: k + 1}), claim, beta >= 0, beta < 1, k >= 1, because="one factor more")
    return induction(start, step, k, 1)


SLOW, BOUNDED, FAST = coefficient(k) >= 1, coefficient(k) < 1 / (1 - beta), Implies(And(beta > 0, k >= 2), coefficient(k) > 1)


@cache
def speeds() -> Theorem:
    """1 <= c_k < 1/(1 - beta) for k >= 1 and 0 < beta < 1, and c_k > 1 for k >= 2."""
    now = specialize(powers(), k)
    before = cut(specialize(powers(), k - 1), follows(k - 1 >= 1, k >= 2))
    given = (beta >= 0, beta < 1, k >= 1)
    slow = follows(SLOW, *given, using=(now,), because="beta^k <= beta")
    bounded = follows(Implies(beta > 0, BOUNDED), *given, because="beta^k > 0")
    strict = follows(coefficient(k) > 1, *given, beta > 0, k >= 2, using=(before,), because="beta^k <= beta^2 < beta")
    return conjunction(slow, bounded, discharge(strict, beta > 0, k >= 2))


def _fast(*speed: object) -> ForAll:
    return ForAll(k, STEPS, And(at_distance(DISPLACEMENT), *speed))


faster = Statement((*ITERATED, INSIDE), _fast(coefficient(k) > 1), source="dherin-rosca:text-momentum-faster")
not_slower = faster.amend(
    given=WITHIN,
    then=_fast(SLOW, Implies(beta > 0, BOUNDED), FAST),
    why="The first step from rest is a step of gradient descent, and for beta = 0 every step is; all others are longer.",
)


@refutes(faster, why="The first step from rest is as long as that of gradient descent, for every beta.")
def the_first_step_is_not_faster() -> Refutation:
    """Step size and beta 1/2, with one gradient everywhere."""
    return counterexample(faster, PLANE)


@proves(
    not_slower,
    witness=at(PLANE),
    mutants=[
        mutant(not_slower.with_then(_fast(Implies(k >= 2, coefficient(k) > 1))), STILL, "for beta = 0 too"),
        mutant(not_slower.with_then(_fast(SLOW, coefficient(k) < 1 / (1 + beta))), PLANE, "less than 1/(1 + beta)"),
        mutant(not_slower.with_then(_fast(SLOW, coefficient(k) < (1 + beta))), {**PLANE, n: 3}, "at most two steps' worth"),
    ],
    tight=Tight(True, "c_1 = 1", not_slower.with_then(ForAll(k, And(k >= 1, k <= 1), Eq(coefficient(k), 1))), at(PLANE)),
)
def momentum_is_not_slower() -> Theorem:
    """Beta^k <= beta, with equality for k = 1 only, unless beta is 0."""
    return conclude(throughout(conjunction(on_the_line(), *(part(speeds(), p) for p in speeds().then.args)), k, STEPS), not_slower)


# Remark A.2, from an aligned velocity

ON_THE_LINE = ForAll(k, STEPS, Exists(t, True, Eq(theta(k), theta(0) - t * g(theta(0)))))
remark_a_2b = Statement((*MOMENTUM, ALIGNED, CORRIDOR, INSIDE), ON_THE_LINE, source="dherin-rosca:remark-a-2b")
# The loss is x + y for x + y > 0 and x - y for x + y < 0: from (1, 1) the step (-2, -2) lands where the gradient is (1, -1)
SIDE = sign(Trace(transpose(unit) * U))
HALF_PLANES = {
    unit: [[1], [1]],
    other_unit: [[1], [-1]],
    n: 2,
    h: 2,
    beta: Rational(1, 2),
    alpha: 0,
    theta: Lambda(k, (1 - 5 * Abs(k) / 2 + Abs(k) ** 2 / 2) * unit - Abs(k) * (Abs(k) - 1) * other_unit),
    velocity: Lambda(k, (Abs(k) ** 2 * 3 / 2 - 7 * Abs(k) / 2) * unit - Abs(k) * (Abs(k) - 1) * other_unit),
    g: Lambda(U, (1 + SIDE) / 2 * unit + (1 - SIDE) / 2 * other_unit),
    rho: Lambda(U, Trace(transpose(unit) * U) ** 2 / 4),
}


def on_one_side() -> Theorem:
    """A segment from (1, 1) inside the half-plane x + y > 0 stays there."""
    inside = ForAll(s, And(s >= 0, s <= 1), (2 - 2 * s * t) ** 2 / 4 > 0)
    at_zero = specialize(assume(inside), 1 / t)
    reached = cut(at_zero, *(follows(condition, t >= 1) for condition in at_zero.given if condition != inside))
    same = Eq(sign(2 - 2 * t) - 1, 0, evaluate=False)
    return generalize(follows(same, inside, using=(discharge(reached, t >= 1),), because="it does not contain 0"), t, inside)


def off_the_line() -> Theorem:
    """No t puts (-4, 0) on the line (1 - t)(1, 1)."""
    both = And(Eq(t - 1, 0), Eq(t - 5, 0))
    return none_exists(generalize(absurd(follows(false, both), both), t))


@refutes(
    remark_a_2b,
    why="A step that leaves the corridor may land where the gradient has another direction: two half-planes meet along the line x + y = 0, "
    "with the losses x + y and x - y; from (1, 1) a step over it ends with theta_2 = (-4, 0). The same happens in a "
    "connected corridor: outside of the unit circle, where the lines of steepest descent are halves of its tangents.",
)
def it_leaves_the_line() -> Refutation:
    """Step size 2 and beta = 1/2, from rest."""
    return counterexample(remark_a_2b, HALF_PLANES, on_one_side(), off_the_line())


ALIGNED_WITHIN = (*MOMENTUM, ALIGNED, CORRIDOR, stays(reach(k)))
aligned = remark_a_2b.amend(
    given=ALIGNED_WITHIN,
    then=And(ForAll(k, STEPS, at_distance(displacement(k))), ON_THE_LINE),
    why="The segments between the iterates must lie in the corridor; then theta_k is at an explicit distance on the line.",
)


@cache
def stays_on_the_line() -> Theorem:
    """Theta_k = theta_0 - D_k g(theta_0), with the distance D_k as the witness."""
    here = part(specialize(every_step(), k), at_distance(displacement(k)))
    somewhere = exhibit(here, t, displacement(k), True, Eq(theta(k), theta(0) - t * g(theta(0))))
    return conjunction(throughout(here, k, STEPS), throughout(somewhere, k, STEPS))


@proves(
    aligned,
    witness=at(PUSHED),
    mutants=[
        mutant(aligned.with_then(ForAll(k, STEPS, at_distance(DISPLACEMENT))), PUSHED, "as from rest"),
        mutant(aligned.with_then(ForAll(k, STEPS, at_distance(k * h - alpha * beta))), PUSHED, "as if alpha were forgotten after a step"),
    ],
)
def along_the_gradient() -> Theorem:
    """Every velocity stays a multiple of the first gradient."""
    return conclude(stays_on_the_line(), aligned)


AS_DESCENT = ForAll(k, STEPS, Eq(reach(k), h, evaluate=False))
main = Statement((*MOMENTUM, ALIGNED, CORRIDOR, INSIDE), And(ON_THE_LINE, Not(AS_DESCENT)), source="dherin-rosca:text-momentum-main")
another_speed = main.amend(
    given=(*ALIGNED_WITHIN, beta > 0, n >= 2),
    why="For beta = 0 momentum is gradient descent, at its speed, and so is one step from rest; and the segments must lie in the corridor.",
)


@refutes(main, why="For beta = 0, which the definition allows, momentum is gradient descent.")
def without_memory() -> Refutation:
    """Step size 1/2 and beta = 0, with one gradient everywhere."""
    return counterexample(main, {**STILL, alpha: 0})


@proves(
    another_speed,
    witness=at(PUSHED),
    mutants=[
        mutant(another_speed.drop(beta > 0), {**STILL, alpha: 0}, "without memory"),
        mutant(another_speed.drop(n >= 2), {**PLANE, alpha: 0, n: 1}, "for one step"),
        mutant(another_speed.with_then(ForAll(k, STEPS, Ne(reach(k), h))), {**PLANE, alpha: 0}, "in every step"),
    ],
)
def at_another_speed() -> Theorem:
    """If the first two steps had length h, then alpha beta = 0 and h beta = alpha beta^2, so h beta = 0."""
    always = assume(AS_DESCENT)
    first, second = (specialize(always, step) for step in (1, 2))
    clash = follows(false, h > 0, beta > 0, beta < 1, n >= 2, using=(first, second), because="h beta = alpha beta^2 and alpha beta = 0")
    defined = throughout(follows(Or(k >= 0, Ne(beta, 0)), k >= 1), k, STEPS)
    return conclude(conjunction(part(stays_on_the_line(), ON_THE_LINE), cut(absurd(clash, AS_DESCENT), defined)), another_speed)
