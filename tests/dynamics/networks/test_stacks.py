"""Stacked networks: against loops over modules and the closed forms; training of every architecture as a map."""

import copy
import math

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy, mse_loss

from dynamics import (
    DeepLinearMap,
    TorchMap,
    TwoLayerReluMap,
    basin_fractions,
    classify,
    deep_linear,
    functional,
    initialise,
    lyapunov_exponents,
    network_loss,
    neural_ode,
    resnet20,
    sharpness,
    stack,
    two_layer_relu,
)
from tests.dynamics.known_networks import F64, NETWORKS, normal

SEEDS = [3, 1, 4]
# The same sums in another order, relative to the largest output: 40 layers, sums of 300 products at most: 40 * 300 * 1.1e-16 < 2e-12.
ORDER = 2e-12


@pytest.mark.parametrize("name", NETWORKS)
def test_the_stack_is_the_loop_over_modules(name):
    make, shape, _ = NETWORKS[name]
    network, x = make(), normal(2, *shape)
    before = copy.deepcopy(network.state_dict())
    params = stack(network, "orthogonal", SEEDS, scale=1.5)
    together = torch.func.vmap(functional(network), (0, None))(params, x)
    modules = [initialise(make(), "orthogonal", seed=s, scale=1.5) for s in SEEDS]
    stacked, _ = torch.func.stack_module_state(modules)
    assert all(torch.equal(params[key], stacked[key]) for key in stacked) and list(params) == list(stacked)
    for i, module in enumerate(modules):
        alone = module(x).detach()
        assert (together[i] - alone).abs().max().item() <= ORDER * max(1, alone.abs().max().item())
    after = network.state_dict()
    assert all(torch.equal(before[key], after[key]) for key in before), "the module changed"
    assert not any(w.requires_grad for w in params.values())


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("name", NETWORKS)
def test_cuda_has_the_same_weights_and_outputs(name):
    make, shape, _ = NETWORKS[name]
    x = normal(2, *shape)
    networks = {device: make(device=device) for device in ("cpu", "cuda")}
    params = {device: stack(network, "orthogonal", SEEDS) for device, network in networks.items()}
    assert all(torch.equal(params["cuda"][key].cpu(), params["cpu"][key]) for key in params["cpu"])
    cpu, cuda = (torch.func.vmap(functional(networks[d]), (0, None))(params[d], x.to(d)).cpu() for d in networks)
    assert close(cuda, cpu)


def close(found, expected):
    return (found - expected).abs().max().item() <= ORDER * max(1, expected.abs().max().item())


@pytest.mark.parametrize("widths", [[3, 2], [2, 4, 3], [3, 2, 1, 4, 2]])
def test_the_gradient_is_the_closed_form_of_the_deep_linear_network(widths):
    target = normal(widths[-1], widths[0], seed=9)
    closed = DeepLinearMap(target, widths, 0.1)
    network = deep_linear(widths)
    params = stack(network, "gaussian", SEEDS)
    points = closed.pack(list(params.values()))
    # on the identity as data, the rows of the output are the columns of the product
    loss = network_loss(network, lambda found, wanted: (found - wanted).square().sum() / 2, torch.eye(widths[0], dtype=F64), target.mT)
    gradient = torch.func.vmap(torch.func.grad(loss))(params)
    assert close(torch.func.vmap(loss)(params), closed.loss(points))
    assert close(closed.pack(list(gradient.values())), closed.gradient(points))


def test_the_gradient_is_the_closed_form_of_the_two_layer_network_with_a_bias_a_run():
    inputs, targets, bias = normal(6, 2), normal(6, 3, seed=1), normal(len(SEEDS), 4, seed=2)
    closed = TwoLayerReluMap(inputs, targets, bias, 0.1, factor=0.5)
    network = two_layer_relu(2, 4, 3)
    params = stack(network, "gaussian", SEEDS)
    points = closed.pack([params["layer2.weight"], params["layer1.weight"]])
    loss = network_loss(network, lambda found, wanted: (found - wanted).square().sum() / 2, inputs, targets)
    gradient = torch.func.vmap(torch.func.grad(lambda p, b: loss({**p, "layer1.bias": b})))(params, -bias)
    assert close(closed.pack([gradient["layer2.weight"], gradient["layer1.weight"]]), closed.gradient(points))


