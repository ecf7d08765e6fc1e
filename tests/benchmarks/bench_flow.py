"""Gradient flows of networks: SciPy's DOP853 against torchdiffeq, at the same true error, in CPU seconds."""

import functools

import numpy as np
import torch
from torchdiffeq import odeint

from dynamics import DeepLinearMap, TorchMap, gradient_flow
from dynamics.flow._solver import field_of, solve_once
from tests.benchmarks.timing import alternately, leasts, medians, ratios, store

F64 = torch.float64
TIMES = np.linspace(0, 2, 11)
TOLERANCES = [10.0**-k for k in range(4, 11)]
ERROR = 1e-6  # that each solver is to reach, by the loosest tolerance that does
ROUNDS = 3


def deep_linear(runs):
    generator = torch.Generator().manual_seed(0)
    net = DeepLinearMap(torch.randn(8, 8, generator=generator, dtype=F64), [8] * 6, 0.01)
    layers = [torch.eye(8, dtype=F64) + 0.1 * torch.randn(runs, 8, 8, generator=generator, dtype=F64) for _ in range(5)]
    return net, net.pack(layers)


def two_layers():
    generator = torch.Generator().manual_seed(0)
    draw = functools.partial(torch.randn, generator=generator, dtype=F64)
    inputs, targets = draw(200, 64), draw(200, 10)
    weights = [draw(150, 64) / 8, draw(10, 150) / 12]
    net = TorchMap(lambda w: ((inputs @ w[0].mT).tanh() @ w[1].mT - targets).square().sum() / 200, weights, 0.1)
    return net, net.pack([w[None] for w in weights])


def scipy(net, start, tolerance):
    return solve_once(field_of(net), start.numpy(), TIMES, tolerance, "DOP853", 10**6)[0]


def torchdiffeq(net, start, tolerance, method):
    with torch.no_grad():
        return odeint(lambda t, x: -net.gradient(x), start, torch.as_tensor(TIMES), rtol=tolerance, atol=tolerance, method=method).numpy()


SOLVERS = {
    "SciPy DOP853": scipy,
    "torchdiffeq dopri8": functools.partial(torchdiffeq, method="dopri8"),
    "torchdiffeq dopri5": functools.partial(torchdiffeq, method="dopri5"),
}
CASES = {
    "deep linear, 1 run": lambda: deep_linear(1),
    "deep linear, 128 runs": lambda: deep_linear(128),
    "tanh, 11,100 weights": two_layers,
}


def test_the_flow_of_networks():
    """Each solver with the loosest tolerance that brings its true error, against a solution at 1e-11, below ERROR."""
    table = {}
    for case, make in CASES.items():
        net, start = make()
        reference = gradient_flow(net, start, TIMES, accuracy=1e-11).points.reshape(len(TIMES), *start.shape)

        def enough(solver, net=net, start=start, reference=reference):
            return next(t for t in TOLERANCES if np.abs(solver(net, start, t) - reference).max() <= ERROR)

        tolerances = {name: enough(solver) for name, solver in SOLVERS.items()}
        rivals = {name: functools.partial(SOLVERS[name], net, start, t) for name, t in tolerances.items()}
        seconds = alternately(rivals, ROUNDS)
        compared = ratios(seconds, "SciPy DOP853")
        table[case] = {"tolerance": tolerances, "median": medians(seconds), "least": leasts(seconds)} | compared
        over = compared["SciPy DOP853 over rival"]
        print(case, tolerances, {name: round(ratio, 2) for name, ratio in over.items()})
        assert min(over.values()) > 0.7, "torchdiffeq is faster: use it"
    task = f"the gradient flow of networks, each point right to {ERROR:g}"
    store("flow", ("numpy", "scipy", "torch", "torchdiffeq"), task=task, error=ERROR, cases=table)
