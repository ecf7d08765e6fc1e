"""The gains p_{j-1}^2 q_{j+1}^2 of the layers: S = sum_j p_{j-1}^2 q_{j+1}^2 >= L sigma^(2(L-1)/L). (Nar & Sastry, behind corollary 1).

By Cauchy-Schwarz sigma <= p_k q_{k+1}, so the gains multiply to sigma^(2L-2) at least; their mean is at least the geometric one. All
this holds for every singular value sigma > 0 of the estimate.
"""

from functools import cache

from sympy import Eq, Expr, Integer, Product
from sympy.functions.elementary.complexes import transpose

from theory.proof import (
    Statement,
    Theorem,
    assume,
    cite,
    combine_words,
    conclude,
    cut,
    empty_product,
    equal_words,
    follows,
    generalize,
    inner,
    last_factor,
    specialize,
)
from theory.step_bounds.layers import (
    LAST,
    LAYERS,
    PRODUCTS,
    for_every_layer,
    product_splits_at_any_layer,
)
from theory.step_bounds.smoothness import (
    GAINS,
    SINGULAR,
    p_squared,
    q_squared,
    whole_product,
)
from theory.step_bounds.symbols import L, P, Q, j, k, sigma, u, v

TERM = p_squared(j - 1) * q_squared(j + 1)
BALANCED = L * sigma ** ((2 * L - 2) / L)  # the least S of any solution with this singular value


@cache
def product_of_gains() -> Theorem:
    """For all 0 <= k <= L: the first k gains multiply to at least sigma^(2k-2) q_{k+1}^2."""
    claim = Product(TERM, (j, 1, k)) >= sigma ** (2 * k - 2) * q_squared(k + 1)
    start = follows(
        Product(TERM, (j, 1, 0)) >= sigma**-2 * q_squared(Integer(1)),
        sigma > 0,
        using=(empty_product(Product(TERM, (j, 1, 0))), _whole_gain()),
        because="q_1 = sigma",
    )
    longer = last_factor(Product(TERM, (j, 1, k + 1)), k)
    norms = [cite("norm-nonnegative", x) for x in (P(k) * v, transpose(Q(k + 2)) * u, transpose(Q(k + 1)) * u)]
    step = follows(
        Product(TERM, (j, 1, k + 1)) >= sigma ** (2 * k) * q_squared(k + 2),
        claim,
        sigma > 0,
        using=(longer, across(k), *norms),
        because="p_k q_{k+1} >= sigma",
    )
    return for_every_layer(start, step, claim, sigma > 0)


def across(layer: Expr) -> Theorem:
    """sigma^2 <= p_k^2 q_{k+1}^2 for 0 <= k <= L, by Cauchy-Schwarz: u' Q(k+1) P(k) v = sigma."""
    splits = specialize(product_splits_at_any_layer(), layer)
    splits = follows(Eq(Q(layer + 1) * P(layer), Q(1)), layer <= L, using=(splits,), because="the product splits at k")
    whole = whole_product()
    back = combine_words(Q(1), P(L), (-1, whole, 1))
    value = equal_words(
        inner(transpose(Q(layer + 1)) * u, P(layer) * v),
        sigma,
        splits,
        back,
        *(assume(h) for h in SINGULAR),
        because="u' P(L) v = sigma",
    )
    bound = cite("cauchy-schwarz", transpose(Q(layer + 1)) * u, P(layer) * v)
    return follows(sigma**2 <= p_squared(layer) * q_squared(layer + 1), using=(value, bound), because="Cauchy-Schwarz")


def _whole_gain() -> Theorem:
    """q_1^2 = sigma^2."""
    back = combine_words(Q(1), P(L), (-1, whole_product(), 1))
    return equal_words(q_squared(Integer(1)), sigma**2, back, *(assume(h) for h in SINGULAR), because="P(L)' u = sigma v")


gains_bound = Statement((*PRODUCTS, *SINGULAR, sigma > 0), GAINS >= BALANCED)


@cache
def gains_are_at_least_balanced() -> Theorem:
    """S >= L sigma^(2(L-1)/L), for every singular value sigma > 0 of a product of L layers."""
    product = Product(TERM, (j, 1, L))
    mean = cite("am-gm", TERM, j, L)
    terms = (cite("norm-nonnegative", P(j - 1) * v), cite("norm-nonnegative", transpose(Q(j + 1)) * u))
    mean = cut(mean, generalize(follows(TERM >= 0, using=terms), j, LAYERS))
    gains = cut(specialize(product_of_gains(), L), follows(L >= 0, L >= 1))
    last = equal_words(q_squared(L + 1), 1, assume(LAST), assume(SINGULAR[2]), because="q_{L+1} = |u| = 1")
    least = follows(sigma ** (2 * L - 2) <= product, sigma > 0, using=(gains, last), because="at k = L")
    positive = follows(sigma ** (2 * L - 2) > 0, sigma > 0)
    root = cite("power-monotone", sigma ** (2 * L - 2), product, 1 / L)
    composed = cite("power-of-power", sigma, 2 * L - 2, 1 / L)
    bound = follows(
        GAINS >= BALANCED,
        L >= 1,
        sigma > 0,
        using=(mean, cut(root, positive, least), composed, least, positive),
        because="the L-th root of the product",
    )
    return conclude(bound, gains_bound)


def gains_are_positive() -> Theorem:
    """S > 0."""
    return follows(GAINS > 0, using=(gains_are_at_least_balanced(), balanced_is_positive()))


def balanced_is_positive() -> Theorem:
    """L sigma^(2(L-1)/L) > 0."""
    return follows(BALANCED > 0, L >= 1, sigma > 0)
