r"""Batch size: the slope that the paper measures, what its procedure makes of it, and the norm of a gradient (Mutschler & Zell, fig. 7).

A ReLU network 16-12-10 learns handwritten digits (scikit-learn's, in means of 2x2 pixels) by SGD with minibatches of m = 128. On the lines
of some steps, early, later and late in the run, the minibatch is made larger by samples drawn from the others, or smaller by dropping the
least steep (mutschler-zell:algorithm-resize): dots are the slope's ratio to that of the 128. The solid line is its exact expectation for
larger batches, (m + (M - m)(N rho - m)/(N - m))/M, with rho the full batch's slope over the minibatch's: no network enters but by rho.
Where rho is small that is the inverse factor m/M (dashed), which the paper takes for the effect of the batch size
(mutschler-zell:text-factor); where it is not, the ratio stays above (mutschler-zell:text-larger).

SGD with M samples would step along the gradient of fresh minibatches of M. Its root mean square (squares) is computed exactly from all
samples' gradients. Where noise is most of it, it falls by the root of the factor (dotted), not by the factor
(mutschler-zell:text-abs-core3), and faster only where few samples are left out, as the noise ends with them; at the start it hardly falls.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from _common import GREY, NAVY, RED, SAND, Demo, Options, progress, rounded, run
from _digits import BATCH, SAMPLES, WIDTHS, next_line, training
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn.functional import cross_entropy

from dynamics.experiments.line_search_training import Training, Weights
from dynamics.lines import resized_batch
from theory.line_search.batch_size import expected_slope_ratio, expected_squared_norm

RATE = 0.1
SIZES = (16, 32, 64, 128, 256, 512, 1024, SAMPLES)
DRAWS = 3  # of the samples that are added, for each line and size
NO_MORE = np.linspace(-1e-3, 1e-3, 3)  # the slopes at 0 are exact, so of the line little is needed


def measure(options: Options) -> dict[str, Any]:
    phases, count = ((2, 12), 2) if options.quick else ((5, 400, 4000), 60)
    own = training(options, RATE)
    found: dict[int, list[dict[str, Any]]] = {start: [] for start in phases}

    def record(direction: Weights, gradient: Weights, loss: float) -> dict[str, Any]:
        for start, lines in found.items():
            if start <= own.step < start + count:
                lines.append(line_of(own, direction, options.seed))
        return {}

    for _ in progress(range(phases[-1] + count), "steps"):
        own.advance(False, record)
    groups = [{"step": start, **averages(lines)} for start, lines in found.items()]
    return {"widths": WIDTHS, "batch": BATCH, "samples": SAMPLES, "rate": RATE, "lines": count, "sizes": SIZES, "phases": groups}


def line_of(own: Training, direction: Weights, seed: int) -> dict[str, Any]:
    """Slopes of the resized minibatches, and squared norms, of one step, by the size."""
    line, number = next_line(own, direction, NO_MORE)
    batch = np.arange(number * BATCH, (number + 1) * BATCH)
    generator = np.random.default_rng([seed, own.step])
    slope = line.of(batch).slope
    resized = [[line.of(resized_batch(line, batch, size, generator)).slope for _ in range(DRAWS)] for size in SIZES]
    rho = line.full.slope / slope
    gradients = sample_gradients(own)
    return {
        "slope": np.mean(resized, axis=1),
        "rho": rho,
        "expected": [slope * float(expected_slope_ratio(rho, BATCH, size, SAMPLES)) for size in SIZES if size >= BATCH],
        "square": [expected_squared_norm(gradients, size) for size in SIZES],
    }


def sample_gradients(own: Training) -> Any:
    """The gradient of each sample's loss as a row."""

    def loss(weights: Weights, image: Tensor, label: Tensor) -> Tensor:
        return cross_entropy(own.function(weights, image[None]), label[None])

    each = torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0, 0))(own.weights, own.inputs, own.labels)
    return torch.cat([part.flatten(1) for part in each.values()], 1).cpu().numpy()


def averages(lines: Sequence[Any]) -> dict[str, Any]:
    """Over the lines of a phase, over the value at 128: mean slopes, their expectation, and the root mean square of fresh gradients."""
    slopes, squares = (np.mean([line[key] for line in lines], axis=0) for key in ("slope", "square"))
    own = SIZES.index(BATCH)
    return {
        "rho": round(float(np.mean([line["rho"] for line in lines])), 4),
        "ratio": rounded(slopes / slopes[own]),
        "expected": rounded(np.mean([line["expected"] for line in lines], axis=0) / slopes[own]),
        "norm": rounded(np.sqrt(squares / squares[own])),
    }


def draw(data: Any) -> Figure:
    figure = Figure(figsize=(10, 6.4), layout="constrained")
    panels = figure.subplots(1, len(data["phases"]), sharey=True)
    for axis, phase in zip(panels, data["phases"], strict=True):
        draw_phase(axis, data, phase)
    panels[0].set_ylabel("ratio to batch size 128")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    return figure


def draw_phase(axis: Axes, data: Any, phase: Any) -> None:
    sizes = np.array(data["sizes"])
    larger = sizes[sizes >= data["batch"]]
    factor = data["batch"] / sizes
    axis.plot(sizes, factor, color=RED, ls="--", lw=1.4, label="inverse factor, 128/M")
    axis.plot(sizes, np.sqrt(factor), color=GREY, ls=":", lw=1.6, label="its root")
    axis.plot(larger, phase["expected"], color=NAVY, lw=1.8, label="slope, exact expectation")
    axis.plot(sizes, phase["ratio"], "o", color=NAVY, ms=6, label="slope, measured on the same lines")
    axis.plot(sizes, phase["norm"], "s", color=SAND, ms=6, label="gradient norm of fresh minibatches")
    axis.set_xscale("log", base=2)
    axis.set(yscale="log", xlabel="batch size $M$", title=f"from step {phase['step']}, $\\rho={phase['rho']:.2f}$")
    axis.set_xticks(sizes[::2], [str(size) for size in sizes[::2]])


def rows(data: Any) -> list[list[str]]:
    """For each phase and size: the factor, the measured and the expected slope, the norm."""
    table = [["from step", "batch size", "inverse factor", "slope ratio", "expected", "gradient norm", "root of the factor"]]
    for phase in data["phases"]:
        expected = dict(zip([size for size in data["sizes"] if size >= data["batch"]], phase["expected"], strict=True))
        for size, ratio, norm in zip(data["sizes"], phase["ratio"], phase["norm"], strict=True):
            factor, own = data["batch"] / size, expected.get(size)
            numbers = [f"{factor:.3f}", f"{ratio:.3f}", "" if own is None else f"{own:.3f}", f"{norm:.3f}", f"{factor**0.5:.3f}"]
            table.append([str(phase["step"]), str(size), *numbers])
    return table


DEMO = Demo(__file__, measure, draw, rows, packages=("numpy", "torch", "scikit-learn"), on_gpu=True)


def main(argv: Sequence[str] | None = None) -> int:
    return run(DEMO, argv)


if __name__ == "__main__":
    sys.exit(main())
