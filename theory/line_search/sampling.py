"""The gradient of a mini-batch drawn without replacement: how long it is. (section 6).

A draw is a column z of zeros and ones; the samples' gradients are the columns of A, so A z/m is the gradient of a mini-batch of m samples.
If every draw of m from N is as likely as every other, a sample is in it with the probability m/N, and two samples are with
m(m - 1)/(N(N - 1)). The proofs use these two numbers and nothing else. They give

    E |g|^2 = |G|^2 + (N - m)/(m (N - 1)) V,    V = (1/N) sum_i |a_i - G|^2.

So the square of the norm falls like 1/m where noise is most of it, and the norm like 1/sqrt(m): by this way twice the batch size has the
effect of half the learning rate only where the samples run out, N <= 3 m, as with 1 and then 2 of 3 samples whose gradients add up to 0.
What the paper measures is another number, see `theory.line_search.resizing`.
"""

from functools import cache

from sympy import Eq, Lambda, Rational
from sympy.functions.elementary.complexes import transpose

from theory.evidence import at, extends, mutant, proves, refutes
from theory.line_search.draws import (
    DRAWS,
    HOLE,
    PROBABILITIES,
    by_draws,
    expected,
    mean_inner,
    mean_square_is_not_negative,
    where_known,
)
from theory.line_search.steepness import excess_is_the_variance
from theory.line_search.symbols import (
    A,
    G,
    M,
    N,
    batch_gradient,
    batch_gradient_2,
    drawn,
    drawn_2,
    draws,
    draws_2,
    e_1,
    e_2,
    j,
    m,
    ones,
    probability,
    probability_2,
    unit,
)
from theory.proof import (
    And,
    ForAll,
    Refutation,
    Statement,
    Theorem,
    assume,
    combine_words,
    conclude,
    conjunction,
    counterexample,
    cut,
    equal_words,
    follows,
    inner,
    instance,
    specialize,
    squared_norm,
    substitute,
)
from theory.proof.logic import Boolean

g, z = batch_gradient(j), drawn(j)
PAIR = m * (m - 1) / (N * (N - 1))  # the probability that two samples are both in the draw
GRADIENT = Eq(G, A * ones / N)
DRAWN = (
    ForAll(j, DRAWS, Eq(g, A * z / m)),
    Eq(expected(A * z), m * A * ones / N),
    Eq(expected(A * z * transpose(z)), (m / N - PAIR) * A + PAIR * A * ones * transpose(ones)),
)
SIZES = (N >= 2, m >= 1, m <= N)
SPREAD = squared_norm(A) / N - squared_norm(G)
SQUARE = expected(squared_norm(g))
LAW = Eq(SQUARE, squared_norm(G) + (N - m) * SPREAD / (m * (N - 1)))
law = Statement((*SIZES, *PROBABILITIES, GRADIENT, *DRAWN), And(LAW, SQUARE >= squared_norm(G)))
# Two samples of one parameter, drawn one by one, with the gradients 1 and 3; and both together
PLACES = {e_1: [[1], [0]], e_2: [[0], [1]], ones: [[1], [1]], A: [[1, 3]], G: [[2]], N: 2}
ONE_OF_TWO = {
    **{**PLACES, m: 1, draws: 2, probability: Lambda(j, Rational(1, 2)), drawn: Lambda(j, (2 - j) * e_1 + (j - 1) * e_2)},
    batch_gradient: Lambda(j, A * ((2 - j) * e_1 + (j - 1) * e_2)),
}

THREE = {
    **ONE_OF_TWO,
    m: 2,
    draws: 1,
    probability: Lambda(j, 1),
    drawn: Lambda(j, e_1 + e_2),
    batch_gradient: Lambda(j, 2 * unit),
    unit: [[1]],
}


@cache
def _square_by_the_draws() -> Theorem:
    """sum_j P(j) |g|^2 = (m/N - PAIR) |A|^2/m^2 + PAIR |A w|^2/m^2."""
    given, _, moment = (assume(h) for h in DRAWN)
    word = A * z * transpose(z)
    each = equal_words(probability(j) * squared_norm(g), probability(j) * inner(A, word) / m**2, specialize(given, j))
    total = by_draws(each)
    joined = equal_words(total.then.rhs, inner(A, expected(word)) / m**2, because="term by term")
    found = (m / N - PAIR) * squared_norm(A) + PAIR * squared_norm(A * ones)
    known = where_known(moment, inner(A, HOLE), found)
    full = equal_words(squared_norm(A * ones), N**2 * squared_norm(G), assume(GRADIENT))
    return follows(LAW, N >= 2, m >= 1, using=(total, joined, known, full), because="the pairs of samples")


@cache
def draws_are_unbiased() -> Theorem:
    """sum_j P(j) g = G."""
    given, mean, _ = (assume(h) for h in DRAWN)
    each = by_draws(equal_words(probability(j) * g, probability(j) * A * z / m, specialize(given, j)))
    joined = equal_words(each.then.rhs, expected(A * z) / m, because="term by term")
    return combine_words(expected(g), G, (1, each, 1), (1, joined, 1), (1 / m, mean, 1), (-1, assume(GRADIENT), 1))


@cache
def square_is_large() -> Theorem:
    """sum_j P(j) |g|^2 >= |G|^2."""
    mean = draws_are_unbiased()
    positive = mean_square_is_not_negative(g - G)
    using = (cut(excess_is_the_variance(), mean), mean_inner(G, g, mean), positive)
    return follows(SQUARE >= squared_norm(G), draws >= 1, using=using, because="the variance is not negative")


