r"""Tangents and adjoints give one derivative, layer by layer, up to rounding; a wrong tangent is found out, and at its layer.

The objective of a sample is J = |u_I - y|^2 / 2 + sum_i |u_i|^2 / 8 + |s|^2 / 2000, of the states u_i and the parameters s,
which move along sigma, minus the gradient of the mean of J, scaled to length 1. Cut the network at state k: tangents v before
it, adjoints vbar after it. Then dJ/dpsi is

    S_k = sum_{i<k} J_u_i v_i + vbar_k v_k + sum_{l>=k} vbar_{l+1} f_s_l sigma_l + J_s sigma,

at k = 0 the formula with adjoints (ni-talnikar:equation-9), at k = I the one with tangents (ni-talnikar:equation-5). From k to
k + 1 one layer changes sides, by the recursions of both (ni-talnikar:equation-3, ni-talnikar:equation-8), so S_k is constant, and
the two formulas are equal (ni-talnikar:equation-12).

Above, the parts of S_k along a neural ODE (ni-talnikar:equation-18), the mean over the samples: what adjoints account for
passes to the tangents, and the sum stays at minus the length of the gradient. Middle, the largest |S_k - S_0| of all samples
for layers of logistic units, dense skip connections (ni-talnikar:equation-17; their joint states [u_0; ...; u_k] are a chain),
the neural ODE and a deep linear network: right tangents are off by rounding in float64 and in float32. Beside it wrong ones:
without f_s sigma of one layer, S_k leaves its value at that layer; tangents that are one layer late are wrong from the start.
(No mark: nothing was rounded differently, as often at k = 1, where v_1 is f_s sigma itself.)

Below, the derivative itself: finite differences of J tend to it until rounding takes over, and not to the wrong ones.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from _common import BLUE, GREY, INK, NAVY, PALE, RED, SAND, Demo, Options, progress, run
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from torch import Tensor, nn

from dynamics import Network, adjoint, deep_linear, densely_connected, initialise, logistic, neural_ode, sensitivity, tangent

DTYPES = {"float64": torch.float64, "float32": torch.float32}
LOOKS = {"logistic": (NAVY, "o"), "dense skips": (BLUE, "s"), "neural ODE": (SAND, "^"), "deep linear": (GREY, "D")}
FLOW, SMOOTH = "neural ODE", "logistic"  # above and below


class Appending(nn.Module):
    """The layer of a densely connected network as a map of the joint states: [u_0; ...; u_k] to [u_0; ...; u_{k+1}]."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, joint: Tensor) -> Tensor:
        """Return the joint states with the next one."""
        return torch.cat([joint, self.layer(joint)], -1)


def networks(quick: bool, seed: int) -> dict[str, nn.Module]:
    """Chains of maps by name; their weights are of the size at which states neither die out nor saturate."""
    width, depth = (8, 4) if quick else (24, 8)
    dense = initialise(densely_connected([width] * (depth + 1)), "gaussian", seed=seed, scale=width**-0.5)
    times = [3 * (i + 1) / depth for i in range(depth)]
    return {
        "logistic": initialise(logistic([12 if quick else 50] * 4), "gaussian", seed=seed),
        "dense skips": Network(*(Appending(layer) for layer in dense)),
        "neural ODE": initialise(neural_ode(width, width, times, steps=4), "gaussian", seed=seed, scale=2 * width**-0.5),
        "deep linear": initialise(deep_linear([width] * (depth + 1)), "gaussian", seed=seed, scale=width**-0.5),
    }


