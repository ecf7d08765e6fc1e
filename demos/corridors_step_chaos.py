r"""The corridor step on a quadratic loss: exact thresholds over the orbit diagram of its direction, and the rate of the loss below.

On (x^2 + kappa y^2)/2 the step L/|g|^2 (dherin-rosca:equation-3), which is Polyak's with the least loss 0
(dherin-rosca:text-polyak-def), turns the gradient by a rule that depends on its direction alone. The upper figure shows the
share of the steep axis in |g|^2 after many steps.

Up to kappa = 3 the steep axis is forgotten, and in the end each step divides the loss by 4, whatever kappa. Beyond it one
direction is kept, up to the sign of its steep part; there the step is 2/(kappa + 1), the best fixed step size, which the rule
finds by itself. At kappa = 3 + 2 sqrt(2) two directions begin to take turns, and then every step halves the loss, whatever
kappa; they become four at 4 + sqrt(15), and more lead to chaos. At 7 + 4 sqrt(3) a window of two other directions opens in it,
and from there on a single step can raise the loss (circles above 1).

The Polyak step need not be the one that comes nearest to the minimum (dherin-rosca:text-polyak-optimal), but every one does
come nearer, in the middle of chaos too. The lower figure shows the mean factor of the loss: from 3 + 2 sqrt(2) on it stays
below that of the best fixed step size. The dashed thresholds and the curves are exact; dots are what float64 orbits do, and
know nothing of them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy as sp
from _common import BLUE, GREY, NAVY, RED, SAND, Demo, Options, mark, rounded, run
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dynamics import BifurcationDiagram, SymbolicMap, bifurcation_diagram
from theory.corridors import thresholds
from theory.corridors.step_on_quadratics import BEST_RATE, FACTOR, FIXED, LARGEST, PARTS
from theory.corridors.symbols import kappa, t
from theory.proof import substitute

FIRST, LAST = 1.5, 40.0
SHARE = sp.Symbol("s", real=True)  # t/(1 + t), of the steep axis
BOX = (0.05, 0.95)  # of the starts
TRANSIENT = 20_000  # next to a threshold an orbit closes in by 1e-3 a step
KEEP = 512
CLOUD = 110  # points of a band that are drawn for one condition number
DIRECTIONS = 2000  # starts of single steps, whose largest factor is shown
CLOSE = 1e-3  # below this share the steep axis is forgotten
SAME = 1e-3  # what orbits next to a threshold may be off: they close in slowly


def measure(options: Options) -> dict[str, Any]:
    count, numbers = (6, 160) if options.quick else (12, 900)
    values = FIRST * (LAST / FIRST) ** ((np.arange(numbers) + 0.5) / numbers)
    diagram = bifurcation_diagram(
        share_map(values), count, box=BOX, seed=options.seed, device=options.device, transient=TRANSIENT, keep=KEEP
    )
    shares = diagram.points[..., 0]
    factors = factor_of(shares, values[:, None, None])
    return {
        "starts": count,
        "thresholds": [described(name, value, seen(name, diagram)) for name, value in exact().items()],
        "diagram": [[rounded(v, 5), cloud(row)] for v, row in zip(values, shares, strict=True)],
        "means": rounded(np.exp(np.log(factors).mean(axis=(1, 2))), 6),
        "largest": [largest_factor(v) for v in values],
        "settled": settled(values, factors),
    }


def share_map(numbers: np.ndarray) -> SymbolicMap:
    """The map of the share s = t/(1 + t), without its pole at 1: for t' = t (a/b)^2 it is s' = s a^2/(s a^2 + (1 - s) b^2)."""
    grows, rest = ((1 - SHARE) * substitute(part, {t: SHARE / (1 - SHARE)}) for part in PARTS)
    grows, rest = sp.expand(sp.cancel(grows)), sp.expand(sp.cancel(rest))
    update = SHARE * grows**2 / (SHARE * grows**2 + (1 - SHARE) * rest**2)
    return SymbolicMap(update, SHARE, {kappa: numbers})


def factor_of(share: Any, number: Any) -> Any:
    """By how much a step multiplies the loss."""
    formula = sp.cancel(substitute(FACTOR, {t: SHARE / (1 - SHARE)}))
    return sp.lambdify((SHARE, kappa), formula)(share, number)


def exact() -> dict[str, sp.Expr]:
    """Every threshold, in order."""
    found = thresholds()
    return {**found, "a window of two directions": found["the loss can rise"]}


def described(name: str, value: sp.Expr, between: Sequence[float] | None) -> dict[str, Any]:
    return {"name": name, "exact": str(value), "value": float(value), "seen": between}


def seen(name: str, diagram: BifurcationDiagram) -> list[float] | None:
    """The two condition numbers between which the name comes true for the first time; none if it never does."""
    values, shares = diagram.values, diagram.points[..., 0]
    turns = (diagram.periods == 2).all(axis=1)
    starts = np.flatnonzero(~turns[:-1] & turns[1:]) + 1
    match name:
        case "one direction":
            change = np.flatnonzero(shares.min(axis=(1, 2)) > CLOSE)
        case "two directions":
            change = starts
        case "four directions":
            change = np.flatnonzero(turns[:-1] & ~turns[1:]) + 1
        case "the loss can rise":
            change = np.flatnonzero(np.array([largest_factor(v) for v in values]) > 1)
        case _:
            change = starts[1:]
    return rounded(values[change[0] - 1 : change[0] + 1], 5) if len(change) and change[0] else None


def largest_factor(number: float) -> float:
    """The largest factor of the loss in one step from many directions: from the losses before and after."""
    angles = np.pi / 2 * (np.arange(DIRECTIONS) + 0.5) / DIRECTIONS
    x, y = np.cos(angles), np.sin(angles) / number  # gradients in all directions of a quadrant
    loss = (x**2 + number * y**2) / 2
    rate = loss / (x**2 + number**2 * y**2)
    after = ((x - rate * x) ** 2 + number * (y - rate * number * y) ** 2) / 2
    return float(rounded((after / loss).max(), 6))


def cloud(orbits: np.ndarray) -> list[float]:
    """The points of cycles; of bands, so many of one orbit."""
    every = np.unique(orbits.round(4))
    return every.tolist() if len(every) <= CLOUD else np.unique(orbits[0, :CLOUD].round(3)).tolist()


def settled(values: np.ndarray, factors: np.ndarray) -> float:
    """The largest difference of a factor at the end of a run from its exact value, before the directions become four."""
    exact_ = [1 / 4 if v <= 3 else float(substitute(BEST_RATE, {kappa: v})) if v <= 3 + 2 * 2**0.5 else 1 / 2 for v in values]
    before = values < 4 + 15**0.5
    return float(np.abs(factors[before] - np.array(exact_)[before, None, None]).max())


def draw(data: Any) -> Figure:
    figure = Figure(figsize=(13, 8.2), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[2, 1])
    above.set_title("The corridor step on $(x^2+\\kappa y^2)/2$: the gradient's direction, from " + f"{data['starts']} random starts")
    for low, high, share in exact_shares():
        numbers = np.linspace(low, high, 200)
        above.plot(numbers, share(numbers), color=SAND, lw=3, zorder=0)
    above.plot([], [], color=SAND, lw=3, label="exact, while it attracts")
    above.legend(loc="center left")
    dot = min(3.0, 1500 / len(data["diagram"]))
    mark(above, [(v, share) for v, shares in data["diagram"] for share in shares], ".", ms=dot, mew=0, color=NAVY, rasterized=True)
    above.set(ylim=(-0.02, 1.2), ylabel=r"share of the steep axis in $\|g\|^2$")
    draw_factors(below, data)
    for axis in (above, below):
        for threshold in data["thresholds"]:
            axis.axvline(threshold["value"], color=RED, lw=1, ls="--", zorder=1)
    for row, threshold in enumerate(data["thresholds"]):
        said = f"{threshold['name']}\n$\\kappa={sp.latex(sp.sympify(threshold['exact']))}$"
        above.annotate(
            said, (threshold["value"], 1.19 - 0.09 * (row > 3)), (3, 0), textcoords="offset points", color=RED, va="top", fontsize=8
        )
    ticks = [2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 40]
    below.set(xscale="log", xlim=(FIRST, LAST), xlabel=r"condition number $\kappa$", xticks=ticks, xticklabels=ticks)
    below.minorticks_off()
    return figure


def exact_shares() -> list[tuple[float, float, Any]]:
    """Where one direction attracts or two do, and their shares there."""
    first, second, third = (float(value) for value in list(thresholds().values())[:3])

    def half(number: np.ndarray, side: int) -> np.ndarray:
        total = number - 4 + 1 / number  # t + 1/t
        ratio = (total + side * np.sqrt(np.maximum(total**2 - 4, 0))) / 2
        return ratio / (1 + ratio)

    one = sp.lambdify(kappa, sp.cancel(FIXED / (1 + FIXED)))
    return [
        (FIRST, first, np.zeros_like),
        (first, second, one),
        (second, third, lambda n: half(n, 1)),
        (second, third, lambda n: half(n, -1)),
    ]


def draw_factors(axis: Axes, data: Any) -> None:
    values = np.array([v for v, _ in data["diagram"]])
    curve = sp.lambdify(kappa, LARGEST)(values)
    axis.axhline(1, color=GREY, lw=0.8)
    axis.plot(values, sp.lambdify(kappa, BEST_RATE)(values), color=SAND, lw=1.6, ls=":", label="the best fixed step size, exact")
    axis.plot(values, curve, color=RED, lw=1, label=r"largest, exact: $(\kappa+1)^2/(16\kappa)$")
    axis.plot(values[::8], data["largest"][::8], "o", ms=3, mfc="none", color=RED, label=f"largest of {DIRECTIONS} single steps")
    axis.plot(values, data["means"], ".", ms=2.5, color=BLUE, label="mean along the runs")
    axis.set(ylim=(0, 1.6), ylabel="factor of the loss a step")
    axis.legend(loc="upper left", ncols=2)


def rows(data: Any) -> list[list[str]]:
    """Each exact value beside what the runs show."""
    table = [["threshold", "exact", "value", "the runs change between", "agrees"]]
    for entry in data["thresholds"]:
        between = entry["seen"]
        shown = f"{between[0]:.4f} and {between[1]:.4f}" if between else "never"
        agrees = bool(between) and between[0] <= entry["value"] <= between[1]
        table.append([entry["name"], entry["exact"], f"{entry['value']:.5f}", shown, "yes" if agrees else "no"])
    table.append(
        [
            "factors",
            "1/4, then the best, then 1/2",
            "",
            f"differ by {data['settled']:.0e} at most",
            "yes" if data["settled"] < SAME else "no",
        ]
    )
    return table


DEMO = Demo(__file__, measure, draw, rows, packages=("numpy", "numba", "sympy"), on_gpu=True)


def main(argv: Sequence[str] | None = None) -> int:
    return run(DEMO, argv)


if __name__ == "__main__":
    sys.exit(main())
