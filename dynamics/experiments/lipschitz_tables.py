"""Tables 1 and 2 of Yedida & Saha on real data, each cell under every reading of the set-up.

    python -m dynamics.experiments.lipschitz_tables --output theory/results/lipschitz_tables.json

First 1/L under each of `lipschitz_readings`: about a thousand a row. A reading that gives the printed 1/L to a unit of its last digit
is then run: epochs to the threshold (Table 1), accuracy after N_E epochs (Table 2), from 39 random starts under each of two laws, each on
rows drawn anew if the reading trains on a part. A row without such a reading is run with the nearest one of the other rows, `USUAL`.

The JSON holds ``experiment``, ``command``, ``draws``, ``seed``, ``environment``, and

* ``table_1[row]``, ``table_2[row]``: what is ``printed``; ``not_run``: why the paper's own data are not at hand (what is then run is not
  the paper's row), or null; how many readings were ``tried``, and those ``matching`` 1/L; ``rows``; 1/L with its sign under the text's
  own reading (``literal``) and under ``USUAL``; ``true``: 1/L for the least constant L, between certified bounds; and for each of the
  ``readings`` that were run its fields, the ``law`` of the start, the span of ``inverse``, and of ``epochs`` (null: not in the budget) or
  ``accuracies`` for the steps 0.1 and 1/L, and for softmax ``nan``: the first epoch at which the loss, its exps as they stand, is NaN;
* ``races[row]``: from how many starts the printed step needs fewer epochs than 0.1 (``won``), or more than the budget (``never``);
* ``oscillations[row]``: in how many single iterations, and from how many 500th ones to the next, the loss rises with the printed step;
* ``figure_1``: losses of California at every 500th iteration.

MNIST's row of Table 2 is that of `dynamics.experiments.lipschitz_regression`: ``--mnist FILE`` takes it from the JSON that this wrote.

What is finished is kept row by row; the same command continues.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from dynamics._results import layout
from dynamics.experiments._command import carry_out, command_line, finish, parser_of, torch_environment
from dynamics.experiments._command import partial as kept_beside
from dynamics.experiments.lipschitz_readings import Reading
from dynamics.experiments.lipschitz_rows import (
    DRAWS,
    GUESS,
    LAWS,
    LITERAL,
    TABLE_1,
    TABLE_2,
    Row,
    accuracy_after,
    draws,
    epochs_below,
    first_nan,
    inverses,
    losses_along,
    span,
    true_constant,
)
from dynamics.networks.linear_models import Logistic, Softmax
from theory.files import write_whole
from theory.lipschitz.table_experiments import within
from theory.terminal import Screen

USUAL = {
    1: Reading(bias="scaled", radius="raw, |x|"),
    2: Reading(bias="scaled"),
    3: Reading("none", share=0.7),
    10: Reading("none", share=0.7),
}  # by the number of classes: what gives the printed 1/L of California and Energy, Breast cancer, Iris, Digits
MNIST: dict[str, Any] = {
    "data": "mnist",
    "printed": {"inverse": "10.24", "run_for": 200, "accuracies": ["92.7", "92.8"]},
    "not_run": "not by this command: MNIST is no table",
    **{"tried": 0, "matching": [], "rows": 60000, "literal": None, "usual": None, "true": None, "readings": []},
}
LAW = "normal"  # the law of the start that the races and the oscillations take
SHORT = 5000  # epochs of softmax, which may never get below the threshold: ten times the largest printed number
CURVE = "california"  # the data of figure 1
SAMPLED = 500  # the paper looked at every 500th iteration
WATCHED = 9  # starts whose every iteration is looked at


def table_row(row: Row, count: int, seed: int, device: str) -> dict[str, Any]:
    """Return one row of a table: what is printed, and ours."""
    tried = inverses(row, count)
    matching = [reading for reading, found in tried.items() if within(row.inverse, found)]
    run = [reading for reading in matching if worth_running(reading)] or [USUAL[row.classes]]
    if row.not_run is not None and row.classes > 1:
        run = []  # millions of epochs on other data
    return {
        "data": row.data,
        "printed": row.printed,
        "not_run": row.not_run,
        "tried": len(tried),
        "matching": [{**reading.as_dict(), "inverse": list(tried[reading])} for reading in matching],
        "rows": len(row.loaded[0]),
        "literal": 1 / row.constant(LITERAL, seed),
        "usual": 1 / row.constant(USUAL[row.classes], seed),
        "true": true_constant(row, USUAL[row.classes], seed) if row.not_run is None else None,
        "readings": [cell(row, reading, law, count, seed, device) for reading in run for law in LAWS],
    }


def worth_running(reading: Reading) -> bool:
    """Whether a reading that gives 1/L is run: L has its 1/m, and of those that draw rows, whose spans are wide, Frobenius' norm."""
    return reading.per_sample and (reading.share == 1 or reading.norm == "Frobenius")


