"""The Lipschitz constant of softmax regression: exactly a largest sum over a choice of one class a sample. (section 5.2).

The gradient of the cross-entropy E(W) = -(1/m) sum_i log a_i[y_i], a_i = softmax(W x_i), W of size k x n, is

    grad E(W) = (1/m) sum_i (a_i - e_{y_i}) x_i^T,

and its norm is convex in the a_i, so it is largest at corners: one class c_i a sample, a_i = e_{c_i}. Along W = t sum_i (e_{c_i} - e_{y_i})
x_i^T, with the best choice, the softmax tends to that corner as t grows. So the constant is (1/m) max_c |sum_i (e_{c_i} - e_{y_i}) x_i^T|
(Frobenius), and the gradient does not attain it unless it is 0. In the kernel, for every data set: L >= 0 is a Lipschitz constant of E
exactly if no choice's sum is above m L (`softmax_exact`); the gradient's bound, and how it is approached, are in `softmax_gradient` and
`softmax_approached`.

The printed constant is below it for every data set, even without a factor: it is at least sqrt((k - 1)/k) |X|/m. For classes c_i drawn
uniformly and independently, e_{c_i} - e_{y_i} has the variance (k - 1)/k whatever y_i is, so the mean square of the sum is at least
(k - 1)/k |X|^2, and some choice reaches it. Proved in `softmax_printed_is_below`, with classes chosen one after another; and no larger
factor will do for all data sets (`softmax_simplices`).
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from flint import arb, fmpq

from theory.data_sets import Row, labels, power_of_two, rounded_rows, samples
from theory.lipschitz.enclosures import LipschitzConstant, between, root, root_of
from theory.lipschitz.subset_sums import largest_subset_sum
from theory.lipschitz.weighted_bounds import Group, weighted_bound
from theory.values import shown, whole

FEW = 4096  # choices that are all tried, in a second


def softmax_constant(X: Any, y: Any, classes: int) -> LipschitzConstant:
    """L = (1/m) max_c |sum_i (e_{c_i} - e_{y_i}) x_i^T|, over all choices of one class c_i a sample; the norm is Frobenius'.

    With two classes it is sqrt(2) times the constant of logistic regression, and as exact as that. Otherwise exact for up to 4096 choices
    (classes^m), and enclosed beyond. The data are taken as the exact numbers that they are, floats too.

    Args:
        X: m x n samples, a bias column included if there is one: exact numbers or float64.
        y: m labels, 0, ..., classes - 1.
        classes: k >= 2.

    Returns:
        The constant on all k x n matrices W.

    Raises:
        TypeError: an entry is no number.
        ValueError: no sample, rows of different lengths, NaN, infinity, no such label, or fewer than two classes.

    Source:
        Yedida & Saha (2021), section 5.2, which prints (k - 1)|X|/(k m) instead.

    Example:
        >>> softmax_constant([[1]], [0], 3).exact
        sqrt(2)
        >>> softmax_constant([[1], [1]], [0, 1], 3).exact
        sqrt(6)/2
    """
    if not whole(classes, 2):
        raise ValueError(f"classes is {shown(classes)}: expected an integer, at least 2")
    rows = samples(X)
    found, m = labels(y, len(rows), classes), len(rows)
    nothing = not any(any(row) for row in rows)
    if classes == 2:
        best = largest_subset_sum([[(2 * label - 1) * value for value in row] for label, row in zip(found, rows, strict=True)])
        if best.bound is None:
            return root_of(2 * best.square, m, nothing, best.how)
        return between(root(2 * best.square) / m, best.bound * arb(2).sqrt() / m, nothing, best.how)
    if classes**m <= FEW:
        square = max(_square(choice, found, rows, classes) for choice in product(range(classes), repeat=m))
        return root_of(square, m, nothing, "all choices of one class a sample")
    least = root(_square(_turns(rows, found, classes), found, rows, classes)) / m
    return between(least, _bound(rows, found, classes) / m, nothing, "alternating choices, and a weighted eigenvalue bound")


def _square(choice: tuple[int, ...], found: list[int], rows: list[Row], classes: int) -> fmpq:
    """|sum_i (e_{c_i} - e_{y_i}) x_i^T|^2, exactly."""
    total = [[fmpq(0)] * len(rows[0]) for _ in range(classes)]
    for chosen, label, row in zip(choice, found, rows, strict=True):
        if chosen != label:
            total[chosen] = [a + b for a, b in zip(total[chosen], row, strict=True)]
            total[label] = [a - b for a, b in zip(total[label], row, strict=True)]
    return sum((value * value for line in total for value in line), fmpq(0))


def _turns(rows: list[Row], found: list[int], classes: int) -> tuple[int, ...]:
    """A choice that is the best one along its own sum (in float64): the best from some starts."""
    scale = power_of_two(value for row in rows for value in row)
    A = rounded_rows([[value / scale for value in row] for row in rows])
    Y = np.eye(classes)[found]
    best, kept = -1.0, np.array(found)
    for shift in range(1, classes):
        choice, value = (np.array(found) + shift) % classes, -1.0
        while True:
            G = (np.eye(classes)[choice] - Y).T @ A
            if (now := float(np.sum(G**2))) <= value:
                break
            value, last, choice = now, choice, np.argmax(A @ G.T, axis=1)
        if value > best:
            best, kept = value, last
    return tuple(int(c) for c in kept)


def _bound(rows: list[Row], found: list[int], classes: int) -> arb:
    """An upper bound of |sum_i u_i x_i^T - F|, with u_i = e_{c_i} - 1/k of square (k - 1)/k, and F = sum_i (e_{y_i} - 1/k) x_i^T fixed.

    F is P F with the projection P = 1 - 11^T/k, whose square is k - 1.
    """
    fixed = [
        [
            sum((row[j] * ((label == c) - fmpq(1, classes)) for label, row in zip(found, rows, strict=True)), fmpq(0))
            for j in range(len(rows[0]))
        ]
        for c in range(classes)
    ]
    return weighted_bound([*(Group(fmpq(classes - 1, classes), [row]) for row in rows), Group(fmpq(classes - 1), fixed)])


__all__ = ["softmax_constant"]
