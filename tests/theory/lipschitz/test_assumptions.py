"""The squared error in fractions: no Lipschitz constant on the line, 2 K near the target."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

shares = st.fractions(-1, 1)
sizes = st.fractions(0, 1000)


@pytest.mark.claim("yedida-saha:text-min-assumptions")
@given(sizes, st.fractions(-5, 5), shares, shares)
def test_near_the_target_and_away(K: Fraction, y: Fraction, p: Fraction, q: Fraction) -> None:
    w, v = y + p * K, y + q * K
    assert abs((w - y) ** 2 - (v - y) ** 2) <= 2 * K * abs(w - v)
    away = y + K + 1
    assert (away - y) ** 2 > K * (away - y), "between the target and there the slope is K + 1"
