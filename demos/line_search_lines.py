r"""The loss along the lines of SGD's steps: full batch, the minibatch that has chosen the line, and the others (Mutschler & Zell, fig. 2).

A ReLU network 16-12-10 learns handwritten digits (scikit-learn's, in means of 2x2 pixels) by SGD, step size 0.1, minibatches of 128: above
without momentum, below with momentum 0.9. Each picture is one step's line, in units of length: the run is at s = 0 and goes to the dotted
mark.

The full batch is close to a parabola (mutschler-zell:text-abs-core1). The minibatch that has chosen the line is steeper at 0, on average by
the variance of its gradient (mutschler-zell:text-steeper), and without momentum it leaves the others' quartiles
(mutschler-zell:text-notfollow): it was asked for its own steepest descent, and they were not. The longer the run, the more of that descent
is noise, and the less the full batch falls: at first its least value is where the picture ends, later it is near 0, whatever the minibatch
says.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
from _common import BLUE, GREY, INK, NAVY, RED, SAND, Demo, Options, progress, rounded, run
from _digits import BATCH, SAMPLES, WIDTHS, next_line, training
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dynamics.experiments.line_search_training import Training, Weights
from dynamics.lines import fit_parabola, line_minimum

RATE, MOMENTA = 0.1, (0.0, 0.9)
REACH = 0.5  # of the lines, in both directions


def measure(options: Options) -> dict[str, Any]:
    pictured, points = ((1, 8, 30), 21) if options.quick else ((5, 60, 1500), 101)
    grid = np.linspace(-REACH, REACH, points)
    lines = [line for momentum in MOMENTA for line in run_once(momentum, pictured, grid, options)]
    return {"widths": WIDTHS, "batch": BATCH, "samples": SAMPLES, "rate": RATE, "pictured": pictured, "s": rounded(grid), "lines": lines}


def run_once(momentum: float, pictured: Sequence[int], grid: Any, options: Options) -> list[dict[str, Any]]:
    """The lines of some steps of one run."""
    own = training(options, RATE, momentum)

    def picture(direction: Weights, gradient: Weights, loss: float) -> dict[str, Any]:
        return {"momentum": momentum} | line_of(own, direction, grid) if own.step in pictured else {}

    for _ in progress(range(max(pictured) + 1), f"momentum {momentum}"):
        own.advance(False, picture)
    return [line for line in own.lines if line]


def line_of(own: Training, direction: Weights, grid: Any) -> dict[str, Any]:
    """What is drawn of one line."""
    line, number = next_line(own, direction, grid)
    others = np.delete(line.batches, number, axis=1)
    slopes = np.array([line.batch(k).slope for k in range(own.batches)])
    fit, lowest = fit_parabola(line.full), line_minimum(line.full)
    return {
        "step": own.step,
        "full": rounded(line.full.losses, 5),
        "batch": rounded(line.batches[:, number], 5),
        "quartiles": rounded(np.quantile(others, [0.25, 0.75], axis=1), 5),
        "lowest": [round(lowest.step, 5), round(lowest.loss, 5)],
        "own": round(RATE * line.direction_norm, 5),
        "slopes": rounded([line.full.slope, slopes[number]], 5),
        "steeper_others": int((np.delete(slopes, number) <= slopes[number]).sum()),
        "misfit": float(f"{fit.error / np.ptp(line.full.losses):.3g}"),
    }


def draw(data: Any) -> Figure:
    figure = Figure(figsize=(10, 6.4), layout="constrained")
    panels = figure.subplots(2, len(data["lines"]) // 2, sharex=True)
    for axis, line in zip(panels.flat, data["lines"], strict=True):
        draw_line(axis, np.array(data["s"]), line)
    for axis in panels[:, 0]:
        axis.set_ylabel("loss")
    for axis in panels[-1]:
        axis.set_xlabel("step $s$ along the unit direction")
    handles, labels = panels.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=5)
    return figure


def draw_line(axis: Axes, s: Any, line: Any) -> None:
    axis.fill_between(s, *line["quartiles"], color=SAND, alpha=0.5, lw=0, label="other minibatches, quartiles")
    axis.plot(s, line["batch"], color=BLUE, ls="--", lw=1.6, label="minibatch that has chosen the line")
    axis.plot(s, line["full"], color=NAVY, lw=2.2, label="full batch")
    axis.plot(*line["lowest"], "o", color=RED, ms=7, label="its least value", zorder=3, clip_on=False)
    axis.axvline(0, color=GREY, lw=0.6)
    axis.axvline(line["own"], color=INK, ls=":", lw=1.4, label=r"the run's step, $\lambda\|v\|$")
    axis.set(title=f"momentum {line['momentum']}, step {line['step']}", xlim=(s[0], s[-1]))


def rows(data: Any) -> list[list[str]]:
    """Each line: slopes at 0, the minimum, the run's own step."""
    table = [["momentum", "step", "slope", "of the batch", "others as steep", "minimum at", "own step", "parabola errs by"]]
    for line in data["lines"]:
        full, batch = line["slopes"]
        numbers = [f"{full:.3f}", f"{batch:.3f}", f"{line['steeper_others']} of 13", f"{line['lowest'][0]:.3f}", f"{line['own']:.3f}"]
        table.append([str(line["momentum"]), str(line["step"]), *numbers, f"{line['misfit']:.2%}"])
    return table


DEMO = Demo(__file__, measure, draw, rows, packages=("numpy", "torch", "scikit-learn"), on_gpu=True)


def main(argv: Sequence[str] | None = None) -> int:
    return run(DEMO, argv)


if __name__ == "__main__":
    sys.exit(main())
