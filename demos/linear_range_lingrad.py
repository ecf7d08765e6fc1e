r"""linGrad against fixed step sizes on the network of section 4.1, its step sizes, and how often a step leaves the linear range.

Above, read from the stored experiment (python -m dynamics.experiments.linear_range_training: 50-50-50-50 logistic units, 50,000 samples of
a random teacher, batch size 10, five runs of each setting): the distance on the test samples against epochs (ni-talnikar:figure-1-left),
and its mean over all epochs against the step size. linGrad's step size is what it chose (the median), and the bar spans its runs and
epochs. So one sees where among the fixed step sizes the suggested epsilon* of 0.3 to 1 put it (ni-talnikar:text-eps-range-stepsizes).

Below, measured anew with `dynamics.LinGrad` on one such network: the step size from two initial ones (ni-talnikar:text-psi0,
ni-talnikar:figure-2-stepsize), and epsilon of each measurement with the step size so far, which is what Algorithm 1 computes, and with the
one that is taken (ni-talnikar:figure-2-eps). The minimum over the last N_hist measurements cannot know the next minibatch: if minibatches
are exchangeable, a measurement exceeds epsilon* with probability 1/(N_hist + 1), whatever the network. The table counts it in the stored
runs as well, with three histories.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from _common import BLUE, INK, NAVY, PALE, RED, SAND, YELLOW, Demo, Options, progress, rounded, run
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import NullLocator

from dynamics import LinGrad, logistic, nonlinear_measurement
from theory.evidence import read_results
from theory.linear_range.experiments import TEACHER, mean_distance

WIDTHS = (50, 50, 50, 50)
EPSILON_STAR, BATCH, EVERY, HISTORY = 0.3, 10, 10, 50
FIRST_STEPS = (0.01, 1.0)
SHOWN = {"linGrad 0.1": "-.", "linGrad 0.3": "-", "linGrad 1": "--", "linGrad 3": ":"}


def measure(options: Options) -> dict[str, Any]:
    minibatches = 1000 if options.quick else 3000
    runs = [one_run(step, minibatches, options) for step in FIRST_STEPS]
    return {"epsilon_star": EPSILON_STAR, "every": EVERY, "history": HISTORY, "minibatches": minibatches, "runs": runs, "stored": stored()}


def stored() -> dict[str, Any]:
    """From the committed experiment, batch size 10: curves by setting, and how often epsilon exceeded epsilon* after the first epoch."""
    report = read_results(TEACHER)
    settings, exceeded = {}, {}
    for name, history in report["histories"]["10"].items():
        kind, value, *others = name.split(" ")
        if name.startswith("linGrad 0.3") and "psi_0" not in name:
            above = [sum(entry[2] for entry in history[what][1:]) for what in ("tried", "taken")]
            length = int(name.split(" = ")[-1]) if others else HISTORY
            exceeded[name] = {"tried": above[0], "taken": above[1], "of": sum(history["measured"][1:]), "history": length}
        if not others:
            steps = np.array(history["step_size"]) if kind == "linGrad" else np.full((1, 3), float(value))
            settings[name] = {
                "distance": rounded(np.mean(history["distance"], axis=0), 5),
                "mean": round(mean_distance(history), 5),
                "steps": rounded([steps[:, 0].min(), np.median(steps[:, 1]), steps[:, 2].max()]),  # lowest, median, highest
            }
    return {"file": f"theory/results/{TEACHER}", "settings": settings, "exceeded": exceeded}


def one_run(first_step: float, minibatches: int, options: Options) -> dict[str, Any]:
    """One network, fresh samples in each minibatch: the measured steps, and epsilon of the tried and of the taken step."""
    generator = torch.Generator(options.device).manual_seed(options.seed)
    teacher, net = (gaussian(logistic(WIDTHS, device=options.device), generator) for _ in range(2))
    optimizer = LinGrad(net.parameters(), net, EPSILON_STAR, HISTORY, EVERY, first_step)
    measured = []
    for number in progress(range(minibatches), f"linGrad from {first_step:g}"):
        inputs = torch.randn(BATCH, WIDTHS[0], generator=generator, dtype=torch.float64, device=options.device)
        optimizer.zero_grad()
        (((net(inputs) - teacher(inputs).detach()) ** 2).sum(1).mean() / 2).backward()
        earlier = copy.deepcopy(net) if number % EVERY == 0 else None
        optimizer.step(inputs=inputs)
        if earlier is not None:
            sigma = {name: -parameter.grad for name, parameter in net.named_parameters()}
            last = optimizer.last_measurement
            measured.append([last.step_size, last.epsilon, nonlinear_measurement(earlier, inputs, sigma, last.step_size).mean()])
    steps, tried, after = np.array(measured).T
    later = tried[HISTORY:]
    return {
        "first_step": first_step,
        "steps": rounded(steps),
        "tried": rounded(tried),
        "taken": rounded(after),
        "above": {"tried": int((later > EPSILON_STAR).sum()), "taken": int((after[HISTORY:] > EPSILON_STAR).sum()), "of": len(later)},
    }


def gaussian(net: torch.nn.Module, generator: torch.Generator) -> torch.nn.Module:
    """The network with weights and biases standard normal."""
    for parameter in net.parameters():
        parameter.data.normal_(generator=generator)
    return net


def draw(data: Any) -> Figure:
    figure = Figure(figsize=(13, 8.6), layout="constrained")
    figure.get_layout_engine().set(wspace=0.05, hspace=0.05)
    axes = figure.subplots(2, 2)
    draw_curves(axes[0, 0], data["stored"]["settings"])
    draw_speeds(axes[0, 1], data["stored"]["settings"])
    draw_steps(axes[1, 0], data)
    draw_epsilon(axes[1, 1], data)
    return figure


def draw_curves(axis: Axes, settings: Any) -> None:
    """The fixed step sizes in colours, linGrad in red with lines of its own."""
    fixed = {name: own for name, own in settings.items() if name.startswith("SGD")}
    shades = dict(zip(fixed, (PALE, YELLOW, SAND, BLUE, NAVY), strict=True))
    for name, own in fixed.items():
        axis.plot(own["distance"], color=shades[name], lw=2.2, label=rf"fixed $\psi={own['steps'][1]:g}$")
    for name, line in SHOWN.items():
        axis.plot(settings[name]["distance"], color=RED, lw=1.5, ls=line, label=rf"linGrad $\epsilon^*={name.split()[1]}$")
    values = [value for own in settings.values() for value in own["distance"][1:]]
    axis.set(xlabel="epoch", ylabel=r"distance $\|u_I-y\|\,/\,\sqrt{m_I}$ on test samples", yscale="log")
    axis.set(xlim=(0, len(own["distance"]) - 1), ylim=(0.95 * min(values), 2 * max(values)))  # room for the legend
    plain(axis)
    axis.set_title("batch size 10, means of five runs  (stored measurement)")
    axis.legend(ncols=3, loc="upper right")


def draw_speeds(axis: Axes, settings: Any) -> None:
    fixed = sorted((own["steps"][1], own["mean"]) for name, own in settings.items() if name.startswith("SGD"))
    axis.plot(*np.array(fixed).T, "o-", color=NAVY, lw=1.5, label="fixed step size")
    for name, own in settings.items():
        if name.startswith("linGrad"):
            low, middle, high = own["steps"]
            axis.errorbar(middle, own["mean"], xerr=[[middle - low], [high - middle]], fmt="D", color=RED, ms=6, lw=1, capsize=3)
            label = axis.annotate(name.split()[1], (middle, own["mean"]), xytext=(0, 5), textcoords="offset points", ha="center", color=RED)
            label.set_path_effects([withStroke(linewidth=3, foreground="white")])
    axis.plot([], [], "D", color=RED, label=r"linGrad, with its $\epsilon^*$")
    axis.set(xscale="log", xlim=(1e-3, 300), xlabel=r"step size $\psi$", ylabel="mean distance over all epochs")
    axis.set_title("less is faster  (stored measurement)")
    axis.legend(loc="lower left")


def draw_steps(axis: Axes, data: Any) -> None:
    for entry, color, line in zip(data["runs"], (NAVY, RED), ("-", "--"), strict=True):
        at = np.arange(len(entry["steps"])) * data["every"]
        axis.step(at, entry["steps"], where="post", color=color, lw=1.6, ls=line, label=rf"$\psi_0={entry['first_step']:g}$")
    axis.set(xlabel="minibatch", ylabel=r"step size $\psi$", yscale="log", xlim=(0, data["minibatches"]))
    axis.set_title(rf"step size of linGrad, $\epsilon^*={data['epsilon_star']:g}$, one network  (measured here)")
    plain(axis)
    axis.legend(loc="lower right")


def draw_epsilon(axis: Axes, data: Any) -> None:
    entry, limit = data["runs"][-1], data["epsilon_star"]
    at, tried, after = np.arange(len(entry["tried"])) * data["every"], np.array(entry["tried"]), np.array(entry["taken"])
    axis.axvspan(0, data["history"] * data["every"], color=PALE, lw=0, alpha=0.6)
    axis.plot(at, tried, ".", color=BLUE, ms=3, label="with the step size so far")
    axis.plot(at[tried > limit], tried[tried > limit], "x", color=RED, ms=7, label=r"above $\epsilon^*$, so far")
    axis.plot(at[after > limit], after[after > limit], "o", mfc="none", color=INK, ms=7, label=r"above $\epsilon^*$, as taken")
    axis.axhline(limit, color=RED, ls="--", lw=1.2)
    count = entry["above"]
    axis.set(xlabel="minibatch", ylabel=r"nonlinear measurement $\epsilon$", yscale="log", xlim=(0, data["minibatches"]))
    axis.set_title(
        f"{count['tried']} of {count['of']} measurements exceed $\\epsilon^*$ once the history is full (grey before);\n"
        f"exchangeable minibatches: {count['of'] / (data['history'] + 1):.1f} expected  (measured here)"
    )
    plain(axis)
    axis.legend(loc="lower right")


def plain(axis: Axes) -> None:
    """Ticks 1, 2, 3, 5, 7 of each decade, in full, for a vertical axis that spans about one."""
    low, high = axis.get_ylim()
    ticks = [digit * 10.0**power for power in range(-4, 4) for digit in (1, 2, 3, 5, 7) if low <= digit * 10.0**power <= high]
    axis.yaxis.set_minor_locator(NullLocator())
    axis.set_yticks(ticks, [f"{tick:g}" for tick in ticks])


def rows(data: Any) -> list[list[str]]:
    table = [["what", "step size: lowest, median, highest", "distance at the end", "mean distance"]]
    for name, own in data["stored"]["settings"].items():
        low, middle, high = own["steps"]
        steps = f"{middle:.3g}" if low == high else f"{low:.3g}, {middle:.3g}, {high:.3g}"
        table.append([f"stored, {name}", steps, f"{own['distance'][-1]:.4f}", f"{own['mean']:.4f}"])
    for name, count in data["stored"]["exceeded"].items():
        table.append([f"stored, {name}", "", exceedances(count, count["history"]), ""])
    for entry in data["runs"]:
        steps = f"{min(entry['steps']):.3g}, {np.median(entry['steps']):.3g}, {max(entry['steps']):.3g}"
        table.append([f"here, from {entry['first_step']:g}", steps, exceedances(entry["above"], data["history"]), ""])
    return table


def exceedances(count: Any, history: int) -> str:
    """How often, and how often exchangeable minibatches make it on average."""
    return f"above epsilon*: {count['tried']} of {count['of']} (law {count['of'] / (history + 1):.1f}), as taken {count['taken']}"


DEMO = Demo(__file__, measure, draw, rows, packages=("numpy", "torch"), on_gpu=True)


def main(argv: Sequence[str] | None = None) -> int:
    return run(DEMO, argv)


if __name__ == "__main__":
    sys.exit(main())
