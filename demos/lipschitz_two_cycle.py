r"""A step of 1/L on a convex loss, and it never arrives: gradient descent jumps over the minimum, and back, for ever.

The loss c sqrt(1 + b^2 w^2), with c = L^2/beta and b = beta/L, is convex, its slope stays below L, and its curvature is largest at the
minimum, where it is beta. L is its Lipschitz constant (yedida-saha:definition-lipschitz), and 1/L is the step that the paper calls ideal
(yedida-saha:text-ideal-lr) because no step is longer than 1 (yedida-saha:text-bounded-implies-optimal). Left, one step of 1/L against
the point it starts from: beta = 3 L/2, and the orbit comes to rest; beta = 3 L, and it is caught by a two-cycle. Middle, the losses on the
way. Right, where orbits from random starts end, against beta/L: below 2 at the minimum, above 2 at -sqrt(1/4 - 1/b^2) or at its mirror
image, which are exact (dashed); so L >= beta/2 is the threshold. The cycle's multiplier, (1 - 8/b^2)^2, is certified in balls for some b
and is below 1: the cycle attracts, and a smaller or larger start does not help. At b = 2 itself orbits close in slowly, so the grid leaves
it out.

The second route: the gradient of the same loss by torch.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from _common import BLUE, GREY, INK, NAVY, PALE, RED, SAND, Demo, Options, mark, rounded, run
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sympy import Rational

from dynamics import GradientMap, certify_cycle
from theory.lipschitz.symbols import L, curvature, t
from theory.lipschitz.two_cycle import HEIGHT

RATIOS = (Rational(3, 2), Rational(3))  # beta/L of the two orbits
START = 0.9
CERTIFIED = (Rational(5, 2), Rational(3), Rational(4), Rational(6))
SPAN = (0.5, 6.0)
ROUNDED = 1e-8  # losses are stored with so many digits
SETTLED = 1e-9  # the slowest orbit of the grid, 0.02 from the threshold, loses 2 per cent a step: 4000 steps leave e^-80 of it


def loss(ratio: Any) -> Any:
    """The loss with L = 1 and beta = b, of the variable t."""
    return HEIGHT.subs({L: 1, curvature: ratio})


def descent(ratio: Any) -> GradientMap:
    """Gradient descent with the step 1/L = 1."""
    return GradientMap(loss(ratio), t, 1)


def measure(options: Options) -> dict[str, Any]:
    count, starts = (23, 6) if options.quick else (111, 24)
    dice = np.random.default_rng(options.seed)
    ratios = np.linspace(*SPAN, count)
    ratios = ratios[np.abs(ratios - 2) > 0.02]
    drawn = dice.uniform(-1.5, 1.5, starts)
    return {
        "starts": starts,
        "orbits": [orbit(ratio) for ratio in RATIOS],
        "ends": ends(ratios, drawn),
        "cycles": [certified(ratio) for ratio in CERTIFIED],
        "torch_differs_by": max(in_torch(float(ratio), drawn, options.device) for ratio in RATIOS),
    }


def orbit(ratio: Rational) -> dict[str, Any]:
    """The orbit of one start, its losses, and the map it follows."""
    points = descent(ratio).orbit(np.array(START), 24).ravel()
    values = loss_values(float(ratio), points) - loss_values(float(ratio), np.zeros(1))
    grid = np.linspace(-1.2, 1.2, 161)
    steps = descent(ratio).step(grid)
    return {
        "ratio": str(ratio),
        "points": rounded(points, 6),
        "losses": rounded(values, 8),
        "map": [rounded(pair) for pair in zip(grid, steps, strict=True)],
        "longest_step": float(np.abs(np.diff(points)).max()),
    }


def loss_values(ratio: float, points: np.ndarray) -> np.ndarray:
    return np.sqrt(1 + (ratio * points) ** 2) / ratio


def ends(ratios: np.ndarray, starts: np.ndarray) -> list[list[float]]:
    """For each b = beta/L: b, the exact size of the points of the attractor, and the least and the largest size among the starts.

    With u = b w a step is u - b u/sqrt(1 + u^2): the same loss for all, and b is the step size.
    """
    steps = np.repeat(ratios, len(starts))
    family = GradientMap(loss(1), t, steps)
    last = np.abs(family.advance(np.tile(starts, len(ratios)) * steps, 4000) / steps).reshape(len(ratios), -1)
    rows = zip(ratios, last.min(axis=1), last.max(axis=1), strict=True)
    return [[round(float(b), 6), cycle_point(float(b)), float(low), float(high)] for b, low, high in rows]


def cycle_point(ratio: float) -> float:
    """sqrt(1/4 - 1/b^2), or 0 below the threshold."""
    return float(np.sqrt(max(0.25 - ratio**-2, 0.0)))


def certified(ratio: Rational) -> dict[str, Any]:
    """The two-cycle in balls, and its multiplier."""
    found = certify_cycle(descent(ratio), [cycle_point(float(ratio)), -cycle_point(float(ratio))])
    (multiplier,) = found.multipliers
    return {
        "ratio": str(ratio),
        "period": found.period,
        "stability": found.stability,
        "multiplier": float(multiplier.real.mid()),
        "exact": float((1 - 8 / ratio**2) ** 2),
        "point": abs(float(found.as_floats()[0][0])),
    }


def in_torch(ratio: float, starts: np.ndarray, device: torch.device) -> float:
    """How far a step by torch's gradient lands from the map's."""
    w = torch.tensor(starts, dtype=torch.float64, device=device, requires_grad=True)
    (torch.sqrt(1 + (ratio * w) ** 2) / ratio).sum().backward()
    return float(np.abs((w - w.grad).detach().cpu().numpy() - descent(ratio).step(starts)).max())


def draw(data: Any) -> Figure:
    figure = Figure(figsize=(13, 6.4), layout="constrained")
    maps, losses, ends_ = figure.subplots(1, 3, width_ratios=[1, 1, 1.2])
    draw_maps(maps, data["orbits"])
    draw_losses(losses, data["orbits"])
    draw_ends(ends_, data)
    return figure


SHADES = (SAND, NAVY)


def draw_maps(axis: Axes, orbits: Any) -> None:
    """Each map, and the staircase of its orbit."""
    axis.plot([-1.2, 1.2], [-1.2, 1.2], color=PALE, lw=1)
    axis.plot([-1.2, 1.2], [1.2, -1.2], color=PALE, lw=1, ls=":")
    for own, shade in zip(orbits, SHADES, strict=True):
        axis.plot(*np.array(own["map"]).T, color=shade, lw=2, label=rf"$\beta={float(Rational(own['ratio'])):g}\,L$")
        stairs = np.repeat(own["points"], 2)
        axis.plot(stairs[:-2], stairs[1:-1], color=shade, lw=0.8, ls="--")
    axis.plot(START, own["points"][1], "o", color=INK, ms=4)
    axis.set(xlim=(-1, 1), ylim=(-1, 1), xlabel="$w$", ylabel=r"$w-\frac{1}{L}E'(w)$")
    axis.set_title("one step of 1/L, and the orbits from 0.9")
    axis.legend(loc="upper left")


def draw_losses(axis: Axes, orbits: Any) -> None:
    for own, shade, sign in zip(orbits, SHADES, "so", strict=True):
        values = np.array(own["losses"])
        values = values[values > 10 * ROUNDED]
        axis.semilogy(values, sign + "-", color=shade, ms=3.5, lw=1, label=rf"$\beta={float(Rational(own['ratio'])):g}\,L$")
    axis.set(xlabel="step", ylabel=r"$E(w)-\min E$, for $L=1$")
    axis.set_title("the loss rests above its minimum, for ever")
    axis.legend(loc="center right")


def draw_ends(axis: Axes, data: Any) -> None:
    ratio, exact, low, high = np.array(data["ends"]).T
    axis.axvline(2, color=RED, lw=1.2)
    axis.annotate(r"$\beta=2L$", (2.08, 0.44), color=RED)
    axis.plot(ratio, high, "o", color=BLUE, ms=3.5, label=f"where {data['starts']} random starts end, $\\pm$")
    axis.plot(ratio, -low, "o", color=BLUE, ms=3.5)
    dense = np.linspace(2, SPAN[1], 400)
    curve = np.sqrt(0.25 - dense**-2)
    axis.plot(dense, curve, color=INK, lw=1, ls="--", label=r"$\pm\sqrt{1/4-1/b^2}$")
    axis.plot(dense, -curve, color=INK, lw=1, ls="--")
    axis.plot(dense, 0 * dense, color=GREY, lw=1, ls=":", label="the minimum, which repels")
    mark(
        axis, [[float(Rational(own["ratio"])), own["point"]] for own in data["cycles"]], "D", color=RED, ms=6, mfc="none", label="certified"
    )
    axis.set(xlim=SPAN, ylim=(-0.98, 0.58), xlabel=r"$b=\beta/L$", ylabel="$w$")
    axis.set_title("where steps of 1/L end")
    axis.legend(loc="lower left")


def rows(data: Any) -> list[list[str]]:
    table = [["beta/L", "what", "points", "multiplier", "(1 - 8/b^2)^2"]]
    for own in data["orbits"]:
        last = own["points"][-2:]
        table.append([own["ratio"], f"longest step {own['longest_step']:.3f}", f"{last[0]:.6f}, {last[1]:.6f}", "", ""])
    for own in data["cycles"]:
        what = f"{own['stability']}, period {own['period']}"
        table.append([own["ratio"], what, f"+-{own['point']:.6f}", f"{own['multiplier']:.6f}", f"{own['exact']:.6f}"])
    off = sum(max(abs(low - exact), abs(high - exact)) > SETTLED for _, exact, low, high in data["ends"])
    count = len(data["ends"])
    table.append(["0.5 to 6", f"{off} of {count} end elsewhere", "", "", f"torch differs by {data['torch_differs_by']:.0e}"])
    return table


DEMO = Demo(__file__, measure, draw, rows, packages=("numpy", "sympy", "torch", "python-flint"), on_gpu=True)


def main(argv: Sequence[str] | None = None) -> int:
    return run(DEMO, argv)


if __name__ == "__main__":
    sys.exit(main())
