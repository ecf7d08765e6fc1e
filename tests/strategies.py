"""Hypothesis strategies shared by the tests: exact numbers biased to the corners, and chains of layers."""

from __future__ import annotations

from fractions import Fraction

import sympy as sp
from hypothesis import strategies as st

CORNERS = [Fraction(1), Fraction(1, 2), Fraction(2), Fraction(1, 16), Fraction(4), Fraction(1, 1000), Fraction(1000)]


def positive_rationals(largest: int = 1000) -> st.SearchStrategy[Fraction]:
    """Rationals in [1/largest, largest]: 1, powers of two and extremes often."""
    anything = st.fractions(min_value=Fraction(1, largest), max_value=largest, max_denominator=largest)
    return st.sampled_from([c for c in CORNERS if Fraction(1, largest) <= c <= largest]) | anything


def depths(least: int = 1, most: int = 8) -> st.SearchStrategy[int]:
    """Numbers of layers."""
    return st.integers(least, most)


@st.composite
def chains(draw: st.DrawFn, *, widest: int = 2, deepest: int = 3, entry: int = 3) -> list[sp.Matrix]:
    """Exact layers [W_1, ..., W_L] with small integer entries, zeros and equal rows too, and a non-zero product."""
    widths = draw(st.lists(st.integers(1, widest), min_size=2, max_size=deepest + 1))
    integers = st.integers(-entry, entry)

    def layer(rows: int, columns: int) -> sp.Matrix:
        size = rows * columns
        return sp.Matrix(rows, columns, draw(st.lists(integers, min_size=size, max_size=size).filter(any)))

    layers = [layer(rows, columns) for columns, rows in zip(widths, widths[1:], strict=False)]
    product = sp.eye(widths[0])
    for w in layers:
        product = w * product
    # a zero product is no solution of a non-zero target
    return layers if any(product) else [sp.eye(widths[0]) for _ in layers]
