"""Regimes against float64 orbits of the two coordinates themselves."""

import numpy as np
import pytest
from sympy import Rational, sqrt

from theory.corridors import condition_number, settles, thresholds

pytestmark = pytest.mark.claim("dherin-rosca:equation-3")


def test_thresholds() -> None:
    """By hand."""
    assert thresholds() == {
        "one direction": 3,
        "two directions": 3 + 2 * sqrt(2),
        "four directions": 4 + sqrt(15),
        "the loss can rise": 7 + 4 * sqrt(3),
    }
    assert [condition_number(s) for s in (2, Rational(5, 2))] == [1, 2]


@pytest.mark.parametrize("number", [Rational(3, 2), 2, Rational(14, 5), Rational(7, 2), 4, 5, 6, 7, Rational(15, 2)])
def test_regimes(number) -> None:
    """Steps, ratios and factor at the end of 3000 steps."""
    regime, curvature, point, ratios, steps = settles(number), float(number), np.array([0.6, 0.8]), [], []
    for _ in range(3000):
        slope = np.array([point[0], curvature * point[1]])
        loss = point @ slope / 2
        ratios.append((slope[1] / slope[0]) ** 2)
        steps.append(loss / (slope @ slope))
        point = point - steps[-1] * slope
        factor = (point[0] ** 2 + curvature * point[1] ** 2) / 2 / loss
        point = point / np.linalg.norm(point)
    n = len(regime.ratios)
    assert sorted(ratios[-n:]) == pytest.approx([float(r) for r in regime.ratios], rel=1e-6, abs=1e-9)
    assert sorted(steps[-n:]) == pytest.approx(sorted(float(h) for h in regime.steps), rel=1e-6)
    assert factor == pytest.approx(float(regime.factor), rel=1e-6)
    assert abs(regime.multiplier) < 1


def test_at_and_beyond_the_thresholds() -> None:
    """The multiplier has modulus 1 at each, and nothing short attracts beyond the last."""
    assert [settles(k).multiplier for k in (3, 3 + 2 * sqrt(2), 4 + sqrt(15))] == [1, -1, -1]
    assert settles(8) is None


@pytest.mark.parametrize(
    ("call", "argument", "error"), [(settles, Rational(1, 2), ValueError), (settles, 2.0, TypeError), (condition_number, 1, ValueError)]
)
def test_bad_input(call, argument, error) -> None:
    """One clear error."""
    with pytest.raises(error, match="expected"):
        call(argument)
