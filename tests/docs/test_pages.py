"""What the site is made of: the gallery, the links between demos and claims, and formulas that a browser shows by itself.

`make docs` builds every page, with warnings as errors; here stands what a warning would not tell.
"""

import importlib
import json
import re
from pathlib import Path

import pytest

from theory.catalog import load_claims

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted(p for p in (ROOT / "demos").glob("*_*.py") if not p.name.startswith("_"))
FORMULA = re.compile(r"\$([^$]+)\$")


@pytest.fixture
def extension(monkeypatch: pytest.MonkeyPatch):
    """A module of docs/_ext, by its name."""
    pytest.importorskip("sphinx", reason="Sphinx, of the extra `docs`, is not installed")
    monkeypatch.syspath_prepend(str(ROOT / "docs" / "_ext"))
    return importlib.import_module


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_the_gallery_shows_each_demo_with_figure_numbers_and_links(extension, script):
    lines = extension("claim_pages").demo(script)
    text = "\n".join(lines)
    assert lines[0] == f"## {script.stem.replace('_', ' ').capitalize()}" and f"$ python demos/{script.name} --quick" in text
    links = re.findall(r"\]\(([^)]+)\)|```\{image\} (\S+)", text)
    named = ["".join(pair) for pair in links]
    files = [name for name in named if name.startswith("../gallery/")]
    assert {Path(name).suffix for name in files} == {".png", ".json"}
    assert all((ROOT / "docs" / "ledger" / name).resolve().is_file() for name in files)
    assert {name.removesuffix(".md").replace("/", ":") for name in named if name.endswith(".md")} <= set(load_claims())
    assert sum(name.endswith(".md") for name in named) >= 3


def test_a_claims_page_leads_to_the_figure_of_its_demo(extension):
    pages = extension("claim_pages")
    where = pages.place({"kind": "demo", "where": "demos/step_bounds_orbits.py"})
    assert where == "[`demos/step_bounds_orbits.py`](../gallery.md#step-bounds-orbits)"
    assert pages.place({"kind": "test", "where": "tests/x.py::test_y"}) == "`tests/x.py::test_y`"


def test_what_is_no_claim_is_no_link(extension):
    pages = extension("claim_pages")
    assert pages.linked("see nar-sastry:theorem-1, x-y:z") == "see [nar-sastry:theorem-1](nar-sastry/theorem-1.md), x-y:z"


def test_every_formula_of_the_claims_becomes_mathml(extension):
    to_mathml = extension("mathml").to_mathml
    formulas = {f for claim in load_claims().values() for f in FORMULA.findall(claim.statement)}
    assert len(formulas) > 300
    for formula in formulas:
        found = to_mathml(formula, "inline")
        assert found.startswith("<math") and "src=" not in found and "\\" not in re.sub(r"<annotation.*?</annotation>", "", found)


@pytest.mark.parametrize(("latex", "said"), [(r"\nosuchcommand x", "does not know a command of"), ("x^{2}^{2}", "cannot read x")])
def test_a_formula_that_cannot_be_shown_is_an_error_that_names_it(extension, latex, said):
    from sphinx.errors import ExtensionError

    with pytest.raises(ExtensionError, match=said):
        extension("mathml").to_mathml(latex, "inline")


def test_the_readmes_figure_is_the_gallerys():
    """The figure above the fold was made by a full run of the demo beside it."""
    assert "docs/gallery/step_bounds_orbits.png" in (ROOT / "README.md").read_text()
    assert json.loads((ROOT / "docs/gallery/step_bounds_orbits.json").read_text())["quick"] is False
