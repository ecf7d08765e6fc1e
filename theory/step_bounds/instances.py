"""Exact deep linear networks as instances of statements about words: weights, their products, a singular pair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sympy import ImmutableMatrix, Integer, sympify

from theory.step_bounds.symbols import L, P, Q, R, W, sigma, u, v


def network(weights: Sequence[Any], left: Sequence[Any], right: Sequence[Any], value: Any, target: Any = None) -> dict[Any, Any]:
    """The point at which W(j) are these matrices, and (left, right, value) is a singular triple of their product.

    Args:
        weights: W_1, ..., W_L.
        left: u.
        right: v.
        value: sigma, with W_L ... W_1 v = sigma u.
        target: R; the product itself where it is not given.
    """
    layers = [ImmutableMatrix(w) for w in weights]
    depth = len(layers)
    point: dict[Any, Any] = {L: Integer(depth), sigma: sympify(value)}
    point |= {P(0): ImmutableMatrix.eye(layers[0].cols), Q(depth + 1): ImmutableMatrix.eye(layers[-1].rows)}
    for i, layer in enumerate(layers, 1):
        point[W(i)] = layer
        point[P(i)] = layer * point[P(i - 1)]
    for i in range(depth, 0, -1):
        point[Q(i)] = point[Q(i + 1)] * layers[i - 1]
    point |= {u: ImmutableMatrix(left), v: ImmutableMatrix(right)}
    point[R] = point[P(depth)] if target is None else ImmutableMatrix(target)
    return point


def scalar_network(*weights: Any) -> dict[Any, Any]:
    """A network of width 1 with positive weights, which fits its target."""
    product = sympify(1)
    for w in weights:
        product *= w
    return network([[[w]] for w in weights], [1], [1], product)
