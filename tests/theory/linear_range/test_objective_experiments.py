"""The predicates of the runs that measure the objective: made-up curves for which each is true and false, and what the stored runs say."""

import json

import pytest

from theory.evidence import RESULTS
from theory.linear_range import objective_experiments as predicates
from theory.linear_range.experiments import mean_distance
from theory.linear_range.objective_experiments import OBJECTIVE, curves, failed, fragile, price

SWEEP = (0.1, 0.3, 1, 3)
FLAT = dict.fromkeys(SWEEP, 0.10)
PEAKED = {0.1: 0.15, 0.3: 0.10, 1: 0.15, 3: 0.20}
SHIFTED = {0.1: 0.20, 0.3: 0.15, 1: 0.10, 3: 0.20}
HIGH = 0.5  # above the constant output's 0.3


def history(level):
    return {"distance": [[9.0, level * 0.9, level * 0.9], [9.0, level * 1.1, level * 1.1]], "step_size": [[1, 1, 1]] * 2}


def data(teacher, mnist=None):
    """For each measurement the levels with batch size 10 and 100; the last epsilon* of the others diverges on MNIST."""
    mnist = mnist or {}
    found = {"teacher": {"10": {}, "100": {}}, "mnist": {"10": {}, "100": {}}}
    for measure, both in teacher.items():
        tail = "" if measure == "states" else f" {measure}"
        for batch, levels in zip(("10", "100"), both, strict=True):
            found["teacher"][batch] |= {f"linGrad {value:g}{tail}": history(level) for value, level in levels.items()}
        for batch, levels in zip(("10", "100"), mnist.get(measure, (PEAKED, PEAKED)), strict=True):
            found["mnist"][batch] |= {f"linGrad {value:g}{tail}": history(level) for value, level in levels.items()}
    return {"constant": {"teacher": [0.3, 0.3], "mnist": [0.3, 0.3]}, "histories": found}


BURST = {**SHIFTED, 3: HIGH}
STRAY = {**PEAKED, 3: HIGH}
FRAGILE = dict.fromkeys(("objective", "minibatch-objective"), (PEAKED, BURST))
STRAYING = dict.fromkeys(("objective", "minibatch-objective"), (PEAKED, STRAY))
NOT_ROBUST = [
    (data({"states": (PEAKED, PEAKED), **FRAGILE}, STRAYING), True),
    (data({"states": (PEAKED, PEAKED), **FRAGILE, "objective": (PEAKED, SHIFTED)}, STRAYING), False),  # no divergence
    (data({"states": (PEAKED, PEAKED), **FRAGILE}), False),  # none on MNIST
    (data({"states": (PEAKED, PEAKED), **FRAGILE, "objective": (PEAKED, STRAY)}, STRAYING), False),  # one best epsilon*
    (data({"states": (PEAKED, SHIFTED), **FRAGILE}, STRAYING), False),  # (13) is no better
    (data({"states": (PEAKED, PEAKED), **FRAGILE, "objective": (PEAKED, {**SHIFTED, 0.1: HIGH})}, STRAYING), False),  # only below the best
]
LAYER = [
    (data({"states": (PEAKED, PEAKED), "layer": (PEAKED, SHIFTED), "capped-layer": (PEAKED, PEAKED)}), True),
    (data({"states": (PEAKED, PEAKED), "layer": (PEAKED, PEAKED), "capped-layer": (PEAKED, PEAKED)}), False),  # robust without a cap
    (data({"states": (PEAKED, PEAKED), "layer": (PEAKED, SHIFTED), "capped-layer": (PEAKED, SHIFTED)}), False),  # the cap does not help
    (data({"states": (PEAKED, PEAKED), "layer": (PEAKED, STRAY), "capped-layer": (PEAKED, PEAKED)}), True),  # fewer diverge
    (data({"states": (PEAKED, PEAKED), "layer": (PEAKED, SHIFTED), "capped-layer": (PEAKED, STRAY)}), False),  # more diverge
    (data({"states": (PEAKED, STRAY), "layer": (PEAKED, STRAY), "capped-layer": (PEAKED, PEAKED)}), False),  # (13) diverges as well
]


