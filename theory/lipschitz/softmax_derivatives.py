"""The derivatives of softmax, the logistic function and ReLU, and the gradient of softmax cross-entropy in one weight. (4.2 and 5.2).

One logit z moves, and r >= 0 is the sum of e^(z_j) over all other classes, however many: the softmax value of the moving class is
e^z/(r + e^z), that of another class c/(r + e^z) with c = e^(z_j). No slope of softmax or of the logistic function exceeds 1/4.
"""

from functools import cache

from sympy import Abs, Eq, Expr, Lambda, Ne, Or, Rational, exp, log, sign

from theory.evidence import Tight, at, mutant, proves, refutes
from theory.lipschitz.cross_entropy import LABEL, exponentials, logistic
from theory.lipschitz.logit_slopes import moves
from theory.lipschitz.symbols import K_z, activation, d, label, m, numerator, others, t, weight, z
from theory.proof import (
    And,
    Refutation,
    Statement,
    Theorem,
    Velocity,
    cite,
    conclude,
    conjunction,
    counterexample,
    cut,
    derivative,
    follows,
    generalize,
    substitute,
)

ANOTHER = (others >= 0, numerator > 0, numerator <= others)


def own(argument: Expr) -> Expr:
    """The softmax value of the class whose logit moves."""
    return exp(argument) / (others + exp(argument))


def other(argument: Expr) -> Expr:
    """The softmax value of another class."""
    return numerator / (others + exp(argument))


@cache
def positive(argument: Expr) -> Theorem:
    """The sum of all e^(z_j) is positive."""
    return follows(others + exp(argument) > 0, others >= 0, using=exponentials(-argument), because="e^z > 0")


def velocity(function: Expr, value: Expr, point: Expr, *sides: Theorem, where: Expr = True) -> Theorem:
    """The derivative of a function of t at a point, by the rules of differentiation."""
    rule = derivative(function, t, value=value)
    rule = cut(rule, *sides) if sides else rule
    fact = cite("velocity-from-derivative", Lambda(t, function), Lambda(t, value), where, d, point)
    return cut(fact, generalize(rule, t, where))


def not_zero(argument: Expr) -> Theorem:
    """The denominator of softmax is not 0."""
    return follows(Ne(others + exp(argument), 0), others >= 0, using=(positive(argument),))


# Equation 21

jacobian = Statement(
    ANOTHER,
    And(moves(own(z), z, own(z) * (1 - own(z))), moves(other(z), z, -other(z) * own(z))),
    source="yedida-saha:equation-21",
)
THREE = {others: 3, numerator: 2, z: 0}


@cache
def jacobian_at(value: Expr) -> tuple[Theorem, Theorem]:
    """Both derivatives at one logit."""
    side = not_zero(t)
    return velocity(own(t), own(t) * (1 - own(t)), value, side), velocity(other(t), -other(t) * own(t), value, side)


@proves(
    jacobian,
    witness=at(THREE),
    mutants=[
        mutant(jacobian.with_then(moves(own(z), z, own(z) ** 2)), THREE, "a_p^2"),
        mutant(jacobian.with_then(moves(other(z), z, other(z) * own(z))), THREE, "the other sign"),
    ],
)
def derivatives_of_softmax() -> Theorem:
    """The quotient rule."""
    return conclude(conjunction(*jacobian_at(z)), jacobian)


# Equation 20: the loss in one softmax value; `others` is here what the other classes add to the sum

IN_ONE_VALUE = -(label * log(t) + others) / m
in_a_value = Statement(
    (m >= 1, LABEL, activation > 0),
    Velocity(Lambda(d, substitute(IN_ONE_VALUE, {t: activation + d})), -label / (m * activation)),
    source="yedida-saha:equation-20",
)
HALF = {m: 2, label: 1, activation: Rational(1, 2), others: 0}


@proves(
    in_a_value,
    witness=at(HALF),
    mutants=[
        mutant(in_a_value.with_then(Velocity(in_a_value.then.args[0], label / (m * activation))), HALF, "the other sign"),
        mutant(in_a_value.with_then(Velocity(in_a_value.then.args[0], -1 / activation)), HALF, "without [y = j]/m"),
    ],
)
def the_slope_in_a_softmax_value() -> Theorem:
    """The derivative of the logarithm."""
    side = follows(Ne(t, 0), t > 0)
    return conclude(velocity(IN_ONE_VALUE, -label / (m * t), activation, side, where=t > 0), in_a_value)


# Equation 22: the loss of one sample where one weight w of the class p moves, that meets the activation a_1; z is what the others add

