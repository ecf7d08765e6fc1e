"""The integral as the limit of (13) for networks of many thin layers (Euler's method); and what it refuses."""

import numpy as np
import pytest
from sympy import I, Matrix, Rational, Symbol, exp, sin

from theory.linear_range.continuous_depth import continuous_measurement

t = Symbol("t", real=True)
z = Symbol("z")


def euler(slope: float, move: float, psi: float, horizon: float, depth: int) -> float:
    """(13) for u(i+1) = u(i) + h s u(i), which moves to s + psi sigma; by hand."""
    h = horizon / depth
    old = new = 1.0
    tangent, total = 0.0, 0.0
    for _ in range(depth):
        tangent = (1 + h * slope) * tangent + h * psi * move * old
        old, new = (1 + h * slope) * old, (1 + h * (slope + psi * move)) * new
        total += abs(new - old - tangent) / abs(tangent)
    return total / depth


@pytest.mark.claim("ni-talnikar:text-ode-integral")
@pytest.mark.parametrize(("move", "psi", "horizon"), [(1.0, 1.0, 1.0), (1.0, -2.0, 1.5), (-0.5, 1.0, 3.0)])
def test_many_thin_layers(move: float, psi: float, horizon: float) -> None:
    """du/dt = s u with s = 1: relative to e^t the states move by e^r - 1, r = psi sigma t, and the tangent is r."""
    relative = psi * move * t
    integral = continuous_measurement(exp(t) * (exp(relative) - 1 - relative), exp(t) * relative, t, Rational(horizon))
    value = float(integral.evalf())
    gaps = [abs(euler(1.0, move, psi, horizon, depth) - value) for depth in (200, 2000)]
    assert gaps[1] < gaps[0] / 5 + 1e-9 and gaps[1] < 5e-3  # Euler's error falls like the thickness of a layer


@pytest.mark.claim("ni-talnikar:text-ode-integral")
def test_columns_are_measured_by_their_length() -> None:
    error, tangent = Matrix([t**2 * 3, t**2 * 4]), Matrix([t, 0])
    assert float(continuous_measurement(error, tangent, t, 2).evalf()) == pytest.approx(5)
    assert np.isfinite(float(continuous_measurement(t**2 * sin(t), t, t, 1).evalf()))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((t, t, z, 1), TypeError, "expected a real symbol"),
        ((t, t, t, 0), ValueError, "horizon is 0"),
        ((t, t, t, 0.5), TypeError, "expected an exact number"),
        ((Matrix([t, t]), t, t, 1), ValueError, "an error of 2 and a tangent of 1"),
        ((Matrix([[t**2, t]]), Matrix([[t, t]]), t, 1), ValueError, r"the error has the shape \(1, 2\): expected one column"),
        ((t, I * t, t, 1), ValueError, "the tangent is .*: expected real components"),
        ((t, 0, t, 1), ValueError, "a tangent that is not 0"),
    ],
)
def test_what_is_refused(arguments: tuple[object, ...], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        continuous_measurement(*arguments)
