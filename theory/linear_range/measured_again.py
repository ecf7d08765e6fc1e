"""What is inferred from a step, then from that step, and so on, in one direction: it tends to the end of the linear range. (section 3.2).

So it is for a neuron on its way into saturation, u = s/(1 + s) from s = z, for which epsilon = psi/(1 + z + psi) (see `failures`). One
measurement is not enough, since epsilon is not proportional to psi; but the distance to the end shrinks by the factor epsilon* each time.
"""

from sympy import Abs, Eq, Lambda, Rational

from theory.evidence import at, extends, mutant
from theory.linear_range.failures import INTO
from theory.linear_range.lingrad_runs import always
from theory.linear_range.symbols import epsilon_star, k, psi, psi_at, t, z
from theory.proof import (
    And,
    ForAll,
    Statement,
    Tends,
    Theorem,
    assume,
    cite,
    conclude,
    conjunction,
    cut,
    follows,
    generalize,
    induction,
    instance,
    orbit_of,
    specialize,
    substitute,
)

AGAIN = always(Eq(psi_at(k + 1) * substitute(INTO, {psi: psi_at(k)}), psi_at(k) * epsilon_star))  # line 12
END = epsilon_star * (1 + z) / (1 - epsilon_star)
AT_THE_END = Eq(substitute(INTO, {psi: END}), epsilon_star)
inferred = Statement(
    (epsilon_star > 0, epsilon_star < 1, z >= 0, psi_at(0) > 0, AGAIN),
    And(Tends(k, psi_at(k), END), AT_THE_END),
)
HALVED = {epsilon_star: Rational(1, 2), z: 1, psi_at: orbit_of(Lambda(t, 1 + t / 2), 6)}


def _halved() -> Theorem:
    """For the instance: psi -> 1 + psi/2 is line 12, since all psi are positive."""
    halves = ForAll(k, k >= 0, Eq(psi_at(k + 1), 1 + psi_at(k) / 2))
    positive = induction(assume(psi_at(0) > 0), follows(psi_at(k + 1) > 0, psi_at(k) > 0, using=(specialize(assume(halves), k),)), k, 0)
    measured = substitute(AGAIN, {epsilon_star: Rational(1, 2), z: 1}).args[2]
    return instance(generalize(follows(measured, using=(specialize(positive, k), specialize(assume(halves), k))), k, k >= 0), HALVED)


@extends(
    "ni-talnikar:text-psistar",
    inferred,
    witness=at(HALVED, _halved),
    mutants=[
        mutant(inferred.with_then(Eq(psi_at(1), END)), HALVED, "at once", _halved),
        mutant(inferred.with_then(Eq(substitute(INTO, {psi: END}), 2 * epsilon_star)), HALVED, "twice the limit", _halved),
    ],
)
def the_end_of_the_range_in_the_limit() -> Theorem:
    """Line 12 is psi* = epsilon* (1 + z + psi), so the distance to the end of the range shrinks by the factor epsilon* each time."""
    known = inferred.given[:4]
    claim = And(psi_at(k) > 0, Eq(psi_at(k) - END, epsilon_star**k * (psi_at(0) - END)))
    line = specialize(assume(AGAIN), k)
    affine = follows(Eq(psi_at(k + 1), epsilon_star * (1 + z + psi_at(k))), psi_at(k) > 0, *known, using=(line,), because="line 12")
    step = follows(substitute(claim, {k: k + 1}), claim, k >= 0, *known, using=(affine,), because="one factor more")
    step = conclude(step, Statement((claim, k >= 0, *inferred.given), step.then))
    here = specialize(induction(follows(substitute(claim, {k: 0}), *known), step, k, 0), k)
    near = follows(Abs(psi_at(k) - END) <= epsilon_star**k * Abs(psi_at(0) - END), *known, k >= 0, using=(here,))
    tends = cut(cite("geometric-convergence", psi_at, END, epsilon_star, Abs(psi_at(0) - END)), generalize(near, k, k >= 0))
    there = follows(AT_THE_END, *known, because="epsilon at the end of the range")
    return conclude(conjunction(tends, there), inferred)
