"""The losses of sections 4 and 5 as functions: exact for exact numbers, in float64 without overflow, and K_z. (4.1, 4.2, 4.3, 5.1, 5.2)."""

from __future__ import annotations

from typing import Any

import numpy as np
from sympy import Add, Expr, Max, exp, log, sqrt

from theory.data_sets import labels
from theory.evidence import implements
from theory.values import demand_finite, exact_number, shown


@implements("yedida-saha:equation-7")
def squared_loss(outputs: Any, targets: Any) -> Any:
    """|a - y|^2/(2 m).

    Args:
        outputs: m numbers a, one a sample: exact numbers, or a float64 array.
        targets: m numbers y, likewise.

    Returns:
        A float if either is a float64 array, else an exact number.

    Raises:
        TypeError: an entry is no number.
        ValueError: no sample, different lengths, NaN or infinity.
        OverflowError: the loss is above the largest float64.

    Source:
        Yedida & Saha (2021), equation 7.

    Example:
        >>> squared_loss([1, 2], [0, 0])
        5/4
    """
    if _is_float(outputs, targets):
        a, y = _floats(outputs, "outputs", 1), _floats(targets, "targets", 1)
        _same_length(len(a), len(y), "targets")
        scale = max(float(np.abs(a / 2 - y / 2).max()), 0.0)
        mean = float(np.mean(((a / 2 - y / 2) / scale) ** 2)) if scale else 0.0
        return _finite(2 * scale * (scale * mean))
    exact, wanted = _exact(outputs, "outputs"), _exact(targets, "targets")
    _same_length(len(exact), len(wanted), "targets")
    return Add(*((p - q) ** 2 for p, q in zip(exact, wanted, strict=True))) / (2 * len(exact))


@implements("yedida-saha:ls-def")
def least_squares_loss(X: Any, targets: Any, weights: Any) -> Any:
    """|X w - y|^2/(2 m).

    Args:
        X: m x n samples: exact numbers, or a float64 array.
        targets: m numbers y, likewise.
        weights: n numbers w, likewise.

    Returns:
        A float if any is a float64 array, else an exact number.

    Raises:
        TypeError: an entry is no number.
        ValueError: no sample, shapes that do not fit, NaN or infinity.
        OverflowError: an output or the loss is above the largest float64.

    Source:
        Yedida & Saha (2021), section 4.1.

    Example:
        >>> least_squares_loss([[1, 2], [0, 1]], [3, 1], [1, 2])
        5/4
    """
    if _is_float(X, targets, weights):
        A, w = _floats(X, "X", 2), _floats(weights, "weights", 1)
        _same_length(A.shape[1], len(w), "weights")
        with np.errstate(over="ignore", invalid="ignore"):
            outputs = A @ w
        if not np.isfinite(outputs).all():
            raise OverflowError("an output X w is above the largest float64: scale the data")
        return squared_loss(outputs, targets)
    numbers, rows = _exact(weights, "weights"), _rows(X, "X")
    _same_length(len(rows[0]), len(numbers), "weights")
    return squared_loss([Add(*(p * q for p, q in zip(row, numbers, strict=True))) for row in rows], targets)


@implements("yedida-saha:equation-13")
def logistic_loss(logits: Any, targets: Any) -> Any:
    """-(1/m) sum_i [y_i log s(z_i) + (1 - y_i) log(1 - s(z_i))], with the logistic function s: the mean of log(1 + exp((1 - 2 y) z)).

    Args:
        logits: m numbers z, one a sample: exact numbers, or a float64 array.
        targets: m labels, 0 or 1.

    Returns:
        A float for a float64 array of logits, else an exact number.

    Raises:
        TypeError: an entry is no number.
        ValueError: no sample, different lengths, NaN, infinity, or another label.

    Source:
        Yedida & Saha (2021), equation 13, as a sum over the samples.

    Example:
        >>> from sympy import log
        >>> logistic_loss([log(3)], [0])
        log(4)
    """
    if _is_float(logits):
        z = _floats(logits, "logits", 1)
        signs = 1.0 - 2.0 * np.array(labels(targets, len(z), 2, "targets"))
        return _mean(np.logaddexp(0.0, signs * z))
    exact = _exact(logits, "logits")
    known = labels(targets, len(exact), 2, "targets")
    return Add(*(log(1 + exp((1 - 2 * label) * value)) for label, value in zip(known, exact, strict=True))) / len(exact)


