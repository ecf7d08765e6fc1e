"""Are smaller mini-batches steeper? On average: no mean is longer than the mean length. (section 6).

A mini-batch of m samples is as good as m samples drawn from a mini-batch of M: then each of the M is in it with the probability m/M, and
the gradient of the M samples is the mean of those of its parts. So the mean of |g|, the slope along -g/|g|, is at least as large for m as
for M, for every loss. In a single draw it need not be: with the gradients 1 and 3 the first sample is less steep than both together.
By how much the mean square falls says `theory.line_search.sampling`.
"""

from functools import cache

from sympy import Eq, Expr, Lambda, Rational, Sum

from theory.evidence import Tight, at, mutant, proves
from theory.line_search.draws import DRAWS, by_draws, mean_inner, mean_length_is_large, mean_square_is_not_negative
from theory.line_search.sampling import SQUARE
from theory.line_search.steepness import UNBIASED, excess_is_the_variance, g
from theory.line_search.symbols import (
    A,
    G,
    M,
    batch_gradient,
    batch_gradient_2,
    drawn_2,
    draws,
    draws_2,
    e_1,
    e_2,
    i,
    j,
    m,
    part,
    part_gradient,
    part_probability,
    probability,
    probability_2,
)
from theory.linear_range.sizes import compared_sums
from theory.proof import (
    And,
    ForAll,
    Statement,
    Theorem,
    assume,
    cite,
    combine_words,
    conclude,
    conjunction,
    cut,
    equal_words,
    follows,
    generalize,
    instance,
    specialize,
    squared_norm,
)
from theory.proof.norms import size
from theory.proof.ranges import throughout

LARGER_DRAWS = And(i >= 1, i <= draws_2)
PARTS = (
    draws_2 >= 1,
    ForAll(i, LARGER_DRAWS, probability_2(i) >= 0),
    Eq(Sum(probability_2(i), (i, 1, draws_2)), 1),
    ForAll(i, LARGER_DRAWS, Eq(batch_gradient_2(i), A * drawn_2(i) / M)),
    draws >= 1,
    ForAll(i, LARGER_DRAWS, ForAll(j, DRAWS, part_probability(i, j) >= 0)),
    ForAll(i, LARGER_DRAWS, Eq(Sum(part_probability(i, j), (j, 1, draws)), 1)),
    ForAll(i, LARGER_DRAWS, ForAll(j, DRAWS, Eq(part_gradient(i, j), A * part(i, j) / m))),
    # each of the M samples is in the part with the probability m/M
    ForAll(i, LARGER_DRAWS, Eq(Sum(part_probability(i, j) * part(i, j), (j, 1, draws)), m * drawn_2(i) / M)),
)


def of_parts(value: Expr) -> Expr:
    """sum_i P_2(i) sum_j Q(i, j) x(i, j)."""
    return Sum(probability_2(i) * Sum(part_probability(i, j) * value, (j, 1, draws)), (i, 1, draws_2))


def of_larger(value: Expr) -> Expr:
    """sum_i P_2(i) x(i)."""
    return Sum(probability_2(i) * value, (i, 1, draws_2))


SLOPES = of_parts(size(part_gradient(i, j))) >= of_larger(size(batch_gradient_2(i)))
SQUARES = of_parts(squared_norm(part_gradient(i, j))) >= of_larger(squared_norm(batch_gradient_2(i)))
smaller = Statement((m >= 1, m <= M, *PARTS), And(SLOPES, SQUARES), source="mutschler-zell:text-smalleras")
# The samples 1 and 3 together, and one of them
ONE_OF_BOTH = {
    **{A: [[1, 3]], e_1: [[1], [0]], e_2: [[0], [1]], m: 1, M: 2, draws_2: 1, probability_2: Lambda(i, 1)},
    **{drawn_2: Lambda(i, e_1 + e_2), batch_gradient_2: Lambda(i, A * (e_1 + e_2) / 2), draws: 2},
    **{part_probability: Lambda((i, j), Rational(1, 2)), part: Lambda((i, j), (2 - j) * e_1 + (j - 1) * e_2)},
    part_gradient: Lambda((i, j), A * ((2 - j) * e_1 + (j - 1) * e_2)),
}
OPPOSED = {**ONE_OF_BOTH, A: [[1, -3]]}
ONLY_THE_FIRST = {draws: 1, part_probability: Lambda((i, j), 1), part: Lambda((i, j), e_1), part_gradient: Lambda((i, j), A * e_1)}


