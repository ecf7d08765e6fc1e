"""The predicates on MNIST and on the first rates: made-up numbers for which each is true and false, and what the stored ones say."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from dynamics.experiments.lipschitz_networks import PLANS
from theory.evidence import RESULTS
from theory.lipschitz import deep_experiments as predicates
from theory.lipschitz.deep_experiments import REGRESSION
from theory.lipschitz.table_experiments import row_2_reproduced

EARLY = [0, 1, 2, 5, 10, 20, 50, 100, 200, 400]


def curves(start: float, end: float, falls: float = 0.0, shakes: float = 0.0) -> dict[str, Any]:
    late = [end + falls * (100 - k) + shakes * (-1) ** k for k in range(1, 101)]
    return {"val_acc": [start] * 20 + [late[0]] * 80 + late[:-1] + [end], "acc": [end] * 200, "early": [start] * 3 + [end] * 7}


def regression() -> dict[str, Any]:
    slow, fast = curves(0.9, 0.927, 5e-5, 2e-4), curves(0.8, 0.9305, 0.0, 1e-4)
    slow["acc"] = [0.92] * 200
    nothing = curves(0.1, 0.5)
    return {
        "settings": {"early": EARLY},
        "readings": {
            "unit, full": {"0.1": nothing, "10.24": nothing, "own": nothing},
            "standard, 128": {"0.1": slow, "10.24": nothing, "own": fast},
        },
    }


def ahead_for_100_epochs() -> dict[str, Any]:
    slow = curves(0.9, 0.927, 5e-5, 2e-4)
    return slow | {"val_acc": [0.99] * 100 + slow["val_acc"][100:], "early": [0.99] * 10}


CASES: dict[str, tuple[str, Callable[[], dict[str, Any]]]] = {
    "one_over_l_overtakes": ("text-mnist-start", regression),
    "the_curves_of_figure_2": ("figure-2", regression),
}
SLOW, FAST = ("readings", "standard, 128", "0.1"), ("readings", "standard, 128", "own")
FAILURES = [
    ("one_over_l_overtakes", SLOW, curves(0.9, 0.927, 0.0, 2e-4)),
    ("one_over_l_overtakes", SLOW, curves(0.9, 0.927, 5e-5, 0.0)),
    ("one_over_l_overtakes", SLOW, curves(0.7, 0.927, 5e-5, 2e-4)),
    ("one_over_l_overtakes", SLOW, ahead_for_100_epochs()),
    ("the_curves_of_figure_2", (*FAST, "val_acc", 199), 0.5),
    ("the_curves_of_figure_2", (*SLOW, "val_acc", 199), 0.5),
    ("the_curves_of_figure_2", (*SLOW, "acc"), [0.95] * 200),
    ("the_curves_of_figure_2", (*SLOW, "val_acc"), [0.94] * 199 + [0.927]),
]


@pytest.mark.parametrize(("name", "where", "value"), FAILURES)
def test_each_predicate_can_fail(name: str, where: tuple[Any, ...], value: Any) -> None:
    data = copy.deepcopy(CASES[name][1]())
    assert getattr(predicates, name)(data)
    place = data
    for key in where[:-1]:
        place = place[key]
    place[where[-1]] = value
    assert not getattr(predicates, name)(data)


@pytest.mark.claim("yedida-saha:text-mnist-73")
@pytest.mark.parametrize(
    "change",
    [
        {"diverged": 4000},
        {"loss": [0.1] * 19},
        {"val_acc": [0.9] * 19 + [0.9925]},
        {"acc": [0.9] * 19 + [0.98]},
        {"rate": [0.08] + [1.0] * 19},
    ],
)
def test_what_is_asked_of_the_network_at_its_size(change: dict[str, Any]) -> None:
    run = {"diverged": None, "loss": [0.1] * 20, "val_acc": [0.9951] + [0.9] * 19, "acc": [0.9] * 19 + [0.986], "rate": [3.0] * 20}
    assert predicates.reaches_the_accuracies(run)
    assert not predicates.reaches_the_accuracies(run | change)


def test_iterations_may_be_minibatches() -> None:
    """Behind after one minibatch and ahead after five, though ahead after every epoch."""
    data = regression()
    data["readings"]["standard, 128"]["own"]["val_acc"][:20] = [0.95] * 20
    assert predicates.one_over_l_overtakes(data)
    data["readings"]["standard, 128"]["own"]["early"] = [0.95] * 10
    assert not predicates.one_over_l_overtakes(data)


STORED = [
    ("one_over_l_overtakes", REGRESSION, False),
    ("the_curves_of_figure_2", REGRESSION, False),
]


@pytest.mark.parametrize(
    ("name", "file", "verdict"),
    [pytest.param(*row, marks=pytest.mark.claim(f"yedida-saha:{CASES[row[0]][0]}")) for row in STORED],
)
def test_the_stored_numbers(name: str, file: str, verdict: bool) -> None:
    assert getattr(predicates, name)(json.loads((RESULTS / file).read_text())) is verdict


def stored(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RESULTS / f"lipschitz_{name}.json").read_text())
    return found


@pytest.mark.claim("yedida-saha:text-mnist-start", "yedida-saha:figure-2", "yedida-saha:table-2")
def test_no_reading_gives_the_row_of_mnist() -> None:
    """Each number has a reading, but none has both; none gives 10.24."""
    data = stored("regression")
    found = {name: {step: round(100 * own["val_acc"][-1], 2) for step, own in curves.items()} for name, curves in data["readings"].items()}
    assert (found["unit, 128"]["0.1"], found["unit, 128"]["10.24"]) == (92.62, 90.64)
    assert (found["standard, full"]["0.1"], found["standard, full"]["10.24"]) == (90.82, 92.24)
    assert set(found["sum, full"].values()) == {11.35, 11.36}
    assert not row_2_reproduced(data["row"]) and data["row"]["matching"] == []
    inverses = [inverse for own in data["rates"].values() for inverse in own.values()]
    assert min(inverses, key=lambda inverse: abs(inverse - 10.24)) == pytest.approx(10.164)
    for curves in data["readings"].values():
        assert predicates.starts_worse_and_overtakes(curves["0.1"], curves["own"], data["settings"]["early"], True) is False


@pytest.mark.claim("yedida-saha:text-mnist-73", "yedida-saha:figure-3")
def test_twenty_epochs_at_the_printed_size() -> None:
    """The numbers that the claim's evidence, and the open claim about figure 3, tell."""
    report, plan = stored("mnist"), PLANS["paper-mnist"]
    (run,) = report["runs"].values()
    assert report["settings"].items() >= {"width": plan.width, "samples": plan.samples, "tests": plan.tests, "batch": plan.batch}.items()
    assert predicates.the_network_of_table_4_learns(report) and len(run["acc"]) == 20
    assert [round(rate, 2) for rate in run["rate"][:3]] == [3.02, 2.14, 2.78] and 2.4 < min(run["rate"][4:]) <= max(run["rate"][4:]) < 2.6
    assert [round(100 * share, 2) for share in (max(run["val_acc"]), run["val_acc"][-1])] == [99.56, 99.45]
    assert [round(100 * share, 2) for share in (max(run["acc"]), run["acc"][-1])] == [98.56, 98.51]


