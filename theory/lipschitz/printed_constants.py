"""The Lipschitz constants as Yedida & Saha print them, and their estimate of the weights' norm. (sections 4.1, 5.1, 5.2 and 7.1).

Nothing here is claimed to be a Lipschitz constant: see `logistic_constant`, `softmax_constant` and `least_squares_constant` for those.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from flint import fmpq, fmpq_mat
from sympy import Expr, Poly, Rational, S, Symbol, sqrt

from theory.data_sets import numbers, rational, samples
from theory.values import demand_finite, shown, whole

NORMS = ("fro", 2)  # Frobenius' norm, and the largest singular value


def printed_logistic_constant(X: Any, norm: str | int = "fro") -> Any:
    """|X|/(2 m).

    Args:
        X: m x n samples: exact numbers, or a float64 array.
        norm: "fro", or 2 for the largest singular value; the paper says neither.

    Returns:
        A float for a float64 array, else an exact number.

    Raises:
        TypeError: an entry is no number.
        ValueError: no sample, rows of different lengths, NaN, infinity, or another norm.

    Source:
        Yedida & Saha (2021), end of section 5.1.

    Example:
        >>> printed_logistic_constant([[3, 4], [0, 0]])
        5/4
    """
    size, m = _norm_of_samples(X, norm)
    return size / (2 * m)


def printed_softmax_constant(X: Any, classes: int, norm: str | int = "fro") -> Any:
    """(k - 1)|X|/(k m).

    Args:
        X: m x n samples: exact numbers, or a float64 array.
        classes: k >= 2.
        norm: "fro", or 2 for the largest singular value; the paper says neither.

    Returns:
        A float for a float64 array, else an exact number.

    Raises:
        TypeError: an entry is no number.
        ValueError: no sample, rows of different lengths, NaN, infinity, another norm, or fewer than two classes.

    Source:
        Yedida & Saha (2021), end of section 5.2.

    Example:
        >>> printed_softmax_constant([[3, 4], [0, 0]], 3)
        5/3
    """
    if not whole(classes, 2):
        raise ValueError(f"classes is {shown(classes)}: expected an integer, at least 2")
    size, m = _norm_of_samples(X, norm)
    return size * (classes - 1) / (classes * m)


def printed_least_squares_constant(X: Any, y: Any, radius: Any, norm: str | int = "fro") -> Any:
    """(K |X^T X| - |y^T X|)/m. It can be negative.

    Args:
        X: m x n samples: exact numbers, or a float64 array.
        y: m targets, likewise.
        radius: K, likewise.
        norm: of X^T X: "fro", or 2 for the largest singular value; the paper says neither. That of y^T X is Euclidean.

    Returns:
        A float for a float64 array X, else an exact number.

    Raises:
        TypeError: an entry is no number.
        ValueError: no sample, rows of different lengths, NaN, infinity, or another norm.

    Source:
        Yedida & Saha (2021), the box of section 4.1.

    Example:
        >>> printed_least_squares_constant([[1], [2]], [1, -1], 3)
        7
        >>> printed_least_squares_constant([[1]], [1], 0)
        -1
    """
    if _is_float(X):
        A, targets = _floats(X, "X"), _floats(np.asarray(y, dtype=np.float64).ravel(), "y")
        if len(targets) != len(A):
            raise ValueError(f"y holds {len(targets)} numbers: expected {len(A)}, one a sample")
        _check_norm(norm)
        K = _floats(np.asarray([radius], dtype=np.float64), "radius")[0]
        order: Any = norm
        return float((K * np.linalg.norm(A.T @ A, order) - np.linalg.norm(A.T @ targets)) / len(A))
    rows = samples(X)
    matrix, column, K = fmpq_mat(rows), fmpq_mat([[t] for t in numbers(y, len(rows))]), rational(radius, "radius")
    size = _norm(matrix.transpose() * matrix, norm)
    return (_exact(K) * size - _norm(matrix.transpose() * column, "fro")) / len(rows)


def weight_radius(X: Any) -> Any:
    """K = (a + b)/2, with a = (1/m) sum_j sum_i x_j^(i), b = (1/n) sum_j max_i x_j^(i). Mind: it can be negative, and ignores y.

    Args:
        X: m x n samples: exact numbers, or a float64 array.

    Returns:
        A float for a float64 array, else an exact number.

    Raises:
        TypeError: an entry is no number.
        ValueError: no sample, rows of different lengths, NaN or infinity.

    Source:
        Yedida & Saha (2021), section 7.1.

    Example:
        >>> weight_radius([[1, 2], [3, 0]])
        11/4
    """
    if _is_float(X):
        A = _floats(X, "X")
        return float((A.sum() / len(A) + A.max(axis=0).mean()) / 2)
    rows = samples(X)
    means = sum((value for row in rows for value in row), fmpq(0)) / len(rows)
    highest = sum((max(column) for column in zip(*rows, strict=True)), fmpq(0)) / len(rows[0])
    return _exact((means + highest) / 2)


def _norm_of_samples(X: Any, norm: str | int) -> tuple[Any, int]:
    _check_norm(norm)
    if _is_float(X):
        A = _floats(X, "X")
        order: Any = norm
        return float(np.linalg.norm(A, order)), len(A)
    rows = samples(X)
    return _norm(fmpq_mat(rows), norm), len(rows)


def _norm(matrix: fmpq_mat, norm: str | int) -> Expr:
    """The exact norm; the largest singular value as a root of the characteristic polynomial of M^T M."""
    _check_norm(norm)
    if norm == "fro":
        return sqrt(_exact(sum((value * value for value in matrix.entries()), fmpq(0))))
    coefficients = (matrix.transpose() * matrix).charpoly().coeffs()
    roots = Poly([_exact(c) for c in reversed(coefficients)], Symbol("x")).all_roots()
    return sqrt(roots[-1]) if roots else S.Zero


def _exact(value: fmpq) -> Rational:
    return Rational(int(value.numerator), int(value.denominator))


def _is_float(X: Any) -> bool:
    return isinstance(X, np.ndarray) and bool(np.issubdtype(X.dtype, np.floating))


def _floats(X: np.ndarray, name: str) -> np.ndarray:
    if X.ndim != (2 if name == "X" else 1) or 0 in X.shape:
        raise ValueError(f"{name} has the shape {X.shape}: expected {'m x n samples, m, n >= 1' if name == 'X' else 'a list'}")
    demand_finite(X, np.isfinite(X), name, "expected finite numbers")
    return X.astype(np.float64)


def _check_norm(norm: str | int) -> None:
    if norm not in NORMS:
        raise ValueError(f"norm is {shown(norm)}: expected one of {NORMS}")


__all__ = ["printed_least_squares_constant", "printed_logistic_constant", "printed_softmax_constant", "weight_radius"]
