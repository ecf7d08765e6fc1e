"""Below half of beta a step of 1/L may run in a cycle for ever: beyond the paper, for all L and beta. (section 3.1).

c sqrt(1 + b^2 w^2) with b = beta/L > 2 and c = L^2/beta is convex, its slope is below L and its curvature at most beta. At
w = sqrt(1/4 - 1/b^2) the step 1/L is 2 w long: it goes to -w, and back. The cycle attracts: the multiplier of each step is 1 - 8/b^2.
"""

from functools import cache

from sympy import Abs, Eq, Expr, Lambda, Rational, sqrt

from theory.evidence import at, extends, mutant
from theory.lipschitz.symbols import L, curvature, d, root, t, z
from theory.proof import (
    And,
    ForAll,
    Statement,
    Theorem,
    Velocity,
    cite,
    conclude,
    conjunction,
    cut,
    derivative,
    follows,
    generalize,
    instance,
    substitute,
)

RATIO = curvature / L
PROFILE = sqrt(1 + RATIO**2 * t**2)
HEIGHT = L**2 / curvature * PROFILE
FIRST = curvature * t / PROFILE
SECOND = curvature / (PROFILE * (1 + RATIO**2 * t**2))


def value(function: Expr, number: Expr) -> Expr:
    """At a number."""
    return substitute(function, {t: number})


def after(number: Expr) -> Expr:
    """One step of 1/L."""
    return number - value(FIRST, number) / L


def has_rate(function: Expr, rate: Expr) -> Velocity:
    """The derivative at z."""
    return Velocity(Lambda(d, value(function, z + d)), value(rate, z))


MULTIPLIER = 1 - value(SECOND, root) / L
BOUNDS = And(FIRST**2 < L**2, SECOND > 0, SECOND <= curvature)
CYCLE = (Eq(after(root), -root), Eq(after(-root), root), Abs(MULTIPLIER) < 1)
KNOWN = (L > 0, curvature > 2 * L, root > 0, Eq(root**2, Rational(1, 4) - L**2 / curvature**2))
statement = Statement(
    KNOWN,
    And(ForAll(z, True, has_rate(HEIGHT, FIRST)), ForAll(z, True, has_rate(FIRST, SECOND)), ForAll(t, True, BOUNDS), *CYCLE),
)
THREE_TENTHS = {L: Rational(5, 2), curvature: Rational(25, 4), root: Rational(3, 10)}


@cache
def a_cycle() -> Theorem:
    """At the cycle sqrt(1 + b^2 w^2) = b/2: the step is 2 w."""
    inside = follows(1 + RATIO**2 * t**2 > 0, L > 0)
    rates = []
    for function, rate in ((HEIGHT, FIRST), (FIRST, SECOND)):
        rule = derivative(function, t, value=rate)
        rule = cut(rule, *(follows(c, L > 0, curvature > 2 * L, using=(inside,)) for c in rule.given))
        fact = cite("velocity-from-derivative", Lambda(t, function), Lambda(t, rate), True, d, z)
        rates.append(generalize(cut(fact, generalize(rule, t)), z))
    below = follows(FIRST**2 < L**2, L > 0, curvature > 2 * L, because="b^2 t^2 < 1 + b^2 t^2")
    curved = follows(SECOND > 0, L > 0, curvature > 2 * L)
    flat = follows(SECOND <= curvature, L > 0, curvature > 2 * L)
    half = follows(Eq(value(PROFILE, root), curvature / (2 * L)), *KNOWN, because="1 + b^2 w^2 = b^2/4")
    cycle = [follows(e, *KNOWN, using=(half,)) for e in CYCLE]
    bounds = generalize(conjunction(below, curved, flat), t)
    return conjunction(*rates, bounds, *cycle)


def at_three_tenths() -> Theorem:
    """For L = 5/2 and beta = 25/4."""
    return instance(a_cycle(), THREE_TENTHS)


@extends(
    "yedida-saha:text-bounded-implies-optimal",
    statement,
    witness=at(THREE_TENTHS, at_three_tenths),
    mutants=[
        mutant(statement.with_then(Eq(after(root), root)), THREE_TENTHS, "a fixed point"),
        mutant(statement.with_then(Abs(MULTIPLIER) < Rational(1, 4)), THREE_TENTHS, "faster"),
    ],
)
def below_half_of_beta_there_is_a_cycle() -> Theorem:
    """The step is 2 w where the height is b/2."""
    return conclude(a_cycle(), statement)
