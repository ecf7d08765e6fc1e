"""No optimum of a deep linear network is isolated, whatever the cost of the product; where it is strongly convex. (Nar, Sastry, sect. 2).

From depth 2 on every network has others with the same product as near as we like. Beside a local minimum they are local minima of the
same cost; so no minimum is isolated, and as the cost between two minima is not below theirs, it is not strongly convex there. Elsewhere
it may be.
"""

from __future__ import annotations

from typing import Any

from sympy import Abs, Eq, ImmutableMatrix, Lambda, Matrix, Poly, Rational, Tuple, symbols

from theory.evidence import at, mutant, proves, refutes
from theory.proof import (
    And,
    ForAll,
    Not,
    NotProved,
    Predicate,
    Refutation,
    Statement,
    Theorem,
    Trace,
    absurd,
    assume,
    by_meaning,
    cite,
    counterexample,
    cut,
    decide,
    equal_words,
    follows,
    forget_recursion,
    generalize,
    instance,
    rewrite,
    squared_norm,
    substitute,
)
from theory.proof.word_values import evaluate_word
from theory.step_bounds.descent_step import OTHER_PRODUCT
from theory.step_bounds.error_dynamics import NEXT
from theory.step_bounds.instances import deep
from theory.step_bounds.landscape import MINIMUM
from theory.step_bounds.layers import DEEP, FIRST, LAYERS, PREFIX, WEIGHTS, at_layer
from theory.step_bounds.second_network import APART, BOUNDED, DIRECTION, NEAR, SAME, in_both_cases
from theory.step_bounds.solutions import of_these_letters, product_of
from theory.step_bounds.symbols import D, H, L, M, P, U, V, W, ell, epsilon, j, kappa, mu
from theory.step_bounds.symbols import S as Other

COST = Tuple(Lambda(H, ell(H)))


class IsolatedMinimum(Predicate):
    """`IsolatedMinimum(epsilon, cost, weights, L)`: none within 2 epsilon costs less, and no other within epsilon is a local minimum.

    The cost is any function of the product W_L ... W_1, and the distance is that of the farthest layer. An isolated local minimum is one
    for every small epsilon.
    """

    def meaning(self) -> tuple[tuple[Any, ...], Any, str]:
        """Other layers V(j) within epsilon, with the product U(L), cost more: else nothing within epsilon of V would cost less."""
        of_these_letters(self.args, (epsilon, COST, WEIGHTS, L))
        return (
            (PREFIX, FIRST, *NEXT, NEAR, APART > 0),
            ell(U(L)) > ell(P(L)),
            "a network near it with the same cost would be a local minimum too",
        )

    def decide(self) -> bool | None:
        """For one number as weight: True at the zero of the slope of a convex square. For two or more: False beside a rescaling."""
        radius, (cost,), weights, _ = self.args
        if not isinstance(weights, Tuple) or weights.free_symbols:
            return None
        if len(weights) == 1:
            value = _as_polynomial(cost, weights)
            return True if value is not None and value.degree() == 2 and value.LC() > 0 and value.diff()(weights[0][0]) == 0 else None
        rescaled = (weights[0] * (1 + radius / 64), weights[1] / (1 + radius / 64), *weights[2:])
        distances = [sum(x**2 for x in one - other) for one, other in zip(rescaled, weights, strict=True)]
        beside = decide(And(*(x <= radius**2 for x in distances), distances[0] > 0)) is True
        return False if beside and product_of(rescaled) == product_of(weights) else None


class StronglyConvex(Predicate):
    """`StronglyConvex(mu, epsilon, cost, weights, L)`: within epsilon of the weights, layer by layer, the cost is mu-strongly convex."""

    def meaning(self) -> tuple[tuple[Any, ...], Any, str]:
        """Between W and other layers V, at the middle M with the product S(L)."""
        of_these_letters(self.args[1:], (epsilon, COST, WEIGHTS, L))
        middle = ForAll(j, LAYERS, Eq(M(j), (V(j) + W(j)) / 2))
        below = ell(Other(L)) <= (ell(P(L)) + ell(U(L))) / 2 - self.args[0] * APART / 8
        return (PREFIX, FIRST, *NEXT, NEAR, middle, *OTHER_PRODUCT), below, "strong convexity at a midpoint (Nesterov 2004, 2.1.3)"

    def decide(self) -> bool | None:
        """For two numbers as weights: whether the Hessian minus mu is shown to be positive semidefinite on the square."""
        constant, radius, (cost,), weights, _ = self.args
        value = _as_polynomial(cost, weights) if isinstance(weights, Tuple) and len(weights) == 2 else None
        if value is None:
            return None
        hessian = Matrix(2, 2, lambda a, b: value.diff(value.gens[a], value.gens[b]).as_expr()) - constant * Matrix.eye(2)
        inside = [Abs(x - w[0]) <= radius for x, w in zip(value.gens, weights, strict=True)]
        try:
            follows(And(hessian[0, 0] >= 0, hessian[1, 1] >= 0, hessian.det() >= 0), *inside)
        except NotProved:
            return None
        return True


def _as_polynomial(cost: Lambda, weights: Any) -> Poly | None:
    """The cost of a network of width 1 as a polynomial in its weights."""
    if not all(w.shape == (1, 1) for w in weights):
        return None
    names = symbols(f"w:{len(weights)}", real=True)
    product = ImmutableMatrix([[1]])
    for x in names:
        product = product * x
    return Poly(evaluate_word(cost.expr, {cost.variables[0]: product}), *names)


