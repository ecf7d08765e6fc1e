"""Binary cross-entropy in one logit: its slope, and where that is largest. (section 5.1).

The slope is (s(z) - y)/m with the logistic function s. It is monotone, so it has no maximum: its size comes as close to 1/m as one likes
where the logit is large and wrong, and is half of that, the printed maximum, at z = 0.
"""

from collections.abc import Mapping
from functools import cache, partial

from sympy import Abs, Eq, Expr, Integer, Mul, Or, Rational, S, Symbol, exp, false, log

from theory.evidence import Mutant, at, mutant, proves, refutes
from theory.lipschitz.symbols import K_z, d, label, m, t
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

# Where it is largest; times K_z it is the gradient in a weight that meets the activation K_z (equation 14)


def no_maximum_of(scale: Expr) -> And:
    """K |s(t) - y|/m < K/m for all t, and it comes as close as one likes."""
    size = scale * Abs(slope(t))
    return And(ForAll(t, True, size < scale / m), ForAll(d, And(d > 0, d < 1), Exists(t, True, size > (1 - d) * scale / m)))


def half_is_the_maximum(scale: Expr) -> And:
    """The maximum over t of K |s(t) - y|/m is K/(2 m)."""
    size, most = scale * Abs(slope(t)), scale / (2 * m)
    return And(ForAll(t, True, size <= most), Exists(t, True, Eq(size, most)))


LARGEST_AT_0 = ForAll(t, True, Abs(slope(t)) <= Abs(slope(0)))
NO_MAXIMUM = no_maximum_of(S.One)
WHY = "The slope (s(z) - y)/m is monotone: its size has the supremum 1/m, where the logit is large and wrong, and no maximum."

max_at_0 = Statement((m >= 1, LABEL), LARGEST_AT_0, source="yedida-saha:text-max-at-0")
half_of_1_over_m = Statement((m >= 1, LABEL), half_is_the_maximum(S.One), source="yedida-saha:equation-17")
max_amended, half_amended = (printed.amend(then=NO_MAXIMUM, why=WHY) for printed in (max_at_0, half_of_1_over_m))


@cache
def no_maximum(scale: Expr = S.One) -> Theorem:
    """0 < s < 1; and at log(1/d) the label 0, at -log(1/d) the label 1 has a slope of the size 1/(m (1 + d))."""
    everywhere, close = (next(p for p in no_maximum_of(scale).args if p.args[0] == v) for v in (t, d))
    known = (m >= 1, LABEL, scale > 0)
    below = follows(everywhere.args[2], *known, using=exponentials(t), because="0 < s < 1")
    cases = ((Eq(label, 0), -log(d), 1 / (1 + d)), (Eq(label, 1), log(d), d / (1 + d)))
    some = tuple(_close(close.args[2], scale, *case) for case in cases)
    near = follows(close.args[2], *known, d > 0, d < 1, using=some, because="whichever the label is")
    return conjunction(generalize(below, t), throughout(near, d, close.args[1]))


def _close(some: Exists, scale: Expr, own: Expr, argument: Expr, value: Expr) -> Theorem:
    """With this label, there is a logit at which the slope's size is 1/(m (1 + d)), more than (1 - d)/m."""
    body, ranges = some.args[2], (m >= 1, own, d > 0, d < 1, scale > 0)
    there = identity(logistic(argument), value)
    there = follows(substitute(body, {t: argument}), *ranges, using=(there,), because="1/(1 + d) > 1 - d")
    return discharge(exhibit(there, t, argument, True, body), own)


def never(everywhere: ForAll) -> Theorem:
    """What is said of all logits is false at the logit 1."""
    at_1 = specialize(assume(everywhere), 1)
    return absurd(follows(false, everywhere, using=(at_1, *exponentials(Integer(1)), _more_than_half())), everywhere)


def _more_than_half() -> Theorem:
    """s(1) > 1/2."""
    return evaluate(logistic(Integer(1)) > Rational(1, 2))


def is_false_at(statement: Statement, point: Mapping[Symbol, Expr]) -> tuple[Theorem, ...]:
    """What the statement says of all logits is false at the logit 1."""
    return tuple(never(p) for p in conjuncts(substitute(statement.then, point)) if isinstance(p, ForAll))


@refutes(max_at_0, why="The label 0 and the logit 1: the slope is s(1) = 0.73, and s(0) = 1/2 at the logit 0.")
def larger_at_1() -> Refutation:
    """One sample."""
    return counterexample(max_at_0, AT_0, *is_false_at(max_at_0, AT_0))


@refutes(half_of_1_over_m, why="The label 0 and the logit 1: the slope is s(1) = 0.73, more than 1/2.")
def more_than_half_at_1() -> Refutation:
    """One sample."""
    return counterexample(half_of_1_over_m, AT_0, *is_false_at(half_of_1_over_m, AT_0))


def no_maximum_at_0() -> Theorem:
    """One sample with the label 0."""
    return instance(no_maximum(), AT_0)


def rejected(statement: Statement, wrong: ForAll, point: Mapping[Symbol, Expr], what: str) -> Mutant:
    """A wrong bound for all logits."""
    return mutant(statement.with_then(wrong), point, what, partial(never, substitute(wrong, point)))


def _mutants(statement: Statement) -> list[Mutant]:
    half = rejected(statement, ForAll(t, True, Abs(slope(t)) < 1 / (2 * m)), AT_0, "half of 1/m")
    return [half, rejected(statement, LARGEST_AT_0, AT_0, "largest at 0")]


@proves(max_amended, witness=at(AT_0, no_maximum_at_0), mutants=_mutants(max_amended))
def the_size_has_no_maximum() -> Theorem:
    """0 < s < 1, and s comes as close to both as one likes."""
    return conclude(no_maximum(), max_amended)


@proves(half_amended, witness=at(AT_0, no_maximum_at_0), mutants=_mutants(half_amended))
def the_supremum_of_the_size() -> Theorem:
    """0 < s < 1, and s comes as close to both as one likes."""
    return conclude(no_maximum(), half_amended)


# The gradient in a weight

UNIT = {**AT_0, K_z: 1}
half_of_K = Statement((m >= 1, LABEL, K_z > 0), half_is_the_maximum(K_z), source="yedida-saha:equation-18")
half_of_K_amended = half_of_K.amend(then=no_maximum_of(K_z), why=WHY)


@refutes(half_of_K, why="The activation 1, the label 0 and the logit 1: the gradient is s(1) = 0.73, more than 1/2.")
def more_than_half_the_activation() -> Refutation:
    """One sample, one weight."""
    return counterexample(half_of_K, UNIT, *is_false_at(half_of_K, UNIT))


def _no_maximum_at_1() -> Theorem:
    return instance(no_maximum(K_z), UNIT)


@proves(
    half_of_K_amended,
    witness=at(UNIT, _no_maximum_at_1),
    mutants=[
        rejected(half_of_K_amended, ForAll(t, True, K_z * Abs(slope(t)) < K_z / (2 * m)), UNIT, "half of K_z/m"),
        rejected(half_of_K_amended, ForAll(t, True, K_z * Abs(slope(t)) < K_z**2 / (2 * m)), UNIT, "half of K_z^2/m"),
    ],
)
def the_supremum_in_a_weight() -> Theorem:
    """K_z times the slope in the logit."""
    return conclude(no_maximum(K_z), half_of_K_amended)
