r"""Which solutions of a deep linear network gradient descent reaches, as the step size grows.

All factorisations W_L ... W_1 = R fit the target R equally well, but they are not equally steep. Theorem 1 gives each
its own largest step size, 2/S with S = sum_j p_(j-1)^2 q_(j+1)^2: with larger steps, gradient descent from a random start
does not converge to it (nar-sastry:theorem-1). Above the best of these bounds, 2/(L rho(R)^(2(L-1)/L)), it converges to
no solution at all (nar-sastry:corollary-1).

Left, two layers of width 1. The solutions ab = 1 lie on a hyperbola, and 2/S >= delta says a^2 + b^2 <= 2/delta, a disc:
starts all over the plane end inside it. An orbit that starts beside a solution outside leaves it and settles at a flatter
one (nar-sastry:theorem-1-arbitrarily-small, nar-sastry:text-same-cost-different-steps, nar-sastry:contrib-1). The line
a = -b leads to the saddle at 0; a random start misses it.

Right, three layers of 3 x 3 matrices from random starts. For every solution that was reached: its bound 2/S, and 2/lambda
with the measured sharpness lambda, the largest eigenvalue of the Hessian there. Always
delta <= 2/lambda <= 2/S <= the best bound (nar-sastry:text-smoothness-lower, nar-sastry:text-smoothness-step,
nar-sastry:text-disc-optima). Below, what all the starts did: the larger the step, the more of them diverge; above the
best bound some oscillate and none converges (nar-sastry:remark-1).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from _common import BLUE, GREY, INK, NAVY, PALE, RED, SAND, Demo, Options, mark, progress, rounded, run
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dynamics import DeepLinearMap, OutcomeKind, classify, sharpness
from theory.step_bounds.bounds import solution_step_bound, target_step_bound

TARGET = (2.0, 1.0, 0.5)  # the singular values of R
DEPTH = 3
SCALE = 0.8  # of the random weights: solutions from flat to steep, and few starts that diverge at once
PLANE_STEP = 0.4
PLANE = 3.5  # the plane of the scalar network is drawn up to here
# Two starts close to solutions outside the disc
BESIDE = [[2.6, 1 / 2.6 + 0.002], [-1 / 2.8 - 0.002, -2.8]]
# A period that is looked for costs two steps a look; short ones let classify look early, before a fast orbit has stopped
LONGEST = 4
SLACK = 1e-6  # classify stops within 1e-9 of a solution, relative to the orbit's size, and S and lambda are smooth there
LOOKS = {
    OutcomeKind.CONVERGED: (NAVY, ""),
    OutcomeKind.CYCLE: (BLUE, "...."),
    OutcomeKind.BOUNDED: (SAND, ""),
    OutcomeKind.UNDECIDED: (PALE, ""),
    OutcomeKind.DIVERGED: ("white", "////"),
}


def measure(options: Options) -> dict[str, Any]:
    side, sizes, starts, budget = (14, 12, 12, 2000) if options.quick else (22, 32, 40, 10_000)
    return {"plane": plane(options.device, side), **matrices(options, sizes, starts, budget)}


def plane(device: torch.device, side: int) -> dict[str, Any]:
    """Two layers of width 1 with the target 1, from a lattice of starts; and two orbits."""
    net = DeepLinearMap(torch.ones(1, 1, dtype=torch.float64, device=device), [1, 1, 1], PLANE_STEP)
    ticks = PLANE * (2 * torch.arange(side, dtype=torch.float64, device=device) + 1 - side) / side
    starts = torch.cartesian_prod(ticks, ticks)
    ends = classify(net, starts, max_steps=1000, max_period=LONGEST)
    beside = torch.tensor(BESIDE, dtype=torch.float64, device=device)
    return {
        "step": PLANE_STEP,
        "starts": [[*rounded(start), str(end.kind)] for start, end in zip(starts.tolist(), ends, strict=True)],
        "reached": [rounded(end.points[-1], 9) for end in ends if end.period == 1],
        "orbits": rounded(net.orbit(beside, 80).transpose(0, 1).tolist()),
    }


def matrices(options: Options, count: int, starts: int, budget: int) -> dict[str, Any]:
    """The matrix network with growing steps, each from the same random starts."""
    target = torch.diag(torch.tensor(TARGET, dtype=torch.float64, device=options.device))
    widths = [len(TARGET)] * (DEPTH + 1)
    best = float(target_step_bound(max(TARGET), DEPTH))
    x0 = DeepLinearMap(target, widths, best).initial(starts, seed=options.seed, scale=SCALE)
    outcomes, reached = [], []
    for steps in progress(np.array_split(1.12 * best * np.arange(1, count + 1) / count, count // 4), "matrix network"):
        several = torch.as_tensor(np.repeat(steps, starts), device=options.device)
        net = DeepLinearMap(target, widths, several)
        ends = classify(net, x0.repeat(len(steps), 1), max_steps=budget, max_period=LONGEST).reshape(len(steps), starts)
        for step, own in zip(steps, ends, strict=True):
            kinds = [end.kind for end in own]
            outcomes.append([rounded(step, 6), {str(kind): kinds.count(kind) for kind in LOOKS if kind in kinds}])
            reached += [rounded([step, *largest_steps(net, end.points[-1:])], 9) for end in own if end.period == 1]
    return {"singular_values": TARGET, "depth": DEPTH, "best_bound": best, "runs": starts, "outcomes": outcomes, "reached": reached}


def largest_steps(net: DeepLinearMap, point: np.ndarray) -> tuple[float, float]:
    """2/S and 2/lambda at one solution, shape (1, n)."""
    x = torch.as_tensor(point, device=net.device)
    return float(solution_step_bound([w[0] for w in net.unpack(x)])), 2 / sharpness(lambda y: net.loss(y)[0], x).value


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
    stable = scalar_bounds(np.stack([a, 1 / a], axis=1)) >= data["step"]
    for sign, label in ((1, "solutions $ab=1$"), (-1, None)):
        axis.plot(sign * a, sign / a, color=INK, lw=1, ls=":", label=label)
        axis.plot(sign * a[stable], sign / a[stable], color=INK, lw=2)
    looks = {"converged": ("o", BLUE, "start that converged"), "diverged": ("x", SAND, "start that diverged")}
    for word in sorted({kind for *_, kind in data["starts"]}):
        sign, color, label = looks.get(word, ("s", GREY, "start on $a=-b$: to the saddle 0"))
        mark(axis, [start for *start, kind in data["starts"] if kind == word], sign, ms=3, color=color, mfc="none", label=label)
    mark(axis, data["reached"], "o", ms=5, color=NAVY, zorder=3, label="solution that was reached")
    for orbit, label in zip(data["orbits"], ("orbit from beside a solution", None), strict=True):
        mark(axis, orbit, "-o", lw=1.2, ms=3.5, color=RED, mfc="white", zorder=4, label=label)
    angle, radius = np.linspace(0, 2 * np.pi, 241), np.sqrt(2 / data["step"])
    axis.plot(radius * np.cos(angle), radius * np.sin(angle), color=RED, ls="--", lw=1.5, label=r"$2/S=\delta$, here $a^2+b^2=2/\delta$")
    axis.set(xlim=(-PLANE, PLANE), ylim=(-PLANE, PLANE), aspect="equal", xlabel="$a$, the first layer", ylabel="$b$, the second layer")
    axis.legend(loc="lower right")


def scalar_bounds(points: Any) -> np.ndarray:
    """Theorem 1's bound at solutions (a, b) of the network of width 1."""
    a, b = np.array(points, dtype=float).T[:, :, None, None]
    return np.asarray(solution_step_bound([a, b]))


