"""Tangents and adjoints against exact arithmetic, the papers' closed forms in NumPy, and each other."""

from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from dynamics import (
    NeuralODE,
    adjoint,
    deep_linear,
    deep_relu,
    densely_connected,
    finite_difference_tangent,
    initialise,
    logistic,
    neural_ode,
    residual,
    resnet18,
    second_tangent,
    sensitivity,
    tangent,
)
from tests.dynamics.known_networks import NETWORKS, normal

F64, F32 = torch.float64, torch.float32
EPS = {F64: 2.0**-52, F32: 2.0**-23}
# A chain of at most 7 layers of width at most 10: a few hundred roundings, each of half an ulp of a number that the largest entry bounds
# up to cancellation; a thousand ulps of the largest entry leave room for that.
CLOSE = 1000 * EPS[F64]


def close(found, expected):
    expected = torch.as_tensor(np.array(expected))
    return found.shape == expected.shape and bool((found - expected).abs().max() <= CLOSE * (1 + expected.abs().max()))


def random_direction(network, seed=0):
    return {name: normal(*p.shape, seed=seed + i, dtype=p.dtype) for i, (name, p) in enumerate(network.named_parameters())}


def arrays(network):
    return [[p.detach().numpy() for p in layer.parameters()] for layer in network]


@pytest.mark.claim("ni-talnikar:equation-3", "ni-talnikar:text-taylor")
@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=1, max_size=7), st.integers(-3, 3))
def test_scalar_deep_linear_networks_are_exact(layers, x):
    network = deep_linear([1] * (len(layers) + 1))
    along = {}
    for (name, parameter), (weight, sigma) in zip(network.named_parameters(), layers, strict=True):
        parameter.data.fill_(weight)
        along[name] = torch.full((1, 1), float(sigma), dtype=F64)
    polynomial, expected = [Fraction(x), Fraction(0), Fraction(0)], []
    for weight, sigma in layers:
        a, b, c = polynomial
        polynomial = [weight * a, weight * b + sigma * a, weight * c + sigma * b]
        expected.append(polynomial[1:])
    inputs = torch.full((1, 1), float(x), dtype=F64)
    first, second = tangent(network, inputs, along), second_tangent(network, inputs, along)
    # integers below 2^53: floating point is exact
    assert [(u.item(), v.item()) for u, v in zip(first[1:], second[1:], strict=True)] == [tuple(map(float, pair)) for pair in expected]
    assert first[0].item() == second[0].item() == 0


def logistic_forms(network, direction, x, y):
    """Equations 14 to 16 sample by sample, and the second order: states, tangents, second-order tangents, adjoints, gradients."""
    layers = arrays(network)
    along = [[direction[f"layer{i}.weight"].numpy(), direction[f"layer{i}.bias"].numpy()] for i in range(1, len(layers) + 1)]
    u, v, w, slopes = [x], [0 * x], [0 * x], []
    for (W, b), (Sigma, beta) in zip(layers, along, strict=True):
        g = 1 / (1 + np.exp(-(W @ u[-1] + b)))
        first, second = W @ v[-1] + Sigma @ u[-1] + beta, W @ w[-1] + Sigma @ v[-1]
        slopes.append(g * (1 - g))
        w.append(g * (1 - g) * second + g * (1 - g) * (1 - 2 * g) * first**2 / 2)
        u, v = [*u, g], [*v, g * (1 - g) * first]
    bar, gradients = [u[-1] - y], []
    for i in reversed(range(len(layers))):
        gradients[:0] = [np.outer(slopes[i] * bar[0], u[i]), slopes[i] * bar[0]]
        bar.insert(0, (bar[0] * slopes[i]) @ layers[i][0])
    return u, v, w, bar, gradients


