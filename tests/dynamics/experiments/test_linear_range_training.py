"""The experiments of sections 4.1 and 4.2, small: what they write, that they resume, what they refuse; and the committed results."""

import json
import re
from itertools import takewhile
from pathlib import Path

import numpy as np
import pytest
import torch

from dynamics.experiments import linear_range_training as experiment
from dynamics.experiments.linear_range_runs import Problem, Setting, Training, digits, lin_grad, teacher
from dynamics.lines.logistic_stacks import stacked_states

RESULTS = Path(__file__).parents[3] / "theory" / "results"
STORED = {"teacher": RESULTS / "linear_range_teacher.json", "mnist": RESULTS / "linear_range_mnist.json"}
SMALL = ["teacher", "--samples", "400", "--runs", "2", "--epochs", "2", "--batch", "10", "100"]


def run(path, *arguments):
    return experiment.main([*arguments, "--output", str(path)])


@pytest.mark.claim("ni-talnikar:text-sec41-setup", "ni-talnikar:figure-1-left", "ni-talnikar:figure-2-eps")
def test_a_small_run_writes_what_the_docstring_lists(tmp_path, capsys):
    assert run(tmp_path / "out.json", *SMALL) == 0
    report = json.loads((tmp_path / "out.json").read_text())
    assert [p.name for p in tmp_path.iterdir()] == ["out.json"]
    assert report["settings"]["minibatches"] == {"10": 40, "100": 4} and report["settings"]["widths"] == [50] * 4
    assert report["settings"]["epochs"] == {"10": 2, "100": 2} and report["environment"]["dtype"] == "float64"
    for batch in (10, 100):
        found = report["histories"][str(batch)]
        assert list(found) == [setting.name for setting in experiment.SETTINGS["teacher"][batch]]
        for history in found.values():
            assert np.array(history["distance"]).shape == (2, 3) and len(history["square"]) == 3
    own = report["histories"]["10"]["linGrad 0.3"]
    assert own["measured"] == [2, 0] and own["step_size"][1] is None  # minibatch 0 of 40, of each run; the next is the 100th
    assert report["histories"]["10"]["linGrad 0.3 N_lin = 20, N_hist = 250"]["measured"] == [4, 4]
    assert "taken" not in report["histories"]["10"]["SGD 3"]
    step_size, tried, taken = report["first_run"]["linGrad 0.3"][0]
    assert step_size == pytest.approx(0.3 / tried, rel=1e-4)  # psi_0 = 1; five digits are stored
    assert taken != tried and len(capsys.readouterr().out.splitlines()) == len(report["histories"]["10"]) + 4


def test_start_teacher_and_runs_differ():
    """NumPy pads seeds with zeros, so that streams [s, 0] and [s, 0, 0] are one: a start on the teacher would have nothing to learn."""
    training = Training(teacher(2, 100, 50, seed=0), [Setting(1.0), *lin_grad(0.3)], 10, seed=0)
    assert training.errors[0][0].min() > 0.3
    first, second = (layer[:2] for layer in training.nets.layers[:2])
    assert not torch.equal(first[0], first[1]) and not torch.equal(first[0], second[0])
    assert torch.equal(training.nets.layers[0][0], training.nets.layers[0][2])  # the same run of another setting


def test_the_teacher_is_a_network_of_standard_normals():
    problem = teacher(3, 300, 100, seed=5)
    assert not torch.equal(problem.train[0][0], problem.train[1][0])
    for (inputs, targets), (more, _) in zip(problem.train, problem.test, strict=True):
        values = torch.cat([inputs, more]).flatten()
        # 20,000 standard normals: their mean and variance lie within 5 / sqrt(20000) and 5 sqrt(2 / 20000)
        assert abs(values.mean()) < 0.036 and abs(values.var() - 1) < 0.05
        assert targets.shape == (300, 50) and 0 < targets.min() < targets.max() < 1


def test_errors_by_hand():
    """Zero weights answer 1/2: targets (1/2, 1) and (1, 0) are missed by (0, 1/2) and (1/2, 1/2); equal outputs name the first label."""
    targets = torch.tensor([[0.5, 1.0], [1.0, 0.0]], dtype=torch.float64)
    data = [(torch.zeros(2, 1, dtype=torch.float64), targets)]
    training = Training(Problem((1, 2), data, data), [Setting(1.0)], 1, seed=0)
    training.nets.layers[0].zero_()
    distance, square, missed = training.test().flatten().tolist()
    assert distance == pytest.approx((np.sqrt(0.25 / 2) + np.sqrt(0.5 / 2)) / 2, rel=1e-15)
    assert square == pytest.approx((0.25 + 0.5) / 2, rel=1e-15) and missed == 0.5


