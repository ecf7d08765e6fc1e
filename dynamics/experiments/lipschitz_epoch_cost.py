"""What recomputing the step size once an epoch costs (Yedida & Saha, section 8): with a second, partial forward pass, and with a hook.

    python -m dynamics.experiments.lipschitz_epoch_cost --output theory/results/lipschitz_epoch_cost.json

The CNN of Table 4 trains on MNIST. ``plain`` is an epoch with a fixed step; ``second_pass`` runs all minibatches again up to the last but
one layer, as the paper's code must; ``hook`` looks at the activations on their way (`dynamics.optimizers.LastLayerBound`). The three take
turns; CPU seconds of this process on one thread.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from dynamics._results import environment
from dynamics.data import mnist
from dynamics.experiments._command import carry_out, command_line, finish, parser_of
from dynamics.optimizers.gradient_bounds import LastLayerBound

WAYS = ("plain", "second_pass", "hook")
BATCH, CLASSES = 256, 10


def network(seed: int) -> nn.Sequential:
    """Return the CNN of Table 4, in float32, with the weights of the seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        layers: list[nn.Module] = []
        for inputs, filters, padding in ((1, 32, 0), (32, 32, 0), (32, 64, 1), (64, 64, 1), (64, 128, 1)):
            layers += [nn.Conv2d(inputs, filters, 3, padding=padding), nn.ReLU()]
            if (inputs, filters) in ((32, 32), (64, 64)):
                layers += [nn.MaxPool2d(2), nn.Dropout(0.2 if filters == 32 else 0.25)]
        layers += [nn.Dropout(0.25), nn.Flatten(), nn.Linear(128 * 6 * 6, 128), nn.ReLU(), nn.BatchNorm1d(128), nn.Dropout(0.25)]
        return nn.Sequential(*layers, nn.Linear(128, CLASSES))


def step_size(largest: float, size: int) -> float:
    """1/L as printed: L = (k - 1)/(k m) K_z."""
    return CLASSES * size / ((CLASSES - 1) * largest)


def epoch(model: nn.Sequential, batches: Sequence[tuple[Tensor, Tensor]], way: str) -> float:
    """Train for one epoch with SGD, find the next step size in this way, and return the CPU seconds of both."""
    last = model[-1]
    assert isinstance(last, nn.Linear)
    optimizer, model = torch.optim.SGD(model.parameters(), lr=0.01), model.train()
    begin = time.process_time()
    bound = LastLayerBound(last, "printed", initial=1.0) if way == "hook" else None
    for inputs, labels in batches:
        optimizer.zero_grad()
        loss: Any = nn.functional.cross_entropy(model(inputs), labels)
        loss.backward()
        optimizer.step()
    if way == "second_pass":
        model.eval()
        with torch.no_grad():
            largest = max(float(torch.linalg.norm(model[:-1](inputs))) for inputs, _ in batches)
        step_size(largest, len(batches[0][0]))
    if bound is not None:
        bound.end_epoch()
        bound.close()
    return time.process_time() - begin


def measure(seed: int, images: int, repeats: int) -> dict[str, list[float]]:
    """Return the CPU seconds of each way; a first round is not counted."""
    data = mnist(scaling="unit", rows=images)
    inputs = torch.as_tensor(data.inputs, dtype=torch.float32)[:, None]
    labels = torch.as_tensor(data.targets)
    batches = list(zip(torch.split(inputs, BATCH), torch.split(labels, BATCH), strict=True))
    model = network(seed)
    seconds: dict[str, list[float]] = {way: [] for way in WAYS}
    for round_ in range(repeats + 1):
        for way in WAYS:
            taken = epoch(model, batches, way)
            if round_:
                seconds[way].append(taken)
    return seconds


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns 0, or 2 if the data are missing."""
    parser = parser_of("lipschitz_epoch_cost", __doc__)
    parser.add_argument("--seed", type=int, default=0, help="of the weights (default 0)")
    parser.add_argument("--images", type=int, default=1024, help="images an epoch (default 1024)")
    parser.add_argument("--repeats", type=int, default=5, help="epochs of each way (default 5)")
    return carry_out(parser, parser.parse_args(argv), _experiment)


def _experiment(args: argparse.Namespace) -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        seconds = measure(args.seed, args.images, args.repeats)
    finally:
        torch.set_num_threads(threads)
    words = ["--seed", args.seed, "--images", args.images, "--repeats", args.repeats, "--output", "lipschitz_epoch_cost.json"]
    report: dict[str, Any] = {
        "experiment": "Yedida & Saha, section 8: the cost of an epoch with a recomputed step size",
        "command": command_line("lipschitz_epoch_cost", words),
        "seed": args.seed,
        "images": args.images,
        "batch": BATCH,
        "parameters": sum(p.numel() for p in network(args.seed).parameters()),
        "seconds": seconds,
        "environment": environment(["torch", "numpy"]) | {"dtype": "float32"},
    }
    finish(args.output, report)
    for way in WAYS:
        print(f"{way:12s} {min(seconds[way]):7.3f} to {max(seconds[way]):7.3f} s")


if __name__ == "__main__":
    sys.exit(main())
