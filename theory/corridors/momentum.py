"""Momentum in a corridor walks along the line of steepest descent, ever faster. (equations 4 to 11, lemma A.1, remark A.2).

With the velocity alpha g at the start, step k goes h (1 - beta^k)/(1 - beta) - alpha beta^k times the gradient. This needs the segments
between the iterates to lie in the corridor, not the iterates alone: a step can jump over the kink of |theta|, and the gradient turns.
"""

from functools import cache

from sympy import Abs, Eq, Expr, Integer, Lambda, Ne, Rational, sign

from theory.corridors.staying import CORRIDOR, INSIDE, SAME, STEPS, arrives, stays
from theory.corridors.symbols import U, alpha, beta, g, h, k, n, rho, s, t, theta, unit, velocity
from theory.evidence import at, mutant, proves, refutes
from theory.proof import (
    And,
    ForAll,
    Refutation,
    Statement,
    Theorem,
    Trace,
    assume,
    combine_words,
    conclude,
    conjunction,
    counterexample,
    cut,
    discharge,
    follows,
    generalize,
    identity,
    instance,
    part,
    rewrite,
    specialize,
    substitute,
)
from theory.proof.ranges import throughout, up_to

VELOCITIES = ForAll(k, STEPS, Eq(velocity(k), beta * velocity(k - 1) - h * g(theta(k - 1))))
POSITIONS = ForAll(k, STEPS, Eq(theta(k), theta(k - 1) + velocity(k)))
REST = Eq(velocity(0), 0)
ALIGNED = Eq(velocity(0), alpha * g(theta(0)))
RANGES = (n >= 1, h > 0, beta >= 0, beta < 1)
MOMENTUM = (*RANGES, VELOCITIES, POSITIONS)


def coefficient(step: Expr) -> Expr:
    """(1 - beta^k)/(1 - beta) = 1 + beta + ... + beta^(k-1)."""
    return (1 - beta**step) / (1 - beta)


def reach(step: Expr) -> Expr:
    """How far step k goes, in multiples of the gradient."""
    return h * coefficient(step) - alpha * beta**step


def displacement(step: Expr) -> Expr:
    """How far the first k steps go together."""
    return h * (step - beta * coefficient(step)) / (1 - beta) - alpha * beta * coefficient(step)


MOVES = Eq(velocity(k), -reach(k) * g(theta(0)))
AWAY = Eq(theta(k), theta(0) - displacement(k) * g(theta(0)))
WALK = And(MOVES, SAME, AWAY)


@cache
def one_step() -> Theorem:
    """With velocity -reach(k) g at theta(k), where the gradient is still g: the next step is -reach(k+1) g, and the gradient stays g."""
    same = assume(SAME)
    faster = identity(beta * reach(k) + h, reach(k + 1))
    moved = combine_words(
        velocity(k + 1),
        -reach(k + 1) * g(theta(0)),
        (1, specialize(assume(VELOCITIES), k + 1), 1),
        (beta, assume(MOVES), 1),
        (-h, same, 1),
        (-1, faster, g(theta(0))),
        because="beta reach(k) + h = reach(k+1)",
    )
    landed = combine_words(
        theta(k) - reach(k + 1) * g(theta(k)),
        theta(k + 1),
        (-1, specialize(assume(POSITIONS), k + 1), 1),
        (-1, moved, 1),
        (-reach(k + 1), same, 1),
    )
    stays_ = specialize(assume(stays(reach(k))), k + 1)
    there = cut(arrives(reach(k + 1)), stays_)
    there = combine_words(g(theta(k + 1)), g(theta(0)), (1, rewrite(there, landed), 1), (1, same, 1), because="lemma 2.9 along the step")
    further = identity(displacement(k) + reach(k + 1), displacement(k + 1))
    away = combine_words(
        theta(k + 1),
        theta(0) - displacement(k + 1) * g(theta(0)),
        (1, specialize(assume(POSITIONS), k + 1), 1),
        (1, moved, 1),
        (1, assume(AWAY), 1),
        (-1, further, g(theta(0))),
    )
    return conjunction(moved, there, away)


