"""The set-up of Yedida & Saha, section 7.1: scaled features, the norm of the final weights against their formula, Covertype's columns.

    python -m dynamics.experiments.lipschitz_set_up --output theory/results/lipschitz_set_up.json

Gradient descent with the step 0.1 on a least-squares loss of scaled features takes up to 489,592 epochs; after k of them the weights are
known in the basis of the singular vectors of X, so no epoch is run: w_i(k) = (1 - a l_i)^k w_i(0) + (1 - (1 - a l_i)^k)/l_i c_i.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from dynamics._results import environment
from dynamics.data import tabular
from dynamics.experiments._command import carry_out, command_line, finish, parser_of
from dynamics.experiments.lipschitz_readings import BIASES, radius
from dynamics.orbits.threshold_epochs import Floats
from theory.lipschitz.printed_constants import weight_radius

STEP = 0.1
# Table 1: the threshold of the loss, and the epochs with the step 0.1
PRINTED = {"boston": (200.0, 46_041), "california": (2.8051, 24_582), "energy": (100.0, 489_592)}
CURVED = ("boston", "california", "energy", "news")
TERRAIN = 10  # columns of Covertype that are no indicators: the first
FURTHEST = 2**40  # epochs


def sums_to_one(X: Floats) -> Floats:
    """Return the columns, each divided by its sum.

    Raises:
        ValueError: A column sums to 0.
    """
    sums = X.sum(axis=0)
    if not sums.all():
        raise ValueError(f"column {int(np.flatnonzero(sums == 0)[0])} sums to 0: no multiple of it sums to 1")
    return X / sums


class Descent:
    """Least squares under gradient descent with a constant step, epoch by epoch in closed form."""

    def __init__(self, X: Floats, y: Floats, step: float) -> None:
        self.m, self.step = len(y), step
        _, values, self.basis = np.linalg.svd(X, full_matrices=False)
        self.rates, self.pull = values**2 / self.m, self.basis @ (X.T @ y) / self.m
        self.rest = float(y @ y) / (2 * self.m)
        if step * self.rates[0] >= 1:
            raise ValueError(f"step = {step}: expected below {1 / self.rates[0]}")

    def weights(self, start: Floats, epochs: int) -> Floats:
        """After so many epochs."""
        own = self.basis @ start
        power = epochs * np.log1p(-self.step * self.rates)
        grown = np.where(self.rates > 0, -np.expm1(power) / np.where(self.rates > 0, self.rates, 1.0), self.step * epochs)
        return start + self.basis.T @ (np.expm1(power) * own + grown * self.pull)

    def loss(self, start: Floats, epochs: int) -> float:
        """|X w - y|^2/(2 m)."""
        own = self.basis @ self.weights(start, epochs)
        return float(self.rates @ own**2 / 2 - self.pull @ own) + self.rest

    def first_below(self, start: Floats, threshold: float) -> int | None:
        """The first epoch with a loss below the threshold; it falls in every epoch. ``None``: not within 2^40."""
        high = 1
        while not self.loss(start, high) < threshold:
            high *= 2
            if high > FURTHEST:
                return None
        low = -1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.loss(start, middle) < threshold else (middle, high)
        return high


def weights_of(name: str, bias: str, starts: Sequence[Floats], rows: int | None = None) -> list[dict[str, Any]]:
    """Return the norms of the final weights for both endings, beside the formula's.

    A column of ones is there (`BIASES`) or not; if it is ``scaled`` with the features, the formula's raw ones are the features alone, which
    is the reading that gives the 1/L of Table 1.
    """
    found = tabular(name, scaling="raw", rows=rows)
    raw, y = found.inputs, found.targets[:, 0]
    scaled, ones = sums_to_one(raw), np.ones((len(y), 1))
    X = scaled if bias == "none" else np.hstack([scaled, ones / len(y) if bias == "scaled" else ones])
    before = np.hstack([raw, ones]) if bias == "added" else raw
    threshold, printed = PRINTED[name]
    descent, own = Descent(X, y, STEP), [start[: X.shape[1]] for start in starts]
    ends: dict[str, list[int | None]] = {
        "threshold": [descent.first_below(start, threshold) for start in own],
        "printed epochs": [printed] * len(own),
    }
    answers = []
    for ended, epochs in ends.items():
        final = [descent.weights(start, FURTHEST if e is None else e) for start, e in zip(own, epochs, strict=True)]
        answers.append(
            {
                "data": name,
                "target": found.target_names[0],
                "bias": bias,
                "ended": ended,
                "epochs": epochs,
                "losses": [descent.loss(start, FURTHEST if e is None else e) for start, e in zip(own, epochs, strict=True)],
                "norms": [float(np.linalg.norm(w)) for w in final],
                "K_raw": weight_radius(before),
                "K_raw, |x|": radius(before, X, "raw, |x|"),
                "K_scaled": weight_radius(X),
            }
        )
    return answers


def curvature_of(name: str, rows: int | None = None) -> float:
    """Return the largest curvature of the least-squares loss of the scaled features."""
    X = tabular(name, scaling="raw", rows=rows).inputs
    with_sum = X[:, X.sum(axis=0) != 0]
    return float(np.linalg.norm(sums_to_one(with_sum), 2) ** 2 / len(X))


def covertype(rows: int | None = None) -> dict[str, Any]:
    """Return m |X|^2 of the rows of the first two classes, features scaled, for the ten columns of terrain and for all."""
    found = tabular("covtype20k", scaling="raw", rows=rows)
    X = found.inputs[found.targets < 2]
    used = X[:, X.sum(axis=0) != 0]
    return {
        "rows": len(found.inputs),
        "rows_of_two_classes": len(X),
        "columns_that_are_0": int(X.shape[1] - used.shape[1]),
        "ten": float(len(X) * np.linalg.norm(sums_to_one(X[:, :TERRAIN])) ** 2),
        "all": float(len(X) * np.linalg.norm(sums_to_one(used)) ** 2),
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns 0, or 2 if the data are missing."""
    parser = parser_of("lipschitz_set_up", __doc__)
    parser.add_argument("--seed", type=int, default=0, help="of the random starts (default 0)")
    parser.add_argument("--starts", type=int, default=10, help="how many random starts (default 10)")
    parser.add_argument("--rows", type=int, help="only the first so many rows of each table")
    return carry_out(parser, parser.parse_args(argv), _experiment)


def _experiment(args: argparse.Namespace) -> None:
    rng = np.random.default_rng(args.seed)
    starts = [rng.normal(size=16) for _ in range(args.starts)]
    words = ["--seed", args.seed, "--starts", args.starts, *(["--rows", args.rows] if args.rows else [])]
    report: dict[str, Any] = {
        "experiment": "Yedida & Saha, section 7.1: scaled features, the norm of the weights, Covertype",
        "command": command_line("lipschitz_set_up", [*words, "--output", "lipschitz_set_up.json"]),
        "seed": args.seed,
        "step": STEP,
        "starts": "standard normal",
        "weights": [row for name in PRINTED for bias in BIASES for row in weights_of(name, bias, starts, args.rows)],
        "curvatures": {name: curvature_of(name, args.rows) for name in CURVED},
        "covertype": covertype(args.rows),
        "environment": environment(["numpy", "scikit-learn"]),
    }
    finish(args.output, report)
    for row in report["weights"]:
        print(f"{row['data']:10s} bias {row['bias']:6s} {row['ended']:15s} |w| {np.median(row['norms']):12.4g}  K {row['K_scaled']:.4g}")


if __name__ == "__main__":
    sys.exit(main())
