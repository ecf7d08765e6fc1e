"""What grids and fractions of basins share: starts in the form that a map takes, followed and sorted into classes."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from dynamics._basin_classes import BasinClass, Floats, assign
from dynamics._families import formula
from dynamics.networks import NetworkMap
from dynamics.orbits import classify
from dynamics.symbolic_map import SymbolicMap


def dimension(gradient_map: Any) -> int:
    """Return the number of coordinates of a point; raises ``TypeError`` for what is no map."""
    if not hasattr(gradient_map, "dimension"):
        raise TypeError(
            f"the map is a {type(gradient_map).__name__}: expected a SymbolicMap, e.g. a GradientMap, or a map of dynamics.networks"
        )
    return int(gradient_map.dimension)


def follow(
    gradient_map: Any, starts: Floats, max_steps: int, max_period: int, tolerance: float
) -> tuple[tuple[BasinClass, ...], NDArray[np.int64], str]:
    """Classify every row of ``starts``; return the classes, a label a row and the device."""
    given, device = _starts_for(gradient_map, starts)
    outcomes = classify(gradient_map, given, max_steps=max_steps, max_period=max_period, tolerance=tolerance)
    classes, labels = assign(list(outcomes))
    return classes, labels, device


def _starts_for(gradient_map: Any, starts: Floats) -> tuple[Any, str]:
    if isinstance(gradient_map, NetworkMap):
        if gradient_map.dtype != torch.float64:
            raise TypeError(f"the map is {gradient_map.dtype}: basins are judged in float64, so make its data float64")
        if gradient_map.step_size.ndim:
            raise ValueError(
                f"the map holds {gradient_map.step_size.numel()} step sizes: a basin belongs to one, so select a single number"
            )
        return torch.as_tensor(starts, device=gradient_map.device), str(gradient_map.device)
    given = starts[:, 0] if getattr(gradient_map, "scalar", False) else starts
    if isinstance(gradient_map, SymbolicMap) and any(exact is None for exact in gradient_map.exact.values()):
        raise ValueError("the map is a family with an array of parameter values: a basin belongs to one, so give a single number")
    return given, "cpu"


def map_name(gradient_map: Any) -> str:
    """Return the formula and its values where the map has them, otherwise its type."""
    if not isinstance(gradient_map, SymbolicMap):
        return type(gradient_map).__name__
    return ", ".join([formula(gradient_map), *(f"{symbol} = {exact}" for symbol, exact in gradient_map.exact.items())])
