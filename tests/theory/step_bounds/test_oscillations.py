"""Amplitudes and randomness: certified cycles, simulation, and torch's own SGD."""

import numpy as np
import pytest
import sympy as sp
import torch

from dynamics import GradientMap, certify_basin, certify_cycle
from theory.step_bounds import oscillations
from theory.step_bounds.symbols import t

WAVES = oscillations.WAVY
LOSS = sp.integrate(sp.expand(WAVES), t)


@pytest.mark.claim("nar-sastry:text-disc-magnitude", "nar-sastry:text-abs-subset")
@pytest.mark.parametrize(("size", "stability"), [(1, "attracting"), (2, "repelling"), (3, "attracting"), (4, "repelling")])
def test_four_cycles_at_one_step(size, stability):
    cycle = certify_cycle(GradientMap(LOSS, t, 1), [size, -size])
    assert cycle.period == 2 and cycle.stability == stability


@pytest.mark.claim("nar-sastry:text-disc-magnitude", "nar-sastry:text-abs-subset")
def test_intervals_of_starts_have_different_amplitudes():
    roots = np.roots([float(c) for c in sp.Poly(WAVES, t).all_coeffs()])
    assert sum(abs(roots.imag) < 1e-9) == 1 and sp.Poly(LOSS, t).LC() > 0  # one critical point, and bounded below
    gradient_map = GradientMap(LOSS, t, 1)
    for size, width in ((1, sp.Rational(1, 100)), (3, sp.Rational(1, 100))):
        assert certify_basin(gradient_map, size - width, size + width, period=2).contraction < 1
        starts = np.random.default_rng(size).uniform(size - 0.2, size + 0.2, 100)
        # the multipliers of the cycles are (1 - 2*0.09)^2 = 0.67 and (1 - 2*0.63)^2 = 0.07: 0.67^500 is below 1e-80
        assert np.abs(gradient_map.advance(starts, 1000)) == pytest.approx(size, abs=1e-9)


@pytest.mark.claim("nar-sastry:text-disc-magnitude")
@pytest.mark.parametrize("power", [1.2, 1.5, 1.8])
@pytest.mark.parametrize("step", [0.1, 1.0, 2.5])
def test_one_amplitude_for_powers_between_one_and_two(power, step):
    amplitude = (step / 2) ** (1 / (2 - power))
    x = np.random.default_rng(3).uniform(0.1, 20, 100) * amplitude
    for _ in range(4000):
        x = x - step * np.sign(x) * np.abs(x) ** (power - 1)
    # the multiplier of the cycle is (3 - 2 p)^2 <= 0.36
    assert np.abs(x) == pytest.approx(amplitude, rel=1e-9)


@pytest.mark.claim("nar-sastry:text-abs-subset")
@pytest.mark.parametrize(("step", "reached"), [(0.3, True), (0.99, True), (1.01, False), (1.5, False)])
def test_a_bowl_with_curvatures_one_and_two_is_reached_below_step_one(step, reached):
    starts = np.random.default_rng(4).normal(size=(100, 2))
    ends = starts * np.array([1 - step, 1 - 2 * step]) ** 1000  # 0.98^1000 = 2e-9, 1.02^1000 = 4e8; 2^1000 = 1e301
    assert (np.abs(ends).max(axis=1) < 1e-6).all() == reached and (np.abs(ends).max(axis=1) < 1e-6).any() == reached


def sgd_errors(step: float, noise: float, seed: int, steps: int) -> list[float]:
    """The training error along torch's SGD from 0: each step draws one of two samples, whose mean loss is the curve.

    The curve is 3x^4/16 + x^3/12 + x^2/2 - x + 1/2; the samples differ from it by +- noise (x^2/2 - x^3/3).
    """
    dice = torch.Generator().manual_seed(seed)
    x = torch.zeros((), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([x], lr=step)
    errors = []
    for _ in range(steps):
        curve = 3 * x**4 / 16 + x**3 / 12 + x**2 / 2 - x + 0.5
        errors.append(curve.item())
        sign = 2 * int(torch.randint(2, (), generator=dice)) - 1
        optimizer.zero_grad()
        (curve + sign * noise * (x**2 / 2 - x**3 / 3)).backward()
        optimizer.step()
    return errors


@pytest.mark.claim("nar-sastry:text-stochasticity")
@pytest.mark.parametrize("noise", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_error_of_sgd_oscillates_as_that_of_gd(noise, seed):
    assert sgd_errors(1.0, noise, seed, 60) == pytest.approx([float(oscillations.HIGH), float(oscillations.LOW)] * 30, abs=1e-14)


@pytest.mark.claim("nar-sastry:text-stochasticity")
def test_with_half_the_step_the_error_settles_and_off_the_cycle_the_noise_is_there():
    """The least error, by hand: at x = 2/3 it is 1/2 - 31/81."""
    assert (oscillations.HIGH, oscillations.LOW, oscillations.LOSS(sp.Rational(2, 3))) == (
        sp.Rational(1, 2),
        sp.Rational(13, 48),
        sp.Rational(1, 2) - sp.Rational(31, 81),
    )
    settled = sgd_errors(0.5, 0.0, 0, 100)
    assert settled[-1] == pytest.approx(1 / 2 - 31 / 81, abs=1e-12) and settled[-1] == settled[-2]
    noisy = sgd_errors(0.5, 0.3, 0, 100)
    assert np.ptp(noisy[50:]) > 1e-4
