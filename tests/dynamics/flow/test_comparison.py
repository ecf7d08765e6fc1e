"""Gradient descent, momentum and Runge-Kutta steps against the flow: corridors, quadratics in closed form, a network, bad input."""

import json
import math

import numpy as np
import pytest
import sympy as sp
import torch
from scipy.linalg import expm
from sympy import Rational

from dynamics import (
    DeepLinearMap,
    FlowStopped,
    GradientMap,
    SymbolicMap,
    TorchMap,
    compare_with_flow,
    flow_distance,
    heavy_ball,
    runge_kutta_flow,
)
from theory.corridors import momentum_displacement

x, y, z = sp.symbols("x y z", real=True)
F64 = torch.float64
TENTH = Rational(1, 10)
ROUNDING = 2e-14  # 40 steps and a closed form: some 100 operations on numbers up to 2, at 1.1e-16 each
FAR = 20 * ROUNDING  # the same for points up to 20
BOWL = (2 * x**2 + x * y + y**2) / 2
MATRIX = np.array([[2.0, 0.5], [0.5, 1.0]])
START = np.array([1.0, -1.5])

CORRIDORS = {  # loss, variables, start, steps of 1/10 for which momentum stays inside too
    "|x|": (sp.Abs(x), x, 1.05, 4),
    "cone": (sp.sqrt(x**2 + y**2), (x, y), np.array([3.0, 4.0]), 12),
    "cone and ramp": (sp.sqrt(x**2 + y**2) - 2 * z, (x, y, z), np.array([3.0, 4.0, 5.0]), 12),
    "circle in space": (sp.sqrt((sp.sqrt(x**2 + y**2) - 9) ** 2 + z**2), (x, y, z), np.array([1.0, 1.0, 3.0]), 20),
    "affine": (2 * x - 3 * y, (x, y), START, 20),
}


@pytest.mark.claim("dherin-rosca:theorem-3-1")
@pytest.mark.parametrize("decay", [0.0, 0.5, 0.75])
@pytest.mark.parametrize("name", CORRIDORS)
def test_in_a_corridor_only_momentum_is_off_the_flow_but_on_its_line(name, decay):
    loss, variables, start, steps = CORRIDORS[name]
    found = compare_with_flow(GradientMap(loss, variables, TENTH), start, steps, decay=decay)
    assert max(found.descent.distances.max(), found.runge_kutta.distances.max()) < FAR
    along = (found.flow[1] - found.flow[0]) / 0.1  # -g
    ahead = np.array([-float(momentum_displacement(Rational(decay), TENTH, k)) for k in range(steps + 1)])
    assert np.abs(found.momentum.points - found.flow[0] - ahead[:, None] * along).max() < FAR
    assert found.momentum.distances == pytest.approx((ahead - found.times) * np.linalg.norm(along), abs=FAR)
    assert (found.momentum.distances[2:] > 0.01).all() == (decay > 0)


def powers(matrix, count, start):
    return np.stack([np.linalg.matrix_power(matrix, k) @ start for k in range(count + 1)])


def test_a_quadratic_in_closed_form():
    """(I - h A)^k x, exp(-k h A) x, the polynomial of Runge and Kutta in h A, and the block matrix of momentum."""
    h, beta, eye, push = 0.1, 0.5, np.eye(2), np.array([0.25, -0.125])
    found = compare_with_flow(GradientMap(BOWL, (x, y), TENTH), START, 40, decay=beta, initial_velocity=push)
    z_ = h * MATRIX
    polynomial = eye - z_ + z_ @ z_ / 2 - z_ @ z_ @ z_ / 6 + z_ @ z_ @ z_ @ z_ / 24
    both = np.block([[eye - z_, beta * eye], [-z_, beta * eye]])
    expected = {
        "descent": powers(eye - z_, 40, START),
        "momentum": powers(both, 40, np.concatenate([START, push]))[:, :2],
        "runge_kutta": powers(polynomial, 40, START),
    }
    flow = np.stack([expm(-k * z_) @ START for k in range(41)])
    assert (np.linalg.norm(found.flow - flow, axis=1) <= found.errors + ROUNDING).all()
    for name, points in expected.items():
        orbit = getattr(found, name)
        assert np.abs(orbit.points - points).max() < ROUNDING
        assert (np.abs(orbit.distances - np.linalg.norm(points - flow, axis=1)) <= found.errors + ROUNDING).all()
        assert orbit.losses == pytest.approx([p @ MATRIX @ p / 2 for p in points], abs=ROUNDING)
    assert found.flow_losses == pytest.approx([p @ MATRIX @ p / 2 for p in flow], abs=1e-8)  # errors of 1e-9 times slopes up to 3


