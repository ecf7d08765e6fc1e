"""Is the mini-batch that has chosen the line steeper along it than the full batch, and than the others? (section 3, figure 2).

Along d = -g/|g| the mini-batch has the slope -|g|, the full batch -<G, g>/|g|. The first is the steeper one exactly if <g - G, g> >= 0. Two
samples with the gradients 1 and 3 show that this can fail: along the line that the first has chosen, the full batch has the slope -2. On
average over the draws it holds for every loss: the mean of |g| is at least |G|, and that of <G, g>/|g| at most |G|; and per unit of the
learning rate the mean of |g|^2 - <G, g> is the variance of g. So the finding says nothing about a network. With momentum the same variance
comes out, as the old momentum does not know the new draw.
"""

from functools import cache

from sympy import Eq, Implies, Lambda, Rational

from theory.evidence import Tight, at, extends, mutant, proves, refutes
from theory.line_search.draws import (
    DRAWS,
    PROBABILITIES,
    by_draws,
    expected,
    mean_inner,
    mean_length_is_large,
    mean_slope_is_small,
    mean_square_is_not_negative,
)
from theory.line_search.symbols import (
    G,
    batch_gradient,
    before,
    beta,
    direction,
    draws,
    heading,
    i,
    j,
    j_2,
    loss_of,
    probability,
    s,
    t,
    theta,
    unit,
)
from theory.proof import (
    And,
    ForAll,
    Refutation,
    Statement,
    Theorem,
    Velocity,
    assume,
    cite,
    conclude,
    conjunction,
    counterexample,
    cut,
    discharge,
    equal_words,
    follows,
    generalize,
    inner,
    instance,
    specialize,
    squared_norm,
)
from theory.proof.norms import size
from theory.proof.ranges import throughout

g = batch_gradient(j)
UNBIASED = Eq(expected(g), G)
NOT_ZERO = ForAll(j, DRAWS, squared_norm(g) > 0)
SETTING = (*PROBABILITIES, UNBIASED, NOT_ZERO)
STEEPER = size(g) >= inner(G, g) / size(g)
VARIANCE = expected(squared_norm(g - G))

steeper = Statement(SETTING, ForAll(j, DRAWS, STEEPER), source="mutschler-zell:text-steeper")
EXCESS = Eq(expected(squared_norm(g)) - expected(inner(G, g)), VARIANCE)
OWN, FULL = expected(size(g)) >= size(G), size(G) >= expected(inner(G, g) / size(g))  # mean slopes, up to the sign
AHEAD = inner(g - G, g) >= 0
exactly = steeper.amend(
    then=And(OWN, FULL, EXCESS, VARIANCE >= 0, ForAll(j, DRAWS, And(Implies(STEEPER, AHEAD), Implies(AHEAD, STEEPER)))),
    why="Two samples with the gradients 1 and 3: along the line of the first the slope is -1, that of the full batch -2. It is so exactly "
    "if <g - G, g> >= 0, and on average over the draws for every loss: the mean slope of the mini-batches is at least |G|, that of the "
    "full batch on their lines at most |G|. (That the paper saw it on all of its 10000 lines is not in doubt; it is no law.)",
)
# Two samples of one parameter, drawn one by one, with the gradients 1 and 3
TWO = {draws: 2, probability: Lambda(j, Rational(1, 2)), unit: [[1]], batch_gradient: Lambda(j, (2 * j - 1) * unit), G: [[2]]}


@refutes(steeper, why="The gradients 1 and 3, the full batch's gradient 2: along the line of the first sample the slopes are -1 and -2.")
def the_full_batch_is_steeper() -> Refutation:
    """The smallest data set that can differ: two samples, one parameter."""
    return counterexample(steeper, TWO)


