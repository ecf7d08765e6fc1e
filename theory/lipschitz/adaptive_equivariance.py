"""Auto-Adam in other coordinates: the loss times r, weights w = c v, and the step size over c give the same iterates. (section 6.3).

Here epsilon = 0, so each average S of squares has to be positive, and correcting the averages' bias changes nothing. RMSprop is the case
beta_1 = 0. There are N weights: the j-th has its own averages V(j) and S(j) of the j-th entry of the gradient, and all share the averages
of M and M^2. The gradient and M are any functions of all the weights together; at v they are r c times what they were at w = c v, as for
the loss r f(c v) and the norm of its gradient. With the step size as it was, each step is c times too long.
"""

from functools import cache, partial

from sympy import Eq, Expr, Integer, Lambda, Rational, Sum, sqrt

from theory.evidence import at, extends, mutant
from theory.lipschitz.averages import BETA, RUN, averages
from theory.lipschitz.symbols import (
    K_1,
    K_2,
    a,
    accumulated,
    axis,
    b,
    beta,
    count,
    eta,
    i,
    j,
    most_at,
    n,
    other_accumulated,
    other_beta,
    other_K_1,
    other_K_2,
    other_position,
    other_speed,
    params,
    position,
    root,
    s,
    scale,
    slope_of,
    speed,
)
from theory.proof import (
    And,
    ForAll,
    Statement,
    Theorem,
    assume,
    combine_words,
    conclude,
    conjunction,
    follows,
    inner,
    part,
    rewrite,
    specialize,
    squared_norm,
    substitute,
    sum_congruence,
)
from theory.proof.ranges import throughout, up_to

ZERO = Integer(0)
EACH = And(j >= 1, j <= count)
POINT = Sum(position(i, s - 1) * axis(i), (i, 1, count))  # all weights, before the step s
SAME = Sum(root * other_position(i, s - 1) * axis(i), (i, 1, count))  # the new ones, in the old coordinates
SLOPE, MOST = slope_of(j, POINT), most_at(POINT)
NEW_SLOPE, NEW_MOST = scale * root * slope_of(j, SAME), scale * root * most_at(SAME)
SHARED = (
    averages(K_2, MOST**2, other_beta),
    averages(K_1, MOST),
    averages(other_K_2, NEW_MOST**2, other_beta),
    averages(other_K_1, NEW_MOST),
)
OWN = (
    averages(partial(accumulated, j), SLOPE**2, other_beta),
    averages(partial(speed, j), SLOPE),
    averages(partial(other_accumulated, j), NEW_SLOPE**2, other_beta),
    averages(partial(other_speed, j), NEW_SLOPE),
)
STEP = sqrt(K_2(s)) / K_1(s) * speed(j, s) / sqrt(accumulated(j, s))
NEW_STEP = sqrt(other_K_2(s)) / other_K_1(s) * other_speed(j, s) / sqrt(other_accumulated(j, s))
DIVISORS = ForAll(s, RUN, K_1(s) > 0)
MOVES = ForAll(s, RUN, And(accumulated(j, s) > 0, Eq(position(j, s), position(j, s - 1) - eta * STEP)))
NUMBERS = (*BETA, other_beta >= 0, other_beta < 1, root > 0, scale > 0, count >= 1)


def same(step: Expr) -> Eq:
    """The j-th weights correspond: w = c v."""
    return Eq(root * other_position(j, step), position(j, step))


def new_moves(size: Expr) -> ForAll:
    """With this step size."""
    return ForAll(s, RUN, Eq(other_position(j, s), other_position(j, s - 1) - size * NEW_STEP))


def of_each(formula: Expr) -> ForAll:
    """For every weight."""
    return ForAll(j, EACH, formula)


def with_step(size: Expr, correspond: And = EACH) -> Statement:
    """In both coordinates, with this step size in the new ones, from starts where these weights correspond."""
    shared, own = ([h for pair in pairs for h in pair] for pairs in (SHARED, OWN))
    steps = map(of_each, (*own, MOVES, new_moves(size)))
    return Statement((*NUMBERS, *shared, DIVISORS, ForAll(j, correspond, same(ZERO)), *steps), of_each(same(n)))


