r"""The corridor learning rate against fixed step sizes on MNIST and CIFAR-10 (Dherin & Rosca, section 4.2 and appendix B).

Cross-entropy on minibatches, a new shuffle each epoch (a last minibatch that is not full is left out), no momentum, no weight decay, no
augmentation, images standardised, float32, torch's default weights (He's for ``vgg16-plain``, which has no norms). The corridor rate is
``L / ||g||^2`` of the minibatch, as printed: no multiplier, and no limit but in the settings ``CLR <= ...``.

The paper prints neither its epochs, its fixed step sizes nor its initialisation. By default the size is the paper's, which takes a GPU:

    python -m dynamics.experiments.corridor_training resnet18 --device cuda --output resnet18.json

Networks: ``linear`` (10 outputs of 784 pixels: too small to fit, so its least loss is not 0), ``mlp`` (784-width-10, ReLU) and ``cnn``
(`conv_net` with width and 2 width channels) on MNIST; ``resnet18``, ``resnet50``, ``vgg16`` (batch norm) and ``vgg16-plain`` on CIFAR-10,
the first ``--samples`` images of it.

With the first of the batch sizes all settings are run; with the others the corridor rate alone. The JSON (written whole or not at all)
holds ``networks[network]``, with its width where that is not the default; what the file has of other networks stays. Of each network:
``command``, ``settings``, ``environment``, ``cpu_seconds``, ``load`` (of the machine, one minute, at the end) and
``histories[batch][setting]``, each a list over the runs:

* ``start``: the loss of the first minibatch; ``loss``: the mean over the minibatches of each epoch, each before its step; ``highest``: the
  largest of them; ``missed``: the share of training samples whose largest output was not their label, likewise;
* ``test_loss``, ``test_missed``: over the test samples, before the first epoch and after each;
* ``diverged``: null, or at which step and why the run ended; its lists end there;
* for the corridor rate, ``first``: the step sizes of the first steps; ``step_size`` and ``gradient_norm``: medians over ``BLOCKS`` equal
  parts of the run; ``curvature``: ``[epoch, loss, ||g||, ||H g||, sharpness]`` on a fixed batch, every ``--measure`` epochs with the
  first batch size; the sharpness errs by at most 5 % of the largest eigenvalue in modulus, and is null where Lanczos did not come that
  far.

After every epoch the state of a run is kept beside the output in the folder ``FILE.NETWORK.partial``: an interrupted experiment continues
where it stopped, on a CPU with the same numbers. With ``--epochs`` at what is done already, the JSON is written at once.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dynamics._results import short
from dynamics.experiments._command import carry_out, command_line, finish, parser_of, torch_environment
from dynamics.experiments.corridor_runs import TASKS, Images, Run, Setting, start
from theory.terminal import Screen

EXPERIMENT = "Dherin & Rosca, section 4.2: the corridor learning rate"
FIRST, BLOCKS = 50, 50  # steps shown one by one, and parts of a run: 2 % each
FIXED = {"mnist": (0.03, 0.1, 0.3, 1.0), "cifar10": (0.01, 0.03, 0.1, 0.3, 1.0)}


def history(runs: Sequence[Run]) -> dict[str, Any]:
    """Return what the module's docstring lists for the runs of one setting."""
    per_epoch = [[run.steps[i : i + run.batches] for i in range(0, len(run.steps), run.batches)] for run in runs]
    losses = [[[loss for loss, _, _ in epoch] for epoch in epochs] for epochs in per_epoch]
    report: dict[str, Any] = {
        "start": short([run.steps[0][0] if run.steps else None for run in runs]),
        "loss": short([[float(np.mean(epoch)) for epoch in own] for own in losses]),
        "highest": short([[max(epoch) for epoch in own] for own in losses]),
        "missed": short([run.missed for run in runs]),
        "test_loss": short([[loss for loss, _ in run.tested] for run in runs]),
        "test_missed": short([[wrong for _, wrong in run.tested] for run in runs]),
        "diverged": [run.diverged for run in runs],
    }
    if runs[0].setting.fixed is None:
        report["first"] = short([[h for _, _, h in run.steps[:FIRST]] for run in runs])
        report["step_size"] = short([blocks([h for _, _, h in run.steps]) for run in runs])
        report["gradient_norm"] = short([blocks([norm for _, norm, _ in run.steps]) for run in runs])
        report["curvature"] = short([run.curvature for run in runs])
    return report


