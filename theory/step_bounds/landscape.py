"""The cost of a deep linear network as a function of its weights: not quadratic, and the same along rescalings. (Nar & Sastry, section 2).

Multiplying layer j by alpha_j, where alpha_1 ... alpha_L = 1, leaves the product as it is, and maps nearby weights to nearby weights: so it
maps local minima of any cost of the product to local minima. Multiplying two layers by t multiplies the product by t^2: so along that line
the squared error is of degree 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sympy import Eq, Expr, ImmutableMatrix, Integer, Lambda, Ne, Pow, Product, Rational, Sum, Tuple, false
from sympy.functions.elementary.complexes import transpose

from theory.evidence import Point, at, mutant, proves, refutes
from theory.proof import (
    And,
    ForAll,
    Not,
    Or,
    Predicate,
    Refutation,
    Statement,
    Theorem,
    Trace,
    absurd,
    assume,
    by_meaning,
    cite,
    combine_words,
    conjunction,
    counterexample,
    cut,
    decide,
    empty_product,
    equal_words,
    follows,
    forget_recursion,
    generalize,
    inner,
    instance,
    last_factor,
    rewrite,
    specialize,
    squared_norm,
    substitute,
)
from theory.proof.logic import apply
from theory.proof.word_values import evaluate_word
from theory.step_bounds.descent_step import OTHER_PRODUCT, conclude_at_the_output, loss
from theory.step_bounds.error_dynamics import NEXT
from theory.step_bounds.instances import chain, deep
from theory.step_bounds.layers import (
    DEEP,
    FIRST,
    LAST,
    LAYERS,
    PREFIX,
    PRODUCTS,
    SUFFIX,
    WEIGHTS,
    at_layer,
    for_every_layer,
    product_splits_at_any_layer,
)
from theory.step_bounds.smoothness import whole_product
from theory.step_bounds.solutions import loss_polynomial, of_these_letters, product_of
from theory.step_bounds.symbols import H, L, M, P, Q, R, S, T, U, V, W, alpha, beta, delta, ell, epsilon, j, k

# Rescaling the layers


class MinimumWithin(Predicate):
    """`MinimumWithin(epsilon, cost, weights, L)`: no network with all its layers within epsilon of these weights costs less.

    The cost is any function of the product W_L ... W_1; the weights are a local minimum where this holds for some epsilon > 0.
    """

    def meaning(self) -> tuple[tuple[Any, ...], Any, str]:
        """For any other layers V(j), with the product U(L)."""
        radius, (cost,), *network = self.args
        of_these_letters(tuple(network), (WEIGHTS, L))
        near = ForAll(j, LAYERS, squared_norm(V(j) - W(j)) <= radius**2)
        return (PREFIX, FIRST, *NEXT, near), apply(cost, U(L)) >= apply(cost, P(L)), "nobody near costs less"

    def decide(self) -> bool | None:
        """True where the cost is a square that vanishes at the explicit weights: a global minimum."""
        _, (cost,), weights, _ = self.args
        if not (isinstance(weights, Tuple) and isinstance(cost.expr, Pow) and cost.expr.exp == 2):
            return None
        return True if evaluate_word(cost.expr, {cost.variables[0]: product_of(weights)}) == 0 else None


UNIT_PRODUCT = Eq(Product(alpha(j), (j, 1, L)), 1)
SCALED = (ForAll(j, LAYERS, Eq(T(j), alpha(j) * W(j) * T(j - 1))), Eq(T(0), 1))
OTHERS = ForAll(j, LAYERS, Eq(M(j), alpha(j) * V(j)))  # any layers M(j), written in this way since no alpha(j) is 0
NEAR = ForAll(j, LAYERS, squared_norm(M(j) - alpha(j) * W(j)) <= (beta * epsilon) ** 2)
LEAST = (beta > 0, ForAll(j, LAYERS, alpha(j) ** 2 >= beta**2))  # beta is the least |alpha(j)|
MINIMUM = MinimumWithin(epsilon, Tuple(Lambda(H, ell(H))), WEIGHTS, L)

scaling_orbit = Statement(
    (DEEP, PREFIX, FIRST, UNIT_PRODUCT, *SCALED, OTHERS, *OTHER_PRODUCT, *LEAST, epsilon > 0, NEAR, MINIMUM),
    ell(S(L)) >= ell(T(L)),
    source="nar-sastry:text-scaling-orbit",
)


def scaled_product() -> Theorem:
    """(alpha_L W_L) ... (alpha_1 W_1) = alpha_1 ... alpha_L P(L), by induction."""
    factors = Product(alpha(j), (j, 1, k))
    claim = Eq(T(k), factors * P(k))
    start = combine_words(
        T(0),
        substitute(claim.rhs, {k: 0}),
        (1, assume(SCALED[1]), 1),
        (-1, empty_product(Product(alpha(j), (j, 1, 0))), P(0)),
        (-1, assume(FIRST), 1),
    )
    layer = equal_words(
        T(k + 1),
        factors * alpha(k + 1) * P(k + 1),
        at_layer(SCALED[0], k + 1),
        at_layer(PREFIX, k + 1),
        assume(claim),
        because="numbers commute with matrices",
    )
    longer = last_factor(Product(alpha(j), (j, 1, k + 1)), k)
    step = combine_words(T(k + 1), substitute(claim.rhs, {k: k + 1}), (1, layer, 1), (-1, longer, P(k + 1)))
    return conclude_at_the_output(specialize(for_every_layer(start, step, claim), L), substitute(claim, {k: L}))


PAIR = [ImmutableMatrix([[1]]), ImmutableMatrix([[1]])]


def _rescaled(numbers: Lambda, others: Sequence[Any], least: Any) -> Point:
    """The network 1 * 1 at the minimum of (trace - 1)^2, its layers multiplied by alpha(1), alpha(2), and a network V beside it."""
    layers = [ImmutableMatrix([[x]]) for x in others]
    point = {**deep(PAIR), **chain(V, U, layers), alpha: numbers, beta: least, epsilon: 1}
    for family, product, unscaled in ((M, S, layers), (W, T, PAIR)):
        scaled = [numbers(i) * w for i, w in enumerate(unscaled, 1)]
        point |= chain(family, product, scaled)
    return {**point, W(1): PAIR[0], W(2): PAIR[1], ell: Lambda(H, (Trace(H) - 1) ** 2)}


BESIDE = _rescaled(Lambda(j, Rational(7, 2) - 3 * j / 2), (Rational(9, 8), 1), Rational(1, 2))  # alpha = 2, 1/2


@proves(
    scaling_orbit,
    witness=at(BESIDE),
    mutants=[
        mutant(
            scaling_orbit.replacing({UNIT_PRODUCT: Eq(Product(alpha(j), (j, 1, L)), 2)}),
            _rescaled(Lambda(j, 3 - j), (Rational(1, 2), 1), 1),
            "alpha_1 ... alpha_L = 2",
        ),
        mutant(
            scaling_orbit.replacing({UNIT_PRODUCT: Eq(Sum(alpha(j), (j, 1, L)), L)}),
            _rescaled(Lambda(j, j - Rational(1, 2)), (Rational(4, 3), 1), Rational(1, 2)),
            "alpha_1 + ... + alpha_L = L",
        ),
        mutant(scaling_orbit.with_then(ell(S(L)) <= ell(T(L))), BESIDE, "a local maximum"),
    ],
)
def rescaled_minima_are_minima() -> Theorem:
    """If no network within epsilon of W costs less, none within beta epsilon of {alpha_j W_j} does, beta = min |alpha_j| > 0.

    The network M(j) = alpha(j) V(j) has the product of V, because the alphas multiply to 1, and V is within epsilon of W.
    """
    one = assume(UNIT_PRODUCT)
    same = [
        combine_words(P(L), T(L), (-1, scaled_product(), 1), (-1, one, P(L)), because="alpha_1 ... alpha_L = 1"),
        _other_product(one),
    ]
    least = rewrite(by_meaning(MINIMUM), *same)
    norm = equal_words(
        squared_norm(M(j) - alpha(j) * W(j)),
        alpha(j) ** 2 * squared_norm(V(j) - W(j)),
        at_layer(OTHERS, j),
    )
    close = follows(
        squared_norm(V(j) - W(j)) <= epsilon**2,
        beta > 0,
        using=(norm, at_layer(NEAR, j), at_layer(LEAST[1], j), cite("norm-nonnegative", V(j) - W(j))),
        because="divide by alpha(j)^2 >= beta^2",
    )
    least = cut(least, generalize(close, j, LAYERS))
    return forget_recursion(least, U, *NEXT)


def _other_product(one: Theorem) -> Theorem:
    """U(L) = S(L): the layers M(j) = alpha(j) V(j) have the product of the layers V(j)."""
    layer = equal_words(S(j), alpha(j) * V(j) * S(j - 1), at_layer(OTHER_PRODUCT[0], j), at_layer(OTHERS, j))
    put = {W: Lambda(j, V(j)), P: Lambda(j, U(j)), T: Lambda(j, S(j))}
    scaled = cut(instance(scaled_product(), put), generalize(layer, j, LAYERS))
    return combine_words(U(L), S(L), (-1, scaled, 1), (-1, one, U(L)), because="alpha_1 ... alpha_L = 1")


# Not quadratic


def _doubled(factor: Any) -> Expr:
    """W(L) ... W(3) (t W(2)) (t W(1)), the product along a line through the weights."""
    return Q(3) * (factor * W(2)) * (factor * W(1))


class QuadraticLoss(Predicate):
    """`QuadraticLoss(weights, L, R)`: the loss (2), in all layers of these shapes, is a quadratic function (of degree at most 2)."""

    def meaning(self) -> tuple[tuple[Any, ...], Any, str]:
        """Third differences vanish: here along the line on which the first two layers are multiplied by t."""
        of_these_letters(self.args, (WEIGHTS, L, R))
        f = [loss(_doubled(t)) for t in range(4)]
        return (L >= 2, SUFFIX, LAST), Eq(f[3] - 3 * f[2] + 3 * f[1] - f[0], 0), "the third differences of a quadratic function vanish"

    def decide(self) -> bool | None:
        """From the polynomial itself, for explicit shapes."""
        weights, _, target = self.args
        if not isinstance(weights, Tuple):
            return None
        return loss_polynomial(weights, ImmutableMatrix(target)).total_degree() <= 2


class LinearDescent(Predicate):
    """`LinearDescent(delta, weights, L, R)`: GD with step delta on the loss (2), in layers of these shapes, is a linear system.

    Linear means here that the next weights are an affine function of the weights.
    """

    def meaning(self) -> tuple[tuple[Any, ...], Any, str]:
        """Second differences vanish: here of the first layer's component along W(1), on the same line."""
        step, *network = self.args
        of_these_letters(tuple(network), (WEIGHTS, L, R))
        after = [t * W(1) - step * transpose(t * Q(3) * W(2)) * (_doubled(t) - R) for t in range(3)]
        g = [inner(W(1), layer) for layer in after]
        return (L >= 2, SUFFIX, LAST), Eq(g[2] - 2 * g[1] + g[0], 0), "the second differences of an affine map vanish"

    def decide(self) -> bool | None:
        """From the gradient itself, for explicit shapes and a step that is not zero."""
        step, weights, _, target = self.args
        if not isinstance(weights, Tuple) or decide(Ne(step, 0)) is not True:
            return None
        value = loss_polynomial(weights, ImmutableMatrix(target))
        return all(value.diff(x).total_degree() <= 1 for x in value.gens)