def test_one_epoch_is_every_full_minibatch_once():
    """Steps so small that the weights stay where they are to first order: the sum of the minibatches' gradients is the epoch's."""
    problem, step = teacher(1, 47, 10, seed=1), 1e-7
    training = Training(problem, [Setting(step)], 10, seed=1)
    start = [layer.clone() for layer in training.nets.layers]
    training.epoch()
    order = np.random.default_rng([1, 0, 3, 0]).permutation(47)[:40]
    inputs, targets = (part[torch.from_numpy(order)] for part in problem.train[0])
    variables = [layer.requires_grad_() for layer in start]
    (((stacked_states(variables, inputs[None])[-1] - targets) ** 2).sum() / 2 / 10).backward()
    for after, before in zip(training.nets.layers, variables, strict=True):
        moved, expected = (after - before).detach() / -step, before.grad
        # four steps of 1e-7 change the gradients by some 1e-6 of themselves; the weights' rounding, 1e-16 over 1e-7, is 1e-9
        assert torch.allclose(moved, expected, rtol=1e-4, atol=1e-5)


def test_an_interrupted_run_resumes_with_the_same_numbers(tmp_path, monkeypatch, capsys):
    run(tmp_path / "whole.json", *SMALL)
    honest, seen = Training.epoch, []

    def stop_at_the_second(training):
        seen.append(training.batch)
        if len(seen) == 2:
            raise KeyboardInterrupt
        honest(training)

    monkeypatch.setattr(Training, "epoch", stop_at_the_second)
    broken = tmp_path / "broken.json"
    assert run(broken, *SMALL) == 130 and not broken.exists()
    assert "the same command continues" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run(broken, *SMALL, "--seed", "1")
    assert "keeps other runs" in capsys.readouterr().err
    assert run(broken, *SMALL) == 0 and seen == [10, 10, 10, 100, 100]
    whole, again = (json.loads((tmp_path / name).read_text()) for name in ("whole.json", "broken.json"))
    assert whole["histories"] == again["histories"] and whole["first_run"] == again["first_run"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--batch", "20"], r"--batch \[20\] --epochs \[50\]: expected different ones of 10, 30, 100"),
        (["--batch", "10", "10"], "expected different ones"),
        (["--epochs", "1", "2"], "epochs for all or for each"),
        (["--epochs", "0"], "--epochs .* expected epochs and runs >= 1"),
        (["--runs", "0"], "--runs 0 .* expected epochs and runs >= 1"),
        (["--samples", "99"], "samples >= 100, a full minibatch"),
        (["--seed", "-1"], "--seed -1: expected .* seed >= 0"),
    ],
)
def test_bad_usage_is_one_line(tmp_path, capsys, arguments, words):
    with pytest.raises(SystemExit) as stop:
        run(tmp_path / "out.json", "teacher", *arguments)
    assert stop.value.code == 2 and re.search(words, capsys.readouterr().err)
    assert not [*tmp_path.iterdir()]


def test_an_output_that_cannot_be_written_is_refused_before_the_work(tmp_path, capsys):
    for path in (tmp_path, tmp_path / "no" / "out.json"):
        with pytest.raises(SystemExit):
            run(path, *SMALL)
        assert "expected a file in a folder that exists" in capsys.readouterr().err


@pytest.mark.claim("ni-talnikar:text-mnist-eps")
def test_digits_are_images_from_zero_to_one_and_labels():
    problem = digits(2, 200, 100)
    assert problem.widths == (784, 30, 10) and problem.train[0][0].shape == (200, 784)
    assert (problem.train[0][0].min(), problem.train[0][0].max()) == (0, 1)
    assert torch.equal(problem.test[1][1].sum(1), torch.ones(100, dtype=torch.float64))


@pytest.mark.claim("ni-talnikar:text-mnist-eps", "ni-talnikar:figure-3-psi100")
def test_the_stored_runs_say_how_they_were_run():
    """One command, or a list of which each gave some batch sizes: with the epochs, runs, samples and seed of the settings."""
    for name, path in STORED.items():
        report = json.loads(path.read_text())
        parts = report.get("commands") or [{"command": report["command"], "batches kept": report["settings"]["epochs"]}]
        assert sorted(batch for part in parts for batch in map(int, part["batches kept"])) == [10, 30, 100]
        for part in parts:
            words = part["command"].split()
            assert words[:4] == ["python", "-m", "dynamics.experiments.linear_range_training", name]
            options = {option: words[at + 1 :] for at, option in enumerate(words) if option.startswith("--")}
            taken = {option: list(takewhile(lambda word: not word.startswith("--"), rest)) for option, rest in options.items()}
            assert [int(taken[f"--{key}"][0]) for key in ("runs", "samples", "seed")] == [
                report["settings"][key] for key in ("runs", "samples", "seed")
            ]
            epochs = dict(zip(taken["--batch"], map(int, taken["--epochs"]), strict=True))
            for batch in map(str, part["batches kept"]):
                assert epochs[batch] == report["settings"]["epochs"][batch]
                assert {len(run) for h in report["histories"][batch].values() for run in h["distance"]} == {epochs[batch] + 1}
