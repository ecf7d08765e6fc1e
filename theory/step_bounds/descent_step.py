"""The loss of a deep linear network, and one step of GD on it. (Nar & Sastry, equations 2 and 5).

With whitened data the loss is (1/2) ||W_L ... W_1 - R||_F^2. Moving every layer by t D(j) turns the product P(L) into
P(L) + t C(L) + t^2 Omega(L), for every depth: C is its derivative, by the product rule, and Omega collects what is of higher order.
"""

from typing import Any

from sympy import Eq, Expr, ImmutableMatrix, Integer, Rational, Sum
from sympy.functions.elementary.complexes import transpose

from theory.evidence import at, mutant, proves
from theory.proof import (
    And,
    ColumnOf,
    ForAll,
    Statement,
    Theorem,
    Trace,
    assume,
    cite,
    combine_words,
    cut,
    equal_words,
    follows,
    generalize,
    inner,
    rewrite,
    specialize,
    squared_norm,
    substitute,
    sum_congruence,
)
from theory.proof.logic import Boolean
from theory.step_bounds.instances import deep, gradients, moved
from theory.step_bounds.layers import (
    DERIVATIVE,
    FIRST,
    LAST,
    LAYERS,
    PREFIX,
    PRODUCTS,
    STILL,
    at_layer,
    for_every_layer,
    product_rule,
)
from theory.step_bounds.solutions import ERROR
from theory.step_bounds.symbols import C, D, L, M, N, Omega, P, Q, R, S, V, W, delta, i, inputs, j, k, t, zeta

# The loss (equation 2)

DATA = ColumnOf(inputs, i)  # x_i
SECOND_MOMENT = Sum(DATA * transpose(DATA), (i, 1, N))
WHITENED = Eq(SECOND_MOMENT / N, 1)
RESIDUALS = Sum(squared_norm(R * DATA - P(L) * DATA), (i, 1, N))


def loss(product: Expr) -> Expr:
    """(1/2) ||W_L ... W_1 - R||_F^2."""
    return squared_norm(product - R) / 2


equation_2 = Statement(
    (N >= 1, WHITENED, *PRODUCTS),
    Eq(RESIDUALS / (2 * N), loss(P(L))),
    source="nar-sastry:equation-2",
)

PLANE = deep([[[1, 2], [0, 1]], [[1, 1]]], [[3, 1]])
SQUARE = {N: 4, inputs: ImmutableMatrix([[1, 1, -1, -1], [1, -1, 1, -1]])}  # sum_i x_i x_i' = 4
LINE = deep([[[2]], [[3]]], [[1]])


@proves(
    equation_2,
    witness=at({**PLANE, **SQUARE}),
    mutants=[
        mutant(equation_2.with_then(Eq(RESIDUALS / N, loss(P(L)))), {**PLANE, **SQUARE}, "1/N for 1/(2N)"),
        mutant(equation_2.drop(WHITENED), {**LINE, N: 1, inputs: ImmutableMatrix([[3]])}, "data that are not whitened"),
        mutant(
            equation_2.replacing({WHITENED: Eq(SECOND_MOMENT, 1)}),
            {**LINE, N: 2, inputs: ImmutableMatrix([[1, 0]])},
            "whitened without the mean",
        ),
    ],
)
def the_data_drop_out() -> Theorem:
    """sum_i ||(R - P) x_i||^2 = <(R - P)'(R - P), sum_i x_i x_i'>, and the sum on the right is N times the identity."""
    gap = R - P(L)
    pooled = equal_words(RESIDUALS, Trace(transpose(gap) * gap * SECOND_MOMENT), because="the trace is linear and cyclic")
    white = combine_words(SECOND_MOMENT, N, (N, assume(WHITENED), 1), because="times N")
    pooled = rewrite(pooled, white)
    norm = equal_words(pooled.then.rhs, 2 * N * loss(P(L)))
    return follows(equation_2.then, N >= 1, using=(pooled, norm), because="divide by 2 N")


# The product of moved layers, for every depth

