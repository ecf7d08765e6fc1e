"""GD from the identity on a symmetric target with negative eigenvalues. (Nar & Sastry, theorem 3 and what the paper says of it).

From depth 2 on, w(k)^L -> max(lam, 0) for every eigenvalue lam, under the step condition of theorem 2 alone: for L >= 2 it
implies delta <= 1/(1 - lambda_min). At depth 1 the only layer reaches R itself, and so do larger steps at odd depths.

The limit is a saddle of the loss: it attracts only because all layers stay equal. Any difference between them, even one that
rounding makes, can grow by 1 + delta |lam| a step, and then GD goes on to R.
"""

from functools import cache

from sympy import Abs, Eq, Lambda, Max, Ne, Rational, S, diag

from theory.evidence import at, mutant, proves, refutes
from theory.proof import (
    And,
    ForAll,
    Implies,
    NearestSemidefinite,
    Not,
    Or,
    Refutation,
    Statement,
    Tends,
    Theorem,
    absurd,
    assume,
    by_meaning,
    cite,
    counterexample,
    cut,
    discharge,
    follows,
    generalize,
    image_tends,
    instance,
    part,
    rewrite,
    specialize,
    substitute,
    unique_limit,
)
from theory.step_bounds.definite_targets import EIGENVALUE, PRINTED_STEP, eigenvalue_step_is_small, every_orbit_converges, numbers
from theory.step_bounds.eigenvalue_orbits import (
    FROM_ONE,
    one_layer_reaches_every_target,
    orbit_falls_to_zero,
    orbit_stays_between,
    orbit_stays_in_the_unit_interval,
    under,
)
from theory.step_bounds.identity_start import ESTIMATE, FROM_IDENTITY, run_is_diagonal
from theory.step_bounds.instances import identity_run
from theory.step_bounds.symbols import L, R, a, delta, high, k, lam, low, m, nearest, s, t, v, w

RHO = Max(-low, high)  # the largest singular value of a symmetric R
STEP_BOUND = substitute(PRINTED_STEP, {high: RHO})
NEAREST = Eq(nearest * v, Max(lam, 0) * v)
SETTING = (*FROM_IDENTITY, *EIGENVALUE, low < 0, NearestSemidefinite(nearest, R), *FROM_ONE, delta > 0)
FOUND = Tends(k, w(k) ** L, Max(lam, 0))

theorem_3 = Statement((*SETTING, delta <= 1 / (1 - low), delta <= STEP_BOUND), And(ESTIMATE, NEAREST, FOUND), source="nar-sastry:theorem-3")
from_depth_2 = theorem_3.amend(
    given=(*SETTING, delta <= STEP_BOUND, L >= 2),
    why="a single layer has R itself as its only limit, so L >= 2 is needed; then delta <= 1/(1 - lambda_min) follows from the other bound",
)

LANDS = identity_run(diag(-1, 1), 2, Rational(1, 2), -1, [1, 0]) | {low: -1, high: 1, nearest: diag(0, 1)}  # w = 1, 0, 0, ...
SINGLE_LAYER = identity_run([[-1]], 1, Rational(1, 2), -1, [1]) | {low: -1, high: -1, nearest: [[0]]}
ORBIT_GIVEN = (L >= 2, low <= lam, lam <= high, low < 0, *FROM_ONE, delta > 0, delta <= STEP_BOUND)


def negative_eigenvalues_step_is_small() -> Theorem:
    """Delta (1 - lam) <= 1 for lam <= 0 and L >= 2: L B^(2(L-1)/L) >= 2 B >= 1 + B with B = max(1, rho)."""
    base, exponent = Max(1, RHO), (2 * L - 2) / L
    grows = under(cite("power-tangent", base, 1, exponent), L >= 2)
    power = follows(L * base**exponent >= 2 * base, L >= 2, using=(grows,), because="B^e >= B for B, e >= 1")
    step = follows(delta * L * base**exponent <= 1, L >= 2, delta > 0, delta <= STEP_BOUND, using=(grows,))
    plain = follows(delta * (1 - lam) <= 1, delta * t <= 1, t >= 2 * s, s >= 1, s >= -lam, delta > 0, because="1 - lam <= 2 s <= t")
    said = cut(instance(plain, {t: L * base**exponent, s: base}), power, step)
    return under(said, *ORBIT_GIVEN)


