"""What a window and a step say about a parabola: where its minimum is, and what twice the step gains. (sections 4 and 5).

A window [-w, w] contains the minimum exactly if |l'(0)| <= w l'': no window does so for all losses. (Where the window is all that was
measured, as [-1/2, 1/2] was, it contains the minimum of what was measured whatever the loss is.) On a parabola the improvement of a step is
a (s_opt^2 - (s_opt - s)^2): it says no more than the distance does, and twice the exact step gains nothing.
"""

from sympy import Abs, Eq, Lambda, Rational

from theory.evidence import at, extends, mutant, proves, refutes
from theory.line_search.quadratics import exactly_if
from theory.line_search.symbols import a, b, line, r, s, t, w
from theory.proof import (
    And,
    ForAll,
    Implies,
    Or,
    Refutation,
    Statement,
    Theorem,
    assume,
    conclude,
    counterexample,
    follows,
    specialize,
)

IS_PARABOLA = ForAll(t, True, Eq(line(t), a * t**2 + b * t + line(0)))
LOWEST = Eq(2 * a * s, -b)
CONTAINS = And(-w <= s, s <= w)
window = Statement(
    (Or(Eq(w, Rational(1, 5)), Eq(w, Rational(1, 2))), IS_PARABOLA, a > 0, LOWEST),
    And(And(-w <= 0, w >= 0), CONTAINS),
    source="mutschler-zell:text-window",
)
wide_enough = window.amend(
    then=And(And(-w <= 0, w >= 0), exactly_if(CONTAINS, Abs(b) <= 2 * a * w)),
    why="The origin is in the window. The minimum is in it exactly if |l'(0)| is at most w times l'': a property of the loss and the "
    "direction, which the 10000 lines may have, and no choice of the window alone.",
)
FAR = {w: Rational(1, 5), a: 1, b: -2, s: 1, line: Lambda(t, (t - 1) ** 2)}
NEAR = {**FAR, b: -Rational(2, 5), s: Rational(1, 5), line: Lambda(t, (t - Rational(1, 5)) ** 2)}


@refutes(window, why="(s - 1)^2: the minimum is at 1, in neither window.")
def a_minimum_outside() -> Refutation:
    """The window of SGD."""
    return counterexample(window, FAR)


@proves(
    wide_enough,
    witness=at(NEAR),
    mutants=[
        mutant(wide_enough.with_then(exactly_if(CONTAINS, Abs(b) <= a * w)), NEAR, "without the 2"),
        mutant(wide_enough.with_then(exactly_if(CONTAINS, Abs(b) < 2 * a * w)), NEAR, "the end points left out"),
        mutant(wide_enough.drop(a > 0), {**NEAR, a: 0, b: 0, s: 1, line: Lambda(t, 3)}, "a constant loss"),
    ],
)
def the_window_contains_the_minimum() -> Theorem:
    """At the minimum 2 a s = -b."""
    return conclude(follows(wide_enough.then, window.given[0], a > 0, LOWEST, because="2 a s = -b"), wide_enough)


IMPROVEMENT = line(0) - line(r)
improvement = Statement(
    (IS_PARABOLA, a > 0, LOWEST),
    And(
        Eq(IMPROVEMENT, a * (s**2 - (s - r) ** 2)),
        exactly_if(IMPROVEMENT >= 0, Abs(s - r) <= Abs(s)),
        Implies(Eq(r, 2 * s), Eq(IMPROVEMENT, 0)),
    ),
)
DOUBLE = {a: 1, b: -2, s: 1, r: 2, line: Lambda(t, (t - 1) ** 2)}


@extends(
    "mutschler-zell:definition-metrics",
    improvement,
    witness=at(DOUBLE),
    mutants=[
        mutant(improvement.with_then(Eq(IMPROVEMENT, a * (s - r) ** 2)), {**DOUBLE, r: 0}, "the square of the distance"),
        mutant(improvement.with_then(IMPROVEMENT > 0), DOUBLE, "every step gains"),
        mutant(improvement.drop(IS_PARABOLA), {**DOUBLE, line: Lambda(t, (t - 1) ** 2 + t**2 * (t - 1))}, "any loss"),
    ],
)
def improvement_and_distance() -> Theorem:
    """L(0) - l(r) = -a r^2 - b r, and b = -2 a s."""
    there = specialize(assume(IS_PARABOLA), r)
    gained = follows(Eq(IMPROVEMENT, a * (s**2 - (s - r) ** 2)), LOWEST, using=(there,), because="b = -2 a s")
    return conclude(follows(improvement.then, a > 0, using=(gained,), because="squares and sizes have one order"), improvement)
