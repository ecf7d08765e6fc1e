"""A verdict as plain data, so that it can be computed in another process, printed, written as JSON and turned into a page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Verdict:
    """What the evidence says of one claim; the field names are those of the JSON.

    Attributes:
        id: the claim, `paper:kind-number`.
        paper: the paper's key.
        kind: theorem, equation, prose, ...
        where: the place in the paper.
        verdict: one of `theory.catalog.VERDICTS`.
        expected: the recorded verdict, or None.
        seconds: what the evaluation took.
        trusts: engines, and textbook facts as `fact:<name>`.
        witness: an exact instance of all hypotheses, name -> value.
        mutants: how many wrong variants there are, and how many were rejected.
        tight: for a bound; None where it is not known or no bound.
        counterexample: the point that refutes the printed form.
        amendment: LaTeX of the corrected statement.
        evidence: `{"kind", "where"}` of everything that speaks for the verdict.
        printed: the claim as the paper makes it.
        formal: the printed form as a formal statement: given, then, text, latex.
        amended: the corrected statement, likewise.
        proofs: each proof: of (`formal`, the printed form; `amended`; `beyond` the paper; `refuted`, that the printed form is
            false, where no point shows it), about, statement, steps.
        refutation: what the printed form says at the counterexample.
        mutant_list: each mutant: what, statement, at, rejected.
        tightness: how we know.
        why: what went wrong in print, or why nothing is claimed, or what was tried.
        problems: evidence that failed; any problem fails `stepverdict verify`.
    """

    id: str
    paper: str
    kind: str
    where: str
    verdict: str
    expected: str | None
    seconds: float
    trusts: list[str] = field(default_factory=list)
    witness: dict[str, str] | None = None
    mutants: dict[str, int] | None = None
    tight: bool | None = None
    counterexample: dict[str, str] | None = None
    amendment: str | None = None
    evidence: list[dict[str, str]] = field(default_factory=list)
    printed: str = ""
    formal: dict[str, Any] | None = None
    amended: dict[str, Any] | None = None
    proofs: list[dict[str, Any]] = field(default_factory=list)
    refutation: dict[str, str] | None = None
    mutant_list: list[dict[str, str]] = field(default_factory=list)
    tightness: str | None = None
    why: str = ""
    problems: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether the verdict is the recorded one and no evidence failed."""
        return self.verdict == self.expected and not self.problems


__all__ = ["Verdict"]
