"""The printed constant of softmax regression is below every Lipschitz constant: all choices, exactly, and the statements themselves."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sympy import Integer, Lambda, Rational, S, interpolate, sqrt

from theory.lipschitz import printed_softmax_constant, softmax_constant
from theory.lipschitz.softmax_exact import LIPSCHITZ_LOSS
from theory.lipschitz.softmax_printed_is_below import (
    DISTANCES,
    FROBENIUS,
    GIVEN,
    ORTHOGONAL,
    UNITS,
    for_unit_vectors,
    never_above,
    of_unit_vectors,
    root_never_above,
)
from theory.lipschitz.symbols import L, class_units, class_vector, data, i, j, k, m, params, params_2, row, true, u, x
from theory.lipschitz.two_classes import TWO_CLASSES, is_a_constant
from theory.proof import NotProved, Trace, counterexample, decide, substitute, witness

entries = st.integers(-2, 2)
Found = tuple[list[list[int]], list[int], int]


@st.composite
def data_sets(draw: st.DrawFn, most: int = 4) -> Found:
    """Up to four samples, zero and repeated and opposite rows among them, with 2 to 4 classes."""
    classes, count, n = draw(st.integers(2, 4)), draw(st.integers(1, most)), draw(st.integers(1, 2))
    rows = draw(st.lists(st.lists(entries, min_size=n, max_size=n), min_size=count, max_size=count))
    return rows, draw(st.lists(st.integers(0, classes - 1), min_size=count, max_size=count)), classes


def square(matrix: list[list[Any]]) -> Any:
    return sum(value * value for line in matrix for value in line)


def chosen_sum(rows: list[list[int]], y: list[int], choice: tuple[int, ...], classes: int) -> list[list[int]]:
    """sum_i (e_c(i) - e_t(i)) x_i'."""
    return [
        [sum((int(c == a) - int(t == a)) * row[b] for c, t, row in zip(choice, y, rows, strict=True)) for b in range(len(rows[0]))]
        for a in range(classes)
    ]


@pytest.mark.claim("yedida-saha:softmax-l")
@settings(max_examples=40)
@example(([[0, 0], [0, 0]], [0, 1], 3))
@example(([[1], [1], [1], [1]], [0, 0, 0, 0], 2))
@example(([[1], [-1]], [0, 0], 2))
@given(data_sets())
def test_some_choice_is_that_long(found: Found) -> None:
    """Exhaustively: no choice's name is needed here. And the printed constant, the larger one and the exact one are in that order."""
    rows, y, classes = found
    longest = max(square(chosen_sum(rows, y, choice, classes)) for choice in product(range(classes), repeat=len(rows)))
    assert classes * longest >= (classes - 1) * square(rows)
    length, exact = sqrt(square(rows)), softmax_constant(rows, y, classes).exact
    assert exact == sqrt(longest) / len(rows)
    larger = sqrt(Rational(classes - 1, classes)) * length / len(rows)
    assert decide(printed_softmax_constant(rows, classes) <= larger) is True
    assert decide(larger <= exact) is True


@pytest.mark.claim("yedida-saha:softmax-l")
@settings(max_examples=40)
@given(data_sets(most=6))
def test_the_classes_of_the_proof(found: Found) -> None:
    """One after another from the mean of all classes, exactly: each time some class does not turn, and the sum grows as it should."""
    rows, y, classes = found
    n, share = len(rows[0]), Fraction(1, classes)
    Q = [[sum((share - int(t == a)) * row[b] for t, row in zip(y, rows, strict=True)) for b in range(n)] for a in range(classes)]
    least, choice = square(Q), []
    for sample in rows:
        parts = [[[(int(a == c) - share) * value for value in sample] for a in range(classes)] for c in range(classes)]
        along = [sum(p * q for P, line in zip(part, Q, strict=True) for p, q in zip(P, line, strict=True)) for part in parts]
        assert sum(along) == 0
        c = along.index(max(along))
        Q = [[q + p for q, p in zip(line, P, strict=True)] for line, P in zip(Q, parts[c], strict=True)]
        least += Fraction(classes - 1, classes) * sum(value * value for value in sample)
        assert square(Q) >= least
        choice.append(c)
    assert Q == chosen_sum(rows, y, tuple(choice), classes)


# The statements


def of(values: list[int]) -> Any:
    """A polynomial in the sample's index with these values."""
    return interpolate([Rational(value) for value in values], i)


def on_the_line(term: Any, letters: dict[Any, Any]) -> Any:
    """The value of a term where all letters are 1 x 1: each trace is a product of numbers."""
    return term.replace(lambda e: isinstance(e, Trace), lambda e: e.args[0].subs(letters).doit()).doit()


