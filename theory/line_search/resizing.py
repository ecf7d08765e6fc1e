"""The slope that the paper measures for other batch sizes: the procedure decides it. (section 6, figure 7).

The line stays that of a mini-batch of m samples, with the slope s. A larger batch keeps these m and adds M - m of the other N - m samples,
drawn without replacement. On average its slope is

    (c + (1 - c) m/M) s,    c = (N rho - m)/(N - m),

where rho s is the full batch's slope, and c s that of the samples outside the mini-batch. So the slope falls by exactly the factor m/M if
and only if c = 0: where the line leads the samples that have not chosen it neither down nor up. It falls at all if rho < 1, and not lower
than to c s. All of that is the procedure. SGD with M samples would step along another gradient, that of those M samples; how long that one
is says `theory.line_search.sampling`. A smaller batch drops the samples with the highest slopes, and is steeper by that choice.
"""

from functools import cache

from sympy import Abs, Eq, Expr, Implies, Lambda, Rational

from theory.evidence import at, extends, implemented_at, mutant, proves, refutes
from theory.line_search.draws import HOLE, PROBABILITIES, expected, where_known
from theory.line_search.sampling import GRADIENT, PLACES
from theory.line_search.symbols import (
    M_2,
    A,
    G,
    M,
    N,
    added,
    added_2,
    chosen,
    direction,
    draws,
    draws_2,
    e_0,
    e_2,
    e_3,
    g,
    j,
    m,
    ones,
    probability,
    probability_2,
    rho,
)
from theory.proof import (
    And,
    Refutation,
    Statement,
    Theorem,
    assume,
    conclude,
    conjunction,
    counterexample,
    discharge,
    equal_words,
    follows,
    inner,
    instance,
    part,
    substitute,
)

implemented_at("mutschler-zell:algorithm-resize", "dynamics/lines/steps.py::resized_batch")


def ratio(batch: Expr) -> Expr:
    """(m + (M - m) (N rho - m)/(N - m))/M."""
    return (m + (batch - m) * (N * rho - m) / (N - m)) / batch


SIZES = (m >= 1, m <= M, M <= N, m < N)
BATCH = Eq(g, A * chosen / m)
EXTENSION = Eq(expected(A * added(j)), (M - m) * (A * ones - A * chosen) / (N - m))  # each of the others is in it with (M - m)/(N - m)
FULL_SLOPE = Eq(inner(G, direction), rho * inner(g, direction))
MEAN = expected(inner(A * (chosen + added(j)), direction) / M)
LAW = Eq(MEAN, ratio(M) * inner(g, direction))
THE_FACTOR = Eq(M * MEAN, m * inner(g, direction))
SETTING = (*SIZES, *PROBABILITIES, GRADIENT, BATCH, EXTENSION, FULL_SLOPE)
law = Statement(
    (*SETTING, inner(g, direction) < 0),
    And(LAW, Implies(Eq(N * rho, m), THE_FACTOR), Implies(And(M > m, THE_FACTOR), Eq(N * rho, m))),
)
# Two samples with the gradients 1 and 3: the first has chosen the line, the second is added
TWO = {
    **PLACES,
    m: 1,
    M: 2,
    draws: 1,
    probability: Lambda(j, 1),
    chosen: [[1], [0]],
    added: Lambda(j, e_2),
    g: [[1]],
    direction: [[-1]],
    rho: 2,
}
# Three with the gradients 1, 3 and 2: the first has chosen the line, one of the others is added
COLUMNS = {chosen: [[1], [0], [0]], e_2: [[0], [1], [0]], e_3: [[0], [0], [1]], ones: [[1], [1], [1]]}
EITHER = {draws: 2, probability: Lambda(j, Rational(1, 2)), added: Lambda(j, (2 - j) * e_2 + (j - 1) * e_3)}
THREE = {**TWO, **COLUMNS, **EITHER, A: [[1, 3, 2]], N: 3}


@cache
def _mean_slope() -> Theorem:
    """The samples outside the mini-batch have the mean slope (N rho - m)/(N - m) times its own."""
    own, others = inner(direction, A * chosen), inner(direction, A * added(j))
    apart = equal_words(MEAN, own * PROBABILITIES[2].lhs / M + expected(others) / M, because="term by term")
    moved = equal_words(expected(others), inner(direction, expected(A * added(j))), because="term by term")
    given = assume(EXTENSION)
    rest = where_known(given, inner(direction, HOLE), inner(direction, given.then.rhs))
    outside = equal_words(inner(direction, given.then.rhs), (M - m) * (inner(direction, A * ones) - own) / (N - m))
    batch = equal_words(inner(g, direction), own / m, assume(BATCH))
    full = equal_words(inner(G, direction), inner(direction, A * ones) / N, assume(GRADIENT))
    using = (apart, moved, rest, outside, batch, full, assume(FULL_SLOPE), assume(PROBABILITIES[2]))
    return follows(LAW, m >= 1, m <= M, m < N, using=using, because="the mean of the others")


