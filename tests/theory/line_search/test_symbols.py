"""The symbols of the paper: one name, one thing."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

from sympy import Basic
from sympy.core.function import UndefinedFunction

from theory.line_search import symbols


def test_no_name_is_defined_twice() -> None:
    tree = ast.parse(Path(symbols.__file__).read_text(encoding="utf-8"))
    names: Counter[str] = Counter()
    for node in tree.body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                names.update(e.id for e in ast.walk(target) if isinstance(e, ast.Name))
    assert len(names) > 10
    assert [name for name, times in names.items() if times > 1] == []


def test_no_two_symbols_print_alike() -> None:
    shown = Counter(str(value) for name, value in vars(symbols).items() if not name.startswith("_") and is_symbol(value))
    assert len(shown) > 10
    assert [name for name, times in shown.items() if times > 1] == []


def is_symbol(value: object) -> bool:
    """A symbol or an undefined function; no class or function that the module imports."""
    return isinstance(value, Basic | UndefinedFunction)
