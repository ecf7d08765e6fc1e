"""The Lipschitz constant of softmax regression: a largest sum over choices of classes, not |X|(k - 1)/k. (section 5.2).

The gradient is the mean of (a_i - e_t) x_i^T, with the softmax outputs a_i of the sample i, and its true class t. The outputs are means of
the unit vectors e_j, so none goes farther in the gradient's own direction than the best of these: a class for each sample. The printed
constant is passed by one sample that is confidently wrong.
"""

from functools import cache

from sympy import Eq, Expr, Function, Integer, Lambda, Ne, Rational, Sum, Symbol, exp, log
from sympy.functions.elementary.complexes import transpose

from theory.evidence import Tight, at, mutant, proves, refutes
from theory.linear_range.sizes import compared_sums
from theory.lipschitz.cross_entropy import exponentials
from theory.lipschitz.means_of_samples import SAMPLES, at_most_the_mean, mean
from theory.lipschitz.softmax_slopes import no_maximum_at_two
from theory.lipschitz.symbols import A, G, W, best, class_units, data, i, j, k, logit, m, output, true, x_i
from theory.proof import (
    And,
    ColumnOf,
    ForAll,
    Refutation,
    Statement,
    Theorem,
    assume,
    cite,
    conclude,
    counterexample,
    cut,
    equal_words,
    follows,
    inner,
    instance,
    specialize,
    sum_congruence,
)
from theory.proof.norms import size
from theory.proof.ranges import throughout

CLASSES = And(j >= 1, j <= k)
LOGIT = logit(i, j)
TOTAL = Sum(exp(LOGIT), (j, 1, k))
LOGITS = ForAll(i, SAMPLES, ForAll(j, CLASSES, Eq(LOGIT, inner(ColumnOf(class_units, j), W * x_i))))
SOFTMAX = ForAll(i, SAMPLES, ForAll(j, CLASSES, Eq(output(i, j), exp(LOGIT) / TOTAL)))
OUTPUTS = ForAll(i, SAMPLES, Eq(ColumnOf(A, i), Sum(output(i, j) * ColumnOf(class_units, j), (j, 1, k)), evaluate=False))
UNITS = Eq(transpose(class_units) * class_units, 1, evaluate=False)
TERM = (ColumnOf(A, i) - ColumnOf(class_units, true(i))) * transpose(x_i)
GRADIENT = Eq(G, mean(TERM), evaluate=False)


def along(c: Expr) -> Expr:
    """<G, e_c x_i^T>."""
    return inner(G, ColumnOf(class_units, c) * transpose(x_i))


FARTHEST = ForAll(i, SAMPLES, ForAll(j, CLASSES, along(j) <= along(best(i))))
BEST = (ColumnOf(class_units, best(i)) - ColumnOf(class_units, true(i))) * transpose(x_i)
REGRESSION = (m >= 1, k >= 2, UNITS, LOGITS, SOFTMAX, OUTPUTS, GRADIENT)

printed = Statement(REGRESSION, size(G) <= (k - 1) / (k * m) * size(data), source="yedida-saha:softmax-l")
amended = printed.amend(
    given=(*REGRESSION, FARTHEST),
    then=size(G) <= size(Sum(BEST, (i, 1, m))) / m,
    why="The gradient is at most |sum_i (e_c(i) - e_t(i)) x_i^T|/m, with the best class c(i) of each sample: so L is at most the largest "
    "of these norms.",
)
WRONG = {
    m: 1,
    k: 2,
    class_units: [[1, 0], [0, 1]],
    W: [[log(3)], [0]],
    data: [[1]],
    A: [[Rational(3, 4)], [Rational(1, 4)]],
    logit: Lambda((i, j), (2 - j) * log(3)),
    output: Lambda((i, j), Rational(5, 4) - j / 2),
    true: Lambda(i, 2),
    G: [[Rational(3, 4)], [-Rational(3, 4)]],
}
ONE = {**WRONG, best: Lambda(i, 1)}


@refutes(printed, why="One sample x = 1, two classes, softmax values 3/4 and 1/4, the second is true: |gradient| = 1.06, printed is 1/2.")
def one_sample_that_is_wrong() -> Refutation:
    """The weights log 3 and 0."""
    return counterexample(printed, WRONG)


