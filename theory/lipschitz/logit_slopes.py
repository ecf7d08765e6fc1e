"""The derivatives of binary cross-entropy: in the logit, and twice in a weight. (section 5.1).

The slope in the logit is (s(z) - y)/m, as printed. The second derivative in a weight w, where z = w a, is s (1 - s) a^2/m: the activation
comes out with each derivative, and is printed once. It vanishes only where a does, and there the gradient in w is 0 for every w: no
maximum, but a minimum of its size.
"""

from sympy import Abs, Eq, Expr, Lambda, Le, Rational, Symbol, exp, log

from theory.evidence import at, mutant, proves, refutes
from theory.lipschitz.cross_entropy import LABEL, NO_MAXIMUM, exponentials, logistic, never, no_maximum, no_maximum_at_0, slope
from theory.lipschitz.symbols import activation, d, label, m, t, weight, z
from theory.proof import (
    And,
    ForAll,
    Refutation,
    Statement,
    Theorem,
    Velocity,
    assume,
    cite,
    conclude,
    conjunction,
    counterexample,
    cut,
    derivative,
    follows,
    generalize,
    instance,
    rewrite,
    substitute,
)

LOSS = -(label * log(logistic(z)) + (1 - label) * log(1 - logistic(z))) / m


def moves(function: Expr, variable: Symbol, value: Expr) -> Velocity:
    """The derivative of a function of one number, at every number."""
    return Velocity(Lambda(d, substitute(function, {variable: variable + d})), value)


def _velocity(function: Expr, variable: Symbol, value: Expr, *sides: Theorem) -> Theorem:
    rule = cut(derivative(function, t, value=value), *sides)
    fact = cite("velocity-from-derivative", Lambda(t, function), Lambda(t, value), True, d, variable)
    return cut(fact, generalize(rule, t))


derived = Statement((m >= 1, LABEL), moves(LOSS, z, slope(z)), source="yedida-saha:equation-15")
ZERO = {m: 2, label: 1, z: 0}


def _defined() -> Theorem:
    """The logarithms are, for every logit."""
    return generalize(follows(1 - logistic(d) > 0, using=exponentials(d), because="e^-z > 0"), d)


@proves(
    derived,
    witness=at(ZERO, _defined),
    mutants=[
        mutant(derived.with_then(moves(LOSS, z, -slope(z))), ZERO, "the other sign", _defined),
        mutant(derived.with_then(moves(LOSS, z, m * slope(z))), ZERO, "without 1/m", _defined),
    ],
)
def the_slope() -> Theorem:
    """The chain rule, and s' = s (1 - s)."""
    inside = follows(1 - logistic(t) > 0, using=exponentials(t), because="e^-z > 0")
    return conclude(_velocity(substitute(LOSS, {z: t}), z, slope(t), inside), derived)


# In one weight, with the logit w a

GRADIENT = activation * slope(weight * activation)
BEND = logistic(weight * activation) * (1 - logistic(weight * activation)) / m


def twice(value: Expr) -> And:
    """The first derivative in the weight, and the second."""
    return And(moves(substitute(LOSS, {z: weight * activation}), weight, GRADIENT), moves(GRADIENT, weight, value))


bends = Statement((m >= 1, LABEL), twice(BEND * activation), source="yedida-saha:equation-16")
bends_amended = bends.amend(
    then=twice(BEND * activation**2), why="Each derivative brings out the activation a once, so a^2 stands in the second."
)
DOUBLE = {m: 2, label: 0, weight: 0, activation: 2}


@refutes(bends, why="a = 2, w = 0 and m = 1: the second derivative is 1, the printed one 1/2.")
def the_activation_twice() -> Refutation:
    """One sample, one weight."""
    return counterexample(bends, {**DOUBLE, m: 1})


@proves(
    bends_amended,
    witness=at(DOUBLE),
    mutants=[
        mutant(bends_amended.with_then(twice(m * BEND * activation**2)), DOUBLE, "without 1/m"),
        mutant(bends_amended.with_then(twice(-BEND * activation**2)), DOUBLE, "the other sign"),
    ],
)
def two_derivatives_in_a_weight() -> Theorem:
    """The chain rule twice."""
    z_ = t * activation
    inside = follows(1 - logistic(z_) > 0, using=exponentials(z_), because="e^-z > 0")
    first = _velocity(substitute(LOSS, {z: z_}), weight, substitute(GRADIENT, {weight: t}), inside)
    second = _velocity(substitute(GRADIENT, {weight: t}), weight, substitute(BEND * activation**2, {weight: t}))
    return conclude(conjunction(first, second), bends_amended)


# Where the second derivative is 0, and the largest gradient in a weight

VANISHES = Eq(BEND * activation**2, 0)
LARGEST = ForAll(t, True, Le(Abs(slope(t)), Abs(slope(weight * activation)), evaluate=False))
AT_REST = And(Eq(activation, 0), Eq(weight * activation, 0), Eq(logistic(weight * activation), Rational(1, 2)))
zero = Statement((m >= 1, LABEL, VANISHES), And(AT_REST, LARGEST), source="yedida-saha:text-16-zero")
zero_amended = zero.amend(
    then=And(AT_REST, NO_MAXIMUM),
    why="It gives a = 0, z = 0 and s = 1/2, as printed, but the slope in z is not largest there: it has no maximum.",
)
RESTS = {m: 1, label: 0, weight: 3, activation: 0}


@refutes(zero, why="The label 0: the slope is 1/2 at z = 0, and 0.73 at z = 1.")
def not_largest_at_0() -> Refutation:
    """No activation."""
    return counterexample(zero, RESTS, never(substitute(LARGEST, RESTS)))


@proves(
    zero_amended,
    witness=at(RESTS, no_maximum_at_0),
    mutants=[
        mutant(zero_amended.with_then(Eq(weight, 0)), RESTS, "w = 0"),
        mutant(zero_amended.drop(VANISHES), {**RESTS, activation: 1}, "anywhere", no_maximum_at_0),
    ],
)
def the_second_derivative_vanishes() -> Theorem:
    """S (1 - s) > 0."""
    none = follows(Eq(activation, 0), VANISHES, m >= 1, using=exponentials(weight * activation), because="s (1 - s) > 0")
    start = follows(Eq(weight * activation, 0), VANISHES, m >= 1, using=(none, *exponentials(weight * activation)), because="a = 0")
    power = exp(-weight * activation)
    one = instance(rewrite(assume(Eq(t, power)), none), {t: power})
    half = follows(
        Eq(logistic(weight * activation), Rational(1, 2)),
        VANISHES,
        m >= 1,
        using=(one, *exponentials(weight * activation)),
        because="e^0 = 1",
    )
    return conclude(conjunction(none, start, half, no_maximum()), zero_amended)
