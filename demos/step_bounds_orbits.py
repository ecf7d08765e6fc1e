r"""What the step size does to the orbits of gradient descent, on three functions of one variable.

Above, cobwebs: an orbit goes up or down to the graph of the map x' = x - delta f'(x), then across to the diagonal, and so on. Below, where
orbits end as the step size delta grows, with the thresholds of the theorems drawn in.

Example 1, f1(x) = (2/3)|x|^(3/2), convex: almost every start ends in the 2-cycle between delta^2/4 and -delta^2/4; only starts in a countable
set, such as delta^2, land on the minimum 0 (nar-sastry:example-1-map, nar-sastry:example-1-s, nar-sastry:example-1-cycle).

Example 2, f2(x) = (x^2+1)(x-1)^2(x-2)^2: the minimum at 2 attracts up to delta = 1/5 and the one at 1 up to delta = 1/2, so between these steps
whatever converges has found 1. Past its threshold a minimum hands over to cycles whose period doubles, then to chaos
(nar-sastry:example-2-minima, nar-sastry:example-2-stability, nar-sastry:example-2-conditional, nar-sastry:figure-1).

Example 3, f3(x) = x^4: the start decides. Orbits fall to 0 from x[0]^2 < 1/(2 delta), run off to infinity from above, and on the boundary they
flip between two points for ever (nar-sastry:example-3-converge, nar-sastry:example-3-diverge).

Seen together: nar-sastry:text-four-points.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy as sp
from _common import BLUE, GREY, INK, NAVY, PALE, RED, SAND, Demo, Options, progress, rounded, run
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dynamics import GradientMap, OutcomeKind, all_cycles, certify_basin, classify
from theory.formula import Formula
from theory.step_bounds.example_even_power import THRESHOLD
from theory.step_bounds.example_power import AMPLITUDE, GOLDEN
from theory.step_bounds.example_power import LOSS as POWER
from theory.step_bounds.symbols import delta, m, t

LARGEST_START = Formula(THRESHOLD ** (1 / (2 * m - 2)), (delta, m))  # of an orbit that falls to 0 under GD on x^(2m)
CYCLE = Formula(AMPLITUDE, (delta,))
WELLS = (t**2 + 1) * (t - 1) ** 2 * (t - 2) ** 2
QUARTIC = t**4
HALF_DEPTH = 2  # of x^4
BETWEEN = sp.Rational(3, 10)  # the paper's step between the two thresholds of example 2
LONGEST = 16  # periods up to this are cycles, longer ones and chaos are bands
CLOUD = 120  # points of a band that are drawn for one step size


def measure(options: Options) -> dict[str, Any]:
    rng = np.random.default_rng(options.seed)
    starts = 8 if options.quick else 24
    return {
        "power": cusp(rng, 12 if options.quick else 24),
        "wells": wells(),
        "starts_of_wells": starts,
        "orbits_of_wells": orbit_diagram(rng, 80 if options.quick else 640, starts),
        "quartic": quartic(),
        "starts_of_quartic": starts_of_quartic(9 if options.quick else 18),
    }


def graph(gradient_map: GradientMap, low: float, high: float) -> list[list[float]]:
    """The graph of the map, as columns x and x'."""
    x = np.linspace(low, high, 241)
    return [rounded(x), rounded(gradient_map.step(x))]


def cusp(rng: np.random.Generator, count: int) -> dict[str, Any]:
    """Example 1: one orbit to the 2-cycle, one exact orbit to 0, and the ends of orbits over the step size."""
    unit = GradientMap(POWER, t, 1)
    steps = np.linspace(0, 2, count + 1)[1:]
    starts = rng.uniform(-1, 1, count)
    ends = classify(unit.with_step_size(steps), starts)
    exact = [GradientMap(POWER, t, step).orbit(step**2, 2)[-1] for step in (sp.Rational(i, 4) for i in range(1, 9))]
    return {
        "graph": graph(unit, -1.2, 3),
        "orbit": rounded(unit.orbit(1.9, 40)),
        "landing": rounded(unit.orbit(GOLDEN, 3)),
        "steps": rounded(steps, 12),
        "cycles": [rounded(np.sort(end.points[:, 0]), 12) if end.period == 2 else [] for end in ends],
        "starts_in_S": {"steps": [i / 4 for i in range(1, 9)], "ends": rounded(exact)},
    }


