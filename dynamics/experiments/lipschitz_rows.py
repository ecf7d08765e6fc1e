"""The rows of Tables 1 and 2 of Yedida & Saha: what is printed, on which data, and our own number for every cell under a reading."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from dynamics.data import tabular
from dynamics.experiments.lipschitz_readings import (
    BIASES,
    NORMS,
    RADII,
    SIZES,
    Floats,
    Reading,
    classifier_constant,
    design,
    drawn_rows,
    least_squares_constant,
    radius,
)
from dynamics.networks.linear_models import LeastSquares, Logistic, Model, Softmax, closed_form, descend, first_below
from theory import lipschitz as exact

DRAWS = 39  # the paper's own draw, if it is like these, lies outside of their span with a probability of 2/40
LAWS = ("normal", "uniform")  # of the start: standard normal, or on [0, 1)
SHARES = (1.0, 0.8, 0.75, 0.7, 2 / 3)
GUESS = 0.1
FEW = 20  # epochs in which a softmax taken literally is watched


@dataclass(frozen=True)
class Row:
    """A row of Table 1 or 2.

    Attributes:
        data: The name for `dynamics.data.tabular`.
        classes: 1 for least squares.
        inverse: 1/L as printed.
        threshold: T_L (Table 1).
        epochs: E_0.1 and E_1/L (Table 1).
        run_for: N_E (Table 2).
        accuracies: A_0.1 and A_1/L in percent, as printed (Table 2).
        not_run: Why the paper's own data are not at hand, and what is run instead; empty if they are.
        columns: How many of the features are taken, and of the classes; None for all.
    """

    data: str
    classes: int
    inverse: str
    threshold: float | None = None
    epochs: tuple[int, int] | None = None
    run_for: int | None = None
    accuracies: tuple[str, str] | None = None
    not_run: str | None = None
    columns: int | None = None

    @property
    def printed(self) -> dict[str, Any]:
        """What the paper prints."""
        if self.threshold is None:
            return {"inverse": self.inverse, "run_for": self.run_for, "accuracies": self.accuracies}
        return {"inverse": self.inverse, "threshold": self.threshold, "epochs": self.epochs}

    @property
    def budget(self) -> int:
        """Epochs that are run one by one; least squares needs none."""
        return 10 * max(self.epochs or (0,))

    @cached_property
    def loaded(self) -> tuple[Floats, NDArray[Any]]:
        """The features, and the targets or labels; of two targets the first."""
        found = tabular(self.data, scaling="raw")
        features, targets = found.inputs[:, : self.columns], found.targets
        if self.classes == 1:
            return features, targets.reshape(len(targets), -1)[:, 0]
        kept = targets < self.classes
        return features[kept], targets[kept]

    def constant(self, reading: Reading, seed: int) -> float:
        """Return L, as printed, of the rows drawn with a seed; negative for least squares if the formula is."""
        features, targets = self.loaded
        rows, _ = drawn_rows(len(features), reading.share, seed)
        X = design(features[rows], reading)
        if self.classes > 1:
            return classifier_constant(X, self.classes, reading)
        return least_squares_constant(features[rows], X, targets[rows], reading)

    def model(self, reading: Reading, seed: int, device: str = "cpu") -> tuple[Model, Tensor, Tensor]:
        """Return the model of the rows drawn with a seed, and the samples and targets of the rest."""
        features, targets = self.loaded
        rows, rest = drawn_rows(len(features), reading.share, seed)
        X = torch.tensor(design(features[rows], reading), device=device)
        test = torch.tensor(design(features[rest], replace(reading, share=1.0)), device=device)
        y, tested = torch.tensor(targets[rows], device=device), torch.tensor(targets[rest], device=device)
        if self.classes == 1:
            return LeastSquares(X, y), test, tested
        return Logistic(X, y) if self.classes == 2 else Softmax(X, y, self.classes), test, tested


REST = "the paper's data are not at hand"
TABLE_1 = (
    Row("boston", 1, "9.316", 200.0, (46041, 555)),
    Row("california", 1, "5163.5", 2.8051, (24582, 2)),
    Row("energy", 1, "12.78", 100.0, (489592, 3833)),
    Row("news", 1, "1.462", 73355000.0, (10985, 753), not_run=f"{REST}: 53 of the 58 predictors are"),
    Row("breast_cancer", 2, "4280.23", 0.69, (37008, 2)),
    Row("covtype20k", 2, "17480000", 0.69314, (216412, 2), not_run=f"{REST}: the first 20,000 rows are, not 100,000", columns=10),
    Row("iris", 3, "1.902", 0.2, (413, 49)),
    Row("digits", 10, "0.634", 0.2, (337, 2)),
)
TABLE_2 = (
    Row("iris", 3, "1.936", run_for=200, accuracies=("93.33", "97.78")),
    Row("digits", 10, "0.635", run_for=200, accuracies=("91.3", "94.63")),
    Row(
        "covtype20k", 2, "189350000", run_for=1000, accuracies=("43.05", "57.21"), not_run=f"{REST}: the first 20,000 rows are", columns=10
    ),
    Row("breast_cancer", 2, "4280.22", run_for=1000, accuracies=("43.23", "90.5")),
)
LITERAL = Reading()  # what the text says


def inverses(row: Row, draws: int = DRAWS) -> dict[Reading, tuple[float, float]]:
    """Return for every reading that is tried the least and the largest 1/|L| over the draws of the rows.

    Rows are drawn only for classifiers: for least squares no test accuracy is printed. Without scaling both kinds of bias are the same.
    """
    features, targets = row.loaded
    shares = SHARES if row.classes > 1 and row.not_run is None else SHARES[:1]
    found: dict[Reading, list[float]] = {}
    for scaling, bias, share in itertools.product(SIZES, BIASES, shares):
        if (scaling, bias) == ("none", "added"):
            continue
        for seed in range(draws if share < 1 else 1):
            rows, _ = drawn_rows(len(features), share, seed)
            base = Reading(scaling, bias, share=share)
            X = design(features[rows], base)
            for reading, constant in constants(row, features[rows], X, targets[rows], base):
                found.setdefault(reading, []).append(1 / abs(constant))
    return {reading: (min(values), max(values)) for reading, values in found.items()}


def constants(row: Row, features: Floats, X: Floats, targets: NDArray[Any], base: Reading) -> Iterator[tuple[Reading, float]]:
    """Yield L under each norm, source of K, and with or without its 1/m; what is 0 has no inverse and is left out."""
    for norm, source in itertools.product(NORMS, RADII if row.classes == 1 else RADII[:1]):
        reading = replace(base, norm=norm, radius=source)
        if row.classes == 1:
            L = least_squares_constant(features, X, targets, reading)
        else:
            L = classifier_constant(X, row.classes, reading)
        if L != 0:
            yield from ((reading, L), (replace(reading, per_sample=False), L * len(X)))


def starts(law: str, count: int, model: Model, seed: int) -> Tensor:
    """Return so many random starts, float64, ``(count, n, k)``, on the device of the inputs."""
    shape = (count, model.inputs.shape[1], model.outputs)
    generator = torch.Generator().manual_seed(seed)
    draw = torch.rand if law == "uniform" else torch.randn
    return draw(shape, generator=generator, dtype=torch.float64).to(model.inputs.device)


def draws(
    row: Row, reading: Reading, law: str, count: int, seed: int, device: str
) -> Iterator[tuple[Model, Tensor, Tensor, Tensor, float]]:
    """Yield model, test samples, test targets, starts and 1/|L|: once with all starts, or for each split with one."""
    if reading.share == 1:
        model, test, tested = row.model(reading, seed, device)
        yield model, test, tested, starts(law, count, model, seed), 1 / abs(row.constant(reading, seed))
        return
    for own in range(seed, seed + count):
        model, test, tested = row.model(reading, own, device)
        yield model, test, tested, starts(law, 1, model, own), 1 / abs(row.constant(reading, own))


def epochs_below(model: Model, weights: Tensor, step: float, threshold: float, budget: int) -> list[int | None]:
    """Return for each start the first epoch below the threshold: in closed form for least squares, otherwise run."""
    if isinstance(model, LeastSquares):
        return closed_form(model, weights).first_below(step, threshold)
    return first_below(model, weights, step, threshold, budget)


def accuracy_after(model: Logistic | Softmax, weights: Tensor, step: float, epochs: int, test: Tensor, tested: Tensor) -> list[float]:
    """Return for each start the share of test samples, in percent, whose label is predicted after so many epochs."""
    last, _ = next(itertools.islice(descend(model, weights, step), epochs, None))
    return (100 * (model.predict(test, last) == tested).double().mean(1)).tolist()


def literal_loss(model: Softmax, weights: Tensor) -> Tensor:
    """Return the loss of each start as it stands in the paper, exp by exp: NaN where a probability is 0 (0 log 0) or an exp infinite."""
    exps = (model.inputs @ weights).exp()
    chances = exps / exps.sum(-1, keepdim=True)
    one_hot = torch.eye(model.classes, dtype=exps.dtype, device=exps.device)[model.labels]
    return -(one_hot * chances.log()).sum(-1).mean(1)


def first_nan(model: Softmax, weights: Tensor, step: float, budget: int = FEW) -> int | None:
    """Return the first epoch of a single start at which `literal_loss` is NaN; a loop that runs while loss > T_L ends there."""
    for epoch, (current, _) in zip(range(budget + 1), descend(model, weights, step), strict=False):
        if bool(literal_loss(model, current).isnan()):
            return epoch
    return None


def span(values: Sequence[float | None]) -> list[float | None]:
    """Return the least value, and the largest, or None if one of them was never reached; None twice if none was."""
    reached = [value for value in values if value is not None]
    if not reached:
        return [None, None]
    return [min(reached), max(reached) if len(reached) == len(values) else None]


def losses_along(model: Model, weights: Tensor, step: float, iterations: int) -> Tensor:
    """Return the losses of each start after 0, 1, ..., iterations epochs, ``(iterations + 1, s)``."""
    if isinstance(model, LeastSquares):
        closed = closed_form(model, weights)
        return torch.stack([closed.losses(step, torch.full_like(closed.first, float(epoch))) for epoch in range(iterations + 1)])
    return torch.stack([losses for _, losses in itertools.islice(descend(model, weights, step), iterations + 1)])


def true_constant(row: Row, reading: Reading, seed: int) -> list[float]:
    """Return certified bounds of 1/L for the least constant L: for least squares on the ball of radius K."""
    features, targets = row.loaded
    rows, _ = drawn_rows(len(features), reading.share, seed)
    X, y = design(features[rows], reading), targets[rows]
    if row.classes == 1:
        found = exact.least_squares_constant(X, y, radius(features[rows], X, reading.radius))
    else:
        found = exact.logistic_constant(X, y) if row.classes == 2 else exact.softmax_constant(X, y, row.classes)
    return [1 / found.high, 1 / found.low]