def test_batch_norm_as_in_the_module():
    network, images = resnet20(3, width=2), normal(4, 3, 8, 8)
    params = {key: w.detach() for key, w in network.named_parameters()}
    pure = functional(network)
    first = pure(params, images)
    running = [b.clone() for b in network.buffers()]
    assert torch.equal(first, network(images))  # in training mode both use the batch,
    assert not all(torch.equal(a, b) for a, b in zip(running, network.buffers(), strict=True))  # but only the module remembers it
    assert torch.equal(pure(params, images), first)
    network.eval()
    evaluated = functional(network)(params, images)
    assert torch.equal(evaluated, network(images)) and not torch.equal(evaluated, first)


@pytest.mark.parametrize("name", [name for name in NETWORKS if "batch" not in name])
def test_without_batch_norm_samples_do_not_see_each_other(name):
    make, shape, _ = NETWORKS[name]
    network, x = make(), normal(3, *shape)
    assert close(torch.cat([network(row[None]) for row in x]).detach(), network(x).detach())


# One sample and one output, fitted exactly: f(theta_0) = y. There the Hessian of (f - y)^2 is 2 g g^T, with g the gradient of f, so the
# sharpness is 2 |g|^2, and gradient descent with step h multiplies a small error f - y by 1 - 2 h |g|^2.
PUSH = 1e-6  # off the minimum: the multiplier then holds to 1e-3, with second derivatives of f below 1e3 in the unit of |g|
MULTIPLIER_ERROR = 1e-3


def fitted(name, factor):
    """Return the map with step ``factor`` / sharpness, the fitted parameters as a row, and the sharpness by one backward pass."""
    make, shape, _ = NETWORKS[name]
    network = initialise(make(), "orthogonal", seed=2)
    x = normal(1, *shape, seed=1)
    output = network(x)
    output.sum().backward()
    exact = 2 * sum(w.grad.square().sum().item() for w in network.parameters())
    training = TorchMap.of(network, mse_loss, x, output.detach(), factor / exact)
    return training, training.pack(stack(network, "orthogonal", [2])), exact


@pytest.mark.parametrize("name", NETWORKS)
def test_every_architecture_has_its_sharpness(name):
    training, fit, exact = fitted(name, 1.0)
    found = sharpness(training.loss, fit)
    # the residual holds the rounding of the product; of the two gradients there are 40 layers of 300 products
    assert abs(found.value - exact) <= found.residual + 2 * ORDER * exact


@pytest.mark.parametrize("factor", [0.5, 3.0])
@pytest.mark.parametrize("name", NETWORKS)
def test_every_architecture_has_its_orbit(name, factor):
    training, fit, exact = fitted(name, factor)
    start = fit + PUSH * normal(*fit.shape, seed=4)
    losses = torch.stack([training.loss(x) for x in training.orbit(start, 2)])
    assert (losses[1:] / losses[:-1]).sqrt().flatten().tolist() == pytest.approx([abs(1 - factor)] * 2, rel=MULTIPLIER_ERROR)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_architecture_is_classified(name):
    training, fit, exact = fitted(name, 0.9)
    outcome = classify(training, fit + 1e-3 * normal(*fit.shape, seed=4), max_steps=400, max_period=2)[0]
    assert str(outcome.kind) == "converged", outcome.reason
    # at that distance from the minimum the loss is below half of sharpness times distance squared; and an output has rounding
    assert training.loss(torch.tensor(outcome.points)).item() <= exact * outcome.distance**2 / 2 + ORDER**2


TURN = 80  # steps; the tangents start off their directions, so an exponent is off by log n / TURN at most


@pytest.mark.parametrize("factor", [0.5, 1.5])
@pytest.mark.parametrize("name", ["deep linear", "logistic", "densely connected"])
def test_lyapunov_exponents_at_a_minimum_are_the_logarithms_of_its_multipliers(name, factor):
    training, fit, _ = fitted(name, factor)
    found = lyapunov_exponents(training, fit, transient=0, steps=TURN).exponents[0, 0]
    expected = [0.0] * (training.dimension - 1) + [math.log(abs(1 - factor))]
    assert found == pytest.approx(np.array(expected), abs=math.log(training.dimension) / TURN)


