"""Stacks of logistic networks against autograd on each network, against LinGrad, and against numbers by hand."""

import math
from typing import get_args

import numpy as np
import pytest
import torch

from dynamics import LinGrad, logistic, nonlinear_measurement
from dynamics.lines.logistic_stacks import (
    CAP,
    MAX_GROWTH,
    Measure,
    StackedDescent,
    stacked_gradients,
    stacked_measurement,
    stacked_states,
    stacked_tangents,
)

WIDTHS = (5, 4, 3)
CLOSE = {"rtol": 1e-12, "atol": 1e-14}  # two ways to sum a dozen terms of size 1: a few roundings of 1e-16
# epsilon = 2e-4, of a step of 0.01, is a deviation of about 1e-7 between states of size 1, each rounded to 1e-16: 1e-9 of it, and a small
# tangent in one sample a hundred times more; the step size is inferred from it, and the weights move by step
# sizes. (For epsilon* = 3 the network saturates, and the rounding of one step is the direction of the next.)
SAME = 1e-6


def network(seed):
    net, generator = logistic(WIDTHS), torch.Generator().manual_seed(seed)
    for parameter in net.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
    return net


def as_layers(nets):
    """The stack of these networks: transposed weights, and the bias as last row."""
    rows = [
        [torch.cat([dict(net.named_parameters())[f"layer{i}.weight"].T, net.get_parameter(f"layer{i}.bias")[None]]) for net in nets]
        for i in (1, 2)
    ]
    return [torch.stack(row).detach() for row in rows]


def minibatches(count, nets=1, samples=6):
    generator = torch.Generator().manual_seed(7)
    for _ in range(count):
        inputs = torch.randn(nets, samples, WIDTHS[0], generator=generator, dtype=torch.float64)
        yield inputs, torch.rand(nets, samples, WIDTHS[-1], generator=generator, dtype=torch.float64)


def loss(net, inputs, targets):
    return ((net(inputs) - targets) ** 2).sum(1).mean() / 2


@pytest.mark.claim("ni-talnikar:equation-14", "ni-talnikar:equation-15", "ni-talnikar:equation-16")
def test_gradients_tangents_and_measurement_are_those_of_each_network():
    nets = [network(seed) for seed in range(3)]
    ((inputs, targets),) = minibatches(1, nets=3)
    layers, psi = as_layers(nets), torch.tensor([0.1, 1.0, 10.0], dtype=torch.float64)
    states = stacked_states(layers, inputs)
    gradients = stacked_gradients(layers, states, targets)
    direction = [-gradient for gradient in gradients]
    epsilon, noise = stacked_measurement(layers, states, direction, stacked_tangents(layers, states, direction), psi)
    for k, net in enumerate(nets):
        loss(net, inputs[k], targets[k]).backward()
        sigma = {name: -parameter.grad for name, parameter in net.named_parameters()}
        for i, gradient in enumerate(gradients, 1):
            assert torch.allclose(gradient[k, :-1], -sigma[f"layer{i}.weight"].T, **CLOSE)
            assert torch.allclose(gradient[k, -1], -sigma[f"layer{i}.bias"], **CLOSE)
        measured = nonlinear_measurement(net, inputs[k], sigma, psi[k].item())
        # the deviation is a difference of states: its rounding is of the size of `resolution`
        assert epsilon[k].item() == pytest.approx(measured.mean(), abs=noise[k].item())
        assert noise[k].item() / measured.resolution() == pytest.approx(1, rel=0.5)  # joint norm against the sum of norms: 1/sqrt(2) to 1


RULES = {
    "as the paper": {},
    "another start": {"initial_step": 0.01},
    "short history": {"history": 2, "every": 3},
    "narrow range": {"epsilon_star": 0.02, "every": 1},
}


