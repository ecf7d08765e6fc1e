"""The mean value theorem as an equation: somewhere on the segment the part of the gradient along it is the mean slope. (section 3.1).

With w_2 - w_1 inside the product it holds for a loss of any number of parameters: f(w_2) - f(w_1) = <g(v), w_2 - w_1> for some point v
strictly between. Printed is |g(v)| |w_2 - w_1|, as if the gradient always pointed along the segment. And for a network's outputs, more
than one number, there is no such point at all: (t^2, t^3) moves from (0, 0) to (1, 1), and (2 t, 3 t^2) is never (1, 1).
"""

from functools import partial

from sympy import Eq, Expr, Integer, Lambda, Rational
from sympy import S as TRUTH

from theory.evidence import at, extends, mutant
from theory.lipschitz.mean_values import ON_THE_WAY, STEADY, WITHIN
from theory.lipschitz.symbols import d, gradient, loss, params, params_2, t, unit, z
from theory.lipschitz.weight_change import ridge, ridge_is_differentiable
from theory.proof import (
    And,
    Exists,
    ForAll,
    Not,
    Statement,
    Theorem,
    Velocity,
    absurd,
    assume,
    cite,
    conclude,
    conjunction,
    cut,
    derivative,
    equal_words,
    evaluate,
    exhibit,
    follows,
    generalize,
    inner,
    instance,
    none_exists,
    specialize,
    substitute,
)
from theory.proof.ranges import throughout

BETWEEN = And(t > 0, t < 1)
RISE = loss(params_2) - loss(params)
ALONG = inner(gradient(ON_THE_WAY), params_2 - params)
somewhere = Statement((STEADY,), Exists(t, BETWEEN, Eq(RISE, ALONG)))


# 3 x, and x^3, of the part x = <e, U>: from 0 to 2 e
FROM_0_TO_2 = {unit: [[1]], params: [[0]], params_2: [[2]]}
LINEAR, CUBIC = ridge(3 * t, Integer(3)), ridge(t**3, 3 * t**2)
OTHER_GRADIENT = {**LINEAR, gradient: Lambda(params, 5 * unit)}
WAY = Eq(inner(unit, params_2 - params), 2)


def steady(profile: Expr, slope: Expr) -> Theorem:
    """Such a loss is differentiable along every segment."""
    there = specialize(specialize(ridge_is_differentiable(profile, slope), ON_THE_WAY), params_2 - params)
    return throughout(there, t, WITHIN)


def linear() -> Theorem:
    """The slope 3."""
    return steady(3 * t, Integer(3))


def cubic() -> Theorem:
    """The slope 3 x^2."""
    return steady(t**3, 3 * t**2)


def on_the_cubic() -> Theorem:
    """The theorem itself."""
    return instance(somewhere_between(), CUBIC)


def nowhere(statement: Statement, values: dict, slope: int) -> Theorem:
    """No point of the segment fits."""
    some = substitute(statement.then, values)
    body, way = some.args[2], params_2 - params
    rise = equal_words(inner(unit, params_2) - inner(unit, params), inner(unit, way))
    along = equal_words(body.rhs, slope * inner(unit, way))
    never = follows(TRUTH.false, body, WAY, using=(rise, along))
    return none_exists(generalize(absurd(never, body), t, some.args[1]))


OTHER_WAY = somewhere.with_then(Exists(t, BETWEEN, Eq(-RISE, ALONG)))


@extends(
    "yedida-saha:text-mvt",
    somewhere,
    witness=at({**FROM_0_TO_2, **CUBIC}, cubic, on_the_cubic),
    mutants=[
        mutant(OTHER_WAY, {**FROM_0_TO_2, **LINEAR}, "the other sign", linear, partial(nowhere, OTHER_WAY, LINEAR, 3)),
        mutant(somewhere.with_then(substitute(Eq(RISE, ALONG), {t: Rational(1, 2)})), {**FROM_0_TO_2, **CUBIC}, "halfway", cubic),
        mutant(
            somewhere.drop(STEADY), {**FROM_0_TO_2, **OTHER_GRADIENT}, "another gradient", partial(nowhere, somewhere, OTHER_GRADIENT, 5)
        ),
    ],
)
def somewhere_between() -> Theorem:
    """The mean value theorem for t -> f(U + t (V - U))."""
    point = cite("mean-value-point", Lambda(t, loss(ON_THE_WAY)), ALONG, d, Integer(1))
    (moving,) = (h for h in point.given if isinstance(h, ForAll))
    here = specialize(assume(STEADY), t)
    written = equal_words(moving.args[2].args[0].expr, here.then.args[0].expr)
    along = cut(cite("same-curve", moving.args[2].args[0], here.then.args[0], ALONG), generalize(written, d), here)
    return conclude(cut(point, throughout(along, t, WITHIN)), somewhere)


# Values in the plane: no such point

POINT = And(t >= 0, t <= 1)
BOTH = And(Eq(2 * t, 1), Eq(3 * t**2, 1))


def halfway() -> Theorem:
    """2 t = 1 at t = 1/2."""
    return exhibit(evaluate(TRUTH.true), t, Rational(1, 2), POINT, Eq(2 * t, 1))


def nowhere_in_the_plane() -> Theorem:
    """2 t = 1 gives 3 t^2 = 3/4."""
    never = absurd(follows(TRUTH.false, BOTH, because="3/4 is not 1"), BOTH)
    return none_exists(generalize(never, t, POINT))


SQUARE, CUBE = (ForAll(t, True, Velocity(Lambda(d, (t + d) ** k), k * t ** (k - 1))) for k in (2, 3))
in_the_plane = Statement((), And(SQUARE, CUBE, Not(Exists(t, POINT, BOTH))))


@extends(
    "yedida-saha:text-mvt",
    in_the_plane,
    witness=at({}),
    mutants=[
        mutant(in_the_plane.with_then(Not(Exists(t, POINT, Eq(2 * t, 1)))), {}, "the first value alone", halfway),
        mutant(in_the_plane.with_then(Exists(t, POINT, BOTH)), {}, "there is one", nowhere_in_the_plane),
    ],
)
def no_mean_velocity() -> Theorem:
    """2 t = 1 and 3 t^2 = 1 do not hold together."""
    curves = []
    for power in (2, 3):
        rule = derivative(z**power, z, value=power * z ** (power - 1))
        fact = cite("velocity-from-derivative", Lambda(z, z**power), Lambda(z, power * z ** (power - 1)), True, d, t)
        curves.append(generalize(cut(fact, generalize(rule, z)), t))
    return conclude(conjunction(*curves, nowhere_in_the_plane()), in_the_plane)
