r"""linGrad against fixed step sizes on shallow logistic networks (Ni & Talnikar, sections 4.1 and 4.2).

``teacher``: 50-50-50-50, 50,000 samples to train on and 10,000 to test on from a network of the same shape, all random numbers standard
normal, drawn anew for each run. ``mnist``: 784-30-10, the same 60,000 and 10,000 images (pixels from 0 to 1) in every run, start standard
normal. Both: half the squared distance, averaged over the minibatch; a new shuffle each epoch (a last minibatch that is not full is left
out); linGrad measures every N_lin = 100 minibatches and keeps N_hist = max(50, N_b/N_lin) candidates, unless a setting says otherwise.

The paper prints neither the step sizes of its plain SGD nor all its epsilon*: those in `SETTINGS` bracket the good ones.

    python -m dynamics.experiments.linear_range_training teacher --batch 10 100 30 --epochs 50 --output teacher.json
    python -m dynamics.experiments.linear_range_training mnist --batch 10 100 30 --epochs 6 --runs 3 --output mnist.json

``theory/results/linear_range_mnist.json`` was put together from three runs: this one, of which batch size 10 is kept, and one for each of
30 and 100 with 12 epochs. Instead of ``command``, ``cpu_seconds`` and ``load`` it has ``commands``, with these for each of the three.

All runs of all settings are one stack (`dynamics.lines.logistic_stacks`); runs of the same number share their data, start and shuffles. The
JSON (written whole or not at all) holds ``experiment``, ``command``, ``settings``, ``environment``, ``cpu_seconds``, ``load`` (of the
machine, one minute, at the end) and

* ``histories[batch][setting]``: ``distance[run]``, the mean over the test samples of ``|u_I - y| / sqrt(m_I)`` (the caption of figure 1)
  before the first epoch and after each; ``square``, the mean of ``|u_I - y|^2``, averaged over the runs, likewise; for MNIST
  ``missed``, the share of test images whose largest output is not their label;
* for linGrad also, for each epoch over all runs, ``measured`` (how often), ``step_size`` (lowest, median, highest that was taken),
  ``tried`` and ``taken``: ``[median, highest, how many above epsilon*]`` of epsilon with the step size before and after line 13;
* ``first_run[setting]``: ``[step size, tried, taken]`` at each measurement of the first epochs of run 0 with batch size 10, for the
  settings in `SHOWN`.

After every epoch the state is kept beside the output in the folder ``FILE.partial``: an interrupted run continues where it stopped, and
the same numbers come out. With ``--epochs`` at what is done already, the JSON is written at once.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from dynamics._results import short
from dynamics.experiments._command import carry_out, command_line, finish, parser_of, partial, torch_environment
from dynamics.experiments.linear_range_runs import Setting, Training, digits, lin_grad, teacher
from dynamics.lines.logistic_stacks import Measured
from theory.terminal import Screen

SHOWN_EPOCHS = 10
SHOWN = ("linGrad 0.3", "linGrad 0.3 psi_0 = 0.01")
ROBUST = [Setting(1.0, 0.3, every, history) for every, history in ((50, 100), (20, 250))]
SETTINGS: dict[str, dict[int, list[Setting]]] = {
    "teacher": {
        10: [
            *lin_grad(0.1, 0.3, 0.6, 1, 3),
            Setting(0.01, 0.3),
            *ROBUST,
            *(Setting(step) for step in (0.3, 1.0, 3.0, 10.0, 30.0)),
        ],
        30: lin_grad(0.1, 0.3, 1, 3),
        100: lin_grad(0.1, 0.3, 1, 3),
    },
    "mnist": {
        10: [*lin_grad(0.1, 0.3, 0.5, 0.8, 2), *(Setting(step) for step in (0.3, 1.0, 3.0, 10.0, 30.0, 100.0))],
        30: lin_grad(0.1, 0.3, 0.5, 0.8, 2),
        100: lin_grad(0.1, 0.3, 0.5, 0.8, 2),
    },
}


def histories(training: Training, labels: bool) -> dict[str, Any]:
    """Return what the module's docstring lists for each setting, with ``missed`` where the targets are labels."""
    errors = torch.stack(training.errors)  # (epochs + 1, 3, settings, runs)
    report = {}
    for i, setting in enumerate(training.settings):
        own = [[m for m in found if m.network // training.runs == i] for found in training.measured]
        report[setting.name] = {
            "distance": short(errors[:, 0, i].T.tolist()),
            "square": short(errors[:, 1, i].mean(1).tolist()),
            **({"missed": short(errors[:, 2, i].mean(1).tolist())} if labels else {}),
            **(_described(own, setting.epsilon_star) if setting.epsilon_star else {}),
        }
    return report


def first_run(training: Training) -> dict[str, Any]:
    """Return ``[step size, tried, taken]`` of each measurement of the first epochs of run 0."""
    report = {}
    for i, setting in enumerate(training.settings):
        if setting.name in SHOWN:
            mine = [m for found in training.measured[:SHOWN_EPOCHS] for m in found if m.network == i * training.runs]
            report[setting.name] = [short([m.step_size, m.tried, m.taken]) for m in mine]
    return report


def _described(epochs: Sequence[Sequence[Measured]], epsilon_star: float) -> dict[str, Any]:
    """What linGrad measured, epoch by epoch; null for an epoch of so few minibatches that none was measured."""
    steps, tried, taken = (
        [torch.tensor([getattr(m, name) for m in found]) for found in epochs] for name in ("step_size", "tried", "taken")
    )
    report = {"measured": [len(v) for v in steps], "step_size": [short([v.min(), v.median(), v.max()]) if len(v) else None for v in steps]}
    for name, values in (("tried", tried), ("taken", taken)):
        report[name] = [[*short([v.median(), v.max()]), int((v > epsilon_star).sum())] if len(v) else None for v in values]
    return report


def main(argv: Sequence[str] | None = None) -> int:
    """Run the experiment from the command line; returns the exit status."""
    parser = parser_of("linear_range_training", __doc__)
    parser.add_argument("problem", choices=SETTINGS)
    parser.add_argument("--batch", type=int, nargs="+", default=[10, 30, 100], help="samples a minibatch (default 10 30 100)")
    parser.add_argument("--epochs", type=int, nargs="+", default=[50], help="for all batch sizes, or for each (default 50)")
    parser.add_argument("--runs", type=int, default=5, help="runs of each setting (default 5)")
    parser.add_argument("--samples", type=int, help="to train on (default: the paper's 50000 or 60000)")
    parser.add_argument("--seed", type=int, default=0, help="default 0")
    args = parser.parse_args(argv)
    args.samples = args.samples or {"teacher": 50_000, "mnist": 60_000}[args.problem]
    args.epochs = args.epochs * len(args.batch) if len(args.epochs) == 1 else args.epochs
    if not {*args.batch} <= {*SETTINGS[args.problem]} or len({*args.batch}) < len(args.batch) or len(args.epochs) != len(args.batch):
        parser.error(f"--batch {args.batch} --epochs {args.epochs}: expected different ones of 10, 30, 100, and epochs for all or for each")
    if min(args.epochs) < 1 or args.runs < 1 or args.samples < max(args.batch) or args.seed < 0:
        given = f"--epochs {args.epochs} --runs {args.runs} --samples {args.samples} --seed {args.seed}"
        parser.error(f"{given}: expected epochs and runs >= 1, samples >= {max(args.batch)}, a full minibatch, seed >= 0")
    return carry_out(parser, args, _experiment)


def _experiment(args: argparse.Namespace) -> None:
    tests = min(10_000, args.samples)
    problem = teacher(args.runs, args.samples, tests, args.seed) if args.problem == "teacher" else digits(args.runs, args.samples, tests)
    folder = partial(args.output)
    folder.mkdir(exist_ok=True)
    done = {}
    with Screen(sys.stderr).bar(sum(args.epochs)) as advance:
        for batch, epochs in zip(args.batch, args.epochs, strict=True):
            training = Training(problem, SETTINGS[args.problem][batch], batch, args.seed)
            train(training, epochs, folder / f"batch_{batch}.pt", advance)
            done[batch] = training
    words = [args.problem, "--batch", *args.batch, "--epochs", *(t.epochs for t in done.values()), "--runs", args.runs]
    words += ["--samples", args.samples, "--seed", args.seed, "--output", args.output.name]
    report: dict[str, Any] = {
        "experiment": f"Ni & Talnikar, section {'4.1' if args.problem == 'teacher' else '4.2'}",
        "command": command_line("linear_range_training", words),
        "settings": {
            "widths": problem.widths,
            "runs": args.runs,
            "samples": args.samples,
            "tests": tests,
            "seed": args.seed,
            "minibatches": {str(batch): training.batches for batch, training in done.items()},
            "epochs": {str(batch): training.epochs for batch, training in done.items()},
        },
        "environment": torch_environment(["numpy", "torch"]),
        "cpu_seconds": round(sum(training.seconds for training in done.values()), 1),
        "load": round(os.getloadavg()[0], 1),
        "histories": {str(batch): histories(training, args.problem == "mnist") for batch, training in done.items()},
        "first_run": first_run(done[10]) if 10 in done else {},
    }
    finish(args.output, report)
    _say(report["histories"])


def train(training: Training, epochs: int, kept: Path, advance: Callable[..., None]) -> None:
    """Train on from what is kept, and keep what is done after each epoch."""
    if kept.exists():
        training.load(kept)
    advance(kept.stem, training.epochs)
    while training.epochs < epochs:
        began = time.process_time()
        training.epoch()
        training.seconds += time.process_time() - began
        training.save(kept)
        advance(kept.stem, 1)


def _say(found: dict[str, dict[str, Any]]) -> None:
    for batch, settings in found.items():
        for name, history in settings.items():
            runs = history["distance"]
            mean = [sum(run[epoch] for run in runs) / len(runs) for epoch in (0, 1, -1)]
            print(f"batch {batch:>3s}  {name:34s} {mean[0]:.4f}, after one epoch {mean[1]:.4f}, after {len(runs[0]) - 1}: {mean[2]:.4f}")


if __name__ == "__main__":
    sys.exit(main())
