"""Gradient descent beside the flow, small: what is written, by another route, resumption, and what is refused."""

import json
import re

import numpy as np
import pytest
import torch

from dynamics import mnist
from dynamics.experiments import corridor_flow as experiment
from dynamics.experiments.corridor_runs import redraw
from dynamics.networks.layers import Layer, Network

SMALL = "--samples 30 --width 3 --steps 2 --runs 1 --seed 1".split()


def run(path, *arguments):
    return experiment.main([*arguments, "--output", str(path)])


def by_hand(seed, step_size, steps, parts=1):
    """Losses and points after each step of gradient descent, each step in so many parts, in NumPy."""
    data = mnist(scaling="standard", rows=30)
    inputs, one_hot = data.inputs.reshape(30, -1), data.one_hot
    network = redraw(Network(Layer(784, 3, torch.tanh, "trainable"), Layer(3, 10, None, "trainable")), seed).double()
    W, b, V, c = (p.detach().numpy().copy() for p in network.parameters())
    losses, points = [], []
    for k in range(steps * parts + 1):
        hidden = np.tanh(inputs @ W.T + b)
        scores = hidden @ V.T + c
        chances = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
        if k % parts == 0:
            losses.append(-(one_hot * np.log(chances)).sum() / 30)
            points.append(np.concatenate([W.ravel(), b, V.ravel(), c]))
        residual = (chances - one_hot) / 30
        back = residual @ V * (1 - hidden**2)
        h = step_size / parts
        W, b, V, c = W - h * back.T @ inputs, b - h * back.sum(0), V - h * residual.T @ hidden, c - h * residual.sum(0)
    return np.array(losses), np.array(points)


@pytest.mark.claim("dherin-rosca:text-gf-follows-gd")
def test_descent_and_flow_by_hand(tmp_path, capsys):
    assert run(tmp_path / "out.json", *SMALL) == 0 and [p.name for p in tmp_path.iterdir()] == ["out.json"]
    report = json.loads((tmp_path / "out.json").read_text())
    assert [(r["seed"], r["share"]) for r in report["runs"]] == [(1, 0.1), (1, 0.5)]
    assert len(capsys.readouterr().out.splitlines()) == 2
    found = report["runs"][1]
    assert found["step_size"] * found["sharpness"][0] == pytest.approx(0.5 * 2, rel=1e-4)
    losses, points = by_hand(1, found["step_size"], 2)
    fine_losses, fine = by_hand(1, found["step_size"], 2, parts=400)
    # five digits are stored; Euler's method with 400 parts errs by 1/400 of the distance that one part makes
    assert found["loss"] == pytest.approx(losses, rel=1e-4)
    assert found["flow_loss"] == pytest.approx(fine_losses, rel=1e-3)
    assert found["distance"] == pytest.approx(np.linalg.norm(points - fine, axis=1), rel=1e-2)
    assert found["travelled"] == pytest.approx(np.linalg.norm(fine - fine[0], axis=1), rel=1e-2)
    assert found["step_distance"][0] == found["distance"][1] > 1000 * found["error"][1]
    assert found["step_term"][0] == pytest.approx(found["step_distance"][0], rel=0.5)  # h lambda = 1: the leading term alone


def test_an_interrupted_experiment_continues(tmp_path, monkeypatch, capsys):
    honest, seen = experiment.flow_distance, []

    def stop_at_the_second(*arguments, **options):
        seen.append(1)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return honest(*arguments, **options)

    monkeypatch.setattr(experiment, "flow_distance", stop_at_the_second)
    assert run(tmp_path / "broken.json", *SMALL) == 130 and "the same command continues" in capsys.readouterr().err
    assert run(tmp_path / "broken.json", *SMALL) == 0 and len(seen) == 3
    monkeypatch.setattr(experiment, "flow_distance", honest)
    run(tmp_path / "whole.json", *SMALL)
    assert json.loads((tmp_path / "broken.json").read_text())["runs"] == json.loads((tmp_path / "whole.json").read_text())["runs"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--samples", "0"], "--samples 0 .* expected each >= 1"),
        (["--steps", "0"], "--steps 0"),
        (["--runs", "0"], "--runs 0"),
        (["--width", "-2"], "--width -2"),
        (["--seed", "-1"], "seed >= 0"),
        (["--device", "tpu"], "--device tpu: expected cpu"),
        (["--samples", "60001", "--runs", "1"], "rows = 60001"),
    ],
)
def test_bad_usage_is_refused(tmp_path, capsys, arguments, words):
    with pytest.raises(SystemExit) as stop:
        run(tmp_path / "out.json", *arguments)
    assert stop.value.code == 2 and re.search(words, capsys.readouterr().err)


def test_an_output_that_cannot_be_written_is_refused_before_the_work(tmp_path, capsys):
    for path in (tmp_path, tmp_path / "no" / "out.json"):
        with pytest.raises(SystemExit):
            run(path, *SMALL)
        assert "expected a file in a folder that exists" in capsys.readouterr().err
