"""What 1/K is optimal for: it is the largest step size that surely keeps AdaMo's steps within 1; it need not lower the loss. (section 6.1).

For the loss w^2 from 1/4, with the largest slope M = 1 of all |w| <= 1/2, the first step of AdaMo ends at -1/4 whatever beta is; half
the step size would have met the minimum. With M = |g| it is 1 long and ends at -3/4, at nine times the loss. With beta = 0 and from 1/2
it alternates between 1/2 and -1/2 for ever. What is true: gradients of one direction, as long as their bounds M(s), have the average K,
so no larger step size keeps |eta V| <= 1 whatever the gradients within these bounds are.
"""

from functools import cache

from sympy import Abs, Eq, Integer, Lambda, Rational

from theory.evidence import at, extends, mutant, proves, refutes
from theory.lipschitz.averages import ADAMO, BETA, RUN, STEPS_OF_2, averages, no_longer, no_step_is_longer_than_1
from theory.lipschitz.symbols import (
    K_1,
    S,
    V,
    beta,
    bound,
    direction,
    eta,
    height,
    most,
    n,
    position,
    s,
    slope_at,
    speed,
    target,
    unit,
)
from theory.proof import (
    And,
    ForAll,
    HasDerivative,
    Implies,
    Refutation,
    Statement,
    Theorem,
    assume,
    cite,
    combine_words,
    conclude,
    conjunction,
    counterexample,
    cut,
    equal_words,
    follows,
    generalize,
    specialize,
    squared_norm,
    substitute,
)
from theory.proof.norms import size
from theory.proof.ranges import up_to

# A loss of one parameter: the step is optimal if no other along V ends lower

HERE = position(s - 1)
STEPS = ForAll(s, RUN, And(K_1(s) > 0, Eq(position(s), HERE - speed(s) / K_1(s))))
INSIDE = And(-bound <= target, target <= bound)  # M bounds the slope there, and no step leaves it
ALONG_V = position(n - 1) - eta * speed(n)
LOSS = (
    HasDerivative(Lambda(target, height(target)), Lambda(target, slope_at(target))),
    ForAll(s, RUN, And(Abs(HERE) <= bound, Abs(position(s)) <= bound, ForAll(target, INSIDE, Abs(slope_at(target)) <= most(s)))),
    Abs(ALONG_V) <= bound,
)
lowest = Statement(
    (*BETA, n >= 1, *LOSS, *averages(speed, slope_at(HERE)), *averages(K_1, most(s)), STEPS),
    height(position(n)) <= height(ALONG_V),
    source="yedida-saha:text-alg1-optimal",
)
DIRECTED = (*averages(S, most(s) * direction), Eq(squared_norm(direction), 1))
NO_LARGER = Implies(size(eta * S(n)) <= 1, eta <= 1 / K_1(n))
largest = lowest.amend(
    given=(*ADAMO, *DIRECTED, eta >= 0),
    then=And(no_longer.then, NO_LARGER),
    why="1/K need not lower the loss. It is the largest step size that keeps every step within 1, whatever gradients the bounds allow.",
)
QUARTER = Rational(1, 4)
HALF = Rational(1, 2)
OVER = {
    **{height: Lambda(target, target**2), slope_at: Lambda(target, 2 * target), bound: HALF, most: Lambda(s, 1)},
    **{beta: Rational(9, 10), n: 1, eta: 5, position: Lambda(s, QUARTER - s / 2), speed: Lambda(s, s / 20), K_1: Lambda(s, s / 10)},
}
ALONG = {**STEPS_OF_2, most: Lambda(s, 2), direction: [[1]], S: STEPS_OF_2[V], eta: Rational(2, 3)}


@refutes(
    lowest,
    why="The loss w^2 from 1/4, with M = 1 for all |w| <= 1/2 and beta = 9/10: the step ends at -1/4, 5 V would have met the minimum.",
)
def a_loss_as_high_as_before() -> Refutation:
    """The largest slope of w^2 for |w| <= 1/2 is 1."""
    inside = substitute(INSIDE, {bound: HALF})
    slope = follows(2 * Abs(target) <= 1, *inside.args, because="twice a half")
    return counterexample(lowest, OVER, generalize(slope, target, inside))


