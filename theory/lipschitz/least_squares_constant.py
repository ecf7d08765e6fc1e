"""The Lipschitz constant of least squares on a ball: one secular equation. (section 4.1).

The gradient of E(w) = |X w - y|^2/(2 m) is (A w - b)/m with A = X^T X, b = X^T y. For K > 0 its largest size on the ball |w| <= K is the
least Lipschitz constant of E there, and a convex maximisation with strong duality,

    max |A w - b|^2 = min_{mu > lambda_max(A)^2} mu K^2 + |b|^2 + (A b)^T (mu - A^2)^{-1} A b,

and the best mu solves |(mu - A^2)^{-1} A b| = K. Any mu gives an upper bound and any w a lower one, so both are evaluated in balls at what
float64 finds. The constant lies between sqrt(K^2 |A|^2 + |b|^2)/m and (K |A| + |b|)/m. Proved, with the hard case, in `secular_equation`,
`dual_bound`, `loss_on_a_ball` and `least_on_a_ball`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx, fmpq, fmpq_mat

from theory.data_sets import numbers, power_of_two, rational, rounded_rows, samples
from theory.lipschitz.eigenvalue_bounds import is_positive_definite
from theory.lipschitz.enclosures import BITS, LipschitzConstant, between, root_of

CLEAR = 1e-12  # how far mu stays above lambda_max^2, in parts of it: where b has no part along the first eigenvector, mu would reach it

LARGE = fmpq(1 << 200)  # the targets are so large that the radius no longer matters to twelve digits


def least_squares_constant(X: Any, y: Any, radius: Any) -> LipschitzConstant:
    """L = (1/m) max_{|w| <= K} |X^T X w - X^T y|.

    Exact for one feature, where it is (K |x|^2 + |x.y|)/m, and for the radius 0, where it is |X^T y|/m, the limit for small balls (on
    one point every number bounds the slopes); enclosed otherwise, to about twelve digits. The data are taken as the exact numbers that
    they are, floats too.

    Args:
        X: m x n samples, a bias column included if there is one: exact numbers or float64.
        y: m targets.
        radius: K >= 0.

    Returns:
        The constant on the ball |w| <= K of R^n, for the Euclidean norm. It is attained, on the sphere.

    Raises:
        TypeError: an entry is no number.
        ValueError: no sample, rows of different lengths, NaN, infinity, or a negative radius.
        OverflowError: the constant is above the largest float64.

    Source:
        Yedida & Saha (2021), section 4.1, which prints (K |X^T X| - |X^T y|)/m instead.

    Example:
        >>> least_squares_constant([[1], [2]], [1, -1], 3).exact
        8
        >>> found = least_squares_constant([[1, 0], [0, 2]], [0, 1], 1)
        >>> round(found.low, 9), round(found.high, 9)
        (3.0, 3.0)
    """
    rows = samples(X)
    targets, K, m = numbers(y, len(rows)), rational(radius, "radius"), len(rows)
    if K < 0:
        raise ValueError(f"radius is {K}: expected K >= 0")
    matrix = fmpq_mat(rows)
    A, b = matrix.transpose() * matrix, matrix.transpose() * fmpq_mat([[t] for t in targets])
    if len(rows[0]) == 1:
        return root_of((K * A[0, 0] + abs(b[0, 0])) ** 2, m, True, "one feature: an end of the interval")
    if K == 0:
        return root_of(sum((v * v for v in b.entries()), fmpq(0)), m, True, "the ball is one point")
    if not any(A.entries()):
        return root_of(fmpq(0), m, True, "no features but 0: the loss is constant")
    size = power_of_two(A.entries())  # with w = K u, A w - b is K size times (A/size) u - b/(K size), on the unit ball
    saved, ctx.prec = ctx.prec, BITS
    try:
        least, most = (K * size * bound for bound in _enclosed(A / size, b / (K * size)))
        return between(least / m, most / m, True, "a point of the sphere, and the dual bound at one mu")
    finally:
        ctx.prec = saved


def _enclosed(A: fmpq_mat, b: fmpq_mat) -> tuple[arb, arb]:
    """A lower and an upper bound of max |A w - b| on the unit ball, for a matrix of about the size 1."""
    beyond = max(power_of_two(b.entries()) / LARGE, fmpq(1))  # for a large b the best w is -A b/|A b|, nearly, and mu is |A b|
    mu, w = _guess(rounded_rows(A.table()), rounded_rows((b / beyond).table()).ravel())
    mu *= beyond
    point = arb_mat([[arb(value)] for value in w])
    point = point / _norm(point)  # on the sphere, whatever float64 found
    least = _norm(arb_mat(A) * point - arb_mat(b))
    turned = A * b
    for _ in range(60):
        shifted = arb_mat(fmpq_mat([[mu * (i == j) for j in range(A.ncols())] for i in range(A.nrows())]) - A * A)
        if is_positive_definite(shifted):
            solved = shifted.solve(arb_mat(turned))
            dual = arb(mu) + _norm(arb_mat(b)) ** 2 + (arb_mat(turned).transpose() * solved)[0, 0]
            return least, dual.sqrt()
        mu *= 1 + fmpq(1, 10**10)
    raise ArithmeticError("no mu above lambda_max(X^T X)^2 was certified: the data are too badly scaled for float64")


def _guess(A: np.ndarray, b: np.ndarray) -> tuple[fmpq, np.ndarray]:
    """The multiplier mu of the secular equation and the best w, in float64."""
    from scipy.optimize import brentq  # here: verifying the claims needs none of SciPy

    scale = float(np.abs(A).max()) or 1.0
    values, axes = np.linalg.eigh(A / scale)
    parts = axes.T @ b / scale
    top = values[-1] ** 2 * (1 + CLEAR) + np.finfo(float).tiny

    def excess(mu: float) -> float:
        return float(np.linalg.norm(values * parts / (mu - values**2))) - 1

    mu = top
    if excess(top) > 0:
        mu = float(brentq(excess, top, 2 * (top + float(np.linalg.norm(values * parts))), xtol=1e-300, rtol=8.9e-16))
    w = -values * parts / (mu - values**2)
    rest = 1 - w @ w
    if rest > 0:  # the part that the secular equation leaves lies along the first eigenvector
        w[-1] = -np.copysign(np.sqrt(w[-1] ** 2 + rest), parts[-1])
    return fmpq(*float(mu * scale**2).as_integer_ratio()), axes @ w


def _norm(column: arb_mat) -> arb:
    return sum((v * v for v in column.entries()), arb(0)).sqrt()


__all__ = ["least_squares_constant"]
