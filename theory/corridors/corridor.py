"""What a corridor is, and what gradient flow does in one. (Section 2: definition 2.1, lemmas 2.8 and 2.9, theorem 2.11).

A region is a corridor if every solution of gradient flow in it runs along a straight line at constant speed. A solution is a curve x(t)
with x' = -g(x) for since < t < T, so the region's solutions are all there is to say of the region: its points are theirs, and through every
point of an open region runs at least one (Peano's theorem), as a differentiable gradient is continuous. Nothing here needs the solution
through a point to be the only one, the Hessian to be continuous, or the region to be connected or convex.
"""

from functools import cache
from typing import Any

from sympy import Eq, Expr, Lambda, exp

from theory.corridors.symbols import H, S, T, U, X, a, d, duration, g, past, since, speed, t, v, x
from theory.evidence import at, mutant, proves
from theory.proof import (
    And,
    ForAll,
    Implies,
    LayerDerivatives,
    Statement,
    Theorem,
    Velocity,
    assume,
    cite,
    combine_words,
    conclude,
    conjunction,
    cut,
    discharge,
    equal_words,
    follows,
    generalize,
    instance,
    part,
    rewrite,
    specialize,
    substitute,
    weaken,
)
from theory.proof.flows import during
from theory.proof.ranges import throughout

TIMES = during(t, since, T)
GRADIENT = Lambda((U, S), g(U))


def later(curve: Expr) -> Lambda:
    """A curve of the time t, seen from t on."""
    return Lambda(d, curve.subs(t, t + d))


def everywhere(body: object) -> ForAll:
    """What holds on the whole solution."""
    return ForAll(t, TIMES, body)


def jacobian(of: Lambda, at_: Expr, by: Expr) -> LayerDerivatives:
    """The map `of` is differentiable at a point, with this Jacobian; its second argument is not used."""
    return LayerDerivatives(of, at_, 0, by, 0)


LIVES = And(since < 0, T > 0)
SOLVES = everywhere(Velocity(later(x(t)), -g(x(t))))  # x is a solution of gradient flow
SMOOTH = everywhere(jacobian(GRADIENT, x(t), H(x(t))))  # the gradient is differentiable where x passes, with the Hessian as Jacobian
STRAIGHT = everywhere(Eq(x(t), x(0) + t * v))  # x runs along a straight line at constant speed
VANISHES = everywhere(Eq(H(x(t)) * g(x(t)), 0))
DESCENDS = everywhere(Eq(x(t), x(0) - t * g(x(0))))
STEADY = everywhere(Eq(g(x(0) - t * g(x(0))), g(x(0))))

lemma_2_8 = Statement((SOLVES, SMOOTH), everywhere(Velocity(later(g(x(t))), -H(x(t)) * g(x(t)))), source="dherin-rosca:lemma-2-8")
# L = theta^2 on the line, and 2 theta + 1
BOWL = {since: -2, T: 3, g: Lambda(U, 2 * U), H: Lambda(U, 2), x: Lambda(t, 3 * exp(-2 * t))}
RAMP = {since: -1, T: 3, g: Lambda(U, 2), H: Lambda(U, 0), x: Lambda(t, 5 - 2 * t), v: [[-2]]}


@proves(
    lemma_2_8,
    witness=at(BOWL),
    mutants=[
        mutant(lemma_2_8.with_then(everywhere(Velocity(later(g(x(t))), H(x(t)) * g(x(t))))), BOWL, "with the other sign"),
        mutant(lemma_2_8.with_then(everywhere(Velocity(later(g(x(t))), -g(x(t))))), BOWL, "without the Hessian"),
        mutant(lemma_2_8.drop(SMOOTH), {**BOWL, H: Lambda(U, 1)}, "with another Hessian"),
    ],
)
def the_gradient_changes_by_the_hessian() -> Theorem:
    """The chain rule along the solution."""
    return throughout(moved(GRADIENT, H(x(t)), SMOOTH), t, TIMES)


def moved(of: Lambda, by: Expr, smooth: ForAll) -> Theorem:
    """The chain rule for a function along the solution, at the time t."""
    solution, slope = specialize(assume(SOLVES), t), specialize(assume(smooth), t)
    rests = cite("straight-line", 0, 0, d)
    return cut(cite("chain-rule", of, later(x(t)), rests.then.args[0], by, 0, -g(x(t)), 0), rests, solution, slope)


# Straight solutions

