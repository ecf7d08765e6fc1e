r"""linGrad against fixed step sizes on shallow logistic networks (Ni & Talnikar, sections 4.1 and 4.2).

``teacher``: 50-50-50-50, 50,000 samples to train on and 10,000 to test on from a network of the same shape, all random numbers standard
normal, drawn anew for each run. ``mnist``: 784-30-10, the same 60,000 and 10,000 images (pixels from 0 to 1) in every run, start standard
normal. Both: half the squared distance, averaged over the minibatch; a new shuffle each epoch (a last minibatch that is not full is left
out); linGrad measures every N_lin = 100 minibatches and keeps N_hist = max(50, N_b/N_lin) candidates, unless a setting says otherwise.

The paper prints neither the step sizes of its plain SGD nor all its epsilon*: those in `SETTINGS` bracket the good ones.

    python -m dynamics.linear_range_experiments teacher --batch 10 --epochs 50 --output teacher.json

All runs of all settings are one stack (`dynamics.logistic_stacks`); runs of the same number share their data, start and shuffles. The
JSON (written whole or not at all) holds ``experiment``, ``command``, ``settings``, ``environment``, ``cpu_seconds``, ``load`` (of the
machine, one minute, at the end) and

* ``histories[setting]``: ``distance[run]``, the mean over the test samples of ``|u_I - y| / sqrt(m_I)`` (the caption of figure 1) before
  the first epoch and after each; ``square``, the mean of ``|u_I - y|^2``, averaged over the runs, likewise; for MNIST
  ``missed``, the share of test images whose largest output is not their label;
* for linGrad also, for each epoch over all runs, ``measured`` (how often), ``step_size`` (lowest, median, highest that was taken),
  ``tried`` and ``taken``: ``[median, highest, how many above epsilon*]`` of epsilon with the step size before and after line 13;
* ``first_run[setting]``: each measurement of the first epochs of the first run of the settings in `SHOWN`, ``[step size, tried, taken]``.

After every epoch the state is kept beside the output in ``FILE.partial``: an interrupted run continues where it stopped, and the same
numbers come out. With ``--epochs`` at what is done already, the JSON is written at once.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from dynamics._results import environment
from dynamics.data import DataMissing
from dynamics.linear_range_runs import Setting, Training, digits, lin_grad, teacher
from dynamics.logistic_stacks import Measured
from theory.files import write_whole
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



def summarise(training: Training, labels: bool) -> dict[str, Any]:
    """Return ``histories`` (with ``missed`` where the targets are labels) and ``first_run``, as the module's docstring lists."""
    errors = torch.stack(training.errors)  # (epochs + 1, 3, settings, runs)
    histories, first_run = {}, {}
    for i, setting in enumerate(training.settings):
        own = [[m for m in found if m.network // training.runs == i] for found in training.measured]
        histories[setting.name] = {
            "distance": _short(errors[:, 0, i].T.tolist()),
            "square": _short(errors[:, 1, i].mean(1).tolist()),
            **({"missed": _short(errors[:, 2, i].mean(1).tolist())} if labels else {}),
            **(_described(own, setting.epsilon_star) if setting.epsilon_star else {}),
        }
        if setting.name in SHOWN and training.batch == 10:
            mine = [m for found in own[:SHOWN_EPOCHS] for m in found if m.network % training.runs == 0]
            first_run[setting.name] = [_short([m.step_size, m.tried, m.taken]) for m in mine]
    return {"histories": histories, "first_run": first_run}


def _described(epochs: Sequence[Sequence[Measured]], epsilon_star: float) -> dict[str, Any]:
    steps = [torch.tensor([m.step_size for m in found]) for found in epochs]
    report = {"measured": [len(found) for found in epochs], "step_size": [_short([s.min(), s.median(), s.max()]) for s in steps]}
    for name in ("tried", "taken"):
        found = [torch.tensor([getattr(m, name) for m in own]) for own in epochs]
        report[name] = [[*_short([e.median(), e.max()]), int((e > epsilon_star).sum())] for e in found]
    return report


def _short(value: Any) -> Any:
    return [_short(part) for part in value] if isinstance(value, list) else float(f"{float(value):.5g}")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the experiment from the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m dynamics.linear_range_experiments", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("problem", choices=SETTINGS)
    parser.add_argument("--batch", type=int, default=10, help="samples a minibatch: 10, 30 or 100 (default 10)")
    parser.add_argument("--epochs", type=int, default=50, help="default 50")
    parser.add_argument("--runs", type=int, default=5, help="runs of each setting (default 5)")
    parser.add_argument("--samples", type=int, help="to train on (default: the paper's 50000 or 60000)")
    parser.add_argument("--seed", type=int, default=0, help="default 0")
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args(argv)
    args.samples = args.samples or {"teacher": 50_000, "mnist": 60_000}[args.problem]
    if args.batch not in SETTINGS[args.problem] or args.epochs < 1 or args.runs < 1 or args.samples < args.batch or args.seed < 0:
        given = f"--batch {args.batch} --epochs {args.epochs} --runs {args.runs} --samples {args.samples} --seed {args.seed}"
        parser.error(f"{given}: expected a batch of 10, 30 or 100, epochs and runs >= 1, samples >= batch, seed >= 0")
    if not args.output.resolve().parent.is_dir() or args.output.is_dir():
        parser.error(f"--output {args.output}: expected a file in a folder that exists")
    try:
        _experiment(args)
    except DataMissing as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        print(f"interrupted: finished epochs are kept in {args.output}.partial; the same command continues", file=sys.stderr)
        return 130
    return 0


def _experiment(args: argparse.Namespace) -> None:
    began, threads = time.process_time(), torch.get_num_threads()
    tests = min(10_000, args.samples)
    problem = teacher(args.runs, args.samples, tests, args.seed) if args.problem == "teacher" else digits(args.runs, args.samples, tests)
    training = Training(problem, SETTINGS[args.problem][args.batch], args.batch, args.seed)
    partial = args.output.with_name(args.output.name + ".partial")
    if partial.exists():
        training.load(partial)
    with Screen(sys.stderr).bar(args.epochs) as advance:
        advance("epochs", training.epochs)
        while training.epochs < args.epochs:
            training.epoch()
            training.seconds += time.process_time() - began
            began = time.process_time()
            training.save(partial)
            advance("epochs", 1)
    report = {
        "experiment": f"Ni & Talnikar, section {'4.1' if args.problem == 'teacher' else '4.2'}",
        "command": f"python -m dynamics.linear_range_experiments {args.problem} --batch {args.batch} --epochs {training.epochs} "
        f"--runs {args.runs} --samples {args.samples} --seed {args.seed} --output {args.output.name}",
        "settings": {
            "problem": args.problem,
            "widths": problem.widths,
            "batch": args.batch,
            "minibatches": training.batches,
            "epochs": training.epochs,
            "runs": args.runs,
            "samples": args.samples,
            "tests": tests,
            "seed": args.seed,
        },
        "environment": environment(["numpy", "torch"]) | {"threads": threads},
        "cpu_seconds": round(training.seconds, 1),
        "load": round(os.getloadavg()[0], 1),
        **summarise(training, args.problem == "mnist"),
    }
    write_whole(args.output, _layout(report))
    partial.unlink()
    for name, history in report["histories"].items():
        mean = [sum(run[e] for run in history["distance"]) / args.runs for e in (0, 1, -1)]
        print(f"{name:32s} distance {mean[0]:.4f}, after one epoch {mean[1]:.4f}, after {training.epochs}: {mean[2]:.4f}")


def _layout(report: dict[str, Any]) -> str:
    """JSON with one line for each entry of each setting, so that a changed number is a changed line."""
    head = json.dumps({key: value for key, value in report.items() if key not in ("histories", "first_run")}, indent=1)
    histories = ",\n".join(
        f"  {json.dumps(name)}: {{\n" + ",\n".join(f"   {json.dumps(key)}: {json.dumps(value)}" for key, value in own.items()) + "\n  }"
        for name, own in report["histories"].items()
    )
    return f'{head[:-2]},\n "histories": {{\n{histories}\n }},\n "first_run": {json.dumps(report["first_run"])}\n}}\n'


if __name__ == "__main__":
    sys.exit(main())
