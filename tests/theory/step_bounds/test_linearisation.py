"""Equation 7 by float64: spectra of Hessians and of the error map, and GD itself near a minimum that the printed step forbids."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from sympy import ImmutableMatrix, Integer, Rational, Tuple, eye, pi, sqrt, zeros

from tests.theory.step_bounds.networks import before_and_behind, descent, integer_matrices, integer_networks, product
from theory.proof import KernelError, SpectralNorm, by_meaning, equal_words
from theory.step_bounds.bounds import solution_step_bound
from theory.step_bounds.layers import PRODUCTS, WEIGHTS
from theory.step_bounds.solutions import (
    DeepLinearMinimum,
    DeepLinearReached,
    DeepLinearSmoothness,
    DeepLinearStable,
    hessian,
    is_best_fit,
    second_derivatives,
)
from theory.step_bounds.symbols import L, N, R, W, rho, t

NARROW = [np.array(w, dtype=float) for w in ([[1, 1], [1, 0]], [[0, 1]], [[0], [1]], [[1, 1], [1, 0]])]
TARGET = np.diag([1.0, 0.5])
FIT = np.diag([1.0, 0.0])  # the product of the layers
STEP = 5 / 16
# eigvalsh is backward stable: n eps times the norm, with n <= 36; 1e-12 is a hundred times that
SLACK = 1e-12
NEAR, FAR = 1e-6, 1e-2
# along the unstable direction a step multiplies by |1 - 5/16 * 6.449| = 1.0155: from 1e-7 to 1e-2 in log(1e5)/log(1.0155) = 750 steps
STEPS = 3000


def largest_of_the_error_map(layers):
    total = 0
    for i in range(1, len(layers) + 1):
        before, behind = before_and_behind(layers, i)
        total = total + np.kron(behind @ behind.T, before.T @ before)
    return np.linalg.eigvalsh(total)[-1]


def largest_of_the_hessian(layers, target):
    map_, point = descent(layers, target, 1.0)
    return torch.linalg.eigvalsh(map_.hessian(point)[0])[-1].item()


@pytest.mark.claim("nar-sastry:equation-7")
def test_two_over_delta_lies_between_the_hessian_and_the_error_map():
    assert abs(largest_of_the_hessian(NARROW, TARGET) - (7 + math.sqrt(29)) / 2) < SLACK * 10
    assert abs(largest_of_the_error_map(NARROW) - (4 + math.sqrt(6))) < SLACK * 10
    assert (7 + math.sqrt(29)) / 2 < 2 / STEP < 4 + math.sqrt(6)


def farthest(target):
    """How far GD from starts near the narrow network gets from it."""
    map_, point = descent(NARROW, target, STEP)
    generator = torch.Generator().manual_seed(0)
    starts = point + NEAR * torch.randn(20, point.shape[1], generator=generator, dtype=torch.float64)
    far = 0.0
    for _ in range(STEPS):
        starts = map_.step(starts)
        far = max(far, (starts - point).abs().max().item())
        if far > FAR:
            break
    return far


@pytest.mark.claim("nar-sastry:equation-7")
def test_gd_stays_near_the_minimum_with_a_residual_and_leaves_the_same_weights_without_one():
    """With the target diag(1, 1/2) they are stable; with their own product as the target both spectra agree, and they are not."""
    assert farthest(TARGET) < 100 * NEAR
    assert farthest(FIT) > FAR


@pytest.mark.claim("nar-sastry:equation-7")
@given(integer_networks(widest=2))
def test_without_a_residual_both_have_the_same_largest_eigenvalue(network):
    layers, _ = network
    of_the_map = largest_of_the_error_map(layers)
    fit = product(layers, layers[0].shape[1])
    assert abs(largest_of_the_hessian(layers, fit) - of_the_map) <= SLACK * (1 + of_the_map)


@pytest.mark.claim("nar-sastry:equation-7-bound")
@given(integer_networks())
def test_the_error_map_is_at_least_the_gains(network):
    layers, _ = network
    assume(np.any(product(layers, layers[0].shape[1])))
    gains = 2 / solution_step_bound(layers)
    assert largest_of_the_error_map(layers) >= gains * (1 - SLACK)  # lemma 1 holds for all vectors, so also for those that float64 finds


def singular_loss(layers, target):
    """The least (1/2) ||P - R||^2 that the widths allow, by the singular values of R, and the loss of the layers."""
    width = min(n for w in layers for n in w.shape)
    rest = np.linalg.svd(target, compute_uv=False)[width:]
    return np.sum(rest**2) / 2, np.sum((product(layers, target.shape[1]) - target) ** 2) / 2


@st.composite
def truncated_fits(draw):
    """Diagonal targets, and layers through a narrow middle that keep some of its entries."""
    entries = draw(st.lists(st.integers(-3, 3), min_size=2, max_size=3))
    width = draw(st.integers(1, len(entries)))
    kept = draw(st.permutations(range(len(entries))))[:width]
    select = np.eye(len(entries))[kept]
    return [select, np.diag(entries).astype(float) @ select.T], np.diag(entries).astype(float)


@pytest.mark.claim("nar-sastry:equation-7")
@given(truncated_fits())
def test_best_fits_are_those_of_the_singular_values(case):
    layers, target = case
    least, found = singular_loss(layers, target)
    exact = [ImmutableMatrix(w.astype(int)) for w in layers]
    if is_best_fit(exact, ImmutableMatrix(target.astype(int))):
        assert abs(found - least) <= SLACK * 100
    elif np.linalg.matrix_rank(product(layers, target.shape[1])) == layers[0].shape[0]:
        assert found > least + 0.1  # the entries are integers


@given(integer_networks(deepest=2, widest=2), st.data())
def test_a_best_fit_is_never_claimed_falsely(network, data):
    layers, _ = network
    target = product(layers, layers[0].shape[1]) + data.draw(integer_matrices(layers[-1].shape[0], layers[0].shape[1], 1))
    least, found = singular_loss(layers, target)
    exact = [ImmutableMatrix(w.astype(int)) for w in layers]
    if is_best_fit(exact, ImmutableMatrix(target.astype(int))):
        assert found <= least + SLACK * (1 + np.sum(target**2))


def test_equal_singular_values_may_be_dropped_and_larger_ones_may_not():
    weights = [ImmutableMatrix([[1, 0]]), ImmutableMatrix([[1], [0]])]
    fits = {entry: is_best_fit(weights, ImmutableMatrix([[1, 0], [0, entry]])) for entry in (Rational(1, 2), 1, 2)}
    assert fits == {Rational(1, 2): True, 1: True, 2: False}


def test_the_meaning_of_a_minimum_is_stated_for_the_letters():
    with pytest.raises(KernelError, match="the meaning is stated for"):
        by_meaning(DeepLinearMinimum(WEIGHTS, N, R), "gradient")
    assert by_meaning(DeepLinearMinimum(WEIGHTS, L, R), "gradient").given


def test_the_meaning_of_a_minimum_is_about_the_product_of_its_own_layers():
    """P stands for any function of a layer: without P(j) = W(j) P(j-1) the gradient would vanish at other products too."""
    minimum = DeepLinearMinimum(WEIGHTS, L, R)
    for choice in (("gradient",), ("curvature", W(L))):
        assert set(PRODUCTS[1:3]) <= set(by_meaning(minimum, *choice).given)
    assert set(PRODUCTS[1:]) <= set(by_meaning(minimum, "gradient").given)
    assert set(PRODUCTS[1:3]) <= set(by_meaning(DeepLinearSmoothness(rho, WEIGHTS, L, R)).given)


def test_a_direction_may_use_the_letters_of_the_section():
    """The section runs along s and t; a direction that has the paper's own s or t in it is not a curve in them."""
    plain, scaled = second_derivatives(W(L)), second_derivatives(t * W(L))
    for power, (a, b) in enumerate(zip(plain, scaled, strict=True)):
        assert equal_words(b, t**power * a)


