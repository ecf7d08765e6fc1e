"""Softmax regression on MNIST, tiny: 1/L against the theory, gradient steps sample by sample, what is written, what is refused."""

import json
import math

import numpy as np
import pytest
import torch

from dynamics.data import VARIABLE
from dynamics.experiments import lipschitz_regression as experiment
from dynamics.experiments.lipschitz_regression import CLASSES, Regression, rates, reading, scaled
from dynamics.experiments.lipschitz_tables import mnist_row
from theory.lipschitz import printed_softmax_constant

ROUNDING = 1e-12  # float64: a few hundred roundings of 1e-16, relative to numbers of order one


def digits(rng, m=30, n=6):
    return np.round(rng.uniform(0, 1, (m, n)), 2), rng.integers(0, CLASSES, m)


@pytest.mark.claim("yedida-saha:softmax-l", "yedida-saha:table-2")
@pytest.mark.parametrize("norm", ["fro", 2])
def test_the_rates_are_those_of_the_printed_constant(norm):
    inputs, _ = digits(np.random.default_rng(1))
    found, ones = rates(inputs), np.column_stack([inputs, np.ones(len(inputs))])
    assert found[str(norm)] == pytest.approx(1 / printed_softmax_constant(inputs, CLASSES, norm), rel=ROUNDING)
    assert found[f"{norm} with ones"] == pytest.approx(1 / printed_softmax_constant(ones, CLASSES, norm), rel=ROUNDING)
    assert rates(np.zeros((3, 2)))["fro"] == math.inf


def test_scalings():
    train, test = np.array([[0.0, 0.2, 0.0], [0.0, 0.6, 1.0]]), np.array([[0.5, 0.4, 0.5]])
    expected = {
        "unit": ([[0, 0.2, 0], [0, 0.6, 1]], [[0.5, 0.4, 0.5]]),
        "centred": ([[-0.3, -0.1, -0.3], [-0.3, 0.3, 0.7]], [[0.2, 0.1, 0.2]]),
        "symmetric": ([[-1, -0.6, -1], [-1, 0.2, 1]], [[0, -0.2, 0]]),
        "standard": ([[0, -1, -1], [0, 1, 1]], [[0, 0, 0]]),
        "sum": ([[0, 0.25, 0], [0, 0.75, 1]], [[0, 0.5, 0.5]]),
    }
    for name, parts in expected.items():
        for found, own in zip(scaled(name, train, test), parts, strict=True):
            assert np.allclose(found, own, atol=ROUNDING)
    with pytest.raises(ValueError, match="scaling = 'raw': expected unit"):
        scaled("raw", train, test)


def by_hand(inputs, labels, weights, step, batches):
    """One sample, one class, one pixel at a time."""
    weights, bias, right = weights.copy(), np.zeros(CLASSES), 0
    for rows in batches:
        gradient, shift = np.zeros_like(weights), np.zeros(CLASSES)
        for i in rows:
            logits = [sum(x * w for x, w in zip(inputs[i], weights[:, j], strict=True)) + bias[j] for j in range(CLASSES)]
            total = sum(math.exp(z) for z in logits)
            right += max(range(CLASSES), key=logits.__getitem__) == labels[i]
            for j in range(CLASSES):
                residual = math.exp(logits[j]) / total - (labels[i] == j)
                shift[j] += residual / len(rows)
                gradient[:, j] += residual * inputs[i] / len(rows)
        weights, bias = weights - step * gradient, bias - step * shift
    return weights, bias, right / len(labels)


@pytest.mark.claim("yedida-saha:text-mnist-start", "yedida-saha:figure-2", "yedida-saha:table-2")
@pytest.mark.parametrize("batch", [None, 8, 30])
def test_an_epoch_sample_by_sample(batch):
    rng = np.random.default_rng(2)
    inputs, labels = digits(rng)
    part = torch.from_numpy(inputs), torch.from_numpy(labels)
    own = Regression(part, part, [0.1, 10.24], seed=7)
    start = own.weights.numpy().copy()
    assert np.array_equal(start[:, :CLASSES], start[:, CLASSES:]) and np.abs(start).max() <= math.sqrt(6 / 16)
    order = np.arange(30) if batch is None else np.random.default_rng([7, 3, 5]).permutation(30)
    batches = [order[i : i + (batch or 30)] for i in range(0, 30, batch or 30)]
    found = own.epoch(5, batch)
    for i, step in enumerate((0.1, 10.24)):
        weights, bias, accuracy = by_hand(inputs, labels, start[:, :CLASSES], step, batches)
        columns = slice(i * CLASSES, (i + 1) * CLASSES)
        # a step of 10 and residuals of order one multiply a rounding by some 10 a minibatch, 10^4 in four
        assert np.allclose(own.weights[:, columns], weights, atol=1e4 * ROUNDING)
        assert np.allclose(own.bias[columns], bias, atol=1e4 * ROUNDING) and found[i] == pytest.approx(accuracy)
    guessed = (inputs @ own.weights.numpy()[:, CLASSES:] + own.bias.numpy()[CLASSES:]).argmax(1)
    assert own.accuracy()[1] == pytest.approx((guessed == labels).mean())


