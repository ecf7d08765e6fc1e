"""The experiment of section 3.3, small: what it writes, that it resumes, what it refuses; and the committed result."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from dynamics.experiments import linear_range_objective as experiment
from dynamics.experiments.linear_range_runs import Problem, Training

STORED = Path(__file__).parents[3] / "theory" / "results" / "linear_range_objective.json"
SMALL = ["--samples", "200", "100", "--runs", "2", "--epochs", "2", "1"]


def run(path, *arguments):
    return experiment.main([*arguments, "--output", str(path)])


@pytest.mark.claim("ni-talnikar:text-objective-not-robust", "ni-talnikar:text-objective-layer")
def test_a_small_run_resumes_and_writes_what_the_docstring_lists(tmp_path, monkeypatch, capsys):
    honest, seen = Training.epoch, []

    def stop_at_the_second(training):
        seen.append((training.problem.widths[0], training.batch))
        if len(seen) == 2:
            raise KeyboardInterrupt
        honest(training)

    monkeypatch.setattr(Training, "epoch", stop_at_the_second)
    assert run(tmp_path / "out.json", *SMALL) == 130
    assert "the same command continues" in capsys.readouterr().err
    assert run(tmp_path / "out.json", *SMALL) == 0
    assert seen == [(50, 10), (50, 10), (50, 10), (50, 100), (50, 100), (784, 10), (784, 100)]
    report = json.loads((tmp_path / "out.json").read_text())
    assert [p.name for p in tmp_path.iterdir()] == ["out.json"]
    assert report["settings"]["epochs"] == {"teacher": 2, "mnist": 1} and report["settings"]["samples"] == {"teacher": 200, "mnist": 100}
    for problem, epochs in report["settings"]["epochs"].items():
        assert len(report["constant"][problem]) == 2
        for batch in ("10", "100"):
            found = report["histories"][problem][batch]
            assert list(found) == [setting.name for setting in experiment.SETTINGS]
            for history in found.values():
                assert np.array(history["distance"]).shape == (2, epochs + 1) and len(history["step_size"]) == epochs
    # what is measured makes a difference: the first inferred step of each
    first = {name: history["step_size"][0] for name, history in report["histories"]["teacher"]["10"].items() if " 1" in name}
    assert len({tuple(steps) for steps in first.values()}) >= 3


def test_a_constant_output_by_hand():
    """The mean of the targets (0, 0) and (2, 0) is (1, 0); from (1, 1) and (4, 4) it is 1 and 5 away, over sqrt(2)."""
    seen, tested = torch.tensor([[0.0, 0.0], [2.0, 0.0]]), torch.tensor([[1.0, 1.0], [4.0, 4.0]])
    problem = Problem((1, 2), [(torch.zeros(2, 1), seen)], [(torch.zeros(2, 1), tested)])
    assert experiment.constant_distance(problem) == [round(3 / 2**0.5, 5)]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--epochs", "1", "0"], r"--epochs \[1, 0\] .* expected epochs and runs >= 1"),
        (["--runs", "0"], "--runs 0 "),
        (["--samples", "99", "100"], "samples >= 100, a full minibatch"),
        (["--seed", "-1"], "seed >= 0"),
    ],
)
def test_bad_usage_is_one_line(tmp_path, capsys, arguments, words):
    with pytest.raises(SystemExit) as stop:
        run(tmp_path / "out.json", *arguments)
    assert stop.value.code == 2 and re.search(words, capsys.readouterr().err)
    with pytest.raises(SystemExit):
        run(tmp_path / "no" / "out.json", *SMALL)
    assert not [*tmp_path.iterdir()]


@pytest.mark.claim("ni-talnikar:text-objective-not-robust", "ni-talnikar:text-objective-layer")
def test_the_stored_runs_are_of_the_papers_size_and_share_their_start():
    report = json.loads(STORED.read_text())
    assert report["settings"]["widths"] == {"teacher": [50] * 4, "mnist": [784, 30, 10]} and STORED.stat().st_size < 300_000
    assert report["settings"]["samples"] == experiment.PROBLEMS and report["environment"]["dtype"] == "float64"
    for problem, batches in report["histories"].items():
        assert [*batches] == [str(batch) for batch in experiment.BATCHES]
        for settings in batches.values():
            assert [*settings] == [setting.name for setting in experiment.SETTINGS]
            starts = {tuple(run[0] for run in history["distance"]) for history in settings.values()}
            assert len(starts) == 1
            assert {len(run) for h in settings.values() for run in h["distance"]} == {report["settings"]["epochs"][problem] + 1}


@pytest.mark.claim("ni-talnikar:figure-1-right")
def test_the_same_runs_as_those_of_section_41():
    """The measurement (13) on teacher data: runs 0 to 2 of the experiment of section 4.1, whose seeds are the same."""
    own = json.loads(STORED.read_text())["histories"]["teacher"]
    other = json.loads((STORED.parent / "linear_range_teacher.json").read_text())["histories"]
    for batch in ("10", "100"):
        for value in ("0.1", "0.3"):
            runs, expected = own[batch][f"linGrad {value}"]["distance"], other[batch][f"linGrad {value}"]["distance"]
            assert np.allclose([run[:4] for run in runs], [run[:4] for run in expected[: len(runs)]], rtol=1e-3)
