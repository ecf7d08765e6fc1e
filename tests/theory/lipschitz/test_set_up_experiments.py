"""The predicates on the set-up: made-up numbers for which each is true and false, and what the stored ones say."""

from __future__ import annotations

import copy
import json
import math
from statistics import median
from typing import Any

import pytest

from theory.evidence import RESULTS
from theory.lipschitz import set_up_experiments as set_up
from theory.lipschitz.experiments import HISTORIES
from theory.lipschitz.set_up_experiments import COST, MORE_DECAY, SET_UP, fits_one_start


def all_true() -> dict[str, Any]:
    weights = [
        {"data": name, "bias": bias, "ended": "threshold", "norms": [1.0, 4.0, 50.0], "K_scaled": 1e-3, "K_raw, |x|": 100.0}
        | {"K_raw": 7.9 if bias == "none" else 100.0}
        for name in ("boston", "california")
        for bias in ("none", "scaled")
    ]
    runs = {name: {"acc": {"last_ten": 0.8}, "val_acc": {"best": 0.7, "last_ten": 0.7}} for pair in MORE_DECAY for name in pair}
    for _, less in MORE_DECAY:
        runs[less] = {"acc": {"last_ten": 0.8}, "val_acc": {"best": 0.72, "last_ten": 0.7}}
    runs |= {"a": {"acc": {"last_ten": 0.9}, "val_acc": {"last_ten": 0.85}}, "b": {"acc": {"last_ten": 0.9}, "val_acc": {"last_ten": 0.8}}}
    runs["c"] = {"acc": {"last_ten": 0.6}, "val_acc": {"last_ten": 0.59}}  # a small gap, as it does not fit: it is not compared
    row = {"data": "D", "network": "N", "algorithm": "SGD", "weight_decay": 0.1}
    return {
        "weights": weights,
        "seconds": {"plain": [1.0, 1.1], "second_pass": [1.2, 1.3], "hook": [1.0, 1.1]},
        "runs": runs,
        "table": [row | {"policy": policy, "runs": [run]} for policy, run in (("Adaptive", "a"), ("Baseline", "b"), ("Baseline", "c"))],
    }


FAILURES = [
    ("the_formula_is_close", ("weights", 0, "K_raw"), 8.1),
    ("the_formula_is_close", ("weights", 2, "K_raw"), 1.9),
    ("an_epoch_takes_longer", ("seconds", "plain"), [1.0, 1.25]),
    ("large_steps_regularise", ("runs", MORE_DECAY[0][1], "val_acc", "best"), 0.705),
    ("large_steps_regularise", ("runs", MORE_DECAY[1][0], "val_acc", "best"), 0.73),
    ("large_steps_regularise", ("runs", "a", "val_acc", "last_ten"), 0.8),
    ("large_steps_regularise", ("runs", "c"), {"acc": {"last_ten": 0.9}, "val_acc": {"last_ten": 0.89}}),
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


@pytest.mark.claim("yedida-saha:text-k-close")
def test_the_formula_with_the_column_of_ones_that_gives_table_1() -> None:
    runs = [run for run in json.loads((RESULTS / SET_UP).read_text())["weights"] if (run["bias"], run["ended"]) == ("scaled", "threshold")]
    found = {run["data"]: run["K_raw"] / median(run["norms"]) for run in runs}
    assert found == pytest.approx({"boston": 0.78, "california": 1200, "energy": 0.22}, rel=0.02)
    assert all(run["K_scaled"] < median(run["norms"]) / 1000 for run in runs)


@pytest.mark.claim("yedida-saha:text-ten-features")
def test_the_rate_of_covertype_by_its_features() -> None:
    """1/L = 2 m/|X| of m = 100,000 rows, where m |X|^2 is that of the rows at hand; a column of ones adds 1 to it."""
    squares = json.loads((RESULTS / SET_UP).read_text())["covertype"]
    found = [2e5 * math.sqrt(1e5 / own) / 1e6 for own in (squares["ten"], squares["ten"] + 1, squares["all"])]
    assert found == [pytest.approx(own, rel=0.02) for own in (16.6, 16.1, 0.33)]


@pytest.mark.claim("yedida-saha:text-weight-decay")
def test_what_the_histories_say_of_weight_decay() -> None:
    """On CIFAR-100 the run with more decay is the better one; the gaps agree, where the baselines fit the training data."""
    data = json.loads((RESULTS / HISTORIES).read_text())
    best = [tuple(data["runs"][name]["val_acc"]["best"] for name in pair) for pair in MORE_DECAY]
    assert best[0][0] < best[0][1] and best[1][0] > best[1][1] + 0.09
    smaller = [set_up.gap(data, adaptive) < set_up.gap(data, baseline) for adaptive, baseline in set_up.pairs(data)]
    assert smaller == [True, True]


@pytest.mark.claim("yedida-saha:text-adamo-initial")
def test_the_first_rates_of_adamo_are_set_by_hand() -> None:
    runs = json.loads((RESULTS / HISTORIES).read_text())["runs"]
    first = {name: run["lr"]["first"][0] for name, run in runs.items() if "/Momentum/" in name and "lr" in run}
    assert sorted(round(rate, 6) for rate in first.values()) == [0.1, 0.5, 0.5, 1.0, 1.0]
    decays = {name: first[f"CIFAR10/Momentum/ResNet/Adaptive/{name}/history.pkl"] for name in ("1e-2", "1e-3")}
    assert decays == {"1e-2": pytest.approx(0.1), "1e-3": 1.0}
