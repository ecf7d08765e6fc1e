"""Auto-Adam in other coordinates: the loss times r, the weight w = c v, and the step size over c give the same iterates. (section 6.3).

Here epsilon = 0. RMSprop is the case beta_1 = 0. One weight is looked at; with more of them each coordinate does the same, as M, which
they share, grows with r c as each gradient does. With the step size as it was, each step is c times too long.
"""

from functools import cache

from sympy import Eq, Expr, Integer, Lambda, Rational, sqrt

from theory.evidence import at, extends, mutant
from theory.lipschitz.averages import BETA, RUN, averages
from theory.lipschitz.symbols import (
    K_1,
    K_2,
    accumulated,
    beta,
    eta,
    most,
    n,
    other_accumulated,
    other_beta,
    other_K_1,
    other_K_2,
    other_position,
    other_speed,
    position,
    root,
    s,
    scale,
    slope_at,
    speed,
    target,
)
from theory.proof import And, ForAll, Statement, Theorem, assume, conclude, conjunction, follows, part, rewrite, specialize, substitute
from theory.proof.ranges import up_to

HERE, THERE = position(s - 1), other_position(s - 1)
SLOPE, MOST = slope_at(HERE), most(HERE)
NEW_SLOPE, NEW_MOST = scale * root * slope_at(root * THERE), scale * root * most(root * THERE)
OLD = ((accumulated, SLOPE**2, other_beta), (K_2, MOST**2, other_beta), (speed, SLOPE, beta), (K_1, MOST, beta))
NEW = (
    (other_accumulated, NEW_SLOPE**2, other_beta),
    (other_K_2, NEW_MOST**2, other_beta),
    (other_speed, NEW_SLOPE, beta),
    (other_K_1, NEW_MOST, beta),
)
AVERAGES = tuple(averages(*one) for one in (*OLD, *NEW))
STEP = sqrt(K_2(s)) / K_1(s) * speed(s) / sqrt(accumulated(s))
NEW_STEP = sqrt(other_K_2(s)) / other_K_1(s) * other_speed(s) / sqrt(other_accumulated(s))
POSITIVE = (accumulated(s) > 0, K_1(s) > 0)
MOVES = ForAll(s, RUN, And(*POSITIVE, Eq(position(s), HERE - eta * STEP)))
NUMBERS = (*BETA, other_beta >= 0, other_beta < 1, root > 0, scale > 0)


def with_step(size: Expr) -> Statement:
    """In both coordinates, with this step size in the new ones."""
    moves = ForAll(s, RUN, Eq(other_position(s), THERE - size * NEW_STEP))
    begins = Eq(root * other_position(0), position(0))
    return Statement((*NUMBERS, begins, *(h for pair in AVERAGES for h in pair), MOVES, moves), Eq(root * other_position(n), position(n)))


corresponding = with_step(eta / root)
GROWTH = ((other_accumulated, accumulated, 2), (other_K_2, K_2, 2), (other_speed, speed, 1), (other_K_1, K_1, 1))
CLAIM = And(
    Eq(root * other_position(s), position(s)), K_2(s) >= 0, *(Eq(new(s), (scale * root) ** power * old(s)) for new, old, power in GROWTH)
)
# w^2 from 3, r = 2 and c = 4: with beta_1 = beta_2 = 1/2 and M = 10 the first step is 1; 16 v^2 times 2 from 3/4
ONE_STEP = {
    **{n: 1, beta: Rational(1, 2), other_beta: Rational(1, 2), eta: 1, scale: 2, root: 4},
    **{slope_at: Lambda(target, 2 * target), most: Lambda(target, 10), position: Lambda(s, 3 - s)},
    **{accumulated: Lambda(s, 18 * s), K_2: Lambda(s, 50 * s), speed: Lambda(s, 3 * s), K_1: Lambda(s, 5 * s)},
    **{other_accumulated: Lambda(s, 64 * 18 * s), other_K_2: Lambda(s, 64 * 50 * s)},
    **{other_speed: Lambda(s, 24 * s), other_K_1: Lambda(s, 40 * s), other_position: Lambda(s, (3 - s) / 4)},
}


@cache
def _one_step() -> Theorem:
    """What corresponds goes on to correspond."""
    same = part(assume(CLAIM), Eq(root * other_position(s), position(s)))
    old = [specialize(assume(moves), s + 1) for _, moves in AVERAGES[:4]]
    new = [rewrite(specialize(assume(moves), s + 1), same) for _, moves in AVERAGES[4:]]
    found = []
    for (after, before, power), own, other in zip(GROWTH, old, new, strict=True):
        grows = Eq(after(s + 1), (scale * root) ** power * before(s + 1))
        part_ = part(assume(CLAIM), Eq(after(s), (scale * root) ** power * before(s)))
        found.append(follows(grows, using=(own, other, part_), because="the same average"))
    not_negative = follows(K_2(s + 1) >= 0, *NUMBERS, using=(old[1], part(assume(CLAIM), K_2(s) >= 0)), because="of squares")
    moved = specialize(assume(MOVES), s + 1)
    move = specialize(assume(corresponding.given[-1]), s + 1)
    positive = [part(moved, h) for h in (accumulated(s + 1) > 0, K_1(s + 1) > 0)]
    roots = [
        follows(Eq(sqrt(after(s + 1)), scale * root * sqrt(before(s + 1))), root > 0, scale > 0, using=(grown, not_negative, *positive))
        for (after, before, _), grown in zip(GROWTH[:2], found[:2], strict=True)
    ]
    steps = Eq(substitute(NEW_STEP, {s: s + 1}), substitute(STEP, {s: s + 1}))
    equal = follows(steps, root > 0, scale > 0, using=(*found, *roots, *positive, not_negative), because="r c cancels")
    own = part(moved, Eq(position(s + 1), position(s) - eta * substitute(STEP, {s: s + 1})))
    weights = follows(
        Eq(root * other_position(s + 1), position(s + 1)),
        root > 0,
        scale > 0,
        using=(own, move, same, equal, not_negative, *found, *positive),
    )
    return conjunction(weights, not_negative, *found)


@extends(
    "yedida-saha:algorithm-3",
    corresponding,
    witness=at(ONE_STEP),
    mutants=[
        mutant(with_step(eta), {**ONE_STEP, other_position: Lambda(s, Rational(3, 4) - s)}, "the same step size"),
        mutant(with_step(eta / (scale * root)), {**ONE_STEP, other_position: Lambda(s, (6 - s) / 8)}, "divided by r too"),
    ],
)
def iterates_correspond() -> Theorem:
    """The averages of the squares grow with (r c)^2, the others with r c; the steps are equal."""
    start = {s: Integer(0)}
    zeros = [assume(zero) for zero, _ in AVERAGES]
    begin = follows(substitute(CLAIM, start), Eq(root * other_position(0), position(0)), using=tuple(zeros), because="0 is 0")
    always = up_to(begin, _one_step(), CLAIM, *NUMBERS, index=s, last=n)
    return conclude(part(specialize(always, n), corresponding.then), corresponding)
