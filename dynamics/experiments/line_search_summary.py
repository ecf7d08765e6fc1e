"""How the measured lines of a run are summed up: see `dynamics.experiments.line_search_runs`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dynamics.experiments.corridor_training import blocks
from dynamics.experiments.line_search_measures import SIZES, STRATEGIES, Sampling
from dynamics.experiments.line_search_training import Run, Training
from dynamics.lines import Line, shape_distance_matrix
from dynamics.lines.measure import Floats

PARTS = 25  # of a run, whose medians are reported
SHOWN = 64  # values that are reported one by one
EARLY = 10  # of more values than that, the first ones
PICTURE = 50  # grid points of a picture, or a few more
MATRIX = 50  # lines in the reported matrix of distances
QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
FIELDS = (
    *("loss", "batch_loss", "gradient_norm", "direction_norm", "slope", "batch_slope", "full_gradient_norm", "batch_gradient_squares"),
    *("fit_slope", "fit_curvature", "fit_error_1", "fit_error_2", "s_opt", "loss_opt", "below_all_others", "below_lower_quartile"),
)


def series(values: Sequence[float] | Floats) -> dict[str, list[float]]:
    """Return what is reported of one number a line: all, or the first ones and medians over parts; and quantiles of the finite ones."""
    listed = [float(value) for value in values]
    finite = [value for value in listed if np.isfinite(value)]
    report = {"all": listed} if len(listed) <= SHOWN else {"first": listed[:EARLY], "medians": blocks(listed, PARTS)}
    return report | {"quantiles": np.quantile(finite, QUANTILES).tolist() if finite else []}


def summary(training: Training, sampling: Sampling) -> dict[str, Any]:
    """Return what the JSON says of one run."""
    lines, grid, window = training.lines, sampling.grid, sampling.window
    of = {name: np.array([line[name] for line in lines], dtype=float) for name in (*FIELDS, "inside", "steeper_than_all", "lowest_at_0")}
    report: dict[str, Any] = {"steps": training.step, "lines": len(lines), "measured": [line["step"] for line in lines]}
    report["minibatch_loss"] = series(training.losses)
    report |= {name: series(of[name]) for name in FIELDS}
    report["other_slopes"] = [line["other_slopes"] for line in lines[:SHOWN]]
    report["share"] = {
        "steeper_than_full_batch": float((of["batch_slope"] > of["slope"]).mean()),
        "steeper_than_all_others": float(of["steeper_than_all"].mean()),
        "lower_than_all_others_at_0": float(of["lowest_at_0"].mean()),
        "minimum_inside_the_grid": float(of["inside"].mean()),
        "minimum_in_the_window": float(((of["s_opt"] >= window[0]) & (of["s_opt"] <= window[1])).mean()),
        "own_step_beyond_minimum": float((training.run.lr * of["direction_norm"] > of["s_opt"]).mean()),
        "curvature_positive": float((of["fit_curvature"] > 0).mean()),
    }
    report["minimum_over_gradient_norm"] = _spread(of["s_opt"] / of["gradient_norm"])
    report["minimum_over_direction_norm"] = _spread(of["s_opt"] / of["direction_norm"])
    late = _late(training)
    for name in STRATEGIES:
        step, gain = (np.array([line[f"{name}: {what}"] for line in lines]) for what in ("step", "improvement"))
        report[name] = {
            "step": series(step),
            "distance": series(of["s_opt"] - step),
            **_gains(gain, of["loss"] - of["loss_opt"], late),
        }
    half = min(-(-training.step // 2), lines[-1]["step"])
    report["rates"], report["rates_of_the_second_half"] = rates(training, grid), rates(training, grid, half)
    report["shape"] = _shapes(lines, sampling)
    report["full_over_batch_slope"] = series(of["slope"] / of["batch_slope"])
    noise = _noise(of, training)
    report["noise_scale"] = series(noise / of["full_gradient_norm"] ** 2)
    report["sizes"] = {str(size): _size(training, size, noise) for size in SIZES if size in lines[0]["sizes"]}
    report["pictures"] = {str(line["step"]): _thin(line["picture"]) for line in lines if "picture" in line}
    report |= {name: {str(line["step"]): line[name] for line in lines if name in line} for name in ("directions", "fine")}
    return report


def _thin(picture: list[list[float]]) -> list[list[float]]:
    """Some of the points, with s = 0 among them."""
    grid = np.array(picture[0])
    some = slice(int(np.abs(grid).argmin()) % (stride := 1 + len(grid) // PICTURE), None, stride)
    return [part[some] for part in picture]


def _noise(of: dict[str, Floats], training: Training) -> Floats:
    r"""V, the mean of :math:`\|g_t - G\|^2` over the samples t, from the mean of the minibatches' :math:`\|g\|^2`: see `_correction`."""
    excess = of["batch_gradient_squares"] - of["full_gradient_norm"] ** 2
    return excess / _correction(training.batch, len(training.labels))


