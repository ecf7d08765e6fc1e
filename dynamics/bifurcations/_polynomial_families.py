"""Families of one-variable polynomial maps over one parameter, as exact searches take them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy as sp

from dynamics.cycles._balls import NotCertified
from dynamics.maps._expressions import exact_number
from dynamics.maps.gradient_map import GradientMap
from dynamics.maps.symbolic_map import SymbolicMap


def polynomial_family(family: Any) -> tuple[sp.Expr, sp.Symbol, sp.Symbol]:
    """Return the expanded update, its variable and the parameter that varies."""
    if not isinstance(family, SymbolicMap):
        raise TypeError(f"the family is a {type(family).__name__}: expected a SymbolicMap, e.g. a GradientMap")
    varying = [s for s, exact in family.exact.items() if exact is None] or list(family.exact)
    if not family.scalar or len(varying) != 1:
        raise ValueError(
            f"the map has {family.dimension} variables, and parameters {', '.join(map(str, varying)) or 'none'} that could vary: "
            "expected a scalar map, and one parameter or one array of values"
        )
    (x,), (d,) = family.variables, varying
    update = sp.expand(family.update[0].xreplace({s: exact for s, exact in family.exact.items() if s != d}))
    if not update.is_polynomial(x, d) or not all(c.is_Rational for c in sp.Poly(update, x, d).coeffs()):
        raise NotCertified(f"{update} is no polynomial in {x} and {d} with rational coefficients: exact values need one")
    return update, x, d


def parameter_interval(within: Any, family: SymbolicMap) -> tuple[sp.Expr, sp.Expr]:
    """Return the exact ends of an interval of parameter values: all, and all positive ones of a step size, by default."""
    if within is None:
        return sp.Integer(0) if isinstance(family, GradientMap) else -sp.oo, sp.oo
    if not isinstance(within, Sequence) or len(within) != 2:
        raise ValueError(f"within = {within!r}: expected (low, high), two rational numbers")
    low, high = (exact_number(end, "an end of the interval") for end in within)
    if not (low.is_Rational and high.is_Rational and low < high):
        raise ValueError(f"within = {within!r}: expected two rational numbers, the lower first")
    return low, high
