"""The summary of the published histories, on small made-up ones."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from dynamics.experiments.lipschitz_histories import COLUMNS, FILE, FIXED, TABLE, first_above, main, rank_correlation, report, summary


def history(*accuracies: float, **more: list[float]) -> dict[str, list[float]]:
    rising = [0.1 * epoch for epoch in range(len(accuracies))]
    return {"val_acc": list(accuracies), "acc": rising, "loss": [2.0 - value for value in rising], **more}


def histories() -> dict[str, dict[str, list[float]]]:
    found = {f"{row[0]}/{run}": history(0.5, 0.89, 0.92, 0.7) for row in TABLE for run in row[6]}
    found["CIFAR10/SGD/ResNet20/Adaptive/wd1e3-adaptive/hist.pkl"] = history(0.3, 0.93, 0.94, 0.9)
    return found | {"extra": history(0.4)}


def test_a_summary() -> None:
    found = summary(history(0.5, 0.91, 0.95, 0.7, lr=[9.0, 3.0, 2.0, 1.0]))
    assert found["val_acc"] == {"last": 0.7, "best": 0.95, "best_epoch": 3, "last_ten": pytest.approx(0.765)}
    assert found["acc"]["in_best_epoch"] == 0.2
    assert (found["epochs"], found["above_90"], found["loss"]["first"]) == (4, 2, 2.0)
    assert found["lr"] == {
        "first": [9.0, 3.0, 2.0],
        **{"last": 1.0, "least_after_first": 1.0, "largest_after_first": 3.0, "rank_correlation": pytest.approx(-1.0)},
    }


def test_only_the_last_ten_epochs_count() -> None:
    assert summary(history(*([0.0] * 5 + [0.5] * 10)))["val_acc"]["last_ten"] == 0.5


def test_first_above() -> None:
    assert first_above([0.9, 0.91], 0.9) == 2
    assert first_above([0.9], 0.9) is None


def test_rank_correlation() -> None:
    assert rank_correlation([1, 10, 100]) == pytest.approx(1)
    assert rank_correlation([1, 1, 1]) == rank_correlation([5]) == 0
    values = np.random.default_rng(0).integers(0, 4, 20)
    ranks = [np.mean([place for place, value in enumerate(sorted(values)) if value == own]) for own in values]
    assert rank_correlation(values.tolist()) == pytest.approx(np.corrcoef(ranks, np.arange(20))[0, 1])


@pytest.mark.parametrize(
    "broken", [{"acc": [1.0]}, history(), {**history(0.5), "lr": [1.0, 2.0]}, {**history(0.5), "val_acc": [float("nan")]}]
)
def test_a_broken_history_is_refused(broken: dict[str, list[float]]) -> None:
    with pytest.raises(ValueError, match="series of lengths|NaN"):
        summary(broken)


@pytest.mark.claim("yedida-saha:table-3")
def test_the_report() -> None:
    found = report(histories(), "digest")
    assert len(found["table"]) == 37
    assert set(COLUMNS) < set(found["table"][0])
    assert found["runs_of_no_row"] == ["extra"]
    assert found["adaptive_exceeds_fixed_in_epoch"] == 2
    assert [len(row["runs"]) for row in found["table"]].count(0) == 7


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("STEPVERDICT_DATA", str(tmp_path))
    output = tmp_path / "found.json"
    with pytest.raises(SystemExit):
        main(["--output", str(output)])
    assert FILE in capsys.readouterr().err
    (tmp_path / FILE).write_text(json.dumps(histories()))
    assert main(["--output", str(output)]) == 0
    assert json.loads(output.read_text())["runs"][FIXED]["epochs"] == 4
    assert "best  92.00" in capsys.readouterr().out


@pytest.mark.parametrize("content", ["[]", "{}", '{"a": 1}', "no json"])
def test_another_file_is_refused(content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("STEPVERDICT_DATA", str(tmp_path))
    (tmp_path / FILE).write_text(content)
    with pytest.raises(SystemExit):
        main(["--output", str(tmp_path / "found.json")])
    assert "error: " in capsys.readouterr().err
