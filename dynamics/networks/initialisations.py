r"""Initial weights by name, from one seed: identity, balanced, orthogonal, Gaussian.

A weight is a parameter of two or more dimensions. Modules without weights that torch can reset get their defaults (norms: gain 1, shift 0);
every other parameter, so every bias, becomes 0. Fixed biases are buffers, and stay.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeVar

import torch
from torch import Tensor, nn

M = TypeVar("M", bound=nn.Module)


def initialise(module: M, name: str, *, seed: int | None = None, generator: torch.Generator | None = None, scale: float = 1.0) -> M:
    r"""Set the weights in place, and return the module.

    - ``identity``: W = scale I, of square weights only; a convolution copies its image, so needs as many channels out as in.
      Nothing is drawn.
    - ``balanced``: :math:`W_{i+1}^T W_{i+1} = W_i W_i^T`, where the weights are a chain :math:`W_L \cdots W_1`: the
      `balanced_factors` of the product of Gaussian weights.
    - ``orthogonal``: W = scale Q, Q uniform (Haar) with orthonormal rows or columns, whichever are fewer; a convolution counts as the
      matrix ``(out, in * height * width)``.
    - ``gaussian``: independent entries of mean 0 and standard deviation ``scale``.

    Args:
        module: Any module.
        name: One of the four.
        seed: The seed of a fresh generator, or
        generator: one on the CPU: give one of the two. All draws are made on the CPU, so every device gets the same weights.
        scale: A positive number.

    Raises:
        ValueError: For an unknown name, both or neither of seed and generator, a scale that is not positive, a module without
            weights, or weights of shapes that the name does not fit.

    Example:
        >>> from dynamics import deep_linear
        >>> network = initialise(deep_linear([2, 2, 2]), "identity", seed=0)
        >>> network(torch.tensor([[3.0, 5.0]], dtype=torch.float64)).tolist()
        [[3.0, 5.0]]
    """
    if name not in _RULES:
        raise ValueError(f"the initialisation is {name!r}: expected one of {', '.join(_RULES)}")
    if (generator is None) == (seed is None) or not 0 < scale < float("inf"):
        raise ValueError(
            f"seed = {seed}, generator = {generator}, scale = {scale}: expected one of seed and generator, and a positive scale"
        )
    source = torch.Generator().manual_seed(seed) if generator is None else generator  # type: ignore[arg-type]
    weights = {key: w for key, w in module.named_parameters() if w.ndim >= 2}
    if not weights:
        raise ValueError(f"{type(module).__name__} has no weights: expected a parameter of two or more dimensions")
    values = _RULES[name]({key: torch.empty_like(w, device="cpu", requires_grad=False) for key, w in weights.items()}, source, scale)
    with torch.no_grad():
        for key, parameter in module.named_parameters():
            parameter.copy_(values[key]) if key in values else parameter.zero_()
    for part in module.modules():
        reset = getattr(part, "reset_parameters", None)
        if callable(reset) and all(own.ndim < 2 for own in part.parameters(recurse=False)):
            reset()
    return module


def balanced_factors(product: Tensor, widths: Sequence[int], generator: torch.Generator) -> list[Tensor]:
    r"""Factor :math:`R = W_L \cdots W_1` with :math:`W_{i+1}^T W_{i+1} = W_i W_i^T`, from the singular value decomposition.

    .. math:: R = U S V^T, \quad W_i = Q_i S^{1/L} Q_{i-1}^T, \quad Q_0 = V,\ Q_L = U

    and the inner :math:`Q_i`, of :math:`r = \min n_i` orthonormal columns, uniform. After Arora, Cohen, Golowich & Hu 2019, procedure 1,
    where the inner :math:`Q_i` are coordinate axes.

    Args:
        product: R, shape ``(n_L, n_0)``, of rank r at most.
        widths: n_0, ..., n_L.
        generator: On the CPU, as R.

    Raises:
        ValueError: For widths that do not fit R or its rank.

    Example:
        >>> first, second = balanced_factors(torch.eye(2), [2, 3, 2], torch.Generator().manual_seed(0))
        >>> bool(torch.allclose(second @ first, torch.eye(2), atol=1e-6))
        True
    """
    if len(widths) < 2 or tuple(product.shape) != (widths[-1], widths[0]):
        raise ValueError(f"a product of shape {tuple(product.shape)} for widths {list(widths)}: expected (n_L, n_0)")
    rank = min(widths)  # a product of layers shows more singular values, from a rounding for each entry of its sums
    left, singular, right = torch.linalg.svd(product, full_matrices=False)
    if bool((singular[rank:] > sum(widths) * torch.finfo(product.dtype).eps * singular[0]).any()):
        raise ValueError(f"the product has rank above the smallest width, {rank}: no layers of widths {list(widths)} have it")
    root = singular[:rank] ** (1 / (len(widths) - 1))
    inner = [nn.init.orthogonal_(product.new_empty(n, rank), generator=generator) for n in widths[1:-1]]
    frames = [right[:rank].mT, *inner, left[:, :rank]]
    return [after * root @ before.mT for before, after in pairwise(frames)]


def _identity(weights: dict[str, Tensor], generator: torch.Generator, scale: float) -> dict[str, Tensor]:
    for key, w in weights.items():
        if w.shape[0] != w.shape[1] or w.ndim not in (2, 3, 4, 5):
            raise ValueError(f"{key} has shape {tuple(w.shape)}: the identity needs as many outputs as inputs; use 'orthogonal'")
    return {key: scale * (nn.init.eye_(w) if w.ndim == 2 else nn.init.dirac_(w)) for key, w in weights.items()}


def _balanced(weights: dict[str, Tensor], generator: torch.Generator, scale: float) -> dict[str, Tensor]:
    shapes = [tuple(w.shape) for w in weights.values()]
    if any(len(shape) != 2 for shape in shapes) or any(before[0] != after[1] for before, after in pairwise(shapes)):
        raise ValueError(f"the weights have shapes {shapes}: 'balanced' needs a chain W_L ... W_1 of matrices; use 'orthogonal'")
    drawn = list(_gaussian(weights, generator, scale).values())
    product = drawn[0]
    for w in drawn[1:]:
        product = w @ product
    return dict(zip(weights, balanced_factors(product, [shapes[0][1], *(rows for rows, _ in shapes)], generator), strict=True))


def _orthogonal(weights: dict[str, Tensor], generator: torch.Generator, scale: float) -> dict[str, Tensor]:
    return {key: nn.init.orthogonal_(w, gain=scale, generator=generator) for key, w in weights.items()}


def _gaussian(weights: dict[str, Tensor], generator: torch.Generator, scale: float) -> dict[str, Tensor]:
    return {key: nn.init.normal_(w, std=scale, generator=generator) for key, w in weights.items()}


_RULES: dict[str, Callable[[dict[str, Tensor], torch.Generator, float], dict[str, Tensor]]] = {
    "identity": _identity,
    "balanced": _balanced,
    "orthogonal": _orthogonal,
    "gaussian": _gaussian,
}
