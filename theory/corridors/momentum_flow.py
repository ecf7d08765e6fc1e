"""Momentum and its differential equation: which equation it follows exactly, and which it does not. (remark A.3, equations 12 and 13).

With the coefficient c_k held for the time h of step k, the line of that step solves theta' = -c_k g(theta), and ends where the step ends. Read as
one equation theta' = -c_t g(theta) with the time in the exponent, its solution starts at speed 0 and falls behind from the first step on.
"""

from sympy import Abs, Eq, Expr, Lambda, Rational, log

from theory.corridors.momentum import (
    ITERATED,
    PLANE,
    SPEED,
    WITHIN,
    coefficient,
    landed_after,
    stays,
    steps_from_rest,
)
from theory.corridors.staying import STEPS, segment
from theory.corridors.symbols import U, beta, g, h, k, n, path, rho, s, t, theta, unit, velocity
from theory.evidence import at, mutant, proves, refutes
from theory.proof import (
    And,
    ForAll,
    Refutation,
    Statement,
    Theorem,
    assume,
    cite,
    conclude,
    conjunction,
    counterexample,
    cut,
    equal_words,
    follows,
    part,
    rewrite,
    specialize,
)
from theory.proof.curves import Velocity
from theory.proof.ranges import throughout

DURING = And(t >= 0, t <= n * h)
SOLVES = ForAll(t, DURING, Velocity(Lambda(s, path(t + s)), -coefficient(t) * g(path(t))))
START = Eq(path(0), theta(0))
equation_12 = Statement(
    (*WITHIN, beta > 0, START, SOLVES), ForAll(k, STEPS, Eq(theta(k), path(k * h))), source="dherin-rosca:equation-12"
)
# The gradient 1 on the line, beta = 1/2 and h = 1: after one step momentum is at -1, and the equation at -2 + 1/log 2
TIME = Lambda(t, -(2 * t - 2 * (1 - Rational(1, 2) ** t) / log(2)))
BEHIND = {

    n: 1,
    h: 1,
    beta: Rational(1, 2),
    theta: Lambda(k, -Abs(k)),
    velocity: Lambda(k, -Abs(k)),
    g: Lambda(U, 1),
    rho: Lambda(U, 1),
    path: TIME,
}


if __name__ == "__main__":
    from theory.proof.points import _at, decide
    for s_, p_ in ((equation_12, BEHIND),):
        hyp, con = _at(s_, p_)
        for x in hyp:
            print("  ", x, decide(x))
        print(con, decide(con))
