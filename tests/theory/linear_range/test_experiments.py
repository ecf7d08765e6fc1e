"""The predicates of the experiments: made-up curves for which each is true and false, and what the stored runs say."""

import json

import pytest

from dynamics import resnet18
from theory.evidence import RESULTS
from theory.linear_range import experiments
from theory.linear_range.experiments import MNIST, TEACHER, best, mean_distance, speeds

STORED = {name: RESULTS / name for name in (TEACHER, MNIST)}


def curve(level, **more):
    """Two runs of two epochs whose mean is the level; the start does not count."""
    return {"distance": [[9.0, level * 0.9, level * 0.9], [9.0, level * 1.1, level * 1.1]], **more}


def teacher(fixed=0.10, linear=0.10, other=0.12, medians=(2.0, 3.0), above=0, histories=(0.10, 0.10)):
    own = {
        "step_size": [[1, 9, 9], *([1, m, 9] for m in medians)],
        "measured": [50, 500, 500],
        "tried": [[0, 9, 9], [0, 1, above], [0, 1, 0]],
    }
    ten = {"linGrad 0.1": curve(other), "linGrad 0.3": curve(linear, **own), "linGrad 0.3 psi_0 = 0.01": curve(0.01)}
    ten |= {f"linGrad 0.3 N_lin = {n}, N_hist = {5000 // n}": curve(level) for n, level in zip((50, 20), histories, strict=True)}
    ten |= {"SGD 1": curve(0.2), "SGD 3": curve(fixed), "SGD 10": curve(0.2)}
    more = {"linGrad 0.1": curve(other), "linGrad 0.3": curve(linear)}
    return {"histories": {"10": ten, "30": more, "100": more}}


def mnist(levels=(0.12, 0.10, 0.10, 0.10, 0.12), fixed=0.10, hundred=0.4, square=0.4, missed=0.9):
    linear = {f"linGrad {value}": curve(level) for value, level in zip((0.1, 0.3, 0.5, 0.8, 2), levels, strict=True)}
    high = curve(hundred, square=[9, square, square], missed=[9, missed, missed])
    ten = {**linear, "SGD 1": curve(0.2), "SGD 3": curve(fixed), "SGD 100": high}
    return {"histories": {"10": ten, "30": linear, "100": linear}}


CASES = [
    ("descends_fastest", teacher(), True),
    ("descends_fastest", teacher(fixed=0.0981), True),
    ("descends_fastest", teacher(fixed=0.0979), False),
    ("stays_optimal", teacher(), True),
    ("stays_optimal", teacher(other=0.0981), True),
    ("stays_optimal", teacher(other=0.0979), False),
    ("keeps_its_step_size", teacher(medians=(2.0, 3.9)), True),
    ("keeps_its_step_size", teacher(medians=(4.1, 2.0)), False),
    ("stays_within", teacher(above=1), True),
    ("stays_within", teacher(above=2), False),
    ("robust_in_its_history", teacher(histories=(0.109, 0.091)), True),
    ("robust_in_its_history", teacher(histories=(0.1, 0.111)), False),
    ("robust_in_its_history", teacher(histories=(0.089, 0.1)), False),
    ("fast_on_mnist", mnist(), True),
    ("fast_on_mnist", mnist(levels=(0.12, 0.10, 0.109, 0.10, 0.12)), True),
    ("fast_on_mnist", mnist(levels=(0.12, 0.10, 0.10, 0.111, 0.12)), False),
    ("fast_on_mnist", mnist(levels=(0.12, 0.10, 0.10, 0.10, 0.0975)), False),
    ("fast_on_mnist", mnist(fixed=0.090), False),
    ("stays_at_nine_tenths", mnist(missed=0.86), True),
    ("stays_at_nine_tenths", mnist(missed=0.84), False),
    ("stays_at_nine_tenths", mnist(missed=0.5, hundred=0.94), True),
    ("stays_at_nine_tenths", mnist(missed=0.5, square=0.9), True),
    ("stays_at_nine_tenths", mnist(missed=0.5, square=1.8), True),
    ("stays_at_nine_tenths", mnist(missed=0.5, square=1.0), False),
]


