"""What similar shapes of line losses say about steps and directions: how much they gain, and little else. (section 4).

Shapes closer than any e may have their minima anywhere in the window, if they are flat. Where a line rises by a (s - s_opt)^2, shapes
closer than e have a (s_1 - s_2)^2 <= e. The paper's mean over a grid bounds how far the slopes of two parabolas are apart. And lines of one
point with one and the same loss gain the same, but lead to different points: on (x - 1)^2 + (y - 1)^2 + 2 x^2 y both axes see
(s - 1)^2 + 1 from 0; one leads to a point where the gradient is 0, the other does not.
"""

from sympy import Abs, Eq, Expr, Integer, Lambda, Max, Min, Rational, S, Sum

from theory.evidence import Tight, at, extends, mutant, proves, refutes
from theory.line_search.symbols import (
    C,
    a,
    b,
    c,
    east,
    eps,
    i,
    line,
    line_2,
    line_3,
    n,
    node,
    north,
    p_1,
    p_2,
    r,
    s,
    s_2,
    surface,
    t,
    w,
    x,
    y,
)
from theory.linear_range.sizes import compared_sums
from theory.proof import (
    And,
    Exists,
    ForAll,
    Refutation,
    Statement,
    Theorem,
    Velocity,
    absurd,
    assume,
    conclude,
    counterexample,
    cut,
    equal_words,
    follows,
    generalize,
    none_exists,
    specialize,
    substitute,
)
from theory.proof.ranges import throughout

# Fixed steps

FIFTH = Rational(1, 5)


def parabola(place: Expr, step: Expr = r) -> Expr:
    """A (s - p)^2."""
    return a * (step - place) ** 2


NEAR = ForAll(r, And(r >= -FIFTH, r <= FIFTH), Abs(parabola(p_1) - parabola(p_2)) <= eps)
INSIDE, INSIDE_2 = And(p_1 >= -FIFTH, p_1 <= FIFTH), And(p_2 >= -FIFTH, p_2 <= FIFTH)
CLOSE = ForAll(a, a > 0, ForAll(p_1, INSIDE, ForAll(p_2, INSIDE_2, ForAll(eps, NEAR, (p_1 - p_2) ** 2 <= C * eps))))
fixed_step = Statement((), Exists(C, C > 0, CLOSE), source="mutschler-zell:text-fixedstep")
IN_WINDOW = And(r >= -w, r <= w)
LOWEST, LOWEST_2 = ForAll(r, True, line(r) >= line(s) + a * (r - s) ** 2), ForAll(r, True, line_2(r) >= line_2(s_2))
SIMILAR = ForAll(r, IN_WINDOW, Abs((line(r) - line(s)) - (line_2(r) - line_2(s_2))) <= eps)
curved = fixed_step.amend(
    given=(a > 0, LOWEST, LOWEST_2, SIMILAR, s_2 >= -w, s_2 <= w),
    then=a * (s - s_2) ** 2 <= eps,
    why="Flat lines may be as similar as one likes and have their minima anywhere in the window. If one of them rises by a (s - s_opt)^2 "
    "at least, the other's minimum is within the root of e/a.",
)


def no_constant() -> Theorem:
    """Minima at 1/10 and -1/10: the shapes differ by 2 a/25 at most, which is small where a is."""
    tenth, small = Rational(1, 10), 1 / (4 * C)
    here = specialize(specialize(assume(CLOSE), small), tenth)
    here = specialize(specialize(here, -tenth), 2 * small / 25)
    near = next(h for h in here.given if isinstance(h, ForAll) and h != CLOSE)
    gap = generalize(follows(near.args[2], C > 0, *near.args[1].args, because="4 a/10 times |s|"), r, near.args[1])
    clash = follows(S.false, C > 0, using=(cut(here, gap),), because="(1/5)^2 > 1/50")
    clash = cut(clash, *(follows(h, C > 0) for h in clash.given if h not in (CLOSE, C > 0)))
    return none_exists(generalize(absurd(clash, CLOSE), C, C > 0))


@refutes(fixed_step, why="a (s - 1/10)^2 and a (s + 1/10)^2 differ by 2 a/25 at most in [-1/5, 1/5]: nothing, for a small a.")
def flat_lines_are_similar() -> Refutation:
    """With a = 1/8 they differ by 1/100, the paper's distance."""
    return counterexample(fixed_step, {}, no_constant())


HALF = Rational(1, 2)
UNIT_LINES = {a: 1, s: 0, s_2: 1, w: 1, eps: 1, line: Lambda(r, r**2), line_2: Lambda(r, Max(0, r**2 - 1))}


def similar_to_the_square() -> Theorem:
    """r^2 and max(0, r^2 - 1) differ by at most 1 between -1 and 1."""
    gap = substitute(SIMILAR.args[2], UNIT_LINES)
    return generalize(follows(gap, r >= -1, r <= 1), r, And(r >= -1, r <= 1))


