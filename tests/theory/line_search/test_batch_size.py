"""Mini-batches of every size, drawn in every way: the exact means against sums over all draws."""

from fractions import Fraction
from itertools import combinations, pairwise
from math import fsum, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Integer, Lambda, Matrix, Rational, Symbol

from theory.line_search import parts, resizing, sampling, steepness
from theory.line_search.batch_size import expected_slope_ratio, expected_squared_norm, noise_scale
from theory.line_search.symbols import A, G, N, draws, g, i, j, m, ones, probability, rho
from theory.proof import NotProved, counterexample, witness
from theory.proof.norms import size

small = st.integers(-3, 3).map(Fraction)


@st.composite
def data_sets(draw: st.DrawFn) -> list[list[Fraction]]:
    """The gradients of up to six samples, of up to three parameters."""
    count, width = draw(st.integers(1, 6)), draw(st.integers(1, 3))
    return draw(st.lists(st.lists(small, min_size=width, max_size=width), min_size=count, max_size=count))


def mean(rows: list[list[Fraction]]) -> list[Fraction]:
    return [sum(column, Fraction(0)) / len(rows) for column in zip(*rows, strict=True)]


ROUNDING = 1e-12  # of a mean of up to 20 lengths below 6: 20 times 6 times 2^-53, and a root


def length(x: list[Fraction]) -> float:
    return sqrt(dot(x, x))


def shares(full: list[Fraction], draws: list[list[Fraction]]) -> list[Fraction]:
    return [dot(full, d) for d in draws]


def dot(x: list[Fraction], y: list[Fraction]) -> Fraction:
    return sum((a * b for a, b in zip(x, y, strict=True)), Fraction(0))


@pytest.mark.claim("mutschler-zell:text-smalleras")
@pytest.mark.claim("mutschler-zell:text-abs-core3")
@given(data_sets(), st.data())
def test_the_mean_square_is_that_over_all_draws(rows, data):
    size = data.draw(st.integers(1, len(rows)))
    squares = [dot(mean(list(draw)), mean(list(draw))) for draw in combinations(rows, size)]
    assert expected_squared_norm(rows, size) == Rational(sum(squares, Fraction(0)) / len(squares))
    if size > 1:
        assert expected_squared_norm(rows, size) <= expected_squared_norm(rows, size - 1)
    floats = np.array(rows, dtype=np.float64)
    assert expected_squared_norm(floats, size) == pytest.approx(float(expected_squared_norm(rows, size)), rel=1e-12, abs=1e-12)


@pytest.mark.claim("mutschler-zell:algorithm-resize")
@pytest.mark.claim("mutschler-zell:text-decrease")
@given(data_sets(), st.data())
def test_the_slope_ratio_is_that_over_all_extensions(rows, data):
    size = data.draw(st.integers(1, len(rows)))
    larger = data.draw(st.integers(size, len(rows)))
    batch, rest = rows[:size], rows[size:]
    own = mean(batch)
    if dot(own, own) == 0:
        return
    slopes = [dot(own, mean([*batch, *more])) / dot(own, own) for more in combinations(rest, larger - size)]
    share = dot(own, mean(rows)) / dot(own, own)
    found = expected_slope_ratio(share, size, larger, len(rows))
    assert found == Rational(sum(slopes, Fraction(0)) / len(slopes))
    if share < 1 and size < larger:
        assert found < 1


@pytest.mark.claim("mutschler-zell:text-steeper")
@pytest.mark.claim("mutschler-zell:text-lower")
@given(data_sets(), st.data())
def test_steeper_on_average_over_all_draws(rows, data):
    size, full = data.draw(st.integers(1, len(rows))), mean(rows)
    draws = [mean(list(draw)) for draw in combinations(rows, size)]
    excess = sum((dot(d, d) - dot(full, d) for d in draws), Fraction(0)) / len(draws)
    assert excess == sum((dot(x, x) for x in ([a - b for a, b in zip(d, full, strict=True)] for d in draws)), Fraction(0)) / len(draws)
    for one in draws:
        assert sum((dot(one, d) for d in draws), Fraction(0)) / len(draws) == dot(one, full)
    if all(dot(d, d) > 0 for d in draws):
        own, along = (
            [float(x) / length(d) for d, x in zip(draws, xs, strict=True)] for xs in ([dot(d, d) for d in draws], shares(full, draws))
        )
        assert fsum(own) / len(draws) >= length(full) - ROUNDING
        assert length(full) >= fsum(along) / len(draws) - ROUNDING


