"""How much a step gains on average, by the batch size: SGD's and PAL's, on a quadratic loss. (sections 5 and 6).

A step -lambda g with a mini-batch's gradient, drawn without replacement, lowers a quadratic full-batch loss on average by

    lambda |G|^2 - lambda^2/2 (G' H G + (N - m)/(m (N - 1)) V),    V = (1/N) sum_i a_i' H a_i - G' H G.

So every rate gains more with larger mini-batches where H >= 0, and misses what it gains with the full batch by a part that falls a little
faster than 1/m. If the curvature is k along the lines, of the full loss and of the mini-batch's, then PAL takes SGD's step with the rate
1/k (`theory.line_search.parabolas`), and PAL's mean gain less SGD's is (1/k - lambda)(|G|^2 - (1 + lambda k) E|g|^2/2). For rates above
1/k that is positive at every batch size, and the larger the smaller the mini-batches are. For rates below 1/k it is negative once E|g|^2
is above 2 |G|^2/(1 + lambda k), as with small batches of noisy gradients. There "SGD does worse than PAL with small batches" says that the
rate is too large for the lines, and nothing about PAL.
"""

from functools import cache

from sympy import Eq, Expr, Implies, Integer, Lambda, Rational, Sum
from sympy.functions.elementary.complexes import transpose

from theory.evidence import at, extends, mutant
from theory.line_search.draws import DRAWS, HOLE, PROBABILITIES, by_draws, expected, mean_inner, where_known
from theory.line_search.line_loss import curvature
from theory.line_search.quadratics import LOSS, QUADRATIC
from theory.line_search.sampling import (
    BOTH,
    DRAWN,
    GRADIENT,
    ONE_AND_TWO,
    ONE_OF_TWO,
    OTHER,
    PAIR,
    SIZES,
    SQUARE,
    THREE,
    draws_are_unbiased,
    g,
    other,
    smaller_batches_are_steeper_on_average,
    square_is_large,
    z,
)
from theory.line_search.symbols import A, G, H, N, batch_gradient_2, draws, full_loss, j, k, lam, m, ones, probability, theta, unit
from theory.proof import (
    And,
    ForAll,
    Statement,
    Theorem,
    assume,
    cite,
    conclude,
    conjunction,
    cut,
    equal_words,
    follows,
    inner,
    instance,
    specialize,
    squared_norm,
)
from theory.proof.ranges import throughout

BEND = expected(curvature(H, g))
FULL_BEND = curvature(H, G)
SPREAD = curvature(H, A) / N - FULL_BEND


def gain(rate: Expr) -> Expr:
    """The mean of L(theta) - L(theta - lambda g) over the draws."""
    return expected(full_loss(theta) - full_loss(theta - rate * g))


def formula(rate: Expr) -> Expr:
    """Lambda |G|^2 - lambda^2/2 (G' H G + (N - m)/(m (N - 1)) V)."""
    return rate * squared_norm(G) - rate**2 * (FULL_BEND + (N - m) * SPREAD / (m * (N - 1))) / 2


ONE_SIZE = (*SIZES, *PROBABILITIES, GRADIENT, *DRAWN, QUADRATIC)
law = Statement(ONE_SIZE, Eq(gain(lam), formula(lam)))
BOWL = {**LOSS, theta: [[1]], H: [[1]], lam: Rational(1, 2)}
TWO = {**ONE_OF_TWO, **BOWL}


@cache
def _bend_by_the_draws() -> Theorem:
    """E g' H g, from the pairs of samples."""
    given, _, moment = (assume(h) for h in DRAWN)
    word = A * z * transpose(z)
    total = by_draws(equal_words(expected(curvature(H, g)).function, expected(inner(A, H * word)).function / m**2, specialize(given, j)))
    joined = equal_words(total.then.rhs, inner(A, H * expected(word)) / m**2, because="term by term")
    known = where_known(moment, inner(A, H * HOLE), (m / N - PAIR) * curvature(H, A) + PAIR * curvature(H, A * ones))
    full = equal_words(curvature(H, A * ones), N**2 * FULL_BEND, assume(GRADIENT))
    found = Eq(BEND, FULL_BEND + (N - m) * SPREAD / (m * (N - 1)))
    return follows(found, N >= 2, m >= 1, using=(total, joined, known, full), because="the pairs of samples")


@cache
def _gain_in_draws(rate: Expr) -> Theorem:
    """Lambda |G|^2 - lambda^2/2 E g' H g."""
    there = specialize(assume(QUADRATIC), -rate * g)
    parts = [equal_words(inner(G, -rate * g), -rate * inner(G, g)), equal_words(curvature(H, -rate * g), rate**2 * curvature(H, g))]
    value = rate * inner(G, g) - rate**2 * curvature(H, g) / 2
    own = gain(rate).function
    each = follows(Eq(own, expected(value).function), using=(there, *parts), because="a quadratic loss")
    total = by_draws(each)
    first = expected(inner(G, g))
    joined = equal_words(total.then.rhs, rate * first - rate**2 * BEND / 2, because="term by term")
    found = Eq(gain(rate), rate * squared_norm(G) - rate**2 * BEND / 2)
    return follows(found, using=(total, joined, mean_inner(G, g, draws_are_unbiased())), because="the draws are unbiased")


