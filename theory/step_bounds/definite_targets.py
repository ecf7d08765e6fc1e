"""GD from the identity on a symmetric positive semidefinite target. (Nar & Sastry, theorem 2 and what the paper says of it).

Each eigenvalue lam of R is one orbit of numbers, w(k) -> lam^(1/L). Its rate is linear where lam > 0, and is not where lam = 0 and
L >= 2: there w(k) >= 1/(k + 1).
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sympy import Abs, Eq, Max, Min, Rational, diag
from sympy.functions.elementary.complexes import transpose

from theory.evidence import at, mutant, proves, refutes
from theory.proof import (
    And,
    ForAll,
    Implies,
    Or,
    Refutation,
    Statement,
    Tends,
    Theorem,
    by_meaning,
    cite,
    counterexample,
    cut,
    discharge,
    follows,
    instance,
    part,
    rewrite,
    substitute,
)
from theory.proof.letters import is_letter
from theory.proof.logic import Boolean
from theory.step_bounds.eigenvalue_orbits import (
    FROM_ONE,
    LINEAR_RATE,
    RATE,
    SMALL_STEP,
    orbit_converges,
    orbit_converges_linearly,
    orbit_falls_to_zero,
    singular_targets_have_no_linear_rate,
    under,
)
from theory.step_bounds.identity_start import EIGENPAIR, EVERY_LAYER, FROM_IDENTITY, EigenvalueRange, run_is_diagonal
from theory.step_bounds.instances import identity_run
from theory.step_bounds.symbols import L, R, a, delta, high, k, lam, low, s, v, w

PRINTED_STEP = 1 / (L * Max(1, high) ** ((2 * L - 2) / L))  # min{1/L, 1/(L rho^(2(L-1)/L))}, where rho(R) = high
EIGENVALUE = (*EIGENPAIR, Eq(transpose(v) * v, 1), EigenvalueRange(R, low, high))
ROOT = (a >= 0, Eq(a**L, lam))  # a = lam^(1/L), the eigenvalue of R^(1/L)
SETTING = (*FROM_IDENTITY, *EIGENVALUE, low >= 0, *ROOT, *FROM_ONE, delta > 0, delta <= PRINTED_STEP)
FROM_ONE_RATE = substitute(RATE, {s: 1})
LINEAR = ForAll(k, k >= 0, Abs(w(k) - a) <= FROM_ONE_RATE**k * Abs(1 - a))

theorem_2 = Statement(SETTING, And(EVERY_LAYER, LINEAR_RATE), source="nar-sastry:theorem-2")
positive_eigenvalues = theorem_2.amend(
    then=And(EVERY_LAYER, Tends(k, w(k), a), Implies(lam > 0, LINEAR)),
    why="each layer tends to R^(1/L), linearly where the eigenvalue is positive; at an eigenvalue 0 the rate is not linear",
)


def eigenvalue_step_is_small() -> Theorem:
    """Delta L max(1, a)^(2L-2) <= 1 from the printed condition, since max(1, a)^L <= max(1, rho)."""
    larger = Max(1, a)
    where = (L >= 1, a >= 0, Eq(a**L, lam), lam <= high)
    below, above = a <= 1, a >= 1
    cases = (
        discharge(under(cite("power-monotone", larger, 1, L), below, *where), below),
        discharge(under(cite("power-monotone", larger, a, L), above, *where), above),
    )
    power = follows(larger**L <= Max(1, high), *where, using=cases, because="max(1, a)^L is 1 or lam")
    root = cut(cite("power-monotone", larger**L, Max(1, high), (2 * L - 2) / L), power)
    root = under(root, *where)
    return follows(substitute(SMALL_STEP, {s: 1}), *where, delta > 0, delta <= PRINTED_STEP, using=(root,), because="powers grow")


ORBITS = (L >= 1, *ROOT, lam <= high, delta > 0, delta <= PRINTED_STEP, *FROM_ONE)
orbits = Statement(ORBITS, And(Tends(k, w(k), a), Implies(lam > 0, LINEAR)))


@cache
def every_orbit_converges() -> Theorem:
    """w(k) -> a = lam^(1/L) from w(0) = 1, and |w(k) - a| <= (1 - delta L min(1, a)^(2L-2))^k |1 - a| where lam > 0."""
    positive, zero = lam > 0, Eq(lam, 0)
    root = follows(a > 0, positive, L >= 1, *ROOT, because="0^L = 0")
    tends, linear = (
        discharge(under(cut(instance(f(), {s: 1}), eigenvalue_step_is_small(), root), positive, *ORBITS), positive)
        for f in (orbit_converges, orbit_converges_linearly)
    )
    no_root = follows(Eq(0, a, evaluate=False), zero, L >= 1, *ROOT, because="a^L > 0 for a > 0")
    falls = discharge(rewrite(_cut_by_the_step(orbit_falls_to_zero(), zero), no_root), zero)
    sign = follows(Or(positive, zero), L >= 1, *ROOT, because="a^L >= 0")
    return under(follows(orbits.then, using=(tends, linear, falls, sign), because="for lam > 0 and for lam = 0"), *ORBITS)


def _cut_by_the_step(theorem: Theorem, sign: Boolean) -> Theorem:
    """The side condition delta (1 - lam) <= 1 at lam = 0, from the printed step: it is at most 1."""
    least = cite("power-monotone", 1, Max(1, high), (2 * L - 2) / L)
    unit = follows(delta <= 1, L >= 1, delta > 0, delta <= PRINTED_STEP, using=(under(least, L >= 1),), because="delta L <= 1")
    return under(cut(theorem, follows(delta * (1 - lam) <= 1, sign, using=(unit,))), sign, *ORBITS)


def eigenvalue_is_in_range() -> Theorem:
    """Lam <= rho(R), for an eigenvalue lam of R."""
    return part(by_meaning(EIGENVALUE[-1], lam, v), lam <= high)


TWO_LAYERS = identity_run(diag(4, 1), 2, Rational(1, 8), 1, [0, 1]) | {a: 1, low: 1, high: 4}
FOUR = identity_run([[4]], 2, Rational(1, 8), 4, [1]) | {a: 2, low: 4, high: 4}
ONE_LAYER = identity_run([[4]], 1, Rational(1, 4), 4, [1]) | {a: 4, low: 4, high: 4}
OSCILLATES = identity_run([[0]], 1, 2, 0, [1]) | {a: 0, low: 0, high: 0}  # w = 1, -1, 1, ...
SINGULAR_POINT = identity_run(diag(1, 0), 2, Rational(1, 2), 0, [0, 1]) | {a: 0, low: 0, high: 1}


def numbers(point: Mapping[Any, Any]) -> dict[Any, Any]:
    """The values of a point that are no matrices: what a theorem about the orbit alone depends on."""
    return {key: value for key, value in point.items() if not is_letter(key)}


@refutes(theorem_2, why="for R = diag(1, 0) and two layers the second entry falls like 1/sqrt(k): R is reached, but not linearly")
def singular_target() -> Refutation:
    """R = diag(1, 0) with two layers, along e_2: w(k+1) = w(k) - delta w(k)^3, and w(k) >= 1/(k + 1)."""
    orbit = instance(singular_targets_have_no_linear_rate(), numbers(SINGULAR_POINT))
    return counterexample(theorem_2, SINGULAR_POINT, orbit)


@proves(
    positive_eigenvalues,
    witness=at(TWO_LAYERS, lambda: instance(every_orbit_converges(), numbers(TWO_LAYERS))),
    mutants=[
        mutant(
            positive_eigenvalues.replacing({PRINTED_STEP: 2 * PRINTED_STEP}),
            OSCILLATES,
            "twice the step: at depth 1 the layer oscillates",
        ),
        mutant(positive_eigenvalues.replacing({FROM_ONE_RATE: 2 * FROM_ONE_RATE - 1}), ONE_LAYER, "twice the gain in the rate"),
        mutant(positive_eigenvalues.replacing({Min(1, a): Max(1, a)}), FOUR, "max for min in the rate"),
    ],
)
def layers_converge_to_the_root() -> Theorem:
    """W(j, k) v = w(k) v with w(k) -> lam^(1/L), so each layer tends to R^(1/L), and linearly where lam > 0."""
    diagonal = instance(run_is_diagonal(), {s: 1})
    return follows(
        positive_eigenvalues.then,
        using=(diagonal, cut(every_orbit_converges(), eigenvalue_is_in_range())),
        because="on every eigenvector of R, and these span the space",
    )
