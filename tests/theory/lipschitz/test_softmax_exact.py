"""The exact constants of softmax regression: the statements in forty digits, torch's own loss, and the user's function."""

from __future__ import annotations

from itertools import product
from typing import Any

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mpmath import mpf

from tests.theory.lipschitz.statement_values import DIGITS, SAMPLES, size, true, value
from theory.lipschitz import softmax_constant
from theory.lipschitz.softmax_exact import LENGTH, LIPSCHITZ_LOSS, NOT_ABOVE, below, every_choice_is_below, exact, the_lipschitz_constants
from theory.lipschitz.softmax_scores import RISE, cross_entropy, rises_along_a_choice
from theory.lipschitz.symbols import L, best, choice, class_vector, heading, k, m, params, params_2, sample_unit, x
from theory.lipschitz.symbols import true as true_class

ROUNDING = 1e-12  # of a few dozen float64 operations, relative to the largest number among them
HAIR = mpf(10) ** -3
FAR = 10**6  # times V, for a choice's sum V with |V| >= 1: the loss falls short of its line by log k at most, a hair of |V|^2 FAR/m

Data = tuple[list[list[int]], list[int], int]


@st.composite
def data_sets(draw: st.DrawFn, most: int = 3) -> Data:
    """Small samples, with repeated, zero and opposite ones among them, their classes counted from 0, and how many classes there are."""
    samples, n, classes = draw(st.integers(1, most)), draw(st.integers(1, 2)), draw(st.integers(2, 3))
    rows = draw(st.lists(st.lists(st.integers(-2, 2), min_size=n, max_size=n), min_size=samples, max_size=samples))
    return rows, draw(st.lists(st.integers(0, classes - 1), min_size=samples, max_size=samples)), classes


ONE, ONE_CLASS, ZERO = ([[1]], [1], 2), ([[1], [2]], [0, 0], 1), ([[0], [0]], [0, 1], 2)
REPEATED, OPPOSITE = ([[1, 2], [1, 2]], [0, 0], 3), ([[1], [-1], [0]], [0, 0, 1], 2)


def matrix(rows: Any) -> Any:
    return np.array([[mpf(int(e)) for e in row] for row in rows], dtype=object)


def unit_vector(size_: int, index: int) -> Any:
    return matrix([[int(a == index)] for a in range(size_)])


def chosen_sums(found: Data) -> dict[tuple[int, ...], Any]:
    """sum_i (e_c(i) - e_t(i)) x_i' for every choice, in exact integers."""
    rows, y, classes = found
    X, one = np.array(rows), np.eye(classes, dtype=int)
    return {c: (one[list(c)] - one[y]).T @ X for c in product(range(classes), repeat=len(rows))}


def point_of(found: Data) -> dict[Any, Any]:
    """The letters of the statements: unit vectors for the classes and the samples."""
    rows, y, classes = found
    return {
        m: mpf(len(rows)),
        k: mpf(classes),
        class_vector: lambda c: unit_vector(classes, int(c) - 1),
        sample_unit: lambda s: unit_vector(len(rows), int(s) - 1),
        x: lambda s: matrix([[e] for e in rows[int(s) - 1]]),
        true_class: lambda s: mpf(y[int(s) - 1] + 1),
    }


def all_choices(found: Data) -> list[Any]:
    """The matrices of all choices, and one that is no choice and would have a longer sum."""
    rows, _, classes = found
    return [*(matrix(np.eye(classes, dtype=int)[list(c)].T) for c in chosen_sums(found)), matrix(np.full((classes, len(rows)), 9))]


def weights_of(found: Data, places: list[int]) -> list[Any]:
    """Two drawn weights, and two far along the longest sum."""
    longest = max(chosen_sums(found).values(), key=lambda V: int(np.sum(V**2)))
    count = longest.size
    drawn = [matrix(np.resize(places[a:], count).reshape(longest.shape)) for a in (0, 3)]
    return [*drawn, matrix(longest), FAR * matrix(longest)]


def least_of(found: Data) -> Any:
    return max(mpmath.sqrt(int(np.sum(V**2))) for V in chosen_sums(found).values()) / len(found[0])


