"""Training by 1/M, tiny: the first steps and M by hand, the distortions, what is written, that it resumes, what it refuses."""

import json
import math
import re

import numpy as np
import pytest
import torch

from dynamics import AdaMo, AutoAdam, LipschitzRMSprop, LipschitzSGD
from dynamics.data import CHANNELS, VARIABLE
from dynamics.experiments import lipschitz_network_runs as runs
from dynamics.experiments import lipschitz_networks as experiment
from dynamics.experiments.linear_range_resnet_runs import Images
from dynamics.experiments.lipschitz_network_runs import Plan, Run, Training, distorted, flipped, last_layer, network_for
from tests.dynamics.known_networks import normal

F32, CPU = torch.float32, torch.device("cpu")
# float32: a few thousand roundings of 6e-8 in the sums of one minibatch, most of them cancelling
CLOSE = 1e-4
MNIST = Plan(
    "mnist", 2, 52, 20, 8, (Run("SGD", "adaptive", 2, first=0.1), Run("AdaMo", "adaptive", 1, first=0.1), Run("Adam", "adaptive", 1))
)
CIFAR = Plan("cifar10", 2, 36, 20, 8, (Run("SGD", "baseline", 2, 1e-3), Run("SGD", "fixed", 3, 1e-3)))


def pictures(name, part, rows, device=CPU):
    shape = (28, 28, 1) if name == "mnist" else (32, 32, 3)
    return Images(normal(rows, *shape, dtype=F32, seed=len(part)), torch.arange(rows) * 7 % 10)


def training(plan, run, seed=0):
    return Training(plan, run, pictures(plan.data, "train", plan.samples), pictures(plan.data, "test", plan.tests), seed)


@pytest.fixture
def tiny(monkeypatch):
    """Plans of short runs on random pictures."""
    monkeypatch.setitem(experiment.PLANS, "mnist-narrow", MNIST)
    monkeypatch.setattr(experiment, "images", pictures)


def run(path, *arguments):
    return experiment.main(["mnist-narrow", *arguments, "--output", str(path)])


def watched(own):
    """Everything that enters the last layer in training mode."""
    seen = []
    last_layer(own.network).register_forward_pre_hook(lambda layer, inputs: seen.append(inputs[0].detach()) if layer.training else None)
    return seen


@pytest.mark.claim("yedida-saha:text-mnist-73", "yedida-saha:equation-23")
def test_the_rate_of_the_next_epoch_by_hand():
    """M = (k - 1)/(k m) max |A| + lambda max |W|: all tensors of parameters, after the epoch."""
    own = training(CIFAR, Run("SGD", "adaptive", 2, 1e-3, first=0.5))
    seen = watched(own)
    own.epoch()
    K_z = max(float(A.norm()) for A in seen[: own.batches])
    largest = max(float(w.detach().norm()) for w in own.network.parameters())
    assert own.records["rate"] == [0.5]
    assert 1 / own.bound.value == pytest.approx(1 / (9 / (10 * 8) * K_z + 1e-3 * largest), rel=CLOSE)


def test_the_first_step_by_hand():
    """W - (grad + lambda W)/M for the biases of the last layer, whose gradient is the mean of softmax less labels."""
    own = training(CIFAR, Run("SGD", "adaptive", 1, 0.25, first=0.5))
    torch.nn.init.constant_(last_layer(own.network).bias, 3.0)
    logits = []
    last_layer(own.network).register_forward_hook(lambda layer, inputs, outputs: logits.append(outputs.detach()))
    before = own.optimizer.step
    own.optimizer.step = lambda: (before(), own.optimizer.__dict__.update(step=lambda: None))[0]  # one step only
    own.epoch()
    order = np.random.default_rng([0, runs.SHUFFLE, 0]).permutation(36)[:8]
    residual = torch.softmax(logits[0], 1) - torch.eye(10)[own.train.labels[torch.from_numpy(order)]]
    assert torch.allclose(last_layer(own.network).bias, 3 - 0.5 * (residual.mean(0) + 0.25 * 3), atol=CLOSE)


@pytest.mark.claim("yedida-saha:text-baselines")
def test_policies():
    """Baseline: the default rate throughout; fixed: M of the first epoch for ever; adaptive: another one each epoch."""
    rates = {}
    for policy in ("baseline", "fixed", "adaptive"):
        own = training(CIFAR, Run("SGD", policy, 3, 1e-3))
        while not own.finished:
            own.epoch()
        rates[policy] = own.records["rate"]
    assert rates["baseline"] == [0.01] * 3
    assert rates["fixed"][:2] == rates["adaptive"][:2] and rates["fixed"][1] == rates["fixed"][2] != rates["fixed"][0]
    assert len(set(rates["adaptive"])) == 3


