"""The Lipschitz constants of losses against other routes: all corners in exact arithmetic, dense samples of gradients, and limits."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sympy import Matrix, Rational, sqrt

from theory.lipschitz import (
    LipschitzConstant,
    least_squares_constant,
    logistic_constant,
    printed_least_squares_constant,
    printed_logistic_constant,
    printed_softmax_constant,
    softmax_constant,
    weight_radius,
)
from theory.lipschitz.subset_sums import FEW, PLANE

ROUNDING = 1e-12  # of a few dozen float64 operations on numbers near 1, relative
FAR = 1e7  # along the best direction the gradient is as large as the constant up to exp(-FAR |a|^2), 0 in float64

entries = st.integers(-3, 3)


@st.composite
def data_sets(draw: st.DrawFn, most: int = 6, classes: int = 2) -> tuple[list[list[int]], list[int]]:
    """Up to six samples with repeated, zero and opposite rows among them."""
    m, n = draw(st.integers(1, most)), draw(st.integers(1, 3))
    rows = draw(st.lists(st.lists(entries, min_size=n, max_size=n), min_size=m, max_size=m))
    return rows, draw(st.lists(st.integers(0, classes - 1), min_size=m, max_size=m))


def logistic_gradient(X: np.ndarray, y: np.ndarray, w: np.ndarray) -> np.ndarray:
    return X.T @ (0.5 * (1 + np.tanh(X @ w / 2)) - y) / len(X)


def softmax_gradient(X: np.ndarray, y: np.ndarray, W: np.ndarray) -> np.ndarray:
    logits = X @ W.T
    a = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (a / a.sum(axis=1, keepdims=True) - np.eye(len(W))[y]).T @ X / len(X)


@given(data_sets())
def test_logistic_is_the_best_subset(data: tuple[list[list[int]], list[int]]) -> None:
    rows, y = data
    best = max(
        sum(
            Fraction(sum(c * (2 * label - 1) * row[j] for c, label, row in zip(chosen, y, rows, strict=True))) ** 2
            for j in range(len(rows[0]))
        )
        for chosen in product((0, 1), repeat=len(rows))
    )
    found = logistic_constant(rows, y)
    assert found.exact == sqrt(Rational(best)) / len(rows)
    assert found.low <= float(found.exact) <= found.high
    assert found.attained == (not any(map(any, rows)))


@settings(max_examples=40)
@given(data_sets(), st.integers(0, 2**32 - 1))
def test_no_gradient_exceeds_the_logistic_constant_and_one_comes_close(data: tuple[list[list[int]], list[int]], seed: int) -> None:
    X, y = np.array(data[0], float), np.array(data[1])
    found = logistic_constant(*data)
    dice = np.random.default_rng(seed)
    sizes = [float(np.linalg.norm(logistic_gradient(X, y, w))) for w in dice.normal(size=(50, X.shape[1])) * 10]
    assert max(sizes) <= found.high * (1 + ROUNDING)
    a = X * (2 * y - 1)[:, None]
    best = max(product((0, 1), repeat=len(a)), key=lambda chosen: float(np.sum((np.array(chosen) @ a) ** 2)))
    there = logistic_gradient(X, y, -FAR * (np.array(best) @ a))
    assert np.linalg.norm(there) == pytest.approx(found.low, rel=ROUNDING, abs=ROUNDING)


@given(data_sets(most=4, classes=3))
def test_softmax_is_the_best_choice_of_corners(data: tuple[list[list[int]], list[int]]) -> None:
    rows, y = data
    unit = np.eye(3, dtype=int)
    best = max(
        int(np.sum(sum(np.outer(unit[c] - unit[label], row) for c, label, row in zip(chosen, y, rows, strict=True)) ** 2))
        for chosen in product(range(3), repeat=len(rows))
    )
    assert softmax_constant(rows, y, 3).exact == sqrt(best) / len(rows)


@given(data_sets(most=4))
def test_two_classes_of_softmax_are_logistic(data: tuple[list[list[int]], list[int]]) -> None:
    rows, y = data
    assert softmax_constant(rows, y, 2).exact == sqrt(2) * logistic_constant(rows, y).exact


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.integers(2, 4))
def test_enclosures_hold_the_gradients_of_many_samples(seed: int, n: int) -> None:
    dice = np.random.default_rng(seed)
    m = FEW + 10
    X, y = dice.normal(size=(m, n)), dice.integers(0, 3, size=m)
    soft, binary = softmax_constant(X, y, 3), logistic_constant(X, y % 2)
    for found in (soft, binary):
        assert found.low <= found.high <= 2 * found.low, "the bounds are no further apart than they were when they were written"
    for scale in (1.0, 10.0, 100.0):
        assert np.linalg.norm(softmax_gradient(X, y, dice.normal(size=(3, n)) * scale)) <= soft.high
        assert np.linalg.norm(logistic_gradient(X, y % 2, dice.normal(size=n) * scale)) <= binary.high


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_half_planes_agree_with_all_subsets(seed: int) -> None:
    from theory.data_sets import samples
    from theory.lipschitz import subset_sums

    dice = np.random.default_rng(seed)
    vectors = samples(dice.integers(-4, 5, size=(int(dice.integers(1, 10)), 2)))
    planes = subset_sums._best(subset_sums._half_planes(vectors), vectors, "")
    assert planes.square == subset_sums._all_subsets(vectors).square


def test_two_features_are_exact_for_many_samples() -> None:
    dice = np.random.default_rng(5)
    X, y = dice.normal(size=(60, 2)), dice.integers(0, 2, size=60)
    found = logistic_constant(X, y)
    assert found.exact is not None
    angles = np.linspace(0, 2 * np.pi, 20001)
    a = X * (2 * y - 1)[:, None]
    support = np.maximum(a @ np.stack([np.cos(angles), np.sin(angles)]), 0).sum(0).max() / 60  # the support function, from below
    assert support <= found.high and support == pytest.approx(found.low, rel=1e-6)  # the grid's angle errs by 1.6e-4, its cosine by 1.2e-8
    assert len(X) <= PLANE


@settings(max_examples=30)
@given(
    arrays(np.float64, (5, 3), elements=st.floats(-2, 2, width=16)),
    arrays(np.float64, 5, elements=st.floats(-2, 2, width=16)),
    st.integers(0, 3),
)
def test_least_squares_is_enclosed_and_attained(X: np.ndarray, y: np.ndarray, K: int) -> None:
    found = least_squares_constant(X, y, K)
    A, b = X.T @ X, X.T @ y
    size = float(np.linalg.norm(A, 2))
    lower, upper = float(np.hypot(K * size, np.linalg.norm(b))) / 5, (K * size + float(np.linalg.norm(b))) / 5
    tiny = ROUNDING * max(upper, 1e-3)
    assert lower - tiny <= found.high and found.low <= upper + tiny
    dice = np.random.default_rng(0)
    W = dice.normal(size=(4000, 3))
    W *= K / np.linalg.norm(W, axis=1, keepdims=True)
    sampled = np.linalg.norm(W @ A - b, axis=1).max() / 5
    assert sampled <= found.high + tiny
    assert found.high - found.low <= 1e-9 * max(found.high, 1e-9), "the two bounds agree to nine digits"


@given(data_sets())
def test_the_printed_logistic_constant_is_a_lower_bound(data: tuple[list[list[int]], list[int]]) -> None:
    rows, y = data
    for norm in ("fro", 2):
        assert float(printed_logistic_constant(rows, norm)) <= logistic_constant(rows, y).high * (1 + ROUNDING)


@pytest.mark.claim("yedida-saha:softmax-l")
@given(st.integers(2, 4), st.data())
def test_the_printed_softmax_constant_is_a_lower_bound(classes: int, data: st.DataObject) -> None:
    """By the root of k/(k - 1) at least: the mean square over all choices of classes is (k - 1)/k |X|^2 or more."""
    rows, y = data.draw(data_sets(most=5, classes=classes))
    found = softmax_constant(rows, y, classes).exact
    size = Rational(sum(Fraction(value) ** 2 for row in rows for value in row))
    assert found is not None and found**2 >= Rational(classes - 1, classes) * size / len(rows) ** 2
    for norm in ("fro", 2):
        assert float(printed_softmax_constant(rows, classes, norm)) <= float(found) * (1 + ROUNDING)


@given(data_sets())
def test_exact_and_rounded_printed_constants_agree(data: tuple[list[list[int]], list[int]]) -> None:
    rows, y = data
    X, targets = np.array(rows, float), np.array(y, float)
    pairs = [(weight_radius(rows), weight_radius(X))]
    for norm in ("fro", 2):
        pairs.append((printed_logistic_constant(rows, norm), printed_logistic_constant(X, norm)))
        pairs.append((printed_softmax_constant(rows, 3, norm), printed_softmax_constant(X, 3, norm)))
        pairs.append((printed_least_squares_constant(rows, y, 2, norm), printed_least_squares_constant(X, targets, 2.0, norm)))
    for exact, floating in pairs:
        assert float(exact) == pytest.approx(floating, rel=ROUNDING, abs=ROUNDING)


ROWS = [[1, 0], [0, 1]]


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: logistic_constant([], []), ValueError, "m >= 1 rows"),
        (lambda: logistic_constant([[]], [1]), ValueError, "at least one"),
        (lambda: logistic_constant([[1], [1, 2]], [1, 0]), ValueError, r"\[1, 2\] numbers"),
        (lambda: logistic_constant(ROWS, [1]), ValueError, "holds 1 numbers: expected 2"),
        (lambda: logistic_constant(ROWS, [1, 2]), ValueError, r"y\[1\] is 2: expected a label"),
        (lambda: logistic_constant(ROWS, [0.5, 1]), ValueError, r"y\[0\] is 1/2"),
        (lambda: logistic_constant([[float("nan")]], [1]), ValueError, r"X\[0\]\[0\] is nan"),
        (lambda: logistic_constant([["1"]], [1]), TypeError, "exact number"),
        (lambda: logistic_constant([[sqrt(2)]], [1]), ValueError, "expected a rational number"),
        (lambda: softmax_constant(ROWS, [0, 1], 1), ValueError, "classes is 1"),
        (lambda: softmax_constant(ROWS, [0, 3], 3), ValueError, r"one of 0, ..., 2"),
        (lambda: least_squares_constant(ROWS, [0, 1], -1), ValueError, "radius is -1"),
        (lambda: least_squares_constant(ROWS, [0, 1], float("inf")), ValueError, "radius is inf"),
        (lambda: printed_logistic_constant(ROWS, "nuc"), ValueError, "norm is 'nuc'"),
        (lambda: printed_logistic_constant(np.array([[np.inf]])), ValueError, "X holds inf"),
        (lambda: printed_logistic_constant(np.zeros((0, 2))), ValueError, r"shape \(0, 2\)"),
        (lambda: printed_softmax_constant(ROWS, 0), ValueError, "classes is 0"),
        (lambda: printed_least_squares_constant(np.eye(2), [1.0], 1.0), ValueError, "y holds 1 numbers"),
        (lambda: weight_radius(np.array([1.0])), ValueError, "expected m x n"),
    ],
)
def test_bad_input_is_named(call: Any, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        call()


def test_sympy_matrices_are_data() -> None:
    assert logistic_constant(Matrix([[3, 4]]), [1]) == LipschitzConstant(5.0, 5.0, sqrt(25), False, "all subsets")


@pytest.mark.parametrize("power", [-1000, -500, -300, 300, 500, 1000])
def test_a_scale_of_the_data_scales_the_constant(power: int) -> None:
    generator = np.random.default_rng(7)
    X, two, three = generator.integers(-9, 10, (25, 3)), generator.integers(0, 2, 25), generator.integers(0, 3, 25)
    scale = 2.0**power
    calls: list[tuple[Any, ...]] = [(logistic_constant, two), (softmax_constant, two, 2), (softmax_constant, three, 3)]
    for constant, *rest in calls:
        plain, scaled = constant(X.astype(float), *rest), constant(X * scale, *rest)
        assert scaled.low == pytest.approx(plain.low * scale, rel=1e-9, abs=0)
        assert scaled.high == pytest.approx(plain.high * scale, rel=1e-9, abs=0)


@pytest.mark.parametrize("power", [-1000, -500, -300, 300, 500, 1000])
def test_a_scale_of_least_squares_scales_the_constant(power: int) -> None:
    X, y, scale = np.array([[3.0, 1.0], [0.0, 2.0], [1.0, 1.0]]), np.array([1.0, -2.0, 5.0]), Fraction(2) ** power
    plain, half = least_squares_constant(X, y, 1), Fraction(2) ** (power // 2)
    longer = least_squares_constant(X, y * float(scale), scale)
    shorter = least_squares_constant([[Fraction(v) * half for v in row] for row in X.tolist()], y * float(half), 1)
    for found in (longer, shorter):
        assert found.low == pytest.approx(plain.low * float(scale), rel=1e-11, abs=0)
        assert found.high == pytest.approx(plain.high * float(scale), rel=1e-11, abs=0)


@pytest.mark.parametrize(("y", "radius"), [(2.0**1000, 1), (1, 2.0**-1000), (1, 2.0**1000), (2.0**-1000, 1)])
def test_least_squares_where_one_part_outweighs_the_other(y: float, radius: float) -> None:
    found = least_squares_constant([[2, 0], [0, 1]], [0, y], radius)  # |b| = y for a large y, 4 K for a large K
    most = max(y, 4 * radius) / 2
    assert found.low <= most * (1 + 1e-11) and found.high >= most * (1 - 1e-11)
    assert found.high <= found.low * (1 + 1e-11)


def test_features_that_are_all_0() -> None:
    found = least_squares_constant([[0, 0], [0, 0]], [1, 2], 3)
    assert (found.low, found.high, found.exact) == (0, 0, 0)


def test_a_constant_beyond_float64_is_named() -> None:
    with pytest.raises(OverflowError, match="scale the data"):
        least_squares_constant([[1e200, 0], [0, 1e200]], [1, 1], 1)
