"""The losses against their printed formulas in high precision, exactly, and at logits where the naive formula overflows."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf
from sympy import Integer, Rational, log, sqrt

from theory.lipschitz.losses import largest_activation, least_squares_loss, logistic_loss, softmax_loss, squared_loss

ROUNDING = 1e-12  # of a few dozen float64 operations, relative
wide = st.floats(-50, 50)


@pytest.mark.claim("yedida-saha:equation-7")
@pytest.mark.claim("yedida-saha:ls-def")
@given(st.lists(st.tuples(*[st.fractions(-3, 3, max_denominator=5)] * 3), min_size=1, max_size=5))
def test_squared_losses_exactly_and_rounded(rows: list[tuple[Fraction, ...]]) -> None:
    w = (Fraction(2), Fraction(-1, 3))
    want = sum(((p * w[0] + q * w[1] - y) ** 2 for p, q, y in rows), Fraction(0)) / (2 * len(rows))
    X, targets = [list(row[:2]) for row in rows], [row[2] for row in rows]
    found = least_squares_loss(X, targets, list(w))
    outputs = [p * w[0] + q * w[1] for p, q, _ in rows]
    assert found == squared_loss(outputs, targets) == Rational(want)
    rounded = least_squares_loss(np.array(X, float), np.array(targets, float), np.array(w, float))
    assert rounded == pytest.approx(float(want), rel=ROUNDING, abs=ROUNDING)


@pytest.mark.claim("yedida-saha:equation-13")
@given(st.lists(st.tuples(wide, st.integers(0, 1)), min_size=1, max_size=5))
def test_the_logistic_loss_is_the_printed_one(samples: list[tuple[float, int]]) -> None:
    with mp.workdps(60):
        s = [1 / (1 + mp.exp(-mpf(z))) for z, _ in samples]
        want = -sum(y * mp.log(v) + (1 - y) * mp.log(1 - v) for v, (_, y) in zip(s, samples, strict=True)) / len(samples)
    z, y = map(list, zip(*samples, strict=True))
    assert logistic_loss(np.array(z), y) == pytest.approx(float(want), rel=ROUNDING)


@pytest.mark.claim("yedida-saha:equation-19")
@pytest.mark.claim("yedida-saha:text-multinomial")
@given(st.lists(st.tuples(wide, wide, wide, st.integers(0, 2)), min_size=1, max_size=5))
def test_the_softmax_loss_is_the_printed_one_and_that_of_one_hot_labels(samples: list[tuple[float, float, float, int]]) -> None:
    with mp.workdps(60):
        iverson = one_hot = mpf(0)
        for *z, y in samples:
            total = sum(mp.exp(mpf(v)) for v in z)
            logs = [mp.log(mp.exp(mpf(v)) / total) for v in z]
            iverson -= sum(logs[j] for j in range(3) if y == j) / len(samples)
            one_hot -= sum(hot * value for hot, value in zip(np.eye(3, dtype=int)[y].tolist(), logs, strict=True)) / len(samples)
        assert iverson == one_hot
    found = softmax_loss(np.array([row[:3] for row in samples]), [row[3] for row in samples])
    assert found == pytest.approx(float(iverson), rel=ROUNDING, abs=1e-300)


def test_extreme_logits_do_not_overflow() -> None:
    assert logistic_loss(np.array([1e300, -1e300]), [0, 1]) == 1e300
    assert logistic_loss(np.array([800.0]), [1]) == 0 or logistic_loss(np.array([800.0]), [1]) < 1e-300
    assert softmax_loss(np.array([[1e300, 0.0]]), [1]) == 1e300
    assert softmax_loss(np.array([[-1e300, 0.0]]), [1]) == 0
    assert squared_loss(np.array([1e154]), np.array([0.0])) == pytest.approx(5e307)
    assert squared_loss(np.array([1e-200]), np.array([1e-200])) == 0
    with pytest.raises(OverflowError):
        squared_loss(np.array([1e300]), np.array([0.0]))
    with pytest.raises(OverflowError):
        softmax_loss(np.array([[1.7e308, -1.7e308]]), [1])


def test_exact_numbers_stay_exact() -> None:
    assert logistic_loss([0, 0], [0, 1]) == log(2)
    assert softmax_loss([[0, 0, log(2)]], [2]) == log(2)
    assert largest_activation([[1, 2], [1, 2]]) == 2 * sqrt(2)
    assert squared_loss([Integer(3)], [1]) == 2


@pytest.mark.claim("yedida-saha:equation-10")
@given(st.lists(st.tuples(wide, wide, wide), min_size=1, max_size=5))
def test_the_largest_activation(rows: list[tuple[float, float, float]]) -> None:
    want = max(mp.sqrt(sum(mpf(v) ** 2 for v in column)) for column in zip(*rows, strict=True))
    assert largest_activation(np.array(rows)) == pytest.approx(float(want), rel=ROUNDING)
    assert largest_activation(1e300 * np.ones((4, 2))) == pytest.approx(2e300)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: squared_loss([], []), "one or more"),
        (lambda: squared_loss([1], [1, 2]), "expected 1"),
        (lambda: squared_loss(np.array([1.0]), np.array([1.0, 2.0])), "expected 1"),
        (lambda: logistic_loss([1], [2]), "expected a label"),
        (lambda: softmax_loss([[1, 2], [1]], [0, 0]), "expected 2"),
        (lambda: softmax_loss(np.array([1.0]), [0]), "shape"),
        (lambda: least_squares_loss([[1, 2]], [1], [1]), "expected 2"),
        (lambda: largest_activation(np.array([[np.nan]])), "finite"),
    ],
)
def test_bad_input_is_refused_in_one_line(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
