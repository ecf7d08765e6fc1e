"""The Lipschitz constants of softmax regression: L >= 0 is one exactly if no choice of a class a sample has a sum above m L. (section 5.2).

The loss is g(U) = (1/m) sum_i (log sum_j e^<e_j, U x_i> - <e_t(i), U x_i>), with the true classes t(i). So its least Lipschitz constant is
(1/m) max_c |sum_i (e_c(i) - e_t(i)) x_i'|, over all choices of a class c(i) for each sample, for every data set: with repeated samples or
samples that are 0, separable or not. Softmax regression has the unit vectors as the e_j; nothing is asked of them here.

No derivative is needed. For a choice with the sum V, each logarithm is at least the score of the chosen class, so g(U) >= <V, U>/m: along V
the loss rises at least at the rate |V|/m in the long run. And a logarithm rises by no more than the score that rises most: from W to U the
loss rises by at most <V, U - W>/m, for the choice of the classes that go farthest along U - W.
"""

from functools import cache, partial

from sympy import Abs, Eq, Expr, Function, Integer, Lambda, Rational, Sum, exp, log
from sympy import S as TRUTH
from sympy.functions.elementary.complexes import transpose

from theory.evidence import at, extends, mutant
from theory.linear_range.sizes import compared_sums
from theory.lipschitz.choices import (
    CHOSEN,
    FARTHEST,
    IS_A_CHOICE,
    IS_CHOSEN,
    ORTHOGONAL,
    UNITS,
    is_a_class,
    there_is_a_best_choice,
)
from theory.lipschitz.log_sum_exp import CLASS, CLASSES, log_of_softmax, no_exponent_is_above, rises_no_more, total_is_positive
from theory.lipschitz.means_of_samples import SAMPLES, mean
from theory.lipschitz.softmax_approached import CHOICES
from theory.lipschitz.symbols import (
    L,
    best,
    choice,
    class_vector,
    heading,
    i,
    j,
    k,
    log_value,
    logit,
    loss,
    m,
    params,
    params_2,
    row,
    sample_unit,
    t,
    true,
    u,
    x,
)
from theory.lipschitz.weight_change import LIPSCHITZ
from theory.proof import (
    And,
    Exists,
    ForAll,
    Implies,
    Statement,
    Theorem,
    absurd,
    assume,
    cite,
    conclude,
    conjunction,
    cut,
    discharge,
    equal_words,
    exhibit,
    follows,
    generalize,
    inner,
    instance,
    part,
    specialize,
    squared_norm,
    substitute,
)
from theory.proof.norms import size
from theory.proof.ranges import choose, throughout

OTHER = params_2


def score(c: Expr, weights: Expr = params) -> Expr:
    """z_ic = <e_c, U x_i>."""
    return inner(class_vector(c), weights * x(i))


def one_loss(weights: Expr = params) -> Expr:
    """Cross-entropy of the sample i, -log a_it(i) with the softmax values a_ij: log sum_j e^(z_ij) - z_it(i)."""
    return log(Sum(exp(score(j, weights)), (j, 1, k))) - score(true(i), weights)


def cross_entropy(weights: Expr = params) -> Expr:
    """g(U), the mean of all samples."""
    return mean(one_loss(weights))


def away(vector: Expr) -> Expr:
    """(v - e_t(i)) x_i', for the vector v of a class."""
    return (vector - class_vector(true(i))) * transpose(x(i))


def total(vector: Expr) -> Sum:
    """sum_i (v_i - e_t(i)) x_i'."""
    return Sum(away(vector), (i, 1, m))


LIPSCHITZ_LOSS = substitute(LIPSCHITZ, {loss: Lambda(params, cross_entropy())})

# The loss is that of equation 19: -log of a softmax value

SOFTMAX_VALUE = exp(score(true(i))) / Sum(exp(score(j)), (j, 1, k))
same_loss = Statement((k >= 1,), Eq(-log(SOFTMAX_VALUE), one_loss()))


def _of_scores(theorem: Theorem, weights: Expr = params) -> Theorem:
    """With the scores for the exponents."""
    return instance(theorem, {logit: Lambda(j, score(j, weights))})


def the_loss_without_a_quotient() -> Theorem:
    """log(a/b) = log a - log b."""
    return conclude(instance(_of_scores(log_of_softmax()), {row: true(i)}), same_loss)


# Every choice's sum is a lower bound. One vector a sample stands for the choice: of the chosen class, in whatever way it is written