class Task:
    """A network, its samples, their objective, and the direction sigma in which its parameters move."""

    def __init__(self, network: Any, samples: int, seed: int, to: Mapping[str, Any]) -> None:
        width, generator = next(network.parameters()).shape[1], torch.Generator().manual_seed(seed)
        self.network = copy.deepcopy(network).to(**to)
        self.x, self.y = (torch.randn(samples, width, generator=generator, dtype=torch.float64).to(**to) for _ in range(2))
        self.parameters = dict(self.network.named_parameters())
        gradient = torch.autograd.grad(self.mean_objective(), list(self.parameters.values()))
        self.slope = float(torch.nn.utils.get_total_norm(gradient))
        self.sigma = {name: -g / self.slope for name, g in zip(self.parameters, gradient, strict=True)}

    def objective(self, states: Sequence[Tensor], parameters: Mapping[str, Tensor]) -> Tensor:
        """J of each sample. The output is the end of the last state, which is all of it but for joint states."""
        output = states[-1][:, -self.y.shape[1] :]
        every_state, decay = sum(u.square().sum(1) for u in states), sum(p.square().sum() for p in parameters.values())
        return (output - self.y).square().sum(1) / 2 + every_state / 8 + decay / 2000

    def mean_objective(self, step: float = 0.0) -> Tensor:
        """The mean of J after a step along sigma."""
        if not step:
            return self.objective(self.network.states(self.x), self.parameters).mean()
        moved = copy.deepcopy(self.network).requires_grad_(False)
        for name, parameter in moved.named_parameters():
            parameter.add_(self.sigma[name], alpha=step)
        return self.objective(moved.states(self.x), dict(moved.named_parameters())).mean()


def measure(options: Options) -> dict[str, Any]:
    chains, samples = networks(options.quick, options.seed), 8 if options.quick else 64
    cases = [(name, dtype) for name in chains for dtype in DTYPES]
    entries, differences = [], {}
    steps = np.logspace(-10, 1, 23 if options.quick else 89)
    for name, dtype in progress(cases, "networks"):
        task = Task(chains[name], samples, options.seed, {"dtype": DTYPES[dtype], "device": options.device})
        entries.append({"network": name, "dtype": dtype, **layer_by_layer(task)})
        if name == SMOOTH:
            differences[dtype] = [central_difference(task, step) for step in steps]
    return {"samples": samples, "networks": entries, "steps": short(steps), "differences": differences}


def central_difference(task: Task, step: float) -> float:
    return float(task.mean_objective(step) - task.mean_objective(-step)) / (2 * step)


def layer_by_layer(task: Task) -> dict[str, Any]:
    """S_k, part by part, with the tangents and with two wrong ones; and how far each strays from S_0."""
    at = (task.network, task.x, task.sigma)
    by_adjoints, by_tangents = (sensitivity(*at, task.objective, method) for method in ("adjoint", "tangent"))
    right, covectors = tangent(*at), adjoint(task.network, task.x, task.objective)
    states = [u.detach() for u in task.network.states(task.x)]
    slopes = torch.func.grad(lambda u: task.objective(u, task.parameters).sum())(states)
    size = by_adjoints.layers.abs().sum(0) + by_tangents.layers.abs().sum(0) + by_adjoints.parameters.abs()
    after = by_adjoints.layers.flip(0).cumsum(0).flip(0) - by_adjoints.layers
    layer = len(right) // 2
    found: dict[str, Any] = {}
    for name, v in {"right": right, "missing": without_direct_term(task.network, states, right, layer), "late": one_late(right)}.items():
        terms = torch.stack([dot(slope, vi) for slope, vi in zip(slopes, v, strict=True)])
        parts = {
            "tangents": terms.cumsum(0) - terms,
            "here": torch.stack([dot(bar, vi) for bar, vi in zip(covectors, v, strict=True)]),
            "adjoints": after,
            "parameters": by_adjoints.parameters.expand_as(after),
        }
        total = sum(parts.values())
        found[name] = short((total - total[0]).abs().div(size).amax(1))
        found[f"{name}_sum"] = short(total.mean(1))
        if name == "right":
            found["parts"] = {key: short(part.mean(1)) for key, part in parts.items()}
        if name == "missing":
            found["missing_total"] = float(total[-1].mean())
    totals = {"adjoint": by_adjoints, "tangent": by_tangents}
    return {
        "layer": layer,
        **{key: float(s.total.mean()) for key, s in totals.items()},
        "backward": -task.slope,
        "objective": task.mean_objective().item(),
        **found,
    }


