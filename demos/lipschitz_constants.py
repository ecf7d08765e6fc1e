r"""Printed and true Lipschitz constants of three losses on random data sets, and the steepest gradient that a search finds.

Each mark is a data set, and everything is divided by the true constant of its loss: above 1 is an upper bound, below 1 no Lipschitz
constant at all. Logistic regression: the printed |X|/(2 m) (yedida-saha:logistic-l) is below the truth, the largest sum of (2 y - 1) x
over a subset of the samples divided by m, and the farther below the more samples there are, and where the labels follow the features.
Softmax regression with three classes: the printed (k - 1) |X|/(k m) (yedida-saha:softmax-l) likewise. Least squares on the ball
|w| <= 1: the printed (K |X^T X| - |X^T y|)/m (yedida-saha:ls-box) subtracts what has to be added; it can be above the truth, far below
it, or negative (drawn at the edge). The crosses are gradients that were measured: from random starts, the weights go again and again
along the gradient, far out. They never pass 1; and a mark below its cross is refuted by that very gradient.

True constants are exact, or an interval that is narrower than a mark. Labels are drawn at random, or follow the features.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from _common import BLUE, NAVY, PALE, RED, SAND, Demo, Options, progress, rounded, run
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from theory.lipschitz import (
    LipschitzConstant,
    least_squares_constant,
    logistic_constant,
    printed_least_squares_constant,
    printed_logistic_constant,
    printed_softmax_constant,
    softmax_constant,
)

CLASSES, RADIUS, FEATURES = 3, 1.0, 2
SIZES = {"logistic": (1, 2, 4, 8, 16, 64), "softmax": (1, 2, 3, 4, 5, 6), "least squares": (1, 2, 4, 8, 16, 64)}
TITLES = {
    "logistic": "logistic regression\nprinted $|X|/(2m)$",
    "softmax": "softmax regression, three classes\nprinted $(k-1)\\,|X|/(k\\,m)$",
    "least squares": "least squares on the ball $|w|\\leq1$\nprinted $(K\\,|X^TX|-|X^Ty|)/m$",
}
STARTS, TURNS = 40, 40
FAR = 1e4  # how far out the search goes, in units of the features: probabilities are 0 or 1 there, up to rounding
FLOOR = -0.15  # where the figure ends


def measure(options: Options) -> dict[str, Any]:
    count = 2 if options.quick else 24
    dice = np.random.default_rng(options.seed)
    cases = [(name, m, follow) for name, sizes in SIZES.items() for m in sizes for follow in (False, True) for _ in range(count)]
    return {
        "classes": CLASSES,
        "radius": RADIUS,
        "columns": ["loss", "samples", "labels follow the features", "low", "high", "printed", "measured"],
        "data_sets": [data_set(dice, *case) for case in progress(cases, "data sets")],
    }


def data_set(dice: np.random.Generator, name: str, m: int, follow: bool) -> list[Any]:
    """One data set: its loss, samples, labels; the true constant from both sides, the printed one, the measured one."""
    X = dice.standard_normal((m, FEATURES))
    true, printed, steepest = {"logistic": binary, "softmax": several, "least squares": squares}[name](dice, X, follow)
    return [name, m, follow, *rounded([true.low, true.high, printed, steepest], 9)]


Measured = tuple[LipschitzConstant, float, float]


def binary(dice: np.random.Generator, X: np.ndarray, follow: bool) -> Measured:
    y = (X[:, 0] > 0).astype(int) if follow else dice.integers(0, 2, len(X))

    def gradient(w: np.ndarray) -> np.ndarray:
        return X.T @ (1 / (1 + np.exp(-np.clip(X @ w, -700, 700))) - y) / len(X)

    found = search(dice, gradient, (FEATURES,), lambda g: FAR * g)
    return logistic_constant(X, y.tolist()), float(printed_logistic_constant(X)), found


def several(dice: np.random.Generator, X: np.ndarray, follow: bool) -> Measured:
    corners = np.array([[np.cos(angle), np.sin(angle)] for angle in 2 * np.pi * np.arange(CLASSES) / CLASSES])
    y = (X @ corners.T).argmax(axis=1) if follow else dice.integers(0, CLASSES, len(X))
    targets = np.eye(CLASSES)[y]

    def gradient(W: np.ndarray) -> np.ndarray:
        logits = X @ W.T
        values = np.exp(logits - logits.max(axis=1, keepdims=True))
        return (values / values.sum(axis=1, keepdims=True) - targets).T @ X / len(X)

    found = search(dice, gradient, (CLASSES, FEATURES), lambda g: FAR * g)
    return softmax_constant(X, y.tolist(), CLASSES), float(printed_softmax_constant(X, CLASSES)), found


def squares(dice: np.random.Generator, X: np.ndarray, follow: bool) -> Measured:
    y = X @ dice.standard_normal(FEATURES) if follow else dice.standard_normal(len(X))

    def gradient(w: np.ndarray) -> np.ndarray:
        return X.T @ (X @ w - y) / len(X)

    def uphill(g: np.ndarray) -> np.ndarray:
        climb = X.T @ (X @ g)
        return RADIUS * climb / np.linalg.norm(climb)

    found = search(dice, gradient, (FEATURES,), uphill)
    return least_squares_constant(X, y, RADIUS), float(printed_least_squares_constant(X, y, RADIUS)), found


def search(
    dice: np.random.Generator,
    gradient: Callable[[np.ndarray], np.ndarray],
    shape: tuple[int, ...],
    onward: Callable[[np.ndarray], np.ndarray],
) -> float:
    """The largest norm of a gradient along some runs, each from a gradient to the weights that `onward` finds in its direction."""
    best = 0.0
    for _ in range(STARTS):
        direction = dice.standard_normal(shape)
        for _ in range(TURNS):
            g = gradient(onward(direction / np.linalg.norm(direction)))
            size = float(np.linalg.norm(g))
            if size <= best * (1 - 1e-9) or size == 0:
                break
            best, direction = max(best, size), g
    return best


def draw(data: Any) -> Figure:
    figure = Figure(figsize=(13, 6.4), layout="constrained")
    for axis, name in zip(figure.subplots(1, 3, sharey=True), SIZES, strict=True):
        draw_loss(axis, name, [row[1:] for row in data["data_sets"] if row[0] == name])
    figure.axes[0].set_ylabel("divided by the true constant")
    figure.axes[0].legend(loc="upper left", ncols=2)
    return figure


def draw_loss(axis: Axes, name: str, entries: Any) -> None:
    sizes = SIZES[name]
    axis.axhline(0, color=PALE, lw=1, zorder=0)
    axis.axhline(1, color=RED, lw=1.4, label="true constant")
    for follow, shade, sign, side in ((False, NAVY, "o", -0.17), (True, SAND, "s", 0.17)):
        chosen = [(sizes.index(m), (low + high) / 2, printed, found) for m, own, low, high, printed, found in entries if own is follow]
        place, true, printed, found = np.array(chosen).T
        count = len(place) // len(sizes)
        spread = place + side + np.tile(np.linspace(-0.1, 0.1, count), len(sizes))
        what = "labels follow the features" if follow else "random labels"
        axis.plot(spread, np.maximum(printed / true, FLOOR), sign, color=shade, ms=3.5, mec="none", label=f"printed, {what}")
        axis.plot(spread, found / true, "x", color=BLUE, ms=3, mew=0.8, label=None if follow else "steepest gradient found")
    axis.set_xticks(range(len(sizes)), [str(m) for m in sizes])
    axis.tick_params(axis="x", length=0)
    axis.set(xlabel="samples $m$", ylim=(FLOOR - 0.05, 1.4), title=TITLES[name])


def rows(data: Any) -> list[list[str]]:
    table = [["loss", "labels", "data sets", "printed/true, least to largest", "printed too small", "found/true", "found above true"]]
    for name in SIZES:
        for follow in (False, True):
            chosen = [row[3:] for row in data["data_sets"] if row[0] == name and row[2] is follow]
            low, high, printed, found = np.array(chosen).T
            ratio, reached = printed / high, found / high
            table.append(
                [
                    name,
                    "follow" if follow else "random",
                    str(len(chosen)),
                    f"{ratio.min():.2f} to {ratio.max():.2f}",
                    str(int((printed < low * (1 - 1e-6)).sum())),
                    f"{reached.min():.3f} to {reached.max():.3f}",
                    str(int((found > high * (1 + 1e-6)).sum())),
                ]
            )
    return table


DEMO = Demo(__file__, measure, draw, rows, packages=("numpy", "scipy", "python-flint"))


def main(argv: Sequence[str] | None = None) -> int:
    return run(DEMO, argv)


if __name__ == "__main__":
    sys.exit(main())
