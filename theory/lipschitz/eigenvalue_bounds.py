"""Rigorous bounds of the eigenvalues of a symmetric matrix: Gershgorin's discs, after float64's eigenvectors made it nearly diagonal.

For any invertible Q the quotient x^T M x / x^T x is z^T (Q^T M Q) z / z^T (Q^T Q) z with x = Q z, so errors of Q widen the bound and
never falsify it.
"""

from __future__ import annotations

import numpy as np
from flint import arb, arb_mat


def eigenvalues_below(matrix: arb_mat) -> arb:
    """An upper bound of the largest eigenvalue of a symmetric matrix with eigenvalues >= 0.

    Raises:
        ArithmeticError: the eigenvectors are too far from orthogonal for a bound.

    Example:
        >>> round(float(eigenvalues_below(arb_mat([[2, 1], [1, 2]]))), 12)
        3.0
    """
    turned, sizes = _turned(matrix)
    most, least = _discs(turned, 1)[0], _discs(sizes, -1)[0]
    for end in _discs(turned, 1):
        most = most.max(end)
    for end in _discs(sizes, -1):
        least = least.min(end)
    if not least > 0:
        raise ArithmeticError(f"Q^T Q may be singular (least eigenvalue {least}): the matrix is too badly scaled for float64")
    return (most.max(arb(0)) / least).upper()


def is_positive_definite(matrix: arb_mat) -> bool:
    """Whether a symmetric matrix is certainly positive definite; False where that is not settled.

    Example:
        >>> is_positive_definite(arb_mat([[2, 1], [1, 2]])), is_positive_definite(arb_mat([[1, 1], [1, 1]]))
        (True, False)
    """
    turned, sizes = _turned(matrix)
    return all(end > 0 for M in (turned, sizes) for end in _discs(M, -1))


def _turned(matrix: arb_mat) -> tuple[arb_mat, arb_mat]:
    """Q^T M Q and Q^T Q, for the eigenvectors Q of the rounded matrix."""
    middle = np.array([[float(entry) for entry in row] for row in matrix.table()])
    scale = float(np.abs(middle).max()) or 1.0
    Q = arb_mat(np.linalg.eigh(middle / scale)[1].tolist())
    return Q.transpose() * matrix * Q, Q.transpose() * Q


def _discs(matrix: arb_mat, side: int) -> list[arb]:
    """The right (side = 1) or left (-1) ends of Gershgorin's discs."""
    table = matrix.table()
    return [row[i] + side * sum((abs(v) for j, v in enumerate(row) if j != i), arb(0)) for i, row in enumerate(table)]


__all__ = ["eigenvalues_below", "is_positive_definite"]
