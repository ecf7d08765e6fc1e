"""The experiments on the set-up: the closed form against epochs that are run, small versions of both commands."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dynamics.data import DataSet
from dynamics.experiments import lipschitz_epoch_cost, lipschitz_set_up
from dynamics.experiments.lipschitz_epoch_cost import WAYS, epoch, network, step_size
from dynamics.experiments.lipschitz_set_up import Descent, sums_to_one
from dynamics.orbits.threshold_epochs import epochs_to_threshold
from tests.dynamics.known_maps import least_squares


@pytest.mark.claim("yedida-saha:text-k-close")
@given(st.integers(0, 10**6), st.integers(1, 40))
def test_the_closed_form_is_gradient_descent(seed: int, epochs: int) -> None:
    """More features than samples too: then directions without a gradient keep their weights."""
    dice = np.random.default_rng(seed)
    m, n = dice.integers(1, 6, size=2)
    X, y, w = dice.normal(size=(m, n)), dice.normal(size=m), dice.normal(size=n)
    step = 0.9 * m / np.linalg.norm(X, 2) ** 2
    descent, start, function = Descent(X, y, step), w, least_squares(X, y)
    for _ in range(epochs):
        w = w - step * function(w)[1]
    assert np.allclose(descent.weights(start, epochs), w, rtol=1e-8, atol=1e-8), "a few hundred roundings"
    assert descent.loss(start, epochs) == pytest.approx(function(w)[0], rel=1e-8, abs=1e-8)
    level = float(dice.uniform(descent.loss(start, 200), function(start)[0]))
    run, found = epochs_to_threshold(function, start, step, level, budget=300), descent.first_below(start, level)
    assert run.epochs is not None and found is not None and abs(run.epochs - found) <= 1


@pytest.mark.claim("yedida-saha:text-k-close")
def test_never_below_and_too_large_a_step() -> None:
    X, y = np.array([[1.0], [1.0]]), np.array([1.0, -1.0])
    assert Descent(X, y, 0.5).first_below(np.array([1.0]), 0.5) is None, "the minimum is 1/2"
    with pytest.raises(ValueError, match="expected below"):
        Descent(X, y, 1.5)


@pytest.mark.claim("yedida-saha:text-scale-sum1")
def test_sums_to_one() -> None:
    assert sums_to_one(np.array([[1.0, -1.0], [3.0, -3.0]])).tolist() == [[0.25, 0.25], [0.75, 0.75]]
    with pytest.raises(ValueError, match="column 1 sums to 0"):
        sums_to_one(np.array([[1.0, -1.0], [3.0, 1.0]]))


def table(name: str, *, scaling: str, rows: int | None) -> DataSet:
    """Positive numbers in place of the data, which not everybody has: the targets as large as those of the regressions."""
    dice, width = np.random.default_rng(len(name)), 12 if name == "covtype20k" else 4
    X, y = dice.exponential(size=(60, width)), 22 + dice.normal(size=(60, 1))
    X[:, 11:] = X[:, 11:] > 3  # an indicator
    values = dice.integers(0, 3, 60) if name == "covtype20k" else y
    return DataSet(name, "all", scaling, X[:rows], values[:rows], tuple("abcdefghijkl"[:width]), ("target",))


@pytest.mark.claim("yedida-saha:text-k-close")
@pytest.mark.claim("yedida-saha:text-same-init")
@pytest.mark.claim("yedida-saha:text-ten-features")
def test_a_small_run_of_the_set_up(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lipschitz_set_up, "tabular", table)
    output = tmp_path / "set_up.json"
    assert lipschitz_set_up.main(["--rows", "50", "--starts", "2", "--output", str(output)]) == 0
    found = json.loads(output.read_text())
    assert len(found["weights"]) == 18 and set(found["curvatures"]) == {"boston", "california", "energy", "news"}
    assert all(len(run["norms"]) == 2 for run in found["weights"])
    assert 0 < found["curvatures"]["boston"] < 4 / 50
    assert found["covertype"]["ten"] >= 10 and found["covertype"]["all"] > found["covertype"]["ten"]
    assert "boston" in capsys.readouterr().out


@pytest.mark.claim("yedida-saha:text-epoch-cost")
def test_a_small_run_of_the_cost(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    images = np.random.default_rng(0).random((32, 28, 28))
    data = DataSet("mnist", "train", "unit", images, np.arange(32) % 10, (), tuple("0123456789"))
    monkeypatch.setattr(lipschitz_epoch_cost, "mnist", lambda scaling, rows: data)
    output = tmp_path / "cost.json"
    assert lipschitz_epoch_cost.main(["--images", "32", "--repeats", "1", "--output", str(output)]) == 0
    found = json.loads(output.read_text())
    assert set(found["seconds"]) == set(WAYS) and all(len(times) == 1 and times[0] > 0 for times in found["seconds"].values())
    printed = capsys.readouterr().out
    assert all(way in printed for way in WAYS)
    assert found["parameters"] == sum(p.numel() for p in network(1).parameters())


@pytest.mark.claim("yedida-saha:text-epoch-cost")
def test_the_second_pass_sees_every_minibatch_and_trains_nothing() -> None:
    model, inputs = network(0), torch.rand(8, 1, 28, 28)
    seen: list[torch.Size] = []
    model[0].register_forward_pre_hook(lambda layer, given: seen.append(given[0].shape))
    batches = [(inputs[:4], torch.arange(4)), (inputs[4:], torch.arange(4))]
    for way, passes in zip(WAYS, (2, 4, 2), strict=True):
        seen.clear()
        epoch(model, batches, way)
        assert len(seen) == passes, way
    assert step_size(206.695, 128) == pytest.approx(1 / (9 / 1280 * 206.695))
