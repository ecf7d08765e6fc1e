"""`line_loss` against a loop over copies of the network, exact arithmetic and finite differences; what it refuses."""

import copy
import json
import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from torch import nn

from dynamics import Line, conv_net, deep_linear, deep_relu, line_loss, resnet20
from tests.dynamics.known_networks import F64, normal

GRID = 0.1 * np.arange(-3, 4)
NETWORKS = {  # factory, shape of a sample, training mode
    "deep ReLU": (lambda: deep_relu([5, 4, 3]), (5,), True),
    "conv net": (lambda: conv_net([2], classes=3, image=(1, 4, 4)), (1, 4, 4), True),
    "ResNet-20, batch statistics": (lambda: resnet20(3, width=2), (3, 8, 8), True),
    "ResNet-20, running statistics": (lambda: resnet20(3, width=2), (3, 8, 8), False),
    "ResNet-20, group norm": (lambda: resnet20(3, width=2, norm="group"), (3, 8, 8), True),
}
# The same sums in another order: some 20 layers of a few hundred terms each, losses of order one, normalisations that stretch tenfold.
SAME = 1e-11
# Central differences of step 1e-6: h^2/6 of a third derivative below 1e5, and the rounding 1e-16/1e-6 of losses of order one, stretched
# tenfold. A ReLU that turns within 1e-6 of
# the point would show as more; at these points none does.
DIFFERENCES = 1e-7


def problem(name, samples=10):
    make, shape, training = NETWORKS[name]
    network = make().train(training)
    with torch.no_grad():
        for i, p in enumerate(network.parameters()):  # away from kinks: new norms have bias 0, so a dead ReLU would stand at 0 exactly
            p += 0.1 * normal(*p.shape, seed=100 + i)
    return network, normal(samples, *shape, seed=1), torch.arange(samples) * 7 % 3


def random_direction(network):
    return {name: normal(*p.shape, seed=i) for i, (name, p) in enumerate(network.named_parameters())}


def moved(network, direction, s):
    norm = math.sqrt(sum(float(part.square().sum()) for part in direction.values()))
    other = copy.deepcopy(network)
    with torch.no_grad():
        for name, p in other.named_parameters():
            if name in direction:
                p += s / norm * direction[name]
    return other


def by_loop(network, inputs, labels, direction, grid, size):
    """Sample losses by copies of the network and plain NumPy: minus the logarithm of the label's share."""
    rows = []
    for s in grid:
        other = moved(network, direction, s)
        with torch.no_grad():
            outputs = torch.cat([other(part) for part in inputs.split(size)]).numpy()
        powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        rows.append(-np.log(powers[np.arange(len(labels)), labels] / powers.sum(axis=1)))
    return np.array(rows)


@pytest.mark.claim("mutschler-zell:equation-1")
@pytest.mark.parametrize("points", [None, 1, 3])
@pytest.mark.parametrize("name", NETWORKS)
def test_sample_losses_are_those_of_a_loop_over_copies(name, points):
    network, inputs, labels = problem(name)
    direction, before = random_direction(network), copy.deepcopy(network.state_dict())
    line = line_loss(network, (inputs, labels), direction, GRID, batch_size=4, points=points)
    expected = by_loop(network, inputs, labels, direction, GRID, 4)
    assert line.losses == pytest.approx(expected, rel=SAME, abs=SAME)
    assert line.full.losses == pytest.approx(expected.mean(axis=1), rel=SAME) and line.batches.shape == (len(GRID), 2)
    assert line.batch(2).losses == pytest.approx(expected[:, 8:].mean(axis=1), rel=SAME)
    assert line.of([1, 9]).losses == pytest.approx(expected[:, [1, 9]].mean(axis=1), rel=SAME)
    assert all(torch.equal(before[key], value) for key, value in network.state_dict().items())  # running statistics too