def blocks(values: Sequence[float], count: int = BLOCKS) -> list[float]:
    """Return the medians over so many parts of a sequence, equal up to one; fewer if there are fewer values."""
    parts = np.array_split(np.array(values), min(count, len(values))) if values else []
    return [float(np.median(part)) for part in parts]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the experiment from the command line; returns the exit status."""
    parser = parser_of("corridor_training", __doc__, device=True)
    parser.add_argument("network", choices=TASKS)
    parser.add_argument("--batch", type=int, nargs="+", default=[4096, 1024, 256], help="samples a minibatch (default 4096 1024 256)")
    parser.add_argument("--epochs", type=int, nargs="+", default=[200], help="for all batch sizes, or for each (default 200)")
    parser.add_argument("--fixed", type=float, nargs="*", help="step sizes of plain SGD, with the first batch size")
    parser.add_argument("--limit", type=float, nargs="*", default=[], help="limits of the corridor rate, with the first batch size")
    parser.add_argument("--width", type=int, help="of the network (default: the paper's)")
    parser.add_argument("--samples", type=int, help="to train on (default: all)")
    parser.add_argument("--tests", type=int, help="to test on (default: all 10000)")
    parser.add_argument("--measure", type=int, default=0, metavar="N", help="measure the curvature every N epochs (default: never)")
    parser.add_argument("--runs", type=int, default=3, help="runs of each setting (default 3)")
    parser.add_argument("--seed", type=int, default=0, help="of the first run; the next has the next (default 0)")
    args = parser.parse_args(argv)
    task = TASKS[args.network]
    args.fixed = list(FIXED[task.data]) if args.fixed is None else args.fixed
    args.width = task.width if args.width is None else args.width
    args.epochs = args.epochs * len(args.batch) if len(args.epochs) == 1 else args.epochs
    if problem := _problem(args):
        parser.error(problem)
    return carry_out(parser, args, _experiment, _partial(args))


def _problem(args: argparse.Namespace) -> str | None:
    """What is wrong with the options, or nothing."""
    if len(args.epochs) != len(args.batch) or len({*args.batch}) < len(args.batch) or min(*args.epochs, *args.batch) < 1:
        return f"--batch {args.batch} --epochs {args.epochs}: expected different batch sizes >= 1, and epochs >= 1 for all or for each"
    if not all(0 < value < np.inf for value in (*args.fixed, *args.limit)):
        return f"--fixed {args.fixed} --limit {args.limit}: expected positive finite step sizes"
    if args.samples is not None and args.samples < max(args.batch):
        return f"--samples {args.samples}: expected at least {max(args.batch)}, a full minibatch"
    if args.runs < 1 or args.seed < 0 or args.measure < 0 or args.width < 1:
        given = f"--runs {args.runs} --seed {args.seed} --measure {args.measure} --width {args.width}"
        return f"{given}: expected runs and width >= 1, seed and measure >= 0"
    return None


def _experiment(args: argparse.Namespace) -> None:
    kept_networks(args.output)  # a file of something else is refused before the work
    images = Images.of(TASKS[args.network], args.samples, args.tests, args.device)
    cells = list(_cells(args))
    what = f"{args.network}, width {args.width}, {len(images.test[0])} tests, curvature {args.measure}"
    folder = _partial(args)
    folder.mkdir(exist_ok=True)
    histories: dict[str, dict[str, Any]] = {}
    seconds = 0.0
    with Screen(sys.stderr).bar(args.runs * sum(epochs for _, epochs, _ in cells)) as advance:
        for batch, epochs, setting in cells:
            runs = []
            for number in range(args.runs):
                seed = args.seed + number
                network = start(TASKS[args.network], args.width, seed, args.device)
                runs.append(Run(network, images, setting, batch, seed, what))
                measure = args.measure if batch == args.batch[0] and setting == Setting() else 0
                _train(runs[-1], epochs, measure, folder / f"{batch}_{setting.name.replace(' ', '_')}_{number}.pt", advance)
                seconds += runs[-1].seconds
            histories.setdefault(str(batch), {})[setting.name] = history(runs)
    networks = kept_networks(args.output) | {_name(args): _report(args, images, histories, seconds)}
    finish(args.output, {"experiment": EXPERIMENT, "networks": dict(sorted(networks.items()))}, folder)
    _say(histories)


def _name(args: argparse.Namespace) -> str:
    """What the JSON calls the network."""
    return str(args.network) if args.width == TASKS[args.network].width else f"{args.network}, width {args.width}"


def _partial(args: argparse.Namespace) -> Path:
    output: Path = args.output
    return output.with_name(f"{output.name}.{_name(args).replace(', width ', '_')}.partial")


def kept_networks(output: Path) -> dict[str, Any]:
    """Return what a file has already; raises ``ValueError`` for one that is not of this experiment."""
    if not output.exists():
        return {}
    try:
        report = json.loads(output.read_text(encoding="utf-8"))
        if report["experiment"] == EXPERIMENT:
            return dict(report["networks"])
    except (ValueError, KeyError, TypeError):
        pass
    raise ValueError(f"{output} holds something else than this experiment: choose another output")


def _cells(args: argparse.Namespace) -> Iterator[tuple[int, int, Setting]]:
    """Yield batch size, epochs and setting of everything that is run."""
    for batch, epochs in zip(args.batch, args.epochs, strict=True):
        yield batch, epochs, Setting()
        if batch == args.batch[0]:
            yield from ((batch, epochs, Setting(max_step=limit)) for limit in args.limit)
            yield from ((batch, epochs, Setting(fixed=step)) for step in args.fixed)


def _train(run: Run, epochs: int, measure: int, kept: Path, advance: Callable[..., None]) -> None:
    """Train on from what is kept, and keep what is done after each epoch."""
    if kept.exists():
        run.load(kept)
        if run.epochs > epochs:
            raise ValueError(f"{kept} has {run.epochs} epochs already: expected --epochs {run.epochs} or more")
    elif measure:
        run.measure_curvature()
    advance(kept.stem, run.epochs)
    while run.epochs < epochs:
        run.epoch()
        if measure and run.epochs % measure == 0:
            run.measure_curvature()
        run.save(kept)
        advance(kept.stem, 1)


def _report(args: argparse.Namespace, images: Images, histories: dict[str, Any], seconds: float) -> dict[str, Any]:
    words: list[Any] = [args.network, "--batch", *args.batch, "--epochs", *args.epochs, "--fixed", *args.fixed]
    words += ["--limit", *args.limit] if args.limit else []
    words += ["--width", args.width, "--samples", len(images.train[0]), "--tests", len(images.test[0]), "--measure", args.measure]
    words += ["--runs", args.runs, "--seed", args.seed, "--device", args.device, "--output", args.output.name]
    return {
        "command": command_line("corridor_training", words),
        "settings": {
            "data": TASKS[args.network].data,
            "width": args.width,
            "parameters": sum(p.numel() for p in start(TASKS[args.network], args.width, 0, "cpu").parameters()),
            "samples": len(images.train[0]),
            "tests": len(images.test[0]),
            "runs": args.runs,
            "seed": args.seed,
            "minibatches": {str(batch): len(images.train[0]) // batch for batch in args.batch},
            "epochs": {str(batch): epochs for batch, epochs in zip(args.batch, args.epochs, strict=True)},
        },
        "environment": torch_environment(["numpy", "torch"], dtype="float32", device=args.device),
        "cpu_seconds": round(seconds, 1),
        "load": round(os.getloadavg()[0], 1),
        "histories": histories,
    }


def _say(histories: dict[str, Any]) -> None:
    for batch, settings in histories.items():
        for name, own in settings.items():
            ended = sum(reason is not None for reason in own["diverged"])
            first, last, missed = (
                np.mean([run[i] for run in own[key] if run]) for key, i in (("loss", 0), ("loss", -1), ("test_missed", -1))
            )
            print(f"batch {batch:>5s}  {name:12s} loss {first:.4f} to {last:.4f}, test {100 * (1 - missed):.1f} %, {ended} diverged")


if __name__ == "__main__":
    sys.exit(main())
