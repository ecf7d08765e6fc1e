r"""Which solutions of a deep linear network gradient descent reaches, as the step size grows.

All factorisations W_L ... W_1 = R fit the target R equally well, but they are not equally steep. Theorem 1 gives each of them a largest step,
2/S with S = sum_j p_(j-1)^2 q_(j+1)^2, above which gradient descent from a random start does not converge to it (nar-sastry:theorem-1);
nothing is gained by waiting, and no solution at all is reached above the best of these bounds, 2/(L rho(R)^(2(L-1)/L))
(nar-sastry:corollary-1).

Left, two layers of width 1: solutions ab = 1 lie on a hyperbola, and the bound says a^2 + b^2 <= 2/delta, a disc. Starts everywhere in the plane
that converge do so inside the disc; an orbit that starts beside a solution outside leaves it and settles at a flatter one
(nar-sastry:theorem-1-arbitrarily-small, nar-sastry:text-same-cost-different-steps, nar-sastry:contrib-1).

Right, three layers of 3 x 3 matrices from many random starts: for every solution that was reached, the bound 2/S and the measured
2/lambda, with lambda the largest eigenvalue of the Hessian there. Always delta <= 2/lambda <= 2/S <= the best bound
(nar-sastry:text-smoothness-lower, nar-sastry:text-smoothness-step, nar-sastry:text-disc-optima). Below, what became of the other starts: with
growing steps more of them diverge, and above the best bound some oscillate, none converges (nar-sastry:remark-1).
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

from dynamics import DeepLinearMap, OutcomeKind, classify, sharpness
from theory.step_bounds.bounds import solution_step_bound, target_step_bound

TARGET = (2.0, 1.0, 0.5)  # the singular values of R
DEPTH = 3
SCALE = 0.8  # of the random weights: solutions from flat to steep, and few starts that diverge at once
PLANE_STEP = 0.4
PLANE = 3.5  # the plane of the scalar network is drawn up to here
KINDS = [str(kind) for kind in OutcomeKind]
LOOKS = ((NAVY, ""), (BLUE, "...."), (SAND, ""), ("white", "////"), (PALE, ""))  # of the kinds, in their order
# classify stops within 1e-9 of a solution, relative to the orbit's size; S and lambda are smooth there
SLACK = 1e-6


def measure(options: Options) -> dict[str, Any]:
    return {"plane": plane(options), **matrices(options, *((16, 12) if options.quick else (32, 40)))}


def plane(options: Options) -> dict[str, Any]:
    """Two layers of width 1 with the target 1, from a lattice of starts; and two orbits."""
    net = DeepLinearMap(torch.ones(1, 1, dtype=torch.float64, device=options.device), [1, 1, 1], PLANE_STEP)
    side = 14 if options.quick else 22
    ticks = PLANE * (2 * torch.arange(side, dtype=torch.float64, device=options.device) + 1 - side) / side
    starts = torch.cartesian_prod(ticks, ticks)
    ends = classify(net, starts, max_steps=4000, max_period=2)
    shown = torch.tensor([[2.6, 1 / 2.6 + 0.002], [-1 / 2.8 - 0.002, -2.8]], dtype=torch.float64, device=options.device)
    return {
        "step": PLANE_STEP,
        "starts": [[*rounded(s), str(e.kind), rounded(e.points[-1], 8) if e.period == 1 else []] for s, e in zip(starts.tolist(), ends, strict=True)],
        "orbits": [rounded(orbit.tolist()) for orbit in net.orbit(shown, 80).transpose(0, 1).cpu()],
    }


def matrices(options: Options, count: int, starts: int) -> dict[str, Any]:
    """The matrix network, every step from the same random starts; for each solution reached, 2/S and 2/lambda."""
    target = torch.diag(torch.tensor(TARGET, dtype=torch.float64, device=options.device))
    widths = [len(TARGET)] * (DEPTH + 1)
    best = float(target_step_bound(max(TARGET), DEPTH))
    x0 = DeepLinearMap(target, widths, best).initial(starts, seed=options.seed, scale=SCALE)
    outcomes, reached = [], []
    for step in progress([best * 1.12 * (i + 1) / count for i in range(count)], "matrix network"):
        net = DeepLinearMap(target, widths, step)
        ends = classify(net, x0, max_steps=10_000, max_period=4)
        kinds = [str(end.kind) for end in ends]
        outcomes.append([rounded(step, 6), {kind: kinds.count(kind) for kind in KINDS if kind in kinds}])
        reached += [[rounded(step, 6), *bounds(net, torch.as_tensor(end.points[-1:], device=options.device))] for end in ends if end.period == 1]
    return {"depth": DEPTH, "singular_values": TARGET, "best_bound": best, "starts": starts, "outcomes": outcomes, "reached": reached}


def bounds(net: DeepLinearMap, point: torch.Tensor) -> list[float]:
    """2/S and 2/lambda at one solution, and the half-width of what lambda's enclosure allows."""
    lam = sharpness(lambda x: net.loss(x)[0], point)
    return [float(solution_step_bound([w[0] for w in net.unpack(point)])), 2 / lam.value]


def draw(data: Any) -> Figure:
    figure = Figure(figsize=(13, 7), layout="constrained")
    grid = figure.add_gridspec(2, 2, width_ratios=[1, 1.05], height_ratios=[2.2, 1])
    figure.get_layout_engine().set(wspace=0.04, hspace=0.04)
    draw_plane(figure.add_subplot(grid[:, 0]), data["plane"])
    above = figure.add_subplot(grid[0, 1])
    draw_reached(above, data)
    draw_outcomes(figure.add_subplot(grid[1, 1], sharex=above), data)
    return figure