def without_direct_term(network: Any, states: list[Tensor], right: list[Tensor], layer: int) -> list[Tensor]:
    """The tangents without f_s sigma of one layer: what is missing is carried on by the later layers."""

    def carried(i: int, v: Tensor) -> Tensor:
        return torch.func.jvp(lambda u: network.next_state([*states[:i], u]), (states[i],), (v,))[1].detach()

    missing = right[layer] - carried(layer - 1, right[layer - 1])
    wrong = right[:layer]
    for i in range(layer, len(right)):
        wrong.append(right[i] - missing)
        if i + 1 < len(right):
            missing = carried(i, missing)
    return wrong


def one_late(right: list[Tensor]) -> list[Tensor]:
    """v_{k-1} in the place of v_k; of joint states, each part one late."""
    return [right[0], *(nn.functional.pad(a, (b.shape[1] - a.shape[1], 0)) for a, b in zip(right, right[1:], strict=False))]


def dot(a: Tensor, b: Tensor) -> Tensor:
    """The product of covector and vector, sample by sample."""
    return (a * b).sum(1)


def short(values: Any) -> list[float]:
    """Numbers with four digits, whatever their size."""
    return [float(f"{float(v):.4g}") for v in values]


def draw(data: Any) -> Figure:
    figure = Figure(figsize=(11, 11.5), layout="constrained")
    grid = figure.add_gridspec(3, 2, height_ratios=[1, 1.15, 1])
    draw_parts(figure.add_subplot(grid[0, :]), entry_of(data, FLOW, "float64"))
    left = figure.add_subplot(grid[1, 0])
    right = figure.add_subplot(grid[1, 1], sharey=left)
    draw_right(left, data)
    draw_wrong(right, data)
    draw_differences(figure.add_subplot(grid[2, :]), data)
    return figure


def entry_of(data: Any, network: str, dtype: str) -> Any:
    """The numbers of one network."""
    return next(e for e in data["networks"] if (e["network"], e["dtype"]) == (network, dtype))


def draw_parts(axis: Axes, entry: Any) -> None:
    cuts = np.arange(len(entry["right"]))
    axis.axhline(entry["backward"], color=PALE, lw=7, label=r"$-\|\nabla J\|$, by backward()")
    axis.plot(cuts, entry["right_sum"], color=INK, lw=1.8, marker="o", ms=4, label="$S_k$, the sum of all parts")
    for part, color, sign, label in (
        ("adjoints", NAVY, "s", r"adjoints: $\sum_{l\geq k}\bar v_{l+1}f_{s_l}\sigma_l$"),
        ("here", BLUE, "^", r"at the cut: $\bar v_k v_k$"),
        ("tangents", SAND, "D", r"tangents: $\sum_{i<k}J_{u_i}v_i$"),
        ("parameters", GREY, "", r"parameters: $J_s\sigma$"),
    ):
        axis.plot(cuts, entry["parts"][part], color=color, marker=sign, ms=4, lw=1.2, label=label)
    for wrong, style, label in (("missing", "--", missing_label(entry)), ("late", ":", "$S_k$, tangents one layer late")):
        axis.plot(cuts, entry[f"{wrong}_sum"], color=RED, ls=style, lw=1.6, label=label)
    axis.set(xlabel="cut k: tangents before it, adjoints after it", ylabel=r"parts of $dJ/d\psi$", xticks=cuts)
    axis.set_title(f"{FLOW}: what the adjoints account for passes to the tangents, and the sum stays")
    axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=4)


def missing_label(entry: Any) -> str:
    return f"$S_k$, tangents without $f_s\\sigma$ of layer {entry['layer']}"


def draw_right(axis: Axes, data: Any) -> None:
    for dtype, fill in (("float64", "full"), ("float32", "none")):
        rounding_unit(axis, dtype)
        for name in LOOKS:
            deviations(axis, name, entry_of(data, name, dtype)["right"], fillstyle=fill)
    axis.set(xlabel="cut k", ylabel=r"$\max\,|S_k-S_0|$, relative to its terms", yscale="log", ylim=(1e-18, 10))
    axis.set_title("right tangents: off by rounding")
    handles = [Line2D([], [], color=color, marker=sign, ms=5, lw=1, label=name) for name, (color, sign) in LOOKS.items()]
    axis.legend(handles=handles, loc="upper right", ncols=2, title="filled: float64, open: float32", title_fontsize=8)


