"""The claim files as data: what a claim must carry before anyone proves or refutes it."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CLAIMS = Path(__file__).parent.parent / "theory" / "claims"
FILES = sorted(CLAIMS.glob("*.toml"))
PAPERS = {"dherin-rosca", "mutschler-zell", "nar-sastry", "ni-talnikar", "yedida-saha"}
KINDS = {
    "algorithm",
    "corollary",
    "definition",
    "equation",
    "example",
    "figure",
    "lemma",
    "proposition",
    "prose",
    "remark",
    "table",
    "theorem",
}
REQUIRED = {"id", "kind", "where", "statement"}
OPTIONAL = {"empirical"}
PAPER_FIELDS = {"key", "title", "authors", "year", "venue"}
MATH = re.compile(r"(?<!\\)\$(.*?)(?<!\\)\$", re.DOTALL)

Claim = dict[str, Any]


def load(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def claims_of(path: Path) -> list[Claim]:
    return load(path)["claim"]


def all_ids() -> list[str]:
    return [claim["id"] for path in FILES for claim in claims_of(path)]


def permanent_ids() -> list[str]:
    lines = (CLAIMS / "ids.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def wrong_fields(claim: Claim) -> str | None:
    missing, unknown = REQUIRED - claim.keys(), claim.keys() - REQUIRED - OPTIONAL
    if missing or unknown:
        return f"missing fields {sorted(missing)}, unknown fields {sorted(unknown)}"
    return None


def wrong_id(claim: Claim) -> str | None:
    if not re.fullmatch(r"[a-z]+(-[a-z]+)*:[a-z0-9]+(-[a-z0-9]+)*", claim["id"]):
        return "an id is paper:kind-number, in lower case, digits and single hyphens"
    return None


def wrong_kind(claim: Claim) -> str | None:
    if claim["kind"] not in KINDS:
        return f"kind {claim['kind']!r} is none of {sorted(KINDS)}"
    return None


def empty_text(claim: Claim) -> str | None:
    empty = [field for field in ("where", "statement") if not claim[field].strip()]
    return f"empty: {empty}" if empty else None


def wrong_flag(claim: Claim) -> str | None:
    # False is the default and is never written, so that there is one way to say it.
    if claim.get("empirical", True) is not True:
        return "'empirical' is true or absent"
    return None


def unbalanced_math(claim: Claim) -> str | None:
    text = claim["statement"]
    if len(re.findall(r"(?<!\\)\$", text)) % 2:
        return "an odd number of $"
    for formula in MATH.findall(text):
        bare = re.sub(r"\\[{}|]", "", formula)
        left, right = len(re.findall(r"\\left\b", formula)), len(re.findall(r"\\right\b", formula))
        if not formula.strip() or bare.count("{") != bare.count("}") or left != right:
            return f"unbalanced formula {formula!r}"
    outside = MATH.sub("", text)
    if re.search(r"[\\^_{}<>=]", outside):
        return f"a formula outside of $...$: {outside!r}"
    return None


CHECKS: list[Callable[[Claim], str | None]] = [
    wrong_fields,
    wrong_id,
    wrong_kind,
    empty_text,
    wrong_flag,
    unbalanced_math,
]

GOOD: Claim = {
    "id": "nar-sastry:theorem-1",
    "kind": "theorem",
    "where": "Thm 1",
    "statement": r"If $\left\{x\right\}$ then $\delta\le2$.",
}
DEFECTS: list[tuple[Callable[[Claim], str | None], Claim]] = [
    (wrong_fields, {"verdict": "proved"}),
    (wrong_id, {"id": "nar-sastry:Theorem-1"}),
    (wrong_id, {"id": "nar-sastry theorem-1"}),
    (wrong_id, {"id": "nar-sastry:theorem--1"}),
    (wrong_kind, {"kind": "conjecture"}),
    (empty_text, {"where": ""}),
    (empty_text, {"statement": " \n"}),
    (wrong_flag, {"empirical": False}),
    (unbalanced_math, {"statement": "costs $5"}),
    (unbalanced_math, {"statement": r"$\frac{1}{2$"}),
    (unbalanced_math, {"statement": r"$\left(x)$"}),
    (unbalanced_math, {"statement": r"\delta is small"}),
    (unbalanced_math, {"statement": "x >= 1"}),
    (unbalanced_math, {"statement": "$ $"}),
]


def test_every_paper_has_its_file() -> None:
    assert {path.stem for path in FILES} == PAPERS


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_paper_header(path: Path) -> None:
    paper = load(path)["paper"]
    assert paper.keys() == PAPER_FIELDS
    assert paper["key"] == path.stem
    assert isinstance(paper["year"], int)
    assert all(paper[field].strip() for field in PAPER_FIELDS - {"year"})


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_claims_are_well_formed(path: Path) -> None:
    problems = [f"{claim.get('id')}: {problem}" for claim in claims_of(path) for check in CHECKS if (problem := check(claim))]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_ids_belong_to_their_paper(path: Path) -> None:
    assert [claim["id"] for claim in claims_of(path) if claim["id"].split(":")[0] != path.stem] == []


def test_a_good_claim_passes_every_check() -> None:
    assert [check(GOOD) for check in CHECKS] == [None] * len(CHECKS)


@pytest.mark.parametrize(("check", "defect"), DEFECTS)
def test_each_check_catches_its_defect(check: Callable[[Claim], str | None], defect: Claim) -> None:
    assert check(GOOD | defect) is not None


def test_ids_are_unique() -> None:
    ids = all_ids()
    assert sorted(ids) == sorted(set(ids))


def test_ids_are_permanent() -> None:
    """An id that was ever given stays, and a new one is entered in ids.txt with the claim."""
    known = permanent_ids()
    assert len(known) == len(set(known)), "ids.txt names an id twice"
    assert sorted(set(known) - set(all_ids())) == [], "ids that vanished from the claim files"
    assert sorted(set(all_ids()) - set(known)) == [], "new ids: append them to theory/claims/ids.txt"


def test_every_formula_becomes_mathml() -> None:
    """The docs print formulas as MathML: each must be LaTeX that the converter knows in full."""
    converter = pytest.importorskip("latex2mathml.converter", reason="latex2mathml is not installed (extra: docs)")
    unknown = []
    for path in FILES:
        for claim in claims_of(path):
            for formula in MATH.findall(claim["statement"]):
                leftover = re.findall(r">(\\[A-Za-z]+)<", converter.convert(formula))
                unknown += [f"{claim['id']}: {command} in {formula}" for command in leftover]
    assert not unknown, "\n".join(unknown)