def cell(row: Row, reading: Reading, law: str, count: int, seed: int, device: str) -> dict[str, Any]:
    """Return the numbers of a row under a reading and a law of the start."""
    inverse: list[float] = []
    own: dict[str, list[Any]] = {"0.1": [], "1/L": []}
    undefined: dict[str, list[int | None]] = {"0.1": [], "1/L": []}
    for model, test, tested, weights, step in draws(row, reading, law, count, seed, device):
        inverse.append(step)
        for name, alpha in (("0.1", GUESS), ("1/L", step)):
            if row.threshold is not None:
                budget = SHORT if row.classes > 2 else row.budget
                own[name] += epochs_below(model, weights, alpha, row.threshold, budget)
            elif row.run_for is not None and isinstance(model, Logistic | Softmax):
                own[name] += accuracy_after(model, weights, alpha, row.run_for, test, tested)
            if isinstance(model, Softmax) and row.threshold is not None and len(weights) == 1:
                undefined[name].append(first_nan(model, weights, alpha))
    what = "epochs" if row.threshold is not None else "accuracies"
    found: dict[str, Any] = {**reading.as_dict(), "law": law, "inverse": span(inverse), what: {name: span(own[name]) for name in own}}
    if undefined["1/L"]:
        found["nan"] = {name: span(values) for name, values in undefined.items()}
    return found


def race(row: Row, count: int, seed: int, device: str) -> dict[str, Any]:
    """Return from how many starts the printed step needs fewer epochs than 0.1, and the least ratio; a start below T_L is no race."""
    assert row.threshold is not None
    pairs: list[tuple[int | None, int | None]] = []
    for model, _, _, weights, _ in draws(row, USUAL[row.classes], LAW, count, seed, device):
        budget = SHORT if row.classes > 2 else row.budget
        both = [epochs_below(model, weights, step, row.threshold, budget) for step in (GUESS, float(row.inverse))]
        pairs += [pair for pair in zip(*both, strict=True) if pair[0] != 0]
    reached = [(slow, fast) for slow, fast in pairs if slow is not None and fast is not None]
    return {
        "data": row.data,
        "starts": len(pairs),
        "won": sum(fast is not None and (slow is None or fast < slow) for slow, fast in pairs),
        "never": sum(fast is None for _, fast in pairs),
        "epochs": {name: span(list(epochs)) for name, epochs in zip(("0.1", "1/L"), zip(*pairs, strict=True), strict=True)},
        "least_ratio": min(slow / fast for slow, fast in reached) if len(reached) == len(pairs) else None,
    }


def oscillation(row: Row, seed: int, device: str, iterations: int) -> dict[str, Any]:
    """Return how often the loss rises with the printed step; a rise within the rounding of a mean of m losses is none."""
    rises = sampled = steps = 0
    for model, _, _, weights, _ in draws(row, USUAL[row.classes], LAW, WATCHED, seed, device):
        losses = losses_along(model, weights, float(row.inverse), iterations)
        rounding = 1 + len(model.inputs) * 2.0**-53
        rises += int((losses[1:] > losses[:-1] * rounding).sum())
        every = losses[::SAMPLED]
        sampled += int((every[1:] > every[:-1] * rounding).sum())
        steps += losses[1:].numel()
    return {"data": row.data, "starts": WATCHED, "iterations": iterations, "of": steps, "rises": rises, "rises_of_500": sampled}


def figure_1(row: Row, seed: int, device: str, iterations: int) -> dict[str, Any]:
    """Return the losses of a row at every 500th iteration with the printed step."""
    ((model, _, _, weights, _),) = draws(row, USUAL[row.classes], LAW, WATCHED, seed, device)
    return {
        "data": row.data,
        "every": SAMPLED,
        "losses": losses_along(model, weights, float(row.inverse), iterations)[::SAMPLED].T.tolist(),
    }


Piece = tuple[str, str, Callable[[], dict[str, Any]]]


