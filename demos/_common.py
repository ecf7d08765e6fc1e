"""What every demo shares: its options, its files, its progress on the terminal, and the look of its figures."""

from __future__ import annotations

import argparse
import ast
import io
import json
import os
import shlex
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import matplotlib
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dynamics import DataMissing
from dynamics._results import environment
from theory import __version__
from theory.files import write_whole
from theory.terminal import Screen

T = TypeVar("T")
BAD_USAGE, INTERRUPTED, PIPE_CLOSED = 2, 130, 141
SEEDS = 2**32  # NumPy takes larger seeds, torch does not
PATIENCE, PULSE = 2.0, 5.0  # seconds of silence at the start, and between two lines of a log

INK, GREY, PALE = "#1a1a1a", "#767676", "#d9d9d9"
# Dark to light in the order of cividis, so that the order survives in grey and for the colour-blind; markers and hatches say it again.
NAVY, BLUE, SAND, YELLOW = "#00224e", "#4a6a9c", "#b5a35a", "#fde737"
RED = "#c1440e"  # what may not be: thresholds, forbidden regions
STYLE = {
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.linewidth": 0.8,
    "axes.labelcolor": INK,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.edgecolor": "none",
    "legend.framealpha": 0.9,
    "legend.borderaxespad": 0.2,
    "legend.fontsize": 8,
    "hatch.linewidth": 0.6,
    "savefig.dpi": 160,
    "svg.hashsalt": "stepverdict",  # the same numbers give the same file
}


@dataclass(frozen=True)
class Options:
    """How a demo was called."""

    quick: bool
    seed: int
    device: torch.device


@dataclass(frozen=True)
class Demo:
    """A demo: numbers are measured, and a figure and a table are made from these numbers alone.

    Attributes:
        file: The script.
        measure: Options to a dictionary that JSON can hold.
        draw: That dictionary to a figure.
        rows: That dictionary to a table; its first row is the header.
        on_gpu: Whether `--device cuda` means anything.
        packages: Whose versions matter for the numbers.
        seed: Where `--seed` starts if it is not given.
    """

    file: str
    measure: Callable[[Options], dict[str, Any]]
    draw: Callable[[Any], Figure]
    rows: Callable[[Any], Sequence[Sequence[str]]]
    packages: tuple[str, ...]
    on_gpu: bool = False
    seed: int = 0

    @property
    def name(self) -> str:
        """The script's name, which its files bear."""
        return Path(self.file).stem


def run(demo: Demo, argv: Sequence[str] | None = None) -> int:
    """Measure, draw, write PNG, SVG and JSON, print the table; returns the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    parser = _parser(demo)
    args = parser.parse_args(words)
    options = Options(args.quick, _seed(parser, args.seed), _device(parser, args.device, demo.on_gpu))
    folder = _folder(parser, args.output)
    began = time.perf_counter()
    try:
        numbers = demo.measure(options)
        report = _provenance(demo, options, words, time.perf_counter() - began) | numbers
        _write(parser, folder, _files(demo, report))
    except DataMissing as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        print(f"{parser.prog}: interrupted; no file is half-written", file=sys.stderr)
        return INTERRUPTED
    return _say(demo, report, folder)


class _Parser(argparse.ArgumentParser):
    """Bad usage is one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_USAGE, f"{self.prog}: {' '.join(message.split())}\n")


