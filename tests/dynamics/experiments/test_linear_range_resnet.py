"""The experiment of section 4.3, tiny: its states, its measurement by hand, what it writes, that it resumes, what it refuses."""

import copy
import json
import math
import re
from dataclasses import asdict

import numpy as np
import pytest
import torch

from dynamics import finite_difference_tangent, resnet18, second_tangent, tangent
from dynamics.data import VARIABLE
from dynamics.experiments import linear_range_resnet as experiment
from dynamics.experiments.linear_range_resnet_runs import DELTA, BlockStates, Images, Plan, ResidualTraining, Run
from tests.dynamics.known_networks import normal
from theory.evidence import RESULTS

F64, F32 = torch.float64, torch.float32
TINY = Plan(2, 52, 20, (Run(4, 2, 0.01, 0.6), Run(4, 1, 0.1), Run(4, 1, 1.0, 0.6, "jvp")))


def pictures(part, rows, device="cpu"):
    return Images(normal(rows, 32, 32, 3, dtype=F32, seed=len(part)), torch.arange(rows) * 7 % 10)


def training(run=TINY.runs[0], seed=0):
    return ResidualTraining(TINY, run, pictures("train", TINY.samples), pictures("test", TINY.tests), seed)


@pytest.fixture
def tiny(monkeypatch):
    """A plan of three short runs on random pictures."""
    monkeypatch.setitem(experiment.PLANS, "glimpse", TINY)
    monkeypatch.setattr(experiment, "images", pictures)


def run(path, *arguments):
    return experiment.main(["glimpse", *arguments, "--output", str(path)])


def random_direction(network):
    return {name: normal(*p.shape, seed=i, dtype=p.dtype) for i, (name, p) in enumerate(network.named_parameters())}


@pytest.mark.claim("ni-talnikar:figure-4")
def test_the_states_are_those_after_the_residual_blocks():
    network, x, seen = BlockStates(resnet18(width=2)), normal(3, 3, 8, 8), []
    for name, layer in network.network.named_children():
        if "block" in name:
            layer.register_forward_hook(lambda _, __, state: seen.append(state))
    outputs, states = network(x), network.states(x)
    assert len(states) == 1 + 8 and states[0] is x and outputs.shape == (3, 10)
    assert [s.shape[1] for s in states[1:]] == [2, 2, 4, 4, 8, 8, 16, 16]
    for state, other, again in zip(states[1:], seen[:8], seen[8:], strict=True):
        assert torch.equal(state, again) and torch.equal(other, again)


@pytest.mark.claim("ni-talnikar:text-fd-tangent", "ni-talnikar:figure-4")
def test_the_finite_difference_of_the_paper_and_the_exact_tangent():
    """In float64 they agree to the truncation and rounding of the difference; in float32 the printed delta is mostly rounding."""
    errors, x = {}, normal(8, 3, 32, 32)
    for dtype in (F64, F32):
        network = BlockStates(resnet18(width=2, dtype=dtype))
        along = {name: sigma * 1e-2 for name, sigma in random_direction(network).items()}  # a gradient's size
        exact, found = tangent(network, x.to(dtype), along), finite_difference_tangent(network, x.to(dtype), along, DELTA)
        errors[dtype] = max(float((a - b).abs().max() / a.abs().max()) for a, b in zip(exact[1:], found[1:], strict=True))
        if dtype == F64:
            second, states = second_tangent(network, x, along), network.states(x)
            for i in range(1, 9):
                # |v'| delta, and a second order within as much again. Rounding: 17 convolutions of some 20 to 150 terms and their norms,
                # each about ten ulps of its largest entry, handed on with slopes of order one, in each of two states: 1000 ulps.
                bound = 2 * DELTA * second[i].abs().max() + 1000 * 2.0**-52 * states[i].abs().max() / DELTA
                assert (found[i] - exact[i]).abs().max() <= bound
    # weights of size 1 (the norms') move by 1e-8, a tenth of an ulp in float32: rounding is 2^-24 / 1e-8 = 6 times the move
    assert errors[F64] < 1e-4 and errors[F32] > 0.1


