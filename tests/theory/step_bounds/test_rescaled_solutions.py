"""Rescaled solutions and what the step depends on, by other routes: SVDs, full Hessians by autograd, and GD itself."""

import math

import numpy as np
import pytest
import torch

from dynamics import sharpness
from theory.step_bounds.bounds import solution_step_bound, target_step_bound

EPS = np.finfo(np.float64).eps
F64 = torch.float64
FACTORS = (1.0, 2.0, 4.0, 8.0)
# theta^(L-1) <= 8^3: entries of 1e3 in products of four layers of width 3
ROUNDING = 1e6 * EPS


def solution(depth: int, seed: int) -> list[np.ndarray]:
    """Random layers of widths 2, 3, ..., 3, 2."""
    widths = [2, *[3] * (depth - 1), 2]
    dice = np.random.default_rng(seed)
    return [dice.normal(size=(n, m)) for m, n in zip(widths, widths[1:], strict=False)]


def rescaled(layers: list[np.ndarray], theta: float) -> list[np.ndarray]:
    return [theta ** (2 * j - len(layers) - 1) * w for j, w in enumerate(layers, 1)]


def product(layers: list[np.ndarray]) -> np.ndarray:
    return layers[0] if len(layers) == 1 else product(layers[1:]) @ layers[0]


def top_curvature(layers: list[np.ndarray], goal: np.ndarray | None = None) -> float:
    """The largest Hessian eigenvalue of |W_L ... W_1 - R|^2 / 2, R the product if not given: autograd and a dense eigensolver."""
    target = torch.tensor(product(layers) if goal is None else goal)
    flat = torch.tensor(np.concatenate([w.ravel() for w in layers]))

    def loss(weights: torch.Tensor) -> torch.Tensor:
        estimate, start = torch.eye(layers[0].shape[1], dtype=F64), 0
        for w in layers:
            estimate = weights[start : start + w.size].reshape(w.shape) @ estimate
            start += w.size
        return ((estimate - target) ** 2).sum() / 2

    return sharpness(loss, flat).value


@pytest.mark.claim("nar-sastry:theorem-1-arbitrarily-small", "nar-sastry:text-no-lipschitz", "nar-sastry:text-same-cost-different-steps")
@pytest.mark.parametrize("depth", [2, 3, 4])
def test_one_product_and_steps_as_small_as_we_like(depth):
    layers = solution(depth, 7)
    bounds, curvatures = [], []
    for theta in FACTORS:
        others = rescaled(layers, theta)
        assert np.abs(product(others) - product(layers)).max() <= ROUNDING
        bounds.append(float(solution_step_bound(others)))
        curvatures.append(top_curvature(others))
        assert 2 / curvatures[-1] <= bounds[-1] * (1 + ROUNDING)
    first = np.linalg.norm(np.linalg.svd(product(layers))[0][:, 0] @ product(layers[1:])) ** 2  # q_2^2
    for theta, bound in zip(FACTORS, bounds, strict=True):
        assert bound <= 2 / (theta ** (2 * depth - 2) * first) * (1 + ROUNDING)
    assert bounds[-1] < bounds[0] / 10 and curvatures[-1] > 10 * curvatures[0]


@pytest.mark.claim("nar-sastry:theorem-1-arbitrarily-small", "nar-sastry:text-no-lipschitz", "nar-sastry:contrib-1")
def test_one_layer_has_nothing_to_rescale():
    layers = solution(1, 7)
    assert all(np.array_equal(a, b) for a, b in zip(rescaled(layers, 8.0), layers, strict=True))
    assert solution_step_bound(layers) == pytest.approx(2) and top_curvature(layers) == pytest.approx(1)


def descend(weights: tuple[float, float], step: float, steps: int, target: float = 1.0) -> tuple[float, float]:
    """GD on (a b - target)^2 / 2."""
    a, b = weights
    for _ in range(steps):
        error = a * b - target
        a, b = a - step * error * b, b - step * error * a
        if abs(a) + abs(b) > 1e6:
            break
    return a, b


NEAR, FAR = 1e-6, 1e-2
STEPS = 2000  # an error that shrinks by 0.99 a step is below 1e-8 of its start


@pytest.mark.claim(
    "nar-sastry:contrib-1",
    "nar-sastry:text-disc-optima",
    "nar-sastry:text-solution-dependent",
    "nar-sastry:text-same-cost-different-steps",
)
@pytest.mark.parametrize(("theta", "reached"), [(1.0, True), (1.25, True), (2.0, False), (4.0, False)])
def test_one_step_reaches_some_optima_of_one_cost(theta, reached):
    """At (1/theta, theta) the curvature is theta^2 + theta^-2; the step 1/2 reaches the optimum where that is below 4."""
    optimum = (1 / theta, theta)
    assert (theta**2 + theta**-2 < 4) is reached
    assert descend(optimum, 0.5, STEPS) == optimum  # a b = 1 without rounding
    end = descend((optimum[0] + NEAR, optimum[1] + NEAR), 0.5, STEPS)
    assert (math.hypot(end[0] - optimum[0], end[1] - optimum[1]) < FAR) is reached


