r"""Softmax regression on MNIST with the step sizes 0.1 and 1/L (Yedida & Saha, section 7.2: the row of Table 2, and Figure 2).

    python -m dynamics.experiments.lipschitz_regression --output lipschitz_regression.json

L = (k - 1)|X|/(k m), printed as 1/L = 10.24 after N_E = 200 epochs. The paper does not say how the pixels were scaled (section 7.1 scales
each feature to sum to 1), which norm |X| is, or how large the minibatches of its "stochastic gradient descent" were. So all are read in
more than one way; here a reading is a scaling and a batch, "full" or 128:

* ``unit``: pixels over 255; ``centred``: less the mean of all pixels; ``symmetric``: from -1 to 1; ``standard``: each pixel with mean 0 and
  deviation 1; ``sum``: each pixel's sum over the training images is 1 (0 where it is 0).

Network: one linear layer with bias, softmax, mean cross-entropy; weights uniform after Glorot, the same for all step sizes; float64.
A reading takes 90 s of one CPU core. It is kept in the folder ``FILE.partial``: an interrupted experiment goes on with the next.
The JSON (written whole or not at all) holds ``experiment``, ``command``, ``settings``, ``environment`` and

* ``row``: the row of Table 2, laid out as those of `lipschitz_tables` (its ``--mnist``): ``matching`` are the readings of 1/L that give
  10.24 to a unit of its last digit; in ``readings`` the ``inverse`` is 1/L of the reading, whichever ``step`` was taken for it;
* ``rates``: 1/L of each scaling, for the norms ``fro`` and ``2``, without and with a column of ones;
* ``readings``: for each step size (0.1, 10.24 as printed, and ``own``, 1/L with Frobenius' norm and no ones) ``acc`` and ``val_acc``, a
  value an epoch, parts of 1 (``acc`` while it is trained: averaged over the minibatches), and ``early``: the test accuracy after the
  minibatches in ``settings["early"]`` of the first epoch.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dynamics._results import short
from dynamics.data import Floats, mnist
from dynamics.experiments._command import carry_out, command_line, finish, parser_of, partial, torch_environment
from theory.files import write_whole
from theory.terminal import Screen

CLASSES = 10
EPOCHS, BATCH = 200, 128
GUESS, PRINTED, LAST_DIGIT = 0.1, 10.24, 0.01
EARLY = (0, 1, 2, 5, 10, 20, 50, 100, 200, 400)
SCALINGS = ("unit", "centred", "symmetric", "standard", "sum")
READINGS = ("unit, full", "unit, 128", "standard, full", "standard, 128", "sum, full")
SHUFFLE, WEIGHTS = 3, 4


def scaled(scaling: str, train: Floats, test: Floats) -> tuple[Floats, Floats]:
    """Return both parts (m, 784), from 0 to 1, scaled by what the training part says.

    Raises:
        ValueError: Another scaling.
    """
    if scaling == "unit":
        return train, test
    if scaling == "symmetric":
        return 2 * train - 1, 2 * test - 1
    if scaling == "centred":
        return train - train.mean(), test - train.mean()
    if scaling == "standard":
        mean, deviation = train.mean(0), train.std(0)
        width = np.where(deviation > 0, deviation, 1.0)
        return (train - mean) / width, np.where(deviation > 0, (test - mean) / width, 0.0)
    if scaling == "sum":
        total = train.sum(0)
        width = np.where(total > 0, total, 1.0)
        return train / width, np.where(total > 0, test / width, 0.0)
    raise ValueError(f"scaling = {scaling!r}: expected unit, centred, symmetric, standard or sum")


def rates(inputs: Floats) -> dict[str, float]:
    """Return 1/L = k m/((k - 1)|X|) for both norms, without and with a column of ones; infinite where X is 0."""
    found = {}
    for ones in (False, True):
        X = np.column_stack([inputs, np.ones(len(inputs))]) if ones else inputs
        squares = np.linalg.eigvalsh(X.T @ X)
        for norm, size in (("fro", squares.sum()), ("2", squares.max())):
            with np.errstate(divide="ignore"):
                found[norm + (" with ones" if ones else "")] = float(CLASSES * len(X) / ((CLASSES - 1) * np.sqrt(size)))
    return found


class Regression:
    """Softmax regression for several step sizes at once, from the same weights.

    Args:
        train, test: Inputs (m, n), float64, and labels.
        steps: One step size a copy.
        seed: Of the weights and shuffles.
    """

    def __init__(self, train: tuple[Tensor, Tensor], test: tuple[Tensor, Tensor], steps: Sequence[float], seed: int) -> None:
        self.train, self.test, self.seed = train, test, seed
        n = train[0].shape[1]
        edge = np.sqrt(6 / (n + CLASSES))
        weights = np.random.default_rng([seed, WEIGHTS]).uniform(-edge, edge, (n, CLASSES))
        device = train[0].device
        self.weights = torch.from_numpy(np.tile(weights, len(steps))).to(device)  # n x (copies of k)
        self.bias = torch.zeros_like(self.weights[0])
        self.steps = torch.from_numpy(np.repeat(np.asarray(steps, dtype=np.float64), CLASSES)).to(device)

    def outputs(self, inputs: Tensor) -> Tensor:
        """Return the logits, (m, copies, k)."""
        return torch.addmm(self.bias, inputs, self.weights).view(len(inputs), -1, CLASSES)

    def accuracy(self) -> list[float]:
        """Return the share of test images whose largest logit is their label, a copy each."""
        return self._hits(self.outputs(self.test[0]), self.test[1]).mean(0, dtype=torch.float64).tolist()

    def epoch(self, number: int, batch: int | None, seen: Callable[[int], None] = lambda k: None) -> list[float]:
        """Train for an epoch, in minibatches (the last may be smaller) or at once; return the accuracy while training.

        Args:
            number: Which epoch, for the shuffle.
            batch: Samples a minibatch, ``None`` for all.
            seen: Called after each minibatch with its number, from 1.
        """
        inputs, labels = self.train
        m = len(labels)
        order = torch.arange(m) if batch is None else torch.from_numpy(np.random.default_rng([self.seed, SHUFFLE, number]).permutation(m))
        hits = torch.zeros(len(self.steps) // CLASSES, dtype=torch.float64, device=inputs.device)
        for k, rows in enumerate(torch.split(order.to(inputs.device), batch or m), 1):
            x, y = (inputs, labels) if batch is None else (inputs[rows], labels[rows])
            logits = self.outputs(x)
            hits += self._hits(logits, y).sum(0)
            residual = torch.softmax(logits, 2)
            residual[torch.arange(len(y)), :, y] -= 1
            residual = residual.view(len(y), -1) / len(y)
            self.weights -= self.steps * (x.T @ residual)
            self.bias -= self.steps * residual.sum(0)
            seen(k)
        return (hits / m).tolist()

    @staticmethod
    def _hits(logits: Tensor, labels: Tensor) -> Tensor:
        return logits.argmax(2) == labels[:, None]


def reading(run: Regression, names: Sequence[str], batch: int | None, epochs: int, advance: Callable[..., None]) -> dict[str, Any]:
    """Train, and return ``acc``, ``val_acc`` and ``early`` for each of the names, one a copy."""
    early = [run.accuracy()] if 0 in EARLY else []

    def seen(k: int) -> None:
        if k in EARLY and len(val_acc) == 0:
            early.append(run.accuracy())

    acc: list[list[float]] = []
    val_acc: list[list[float]] = []
    for number in range(epochs):
        acc.append(run.epoch(number, batch, seen))
        val_acc.append(run.accuracy())
        advance("epochs", 1)
    tables = {"acc": acc, "val_acc": val_acc, "early": early}
    return {name: {key: [row[i] for row in table] for key, table in tables.items()} for i, name in enumerate(names)}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the experiment from the command line; returns the exit status."""
    parser = parser_of("lipschitz_regression", __doc__, device=True)
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="default 200, as printed")
    parser.add_argument("--samples", type=int, default=60_000, help="to train on (default 60000)")
    parser.add_argument("--seed", type=int, default=0, help="of weights and shuffles (default 0)")
    parser.add_argument("--readings", nargs="+", choices=READINGS, default=list(READINGS), help="default all", metavar="READING")
    args = parser.parse_args(argv)
    if args.epochs < 1 or args.samples < BATCH or args.seed < 0:
        parser.error(f"--epochs {args.epochs} --samples {args.samples} --seed {args.seed}: expected >= 1, >= {BATCH} and >= 0")
    return carry_out(parser, args, _experiment)