ISOLATED = IsolatedMinimum(epsilon, COST, WEIGHTS, L)
CONVEX = StronglyConvex(mu, epsilon, COST, WEIGHTS, L)
NETWORK = (DEEP, PREFIX, FIRST)


# What a second network with the same product does


def no_isolated_minimum() -> Theorem:
    """Isolated |- false, beside another network with the same product."""
    return rewrite(by_meaning(ISOLATED), assume(SAME))


def no_convexity() -> Theorem:
    """Mu |V - W|^2 <= 0 at a minimum, beside another network with the same product: the middle of the two does not cost less."""
    put = Lambda(j, (V(j) + W(j)) / 2)
    least = instance(by_meaning(MINIMUM), {V: put, U: Lambda(j, Other(j))})
    half = equal_words(squared_norm(put(j) - W(j)), squared_norm(V(j) - W(j)) / 4, because="the middle is half as far away")
    near = follows(squared_norm(put(j) - W(j)) <= epsilon**2, using=(half, at_layer(NEAR, j), cite("norm-nonnegative", V(j) - W(j))))
    least = cut(least, generalize(near, j, LAYERS))
    below = rewrite(instance(by_meaning(CONVEX), {M: put}), assume(SAME))
    flat = follows(mu * APART <= 0, using=(below, least), because="the middle costs no less than W, and V costs the same")
    return forget_recursion(flat, Other, *(substitute(h, {M: put}) for h in OTHER_PRODUCT))


# The claims

SECOND_NETWORK = (L >= 2, *BOUNDED, *DIRECTION)


def scalar(weights: tuple[Any, ...], minimum: Any) -> dict[Any, Any]:
    """The network of these numbers, with the cost (trace - minimum)^2; the direction D moves the second layer."""
    layers = deep([[[w]] for w in weights])
    directions = {D(n): ImmutableMatrix([[int(n == 2)]]) for n in range(1, len(weights) + 1)}
    return {**layers, **directions, ell: Lambda(H, (Trace(H) - minimum) ** 2), epsilon: Rational(1, 10), kappa: 1}


ONE_LAYER, TWO_LAYERS = scalar((1,), 1), scalar((1, 1), 1)

not_isolated = Statement((*NETWORK, epsilon > 0), Not(ISOLATED), source="nar-sastry:text-not-isolated")
not_isolated_from_depth_2 = not_isolated.amend(
    given=(*not_isolated.given, *SECOND_NETWORK),
    why="one layer has no rescaling: a strictly convex cost has one optimum there; from depth 2 on no optimum is isolated, not even 0",
)


@refutes(not_isolated, why="one layer with the cost (w - 1)^2 has a single optimum, w = 1")
def one_layer_has_one_optimum() -> Refutation:
    """The cost of one number."""
    return counterexample(not_isolated, ONE_LAYER)


@proves(
    not_isolated_from_depth_2,
    witness=at(TWO_LAYERS),
    mutants=[
        mutant(not_isolated_from_depth_2.drop(*SECOND_NETWORK), ONE_LAYER, "depth 1"),
        mutant(not_isolated_from_depth_2.with_then(ISOLATED), TWO_LAYERS, "every optimum is isolated"),
        mutant(not_isolated_from_depth_2.with_then(Not(MINIMUM)), TWO_LAYERS, "there is no optimum"),
    ],
)
def no_optimum_is_isolated() -> Theorem:
    """As near to a local minimum as we like lies another network with the same product: so there are infinitely many local minima."""
    return absurd(in_both_cases(no_isolated_minimum()), ISOLATED)


nowhere_convex = Statement((*NETWORK, epsilon > 0, CONVEX), mu <= 0, source="nar-sastry:text-not-strongly-convex")
not_at_optima = nowhere_convex.amend(
    given=(*nowhere_convex.given, MINIMUM, *SECOND_NETWORK),
    why="away from the optima the cost can be strongly convex; at a local minimum of a network of depth 2 or more it is not",
)
INSIDE = {**scalar((1, 1), 2), mu: Rational(1, 2)}  # (w_1 w_2 - 2)^2 has the Hessian 2 at (1, 1)


@refutes(nowhere_convex, why="the Hessian of (w_1 w_2 - 2)^2 at (1, 1) is twice the identity, so the cost is strongly convex around it")
def strongly_convex_away_from_the_optima() -> Refutation:
    """Two numbers: the cost (w_1 w_2 - 2)^2 within 1/10 of (1, 1)."""
    return counterexample(nowhere_convex, INSIDE)


@proves(
    not_at_optima,
    witness=at({**TWO_LAYERS, mu: -Rational(1, 2)}),
    mutants=[
        mutant(not_at_optima.drop(MINIMUM), INSIDE, "any point"),
        mutant(not_at_optima.with_then(mu <= -1), {**TWO_LAYERS, mu: -Rational(1, 2)}, "strongly concave"),
    ],
)
def no_strong_convexity_at_an_optimum() -> Theorem:
    """Halfway between two minima of one cost the cost is not lower, so mu |V - W|^2 / 8 <= 0."""
    flat = follows(mu <= 0, APART > 0, using=(no_convexity(),), because="|V - W|^2 > 0")
    return in_both_cases(flat)
