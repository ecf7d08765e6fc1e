"""Examples 2.3 and 2.4 in dimension 1 to 6: derivatives of the distance by differences, its rays, and its shape."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

STEP = 1e-5  # central differences err by STEP^2 = 1e-10 times third derivatives below 10, and by rounding of 1e-16/1e-5
NEAR = 1e-6
ROUNDING = 1e-12


def norm(theta: np.ndarray) -> float:
    return float(np.linalg.norm(theta))


def place(seed: int, dimension: int) -> tuple[np.ndarray, ...]:
    """A point at a distance between 1 and 3 from the tip, and two directions."""
    dice = np.random.default_rng(seed)
    y, u, z = dice.normal(size=(3, dimension))
    return y / norm(y) * dice.uniform(1, 3), u, z


def differences(function: object, y: np.ndarray) -> np.ndarray:
    """The derivative of a function, by central differences: one column for each coordinate."""
    units = np.eye(y.size)
    return np.stack([(function(y + STEP * e) - function(y - STEP * e)) / (2 * STEP) for e in units], axis=-1)


places = given(st.integers(0, 10**6), st.integers(1, 6), st.sampled_from([1.0, -1.0]))


@pytest.mark.claim("dherin-rosca:example-2-3", "dherin-rosca:example-2-4")
@places
def test_the_derivatives_of_the_distance(seed: int, dimension: int, sign: float) -> None:
    y, u, _ = place(seed, dimension)
    gradient = sign * y / norm(y)
    hessian = sign * (np.eye(dimension) - np.outer(y, y) / (y @ y)) / norm(y)
    assert np.allclose(differences(lambda p: sign * norm(p), y), gradient, atol=NEAR)
    assert np.allclose(differences(lambda p: sign * p / norm(p), y), hessian, atol=NEAR)
    assert np.allclose(hessian @ gradient, 0, atol=ROUNDING)
    rest = sign * (norm(y + u) - norm(y)) - gradient @ u
    assert -ROUNDING <= sign * rest <= u @ u / (2 * norm(y)) + ROUNDING


@pytest.mark.claim("dherin-rosca:example-2-3", "dherin-rosca:example-2-4")
@places
def test_rays_are_solutions(seed: int, dimension: int, sign: float) -> None:
    """By Runge and Kutta: towards the tip until close before it, away from it as long as one looks."""
    y, _, _ = place(seed, dimension)
    time, count = (0.9 if sign > 0 else 5.0) * norm(y), 60
    state, d = y, time / count
    for _ in range(count):
        a = state - d / 2 * sign * state / norm(state)
        state = state - d * sign * a / norm(a)
    assert np.allclose(state, y - time * sign * y / norm(y), atol=1e-9)
    assert abs(norm(state) - (norm(y) - sign * time)) < 1e-9


@pytest.mark.claim("dherin-rosca:example-2-3")
@places
def test_the_cone_is_convex_with_one_minimum_and_no_linear_piece(seed: int, dimension: int, _: float) -> None:
    y, u, z = place(seed, dimension)
    for s in (0, 0.3, 1):
        assert norm((1 - s) * y + s * z) <= (1 - s) * norm(y) + s * norm(z) + ROUNDING
    assert norm(z) > norm(0 * z) == 0
    across = u - (u @ y) / (y @ y) * y
    bent = norm(y + 0.01 * across) + norm(y - 0.01 * across) - 2 * norm(y)
    assert bent > 1e-9 if norm(across) > 0.01 else abs(bent) < 1e-9  # in dimension 1 there is no such direction
