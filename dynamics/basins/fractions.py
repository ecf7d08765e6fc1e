r"""Basin fractions by Monte Carlo: which share of a box of starts each attractor draws.

A share is :math:`\hat p = k / N` of N independent uniform starts, with Wilson's 95 % interval. An attractor that none of the N starts
reached has, at 95 % confidence, a share below :math:`1 - 0.05^{1/N}`. Every start gets its `Outcome` from `classify`; equilibria
and cycles of one period whose points coincide are one class.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dynamics._results import as_json, wilson
from dynamics.basins._classes import BasinClass, Floats, colours
from dynamics.basins._starts import dimension, follow
from dynamics.maps._names import map_name
from dynamics.maps._rows import box_corners

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MISSED = 0.05  # the chance of missing an attractor of the stated share


@dataclass(frozen=True, slots=True, eq=False)
class BasinFractions:
    """Which share of a box each attractor draws, from uniform starts.

    Attributes:
        map: The map.
        box: Corners, shape ``(2, n)``.
        starts: Shape ``(seeds, starts, n)``.
        classes: What the starts did: those that end somewhere first, by the number of starts; diverged and undecided last.
        labels: Index into ``classes`` for every start, shape ``(seeds, starts)``.
        counts: Starts of each seed in each class, shape ``(seeds, classes)``.
        fractions: Shares of all starts, shape ``(classes,)``.
        intervals: Wilson's 95 % intervals, shape ``(classes, 2)``.
        unseen: A class of a larger share than this was met with 95 % confidence.
        seed: The seeds, in order.
        max_steps, max_period, tolerance: The budget and tolerance of `classify`.
        device: Where it ran.
    """

    map: str
    box: Floats
    starts: Floats
    classes: tuple[BasinClass, ...]
    labels: NDArray[np.int64]
    counts: NDArray[np.int64]
    fractions: Floats
    intervals: Floats
    unseen: float
    seed: tuple[int, ...]
    max_steps: int
    max_period: int
    tolerance: float
    device: str

    def to_json(self) -> str:
        """Return everything as JSON, with versions."""
        return as_json(self)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the shares with their intervals, and a dot for each seed; new axes by default (no window opens)."""
        from matplotlib.figure import Figure  # here, so that importing dynamics does not import matplotlib

        ax = Figure(figsize=(6, 1 + 0.4 * len(self.classes)), layout="constrained").subplots() if ax is None else ax
        rows = np.arange(len(self.classes))
        ax.barh(rows, self.fractions, color=colours(self.classes), edgecolor="0.3", height=0.6)
        reach = np.abs(self.intervals.T - self.fractions)
        ax.errorbar(self.fractions, rows, xerr=reach, fmt="none", ecolor="black", capsize=3)
        for counts in self.counts:
            ax.plot(counts / self.starts.shape[1], rows, ".", color="0.5", markersize=4)
        ax.set_yticks(rows, [found.name for found in self.classes])
        ax.invert_yaxis()
        ax.set_xlabel(f"share of {self.labels.size} starts, 95 % interval")
        return ax


def basin_fractions(
    gradient_map: Any,
    starts: int,
    *,
    box: Any,
    seed: int | Sequence[int],
    max_steps: int = 20_000,
    max_period: int = 16,
    tolerance: float = 1e-9,
    folder: str | Path | None = None,
    jobs: int | None = 1,
) -> BasinFractions:
    r"""Estimate which share of a box each attractor draws, with Wilson's 95 % intervals.

    Args:
        gradient_map: One map, as for `classify`, not a family. Costs about 2 ms a start that neither converges nor diverges.
        starts: How many to draw for each seed.
        box: Where: ``(low, high)``, each a number or n of them.
        seed: One or several: independent draws, whose scatter the result shows.
        max_steps: Steps allowed for each orbit.
        max_period: Longest period looked for.
        tolerance: As for `classify`.
        folder: Where finished blocks of 1000 starts are kept, as by `sweep`: the same call continues an interrupted one. None
            keeps nothing. After a change of a torch loss that is imported, take another folder.
        jobs: How many processes, with a folder; None means one a core.

    Raises:
        CellsFailed: With a folder, if a block raised an error; the others are kept.
        ValueError, TypeError: For a family, a bad number, box, seed or budget, or processes without a folder.

    Example:
        >>> import sympy as sp
        >>> from dynamics import GradientMap
        >>> x = sp.Symbol("x")
        >>> gradient_map = GradientMap(x**4 / 4 - x**2 / 2, x, sp.Rational(1, 10))
        >>> found = basin_fractions(gradient_map, 50, box=(-1, 1), seed=(0, 1))
        >>> [bool(low < 0.5 < high) for low, high in found.intervals]  # one for each minimum
        [True, True]
    """
    seeds = _seeds(seed)
    if type(starts) is not int or starts < 1:
        raise ValueError(f"starts = {starts!r}: expected a positive number of starts to draw")
    n = dimension(gradient_map)
    corners = box_corners(box, n)
    points = np.stack([np.random.default_rng(s).uniform(corners[0], corners[1], (starts, n)) for s in seeds])
    classes, labels, device = follow(
        gradient_map, points.reshape(-1, n), max_steps=max_steps, max_period=max_period, tolerance=tolerance, folder=folder, jobs=jobs
    )
    labels = labels.reshape(len(seeds), starts)
    counts = np.stack([np.bincount(row, minlength=len(classes)) for row in labels])
    total = labels.size
    return BasinFractions(
        map=map_name(gradient_map),
        box=corners,
        starts=points,
        classes=classes,
        labels=labels,
        counts=counts,
        fractions=counts.sum(axis=0) / total,
        intervals=np.array([wilson(int(k), total) for k in counts.sum(axis=0)]),
        unseen=1 - MISSED ** (1 / total),
        seed=seeds,
        max_steps=max_steps,
        max_period=max_period,
        tolerance=tolerance,
        device=device,
    )


def _seeds(seed: Any) -> tuple[int, ...]:
    seeds = tuple(seed) if isinstance(seed, Sequence) else (seed,)
    if not seeds or len(set(seeds)) < len(seeds) or any(type(s) is not int or s < 0 for s in seeds):
        raise ValueError(f"seed = {seed!r}: expected an integer, 0 or more, or several different ones")
    return seeds