def wells() -> dict[str, Any]:
    """Example 2 at the step 3/10: certified equilibria and a certified basin; and the thresholds 2/f2'' at the minima."""
    between = GradientMap(WELLS, t, BETWEEN)
    basin = certify_basin(between, sp.Rational(9, 10), sp.Rational(11, 10))
    return {
        "step": float(BETWEEN),
        "graph": graph(between, 0.6, 2.2),
        "equilibria": [[rounded(c.as_floats()[0, 0], 6), c.stability] for c in all_cycles(between, 1)],
        "basin": rounded([basin.lower[0], basin.upper[0]]),
        "thresholds": {str(minimum): str(2 / sp.diff(WELLS, t, 2).subs(t, minimum)) for minimum in (1, 2)},
        "to_one": rounded(between.orbit(0.72, 30)),
        "around_two": rounded(between.orbit(2.004, 60)),
    }


def orbit_diagram(rng: np.random.Generator, count: int, starts: int) -> list[list[Any]]:
    """For each step: the step, how many of the starts diverged, and the points at which the others ended."""
    x0 = np.sort(rng.uniform(0.6, 2.2, starts))
    diagram = []
    for step in progress(np.linspace(0.01, 0.79, count).tolist(), "orbit diagram"):
        one = GradientMap(WELLS, t, 1).with_step_size(step) if not diagram else one.with_step_size(step)
        ends = classify(one, x0, max_steps=2000, max_period=LONGEST)
        diverged = sum(end.kind is OutcomeKind.DIVERGED for end in ends)
        settled = {p for end in ends if end.period for p in rounded(end.points[:, 0])}
        diagram.append([rounded(step, 5), diverged, sorted(settled), _cloud(one, [end for end in ends if len(end.points) and not end.period])])
    return diagram


