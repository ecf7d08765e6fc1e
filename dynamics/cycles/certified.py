r"""Cycles that are proved: balls around every point, minimal period, enclosed multipliers.

A cycle :math:`x_0 \mapsto x_1 \mapsto \dots \mapsto x_{p-1} \mapsto x_0` is a zero of :math:`G(x)_i = x_{i+1 \bmod p}
- F(x_i)` on :math:`\mathbb R^{pn}`. With C an approximate inverse of DG(c), Krawczyk's operator :math:`K(X) = c - C
G(c) + (I - C\,DG(X))(X - c)` proves, when it maps the box X into its interior, that X holds exactly one zero, and
that K(X) holds it too. Each point has its own box: a ball is never pushed along the orbit. Equilibria are cycles of
period 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import flint
import numpy as np
import sympy as sp

from dynamics.cycles._balls import NotCertified, evaluate
from dynamics.cycles._formulas import exact_update
from dynamics.cycles._krawczyk import System, krawczyk, newton
from dynamics.maps.symbolic_map import SymbolicMap

__all__ = ["CertifiedCycle", "NotCertified", "certify_cycle"]


@dataclass(frozen=True, slots=True)
class CertifiedCycle:
    """A cycle that exists, with its minimal period.

    Attributes:
        points: p tuples of n balls (``arb``), in the order of the orbit: each encloses its point, and balls of
            different points are disjoint.
        period: The minimal period.
        multipliers: n complex balls (``acb``): the eigenvalues of the Jacobian of the p-step map.
        uniqueness_radius: Within this distance of the centres, in each coordinate, there is no other cycle of this
            period.
        stability: ``attracting`` (every multiplier inside the unit circle), ``repelling`` (every one outside),
            ``saddle``, or ``unknown`` where a ball meets the circle.
    """

    points: tuple[tuple[Any, ...], ...]
    period: int
    multipliers: tuple[Any, ...]
    uniqueness_radius: float
    stability: str

    def as_floats(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return the middle points, float64, shape ``(p, n)``."""
        return np.array([[float(c.mid()) for c in point] for point in self.points])


def certify_cycle(symbolic_map: SymbolicMap, guess: Any, *, radius: float = 1e-3, precision: int = 128) -> CertifiedCycle:
    """Prove that the map has a cycle near a guess: existence, uniqueness, minimal period, multipliers.

    Args:
        symbolic_map: A map with one exact value a parameter, e.g. a `GradientMap`, smooth at the cycle: polynomials, roots,
            ``Abs``, ``sign``, ``Min``, ``Max``, ``Piecewise``, ``exp``, ``log`` and the usual functions in its formula.
        guess: The p points in order: shape ``(p,)`` for a scalar map, ``(p, n)`` otherwise; floats or exact numbers;
            or the ``points`` of an `Outcome`, ``(p, n)``.
        radius: How far, relative to 1 + |guess|, a point may lie from its guess.
        precision: Bits of the ball arithmetic.

    Returns:
        The certificate.

    Raises:
        NotCertified: If Newton leaves the guess, Krawczyk's test fails at every radius, two points cannot be told
            apart, or multipliers cannot be enclosed.
        ValueError, TypeError: For a guess of the wrong shape, a map without a formula or with an array of parameter values.

    Example:
        >>> x, y = sp.symbols("x y")
        >>> henon = SymbolicMap((1 - sp.Rational(14, 10) * x**2 + y, sp.Rational(3, 10) * x), (x, y))
        >>> certify_cycle(henon, [(0.6314, 0.1894)]).stability
        'saddle'
    """
    exact_update(symbolic_map)  # raises for a map that has no formula
    points = _guess_points(symbolic_map, guess)
    if not (radius > 0 and precision >= 53):
        raise ValueError(f"radius = {radius} and precision = {precision}: expected a positive radius and at least 53 bits")
    with flint.ctx.workprec(precision):
        system = System(symbolic_map, len(points))
        start = [evaluate(c, {}) for point in points for c in point]
        limits = [radius * (1 + abs(float(c.mid()))) for c in start]
        centre = newton(system, start, limits)
        boxes, unique = krawczyk(system, centre, min(limits))
        balls = tuple(tuple(boxes[i * system.n : (i + 1) * system.n]) for i in range(system.p))
        _require_disjoint(balls)
        multipliers = _multipliers(system, balls)
        return CertifiedCycle(balls, system.p, multipliers, unique, _stability(multipliers))


def _guess_points(symbolic_map: SymbolicMap, guess: Any) -> list[tuple[sp.Expr, ...]]:
    if isinstance(guess, np.ndarray) and symbolic_map.scalar and guess.ndim == 2 and guess.shape[1] == 1:
        guess = guess[:, 0]
    entries = list(guess) if isinstance(guess, Sequence | np.ndarray) else []
    if not entries:
        raise ValueError(f"the guess {guess!r} is no sequence of points: give the p points of the cycle in order")
    flat = [e.tolist() if isinstance(e, np.ndarray | np.generic) else e for e in entries]
    return [symbolic_map.exact_point(e) for e in flat]


def _require_disjoint(balls: tuple[tuple[Any, ...], ...]) -> None:
    for i, first in enumerate(balls):
        for j, second in enumerate(balls[:i]):
            if all(a.overlaps(b) for a, b in zip(first, second, strict=True)):
                raise NotCertified(f"points {j} and {i} cannot be told apart: the minimal period may be a proper divisor of {len(balls)}")


def _multipliers(system: System, balls: tuple[tuple[Any, ...], ...]) -> tuple[Any, ...]:
    product = reduce(lambda done, point: system.slopes(system.at(point, 0)) * done, balls[1:], system.slopes(system.at(balls[0], 0)))
    if system.n == 1:
        return (flint.acb(product[0, 0]),)
    try:
        return tuple(flint.acb_mat(product).eig(multiple=True))
    except ValueError:
        return (_around_mean(product),) * system.n


def _around_mean(product: Any) -> Any:
    r"""Return a ball that holds every eigenvalue of a matrix that cannot be diagonalised.

    Each differs from their mean :math:`\mu` by at most :math:`\|(A - \mu)^n\|_\infty^{1/n}`.
    """
    n = product.nrows()
    mean = sum((product[i, i] for i in range(n)), flint.arb(0)) / n
    shifted = product - flint.arb_mat(n, n, [mean if i == j else 0 for i in range(n) for j in range(n)])
    power = reduce(lambda a, b: a * b, [shifted] * n)
    norm = max((sum((abs(power[i, j]) for j in range(n)), flint.arb(0)).upper() for i in range(n)), key=lambda size: size.mid().fmpq())
    reach = flint.arb(0, norm.root(n).upper())
    return flint.acb(mean + reach, reach)


def _stability(multipliers: tuple[Any, ...]) -> str:
    inside = [m.abs_upper() < 1 for m in multipliers]
    outside = [m.abs_lower() > 1 for m in multipliers]
    if not all(i or o for i, o in zip(inside, outside, strict=True)):
        return "unknown"
    return "attracting" if all(inside) else "repelling" if all(outside) else "saddle"
