"""What grids and fractions of basins share: starts followed block by block, as a sweep if asked, and sorted into classes."""

from __future__ import annotations

import hashlib
import io
import math
import sys
from functools import partial
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
import torch
from numpy.typing import NDArray

from dynamics.basins._classes import BasinClass, Floats, assign, shape_of
from dynamics.maps._names import map_name
from dynamics.maps.symbolic_map import SymbolicMap
from dynamics.networks.network_maps import NetworkMap
from dynamics.orbits.classify import check_budget, classify
from dynamics.orbits.outcomes import Outcome, OutcomeKind
from dynamics.sweeps import sweep_named
from theory.terminal import Screen

BLOCK = 1000  # starts that are followed at once: some seconds where they do not settle, which hides what a file costs


def dimension(gradient_map: Any) -> int:
    """Return the number of coordinates of a point; raises ``TypeError`` for what is no map."""
    if not hasattr(gradient_map, "dimension"):
        raise TypeError(
            f"the map is a {type(gradient_map).__name__}: expected a SymbolicMap, e.g. a GradientMap, or a map of dynamics.networks"
        )
    return int(gradient_map.dimension)


def follow(
    gradient_map: Any,
    starts: Floats,
    *,
    max_steps: int,
    max_period: int,
    tolerance: float,
    folder: str | Path | None,
    jobs: int | None,
) -> tuple[tuple[BasinClass, ...], NDArray[np.int64], str]:
    """Classify every row of ``starts``, block by block; return the classes, a label a row and the device."""
    check_budget(max_steps, max_period, tolerance)
    device = _checked_device(gradient_map)
    blocks = [starts[first : first + BLOCK] for first in range(0, len(starts), BLOCK)]
    budget = {"max_steps": max_steps, "max_period": max_period, "tolerance": tolerance}
    if folder is not None:
        cells = [{"starts": block.tolist(), **budget} for block in blocks]
        found = sweep_named(f"basins of {_identity(gradient_map)}", partial(_ends, gradient_map), cells, folder, jobs=jobs)
        outcomes = [_outcome(*end) for ends in found.results for end in ends]
    elif jobs != 1:
        raise ValueError(f"jobs = {jobs} without a folder: expected one, since processes hand over what they found as files")
    else:
        outcomes = []
        with Screen(sys.stderr).bar(len(blocks)) as done:
            for block in blocks:
                outcomes += _classified(gradient_map, block, **budget)
                done(f"{len(outcomes)} starts")
    classes, labels = assign(outcomes)
    return classes, labels, device


def _classified(gradient_map: Any, starts: Floats, **budget: Any) -> list[Outcome]:
    if isinstance(gradient_map, NetworkMap):
        return list(classify(gradient_map, torch.as_tensor(starts, device=gradient_map.device), **budget))
    return list(classify(gradient_map, starts[:, 0] if getattr(gradient_map, "scalar", False) else starts, **budget))


def _ends(gradient_map: Any, starts: list[list[float]], **budget: Any) -> list[list[Any]]:
    return [_described(end) for end in _classified(gradient_map, np.array(starts), **budget)]


def _described(end: Outcome) -> list[Any]:
    """What `assign` needs of an outcome, in JSON."""
    return [str(end.kind), end.period, end.multiplier if math.isfinite(end.multiplier) else None, shape_of(end).tolist()]


def _outcome(kind: str, period: int | None, multiplier: float | None, points: list[list[float]]) -> Outcome:
    shape = np.array(points).reshape(len(points), -1 if points else 0)
    return Outcome(OutcomeKind(kind), "kept", period=period, multiplier=math.nan if multiplier is None else multiplier, points=shape)


def _identity(gradient_map: Any) -> str:
    """A name that two maps share only if they are the same: a formula, or a hash of everything that a worker would be sent."""
    kind = type(gradient_map).__name__
    if isinstance(gradient_map, SymbolicMap):  # it caches compiled functions, which would change the hash
        return f"{kind} {map_name(gradient_map)}"
    stream = io.BytesIO()
    _Pickler(stream).dump(gradient_map)
    return f"{kind} {hashlib.sha256(stream.getvalue()).hexdigest()[:32]}"


class _Pickler(cloudpickle.Pickler):
    """Tensors by their numbers: torch pickles addresses in memory with them, which no other process repeats."""

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            numbers = value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes()
            return torch.tensor, (numbers, value.dtype, tuple(value.shape), value.device)
        return super().reducer_override(value)


def _checked_device(gradient_map: Any) -> str:
    """Return where the map runs; raises for a family and for a network that is not in float64."""
    if isinstance(gradient_map, NetworkMap):
        if gradient_map.dtype != torch.float64:
            raise TypeError(f"the map is {gradient_map.dtype}: basins are judged in float64, so make its data float64")
        if gradient_map.step_size.ndim:
            raise ValueError(
                f"the map holds {gradient_map.step_size.numel()} step sizes: a basin belongs to one, so select a single number"
            )
        return str(gradient_map.device)
    if isinstance(gradient_map, SymbolicMap) and any(exact is None for exact in gradient_map.exact.values()):
        raise ValueError("the map is a family with an array of parameter values: a basin belongs to one, so give a single number")
    return "cpu"
