"""The architectures: states and slices, published sizes, formulas by hand in NumPy, known answers, dtypes, errors."""

import math

import numpy as np
import pytest
import scipy.linalg
import torch
from torch import nn

from dynamics import (
    NeuralODE,
    conv_net,
    deep_linear,
    deep_relu,
    densely_connected,
    initialise,
    logistic,
    neural_ode,
    residual,
    resnet18,
    resnet20,
    two_layer_relu,
)
from tests.dynamics.known_networks import F64, NETWORKS, normal

# Outputs below 10, from at most three layers of sums of at most 10 products: 3 * 10 * 10 * 1.1e-16 < 4e-14.
ROUNDING = 4e-14


@pytest.mark.parametrize("name", NETWORKS)
def test_states_run_from_the_input_to_the_output(name):
    make, shape, count = NETWORKS[name]
    network, x = make(), normal(2, *shape)
    states = network.states(x)
    assert len(states) == count + 1
    assert torch.equal(states[0], x) and torch.equal(states[-1], network(x))
    assert states[-1].shape == (2, 1)
    assert len({s.data_ptr() for s in states}) == count + 1


@pytest.mark.parametrize("name", sorted(NETWORKS.keys() - {"neural ODE", "densely connected"}))
def test_slices_are_networks_between_states(name):
    make, shape, _ = NETWORKS[name]
    network, x = make().eval(), normal(2, *shape)
    states = network.states(x)
    for i in range(len(network)):
        assert torch.equal(network[i:](states[i]), states[-1])
        assert torch.equal(network[: i + 1](x), states[i + 1])


@pytest.mark.parametrize("name", NETWORKS)
def test_weights_are_reproducible_and_leave_the_global_generator_alone(name):
    state = torch.random.get_rng_state()
    first = NETWORKS[name][0]()
    assert torch.equal(torch.random.get_rng_state(), state)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(12345)
        second = NETWORKS[name][0]()
    for one, other in zip(first.parameters(), second.parameters(), strict=True):
        assert one.dtype == F64 and torch.equal(one, other)
    assert all(w.any() for w in first.parameters() if w.ndim > 1)


@pytest.mark.parametrize("name", NETWORKS)
def test_dtype_and_device_are_the_callers(name):
    make, shape, _ = NETWORKS[name]
    network = make(dtype=torch.float32, device="meta")
    assert {(w.dtype, w.device.type) for w in network.parameters()} == {(torch.float32, "meta")}
    assert make(dtype=torch.float32)(normal(2, *shape, dtype=torch.float32)).dtype == torch.float32


def relu(z):
    return np.maximum(z, 0)


def sigma(z):
    return 1 / (1 + np.exp(-z))


def dense_by_hand(p, x):
    first = sigma(x @ p["layer1.weight"].T + p["layer1.bias"])
    from_input, from_first = np.split(p["layer2.weight"], [x.shape[1]], axis=1)  # W_{0,2} and W_{1,2}
    return sigma(x @ from_input.T + first @ from_first.T + p["layer2.bias"])


def residual_by_hand(p, u):
    for i in (1, 2):
        w, b, v, c = (p[f"layer{i}.branch.{j}"] for j in ("0.weight", "0.bias", "1.weight", "1.bias"))
        u = u + relu(u @ w.T + b) @ v.T + c
    return u


