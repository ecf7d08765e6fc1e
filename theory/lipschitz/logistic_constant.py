"""The Lipschitz constant of logistic regression: exactly a largest sum over a subset of the samples. (section 5.1).

The gradient of E(w) = -(1/m) sum_i [y_i log s(x_i w) + (1 - y_i) log(1 - s(x_i w))], with the logistic function s, is

    grad E(w) = -(1/m) sum_i c_i a_i,   a_i = (2 y_i - 1) x_i,   c_i = s(-a_i w) in (0, 1).

Its norm is convex in c, so it is largest at a corner of the cube: a subset S of the samples. Along w = -t sum_S a_i, with the best S, the
c_i tend to that corner as t grows. So the constant is (1/m) max_S |sum_S a_i|, and it is not attained unless all a_i are 0. For every
data set it is proved that L >= 0 is a Lipschitz constant exactly if no subset's sum is above m L (`logistic_exact`); the gradient's bound,
and how it is approached, are in `logistic_gradient` and `logistic_approached`.
"""

from __future__ import annotations

from typing import Any

from theory.data_sets import labels, samples
from theory.lipschitz.enclosures import LipschitzConstant, between, root, root_of
from theory.lipschitz.subset_sums import largest_subset_sum


def logistic_constant(X: Any, y: Any) -> LipschitzConstant:
    """L = (1/m) max_S |sum_{i in S} (2 y_i - 1) x_i|, over all subsets S of the samples.

    Exact for one feature, for up to 16 samples, and for two features and up to 400 samples; enclosed otherwise. The data are taken as the
    exact numbers that they are, floats too.

    Args:
        X: m x n samples, a bias column included if there is one: exact numbers or float64.
        y: m labels, 0 or 1.

    Returns:
        The constant on all of R^n, for the Euclidean norm.

    Raises:
        TypeError: an entry is no number.
        ValueError: no sample, rows of different lengths, NaN, infinity, or a label other than 0 and 1.

    Source:
        Yedida & Saha (2021), section 5.1, which prints |X|/(2 m) instead.

    Example:
        >>> logistic_constant([[3, 4], [0, 1]], [1, 1]).exact
        sqrt(34)/2
        >>> logistic_constant([[3, 4], [0, 1]], [1, 0]).exact
        5/2
    """
    rows = samples(X)
    signs = [2 * label - 1 for label in labels(y, len(rows), 2)]
    return _constant([[sign * value for value in row] for sign, row in zip(signs, rows, strict=True)], len(rows))


def _constant(vectors: list[Any], m: int) -> LipschitzConstant:
    best = largest_subset_sum(vectors)
    nothing = not any(any(row) for row in vectors)
    if best.bound is None:
        return root_of(best.square, m, nothing, best.how)
    return between(root(best.square) / m, best.bound / m, nothing, best.how)


__all__ = ["logistic_constant"]
