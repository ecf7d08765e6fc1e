"""The Lipschitz constants of softmax regression: L >= 0 is one exactly if no choice of a class a sample has a sum above m L. (section 5.2).

So the least is (1/m) max_c |sum_i (e_c(i) - e_t(i)) x_i'|, over all choices of a class c(i) for each sample, for every data set: with
repeated samples or samples that are 0, separable or not. A choice is a matrix C here, as in `choices`: C s_i is the chosen vector, e_c(i).

No derivative is needed, only the two inequalities of `softmax_scores`. The loss is above <V, U>/m for each choice's sum V, so along V it
rises at least at the rate |V|/m in the long run. And from W to U it rises by at most <V, U - W>/m, for some choice.
"""

from collections.abc import Callable
from functools import cache, partial

from sympy import Eq, Expr, Integer, Lambda, Sum
from sympy import S as TRUTH
from sympy.functions.elementary.complexes import transpose

from theory.evidence import Mutant, at, extends, mutant
from theory.lipschitz.choices import CHOSEN, IS_A_CHOICE, ORTHOGONAL, UNITS, is_a_class
from theory.lipschitz.long_run import LIMIT, RATE, START, no_steeper
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
from theory.proof.logic import Boolean
from theory.proof.norms import size
from theory.proof.ranges import choose, throughout

ZERO, ONE = Integer(0), Integer(1)
LIPSCHITZ_LOSS = substitute(LIPSCHITZ, {loss: Lambda(params, cross_entropy())})
BELOW = size(heading) <= m * L

# Every choice's sum is a lower bound

below = Statement((m >= 1, k >= 1, CHOICES, Eq(heading, total(class_vector(best(i))), evaluate=False), L >= 0, LIPSCHITZ_LOSS), BELOW)
_below = Statement((m >= 1, k >= 1, AMONG, TOWARDS, L >= 0, LIPSCHITZ_LOSS), BELOW)


LINE_BELOW = ForAll(params, True, cross_entropy() >= inner(heading, params) / m)
_steepest = Statement((m >= 1, k >= 1, LINE_BELOW, L >= 0, LIPSCHITZ_LOSS), BELOW)


@cache
def steepest_line() -> Theorem:
    """|V| <= m L from g(U) >= <V, U>/m for all U: beyond V, g rises at least at the rate |V|^2/m in the long run, and at most at L |V|."""
    far, square, length, start = (1 + t) * heading, squared_norm(heading), size(heading), cross_entropy(heading)
    known = (
        specialize(assume(LINE_BELOW), far),
        specialize(specialize(assume(LIPSCHITZ_LOSS), far), heading),
        equal_words(inner(heading, far), (1 + t) * square),
        equal_words(squared_norm(far - heading), t**2 * square),
        cite("norm-nonnegative", heading),
        *all_defined(far, heading),
    )
    between = follows(square / m * t <= start + L * length * t, m >= 1, L >= 0, t > 0, using=known, because="from V to (1 + t) V")
    rate = instance(no_steeper(), {RATE: square / m, LIMIT: L * length, START: start})
    rate = cut(rate, throughout(between, t, t > 0))
    positive = (cite("norm-nonnegative", heading), *all_defined(heading))
    short = follows(BELOW, m >= 1, L >= 0, using=(rate, *positive), because="divided by |V|")
    return conclude(cut(short, *positive), _steepest)


@cache
def _each_is_below() -> Theorem:
    """The loss is above a linear function of that slope."""
    return conclude(cut(steepest_line(), generalize(above_a_linear_function(), params)), _below)


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


def exactly_if(lipschitz: ForAll, formula: ForAll) -> And:
    """L is a Lipschitz constant exactly if this is true."""
    return And(Implies(lipschitz, formula), Implies(formula, lipschitz))


LENGTH = size(total(CHOSEN))
NOT_ABOVE = not_above(LENGTH, m * L)
exact = Statement((m >= 1, k >= 1, TRUE_CLASSES, UNITS, ORTHOGONAL, L >= 0), exactly_if(LIPSCHITZ_LOSS, NOT_ABOVE))


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


# One sample u of the second of two classes, with the vectors u and -u, and |u| = 1: the least constant is |u - (-u)| = 2

VALUES = {m: 1, k: 2, class_vector: Lambda(j, (3 - 2 * j) * u), true: Lambda(i, 2), x: Lambda(i, u), sample_unit: Lambda(i, u), L: 2}
HALF, NEGATIVE = {**VALUES, L: 1}, {**VALUES, L: -2}
ONE_MARK = {**VALUES, m: 2, x: Lambda(i, (3 - 2 * i) * u), L: 0}  # two samples, u and -u, whose classes cannot be chosen apart
UNIT, SQUARE = Eq(squared_norm(u), 1), squared_norm(u) ** 2
TWICE, SHORTER = not_above(LENGTH, 2 * m * L), not_above(size(Sum(CHOSEN * transpose(x(i)), (i, 1, m))), m * L)
STRICTLY = ForAll(choice, IS_A_CHOICE, LENGTH < m * L)


