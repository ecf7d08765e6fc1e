"""The corridor learning rate L/|g|^2: one step to loss 0, if the corridor reaches that far. (equations 2 and 3, section 4).

A corridor may end before the loss is 0, and then the step overshoots it. Where g is not 0 the end of the step cannot lie inside an open
corridor at all: the loss is least there, and the gradient is still g. So the loss must decrease linearly up to the end, on the edge too.
"""

from sympy import Eq, Expr, Implies, Lambda, Max, Rational

from theory.corridors.staying import segment, straight
from theory.corridors.symbols import U, g, h, least, loss, other_h, rho, s, t, theta_0, unit
from theory.evidence import at, mutant, proves, refutes
from theory.proof import (
    And,
    ForAll,
    Refutation,
    Statement,
    Theorem,
    Trace,
    assume,
    conclude,
    counterexample,
    follows,
    generalize,
    specialize,
    squared_norm,
)

GRADIENT = g(theta_0)
STEEPNESS = squared_norm(GRADIENT)


def ahead(distance: Expr) -> Expr:
    """The loss at theta - distance g(theta)."""
    return loss(theta_0 - distance * GRADIENT)


def linear(distance: Expr) -> Eq:
    """Proposition 2.10: L(theta - t g) = L(theta) - t |g|^2."""
    return Eq(ahead(distance), loss(theta_0) - distance * STEEPNESS)


IN_CORRIDOR = (rho(theta_0) > 0, straight(theta_0), ForAll(t, segment(theta_0, t), linear(t)))
LEAST = ForAll(t, True, ahead(t) >= 0)  # no loss on the line is below 0
REACHES = Eq(h * STEEPNESS, loss(theta_0))  # h solves L(theta) - h |g|^2 = 0
LINEAR = ForAll(t, And(t >= 0, t <= h), linear(t))

equation_2 = Statement((*IN_CORRIDOR, LEAST, REACHES), And(linear(h), Eq(ahead(h), 0)), source="dherin-rosca:equation-2")
to_the_end = equation_2.amend(
    given=(h >= 0, LINEAR, REACHES),
    why="The corridor, with its edge, must reach as far as the step: the loss decreases linearly up to the step's end.",
)
RATE = loss(theta_0) / STEEPNESS
one_step = Statement((*IN_CORRIDOR, LEAST, STEEPNESS > 0), Eq(ahead(RATE), 0), source="dherin-rosca:text-intro-one-step")
one_long_step = one_step.amend(
    given=(STEEPNESS > 0, loss(theta_0) >= 0, ForAll(t, And(t >= 0, t <= RATE), linear(t))),
    why="The corridor, with its edge, must reach as far as the step; it cannot contain the optimum, where the gradient would be 0.",
)

# theta^2 - theta^3/3 up to 1, then the line theta - 1/3: two derivatives everywhere, and the least loss 0, at 0 only
# From 2 the step 5/3 ends at 1/3, where the loss is 8/81
BOWL = {
    unit: [[1]],
    theta_0: [[2]],
    h: Rational(5, 3),
    loss: Lambda(U, Trace(U) ** 2 - Trace(U) ** 3 / 3 + Max(Trace(U) - 1, 0) ** 3 / 3),
    g: Lambda(U, (2 * Trace(U) - Trace(U) ** 2 + Max(Trace(U) - 1, 0) ** 2) * unit),
    rho: Lambda(U, Trace(U) - 1),
}
# |theta|, from 2 to 0
KINK = {unit: [[1]], theta_0: [[2]], h: 2, loss: Lambda(U, Trace(U)), g: Lambda(U, unit)}

WITHOUT_STEP = {key: value for key, value in BOWL.items() if key != h}
STRAIGHT_DOWN = {key: value for key, value in KINK.items() if key != h}


def before_the_bend() -> tuple[Theorem, ...]:
    """From 2 a segment inside {theta > 1} has t < 1, where the loss is theta - 1/3; and no loss is below 0."""
    inside = ForAll(s, And(s >= 0, s <= 1), -s * t + 1 > 0)
    bend = Max(0, 1 - t)
    end = specialize(assume(inside), 1)
    slope = Eq(-2 * t - (2 - t) ** 2 + bend**2 + 3, 0, evaluate=False)
    value = Eq((2 - t) ** 2 - (2 - t) ** 3 / 3 + bend**3 / 3, Rational(5, 3) - t, evaluate=False)
    on_the_line = (generalize(follows(e, inside, using=(end,), because="t < 1"), t, inside) for e in (slope, value))
    positive = generalize(follows((2 - t) ** 2 - (2 - t) ** 3 / 3 + bend**3 / 3 >= 0, because="a convex function with the minimum 0"), t)
    return (*on_the_line, positive)


