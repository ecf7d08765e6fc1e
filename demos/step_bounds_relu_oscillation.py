r"""A two-layer ReLU network trained with two step sizes: with one its output comes to rest, with the other it alternates.

The setting of Figure 2 (nar-sastry:exp-setting): 20 hidden units, 1000 points on [0, 1], the sum of squares, all weights
and the bias standard normal; the target is the output of a network with the same bias and other weights. Above, the
output after many steps. With delta = 2e-4 it lies on the target and rests; with delta = 3e-4, from the same start, it
jumps between one function at even and another at odd steps (nar-sastry:figure-2). There the largest eigenvalue lambda of
the Hessian exceeds 2/delta. The training error hardly shows it, since it changes by a few per cent from step to step
(nar-sastry:text-error-hides), and nothing has converged although nothing is random (nar-sastry:text-fourth).

The start was chosen because it shows this. Below left, measured anew, how such runs end from other starts and with other
steps: a small change of the step can change everything, and larger steps may rest again
(nar-sastry:text-small-changes). At rest means that a step moves the output by at most 0.5 % of the target's range. Below
right, how often each combination occurs, read from the stored experiment (python -m dynamics.experiments.relu_oscillation: 100
starts, 6 targets, a million steps): the paper's combination is one of many.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from _common import BLUE, GREY, NAVY, RED, SAND, YELLOW, Demo, Options, progress, rounded, run
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from matplotlib.patheffects import withStroke

from dynamics import GridReluMap, TwoLayerReluMap, sharpness
from dynamics.experiments import relu_oscillation as experiment
from dynamics.experiments.relu_oscillation import STEP_SIZES, TEACHER
from theory.evidence import read_results
from theory.step_bounds.figure_2 import RESULTS

# How a run looks in the end, from calm to wild, which is also from dark to light
LOOKS = {
    "fixed": ("at rest", NAVY, ""),
    "two-cycle": ("alternates", BLUE, ""),
    "four-cycle": ("four-cycle", SAND, ""),
    "other": ("something else", YELLOW, ""),
    "diverged": ("diverges", "white", "////"),
}
SEED = 43  # a start that shows the figure
UNIT = 1e-4  # of the step sizes on the axes


def measure(options: Options) -> dict[str, Any]:
    above, below, count, sizes = (40_000, 4_000, 6, 13) if options.quick else (1_000_000, 100_000, 24, 33)
    steps = np.geomspace(5e-5, 8e-4, sizes).tolist()
    seeds = list(range(options.seed, options.seed + count))
    return {
        "steps_of_a_run": {"above": above, "map": below},
        **two_runs(options, above),
        "map_steps": rounded(steps, 8),
        "map": [[seed, looks(seed, below, steps)] for seed in progress(seeds, "outcome map")],
        "stored": stored(),
    }


def looks(seed: int, steps: int, sizes: Sequence[float]) -> list[str]:
    """What a figure of the output shows at the end of a run, for each step size."""
    return [record["seen"] for record in experiment.run_seed(seed, [TEACHER], steps, sizes)]


def stored() -> dict[str, Any]:
    """The pairs of runs of the committed experiment."""
    report = read_results(RESULTS)
    return {"file": f"theory/results/{RESULTS}", "steps": report["settings"]["steps"], "pairs": report["pairs"]["all"]}


def two_runs(options: Options, steps: int) -> dict[str, Any]:
    """The outputs at the last step (an even number) and one step later, for both step sizes of the paper."""
    start, bias, teacher = experiment.draw(options.seed)
    target = experiment.target_values(TEACHER, bias, teacher)
    runs: list[dict[str, Any]] = []
    for size, look in zip(STEP_SIZES, looks(options.seed, steps, STEP_SIZES), strict=True):
        grid = GridReluMap(target, bias[None], np.array([size]))
        even = grid.advance(start[None], steps)
        runs.append({"step": size, "seen": look})
        if np.isfinite(even).all():
            odd = grid.advance(even, 1)
            outputs = {"even": rounded(grid.output(even)[0]), "odd": rounded(grid.output(odd)[0])}
            runs[-1] |= outputs | second_route(options.device, target, bias, size, even, odd)
    return {"target": rounded(target), "runs": runs}


def second_route(device: torch.device, target: Any, bias: Any, size: float, even: Any, odd: Any) -> dict[str, Any]:
    """The same network point by point in torch: step size times sharpness, losses, and how far its step lands from `odd`."""
    inputs = torch.arange(1, len(target) + 1, dtype=torch.float64, device=device)[:, None] / len(target)
    y, b, x, after = (torch.as_tensor(array, device=device) for array in (target, bias, even, odd))
    net = TwoLayerReluMap(inputs, y[:, None], b, size, factor=1.0)
    return {
        "step_times_sharpness": size * sharpness(lambda point: net.loss(point)[0], x).value,
        "losses": [float(net.loss(x)), float(net.loss(after))],
        "torch_differs_by": float((net.step(x) - after).abs().max()),
    }


def draw(data: Any) -> Figure:
    figure = Figure(figsize=(13, 8.6), layout="constrained")
    grid = figure.add_gridspec(2, 2, height_ratios=[1, 1.25], width_ratios=[1.15, 1])
    figure.get_layout_engine().set(wspace=0.05, hspace=0.06)
    left = figure.add_subplot(grid[0, 0])
    for axis, entry in zip((left, figure.add_subplot(grid[0, 1], sharey=left)), data["runs"], strict=True):
        draw_run(axis, data["target"], entry, data["steps_of_a_run"]["above"])
    draw_map(figure.add_subplot(grid[1, 0]), data)
    draw_pairs(figure.add_subplot(grid[1, 1]), data["stored"])
    return figure


def draw_run(axis: Axes, target: Any, entry: Any, steps: int) -> None:
    x = np.arange(1, len(target) + 1) / len(target)
    size, after = f"$\\delta={entry['step'] / UNIT:g}\\cdot10^{{-4}}$", f"after {steps:,} steps"
    axis.plot(x, target, color=SAND, lw=5, label="target $f$")
    if "even" in entry:
        axis.plot(x, entry["even"], color=NAVY, lw=1.6, label=r"$\hat f_{even}$, after an even number of steps")
        axis.plot(x, entry["odd"], color=RED, lw=1.6, ls="--", label=r"$\hat f_{odd}$, one step later")
        after += f";  $\\delta\\lambda={entry['step_times_sharpness']:.2f}$"
    axis.set_title(f"{size}:  {LOOKS[entry['seen']][0]}\n{after}")
    axis.set(xlabel="input $x$", ylabel="output", xlim=(0, 1))
    axis.legend(loc="best")


def draw_map(axis: Axes, data: Any) -> None:
    """One cell a run; the first row is the start of the figure above."""
    names, seeds = list(LOOKS), [seed for seed, _ in data["map"]]
    cells = np.array([[names.index(look) for look in looks] for _, looks in data["map"]])
    steps = np.array(data["map_steps"]) / UNIT
    half = np.sqrt(steps[1] / steps[0])
    edges, lines = np.append(steps / half, steps[-1] * half), np.arange(len(seeds) + 1) + seeds[0] - 0.5
    colors = ListedColormap([color for _, color, _ in LOOKS.values()])
    axis.pcolormesh(edges, lines, cells, cmap=colors, vmin=-0.5, vmax=len(names) - 0.5, edgecolor="white", lw=0.3)
    wild = np.ma.masked_not_equal(cells, names.index("diverged"))
    axis.pcolor(edges, lines, wild, cmap=ListedColormap(["white"]), hatch=LOOKS["diverged"][2], edgecolor=GREY, lw=0)
    for step in STEP_SIZES:
        axis.axvline(step / UNIT, color=RED, ls="--", lw=1.8, path_effects=[withStroke(linewidth=4, foreground="white")])
    ticks = [0.5, 1, 2, 3, 5, 8]
    axis.set(xscale="log", xlim=(edges[0], edges[-1]), ylim=(lines[-1], lines[0]), ylabel="seed of the start and the target")
    axis.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axis.set_xticks([], minor=True)
    axis.set_xlabel(r"step size $\delta$, in units of $10^{-4}$")
    axis.set_title(f"other starts and steps, {data['steps_of_a_run']['map']:,} steps each  (first row: the start above)")
    used = [look for i, look in enumerate(LOOKS) if (cells == i).any()]
    keys = [Patch(fc=LOOKS[look][1], hatch=LOOKS[look][2], ec=GREY, lw=0.5, label=LOOKS[look][0]) for look in used]
    axis.legend(handles=keys, ncols=len(keys), loc="upper center", bbox_to_anchor=(0.5, -0.11))


def draw_pairs(axis: Axes, stored: Any) -> None:
    """How often a start ends in one way with the smaller and in another with the larger step."""
    names = [look for look in LOOKS if any(look in pair for pair in stored["pairs"])]
    counts = np.array([[stored["pairs"].get(f"{small} / {large}", 0) for large in names] for small in names])
    axis.imshow(np.sqrt(counts), cmap="Greys", vmax=2 * np.sqrt(counts.max()), aspect="auto")
    for (row, column), count in np.ndenumerate(counts):
        axis.text(column, row, f"{count}", ha="center", va="center", fontsize=11)
    place = (names.index("two-cycle"), names.index("fixed"))
    axis.add_patch(Rectangle((place[0] - 0.5, place[1] - 0.5), 1, 1, fill=False, ec=RED, lw=2.5))
    axis.annotate("Figure 2", (place[0], place[1] - 0.32), color=RED, ha="center", va="center", fontsize=8)
    words = [LOOKS[name][0] for name in names]
    axis.set_xticks(range(len(names)), words)
    axis.set_yticks(range(len(names)), words)
    axis.tick_params(length=0)
    axis.set(xlabel=r"with $\delta=3\cdot10^{-4}$", ylabel=r"with $\delta=2\cdot10^{-4}$")
    axis.set_title(f"the same start with both steps: {counts.sum()} pairs of runs, {stored['steps']:,} steps each\n(stored measurement)")


def rows(data: Any) -> list[list[str]]:
    """Both runs; how the map came out; what is stored."""
    table = [["what", "seen", "delta lambda", "losses of two steps", "torch differs by"]]
    for entry in data["runs"]:
        numbers = ["", "", ""]
        if "even" in entry:
            losses = ", ".join(f"{loss:.4g}" for loss in entry["losses"])
            numbers = [f"{entry['step_times_sharpness']:.3f}", losses, f"{entry['torch_differs_by']:.0e}"]
        table.append([f"delta = {entry['step']:g}", entry["seen"], *numbers])
    looks = Counter(look for _, line in data["map"] for look in line)
    table.append([f"map, {looks.total()} runs", ", ".join(f"{look} {looks[look]}" for look in LOOKS if looks[look]), "", "", ""])
    pairs = data["stored"]["pairs"]
    table.append([f"stored, {sum(pairs.values())} pairs", f"fixed / two-cycle {pairs['fixed / two-cycle']}", "", "", ""])
    return table


DEMO = Demo(__file__, measure, draw, rows, packages=("numpy", "numba", "torch"), on_gpu=True, seed=SEED)


def main(argv: Sequence[str] | None = None) -> int:
    return run(DEMO, argv)


if __name__ == "__main__":
    sys.exit(main())
