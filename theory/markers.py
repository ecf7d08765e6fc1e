"""Which tests and demos name a claim: found by reading their sources, in a checkout; an installed package has none beside it."""

from __future__ import annotations

import ast
import fnmatch
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
ID = re.compile(r"\b[a-z]+-[a-z]+:[a-z0-9-]+(?:\*)?")


@cache
def _test_marks() -> tuple[tuple[str, str], ...]:
    """(pattern of ids, `path::function`) for every `@pytest.mark.claim("...")` under tests/."""
    found = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in _statements(path):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                found += [(i, f"{path.relative_to(ROOT)}::{node.name}") for d in node.decorator_list for i in _ids(d)]
            elif isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "pytestmark" for t in node.targets):
                found += [(i, str(path.relative_to(ROOT))) for i in _ids(node.value)]
    return tuple(found)


def _statements(path: Path) -> Iterator[ast.stmt]:
    """The statements of a module and of its classes: pytest looks for tests nowhere deeper."""
    text = path.read_text(encoding="utf-8")
    waiting: list[ast.stmt] = ast.parse(text).body if ".claim(" in text else []
    while waiting:
        node = waiting.pop(0)
        yield node
        if isinstance(node, ast.ClassDef):
            waiting += node.body


def _ids(node: ast.AST) -> list[str]:
    """The string arguments of every `...mark.claim(...)` call below `node`."""
    calls = (n for n in ast.walk(node) if isinstance(n, ast.Call))
    marks = (c for c in calls if isinstance(c.func, ast.Attribute) and c.func.attr == "claim")
    return [a.value for c in marks for a in c.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]


@cache
def _demo_marks() -> tuple[tuple[str, str], ...]:
    """(pattern of ids, path) for every claim id in the docstring of a demo."""
    found = []
    for path in sorted((ROOT / "demos").glob("*.py")):
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        found += [(i, str(path.relative_to(ROOT))) for i in ID.findall(text)]
    return tuple(found)


def tests_for(claim: str) -> list[str]:
    """The tests whose marker names the claim (or a glob that covers it)."""
    return sorted({where for pattern, where in _test_marks() if fnmatch.fnmatchcase(claim, pattern)})


def demos_for(claim: str) -> list[str]:
    """The demos whose docstring names the claim."""
    return sorted({where for pattern, where in _demo_marks() if fnmatch.fnmatchcase(claim, pattern)})
