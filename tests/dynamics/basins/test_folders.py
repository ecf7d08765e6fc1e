"""Basins that keep what is finished: the same result with and without a folder, interrupted, and in several processes."""

import math
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from sympy import Rational

from dynamics import DeepLinearMap, GradientMap, TorchMap, basin_fractions, basin_grid
from dynamics.basins import _starts as starts
from dynamics.basins._classes import assign
from dynamics.orbits.outcomes import Outcome, OutcomeKind
from tests.dynamics.known_maps import F2, x, y

ROOT = Path(__file__).parents[3]
STEP = Rational(3, 10)  # between the thresholds of f2: some starts converge, others stay in a band or run away
SMALL = {"max_steps": 300, "max_period": 4}
AXIS = np.linspace(-2.5, 2.5, 13)
F2_GRID = partial(basin_grid, GradientMap(F2, x, STEP), [np.linspace(0.5, 2.3, 90)], **SMALL)
NET = DeepLinearMap(torch.ones(1, 1, dtype=torch.float64), [1, 1, 1], 1.1)


@pytest.fixture(autouse=True)
def blocks_of_forty(monkeypatch):
    monkeypatch.setattr(starts, "BLOCK", 40)


CALLS = {
    "line": F2_GRID,
    "plane of two 2-cycles": partial(basin_grid, GradientMap((x * y - 1) ** 2 / 2, (x, y), 1.1), [AXIS, AXIS], **SMALL),
    "plane of neutral minima": partial(basin_grid, GradientMap((x * y - 1) ** 2 / 2, (x, y), 0.4), [AXIS, AXIS], **SMALL),
    "network": partial(basin_grid, NET, [AXIS, 0.5], **SMALL),
    "fractions of a torch loss": partial(
        basin_fractions,
        TorchMap(lambda w: (w[0] * w[1] - 1) ** 2 / 2, torch.zeros(2, dtype=torch.float64), 1.3),
        50,
        box=(-2, 2),
        seed=(0, 1),
        **SMALL,
    ),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_folder_changes_nothing(call, tmp_path):
    plain, kept, again = call(), call(folder=tmp_path), call(folder=tmp_path)
    assert plain.to_json() == kept.to_json() == again.to_json()  # floats to the last digit, in JSON and back
    assert len(list(tmp_path.iterdir())) == math.ceil(plain.labels.size / 40)


def test_blocks_are_no_seams(monkeypatch):
    many = F2_GRID()
    monkeypatch.setattr(starts, "BLOCK", 1000)
    assert F2_GRID().to_json() == many.to_json() and {k.kind for k in many.classes} >= {"converged", "bounded", "diverged"}


def test_an_interrupted_grid_goes_on(tmp_path, monkeypatch):
    honest, calls = starts.classify, []

    def stop_at_the_second(*arguments, **budget):
        calls.append(len(arguments[1]))
        if len(calls) == 2:
            raise KeyboardInterrupt
        return honest(*arguments, **budget)

    monkeypatch.setattr(starts, "classify", stop_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        F2_GRID(folder=tmp_path)
    assert len(list(tmp_path.iterdir())) == 1
    found = F2_GRID(folder=tmp_path)
    assert calls == [40, 40, 40, 10]  # the first was kept, the second is done again
    monkeypatch.setattr(starts, "classify", honest)
    assert found.to_json() == F2_GRID().to_json()


def test_processes_find_the_same(tmp_path):
    assert F2_GRID(folder=tmp_path, jobs=2).to_json() == F2_GRID().to_json()


NAMES = """
import torch
from dynamics import DeepLinearMap, TorchMap
from dynamics.basins._starts import _identity
data = torch.linspace(0, 1, 5, dtype=torch.float64)
print(_identity(TorchMap(lambda w: (w * data).sum() ** 2, torch.zeros(5, dtype=torch.float64), 0.3)))
print(_identity(DeepLinearMap(torch.ones(2, 2, dtype=torch.float64), [2, 2, 2], 0.1)))
"""


def test_another_process_finds_the_files_again():
    """Python hashes strings, and torch numbers its storages, in another way in each process."""
    first, second = (
        subprocess.run([sys.executable, "-c", NAMES], env=os.environ | {"PYTHONHASHSEED": seed}, check=True, capture_output=True, cwd=ROOT)
        for seed in "12"
    )
    assert first.stdout == second.stdout and first.stdout.startswith(b"TorchMap ")


def shifted(shift):
    return TorchMap(lambda w: ((w - shift) ** 2).sum() / 2, torch.zeros(1, dtype=torch.float64), 0.5)


OTHERS = {
    "step": lambda folder: basin_grid(GradientMap(F2, x, Rational(1, 10)), [AXIS], **SMALL, folder=folder),
    "loss": lambda folder: basin_grid(GradientMap(F2 / 2, x, STEP), [AXIS], **SMALL, folder=folder),
    "budget": lambda folder: basin_grid(GradientMap(F2, x, STEP), [AXIS], max_steps=400, max_period=4, folder=folder),
    "network": lambda folder: basin_grid(NET, [AXIS, 0.5], **SMALL, folder=folder),
    "other target": lambda folder: basin_grid(DeepLinearMap(NET.target / 2, [1, 1, 1], 1.1), [AXIS, 0.5], **SMALL, folder=folder),
    "torch loss": lambda folder: basin_grid(shifted(1.0), [AXIS], **SMALL, folder=folder),
    "torch loss of another constant": lambda folder: basin_grid(shifted(1.5), [AXIS], **SMALL, folder=folder),
}


def test_no_two_maps_share_a_file(tmp_path):
    for count, call in enumerate(OTHERS.values(), start=1):
        assert call(tmp_path).to_json() == call(None).to_json()
        assert len(list(tmp_path.iterdir())) == count


def test_what_is_kept_of_an_outcome_is_what_classes_need():
    outcomes = [
        Outcome(OutcomeKind.CYCLE, "a test", period=2, multiplier=0.1 + 0.2, points=np.array([[1 / 3], [-2.0]])),
        Outcome(OutcomeKind.BOUNDED, "a test", points=np.array([[0.0], [1.0], [0.5]])),
        Outcome(OutcomeKind.CONVERGED, "a test", period=1, multiplier=1.0, points=np.array([[0.25]])),
        Outcome(OutcomeKind.CONVERGED, "a test", period=1, points=np.array([[0.25]])),
        Outcome(OutcomeKind.DIVERGED, "a test"),
        Outcome(OutcomeKind.UNDECIDED, "a test", points=np.array([[0.5]])),
    ]
    kept = [starts._outcome(*starts._described(outcome)) for outcome in outcomes]
    assert len(starts._described(outcomes[1])[-1]) == 2  # the corners of the box, not the whole orbit
    (classes, labels), (same_classes, same_labels) = assign(outcomes), assign(kept)
    assert labels.tolist() == same_labels.tolist() and [k.name for k in classes] == [k.name for k in same_classes]
    assert all(np.array_equal(one.points, two.points) for one, two in zip(classes, same_classes, strict=True))


BAD = {
    "processes without a folder": (lambda path: F2_GRID(jobs=2), ValueError, "jobs = 2 without a folder"),
    "no processes": (lambda path: F2_GRID(folder=path, jobs=0), ValueError, "jobs = 0: expected a number of processes"),
    "folder is a file": (lambda path: F2_GRID(folder=__file__), ValueError, "is a file"),
    "budget": (
        lambda path: basin_grid(GradientMap(F2, x, STEP), [AXIS], max_steps=5, folder=path),
        ValueError,
        "expected max_period >= 1 and max_steps",
    ),
    "family": (lambda path: basin_grid(GradientMap(F2, x, AXIS + 3), [AXIS], folder=path), ValueError, "give a single number"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_clear_line(case, tmp_path):
    call, error, words = BAD[case]
    with pytest.raises(error) as caught:
        call(tmp_path)
    assert words in str(caught.value) and "\n" not in str(caught.value) and not any(tmp_path.iterdir())