@pytest.mark.claim("mutschler-zell:text-smalleras")
@given(data_sets())
def test_the_mean_length_falls_with_the_batch_size(rows):
    lengths = [[length(mean(list(draw))) for draw in combinations(rows, size)] for size in range(1, len(rows) + 1)]
    means = [fsum(found) / len(found) for found in lengths]
    assert all(later <= earlier + ROUNDING for earlier, later in pairwise(means))


@pytest.mark.claim("mutschler-zell:text-smalleras")
def test_parts_of_a_batch_at_a_point_of_its_own():
    """Three gradients in the plane, and each two of them; drawn with other probabilities the pairs are none of the statement."""
    basis = [Symbol(f"place_{k}", commutative=False) for k in range(3)]
    weight = [(j - 2) * (j - 3) / 2, -(j - 1) * (j - 3), (j - 1) * (j - 2) / 2]
    pair = sum((weight[k] * (sum(basis, 0 * basis[0]) - basis[k]) for k in range(3)), 0 * basis[0])
    whole = sum(basis, 0 * basis[0])
    point = {
        **{place: Matrix(3, 1, lambda row, _, k=k: int(row == k)) for k, place in enumerate(basis)},
        **{A: Matrix([[3, 0, -3], [0, 4, 0]]), m: 2, parts.M: 3, draws: 3, parts.draws_2: 1},
        **{parts.probability_2: Lambda(i, 1), parts.drawn_2: Lambda(i, whole), parts.batch_gradient_2: Lambda(i, A * whole / 3)},
        **{parts.part_probability: Lambda((i, j), Rational(1, 3)), parts.part: Lambda((i, j), pair)},
        parts.part_gradient: Lambda((i, j), A * pair / 2),
    }
    assert witness(parts.smaller, point)
    strictly = parts.smaller.with_then(parts.of_parts(size(parts.part_gradient(i, j))) > parts.of_larger(size(A * whole / 3)))
    assert witness(strictly, point)
    with pytest.raises(NotProved, match="hypothes"):
        witness(parts.smaller, {**point, parts.part_probability: Lambda((i, j), j / Integer(6))})


@pytest.mark.claim("mutschler-zell:text-abs-core3")
def test_without_a_gradient_the_norm_may_fall_by_more_than_the_factor():
    """With the gradients 1 and -1 nothing is left of both together: the printed form holds there, and fails with 1 and 3."""
    assert counterexample(sampling.same_factor, sampling.ONE_AND_TWO)
    opposed = {A: [[1, -1]], G: [[0]], sampling.batch_gradient_2: Lambda(j, A * (sampling.e_1 + sampling.e_2) / 2)}
    assert witness(sampling.same_factor, {**sampling.ONE_AND_TWO, **opposed})


@pytest.mark.claim("mutschler-zell:text-abs-core3")
def test_the_factor_itself_where_the_samples_run_out():
    """Of three samples with the gradients 2, -1, -1: one, then two of them, and the mean square falls to a quarter."""
    rows = [[2], [-1], [-1]]
    assert [expected_squared_norm(rows, size) for size in (1, 2, 3)] == [2, Rational(1, 2), 0]
    assert 4 * expected_squared_norm([*rows, [0]], 2) > expected_squared_norm([*rows, [0]], 1)


@pytest.mark.claim("mutschler-zell:text-abs-core3")
def test_two_of_four_samples_satisfy_the_law():
    """The statement itself, at a data set that its evidence does not use: all six draws of two from four."""
    columns = [[1, 2], [0, -1], [3, 1], [-2, 0]]
    pairs = list(combinations(range(4), 2))
    places = [Symbol(f"place_{k}", commutative=False) for k in range(4)]
    weight = [[prod_of([j - k for k in range(1, 7) if k != d], d) for d in range(1, 7)]][0]
    by_place = [sum(weight[d] for d, pair in enumerate(pairs) if k in pair) for k in range(4)]
    z = sum(c * e for c, e in zip(by_place, places, strict=True))
    point = {
        **{place: Matrix(4, 1, lambda row, _, k=k: int(row == k)) for k, place in enumerate(places)},
        **{A: Matrix(columns).T, ones: Matrix([1] * 4), G: Matrix([2, 2]) / 4, N: 4, m: 2, draws: 6},
        probability: Lambda(j, Rational(1, 6)),
        sampling.drawn: Lambda(j, z),
        sampling.batch_gradient: Lambda(j, A * z / 2),
    }
    assert witness(sampling.law, point)
    wrong = {**point, G: Matrix([2, 3]) / 4}
    with pytest.raises(NotProved, match="hypothes"):
        witness(sampling.law, wrong)


