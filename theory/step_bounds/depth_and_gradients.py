"""What the bounds say about depth and about vanishing or exploding gradients. (Nar & Sastry, abstract and section 1.2).

The gradient (5) of layer i, for an error u v' along the top singular pair, is the direction D(i) = Q(i+1)' u v' P(i-1)' of theorem 1. At a
stable solution these gradients are bounded by the step: the sum of their squares is S <= 2/delta. Their product is at least sigma^(L-1).
"""

from sympy import Lambda, Product, Rational

from theory.evidence import at, mutant, proves, refutes
from theory.proof import (
    And,
    Refutation,
    Statement,
    Theorem,
    assume,
    cite,
    counterexample,
    cut,
    equal_words,
    follows,
    identity,
    instance,
    rewrite,
    specialize,
    squared_norm,
    substitute,
)
from theory.step_bounds.gains import TERM, product_of_gains
from theory.step_bounds.instances import scalar_network
from theory.step_bounds.layers import LAST, WEIGHTS
from theory.step_bounds.rescaling import LOCAL_OPTIMUM, RESCALED, rescaled_terms_are_below_their_sum, steps_along_the_orbit
from theory.step_bounds.smoothness import PATH, SINGULAR, p_squared, q_squared
from theory.step_bounds.solution_dependence import larger_targets_need_smaller_steps, target_bound
from theory.step_bounds.solutions import DeepLinearStable
from theory.step_bounds.symbols import L, Pi, R, alpha, delta, i, j, nu, rho, sigma

# Vanishing and exploding gradients

STABLE = DeepLinearStable(delta, WEIGHTS, L, R)
GRADIENT = squared_norm(PATH(i))  # of layer i, for the error u v'
ALL_GRADIENTS = Product(TERM, (j, 1, L))  # the product of the squared gradients of all layers

gradients = Statement(
    (*LOCAL_OPTIMUM, delta > 0, STABLE, i >= 1, i <= L),
    And(GRADIENT <= 2 / delta, ALL_GRADIENTS >= sigma ** (2 * L - 2)),
    source="nar-sastry:text-vanishing-exploding",
)
STEEP = {**scalar_network(1), delta: Rational(3, 2), i: 1}  # one layer: the gradient is the error itself


@proves(
    gradients,
    witness=at({**scalar_network(1, 1), delta: Rational(1, 2), i: 1}),
    mutants=[
        mutant(gradients.with_then(GRADIENT <= 1 / delta), STEEP, "1/delta for 2/delta"),
        mutant(gradients.with_then(p_squared(i) * q_squared(i) <= 2 / delta), {**scalar_network(3), delta: 1, i: 1}, "p_i q_i"),
        mutant(
            gradients.with_then(ALL_GRADIENTS >= sigma ** (2 * L)),
            {**scalar_network(2, 2), delta: Rational(1, 8), i: 1},
            "sigma^L for sigma^(L-1)",
        ),
        mutant(gradients.drop(STABLE), {**scalar_network(4, Rational(1, 4)), delta: 1, i: 2}, "an unstable solution"),
    ],
)
def stability_bounds_the_gradients() -> Theorem:
    """|D(i)|^2 = p_{i-1}^2 q_{i+1}^2 <= S <= 2/delta: a gradient that explodes makes it unstable; where one vanishes, others are large."""
    ones = {alpha: Lambda(j, 1), nu: Lambda(j, 1), Pi: Lambda(j, 1)}
    stable = instance(steps_along_the_orbit(DeepLinearStable(delta, RESCALED, L, R)), ones)
    below = instance(rescaled_terms_are_below_their_sum(i), ones)
    length = equal_words(GRADIENT, substitute(TERM, {j: i}), because="||x y'||^2 = ||x||^2 ||y||^2")
    gains = specialize(product_of_gains(), L)
    last = equal_words(q_squared(L + 1), 1, assume(LAST), assume(SINGULAR[2]), because="q_{L+1} = |u| = 1")
    return follows(gradients.then, L >= 1, using=(stable, below, length, gains, last), because="one term of S; and AM-GM's product")


# Depth, and large singular values

explanations = Statement(
    (L >= 1, rho > 0, rho < sigma),
    And(substitute(target_bound(rho), {L: L + 1}) < target_bound(rho), target_bound(sigma) < target_bound(rho)),
    source="nar-sastry:text-abs-explanations",
)
from_norm_1 = explanations.amend(
    given=(L >= 2, rho >= 1, rho < sigma),
    why="for targets of norm below 1 a deeper network may allow larger steps, and at depth 1 the norm does not matter",
)


@refutes(explanations, why="for a target of norm 1/4 the bound (4) grows from 2 at depth 1 to 4 at depth 2")
def small_targets_allow_larger_steps_in_deeper_networks() -> Refutation:
    """One layer against two, for the norms 1/4 and 1/2."""
    return counterexample(explanations, {L: 1, rho: Rational(1, 4), sigma: Rational(1, 2)})


@proves(
    from_norm_1,
    witness=at({L: 2, rho: 1, sigma: 4}),
    mutants=[
        mutant(from_norm_1.replacing({rho >= 1: rho > 0}), {L: 2, rho: Rational(1, 64), sigma: 1}, "small targets"),
        mutant(from_norm_1.replacing({L >= 2: L >= 1}), {L: 1, rho: 1, sigma: 4}, "depth 1"),
        mutant(from_norm_1.with_then(target_bound(sigma) > target_bound(rho)), {L: 2, rho: 1, sigma: 4}, "larger steps for larger norms"),
    ],
)
def depth_and_norm_need_smaller_steps() -> Theorem:
    """L rho^(2-2/L) grows with L for rho >= 1, since the exponent and the factor do, and with rho for L >= 2.

    These are the explanations (i) and (ii); (iii), of residual networks, is what remark 4 and theorem 2 say.
    """
    exponent, gap = (2 * L - 2) / L, 2 / (L * (L + 1))
    power = cut(cite("power-monotone", 1, rho, gap), follows(gap >= 0, L >= 2))
    positive = follows(rho**exponent > 0, rho >= 1, L >= 2)
    deeper = follows(
        (L + 1) * rho ** (exponent + gap) > L * rho**exponent,
        L >= 2,
        rho >= 1,
        using=(power, positive),
        because="rho^(2/L - 2/(L+1)) >= 1",
    )
    deeper = rewrite(deeper, identity(exponent + gap, 2 * L / (L + 1)))
    smaller = larger_targets_need_smaller_steps()
    return follows(from_norm_1.then, *from_norm_1.given, using=(deeper, positive, smaller), because="one over a larger number")
