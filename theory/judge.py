"""From evidence to verdict: one claim's proofs, refutations and measurements are run, and what held decides.

    @proves, @refutes, @measures, @implements  ->  Verdict

The result is a `theory.verdict.Verdict`.
"""

from __future__ import annotations

import gc
import importlib
import pkgutil
import time
from collections.abc import Callable, Iterable
from functools import cache, partial
from pathlib import Path
from typing import Any

from theory.catalog import Claim, UnknownClaim, load_claims, recorded_verdicts
from theory.evidence import RECORDS, Measurement, Mutant, Proof, Refuting, Tight, read_results
from theory.markers import demos_for, tests_for
from theory.proof import NotProved, Refutation, Statement, Theorem, Witness, conclude, counterexample, instance, witness
from theory.proof.letters import is_letter
from theory.proof.render import formula_latex, formula_text, point_text, statement_data, statement_latex
from theory.proof.steps import proof_steps
from theory.verdict import Verdict

FOLDERS = ("step_bounds", "linear_range", "corridors", "lipschitz", "line_search")
SOFT = ("prose", "remark")  # what the paper says in passing rests on what it proves, not the other way round
ENOUGH_MUTANTS = 2  # a decided claim without two rejected mutants may rest on a check that cannot fail


class BrokenEvidence(Exception):
    """A module of evidence that cannot be imported, or that speaks of claims nobody has listed."""


@cache
def load_evidence() -> None:
    """Import every module of the papers' folders, so that their evidence is registered.

    Raises:
        BrokenEvidence: a module cannot be imported, or it speaks of a claim that no paper's list has.
    """
    import theory

    for folder in FOLDERS:
        if not (Path(theory.__file__).parent / folder).is_dir():
            continue
        package = _imported(f"theory.{folder}")
        for module in sorted(m.name for m in pkgutil.iter_modules(package.__path__)):
            _imported(f"theory.{folder}.{module}")
    gc.freeze()  # what is loaded stays: looking for garbage among it would take a tenth of the time
    unknown = RECORDS.claims() - set(load_claims())
    if unknown:
        raise BrokenEvidence(f"evidence for claims that no paper's list has: {', '.join(sorted(unknown))}")