BY_HAND = {
    "deep linear": (deep_linear([3, 4, 2]), lambda p, x: x @ p["layer1.weight"].T @ p["layer2.weight"].T),
    "deep ReLU": (
        deep_relu([3, 4, 2]),
        lambda p, x: relu(x @ p["layer1.weight"].T + p["layer1.bias"]) @ p["layer2.weight"].T + p["layer2.bias"],
    ),
    "two-layer ReLU": (two_layer_relu(3, 4, 2), lambda p, x: relu(x @ p["layer1.weight"].T + p["layer1.bias"]) @ p["layer2.weight"].T),
    "logistic": (
        logistic([3, 4, 2]),
        lambda p, x: sigma(sigma(x @ p["layer1.weight"].T + p["layer1.bias"]) @ p["layer2.weight"].T + p["layer2.bias"]),
    ),
    "residual": (residual(3, 2, 5), residual_by_hand),
    "densely connected": (densely_connected([3, 4, 2]), dense_by_hand),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_the_formula_by_hand(name):
    network, formula = BY_HAND[name]
    x = normal(5, 3)
    values = {key: value.detach().numpy() for key, value in network.state_dict().items()}
    assert network(x).detach().numpy() == pytest.approx(formula(values, x.numpy()), abs=ROUNDING)


def test_fixed_biases_are_buffers():
    network = deep_relu([3, 4, 2], bias="fixed")
    assert [name for name, _ in network.named_parameters()] == ["layer1.weight", "layer2.weight"]
    assert [name for name, _ in network.named_buffers()] == ["layer1.bias", "layer2.bias"]
    same = deep_relu([3, 4, 2])
    assert torch.equal(network(torch.ones(1, 3, dtype=F64)), same(torch.ones(1, 3, dtype=F64)))


@pytest.mark.parametrize("network", [deep_linear([4] * 6), deep_linear([4] * 3, bias="trainable")])
def test_the_identity_initialised_deep_linear_network_is_the_identity(network):
    x = normal(5, 4)
    assert torch.equal(initialise(network, "identity", seed=0)(x), x)


def test_a_residual_network_with_zero_branches_is_the_identity():
    network, x = residual(3, 4), normal(5, 3)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
    assert torch.equal(network(x), x)


FIELD = torch.tensor([[-1.0, 2.0, 0.0], [-2.0, -1.0, 0.5], [0.0, 0.3, 0.7]], dtype=F64)
TIMES = [0.5, 1.5]
GROWTH = 0.8  # bounds the numerical abscissa, so |e^(tA)| <= e^(0.8 t)
TOLERANCE = 1e-10  # that dopri5 is asked for in each of fewer than 100 steps
ADAPTIVE_ERROR = 100 * TOLERANCE * math.exp(GROWTH * TIMES[-1])


def linear_flow(**how):
    field = nn.Linear(3, 3, bias=False, dtype=F64)
    with torch.no_grad():
        field.weight.copy_(FIELD)
    return NeuralODE(field, TIMES, **how)


@pytest.mark.parametrize("steps", [1, 4, 32])
def test_a_linear_field_flows_by_the_exponential(steps):
    x, a = normal(5, 3), FIELD.numpy()
    assert np.linalg.eigvalsh((a + a.T) / 2).max() < GROWTH
    exact = [x.numpy() @ scipy.linalg.expm(t * a).T for t in TIMES]
    for found, expected in zip(linear_flow(method="dopri5", tolerance=TOLERANCE).states(x)[1:], exact, strict=True):
        assert np.abs(found.detach().numpy() - expected).max() <= ADAPTIVE_ERROR
    # A Runge-Kutta step is the Taylor polynomial of degree 4, off by d = (h|A|)^5 / 120 e^(h|A|) at most; N steps, each of growth
    # below g, are off by N d g^(N-1).
    longest, product = (TIMES[1] - TIMES[0]) / steps * np.linalg.norm(a, 2), np.eye(3)
    defect = longest**5 / 120 * math.exp(longest)
    growth = math.exp(GROWTH * (TIMES[1] - TIMES[0]) / steps) + defect
    for i, found in enumerate(linear_flow(steps=steps).states(x)[1:]):
        h = (TIMES[i] - (TIMES[i - 1] if i else 0)) / steps
        taylor = sum(np.linalg.matrix_power(h * a, k) / math.factorial(k) for k in range(5))
        product = np.linalg.matrix_power(taylor, steps) @ product
        assert np.abs(found.detach().numpy() - x.numpy() @ product.T).max() <= ROUNDING * steps
        count = (i + 1) * steps
        bound = count * defect * growth ** (count - 1) * np.linalg.norm(x.numpy(), axis=1).max()
        assert np.abs(found.detach().numpy() - exact[i]).max() <= bound


def test_runge_kutta_agrees_with_the_adaptive_method_on_a_network():
    x = normal(5, 2)
    fixed, adaptive = neural_ode(2, 6, [0.5, 1.0], steps=40), neural_ode(2, 6, [0.5, 1.0], method="dopri5", tolerance=TOLERANCE)
    # 80 steps of 1/80, each off by h^5 / 120 times a fifth derivative below 1e3: below 3e-7
    for one, other in zip(fixed.states(x), adaptive.states(x), strict=True):
        assert (one - other).abs().max().item() <= 3e-7


BAD = {
    "no layers": (lambda: deep_linear([3]), "at least two positive integers"),
    "a width of 0": (lambda: deep_relu([3, 0, 1]), "[3, 0, 1]"),
    "a fractional width": (lambda: logistic([3, 1.5]), "positive integers"),
    "an unknown bias": (lambda: deep_linear([3, 3], bias="zero"), "'none', 'trainable' or 'fixed'"),
    "hidden 0": (lambda: two_layer_relu(3, 0, 1), "positive integers"),
    "no blocks": (lambda: residual(3, 0), "depth = 0"),
    "half a block": (lambda: residual(3, 1.5), "depth = 1.5"),
    "an empty branch": (lambda: residual(3, 1, 0), "hidden = 0"),
    "a negative width": (lambda: densely_connected([3, -1]), "[3, -1]"),
    "times not increasing": (lambda: neural_ode(2, 2, [1.0, 1.0]), "increasing"),
    "time 0": (lambda: neural_ode(2, 2, [0.0]), "positive"),
    "time nan": (lambda: neural_ode(2, 2, [math.nan]), "finite"),
    "no times": (lambda: neural_ode(2, 2, []), "at least one"),
    "no steps": (lambda: neural_ode(2, 2, steps=0), "at least 1 step"),
    "half a step": (lambda: neural_ode(2, 2, steps=0.5), "steps = 0.5"),
    "tolerance 0": (lambda: neural_ode(2, 2, tolerance=0.0), "tolerance"),
    "unknown method": (lambda: neural_ode(2, 2, method="euler5")(torch.ones(1, 2, dtype=F64)), "euler5"),
    "an image too small": (lambda: conv_net([2, 2, 2], image=(3, 4, 4)), "sides of 8"),
    "no channels": (lambda: conv_net([]), "channels []"),
    "channels 0": (lambda: conv_net([4, 0]), "channels[1] = 0"),
    "no width": (lambda: resnet20(width=0), "width = 0"),
    "an unknown norm": (lambda: resnet20(norm="layer"), "'batch' or 'group'"),
    "no classes": (lambda: resnet18(0), "classes = 0"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_clear_line(case):
    call, words = BAD[case]
    with pytest.raises(ValueError) as caught:
        call()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
