"""The step that reaches a solution depends on the solution. (Nar & Sastry, abstract, contribution 2, remark 2, sections 1.2, 2 and 5).

By corollary 1 a solution whose product has a singular value sigma is reached only with delta <= 2/(L sigma^(2 - 2/L)). For L >= 2 this
bound falls as sigma grows; at depth 1, which is least squares, it is 2 for every target.
"""

from functools import cache
from typing import Any

from sympy import Eq, Expr, Product, Rational, S

from theory.evidence import Tight, at, mutant, proves, refutes, undecided
from theory.proof import (
    And,
    ForAll,
    Implies,
    Not,
    Refutation,
    Statement,
    Theorem,
    absurd,
    assume,
    by_meaning,
    cite,
    conclude,
    counterexample,
    cut,
    discharge,
    follows,
    generalize,
    instance,
    specialize,
    squared_norm,
    substitute,
)
from theory.proof.descent_facts import SpectralNorm
from theory.step_bounds import rescaled_solutions as orbit
from theory.step_bounds.gains import BALANCED, balanced_is_positive, gains_are_at_least_balanced
from theory.step_bounds.instances import scalar_network
from theory.step_bounds.layers import WEIGHTS
from theory.step_bounds.rescaling import LOCAL_OPTIMUM, RESCALED, the_scales_multiply_to_1
from theory.step_bounds.smoothness import smoothness_is_bounded_below
from theory.step_bounds.solutions import DeepLinearReached, DeepLinearStable
from theory.step_bounds.symbols import L, P, R, d, delta, j, kappa, lam, rho, sigma, theta
from theory.step_bounds.theorem_1 import (
    REACHED,
    SOLUTION,
    STEP,
    TWOS,
    steps_to_a_singular_value_are_bounded,
)

# Larger singular values need smaller steps (remark 2, contribution 2)


def target_bound(norm: Any) -> Expr:
    """2/(L norm^(2(L-1)/L)), the bound (4) for a target of this norm."""
    return 2 / substitute(BALANCED, {sigma: norm})


LARGEST = SpectralNorm(sigma, P(L))
SMALL_LIPSCHITZ = squared_norm(P(L) * d) <= kappa**2 * squared_norm(d)  # |P x - P y| <= kappa |x - y|, with d = x - y

remark_2 = Statement(
    (*SOLUTION, *STEP, LARGEST, rho > 0, rho < sigma, kappa > 0),
    And(target_bound(sigma) < target_bound(rho), delta <= target_bound(sigma), Implies(delta > target_bound(kappa), SMALL_LIPSCHITZ)),
    source="nar-sastry:remark-2",
)
remark_2_from_depth_2 = remark_2.amend(
    given=(*remark_2.given, L >= 2),
    why="one layer is least squares, where the admissible step does not depend on the target; from depth 2 on it does",
)
AT_UNIT = {**scalar_network(1, 1), lam: 2, delta: Rational(3, 4), rho: Rational(1, 2), kappa: 2, d: [1]}
SMALL_KAPPA = AT_UNIT | {kappa: Rational(1, 2)}


ONE_LAYER = {**scalar_network(2), lam: 1, delta: 1, rho: 1, kappa: 1, d: [1]}


@refutes(remark_2, why="one layer: the bound (4) is 2 for every target, whatever its singular values")
def least_squares_does_not_depend_on_the_target() -> Refutation:
    """One layer, the targets 1 and 2."""
    return counterexample(remark_2, ONE_LAYER)


@proves(
    remark_2_from_depth_2,
    witness=at(AT_UNIT),
    mutants=[
        mutant(remark_2_from_depth_2.drop(L >= 2), ONE_LAYER, "depth 1"),
        mutant(remark_2_from_depth_2.with_then(target_bound(sigma) > target_bound(rho)), AT_UNIT, "larger steps"),
        mutant(
            remark_2_from_depth_2.with_then(Implies(delta < target_bound(kappa), SMALL_LIPSCHITZ)),
            SMALL_KAPPA,
            "a small step for a large one",
        ),
    ],
)
def the_step_depends_on_the_target() -> Theorem:
    """2/(L sigma^(2-2/L)) falls as sigma grows, for L >= 2; so a solution reached with a large step has a small norm."""
    using = (larger_targets_need_smaller_steps(), steps_to_a_singular_value_are_bounded(), _large_steps_mean_a_small_norm())
    return follows(remark_2.then, using=using, because="together")