@refutes(
    equation_2,
    why="theta^2 - theta^3/3, which goes on beyond 1 as the line theta - 1/3, has the corridor (1, oo): the step from 2 ends at 1/3, where "
    "the loss is 8/81.",
)
def the_corridor_ends_before() -> Refutation:
    """From 2, where the loss is 5/3 and the gradient 1."""
    return counterexample(equation_2, BOWL, *before_the_bend())


@proves(
    to_the_end,
    witness=at(KINK),
    mutants=[
        mutant(to_the_end.drop(LINEAR), BOWL, "wherever the corridor ends"),
        mutant(to_the_end.with_then(Eq(ahead(h / 2), 0)), KINK, "half of the step"),
        mutant(to_the_end.drop(REACHES), {**KINK, h: 1}, "for another step"),
    ],
)
def down_to_zero() -> Theorem:
    """The linear decrease, at the end of the step."""
    end = specialize(assume(LINEAR), h)
    zero = follows(to_the_end.then, h >= 0, REACHES, using=(end,), because="L - h |g|^2 = 0")
    return conclude(zero, to_the_end)


@refutes(
    one_step,
    why="theta^2 - theta^3/3, which goes on beyond 1 as the line theta - 1/3: from 2, in the corridor (1, oo), one step ends at 1/3, where "
    "the loss is 8/81, and not at the optimum 0.",
)
def it_overshoots_the_corridor() -> Refutation:
    """From 2, where the loss is 5/3 and the gradient 1."""
    return counterexample(one_step, WITHOUT_STEP, *before_the_bend())


@proves(
    one_long_step,
    witness=at(STRAIGHT_DOWN),
    mutants=[
        mutant(one_long_step.with_then(Eq(ahead(RATE / 2), 0)), STRAIGHT_DOWN, "half of the step"),
        mutant(one_long_step.with_then(Eq(ahead(loss(theta_0)), loss(theta_0) / 2)), STRAIGHT_DOWN, "half of the loss"),
        mutant(one_long_step.drop(one_long_step.given[-1]), WITHOUT_STEP, "wherever the corridor ends"),
    ],
)
def one_step_to_the_optimum() -> Theorem:
    """The step L/|g|^2 takes L/|g|^2 times |g|^2 off the loss."""
    end = specialize(assume(one_long_step.given[-1]), RATE)
    zero = follows(one_step.then, STEEPNESS > 0, loss(theta_0) >= 0, using=(end,), because="L - (L/|g|^2) |g|^2 = 0")
    return conclude(zero, one_long_step)


# The rate, and Polyak's

OTHER_REACHES = Eq(other_h * STEEPNESS, loss(theta_0))
equation_3 = Statement((REACHES, OTHER_REACHES), Eq(h, other_h), source="dherin-rosca:equation-3")
solved = equation_3.amend(
    given=(STEEPNESS > 0, REACHES, OTHER_REACHES),
    then=And(Eq(h, other_h), Eq(h, RATE)),
    why="The gradient must not be 0: at an optimum of loss 0 every step size solves (2), and the formula reads 0/0.",
)
AT_REST = {**KINK, theta_0: [[0]], g: Lambda(U, 0 * unit), loss: Lambda(U, 0), other_h: 1}


@refutes(equation_3, why="At an optimum of loss 0 the formula reads 0/0, and every step size solves (2).")
def at_the_optimum() -> Refutation:
    """The loss 0 with the gradient 0; step sizes 1 and 2."""
    return counterexample(equation_3, AT_REST)


@proves(
    solved,
    witness=at({**KINK, other_h: 2}),
    mutants=[
        mutant(solved.drop(STEEPNESS > 0).with_then(Eq(h, other_h)), AT_REST, "at a critical point too"),
        mutant(solved.with_then(Eq(h, loss(theta_0) / (2 * STEEPNESS))), {**KINK, other_h: 2}, "half of it"),
    ],
)
def the_corridor_rate() -> Theorem:
    """Divided by |g|^2."""
    return conclude(follows(solved.then, *solved.given, because="divided by |g|^2"), solved)


POLYAK = (loss(theta_0) - least) / STEEPNESS
polyak = Statement(
    (STEEPNESS > 0,),
    And(Implies(Eq(least, 0), Eq(RATE, POLYAK)), Implies(Eq(RATE, POLYAK), Eq(least, 0))),
    source="dherin-rosca:text-abs-clr-polyak",
)


@proves(
    polyak,
    witness=at({**STRAIGHT_DOWN, least: 0}),
    mutants=[
        mutant(polyak.with_then(Eq(RATE, POLYAK)), {**STRAIGHT_DOWN, least: 1}, "whatever the least loss"),
        mutant(polyak.with_then(Implies(Eq(least, 0), Eq(RATE, POLYAK / 2))), {**STRAIGHT_DOWN, least: 0}, "with a factor 1/2"),
    ],
)
def polyak_with_least_loss_zero() -> Theorem:
    """(L - L*)/|g|^2 = L/|g|^2 exactly if L* = 0."""
    return follows(polyak.then, STEEPNESS > 0, because="multiplied by |g|^2")