def similar_nearby() -> Theorem:
    """They differ by at most 1/4 between -1/2 and 1/2."""
    gap = substitute(SIMILAR.args[2], {**UNIT_LINES, eps: HALF**2})
    return generalize(follows(gap, r >= -HALF, r <= HALF), r, And(r >= -HALF, r <= HALF))


@proves(
    curved,
    witness=at(UNIT_LINES, similar_to_the_square),
    mutants=[
        mutant(curved.with_then(2 * a * (s - s_2) ** 2 <= eps), UNIT_LINES, "twice as close", similar_to_the_square),
        mutant(curved.drop(s_2 <= w), {**UNIT_LINES, w: HALF, eps: HALF**2}, "a minimum outside of the window", similar_nearby),
        mutant(curved.drop(LOWEST), {**UNIT_LINES, **{f: Lambda(r, 0) for f in (line, line_2)}, eps: 0}, "flat lines"),
    ],
    tight=Tight(True, "r^2 and max(0, r^2 - 1)", curved.with_then(Eq(*curved.then.args)), at(UNIT_LINES, similar_to_the_square)),
)
def similar_shapes_have_near_minima() -> Theorem:
    """At s_2 the other line is at its minimum, so this one is at most e above its own."""
    high = specialize(assume(LOWEST), s_2)
    near = specialize(assume(SIMILAR), s_2)
    return conclude(follows(curved.then, using=(high, near), because="a (s_2 - s)^2 <= l(s_2) - l(s) <= e"), curved)


# The paper's distance is a mean over a grid: what it says of two parabolas

GRID = And(i >= 1, i <= n)
GAP = a * (node(i) - p_1) ** 2 - c * (node(i) - p_2) ** 2
BALANCED = (Eq(Sum(node(i), (i, 1, n)), 0), Eq(Sum(node(i) ** 3, (i, 1, n)), 0))
WIDTH = ForAll(i, GRID, Abs(node(i)) <= w)
SLOPES = 2 * Abs(a * p_1 - c * p_2) * Sum(node(i) ** 2, (i, 1, n)) <= w * Sum(Abs(GAP), (i, 1, n))
on_the_grid = Statement((n >= 1, *BALANCED, WIDTH), SLOPES)
# The steps -1, 0 and 1
THREE = {n: 3, w: 1, node: Lambda(i, i - 2), a: 1, c: 1, p_1: Rational(1, 2), p_2: 0}


@extends(
    "mutschler-zell:text-fixedstep",
    on_the_grid,
    witness=at(THREE),
    mutants=[
        mutant(on_the_grid.with_then(2 * SLOPES.lhs <= SLOPES.rhs), THREE, "twice as close"),
        mutant(on_the_grid.drop(WIDTH), {**THREE, w: Rational(1, 2)}, "a grid wider than the window"),
        mutant(on_the_grid.drop(*BALANCED), {**THREE, n: 1, node: Lambda(i, 1), p_1: 0, p_2: 2}, "a grid on one side of the origin"),
    ],
)
def near_on_average_near_in_slope() -> Theorem:
    """The mean of x times the difference of the shapes sees their slopes alone."""
    total = Sum(node(i) * GAP, (i, 1, n))
    sums = [Sum(node(i) ** power, (i, 1, n)) for power in (1, 2, 3)]
    parts = (a * p_1**2 - c * p_2**2) * sums[0] - 2 * (a * p_1 - c * p_2) * sums[1] + (a - c) * sums[2]
    seen = equal_words(total, parts, because="term by term")
    wide = specialize(assume(WIDTH), i)
    known = [assume(h) for h in BALANCED]
    found = []
    for sign in (1, -1):
        each = follows(sign * node(i) * GAP <= w * Abs(GAP), using=(wide,), because="|x| <= w")
        more = compared_sums(throughout(each, i, GRID), last=n)
        out = [equal_words(more.then.args[0], sign * total), equal_words(more.then.args[1], w * Sum(Abs(GAP), (i, 1, n)))]
        bound = sign * -2 * (a * p_1 - c * p_2) * sums[1] <= w * Sum(Abs(GAP), (i, 1, n))
        found.append(follows(bound, n >= 1, using=(more, *out, seen, *known), because="the grid is balanced"))
    return conclude(follows(SLOPES, n >= 1, using=tuple(found), because="both signs"), on_the_grid)


# Any direction: the two axes of a plane, from 0

