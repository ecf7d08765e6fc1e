"""Logarithms of sums of powers of e: the statements in forty digits, against numpy and torch."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mpf

from tests.theory.lipschitz.statement_values import DIGITS, true, value
from theory.lipschitz.log_sum_exp import RISE, TOTAL, no_exponent_is_above, rises_no_more, same_loss, total_is_positive
from theory.lipschitz.symbols import k, log_value, logit, row, t
from theory.proof import Statement

ROUNDING = 1e-12  # of a few float64 operations, relative
lists = st.lists(st.integers(-40, 40), min_size=1, max_size=4)


def point_of(scores: list[int], *others: int) -> dict:
    return {k: mpf(len(scores)), logit: lambda c: mpf(scores[int(c) - 1]), log_value: lambda c: mpf(others[int(c) - 1])}


def holds(statement: Statement, at: dict) -> bool:
    with mpmath.workdps(DIGITS):
        return all(true(h, at) for h in statement.given) and true(statement.then, at)


@pytest.mark.claim("yedida-saha:softmax-l")
@given(lists)
def test_no_exponent_is_above(scores: list[int]) -> None:
    at = point_of(scores)
    assert float(value(TOTAL, at)) == pytest.approx(np.exp(np.array(scores, float)).sum())
    assert holds(total_is_positive().statement, at)
    assert all(holds(no_exponent_is_above().statement, at | {row: mpf(p)}) for p in range(1, len(scores) + 1))


@pytest.mark.claim("yedida-saha:softmax-l")
@given(st.lists(st.tuples(st.integers(-40, 40), st.integers(-40, 40)), min_size=1, max_size=4))
def test_it_rises_no_more_than_the_exponent_that_rises_most(pairs: list[tuple[int, int]]) -> None:
    """Numpy's stable logarithm rises as the statement's does; with a hair less than the largest rise its hypothesis is false."""
    after, before = zip(*pairs, strict=True)
    most = max(a - b for a, b in pairs)
    at = point_of(list(after), *before)
    assert holds(rises_no_more().statement, at | {t: mpf(most)})
    assert not true(RISE, at | {t: mpf(most) - mpf(10) ** -9})
    with mpmath.workdps(DIGITS):
        risen = float(value(rises_no_more().then.args[0], at))
    assert risen == pytest.approx(np.logaddexp.reduce(after) - np.logaddexp.reduce(before), rel=ROUNDING, abs=50 * ROUNDING)
    assert risen <= most + 50 * ROUNDING


@pytest.mark.claim("yedida-saha:equation-19")
@given(lists, st.integers(0, 3))
def test_the_loss_without_a_quotient_is_torchs(scores: list[int], p: int) -> None:
    p %= len(scores)
    at = point_of(scores) | {row: mpf(p + 1)}
    assert holds(same_loss, at)
    with mpmath.workdps(DIGITS):
        quotient, short = (float(value(side, at)) for side in same_loss.then.args)
    loss = torch.nn.functional.cross_entropy(torch.tensor([scores], dtype=torch.float64), torch.tensor([p])).item()
    assert quotient == pytest.approx(loss, rel=1e-9, abs=50 * ROUNDING)
    assert short == pytest.approx(loss, rel=1e-9, abs=50 * ROUNDING)
