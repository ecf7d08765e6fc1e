"""What the demos of Lipschitz constants show: the theorem's cycle, and constants that no gradient passes."""

import importlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from sympy import Rational, sqrt

from theory.lipschitz.symbols import L, curvature, t
from theory.lipschitz.two_cycle import FIRST, HEIGHT, MULTIPLIER, root

ROOT = Path(__file__).parents[2]
GALLERY = ROOT / "docs" / "gallery"


@pytest.fixture
def load(monkeypatch):
    """A demo by its name, and what the gallery stores of it."""
    monkeypatch.syspath_prepend(str(ROOT / "demos"))

    def both(name):
        return importlib.import_module(name), json.loads((GALLERY / f"{name}.json").read_text())

    return both


@pytest.mark.claim("yedida-saha:text-bounded-implies-optimal", "yedida-saha:text-ideal-lr")
def test_the_orbits_end_where_the_theorem_says(load):
    _, report = load("lipschitz_two_cycle")
    for ratio, exact, low, high in report["ends"]:
        assert exact == pytest.approx(float(sqrt(max(0, Rational(1, 4) - 1 / Rational(str(ratio)) ** 2))), abs=1e-12)
        assert low == pytest.approx(exact, abs=1e-9) and high == pytest.approx(exact, abs=1e-9)
    assert {ratio > 2 for ratio, *_ in report["ends"]} == {True, False}


def test_the_certified_multiplier_is_that_of_the_theorem(load):
    _, report = load("lipschitz_two_cycle")
    for own in report["cycles"]:
        b = Rational(own["ratio"])
        w = sqrt(Rational(1, 4) - 1 / b**2)
        once = MULTIPLIER.subs({L: 1, curvature: b, root: w})
        assert own["period"] == 2 and own["stability"] == "attracting"
        assert own["multiplier"] == pytest.approx(float(once**2), rel=1e-14)
        assert float(w - FIRST.subs({L: 1, curvature: b}).subs(t, w)) == pytest.approx(-own["point"], rel=1e-14)


def test_no_step_is_longer_than_1_and_yet_one_orbit_never_arrives(load):
    _, report = load("lipschitz_two_cycle")
    calm, caught = report["orbits"]
    assert max(calm["longest_step"], caught["longest_step"]) < 1
    assert calm["losses"][-1] == 0
    height = HEIGHT.subs({L: 1, curvature: 3})
    above = float(height.subs(t, sqrt(5) / 6) - height.subs(t, 0))
    assert above > 0.1 and caught["losses"][-1] == pytest.approx(above, abs=1e-8)


def test_the_scaled_family_is_the_same_descent(load):
    demo, _ = load("lipschitz_two_cycle")
    starts = np.array([0.9, -0.3])
    for ratio, _, low, high in demo.ends(np.array([1.5, 3.0]), starts):
        sizes = np.abs(demo.descent(Rational(str(ratio))).advance(starts, 4000))
        assert (low, high) == (pytest.approx(sizes.min(), abs=1e-12), pytest.approx(sizes.max(), abs=1e-12))
    assert demo.in_torch(3.0, starts, torch.device("cpu")) < 1e-15


@pytest.mark.claim("yedida-saha:logistic-l", "yedida-saha:softmax-l", "yedida-saha:ls-box")
def test_no_gradient_passes_the_true_constant_and_most_pass_the_printed_one(load):
    _, report = load("lipschitz_constants")
    for name, _, _, low, high, printed, found in report["data_sets"]:
        assert 0 < low <= high <= low * (1 + 1e-5) or high - low < 2e-9  # stored with nine digits
        assert found <= high * (1 + 1e-9) + 1e-9
        if name != "least squares":
            assert printed < low and printed < found
    above = [printed > high for name, *_, low, high, printed, _ in report["data_sets"] if name == "least squares"]
    assert any(above) and not all(above)


def test_one_sample_by_hand(load):
    """Logistic |x|, half of it printed; softmax sqrt(2) |x|, two thirds of |x| printed."""
    demo, _ = load("lipschitz_constants")
    dice = np.random.default_rng(5)
    X = np.array([[3.0, 4.0]])
    true, printed, found = demo.binary(dice, X, False)
    assert (true.exact, printed) == (5, 2.5) and found == pytest.approx(5, rel=1e-12)
    true, printed, found = demo.several(dice, X, False)
    assert true.exact == 5 * sqrt(2) and printed == pytest.approx(10 / 3) and found == pytest.approx(5 * 2**0.5, rel=1e-12)


def test_the_table_counts_a_gradient_that_is_too_steep(load):
    demo, report = load("lipschitz_constants")
    assert [row[-1] for row in demo.rows(report)[1:]] == ["0"] * 6
    first = report["data_sets"][0]
    first[-1] = 2 * first[4]
    assert demo.rows(report)[1][-1] == "1"
