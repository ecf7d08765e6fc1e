"""A second network with the same product, as near as we like, beside every network of depth 2 or more. (Nar & Sastry, section 2).

Where W_1 is not 0 it is {theta^(2j-L-1) W_j} with theta close to 1; where W_1 = 0 it is {W_j + epsilon D_j} with D_1 = 0.
"""

from typing import Any

from sympy import Abs, Eq, Integer, Lambda, Ne, Sum

from theory.proof import (
    ForAll,
    Implies,
    Theorem,
    assume,
    cite,
    combine_words,
    cut,
    discharge,
    equal_words,
    follows,
    generalize,
    induction,
    instance,
    specialize,
    squared_norm,
    substitute,
)
from theory.step_bounds.layers import FIRST, LAYERS, PREFIX, at_layer
from theory.step_bounds.rescaled_solutions import at_theta
from theory.step_bounds.rescaling import SCALES, a_sum_is_at_least_its_terms
from theory.step_bounds.symbols import D, L, P, Pi, U, V, W, alpha, epsilon, h, i, j, k, kappa, theta

APART = Sum(squared_norm(V(j) - W(j)), (j, 1, L))  # |V - W|^2
NEAR = ForAll(j, LAYERS, squared_norm(V(j) - W(j)) <= epsilon**2)
SAME = Eq(U(L), P(L))  # V has the product of W
BOUNDED = (kappa >= 0, ForAll(j, LAYERS, squared_norm(W(j)) <= kappa**2))  # kappa: any bound of the layers
DIRECTION = (Eq(D(1), 0), ForAll(j, LAYERS, squared_norm(D(j)) <= 1), Sum(squared_norm(D(j)), (j, 1, L)) > 0)  # any beyond layer 1


# Rescaled layers, where W_1 is not 0

SCALED = {V: Lambda(j, alpha(j) * W(j)), U: Lambda(j, Pi(j) * P(j))}
CLOSE = ForAll(j, LAYERS, Abs(alpha(j) - 1) * kappa <= epsilon)
FIRST_LAYER = squared_norm(W(1))


def beside_rescaled_layers(theorem: Theorem) -> Theorem:
    """A theorem about any second network with this product, said of {alpha_j W_j}."""
    step = combine_words(
        Pi(j) * P(j),
        alpha(j) * W(j) * Pi(j - 1) * P(j - 1),
        (1, at_layer(SCALES[0], j), P(j)),
        (alpha(j) * Pi(j - 1), at_layer(PREFIX, j), 1),
    )
    start = combine_words(Pi(0) * P(0), 1, (1, assume(SCALES[1]), P(0)), (1, assume(FIRST), 1))
    same = combine_words(Pi(L) * P(L), P(L), (1, assume(SCALES[2]), P(L)))
    distance = substitute(squared_norm(V(j) - W(j)), SCALED)
    norm = equal_words(distance, (alpha(j) - 1) ** 2 * squared_norm(W(j)))
    positive = cite("norm-nonnegative", W(j))
    near = follows(
        distance <= epsilon**2,
        kappa >= 0,
        using=(norm, positive, at_layer(CLOSE, j), at_layer(BOUNDED[1], j)),
        because="|alpha_j - 1| kappa <= epsilon",
    )
    nonnegative = generalize(follows(distance >= 0, using=(norm, positive)), j, LAYERS)
    terms = cut(instance(a_sum_is_at_least_its_terms(), {h: Lambda(j, distance), i: Integer(1)}), nonnegative)
    first = equal_words(substitute(distance, {j: 1}), (alpha(1) - 1) ** 2 * FIRST_LAYER)
    apart = follows(substitute(APART > 0, SCALED), FIRST_LAYER > 0, Ne(alpha(1), 1), L >= 1, using=(terms, first))
    return cut(instance(theorem, SCALED), generalize(step, j, LAYERS), start, same, generalize(near, j, LAYERS), apart)


def with_theta_close_to_1(theorem: Theorem) -> Theorem:
    """The same at alpha_j = theta^(2j-L-1) with theta^(L-1) = 1 + epsilon/(1 + kappa)."""
    size = theta ** (L - 1) - 1
    powers = tuple(
        cut(cite("power-monotone", 1, theta, exponent), follows(exponent >= 0, j >= 1, j <= L)) for exponent in (2 * L - 2 * j, 2 * j - 2)
    )
    small = follows(
        Abs(theta ** (2 * j - L - 1) - 1) * kappa <= epsilon,
        theta > 1,
        kappa >= 0,
        size * kappa <= epsilon,
        L >= 2,
        using=powers,
        because="theta^(1-L) <= theta^(2j-L-1) <= theta^(L-1)",
    )
    larger = cut(cite("power-increases", 1, theta, L - 1), follows(L - 1 > 0, L >= 2))
    other = follows(Ne(theta ** (1 - L), 1), theta > 1, L >= 2, using=(larger,), because="theta^(L-1) > 1")
    return cut(at_theta(theorem), generalize(small, j, LAYERS), other)