@pytest.mark.claim("ni-talnikar:algorithm-1")
def test_each_network_takes_the_steps_of_its_own_optimizer():
    rules = [{"epsilon_star": 0.1, "history": 4, "every": 2, "initial_step": 1.0} | rule for rule in RULES.values()]
    nets = [network(0) for _ in range(len(rules) + 1)]
    optimizers = [LinGrad(net.parameters(), net, max_growth=MAX_GROWTH, **rule) for net, rule in zip(nets, rules, strict=False)]
    optimizers.append(torch.optim.SGD(nets[-1].parameters(), lr=2.0))
    fixed = [*rules, {"epsilon_star": None, "history": 1, "every": 1, "initial_step": 2.0}]
    options = {name: [rule[name] for rule in fixed] for name in ("epsilon_star", "every", "history")}
    stack = StackedDescent(as_layers(nets), torch.tensor([r["initial_step"] for r in fixed], dtype=torch.float64), **options)
    sizes = set()
    for number, (inputs, targets) in enumerate(minibatches(24)):
        found = {m.network: m for m in stack.step(*(part.expand(len(nets), -1, -1) for part in (inputs, targets)))}
        assert sorted(found) == [k for k, rule in enumerate(rules) if number % rule["every"] == 0]
        for k, (net, optimizer) in enumerate(zip(nets, optimizers, strict=True)):
            optimizer.zero_grad()
            loss(net, inputs[0], targets[0]).backward()
            if k == len(rules):
                optimizer.step()
                continue
            optimizer.step(inputs=inputs[0])
            assert stack.step_sizes[k].item() == pytest.approx(optimizer.param_groups[0]["lr"], rel=SAME)
            if k in found:
                assert found[k].tried == pytest.approx(optimizer.last_measurement.epsilon, rel=SAME)
                assert found[k].step_size == stack.step_sizes[k].item()
                sizes.add(round(found[k].step_size, 6))
        for mine, theirs in zip(stack.layers, as_layers(nets), strict=True):
            assert torch.allclose(mine, theirs, rtol=SAME, atol=SAME)
    assert len(sizes) > 10 and stack.step_sizes[-1] == 2.0


def test_one_neuron_by_hand():
    """u = g(w) at w = 0, target 0: the gradient is u * u(1 - u) = 1/8, for w and for b; the step psi moves z by -psi/4."""
    nets = StackedDescent([torch.zeros(1, 2, 1, dtype=torch.float64)], torch.tensor([4.0], dtype=torch.float64), [0.1], [1], [50])
    one = torch.ones(1, 1, 1, dtype=torch.float64)
    (measured,) = nets.step(one, 0 * one)
    moved, linear = 1 / (1 + math.e) - 0.5, -0.25  # g(-1) - g(0), and g'(0) times -1
    epsilon = abs(moved - linear) / abs(linear)
    assert measured.tried == pytest.approx(epsilon, rel=1e-12)
    assert measured.step_size == pytest.approx(4 * 0.1 / epsilon, rel=1e-12)
    assert nets.layers[0].flatten().tolist() == pytest.approx([-measured.step_size / 8] * 2, rel=1e-15)
    shift = measured.step_size / 4
    assert measured.taken == pytest.approx(abs(1 / (1 + math.exp(shift)) - 0.5 + shift / 4) / (shift / 4), rel=1e-9)


def test_a_network_at_rest_keeps_its_step_size():
    layers = [torch.zeros(1, 2, 1, dtype=torch.float64)]
    nets = StackedDescent(layers, torch.tensor([1.0], dtype=torch.float64), [0.3], [1], [50])
    one = torch.ones(1, 1, 1, dtype=torch.float64)
    (measured,) = nets.step(one, one / 2)
    assert np.isnan(measured.tried) and nets.step_sizes.tolist() == [1.0] and nets.layers[0].eq(0).all()