def _correction(size: int, total: int) -> float:
    r""":math:`\frac{N - M}{M (N - 1)}`: the variance of a mean of M of N, drawn without replacement, over the variance of one."""
    return (total - size) / (size * (total - 1))


def _late(training: Training) -> Any:
    """Which lines are of the second half of the run."""
    return np.array([2 * line["step"] >= training.step for line in training.lines])


def _gains(gain: Floats, best: Floats, late: Any) -> dict[str, Any]:
    """Improvements, NaN where a step led beyond the grid; and over the other lines their sum over that of the best ones."""
    on = np.isfinite(gain)
    shares = [float(gain[some].sum() / best[some].sum()) if best[some].sum() > 0 else None for some in (on, on & late)]
    return {"improvement": series(gain), "share_of_the_best": shares, "beyond_the_grid": int((~on).sum())}


def _spread(ratio: Floats) -> dict[str, Any]:
    """The series, and the coefficient of variation in each fifth of the run."""
    parts = np.array_split(ratio, min(5, len(ratio)))
    return series(ratio) | {"variation": [float(part.std() / abs(part.mean())) for part in parts]}


def rates(training: Training, grid: Floats, since: int = 0) -> dict[str, float | None]:
    r"""Return the best constant local rate: c with the least :math:`\sum_t l_t(c\|v_t\|)`, v the direction, measured and predicted.

    ``on_lines``: over the measured lines, by their splines, tried up to ``on_lines_up_to``; ``on_parabolas``: over the same lines,
    :math:`-\sum \|v\| b / \sum \|v\|^2 a` with the slope and the curvature of each fit. Where every step's derivatives were measured,
    ``of_all_steps`` is the same sum over all of them, ``predicted`` is the energy balance
    :math:`\frac\lambda2 + \lambda\frac{L_0 - L_T}{\sum u^T H u},\ u = \lambda v`, and ``remainder`` what third and higher orders add to
    :math:`L_T - L_0`, over :math:`\sum u^T H u`.

    Args:
        training: The run.
        grid: s.
        since: The first step that counts.
    """
    lines, lr = [line for line in training.lines if line["step"] >= since], training.run.lr
    norms = np.array([line["direction_norm"] for line in lines])
    slopes, curvatures = (np.array([line[name] for line in lines]) for name in ("fit_slope", "fit_curvature"))
    splines = [Line(grid, np.array(line["full"]), -line["slope"]) for line in lines]
    tried = lr * 2.0 ** np.arange(-5, 2 + 1 / 64, 1 / 32)
    sums = np.array([sum(float(line(c * norm)) for line, norm in zip(splines, norms, strict=True)) for c in tried])
    on = np.isfinite(sums)
    found: dict[str, float | None] = {
        "half": lr / 2,
        "on_lines": float(tried[on][sums[on].argmin()]) if on.any() else None,
        "on_lines_up_to": float(tried[on].max()) if on.any() else None,
        "on_parabolas": float(-(norms * slopes).sum() / (norms**2 * curvatures).sum()),
    }
    return found | (energy_balance(np.array(training.energy[since:]), training.run) if training.energy else {})