def pieces(args: argparse.Namespace) -> Iterator[Piece]:
    """Yield each part of the JSON: its list, its name, and what computes it."""
    common = (args.draws, args.seed, args.device)
    for row in TABLE_1:
        yield "table_1", row.data, partial(table_row, row, *common)
    for row in TABLE_2:
        yield "table_2", row.data, partial(table_row, row, *common)
    for row in (row for row in TABLE_1 if row.not_run is None):
        yield "races", row.data, partial(race, row, *common)
        yield "oscillations", row.data, partial(oscillation, row, args.seed, args.device, args.iterations)
    curve = next(row for row in TABLE_1 if row.data == CURVE)
    yield "figure_1", CURVE, partial(figure_1, curve, args.seed, args.device, 5 * args.iterations)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns 0, or 2 if the options or the data are wrong, 130 if interrupted."""
    parser = parser_of("lipschitz_tables", __doc__, device=True)
    parser.add_argument("--draws", type=int, default=DRAWS, help=f"of starts, and of rows (default {DRAWS})")
    parser.add_argument("--iterations", type=int, default=5000, help="in which a rise of the loss is looked for (default 5000)")
    parser.add_argument("--seed", type=int, default=0, help="default 0")
    parser.add_argument("--mnist", type=Path, help="the JSON of lipschitz_regression, for MNIST's row of Table 2")
    args = parser.parse_args(argv)
    if args.draws < 1 or args.iterations < 1 or args.seed < 0:
        given = f"--draws {args.draws} --iterations {args.iterations} --seed {args.seed}"
        parser.error(f"{given}: expected draws and iterations >= 1, seed >= 0")
    return carry_out(parser, args, _experiment)


def _experiment(args: argparse.Namespace) -> None:
    kept = kept_beside(args.output)
    kept.mkdir(exist_ok=True)
    todo = list(pieces(args))
    found: dict[str, list[Any]] = {}
    mnist = MNIST if args.mnist is None else mnist_row(args.mnist)
    with Screen(sys.stderr).bar(len(todo)) as advance:
        for table, name, compute in todo:
            options = f"{args.draws}_{args.iterations}_{args.seed}"
            found.setdefault(table, []).append(once(kept / f"{table}_{name}_{options}.json", compute))
            advance(f"{table} {name}")
    words = ["--draws", args.draws, "--iterations", args.iterations, "--seed", args.seed]
    words += [*([] if args.mnist is None else ["--mnist", args.mnist.name]), "--output", args.output.name]
    report = {
        "experiment": "Yedida & Saha, sections 7.1 and 7.2: Tables 1 and 2",
        "command": command_line("lipschitz_tables", words),
        "draws": args.draws,
        "seed": args.seed,
        "environment": torch_environment(["numpy", "torch", "scikit-learn"], device=args.device),
        **found,
        "table_2": [*found["table_2"], mnist],
        "figure_1": found["figure_1"][0],
    }
    finish(args.output, report, text=layout)
    _say(report)


def mnist_row(file: Path) -> dict[str, Any]:
    """Return MNIST's row, the ``row`` of what `dynamics.experiments.lipschitz_regression` wrote.

    Raises:
        ValueError: There is no such file, or it holds something else.
    """
    try:
        found: Any = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"--mnist {file}: {error}") from error
    row = found.get("row") if isinstance(found, dict) else None
    if not isinstance(row, dict) or set(row) != set(MNIST) or row["printed"] != MNIST["printed"]:
        raise ValueError(f"--mnist {file}: expected a JSON whose row has the keys {', '.join(MNIST)}, and printed {MNIST['printed']}")
    return row


def once(file: Path, compute: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what the file keeps, or compute and keep it."""
    if not file.exists():
        write_whole(file, json.dumps(compute(), allow_nan=False))
    kept: dict[str, Any] = json.loads(file.read_text())
    return kept


def _say(report: dict[str, Any]) -> None:
    for row in itertools.chain(report["table_1"], report["table_2"]):
        print(row["data"], row["printed"], row["not_run"] or "", f"{len(row['matching'])} of {row['tried']} readings give 1/L")
        for own in row["readings"]:
            what = own.get("epochs") or own.get("accuracies")
            print(f"    {own['scaling']}, bias {own['bias']}, share {own['share']:.2f}, {own['law']}: 1/L {own['inverse']}, {what}")


if __name__ == "__main__":
    sys.exit(main())