@pytest.mark.claim("nar-sastry:corollary-1")
@given(integer_matrices(2, 3, 3))
def test_the_largest_singular_value_is_the_spectral_norm(matrix):
    exact = ImmutableMatrix(matrix.astype(int))
    norm = np.linalg.norm(matrix, 2)
    near = Rational(round(norm))
    assert SpectralNorm(near, exact).decide() is bool(abs(norm - round(norm)) < SLACK * 10)
    assert SpectralNorm(near + 1, exact).decide() is False
    assert SpectralNorm(-near - 1, exact).decide() is False


@pytest.mark.claim("nar-sastry:corollary-1")
@given(integer_networks(deepest=2, widest=2), st.data())
def test_a_best_fit_keeps_the_largest_singular_value(network, data):
    layers, _ = network
    target = product(layers, layers[0].shape[1]) + data.draw(integer_matrices(layers[-1].shape[0], layers[0].shape[1], 1))
    exact = [ImmutableMatrix(w.astype(int)) for w in layers]
    if is_best_fit(exact, ImmutableMatrix(target.astype(int))):
        kept = np.linalg.norm(product(layers, layers[0].shape[1]), 2)
        assert abs(kept - np.linalg.norm(target, 2)) <= SLACK * (1 + kept)


# Regular steps: weights at which 1/delta is no eigenvalue of the Hessian, as in the docstring of `DeepLinearReached`


def regular_weights(widths, rank):
    """Weights of these widths for the target diag(1, ..., 1, 0, ...) of this rank, at which 1 is no eigenvalue of the Hessian."""
    if len(widths) > 3:
        return [zeros(b, a) for a, b in pairwise(widths)]
    before, hidden, behind = widths
    if hidden >= rank:
        return [eye(hidden, before) / 2, 2 * eye(behind, hidden)]
    return [2 * eye(hidden, before), zeros(behind, hidden)]


@pytest.mark.claim("nar-sastry:theorem-1")
@pytest.mark.parametrize("widths", [(1, 1, 1), (1, 3, 1), (2, 1, 2), (2, 3, 2), (1, 3, 2), (3, 2, 3), (2, 4, 1), (2, 1, 1, 2)], ids=str)
def test_the_steps_of_a_deep_linear_network_are_regular(widths):
    """The step 1 is critical at the weights 0 for L = 2: 1/delta is then a singular value of the target."""
    target = eye(widths[-1], widths[0])
    weights = [ImmutableMatrix(w) for w in regular_weights(widths, min(widths[0], widths[-1]))]
    curvature = hessian(weights, ImmutableMatrix(target))
    assert (eye(curvature.rows) - curvature).det() != 0


@pytest.mark.parametrize("step", [0, -1, sqrt(2) / 2, pi / 4], ids=str)
def test_only_positive_rational_steps_are_decided(step):
    one = ImmutableMatrix([[1]])
    for notion in (DeepLinearReached, DeepLinearStable):
        assert notion(Integer(step) if isinstance(step, int) else step, Tuple(one, one), Integer(2), one).decide() is None


def test_irrational_weights_are_not_decided():
    layers = Tuple(ImmutableMatrix([[sqrt(2)]]), ImmutableMatrix([[1 / sqrt(2)]]))
    assert DeepLinearMinimum(layers, Integer(2), ImmutableMatrix([[1]])).decide() is None
