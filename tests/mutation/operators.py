"""Mutation operators for a proof kernel, beside those of cosmic-ray: a check deleted, a hypothesis dropped, a notion swapped.

A kernel is broken by what it no longer demands, so these are the mutants that matter most there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import parso
from cosmic_ray.operators.operator import Example, Operator
from parso.python.tree import IfStmt, Name, PythonNode

Span = tuple[tuple[int, int], tuple[int, int]]

SWAPPED = {
    "Ge": "Gt", "Gt": "Ge", "Le": "Lt", "Lt": "Le", "Eq": "Ne", "Ne": "Eq",
    "And": "Or", "Or": "And", "ForAll": "Exists", "Exists": "ForAll",
    "Max": "Min", "Min": "Max", "all": "any", "any": "all", "max": "min", "min": "max",
}  # fmt: skip


def _commas_apart(children: Sequence[Any]) -> list[int]:
    return [i for i, c in enumerate(children) if c != ","]


def _first_leaf_text(node: Any) -> str:
    return str(node.get_first_leaf().value)


class DropCheck(Operator):
    """`if found: raise ...` that never raises."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        if isinstance(node, IfStmt) and _ends_by_raising(node.children[3]):
            yield node.children[1].start_pos, node.children[1].end_pos

    def mutate(self, node: Any, index: int) -> Any:
        node.children[1] = parso.parse(" False")
        return node

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (Example("if x:\n    raise E()\n", "if False:\n    raise E()\n"),)


def _ends_by_raising(suite: Any) -> bool:
    last = suite.children[-1] if suite.type == "suite" else suite
    return _first_leaf_text(last) == "raise"


class DropCall(Operator):
    """A statement that only calls something (a check, an `append`) as `pass`."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        alone = node.parent is not None and node.parent.type == "simple_stmt" and node.type == "atom_expr"
        if alone and node.children[-1].type == "trailer" and node.children[-1].children[0] == "(":
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        return parso.parse(node.get_first_leaf().prefix + "pass")

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (Example("check(x)\n", "pass\n"),)


class DropOperand(Operator):
    """`a or b or c` with one operand less; likewise `and`."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        if node.type in ("or_test", "and_test"):
            for operand in node.children[::2]:
                yield operand.start_pos, operand.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        return _without(node, 2 * index, node.type)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (Example("a or b", " b"), Example("a or b", "a", occurrence=1))


def _without(node: Any, position: int, kind: str) -> Any:
    """The node without one child and the separator beside it."""
    separator = position + 1 if position == 0 else position - 1
    kept = [c for i, c in enumerate(node.children) if i not in (position, separator)]
    return PythonNode(kind, kept)


class DropElement(Operator):
    """A tuple of hypotheses with one element less."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        if _is_tuple(node) and not _is_class_list(node):
            for i in _commas_apart(node.children):
                yield node.children[i].start_pos, node.children[i].end_pos

    def mutate(self, node: Any, index: int) -> Any:
        elements = [node.children[i].get_code().strip() for j, i in enumerate(_commas_apart(node.children)) if j != index]
        return parso.parse(", ".join(elements) + ",").children[0]

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (Example("x = (a, *b)", "x = (*b,)"), Example("x = (a, *b)", "x = (a,)", occurrence=1))


def _is_tuple(node: Any) -> bool:
    listed = node.type == "testlist_comp" and "," in node.children and node.parent.children[0] == "("
    return listed and len(_commas_apart(node.children)) > 1


def _is_class_list(node: Any) -> bool:
    """The classes of `isinstance(x, (A, B))` and of `except (A, B)`."""
    above = node.parent.parent
    return above.type == "except_clause" or (above.type == "arglist" and _first_leaf_text(above.parent.parent) == "isinstance")


class SwapName(Operator):
    """`Ge` for `Gt`, `Exists` for `ForAll`, `any` for `all`, where they are called."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        after = node.get_next_leaf() if isinstance(node, Name) and node.value in SWAPPED else None
        if after is not None and after.value == "(":
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        node.value = SWAPPED[node.value]
        return node

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (Example("all(x)", "any(x)"),)


class Provider:
    """The operators of this file, as cosmic-ray asks for them."""

    OPERATORS = {o.__name__: o for o in (DropCheck, DropCall, DropOperand, DropElement, SwapName)}

    def __iter__(self) -> Iterator[str]:
        return iter(self.OPERATORS)

    def __getitem__(self, name: str) -> type[Operator]:
        return self.OPERATORS[name]