@cache
def _the_factor() -> Theorem:
    """With s < 0: M (mean slope) = m s exactly if (M - m) (N rho - m) = 0."""
    known = (m >= 1, m <= M, m < N, inner(g, direction) < 0)
    there = follows(THE_FACTOR, Eq(N * rho, m), *known, using=(_mean_slope(),), because="c = 0")
    back = follows(Eq(N * rho, m), M > m, THE_FACTOR, *known, using=(_mean_slope(),), because="(M - m) c s = 0")
    return conjunction(discharge(there, Eq(N * rho, m)), discharge(back, M > m, THE_FACTOR))


@extends(
    "mutschler-zell:algorithm-resize",
    law,
    witness=at(THREE),
    mutants=[
        mutant(law.with_then(THE_FACTOR), THREE, "the factor m/M, always"),
        mutant(law.with_then(Eq(MEAN, rho * inner(g, direction))), THREE, "the full batch's slope"),
        mutant(law.with_then(Eq(MEAN, (m + (M - m) * rho) * inner(g, direction) / M)), TWO, "drawn from all samples, the mini-batch's too"),
    ],
)
def slope_of_an_extended_batch() -> Theorem:
    """What is expected of the procedure, for every loss."""
    return conclude(conjunction(_mean_slope(), *(part(_the_factor(), x) for x in _the_factor().then.args)), law)


# Two sizes M < M_2

_LARGER = {M: M_2, draws: draws_2, probability: Lambda(j, probability_2(j)), added: Lambda(j, added_2(j))}
LATER = substitute(MEAN, _LARGER)
BOTH = (*SETTING, *(substitute(h, _LARGER) for h in (*SIZES[2:3], *PROBABILITIES, EXTENSION)), M < M_2, inner(g, direction) < 0)
flattens = Statement(BOTH, Abs(LATER) < Abs(MEAN), source="mutschler-zell:text-decrease")
if_full_is_flatter = flattens.amend(
    then=And(Implies(rho < 1, LATER > MEAN), Implies(And(rho >= 0, rho < 1), Abs(LATER) < Abs(MEAN)), Implies(rho >= 1, LATER <= MEAN)),
    why="On average the slope becomes less steep exactly if the full batch is less steep than the mini-batch, and its absolute value "
    "decreases then if the full batch does not lead uphill. Of two samples with the gradients 1 and 3, the first has the slope -1 along "
    "its line, both together have -2; with 1 and -5, 2. (That the plotted slopes decreased is not in doubt.)",
)
ONE, BOTH_OF_TWO = (
    {M: 1, added: Lambda(j, e_0), e_0: [[0], [0]]},
    {M_2: 2, draws_2: 1, probability_2: Lambda(j, 1), added_2: Lambda(j, e_2)},
)
STEEPENS = {**TWO, **ONE, **BOTH_OF_TWO}
FLATTENS = {**STEEPENS, A: [[1, 0]], G: [[Rational(1, 2)]], rho: Rational(1, 2)}
UPHILL = {**STEEPENS, A: [[1, -5]], G: [[-2]], rho: -2}


@refutes(flattens, why="Two samples with the gradients 1 and 3: along the line of the first the slope is -1 for it, and -2 for both.")
def the_second_sample_is_steeper() -> Refutation:
    """The smallest data set."""
    return counterexample(flattens, STEEPENS)


@proves(
    if_full_is_flatter,
    witness=at(FLATTENS),
    mutants=[
        mutant(if_full_is_flatter.with_then(LATER > MEAN), STEEPENS, "whatever the full batch"),
        mutant(if_full_is_flatter.with_then(LATER >= M * MEAN / M_2 + rho), FLATTENS, "by more than the factor"),
        mutant(if_full_is_flatter.with_then(Implies(rho < 1, LATER < MEAN)), FLATTENS, "< for >"),
        mutant(if_full_is_flatter.with_then(Implies(rho < 1, Abs(LATER) < Abs(MEAN))), UPHILL, "uphill too"),
    ],
)
def it_flattens_if_the_full_batch_is_flatter() -> Theorem:
    """The mean slope is (c + (1 - c) m/M) s, and c < 1 where rho < 1."""
    laws = (_mean_slope(), instance(_mean_slope(), _LARGER))
    known = (m >= 1, m <= M, M < M_2, m < N, inner(g, direction) < 0)
    flatter = discharge(follows(LATER > MEAN, rho < 1, *known, using=laws, because="c < 1"), rho < 1)
    steeper = discharge(follows(LATER <= MEAN, rho >= 1, *known, using=laws, because="c >= 1"), rho >= 1)
    between = And(rho >= 0, rho < 1)
    smaller = follows(Abs(LATER) < Abs(MEAN), between, *known, M_2 <= N, using=laws, because="0 <= c + (1 - c) m/M at N for M")
    return conclude(conjunction(flatter, discharge(smaller, between), steeper), if_full_is_flatter)
