"""The bound of softmax regression is approached for every data set: a class for each sample, and weights that push it there. (section 5.2).

Take any class c(i) for each sample, and V = sum_i (e_c(i) - e_t(i)) x_i^T, with the true classes t(i). At the weights t V, for a large t,
the gradient G has at least the part <G, V> >= |V|^2/m - k/t along V. So |G| >= |V|/m - k/(t |V|) comes as close to |V|/m as one likes: the
bound (1/m) max_c |sum_i (e_c(i) - e_t(i)) x_i^T| of `softmax_gradient` is the least one, for every data set. Nothing is asked of the
samples, and no choice of classes needs to be the best.
"""

from functools import cache, partial

from sympy import Eq, Expr, Function, Integer, Lambda, Mul, Sum, Symbol, exp
from sympy.functions.elementary.complexes import transpose

from theory.evidence import at, extends, mutant
from theory.linear_range.sizes import compared_sums
from theory.lipschitz.cross_entropy import exponentials, logistic
from theory.lipschitz.exponential import faster_than_a_line
from theory.lipschitz.means_of_samples import SAMPLES, along_itself, mean, sum_of_equals
from theory.lipschitz.softmax_gradient import BEST, CLASSES, GRADIENT, LOGIT, LOGITS, OUTPUTS, REGRESSION, SOFTMAX, TERM, shares
from theory.lipschitz.symbols import A, G, W, best, class_units, data, heading, i, j, k, logit, m, output, t, true, x_i
from theory.proof import (
    And,
    ColumnOf,
    ForAll,
    Statement,
    Theorem,
    assume,
    cite,
    conclude,
    cut,
    equal_words,
    follows,
    identity,
    inner,
    instance,
    specialize,
    squared_norm,
    substitute,
)
from theory.proof.norms import size
from theory.proof.ranges import throughout

CHOICES = ForAll(i, SAMPLES, And(best(i) >= 1, best(i) <= k, true(i) >= 1, true(i) <= k))
TOWARDS = Eq(heading, Sum(BEST, (i, 1, m)), evaluate=False)  # V
ON_THE_RAY = Eq(W, t * heading, evaluate=False)
RAY = (*REGRESSION, CHOICES, TOWARDS, t > 0, ON_THE_RAY)
along_the_ray = Statement(RAY, size(heading) * size(G) >= squared_norm(heading) / m - k / t)


def part_along(c: Expr) -> Expr:
    """q_ic = <V, e_c x_i^T>: the logit of the class c, divided by t."""
    return inner(heading, ColumnOf(class_units, c) * transpose(x_i))


# One sample 1 of the second class, pushed to the first: at W = (1/2, -1/2) its softmax value is s(1) = 0.73
ONE, FOUR = Integer(1), Integer(4)
PUSHED = {
    m: 1,
    k: 2,
    class_units: [[1, 0], [0, 1]],
    data: [[1]],
    true: Lambda(i, 2),
    best: Lambda(i, 1),
    heading: [[1], [-1]],
    t: ONE / 2,
    W: [[ONE / 2], [-ONE / 2]],
    logit: Lambda((i, j), (3 - 2 * j) / 2),
    output: Lambda((i, j), logistic(3 - 2 * j)),
    A: [[logistic(ONE)], [logistic(-ONE)]],
    G: [[logistic(ONE)], [logistic(-ONE) - 1]],
}
ASIDE = {
    **PUSHED,
    heading: [[-1], [1]],
    t: 2,
    W: [[-2], [2]],
    logit: Lambda((i, j), -2 * (3 - 2 * j)),
    output: Lambda((i, j), logistic(-4 * (3 - 2 * j))),
    A: [[logistic(-FOUR)], [logistic(FOUR)]],
    G: [[logistic(-FOUR)], [logistic(FOUR) - 1]],
}


def softmax_of_two(point: dict) -> Theorem:
    """With the logits z and -z, e^z/(e^z + e^-z) is s(2 z)."""
    first, second = (substitute(point[logit].expr, {j: c}) for c in (1, 2))
    total = Sum(exp(point[logit].expr), (j, 1, 2))
    known = [equal_words(total, exp(first) + exp(second)), identity(Mul(exp(first), exp(second), evaluate=False), 1)]
    known += [identity(exp(2 * z), Mul(exp(z), exp(z), evaluate=False)) for z in (first, second)]
    values = And(*(Eq(logistic(2 * z), exp(z) / total) for z in (first, second)))
    return follows(values, using=(*known, *exponentials(first), *exponentials(second)), because="divided by e^-z")


_share, _part = Function("p", real=True), Function("q", real=True)
_most, _gap = Symbol("r", real=True), Symbol("f", real=True)