@pytest.mark.claim("yedida-saha:text-mnist-73", "yedida-saha:text-adam-8")
def test_the_narrow_network() -> None:
    runs = stored("mnist_narrow")["runs"]
    sgd, adam = runs["SGD, adaptive, first 0.1"], runs["Adam, adaptive"]
    assert max(sgd["rate"]) == pytest.approx(4.875, abs=1e-3) and sgd["val_acc"][-1] == pytest.approx(0.11, abs=1e-3)
    accuracies = adam["val_acc"]
    assert accuracies.index(max(accuracies)) + 1 == 19 and len(accuracies) == 20
    assert [accuracies[epoch - 1] for epoch in (8, 19, 20)] == pytest.approx([0.638, 0.9115, 0.602], abs=1e-4)


@pytest.mark.claim("yedida-saha:text-resnet-autoadam", "yedida-saha:text-baselines")
def test_the_narrow_residual_network() -> None:
    report = stored("cifar10_narrow")
    found = {name: [round(100 * share, 2) for share in run["val_acc"]] for name, run in report["runs"].items()}
    assert found == {"SGD, baseline": [20.95, 24.65, 26.75], "SGD, adaptive": [22.35, 31.35, 12.8]}
    assert report["runs"]["SGD, adaptive"]["rate"][-1] == pytest.approx(4.29, abs=0.01)


@pytest.mark.claim("yedida-saha:text-adamo-32")
def test_the_first_rates_by_their_seeds() -> None:
    """The first five were looked at before the reading was chosen; the next five were not. The other reading gives 800 to 1240."""
    found = stored("first_rates")["networks"]["table 4 on MNIST"]
    rates, other = ([10 * rate for rate in found[mode]["rate"]] for mode in ("training", "evaluation"))
    assert (round(min(other), -1), round(max(other), -1)) == (800, 1240) and round(sum(rates) / 10, 1) == 31.8
    assert [round(sum(part) / 5, 1) for part in (rates[:5], rates[5:])] == [31.3, 32.3]
    assert (round(min(rates), 1), round(max(rates), 1)) == (28.9, 38.5)
