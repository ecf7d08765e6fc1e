r"""Networks trained with the step 1/M on MNIST and CIFAR-10 (Yedida & Saha, sections 7.3 and 7.4), at full size or reduced.

M is the printed bound of `LastLayerBound`: of the largest minibatch of the epoch before, as the network sees it in training; in the first
epoch of the first eight with the initial weights, or set by hand. (The paper's Keras measures M in a pass of its own.) Not printed, so
chosen here: float32; the weights that Keras draws; distorted images continued by their border; a last minibatch that is not full left
out; a new shuffle each epoch, the same for all runs. Plans:

    python -m dynamics.experiments.lipschitz_networks paper-mnist --device cuda --output lipschitz_mnist_paper.json
    python -m dynamics.experiments.lipschitz_networks paper-cifar10 --device cuda --output lipschitz_cifar10_paper.json
    python -m dynamics.experiments.lipschitz_networks mnist --output lipschitz_mnist.json
    python -m dynamics.experiments.lipschitz_networks mnist-narrow --output lipschitz_mnist_narrow.json
    python -m dynamics.experiments.lipschitz_networks cifar10-narrow --output lipschitz_cifar10_narrow.json

The two ``paper`` plans are the experiments at their size, for a GPU. ``mnist`` is the first run of the first of them, at its size: 55 s an
epoch on one CPU core, so ``theory/results`` has three of 20 (``--epochs 3``). The narrow ones have 8 channels in the first layer (for 32 or
16) and fewer images and epochs.

The JSON (written whole or not at all) holds ``experiment``, ``command``, ``settings``, ``environment``, ``cpu_seconds``, ``load`` (of the
machine, one minute, at the end) and ``runs``; each has its settings, ``minibatches`` (in an epoch) and, a value an epoch,

* ``acc`` and ``loss``: accuracy and cross-entropy in training, on distorted images, averaged over the minibatches of the epoch;
* ``val_acc`` and ``val_loss``: those on the test images after it;
* ``rate``: what stood before the step at its end: 1/M; sqrt(K)/M with RMSprop; sqrt(K_2)/K_1 with Adam; the fixed rate of a baseline;

and ``diverged``: the number of the minibatch whose loss or gradient was not finite, which ended the run; else null. After every epoch
the run is kept in the folder ``FILE.partial``: an interrupted experiment continues where it stopped, on a CPU with the same numbers. With
``--epochs`` at what is done already, the JSON is written at once.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import torch

from dynamics._results import short
from dynamics.experiments._command import carry_out, command_line, finish, parser_of, partial, torch_environment, train_on
from dynamics.experiments.lipschitz_network_runs import Plan, Run, Training, images
from theory.terminal import Screen

SGD = (Run("SGD", "adaptive", 20), Run("SGD", "adaptive", 20, first=0.1))
MNIST = (Run("AdaMo", "adaptive", 20, first=0.1), Run("Adam", "adaptive", 20))
CIFAR10 = (
    *(Run("SGD", policy, 300, 1e-3) for policy in ("baseline", "fixed", "adaptive")),
    Run("AdaMo", "baseline", 300, 1e-3),
    Run("AdaMo", "adaptive", 300, 1e-3, first=1.0),
    *(Run("RMSprop", policy, 300, 1e-3) for policy in ("baseline", "adaptive")),
    *(Run("Adam", policy, 300, 1e-3) for policy in ("baseline", "fixed", "adaptive")),
)
PLANS = {
    "paper-mnist": Plan("mnist", 32, 60_000, 10_000, 256, (*SGD, *MNIST)),
    "paper-cifar10": Plan("cifar10", 16, 50_000, 10_000, 128, CIFAR10),
    "mnist": Plan("mnist", 32, 60_000, 10_000, 256, SGD[:1]),
    "mnist-narrow": Plan("mnist", 8, 6400, 2000, 256, (SGD[1], *MNIST)),
    "cifar10-narrow": Plan("cifar10", 8, 10_240, 2000, 128, tuple(Run("SGD", policy, 3, 1e-3) for policy in ("baseline", "adaptive"))),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the experiment from the command line; returns the exit status."""
    parser = parser_of("lipschitz_networks", __doc__, device=True)
    parser.add_argument("plan", choices=PLANS)
    parser.add_argument("--seed", type=int, default=0, help="of weights, shuffles, distortions and dropout (default 0)")
    parser.add_argument("--epochs", type=int, help="of each run at most (default: those of the plan)")
    args = parser.parse_args(argv)
    if args.seed < 0 or (args.epochs is not None and args.epochs < 1):
        parser.error(f"--seed {args.seed} --epochs {args.epochs}: expected seed >= 0 and epochs >= 1")
    return carry_out(parser, args, _experiment)


def _experiment(args: argparse.Namespace) -> None:
    plan, device = PLANS[args.plan], torch.device(args.device)
    planned = [run if args.epochs is None else replace(run, epochs=min(args.epochs, run.epochs)) for run in plan.runs]
    train, test = images(plan.data, "train", plan.samples, device), images(plan.data, "test", plan.tests, device)
    folder = partial(args.output)
    folder.mkdir(exist_ok=True)
    runs: dict[str, Any] = {}
    with Screen(sys.stderr).bar(sum(run.epochs for run in planned)) as advance:
        for run in planned:
            training = Training(plan, run, train, test, args.seed)
            train_on(training, folder / f"{run.name}.pt", advance)
            runs[run.name] = asdict(run) | {"minibatches": training.batches} | short(training.records)
    words = [args.plan, "--device", args.device, "--seed", args.seed, *([] if args.epochs is None else ["--epochs", args.epochs])]
    words += ["--output", args.output.name]
    report: dict[str, Any] = {
        "experiment": f"Yedida & Saha, section {'7.3.1' if plan.data == 'mnist' else '7.4'}",
        "command": command_line("lipschitz_networks", words),
        "settings": {name: getattr(plan, name) for name in ("data", "width", "samples", "tests", "batch")}
        | {"seed": args.seed, "plan": args.plan},
        "environment": torch_environment(["numpy", "torch"], dtype="float32", device=args.device),
        "cpu_seconds": round(sum(run["cpu_seconds"] for run in runs.values()), 1),
        "load": round(os.getloadavg()[0], 1),
        "runs": runs,
    }
    finish(args.output, report)
    for name, run in runs.items():
        if run["loss"]:
            print(f"{name:34s} after {len(run['loss'])} epochs: training {run['acc'][-1]:.4f}, test {run['val_acc'][-1]:.4f}")
        else:
            print(f"{name:34s} diverged at minibatch {run['diverged']}")


if __name__ == "__main__":
    sys.exit(main())