def test_basins_are_those_of_the_closed_form():
    closed = DeepLinearMap(torch.ones(1, 1, dtype=F64), [1, 1, 1], 0.8)
    one = torch.ones(1, 1, dtype=F64)
    training = TorchMap.of(deep_linear([1, 1, 1]), lambda found, wanted: (found - wanted).square().sum() / 2, one, one, 0.8)
    ours, theirs = (basin_fractions(net, 40, box=(-2, 2), seed=0, max_steps=500) for net in (training, closed))
    assert {str(c.kind) for c in ours.classes} >= {"converged", "diverged"}
    assert [str(ours.classes[i].kind) for i in ours.labels[0]] == [str(theirs.classes[i].kind) for i in theirs.labels[0]]


def test_classes_as_targets():
    x, y = normal(5, 3), torch.tensor([0, 1, 2, 1, 0])
    training = TorchMap.of(deep_linear([3, 3]), cross_entropy, x, y, 0.1)
    w = normal(1, 9)
    scores = (x @ w.reshape(3, 3).mT).numpy()
    expected = np.mean(np.log(np.exp(scores).sum(1)) - scores[np.arange(5), y])
    assert training.loss(w).item() == pytest.approx(expected, rel=ORDER)


def test_parameters_are_packed_by_name():
    network = deep_linear([2, 2, 2])
    training = TorchMap.of(network, mse_loss, torch.eye(2, dtype=F64), torch.eye(2, dtype=F64), 0.1)
    params = stack(network, "gaussian", SEEDS)
    reverse = dict(reversed(params.items()))
    assert torch.equal(training.pack(reverse), training.pack(params))
    assert all(torch.equal(training.unpack(training.pack(params))[key], params[key]) for key in params)


NET, X, Y = deep_linear([2, 2]), torch.eye(2, dtype=F64), torch.eye(2, dtype=F64)
ODE = normal(1, 12)
BAD = {
    "no seeds": (lambda: stack(NET, "gaussian", []), ValueError, "no seeds"),
    "unknown name": (lambda: stack(NET, "zero", [0]), ValueError, "expected one of"),
    "a name it lacks": (lambda: functional(NET)({"layer1.bias": X}, X), KeyError, "no layer1.bias: the module has layer1.weight"),
    "inputs float32": (lambda: TorchMap.of(NET, mse_loss, X.float(), Y, 0.1), TypeError, "torch.float64 on cpu, like the parameters"),
    "inputs a list": (lambda: TorchMap.of(NET, mse_loss, [[1.0, 2.0]], Y, 0.1), TypeError, "expected two tensors"),
    "inputs nan": (lambda: TorchMap.of(NET, mse_loss, X * math.nan, Y, 0.1), ValueError, "finite"),
    "targets infinite": (lambda: TorchMap.of(NET, mse_loss, X, Y / 0, 0.1), ValueError, "finite"),
    "no samples": (lambda: TorchMap.of(NET, mse_loss, X[:0], Y[:0], 0.1), ValueError, "at least one"),
    "fewer targets": (lambda: TorchMap.of(NET, mse_loss, X, Y[:1], 0.1), ValueError, "as many"),
    "a loss a sample": (lambda: TorchMap.of(NET, lambda a, b: (a - b).square().sum(1), X, Y, 0.1), ValueError, "reduce"),
    "step negative": (lambda: TorchMap.of(NET, mse_loss, X, Y, -0.1), ValueError, "positive"),
    "no parameters": (lambda: TorchMap.of(torch.nn.ReLU(), mse_loss, X, Y, 0.1), ValueError, "no parameters"),
    "packed names": (lambda: TorchMap.of(NET, mse_loss, X, Y, 0.1).pack({"w": X[None]}), ValueError, "['layer1.weight']"),
    "packed list": (lambda: TorchMap.of(NET, mse_loss, X, Y, 0.1).pack([X[None]]), ValueError, "expected ['layer1.weight']"),
    "dopri5 under vmap": (
        lambda: TorchMap.of(neural_ode(2, 2, method="dopri5"), mse_loss, X, Y, 0.1).loss(ODE),
        RuntimeError,
        "method='rk4'",
    ),
    "midpoint under vmap": (lambda: TorchMap.of(neural_ode(2, 2, method="midpoint"), mse_loss, X, Y, 0.1).loss(ODE), RuntimeError, "rk4"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_clear_line(case):
    call, error, words = BAD[case]
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
