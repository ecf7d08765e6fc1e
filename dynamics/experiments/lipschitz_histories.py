"""What the published training histories of Yedida & Saha hold, beside the accuracies of their Table 3.

    python -m dynamics.experiments.lipschitz_histories --output theory/results/lipschitz_histories.json

The histories themselves, `yedida_histories.json` in the data folder (see `dynamics.data`), are not part of this project.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dynamics.data import DataMissing, data_folder
from dynamics.experiments._command import carry_out, finish, parser_of

FILE = "yedida_histories.json"
ACCURACIES = ("acc", "val_acc")
NEEDED = (*ACCURACIES, "loss")
ADAPTIVE, FIXED = "CIFAR10/SGD/ResNet20/Adaptive/wd1e3-adaptive/hist.pkl", "CIFAR10/SGD/ResNet20/Adaptive/wd1e3-fixed/history.pkl"

# Table 3: data, network, algorithm, policy, weight decay, accuracy in percent, and the runs whose folders say the same
C10, C100 = "CIFAR10", "CIFAR100"
TABLE: tuple[tuple[str, str, str, str, float, float, tuple[str, ...]], ...] = (
    ("MNIST", "Custom", "SGD", "Adaptive", 0.0, 99.5, ()),
    ("MNIST", "Custom", "Momentum", "Adaptive", 0.0, 99.57, ()),
    ("MNIST", "Custom", "Adam", "Adaptive", 0.0, 99.43, ()),
    (C10, "ResNet20", "SGD", "Baseline", 1e-3, 60.33, ("SGD/ResNet20/Baseline/history.pkl",)),
    (C10, "ResNet20", "SGD", "Fixed", 1e-3, 87.02, ("SGD/ResNet20/Adaptive/wd1e3-fixed/history.pkl",)),
    (C10, "ResNet20", "SGD", "Adaptive", 1e-3, 89.37, ("SGD/ResNet20/Adaptive/wd1e3-adaptive/hist.pkl",)),
    (C10, "ResNet20", "Momentum", "Baseline", 1e-3, 58.29, ("Momentum/ResNet/Baseline/history.pkl",)),
    (C10, "ResNet20", "Momentum", "Adaptive", 1e-2, 84.71, ("Momentum/ResNet/Adaptive/1e-2/history.pkl",)),
    (C10, "ResNet20", "Momentum", "Adaptive", 1e-3, 89.27, ("Momentum/ResNet/Adaptive/1e-3/history.pkl",)),
    (C10, "ResNet20", "RMSprop", "Baseline", 1e-3, 84.92, ("RMSprop/ResNet/Baseline/history.pkl",)),
    (C10, "ResNet20", "RMSprop", "Adaptive", 1e-3, 86.66, ("RMSprop/ResNet/Adaptive/history.pkl",)),
    (C10, "ResNet20", "Adam", "Baseline", 1e-3, 84.67, ("Adam/adam-resnet-1e3/Baseline/history.pkl",)),
    (C10, "ResNet20", "Adam", "Fixed", 1e-4, 70.57, ("Adam/adam-resnet-1e3/Adaptive/history-fixed.pkl",)),
    (C10, "DenseNet", "SGD", "Baseline", 1e-4, 84.84, ("SGD/DenseNet/Baseline/history.pkl",)),
    (C10, "DenseNet", "SGD", "Adaptive", 1e-4, 91.34, ("SGD/DenseNet/Adaptive/history.pkl",)),
    (C10, "DenseNet", "Momentum", "Baseline", 1e-4, 85.50, ("Momentum/DenseNet/Baseline/history.pkl",)),
    (C10, "DenseNet", "Momentum", "Adaptive", 1e-4, 92.36, ("Momentum/DenseNet/Adaptive/history.pkl",)),
    (C10, "DenseNet", "RMSprop", "Baseline", 1e-4, 91.36, ()),
    (C10, "DenseNet", "RMSprop", "Adaptive", 1e-4, 90.14, ()),
    (C10, "DenseNet", "Adam", "Baseline", 1e-4, 91.38, ()),
    (
        C10,
        "DenseNet",
        "Adam",
        "Adaptive",
        1e-4,
        88.23,
        ("Adam/densenet-1e4/Adaptive/history.pkl", "Adam/densenet-1e4/Adaptive/hist-sq.pkl"),
    ),
    (C100, "ResNet56", "SGD", "Adaptive", 1e-3, 54.29, ("SGD/ResNet56v2/history-3e3.pkl",)),
    (C100, "ResNet164", "SGD", "Baseline", 1e-4, 26.96, ("SGD/ResNet162v2/Baseline/history.pkl",)),
    (C100, "ResNet164", "SGD", "Adaptive", 1e-4, 75.99, ("SGD/ResNet162v2/Adaptive/history.pkl",)),
    (C100, "ResNet164", "Momentum", "Baseline", 1e-4, 27.51, ("Momentum/ResNet164/Baseline/history.pkl",)),
    (C100, "ResNet164", "Momentum", "Adaptive", 1e-4, 75.39, ("Momentum/ResNet164/Adaptive/history.pkl",)),
    (C100, "ResNet164", "RMSprop", "Baseline", 1e-4, 70.68, ("RMSprop/ResNet/Baseline/history.pkl",)),
    (C100, "ResNet164", "RMSprop", "Adaptive", 1e-4, 70.78, ("RMSprop/ResNet/Adaptive/history.pkl",)),
    (C100, "ResNet164", "Adam", "Baseline", 1e-4, 71.96, ("Adam/ResNet164/Baseline/history.pkl",)),
    (C100, "DenseNet", "SGD", "Baseline", 1e-4, 50.53, ("SGD/DenseNet/Baseline/history.pkl",)),
    (
        *(C100, "DenseNet", "SGD", "Adaptive", 1e-4, 68.18),
        ("SGD/DenseNet/Adaptive/Nonconstrained/history.pkl", "SGD/DenseNet/Adaptive/Constrained Filters/history.pkl"),
    ),
    (C100, "DenseNet", "Momentum", "Baseline", 1e-4, 52.28, ("Momentum/DenseNet/Baseline/history.pkl",)),
    (C100, "DenseNet", "Momentum", "Adaptive", 1e-4, 69.18, ("Momentum/DenseNet/Adaptive/history.pkl",)),
    (C100, "DenseNet", "RMSprop", "Baseline", 1e-4, 65.41, ("RMSprop/DenseNet/Baseline/history.pkl",)),
    (C100, "DenseNet", "RMSprop", "Adaptive", 1e-4, 67.30, ("RMSprop/DenseNet/Adaptive/history.pkl",)),
    (C100, "DenseNet", "Adam", "Baseline", 1e-4, 66.05, ("Adam/DenseNet/Baseline/history.pkl",)),
    (C100, "DenseNet", "Adam", "Adaptive", 1e-4, 40.14, ()),  # with all filters; the runs are those with few
)
COLUMNS = ("data", "network", "algorithm", "policy", "weight_decay", "printed")

Histories = Mapping[str, Mapping[str, Sequence[float]]]


def summary(history: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Return the epochs, the last, the best and the last ten accuracies, the first and the last loss, and what the step sizes did.

    Args:
        history: Series of one value an epoch: ``acc`` and ``val_acc``, parts of 1; ``loss``; ``lr`` where there is one.

    Raises:
        ValueError: A series is missing, of another length, or holds NaN or infinity.
    """
    lengths = {name: len(values) for name, values in history.items()}
    if not set(NEEDED) <= set(lengths) or len(set(lengths.values())) != 1 or 0 in lengths.values():
        raise ValueError(f"series of lengths {lengths}: expected acc, val_acc and loss, and one value an epoch in each")
    if not all(math.isfinite(v) for name in (*NEEDED, "lr") for v in history.get(name, ())):
        raise ValueError("an accuracy, a loss or a step size is NaN or infinite")
    found: dict[str, Any] = {"epochs": lengths["acc"], "series": sorted(history)}
    for name in ACCURACIES:
        values = history[name]
        best = max(values)
        found[name] = {
            "last": values[-1],
            "best": best,
            "best_epoch": list(values).index(best) + 1,
            "last_ten": float(np.mean(values[-10:])),
        }
    found["acc"]["in_best_epoch"] = history["acc"][found["val_acc"]["best_epoch"] - 1]
    found["loss"] = {"first": history["loss"][0], "last": history["loss"][-1]}
    found["above_90"] = first_above(history["val_acc"], 0.9)
    if "lr" in history:
        found["lr"] = _rates(history["lr"])
    return found


