"""Momentum, sign, normalised, Runge-Kutta and Polyak steps: closed forms, torch's optimizers, the flow; and torch losses."""

import math

import numpy as np
import pytest
import sympy as sp
import torch
from sympy import Rational

from dynamics import (
    GradientMap,
    TorchMap,
    classify,
    heavy_ball,
    nesterov,
    normalised_descent,
    polyak_descent,
    runge_kutta_flow,
    sign_descent,
)

x, y, d = sp.symbols("x y d", real=True)
BOWL = (x**2 + 3 * y**2) / 2
SADDLE = x**3 * y - x * y**2 / 2 + x / 7

# 20 steps of at most 40 operations on numbers below 10, without growth: 20 * 40 * 10 * 2.2e-16 = 2e-12.
ROUNDING = 2e-12

# One step from x on h x^2 / 2 (h = 2), by hand; momentum starts with velocity 1.
HALF, THIRD = Rational(1, 2), Rational(1, 3)
ONE_STEP = {
    "heavy ball": (heavy_ball(x**2, x, HALF, THIRD), (1, 1), (1 - HALF * (THIRD + 2), THIRD + 2)),
    "Nesterov": (nesterov(x**2, x, HALF, THIRD), (1, 1), (1 - HALF * (THIRD + 2 * Rational(5, 6)), THIRD + 2 * Rational(5, 6))),
    "heavy ball without momentum": (heavy_ball(x**2, x, THIRD, 0), (1, 5), (THIRD, 2)),
    "sign": (sign_descent(BOWL, (x, y), HALF), (3, -4), (Rational(5, 2), Rational(-7, 2))),
    "sign at rest": (sign_descent(BOWL, (x, y), HALF), (0, 1), (0, HALF)),
    "normalised": (normalised_descent((x**2 + y**2) / 2, (x, y), 1), (3, 4), (Rational(12, 5), Rational(16, 5))),
    "normalised at rest": (normalised_descent(BOWL, (x, y), 1), (0, 0), (0, 0)),
    "normalised, one variable": (normalised_descent(x**4, x, HALF), 3, Rational(5, 2)),
    "Runge-Kutta: exp to order 4": (runge_kutta_flow(x**2, x, HALF), 1, 1 - 1 + HALF - Rational(1, 6) + Rational(1, 24)),
    "Polyak halves a quadratic": (polyak_descent(BOWL.subs(y, 0), x), 5, Rational(5, 2)),
    "Polyak above its minimum": (polyak_descent(x**2 + 7, x, minimum=7), 4, 2),
    "Polyak ends a corridor in one step": (polyak_descent(sp.sqrt(x**2 + y**2), (x, y)), (3, 4), (0, 0)),
    "Polyak at rest": (polyak_descent(BOWL, (x, y), factor=2), (0, 0), (0, 0)),
}


@pytest.mark.parametrize("name", ONE_STEP)
def test_one_step_by_hand(name):
    method, start, expected = ONE_STEP[name]
    assert sp.Tuple(method.step(start)) == sp.Tuple(expected)


@pytest.mark.parametrize("name", ONE_STEP)
def test_one_step_in_float64(name):
    method, start, expected = ONE_STEP[name]
    assert method.step(np.array(start, dtype=float)) == pytest.approx(np.array(expected, dtype=float), abs=ROUNDING)


@pytest.mark.parametrize("nest", [False, True])
def test_momentum_walks_as_torch_does(nest):
    """torch's Nesterov stands at the look-ahead point x - step * momentum * v of ours."""
    step, beta, start = 0.1, 0.6, np.array([0.3, -0.2])
    ours = (nesterov if nest else heavy_ball)(SADDLE, (x, y), step, beta)
    states = ours.orbit(np.concatenate([start, np.zeros(2)]), 20)
    point = torch.tensor(start, requires_grad=True)
    optimizer = torch.optim.SGD([point], lr=step, momentum=beta, nesterov=nest)
    for state in states[1:]:
        optimizer.zero_grad()
        (point[0] ** 3 * point[1] - point[0] * point[1] ** 2 / 2 + point[0] / 7).backward()
        optimizer.step()
        ahead = state[:2] - step * beta * state[2:] if nest else state[:2]
        assert point.detach().numpy() == pytest.approx(ahead, abs=ROUNDING)


@pytest.mark.parametrize(("step", "kind"), [(1.59, "converged"), (1.61, "diverged")])
def test_heavy_ball_is_stable_below_two_plus_two_beta(step, kind):
    """Curvature h = 2, momentum 0.6: the threshold is 2 (1 + 0.6) / 2 = 1.6."""
    assert classify(heavy_ball(x**2, x, step, 0.6), (0.3, 0.0)).kind == kind


def test_runge_kutta_follows_the_flow_with_order_four():
    """The flow of x^4/4 is x / sqrt(1 + 2 t x^2)."""
    start, time = 1.3, 1.0
    errors = []
    for steps in (160, 320):
        end = runge_kutta_flow(x**4 / 4, x, time / steps).advance(start, steps)
        errors.append(abs(float(end) - start / math.sqrt(1 + 2 * time * start**2)))
    assert math.log2(errors[0] / errors[1]) == pytest.approx(4, abs=0.25)  # the next order adds O(step), here 0.14 at 80


