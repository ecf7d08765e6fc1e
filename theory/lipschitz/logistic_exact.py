"""The Lipschitz constants of logistic regression: L >= 0 is one exactly if no sum over a subset of the samples is above m L. (section 5.1).

So the least is (1/m) max_S |sum_S (1 - 2 y_i) x_i|, for every data set: with repeated samples or samples that are 0, separable or not. A
subset is a row C here, with orthonormal columns s_1, ..., s_m, one a sample: the number C s_i is 1 for the samples in it, and 0 for others.

Logistic regression is softmax regression with the numbers 0 and 1 for the vectors of two classes, and the samples (1 - 2 y_i) x_i, which
are all of the first class: log(1 + e^z) for the label 0, and log(1 + e^-z) for the label 1. The weights U are a row: z = U x_i.
"""

from collections.abc import Callable
from functools import cache, partial

from sympy import Eq, Expr, Integer, Lambda, Or, Rational, Sum, exp, log
from sympy import S as TRUTH
from sympy.functions.elementary.complexes import transpose

from theory.evidence import Mutant, at, extends, mutant
from theory.lipschitz import softmax_exact, softmax_scores
from theory.lipschitz.choices import CHOSEN, ORTHOGONAL, UNITS, is_a_class, no_gap
from theory.lipschitz.cross_entropy import LABEL, exponentials, logistic
from theory.lipschitz.logistic_gradient import LABELS, ONE_LOSS
from theory.lipschitz.means_of_samples import SAMPLES, mean
from theory.lipschitz.softmax_exact import every_choice_is_below, exactly_if, never
from theory.lipschitz.symbols import (
    L,
    best,
    choice,
    class_vector,
    heading,
    i,
    j,
    k,
    label,
    label_of,
    loss,
    m,
    params,
    params_2,
    row,
    sample_unit,
    t,
    true,
    unit,
    x,
    z,
)
from theory.lipschitz.weight_change import LIPSCHITZ
from theory.proof import (
    ForAll,
    Statement,
    Theorem,
    absurd,
    assume,
    conclude,
    cut,
    discharge,
    equal_words,
    evaluate,
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
    sum_congruence,
)
from theory.proof.norms import size
from theory.proof.ranges import choose, throughout

# The loss of equation 13, written without a quotient: -log s(z) = log(1 + e^-z), and -log(1 - s(z)) = log(1 + e^z)

IN_A_LOGIT = label * log(1 + exp(-z)) + (1 - label) * log(1 + exp(z))
same_loss = Statement((), Eq(ONE_LOSS.subs(label_of(i), label), IN_A_LOGIT))


@extends(
    "yedida-saha:equation-13",
    same_loss,
    witness=at({label: 1, z: 0}),
    mutants=[
        mutant(
            same_loss.with_then(Eq(same_loss.then.lhs, substitute(IN_A_LOGIT, {label: 1 - label}))), {label: 1, z: 1}, "the other label"
        ),
        mutant(same_loss.with_then(Eq(same_loss.then.lhs, -IN_A_LOGIT)), {label: 1, z: 0}, "the other sign"),
    ],
)
def the_loss_without_a_quotient() -> Theorem:
    """1 - s(z) = 1/(1 + e^z)."""
    other = rewrite(identity(-log(logistic(-z)), log(1 + exp(z))), identity(logistic(-z), 1 - logistic(z)))
    logarithms = (identity(-log(logistic(z)), log(1 + exp(-z))), other)
    return conclude(follows(same_loss.then, using=(*logarithms, *exponentials(z)), because="for every label"), same_loss)


def logit_at(weights: Expr = params) -> Expr:
    """z_i = U x_i."""
    return inner(transpose(weights), x(i))


def one_loss(weights: Expr = params) -> Expr:
    """Cross-entropy of the sample i."""
    return substitute(IN_A_LOGIT, {label: label_of(i), z: logit_at(weights)})


def cross_entropy(weights: Expr = params) -> Expr:
    """g(U), the mean of all samples."""
    return mean(one_loss(weights))


SIDE = 1 - 2 * label_of(i)
LIPSCHITZ_LOSS = substitute(LIPSCHITZ, {loss: Lambda(params, cross_entropy())})
IS_A_SUBSET = ForAll(i, SAMPLES, Or(Eq(CHOSEN, 0, evaluate=False), Eq(CHOSEN, 1, evaluate=False)))
SUBSET_SUM = Sum(SIDE * CHOSEN * transpose(x(i)), (i, 1, m))
NOT_ABOVE = ForAll(choice, IS_A_SUBSET, size(SUBSET_SUM) <= m * L)
exact = Statement((m >= 1, LABELS, UNITS, ORTHOGONAL, L >= 0), exactly_if(LIPSCHITZ_LOSS, NOT_ABOVE))

# It is softmax regression

AS_SOFTMAX = {k: 2, class_vector: Lambda(j, j - 1), true: Lambda(i, 1), x: Lambda(i, SIDE * x(i))}
SOFTMAX, SOFTMAX_NOT_ABOVE = (substitute(part, AS_SOFTMAX) for part in (softmax_exact.LIPSCHITZ_LOSS, softmax_exact.NOT_ABOVE))