lemma_2_9 = Statement((LIVES, SOLVES, STRAIGHT), And(DESCENDS, STEADY), source="dherin-rosca:lemma-2-9")


@proves(
    lemma_2_9,
    witness=at(RAMP),
    mutants=[
        mutant(lemma_2_9.with_then(everywhere(Eq(x(t), x(0) + t * g(x(0))))), RAMP, "uphill"),
        mutant(lemma_2_9.drop(SOLVES), {**RAMP, g: Lambda(U, 2 * U)}, "for a line that is no solution"),
        mutant(lemma_2_9.drop(STRAIGHT), {**BOWL, v: [[-6]]}, "outside corridors"),
    ],
)
def straight_solutions_have_one_gradient() -> Theorem:
    """At every time the velocity is -g(x(t)), and it is v: so v = -g(x(0)) = -g(x(t))."""
    line = specialize(assume(STRAIGHT), t)
    descends = combine_words(x(t), x(0) - t * g(x(0)), (1, line, 1), (-t, _first_velocity(), 1), because="v = -g(x(0))")
    steady = rewrite(steady_gradient(), descends)
    return conjunction(*(throughout(each, t, TIMES) for each in (descends, steady)))


@cache
def steady_gradient() -> Theorem:
    """g(x(t)) = g(x(0)) on a straight solution."""
    return combine_words(g(x(t)), g(x(0)), (-1, line_velocity(), 1), (1, _first_velocity(), 1), because="both are -v")


@cache
def line_velocity() -> Theorem:
    """-g(x(t)) = v at every time of a straight solution."""
    line = equal_words(x(0) + (t + d) * v, x(0) + t * v + d * v)
    along = rewrite(weaken(specialize(assume(STRAIGHT), t + d), *TIMES.args), line)
    ahead = throughout(along, d, And(d >= 0, d < T - t))
    rate = cite("straight-line", x(0) + t * v, v, d)
    same = cite("same-ahead", later(x(t)), rate.then.args[0], -g(x(t)), v, T - t)
    return cut(same, ahead, rate, specialize(assume(SOLVES), t), follows(T - t > 0, t < T))


@cache
def _first_velocity() -> Theorem:
    """The same at the time 0."""
    first = specialize(throughout(line_velocity(), t, TIMES), 0)
    return conclude(first, Statement((LIVES, STRAIGHT, SOLVES), first.then))


# A region is a corridor if and only if H g = 0 there

equation_2_11 = Statement(
    (LIVES, SOLVES, SMOOTH, VANISHES),
    And(everywhere(Velocity(later(g(x(t))), 0)), everywhere(Eq(g(x(t)), g(x(0)))), everywhere(Velocity(later(x(t)), -g(x(0)))), DESCENDS),
    source="dherin-rosca:equation-2-11-proof",
)


@proves(
    equation_2_11,
    witness=at(RAMP),
    mutants=[
        mutant(equation_2_11.drop(VANISHES), BOWL, "outside corridors"),
        mutant(equation_2_11.with_then(everywhere(Velocity(later(x(t)), g(x(0))))), RAMP, "uphill"),
    ],
)
def a_vanishing_product_keeps_the_gradient() -> Theorem:
    """d/dt g(x(t)) = -H g = 0, so g(x(t)) = g(x(0)); then x(t) + t g(x(0)) never moves."""
    change = specialize(the_gradient_changes_by_the_hessian(), t)
    still = throughout(rewrite(change, equal_words(-H(x(t)) * g(x(t)), 0, specialize(assume(VANISHES), t))), t, TIMES)
    one = from_rest(Lambda(t, g(x(t))), still)
    here = specialize(one, t)
    moves = rewrite(specialize(assume(SOLVES), t), equal_words(-g(x(t)), -g(x(0)), here))
    rests = carried(moves, g(x(0)))
    stays = specialize(from_rest(Lambda(t, x(t) + t * g(x(0))), rests), t)
    descends = combine_words(x(t), x(0) - t * g(x(0)), (1, stays, 1))
    return conjunction(still, one, throughout(moves, t, TIMES), throughout(descends, t, TIMES))


def from_rest(curve: Lambda, rests: Theorem) -> Theorem:
    """What never moves on the whole solution is what it is at the time 0."""
    constant = cut(cite("constant-curve", curve, d, since, T), rests, follows(since < 0, LIVES), follows(T > 0, LIVES))
    here = weaken(specialize(constant, t), *TIMES.args)
    return throughout(here, t, TIMES)


