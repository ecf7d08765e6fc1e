"""Iverson's bracket and one-hot labels: the same cross-entropy, the logarithm of the true class's softmax value. (section 5.2)."""

from sympy import Eq, Expr, Integer, Lambda, Ne, Or, Rational, Sum, Symbol, exp, log

from theory.evidence import at, mutant, proves
from theory.linear_range.sums import last_term
from theory.lipschitz.symbols import chosen, j, k, log_value, logit, row
from theory.proof import (
    And,
    ForAll,
    Statement,
    Theorem,
    assume,
    conclude,
    equal_words,
    follows,
    specialize,
    substitute,
)
from theory.proof.ranges import up_to

CLASSES = And(j >= 1, j <= k)
LOGARITHMS = ForAll(j, CLASSES, Eq(exp(log_value(j)), exp(logit(j)) / Sum(exp(logit(j)), (j, 1, k))))  # of the softmax values
ONE_HOT = ForAll(j, CLASSES, Or(And(Eq(j, row), Eq(chosen(j), 1)), And(Ne(j, row), Eq(chosen(j), 0))))  # [y = j], for the true class p
_last = Symbol("n", integer=True)


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
    """By induction on the number of classes: 0 before the true one, from there on its logarithm."""
    more = equal_words(cross_entropy(_last + 1), cross_entropy(_last) + chosen(_last + 1) * log_value(_last + 1))
    hot = specialize(assume(ONE_HOT), _last + 1)
    nothing, whole = Eq(cross_entropy(_last), 0, evaluate=False), Eq(cross_entropy(_last), log_value(row), evaluate=False)
    start = equal_words(cross_entropy(Integer(0)), 0, because="no class yet")
    step = follows(substitute(nothing, {_last: _last + 1}), nothing, _last + 1 <= row - 1, row <= k, using=(more, hot), because="c_j = 0")
    before = specialize(up_to(start, step, nothing, index=_last, last=row - 1), row - 1)
    here = (last_term(chosen(j) * log_value(j), j, Integer(1), row), before, specialize(assume(ONE_HOT), row))
    start = follows(substitute(whole, {_last: row}), row >= 1, row <= k, using=here, because="the true class")
    step = follows(substitute(whole, {_last: _last + 1}), whole, _last >= row, row >= 1, using=(more, hot), because="c_j = 0")
    return conclude(specialize(up_to(start, step, whole, index=_last, first=row, last=k), k), same)
