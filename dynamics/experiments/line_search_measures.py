"""What is measured on the line of one step: see `dynamics.experiments.line_search_runs`."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from dynamics.experiments.line_search_training import DRAW, Training, Weights, squared_norm
from dynamics.lines import (
    Line,
    LineLoss,
    Strategy,
    exact_batch,
    fit_polynomial,
    full_batch_pal,
    line_loss,
    line_minimum,
    pal,
    resized_batch,
    sgd,
    shape_distance_matrix,
)
from dynamics.lines.measure import Floats
from theory.line_search.batch_size import expected_slope_ratio

SIZES = (32, 64, 128, 256, 512, 1024, 2048)
STRATEGIES: dict[str, Strategy] = {
    "SGD 0.1": sgd(0.1),
    "SGD 0.05": sgd(0.05),
    "PAL": pal(),
    "FBPAL": full_batch_pal(),
    "exact on the batch": exact_batch(),
}
DIRECTIONS = 5  # lines from one point, along the gradients of as many minibatches, where a picture is kept
PICTURED = (0, 5, 10, 20, 40, 80, 160, 320, 640)  # numbers of the lines that are kept for pictures


@dataclass(frozen=True, eq=False)
class Sampling:
    """Where a line is measured.

    Attributes:
        grid: s.
        window: Where shapes and polynomials are compared.
    """

    grid: Floats
    window: tuple[float, float]

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Which grid points are in the window."""
        return (self.grid >= self.window[0]) & (self.grid <= self.window[1])


