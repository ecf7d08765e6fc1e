r"""The best constant rate on a run's own lines is half of the run's rate: for every rate, and with momentum (Mutschler & Zell, section 5).

The paper trains with the learning rate 0.1 and finds that 0.05 comes nearest to the minima of the full batch along the lines
(mutschler-zell:text-sgd005, mutschler-zell:text-abs-core2). Here a ReLU network 16-12-10 learns handwritten digits (scikit-learn's, in
means of 2x2 pixels) with several rates, without and with momentum. Before every step the slope and the curvature of the full batch along
the step's line are computed, so the rate that would have been best on all of these lines together is known: the sum of slope times length
over that of curvature times length squared.

Left, that rate over each twentieth of a run: while the loss falls fast it is well above half of the run's rate (dashed), then it comes
down to it. Right, over the second half of each run, against the rate: it follows half the rate, not a property of the network, and where
the loss still falls it is above by what the balance says (crosses): lambda/2 + (L_0 - L_T)/(lambda sum u'Hu), see
theory.line_search.half_rate. So the search along the lines finds the rate that was put in, and that a run goes twice as far as would be
best on its lines (mutschler-zell:text-overshoot) says nothing of the rate.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from _common import BLUE, GREY, NAVY, RED, SAND, Demo, Options, progress, run
from _digits import BATCH, SAMPLES, WIDTHS, digits
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dynamics.experiments.line_search_summary import energy_balance
from dynamics.experiments.line_search_training import Run

RATES, MOMENTA = (0.025, 0.05, 0.1, 0.2, 0.4, 0.8), (0.0, 0.9)
LARGEST = {0.0: 0.8, 0.9: 0.2}  # of the rates: a larger one makes the loss jump about
SHOWN = {0.1: (SAND, "s"), 0.2: (NAVY, "o"), 0.4: (BLUE, "^")}
PARTS = 20


def measure(options: Options) -> dict[str, Any]:
    rates, steps = (tuple(SHOWN), 400) if options.quick else (RATES, 12000)
    inputs, targets = (part.numpy() for part in digits())
    cases = [(rate, momentum) for momentum in MOMENTA for rate in rates if rate <= LARGEST[momentum]]
    runs = [run_once(rate, momentum, steps, inputs, targets, options.seed) for rate, momentum in progress(cases, "runs")]
    return {"widths": WIDTHS, "batch": BATCH, "samples": SAMPLES, "steps": steps, "runs": runs}


def run_once(rate: float, momentum: float, steps: int, inputs: Any, targets: Any, seed: int) -> dict[str, Any]:
    """One run: the best rate on its lines over each part and over the second half, and what the balance says."""
    generator = np.random.default_rng(seed)
    weights = [generator.normal(0, (2 / m) ** 0.5, (m + 1, n)) * np.r_[np.ones(m), 0][:, None] for m, n in pairwise(WIDTHS)]
    moving = [np.zeros_like(w) for w in weights]
    hot, energy = np.eye(WIDTHS[-1])[targets], np.empty((steps, 4))
    for step in range(steps):
        if step % (SAMPLES // BATCH) == 0:
            order = generator.permutation(SAMPLES)
        rows = order[step % (SAMPLES // BATCH) * BATCH :][:BATCH]
        moving = [momentum * v + g for v, g in zip(moving, gradient(weights, inputs[rows], hot[rows]), strict=True)]
        energy[step] = derivatives(weights, moving, inputs, hot)
        weights = [w - rate * v for w, v in zip(weights, moving, strict=True)]
    of = Run(rate, momentum, steps, 0, 1)
    edges = np.linspace(0, steps - 1, PARTS + 1).astype(int)
    parts = [best(energy[a : b + 1], of)[0] for a, b in pairwise(edges)]
    late, predicted = best(energy[steps // 2 :], of)
    losses = [float(f"{loss:.4g}") for loss in energy[[0, steps // 2, -1], 0]]
    return {"rate": rate, "momentum": momentum, "parts": parts, "late": late, "predicted": predicted, "losses": losses}


def forward(weights: Sequence[Any], inputs: Any) -> tuple[Any, Any, Any]:
    """Inputs and hidden units, each with a column of ones, and the probabilities."""
    first = np.c_[inputs, np.ones(len(inputs))]
    second = np.c_[np.maximum(first @ weights[0], 0), np.ones(len(inputs))]
    logits = second @ weights[1]
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return first, second, powers / powers.sum(1, keepdims=True)


def gradient(weights: Sequence[Any], inputs: Any, hot: Any) -> list[Any]:
    """Of the mean cross-entropy; the last row of each matrix are the biases."""
    first, second, chances = forward(weights, inputs)
    error = (chances - hot) / len(inputs)
    return [first.T @ ((error @ weights[1][:-1].T) * (second[:, :-1] > 0)), second.T @ error]


def derivatives(weights: Sequence[Any], direction: Sequence[Any], inputs: Any, hot: Any) -> tuple[float, float, float, float]:
    """L, its first and second derivative along minus the direction as a unit vector, and the direction's norm."""
    norm = sum(float((v**2).sum()) for v in direction) ** 0.5
    first, second, chances = forward(weights, inputs)
    ways = [-v / norm for v in direction]
    hidden = (first @ ways[0]) * (second[:, :-1] > 0)
    speed = second @ ways[1] + hidden @ weights[1][:-1]
    bend = 2 * hidden @ ways[1][:-1]
    loss = -np.log((chances * hot).sum(1)).mean()
    spread = ((chances * speed**2).sum(1) - (chances * speed).sum(1) ** 2).mean()
    return float(loss), float(((chances - hot) * speed).sum(1).mean()), float(spread + ((chances - hot) * bend).sum(1).mean()), norm


