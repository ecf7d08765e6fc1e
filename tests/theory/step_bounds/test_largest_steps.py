"""Steps from multiples of the identity against the bound (4), and which optima attain it: floats, autograd Hessians, exact orbits."""

from fractions import Fraction
from functools import reduce

import numpy as np
import pytest
import sympy as sp
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.theory.step_bounds.test_identity_start import EPS, ROUNDING, descend, printed_rate, scalar_orbit, with_eigenvalues
from theory.step_bounds.bounds import solution_step_bound, target_step_bound

F64 = torch.float64
# A Hessian of at most 4 * 9 = 36 rows: its entries are sums of 81 products of at most 6 factors below 2, and eigvalsh adds
# 36 eps of the norm
HESSIAN_ROUNDING = 36 * (81 * 2**6 + 36 * 2**6) * EPS

seeds = st.integers(0, 10**6)
spectra = st.lists(st.floats(0.05, 3), min_size=1, max_size=3)


@pytest.mark.claim("nar-sastry:text-close-steps")
@given(spectra, st.integers(1, 4), seeds)
def test_half_of_the_bound_works_from_the_best_multiple_of_the_identity(values, depth, seed):
    target, basis = with_eigenvalues(values, seed)
    rho = max(values)
    step, steps, start = float(target_step_bound(rho, depth)) / 2, 60, rho ** (1 / depth)
    run = descend([start * np.eye(len(values))] * depth, target, step, steps)
    for value, vector in zip(values, basis.T, strict=True):
        root = value ** (1 / depth)
        rate = printed_rate(root, start, depth, step)
        error = np.linalg.norm(run @ vector - root * vector, axis=2)
        assert (error <= max(rate, 0) ** np.arange(steps + 1)[:, None] * (start - root) + ROUNDING).all()


@pytest.mark.claim("nar-sastry:text-close-steps")
@given(st.floats(0.1, 1), st.floats(0.1, 5), st.integers(1, 5), st.floats(0.5, 0.97))
def test_every_step_below_the_bound_works_from_the_best_multiple_of_the_identity(share, rho, depth, fraction):
    """For an eigenvalue share * rho; at 1.03 times the bound the eigenvalue rho itself repels."""
    bound, start, root = float(target_step_bound(rho, depth)), rho ** (1 / depth), (share * rho) ** (1 / depth)
    orbit = scalar_orbit(share * rho, depth, fraction * bound, 2500, start=start)
    # near the root the multiplier lies between 1 - 2 * 0.97 and 1 - 2 * 0.5 * 0.1^(8/5) < 0.975, and 0.975^2000 < 1e-21, times 5^1
    assert abs(orbit[-1] - root) < 1e-12
    distances = np.abs(np.asarray(orbit) - root)
    assert (np.diff(distances) <= ROUNDING).all()  # it jumps over the root, and comes nearer
    off = scalar_orbit(rho, depth, 1.03 * bound, 500, start=start * (1 + 1e-6))
    assert not abs(off[-1] - start) < 1e-4 * start


@pytest.mark.claim("nar-sastry:contrib-3", "nar-sastry:text-close-steps")
def test_the_identity_is_a_bad_start_for_a_small_target():
    """R = 1/100, L = 2, delta = 200/99, exactly: 1, -1, 1, ...; in floats a little more than that diverges, and I/4 converges."""
    lam, step = Fraction(1, 100), Fraction(200, 99)
    w = [Fraction(1)]
    for _ in range(4):
        w.append(w[-1] - step * w[-1] * (w[-1] ** 2 - lam))
    assert w == [1, -1, 1, -1, 1]
    assert step < target_step_bound(lam, 2) == 100
    assert abs(scalar_orbit(0.01, 2, 2.1, 6)[-1]) > 1e6
    # rate 1 - 2 delta lam = 0.96 near 1/10: 0.96^1000 < 1e-17
    assert abs(scalar_orbit(0.01, 2, 200 / 99, 1000, start=0.25)[-1] - 0.1) < 1e-15


@pytest.mark.claim("nar-sastry:contrib-3")
@given(st.floats(1, 4), st.integers(1, 4), seeds)
def test_large_targets_converge_from_the_identity_with_half_of_the_bound(rho, depth, seed):
    values = [rho, *np.random.default_rng(seed).uniform(0.2, rho, size=2)]
    target, _ = with_eigenvalues(values, seed)
    found = descend([np.eye(3)] * depth, target, float(target_step_bound(rho, depth)) / 2, 600)[-1]
    # rate 1 - (0.2 / rho)^(2(L-1)/L) >= at rho = 4, L = 4: 1 - 0.05^1.5 = 0.989, and 0.989^600 < 2e-3, times 4 layers of norm sqrt 2
    assert np.abs(reduce(lambda total, w: w @ total, found) - target).max() < 4 * 2 * 2e-3


