"""The error after a step, as a polynomial in the size of the error: order 0 and 1 exactly, and the bound of the rest."""

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from tests.theory.step_bounds.networks import before_and_behind, integer_matrices, integer_networks, product
from theory.proof.word_values import evaluate_word
from theory.step_bounds.error_dynamics import error_factors
from theory.step_bounds.instances import deep

STEP = sp.Rational(1, 7)
# The bound is a sum of at most 2 L products of squares below 1e15, each with relative error below 1e3 eps: 1e-9 is generous
SLACK = 1e-9


def exact(matrix):
    return sp.Matrix(matrix.astype(int))


@pytest.mark.claim("nar-sastry:definition-aibi")
@given(integer_networks(deepest=3))
def test_the_factors_are_products_of_the_layers_around(network):
    layers, _ = network
    letters = {key: value for key, value in deep([exact(w) for w in layers]).items() if not key.is_Symbol}
    for i in range(1, len(layers) + 1):
        before, behind = before_and_behind(layers, i)
        left, right = (evaluate_word(word, letters) for word in error_factors(sp.Integer(i)))
        assert left == exact(behind @ behind.T) and right == exact(before.T @ before)


def stepped_error(layers, error, size):
    """E[k+1] for E[k] = size * error, by multiplying the updated layers."""
    after = sp.eye(layers[0].shape[1])
    for i, w in enumerate(layers, 1):
        before, behind = before_and_behind(layers, i)
        after = (exact(w) - STEP * size * exact(behind.T @ error @ before.T)) * after
    return after - (exact(product(layers, layers[0].shape[1])) - size * exact(error))


@pytest.mark.claim("nar-sastry:equation-6")
@given(integer_networks(deepest=3, widest=2), st.data())
def test_the_error_moves_by_the_printed_terms_up_to_second_order(network, data):
    layers, target = network
    error = data.draw(integer_matrices(*target.shape))
    s = sp.Symbol("s")
    after = stepped_error(layers, error, s)
    linear = np.zeros_like(error)
    for i in range(1, len(layers) + 1):
        before, behind = before_and_behind(layers, i)
        linear += behind @ behind.T @ error @ before.T @ before
    printed = exact(error) - STEP * exact(linear)
    for found, wanted in zip(after, printed, strict=True):
        polynomial = sp.Poly(found, s)
        assert polynomial.coeff_monomial(1) == 0 and polynomial.coeff_monomial(s) == wanted
        assert len(layers) > 1 or polynomial.degree() <= 1  # nothing is left at depth 1


@pytest.mark.claim("nar-sastry:equation-6")
@given(integer_networks(deepest=4), st.data(), st.sampled_from([1.0, -1.0, 0.5, 1e-3]))
def test_what_is_left_is_bounded_by_the_square_of_the_size(network, data, s):
    layers, target = network
    error = data.draw(integer_matrices(*target.shape))
    step = float(STEP)
    slopes, linear = [], np.zeros_like(error)
    for i in range(1, len(layers) + 1):
        before, behind = before_and_behind(layers, i)
        slopes.append(-step * behind.T @ error @ before.T)
        linear += behind @ behind.T @ error @ before.T @ before
    size = layers[0].shape[1]
    after = product([w + s * d for w, d in zip(layers, slopes, strict=True)], size)
    rest = after - product(layers, size) + s * step * linear
    bound, change, so_far = 0.0, np.zeros((size, size)), np.eye(size)
    for w, d in zip(layers, slopes, strict=True):
        bound = 4 * (np.sum(w**2) + np.sum(d**2)) * bound + 2 * np.sum(d**2) * np.sum(change**2)
        change = w @ change + d @ so_far
        so_far = w @ so_far
    rounding = SLACK * (1 + np.abs(after).max() ** 2)
    assert np.sum(rest**2) <= s**4 * bound + rounding
