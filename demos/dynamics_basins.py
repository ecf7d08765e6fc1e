r"""Basins of gradient descent in the plane of the two weights of a linear network, as the step size grows.

The loss (ab - 1)^2/2 of a network of two layers of width 1 is the same all along the hyperbola ab = 1, but not its curvature
there: a minimum (a, b) has the sharpness a^2 + b^2, and attracts random starts only if a^2 + b^2 <= 2/delta
(nar-sastry:theorem-1), a disc that shrinks as the step size delta grows. So the step size chooses the minima that can be found
(nar-sastry:contrib-1, nar-sastry:text-disc-optima), although all fit equally well (nar-sastry:text-same-cost-different-steps).
From delta = 1 on, the best of all bounds, the disc holds no minimum and nothing converges (nar-sastry:corollary-1): orbits
flip between the two points of a cycle, then wander chaotically, and fewer and fewer stay at all.

Above, what becomes of every start in the plane, for five step sizes, with the disc, the hyperbola, and in white the minima
that were reached. Near the rim the basins of the two branches interleave, since the first step jumps across the origin. On the
diagonal a = b the map is gradient descent on a double well, see dynamics_bifurcation.py. Below left, the sharpness of every
minimum that random starts reached, under the bound of the theorem; right, how many starts do what.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from _common import BLUE, GREY, INK, NAVY, PALE, RED, SAND, YELLOW, Demo, Options, mark, progress, rounded, run
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from matplotlib.patheffects import withStroke
from step_bounds_deep_linear import scalar_bounds
from sympy import symbols

from dynamics import GradientMap, Outcome, classify
from theory.step_bounds.bounds import target_step_bound

a, b = symbols("a b", real=True)
LOSS = (a * b - 1) ** 2 / 2
BEST = float(target_step_bound(1.0, 2))  # of all minima, two layers with the target 1
PANELS = (0.25, 0.5, 0.9, 1.1, 1.5)
LAST = 1.9  # of the step sizes below
PLANE = 3.2
# Short periods let classify look early, while a fast orbit still moves; cycles of 8 and more are among the bounded
BUDGET = {"max_steps": 4000, "max_period": 4}
SLACK = 1e-6  # classify stops within 1e-9 of a minimum, relative to the orbit's size, and the sharpness is smooth there
# What starts do, from calm to wild, which is also from dark to light; one letter a start in the JSON
LOOKS = {
    "+": ("a minimum with $a>0$", NAVY, ""),
    "-": ("a minimum with $a<0$", BLUE, ""),
    "c": ("a cycle", SAND, ""),
    "b": ("bounded, no short cycle", YELLOW, ""),
    "s": ("the saddle 0", RED, ""),
    "u": ("undecided", PALE, "...."),
    "d": ("diverges", "white", "////"),
}


def measure(options: Options) -> dict[str, Any]:
    side, sizes, starts = (32, 19, 40) if options.quick else (200, 76, 400)
    rng = np.random.default_rng(options.seed)
    shift = rng.uniform(0, 1, 2)  # of the lattice: its diagonals lead to the saddle, and random starts miss them
    axes = [PLANE * (2 * (np.arange(side) + s) / side - 1) for s in shift]
    steps = LAST * np.arange(1, sizes + 1) / sizes
    return {
        "axes": rounded(axes),
        "panels": [panel(step, axes) for step in progress(PANELS, "basins")],
        "starts": starts,
        "sweep": [ends(step, rng.uniform(-PLANE, PLANE, (starts, 2))) for step in progress(steps.tolist(), "step sizes")],
    }


def panel(step: float, axes: Sequence[np.ndarray]) -> dict[str, Any]:
    """What becomes of a lattice of starts: a line for each b, a letter for each a; and the minima that were reached."""
    found = classify(GradientMap(LOSS, (a, b), step), np.stack(np.meshgrid(*axes), axis=-1), **BUDGET)
    minima = np.array([end.points[0] for end in found.flat if letter(end) in "+-"]).reshape(-1, 2)
    return {
        "step": step,
        "lines": ["".join(map(letter, line)) for line in found],
        "minima": np.unique(minima.round(2), axis=0).tolist(),
        "sharpest": rounded((2 / scalar_bounds(minima)).max(), 9) if len(minima) else None,
    }


def ends(step: float, starts: np.ndarray) -> list[Any]:
    """The step size, how many starts do what, and the bound 2/S of Theorem 1 at each minimum that was reached."""
    found = classify(GradientMap(LOSS, (a, b), step), starts, **BUDGET)
    minima = [end.points[0] for end in found if letter(end) in "+-"]
    return [rounded(step, 6), dict(Counter(map(letter, found))), rounded(scalar_bounds(minima), 9) if minima else []]


def letter(end: Outcome) -> str:
    """The outcome as a key of `LOOKS`; minima by the sign of a."""
    if end.period == 1:
        return "s" if end.points[0].prod() < 0.5 else "+" if end.points[0, 0] > 0 else "-"
    return str(end.kind)[0]


def draw(data: Any) -> Figure:
    figure = Figure(figsize=(13, 6.7), layout="constrained")
    grid = figure.add_gridspec(2, 1, height_ratios=[1, 1])
    figure.get_layout_engine().set(wspace=0.03, hspace=0.05)
    strip, low = grid[0].subgridspec(1, len(data["panels"])), grid[1].subgridspec(1, 2)
    first = None
    for cell, entry in zip(strip, data["panels"], strict=True):
        axis = figure.add_subplot(cell, sharex=first, sharey=first)
        first = first or axis
        draw_panel(axis, data["axes"], entry)
        axis.tick_params(labelleft=axis is first)
    first.set_ylabel("$b$, the second weight")
    box = {"fc": "white", "ec": "none", "pad": 1.5}
    axis.text(0.55, 2.8, "$ab=1$", bbox=box, fontsize=8)
    axis.text(0.2, -3.0, r"disc: $a^2+b^2\leq2/\delta$", color=RED, bbox=box, fontsize=8)
    draw_sharpness(figure.add_subplot(low[0, 0]), data)
    draw_shares(figure.add_subplot(low[0, 1]), data)
    return figure


def draw_panel(axis: Axes, axes: Any, data: Any) -> None:
    step, names = data["step"], list(LOOKS)
    cells = np.array([[names.index(word) for word in line] for line in data["lines"]])
    edges = [np.append(x, 2 * x[-1] - x[-2]) - (x[1] - x[0]) / 2 for x in map(np.array, axes)]
    colors = ListedColormap([color for _, color, _ in LOOKS.values()])
    axis.add_patch(Rectangle((-PLANE, -PLANE), 2 * PLANE, 2 * PLANE, facecolor="white", edgecolor=PALE, hatch="////", lw=0))
    cells = np.ma.masked_equal(cells, names.index("d"))
    axis.pcolormesh(*edges, cells, cmap=colors, vmin=-0.5, vmax=len(names) - 0.5, rasterized=True)
    line = np.geomspace(1 / PLANE, PLANE, 400)
    for sign in (1, -1):
        axis.plot(sign * line, sign / line, color=INK, lw=1, ls=":", path_effects=[withStroke(linewidth=2.5, foreground="white")])
    mark(axis, data["minima"], "o", ms=2.6, mew=0, color="white", zorder=3)
    angle, radius = np.linspace(0, 2 * np.pi, 241), np.sqrt(2 / step)
    halo = [withStroke(linewidth=3.5, foreground="white")]
    axis.plot(radius * np.cos(angle), radius * np.sin(angle), color=RED, ls="--", lw=1.6, path_effects=halo)
    told = "minima inside the disc attract" if step < BEST else "the disc holds no minimum"
    axis.set_title(f"$\\delta={step:g}$\n{told}", fontsize=9)
    axis.set(xlim=(-PLANE, PLANE), ylim=(-PLANE, PLANE), aspect="equal", xlabel="$a$, the first weight")


def draw_sharpness(axis: Axes, data: Any) -> None:
    axis.set_title("sharpness $S=a^2+b^2$ of every minimum that was reached")
    step = np.linspace(0.12, LAST, 300)
    axis.fill_between(step, 2 / step, 20, facecolor="white", edgecolor=PALE, hatch="////", lw=0)
    axis.plot(step, 2 / step, color=RED, ls="--", lw=1.6, label=r"$S=2/\delta$, the bound of Theorem 1")
    axis.plot([0, LAST], [2 / BEST] * 2, color=INK, lw=1, ls=":", label="$S=2$, the flattest minima, $a=b=\\pm1$")
    mark(axis, [(size, 2 / bound) for size, _, bounds in data["sweep"] for bound in bounds], ".", ms=2, color=NAVY, rasterized=True)
    axis.plot([], [], "o", ms=4, color=NAVY, label=f"reached, from {data['starts']} random starts for each step size")
    axis.text(1.35, 6.2, "unstable", ha="center", color=GREY, bbox={"fc": "white", "ec": "none"})
    axis.set(xlim=(0, LAST), ylim=(0, 12), xlabel=r"step size $\delta$", ylabel="sharpness $S$")
    axis.legend(loc="upper right")


def draw_shares(axis: Axes, data: Any) -> None:
    steps = [step for step, *_ in data["sweep"]]
    floor = np.zeros(len(steps))
    keys = []
    for word, (label, color, hatch) in LOOKS.items():
        share = np.array([counts.get(word, 0) for _, counts, _ in data["sweep"]]) / data["starts"]
        if share.any():
            axis.fill_between(steps, floor, floor + share, step="mid", facecolor=color, hatch=hatch, edgecolor=PALE, lw=0)
            keys.append(Patch(fc=color, hatch=hatch, ec=GREY, lw=0.5, label=label))
        floor += share
    axis.axvline(BEST, color=RED, ls="--", lw=1.6, path_effects=[withStroke(linewidth=4, foreground="white")])
    axis.set_title("what becomes of the starts, here and above")
    axis.set(xlim=(steps[0] / 2, LAST), ylim=(0, 1), xlabel=r"step size $\delta$", ylabel="share of the starts")
    axis.legend(handles=keys, loc="upper right", framealpha=1)


def rows(data: Any) -> list[list[str]]:
    """Each step size: the theorem's bound on the sharpness, the sharpest minimum that was reached, and what the starts did."""
    table = [["step size", "S <= 2/delta", "largest S reached", "agrees", "starts"]]
    for entry in data["panels"]:
        counts, bound, sharpest = Counter("".join(entry["lines"])), 2 / entry["step"], entry["sharpest"]
        told = ", ".join(f"{LOOKS[word][0].replace('$', '')} {counts[word]}" for word in LOOKS if counts[word])
        agrees = sharpest is None or sharpest <= bound * (1 + SLACK)
        table.append([f"{entry['step']:g}", f"{bound:.4f}", f"{sharpest:.4f}" if sharpest else "none", "yes" if agrees else "no", told])
    sweep = data["sweep"]
    broken = sum(step > bound * (1 + SLACK) for step, _, bounds in sweep for bound in bounds)
    above = sum(len(bounds) for step, _, bounds in sweep if step > BEST * (1 + SLACK))
    reached = sum(len(bounds) for *_, bounds in sweep)
    summary = f"{broken} of {reached} minima outside the bound, {above} reached with a step above {BEST:g}"
    table.append([f"{len(sweep)} others", "", "", "no" if broken or above else "yes", summary])
    return table


DEMO = Demo(__file__, measure, draw, rows, packages=("numpy", "sympy"))


def main(argv: Sequence[str] | None = None) -> int:
    return run(DEMO, argv)


if __name__ == "__main__":
    sys.exit(main())
