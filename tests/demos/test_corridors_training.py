"""What the demo of the corridor rate shows, and its numbers by another route."""

import importlib
import json
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def demo(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "demos"))
    return importlib.import_module("corridors_training")


@pytest.fixture
def report():
    return json.loads((ROOT / "docs" / "gallery" / "corridors_training.json").read_text())


@pytest.mark.claim("dherin-rosca:figure-2", "dherin-rosca:figure-4")
def test_the_corridor_rate_is_ahead_and_its_step_never_decays(report):
    corridor, *fixed = report["runs"]
    assert corridor["losses"][-1] < 1e-3 * min(entry["losses"][-1] for entry in fixed)
    tenths = [np.median(part) for part in np.array_split(corridor["steps"], 10)]
    assert (np.diff(tenths) > 0).all() and tenths[-1] > 1e4 * tenths[0]
    assert len({entry["losses"][0] for entry in report["runs"]}) == 1  # one start


@pytest.mark.claim("dherin-rosca:figure-7")
def test_the_measure_is_of_a_run_far_from_any_corridor(report):
    shares = [share for _, share in report["runs"][0]["curvature"]]
    assert 0.2 < min(shares) and max(shares) <= 1


def test_the_table_counts_steps_beyond_the_edge(demo, report):
    one = {"fixed": None, "losses": [2.0, 0.1], "right": 0.5, "steps": [1.0, 3.0, 1.0, 1.0], "curvature": [[1.0, 0.5], [4.0, 0.5]]}
    assert demo.rows({"epochs": 2, "runs": [one]})[1][-1] == "75% of steps"
    assert [row[0] for row in demo.rows(report)[1:]] == ["corridor rate", *(f"fixed {step}" for step in demo.FIXED)]
