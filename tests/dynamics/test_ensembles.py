"""Ensembles: each run as if it were alone, outcomes with known answers, mini-batches by hand, and no bit lost by an interruption."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch.nn.functional import mse_loss

from dynamics import (
    DeepLinearMap,
    TorchMap,
    TwoLayerReluMap,
    _training,
    classify,
    deep_linear,
    deep_relu,
    ensembles,
    initialise,
    logistic,
    stack,
    train_ensemble,
)
from dynamics._mini_batches import batch_order
from theory.step_bounds.bounds import target_step_bound

F64 = torch.float64
SEEDS = [3, 0, 7]
# Batched products and single ones round differently: steps of at most 100 operations on numbers of size 1, over 300 steps that do not part
# nearby runs by more than a factor of 10: 300 * 100 * 2.2e-16 * 10 < 1e-10.
ROUNDING = 1e-10


def tensor(*values):
    return torch.tensor(values, dtype=F64)


def data(samples=12, inputs=3, outputs=2, noise=0.0):
    """Samples of a linear map, with noise or without."""
    source = torch.Generator().manual_seed(1)
    x = torch.randn(samples, inputs, generator=source, dtype=F64)
    y = x @ torch.randn(inputs, outputs, generator=source, dtype=F64)
    return x, y + noise * torch.randn(samples, outputs, generator=source, dtype=F64)


def of(module, *steps, momentum=None, noise=0.0):
    return TorchMap.of(module, mse_loss, *data(noise=noise), tensor(*steps), momentum)


def relu_map(*steps):
    source = torch.Generator().manual_seed(2)
    x, bias = torch.rand(10, 1, generator=source, dtype=F64), torch.randn(4, generator=source, dtype=F64)
    return TwoLayerReluMap(x, torch.sin(3 * x), bias, tensor(*steps), factor=0.5)


NETWORKS = {
    "deep linear, compiled": (lambda: DeepLinearMap(torch.eye(3, dtype=F64) * 2, [3] * 4, tensor(0.01, 0.05, 0.5)), "orthogonal"),
    "two-layer relu": (lambda: relu_map(0.01, 0.05, 10.0), "gaussian"),
    "logistic": (lambda: of(logistic([3, 4, 2]), 0.1, 1.0, 20.0), "gaussian"),
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
    monkeypatch.setattr(ensembles, "BATCH", 1)  # eight runs a batch
    parts = train_ensemble(net, range(11), initialisation="orthogonal", max_steps=500)
    assert same(whole, parts)


def same(one, two):
    """Every bit of two results, and every field of their outcomes."""
    arrays = [(one.final_losses, two.final_losses), (one.losses, two.losses), *zip(one.parameters, two.parameters, strict=True)]
    return all(np.array_equal(a, b, equal_nan=True) for a, b in arrays) and [repr(o) for o in one.outcomes.flat] == [
        repr(o) for o in two.outcomes.flat
    ]


# Mini-batches


def test_a_batch_of_all_samples_is_full_batch():
    net = of(deep_relu([3, 5, 2]), 0.02, 0.1)
    options = {"initialisation": "orthogonal", "max_steps": 300}
    assert same(train_ensemble(net, SEEDS, batch_size=12, **options), train_ensemble(net, SEEDS, **options))


def test_mini_batches_by_hand():
    """Linear regression with its gradient written out, on the batches that the seed orders; the last batch of an epoch has two samples."""
    x, y = (d.numpy() for d in data(noise=0.3))
    net = of(deep_linear([3, 2]), 0.01, 0.1, noise=0.3)
    found = train_ensemble(net, SEEDS, initialisation="gaussian", batch_size=5, max_steps=200)
    for s, step in enumerate([0.01, 0.1]):
        for r, seed in enumerate(SEEDS):
            w = stack(deep_linear([3, 2]), "gaussian", [seed])["layer1.weight"][0].numpy()
            for k in range(200):
                batch = batch_order(seed, k // 3, 12)[5 * (k % 3) : 5 * (k % 3) + 5]
                w = w - step * (2 / (2 * len(batch))) * (x[batch] @ w.T - y[batch]).T @ x[batch]
            assert found.outcomes[0, s, r].steps == 200
            assert found.parameters[0][s, r] == pytest.approx(w.ravel(), abs=ROUNDING)


def test_an_epoch_holds_every_sample_once_and_its_order_hangs_on_the_seed():
    assert all(sorted(batch_order(seed, epoch, 30)) == list(range(30)) for seed in (0, 1) for epoch in (0, 1))
    orders = {tuple(batch_order(seed, epoch, 30)) for seed in (0, 1) for epoch in (0, 1)}
    assert len(orders) == 4 and np.array_equal(batch_order(1, 1, 30), batch_order(1, 1, 30))


@pytest.mark.parametrize(
    ("noise", "step", "kind", "reason"),
    [
        (0.0, 0.1, "converged", "no batch of an epoch moves it"),  # every sample is fitted
        (0.3, 0.1, "bounded", "recurrent in a box"),  # batches disagree at the minimum
        (0.0, 3.0, "diverged", "escape radius"),
        (0.3, 1e-4, "undecided", "drifts"),
    ],
)
def test_what_a_run_on_mini_batches_did(noise, step, kind, reason):
    found = train_ensemble(of(deep_linear([3, 2]), step, noise=noise), SEEDS, batch_size=5, max_steps=3000)
    for outcome in found.outcomes.flat:
        assert outcome.kind == kind and reason in outcome.reason, outcome


def test_a_full_batch_that_is_still_is_no_end_on_mini_batches():
    """At the least-squares solution the full gradient is 0, and each batch pulls its own way."""
    x, y = data(noise=0.3)
    start = torch.linalg.lstsq(x, y).solution.T.reshape(1, -1)
    net = of(deep_linear([3, 2]), 0.1, noise=0.3)
    assert train_ensemble(net, [0], initialisation=start, max_steps=3000).kinds.item() == "converged"
    assert train_ensemble(net, [0], initialisation=start, max_steps=3000, batch_size=4).kinds.item() == "bounded"


# What is kept

KILLED = """
import os, signal, sys
import torch
from dynamics import DeepLinearMap, TorchMap, _training, deep_relu, ensembles, train_ensemble
from tests.dynamics.test_ensembles import resumable
_training.SAVE_EVERY, ensembles.BATCH, saves = 0.0, 1, 0
keep = _training.TrainingBatch._save
def save(self, file):
    global saves
    keep(self, file)
    saves += 1
    if saves == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
