"""Where a mutant would be equivalent by construction: annotations, imports, text for readers, search budgets."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

Position = tuple[int, int]
Span = tuple[Position, Position]


def inert_spans(source: str, budgets: Collection[str], functions: Collection[str]) -> list[Span]:
    """The spans (line from 1, column from 0) of a module in which nothing is mutated.

    Example:
        >>> inert_spans("SAMPLES = 6\\nx: int | None = 1\\n", ["SAMPLES"], [])
        [((1, 0), (1, 11)), ((2, 3), (2, 13))]
    """
    return sorted({_span(n) for n in _inert(ast.parse(source), budgets, functions)})


def inside(position: Position, spans: list[Span]) -> bool:
    """Whether a position lies in one of the spans."""
    return any(start <= position < end for start, end in spans)


def _span(node: ast.AST) -> Span:
    return (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]


def _inert(tree: ast.AST, budgets: Collection[str], functions: Collection[str]) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom, ast.Raise, ast.JoinedStr)):
            yield node
        elif isinstance(node, (ast.FunctionDef, ast.Lambda)):
            if isinstance(node, ast.FunctionDef) and node.name in functions:
                yield node
            arguments = node.args
            everyone = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
            yield from (a.annotation for a in everyone if a is not None and a.annotation is not None)
            if isinstance(node, ast.FunctionDef) and node.returns is not None:
                yield node.returns
        elif isinstance(node, ast.AnnAssign):
            yield node.annotation
        elif isinstance(node, ast.Assign) and any(
            isinstance(t, ast.Name) and t.id in (*budgets, "__all__", "__slots__") for t in node.targets
        ):
            yield node
        elif isinstance(node, ast.BoolOp) and any(isinstance(v, ast.Constant) and isinstance(v.value, str) for v in node.values):
            yield node
