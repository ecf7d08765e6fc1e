r"""Certified basins: a box that the p-step map takes into itself and contracts.

Every orbit in such a box converges (Banach's theorem).

The polynomial :math:`F^p(c + t) = \sum_\alpha a_\alpha t^\alpha` is expanded exactly around the centre c of the box
(Taylor-centred form). On :math:`|t_j| \le r_j` its distance from c is at most :math:`|a_0 - c| + \sum_{\alpha \ne 0}
|a_\alpha| r^\alpha`. The derivatives are bounded alike. All of it is rational arithmetic: nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import sympy as sp

from dynamics.cycles._balls import NotCertified, evaluate
from dynamics.cycles._formulas import rational_polynomials
from dynamics.cycles.certified import CertifiedCycle, certify_cycle
from dynamics.maps._expressions import exact_number
from dynamics.maps.symbolic_map import SymbolicMap


@dataclass(frozen=True, slots=True)
class CertifiedBasin:
    """A box all of whose points converge, p-step by p-step, to one point of a cycle.

    Attributes:
        lower, upper: The exact corners, n rationals each.
        period: p: the p-step map takes the box into itself.
        image_lower, image_upper: Exact corners of a box inside it that holds the image.
        contraction: Exact Lipschitz bound q < 1 of the p-step map, in the maximum norm that measures coordinate i in
            half-widths of the box.
        attractor: The certified cycle (an equilibrium for p = 1) whose first point lies in the box.
    """

    lower: tuple[sp.Rational, ...]
    upper: tuple[sp.Rational, ...]
    period: int
    image_lower: tuple[sp.Rational, ...]
    image_upper: tuple[sp.Rational, ...]
    contraction: sp.Rational
    attractor: CertifiedCycle


def certify_basin(symbolic_map: SymbolicMap, lower: Any, upper: Any, *, period: int = 1, pieces: int = 1) -> CertifiedBasin:
    """Prove that every orbit from a box converges to the equilibrium (or cycle) inside.

    Args:
        symbolic_map: A polynomial map with rational coefficients, e.g. a `GradientMap` of such a loss with a rational step size.
        lower: Corner of least coordinates: exact numbers, n of them in a sequence unless the map is scalar.
        upper: The opposite corner.
        period: The box is to return into itself after this many steps.
        pieces: Each side is cut into this many equal pieces, for sharper bounds.

    Returns:
        The certificate.

    Raises:
        NotCertified: If the image leaves the box, nothing proves a contraction, or the attractor cannot be certified.
        ValueError, TypeError: For corners out of order or of the wrong shape, ``period`` or ``pieces`` below 1, a map without
            a formula or with an array of parameter values.

    Example:
        >>> from dynamics import GradientMap
        >>> x = sp.Symbol("x")
        >>> f2 = (x**2 + 1) * (x - 1)**2 * (x - 2)**2
        >>> basin = certify_basin(GradientMap(f2, x, sp.Rational(3, 10)), sp.Rational(9, 10), sp.Rational(11, 10))
        >>> basin.attractor.points[0][0].contains(1)
        True
    """
    if period < 1 or pieces < 1:
        raise ValueError(f"period = {period} and pieces = {pieces}: expected both at least 1")
    iterate = _iterate(symbolic_map, period)
    low, high = _corners(symbolic_map, lower, upper)
    n = symbolic_map.dimension
    halves = [(b - a) / 2 for a, b in zip(low, high, strict=True)]
    image_low, image_high, contraction = [sp.oo] * n, [-sp.oo] * n, sp.Integer(0)
    for centre, radii in _boxes(low, high, pieces):
        for i, polynomial in enumerate(iterate):
            value, spread, slopes = _taylor_bounds(polynomial, symbolic_map.variables, centre, radii)
            image_low[i], image_high[i] = min(image_low[i], value - spread), max(image_high[i], value + spread)
            contraction = max(contraction, sum((s * h for s, h in zip(slopes, halves, strict=True)), sp.Integer(0)) / halves[i])
    for i in range(n):
        if image_low[i] < low[i] or image_high[i] > high[i]:
            found = f"[{float(image_low[i]):.6g}, {float(image_high[i]):.6g}]"
            raise NotCertified(
                f"coordinate {i} of the image may fill {found}, outside [{low[i]}, {high[i]}]: try more pieces or another box"
            )
    if contraction >= 1:
        raise NotCertified(
            f"the {period}-step map may stretch the box by {float(contraction):.6g}, expected below 1: try more pieces or a smaller box"
        )
    attractor = _attractor(symbolic_map, low, high, period)
    for ball, a, b in zip(attractor.points[0], low, high, strict=True):
        if not (ball >= evaluate(a, {}) and ball <= evaluate(b, {})):
            raise NotCertified(f"the attractor {ball} is not certified to lie between {a} and {b}: move the corners")
    return CertifiedBasin(low, high, period, tuple(image_low), tuple(image_high), contraction, attractor)


def _corners(symbolic_map: SymbolicMap, lower: Any, upper: Any) -> tuple[tuple[sp.Rational, ...], tuple[sp.Rational, ...]]:
    def corner(value: Any) -> tuple[sp.Rational, ...]:
        entries = [value] if symbolic_map.scalar else list(value) if isinstance(value, Sequence) else [value]
        return tuple(exact_number(entry, "a corner") for entry in entries)

    low, high = corner(lower), corner(upper)
    if len(low) != symbolic_map.dimension or len(high) != symbolic_map.dimension:
        raise ValueError(f"corners {lower} and {upper}: expected {symbolic_map.dimension} coordinates each")
    if not all(a.is_Rational and b.is_Rational and a < b for a, b in zip(low, high, strict=True)):
        raise ValueError(f"corners {lower} and {upper}: expected rational numbers, the lower below the upper in every coordinate")
    return low, high


def _iterate(symbolic_map: SymbolicMap, period: int) -> tuple[sp.Expr, ...]:
    update = rational_polynomials(symbolic_map, "a certified basin", "use basin_grid or basin_fractions")
    variables = symbolic_map.variables
    iterate = update
    for _ in range(period - 1):
        at = dict(zip(variables, iterate, strict=True))
        iterate = tuple(sp.expand(u.xreplace(at)) for u in update)
    return iterate


def _boxes(low: Sequence[Any], high: Sequence[Any], pieces: int) -> Any:
    radii = [(b - a) / (2 * pieces) for a, b in zip(low, high, strict=True)]
    for index in product(range(pieces), repeat=len(low)):
        yield [a + r * (2 * k + 1) for a, r, k in zip(low, radii, index, strict=True)], radii


def _taylor_bounds(
    polynomial: sp.Expr, variables: Sequence[sp.Symbol], centre: Sequence[Any], radii: Sequence[Any]
) -> tuple[Any, Any, list[Any]]:
    """Return the value at the centre, and bounds on the box of the deviation from it and of the derivatives."""
    at = {v: v + c for v, c in zip(variables, centre, strict=True)}
    shifted = sp.Poly(polynomial.xreplace(at), *variables)

    def size(poly: sp.Poly) -> Any:
        return sum(
            (abs(c) * sp.prod(r**k for r, k in zip(radii, powers, strict=True)) for powers, c in poly.terms()),
            sp.Integer(0),
        )

    value = shifted.coeff_monomial(1)
    return value, size(shifted) - abs(value), [size(shifted.diff(v)) for v in variables]


def _attractor(symbolic_map: SymbolicMap, low: Sequence[Any], high: Sequence[Any], period: int) -> CertifiedCycle:
    """Follow the centre in float64 to the attractor and certify it; by Banach it is the only one in the box."""
    centre = [float((a + b) / 2) for a, b in zip(low, high, strict=True)]
    x = symbolic_map.advance(symbolic_map.checked_float(centre[0] if symbolic_map.scalar else centre), 1000 * period)
    orbit = symbolic_map.orbit(x, period - 1).reshape(period, symbolic_map.dimension)
    for divisor in (d for d in range(1, period + 1) if period % d == 0):
        try:
            return certify_cycle(symbolic_map, orbit[:divisor])
        except NotCertified as error:
            failure = error
    raise failure
