"""A bowl is no corridor: flow runs along lines to the minimum, but slows down on the way. (Example 2.7).

For L = |theta|^2 / 2 the gradient is theta, the Hessian the identity, and H g = theta. For any quadratic
H g = A (A theta + b): if it is 0 at a point, and at the points around it in every direction, then A = 0, and the loss is affine.
"""

from sympy import Eq, Expr, Lambda, Rational, exp
from sympy.functions.elementary.complexes import transpose

from theory.corridors.corridor import LIVES, STRAIGHT, TIMES, everywhere, from_rest, later, line_velocity
from theory.corridors.symbols import A, T, U, a, d, g, h, linear, since, speed, t, v, x
from theory.evidence import at, mutant, proves
from theory.proof import (
    And,
    Implies,
    Statement,
    Theorem,
    Velocity,
    assume,
    cite,
    combine_words,
    conclude,
    conjunction,
    cut,
    discharge,
    equal_words,
    evaluate,
    instance,
    rewrite,
    specialize,
    squared_norm,
)
from theory.proof.ranges import throughout

BOWL_FLOW = everywhere(Velocity(later(x(t)), -x(t)))
AWAY = x(t) + d * speed(a)  # a point in any direction from x(t)
SIDES = transpose(x(t)) * speed(a) + transpose(speed(a)) * x(t)
SLOPE = everywhere(Velocity(Lambda(d, transpose(AWAY) * AWAY / 2), SIDES / 2))  # the gradient of |theta|^2 / 2 is theta
BEND = everywhere(Velocity(Lambda(d, AWAY), speed(a)))  # and its derivative in a direction w is w, so H g = g = theta
SLOWS = everywhere(Eq(x(t), exp(-t) * x(0)))
ONLY_REST = Implies(STRAIGHT, Eq(x(0), 0))
SYMMETRIC = Eq(transpose(A), A)


def product(point: Expr) -> Expr:
    """H g for a quadratic loss."""
    return A * (A * point + linear)


FLAT = Eq(A * speed(a), 0)
ONLY_AFFINE = Implies(And(Eq(product(x(0)), 0), Eq(product(x(0) + speed(a)), 0)), FLAT)
example_2_7 = Statement((LIVES, BOWL_FLOW, SYMMETRIC), And(SLOPE, BEND, SLOWS, ONLY_REST, ONLY_AFFINE), source="dherin-rosca:example-2-7")
AT_3 = {since: -1, T: 2, x: Lambda(t, 3 * exp(-t)), v: [[-3]], speed: Lambda(a, 1), a: 0, A: [[1]], linear: [[-3]]}


@proves(
    example_2_7,
    witness=at(AT_3, note="one dimension"),
    mutants=[
        mutant(example_2_7.with_then(everywhere(Eq(x(t), x(0) - t * x(0)))), AT_3, "at constant speed"),
        mutant(example_2_7.with_then(everywhere(Eq(x(t), exp(-2 * t) * x(0)))), AT_3, "twice as fast"),
        mutant(example_2_7.with_then(Implies(Eq(product(x(0)), 0), FLAT)), AT_3, "by one point"),
    ],
)
def a_bowl_is_no_corridor() -> Theorem:
    """e^t x(t) never moves; and a straight solution has the velocity -x(t) = v at all times, so t v = 0."""
    return conclude(conjunction(_slope(), _bend(), _slows(), _only_rest(), _only_affine()), example_2_7)


def _slope() -> Theorem:
    line = cite("straight-line", x(t), speed(a), d)
    turned = cut(cite("velocity-of-transpose", *line.then.args), line)
    total = cut(cite("velocity-of-product", *turned.then.args, *line.then.args), turned, line)
    halved = cut(cite("velocity-of-multiple", *total.then.args, Rational(1, 2), 1), total)
    return throughout(rewrite(halved, equal_words(halved.then.args[1], SIDES / 2)), t, TIMES)


def _bend() -> Theorem:
    return throughout(cite("straight-line", x(t), speed(a), d), t, TIMES)


def _slows() -> Theorem:
    grows = evaluate(Velocity(Lambda(d, exp(t + d)), exp(t)))
    falls = specialize(assume(BOWL_FLOW), t)
    total = cut(cite("velocity-of-product", *grows.then.args, *falls.then.args), grows, falls)
    rests = throughout(rewrite(total, equal_words(total.then.args[1], 0)), t, TIMES)
    constant = specialize(from_rest(Lambda(t, exp(t) * x(t)), rests), t)
    return throughout(combine_words(x(t), exp(-t) * x(0), (exp(-t), constant, 1)), t, TIMES)


def _only_rest() -> Theorem:
    velocity = throughout(instance(instance(line_velocity(), {g: Lambda(U, h * U)}), {h: 1}), t, TIMES)
    half = T * Rational(1, 2)
    line = specialize(assume(STRAIGHT), half)
    here, there = specialize(velocity, 0), specialize(velocity, half)
    still = combine_words(x(0), 0, (1 / half, line, 1), (1 / half, there, 1), (-1 - 1 / half, here, 1))
    return discharge(conclude(still, Statement((LIVES, BOWL_FLOW, STRAIGHT), still.then)), STRAIGHT)


def _only_affine() -> Theorem:
    """A A w = 0, so |A w|^2 = w' A A w = 0."""
    points = tuple(Eq(product(point), 0) for point in (x(0), x(0) + speed(a)))
    twice = combine_words(A * A * speed(a), 0, (-1, assume(points[0]), 1), (1, assume(points[1]), 1))
    turned = combine_words(transpose(A) * A * speed(a), 0, (1, assume(SYMMETRIC), A * speed(a)), (1, twice, 1))
    none = equal_words(squared_norm(A * speed(a)), 0, turned)
    return discharge(cut(cite("norm-definite", A * speed(a)), none), *points)
