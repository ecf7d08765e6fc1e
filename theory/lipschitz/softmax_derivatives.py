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
from theory.proof.ranges import throughout

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
def jacobian_at(value: Expr) -> Theorem:
    """Both derivatives at one logit."""
    side = not_zero(t)
    mine = velocity(own(t), own(t) * (1 - own(t)), value, side)
    return conjunction(mine, velocity(other(t), -other(t) * own(t), value, side))


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
    return conclude(jacobian_at(z), jacobian)
