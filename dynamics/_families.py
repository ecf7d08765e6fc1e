"""What diagrams and exponents share: starts crossed with parameter values as lanes, the target device, results as JSON."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from dynamics._results import environment
from dynamics.cuda_kernels import CudaKernels
from dynamics.kernels import CpuKernels
from dynamics.symbolic_map import SymbolicMap

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lanes:
    """Every parameter value with every start: ``x`` (n, lanes) and ``p`` (parameters, lanes), value by value."""

    parameter: str
    values: Floats
    starts: Floats
    x: Floats
    p: Floats

    @property
    def shape(self) -> tuple[int, int]:
        """(number of values, number of starts)."""
        return len(self.values), len(self.starts)


def cross(family: SymbolicMap, starts: Any, box: Any, seed: int | None) -> Lanes:
    """Cross the values of a family with starts that are given, or drawn uniformly from a box.

    Raises:
        TypeError: For a family that is no `SymbolicMap`, or starts of another dtype.
        ValueError: For more than one array of values, one that is not 1-dimensional, or bad starts, box or seed.
    """
    if not isinstance(family, SymbolicMap):
        raise TypeError(f"the family is a {type(family).__name__}: expected a SymbolicMap, e.g. a GradientMap with an array of step sizes")
    arrays = [symbol for symbol, v in family.values.items() if v.ndim]
    if len(arrays) > 1 or any(family.values[symbol].ndim > 1 for symbol in arrays):
        shapes = {str(symbol): family.values[symbol].shape for symbol in arrays}
        raise ValueError(f"the arrays of parameter values have shapes {shapes}: expected one array of one dimension, others numbers")
    symbol = arrays[0] if arrays else next(iter(family.values), None)
    values = np.zeros(1) if symbol is None else np.atleast_1d(family.values[symbol])
    points = (
        _drawn(family, starts, box, seed) if isinstance(starts, int) and not isinstance(starts, bool) else _given(family, starts, box, seed)
    )
    rows = [np.broadcast_to(v, values.shape) for v in family.values.values()]
    p = np.repeat(np.array(rows).reshape(len(rows), len(values)), len(points), axis=1)
    return Lanes("" if symbol is None else symbol.name, values, points, np.tile(points.T, len(values)), p)


def _drawn(family: SymbolicMap, number: int, box: Any, seed: int | None) -> Floats:
    if number < 1 or box is None or seed is None:
        raise ValueError(f"starts = {number}, box = {box}, seed = {seed}: expected a positive number, a box to draw from and a seed")
    corners = np.array(box, dtype=np.float64).reshape(2, -1) if np.size(box) == 2 * family.dimension else np.full((2, 1), np.nan)
    if not (np.all(np.isfinite(corners)) and np.all(corners[0] < corners[1])):
        raise ValueError(f"the box is {box}: expected (low, high), with {family.dimension} finite coordinates each, low below high")
    return np.random.default_rng(seed).uniform(corners[0], corners[1], (number, family.dimension))


def _given(family: SymbolicMap, starts: Any, box: Any, seed: int | None) -> Floats:
    if box is not None or seed is not None:
        raise ValueError(f"box = {box}, seed = {seed} with given starts: expected neither, or the number of starts to draw")
    alone = family.with_values({symbol: float(v.flat[0]) for symbol, v in family.values.items()})
    points = alone.checked_float(starts)
    if points.ndim > (1 if family.scalar else 2):
        raise ValueError(f"starts have shape {points.shape}: expected {'(starts,)' if family.scalar else f'(starts, {family.dimension})'}")
    return points.reshape(-1, family.dimension)


def kernels_on(family: SymbolicMap, device: str | torch.device) -> CpuKernels | CudaKernels:
    """Return the compiled map on a device: ``"cpu"`` or a CUDA device."""
    kind = torch.device(device).type
    if kind not in ("cpu", "cuda"):
        raise ValueError(f"the device is {device}: expected 'cpu' or a CUDA device")
    return CpuKernels(family) if kind == "cpu" else CudaKernels(family, device)


def formula(family: SymbolicMap) -> str:
    """Return the map as text."""
    return ", ".join(f"{v} -> {u}" for v, u in zip(family.variables, family.update, strict=True))


def as_json(result: Any) -> str:
    """Return a result as JSON: its fields, the kind of result, the versions it was made with; NaN and infinities as ``null``."""
    fields = {f.name: _plain(getattr(result, f.name)) for f in dataclasses.fields(result)}
    made = environment(("numpy", "numba", "sympy")) | {"device": result.device}
    return json.dumps({"kind": type(result).__name__, **fields, "environment": made}, allow_nan=False)


def _plain(value: Any) -> Any:
    if not isinstance(value, np.ndarray):
        return value
    plain = value.astype(object)
    if value.dtype == np.float64:
        plain[~np.isfinite(value)] = None
    return plain.tolist()
