"""Distance between maps and the gradient flow: closed forms, orders in the step size, conserved quantities that a step breaks."""

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
    flow_distance,
    heavy_ball,
    nesterov,
    normalised_descent,
    runge_kutta_flow,
)

x, y, z = sp.symbols("x y z", real=True)
F64 = torch.float64
BOWL = (2 * x**2 + x * y + y**2) / 2
MATRIX = np.array([[2.0, 0.5], [0.5, 1.0]])
START = np.array([1.0, -1.5])
TENTH = Rational(1, 10)
FINE = 1e-11
ROUNDING = 2e-14  # 40 steps and a closed form: some 100 operations on numbers up to 2, at 1.1e-16 each


def within(found, expected, errors):
    return bool((np.abs(found - expected) <= errors + ROUNDING).all())


def test_a_quadratic_bowl():
    """(I - h A)^k x0 against exp(-k h A) x0."""
    found = flow_distance(GradientMap(BOWL, (x, y), TENTH), START, 40)
    powers = np.stack([np.linalg.matrix_power(np.eye(2) - MATRIX / 10, k) @ START for k in range(41)])
    flow = np.stack([expm(-k / 10 * MATRIX) @ START for k in range(41)])
    assert found.times == pytest.approx(np.arange(41) / 10, rel=1e-15)
    assert within(np.linalg.norm(found.orbit - powers, axis=1), 0, 0) and within(np.linalg.norm(found.flow - flow, axis=1), 0, found.errors)
    assert within(found.distances, np.linalg.norm(powers - flow, axis=1), found.errors)
    one_step = powers[1:] - powers[:-1] @ expm(-MATRIX / 10).T
    assert within(found.step_distances, np.linalg.norm(one_step, axis=1), found.step_errors)
    assert found.leading_terms == pytest.approx(np.linalg.norm(powers[:-1] @ MATRIX @ MATRIX, axis=1) / 200, rel=1e-13)
    half = [(p @ MATRIX @ p) / 2 for p in powers], [(p @ MATRIX @ p) / 2 for p in flow]
    assert found.losses == pytest.approx(half[0], abs=ROUNDING) and found.flow_losses == pytest.approx(half[1], abs=1e-8)


def test_the_quartic():
    """x' = x - h x^3 against x / sqrt(1 + 2 h x^2), and H g = 3 x^5."""
    found = flow_distance(GradientMap(x**4 / 4, x, TENTH), 1.25, 40, accuracy=FINE)
    orbit = found.orbit[:, 0]
    assert within(orbit[1:], orbit[:-1] - orbit[:-1] ** 3 / 10, 0)
    assert within(found.distances, np.abs(orbit - 1.25 / np.sqrt(1 + 2 * 1.25**2 * found.times)), found.errors)
    assert within(found.step_distances, np.abs(orbit[1:] - orbit[:-1] / np.sqrt(1 + orbit[:-1] ** 2 / 5)), found.step_errors)
    assert found.leading_terms == pytest.approx(3 * orbit[:-1] ** 5 / 200, rel=1e-13)


CORRIDORS = {  # loss, variables, start, steps of 1/10 that stay inside
    "|x|": (sp.Abs(x), x, 1.05, 10),
    "a cone": (sp.sqrt(x**2 + y**2), (x, y), START, 15),
    "a cone times a line": (sp.sqrt(x**2 + y**2) + z, (x, y, z), np.array([1.0, -1.5, 3.0]), 15),
    "affine": (2 * x - 3 * y, (x, y), START, 40),
}


@pytest.mark.parametrize("name", CORRIDORS)
def test_in_a_corridor_descent_and_flow_are_one(name):
    loss, variables, start, steps = CORRIDORS[name]
    found = flow_distance(GradientMap(loss, variables, TENTH), start, steps)
    assert max(found.distances.max(), found.step_distances.max(), found.leading_terms.max()) < 20 * ROUNDING  # points up to 20


def test_at_the_kink_they_part():
    with pytest.raises(FlowStopped) as caught:
        flow_distance(GradientMap(sp.Abs(x), x, TENTH), 1.05, 11, max_gradients=2000)
    assert caught.value.time == pytest.approx(1.05, abs=1e-4)  # 2000 gradients chatter over 200 steps of 1e-9 to 1e-7


# ---------------------------------------------------------------- orders

WAVY = sp.sin(x) * y + y**2 / 2 + x / 7
NET = DeepLinearMap(torch.tensor([[1.0, 0.5], [-0.5, 2.0]], dtype=F64), [2, 2, 2, 2], 1.0)
WEIGHTS = NET.initial(1, seed=3, scale=0.6)


