"""The experiments of section 4.2, small: what they write, that they resume bit for bit, what they refuse."""

import json
import re

import numpy as np
import pytest
import torch
from torch import nn

from dynamics.experiments import corridor_runs
from dynamics.experiments import corridor_training as experiment
from dynamics.experiments.corridor_runs import TASKS, Images, Run, Setting, redraw, start

SMALL = "mlp --width 6 --samples 120 --tests 50 --batch 30 60 --epochs 3 2 --fixed 0.1 --limit 0.5 --measure 2 --runs 2".split()


def run(path, *arguments):
    return experiment.main([*arguments, "--output", str(path)])


@pytest.mark.claim("dherin-rosca:text-stable", "dherin-rosca:text-warmup", "dherin-rosca:figure-7")
def test_a_small_run_writes_what_the_docstring_lists(tmp_path, capsys):
    output = tmp_path / "out.json"
    output.write_text(json.dumps({"experiment": experiment.EXPERIMENT, "networks": {"cnn": {"kept": 1}}}))
    assert run(output, *SMALL) == 0
    assert [p.name for p in tmp_path.iterdir()] == ["out.json"]
    networks = json.loads(output.read_text())["networks"]
    assert list(networks) == ["cnn", "mlp, width 6"] and networks["cnn"] == {"kept": 1}
    report = networks["mlp, width 6"]
    assert report["settings"]["minibatches"] == {"30": 4, "60": 2} and report["settings"]["epochs"] == {"30": 3, "60": 2}
    assert report["settings"]["parameters"] == 784 * 6 + 6 + 6 * 10 + 10 and report["environment"]["dtype"] == "float32"
    assert list(report["histories"]["30"]) == ["CLR", "CLR <= 0.5", "SGD 0.1"] and list(report["histories"]["60"]) == ["CLR"]
    own = report["histories"]["30"]["CLR"]
    for key, entries in {"loss": 3, "highest": 3, "missed": 3, "test_loss": 4, "test_missed": 4, "step_size": 12, "first": 12}.items():
        assert np.array(own[key]).shape == (2, entries), key
    assert own["diverged"] == [None, None] and own["start"][0] != own["start"][1]
    assert [entry[0] for entry in own["curvature"][0]] == [0, 2] and "first" not in report["histories"]["30"]["SGD 0.1"]
    assert max(max(values) for values in report["histories"]["30"]["CLR <= 0.5"]["first"]) == 0.5
    # the medians of single steps are the steps: h ||g||^2 = L, to the five digits that are stored
    assert own["first"][1][0] * own["gradient_norm"][1][0] ** 2 == pytest.approx(own["start"][1], rel=1e-4)
    assert len(capsys.readouterr().out.splitlines()) == 4


def images(samples=64, tests=20):
    return Images.of(TASKS["mlp"], samples, tests, "cpu")


def test_an_epoch_is_gradient_descent_on_every_full_minibatch_once():
    """By hand, in NumPy: softmax regression with the corridor rate."""
    data = images(70)
    own = Run(start(TASKS["linear"], 10, 3, "cpu"), data, Setting(), 32, 3)
    weight, bias = (p.detach().double().numpy().copy() for p in own.network.parameters())
    own.epoch()
    inputs, labels = data.train[0].double().numpy(), data.train[1].numpy()
    order = np.random.default_rng([3, corridor_runs.SHUFFLE, 0]).permutation(70)
    for k in range(2):
        rows = order[32 * k : 32 * (k + 1)]
        scores = inputs[rows] @ weight.T + bias
        scores = scores - scores.max(1, keepdims=True)
        chances = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
        loss = -np.log(chances[np.arange(32), labels[rows]]).mean()
        residual = (chances - np.eye(10)[labels[rows]]) / 32
        slopes = residual.T @ inputs[rows], residual.sum(0)
        norm = np.sqrt(sum((s**2).sum() for s in slopes))
        # float32: sums of 784 terms of size 1 to 3, 6e-8 * 784^(1/2) * 10 < 2e-5
        assert own.steps[k] == pytest.approx((loss, norm, loss / norm**2), rel=1e-4)
        weight, bias = weight - loss / norm**2 * slopes[0], bias - loss / norm**2 * slopes[1]
    for found, expected in zip(own.network.parameters(), (weight, bias), strict=True):
        assert found.detach().numpy() == pytest.approx(expected, rel=1e-3, abs=1e-4)


