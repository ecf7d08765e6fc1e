"""Momentum's modified equation: its coefficient by iterates and flows of random quadratics, and that it drops out in corridors."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Rational

from tests.theory.corridors.random_corridors import NEAR, Region, corridors, product
from theory.corridors.momentum_regulariser import regulariser_coefficient
from theory.corridors.steps import momentum_iterates

decays = st.fractions(0, Fraction(4, 5), max_denominator=10)


@pytest.mark.claim("dherin-rosca:text-momentum-ir")
@given(decays, st.integers(1, 5), st.integers(1, 4), st.integers(0, 10**6))
def test_the_coefficient_to_second_order(decay: Fraction, step: int, size: int, seed: int) -> None:
    """The step and the flow of theta' = -c A theta - h gamma A^2 theta, which is known exactly, differ by O(h^3)."""
    dice = np.random.default_rng(seed)
    root = dice.normal(size=(size, size))
    values, frame = np.linalg.eigh(root + root.T)
    start, beta = dice.normal(size=size), float(decay)
    gamma = float(regulariser_coefficient(Rational(decay), step))
    speed = (1 - beta**step) / (1 - beta)

    def gap(h: float, shift: float = 0.0) -> float:
        path = momentum_iterates(lambda y: frame @ (values * (frame.T @ y)), start, beta, h, step)
        before, after = path[step - 1][0], path[step][0]
        rate = speed * values + h * (gamma + shift) * values**2
        return float(np.linalg.norm(after - frame @ (np.exp(-h * rate) * (frame.T @ before))))

    small = 1e-3 / np.abs(values).max()  # so that the next order is below a hundredth of this one, as speed stays below 5
    assert gap(small) <= 200 * small**3 * np.abs(values).max() ** 3 * np.linalg.norm(start)
    assert gap(small, shift=1.0) >= 0.3 * small**2 * np.linalg.norm(values**2 * (frame.T @ start))


@pytest.mark.claim("dherin-rosca:text-momentum-ir")
@given(decays)
def test_the_coefficient_of_late_steps(decay: Fraction) -> None:
    late = (1 + decay) / (2 * (1 - decay) ** 3)
    assert float(regulariser_coefficient(Rational(decay), 200)) == pytest.approx(float(late), rel=1e-6)
    assert regulariser_coefficient(Rational(decay), 1) == Rational(1, 2)


@pytest.mark.claim("dherin-rosca:text-momentum-ir")
@given(corridors, decays, st.integers(1, 5), st.floats(0.1, 0.9))
def test_it_drops_out_in_corridors(region: Region, decay: Fraction, count: int, share: float) -> None:
    """H g = 0 along the segments of the steps, so the equation of step k without its regulariser leads where the step does."""
    beta = float(decay)
    h = share * region.lasts * (1 - beta) / count
    path = momentum_iterates(region.gradient, region.start, beta, h, count)
    for k in range(1, count + 1):
        before, after = path[k - 1][0], path[k][0]
        for part in (0.0, 0.5, 0.9):
            point = before + part * (after - before)
            assert np.allclose(product(region, point), 0, atol=1e-4 / max(1e-3, region.lasts))
            assert np.allclose(region.gradient(point), region.gradient(before), atol=NEAR)
        assert np.allclose(after, before - h * (1 - beta**k) / (1 - beta) * region.gradient(before), atol=NEAR)


BAD = [(0.5, 1, TypeError), (1, 1, ValueError), (-1, 1, ValueError), (0, 0, ValueError), (0, 1.0, TypeError)]


@pytest.mark.parametrize(("decay", "step", "error"), BAD)
def test_bad_input(decay: object, step: object, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"expected|exact"):
        regulariser_coefficient(decay, step)  # type: ignore[arg-type]
