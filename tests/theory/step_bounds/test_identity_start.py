"""GD from the identity on symmetric targets, run with autograd on the loss itself: theorems 2 and 3, and what the paper says of them."""

from functools import reduce

import numpy as np
import pytest
import sympy as sp
import torch
from hypothesis import given
from hypothesis import strategies as st
from sympy import lambdify

from theory.proof import NearestSemidefinite
from theory.step_bounds.bounds import identity_start_step_bound
from theory.step_bounds.eigenvalue_orbits import RATE
from theory.step_bounds.identity_start import STEP, EigenvalueRange
from theory.step_bounds.symbols import L, a, delta, lam, s, t

F64 = torch.float64
EPS = np.finfo(np.float64).eps
# A run of at most 2000 steps on layers of size at most 3 x 3 and norm below 4: each step rounds sums of 27 products of at most 4 layers,
# below 27 * 4^4 * eps, and a step within the bound does not enlarge earlier errors: 2000 * 27 * 256 * eps < 4e-9.
ROUNDING = 4e-9

seeds = st.integers(0, 10**6)
next_state = lambdify((t, L, delta, lam), STEP(t))  # the expressions that the proofs are about
printed_rate = lambdify((a, s, L, delta), RATE)


def descend(layers, target, step, steps):
    """W_j[0], ..., W_j[steps] of gradient descent on (1/2) |W_L ... W_1 - R|_F^2, as arrays of shape (steps + 1, L, n, n)."""
    layers = [torch.tensor(w, dtype=F64, requires_grad=True) for w in layers]
    target, history = torch.tensor(target, dtype=F64), []
    for _ in range(steps):
        history.append([w.detach().numpy().copy() for w in layers])
        loss = (reduce(lambda product, w: w @ product, layers) - target).square().sum() / 2
        with torch.no_grad():
            for w, gradient in zip(layers, torch.autograd.grad(loss, layers), strict=True):
                w -= step * gradient
    return np.array([*history, [w.detach().numpy() for w in layers]])


def product(layers):
    return reduce(lambda total, w: w @ total, layers)


def from_identity(target, depth, step, steps):
    return descend([np.eye(len(target))] * depth, target, step, steps)


def with_eigenvalues(values, seed):
    """A symmetric matrix with these eigenvalues, and its eigenvectors."""
    basis, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(len(values), len(values))))
    return basis @ np.diag(values) @ basis.T, basis


def bound_of(values, depth):
    smallest = min(values)
    return float(identity_start_step_bound(float(np.abs(values).max()), depth, float(smallest)))


def scalar_orbit(value, depth, step, steps, start=1.0):
    """w(k+1) = w(k) - delta w(k)^(L-1) (w(k)^L - lam)."""
    w = [start]
    for _ in range(steps):
        w.append(next_state(w[-1], depth, step, value))
    return np.array(w)


@pytest.mark.claim("nar-sastry:theorem-2", "nar-sastry:theorem-3")
@given(st.lists(st.floats(-2, 2), min_size=1, max_size=3), st.integers(1, 4), seeds)
def test_every_layer_is_one_orbit_an_eigenvalue(values, depth, seed):
    target, basis = with_eigenvalues(values, seed)
    step, steps = bound_of(values, depth), 40
    run = from_identity(target, depth, step, steps)
    orbits = np.stack([scalar_orbit(value, depth, step, steps) for value in values], axis=1)
    expected = np.einsum("ia,ka,ja->kij", basis, orbits, basis)
    assert np.abs(run - expected[:, None]).max() < ROUNDING


@pytest.mark.claim("nar-sastry:theorem-2")
@given(st.lists(st.floats(0.05, 3), min_size=1, max_size=3), st.integers(1, 4), st.floats(0.1, 1), seeds)
def test_positive_definite_targets_are_found_at_the_printed_rate(values, depth, share, seed):
    target, basis = with_eigenvalues(values, seed)
    step, steps = share * bound_of(values, depth), 60
    run = from_identity(target, depth, step, steps)
    for value, vector in zip(values, basis.T, strict=True):
        root = value ** (1 / depth)
        rate = printed_rate(root, 1, depth, step)
        error = np.linalg.norm(run @ vector - root * vector, axis=2)  # one a step and layer
        assert -8 * EPS < rate < 1  # at rate 0 the last of 8 operations may round below it
        assert (error <= max(rate, 0) ** np.arange(steps + 1)[:, None] * abs(1 - root) + ROUNDING).all()


