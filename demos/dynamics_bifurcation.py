r"""Gradient descent in a double well: exact thresholds over the computed orbit diagram, and the Lyapunov exponent below.

The loss x^4/4 - x^2/2 has its minima at -1 and 1 and a maximum at 0; these are the fixed points at every step size delta
(nar-sastry:text-equilibria). The minima, of curvature 2, attract up to delta = 1, where their multiplier 1 - 2 delta is -1
(nar-sastry:text-indirect). Past it orbits settle on 2-cycles, which grow with delta (nar-sastry:text-disc-magnitude),
double at sqrt(5) - 1, and double again; then comes chaos, with a window of 3-cycles in it. There a run converges to nothing
although nothing is random (nar-sastry:text-fourth), and the exponent, the mean of log |F'|, is positive.

Each minimum has an attractor of its own, so several starts are needed to see both. The two merge at delta = 3 sqrt(3)/2 - 1,
where the images of the turning points reach the maximum at 0, and orbits escape from delta = 2 on, where they reach the
repelling 2-cycle between -sqrt(1 + 2/delta) and its mirror image. At 2 itself the map is x' = 3x - 2x^3, a Chebyshev
polynomial up to sign and scale, with the exponent log 3.

The dashed thresholds and the certified exponents (circles) are exact; dots and line are what float64 orbits do, and know
nothing of them. The table sets one against the other: the exact value, and the two step sizes between which the diagram
changes.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy as sp
from _common import BLUE, GREY, NAVY, PALE, RED, SAND, Demo, Options, mark, progress, rounded, run
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dynamics import BifurcationDiagram, GradientMap, all_cycles, bifurcation_diagram, exact_bifurcations, lyapunov_exponents
from theory.step_bounds.symbols import delta, t

LOSS = t**4 / 4 - t**2 / 2
FIRST, LAST = 0.7, 2.1
BOX = (-1.2, 1.2)  # of the starts: inside the repelling 2-cycle at every step size up to LAST
# The grid is off every threshold by 1e-4 at least; next to one an orbit closes in by about 1e-3 a step, so this leaves nothing
TRANSIENT = 50_000
KEEP = 512  # enough that an orbit which may cross 0 does so, one grid step past the merger
CLOUD = 110  # points of a band that are drawn for one step size
ERRORS = 4  # standard errors that the measured exponent of a chaotic orbit may be off
DIGITS = 1e-8  # and that of an attracting cycle, which an orbit reaches up to rounding: exponents are stored with nine digits


def measure(options: Options) -> dict[str, Any]:
    count, steps = (6, 140) if options.quick else (12, 700)
    values = FIRST + (LAST - FIRST) * (np.arange(steps) + 0.5) / steps
    family = GradientMap(LOSS, t, values)
    where = {"box": BOX, "seed": options.seed, "device": options.device}
    diagram = bifurcation_diagram(family, count, **where, transient=TRANSIENT, keep=KEEP)
    exponents = lyapunov_exponents(family, count, **where, steps=10_000).exponents[..., 0]
    exact = {**doublings((1, 2) if options.quick else (1, 2, 4)), **window_of_three(), **crises()}
    return {
        "starts": count,
        "thresholds": [described(name, value, seen(name, diagram)) for name, value in exact.items()],
        "diagram": [points_at(diagram, i) for i in range(steps)],
        "exponents": [[rounded(v, 5), *spread(row)] for v, row in zip(values, exponents, strict=True)],
        "certified": certified(count, where),
        "at_two": at_two(count, where),
    }


def doublings(periods: Sequence[int]) -> dict[str, sp.Expr]:
    """The step sizes at which the attracting cycles of the first cascade double."""
    found = progress(periods, "exact thresholds")  # period 4 takes 20 s: a polynomial of degree 81
    return {f"period {p} doubles": exact_bifurcations(GradientMap(LOSS, t, 1), period=p).bifurcations[0].value for p in found}


def window_of_three() -> dict[str, sp.Expr]:
    """Where 3-cycles are born, and where these double."""
    born, *_, doubled = exact_bifurcations(GradientMap(LOSS, t, 1), period=3, within=(0, sp.Rational(3, 2))).bifurcations
    return {"period 3 is born": born.value, "period 3 doubles": doubled.value}


def crises() -> dict[str, sp.Expr]:
    """Where the image of a turning point of x' = x g(x^2) falls on 0, or on the 2-cycle x' = -x, in one more step."""
    growth = sp.Lambda(t, sp.expand(1 - delta * sp.cancel(sp.diff(LOSS, t) / t)).subs(t, sp.sqrt(t)))
    (turn,) = sp.solve(growth(t) + 2 * t * sp.diff(growth(t), t), t)
    image = turn * growth(turn) ** 2
    exact = {}
    for name, factor in (("halves merge", 0), ("orbits escape", -1)):
        (exact[name],) = (root for root in set(sp.real_roots(sp.numer(sp.together(growth(image) - factor)), delta)) if root > 0)
    return {name: sp.radsimp(value) for name, value in exact.items()}


def described(name: str, value: sp.Expr, between: Sequence[float] | None) -> dict[str, Any]:
    return {"name": name, "exact": str(value) if len(str(value)) < 30 else "root of a polynomial", "value": float(value), "seen": between}


def seen(name: str, diagram: BifurcationDiagram) -> list[float] | None:
    """The two step sizes between which the diagram does what the name says for the first time; none if it never does."""
    x = diagram.points[..., 0]
    match name.split():
        case ["period", period, "doubles"]:
            has = (diagram.periods == int(period)).any(axis=1)
            change = np.flatnonzero(has[:-1] & ~has[1:]) + 1
        case ["period", period, "is", "born"]:
            has = (diagram.periods == int(period)).any(axis=1)
            change = np.flatnonzero(~has[:-1] & has[1:]) + 1
        case ["halves", "merge"]:
            change = np.flatnonzero(((x > 0).any(axis=2) & (x < 0).any(axis=2)).any(axis=1))
        case _:
            change = np.flatnonzero(diagram.diverged.any(axis=1))
    return rounded(diagram.values[change[0] - 1 : change[0] + 1], 5) if len(change) and change[0] else None


def points_at(diagram: BifurcationDiagram, i: int) -> list[Any]:
    """Step size, share of starts that diverged, and the points of orbits that stay below 0, above it, and on no side."""
    gone, x = diagram.diverged[i], diagram.points[i, :, :, 0]
    sides = (x < 0).all(axis=1), (x > 0).all(axis=1)
    return [
        rounded(diagram.values[i], 5),
        rounded(gone.mean(), 3),
        *(cloud(x[side & ~gone]) for side in (*sides, ~(sides[0] | sides[1]))),
    ]


def cloud(orbits: np.ndarray) -> list[float]:
    """The points of cycles; of bands, so many of one orbit."""
    every = np.unique(orbits.round(3))
    return every.tolist() if len(every) <= CLOUD else np.unique(orbits[0, :CLOUD].round(3)).tolist()


def spread(exponents: np.ndarray) -> list[float | None]:
    """The least and the largest exponent of the starts; none where all diverged, or at a superstable cycle."""
    finite = exponents[np.isfinite(exponents)]
    return rounded([finite.min(), finite.max()]) if len(finite) else [None, None]


def certified(count: int, where: dict[str, Any]) -> list[list[float]]:
    """Step size, exponent log |M| / p of an attracting fixed point or 2-cycle, from a ball around its multiplier M, and as measured."""
    chosen = [(1, sp.Rational(k, 20)) for k in range(15, 20)] + [(2, sp.Rational(k, 40)) for k in range(41, 50, 2)]
    family = GradientMap(LOSS, t, np.array([float(step) for _, step in chosen]))
    measured = lyapunov_exponents(family, count, **where).exponents[..., 0]
    found = []
    for (period, step), row in zip(chosen, measured, strict=True):
        for cycle in all_cycles(GradientMap(LOSS, t, step), period):
            if cycle.stability == "attracting":
                exact = float((abs(cycle.multipliers[0]).log() / period).mid())
                found.append(rounded([step, exact, row[np.abs(row - exact).argmax()]], 9))
    return found


def at_two(count: int, where: dict[str, Any]) -> dict[str, float]:
    """The exponent at the step 2: exact, and measured with its standard error."""
    found = lyapunov_exponents(GradientMap(LOSS, t, np.array([2.0])), count, **where, steps=40_000).exponents[0, :, 0]
    return {"exact": float(sp.log(3)), "measured": float(found.mean()), "error": float(found.std(ddof=1) / np.sqrt(count))}


def draw(data: Any) -> Figure:
    figure = Figure(figsize=(13, 8.2), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[2.5, 1])
    draw_diagram(above, data)
    draw_exponents(below, data)
    for axis in (above, below):
        for threshold in data["thresholds"]:
            axis.axvline(threshold["value"], color=RED, lw=1, ls="--", zorder=1)
    below.set(xlim=(FIRST, LAST), xlabel=r"step size $\delta$")
    return figure


def draw_diagram(axis: Axes, data: Any) -> None:
    axis.set_title("Gradient descent on $x^4/4-x^2/2$: where orbits from " + f"{data['starts']} random starts end")
    steps = np.linspace(FIRST, LAST, 200)
    for points in (np.sqrt(1 + 2 / steps), -np.sqrt(1 + 2 / steps)):
        axis.plot(steps, points, color=GREY, lw=1, ls="-.")
    for minimum in (-1, 1):
        axis.plot([1, LAST], [minimum] * 2, color=GREY, lw=0.8, ls=":")
    axis.plot([FIRST, LAST], [0, 0], color=GREY, lw=0.8, ls=":", label="repelling fixed point")
    axis.plot([], [], color=GREY, lw=1, ls="-.", label="repelling 2-cycle")
    dot = min(4.0, 1200 / len(data["diagram"]))
    for place, color, label in ((3, NAVY, "attractor of 1"), (2, SAND, "attractor of $-1$"), (4, BLUE, "one attractor for both")):
        mark(axis, [(line[0], x) for line in data["diagram"] for x in line[place]], ".", ms=dot, mew=0, color=color, rasterized=True)
        axis.plot([], [], lw=4, color=color, label=label)
    gone = [line[0] for line in data["diagram"] if line[1] > 0]
    if gone:
        axis.axvspan(gone[0], LAST, facecolor="white", edgecolor=PALE, hatch="////", lw=0, zorder=0)
    axis.set(ylim=(-2.15, 2.75), ylabel="$x[k]$ for large $k$")
    label_thresholds(axis, data["thresholds"])
    axis.legend(loc="center left", bbox_to_anchor=(0, 0.54))


def label_thresholds(axis: Axes, thresholds: Any) -> None:
    """Each threshold's event and exact value at the top, on the side where there is room."""
    sides = {
        "period 4 doubles": ("left", 0),
        "period 3 is born": ("right", 1),
        "period 3 doubles": ("left", 1),
        "orbits escape": ("right", 0),
    }
    for entry in thresholds:
        side, row = sides.get(entry["name"], ("right", 0))
        said = sp.latex(sp.sympify(entry["exact"]), fold_short_frac=True) if "root of" not in entry["exact"] else f"{entry['value']:.5f}"
        said = f"{entry['name']}\n$\\delta={said}$"
        offset, where = (3 if side == "left" else -3), (entry["value"], 2.7 - 0.36 * row)
        axis.annotate(said, where, (offset, 0), textcoords="offset points", color=RED, ha=side, va="top", fontsize=8)


