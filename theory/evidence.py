"""How a function declares what it is evidence for: @proves, @refutes, @measures, @implements; and what is honestly not done.

A claim's verdict is computed from these records by `theory.ledger`; nothing here states a verdict.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from theory.proof import Refutation, Statement, Theorem

F = TypeVar("F", bound=Callable[..., Any])
Point = Mapping[Any, Any]


@dataclass(frozen=True)
class Instance:
    """An exact point, with the theorems that settle there what no finite computation can (a limit, a stability)."""

    point: Point
    because: tuple[Callable[[], Theorem], ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Mutant:
    """A plausible wrong variant of a statement, and the instance that refutes it."""

    statement: Statement
    instance: Instance
    what: str


@dataclass(frozen=True)
class Tight:
    """Whether a bound is tight, and how we know.

    Attributes:
        holds: True (equality is attained or approached), False (a better constant is proved) or None (not known).
        how: for a reader.
        statement: what is shown at `at`: hypotheses that include the bound's, with equality as the conclusion.
        at: the exact instance.
        shown: a theorem that shows the bound is approached, or can be improved.
    """

    holds: bool | None
    how: str
    statement: Statement | None = None
    at: Instance | None = None
    shown: Callable[[], Theorem] | None = None


@dataclass(frozen=True)
class Proof:
    """A function that proves a statement, with what makes the proof worth having."""

    statement: Statement
    function: Callable[[], Theorem]
    witness: Instance | None
    mutants: tuple[Mutant, ...]
    tight: Tight | None


@dataclass(frozen=True)
class Refuting:
    """A function that refutes a printed statement."""

    statement: Statement
    function: Callable[[], Refutation]
    mutants: tuple[Mutant, ...]
    why: str


@dataclass(frozen=True)
class Measurement:
    """A stored JSON of a run on real data, and a predicate on its numbers."""

    claim: str
    results: str
    function: Callable[[Mapping[str, Any]], bool]
    tolerance: str


@dataclass(frozen=True)
class Implementation:
    """Code that implements a definition or an algorithm."""

    claim: str
    where: str


@dataclass(frozen=True)
class Remark:
    """`informal`: nothing checkable is claimed, and why; `open`: what was tried, and what is missing."""

    claim: str
    kind: str
    text: str


@dataclass
class Records:
    """Everything declared so far, by claim id."""

    printed: dict[str, Statement] = field(default_factory=dict)
    proofs: dict[str, list[Proof]] = field(default_factory=dict)
    refutations: dict[str, list[Refuting]] = field(default_factory=dict)
    extensions: dict[str, list[Proof]] = field(default_factory=dict)
    measurements: dict[str, list[Measurement]] = field(default_factory=dict)
    implementations: dict[str, list[Implementation]] = field(default_factory=dict)
    remarks: dict[str, list[Remark]] = field(default_factory=dict)

    def claims(self) -> set[str]:
        """The ids that have any record."""
        tables = (self.proofs, self.refutations, self.measurements, self.implementations, self.remarks)
        return {claim for table in tables for claim in table}


RECORDS = Records()


def _claim_of(statement: Statement) -> str:
    if not isinstance(statement, Statement):
        raise TypeError(f"evidence needs a Statement, found {type(statement).__name__}")
    if not statement.source:
        raise ValueError(f"the statement {statement.then} names no claim; give it source='paper:kind-number'")
    return statement.source


def _register_printed(statement: Statement) -> None:
    printed = statement.amends or statement
    known = RECORDS.printed.setdefault(_claim_of(statement), printed)
    if known != printed:
        raise ValueError(f"{statement.source} has two different printed forms; a claim is formalised once")


def at(point: Point, *because: Callable[[], Theorem], note: str = "") -> Instance:
    """An exact instance: a value for every free symbol of the statement."""
    return Instance(dict(point), because, note)


def mutant(statement: Statement, point: Point, what: str, *because: Callable[[], Theorem]) -> Mutant:
    """A wrong variant, what is wrong with it, and the point at which it fails."""
    return Mutant(statement, Instance(dict(point), because), what)


def proves(
    statement: Statement,
    *,
    witness: Instance | None = None,
    mutants: Iterable[Mutant] = (),
    tight: Tight | None = None,
) -> Callable[[F], F]:
    """The decorated function returns a `Theorem` of exactly this statement (printed, or the amendment of a printed one).

    Args:
        statement: what is proved; `statement.source` is the claim.
        witness: an exact instance that satisfies all hypotheses and the conclusion.
        mutants: two or more wrong variants, each refuted at its point whenever the claim is verified.
        tight: for a bound, whether it is tight.
    """
    _register_printed(statement)

    def register(function: F) -> F:
        kept: Any = cache(function)  # other claims build on this proof, and a proof is the same each time
        RECORDS.proofs.setdefault(_claim_of(statement), []).append(Proof(statement, kept, witness, tuple(mutants), tight))
        return kept

    return register


def refutes(statement: Statement, *, mutants: Iterable[Mutant] = (), why: str = "") -> Callable[[F], F]:
    """The decorated function returns a `Refutation` of exactly this printed statement; `why` tells a reader what went wrong."""
    _register_printed(statement)

    def register(function: F) -> F:
        record = Refuting(statement, function, tuple(mutants), why)
        RECORDS.refutations.setdefault(_claim_of(statement), []).append(record)
        return function

    return register


def extends(claim: str, statement: Statement, *, witness: Instance | None = None, mutants: Iterable[Mutant] = ()) -> Callable[[F], F]:
    """The decorated function proves more than the paper says; it stands beside the claim and does not decide it."""

    def register(function: F) -> F:
        kept: Any = cache(function)
        RECORDS.extensions.setdefault(claim, []).append(Proof(statement, kept, witness, tuple(mutants), None))
        return kept

    return register


RESULTS = Path(__file__).parent / "results"


def read_results(name: str) -> dict[str, Any]:
    """The stored JSON `theory/results/<name>` of an experiment."""
    found: dict[str, Any] = json.loads((RESULTS / name).read_text(encoding="utf-8"))
    return found


def measures(claim: str, *, results: str, tolerance: str) -> Callable[[F], F]:
    """The decorated predicate reads the stored JSON `theory/results/<results>` and says whether the claim was replicated.

    Args:
        claim: the claim's id.
        results: the JSON's file name.
        tolerance: what counts as agreement, and the line that derives it.
    """

    def register(function: F) -> F:
        if claim in RECORDS.measurements:
            raise ValueError(f"{claim} is measured twice: put both readings of the JSON into one predicate")
        RECORDS.measurements[claim] = [Measurement(claim, results, function, tolerance)]
        return function

    return register


def implements(*claims: str) -> Callable[[F], F]:
    """The decorated function or class is the code of these definitions."""

    def register(thing: F) -> F:
        for claim in claims:
            implemented_at(claim, f"{thing.__module__.replace('.', '/')}.py::{thing.__qualname__}")
        return thing

    return register


def implemented_at(claim: str, where: str) -> None:
    """A definition whose code stands in another package, named by `path::name` (checked by the ledger in a checkout)."""
    RECORDS.implementations.setdefault(claim, []).append(Implementation(claim, where))


def informal(claim: str, why: str) -> None:
    """Nothing checkable is claimed; `why` says so for a reader."""
    RECORDS.remarks.setdefault(claim, []).append(Remark(claim, "informal", why))


def undecided(claim: str, tried: str) -> None:
    """The claim stays open; `tried` says what was tried and what is missing."""
    RECORDS.remarks.setdefault(claim, []).append(Remark(claim, "open", tried))