def _cloud(one: GradientMap, ends: Sequence[Any]) -> list[float]:
    """Points of the bands that orbits without a period visit, from the last point of each on."""
    if not ends:
        return []
    last = np.array([end.points[-1, 0] for end in ends])
    return sorted(set(rounded(one.orbit(last, CLOUD // len(ends) + 1).ravel())))


def quartic() -> dict[str, Any]:
    """Example 3 at the step 1/4, whose threshold is sqrt 2: below it, on it (exactly) and above it."""
    quarter = GradientMap(QUARTIC, t, sp.Rational(1, 4))
    return {
        "step": 0.25,
        "graph": graph(quarter, -2.2, 2.2),
        "below": rounded(quarter.orbit(1.25, 60)),
        "on": rounded(quarter.orbit(sp.sqrt(2), 4)),
        "above": rounded(quarter.orbit(1.5, 3)),
    }


def starts_of_quartic(side: int) -> list[list[Any]]:
    """Rows of step, start, threshold of the start at this step, and whether the orbit `falls`, `diverged` or did `neither`."""
    cells = (np.arange(side) + 0.5) / side
    steps, starts = (grid.ravel() for grid in np.meshgrid(cells, 2.5 * cells))
    every = GradientMap(QUARTIC, t, 1).with_step_size(steps)
    escaped = [end.kind is OutcomeKind.DIVERGED for end in classify(every, starts, max_steps=400)]
    falling = (np.diff(np.abs(every.orbit(starts, 400)), axis=0) < 0).all(axis=0)
    told = np.select([escaped, falling], ["diverged", "falls"], "neither").tolist()
    edges = LARGEST_START(steps, HALF_DEPTH)
    return [[*rounded([step, start, edge]), word] for step, start, edge, word in zip(steps, starts, edges, told, strict=True)]


def draw(data: Any) -> Figure:
    figure = Figure(figsize=(13, 7.8), layout="constrained")
    axes = figure.subplots(2, 3, width_ratios=[1, 1.5, 1])
    figure.get_layout_engine().set(wspace=0.05, hspace=0.06)
    draw_power(axes[0, 0], axes[1, 0], data["power"])
    draw_wells(axes[0, 1], data["wells"])
    draw_diagram(axes[1, 1], data["orbits_of_wells"], data["wells"]["thresholds"], data["starts_of_wells"])
    draw_quartic(axes[0, 2], data["quartic"])
    draw_starts(axes[1, 2], data["starts_of_quartic"])
    for axis in axes[0]:
        axis.set(xlabel="$x[k]$", ylabel="$x[k+1]$")
    for axis in axes[1]:
        axis.set_xlabel(r"step size $\delta$")
    return figure


def cobweb(axis: Axes, orbit: Sequence[float], label: str, **style: Any) -> None:
    """Up or down to the graph, across to the diagonal; a dot at the start."""
    x = np.repeat(orbit, 2)
    axis.plot(x[:-1], np.concatenate([[x[0]], x[2:]]), **{"lw": 1.1, **style})
    axis.plot(x[0], x[0], marker="o", ms=6, **style, label=label)


def graph_of_map(axis: Axes, points: Any, low: float, high: float) -> None:
    axis.plot([low, high], [low, high], color=GREY, lw=0.7)
    axis.plot(*points, color=INK, lw=2)
    axis.set(xlim=(low, high), ylim=(low, high))


def draw_power(web: Axes, ends: Axes, data: Any) -> None:
    web.set_title("Example 1:  $f_1(x)=\\frac{2}{3}|x|^{3/2}$\nalmost every start ends in a 2-cycle  ($\\delta=1$)")
    graph_of_map(web, data["graph"], -1, 3)
    cobweb(web, data["landing"], "$x[0]\\in S$ lands on 0", color=SAND, ls="--")
    cobweb(web, data["orbit"], "any other start", color=NAVY)
    web.legend(loc="upper left")
    ends.set_title("where orbits end")
    curve = np.linspace(0, 2, 201)
    for sign in (1, -1):
        ends.plot(curve, sign * CYCLE(curve), color=RED, lw=1.2, ls="--", label=r"$\pm\,\delta^2/4$" if sign == 1 else None)
    found = [(step, x) for step, cycle in zip(data["steps"], data["cycles"], strict=True) for x in cycle]
    ends.plot(*zip(*found, strict=True), "o", ms=4, mfc="none", color=NAVY, label="2-cycle that was found")
    ends.plot(data["starts_in_S"]["steps"], data["starts_in_S"]["ends"], "x", ms=5, color=SAND, label="starts $\\delta^2\\in S$")
    ends.set(xlim=(0, 2.05), ylim=(-1.1, 1.1), ylabel="$x[k]$ for large $k$")
    ends.legend(loc="upper left")


def draw_wells(web: Axes, data: Any) -> None:
    web.set_title("Example 2:  $f_2(x)=(x^2+1)(x-1)^2(x-2)^2$\nbetween the thresholds only 1 attracts  ($\\delta=0.3$)")
    graph_of_map(web, data["graph"], 0.6, 2.2)
    cobweb(web, data["around_two"], "from near 2: never settles", color=SAND, lw=0.7)
    cobweb(web, data["to_one"], "to 1", color=NAVY)
    for x, stability in data["equilibria"]:
        web.plot(x, x, "s", ms=6, color=RED, mfc=RED if stability == "attracting" else "white", zorder=4)
    web.plot([], [], "s", ms=6, color=RED, label="attracting equilibrium")
    web.plot([], [], "s", ms=6, color=RED, mfc="white", label="repelling equilibrium")
    web.plot(data["basin"], [0.6, 0.6], color=NAVY, lw=5, solid_capstyle="butt", clip_on=False, zorder=5, label="certified: all of it goes to 1")
    web.legend(loc="upper left")


def draw_diagram(axis: Axes, diagram: Any, thresholds: dict[str, str], count: int) -> None:
    axis.set_title(f"where orbits end, from {count} random starts between 0.6 and 2.2")
    bands = [(step, x) for step, _, _, band in diagram for x in band]
    settled = [(step, x) for step, _, points, _ in diagram for x in points]
    axis.plot(*zip(*bands, strict=True), ".", ms=0.5, color=SAND, rasterized=True)
    axis.plot(*zip(*settled, strict=True), ".", ms=1.6, color=NAVY, rasterized=True)
    axis.plot([], [], "-", lw=2, color=NAVY, label="equilibrium or cycle")
    axis.plot([], [], "-", lw=5, color=SAND, label="bounded, no cycle found")
    for minimum, step in thresholds.items():
        threshold = float(sp.Rational(step))
        axis.axvline(threshold, color=RED, lw=1.2, ls="--")
        axis.plot([threshold, 0.8], [int(minimum)] * 2, color=RED, lw=0.8, ls=":")
        axis.annotate(rf"$\delta={step}$: {minimum} turns unstable", (threshold, 2.24), (4, 0), textcoords="offset points", color=RED, va="top")
    lost = np.array([row[1] for row in diagram]) / count
    axis.fill_between([row[0] for row in diagram], 0.5, 0.5 + lost / 4, color=PALE, lw=0)
    axis.annotate("share of starts that diverge", (0.49, 0.52), (-4, 4), textcoords="offset points", ha="right", fontsize=8)
    axis.set(xlim=(0, 0.8), ylim=(0.5, 2.25), ylabel="$x[k]$ for large $k$")
    axis.legend(loc="center left", bbox_to_anchor=(0, 0.55))


def draw_quartic(web: Axes, data: Any) -> None:
    web.set_title("Example 3:  $f_3(x)=x^4$\nthe start decides  ($\\delta=1/4$)")
    graph_of_map(web, data["graph"], -2, 3)
    cobweb(web, data["below"], f"$x[0]={data['below'][0]:g}$ falls to 0", color=NAVY)
    cobweb(web, data["on"], r"$x[0]=\sqrt{2}$ flips for ever", color=RED, ls="--")
    cobweb(web, data["above"], f"$x[0]={data['above'][0]:g}$ runs away", color=SAND)
    web.legend(loc="upper right", bbox_to_anchor=(1.05, 1))


def draw_starts(axis: Axes, starts: Any) -> None:
    axis.set_title("what becomes of each start")
    marks = {"falls": ("o", NAVY, "falls to 0"), "diverged": ("x", SAND, "runs away"), "neither": ("s", RED, "neither")}
    for word, (mark, color, label) in marks.items():
        if points := [(step, start) for step, start, _, found in starts if found == word]:
            axis.plot(*zip(*points, strict=True), mark, ms=4, color=color, mfc="none", label=label)
    curve = np.linspace(0.05, 1, 200)
    axis.plot(curve, LARGEST_START(curve, HALF_DEPTH), color=RED, lw=1.5, ls="--", label=r"$x[0]^{L-2}=2/(L\delta)$")
    axis.set(xlim=(0, 1), ylim=(0, 3.1), ylabel="start $x[0]$")
    axis.legend(loc="upper right", ncols=2)


def rows(data: Any) -> list[list[str]]:
    """What the theory says, and what was found."""
    power, wells, starts = data["power"], data["wells"]["thresholds"], data["starts_of_quartic"]
    errors = [abs(abs(x) - CYCLE(step)) for step, cycle in zip(power["steps"], power["cycles"], strict=True) for x in cycle]
    table = [["example", "theory", "found"]]
    table.append(["1", "orbits end at +-delta^2/4", f"{len(errors) // 2} of {len(power['steps'])} did, within {max(errors):.0e}"])
    for minimum, step in wells.items():
        largest = max(row[0] for row in data["orbits_of_wells"] if float(minimum) in row[2])
        table.append(["2", f"{minimum} attracts only below delta = {step}", f"largest step that converged to it: {largest}"])
    wrong = sum(told != ("falls" if start < edge else "diverged") for _, start, edge, told in starts)
    table.append(["3", "x[0]^2 < 1/(2 delta) falls to 0, > diverges", f"{wrong} of {len(starts)} starts did otherwise"])
    return table


DEMO = Demo(__file__, measure, draw, rows, packages=("numpy", "sympy", "python-flint"))


def main(argv: Sequence[str] | None = None) -> int:
    return run(DEMO, argv)


if __name__ == "__main__":
    sys.exit(main())