_picked = Function("picked", commutative=False)
AMONG = ForAll(i, SAMPLES, is_a_class(_picked(i)))
BELOW = size(heading) <= m * L
below = Statement((m >= 1, k >= 1, CHOICES, Eq(heading, total(class_vector(best(i))), evaluate=False), L >= 0, LIPSCHITZ_LOSS), BELOW)
_below = Statement((m >= 1, k >= 1, AMONG, Eq(heading, total(_picked(i)), evaluate=False), L >= 0, LIPSCHITZ_LOSS), BELOW)


def _defined(*weights: Expr) -> tuple[Theorem, ...]:
    """The logarithm of one sample is."""
    return tuple(_of_scores(total_is_positive(), each) for each in weights)


def _all_defined(*weights: Expr) -> tuple[Theorem, ...]:
    """Those of all samples are."""
    return tuple(throughout(one, i, SAMPLES) for one in _defined(*weights))


def _summed(each: Theorem, *weights: Expr) -> Theorem:
    """From an inequality for each sample: for the sums."""
    sums = compared_sums(throughout(each, i, SAMPLES), last=m)
    return cut(sums, *(generalize(one, i) for one in _defined(*weights)))


@cache
def _above_a_linear_function() -> Theorem:
    """g(U) >= <V, U>/m: each logarithm is at least the score of the chosen class."""
    some = specialize(assume(AMONG), i)
    words = (
        equal_words(inner(_picked(i), params * x(i)), score(row), assume(some.then.args[2])),
        equal_words(inner(away(_picked(i)), params), inner(_picked(i), params * x(i)) - score(true(i))),
    )
    known = (_of_scores(no_exponent_is_above()), *words, *_defined(params))
    each = follows(inner(away(_picked(i)), params) <= one_loss(), using=known, because="one of the scores")
    sums = _summed(cut(choose(some, each), *_defined(params)), params)
    along = inner(total(_picked(i)), params)
    ends = (equal_words(sums.then.lhs, along, because="term by term"), equal_words(inner(heading, params), along, assume(_below.given[3])))
    using = (sums, *ends, *_all_defined(params))
    return follows(cross_entropy() >= inner(heading, params) / m, m >= 1, using=using, because="the mean of all samples")


@cache
def _each_is_below() -> Theorem:
    """From V to (1 + t) V the loss would rise by more than L t |V|, for t = (|g(V)| + 1)/(|V|^2/m - L |V|)."""
    length, supposed = size(heading), size(heading) > m * L
    near, far = heading, (1 + t) * heading
    here, there, slope = cross_entropy(near), cross_entropy(far), length * (length / m - L)
    words = (
        cite("norm-nonnegative", heading),
        equal_words(inner(heading, far), (1 + t) * squared_norm(heading)),
        equal_words(squared_norm(far - near), t**2 * squared_norm(heading)),
    )
    known, distance = (*words, *_all_defined(near, far)), Eq(t, (Abs(here) + 1) / slope)
    ranges = (m >= 1, L >= 0, supposed)
    steep = follows(And(slope > 0, length > 0), *ranges, using=words[:1], because="|V| > m L")
    ahead = follows(And(t > 0, Eq(t * slope, Abs(here) + 1)), m >= 1, distance, using=(steep, *known))
    change = specialize(specialize(assume(LIPSCHITZ_LOSS), far), near)
    most = follows(there - here <= L * t * length, L >= 0, using=(change, ahead, steep, *known), because="L is a Lipschitz constant")
    least = instance(_above_a_linear_function(), {params: far})
    least = follows(there >= (1 + t) * length**2 / m, m >= 1, using=(least, steep, *known), because="|V|^2 along V")
    clash = follows(TRUTH.false, m >= 1, using=(most, least, ahead, steep, *known), because="t (|V|^2/m - L |V|) > |g(V)|")
    clash = instance(clash, {t: distance.rhs})
    sides = (h for h in clash.given if h not in (*_below.given, supposed))
    using = (steep, *words[:1], *_all_defined(near))
    clash = cut(clash, *(follows(h, *ranges, using=using) for h in sides))
    most = follows(BELOW, using=(absurd(clash, supposed), *words[:1]), because="it is not more")
    return conclude(cut(most, *words[:1]), _below)


@cache
def every_choice_is_below() -> Theorem:
    """The vectors of the chosen classes are vectors of classes."""
    own = class_vector(best(i))
    ranges = follows(And(best(i) >= 1, best(i) <= k), using=(specialize(assume(CHOICES), i),))
    some = exhibit(ranges, row, best(i), *is_a_class(own).args[1:])
    return conclude(cut(instance(_each_is_below(), {_picked: Lambda(i, own)}), throughout(some, i, SAMPLES)), below)


# They are all that is needed

