"""Example 2.7: bowls and other quadratics, against the exact flow by eigenvectors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Matrix, Rational, symbols

from tests.theory.corridors.random_corridors import NEAR, Region, flow
from theory.corridors import hessian_gradient, is_corridor

x, y, z = symbols("x y z", real=True)


@pytest.mark.claim("dherin-rosca:example-2-7")
@given(st.integers(0, 10**6), st.integers(1, 5), st.floats(0.1, 1))
def test_flow_in_a_bowl_slows_down(seed: int, dimension: int, time: float) -> None:
    start = np.random.default_rng(seed).normal(size=dimension)
    bowl = Region(lambda theta: theta @ theta / 2, lambda theta: theta, start, np.inf)
    there = flow(bowl, start, time)
    assert np.allclose(there, np.exp(-time) * start, atol=NEAR)
    assert np.linalg.norm(there - (start - time * start)) > time**2 / 3 * np.linalg.norm(start)  # e^-t - 1 + t >= t^2/2 - t^3/6


@pytest.mark.claim("dherin-rosca:example-2-7")
@given(st.lists(st.integers(-3, 3), min_size=6, max_size=6), st.lists(st.integers(-3, 3), min_size=3, max_size=3))
def test_quadratics_are_corridors_only_where_they_are_affine(entries: list[int], linear: list[int]) -> None:
    a, b, c, d, e, f = entries
    hessian, theta = Matrix([[a, b, c], [b, d, e], [c, e, f]]), Matrix([x, y, z])
    loss = (theta.T * hessian * theta)[0] * Rational(1, 2) + (Matrix(linear).T * theta)[0]
    assert is_corridor(loss, [x, y, z]).corridor is hessian.is_zero_matrix
    expected = hessian * (hessian * theta + Matrix(linear))
    assert (Matrix(hessian_gradient(loss, [x, y, z])) - expected).expand().is_zero_matrix