@cache
def _same_loss() -> Theorem:
    """sum_i log(e^0 + e^((1 - 2 y_i) z_i)) is the sum of the samples' losses."""
    soft, signed = log(1 + exp((1 - 2 * label) * z)), inner(transpose(params), SIDE * x(i))
    at_label = (instance(rewrite(assume(Eq(t, soft)), assume(Eq(label, value))), {t: soft}) for value in (0, 1))
    own = follows(Eq(soft, IN_A_LOGIT), LABEL, using=tuple(discharge(one, *one.given) for one in at_label), because="for both labels")
    own, term = instance(own, {label: label_of(i), z: logit_at()}), substitute(softmax_scores.one_loss(), AS_SOFTMAX)
    words = (equal_words(term.args[0], 1 + exp(signed)), equal_words(signed, SIDE * logit_at()))
    one = cut(instance(rewrite(assume(Eq(t, term)), *words, own), {t: term}), specialize(assume(LABELS), i))
    return sum_congruence(throughout(one, i, SAMPLES))


@cache
def _same_constants(one: ForAll, other: ForAll) -> Theorem:
    """A Lipschitz constant of one of the two losses is one of the other."""
    here = specialize(specialize(assume(one), params), params_2)
    losses = (_same_loss(), instance(_same_loss(), {params: params_2}))
    there = follows(other.args[2].args[2], m >= 1, using=(here, *losses), because="the same losses")
    return generalize(generalize(there, params_2), params)


@cache
def _same_choices() -> tuple[Theorem, Theorem]:
    """A choice of a class p, with the number p - 1, is a subset: what is said of all choices is said of all subsets, and back."""
    subset, some = IS_A_SUBSET.args[2], substitute(is_a_class(CHOSEN), AS_SOFTMAX)
    numbers = tuple(discharge(exhibit(assume(own), row, p, *some.args[1:]), own) for p, own in enumerate(subset.args, 1))
    found = follows(some, subset, using=numbers, because="p = 1 or 2")
    values = tuple(discharge(rewrite(assume(some.args[2]), assume(Eq(row, p))), Eq(row, p)) for p in (1, 2))
    gap = cut(specialize(no_gap(), row - 1), follows(row - 1 >= 0, row >= 1))
    named = choose(assume(some), follows(subset, *some.args[1].args, using=(*values, gap), because="p = 1 or 2"))
    return _carried(SOFTMAX_NOT_ABOVE, NOT_ABOVE, found), _carried(NOT_ABOVE, SOFTMAX_NOT_ABOVE, named)


def _carried(one: ForAll, other: ForAll, each: Theorem) -> Theorem:
    """What is said of all C of one kind holds for those of the other, whose C s_i are of that kind."""
    each = throughout(cut(each, specialize(assume(other.args[1]), i)), i, SAMPLES)
    return discharge(throughout(cut(specialize(assume(one), choice), each), choice, other.args[1]), one)


# One sample e with the label 0, and |e| = 1: the least constant is 1

ZERO, ONE, TWO = Integer(0), Integer(1), Integer(2)
VALUES = {m: 1, label_of: Lambda(i, 0), x: Lambda(i, unit), sample_unit: Lambda(i, unit), L: 1}
HALF, NEGATIVE = {**VALUES, L: Rational(1, 2)}, {**VALUES, L: -1}
ONE_MARK = {**VALUES, m: 2, x: Lambda(i, (3 - 2 * i) * unit), L: 0}  # two samples, e and -e, that cannot be chosen apart
UNIT = (Eq(squared_norm(unit), 1), Eq(transpose(unit) * unit, 1, evaluate=False))
TWICE, STRICTLY = (ForAll(choice, IS_A_SUBSET, short) for short in (size(SUBSET_SUM) <= 2 * m * L, size(SUBSET_SUM) < m * L))


def _squares(said: ForAll, whole: Expr = ONE) -> tuple[Theorem, ...]:
    """Of the sum of no sample, where C e = 0, and of the sum of all, where C e = 1."""
    square, subset = said.args[2].args[0].base, substitute(IS_A_SUBSET.args[2], VALUES)
    return tuple(equal_words(square, n * whole * squared_norm(unit), assume(own)) for n, own in enumerate(subset.args))


def at_most(bound: ForAll, values: dict, whole: Expr = ONE) -> Theorem:
    """No subset's sum is longer: it is that of no sample, or that of all, with this square."""
    said = substitute(bound, values)
    cases = (discharge(one, *one.given) for one in _squares(said, whole))
    using = (specialize(assume(said.args[1]), 1), *cases)
    return throughout(follows(said.args[2], UNIT[0], using=using, because="all or nothing"), choice, said.args[1])


def is_a_constant(number: Expr = ONE) -> Theorem:
    """1 is, and any larger number."""
    values = {**VALUES, L: number}
    using = (instance(the_lipschitz_constants(), values), at_most(NOT_ABOVE, values))
    return follows(substitute(LIPSCHITZ_LOSS, values), *UNIT, using=using, because="1 is the largest length")


