"""What to expect of a mini-batch of another size: the paper's measured slope, and the norm of a gradient. (section 6)."""

from __future__ import annotations

from typing import Any

import numpy as np
from flint import fmpq
from sympy import Expr, Rational

from theory.data_sets import Row, samples
from theory.formula import Formula
from theory.line_search.resizing import ratio
from theory.line_search.symbols import M, N, m, rho
from theory.values import demand_finite, shown, whole

_RATIO = Formula(ratio(M), (rho, m, M, N))


def expected_slope_ratio(rho: Any, m: int, M: int, N: int) -> Any:
    """(m + (M - m)(N rho - m)/(N - m))/M: the expected slope of the extended mini-batch over that of the original one.

    The line stays that of the original mini-batch. rho = m/N gives m/M, the inverse factor of the batch size; M = N gives rho.

    Args:
        rho: the full batch's slope over the mini-batch's: an exact number, a float, or a float64 array.
        m: samples in the mini-batch that has chosen the line.
        M: samples after M - m of the others were added, drawn without replacement.
        N: samples in the data set.

    Returns:
        The ratio: exact for an exact rho, else float64.

    Raises:
        TypeError: rho is no number or array of them.
        ValueError: NaN, infinity, or sizes that are no integers with 1 <= m <= M <= N.

    Source:
        Mutschler & Zell (2021), section 6 and figure 7; derived in `theory.line_search.resizing`.

    Example:
        >>> from fractions import Fraction
        >>> expected_slope_ratio(Fraction(128, 4000), 128, 256, 4000), expected_slope_ratio(1, 128, 256, 4000)
        (1/2, 1)
    """
    _demand_sizes({"m": m, "M": M, "N": N})
    others = max(N - m, 1)  # with m = N nothing is added, and 0/0 stands for 1
    return _RATIO(rho, m, M, m + others)


def expected_squared_norm(gradients: Any, batch_size: int) -> Any:
    """|G|^2 + (N - m)/(m (N - 1)) (1/N) sum_i |a_i - G|^2: the mean of |g|^2 over all mini-batches of m samples.

    Args:
        gradients: N x n, the gradient a_i of each sample: exact rationals, or a float64 array. G is their mean.
        batch_size: m, from 1 to N; the samples are drawn without replacement.

    Returns:
        A float for a float64 array, else an exact number.

    Raises:
        TypeError: an entry is no number, or an array is not float64.
        ValueError: no sample, rows of different lengths, NaN, infinity, or a batch size that is no integer from 1 to N.

    Source:
        Mutschler & Zell (2021), section 6; derived in `theory.line_search.sampling`.

    Example:
        >>> [expected_squared_norm([[1], [3]], size) for size in (1, 2)]
        [5, 4]
    """
    mean, spread, count = _moments(gradients)
    _demand_sizes({"batch_size": batch_size, "N": count})
    if batch_size == count:
        return mean
    share = (count - batch_size, batch_size * (count - 1))
    return mean + spread * share[0] / share[1]


def noise_scale(gradients: Any) -> Any:
    """(1/N) sum_i |a_i - G|^2 / |G|^2: the batch size at which noise and gradient are alike, where N is far larger.

    Args:
        gradients: N x n, as in `expected_squared_norm`.

    Returns:
        A float for a float64 array, else an exact number.

    Raises:
        TypeError, ValueError: as `expected_squared_norm`; and ValueError for G = 0.

    Source:
        McCandlish, Kaplan & Amodei (2018), "An empirical model of large-batch training", equation 2.9.

    Example:
        >>> noise_scale([[1], [3]])
        1/4
    """
    mean, spread, _ = _moments(gradients)
    if mean == 0:
        raise ValueError("the mean of the gradients is 0: there is noise only, and no scale; expected a gradient that is not 0")
    return spread / mean


def _moments(gradients: Any) -> tuple[Any, Any, int]:
    """|G|^2, (1/N) sum_i |a_i - G|^2 and N; for floats from the differences, so that nothing cancels."""
    if isinstance(gradients, np.ndarray):
        if gradients.dtype != np.float64:
            raise TypeError(f"gradients have the dtype {gradients.dtype}: expected float64, convert them with .astype('float64')")
        if gradients.ndim != 2 or 0 in gradients.shape:
            raise ValueError(f"gradients have the shape {gradients.shape}: expected N >= 1 rows of n >= 1 numbers")
        demand_finite(gradients, np.isfinite(gradients), "gradients", "expected finite numbers")
        G = gradients.mean(0)
        return float(G @ G), float(((gradients - G) ** 2).sum() / len(gradients)), len(gradients)
    rows: list[Row] = samples(gradients, "gradients")
    count = len(rows)
    mean = [sum(column, fmpq(0)) / count for column in zip(*rows, strict=True)]
    spread = sum(((a - b) ** 2 for row in rows for a, b in zip(row, mean, strict=True)), fmpq(0)) / count
    return _exact(sum((a * a for a in mean), fmpq(0))), _exact(spread), count


def _exact(number: fmpq) -> Expr:
    return Rational(int(number.p), int(number.q))


def _demand_sizes(sizes: dict[str, Any]) -> None:
    values = list(sizes.values())
    if not all(whole(value, 1) for value in values) or values != sorted(values):
        given = ", ".join(f"{name} = {shown(value)}" for name, value in sizes.items())
        raise ValueError(f"{given}: expected integers with 1 <= {' <= '.join(sizes)}")


__all__ = ["expected_slope_ratio", "expected_squared_norm", "noise_scale"]