def best(energy: Any, of: Run) -> tuple[float, float]:
    """The best constant rate on the lines of some steps, and the balance's."""
    found = energy_balance(energy, of)
    return float(f"{found['of_all_steps']:.5g}"), float(f"{found['predicted']:.5g}")


def draw(data: Any) -> Figure:
    figure = Figure(figsize=(10, 6.4), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=[1.25, 1])
    draw_runs(left, data)
    draw_rates(right, data["runs"])
    return figure


def draw_runs(axis: Axes, data: Any) -> None:
    middles = (np.arange(PARTS) + 0.5) * data["steps"] / PARTS
    for entry in data["runs"]:
        if entry["rate"] in SHOWN and not entry["momentum"]:
            color, sign = SHOWN[entry["rate"]]
            axis.plot(middles, entry["parts"], color=color, marker=sign, ms=4, lw=1.4, label=rf"run with $\lambda={entry['rate']}$")
            axis.axhline(entry["rate"] / 2, color=color, ls="--", lw=1.2)
    axis.set(yscale="log", xlabel="step of the run", ylabel="best constant rate on the lines")
    axis.set_title(r"no momentum; dashed: $\lambda/2$")
    axis.legend(loc="upper right")


def draw_rates(axis: Axes, runs: Any) -> None:
    ends = np.array(sorted({entry["rate"] for entry in runs}))
    axis.plot(ends, ends / 2, color=RED, ls="--", lw=1.4, label=r"$\lambda/2$")
    axis.plot(ends, ends, color=GREY, ls=":", lw=1.2, label=r"$\lambda$, the run's own")
    for momentum, color, sign in ((0.0, NAVY, "o"), (0.9, SAND, "D")):
        chosen = [entry for entry in runs if entry["momentum"] == momentum]
        rates = [entry["rate"] for entry in chosen]
        axis.plot(rates, [entry["late"] for entry in chosen], sign, color=color, ms=7, label=f"measured, momentum {momentum}")
    axis.plot([e["rate"] for e in runs], [e["predicted"] for e in runs], "x", color=RED, ms=6, label="the balance")
    axis.set(xscale="log", yscale="log", xlabel=r"the run's rate $\lambda$", ylabel="best constant rate on the lines")
    axis.set_xticks(ends, [f"{end:g}" for end in ends])
    axis.set_yticks(ends / 2, [f"{end / 2:g}" for end in ends])
    axis.minorticks_off()
    axis.set_title("second half of each run")
    axis.legend(loc="lower right")


def rows(data: Any) -> list[list[str]]:
    """Each run: the best rate of the second half, the balance, and half of the rate."""
    table = [["rate", "momentum", "loss half way", "last loss", "best rate, second half", "by the balance", "half of the rate"]]
    for entry in data["runs"]:
        numbers = [f"{entry['losses'][1]:.3g}", f"{entry['losses'][2]:.3g}", f"{entry['late']:.4f}", f"{entry['predicted']:.4f}"]
        table.append([str(entry["rate"]), str(entry["momentum"]), *numbers, f"{entry['rate'] / 2:.4f}"])
    return table


DEMO = Demo(__file__, measure, draw, rows, packages=("numpy", "torch", "scikit-learn"))


def main(argv: Sequence[str] | None = None) -> int:
    return run(DEMO, argv)


if __name__ == "__main__":
    sys.exit(main())
