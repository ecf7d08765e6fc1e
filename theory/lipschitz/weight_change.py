"""What a Lipschitz constant of the loss says about one step of gradient descent: that it is short. (section 3.1).

A differentiable loss with |f(U) - f(V)| <= L |U - V| has a gradient of norm at most L, so the step g/L is at most 1 long. No more than
that: whether the step lowers the loss is a matter of the gradient's Lipschitz constant.
"""

from functools import cache

from sympy import Abs, Eq, Expr, Integer, Lambda, Rational
from sympy import S as TRUTH

from theory.evidence import Tight, at, mutant, proves
from theory.lipschitz.symbols import L, alpha, d, gradient, heading, loss, params, params_2, radius, t, unit
from theory.proof import (
    ForAll,
    Statement,
    Theorem,
    Velocity,
    absurd,
    assume,
    cite,
    conclude,
    cut,
    derivative,
    equal_words,
    follows,
    generalize,
    inner,
    instance,
    rewrite,
    specialize,
    squared_norm,
    substitute,
)
from theory.proof.norms import size
from theory.proof.ranges import choose


def moves(point: object, direction: object) -> Velocity:
    """The loss changes along the direction S at the rate <g, S>."""
    return Velocity(Lambda(d, loss(point + d * direction)), inner(gradient(point), direction))


DIFFERENTIABLE = ForAll(params, True, ForAll(heading, True, moves(params, heading)))
LIPSCHITZ = ForAll(params, True, ForAll(params_2, True, (loss(params) - loss(params_2)) ** 2 <= L**2 * squared_norm(params - params_2)))
LOSS = (L > 0, LIPSCHITZ, DIFFERENTIABLE)
G = gradient(params)


@cache
def gradient_is_bounded() -> Theorem:
    """|g(U)| <= L: along the gradient the loss grows at the rate |g|^2, and at most L |g|."""
    rate, length = squared_norm(G), size(G)
    slope = (rate - L * length) / 2
    known = (cite("norm-nonnegative", G),)
    supposed = rate > L**2
    near = cite("close-to-its-line", moves(params, G).args[0], rate, slope, radius)
    near = cut(near, specialize(specialize(assume(DIFFERENTIABLE), params), G))
    near = cut(near, follows(slope > 0, supposed, L > 0, using=known, because="|g| > L"))
    here = specialize(assume(near.then.args[2]), radius)
    here = cut(here, *(follows(c, radius > 0) for c in here.given if c != near.then.args[2]))
    change = loss(params + radius * G) - loss(params)
    grows = specialize(specialize(assume(LIPSCHITZ), params + radius * G), params)
    written = equal_words(squared_norm(radius * G), radius**2 * rate)
    most = follows(Abs(change) <= L * radius * length, L > 0, radius > 0, using=(grows, written, *known), because="f is Lipschitz")
    least = follows(change >= radius * (rate - slope), supposed, L > 0, radius > 0, using=(here, *known), because="f is differentiable")
    clash = follows(TRUTH.false, supposed, L > 0, radius > 0, using=(most, least, *known), because="r (|g|^2 - L |g|)/2 > 0")
    never = absurd(choose(near, clash), supposed)
    return cut(follows(rate <= L**2, using=(never,), because="it is not more"), *known)


step_is_short = Statement(LOSS, squared_norm((params - G / L) - params) <= 1, source="yedida-saha:text-dw")

# Losses phi(<e, U>) of any number of parameters, along a unit column e; linear ones among them


def ridge(profile: Expr, slope: Expr) -> dict:
    """The loss and its gradient, for phi(t) with the derivative phi'(t)."""
    along = inner(unit, params)
    return {loss: Lambda(params, substitute(profile, {t: along})), gradient: Lambda(params, substitute(slope, {t: along}) * unit)}


def ramp(slope: Expr) -> dict:
    """A linear loss."""
    return ridge(slope * t, slope)


SLOPE = {**ramp(Integer(3)), L: 3, unit: [[1]], params: [[2]]}


@cache
def a_ramp_is_lipschitz() -> Theorem:
    """L <e, U> has the Lipschitz constant L: by Cauchy-Schwarz."""
    gap = equal_words(inner(unit, params) - inner(unit, params_2), inner(unit, params - params_2))
    using = (gap, cite("cauchy-schwarz", unit, params - params_2))
    change = follows(
        (inner(unit, params) - inner(unit, params_2)) ** 2 <= squared_norm(params - params_2), Eq(squared_norm(unit), 1), using=using
    )
    body = substitute(LIPSCHITZ.args[2].args[2], ramp(L))
    scaled = follows(body, Eq(squared_norm(unit), 1), using=(change,), because="times L^2")
    return generalize(generalize(scaled, params_2), params)


@cache
def ridge_is_differentiable(profile: Expr, slope: Expr) -> Theorem:
    """The chain rule: <e, U> changes at the rate <e, S>."""
    along, target = inner(unit, params), substitute(moves(params, heading), ridge(profile, slope))
    line, way = cite("straight-line", along, inner(unit, heading), d), inner(unit, params + d * heading)
    written = equal_words(way, line.then.args[0].expr)
    line = cut(cite("same-curve", Lambda(d, way), line.then.args[0], inner(unit, heading)), generalize(written, d), line)
    rule = derivative(profile, t, value=slope)
    outer = cite("velocity-from-derivative", Lambda(t, profile), Lambda(t, slope), True, d, along)
    outer = cut(outer, generalize(cut(rule, *(follows(c) for c in rule.given)), t))
    chain = cite("chain-rule-of-numbers", Lambda(t, profile), substitute(slope, {t: along}), line.then.args[0], inner(unit, heading))
    chain = cut(chain, outer, line)
    rate = equal_words(chain.then.args[1], target.args[1])
    return generalize(generalize(rewrite(chain, rate), heading), params)


def ramp_is_lipschitz() -> Theorem:
    """With the slope 3."""
    return instance(a_ramp_is_lipschitz(), {L: 3})


def ramp_moves() -> Theorem:
    """With the slope 3."""
    return ridge_is_differentiable(3 * t, Integer(3))


RAMP_3 = (ramp_is_lipschitz, ramp_moves)


@proves(
    step_is_short,
    witness=at(SLOPE, *RAMP_3),
    mutants=[
        mutant(step_is_short.with_then(squared_norm((params - G / L) - params) <= Rational(1, 2)), SLOPE, "1/2 for 1", *RAMP_3),
        mutant(step_is_short.with_then(squared_norm((params - G) - params) <= 1), SLOPE, "the step size 1", *RAMP_3),
        mutant(step_is_short.drop(LIPSCHITZ), {**SLOPE, L: 1}, "without the Lipschitz constant", ramp_moves),
    ],
    tight=Tight(
        True, "equality for a linear loss", step_is_short.with_then(squared_norm((params - G / L) - params) >= 1), at(SLOPE, *RAMP_3)
    ),
)
def a_step_is_at_most_1_long() -> Theorem:
    """|g| <= L."""
    length = instance(equal_words(squared_norm((params - alpha * G) - params), alpha**2 * squared_norm(G)), {alpha: 1 / L})
    short = follows(step_is_short.then, L > 0, using=(length, gradient_is_bounded()), because="|g|^2 <= L^2")
    return conclude(short, step_is_short)
