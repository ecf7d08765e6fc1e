"""Ensembles: each run as if it were alone, outcomes with known answers, one clear line for bad input."""

import json

import numpy as np
import pytest
import torch
from torch.nn.functional import mse_loss

from dynamics import DeepLinearMap, TorchMap, TwoLayerReluMap, classify, deep_linear, deep_relu, initialise, logistic, stack, train_ensemble
from dynamics.ensembles import training
from tests.dynamics.ensembles.small_ensembles import F64, ROUNDING, SEEDS, data, of, same, tensor
from theory.step_bounds.bounds import target_step_bound


def relu_map(*steps):
    source = torch.Generator().manual_seed(2)
    x, bias = torch.rand(10, 1, generator=source, dtype=F64), torch.randn(4, generator=source, dtype=F64)
    return TwoLayerReluMap(x, torch.sin(3 * x), bias, tensor(*steps), factor=0.5)


NETWORKS = {
    "deep linear, compiled": (lambda: DeepLinearMap(torch.eye(3, dtype=F64) * 2, [3] * 4, tensor(0.01, 0.05, 0.5)), "orthogonal"),
    "two-layer relu": (lambda: relu_map(0.01, 0.05, 10.0), "gaussian"),
    "logistic": (lambda: of(logistic([3, 2, 2]), 0.1, 1.0, 20.0), "gaussian"),
    "momentum": (lambda: of(deep_linear([3, 4, 2]), 0.01, 0.05, 9.0, momentum=0.5), "balanced"),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_run_in_an_ensemble_is_the_run_alone(name):
    make, initialisation = NETWORKS[name]
    net = make()
    found = train_ensemble(net, SEEDS, initialisation=initialisation, scale=0.6, max_steps=300)
    for s, step in enumerate(net.step_size):
        for r, seed in enumerate(SEEDS):
            alone = train_ensemble(net.select([s]), [seed], initialisation=initialisation, scale=0.6, max_steps=300)
            outcome = found.outcomes[0, s, r]
            assert alone.kinds[0, 0, 0] == outcome.kind and alone.outcomes[0, 0, 0].steps == outcome.steps, (step, seed)
            assert found.parameters[0][s, r] == pytest.approx(alone.parameters[0][0, 0], rel=ROUNDING, abs=ROUNDING)
            if outcome.kind != "diverged":
                start = torch.from_numpy(alone.parameters[0][0]) * 0 + start_of(net, initialisation, seed)
                plain = net.select([s]).advance(start, outcome.steps)
                assert found.parameters[0][s, r] == pytest.approx(plain[0].numpy(), abs=ROUNDING)
                assert found.final_losses[0, s, r] == pytest.approx(net.select([s]).loss(plain).item(), abs=ROUNDING)


def start_of(net, initialisation, seed):
    """The start as the initialisation makes it, by hand from its module."""
    if isinstance(net, TorchMap):
        return net.pack(stack(net.data.module, initialisation, [seed], scale=0.6))
    module = torch.nn.ParameterList([torch.empty(shape, dtype=F64) for shape in net.shapes])
    return net.pack([w.detach()[None] for w in initialise(module, initialisation, seed=seed, scale=0.6)])


def test_training_is_what_torch_does_net_by_net():
    """`nn.Module`, `autograd` and `torch.optim.SGD`, one network after the other."""
    net = of(deep_relu([3, 5, 2]), 0.02, 0.1)
    found = train_ensemble(net, SEEDS, initialisation="orthogonal", max_steps=300)
    x, y = data()
    for s, step in enumerate([0.02, 0.1]):
        for r, seed in enumerate(SEEDS):
            module = initialise(deep_relu([3, 5, 2]), "orthogonal", seed=seed)
            optimizer = torch.optim.SGD(module.parameters(), lr=step)
            for _ in range(found.outcomes[0, s, r].steps):
                optimizer.zero_grad()
                mse_loss(module(x), y).backward()
                optimizer.step()
            weights = torch.cat([p.detach().flatten() for p in module.parameters()]).numpy()
            assert found.parameters[0][s, r] == pytest.approx(weights, abs=ROUNDING)


def test_outcomes_are_those_of_classify():
    net = DeepLinearMap(tensor([1.0]), [1, 1, 1], tensor(0.1, 0.9, 1.05, 3.0))
    start = tensor([1.2, 0.7])
    found = train_ensemble(net, [0], initialisation=start, max_steps=5000)
    assert list(found.outcomes[0, :, 0]) == list(classify(net, start.expand(4, 2), max_steps=5000, max_period=4))
    assert found.kinds[0, :, 0].tolist() == ["converged", "converged", "cycle", "diverged"]


# Nar & Sastry, Corollary 1: the global minimum is stable only below 2 / (L rho^(2 - 2/L)); layers that start equal reach that bound.
@pytest.mark.claim("nar-sastry:corollary-1")
@pytest.mark.parametrize("depth", [2, 3, 5])
@pytest.mark.parametrize("target", [0.7, 1.0, 2.5])
def test_the_step_bound_parts_convergence_from_a_cycle(depth, target):
    bound = target_step_bound(target, depth)
    net = DeepLinearMap(tensor([target]), [1] * (depth + 1), tensor(0.98 * bound, 1.02 * bound))
    equal = torch.full((1, depth), 1.05 * target ** (1 / depth), dtype=F64)
    found = train_ensemble(net, [0], initialisation=equal)
    below, above = found.outcomes[0, :, 0]
    assert below.kind == "converged" and np.prod(found.parameters[0][0, 0]) == pytest.approx(target, rel=1e-8)
    assert (above.kind, above.period) == ("cycle", 2)


def test_depths_are_an_axis_and_finished_runs_keep_their_end():
    nets = {f"depth {d}": DeepLinearMap(torch.eye(2, dtype=F64), [2] * (d + 1), tensor(0.05, 2.0)) for d in (1, 3)}
    found = train_ensemble(nets, range(4), initialisation="orthogonal", scale=0.9, max_steps=2000)
    assert found.networks == ("depth 1", "depth 3") and found.outcomes.shape == found.final_losses.shape == (2, 2, 4)
    assert [p.shape for p in found.parameters] == [(2, 4, 4), (2, 4, 12)]
    assert found.recorded[0] == 0 and found.losses.shape == (2, 2, 4, len(found.recorded))
    for index, outcome in np.ndenumerate(found.outcomes):
        later, history = found.recorded > outcome.steps, found.losses[index]
        assert np.isnan(history[later]).all() and np.isfinite(history[found.recorded < outcome.steps]).all()
        if outcome.kind == "converged":
            assert history[found.recorded == outcome.steps] == found.final_losses[index] < 1e-12
    assert (found.kinds[0, 0] == "converged").all() and found.kinds[1, 0].tolist() == [
        str(o.kind)
        for o in train_ensemble(nets["depth 3"], range(4), initialisation="orthogonal", scale=0.9, max_steps=2000).outcomes[0, 0]
    ]


def test_batches_of_rows_change_nothing(monkeypatch):
    net = DeepLinearMap(torch.eye(3, dtype=F64) * 2, [3] * 4, tensor(0.01, 0.05, 0.5))
    whole = train_ensemble(net, range(11), initialisation="orthogonal", max_steps=500)
    monkeypatch.setattr(training, "BATCH", 1)  # eight runs a batch
    parts = train_ensemble(net, range(11), initialisation="orthogonal", max_steps=500)
    assert same(whole, parts)


# What is shown


def test_results_as_json_and_as_a_picture():
    net = DeepLinearMap(tensor([1.0]), [1, 1, 1], tensor(0.1, 1.05, 9.0))
    found = train_ensemble(net, range(3), max_steps=500)
    plain = json.loads(found.to_json())
    assert plain["seeds"] == [0, 1, 2] and plain["outcomes"][0][0][0]["kind"] == found.outcomes[0, 0, 0].kind and "parameters" not in plain
    assert plain["losses"][0][0][0][0] == found.losses[0, 0, 0, 0] and plain["max_steps"] == 500
    axes = found.plot()
    assert sum(len(line.get_xdata()) for line in axes.lines) == 9 and axes.get_xlabel() == "step size"
    assert {text.get_text().split(" (")[0] for text in axes.get_legend().get_texts()} == set(found.kinds.flat)
    with pytest.raises(ValueError, match="expected 0 to 0"):
        found.plot(network=1)


def test_the_bar_counts_every_run(monkeypatch):
    from contextlib import contextmanager

    seen = []

    @contextmanager
    def bar(self, total):
        yield lambda name, pieces: seen.append((total, name, pieces))

    monkeypatch.setattr(training.Screen, "bar", bar)
    train_ensemble(DeepLinearMap(tensor([1.0]), [1, 1, 1], tensor(0.1, 9.0)), range(3), max_steps=500)
    assert {total for total, *_ in seen} == {6} == {sum(pieces for *_, pieces in seen)} and "DeepLinearMap: step" in seen[-1][1]


NET = DeepLinearMap(torch.eye(2, dtype=F64), [2, 2], tensor(0.1, 0.2))
BAD = {
    "no map": (lambda: train_ensemble(deep_linear([2, 2]), [0]), TypeError, "TorchMap.of"),
    "no networks": (lambda: train_ensemble([], [0]), ValueError, "at least one"),
    "float32": (lambda: train_ensemble(DeepLinearMap(torch.eye(2), [2, 2], 0.1), [0]), TypeError, "float64"),
    "no seeds": (lambda: train_ensemble(NET, []), ValueError, "at least one integer"),
    "seed negative": (lambda: train_ensemble(NET, [-1]), ValueError, "0 or more"),
    "seed a float": (lambda: train_ensemble(NET, [0.5]), ValueError, "integer"),
    "seed twice": (lambda: train_ensemble(NET, [1, 1]), ValueError, "each once"),
    "other step sizes": (lambda: train_ensemble([NET, NET.select([0])], [0]), ValueError, "as network 0"),
    "name of initialisation": (lambda: train_ensemble(NET, [0], initialisation="xavier"), ValueError, "one of identity"),
    "no matrices": (
        lambda: train_ensemble(TorchMap(lambda w: w.square().sum(), torch.zeros(3, dtype=F64), 0.1), [0]),
        ValueError,
        "give starts",
    ),
    "scale": (lambda: train_ensemble(NET, [0], scale=-1.0), ValueError, "positive scale"),
    "starts, rows": (lambda: train_ensemble(NET, [0], initialisation=torch.ones(2, 4, dtype=F64)), ValueError, "one row a seed"),
    "starts, columns": (lambda: train_ensemble(NET, [0], initialisation=torch.ones(1, 5, dtype=F64)), ValueError, "expected (1, 4)"),
    "starts, float32": (lambda: train_ensemble(NET, [0], initialisation=torch.ones(1, 4)), TypeError, "float64"),
    "starts, nan": (lambda: train_ensemble(NET, [0], initialisation=torch.full((1, 4), torch.nan, dtype=F64)), ValueError, "NaN"),
    "starts, too few": (lambda: train_ensemble([NET, NET], [0], initialisation=[torch.ones(1, 4, dtype=F64)]), ValueError, "one each"),
    "batch without data": (lambda: train_ensemble(NET, [0], batch_size=1), ValueError, "TorchMap.of"),
    "batch 0": (lambda: train_ensemble(of(deep_linear([3, 2]), 0.1), [0], batch_size=0), ValueError, "from 1 to 12"),
    "batch too large": (lambda: train_ensemble(of(deep_linear([3, 2]), 0.1), [0], batch_size=13), ValueError, "from 1 to 12"),
    "budget": (lambda: train_ensemble(NET, [0], max_steps=23), ValueError, "max_steps >= 6 max_period"),
    "period": (lambda: train_ensemble(NET, [0], max_period=0), ValueError, "max_period"),
    "tolerance": (lambda: train_ensemble(NET, [0], tolerance=float("nan")), ValueError, "between 0 and 1"),
    "one bias a run": (
        lambda: train_ensemble(TwoLayerReluMap(*data(inputs=1, outputs=1), torch.ones(3, 4, dtype=F64), tensor(0.1, 0.2), factor=1.0), [0]),
        ValueError,
        "as many as step sizes",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_clear_line(case):
    call, error, words = BAD[case]
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value) and "\n" not in str(caught.value)