@pytest.mark.parametrize(
    ("steps", "rules", "words"),
    [
        ([1.0], [0.3, 0.3], r"for \[1, 2\] networks"),
        ([1.0, -1.0], [0.3, None], r"step sizes are \[1.0, -1.0\]: expected positive"),
        ([1.0, math.inf], [0.3, None], "expected positive finite"),
        ([1.0, math.nan], [0.3, None], "expected positive finite"),
        ([1.0, 1.0], [0.0, None], r"epsilon_star is \[0.0, None\], every is \[1, 1\]: expected"),
    ],
)
def test_bad_input_is_refused(steps, rules, words):
    with pytest.raises(ValueError, match=words):
        StackedDescent([torch.zeros(2, 2, 1)], torch.tensor(steps), rules, [1, 1], [50, 50])


@pytest.mark.claim("ni-talnikar:text-objective-not-robust", "ni-talnikar:text-objective-layer")
def test_the_measurements_with_the_objective_sample_by_sample():
    """Against each network and sample alone: J by the network, J' by autograd in psi, (13) by `nonlinear_measurement`."""
    nets = [network(seed) for seed in range(5)]
    ((inputs, targets),) = minibatches(1, nets=5)
    layers, steps = as_layers(nets), [0.1, 1.0, 10.0, 100.0, 3.0]
    psi = torch.tensor(steps, dtype=torch.float64)
    states = stacked_states(layers, inputs)
    direction = [-gradient for gradient in stacked_gradients(layers, states, targets)]
    tangents = stacked_tangents(layers, states, direction)
    found = {
        measure: stacked_measurement(layers, states, direction, tangents, psi, targets, [measure] * 5)[0] for measure in get_args(Measure)
    }
    mixed, _ = stacked_measurement(layers, states, direction, tangents, psi, targets, get_args(Measure))
    assert mixed.tolist() == [found[measure][k].item() for k, measure in enumerate(get_args(Measure))]
    assert found["states"].tolist() == stacked_measurement(layers, states, direction, tangents, psi)[0].tolist()
    over = []
    for k, net in enumerate(nets):
        net.zero_grad()
        loss(net, inputs[k], targets[k]).backward()
        sigma = {name: -parameter.grad for name, parameter in net.named_parameters()}
        line = [{name: p + t * sigma[name] for name, p in net.named_parameters()} for t in (0.0, steps[k])]
        before, after = (((torch.func.functional_call(net, p, (inputs[k],)) - targets[k]) ** 2).sum(1).detach() / 2 for p in line)
        slope = []
        for row in range(len(inputs[k])):
            net.zero_grad()
            loss(net, inputs[k][row : row + 1], targets[k][row : row + 1]).backward()
            slope.append(sum((p.grad * sigma[name]).sum() for name, p in net.named_parameters()))
        linear = steps[k] * torch.stack(slope)
        ratio = (after - before - linear).abs() / linear.abs()
        whole = ((after - before - linear).mean() / linear.mean()).abs()
        measured = nonlinear_measurement(net, inputs[k], sigma, steps[k]).ratios
        expected = {
            "states": measured.mean(),
            "objective": ratio.mean(),
            "minibatch-objective": whole,
            "layer": torch.cat([measured, ratio[None]]).mean(),
            "capped-layer": torch.cat([measured, ratio[None].clamp(max=CAP)]).mean(),
        }
        over.append((ratio > CAP).any().item())
        for measure, value in expected.items():
            assert found[measure][k].item() == pytest.approx(value.item(), rel=SAME), measure
    assert any(over) and not all(over)  # the cap is seen


def test_an_objective_at_its_minimum_leaves_the_step_size():
    """The outputs are the targets: no direction, and 0/0 for every measurement."""
    ((inputs, _),) = minibatches(1)
    layers = as_layers([network(0)])
    targets = stacked_states(layers, inputs)[-1]
    for measure in get_args(Measure):
        nets = StackedDescent([layer.clone() for layer in layers], torch.ones(1, dtype=torch.float64), [0.3], [1], [50], [measure])
        (found,) = nets.step(inputs, targets)
        assert found.step_size == 1.0 and all(torch.equal(a, b) for a, b in zip(nets.layers, layers, strict=True))
    with pytest.raises(ValueError, match="expected some of states, objective"):
        StackedDescent(layers, torch.ones(1), [0.3], [1], [50], ["loss"])
