r"""Sweeps: one function over a list of independent cells, from one core to a cluster, without losing a finished cell.

A cell is a set of keyword arguments; with ``seed``, cell number i also gets the integer drawn from

.. math:: \text{SeedSequence}(\text{seed}).\text{spawn}(n)[i],

which depends on the seed and on the place i alone, never on the order of execution. Every finished cell is one JSON
file in a folder, written whole, named by a hash of the function's name, the cell and its seed. So the same call
continues an interrupted sweep, on whatever backend, and a longer list computes only what is new. The hash does not
see the body of the function: after a change there, take another folder.

Only the process that calls `sweep` writes files; workers need no common disk. A result is what JSON holds exactly, so
that a cell that was read back equals one that was just computed.
"""

from __future__ import annotations

import hashlib
import inspect
import itertools
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import numpy as np

from dynamics._backends import Attempt, Call, dask_client, exact_json, on_dask, on_processes
from theory.files import write_whole
from theory.terminal import Screen
from theory.values import shown, whole

NOTES = 10  # tracebacks that an error carries at most


class CellsFailed(RuntimeError):
    """Some cells of a sweep raised an error; the message names the first, its notes hold the first tracebacks."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """A finished sweep.

    Attributes:
        cells: The keyword arguments of each cell, in the order of the call.
        seeds: The seed that each cell was given; empty for a sweep without one.
        results: What the function returned for each cell, in the same order.
        computed: How many cells this call computed; the others were in the folder.
        seconds: How long this call took.
        backend: Where the cells ran.
    """

    cells: tuple[Mapping[str, Any], ...]
    seeds: tuple[int, ...]
    results: tuple[Any, ...]
    computed: int
    seconds: float
    backend: str


def grid(**axes: Iterable[Any]) -> list[dict[str, Any]]:
    """Return the cells of a product of axes, the last axis fastest.

    Raises:
        ValueError: For no axis, or an empty one.

    Example:
        >>> grid(depth=[2, 3], step_size=[0.1])
        [{'depth': 2, 'step_size': 0.1}, {'depth': 3, 'step_size': 0.1}]
    """
    values = {name: list(axis) for name, axis in axes.items()}
    if not values or not all(values.values()):
        raise ValueError(f"the axes are {shown(values)}: expected at least one, and none empty")
    return [dict(zip(values, point, strict=True)) for point in itertools.product(*values.values())]


def sweep(
    function: Callable[..., Any],
    cells: Iterable[Mapping[str, Any]],
    folder: str | Path,
    *,
    seed: int | None = None,
    backend: str = "processes",
    jobs: int | None = None,
) -> Sweep:
    """Return ``function(**cell)`` for every cell; cells whose file is in the folder are read, not computed.

    A cell that raises an error does not stop the others. On standard error: a progress bar on a terminal, and at the
    end one line. A cell costs a few milliseconds of overhead, so let one take a second or more: give it a block of
    starts or seeds, not a single one.

    Args:
        function: A function with a name (no lambda, no ``partial``); returns None, a truth value, an int, a finite
            float, a str, or lists and dictionaries (with str keys) of them.
        cells: Keyword arguments for one call each, of the same types; `grid` makes a product.
        folder: Where finished cells are kept; made if it is missing.
        seed: If given, each cell gets its own ``seed``, 64 bits, for NumPy's or torch's generators. Two of n cells
            get the same one with a probability of n^2 / 2^65.
        backend: ``processes`` (this machine, joblib); the address of a Dask scheduler, such as ``tcp://host:8786``; or
            ``dask``, the Dask client that is active in this process. A cell whose Dask worker dies runs on another.
        jobs: How many processes, for ``processes`` only; None means one a core. 1 stays in this process.

    Returns:
        A `Sweep`.

    Raises:
        ValueError: For an empty list, cells that JSON cannot hold, a function without a name, a folder that is a file,
            a negative seed, or an unknown backend.
        CellsFailed: After all others are done, if a cell raised an error, returned something else, or killed its
            worker; what is finished is kept.
        ConnectionError: If the Dask scheduler cannot be reached, or was lost.
        ImportError: If Dask is not installed, or this package not on its workers.

    Example:
        >>> import tempfile
        >>> def area(width, height):
        ...     return width * height
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     sweep(area, grid(width=[1, 2], height=[3.0, 5.0]), folder, jobs=1).results
        (3.0, 5.0, 6.0, 10.0)
    """
    return sweep_named(_name(function), function, cells, folder, seed=seed, backend=backend, jobs=jobs)


def sweep_named(
    name: str,
    function: Callable[..., Any],
    cells: Iterable[Mapping[str, Any]],
    folder: str | Path,
    *,
    seed: int | None = None,
    backend: str = "processes",
    jobs: int | None = None,
) -> Sweep:
    """Like `sweep`, for any callable: the caller vouches that its name says everything that the cells do not say."""
    began = time.perf_counter()
    place = _folder(folder)
    plain = _checked(cells, function, seed)
    seeds = () if seed is None else _seeds(seed, len(plain))
    every = [_Cell(i, name, cell | ({"seed": seeds[i]} if seeds else {}), place) for i, cell in enumerate(plain)]
    kept = {cell.place: found for cell in every if (found := cell.read()) is not None}
    todo = [cell for cell in every if cell.place not in kept]
    calls = [(cell.place, cell.arguments) for cell in todo]
    with _running(function, calls, backend, jobs) as attempts:
        failures = _compute(attempts, every, kept)
    if failures:
        raise _failure(failures, every, place)
    results = tuple(kept[i][0] for i in range(len(every)))
    return Sweep(tuple(plain), seeds, results, len(todo), time.perf_counter() - began, backend)


@dataclass(frozen=True, slots=True)
class _Cell:
    """One cell: its place in the list, the call that it stands for, and the file that keeps its result."""

    place: int
    function: str
    arguments: dict[str, Any]
    folder: Path

    def __str__(self) -> str:
        return f"cell {self.place} ({', '.join(f'{name}={shown(value)}' for name, value in self.arguments.items())})"

    @property
    def file(self) -> Path:
        call = json.dumps([self.function, self.arguments], sort_keys=True)
        return self.folder / f"{hashlib.sha256(call.encode()).hexdigest()[:32]}.json"

    def read(self) -> list[Any] | None:
        """The kept result as the one entry of a list; None if there is none, or a file that is damaged or speaks of another call."""
        try:
            content = json.loads(self.file.read_text(encoding="utf-8"))
            same = content["function"] == self.function and content["arguments"] == self.arguments
            return [content["result"]] if same else None
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def keep(self, text: str) -> list[Any]:
        """Write the file of a result that came as JSON; returns what `read` will return."""
        content = {"function": self.function, "arguments": self.arguments, "result": json.loads(text)}
        write_whole(self.file, json.dumps(content) + "\n")
        return [content["result"]]


@contextmanager
def _running(function: Callable[..., Any], calls: Sequence[Call], backend: Any, jobs: Any) -> Iterator[Iterator[Attempt]]:
    """Check the backend, even where nothing is left to do, and make the calls there while the block lasts."""
    if backend == "processes":
        if jobs is not None and not whole(jobs, 1):
            raise ValueError(f"jobs = {shown(jobs)}: expected a number of processes, 1 or more, or None for one a core")
        yield on_processes(function, calls, joblib.cpu_count() if jobs is None else int(jobs))
        return
    if not isinstance(backend, str) or (backend != "dask" and "://" not in backend):
        raise ValueError(f"the backend is {shown(backend)}: expected 'processes', 'dask' or an address such as 'tcp://host:8786'")
    if jobs is not None:
        raise ValueError(f"jobs = {jobs} with the backend {backend!r}: leave it out, a cluster has the workers that it has")
    with dask_client(backend) as client:
        yield on_dask(function, calls, client)


def _compute(attempts: Iterator[Attempt], every: Sequence[_Cell], kept: dict[int, Any]) -> list[Attempt]:
    """Keep each result as it comes, and show how far the sweep is; returns the attempts that failed."""
    failures: list[Attempt] = []
    screen, before, began = Screen(sys.stderr), len(kept), time.perf_counter()
    try:
        with screen.bar(len(every) - before) as done:
            for made in attempts:
                if made.text is None:
                    failures.append(made)
                else:
                    kept[made.place] = every[made.place].keep(made.text)
                done(str(every[made.place]))
    finally:
        new, seconds = len(kept) - before, time.perf_counter() - began
        where = f"{every[0].function}: {len(kept)} of {len(every)} cells are in {every[0].folder}"
        screen.line(f"{where}, {new} of them new in {seconds:.1f} s")
    return sorted(failures, key=lambda made: made.place)


def _failure(failures: Sequence[Attempt], every: Sequence[_Cell], folder: Path) -> CellsFailed:
    first = failures[0]
    count = f"{len(failures)} of {len(every)} cells failed, the first is " if len(failures) > 1 else ""
    error = CellsFailed(f"{count}{every[first.place]}: {first.error}; the {len(every) - len(failures)} others are kept in {folder}")
    for made in failures[:NOTES]:
        error.add_note(f"{every[made.place]}\n{made.trace or made.error}")
    return error


def _name(function: Any) -> str:
    """The name that the files bear; a function whose name does not say what it computes is refused."""
    inner = inspect.unwrap(function) if callable(function) else None
    if not inspect.isfunction(inner) or inner.__name__ == "<lambda>" or inner.__closure__:
        raise ValueError(
            f"the function is {shown(function)}: expected one made by def that uses no variables of a function around it, "
            "since the kept cells bear its name: hand such values over in the cells"
        )
    return f"{inner.__module__}.{inner.__qualname__}"


def _folder(folder: str | Path) -> Path:
    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise ValueError(f"the folder {path} is a file: name another place for the finished cells") from None
    return path


def _checked(cells: Any, function: Callable[..., Any], seed: int | None) -> list[dict[str, Any]]:
    """The cells as dictionaries that JSON holds exactly and that the function accepts."""
    if isinstance(cells, Mapping | str) or not isinstance(cells, Iterable):
        raise TypeError(f"the cells are {shown(cells)}: expected a list of dictionaries")
    signature = inspect.signature(function)
    found: list[dict[str, Any]] = []
    for place, cell in enumerate(cells):
        if not isinstance(cell, Mapping) or (seed is not None and "seed" in cell):
            raise ValueError(f"cell {place} is {shown(cell)}: expected a dictionary of arguments, without 'seed' where the sweep gives one")
        exact_json(dict(cell), f"cell {place}")
        try:
            signature.bind(**cell, **({} if seed is None else {"seed": 0}))
        except TypeError as error:
            raise ValueError(f"cell {place} is {shown(cell)}, which {function.__name__}{signature} does not accept: {error}") from None
        found.append(dict(cell))
    if not found:
        raise ValueError("the list of cells is empty: expected at least one")
    return found


def _seeds(seed: Any, count: int) -> tuple[int, ...]:
    if not whole(seed, 0):
        raise ValueError(f"the seed is {shown(seed)}: expected an integer, 0 or more, or None")
    return tuple(int(child.generate_state(1, np.uint64)[0]) for child in np.random.SeedSequence(int(seed)).spawn(count))


__all__ = ["CellsFailed", "Sweep", "grid", "sweep"]