@cache
def excess_is_the_variance() -> Theorem:
    """sum_j P(j) (|g|^2 - <G, g>) = sum_j P(j) |g - G|^2, as sum_j P(j) <G, g> = |G|^2."""
    square, cross, own = (probability(j) * x for x in (squared_norm(g), inner(G, g), squared_norm(G)))
    term = equal_words(probability(j) * squared_norm(g - G), square - 2 * cross + own, because="expanded")
    total = by_draws(term)
    parts = expected(squared_norm(g)) - 2 * expected(inner(G, g)) + PROBABILITIES[2].lhs * squared_norm(G)
    apart = equal_words(total.then.rhs, parts, because="term by term")
    known = (total, apart, mean_inner(G, g, assume(UNBIASED)), assume(PROBABILITIES[2]))
    return follows(EXCESS, draws >= 1, using=known, because="the mean of <G, g> is |G|^2")


@cache
def _on_average() -> tuple[Theorem, ...]:
    slopes = (mean_length_is_large(g, assume(UNBIASED)), mean_slope_is_small(G, g, assume(NOT_ZERO)))
    return (*slopes, excess_is_the_variance(), mean_square_is_not_negative(g - G))


@cache
def _exactly_if_ahead() -> Theorem:
    positive = (cite("norm-nonnegative", g),)
    apart = equal_words(inner(g - G, g), squared_norm(g) - inner(G, g))
    there = discharge(follows(AHEAD, STEEPER, squared_norm(g) > 0, using=(apart, *positive), because="times |g|"), STEEPER)
    back = discharge(follows(STEEPER, AHEAD, squared_norm(g) > 0, using=(apart, *positive), because="divided by |g|"), AHEAD)
    both = conjunction(there, back)
    given = assume(NOT_ZERO)
    return throughout(cut(both, specialize(given, j)), j, DRAWS)


@proves(
    exactly,
    witness=at(TWO),
    mutants=[
        mutant(exactly.with_then(Eq(expected(squared_norm(g)) - expected(inner(G, g)), 2 * VARIANCE)), TWO, "twice the variance"),
        mutant(exactly.with_then(expected(squared_norm(g)) <= squared_norm(G)), TWO, "the full batch is steeper on average"),
        mutant(exactly.with_then(expected(size(g)) > expected(inner(G, g) / size(g))), TWO, "strictly steeper, wherever they differ"),
        mutant(exactly.with_then(ForAll(j, DRAWS, size(g) >= size(G))), TWO, "each is at least |G| steep"),
        mutant(exactly.with_then(ForAll(j, DRAWS, AHEAD)), TWO, "ahead in every draw"),
        mutant(
            exactly.drop(UNBIASED).with_then(expected(squared_norm(g)) >= expected(inner(G, g))), {**TWO, G: [[4]]}, "a biased mini-batch"
        ),
    ],
    tight=Tight(
        True,
        "where all gradients point one way, both mean slopes are |G|",
        Statement(exactly.given, And(Eq(*OWN.args), Eq(*FULL.args))),
        at(TWO),
    ),
)
def steeper_on_average() -> Theorem:
    """|g| >= <G, g>/|G|, and <G, g>/|g| <= |G|; the variance of g is the mean of <g - G, g>."""
    return conclude(conjunction(*_on_average(), _exactly_if_ahead()), exactly)


# The other mini-batches, on the line of the j-th

other = batch_gradient(j_2)
OTHERS = And(j_2 >= 1, j_2 <= draws)
MOVES = ForAll(j, DRAWS, ForAll(heading, True, Velocity(Lambda(t, loss_of(j, theta + t * heading)), inner(g, heading))))
HERE = theta - s * g / size(g)
LOWER = loss_of(j, HERE) <= loss_of(j_2, HERE)
lowest = Statement(
    (*SETTING, MOVES, s > 0),
    ForAll(j, DRAWS, ForAll(j_2, OTHERS, And(LOWER, size(g) >= inner(g, other) / size(g)))),
    source="mutschler-zell:text-lower",
)
chosen, CHOICES = batch_gradient(i), And(i >= 1, i <= draws)
PEERS = expected(inner(chosen, g))
than_their_mean = lowest.amend(
    then=And(ForAll(i, CHOICES, Eq(PEERS, inner(chosen, G))), OWN, FULL, EXCESS, VARIANCE >= 0),
    why="Two samples with the losses theta and 3 theta: along the line of the first, its own loss is the higher one, and less steep. Along "
    "the line of one draw the mean slope of all is the full batch's, which is less steep on average, at most |G|, while the mean of |g| is "
    "at least |G|. (The paper found it interesting on its lines, and did not look further.)",
)
SLOPE = (2 * j - 1) * unit
LINES = {**TWO, loss_of: Lambda((j, heading), inner(SLOPE, heading)), theta: [[0]], s: 1}


