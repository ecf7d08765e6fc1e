"""The Lipschitz constants of softmax regression: L >= 0 is one exactly if no choice of a class a sample has a sum above m L. (section 5.2).

The loss of the weights U is the mean of log sum_j e^<e_j, U x_i> - <e_t(i), U x_i>, with the true classes t(i) and any vectors e_j for the
classes: with unit vectors, softmax regression.
"""

from functools import cache

from sympy import Abs, Eq, Expr, Function, Integer, Lambda, Mul, Sum, Symbol, exp, log
from sympy import S as TRUTH
from sympy.functions.elementary.complexes import transpose

from theory.linear_range.sizes import compared_sums
from theory.lipschitz.cross_entropy import exponentials
from theory.lipschitz.exponential import faster_than_a_line
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
    node_h,
    params,
    params_2,
    row,
    sample_unit,
    t,
    true,
    unit_q,
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
    identity,
    inner,
    instance,
    rewrite,
    specialize,
    squared_norm,
    substitute,
)
from theory.proof.norms import size
from theory.proof.ranges import choose, throughout, up_to


def score(c: Expr, weights: Expr = params) -> Expr:
    """z_ic = <e_c, U x_i>."""
    return inner(class_vector(c), weights * x(i))


def sum_of_powers(weights: Expr = params) -> Sum:
    """sum_j e^(z_ij)."""
    return Sum(exp(score(j, weights)), (j, 1, k))


def one_loss(weights: Expr = params) -> Expr:
    """-log a_it(i), where a_ij is the softmax value e^(z_ij)/sum_h e^(z_ih)."""
    return log(sum_of_powers(weights)) - score(true(i), weights)


def cross_entropy(weights: Expr = params) -> Expr:
    """The loss of all samples."""
    return mean(one_loss(weights))


def apart(vector: Expr) -> Expr:
    """(v - e_t(i)) x_i', for the vector v of a class."""
    return (vector - class_vector(true(i))) * transpose(x(i))


LIPSCHITZ_LOSS = substitute(LIPSCHITZ, {loss: Lambda(params, cross_entropy())})
TOWARDS = Eq(heading, Sum(apart(class_vector(best(i))), (i, 1, m)), evaluate=False)

# Every choice's sum is a lower bound

below = Statement((m >= 1, k >= 2, CHOICES, TOWARDS, L >= 0, LIPSCHITZ_LOSS), size(heading) <= m * L)

_lower, _upper = Symbol("r", real=True), Symbol("f", real=True)
TOTAL = Sum(exp(logit(j)), (j, 1, k))


@cache
def _logarithm_increases() -> Theorem:
    """From e^a <= e^b: a <= b."""
    gap = _lower - _upper
    whole = identity(Mul(exp(gap), exp(_upper), evaluate=False), exp(_lower))
    known = (whole, *faster_than_a_line(gap), *exponentials(-_upper))
    return follows(_lower <= _upper, exp(_lower) <= exp(_upper), using=known, because="e^u > 1 for u > 0")


@cache
def _positive() -> Theorem:
    """A sum of powers of e."""
    first = cite("part-of-sum", exp(logit(j)), j, k, Integer(1))
    some = follows(TOTAL > 0, k >= 1, using=(first, *exponentials(-logit(1))), because="e^z > 0")
    return conclude(some, Statement((k >= 1,), some.then))


CLASS = And(row >= 1, row <= k)


@cache
def _no_logit_is_above() -> Theorem:
    """z_p <= log sum_j e^(z_j)."""
    own = cite("part-of-sum", exp(logit(j)), j, k, row)
    larger = instance(_logarithm_increases(), {_lower: logit(row), _upper: log(TOTAL)})
    larger = cut(larger, follows(larger.given[0], using=(own,)), _positive())
    return conclude(larger, Statement((k >= 1, *CLASS.args), larger.then))


_picked = Function("picked", commutative=False)


def is_a_class(vector: Expr) -> Exists:
    """The vector of one of the classes."""
    return Exists(row, CLASS, Eq(vector, class_vector(row), evaluate=False))


AMONG = ForAll(i, SAMPLES, is_a_class(_picked(i)))
_TOWARDS = Eq(heading, Sum(apart(_picked(i)), (i, 1, m)), evaluate=False)
_BELOW = Statement((m >= 1, k >= 1, AMONG, _TOWARDS, L >= 0, LIPSCHITZ_LOSS), size(heading) <= m * L)


