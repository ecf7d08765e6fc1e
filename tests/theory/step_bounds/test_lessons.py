"""What the three examples show together, by simulation in float64."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import sympify

from theory.step_bounds import example_even_power, lessons
from theory.step_bounds.symbols import delta, m

STEPS = [0.1, 0.5, 1.0, 3.0]
CLOSE = 1e-9  # the cycle attracts at least as fast as 2^-k: after 500 steps only rounding is left


def cusp(x: np.ndarray, step: float) -> np.ndarray:
    return x - step * np.sign(x) * np.sqrt(np.abs(x))


def error(x: np.ndarray) -> np.ndarray:
    return 2 / 3 * np.abs(x) ** 1.5


def late(step: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Two consecutive states, late in the runs of 200 random starts."""
    x = np.random.default_rng(seed).normal(0, 5 * step**2, 200)
    for _ in range(2000):
        x = cusp(x, step)
    return x, cusp(x, step)


@pytest.mark.claim("nar-sastry:text-no-spurious-not-enough", "nar-sastry:text-fourth")
@pytest.mark.parametrize("step", STEPS)
def test_no_random_run_converges_though_the_only_critical_point_is_the_minimum(step):
    grid = np.linspace(-10, 10, 2001)
    assert ((np.sign(grid) * np.sqrt(np.abs(grid)) == 0) == (grid == 0)).all() and (error(grid) >= error(np.zeros(1))).all()
    now, after = late(step)
    assert np.abs(now) == pytest.approx(float(lessons.OSCILLATES.args[2].subs(delta, sympify(step))), rel=CLOSE)
    assert (np.abs(after - now) > 0.4 * step**2).all()


@pytest.mark.claim("nar-sastry:text-error-hides", "nar-sastry:text-fourth")
@pytest.mark.parametrize("step", STEPS)
def test_the_error_is_constant_while_the_state_changes_its_sign(step):
    now, after = late(step)
    level = float(lessons.SETTLES.args[2].subs(delta, sympify(step)))
    assert error(now) == pytest.approx(level, rel=2 * CLOSE) and error(after) == pytest.approx(level, rel=2 * CLOSE)
    assert (now * after < 0).all()


@pytest.mark.claim("nar-sastry:text-four-points", "nar-sastry:text-not-convexity")
@pytest.mark.parametrize("depth", [4, 6, 10])
@pytest.mark.parametrize("step", [0.05, 0.5])
def test_the_start_decides(depth, step):
    edge = float(example_even_power.THRESHOLD.subs({m: depth // 2, delta: sympify(step)})) ** (1 / (depth - 2))
    for start, converges in ((0.9 * edge, True), (1.1 * edge, False), (-0.99 * edge, True), (-1.01 * edge, False)):
        x = start
        for _ in range(5000):
            x -= step * depth * x ** (depth - 1)
            if abs(x) > 100 * edge:
                break
        assert (abs(x) < edge / 2) == converges


@pytest.mark.claim("nar-sastry:text-four-points")
def test_the_amplitude_grows_with_the_square_of_the_step_and_a_minimum_is_lost():
    amplitudes = [np.abs(late(step)[0]).mean() for step in STEPS]
    assert np.diff(np.log(amplitudes)) == pytest.approx(2 * np.diff(np.log(STEPS)), rel=1e-6)
    reached = {}
    for step in (0.1, 0.3):
        x = np.random.default_rng(2).uniform(0.9, 2.05, 500)
        for _ in range(3000):
            x = x - step * np.polyval([6, -30, 56, -54, 34, -12], x)
        reached[step] = {int(m) for m in (1, 2) if (np.abs(x - m) < 1e-6).any()}
    assert reached == {0.1: {1, 2}, 0.3: {1}}


@pytest.mark.claim("nar-sastry:text-not-convexity")
@given(st.sampled_from([1.5, 2, 4, 6, 11]), st.floats(-5, 5), st.floats(-5, 5))
def test_the_losses_are_convex(power, a, b):
    """At the midpoint, up to a few roundings of numbers below 5^11."""
    middle, ends = abs((a + b) / 2) ** power, (abs(a) ** power + abs(b) ** power) / 2
    assert middle <= ends * (1 + 1e-12) + 1e-300


@pytest.mark.claim("nar-sastry:text-not-convexity")
@settings(deadline=None)
@given(st.floats(0.01, 4), st.floats(0.1, 10))
def test_a_linear_step_treats_all_starts_alike(gain, start):
    """|1 - g|^k |x(0)|, in closed form: the fate depends on g alone, but for g within 0.001 of 2."""
    if abs(gain - 2) > 1e-3 and gain != 1:  # 0.999^40000 = 4e-18, 1.001^40000 = 2e17; 1 - g = 0 reaches 0 at once
        size = 40_000 * math.log(abs(1 - gain)) + math.log(start)
        assert (size < math.log(1e-15)) == (gain < 2)
