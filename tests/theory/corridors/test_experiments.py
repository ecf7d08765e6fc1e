"""The predicates of the experiments: made-up runs for which each is true and false, and what the stored runs say."""

import pytest

from theory.corridors import experiments
from theory.corridors.experiments import JUDGED, PLAIN, early, rises_and_falls

ALL = (*JUDGED, PLAIN)


def clr(loss=(2.0, 1.0, 0.9), steps=(1.0, 3.0, 1.4), first=1.0, diverged=None, runs=3, odd=None):
    """Three runs alike, but for what `odd` says of the last."""
    one = {"start": 2.3, "loss": list(loss), "step_size": list(steps), "first": [first, 2.0], "diverged": diverged}
    return {key: [value] * (runs - 1) + [(odd or {}).get(key, value)] for key, value in one.items()}


def training(mlp=None, other_batch=None, odd_network="mlp", **options):
    networks = {name: {"histories": {"128": {"CLR": clr(**options)}, "32": {"CLR": clr()}}} for name in ALL}
    networks[odd_network]["histories"]["128"]["CLR"] = mlp or clr(**options)
    networks[odd_network]["histories"]["32"]["CLR"] = other_batch or clr()
    return {"networks": networks}


def flow(distance=(0.0, 0.09, 0.18, 9.0), error=0.0, loss=(2.0, 1.4, 1.0, 0.1)):
    run = {"distance": list(distance), "error": [error] * 4, "travelled": [0.0, 1.0, 2.0, 3.0], "loss": list(loss)}
    return {"runs": [flow_run(), run]}


def flow_run():
    return {"distance": [0.0] * 4, "error": [0.0] * 4, "travelled": [0.0, 1.0, 2.0, 3.0], "loss": [2.0, 1.0, 1.0, 1.0]}


CASES = [
    ("warms_up_and_decays", training(), True),
    ("warms_up_and_decays", training(steps=(1.0, 2.0, 1.0)), True),
    ("warms_up_and_decays", training(steps=(1.0, 1.99, 0.1)), False),
    ("warms_up_and_decays", training(steps=(1.0, 3.0, 1.51)), False),
    ("warms_up_and_decays", training(clr(odd={"step_size": [1.0, 1.0, 1.0]})), True),  # one run of three
    ("warms_up_and_decays", training(clr(steps=(1.0, 1.0, 1.0))), False),  # one network of four
    ("warms_up_and_decays", training(other_batch=clr(steps=(1.0, 1.0, 1.0))), True),  # the first batch size alone is judged
    ("warms_up_and_decays", training(clr(steps=(1.0, 1.0, 1.0)), odd_network=PLAIN), True),  # not one of the four
    ("is_stable_in_all_cases", training(), True),
    ("is_stable_in_all_cases", training(loss=(9.0, 2.3, 1.1)), True),  # the first epoch may be above
    ("is_stable_in_all_cases", training(loss=(2.0, 2.31, 1.1)), False),
    ("is_stable_in_all_cases", training(loss=(2.0, 1.5, 1.2)), False),
    ("is_stable_in_all_cases", training(clr(odd={"diverged": "step 3: NaN"})), False),
    ("is_stable_in_all_cases", training(other_batch=clr(odd={"loss": [2.0, 2.0, 2.0]})), False),
    ("is_stable_in_all_cases", training(clr(loss=(2.0, 9.0, 1.0)), odd_network=PLAIN), False),
    ("flow_is_followed", flow(), True),
    ("flow_is_followed", flow(distance=(0.0, 0.11, 0.18, 0.0)), False),
    ("flow_is_followed", flow(distance=(0.0, 0.09, 0.21, 0.0)), False),
    ("flow_is_followed", flow(error=0.02), False),
]


@pytest.mark.parametrize(("name", "data", "expected"), CASES)
def test_each_predicate_can_say_both(name, data, expected):
    assert getattr(experiments, name)(data) is expected


def test_what_is_missing_decides_nothing():
    data = training()
    del data["networks"]["cnn"]
    with pytest.raises(ValueError, match="not run: cnn; expected mlp; cnn; resnet18, width 8; vgg16, width 8"):
        experiments.warms_up_and_decays(data)
    with pytest.raises(ValueError, match="the loss falls from 2.0 to 1.5 only: run more steps"):
        early({"loss": [2.0, 1.5]})
    assert early({"loss": [2.0, 1.5, 1.0, 0.5]}) == 2


def test_each_half_of_the_shape_is_told():
    assert rises_and_falls({"first": [1.0], "step_size": [1.0, 2.0, 2.0]}) == (True, False)
    assert rises_and_falls({"first": [1.0], "step_size": [1.0, 0.9, 0.1]}) == (False, True)
