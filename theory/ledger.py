"""The ledger: every claim of the papers, joined with its evidence, gives a computed verdict.

claims/*.toml  +  evidence records  ->  Verdict  ->  JSON, recorded verdicts
"""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from theory import __version__
from theory.catalog import Claim, Paper, UnknownClaim, load_claims, recorded_path, recorded_verdicts, select
from theory.files import write_whole
from theory.judge import load_evidence, verify_claim
from theory.processes import unordered
from theory.verdict import Verdict

WORTH_WORKERS = 4  # fewer claims than this are done before another process has started


def verify(claims: Iterable[Claim], jobs: int = 1) -> Iterator[Verdict]:
    """The verdicts of the claims, as they come; with `jobs` > 1 from that many processes.

    Raises:
        BrokenEvidence: a module of evidence cannot be imported.
    """
    ids = [c.id for c in claims]
    yield from unordered(verify_claim, ids, jobs if len(ids) >= WORTH_WORKERS else 1)


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
]
