r"""Gradient descent on real digits drives its sharpness up to 2/h, and no further: the edge of stability.

A small tanh network learns handwritten digits (scikit-learn's, standardised) by full-batch gradient descent with three
step sizes h, from one start, on the loss 1/(2N) sum_i |net(x_i) - onehot_i|^2. Time is t = k h after k steps, so that all
runs follow the same gradient flow as long as they can.

Above, the sharpness: the largest eigenvalue of the loss's Hessian, with its residual as a band (it is thinner than the
lines). On the gradient flow it rises and rises: progressive sharpening. So it does with gradient descent, until it passes
2/h, the bound beyond which no minimum is stable (nar-sastry:contrib-1). There it stops and hovers, although the flow
would go on: a bound that the continuous time does not know (nar-sastry:text-ct, dherin-rosca:text-eos). The overshoot is
the time in which the unstable direction grows from almost nothing.

Middle, the loss at every step. It falls with the flow's up to the edge; from there on it rises at many steps, and falls
in the long run. Below, the distance of each run from the flow: small early in training (dherin-rosca:text-gf-follows-gd),
and large once the edge has been met.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from _common import BLUE, GREY, INK, NAVY, RED, SAND, Demo, Options, progress, rounded, run
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator
from torch import Tensor

from dynamics import TorchMap, gradient_flow, sharpness, tabular

SPREAD = 0.1  # variance of a weight times its fan-in: a start so flat that there is room to sharpen
TIME = 4.0  # between two looks at the sharpness
PRECISION = 1e-4  # of an eigenvalue, relative: a tenth of a line's width
ACCURACY = 1e-4  # of the flow, relative: below every distance of a run from it
LOOKS = ((NAVY, "o"), (BLUE, "s"), (SAND, "^"))


def measure(options: Options) -> dict[str, Any]:
    rows, width, looks, bounds = (100, 24, 30, (2, 2.5)) if options.quick else (400, 48, 80, (3, 4.5, 6))
    digits = tabular("digits", scaling="standard", rows=rows)
    inputs, labels = (torch.as_tensor(array, device=options.device) for array in (digits.inputs, digits.one_hot))
    shapes = [(width, 64), (width, width), (10, width)]
    generator = torch.Generator().manual_seed(options.seed)
    start = [torch.randn(shape, generator=generator, dtype=torch.float64) * (SPREAD / shape[1]) ** 0.5 for shape in shapes]
    like = [w.to(options.device) for weight in start for w in (weight, torch.zeros(len(weight), dtype=torch.float64))]

    def loss(parameters: Sequence[Tensor]) -> Tensor:
        hidden = inputs
        for weight, bias in zip(parameters[:-2:2], parameters[1:-2:2], strict=True):
            hidden = torch.tanh(hidden @ weight.mT + bias)
        return (hidden @ parameters[-2].mT + parameters[-1] - labels).square().sum() / (2 * rows)

    nets = [TorchMap(loss, like, 2 / bound) for bound in bounds]
    point = nets[0].pack([w[None] for w in like])
    runs = [descend(net, point, looks, bound) for net, bound in zip(nets, bounds, strict=True)]
    times = TIME * np.arange(looks + 1)
    flow = gradient_flow(nets[0], point, times, accuracy=ACCURACY)
    for found in runs:
        found["distance"] = rounded(np.linalg.norm(np.array(found.pop("points")) - flow.points, axis=1), 6)
    along = sharpnesses(nets[0], torch.as_tensor(flow.points, device=options.device), "gradient flow")
    return {
        "data": {"name": digits.name, "scaling": digits.scaling, "rows": rows},
        "network": {"widths": [64, width, width, 10], "parameters": nets[0].dimension, "spread": SPREAD},
        "times": rounded(times),
        "runs": runs,
        "flow": along | {"loss": rounded(flow.losses, 6), "error": float(flow.errors.max()), "gradients": flow.gradients},
    }


def descend(net: TorchMap, x: Tensor, looks: int, bound: float) -> dict[str, Any]:
    """One run: the loss at every step, point and sharpness at every look."""
    steps = round(TIME / float(net.step_size))
    points, losses = [x[0]], [float(net.loss(x))]
    for _ in progress(range(looks), f"gradient descent, 2/h = {bound}"):
        for _ in range(steps):
            x = net.advance(x, 1)
            losses.append(float(net.loss(x)))
        points.append(x[0])
    found = sharpnesses(net, torch.stack(points), f"sharpness, 2/h = {bound}")
    return {"bound": bound, "steps_a_look": steps, **found, "loss": rounded(losses, 6), "points": torch.stack(points).tolist()}


def sharpnesses(net: TorchMap, points: Tensor, what: str) -> dict[str, list[float]]:
    """The sharpness along a run, each search started from the one before."""
    found = None
    values, residuals = [], []
    for point in progress(list(points), what):
        found = sharpness(lambda w: net.loss(w[None])[0], point, start=found, tolerance=PRECISION)
        values.append(found.value)
        residuals.append(found.residual)
    return {"sharpness": rounded(values, 5), "residual": rounded(residuals, 7)}


def draw(data: Any) -> Figure:
    figure = Figure(figsize=(9, 10), layout="constrained")
    top, middle, bottom = figure.subplots(3, sharex=True, height_ratios=[1.7, 1, 1])
    times = np.array(data["times"])
    draw_sharpness(top, times, data)
    draw_losses(middle, times, data)
    draw_distances(bottom, times, data)
    bottom.set(xlabel="time $t = k h$ after $k$ steps", xlim=(0, times[-1]))
    return figure


def draw_sharpness(axis: Axes, times: Any, data: Any) -> None:
    curve(axis, times, data["flow"], color=GREY, lw=3, label="gradient flow")
    for entry, (color, sign) in zip(data["runs"], LOOKS, strict=False):
        axis.axhline(entry["bound"], color=RED, ls="--", lw=1.2)
        axis.annotate(f"$2/h={entry['bound']}$", (1.01, entry["bound"]), xycoords=("axes fraction", "data"), color=RED, va="center")
        curve(axis, times, entry, color=color, marker=sign, markevery=5, ms=4, lw=1.5, label=f"gradient descent, $2/h={entry['bound']}$")
    axis.set(ylabel=r"sharpness $\lambda_{\max}(\nabla^2\ell)$", ylim=(0, None))
    axis.set_title("sharpness: up with the flow, and then along the edge $2/h$")
    axis.legend(loc="upper left")


def curve(axis: Axes, times: Any, entry: Any, **style: Any) -> None:
    value, residual = np.array(entry["sharpness"]), np.array(entry["residual"])
    axis.plot(times, value, **style)
    axis.fill_between(times, value - residual, value + residual, color=style["color"], alpha=0.4, lw=0)


def draw_losses(axis: Axes, times: Any, data: Any) -> None:
    axis.plot(times, data["flow"]["loss"], color=GREY, lw=3)
    for entry, (color, _) in zip(data["runs"], LOOKS, strict=False):
        axis.plot(np.linspace(0, times[-1], len(entry["loss"])), entry["loss"], color=color, lw=0.9)
    decades(axis)
    axis.set(ylabel=r"loss $\ell$")
    axis.set_title("loss at every step")


def draw_distances(axis: Axes, times: Any, data: Any) -> None:
    for entry, (color, sign) in zip(data["runs"], LOOKS, strict=False):
        axis.plot(times[1:], entry["distance"][1:], color=color, marker=sign, markevery=(4, 5), ms=4, lw=1.5)
        met = first_time(times, entry)
        if met is not None:
            axis.axvline(met, color=color, ls=":", lw=1.5)
    decades(axis)
    axis.set(ylabel=r"distance $\|x_k-\phi_t(x_0)\|$")
    axis.set_title("distance from the gradient flow  (dotted: the sharpness passes $2/h$)", color=INK)


def decades(axis: Axes) -> None:
    """A logarithmic axis with plain numbers at 1, 2 and 5."""
    axis.set_yscale("log")
    axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axis.yaxis.set_minor_locator(NullLocator())


def first_time(times: Any, entry: Any) -> float | None:
    """When the sharpness passes 2/h for the first time."""
    beyond = np.flatnonzero(np.array(entry["sharpness"]) > entry["bound"])
    return float(times[beyond[0]]) if len(beyond) else None


def rows(data: Any) -> list[list[str]]:
    """For each run: when the edge is met, where the sharpness is in the last quarter of the run, and what the loss does."""
    times = np.array(data["times"])
    late = times >= 0.75 * times[-1]
    table = [["run", "sharpness passes 2/h", "largest", "in the last quarter", "residual", "loss rises at", "last loss"]]
    for entry in [*data["runs"], data["flow"]]:
        value, loss = np.array(entry["sharpness"]), np.array(entry["loss"])
        name, passes, rises = "gradient flow", "", ""
        if "bound" in entry:
            met = first_time(times, entry)
            name, passes = f"2/h = {entry['bound']}", "never" if met is None else f"t = {met:g}"
            rises = f"{(np.diff(loss) > 0).mean():.0%} of steps"
        range_ = f"{value[late].min():.2f} to {value[late].max():.2f}"
        table.append([name, passes, f"{value.max():.2f}", range_, f"{max(entry['residual']):.0e}", rises, f"{loss[-1]:.4f}"])
    return table


DEMO = Demo(__file__, measure, draw, rows, packages=("numpy", "scipy", "torch", "scikit-learn"), on_gpu=True)


def main(argv: Sequence[str] | None = None) -> int:
    return run(DEMO, argv)


if __name__ == "__main__":
    sys.exit(main())
