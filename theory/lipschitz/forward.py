"""The layers of a network, as the paper writes them, and the gradients in their weights. (sections 2.1, 3.1, 3.2 and 3.3).

    z[l] = W[l]^T a[l-1] + b[l],    a[l] = g(z[l]),    a[0] = X

W[l] has one row for every node of the layer before, and one column for every node of this one. With W[l]^T on the left, X has one sample a
column here; in section 4.1 it has one a row, and X w. The letter L is both the number of layers and the Lipschitz constant. "The least
positive L" of the definition does not exist for a constant loss: its least constant is 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from theory.evidence import implemented_at, implements
from theory.values import float64

implemented_at("yedida-saha:equation-gd", "dynamics/maps/gradient_map.py::GradientMap")
implemented_at("yedida-saha:definition-lipschitz", "theory/lipschitz/enclosures.py::LipschitzConstant")

Activation = Callable[[np.ndarray], np.ndarray]


def relu(z: np.ndarray) -> np.ndarray:
    """max(z, 0), entry by entry."""
    return np.maximum(z, 0.0)


@implements("yedida-saha:definition-notation")
@dataclass(frozen=True)
class Layers:
    """What a network computes for m samples, one a column.

    Attributes:
        logits: z[1], ..., z[L]; z[l] is n_l x m.
        activations: a[0], ..., a[L]; a[0] = X.
    """

    logits: tuple[np.ndarray, ...]
    activations: tuple[np.ndarray, ...]

    @property
    def samples(self) -> int:
        """The number m of samples."""
        return int(self.activations[0].shape[1])

    @property
    def depth(self) -> int:
        """The number L of layers."""
        return len(self.logits)


@implements("yedida-saha:equation-2")
def layers(weights: Sequence[Any], biases: Sequence[Any], X: Any, activation: Activation = relu) -> Layers:
    """z[l] = W[l]^T a[l-1] + b[l] and a[l] = g(z[l]) for l = 1, ..., L, with a[0] = X.

    Args:
        weights: W[1], ..., W[L], float64; W[l] is n_(l-1) x n_l.
        biases: b[1], ..., b[L]; b[l] has n_l entries.
        X: n_0 x m, one sample a column.
        activation: g, on a float64 array.

    Raises:
        ValueError: shapes that do not fit, or numbers that are not finite.
        TypeError: an array that is not float64.

    Source: Yedida & Saha, equations (2) to (4).

    Example:
        >>> W = [np.array([[1.0]]), np.array([[2.0]])]
        >>> layers(W, [np.zeros(1), np.zeros(1)], np.ones((1, 3))).activations[-1]
        array([[2., 2., 2.]])
    """
    state = float64(X, "X")
    if len(weights) != len(biases):
        raise ValueError(f"found {len(weights)} weight matrices and {len(biases)} biases: expected one of each for every layer")
    if state.ndim != 2:
        raise ValueError(f"X has the shape {state.shape}: expected features x samples")
    logits, activations = [], [state]
    for number, (matrix, bias) in enumerate(zip(weights, biases, strict=True), 1):
        W, b = float64(matrix, f"W[{number}]"), float64(bias, f"b[{number}]")
        if W.ndim != 2 or W.shape[0] != state.shape[0] or b.shape != (W.shape[1],):
            raise ValueError(f"layer {number}: W has the shape {W.shape} and b {b.shape}, after {state.shape[0]} nodes")
        logits.append(W.T @ state + b[:, None])
        state = activation(logits[-1])
        activations.append(state)
    return Layers(tuple(logits), tuple(activations))


__all__ = ["Layers", "layers", "relu"]
