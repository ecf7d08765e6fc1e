"""The gradient flow against closed forms and conserved quantities, its error estimate, and where it cannot go on."""

import json
import math

import numpy as np
import pytest
import sympy as sp
import torch
from scipy.linalg import expm

from dynamics import DeepLinearMap, FlowStopped, GradientMap, TorchMap, gradient_flow

x, y = sp.symbols("x y", real=True)
F64 = torch.float64
TIMES = np.linspace(0, 3, 13)
MATRIX = np.array([[2.0, 0.5], [0.5, 1.0]])
BOWL = (2 * x**2 + x * y + y**2) / 2  # its Hessian is MATRIX
# Closed forms and the solver's own sums round: some 100 operations on numbers up to 2, at 1.1e-16 each.
ROUNDING = 2e-14


def bowl(t):
    return np.stack([expm(-s * MATRIX) @ [1.0, -1.5] for s in t])


CLOSED = {  # loss, variables, start, the flow at times t
    "bowl": (BOWL, (x, y), (1.0, -1.5), bowl),
    "quartic": (x**4 / 4, x, 1.25, lambda t: (1.25 / np.sqrt(1 + 2 * 1.25**2 * t))[:, None]),
    "saddle": ((x**2 - y**2) / 2, (x, y), (1.0, 1e-3), lambda t: np.stack([np.exp(-t), 1e-3 * np.exp(t)], axis=1)),
    "double well": ((x**2 - 1) ** 2 / 4, x, 0.5, lambda t: (1 / np.sqrt(1 + 3 * np.exp(-2 * t)))[:, None]),
    "corridor": (sp.sqrt(x**2 + y**2), (x, y), (6.0, 8.0), lambda t: (1 - t / 10)[:, None] * [6.0, 8.0]),
    "stiff": ((x**2 + 1000 * y**2) / 2, (x, y), (1.0, 1.0), lambda t: np.stack([np.exp(-t), np.exp(-1000 * t)], axis=1)),
    "at rest": (BOWL, (x, y), (0.0, 0.0), lambda t: np.zeros((len(t), 2))),
}


@pytest.mark.parametrize("method", ["DOP853", "Radau"])
@pytest.mark.parametrize("accuracy", [1e-4, 1e-9])
@pytest.mark.parametrize("name", CLOSED)
def test_the_flow_is_the_closed_form_within_its_own_estimate(name, accuracy, method):
    loss, variables, start, expected = CLOSED[name]
    flow = gradient_flow(GradientMap(loss, variables, 1), start, TIMES, accuracy=accuracy, method=method)
    true_errors = np.linalg.norm(flow.points - expected(TIMES), axis=1)
    assert (true_errors <= flow.errors + ROUNDING).all()
    assert (flow.errors <= accuracy * (1 + np.linalg.norm(flow.points, axis=1))).all()
    value = sp.lambdify(variables, loss)
    assert flow.losses == pytest.approx([value(*p) for p in flow.points], abs=ROUNDING)
    assert flow.points[0].tolist() == np.atleast_1d(start).tolist() and flow.errors[0] == 0


def test_an_estimate_falls_with_the_accuracy():
    quartic = GradientMap(x**4 / 4, x, 1)
    found = [gradient_flow(quartic, 1.25, [2.0], accuracy=accuracy).errors[0] for accuracy in (1e-3, 1e-6, 1e-9)]
    assert found[0] > 30 * found[1] > 900 * found[2] > 0  # each accuracy is 1000 times the next; half of it, in logarithms, must show


def test_an_accuracy_out_of_reach_says_how_far_it_holds():
    """On the stable line of a saddle rounding grows by exp(t): to 1e-14 at t = 5, to 20 at t = 40."""
    saddle = GradientMap(((3 * x + 4 * y) ** 2 - (4 * x - 3 * y) ** 2) / 50, (x, y), 1)
    with pytest.raises(FlowStopped, match="the accuracy 1e-11 holds up to t = 5 of 40") as caught:
        gradient_flow(saddle, (0.6, 0.8), [1.0, 5.0, 40.0], accuracy=1e-11)
    assert caught.value.time == 5.0


