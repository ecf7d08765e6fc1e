"""The Lipschitz constants of logistic regression: the statements in forty digits, torch's own loss, and the user's functions."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mpmath import mpf
from sympy import Eq, Lambda, Rational

from tests.theory.lipschitz.statement_values import DIGITS, SAMPLES, size, true, value
from theory.lipschitz import logistic_constant, printed_logistic_constant
from theory.lipschitz.logistic_exact import LIPSCHITZ_LOSS, NOT_ABOVE, cross_entropy, exact, same_loss, the_lipschitz_constants
from theory.lipschitz.long_run import LIMIT, RATE, START, no_steeper
from theory.lipschitz.printed_is_below import never_above, reached_together, the_printed_constant_is_a_lower_bound
from theory.lipschitz.symbols import L, choice, i, label, label_of, m, params, params_2, partial, sample_unit, t, unit, x, z
from theory.proof import assume, discharge, equal_words, follows, instance, specialize, squared_norm, substitute
from theory.proof.ranges import throughout

ROUNDING = 1e-12  # of a few dozen float64 operations, relative to the largest number among them
HAIR = mpf(10) ** -3
FAR = 10**6  # times V, for a subset's sum V with |V| >= 1: the loss falls short of its line by log 2 at most, a hair of |V|^2 FAR/m

Data = tuple[list[list[int]], list[int]]


@st.composite
def data_sets(draw: st.DrawFn, most: int = 3) -> Data:
    """Small samples, with repeated, zero and opposite ones among them, and their labels."""
    samples, n = draw(st.integers(1, most)), draw(st.integers(1, 2))
    rows = draw(st.lists(st.lists(st.integers(-2, 2), min_size=n, max_size=n), min_size=samples, max_size=samples))
    return rows, draw(st.lists(st.integers(0, 1), min_size=samples, max_size=samples))


ONE, ZERO, REPEATED, OPPOSITE = ([[1]], [0]), ([[0], [0]], [0, 1]), ([[1, 2], [1, 2]], [0, 0]), ([[1], [-1], [0]], [0, 0, 1])
BOTH_LABELS = ([[1], [1]], [0, 1])  # the samples count with opposite signs


def matrix(rows: Any) -> Any:
    return np.array([[mpf(int(e)) for e in row] for row in rows], dtype=object)


def subset_sums(found: Data) -> dict[tuple[int, ...], Any]:
    """sum_S (1 - 2 y_i) x_i' for every subset, in exact integers."""
    X, y = np.array(found[0]), np.array(found[1])
    return {bits: np.array([np.array(bits) * (1 - 2 * y) @ X]) for bits in product((0, 1), repeat=len(y))}


def longest_of(found: Data) -> Any:
    return max(subset_sums(found).values(), key=lambda V: int(np.sum(V**2)))


def least_of(found: Data) -> Any:
    return size(matrix(longest_of(found))) / len(found[0])


def point_of(found: Data) -> dict[Any, Any]:
    """The letters of the statements: unit vectors for the samples."""
    rows, y = found
    return {
        m: mpf(len(rows)),
        label_of: lambda s: mpf(y[int(s) - 1]),
        sample_unit: lambda s: matrix([[int(a == int(s) - 1)] for a in range(len(rows))]),
        x: lambda s: matrix([[e] for e in rows[int(s) - 1]]),
    }


def weights_of(found: Data, places: list[int]) -> list[Any]:
    """Two drawn weights, and two far along the longest sum."""
    longest = longest_of(found)
    drawn = [matrix([places[a : a + longest.size]]) for a in (0, 2)]
    return [*drawn, matrix(longest), FAR * matrix(longest)]


places_of = st.lists(st.integers(-3, 3), min_size=4, max_size=4)


