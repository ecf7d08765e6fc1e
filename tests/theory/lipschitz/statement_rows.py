"""One row a statement: how to draw a point where its hypotheses hold, and the numbers that its conclusion relates there."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
import pytest
from mpmath import mpf

from tests.theory.lipschitz.statement_values import DIGITS, relations, same_relations, size, true
from theory.proof import Statement, Velocity

INSTANCES = 6
HAIR = mpf(1) / 1000
Point = dict[Any, Any]


def drawn(dice: random.Random, rows: int, columns: int = 1) -> Any:
    """A matrix of quarters."""
    return np.array([[mpf(dice.randint(-9, 9)) / 4 for _ in range(columns)] for _ in range(rows)], dtype=object)


def product(one: Any, other: Any) -> Any:
    return sum(map(lambda p, q: p * q, one.flat, other.flat))


@dataclass(frozen=True)
class Listed:
    """A function of the integers from `first` on, value by value."""

    values: list[Any]
    first: int = 1

    def __call__(self, index: Any) -> Any:
        """The value at an index of the list."""
        assert self.first <= index < self.first + len(self.values)
        return self.values[int(index) - self.first]

    def moved(self) -> Iterator[Listed]:
        """With one value, or one entry of it, off by a hair."""
        for place, old in enumerate(self.values):
            yield from (Listed([*self.values[:place], new, *self.values[place + 1 :]], self.first) for new in off(old))


def off(old: Any) -> Iterator[Any]:
    """A hair more or less: of a number, of each entry of a matrix, and of all of it at once."""
    if not isinstance(old, np.ndarray):
        yield from (old + side * HAIR for side in (1, -1))
        return
    yield from (old * (1 + side * HAIR) for side in (1, -1) if size(old) > 0)
    yield from (old + side * HAIR * unit(place, old.shape) for side in (1, -1) for place in np.ndindex(old.shape))


def unit(place: tuple[int, ...], shape: tuple[int, ...]) -> Any:
    """1 at one place, and 0 elsewhere."""
    matrix = np.full(shape, mpf(0), dtype=object)
    matrix[place] = mpf(1)
    return matrix


PROVED = ("equation-7-diff", "ls-diff", "ls-transpose", "text-ls-factor", "equation-12")


@dataclass(frozen=True)
class Row:
    """A statement, how to draw a point where its hypotheses hold, and what its conclusion relates there.

    Where one of the `bounds` is a hair larger the hypotheses still hold. Some hypothesis fails where it is a hair smaller, or negative;
    where one of the `fixed` letters, or one of its entries, is a hair larger or smaller; and at each of the `spoils`.
    """

    claim: str
    statement: Statement
    draw: Callable[[random.Random], Point]
    related: Callable[[Point], list[Any]]
    bounds: tuple[Any, ...] = ()
    fixed: tuple[Any, ...] = ()
    spoils: Callable[[Point], list[Point]] = lambda _: []

    @property
    def proved(self) -> bool:
        """Whether the conclusion is true wherever the hypotheses are: it is amended, or of one form only."""
        return self.statement.amends is not None or self.claim in PROVED


def check(entry: Row) -> None:
    """At every instance: the hypotheses hold, the conclusion relates those numbers, and it is true where it is proved."""
    statement = entry.statement
    assert statement.source == f"yedida-saha:{entry.claim}"
    with mpmath.workdps(DIGITS):
        for seed in range(INSTANCES):
            point = entry.draw(random.Random(seed))
            assert all(true(hypothesis, point) for hypothesis in statement.given), [h for h in statement.given if not true(h, point)]
            assert same_relations(relations(statement, point), entry.related(point))
            assert not entry.proved or true(statement.then, point)
            assert all(true(part, point) for part in statement.then.atoms(Velocity))
            for bound in entry.bounds:
                assert all(true(hypothesis, {**point, bound: point[bound] + HAIR}) for hypothesis in statement.given), bound
            for spoiled in (*entry.spoils(point), *nearby(entry, point)):
                assert not all(true(hypothesis, {**point, **spoiled}) for hypothesis in statement.given), spoiled


def nearby(entry: Row, at: Point) -> Iterator[Point]:
    """Points at which a bound or a letter is off by a hair."""
    for bound in entry.bounds:
        if at[bound] != 0:
            yield from ({bound: at[bound] * factor} for factor in (1 - HAIR, mpf(-1)))
    for letter in entry.fixed:
        old = at[letter]
        yield from ({letter: new} for new in (old.moved() if isinstance(old, Listed) else off(old)))


def parameters(rows: list[Row]) -> list[Any]:
    """For pytest, marked with their claims."""
    return [pytest.param(r, marks=pytest.mark.claim(f"yedida-saha:{r.claim}"), id=f"{r.claim}-{n}") for n, r in enumerate(rows)]