@pytest.mark.parametrize(("made_up", "expected"), NOT_ROBUST)
def test_the_objective_alone(made_up, expected):
    assert predicates.objective_is_not_robust(made_up) is expected


@pytest.mark.parametrize(("made_up", "expected"), LAYER)
def test_the_objective_as_a_layer(made_up, expected):
    assert predicates.cap_makes_the_objective_layer_robust(made_up) is expected


def test_the_price_by_hand():
    """With 0.3 batch size 100 is at 0.15 against 0.10; with 1 batch size 10 is: half as slow again either way."""
    assert price(data({"states": (PEAKED, SHIFTED)}), "states") == pytest.approx(0.5)
    assert price(data({"states": (PEAKED, PEAKED)}), "states") == 0
    with pytest.raises(ValueError, match="the end of the sweep: run more values"):
        price(data({"states": (PEAKED, {**SHIFTED, 3: 0.05})}), "states")


def test_one_run_that_diverges_is_enough():
    own = data({"states": (PEAKED, PEAKED)})
    own["histories"]["teacher"]["10"]["linGrad 1"]["distance"][1][-1] = 0.3
    own["histories"]["teacher"]["10"]["linGrad 0.3"]["distance"][1][1] = 0.9
    assert failed(own, "teacher", "states") == {("10", 1.0)}


def test_each_measurement_has_its_own_curves():
    own = data({"states": (PEAKED, PEAKED), "layer": (FLAT, FLAT), "capped-layer": (FLAT, FLAT)})
    assert {value: h["distance"][0][1] for value, h in curves(own, "teacher", "states")["10"].items()} == {
        value: level * 0.9 for value, level in PEAKED.items()
    }
    assert [*curves(own, "teacher", "layer")["100"]] == list(SWEEP)


@pytest.mark.claim("ni-talnikar:text-objective-not-robust", "ni-talnikar:text-objective-layer")
def test_what_the_stored_runs_say():
    """The reading of Algorithm 1 is robust in its best epsilon*, the other is not; the cap helps, but not against large steps."""
    stored = json.loads((RESULTS / OBJECTIVE).read_text())
    assert predicates.objective_is_not_robust(stored) is False and fragile(stored, "minibatch-objective") is True
    assert all(predicates.diverges_beyond_the_best(stored, problem, "objective") for problem in ("teacher", "mnist"))
    assert price(stored, "states") == price(stored, "objective") == price(stored, "capped-layer") == 0
    assert price(stored, "minibatch-objective") == pytest.approx(0.42, abs=0.005)
    assert price(stored, "layer") == pytest.approx(0.20, abs=0.005)
    assert predicates.cap_makes_the_objective_layer_robust(stored) is True
    assert ("10", 1.0) in failed(stored, "teacher", "states") and ("10", 0.3) not in failed(stored, "teacher", "states")


def test_the_failures_of_the_docstring():
    """Of 16 settings each: how many fail, are only slow (what fails is at its lowest at the end), fail beyond the best epsilon*."""
    stored = json.loads((RESULTS / OBJECTIVE).read_text())
    counted = {}
    for measure in ("states", "layer", "capped-layer"):
        all_, slow, beyond = 0, 0, 0
        for problem in ("teacher", "mnist"):
            own, limits = curves(stored, problem, measure), stored["constant"][problem]
            for batch, value in failed(stored, problem, measure):
                if value not in (0.1, 0.3, 1, 3):
                    continue
                found = own[batch][value]["distance"]
                fastest = min(own[batch], key=lambda v, each=own[batch]: mean_distance(each[v]))
                all_ += 1
                slow += all(run[-1] == min(run) for run, limit in zip(found, limits, strict=True) if run[-1] >= limit)
                beyond += value > fastest
        counted[measure] = (all_, slow, beyond)
    assert counted == {"states": (5, 0, 5), "layer": (4, 3, 1), "capped-layer": (3, 1, 2)}