@cache
def every_eigenvalue_of_the_estimate() -> Theorem:
    """w(k)^L -> max(lam, 0): theorem 2's orbits for lam > 0, and orbits that fall to 0 for lam <= 0."""
    power, positive, falling = Lambda(t, t**L), lam > 0, lam <= 0
    root = instance(every_orbit_converges(), {a: lam ** (1 / L), high: RHO})
    root = under(part(root, Tends(k, w(k), lam ** (1 / L))), positive, *ORBIT_GIVEN)
    zero = under(cut(orbit_falls_to_zero(), negative_eigenvalues_step_is_small()), falling, *ORBIT_GIVEN)
    up = rewrite(image_tends(root, power), follows(Eq(lam, Max(lam, 0), evaluate=False), positive))
    no_power = follows(Eq(0**L, Max(lam, 0), evaluate=False), falling, L >= 2)
    down = rewrite(image_tends(zero, power), no_power)
    cases = discharge(up, positive), discharge(down, falling)
    return under(follows(FOUND, using=cases, because="for lam > 0 and for lam <= 0"), *ORBIT_GIVEN)


@refutes(theorem_3, why="a single layer is the estimate, and GD takes it to R itself: at depth 1 the limit -1 of R = -1 is no square")
def single_layer() -> Refutation:
    """R = -1 with one layer: w(k+1) = w(k) - delta (w(k) + 1) tends to -1, and the nearest positive semidefinite matrix is 0."""
    elsewhere = unique_limit(one_layer_reaches_every_target(), assume(Tends(k, w(k), 0)))
    clash = follows(S.false, lam < 0, using=(elsewhere,), because="lam is not 0")
    never = instance(absurd(clash, Tends(k, w(k), 0)), numbers(SINGLE_LAYER))
    return counterexample(theorem_3, SINGLE_LAYER, never)


@proves(
    from_depth_2,
    witness=at(LANDS),
    mutants=[
        mutant(
            from_depth_2.replacing({STEP_BOUND: 2 * STEP_BOUND}),
            identity_run([[-1]], 2, 1, -1, [1]) | {low: -1, high: -1, nearest: [[0]]},
            "twice the step: the layers oscillate between 1 and -1",
        ),
        mutant(from_depth_2.replacing({FOUND: Tends(k, w(k) ** L, lam)}), LANDS, "R itself is found"),
        mutant(from_depth_2.replacing({FOUND: Tends(k, w(k) ** L, Abs(lam))}), LANDS, "moduli of the eigenvalues"),
    ],
)
def estimate_converges_to_the_nearest() -> Theorem:
    """P(L, k) v = w(k)^L v with w(k)^L -> max(lam, 0), the eigenvalue of the nearest positive semidefinite matrix."""
    diagonal = part(instance(run_is_diagonal(), {s: 1}), ESTIMATE)
    eigenvalue = cut(every_eigenvalue_of_the_estimate(), by_meaning(EIGENVALUE[-1], lam, v))
    projected = cite("nearest-semidefinite", nearest, R, lam, v)
    return follows(from_depth_2.then, using=(diagonal, projected, eigenvalue), because="on every eigenvector of R")


# What the paper says of theorem 3 elsewhere, without a condition on the step

NOT_ITSELF = Implies(lam < 0, Not(Tends(k, w(k) ** L, lam)))
contrib_4 = Statement(SETTING, And(ESTIMATE, NEAREST, FOUND, NOT_ITSELF), source="nar-sastry:contrib-4")
with_small_steps = contrib_4.amend(
    given=from_depth_2.given,
    why="with the step of theorem 3 and at least two layers; larger steps can cross 0 and find the negative eigenvalue at odd depths",
)
CROSSES = identity_run([[-1]], 3, 1, -1, [1]) | {low: -1, high: -1, nearest: [[0]]}  # w = 1, -1, -1, ... and (-1)^3 = R


@refutes(contrib_4, why="three layers and the step 1 find R = -1 from the identity in one step: 1 - (1 + 1) = -1, and (-1)^3 = -1")
def odd_depth_finds_a_negative_target() -> Refutation:
    """R = -1, L = 3, delta = 1: W(j, 1) = -1 for all j, so the estimate is R from the first step on."""
    return counterexample(contrib_4, CROSSES)


