r"""The shape of losses along lines: least-squares polynomials, and distances between shapes (Mutschler & Zell, section 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from dynamics._results import as_json
from dynamics.lines.measure import Floats, Line, checked_grid
from theory.values import shown, whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Window = tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class PolynomialFit:
    r"""The polynomial :math:`\sum_i c_i s^i` of a degree with the least sum of squared errors on the grid points of a window.

    Attributes:
        coefficients: :math:`c_0, c_1, \dots`.
        error: The mean of :math:`|p(s) - l(s)|` over these points.
        window: The first and the last of these points.
    """

    coefficients: Floats
    error: float
    window: Window
    device: str = "cpu"

    @property
    def slope(self) -> float:
        """p'(0)."""
        return float(self.coefficients[1])

    @property
    def curvature(self) -> float:
        """p''(0); 0 for degree 1."""
        return 2 * float(self.coefficients[2]) if len(self.coefficients) > 2 else 0.0

    @property
    def minimum(self) -> float | None:
        """Where a parabola has its minimum, p'(0)/-p''(0), in the window or not; ``None`` if it opens downwards or is no parabola."""
        return -self.slope / self.curvature if len(self.coefficients) == 3 and self.curvature > 0 else None

    def __call__(self, s: Any) -> Any:
        """Return p(s)."""
        return np.polynomial.polynomial.polyval(s, self.coefficients)

    def to_json(self) -> str:
        """Return everything as JSON, with versions."""
        return as_json(self)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw p over its window, in the given axes or new ones (no window opens)."""
        from matplotlib.figure import Figure  # here, so that importing dynamics does not import matplotlib

        ax = Figure(figsize=(6, 4), layout="constrained").subplots() if ax is None else ax
        s = np.linspace(*self.window, 200)
        ax.plot(s, self(s), color="#1f77b4", ls=":", lw=2, label=f"degree {len(self.coefficients) - 1}, mean error {self.error:.2g}")
        ax.set_xlabel("step s along d, a unit vector")
        ax.set_ylabel("loss l(s)")
        ax.legend()
        return ax


def fit_polynomial(line: Line, degree: int, window: Window | None = None) -> PolynomialFit:
    r"""Return the least-squares polynomial of the line in a window.

    Args:
        line: The line.
        degree: 1 or more.
        window: Ends of an interval, both included; ``None`` for the whole grid. It needs more grid points than the degree.

    Raises:
        ValueError: For a degree below 1, or too few grid points in the window.

    Source:
        Mutschler & Zell (2021), section 4 and figure 4 (degrees 1 and 2).

    Example:
        >>> line = Line(np.linspace(-1, 1, 5), 3 * np.linspace(-1, 1, 5) ** 2, 0.0)
        >>> fit = fit_polynomial(line, 1)
        >>> round(fit.error, 12), round(float(fit(0.5)), 12)
        (1.2, 1.5)
    """
    if not whole(degree, 1):
        raise ValueError(f"degree = {shown(degree)}: expected an integer, 1 or more")
    inside = _inside(line.grid, window)
    s, losses = line.grid[inside], line.losses[inside]
    if len(s) <= degree:
        raise ValueError(f"{len(s)} grid points in the window {window}: expected more than the degree {degree}; widen the window")
    scale = float(np.abs(s).max())  # columns of one size, so that the condition number does not grow as the window shrinks
    powers = np.vander(s / scale, degree + 1, increasing=True)
    coefficients = np.linalg.lstsq(powers, losses, rcond=None)[0]
    error = float(np.abs(powers @ coefficients - losses).mean())
    return PolynomialFit(coefficients / scale ** np.arange(degree + 1), error, (float(s[0]), float(s[-1])))


def fit_parabola(line: Line, window: Window | None = None) -> PolynomialFit:
    r"""Return the least-squares parabola :math:`c_0 + c_1 s + c_2 s^2` of the line; see `fit_polynomial`.

    Example:
        >>> line = Line(np.linspace(-1, 1, 5), (np.linspace(-1, 1, 5) - 0.5) ** 2, -1.0)
        >>> fit = fit_parabola(line)
        >>> round(fit.slope, 12), round(fit.curvature, 12), round(fit.minimum, 12)
        (-1.0, 2.0, 0.5)
    """
    return fit_polynomial(line, 2, window)


@dataclass(frozen=True, slots=True, eq=False)
class ShapeDistances:
    r"""Distances :math:`D(l_i, l_j) = \frac1{|S|}\sum_{s \in S}|(l_i(s) - \min l_i) - (l_j(s) - \min l_j)|`.

    Attributes:
        matrix: D, shape ``(lines, lines)``, symmetric with a zero diagonal.
        window: The first and the last point of S.
    """

    matrix: Floats
    window: Window
    device: str = "cpu"

    @property
    def consecutive(self) -> Floats:
        """The distance of each line to the next, shape ``(lines - 1,)``."""
        return np.diagonal(self.matrix, 1).copy()

    def to_json(self) -> str:
        """Return everything as JSON, with versions."""
        return as_json(self)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the matrix (the paper's figure 3), in the given axes or new ones (no window opens)."""
        from matplotlib.figure import Figure  # here, so that importing dynamics does not import matplotlib

        ax = Figure(figsize=(5, 4), layout="constrained").subplots() if ax is None else ax
        image = ax.imshow(self.matrix, cmap="viridis", origin="lower")
        ax.figure.colorbar(image, ax=ax, label="mean absolute distance of shapes")
        ax.set_xlabel("line")
        ax.set_ylabel("line")
        return ax


def shape_distance_matrix(lines: Sequence[Line], window: Window | None = None) -> ShapeDistances:
    """Return the distance of every two shapes on their common grid: each loss less its least value there.

    Args:
        lines: One or more, all on one grid.
        window: Ends of an interval, both included; ``None`` for the whole grid. The least value is taken in the window too.

    Raises:
        ValueError: For no lines, different grids, or a window without grid points.

    Source:
        Mutschler & Zell (2021), section 4 and figure 3.

    Example:
        >>> grid = np.array([0.0, 1.0, 2.0])
        >>> lines = [Line(grid, np.array(losses), 0.0) for losses in ([0.0, 1.0, 4.0], [7.0, 7.0, 7.0])]
        >>> shape_distance_matrix(lines).consecutive.tolist()  # (0 + 1 + 4) / 3
        [1.6666666666666667]
    """
    if not len(lines):
        raise ValueError("there are no lines: expected one or more")
    if any(not np.array_equal(line.grid, lines[0].grid) for line in lines):
        raise ValueError("the lines have different grids: expected one for all, since shapes are compared point by point")
    inside = _inside(lines[0].grid, window)
    s = lines[0].grid[inside]
    if not s.size:
        raise ValueError(f"the window {window} holds no grid point: the grid is from {lines[0].grid[0]} to {lines[0].grid[-1]}")
    losses = np.stack([line.losses[inside] for line in lines])
    shapes = losses - losses.min(axis=1, keepdims=True)
    # row by row: all pairs at once take lines^2 |S| numbers
    matrix = np.stack([np.abs(shapes - shape).mean(axis=1) for shape in shapes])
    return ShapeDistances(matrix, (float(s[0]), float(s[-1])))


def _inside(grid: ArrayLike, window: Window | None) -> Any:
    steps = checked_grid(grid)
    if window is None:
        return np.ones(len(steps), dtype=bool)
    low, high = window
    if not (np.isfinite([low, high]).all() and low < high):
        raise ValueError(f"the window is {shown(window)}: expected (low, high), finite, low below high")
    return (steps >= low) & (steps <= high)
