"""Figure 2 of Nar & Sastry over many seeds and targets.

Is the smaller step a fixed point, and the larger one a two-cycle?

Setting (section 4): N = 1000, x_i = i/N, 20 hidden units, W, V, b independent standard normal, b fixed and shared by
both steps, loss = sum of squares without 1/2, full-batch gradient descent with steps 2e-4 and 3e-4. The paper does
not print its target. The authors' notebook (github.com/nar-k/NeurIPS-2018) draws it from the model: the output of a
network with the same b and other W, V. That is the target ``teacher``; five piecewise continuous ones stand beside it
(`TARGETS`). The notebook makes 20,000 steps and warns that what happens depends on the target and on the start.

    python -m dynamics.experiments.relu_oscillation --seeds 100 --output figure_2.json
    python -m dynamics.experiments.relu_oscillation --seeds 400 --steps 20000 --targets teacher --output as_the_authors.json

Each run makes ``steps`` steps. The second half is classified twice:

* ``kind``: the strict outcome of `dynamics.classify` in parameter space, with its evidence. Dead units and
  slow directions make it ``undecided`` often.
* ``seen``: what a figure of the network's output shows at the end. ``fixed``: the output moves by at most `VISIBLE`
  (a share of the target's range) in one step; ``two-cycle``: by more in one step, by at most that in two;
  ``four-cycle`` likewise; ``other`` else; ``diverged``. ``drift`` says how far the output moved over the whole second
  half.

The JSON (written whole or not at all) holds ``experiment``, ``command``, ``settings`` (seeds, first seed, steps, step
sizes, targets, N, units, tolerance, visible, close, max_period), ``environment`` (versions, dtype, device, threads),
``seconds``, and

* ``counts[target][step]``: ``{"kind": {...}, "seen": {...}, "undecided": {reason: ...}, "unexplained": {...}}``: how
  many runs of each kind and look, why they are undecided, and the median ``unexplained`` of each look;
  ``counts["all"]`` adds the targets up;
* ``pairs[target]``: ``{"fixed / two-cycle": n, ...}``, what the same start does with the smaller / larger step as
  ``seen``; also ``"all"``;
* ``figure_2_fraction``: the share of all pairs that are ``fixed / two-cycle``, with the 95 % Wilson interval;
  ``close`` counts those of them whose fixed output leaves at most `CLOSE` unexplained;
* ``runs``: one record a run: ``target, seed, step, kind, period, residual, distance, multiplier`` (as in `Outcome`),
  ``seen, move_1, move_2, move_4`` (largest change of the output over the grid in 1, 2, 4 steps), ``drift``,
  ``losses`` (of the last two points), ``unexplained`` (the smaller of them over the targets' sum of squares about
  their mean: near 1 the output is no better than a constant), ``step_times_sharpness`` (at the last point).

The seeds are the cells of a sweep, kept beside the output in the folder ``FILE.partial`` until all are there: an interrupted
run continues where it stopped.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dynamics._results import environment, short, wilson
from dynamics.experiments._command import carry_out, finish, parser_of, partial
from dynamics.networks.relu_grid import Floats, GridReluMap
from dynamics.orbits.classify import classify
from dynamics.orbits.outcomes import Outcome, OutcomeKind
from dynamics.sweeps import grid, sweep

GRID_SIZE, UNITS = 1000, 20
STEP_SIZES = (2e-4, 3e-4)
TOLERANCE = 1e-9  # the default of classify: distance to the cycle over the size of the orbit
VISIBLE = 5e-3  # a line's width, as a share of the target's range: a printed axis spans some 200 of them
CLOSE = 0.1  # a fit that explains 90 % of the target's variation
MAX_PERIOD = 8
TEACHER = "teacher"
TARGETS: dict[str, Callable[[Floats], Floats]] = {
    "jump": lambda x: np.where(x < 0.5, -1.0, 1.0),
    "sine": lambda x: np.sin(2 * np.pi * x),
    "sawtooth": lambda x: np.where(x < 0.5, 2 * x, 2 * x - 2),
    "three levels": lambda x: np.select([x < 1 / 3, x < 2 / 3], [0.0, 1.0], -0.5),
    "broken sine": lambda x: np.where(x < 0.5, np.sin(2 * np.pi * x), 1 - 2 * x),
}


def draw(seed: int) -> tuple[Floats, Floats, Floats]:
    """Return the start (W, V), the bias b and the teacher's (W, V), independent standard normal."""
    normal = np.random.default_rng(seed).standard_normal(5 * UNITS)
    return normal[: 2 * UNITS], normal[2 * UNITS : 3 * UNITS], normal[3 * UNITS :]


