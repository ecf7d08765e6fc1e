r"""Basins on a grid of starts: where the orbit of each ends, as a map of the line, the plane or a slice of more dimensions.

Every start gets its `Outcome` from `classify`; equilibria and cycles of one period whose points coincide are one class. What is
seen in float64 is no proof: a box that is proved to be a basin comes from `certify_basin`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dynamics._results import as_json
from dynamics.basins._classes import BasinClass, Floats, colours
from dynamics.basins._starts import dimension, follow
from dynamics.maps._names import map_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["BasinClass", "BasinGrid", "basin_grid"]

LEGEND = 10  # classes that are named in a plot: more hide it


@dataclass(frozen=True, slots=True, eq=False)
class BasinGrid:
    """Where each start of a grid ends.

    Attributes:
        map: The map.
        grid: The coordinates along each of the n axes; a single one for a coordinate that is held.
        classes: What the starts did: those that end somewhere first, by the number of starts; diverged and undecided last.
        labels: Index into ``classes`` for every start, shape ``(len(grid[0]), ..., len(grid[n - 1]))``.
        max_steps, max_period, tolerance: The budget and tolerance of `classify`.
        device: Where it ran.
    """

    map: str
    grid: tuple[Floats, ...]
    classes: tuple[BasinClass, ...]
    labels: NDArray[np.int64]
    max_steps: int
    max_period: int
    tolerance: float
    device: str

    def to_json(self) -> str:
        """Return everything as JSON, with versions."""
        return as_json(self)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Colour the starts by what they do, over the one or two coordinates that vary; new axes by default (no window opens).

        Raises:
            ValueError: If no coordinate varies, or more than two.
        """
        from matplotlib.colors import ListedColormap
        from matplotlib.figure import Figure  # here, so that importing dynamics does not import matplotlib
        from matplotlib.patches import Patch

        varying = [i for i, axis in enumerate(self.grid) if len(axis) > 1]
        if len(varying) not in (1, 2):
            raise ValueError(f"{len(varying)} coordinates vary: a plot shows 1 or 2, so hold the others at a number")
        flat = len(varying) == 1
        ax = Figure(figsize=(8, 2.4 if flat else 5), layout="constrained").subplots() if ax is None else ax
        palette = colours(self.classes)
        rows = self.labels.reshape([len(self.grid[i]) for i in varying] + [1] * flat).T
        across, up = _edges(self.grid[varying[0]]), np.array([0.0, 1.0]) if flat else _edges(self.grid[varying[1]])
        ax.pcolormesh(across, up, rows, cmap=ListedColormap(palette), vmin=-0.5, vmax=len(palette) - 0.5, rasterized=True)
        for found in self.classes:
            if found.period is not None and not found.neutral:
                ax.plot(found.points[:, varying[0]], [0.5] * found.period if flat else found.points[:, varying[1]], "k.")
        ax.set_xlim(across[0], across[-1])
        ax.set_ylim(up[0], up[-1])
        ax.set_xlabel(f"start, coordinate {varying[0]}")
        if flat:
            ax.set_yticks([])
        else:
            ax.set_ylabel(f"start, coordinate {varying[1]}")
        patches = [Patch(facecolor=c, edgecolor="0.3", label=k.name) for c, k in zip(palette, self.classes, strict=True)]
        ax.legend(handles=patches[:LEGEND], loc="upper left", bbox_to_anchor=(1, 1), fontsize="small", frameon=False)
        return ax


def basin_grid(
    gradient_map: Any,
    grid: Sequence[Any],
    *,
    max_steps: int = 20_000,
    max_period: int = 16,
    tolerance: float = 1e-9,
    folder: str | Path | None = None,
    jobs: int | None = 1,
) -> BasinGrid:
    """Follow every start of a grid and tell where it ends.

    Args:
        gradient_map: One map, as for `classify`, not a family. Costs about 2 ms a start that neither converges nor diverges.
        grid: For each coordinate an increasing float64 array, or a number at which it is held.
        max_steps: Steps allowed for each orbit.
        max_period: Longest period looked for.
        tolerance: As for `classify`.
        folder: Where finished blocks of 1000 starts are kept, as by `sweep`: the same call continues an interrupted one. None
            keeps nothing. After a change of a torch loss that is imported, take another folder.
        jobs: How many processes, with a folder; None means one a core.

    Raises:
        CellsFailed: With a folder, if a block raised an error; the others are kept.
        ValueError, TypeError: For a family, a bad grid or a bad budget, or processes without a folder.

    Example:
        >>> import sympy as sp
        >>> from dynamics import GradientMap
        >>> x = sp.Symbol("x")
        >>> found = basin_grid(GradientMap(x**4 / 4 - x**2 / 2, x, sp.Rational(1, 10)), [np.array([-1.5, -0.5, 0.5, 1.5])])
        >>> found.labels[:2].tolist() == [found.labels[0]] * 2 and found.labels[2:].tolist() == [found.labels[3]] * 2
        True
    """
    n = dimension(gradient_map)
    if not hasattr(grid, "__len__") or len(grid) != n:
        raise ValueError(f"the grid is {grid!r}: expected a sequence of {n} axes, one a coordinate, each an array or a number")
    axes = tuple(_axis(axis, i) for i, axis in enumerate(grid))
    starts = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, n)
    classes, labels, device = follow(
        gradient_map, starts, max_steps=max_steps, max_period=max_period, tolerance=tolerance, folder=folder, jobs=jobs
    )
    shape = tuple(len(axis) for axis in axes)
    return BasinGrid(map_name(gradient_map), axes, classes, labels.reshape(shape), max_steps, max_period, tolerance, device)


def _axis(axis: Any, i: int) -> Floats:
    if isinstance(axis, np.ndarray) and axis.dtype != np.float64:
        raise TypeError(f"axis {i} has dtype {axis.dtype}: expected a number or a float64 array")
    try:
        values = np.atleast_1d(np.asarray(axis, dtype=np.float64))
    except (TypeError, ValueError):
        values = np.empty(0)
    if values.ndim != 1 or values.size == 0 or not np.all(np.isfinite(values)) or not np.all(np.diff(values) > 0):
        raise ValueError(f"axis {i} is {axis!r}: expected a number or an increasing, finite, one-dimensional array")
    return values


def _edges(centres: Floats) -> Floats:
    """Borders of cells around the starts: halfway to the neighbours."""
    middle = (centres[1:] + centres[:-1]) / 2
    return np.concatenate([[2 * centres[0] - middle[0]], middle, [2 * centres[-1] - middle[-1]]])