@pytest.mark.claim("yedida-saha:text-baselines")
def test_the_default_rates_of_section_7_4_2():
    rates = {name: make([torch.zeros(1, requires_grad=True)]).param_groups[0] for name, make in runs.BASELINE.items()}
    assert {name: group["lr"] for name, group in rates.items()} == {"SGD": 0.01, "AdaMo": 0.01, "RMSprop": 0.001, "Adam": 0.001}
    assert (rates["AdaMo"]["momentum"], rates["RMSprop"]["alpha"], rates["Adam"]["betas"]) == (0.9, 0.9, (0.9, 0.999))


@pytest.mark.parametrize(("name", "kind"), [("SGD", LipschitzSGD), ("AdaMo", AdaMo), ("RMSprop", LipschitzRMSprop), ("Adam", AutoAdam)])
def test_the_recorded_rate_of_each_algorithm(name, kind):
    """From averages of a constant M = 4: sqrt(1 - 0.9^t) for RMSprop, sqrt(1 - 0.999^t)/(1 - 0.9^t) for Adam, whatever M."""
    own = training(MNIST, Run(name, "adaptive", 1, first=0.25))
    own.epoch()
    t = own.batches
    expected = {"RMSprop": math.sqrt(1 - 0.9**t), "Adam": math.sqrt(1 - 0.999**t) / (1 - 0.9**t)}.get(name, 0.25)
    assert isinstance(own.optimizer, kind) and own.records["rate"] == [pytest.approx(expected, rel=1e-12)]


def test_weights_are_those_of_keras():
    """Glorot: uniform within sqrt(6/(in + out)); He: of variance 2/in; kernels count as 9 inputs, or outputs, a channel."""
    weight = network_for("mnist", 32, 0, CPU).state_dict()["hidden.0.weight"]
    edge = math.sqrt(6 / (4608 + 128))
    assert 0.999 * edge < weight.abs().max() <= edge and weight.std() == pytest.approx(edge / math.sqrt(3), rel=0.01)
    weight = network_for("cifar10", 16, 0, CPU).state_dict()["stage3_block2.branch.0.weight"]
    assert weight.std() == pytest.approx(math.sqrt(2 / (9 * 64)), rel=0.02)  # 36,864 weights: a deviation of 0.4 %
    assert not torch.equal(weight, network_for("cifar10", 16, 1, CPU).state_dict()["stage3_block2.branch.0.weight"])


def test_distortions_by_hand():
    """A plane is sampled exactly by bilinear interpolation, inside the image."""
    place = torch.arange(28.0) / 14 - 27 / 28  # pixel centres, an image is 2 wide
    for axis in (0, 1):
        plane = place.expand(28, 28) if axis == 0 else place[:, None].expand(28, 28)
        found = distorted(plane.repeat(50, 1, 1, 1), torch.Generator().manual_seed(3))[:, 0]
        u = torch.rand(50, 5, generator=torch.Generator().manual_seed(3)) * 2 - 1
        for image, (angle, zoom_x, zoom_y, right, down) in zip(found, u, strict=True):
            turn = float(angle) * math.pi / 12
            rows = [[math.cos(turn), -math.sin(turn), right], [math.sin(turn), math.cos(turn), down]]
            x, y = place[10:18] * (1 + 0.1 * float(zoom_x)), place[10:18, None] * (1 + 0.1 * float(zoom_y))
            assert torch.allclose(image[10:18, 10:18], rows[axis][0] * x + rows[axis][1] * y + 0.2 * rows[axis][2], atol=1e-5)
    assert u.abs().min() < 0.1 and u.abs().max() > 0.9


def test_flips_and_moves_by_hand():
    x = normal(40, 3, 6, 6, dtype=F32)
    found = flipped(x, torch.Generator().manual_seed(5))
    generator = torch.Generator().manual_seed(5)
    mirrored, corner = torch.rand(40, generator=generator) < 0.5, torch.randint(9, (40, 2), generator=generator)
    for image, new, mirror, (down, right) in zip(x, found, mirrored, corner.tolist(), strict=True):
        large = np.zeros((3, 14, 14), dtype=np.float32)
        large[:, 4:10, 4:10] = image.numpy()[:, :, ::-1] if mirror else image.numpy()
        assert np.array_equal(new.numpy(), large[:, down : down + 6, right : right + 6])
    assert 5 < mirrored.sum() < 35 and len(set(map(tuple, corner.tolist()))) > 20


def test_images_are_centred(monkeypatch):
    from dynamics.data import DataSet

    bright = DataSet("cifar10", "train", "unit", np.full((2, 32, 32, 3), 0.5), np.zeros(2, dtype=np.int64), (), ())
    monkeypatch.setattr(runs, "cifar10", lambda part, scaling, rows: bright)
    found = runs.images("cifar10", "train", 2, CPU)
    assert torch.allclose(found.inputs[0, 0, 0], torch.tensor(0.5 - CHANNELS["cifar10"][0], dtype=F32)) and found.inputs.dtype == F32


def test_a_run_that_diverges_ends():
    own = training(MNIST, Run("SGD", "adaptive", 5, first=1e30))
    while not own.finished:
        own.epoch()
    assert own.records["diverged"] in (1, 2) and own.records["loss"] == [] and own.records["rate"] == []


