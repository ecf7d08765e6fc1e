"""For every step there are solutions that GD cannot reach. (Nar & Sastry, after theorem 1; contribution 1; sections 2 and 5).

Rescaling layer j by theta^(2j - L - 1), theta > 0, does not change the product of all layers, so it changes no loss. The first gain
becomes theta^(2L - 2) q_2^2; so for L >= 2 the bound (3) tends to 0, and the smoothness to infinity, as theta grows. At depth 1 there
is nothing to rescale.
"""

from sympy import Abs, Eq, Integer, Lambda, Rational, S

from theory.evidence import at, mutant, proves, refutes
from theory.proof import (
    And,
    ForAll,
    Not,
    Refutation,
    Statement,
    Theorem,
    absurd,
    assume,
    cite,
    conclude,
    counterexample,
    cut,
    follows,
    generalize,
    identity,
    instance,
    specialize,
    substitute,
)
from theory.proof.language import conditions
from theory.proof.logic import Boolean, Predicate
from theory.step_bounds.instances import scalar_network
from theory.step_bounds.rescaling import (
    FIRST_GAIN,
    LOCAL_OPTIMUM,
    RESCALED,
    RESCALED_GAINS,
    first_gain_is_positive,
    rescaled_terms_are_below_their_sum,
    steps_along_the_orbit,
)
from theory.step_bounds.solutions import DeepLinearLimit, DeepLinearReached, DeepLinearStable
from theory.step_bounds.symbols import A, L, R, alpha, beta, delta, j, theta

GEOMETRIC = {
    alpha: Lambda(j, theta ** (2 * j - L - 1)),
    beta: Lambda(j, theta ** (L + 1 - 2 * j)),
    A: Lambda(j, theta ** (j * (j - L))),
}
AT_THETA = substitute(RESCALED, GEOMETRIC)
GAINS_AT_THETA = substitute(RESCALED_GAINS, GEOMETRIC)  # S at the rescaled solution
REACHED, STABLE, LIMIT = (use(delta, AT_THETA, L, R) for use in (DeepLinearReached, DeepLinearStable, DeepLinearLimit))


def everywhere(claim: Boolean) -> Boolean:
    """The claim at every solution {theta^(2j - L - 1) W_j}."""
    return ForAll(theta, theta > 0, claim)


def at_theta(theorem: Theorem) -> Theorem:
    """A theorem about all scales, at alpha_j = theta^(2j - L - 1) with theta > 0."""
    said, lemmas = instance(theorem, GEOMETRIC), []
    for hypothesis in said.given:
        if theta not in hypothesis.free_symbols or not isinstance(hypothesis, ForAll):
            continue
        _, condition, body = hypothesis.args
        powers = identity(*body.args) if isinstance(body, Eq) else follows(body, theta > 0)
        lemmas.append(generalize(conclude(powers, Statement((theta > 0,), body)), j, condition))
    return cut(said, *lemmas)


def fails_somewhere(claim: Boolean, bounded: Theorem) -> Theorem:
    """Not for all theta > 0: claim, from claim |- S(theta) <= ceiling, for L >= 2; theta = 1 + ceiling/q_2^2 is too large."""
    ceiling, positive = bounded.then.rhs, first_gain_is_positive()
    clash = follows(
        S.false,
        theta >= 1,
        theta * FIRST_GAIN > ceiling,
        L >= 2,
        using=(
            cut(bounded, specialize(assume(everywhere(claim)), theta)),
            at_theta(rescaled_terms_are_below_their_sum(Integer(1))),
            cite("power-monotone", 1, theta, 2 * L - 3),
            positive,
        ),
        because="S >= theta^(2L - 2) q_2^2 >= theta q_2^2 > ceiling",
    )
    large = instance(clash, {theta: 1 + Abs(ceiling) / FIRST_GAIN})
    used = (*bounded.given, *LOCAL_OPTIMUM, L >= 2, everywhere(claim))
    sides = [follows(h, L >= 2, *_numbers(bounded), using=(positive,)) for h in large.given if h not in used]
    return absurd(cut(large, *sides), everywhere(claim))


def _numbers(theorem: Theorem) -> tuple[Boolean, ...]:
    """The hypotheses about the constants in the ceiling, such as delta > 0."""
    return tuple(h for h in theorem.given if h.free_symbols and h.free_symbols <= theorem.then.rhs.free_symbols)


def no_step_is_small_enough(use: Predicate) -> Theorem:
    """For L >= 2 and every step, GD does not reach (or is not stable at) all of the rescaled solutions."""
    said = substitute(use, GEOMETRIC)
    return fails_somewhere(said, at_theta(steps_along_the_orbit(use)))


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


def _numbers_at_every_layer() -> list[Theorem]:
    """The powers of theta in S(theta) are numbers."""
    defined = [c.args for c in conditions(GAINS_AT_THETA) if isinstance(c, ForAll)]
    return [generalize(follows(body, theta > 0), j, layers) for _, layers, body in defined]