def energy_balance(energy: Floats, run: Run) -> dict[str, float]:
    r"""Return `rates` of all steps, from L, l'(0), l''(0) and the norm of the direction before each of them."""
    loss, slope, curvature, norm = energy[:-1, 0], energy[:-1, 1], energy[:-1, 2], energy[:-1, 3]
    drop, quadratic = energy[0, 0] - energy[-1, 0], float((run.lr**2 * norm**2 * curvature).sum())
    linear = float((run.lr * norm * slope).sum())
    return {
        "of_all_steps": -run.lr * linear / quadratic,
        "predicted": run.lr / 2 + run.lr * drop / quadratic,
        "remainder": (-drop - linear - quadratic / 2) / quadratic,
        "loss_first": float(loss[0]),
        "loss_last": float(energy[-1, 0]),
    }


def _shapes(lines: list[dict[str, Any]], sampling: Sampling) -> dict[str, Any]:
    inside = sampling.grid[sampling.inside]
    every = [Line(inside, np.array(line["window"]), -line["slope"]) for line in lines]
    steps = [line["step"] for line in lines]
    distances = shape_distance_matrix(every).matrix
    follows = [i for i in range(len(steps) - 1) if steps[i + 1] == steps[i] + 1]
    chosen = np.unique(np.linspace(0, len(lines) - 1, min(MATRIX, len(lines))).round().astype(int))
    late = distances[EARLY:, EARLY:][np.triu_indices(max(0, len(lines) - EARLY), 1)]
    return {
        "to_the_next_line": series(np.diagonal(distances, 1)),
        "to_the_next_step": series([distances[i, i + 1] for i in follows]),
        "of_the_first_lines": series(distances[:EARLY, :EARLY][np.triu_indices(min(EARLY, len(lines)), 1)]),
        "of_later_lines": {"quantiles": np.quantile(late, QUANTILES).tolist() if late.size else []},
        "matrix_steps": [steps[i] for i in chosen],
        "matrix": distances[np.ix_(chosen, chosen)].tolist(),
    }


def _size(training: Training, size: int, noise: Floats) -> dict[str, Any]:
    """Slopes and norms over those of the original batch size, and the improvements, line by line."""
    lines, total = training.lines, len(training.labels)
    own = [line["sizes"][size] for line in lines]
    original = [line["sizes"][training.batch] for line in lines] if training.batch in lines[0]["sizes"] else own
    slopes, steep = np.array([o["slope"] for o in original]), np.array([o["slope"] for o in own])
    squares = np.array([line["full_gradient_norm"] ** 2 for line in lines]) + _correction(size, total) * noise
    report: dict[str, Any] = {
        "slope": series(steep),
        "slope_ratio": series(steep / slopes),
        "norm": series([o["norm"] for o in own]),
        "norm_ratio": series([o["norm"] / first["norm"] for o, first in zip(own, original, strict=True)]),
        "square_over_expected": float(np.sum([o["square"] for o in own]) / squares.sum()),
    }
    if "expected" in own[0]:
        expected = np.array([o.get("expected", np.nan) for o in own])
        report["expected_ratio"], report["slope_over_expected"] = series(expected / slopes), series(steep / expected)
    if "steepest_dropped" in own[0]:
        report["ratio_with_the_steepest_dropped"] = series(np.array([o["steepest_dropped"] for o in own]) / slopes)
    best = np.array([line["loss"] - line["loss_opt"] for line in lines])
    for name in ("SGD", "PAL"):
        report[name] = _gains(np.array([o[name] for o in own]), best, _late(training))
    return report