@pytest.mark.claim("ni-talnikar:equation-13", "ni-talnikar:figure-4")
def test_the_first_measurement_by_hand():
    """Three forward passes of copies of the network, with hooks: old states, moved by delta sigma, new."""
    own = training()
    order = np.random.default_rng([0, 3, 0]).permutation(TINY.samples)[:4]
    x, labels = own.train[torch.from_numpy(order)]
    start = copy.deepcopy(own.network).train()
    torch.nn.functional.cross_entropy(start(x), labels).backward()

    def states(step_size):
        moved, seen = copy.deepcopy(start), []
        for name, layer in moved.network.named_children():
            if "block" in name:
                layer.register_forward_hook(lambda _, __, state: seen.append(state.double()))
        with torch.no_grad():
            for p, q in zip(moved.parameters(), start.parameters(), strict=True):
                p -= step_size * q.grad
            moved(x)
        return seen

    old, near, new = states(0), states(1e-6), states(0.01)
    ratios = []
    for a, b, c in zip(old, near, new, strict=True):
        v = (b - a) / 1e-6 * 0.01
        ratios.append(((c - a - v).flatten(1).norm(dim=1) / v.flatten(1).norm(dim=1)).mean().item())
    own.epoch()
    tried, epsilon, step_size, norm = own.records["measured"][0][0]
    assert tried == 0.01 and len(own.records["measured"][0]) == 2  # minibatches 0 and 10 of 13
    # the parameters' roundings are the same; the measurement's own, in float32, are some 1e-6 of the states over steps of 1e-2 of them
    assert epsilon == pytest.approx(sum(ratios) / 8, rel=1e-3) and step_size == pytest.approx(0.01 * 0.6 / epsilon, rel=1e-6)
    assert norm == pytest.approx(math.sqrt(sum(float((p.grad.double() ** 2).sum()) for p in start.parameters())), rel=1e-5)


def test_an_epoch_is_every_full_minibatch_once(monkeypatch):
    own, seen = training(TINY.runs[1]), []
    monkeypatch.setattr(own, "_step", lambda inputs: seen.append(inputs.permute(0, 2, 3, 1)) or [])
    own.epoch()
    own.epoch()
    orders = [np.random.default_rng([0, 3, epoch]).permutation(TINY.samples) for epoch in (0, 1)]
    assert torch.equal(torch.cat(seen), own.train.inputs[torch.from_numpy(np.concatenate(orders))]) and own.batches == 13


def test_errors_by_hand():
    """Equal outputs name the first label, with the entropy log 10."""
    own = training()
    own.network.network.head[-1].weight.data.zero_()
    own.network.network.head[-1].bias.data.zero_()
    own._test()
    assert own.records["missed"][-1] == 1 - 2 / 20 and own.records["entropy"][-1] == pytest.approx(math.log(10), rel=1e-6)


def test_test_images_do_not_couple():
    """In evaluation mode: each one by itself has the same entropy."""
    own = training()
    own.epoch()
    together, test = own.records["entropy"][-1], own.test
    each = []
    for row in range(TINY.tests):
        own.test = Images(test.inputs[row : row + 1], test.labels[row : row + 1])
        own._test()
        each.append(own.records["entropy"][-1])
    assert together == pytest.approx(sum(each) / TINY.tests, rel=1e-4)  # float32: 1e-7 a step, some hundred of them


def test_a_run_that_diverges_ends():
    own = training(Run(4, 5, 1e30))
    while not own.finished:
        own.epoch()
    assert own.records["diverged"] in (1, 2) and own.records["loss"] == [] and len(own.records["missed"]) == 1


def test_a_small_run_writes_what_the_docstring_lists(tiny, tmp_path, capsys):
    assert run(tmp_path / "out.json") == 0
    report = json.loads((tmp_path / "out.json").read_text())
    assert [p.name for p in tmp_path.iterdir()] == ["out.json"]
    assert report["settings"] == {"width": 2, "samples": 52, "tests": 20, "seed": 0, "plan": "glimpse"}
    assert (report["environment"]["dtype"], report["environment"]["device"]) == ("float32", "cpu")
    names = ["linGrad 0.6, psi_0 = 0.01, batch 4", "SGD 0.1, batch 4", "linGrad 0.6, batch 4, exact tangent"]
    assert list(report["runs"]) == names and len(capsys.readouterr().out.splitlines()) == 3
    for (name, found), epochs in zip(report["runs"].items(), (2, 1, 1), strict=True):
        assert len(found["missed"]) == len(found["entropy"]) == epochs + 1 and found["minibatches"] == 13
        assert len(found["loss"]) == len(found["tangent_error"]) == epochs and found["diverged"] is None
        assert [len(rows) for rows in found["measured"]] == ([0] if "SGD" in name else [2, 1][:epochs])  # minibatches 0, 10; 20
    # 53 fixed steps of 0.1 are not the same as linGrad's, nor the exact tangent as the other
    assert len({found["loss"][0] for found in report["runs"].values()}) == 3