def test_several_starts_are_followed_at_once():
    starts = np.array([[1.0, -1.5], [0.0, 2.0], [-3.0, 0.25]])
    flow = gradient_flow(GradientMap(BOWL, (x, y), 1), starts, TIMES)
    exact = np.stack([starts @ expm(-t * MATRIX) for t in TIMES])
    assert flow.points.shape == (13, 3, 2) and flow.losses.shape == flow.errors.shape == (13, 3)
    assert (np.linalg.norm(flow.points - exact, axis=-1) <= flow.errors + ROUNDING).all()


def test_only_the_loss_matters_and_not_the_step_size():
    family = GradientMap(BOWL, (x, y), np.array([0.1, 0.2, 0.3]))
    assert (
        gradient_flow(family, (1.0, -1.5), [1.0]).points.tolist()
        == gradient_flow(GradientMap(BOWL, (x, y), 7), (1, -1.5), [1]).points.tolist()
    )


# ---------------------------------------------------------------- networks


def unbalanced(net, runs=1):
    return net.initial(runs, seed=1, scale=0.7)


@pytest.mark.parametrize(("depth", "method"), [(2, "DOP853"), (3, "DOP853"), (4, "DOP853"), (3, "Radau")])
def test_the_flow_keeps_what_deep_linear_networks_conserve(depth, method):
    """W_{i+1}^T W_{i+1} - W_i W_i^T is constant (Arora, Cohen, Hazan 2018), and the loss falls."""
    net = DeepLinearMap(torch.tensor([[1.0, 0.5], [-0.5, 2.0]], dtype=F64), [2, 3, 3, 3, 2][:depth] + [2], 0.1)
    flow = gradient_flow(net, unbalanced(net), TIMES, method=method, accuracy=1e-8)
    weights = net.unpack(torch.as_tensor(flow.points))
    for below, above in zip(weights, weights[1:], strict=False):
        kept = above.mT @ above - below @ below.mT
        change = torch.linalg.matrix_norm(kept - kept[0]).numpy()
        norms = torch.linalg.matrix_norm(above).numpy() + torch.linalg.matrix_norm(below).numpy()
        assert (change <= 2 * norms * flow.errors + norms**2 * ROUNDING).all()  # d(W^T W) <= 2 |W| |dW|, and so for both layers
    assert (np.diff(flow.losses) < 0).all()


def test_networks_torch_losses_and_formulas_flow_alike():
    net = DeepLinearMap(torch.tensor([[1.5]], dtype=F64), [1, 1, 1], 0.1)
    formula = GradientMap((x * y - sp.Rational(3, 2)) ** 2 / 2, (x, y), 1)
    by_torch = TorchMap(lambda w: (w[0] * w[1] - 1.5) ** 2 / 2, torch.zeros(2, dtype=F64), 0.1)
    starts = torch.tensor([[0.3, 2.0], [-1.0, 0.5]], dtype=F64)
    flows = [gradient_flow(m, s, TIMES) for m, s in ((net, starts), (by_torch, starts), (formula, starts.numpy()))]
    for flow in flows[:2]:
        assert (np.linalg.norm(flow.points - flows[2].points, axis=-1) <= flow.errors + flows[2].errors).all()
        assert flow.losses == pytest.approx(flows[2].losses, abs=1e-7)  # errors of 2e-9 times gradients below 10
    assert gradient_flow(net, starts[:1], TIMES).points.shape == (13, 2)


# ---------------------------------------------------------------- where it ends


@pytest.mark.parametrize("method", ["DOP853", "Radau"])
@pytest.mark.parametrize(
    ("loss", "end"),
    [(-(x**4) / 4, 0.5), (-(x**3) / 3, 1.0), (-sp.exp(x), math.exp(-1))],  # from 1: 1/(2 x0^2), 1/x0, exp(-x0)
    ids=str,
)
def test_a_blow_up_names_its_time(loss, end, method):
    gradient_map = GradientMap(loss, x, 1)
    with pytest.raises(FlowStopped, match="below the spacing of float64: it blows up") as caught:
        gradient_flow(gradient_map, 1.0, [0.1, 2.0], method=method)
    assert caught.value.time == pytest.approx(end, abs=1e-8)  # ten times the accuracy: the time is that of the first, looser solution
    assert f"t = {end:.6f}"[:8] in str(caught.value) or f"t = {end:g} of 2" in str(caught.value)
    assert gradient_flow(gradient_map, 1.0, [0.9 * end], method=method).errors[0] < 1e-7