corresponding = with_step(eta / root)
RATIO = scale * root
SHARED_GROWTH = (Eq(other_K_2(s), RATIO**2 * K_2(s)), Eq(other_K_1(s), RATIO * K_1(s)))
OWN_GROWTH = (Eq(other_accumulated(j, s), RATIO**2 * accumulated(j, s)), Eq(other_speed(j, s), RATIO * speed(j, s)))
EACH_CLAIM = And(same(s), *OWN_GROWTH)
CLAIM = And(K_2(s) >= 0, *SHARED_GROWTH, of_each(EACH_CLAIM))


def later(formula: Expr) -> Expr:
    """One step later."""
    return substitute(formula, {s: s + 1})


def next_step(theorem: Theorem) -> Theorem:
    """What it says of the next step."""
    return specialize(theorem, s + 1)


@cache
def _same_point() -> Theorem:
    """The gradients are taken at one point."""
    column = axis(i)
    equal = part(specialize(part(assume(CLAIM), of_each(EACH_CLAIM)), i), substitute(same(s), {j: i}))
    term = combine_words(root * other_position(i, s) * column, position(i, s) * column, (1, equal, column))
    return sum_congruence(throughout(term, i, And(i >= 1, i <= count)))


def _grows(growth: Eq, old: Theorem, new: Theorem, before: Theorem) -> Theorem:
    """The new average, from the next step of both and from what it was before."""
    using = (next_step(old), rewrite(next_step(new), _same_point()), before)
    return follows(later(growth), using=using, because="the same average")


@cache
def _shared() -> tuple[Theorem, ...]:
    """M and M^2 grow, so their averages do."""
    moves = [assume(moves) for _, moves in SHARED]
    using = (next_step(moves[0]), part(assume(CLAIM), K_2(s) >= 0))
    squares = follows(K_2(s + 1) >= 0, *NUMBERS, using=using, because="of squares")
    grows = zip(SHARED_GROWTH, moves[:2], moves[2:], strict=True)
    return squares, *(_grows(growth, old, new, part(assume(CLAIM), growth)) for growth, old, new in grows)


@cache
def _of_one() -> Theorem:
    """The averages of its squares grow with (r c)^2, the others with r c; so its steps are the same."""
    before = specialize(part(assume(CLAIM), of_each(EACH_CLAIM)), j)
    averaged = [specialize(assume(of_each(moves)), j) for _, moves in OWN]
    grows = zip(OWN_GROWTH, averaged[:2], averaged[2:], strict=True)
    found = [_grows(growth, old, new, part(before, growth)) for growth, old, new in grows]
    moved, new = (next_step(specialize(assume(of_each(h)), j)) for h in (MOVES, new_moves(eta / root)))
    squares, *shared = _shared()
    positive = (part(moved, accumulated(j, s + 1) > 0), next_step(assume(DIVISORS)), squares)
    signs = (root > 0, scale > 0)
    pairs = ((other_K_2(s + 1), K_2(s + 1), shared[0]), (other_accumulated(j, s + 1), accumulated(j, s + 1), found[0]))
    roots = [follows(Eq(sqrt(there), RATIO * sqrt(here)), *signs, using=(grown, *positive)) for there, here, grown in pairs]
    equal = follows(Eq(later(NEW_STEP), later(STEP)), *signs, using=(*shared, *found, *roots, *positive), because="r c cancels")
    move = part(moved, later(MOVES.args[2].args[1]))
    using = (move, new, part(before, same(s)), equal, *shared, *found, *positive)
    weights = follows(later(same(s)), *signs, using=using, because="the step size is divided by c")
    return throughout(conjunction(weights, *found), j, EACH)


# w_1^2 + w_1 w_2 from (3, -2), with M = |w|^2: the gradients (4, 3) and (1, 2), M = 13 both times. Then the loss times r, with w = c v


