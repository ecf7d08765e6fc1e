"""Binary cross-entropy in one logit: its slope, and where that is largest. (section 5.1).

The slope is (s(z) - y)/m with the logistic function s. It is monotone, so it has no maximum: its size comes as close to 1/m as one likes
where the logit is large and wrong, and is half of that, the printed maximum, at z = 0.
"""

from functools import cache

from sympy import Abs, Eq, Expr, Integer, Mul, Or, Rational, exp, false, log

from theory.evidence import Mutant, at, mutant, proves, refutes
from theory.lipschitz.symbols import d, label, m, t
from theory.proof import (
    And,
    Exists,
    ForAll,
    Refutation,
    Statement,
    Theorem,
    absurd,
    assume,
    conclude,
    conjunction,
    counterexample,
    discharge,
    evaluate,
    exhibit,
    follows,
    generalize,
    identity,
    instance,
    specialize,
    substitute,
)
from theory.proof.logic import conjuncts
from theory.proof.ranges import throughout


def logistic(argument: Expr) -> Expr:
    """1/(1 + e^-z)."""
    return 1 / (1 + exp(-argument))


LABEL = Or(Eq(label, 0), Eq(label, 1))


def slope(argument: Expr) -> Expr:
    """(s(z) - y)/m."""
    return (logistic(argument) - label) / m


@cache
def exponentials(argument: Expr) -> tuple[Theorem, ...]:
    """What the proofs use of e^-z: it is a square, and the inverse of e^z."""
    half = exp(-argument / 2)
    square = identity(exp(-argument), Mul(half, half, evaluate=False))
    return (square, identity(Mul(exp(-argument), exp(argument), evaluate=False), 1))


AT_0 = {m: 1, label: 0}

# Where it is largest

LARGEST_AT_0 = ForAll(t, True, Abs(slope(t)) <= Abs(slope(0)))
NEVER_ATTAINED = ForAll(t, True, Abs(slope(t)) < 1 / m)
APPROACHED = ForAll(d, And(d > 0, d < 1), Exists(t, True, Abs(slope(t)) > (1 - d) / m))
NO_MAXIMUM = And(NEVER_ATTAINED, APPROACHED)
WHY = "The slope (s(z) - y)/m is monotone: its size has the supremum 1/m, where the logit is large and wrong, and no maximum."

max_at_0 = Statement((m >= 1, LABEL), LARGEST_AT_0, source="yedida-saha:text-max-at-0")
half_of_1_over_m = Statement(
    (m >= 1, LABEL),
    And(ForAll(t, True, Abs(slope(t)) <= 1 / (2 * m)), Exists(t, True, Eq(Abs(slope(t)), 1 / (2 * m)))),
    source="yedida-saha:equation-17",
)
max_amended, half_amended = (printed.amend(then=NO_MAXIMUM, why=WHY) for printed in (max_at_0, half_of_1_over_m))


@cache
def no_maximum() -> Theorem:
    """0 < s < 1; and at log(1/d) the label 0, at -log(1/d) the label 1 has a slope of the size 1/(m (1 + d))."""
    size = Abs(slope(t))
    never = follows(size < 1 / m, m >= 1, LABEL, using=exponentials(t), because="0 < s < 1")
    some = [_close(Eq(label, 0), -log(d), 1 / (1 + d)), _close(Eq(label, 1), log(d), d / (1 + d))]
    near = follows(APPROACHED.args[2], m >= 1, LABEL, d > 0, d < 1, using=some, because="whichever the label is")
    return conjunction(generalize(never, t), throughout(near, d, APPROACHED.args[1]))


def _close(own: Expr, argument: Expr, value: Expr) -> Theorem:
    """With this label, there is a logit at which the slope's size is 1/(m (1 + d)), more than (1 - d)/m."""
    some = APPROACHED.args[2]
    body = some.args[2]
    there = follows(
        substitute(body, {t: argument}),
        m >= 1,
        own,
        d > 0,
        d < 1,
        using=(identity(logistic(argument), value),),
        because="1/(1 + d) > 1 - d",
    )
    return discharge(exhibit(there, t, argument, True, body), own)


def never(everywhere: ForAll) -> Theorem:
    """What is said of all logits is false at the logit 1."""
    at_1 = specialize(assume(everywhere), 1)
    return absurd(follows(false, everywhere, using=(at_1, *exponentials(Integer(1)), _more_than_half())), everywhere)


def _more_than_half() -> Theorem:
    """s(1) > 1/2."""
    return evaluate(logistic(Integer(1)) > Rational(1, 2))


def _is_false_at_0(statement: Statement) -> tuple[Theorem, ...]:
    return tuple(never(part) for part in conjuncts(substitute(statement.then, AT_0)) if isinstance(part, ForAll))


@refutes(max_at_0, why="The label 0 and the logit 1: the slope is s(1) = 0.73, and s(0) = 1/2 at the logit 0.")
def larger_at_1() -> Refutation:
    """One sample."""
    return counterexample(max_at_0, AT_0, *_is_false_at_0(max_at_0))


@refutes(half_of_1_over_m, why="The label 0 and the logit 1: the slope is s(1) = 0.73, more than 1/2.")
def more_than_half_at_1() -> Refutation:
    """One sample."""
    return counterexample(half_of_1_over_m, AT_0, *_is_false_at_0(half_of_1_over_m))


def no_maximum_at_0() -> Theorem:
    """One sample with the label 0."""
    return instance(no_maximum(), AT_0)


def _mutants(statement: Statement) -> list[Mutant]:
    bound, none = ForAll(t, True, Abs(slope(t)) < 1 / (2 * m)), ForAll(t, True, Abs(slope(t)) <= Abs(slope(0)))
    return [
        mutant(statement.with_then(wrong), AT_0, what, lambda wrong=wrong: never(substitute(wrong, AT_0)))
        for wrong, what in ((bound, "half of 1/m"), (none, "largest at 0"))
    ]


@proves(max_amended, witness=at(AT_0, no_maximum_at_0), mutants=_mutants(max_amended))
def the_size_has_no_maximum() -> Theorem:
    """0 < s < 1, and s comes as close to both as one likes."""
    return conclude(no_maximum(), max_amended)


@proves(half_amended, witness=at(AT_0, no_maximum_at_0), mutants=_mutants(half_amended))
def the_supremum_of_the_size() -> Theorem:
    """0 < s < 1, and s comes as close to both as one likes."""
    return conclude(no_maximum(), half_amended)