class Measurement:
    """The measurement of one step's line.

    Args:
        training: At the step.
        sampling: Of every line.
        draws: Fresh batches of each size whose gradient norms are averaged.
        fine: Of the lines that are kept for pictures, which are then measured both ways; ``None``: like the others.
    """

    def __init__(self, training: Training, sampling: Sampling, draws: int, fine: Sampling | None = None) -> None:
        self.training, self.sampling, self.draws, self.fine = training, sampling, draws, fine

    def __call__(self, direction: Weights, gradient: Weights, loss: float) -> dict[str, Any]:
        """Return everything that `line_search_runs` lists for a line."""
        own, order = self.training, self.training.order()
        rows = torch.from_numpy(order).to(own.labels.device)
        own.module.load_state_dict(own.weights, strict=False)
        line = self._line(direction, rows, self.sampling)
        number = own.step % own.batches
        full, batch = line.full, line.batch(number)
        whole, squares = own.full_gradient(order)
        record = {
            "step": own.step,
            "loss": float(full(0.0)),
            "batch_loss": float(batch(0.0)),
            "gradient_norm": math.sqrt(squared_norm(gradient)),
            "direction_norm": line.direction_norm,
            "slope": -full.slope,
            "batch_slope": -batch.slope,
            "full_gradient_norm": math.sqrt(squared_norm(whole)),
            "batch_gradient_squares": float(np.mean(squares)),
            **_shape(full, self.sampling.window),
            **_against_others(line, number),
            "window": full.losses[self.sampling.inside].tolist(),
            "full": full.losses.tolist(),
        }
        for name, strategy in STRATEGIES.items():
            step = strategy(line, batch)
            record[f"{name}: step"], record[f"{name}: improvement"] = step, float(full(0.0) - full(step))
        record["sizes"] = self._sizes(line, np.arange(number * own.batch, (number + 1) * own.batch), rows)
        if len(own.lines) in PICTURED:
            finer = line if self.fine is None else self._line(direction, rows, self.fine)
            others = np.delete(finer.batches, number, axis=1)
            curves = [finer.grid, finer.full.losses, finer.batch(number).losses, *np.quantile(others, [0.25, 0.5, 0.75], axis=1)]
            record["picture"] = [curve.tolist() for curve in curves]
            record["directions"] = self._directions(line, number, rows)
            if self.fine is not None:
                between = finer.full.losses - full(finer.grid)
                record["fine"] = _shape(finer.full, self.fine.window) | _against_others(finer, number)
                record["fine"]["spline_error"] = float(np.nanmax(np.abs(between)))
        return record

    def _line(self, direction: Weights, rows: torch.Tensor, sampling: Sampling) -> LineLoss:
        """The line along minus the direction; its slices are the epoch's minibatches."""
        own = self.training
        away = {name: -part for name, part in direction.items()}
        together = own.batch if own.batch_statistics else None
        line = line_loss(own.module, (own.inputs[rows], own.labels[rows]), away, sampling.grid, batch_size=together)
        return replace(line, batch_size=own.batch)

    def _directions(self, line: LineLoss, number: int, rows: torch.Tensor) -> dict[str, list[float]]:
        """Lines from this point along the gradients of the epoch's next minibatches: minima, and distances of the shapes."""
        own, lines = self.training, [line.full]
        for k in range(1, DIRECTIONS):
            other = (number + k) % own.batches * own.batch
            lines.append(self._line(own.gradient(rows[other : other + own.batch])[0], rows, self.sampling).full)
        distances = shape_distance_matrix(lines, self.sampling.window).matrix[np.triu_indices(len(lines), 1)]
        return {"s_opt": [line_minimum(each).step for each in lines], "distances": distances.tolist()}

    def _sizes(self, line: LineLoss, batch: Any, rows: torch.Tensor) -> dict[int, dict[str, float]]:
        """For each batch size: the slope by the paper's procedure, its expectation, and the norm of fresh batches' gradients."""
        own, total = self.training, len(line.slopes)
        generator = np.random.default_rng([own.seed, DRAW, own.step])
        full, slope, found = line.full, line.of(batch).slope, {}
        for size in (size for size in SIZES if size <= total):
            resized = line.of(resized_batch(line, batch, size, generator))
            fresh = [rows[torch.from_numpy(generator.choice(total, size, replace=False)).to(rows.device)] for _ in range(self.draws)]
            squares = [squared_norm(own.gradient(some)[0]) for some in fresh]
            found[size] = {
                "slope": -resized.slope,
                "norm": float(np.mean(np.sqrt(squares))),
                "square": float(np.mean(squares)),
                "SGD": float(full(0.0) - full(-own.run.lr * resized.slope)),
                "PAL": float(full(0.0) - full(pal()(line, resized))),
            }
            if size >= len(batch) and slope < 0:
                found[size]["expected"] = float(-slope * expected_slope_ratio(full.slope / slope, len(batch), size, total))
            if size < len(batch):
                steepest = batch[np.argsort(line.slopes[batch], kind="stable")[len(batch) - size :]]
                found[size]["steepest_dropped"] = -line.of(steepest).slope
        return found


def _shape(full: Line, window: tuple[float, float]) -> dict[str, Any]:
    """The full batch's minimum on the grid, and the polynomials that fit in the window."""
    best, parabola, straight = line_minimum(full), fit_polynomial(full, 2, window), fit_polynomial(full, 1, window)
    return {
        "fit_slope": parabola.slope,
        "fit_curvature": parabola.curvature,
        "fit_error_1": straight.error,
        "fit_error_2": parabola.error,
        "s_opt": best.step,
        "inside": best.inside,
        "loss_opt": best.loss,
    }


def _against_others(line: LineLoss, number: int) -> dict[str, Any]:
    """The direction-defining batch among the other minibatches: slopes at 0, and losses at each s > 0."""
    others = np.delete(line.batches, number, axis=1)
    mine, ahead = line.batches[:, number], line.grid > 0
    slopes = np.delete([line.batch(k).slope for k in range(line.batches.shape[1])], number)
    low, zero = np.quantile(others, 0.25, axis=1), int(np.abs(line.grid).argmin())
    return {
        "other_slopes": (-np.quantile(slopes, [1.0, 0.75, 0.5, 0.25, 0.0])).tolist(),
        "steeper_than_all": bool((line.batch(number).slope < slopes).all()),
        "lowest_at_0": bool(mine[zero] < others[zero].min()),
        "below_all_others": float((mine < others.min(axis=1))[ahead].mean()),
        "below_lower_quartile": float((mine < low)[ahead].mean()),
    }