def test_the_maps_give_the_same_orbits():
    wavy = sp.sin(x) * y + y**2 / 2 + x / 7
    descent = GradientMap(wavy, (x, y), TENTH)
    found = compare_with_flow(descent, START, 15, decay=0.75)
    ball = heavy_ball(wavy, (x, y), TENTH, Rational(3, 4))
    others = {
        "descent": flow_distance(descent, START, 15),
        "momentum": flow_distance(ball, np.array([*START, 0, 0]), 15, flow=descent),
        "runge_kutta": flow_distance(runge_kutta_flow(wavy, (x, y), TENTH), START, 15, flow=descent),
    }
    for name, other in others.items():
        assert getattr(found, name).distances == pytest.approx(other.distances, abs=2 * ROUNDING)
    assert found.flow.tolist() == others["descent"].flow.tolist()


def test_a_network():
    """Scalar layers: the flow keeps u^2 - v^2; a step of gradient descent multiplies it by 1 - h^2 (u v - 1)^2."""
    net = DeepLinearMap(torch.ones(1, 1, dtype=F64), [1, 1, 1], 0.125)
    found = compare_with_flow(net, torch.tensor([[0.5, 1.0]], dtype=F64), 20)
    balance = {name: getattr(found, name).points @ np.diag([1, -1]) for name in ("descent", "runge_kutta")}
    kept = {name: (turned * getattr(found, name).points).sum(axis=1) for name, turned in balance.items()}
    residual = found.descent.points.prod(axis=1) - 1
    assert kept["descent"][1:] == pytest.approx(kept["descent"][:-1] * (1 - residual[:-1] ** 2 / 64), abs=ROUNDING)
    assert kept["runge_kutta"] == pytest.approx(
        kept["runge_kutta"][0], rel=1e-4
    )  # h |H| < 0.25: 20 times its fifth power over 120 is 1.6e-4 of changes below 1/2
    assert found.runge_kutta.distances.max() < found.descent.distances.max() / 100


def test_json_and_plot():
    found = compare_with_flow(GradientMap(BOWL, (x, y), TENTH), START, 10)
    read = json.loads(found.to_json())
    assert read["kind"] == "FlowComparison" and read["decay"] == 0.9 and read["step_size"] == 0.1
    assert read["momentum"]["distances"] == found.momentum.distances.tolist()
    descent, momentum, runge_kutta, errors = found.plot().lines
    assert [line.get_ydata().tolist() for line in (descent, momentum, runge_kutta)] == [
        orbit.distances.tolist() for orbit in (found.descent, found.momentum, found.runge_kutta)
    ]
    assert errors.get_ydata().tolist() == found.errors.tolist()


def test_at_the_kink_the_flow_ends():
    with pytest.raises(FlowStopped):
        compare_with_flow(GradientMap(sp.Abs(x), x, TENTH), 1.05, 11, max_gradients=2000)


def compare(gradient_map=None, start=START, steps=5, **options):
    return compare_with_flow(GradientMap(BOWL, (x, y), TENTH) if gradient_map is None else gradient_map, start, steps, **options)


BAD = {
    "no loss": (lambda: compare(SymbolicMap((x / 2, y / 2), (x, y))), TypeError, "expected a GradientMap"),
    "momentum": (lambda: compare(TorchMap(torch.sum, torch.zeros(2, dtype=F64), 0.1, 0.5), 0), TypeError, "without momentum"),
    "no steps": (lambda: compare(steps=0), ValueError, "steps = 0"),
    "half a step": (lambda: compare(steps=1.5), ValueError, "an integer"),
    "a family": (lambda: compare(GradientMap(BOWL, (x, y), np.array([0.1, 0.2]))), ValueError, "2 step sizes"),
    "several starts": (lambda: compare(start=np.ones((3, 2))), ValueError, "3 rows of 2"),
    "start nan": (lambda: compare(start=np.array([1.0, math.nan])), ValueError, "finite"),
    "decay one": (lambda: compare(decay=1.0), ValueError, "expected a number in [0, 1)"),
    "decay text": (lambda: compare(decay="a"), TypeError, "decay is 'a': expected real numbers"),
    "decay complex": (lambda: compare(decay=0.5j), TypeError, "decay is 0.5j: expected real numbers"),
    "two decays": (lambda: compare(decay=[0.5, 0.6]), ValueError, "expected one number in [0, 1)"),
    "velocity complex": (lambda: compare(initial_velocity=[1j, 0]), TypeError, "expected real numbers"),
    "velocity text": (lambda: compare(initial_velocity="ab"), TypeError, "expected real numbers"),
    "a negative step": (lambda: compare(GradientMap(BOWL, (x, y), -TENTH)), ValueError, "expected positive and finite"),
    "negative steps": (lambda: compare(steps=-5), ValueError, "-5"),
    "decay nan": (lambda: compare(decay=math.nan), ValueError, "expected a number in [0, 1)"),
    "velocity of another size": (lambda: compare(initial_velocity=[1.0]), ValueError, "expected 2 finite numbers"),
    "velocity nan": (lambda: compare(initial_velocity=[1.0, math.nan]), ValueError, "expected 2 finite numbers"),
    "accuracy": (lambda: compare(accuracy=0.0), ValueError, "accuracy"),
    "an orbit that diverges": (lambda: compare(GradientMap(x**4, x, 1), 10.0, 20), ValueError, "descent leaves float64 at step"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_clear_line(case):
    call, error, words = BAD[case]
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
