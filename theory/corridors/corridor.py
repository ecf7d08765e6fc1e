"""What a corridor is, and what gradient flow does in one. (Section 2: definition 2.1, lemmas 2.8 and 2.9, theorem 2.11).

A region is a corridor if every solution of gradient flow in it runs along a straight line at constant speed. A solution is a curve x(t)
with x' = -g(x) for |t| < T, so the region's solutions are all there is to say of the region: its points are theirs, and through every
point of an open region runs at least one (Peano's theorem), as a differentiable gradient is continuous. Nothing here needs the solution
through a point to be the only one, the Hessian to be continuous, or the region to be connected or convex.
"""

from functools import cache

from sympy import Eq, Expr, Lambda, exp

from theory.corridors.symbols import H, S, T, U, X, a, d, duration, g, speed, t, v, x
from theory.evidence import at, extends, mutant, proves
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
    conjunction,
    cut,
    discharge,
    equal_words,
    generalize,
    instance,
    rewrite,
    specialize,
)
from theory.proof.flows import during
from theory.proof.ranges import throughout

TIMES = during(t, T)
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


LIVES = T > 0
SOLVES = everywhere(Velocity(later(x(t)), -g(x(t))))  # x is a solution of gradient flow
SMOOTH = everywhere(jacobian(GRADIENT, x(t), H(x(t))))  # the gradient is differentiable where x passes, with the Hessian as Jacobian
STRAIGHT = everywhere(Eq(x(t), x(0) + t * v))  # x runs along a straight line at constant speed
VANISHES = everywhere(Eq(H(x(t)) * g(x(t)), 0))
DESCENDS = everywhere(Eq(x(t), x(0) - t * g(x(0))))
STEADY = everywhere(Eq(g(x(0) - t * g(x(0))), g(x(0))))

lemma_2_8 = Statement(
    (SOLVES, SMOOTH), everywhere(Velocity(later(g(x(t))), -H(x(t)) * g(x(t)))), source="dherin-rosca:lemma-2-8"
)
# L = theta^2 on the line, and 2 theta + 1
BOWL = {T: 1, g: Lambda(U, 2 * U), H: Lambda(U, 2), x: Lambda(t, 3 * exp(-2 * t))}
RAMP = {T: 3, g: Lambda(U, 2), H: Lambda(U, 0), x: Lambda(t, 5 - 2 * t), v: [[-2]]}


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
    return throughout(_moved(GRADIENT, H(x(t)), SMOOTH), t, TIMES)


def _moved(of: Lambda, by: Expr, smooth: ForAll) -> Theorem:
    """The chain rule for a function along the solution, at the time t."""
    solution, slope = specialize(assume(SOLVES), t), specialize(assume(smooth), t)
    rests = cite("straight-line", 0, 0, d)
    return cut(cite("chain-rule", of, later(x(t)), rests.then.args[0], by, 0, -g(x(t)), 0), rests, solution, slope)
