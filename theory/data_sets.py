"""Samples and labels as a user hands them in, as exact rationals: a float is the binary fraction that it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from flint import fmpq
from sympy import Expr, MatrixBase

from theory.values import exact_number, shown

Row = list[fmpq]


def rational(value: Any, name: str) -> fmpq:
    """The exact rational that an int, a Fraction, a SymPy rational or a finite float is.

    Raises:
        TypeError: for anything else.
        ValueError: for NaN and infinity, and for an irrational number.

    Example:
        >>> rational(0.5, "x")
        1/2
    """
    if isinstance(value, float | np.floating):
        if not np.isfinite(value):
            raise ValueError(f"{name} is {value}: expected a finite number")
        return fmpq(*float(value).as_integer_ratio())
    number: Expr = exact_number(int(value) if isinstance(value, np.integer) else value, name)
    if not number.is_Rational:
        raise ValueError(f"{name} is {number}: expected a rational number")
    return fmpq(int(number.p), int(number.q))


def samples(X: Any, name: str = "X") -> list[Row]:
    """The m rows of a data set, n numbers each, as exact rationals.

    Raises:
        TypeError: an entry is neither an exact number nor a float.
        ValueError: no row, no column, rows of different lengths, NaN or infinity.

    Example:
        >>> samples([[1, 0.5], [0, 2]])
        [[1, 1/2], [0, 2]]
    """
    rows = X.tolist() if isinstance(X, MatrixBase | np.ndarray) else X
    if not isinstance(rows, Sequence) or not rows or any(not isinstance(r, Sequence) or isinstance(r, str) for r in rows):
        raise ValueError(f"{name} is {shown(X)}: expected m >= 1 rows of n >= 1 numbers")
    sizes = {len(r) for r in rows}
    if sizes == {0} or len(sizes) > 1:
        raise ValueError(f"the rows of {name} hold {sorted(sizes)} numbers: expected the same number, at least one, in each")
    return [[rational(value, f"{name}[{i}][{j}]") for j, value in enumerate(row)] for i, row in enumerate(rows)]


def numbers(y: Any, count: int, name: str = "y") -> Row:
    """One target a sample, as exact rationals; a column of them is taken as a list.

    Raises:
        TypeError: an entry is neither an exact number nor a float.
        ValueError: another length, NaN or infinity.
    """
    values = y.ravel().tolist() if isinstance(y, np.ndarray) else list(y)
    if len(values) != count:
        raise ValueError(f"{name} holds {len(values)} numbers: expected {count}, one a sample")
    return [rational(value, f"{name}[{i}]") for i, value in enumerate(values)]


def labels(y: Any, count: int, classes: int, name: str = "y") -> list[int]:
    """One label a sample, each among 0, ..., classes - 1.

    Raises:
        TypeError: an entry is no number.
        ValueError: another length, or a value that is no label.
    """
    found = numbers(y, count, name)
    for i, value in enumerate(found):
        if value.denominator != 1 or not 0 <= value < classes:
            raise ValueError(f"{name}[{i}] is {value}: expected a label, one of 0, ..., {classes - 1}")
    return [int(value) for value in found]


def rounded_rows(rows: list[Row]) -> np.ndarray:
    """The rows in float64, each number correctly rounded."""
    return np.array([[int(value.numerator) / int(value.denominator) for value in row] for row in rows])


def power_of_two(values: Iterable[fmpq]) -> fmpq:
    """A power of two within a factor of 2 of the largest of some numbers, in size; 1 if all are 0.

    Example:
        >>> power_of_two([fmpq(1, 3), fmpq(-5)])
        4
    """
    most = max((abs(value) for value in values), default=fmpq(0))
    bits = int(most.numerator).bit_length() - int(most.denominator).bit_length() if most != 0 else 0
    return fmpq(1 << bits) if bits >= 0 else fmpq(1, 1 << -bits)


__all__ = ["Row", "labels", "numbers", "power_of_two", "rational", "rounded_rows", "samples"]
