"""Cones are corridors: the flow runs along half-lines to the tip. (Example 2.3).

The loss is |theta| on R^d, differentiable everywhere but at the tip 0, where its only minimum is. All of it holds in any dimension; a
direction across the rays, along which the cone is no line, needs two. The corridor itself is R^d without the tip: the flow gets there
in the time |theta|, and then has nowhere to go.
"""

from functools import cache

from sympy import Eq, Expr, Lambda, Rational, Symbol, sqrt
from sympy.core.relational import Relational
from sympy.functions.elementary.complexes import transpose

from theory.corridors.corridor import LIVES, TIMES, everywhere, from_rest, later, written
from theory.corridors.symbols import T, d, length, s, sideways, since, t, u, unit, x, y, z
from theory.evidence import at, mutant, proves
from theory.proof import (
    And,
    ForAll,
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
    derivative,
    discharge,
    equal_words,
    follows,
    generalize,
    inner,
    rewrite,
    specialize,
    squared_norm,
)
from theory.proof.flows import during
from theory.proof.ranges import throughout


def distance(point: Expr) -> Expr:
    """The loss: |theta|."""
    return sqrt(squared_norm(point))


RADIUS = distance(y)
GRADIENT = y / RADIUS
HESSIAN = (1 - y * transpose(y) / RADIUS**2) / RADIUS
APART = squared_norm(y) > 0
LENGTH = everywhere(And(length(t) > 0, Eq(squared_norm(x(t)), length(t) ** 2)))  # length(t) = |x(t)|, and x(t) is not the tip
SOLVES = everywhere(Velocity(later(x(t)), -x(t) / length(t)))
ACROSS = And(squared_norm(sideways) > 0, Eq(inner(y, sideways), 0))  # there is such a direction in every dimension but 1

RISE = distance(y + u) - RADIUS - inner(GRADIENT, u)
SLOPES = And(RISE >= 0, RISE <= squared_norm(u) / (2 * RADIUS))  # the derivative is the gradient, with an error below |u|^2/(2 |theta|)
BENDS = Velocity(Lambda(d, (y + d * u) / distance(y + d * u)), HESSIAN * u)
VANISHES = Eq(HESSIAN * GRADIENT, 0)
ON_RAY = y - t * GRADIENT
NEARER = Eq(squared_norm(ON_RAY), (RADIUS - t) ** 2)
RAY = ForAll(t, t < RADIUS, And(Eq(ON_RAY, (RADIUS - t) * GRADIENT), NEARER, Velocity(later(ON_RAY), -GRADIENT)))
STRAIGHT = everywhere(And(Eq(x(t), x(0) - t * x(0) / length(0)), Eq(length(t), length(0) - t)))
BENT = Implies(ACROSS, distance(y + sideways) + distance(y - sideways) > 2 * RADIUS)
WEIGHTS = (s >= 0, s <= 1)
CONVEX = distance((1 - s) * y + s * z) <= (1 - s) * RADIUS + s * distance(z)
ONE_MINIMUM = And(distance(z) >= 0, Implies(Eq(distance(z), 0), Eq(z, 0)))
example_2_3 = Statement(
    (APART, LIVES, LENGTH, SOLVES, *WEIGHTS),
    And(SLOPES, BENDS, VANISHES, RAY, STRAIGHT, BENT, CONVEX, ONE_MINIMUM),
    source="dherin-rosca:example-2-3",
)
r = Symbol("r", real=True)  # a number


def moves_by(function: Lambda, of: Theorem) -> Theorem:
    """The chain rule for a function of the number that moves."""
    (variable,) = function.variables
    rule = derivative(function.expr, variable)
    where, rate = And(*rule.given), Lambda(variable, rule.then.args[1])
    curve, velocity = of.then.args
    slope = cite("velocity-from-derivative", function, rate, where, d, curve.expr.subs(d, 0))
    slope = cut(slope, generalize(rule, variable, where))
    return cut(cite("chain-rule-of-numbers", function, slope.then.args[1], curve, velocity), slope, of)


def square_moves(of: Theorem) -> Theorem:
    """|X|^2 moves at the rate 2 <X, V>."""
    curve, velocity = of.then.args
    row = cut(cite("velocity-of-transpose", curve, velocity), of)
    square = cut(cite("velocity-of-product", *row.then.args, curve, velocity), row, of)
    trace = cut(cite("velocity-of-trace", *square.then.args), square)
    return rewrite(trace, equal_words(trace.then.args[1], 2 * inner(curve.expr.subs(d, 0), velocity)))