def larger_targets_need_smaller_steps() -> Theorem:
    """The bound (4) falls strictly in the norm, for L >= 2."""
    grows, positive = cite("power-increases", rho, sigma, (2 * L - 2) / L), balanced_is_positive()
    using = (grows, positive, instance(positive, {sigma: rho}))
    bound = follows(target_bound(sigma) < target_bound(rho), L >= 2, rho > 0, rho < sigma, using=using, because="powers grow")
    return conclude(bound, Statement((L >= 2, rho > 0, rho < sigma), bound.then))


@cache
def _large_steps_mean_a_small_norm() -> Theorem:
    """Delta > 2/(L kappa^(2-2/L)) gives sigma < kappa, and then |P d| <= kappa |d|, at every depth."""
    grows = discharge(cite("power-monotone", kappa, sigma, (2 * L - 2) / L), kappa <= sigma)
    grows = cut(grows, follows((2 * L - 2) / L >= 0, L >= 1))
    bound, positive = steps_to_a_singular_value_are_bounded(), instance(balanced_is_positive(), {sigma: kappa})
    smaller = follows(
        Implies(delta > target_bound(kappa), sigma < kappa),
        kappa > 0,
        delta > 0,
        using=(grows, bound, positive, balanced_is_positive()),
        because="otherwise the bound (4) would be at most 2/(L kappa^(2-2/L))",
    )
    norm = (by_meaning(LARGEST, d), cite("norm-nonnegative", d))
    then = Implies(delta > target_bound(kappa), And(sigma < kappa, SMALL_LIPSCHITZ))
    return follows(then, sigma > 0, kappa > 0, using=(smaller, *norm), because="|P d| <= sigma |d|")


contribution_2 = Statement(
    (*SOLUTION, *STEP, LARGEST, kappa > 0),
    And(lam >= BALANCED, Implies(delta > target_bound(kappa), And(sigma < kappa, SMALL_LIPSCHITZ))),
    source="nar-sastry:contrib-2",
)


@proves(
    contribution_2,
    witness=at(AT_UNIT),
    mutants=[
        mutant(contribution_2.with_then(lam >= 2 * BALANCED), AT_UNIT, "twice the smoothness"),
        mutant(contribution_2.with_then(lam >= L * sigma**2), {**TWOS, kappa: 1, d: [1]}, "sigma^2 for sigma^(2(L-1)/L)"),
        mutant(contribution_2.with_then(Implies(delta > target_bound(kappa) / 2, sigma < kappa)), AT_UNIT | {kappa: 1}, "half the step"),
        mutant(contribution_2.with_then(Implies(delta > target_bound(kappa), sigma < kappa / 2)), AT_UNIT | {kappa: 2}, "half the norm"),
    ],
    tight=Tight(True, "at balanced weights", Statement(contribution_2.given, Eq(lam, BALANCED)), at(AT_UNIT)),
)
def large_steps_reach_small_maps_only() -> Theorem:
    """Lam >= S >= L sigma^(2-2/L), so delta > 2/(L kappa^(2-2/L)) reaches only maps with the Lipschitz constant sigma < kappa."""
    smooth = follows(lam >= BALANCED, using=(smoothness_is_bounded_below(), gains_are_at_least_balanced()), because="one after the other")
    return follows(contribution_2.then, using=(smooth, _large_steps_mean_a_small_norm()), because="together")


harder = Statement(
    (*SOLUTION, delta > 0),
    And(Implies(REACHED, delta <= target_bound(sigma)), Not(ForAll(kappa, kappa > 0, target_bound(kappa) >= delta))),
    source="nar-sastry:text-harder",
)
harder_from_depth_2 = harder.amend(
    given=(*harder.given, L >= 2),
    why="one layer reaches every linear map with every step below 2; from depth 2 on each step misses all maps of large norm",
)


@refutes(harder, why="one layer: step 1 reaches every linear map, however large its singular values")
def one_layer_reaches_every_map() -> Refutation:
    """One layer, step 1: the bound (4) is 2 whatever the norm."""
    return counterexample(harder, ONE_LAYER)