@pytest.mark.claim("ni-talnikar:equation-14", "ni-talnikar:equation-15", "ni-talnikar:equation-16")
@pytest.mark.parametrize("widths", [[1, 1], [3, 4, 1], [2, 5, 3, 4], [4, 4, 4, 4, 4, 4]])
def test_logistic_networks_have_the_papers_closed_forms(widths):
    network = initialise(logistic(widths), "gaussian", seed=len(widths))
    x, y, along = normal(6, widths[0], seed=1), normal(6, widths[-1], seed=2), random_direction(network)
    objective = lambda states, _: (states[-1] - y).square().sum(-1) / 2  # noqa: E731
    forms = [logistic_forms(network, along, *pair) for pair in zip(x.numpy(), y.numpy(), strict=True)]
    found = [tangent(network, x, along), second_tangent(network, x, along), adjoint(network, x, objective)]
    for which, states in enumerate(found, 1):
        assert all(close(u, [form[which][i] for form in forms]) for i, u in enumerate(states)), which
    gradients = torch.autograd.grad(objective(network.states(x), None).sum(), list(network.parameters()))
    assert all(close(g, sum(form[4][i] for form in forms)) for i, g in enumerate(gradients))


@pytest.mark.claim("ni-talnikar:equation-17")
def test_dense_skips_have_equation_17():
    network, x = densely_connected([2, 3, 4, 1]), normal(5, 2)
    along = random_direction(network)
    found, u, v = tangent(network, x, along), [x.numpy()], [0 * x.numpy()]
    for i, (W, b) in enumerate(arrays(network), 1):
        Sigma, beta = along[f"layer{i}.weight"].numpy(), along[f"layer{i}.bias"].numpy()
        seen, moved = np.concatenate(u, 1), np.concatenate(v, 1)
        g = 1 / (1 + np.exp(-(seen @ W.T + b)))
        u.append(g)
        v.append(g * (1 - g) * (moved @ W.T + seen @ Sigma.T + beta))
        assert close(found[i], v[-1])


@pytest.mark.claim("ni-talnikar:equation-18")
def test_a_linear_neural_ode():
    network = NeuralODE(nn.Linear(1, 1, bias=False, dtype=F64), [0.5, 2.0], steps=40)
    nn.init.constant_(network.field.weight, -0.7)
    x, t, sigma = normal(4, 1), [0.5, 2.0], 1.3
    along = {"field.weight": torch.full((1, 1), sigma, dtype=F64)}
    # u = x exp(s t), so v = sigma t u and v' = (sigma t)^2 u / 2; Runge-Kutta errs by about (|s| t / steps)^4, here below 1e-6
    for time, first, second in zip(t, tangent(network, x, along)[1:], second_tangent(network, x, along)[1:], strict=True):
        u = x * np.exp(-0.7 * time)
        assert torch.allclose(first, sigma * time * u, rtol=1e-6, atol=0)
        assert torch.allclose(second, (sigma * time) ** 2 / 2 * u, rtol=1e-6, atol=0)
    weights = [
        w.squeeze() / np.exp(-0.7 * (2.0 - s)) for w, s in zip(adjoint(network, x, lambda u, _: u[-1].sum(-1)), [0, *t], strict=True)
    ]
    assert all(torch.allclose(w, torch.ones(4, dtype=F64), rtol=1e-6, atol=0) for w in weights)


def everything(states, parameters):
    """An objective of all states and parameters."""
    return sum((i + 1) * u.flatten(1).square().sum(1) for i, u in enumerate(states)) + sum(p.square().sum() for p in parameters.values())


@pytest.mark.claim("ni-talnikar:equation-5", "ni-talnikar:equation-8", "ni-talnikar:equation-9", "ni-talnikar:equation-12")
@pytest.mark.parametrize("name", NETWORKS)
def test_both_sensitivities_are_equal(name):
    make, shape, depth = NETWORKS[name]
    network, x = make(), normal(3, *shape, seed=1)
    along = random_direction(network)
    by = {method: sensitivity(network, x, along, everything, method) for method in ("tangent", "adjoint")}
    totals = {method: s.total.sum() if "batch" in name else s.total for method, s in by.items()}  # the batch's norms couple its samples
    size = by["tangent"].layers.abs().sum() + by["tangent"].parameters.abs().sum()
    assert by["tangent"].layers.shape == by["adjoint"].layers.shape == (depth + 1, 3)
    assert bool(((totals["tangent"] - totals["adjoint"]).abs() <= CLOSE * size).all())
    assert bool((by["adjoint"].layers[0] == 0).all()) and bool((by["tangent"].layers[0] == 0).all())


