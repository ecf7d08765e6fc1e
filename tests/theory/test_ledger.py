"""From evidence to verdict, on a toy paper: each verdict is earned, and broken evidence takes it away."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sympy import Rational, S, Symbol
from toy import EXPECTED, FALSE, MENDED, PRINTED, TRUE, WRONG, prove_square_is_larger, x

from theory import catalog, cli, evidence, judge, report
from theory.catalog import UnknownClaim, load_claims, only, recorded_verdicts, select
from theory.evidence import Measurement, Tight, at, extends, measures, mutant, proves, refutes
from theory.judge import verify_claim
from theory.ledger import as_json, ordered, record, verify
from theory.proof import (
    Exists,
    ForAll,
    Refutation,
    Statement,
    Theorem,
    absurd,
    assume,
    counterexample,
    follows,
    generalize,
    none_exists,
    specialize,
)
from theory.verdict import Verdict


def verdict_of(name: str) -> Verdict:
    return verify_claim(f"toy-paper:{name}")


def change(monkeypatch: pytest.MonkeyPatch, name: str, **parts: object) -> Verdict:
    """The verdict with the claim's proof altered."""
    (proof,) = judge.RECORDS.proofs[f"toy-paper:{name}"]
    monkeypatch.setitem(judge.RECORDS.proofs, f"toy-paper:{name}", [replace(proof, **parts)])
    return verdict_of(name)


@pytest.mark.parametrize(("name", "expected"), EXPECTED.items())
def test_each_verdict_is_earned(toy: Path, name: str, expected: str) -> None:
    found = verdict_of(name)
    assert (found.verdict, found.expected, found.problems) == (expected, expected, [])
    assert found.sound


# Broken evidence