def _experiment(args: argparse.Namespace) -> None:
    device = torch.device(args.device)
    data = [mnist(part, scaling="unit", rows=rows) for part, rows in (("train", args.samples), ("test", None))]
    train, test = (d.inputs.reshape(len(d.inputs), -1) for d in data)
    labels = [torch.from_numpy(d.targets).to(device) for d in data]
    what = f"{args.epochs} epochs, {args.samples} samples, seed {args.seed}, {args.device}"
    found: dict[str, dict[str, float]] = {}
    readings: dict[str, Any] = {}
    partial(args.output).mkdir(exist_ok=True)
    with Screen(sys.stderr).bar(args.epochs * len(args.readings)) as advance:
        for scaling in SCALINGS:
            parts = scaled(scaling, train, test)
            found[scaling] = rates(parts[0])
            steps = {"0.1": GUESS, "10.24": PRINTED, "own": found[scaling]["fro"]}
            tensors = [(torch.from_numpy(x).to(device), y) for x, y in zip(parts, labels, strict=True)]
            for name in (own for own in args.readings if own.startswith(f"{scaling}, ")):
                kept, run = partial(args.output) / f"{name}.json", Regression(tensors[0], tensors[1], list(steps.values()), args.seed)
                size = None if name.endswith("full") else BATCH
                readings[name] = _kept(kept, what, lambda: reading(run, list(steps), size, args.epochs, advance))  # noqa: B023 (called now)
    words = ["--epochs", args.epochs, "--samples", args.samples, "--seed", args.seed, "--device", args.device]
    words += [] if args.readings == list(READINGS) else ["--readings", *(f"'{name}'" for name in args.readings)]
    words += ["--output", args.output.name]
    report = {
        "experiment": "Yedida & Saha, section 7.2: MNIST",
        "command": command_line("lipschitz_regression", words),
        "settings": {"epochs": args.epochs, "samples": args.samples, "tests": len(test), "seed": args.seed, "early": list(EARLY)},
        "environment": torch_environment(["numpy", "torch"], device=args.device),
        "row": row(found, readings, args.samples),
        "rates": short(found),
        "readings": short(readings),
    }
    finish(args.output, report)
    for name, own in readings.items():
        print(f"{name:16s} " + "  ".join(f"{step} {100 * curves['val_acc'][-1]:.2f} %" for step, curves in own.items()))


