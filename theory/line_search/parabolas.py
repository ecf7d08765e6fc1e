"""Where PAL's step leads: exact on parabolas, and its error on cubics. (section 5, equation 2).

On a parabola that opens upwards PAL's step is the minimum, whatever mu is. On q s^3 + a s^2 + b s + c it sees the curvature of
(a + q mu) s^2, and at its step s the slope q s (3 s - 2 mu) is left: for q > 0 the step is too long if s > 2 mu/3 and too short below. So
the best place for the second look is not 0 but 3/2 of the step.
"""

from functools import cache

from sympy import Eq, Integer, Lambda, Ne, Rational

from theory.evidence import at, extends, mutant, proves
from theory.line_search.pal import VERTEX
from theory.line_search.symbols import a, b, c, line, loss_0, loss_mu, mu, q, r, s, slope, t
from theory.proof import (
    And,
    ForAll,
    Statement,
    Theorem,
    Velocity,
    assume,
    cite,
    conclude,
    conjunction,
    cut,
    derivative,
    follows,
    generalize,
    rewrite,
    specialize,
    substitute,
)

PARABOLA = Lambda(s, a * s**2 + b * s + c)
CUBIC = Lambda(s, q * s**3 + a * s**2 + b * s + c)
SEEN = (mu > 0, Eq(loss_0, line(0)), Velocity(Lambda(t, line(t)), slope), Eq(loss_mu, line(mu)))


def is_the(curve: Lambda) -> ForAll:
    """The loss along the line is this function of the step."""
    return ForAll(s, True, Eq(line(s), curve(s)))


equation_2 = Statement(
    (mu > 0, Eq(PARABOLA(0), loss_0), Velocity(Lambda(t, PARABOLA(t)), slope), Eq(PARABOLA(mu), loss_mu), Ne(a, 0)),
    Eq(-b / (2 * a), VERTEX),
    source="mutschler-zell:equation-2",
)
SQUARE = {a: 1, b: -4, c: 4, loss_0: 4, slope: -4, loss_mu: Rational(9, 4), mu: Rational(1, 2)}  # (s - 2)^2


@cache
def _slope_of(curve: Lambda) -> Theorem:
    """The slope at 0 is b."""
    rule = derivative(curve(r), r)
    rate = rule.then.args[1]
    fact = cite("velocity-from-derivative", Lambda(r, curve(r)), Lambda(r, rate), True, t, Integer(0))
    return cut(fact, generalize(rule, r))


@cache
def _b_is_the_slope(curve: Lambda) -> Theorem:
    found = _slope_of(curve)
    own = Velocity(found.then.args[0], slope)
    one = cite("one-velocity", own.args[0], found.then.args[1], slope)
    return cut(one, found)


@proves(
    equation_2,
    witness=at(SQUARE),
    mutants=[
        mutant(equation_2.with_then(Eq(-b / (2 * a), VERTEX / mu)), SQUARE, "mu for mu^2"),
        mutant(equation_2.with_then(Eq(-b / (2 * a), -VERTEX)), SQUARE, "without the minus"),
        mutant(equation_2.with_then(Eq(-b / (2 * a), 2 * VERTEX)), SQUARE, "without the factor 2"),
        mutant(equation_2.with_then(Eq(-b / (2 * a), -slope * mu**2 / (2 * (loss_mu - loss_0)))), SQUARE, "the slope left out below"),
    ],
)
def the_vertex_from_two_losses_and_a_slope() -> Theorem:
    """The bend is a = (l(mu) - l(0) - l'(0) mu)/mu^2."""
    known = _b_is_the_slope(PARABOLA)
    return conclude(follows(equation_2.then, *(h for h in equation_2.given if h.func is not Velocity), using=(known,)), equation_2)


# Exact on parabolas; the error on cubics


@cache
def _read(curve: Lambda) -> Theorem:
    """What PAL sees of the line: b for the slope."""
    written = specialize(assume(is_the(curve)), t)
    moves = _slope_of(curve)
    same = cut(cite("same-curve", Lambda(t, line(t)), *moves.then.args), generalize(written, t), moves)
    own = cut(cite("one-velocity", Lambda(t, line(t)), slope, b), assume(SEEN[2]), same)
    ends = [specialize(assume(is_the(curve)), value) for value in (Integer(0), mu)]
    return follows(And(Eq(slope, b), Eq(loss_0, curve(0)), Eq(loss_mu, curve(mu))), SEEN[1], SEEN[3], using=(own, *ends))


exact = Statement((*SEEN, is_the(PARABOLA), a > 0), ForAll(r, True, line(VERTEX) <= line(r)))
SQUARE_LINE = {**SQUARE, line: Lambda(s, (s - 2) ** 2)}


