"""Exact deep linear networks as instances of statements about words: weights, their products, a singular pair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sympy import ImmutableMatrix, Integer, Lambda, interpolate, sympify
from sympy.core.function import AppliedUndef

from theory.proof import orbit_of, substitute
from theory.step_bounds.identity_start import STEP
from theory.step_bounds.symbols import C, K, L, Omega, P, Q, R, W, delta, j, lam, sigma, u, v, w, zeta


def deep(weights: Sequence[Any], target: Any = None) -> dict[Any, Any]:
    """The point at which W(j) are these matrices, with their partial products P and Q.

    Args:
        weights: W_1, ..., W_L.
        target: R; the product itself where it is not given.
    """
    layers = [ImmutableMatrix(w) for w in weights]
    depth = len(layers)
    point: dict[Any, Any] = {L: Integer(depth), **chain(W, P, layers), Q(depth + 1): ImmutableMatrix.eye(layers[-1].rows)}
    for i in range(depth, 0, -1):
        point[Q(i)] = point[Q(i + 1)] * layers[i - 1]
    return {**point, R: point[P(depth)] if target is None else ImmutableMatrix(target)}


def chain(family: Any, product: Any, layers: Sequence[Any]) -> dict[Any, Any]:
    """family(j) are these matrices, and product(j) = family(j) ... family(1)."""
    point = {product(0): ImmutableMatrix.eye(layers[0].cols)}
    for i, layer in enumerate(layers, 1):
        point |= {family(i): layer, product(i): layer * point[product(i - 1)]}
    return point


def network(weights: Sequence[Any], left: Sequence[Any], right: Sequence[Any], value: Any, target: Any = None) -> dict[Any, Any]:
    """The point `deep(weights, target)`, where (left, right, value) is a singular triple of the product: W_L ... W_1 v = sigma u.

    Args:
        weights: W_1, ..., W_L.
        left: u.
        right: v.
        value: sigma.
        target: R; the product itself where it is not given.
    """
    return {**deep(weights, target), sigma: sympify(value), u: ImmutableMatrix(left), v: ImmutableMatrix(right)}


def moved(point: dict[Any, Any], directions: Sequence[Any], size: Any, family: Any, product: Any) -> dict[Any, Any]:
    """The point with the layers family(j) = W(j) + size D_j, their products, the derivative C and the rest Omega, and its bound zeta.

    Args:
        point: the unmoved network.
        directions: D_1, ..., D_L.
        size: the number t.
        family: the letter of the moved layers.
        product: the letter of their products.
    """
    steps = [ImmutableMatrix(d) for d in directions]
    point = point | chain(family, product, [point[W(i)] + size * d for i, d in enumerate(steps, 1)])
    point |= {C(0): ImmutableMatrix.zeros(*point[P(0)].shape), Omega(0): ImmutableMatrix.zeros(*point[P(0)].shape)}
    bounds = [Integer(0)]
    for i, d in enumerate(steps, 1):
        point[C(i)] = point[W(i)] * point[C(i - 1)] + d * point[P(i - 1)]
        point[Omega(i)] = point[family(i)] * point[Omega(i - 1)] + d * point[C(i - 1)]
        bounds.append(4 * (_square(point[W(i)]) + _square(d)) * bounds[-1] + 2 * _square(d) * _square(point[C(i - 1)]))
    return point | {zeta: Lambda(j, interpolate(list(enumerate(bounds)), j))}


def _square(matrix: ImmutableMatrix) -> Any:
    return sum(x**2 for x in matrix)


def gradients(point: dict[Any, Any], error: Any = None) -> list[ImmutableMatrix]:
    """Q(j+1)' E P(j-1)' for every layer j; E is the error of the network where it is not given."""
    depth = int(point[L])
    residual = point[P(depth)] - point[R] if error is None else ImmutableMatrix(error)
    return [point[Q(i + 1)].T * residual * point[P(i - 1)].T for i in range(1, depth + 1)]


def scalar_network(*weights: Any) -> dict[Any, Any]:
    """A network of width 1 with positive weights, which fits its target."""
    product = sympify(1)
    for weight in weights:
        product *= weight
    return network([[[weight]] for weight in weights], [1], [1], product)


def gradient_run(start: Sequence[Any], target: Any, step: Any, steps: int) -> dict[Any, Any]:
    """The point at which W(j, 0) are these matrices, and W(j, k) follow by GD on the loss (2), for k up to `steps`."""
    layers = [ImmutableMatrix(m) for m in start]
    point: dict[Any, Any] = {K: Integer(steps), delta: sympify(step)}
    for k in range(steps + 1):
        net = deep(layers, target)
        point |= {key: net[key] for key in (L, R)} | {W(i, k): layer for i, layer in enumerate(layers, 1)}
        if k < steps:
            point |= {key.func(*key.args, k): net[key] for key in net if isinstance(key, AppliedUndef) and key.func in (P, Q)}
            layers = [layer - point[delta] * slope for layer, slope in zip(layers, gradients(net), strict=True)]
    return point


def identity_run(target: Any, depth: int, step: Any, value: Any, vector: Sequence[Any], steps: int = 2, start: Any = 1) -> dict[Any, Any]:
    """The run of `gradient_run` from a multiple of the identity, with an eigenpair of the target and the orbit of its eigenvalue."""
    goal = ImmutableMatrix(target)
    point = gradient_run([start * ImmutableMatrix.eye(goal.rows)] * depth, goal, step, steps)
    orbit = orbit_of(substitute(STEP, {L: depth, delta: sympify(step), lam: sympify(value)}), start)
    return point | {lam: sympify(value), v: ImmutableMatrix(vector), w: orbit}