@cache
def every_step() -> Theorem:
    """What holds of every step from an aligned velocity, by induction; `alpha` is free, so 0 is one case."""
    start = cut(conjunction(assume(ALIGNED)), assume(ALIGNED))
    given = assume(WALK)
    step = cut(one_step(), *(part(given, p) for p in (MOVES, SAME, AWAY)))
    return up_to(start, step, WALK, Ne(1 - beta, 0), index=k, last=n)


ITERATED = (*MOMENTUM, REST, CORRIDOR)


def moved_by(speed: Expr) -> Eq:
    """v_k = -speed g(theta_(k-1))."""
    return Eq(velocity(k), -speed * g(theta(k - 1)))


def landed_after(speed: Expr) -> Eq:
    """theta_k = theta_(k-1) - speed g(theta_(k-1))."""
    return Eq(theta(k), theta(k - 1) - speed * g(theta(k - 1)))


SPEED = coefficient(k) * h


@cache
def steps_from_rest() -> Theorem:
    """From velocity 0, v_k = -c_k h g(theta_(k-1)) and theta_k = theta_(k-1) - c_k h g(theta_(k-1)) for every step."""
    from_rest = instance(every_step(), {alpha: Integer(0)})
    before, now = specialize(from_rest, k - 1), specialize(from_rest, k)
    same, first = part(before, substitute(SAME, {k: k - 1})), Eq(velocity(k), -coefficient(k) * h * g(theta(0)))
    moved = combine_words(*moved_by(SPEED).args, (1, part(now, first), 1), (SPEED, same, 1), because="still the gradient g")
    landed = combine_words(*landed_after(SPEED).args, (1, specialize(assume(POSITIONS), k), 1), (1, moved, 1))
    return throughout(conjunction(moved, landed), k, STEPS)


def _steps(speed: Expr) -> ForAll:
    return ForAll(k, STEPS, And(moved_by(speed), landed_after(speed)))


lemma_a_1 = Statement((*ITERATED, INSIDE), _steps(SPEED), source="dherin-rosca:lemma-a-1")
WITHIN = (*ITERATED, stays(SPEED))
inside_all_along = lemma_a_1.amend(
    given=WITHIN,
    why="The segments between the iterates must lie in the corridor too: a step that leaves it and comes back may find another gradient.",
)

# |theta| on the line without 0: from 1 the step 3/2 lands at -1/2, the next at 1/4
KINK = {
    unit: [[1]],
    n: 2,
    h: Rational(3, 2),
    beta: Rational(1, 2),
    theta: Lambda(k, (-Rational(1, 2)) ** Abs(k) * unit),
    velocity: Lambda(k, 3 * sign(Abs(k)) * (-Rational(1, 2)) ** Abs(k) * unit),
    g: Lambda(U, sign(Trace(U)) * unit),
    rho: Lambda(U, Trace(U) ** 2),
}
AT_ITERATES = (Integer(1), -Rational(1, 2), Rational(1, 4))
# A plane with the gradient (3, 4) everywhere
PLANE = {
    unit: [[3], [4]],
    n: 2,
    h: Rational(1, 2),
    beta: Rational(1, 2),
    theta: Lambda(k, (1 - Abs(k) - 2 ** (-Abs(k))) * unit),
    velocity: Lambda(k, (2 ** (-Abs(k)) - 1) * unit),
    g: Lambda(U, unit),
    rho: Lambda(U, 1),
}
# The same from the velocity -g
PUSHED = {**PLANE, alpha: -1, theta: Lambda(k, (3 - Abs(k)) * unit), velocity: Lambda(k, -unit)}


def up_to_the_kink(position: Expr) -> Theorem:
    """From a point of the line without 0 a segment inside stays on one side, so the gradient of |theta| is the same at its end."""
    slope = sign(position)
    inside = ForAll(s, And(s >= 0, s <= 1), (position - s * t * slope) ** 2 > 0)
    at_zero = specialize(assume(inside), position / (t * slope))
    beyond = t >= Abs(position)
    reached = cut(at_zero, *(follows(condition, beyond) for condition in at_zero.given if condition != inside))
    same = Eq(sign(position - t * slope) - slope, 0, evaluate=False)
    return generalize(follows(same, inside, using=(discharge(reached, beyond),), because="it does not contain 0"), t, inside)


def over_the_kink(statement: Statement) -> Refutation:
    """The counterexample `KINK`."""
    return counterexample(statement, KINK, *map(up_to_the_kink, AT_ITERATES))