def test_the_curvature_by_finite_differences():
    """In float64: ||H g|| from gradients at theta +- t g, the sharpness from the largest eigenvalue of the dense Hessian."""
    task = TASKS["mlp"]
    data = images(20)
    own = Run(start(task, 2, 0, "cpu").double(), Images(*((x.double(), y) for x, y in (data.train, data.test))), Setting(), 10, 0)
    own.measure_curvature()
    ((epoch, loss, norm, image, top),) = own.curvature
    parameters = list(own.network.parameters())

    def gradient():
        value = nn.functional.cross_entropy(own.network(own.images.train[0]), own.images.train[1])
        return value.item(), torch.cat([g.flatten() for g in torch.autograd.grad(value, parameters)])

    def shifted(direction):
        with torch.no_grad():
            nn.utils.vector_to_parameters(nn.utils.parameters_to_vector(parameters) + direction, parameters)

    value, g = gradient()
    t, slopes = 1e-5, []
    for sign in (1, -2):
        shifted(sign * t * g)
        slopes.append(gradient()[1])
    assert (epoch, loss, norm) == pytest.approx((0, value, g.norm().item()), rel=1e-12)
    # central differences: an error of t^2 ||g||^2, and 1e-16 / t of rounding
    assert image == pytest.approx(((slopes[0] - slopes[1]) / (2 * t)).norm().item(), rel=1e-5)
    assert image / norm <= 1.01 * top  # ||H g|| <= lambda ||g||, if the largest eigenvalue is the largest in modulus


