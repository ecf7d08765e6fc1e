"""What LinGrad refuses, with one clear line; and that nothing has moved then."""

import copy

import pytest
import torch
from torch import nn

from dynamics import LinGrad, initialise, logistic
from tests.dynamics.known_networks import normal


def logistic_task():
    network = initialise(logistic([3, 6, 2]), "gaussian", seed=0)
    return network, [(normal(5, 3), normal(5, 2, seed=50))]


NET, DATA = logistic_task()
P = list(NET.parameters())


def ready():
    network, batches = logistic_task()
    optimizer = LinGrad(network.parameters(), network)
    (network(batches[0][0]).sum()).backward()
    return network, optimizer, batches[0][0]


def sparse():
    network, optimizer, x = ready()
    network.layer1.weight.grad = network.layer1.weight.grad.to_sparse()
    optimizer.step(inputs=x)


def missing():
    network, optimizer, x = ready()
    network.layer2.bias.grad = None
    optimizer.step(inputs=x)


def not_a_number():
    network, optimizer, x = ready()
    network.layer2.bias.grad.fill_(float("nan"))
    optimizer.step(inputs=x)


def different_steps():
    optimizer = LinGrad([{"params": [p]} for p in P], NET)
    NET(DATA[0][0]).sum().backward()
    optimizer.param_groups[0]["lr"] = 3.0
    optimizer.step(inputs=DATA[0][0])


BAD = {
    "no states": (lambda: LinGrad(P, nn.Linear(1, 1)), TypeError, "no states(x)"),
    "no parameters": (lambda: LinGrad([], NET), ValueError, "empty parameter list"),
    "foreign": (lambda: LinGrad(nn.Linear(7, 9).parameters(), NET), ValueError, "(9, 7)"),
    "epsilon_star": (lambda: LinGrad(P, NET, 0.0), ValueError, "epsilon_star = 0.0"),
    "nan step": (lambda: LinGrad(P, NET, initial_step=float("nan")), ValueError, "initial_step = nan"),
    "history": (lambda: LinGrad(P, NET, history=0), ValueError, "history = 0"),
    "every": (lambda: LinGrad(P, NET, every=1.5), ValueError, "every = 1.5"),
    "growth": (lambda: LinGrad(P, NET, max_growth=0.5), ValueError, "max_growth = 0.5"),
    "measure": (lambda: LinGrad(P, NET, measure="median"), ValueError, "'median'"),
    "tangent": (lambda: LinGrad(P, NET, tangent="vjp"), ValueError, "'vjp'"),
    "own lr": (lambda: LinGrad([{"params": P, "lr": 1.0}], NET), ValueError, "its own lr"),
    "own scale": (lambda: LinGrad([{"params": P, "scale": -1.0}], NET), ValueError, "scale = -1.0"),
    "no inputs": (lambda: ready()[1].step(), RuntimeError, "step(inputs=...)"),
    "sparse": (sparse, RuntimeError, "sparse"),
    "missing": (missing, RuntimeError, "no gradient"),
    "nan gradient": (not_a_number, ValueError, "NaN"),
    "inputs of other dtype": (lambda: ready()[1].step(inputs=DATA[0][0].float()), TypeError, "float32"),
    "steps differ": (different_steps, ValueError, "use 'scale'"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_clear_line(case):
    call, error, words = BAD[case]
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_a_step_that_fails_moves_nothing_and_can_be_repeated():
    network, optimizer, x = ready()
    before = copy.deepcopy((network.state_dict(), optimizer.state_dict()))
    with pytest.raises(RuntimeError):
        optimizer.step()
    assert all(torch.equal(a, b) for a, b in zip(before[0].values(), network.state_dict().values(), strict=True))
    assert optimizer.state_dict() == before[1]
    optimizer.step(inputs=x)
    assert optimizer.state_dict()["state"][0]["step"] == 1