@cache
def distance_moves(of: Theorem) -> Theorem:
    """|X| moves at the rate <X, V>/|X|."""
    return moves_by(Lambda(r, sqrt(r)), square_moves(of))


@cache
def direction_moves(of: Theorem, length_moves: Theorem) -> Theorem:
    """X/|X| moves at the rate (V - <X, V> X/|X|^2)/|X|."""
    scale = moves_by(Lambda(r, 1 / r), length_moves)
    return cut(cite("velocity-of-product", *scale.then.args, *of.then.args), scale, of)


# The derivatives


def numbers(*points: Expr) -> tuple[Theorem, ...]:
    """What is known of squared norms and of an inner product of two columns."""
    return (*(cite("norm-nonnegative", point) for point in points), cite("cauchy-schwarz", *points[:2]))


def of_sum(left: Expr, right: Expr) -> Theorem:
    """|a + b|^2 = |a|^2 + 2 <a, b> + |b|^2."""
    return equal_words(squared_norm(left + right), squared_norm(left) + 2 * inner(left, right) + squared_norm(right))


@cache
def slopes() -> Theorem:
    """With A = |y|^2, B = <y, u>, C = |u|^2: A + 2 B + C is at least (r + B/r)^2, and at most (r + B/r + C/(2 r))^2."""
    named = equal_words(inner(GRADIENT, u), inner(y, u) / RADIUS)
    facts = (*numbers(y, u, y + u), of_sum(y, u), named)
    return conjunction(*(follows(part_, APART, using=facts, because="Cauchy-Schwarz") for part_ in SLOPES.args))


@cache
def one_column(direction: Expr) -> Theorem:
    """The number <y, w> times y is the matrix y y' times w: their difference has the norm 0."""
    gap = y * inner(y, direction) - y * transpose(y) * direction
    return cut(cite("norm-definite", gap), equal_words(squared_norm(gap), 0))


@cache
def bends() -> Theorem:
    """The direction y/|y| along the line y + d u."""
    line = cite("straight-line", y, u, d)
    moved = direction_moves(line, distance_moves(line))
    velocity = moved.then.args[1]
    return rewrite(moved, combine_words(velocity, HESSIAN * u, (-1 / RADIUS**3, one_column(u), 1)))


@cache
def vanishes() -> Theorem:
    """H g = (y - y <y, y>/|y|^2)/|y|^2."""
    return combine_words(HESSIAN * GRADIENT, 0, (1 / RADIUS**4, one_column(y), 1))


# The rays


@cache
def ray() -> Theorem:
    """On the ray y - t y/|y| the distance is |y| - t, and the direction is that of y."""
    same = equal_words(ON_RAY, (RADIUS - t) * GRADIENT)
    square = equal_words(squared_norm(ON_RAY), squared_norm(y) - 2 * t * squared_norm(y) / RADIUS + t**2 * squared_norm(y) / RADIUS**2)
    near = follows(NEARER, APART, using=(square,), because="(|y| - t)^2")
    line = written(cite("straight-line", ON_RAY, -GRADIENT, d), ON_RAY)
    return throughout(conclude(conjunction(same, near, line), Statement((APART,), RAY.args[2])), t, t < RADIUS)


def settled(theorem: Theorem, *known: Theorem, keep: tuple[object, ...]) -> Theorem:
    """Without the conditions on numbers that follow from what is known and from the hypotheses to keep."""
    for condition in (h for h in theorem.given if isinstance(h, Relational) and h not in keep):
        theorem = cut(theorem, follows(condition, *keep, using=known))
    return theorem