@pytest.mark.claim("mutschler-zell:equation-1")
@pytest.mark.parametrize("name", NETWORKS)
def test_slopes_are_finite_differences(name):
    network, inputs, labels = problem(name)
    direction, h = random_direction(network), 1e-6
    line = line_loss(network, (inputs, labels), direction, GRID, batch_size=5)
    ahead, behind = by_loop(network, inputs, labels, direction, [h, -h], 5)
    assert line.slopes == pytest.approx((ahead - behind) / (2 * h), abs=DIFFERENCES)


@pytest.mark.claim("mutschler-zell:equation-dirderiv", "mutschler-zell:text-direction")
@pytest.mark.parametrize("name", NETWORKS)
def test_the_batch_that_defines_the_direction_falls_by_its_gradient_norm(name):
    network, inputs, labels = problem(name)
    nn.functional.cross_entropy(network(inputs[5:]), labels[5:]).backward()
    direction = {key: -p.grad for key, p in network.named_parameters()}
    line = line_loss(network, (inputs, labels), direction, GRID, batch_size=5)
    assert line.batch(1).slope == pytest.approx(-line.direction_norm, rel=SAME)
    assert line.direction_norm == pytest.approx(math.sqrt(sum(float((p.grad**2).sum()) for p in network.parameters())), rel=SAME)


@pytest.mark.claim("mutschler-zell:equation-1")
def test_a_deep_linear_network_in_rational_arithmetic():
    """L(t; w1, w2) = (w2 w1 x_t - y_t)^2 along (3, 4)/5, from w1 = 2, w2 = -1."""
    network = deep_linear([1, 1, 1])
    with torch.no_grad():
        network.layer1.weight.fill_(2.0)
        network.layer2.weight.fill_(-1.0)
    x, y = [1, -2, 3], [0, 1, -1]
    data = (torch.tensor(x, dtype=F64)[:, None], torch.tensor(y, dtype=F64)[:, None])
    direction = {"layer1.weight": torch.full((1, 1), 3.0, dtype=F64), "layer2.weight": torch.full((1, 1), 4.0, dtype=F64)}
    line = line_loss(network, data, direction, [-1.0, 0.0, 0.5], criterion=lambda outputs, targets: (outputs - targets).square().sum(1))
    for i, s in enumerate((Fraction(-1), Fraction(0), Fraction(1, 2))):
        product = (-1 + s * Fraction(4, 5)) * (2 + s * Fraction(3, 5))
        assert line.losses[i] == pytest.approx([float((product * a - b) ** 2) for a, b in zip(x, y, strict=True)], rel=SAME)
    rate = Fraction(4, 5) * 2 - Fraction(3, 5)  # of w2 w1 at s = 0
    assert line.slopes == pytest.approx([float(2 * (-2 * a - b) * rate * a) for a, b in zip(x, y, strict=True)], rel=SAME)


def test_parameters_that_the_direction_lacks_stay():
    network, inputs, labels = problem("deep ReLU")
    direction = {"layer2.bias": torch.tensor([1.0, 0.0, 0.0], dtype=F64)}
    line = line_loss(network, (inputs, labels), direction, GRID)
    assert line.losses == pytest.approx(by_loop(network, inputs, labels, direction, GRID, 10), rel=SAME)


def test_float32_is_evaluated_in_float32_and_stored_in_float64():
    network, inputs, labels = problem("deep ReLU")
    direction = random_direction(network)
    exact = line_loss(network, (inputs, labels), direction, GRID)
    rough = line_loss(network.float(), (inputs.float(), labels), {k: d.float() for k, d in direction.items()}, GRID)
    assert rough.dtype == "float32" and rough.losses.dtype == np.float64
    # three layers of ten terms, a hundred roundings of 6e-8
    assert 0 < np.abs(rough.losses - exact.losses).max() < 1e-5


