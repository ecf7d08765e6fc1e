"""Is a corridor convex, is a convex loss a corridor? By `is_corridor`, and by midpoints of random segments."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import sqrt, symbols

from theory.corridors import is_corridor

ROUNDING = 1e-12  # norms of points below 10
pytestmark = pytest.mark.claim("dherin-rosca:text-clr-vs-convex")


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_bowl_and_a_cone(size: int) -> None:
    """In dimension 1 to 3."""
    names = symbols(f"x0:{size}", real=True)
    square = sum(x**2 for x in names)
    assert is_corridor(square / 2, names).corridor is False
    assert is_corridor(-sqrt(square), names).corridor is True


def bulge(one: np.ndarray, other: np.ndarray) -> float:
    """How far -|theta| is above its chord at the midpoint."""
    return float(np.linalg.norm(one) + np.linalg.norm(other) - np.linalg.norm(one + other)) / 2


@given(st.floats(0.1, 10), st.floats(0.1, 10), st.booleans())
def test_no_segment_on_one_side_of_the_line_bulges(one: float, other: float, left: bool) -> None:
    """Both ends on one side of 0."""
    side = -1 if left else 1
    assert abs(bulge(np.array([side * one]), np.array([side * other]))) <= ROUNDING


@given(st.integers(2, 5), st.integers(0, 10**6))
def test_segments_bulge_from_two_parameters_on(size: int, seed: int) -> None:
    """Random points are not parallel."""
    one, other = np.random.default_rng(seed).normal(size=(2, size))
    assert bulge(one, other) > ROUNDING