_training.TrainingBatch._save = save
resumable(sys.argv[1], sys.argv[2])
"""


def resumable(kind, folder=None):
    if kind == "full batch":
        net = DeepLinearMap(torch.eye(3, dtype=F64) * 2, [3] * 4, tensor(0.01, 0.05, 0.5))
        return train_ensemble(net, range(5), initialisation="orthogonal", max_steps=1000, folder=folder)
    return train_ensemble(of(deep_relu([3, 5, 2]), 0.02, 5.0), range(5), batch_size=5, max_steps=500, folder=folder)


@pytest.mark.parametrize(("kind", "saves"), [("full batch", 4), ("full batch", 30), ("mini-batches", 10)])
def test_a_killed_run_goes_on_and_ends_with_the_same_bits(kind, saves, tmp_path, monkeypatch):
    call = [sys.executable, "-c", KILLED, kind, str(tmp_path), str(saves)]
    killed = subprocess.run(call, env=os.environ | {"PYTHONPATH": os.getcwd()}, capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    kept = {file: dict(np.load(file)) for file in tmp_path.glob("*.npz")}
    assert kept and any(len(state["rows"]) for state in kept.values()), "nothing was interrupted"
    monkeypatch.setattr(ensembles, "BATCH", 1)
    looks = []
    step = _training.OrbitEngine._look
    monkeypatch.setattr(_training.OrbitEngine, "_look", lambda engine: (step(engine), looks.append(engine.k)))
    resumed = resumable(kind, tmp_path)
    went_on, looks[:] = len(looks), []
    assert same(resumed, resumable(kind)) and went_on < len(looks)
    looks.clear()
    assert same(resumable(kind, tmp_path), resumed) and not looks  # all of it is in the folder


def test_a_folder_keeps_one_ensemble(tmp_path):
    net = DeepLinearMap(tensor([1.0]), [1, 1], tensor(0.1))
    train_ensemble(net, [0, 1], max_steps=100, folder=tmp_path / "new")
    other = DeepLinearMap(tensor([1.5]), [1, 1], tensor(0.1))
    for change in (
        lambda: train_ensemble(net, [0, 2], max_steps=100, folder=tmp_path / "new"),
        lambda: train_ensemble(other, [0, 1], max_steps=100, folder=tmp_path / "new"),
    ):
        with pytest.raises(ValueError, match="keeps another ensemble"):
            change()
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match="is a file"):
        train_ensemble(net, [0], max_steps=100, folder=tmp_path / "file")


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

    monkeypatch.setattr(ensembles.Screen, "bar", bar)
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
