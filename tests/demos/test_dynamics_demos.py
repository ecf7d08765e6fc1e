"""What the demos of `dynamics` show: exact values by a second route, and tables that can say no."""

import copy
import importlib
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import sympy as sp
from sympy import Rational

from dynamics import GradientMap

ROOT = Path(__file__).parents[2]
GALLERY = ROOT / "docs" / "gallery"


@pytest.fixture
def load(monkeypatch):
    """A demo by its name, and what the gallery stores of it."""
    monkeypatch.syspath_prepend(str(ROOT / "demos"))

    def both(name):
        return importlib.import_module(name), json.loads((GALLERY / f"{name}.json").read_text())

    return both


def test_turning_points_land_on_the_maximum_and_on_the_repelling_cycle(load):
    """The second route: exact steps from the turning point itself, at the exact step size."""
    demo, _ = load("dynamics_bifurcation")
    exact = demo.crises()
    assert exact == {"halves merge": 3 * sp.sqrt(3) / 2 - 1, "orbits escape": 2}
    for step, factor in ((exact["halves merge"], 0), (exact["orbits escape"], -1)):
        turn = sp.sqrt((1 + step) / (3 * step))  # where 1 + step - 3 step x^2, the slope of the map, is 0
        _, image, end = GradientMap(demo.LOSS, demo.t, step).orbit(turn, 2)
        assert sp.simplify(end - factor * image) == 0 and image.is_positive
    assert image**2 == 1 + 2 / exact["orbits escape"]


def test_doublings_are_where_the_multiplier_is_minus_one(load):
    """The 2-cycle around 1 has points of sum s, product q: s^2 = 1 + 3/step, q = 1/step; its multiplier is 9 - 2 (1 + step)^2."""
    demo, report = load("dynamics_bifurcation")
    found = demo.doublings((1, 2))
    assert found == {"period 1 doubles": 1, "period 2 doubles": sp.sqrt(5) - 1}
    assert sp.expand(9 - 2 * (1 + found["period 2 doubles"]) ** 2) == -1
    exponents = {step: exact for step, exact, _ in report["certified"]}
    assert exponents[0.9] == pytest.approx(np.log(0.8), abs=1e-9)  # stored with nine digits
    assert exponents[1.025] == pytest.approx(np.log(9 - 2 * 2.025**2) / 2, abs=1e-9)


def test_the_gallery_agrees_and_the_table_can_disagree(load):
    demo, report = load("dynamics_bifurcation")
    names = [row[0] for row in demo.rows(report)[1:]]
    assert len(names) == 9 and {row[-1] for row in demo.rows(report)[1:]} == {"yes"}
    for place, name in enumerate(names[:-2]):
        for seen in (None, [report["thresholds"][place]["seen"][1], 2.2]):
            other = copy.deepcopy(report)
            other["thresholds"][place]["seen"] = seen
            assert [row[0] for row in demo.rows(other) if row[-1] == "no"] == [name]
    other = report | {"at_two": report["at_two"] | {"measured": report["at_two"]["exact"] + 5 * report["at_two"]["error"]}}
    assert [row[0] for row in demo.rows(other) if row[-1] == "no"] == ["exponent at 2"]
    step, exact, measured = report["certified"][0]
    other = report | {"certified": [[step, exact, measured + 2e-8]]}
    assert [row[0] for row in demo.rows(other) if row[-1] == "no"] == ["certified cycles"]


def test_what_is_seen_in_a_diagram(load):
    demo, _ = load("dynamics_bifurcation")
    points = np.ones((6, 2, 4, 1))
    points[3, 1, ::2] = -1
    diagram = SimpleNamespace(
        values=np.arange(6) / 10,
        periods=np.array([[1, 1], [1, 1], [2, 1], [2, 2], [3, 0], [0, 0]]),
        points=points,
        diverged=np.array([[False, False]] * 5 + [[False, True]]),
    )
    between = {
        "period 1 doubles": [0.2, 0.3],
        "period 2 doubles": [0.3, 0.4],
        "period 3 is born": [0.3, 0.4],
        "period 3 doubles": [0.4, 0.5],
        "period 4 doubles": None,
        "halves merge": [0.2, 0.3],
        "orbits escape": [0.4, 0.5],
    }
    assert {name: demo.seen(name, diagram) for name in between} == between


def test_each_start_is_counted_on_its_side(load):
    _, report = load("dynamics_bifurcation")
    by_step = {line[0]: line[2:] for line in report["diagram"]}
    below, above, both = by_step[0.901]
    assert (below, above, both) == ([-1.0], [1.0], [])
    below, above, both = by_step[1.101]
    assert len(below) == len(above) == 2 and both == []
    assert max(map(len, by_step[1.999][:2])) == 0 and len(by_step[1.999][2]) > 50


def test_the_diagonal_of_the_network_is_the_double_well(load):
    wells, plane = load("dynamics_bifurcation")[0], load("dynamics_basins")[0]
    for start, step in ((Rational(1, 2), 1), (Rational(-7, 5), Rational(3, 2))):
        net = GradientMap(plane.LOSS, (plane.a, plane.b), step).step((start, start))
        assert net == (GradientMap(wells.LOSS, wells.t, step).step(start),) * 2


@pytest.mark.claim("nar-sastry:theorem-1", "nar-sastry:corollary-1")
def test_the_basins_keep_to_the_disc_and_the_table_can_say_otherwise(load):
    demo, report = load("dynamics_basins")
    assert {row[3] for row in demo.rows(report)[1:]} == {"yes"} and demo.rows(report)[-1][-1].startswith("0 of")
    for place, panel in enumerate(report["panels"]):
        other = copy.deepcopy(report)
        other["panels"][place]["sharpest"] = 2.0001 / panel["step"]
        assert [row[0] for row in demo.rows(other) if row[3] == "no"] == [f"{panel['step']:g}"]
    broken = report | {"sweep": [[0.5, {"+": 1}, [0.4999]]]}
    above = report | {"sweep": [[1.1, {"+": 1}, [1.2]]]}
    for other, words in ((broken, "1 of 1"), (above, "0 of 1 minima outside the bound, 1 reached")):
        assert demo.rows(other)[-1][3] == "no" and demo.rows(other)[-1][-1].startswith(words)


def test_the_plane_is_symmetric_up_to_the_basins_rims(load):
    """(a, b) -> (-a, -b) swaps the branches: lattices shifted at random agree in the shares."""
    _, report = load("dynamics_basins")
    for panel in report["panels"]:
        word = "".join(panel["lines"])
        # counts of lattice points differ by those of the rims, which a few cells in a hundred meet
        assert abs(word.count("+") - word.count("-")) <= 0.02 * len(word)


@pytest.mark.parametrize(("point", "word"), [([1.0, 1.0], "+"), ([-2.0, -0.5], "-"), ([0.0, 0.0], "s")])
def test_letters_of_equilibria(load, point, word):
    demo, _ = load("dynamics_basins")
    assert demo.letter(SimpleNamespace(period=1, points=np.array([point]))) == word
    assert demo.letter(SimpleNamespace(period=None, kind="undecided")) == "u"
