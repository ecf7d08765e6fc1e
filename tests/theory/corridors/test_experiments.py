"""The predicates of the experiments: made-up runs for which each is true and false, and what the stored runs say."""

import json

import pytest

from theory.corridors import experiments
from theory.corridors.experiments import (
    FLOW,
    JUDGED,
    NARROW,
    PLAIN,
    TRAINING,
    converges,
    corridor_runs,
    early,
    is_stable,
    main_batch,
    rises_and_falls,
)
from theory.evidence import RECORDS, RESULTS

ALL = (*JUDGED, PLAIN)
WIDER = "resnet18, width 32"


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


def stored():
    return {name: json.loads((RESULTS / name).read_text(encoding="utf-8")) for name in (TRAINING, FLOW)}


def last(network, batch, setting, key="loss"):
    """The least and the largest of the last values over the runs."""
    values = [run[-1] for run in stored()[TRAINING]["networks"][network]["histories"][batch][setting][key]]
    return min(values), max(values)


@pytest.mark.claim("dherin-rosca:text-warmup", "dherin-rosca:text-stable", "dherin-rosca:text-gf-follows-gd")
def test_what_the_stored_runs_say():
    training, flow = stored().values()
    assert not experiments.warms_up_and_decays(training)
    assert not experiments.is_stable_in_all_cases(training)
    unstable = {name for name, *_, run in corridor_runs(training, ALL) if not (is_stable(run) and converges(run))}
    assert unstable == {NARROW, PLAIN}
    assert all(is_stable(run) and converges(run) for *_, run in corridor_runs(training, [WIDER]))
    assert not experiments.flow_is_followed(flow)
    for share, steps in ((0.1, (0.0, 0.028)), (0.5, (0.11, 0.14))):
        for run in flow["runs"]:
            away = [d / t for d, t in zip(run["distance"][1:], run["travelled"][1:], strict=True)][: early(run)]
            assert run["share"] != share or (steps[0] <= max(away) == away[0] <= steps[1] and away[-1] < 0.04)


@pytest.mark.parametrize(
    ("claim", "numbers"),
    [
        ("figure-2", lambda: (*last("mlp", "4096", "CLR"), *last("mlp", "4096", "SGD 0.3"))),
        ("figure-2", lambda: (*last(WIDER, "128", "CLR"), *last(WIDER, "128", "SGD 0.1"), *last(NARROW, "128", "SGD 0.1"))),
        ("figure-6", lambda: last("vgg16, width 8", "128", "CLR")),
        ("figure-9", lambda: (*last(WIDER, "128", "CLR"), *last(WIDER, "32", "CLR"))),
    ],
)
def test_numbers_in_the_remarks_are_those_stored(claim, numbers):
    (remark,) = RECORDS.remarks[f"dherin-rosca:{claim}"]
    for first, second in zip(*[iter(numbers())] * 2, strict=True):
        assert f"{first:.3f} to {second:.3f}" in remark.text


@pytest.mark.claim("dherin-rosca:figure-7", "dherin-rosca:figure-2", "dherin-rosca:figure-4")
def test_shares_and_ranges_in_the_remarks():
    networks = stored()[TRAINING]["networks"]
    ranges = []
    for name in ("mlp", "cnn"):
        runs = networks[name]["histories"][main_batch(networks[name])]["CLR"]["curvature"]
        shares = [image / (top * norm) for run in runs for _, _, norm, image, top in run]
        ranges.append(f"{min(shares):.2f} to {max(shares):.2f}")
    assert f"{ranges[0]} for a perceptron and {ranges[1]} for a conv net" in " ".join(
        RECORDS.remarks["dherin-rosca:figure-7"][0].text.split()
    )
    accuracies = [100 * (1 - v) for s in ("CLR", "SGD 0.3") for v in reversed(last("mlp", "4096", s, "test_missed"))]
    text = RECORDS.remarks["dherin-rosca:figure-2"][0].text
    assert "{:.1f} to {:.1f} % against {:.1f} to {:.1f} %".format(*accuracies) in text
    means = []
    for setting in ("CLR", "SGD 0.1"):
        own = [sum(run) / len(run) for run in networks[WIDER]["histories"]["128"][setting]["loss"]]
        means.append(f"{min(own):.2f} to {max(own):.2f}")
    assert f"({means[0]} against {means[1]})" in text
    both: dict[tuple[str, str], int] = {}
    for name, batch, _, run in corridor_runs(stored()[TRAINING], (*ALL, WIDER)):
        both[name, batch] = both.get((name, batch), 0) + all(rises_and_falls(run))
    assert (both["vgg16, width 8", "32"], both["vgg16, width 8", "128"]) == (3, 2)
    assert not any(count for (name, _), count in both.items() if name in ("mlp", "cnn", WIDER))
    wider = [run for *_, run in corridor_runs(stored()[TRAINING], [WIDER])]
    rises = [100 * (max(run["step_size"]) / run["first"][0] - 1) for run in wider]
    assert f"rises by {min(rises):.0f} to {max(rises):.0f} %" in RECORDS.remarks["dherin-rosca:figure-4"][0].text
    assert [rises_and_falls(run)[1] for run in wider].count(False) == 1
    small = [max(run["step_size"]) <= 2 * run["first"][0] for *_, run in corridor_runs(stored()[TRAINING], ("mlp", "cnn"))]
    assert small.count(False) == 1
    ends = (*last(NARROW, "128", "CLR"), *last(NARROW, "32", "CLR"))
    assert f"between {min(ends):.2f} and {max(ends):.2f} with the CLR" in text
    for *_, run in corridor_runs(stored()[TRAINING], [PLAIN]):
        assert run["loss"][0] > 10 * run["start"]  # blows up within the first epoch
