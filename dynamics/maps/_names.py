"""A map as text: its formula, and the values of its parameters."""

from __future__ import annotations

from typing import Any

from dynamics.maps.symbolic_map import SymbolicMap


def formula(family: SymbolicMap) -> str:
    """Return the map as text."""
    return ", ".join(f"{v} -> {u}" for v, u in zip(family.variables, family.update, strict=True))


def map_name(gradient_map: Any) -> str:
    """Return the formula and its values where the map has them, otherwise its type."""
    if not isinstance(gradient_map, SymbolicMap):
        return type(gradient_map).__name__
    return ", ".join([formula(gradient_map), *(f"{symbol} = {exact}" for symbol, exact in gradient_map.exact.items())])
