"""What an interrupted ensemble keeps: it goes on and ends with the same bits."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest
import torch

from dynamics import DeepLinearMap, deep_relu, train_ensemble
from dynamics.ensembles import _runs, training
from tests.dynamics.ensembles.small_ensembles import F64, of, same, tensor

KILLED = """
import os, signal, sys
from dynamics.ensembles import _runs, training
from tests.dynamics.ensembles.test_resumed_ensembles import resumable
_runs.SAVE_EVERY, training.BATCH, saves = 0.0, 1, 0
keep = _runs.TrainingBatch._save
def save(self, file):
    global saves
    keep(self, file)
    saves += 1
    if saves == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
_runs.TrainingBatch._save = save
resumable(sys.argv[1], sys.argv[2])
"""


def resumable(kind, folder=None):
    if kind == "full batch":
        net = DeepLinearMap(torch.eye(3, dtype=F64) * 2, [3] * 4, tensor(0.01, 0.05, 0.5))
        return train_ensemble(net, range(5), initialisation="orthogonal", max_steps=1000, folder=folder)
    return train_ensemble(of(deep_relu([3, 5, 2]), 0.02, 5.0), range(5), batch_size=5, max_steps=500, folder=folder)


@pytest.mark.parametrize(("kind", "saves"), [("full batch", 4), ("full batch", 30), ("mini-batches", 10)])
def test_a_killed_run_goes_on_and_ends_with_the_same_bits(kind, saves, tmp_path, monkeypatch):
    call = [sys.executable, "-c", KILLED, kind, str(tmp_path), str(saves)]
    killed = subprocess.run(call, env=os.environ | {"PYTHONPATH": os.getcwd()}, capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    kept = {file: dict(np.load(file)) for file in tmp_path.glob("*.npz")}
    assert kept and any(len(state["rows"]) for state in kept.values()), "nothing was interrupted"
    monkeypatch.setattr(training, "BATCH", 1)
    looks = []
    step = _runs.OrbitEngine._look
    monkeypatch.setattr(_runs.OrbitEngine, "_look", lambda engine: (step(engine), looks.append(engine.k)))
    resumed = resumable(kind, tmp_path)
    went_on, looks[:] = len(looks), []
    assert same(resumed, resumable(kind)) and went_on < len(looks)
    looks.clear()
    assert same(resumable(kind, tmp_path), resumed) and not looks  # all of it is in the folder


def test_a_folder_keeps_one_ensemble(tmp_path):
    net = DeepLinearMap(tensor([1.0]), [1, 1], tensor(0.1))
    train_ensemble(net, [0, 1], max_steps=100, folder=tmp_path / "new")
    other = DeepLinearMap(tensor([1.5]), [1, 1], tensor(0.1))
    for change in (
        lambda: train_ensemble(net, [0, 2], max_steps=100, folder=tmp_path / "new"),
        lambda: train_ensemble(other, [0, 1], max_steps=100, folder=tmp_path / "new"),
    ):
        with pytest.raises(ValueError, match="keeps another ensemble"):
            change()
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match="is a file"):
        train_ensemble(net, [0], max_steps=100, folder=tmp_path / "file")
