"""Where a mutant would be equivalent by construction: annotations, imports, text for readers, search budgets, wrong variants of claims."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from typing import Any

Position = tuple[int, int]
Span = tuple[Position, Position]


def inert_spans(source: str, budgets: Collection[str], functions: Collection[str]) -> list[Span]:
    """The spans (line from 1, column from 0) of a module in which nothing is mutated.

    Example:
        >>> inert_spans("SAMPLES = 6\\nx: int | None = 1\\n", ["SAMPLES"], [])
        [((1, 0), (1, 11)), ((2, 3), (2, 13))]
    """
    unread = {*budgets, "__all__", "__slots__"}
    return sorted({span for node in ast.walk(ast.parse(source)) for span in _inert(node, unread, functions)})


def inside(position: Position, spans: list[Span]) -> bool:
    """Whether a position lies in one of the spans."""
    return any(start <= position < end for start, end in spans)


def _span(node: Any) -> Span:
    return (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)


def _inert(node: ast.AST, unread: set[str], functions: Collection[str]) -> Iterator[Span]:
    if isinstance(node, (ast.Import, ast.ImportFrom, ast.Raise, ast.JoinedStr)):
        yield _span(node)
    elif isinstance(node, (ast.FunctionDef, ast.Lambda)):
        yield from _inert_signature(node)
        if isinstance(node, ast.FunctionDef) and node.name in functions:
            yield _span(node)
    elif isinstance(node, ast.AnnAssign):
        yield _span(node.annotation)
    elif isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id in unread for t in node.targets):
        yield _span(node)
    elif isinstance(node, ast.BoolOp) and any(isinstance(v, ast.Constant) and isinstance(v.value, str) for v in node.values):
        yield _span(node)  # because or "algebra"
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "mutant":
        yield _span(node)  # a wrong variant of a claim that is wrong in another way is refuted as well


def _inert_signature(node: ast.FunctionDef | ast.Lambda) -> Iterator[Span]:
    """Annotations, and the lone star (which cosmic-ray takes for a product)."""
    arguments = node.args
    everyone = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    annotations = [a.annotation for a in everyone if a is not None]
    if isinstance(node, ast.FunctionDef):
        annotations.append(node.returns)
    yield from (_span(a) for a in annotations if a is not None)
    if arguments.kwonlyargs and arguments.vararg is None:
        before = [_span(a)[1] for a in (*arguments.posonlyargs, *arguments.args, *arguments.defaults)]
        yield max(before, default=_span(node)[0]), _span(arguments.kwonlyargs[0])[0]
