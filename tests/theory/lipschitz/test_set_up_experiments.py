"""The predicates on the set-up: made-up numbers for which each is true and false, and what the stored ones say."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from theory.evidence import RESULTS
from theory.lipschitz import set_up_experiments as set_up
from theory.lipschitz.experiments import HISTORIES
from theory.lipschitz.set_up_experiments import COST, MORE_DECAY, SET_UP, fits_one_start


def all_true() -> dict[str, Any]:
    weights = [
        {"data": name, "bias": bias, "ended": "threshold", "norms": [1.0, 4.0, 50.0], "K_raw": 100.0 if bias else 7.9, "K_scaled": 1e-3}
        for name in ("boston", "california")
        for bias in (False, True)
    ]
    runs = {name: {"acc": {"last_ten": 0.8}, "val_acc": {"best": 0.7, "last_ten": 0.7}} for pair in MORE_DECAY for name in pair}
    for _, less in MORE_DECAY:
        runs[less] = {"acc": {"last_ten": 0.8}, "val_acc": {"best": 0.72, "last_ten": 0.7}}
    runs |= {"a": {"acc": {"last_ten": 0.9}, "val_acc": {"last_ten": 0.85}}, "b": {"acc": {"last_ten": 0.9}, "val_acc": {"last_ten": 0.8}}}
    row = {"data": "D", "network": "N", "algorithm": "SGD", "weight_decay": 0.1}
    return {
        "weights": weights,
        "curvatures": {"energy": 1e-5, "news": 0.0, "california": 0.0},
        "covertype": {"ten": 13.0, "all": 40.0},
        "seconds": {"plain": [1.0, 1.1], "second_pass": [1.2, 1.3], "hook": [1.0, 1.1]},
        "runs": runs,
        "table": [row | {"policy": "Adaptive", "runs": ["a"]}, row | {"policy": "Baseline", "runs": ["b"]}],
    }


FAILURES = [
    ("the_formula_is_close", ("weights", 0, "K_raw"), 8.1),
    ("the_formula_is_close", ("weights", 2, "K_raw"), 1.9),
    ("one_start_for_both", ("curvatures", "boston"), 1e-5),
    ("ten_of_54", ("covertype", "ten"), 17.0),
    ("ten_of_54", ("covertype", "all"), 14.0),
    ("an_epoch_takes_longer", ("seconds", "plain"), [1.0, 1.25]),
    ("large_steps_regularise", ("runs", MORE_DECAY[0][1], "val_acc", "best"), 0.705),
    ("large_steps_regularise", ("runs", MORE_DECAY[1][0], "val_acc", "best"), 0.73),
    ("large_steps_regularise", ("runs", "a", "val_acc", "last_ten"), 0.8),
]


@pytest.mark.parametrize(("name", "where", "value"), FAILURES)
def test_each_predicate_can_fail(name: str, where: tuple[Any, ...], value: Any) -> None:
    data = copy.deepcopy(all_true())
    assert getattr(set_up, name)(data)
    place = data
    for key in where[:-1]:
        place = place[key]
    place[where[-1]] = value
    assert not getattr(set_up, name)(data)


STORED = [
    ("the_formula_is_close", SET_UP, False, "text-k-close"),
    ("one_start_for_both", SET_UP, False, "text-same-init"),
    ("ten_of_54", SET_UP, True, "text-ten-features"),
    ("an_epoch_takes_longer", COST, True, "text-epoch-cost"),
    ("large_steps_regularise", HISTORIES, False, "text-weight-decay"),
]


@pytest.mark.parametrize(
    ("name", "results", "verdict"), [pytest.param(*row[:3], marks=pytest.mark.claim(f"yedida-saha:{row[3]}")) for row in STORED]
)
def test_the_stored_numbers(name: str, results: str, verdict: bool) -> None:
    assert getattr(set_up, name)(json.loads((RESULTS / results).read_text())) is verdict


@pytest.mark.claim("yedida-saha:text-same-init")
def test_only_boston_fails_if_epochs_are_counted_from_1() -> None:
    curvatures = json.loads((RESULTS / SET_UP).read_text())["curvatures"]
    fits = {name: tuple(fits_one_start(name, found, first) for first in (0, 1)) for name, found in curvatures.items()}
    assert fits == {"boston": (False, False), "california": (False, True), "energy": (True, True), "news": (False, True)}


@pytest.mark.claim("yedida-saha:text-weight-decay")
def test_what_the_histories_say_of_weight_decay() -> None:
    """On CIFAR-100 the run with more decay is the better one; six of eight adaptive runs have the larger gap."""
    data = json.loads((RESULTS / HISTORIES).read_text())
    best = [tuple(data["runs"][name]["val_acc"]["best"] for name in pair) for pair in MORE_DECAY]
    assert best[0][0] < best[0][1] and best[1][0] > best[1][1] + 0.09
    smaller = [set_up.gap(data, adaptive) < set_up.gap(data, baseline) for adaptive, baseline in set_up.pairs(data)]
    assert (len(smaller), sum(smaller)) == (8, 2)


@pytest.mark.claim("yedida-saha:text-adamo-initial")
def test_the_first_rates_of_adamo_are_set_by_hand() -> None:
    runs = json.loads((RESULTS / HISTORIES).read_text())["runs"]
    first = {name: run["lr"]["first"][0] for name, run in runs.items() if "/Momentum/" in name and "lr" in run}
    assert sorted(round(rate, 6) for rate in first.values()) == [0.1, 0.5, 0.5, 1.0, 1.0]
    decays = {name: first[f"CIFAR10/Momentum/ResNet/Adaptive/{name}/history.pkl"] for name in ("1e-2", "1e-3")}
    assert decays == {"1e-2": pytest.approx(0.1), "1e-3": 1.0}