def test_errors_by_hand():
    own = training(CIFAR, CIFAR.runs[0])
    torch.nn.init.zeros_(last_layer(own.network).weight)
    own._test()
    assert own.records["val_acc"] == [2 / 20] and own.records["val_loss"] == [pytest.approx(math.log(10), rel=1e-6)]


def test_a_run_that_was_kept_goes_on_bit_for_bit(tmp_path):
    for plan, settings in ((MNIST, MNIST.runs[0]), (CIFAR, CIFAR.runs[1])):
        whole, first, second = (training(plan, settings) for _ in range(3))
        whole.epoch()
        first.epoch()
        first.save(tmp_path / "kept.pt")
        second.load(tmp_path / "kept.pt")
        for own in (whole, second):
            own.epoch()
            own.records.pop("cpu_seconds")
        assert whole.records == second.records
        for name, value in whole.network.state_dict().items():
            assert torch.equal(value, second.network.state_dict()[name])


def test_a_small_run_writes_what_the_docstring_lists(tiny, tmp_path, capsys):
    assert run(tmp_path / "out.json") == 0
    report = json.loads((tmp_path / "out.json").read_text())
    assert [p.name for p in tmp_path.iterdir()] == ["out.json"]
    assert report["settings"] == {"data": "mnist", "width": 2, "samples": 52, "tests": 20, "batch": 8, "seed": 0, "plan": "mnist-narrow"}
    assert (report["environment"]["dtype"], report["environment"]["device"]) == ("float32", "cpu")
    assert list(report["runs"]) == ["SGD, adaptive, first 0.1", "AdaMo, adaptive, first 0.1", "Adam, adaptive"]
    assert len(capsys.readouterr().out.splitlines()) == 3
    for found, epochs in zip(report["runs"].values(), (2, 1, 1), strict=True):
        assert found["minibatches"] == 6 and (found["diverged"] is not None or len(found["loss"]) == epochs)
        assert len({len(found[name]) for name in ("acc", "val_acc", "loss", "val_loss", "rate")}) == 1


def test_an_interrupted_experiment_goes_on_with_the_same_numbers(tiny, tmp_path, monkeypatch, capsys):
    run(tmp_path / "whole.json")
    honest, seen = Training.epoch, []

    def stop_at_the_second(own):
        seen.append(own.run.name)
        if len(seen) == 2:
            raise KeyboardInterrupt
        honest(own)

    monkeypatch.setattr(Training, "epoch", stop_at_the_second)
    broken = tmp_path / "broken.json"
    assert run(broken) == 130 and not broken.exists()
    with pytest.raises(SystemExit):
        run(broken, "--seed", "1")
    assert "keeps another run" in capsys.readouterr().err
    assert run(broken) == 0
    whole, again = (json.loads((tmp_path / name).read_text())["runs"] for name in ("whole.json", "broken.json"))
    for found in (*whole.values(), *again.values()):
        found.pop("cpu_seconds")
    assert whole == again


def test_fewer_epochs(tiny, tmp_path):
    assert run(tmp_path / "out.json", "--epochs", "1") == 0
    report = json.loads((tmp_path / "out.json").read_text())
    assert report["runs"]["SGD, adaptive, first 0.1"]["epochs"] == 1 and "--epochs 1" in report["command"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--seed", "-1"], "--seed -1 --epochs None: expected seed >= 0"),
        (["--epochs", "0"], "--epochs 0: expected seed >= 0 and epochs >= 1"),
        (["--device", "tpu"], "--device tpu: expected cpu"),
        (["--device", "cuda"], "--device cuda: expected cpu; torch finds no CUDA device here"),
    ],
)
def test_bad_usage_is_one_line(tiny, tmp_path, capsys, monkeypatch, arguments, words):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SystemExit) as stop:
        run(tmp_path / "out.json", *arguments)
    assert stop.value.code == 2 and re.search(words, capsys.readouterr().err)
    assert not [*tmp_path.iterdir()]


def test_missing_data_is_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(SystemExit):
        experiment.main(["mnist", "--output", str(tmp_path / "out.json")])
    assert "mnist.npz is missing" in capsys.readouterr().err and not [*tmp_path.glob("*.json")]


@pytest.mark.claim("yedida-saha:table-3", "yedida-saha:text-mnist-73")
def test_the_plans_of_the_paper_have_its_numbers():
    mnist, cifar = experiment.PLANS["paper-mnist"], experiment.PLANS["paper-cifar10"]
    assert (mnist.samples, mnist.tests, mnist.batch, {run.epochs for run in mnist.runs}) == (60_000, 10_000, 256, {20})
    assert (cifar.samples, cifar.tests, cifar.batch, {run.epochs for run in cifar.runs}) == (50_000, 10_000, 128, {300})
    assert all(run.weight_decay == 1e-3 for run in cifar.runs) and len({run.name for run in cifar.runs}) == len(cifar.runs)
    assert {(run.algorithm, run.policy) for run in mnist.runs} == {(name, "adaptive") for name in ("SGD", "AdaMo", "Adam")}
