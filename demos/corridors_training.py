r"""The corridor learning rate in training: what it chooses, against fixed steps, and how far the loss is from a corridor.

A ReLU network 64-48-10 learns handwritten digits (scikit-learn's, standardised) on minibatches of 128: once with `dynamics.CorridorSGD`,
h = L/||g||^2 of each minibatch (dherin-rosca:equation-3), and from the same start with fixed steps.

Above, the training loss, over all samples, after each epoch (dherin-rosca:figure-2). Middle, every step size that the corridor rate takes
(dherin-rosca:figure-4, dherin-rosca:text-warmup), beside the fixed ones and 2/||H||, for the whole loss: a step beyond it would leave any
quadratic bowl with this largest eigenvalue. The rate never decays here. Once the samples are fitted, cross-entropy has ||g|| of the order
of L, so L/||g||^2 grows like 1/L; ||H|| falls with L, too, and the rate stays near 2/||H|| until, at losses of 1e-6, it passes it and the
loss falls no more.

Below, the distance from a corridor, ||H g||/(||H|| ||g||), of the whole loss (`dynamics.corridor_distance`), along the run with the
corridor rate (dherin-rosca:figure-7): 0 in a corridor (dherin-rosca:theorem-2-11), at most 1. The run is never near one; at its end g is
all but an eigenvector.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from _common import BLUE, GREY, INK, NAVY, RED, SAND, Demo, Options, progress, rounded, run
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from dynamics import CorridorSGD, corridor_distance, deep_relu, initialise, network_loss, tabular

WIDTHS, BATCH, TRAIN = (64, 48, 10), 128, 1536
SCALE = 0.15  # standard deviation of the first weights, about (2 / fan-in)^(1/2)
FIXED = (0.1, 0.3, 1.0)
PRECISION = 1e-3  # of an eigenvalue's residual, relative: the value errs by much less than a line's width
STYLES = {"0.1": (SAND, ":"), "0.3": (BLUE, "--"), "1.0": (GREY, "-.")}

Data = tuple[Tensor, Tensor]


def measure(options: Options) -> dict[str, Any]:
    epochs = 6 if options.quick else 60
    digits = tabular("digits", scaling="standard")
    order = torch.randperm(len(digits.inputs), generator=torch.Generator().manual_seed(options.seed))
    parts = [torch.from_numpy(array)[order].to(options.device) for array in (digits.inputs, digits.targets)]
    train, test = (tuple(part[rows] for part in parts) for rows in (slice(TRAIN), slice(TRAIN, None)))
    runs = [train_once(step, epochs, train, test, options) for step in (None, *FIXED)]
    return {"widths": WIDTHS, "batch": BATCH, "samples": TRAIN, "tests": len(test[0]), "epochs": epochs, "runs": runs}


def train_once(step: float | None, epochs: int, train: Data, test: Data, options: Options) -> dict[str, Any]:
    """One run: losses after each epoch; for the corridor rate its step sizes, and ||H|| and the distance from a corridor by epoch."""
    network = initialise(deep_relu(WIDTHS, device=options.device), "gaussian", seed=options.seed, scale=SCALE)
    parameters = list(network.parameters())
    optimizer = CorridorSGD(parameters) if step is None else torch.optim.SGD(parameters, lr=step)
    whole = whole_loss(network, train)
    generator = torch.Generator().manual_seed(options.seed)
    losses, steps, curvature = [float(whole(flat(network)))], [], []
    for _ in progress(range(epochs), f"step size {step or 'by the corridor rate'}"):
        if step is None:
            here = corridor_distance(whole, flat(network), method="lanczos", tolerance=PRECISION)
            curvature.append([here.hessian_norm, here.value])
        for rows in torch.randperm(TRAIN, generator=generator).split(BATCH):
            optimizer.zero_grad()
            loss = cross_entropy(network(train[0][rows]), train[1][rows])
            loss.backward()
            optimizer.step(**({"loss": loss} if step is None else {}))
            if step is None:
                steps.append(optimizer.last_step.step_size)
        losses.append(float(whole(flat(network))))
    with torch.no_grad():
        right = float((network(test[0]).argmax(1) == test[1]).double().mean())
    found = {"fixed": step, "losses": [float(f"{loss:.5g}") for loss in losses], "right": round(right, 4)}
    return found | ({"steps": rounded(steps), "curvature": rounded(curvature, 5)} if step is None else {})


def flat(network: nn.Module) -> Tensor:
    """All parameters as one vector."""
    return nn.utils.parameters_to_vector(network.parameters()).detach()


def whole_loss(network: nn.Module, data: Data) -> Callable[[Tensor], Tensor]:
    """The loss over all samples, of one vector of parameters."""
    by_name = network_loss(network, cross_entropy, *data)
    shapes = {name: p.shape for name, p in network.named_parameters()}

    def loss(vector: Tensor) -> Tensor:
        parts = vector.split([shape.numel() for shape in shapes.values()])
        return by_name({name: part.view(shape) for (name, shape), part in zip(shapes.items(), parts, strict=True)})

    return loss


def draw(data: Any) -> Figure:
    figure = Figure(figsize=(9, 9.5), layout="constrained")
    top, middle, bottom = figure.subplots(3, sharex=True, height_ratios=[1.2, 1.4, 0.8])
    epochs = np.arange(data["epochs"] + 1)
    corridor = data["runs"][0]
    draw_losses(top, epochs, data["runs"])
    draw_steps(middle, epochs, corridor)
    bottom.plot(epochs[:-1], [share for _, share in corridor["curvature"]], color=NAVY, marker="o", ms=3, lw=1.2)
    bottom.axhline(0, color=RED, ls="--", lw=1.2)
    bottom.annotate("corridor: $Hg=0$", (0.99, 0), xycoords=("axes fraction", "data"), color=RED, ha="right", va="bottom")
    bottom.set(xlabel="epoch", ylabel=r"$\|Hg\|\,/\,(\|H\|\,\|g\|)$", ylim=(-0.05, 1.05), xlim=(0, data["epochs"]))
    bottom.set_title("distance from a corridor, with the corridor rate: 0 to 1")
    return figure


def draw_losses(axis: Axes, epochs: Any, runs: Any) -> None:
    for entry in runs:
        color, line = STYLES.get(str(entry["fixed"]), (NAVY, "-"))
        label = "corridor rate" if entry["fixed"] is None else f"fixed, $h={entry['fixed']}$"
        axis.plot(epochs, entry["losses"], color=color, ls=line, lw=1.6, label=label)
    axis.set(yscale="log", ylabel="training loss $L$")
    axis.set_title("training loss after each epoch")
    axis.legend(loc="lower left")


def draw_steps(axis: Axes, epochs: Any, corridor: Any) -> None:
    steps = np.array(corridor["steps"])
    axis.plot(np.arange(len(steps)) * epochs[-1] / len(steps), steps, color=NAVY, lw=0.8, label="corridor rate")
    axis.plot(epochs[:-1], [2 / top for top, _ in corridor["curvature"]], color=RED, ls="--", lw=1.4, label=r"$2/\|H\|$")
    for step in FIXED:
        axis.axhline(step, color=STYLES[str(step)][0], ls=STYLES[str(step)][1], lw=1.2)
        axis.annotate(f"${step}$", (1.005, step), xycoords=("axes fraction", "data"), color=INK, va="center")
    axis.set(yscale="log", ylabel="step size $h$")
    axis.set_title(r"step sizes: what the corridor rate takes, and the fixed ones")
    axis.legend(loc="upper left")


def rows(data: Any) -> list[list[str]]:
    """For each run: the losses, the test accuracy, and the step sizes."""
    table = [["step size", "first loss", "last loss", "test accuracy", "first h", "highest h", "h in the last tenth", "h above 2/||H||"]]
    for entry in data["runs"]:
        name, more = f"fixed {entry['fixed']}", [""] * 4
        if entry["fixed"] is None:
            steps = np.array(entry["steps"])
            bounds = np.repeat([2 / top for top, _ in entry["curvature"]], len(steps) // data["epochs"])
            last = np.median(steps[-len(steps) // 10 :])
            name = "corridor rate"
            more = [f"{steps[0]:.3f}", f"{steps.max():.3f}", f"{last:.3f}", f"{(steps > bounds).mean():.0%} of steps"]
        table.append([name, f"{entry['losses'][0]:.3f}", f"{entry['losses'][-1]:.2g}", f"{entry['right']:.1%}", *more])
    return table


DEMO = Demo(__file__, measure, draw, rows, packages=("numpy", "torch", "scikit-learn"), on_gpu=True)


def main(argv: Sequence[str] | None = None) -> int:
    return run(DEMO, argv)


if __name__ == "__main__":
    sys.exit(main())
