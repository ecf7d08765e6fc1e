"""What the paper measures on a line: three metrics of a step, the distance of two shapes; what interpolation asks. (sections 2, 4, 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sympy import Abs, Add, Integer, Min

from theory.evidence import implements
from theory.proof import sign
from theory.values import demand_finite, exact_number, float64, route, shown, whole


@dataclass(frozen=True)
class LineMetrics:
    """What one strategy does on one line.

    Attributes:
        step: s_upd, how far it goes.
        distance: s_opt - s_upd, positive where it stops short of the full batch's minimum.
        improvement: l(0) - l(s_upd), of the full-batch loss; negative where the loss rises.
    """

    step: Any
    distance: Any
    improvement: Any


@implements("mutschler-zell:definition-metrics")
def line_metrics(s_opt: Any, s_upd: Any, loss_0: Any, loss_upd: Any) -> LineMetrics:
    """s_upd, s_opt - s_upd and l(0) - l(s_upd).

    Args:
        s_opt: where the full-batch loss has its minimum on the line: exact numbers, floats or float64 arrays, here and below.
        s_upd: how far the strategy goes.
        loss_0: l(0), the full-batch loss where the line starts.
        loss_upd: l(s_upd).

    Returns:
        The metrics: exact, or float64.

    Raises:
        TypeError: for tensors, balls and arrays of other dtypes.
        ValueError: for NaN and infinity, and shapes that do not broadcast.

    Source:
        Mutschler & Zell (2021), section 5.

    Example:
        >>> line_metrics(2, 3, 4, 1)                # (s - 2)^2, one too far
        LineMetrics(step=3, distance=-1, improvement=3)
    """
    values = {"s_opt": s_opt, "s_upd": s_upd, "loss_0": loss_0, "loss_upd": loss_upd}
    kind = route(values.values())
    if kind not in ("exact", "numpy"):
        raise TypeError(f"the arguments are of the kind {kind}: expected exact numbers, floats or float64 arrays")
    best, step, start, end = ((exact_number if kind == "exact" else float64)(value, name) for name, value in values.items())
    try:
        return LineMetrics(step if kind == "exact" else step[()], best - step, start - end)
    except ValueError as error:
        raise ValueError(f"the shapes do not broadcast: {error}") from None


@implements("mutschler-zell:definition-shape")
def shape_distance(line_1: Any, line_2: Any) -> Any:
    """(1/|S|) sum_s |(l_1(s) - min l_1) - (l_2(s) - min l_2)|, over the steps s of a grid S on which both lines were measured.

    It does not see offsets: l and l + 1 have the distance 0.

    Args:
        line_1: l_1 on the grid: a list of exact numbers, or a float64 array of one axis.
        line_2: l_2 on the same grid, of the same kind.

    Returns:
        An exact number, or a float64.

    Raises:
        TypeError: for lines of different kinds, other dtypes, and entries that are no numbers.
        ValueError: for no steps, different lengths, NaN and infinity.

    Source:
        Mutschler & Zell (2021), section 4.

    Example:
        >>> shape_distance([4, 1, 0], [5, 3, 2])        # the shapes 4, 1, 0 and 3, 1, 0
        1/3
    """
    if isinstance(line_1, np.ndarray) != isinstance(line_2, np.ndarray):
        raise TypeError("the lines are of different kinds: give both as exact numbers, or both as float64 arrays")
    if len(line_1) != len(line_2) or not len(line_1):
        raise ValueError(f"the lines have {len(line_1)} and {len(line_2)} losses: expected as many, at least one, on one grid")
    if isinstance(line_1, np.ndarray):
        arrays = [float64(line, name) for line, name in ((line_1, "line_1"), (line_2, "line_2"))]
        if any(array.ndim != 1 for array in arrays):
            raise ValueError(f"the lines have the shapes {[array.shape for array in arrays]}: expected one axis, the grid")
        with np.errstate(over="ignore", invalid="ignore"):
            gaps = np.abs((arrays[0] - arrays[0].min()) - (arrays[1] - arrays[1].min()))
        demand_finite(gaps, np.isfinite(gaps), "the distance", "it overflows, scale the losses")
        return gaps.mean()
    losses = [
        [exact_number(value, f"{name}[{i}]") for i, value in enumerate(line)] for line, name in ((line_1, "line_1"), (line_2, "line_2"))
    ]
    first, second = ([value - Min(*line) for value in line] for line in losses)
    return Add(*(Abs(p - q) for p, q in zip(first, second, strict=True))) / Integer(len(losses[0]))


@implements("mutschler-zell:definition-interpolation")
def interpolates(sample_gradients: Sequence[Sequence[Any]], batch_size: int) -> bool:
    """Whether the interpolation condition holds at one point: if the full gradient is 0 there, that of each mini-batch is 0 too.

    For batches smaller than the data set that says that each sample's gradient is 0: two batches that differ in one sample have the same
    gradient, so all samples have one and the same, and their mean is 0.

    Args:
        sample_gradients: the gradients of the N samples at the point, n exact numbers each.
        batch_size: how many different samples a mini-batch has, 1 to N; its gradient is their mean.

    Returns:
        True if the full gradient is not 0, or if all mini-batches of this size have the gradient 0.

    Raises:
        TypeError: for entries that are no exact numbers: whether a sum is 0 is no question for floats.
        ValueError: for no samples, gradients of different lengths, or a batch size outside 1, ..., N.

    Source:
        Mutschler & Zell (2021), section 2, after Vaswani et al. (2019).

    Example:
        >>> interpolates([[1], [-1]], 1), interpolates([[1], [-1]], 2), interpolates([[1], [2]], 1)
        (False, True, True)
    """
    rows = [[exact_number(v, f"sample_gradients[{i}][{j}]") for j, v in enumerate(row)] for i, row in enumerate(sample_gradients)]
    if not rows or not rows[0] or len({len(row) for row in rows}) > 1:
        raise ValueError(
            f"the gradients have {[len(row) for row in rows]} numbers: expected at least one sample, and as many numbers in each"
        )
    if not whole(batch_size, 1) or batch_size > len(rows):
        raise ValueError(f"batch_size is {shown(batch_size)}: expected an integer from 1 to {len(rows)}")
    full_is_zero = all(sign(Add(*column)) == 0 for column in zip(*rows, strict=True))
    return not full_is_zero or batch_size == len(rows) or all(sign(value) == 0 for row in rows for value in row)


__all__ = ["LineMetrics", "interpolates", "line_metrics", "shape_distance"]
