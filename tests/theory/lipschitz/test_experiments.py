"""The predicates on the histories: made-up summaries for which each is true and false, and what the stored ones say."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from theory.evidence import RESULTS
from theory.lipschitz import experiments
from theory.lipschitz.experiments import ADAMO, ADAPTIVE, AUTO_ADAM, DEEP, FIXED, HISTORIES

CLAIMS = {
    "the_accuracies_of_table_3": "table-3",
    "the_accuracies_of_figure_4": "figure-4",
    "each_epoch_is_better": "text-superior",
    "momentum_and_densenet": "text-densenet-90",
    "auto_adam_speeds_up": "text-adam-rise",
    "small_at_first": "text-first-8e3",
    "resnet_on_cifar_100": "text-cifar100",
    "modified_auto_adam": "text-autoadam-fix",
}


def run(train: float, validation: float, mean: float = 0.8, train_mean: float = 0.9, **rates: Any) -> dict[str, Any]:
    usual = {"first": [0.008, 1.0, 1.0], "last": 0.5, "least_after_first": 1.1, "rank_correlation": -0.95}
    return {
        "acc": {"last": train, "best": 1.0, "best_epoch": 9, "last_ten": train_mean, "in_best_epoch": 0.99},
        "val_acc": {"last": 0.1, "best": validation, "best_epoch": 9, "last_ten": mean},
        "above_90": 99,
        "lr": usual | rates,
    }


def all_true() -> dict[str, Any]:
    return {
        "runs": {
            ADAPTIVE: run(0.9947, 0.8937, mean=0.81, train_mean=0.89),
            FIXED: run(0.9761, 0.8702),
            ADAMO: run(0.9, 0.9236),
            DEEP: run(0.9968, 0.7599, first=[1.1e-8, 2e-8, 1.0]),
            **{name: run(0.9, 0.8364, rank_correlation=0.9) for name in AUTO_ADAM},
        },
        "table": [{"printed": 87.02, "runs": [DEEP, FIXED]}, {"printed": 10.0, "runs": [ADAMO]}, {"printed": 1.0, "runs": []}],
        "adaptive_exceeds_fixed_in_epoch": 65,
    }


FAILURES = [
    ("the_accuracies_of_table_3", ("table", 0, "printed"), 87.03),
    ("the_accuracies_of_figure_4", ("runs", FIXED, "val_acc", "best"), 0.8703),
    ("the_accuracies_of_figure_4", ("runs", FIXED, "acc", "last"), 0.9762),
    ("each_epoch_is_better", ("adaptive_exceeds_fixed_in_epoch",), 66),
    ("each_epoch_is_better", ("adaptive_exceeds_fixed_in_epoch",), None),
    ("each_epoch_is_better", ("runs", ADAPTIVE, "acc", "last_ten"), 0.92),
    ("each_epoch_is_better", ("runs", FIXED, "val_acc", "last_ten"), 0.82),
    ("momentum_and_densenet", ("runs", ADAMO, "above_90"), 100),
    ("momentum_and_densenet", ("runs", ADAMO, "above_90"), None),
    ("momentum_and_densenet", ("runs", ADAMO, "lr", "least_after_first"), 1.0),
    ("momentum_and_densenet", ("runs", FIXED, "val_acc", "best"), 0.93),
    ("auto_adam_speeds_up", ("runs", AUTO_ADAM[2], "lr", "rank_correlation"), 0.89),
    ("small_at_first", ("runs", ADAPTIVE, "lr", "first"), [0.0085, 1.0, 1.0]),
    ("small_at_first", ("runs", ADAPTIVE, "lr", "rank_correlation"), -0.89),
    ("resnet_on_cifar_100", ("runs", DEEP, "lr", "first"), [1e-8, 1.0, 1.0]),
    ("resnet_on_cifar_100", ("runs", DEEP, "acc", "last"), 0.9967),
    ("modified_auto_adam", ("runs", AUTO_ADAM[0], "val_acc", "best"), 0.8365),
]


@pytest.mark.parametrize(("name", "where", "value"), FAILURES)
def test_each_predicate_can_fail(name: str, where: tuple[Any, ...], value: Any) -> None:
    data = copy.deepcopy(all_true())
    assert getattr(experiments, name)(data)
    place = data
    for key in where[:-1]:
        place = place[key]
    place[where[-1]] = value
    assert not getattr(experiments, name)(data)


@pytest.mark.claim("yedida-saha:figure-4")
def test_the_epoch_of_the_best_validation_accuracy_counts() -> None:
    data = all_true()
    data["runs"][FIXED]["acc"] |= {"last": 0.5, "in_best_epoch": 0.97606}
    assert experiments.the_accuracies_of_figure_4(data)


STORED = [
    ("the_accuracies_of_table_3", True),
    ("the_accuracies_of_figure_4", True),
    ("each_epoch_is_better", True),
    ("momentum_and_densenet", True),
    ("auto_adam_speeds_up", False),
    ("small_at_first", False),
    ("resnet_on_cifar_100", False),
    ("modified_auto_adam", True),
]


@pytest.mark.parametrize(
    ("name", "verdict"), [pytest.param(*row, marks=pytest.mark.claim(f"yedida-saha:{CLAIMS[row[0]]}")) for row in STORED]
)
def test_the_stored_summary(name: str, verdict: bool) -> None:
    assert getattr(experiments, name)(json.loads((RESULTS / HISTORIES).read_text())) is verdict


@pytest.mark.claim("yedida-saha:table-3")
def test_all_but_one_row_print_the_best_epoch() -> None:
    data = json.loads((RESULTS / HISTORIES).read_text())
    rows = [row for row in data["table"] if row["runs"]]
    odd = [row for row in rows if all(abs(100 * data["runs"][name]["val_acc"]["best"] - row["printed"]) > 0.006 for name in row["runs"])]
    assert len(rows) == 30
    assert [(row["network"], row["algorithm"], row["policy"], row["printed"]) for row in odd] == [
        ("ResNet20", "Momentum", "Baseline", 58.29)
    ]


@pytest.mark.claim("yedida-saha:text-no-decay")
def test_the_step_size_ends_far_above_the_default_of_the_paper() -> None:
    """No history is one of a schedule: all recorded step sizes are those of adaptive runs."""
    runs = json.loads((RESULTS / HISTORIES).read_text())["runs"]
    own = runs[ADAPTIVE]
    assert own["lr"]["last"] == pytest.approx(1.346, abs=5e-4)
    assert own["lr"]["largest_after_first"] == pytest.approx(2.513, abs=5e-4)
    assert own["lr"]["last"] > 100 * 0.01
    assert (own["val_acc"]["best"], own["val_acc"]["last"]) == pytest.approx((0.8937, 0.8909), abs=1e-6)
    assert all("Adaptive" in name or name.endswith("history-3e3.pkl") for name, run in runs.items() if "lr" in run)


@pytest.mark.claim("yedida-saha:text-baselines")
def test_the_losses_have_no_room_for_the_printed_weight_decay() -> None:
    """He's initial weights have the variance 2/(fan in), so a convolution with n outputs has |w|^2 = 2 n."""
    squares = 2 * (16 + 6 * 16 + 6 * 32 + 32 + 6 * 64 + 64)
    assert squares == 1568
    runs = json.loads((RESULTS / HISTORIES).read_text())["runs"]
    first = runs["CIFAR10/Momentum/ResNet/Adaptive/1e-2/history.pkl"]["loss"]["first"]
    assert first < 0.15 * 1e-2 * squares and first > 1e-4 * squares


@pytest.mark.claim("yedida-saha:text-baselines")
def test_the_baselines_of_sgd_and_of_momentum_are_alike() -> None:
    runs = json.loads((RESULTS / HISTORIES).read_text())["runs"]
    pairs = {network: [runs[f"CIFAR10/{name}/{network}/Baseline/history.pkl"] for name in ("SGD", "Momentum")] for network in ("DenseNet",)}
    pairs["ResNet-20"] = [runs["CIFAR10/SGD/ResNet20/Baseline/history.pkl"], runs["CIFAR10/Momentum/ResNet/Baseline/history.pkl"]]
    found = {network: [round(100 * run["val_acc"]["best"], 2) for run in pair] for network, pair in pairs.items()}
    assert found == {"DenseNet": [84.84, 85.5], "ResNet-20": [60.33, 58.36]}
    assert round(100 * pairs["ResNet-20"][0]["acc"]["last"], 1) == 61.0
    assert not any("lr" in run for pair in pairs.values() for run in pair)