def _defined(weights: Expr) -> Theorem:
    """The loss of each sample is."""
    return instance(_positive(), {logit: Lambda(j, score(j, weights))})


def _all_defined(*weights: Expr) -> tuple[Theorem, ...]:
    """So is the mean."""
    return tuple(throughout(_defined(w), i, SAMPLES) for w in weights)


@cache
def _above_a_linear_function() -> Theorem:
    """g(U) >= <V, U>/m: the logarithm is at least the logit of the chosen class."""
    one = instance(_no_logit_is_above(), {logit: Lambda(j, score(j))})
    some = specialize(assume(AMONG), i)
    same = equal_words(inner(_picked(i), params * x(i)), score(row), assume(some.then.args[2]))
    parts = equal_words(inner(apart(_picked(i)), params), inner(_picked(i), params * x(i)) - score(true(i)))
    each = follows(inner(apart(_picked(i)), params) <= one_loss(), k >= 1, using=(one, same, parts, _defined(params)), because="one of the logits")
    sums = cut(compared_sums(throughout(cut(choose(some, each), _defined(params)), i, SAMPLES), last=m), generalize(_defined(params), i))
    total = Sum(apart(_picked(i)), (i, 1, m))
    ends = (
        equal_words(sums.then.lhs, inner(total, params), because="term by term"),
        equal_words(inner(heading, params), inner(total, params), assume(_TOWARDS)),
    )
    return follows(cross_entropy() >= inner(heading, params) / m, m >= 1, using=(sums, *ends, *_all_defined(params)), because="the mean of all samples")


@cache
def _is_below() -> Theorem:
    """|V| <= m L, for each sample's vector of some class."""
    length, supposed = size(heading), size(heading) > m * L
    here, there = cross_entropy(heading), cross_entropy((1 + t) * heading)
    above = instance(_above_a_linear_function(), {params: (1 + t) * heading})
    change = specialize(specialize(assume(LIPSCHITZ_LOSS), (1 + t) * heading), heading)
    words = (
        equal_words(inner(heading, (1 + t) * heading), (1 + t) * squared_norm(heading)),
        equal_words(squared_norm((1 + t) * heading - heading), t**2 * squared_norm(heading)),
        cite("norm-nonnegative", heading),
    )
    defined = _all_defined(heading, (1 + t) * heading)
    gap = length * (length / m - L)
    far = Eq(t, (Abs(here) + 1) / gap)
    ranges = (m >= 1, L >= 0, supposed, far)
    steep = follows(And(gap > 0, length > 0), *ranges[:3], using=words[2:], because="|V| > m L")
    ahead = follows(And(t > 0, Eq(t * gap, Abs(here) + 1)), m >= 1, far, using=(steep, words[2], *defined))
    most = follows(there - here <= L * t * length, L >= 0, using=(change, ahead, steep, *words, *defined), because="L is a Lipschitz constant")
    least = follows(there >= (1 + t) * length**2 / m, m>=1, using=(above, steep, *words, *defined))
    clash = follows(TRUTH.false, m >= 1, using=(most, least, ahead, steep, words[2], *defined), because="t (|V|^2/m - L |V|) <= |f(V)|")
    clash = instance(clash, {t: far.rhs})
    sides = [h for h in clash.given if h not in (*_BELOW.given, supposed)]
    known = (steep, *words[2:], *_all_defined(heading))
    clash = cut(clash, *(follows(h, *ranges[:3], using=known, because="|V| > m L") for h in sides))
    most = follows(_BELOW.then, using=(absurd(clash, supposed), *words[2:]), because="it is not more")
    return conclude(cut(most, *words[2:]), _BELOW)


def every_choice_is_below() -> Theorem:
    """The chosen classes are classes."""
    one = instance(_is_below(), {_picked: Lambda(i, class_vector(best(i)))})
    chosen = follows(And(best(i) >= 1, best(i) <= k), using=(specialize(assume(CHOICES), i),))
    one_of_them = exhibit(chosen, row, best(i), *is_a_class(class_vector(best(i))).args[1:])
    return conclude(cut(one, throughout(one_of_them, i, SAMPLES)), below)
