"""The formula of a map at exact parameter values: as SymPy writes it, and as rational polynomials."""

from __future__ import annotations

from functools import reduce
from operator import add, mul
from typing import Any

import sympy as sp
from sympy.polys.rings import PolyRing

from dynamics.cycles._balls import NotCertified
from dynamics.maps.symbolic_map import SymbolicMap


def exact_update(symbolic_map: Any) -> tuple[sp.Expr, ...]:
    """Return the update in the variables alone; raises ``TypeError`` for a map without a formula or with an array of values."""
    if not isinstance(symbolic_map, SymbolicMap):
        raise TypeError(f"the map is a {type(symbolic_map).__name__}: a proof needs a formula, so give a SymbolicMap, e.g. a GradientMap")
    at = symbolic_map.substitution(symbolic_map.variables)
    return tuple(u.xreplace(at) for u in symbolic_map.update)


def exact_derivative(symbolic_map: SymbolicMap) -> sp.Matrix:
    """Return the Jacobian in the variables alone."""
    return symbolic_map.derivative.xreplace(symbolic_map.substitution(symbolic_map.variables))


def rational_polynomials(symbolic_map: Any, purpose: str, remedy: str) -> tuple[sp.Expr, ...]:
    """Return the expanded update; raises ``NotCertified`` unless it is polynomial with rational coefficients."""
    update = exact_update(symbolic_map)
    ring = PolyRing(symbolic_map.variables, sp.QQ)  # expands nested formulas 20 times as fast as ``expand``
    at = dict(zip(symbolic_map.variables, ring.gens, strict=True))
    expanded = []
    for u in update:
        if (polynomial := _in_ring(u, ring, at)) is None:
            raise NotCertified(f"{purpose} needs a polynomial with rational coefficients, found {u}: {remedy}")
        expanded.append(polynomial.as_expr())
    return tuple(expanded)


def _in_ring(e: sp.Expr, ring: Any, at: dict[sp.Symbol, Any]) -> Any:
    """Return an expression as an element of a ring of polynomials, ``None`` if it is not written as one."""
    if isinstance(e, sp.Rational):
        return ring(sp.QQ(int(e.p), int(e.q)))
    if e in at:
        return at[e]
    if isinstance(e, sp.Pow) and isinstance(e.exp, sp.Integer) and e.exp > 0:
        base = _in_ring(e.base, ring, at)
        return None if base is None else base ** int(e.exp)
    if isinstance(e, sp.Add | sp.Mul):
        parts = [_in_ring(a, ring, at) for a in e.args]
        return None if any(p is None for p in parts) else reduce(add if isinstance(e, sp.Add) else mul, parts)
    return None