def test_a_run_that_was_kept_goes_on_bit_for_bit(tmp_path):
    whole, first, second = training(), training(), training()
    whole.epoch()
    first.epoch()
    first.save(tmp_path / "kept.pt")
    second.load(tmp_path / "kept.pt")
    for own in (whole, second):
        own.epoch()
        own.records.pop("cpu_seconds")
    assert whole.records == second.records and whole.finished
    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, second.network.state_dict()[name])


def test_an_interrupted_experiment_goes_on_with_the_same_numbers(tiny, tmp_path, monkeypatch, capsys):
    run(tmp_path / "whole.json")
    honest, seen = ResidualTraining.epoch, []

    def stop_at_the_third(own):
        seen.append(own.run.name)
        if len(seen) == 3:
            raise KeyboardInterrupt
        honest(own)

    monkeypatch.setattr(ResidualTraining, "epoch", stop_at_the_third)
    broken = tmp_path / "broken.json"
    assert run(broken) == 130 and not broken.exists()
    assert "the same command continues" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run(broken, "--seed", "1")
    assert "keeps another run" in capsys.readouterr().err
    assert run(broken) == 0 and len(seen) == 5
    whole, again = (json.loads((tmp_path / name).read_text())["runs"] for name in ("whole.json", "broken.json"))
    for found in (*whole.values(), *again.values()):
        found.pop("cpu_seconds")
    assert whole == again


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--seed", "-1"], "--seed -1: expected seed >= 0"),
        (["--device", "tpu"], "--device tpu: expected cpu"),
        (["--device", "cuda"], "--device cuda: expected cpu; torch finds no CUDA device here"),
        (["--seed", "one"], "invalid int value"),
    ],
)
def test_bad_usage_is_one_line(tiny, tmp_path, capsys, monkeypatch, arguments, words):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SystemExit) as stop:
        run(tmp_path / "out.json", *arguments)
    assert stop.value.code == 2 and re.search(words, capsys.readouterr().err)
    assert not [*tmp_path.iterdir()]


def test_what_is_missing_or_cannot_be_written_is_refused_before_the_work(tmp_path, monkeypatch, capsys):
    for path in (tmp_path, tmp_path / "no" / "out.json"):
        with pytest.raises(SystemExit):
            run(path)
        assert "expected a file in a folder that exists" in capsys.readouterr().err
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(SystemExit):
        run(tmp_path / "out.json")
    assert "cifar10.webp.zip is missing" in capsys.readouterr().err and not [*tmp_path.iterdir()]
    with pytest.raises(SystemExit):
        experiment.main(["wide", "--output", "out.json"])
    assert "invalid choice: 'wide'" in capsys.readouterr().err


@pytest.mark.claim("ni-talnikar:figure-4")
def test_the_plan_of_the_paper_has_its_numbers():
    plan = experiment.PLANS["paper"]
    assert (plan.width, plan.samples, plan.tests) == (64, 50_000, 10_000)
    printed = {(run.batch, run.epsilon_star, run.tangent) for run in plan.runs}
    assert {(128, star, "finite-difference") for star in (0.6, 0.8)} < printed and len({run.name for run in plan.runs}) == len(plan.runs)
    narrow = experiment.PLANS["narrow"]
    assert narrow.samples == plan.samples and sum(p.numel() for p in resnet18(width=narrow.width).parameters()) == 176_402


@pytest.mark.parametrize("name", ["narrow", "glimpse"])
@pytest.mark.claim("ni-talnikar:figure-4", "ni-talnikar:text-auto-decay")
def test_the_stored_runs_are_those_of_the_plan(name):
    report, plan = json.loads((RESULTS / f"linear_range_resnet_{name}.json").read_text()), experiment.PLANS[name]
    assert report["settings"] == {"width": plan.width, "samples": plan.samples, "tests": plan.tests, "seed": 0, "plan": name}
    assert list(report["runs"]) == [run.name for run in plan.runs] and report["environment"]["dtype"] == "float32"
    for found, run in zip(report["runs"].values(), plan.runs, strict=True):
        assert found.items() >= asdict(run).items() and found["minibatches"] == plan.samples // run.batch
        assert len(found["loss"]) == run.epochs and len(found["missed"]) == run.epochs + 1 and found["diverged"] is None
        measured = -(-run.epochs * found["minibatches"] // 10) if run.epsilon_star else 0  # minibatches 0, 10, 20, ...
        assert sum(len(rows) for rows in found["measured"]) == measured
