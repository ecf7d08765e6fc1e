"""Runs of clipped Polyak steps in NumPy: on losses under PL that are not convex, and on others, where they may rest anywhere."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theory.corridors.polyak_runs import HILL_BEND, HILL_SLOPE
from theory.corridors.symbols import radius, s

ROUNDING = 1e-9  # sums of some hundred terms below 1e2
pytestmark = pytest.mark.claim("dherin-rosca:text-loizou-guarantees")


def wavy(x: float) -> tuple[float, float]:
    """X^2 + 3 sin^2 x: not convex, curvature up to 8, and PL with mu = 1/32 (Karimi, Nutini, Schmidt 2016)."""
    return x**2 + 3 * np.sin(x) ** 2, 2 * x + 3 * np.sin(2 * x)


def run(loss, x: float, divisor: float, cap: float, steps: int) -> list[tuple[float, float]]:
    """Losses and slopes along a run."""
    seen = []
    for _ in range(steps):
        value, slope = loss(x)
        seen.append((value, slope))
        x -= (cap if divisor * cap * slope**2 <= value else value / (divisor * slope**2)) * slope
    return seen


@given(st.floats(-6, 6), st.floats(65, 200), st.floats(0.01, 2))
def test_the_rate_under_pl(start: float, divisor: float, cap: float) -> None:
    """1 - (1 - M/(4 mu gamma)) min(1/gamma, 2 mu h_max), with M = 8 and mu = 1/32, for gamma above 64."""
    smooth, mu = 8, 1 / 32
    rate = 1 - (1 - smooth / (4 * mu * divisor)) * min(1 / divisor, 2 * mu * cap)
    losses = [value for value, _ in run(wavy, start, divisor, cap, 200)]
    assert all(value <= rate**n * losses[0] + ROUNDING for n, value in enumerate(losses))


@given(st.floats(-3, 3), st.floats(0.2, 3), st.floats(0.05, 0.5), st.integers(1, 60))
def test_few_steps_are_far_from_critical_points(start: float, divisor: float, cap: float, steps: int) -> None:
    """On 2 + cos(x) + cos(2 x)/2, with M = 3 and several critical points, for a lower bound of the loss below its minimum as well."""
    seen = run(lambda x: (2 + np.cos(x) + np.cos(2 * x) / 2, -np.sin(x) - np.sin(2 * x)), start, divisor, min(cap, 1 / 3), steps)
    far = min(min(slope**2, value / (divisor * min(cap, 1 / 3))) for value, slope in seen)
    assert steps * min(cap, 1 / 3) * far <= 2 * seen[0][0] + ROUNDING


@pytest.mark.parametrize("height", [1, 10, 1000])
def test_a_summit_of_any_height_is_never_left(height: float) -> None:
    """A (1 + cos(x/sqrt(A))) has the curvature 1, whatever A."""
    seen = run(lambda x: (height * (1 + np.cos(x / height**0.5)), -(height**0.5) * np.sin(x / height**0.5)), 0.0, 1, 1, 50)
    assert {value for value, _ in seen} == {2 * height}


def bumpy(x: Fraction) -> tuple[Fraction, Fraction]:
    """(157 x^2 - 138 x^4 + 45 x^6)/64, with PL(1/8) everywhere: |g|^2 - L/4 is 9 x^2 (x^2 - 1)^2 times a positive number."""
    return (157 * x**2 - 138 * x**4 + 45 * x**6) / 64, (157 * x - 276 * x**3 + 135 * x**5) / 32


def test_to_and_fro_without_a_factor() -> None:
    """From 1: period 2, in fractions; M = 1/2 and mu = 1/8 along the run."""
    x, points = Fraction(1), []
    for _ in range(4):
        value, slope = bumpy(x)
        assert slope**2 == 2 * Fraction(1, 8) * value
        x -= value / slope**2 * slope
        points.append(x)
    assert points == [-1, 1, -1, 1]


@given(st.fractions(-4, 4))
def test_the_bumpy_loss_satisfies_pl(x: Fraction) -> None:
    """In fractions, at every point; equality at 1 and -1."""
    value, slope = bumpy(x)
    assert (slope**2 > value / 4) == (x**2 not in (0, 1)) and (value > 0) == (x != 0)


@given(st.floats(-50, 50), st.floats(0.5, 20))
def test_hills_of_any_height(x: float, width: float) -> None:
    """By differences of the loss in NumPy: the slope, the bend, which is 1 at most, and the height w^2/8 at 0."""

    def height(y: float) -> float:
        return width**2 * (width**2 - y**2) ** 2 / (8 * (width**2 + y**2) ** 2)

    step = 1e-3 * width
    slope, bend = (height(x + step) - height(x - step)) / (2 * step), (height(x + step) - 2 * height(x) + height(x - step)) / step**2
    point = {s: x, radius: width}
    assert slope == pytest.approx(float(HILL_SLOPE.subs(point)), abs=1e-5 * width)  # step^2 times the third derivative
    assert bend == pytest.approx(float(HILL_BEND.subs(point)), abs=1e-4) and abs(bend) <= 1 + 1e-4
    assert height(0) == pytest.approx(width**2 / 8) and height(width) == 0
