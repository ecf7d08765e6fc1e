"""A Runge-Kutta step in a corridor is a gradient step, as far as the segment of that step lies inside. (equations 14 to 18).

The classical step looks at the gradient in four points. In a corridor these are one gradient, so the step is -h g(theta), which is where
the gradient flow is after the time h. If only the four points lie inside, and not the segment, this is false.
"""

from functools import cache

from sympy import Eq, Expr, Integer, Lambda, Rational, sign

from theory.corridors.momentum import up_to_the_kink
from theory.corridors.staying import CORRIDOR, INSIDE, ITERATES, SAME, STEPS, arrives, segment, stays, straight
from theory.corridors.symbols import U, g, h, k, k1, k2, k3, k4, n, rho, s, theta, theta_0, unit
from theory.evidence import at, mutant, proves, refutes
from theory.proof import (
    And,
    ForAll,
    Refutation,
    Statement,
    Theorem,
    Trace,
    assume,
    combine_words,
    conclude,
    conjunction,
    counterexample,
    cut,
    equal_words,
    follows,
    instance,
    part,
    rewrite,
    specialize,
    substitute,
)
from theory.proof.ranges import throughout, up_to


def slopes(point: Expr) -> tuple[Eq, ...]:
    """The four slopes of equations 14 to 17."""
    return (
        Eq(k1, -g(point)),
        Eq(k2, -g(point + h / 2 * k1)),
        Eq(k3, -g(point + h / 2 * k2)),
        Eq(k4, -g(point + h * k3)),
    )


STEP = theta_0 + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
VISITED = (
    rho(theta_0) > 0,
    *(rho(theta_0 + h * c * slope) > 0 for c, slope in ((Rational(1, 2), k1), (Rational(1, 2), k2), (1, k3))),
    rho(STEP) > 0,
)
SAME_SLOPES = And(Eq(k1, k2), Eq(k2, k3), Eq(k3, k4))
equation_14_18 = Statement(
    (h > 0, straight(theta_0), *slopes(theta_0), *VISITED),
    And(SAME_SLOPES, Eq(STEP, theta_0 - h * g(theta_0))),
    source="dherin-rosca:equation-14-18",
)
all_the_way = equation_14_18.amend(
    given=(h > 0, straight(theta_0), *slopes(theta_0), segment(theta_0, h)),
    why="The segment from theta to theta - h g(theta) must lie in the corridor, not the points alone in which the gradient is taken.",
)
# |theta| on the line without 0, from 1 with the step 5/4: the gradient is taken at 1, 3/8, 3/8 and -1/4
KINK = {
    unit: [[1]],
    theta_0: [[1]],
    h: Rational(5, 4),
    g: Lambda(U, sign(Trace(U)) * unit),
    rho: Lambda(U, Trace(U) ** 2),
    k1: [[-1]],
    k2: [[-1]],
    k3: [[-1]],
    k4: [[1]],
}
PLANE = {
    theta_0: [[1], [2]],
    unit: [[3], [4]],
    h: 2,
    g: Lambda(U, unit),
    rho: Lambda(U, 1),
    **{slope: [[-3], [-4]] for slope in (k1, k2, k3, k4)},
}


# L = theta^2
BOWL = {**KINK, h: 1, g: Lambda(U, 2 * U), rho: Lambda(U, 1), k1: [[-2]], k2: [[0]], k3: [[-2]], k4: [[2]]}


@cache
def one_step() -> Theorem:
    """The gradients at theta, theta - (h/2) g and theta - h g are one, so all four slopes are -g, and so is their mean."""
    first, second, third, fourth = (assume(slope) for slope in slopes(theta_0))
    gradient = g(theta_0)
    half = cut(specialize(assume(straight(theta_0)), h / 2), _half_of_the_segment())
    whole = specialize(assume(straight(theta_0)), h)
    second = _slope(second, h / 2, first, half)
    third = _slope(third, h / 2, second, half)
    fourth = _slope(fourth, h, third, whole)
    found = (first, second, third, fourth)
    names = (k1, k2, k3, k4)
    same = [equal_words(a, b, *found) for a, b in zip(names, names[1:], strict=False)]
    return conjunction(*same, equal_words(STEP, theta_0 - h * gradient, *found, because="(1 + 2 + 2 + 1)/6 = 1"))


def _slope(definition: Theorem, ahead: Expr, before: Theorem, arrives_: Theorem) -> Theorem:
    """A slope at theta + ahead (slope before), where the slope before is -g."""
    point = theta_0 + ahead * before.then.lhs
    there = equal_words(point, theta_0 - ahead * g(theta_0), before)
    return rewrite(definition, there, arrives_)


def _half_of_the_segment() -> Theorem:
    """A segment that lies in the corridor contains its first half."""
    inside = specialize(assume(segment(theta_0, h)), s / 2)
    inside = cut(inside, *(follows(c, s >= 0, s <= 1) for c in inside.given if c.free_symbols == {s}))
    return throughout(inside, s, And(s >= 0, s <= 1))