def test_sign_descent_ends_in_a_two_cycle():
    assert classify(sign_descent(x**2, x, 0.25), 0.3).period == 2


# ---------------------------------------------------------------- torch losses


def saddle(w):
    return w[0] ** 3 * w[1] - w[0] * w[1] ** 2 / 2 + w[0] / 7


def two_layers(parameters):
    return ((parameters["w"] @ parameters["v"] - 1) ** 2).sum() / 2


STARTS = np.random.default_rng(0).uniform(-0.5, 0.5, (3, 2))
STEPS = np.array([0.05, 0.1, 0.2])


def test_a_torch_loss_descends_as_the_same_sympy_loss():
    symbolic = GradientMap(SADDLE, (x, y), STEPS)
    torch_map = TorchMap(saddle, torch.zeros(2, dtype=torch.float64), torch.tensor(STEPS))
    assert torch_map.advance(torch.tensor(STARTS), 20).numpy() == pytest.approx(symbolic.advance(STARTS, 20), abs=ROUNDING)
    assert torch_map.jacobian(torch.tensor(STARTS)).numpy() == pytest.approx(symbolic.jacobian(STARTS), abs=ROUNDING)


def test_a_torch_loss_has_momentum_as_the_same_sympy_loss():
    symbolic = heavy_ball(SADDLE, (x, y), STEPS, 0.5)
    torch_map = TorchMap(saddle, torch.zeros(2, dtype=torch.float64), torch.tensor(STEPS), momentum=0.5)
    starts = np.concatenate([STARTS, STARTS[::-1]], axis=1)
    assert torch_map.advance(torch.tensor(starts), 20).numpy() == pytest.approx(symbolic.advance(starts, 20), abs=ROUNDING)
    assert torch_map.jacobian(torch.tensor(starts)).numpy() == pytest.approx(symbolic.jacobian(starts), abs=ROUNDING)


@pytest.mark.parametrize("momentum", [None, 0.5])
def test_parameters_of_any_shape_and_classify(momentum):
    like = {"w": torch.zeros(1, 2, dtype=torch.float64), "v": torch.zeros(2, 1, dtype=torch.float64)}
    net = TorchMap(two_layers, like, torch.tensor([0.3, 0.4], dtype=torch.float64), momentum=momentum)
    stacked = {"w": torch.full((2, 1, 2), 0.5, dtype=torch.float64), "v": torch.full((2, 2, 1), 0.7, dtype=torch.float64)}
    points = net.pack(stacked)
    assert {k: v.tolist() for k, v in net.unpack(points).items()} == {k: v.tolist() for k, v in stacked.items()}
    assert float(net.loss(points)[0]) == pytest.approx((0.7 - 1) ** 2 / 2, abs=ROUNDING)
    assert [o.kind for o in classify(net, points)] == ["converged", "converged"]


def torch_map(loss=saddle, like=None, step=0.1, momentum=None):
    return TorchMap(loss, torch.zeros(2, dtype=torch.float64) if like is None else like, step, momentum)


BAD = {
    "loss not reduced": (lambda: torch_map(lambda w: w), ValueError, "reduce it"),
    "loss no tensor": (lambda: torch_map(lambda w: 1.0), TypeError, "the loss returns float"),
    "integer parameters": (lambda: torch_map(like=torch.zeros(2, dtype=torch.int64)), TypeError, "floating tensors"),
    "no parameters": (lambda: torch_map(like=[]), TypeError, "at least one"),
    "two dtypes": (lambda: torch_map(like=[torch.zeros(1), torch.zeros(1, dtype=torch.float64)]), TypeError, "one dtype"),
    "step zero": (lambda: torch_map(step=0.0), ValueError, "positive"),
    "momentum one": (lambda: torch_map(momentum=1.0), ValueError, "[0, 1)"),
    "momentum nan": (lambda: torch_map(momentum=float("nan")), ValueError, "[0, 1)"),
    "momentum float32": (lambda: torch_map(momentum=torch.tensor(0.5)), TypeError, "torch.float64"),
    "points of wrong width": (lambda: torch_map().step(torch.zeros(1, 3, dtype=torch.float64)), ValueError, "expected (runs, 2)"),
    "points nan": (lambda: torch_map().step(torch.full((1, 2), math.nan, dtype=torch.float64)), ValueError, "NaN"),
    "packed shapes": (lambda: torch_map().pack(torch.zeros(1, 3, dtype=torch.float64)), ValueError, "expected ((2,),)"),
    "heavy ball, step nan": (lambda: heavy_ball(x**2, x, math.nan, 0.5), ValueError, "parameter delta"),
    "loss of unknown symbols": (lambda: sign_descent(x * y, x, 1), ValueError, "unknown symbols y"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_clear_line(case):
    call, error, words = BAD[case]
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