MOVED = ForAll(j, LAYERS, Eq(M(j), W(j) + t * D(j)))
OTHER_PRODUCT = (ForAll(j, LAYERS, Eq(S(j), M(j) * S(j - 1))), Eq(S(0), 1))
BEYOND = (ForAll(j, LAYERS, Eq(Omega(j), M(j) * Omega(j - 1) + D(j) * C(j - 1))), Eq(Omega(0), 0))
GROWTH = 4 * (squared_norm(W(j)) + squared_norm(D(j))) * zeta(j - 1) + 2 * squared_norm(D(j)) * squared_norm(C(j - 1))
BOUNDED = (ForAll(j, LAYERS, Eq(zeta(j), GROWTH)), Eq(zeta(0), 0))  # nothing here depends on t


def moved_product() -> Theorem:
    """(W(L) + t D(L)) ... (W(1) + t D(1)) = P(L) + t C(L) + t^2 Omega(L)."""
    claim = Eq(S(k), P(k) + t * C(k) + t**2 * Omega(k))
    start = equal_words(S(0), P(0) + t * C(0) + t**2 * Omega(0), *(assume(h) for h in (OTHER_PRODUCT[1], FIRST, STILL, BEYOND[1])))
    definitions = (OTHER_PRODUCT[0], PREFIX, DERIVATIVE, BEYOND[0], MOVED)
    step = equal_words(
        S(k + 1),
        substitute(claim.rhs, {k: k + 1}),
        *(at_layer(d, k + 1) for d in definitions),
        assume(claim),
        because="multiply by W(k+1) + t D(k+1) and collect the powers of t",
    )
    moved = specialize(for_every_layer(start, step, claim), L)
    return conclude_at_the_output(moved, substitute(claim, {k: L}))


def conclude_at_the_output(for_all_layers: Theorem, claim: Boolean) -> Theorem:
    """What holds for all 0 <= k <= L, at k = L >= 1."""
    return follows(claim, using=(cut(for_all_layers, follows(L >= 0, L >= 1)),), because="at k = L")


def derivative_of_the_product() -> Theorem:
    """C(L) = sum_j Q(j+1) D(j) P(j-1)."""
    by_layer = Sum(Q(j + 1) * D(j) * P(j - 1), (j, 1, L))
    rule = conclude_at_the_output(specialize(product_rule(), L), Eq(Q(L + 1) * C(L), by_layer))
    return combine_words(C(L), by_layer, (1, rule, 1), modulo=(assume(LAST),), because="Q(L+1) = 1")


def what_is_beyond_is_bounded() -> Theorem:
    """||Omega(L)||^2 <= zeta(L) for all |t| <= 1, where zeta does not depend on t."""
    claim = squared_norm(Omega(k)) <= zeta(k)
    zero = equal_words(squared_norm(Omega(0)), 0, assume(BEYOND[1]), because="no layer, no rest")
    start = follows(substitute(claim, {k: 0}), using=(zero, assume(BOUNDED[1])))
    layer, rest = D(k + 1), D(k + 1) * C(k)
    split = equal_words(squared_norm(Omega(k + 1)), squared_norm(M(k + 1) * Omega(k) + rest), at_layer(BEYOND[0], k + 1))
    weight = equal_words(squared_norm(M(k + 1)), squared_norm(W(k + 1) + t * layer), at_layer(MOVED, k + 1))
    step = follows(
        substitute(claim, {k: k + 1}),
        claim,
        t**2 <= 1,
        using=(
            at_layer(BOUNDED[0], k + 1),
            split,
            _twice_the_squares(M(k + 1) * Omega(k), rest),
            *(cite("submultiplicative", x, y) for x, y in ((M(k + 1), Omega(k)), (layer, C(k)))),
            weight,
            _twice_the_squares(W(k + 1), t * layer),
            equal_words(squared_norm(t * layer), t**2 * squared_norm(layer)),
            *(cite("norm-nonnegative", x) for x in (M(k + 1), Omega(k), W(k + 1), layer, C(k))),
        ),
        because="||M Omega + D C||^2 <= 2 ||M||^2 ||Omega||^2 + 2 ||D||^2 ||C||^2 and ||M||^2 <= 2 ||W||^2 + 2 ||D||^2",
    )
    bounded = specialize(for_every_layer(start, step, claim, t**2 <= 1), L)
    return conclude_at_the_output(bounded, substitute(claim, {k: L}))


