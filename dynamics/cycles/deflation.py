r"""Cycles by deflated Newton: from random starts, each limit divided out so that the same starts run on to others.

Newton's direction for :math:`G(x) = F^p(x) - x` is :math:`d = -DG^{-1} G`. With the known zeros :math:`z_k` divided out, that is for
:math:`m(x) G(x)`, :math:`m = \prod_k (1 + |x - z_k|^{-2})`, it becomes :math:`d / (1 - \nabla \log m \cdot d)` (Farrell, Birkisson &
Funke 2015, SIAM J. Sci. Comput. 37). Every limit is then certified.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dynamics._results import environment
from dynamics.cycles._formulas import exact_update
from dynamics.cycles.certified import CertifiedCycle, NotCertified
from dynamics.cycles.search import certify_minimal
from dynamics.maps._rows import box_corners
from dynamics.maps.symbolic_map import SymbolicMap

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]

NEWTON_STEPS = 60  # deflation bends the first 20 or so; from there convergence is quadratic
# relative length of a Newton step that counts as arrived: its square, the next step, is below rounding
ARRIVED = 1e-9
SAME_ZERO = 1e-6  # relative: limits closer than that are one zero, for the certificate needs zeros further apart than 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class FoundCycles:
    """Cycles of one period that were found and certified; there may be others, which `all_cycles` can exclude.

    Attributes:
        map: The formula.
        period: The minimal period p.
        cycles: Each certified, ordered by its least point.
        uncertified: Limits of Newton's method that could not be certified (neutral cycles, kinks), shape ``(m, n)``.
        box: Corners of the box of starts, shape ``(2, n)``.
        budget: Number of starts.
        rounds: How often they all ran; the last round found nothing new.
        seed: The seed of the starts.
    """

    map: str
    period: int
    cycles: tuple[CertifiedCycle, ...]
    uncertified: Floats
    box: Floats
    budget: int
    rounds: int
    seed: int

    def to_json(self) -> str:
        """Return everything as JSON, with versions; points rounded to float64."""
        fields = {
            "kind": type(self).__name__,
            "map": self.map,
            "period": self.period,
            "cycles": [{"points": c.as_floats().tolist(), "stability": c.stability} for c in self.cycles],
            "uncertified": self.uncertified.tolist(),
            "box": self.box.tolist(),
            "budget": self.budget,
            "rounds": self.rounds,
            "seed": self.seed,
        }
        return json.dumps(fields | {"environment": environment(("numpy", "sympy", "python-flint"))}, allow_nan=False)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the points in the first two coordinates (of one variable: over the next point); new axes by default."""
        from matplotlib.figure import Figure  # here, so that importing dynamics does not import matplotlib

        ax = Figure(figsize=(5, 5), layout="constrained").subplots() if ax is None else ax
        marks = {"attracting": "o", "repelling": "x", "saddle": "+", "unknown": "."}
        for cycle in self.cycles:
            points = cycle.as_floats()
            across, up = (points[:, 0], np.roll(points[:, 0], -1)) if points.shape[1] == 1 else points[:, :2].T
            ax.plot(across, up, marks[cycle.stability], label=cycle.stability)
        ax.set_xlabel("coordinate 0")
        ax.set_ylabel("coordinate 0 a step later" if self.box.shape[1] == 1 else "coordinate 1")
        handles = {h.get_label(): h for h in ax.get_lines()}
        if handles:
            ax.legend(handles=list(handles.values()), title=f"period {self.period}")
        return ax


