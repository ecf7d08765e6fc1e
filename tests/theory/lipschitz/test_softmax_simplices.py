"""The lower bound of softmax regression's constants is nearly reached at simplices: exactly, over all choices, and the statement itself."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import ImmutableMatrix, Matrix, Rational, sqrt

from theory.lipschitz import softmax_constant
from theory.lipschitz.softmax_printed_is_below import FROBENIUS
from theory.lipschitz.softmax_simplices import CENTRED, CONSTANT, SPECTRUM, lipschitz, nearly_reached
from theory.lipschitz.symbols import data, heading, i, k, m, sigma, x
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