@refutes(
    lemma_a_1,
    why="|theta| on the line without 0 is a corridor, and so is the cone |theta| without its apex in any dimension: the iterates "
    "1, -1/2, 1/4 stay in it, but both steps jump over 0, where the gradient turns: v_2 is 3/4 instead of 9/4.",
)
def a_step_over_the_kink() -> Refutation:
    """Step size 3/2 and beta = 1/2, from 1."""
    return over_the_kink(lemma_a_1)


@proves(
    inside_all_along,
    witness=at(PLANE),
    mutants=[
        mutant(inside_all_along.with_then(_steps((1 - beta**k) / (1 + beta) * h)), PLANE, "divided by 1 + beta"),
        mutant(inside_all_along.with_then(_steps(coefficient(k + 1) * h)), PLANE, "one power more"),
        mutant(inside_all_along.drop(REST), PUSHED, "with any initial velocity"),
    ],
)
def momentum_in_a_corridor() -> Theorem:
    """Beta c_k + 1 = c_(k+1), while the gradient stays the same along every step."""
    return conclude(steps_from_rest(), inside_all_along)


equation_9_10 = Statement(
    (*MOMENTUM, REST),
    And(Eq(velocity(1), -h * g(theta(0))), Eq(theta(1), theta(0) - h * g(theta(0)))),
    source="dherin-rosca:equation-9-10",
)


@proves(
    equation_9_10,
    witness=at(PLANE),
    mutants=[
        mutant(equation_9_10.drop(REST), PUSHED, "with any initial velocity"),
        mutant(equation_9_10.replacing({Eq(velocity(1), -h * g(theta(0))): Eq(velocity(1), h * g(theta(0)))}), PLANE, "uphill"),
    ],
)
def the_first_step() -> Theorem:
    """From velocity 0 the first step is that of gradient descent, corridor or not."""
    start = (specialize(assume(f), 1) for f in (VELOCITIES, POSITIONS))
    speed, place = start
    moved = combine_words(velocity(1), -h * g(theta(0)), (1, speed, 1), (beta, assume(REST), 1))
    landed = combine_words(theta(1), theta(0) - h * g(theta(0)), (1, place, 1), (1, moved, 1))
    return conclude(conjunction(moved, landed), equation_9_10)


LATER = And(k >= 2, k <= n)


def _eleven(factor: Expr) -> And:
    same = Eq(factor, coefficient(k), evaluate=False)
    return And(moved_by(factor * h), same, Eq(theta(k), theta(k - 1) + velocity(k)))


FACTOR = beta * coefficient(k - 1) + 1
equation_11 = Statement(
    (*ITERATED, INSIDE),
    ForAll(k, LATER, _eleven(FACTOR)),
    source="dherin-rosca:equation-11",
)
induction_step = equation_11.amend(given=WITHIN, why="As in lemma A.1, the segments between the iterates must lie in the corridor too.")


@refutes(equation_11, why="The step over the kink of |theta|, as in lemma A.1: g(theta_1) = -g(theta_0).")
def the_gradient_has_turned() -> Refutation:
    """Step size 3/2 and beta = 1/2, from 1."""
    return over_the_kink(equation_11)


@proves(
    induction_step,
    witness=at(PLANE),
    mutants=[
        mutant(induction_step.with_then(ForAll(k, LATER, _eleven(beta * coefficient(k - 1)))), PLANE, "without + 1"),
        mutant(
            induction_step.with_then(ForAll(k, LATER, _eleven(beta * coefficient(k) + 1))),
            PLANE,
            "one power more",
        ),
    ],
)
def the_induction_step() -> Theorem:
    """Beta (1 - beta^(t-1))/(1 - beta) + 1 = (1 - beta^t)/(1 - beta)."""
    geometric = identity(FACTOR, coefficient(k))
    step = specialize(steps_from_rest(), k)
    moved = part(step, moved_by(SPEED))
    moved = combine_words(*moved_by(FACTOR * h).args, (1, moved, 1), (1, geometric, h * g(theta(k - 1))))
    together = conjunction(moved, geometric, specialize(assume(POSITIONS), k))
    return conclude(throughout(together, k, LATER), induction_step)