def draw_plane(axis: Axes, data: Any) -> None:
    axis.set_title(f"Two layers of width 1, target 1, $\\delta={data['step']:g}$\nonly solutions inside the disc are reached")
    a = np.geomspace(1 / PLANE, PLANE, 400)
    stable = [solution_step_bound([[[x]], [[1 / x]]]) >= data["step"] for x in a]
    for sign in (1, -1):
        axis.plot(sign * a, sign / a, color=INK, lw=1, ls=":", label="solutions $ab=1$" if sign == 1 else None)
        axis.plot(sign * a[stable], sign / a[stable], color=INK, lw=2)
    for kind, (mark, color) in {"converged": ("o", BLUE), "diverged": ("x", SAND)}.items():
        points = [(a, b) for a, b, found, _ in data["starts"] if found == kind]
        axis.plot(*zip(*points, strict=True), mark, ms=3, color=color, mfc="none", label=f"start that {kind}")
    if other := [(a, b) for a, b, found, _ in data["starts"] if found not in ("converged", "diverged")]:
        axis.plot(*zip(*other, strict=True), "s", ms=3, color=GREY, mfc="none", label="start that did neither")
    ends = [end for *_, end in data["starts"] if end]
    axis.plot(*zip(*ends, strict=True), "o", ms=5, color=NAVY, label="solution that was reached", zorder=3)
    for orbit in data["orbits"]:
        axis.plot(*zip(*orbit, strict=True), "-o", lw=1.2, ms=3.5, color=RED, mfc="white", zorder=4, label="an orbit" if orbit[0][0] > 0 else None)
    angle, radius = np.linspace(0, 2 * np.pi, 241), np.sqrt(2 / data["step"])
    axis.plot(radius * np.cos(angle), radius * np.sin(angle), color=RED, ls="--", lw=1.5, label=r"$2/S=\delta$:  $a^2+b^2=2/\delta$")
    axis.set(xlim=(-PLANE, PLANE), ylim=(-PLANE, PLANE), aspect="equal", xlabel="$a$, the first layer", ylabel="$b$, the second layer")
    axis.legend(loc="lower right")


def draw_reached(axis: Axes, data: Any) -> None:
    best = data["best_bound"]
    step, solution, curvature = np.array(data["reached"]).T
    right, top = 1.16 * best, 1.14 * best
    axis.set_title("Three layers of 3 x 3, singular values of the target 2, 1, 1/2\neach solution that was reached: its bound and its curvature")
    axis.fill_between([0, right], [0, right], facecolor="white", edgecolor=PALE, hatch="////", lw=0)
    axis.plot([0, right], [0, right], color=GREY, lw=1)
    axis.plot(step, curvature, ".", ms=4, color=SAND, label=r"$2/\lambda$, measured")
    axis.plot(step, solution, "o", ms=4.5, mfc="none", mew=0.8, color=NAVY, label="$2/S$, the bound of Theorem 1")
    axis.plot([0, right], [best, best], color=RED, ls="--", lw=1.5, label=rf"$2/(L\rho^{{2(L-1)/L}})={best:.3f}$, the best of all")
    axis.text(0.72 * best, 0.25 * best, r"unstable: $2/\lambda<\delta$", ha="center", bbox={"fc": "white", "ec": "none"})
    axis.set(xlim=(0, right), ylim=(0, top), ylabel="largest step of the solution")
    axis.tick_params(labelbottom=False)
    axis.legend(loc="lower right")


def draw_outcomes(axis: Axes, data: Any) -> None:
    steps = [step for step, _ in data["outcomes"]]
    floor = np.zeros(len(steps))
    for kind, (color, hatch) in zip(KINDS, LOOKS, strict=True):
        share = np.array([counts.get(kind, 0) for _, counts in data["outcomes"]]) / data["starts"]
        if share.any():
            axis.bar(steps, share, width=steps[0], bottom=floor, color=color, hatch=hatch, edgecolor=GREY, lw=0.3, label=kind)
        floor += share
    axis.axvline(data["best_bound"], color=RED, ls="--", lw=1.5)
    axis.set(ylim=(0, 1), xlabel=r"step size $\delta$", ylabel=f"share of {data['starts']} starts")
    axis.legend(loc="lower left")


def rows(data: Any) -> list[list[str]]:
    """The chain of inequalities, link by link, and how many solutions break it."""
    step, solution, curvature = np.array(data["reached"]).T
    best, over = data["best_bound"], 1 + SLACK
    ends = [end for *_, end in data["plane"]["starts"] if end]
    outside = sum(a * a + b * b > 2 / data["plane"]["step"] * over for a, b in ends)
    return [
        ["inequality", "solutions", "broken by", "closest"],
        ["a^2 + b^2 <= 2/delta (two layers of width 1)", str(len(ends)), str(outside), _ratio([(a * a + b * b) * data["plane"]["step"] / 2 for a, b in ends])],
        ["delta <= 2/lambda", str(len(step)), str(int((step > curvature * over).sum())), _ratio(step / curvature)],
        ["2/lambda <= 2/S", str(len(step)), str(int((curvature > solution * over).sum())), _ratio(curvature / solution)],
        ["2/S <= best bound", str(len(step)), str(int((solution > best * over).sum())), _ratio(solution / best)],
        ["delta <= best bound", str(len(step)), str(int((step > best * over).sum())), _ratio(step / best)],
    ]


def _ratio(values: Any) -> str:
    return f"{max(values):.4f}"


DEMO = Demo(__file__, measure, draw, rows, packages=("numpy", "torch"), on_gpu=True)


def main(argv: Sequence[str] | None = None) -> int:
    return run(DEMO, argv)


if __name__ == "__main__":
    sys.exit(main())