def test_runs_differ_by_seed_and_nothing_else():
    first, again, other = (start(TASKS["vgg16-plain"], 2, seed, "cpu").state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert not torch.equal(first["stage1_layer1.0.weight"], other["stage1_layer1.0.weight"])
    assert first["stage3_layer2.0.weight"].std() == pytest.approx((2 / (9 * 8)) ** 0.5, rel=0.2)  # He: 576 draws, 3 % of scatter
    layer, before = nn.Linear(3, 2), torch.random.get_rng_state()
    redraw(layer, 5)
    assert torch.equal(torch.random.get_rng_state(), before)
    torch.manual_seed(5)
    assert torch.equal(layer.weight, nn.Linear(3, 2).weight)


def test_a_run_that_diverges_says_so_and_ends():
    own = Run(start(TASKS["mlp"], 4, 0, "cpu"), images(), Setting(fixed=1e30), 16, 0)
    for _ in range(2):
        own.epoch()
    assert re.match(r"step [1-4]: the loss is nan|step [1-4]: the loss is inf", own.diverged) and own.epochs == 2
    assert len(own.missed) == 1 and len(own.tested) == 2
    report = experiment.history([own])
    assert report["diverged"] == [own.diverged] and len(report["loss"][0]) == 1
    json.dumps(report, allow_nan=False)
    dead = Run(start(TASKS["mlp"], 4, 0, "cpu"), images(), Setting(), 16, 0)
    with torch.no_grad():
        dead.network.layer2.weight.zero_()
        dead.network.layer1.bias.fill_(-1e3)  # no unit is ever on, and biases alone have a gradient
        dead.network.layer2.bias.requires_grad_(False)
    dead.optimizer = Setting().optimizer([p for p in dead.network.parameters() if p.requires_grad])
    dead.epoch()
    assert "no step size leads on from a critical point" in dead.diverged and experiment.history([dead])["start"] == [None]


def test_batch_norm_uses_batches_in_training_and_running_statistics_in_tests():
    task = TASKS["resnet18"]
    data = Images.of(task, 16, 6, "cpu")
    own = Run(start(task, 2, 0, "cpu"), data, Setting(), 8, 0)
    running = {key: value.clone() for key, value in own.network.named_buffers()}
    own.measure_curvature()
    own.test()
    assert all(torch.equal(value, running[key]) for key, value in own.network.named_buffers())
    own.epoch()
    assert not torch.equal(own.network.stem[1].running_mean, running["stem.1.running_mean"])


def test_an_interrupted_run_resumes_with_the_same_numbers(tmp_path, monkeypatch, capsys):
    assert run(tmp_path / "whole.json", *SMALL) == 0
    honest, seen = Run.epoch, []

    def stop_at_the_fifth(own):
        seen.append((own.batch, own.setting.name, own.seed))
        if len(seen) == 5:
            raise KeyboardInterrupt
        honest(own)

    monkeypatch.setattr(Run, "epoch", stop_at_the_fifth)
    broken = tmp_path / "broken.json"
    assert run(broken, *SMALL) == 130 and not broken.exists()
    assert "the same command continues" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run(broken, *[word if word != "120" else "119" for word in SMALL])
    assert "keeps another run" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run(broken, *[word if word != "3" else "1" for word in SMALL])
    assert re.search("has 3 epochs already: expected --epochs 3 or more", capsys.readouterr().err)
    assert run(broken, *SMALL) == 0 and len(seen) == 5 + (2 * 3 * 3 + 2 * 2) - 4
    whole, again = (json.loads((tmp_path / name).read_text())["networks"]["mlp, width 6"] for name in ("whole.json", "broken.json"))
    assert whole["histories"] == again["histories"]


def test_every_network_takes_a_step():
    for name, task in TASKS.items():
        own = Run(start(task, 2 if task.data == "cifar10" else 4, 0, "cpu"), Images.of(task, 4, 2, "cpu"), Setting(max_step=0.01), 4, 0)
        own.epoch()
        assert own.diverged is None and len(own.steps) == 1, name


def test_blocks_are_medians_of_equal_parts():
    assert experiment.blocks([1.0, 2, 9, 4, 5, 6], 2) == [2, 5]
    assert experiment.blocks([3.0, 1], 50) == [3, 1] and experiment.blocks([]) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--batch", "10", "10"], "expected different batch sizes"),
        (["--batch", "0"], "batch sizes >= 1"),
        (["--epochs", "1", "2"], "for all or for each"),
        (["--epochs", "0"], "epochs >= 1"),
        (["--fixed", "nan"], r"--fixed \[nan\] .* positive finite step sizes"),
        (["--limit", "-1"], r"--limit \[-1.0\]: expected positive"),
        (["--samples", "99", "--batch", "100"], "--samples 99: expected at least 100"),
        (["--runs", "0"], "--runs 0 .* expected runs and width >= 1"),
        (["--width", "0"], "--width 0: expected"),
        (["--seed", "-1"], "seed and measure >= 0"),
        (["--device", "tpu"], "--device tpu: expected cpu"),
        (["--samples", "60001", "--batch", "10"], "rows = 60001"),
    ],
)
def test_bad_usage_is_one_line(tmp_path, capsys, arguments, words):
    with pytest.raises(SystemExit) as stop:
        run(tmp_path / "out.json", "mlp", *arguments)
    assert stop.value.code == 2 and re.search(words, capsys.readouterr().err)
    assert not [*tmp_path.iterdir()]


def test_an_output_that_cannot_be_written_or_holds_something_else_is_refused_before_the_work(tmp_path, capsys):
    for path in (tmp_path, tmp_path / "no" / "out.json"):
        with pytest.raises(SystemExit):
            run(path, *SMALL)
        assert "expected a file in a folder that exists" in capsys.readouterr().err
    for text in ("", "[]", '{"experiment": "another", "networks": {}}'):
        (tmp_path / "other.json").write_text(text)
        with pytest.raises(SystemExit):
            run(tmp_path / "other.json", *SMALL)
        assert "holds something else" in capsys.readouterr().err and (tmp_path / "other.json").read_text() == text


def test_missing_data_is_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("STEPVERDICT_DATA", str(tmp_path / "empty"))
    with pytest.raises(SystemExit):
        run(tmp_path / "out.json", *SMALL)
    assert "mnist.npz" in capsys.readouterr().err