def first_above(values: Sequence[float], threshold: float) -> int | None:
    """Return the first epoch, counted from 1, whose value exceeds the threshold; ``None`` if none does."""
    return next((epoch for epoch, value in enumerate(values, 1) if value > threshold), None)


def _rates(rates: Sequence[float]) -> dict[str, Any]:
    """The rank correlation (Spearman) is that of the step size with the epoch, from the second epoch on."""
    later = rates[1:] or rates
    return {
        "first": list(rates[:3]),
        "last": rates[-1],
        "least_after_first": min(later),
        "largest_after_first": max(later),
        "rank_correlation": rank_correlation(later),
    }


def rank_correlation(values: Sequence[float]) -> float:
    """Return Spearman's correlation of the values with their places; equal values share their mean rank; 0 if all are equal."""
    array = np.asarray(values, dtype=np.float64)
    ranks = np.array([(array < v).sum() + ((array == v).sum() - 1) / 2 for v in array])
    centred, places = ranks - ranks.mean(), np.arange(len(array)) - (len(array) - 1) / 2
    spread = math.sqrt(float((centred**2).sum() * (places**2).sum()))
    return float((centred * places).sum()) / spread if spread > 0 else 0.0


def read(path: Path) -> tuple[Histories, str]:
    """Return the histories and their file's SHA-256.

    Raises:
        DataMissing: There is no such file.
        ValueError: It holds something else.
    """
    if not path.is_file():
        raise DataMissing(f"there is no {path}: it holds the histories, path of the run -> name of the series -> list, as JSON")
    content = path.read_bytes()
    try:
        histories = json.loads(content)
    except ValueError as error:
        raise ValueError(f"{path} is no JSON: {error}") from error
    if not isinstance(histories, dict) or not all(isinstance(history, dict) for history in histories.values()):
        raise ValueError(f"{path} holds no histories: expected path of the run -> name of the series -> list")
    return histories, hashlib.sha256(content).hexdigest()


