"""Quadratic losses, all small integer ones: where A (A x + b) is 0, and what the loss is there."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

GRID = list(product(range(-2, 3), repeat=2))
HESSIANS = [np.array([[a, b], [b, c]]) for a, b, c in product(range(-2, 3), repeat=3)]
LINEAR = [np.array(p) for p in product(range(-2, 3), repeat=2)]


def loss(matrix: np.ndarray, linear: np.ndarray, x: np.ndarray) -> float:
    """x' A x/2 + b' x."""
    return float(x @ matrix @ x / 2 + linear @ x)


@pytest.mark.claim("dherin-rosca:equation-22", "dherin-rosca:appendix-c-conclusion")
@pytest.mark.parametrize("matrix", HESSIANS, ids=str)
def test_every_small_quadratic(matrix: np.ndarray) -> None:
    """On the integer points of its corridor the loss differs by <b, x - y>; a corner of a square in it, and A is 0."""
    for linear in LINEAR:
        inside = [np.array(x) for x in GRID if not (matrix @ (matrix @ np.array(x) + linear)).any()]
        for x, y in product(inside, repeat=2):
            assert loss(matrix, linear, x) - loss(matrix, linear, y) == linear @ (x - y)
        points = {tuple(x) for x in inside}
        corner = any({(p, q), (p + 1, q), (p, q + 1)} <= points for p, q in GRID)
        assert corner == (not matrix.any())


@pytest.mark.claim("dherin-rosca:equation-21", "dherin-rosca:equation-22")
@given(st.integers(1, 5), st.integers(0, 5), st.integers(0, 10**6))
def test_along_eigenvectors(size: int, nullity: int, seed: int) -> None:
    """Points of the flat A (A x + b) = 0 in any dimension, found by a pseudo-inverse; eigenvectors by LAPACK."""
    rng = np.random.default_rng(seed)
    basis, _ = np.linalg.qr(rng.normal(size=(size, size)))
    values = rng.uniform(0.5, 2, size) * rng.choice([-1, 1], size)
    values[:nullity] = 0
    matrix, linear = basis @ np.diag(values) @ basis.T, rng.normal(size=size)
    x = -np.linalg.pinv(matrix, rcond=1e-9) @ linear + basis[:, :nullity] @ rng.normal(size=min(nullity, size))
    assert matrix @ (matrix @ x + linear) == pytest.approx(np.zeros(size), abs=1e-9)
    eigenvalues, vectors = np.linalg.eigh(matrix)
    for value, vector in zip(eigenvalues, vectors.T, strict=True):
        any_point = rng.normal(size=size)
        expected = value * (value * vector @ any_point + vector @ linear)
        assert vector @ matrix @ (matrix @ any_point + linear) == pytest.approx(expected, abs=1e-9)
        if abs(value) > 0.1:
            assert vector @ x == pytest.approx(-vector @ linear / value, abs=1e-9)


@pytest.mark.claim("dherin-rosca:appendix-c-setup")
@given(st.integers(1, 5), st.integers(0, 10**6))
def test_gradient_and_hessian_by_differences(size: int, seed: int) -> None:
    """Central differences, which are exact for quadratics up to rounding; and the corridor criterion along one step."""
    rng = np.random.default_rng(seed)
    root, linear, x, direction = rng.normal(size=(size, size)), *rng.normal(size=(3, size))
    matrix = root + root.T
    gradient = matrix @ x + linear
    slope = (loss(matrix, linear, x + direction) - loss(matrix, linear, x - direction)) / 2
    bend = loss(matrix, linear, x + direction) + loss(matrix, linear, x - direction) - 2 * loss(matrix, linear, x)
    assert slope == pytest.approx(gradient @ direction, abs=1e-9)
    assert bend == pytest.approx(direction @ matrix @ direction, abs=1e-9)
    ahead = matrix @ (x - 0.5 * gradient) + linear
    assert ahead - gradient == pytest.approx(-0.5 * matrix @ gradient, abs=1e-9)
