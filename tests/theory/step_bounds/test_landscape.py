"""Rescaling and curvature by other routes: neighbours of a local minimum, degrees of expanded losses, superposition under GD."""

import math
from functools import reduce

import numpy as np
import pytest
import sympy as sp
import torch
from hypothesis import given
from hypothesis import strategies as st

from dynamics.networks.network_maps import DeepLinearMap
from tests.strategies import chains, positive_rationals
from theory.proof import KernelError, Trace, by_meaning
from theory.step_bounds.landscape import LinearDescent, MinimumWithin, QuadraticLoss
from theory.step_bounds.layers import WEIGHTS
from theory.step_bounds.symbols import H, L, N, R, delta, ell, epsilon


@pytest.mark.claim("nar-sastry:text-scaling-orbit")
@given(chains(deepest=4), st.lists(positive_rationals(16), min_size=3, max_size=3), st.lists(st.booleans(), min_size=4, max_size=4))
def test_scales_with_product_one_keep_the_product(layers, scales, signs):
    chosen = [-sp.Rational(a) if flip else sp.Rational(a) for a, flip in zip(scales, signs, strict=False)][: len(layers) - 1]
    chosen.append(1 / math.prod(chosen, start=sp.Integer(1)))
    scaled = [a * w for a, w in zip(chosen, layers, strict=True)]
    assert reduce(lambda p, w: w * p, scaled) == reduce(lambda p, w: w * p, layers)


def dented(product):
    """A cost of a 1 x 1 product with a local minimum near 1.13 that is not global: x^4 - 3 x^2 + x."""
    return product**4 - 3 * product**2 + product


LOCAL = max(float(x) for x in sp.Poly(4 * sp.Symbol("x") ** 3 - 6 * sp.Symbol("x") + 1).nroots())
BARRIER = 0.17  # the local maximum stands at 0.1699: products between it and infinity cost at least what LOCAL costs
ROUNDING = 1e-14  # four powers of numbers below 3


@pytest.mark.claim("nar-sastry:text-scaling-orbit")
@given(st.floats(0.2, 5), st.booleans(), st.integers(0, 2**32 - 1))
def test_neighbours_of_a_rescaled_local_minimum_cost_no_less(scale, flip, seed):
    first, second = 1.0, LOCAL
    radius = 0.3
    # (1 - 0.3)(1.13 - 0.3) > BARRIER: within the radius no network costs less
    assert (first - radius) * (second - radius) > BARRIER
    alpha = (-scale, -1 / scale) if flip else (scale, 1 / scale)
    shrunk = radius * min(map(abs, alpha))
    moves = np.random.default_rng(seed).uniform(-shrunk, shrunk, (200, 2))
    costs = dented((alpha[0] * first + moves[:, 0]) * (alpha[1] * second + moves[:, 1]))
    assert costs.min() >= dented(LOCAL) - ROUNDING
    assert dented(-LOCAL) < dented(LOCAL) - 1  # not a global minimum


@pytest.mark.claim("nar-sastry:text-never-quadratic")
@pytest.mark.parametrize("widths", [(1, 1), (2, 3), (1, 1, 1), (2, 1, 2), (1, 2, 1), (1, 1, 1, 1), (2, 1, 1, 2)])
def test_the_loss_has_twice_the_degree_of_the_product(widths):
    depth = len(widths) - 1
    letters = [sp.Matrix(b, a, sp.symbols(f"w{i}_:{a * b}")) for i, (a, b) in enumerate(zip(widths, widths[1:], strict=False))]
    product = reduce(lambda p, w: w * p, letters)
    loss = sp.expand(sum(x**2 for x in product - sp.ones(*product.shape)) / 2)
    names = [x for w in letters for x in w]
    assert sp.Poly(loss, *names).total_degree() == 2 * depth
    weights = sp.Tuple(*(sp.ImmutableMatrix(w.shape[0], w.shape[1], [1] * len(w)) for w in letters))
    target = sp.ImmutableMatrix(sp.ones(*product.shape))
    assert QuadraticLoss(weights, depth, target).decide() is (depth == 1)
    assert LinearDescent(sp.Rational(1, 3), weights, depth, target).decide() is (depth == 1)


@pytest.mark.claim("nar-sastry:text-never-quadratic")
@pytest.mark.parametrize("widths", [(2, 2), (2, 1), (2, 2, 2), (1, 1, 1), (2, 1, 3, 2)])
def test_gd_superposes_at_depth_one_only(widths):
    """An affine map satisfies F(x + y) - F(x) - F(y) + F(0) = 0: in integers, with a step of 1/4, float64 is exact."""
    map_ = DeepLinearMap(torch.ones(widths[-1], widths[0], dtype=torch.float64), list(widths), 0.25)
    generator = torch.Generator().manual_seed(1)
    x, y = torch.randint(1, 4, (2, 5, map_.dimension), generator=generator).double()
    gap = map_.step(x + y) - map_.step(x) - map_.step(y) + map_.step(torch.zeros_like(x))
    assert bool((gap == 0).all()) is (len(widths) == 2)


@pytest.mark.claim("nar-sastry:text-scaling-orbit")
def test_a_vanishing_square_is_a_minimum_and_nothing_else_is_decided():
    one = sp.Tuple(sp.ImmutableMatrix([[1]]), sp.ImmutableMatrix([[2]]))
    square = sp.Tuple(sp.Lambda(H, (Trace(H) - 2) ** 2))
    assert MinimumWithin(1, square, one, 2).decide() is True
    assert MinimumWithin(1, sp.Tuple(sp.Lambda(H, (Trace(H) - 3) ** 2)), one, 2).decide() is None
    assert MinimumWithin(1, sp.Tuple(sp.Lambda(H, (Trace(H) - 2) ** 3)), one, 2).decide() is None


@pytest.mark.parametrize(
    "predicate",
    [
        MinimumWithin(epsilon, sp.Tuple(sp.Lambda(H, ell(H))), WEIGHTS, N),
        QuadraticLoss(WEIGHTS, N, R),
        LinearDescent(delta, WEIGHTS, L, R + R),
    ],
)
def test_a_meaning_is_stated_for_the_letters(predicate):
    with pytest.raises(KernelError, match="the meaning is stated for"):
        by_meaning(predicate)