def _of_each_choice(bound: ForAll, values: dict) -> tuple[Boolean, Boolean, Theorem]:
    """What makes C a choice, what is said of it, and that the square in this is no negative number."""
    choices, short = substitute(bound, values).args[1:]
    return choices, short, cite("norm-nonnegative", short.args[0].base.args[0].args[-1])


def at_most(bound: ForAll, values: dict, factor: Expr) -> Theorem:
    """No choice is longer: where it is of the class p, the sum is this number times u u'."""
    choices, short, positive = _of_each_choice(bound, values)
    some = specialize(assume(choices), 1)
    square = equal_words(short.args[0].base, factor**2 * SQUARE, assume(some.then.args[2]))
    least = follows(short, UNIT, *some.then.args[1].args, using=(square, positive), because="p is 1 or 2")
    return generalize(cut(choose(some, least), positive), choice, choices)


def is_a_constant() -> Theorem:
    """2 is."""
    using = (instance(the_lipschitz_constants(), VALUES), at_most(NOT_ABOVE, VALUES, 4 - 2 * row))
    return follows(substitute(LIPSCHITZ_LOSS, VALUES), UNIT, using=using, because="2 is the largest length")


def all_of_it() -> Theorem:
    """Both are true of 2."""
    return follows(substitute(exact.then, VALUES), UNIT, using=(is_a_constant(), at_most(NOT_ABOVE, VALUES, 4 - 2 * row)))


def is_refuted(bound: ForAll, values: dict, factor: Expr, classes: Expr = ONE) -> Theorem:
    """It is true of all choices, and L is no Lipschitz constant: one choice is 2 long, with these classes."""
    letters = {**values, best: Lambda(i, classes)}
    word = substitute(total(class_vector(best(i))), letters)
    one = discharge(instance(every_choice_is_below(), {**letters, heading: word}), substitute(LIPSCHITZ_LOSS, values))
    length, short = equal_words(squared_norm(word), 4 * SQUARE), at_most(bound, values, factor)
    return never(LIPSCHITZ_LOSS, bound, values, assume(UNIT), one, length, short)


def is_reached(bound: ForAll, values: dict) -> Theorem:
    """2 is a Lipschitz constant, and the choice C = 1, of the first class, is 2 long."""
    choices, *_ = _of_each_choice(bound, values)
    first = exhibit(follows(TRUTH.true), row, ONE, *substitute(choices.args[2], {choice: ONE}).args[1:])
    one = cut(specialize(assume(substitute(bound, values)), ONE), throughout(first, i, choices.args[1]))
    using = (is_a_constant(), discharge(one, substitute(bound, values)), equal_words(one.then.args[0].base, 4 * SQUARE))
    return never(LIPSCHITZ_LOSS, bound, values, assume(UNIT), *using)


def never(lipschitz: ForAll, bound: ForAll, values: dict, *using: Theorem) -> Theorem:
    """Not exactly if this is true: of the two, one is true and one is false."""
    conclusion = substitute(exactly_if(lipschitz, bound), values)
    choices, _, positive = _of_each_choice(bound, values)
    false = absurd(follows(TRUTH.false, conclusion, using=using, because="one choice is longer"), conclusion)
    return cut(false, generalize(positive, choice, choices))


def _mutant(bound: ForAll, values: dict, what: str, why: Callable[..., Theorem], *how: Expr) -> Mutant:
    return mutant(exact.with_then(exactly_if(LIPSCHITZ_LOSS, bound)), {**values, u: [[1]]}, what, partial(why, bound, values, *how))


@extends(
    "yedida-saha:softmax-l",
    exact,
    witness=at({**VALUES, u: [[1]]}, all_of_it),
    mutants=[
        _mutant(TWICE, HALF, "half of it", is_refuted, 4 - 2 * row),
        _mutant(SHORTER, HALF, "without the true classes", is_refuted, 3 - 2 * row),
        _mutant(STRICTLY, VALUES, "above all of them", is_reached),
        mutant(exact.drop(L >= 0), {**NEGATIVE, u: [[1]]}, "below 0", partial(is_reached, NOT_ABOVE, NEGATIVE)),
        mutant(exact.drop(ORTHOGONAL), {**ONE_MARK, u: [[1]]}, "one choice for all", partial(is_refuted, NOT_ABOVE, ONE_MARK, ZERO, 3 - i)),
    ],
)
def the_lipschitz_constants() -> Theorem:
    """Along each choice's sum, and between any two weights."""
    return conclude(conjunction(_each_is_needed(), _no_more_is_needed()), exact)