@proves(
    harder_from_depth_2,
    witness=at(AT_UNIT),
    mutants=[
        mutant(harder_from_depth_2.drop(L >= 2), ONE_LAYER, "depth 1"),
        mutant(harder_from_depth_2.with_then(ForAll(kappa, kappa > 0, target_bound(kappa) < delta)), AT_UNIT, "small maps too"),
        mutant(harder_from_depth_2.with_then(Implies(REACHED, delta <= target_bound(sigma) / 2)), AT_UNIT, "half the bound"),
    ],
)
def every_step_misses_the_large_maps() -> Theorem:
    """2/(L kappa^(2-2/L)) <= 1/kappa for kappa >= 1 and L >= 2: below every step there is the bound (4) of a large map."""
    reached = discharge(steps_to_a_singular_value_are_bounded(), REACHED)
    everywhere = ForAll(kappa, kappa > 0, target_bound(kappa) >= delta)
    power = cut(cite("power-monotone", 1, kappa, (L - 2) / L), follows((L - 2) / L >= 0, L >= 2))
    clash = follows(
        S.false,
        kappa >= 1,
        kappa * delta > 1,
        L >= 2,
        delta > 0,
        using=(specialize(assume(everywhere), kappa), power, instance(balanced_is_positive(), {sigma: kappa})),
        because="L kappa^(2-2/L) >= 2 kappa > 2/delta",
    )
    large = instance(clash, {kappa: 1 + 1 / delta})
    sides = [follows(h, L >= 2, delta > 0) for h in large.given if h not in (everywhere, L >= 2, L >= 1, delta > 0)]
    missed = orbit.with_numbers(absurd(cut(large, *sides), everywhere), where=(L >= 2,))
    return follows(harder.then, using=(reached, missed), because="together")


# Solutions of one network and of one loss

# Layer j is rescaled by theta^(2j - L - 1): the product of all layers and the cost stay the same
SAME_PRODUCT = orbit.everywhere(Eq(Product(theta ** (2 * j - L - 1), (j, 1, L)), 1))
HERE = {use: use(delta, WEIGHTS, L, R) for use in (DeepLinearStable, DeepLinearReached)}

same_cost = Statement(
    (*LOCAL_OPTIMUM, L >= 2, delta > 0, HERE[DeepLinearStable]),  # several optima of one cost: two layers or more
    And(SAME_PRODUCT, Not(orbit.everywhere(orbit.STABLE))),
    source="nar-sastry:text-same-cost-different-steps",
)
depends = Statement(
    (*LOCAL_OPTIMUM, L >= 2, delta > 0, HERE[DeepLinearReached]),  # as corollary 2, whose exponent L/(2L - 2) needs two layers
    And(SAME_PRODUCT, Not(orbit.everywhere(orbit.REACHED))),
    source="nar-sastry:text-solution-dependent",
)
ONE_PRODUCT = at(orbit.UNIT, lambda: instance(_same_product(), {L: 2}))


def _same_product() -> Theorem:
    """The sum of 2j - L - 1 over the layers is 0."""
    return generalize(orbit.at_theta(the_scales_multiply_to_1()), theta, theta > 0)


@proves(
    same_cost,
    witness=ONE_PRODUCT,
    mutants=[
        mutant(same_cost.drop(L >= 2), orbit.ONE_LAYER, "depth 1"),
        mutant(same_cost.with_then(orbit.everywhere(Not(orbit.STABLE))), orbit.UNIT, "all other optima"),
    ],
)
def one_step_is_stable_here_and_not_there() -> Theorem:
    """The layers theta^(2j-L-1) W_j have one product, and S(theta) > 2/delta for large theta, whatever the step that is stable at W."""
    return _not_everywhere(same_cost, DeepLinearStable)


@proves(
    depends,
    witness=ONE_PRODUCT,
    mutants=[
        mutant(depends.drop(L >= 2), orbit.ONE_LAYER, "depth 1"),
        mutant(depends.with_then(orbit.everywhere(Not(orbit.REACHED))), orbit.UNIT, "all other optima"),
    ],
)
def one_step_reaches_this_solution_and_not_that() -> Theorem:
    """GD with the step delta reaches W, but not theta^(2j-L-1) W_j for large theta, where delta > 2/S(theta)."""
    return _not_everywhere(depends, DeepLinearReached)


def _not_everywhere(statement: Statement, use: Any) -> Theorem:
    return follows(statement.then, using=(_same_product(), orbit.no_step_is_small_enough(use(delta, RESCALED, L, R))), because="together")


undecided(
    "nar-sastry:text-not-tight",
    "Read as 'for some target no global optimum has the smoothness L rho^(2-2/L), so that GD reaches none with steps close to (4)', it"
    " seems to be false: with the SVD R = U S V' the layers S^(1/L) V', S^(1/L), ..., U S^(1/L) have that smoothness, because"
    " |sum_j Q(j+1) D(j) P(j-1)|^2 <= L rho^(2-2/L) sum_j |D(j)|^2. Cut off at the narrowest width they still do: the residual adds at"
    " most sigma_(k+1) rho^(1-2/L) between the first and the last layer. What is missing is a refutation in the kernel: 'some target'"
    " ranges over matrices of every size, and an upper bound of the smoothness needs its eigenvector. With equality it is another"
    " matter: for one layer and the step 2, which (4) allows, GD alternates and almost surely does not converge.",
)
