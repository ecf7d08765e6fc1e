r"""What the step size does to the orbits of gradient descent, on three functions of one variable.

Above, cobwebs: an orbit goes up or down to the graph of the map x' = x - delta f'(x), across to the diagonal, and so on.
Below, where orbits end as the step size delta grows, with the thresholds of the theorems drawn in.

Example 1, f1(x) = (2/3)|x|^(3/2), is convex, and still almost every start ends in the 2-cycle between delta^2/4 and
-delta^2/4; only starts in a countable set S, such as delta^2, land on the minimum 0 (nar-sastry:example-1-map,
nar-sastry:example-1-s, nar-sastry:example-1-cycle).

Example 2, f2(x) = (x^2+1)(x-1)^2(x-2)^2: the minimum at 2 attracts up to delta = 1/5, the one at 1 up to delta = 1/2, so
what converges with a step in between has found 1. Past its threshold a minimum hands over to cycles of doubling period,
then to chaos (nar-sastry:example-2-minima, nar-sastry:example-2-stability, nar-sastry:example-2-conditional,
nar-sastry:figure-1).

Example 3, f3(x) = x^4: the start decides. Orbits fall to 0 from x[0]^2 < 1/(2 delta) and run off to infinity from above;
on the boundary they flip between two points for ever (nar-sastry:example-3-converge, nar-sastry:example-3-diverge).

What the three show together: nar-sastry:text-four-points.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy as sp
from _common import GREY, INK, NAVY, PALE, RED, SAND, Demo, Options, mark, progress, rounded, run
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dynamics import GradientMap, OutcomeKind, all_cycles, certify_basin, classify
from theory.formula import Formula
from theory.step_bounds.example_even_power import THRESHOLD
from theory.step_bounds.example_power import AMPLITUDE, GOLDEN
from theory.step_bounds.example_power import LOSS as POWER
from theory.step_bounds.example_two_wells import LIMITS
from theory.step_bounds.example_two_wells import LOSS as TWO_WELLS
from theory.step_bounds.symbols import delta, m, t

WELLS = TWO_WELLS(t)
HALF_DEPTH = 2  # m in x^(2m)
QUARTIC = t ** (2 * HALF_DEPTH)
CYCLE = Formula(AMPLITUDE, (delta,))
LARGEST_START = Formula(THRESHOLD ** (1 / (2 * m - 2)), (delta, m))  # up to here an orbit of x^(2m) falls to 0
BETWEEN = sp.Rational(3, 10)  # the paper's step between the two thresholds of example 2
RANGE = (0.6, 2.2)  # of the starts in example 2: both minima and what lies between them
LONGEST = 16  # cycles up to this period are told from bands
CLOUD = 120  # points of the bands that are drawn for one step size


def measure(options: Options) -> dict[str, Any]:
    rng = np.random.default_rng(options.seed)
    starts, steps = (8, 64) if options.quick else (24, 640)
    return {
        "power": power(rng),
        "wells": wells(),
        "starts_of_wells": starts,
        "orbits_of_wells": orbit_diagram(rng.uniform(*RANGE, starts), np.linspace(0.01, 0.79, steps)),
        "quartic": quartic(),
        "starts_of_quartic": starts_of_quartic(9 if options.quick else 18),
    }


def graph(gradient_map: GradientMap, low: float, high: float) -> list[list[float]]:
    """Points (x, x') of the map."""
    x = np.linspace(low, high, 241)
    return rounded(np.stack([x, gradient_map.step(x)], axis=1))


def power(rng: np.random.Generator) -> dict[str, Any]:
    """Example 1: an orbit to the 2-cycle, an exact orbit to 0, and where orbits end for other steps."""
    unit = GradientMap(POWER, t, 1)
    steps = np.linspace(0, 2, 25)[1:]
    ends = classify(unit.with_step_size(steps), rng.uniform(-1, 1, len(steps)))
    in_S = [sp.Rational(i, 4) for i in range(1, 9)]
    return {
        "graph": graph(unit, -1, 3),
        "orbit": rounded(unit.orbit(1.9, 40)),
        "landing": rounded(unit.orbit(GOLDEN, 3)),
        "runs": len(ends),
        "ends": [rounded([step, x], 12) for step, end in zip(steps, ends, strict=True) if end.period == 2 for x in end.points[:, 0]],
        "ends_from_S": rounded([[step, unit.with_step_size(step).orbit(step**2, 2)[-1]] for step in in_S]),
    }


def wells() -> dict[str, Any]:
    """Example 2 at the step 3/10: certified equilibria and a certified basin; and the thresholds of both minima."""
    between = GradientMap(WELLS, t, BETWEEN)
    basin = certify_basin(between, sp.Rational(9, 10), sp.Rational(11, 10))
    return {
        "graph": graph(between, *RANGE),
        "equilibria": [[rounded(c.as_floats()[0, 0], 6), c.stability] for c in all_cycles(between, 1)],
        "basin": rounded([basin.lower[0], basin.upper[0]]),
        "thresholds": {str(minimum): str(limit) for minimum, limit in LIMITS.items()},
        "to_one": rounded(between.orbit(0.72, 30)),
        "around_two": rounded(between.orbit(2.004, 60)),
    }


def orbit_diagram(starts: np.ndarray, steps: np.ndarray) -> list[list[Any]]:
    """For each step size: how many starts diverged, the points of equilibria and cycles, and points of the bands."""
    unit, diagram = GradientMap(WELLS, t, 1), []
    for step in progress(steps.tolist(), "orbit diagram"):
        one = unit.with_step_size(step)
        ends = classify(one, starts, max_steps=2000, max_period=LONGEST)
        diverged = sum(end.kind is OutcomeKind.DIVERGED for end in ends)
        settled = {x for end in ends if end.period for x in rounded(end.points[:, 0])}
        restless = np.array([end.points[-1, 0] for end in ends if len(end.points) and not end.period])
        bands = set(rounded(one.orbit(restless, CLOUD // len(restless)).ravel())) if len(restless) else set()
        diagram.append([rounded(step, 5), diverged, sorted(settled), sorted(bands)])
    return diagram


def quartic() -> dict[str, Any]:
    """Example 3 at the step 1/4, whose threshold is sqrt 2: below it, on it (exactly) and above it."""
    quarter = GradientMap(QUARTIC, t, sp.Rational(1, 4))
    return {
        "graph": graph(quarter, -2.2, 2.2),
        "below": rounded(quarter.orbit(1.25, 60)),
        "on": rounded(quarter.orbit(sp.sqrt(2), 4)),
        "above": rounded(quarter.orbit(1.5, 3)),
    }


def starts_of_quartic(side: int) -> list[list[Any]]:
    """Step, start, the threshold at this step, and whether the modulus `falls` at every step, `diverged` or did `neither`."""
    cells = (np.arange(side) + 0.5) / side
    steps, starts = (grid.ravel() for grid in np.meshgrid(cells, 2.5 * cells))
    every = GradientMap(QUARTIC, t, 1).with_step_size(steps)
    escaped = [end.kind is OutcomeKind.DIVERGED for end in classify(every, starts, max_steps=400)]
    with np.errstate(invalid="ignore"):  # inf - inf, of an orbit that ran away
        falling = (np.diff(np.abs(every.orbit(starts, 400)), axis=0) < 0).all(axis=0)
    told = np.select([escaped, falling], ["diverged", "falls"], "neither").tolist()
    numbers = np.stack([steps, starts, LARGEST_START(steps, HALF_DEPTH)], axis=1)
    return [[*rounded(row), word] for row, word in zip(numbers, told, strict=True)]


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
        axis.legend(loc="upper center" if axis is axes[0, 2] else "upper left")
    for axis in axes[1]:
        axis.set_xlabel(r"step size $\delta$")
    return figure


def cobweb(axis: Axes, orbit: Sequence[float], label: str, **style: Any) -> None:
    """Up or down to the graph, across to the diagonal; a dot at the start."""
    x = np.repeat(orbit, 2)
    axis.plot(x[:-1], np.concatenate([x[:1], x[2:]]), **{"lw": 1.1, **style})
    axis.plot(x[0], x[0], marker="o", ms=6, **style, label=label)


def graph_of_map(axis: Axes, points: Any, low: float, high: float) -> None:
    axis.plot([low, high], [low, high], color=GREY, lw=0.7)
    mark(axis, points, "-", color=INK, lw=2)
    axis.set(xlim=(low, high), ylim=(low, high))


def draw_power(web: Axes, ends: Axes, data: Any) -> None:
    web.set_title("Example 1:  $f_1(x)=\\frac{2}{3}|x|^{3/2}$\nalmost every start ends in a 2-cycle  ($\\delta=1$)")
    graph_of_map(web, data["graph"], -1, 3)
    cobweb(web, data["landing"], r"$x[0]\in S$ lands on 0", color=SAND, ls="--")
    cobweb(web, data["orbit"], "any other start", color=NAVY)
    ends.set_title("where orbits end")
    curve = np.linspace(0, 2, 201)
    for sign, label in ((1, r"$\pm\,\delta^2/4$"), (-1, None)):
        ends.plot(curve, sign * CYCLE(curve), color=RED, lw=1.2, ls="--", label=label)
    mark(ends, data["ends"], "o", ms=4, mfc="none", color=NAVY, label="2-cycle that was found")
    mark(ends, data["ends_from_S"], "x", ms=5, color=SAND, label=r"from the start $\delta^2\in S$")
    ends.set(xlim=(0, 2.05), ylim=(-1.1, 1.1), ylabel="$x[k]$ for large $k$")
    ends.legend(loc="upper left")


def draw_wells(web: Axes, data: Any) -> None:
    web.set_title("Example 2:  $f_2(x)=(x^2+1)(x-1)^2(x-2)^2$\nbetween the thresholds only 1 attracts  ($\\delta=0.3$)")
    graph_of_map(web, data["graph"], *RANGE)
    cobweb(web, data["around_two"], "from near 2: never settles", color=SAND, lw=0.7)
    cobweb(web, data["to_one"], "to 1", color=NAVY)
    for kind, fill in (("attracting", RED), ("repelling", "white")):
        own = [(x, x) for x, stability in data["equilibria"] if stability == kind]
        mark(web, own, "s", ms=6, color=RED, mfc=fill, zorder=4, label=f"{kind} equilibrium")
    floor = [(x, RANGE[0]) for x in data["basin"]]
    mark(web, floor, "-", color=NAVY, lw=5, solid_capstyle="butt", clip_on=False, zorder=5, label="certified: all of it goes to 1")


def draw_diagram(axis: Axes, diagram: Any, thresholds: dict[str, str], starts: int) -> None:
    axis.set_title(f"where orbits end, from {starts} random starts between {RANGE[0]} and {RANGE[1]}")
    mark(axis, [(step, x) for step, _, _, bands in diagram for x in bands], ".", ms=0.5, color=SAND, rasterized=True)
    mark(axis, [(step, x) for step, _, settled, _ in diagram for x in settled], ".", ms=1.6, color=NAVY, rasterized=True)
    axis.plot([], [], lw=2, color=NAVY, label="equilibrium or cycle")
    axis.plot([], [], lw=5, color=SAND, label="bounded, no cycle found")
    for minimum, step in thresholds.items():
        threshold = float(sp.Rational(step))
        axis.axvline(threshold, color=RED, lw=1.2, ls="--")
        axis.plot([threshold, 0.8], [int(minimum)] * 2, color=RED, lw=0.8, ls=":")
        said = rf"$\delta={step}$: {minimum} turns unstable"
        axis.annotate(said, (threshold, 2.24), (4, 0), textcoords="offset points", color=RED, va="top")
    lost = np.array([diverged for _, diverged, _, _ in diagram]) / starts
    axis.fill_between([step for step, *_ in diagram], 0.5, 0.5 + lost / 4, color=PALE, lw=0)
    axis.annotate("share of starts that diverge", (0.49, 0.52), ha="right", fontsize=8)
    axis.set(xlim=(0, 0.8), ylim=(0.5, 2.25), ylabel="$x[k]$ for large $k$")
    axis.legend(loc="center left", bbox_to_anchor=(0, 0.55))


def draw_quartic(web: Axes, data: Any) -> None:
    web.set_title("Example 3:  $f_3(x)=x^4$\nthe start decides  ($\\delta=1/4$)")
    graph_of_map(web, data["graph"], -2, 3)
    cobweb(web, data["below"], f"$x[0]={data['below'][0]:g}$ falls to 0", color=NAVY)
    cobweb(web, data["on"], r"$x[0]=\sqrt{2}$ flips for ever", color=RED, ls="--")
    cobweb(web, data["above"], f"$x[0]={data['above'][0]:g}$ runs away", color=SAND)


def draw_starts(axis: Axes, starts: Any) -> None:
    axis.set_title("what becomes of each start")
    looks = {"falls": ("o", NAVY, "falls to 0"), "diverged": ("x", SAND, "runs away"), "neither": ("s", RED, "does neither")}
    for word, (sign, color, label) in looks.items():
        if own := [(step, start) for step, start, _, found in starts if found == word]:
            mark(axis, own, sign, ms=4, color=color, mfc="none", label=label)
    curve = np.linspace(0.05, 1, 200)
    axis.plot(curve, LARGEST_START(curve, HALF_DEPTH), color=RED, lw=1.5, ls="--", label=r"$x[0]^{L-2}=2/(L\delta)$")
    axis.set(xlim=(0, 1), ylim=(0, 3.1), ylabel="start $x[0]$")
    axis.legend(loc="upper right", ncols=2)


def rows(data: Any) -> list[list[str]]:
    """What the theory says, and what was found."""
    power, diagram, starts = data["power"], data["orbits_of_wells"], data["starts_of_quartic"]
    worst = max(abs(abs(x) - CYCLE(step)) for step, x in power["ends"])
    table = [["example", "theory", "found"]]
    table.append(["1", "orbits end at +-delta^2/4", f"{len(power['ends']) // 2} of {power['runs']} did, within {worst:.0e}"])
    for minimum, step in data["wells"]["thresholds"].items():
        largest = max((step for step, _, settled, _ in diagram if float(minimum) in settled), default="none")
        table.append(["2", f"{minimum} attracts only up to delta = {step}", f"largest step that converged to it: {largest}"])
    wrong = sum(told != ("falls" if start < edge else "diverged") for _, start, edge, told in starts)
    table.append(["3", "x[0]^2 < 1/(2 delta) falls to 0, above diverges", f"{wrong} of {len(starts)} starts did otherwise"])
    return table


DEMO = Demo(__file__, measure, draw, rows, packages=("numpy", "sympy", "python-flint"))


def main(argv: Sequence[str] | None = None) -> int:
    return run(DEMO, argv)


if __name__ == "__main__":
    sys.exit(main())
