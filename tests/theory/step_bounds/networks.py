"""Deep linear networks of small integers, for checks that need no tolerance."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import strategies as st

from dynamics.networks.network_maps import DeepLinearMap

Layers = list[np.ndarray]


@st.composite
def integer_networks(
    draw: st.DrawFn, *, shallowest: int = 1, deepest: int = 4, widest: int = 3, entry: int = 3
) -> tuple[Layers, np.ndarray]:
    """[W_1, ..., W_L] and a target R of the same shape as the product; zeros, rank one and negative entries too."""
    depth = draw(st.integers(1, deepest))
    widths = draw(st.lists(st.integers(1, widest), min_size=depth + 1, max_size=depth + 1))
    layers = [draw(integer_matrices(b, a, entry)) for a, b in zip(widths, widths[1:], strict=False)]
    return layers, draw(integer_matrices(widths[-1], widths[0], entry))


def integer_matrices(rows: int, columns: int, entry: int = 3) -> st.SearchStrategy[np.ndarray]:
    """Integers as float64, in which sums and products of these sizes are exact."""
    entries = st.lists(st.integers(-entry, entry), min_size=rows * columns, max_size=rows * columns)
    return entries.map(lambda e: np.array(e, dtype=float).reshape(rows, columns))


def product(layers: Layers, size: int) -> np.ndarray:
    """W_k ... W_1 of the layers given, the identity of this size for none."""
    result = np.eye(size)
    for w in layers:
        result = w @ result
    return result


def before_and_behind(layers: Layers, i: int) -> tuple[np.ndarray, np.ndarray]:
    """W_(i-1) ... W_1 and W_L ... W_(i+1), for i = 1, ..., L."""
    return product(layers[: i - 1], layers[0].shape[1]), product(layers[i:], layers[i - 1].shape[0])


def descent(layers: Layers, target: np.ndarray, step: float) -> tuple[DeepLinearMap, torch.Tensor]:
    """The GD map of `dynamics` on this loss, and the weights as its point."""
    widths = [layers[0].shape[1], *(w.shape[0] for w in layers)]
    map_ = DeepLinearMap(torch.tensor(target), widths, step)
    return map_, map_.pack([torch.tensor(w)[None] for w in layers])
