"""The loss of a deep linear network is at least this curved at its minima. (Nar & Sastry, theorem 1, the inequality behind it).

The direction D(j) = Q(j+1)' u (P(j-1) v)' moves every layer along the path of the singular vectors u, v. At a local minimum,
whatever the widths and whether or not the residual is zero, the Hessian satisfies <D, H D> >= S^2 and |D|^2 = S with S = sum_j
p_{j-1}^2 q_{j+1}^2: comparing D with a second direction in the last layer alone, positive semidefiniteness does the work that the
printed proof leaves to a linearisation which is not legitimate when the residual is not zero (see equation 7).
"""

from functools import cache

from sympy import Eq, Expr, Lambda, Sum
from sympy.functions.elementary.complexes import transpose

from theory.proof import (
    Statement,
    Theorem,
    assume,
    by_meaning,
    combine_words,
    conclude,
    cut,
    equal_words,
    follows,
    forget_recursion,
    inner,
    instance,
    rewrite,
    specialize,
    squared_norm,
    substitute,
    transposed,
)
from theory.step_bounds.layers import (
    DERIVATIVE,
    FIRST,
    LAST,
    PREFIX,
    PRODUCTS,
    SECOND,
    STILL,
    SUFFIX,
    WEIGHTS,
    at_layer,
    product_rule,
    product_splits_at_any_layer,
)
from theory.step_bounds.solutions import DeepLinearMinimum, DeepLinearSmoothness, second_derivatives
from theory.step_bounds.symbols import C, D, G, L, P, Q, R, W, j, lam, sigma, u, v

SINGULAR = (
    Eq(P(L) * v, sigma * u),
    Eq(transpose(P(L)) * u, sigma * v),
    Eq(transpose(u) * u, 1),
    Eq(transpose(v) * v, 1),
)  # a singular value of the estimate; the theorem holds for every one that is not zero
MINIMUM = DeepLinearMinimum(WEIGHTS, L, R)
SMOOTH = DeepLinearSmoothness(lam, WEIGHTS, L, R)


def p_squared(layer: Expr) -> Expr:
    """p_j^2 = ||W_j ... W_1 v||^2."""
    return squared_norm(P(layer) * v)


def q_squared(layer: Expr) -> Expr:
    """q_j^2 = ||u' W_L ... W_j||^2."""
    return squared_norm(transpose(Q(layer)) * u)


GAINS = Sum(p_squared(j - 1) * q_squared(j + 1), (j, 1, L))  # S
PATH = Lambda(j, transpose(Q(j + 1)) * u * transpose(v) * transpose(P(j - 1)))  # the direction D
LAST_LAYER = P(L) * v * transpose(u) * W(L)  # the direction D'

bounded_below = Statement((*PRODUCTS, *SINGULAR, sigma > 0, MINIMUM, SMOOTH), lam >= GAINS)


def error_is_orthogonal() -> Theorem:
    """R' P(L) = P(L)' P(L) at a minimum, that is E' P(L) = 0: the gradient in the first layer is Q(2)' E."""
    gradient = specialize(by_meaning(MINIMUM, "gradient"), 1)
    return combine_words(
        transpose(R) * P(L),
        transpose(P(L)) * P(L),
        (-1, transposed(gradient), W(1)),
        modulo=(assume(FIRST), whole_product(), _first_layer()),
        because="Q(2)' E = 0, and P(L) = Q(2) W(1)",
    )


@cache
def whole_product() -> Theorem:
    """P(L) = Q(1)."""
    splits = cut(specialize(product_splits_at_any_layer(), L), follows(L >= 0, L >= 1))
    whole = follows(Eq(Q(L + 1) * P(L), Q(1)), using=(splits,), because="at k = L")
    return equal_words(P(L), Q(1), combine_words(P(L), Q(1), (1, whole, 1), modulo=(assume(LAST),)))


def _first_layer() -> Theorem:
    """Q(1) = Q(2) W(1)."""
    return at_layer(SUFFIX, 1)


@cache
def section() -> tuple[Theorem, Theorem]:
    """F_st = sigma^2 sum_j u' Q(j+1) D(j) P(j-1) v, for every direction D, and F_tt = sigma^4."""
    _, mixed, last = second_derivatives(LAST_LAYER)
    singular = tuple(assume(h) for h in SINGULAR)
    closing = combine_words(W(L) * P(L - 1), P(L), (-1, at_layer(PREFIX, L), 1))
    tt = equal_words(last, sigma**4, closing, *singular, because="D' P(L-1) = sigma^2 u v'")
    st = equal_words(
        mixed,
        sigma**2 * inner(u, C(L) * v),
        error_is_orthogonal(),
        closing,
        *singular,
        because="the residual drops out, since E' P(L) = 0",
    )
    rule = cut(specialize(product_rule(), L), follows(L >= 0, L >= 1))
    rule = follows(Eq(Q(L + 1) * C(L), Sum(Q(j + 1) * D(j) * P(j - 1), (j, 1, L))), using=(rule,), because="at k = L")
    whole = combine_words(C(L), rule.then.rhs, (1, rule, 1), modulo=(assume(LAST),), because="Q(L+1) = 1")
    along = equal_words(inner(u, C(L) * v), Sum(inner(u, Q(j + 1) * D(j) * P(j - 1) * v), (j, 1, L)), whole)
    return rewrite(st, along), tt


@cache
def smoothness_is_bounded_below() -> Theorem:
    """Lam >= S, from lam |D|^2 >= F_ss and F_ss F_tt >= F_st^2 with |D|^2 = S, F_st = sigma^2 S and F_tt = sigma^4."""
    st, tt = section()
    psd = by_meaning(MINIMUM, "curvature", LAST_LAYER)
    rayleigh = by_meaning(SMOOTH)
    psd, rayleigh, st = (instance(x, {D: PATH}) for x in (psd, rayleigh, st))
    length = equal_words(Sum(squared_norm(PATH(j)), (j, 1, L)), GAINS, because="||x y'||^2 = ||x||^2 ||y||^2")
    moved = equal_words(
        Sum(inner(u, Q(j + 1) * PATH(j) * P(j - 1) * v), (j, 1, L)),
        GAINS,
        because="u' Q Q' u v' P' P v, layer by layer",
    )
    positive = by_meaning(MINIMUM, "eigenvalue", lam)
    bound = follows(
        lam >= GAINS,
        sigma > 0,
        using=(psd, rayleigh, st, tt, length, moved, positive),
        because="lam S >= F_ss >= (sigma^2 S)^2 / sigma^4",
    )
    for family, definition in ((G, SECOND), (C, (DERIVATIVE, STILL))):
        bound = forget_recursion(bound, family, *(substitute(d, {D: PATH}) for d in definition))
    return conclude(bound, bounded_below)
