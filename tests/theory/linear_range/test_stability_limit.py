"""Balanced deep linear networks: one gradient step to the end of the linear range, and the curvature at a solution, in numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Rational

from tests.strategies import depths
from theory.linear_range import deep_linear_measurement

STEP = 1e-4  # of second differences: an error of 1e-8 by the formula and 1e-16/1e-8 by rounding
CLOSE = 1e-4


def output(weights: np.ndarray) -> float:
    return float(np.prod(weights))


@pytest.mark.claim("ni-talnikar:text-abstract-optimal-lr")
@given(depths(2, 6), st.floats(0.7, 1.4), st.floats(-3, 3).filter(lambda r: abs(r) > 0.01), st.floats(0.01, 3))
def test_the_step_in_units_of_the_stability_limit(depth: int, weight: float, residual: float, psi: float) -> None:
    """The rate from a gradient by differences, the sharpness as the greatest eigenvalue of a Hessian by differences."""
    s, unit = np.full(depth, weight), np.eye(depth)
    slope = np.array([(output(s + STEP * e) - output(s - STEP * e)) / (2 * STEP) for e in unit])
    rate = -residual * slope[0] / weight
    solution = output(s)

    def loss(w: np.ndarray) -> float:
        return (output(w) - solution) ** 2 / 2

    hessian = [
        [
            (loss(s + STEP * (a + b)) - loss(s + STEP * (a - b)) - loss(s - STEP * (a - b)) + loss(s - STEP * (a + b))) / (4 * STEP**2)
            for b in unit
        ]
        for a in unit
    ]
    sharpness = np.linalg.eigvalsh(np.array(hessian))[-1]
    expected = depth * abs(rate * psi) * weight**depth / (2 * abs(residual))
    assert psi * sharpness / 2 == pytest.approx(expected, rel=CLOSE)


@pytest.mark.claim("ni-talnikar:text-abstract-optimal-lr")
@given(depths(2, 6), st.integers(1, 5), st.integers(1, 5))
def test_the_measurement_depends_on_the_relative_rate_alone(depth: int, weight: int, residual: int) -> None:
    """With psi chosen so that |r psi| = 1, all weights and residuals measure alike."""
    move = -residual * weight ** (depth - 1)
    psi = abs(Rational(weight, move))
    assert deep_linear_measurement([weight] * depth, [move] * depth, psi) == deep_linear_measurement([1] * depth, [-1] * depth, 1)
