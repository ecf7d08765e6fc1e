"""Inside a corridor a step never reaches the edge of stability. (Sections 4.1 and 4.2).

In a corridor the gradient at the end of a step is that at its start, for all starts nearby too. So the Hessian is carried along the
step from theta: H(theta - t g) (I - t H(theta)) = H(theta). A curvature lambda grows to lambda/(1 - t lambda), and no step of size
1/lambda or more stays inside. More is not true: for the cone |theta| the curvature at the distance r from the tip is 1/r, and every
step below r stays.
"""

from functools import cache

from sympy import Eq, Expr, Lambda, exp, false

from theory.corridors.corridor import (
    BOWLS,
    CORRIDOR,
    DESCENDS,
    GRADIENT,
    RAMPS,
    REGION,
    STEADY,
    every_solution,
    of_all,
    straight_solutions_have_one_gradient,
)
from theory.corridors.symbols import H, U, X, a, d, duration, g, h, lam, past, radius, speed, t, theta_0, w
from theory.evidence import at, extends, mutant, proves
from theory.proof import (
    And,
    ForAll,
    Not,
    Statement,
    Theorem,
    absurd,
    assume,
    cite,
    combine_words,
    conclude,
    conjunction,
    cut,
    equal_words,
    follows,
    part,
    rewrite,
    specialize,
    squared_norm,
)
from theory.proof.logic import Boolean
from theory.proof.ranges import throughout

NEAR = And(a >= 0, a < radius)
STARTS = ForAll(a, NEAR, Eq(X(a, 0), theta_0 + a * w))  # the region contains the points near theta, in the direction w
LASTS = ForAll(a, NEAR, duration(a) > h)  # the solutions from there stay in it for the time of a step
STEP = (radius > 0, h > 0, STARTS, LASTS)
CURVED = (Eq(H(theta_0) * w, lam * w), squared_norm(w) > 0)  # an eigenvalue of the Hessian
DURING = And(t >= 0, t <= h)
END = theta_0 - t * g(theta_0)

carried = Statement((*REGION, CORRIDOR, *STEP), ForAll(t, DURING, Eq(H(END) * (w - t * H(theta_0) * w), H(theta_0) * w)))
# L = 2 theta + 1 and L = theta^2 on the line, at 5 and near it
AT_5 = {theta_0: [[5]], w: [[1]], radius: 1, h: 2}
RAMP = {**RAMPS, **AT_5, X: Lambda((a, t), 5 + a - 2 * t), lam: 0}
BOWL = {**BOWLS, **AT_5, X: Lambda((a, t), (5 + a) * exp(-2 * t)), speed: Lambda(a, -2 * (5 + a)), lam: 2}


@extends(
    "dherin-rosca:text-eos",
    carried,
    witness=at(RAMP),
    mutants=[
        mutant(carried.drop(CORRIDOR), BOWL, "outside corridors"),
        mutant(carried.drop(REGION[2]), {**RAMP, H: Lambda(U, 1)}, "with another Hessian"),
    ],
)
def the_hessian_is_carried_along() -> Theorem:
    """Both sides are how fast the gradient at the end of the step changes, as the start moves in the direction w."""
    return conclude(throughout(_carried(), t, DURING), carried)


@cache
def _carried() -> Theorem:
    """The same at one time t of the step: g(y - t g(y)) = g(y) for y = theta + d w, differentiated in d at 0."""
    start = cite("straight-line", theta_0, w, d)
    still = cite("straight-line", 0, 0, d)
    steady, smooth = _along().then.args
    slope = cut(_chain(start.then, H(theta_0)), start, still, _near(smooth, 0, 0))
    moved = cut(cite("velocity-of-multiple", *slope.then.args, -t, 1), slope)
    end = cut(cite("velocity-of-addition", *start.then.args, *moved.then.args), start, moved)
    there = cut(_chain(end.then, H(END)), end, still, _near(smooth, 0, t))
    ahead = throughout(_near(steady, d, t), d, And(d >= 0, d < radius))
    same = cite("same-ahead", there.then.args[0], slope.then.args[0], there.then.args[1], slope.then.args[1], radius)
    same = cut(same, ahead, there, slope)
    carried_ = combine_words(H(END) * (w - t * H(theta_0) * w), H(theta_0) * w, (1, same, 1))
    return conclude(carried_, Statement((*carried.given, *DURING.args), carried_.then))


