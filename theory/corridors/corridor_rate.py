"""The corridor learning rate L/|g|^2: one step to loss 0, if the corridor reaches that far. (equations 2 and 3, section 4).

A corridor may end before the loss is 0, and then the step overshoots it. Where g is not 0 the end of the step cannot lie inside an open
corridor at all: the loss is least there, and the gradient is still g. So all of the step but its end must lie
inside, and the loss must not jump at the end.
"""

from functools import cache, partial

from sympy import Abs, Eq, Expr, Implies, Lambda, Max, Min, Ne, Rational

from theory.corridors.staying import segment, straight
from theory.corridors.symbols import U, d, g, h, least, loss, other_h, rho, s, steepest, t, theta_0, unit
from theory.evidence import at, mutant, proves, refutes
from theory.proof import (
    And,
    ForAll,
    Refutation,
    Statement,
    Theorem,
    Trace,
    assume,
    cite,
    conclude,
    counterexample,
    cut,
    discharge,
    follows,
    generalize,
    instance,
    specialize,
    squared_norm,
)
from theory.proof.ranges import throughout

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


def reaches(end: Expr) -> tuple[ForAll, ForAll]:
    """The corridor reaches up to the end of the step, which may lie on its edge; and the loss does not jump there."""
    before = And(t >= 0, t < end)
    return ForAll(t, before, segment(theta_0, t)), ForAll(t, before, Abs(ahead(t) - ahead(end)) <= steepest * (end - t))


REACH, NO_JUMP = reaches(h)

equation_2 = Statement((*IN_CORRIDOR, LEAST, REACHES), And(linear(h), Eq(ahead(h), 0)), source="dherin-rosca:equation-2")
to_the_end = equation_2.amend(
    given=(*IN_CORRIDOR, h > 0, REACHES, REACH, NO_JUMP),
    why="The corridor must reach as far as the step: all of the step before its end lies inside, and near the end the loss changes at a "
    "bounded rate.",
)
RATE = loss(theta_0) / STEEPNESS
one_step = Statement((*IN_CORRIDOR, LEAST, STEEPNESS > 0), Eq(ahead(RATE), 0), source="dherin-rosca:text-intro-one-step")
one_long_step = one_step.amend(
    given=(*IN_CORRIDOR, STEEPNESS > 0, loss(theta_0) > 0, *reaches(RATE)),
    why="The corridor must reach as far as the step, but for its end: it cannot contain the optimum, where the gradient would be 0.",
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
# |theta| on the right of 0, from 2 to 0
KINK = {unit: [[1]], theta_0: [[2]], h: 2, loss: Lambda(U, Trace(U)), g: Lambda(U, unit), rho: Lambda(U, Trace(U)), steepest: 1}

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


@cache
def linear_to_the_end() -> Theorem:
    """The distance D of the loss at the end from the line is at most d (|g|^2 + M) for every d, so it is 0."""
    gap = Abs(ahead(h) - loss(theta_0) + h * STEEPNESS)
    size = cite("norm-nonnegative", GRADIENT)
    inside, close = (specialize(assume(e), h - d) for e in (REACH, NO_JUMP))
    line = cut(specialize(assume(IN_CORRIDOR[2]), h - d), inside)
    near = follows(gap <= d * (STEEPNESS + steepest), h > 0, d > 0, d <= h, using=(line, close, size))
    near = throughout(near, d, And(d > 0, d <= h))
    some = Min(h, gap / (2 * (STEEPNESS + Abs(steepest) + 1)))
    there = cut(specialize(near, some), follows(some <= h, using=(size,), because="the least of two"))
    whole = follows(linear(h), h > 0, using=(discharge(there, some > 0), size), because="d = min(h, D/(2 (|g|^2 + |M| + 1)))")
    return cut(whole, follows(Ne(2 * Abs(steepest) + 2 * STEEPNESS + 2, 0), using=(size,)))


def inside_before(end: int) -> Theorem:
    """2 - s t > 0 for t < end <= 2 and 0 <= s <= 1."""
    before, part_ = And(t >= 0, t < end), And(s >= 0, s <= 1)
    here = follows(-s * t + 2 > 0, *before.args, *part_.args, because="s t < 2")
    return throughout(throughout(here, s, part_), t, before)


def at_speed_one(end: int) -> Theorem:
    """The points 2 - t and 2 - end are end - t apart, and so are their losses."""
    before = And(t >= 0, t < end)
    return throughout(follows(Abs(t - end) <= end - t, *before.args), t, before)


TO_THE_KINK = tuple(partial(fact, 2) for fact in (inside_before, at_speed_one))
HALF_WAY = tuple(partial(fact, 1) for fact in (inside_before, at_speed_one))


def on_the_tangent() -> Theorem:
    """Proposition 2.10 on the line beyond the bend."""
    return before_the_bend()[1]


def steady() -> Theorem:
    """Lemma 2.9 there."""
    return before_the_bend()[0]


def no_jump(side: int) -> Theorem:
    """Between the points 2 - t and 1/3 the loss changes by 5/3 - t at most; `side` is 1 or -1, as SymPy writes (2 - t)^2."""
    point = side * (2 - t)
    value = point**2 - side * point**3 / 3 + Max(0, 1 - t) ** 3 / 3
    before = And(t >= 0, t < Rational(5, 3))
    near = follows(Abs(value - Rational(8, 81)) <= Rational(5, 3) - t, *before.args, because="the slope is between 0 and 1")
    return throughout(near, t, before)


BENDS = (steady, on_the_tangent, partial(no_jump, 1), partial(no_jump, -1))


@proves(
    to_the_end,
    witness=at(KINK, *TO_THE_KINK),
    mutants=[
        mutant(to_the_end.drop(REACH), {**BOWL, steepest: 1}, "wherever the corridor ends", *BENDS),
        mutant(to_the_end.with_then(Eq(ahead(h / 2), 0)), KINK, "half of the step", *TO_THE_KINK),
        mutant(to_the_end.drop(REACHES), {**KINK, h: 1}, "for another step", *HALF_WAY),
    ],
)
def down_to_zero() -> Theorem:
    """The linear decrease up to the end, and at the end by continuity."""
    zero = follows(to_the_end.then, REACHES, using=(linear_to_the_end(),), because="L - h |g|^2 = 0")
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
    witness=at(STRAIGHT_DOWN, *TO_THE_KINK),
    mutants=[
        mutant(one_long_step.with_then(Eq(ahead(RATE / 2), 0)), STRAIGHT_DOWN, "half of the step", *TO_THE_KINK),
        mutant(one_long_step.with_then(Eq(ahead(loss(theta_0)), loss(theta_0) / 2)), STRAIGHT_DOWN, "half of the loss", *TO_THE_KINK),
        mutant(one_long_step.drop(reaches(RATE)[0]), {**WITHOUT_STEP, steepest: 1}, "wherever the corridor ends", *BENDS),
    ],
)
def one_step_to_the_optimum() -> Theorem:
    """The step L/|g|^2 takes L/|g|^2 times |g|^2 off the loss."""
    end = instance(linear_to_the_end(), {h: RATE})
    end = cut(end, follows(RATE > 0, STEEPNESS > 0, loss(theta_0) > 0))
    zero = follows(one_step.then, STEEPNESS > 0, using=(end,), because="L - (L/|g|^2) |g|^2 = 0")
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
