"""The lower bound of softmax regression's constants is nearly reached at simplices: exactly, over all choices, and the statement itself."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mpf
from sympy import ImmutableMatrix, Matrix, Rational, sqrt

from tests.theory.lipschitz.statement_values import DIGITS, SAMPLES, true
from theory.lipschitz import softmax_constant
from theory.lipschitz.softmax_printed_is_below import FROBENIUS
from theory.lipschitz.softmax_simplices import CENTRED, CONSTANT, DISTANCES, SPECTRUM, lipschitz, nearly_reached
from theory.lipschitz.symbols import class_vector, data, heading, i, k, m, params, params_2, sigma, unit_q, x
from theory.proof import decide, squared_norm
from theory.proof.word_values import evaluate_word

ROUNDING = 1e-9  # of a few dozen float64 operations, relative
entries = st.integers(-2, 2)
samples = st.lists(st.lists(entries, min_size=2, max_size=2), min_size=1, max_size=4)


def square(matrix: list[list[Any]]) -> Any:
    return sum(value * value for line in matrix for value in line)


def corners(count: int) -> list[list[Rational]]:
    """The corners of a regular simplex around 0."""
    return [[Rational(int(a == b)) - Rational(1, count) for b in range(count)] for a in range(count)]


@pytest.mark.claim("yedida-saha:softmax-l")
@pytest.mark.parametrize(("count", "classes"), [(2, 2), (3, 2), (4, 2), (10, 2), (3, 3), (5, 3), (6, 3), (4, 4), (3, 4)])
def test_the_factor_cannot_be_larger(count: int, classes: int) -> None:
    """A simplex of one class: the statement's constant is sqrt(m/(m - 1)) times the bound, and the least one where k divides m."""
    rows = corners(count)
    assert Matrix(rows) ** 2 == Matrix(rows)  # sigma is 1
    larger = sqrt(Rational(classes - 1, classes)) * sqrt(square(rows)) / count
    named = CONSTANT.subs({k: classes, m: count, sigma: 1})
    assert nearly_reached.then == lipschitz(CONSTANT)
    assert (named / larger) ** 2 == Rational(count, count - 1)
    exact = softmax_constant(rows, [0] * count, classes).exact
    assert decide(larger <= exact) is True
    assert exact == named if count % classes == 0 else decide(exact < named) is True


@pytest.mark.claim("yedida-saha:softmax-l")
@settings(max_examples=30)
@given(samples, st.integers(2, 4), st.integers(0, 1))
def test_the_constant_is_never_too_small(rows: list[list[int]], classes: int, one: int) -> None:
    """For any samples less their mean, with the spectral norm from numpy."""
    means = [Fraction(sum(column), len(rows)) for column in zip(*rows, strict=True)]
    centred = [[value - mean for value, mean in zip(sample, means, strict=True)] for sample in rows]
    spectral = float(np.linalg.norm(np.array(centred, float), 2))
    named = float(CONSTANT.subs({k: classes, m: len(rows), sigma: spectral}))
    assert softmax_constant(centred, [one] * len(rows), classes).low <= named * (1 + ROUNDING)


@pytest.mark.claim("yedida-saha:softmax-l")
@given(samples, st.lists(entries, min_size=4, max_size=4))
def test_the_hypotheses_at_samples(rows: list[list[int]], weights: list[int]) -> None:
    """The sum, and the squares, as the statement writes them; with Frobenius' norm for sigma they are never too large."""
    turn, columns = Matrix(2, 2, weights), [Matrix(sample) for sample in rows]
    body = SPECTRUM.args[2]
    assert body.lhs.function == squared_norm(heading * x(i)) and body.lhs.limits == CENTRED.lhs.limits == FROBENIUS.args[0].limits
    word, at_turn = body.lhs.function.subs(x(i), data), {heading: ImmutableMatrix(turn)}
    values = [evaluate_word(word, {**at_turn, data: ImmutableMatrix(c)}) for c in columns]
    assert sum(values) == sum((turn * c).dot(turn * c) for c in columns)
    assert sum(values) <= square(rows) * evaluate_word(squared_norm(heading), at_turn)


@pytest.mark.claim("yedida-saha:softmax-l")
def test_the_factor_1_is_too_large() -> None:
    """Three corners of a triangle: the constant is 0.82 |X|/m."""
    rows = corners(3)
    exact = softmax_constant(rows, [0] * 3, 2).exact
    assert decide(exact < sqrt(square(rows)) / 3) is True
    assert decide(sqrt(Rational(1, 2)) * sqrt(square(rows)) / 3 <= exact) is True


HAIR = mpf(10) ** -3
FAR = 10**6


@pytest.mark.claim("yedida-saha:softmax-l")
@pytest.mark.parametrize(("count", "classes"), [(2, 2), (4, 2), (3, 3), (3, 2)])
def test_the_statement_in_forty_digits(count: int, classes: int) -> None:
    """At a simplex all of it is true; and where k divides m, a hair less is no Lipschitz constant, far along the longest sum."""
    rows = np.array([[mpf(int(e.p)) / int(e.q) for e in row] for row in corners(count)], dtype=object)
    one = np.array([[mpf(int(a == b)) for b in range(classes)] for a in range(classes)], dtype=object)
    longest = sum(np.outer(one[s % classes] - one[0], rows[s]) for s in range(count))
    weights = [0 * longest, longest, FAR * longest, 2 * FAR * longest]
    point = {m: mpf(count), k: mpf(classes), sigma: mpf(1), unit_q: mpf(1)}
    point |= {class_vector: lambda c: one[:, [int(c) - 1]], x: lambda s: rows[[int(s) - 1]].T}
    point |= {SAMPLES: {heading: [longest, rows, rows + 1], params: weights, params_2: weights}}
    with mpmath.workdps(DIGITS):
        assert all(true(h, point) for h in nearly_reached.given)
        assert true(nearly_reached.then, point)
        assert not true(SPECTRUM, point | {sigma: 1 - HAIR})
        assert not true(CENTRED, point | {x: lambda s: rows[[int(s) - 1]].T + 1})
        assert not true(DISTANCES, point | {class_vector: lambda c: 2 * one[:, [int(c) - 1]]})
        if count % classes == 0:
            assert not true(lipschitz(Rational(999, 1000) * CONSTANT), point)