@cache
def _worst() -> Theorem:
    """S(n) = K(n) u, for the gradients M(s) u."""
    (rest, moves), (zero, grows) = averages(S, most(s) * direction), averages(K_1, most(s))
    claim = Eq(S(s), K_1(s) * direction)
    start = combine_words(S(0), K_1(0) * direction, (1, assume(rest), 1), (-1, assume(zero), direction))
    step, own = (specialize(assume(e), s + 1) for e in (moves, grows))
    after = combine_words(S(s + 1), K_1(s + 1) * direction, (1, step, 1), (-1, own, direction), (beta, assume(claim), 1))
    return specialize(up_to(start, after, claim, index=s, last=n), n)


@proves(
    largest,
    witness=at(ALONG),
    mutants=[
        mutant(largest.with_then(Implies(size(eta * S(n)) <= 1, eta <= 1 / (2 * K_1(n)))), ALONG, "half of it"),
        mutant(largest.with_then(size(V(n) / K_1(n)) <= Rational(1, 2)), ALONG, "steps of one half"),
        mutant(largest.drop(Eq(squared_norm(direction), 1)), {**ALONG, direction: [[0]], S: Lambda(s, 0 * unit), eta: 1}, "no direction"),
    ],
)
def the_largest_safe_step_size() -> Theorem:
    """|eta K u| = eta K."""
    length = equal_words(squared_norm(eta * S(n)), eta**2 * K_1(n) ** 2 * squared_norm(direction), _worst())
    positive = cite("norm-nonnegative", eta * S(n))
    given = (Eq(squared_norm(direction), 1), K_1(n) > 0, eta >= 0)
    product = follows(Implies(size(eta * S(n)) <= 1, eta * K_1(n) <= 1), *given, using=(length, positive), because="|u| = 1")
    no_larger = follows(NO_LARGER, *given, using=(product, positive), because="divided by K")
    return conclude(conjunction(no_step_is_longer_than_1(), no_larger), largest)


# With beta = 0 on w^2, AdaMo steps by w/|w|

ALTERNATES = ForAll(s, And(s >= 1, s <= n + 1), Eq(position(s), HERE - HERE / Abs(HERE)))
two_points = Statement((Eq(position(0), HALF), ALTERNATES, n >= 0), And(Eq(position(n + 1), -position(n)), Eq(Abs(position(n)), HALF)))
HALVES = {n: 3, position: Lambda(s, (-1) ** Abs(s) / 2)}


@extends(
    "yedida-saha:text-alg1-optimal",
    two_points,
    witness=at({**HALVES}),
    mutants=[
        mutant(two_points.with_then(Eq(position(n + 1), position(n))), HALVES, "at rest"),
        mutant(two_points.with_then(Eq(Abs(position(n + 1)), QUARTER)), HALVES, "nearer"),
    ],
)
def for_ever_between_two_points() -> Theorem:
    """From 1/2 or -1/2, one step goes to the other."""
    claim = Eq(position(s) ** 2, QUARTER)
    start = follows(substitute(claim, {s: Integer(0)}), two_points.given[0])
    moves = cut(specialize(assume(ALTERNATES), s + 1), follows(s + 1 >= 1, s >= 0), follows(s + 1 <= n + 1, s + 1 <= n))
    step = follows(substitute(claim, {s: s + 1}), claim, s >= 0, using=(moves,), because="|w| = 1/2")
    there = specialize(up_to(start, step, claim, index=s, last=n), n)
    move = cut(specialize(assume(ALTERNATES), n + 1), follows(n + 1 >= 1, n >= 0))
    return conclude(follows(two_points.then, n >= 0, using=(there, move), because="-w = w - w/|w| for |w| = 1/2"), two_points)