def _parser(demo: Demo) -> _Parser:
    about = ast.get_docstring(ast.parse(Path(demo.file).read_text(encoding="utf-8"))) or ""
    parser = _Parser(prog=f"demos/{demo.name}.py", description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer points, in seconds: a first look")
    parser.add_argument("--output", type=Path, default=Path("build/demos"), metavar="DIR", help="folder of the files (default %(default)s)")
    parser.add_argument("--seed", type=int, default=demo.seed, help="of every random number (default %(default)s)")
    gpu = "cpu, cuda or cuda:N" if demo.on_gpu else "cpu: this demo runs in NumPy"
    parser.add_argument("--device", default="cpu", help=f"{gpu} (default %(default)s)")
    return parser


def _seed(parser: _Parser, seed: int) -> int:
    if not 0 <= seed < SEEDS:
        parser.error(f"--seed {seed}: expected 0 or more, below 2^32")
    return seed


def _device(parser: _Parser, name: str, on_gpu: bool) -> torch.device:
    try:
        device = torch.device(name)
    except RuntimeError:
        device = torch.device("meta")
    if device.type not in ("cpu", "cuda"):
        parser.error(f"--device {name}: unknown; expected cpu{', cuda or cuda:N' if on_gpu else ''}")
    if device.type == "cuda" and not on_gpu:
        parser.error(f"--device {name}: this demo runs in NumPy, on the CPU; leave --device out")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        parser.error(f"--device {name}: {torch.cuda.device_count()} CUDA devices are here; use --device cpu")
    return device


def _folder(parser: _Parser, folder: Path) -> Path:
    """Make the folder, and find out now, not after the work, whether a file can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        parser.error(f"--output {folder}: cannot write there: {error.strerror or error}")


def _provenance(demo: Demo, options: Options, words: Sequence[str], seconds: float) -> dict[str, Any]:
    return {
        "demo": demo.name,
        "command": shlex.join(["python", f"demos/{demo.name}.py", *words]),
        "stepverdict": __version__,
        "quick": options.quick,
        "seed": options.seed,
        "environment": environment([*demo.packages, "matplotlib"]) | {"device": str(options.device), "threads": torch.get_num_threads()},
        "seconds": round(seconds, 1),
    }


def _files(demo: Demo, report: dict[str, Any]) -> dict[str, bytes]:
    """Every file by its name. The figure is drawn from the JSON's own text, so no number behind it is missing there."""
    text = layout(report)
    images = {}
    with matplotlib.rc_context(STYLE):
        figure = demo.draw(json.loads(text))
        figure.draw_without_rendering()
        figure.set_layout_engine("none")  # laid out once, for both formats
        for kind, metadata in (("png", {"Software": None}), ("svg", {"Date": None})):
            stream = io.BytesIO()
            figure.savefig(stream, format=kind, metadata=metadata)
            images[f"{demo.name}.{kind}"] = stream.getvalue()
    return {**images, f"{demo.name}.json": text.encode()}


def layout(report: dict[str, Any]) -> str:
    """JSON with one line for each entry of its lists, so that a changed number is a changed line."""
    parts = []
    for key, value in report.items():
        if isinstance(value, list) and value and isinstance(value[0], dict | list):
            lines = ",\n  ".join(json.dumps(entry, allow_nan=False) for entry in value)
            parts.append(f"{json.dumps(key)}: [\n  {lines}\n ]")
        else:
            parts.append(f"{json.dumps(key)}: {json.dumps(value, allow_nan=False)}")
    return "{\n " + ",\n ".join(parts) + "\n}\n"


def _write(parser: _Parser, folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        try:
            write_whole(folder / name, content)
        except OSError as error:
            parser.error(f"{folder / name} was not written: {error.strerror or error}")


def _say(demo: Demo, report: dict[str, Any], folder: Path) -> int:
    """The table, and where the files are; returns the exit status."""
    try:
        header, *rows = demo.rows(report)
        screen = Screen()
        screen.table(header, rows)
        screen.line(f"{folder / demo.name}.png, .svg and .json; {report['seconds']:.0f} s")
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit):  # rich turns a closed pipe into an exit of its own
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    return 0


def progress(items: Sequence[T], what: str) -> Iterator[T]:
    """The items; on standard error, once two seconds have passed, how many are done."""
    live, began = sys.stderr.isatty(), time.monotonic()
    due, shown = began + PATIENCE, False
    for done, item in enumerate(items):
        if (now := time.monotonic()) >= due:
            print(f"{what}: {done} of {len(items)}", end="\r" if live else "\n", file=sys.stderr, flush=True)
            due, shown = now + (0.2 if live else PULSE), True
        yield item
    if shown:
        print(f"{what}: {len(items)} of {len(items)}", file=sys.stderr, flush=True)


def mark(axis: Axes, points: Sequence[Sequence[float]], sign: str, **style: Any) -> None:
    """Plot points (x, y), of which there may be none, with a sign (or a line) of matplotlib's."""
    axis.plot(*np.array(points, dtype=float).reshape(-1, 2).T, sign, **style)


def rounded(values: Any, digits: int = 4) -> Any:
    """Numbers (an array, of any shape) as lists of floats with so many digits after the point."""
    return [rounded(v, digits) for v in values] if hasattr(values, "__len__") else round(float(values), digits)
