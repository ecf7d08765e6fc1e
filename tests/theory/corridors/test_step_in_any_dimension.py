"""Corridor steps on random quadratics in dimension 1 to 6, by NumPy, and the worst directions exactly."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.theory.corridors.quadratic_steps import corridor_step

ROUNDING = 1e-8  # a step in float64, relative to the condition numbers up to 1e3 below
pytestmark = pytest.mark.claim("dherin-rosca:text-polyak-def")


@given(st.integers(1, 6), st.integers(0, 10**6))
def test_every_step_comes_nearer_and_the_loss_has_a_bound(size: int, seed: int) -> None:
    """In dimension 1 to 6: |theta|^2 - 3 L^2/|g|^2, and (kappa + 1)^2/(16 kappa) times the loss at most."""
    rng = np.random.default_rng(seed)
    frame, _ = np.linalg.qr(rng.normal(size=(size, size)))
    curvatures = 10 ** rng.uniform(-1, 2, size)
    hessian, point = frame @ np.diag(curvatures) @ frame.T, rng.normal(size=size)
    after, factor = corridor_step(hessian, point)
    gradient = hessian @ point
    loss = point @ gradient / 2
    assert after @ after == pytest.approx(point @ point - 3 * loss**2 / (gradient @ gradient), rel=ROUNDING, abs=ROUNDING)
    number = max(curvatures) / min(curvatures)
    assert factor <= (number + 1) ** 2 / (16 * number) * (1 + ROUNDING)
    assert after @ after <= (1 - 3 * number / (number + 1) ** 2) * (point @ point) * (1 + ROUNDING)


@pytest.mark.parametrize("number", [1, 2, 5, 13, 14, 100])
def test_the_worst_directions(number: int) -> None:
    """Equal parts of the gradient multiply the loss by (kappa + 1)^2/(16 kappa); equal losses take the least off the distance."""

    def step(x: Fraction, y: Fraction) -> tuple[Fraction, Fraction]:
        loss, size = (x**2 + number * y**2) / 2, x**2 + number**2 * y**2
        x_after, y_after = x - loss / size * x, y - loss / size * number * y
        return (x_after**2 + number * y_after**2) / 2 / loss, (x_after**2 + y_after**2) / (x**2 + y**2)

    assert step(Fraction(number), Fraction(1))[0] == Fraction((number + 1) ** 2, 16 * number)
    assert (step(Fraction(number), Fraction(1))[0] > 1) == (number >= 14)
    root = round(number**0.5)
    if root**2 == number:
        assert step(Fraction(root), Fraction(1))[1] == 1 - Fraction(3 * number, (number + 1) ** 2)