@pytest.mark.claim("nar-sastry:remark-3")
def test_gradient_descent_lands_on_an_unstable_optimum():
    """Exactly in one step; from a start 1e-9 beside it in a random direction it does not come to rest there."""
    step, start, optimum = Fraction(25, 64), (Fraction(-9, 5), Fraction(-17, 5)), (Fraction(5), Fraction(1, 5))

    def move(a, b):
        return a - step * b * (a * b - 1), b - step * a * (a * b - 1)

    assert move(*start) == optimum == move(*optimum)
    assert step * sum(w**2 for w in optimum) > 9  # step times smoothness, far above 2
    for seed in range(5):
        state = np.array([float(w) for w in optimum]) + 1e-9 * np.random.default_rng(seed).normal(size=2)
        distances = []
        for _ in range(50):
            state = np.array([float(w) for w in move(*(Fraction(float(w)) for w in state))])
            distances.append(np.linalg.norm(state - [5, 0.2]))
            if distances[-1] > 0.1:
                break
        assert max(distances) > 0.1


@pytest.mark.claim("nar-sastry:remark-3")
@given(st.floats(0.2, 5), st.lists(st.floats(0.2, 5), min_size=1, max_size=3))
def test_no_optimum_admits_a_larger_step_than_the_balanced_one(product, others):
    weights = [*others, product / np.prod(others)]
    bound, largest = (float(b) for b in (solution_step_bound([np.array([[w]]) for w in weights]), target_step_bound(product, len(weights))))
    assert bound <= largest * (1 + 100 * EPS)  # fewer than 100 roundings in either


def top_curvature(weights, target):
    """The largest eigenvalue of the Hessian of (1/2) |W_L ... W_1 - R|_F^2, by autograd."""
    shapes, goal = [w.shape for w in weights], torch.tensor(target, dtype=F64)

    def loss(flat):
        parts = flat.split([a * b for a, b in shapes])
        layers = [p.reshape(shape) for p, shape in zip(parts, shapes, strict=True)]
        return (reduce(lambda total, w: w @ total, layers) - goal).square().sum() / 2

    at = torch.cat([torch.tensor(w, dtype=F64).reshape(-1) for w in weights])
    return torch.linalg.eigvalsh(torch.autograd.functional.hessian(loss, at))[-1].item()


@pytest.mark.claim("nar-sastry:text-tight-indefinite")
@given(st.lists(st.floats(-1.5, 1.5).filter(lambda x: abs(x) > 0.05), min_size=1, max_size=3), st.integers(1, 4), seeds)
def test_signed_roots_have_the_least_curvature(values, depth, seed):
    """W_1 = |R|^(1/L) with the signs of R, the other layers |R|^(1/L): the curvature is L rho^(2(L-1)/L), even without a negative value."""
    target, basis = with_eigenvalues(values, seed)
    root = basis @ np.diag(np.abs(values) ** (1 / depth)) @ basis.T
    signs = basis @ np.diag(np.sign(values)) @ basis.T
    rho = max(map(abs, values))
    expected = 2 / float(target_step_bound(rho, depth))
    assert abs(top_curvature([root @ signs, *[root] * (depth - 1)], target) - expected) < HESSIAN_ROUNDING


@pytest.mark.claim("nar-sastry:text-equal-amplification")
@pytest.mark.parametrize(
    ("weights", "bound"),
    [
        ([sp.diag(2, 1), sp.diag(2, 1)], sp.Rational(1, 4)),  # both vectors by 2 a layer: 2/(4 + 4), the bound (4) for rho = 4
        ([sp.diag(4, 1), sp.eye(2)], sp.Rational(2, 17)),  # all in one layer: 2/(1 + 16)
        ([sp.diag(8, 1), sp.diag(sp.Rational(1, 2), 1)], 2 / (64 + sp.Rational(1, 4))),  # up and down
        ([sp.Matrix([[1, 1], [0, 1]]), sp.Matrix([[1, -1], [0, sp.Rational(1, 2)]])], sp.Rational(2, 3)),  # v alone treated alike: 2/3 < 1
    ],
)
def test_bounds_worked_out_by_hand(weights, bound):
    assert solution_step_bound(weights) == bound


@pytest.mark.claim("nar-sastry:text-equal-amplification")
@given(st.floats(1.5, 30), st.floats(0.5, 2))
def test_opposite_layers_need_small_steps(up, rho):
    """Layers (t, rho/t): GD from beside this optimum converges with steps below 2/(t^2 + rho^2/t^2), and leaves with larger ones."""
    assume(up > 2 * rho)
    curvature = up**2 + (rho / up) ** 2
    assert abs(top_curvature([np.array([[up]]), np.array([[rho / up]])], [[rho]]) - curvature) < 8 * EPS * curvature + HESSIAN_ROUNDING
    for factor, leaves in ((1.9, False), (2.1, True)):
        run = descend([[[up]], [[rho / up + 1e-7]]], [[rho]], factor / curvature, 200)
        # near the optimum the error is multiplied by 1 - factor: 0.9^200 < 1e-9, and 1.1^200 > 1e8, until the bend of the loss stops it
        assert (np.abs(run[:, 0, 0, 0] * run[:, 1, 0, 0] - rho).max() > 1e-4) == leaves