@cache
def lines_move() -> Theorem:
    """(2 j - 1) theta changes along v at the rate (2 j - 1) v."""
    way = inner(SLOPE, theta + t * heading)
    straight = cite("straight-line", inner(SLOPE, theta), inner(SLOPE, heading), t)
    written = generalize(equal_words(way, straight.then.args[0].expr), t)
    moves = cut(cite("same-curve", Lambda(t, way), *straight.then.args), written, straight)
    return throughout(generalize(moves, heading), j, And(j >= 1, j <= 2))


@refutes(lowest, why="The losses theta and 3 theta from theta = 0: on the line of the first its own loss is -s, the other one -3 s.")
def the_other_sample_is_lower() -> Refutation:
    """Two samples, one parameter."""
    return counterexample(lowest, LINES, lines_move())


@proves(
    than_their_mean,
    witness=at(LINES, lines_move),
    mutants=[
        mutant(than_their_mean.with_then(ForAll(i, CHOICES, PEERS <= 0)), LINES, "the others do not change", lines_move),
        mutant(than_their_mean.with_then(ForAll(i, CHOICES, Eq(PEERS, squared_norm(chosen)))), LINES, "as steep as their mean", lines_move),
    ],
)
def steeper_than_the_mean_of_all() -> Theorem:
    """sum_j P(j) <g_i, g_j> = <g_i, G>, and the rest is the theorem about the full batch."""
    mean = instance(mean_inner(direction, g, assume(UNBIASED)), {direction: chosen})
    return conclude(conjunction(throughout(mean, i, CHOICES), *_on_average()), than_their_mean)


# With momentum: the line leads along -(beta m_0 + g)

m_now = beta * before + g
momentum_setting = (*PROBABILITIES, UNBIASED)
MOMENTUM_EXCESS = expected(inner(g, m_now)) - expected(inner(G, m_now))
with_momentum = Statement(momentum_setting, And(Eq(MOMENTUM_EXCESS, VARIANCE), VARIANCE >= 0))
UPHILL = {**TWO, beta: Rational(1, 2), before: [[-10]]}


@extends(
    "mutschler-zell:text-steeper",
    with_momentum,
    witness=at(UPHILL),
    mutants=[
        mutant(with_momentum.with_then(Eq(MOMENTUM_EXCESS, (1 - beta) * VARIANCE)), UPHILL, "1 - beta times the variance"),
        mutant(with_momentum.with_then(ForAll(j, DRAWS, inner(g - G, m_now) >= 0)), UPHILL, "in every draw"),
    ],
)
def steeper_along_the_momentum() -> Theorem:
    """The old momentum m_0 is fixed when the mini-batch is drawn, and the mean of <g - G, m_0> is 0."""
    old = mean_inner(before, g, assume(UNBIASED))
    full = mean_inner(G, g, assume(UNBIASED))
    own, fixed = (expected(inner(x, m_now)) for x in (g, G))
    first = equal_words(own, beta * expected(inner(before, g)) + expected(squared_norm(g)))
    second = equal_words(fixed, beta * inner(G, before) * PROBABILITIES[2].lhs + expected(inner(G, g)))
    same = equal_words(inner(before, G), inner(G, before))
    using = (old, full, first, second, same, excess_is_the_variance(), assume(PROBABILITIES[2]))
    equal = follows(Eq(MOMENTUM_EXCESS, VARIANCE), draws >= 1, using=using, because="m_0 does not know the draw")
    return conclude(conjunction(equal, mean_square_is_not_negative(g - G)), with_momentum)