FAMILIES = {
    "tanh residual": lambda width, depth: residual(width, depth, activation=torch.tanh),
    "dense tanh": lambda width, depth: densely_connected([width] * (depth + 1), activation=torch.tanh),
    "logistic": lambda width, depth: logistic([width] * (depth + 1)),
    "ReLU": lambda width, depth: deep_relu([width] * (depth + 1)),
    "neural ODE": lambda width, depth: neural_ode(width, 3, [0.3 * (i + 1) for i in range(depth)], steps=1),
}


@pytest.mark.claim("ni-talnikar:equation-12")
@given(st.sampled_from(sorted(FAMILIES)), st.integers(1, 5), st.integers(1, 6), st.integers(0, 10**6))
def test_both_sensitivities_are_equal_for_any_depth_width_and_wiring(family, width, depth, seed):
    network = initialise(FAMILIES[family](width, depth), "gaussian", seed=seed, scale=0.7)
    x, along = normal(2, width, seed=seed), random_direction(network, seed)
    by_tangents, by_adjoints = (sensitivity(network, x, along, everything, method) for method in ("tangent", "adjoint"))
    size = by_tangents.layers.abs().sum(0) + by_adjoints.layers.abs().sum(0) + by_tangents.parameters.abs()
    assert bool(((by_tangents.total - by_adjoints.total).abs() <= CLOSE * size).all())


@pytest.mark.parametrize("method", ["tangent", "adjoint"])
@pytest.mark.parametrize("family", sorted(set(FAMILIES) - {"ReLU"}))
def test_the_sensitivity_is_the_slope_of_the_objective(family, method):
    network, x = FAMILIES[family](3, 3), normal(2, 3)
    along = random_direction(network)

    def value(psi):
        moved = {name: p.detach() + psi * along[name] for name, p in network.named_parameters()}
        network_there = FAMILIES[family](3, 3)
        network_there.load_state_dict(moved)
        return everything(network_there.states(x), moved).detach()

    # the central difference with its h^2 term removed errs by O(h^4), and by rounding of eps J / h: with h = 1e-3, about 1e-12 each
    h = 1e-3
    wide, narrow = ((value(step) - value(-step)) / (2 * step) for step in (2 * h, h))
    slope = (4 * narrow - wide) / 3
    assert torch.allclose(sensitivity(network, x, along, everything, method).total, slope, rtol=1e-8, atol=1e-8)


@pytest.mark.claim("ni-talnikar:text-fd-tangent")
@pytest.mark.parametrize(("dtype", "delta"), [(F64, 1e-3), (F64, 1e-6), (F64, 1e-10), (F32, 1e-3), (F32, 1e-6)])
def test_the_finite_difference_errs_by_truncation_and_by_rounding(dtype, delta):
    network = initialise(logistic([20] * 4, dtype=dtype), "gaussian", seed=0)
    exact = logistic([20] * 4)
    exact.load_state_dict(network.state_dict())
    x, along = normal(8, 20, dtype=dtype), random_direction(network)
    double = {name: sigma.double() for name, sigma in along.items()}
    v, second = tangent(exact, x.double(), double), second_tangent(exact, x.double(), double)
    for i, found in enumerate(finite_difference_tangent(network, x, along, delta)[1:], 1):
        error = (found.double() - v[i]).abs().max()
        # Each of the two states carries the roundings of its sums, of about 20 products of size 3 (8 ulps), times the slopes of the
        # layers before it; and so does adding delta sigma to weights of size 3. Three layers: 3 * 2 * 8.
        assert error <= 2 * delta * second[i].abs().max() + 48 * EPS[dtype] / delta
        # it is no better than that either: the larger of the two terms is there
        assert error >= 0.01 * max(delta * float(second[i].abs().max()), EPS[dtype] / delta if dtype == F32 else 0)


NET, X = logistic([2, 3, 1]), normal(4, 2)
ALONG = random_direction(NET)
ONE = {"layer1.weight": ALONG["layer1.weight"]}