def report(histories: Histories, digest: str) -> dict[str, Any]:
    """Sum up every run, and put the rows of Table 3 beside them.

    Raises:
        ValueError: A run that a row names is missing, or a history is broken.
    """
    rows: list[dict[str, Any]] = [
        {**dict(zip(COLUMNS, row[:6], strict=True)), "runs": [f"{row[0]}/{run}" for run in row[6]]} for row in TABLE
    ]
    named = {run for row in rows for run in row["runs"]}
    if missing := sorted(named - set(histories)):
        raise ValueError(f"the histories lack {missing[0]} and {len(missing) - 1} more of the runs of Table 3")
    best = max(histories[FIXED]["val_acc"])
    return {
        "experiment": "Yedida & Saha, sections 7.3 and 7.4: the published histories",
        "command": "python -m dynamics.experiments.lipschitz_histories --output lipschitz_histories.json",
        "data": {"file": FILE, "sha256": digest},
        "runs": {name: summary(histories[name]) for name in sorted(histories)},
        "table": rows,
        "runs_of_no_row": sorted(set(histories) - named),
        "adaptive_exceeds_fixed_in_epoch": first_above(histories[ADAPTIVE]["val_acc"], best),
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns 0, or 2 if the histories are missing or broken."""
    parser = parser_of("lipschitz_histories", __doc__)
    args = parser.parse_args(argv)
    return carry_out(parser, args, _experiment)


def _experiment(args: argparse.Namespace) -> None:
    found = report(*read(data_folder() / FILE))
    finish(args.output, found, text=lambda report: json.dumps(report, indent=1, allow_nan=False) + "\n")
    for row in found["table"]:
        for run in row["runs"]:
            own = found["runs"][run]["val_acc"]
            last, best = 100 * own["last"], 100 * own["best"]
            print(f"{row['printed']:6.2f} %  last {last:6.2f}  best {best:6.2f} (epoch {own['best_epoch']:3d})  {run}")


if __name__ == "__main__":
    sys.exit(main())
