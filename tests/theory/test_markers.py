"""Which tests and demos name a claim, found in their sources."""

from pathlib import Path

import pytest

from theory import markers

TESTS = '''
import pytest
from pytest import mark

pytestmark = pytest.mark.claim("a-b:whole-file")

@pytest.mark.claim("a-b:one", "a-b:two-*")
@pytest.mark.parametrize("n", [1])
def test_both(n): ...

@mark.claim("a-b:in-class")
class TestMore:
    @pytest.mark.claim("a-b:method")
    def test_method(self): ...

@pytest.mark.other("a-b:other")
def test_other():
    """a-b:mentioned is no mark."""
'''
DEMO = '"""Orbits. Shows a-b:one and a-b:two-*; not x:y."""\n\nTEXT = "a-b:in-code"\n'


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "tests" / "deep").mkdir(parents=True)
    (tmp_path / "demos").mkdir()
    (tmp_path / "tests" / "deep" / "test_it.py").write_text(TESTS)
    (tmp_path / "demos" / "orbits_all.py").write_text(DEMO)
    monkeypatch.setattr(markers, "ROOT", tmp_path)
    markers._test_marks.cache_clear()
    markers._demo_marks.cache_clear()
    yield tmp_path
    markers._test_marks.cache_clear()
    markers._demo_marks.cache_clear()


@pytest.mark.parametrize(
    ("claim", "where"),
    [
        ("a-b:one", ["::test_both"]),
        ("a-b:two-3", ["::test_both"]),
        ("a-b:two", []),
        ("a-b:whole-file", [""]),
        ("a-b:in-class", ["::TestMore"]),
        ("a-b:method", ["::test_method"]),
        ("a-b:other", []),
        ("a-b:mentioned", []),
    ],
)
def test_tests_by_their_marks(checkout: Path, claim: str, where: list[str]) -> None:
    assert markers.tests_for(claim) == [f"tests/deep/test_it.py{name}" for name in where]


@pytest.mark.parametrize(("claim", "found"), [("a-b:one", True), ("a-b:two-9", True), ("a-b:in-code", False), ("x:y", False)])
def test_demos_by_their_docstring(checkout: Path, claim: str, found: bool) -> None:
    assert markers.demos_for(claim) == (["demos/orbits_all.py"] if found else [])


def test_an_installed_package_has_neither(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, checkout: Path) -> None:
    monkeypatch.setattr(markers, "ROOT", tmp_path / "nowhere")
    markers._test_marks.cache_clear()
    markers._demo_marks.cache_clear()
    assert markers.tests_for("a-b:one") == [] and markers.demos_for("a-b:one") == []