def all_of_it() -> Theorem:
    """Both are true of 1."""
    return follows(substitute(exact.then, VALUES), *UNIT, using=(is_a_constant(), at_most(NOT_ABOVE, VALUES)))


def is_refuted(bound: ForAll, values: dict, whole: Expr = ONE, classes: Expr = TWO) -> Theorem:
    """It is true of all subsets, and L is no Lipschitz constant: the choice of these classes is 1 long."""
    one = instance(every_choice_is_below(), {**AS_SOFTMAX, best: Lambda(i, classes)})
    one = cut(one, _same_constants(LIPSCHITZ_LOSS, SOFTMAX))
    one = discharge(instance(one, {**values, heading: transpose(unit)}), substitute(LIPSCHITZ_LOSS, values))
    length = equal_words(one.then.args[1].args[0].base, squared_norm(unit))
    return never(LIPSCHITZ_LOSS, bound, values, assume(UNIT[0]), one, length, at_most(bound, values, whole))


def is_reached(bound: ForAll, values: dict) -> Theorem:
    """1 is a Lipschitz constant, and the sum of the one sample, with C = e', is 1 long."""
    said, all_of_them = substitute(bound, values), transpose(unit)
    a_subset = follows(Or(Eq(all_of_them * unit, 0, evaluate=False), UNIT[1]), UNIT[1])
    one = cut(specialize(assume(said), all_of_them), throughout(a_subset, i, said.args[1].args[1]))
    length = instance(_squares(said)[1], {choice: all_of_them})
    return never(LIPSCHITZ_LOSS, bound, values, assume(UNIT[0]), is_a_constant(), discharge(one, said), length)


# One sample with the label 1/2: it is in no sum, and the loss is not constant

UNDECIDED = {**VALUES, label_of: Lambda(i, Rational(1, 2)), L: 0}


def labels_are_0_or_1() -> Theorem:
    """With the label 1/2 all sums are 0, and the loss is not constant: it is above log 2 at the logit 1, and log 2 at the logit 0."""
    lipschitz, bound, conclusion = (substitute(said, UNDECIDED) for said in (LIPSCHITZ_LOSS, NOT_ABOVE, exact.then))
    one, letters = choice * unit * transpose(unit), {**UNDECIDED, label_of: Lambda(i, label)}
    square = equal_words(squared_norm(substitute(SUBSET_SUM, letters)), (1 - 2 * label) ** 2 * squared_norm(one))
    square = instance(square, {label: Rational(1, 2)})
    short = follows(bound.args[2], using=(square,), because="all sums are 0")
    far = log(1 + exp(-ONE)) / 2 + log(exp(ONE) + 1) / 2
    losses = (instance(equal_words(Sum(t, (i, 1, 1)), t), {t: value}) for value in (far, log(TWO)))
    change = rewrite(specialize(specialize(assume(lipschitz), transpose(unit)), ZERO), assume(UNIT[0]), *losses)
    using = (generalize(short, choice, bound.args[1]), discharge(change, lipschitz), evaluate(far > log(TWO)))
    false = absurd(follows(TRUTH.false, conclusion, UNIT[0], using=using, because="it is not constant"), conclusion)
    return cut(false, follows(square.then.lhs >= 0, using=(square,)))


def _mutant(bound: ForAll, values: dict, what: str, why: Callable[..., Theorem]) -> Mutant:
    return mutant(exact.with_then(exactly_if(LIPSCHITZ_LOSS, bound)), {**values, unit: [[1]]}, what, partial(why, bound, values))


@extends(
    "yedida-saha:logistic-l",
    exact,
    witness=at({**VALUES, unit: [[1]]}, all_of_it),
    mutants=[
        _mutant(TWICE, HALF, "half of it", is_refuted),
        _mutant(STRICTLY, VALUES, "above all of them", is_reached),
        mutant(exact.drop(LABELS), {**UNDECIDED, unit: [[1]]}, "any labels", labels_are_0_or_1),
        mutant(exact.drop(L >= 0), {**NEGATIVE, unit: [[1]]}, "below 0", partial(is_reached, NOT_ABOVE, NEGATIVE)),
        mutant(exact.drop(ORTHOGONAL), {**ONE_MARK, unit: [[1]]}, "all or none", partial(is_refuted, NOT_ABOVE, ONE_MARK, ZERO, 3 - i)),
    ],
)
def the_lipschitz_constants() -> Theorem:
    """The constants are the same as those of softmax regression, and so are the sums."""
    pairs = ((SOFTMAX, LIPSCHITZ_LOSS), (LIPSCHITZ_LOSS, SOFTMAX))
    same = (*(discharge(_same_constants(*pair), pair[0]) for pair in pairs), *_same_choices())
    whole = instance(softmax_exact.the_lipschitz_constants(), AS_SOFTMAX)
    return conclude(follows(exact.then, m >= 1, L >= 0, using=(whole, *same), because="it is softmax regression"), exact)