def _near(claim: Boolean, start: Expr, time: Expr) -> Theorem:
    """A part of `_along`, for one start and one time."""
    every = throughout(throughout(part(_along(), claim), t, DURING), a, NEAR)
    return specialize(specialize(every, start), time)


def _chain(curve: Expr, by: Expr) -> Theorem:
    """The gradient along a curve."""
    return cite("chain-rule", GRADIENT, curve.args[0], cite("straight-line", 0, 0, d).then.args[0], by, 0, curve.args[1], 0)


@cache
def _along() -> Theorem:
    """X(a, t) = X(a, 0) - t g(X(a, 0)), and g(X(a, t)) = g(X(a, 0)), at the times 0 <= t <= h, where X(a, 0) = theta + a w."""
    begins = specialize(assume(STARTS), a)
    both = specialize(of_all(straight_solutions_have_one_gradient()), a)
    descends, steady = (specialize(part(both, of(claim)), t) for claim in (DESCENDS, STEADY))
    smooth = rewrite(specialize(specialize(assume(REGION[2]), a), t), descends)
    together = rewrite(conjunction(steady, smooth), begins)
    return _during(together)


def of(claim: ForAll) -> Boolean:
    """What is said of one solution, of the solution a."""
    return every_solution(claim).args[2]


def _during(theorem: Theorem) -> Theorem:
    """The times of the step lie within those of the solution."""
    lives, lasts = specialize(assume(REGION[0]), a), specialize(assume(LASTS), a)
    ranges = (past(a) < 0, duration(a) > h)
    theorem = conclude(theorem, Statement((*carried.given, *NEAR.args, *DURING.args, *ranges), theorem.then))
    return cut(theorem, part(lives, past(a) < 0), lasts)


# A step at the edge of stability, h lambda >= 2, and even one half as long

EDGE = h * lam >= 2
edge = Statement((*REGION, *STEP, *CURVED, EDGE), Not(CORRIDOR), source="dherin-rosca:text-eos")
below = Statement((*REGION, CORRIDOR, *STEP, *CURVED), h * lam < 1)


@extends(
    "dherin-rosca:text-eos",
    below,
    witness=at(RAMP),
    mutants=[
        mutant(below.drop(CORRIDOR), BOWL, "outside corridors"),
        mutant(below.with_then(h * lam < 0), RAMP, "of curvatures below 0 only"),
        mutant(below.drop(CURVED[1]), {**RAMP, w: [[0]], X: Lambda((a, t), 5 - 2 * t), lam: 3}, "for no direction"),
    ],
)
def steps_stay_below_half_the_edge() -> Theorem:
    """At the time t = 1/lambda the law would say 0 = lambda w."""
    time = 1 / lam
    within = (h > 0, h * lam >= 1)
    law = specialize(throughout(_carried(), t, DURING), time)
    law = cut(law, *(follows(c, *within) for c in law.given if c not in carried.given))
    eigen = assume(CURVED[0])
    left = H(theta_0 - time * g(theta_0))
    none = combine_words(w, 0, (-time, law, 1), (-time, eigen, 1), (-left * time**2, eigen, 1))
    length = equal_words(squared_norm(w), 0, none)
    needs = Statement((*below.given, *within), length.then)
    clash = follows(false, CURVED[1], using=(conclude(length, needs),), because="w is not 0")
    small = follows(h * lam < 1, h > 0, using=(absurd(clash, h * lam >= 1),), because="h lambda is not 1 or more")
    return conclude(small, below)


@proves(
    edge,
    witness=at(BOWL),
    mutants=[
        mutant(edge.drop(CURVED[0]), {**RAMP, lam: 3}, "for any number lambda"),
        mutant(edge.drop(CURVED[1]), {**RAMP, w: [[0]], X: Lambda((a, t), 5 - 2 * t), lam: 3}, "for no direction"),
        mutant(edge.drop(EDGE), RAMP, "for any step"),
        mutant(edge.drop(REGION[2]), {**RAMP, H: Lambda(U, 1), lam: 1}, "with another Hessian"),
    ],
)
def no_corridor_around_a_step_at_the_edge() -> Theorem:
    """If a region contains such a step and the solutions near it, then some solution in it is not straight.

    Corridors that cover a whole landscape make all its solutions straight, and these last for ever.
    """
    clash = follows(false, EDGE, using=(steps_stay_below_half_the_edge(),), because="h lambda < 1")
    return conclude(absurd(clash, CORRIDOR), edge)
