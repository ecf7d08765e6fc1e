"""Many thin layers against a neural ODE: products of exact numbers for the one, a numerical integration for the other."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from sympy import Rational, lambdify

from theory.linear_range.symbols import first, k, rate, tau
from theory.linear_range.symbols import psi as psi_
from theory.linear_range.thin_layers import RATIO
from theory.proof import substitute


def last_layer(depth: int, weights: list[Fraction], total: Fraction, psi: Fraction) -> float:
    """(13) in the last layer of u(i+1) = s_i u(i), where every s_i moves at the relative rate total/depth; layer by layer."""
    old, new, tangent = Fraction(1), Fraction(1), Fraction(0)
    for n in range(depth):
        weight = weights[n % len(weights)]
        move = total / depth * weight
        old, new, tangent = weight * old, (weight + psi * move) * new, weight * tangent + move * old
    return float(abs(new - old - psi * tangent) / abs(psi * tangent))


def flow(rate: float, slope: float, psi: float, until: float) -> float:
    """(13) at the time tau, for du/dt = (a + psi r) u and its tangent, by Runge and Kutta's method."""

    def field(_: float, y: np.ndarray) -> list[float]:
        old, new, tangent = y
        return [slope * old, (slope + psi * rate) * new, slope * tangent + rate * old]

    old, new, tangent = solve_ivp(field, (0, until), [1.0, 1.0, 0.0], rtol=1e-10, atol=1e-12).y[:, -1]
    return float(abs(new - old - psi * tangent) / abs(psi * tangent))


@pytest.mark.claim("ni-talnikar:text-ode-integral")
@given(
    st.sampled_from([Fraction(1), Fraction(-1, 2), Fraction(2)]),
    st.sampled_from([Fraction(1, 2), Fraction(-1), Fraction(1)]),
    st.sampled_from([-0.7, 0.0, 1.0]),
    st.lists(st.sampled_from([Fraction(1), Fraction(-2), Fraction(1, 2)]), min_size=1, max_size=3),
)
def test_the_last_of_many_layers(total: Fraction, psi: Fraction, slope: float, weights: list[Fraction]) -> None:
    """The gap falls like 1/depth, whatever the weights are, and whatever the ODE did before the step."""
    until = 1.5
    ode = flow(float(total) / until, slope, float(psi), until)
    said = lambdify((first, k), substitute(RATIO, {rate: Rational(total), tau: 1, psi_: Rational(psi)}))
    assert all(last_layer(n, weights, total, psi) == pytest.approx(said(1, n - 1), rel=1e-9) for n in (1, 2, 16))  # exact but for said
    gaps = [abs(last_layer(depth, weights, total, psi) - ode) for depth in (16, 64)]
    assert gaps[1] <= gaps[0] / 3 + 1e-7 and gaps[0] > 1e-3  # 4 times as many layers; 16 are not yet the ODE