@extends(
    "mutschler-zell:text-steplen",
    law,
    witness=at(ONE_OF_TWO),
    mutants=[
        mutant(law.with_then(Eq(SQUARE, squared_norm(G) + SPREAD / m)), THREE, "with replacement"),
        mutant(law.with_then(Eq(SQUARE, squared_norm(G) + (N - m) * SPREAD / (m * N))), ONE_OF_TWO, "N for N - 1"),
        mutant(law.with_then(Eq(SQUARE, N * squared_norm(G) / m)), ONE_OF_TWO, "in proportion to 1/m"),
    ],
)
def squared_norm_of_a_mini_batch() -> Theorem:
    """The pairs of samples, counted."""
    return conclude(conjunction(_square_by_the_draws(), square_is_large()), law)


# Two batch sizes m <= M

OTHER = {
    m: M,
    draws: draws_2,
    probability: Lambda(j, probability_2(j)),
    drawn: Lambda(j, drawn_2(j)),
    batch_gradient: Lambda(j, batch_gradient_2(j)),
}


def other(formula: Boolean) -> Boolean:
    """The same about the mini-batches of M samples."""
    return substitute(formula, OTHER)


LARGER = substitute(SQUARE, OTHER)
BOTH = (N >= 2, m >= 1, m <= M, M <= N, GRADIENT, *PROBABILITIES, *DRAWN, *(other(h) for h in (*PROBABILITIES, *DRAWN)))
smaller_square = Statement(BOTH, SQUARE >= LARGER)
# "nearly the same factor", read as up to a half of it: sqrt(LARGER) <= 3/2 m/M sqrt(SQUARE)
same_factor = Statement(BOTH, LARGER <= (Rational(3, 2) * m / M) ** 2 * SQUARE, source="mutschler-zell:text-abs-core3")
FALLS = Eq(M * (N - m) * (LARGER - squared_norm(G)), m * (N - M) * (SQUARE - squared_norm(G)))
by_the_root = same_factor.amend(
    then=And(FALLS, LARGER >= squared_norm(G)),
    why="Without the full batch's part |G|^2, the squared norm falls by the factor M/m, and a little more as the samples run out: the norm "
    "by its square root. For two samples with the gradients 1 and 3 the mean square is 5 for one of them, and 4 for both. What the paper "
    "measures as this norm is another number, the slope along a line that stays that of the smaller batch: it falls by the factor exactly "
    "if the samples that are added are flat along the line, and rises from 1 to 2 in the same example.",
)
# ... and both together
TWO_OF_TWO = {
    M: 2,
    draws_2: 1,
    probability_2: Lambda(j, 1),
    drawn_2: Lambda(j, e_1 + e_2),
    batch_gradient_2: Lambda(j, 2 * unit),
    unit: [[1]],
}
ONE_AND_TWO = {**ONE_OF_TWO, **TWO_OF_TWO}


@cache
def _of_other() -> Theorem:
    return instance(_square_by_the_draws(), OTHER)


@extends(
    "mutschler-zell:text-smalleras",
    smaller_square,
    witness=at(ONE_AND_TWO),
    mutants=[
        mutant(smaller_square.with_then(SQUARE >= 2 * LARGER), ONE_AND_TWO, "twice as large"),
        mutant(smaller_square.with_then(ForAll(j, DRAWS, squared_norm(g) >= squared_norm(G))), ONE_AND_TWO, "in every draw"),
        mutant(smaller_square.with_then(SQUARE <= LARGER), ONE_AND_TWO, "<= for >="),
    ],
)
def smaller_batches_are_steeper_on_average() -> Theorem:
    """(N - m)/m falls as m grows, and V >= 0."""
    known = (_square_by_the_draws(), _of_other(), square_is_large(), instance(square_is_large(), OTHER))
    return conclude(follows(smaller_square.then, N >= 2, m >= 1, m <= M, M <= N, using=known, because="(N - m)/m falls"), smaller_square)


@refutes(
    same_factor,
    why="Two samples with the gradients 1 and 3: the mean square is (1 + 9)/2 = 5 for one of them, and 4 for both, not 5/4 or nearly so.",
)
def two_gradients_of_one_sign() -> Refutation:
    """The smallest data set in which a mini-batch has two sizes."""
    return counterexample(same_factor, ONE_AND_TWO)


@proves(
    by_the_root,
    witness=at(ONE_AND_TWO),
    mutants=[
        mutant(by_the_root.with_then(Eq(M * (LARGER - squared_norm(G)), m * (SQUARE - squared_norm(G)))), ONE_AND_TWO, "with replacement"),
        mutant(by_the_root.with_then(Eq(M**2 * (N - m) * LARGER, m**2 * (N - M) * SQUARE)), ONE_AND_TWO, "the factor itself"),
        mutant(by_the_root.with_then(LARGER <= squared_norm(G) / 2), ONE_AND_TWO, "below the full batch"),
    ],
)
def the_squared_norm_falls_by_the_factor() -> Theorem:
    """Both laws at once."""
    known = (_square_by_the_draws(), _of_other())
    first = follows(FALLS, N >= 2, m >= 1, m <= M, M <= N, using=known, because="both sides are (N - m)(N - M) V/(N - 1)")
    return conclude(conjunction(first, instance(square_is_large(), OTHER)), by_the_root)