@cache
def straight() -> Theorem:
    """|x| falls at the rate 1, and x/|x| never moves."""
    here = specialize(assume(LENGTH), t)
    away = follows(squared_norm(x(t)) > 0, here.then, because="a square of something positive")
    same = follows(Eq(length(t), distance(x(t))), here.then, because="a square root")
    away, same = cut(away, here), cut(same, here)
    runs = rewrite(specialize(assume(SOLVES), t), same)
    falls = distance_moves(runs)
    rate = equal_words(falls.then.args[1], -squared_norm(x(t)) / distance(x(t)) ** 2)
    falls = rewrite(falls, follows(Eq(falls.then.args[1], -1), away.then, using=(rate,), because="|x|^2/|x|^2"))
    turns = direction_moves(runs, falls)
    turns = rewrite(turns, equal_words(turns.then.args[1], 0))
    fall = cite("velocity-of-addition", *falls.then.args, *cite("straight-line", t, 1, d).then.args)
    level = cut(fall, falls, cite("straight-line", t, 1, d))
    level, still = (throughout(cut(settled(e, keep=(away.then, *TIMES.args)), away), t, TIMES) for e in (level, turns))
    lengths = specialize(from_rest(Lambda(t, distance(x(t)) + t), level), t)
    directions = specialize(from_rest(Lambda(t, x(t) / distance(x(t))), still), t)
    start = [specialize(throughout(e, t, TIMES), 0) for e in (same, away)]
    numbers_ = (lengths, same, away, *start, assume(LIVES), here)
    shorter = follows(Eq(length(t), length(0) - t), *TIMES.args, using=numbers_, because="it falls at the rate 1")
    share = follows(Eq(distance(x(t)) / distance(x(0)), 1 - t / length(0)), *TIMES.args, using=numbers_, because="the share that is left")
    on_line = combine_words(x(t), x(0) - t * x(0) / length(0), (distance(x(t)), directions, 1), (1, share, x(0)))
    both = cut(settled(conjunction(on_line, shorter), *numbers_, keep=TIMES.args), assume(LIVES))
    return throughout(both, t, TIMES)


# The cone as a surface


@cache
def bent() -> Theorem:
    """|y + w|^2 = |y - w|^2 = |y|^2 + |w|^2 for a direction w across the ray."""
    sides = [
        of_sum(y, sideways),
        equal_words(squared_norm(y - sideways), squared_norm(y) - 2 * inner(y, sideways) + squared_norm(sideways)),
    ]
    longer = follows(BENT.args[1], APART, ACROSS, using=(*sides, *numbers(y, sideways)), because="by Pythagoras")
    return discharge(longer, ACROSS)


@cache
def convex() -> Theorem:
    """The triangle inequality."""
    point = (1 - s) * y + s * z
    square = equal_words(squared_norm(point), (1 - s) ** 2 * squared_norm(y) + 2 * s * (1 - s) * inner(y, z) + s**2 * squared_norm(z))
    return follows(CONVEX, *WEIGHTS, using=(square, *numbers(y, z, point)), because="Cauchy-Schwarz")


@cache
def one_minimum() -> Theorem:
    """The distance is 0 at the tip only."""
    size = cite("norm-nonnegative", z)
    tip = Eq(distance(z), 0)
    at_tip = cut(cite("norm-definite", z), follows(Eq(squared_norm(z), 0), tip, using=(size,), because="its square"))
    return conjunction(follows(distance(z) >= 0, using=(size,), because="a root"), discharge(at_tip, tip))


# On the rays of the vector (3, 4), with the solution (5 - t) (3, 4)/5
RAYS = {
    unit: [[Rational(3, 5)], [Rational(4, 5)]],
    y: [[3], [4]],
    u: [[1], [2]],
    sideways: [[4], [-3]],
    z: [[-1], [0]],
    s: Rational(1, 3),
    since: -1,
    T: 4,
    x: Lambda(t, (5 - t) * unit),
    length: Lambda(t, 5 - t),
}


def before_the_tip() -> Theorem:
    """|x(t)| = 5 - t is positive for t < 4."""
    return throughout(follows(5 - t > 0, t < 4), t, during(t, -1, 4))


@proves(
    example_2_3,
    witness=at(RAYS, before_the_tip),
    mutants=[
        mutant(
            example_2_3.with_then(And(RISE >= 0, RISE <= squared_norm(u) / (4 * RADIUS))),
            {**RAYS, u: [[4], [-3]]},
            "half the error",
            before_the_tip,
        ),
        mutant(example_2_3.with_then(Eq(HESSIAN, 0)), RAYS, "linear", before_the_tip),
        mutant(example_2_3.with_then(everywhere(Eq(x(t), x(0) + t * x(0) / length(0)))), RAYS, "away from the tip", before_the_tip),
        mutant(example_2_3.with_then(BENT.args[1]), {**RAYS, sideways: [[3], [4]]}, "bent along the rays too", before_the_tip),
    ],
)
def the_cone_is_a_corridor() -> Theorem:
    """Every part by itself; a solution has one direction x/|x|, and |x| falls at the rate 1."""
    parts = conjunction(slopes(), bends(), vanishes(), ray(), straight(), bent(), convex(), one_minimum())
    return conclude(settled(parts, cite("norm-nonnegative", y), keep=example_2_3.given), example_2_3)
