"""What the step to the minimum is proportional to: two numbers that each line has, and not |g| by itself. (sections 1 and 5).

On a quadratic loss the minimum along -g/|g| is (rho/kappa) |g| away, with rho = <G, g>/|g|^2, the full batch's slope over the mini-batch's,
and kappa the curvature along the line. So s_opt/|g| is constant exactly as far as rho/kappa is: with the full batch rho is 1, and over a
run whose loss has stopped falling rho/kappa is lambda/2 on average, as `theory.line_search.half_rate` says. Off quadratics even rho = 1 is
not enough: on w^4 the minimum is |w| away and |g| = 4 |w|^3, so s_opt goes like the cubic root of |g|.
"""

from functools import partial

from sympy import Eq, Integer, Lambda

from theory.evidence import at, extends, mutant
from theory.line_search.line_loss import curvature
from theory.line_search.quadratics import LOSS, QUADRATIC, bowl, lowest, where_lowest
from theory.line_search.symbols import G, H, b, g, k, line, r, rho, s, t, theta, x
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
    equal_words,
    follows,
    generalize,
    inner,
    specialize,
    squared_norm,
)
from theory.proof.norms import size

DOWN = -g / size(g)
RATIO = (Eq(rho * squared_norm(g), inner(G, g)), Eq(k, curvature(H, DOWN)))
by_two_numbers = Statement((QUADRATIC, squared_norm(g) > 0, *RATIO, k > 0, lowest(s, DOWN)), Eq(s, rho / k * size(g)))
# U^2/2 + 2 U at 0, and the mini-batch's gradient 1: the minimum is 2 away
TWO = {**LOSS, theta: [[0]], G: [[2]], H: [[1]], g: [[1]], rho: 2, k: 1, s: 2}
TWICE = partial(bowl, 2)


@extends(
    "mutschler-zell:text-prop",
    by_two_numbers,
    witness=at(TWO, TWICE),
    mutants=[
        mutant(by_two_numbers.with_then(Eq(s, size(g) / k)), TWO, "the full batch's slope taken for the mini-batch's", TWICE),
        mutant(by_two_numbers.with_then(Eq(s, rho / k)), {**TWO, g: [[2]], rho: 1}, "not times |g|", TWICE),
        mutant(by_two_numbers.with_then(Eq(s, k / rho * size(g))), TWO, "upside down", TWICE),
    ],
)
def the_minimum_by_slope_ratio_and_curvature() -> Theorem:
    """At the minimum kappa s |g| = <G, g> = rho |g|^2."""
    slope = equal_words(inner(G, DOWN), -inner(G, g) / size(g))
    using = (where_lowest(s, DOWN), slope, cite("norm-nonnegative", g))
    return conclude(follows(by_two_numbers.then, *by_two_numbers.given[1:], using=using, because="kappa s = rho |g|"), by_two_numbers)


# The loss w^4: s is the step from x to the minimum, b the length of the gradient

QUARTIC = ForAll(t, True, Eq(line(t), (x + t) ** 4))
quartic = Statement(
    (QUARTIC, Velocity(Lambda(t, line(t)), b), b < 0, ForAll(r, True, line(s) <= line(r))),
    And(Eq(4 * s**3, -b), Eq(s, -x)),
)
FROM_1 = {line: Lambda(t, (t - 1) ** 4), x: -1, b: -4, s: 1}


def _even_power() -> Theorem:
    return generalize(follows((r - 1) ** 4 >= 0, because="an even power"), r)


@extends(
    "mutschler-zell:text-prop",
    quartic,
    witness=at(FROM_1, _even_power),
    mutants=[
        mutant(quartic.with_then(Eq(s, -b)), FROM_1, "the step |g|", _even_power),
        mutant(quartic.with_then(Eq(4 * s, -b / 4)), FROM_1, "in proportion", _even_power),
        mutant(quartic.drop(quartic.given[3]), {**FROM_1, s: 2}, "any step"),
    ],
)
def a_cubic_root_on_a_quartic() -> Theorem:
    """L(s) <= l(-x) = 0, and l'(0) = 4 x^3."""
    power, rate = Lambda(r, (x + r) ** 4), Lambda(r, 4 * (x + r) ** 3)
    rule = generalize(derivative(power.expr, r, value=rate.expr), r)
    there = cut(cite("velocity-from-derivative", power, rate, True, t, Integer(0)), rule)
    moving = cut(cite("same-curve", Lambda(t, line(t)), *there.then.args), assume(QUARTIC), there)
    slope = cut(cite("one-velocity", Lambda(t, line(t)), b, there.then.args[1]), moving)
    lower = specialize(assume(quartic.given[3]), -x)
    ends = [specialize(assume(QUARTIC), value) for value in (s, -x)]
    arrives = follows(Eq(s, -x), using=(lower, *ends), because="(x + s)^4 <= 0")
    return conclude(conjunction(follows(Eq(4 * s**3, -b), using=(slope, arrives)), arrives), quartic)