def row(found: dict[str, dict[str, float]], readings: dict[str, Any], samples: int) -> dict[str, Any]:
    """Return the row of Table 2 as `lipschitz_tables` lays out the others; a span is one number here."""
    cells = []
    for name, curves in readings.items():
        scaling, batch = name.split(", ")
        for step in ("10.24", "own"):
            last = {which: 100 * curves[own]["val_acc"][-1] for which, own in (("0.1", "0.1"), ("1/L", step))}
            accuracies = {which: [accuracy, accuracy] for which, accuracy in last.items()}
            cells.append(
                {"scaling": scaling, "batch": batch, "step": step, "inverse": 2 * [found[scaling]["fro"]], "accuracies": accuracies}
            )
    near = [
        {"scaling": scaling, "norm": norm, "inverse": [inverse, inverse]}
        for scaling, own in found.items()
        for norm, inverse in own.items()
        if abs(inverse - PRINTED) <= LAST_DIGIT
    ]
    return {
        "data": "mnist",
        "printed": {"inverse": "10.24", "run_for": EPOCHS, "accuracies": ["92.7", "92.8"]},
        "not_run": None,
        "tried": sum(map(len, found.values())),
        "matching": near,
        "rows": samples,
        "literal": found["sum"]["fro"],
        "usual": found["unit"]["fro"],
        "true": None,
        "readings": cells,
    }


def _kept(path: Path, what: str, measure: Callable[[], Any]) -> Any:
    """What is kept there, or else measure it and keep it; raises ``ValueError`` if what is kept was measured with other settings."""
    if path.exists():
        kept = json.loads(path.read_text())
        if kept["what"] != what:
            raise ValueError(f"{path} keeps {kept['what']}: expected {what}; remove it, or choose another output")
        return kept["found"]
    found = measure()
    write_whole(path, json.dumps({"what": what, "found": found}))
    return found


if __name__ == "__main__":
    sys.exit(main())
