"""Where the cells of a sweep run: in this process, in others on this machine, or on the workers of a Dask cluster."""

from __future__ import annotations

import importlib
import json
import pickle
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

import cloudpickle

from theory.processes import unordered
from theory.values import shown

# What the scheduler holds at once: enough for a thousand threads, and the memory of a long sweep stays bounded.
IN_FLIGHT = 4096
CONNECT_SECONDS = 10


# The place of a cell and its arguments.
Call = tuple[int, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of a call: its result as JSON; or None, the error in one line, and its traceback."""

    place: int
    text: str | None
    error: str = ""
    trace: str = ""


def attempt(function: Callable[..., Any] | bytes, call: Call) -> Attempt:
    """Make the call; an error is part of the answer, so that the others go on.

    The function comes pickled where it has travelled, and is unpickled here: one that a worker cannot import is then an
    error of the call, while Dask's worker and joblib's would die of it.
    """
    place, arguments = call
    try:
        known = pickle.loads(function) if isinstance(function, bytes) else function
        return Attempt(place, exact_json(known(**arguments), "the result"))
    except Exception as error:
        return _failed(place, error)


def exact_json(value: Any, name: str) -> str:
    """The value as JSON that reads back equal; ValueError for anything else, such as tuples, arrays and NaN."""
    remedy = "expected None, truth values, ints, finite floats, str, lists and dictionaries with str keys (arrays: .tolist())"
    try:
        text = json.dumps(value, allow_nan=False)
        same = bool(json.loads(text) == value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} is {shown(value)}: {remedy}: {error}") from None
    if not same:
        raise ValueError(f"{name} is {shown(value)}, which JSON does not hold exactly: {remedy}")
    return text


def _failed(place: int, error: BaseException) -> Attempt:
    line = " ".join(f"{type(error).__name__}: {error}".split())
    return Attempt(place, None, line, "".join(traceback.format_exception(error)))


def on_processes(function: Callable[..., Any], calls: Sequence[Call], jobs: int) -> Iterator[Attempt]:
    """The attempts, as they come. A process that dies takes the pool with it; then calls are made one at a time, to find the culprit."""
    if jobs == 1 or not calls:
        yield from (attempt(function, call) for call in calls)
        return
    work, waiting = partial(attempt, cloudpickle.dumps(function)), dict(calls)
    while waiting:
        try:
            for made in unordered(work, list(waiting.items()), jobs):
                del waiting[made.place]
                yield made
        except BrokenExecutor:
            for place in list(waiting)[: 4 * jobs]:  # joblib hands out twice as many as there are processes
                yield _alone(work, (place, waiting.pop(place)))


def _alone(work: Callable[[Call], Attempt], call: Call) -> Attempt:
    try:
        return next(unordered(work, [call], jobs=2))
    except BrokenExecutor:
        return Attempt(call[0], None, "its process died (too little memory, or a crash in compiled code)")


def dask_client(backend: str) -> AbstractContextManager[Any]:
    """The active client for ``dask``, which stays open; a new one for an address, which is closed at the end."""
    try:
        distributed: Any = importlib.import_module("distributed")
    except ImportError:
        raise ImportError(f"the backend is {backend!r}, but Dask is not installed: pip install 'stepverdict[cluster]'") from None
    if backend != "dask":
        try:
            return distributed.Client(backend, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError) as error:
            raise ConnectionError(f"no Dask scheduler answers at {backend}: {' '.join(str(error).split())}") from None
    try:
        return nullcontext(distributed.default_client())
    except ValueError:
        raise ConnectionError("the backend is 'dask', but no Dask client is active here: make one first, or give the address") from None


def on_dask(function: Callable[..., Any], calls: Sequence[Call], client: Any) -> Iterator[Attempt]:
    """The attempts, as they come. The scheduler gives a call whose worker died to another one, a few times.

    Raises:
        ConnectionError: If the scheduler is lost.
        ImportError: If the workers do not have this package.
    """
    distributed: Any = importlib.import_module("distributed")
    packed, waiting, places = cloudpickle.dumps(function), iter(calls), {}
    running = distributed.as_completed([], loop=client.loop)

    def hand_out(count: int) -> None:
        for call in islice(waiting, count):
            future = client.submit(attempt, packed, call, pure=False)
            places[future.key] = call[0]
            running.add(future)

    if calls and (error := client.submit(importlib.import_module, __name__, pure=False).exception()):
        raise ImportError(f"the workers of the cluster cannot import this package, install stepverdict there: {error}")
    hand_out(IN_FLIGHT)
    for future in running:
        place = places.pop(future.key)
        try:
            made: Attempt = future.result()
        except CancelledError:
            raise ConnectionError("the Dask scheduler was lost during the sweep: start it again and repeat the call") from None
        except Exception as error:
            made = _failed(place, error)
        yield made
        hand_out(1)


__all__ = ["Attempt", "Call", "attempt", "dask_client", "exact_json", "on_dask", "on_processes"]
