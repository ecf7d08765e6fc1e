"""The best rescaling of a solution, in closed form: beyond the remark after theorem 1 of Nar & Sastry.

Rescaling divides the gain s_j = p_{j-1}^2 q_{j+1}^2 by alpha_j^2, and the product of the gains stays the same. So S(alpha) is at least
L times their geometric mean G, and equal to it where alpha_j^2 = s_j/G: see `bounds.balanced_scales`.
"""

from typing import Any

from sympy import Eq, Lambda, Product, Rational, Sum, interpolate
from sympy.functions.elementary.complexes import transpose

from theory.evidence import at, extends, mutant
from theory.proof import (
    And,
    ForAll,
    Implies,
    Statement,
    Theorem,
    assume,
    cite,
    cut,
    discharge,
    empty_product,
    equal_words,
    follows,
    generalize,
    last_factor,
    rewrite,
    specialize,
    substitute,
    sum_congruence,
)
from theory.step_bounds.gains import TERM
from theory.step_bounds.instances import scalar_network
from theory.step_bounds.layers import LAYERS, PRODUCTS, at_layer, for_every_layer
from theory.step_bounds.rescaling import RESCALED_GAINS, SCALES
from theory.step_bounds.smoothness import SINGULAR
from theory.step_bounds.symbols import L, P, Pi, Q, alpha, g, j, k, nu, sigma, u, v

RESCALED_TERM = nu(j) ** 2 * TERM
MEAN = (g > 0, Eq(g**L, Product(TERM, (j, 1, L))))  # g is the geometric mean of the gains
BEST = ForAll(j, LAYERS, Eq(alpha(j) ** 2 * g, TERM))

best = Statement(
    (*PRODUCTS, *SINGULAR, sigma > 0, *SCALES, *MEAN),
    And(RESCALED_GAINS >= L * g, Implies(BEST, Eq(RESCALED_GAINS, L * g))),
)


def products_agree() -> Theorem:
    """The rescaled gains have the product of the gains, since alpha_1 ... alpha_L = 1."""
    gains, rescaled = Product(TERM, (j, 1, k)), Product(RESCALED_TERM, (j, 1, k))
    claim = Eq(rescaled * Pi(k) ** 2, gains)
    empty = [empty_product(substitute(p, {k: 0})) for p in (gains, rescaled)]
    start = follows(substitute(claim, {k: 0}), using=(*empty, assume(SCALES[1])))
    longer = [last_factor(substitute(p, {k: k + 1}), k) for p in (gains, rescaled)]
    layer = (at_layer(SCALES[0], k + 1), at_layer(SCALES[3], k + 1))
    step = follows(substitute(claim, {k: k + 1}), claim, using=(*longer, *layer), because="eta_j alpha_j = 1")
    whole = specialize(for_every_layer(start, step, claim), L)
    same = Eq(substitute(rescaled, {k: L}), substitute(gains, {k: L}))
    return follows(same, L >= 1, using=(whole, assume(SCALES[2])), because="at k = L")


def _scales(first: Rational) -> dict[Any, Any]:
    """The network 2 * 8 with the gains 4 and 64, G = 16, rescaled by the two factors first and 1/first."""
    second = 1 / first
    pairs = {alpha: [(1, first), (2, second)], nu: [(1, second), (2, first)], Pi: [(0, 1), (1, first), (2, 1)]}
    numbers = {f: Lambda(j, interpolate(values, j)) for f, values in pairs.items()}
    return {**scalar_network(8, 2), g: 16, **numbers}


BALANCING, UNSQUARED = _scales(Rational(1, 2)), _scales(Rational(1, 4))


@extends(
    "nar-sastry:theorem-1-arbitrarily-small",
    best,
    witness=at(BALANCING),
    mutants=[
        mutant(best.with_then(RESCALED_GAINS >= 2 * L * g), BALANCING, "twice the mean"),
        mutant(best.replacing({BEST: ForAll(j, LAYERS, Eq(alpha(j) * g, TERM))}), UNSQUARED, "alpha_j for alpha_j^2"),
    ],
)
def the_best_rescaling_balances_the_gains() -> Theorem:
    """S(alpha) >= L (s_1 ... s_L)^(1/L) by AM-GM, with equality where all rescaled gains s_j/alpha_j^2 are equal."""
    norms = (cite("norm-nonnegative", P(j - 1) * v), cite("norm-nonnegative", transpose(Q(j + 1)) * u))
    nonnegative = generalize(follows(RESCALED_TERM >= 0, using=norms), j, LAYERS)
    mean = cut(cite("am-gm", RESCALED_TERM, j, L), nonnegative)
    named = follows(Eq(MEAN[1].rhs, g**L), *MEAN, L >= 1, because="G is their geometric mean")
    mean = rewrite(mean, products_agree(), named, cite("power-of-power", g, L, 1 / L))
    equal = follows(Eq(RESCALED_TERM, g), using=(at_layer(BEST, j), at_layer(SCALES[3], j)), because="s_j/alpha_j^2 = G")
    attained = sum_congruence(generalize(equal, j, LAYERS))
    attained = follows(Eq(RESCALED_GAINS, L * g), using=(attained, _constant_sum()), because="L equal terms")
    return follows(best.then, g > 0, L >= 1, using=(mean, discharge(attained, BEST)), because="together")


def _constant_sum() -> Theorem:
    """G + ... + G = L G."""
    claim = Eq(Sum(g, (j, 1, k)), k * g)
    start = equal_words(substitute(claim.lhs, {k: 0}), 0, because="no terms")
    grows = equal_words(substitute(claim.lhs, {k: k + 1}), claim.lhs + g, because="one term more")
    step = follows(substitute(claim, {k: k + 1}), claim, using=(grows,))
    whole = specialize(for_every_layer(start, step, claim), L)
    return follows(substitute(claim, {k: L}), L >= 1, using=(whole,), because="at k = L")
