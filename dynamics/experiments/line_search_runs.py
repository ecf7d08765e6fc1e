r"""The loss along the lines of SGD's steps (Mutschler & Zell, sections 3 to 6): a network trained on 4000 images, its steps measured.

    python -m dynamics.experiments.line_search_runs mnist --steps 2000 --output line_search_mnist.json
    python -m dynamics.experiments.line_search_runs resnet20 --steps 1800 --output line_search_resnet20.json
    python -m dynamics.experiments.line_search_runs paper --device cuda --output line_search_paper.json

``mnist`` is the small twin: 49-16-10 units, ReLU, on the first 4000 images of MNIST in means of 4x4 pixels, float64. ``resnet20`` is the
paper's network on the first 4000 images of CIFAR-10 (8 %), float32, with as few lines and grid points as a CPU carries; its lines with a
picture are measured at the paper's resolution too. ``paper`` has a line at every step, for a GPU. ``--steps`` ends the runs earlier.

Softmax cross-entropy, step size 0.1 (and, of the twin, 0.05 and 0.2), minibatches of 128 without replacement, momentum 0 and 0.9, no
weight decay. Other than in the paper there is no augmentation: with it the full batch is no finite set, and the batch that defines the
direction no part of it. Batch normalisation takes the statistics of the epoch's minibatches, at every point of a line anew: see
`dynamics.lines.measure`.

The JSON holds ``experiment``, ``command``, ``settings``, ``environment``, ``cost`` (sample losses on the lines, how many a second of the
whole run's CPU time, and how many the paper's three weeks mean) and ``runs``. A series has ``all`` values, or, where they are more than 64,
the ``first`` ten and ``medians`` over 25 parts of the run; ``quantiles`` 0, 5, 25, 50, 75, 95, 100 %. Slopes are positive downhill. Of each
run, one value a measured line unless it says otherwise:

* ``loss``, ``batch_loss``: full batch and direction-defining batch at s = 0; ``slope``, ``batch_slope``: -l'(0) of both; ``gradient_norm``
  and ``direction_norm``: of the minibatch's g, and of m; ``full_gradient_norm``: of G; ``batch_gradient_squares``: the mean of ``|g|^2``
  over the epoch's minibatches, all at this point;
* ``fit_slope``, ``fit_curvature``: p'(0) and p''(0) of the least-squares parabola in the window; ``fit_error_1``, ``fit_error_2``: mean
  absolute errors of degrees 1 and 2;
* ``s_opt``, ``loss_opt``: the full batch's minimum on the grid; ``minimum_over_gradient_norm``, ``minimum_over_direction_norm``: with
  ``variation``, the coefficient of variation in each fifth of the run;
* for each strategy: ``step``, ``distance`` (s_opt - step), ``improvement`` of the full batch, its sum over that of the best steps,
  ``share_of_the_best``, of all lines and of those of the second half, without those where the step leads ``beyond_the_grid``;
* ``share``: of lines for which what the paper calls "always" is so; ``below_all_others``, ``below_lower_quartile``: the share of grid
  points s > 0 at which the direction-defining batch's loss is below all other minibatches', or their lower quartile;
* ``shape``: distances in the window, ``matrix`` those of up to 50 lines; ``rates``, also ``_of_the_second_half``: see
  `line_search_summary.rates`;
* ``sizes[M]``: ``slope``: of the batch made larger or smaller by the paper's procedure, ``slope_ratio``: over the original's,
  ``expected_ratio``: its exact expectation given the line, and ``slope_over_expected``; ``norm``, ``norm_ratio``: the gradient norm of
  fresh batches of M samples, and ``square_over_expected``: the sum of their squares over that of ``|G|^2 + V (N - M)/(M (N - 1))``, with V
  from ``batch_gradient_squares``; ``SGD``, ``PAL``: improvements with that slope's SGD step, and with PAL on that batch;
* ``noise_scale``: ``V/|G|^2``; ``full_over_batch_slope``: the larger batches' ratio is the inverse factor if this is 128/4000;
* ``fine[step]``: the same fit, minimum and comparison with the others as above, of a line that was measured at the paper's resolution too
  (with momentum its window reaches further back, for the coarse grid begins at -0.2), and ``spline_error``, the largest distance of the
  coarse line's spline from it, where that has one;
* ``pictures[step]``: s, full batch, direction-defining batch, lower quartile, median and upper quartile of the others;
* ``directions[step]``: ``s_opt`` of five lines from one point, the run's own and along minus the gradients of the next four minibatches,
  and the ten ``distances`` of their shapes (the paper's figure 8).

Every 25 steps and after each line the state is kept beside the output in the folder ``FILE.partial``: an interrupted experiment continues
where it stopped, on a CPU with the same numbers.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from dynamics._results import short
from dynamics.experiments._command import carry_out, command_line, finish, parser_of, partial, torch_environment
from dynamics.experiments.line_search_measures import Measurement, Sampling
from dynamics.experiments.line_search_summary import summary
from dynamics.experiments.line_search_training import TASKS, Run, Training
from dynamics.lines.measure import Floats
from theory.terminal import Screen

EXPERIMENT = "Mutschler & Zell, sections 3 to 6: losses along the lines of SGD's steps"
PAPER_SAMPLE_LOSSES, PAPER_SECONDS = 10_000 * 167 * 4000, 3 * 7 * 24 * 3600
KEEP = 25  # steps between two kept states


@dataclass(frozen=True)
class Plan:
    """What is trained, on how many samples, which lines are measured, and how: s from low to high, 0 among them."""

    task: str
    samples: int
    runs: tuple[Run, ...]
    spacing: float = 0.006
    low: int = -83
    high: int = 83
    draws: int = 1
    batch: int = 128
    full_curvature: bool = False
    fine_pictures: bool = False

    @property
    def grid(self) -> Floats:
        """The step sizes s at which losses are measured."""
        return np.arange(self.low, self.high + 1) * np.float64(self.spacing)

    def sampling(self, run: Run) -> Sampling:
        """The grid, and the paper's window as far as the grid reaches; its ends may be grid points that were rounded outwards."""
        low, high = WINDOWS[run.momentum > 0]
        grid, slack = self.grid, self.spacing / 4
        return Sampling(grid, (max(low - slack, grid[0]), min(high + slack, grid[-1])))


