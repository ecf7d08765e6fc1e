"""Section 5.2 in high precision: the gradient of softmax cross-entropy by differences of the loss."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf


def loss(logits: list[mpf], true: int) -> mpf:
    return mp.log(sum(mp.exp(z) for z in logits)) - logits[true]


def slope(logits: list[float], true: int, p: int) -> mpf:
    """By a central difference of the loss with 60 digits, which errs by 1e-20 at most."""
    h = mpf(10) ** -12
    ends = []
    for side in (1, -1):
        moved = [mpf(z) for z in logits]
        moved[p] += side * h
        ends.append(loss(moved, true))
    return (ends[0] - ends[1]) / (2 * h)


@pytest.mark.claim("yedida-saha:text-limiting")
@pytest.mark.claim("yedida-saha:equation-23")
@given(st.lists(st.floats(-20, 20), min_size=2, max_size=5), st.data())
def test_the_gradient_stays_below_1_and_comes_close(logits: list[float], data: st.DataObject) -> None:
    k = len(logits)
    true, p = data.draw(st.integers(0, k - 1)), data.draw(st.integers(0, k - 1))
    with mp.workdps(60):
        assert abs(slope(logits, true, p)) < 1
        assert abs(abs(slope([0.0] * k, p, p)) - mpf(k - 1) / k) < 1e-18, "at equal softmax values it is as printed"
        wrong = [0.0] * k
        wrong[p] = -40.0 if true == p else 40.0
        assert abs(slope(wrong, true, p)) > 1 - 1e-15 > mpf(k - 1) / k, "confident and wrong is larger"
