"""What the commands of this folder share: ``--output`` and ``--device``, bad input, interruption, and a file that is written whole."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import torch

from dynamics._results import environment, layout
from dynamics.data import DataMissing
from dynamics.sweeps import CellsFailed
from theory.files import write_whole


def parser_of(module: str, doc: str | None, *, device: bool = False) -> argparse.ArgumentParser:
    """Return the parser of ``python -m dynamics.experiments.MODULE`` with ``--output``, and with ``--device`` if asked for."""
    parser = argparse.ArgumentParser(prog=f"python -m dynamics.experiments.{module}", description=(doc or "").splitlines()[0])
    if device:
        parser.add_argument("--device", default="cpu", help="cpu or cuda (default cpu)")
    parser.add_argument("--output", type=Path, required=True, help="the JSON to write")
    return parser


def carry_out(
    parser: argparse.ArgumentParser, args: argparse.Namespace, experiment: Callable[[argparse.Namespace], None], kept: Path | None = None
) -> int:
    """Run the experiment, which keeps what is done (in `partial`, or ``kept``) and ends with `finish`; returns 0, or 130 if interrupted.

    What is wrong with the device, the output or the data is an error of the parser, as wrong options are (exit status 2).
    """
    if problem := device_problem(getattr(args, "device", "cpu")) or output_problem(args.output):
        parser.error(problem)
    try:
        experiment(args)
    except (DataMissing, CellsFailed, ValueError) as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        kept = kept or partial(args.output)
        what = f"what is finished is kept in {kept}; the same command continues" if kept.exists() else "nothing was finished"
        print(f"interrupted: {what}", file=sys.stderr)
        return 130
    return 0


def device_problem(device: str) -> str | None:
    """What is wrong with ``--device``, or nothing."""
    if device in ("cpu", "cuda")[: 1 + torch.cuda.is_available()]:
        return None
    return f"--device {device}: expected cpu{' or cuda' if torch.cuda.is_available() else '; torch finds no CUDA device here'}"


def output_problem(output: Path) -> str | None:
    """What is wrong with ``--output``, or nothing."""
    if output.resolve().parent.is_dir() and not output.is_dir():
        return None
    return f"--output {output}: expected a file in a folder that exists"


def partial(output: Path) -> Path:
    """Return the folder beside the output that keeps what is done until all of it is."""
    return output.with_name(output.name + ".partial")


def finish(output: Path, report: dict[str, Any], kept: Path | None = None, text: Callable[[dict[str, Any]], str] = layout) -> None:
    """Write the report whole, then delete what was kept on the way (`partial` of the output, unless told otherwise)."""
    write_whole(output, text(report))
    shutil.rmtree(kept or partial(output), ignore_errors=True)


def command_line(module: str, words: Sequence[object]) -> str:
    """Return the command that repeats the run, for the report."""
    return " ".join(map(str, [f"python -m dynamics.experiments.{module}", *words]))


def torch_environment(packages: Sequence[str], *, dtype: str = "float64", device: str = "cpu") -> dict[str, Any]:
    """Return the environment of a run of torch: its versions, dtype, device with the name of the GPU, and threads."""
    gpu = {"gpu": torch.cuda.get_device_name()} if device == "cuda" else {}
    return environment(packages) | {"dtype": dtype, "device": device, "threads": torch.get_num_threads()} | gpu


class Resumable(Protocol):
    """A training that can be kept after each epoch."""

    @property
    def epochs(self) -> int:
        """How many are finished."""

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to do."""

    def epoch(self) -> None:
        """Train for one epoch."""

    def save(self, path: Path) -> None:
        """Keep the state."""

    def load(self, path: Path) -> None:
        """Go on from a state that was kept."""


def train_on(training: Resumable, kept: Path, advance: Callable[..., None]) -> None:
    """Train on from what is kept until the training is finished, and keep what is done after each epoch."""
    if kept.exists():
        training.load(kept)
    advance(kept.stem, training.epochs)
    while not training.finished:
        training.epoch()
        training.save(kept)
        advance(kept.stem, 1)
