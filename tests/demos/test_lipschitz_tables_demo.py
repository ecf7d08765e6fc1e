"""What the demo of Tables 1 and 2 shows of Iris: an orbit of period 2 that every 500th iteration cannot see."""

import json
from pathlib import Path

import numpy as np
import pytest

from theory.evidence import RESULTS
from theory.lipschitz.table_experiments import TABLES

GALLERY = Path(__file__).parents[2] / "docs" / "gallery"
REPORT = json.loads((GALLERY / "lipschitz_tables.json").read_text())
DIGITS = 1e-5  # to which the losses are stored


@pytest.mark.claim("yedida-saha:text-no-oscillation")
def test_the_loss_goes_up_and_down_in_turn_and_every_500th_iteration_is_low():
    losses, every = np.array(REPORT["iris"]["losses"]), REPORT["iris"]["every"]
    late = losses[4000:]
    assert np.abs(late[2:] - late[:-2]).max() < 50 * DIGITS  # a slow drift remains
    high, low = max(late[0], late[1]), min(late[0], late[1])
    assert high > 1.2 * low
    assert np.abs(losses[4000::every] - low).max() < 500 * DIGITS
    assert every % 2 == 0
    assert (np.diff(losses) > 0).sum() > 0.4 * len(losses)


@pytest.mark.claim("yedida-saha:table-1", "yedida-saha:table-2")
def test_the_figure_is_drawn_from_the_stored_numbers():
    stored = json.loads((RESULTS / TABLES).read_text())
    for table in ("table_1", "table_2"):
        assert [row["printed"] for row in REPORT[table]] == [row["printed"] for row in stored[table]]
        for row, own in zip(REPORT[table], stored[table], strict=True):
            assert row["reading"] is None or row["reading"] in own["readings"]
    assert [row["data"] for row in REPORT["table_1"] if row["reproduced"]] == ["california", "energy", "breast_cancer", "iris"]
