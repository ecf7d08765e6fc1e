r"""Readings of a set-up that a paper leaves open: how features are scaled, whether a bias is one, which norm. (Yedida & Saha, section 7.1).

A `Reading` fixes what Tables 1 and 2 need to be computed: `design` makes the matrix X of it, `classifier_constant` and
`least_squares_constant` the paper's L. For Frobenius' and the spectral norm these are `theory.lipschitz.printed_softmax_constant` (for two
classes also `printed_logistic_constant`) and `printed_least_squares_constant`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory.lipschitz import weight_radius

Floats = NDArray[np.float64]

BIASES = ("none", "scaled", "added")
RADII = ("scaled", "raw", "raw, |x|")
NORMS: dict[str, Callable[[Floats], float]] = {
    "Frobenius": lambda X: float(np.linalg.norm(X)),
    "spectral": lambda X: float(np.linalg.norm(X, 2)),
    "largest row": lambda X: float(np.linalg.norm(X, axis=1).max()),
    "largest column": lambda X: float(np.linalg.norm(X, axis=0).max()),
    "largest entry": lambda X: float(np.abs(X).max()),
}
SIZES: dict[str, Callable[[Floats], Any]] = {
    "none": lambda X: 1.0,
    "columns sum to 1": lambda X: X.sum(axis=0),
    "rows sum to 1": lambda X: X.sum(axis=1, keepdims=True),
    "columns of norm 1": lambda X: np.linalg.norm(X, axis=0),
    "rows of norm 1": lambda X: np.linalg.norm(X, axis=1, keepdims=True),
    "columns from 0 to 1": lambda X: np.ptp(X, axis=0),
    "mean 0, deviation 1": lambda X: X.std(axis=0),
}
SHIFTS: dict[str, Callable[[Floats], Any]] = {
    "columns from 0 to 1": lambda X: X.min(axis=0),
    "mean 0, deviation 1": lambda X: X.mean(axis=0),
}


@dataclass(frozen=True)
class Reading:
    """One way to read a set-up.

    Attributes:
        scaling: Of the features, a key of `SIZES`.
        bias: A column of ones before the features: ``none``; ``scaled`` with them; ``added`` to the scaled ones.
        norm: Of X, or of X^T X for least squares; a key of `NORMS`.
        share: Of the rows, which are drawn at random, that the model is trained on; 1 for all of them, in their order.
        per_sample: Whether L has its factor 1/m.
        radius: Where K comes from (least squares only): ``scaled`` (X itself, as the text says), ``raw`` (the features before scaling,
            without a bias), ``raw, |x|`` (likewise, with |x| instead of x in the means a).

    Raises:
        ValueError: Another word, or a share outside of (0, 1].
    """

    scaling: str = "columns sum to 1"
    bias: str = "none"
    norm: str = "Frobenius"
    share: float = 1.0
    per_sample: bool = True
    radius: str = "scaled"

    def __post_init__(self) -> None:
        for what, known in (("scaling", SIZES), ("bias", BIASES), ("norm", NORMS), ("radius", RADII)):
            if (word := getattr(self, what)) not in known:
                raise ValueError(f"{what} is {word!r}: expected one of {', '.join(known)}")
        if not 0 < self.share <= 1:
            raise ValueError(f"share is {self.share!r}: expected a number above 0, at most 1")

    def as_dict(self) -> dict[str, Any]:
        """Return the fields by name, for JSON."""
        return asdict(self)


def scaled(features: Floats, scaling: str) -> Floats:
    """Return the features less a shift, over a size; a column or row whose size is 0 is divided by 1.

    Example:
        >>> scaled(np.array([[1.0, 0.0], [3.0, 0.0]]), "columns sum to 1")
        array([[0.25, 0.  ],
               [0.75, 0.  ]])
    """
    sizes = np.asarray(SIZES[scaling](features))
    shift = SHIFTS[scaling](features) if scaling in SHIFTS else 0.0
    return (features - shift) / np.where(sizes == 0, 1.0, sizes)


def design(features: Floats, reading: Reading) -> Floats:
    """Return the matrix X of a reading, float64, ``(m, n)`` or ``(m, n + 1)``, of all rows that are given.

    Raises:
        ValueError: Another shape, no feature or sample, NaN or infinity.
    """
    if features.ndim != 2 or 0 in features.shape or not np.isfinite(features).all():
        raise ValueError(f"features have the shape {features.shape}: expected m x n finite numbers, m, n >= 1")
    ones = np.ones((len(features), 1))
    if reading.bias == "scaled":
        return scaled(np.hstack([ones, features]), reading.scaling)
    X = scaled(features, reading.scaling)
    return np.hstack([ones, X]) if reading.bias == "added" else X


def drawn_rows(count: int, share: float, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows to train on and the rest; all rows in their order, and all again to test on, if the share is 1."""
    if share == 1:
        return np.arange(count), np.arange(count)
    order = np.random.default_rng(seed).permutation(count)
    return np.split(order, [round(share * count)])[0], np.split(order, [round(share * count)])[1]


def radius(features: Floats, X: Floats, source: str) -> float:
    """Return K = (a + b)/2, of the source: a the sum of the columns' means, b the mean of their largest entries."""
    if source == "raw, |x|":
        return float((np.abs(features).mean(axis=0).sum() + features.max(axis=0).mean()) / 2)
    return float(weight_radius(X if source == "scaled" else features))


def classifier_constant(X: Floats, classes: int, reading: Reading) -> float:
    """Return L = (k - 1)/(k m) |X|, for two classes |X|/(2 m), as printed; without 1/m if the reading says so."""
    return (classes - 1) / classes * NORMS[reading.norm](X) / (len(X) if reading.per_sample else 1)


def least_squares_constant(features: Floats, X: Floats, targets: Floats, reading: Reading) -> float:
    """Return L = (K |X^T X| - |y^T X|)/m, as printed, which may be negative; without 1/m if the reading says so."""
    K = radius(features, X, reading.radius)
    size = NORMS[reading.norm](X.T @ X)
    return float(K * size - np.linalg.norm(X.T @ targets)) / (len(X) if reading.per_sample else 1)
