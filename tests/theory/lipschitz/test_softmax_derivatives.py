"""The derivatives of activations and of softmax cross-entropy, by central differences with 60 digits."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf

TINY = mpf(10) ** -12  # a central difference errs by the third derivative times 1e-24
SLACK = 1e-18
logits = st.lists(st.floats(-10, 10), min_size=2, max_size=5)


def difference(function: Callable[[mpf], mpf], at: mpf) -> mpf:
    return (function(at + TINY) - function(at - TINY)) / (2 * TINY)


def softmax(z: list[mpf]) -> list[mpf]:
    total = sum(mp.exp(v) for v in z)
    return [mp.exp(v) / total for v in z]


def moved(z: list[float], p: int, by: mpf) -> list[mpf]:
    return [mpf(v) + (by if j == p else 0) for j, v in enumerate(z)]


@pytest.mark.claim("yedida-saha:equation-21")
@pytest.mark.claim("yedida-saha:text-act-derivs")
@given(logits, st.data())
def test_the_jacobian_of_softmax(z: list[float], data: st.DataObject) -> None:
    p, j = (data.draw(st.integers(0, len(z) - 1)) for _ in range(2))
    with mp.workdps(60):
        a = softmax([mpf(v) for v in z])
        slope = difference(lambda by: softmax(moved(z, p, by))[j], mpf(0))
        assert abs(slope - a[j] * ((p == j) - a[p])) < SLACK
        assert abs(slope) <= mpf(1) / 4 + SLACK
        logistic = difference(lambda v: 1 / (1 + mp.exp(-v)), mpf(z[0]))
        assert 0 < logistic <= mpf(1) / 4 + SLACK
        if abs(z[0]) > TINY:
            assert abs(difference(lambda v: max(v, mpf(0)), mpf(z[0])) - (z[0] > 0)) < SLACK


@pytest.mark.claim("yedida-saha:equation-20")
@pytest.mark.claim("yedida-saha:equation-22")
@given(logits, st.floats(-3, 3), st.data(), st.integers(1, 4))
def test_the_loss_in_a_softmax_value_and_in_a_weight(z: list[float], activation: float, data: st.DataObject, m: int) -> None:
    p, y = (data.draw(st.integers(0, len(z) - 1)) for _ in range(2))
    with mp.workdps(60):
        a = softmax([mpf(v) for v in z])

        def by_value(value: mpf) -> mpf:
            return -sum(mp.log(value if j == p else a[j]) for j in range(len(z)) if j == y) / m

        if a[p] > 1e-3:
            assert abs(difference(by_value, a[p]) + (y == p) / a[p] / m) < 1e-9

        def by_weight(move: mpf) -> mpf:
            return -mp.log(softmax(moved(z, p, move * mpf(activation)))[y]) / m

        slope = difference(by_weight, mpf(0))
        assert abs(slope - (a[p] - (y == p)) * mpf(activation) / m) < 1e-15
