"""What diagrams and exponents share: starts crossed with parameter values as lanes, and the target device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from dynamics.maps._names import formula
from dynamics.maps._row_kernels import RowKernels
from dynamics.maps._rows import FlatMap, box_corners
from dynamics.maps.cuda_kernels import CudaKernels
from dynamics.maps.kernels import CpuKernels
from dynamics.maps.symbolic_map import SymbolicMap
from dynamics.networks.network_maps import NetworkMap

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lanes:
    """Every parameter value with every start, value by value: ``x`` (n, lanes), and the map compiled for these lanes."""

    parameter: str
    values: Floats
    starts: Floats
    x: Floats
    p: Floats
    kernels: CpuKernels | CudaKernels | RowKernels
    map: str

    @property
    def shape(self) -> tuple[int, int]:
        """(number of values, number of starts)."""
        return len(self.values), len(self.starts)


def cross(family: SymbolicMap | NetworkMap, starts: Any, box: Any, seed: int | None, device: str | torch.device) -> Lanes:
    """Cross the values of a family with starts that are given, or drawn uniformly from a box.

    Raises:
        TypeError: For a family that is no map, or starts of another dtype.
        ValueError: For more than one array of values, one that is not 1-dimensional, or bad starts, box, seed or device.
    """
    if torch.device(device).type not in ("cpu", "cuda"):
        raise ValueError(f"the device is {device}: expected 'cpu' or a CUDA device")
    if not isinstance(family, SymbolicMap | NetworkMap):
        raise TypeError(f"the family is a {type(family).__name__}: expected a SymbolicMap, e.g. a GradientMap with an array of step sizes")
    points = _points(family, starts, box, seed)
    if isinstance(family, NetworkMap):
        return _cross_network(family, points, device)
    name, values, rows = _parameter(family)
    p = np.repeat(rows, len(points), axis=1)
    return Lanes(name, values, points, np.tile(points.T, len(values)), p, _kernels(family, p, device), formula(family))


def _kernels(family: SymbolicMap, p: Floats, device: str | torch.device) -> CpuKernels | CudaKernels | RowKernels:
    if torch.device(device).type == "cuda":
        return CudaKernels(family, device)
    if getattr(family, "singular", ()):  # 0 / 0 in the formula: only the map itself takes the limit there
        return RowKernels(FlatMap(family.with_values(dict(zip(family.values, p, strict=True))), family.scalar, None))
    return CpuKernels(family)


def _points(family: SymbolicMap | NetworkMap, starts: Any, box: Any, seed: int | None) -> Floats:
    if isinstance(starts, int) and not isinstance(starts, bool):
        return _drawn(family, starts, box, seed)
    if box is not None or seed is not None:
        raise ValueError(f"box = {box}, seed = {seed} with given starts: expected neither, or the number of starts to draw")
    return _given_symbolic(family, starts) if isinstance(family, SymbolicMap) else _given_network(family, starts)


def _parameter(family: SymbolicMap) -> tuple[str, Floats, Floats]:
    """Return the parameter that varies (else the first one), its values, and the values of all, ``(parameters, values)``."""
    arrays = [symbol for symbol, v in family.values.items() if v.ndim]
    if len(arrays) > 1 or any(family.values[symbol].ndim > 1 for symbol in arrays):
        shapes = {str(symbol): family.values[symbol].shape for symbol in arrays}
        raise ValueError(f"the arrays of parameter values have shapes {shapes}: expected one array of one dimension, others numbers")
    symbol = arrays[0] if arrays else next(iter(family.values), None)
    values = np.zeros(1) if symbol is None else np.atleast_1d(family.values[symbol])
    rows = [np.broadcast_to(v, values.shape) for v in family.values.values()]
    return "" if symbol is None else symbol.name, values, np.array(rows).reshape(len(rows), len(values))


def _cross_network(family: NetworkMap, points: Floats, device: str | torch.device) -> Lanes:
    if torch.device(device).type != family.device.type:
        raise ValueError(f"device = {device} for a map on {family.device}: expected the device of its data")
    values = np.atleast_1d(family.step_size.cpu().numpy()).astype(np.float64)
    runs = family.select(np.repeat(np.arange(len(values)), len(points)))
    x = np.tile(points.T, len(values))
    kernels = RowKernels(FlatMap(runs, False, family.device))
    return Lanes("step size", values, points, x, np.empty((0, x.shape[1])), kernels, type(family).__name__)


def _drawn(family: SymbolicMap | NetworkMap, number: int, box: Any, seed: int | None) -> Floats:
    if number < 1 or box is None or seed is None:
        raise ValueError(f"starts = {number}, box = {box}, seed = {seed}: expected a positive number, a box to draw from and a seed")
    low, high = box_corners(box, family.dimension)
    return np.random.default_rng(seed).uniform(low, high, (number, family.dimension))


def _given_symbolic(family: SymbolicMap, starts: Any) -> Floats:
    alone = family.with_values({symbol: float(v.flat[0]) for symbol, v in family.values.items()})
    points = alone.checked_float(starts)
    if points.ndim > (1 if family.scalar else 2):
        raise ValueError(f"starts have shape {points.shape}: expected {'(starts,)' if family.scalar else f'(starts, {family.dimension})'}")
    return points.reshape(-1, family.dimension)


def _given_network(family: NetworkMap, starts: Any) -> Floats:
    if family.dtype != torch.float64:
        raise TypeError(f"the map is {family.dtype}: diagrams and exponents judge in float64, so make its data float64")
    rows = len(starts) if isinstance(starts, torch.Tensor) and starts.ndim else 1
    return family.select(np.zeros(rows, dtype=int)).checked(starts).cpu().numpy().copy()
