"""Features scaled to sum to 1, and the two estimates of section 6.3: exact fractions, random data, the data sets of the paper."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Lambda, Rational

from dynamics.data import tabular
from dynamics.experiments.lipschitz_set_up import sums_to_one
from theory.lipschitz import printed_least_squares_constant, printed_logistic_constant, printed_softmax_constant, weight_radius
from theory.lipschitz.feature_scaling import each, not_zero
from theory.lipschitz.k2_estimates import HALVES, amended, printed
from theory.lipschitz.symbols import K, K_z, M, count, entry, i, j, k, lam, m, slope_of, total
from theory.proof import NotProved, counterexample, witness

SEEDS = st.integers(0, 10**6)
VALUES = st.lists(st.fractions(-3, 3, max_denominator=6), min_size=1, max_size=8)
ROUNDED = 1e-9  # a few dozen roundings in float64


@pytest.mark.claim("yedida-saha:text-scale-sum1")
@given(VALUES)
def test_a_feature_divided_by_its_sum(values: list[Fraction]) -> None:
    whole = sum(values)
    if whole == 0:
        return
    scaled = [value / whole for value in values]
    squares = sum(value**2 for value in scaled)
    assert sum(scaled) == 1 and len(values) * squares >= 1
    assert squares <= 1 or min(values) < 0
    assert (len(values) * squares == 1) == (len(set(values)) == 1)


@pytest.mark.claim("yedida-saha:text-scale-sum1")
@given(st.fractions(-3, 3, max_denominator=6), st.fractions(-2, 2, max_denominator=6), st.integers(1, 4))
def test_the_statement_at_parabolas(first: Fraction, slope: Fraction, rows: int) -> None:
    a, b = (Rational(v.numerator, v.denominator) for v in (first, slope))
    whole = sum(a + b * (row**2 - 1) for row in range(1, rows + 1))
    point = {m: rows, entry: Lambda(i, a + b * (i**2 - 1)), total: whole}
    if whole == 0:
        with pytest.raises(NotProved):
            witness(each, point)
    else:
        with pytest.raises(NotProved):
            counterexample(not_zero, point)


@pytest.mark.claim("yedida-saha:text-scale-sum1")
@given(SEEDS, st.integers(1, 40), st.integers(1, 6), st.integers(2, 5))
def test_the_rate_is_between_its_bounds(seed: int, rows: int, features: int, classes: int) -> None:
    X = sums_to_one(np.random.default_rng(seed).exponential(size=(rows, features)) + 1e-3)
    least, most = 2 * rows / math.sqrt(features), 2 * rows * math.sqrt(rows / features)
    assert least * (1 - ROUNDED) <= 1 / printed_logistic_constant(X) <= most * (1 + ROUNDED)
    share = classes / (classes - 1) / 2
    assert share * least * (1 - ROUNDED) <= 1 / printed_softmax_constant(X, classes) <= share * most * (1 + ROUNDED)


@pytest.mark.claim("yedida-saha:text-scale-sum1")
def test_the_data_sets_of_the_paper() -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is missing (extra data)")
    digits = tabular("digits", scaling="raw").inputs
    assert np.flatnonzero(digits.sum(axis=0) == 0).tolist() == [0, 32, 39]
    with pytest.raises(ValueError, match="column 0 sums to 0"):
        sums_to_one(digits)
    for name, classes, printed_rate in (("iris", 3, 1.902), ("digits", 10, 0.634)):
        data = tabular(name, scaling="raw").inputs
        X = sums_to_one(data[:, data.sum(axis=0) != 0])
        assert (data >= 0).all() and 1 / printed_softmax_constant(X, classes) > 50 * printed_rate, "not scaled so"
    cancer = sums_to_one(tabular("breast_cancer", scaling="raw").inputs)
    assert 1 / printed_logistic_constant(cancer) == pytest.approx(4280.23, rel=0.02), "scaled so"
    assert 2 * 569 / math.sqrt(30) < 4280.23 < 2 * 569 * math.sqrt(569 / 30)


@pytest.mark.claim("yedida-saha:text-covtype-rows")
@pytest.mark.claim("yedida-saha:text-ten-features")
def test_what_the_rates_of_covertype_say() -> None:
    """1/L <= 2 m sqrt(m/n), whatever the signs: so few rows, or more features, cannot have the printed rates."""
    least_rows = (189.345e6 * math.sqrt(10) / 2) ** (2 / 3)
    assert 447_500 < least_rows < 495_141
    most_features = 4 * 100_000**3 / 17.475e6**2
    assert 13 < most_features < 14


@pytest.mark.claim("yedida-saha:definition-k")
@given(SEEDS, st.integers(1, 6), st.integers(1, 4), st.fractions(Fraction(1, 5), 5, max_denominator=9))
def test_the_radius_grows_with_the_features(seed: int, rows: int, features: int, scale: Fraction) -> None:
    """The formula, written out; and it grows with the scale of the features, where the weights shrink."""
    X = np.random.default_rng(seed).integers(-9, 10, size=(rows, features)).tolist()
    a = Fraction(sum(map(sum, X)), rows)
    b = Fraction(sum(max(column) for column in zip(*X, strict=True)), features)
    assert Fraction(str(weight_radius(X))) == (a + b) / 2
    assert Fraction(str(weight_radius([[value * scale for value in row] for row in X]))) == scale * (a + b) / 2
    y, radius = list(range(rows)), Fraction(7, 3)
    plain = printed_least_squares_constant(X, y, radius)
    larger = [[value * scale for value in row] for row in X]
    factor = Rational(scale.numerator, scale.denominator)
    assert (printed_least_squares_constant(larger, y, radius / scale) - factor * plain).equals(0), "if the radius shrinks"
    scaled = np.array(X, dtype=np.float64)
    assert weight_radius(scaled) == pytest.approx(float((a + b) / 2), abs=1e-12)


@pytest.mark.claim("yedida-saha:text-k2-estimates")
@given(SEEDS, st.integers(1, 5), st.integers(1, 4), st.integers(2, 5))
def test_the_square_of_the_gradient(seed: int, rows: int, features: int, classes: int) -> None:
    dice = np.random.default_rng(seed)
    X, W, hot = dice.normal(size=(rows, features)), dice.normal(size=(features, classes)), np.eye(classes)[dice.integers(0, classes, rows)]
    z = np.exp(X @ W - (X @ W).max(axis=1, keepdims=True))
    gradient = X.T @ (z / z.sum(axis=1, keepdims=True) - hot) / rows
    assert np.linalg.norm(gradient**2) <= np.linalg.norm(gradient) ** 2 * (1 + ROUNDED)


@pytest.mark.claim("yedida-saha:text-k2-estimates")
def test_no_bound_by_hand() -> None:
    gradient = [Fraction(-1, 2), Fraction(1, 2)]
    assert sum(g**4 for g in gradient) == Fraction(1, 8) > Fraction(1, 4) ** 2
    assert counterexample(printed, HALVES) is not None
    with pytest.raises(NotProved):
        counterexample(amended, {count: 2, M: 1, slope_of: HALVES[slope_of], m: 1, k: 2, lam: 1, K_z: 1, K: 1})


@pytest.mark.claim("yedida-saha:text-k2-estimates")
@given(
    st.integers(1, 3), st.fractions(0, 3, max_denominator=4), st.fractions(0, 3, max_denominator=4), st.fractions(-2, 2, max_denominator=3)
)
def test_the_amended_statement_at_exact_points(size: int, share: Fraction, decay: Fraction, value: Fraction) -> None:
    entries = [value + 2 * index for index in range(1, size + 1)]
    q = Rational(value.numerator, value.denominator)
    point = {
        **{count: size, slope_of: Lambda(j, 2 * j + q), M: sum(abs(x) for x in entries), m: 1, k: 2},
        **{lam: 1, K_z: Rational(share.numerator, share.denominator), K: Rational(decay.numerator, decay.denominator)},
    }
    point[M] = Rational(point[M].numerator, point[M].denominator)
    with pytest.raises(NotProved):
        counterexample(amended, point)