@pytest.mark.parametrize(("name", "data", "expected"), CASES)
def test_each_predicate_can_say_both(name, data, expected):
    assert getattr(experiments, name)(data) is expected


def test_only_the_setting_in_question_is_compared():
    assert speeds(teacher(other=0.5), 10, "linGrad") == pytest.approx({0.1: 0.5, 0.3: 0.1})
    assert speeds(teacher(), 10, "SGD") == pytest.approx({1: 0.2, 3: 0.1, 10: 0.2})


def test_a_sweep_whose_end_is_fastest_decides_nothing():
    for fixed in ({1: 0.1, 3: 0.2, 10: 0.3}, {1: 0.3, 3: 0.2, 10: 0.1}):
        with pytest.raises(ValueError, match="the end of the sweep: run more values"):
            best(fixed)
    with pytest.raises(ValueError, match="no epoch was run"):
        mean_distance({"distance": [[0.5]]})
    few = teacher()
    del few["histories"]["10"]["linGrad 0.3 N_lin = 20, N_hist = 250"]
    with pytest.raises(ValueError, match="expected two other histories"):
        experiments.robust_in_its_history(few)


@pytest.mark.claim("ni-talnikar:text-resnet-size")
def test_the_resnet_has_about_eleven_million_weights():
    """By hand: 3x3 convolutions, 1x1 shortcuts where the width doubles, two numbers a channel for each norm, the last layer."""
    widths = [64, 64, 128, 256, 512]
    count = 9 * 3 * 64 + 2 * 64 + 512 * 10 + 10
    for before, width in zip(widths, widths[1:], strict=False):
        count += 9 * width * (before + 3 * width) + 4 * 2 * width
        count += before * width + 2 * width if before != width else 0
    net = resnet18()
    assert sum(p.numel() for p in net.parameters()) == count == 11_173_962
    assert round(count, -6) == 11_000_000


@pytest.mark.parametrize("name", STORED)
@pytest.mark.claim("ni-talnikar:figure-1-left", "ni-talnikar:text-sec41-setup", "ni-talnikar:text-mnist-eps")
def test_the_stored_runs_are_of_the_papers_size(name):
    report = json.loads(STORED[name].read_text())
    assert report["settings"]["widths"] == {TEACHER: [50] * 4, MNIST: [784, 30, 10]}[name]
    assert (report["settings"]["samples"], report["settings"]["tests"]) == ({TEACHER: 50_000, MNIST: 60_000}[name], 10_000)
    assert report["environment"]["dtype"] == "float64" and STORED[name].stat().st_size < 300_000
    for batch, settings in report["histories"].items():
        for history in settings.values():
            assert len(history["distance"]) == report["settings"]["runs"]
            assert {len(run) for run in history["distance"]} == {report["settings"]["epochs"][batch] + 1}


@pytest.mark.claim("ni-talnikar:figure-2-eps", "ni-talnikar:text-all-minibatches")
def test_exceedances_follow_the_law_of_exchangeable_minibatches():
    """Once the history is full, the newest of N_hist + 1 candidates is the smallest with probability 1/(N_hist + 1)."""
    settings = json.loads(STORED[TEACHER].read_text())["histories"]["10"]
    for name, history in (
        ("linGrad 0.3", 50),
        ("linGrad 0.3 N_lin = 50, N_hist = 100", 100),
        ("linGrad 0.3 N_lin = 20, N_hist = 250", 250),
    ):
        own = settings[name]
        above, count = sum(entry[2] for entry in own["tried"][1:]), sum(own["measured"][1:])
        expected = count / (history + 1)
        # records of a minimum are rare: their number is Poisson's to first order, so within four standard deviations of its mean
        assert abs(above - expected) < 4 * expected**0.5
