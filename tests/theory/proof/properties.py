"""Each textbook fact has a property of its own, registered here under the fact's name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import settings

from theory.proof import FACTS, Statement, witness

PROPERTIES: dict[str, Callable[[], None]] = {}


def holds_for(name: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Register a property under the fact's name."""

    def register(test: Callable[[], None]) -> Callable[[], None]:
        PROPERTIES[name] = settings(max_examples=25, deadline=None, derandomize=True)(test)
        return test

    return register


def true_at(name: str, terms: tuple[Any, ...], point: dict[Any, Any]) -> None:
    """The fact's hypotheses and its conclusion hold at the point, in exact arithmetic."""
    hypotheses, conclusion = FACTS[name].instance(*terms)
    witness(Statement(hypotheses, conclusion), point)