TRUE_CLASSES = ForAll(i, SAMPLES, And(true(i) >= 1, true(i) <= k))
NOT_ABOVE = ForAll(choice, IS_A_CHOICE, size(total(CHOSEN)) <= m * L)
exact = Statement(
    (m >= 1, k >= 1, TRUE_CLASSES, UNITS, ORTHOGONAL, L >= 0),
    And(Implies(LIPSCHITZ_LOSS, NOT_ABOVE), Implies(NOT_ABOVE, LIPSCHITZ_LOSS)),
)
WAY = params - OTHER


def _each_is_needed() -> Theorem:
    """The sum of the choice C is at most m L."""
    one = instance(instance(_each_is_below(), {_picked: Lambda(i, CHOSEN)}), {heading: total(CHOSEN)})
    return discharge(generalize(one, choice, IS_A_CHOICE), LIPSCHITZ_LOSS)


def _one_rises_no_more(some: Theorem) -> Theorem:
    """The loss of one sample rises by at most <(C s_i - e_t(i)) x_i', U - V>."""
    known, gain = assume(some.then.args[2]), inner(CHOSEN, WAY * x(i))
    words = (
        equal_words(score(j) - score(j, OTHER), inner(class_vector(j), WAY * x(i))),
        equal_words(gain, inner(class_vector(row), WAY * x(i)), part(known, IS_CHOSEN)),
        specialize(part(known, substitute(FARTHEST, {heading: WAY})), j),
    )
    each = throughout(follows(score(j) - score(j, OTHER) <= gain, using=words, because="none goes farther"), j, CLASSES)
    letters = {logit: Lambda(j, score(j)), log_value: Lambda(j, score(j, OTHER)), t: gain}
    own = equal_words(inner(away(CHOSEN), WAY), gain - score(true(i)) + score(true(i), OTHER))
    using = (cut(instance(rises_no_more(), letters), each), own, *_defined(params, OTHER))
    risen = follows(one_loss() - one_loss(OTHER) <= inner(away(CHOSEN), WAY), using=using, because="less the true class's score")
    return cut(choose(some, risen), *_defined(params, OTHER))


def _chosen_is_a_class(some: Theorem) -> Theorem:
    """C is a choice."""
    own = part(assume(some.then.args[2]), IS_CHOSEN)
    own = follows(And(*CLASS.args, own.then), *CLASS.args, using=(own,))
    return throughout(choose(some, exhibit(own, row, row, *is_a_class(CHOSEN).args[1:])), i, SAMPLES)


@cache
def _rises_no_more() -> Theorem:
    """g(U) - g(V) <= L |U - V|."""
    exists = instance(there_is_a_best_choice(), {heading: WAY})
    some = specialize(assume(exists.then.args[2]), i)
    sums = _summed(_one_rises_no_more(some), params, OTHER)
    means = equal_words(Sum(logit(i) - log_value(i), (i, 1, m)), m * (mean(logit(i)) - mean(log_value(i))), because="term by term")
    means = instance(means, {logit: Lambda(i, one_loss()), log_value: Lambda(i, one_loss(OTHER))})
    ends = (
        cut(means, *(generalize(one, i) for one in _defined(params, OTHER))),
        equal_words(sums.then.rhs, inner(total(CHOSEN), WAY), because="term by term"),
        cite("cauchy-schwarz", total(CHOSEN), WAY),
        *(cite("norm-nonnegative", word) for word in (total(CHOSEN), WAY)),
        *_all_defined(params, OTHER),
    )
    short = cut(specialize(assume(NOT_ABOVE), choice), _chosen_is_a_class(some))
    rise = cross_entropy() - cross_entropy(OTHER) <= L * size(WAY)
    risen = choose(exists, follows(rise, m >= 1, L >= 0, using=(sums, short, *ends), because="Cauchy-Schwarz"))
    sides = (h for h in risen.given if h not in (*exact.given, NOT_ABOVE))
    known = (cite("norm-nonnegative", WAY), *_all_defined(params, OTHER))
    return cut(risen, *(follows(h, m >= 1, using=known) for h in sides))


def _no_more_is_needed() -> Theorem:
    """From V to U, and from U to V."""
    there = _rises_no_more()
    back = instance(there, {params: OTHER, OTHER: params})
    words = (equal_words(squared_norm(OTHER - params), squared_norm(WAY)), cite("norm-nonnegative", WAY), *_all_defined(params, OTHER))
    body = LIPSCHITZ_LOSS.args[2].args[2]
    both = follows(body, m >= 1, L >= 0, using=(there, back, *words), because="|g(U) - g(V)| <= L |U - V|")
    return discharge(generalize(generalize(both, OTHER), params), NOT_ABOVE)


def the_lipschitz_constants() -> Theorem:
    """Along a choice's sum, and from any weights to any other."""
    return conclude(conjunction(_each_is_needed(), _no_more_is_needed()), exact)