@pytest.mark.claim("nar-sastry:theorem-2")
@pytest.mark.parametrize("depth", [2, 3, 4])
def test_a_singular_target_has_no_linear_rate(depth):
    """w(k) = (1 + o(1)) (2 (L-1) delta k)^(-1/(2L-2)), so it falls below no geometric sequence, and stays above 1/(k + 1)."""
    step, steps = 1 / depth, 2000
    w = from_identity(np.zeros((1, 1)), depth, step, steps)[:, 0, 0, 0]
    steps_done = np.arange(steps + 1)
    assert (w >= 1 / (steps_done + 1)).all() and (np.diff(w) < 0).all()
    assert w[-1] / w[-2] > 1 - 1 / steps  # the ratio of a linear rate would stay below a constant < 1
    predicted = (2 * (depth - 1) * step * steps) ** (-1 / (2 * depth - 2))
    # 1/w^(2L-2) gains 2 (L-1) delta + O(w^(2L-2)) a step, and the sum of these 1/(2 (L-1) delta k) up to 2000 adds less than 1%
    assert abs(w[-1] / predicted - 1) < 0.01


@pytest.mark.claim("nar-sastry:theorem-3", "nar-sastry:contrib-4")
@given(st.lists(st.floats(-2, -0.3) | st.floats(0.3, 2), min_size=1, max_size=3), st.integers(2, 4))
def test_indefinite_targets_lead_to_the_nearest_semidefinite_matrix(values, depth):
    """On diagonal targets, where rounding treats all layers alike (see the next test)."""
    steps = 400
    found = product(from_identity(np.diag(values), depth, bound_of(values, depth), steps)[-1])
    # positive eigenvalues: the rate is at most 1 - 0.3^(3/2) / 2^(3/2) < 0.95, and 0.95^400 < 2e-9, times 4 layers of norm 2;
    # negative ones at depth 4: w <= (1 + 2 delta |lam| k)^(-1/2) with delta |lam| >= 0.3 / 12, so w^4 < 1/400; both are below 3e-3
    assert np.abs(found - np.diag(np.maximum(values, 0))).max() < 3e-3


@pytest.mark.claim("nar-sastry:theorem-3")
@pytest.mark.parametrize("nudge", [1e-12, 1e-3])
def test_the_limit_is_a_saddle(nudge):
    """In exact arithmetic the layers stay equal. A difference grows by 1 + delta |lam| a step, and GD then ends at R itself."""
    target, start = np.diag([-2.0, -0.75]), np.eye(2)
    run = descend([start + nudge * np.diag([1.0, 2.0]), start], target, bound_of([-2.0, -0.75], 2), 1000)
    near = np.abs(product(run.swapaxes(0, 1))).max(axis=(1, 2))
    assert near.min() < 0.1  # first it comes near the nearest semidefinite matrix, 0
    assert np.abs(product(run[-1]) - target).max() < ROUNDING


@pytest.mark.claim("nar-sastry:theorem-3")
def test_one_layer_finds_any_target():
    target = np.diag([-1.0, 2.0])
    found = product(from_identity(target, 1, bound_of([-1.0, 2.0], 1), 200)[-1])
    assert np.abs(found - target).max() < 0.7**200 * 2 + ROUNDING  # the rate is 1 - delta = 1 - 1/2


@pytest.mark.claim("nar-sastry:contrib-4", "nar-sastry:text-eigenvalues-nonnegative")
def test_three_layers_find_minus_one_with_the_step_one():
    run = from_identity([[-1.0]], 3, 1.0, 5)
    assert run[1:].tolist() == [[[[-1.0]]] * 3] * 5
    assert product(run[-1]).tolist() == [[-1.0]]


