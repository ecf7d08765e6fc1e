"""What the gallery of corridors shows: exact values by a second route, and a table that can say no."""

import copy
import importlib
import json
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
STORED = ROOT / "docs" / "gallery" / "corridors_gallery.json"


@pytest.fixture
def demo(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "demos"))
    return importlib.import_module("corridors_gallery")


@pytest.mark.claim("dherin-rosca:figure-1a", "dherin-rosca:figure-1b")
def test_the_functions_are_those_of_the_surfaces(demo):
    """By hand: distances, x y, and the wavy cone in polar coordinates."""
    points = np.random.default_rng(0).uniform(0.2, 1.5, size=(20, 2)) * [[1, -1]] * np.resize([[1, 1], [-1, 1], [1, -1]], (20, 2))
    a, b = points.T
    radius, angle = np.hypot(a, b), np.arctan2(b, a)
    by_hand = {
        "cone": (radius, 0 * points),
        "half-line": (np.where(a > 0, abs(b), radius), 0 * points),
        "saddle": (a * b, points),
    }
    for name, (value, product) in by_hand.items():
        loss, _, h_g = demo.functions(name)
        assert np.allclose(loss(points), value) and np.allclose(h_g(points), product)
    loss, field, h_g = demo.functions("wavy")
    h, h1, h2 = 1 + np.cos(3 * angle) / 2, -3 * np.sin(3 * angle) / 2, -9 * np.cos(3 * angle) / 2
    ray, across = points.T / radius, np.stack([-b, a]) / radius
    assert np.allclose(loss(points), radius * h)
    assert np.allclose(field(points), -(h * ray + h1 * across).T)
    assert np.allclose(h_g(points), (h1 * (h + h2) / radius * across).T)


def test_the_gallery_agrees_with_the_theory_and_its_table_can_disagree(demo):
    report = json.loads(STORED.read_text())
    assert [row[1] for row in demo.rows(report)[1:]] == ["yes", "yes", "no", "no"]
    straight = [max(line["bend"] for line in shown["flows"]) < demo.ROUNDING for shown in report["surfaces"]]
    assert straight == [shown["corridor"] for shown in report["surfaces"]]
    other = copy.deepcopy(report)
    other["surfaces"][0]["flows"][0]["bend"] = 0.5
    assert demo.rows(other)[1][-1] == "0.5"


def test_the_flow_stops_at_the_kinks_and_nowhere_else(demo):
    for name, start, runs_out in (("cone", (0.5, 0.0), True), ("half-line", (1.0, 0.4), True), ("saddle", (0.5, 0.5), False)):
        path = demo.flow(name, demo.functions(name)[1], np.array(start), 0.01)
        assert (len(path) < demo.TIME / 0.01) is runs_out
