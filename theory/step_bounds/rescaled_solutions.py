"""For every step there are solutions that GD cannot reach. (Nar & Sastry, after theorem 1; contribution 1; sections 2 and 5).

Rescaling layer j by theta^(2j - L - 1), theta > 0, does not change the product of all layers, so it changes no loss. The first gain
becomes theta^(2L - 2) q_2^2; so for L >= 2 the bound (3) tends to 0, and the smoothness to infinity, as theta grows. At depth 1 there
is nothing to rescale.
"""

from functools import cache

from sympy import Abs, Eq, Integer, Lambda, Rational, S

from theory.evidence import at, mutant, proves, refutes
from theory.proof import (
    And,
    ForAll,
    Implies,
    Not,
    Or,
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
    forget_value,
    generalize,
    identity,
    instance,
    specialize,
    substitute,
)
from theory.proof.language import conditions
from theory.proof.logic import Boolean, Predicate
from theory.step_bounds.gains import gains_are_positive
from theory.step_bounds.instances import scalar_network
from theory.step_bounds.layers import WEIGHTS
from theory.step_bounds.rescaling import (
    FIRST_GAIN,
    LOCAL_OPTIMUM,
    RESCALED,
    RESCALED_GAINS,
    RESCALED_SMOOTH,
    first_gain_is_positive,
    gains_are_below_the_smoothness,
    rescaled_terms_are_below_their_sum,
    steps_along_the_orbit,
)
from theory.step_bounds.smoothness import GAINS, SMOOTH, smoothness_is_bounded_below
from theory.step_bounds.solutions import DeepLinearLimit, DeepLinearLipschitz, DeepLinearReached, DeepLinearStable
from theory.step_bounds.symbols import L, Pi, R, alpha, delta, j, kappa, nu, theta

GEOMETRIC = {
    alpha: Lambda(j, theta ** (2 * j - L - 1)),
    nu: Lambda(j, theta ** (L + 1 - 2 * j)),
    Pi: Lambda(j, theta ** (j * (j - L))),
}
AT_THETA = substitute(RESCALED, GEOMETRIC)
GAINS_AT_THETA = substitute(RESCALED_GAINS, GEOMETRIC)  # S at the rescaled solution
REACHED, STABLE, LIMIT = (use(delta, AT_THETA, L, R) for use in (DeepLinearReached, DeepLinearStable, DeepLinearLimit))


def everywhere(claim: Boolean) -> Boolean:
    """The claim at every solution {theta^(2j - L - 1) W_j}."""
    return ForAll(theta, theta > 0, claim)


@cache
def at_theta(theorem: Theorem) -> Theorem:
    """Pi theorem about all scales, at alpha_j = theta^(2j - L - 1) with theta > 0."""
    said, lemmas = instance(theorem, GEOMETRIC), []
    for hypothesis in said.given:
        if theta not in hypothesis.free_symbols or not isinstance(hypothesis, ForAll) or hypothesis.has(Abs):
            continue
        _, condition, body = hypothesis.args
        powers = identity(*body.args) if isinstance(body, Eq) else follows(body, theta > 0)
        lemmas.append(generalize(conclude(powers, Statement((theta > 0,), body)), j, condition))
    return cut(said, *lemmas)


def fails_somewhere(claim: Boolean, bounded: Theorem) -> Theorem:
    """Not for all theta > 0: claim, from claim |- S(theta) <= ceiling, for L >= 2."""
    return refuted_by_growth(everywhere(claim), cut(bounded, specialize(assume(everywhere(claim)), theta)))


def refuted_by_growth(claim: Boolean, bounded: Theorem) -> Theorem:
    """Not claim, from claim |- S(theta) <= ceiling for theta > 0, and L >= 2: theta = 1 + |ceiling|/q_2^2 is too large."""
    ceiling, positive = bounded.then.rhs, first_gain_is_positive()
    below, power = at_theta(rescaled_terms_are_below_their_sum(Integer(1))), cite("power-monotone", 1, theta, 2 * L - 3)
    clash = follows(
        S.false,
        theta >= 1,
        theta * FIRST_GAIN > ceiling,
        L >= 2,
        using=(bounded, below, power, positive),
        because="S >= theta^(2L - 2) q_2^2 >= theta q_2^2 > ceiling",
    )
    large = instance(clash, {theta: 1 + Abs(ceiling) / FIRST_GAIN})
    used = (*bounded.given, *LOCAL_OPTIMUM, L >= 2, claim)
    sides = [follows(h, L >= 2, *_numbers(bounded), using=(positive,)) for h in large.given if h not in used]
    impossible = cut(large, *sides)
    return with_numbers(absurd(impossible, claim), positive, below, *_numbers_at_every_layer())


