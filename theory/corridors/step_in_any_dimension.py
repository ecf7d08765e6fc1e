"""The corridor step on quadratic losses of any dimension: nearer at every step, with exact worst rates. (section 4.1, beyond the paper).

A step multiplies the loss by L <g, H g>/(2 |g|^4). For curvatures between m and M this is at most (M + m)^2/(16 m M), by Kantorovich's
inequality: so no step raises the loss if M <= (7 + 4 sqrt(3)) m. The squared distance to the minimum falls by the factor
1 - 3 m M/(M + m)^2 at least, whether or not the loss falls. Two axes attain both.
"""

from functools import cache

from sympy import Add, Eq, Expr, Lambda, Rational, Sum, sqrt
from sympy.functions.elementary.complexes import transpose

from theory.corridors.symbols import A, coordinate, dim, eigenvalue, h, i, k, mu, smooth, theta_0, v, w
from theory.evidence import at, extends, mutant
from theory.proof import (
    And,
    ForAll,
    Implies,
    Statement,
    Theorem,
    assume,
    combine_words,
    conclude,
    conjunction,
    equal_words,
    follows,
    inner,
    specialize,
    squared_norm,
    substitute,
    transposed,
)
from theory.proof.ranges import up_to

CLAIM = "dherin-rosca:text-polyak-def"
SYMMETRIC, SLOPE_HERE, BEND_HERE = Eq(transpose(A), A), Eq(A * theta_0, v), Eq(A * v, w)  # v is the gradient, w is H g
HEIGHT, SIZE, BEND = inner(theta_0, v) / 2, squared_norm(v), inner(v, w)
THERE, SLOPE_THERE = theta_0 - h * v, v - h * w
any_dimension = Statement(
    (SYMMETRIC, SLOPE_HERE, BEND_HERE, SIZE > 0, HEIGHT > 0, Eq(h * SIZE, HEIGHT)),
    And(
        Eq(A * THERE, SLOPE_THERE),
        Eq(inner(THERE, SLOPE_THERE) / 2, HEIGHT * (HEIGHT * BEND / (2 * SIZE**2))),
        Eq(squared_norm(THERE), squared_norm(theta_0) - 3 * HEIGHT**2 / SIZE),
        squared_norm(THERE) < squared_norm(theta_0),
    ),
)
IN_SPACE = {
    A: [[1, 0, 0], [0, 2, 0], [0, 0, 3]],
    theta_0: [[1], [1], [1]],
    v: [[1], [2], [3]],
    w: [[1], [4], [9]],
    h: Rational(3, 14),
}
RAISED = {A: [[14, 0], [0, 1]], theta_0: [[1], [14]], v: [[14], [14]], w: [[196], [14]], h: Rational(15, 56)}


@extends(
    CLAIM,
    any_dimension,
    witness=at(IN_SPACE),
    mutants=[
        mutant(any_dimension.with_then(Eq(squared_norm(THERE), squared_norm(theta_0) - 4 * HEIGHT**2 / SIZE)), IN_SPACE, "4 for 3"),
        mutant(any_dimension.with_then(inner(THERE, SLOPE_THERE) / 2 < HEIGHT), RAISED, "the loss falls as well"),
    ],
)
def every_step_comes_nearer() -> Theorem:
    """|theta - h g|^2 = |theta|^2 - 4 h L + h^2 |g|^2 with h |g|^2 = L, and <theta, H g> = |g|^2."""
    slope, bend = assume(SLOPE_HERE), assume(BEND_HERE)
    row = combine_words(transpose(theta_0) * A, transpose(v), (-transpose(theta_0), assume(SYMMETRIC), 1), (1, transposed(slope), 1))
    word = combine_words(transpose(theta_0) * w, transpose(v) * v, (-transpose(theta_0), bend, 1), (1, row, v))
    cross = equal_words(inner(theta_0, w), SIZE, word)
    moved = combine_words(A * THERE, SLOPE_THERE, (1, slope, 1), (-h, bend, 1))
    near = equal_words(squared_norm(THERE), squared_norm(theta_0) - 4 * h * HEIGHT + h**2 * SIZE)
    low = equal_words(inner(THERE, SLOPE_THERE) / 2, HEIGHT - h * SIZE / 2 - h * inner(theta_0, w) / 2 + h**2 * BEND / 2)
    needs = (near, low, cross)
    parts = (
        follows(part, *any_dimension.given[3:], using=needs, because="h |g|^2 = L")
        for part in any_dimension.then.args
        if part != moved.then
    )
    return conclude(conjunction(moved, *parts), any_dimension)


# Along the axes of the Hessian

CURVED = ForAll(i, And(i >= 1, i <= dim), And(eigenvalue(i) >= mu, eigenvalue(i) <= smooth))


def weighted(power: int, last: Expr = dim) -> Sum:
    """The sum of lambda^n c^2 over the axes."""
    return Sum(eigenvalue(i) ** power * coordinate(i) ** 2, (i, 1, last))


