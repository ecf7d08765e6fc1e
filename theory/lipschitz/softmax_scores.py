"""The loss of softmax regression, between linear functions: two inequalities, without a derivative. (section 5.2).

The loss is g(U) = (1/m) sum_i (log sum_j e^<e_j, U x_i> - <e_t(i), U x_i>), with the true classes t(i); softmax regression has the unit
vectors as the e_j, and nothing is asked of them here. Choose a class c(i) for each sample, and let V = sum_i (e_c(i) - e_t(i)) x_i'. Then

    g(U) >= <V, U>/m                 for every choice, because a logarithm is at least each of its scores;
    g(U) - g(W) <= <V, U - W>/m      for the classes that go farthest along U - W: no logarithm rises more than the scores of these.
"""

from functools import cache

from sympy import Eq, Expr, Function, Lambda, Sum, exp, log
from sympy.functions.elementary.complexes import transpose

from theory.linear_range.sizes import compared_sums
from theory.lipschitz.choices import CHOSEN, FARTHEST, IS_A_CHOICE, IS_CHOSEN, is_a_class, there_is_a_best_choice
from theory.lipschitz.log_sum_exp import CLASS, CLASSES, no_exponent_is_above, rises_no_more, total_is_positive
from theory.lipschitz.means_of_samples import SAMPLES, mean, means_of_both
from theory.lipschitz.symbols import choice, class_vector, heading, i, j, k, log_value, logit, m, params, params_2, row, t, true, x
from theory.proof import (
    And,
    ForAll,
    Theorem,
    assume,
    cut,
    equal_words,
    exhibit,
    follows,
    generalize,
    inner,
    instance,
    part,
    specialize,
    substitute,
)
from theory.proof.ranges import choose, throughout


def score(c: Expr, weights: Expr = params) -> Expr:
    """z_ic = <e_c, U x_i>."""
    return inner(class_vector(c), weights * x(i))


def one_loss(weights: Expr = params) -> Expr:
    """Cross-entropy of the sample i: log sum_j e^(z_ij) - z_it(i), which is -log of the true class's softmax value."""
    return log(Sum(exp(score(j, weights)), (j, 1, k))) - score(true(i), weights)


def cross_entropy(weights: Expr = params) -> Expr:
    """g(U), the mean of all samples."""
    return mean(one_loss(weights))


def away(vector: Expr) -> Expr:
    """(v - e_t(i)) x_i', for the vector v of a class."""
    return (vector - class_vector(true(i))) * transpose(x(i))


def total(vector: Expr) -> Sum:
    """V = sum_i (v_i - e_t(i)) x_i'."""
    return Sum(away(vector), (i, 1, m))


def _of_scores(theorem: Theorem, weights: Expr = params) -> Theorem:
    """With the scores for the exponents."""
    return instance(theorem, {logit: Lambda(j, score(j, weights))})


def _defined(*weights: Expr) -> tuple[Theorem, ...]:
    """The logarithm of one sample is."""
    return tuple(_of_scores(total_is_positive(), each) for each in weights)


def all_defined(*weights: Expr) -> tuple[Theorem, ...]:
    """The logarithms of all samples are, at these weights."""
    return tuple(throughout(one, i, SAMPLES) for one in _defined(*weights))


def _summed(each: Theorem, *weights: Expr) -> Theorem:
    """From an inequality for each sample: for the sums."""
    sums = compared_sums(throughout(each, i, SAMPLES), last=m)
    return cut(sums, *(generalize(one, i) for one in _defined(*weights)))


# Above: one vector a sample stands for the choice, that of the chosen class, in whatever way it is written

picked = Function("picked", commutative=False)
AMONG = ForAll(i, SAMPLES, is_a_class(picked(i)))
TOWARDS = Eq(heading, total(picked(i)), evaluate=False)


@cache
def above_a_linear_function() -> Theorem:
    """g(U) >= <V, U>/m."""
    some = specialize(assume(AMONG), i)
    words = (
        equal_words(inner(picked(i), params * x(i)), score(row), assume(some.then.args[2])),
        equal_words(inner(away(picked(i)), params), inner(picked(i), params * x(i)) - score(true(i))),
    )
    using = (_of_scores(no_exponent_is_above()), *words, *_defined(params))
    each = follows(inner(away(picked(i)), params) <= one_loss(), using=using, because="one of the scores")
    sums, along = _summed(cut(choose(some, each), *_defined(params)), params), inner(total(picked(i)), params)
    ends = (equal_words(sums.then.lhs, along, because="term by term"), equal_words(inner(heading, params), along, assume(TOWARDS)))
    using = (sums, *ends, *all_defined(params))
    return follows(cross_entropy() >= inner(heading, params) / m, m >= 1, using=using, because="the mean of all samples")


# Below

WAY = params - params_2
RISE = cross_entropy() - cross_entropy(params_2) <= inner(total(CHOSEN), WAY) / m


@cache
def rises_along_a_choice() -> Theorem:
    """There is a choice with g(U) - g(W) <= <V, U - W>/m."""
    exists = instance(there_is_a_best_choice(), {heading: WAY})
    some = specialize(assume(exists.then.args[2]), i)
    sums = _summed(_one_rises(some), params, params_2)
    means = means_of_both(one_loss(), one_loss(params_2), -1)
    ends = (
        cut(means, *(generalize(one, i) for one in _defined(params, params_2))),
        equal_words(sums.then.rhs, inner(total(CHOSEN), WAY), because="term by term"),
    )
    using = (sums, *ends, _is_a_choice(some), *all_defined(params, params_2))
    found = follows(And(IS_A_CHOICE, RISE), m >= 1, using=using, because="the mean of all samples")
    return choose(exists, exhibit(found, choice, choice, True, And(IS_A_CHOICE, RISE)))


def _one_rises(some: Theorem) -> Theorem:
    """The loss of one sample rises by at most <(C s_i - e_t(i)) x_i', U - W>."""
    known, gain = assume(some.then.args[2]), inner(CHOSEN, WAY * x(i))
    words = (
        equal_words(score(j) - score(j, params_2), inner(class_vector(j), WAY * x(i))),
        equal_words(gain, inner(class_vector(row), WAY * x(i)), part(known, IS_CHOSEN)),
        specialize(part(known, substitute(FARTHEST, {heading: WAY})), j),
    )
    each = throughout(follows(score(j) - score(j, params_2) <= gain, using=words, because="none goes farther"), j, CLASSES)
    letters = {logit: Lambda(j, score(j)), log_value: Lambda(j, score(j, params_2)), t: gain}
    own = equal_words(inner(away(CHOSEN), WAY), gain - score(true(i)) + score(true(i), params_2))
    using = (cut(instance(rises_no_more(), letters), each), own, *_defined(params, params_2))
    risen = follows(one_loss() - one_loss(params_2) <= inner(away(CHOSEN), WAY), using=using, because="less the true class's score")
    return cut(choose(some, risen), *_defined(params, params_2))


def _is_a_choice(some: Theorem) -> Theorem:
    """The matrix C is one."""
    own = part(assume(some.then.args[2]), IS_CHOSEN)
    own = follows(And(*CLASS.args, own.then), *CLASS.args, using=(own,))
    return throughout(choose(some, exhibit(own, row, row, *is_a_class(CHOSEN).args[1:])), i, SAMPLES)