@pytest.mark.claim("yedida-saha:logistic-l")
@settings(max_examples=8)
@given(data_sets(), places_of)
@example(ONE, [1, 0, 2, -1])
@example(ZERO, [1, 0, 2, -1])
@example(REPEATED, [1, 0, 2, -1])
@example(OPPOSITE, [1, 0, 2, -1])
@example(BOTH_LABELS, [1, 0, 2, -1])
def test_the_constants_are_exactly_those_above_every_subset(found: Data, places: list[int]) -> None:
    with mpmath.workdps(DIGITS):
        weights, least = weights_of(found, places), least_of(found)
        subsets = [*(matrix([bits]) for bits in subset_sums(found)), matrix([[9] * len(found[0])])]  # the last would be longer, and is none
        at = point_of(found) | {SAMPLES: {choice: subsets, params: weights, params_2: weights}}
        for factor in (1 - HAIR, mpf(1), 1 + HAIR):
            here = at | {L: factor * least}
            enough = factor >= 1 or least == 0
            assert all(true(h, here) for h in exact.given)
            assert true(NOT_ABOVE, here) is true(LIPSCHITZ_LOSS, here) is enough
            assert true(exact.then, here)
            for seen in ({choice: []}, {params: weights[:1], params_2: weights[:1]}):  # of less than all, one side says too little
                assert true(exact.then, here | {SAMPLES: here[SAMPLES] | seen}) is enough
        assert abs(mpf(str(logistic_constant(*found).exact.evalf(DIGITS))) - least) < ROUNDING
    assert the_lipschitz_constants().statement == exact


@pytest.mark.claim("yedida-saha:logistic-l")
@given(data_sets(), places_of)
@example(ONE, [1, 0, 2, -1])
def test_the_loss_is_above_every_line_and_rises_along_some_subset(found: Data, places: list[int]) -> None:
    """The two inequalities behind it: the samples that the weights turn against are one subset."""
    with mpmath.workdps(DIGITS):
        one, other, *_ = weights_of(found, places)
        here, there = (value(cross_entropy(), point_of(found) | {params: U}) for U in (one, other))
        rises = []
        for V in subset_sums(found).values():
            along, rise = (np.sum(matrix(V) * U) / len(found[0]) for U in (one, one - other))
            assert here >= along
            rises.append(rise)
        assert here - there <= max(rises)


@pytest.mark.claim("yedida-saha:logistic-l")
@given(data_sets(most=5), st.integers(0, 2**31), st.floats(0.1, 30))
def test_the_loss_is_torchs_and_its_gradient_is_no_longer(found: Data, seed: int, far: float) -> None:
    rows, y = found
    w = torch.randn(len(rows[0]), dtype=torch.float64, generator=torch.Generator().manual_seed(seed)) * far
    largest = float(w.abs().max())
    w.requires_grad_()
    logits = torch.tensor(rows, dtype=torch.float64) @ w
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, torch.tensor(y, dtype=torch.float64))
    (gradient,) = torch.autograd.grad(loss, w)
    with mpmath.workdps(DIGITS):
        written = value(cross_entropy(), point_of(found) | {params: np.array([[mpf(e) for e in w.tolist()]], dtype=object)})
        assert float(written) == pytest.approx(loss.item(), rel=ROUNDING, abs=ROUNDING * (1 + largest))
        assert gradient.norm().item() <= float(least_of(found)) + ROUNDING


@pytest.mark.claim("yedida-saha:logistic-l")
@settings(max_examples=15)
@given(data_sets(), places_of)
@example(ONE, [1, 0, 2, -1])
@example(ZERO, [1, 0, 2, -1])
def test_the_printed_constant_is_below(found: Data, places: list[int]) -> None:
    """With the least constant all of it holds; a hair below the printed one the loss has no such constant."""
    with mpmath.workdps(DIGITS):
        weights, least = weights_of(found, places), least_of(found)
        at = point_of(found) | {L: least, SAMPLES: {params: weights, params_2: weights}}
        assert all(true(h, at) for h in never_above.given) and true(never_above.then, at)
        reached = reached_together().statement
        assert reached.given == never_above.given
        assert all(true(reached.then, at | {partial: Q.T}) for Q in weights)
        printed = value(never_above.then.lhs, at)
        assert abs(printed - mpf(float(printed_logistic_constant(found[0], "fro")))) < ROUNDING
        below = at | {L: (1 - HAIR) * printed}
        assert true(never_above.then, below) is (printed == 0) is true(LIPSCHITZ_LOSS, below)
    assert the_printed_constant_is_a_lower_bound().statement == never_above


