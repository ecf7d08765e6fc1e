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
from typing import Any

import flint
import numpy as np
import sympy as sp

from dynamics._balls import NotCertified, evaluate, matrix
from dynamics._krawczyk import System, krawczyk, newton
from dynamics.maps import GradientMap

__all__ = ["CertifiedCycle", "NotCertified", "all_cycles", "certify_cycle"]


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


def certify_cycle(gradient_map: GradientMap, guess: Any, *, radius: float = 1e-3, precision: int = 128) -> CertifiedCycle:
    """Prove that the map has a cycle near a guess: existence, uniqueness, minimal period, multipliers.

    Args:
        gradient_map: A map with one exact step size; polynomials, roots, ``Abs``, ``exp``, ``log``, ``sin``, ``cos``,
            ``tanh`` in the loss.
        guess: The p points in order: shape ``(p,)`` for a scalar map, ``(p, n)`` otherwise; floats or exact numbers;
            or the ``points`` of an `Outcome`, ``(p, n)``.
        radius: How far, relative to 1 + |guess|, a point may lie from its guess.
        precision: Bits of the ball arithmetic.

    Returns:
        The certificate.

    Raises:
        NotCertified: If Newton leaves the guess, Krawczyk's test fails at every radius, two points cannot be told
            apart, or multipliers cannot be enclosed.
        ValueError, TypeError: For a guess of the wrong shape, or a map with an array of step sizes.

    Example:
        >>> x = sp.Symbol("x")
        >>> certify_cycle(GradientMap(sp.Rational(2, 3) * sp.Abs(x)**sp.Rational(3, 2), x, 1), [0.25, -0.25]).stability
        'attracting'
    """
    points = _guess_points(gradient_map, guess)
    if not (radius > 0 and precision >= 53):
        raise ValueError(f"radius = {radius} and precision = {precision}: expected a positive radius and at least 53 bits")
    with flint.ctx.workprec(precision):
        system = System(gradient_map, len(points))
        start = [evaluate(c, {}) for point in points for c in point]
        limits = [radius * (1 + abs(float(c.mid()))) for c in start]
        centre = newton(system, start, limits)
        boxes, unique = krawczyk(system, centre, min(limits))
        balls = tuple(tuple(boxes[i * system.n : (i + 1) * system.n]) for i in range(system.p))
        _require_disjoint(balls)
        multipliers = _multipliers(system, balls)
        return CertifiedCycle(balls, system.p, multipliers, unique, _stability(multipliers))


def all_cycles(gradient_map: GradientMap, period: int, *, precision: int = 256) -> tuple[CertifiedCycle, ...]:
    r"""Return every real cycle of a minimal period p, from the isolated roots of :math:`F^p(x) - x`, each certified.

    Args:
        gradient_map: A scalar map with a polynomial loss of rational coefficients and a rational step size.
        period: The minimal period p; the polynomial has degree ``(deg f - 1)^p``.
        precision: Bits of the certificates.

    Raises:
        NotCertified: For other maps, and where a cycle is neutral (a multiple root).

    Example:
        >>> x = sp.Symbol("x")
        >>> len(all_cycles(GradientMap(x**4 / 4 - x**2 / 2, x, sp.Rational(11, 10)), 2))
        3
    """
    update = _rational_update(gradient_map)
    identity = flint.fmpq_poly([0, 1])
    iterates = [identity]
    for _ in range(period):
        iterates.append(update(iterates[-1]))
    remaining = iterates[period] - identity
    for divisor in range(1, period):
        if period % divisor == 0:
            common = remaining.gcd(iterates[divisor] - identity)
            while common.degree() > 0:
                remaining //= common
                common = remaining.gcd(common)
    with flint.ctx.workprec(precision):
        isolated: Any = remaining.complex_roots()
        roots = [root.real for root, _ in isolated if root.imag.is_zero()]
        cycles, seen = [], [False] * len(roots)
        for first in range(len(roots)):
            orbit, i = [], first
            while not seen[i]:
                seen[i] = True
                orbit.append(i)
                i = _only_overlap(roots, _horner(update, roots[i]))
            if orbit:
                exact = [sp.Rational(*_middle(roots[k])) for k in orbit]
                cycles.append(certify_cycle(gradient_map, exact, precision=precision))
    return tuple(cycles)


def _rational_update(gradient_map: GradientMap) -> Any:
    if not (gradient_map.scalar and gradient_map.loss.is_polynomial(*gradient_map.variables)) or not isinstance(
        gradient_map.step_size, sp.Rational
    ):
        raise NotCertified("isolating every cycle needs a polynomial loss of one variable and a rational step size: use certify_cycle")
    (x,) = gradient_map.variables
    coefficients = sp.Poly(x - gradient_map.step_size * gradient_map.gradient[0], x).all_coeffs()
    if not all(c.is_Rational for c in coefficients):
        raise NotCertified("isolating every cycle needs rational coefficients: use certify_cycle")
    return flint.fmpq_poly([flint.fmpq(int(c.p), int(c.q)) for c in reversed(coefficients)])


def _only_overlap(roots: Sequence[Any], image: Any) -> int:
    found = [i for i, root in enumerate(roots) if root.overlaps(image)]
    if len(found) != 1:
        raise NotCertified(f"the image of a root meets {len(found)} roots: raise the precision")
    return found[0]


def _horner(polynomial: Any, x: Any) -> Any:
    value = flint.arb(0)
    for coefficient in reversed(polynomial.coeffs()):
        value = value * x + coefficient
    return value


def _middle(root: Any) -> tuple[int, int]:
    value = root.mid().fmpq()
    return int(value.p), int(value.q)


def _guess_points(gradient_map: GradientMap, guess: Any) -> list[tuple[sp.Expr, ...]]:
    if isinstance(guess, np.ndarray) and gradient_map.scalar and guess.ndim == 2 and guess.shape[1] == 1:
        guess = guess[:, 0]
    entries = list(guess) if isinstance(guess, Sequence | np.ndarray) else []
    if not entries:
        raise ValueError(f"the guess {guess!r} is no sequence of points: give the p points of the cycle in order")
    flat = [e.tolist() if isinstance(e, np.ndarray | np.generic) else e for e in entries]
    return [gradient_map.exact_point(e) for e in flat]


def _require_disjoint(balls: tuple[tuple[Any, ...], ...]) -> None:
    for i, first in enumerate(balls):
        for j, second in enumerate(balls[:i]):
            if all(a.overlaps(b) for a, b in zip(first, second, strict=True)):
                raise NotCertified(f"points {j} and {i} cannot be told apart: the minimal period may be a proper divisor of {len(balls)}")


def _multipliers(system: System, balls: tuple[tuple[Any, ...], ...]) -> tuple[Any, ...]:
    product = matrix(system.derivative, dict(zip(system.variables, balls[0], strict=True)))
    for point in balls[1:]:
        product = matrix(system.derivative, dict(zip(system.variables, point, strict=True))) * product
    if system.n == 1:
        return (flint.acb(product[0, 0]),)
    try:
        return tuple(flint.acb_mat(product).eig(multiple=True))
    except ValueError:
        raise NotCertified("the multipliers could not be enclosed: raise the precision") from None


def _stability(multipliers: tuple[Any, ...]) -> str:
    inside = [m.abs_upper() < 1 for m in multipliers]
    outside = [m.abs_lower() > 1 for m in multipliers]
    if not all(i or o for i, o in zip(inside, outside, strict=True)):
        return "unknown"
    return "attracting" if all(inside) else "repelling" if all(outside) else "saddle"