@cache
def _mean_is_nearly() -> Theorem:
    """From p_j (r - q_j) <= f for k shares p_j that sum to 1: sum_j p_j q_j >= r - k f."""
    everyone, shared, reached = And(i >= 1, i <= k), Sum(_share(i), (i, 1, k)), Sum(_share(i) * _part(i), (i, 1, k))
    near = assume(ForAll(i, everyone, _share(i) * (_most - _part(i)) <= _gap))
    each = follows(_share(i) * _most - _share(i) * _part(i) <= _gap, using=(specialize(near, i),))
    sums = compared_sums(throughout(each, i, everyone), last=k)
    apart = equal_words(sums.then.lhs, _most * shared - reached)
    using = (sums, apart, sum_of_equals(_gap, k))
    return follows(reached >= _most - k * _gap, Eq(shared, 1), k >= 1, using=using, because="k times at most f")


@cache
def _one_class() -> Theorem:
    """a_ij (q_ic - q_ij) <= 1/t: the softmax value is at most e^-u, with u = t (q_ic - q_ij), and u < e^u."""
    own, chosen = LOGIT, logit(i, best(i))
    first = cite("part-of-sum", exp(LOGIT), j, k, best(i))
    gap = chosen - own
    whole = identity(Mul(exp(gap), exp(own), evaluate=False), exp(chosen))
    share = specialize(specialize(assume(SOFTMAX), i), j)
    parts = []
    for c in (j, best(i)):
        here = specialize(specialize(assume(LOGITS), i), c)
        written = equal_words(inner(ColumnOf(class_units, c), W * x_i), t * part_along(c), assume(ON_THE_RAY))
        parts += [here, written]
    bound = output(i, j) * (part_along(best(i)) - part_along(j)) <= 1 / t
    known = (first, whole, share, *parts, *faster_than_a_line(gap), *exponentials(own), *exponentials(chosen))
    return follows(bound, t > 0, using=known, because="u < e^u")


@extends(
    "yedida-saha:softmax-l",
    along_the_ray,
    witness=at(PUSHED, partial(softmax_of_two, PUSHED)),
    mutants=[
        mutant(
            along_the_ray.with_then(size(heading) * size(G) >= squared_norm(heading) / m),
            PUSHED,
            "it is reached",
            partial(softmax_of_two, PUSHED),
        ),
        mutant(along_the_ray.drop(TOWARDS), ASIDE, "another direction", partial(softmax_of_two, ASIDE)),
        mutant(
            along_the_ray.with_then(size(heading) * size(G) >= squared_norm(heading) / m - 1 / (8 * t)),
            PUSHED,
            "1/8 for k",
            partial(softmax_of_two, PUSHED),
        ),
    ],
)
def the_gradient_along_the_ray() -> Theorem:
    """Each sample's mean of the q_ij is within k/t of the q_ic of its chosen class."""
    chosen, reach = part_along(best(i)), Sum(output(i, j) * part_along(j), (j, 1, k))
    mixed = instance(_mean_is_nearly(), {_share: Lambda(j, output(i, j)), _part: Lambda(j, part_along(j)), _most: chosen, _gap: 1 / t})
    mixed = _renamed(mixed, throughout(_one_class(), j, CLASSES))
    outputs = specialize(assume(OUTPUTS), i)
    along = inner(heading, ColumnOf(A, i) * transpose(x_i))
    words = (
        equal_words(along, reach, outputs, because="the outputs are means"),
        equal_words(inner(heading, TERM), along - part_along(true(i))),
        equal_words(inner(heading, BEST), chosen - part_along(true(i))),
        equal_words(mixed.then.lhs, reach),
    )
    each = follows(inner(heading, BEST) - k / t <= inner(heading, TERM), t > 0, using=(mixed, *words), because="less the true class")
    each = cut(each, specialize(assume(CHOICES), i))
    sums = compared_sums(throughout(each, i, SAMPLES), last=m)
    gradient, total = mean(TERM), Sum(BEST, (i, 1, m))
    ends = (
        equal_words(inner(heading, gradient), mean(inner(heading, TERM)), because="term by term"),
        equal_words(sums.then.lhs, inner(heading, total) - Sum(k / t, (i, 1, m)), because="term by term"),
        sum_of_equals(k / t, m),
        along_itself(heading, total),
        equal_words(inner(heading, G), inner(heading, gradient), assume(GRADIENT)),
    )
    lengths = (cite("cauchy-schwarz", heading, G), cite("norm-nonnegative", heading), cite("norm-nonnegative", G))
    using = (sums, *ends, *lengths)
    return conclude(follows(along_the_ray.then, m >= 1, t > 0, using=using, because="Cauchy-Schwarz"), along_the_ray)


def _renamed(mixed: Theorem, near: Theorem) -> Theorem:
    """The mean of the q_ij, with all that it needs said of its own index."""
    index = mixed.then.lhs.limits[0][0]  # bound names differ
    near = throughout(specialize(near, index), index, And(index >= 1, index <= k))
    one = shares()[1]
    total = equal_words(Sum(output(i, index), (index, 1, k)), one.then.lhs)
    return cut(mixed, near, follows(Eq(total.then.lhs, 1), using=(total, one)))
