"""The solutions {alpha_j W_j} with alpha_1 ... alpha_L = 1: how the bound of theorem 1 changes along them. (Nar & Sastry, section 2).

All of them have one product. Rescaling divides the gain p_{j-1}^2 q_{j+1}^2 by alpha_j^2, and the smoothness is at least the sum S(alpha)
of the rescaled gains, again at every local minimum: the direction beta_j^2 D(j), beta_j = 1/alpha_j, does what D does for alpha = 1.
"""

from functools import cache

from sympy import Eq, Expr, Integer, Lambda, Product, Sum
from sympy.functions.elementary.complexes import transpose

from theory.proof import (
    ForAll,
    Implies,
    Theorem,
    assume,
    by_meaning,
    cite,
    combine_words,
    cut,
    discharge,
    empty_product,
    equal_words,
    follows,
    forget_recursion,
    forget_value,
    generalize,
    induction,
    inner,
    instance,
    last_factor,
    rewrite,
    specialize,
    squared_norm,
    substitute,
    sum_congruence,
)
from theory.proof.logic import Predicate
from theory.step_bounds.gains import TERM, across
from theory.step_bounds.layers import DERIVATIVE, FIRST, LAYERS, PREFIX, PRODUCTS, SECOND, STILL, at_layer, for_every_layer
from theory.step_bounds.smoothness import LAST_LAYER, MINIMUM, PATH, SINGULAR, SMOOTH, p_squared, section
from theory.step_bounds.solutions import DeepLinearSmoothness, DeepLinearStable
from theory.step_bounds.symbols import C, D, G, L, P, Pi, Q, R, W, alpha, delta, h, i, j, k, lam, nu, sigma, u, v

SCALES = (
    ForAll(j, LAYERS, Eq(Pi(j), alpha(j) * Pi(j - 1))),
    Eq(Pi(0), 1),
    Eq(Pi(L), 1),
    ForAll(j, LAYERS, Eq(alpha(j) * nu(j), 1)),
)  # alpha_1 ... alpha_L = 1, and beta_j = 1/alpha_j
RESCALED = Lambda(j, alpha(j) * W(j))
RESCALED_SMOOTH = DeepLinearSmoothness(lam, RESCALED, L, R)
RESCALED_GAINS = Sum(nu(j) ** 2 * TERM, (j, 1, L))  # S(alpha)
LOCAL_OPTIMUM = (*PRODUCTS, *SINGULAR, sigma > 0, MINIMUM)
FIRST_GAIN = substitute(TERM, {j: 1})  # q_2^2


def rayleigh_along_the_orbit() -> Theorem:
    """Lam sum_j alpha_j^2 |D(j)|^2 >= F_ss(D), where lam is the smoothness at {alpha_j W_j}."""
    scale, before = at_layer(SCALES[0], j), alpha(j) * Pi(j - 1)
    maps = {f: Lambda(j, Pi(j) * f(j)) for f in (P, C, G)} | {f: Lambda(j, alpha(j) * f(j)) for f in (W, D)}
    quotient = instance(by_meaning(SMOOTH), maps)
    recursions = [(P, PREFIX), (C, DERIVATIVE), (G, SECOND[0])]
    lemmas = []
    for f, recursion in recursions:
        image = substitute(recursion, maps).args[2]
        step = combine_words(*image.args, (1, scale, f(j)), (before, at_layer(recursion, j), 1), because="the factors multiply")
        lemmas.append(generalize(step, j, LAYERS))
    for f, start in ((P, FIRST), (C, STILL), (G, SECOND[1])):
        lemmas.append(combine_words(Pi(0) * f(0), start.rhs, (1, assume(SCALES[1]), f(0)), (1, assume(start), 1)))
    return rewrite(cut(quotient, *lemmas), assume(SCALES[2]))


STEEPEST = Lambda(j, nu(j) ** 2 * PATH(j))  # the direction, before rescaling


@cache
def smoothness_along_the_orbit() -> Theorem:
    """Lam S(alpha) >= S(alpha)^2, where lam is the smoothness at {alpha_j W_j}: S(alpha) plays the part of S in theorem 1."""
    st, tt = section()
    psd = by_meaning(MINIMUM, "curvature", LAST_LAYER)
    quotient, psd, st = (instance(x, {D: STEEPEST}) for x in (rayleigh_along_the_orbit(), psd, st))
    length = equal_words(
        Sum(squared_norm(alpha(j) * STEEPEST(j)), (j, 1, L)),
        Sum(alpha(j) ** 2 * nu(j) ** 4 * TERM, (j, 1, L)),
        because="||x y'||^2 = ||x||^2 ||y||^2",
    )
    inverse = at_layer(SCALES[3], j)
    shorter = follows(Eq(alpha(j) ** 2 * nu(j) ** 4 * TERM, nu(j) ** 2 * TERM), using=(inverse,), because="alpha_j beta_j = 1")
    shorter = sum_congruence(generalize(shorter, j, LAYERS))
    moved = equal_words(
        Sum(inner(u, Q(j + 1) * STEEPEST(j) * P(j - 1) * v), (j, 1, L)),
        RESCALED_GAINS,
        because="u' Q Q' u v' P' P v, layer by layer",
    )
    bound = follows(
        lam * RESCALED_GAINS >= RESCALED_GAINS**2,
        sigma > 0,
        using=(psd, quotient, st, tt, length, shorter, moved),
        because="lam S >= F_ss >= (sigma^2 S)^2 / sigma^4",
    )
    for family, definition in ((G, SECOND), (C, (DERIVATIVE, STILL))):
        bound = forget_recursion(bound, family, *(substitute(d, {D: STEEPEST}) for d in definition))
    return bound