@proves(
    with_small_steps,
    witness=at(LANDS),
    mutants=[
        mutant(with_small_steps.replacing({STEP_BOUND: 3 * STEP_BOUND}), CROSSES, "three times the step"),
        mutant(with_small_steps.replacing({NEAREST: Eq(nearest * v, Abs(lam) * v)}), LANDS, "the moduli of the eigenvalues"),
        mutant(with_small_steps.replacing({NOT_ITSELF: Implies(lam < 0, Tends(k, w(k) ** L, lam))}), LANDS, "R is estimated"),
    ],
)
def negative_eigenvalues_are_not_found() -> Theorem:
    """w(k)^L -> max(lam, 0), which is not lam where lam < 0."""
    found = part(estimate_converges_to_the_nearest(), FOUND)
    other = unique_limit(found, assume(Tends(k, w(k) ** L, lam)))
    clash = follows(S.false, lam < 0, using=(other,), because="max(lam, 0) is not negative")
    number = generalize(follows(Or(L >= 0, Ne(w(k), 0)), L >= 2, because="so w(k)^L is a number"), k)
    never = discharge(cut(absurd(clash, Tends(k, w(k) ** L, lam)), number), lam < 0)
    return follows(with_small_steps.then, using=(estimate_converges_to_the_nearest(), never), because="a sequence has one limit")


NOT_NEGATIVE = ForAll(k, k >= 0, w(k) ** L >= 0)
nonnegative = Statement(
    (*FROM_IDENTITY, *EIGENVALUE, low < 0, *FROM_ONE, delta > 0),
    And(ESTIMATE, NOT_NEGATIVE),
    source="nar-sastry:text-eigenvalues-nonnegative",
)
EVEN, SMALL = Eq(2 * m, L, evaluate=False), And(L >= 2, delta <= STEP_BOUND)
even_or_small = nonnegative.amend(
    given=(*nonnegative.given, Or(EVEN, SMALL)),
    why="an even depth, or the step of theorem 3 at depth 2 and more; otherwise a step can cross 0",
)


@refutes(nonnegative, why="at odd depth a large step makes an eigenvalue of all layers negative, and so that of the estimate")
def odd_depth_crosses_zero() -> Refutation:
    """R = -1, L = 3, delta = 1: after one step the estimate is (-1)^3."""
    return counterexample(nonnegative, {key: value for key, value in CROSSES.items() if key != nearest})


def _orbits_are_not_negative() -> Theorem:
    """w(k) >= 0 for all k: between 1 and lam^(1/L) for lam > 0, in [0, 1] for lam <= 0."""
    positive, falling, root = lam > 0, lam <= 0, lam ** (1 / L)
    between = instance(orbit_stays_between(), {s: 1, a: root})
    between = under(cut(between, instance(eigenvalue_step_is_small(), {a: root, high: RHO})), positive, *ORBIT_GIVEN)
    inside = under(cut(orbit_stays_in_the_unit_interval(), negative_eigenvalues_step_is_small()), falling, *ORBIT_GIVEN)
    here = tuple(
        discharge(follows(w(k) >= 0, case, using=(specialize(x, k),)), case) for x, case in ((between, positive), (inside, falling))
    )
    above = follows(w(k) >= 0, using=here, because="in both cases")
    power = follows(w(k) ** L >= 0, L >= 2, using=(above,), because="a power of a number that is not negative")
    return generalize(under(power, *ORBIT_GIVEN, k >= 0), k, k >= 0)


@proves(
    even_or_small,
    witness=at({**LANDS, m: 1}),
    mutants=[
        mutant(even_or_small.replacing({EVEN: Eq(2 * m + 1, L, evaluate=False)}), {**CROSSES, m: 1}, "an odd depth"),
        mutant(even_or_small.replacing({STEP_BOUND: 3 * STEP_BOUND}), {**CROSSES, m: 1}, "three times the step"),
    ],
)
def estimate_has_no_negative_eigenvalue() -> Theorem:
    """w^(2m) is a square, and with small steps w(k) itself is never negative."""
    square = generalize(follows(w(k) ** (2 * m) >= 0, 2 * m >= 1, because="a square"), k, k >= 0)
    even = under(rewrite(square, assume(EVEN)), EVEN, L >= 1)
    small = cut(_orbits_are_not_negative(), by_meaning(EIGENVALUE[-1], lam, v))
    diagonal = part(instance(run_is_diagonal(), {s: 1}), ESTIMATE)
    cases = discharge(even, EVEN), discharge(small, *SMALL.args)
    either = follows(NOT_NEGATIVE, Or(EVEN, SMALL), using=cases, because="in both cases")
    return follows(even_or_small.then, using=(diagonal, either))