def draw_reached(axis: Axes, data: Any) -> None:
    best = data["best_bound"]
    step, solution, curvature = np.array(data["reached"]).T
    edge = [0, 1.16 * best]
    axis.set_title(
        "Three layers of 3 x 3, singular values of the target 2, 1, 1/2\neach solution that was reached: its bound and its sharpness"
    )
    axis.fill_between(edge, edge, facecolor="white", edgecolor=PALE, hatch="////", lw=0)
    axis.plot(edge, edge, color=GREY, lw=1)
    axis.plot(step, curvature, ".", ms=4, color=SAND, label=r"$2/\lambda$, measured")
    axis.plot(step, solution, "o", ms=4.5, mfc="none", mew=0.8, color=NAVY, label="$2/S$, the bound of Theorem 1")
    axis.plot(edge, [best, best], color=RED, ls="--", lw=1.5, label=rf"$2/(L\rho^{{2(L-1)/L}})={best:.3f}$, the best of all bounds")
    axis.text(0.72 * best, 0.28 * best, r"unstable: $2/\lambda<\delta$", ha="center", bbox={"fc": "white", "ec": "none"})
    axis.set(xlim=edge, ylim=(0, 1.14 * best), ylabel="largest step size for the solution")
    axis.tick_params(labelbottom=False)
    axis.legend(loc="lower right")


def draw_outcomes(axis: Axes, data: Any) -> None:
    steps = [step for step, _ in data["outcomes"]]
    floor = np.zeros(len(steps))
    for kind, (color, hatch) in LOOKS.items():
        share = np.array([counts.get(str(kind), 0) for _, counts in data["outcomes"]]) / data["runs"]
        if share.any():
            axis.bar(steps, share, width=steps[0], bottom=floor, color=color, hatch=hatch, edgecolor=GREY, lw=0.3, label=str(kind))
        floor += share
    axis.axvline(data["best_bound"], color=RED, ls="--", lw=1.5)
    axis.set(ylim=(0, 1), xlabel=r"step size $\delta$", ylabel=f"share of {data['runs']} starts")
    axis.legend(loc="lower left")


def rows(data: Any) -> list[list[str]]:
    """The chain of inequalities, link by link: how many solutions break it, and how close the closest one comes."""
    step, solution, curvature = np.array(data["reached"]).T
    best, plane = data["best_bound"], data["plane"]
    chain = {
        "delta <= 2/S (two layers of width 1)": plane["step"] / scalar_bounds(plane["reached"]),
        "delta <= 2/lambda": step / curvature,
        "2/lambda <= 2/S": curvature / solution,
        "2/S <= best bound": solution / best,
        "delta <= best bound": step / best,
    }
    table = [["inequality", "solutions", "broken by", "largest left/right"]]
    return table + [[name, str(len(r)), str((r > 1 + SLACK).sum()), f"{r.max():.4f}"] for name, r in chain.items()]


DEMO = Demo(__file__, measure, draw, rows, packages=("numpy", "torch"), on_gpu=True)


def main(argv: Sequence[str] | None = None) -> int:
    return run(DEMO, argv)


if __name__ == "__main__":
    sys.exit(main())