@pytest.mark.claim("yedida-saha:logistic-l")
@settings(max_examples=15)
@given(data_sets(), st.lists(st.sampled_from([mpf(-1), mpf(1) / 4, mpf(1) / 2, mpf(3)]), min_size=3, max_size=3), places_of)
@example(ONE, [mpf(1) / 2], [1, 0, 2, -1])  # the printed constant is the least
def test_the_printed_constant_is_below_whatever_the_labels_are(found: Data, labels: list[Any], places: list[int]) -> None:
    """The slope of a sample's loss is between -y and 1 - y: the least constant is that of the corners (C s_i - y_i)."""
    with mpmath.workdps(DIGITS):
        X, y = matrix(found[0]), np.array(labels[: len(found[0])], dtype=object)
        corners = [np.array([(np.array(bits) - y) @ X]) for bits in product((0, 1), repeat=len(y))]
        longest = max(corners, key=size)
        weights = [*weights_of(found, places)[:2], longest, FAR * longest]
        at = point_of(found) | {label_of: lambda s: y[int(s) - 1], SAMPLES: {params: weights, params_2: weights}}
        least = at | {L: size(longest) / len(y)}
        assert all(true(h, least) for h in never_above.given) and true(never_above.then, least)
        below = at | {L: (1 - HAIR) * value(never_above.then.lhs, at)}
        assert true(LIPSCHITZ_LOSS, below) is (below[L] == 0)


@pytest.mark.claim("yedida-saha:logistic-l")
def test_two_samples_against_each_other() -> None:
    """An instance in which the marks are orthogonal: equal samples with the labels 0 and 1 have the sum 0, and 1/2 is a constant."""
    both = {m: 2, label_of: Lambda(i, i - 1), x: Lambda(i, unit), L: Rational(1, 2)}
    bound, whole = substitute(NOT_ABOVE, both), instance(the_lipschitz_constants(), both)
    marks = tuple(specialize(assume(bound.args[1]), s) for s in (1, 2))
    cases = [
        equal_words(bound.args[2].args[0].base, (a - b) ** 2 * squared_norm(unit), assume(one), assume(other))
        for (a, one), (b, other) in product(*(enumerate(mark.then.args) for mark in marks))
    ]
    using = (*marks, *(discharge(case, *case.given) for case in cases))
    length = Eq(squared_norm(unit), 1)
    short = throughout(follows(bound.args[2], length, using=using), choice, bound.args[1])
    least = follows(substitute(LIPSCHITZ_LOSS, both), length, using=(whole, short))
    assert set(least.given) == {length, *whole.given}


@pytest.mark.claim("yedida-saha:logistic-l")
@given(st.integers(-5, 5), st.integers(-5, 5), st.integers(-5, 5))
def test_a_line_that_stays_below_another_is_no_steeper(rate: int, limit: int, start: int) -> None:
    """At the times 1 and 100 it is below exactly if it always is: for integers, a gap of 1 has made up for 5 by then."""
    at = {RATE: mpf(rate), LIMIT: mpf(limit), START: mpf(start), SAMPLES: {t: [mpf(1) / 100, mpf(1), mpf(100)]}}
    statement = no_steeper().statement
    assert not all(true(h, at) for h in statement.given) or true(statement.then, at)
    assert all(true(h, at | {START: mpf(abs(start))}) for h in statement.given) is (rate <= limit)


@pytest.mark.claim("yedida-saha:equation-13")
@given(st.integers(0, 1) | st.fractions(-3, 3), st.fractions(-5, 5))
def test_the_loss_without_a_quotient(y: Fraction, at: Fraction) -> None:
    """For every label, 0 and 1 among them."""
    printed, short = (float(side.subs({label: Rational(y), z: Rational(at)}).evalf(30)) for side in same_loss.then.args)
    assert short == pytest.approx(float(y) * np.logaddexp(0, -float(at)) + float(1 - y) * np.logaddexp(0, float(at)), abs=ROUNDING)
    assert short == pytest.approx(printed, abs=ROUNDING)
    assert not same_loss.given