@extends(
    "mutschler-zell:equation-2",
    exact,
    witness=at(SQUARE_LINE),
    mutants=[
        mutant(exact.with_then(ForAll(r, True, line(VERTEX / 2) <= line(r))), SQUARE_LINE, "half of the step"),
        mutant(
            exact.drop(a > 0),
            {**SQUARE_LINE, line: Lambda(s, 4 - (s - 2) ** 2), a: -1, b: 4, c: 0, loss_0: 0, slope: 4, loss_mu: Rational(7, 4)},
            "a parabola that opens downwards",
        ),
        mutant(
            exact.with_then(line(VERTEX) <= 0),
            {**SQUARE_LINE, **{line: Lambda(s, (s - 2) ** 2 + 1), c: 5, loss_0: 5}, loss_mu: Rational(13, 4)},
            "the loss 0",
        ),
    ],
)
def exact_on_parabolas() -> Theorem:
    """Whatever mu is, a (r - s)^2 >= 0 is missing."""
    seen = _read(PARABOLA)
    vertex = follows(Eq(2 * a * VERTEX, -b), mu > 0, a > 0, using=(seen,), because="a mu^2 = l(mu) - l(0) - b mu")
    ends = [specialize(assume(is_the(PARABOLA)), value) for value in (VERTEX, r)]
    low = follows(line(VERTEX) <= line(r), mu > 0, a > 0, using=(vertex, seen, *ends), because="a (r - s)^2 >= 0")
    low = cut(low, *(follows(h, mu > 0, a > 0, using=(seen,), because="a mu^2 > 0") for h in low.given if h.func is Ne))
    return conclude(generalize(low, r), exact)


SLOPE_THERE = 3 * q * s**2 + 2 * a * s + b  # of the cubic, at s
LEFT = q * s * (3 * s - 2 * mu)
cubic = Statement(
    (*SEEN, is_the(CUBIC), Ne(a + q * mu, 0), Eq(s, VERTEX), Eq(3 * q * r**2 + 2 * a * r + b, 0), Ne(2 * a + 3 * q * (s + r), 0)),
    And(
        Eq(s, -b / (2 * (a + q * mu))),
        Velocity(Lambda(t, line(s + t)), LEFT),
        Eq(s - r, LEFT / (2 * a + 3 * q * (s + r))),
    ),
)

# s^3 + s^2 - 5 s + 4 with mu = 1: a + q mu = 2, the step is 5/4, the minimum at 1
BENT = {q: 1, a: 1, b: -5, c: 4, mu: 1, line: Lambda(s, s**3 + s**2 - 5 * s + 4), loss_0: 4, slope: -5, loss_mu: 1}
BENT = {**BENT, s: Rational(5, 4), r: 1}


@extends(
    "mutschler-zell:equation-2",
    cubic,
    witness=at(BENT),
    mutants=[
        mutant(cubic.with_then(Eq(s, -b / (2 * a))), BENT, "the step of the parabola in the cubic"),
        mutant(cubic.with_then(Velocity(Lambda(t, line(s + t)), -LEFT)), BENT, "the error's sign"),
        mutant(cubic.with_then(Eq(s - r, LEFT / (2 * a))), BENT, "the curvature at 0 alone"),
        mutant(cubic.with_then(Eq(s, r)), BENT, "exact"),
    ],
)
def error_on_cubics() -> Theorem:
    """At the step b = -2 (a + q mu) s, so b + 2 a s + 3 q s^2 = q s (3 s - 2 mu); the slope at r is 0."""
    seen, bend = _read(CUBIC), Ne(a + q * mu, 0)
    own = assume(Eq(s, VERTEX))
    bottom = follows(Ne(loss_mu - loss_0 - slope * mu, 0), mu > 0, bend, using=(seen,), because="it is (a + q mu) mu^2")
    step = follows(Eq(s, -b / (2 * (a + q * mu))), mu > 0, bend, using=(seen, own, bottom), because="the parabola sees a + q mu")
    rule = derivative(CUBIC(r), r, value=substitute(SLOPE_THERE, {s: r}))
    there = cite("velocity-from-derivative", Lambda(r, CUBIC(r)), Lambda(r, rule.then.rhs), True, t, s)
    there = cut(there, generalize(rule, r))
    written = generalize(specialize(assume(is_the(CUBIC)), s + t), t)
    moves = cut(cite("same-curve", Lambda(t, line(s + t)), *there.then.args), written, there)
    left = cut(follows(Eq(SLOPE_THERE, LEFT), bend, step.then, because="b = -2 (a + q mu) s"), step)
    apart = Eq(s - r, LEFT / (2 * a + 3 * q * (s + r)))
    apart = follows(apart, *cubic.given[-2:], left.then, because="the slopes differ by (s - r)(2 a + 3 q (s + r))")
    apart = cut(apart, left)
    return conclude(conjunction(step, rewrite(moves, left), apart), cubic)