def with_numbers(theorem: Theorem, *using: Theorem, where: tuple[Boolean, ...] = ()) -> Theorem:
    """The theorem, without its hypotheses that some terms are numbers at every theta: they are."""
    return cut(theorem, *(_defined(h, where, using) for h in theorem.given if isinstance(h, ForAll) and h.variable != j))


def _defined(condition: Boolean, where: tuple[Boolean, ...], using: tuple[Theorem, ...]) -> Theorem:
    if not isinstance(condition, ForAll):
        return follows(condition, *where, using=using, because="powers of a positive number")
    variable, range_, body = condition.args
    where = (*where, range_) if range_ is not S.true else where
    return generalize(_defined(body, where, using), variable, range_)


def _numbers(theorem: Theorem) -> tuple[Boolean, ...]:
    """The hypotheses about the constants in the ceiling, such as delta > 0."""
    return tuple(h for h in theorem.given if h.free_symbols and h.free_symbols <= theorem.then.rhs.free_symbols)


def no_step_is_small_enough(use: Predicate) -> Theorem:
    """For L >= 2 and every step, GD does not reach (or is not stable at) all of the rescaled solutions."""
    said = substitute(use, GEOMETRIC)
    return fails_somewhere(said, at_theta(steps_along_the_orbit(use)))


def _numbers_at_every_layer() -> list[Theorem]:
    """The powers of theta in S(theta) are numbers."""
    defined = [c.args for c in conditions(GAINS_AT_THETA) if isinstance(c, ForAll)]
    return [generalize(follows(body, theta > 0), j, layers) for _, layers, body in defined]


# Theorem 1 along the orbit

UNIT = {**scalar_network(1, 1), delta: Rational(1, 2)}  # (1/2) (w_2 w_1 - 1)^2 at (1, 1), where the smoothness is 2
ONE_LAYER = {**scalar_network(1), delta: 1}

arbitrarily_small = Statement(
    (*LOCAL_OPTIMUM, delta > 0),
    And(Not(everywhere(2 / GAINS_AT_THETA >= delta)), Not(everywhere(REACHED))),
    source="nar-sastry:theorem-1-arbitrarily-small",
)
from_depth_2 = arbitrarily_small.amend(
    given=(*arbitrarily_small.given, L >= 2),
    why="at depth 1 the product of the scales is the one scale itself, so nothing can be rescaled; from depth 2 on the claim holds",
)


@refutes(arbitrarily_small, why="at depth 1 the only rescaling is 1 and the bound (3) is 2, so GD with step 1 reaches the solution")
def one_layer_cannot_be_rescaled() -> Refutation:
    """One layer, target 1, step 1."""
    return counterexample(arbitrarily_small, ONE_LAYER)


@proves(
    from_depth_2,
    witness=at(UNIT),
    mutants=[
        mutant(from_depth_2.drop(L >= 2), ONE_LAYER, "depth 1"),
        mutant(from_depth_2.with_then(everywhere(2 / GAINS_AT_THETA < delta)), UNIT, "all solutions for some"),
        mutant(from_depth_2.with_then(everywhere(Not(REACHED))), UNIT, "no solution can be reached"),
    ],
)
def some_rescaled_solution_needs_a_smaller_step() -> Theorem:
    """2/S(theta) <= 2/(theta^(2L-2) q_2^2) -> 0 as theta grows: below every step there is the bound (3) of a solution."""
    gains = (first_gain_is_positive(), at_theta(rescaled_terms_are_below_their_sum(Integer(1))), *_numbers_at_every_layer())
    small = follows(GAINS_AT_THETA <= 2 / delta, 2 / GAINS_AT_THETA >= delta, delta > 0, theta > 0, using=gains)
    bounds = fails_somewhere(2 / GAINS_AT_THETA >= delta, small)
    return follows(from_depth_2.then, using=(bounds, no_step_is_small_enough(DeepLinearReached(delta, RESCALED, L, R))), because="together")


# The same, of stability, of single starts, and of the gradient

contribution_1 = Statement(
    (*LOCAL_OPTIMUM, delta > 0),
    And(Implies(DeepLinearStable(delta, WEIGHTS, L, R), delta <= 2 / GAINS), Not(everywhere(STABLE)), Not(everywhere(REACHED))),
    source="nar-sastry:contrib-1",
)
contribution_1_from_depth_2 = contribution_1.amend(
    given=(*contribution_1.given, L >= 2),
    why="one layer has a single optimum, with the bound 2; from depth 2 on every step leaves some optima unstable and unreachable",
)


@refutes(contribution_1, why="one layer: GD with step 1 reaches the only optimum, so no optimum is left out")
def one_layer_leaves_no_optimum_out() -> Refutation:
    """One layer, target 1, step 1."""
    return counterexample(contribution_1, ONE_LAYER)