@implements("yedida-saha:equation-19")
def softmax_loss(logits: Any, targets: Any) -> Any:
    """-(1/m) sum_i sum_j [y_i = j] log a_ij, with a_i = softmax(z_i): the mean of log(sum_j exp(z_ij)) - z_iy.

    Args:
        logits: m x k numbers z, one sample a row: exact numbers, or a float64 array.
        targets: m labels among 0, ..., k - 1.

    Returns:
        A float for a float64 array of logits, else an exact number.

    Raises:
        TypeError: an entry is no number.
        ValueError: no sample, rows of different lengths, NaN, infinity, or another label.

    Source:
        Yedida & Saha (2021), equation 19, as a sum over the samples.

    Example:
        >>> from sympy import log
        >>> softmax_loss([[log(3), 0]], [1])
        log(4)
    """
    if _is_float(logits):
        z = _floats(logits, "logits", 2)
        true = z[np.arange(len(z)), np.array(labels(targets, len(z), z.shape[1], "targets"))]
        with np.errstate(over="ignore", invalid="ignore"):
            gaps = z - true[:, None]
            most = gaps.max(axis=1)
            rest = np.exp(gaps - most[:, None])
        rest[np.arange(len(z)), gaps.argmax(axis=1)] = 0.0  # the largest is the 1 of log1p, so small losses keep their digits
        return _mean(most + np.log1p(rest.sum(axis=1)))
    rows = _rows(logits, "logits")
    true_classes = labels(targets, len(rows), len(rows[0]), "targets")
    return Add(*(log(Add(*(exp(v - row[c]) for v in row))) for row, c in zip(rows, true_classes, strict=True))) / len(rows)


@implements("yedida-saha:equation-10")
def largest_activation(activations: Any) -> Any:
    """K_z = max_j |a_j|, the largest norm of the activations of one unit over all samples.

    Args:
        activations: of the last layer but one, m x n, one sample a row and one unit a column: exact numbers, or a float64 array.

    Returns:
        A float for a float64 array, else an exact number.

    Raises:
        TypeError: an entry is no number.
        ValueError: no sample, no unit, rows of different lengths, NaN or infinity.
        OverflowError: it is above the largest float64.

    Source:
        Yedida & Saha (2021), equation 10.

    Example:
        >>> largest_activation([[3, 0], [4, 1]])
        5
    """
    if _is_float(activations):
        A = _floats(activations, "activations", 2)
        scale = float(np.abs(A).max())
        return _finite(scale * float(np.linalg.norm(A / scale, axis=0).max())) if scale else 0.0
    columns = zip(*_rows(activations, "activations"), strict=True)
    return sqrt(Max(*(Add(*(value**2 for value in column)) for column in columns)))


def _is_float(*values: Any) -> bool:
    return any(isinstance(v, np.ndarray) and bool(np.issubdtype(v.dtype, np.floating)) for v in values)


def _floats(value: Any, name: str, dimension: int) -> np.ndarray:
    array = np.asarray(value, dtype=np.float64)
    if array.ndim != dimension or 0 in array.shape:
        wanted = "a list of numbers, one or more" if dimension == 1 else "rows of numbers, one or more"
        raise ValueError(f"{name} has the shape {array.shape}: expected {wanted}")
    demand_finite(array, np.isfinite(array), name, "expected finite numbers")
    return array


def _exact(values: Any, name: str) -> list[Expr]:
    items = values.tolist() if isinstance(values, np.ndarray) else values
    if not isinstance(items, list | tuple) or not items:
        raise ValueError(f"{name} is {shown(values)}: expected a list of numbers, one or more")
    return [exact_number(value, f"{name}[{i}]") for i, value in enumerate(items)]


def _rows(values: Any, name: str) -> list[list[Expr]]:
    items = values.tolist() if isinstance(values, np.ndarray) else values
    if not isinstance(items, list | tuple) or not items:
        raise ValueError(f"{name} is {shown(values)}: expected rows of numbers, one or more")
    rows = [_exact(row, f"{name}[{i}]") for i, row in enumerate(items)]
    for i, row in enumerate(rows):
        _same_length(len(rows[0]), len(row), f"{name}[{i}]")
    return rows


def _same_length(wanted: int, found: int, name: str) -> None:
    if wanted != found:
        raise ValueError(f"{name} holds {found} numbers: expected {wanted}")


def _mean(values: np.ndarray) -> float:
    return _finite(float(np.sum(values / len(values))))


def _finite(value: float) -> float:
    if not np.isfinite(value):
        raise OverflowError("the result is above the largest float64: scale the data")
    return value


__all__ = ["largest_activation", "least_squares_loss", "logistic_loss", "softmax_loss", "squared_loss"]