@extends(
    "mutschler-zell:text-512",
    law,
    witness=at(TWO),
    mutants=[
        mutant(law.with_then(Eq(gain(lam), lam * squared_norm(G) - lam**2 * FULL_BEND / 2)), TWO, "the full batch's gain"),
        mutant(
            law.with_then(Eq(gain(lam), lam * squared_norm(G) - lam**2 * (FULL_BEND + SPREAD / m) / 2)),
            {**THREE, **BOWL},
            "with replacement",
        ),
        mutant(law.with_then(Eq(gain(lam), 2 * formula(lam) - lam * squared_norm(G))), TWO, "without the half"),
    ],
)
def expected_gain_of_a_step() -> Theorem:
    """Both means, by the law of the draws."""
    return conclude(follows(law.then, N >= 2, m >= 1, using=(_gain_in_draws(lam), _bend_by_the_draws())), law)


# Two batch sizes m <= M

NOISE_BENDS_UP = ForAll(j, DRAWS, curvature(H, g - G) >= 0)  # as where H >= 0
larger = Statement(
    (*BOTH, QUADRATIC, NOISE_BENDS_UP),
    And(other(gain(lam)) >= gain(lam), other(gain(lam)) <= lam * squared_norm(G) - lam**2 * FULL_BEND / 2),
)
TWO_SIZES = {**ONE_AND_TWO, **BOWL}


@cache
def _spread_is_not_negative() -> Theorem:
    """(N - m) V >= 0: E (g - G)' H (g - G) = E g' H g - G' H G."""
    noise = probability(j) * curvature(H, g - G)
    likely, up = specialize(assume(PROBABILITIES[1]), j), specialize(assume(NOISE_BENDS_UP), j)
    each = throughout(follows(noise >= 0, using=(likely, up)), j, DRAWS)
    first = cut(cite("part-of-sum", noise, j, draws, Integer(1)), each)
    positive = follows(expected(curvature(H, g - G)) >= 0, draws >= 1, using=(first, specialize(each, 1)))
    sides = (H * G, transpose(H) * G)
    means = [mean_inner(word, g, draws_are_unbiased()) for word in sides]
    turned = [equal_words(inner(word, G), FULL_BEND) for word in sides]
    total = Sum(probability(j), (j, 1, draws))
    parts = BEND - sum(expected(inner(word, g)) for word in sides) + total * FULL_BEND
    same = equal_words(expected(curvature(H, g - G)), parts, because="term by term")
    using = (positive, same, *means, *turned, assume(PROBABILITIES[2]), _bend_by_the_draws())
    return follows((N - m) * SPREAD >= 0, N >= 2, m >= 1, using=using, because="the variance in the form of H")


@extends(
    "mutschler-zell:text-512",
    larger,
    witness=at(TWO_SIZES),
    mutants=[
        mutant(larger.with_then(other(gain(lam)) <= gain(lam)), TWO_SIZES, "<= for >="),
        mutant(larger.drop(NOISE_BENDS_UP), {**TWO_SIZES, H: [[-1]]}, "whatever the curvature"),
        mutant(larger.with_then(gain(lam) >= 0), {**TWO_SIZES, lam: 2}, "a gain"),
    ],
)
def larger_batches_gain_more() -> Theorem:
    """(N - m)/m falls as m grows."""
    one, spread = follows(law.then, N >= 2, m >= 1, using=(_gain_in_draws(lam), _bend_by_the_draws())), _spread_is_not_negative()
    using = (one, instance(one, OTHER), spread)
    return conclude(follows(larger.then, *BOTH[:4], using=using, because="(N - m)/m falls as m grows"), larger)


# PAL, where the curvature is k along all lines

ROUND = ForAll(j, DRAWS, Eq(curvature(H, g), k * squared_norm(g)))  # along the gradients of the mini-batches
GAP = gain(1 / k) - gain(lam)  # PAL's step is |g|/k long, as SGD's with the rate 1/k
TOO_LARGE = lam * k >= 1
against_pal = Statement(
    (*BOTH, QUADRATIC, ROUND, other(ROUND), k > 0, lam > 0),
    And(
        Eq(GAP, (1 / k - lam) * (squared_norm(G) - (1 + lam * k) * SQUARE / 2)),
        Implies(TOO_LARGE, And(other(GAP) >= 0, GAP >= other(GAP))),
    ),
)
ROUND_TWO = {**TWO_SIZES, k: 1, lam: Rational(3, 2)}


@extends(
    "mutschler-zell:text-smallbs",
    against_pal,
    witness=at(ROUND_TWO),
    mutants=[
        mutant(
            against_pal.with_then(GAP >= 0),
            {**ROUND_TWO, A: [[-1, 3]], G: [[1]], lam: Rational(1, 2), batch_gradient_2: Lambda(j, unit)},
            "for every rate",
        ),
        mutant(against_pal.with_then(Eq(GAP, other(GAP))), ROUND_TWO, "the same gap for every size"),
        mutant(against_pal.with_then(gain(1 / k) >= squared_norm(G) / (2 * k)), ROUND_TWO, "PAL is exact on the full batch"),
    ],
)
def sgd_and_pal_by_batch_size() -> Theorem:
    """Two values of one parabola in the rate."""
    term = (expected(form).function for form in (curvature(H, g), k * squared_norm(g)))
    own = by_draws(follows(Eq(*term), using=(specialize(assume(ROUND), j),)))
    total = equal_words(own.then.rhs, k * SQUARE, because="term by term")
    gains = [_gain_in_draws(rate) for rate in (1 / k, lam)]
    using = (own, total, *gains)
    gap = follows(against_pal.then.args[0], k > 0, using=using, because="E g' H g = k E |g|^2")
    falls = smaller_batches_are_steeper_on_average()
    at_least = conjunction(instance(square_is_large(), OTHER), cite("norm-nonnegative", G))
    there = follows(
        against_pal.then.args[1], k > 0, lam > 0, using=(gap, instance(gap, OTHER), falls, at_least), because="E |g|^2 falls as m grows"
    )
    return conclude(conjunction(gap, there), against_pal)