PARTIAL = Sum(h(j), (j, 1, k))
GROWS = Eq(Sum(h(j), (j, 1, k + 1)), PARTIAL + h(k + 1))
NONNEGATIVE = ForAll(j, LAYERS, h(j) >= 0)


@cache
def a_sum_is_at_least_its_terms() -> Theorem:
    """h(i) <= h(1) + ... + h(L) for 1 <= i <= L, where no term is negative."""
    grows, more = equal_words(*GROWS.args, because="one term more"), at_layer(NONNEGATIVE, k + 1)
    before = for_every_layer(
        equal_words(substitute(PARTIAL, {k: 0}), 0, because="no terms"),
        follows(substitute(PARTIAL, {k: k + 1}) >= 0, PARTIAL >= 0, using=(grows, more)),
        PARTIAL >= 0,
    )
    here = (specialize(before, i - 1), instance(grows, {k: i - 1}), at_layer(NONNEGATIVE, i))
    first = follows(substitute(PARTIAL, {k: i}) >= h(i), i >= 1, i <= L, using=here)
    claim = Implies(k <= L, PARTIAL >= h(i), evaluate=False)
    using = (grows, discharge(more, k + 1 <= L))
    step = follows(substitute(claim, {k: k + 1}), claim, k >= i, i >= 1, using=using, because="no term is negative")
    step = cut(step, follows(k + 1 >= 1, k >= i, i >= 1))
    whole = specialize(induction(discharge(first, i <= L), step, k, i), L)
    return follows(substitute(PARTIAL, {k: L}) >= h(i), i <= L, i >= 1, using=(whole,), because="at k = L")


@cache
def rescaled_terms_are_below_their_sum(layer: Expr) -> Theorem:
    """beta_i^2 p_{i-1}^2 q_{i+1}^2 <= S(alpha) for a layer i."""
    term = Lambda(j, nu(j) ** 2 * TERM)
    norms = (cite("norm-nonnegative", P(j - 1) * v), cite("norm-nonnegative", transpose(Q(j + 1)) * u))
    nonnegative = generalize(follows(term(j) >= 0, using=norms, because="a product of squares"), j, LAYERS)
    return cut(instance(a_sum_is_at_least_its_terms(), {h: term, i: layer}), nonnegative)


@cache
def first_gain_is_positive() -> Theorem:
    """q_2 > 0: otherwise u' W_L ... W_1 v = sigma would be 0."""
    norms = (cite("norm-nonnegative", transpose(Q(Integer(2))) * u),)
    return follows(
        FIRST_GAIN > 0,
        sigma > 0,
        L >= 1,
        using=(across(Integer(1)), equal_words(p_squared(Integer(0)), 1, assume(FIRST), assume(SINGULAR[3])), *norms),
        because="sigma <= p_1 q_2",
    )


@cache
def gains_are_below_the_smoothness() -> Theorem:
    """S(alpha) <= lam, where lam is the smoothness at {alpha_j W_j}."""
    first, inverse = rescaled_terms_are_below_their_sum(Integer(1)), at_layer(SCALES[3], Integer(1))
    return follows(
        RESCALED_GAINS <= lam,
        L >= 1,
        using=(smoothness_along_the_orbit(), first, first_gain_is_positive(), inverse),
        because="S^2 <= lam S, and S > 0",
    )


def steps_along_the_orbit(use: Predicate) -> Theorem:
    """S(alpha) <= 2/delta, where GD with the step delta reaches {alpha_j W_j} (or is stable there): `use` says which."""
    name = "stable-equilibria-are-flat" if isinstance(use, DeepLinearStable) else "unstable-minima-attract-null-sets"
    bound = follows(
        RESCALED_GAINS <= 2 / delta,
        delta > 0,
        using=(cite(name, use, RESCALED_SMOOTH), gains_are_below_the_smoothness()),
        because="delta S <= delta lam <= 2",
    )
    return forget_value(bound, RESCALED_SMOOTH)


def the_scales_multiply_to_1() -> Theorem:
    """alpha_1 ... alpha_L = Pi(L) = 1, so all of these solutions have one product and one loss."""
    claim, factors = Eq(Product(alpha(j), (j, 1, k)), Pi(k)), Product(alpha(j), (j, 1, k + 1))
    start = follows(substitute(claim, {k: 0}), using=(empty_product(substitute(claim, {k: 0}).lhs), assume(SCALES[1])))
    step = follows(
        substitute(claim, {k: k + 1}), claim, using=(last_factor(factors, k), at_layer(SCALES[0], k + 1)), because="one factor more"
    )
    whole = specialize(for_every_layer(start, step, claim), L)
    return follows(Eq(Product(alpha(j), (j, 1, L)), 1), L >= 1, using=(whole, assume(SCALES[2])), because="at k = L")