def target_values(name: str, bias: Floats, teacher: Floats) -> Floats:
    """Return the target on the grid i/N, shape ``(GRID_SIZE,)``."""
    inputs = np.arange(1, GRID_SIZE + 1) / GRID_SIZE
    if name == TEACHER:
        return GridReluMap(np.zeros(GRID_SIZE), bias[None], np.ones(1)).output(teacher[None])[0]
    return TARGETS[name](inputs)


def run_seed(seed: int, targets: Sequence[str], steps: int, step_sizes: Sequence[float] = STEP_SIZES) -> list[dict[str, Any]]:
    """Run every target with every step size from one start.

    Args:
        seed: Seeds the start and the bias.
        targets: Names in `TARGETS`, or ``teacher``.
        steps: Steps a run, at least 200; half of them before anything is judged.
        step_sizes: The paper's two, or others.

    Returns:
        One record a run, as the module's docstring lists.
    """
    start, bias, teacher = draw(seed)
    records = []
    for name in targets:
        sizes = np.array(step_sizes)
        nets = GridReluMap(target_values(name, bias, teacher), np.tile(bias, (len(sizes), 1)), sizes)
        half = nets.advance(np.tile(start, (len(sizes), 1)), steps // 2)
        for i, size in enumerate(step_sizes):
            row = nets.select(np.array([i]))
            record = {"target": name, "seed": seed, "step": size}
            if np.all(np.isfinite(half[i])):
                outcome = classify(row, half[i], max_steps=steps - steps // 2, max_period=MAX_PERIOD, tolerance=TOLERANCE)
                records.append(record | _described(outcome) | _seen(row, half[i], outcome))
            else:
                outcome = Outcome(OutcomeKind.DIVERGED, "left float64 in the first half of the steps")
                records.append(record | _described(outcome) | {"seen": "diverged"})
    return records


def _described(outcome: Outcome) -> dict[str, Any]:
    return {
        "kind": str(outcome.kind),
        "undecided": outcome.reason if outcome.kind is OutcomeKind.UNDECIDED else None,
        "period": outcome.period,
        "residual": short(outcome.residual),
        "distance": short(outcome.distance),
        "multiplier": short(outcome.multiplier),
    }


def _seen(row: GridReluMap, half: Floats, outcome: Outcome) -> dict[str, Any]:
    """What a figure shows: how far the output moves in 1, 2 and 4 steps, and over the whole second half."""
    if outcome.kind is OutcomeKind.DIVERGED:
        return {"seen": "diverged"}
    points = [outcome.points[-1][None]]
    for _ in range(4):
        points.append(row.advance(points[-1], 1))
    outputs = [row.output(p)[0] for p in points]
    move = {n: float(np.abs(outputs[n] - outputs[0]).max()) for n in (1, 2, 4)}
    names = ((1, "fixed"), (2, "two-cycle"), (4, "four-cycle"))
    before = row.output(half[None])[0]
    visible = VISIBLE * float(np.ptp(row.targets))
    sharpness = float(np.linalg.eigvalsh(row.hessian(points[0])[0])[-1])
    losses = [float(((output - row.targets) ** 2).sum()) for output in outputs[:2]]
    variation = float(((row.targets - row.targets.mean()) ** 2).sum())
    return {
        "seen": next((name for n, name in names if move[n] <= visible), "other"),
        **{f"move_{n}": short(value) for n, value in move.items()},
        "drift": short(min(float(np.abs(output - before).max()) for output in outputs[:4])),
        "losses": [short(loss) for loss in losses],
        "unexplained": short(min(losses) / variation) if variation > 0 else None,
        "step_times_sharpness": short(float(row.step_size[0]) * sharpness),
    }


def summarise(runs: Sequence[dict[str, Any]], targets: Sequence[str]) -> dict[str, Any]:
    """Count outcomes by target and step, pairs by target, and the share of pairs that look like the paper's figure."""
    counts: dict[str, Any] = {}
    pairs: dict[str, Any] = {}
    for name in (*targets, "all"):
        own = [r for r in runs if name in ("all", r["target"])]
        by_step = {size: [r for r in own if r["step"] == size] for size in STEP_SIZES}
        counts[name] = {
            f"{size:g}": {key: _tally(chosen, key) for key in ("kind", "seen", "undecided")} | {"unexplained": _medians(chosen)}
            for size, chosen in by_step.items()
        }
        seen = [{(r["target"], r["seed"]): r["seen"] for r in by_step[size]} for size in STEP_SIZES]
        pairs[name] = dict(Counter(f"{seen[0][start]} / {seen[1][start]}" for start in seen[0]).most_common())
    both = {(r["target"], r["seed"]) for r in runs if r["step"] == STEP_SIZES[1] and r["seen"] == "two-cycle"}
    fixed = [r for r in runs if r["step"] == STEP_SIZES[0] and r["seen"] == "fixed" and (r["target"], r["seed"]) in both]
    close = sum(r["unexplained"] is not None and r["unexplained"] <= CLOSE for r in fixed)
    total, hits = sum(pairs["all"].values()), pairs["all"].get("fixed / two-cycle", 0)
    return {
        "counts": counts,
        "pairs": pairs,
        "figure_2_fraction": {"value": hits / total, "interval_95": wilson(hits, total), "close": close},
    }


def _tally(runs: Sequence[dict[str, Any]], key: str) -> dict[str, int]:
    return dict(Counter(run[key] for run in runs if run[key] is not None).most_common())


def _medians(runs: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Median of ``unexplained`` for each look that has one."""
    fits: dict[str, list[float]] = {}
    for run in runs:
        if run.get("unexplained") is not None:
            fits.setdefault(run["seen"], []).append(run["unexplained"])
    return {look: float(np.median(values)) for look, values in sorted(fits.items())}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the experiment from the command line; returns the exit status."""
    parser = parser_of("relu_oscillation", __doc__)
    parser.add_argument("--seeds", type=int, default=100, help="how many seeds (default 100)")
    parser.add_argument("--seed", type=int, default=0, help="the first seed (default 0)")
    parser.add_argument("--steps", type=int, default=1_000_000, help="steps a run (default 1000000)")
    parser.add_argument("--targets", nargs="+", choices=[TEACHER, *TARGETS], default=[TEACHER, *TARGETS])
    parser.add_argument("--jobs", type=int, default=1, help="how many processes (default 1)")
    args = parser.parse_args(argv)
    if args.seeds < 1 or args.seed < 0 or args.steps < 200 or args.jobs < 1:
        given = f"--seeds {args.seeds} --seed {args.seed} --steps {args.steps} --jobs {args.jobs}"
        parser.error(f"{given}: expected seeds >= 1, seed >= 0, steps >= 200, jobs >= 1")
    return carry_out(parser, args, _experiment)


def _experiment(args: argparse.Namespace) -> None:
    settings = {
        "first_seed": args.seed,
        "seeds": args.seeds,
        "steps": args.steps,
        "targets": args.targets,
        "step_sizes": list(STEP_SIZES),
        "N": GRID_SIZE,
        "units": UNITS,
        "tolerance": TOLERANCE,
        "visible": VISIBLE,
        "close": CLOSE,
        "max_period": MAX_PERIOD,
    }
    seeds = range(args.seed, args.seed + args.seeds)
    found = sweep(run_seed, grid(seed=seeds, targets=[args.targets], steps=[args.steps]), partial(args.output), jobs=args.jobs)
    runs = [run for own in found.results for run in own]
    summary = summarise(runs, args.targets)
    report = {
        "experiment": "Nar & Sastry, figure 2",
        "command": _command(args),
        "settings": settings,
        "environment": environment(["numpy", "numba"]),
        "seconds": round(found.seconds, 1),
        **summary,
        "runs": [{key: value for key, value in run.items() if key != "undecided"} for run in runs],
    }
    finish(args.output, report, text=_layout)
    for pair, count in summary["pairs"]["all"].items():
        print(f"{count:6d}  {pair}")


def _command(args: argparse.Namespace) -> str:
    targets = " ".join(f"'{name}'" for name in args.targets)
    numbers = f"--seeds {args.seeds} --seed {args.seed} --steps {args.steps}"
    return f"python -m dynamics.experiments.relu_oscillation {numbers} --targets {targets} --output {args.output.name}"


def _layout(report: dict[str, Any]) -> str:
    """Indented JSON with one line a run, so that a change of one run is a change of one line."""
    head = json.dumps({key: value for key, value in report.items() if key != "runs"}, indent=1)
    runs = ",\n".join("  " + json.dumps(run) for run in report["runs"])
    return f'{head[:-2]},\n "runs": [\n{runs}\n ]\n}}\n'


if __name__ == "__main__":
    sys.exit(main())
