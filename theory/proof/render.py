"""Statements and points for a reader: as text, as LaTeX, and as plain data."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

from sympy import ImmutableMatrix, Lambda, MatrixBase, Symbol, preorder_traversal, sympify
from sympy.core.function import UndefinedFunction

from theory.proof.logic import Predicate
from theory.proof.printers import chained, formula_latex, formula_text
from theory.proof.statement import Statement


def conditions_text(hypotheses: Iterable[Any]) -> list[str]:
    """Hypotheses as texts, ranges joined."""
    return chained(hypotheses, formula_text, formula_text)


def statement_text(s: Statement) -> str:
    """`hypotheses  =>  conclusion`, in one line."""
    given = ", ".join(conditions_text(s.given))
    return f"{given}  =>  {formula_text(s.then)}" if given else formula_text(s.then)


def statement_latex(s: Statement) -> str:
    r"""`hypotheses \Rightarrow conclusion`, as LaTeX."""
    given = r",\ ".join(map(formula_latex, s.given))
    return rf"{given} \;\Rightarrow\; {formula_latex(s.then)}" if given else formula_latex(s.then)


def statement_data(s: Statement) -> dict[str, Any]:
    """A statement as plain data: given and then as texts, text (one line), latex, and both part by part."""
    return {
        "given": conditions_text(s.given),
        "then": formula_text(s.then),
        "then_parts": [formula_text(part) for part in s.parts],
        "text": statement_text(s),
        "latex": statement_latex(s),
        "latex_given": [formula_latex(h) for h in s.given],
        "latex_then": [formula_latex(part) for part in s.parts],
        "names": predicates(s),
    }


def predicates(s: Statement) -> list[str]:
    """What the named relations of a statement mean: the first paragraph of their docstrings, by name.

    A docstring that starts with an example of use, `Name(a, b)`: ..., explains itself; otherwise the name goes before it.
    """
    heads = {type(p) for b in (*s.given, s.then) for p in preorder_traversal(b) if isinstance(p, Predicate)}
    found = []
    for head in sorted(heads, key=lambda h: h.__name__):
        text = " ".join((inspect.getdoc(head) or "").split("\n\n")[0].replace("`", "").split())
        found.append(text if text.startswith(head.__name__) else f"{head.__name__}: {text}")
    return found


def point_text(point: Iterable[tuple[Any, Any]]) -> dict[str, str]:
    """A point as name -> exact value; a function shows its rule."""
    shown = {}
    for key, value in point:
        if isinstance(key, UndefinedFunction) and isinstance(value, Lambda):
            arguments = ", ".join(map(str, value.variables))
            shown[f"{key}({arguments})"] = formula_text(value.expr)
        else:
            name = formula_text(key) if isinstance(key, Symbol) else str(key)
            matrix = isinstance(value, (list, tuple, MatrixBase))
            shown[name] = formula_text(ImmutableMatrix(value) if matrix else sympify(value))
    return shown


__all__ = [
    "conditions_text",
    "formula_latex",
    "formula_text",
    "point_text",
    "predicates",
    "statement_data",
    "statement_latex",
    "statement_text",
]
