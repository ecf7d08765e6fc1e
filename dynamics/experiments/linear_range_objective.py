r"""linGrad with the objective in its measurement, in place of the states or beside them (Ni & Talnikar, section 3.3).

The problems, networks, starts and shuffles are those of `dynamics.experiments.linear_range_training` (teacher data 50-50-50-50 at the
paper's size, and MNIST 784-30-10), of the same runs; only what linGrad measures differs, see
`dynamics.lines.logistic_stacks.stacked_measurement`. The paper prints no cap, no epsilon* and no batch size: here the relative error of the
objective is capped at 1, and epsilon* and the batch size run through `SWEEPS` and `BATCHES`. ``states`` is the measurement of equation 13,
for comparison.

    python -m dynamics.experiments.linear_range_objective --epochs 50 3 --runs 3 --output linear_range_objective.json

The JSON (written whole or not at all) holds ``experiment``, ``command``, ``settings``, ``environment``, ``cpu_seconds``, ``load`` and, for
each of the two problems,

* ``constant[problem][run]``: the test set's distance if the output were the mean of the training targets, whatever the input;
* ``histories[problem][batch][setting]``: ``distance[run]``, the mean over the test samples of ``|u_I - y| / sqrt(m_I)`` before the first
  epoch and after each, and ``step_size``, for each epoch ``[lowest, median, highest]`` that was taken in it, over all runs (null where
  nothing was measured).

After every epoch the state is kept beside the output in the folder ``FILE.partial``: an interrupted run continues where it stopped.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any

import torch

from dynamics.experiments._command import carry_out, command_line, finish, parser_of, partial, torch_environment
from dynamics.experiments.linear_range_runs import Problem, Setting, Training, digits, lin_grad, teacher
from dynamics.experiments.linear_range_training import histories, train
from dynamics.lines.logistic_stacks import Measure
from theory.terminal import Screen

BATCHES = (10, 100)
SWEEPS: dict[Measure, tuple[float, ...]] = {
    "states": (0.1, 0.3, 1, 3),
    "objective": (0.3, 1, 3, 10, 30),
    "minibatch-objective": (0.1, 0.3, 1, 3, 10),
    "layer": (0.1, 0.3, 1, 3, 10),
    "capped-layer": (0.1, 0.3, 1, 3),
}
SETTINGS: list[Setting] = [setting for measure, values in SWEEPS.items() for setting in lin_grad(*values, measure=measure)]
PROBLEMS = {"teacher": 50_000, "mnist": 60_000}


def constant_distance(problem: Problem) -> list[float]:
    """Return, for each run, the test set's mean distance to the mean of the training targets.

    Example:
        >>> inputs, targets = torch.zeros(2, 1), torch.tensor([[0.0], [1.0]])
        >>> constant_distance(Problem((1, 1), [(inputs, targets)], [(inputs, targets)]))
        [0.5]
    """
    distances = []
    for (_, seen), (_, targets) in zip(problem.train, problem.test, strict=True):
        gaps = torch.linalg.vector_norm(targets - seen.mean(0), dim=1) / targets.shape[1] ** 0.5
        distances.append(round(gaps.mean().item(), 5))
    return distances


def main(argv: Sequence[str] | None = None) -> int:
    """Run the experiment from the command line; returns the exit status."""
    parser = parser_of("linear_range_objective", __doc__)
    parser.add_argument("--epochs", type=int, nargs=2, default=[50, 3], help="on teacher data and on MNIST (default 50 3)")
    parser.add_argument("--runs", type=int, default=3, help="runs of each setting (default 3)")
    parser.add_argument("--samples", type=int, nargs=2, default=[*PROBLEMS.values()], help="to train on (default: the paper's)")
    parser.add_argument("--seed", type=int, default=0, help="default 0")
    args = parser.parse_args(argv)
    if min(args.epochs) < 1 or args.runs < 1 or min(args.samples) < max(BATCHES) or args.seed < 0:
        given = f"--epochs {args.epochs} --runs {args.runs} --samples {args.samples} --seed {args.seed}"
        parser.error(f"{given}: expected epochs and runs >= 1, samples >= {max(BATCHES)}, a full minibatch, seed >= 0")
    return carry_out(parser, args, _experiment)


def _problem(name: str, runs: int, samples: int, seed: int) -> Problem:
    tests = min(10_000, samples)
    return teacher(runs, samples, tests, seed) if name == "teacher" else digits(runs, samples, tests)


def _experiment(args: argparse.Namespace) -> None:
    folder = partial(args.output)
    folder.mkdir(exist_ok=True)
    found: dict[str, Any] = {"constant": {}, "histories": {}}
    seconds, widths = 0.0, {}
    with Screen(sys.stderr).bar(sum(args.epochs) * len(BATCHES)) as advance:
        for name, epochs, samples in zip(PROBLEMS, args.epochs, args.samples, strict=True):
            problem = _problem(name, args.runs, samples, args.seed)
            found["constant"][name], widths[name] = constant_distance(problem), problem.widths
            found["histories"][name] = {}
            for batch in BATCHES:
                training = Training(problem, SETTINGS, batch, args.seed)
                train(training, epochs, folder / f"{name}_{batch}.pt", advance)
                own = histories(training, labels=False)
                kept = {setting: {key: h[key] for key in ("distance", "step_size")} for setting, h in own.items()}
                found["histories"][name][str(batch)] = kept
                seconds += training.seconds
    words = ["--epochs", *args.epochs, "--runs", args.runs, "--samples", *args.samples, "--seed", args.seed, "--output", args.output.name]
    report = {
        "experiment": "Ni & Talnikar, section 3.3",
        "command": command_line("linear_range_objective", words),
        "settings": {"widths": widths, "runs": args.runs, "seed": args.seed}
        | {key: dict(zip(PROBLEMS, getattr(args, key), strict=True)) for key in ("epochs", "samples")},
        "environment": torch_environment(["numpy", "torch"]),
        "cpu_seconds": round(seconds, 1),
        "load": round(os.getloadavg()[0], 1),
        **found,
    }
    finish(args.output, report)
    _say(report["histories"])


def _say(found: dict[str, Any]) -> None:
    for problem, batches in found.items():
        for batch, settings in batches.items():
            for name, history in settings.items():
                runs = history["distance"]
                mean = [sum(run[epoch] for run in runs) / len(runs) for epoch in (1, -1)]
                print(f"{problem:8s} batch {batch:>3s}  {name:32s} after one epoch {mean[0]:.4f}, after {len(runs[0]) - 1}: {mean[1]:.4f}")


if __name__ == "__main__":
    sys.exit(main())
