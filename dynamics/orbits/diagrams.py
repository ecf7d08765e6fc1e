r"""Orbit diagrams: where the orbits of a family of maps end up, for every parameter value and from several starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from dynamics._results import as_json
from dynamics.maps.symbolic_map import SymbolicMap, count
from dynamics.networks.network_maps import NetworkMap
from dynamics.orbits._families import Floats, Lanes, cross

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Points of one cycle that come within this of each other, relative to 1 + |x|, are one point: an orbit that closes in by a
# factor of 0.98 a step is there after 700 steps, and orbits drawn closer look the same.
SAME_POINT = 1e-6
ESCAPED = 1e8  # times 1 + |start|: as `classify`


@dataclass(frozen=True, slots=True, eq=False)
class BifurcationDiagram:
    """The late points of the orbits of a family, m parameter values times s starts.

    Attributes:
        map: The formula.
        parameter: The name of the parameter; empty for a map without one.
        values: Its values, shape ``(m,)``.
        starts: Shape ``(s, n)``.
        points: ``keep`` consecutive points after the transient, shape ``(m, s, keep, n)``; NaN where the orbit diverged.
        periods: The least p <= ``keep // 2`` with which the kept points repeat, shape ``(m, s)``; 0 where there is none: a
            longer period, chaos, or too short a transient. A number seen, not proved: `classify` and `certify_cycle` judge.
        diverged: Where the orbit left float64 or came beyond 1e8 (1 + |start|), shape ``(m, s)``.
        attractors: How many different attractors the starts found, shape ``(m,)``: cycles differ in period or in their least
            point, bounded orbits in that their ranges (of the first coordinate) are apart.
        transient, keep: The budget: steps before the kept points, and their number.
        seed: The seed of the starts; ``None`` where they were given.
        device: Where it ran.
    """

    map: str
    parameter: str
    values: Floats
    starts: Floats
    points: Floats
    periods: NDArray[np.int64]
    diverged: NDArray[np.bool_]
    attractors: NDArray[np.int64]
    transient: int
    keep: int
    seed: int | None
    device: str

    def to_json(self) -> str:
        """Return everything as JSON, with versions; NaN as ``null``."""
        return as_json(self)

    def plot(self, ax: Axes | None = None, *, coordinate: int = 0) -> Axes:
        """Draw one coordinate of every kept point over the parameter values.

        Args:
            ax: Axes to draw in; new ones by default (no window opens).
            coordinate: Which coordinate, 0 or more.
        """
        if not 0 <= coordinate < self.starts.shape[1]:
            raise ValueError(f"coordinate = {coordinate}: expected 0 to {self.starts.shape[1] - 1}")
        from matplotlib.figure import Figure  # here, so that importing dynamics does not import matplotlib

        ax = Figure(figsize=(8, 4.5), layout="constrained").subplots() if ax is None else ax
        points = self.points[..., coordinate].reshape(len(self.values), -1)
        ax.plot(np.repeat(self.values, points.shape[1]), points.ravel(), ",", color="black", alpha=0.6, rasterized=True)
        ax.set_xlabel(self.parameter or "the map")
        ax.set_ylabel(
            f"coordinate {coordinate} after {self.transient} steps" if self.starts.shape[1] > 1 else f"x after {self.transient} steps"
        )
        return ax


def bifurcation_diagram(
    family: SymbolicMap | NetworkMap,
    starts: Any,
    *,
    box: Any = None,
    seed: int | None = None,
    transient: int = 1000,
    keep: int = 64,
    device: str | torch.device = "cpu",
) -> BifurcationDiagram:
    r"""Follow every start for every parameter value, and keep the points :math:`x_T, \dots, x_{T+K-1}` of each orbit.

    Args:
        family: A map with one array of parameter values (``GradientMap(loss, x, steps)``, ``SymbolicMap(..., {r: rates})``), or
            a network or `TorchMap` with a tensor of step sizes, which runs step by step and not compiled.
        starts: Finite float64 starts, shape ``(s,)`` for a scalar map, ``(s, n)`` otherwise; or how many to draw. Several:
            one start finds one attractor.
        box: Where to draw them: ``(low, high)``, each a number or n of them.
        seed: The seed with which to draw.
        transient: T, steps before the first kept point.
        keep: K, points kept of each orbit, 1 or more.
        device: ``"cpu"`` (one core) or a CUDA device.

    Raises:
        ValueError, TypeError: For a bad family, starts, box, budget, or a formula without a compiled form.
        RuntimeError: If there is no such device.

    Example:
        >>> import sympy as sp
        >>> x, r = sp.symbols("x r")
        >>> family = SymbolicMap(r * x * (1 - x), x, {r: np.array([2.9, 3.2, 3.5])})
        >>> bifurcation_diagram(family, 4, box=(0.1, 0.9), seed=0).periods[:, 0]
        array([1, 2, 4])
    """
    lanes = cross(family, starts, box, seed, device)
    if count(keep) < 1:
        raise ValueError("keep = 0: expected 1 or more points of each orbit")
    kernels = lanes.kernels
    x = kernels.advance(lanes.x, lanes.p, count(transient))
    points = np.concatenate([x[None], kernels.record(x, lanes.p, keep - 1)])
    escape = ESCAPED * (1 + np.linalg.norm(lanes.x, axis=0))
    with np.errstate(all="ignore"):
        diverged = ~(np.linalg.norm(points, axis=1).max(axis=0) <= escape)
    points[:, :, diverged] = np.nan
    periods = _periods(points)
    return BifurcationDiagram(
        map=lanes.map,
        parameter=lanes.parameter,
        values=lanes.values,
        starts=lanes.starts,
        points=np.ascontiguousarray(points.reshape(keep, family.dimension, *lanes.shape).transpose(2, 3, 0, 1)),
        periods=periods.reshape(lanes.shape),
        diverged=diverged.reshape(lanes.shape),
        attractors=_attractors(points[:, 0], periods, diverged, lanes),
        transient=transient,
        keep=keep,
        seed=seed,
        device=str(device),
    )


def _periods(points: Floats) -> NDArray[np.int64]:
    """Return the least period of each lane of ``(keep, n, lanes)`` points; 0 where none fits twice."""
    periods = np.zeros(points.shape[2], dtype=np.int64)
    tolerance = SAME_POINT * (1 + np.abs(points[-1]).max(axis=0))
    for p in range(1, len(points) // 2 + 1):
        close = (np.abs(points[-1] - points[-1 - p]).max(axis=0) <= tolerance) & (periods == 0)
        candidates = np.flatnonzero(close)
        apart = np.abs(points[p:, :, candidates] - points[:-p, :, candidates]).max(axis=(0, 1))
        periods[candidates[apart <= tolerance[candidates]]] = p
    return periods


def _attractors(points: Floats, periods: NDArray[np.int64], diverged: NDArray[np.bool_], lanes: Lanes) -> NDArray[np.int64]:
    """Count attractors for each parameter value, from points ``(keep, lanes)`` of the first coordinate."""
    low, high = points.min(axis=0), points.max(axis=0)
    found = np.zeros(len(lanes.values), dtype=np.int64)
    for i in range(len(found)):
        here = np.arange(i * len(lanes.starts), (i + 1) * len(lanes.starts))
        here = here[~diverged[here]]
        for period in np.unique(periods[here]):
            group = here[periods[here] == period]
            group = group[np.argsort(low[group])]
            reach = np.maximum.accumulate(high[group] if period == 0 else low[group])
            found[i] += 1 + np.count_nonzero(low[group][1:] > reach[:-1] + SAME_POINT * (1 + np.abs(reach[:-1])))
    return found
