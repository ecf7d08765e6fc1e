"""What the demos on lines show, and their numbers by another route."""

import importlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch

ROOT = Path(__file__).parents[2]
GALLERY = ROOT / "docs" / "gallery"
HIGHER_ORDERS = 0.05  # of the rate: what lines that are no parabolas add to the balance; on MNIST it is 0.0055 at most
DRAWN = 0.06  # relative, of a mean slope over 60 lines with 3 draws each: see `test_the_measured_slopes_are_those_expected`
SAME = 1e-12  # sums of 1792 float64 in another order


@pytest.fixture
def load(monkeypatch):
    """A demo by its name, and what the gallery stores of it."""
    monkeypatch.syspath_prepend(str(ROOT / "demos"))

    def both(name):
        pytest.importorskip("sklearn", reason="scikit-learn is missing (extra data)")
        return importlib.import_module(name), json.loads((GALLERY / f"{name}.json").read_text())

    return both


@pytest.fixture
def options(load):
    load("line_search_lines")
    return importlib.import_module("_common").Options(quick=True, seed=3, device=torch.device("cpu"))


@pytest.mark.claim("mutschler-zell:text-sgd005", "mutschler-zell:text-abs-core2")
def test_the_best_rate_follows_the_balance_and_comes_down_to_half(load):
    _, report = load("line_search_half_rate")
    for entry in report["runs"]:
        assert entry["late"] == pytest.approx(entry["predicted"], abs=HIGHER_ORDERS * entry["rate"])
        assert entry["late"] > 0.9 * entry["rate"] / 2
        assert entry["parts"][0] > 1.2 * entry["rate"] / 2  # while the loss falls fast
    found = {(entry["rate"], entry["momentum"]): entry["late"] / (entry["rate"] / 2) for entry in report["runs"]}
    assert len(found) == 10
    assert all(0.9 < ratio < 1.2 for (rate, momentum), ratio in found.items() if rate >= 0.2 or momentum)


@pytest.mark.claim("mutschler-zell:text-sgd005")
def test_the_derivatives_along_a_line_are_those_of_differences(load, options):
    demo, _ = load("line_search_half_rate")
    generator = np.random.default_rng(5)
    weights, direction = ([generator.normal(size=(m + 1, n)) for m, n in ((16, 12), (12, 10))] for _ in range(2))
    inputs, hot = generator.normal(size=(50, 16)), np.eye(10)[generator.integers(10, size=50)]
    loss, slope, bend, norm = demo.derivatives(weights, direction, inputs, hot)
    assert norm == pytest.approx(np.sqrt(sum((v**2).sum() for v in direction)), rel=SAME)

    def along(s):
        moved = [w - s / norm * v for w, v in zip(weights, direction, strict=True)]
        first = np.maximum(inputs @ moved[0][:-1] + moved[0][-1], 0) @ moved[1][:-1] + moved[1][-1]
        return torch.nn.functional.cross_entropy(torch.from_numpy(first), torch.from_numpy(hot.argmax(1))).item()

    h = 1e-4  # errors of the differences: h^2 and 1e-16/h^2, a millionth at most
    assert loss == pytest.approx(along(0), rel=SAME)
    assert slope == pytest.approx((along(h) - along(-h)) / (2 * h), rel=1e-5)
    assert bend == pytest.approx((along(h) - 2 * along(0) + along(-h)) / h**2, rel=1e-4)
    own = demo.gradient(weights, inputs, hot)
    assert slope == pytest.approx(-sum((g * v).sum() for g, v in zip(own, direction, strict=True)) / norm, rel=SAME)


@pytest.mark.claim(
    "mutschler-zell:figure-2", "mutschler-zell:text-steeper", "mutschler-zell:text-notfollow", "mutschler-zell:text-abs-core1"
)
def test_the_pictures_of_lines(load):
    _, report = load("line_search_lines")
    s = np.array(report["s"])
    zero, step = int(np.abs(s).argmin()), s[1] - s[0]
    assert len(report["lines"]) == 6
    for line in report["lines"]:
        curves = [np.array(line[key]) for key in ("full", "batch")]
        for curve, slope in zip(curves, line["slopes"], strict=True):
            difference = (curve[zero + 1] - curve[zero - 1]) / (2 * step)
            assert difference == pytest.approx(slope, abs=2e-3)  # 5 digits of the losses over 2/100, and a third derivative of 10
        assert line["slopes"][1] < line["slopes"][0]  # the minibatch is steeper
        assert line["lowest"][1] <= curves[0].min() + 1e-5
        assert line["misfit"] < 0.03
        if not line["momentum"]:
            assert line["steeper_others"] == 0


@pytest.mark.claim(
    "mutschler-zell:algorithm-resize", "mutschler-zell:text-factor", "mutschler-zell:text-larger", "mutschler-zell:text-abs-core3"
)
def test_the_slope_follows_the_procedure_and_the_norm_does_not(load):
    demo, report = load("line_search_batch_size")
    sizes = np.array(report["sizes"])
    larger, factor = sizes >= report["batch"], report["batch"] / sizes
    assert [phase["step"] for phase in report["phases"]] == sorted(phase["step"] for phase in report["phases"])
    for phase in report["phases"]:
        ratio, norm = np.array(phase["ratio"]), np.array(phase["norm"])
        assert ratio[larger] == pytest.approx(np.array(phase["expected"]), rel=DRAWN)
        assert phase["expected"][-1] == pytest.approx(ratio[-1], abs=1e-4)  # nothing is drawn where all are taken
        left = (report["samples"] - sizes) / (report["samples"] - report["batch"])  # 1 but for the correction for a finite set
        assert (norm[larger] >= np.sqrt(factor * left)[larger] - 1e-4).all()
        assert (norm[~larger] <= np.sqrt(factor * left)[~larger] + 1e-4).all()
        assert (norm[larger][1:] > ratio[larger][1:]).all()
    assert [phase["rho"] for phase in report["phases"]] == sorted((phase["rho"] for phase in report["phases"]), reverse=True)
    assert demo.rows(report)[1][1] == str(demo.SIZES[0])


@pytest.mark.claim("mutschler-zell:text-abs-core3")
def test_the_gradients_of_samples_have_the_full_gradient_as_their_mean(load, options):
    demo, _ = load("line_search_batch_size")
    own = demo.training(options, 0.1)
    rows, order = demo.sample_gradients(own), own.order()
    full, squares = own.full_gradient(order)
    flat = torch.cat([part.flatten() for part in full.values()]).numpy()
    assert rows.mean(0) == pytest.approx(flat, rel=1e-9, abs=SAME)
    first = rows[order[: demo.BATCH]].mean(0)
    assert float(first @ first) == pytest.approx(squares[0], rel=1e-9)