def J(states, _):
    return states[-1].sum(-1)


BAD = {
    "no states": (lambda: tangent(nn.Linear(2, 1, dtype=F64), X, ALONG), TypeError, "no states(x)"),
    "no next_state": (lambda: adjoint(StatesOnly(), X, J), TypeError, "no next_state"),
    "no parameters": (lambda: tangent(Still(), X, ALONG), ValueError, "no parameters"),
    "list": (lambda: tangent(NET, [[1.0, 2.0]], ALONG), TypeError, "the inputs are list"),
    "float32 inputs": (lambda: tangent(NET, X.float(), ALONG), TypeError, "torch.float32"),
    "empty": (lambda: tangent(NET, X[:0], ALONG), ValueError, "at least one sample"),
    "nan inputs": (lambda: tangent(NET, X * float("nan"), ALONG), ValueError, "all finite"),
    "no direction": (lambda: tangent(NET, X, {}), ValueError, "the direction is of []"),
    "direction a list": (lambda: tangent(NET, X, [1.0]), ValueError, "the direction is of list"),
    "unknown name": (lambda: tangent(NET, X, {"layer9.weight": ONE["layer1.weight"]}), ValueError, "layer9.weight"),
    "other shape": (lambda: tangent(NET, X, {"layer1.weight": torch.ones(2, 3, dtype=F64)}), ValueError, "expected (3, 2)"),
    "other dtype": (lambda: tangent(NET, X, {"layer1.weight": torch.ones(3, 2)}), TypeError, "torch.float32"),
    "infinite": (lambda: tangent(NET, X, {"layer1.weight": ONE["layer1.weight"] / 0}), ValueError, "all finite"),
    "overflow": (
        lambda: tangent(initialise(deep_linear([2, 2, 2, 2]), "gaussian", seed=0, scale=1e200), X, ONE | {"layer1.weight": X[:2]}),
        ValueError,
        "too large",
    ),
    "delta": (lambda: finite_difference_tangent(NET, X, ALONG, 0.0), ValueError, "0.0"),
    "objective a mean": (lambda: adjoint(NET, X, lambda states, _: states[-1].mean()), ValueError, "do not average"),
    "method": (lambda: sensitivity(NET, X, ALONG, J, "both"), ValueError, "'both'"),
    "dropout": (lambda: tangent(Dropping(), X, ALONG), ValueError, "network.eval()"),
    "adaptive": (lambda: tangent(ODE, X, {"field.layer1.weight": torch.ones(2, 2, dtype=F64)}), RuntimeError, "method='rk4'"),
}
ODE = neural_ode(2, 2, method="dopri5")


class StatesOnly(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = logistic([2, 3, 1])

    def states(self, x):
        return self.inner.states(x)


class Still(nn.Module):
    def states(self, x):
        return [x]


class Dropping(StatesOnly):
    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout(0.5)


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_clear_line(case):
    call, error, words = BAD[case]
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_a_network_with_states_only_has_tangents_and_nothing_is_changed():
    network = StatesOnly()
    before = {name: p.clone() for name, p in network.state_dict().items()}
    along = {f"inner.{name}": sigma for name, sigma in ALONG.items()}
    assert all(torch.equal(a, b) for a, b in zip(tangent(network, X, along), tangent(NET, X, ALONG), strict=True))
    assert all(torch.equal(p, before[name]) and not p.grad for name, p in network.named_parameters())


def test_running_statistics_stay_and_finite_differences_need_no_forward_mode():
    network, x = resnet18(2, width=2), normal(3, 3, 16, 16)
    before = {name: b.clone() for name, b in network.named_buffers()}
    tangent(network, x, random_direction(network))
    assert all(torch.equal(b, before[name]) for name, b in network.named_buffers())
    along = random_direction(ODE)
    rk4 = neural_ode(2, 2, steps=100)
    # truncation of delta = 1e-6, and the solver's tolerance of 1e-9 over it
    assert torch.allclose(finite_difference_tangent(ODE, X, along)[1], tangent(rk4, X, along)[1], atol=1e-2)