def through(*values: Expr | int) -> Expr:
    """The parabola with these values at s = 0, 1, 2."""
    start, one, two = map(Rational, values)
    return start + (one - start) * s + (two - 2 * one + start) * s * (s - 1) / 2


def of_both(first: Expr, second: Expr) -> Lambda:
    """For j = 1 and j = 2."""
    return Lambda((j, s), (2 - j) * first + (j - 1) * second)


HALF = Rational(1, 2)
LETTERS = {a: [[1], [0]], b: [[0], [1]], axis: Lambda(i, (2 - i) * a + (i - 1) * b), count: 2}
OLD = {
    **{n: 2, beta: HALF, other_beta: 0, eta: 1},
    **{
        slope_of: Lambda((j, params), (3 - j) * inner(a, params) + (2 - j) * inner(b, params)),
        most_at: Lambda(params, squared_norm(params)),
    },
    **{position: of_both(through(3, 2, 0), through(-2, -3, -Rational(25, 6)))},
    **{
        speed: of_both(through(0, 2, 3 * HALF), through(0, 3 * HALF, 7 * HALF**2)),
        accumulated: of_both(through(0, 16, 1), through(0, 9, 4)),
    },
    **{K_1: Lambda(s, through(0, 13 * HALF, 39 * HALF**2)), K_2: Lambda(s, through(0, 169, 169))},
}


def seen_with(loss: Expr, weights: Expr) -> dict:
    """The same two steps for r and c."""
    ratio = loss * weights
    own = {other_accumulated: ratio**2 * OLD[accumulated].expr, other_speed: ratio * OLD[speed].expr}
    shared = {other_K_2: ratio**2 * OLD[K_2].expr, other_K_1: ratio * OLD[K_1].expr}
    new = {**{f: Lambda((j, s), h) for f, h in own.items()}, **{f: Lambda(s, h) for f, h in shared.items()}}
    return {**LETTERS, **OLD, **new, scale: loss, root: weights, other_position: Lambda((j, s), OLD[position].expr / weights)}


R, C = Integer(2), Integer(4)
SEEN, FROM = seen_with(R, C), 8 - 5 * j
MOVED = {**SEEN, n: 0, other_position: Lambda((j, s), (6 - 4 * j) / C)}  # from (2, -2)/4


def first_step(length: Expr) -> dict:
    """The first step alone, where each weight moves by `length` in the old coordinates."""
    return {**SEEN, n: 1, other_position: Lambda((j, s), (FROM - length * s) / C)}


@extends(
    "yedida-saha:algorithm-3",
    corresponding,
    witness=at(SEEN),
    mutants=[
        mutant(with_step(eta), first_step(C), "the same step size"),
        mutant(with_step(eta / (scale * root)), first_step(1 / R), "divided by r too"),
        mutant(with_step(eta / root, And(j >= 2, j <= count)), MOVED, "one weight starts elsewhere"),
    ],
)
def iterates_correspond() -> Theorem:
    """The averages of the squares grow with (r c)^2, the others with r c; the steps are equal."""
    shared, own = ([zero for zero, _ in pairs] for pairs in (SHARED, OWN))
    start = {s: ZERO}
    zeros = [specialize(assume(of_each(zero)), j) for zero in (*own, same(ZERO))]
    each = throughout(follows(substitute(EACH_CLAIM, start), using=tuple(zeros), because="0 is 0"), j, EACH)
    begin = [follows(substitute(h, start), *shared, because="0 is 0") for h in (K_2(s) >= 0, *SHARED_GROWTH)]
    step = conjunction(*_shared(), _of_one())
    always = specialize(up_to(conjunction(*begin, each), step, CLAIM, *NUMBERS, index=s, last=n), n)
    last = specialize(part(always, substitute(of_each(EACH_CLAIM), {s: n})), j)
    return conclude(throughout(part(last, same(n)), j, EACH), corresponding)