def draw_exponents(axis: Axes, data: Any) -> None:
    step, low, high = np.array([line for line in data["exponents"] if line[1] is not None]).T
    axis.axhline(0, color=GREY, lw=0.8)
    axis.fill_between(step, 0, np.maximum(high, 0), color=SAND, lw=0, label="chaos: nearby orbits part")
    axis.fill_between(step, low, high, color=BLUE, lw=0)
    axis.plot(step, high, color=NAVY, lw=0.9, label="measured, the largest of the starts")
    mark(axis, [point[:2] for point in data["certified"]], "o", ms=5, mfc="none", color=RED, label="certified: $\\log|M|/p$")
    axis.plot(2, data["at_two"]["exact"], "*", ms=9, color=RED, label=r"exact: $\log 3$ at $\delta=2$")
    axis.set(ylim=(-2.6, 1.4), ylabel="Lyapunov exponent a step")
    axis.legend(loc="lower right", ncols=2)


def rows(data: Any) -> list[list[str]]:
    """Each exact value beside what the diagram shows."""
    table = [["threshold", "exact", "value", "the diagram changes between", "agrees"]]
    for entry in data["thresholds"]:
        between = entry["seen"]
        shown = f"{between[0]:.4f} and {between[1]:.4f}" if between else "never"
        agrees = bool(between) and between[0] <= entry["value"] <= between[1]
        table.append([entry["name"], entry["exact"], f"{entry['value']:.5f}", shown, "yes" if agrees else "no"])
    two = data["at_two"]
    shown, agrees = f"{two['measured']:.5f} +- {two['error']:.5f}", abs(two["measured"] - two["exact"]) <= ERRORS * two["error"]
    table.append(["exponent at 2", "log(3)", f"{two['exact']:.5f}", shown, "yes" if agrees else "no"])
    off = max(abs(exact - measured) for _, exact, measured in data["certified"])
    shown = f"{len(data['certified'])} exponents differ by {off:.0e} at most"
    table.append(["certified cycles", "log|M|/p", "", shown, "yes" if off <= DIGITS else "no"])
    return table


DEMO = Demo(__file__, measure, draw, rows, packages=("numpy", "numba", "sympy", "python-flint"), on_gpu=True)


def main(argv: Sequence[str] | None = None) -> int:
    return run(DEMO, argv)


if __name__ == "__main__":
    sys.exit(main())
