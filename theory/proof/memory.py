"""Values of pure functions, kept for the very objects they were computed of.

Proofs put the same values into the same formulas again and again. What is kept here is found by identity, never by equality: SymPy calls
two functions equal that have one name and different rules, and the value of one must not become that of the other.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from sympy import Basic

V = TypeVar("V")
MANY = 50_000  # values; then all are forgotten, and with them the objects that kept their identities from being used anew


def remembered(function: Callable[..., V]) -> Callable[..., V]:
    """A pure function whose value for the same (not merely equal) immutable objects is computed once.

    An argument that could change is not remembered. What raises is computed, and raises, each time.

    Example:
        >>> from sympy import symbols
        >>> x = symbols("x", real=True)
        >>> negated = remembered(lambda e: -e)
        >>> negated(x + 1) is negated(x + 1)
        True
    """
    known: dict[tuple[int, ...], tuple[tuple[Any, ...], V]] = {}

    @functools.wraps(function)
    def again(*args: Any) -> V:
        key = tuple(map(id, args))
        found = known.get(key)
        if found is not None:  # its objects live, so their identities are theirs
            return found[1]
        value = function(*args)
        if all(isinstance(a, (Basic, type)) for a in args):
            if len(known) >= MANY:
                known.clear()
            known[key] = (args, value)
        return value

    return again


text = remembered(str)  # sorting formulas by their texts prints them again and again

__all__ = ["remembered", "text"]
