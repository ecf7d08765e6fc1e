r"""The rates 1/M of the first epoch, before anything is trained (Yedida & Saha, sections 7.3.1 and 7.4), on the networks at their size.

    python -m dynamics.experiments.lipschitz_first_rates --output lipschitz_first_rates.json

M is the printed bound of the gradient, (k - 1)/(k m) K_z + lambda max|w|, of the network of Table 4 on MNIST (m = 256, lambda = 0) and of a
ResNet-20 on CIFAR-10 (m = 128, lambda = 10^-3), with the initial weights that Keras draws, over the first minibatches of the training
images. Twice: as the network *evaluates* the images, which is what a forward pass of Keras beside the training gives (batch
normalisation then divides by its running deviation, 1 before training, so by nothing), and as it sees them in *training*.

The JSON (written whole or not at all) holds ``experiment``, ``command``, ``settings``, ``environment``, ``cpu_seconds`` and, for each of
``networks`` and of ``evaluation`` and ``training``, a value a seed: ``M`` and ``rate`` = 1/M.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from typing import Any

import torch

from dynamics._results import short
from dynamics.experiments._command import carry_out, command_line, finish, parser_of, torch_environment
from dynamics.experiments.lipschitz_network_runs import MINIBATCHES, first_bounds, images, network_for
from theory.terminal import Screen

NETWORKS = {"table 4 on MNIST": ("mnist", 32, 256, 0.0), "ResNet-20 on CIFAR-10": ("cifar10", 16, 128, 1e-3)}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the experiment from the command line; returns the exit status."""
    parser = parser_of("lipschitz_first_rates", __doc__, device=True)
    parser.add_argument("--seeds", type=int, default=5, help="how many initial weights (default 5)")
    args = parser.parse_args(argv)
    if args.seeds < 1:
        parser.error(f"--seeds {args.seeds}: expected 1 or more")
    return carry_out(parser, args, _experiment)


def _experiment(args: argparse.Namespace) -> None:
    report = measured(args.seeds, torch.device(args.device))
    words = ["--seeds", args.seeds, "--device", args.device, "--output", args.output.name]
    finish(args.output, report | {"command": command_line("lipschitz_first_rates", words)})
    for name, modes in report["networks"].items():
        for mode, values in modes.items():
            print(f"{name:24s} {mode:10s} 1/M " + " ".join(f"{rate:9.5g}" for rate in values["rate"]))


def measured(seeds: int, device: torch.device) -> dict[str, Any]:
    """Return the report, less the command."""
    began, networks = time.process_time(), {}
    with Screen(sys.stderr).bar(seeds * len(NETWORKS)) as advance:
        for name, (data, width, batch, weight_decay) in NETWORKS.items():
            train = images(data, "train", MINIBATCHES * batch, device)
            found = []
            for seed in range(seeds):
                found.append(first_bounds(network_for(data, width, seed, device), train, batch, weight_decay, MINIBATCHES, seed))
                advance(name, 1)
            networks[name] = {
                mode: short({"M": [own[mode] for own in found], "rate": [1 / own[mode] for own in found]}) for mode in found[0]
            }
    return {
        "experiment": "Yedida & Saha, sections 7.3.1 and 7.4: the first rate",
        "command": None,
        "settings": {"seeds": list(range(seeds)), "minibatches": MINIBATCHES},
        "environment": torch_environment(["numpy", "torch"], dtype="float32", device=str(device)),
        "cpu_seconds": round(time.process_time() - began, 1),
        "networks": networks,
    }


if __name__ == "__main__":
    sys.exit(main())