def test_early_accuracies_are_those_of_the_first_epoch():
    rng = np.random.default_rng(3)
    inputs, labels = digits(rng, m=24)
    part = torch.from_numpy(inputs), torch.from_numpy(labels)
    found = reading(Regression(part, part, [0.1, 3.0], 0), ["0.1", "own"], 4, 2, lambda *_: None)
    again, expected = Regression(part, part, [0.1, 3.0], 0), []
    expected.append(again.accuracy())
    again.epoch(0, 4, lambda k: expected.append(again.accuracy()) if k in (1, 2, 5) else None)
    for i, name in enumerate(("0.1", "own")):
        assert found[name]["early"] == [row[i] for row in expected]  # of 0, 1, 2, 5, 10, ... six minibatches are 0 to 6
        assert len(found[name]["val_acc"]) == len(found[name]["acc"]) == 2


@pytest.fixture
def small(monkeypatch, tmp_path):
    """A folder with 200 small random images in the place of MNIST."""
    rng = np.random.default_rng(4)
    images, labels = rng.integers(0, 256, (200, 28, 28), dtype=np.uint8), rng.integers(0, 10, 200)
    folder = tmp_path / "data"
    folder.mkdir()
    np.savez(folder / "mnist.npz", x_train=images, y_train=labels, x_test=images[:50], y_test=labels[:50])
    monkeypatch.setenv(VARIABLE, str(folder))


@pytest.mark.claim("yedida-saha:table-2", "yedida-saha:figure-2")
def test_a_small_run_writes_what_the_docstring_lists(small, tmp_path, capsys):
    assert experiment.main(["--epochs", "2", "--samples", "200", "--output", str(tmp_path / "out.json")]) == 0
    report = json.loads((tmp_path / "out.json").read_text())
    assert len(capsys.readouterr().out.splitlines()) == 5 and report["environment"]["dtype"] == "float64"
    assert set(report["rates"]) == {"unit", "centred", "symmetric", "standard", "sum"}
    assert list(report["readings"]) == ["unit, full", "unit, 128", "standard, full", "standard, 128", "sum, full"]
    for name, own in report["readings"].items():
        assert list(own) == ["0.1", "10.24", "own"]
        for curves in own.values():
            assert len(curves["val_acc"]) == len(curves["acc"]) == 2 and len(curves["early"]) == (2 if "full" in name else 3)


def test_one_reading_alone_is_the_same(small, tmp_path):
    both = ["--epochs", "1", "--samples", "200"]
    assert experiment.main([*both, "--output", str(tmp_path / "all.json")]) == 0
    assert experiment.main([*both, "--readings", "standard, 128", "--output", str(tmp_path / "one.json")]) == 0
    whole, one = (json.loads((tmp_path / name).read_text()) for name in ("all.json", "one.json"))
    assert one["readings"] == {"standard, 128": whole["readings"]["standard, 128"]} and one["rates"] == whole["rates"]
    assert "--readings 'standard, 128' --output one.json" in one["command"]


def test_an_interrupted_experiment_goes_on_with_the_same_numbers(small, tmp_path, monkeypatch, capsys):
    def run(name, *arguments):
        return experiment.main(["--epochs", "2", "--samples", "200", *arguments, "--output", str(tmp_path / name)])

    run("whole.json")
    honest, seen = experiment.reading, []

    def stop_at_the_third(*arguments):
        seen.append(arguments[1])
        if len(seen) == 3:
            raise KeyboardInterrupt
        return honest(*arguments)

    monkeypatch.setattr(experiment, "reading", stop_at_the_third)
    assert run("broken.json") == 130 and not (tmp_path / "broken.json").exists()
    with pytest.raises(SystemExit):
        run("broken.json", "--seed", "1")
    assert "keeps 2 epochs, 200 samples, seed 0, cpu: expected 2 epochs, 200 samples, seed 1" in capsys.readouterr().err
    assert run("broken.json") == 0 and len(seen) == 6
    whole, again = (json.loads((tmp_path / name).read_text()) for name in ("whole.json", "broken.json"))
    assert whole["readings"] == again["readings"] and not (tmp_path / "broken.json.partial").exists()


@pytest.mark.claim("yedida-saha:table-2")
def test_the_row_is_laid_out_as_the_others_of_table_2(tmp_path):
    found = {name: {"fro": 5.0, "2": 10.25 if name == "centred" else 30.0} for name in experiment.SCALINGS}
    curves = {step: {"val_acc": [0.1, last]} for step, last in (("0.1", 0.9), ("10.24", 0.8), ("own", 0.7))}
    own = experiment.row(found, {"unit, 128": curves}, 200)
    assert own["tried"] == 10 and own["matching"] == [{"scaling": "centred", "norm": "2", "inverse": [10.25, 10.25]}]
    assert [cell["inverse"][0] for cell in own["readings"]] == [5.0, 5.0]
    assert [cell["accuracies"]["1/L"][0] for cell in own["readings"]] == pytest.approx([80, 70])
    assert all(cell["accuracies"]["0.1"] == pytest.approx([90, 90]) for cell in own["readings"])
    (tmp_path / "row.json").write_text(json.dumps({"row": own}))
    assert mnist_row(tmp_path / "row.json") == own


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--epochs", "0"], "--epochs 0 --samples 60000 --seed 0: expected >= 1, >= 128 and >= 0"),
        (["--samples", "127"], "--samples 127"),
        (["--seed", "-1"], "--seed -1"),
        (["--readings", "raw"], "invalid choice: 'raw'"),
        (["--samples", "201"], "rows = 201: expected an integer from 1 to 200"),
        (["--device", "cuda"], "torch finds no CUDA device here"),
    ],
)
def test_bad_usage_is_one_line(small, tmp_path, capsys, monkeypatch, arguments, words):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SystemExit) as stop:
        experiment.main([*arguments, "--output", str(tmp_path / "out.json")])
    assert stop.value.code == 2 and words in capsys.readouterr().err and not (tmp_path / "out.json").exists()