def beside_a_first_layer(theorem: Theorem) -> Theorem:
    """A theorem about any second network, where W_1 is not 0: theta = (1 + t)^(1/(L-1)) with t = epsilon/(1 + kappa)."""
    larger = 1 + epsilon / (1 + kappa)
    said = instance(with_theta_close_to_1(beside_rescaled_layers(theorem)), {theta: larger ** (1 / (L - 1))})
    known = (epsilon > 0, kappa >= 0, L >= 2)
    power = cite("power-increases", 1, larger, 1 / (L - 1))
    power = cut(power, *(follows(h, *known) for h in power.given))
    kept = (*theorem.given, *known, BOUNDED[1], FIRST_LAYER > 0)
    return cut(said, *(follows(h, *known, using=(power,)) for h in said.given if h not in kept))


# Any direction beyond layer 1, where W_1 is 0

MOVED = {V: Lambda(j, W(j) + epsilon * D(j)), U: Lambda(j, P(j))}
EMPTY = Eq(W(1), 0)


def beside_an_empty_layer(theorem: Theorem) -> Theorem:
    """A theorem about any second network, where W_1 = 0, said of {W_j + epsilon D_j}: all products stay 0."""
    step = combine_words(P(j), (W(j) + epsilon * D(j)) * P(j - 1), (1, at_layer(PREFIX, j), 1), (-epsilon, _nothing_moves(), 1))
    distance = substitute(squared_norm(V(j) - W(j)), MOVED)
    norm = equal_words(distance, epsilon**2 * squared_norm(D(j)))
    near = follows(distance <= epsilon**2, using=(norm, at_layer(DIRECTION[1], j)), because="|D_j| <= 1")
    total = equal_words(substitute(APART, MOVED), epsilon**2 * DIRECTION[2].lhs)
    apart = follows(substitute(APART > 0, MOVED), DIRECTION[2], epsilon > 0, using=(total,))
    return cut(instance(theorem, MOVED), generalize(step, j, LAYERS), generalize(near, j, LAYERS), apart)


def _nothing_moves() -> Theorem:
    """D(j) P(j-1) = 0 for every layer j: D(1) = 0, and P(1) = ... = P(L) = 0."""
    empty = equal_words(P(1), 0, at_layer(PREFIX, Integer(1)), assume(EMPTY), because="W_1 = 0")
    product = equal_words(P(k + 1), 0, at_layer(PREFIX, k + 1), assume(Eq(P(k), 0)))
    products = _from_layer_1(Eq(P(k), 0), empty, discharge(product, Eq(P(k), 0)))
    here = follows(Eq(P(k), 0), k >= 1, k <= L, using=(specialize(products, k),))
    moved = equal_words(D(k + 1) * P(k), 0, here)
    directions = _from_layer_1(Eq(D(k) * P(k - 1), 0), equal_words(D(1) * P(0), 0, assume(DIRECTION[0])), moved)
    return follows(Eq(D(j) * P(j - 1), 0), j >= 1, j <= L, using=(specialize(directions, j),))


def _from_layer_1(claim: Any, first: Theorem, next_: Theorem) -> Theorem:
    """For all k >= 1: k <= L gives the claim."""
    bounded = Implies(k <= L, claim, evaluate=False)
    sides = [follows(h, k >= 1, k + 1 <= L) for h in next_.given if k in h.free_symbols and h != (k + 1 <= L)]
    after = discharge(cut(next_, *sides), k + 1 <= L)
    step = follows(substitute(bounded, {k: k + 1}), bounded, k >= 1, using=(after,), because="one layer more")
    return induction(follows(substitute(bounded, {k: 1}), using=(first,)), step, k, 1)


def in_both_cases(theorem: Theorem) -> Theorem:
    """A theorem about any second network: its conclusion, for every W."""
    cases = (discharge(beside_a_first_layer(theorem), FIRST_LAYER > 0), discharge(beside_an_empty_layer(theorem), EMPTY))
    zero = discharge(cite("norm-definite", W(1)), Eq(FIRST_LAYER, 0))
    return follows(theorem.then, using=(*cases, zero, cite("norm-nonnegative", W(1))), because="W_1 is 0 or not")