SQUARES, TWICE_LOSS, GRADIENT, BENDING = (weighted(power) for power in range(4))
WORST = (smooth + mu) ** 2 / (16 * smooth * mu)
RATE = TWICE_LOSS * BENDING / (4 * GRADIENT**2)
NEARER = SQUARES - 3 * (TWICE_LOSS / 2) ** 2 / GRADIENT
LEFT = 1 - 3 * smooth * mu / (smooth + mu) ** 2
worst_rates = Statement(
    (dim >= 1, CURVED, mu > 0, smooth >= mu, GRADIENT > 0),
    And(
        RATE <= WORST,
        NEARER <= LEFT * SQUARES,
        Implies(WORST <= 1, RATE <= 1),
    ),
)
# Curvatures 1 and 4, with equal parts of the gradient; and with equal products of curvature and squared coordinate
EQUAL_PARTS = {dim: 2, eigenvalue: Lambda(i, 3 * i - 2), coordinate: Lambda(i, 7 - 3 * i), mu: 1, smooth: 4}
EQUAL_LOSSES = {**EQUAL_PARTS, coordinate: Lambda(i, 3 - i)}


@extends(
    CLAIM,
    worst_rates,
    witness=at(EQUAL_PARTS),
    mutants=[
        mutant(worst_rates.with_then(RATE <= Rational(9, 10) * WORST), EQUAL_PARTS, "less by a tenth"),
        mutant(worst_rates.with_then(NEARER <= (1 - 4 * smooth * mu / (smooth + mu) ** 2) * SQUARES), EQUAL_LOSSES, "4 for 3"),
        mutant(worst_rates.drop(CURVED), {**EQUAL_PARTS, smooth: 1}, "curvatures beyond M"),
    ],
)
def kantorovich_bounds_both() -> Theorem:
    """(lambda - m)(M - lambda) >= 0 axis by axis, weighted by lambda or by 1 and added up; then the arithmetic and the geometric mean."""
    known = (mu > 0, smooth >= mu, GRADIENT > 0)
    flat, steep = specialize(added_up(0), dim), specialize(added_up(1), dim)
    rate = follows(RATE <= WORST, *known, using=(steep,), because="4 x y <= (x + y)^2")
    near = follows(NEARER <= LEFT * SQUARES, *known, using=(flat,), because="4 x y <= (x + y)^2")
    low = follows(Implies(WORST <= 1, RATE <= 1), *known, using=(rate,))
    return conclude(conjunction(rate, near, low), worst_rates)


@cache
def added_up(power: int) -> Theorem:
    """For all k <= dim: the sums with the powers n, n + 1, n + 2 satisfy s_(n+2) + m M s_n <= (m + M) s_(n+1), and none is negative."""
    sums = [weighted(power + n, k) for n in range(3)]
    signs = tuple(total >= 0 for total in sums)
    claim = And(sums[2] + smooth * mu * sums[0] <= (smooth + mu) * sums[1], *signs)
    zero = [equal_words(substitute(total, {k: 0}), 0) for total in sums]
    start = follows(substitute(claim, {k: 0}), using=tuple(zero), because="nothing yet")
    own = specialize(assume(CURVED), k + 1)
    longer = tuple(
        equal_words(substitute(total, {k: k + 1}), total + eigenvalue(k + 1) ** (power + n) * coordinate(k + 1) ** 2)
        for n, total in enumerate(sums)
    )
    step = follows(substitute(claim, {k: k + 1}), claim, mu > 0, k >= 0, k + 1 <= dim, using=(own, *longer), because="one axis more")
    return up_to(start, step, claim, mu > 0, index=k, last=dim)


# Both bounds are attained along two axes


def along_two(expr: Expr, first: Expr, second: Expr) -> Expr:
    """With the curvatures m and M, and these coordinates."""
    axes = {eigenvalue: Lambda(i, mu + (smooth - mu) * (i - 1)), coordinate: Lambda(i, first + (second - first) * (i - 1)), dim: 2}
    return substitute(expr, axes).replace(Sum, lambda body, limits: Add(*(substitute(body, {limits[0]: n}) for n in (1, 2))))


WORST_RATE = along_two(RATE, smooth, mu)  # equal parts of the gradient
LEAST_NEARER, SQUARED = (along_two(e, sqrt(smooth), sqrt(mu)) for e in (NEARER, SQUARES))  # equal losses along both axes
attained = Statement((mu > 0, smooth >= mu), And(Eq(WORST_RATE, WORST), Eq(LEAST_NEARER, LEFT * SQUARED)))


@extends(
    CLAIM,
    attained,
    witness=at({mu: 1, smooth: 4}),
    mutants=[
        mutant(attained.with_then(Eq(LEAST_NEARER, (1 - smooth * mu / (smooth + mu) ** 2) * SQUARED)), {mu: 1, smooth: 4}, "1 for 3"),
        mutant(attained.with_then(WORST_RATE <= 1), {mu: 1, smooth: 14}, "the loss never rises"),
    ],
)
def both_bounds_are_attained() -> Theorem:
    """By sums of two terms."""
    return conclude(conjunction(*(follows(part, *attained.given) for part in attained.then.args)), attained)
