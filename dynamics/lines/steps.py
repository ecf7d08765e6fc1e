r"""How far to step along a measured line: to its minimum, or as SGD, PAL and others would (Mutschler & Zell, sections 5 and 6).

A `Strategy` maps the measured line and the line of one batch to a step s; the paper's three metrics are s itself, its distance to
`line_minimum` of the full batch, and the improvement :math:`l(0) - l(s)`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from dynamics.lines.measure import Line, LineLoss
from theory.line_search.pal import pal_update
from theory.values import shown, whole

Strategy: TypeAlias = Callable[[LineLoss, Line], float]


@dataclass(frozen=True, slots=True)
class LineMinimum:
    """The least value of a line on its grid's interval.

    Attributes:
        step: Where it is.
        loss: The value there.
        inside: Whether it is a minimum between the ends, not an end.
    """

    step: float
    loss: float
    inside: bool


def line_minimum(line: Line) -> LineMinimum:
    r"""Return :math:`s_{opt}`, the least point of the cubic spline through the line: of error :math:`O(h^3)` for grid points h apart.

    Of several the first.

    Example:
        >>> line = Line(np.linspace(-1, 1, 9), (np.linspace(-1, 1, 9) - 0.3) ** 2, -0.6)
        >>> found = line_minimum(line)
        >>> round(found.step, 12), found.inside
        (0.3, True)
    """
    roots = line.spline.derivative().roots(extrapolate=False)
    candidates = np.concatenate([line.grid, roots[np.isfinite(roots)]])  # NaN: a piece that is constant
    values = line(candidates)
    best = float(candidates[values == values.min()].min())
    return LineMinimum(best, float(values.min()), bool(line.grid[0] < best < line.grid[-1]))


def sgd(lr: float) -> Strategy:
    r"""SGD: :math:`\lambda\|v\|` for the direction v that was given: :math:`\lambda\|g\|`, and with momentum :math:`\lambda\|m\|`."""
    _require_positive(lr=lr)
    return lambda line, batch: lr * line.direction_norm


def pal(mu: float = 0.1, alpha: float = 1.0, s_max: float | None = None) -> Strategy:
    r"""PAL: to the minimum of the parabola through l(0), l'(0) and :math:`l(\mu)` of the batch, with the full rule of `PAL`.

    A step may lead beyond the grid; :math:`\mu` must not.
    """
    _require_positive(mu=mu, alpha=alpha, s_max=math.inf if s_max is None else s_max)
    return lambda line, batch: _pal(batch, mu, alpha, s_max)


def full_batch_pal(mu: float = 0.1, alpha: float = 1.0, s_max: float | None = None) -> Strategy:
    """PAL's rule on the full-batch line (FBPAL)."""
    _require_positive(mu=mu, alpha=alpha, s_max=math.inf if s_max is None else s_max)
    return lambda line, batch: _pal(line.full, mu, alpha, s_max)


def exact_batch() -> Strategy:
    """The exact line search on the batch: `line_minimum` of its line, on the grid."""
    return lambda line, batch: line_minimum(batch).step


def resized_batch(line: LineLoss, batch: NDArray[np.int64], size: int, generator: np.random.Generator) -> NDArray[np.int64]:
    r"""Return the samples of a batch that was made larger or smaller afterwards, as the paper does it.

    Larger: more samples are drawn without replacement from the rest. Smaller: those with the highest directional derivative are dropped,
    so that the steepest descents stay. The trajectory, the line and the direction stay what they are; so the slope that this batch shows is
    not the gradient norm of a fresh batch of that size.

    Args:
        line: The measured line.
        batch: Indices of the direction-defining batch.
        size: M, from 1 to the number N of samples.
        generator: For the samples that are drawn.

    Raises:
        ValueError: For a size out of range, or a batch that is empty, repeats an index, or has one that is no sample.

    Source:
        Mutschler & Zell (2021), section 6.

    Example:
        >>> slopes = np.array([-3.0, -1.0, 2.0, -2.0])
        >>> line = LineLoss(np.array([0.0, 1.0]), np.zeros((2, 4)), slopes, 1.0, 2, "Network", "float64", "cpu")
        >>> resized_batch(line, np.array([0, 2, 3]), 2, np.random.default_rng(0)).tolist()
        [0, 3]
    """
    total, batch = len(line.slopes), np.asarray(batch)
    if batch.ndim != 1 or not batch.size or len(np.unique(batch)) < len(batch) or not ((batch >= 0) & (batch < total)).all():
        raise ValueError(f"the batch is {shown(batch)}: expected different indices from 0 to {total - 1}, at least one")
    if not whole(size, 1) or size > total:
        raise ValueError(f"size = {shown(size)}: expected an integer from 1 to the {total} samples")
    if size <= len(batch):
        return np.sort(batch[np.argsort(line.slopes[batch], kind="stable")[:size]])
    rest = np.setdiff1d(np.arange(total), batch)
    return np.concatenate([batch, generator.choice(rest, size - len(batch), replace=False)])


def _pal(line: Line, mu: float, alpha: float, s_max: float | None) -> float:
    loss_0, loss_mu = float(line(0.0)), float(line(mu))
    if math.isnan(loss_0) or math.isnan(loss_mu):
        raise ValueError(f"PAL reads the line at 0 and mu = {mu}: expected both on the grid, from {line.grid[0]} to {line.grid[-1]}")
    return float(pal_update(loss_0, line.slope, loss_mu, mu, alpha, s_max))


def _require_positive(**options: float) -> None:
    for name, value in options.items():
        if not (value > 0 and (value < math.inf or name == "s_max")):
            raise ValueError(f"{name} = {value}: expected a positive finite number")
