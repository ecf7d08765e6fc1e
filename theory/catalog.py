"""The claims of the papers as data, without any proof library: what `stepverdict list` needs, and no more."""

from __future__ import annotations

import fnmatch
import json
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path

CLAIMS = Path(__file__).parent / "claims"
ORDER = ("nar-sastry", "ni-talnikar", "dherin-rosca", "yedida-saha", "mutschler-zell")
VERDICTS = ("proved", "amended", "refuted", "replicated", "not-replicated", "definition", "informal", "open")
UNRECORDED = "unrecorded"  # what is shown for a claim whose verdict nobody has recorded yet
NEAREST = 3  # how many ids an error message suggests
LIKENESS = 0.4  # difflib's ratio from which an id counts as near; below, the suggestions look random


class UnknownClaim(LookupError):
    """An id or glob that matches no claim; the message names the nearest ids."""


@dataclass(frozen=True)
class Paper:
    """One of the papers."""

    key: str
    title: str
    authors: str
    year: int
    venue: str


@dataclass(frozen=True)
class Claim:
    """A claim as its paper makes it, without a verdict."""

    id: str
    kind: str
    where: str
    statement: str
    paper: Paper
    empirical: bool = False


@cache
def load_claims() -> dict[str, Claim]:
    """Every claim of every paper, in the order of the papers and their pages.

    Raises:
        ValueError: an id occurs twice.
    """
    claims: dict[str, Claim] = {}
    rank = {key: position for position, key in enumerate(ORDER)}
    for path in sorted(CLAIMS.glob("*.toml"), key=lambda p: (rank.get(p.stem, len(rank)), p.stem)):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        head = data["paper"]
        paper = Paper(**{name: head[name] for name in ("key", "title", "authors", "year", "venue")})
        for row in data["claim"]:
            if row["id"] in claims:
                raise ValueError(f"{path.name}: the id {row['id']} occurs twice")
            text = " ".join(row["statement"].split())
            claims[row["id"]] = Claim(row["id"], row["kind"], row["where"], text, paper, row.get("empirical", False))
    return claims


def papers() -> dict[str, Paper]:
    """The papers by key, in order."""
    return {c.paper.key: c.paper for c in load_claims().values()}


def nearest(wanted: str, known: Iterable[str]) -> str:
    """`; nearest: a, b, c`, or nothing where no name is near."""
    found = get_close_matches(wanted.lower(), list(known), n=NEAREST, cutoff=LIKENESS)
    return f"; nearest: {', '.join(found)}" if found else ""


def select(patterns: Iterable[str] = ()) -> list[Claim]:
    """The claims whose ids match any of the globs, in order; all of them for no pattern.

    Raises:
        UnknownClaim: a pattern matches nothing; the message names the nearest ids.

    Example:
        >>> [c.kind for c in select(["nar-sastry:theorem-[12]"])]
        ['theorem', 'theorem']
    """
    claims, wanted = load_claims(), tuple(patterns)
    for pattern in wanted:
        if not any(fnmatch.fnmatchcase(i, pattern) for i in claims):
            hint = nearest(pattern, claims) or "; `stepverdict list` shows all ids"
            raise UnknownClaim(f"no claim matches {pattern!r}{hint}")
    return [c for c in claims.values() if not wanted or any(fnmatch.fnmatchcase(c.id, p) for p in wanted)]


def only(claim_id: str) -> Claim:
    """The one claim of this exact id.

    Raises:
        UnknownClaim: there is none; the message names the nearest ids.
    """
    claims = load_claims()
    if claim_id not in claims:
        hint = nearest(claim_id, claims) or "; `stepverdict list` shows all ids"
        raise UnknownClaim(f"no claim is called {claim_id!r}{hint}")
    return claims[claim_id]


def recorded_path() -> Path:
    """The committed file of recorded verdicts."""
    return CLAIMS / "verdicts.json"


@cache
def recorded_verdicts() -> dict[str, str]:
    """The recorded verdict of each claim; empty where none were recorded yet.

    Raises:
        ValueError: the file is no JSON object of verdicts.
    """
    path = recorded_path()
    if not path.exists():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"{path.name} is no JSON ({error}); restore it, or write it with verify --record") from None
    wrong = [i for i, v in found.items() if v not in VERDICTS]
    if wrong:
        raise ValueError(f"{path.name}: {wrong[0]} has the verdict {found[wrong[0]]!r}, none of {', '.join(VERDICTS)}")
    return {str(i): str(v) for i, v in found.items()}


__all__ = [
    "ORDER",
    "UNRECORDED",
    "VERDICTS",
    "Claim",
    "Paper",
    "UnknownClaim",
    "load_claims",
    "nearest",
    "only",
    "papers",
    "recorded_path",
    "recorded_verdicts",
    "select",
]
