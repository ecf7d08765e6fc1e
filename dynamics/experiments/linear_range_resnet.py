r"""linGrad against fixed step sizes on a ResNet-18 and CIFAR-10 (Ni & Talnikar, section 4.3), at full size or reduced.

The states are those after the residual blocks; every N_lin = 10 minibatches the step is measured, with the finite-difference tangent of
delta = 1e-6; N_hist = max(50, N_b/N_lin) candidates are kept. Not printed, so chosen here: batch normalisation, as in He et al. 2016;
float32; cross-entropy; plain gradient descent, without momentum, weight decay or augmentation; torch's weights to begin with;
psi_0 = 1 as in section 4.1; the fixed steps and the batch sizes other than 128. A new shuffle each epoch, the same for all runs of a batch
size; a last minibatch that is not full is left out. Three plans:

    python -m dynamics.experiments.linear_range_resnet paper --device cuda --output resnet.json
    python -m dynamics.experiments.linear_range_resnet narrow --output linear_range_resnet_narrow.json
    python -m dynamics.experiments.linear_range_resnet glimpse --output linear_range_resnet_glimpse.json

``paper`` is the experiment at its size, for a GPU. ``narrow`` is what one CPU core does in 20 minutes: all images, but 8 channels
where the ResNet-18 has 64 (176,402 weights), few epochs and few runs. ``glimpse`` is the ResNet-18 itself for 30 minibatches: its first
step sizes.

In float32 the printed delta is below what the parameters resolve, so it is stored how far the finite difference is from the exact tangent
(``jvp``), and some runs measure with that one. The step sizes differ: see `theory.linear_range.resnet_experiment`.

The JSON (written whole or not at all) holds ``experiment``, ``command``, ``settings``, ``environment``, ``cpu_seconds``, ``load`` (of the
machine, one minute, at the end) and, for each of ``runs``, its batch size, epochs, step size, epsilon* and tangent, and

* ``missed`` and ``entropy``: the share of test images whose largest output is not their label, and the mean cross-entropy on the test
  images, before the first epoch and after each; ``loss``, the mean over the minibatches of each epoch;
* ``measured[epoch]``, for linGrad: ``[step size that was measured, epsilon, step size from there on, norm of the gradient]``;
* ``tangent_error``, after each epoch on its last minibatch: the mean over states and samples of ``|v_fd - v| / |v|``;
* ``diverged``: the number of the minibatch whose loss or gradient was not finite, which ended the run; else null.

After every epoch the state of the run is kept beside the output in the folder ``FILE.partial``: an interrupted experiment continues where
it stopped, and on a CPU the same numbers come out bit for bit.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import torch

from dynamics._results import short
from dynamics.experiments._command import carry_out, command_line, finish, parser_of, partial, torch_environment, train_on
from dynamics.experiments.linear_range_resnet_runs import Plan, ResidualTraining, Run, images
from dynamics.lines.linear_range import TangentMethod
from theory.terminal import Screen


def _sgd(epochs: int, *steps: float) -> tuple[Run, ...]:
    return tuple(Run(128, epochs, step) for step in steps)


def _lin_grad(epochs: int, tangent: TangentMethod, *stars: float, batch: int = 128) -> tuple[Run, ...]:
    return tuple(Run(batch, epochs, 1.0, star, tangent) for star in stars)


PLANS = {
    "paper": Plan(
        *(64, 50_000, 10_000),
        (
            *_sgd(50, 0.01, 0.03, 0.1, 0.3, 1.0),
            *_lin_grad(50, "finite-difference", 0.1, 0.3, 0.6, 0.8, 1.0, 2.0),
            *(run for batch in (32, 512) for run in _lin_grad(50, "finite-difference", 0.3, 0.6, 0.8, batch=batch)),
            *_lin_grad(50, "jvp", 0.1, 0.3, 0.6, 0.8, 1.0, 2.0),
        ),
    ),
    "narrow": Plan(
        *(8, 50_000, 10_000),
        (
            *_lin_grad(6, "finite-difference", 0.6),
            *_lin_grad(6, "jvp", 0.6),
            *_sgd(2, 0.03, 0.1, 0.3, 1.0),
            *_lin_grad(2, "jvp", 0.3, 0.8),
        ),
    ),
    "glimpse": Plan(64, 3840, 500, (Run(128, 1, 1.0, 0.6), Run(128, 1, 0.01, 0.6), Run(128, 1, 1.0, 0.6, "jvp"))),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the experiment from the command line; returns the exit status."""
    parser = parser_of("linear_range_resnet", __doc__, device=True)
    parser.add_argument("plan", choices=PLANS)
    parser.add_argument("--seed", type=int, default=0, help="of the shuffles (default 0)")
    args = parser.parse_args(argv)
    if args.seed < 0:
        parser.error(f"--seed {args.seed}: expected seed >= 0")
    return carry_out(parser, args, _experiment)


def _experiment(args: argparse.Namespace) -> None:
    plan, device = PLANS[args.plan], torch.device(args.device)
    train, test = images("train", plan.samples, device), images("test", plan.tests, device)
    folder = partial(args.output)
    folder.mkdir(exist_ok=True)
    runs: dict[str, Any] = {}
    with Screen(sys.stderr).bar(sum(run.epochs for run in plan.runs)) as advance:
        for run in plan.runs:
            training = ResidualTraining(plan, run, train, test, args.seed)
            train_on(training, folder / f"{run.name}.pt", advance)
            runs[run.name] = asdict(run) | {"minibatches": training.batches} | short(training.records)
    words = [args.plan, "--device", args.device, "--seed", args.seed, "--output", args.output.name]
    report: dict[str, Any] = {
        "experiment": "Ni & Talnikar, section 4.3",
        "command": command_line("linear_range_resnet", words),
        "settings": {name: getattr(plan, name) for name in ("width", "samples", "tests")} | {"seed": args.seed, "plan": args.plan},
        "environment": torch_environment(["numpy", "torch"], dtype="float32", device=args.device),
        "cpu_seconds": round(sum(run["cpu_seconds"] for run in runs.values()), 1),
        "load": round(os.getloadavg()[0], 1),
        "runs": runs,
    }
    finish(args.output, report)
    for name, run in runs.items():
        print(f"{name:44s} missed {run['missed'][0]:.3f}, after {len(run['loss'])} epochs {run['missed'][-1]:.3f}")


if __name__ == "__main__":
    sys.exit(main())
