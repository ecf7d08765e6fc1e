"""Averages of norms bound norms of averages: how far AdaMo moves. (section 6).

An exponential average of the gradients, V(s) = b V(s-1) + (1 - b) g(s), is never longer than the same average of their norms, or of any
bounds M(s) of them: so no step V/K of AdaMo is longer than 1. For the accumulator of RMSprop, the average of the squared entries, the
norms of the gradients are the wrong ones: a gradient of 2 has the square 4. It needs the average of the norms of the squares.
"""

from collections.abc import Callable
from functools import cache

from sympy import Eq, Expr, Function, Integer, Lambda, Rational

from theory.evidence import Tight, at, extends, implemented_at, mutant, proves, refutes
from theory.lipschitz.symbols import K_1, K_2, S, V, beta, g, most, n, s, squares, target, unit
from theory.proof import (
    And,
    Entrywise,
    ForAll,
    Refutation,
    Statement,
    Theorem,
    assume,
    cite,
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
from theory.proof.norms import scaled, size, triangle
from theory.proof.ranges import up_to

RUN = And(s >= 1, s <= n)
BETA = (beta >= 0, beta < 1, n >= 0)


def averages(average: Callable[[Expr], Expr], of: Expr, kept: Expr = beta) -> tuple[Eq, ForAll]:
    """From 0: A(s) = b A(s - 1) + (1 - b) of(s) for the steps s = 1, ..., n."""
    moves = Eq(average(s), kept * average(s - 1) + (1 - kept) * of, evaluate=False)
    return Eq(average(0), 0, evaluate=False), ForAll(s, RUN, moves)


def bounded(of: Function, bounds: Expr) -> ForAll:
    """|x(s)| <= bounds(s) for the steps s = 1, ..., n."""
    return ForAll(s, RUN, size(of(s)) <= bounds)


@cache
def average_is_below(average: Function, of: Function, bound: Function, bounds: Expr) -> Theorem:
    """From |x(s)| <= bounds(s) in every step: |A(n)| <= B(n), by induction."""
    (rest, moves), (zero, grows) = averages(average, of(s)), averages(bound, bounds)
    claim = And(bound(s) >= 0, squared_norm(average(s)) <= bound(s) ** 2)
    still = equal_words(squared_norm(average(0)), 0, assume(rest), because="it begins with 0")
    start = follows(substitute(claim, {s: Integer(0)}), zero, using=(still,), because="0 is 0 long")
    step, own, below = (specialize(assume(e), s + 1) for e in (moves, grows, bounded(of, bounds)))
    old, new = beta * average(s), (1 - beta) * of(s + 1)
    same = equal_words(squared_norm(average(s + 1)), squared_norm(old + new), step, because="the step of the average")
    parts = (triangle(old + new, old, new), scaled(old, beta, average(s)), scaled(new, 1 - beta, of(s + 1)))
    positive = tuple(cite("norm-nonnegative", word) for word in (average(s), of(s + 1), average(s + 1), old + new, old, new))
    using = (same, own, below, *parts, *positive)
    after = follows(substitute(claim, {s: s + 1}), claim, beta >= 0, beta < 1, using=using, because="the triangle inequality")
    last = specialize(up_to(start, after, claim, index=s, last=n), n)
    using = (last, cite("norm-nonnegative", average(n)))
    return follows(size(average(n)) <= bound(n), n >= 0, using=using, because="the root of both")


# Both averages, with the norms of the gradients, as printed; and with the norms of what is averaged

SQUARES = ForAll(s, RUN, Entrywise(Lambda(target, target**2), g(s), squares(s)))
VELOCITY, ACCUMULATOR = size(V(n)) <= K_1(n), size(S(n)) <= K_1(n)
GIVEN = (*BETA, *averages(V, g(s)), *averages(S, squares(s)), SQUARES, *averages(K_1, size(g(s))))
supremum = Statement(GIVEN, And(VELOCITY, ACCUMULATOR), source="yedida-saha:text-ewa-sup")
OF_SQUARES = size(S(n)) <= K_2(n)
of_each = supremum.amend(
    given=(*GIVEN, *averages(K_2, size(squares(s)))),
    then=And(VELOCITY, OF_SQUARES),
    why="The accumulator averages squares: it is bounded by the average of the norms of the squared gradients, not of the gradients.",
)
# The gradient 2 in one step with beta = 0, and in two steps with beta = 1/2: 0, 1, 3/2
STEP_OF_2 = {
    beta: 0,
    n: 1,
    unit: [[1]],
    g: Lambda(s, 2 * unit),
    squares: Lambda(s, 4 * unit),
    V: Lambda(s, 2 * s * unit),
    S: Lambda(s, 4 * s * unit),
    K_1: Lambda(s, 2 * s),
}
RISES = (5 * s - s**2) / 4
STEPS_OF_2 = {
    **STEP_OF_2,
    **{beta: Rational(1, 2), n: 2, K_2: Lambda(s, 2 * RISES)},
    **{V: Lambda(s, RISES * unit), S: Lambda(s, 2 * RISES * unit), K_1: Lambda(s, RISES)},
}


@refutes(supremum, why="One step with beta = 0 and the gradient 2: the accumulator is 4, the average of the norms 2.")
def a_square_is_longer() -> Refutation:
    """The gradient 2."""
    return counterexample(supremum, STEP_OF_2)


@proves(
    of_each,
    witness=at(STEPS_OF_2),
    mutants=[
        mutant(of_each.with_then(And(VELOCITY, ACCUMULATOR)), STEPS_OF_2, "the average of the norms for both"),
        mutant(of_each.with_then(And(size(V(n)) <= K_1(n) / 2, OF_SQUARES)), STEPS_OF_2, "half of it"),
        mutant(of_each.drop(Eq(V(0), 0)), {**STEPS_OF_2, n: 0, V: Lambda(s, unit)}, "from any start"),
    ],
    tight=Tight(
        True,
        "gradients of one direction",
        Statement(of_each.given, And(Eq(size(V(n)), K_1(n)), Eq(size(S(n)), K_2(n)))),
        at(STEPS_OF_2),
    ),
)
def averages_of_norms() -> Theorem:
    """The triangle inequality in every step."""
    own = (average_is_below(f, of, bound, size(of(s))) for f, of, bound in ((V, g, K_1), (S, squares, K_2)))
    trivial = (generalized(of) for of in (g, squares))
    return conclude(conjunction(*(cut(th, t) for th, t in zip(own, trivial, strict=True))), of_each)


def generalized(of: Function) -> Theorem:
    """|x(s)| <= |x(s)|."""
    same = follows(size(of(s)) <= size(of(s)), using=(cite("norm-nonnegative", of(s)),))
    return generalize(same, s, RUN)


# AdaMo: w(s) = w(s - 1) - V(s)/K(s)

implemented_at("yedida-saha:algorithm-1", "dynamics/optimizers/lipschitz.py::AdaMo")
ADAMO = (*BETA, *averages(V, g(s)), *averages(K_1, most(s)), bounded(g, most(s)), K_1(n) > 0)
STEP = V(n) / K_1(n)
no_longer = Statement(ADAMO, size(STEP) <= 1)
ADAMO_STEPS = {**STEPS_OF_2, most: Lambda(s, 2)}


@extends(
    "yedida-saha:algorithm-1",
    no_longer,
    witness=at(ADAMO_STEPS),
    mutants=[
        mutant(no_longer.with_then(size(STEP) <= Rational(9, 10)), ADAMO_STEPS, "nine tenths"),
        mutant(no_longer.drop(bounded(g, most(s))), {**ADAMO_STEPS, most: Lambda(s, 1), K_1: Lambda(s, RISES / 2)}, "M below the norm"),
    ],
)
def no_step_is_longer_than_1() -> Theorem:
    """|V/K| = |V|/K."""
    positive = tuple(cite("norm-nonnegative", word) for word in (STEP, V(n)))
    square = equal_words(squared_norm(STEP), squared_norm(V(n)) / K_1(n) ** 2)
    using = (square, average_is_below(V, g, K_1, most(s)), *positive)
    return conclude(follows(no_longer.then, K_1(n) > 0, using=using, because="divided by K"), no_longer)