ALIKE = ForAll(r, True, Eq(surface(r, 0), surface(0, r)))
RATES = And(Velocity(Lambda(t, surface(x + t, y)), east(x, y)), Velocity(Lambda(t, surface(x, y + t)), north(x, y)))
SMOOTH = ForAll(x, True, ForAll(y, True, RATES))
BEST = ForAll(r, True, surface(s, 0) <= surface(r, 0))
any_direction = Statement(
    (ALIKE, SMOOTH, BEST), Eq(east(s, 0) ** 2 + north(s, 0) ** 2, east(0, s) ** 2 + north(0, s) ** 2), source="mutschler-zell:text-anydir"
)
SHAPES = ForAll(r, IN_WINDOW, Abs((line(r) - a) - (line_2(r) - b)) <= eps)
GAIN, GAIN_2 = line(0) - line(s), line_2(0) - line_2(s)
same_gain = any_direction.amend(
    given=(s >= -w, s <= w, w >= 0, SHAPES),
    then=Abs(GAIN - GAIN_2) <= 2 * eps,
    why="Similar shapes gain alike with one and the same step, up to twice their largest difference. They do not lead to similar points: "
    "from one of them the loss may fall further, while at the other the gradient is 0.",
)
VALLEY = {
    surface: Lambda((x, y), (x - 1) ** 2 + (y - 1) ** 2 + 2 * x**2 * y),
    **{east: Lambda((x, y), 2 * (x - 1) + 4 * x * y), north: Lambda((x, y), 2 * (y - 1) + 2 * x**2)},
    s: 1,
}
# From 1 down to -1, against a line that is flat
LEVEL = {w: 1, s: 1, eps: 1, a: 0, b: 0, line: Lambda(r, Max(-1, Min(1, 1 - 2 * r))), line_2: Lambda(r, 0)}


def lowest_at_1() -> Theorem:
    """(r - 1)^2 >= 0."""
    return generalize(follows(substitute(BEST.args[2], VALLEY)), r)


@refutes(
    any_direction, why="(x - 1)^2 + (y - 1)^2 + 2 x^2 y: both axes have the loss (s - 1)^2 + 1; the gradient is 0 at (1, 0), -2 at (0, 1)."
)
def one_leads_to_a_saddle() -> Refutation:
    """At (1, 0) no direction seems to lead lower; from (0, 1) the loss falls to 2/3 along x."""
    return counterexample(any_direction, VALLEY, lowest_at_1())


def within_1() -> Theorem:
    """The slope is between -1 and 1 everywhere."""
    return generalize(follows(substitute(SHAPES.args[2], LEVEL), r >= -1, r <= 1), r, And(r >= -1, r <= 1))


@proves(
    same_gain,
    witness=at(LEVEL, within_1),
    mutants=[
        mutant(same_gain.with_then(Abs(GAIN - GAIN_2) <= eps), LEVEL, "once", within_1),
        mutant(same_gain.drop(SHAPES), {**LEVEL, eps: HALF}, "any shapes"),
    ],
    tight=Tight(True, "a line from 1 to -1 and a flat one", same_gain.with_then(Eq(*same_gain.then.args)), at(LEVEL, within_1)),
)
def similar_shapes_gain_alike() -> Theorem:
    """The shapes are compared at 0 and at s."""
    ends = [specialize(assume(SHAPES), step) for step in (Integer(0), s)]
    return conclude(follows(same_gain.then, *same_gain.given[:3], using=tuple(ends), because="at 0 and at s"), same_gain)


# The shape distance is a distance


def distance(first: Expr, second: Expr) -> Expr:
    """(1/n) sum_i |x_i - y_i|, for the shapes of two lines on a grid of n steps."""
    return Sum(Abs(first - second), (i, 1, n)) / n


SHAPE, SHAPE_2, SHAPE_3 = line(i) - a, line_2(i) - b, line_3(i) - c  # a, b and c are the minima, or any offsets
triangle = Statement((n >= 1,), distance(SHAPE, SHAPE_3) <= distance(SHAPE, SHAPE_2) + distance(SHAPE_2, SHAPE_3))
STAIRS = {n: 2, a: 0, b: 0, c: 0, line: Lambda(r, -r), line_2: Lambda(r, 2 * r), line_3: Lambda(r, 4 * r)}


@extends(
    "mutschler-zell:definition-shape",
    triangle,
    witness=at(STAIRS),
    mutants=[
        mutant(triangle.with_then(distance(SHAPE, SHAPE_3) < distance(SHAPE, SHAPE_2) + distance(SHAPE_2, SHAPE_3)), STAIRS, "strictly"),
        mutant(triangle.with_then(distance(SHAPE, SHAPE_3) <= distance(SHAPE, SHAPE_2)), STAIRS, "one leg alone"),
    ],
)
def triangle_of_shapes() -> Theorem:
    """|x - z| <= |x - y| + |y - z| at each step."""
    legs = Abs(SHAPE - SHAPE_2) + Abs(SHAPE_2 - SHAPE_3)
    each = generalize(follows(Abs(SHAPE - SHAPE_3) <= legs), i, And(i >= 1, i <= n))
    sums = compared_sums(each, last=n)
    split = equal_words(Sum(legs, (i, 1, n)), n * distance(SHAPE, SHAPE_2) + n * distance(SHAPE_2, SHAPE_3))
    return conclude(follows(triangle.then, n >= 1, using=(sums, split), because="the sums, divided by n"), triangle)
