"""A toy paper with one claim of each verdict, so that the ledger and the command are tested on known answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sympy import Rational, Symbol

from theory import catalog, evidence, judge, ledger
from theory.evidence import Tight, at, implemented_at, informal, mutant, proves, refutes, undecided
from theory.proof import Refutation, Statement, Theorem, counterexample, follows

x = Symbol("x", real=True)
TOML = """
[paper]
key = "toy-paper"
title = "Toys & [brackets]"
authors = "A. Author"
year = 2020
venue = "Nowhere"
"""
KINDS = {
    "true": "theorem",
    "false": "equation",
    "mended": "theorem",
    "made": "definition",
    "said": "prose",
    "unknown": "prose",
    "untouched": "prose",
}
EXPECTED = dict(zip(KINDS, ("proved", "refuted", "amended", "definition", "informal", "open", "open"), strict=True))

TRUE = Statement((x > 1,), x**2 > x, source="toy-paper:true")
FALSE = Statement((x > 0,), x**2 > x, source="toy-paper:false")
PRINTED = Statement((x >= 0,), x**2 > 0, source="toy-paper:mended")
MENDED = PRINTED.amend(given=(x > 0,), why="zero is left out")
WRONG = [
    mutant(TRUE.drop(x > 1), {x: Rational(1, 2)}, "[no] hypothesis"),
    mutant(TRUE.swap_relation(), {x: 2}, "< for >"),
]


def prove_square_is_larger() -> Theorem:
    """Multiply x > 1 by x."""
    return follows(TRUE.then, *TRUE.given, because="x times [x > 1]")


def refute_at_a_half() -> Refutation:
    return counterexample(FALSE, {x: Rational(1, 2)})


def fill() -> None:
    """Register the toy evidence."""
    tight = Tight(None, "nobody looked")
    proves(TRUE, witness=at({x: 2}), mutants=WRONG, tight=tight)(prove_square_is_larger)
    refutes(FALSE, mutants=WRONG, why="small numbers shrink")(refute_at_a_half)
    refutes(PRINTED, why="0 is not positive")(lambda: counterexample(PRINTED, {x: 0}))
    proves(MENDED, witness=at({x: 1}), mutants=WRONG)(lambda: follows(MENDED.then, *MENDED.given))
    implemented_at("toy-paper:made", "somewhere.py::thing")
    informal("toy-paper:said", "an opinion")
    undecided("toy-paper:unknown", "tried small numbers; a bound is missing")


def clear_caches() -> None:
    catalog.load_claims.cache_clear()
    catalog.recorded_verdicts.cache_clear()


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The ledger of the toy paper alone, its verdicts recorded; gives the folder of its claims."""
    folder = tmp_path / "claims"
    folder.mkdir()
    rows = [
        f'[[claim]]\nid = "toy-paper:{i}"\nkind = "{k}"\nwhere = "Sec. {i}"\nstatement = \'Says $x^2>x$ [{i}].\'\n'
        for i, k in KINDS.items()
    ]
    (folder / "toy-paper.toml").write_text(TOML + "\n".join(rows))
    (folder / "verdicts.json").write_text(json.dumps({f"toy-paper:{i}": v for i, v in EXPECTED.items()}))
    records = evidence.Records()
    monkeypatch.setattr(catalog, "CLAIMS", folder)
    for module in (evidence, judge):
        monkeypatch.setattr(module, "RECORDS", records)
    for module in (judge, ledger):
        monkeypatch.setattr(module, "load_evidence", lambda: None)
    clear_caches()
    fill()
    yield folder
    clear_caches()
