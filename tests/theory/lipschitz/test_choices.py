"""The best of finitely many, by looking at each: the statements of `choices` in forty digits."""

from __future__ import annotations

from itertools import product
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mpf

from tests.theory.lipschitz.statement_values import DIGITS, SAMPLES, true
from theory.lipschitz.choices import BEST, IS_A_CHOICE, largest, one_is_the_largest, there_is_a_best_choice
from theory.lipschitz.symbols import choice, class_vector, heading, i, k, logit, m, sample_unit, unit_q, x
from theory.proof import substitute

numbers = st.integers(-3, 3)


def column(values: Any) -> Any:
    return np.array([[mpf(int(e))] for e in values], dtype=object)


def square(rows: Any) -> Any:
    return np.array([[mpf(int(e)) for e in row] for row in rows], dtype=object)


@pytest.mark.claim("yedida-saha:softmax-l")
@given(st.lists(numbers, min_size=1, max_size=5))
def test_one_of_the_numbers_is_the_largest(values: list[int]) -> None:
    at = {k: mpf(len(values)), logit: lambda c: mpf(values[int(c) - 1])}
    statement = one_is_the_largest().statement
    assert all(true(h, at) for h in statement.given) and true(statement.then, at)
    none_above = largest().args[2]
    found = {c for c in range(1, len(values) + 1) if true(none_above, at | {unit_q: mpf(c)})}
    assert found == {c for c, value in enumerate(values, 1) if value == max(values)}


@pytest.mark.claim("yedida-saha:softmax-l")
@settings(max_examples=25)
@given(st.data(), st.integers(1, 3), st.integers(1, 3), st.integers(1, 2))
def test_a_matrix_holds_a_best_class_for_each_sample(data: st.DataObject, samples: int, classes: int, n: int) -> None:
    """The matrices of the best classes are those for which the statement is true; and each matrix of unit vectors is a choice."""
    X = np.array(data.draw(st.lists(st.lists(numbers, min_size=n, max_size=n), min_size=samples, max_size=samples)))
    S = np.array(data.draw(st.lists(st.lists(numbers, min_size=n, max_size=n), min_size=classes, max_size=classes)))
    one, mark = np.eye(classes, dtype=int), np.eye(samples, dtype=int)
    matrices = {c: square(one[list(c)].T) for c in product(range(classes), repeat=samples)}
    at = {m: mpf(samples), k: mpf(classes), heading: square(S), SAMPLES: {choice: list(matrices.values())}}
    at |= {
        class_vector: lambda c: column(one[int(c) - 1]),
        sample_unit: lambda s: column(mark[int(s) - 1]),
        x: lambda s: column(X[int(s) - 1]),
    }
    statement = there_is_a_best_choice().statement
    with mpmath.workdps(DIGITS):
        assert all(true(h, at) for h in statement.given) and true(statement.then, at)
        reach = X @ S.T
        for c, C in matrices.items():
            here = at | {choice: C}
            assert true(IS_A_CHOICE, here)
            for s in range(samples):
                assert true(substitute(BEST, {i: s + 1}), here) is bool(reach[s, c[s]] == reach[s].max())
        assert not true(IS_A_CHOICE, at | {choice: 2 * C})
