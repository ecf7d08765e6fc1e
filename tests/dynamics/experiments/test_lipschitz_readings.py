"""Readings of a set-up: the paper's formulas by `theory.lipschitz`, scalings, splits, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from dynamics.experiments.lipschitz_readings import (
    BIASES,
    SIZES,
    Reading,
    classifier_constant,
    design,
    drawn_rows,
    least_squares_constant,
    radius,
    scaled,
)
from theory.lipschitz import printed_least_squares_constant, printed_logistic_constant, printed_softmax_constant, weight_radius

X = np.random.default_rng(0).uniform(1, 5, (7, 3))
Y = np.random.default_rng(1).normal(size=7)
ROUNDING = 1e-14  # relative, of a handful of operations


@pytest.mark.claim("yedida-saha:definition-k", "yedida-saha:table-1")
@pytest.mark.parametrize(("norm", "order"), [("Frobenius", "fro"), ("spectral", 2)])
def test_the_constants_are_the_printed_formulas(norm: str, order: str | int) -> None:
    reading = Reading(norm=norm)
    Z = design(X, reading)
    assert classifier_constant(Z, 2, reading) == pytest.approx(printed_logistic_constant(Z, order), rel=ROUNDING)
    assert classifier_constant(Z, 5, reading) == pytest.approx(printed_softmax_constant(Z, 5, order), rel=ROUNDING)
    ours = least_squares_constant(X, Z, Y, reading)
    assert ours == pytest.approx(printed_least_squares_constant(Z, Y, weight_radius(Z), order), rel=ROUNDING)
    summed = Reading(norm=norm, per_sample=False)
    assert least_squares_constant(X, Z, Y, summed) == pytest.approx(7 * ours, rel=ROUNDING)
    assert classifier_constant(Z, 2, summed) == pytest.approx(7 * classifier_constant(Z, 2, reading), rel=ROUNDING)


def test_the_sources_of_the_radius() -> None:
    rows = np.array([[1.0, -2.0], [3.0, 0.0]])
    Z = design(rows, Reading("none", "added"))
    assert radius(rows, Z, "raw") == (1 + 1.5) / 2  # means 2 and -1; largest 3 and 0
    assert radius(rows, Z, "raw, |x|") == (3 + 1.5) / 2
    assert radius(rows, Z, "scaled") == (2 + 4 / 3) / 2


CHECKS = {
    "none": lambda Z: np.allclose(Z, X),
    "columns sum to 1": lambda Z: np.allclose(Z.sum(0), 1),
    "rows sum to 1": lambda Z: np.allclose(Z.sum(1), 1),
    "columns of norm 1": lambda Z: np.allclose((Z**2).sum(0), 1),
    "rows of norm 1": lambda Z: np.allclose((Z**2).sum(1), 1),
    "columns from 0 to 1": lambda Z: np.allclose(Z.min(0), 0) and np.allclose(Z.max(0), 1),
    "mean 0, deviation 1": lambda Z: np.allclose(Z.mean(0), 0) and np.allclose(Z.std(0), 1),
}


def test_every_scaling_does_what_it_says() -> None:
    assert set(CHECKS) == set(SIZES)
    for scaling, check in CHECKS.items():
        assert check(scaled(X, scaling)), scaling
    assert np.array_equal(scaled(np.zeros((2, 1)), "columns sum to 1"), np.zeros((2, 1)))  # no 0/0


def test_the_bias_is_a_feature_before_or_after_scaling() -> None:
    columns = {bias: design(X, Reading(bias=bias)) for bias in BIASES}
    assert columns["none"].shape == (7, 3)
    assert np.allclose(columns["scaled"][:, 0], 1 / 7) and np.array_equal(columns["added"][:, 0], np.ones(7))
    for bias in ("scaled", "added"):
        assert np.allclose(columns[bias][:, 1:], columns["none"])


def test_the_rows_of_a_split_are_all_rows_once() -> None:
    train, test = drawn_rows(150, 0.7, seed=3)
    assert len(train) == 105 and sorted([*train, *test]) == list(range(150))
    assert not np.array_equal(train, drawn_rows(150, 0.7, seed=4)[0]) and np.array_equal(train, drawn_rows(150, 0.7, seed=3)[0])
    assert all(np.array_equal(rows, np.arange(5)) for rows in drawn_rows(5, 1.0, seed=0))


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("scaling is 'sum'", lambda: Reading("sum")),
        ("bias is True", lambda: Reading(bias=True)),  # type: ignore[arg-type]
        ("norm is 'fro'", lambda: Reading(norm="fro")),
        ("radius is ''", lambda: Reading(radius="")),
        ("share is 0", lambda: Reading(share=0)),
        ("share is nan", lambda: Reading(share=float("nan"))),
        (r"shape \(7,\)", lambda: design(X[:, 0], Reading())),
        (r"shape \(0, 3\)", lambda: design(X[:0], Reading())),
        ("finite", lambda: design(X * np.nan, Reading())),
    ],
)
def test_bad_input(message: str, call: object) -> None:
    assert callable(call)
    with pytest.raises(ValueError, match=message):
        call()