LOGIT = z + weight * activation
IN_A_WEIGHT = (log(others + exp(LOGIT)) - label * LOGIT) / m  # less a number, for another class y
MOVES = moves(IN_A_WEIGHT, weight, (own(LOGIT) - label) * activation / m)
AT_MOST = Abs((own(LOGIT) - label) * activation / m) <= Abs(own(LOGIT) - label) * K_z / m
ONE_OF_MANY = (m >= 1, LABEL, others >= 0, Abs(activation) <= K_z)
in_a_weight = Statement(ONE_OF_MANY, moves(IN_A_WEIGHT, weight, (own(LOGIT) - label) * K_z / m), source="yedida-saha:equation-22")
in_a_weight_amended = in_a_weight.amend(
    then=And(MOVES, AT_MOST),
    why="The weight's own activation stands there; K_z, the largest of all, gives an upper bound of the size.",
)
SMALLER = {m: 1, label: 0, others: 1, weight: 0, activation: 1, z: 0, K_z: 2}
NEGATIVE = {m: 1, label: 0, others: 1, weight: 0, activation: -1, z: 0, K_z: 1}


@refutes(
    in_a_weight, why="Two classes, the activations 1 and 2, the weights 0: in a weight of the first the gradient is 1/2, printed is 1."
)
def a_smaller_activation() -> Refutation:
    """One sample."""
    return counterexample(in_a_weight, SMALLER)


@proves(
    in_a_weight_amended,
    witness=at(NEGATIVE),
    mutants=[
        mutant(
            in_a_weight_amended.with_then(moves(IN_A_WEIGHT, weight, (label - own(LOGIT)) * activation / m)), NEGATIVE, "the other sign"
        ),
        mutant(
            in_a_weight_amended.with_then(moves(IN_A_WEIGHT, weight, own(LOGIT) * activation / m)), {**NEGATIVE, label: 1}, "no [y = p]"
        ),
    ],
)
def the_slope_in_a_weight() -> Theorem:
    """The chain rule."""
    path = substitute(IN_A_WEIGHT, {weight: t})
    rate = (own(z + t * activation) - label) * activation / m
    found = velocity(path, rate, weight, positive(z + t * activation), not_zero(z + t * activation))
    used = (not_zero(LOGIT),)
    bound = follows(AT_MOST, *ONE_OF_MANY, using=used, because="|a_1| <= K_z")
    return conclude(conjunction(found, bound), in_a_weight_amended)


# The derivatives of the activations

SIGMOID = logistic(z) * (1 - logistic(z))
RELU, STEP = (z + Abs(z)) / 2, (1 + sign(z)) / 2
SLOPES = (moves(logistic(z), z, SIGMOID), *jacobian.then.args, moves(RELU, z, STEP))
BELOW = (SIGMOID < 1, Abs(own(z) * (1 - own(z))) < 1, Abs(other(z) * own(z)) < 1, Or(And(z < 0, Eq(STEP, 0)), And(z > 0, Eq(STEP, 1))))
below_1 = Statement(
    (*ANOTHER, Ne(z, 0)),
    And(*SLOPES, *BELOW),
    source="yedida-saha:text-act-derivs",
)
LINE = {others: 1, numerator: 1, z: -log(3)}


@cache
def _quarters() -> tuple[Theorem, ...]:
    """None of them is above 1/4."""
    quarter, used = Rational(1, 4), (positive(z), *exponentials(-z), *exponentials(z))
    return (
        follows(SIGMOID <= quarter, using=exponentials(z), because="s (1 - s) <= 1/4"),
        follows(Abs(own(z) * (1 - own(z))) <= quarter, others >= 0, using=used, because="a (1 - a) <= 1/4"),
        follows(Abs(other(z) * own(z)) <= quarter, *ANOTHER, using=used, because="c e^z <= r e^z"),
    )


def _a_quarter() -> Theorem:
    """Of the logistic function and of softmax."""
    return conjunction(*_quarters())


@proves(
    below_1,
    witness=at(LINE),
    mutants=[
        mutant(below_1.with_then(SIGMOID < Rational(3, 16)), LINE, "3/16"),
        mutant(below_1.with_then(Eq(STEP, 1)), LINE, "ReLU always has the slope 1"),
    ],
    tight=Tight(False, "1/4 is a bound for the logistic function and for softmax", shown=_a_quarter),
)
def slopes_of_activations() -> Theorem:
    """S (1 - s) <= 1/4, likewise for softmax; and ReLU is (z + |z|)/2."""
    smooth = velocity(logistic(t), logistic(t) * (1 - logistic(t)), z)
    relu = velocity(substitute(RELU, {z: t}), substitute(STEP, {z: t}), z, where=Ne(t, 0))
    using = (*_quarters(), *exponentials(z), not_zero(z))
    parts = [follows(c, *below_1.given, using=using, because="at most 1/4") for c in BELOW]
    return conclude(conjunction(smooth, *jacobian_at(z), relu, *parts), below_1)
