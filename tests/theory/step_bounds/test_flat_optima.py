"""Optima of deep linear networks are not isolated and not strongly convex: Hessians by autograd, second networks by hand."""

import numpy as np
import pytest
import torch
from sympy import ImmutableMatrix, Lambda, Rational, Tuple

from theory.proof import Trace, decide
from theory.step_bounds.flat_optima import IsolatedMinimum, StronglyConvex
from theory.step_bounds.symbols import H

EPS = np.finfo(np.float64).eps
F64 = torch.float64
# Three layers of 3 x 3 entries below 3: products of 9 terms, each rounded, and costs of fourth degree in them
ROUNDING = 1e4 * EPS


def costs(product: torch.Tensor) -> dict[str, torch.Tensor]:
    """Some functions of the product, convex and not."""
    return {
        "squared error": ((product - 1) ** 2).sum() / 2,
        "double well": ((product**2 - 1) ** 2).sum(),
        "wave": torch.sin(product).sum(),
        "corner": product.abs().sum(),
    }


def product_of(layers: list[torch.Tensor]) -> torch.Tensor:
    result = layers[0]
    for w in layers[1:]:
        result = w @ result
    return result


@pytest.mark.claim("nar-sastry:text-not-isolated")
@pytest.mark.parametrize("depth", [2, 3, 4])
@pytest.mark.parametrize("empty", [False, True])
@pytest.mark.parametrize("radius", [1e-1, 1e-3])
def test_beside_every_network_is_another_of_the_same_cost(depth, empty, radius):
    generator = torch.Generator().manual_seed(depth)
    layers = [torch.randn(3, 3, dtype=F64, generator=generator) for _ in range(depth)]
    if empty:
        layers[0] = torch.zeros(3, 3, dtype=F64)
        others = [w + radius * (j > 0) * torch.ones(3, 3, dtype=F64) / 3 for j, w in enumerate(layers)]
    else:
        kappa = max(float(w.norm()) for w in layers)
        theta = (1 + radius / (1 + kappa)) ** (1 / (depth - 1))
        others = [theta ** (2 * j - depth - 1) * w for j, w in enumerate(layers, 1)]
    distances = [float((a - b).norm()) for a, b in zip(others, layers, strict=True)]
    assert 0 < max(distances) <= radius * (1 + ROUNDING)
    for one, other in zip(costs(product_of(layers)).values(), costs(product_of(others)).values(), strict=True):
        assert abs(float(one - other)) <= ROUNDING * (1 + abs(float(one)))


def curvatures(layers: list[torch.Tensor], name: str) -> np.ndarray:
    shapes = [w.shape for w in layers]

    def cost(flat: torch.Tensor) -> torch.Tensor:
        parts = torch.split(flat, [s.numel() for s in shapes])
        return costs(product_of([p.reshape(s) for p, s in zip(parts, shapes, strict=True)]))[name]

    flat = torch.cat([w.reshape(-1) for w in layers])
    return np.linalg.eigvalsh(torch.autograd.functional.hessian(cost, flat).numpy())


@pytest.mark.claim("nar-sastry:text-not-strongly-convex")
@pytest.mark.parametrize("weights", [(1.0, 1.0), (2.0, 0.5), (1.0, 2.0, 0.5), (0.5, 0.5, 2.0, 2.0)])
@pytest.mark.parametrize("name", ["squared error", "double well"])
def test_at_an_optimum_some_curvature_is_zero(weights, name):
    """The product is 1, a minimum of both costs, on a hypersurface of minima."""
    values = curvatures([torch.tensor([[w]], dtype=F64) for w in weights], name)
    assert abs(values[0]) <= ROUNDING * values[-1] and values[-1] > 1


@pytest.mark.claim("nar-sastry:text-not-strongly-convex", "nar-sastry:text-not-isolated")
def test_away_from_the_optima_and_at_depth_1_all_curvatures_may_be_positive():
    def around_2(flat: torch.Tensor) -> torch.Tensor:
        return (flat.prod() - 2) ** 2 / 2

    for a, b in ((1.0, 1.0), (0.95, 1.05), (1.05, 1.05)):
        assert np.linalg.eigvalsh(torch.autograd.functional.hessian(around_2, torch.tensor([a, b], dtype=F64)).numpy())[0] > 0.5
    assert np.allclose(curvatures([torch.ones(2, 2, dtype=F64)], "squared error"), 1)


SQUARE = Tuple(Lambda(H, (Trace(H) - 1) ** 2))


def network(*weights: float) -> Tuple:
    return Tuple(*(ImmutableMatrix([[w]]) for w in weights))


def test_explicit_networks_are_decided():
    radius = Rational(1, 10)
    assert decide(IsolatedMinimum(radius, SQUARE, network(1), 1)) is True
    assert decide(IsolatedMinimum(radius, SQUARE, network(2), 1)) is None  # no minimum
    assert decide(IsolatedMinimum(radius, SQUARE, network(1, 1), 2)) is False
    away = Tuple(Lambda(H, (Trace(H) - 2) ** 2))
    assert decide(StronglyConvex(Rational(1, 2), radius, away, network(1, 1), 2)) is True
    assert decide(StronglyConvex(3, radius, away, network(1, 1), 2)) is None  # the Hessian is 2 at (1, 1)
    assert decide(StronglyConvex(Rational(1, 100), radius, SQUARE, network(1, 1), 2)) is None  # an optimum