@proves(
    contribution_1_from_depth_2,
    witness=at(UNIT),
    mutants=[
        mutant(contribution_1_from_depth_2.drop(L >= 2), ONE_LAYER, "depth 1"),
        mutant(
            contribution_1_from_depth_2.with_then(Implies(DeepLinearStable(delta, WEIGHTS, L, R), delta <= 1 / GAINS)),
            UNIT | {delta: Rational(3, 4)},
            "1 for 2",
        ),
        mutant(contribution_1_from_depth_2.with_then(everywhere(Not(STABLE))), UNIT, "no optimum is stable"),
    ],
)
def every_step_leaves_optima_out() -> Theorem:
    """Delta <= 2/S where the solution is stable; and S(theta) exceeds 2/delta for large theta, so these solutions are not reached."""
    stable = DeepLinearStable(delta, WEIGHTS, L, R)
    flat = follows(
        delta <= 2 / GAINS,
        delta > 0,
        using=(cite("stable-equilibria-are-flat", stable, SMOOTH), smoothness_is_bounded_below(), gains_are_positive()),
        because="delta S <= delta lam <= 2",
    )
    uses = (no_step_is_small_enough(use(delta, RESCALED, L, R)) for use in (DeepLinearStable, DeepLinearReached))
    flat = discharge(forget_value(flat, SMOOTH), stable)
    return follows(contribution_1.then, using=(flat, gains_are_positive(), *uses), because="together")


out_of_reach = Statement(
    (*LOCAL_OPTIMUM, delta > 0),
    Not(everywhere(Or(STABLE, LIMIT))),  # some optimum is unstable, and GD converges to it from no start
    source="nar-sastry:text-disc-optima",
)
out_of_random_reach = out_of_reach.amend(
    given=(*out_of_reach.given, L >= 2),
    then=Not(everywhere(Or(STABLE, REACHED))),
    why="started at an unstable optimum, GD stays there; from a random start it almost surely does not converge to it; one layer has none",
)


@refutes(out_of_reach, why="GD that starts at an unstable optimum has converged to it: the gradient is zero there")
def started_there_it_stays() -> Refutation:
    """Two scalar layers, target 1, step 1/2: every optimum is the limit of the orbit that starts at it."""
    return counterexample(out_of_reach, UNIT)


@proves(
    out_of_random_reach,
    witness=at(UNIT),
    mutants=[
        mutant(out_of_random_reach.drop(L >= 2), ONE_LAYER, "depth 1"),
        mutant(out_of_random_reach.with_then(everywhere(Not(Or(STABLE, REACHED)))), UNIT, "all optima for some"),
    ],
)
def some_optimum_is_unstable_and_out_of_reach() -> Theorem:
    """S(theta) > 2/delta for large theta: there the solution is neither stable nor reached from a random start."""
    stable, reached = (at_theta(steps_along_the_orbit(use(delta, RESCALED, L, R))) for use in (DeepLinearStable, DeepLinearReached))
    either = follows(
        GAINS_AT_THETA <= 2 / delta,
        Or(STABLE, REACHED),
        theta > 0,
        using=(discharge(stable, STABLE), discharge(reached, REACHED), *_numbers_at_every_layer()),
        because="in both cases",
    )
    return fails_somewhere(Or(STABLE, REACHED), either)


no_constant = Statement(
    LOCAL_OPTIMUM,
    Not(DeepLinearLipschitz(kappa, WEIGHTS, L, R)),
    source="nar-sastry:text-no-lipschitz",
)
no_constant_from_depth_2 = no_constant.amend(
    given=(*LOCAL_OPTIMUM, L >= 2),
    why="with whitened data one layer has the Hessian 1 everywhere, so 1 is a Lipschitz constant; from depth 2 on there is none",
)


@refutes(no_constant, why="one layer: the gradient is W - R, whose Lipschitz constant is 1")
def one_layer_has_a_lipschitz_constant() -> Refutation:
    """One layer, kappa = 1."""
    return counterexample(no_constant, {**scalar_network(1), kappa: 1})


@proves(
    no_constant_from_depth_2,
    witness=at({**scalar_network(1, 1), kappa: 1000}),
    mutants=[
        mutant(no_constant_from_depth_2.drop(L >= 2), {**scalar_network(1), kappa: 1}, "depth 1"),
        mutant(
            no_constant_from_depth_2.with_then(DeepLinearLipschitz(2, WEIGHTS, L, R)), {**scalar_network(1, 1), kappa: 1}, "the constant 2"
        ),
    ],
)
def no_lipschitz_constant() -> Theorem:
    """S(theta) <= lam(theta) would stay below a Lipschitz constant, and it does not."""
    constant = DeepLinearLipschitz(kappa, WEIGHTS, L, R)
    using = (by_meaning(constant), gains_are_below_the_smoothness())
    bounded = follows(RESCALED_GAINS <= kappa, using=using, because="S <= lam <= kappa")
    return refuted_by_growth(constant, at_theta(forget_value(bounded, RESCALED_SMOOTH)))
