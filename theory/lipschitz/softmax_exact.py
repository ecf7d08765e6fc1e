"""The Lipschitz constants of softmax regression: L >= 0 is one exactly if no choice of a class a sample has a sum above m L. (section 5.2).

So the least is (1/m) max_c |sum_i (e_c(i) - e_t(i)) x_i'|, over all choices of a class c(i) for each sample, for every data set: with
repeated samples or samples that are 0, separable or not. A choice is a matrix C here, as in `choices`: C s_i is the chosen vector, e_c(i).

No derivative is needed, only the two inequalities of `softmax_scores`. The loss is above <V, U>/m for each choice's sum V, so along V it
rises at least at the rate |V|/m in the long run. And from W to U it rises by at most <V, U - W>/m, for some choice.
"""

from functools import cache, partial

from sympy import Abs, Eq, Expr, Integer, Lambda
from sympy import S as TRUTH

from theory.evidence import at, extends, mutant
from theory.lipschitz.choices import CHOSEN, IS_A_CHOICE, ORTHOGONAL, UNITS, is_a_class
from theory.lipschitz.means_of_samples import SAMPLES
from theory.lipschitz.softmax_approached import CHOICES
from theory.lipschitz.softmax_scores import (
    AMONG,
    TOWARDS,
    WAY,
    above_a_linear_function,
    all_defined,
    cross_entropy,
    picked,
    rises_along_a_choice,
    total,
)
from theory.lipschitz.symbols import (
    L,
    best,
    choice,
    class_vector,
    heading,
    i,
    j,
    k,
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

LIPSCHITZ_LOSS = substitute(LIPSCHITZ, {loss: Lambda(params, cross_entropy())})
BELOW = size(heading) <= m * L

# Every choice's sum is a lower bound

below = Statement((m >= 1, k >= 1, CHOICES, Eq(heading, total(class_vector(best(i))), evaluate=False), L >= 0, LIPSCHITZ_LOSS), BELOW)
_below = Statement((m >= 1, k >= 1, AMONG, TOWARDS, L >= 0, LIPSCHITZ_LOSS), BELOW)


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
    known, distance = (*words, *all_defined(near, far)), Eq(t, (Abs(here) + 1) / slope)
    ranges = (m >= 1, L >= 0, supposed)
    steep = follows(And(slope > 0, length > 0), *ranges, using=words[:1], because="|V| > m L")
    ahead = follows(And(t > 0, Eq(t * slope, Abs(here) + 1)), m >= 1, distance, using=(steep, *known))
    change = specialize(specialize(assume(LIPSCHITZ_LOSS), far), near)
    most = follows(there - here <= L * t * length, L >= 0, using=(change, ahead, steep, *known), because="L is a Lipschitz constant")
    least = instance(above_a_linear_function(), {params: far})
    least = follows(there >= (1 + t) * length**2 / m, m >= 1, using=(least, steep, *known), because="|V|^2 along V")
    clash = follows(TRUTH.false, m >= 1, using=(most, least, ahead, steep, *known), because="t (|V|^2/m - L |V|) > |g(V)|")
    clash = instance(clash, {t: distance.rhs})
    using, sides = (steep, *words[:1], *all_defined(near)), (h for h in clash.given if h not in (*_below.given, supposed))
    clash = cut(clash, *(follows(h, *ranges, using=using) for h in sides))
    most = follows(BELOW, using=(absurd(clash, supposed), *words[:1]), because="it is not more")
    return conclude(cut(most, *words[:1]), _below)


@cache
def every_choice_is_below() -> Theorem:
    """The vectors of the chosen classes are vectors of classes."""
    own = class_vector(best(i))
    ranges = follows(And(best(i) >= 1, best(i) <= k), using=(specialize(assume(CHOICES), i),))
    some = exhibit(ranges, row, best(i), *is_a_class(own).args[1:])
    return conclude(cut(instance(_each_is_below(), {picked: Lambda(i, own)}), throughout(some, i, SAMPLES)), below)


# They are all that is needed

TRUE_CLASSES = ForAll(i, SAMPLES, And(true(i) >= 1, true(i) <= k))


def not_above(length: Expr, most: Expr) -> ForAll:
    """No choice C is longer."""
    return ForAll(choice, IS_A_CHOICE, length <= most)


def exactly_if(formula: ForAll) -> And:
    """L is a Lipschitz constant exactly if this is true."""
    return And(Implies(LIPSCHITZ_LOSS, formula), Implies(formula, LIPSCHITZ_LOSS))


LENGTH = size(total(CHOSEN))
NOT_ABOVE = not_above(LENGTH, m * L)
exact = Statement((m >= 1, k >= 1, TRUE_CLASSES, UNITS, ORTHOGONAL, L >= 0), exactly_if(NOT_ABOVE))


def _each_is_needed() -> Theorem:
    """The sum of the choice C is at most m L."""
    one = instance(instance(_each_is_below(), {picked: Lambda(i, CHOSEN)}), {heading: total(CHOSEN)})
    return discharge(generalize(one, choice, IS_A_CHOICE), LIPSCHITZ_LOSS)


def _rises_slowly() -> Theorem:
    """g(U) - g(W) <= L |U - W|."""
    exists = rises_along_a_choice()
    chosen = assume(exists.then.args[2])
    short = cut(specialize(assume(NOT_ABOVE), choice), part(chosen, IS_A_CHOICE))
    lengths = (cite("cauchy-schwarz", total(CHOSEN), WAY), *(cite("norm-nonnegative", word) for word in (total(CHOSEN), WAY)))
    slow = cross_entropy() - cross_entropy(params_2) <= L * size(WAY)
    using = (chosen, short, *lengths, *all_defined(params, params_2))
    return choose(exists, follows(slow, m >= 1, L >= 0, using=using, because="Cauchy-Schwarz"))


def _no_more_is_needed() -> Theorem:
    """From W to U, and from U to W."""
    there = _rises_slowly()
    back = instance(there, {params: params_2, params_2: params})
    words = (equal_words(squared_norm(params_2 - params), squared_norm(WAY)), cite("norm-nonnegative", WAY), *all_defined(params, params_2))
    both = follows(LIPSCHITZ_LOSS.args[2].args[2], m >= 1, L >= 0, using=(there, back, *words), because="|g(U) - g(W)| <= L |U - W|")
    sides = (h for h in both.given if h not in (*exact.given, NOT_ABOVE))
    both = cut(both, *(follows(h, m >= 1, using=words) for h in sides))
    return discharge(generalize(generalize(both, params_2), params), NOT_ABOVE)


def the_lipschitz_constants() -> Theorem:
    """Along each choice's sum, and between any two weights."""
    return conclude(conjunction(_each_is_needed(), _no_more_is_needed()), exact)
