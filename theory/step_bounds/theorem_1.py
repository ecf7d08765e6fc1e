"""Upper bounds on the step size for deep linear networks. (Nar & Sastry, theorem 1, corollaries 1 and 2).

S = sum_j p_{j-1}^2 q_{j+1}^2 bounds the smoothness from below at every local minimum (`smoothness`), and GD from a random start
reaches no minimum at which step times smoothness exceeds 2. By AM-GM and Cauchy-Schwarz, S >= L sigma^(2(L-1)/L). All this holds for
every singular value sigma > 0 of the estimate; the largest is that of R, since a local minimum is a fit or a best approximation.
"""

from functools import cache

from sympy import Eq, Ne, Rational, Sum, diag

from theory.evidence import Tight, at, mutant, proves, refutes
from theory.proof import (
    And,
    Refutation,
    Statement,
    Theorem,
    cite,
    counterexample,
    cut,
    follows,
    rewrite,
    substitute,
)
from theory.proof.descent_facts import SpectralNorm
from theory.step_bounds.gains import BALANCED, balanced_is_positive, gains_are_at_least_balanced, gains_are_positive
from theory.step_bounds.instances import network, scalar_network
from theory.step_bounds.layers import (
    PRODUCTS,
    WEIGHTS,
)
from theory.step_bounds.smoothness import (
    GAINS,
    MINIMUM,
    SINGULAR,
    SMOOTH,
    p_squared,
    q_squared,
    smoothness_is_bounded_below,
)
from theory.step_bounds.solutions import DeepLinearReached
from theory.step_bounds.symbols import L, P, R, delta, j, lam, rho, sigma

REACHED = DeepLinearReached(delta, WEIGHTS, L, R)
SOLUTION = (*PRODUCTS, *SINGULAR, sigma > 0, MINIMUM, SMOOTH)
STEP = (delta > 0, REACHED)


@cache
def steps_are_bounded() -> Theorem:
    """Delta <= 2/S for every singular value sigma > 0: beyond it, step times smoothness exceeds 2."""
    reached = cite("unstable-minima-attract-null-sets", REACHED, SMOOTH)
    return follows(
        delta <= 2 / GAINS,
        delta > 0,
        using=(reached, smoothness_is_bounded_below(), gains_are_positive()),
        because="delta S <= delta lam <= 2",
    )


@cache
def steps_to_a_singular_value_are_bounded() -> Theorem:
    """Delta <= 2/(L sigma^(2(L-1)/L)) for every singular value sigma > 0."""
    return follows(
        delta <= 2 / BALANCED,
        delta > 0,
        using=(steps_are_bounded(), gains_are_at_least_balanced(), balanced_is_positive()),
        because="S >= L sigma^(2(L-1)/L) > 0",
    )


# As printed: R is not 0, and sigma, u, v belong to the largest singular value

NONZERO = rho > 0
OPTIMUM = (*PRODUCTS, *SINGULAR, SpectralNorm(sigma, P(L)), SpectralNorm(rho, R), NONZERO, MINIMUM, SMOOTH)
TARGET = substitute(BALANCED, {sigma: rho})
UNIT = at({**scalar_network(1, 1), rho: 1, lam: 2, delta: Rational(1, 2)})  # (1/2)(w_2 w_1 - 1)^2 at (1, 1): S = lam = 2
# Widths 2, 1, 2: the network keeps the singular value 4 of its target and drops 1; 1^2 + 4^2 = 17
NARROW = at({**network([[[1, 0]], [[4], [0]]], (1, 0), (1, 0), 4, diag(4, 1)), rho: 4, lam: 17, delta: Rational(1, 10)})

lower_bound = Statement(OPTIMUM, And(lam >= GAINS, GAINS >= TARGET), source="nar-sastry:text-smoothness-lower")
theorem_1 = Statement((*OPTIMUM, *STEP), delta <= 2 / GAINS, source="nar-sastry:theorem-1")
corollary_1 = Statement((*OPTIMUM, *STEP), delta <= 2 / TARGET, source="nar-sastry:corollary-1")
corollary_2 = Statement(
    (*OPTIMUM, *STEP),
    And(Ne(L, 1), sigma ** (2 * L - 2) <= (2 / (L * delta)) ** L),  # the exponent L/(2L - 2) exists, and the bound holds
    source="nar-sastry:corollary-2",
)
from_depth_2 = corollary_2.amend(
    given=(*corollary_2.given, L >= 2),
    then=sigma <= (2 / (L * delta)) ** (L / (2 * L - 2)),
    why="the exponent L/(2L - 2) has no value at depth 1, where every solution can be reached; from depth 2 on the bound holds",
)

ATTAINED = Tight(
    True,
    "at balanced weights the smoothness is S = L sigma^(2(L-1)/L), and every step below 2/S is reached there",
    Statement(OPTIMUM, And(Eq(lam, GAINS), Eq(GAINS, TARGET))),
    UNIT,
)
SHIFTED = Sum(p_squared(j) * q_squared(j), (j, 1, L))
TWOS = {**scalar_network(2, 2), rho: 4, lam: 8, delta: Rational(1, 8)}


