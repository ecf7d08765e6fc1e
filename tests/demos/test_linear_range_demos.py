"""What the demos of the linear range show: exact ends by a second route, and counts against the law."""

import importlib
import json
from pathlib import Path

import pytest
import torch
from sympy import Rational, sqrt

ROOT = Path(__file__).parents[2]
GALLERY = ROOT / "docs" / "gallery"


@pytest.fixture
def load(monkeypatch):
    """A demo by its name, and what the gallery stores of it."""
    monkeypatch.syspath_prepend(str(ROOT / "demos"))

    def both(name):
        return importlib.import_module(name), json.loads((GALLERY / f"{name}.json").read_text())

    return both


@pytest.mark.claim("ni-talnikar:definition-linear-range")
def test_the_ends_are_where_epsilon_is_its_limit(load):
    """Two layers: epsilon = |psi|/4. Three: (1 - psi)^3 = 1 - 3 psi + 3 psi^2 - psi^3, so the ratios |psi|/2 and |psi - psi^2/3|."""
    _, report = load("linear_range_shape")
    two, three, five = report["lines"]
    for own in two["sets"]:
        ((left, right, _, _),) = own["pieces"]
        assert (left, right) == (-4 * float(Rational(own["epsilon_star"])), 4 * float(Rational(own["epsilon_star"])))
    ends = {own["epsilon_star"]: [piece[:2] for piece in own["pieces"]] for own in three["sets"]}
    assert ends["1/2"][1] == [3.0, 3.0] and len(ends["11/20"]) == 2 and len(ends["3/10"]) == 1
    for limit, pieces in ends.items():
        for end in (end for piece in pieces for end in piece):
            epsilon = (abs(end) / 2 + abs(end - end**2 / 3)) / 3
            assert epsilon == pytest.approx(float(Rational(limit)), rel=1e-14)
    assert ends["1/2"][0] == [pytest.approx(float(Rational(9, 4) - 3 * sqrt(17) / 4), rel=1e-15), 1.5]
    assert [len(own["pieces"]) for own in five["sets"]] == [1, 3, 1]
    # torch rounds a handful of products and quotients of size 1
    assert max(own["torch_differs_by"] for line in report["lines"] for own in line["sets"]) < 1e-14


def test_a_wrong_end_would_be_seen(load):
    demo, _ = load("linear_range_shape")
    assert demo.in_torch((-1, -1, -1), 3.0, torch.device("cpu")) == pytest.approx(0.5, rel=1e-15)
    assert abs(demo.in_torch((-1, -1, -1), 3.01, torch.device("cpu")) - 0.5) > 1e-3


@pytest.mark.claim("ni-talnikar:figure-2-eps", "ni-talnikar:text-psi0")
def test_counts_follow_the_law_and_both_starts_agree(load):
    _, report = load("linear_range_lingrad")
    for entry in report["runs"]:
        expected = entry["above"]["of"] / (report["history"] + 1)
        assert abs(entry["above"]["tried"] - expected) < 4 * expected**0.5  # a Poisson number, to first order
        assert sum(epsilon > report["epsilon_star"] for epsilon in entry["tried"][report["history"] :]) == entry["above"]["tried"]
    first, second = (sorted(entry["steps"]) for entry in report["runs"])
    assert first[len(first) // 2] == pytest.approx(second[len(second) // 2], rel=0.1)  # medians; the initial steps differ a hundredfold


@pytest.mark.claim("ni-talnikar:figure-1-left")
def test_the_best_fixed_step_is_near_the_one_that_lingrad_chooses(load):
    _, report = load("linear_range_lingrad")
    settings = report["stored"]["settings"]
    fixed = {own["mean"]: own["steps"][1] for name, own in settings.items() if name.startswith("SGD")}
    low, _, high = settings["linGrad 0.3"]["steps"]
    assert low < fixed[min(fixed)] < high