QUADRATIC = QuadraticLoss(WEIGHTS, L, R)
LINEAR = LinearDescent(delta, WEIGHTS, L, R)

never_quadratic = Statement(
    (*PRODUCTS, squared_norm(P(L)) > 0, delta > 0),  # some weights of these shapes have a product that is not zero
    And(Not(QUADRATIC), Not(LINEAR)),
    source="nar-sastry:text-never-quadratic",
)
from_depth_2 = never_quadratic.amend(
    given=(*never_quadratic.given, L >= 2),
    why="from depth 2 on the loss is of degree 2 L >= 4; at depth 1 it is that of least squares",
)
REGRESSION = {**deep([[[1, 2]]], [[0, 1]]), delta: 1}
TWO_LAYERS = {**deep(PAIR), delta: 1}


@refutes(never_quadratic, why="a network of depth 1 is a linear regression: its loss is quadratic, and GD on it is a linear system")
def depth_one_is_least_squares() -> Refutation:
    """One layer W: the loss is (1/2) ||W - R||^2, of degree 2 in W."""
    return counterexample(never_quadratic, REGRESSION)


@proves(
    from_depth_2,
    witness=at(TWO_LAYERS),
    mutants=[
        mutant(from_depth_2.drop(L >= 2), REGRESSION, "depth 1 too"),
        mutant(from_depth_2.with_then(Or(L >= 3, QUADRATIC)), TWO_LAYERS, "a product of two layers gives a quadratic loss"),
        mutant(from_depth_2.with_then(Or(L >= 3, LINEAR)), TWO_LAYERS, "GD on two layers is linear"),
    ],
)
def deeper_losses_are_not_quadratic() -> Theorem:
    """Multiplying two layers by t multiplies the product P by t^2: the third difference of the loss is 18 |P|^2, which is not 0."""
    whole = _product_of_the_first_two()
    size = squared_norm(P(L))
    impossible = []
    for predicate, value in ((QUADRATIC, 18 * size), (LINEAR, -6 * delta * size)):
        said = by_meaning(predicate)
        difference = equal_words(said.then.lhs, value, assume(whole.then), because="powers of t")
        contradiction = cut(follows(false, size > 0, delta > 0, using=(said, difference), because="|P|^2 > 0"), whole)
        impossible.append(absurd(contradiction, predicate))
    return conjunction(*impossible)


def _product_of_the_first_two() -> Theorem:
    """Q(3) W(2) W(1) = P(L)."""
    split = follows(Eq(Q(3) * P(2), Q(1)), L >= 2, using=(specialize(product_splits_at_any_layer(), 2),), because="at k = 2")
    two = equal_words(P(2), W(2) * W(1), at_layer(PREFIX, Integer(2)), at_layer(PREFIX, Integer(1)), assume(FIRST))
    return combine_words(Q(3) * W(2) * W(1), P(L), (-Q(3), two, 1), (1, split, 1), (-1, whole_product(), 1))