def _twice_the_squares(x: Expr, y: Expr) -> Theorem:
    """||x + y||^2 <= 2 ||x||^2 + 2 ||y||^2, by the parallelogram law."""
    law = equal_words(squared_norm(x + y) + squared_norm(x - y), 2 * squared_norm(x) + 2 * squared_norm(y))
    return follows(
        squared_norm(x + y) <= 2 * squared_norm(x) + 2 * squared_norm(y),
        using=(law, cite("norm-nonnegative", x - y)),
        because="the parallelogram law",
    )


# The step (equation 5)


def gradient(layer: Expr, error: Expr = ERROR) -> Expr:
    """Q(j+1)' E P(j-1)', the gradient of the loss in layer j."""
    return transpose(Q(layer + 1)) * error * transpose(P(layer - 1))


UPDATE = ForAll(j, LAYERS, Eq(V(j), W(j) - delta * gradient(j)))
SECOND_ORDER = inner(ERROR, Omega(L)) + squared_norm(C(L) + t * Omega(L)) / 2

equation_5 = Statement(
    (*PRODUCTS, UPDATE, MOVED, t**2 <= 1, *OTHER_PRODUCT, DERIVATIVE, STILL, *BEYOND, *BOUNDED),
    And(
        Eq(
            delta * (loss(S(L)) - loss(P(L))),
            t * Sum(inner(W(j) - V(j), D(j)), (j, 1, L)) + delta * t**2 * SECOND_ORDER,
        ),
        squared_norm(Omega(L)) <= zeta(L),
    ),
    source="nar-sastry:equation-5",
)


def _stepped(weights_move: Rational, shift: int = 0) -> dict[Any, Any]:
    """The network 3 * 2 with target 1, moved by one in both layers; V(j) = W(j) + weights_move Q(j+1)' E P(j-1+shift)'."""
    point = moved(LINE, [[[1]], [[1]]], 1, M, S) | {D(1): ImmutableMatrix([[1]]), D(2): ImmutableMatrix([[1]])}
    for layer, slope in enumerate(gradients(LINE), 1):
        gain = point[P(layer - 1 + shift)][0] / point[P(layer - 1)][0]
        point[V(layer)] = point[W(layer)] + weights_move * gain * slope
    return point | {t: Integer(1), delta: TENTH}


TENTH = Rational(1, 10)


@proves(
    equation_5,
    witness=at(_stepped(-TENTH)),
    mutants=[
        mutant(
            equation_5.replacing({UPDATE: ForAll(j, LAYERS, Eq(V(j), W(j) + delta * gradient(j)))}),
            _stepped(TENTH),
            "a step uphill",
        ),
        mutant(
            equation_5.replacing({UPDATE: ForAll(j, LAYERS, Eq(V(j), W(j) - 2 * delta * gradient(j)))}),
            _stepped(-2 * TENTH),
            "the gradient of a loss without the factor 1/2",
        ),
        mutant(
            equation_5.replacing({UPDATE: ForAll(j, LAYERS, Eq(V(j), W(j) - delta * transpose(Q(j + 1)) * ERROR * transpose(P(j))))}),
            _stepped(-TENTH, shift=1),
            "W_1' ... W_j' for W_1' ... W_{j-1}'",
        ),
    ],
)
def the_update_is_the_gradient() -> Theorem:
    """Delta (f(W + t D) - f(W)) = t sum_j <W(j) - V(j), D(j)> + O(t^2) in every direction D: so W - V is delta times the gradient."""
    change = equal_words(
        loss(S(L)) - loss(P(L)),
        t * inner(ERROR, C(L)) + t**2 * SECOND_ORDER,
        moved_product(),
        because="expand the square",
    )
    slope = equal_words(
        inner(ERROR, C(L)),
        Sum(inner(gradient(j), D(j)), (j, 1, L)),
        derivative_of_the_product(),
        because="<E, Q D P> = <Q' E P', D>, layer by layer",
    )
    stepped = equal_words(inner(W(j) - V(j), D(j)), delta * inner(gradient(j), D(j)), at_layer(UPDATE, j))
    stepped = sum_congruence(generalize(stepped, j, LAYERS))
    scaled = equal_words(stepped.then.rhs, delta * slope.then.rhs)
    return follows(
        equation_5.then,
        using=(change, slope, stepped, scaled, what_is_beyond_is_bounded()),
        because="the first order in t; the rest is of second order",
    )