@cache
def largest_is_kept() -> Theorem:
    """Sigma = rho(R)."""
    return cite("minima-keep-the-largest", MINIMUM, P, sigma, rho)


def at_an_optimum(theorem: Theorem) -> Theorem:
    """A theorem about singular values sigma > 0, at the largest: it is not 0, since R is not."""
    return cut(theorem, follows(sigma > 0, NONZERO, using=(largest_is_kept(),), because="R is not 0"))


@proves(
    lower_bound,
    witness=NARROW,
    mutants=[
        mutant(lower_bound.with_then(lam >= 2 * GAINS), UNIT.point, "twice the sum"),
        mutant(lower_bound.with_then(lam >= SHIFTED), TWOS, "p_j q_j for p_{j-1} q_{j+1}"),
        mutant(
            lower_bound.with_then(GAINS >= L * rho**2),
            TWOS,
            "rho^2 for rho^(2(L-1)/L)",
        ),
        mutant(
            lower_bound.with_then(lam <= GAINS),
            {**network([diag(1, 2), diag(3, 1)], (1, 0), (1, 0), 3), rho: 3, lam: 13},
            "an upper bound",
        ),
    ],
    tight=ATTAINED,
)
def the_denominators_bound_the_smoothness() -> Theorem:
    """Lam >= S >= L rho^(2(L-1)/L): both denominators are lower bounds of the smoothness."""
    smooth, gains = at_an_optimum(smoothness_is_bounded_below()), at_an_optimum(gains_are_at_least_balanced())
    return follows(lower_bound.then, using=(smooth, rewrite(gains, largest_is_kept())), because="one after the other")


@proves(
    theorem_1,
    witness=NARROW,
    mutants=[
        mutant(theorem_1.with_then(delta <= 1 / GAINS), {**UNIT.point, delta: Rational(3, 4)}, "1/S for 2/S"),
        mutant(theorem_1.with_then(delta <= 2 / SHIFTED), TWOS, "p_j q_j for p_{j-1} q_{j+1}"),
        mutant(theorem_1.with_then(delta >= 2 / GAINS), UNIT.point, "a lower bound"),
    ],
    tight=ATTAINED,
)
def steps_to_a_solution_are_bounded() -> Theorem:
    """Delta <= 2/S: beyond it, step times smoothness exceeds 2.

    The proof works for every singular value of the estimate that is not 0, and at every local minimum: whatever the widths and the
    residual.
    """
    return at_an_optimum(steps_are_bounded())


@proves(
    corollary_1,
    witness=NARROW,
    mutants=[
        mutant(corollary_1.with_then(delta <= 1 / TARGET), {**UNIT.point, delta: Rational(3, 4)}, "1 for 2"),
        mutant(corollary_1.with_then(delta <= 2 / (L * rho**2)), TWOS | {delta: Rational(1, 5)}, "the exponent 2"),
        mutant(
            corollary_1.with_then(delta <= 2 / (L**2 * rho ** ((2 * L - 2) / L))),
            {**UNIT.point, delta: Rational(3, 4)},
            "L^2",
        ),
    ],
    tight=ATTAINED,
)
def steps_to_a_global_optimum_are_bounded() -> Theorem:
    """Delta <= 2/(L rho^(2(L-1)/L)): a global optimum is R or its best approximation, so it has the largest singular value of R."""
    return rewrite(at_an_optimum(steps_to_a_singular_value_are_bounded()), largest_is_kept())


@refutes(corollary_2, why="at depth 1 the exponent L/(2L - 2) is 1/0: the corollary needs L >= 2, which is not said")
def depth_one_has_no_exponent() -> Refutation:
    """One layer, target 5: GD with step 1 reaches it in one step from everywhere."""
    return counterexample(corollary_2, {**scalar_network(5), rho: 5, lam: 1, delta: 1})


@proves(
    from_depth_2,
    witness=NARROW,
    mutants=[
        mutant(
            from_depth_2.with_then(sigma <= (1 / (L * delta)) ** (L / (2 * L - 2))),
            {**UNIT.point, delta: Rational(3, 4)},
            "1 for 2",
        ),
        mutant(from_depth_2.with_then(sigma >= (2 / (L * delta)) ** (L / (2 * L - 2))), UNIT.point, "a lower bound"),
    ],
    tight=ATTAINED,
)
def large_steps_mean_small_singular_values() -> Theorem:
    """Sigma <= (2/(L delta))^(L/(2L-2)) for L >= 2: Corollary 1, solved for the singular value."""
    exponent = (2 * L - 2) / L
    bound = follows(
        sigma**exponent <= 2 / (L * delta),
        delta > 0,
        L >= 2,
        sigma > 0,
        using=(steps_to_a_singular_value_are_bounded(),),
    )
    root = cite("power-monotone", sigma**exponent, 2 / (L * delta), 1 / exponent)
    positive = follows(sigma**exponent > 0, sigma > 0, L >= 2)
    composed = cite("power-of-power", sigma, exponent, 1 / exponent)
    small = follows(
        from_depth_2.then,
        L >= 2,
        sigma > 0,
        delta > 0,
        using=(cut(root, positive, bound), composed),
        because="take the root",
    )
    return at_an_optimum(small)
