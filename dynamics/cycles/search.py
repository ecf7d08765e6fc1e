r"""Searches for cycles: all of them, proved to be all, or those that Newton's method finds from random starts.

The points of period p are the zeros of :math:`F^p(x) - x`. For polynomials with rational coefficients these are isolated exactly: as
real roots in one variable, by resultants in two. In a box, any smooth map: interval bisection (`dynamics.cycles._boxes`). Each cycle
is then certified by `certify_cycle`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import flint
import sympy as sp

from dynamics.cycles._balls import NotCertified, ball, evaluate
from dynamics.cycles._boxes import Cover, Return, isolate
from dynamics.cycles._formulas import exact_update, rational_polynomials
from dynamics.cycles._roots import line_zeros, plane_zeros
from dynamics.cycles.certified import CertifiedCycle, certify_cycle
from dynamics.maps.symbolic_map import SymbolicMap


def all_cycles(symbolic_map: SymbolicMap, period: int, *, within: Any = None, precision: int = 256) -> tuple[CertifiedCycle, ...]:
    r"""Return every real cycle of a minimal period p, each certified, and proved to be all.

    Args:
        symbolic_map: Without ``within`` a polynomial map of one or two variables, with rational coefficients. The work grows with
            :math:`(\deg F)^p`: a second for the Hénon map at p = 6, the logistic map at p = 8.
        period: The minimal period p.
        within: Corners ``(low, high)`` of a box, each an exact number for a scalar map, n of them otherwise: the cycles that lie
            inside it (its border included), of any map that is smooth there. Cost grows as a power of the number of variables.
        precision: Bits of the balls.

    Returns:
        The cycles, ordered by their least point.

    Raises:
        NotCertified: For another map without ``within``; where a cycle is neutral (a multiple root); inside a box also for a kink
            or a jump that an orbit cannot be told from, and for a cycle that touches the border.
        ValueError, TypeError: For a bad period, box or precision, a map without a formula or with an array of parameter values.

    Example:
        >>> x = sp.Symbol("x")
        >>> logistic = SymbolicMap(4 * x * (1 - x), x)
        >>> len(all_cycles(logistic, 3))
        2
        >>> [cycle.stability for cycle in all_cycles(SymbolicMap(sp.cos(x), x), 1, within=(-10, 10))]
        ['attracting']
    """
    exact_update(symbolic_map)  # raises for a map that has no formula
    if type(period) is not int or period < 1 or precision < 64:
        raise ValueError(f"period = {period!r} and precision = {precision}: expected a period of 1 or more and at least 64 bits")
    with flint.ctx.workprec(precision):
        found = _polynomial_cycles(symbolic_map, period) if within is None else _cycles_within(symbolic_map, period, within)
    return tuple(sorted(found, key=lambda cycle: min(tuple(c.mid().fmpq() for c in point) for point in cycle.points)))


def _polynomial_cycles(symbolic_map: SymbolicMap, period: int) -> list[CertifiedCycle]:
    instead = "give a box to search by within=(low, high), or use find_cycles"
    update = rational_polynomials(symbolic_map, "isolating every cycle", instead)
    if symbolic_map.dimension > 2:
        raise NotCertified(f"isolating every cycle takes at most 2 variables, found {symbolic_map.dimension}: {instead}")
    if symbolic_map.dimension == 1:
        covers = [[root] for root in line_zeros(update[0], symbolic_map.variables[0], period)]
    else:
        covers = plane_zeros(update, symbolic_map.variables, period)
    return _collected(symbolic_map, period, [Cover(cover, None) for cover in covers])


def _cycles_within(symbolic_map: SymbolicMap, period: int, within: Any) -> list[CertifiedCycle]:
    low, high = _corners(symbolic_map, within)
    whole = [ball(evaluate((a + b) / 2, {}), evaluate((b - a) / 2, {}).upper()) for a, b in zip(low, high, strict=True)]
    found = _collected(symbolic_map, period, isolate(Return(symbolic_map, period), whole))
    return [cycle for cycle in found if _inside(symbolic_map, cycle, low, high)]


def _corners(symbolic_map: SymbolicMap, within: Any) -> tuple[tuple[sp.Expr, ...], tuple[sp.Expr, ...]]:
    if not isinstance(within, Sequence) or len(within) != 2:
        raise ValueError(f"within = {within!r}: expected (low, high), the corners of a box")
    low, high = (symbolic_map.exact_point(corner) for corner in within)
    if not all((a < b) is sp.true for a, b in zip(low, high, strict=True)):
        raise ValueError(f"within = {within!r}: expected the lower corner below the upper in every coordinate")
    return low, high


def _collected(symbolic_map: SymbolicMap, period: int, covers: Sequence[Cover]) -> list[CertifiedCycle]:
    """Return the cycles of the minimal period whose points the covers hold."""
    cycles: list[CertifiedCycle] = []
    for cover in covers:
        if not any(cover.holds(point) for cycle in cycles for point in cycle.points):
            cycle = _through(symbolic_map, period, cover)
            if cycle.period == period:
                cycles.append(cycle)
    return cycles


def _through(symbolic_map: SymbolicMap, period: int, cover: Cover) -> CertifiedCycle:
    """Return the cycle through the zero of a cover, whose minimal period divides ``period``."""
    once = Return(symbolic_map, 1)
    orbit = [[c.mid() for c in cover.ball]]
    for _ in range(period - 1):
        orbit.append([c.mid() for c in once.orbit(orbit[-1])[-1]])
    return certify_minimal(symbolic_map, [[_rational(c) for c in point] for point in orbit], cover.holds, flint.ctx.prec)


def certify_minimal(
    symbolic_map: SymbolicMap, orbit: Sequence[Sequence[Any]], holds: Callable[[Any], bool], precision: int
) -> CertifiedCycle:
    """Certify the shortest cycle that p points in order may be, and whose first ball is accepted."""
    failure = NotCertified("two cycles cannot be told apart: raise the precision")
    for divisor in sp.divisors(len(orbit)):
        guess = [point[0] if symbolic_map.scalar else tuple(point) for point in orbit[:divisor]]
        try:
            cycle = certify_cycle(symbolic_map, guess, precision=precision)
        except NotCertified as error:
            failure = error
            continue
        if holds(cycle.points[0]):
            return cycle
    raise failure


def _rational(middle: Any) -> sp.Rational:
    value = middle.fmpq()
    return sp.Rational(int(value.p), int(value.q))


def _inside(symbolic_map: SymbolicMap, cycle: CertifiedCycle, low: Sequence[sp.Expr], high: Sequence[sp.Expr]) -> bool:
    """Tell whether a cycle lies in the box, border included; an end of an interval is tried as a point of the cycle."""
    inside = True
    for point in cycle.points:
        for coordinate, a, b in zip(point, low, high, strict=True):
            for end, side in ((a, 1), (b, -1)):
                gap = side * (coordinate - evaluate(end, {}))
                if gap < 0:
                    inside = False
                elif gap.contains(0) and not (symbolic_map.scalar and _returns(symbolic_map, end, cycle.period)):
                    raise NotCertified(f"a cycle of period {cycle.period} touches the border at {end}: move it")
    return inside


def _returns(symbolic_map: SymbolicMap, point: sp.Expr, period: int) -> bool:
    return bool(symbolic_map.orbit(point, period)[-1] == point)