def find_cycles(symbolic_map: SymbolicMap, period: int, *, box: Any, seed: int, budget: int = 200, precision: int = 128) -> FoundCycles:
    """Look for cycles of a minimal period by deflated Newton from random starts, and certify each: perhaps not all.

    Args:
        symbolic_map: A smooth map with exact parameter values, of any number of variables.
        period: The minimal period p.
        box: Where to draw the starts: ``(low, high)``, each a number or n of them. Cycles outside are found too.
        seed: The seed with which to draw.
        budget: How many starts.
        precision: Bits of the certificates.

    Raises:
        ValueError, TypeError: For a bad period, box, seed or budget, a map without a formula or with an array of parameter values.

    Example:
        >>> import sympy as sp
        >>> x = sp.Symbol("x")
        >>> found = find_cycles(SymbolicMap(4 * x * (1 - x), x), 3, box=(0, 1), seed=0)
        >>> [cycle.stability for cycle in found.cycles]
        ['repelling', 'repelling']
    """
    formula = exact_update(symbolic_map)
    corners = box_corners(box, symbolic_map.dimension)
    if any(type(n) is not int for n in (period, budget, seed)) or period < 1 or budget < 1 or seed < 0:
        raise ValueError(f"period = {period!r}, budget = {budget!r}, seed = {seed!r}: expected integers, the first two 1 or more")
    starts = np.random.default_rng(seed).uniform(corners[0], corners[1], (budget, symbolic_map.dimension))
    cycles: list[CertifiedCycle] = []
    known, uncertified = np.empty((0, symbolic_map.dimension)), []
    rounds, before = 0, -1
    while len(known) > before:
        rounds, before = rounds + 1, len(known)
        for x in _limits(symbolic_map, period, starts, known):
            if _near(x, known):
                continue
            orbit = _points(symbolic_map, x, period)
            known = np.concatenate([known, orbit])
            try:
                cycle = certify_minimal(symbolic_map, orbit.tolist(), lambda _: True, precision)
            except NotCertified:
                uncertified.append(x)
                continue
            if cycle.period == period:
                cycles.append(cycle)
    cycles.sort(key=lambda cycle: min(map(tuple, cycle.as_floats())))
    left = np.array(uncertified).reshape(-1, symbolic_map.dimension)
    name = ", ".join(f"{v} -> {u}" for v, u in zip(symbolic_map.variables, formula, strict=True))
    return FoundCycles(name, period, tuple(cycles), left, corners, budget, rounds, seed)


def _points(symbolic_map: SymbolicMap, x: Floats, period: int) -> Floats:
    start = x[0] if symbolic_map.scalar else x
    return np.asarray(symbolic_map.orbit(np.asarray(start), period - 1)).reshape(period, -1)


def _near(x: Floats, known: Floats) -> bool:
    return bool(len(known)) and bool((np.linalg.norm(known - x, axis=1) <= SAME_ZERO * (1 + np.linalg.norm(x))).any())


def _limits(symbolic_map: SymbolicMap, period: int, x: Floats, known: Floats) -> list[Floats]:
    """Return where Newton's method settles, known zeros divided out, in the order of the starts."""
    arrived: list[Floats] = []
    for _ in range(NEWTON_STEPS):
        if not len(x):
            break
        image, slope = _returned(symbolic_map, x, period)
        good = np.isfinite(image).all(axis=1) & np.isfinite(slope).all(axis=(1, 2))
        x, image, slope = x[good], image[good], slope[good]
        step = -(np.linalg.pinv(slope - np.eye(x.shape[1])) @ (image - x)[:, :, None])[:, :, 0]
        close = ARRIVED * (1 + np.linalg.norm(x, axis=1))
        near = np.linalg.norm(image - x, axis=1) <= close * (1 + np.abs(slope).sum(axis=(1, 2)))  # a singular slope gives steps of 0
        short = near & (np.linalg.norm(step, axis=1) <= close)
        arrived.extend((x + step)[short])
        x, step = x[~short], step[~short]
        x = x + step / _deflation(x, step, known)[:, None]
        x = x[np.isfinite(x).all(axis=1)]
    return arrived


def _deflation(x: Floats, step: Floats, known: Floats) -> Floats:
    away = x[:, None, :] - known
    square = (away**2).sum(axis=2)
    with np.errstate(all="ignore"):
        return 1 + (2 * (away * step[:, None, :]).sum(axis=2) / (square * (1 + square))).sum(axis=1)


def _returned(symbolic_map: SymbolicMap, x: Floats, period: int) -> tuple[Floats, Floats]:
    """Return F^p and its Jacobian at rows; NaN where the orbit leaves float64 or the formula's domain."""
    n = x.shape[1]
    slope: Floats = np.broadcast_to(np.eye(n), (len(x), n, n))
    for _ in range(period):
        inside = np.isfinite(np.abs(x).max(axis=1))
        at = np.where(inside[:, None], x, 0.0)
        given = at[:, 0] if symbolic_map.scalar else at
        with np.errstate(all="ignore"):
            slope = np.asarray(symbolic_map.jacobian(given)).reshape(len(x), n, n) @ slope
            x = np.where(inside[:, None], np.asarray(symbolic_map.step(given)).reshape(len(x), n), np.nan)
    return x, slope