@refutes(equation_14_18, why="The last slope is taken on the other side of the kink of |theta|: the step ends in 1/6 and not in -1/4.")
def a_slope_over_the_kink() -> Refutation:
    """Step size 5/4, from 1."""
    return counterexample(equation_14_18, KINK, up_to_the_kink(Integer(1)))


@proves(
    all_the_way,
    witness=at(PLANE),
    mutants=[
        mutant(all_the_way.with_then(Eq(STEP, theta_0 - h / 6 * g(theta_0))), PLANE, "a sixth of the step"),
        mutant(all_the_way.with_then(Eq(theta_0 + h / 6 * (k1 + k2 + k3 + k4), theta_0 - h * g(theta_0))), PLANE, "without the weights"),
        mutant(all_the_way.drop(straight(theta_0)), BOWL, "outside of corridors"),
    ],
)
def a_step_of_gradient_descent() -> Theorem:
    """All four slopes are -g(theta)."""
    return conclude(one_step(), all_the_way)


# Many steps


def rk4(point: Expr) -> Expr:
    """The Runge-Kutta step from a point, written out."""
    first = -g(point)
    second = -g(point + h / 2 * first)
    third = -g(point + h / 2 * second)
    fourth = -g(point + h * third)
    return point + h / 6 * (first + 2 * second + 2 * third + fourth)


RUNGE_KUTTA = ForAll(k, STEPS, Eq(theta(k), rk4(theta(k - 1))))
FLOW = Eq(theta(k), theta(0) - k * h * g(theta(0)))  # where the flow from theta(0) is at the time k h, by lemma 2.9
ITERATED = (n >= 1, h > 0, RUNGE_KUTTA, CORRIDOR)
rk4_main = Statement((*ITERATED, INSIDE), ForAll(k, ITERATES, FLOW), source="dherin-rosca:text-rk4-main")
on_the_flow = rk4_main.amend(
    given=(*ITERATED, stays(h)), why="The segments between the iterates must lie in the corridor, not the iterates alone."
)
OVER = {**{key: KINK[key] for key in (unit, h, g, rho)}, n: 1, theta: Lambda(k, (1 - 5 * k / 6) * unit)}
ALONG = {**{key: PLANE[key] for key in (unit, h, g, rho)}, n: 3, theta: Lambda(k, (1 - 2 * k) * unit)}


@refutes(rk4_main, why="As for one step: from 1 the step 5/4 along |theta| ends in 1/6, where the flow never is at the time 5/4.")
def not_on_the_flow() -> Refutation:
    """One step of size 5/4, from 1."""
    return counterexample(rk4_main, OVER, up_to_the_kink(Integer(1)), up_to_the_kink(Rational(1, 6)))


@proves(
    on_the_flow,
    witness=at(ALONG),
    mutants=[
        mutant(on_the_flow.with_then(ForAll(k, ITERATES, Eq(theta(k), theta(0) - (k + 1) * h * g(theta(0))))), ALONG, "a step ahead"),
        mutant(on_the_flow.with_then(ForAll(k, ITERATES, Eq(theta(k), theta(0) - k * h / 2 * g(theta(0))))), ALONG, "at half the speed"),
    ],
)
def runge_kutta_follows_the_flow() -> Theorem:
    """Every step is a gradient step, with the gradient of the start."""
    point = theta(k)
    first = -g(point)
    second = -g(point + h / 2 * first)
    third = -g(point + h / 2 * second)
    fourth = -g(point + h * third)
    here = instance(one_step(), {theta_0: point, k1: first, k2: second, k3: third, k4: fourth})
    here = cut(part(here, Eq(rk4(point), point - h * g(point))), specialize(assume(CORRIDOR), k), specialize(assume(stays(h)), k + 1))
    moved = combine_words(theta(k + 1), point - h * g(point), (1, specialize(assume(RUNGE_KUTTA), k + 1), 1), (1, here, 1))
    ahead = rewrite(cut(arrives(h), specialize(assume(stays(h)), k + 1)), combine_words(point - h * g(point), theta(k + 1), (-1, moved, 1)))
    same, flow = (part(assume(And(SAME, FLOW)), claim) for claim in (SAME, FLOW))
    still = combine_words(g(theta(k + 1)), g(theta(0)), (1, ahead, 1), (1, same, 1))
    further = combine_words(*substitute(FLOW, {k: k + 1}).args, (1, moved, 1), (1, flow, 1), (-h, same, 1))
    start = equal_words(theta(0), theta(0))
    every = up_to(start, conjunction(still, further), And(SAME, FLOW), index=k, last=n)
    return conclude(throughout(part(specialize(every, k), FLOW), k, ITERATES), on_the_flow)