PLANS = {
    "mnist": Plan(
        "mnist",
        4000,
        (Run(0.1, 0.0, 10_000, 20, 4), Run(0.1, 0.9, 10_000, 20, 16), Run(0.05, 0.0, 10_000, 20, 16), Run(0.2, 0.0, 10_000, 20, 16)),
        draws=2,
        full_curvature=True,
    ),
    "resnet20": Plan("cifar10", 4000, (Run(0.1, 0.0, 10_000, 3, 100), Run(0.1, 0.9, 10_000, 3, 100)), 0.05, -4, 10, fine_pictures=True),
    "paper": Plan("cifar10", 4000, (Run(0.1, 0.0, 10_000, 1, 1), Run(0.1, 0.9, 10_000, 1, 1))),
}
WINDOWS = {False: (-0.2, 0.2), True: (-0.5, 0.5)}  # without and with momentum, as in the paper's section 4


def main(argv: Sequence[str] | None = None) -> int:
    """Run the experiment from the command line; returns the exit status."""
    parser = parser_of("line_search_runs", __doc__, device=True)
    parser.add_argument("plan", choices=PLANS)
    parser.add_argument("--steps", type=int, help="of each run at most (default: the plan's)")
    parser.add_argument("--only", type=int, metavar="N", help="the plan's run number N alone, counted from 0 (default: all)")
    parser.add_argument("--seed", type=int, default=0, help="of the weights and the shuffles (default 0)")
    args = parser.parse_args(argv)
    runs = len(PLANS[args.plan].runs)
    if args.seed < 0 or (args.steps is not None and args.steps < 1) or not (args.only is None or 0 <= args.only < runs):
        parser.error(f"--seed {args.seed} --steps {args.steps} --only {args.only}: expected seed >= 0, steps >= 1, only 0 to {runs - 1}")
    return carry_out(parser, args, _experiment)


