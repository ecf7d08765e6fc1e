"""The ledger: every claim of the papers, joined with its evidence, gives a computed verdict.

claims/*.toml  +  evidence records  ->  Verdict  ->  JSON, recorded verdicts
"""

from __future__ import annotations

import json
import os
import platform
import signal
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from theory import __version__
from theory.catalog import Claim, Paper, UnknownClaim, load_claims, recorded_path, recorded_verdicts, select
from theory.evidence import RECORDS
from theory.judge import load_evidence, verify_claim
from theory.verdict import Verdict

WORTH_WORKERS = 4  # fewer claims than this are done before another process has started


def verify(claims: Iterable[Claim], jobs: int = 1) -> Iterator[Verdict]:
    """The verdicts of the claims, as they come; with `jobs` > 1 from that many processes.

    Raises:
        BrokenEvidence: a module of evidence cannot be imported.
    """
    ids = [c.id for c in claims]
    load_evidence()
    busy = RECORDS.claims()
    yield from (verify_claim(i) for i in ids if i not in busy)
    heavy = [i for i in ids if i in busy]
    if jobs == 1 or len(heavy) < WORTH_WORKERS:
        yield from map(verify_claim, heavy)
        return
    from joblib import Parallel, delayed

    # one claim at a time: a claim may take seconds, and a batch would hide it from the progress bar
    workers = Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1)
    with _no_interrupts():
        verdicts = workers(delayed(verify_claim)(i) for i in heavy)
    yield from verdicts


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


def ordered(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """The verdicts in the order of the papers and their pages."""
    rank = {claim_id: position for position, claim_id in enumerate(load_claims())}
    return sorted(verdicts, key=lambda v: rank[v.id])


def as_json(verdicts: Iterable[Verdict], seconds: float) -> dict[str, Any]:
    """The ledger as the JSON document of `stepverdict verify --json`."""
    return {
        "version": __version__,
        "python": platform.python_version(),
        "sympy": version("sympy"),
        "seconds": seconds,
        "claims": [asdict(v) for v in ordered(verdicts)],
    }


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all: a temporary file beside it takes its place only when it is complete.

    A path that exists and is no regular file (a pipe, a device) is written to, never replaced.

    Raises:
        OSError: the folder is missing or not writable, or the disk is full; nothing half-written is left.
    """
    path = path.resolve()
    data = content.encode("utf-8") if isinstance(content, str) else content
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def record(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Rewrite the recorded verdicts (deliberately: `stepverdict verify --record`); returns those not recorded.

    A verdict whose evidence failed somewhere is not recorded: a broken proof cannot be recorded away.
    """
    found = list(verdicts)
    refused = [v for v in found if v.problems]
    merged = recorded_verdicts() | {v.id: v.verdict for v in found if not v.problems}
    known = {i: merged[i] for i in load_claims() if i in merged}
    write_whole(recorded_path(), json.dumps(known, indent=1) + "\n")
    recorded_verdicts.cache_clear()
    return refused


__all__ = [
    "Claim",
    "Paper",
    "UnknownClaim",
    "Verdict",
    "as_json",
    "load_claims",
    "load_evidence",
    "ordered",
    "record",
    "recorded_verdicts",
    "select",
    "verify",
    "verify_claim",
    "write_whole",
]