def test_json_and_picture():
    network, inputs, labels = problem("deep ReLU")
    line = line_loss(network, (inputs, labels), random_direction(network), GRID, batch_size=2)
    stored = json.loads(line.to_json())
    assert np.array(stored["losses"]) == pytest.approx(line.losses, rel=0) and stored["environment"]["device"] == "cpu"
    axes = line.plot(batch=1)
    curves = {curve.get_label(): curve.get_ydata() for curve in axes.lines}
    assert np.array_equal(curves["full batch"], line.full.losses) and len(line.plot(batch=None).lines) == 2
    assert np.array_equal(curves["batch that defines the direction"], line.batch(1).losses)


def test_beyond_the_grid_there_is_no_loss():
    assert math.isnan(Line(np.array([0.0, 1.0]), np.array([0.0, 1.0]), 1.0)(1.5))


def measured(grid=GRID, network=None, **changes):
    own, inputs, labels = problem("deep ReLU")
    network = own if network is None else network
    given = {"data": (inputs, labels), "direction": random_direction(network)} | changes
    return line_loss(network, given.pop("data"), given.pop("direction"), grid, **given)


X, Y = normal(4, 5), torch.zeros(4, dtype=torch.int64)
BAD = {
    "an empty grid": (lambda: measured([]), ValueError, "two or more step sizes"),
    "one point": (lambda: measured([0.0]), ValueError, "two or more"),
    "a grid that falls": (lambda: measured([0.0, -1.0]), ValueError, "increasing"),
    "nan in the grid": (lambda: measured([0.0, math.nan]), ValueError, "finite"),
    "inputs alone": (lambda: measured(data=X), TypeError, "expected a pair of tensors"),
    "inputs of another dtype": (lambda: measured(data=(X.float(), Y)), TypeError, "the inputs are torch.float32 on cpu"),
    "no samples": (lambda: measured(data=(X[:0], Y[:0])), ValueError, "at least one"),
    "nan inputs": (lambda: measured(data=(X * math.nan, Y)), ValueError, "all finite"),
    "fewer targets": (lambda: measured(data=(X, Y[:3])), ValueError, "expected as many"),
    "a zero direction": (lambda: measured(direction={"layer1.weight": torch.zeros(4, 5, dtype=F64)}), ValueError, "norm 0.0"),
    "a nan direction": (lambda: measured(direction={"layer1.weight": torch.full((4, 5), math.nan).double()}), ValueError, "norm nan"),
    "an unknown parameter": (lambda: measured(direction={"weight": X}), ValueError, "the direction is of ['weight']"),
    "no direction": (lambda: measured(direction={}), ValueError, "the direction is of []"),
    "a flat direction": (lambda: measured(direction=X), ValueError, "the direction is of Tensor"),
    "another shape": (lambda: measured(direction={"layer2.weight": X}), ValueError, "expected (3, 4)"),
    "another dtype": (lambda: measured(direction={"layer1.weight": torch.ones(4, 5)}), TypeError, "the direction of layer1.weight is"),
    "a criterion that averages": (lambda: measured(criterion=nn.functional.cross_entropy), ValueError, "do not average it"),
    "batch size 0": (lambda: measured(batch_size=0), ValueError, "batch_size = 0"),
    "half a point": (lambda: measured(points=0.5), ValueError, "points = 0.5"),
    "a line to infinity": (lambda: measured([-1e308, 0.0, 1.0]), ValueError, "NaN or infinite, from s = -1e+308 on"),
    "dropout": (lambda: measured(network=nn.Sequential(nn.Linear(5, 3), nn.Dropout()).double()), ValueError, "network.eval()"),
    "no parameters": (lambda: measured(network=nn.Sequential()), ValueError, "no parameters"),
    "no such batch": (lambda: measured(batch_size=4).batch(3), ValueError, "batch 3: expected 0 to 2"),
    "no samples chosen": (lambda: measured().of([]), ValueError, "expected at least one"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_clear_line(case):
    call, error, words = BAD[case]
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value) and "\n" not in str(caught.value)