def _experiment(args: argparse.Namespace) -> None:
    plan = PLANS[args.plan]
    task, chosen = TASKS[plan.task], plan.runs if args.only is None else (plan.runs[args.only],)
    data, kept = task.images(plan.samples), partial(args.output)
    kept.mkdir(exist_ok=True)
    runs = [replace(run, steps=min(run.steps, args.steps or run.steps)) for run in chosen]
    report: dict[str, Any] = {}
    seconds, losses = 0.0, 0
    exact = torch.backends.cudnn.flags(enabled=True, allow_tf32=False) if args.device == "cuda" else nullcontext()
    with exact, Screen(sys.stderr).bar(sum(run.steps for run in runs)) as advance:
        for run in runs:
            training = Training(task, run, data, plan.batch, args.seed, args.device, f"{args.plan}, {plan}")
            _train(training, plan, kept / f"{run.name.replace(' ', '_')}.pt", advance)
            report[run.name] = short(summary(training, plan.sampling(run)))
            seconds += training.seconds
            finer = sum("fine" in line for line in training.lines)
            losses += (len(training.lines) * len(plan.grid) + finer * len(PLANS["paper"].grid)) * plan.samples
    words = [args.plan, *(["--steps", args.steps] if args.steps else []), *([] if args.only is None else ["--only", args.only])]
    words += ["--seed", args.seed, "--device", args.device, "--output", args.output.name]
    finish(
        args.output,
        {
            "experiment": EXPERIMENT,
            "command": command_line("line_search_runs", words),
            "settings": _settings(plan, args.seed),
            "environment": torch_environment(["numpy", "scipy", "torch"], dtype=str(task.dtype).removeprefix("torch."), device=args.device),
            "load": round(os.getloadavg()[0], 1),
            "cost": {
                "cpu_seconds": round(seconds, 1),
                "sample_losses": losses,
                "sample_losses_a_second": round(losses / seconds),
                "sample_losses_a_second_in_the_paper": round(PAPER_SAMPLE_LOSSES / PAPER_SECONDS),
            },
            "runs": report,
        },
    )
    _say(report)


def _settings(plan: Plan, seed: int) -> dict[str, Any]:
    fine = {f"fine_{name}": value for name, value in _resolution(PLANS["paper"], plan.runs).items()} if plan.fine_pictures else {}
    return {
        "task": plan.task,
        "samples": plan.samples,
        "batch": plan.batch,
        **_resolution(plan, plan.runs),
        **fine,
        "fresh_batches_of_each_size": plan.draws,
        "seed": seed,
    }


def _resolution(plan: Plan, runs: Sequence[Run]) -> dict[str, Any]:
    return {
        "grid": [short(float(plan.grid[0])), short(float(plan.grid[-1])), plan.spacing, len(plan.grid)],
        "windows": {run.name: short([float(end) for end in plan.sampling(run).window]) for run in runs},
    }


def _train(training: Training, plan: Plan, kept: Any, advance: Any) -> None:
    if kept.exists():
        training.load(kept)
    fine = PLANS["paper"].sampling(training.run) if plan.fine_pictures else None
    measurement = Measurement(training, plan.sampling(training.run), plan.draws, fine)
    advance(training.run.name, training.step)
    while training.step < training.run.steps:
        measured = training.run.measured(training.step)
        training.advance(plan.full_curvature, measurement)
        if training.step == training.run.steps or training.step % KEEP == 0 or (measured and training.run.every >= KEEP):
            training.save(kept)
        advance(training.run.name, 1)


def _say(report: dict[str, Any]) -> None:
    for name, run in report.items():
        middle = 3  # of the seven quantiles
        ratio, rates = run["minimum_over_direction_norm"], run["rates"]
        print(
            f"{name:24s} {run['lines']:5.0f} lines, parabola errs by {run['fit_error_2']['quantiles'][middle]:.2g}, s_opt/|v| "
            f"{ratio['quantiles'][middle]:.3g}, best rate {rates['on_lines']} (lambda/2 = {rates['half']:g})"
        )


if __name__ == "__main__":
    sys.exit(main())