@pytest.mark.claim("nar-sastry:text-eigenvalues-nonnegative")
@given(st.lists(st.floats(-2, 2), min_size=1, max_size=3), st.sampled_from([2, 4]), st.floats(0.05, 3), seeds)
def test_even_depths_give_no_negative_eigenvalue_whatever_the_step(values, depth, step, seed):
    target, _ = with_eigenvalues(values, seed)
    for layers in from_identity(target, depth, step, 6):
        estimate = product(layers)
        size = np.abs(estimate).max()
        if not size < 1e6:  # it diverges; rounding then hides the sign
            break
        # the layers commute, so the estimate is a square; rounding is relative to its size, and grows with the run's
        assert np.linalg.eigvalsh((estimate + estimate.T) / 2).min() > -ROUNDING * max(1, size) ** 2


@pytest.mark.claim("nar-sastry:text-eigenvalues-nonnegative")
@given(st.lists(st.floats(-2, 2), min_size=1, max_size=3), st.integers(2, 5))
def test_small_steps_give_no_negative_eigenvalue(values, depth):
    step = bound_of([*values, -0.1], depth)
    for value in values:
        assert (scalar_orbit(value, depth, step, 200) >= 0).all()


@pytest.mark.claim("nar-sastry:remark-4", "nar-sastry:text-rule-out")
@given(st.lists(st.floats(0.05, 2), min_size=1, max_size=3), st.integers(1, 4), seeds)
def test_residual_networks_from_zero_run_the_same(values, depth, seed):
    target, _ = with_eigenvalues(values, seed)
    step, steps, size = bound_of(values, depth), 60, len(values)
    layers = [torch.zeros(size, size, dtype=F64, requires_grad=True) for _ in range(depth)]
    goal, losses = torch.tensor(target, dtype=F64), []
    for _ in range(steps):
        estimate = reduce(lambda total, v: total + v @ total, layers, torch.eye(size, dtype=F64))  # (1 + V_L) ... (1 + V_1)
        loss = (estimate - goal).square().sum() / 2
        losses.append(loss.item())
        with torch.no_grad():
            for v, gradient in zip(layers, torch.autograd.grad(loss, layers), strict=True):
                v -= step * gradient
    plain = from_identity(target, depth, step, steps)[-1]
    assert np.abs(np.array([v.detach().numpy() for v in layers]) - (plain - np.eye(size))).max() < ROUNDING
    assert (np.diff(losses) <= ROUNDING).all()  # no oscillation


@pytest.mark.claim("nar-sastry:theorem-3")
@pytest.mark.parametrize(
    ("near", "target", "verdict"),
    [
        (sp.diag(0, 1), sp.diag(-1, 1), True),
        (sp.diag(1, 1), sp.diag(-1, 1), False),  # the moduli
        (sp.diag(-1, 1), sp.diag(-1, 1), False),  # not semidefinite
        (sp.zeros(2), sp.diag(-1, 1), False),  # semidefinite, but farther
        (sp.ones(2) * sp.Rational(3, 2), sp.Matrix([[1, 2], [2, 1]]), True),  # eigenvalues 3 and -1
        (sp.Matrix([[1, -1], [1, 1]]), sp.Matrix([[1, -1], [1, 1]]), None),  # the notion is about a symmetric R
        (sp.Matrix([[0, -1], [1, 1]]), sp.diag(-1, 1), False),  # x' X x >= 0, but X is not symmetric
    ],
)
def test_the_nearest_matrix_is_recognised(near, target, verdict):
    assert NearestSemidefinite(sp.ImmutableMatrix(near), sp.ImmutableMatrix(target)).decide() is verdict


@pytest.mark.claim("nar-sastry:theorem-2", "nar-sastry:theorem-3")
@given(st.lists(st.integers(-3, 3), min_size=3, max_size=3), st.integers(-4, 4), st.integers(-4, 4))
def test_the_eigenvalue_range_is_that_of_numpy(entries, low, high):
    matrix = [[entries[0], entries[1]], [entries[1], entries[2]]]
    values = np.linalg.eigvalsh(matrix)
    same = bool(np.abs(values - [low, high]).max() < ROUNDING)  # eigenvalues of such matrices are 1e-3 away from other integers
    assert EigenvalueRange(sp.ImmutableMatrix(matrix), sp.Integer(low), sp.Integer(high)).decide() is same