def draw_wrong(axis: Axes, data: Any) -> None:
    rounding_unit(axis, "float64")
    for name in LOOKS:
        deviations(axis, name, entry_of(data, name, "float64")["missing"])
        deviations(axis, name, entry_of(data, name, "float64")["late"], fillstyle="none", ls=":")
    axis.set(xlabel="cut k")
    axis.tick_params(labelleft=False)
    axis.set_title("wrong tangents, float64: off by a term")
    handles = [
        Line2D([], [], color=INK, marker="o", ms=5, lw=1, label=r"without $f_s\sigma$ of the middle layer"),
        Line2D([], [], color=INK, marker="o", ms=5, lw=1, ls=":", fillstyle="none", label="one layer late"),
    ]
    axis.legend(handles=handles, loc="center right")


def deviations(axis: Axes, network: str, values: Sequence[float], **style: Any) -> None:
    """The deviations at the cuts 1, 2, ...; where nothing was rounded there is none, and a gap."""
    color, sign = LOOKS[network]
    axis.plot(np.arange(1, len(values)), [v or np.nan for v in values[1:]], color=color, marker=sign, ms=5, **{"lw": 1, **style})


def rounding_unit(axis: Axes, dtype: str) -> None:
    eps = torch.finfo(DTYPES[dtype]).eps
    axis.axhline(eps, color=INK, ls="--", lw=1)
    axis.annotate(f"eps of {dtype}", (0.01, 1.3 * eps), xycoords=("axes fraction", "data"), va="bottom", fontsize=8)


def draw_differences(axis: Axes, data: Any) -> None:
    steps, entry = np.array(data["steps"]), entry_of(data, SMOOTH, "float64")
    slopes = {dtype: np.array(values) for dtype, values in data["differences"].items()}
    wrong = abs(slopes["float64"] / entry["missing_total"] - 1)
    axis.plot(steps, wrong, color=RED, ls="--", lw=1.6, label="float64, from the tangents without a term")
    for dtype, color, sign in (("float64", NAVY, "o"), ("float32", BLUE, "s")):
        right = abs(slopes[dtype] / entry["tangent"] - 1)
        axis.plot(steps, right, color=color, marker=sign, ms=3.5, lw=1, label=f"{dtype}, from the tangents")
        rounding = torch.finfo(DTYPES[dtype]).eps * entry["objective"] / (steps * abs(entry["tangent"]))
        axis.plot(steps, rounding, color=color, ls=":", lw=1.5, label=f"eps of {dtype} times $J/\\psi|J'|$")
    axis.set(xlabel=r"step $\psi$", ylabel="relative distance from $dJ/d\\psi$", xscale="log", yscale="log", ylim=(1e-15, 10))
    axis.set_title(r"$(J(\psi)-J(-\psi))/2\psi$ of the logistic network tends to the derivative, and not to a wrong one")
    axis.legend(loc="lower left")


def rows(data: Any) -> list[list[str]]:
    """For each network: the derivative three ways, how far S_k strays, and what the wrong tangents do."""
    table = [["network", "dtype", "adjoints (9)", "tangents (5)", "-|grad J|", "strays", "in eps", "term missing: before, there", "late"]]
    for entry in data["networks"]:
        most, layer = max(entry["right"]), entry["layer"]
        values = [f"{entry[key]:.9g}" for key in ("adjoint", "tangent", "backward")]
        jump = f"{max(entry['missing'][:layer]):.0e}, {entry['missing'][layer]:.0e}"
        eps = torch.finfo(DTYPES[entry["dtype"]]).eps
        table.append([entry["network"], entry["dtype"], *values, f"{most:.0e}", f"{most / eps:.1f}", jump, f"{min(entry['late'][1:]):.0e}"])
    return table


DEMO = Demo(__file__, measure, draw, rows, packages=("numpy", "torch"), on_gpu=True)


def main(argv: Sequence[str] | None = None) -> int:
    return run(DEMO, argv)


if __name__ == "__main__":
    sys.exit(main())