@pytest.mark.claim("nar-sastry:remark-2", "nar-sastry:text-harder", "nar-sastry:contrib-2", "nar-sastry:text-abs-explanations")
@pytest.mark.parametrize("target", [0.25, 1.0, 4.0, 16.0])
def test_the_bound_decides_for_balanced_weights(target):
    bound, root = float(target_step_bound(target, 2)), target**0.5
    for share, stays in ((0.95, True), (1.05, False)):
        end = descend((root * (1 + NEAR), root * (1 + NEAR)), share * bound, STEPS, target)
        assert (abs(end[0] * end[1] - target) < FAR * target) is stays


@pytest.mark.claim("nar-sastry:remark-2", "nar-sastry:text-harder", "nar-sastry:text-abs-explanations")
def test_the_bound_in_depth_and_norm():
    norms = [0.25, 0.5, 1.0, 2.0, 8.0]
    table = {depth: [float(target_step_bound(norm, depth)) for norm in norms] for depth in range(1, 9)}
    assert table[1] == [2.0] * len(norms)
    for depth in range(2, 9):
        assert all(a > b for a, b in zip(table[depth], table[depth][1:], strict=False))
        assert all(table[depth][i] < table[depth - 1][i] for i in (2, 3, 4))
    assert table[2][0] == 4.0 > table[1][0]


@pytest.mark.claim("nar-sastry:contrib-2")
@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_the_curvature_bounds_the_norm_of_the_map(depth):
    for seed in range(5):
        layers = solution(depth, seed)
        norm, curvature = np.linalg.norm(product(layers), 2), top_curvature(layers)
        assert curvature >= depth * norm ** (2 - 2 / depth) * (1 - ROUNDING)
        # a step above 2/(L kappa^(2-2/L)) that is stable here, delta <= 2/curvature, forces the norm below kappa
        kappa = norm * (1 - 1e-9)
        assert 2 / curvature <= 2 / (depth * kappa ** (2 - 2 / depth)) * (1 + ROUNDING)


@pytest.mark.claim("nar-sastry:text-vanishing-exploding")
@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_the_gradients_of_the_layers_are_the_terms_of_the_bound(depth):
    """Autograd's gradients for the error u v': their squares add up to 2/(bound), and multiply to at least sigma^(2L-2)."""
    layers = solution(depth, 3)
    left, values, right = np.linalg.svd(product(layers))
    weights = [torch.tensor(w, requires_grad=True) for w in layers]
    estimate = torch.eye(2, dtype=F64)
    for w in weights:
        estimate = w @ estimate
    estimate.backward(torch.tensor(np.outer(left[:, 0], right[0])))
    squares = [float((w.grad**2).sum()) for w in weights]
    assert sum(squares) == pytest.approx(2 / float(solution_step_bound(layers)), rel=ROUNDING)
    assert np.prod(squares) >= values[0] ** (2 * depth - 2) * (1 - ROUNDING)
    assert max(squares) <= top_curvature(layers) * (1 + ROUNDING)


def balanced(target: np.ndarray, widths: list[int]) -> list[np.ndarray]:
    """The best approximation U S V' of the target that these widths allow, as U S^(1/L), S^(1/L), ..., S^(1/L) V', padded by zeros."""
    left, values, right = np.linalg.svd(target, full_matrices=False)
    rank, depth = min(*widths, len(values)), len(widths) - 1
    layers = [np.zeros((n, m)) for m, n in zip(widths, widths[1:], strict=False)]
    for w in layers:
        w[:rank, :rank] = np.diag(values[:rank] ** (1 / depth))
    layers[0] = layers[0][:, :rank] @ right[:rank]
    layers[-1] = left[:, :rank] @ layers[-1][:rank]
    return layers


@pytest.mark.claim("nar-sastry:text-not-tight")
@pytest.mark.parametrize("widths", [[2, 2], [2, 3, 2], [3, 1, 2], [3, 2, 1, 3], [2, 4, 4, 3], [3, 2, 2, 2, 3]])
@pytest.mark.parametrize("equal", [False, True])
def test_every_target_tried_has_an_optimum_that_attains_the_bound(widths, equal):
    """With and without a residual, and with equal singular values: the smoothness is L rho^(2-2/L)."""
    target = np.random.default_rng(len(widths)).normal(size=(widths[-1], widths[0]))
    if equal:
        left, _, right = np.linalg.svd(target, full_matrices=False)
        target = 1.3 * left @ right
    layers = balanced(target, widths)
    bound = float(target_step_bound(np.linalg.norm(target, 2), len(layers)))
    assert 2 / top_curvature(layers, target) == pytest.approx(bound, rel=ROUNDING)