@pytest.mark.claim("yedida-saha:softmax-l")
@settings(max_examples=8)
@given(data_sets(), st.lists(st.integers(-3, 3), min_size=6, max_size=6))
@example(ONE, [1, 0, 2, -1, 0, 0])
@example(REPEATED, [1, 0, 2, -1, 0, 0])
@example(ZERO, [1, 0, 2, -1, 0, 0])
@example(OPPOSITE, [1, 0, 2, -1, 0, 0])
@example(ONE_CLASS, [1, 0, 2, -1, 0, 0])
def test_the_constants_are_exactly_those_above_every_choice(found: Data, places: list[int]) -> None:
    with mpmath.workdps(DIGITS):
        weights, least = weights_of(found, places), least_of(found)
        at = point_of(found) | {SAMPLES: {choice: all_choices(found), params: weights, params_2: weights}}
        for factor in (1 - HAIR, mpf(1), 1 + HAIR):
            here = at | {L: factor * least}
            enough = factor >= 1 or least == 0
            assert all(true(h, here) for h in exact.given)
            assert true(NOT_ABOVE, here) is true(LIPSCHITZ_LOSS, here) is enough
            assert true(exact.then, here)
            for seen in ({choice: []}, {params: weights[:1], params_2: weights[:1]}):  # of less than all, one side says too little
                assert true(exact.then, here | {SAMPLES: here[SAMPLES] | seen}) is enough
    assert the_lipschitz_constants().statement == exact


@pytest.mark.claim("yedida-saha:softmax-l")
@settings(max_examples=10)
@given(data_sets(most=2))
@example(ONE)
@example(REPEATED)
@example(ZERO)
def test_every_choice_is_below(found: Data) -> None:
    """With |V|/m all that is said of the choice holds; with a hair less the loss has no such constant."""
    with mpmath.workdps(DIGITS):
        for c, V in chosen_sums(found).items():
            own, weights = size(matrix(V)) / len(found[0]), [matrix(V), FAR * matrix(V)]
            at = point_of(found) | {best: lambda s, c=c: mpf(c[int(s) - 1] + 1), heading: matrix(V)}
            at |= {SAMPLES: {params: weights, params_2: weights}}
            *others, lipschitz = below.given
            for factor in (1 - HAIR, mpf(1)):
                here = at | {L: factor * own}
                assert all(true(h, here) for h in others)
                assert true(below.then, here) is (factor == 1 or own == 0)
                assert true(below.then, here) or not true(lipschitz, here)
    assert every_choice_is_below().statement == below


@pytest.mark.claim("yedida-saha:softmax-l")
@given(data_sets())
@example(ONE)
@example(REPEATED)
def test_the_longest_choice_of_the_statement_is_the_users_constant(found: Data) -> None:
    rows, y, classes = found
    with mpmath.workdps(DIGITS):
        lengths = [value(LENGTH, point_of(found) | {choice: C}) for C in all_choices(found)[:-1]]
        assert abs(max(lengths) / len(rows) - least_of(found)) < ROUNDING
        assert abs(mpf(str(softmax_constant(rows, y, classes).exact.evalf(DIGITS))) - max(lengths) / len(rows)) < ROUNDING


@pytest.mark.claim("yedida-saha:softmax-l")
@given(data_sets(most=4), st.integers(0, 2**31), st.floats(0.1, 30))
def test_the_loss_is_torchs_and_its_gradient_is_no_longer(found: Data, seed: int, far: float) -> None:
    rows, y, classes = found
    W = torch.randn(classes, len(rows[0]), dtype=torch.float64, generator=torch.Generator().manual_seed(seed)) * far
    largest = float(W.abs().max())
    W.requires_grad_()
    loss = torch.nn.functional.cross_entropy(torch.tensor(rows, dtype=torch.float64) @ W.T, torch.tensor(y))
    (gradient,) = torch.autograd.grad(loss, W)
    with mpmath.workdps(DIGITS):
        written = value(cross_entropy(), point_of(found) | {params: np.array([[mpf(e) for e in row] for row in W.tolist()], dtype=object)})
        assert float(written) == pytest.approx(loss.item(), rel=ROUNDING, abs=ROUNDING * (1 + largest))
        assert gradient.norm().item() <= float(least_of(found)) + ROUNDING


@pytest.mark.claim("yedida-saha:softmax-l")
@settings(max_examples=15)
@given(data_sets(), st.lists(st.integers(-3, 3), min_size=6, max_size=6))
def test_between_two_weights_some_choice_rises_as_much(found: Data, places: list[int]) -> None:
    """The choice of the classes that go farthest is one of them; and the loss is above every choice's linear function."""
    rows, y, classes = found
    with mpmath.workdps(DIGITS):
        one, other, *_ = weights_of(found, places)
        at = point_of(found) | {params: one, params_2: other, SAMPLES: {choice: all_choices(found)}}
        statement = rises_along_a_choice().statement
        assert true(statement.then, at)
        X, way = np.array(rows), (one - other).astype(int)
        farthest = np.argmax(X @ way.T, axis=1)
        assert true(RISE, at | {choice: matrix(np.eye(classes, dtype=int)[farthest].T)})
        for V in chosen_sums(found).values():
            assert value(cross_entropy(), at) >= mpf(int(np.sum(V * one.astype(int)))) / len(rows)
