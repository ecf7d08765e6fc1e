r"""The epsilon*-linear range along a line need not be an interval: a larger step can be "more linear" than a smaller one.

Scalar deep linear networks u_{i+1} = s_i u_i with all weights 1. Above, the nonlinear measurement epsilon of a step psi
(ni-talnikar:equation-13); below, for three epsilon*, the set of steps with epsilon <= epsilon* (ni-talnikar:definition-linear-range),
exactly, by `theory.linear_range.linear_range_set`: its ends are rational numbers or roots of polynomials. Two layers: epsilon is
proportional to |psi|, and each set an interval. Three layers that shrink alike, as a gradient step towards the target 0 makes them: at
epsilon* = 1/2 the step 3 lies apart, a single point, and for a little more a second interval. Five layers: three pieces. So
epsilon = C psi (ni-talnikar:text-eps-cpsi, the dotted line) says nothing of steps that are not small, and that one step is within the
range does not put the smaller ones there.

The second route: the measurement of the same networks in torch at each end that was found.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from _common import BLUE, GREY, INK, NAVY, PALE, RED, SAND, Demo, Options, progress, rounded, run
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sympy import Abs, FiniteSet, Float, Interval, Rational, Set, Symbol, Union, sstr

from dynamics import deep_linear, initialise, nonlinear_measurement
from theory.linear_range import deep_linear_measurement, linear_range_set

psi = Symbol("psi", real=True)
# (title, directions of the layers, epsilon*, steps drawn)
LINES: list[tuple[str, tuple[int, ...], tuple[Rational, ...], tuple[float, float]]] = [
    ("two layers: an interval", (-1, -1), (Rational(3, 10), Rational(1, 2), Rational(9, 10)), (-4.4, 4.4)),
    ("three layers: a point apart", (-1, -1, -1), (Rational(3, 10), Rational(1, 2), Rational(11, 20)), (-1.5, 4.0)),
    ("five layers: three pieces", (-1, -2, -2, 2, 2), (Rational(3, 10), Rational(9, 20), Rational(4, 5)), (-0.5, 1.5)),
]
SHADES = (NAVY, BLUE, SAND)


def measure(options: Options) -> dict[str, Any]:
    count = 201 if options.quick else 801
    return {"lines": [line(*entry, count, options.device) for entry in progress(LINES, "exact sets")]}


def line(
    title: str, directions: Sequence[int], limits: Sequence[Rational], drawn: tuple[float, float], count: int, device: torch.device
) -> dict[str, Any]:
    """The curve, and each set's pieces: [left, right, their exact forms]."""
    epsilon = deep_linear_measurement([1] * len(directions), directions, psi)
    steps = np.linspace(*drawn, count)
    steps = steps[np.abs(steps) > np.ptp(drawn) / count]  # psi = 0 is 0/0
    sets = []
    for limit in limits:
        found = pieces(linear_range_set(epsilon, psi, limit))
        ends = sorted({end for piece in found for end in piece})
        differs = max(abs(in_torch(directions, float(end), device) - float(limit)) for end in ends)
        rows = [[float(a), float(b), exact(a), exact(b)] for a, b in found]
        sets.append({"epsilon_star": str(limit), "pieces": rows, "torch_differs_by": differs})
    return {
        "title": title,
        "directions": list(directions),
        "steps": rounded(steps),
        "epsilon": rounded([float(epsilon.subs(psi, Float(step))) for step in steps]),
        "slope": float((epsilon / Abs(psi)).subs(psi, Rational(1, 10**9))),
        "sets": sets,
    }


def pieces(found: Set) -> list[tuple[Any, Any]]:
    """The intervals and points of an exact set, from left to right."""
    parts = found.args if isinstance(found, Union) else (found,)
    ends = [(p.start, p.end) for p in parts if isinstance(p, Interval)]
    ends += [(point, point) for p in parts if isinstance(p, FiniteSet) for point in p.args]
    return sorted(ends, key=lambda piece: float(piece[0]))


def exact(end: Any) -> str:
    """A rational or quadratic number in full, a root of a higher polynomial by its digits."""
    text = sstr(end)
    return text if len(text) <= 24 else f"{float(end):.6g}..."


