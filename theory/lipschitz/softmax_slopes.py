"""The gradient of softmax cross-entropy in one row of the weights: how large it gets. (section 5.2).

In the logit of the class p the slope is (a_p - [y = p])/m, with the softmax value a_p; in a weight it is times the activation. Its size is
below 1/m and comes as close to it as one likes where the prediction is confident and wrong. At equal softmax values, the printed largest
case, it is (k - 1)/(k m).
"""

from collections.abc import Callable
from functools import cache

from sympy import Abs, Eq, Expr, Lambda, Ne, Rational, S, Sum, exp, log

from theory.evidence import Mutant, at, mutant, proves, refutes
from theory.lipschitz.cross_entropy import LABEL, exponentials
from theory.lipschitz.symbols import K_z, d, j, k, label, logit, m, row, t
from theory.proof import (
    And,
    Exists,
    ForAll,
    Refutation,
    Statement,
    Theorem,
    cite,
    conclude,
    conjunction,
    counterexample,
    discharge,
    exhibit,
    follows,
    identity,
    instance,
    substitute,
)
from theory.proof.ranges import throughout

EACH = And(j >= 1, j <= k)
TOTAL = Sum(exp(logit(j)), (j, 1, k))
CLASSES = (m >= 1, k >= 2, row >= 1, row <= k, LABEL)  # y_1 is [y = p]


def softmax(c: Expr) -> Expr:
    """a_c = e^(z_c)/sum_j e^(z_j)."""
    return exp(logit(c)) / TOTAL


def one_logit(argument: Expr) -> Expr:
    """The softmax value of one of k classes with the logit t, where all others have the logit 0."""
    return exp(argument) / (exp(argument) + k - 1)


def gradient(value: Expr, scale: Expr) -> Expr:
    """K |a_p - [y = p]|/m."""
    return scale * Abs(value - label) / m


def is_the_maximum(scale: Expr, most: Expr) -> And:
    """No logits give more than `most`, and some logits give it."""
    return And(gradient(softmax(row), scale) <= most, Exists(t, True, Eq(gradient(one_logit(t), scale), most)))


def no_maximum_below(scale: Expr) -> And:
    """All logits give less than K/m, and some come as close to it as one likes."""
    near = Exists(t, True, gradient(one_logit(t), scale) > (1 - d) * scale / m)
    return And(gradient(softmax(row), scale) < scale / m, ForAll(d, And(d > 0, d < 1), near))


@cache
def between_0_and_1() -> Theorem:
    """0 < a_p < 1: besides p there is another class."""
    others = []
    for other in (S.One, S(2)):
        both = cite("part-of-sum", exp(logit(j)), j, k, row, other)  # the powers of e are positive
        both = conclude(both, Statement((row >= 1, row <= k, k >= 2, Ne(row, other)), both.then))
        others.append(discharge(both, Ne(row, other)))
    using = (*others, *(e for c in (row, S.One, S(2)) for e in exponentials(-logit(c))))
    return follows(
        And(TOTAL > 0, softmax(row) > 0, softmax(row) < 1),
        row >= 1,
        row <= k,
        k >= 2,
        using=using,
        because="e^z > 0, and two classes or more",
    )


def _close(scale: Expr, own: Eq, argument: Expr, value: Expr) -> Theorem:
    """With this label, there is a logit at which the gradient's size is K/(m (1 + d)), more than (1 - d) K/m."""
    body = gradient(one_logit(t), scale) > (1 - d) * scale / m
    there = identity(one_logit(argument), value)
    ranges = (m >= 1, k >= 2, own, d > 0, d < 1, scale > 0)
    there = follows(substitute(body, {t: argument}), *ranges, using=(there,), because="1/(1 + d) > 1 - d")
    return discharge(exhibit(there, t, argument, True, body), own)


@cache
def no_maximum(scale: Expr = S.One) -> Theorem:
    """0 < a_p < 1; and for the logits log((k - 1)/d) and log(d (k - 1)) it is 1/(1 + d) and d/(1 + d)."""
    below, near = (next(unit_q for unit_q in no_maximum_below(scale).args if isinstance(unit_q, ForAll) is kind) for kind in (False, True))
    bound = follows(below, *CLASSES, scale > 0, using=(between_0_and_1(),), because="0 < a_p < 1")
    cases = ((Eq(label, 0), log((k - 1) / d), 1 / (1 + d)), (Eq(label, 1), log(d * (k - 1)), d / (1 + d)))
    some = tuple(_close(scale, *case) for case in cases)
    close = follows(near.args[2], m >= 1, k >= 2, LABEL, scale > 0, d > 0, d < 1, using=some, because="whichever the label is")
    return conjunction(bound, throughout(close, d, near.args[1]))


WHY = "The slope (a_p - [y = p])/m has the supremum 1/m, where the prediction is confident and wrong, and no maximum."
HALF = Rational(1, 2)
WRONG = {m: 1, k: 2, row: 1, label: 0, logit: Lambda(j, (2 - j) * log(3))}  # the softmax values 3/4 and 1/4, the true class is 2
UNSURE = {**WRONG, label: 1, logit: Lambda(j, (j - 1) * log(3))}  # the softmax values 1/4 and 3/4, the true class is 1

# In the logit: the largest case

limiting = Statement(CLASSES, is_the_maximum(S.One, (k - 1) / (k * m)), source="yedida-saha:text-limiting")
limiting_amended = limiting.amend(then=no_maximum_below(S.One), why=WHY)


@refutes(limiting, why="Two classes with the softmax values 1/4 and 3/4, the first is true: 3/4, more than 1/2 at equal values.")
def larger_where_wrong() -> Refutation:
    """One sample, y = p."""
    return counterexample(limiting, UNSURE)


def _instance(point: dict, scale: Expr = S.One) -> Callable[[], Theorem]:
    return lambda: instance(no_maximum(scale), point)


def _mutants(amended: Statement, scale: Expr, point: dict) -> list[Mutant]:
    return [
        mutant(amended.with_then(gradient(softmax(row), scale) < scale / (2 * m)), point, "half of it"),
        mutant(amended.drop(k >= 2), {**point, k: 1, logit: Lambda(j, 0)}, "one class"),
    ]


@proves(limiting_amended, witness=at(WRONG, _instance(WRONG)), mutants=_mutants(limiting_amended, S.One, WRONG))
def the_size_has_no_maximum() -> Theorem:
    """0 < a_p < 1, and a_p comes as close to both as one likes."""
    return conclude(no_maximum(), limiting_amended)


def no_maximum_at_two() -> Theorem:
    """Two classes, one sample of the second."""
    return instance(no_maximum(), WRONG)


# In a weight

ACTIVATED = (*CLASSES, K_z > 0)
UNIT, UNSURE_UNIT = {**WRONG, K_z: 1}, {**UNSURE, K_z: 1}
largest = Statement(ACTIVATED, is_the_maximum(K_z, (k - 1) / (k * m) * K_z), source="yedida-saha:equation-23")
largest_amended = largest.amend(then=no_maximum_below(K_z), why=WHY)


@refutes(largest, why="Two classes with the softmax values 3/4 and 1/4, the second is true, the activation 1: 3/4, more than 1/2.")
def larger_in_a_weight() -> Refutation:
    """One sample, one weight a class."""
    return counterexample(largest, UNIT)


@proves(largest_amended, witness=at(UNIT, _instance(UNIT, K_z)), mutants=_mutants(largest_amended, K_z, UNIT))
def the_supremum_in_a_weight() -> Theorem:
    """K_z times the slope in the logit."""
    return conclude(no_maximum(K_z), largest_amended)
