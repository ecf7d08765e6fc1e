"""Momentum and its differential equation: which equation it follows exactly, and which it does not. (remark A.3, equations 12 and 13).

With the coefficient c_k held for the time h of step k, the line of that step solves theta' = -c_k g(theta), and ends where the step ends.
Read as one equation theta' = -c_t g(theta) with the time in the exponent, its solution starts at speed 0 and falls behind at once.
"""

from functools import cache

from sympy import Abs, Eq, Expr, Lambda, Rational, log

from theory.corridors.momentum import (
    SPEED,
    WITHIN,
    coefficient,
    landed_after,
    steps_from_rest,
)
from theory.corridors.staying import CORRIDOR, STEPS, stays
from theory.corridors.symbols import U, beta, g, h, k, n, path, rho, s, t, theta, velocity
from theory.evidence import at, mutant, proves
from theory.proof import (
    And,
    ForAll,
    Statement,
    Theorem,
    assume,
    cite,
    combine_words,
    conclude,
    conjunction,
    cut,
    follows,
    generalize,
    part,
    rewrite,
    specialize,
)
from theory.proof.curves import Velocity
from theory.proof.ranges import throughout

DURING = And(t >= 0, t <= n * h)
SOLVES = ForAll(t, DURING, Velocity(Lambda(s, path(t + s)), -coefficient(t) * g(path(t))))
START = Eq(path(0), theta(0))
time_in_the_exponent = Statement((*WITHIN, beta > 0, START, SOLVES), ForAll(k, STEPS, Eq(theta(k), path(k * h))))
# The gradient 1 on the line, beta = 1/2 and h = 1: after one step momentum is at -1, and the equation at -2 + 1/log 2
LINE = {
    n: 2,
    h: 1,
    beta: Rational(1, 2),
    theta: Lambda(k, 2 - 2 * Abs(k) - 2 ** (1 - Abs(k))),
    velocity: Lambda(k, 2 ** (1 - Abs(k)) - 2),
    g: Lambda(U, 1),
    rho: Lambda(U, 1),
}
HALF = {h: Rational(1, 2), theta: Lambda(k, 1 - Abs(k) - 2 ** (-Abs(k))), velocity: Lambda(k, 2 ** (-Abs(k)) - 1)}
BEHIND = {**LINE, path: Lambda(t, -(2 * t - 2 * (1 - Rational(1, 2) ** t) / log(2)))}


BEFORE = theta(k - 1)
LATER = BEFORE - t * coefficient(k) * g(BEFORE)  # after the time t of step k
IN_STEP = And(t >= 0, t <= h)


def _held(rate: Expr) -> ForAll:
    line = Lambda(s, LATER - s * coefficient(k) * g(BEFORE))
    return ForAll(t, IN_STEP, Velocity(line, -rate * g(LATER)))


@cache
def constant_gradient() -> Theorem:
    """g(theta_(k-1) - t c_k g(theta_(k-1))) = g(theta_(k-1)) for 0 <= t <= h, on the segment of step k."""
    inside = specialize(specialize(assume(stays(SPEED)), k), s * t / h)
    within = (s >= 0, s <= 1, t >= 0, t <= h, h > 0)
    inside = cut(inside, *(follows(c, *within) for c in inside.given if c.free_symbols and c.free_symbols <= {s, t, h}))
    shorter = generalize(inside, s, And(s >= 0, s <= 1))
    return cut(specialize(specialize(assume(CORRIDOR), k - 1), t * coefficient(k)), shorter)


@cache
def every_line_solves() -> Theorem:
    """The line of step k moves at the rate -c_k g(theta_(k-1)), and this is -c_k g where it is."""
    line = cite("straight-line", LATER, -coefficient(k) * g(BEFORE), s)
    rate = combine_words(-coefficient(k) * g(BEFORE), -coefficient(k) * g(LATER), (coefficient(k), constant_gradient(), 1))
    return rewrite(line, rate)


def _stepwise(rate: Expr, distance: Expr) -> ForAll:
    return ForAll(k, STEPS, And(_held(rate), landed_after(distance)))


# The index of the iteration is the exponent, so it stays k during step k: as the paper uses it in equation 13
equation_12 = Statement(WITHIN, _stepwise(coefficient(k), SPEED), source="dherin-rosca:equation-12")


@proves(
    equation_12,
    witness=at(LINE),
    mutants=[
        mutant(equation_12.with_then(_stepwise(coefficient(k + 1), SPEED)), LINE, "the coefficient of the next step"),
        mutant(equation_12.with_then(_stepwise(coefficient(k), coefficient(k))), {**LINE, **HALF}, "for the time 1 and not h"),
        mutant(
            time_in_the_exponent, BEHIND, "with the time in the exponent, from rest at speed 0: at the time 1 at -2 + 1/log 2 and not at -1"
        ),
    ],
)
def one_equation_per_step() -> Theorem:
    """Along the step the gradient is constant, and so is the speed; after the time h the line is where the step ends."""
    solved = generalize(every_line_solves(), t, IN_STEP)
    landed = part(specialize(steps_from_rest(), k), landed_after(SPEED))
    return conclude(throughout(conjunction(solved, landed), k, STEPS), equation_12)


def _thirteen(distance: Expr) -> ForAll:
    constant = ForAll(t, IN_STEP, Eq(g(LATER), g(BEFORE)))
    return ForAll(k, STEPS, And(constant, landed_after(distance)))


equation_13 = Statement(WITHIN, _thirteen(SPEED), source="dherin-rosca:equation-13")


@proves(
    equation_13,
    witness=at(LINE),
    mutants=[
        mutant(equation_13.with_then(_thirteen(h)), LINE, "at the speed of gradient descent"),
        mutant(equation_13.with_then(_thirteen(coefficient(k - 1) * h)), LINE, "with the coefficient of the step before"),
    ],
)
def the_gradient_is_constant_in_time() -> Theorem:
    """So the equation of step k, with k fixed, leads along a line, in the time h from theta_(k-1) to theta_k."""
    constant = generalize(constant_gradient(), t, IN_STEP)
    landed = part(specialize(steps_from_rest(), k), landed_after(SPEED))
    return conclude(throughout(conjunction(constant, landed), k, STEPS), equation_13)
