"""Independent work spread over processes: values as they come, and Ctrl-C without the workers' tracebacks."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
V = TypeVar("V")


def unordered(function: Callable[[T], V], tasks: Iterable[T], jobs: int) -> Iterator[V]:
    """The values of the function, as they come, from that many processes; from this one, in order, where `jobs` is 1."""
    if jobs == 1:
        yield from map(function, tasks)
        return
    from joblib import Parallel, delayed

    # one task at a time: a task may take seconds, and a batch would hide it from the progress bar
    workers = Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1)
    with _no_interrupts():
        values = workers(delayed(function)(task) for task in tasks)
    yield from values


@contextmanager
def _no_interrupts() -> Iterator[None]:
    """Processes started meanwhile inherit that Ctrl-C is ignored: this process ends them, without their tracebacks."""
    if threading.current_thread() is not threading.main_thread():  # only the main thread may set handlers
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


__all__ = ["unordered"]