def written(velocity: Theorem, value: Expr) -> Theorem:
    """The velocity of a curve, which is written as value(t + d)."""
    curve, rate = velocity.then.args
    same = generalize(equal_words(later(value).expr, curve.expr), d)
    return cut(cite("same-curve", later(value), curve, rate), same, velocity)


def carried(moves: Theorem, rate: Expr) -> Theorem:
    """A curve whose velocity is always -w, carried along with the velocity w, rests."""
    curve, velocity = moves.then.args
    line = written(cite("straight-line", t * rate, rate, d), t * rate)
    total = cut(cite("velocity-of-addition", curve, velocity, line.then.args[0], rate), moves, line)
    return throughout(total, t, TIMES)


LONG = during(t, past(a), duration(a))


def every_solution(body: ForAll) -> ForAll:
    """What is said of x(t) for since < t < T, said of all solutions X(a, t) for past(a) < t < duration(a)."""
    return ForAll(a, True, substitute(body, FAMILY))


FAMILY = {x: Lambda(t, X(a, t)), since: past(a), T: duration(a), v: speed(a)}
REGION = (every_solution(LIVES), every_solution(SOLVES), every_solution(SMOOTH))
CORRIDOR, PRODUCT = every_solution(STRAIGHT), every_solution(VANISHES)
theorem_2_11 = Statement(
    REGION, And(Implies(CORRIDOR, PRODUCT), Implies(PRODUCT, every_solution(DESCENDS))), source="dherin-rosca:theorem-2-11"
)
# All solutions of L = 2 theta + 1 and of L = theta^2 on the line
RAMPS = {past: Lambda(a, -1), duration: Lambda(a, 3), g: Lambda(U, 2), H: Lambda(U, 0), X: Lambda((a, t), a - 2 * t), speed: Lambda(a, -2)}
BOWLS = {
    past: Lambda(a, -2),
    duration: Lambda(a, 3),
    g: Lambda(U, 2 * U),
    H: Lambda(U, 2),
    X: Lambda((a, t), a * exp(-2 * t)),
    speed: Lambda(a, -2 * a),
}


@proves(
    theorem_2_11,
    witness=at(RAMPS),
    mutants=[
        mutant(theorem_2_11.with_then(every_solution(DESCENDS)), BOWLS, "everywhere"),
        mutant(theorem_2_11.drop(REGION[2]), {**RAMPS, H: Lambda(U, 1)}, "with another Hessian"),
        mutant(theorem_2_11.drop(REGION[1]), {**RAMPS, X: Lambda((a, t), a + 2 * t)}, "for other curves"),
        mutant(theorem_2_11.with_then(Implies(CORRIDOR, every_solution(everywhere(Eq(g(x(t)), 0))))), RAMPS, "only where nothing moves"),
    ],
)
def corridors_are_wherethe_product_vanishes() -> Theorem:
    """Solution by solution: a straight one has one gradient, whose derivative -H g is 0; and the proof of the converse above."""
    forth = discharge(of_all(the_product_vanishes()), CORRIDOR)
    descends = part(a_vanishing_product_keeps_the_gradient(), DESCENDS)
    return conjunction(forth, discharge(of_all(descends), PRODUCT))


@cache
def the_product_vanishes() -> Theorem:
    """H g = 0 along a straight solution."""
    change = specialize(the_gradient_changes_by_the_hessian(), t)
    here = line_velocity()
    there = throughout(here, t, TIMES)
    then = weaken(specialize(there, t + d), *TIMES.args)
    same = combine_words(g(x(t + d)), g(x(t)), (-1, then, 1), (1, here, 1))
    ahead = throughout(same, d, And(d >= 0, d < T - t))
    rests = cite("straight-line", g(x(t)), 0, d)
    none = cut(cite("same-ahead", later(g(x(t))), rests.then.args[0], -H(x(t)) * g(x(t)), 0, T - t), ahead, rests, change)
    none = cut(none, follows(T - t > 0, t < T))
    return throughout(combine_words(H(x(t)) * g(x(t)), 0, (-1, none, 1)), t, TIMES)


def of_all(theorem: Theorem, family: dict[Any, Any] = FAMILY) -> Theorem:
    """A theorem about one solution, for all of them: so are its hypotheses."""
    one = instance(theorem, family)
    return generalize(cut(one, *(specialize(assume(ForAll(a, True, h)), a) for h in one.given)), a)
