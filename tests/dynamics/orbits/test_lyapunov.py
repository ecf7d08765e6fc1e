"""Lyapunov exponents of maps for which they are known; two routes; errors that hold; bad input."""

import json
import math

import numpy as np
import pytest
import sympy as sp
import torch
from sympy import Rational

from dynamics import GradientMap, SymbolicMap, TorchMap, bifurcation_diagram, lyapunov_exponents
from tests.dynamics.known_maps import (
    ACCUMULATION,
    DOUBLE_WELL,
    DOUBLING,
    HENON,
    HENON_EXPONENT,
    LN2,
    LOGISTIC,
    NEWTON,
    TENT,
    a,
    b,
    r,
    x,
    y,
)

GOLDEN = 1 + math.sqrt(5)  # the superstable two-cycle of the logistic map
HENON_MAP = SymbolicMap(HENON, (x, y), {a: Rational(7, 5), b: Rational(3, 10)})

# map, box of starts, exponents, and what the exponent is allowed beyond three standard errors (0: the exponent is exact there)
# Sums of 16 logarithms err by rounding alone: 1e-15 a step.
ROUNDING = 1e-13
KNOWN = {
    "logistic 4": (SymbolicMap(LOGISTIC, x, {r: 4}), (0.1, 0.9), [LN2], 0.0),
    "logistic 2.9: the multiplier is 2 - r": (SymbolicMap(LOGISTIC, x, {r: Rational(29, 10)}), (0.1, 0.9), [math.log(0.9)], 1e-9),
    "logistic 3.2: 4 + 2r - r^2": (SymbolicMap(LOGISTIC, x, {r: Rational(32, 10)}), (0.1, 0.9), [math.log(abs(4 + 6.4 - 10.24)) / 2], 1e-9),
    "tent 1.9: |slope|": (SymbolicMap(TENT, x, {r: Rational(19, 10)}), (0.1, 0.9), [math.log(1.9)], ROUNDING),
    "doubling: slope 2": (SymbolicMap(DOUBLING, x), (0.1, 0.9), [LN2], ROUNDING),
    "Newton for x^2 + 1": (SymbolicMap(NEWTON, x), (0.1, 0.9), [LN2], 0.0),
    "Henon": (HENON_MAP, ((-0.1, -0.1), (0.1, 0.1)), [HENON_EXPONENT, math.log(0.3) - HENON_EXPONENT], 5e-6),
    "double well, below the threshold": (GradientMap(DOUBLE_WELL, x, Rational(3, 4)), (0.1, 0.9), [math.log(0.5)], 1e-9),
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_exponents(name):
    one, box, expected, allowed = KNOWN[name]
    result = lyapunov_exponents(one, 64, box=box, seed=0, steps=16_384)
    mean = result.exponents[0].mean(axis=0)
    error = result.exponents[0].std(axis=0) / math.sqrt(64) + allowed
    assert np.all(np.abs(mean - expected) <= 4 * error + ROUNDING), (mean, expected, error)


def test_the_sum_of_the_henon_exponents_is_the_logarithm_of_the_determinant():
    result = lyapunov_exponents(HENON_MAP, 8, box=((-0.1, -0.1), (0.1, 0.1)), seed=0)
    assert result.exponents.sum(axis=-1) == pytest.approx(np.full((1, 8), math.log(0.3)), abs=1e-10)


def test_the_errors_hold():
    """Slopes of the skew tent map are independent: of 200 starts nearly all are within four of their own standard errors."""
    c = Rational(3, 10)
    skew = SymbolicMap(sp.Piecewise((x / c, x < c), ((1 - x) / (1 - c), True)), x)
    result = lyapunov_exponents(skew, 200, box=(0.1, 0.9), seed=5, steps=4096)
    within = np.abs(result.exponents + 0.3 * math.log(0.3) + 0.7 * math.log(0.7)) <= 4 * result.errors
    # Student's t with 7 degrees of freedom leaves 0.5 % outside: 1 of 200 on average, 8 with probability below 1e-5
    assert np.count_nonzero(~within) < 8
    # the slope's logarithm has standard deviation sqrt(0.3 0.7) ln(7/3), the mean over 4096 steps a 64th of it
    assert np.sqrt((result.errors**2).mean()) == pytest.approx(math.sqrt(0.21) * math.log(7 / 3) / 64, rel=0.1)  # 1400 degrees of freedom
    assert result.chaotic.all()


def test_superstable_cycles_contract_without_bound():
    result = lyapunov_exponents(SymbolicMap(LOGISTIC, x, {r: np.array([2.0, GOLDEN])}), np.array([0.3]))
    # 1/2 to rounding: the derivative is below 1e-15 at every step, and at every second
    assert result.exponents[0, 0, 0] < -30 and result.exponents[1, 0, 0] < -15
    assert not result.chaotic.any()
    flat = lyapunov_exponents(GradientMap(DOUBLE_WELL, x, Rational(1, 2)), np.array([0.3]))  # F'(1) = 1 - 2 step, exactly 0
    assert flat.exponents[0, 0, 0] == -math.inf and math.isnan(flat.errors[0, 0, 0]) and not flat.chaotic.any()


def test_order_turns_to_chaos_at_the_accumulation_point():
    rates = np.array([ACCUMULATION - 0.01, ACCUMULATION + 0.01, 1 + math.sqrt(8) + 0.003, 3.9])
    result = lyapunov_exponents(SymbolicMap(LOGISTIC, x, {r: rates}), 8, box=(0.1, 0.9), seed=0, transient=10_000)
    assert [set(row.tolist()) for row in result.chaotic] == [{False}, {True}, {False}, {True}]


def test_against_the_plain_definition():
    """A second route: the sum of log |F'| along a NumPy orbit of a stable family (chaotic orbits differ between arithmetics)."""
    steps = np.array([0.6, 1.05, 1.15])
    family = GradientMap(DOUBLE_WELL, x, steps)
    orbit = family.orbit(np.full(3, 0.3), 4000)[2000:-1]
    slopes = np.stack([family.jacobian(points) for points in orbit])
    result = lyapunov_exponents(family, np.array([0.3]), transient=2000, steps=2000)
    # both have settled (multipliers below 0.9 a step, so 0.9^2000): the sums differ by rounding
    assert result.exponents[:, 0, 0] == pytest.approx(np.log(np.abs(slopes)).mean(axis=0), abs=1e-10)


def test_an_orbit_that_leaves_float64_has_no_exponent():
    result = lyapunov_exponents(GradientMap(DOUBLE_WELL, x, np.array([1.1])), np.array([0.3, 9.0]))
    assert np.isfinite(result.exponents[0, 0]).all() and np.isnan(result.exponents[0, 1]).all()
    stored = json.loads(result.to_json())
    assert stored["kind"] == "LyapunovExponents" and stored["exponents"][0][1] == [None]
    assert result.plot().get_ylabel().startswith("largest")


def torch_well(steps=(0.6, 1.05, 1.15), dtype=torch.float64):
    return TorchMap(lambda w: (w**4 / 4 - w**2 / 2).sum(), torch.zeros(1, dtype=dtype), torch.tensor(steps, dtype=dtype))


def test_a_torch_loss_has_the_exponents_of_the_same_sympy_loss():
    starts = np.array([[0.3], [-0.8]])
    ours = lyapunov_exponents(torch_well(), torch.tensor(starts), transient=300, steps=80)
    compiled = lyapunov_exponents(GradientMap(DOUBLE_WELL, x, np.array([0.6, 1.05, 1.15])), starts[:, 0], transient=300, steps=80)
    assert ours.parameter == "step size" and ours.map == "TorchMap"
    # settled to rounding: the multipliers are below 0.85 a step, and 0.85^300 = 1e-21
    assert ours.exponents == pytest.approx(compiled.exponents, abs=1e-10)
    diagram = bifurcation_diagram(torch_well(), torch.tensor([[0.3], [3.0]]).double(), transient=300, keep=8)
    assert diagram.periods[:, 0].tolist() == [1, 2, 2] and diagram.diverged.tolist() == [[False, True]] * 3


def test_a_gradient_that_reads_0_over_0_runs_by_its_definition():
    cusp = GradientMap((x**2 + y**2) ** Rational(3, 4), (x, y), np.array([0.1]))
    diagram = bifurcation_diagram(cusp, np.array([[0.0, 0.0], [0.3, 0.1]]), transient=100, keep=4)
    assert diagram.points[0, 0].tolist() == [[0.0, 0.0]] * 4 and diagram.periods[0].tolist() == [1, 2]
    exponents = lyapunov_exponents(cusp, np.array([[0.3, 0.1]]), transient=100, steps=80).exponents
    # the two-cycle at |x| = (3 delta / 4)^2: tangentially each step turns the point over (multiplier -1), radially the slope is 0
    assert exponents[0, 0, 0] == pytest.approx(0, abs=1e-12) and exponents[0, 0, 1] < -15


def run(family=HENON_MAP, starts=2, **options):
    return lyapunov_exponents(family, starts, **{"box": ((0, 0), (0.1, 0.1)), "seed": 0} | options)


BAD = {
    "no map": (lambda: run(lambda z: z), TypeError, "expected a SymbolicMap"),
    "no steps": (lambda: run(steps=7), ValueError, "8 or more"),
    "steps a float": (lambda: run(steps=100.0), ValueError, "the number of steps is 100.0"),
    "no compiled form": (lambda: run(SymbolicMap(sp.gamma(x), x), box=(0.1, 0.2)), TypeError, "no compiled form for gamma"),
    "a network of float32": (lambda: run(torch_well(dtype=torch.float32), torch.ones(1, 1), box=None, seed=None), TypeError, "float64"),
    "a network elsewhere": (lambda: run(torch_well(), device="cuda", box=(0, 1)), ValueError, "expected the device of its data"),
    "starts of a network": (lambda: run(torch_well(), np.ones((1, 1)), box=None, seed=None), TypeError, "expected a tensor"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_clear_line(case):
    call, error, words = BAD[case]
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
