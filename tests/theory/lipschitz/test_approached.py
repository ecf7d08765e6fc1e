"""The Lipschitz constants of logistic and softmax regression are reached by no number below them: the statements themselves, and numpy."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Integer, Lambda, Rational, exp, interpolate

from theory.lipschitz.cross_entropy import logistic
from theory.lipschitz.logistic_approached import along_the_ray
from theory.lipschitz.softmax_approached import along_the_ray as softmax_ray
from theory.lipschitz.symbols import (
    A,
    G,
    W,
    best,
    chosen,
    class_units,
    data,
    g_w,
    heading,
    i,
    j,
    k,
    label_of,
    logit,
    m,
    output,
    t,
    true,
    v,
    w,
)
from theory.proof import witness

ROUNDING = 1e-9  # of a few dozen float64 operations, relative
FAR = 200  # in units of the weights, a loss is a line up to exp(-FAR)
entries = st.integers(-2, 2)


@st.composite
def data_sets(draw: st.DrawFn, most: int = 3, classes: int = 2) -> tuple[list[list[int]], list[int]]:
    """Samples with repeated, zero and opposite rows among them."""
    samples, n = draw(st.integers(1, most)), draw(st.integers(1, 2))
    rows = draw(st.lists(st.lists(entries, min_size=n, max_size=n), min_size=samples, max_size=samples))
    return rows, draw(st.lists(st.integers(0, classes - 1), min_size=samples, max_size=samples))


def at_sample(values: list[Any]) -> Any:
    """The expression of the sample i with these values."""
    return interpolate([Rational(value) for value in values], i)


def of(values: list[Any]) -> Lambda:
    """A function of the sample with these values; 1, 2, ... would make it the identity, of which SymPy forgets the letter."""
    return Lambda(i, at_sample(values))


def columns(rows: list[list[int]]) -> list[list[int]]:
    return [list(column) for column in zip(*rows, strict=True)]


@pytest.mark.claim("yedida-saha:logistic-l")
@settings(max_examples=15)
@given(data_sets(), st.lists(st.sampled_from([0, 1, Fraction(1, 2)]), min_size=3, max_size=3), st.integers(1, 3))
def test_the_statement_of_the_ray_holds_for_any_weights(found: tuple[list[list[int]], list[int]], shares: list[Any], far: int) -> None:
    rows, y = found
    weights = [Rational(share) for share in shares[: len(rows)]]
    V = [sum(c * (2 * b - 1) * row[a] for c, b, row in zip(weights, y, rows, strict=True)) for a in range(len(rows[0]))]
    place = [-far * value for value in V]
    slopes = [logistic(Integer(1) * sum(a * b for a, b in zip(row, place, strict=True))) - b for row, b in zip(rows, y, strict=True)]
    gradient = [sum(s * row[a] for s, row in zip(slopes, rows, strict=True)) / len(rows) for a in range(len(V))]
    point = {m: len(rows), data: columns(rows), label_of: of(y), chosen: of(weights), t: far}
    witness(along_the_ray, point | {v: [[e] for e in V], w: [[e] for e in place], g_w: [[e] for e in gradient]})


@pytest.mark.claim("yedida-saha:logistic-l")
@given(data_sets(most=6), st.floats(0.01, 50))
def test_along_every_subset_the_gradient_comes_that_close(found: tuple[list[list[int]], list[int]], far: float) -> None:
    X, y = np.array(found[0], float), np.array(found[1])
    signed = X * (2 * y - 1)[:, None]
    for subset in product((0, 1), repeat=len(X)):
        V = np.array(subset) @ signed
        gradient = (0.5 * (1 + np.tanh(-far * X @ V / 2)) - y) @ X / len(X)
        assert np.linalg.norm(V) * np.linalg.norm(gradient) >= V @ V / len(X) - 1 / far - ROUNDING


@pytest.mark.claim("yedida-saha:softmax-l")
@settings(max_examples=8)
@given(data_sets(most=1, classes=3), st.lists(st.integers(1, 3), min_size=1, max_size=1), st.integers(1, 2))
def test_the_statement_of_the_softmax_ray(found: tuple[list[list[int]], list[int]], picks: list[int], far: int) -> None:
    """The hypothesis that defines the softmax values is left out, for its sums of e^z have no normal form: they are computed so here."""
    from theory.lipschitz.softmax_gradient import SOFTMAX

    rows, y = found
    samples, n = len(rows), len(rows[0])
    V = [[0] * n for _ in range(3)]
    for row, b, c in zip(rows, y, picks, strict=False):
        for a in range(n):
            V[c - 1][a] += row[a]
            V[b][a] -= row[a]
    logits = [[Integer(far) * sum(V[c][a] * row[a] for a in range(n)) for c in range(3)] for row in rows]
    values = [[exp(z_c) / sum(exp(other) for other in line) for z_c in line] for line in logits]
    table = [[values[s][c] - int(c == y[s]) for s in range(samples)] for c in range(3)]
    gradient = [[sum(table[c][s] * rows[s][a] for s in range(samples)) / samples for a in range(n)] for c in range(3)]

    def by_class(line: list[Any]) -> Lambda:
        return Lambda((i, j), interpolate(line, j) + 0 * i)

    point = {
        m: samples,
        k: 3,
        class_units: np.eye(3, dtype=int).tolist(),
        data: columns(rows),
        true: of([b + 1 for b in y]),
        best: of(picks[:samples]),
        heading: V,
        t: far,
        W: [[far * value for value in line] for line in V],
        logit: by_class(logits[0]),
        output: by_class(values[0]),
        A: columns(values),
        G: gradient,
    }
    witness(softmax_ray.drop(SOFTMAX), point)


@pytest.mark.claim("yedida-saha:softmax-l")
@given(data_sets(most=4, classes=3), st.floats(0.01, 50))
def test_along_every_choice_of_classes_the_gradient_comes_that_close(found: tuple[list[list[int]], list[int]], far: float) -> None:
    X, y = np.array(found[0], float), np.array(found[1])
    for choice in product(range(3), repeat=len(X)):
        V = (np.eye(3)[list(choice)] - np.eye(3)[y]).T @ X
        logits = far * X @ V.T
        a = np.exp(logits - logits.max(axis=1, keepdims=True))
        gradient = (a / a.sum(axis=1, keepdims=True) - np.eye(3)[y]).T @ X / len(X)
        assert np.linalg.norm(V) * np.linalg.norm(gradient) >= np.sum(V**2) / len(X) - 3 / far - ROUNDING
