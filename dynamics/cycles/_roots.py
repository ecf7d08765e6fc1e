r"""Every zero of :math:`F^p(x) - x` for polynomials with rational coefficients: isolated roots in one variable, resultants in two."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import flint
import sympy as sp

from dynamics.cycles import _elimination as algebra
from dynamics.cycles._balls import NotCertified


def line_zeros(update: sp.Expr, x: sp.Symbol, period: int) -> list[Any]:
    """Return balls around the real zeros whose minimal period is ``period``; they are simple."""
    step = flint.fmpq_poly([flint.fmpq(int(c.p), int(c.q)) for c in reversed(sp.Poly(update, x).all_coeffs())])
    identity = flint.fmpq_poly([0, 1])
    iterates = [identity]
    for _ in range(period):
        iterates.append(step(iterates[-1]))
    remaining = iterates[period] - identity
    if remaining.degree() < 0:
        raise NotCertified(f"every point has a period that divides {period}: there is no cycle to isolate")
    for divisor in sp.divisors(period)[:-1]:
        common = remaining.gcd(iterates[divisor] - identity)
        while common.degree() > 0:
            remaining //= common
            common = remaining.gcd(common)
    isolated: Any = remaining.complex_roots()
    return [root.real for root, _ in isolated if root.imag.is_zero()]


def plane_zeros(update: Sequence[sp.Expr], variables: Sequence[sp.Symbol], period: int) -> list[list[Any]]:
    """Return boxes that cover all real zeros: pairs of roots of the two resultants at which both equations may hold."""
    step = [algebra.polynomial(u, *variables) for u in update]
    point = [algebra.RING.gen(0), algebra.RING.gen(1)]
    for _ in range(period):
        point = [u.compose(*point) for u in step]
    first, second = (p - algebra.RING.gen(i) for i, p in enumerate(point))
    sides = []
    for away in ("d", "x"):
        try:
            resultant = algebra.eliminate(first, second, away)
        except NotCertified:
            raise NotCertified(f"the points of period {period} fill a curve: there is no cycle to isolate") from None
        sides.append([root for root in algebra.isolate(algebra.irreducible([resultant])) if root.real])
    return [[x.ball.real, y.ball.real] for x, y in product(*sides) if all(algebra.value(e, x, y).contains(0) for e in (first, second))]