def descent(loss, variables=(x, y)):
    return lambda h: (GradientMap(loss, variables, Rational(h)), START if variables != x else 1.25)


def deep_linear(h):
    return DeepLinearMap(NET.target, [2, 2, 2, 2], h), WEIGHTS


def by_torch(h):
    return TorchMap(lambda w: NET.loss(torch.cat([m.flatten() for m in w])[None])[0], NET.unpack(WEIGHTS[0]), h), WEIGHTS


@pytest.mark.parametrize(
    "case", [descent(BOWL), descent(x**4 / 4, x), descent(WAVY), deep_linear, by_torch], ids=["bowl", "quartic", "wavy", "net", "torch"]
)
def test_halving_the_step_quarters_the_distance_of_a_step(case):
    """d(h) = c h^2 (1 + a h + O(h^2)), so log2 d(h)/d(h/2) = 2 + a h / (2 ln 2) + O(h^2); a from the leading term, c h^2."""
    sizes = [2.0**-k for k in (5, 6, 7)]
    found = [flow_distance(*case(h), 1, accuracy=FINE) for h in sizes]
    d, leading = (np.array([getattr(f, name)[0] for f in found]) for name in ("step_distances", "leading_terms"))
    off = d / leading - 1  # a h, to be halved with h
    assert off[1:] == pytest.approx(off[:-1] / 2, rel=0.2)  # its next order is a relative h: 0.03 times a modest constant
    orders = np.log2(d[:-1] / d[1:])
    tolerance = 1.2 * np.abs(off[:-1]) / (2 * math.log(2))
    assert (np.abs(orders - 2) <= tolerance).all() and (tolerance < 0.2).all()
    assert (np.array([f.step_errors[0] for f in found]) < 1e-4 * np.abs(off) * d).all()  # the solver's error does not matter here


ORDERS = {  # a map of step h, the factor by which its start goes on with velocities, and the orders of one step and of a given time
    "gradient descent": (lambda h: GradientMap(WAVY, (x, y), h), 0, 2, 1),
    "Runge-Kutta": (lambda h: runge_kutta_flow(WAVY, (x, y), h), 0, 5, 4),
    "heavy ball without momentum": (lambda h: heavy_ball(WAVY, (x, y), h, 0), 2, 2, 1),
    "Nesterov without momentum": (lambda h: nesterov(WAVY, (x, y), h, 0), 2, 2, 1),
}


@pytest.mark.parametrize("name", ORDERS)
def test_orders_of_other_maps(name):
    method, velocities, local, whole = ORDERS[name]
    start = np.concatenate([START / 2, np.zeros(velocities)])
    found = {}
    for steps in (8, 16, 32):
        h = Rational(1, 2 * steps)
        found[steps] = flow_distance(method(h), start, steps, flow=GradientMap(WAVY, (x, y), h), accuracy=FINE)
    for order, last in ((local, lambda f: f.step_distances[0]), (whole, lambda f: f.distances[-1])):
        d = np.array([last(f) for f in found.values()])
        first, second = np.log2(d[:-1] / d[1:])
        # a fitted order errs by O(h); halving h halves that error, so it is below the change, and the second is nearer
        assert abs(second - order) <= max(1.5 * abs(second - first), 0.02) and abs(second - order) < 0.2