def prod_of(factors: list, own: int):
    """Lagrange's polynomial that is 1 at `own` and 0 at the other numbers from 1 to 6."""
    found = Rational(1)
    for factor in factors:
        found *= factor / factor.subs(j, own)
    return found


@pytest.mark.claim("mutschler-zell:algorithm-resize")
def test_the_factor_needs_the_other_samples_to_be_flat():
    """Gradients 2, 1, -1: the others cancel, N rho = m, and the slope falls by 2 and by 3; with 2, 1, 0 it does not."""
    assert [expected_slope_ratio(Fraction(1, 3), 1, size, 3) for size in (1, 2, 3)] == [1, Rational(1, 2), Rational(1, 3)]
    point = {**resizing.THREE, A: [[2, 1, -1]], g: [[2]], G: Matrix([[Rational(2, 3)]]), rho: Rational(1, 3)}
    statement = resizing.law.with_then(resizing.THE_FACTOR)
    assert witness(statement, point)
    assert counterexample(statement, {**point, A: [[2, 1, 0]], G: [[1]], rho: Rational(1, 2)})


@pytest.mark.claim("mutschler-zell:text-steeper")
def test_the_refutation_needs_two_samples_apart():
    assert counterexample(steepness.steeper, steepness.TWO)
    alike = {**steepness.TWO, steepness.batch_gradient: Lambda(j, 2 * Symbol("e", commutative=False))}
    with pytest.raises(NotProved):
        counterexample(steepness.steeper, alike)


def test_the_noise_scale():
    assert noise_scale([[1], [3]]) == Rational(1, 4)
    assert noise_scale(np.array([[1.0], [3.0]])) == 0.25
    assert noise_scale([[Fraction(1, 3)]]) == 0


def test_a_mean_far_from_0_costs_no_digits():
    gradients = 1e8 + np.array([[1.0], [-1.0]])
    assert expected_squared_norm(gradients, 1) - expected_squared_norm(gradients, 2) == pytest.approx(1.0, abs=2.0)
    assert noise_scale(gradients) == pytest.approx(1e-16, rel=1e-6)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: expected_slope_ratio(1, 3, 2, 4), ValueError, "m = 3, M = 2, N = 4: expected integers with 1 <= m <= M <= N"),
        (lambda: expected_slope_ratio(1, 0, 2, 4), ValueError, "m = 0"),
        (lambda: expected_slope_ratio(1, 1.0, 2, 4), ValueError, "m = 1.0"),
        (lambda: expected_slope_ratio(float("nan"), 1, 2, 4), ValueError, "rho"),
        (lambda: expected_slope_ratio("1", 1, 2, 4), TypeError, "1"),
        (lambda: expected_squared_norm([[1], [3]], 3), ValueError, "batch_size = 3, N = 2"),
        (lambda: expected_squared_norm([[1], [3]], True), ValueError, "batch_size = True"),
        (lambda: expected_squared_norm([], 1), ValueError, "expected m >= 1 rows"),
        (lambda: expected_squared_norm([[1], [1, 2]], 1), ValueError, "the same number"),
        (lambda: expected_squared_norm(np.zeros((2, 0)), 1), ValueError, "shape"),
        (lambda: expected_squared_norm(np.zeros((2, 1), dtype=np.float32), 1), TypeError, "float32"),
        (lambda: expected_squared_norm(np.array([[np.inf]]), 1), ValueError, "finite"),
        (lambda: noise_scale([[1], [-1]]), ValueError, "the mean of the gradients is 0"),
    ],
)
def test_bad_input_is_named(call, error, says):
    with pytest.raises(error, match=says.replace("(", r"\(")):
        call()