_share, _reach = Function("p", real=True), Function("q", real=True)
_most, _factor = Symbol("r", real=True), Symbol("f", real=True)


@cache
def _mean_is_at_most() -> Theorem:
    """From p_j >= 0, sum p_j = 1 and q_j <= r: sum p_j q_j <= r."""
    everyone = And(i >= 1, i <= k)
    positive, below = ForAll(i, everyone, _share(i) >= 0), ForAll(i, everyone, _reach(i) <= _most)
    known = (specialize(assume(positive), i), specialize(assume(below), i))
    each = follows(_share(i) * _reach(i) <= _share(i) * _most, using=known, because="times p_i")
    sums = compared_sums(throughout(each, i, everyone), last=k)
    out = equal_words(Sum(_share(i) * _most, (i, 1, k)), _most * Sum(_share(i), (i, 1, k)))
    one = Eq(Sum(_share(i), (i, 1, k)), 1)
    return follows(Sum(_share(i) * _reach(i), (i, 1, k)) <= _most, one, using=(sums, out), because="the shares sum to 1")


@cache
def shares() -> tuple[Theorem, Theorem]:
    """a_ij >= 0 for each class, and their sum over the classes is 1, for one sample."""
    whole = specialize(assume(SOFTMAX), i)
    first = cite("part-of-sum", exp(LOGIT), j, k, Integer(1))
    positive = follows(TOTAL > 0, k >= 2, using=(first, *exponentials(-LOGIT.subs(j, 1))), because="e^z > 0")
    share = follows(output(i, j) >= 0, using=(specialize(whole, j), positive, *exponentials(-LOGIT)), because="e^z > 0")
    out = equal_words(Sum(_share(j) * _factor, (j, 1, k)), _factor * Sum(_share(j), (j, 1, k)))
    out = instance(out, {_share: Lambda(j, exp(LOGIT)), _factor: 1 / TOTAL})
    one = follows(Eq(Sum(output(i, j), (j, 1, k)), 1), using=(sum_congruence(whole), out, positive), because="all, divided by all")
    return throughout(share, j, CLASSES), cut(one, follows(Ne(TOTAL, 0), using=(positive,)))


@proves(
    amended,
    witness=at(ONE),
    mutants=[
        mutant(amended.with_then(size(G) <= size(Sum(BEST, (i, 1, m))) / (2 * m)), ONE, "half of it"),
        mutant(amended.drop(SOFTMAX), {**ONE, output: Lambda((i, j), 5 - 3 * j), A: [[2], [-1]], G: [[2], [-2]]}, "outputs below 0"),
    ],
    tight=Tight(True, "for two classes and one sample 1 the gradient comes as close to it as one likes", shown=no_maximum_at_two),
)
def the_best_classes() -> Theorem:
    """For each sample the mean of <G, e_j x^T> is at most the largest."""
    outputs, farthest = specialize(assume(OUTPUTS), i), specialize(assume(FARTHEST), i)
    reached = equal_words(inner(G, TERM), inner(G, ColumnOf(A, i) * transpose(x_i)) - along(true(i)))
    spread = equal_words(
        inner(G, ColumnOf(A, i) * transpose(x_i)), Sum(output(i, j) * along(j), (j, 1, k)), outputs, because="the outputs are means"
    )
    mixed = instance(_mean_is_at_most(), {_share: Lambda(j, output(i, j)), _reach: Lambda(j, along(j)), _most: along(best(i))})
    positive, one = shares()
    index = mixed.then.lhs.limits[0][0]  # bound names differ
    everyone = And(index >= 1, index <= k)
    renamed = [throughout(specialize(fact, index), index, everyone) for fact in (positive, farthest)]
    total = equal_words(Sum(output(i, index), (index, 1, k)), Sum(output(i, j), (j, 1, k)))
    mixed = cut(mixed, *renamed, follows(Eq(Sum(output(i, index), (index, 1, k)), 1), using=(total, one)))
    same = equal_words(mixed.then.lhs, spread.then.rhs)
    apart = equal_words(inner(G, BEST), along(best(i)) - along(true(i)))
    each = follows(inner(G, TERM) <= inner(G, BEST), using=(reached, spread, same, mixed, apart), because="the mean is at most the largest")
    return conclude(at_most_the_mean(G, TERM, BEST, each), amended)