def test_momentum_follows_the_flow_in_its_own_time():
    """Heavy ball with momentum beta moves delta / (1 - beta) of the flow a step, up to a distance that falls with delta."""
    ends = []
    for steps in (100, 200, 400):
        delta, beta = Rational(1, steps), Rational(1, 2)
        ball, flow = heavy_ball(BOWL, (x, y), delta, beta), GradientMap(BOWL, (x, y), delta)
        found = flow_distance(ball, np.array([*START, 0, 0]), steps // 2, flow=flow, time_step=float(delta / (1 - beta)))
        assert found.times[-1] == pytest.approx(1, rel=1e-14) and found.orbit.shape == (steps // 2 + 1, 2)
        ends.append(found.distances[-1])
        wrong = flow_distance(ball, np.array([*START, 0, 0]), steps // 2, flow=flow)
        assert wrong.distances[-1] > 0.2  # half the time: exp(-A/2) x0 is that far from exp(-A) x0
    assert np.log2(np.divide(ends[:-1], ends[1:])) == pytest.approx([1, 1], abs=0.05)  # the next order is delta, 0.01, times 2 or 3


# ---------------------------------------------------------------- conserved quantities


@pytest.mark.parametrize("weights", [(0.5, 2.0), (1.5, -0.25)])
def test_a_step_breaks_the_balance_of_scalar_layers_at_second_order(weights):
    """With r = w1 w2 - R a step takes w1^2 - w2^2 to (1 - h^2 r^2) times itself, exactly; the flow keeps it."""
    for h in (0.125, 0.0625):
        net = DeepLinearMap(torch.tensor([[1.0]], dtype=F64), [1, 1, 1], h)
        found = flow_distance(net, torch.tensor([weights], dtype=F64), 20)
        balance, kept = (p[:, 0] ** 2 - p[:, 1] ** 2 for p in (found.orbit, found.flow))
        residual = found.orbit.prod(axis=1) - 1
        assert balance[1:] == pytest.approx(balance[:-1] * (1 - h**2 * residual[:-1] ** 2), abs=ROUNDING)
        assert within(kept, kept[0], 2 * np.abs(found.flow).sum(axis=1) * found.errors)


# ---------------------------------------------------------------- results and bad input


def test_json_and_plot():
    found = flow_distance(GradientMap(BOWL, (x, y), TENTH), START, 10)
    read = json.loads(found.to_json())
    assert read["kind"] == "FlowDistance" and read["distances"] == found.distances.tolist() and "x**2" in read["loss"]
    whole, single, leading = found.plot().lines
    assert whole.get_ydata().tolist() == found.distances.tolist()
    assert (single.get_ydata().tolist(), leading.get_ydata().tolist()) == (found.step_distances.tolist(), found.leading_terms.tolist())


def test_many_steps_are_followed_block_by_block(monkeypatch):
    whole = flow_distance(GradientMap(BOWL, (x, y), TENTH), START, 9)
    monkeypatch.setattr("dynamics.flow.distance.BLOCK", 8)  # four rows of two
    blocks = flow_distance(GradientMap(BOWL, (x, y), TENTH), START, 9)
    assert within(blocks.step_distances, whole.step_distances, whole.step_errors + blocks.step_errors)
    assert blocks.leading_terms.tolist() == whole.leading_terms.tolist()


def test_any_map_of_the_users_own():
    shrink = SymbolicMap((x / 2, y / 2), (x, y))
    found = flow_distance(shrink, START, 3, flow=GradientMap((x**2 + y**2) / 2, (x, y), 1), time_step=math.log(2))
    assert (found.distances <= found.errors + ROUNDING).all()  # halving is the flow of the bowl for a time of ln 2


def distance(step_map=None, start=START, steps=5, **options):
    return flow_distance(GradientMap(BOWL, (x, y), TENTH) if step_map is None else step_map, start, steps, **options)


MOMENTUM = TorchMap(lambda w: w.square().sum(), torch.zeros(2, dtype=F64), 0.1, 0.5)
BAD = {
    "no loss": (lambda: distance(normalised_descent(BOWL, (x, y), TENTH)), TypeError, "give flow=GradientMap"),
    "momentum and no flow": (lambda: distance(MOMENTUM, torch.zeros(1, 4, dtype=F64)), TypeError, "without momentum"),
    "no map": (lambda: distance(5), TypeError, "the map is a int"),
    "no steps": (lambda: distance(steps=0), ValueError, "steps = 0"),
    "half a step": (lambda: distance(steps=1.5), ValueError, "an integer"),
    "a family": (lambda: distance(GradientMap(BOWL, (x, y), np.array([0.1, 0.2]))), ValueError, "2 step sizes"),
    "a family with its time": (lambda: distance(GradientMap(BOWL, (x, y), np.array([0.1, 0.2])), time_step=0.1), ValueError, "2 rows of 2"),
    "several starts": (lambda: distance(start=np.ones((3, 2))), ValueError, "3 rows of 2: expected one start"),
    "start nan": (lambda: distance(start=np.array([1.0, math.nan])), ValueError, "finite"),
    "start too short": (
        lambda: distance(start=1.0, step_map=GradientMap(x**2, x, 1), flow=GradientMap(BOWL, (x, y), 1)),
        ValueError,
        "at least 2",
    ),
    "time step nan": (lambda: distance(time_step=math.nan), ValueError, "time_step = nan"),
    "time step negative": (lambda: distance(time_step=-1.0), ValueError, "positive"),
    "accuracy": (lambda: distance(accuracy=0.0), ValueError, "accuracy"),
    "an orbit that diverges": (lambda: distance(GradientMap(x**4, x, 1), 10.0, 20), ValueError, "leaves float64 at step"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_clear_line(case):
    call, error, words = BAD[case]
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