def _imported(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except Exception as error:
        raise BrokenEvidence(f"{module} cannot be imported: {type(error).__name__}: {error}") from error


def verify_claim(claim_id: str) -> Verdict:
    """Run all evidence of one claim and compute its verdict.

    Raises:
        UnknownClaim: no such claim.
    """
    load_evidence()
    if claim_id not in load_claims():
        raise UnknownClaim(f"no claim is called {claim_id!r}")
    claim = load_claims()[claim_id]
    case, start = _Case(claim), time.perf_counter()
    verdict = _verdict(case)
    seconds = time.perf_counter() - start
    for kind, found in (("test", tests_for(claim_id)), ("demo", demos_for(claim_id))):
        case.evidence += [{"kind": kind, "where": where} for where in found]
    rejected = sum(m["rejected"] == "yes" for m in case.mutants)
    return Verdict(
        id=claim.id,
        paper=claim.paper.key,
        kind=claim.kind,
        where=claim.where,
        verdict=verdict,
        expected=recorded_verdicts().get(claim.id),
        seconds=seconds,
        trusts=sorted(case.trusts),
        mutants={"rejected": rejected, "total": len(case.mutants)} if case.mutants else None,
        evidence=case.evidence,
        printed=claim.statement,
        proofs=case.proofs,
        mutant_list=case.mutants,
        problems=case.problems,
        **case.parts,
    )


class _Case:
    """The evidence for one claim, evaluated: what held, what it rests on, and what failed."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.parts: dict[str, Any] = {}
        self.evidence: list[dict[str, str]] = []
        self.problems: list[str] = []
        self.trusts: set[str] = set()
        self.mutants: list[dict[str, str]] = []
        self.proofs: list[dict[str, Any]] = []
        self.citable = _citable(claim.id)

    def attempt(self, what: str, action: Callable[[], Any]) -> Any:
        """The value of `action`, or None with the problem noted: failed evidence, for whatever reason, never counts."""
        try:
            return action()
        except Exception as error:
            self.problems.append(f"{what}: {type(error).__name__}: {error}")
            return None

    def proof(self, record: Proof) -> bool:
        theorem = self._proved("amended" if record.statement.amends else "formal", record)
        if theorem is None:
            return False
        name = record.function.__name__
        if record.statement.amends:
            self.parts.setdefault("formal", statement_data(record.statement.amends))
            self.parts.setdefault("amendment", statement_latex(record.statement))
            self.parts["why"] = self.parts.get("why") or record.statement.why
        self.attempt(f"{name}, witness", lambda: self._witness(record, theorem))
        self.mutants += self._rejected(record.mutants)
        if record.tight is not None:
            self.attempt(f"{name}, tightness", partial(self._tight, record.tight))
        return True

    def extension(self, record: Proof) -> None:
        """A theorem beside the claim: it decides nothing, but whatever of it fails is a problem."""
        theorem = self._proved("beyond", record)
        if theorem is not None:
            self.attempt(f"{record.function.__name__}, witness", lambda: _holds_at(record, theorem))
            self._rejected(record.mutants)

    def _proved(self, role: str, record: Proof) -> Theorem | None:
        name = record.function.__name__
        theorem: Theorem | None = self.attempt(name, lambda: conclude(record.function(), record.statement))
        if theorem is None:
            return None
        self.trusts |= theorem.rests_on
        self.evidence.append({"kind": "proof", "where": _where(record.function)})
        data = statement_data(record.statement)
        self._show(role, record, data, theorem)
        if role != "beyond":
            self.parts.setdefault(role, data)
        return theorem

    def _show(self, role: str, record: Proof | Refuting, data: dict[str, Any], theorem: Theorem) -> None:
        steps = self.attempt(f"{record.function.__name__}, its steps", lambda: proof_steps(theorem, self.cited))
        self.proofs.append({"of": role, "about": _about(record.function), "statement": data, "steps": steps or []})

    def cited(self, theorem: Theorem) -> str | None:
        """The claim before this one whose proved statement this is, if any: its proof stands on its own page."""
        for claim, statement in self.citable:
            if theorem.then == statement.then and set(theorem.given) <= set(statement.given):
                return claim
        return None

    def _witness(self, record: Proof, theorem: Theorem) -> None:
        if record.witness is not None or "witness" not in self.parts:
            self.parts.setdefault("witness", point_text(_holds_at(record, theorem).point))

    def _tight(self, tight: Tight) -> None:
        if tight.at is not None and tight.statement is not None:
            witness(tight.statement, tight.at.point, *(f() for f in tight.at.because))
        elif tight.shown is not None:
            self.trusts |= tight.shown().rests_on
        elif tight.holds is not None:
            raise NotProved("tightness is asserted without an instance or a theorem")
        self.parts["tight"] = tight.holds
        self.parts["tightness"] = tight.how

    def _rejected(self, mutants: Iterable[Mutant]) -> list[dict[str, str]]:
        entries = []
        for m in mutants:
            entry = {"what": m.what, "statement": formula_text(m.statement.then), "at": "", "rejected": "no"}
            refuted = self.attempt(f"mutant {m.what!r} survives", partial(_refute, m))
            if refuted is not None:
                point = point_text(refuted.point.items())
                entry |= {"at": ", ".join(f"{k} = {v}" for k, v in point.items()), "rejected": "yes"}
            entries.append(entry)
        return entries

    def refutation(self, record: Refuting) -> bool:
        refuted = self.attempt(record.function.__name__, lambda: _refutation_of(record))
        if refuted is None:
            return False
        self.trusts |= refuted.trusts
        self.evidence.append({"kind": "refutation", "where": _where(record.function)})
        self.parts.setdefault("formal", statement_data(record.statement))
        self.parts.setdefault("counterexample", point_text(refuted.point.items()))
        shown = {"shown": formula_text(refuted.conclusion), "latex": formula_latex(refuted.conclusion)}
        self.parts.setdefault("refutation", shown)
        self.parts["why"] = record.why or self.parts.get("why", "")
        if not refuted.point:  # of a statement without free letters it is the proof of the opposite that shows why
            for theorem in refuted.premises:
                self._show("refuted", record, statement_data(record.statement), theorem)
        self.mutants += self._rejected(record.mutants)
        return True


def _citable(claim_id: str) -> list[tuple[str, Statement]]:
    """What a proof of this claim may cite: the claims before it, prose after everything else, so that no two cite each other."""
    claims = load_claims()
    order = sorted(claims, key=lambda i: claims[i].kind in SOFT)  # a stable sort: the order of the pages, twice
    return [(i, record.statement) for i in order[: order.index(claim_id)] for record in RECORDS.proofs.get(i, [])]


def _holds_at(record: Proof, theorem: Theorem) -> Witness:
    """The record's instance, checked."""
    if record.witness is None:
        raise NotProved("no witness: nothing shows that the hypotheses can hold")
    because = [f() for f in record.witness.because]
    # a conclusion that no finite computation settles (a limit) is the theorem's own at this point
    if not any(is_letter(key) for key in record.witness.point):
        because.append(instance(theorem, record.witness.point))
    return witness(record.statement, record.witness.point, *because)


def _refute(m: Mutant) -> Refutation:
    return counterexample(m.statement, m.instance.point, *(f() for f in m.instance.because))


def _refutation_of(record: Refuting) -> Refutation:
    result: Any = record.function()
    about: Any = getattr(result, "statement", None)
    if not isinstance(result, Refutation) or about != record.statement:
        raise NotProved("the refutation is not one of the printed statement")
    return result


def _where(function: Callable[..., Any]) -> str:
    return f"{function.__module__.replace('.', '/')}.py::{function.__qualname__}"


def _about(function: Callable[..., Any]) -> str:
    return " ".join((function.__doc__ or "").split())


def _verdict(case: _Case) -> str:
    claim = case.claim.id
    proofs = [(p, case.proof(p)) for p in RECORDS.proofs.get(claim, [])]
    refuted = any([case.refutation(r) for r in RECORDS.refutations.get(claim, [])])
    for extension in RECORDS.extensions.get(claim, []):
        case.extension(extension)
    proved = any(held and p.statement.amends is None for p, held in proofs)
    amended = any(held and p.statement.amends is not None for p, held in proofs)
    if proved and refuted:
        case.problems.append("the printed form is both proved and refuted: the kernel is unsound, report this")
        return "open"
    if any(m["rejected"] == "no" for m in case.mutants):
        return "open"
    if (proved or refuted) and len(case.mutants) < ENOUGH_MUTANTS:
        case.problems.append(f"{len(case.mutants)} mutants: a decided claim needs at least {ENOUGH_MUTANTS}")
    if proved:
        return "proved"
    if refuted:
        return "amended" if amended else "refuted"
    if amended:
        case.problems.append("an amendment is proved, but nothing refutes the printed form")
    return _softer(case)


def _agrees(m: Measurement) -> bool:
    return bool(m.function(read_results(m.results)))


def _softer(case: _Case) -> str:
    """The verdict without a proof or a refutation: a measurement, an implementation, a remark, or open."""
    claim = case.claim.id
    for m in RECORDS.measurements.get(claim, []):
        held = case.attempt(m.results, partial(_agrees, m))
        if held is not None:
            case.evidence.append({"kind": "measurement", "where": f"theory/results/{m.results}"})
            case.parts["why"] = f"{_about(m.function)} Agreement means: {m.tolerance}".strip()
            return "replicated" if held else "not-replicated"
    for i in RECORDS.implementations.get(claim, []):
        case.evidence.append({"kind": "implementation", "where": i.where})
    if RECORDS.implementations.get(claim):
        return "definition"
    for r in RECORDS.remarks.get(claim, []):
        case.parts["why"] = r.text
        return r.kind
    if not case.parts.get("why"):
        tried = "The evidence failed." if case.problems else "No evidence has been written yet."
        case.parts["why"] = tried
    return "open"


__all__ = ["BrokenEvidence", "load_evidence", "verify_claim"]
