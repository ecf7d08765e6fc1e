"""When the Polyak step is finite, and when it is bounded: the Polyak-Lojasiewicz condition. (section 4.1).

PL(mu) says |g|^2 >= 2 mu (L - L*) everywhere. Then, and only then, no critical point lies above the minimum, and the Polyak step
(L - L*)/|g|^2 is at most 1/(2 mu). To be finite is less: for x^4 the step is 1/(16 x^2), a number at every point but the minimum.
"""

from sympy import Expr, Lambda, false, sqrt

from theory.corridors.symbols import U, g, least, loss, mu, path, t, unit
from theory.evidence import at, mutant, proves, refutes
from theory.proof import (
    And,
    Exists,
    ForAll,
    Implies,
    Refutation,
    Statement,
    Theorem,
    Trace,
    absurd,
    assume,
    cite,
    conclude,
    conjunction,
    counterexample,
    cut,
    discharge,
    follows,
    generalize,
    none_exists,
    part,
    specialize,
    squared_norm,
)

POINT = path(t)  # any curve of points, in any dimension; in dimension 1 it may run through all of them
ABOVE = loss(POINT) - least
STEEPNESS = squared_norm(g(POINT))
BOUNDED_BELOW = ForAll(t, True, ABOVE >= 0)
FINITE = ForAll(t, ABOVE > 0, STEEPNESS > 0)  # (L - L*)/|g|^2 is a number at every point that is no minimum


def pl(constant: Expr) -> ForAll:
    """PL(mu) at all points: |g|^2 >= 2 mu (L - L*)."""
    return ForAll(t, True, STEEPNESS >= 2 * constant * ABOVE)


def bounded(bound: Expr) -> ForAll:
    """The Polyak step is at most this, wherever it is a number."""
    return ForAll(t, STEEPNESS > 0, ABOVE / STEEPNESS <= bound)


SOME_PL = Exists(mu, mu > 0, pl(mu))
finite = Statement((BOUNDED_BELOW,), And(Implies(SOME_PL, FINITE), Implies(FINITE, SOME_PL)), source="dherin-rosca:text-pl-finite")
BOUNDED = And(FINITE, bounded(1 / (2 * mu)))
same_as_bounded = finite.amend(
    given=(BOUNDED_BELOW, mu > 0),
    then=And(Implies(pl(mu), BOUNDED), Implies(BOUNDED, pl(mu))),
    why="PL(mu) holds exactly if the Polyak step is finite and at most 1/(2 mu) everywhere; finite at each point is not enough.",
)
LINE = {unit: [[1]], path: Lambda(t, t * unit), least: 0}
QUARTIC = {**LINE, loss: Lambda(U, Trace(U) ** 4), g: Lambda(U, 4 * Trace(U) ** 3 * unit)}
SQUARE = {**LINE, loss: Lambda(U, Trace(U) ** 2), g: Lambda(U, 2 * Trace(U) * unit)}


def _finite(above: Expr, steep: Expr) -> Theorem:
    return generalize(follows(steep > 0, above > 0, because="a square of something that is not 0"), t, above > 0)


def no_constant_for_the_quartic() -> Theorem:
    """At t = sqrt(mu)/4 the inequality 16 t^6 >= 2 mu t^4 would say mu^3/256 >= mu^3/128."""
    everywhere = ForAll(t, True, 16 * t**6 >= 2 * mu * t**4)
    there = specialize(assume(everywhere), sqrt(mu) / 4)
    there = cut(there, *(follows(c, mu > 0) for c in there.given if c != everywhere))
    clash = follows(false, mu > 0, everywhere, using=(there,), because="mu^3/256 < mu^3/128")
    return none_exists(generalize(absurd(clash, everywhere), mu, mu > 0))


@refutes(finite, why="For x^4 the Polyak step 1/(16 x^2) is finite at every x but 0, and unbounded: no mu works.")
def finite_but_unbounded() -> Refutation:
    """The loss x^4 on the line."""
    return counterexample(finite, QUARTIC, _finite(t**4, 16 * t**6), no_constant_for_the_quartic())


def square_is_finite() -> Theorem:
    """The gradient of x^2 is 0 at 0 only."""
    return _finite(t**2, 4 * t**2)


def not_for_three() -> Theorem:
    """4 t^2 >= 6 t^2 fails at t = 1."""
    everywhere = ForAll(t, True, 4 * t**2 >= 6 * t**2)
    return absurd(specialize(assume(everywhere), 1), everywhere)


THREE = {**SQUARE, mu: 3}


@proves(
    same_as_bounded,
    witness=at({**SQUARE, mu: 2}, square_is_finite),
    mutants=[
        mutant(
            same_as_bounded.with_then(Implies(And(FINITE, bounded(1 / mu)), pl(mu))),
            THREE,
            "at most 1/mu",
            square_is_finite,
            not_for_three,
        ),
        mutant(same_as_bounded.with_then(Implies(FINITE, pl(mu))), THREE, "for every mu", square_is_finite, not_for_three),
    ],
)
def polyak_steps_are_bounded() -> Theorem:
    """At each point, divided by |g|^2 and by 2 mu; where g is 0 both sides say L = L*."""
    size = cite("norm-nonnegative", g(POINT))
    holds, above = specialize(assume(pl(mu)), t), specialize(assume(BOUNDED_BELOW), t)
    number = generalize(follows(STEEPNESS > 0, ABOVE > 0, mu > 0, using=(holds,), because="2 mu (L - L*) > 0"), t, ABOVE > 0)
    most = follows(ABOVE / STEEPNESS <= 1 / (2 * mu), STEEPNESS > 0, mu > 0, using=(holds,), because="divided by 2 mu |g|^2")
    forth = discharge(conjunction(number, generalize(most, t, STEEPNESS > 0)), pl(mu))
    finite_, limit = (specialize(assume(part_), t) for part_ in (FINITE, bounded(1 / (2 * mu))))
    limit = follows(2 * mu * ABOVE <= STEEPNESS, STEEPNESS > 0, mu > 0, using=(limit,), because="times 2 mu |g|^2")
    finite_, limit = discharge(finite_, ABOVE > 0), discharge(limit, STEEPNESS > 0)
    back = follows(pl(mu).args[2], mu > 0, using=(finite_, limit, above, size), because="where g is 0, L = L*")
    back = discharge(cut(generalize(back, t), *(part(assume(BOUNDED), p) for p in (FINITE, bounded(1 / (2 * mu))))), BOUNDED)
    return conclude(conjunction(forth, back), same_as_bounded)
