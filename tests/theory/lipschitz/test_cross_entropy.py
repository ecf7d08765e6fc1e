"""Section 5.1 in high precision: where the slope of binary cross-entropy is largest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf


def slope(z: float, label: int, m: int) -> mpf:
    """By a central difference of the loss with 60 digits, which errs by 1e-20 at most."""
    with mp.workdps(60):
        h = mpf(10) ** -12

        def loss(x: mpf) -> mpf:
            s = 1 / (1 + mp.exp(-x))
            return -(label * mp.log(s) + (1 - label) * mp.log(1 - s)) / m

        return (loss(mpf(z) + h) - loss(mpf(z) - h)) / (2 * h)


@pytest.mark.claim("yedida-saha:text-max-at-0")
@pytest.mark.claim("yedida-saha:equation-17")
@pytest.mark.claim("yedida-saha:equation-15")
@given(st.floats(-40, 40), st.integers(0, 1), st.integers(1, 5))
def test_the_size_stays_below_1_over_m_and_grows_towards_it(z: float, label: int, m: int) -> None:
    wrong = 1 if label == 0 else -1
    with mp.workdps(60):  # comparisons too
        sizes = [abs(slope(t, label, m)) for t in (z, z + wrong)]
        assert max(sizes) < mpf(1) / m
        assert sizes[1] > sizes[0], "more wrong is steeper"
        assert abs(abs(slope(0, label, m)) - mpf(1) / (2 * m)) < 1e-18, "and 0 is no maximum"


@pytest.mark.claim("yedida-saha:equation-16")
@pytest.mark.claim("yedida-saha:equation-18")
@pytest.mark.claim("yedida-saha:text-16-zero")
@given(st.floats(-5, 5), st.floats(-5, 5), st.integers(0, 1), st.integers(1, 5))
def test_two_differences_in_a_weight(w: float, a: float, label: int, m: int) -> None:
    with mp.workdps(60):
        h = mpf(10) ** -12
        first = [a * slope(a * (w + side * h), label, m) for side in (1, -1)]
        second, s = (first[0] - first[1]) / (2 * h), 1 / (1 + mp.exp(-mpf(a) * w))
        assert abs(second - s * (1 - s) * mpf(a) ** 2 / m) < 1e-9  # two differences of 1e-12 in a third and a fourth derivative below 1e3
        assert abs(a * slope(a * w, label, m)) <= abs(mpf(a)) / m
        assert (abs(second) < 1e-9) >= (a == 0)
