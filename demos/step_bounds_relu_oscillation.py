r"""A two-layer ReLU network under gradient descent with two step sizes: with one its output comes to rest, with the other it alternates.

The setting of Figure 2 (nar-sastry:exp-setting): 20 hidden units, 1000 points on [0, 1], the sum of squares, everything drawn from a standard
normal; the target is a network with the same bias and other weights. Above, the output after many steps: with delta = 2e-4 it lies on the
target and rests; with delta = 3e-4, from the same start, it jumps between one function at even and another at odd steps, for ever
(nar-sastry:figure-2). A stationary training error can hide that nothing has converged (nar-sastry:text-fourth, nar-sastry:text-error-hides).

The start was chosen to show this. Below left, how such a run ends for other starts and other steps, measured anew; the borders are ragged, and
a small change of the step can change everything (nar-sastry:text-small-changes). Below right, how often each combination occurs, read from the
stored experiment (100 starts, 6 targets, a million steps): the paper's combination is one of many.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from _common import BLUE, GREY, INK, NAVY, RED, SAND, YELLOW, Demo, Options, progress, rounded, run
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from dynamics import GridReluMap, TwoLayerReluMap, sharpness
from dynamics.relu_oscillation import STEP_SIZES, TEACHER, UNITS, draw as drawn, run_seed, target_values
from theory.evidence import RESULTS as FOLDER
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
    long, short = (40_000, 4_000) if options.quick else (1_000_000, 100_000)
    seeds = range(options.seed, options.seed + (6 if options.quick else 24))
    steps = np.geomspace(5e-5, 8e-4, 13 if options.quick else 33)
    stored = json.loads((FOLDER / RESULTS).read_text(encoding="utf-8"))
    return {
        "steps_of_a_run": {"above": long, "map": short},
        "runs": two_runs(options, long),
        "map_steps": rounded(steps, 8),
        "map": [[seed, [r["seen"] for r in run_seed(seed, [TEACHER], short, steps.tolist())]] for seed in progress(list(seeds), "outcome map")],
        "stored": {"file": f"theory/results/{RESULTS}", "command": stored["command"], "steps": stored["settings"]["steps"], "pairs": stored["pairs"]["all"]},
    }


def two_runs(options: Options, steps: int) -> dict[str, Any]:
    """The output at the last step and at the one after it, for both step sizes; and the same two steps by the other implementation."""
    start, bias, teacher = drawn(options.seed)
    target = target_values(TEACHER, bias, teacher)
    looks = [r["seen"] for r in run_seed(options.seed, [TEACHER], steps)]
    found: dict[str, Any] = {"x": rounded(np.arange(1, len(target) + 1) / len(target)), "target": rounded(target), "by_step": []}
    for size, look in zip(STEP_SIZES, looks, strict=True):
        grid = GridReluMap(target, bias[None], np.array([size]))
        even = grid.advance(start[None], steps)
        entry = {"step": size, "seen": look}
        if np.isfinite(even).all():
            odd = grid.advance(even, 1)
            entry |= {"even": rounded(grid.output(even)[0]), "odd": rounded(grid.output(odd)[0]), **second_route(options, target, bias, size, even, odd)}
        found["by_step"].append(entry)
    return found


def second_route(options: Options, target: Any, bias: Any, size: float, even: Any, odd: Any) -> dict[str, float]:
    """Step size times sharpness, and how far torch's network, point by point on the device, lands from the odd step."""
    tensor = {"dtype": torch.float64, "device": options.device}
    inputs = torch.arange(1, len(target) + 1, **tensor)[:, None] / len(target)
    net = TwoLayerReluMap(inputs, torch.as_tensor(target, **tensor)[:, None], torch.as_tensor(bias, **tensor), size, factor=1.0)
    point = torch.as_tensor(even, **tensor)
    lam = sharpness(lambda x: net.loss(x)[0], point)
    return {
        "step_times_sharpness": size * lam.value,
        "losses": [float(net.loss(point)), float(net.loss(torch.as_tensor(odd, **tensor)))],
        "torch_differs_by": float(np.abs(net.step(point).cpu().numpy() - odd).max()),
    }


def draw(data: Any) -> Figure:
    figure = Figure(figsize=(13, 8.6), layout="constrained")
    grid = figure.add_gridspec(2, 2, height_ratios=[1, 1.25], width_ratios=[1.15, 1])
    figure.get_layout_engine().set(wspace=0.05, hspace=0.06)
    left = figure.add_subplot(grid[0, 0])
    for axis, entry in zip((left, figure.add_subplot(grid[0, 1], sharey=left)), data["runs"]["by_step"], strict=True):
        draw_run(axis, data["runs"], entry, data["steps_of_a_run"]["above"])
    draw_map(figure.add_subplot(grid[1, 0]), data)
    draw_pairs(figure.add_subplot(grid[1, 1]), data["stored"])
    return figure


def draw_run(axis: Axes, runs: Any, entry: Any, steps: int) -> None:
    size, after = f"$\\delta={entry['step'] / UNIT:g}\\cdot10^{{-4}}$", f"after {steps:,} steps"
    axis.plot(runs["x"], runs["target"], color=SAND, lw=5, label="target $f$")
    if "even" in entry:
        axis.plot(runs["x"], entry["even"], color=NAVY, lw=1.6, label=r"$\hat f_{even}$, after an even number of steps")
        axis.plot(runs["x"], entry["odd"], color=RED, lw=1.6, ls="--", label=r"$\hat f_{odd}$, one step later")
        after += f";  $\\delta\\lambda={entry['step_times_sharpness']:.2f}$"
    axis.set_title(f"{size}:  {LOOKS[entry['seen']][0]}\n{after}")
    axis.set(xlabel="input $x$", ylabel="output", xlim=(0, 1))
    axis.legend(loc="upper center")


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
        axis.axvline(step / UNIT, color=RED, ls="--", lw=1.5)
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
    for entry in data["runs"]["by_step"]:
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