def test_a_kink_ends_the_flow():
    cone = GradientMap(sp.Abs(x), x, 1)
    assert gradient_flow(cone, 1.0, [0.25, 0.75]).points[:, 0] == pytest.approx([0.75, 0.25], abs=ROUNDING)
    with pytest.raises(FlowStopped, match="a kink, a stiff loss") as caught:
        gradient_flow(cone, 1.0, [2.0], max_gradients=2000)
    assert caught.value.time == pytest.approx(1, abs=1e-4)  # 2000 gradients chatter over 200 steps of 1e-9 to 1e-7


def test_a_stiff_loss_is_told_to_use_radau():
    stiff = GradientMap((x**2 + 10**6 * y**2) / 2, (x, y), 1)
    with pytest.raises(FlowStopped, match="method='Radau' if it is smooth") as caught:
        gradient_flow(stiff, (1.0, 1.0), [10.0], max_gradients=5000)
    assert 0 < caught.value.time < 10
    flow = gradient_flow(stiff, (1.0, 1.0), [10.0], method="Radau", max_gradients=20_000)
    assert np.linalg.norm(flow.points[0] - [math.exp(-10), 0]) <= flow.errors[0]


# ---------------------------------------------------------------- results and bad input


def test_json_holds_the_numbers_and_the_plot_the_losses():
    flow = gradient_flow(GradientMap(BOWL, (x, y), 1), (1.0, -1.5), TIMES)
    read = json.loads(flow.to_json())
    assert (read["kind"], read["method"], read["environment"]["device"]) == ("GradientFlow", "DOP853", "cpu")
    assert read["points"] == flow.points.tolist() and read["errors"] == flow.errors.tolist()
    (line,) = flow.plot().lines
    assert line.get_ydata().tolist() == flow.losses.tolist()


def flow_of(loss=x**2, start=1.0, times=(0, 1), **options):
    return gradient_flow(GradientMap(loss, x, 1), start, times, **options)


NET = DeepLinearMap(torch.eye(1, dtype=F64), [1, 1], 0.1)
BAD = {
    "no loss": (lambda: gradient_flow(sp.Symbol("x"), 1.0, [1]), TypeError, "expected a GradientMap"),
    "momentum": (
        lambda: gradient_flow(TorchMap(lambda w: w**2, torch.zeros((), dtype=F64), 0.1, 0.5), None, [1]),
        TypeError,
        "without momentum",
    ),
    "float32 map": (lambda: gradient_flow(DeepLinearMap(torch.eye(1), [1, 1], 0.1), torch.ones(1, 1), [1]), TypeError, "torch.float32"),
    "float32 start": (lambda: gradient_flow(NET, torch.ones(1, 1), [1]), TypeError, "expected a tensor of torch.float64"),
    "start nan": (lambda: flow_of(start=math.nan), ValueError, "finite"),
    "start of wrong shape": (lambda: gradient_flow(GradientMap(BOWL, (x, y), 1), (1.0,), [1]), ValueError, "(..., 2)"),
    "start empty": (lambda: flow_of(start=np.empty(0)), ValueError, "empty"),
    "gradient infinite": (lambda: flow_of(loss=sp.log(x), start=0.0), ValueError, "differentiable"),
    "no times": (lambda: flow_of(times=[]), ValueError, "at least one"),
    "time nan": (lambda: flow_of(times=[0, math.nan]), ValueError, "finite"),
    "time negative": (lambda: flow_of(times=[-1, 1]), ValueError, "from 0 upwards"),
    "times unsorted": (lambda: flow_of(times=[0, 2, 1]), ValueError, "later"),
    "times a table": (lambda: flow_of(times=[[0, 1]]), ValueError, "the times are"),
    "accuracy too fine": (lambda: flow_of(accuracy=1e-12), ValueError, "from 1e-11"),
    "accuracy nan": (lambda: flow_of(accuracy=math.nan), ValueError, "accuracy = nan"),
    "accuracy one": (lambda: flow_of(accuracy=1), ValueError, "accuracy = 1"),
    "method": (lambda: flow_of(method="Euler"), ValueError, "DOP853, Radau"),
    "budget zero": (lambda: flow_of(max_gradients=0), ValueError, "max_gradients"),
    "budget a float": (lambda: flow_of(max_gradients=1e5), ValueError, "an integer"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_clear_line(case):
    call, error, words = BAD[case]
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