lines = st.lists(st.integers(-2, 2), min_size=1, max_size=2)
LABELS = {"first": lambda s: Integer(1), "second": lambda s: Integer(2), "turns": lambda s: 3 - s}


@pytest.mark.claim("yedida-saha:softmax-l")
@settings(max_examples=15)
@given(lines, st.sampled_from(sorted(LABELS)), st.integers(-3, 3), st.integers(-3, 3))
def test_the_statements_at_samples_on_a_line(rows: list[int], labels: str, one: int, two: int) -> None:
    """With the least constant all of it is true, the distances of the two classes and the inequality between two losses too."""
    y = [int(LABELS[labels](s + 1)) - 1 for s in range(len(rows))]
    exact = softmax_constant([[row] for row in rows], y, 2).exact
    values = {**TWO_CLASSES, m: len(rows), x: Lambda(i, of(rows) * u), true: Lambda(i, LABELS[labels](i)), L: exact}
    place = {u: Integer(1), params: Integer(one), params_2: Integer(two)}
    change, most = (on_the_line(substitute(side, values), place) for side in LIPSCHITZ_LOSS.args[2].args[2].args)
    assert one == two or decide(LIPSCHITZ_LOSS.args[2].args[2].func(change, most, evaluate=False)) is True
    for s, a, b in product(range(1, len(rows) + 1), (1, 2), (1, 2)):
        either = substitute(DISTANCES.args[2].args[2].args[2], {**values, i: Integer(s), j: Integer(a), row: Integer(b)})
        assert on_the_line(either, {u: Integer(1)}) is S.true
    length = sqrt(sum(row * row for row in rows))
    assert on_the_line(substitute(FROBENIUS, values), {u: Integer(1)}) == length
    for statement, factor in ((never_above, Rational(1, 2)), (root_never_above, sqrt(Rational(1, 2)))):
        named, constant = (on_the_line(substitute(side, values), {u: Integer(1)}) for side in statement.then.args)
        assert (named, constant) == (factor * length / len(rows), exact)
        assert decide(named <= constant) is True


@pytest.mark.claim("yedida-saha:softmax-l")
def test_the_statements_ask_for_nothing_else() -> None:
    assert never_above.given == root_never_above.given == GIVEN == (m >= 1, k >= 1, DISTANCES, L >= 0, LIPSCHITZ_LOSS)
    theorem = for_unit_vectors()
    assert {UNITS, ORTHOGONAL} <= set(theorem.given)
    assert not any(h.has(class_vector) or h.has(x) for h in theorem.given)


@pytest.mark.claim("yedida-saha:softmax-l")
@given(st.lists(st.lists(st.integers(-3, 3), min_size=2, max_size=2), min_size=1, max_size=3), st.integers(0, 4), st.sampled_from([1, 2]))
def test_unit_vectors_are_at_those_distances(rows: list[list[int]], turn: int, scale: int) -> None:
    """At turned unit vectors; at vectors that are twice as long only where all samples are 0."""
    c, s = Rational(1 - turn**2, 1 + turn**2), Rational(2 * turn, 1 + turn**2)
    columns = [list(column) for column in zip(*rows, strict=True)]
    point = {m: len(rows), k: 2, class_units: [[scale * c, -scale * s], [scale * s, scale * c]], data: columns}
    if scale == 1:
        witness(of_unit_vectors, point)
    elif any(map(any, rows)):
        counterexample(of_unit_vectors.drop(UNITS), point)
        with pytest.raises(NotProved):
            witness(of_unit_vectors, point)


@pytest.mark.claim("yedida-saha:softmax-l")
@pytest.mark.parametrize("samples", [(1,), (1, 1, 1), (1, -1)])
@pytest.mark.parametrize("place", [Rational(-5), Rational(-1, 3), Rational(2)])
def test_the_constants_of_the_small_data_sets(samples: tuple[int, ...], place: Any) -> None:
    """sqrt(2), or half of it: no slope is more, and far out one comes close."""
    from mpmath import exp, log, mp

    with mp.workdps(30):

        def loss(weight: float) -> Any:
            z = [weight * value / mp.sqrt(2) for value in samples]
            return sum(log(exp(u) + exp(-u)) - u for u in z) / len(z)

        least = softmax_constant([[value] for value in samples], [0] * len(samples), 2).high
        slope = abs(float(mp.diff(loss, float(place))))
        assert slope <= least
        assert abs(float(mp.diff(loss, -40))) == pytest.approx(least)
    assert is_a_constant(samples, Integer(2)).then.args[2].args[2].rhs == 4 * LIPSCHITZ_LOSS.args[2].args[2].rhs.subs(L, 1)
    with pytest.raises(NotProved):
        is_a_constant(samples, Rational(7, 10))
