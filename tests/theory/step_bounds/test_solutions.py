"""The named notions of a solution: their meanings are tied to the network's own products, and explicit networks decide them exactly."""

import numpy as np
import pytest
from sympy import Eq, Lambda, Rational

from theory.proof import ForAll, KernelError, NotProved, Statement, by_meaning, conclude, decide, instance
from theory.step_bounds.instances import scalar_network
from theory.step_bounds.layers import LAYERS, WEIGHTS
from theory.step_bounds.smoothness import MINIMUM
from theory.step_bounds.solutions import DeepLinearLimit, DeepLinearLipschitz, DeepLinearReached, DeepLinearSmoothness, DeepLinearStable
from theory.step_bounds.symbols import L, P, Q, R, W, delta, j, kappa, lam


@pytest.mark.parametrize("notion", [DeepLinearSmoothness(lam, Lambda(j, 2 * W(j)), L, R), DeepLinearLipschitz(kappa, WEIGHTS, L, 2 * R)])
def test_a_meaning_is_said_of_the_letters_only(notion):
    with pytest.raises(KernelError, match="then take an instance"):
        by_meaning(notion)


def test_the_gradient_is_that_of_the_products():
    """With P = Q = 1 the gradient condition would say R = 1 at every minimum; the products forbid it."""
    wrong = instance(by_meaning(MINIMUM, "gradient"), {P: Lambda(j, 1), Q: Lambda(j, 1)})
    with pytest.raises(NotProved):
        conclude(wrong, Statement((MINIMUM, L >= 1), ForAll(j, LAYERS, Eq(1 - R, 0))))


def at(notion, *weights, target=None):
    point = scalar_network(*weights)
    layers = tuple(point[W(i)] for i in range(1, len(weights) + 1))
    return decide(notion.func(notion.args[0], layers, len(weights), point[R] if target is None else [[target]]))


@pytest.mark.parametrize("use", [DeepLinearReached, DeepLinearStable])
@pytest.mark.parametrize("weights", [(1, 1), (2, Rational(1, 2)), (1, 2, 3), (5,)])
def test_a_solution_is_usable_below_two_over_its_sharpness(use, weights):
    """The Hessian of (prod w - R)^2/2 at a solution is g g' with g_i = R/w_i, so its top eigenvalue is sum R^2/w_i^2."""
    product = np.prod([float(w) for w in weights])
    sharpness = sum((Rational(product) / w) ** 2 for w in weights)
    assert at(use(Rational(19, 10) / sharpness, WEIGHTS, L, R), *weights) is True
    assert at(use(Rational(21, 10) / sharpness, WEIGHTS, L, R), *weights) is False
    assert at(use(2 / sharpness, WEIGHTS, L, R), *weights) is None
    assert at(use(Rational(1, 9), WEIGHTS, L, R), *weights, target=9) is None  # no solution


def test_started_at_a_solution_descent_stays():
    assert at(DeepLinearLimit(delta, WEIGHTS, L, R), 4, Rational(1, 4)) is True
    assert at(DeepLinearLimit(delta, WEIGHTS, L, R), 4, Rational(1, 4), target=2) is None


def test_only_one_layer_has_a_lipschitz_constant():
    assert at(DeepLinearLipschitz(1, WEIGHTS, L, R), 3) is True
    assert at(DeepLinearLipschitz(Rational(9, 10), WEIGHTS, L, R), 3) is False
    assert at(DeepLinearLipschitz(1000, WEIGHTS, L, R), 1, 1) is False
