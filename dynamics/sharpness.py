r"""Sharpness: the largest eigenvalue :math:`\lambda_{\max}` of the Hessian, with what is known about its error.

For a symmetric H, a unit vector v and :math:`\theta = v^T H v`, :math:`r = \|H v - \theta v\|_2`: some eigenvalue
lies in :math:`[\theta - r, \theta + r]`, and always :math:`\lambda_{\max} \ge \theta`. So ``enclosure`` holds an
eigenvalue for certain; that it is the largest is certain only where every eigenvalue was computed
(``largest_is_certain``). Rounding of the Hessian itself is not in r.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh
from torch import Tensor

# a dense Hessian of 500 parameters takes 500 products and 2 MB; above it Lanczos needs far fewer products
DENSE_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Sharpness:
    """The largest Hessian eigenvalue.

    Attributes:
        value: The Rayleigh quotient theta: a lower bound of the sharpness, up to rounding.
        residual: ``|H v - theta v|`` for its unit vector v, plus the rounding of the eigensolver.
        enclosure: ``(value - residual, value + residual)``: holds an eigenvalue of H.
        largest_is_certain: True if H was computed in full, so that the enclosed eigenvalue is the largest; False for
            Lanczos.
        vector: v, flat, shape ``(n,)``, on the device of the parameters.
        products: How many Hessian-vector products it took.
        method: ``dense`` or ``lanczos``.
    """

    value: float
    residual: float
    enclosure: tuple[float, float]
    largest_is_certain: bool
    vector: Tensor
    products: int
    method: str


def hessian_product(loss: Callable[[Tensor], Tensor], params: Tensor) -> Callable[[Tensor], Tensor]:
    r"""Return :math:`v \mapsto \nabla^2 \ell(\theta) v` for flat v, by two backward passes.

    A product costs about 4 gradients.

    Args:
        loss: Maps a tensor like ``params`` to a scalar tensor.
        params: The parameters, any shape, floating.

    Raises:
        ValueError, TypeError: As `sharpness`.
    """
    point = _checked(params).detach().requires_grad_(True)
    with torch.enable_grad():
        value: Any = loss(point)
        if not isinstance(value, Tensor) or value.numel() != 1:
            raise ValueError(f"the loss has shape {tuple(getattr(value, 'shape', ()))}: expected a scalar tensor")
        (gradient,) = torch.autograd.grad(value.sum(), point, create_graph=True)

    def product(vector: Tensor) -> Tensor:
        if not gradient.requires_grad:
            return torch.zeros_like(vector)
        (second,) = torch.autograd.grad(gradient, point, vector.reshape(point.shape), retain_graph=True, materialize_grads=True)
        return second.detach().reshape(-1)

    return product


def sharpness(
    loss: Callable[[Tensor], Tensor],
    params: Tensor,
    *,
    method: str = "auto",
    tolerance: float = 1e-10,
    max_products: int = 2000,
    seed: int = 0,
) -> Sharpness:
    r"""Return :math:`\lambda_{\max}(\nabla^2 \ell(\theta))`, with residual and enclosure.

    Args:
        loss: Maps a tensor like ``params`` to a scalar tensor; twice differentiable there.
        params: The parameters, any shape, float64 unless the caller means less; left as they are.
        method: ``dense`` (n products, exact up to rounding), ``lanczos``, or ``auto``: dense up to `DENSE_LIMIT`
            parameters.
        tolerance: Relative accuracy that Lanczos is asked for.
        max_products: Lanczos stops there; the residual then says how far it got.
        seed: Of Lanczos' start vector.

    Returns:
        A `Sharpness`.

    Raises:
        ValueError: For empty or non-finite parameters, a loss that is no scalar, a Hessian that is not finite, or an
            unknown method.
        TypeError: For parameters that are no floating tensor.
        RuntimeError: If Lanczos found nothing within ``max_products``.

    Example:
        >>> result = sharpness(lambda w: 3 * w.square().sum() / 2, torch.ones(2, dtype=torch.float64))
        >>> result.value
        3.0
    """
    if method not in ("auto", "dense", "lanczos"):
        raise ValueError(f"the method is {method!r}: expected 'auto', 'dense' or 'lanczos'")
    product = hessian_product(loss, params)
    n = params.numel()
    if method == "dense" or (method == "auto" and n <= DENSE_LIMIT) or n < 3:
        return _dense(product, params)
    return _lanczos(product, params, tolerance, max_products, seed)


def _dense(product: Callable[[Tensor], Tensor], params: Tensor) -> Sharpness:
    n = params.numel()
    identity = torch.eye(n, dtype=params.dtype, device=params.device)
    hessian = torch.stack([product(row) for row in identity])
    _require_finite(hessian)
    hessian = (hessian + hessian.mT) / 2
    _, vectors = torch.linalg.eigh(hessian)
    vector = vectors[:, -1]
    backward = n * float(torch.finfo(params.dtype).eps) * float(torch.linalg.matrix_norm(hessian))
    return _result(hessian @ vector, vector, backward, n, "dense")


def _lanczos(product: Callable[[Tensor], Tensor], params: Tensor, tolerance: float, max_products: int, seed: int) -> Sharpness:
    n, count = params.numel(), 0

    def matvec(array: np.ndarray) -> np.ndarray:
        nonlocal count
        count += 1
        if count > max_products:
            raise _OutOfBudget
        image = product(torch.as_tensor(array.reshape(-1), dtype=params.dtype, device=params.device))
        _require_finite(image)
        return image.cpu().numpy().astype(np.float64)

    start = np.random.default_rng(seed).standard_normal(n)
    try:
        _, vectors = eigsh(
            LinearOperator((n, n), matvec=matvec, dtype=np.float64),
            k=1,
            which="LA",
            tol=tolerance,
            v0=start,
            maxiter=max_products,
        )
    except (ArpackNoConvergence, _OutOfBudget):
        raise RuntimeError(
            f"Lanczos did not converge in {max_products} products at tolerance {tolerance}: allow more, or use method='dense'"
        ) from None
    vector = torch.as_tensor(vectors[:, 0], dtype=params.dtype, device=params.device)
    return _result(product(vector), vector, 0.0, count + 1, "lanczos")


class _OutOfBudget(Exception):
    """Lanczos asked for more products than it was allowed."""


def _result(image: Tensor, vector: Tensor, rounding: float, products: int, method: str) -> Sharpness:
    square = float(vector @ vector)
    value = float(vector @ image) / square
    residual = float(torch.linalg.vector_norm(image - value * vector)) / math.sqrt(square)
    residual += rounding + vector.numel() * float(torch.finfo(vector.dtype).eps) * float(torch.linalg.vector_norm(image))
    return Sharpness(value, residual, (value - residual, value + residual), method == "dense", vector, products, method)


def _require_finite(values: Tensor) -> None:
    if not bool(torch.isfinite(values).all()):
        raise ValueError("the Hessian holds NaN or infinity here: choose a point at which the loss is twice differentiable")


def _checked(params: Any) -> Tensor:
    if not isinstance(params, Tensor) or not params.is_floating_point():
        raise TypeError(f"the parameters are {getattr(params, 'dtype', type(params).__name__)}: expected a floating tensor")
    if params.numel() == 0 or not bool(torch.isfinite(params).all()):
        raise ValueError(f"the parameters have shape {tuple(params.shape)}: expected at least one, all finite")
    return params
