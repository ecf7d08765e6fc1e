r"""How closely gradient descent follows the gradient flow early in training (Dherin & Rosca, sections 4.1 and 4.2).

A tanh network 784-width-10 learns the first ``--samples`` images of MNIST (standardised) by full-batch gradient descent on the
cross-entropy, in float64, from torch's default weights. Its step size is a share of ``2 / sharpness`` at the start: of the largest one
with which the quadratic approximation there would not blow up.

    python -m dynamics.experiments.corridor_flow --output flow.json

The JSON (written whole or not at all) holds ``experiment``, ``command``, ``settings``, ``environment``, ``cpu_seconds`` and ``runs``, for
each seed and share: ``step_size``; ``sharpness`` at the start and at the end; after each step ``loss`` of gradient descent and
``flow_loss`` of the flow at the same time, ``distance`` between the two, ``error`` of it, and ``travelled``, how far the flow is from the
start; and of each step by itself, from where gradient descent is, ``step_distance`` and its leading term ``step_term``,
``(h^2/2) ||H g||``. Finished runs are kept beside the output in the folder ``FILE.partial``: an interrupted experiment continues where it
stopped.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from dynamics._results import short
from dynamics.curvature.sharpness import sharpness
from dynamics.data import mnist
from dynamics.experiments._command import carry_out, command_line, finish, parser_of, partial, torch_environment
from dynamics.experiments.corridor_runs import redraw
from dynamics.flow.distance import flow_distance
from dynamics.networks.layers import Layer, Network
from dynamics.networks.torch_maps import TorchMap
from dynamics.sweeps import grid, sweep

SHARES = (0.1, 0.5)
ACCURACY = 1e-6  # of the flow: far below the distance of a step of gradient descent from it
ROUGH = 1e-4  # residual of a sharpness, relative


def one_run(share: float, seed: int, samples: int, width: int, steps: int, device: str) -> dict[str, Any]:
    """Return the numbers of one seed and share."""
    data = mnist(scaling="standard", rows=samples)
    inputs, labels = (torch.from_numpy(part).to(device) for part in (data.inputs.reshape(samples, -1), data.targets))
    network = Network(Layer(784, width, torch.tanh, "trainable"), Layer(width, 10, None, "trainable"))
    redraw(network, seed).to(device, torch.float64)
    start = torch.cat([p.detach().flatten() for p in network.parameters()])[None]
    first = _sharpness(TorchMap.of(network, cross_entropy, inputs, labels, 1.0), start)
    descent = TorchMap.of(network, cross_entropy, inputs, labels, share * 2 / first)
    found = flow_distance(descent, start, steps, accuracy=ACCURACY)
    return {
        "share": share,
        "seed": seed,
        "step_size": found.time_step,
        "sharpness": short([first, _sharpness(descent, torch.from_numpy(found.orbit[-1:]).to(device))]),
        "loss": short(found.losses),
        "flow_loss": short(found.flow_losses),
        "distance": short(found.distances),
        "error": short(found.errors),
        "travelled": short(np.linalg.norm(found.flow - found.flow[0], axis=1)),
        "step_distance": short(found.step_distances),
        "step_term": short(found.leading_terms),
    }


def _sharpness(descent: TorchMap, point: Tensor) -> float:
    return sharpness(lambda w: descent.loss(w[None])[0], point[0], method="lanczos", tolerance=ROUGH).value


def main(argv: Sequence[str] | None = None) -> int:
    """Run the experiment from the command line; returns the exit status."""
    parser = parser_of("corridor_flow", __doc__, device=True)
    parser.add_argument("--samples", type=int, default=500, help="images (default 500)")
    parser.add_argument("--width", type=int, default=32, help="tanh units (default 32)")
    parser.add_argument("--steps", type=int, default=60, help="of gradient descent (default 60)")
    parser.add_argument("--runs", type=int, default=3, help="seeds (default 3)")
    parser.add_argument("--seed", type=int, default=0, help="of the first run; the next has the next (default 0)")
    args = parser.parse_args(argv)
    if min(args.samples, args.width, args.steps, args.runs) < 1 or args.seed < 0:
        given = f"--samples {args.samples} --width {args.width} --steps {args.steps} --runs {args.runs} --seed {args.seed}"
        parser.error(f"{given}: expected each >= 1, and seed >= 0")
    return carry_out(parser, args, _experiment)


def _experiment(args: argparse.Namespace) -> None:
    fixed = {"samples": args.samples, "width": args.width, "steps": args.steps, "device": args.device}
    cells = [cell | fixed for cell in grid(seed=range(args.seed, args.seed + args.runs), share=SHARES)]
    began = time.process_time()
    found = sweep(one_run, cells, partial(args.output), jobs=1)
    words = [f"--{name} {getattr(args, name)}" for name in ("samples", "width", "steps", "runs", "seed", "device")]
    report = {
        "experiment": "Dherin & Rosca, sections 4.1 and 4.2: gradient descent beside the gradient flow",
        "command": command_line("corridor_flow", [*words, "--output", args.output.name]),
        "settings": {name: getattr(args, name) for name in ("samples", "width", "steps", "runs", "seed")},
        "environment": torch_environment(["numpy", "scipy", "torch"], device=args.device),
        "cpu_seconds": round(time.process_time() - began, 1),
        "runs": found.results,
    }
    finish(args.output, report)
    for run in found.results:
        away = max(d / t for d, t in zip(run["distance"][1:], run["travelled"][1:], strict=True))
        print(f"seed {run['seed']}, share {run['share']}: loss {run['loss'][0]:.3f} to {run['loss'][-1]:.3f}, at most {away:.1%} away")


if __name__ == "__main__":
    sys.exit(main())
