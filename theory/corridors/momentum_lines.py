"""Where momentum goes in a corridor, and how fast. (section 3, remarks A.2 and A.3).

From rest, step k goes (1 - beta^k)/(1 - beta) times as far as a step of gradient descent: as far in the first step or for beta = 0, and farther
in all others. A velocity along the gradient keeps to the line, any other leaves it at once, unless beta is 0, where it is forgotten.
"""

from functools import cache

from sympy import Abs, Eq, Integer, Lambda, Rational

from theory.corridors.momentum import (
    ALIGNED,
    ITERATED,
    MOMENTUM,
    PLANE,
    POSITIONS,
    PUSHED,
    REST,
    SPEED,
    VELOCITIES,
    WITHIN,
    coefficient,
    displacement,
    every_step,
    landed_after,
    over_the_kink,
    reach,
    steps_from_rest,
)
from theory.corridors.staying import CORRIDOR, INSIDE, STEPS, stays
from theory.corridors.symbols import U, alpha, beta, g, h, k, n, rho, s, t, theta, unit, velocity, w
from theory.evidence import at, mutant, proves, refutes
from theory.proof import (
    And,
    Exists,
    ForAll,
    Or,
    Refutation,
    Statement,
    Theorem,
    assume,
    conclude,
    conjunction,
    counterexample,
    cut,
    equal_words,
    exhibit,
    follows,
    generalize,
    induction,
    instance,
    part,
    specialize,
    squared_norm,
    substitute,
)
from theory.proof.ranges import throughout

DISPLACEMENT = substitute(displacement(k), {alpha: Integer(0)})


def at_distance(distance: object) -> Eq:
    """theta_k = theta_0 - distance g(theta_0), on the line of steepest descent through theta_0."""
    return Eq(theta(k), theta(0) - distance * g(theta(0)))


@cache
def on_the_line() -> Theorem:
    """From velocity 0: theta_k = theta_0 - D_k g(theta_0), where D_k is the sum of the first k steps."""
    from_rest = instance(every_step(), {alpha: Integer(0)})
    return part(specialize(from_rest, k), at_distance(DISPLACEMENT))


# Remark A.2, from rest

remark_a_2a = Statement(
    (*ITERATED, INSIDE), ForAll(k, STEPS, And(at_distance(DISPLACEMENT), landed_after(SPEED))), source="dherin-rosca:remark-a-2a"
)
lines = remark_a_2a.amend(given=WITHIN, why="The segments between the iterates must lie in the corridor, as in lemma A.1.")


@refutes(remark_a_2a, why="A step over the kink of |theta| comes back: theta_2 = 1/4, which is nearer to the start 1 than theta_1 = -1/2.")
def it_comes_back() -> Refutation:
    """Step size 3/2 and beta = 1/2, from 1."""
    return over_the_kink(remark_a_2a)


@proves(
    lines,
    witness=at(PLANE),
    mutants=[
        mutant(lines.with_then(ForAll(k, STEPS, at_distance(k * h))), PLANE, "at the speed of gradient descent"),
        mutant(lines.with_then(ForAll(k, STEPS, at_distance(k * SPEED))), PLANE, "at the speed of the last step throughout"),
        mutant(lines.drop(REST), PUSHED, "with any initial velocity"),
    ],
)
def along_the_line() -> Theorem:
    """The sum of (1 - beta^j)/(1 - beta) over j <= k is (k - beta (1 - beta^k)/(1 - beta))/(1 - beta)."""
    landed = part(specialize(steps_from_rest(), k), landed_after(SPEED))
    return conclude(throughout(conjunction(on_the_line(), landed), k, STEPS), lines)


# How fast


@cache
def powers() -> Theorem:
    """0 <= beta^k <= beta for 0 <= beta < 1 and k >= 1."""
    claim = And(beta**k >= 0, beta**k <= beta)
    start = follows(substitute(claim, {k: 1}), beta >= 0, because="k = 1")
    step = follows(substitute(claim, {k: k + 1}), claim, beta >= 0, beta < 1, k >= 1, because="one factor more")
    return induction(start, step, k, 1)


if __name__ == "__main__":
    print(powers())