def in_torch(directions: Sequence[int], step: float, device: torch.device) -> float:
    """The same measurement by forward-mode differentiation."""
    net = initialise(deep_linear([1] * (len(directions) + 1), device=device), "identity", seed=0)
    one = torch.ones(1, 1, dtype=torch.float64, device=device)
    sigma = {f"layer{i}.weight": value * one for i, value in enumerate(directions, 1)}
    if step < 0:
        step, sigma = -step, {name: -value for name, value in sigma.items()}
    return nonlinear_measurement(net, one, sigma, step).mean()


def draw(data: Any) -> Figure:
    figure = Figure(figsize=(13, 6.4), layout="constrained")
    axes = figure.subplots(2, len(data["lines"]), sharex="col", height_ratios=[1.6, 1])
    for (above, below), entry in zip(axes.T, data["lines"], strict=True):
        draw_curve(above, entry)
        draw_sets(below, entry)
    axes[0, 0].set_ylabel(r"nonlinear measurement $\epsilon$")
    axes[1, 0].set_ylabel(r"$\epsilon^*$-linear range")
    return figure


def draw_curve(axis: Axes, entry: Any) -> None:
    steps, epsilon = np.array(entry["steps"]), np.array(entry["epsilon"])
    limits = [float(Rational(own["epsilon_star"])) for own in entry["sets"]]
    for limit, shade in zip(limits, SHADES, strict=True):
        axis.axhline(limit, color=shade, lw=1.2, ls="--")
    axis.plot(steps, entry["slope"] * np.abs(steps), color=GREY, lw=1.2, ls=":", label=r"$C\,|\psi|$")
    axis.plot(steps, epsilon, color=INK, lw=1.8, label=r"$\epsilon(\psi)$")
    axis.axvline(0, color=PALE, lw=1, zorder=0)
    axis.set(xlim=(steps[0], steps[-1]), ylim=(0, 1.5 * limits[-1]))
    axis.set_title(f"{entry['title']}\nweights 1, directions {', '.join(f'{d}' for d in entry['directions'])}")
    axis.legend(loc="best")


def draw_sets(axis: Axes, entry: Any) -> None:
    for row, (own, shade) in enumerate(zip(entry["sets"], SHADES, strict=True)):
        for left, right, first, last in own["pieces"]:
            if left == right:
                axis.plot(left, row, "D", color=RED, ms=6)
                axis.annotate(first, (left, row + 0.12), ha="center", va="bottom", fontsize=8, color=RED)
                continue
            axis.plot([left, right], [row, row], color=shade, lw=6, solid_capstyle="butt")
            axis.annotate(short(left, first), (left, row + 0.12), ha="center", va="bottom", fontsize=8)
            axis.annotate(short(right, last), (right, row - 0.12), ha="center", va="top", fontsize=8)
    axis.axvline(0, color=PALE, lw=1, zorder=0)
    axis.set_yticks(range(len(entry["sets"])), [rf"$\epsilon^*={own['epsilon_star']}$" for own in entry["sets"]])
    axis.set(ylim=(-0.6, len(entry["sets"]) - 0.2), xlabel=r"step $\psi$")
    axis.tick_params(axis="y", length=0)


def short(value: float, text: str) -> str:
    """The exact form if it is short, since a figure has little room."""
    return text if len(text) <= 5 else f"{value:.3g}"


def rows(data: Any) -> list[list[str]]:
    table = [["network", "epsilon*", "steps in the linear range", "torch differs by"]]
    for entry in data["lines"]:
        for own in entry["sets"]:
            words = [f"{{{first}}}" if first == last else f"[{first}, {last}]" for _, _, first, last in own["pieces"]]
            table.append([entry["title"], own["epsilon_star"], " and ".join(words), f"{own['torch_differs_by']:.0e}"])
    return table


DEMO = Demo(__file__, measure, draw, rows, packages=("numpy", "sympy", "torch"), on_gpu=True)


def main(argv: Sequence[str] | None = None) -> int:
    return run(DEMO, argv)


if __name__ == "__main__":
    sys.exit(main())
