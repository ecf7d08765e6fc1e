"""Iverson's bracket and one-hot labels: the same cross-entropy, the logarithm of the true class's softmax value. (section 5.2)."""

from sympy import Eq, Expr, Lambda, Ne, Or, Rational, Sum, exp, log

from theory.evidence import at, mutant, proves
from theory.linear_range.sums import only_term
from theory.lipschitz.symbols import chosen, j, k, log_value, logit, row
from theory.proof import (
    And,
    ForAll,
    Statement,
    Theorem,
    assume,
    conclude,
    cut,
    follows,
    specialize,
)
from theory.proof.ranges import throughout

CLASSES = And(j >= 1, j <= k)
LOGARITHMS = ForAll(j, CLASSES, Eq(exp(log_value(j)), exp(logit(j)) / Sum(exp(logit(j)), (j, 1, k))))  # of the softmax values
ONE_HOT = ForAll(j, CLASSES, Or(And(Eq(j, row), Eq(chosen(j), 1)), And(Ne(j, row), Eq(chosen(j), 0))))  # [y = j], for the true class p


def cross_entropy(last: Expr) -> Expr:
    """The sum of c_j log a_j over the classes up to the last."""
    return Sum(chosen(j) * log_value(j), (j, 1, last))


same = Statement(
    (k >= 1, row >= 1, row <= k, LOGARITHMS, ONE_HOT), Eq(cross_entropy(k), log_value(row)), source="yedida-saha:text-multinomial"
)
TWO = {k: 2, row: 2, logit: Lambda(j, (2 - j) * log(3)), log_value: Lambda(j, (2 - j) * log(3) - log(4)), chosen: Lambda(j, j - 1)}


@proves(
    same,
    witness=at(TWO),
    mutants=[
        mutant(same.with_then(Eq(cross_entropy(k), Sum(log_value(j), (j, 1, k)))), TWO, "all classes"),
        mutant(same.drop(ONE_HOT), {**TWO, chosen: Lambda(j, Rational(1, 2))}, "labels that are not one-hot"),
    ],
)
def only_the_true_class_counts() -> Theorem:
    """All other terms are 0."""
    hot = specialize(assume(ONE_HOT), j)
    others = throughout(follows(Or(Eq(j, row), Eq(chosen(j) * log_value(j), 0)), using=(hot,), because="c_j = 0"), j, CLASSES)
    one = cut(only_term(chosen(j) * log_value(j), j, row, k), others)
    return conclude(follows(same.then, using=(one, specialize(assume(ONE_HOT), row)), because="c_p = 1"), same)