CROOKED = TRUE.with_then(x**2 > 2 * x)
BROKEN = {
    "raises": ({"function": lambda: 1 / 0}, "open", "ZeroDivisionError"),
    "proves something else": ({"function": lambda: follows(x**2 > 1, x > 1)}, "open", "NotProved"),
    "needs more hypotheses": ({"function": lambda: follows(TRUE.then, x > 2)}, "open", "NotProved"),
    "returns no theorem": ({"function": lambda: TRUE}, "open", "Error"),
    "no witness": ({"witness": None}, "proved", "no witness"),
    "witness outside": ({"witness": at({x: 0})}, "proved", "witness"),
    "witness incomplete": ({"witness": at({})}, "proved", "gives no value to x"),
    "mutant survives": ({"mutants": (*WRONG, mutant(TRUE.with_then(x > 0), {x: 2}, "true too"))}, "open", "survives"),
    "too few mutants": ({"mutants": tuple(WRONG[:1])}, "proved", "1 mutants: a decided claim needs at least 2"),
    "tightness unproved": ({"tight": Tight(True, "surely")}, "proved", "without an instance or a theorem"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_evidence_is_a_problem(toy: Path, monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    parts, verdict, message = BROKEN[case]
    found = change(monkeypatch, "true", **parts)
    assert found.verdict == verdict
    assert any(message in problem for problem in found.problems), found.problems
    assert not found.sound


def test_a_refutation_of_another_statement_does_not_count(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (refuting,) = judge.RECORDS.refutations["toy-paper:mended"]
    (other,) = judge.RECORDS.refutations["toy-paper:false"]
    monkeypatch.setitem(judge.RECORDS.refutations, "toy-paper:mended", [replace(refuting, function=other.function)])
    found = verdict_of("mended")
    assert found.verdict == "open"
    assert any("not one of the printed statement" in p for p in found.problems)
    assert any("nothing refutes the printed form" in p for p in found.problems)


def test_proved_and_refuted_at_once_is_no_verdict(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(judge.RECORDS.refutations, "toy-paper:true", judge.RECORDS.refutations["toy-paper:false"])
    monkeypatch.setattr(judge, "_refutation_of", lambda record: judge._refute(mutant(FALSE, {x: Rational(1, 2)}, "")))
    found = verdict_of("true")
    assert found.verdict == "open"
    assert any("both proved and refuted" in p for p in found.problems)


def test_two_proofs_of_one_claim_are_both_shown(toy: Path) -> None:
    @proves(TRUE, witness=at({x: 3}), mutants=WRONG)
    def again() -> Theorem:
        return follows(TRUE.then, *TRUE.given)

    found = verdict_of("true")
    assert [p["of"] for p in found.proofs] == ["formal", "formal"]
    assert found.witness == {"x": "2"} and found.mutants == {"rejected": 4, "total": 4}


def test_an_amendment_shows_both_forms(toy: Path) -> None:
    found = verdict_of("mended")
    assert found.formal is not None and found.amended is not None
    assert (found.formal["given"], found.amended["given"]) == (["x >= 0"], ["x > 0"])
    assert PRINTED != MENDED


def test_a_refutation_without_a_point_shows_its_proof(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """There is no y with x < y for all x: no letter is free, so no value refutes it."""
    y = Symbol("y", real=True)
    all_below = ForAll(x, True, x < y)
    closed = Statement((), Exists(y, True, all_below), source="toy-paper:unknown")

    @refutes(closed, mutants=WRONG, why="y itself")
    def none_is_above_all() -> Refutation:
        """For each of them, itself."""
        clash = follows(S.false, using=(specialize(assume(all_below), y),))
        return counterexample(closed, {}, none_exists(generalize(absurd(clash, all_below), y)))

    found = verdict_of("unknown")
    assert found.verdict == "refuted" and found.counterexample == {} and not found.problems
    (shown,) = found.proofs
    assert (shown["of"], shown["about"]) == ("refuted", "For each of them, itself.")
    assert shown["steps"][-1]["then"] == "not (there is y with for all x: x < y)"
    assert cli.main(["show", "toy-paper:unknown"]) == 0
    out = capsys.readouterr().out
    assert "Proof that the printed form is false\nIdea " in out and "\nProof  " not in out, "it is no proof of the claim"


def test_a_proof_cites_a_claim_before_it_and_is_cited_by_none_of_its_own(toy: Path) -> None:
    said = Statement((x > 1,), x**2 + 1 > x, source="toy-paper:said")

    @proves(said, witness=at({x: 3}), mutants=[mutant(said.with_then(x**2 > x + 1), {x: Rational(3, 2)}, "on the other side")] * 2)
    def weaker() -> Theorem:
        return follows(said.then, using=(prove_square_is_larger(),))

    (cited,) = [s for s in verdict_of("said").proofs[0]["steps"] if s["name"] == "proved"]
    assert (cited["reason"], cited["then"], cited["uses"]) == ("toy-paper:true", "x^2 > x", [])
    # the same theorem, seen from a claim that the cited one may not cite in turn
    assert all(s["name"] != "proved" for s in verdict_of("true").proofs[0]["steps"])


def test_a_theorem_beyond_the_claim_is_checked_and_decides_nothing(toy: Path) -> None:
    beyond = Statement((x > 2,), x**2 > 2 * x)

    def register(function: Callable[[], Theorem], **parts: Any) -> None:
        extends("toy-paper:unknown", beyond, **({"witness": at({x: 3}), "mutants": WRONG} | parts))(function)

    register(lambda: follows(beyond.then, *beyond.given))
    found = verdict_of("unknown")
    assert (found.verdict, found.problems, found.mutants) == ("open", [], None)
    assert [p["of"] for p in found.proofs] == ["beyond"] and found.formal is None
    register(lambda: follows(TRUE.then, *TRUE.given))  # proves something else
    register(lambda: follows(beyond.then, *beyond.given), witness=None)
    register(lambda: follows(beyond.then, *beyond.given), mutants=[mutant(TRUE, {x: 2}, "true")])
    assert [p.split(":")[0].split(",")[-1].strip() for p in verdict_of("unknown").problems] == [
        "<lambda>",
        "witness",
        "mutant 'true' survives",
    ]


def test_long_proofs_beyond_the_claim_are_printed_when_asked_for(
    toy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    beyond = Statement((x > 2,), x**2 > 2 * x)
    extends("toy-paper:true", beyond, witness=at({x: 3}), mutants=WRONG)(lambda: follows(beyond.then, *beyond.given, because="doubled"))

    def printed(*more: str) -> str:
        assert cli.main(["show", "toy-paper:true", *more]) == 0
        return capsys.readouterr().out

    short = printed()
    assert "(doubled)" in short and "--full" not in short
    monkeypatch.setattr(report, "FEW_STEPS", 0)
    hint = "in 1 steps: `stepverdict show toy-paper:true --full` prints them"
    assert hint in printed() and "(doubled)" not in printed() and "(x times [x > 1])" in printed(), "the claim's own proof is printed"
    assert printed("--full") == short


# Measurements


@pytest.mark.parametrize(("number", "verdict"), [(2, "replicated"), (3, "not-replicated")])
def test_a_measurement_decides(toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, verdict: str) -> None:
    monkeypatch.setattr(evidence, "RESULTS", tmp_path)
    (tmp_path / "run.json").write_text(json.dumps({"cycle": number}))
    measures("toy-paper:untouched", results="run.json", tolerance="exact")(lambda data: data["cycle"] == 2)
    found = verdict_of("untouched")
    assert found.verdict == verdict and "Agreement means: exact" in found.why
    assert found.evidence[0] == {"kind": "measurement", "where": "theory/results/run.json"}


def test_a_claim_is_measured_once(toy: Path) -> None:
    """A second predicate would be silently left out, or chosen."""
    measures("toy-paper:untouched", results="run.json", tolerance="exact")(bool)
    with pytest.raises(ValueError, match="measured twice"):
        measures("toy-paper:untouched", results="other.json", tolerance="exact")(bool)


@pytest.mark.parametrize("content", [None, "{", "{}"], ids=["missing", "no JSON", "no number"])
def test_a_measurement_that_cannot_be_read_is_a_problem(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    monkeypatch.setattr(evidence, "RESULTS", tmp_path)
    if content is not None:
        (tmp_path / "run.json").write_text(content)
    run = Measurement("toy-paper:untouched", "run.json", lambda data: data["cycle"] == 2, "exact")
    judge.RECORDS.measurements["toy-paper:untouched"] = [run]
    found = verdict_of("untouched")
    assert found.verdict == "open" and found.problems


# The ledger as a whole


def test_verify_gives_every_claim_once_and_ordered_restores_the_order(toy: Path) -> None:
    found = list(verify(select()))
    assert sorted(v.id for v in found) == sorted(load_claims())
    assert [v.id for v in ordered(found)] == list(load_claims())
    assert [c["id"] for c in as_json(found, 1.0)["claims"]] == list(load_claims())


def test_several_processes_find_the_same_verdicts() -> None:
    claims = select(["nar-sastry:example-1-*"])
    alone, together = (ordered(verify(claims, jobs=jobs)) for jobs in (1, 2))
    assert [(v.id, v.verdict, v.problems) for v in alone] == [(v.id, v.verdict, v.problems) for v in together]


def test_record_keeps_what_was_not_verified(toy: Path) -> None:
    (toy / "verdicts.json").write_text(json.dumps({"toy-paper:made": "definition"}))
    recorded_verdicts.cache_clear()
    assert record([verdict_of("true")]) == []
    assert json.loads((toy / "verdicts.json").read_text()) == {
        "toy-paper:true": "proved",
        "toy-paper:made": "definition",
    }


@pytest.mark.parametrize("content", ["{", '{"toy-paper:true": "sure"}'], ids=["no JSON", "no verdict"])
def test_a_broken_record_is_one_clear_error(toy: Path, content: str) -> None:
    (toy / "verdicts.json").write_text(content)
    recorded_verdicts.cache_clear()
    with pytest.raises(ValueError, match=r"verdicts\.json"):
        recorded_verdicts()


def test_evidence_for_an_unknown_claim_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    judge.load_evidence()
    monkeypatch.setattr(judge.RECORDS, "remarks", {"nar-sastry:nothing": []})
    with pytest.raises(judge.BrokenEvidence, match="nar-sastry:nothing"):
        judge.load_evidence.__wrapped__()


# Selecting


def test_select_takes_globs_in_the_papers_order() -> None:
    assert [c.id for c in select(["nar-sastry:theorem-2", "nar-sastry:theorem-1"])] == [
        "nar-sastry:theorem-1",
        "nar-sastry:theorem-2",
    ]
    assert select() == list(load_claims().values()) and select(["*"]) == select()


@pytest.mark.parametrize("pattern", ["nar-sastry:Theorem-1", "theorem-1", "nar-sastry", "", "nar-sastry:theorem-1 "])
def test_an_unknown_id_names_its_neighbours_in_one_line(pattern: str) -> None:
    for find in (lambda: select([pattern]), lambda: only(pattern)):
        with pytest.raises(UnknownClaim, match="nearest: |stepverdict list") as caught:
            find()
        assert "\n" not in str(caught.value)


def test_a_doubled_id_is_refused(toy: Path) -> None:
    (toy / "zweite.toml").write_text((toy / "toy-paper.toml").read_text())
    catalog.load_claims.cache_clear()
    with pytest.raises(ValueError, match="zweite.toml: the id toy-paper:true occurs twice"):
        load_claims()