@cache
def _part_of_a_draw() -> tuple[Theorem, ...]:
    """In the draw i: sum_j Q(i, j) |eta(i, j)| >= |gamma_2(i)|, and the same of the squares."""
    mean = assume(UNBIASED)
    using = (excess_is_the_variance(), mean_inner(G, g, mean), mean_square_is_not_negative(g - G))
    square = follows(SQUARE >= squared_norm(G), draws >= 1, using=using, because="the variance is not negative")
    parts = {probability: Lambda(j, part_probability(i, j)), batch_gradient: Lambda(j, part_gradient(i, j)), G: batch_gradient_2(i)}
    own, given = assume(PARTS[3]), assume(PARTS[8])
    each = equal_words(
        part_probability(i, j) * part_gradient(i, j),
        part_probability(i, j) * A * part(i, j) / m,
        specialize(specialize(assume(PARTS[7]), i), j),
    )
    total = by_draws(each)
    joined = equal_words(total.then.rhs, A * Sum(part_probability(i, j) * part(i, j), (j, 1, draws)) / m, because="term by term")
    unbiased = Eq(total.then.lhs, batch_gradient_2(i))
    terms = ((1, total, 1), (1, joined, 1), (A / m, specialize(given, i), 1), (-1, specialize(own, i), 1))
    unbiased_there = combine_words(unbiased.lhs, unbiased.rhs, *terms)
    known = (unbiased_there, *(specialize(assume(h), i) for h in PARTS[5:7]))
    laws = [instance(one, parts) for one in (mean_length_is_large(g, mean), square)]
    return tuple(cut(one, *(k for k in known if k.then in one.given)) for one in laws)


@proves(
    smaller,
    witness=at(OPPOSED),
    mutants=[
        mutant(smaller.with_then(of_parts(size(part_gradient(i, j))) > of_larger(size(batch_gradient_2(i)))), ONE_OF_BOTH, "strictly"),
        mutant(
            smaller.with_then(ForAll(i, LARGER_DRAWS, ForAll(j, DRAWS, size(part_gradient(i, j)) >= size(batch_gradient_2(i))))),
            ONE_OF_BOTH,
            "every part",
        ),
        mutant(smaller.drop(PARTS[8]), {**ONE_OF_BOTH, **ONLY_THE_FIRST}, "a part that is chosen, not drawn"),
        mutant(
            smaller.with_then(of_parts(size(part_gradient(i, j))) >= M * of_larger(size(batch_gradient_2(i))) / m),
            ONE_OF_BOTH,
            "by the factor",
        ),
    ],
    tight=Tight(True, "where no two gradients point apart", smaller.with_then(Eq(*SLOPES.args)), at(ONE_OF_BOTH)),
)
def smaller_batches_are_steeper() -> Theorem:
    """The gradient of the M samples is the mean of those of its parts, and no mean is longer than the mean length."""
    likely, found = specialize(assume(PARTS[1]), i), []
    here = (throughout(cite("norm-nonnegative", part_gradient(i, j)), j, DRAWS), cite("norm-nonnegative", batch_gradient_2(i)))
    always = [known for one in here for known in (throughout(one, i, LARGER_DRAWS), generalize(one, i))]
    for one, total in zip(_part_of_a_draw(), (SLOPES, SQUARES), strict=True):
        less, more = probability_2(i) * one.then.args[1], probability_2(i) * one.then.args[0]
        each = follows(less <= more, using=(likely, one, *here), because="times P_2(i)")
        sums = compared_sums(throughout(each, i, LARGER_DRAWS), last=draws_2)
        mean = follows(total, using=(sums, *always), because="the mean over the draws")
        found.append(cut(mean, *(known for known in always if known.then in mean.given)))
    return conclude(conjunction(*found), smaller)
