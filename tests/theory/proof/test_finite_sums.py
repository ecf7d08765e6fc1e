"""Sums of numbers as SymPy compares them, once the kernel is loaded: against the terms, written out and added."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Abs, Add, Integer, Max, Rational, S, Sum, exp, interpolate, symbols

from theory.proof import assume, decide, instance
from theory.proof.finite_sums import LONGEST

j, n = symbols("j n", integer=True)
t = symbols("t", real=True)


@given(st.lists(st.integers(-400, 400), min_size=2, max_size=5))
def test_sums_of_powers_of_very_different_sizes(exponents: list[int]) -> None:
    """As SymPy came, a sum whose first terms are small was their value alone."""
    total = Sum(exp(interpolate(exponents, j) + 0 * j), (j, 1, len(exponents)))
    written = Add(*(exp(Integer(e)) for e in exponents))
    assert total.evalf(15) == pytest.approx(written.evalf(15), rel=1e-12)
    for bound in (Rational(1, 10**9), Integer(1), Integer(10**9)):
        assert (total <= bound) in (written <= bound, total <= bound) and decide(total <= bound) is bool(written <= bound)


def test_small_and_large() -> None:
    total = Sum(exp(400 * j - 600), (j, 1, 2))
    assert (total <= 1) is S.false and (total >= 1) is S.true
    assert Max(total, 1) == total and Abs(total) == total


def test_a_hypothesis_that_is_false_is_not_lost() -> None:
    large = assume(Sum(exp(t * (2 * j - 3)), (j, 1, 2)) >= 1)
    assert instance(large, {t: Integer(200)}).then is S.true


@pytest.mark.parametrize("last", [0, 1, LONGEST, LONGEST + 1])
def test_empty_short_and_long_sums(last: int) -> None:
    """An empty sum is 0; what is too long stays undecided, and is never wrong."""
    found = Sum(exp(-j), (j, 1, last)) < Rational(1, 10)
    assert found == (last == 0) or (last > LONGEST and found not in (S.true,))


def test_an_infinite_or_a_double_sum_is_left_alone() -> None:
    assert (Sum(exp(-400 * j), (j, 1, S.Infinity)) <= 1) not in (S.true, S.false)
    assert (Sum(exp(400 * j - 600), (j, 1, 2), (n, 1, 2)) <= 1) not in (S.true,)
