r"""Sharpness: the largest eigenvalue :math:`\lambda_{\max}` of the Hessian, with what is known about its error.

For a symmetric H, a unit vector v and :math:`\theta = v^T H v`, :math:`r = \|H v - \theta v\|_2`: some eigenvalue
lies in :math:`[\theta - r, \theta + r]`, and always :math:`\lambda_{\max} \ge \theta`. So an enclosure holds an
eigenvalue for certain; that it is the largest is certain only where every eigenvalue was computed
(``largest_is_certain``). Rounding of the Hessian itself is not in r.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh
from torch import Tensor

# a dense Hessian of 500 parameters takes 500 products and 2 MB; above it Lanczos needs far fewer products
DENSE_LIMIT = 500
# What a warm start gets of a random direction: without it, an old eigenvector that is still one hides a new largest.
FRESH = 1e-3


@dataclass(frozen=True, slots=True)
class Sharpness:
    """The k largest Hessian eigenvalues; ``value``, ``residual``, ``enclosure`` and ``vector`` are those of the largest.

    Attributes:
        values: The Rayleigh quotients theta, largest first; the first is a lower bound of the sharpness, up to rounding.
        residuals: ``|H v - theta v|`` for each unit vector v, plus the rounding of the eigensolver.
        vectors: The v as columns, shape ``(n, k)``, on the device of the parameters.
        largest_is_certain: True if H was computed in full, so that the enclosed eigenvalues are the largest; False for
            Lanczos, which may also miss copies of a repeated eigenvalue.
        products: How many Hessian-vector products it took.
        method: ``dense`` or ``lanczos``.
    """

    values: tuple[float, ...]
    residuals: tuple[float, ...]
    vectors: Tensor
    largest_is_certain: bool
    products: int
    method: str

    @property
    def enclosures(self) -> tuple[tuple[float, float], ...]:
        """``(theta - residual, theta + residual)``: each holds an eigenvalue of H."""
        return tuple((value - residual, value + residual) for value, residual in zip(self.values, self.residuals, strict=True))

    @property
    def value(self) -> float:
        """The first of ``values``."""
        return self.values[0]

    @property
    def residual(self) -> float:
        """The first of ``residuals``."""
        return self.residuals[0]

    @property
    def enclosure(self) -> tuple[float, float]:
        """The first of ``enclosures``."""
        return self.enclosures[0]

    @property
    def vector(self) -> Tensor:
        """The first of ``vectors``, flat, shape ``(n,)``."""
        return self.vectors[:, 0]


def hessian_product(loss: Callable[[Tensor], Tensor], params: Tensor) -> Callable[[Tensor], Tensor]:
    r"""Return :math:`v \mapsto \nabla^2 \ell(\theta) v` for flat v, by two backward passes.

    A product costs about 4 gradients.

    Args:
        loss: Maps a tensor like ``params`` to a scalar tensor.
        params: The parameters, any shape, floating.

    Raises:
        ValueError, TypeError: As `sharpness`.
    """
    require_function(loss)
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
    k: int = 1,
    *,
    method: str = "auto",
    start: Sharpness | None = None,
    tolerance: float = 1e-10,
    max_products: int = 2000,
    seed: int = 0,
) -> Sharpness:
    r"""Return the k largest eigenvalues of :math:`\nabla^2 \ell(\theta)`, with residuals and enclosures.

    Args:
        loss: Maps a tensor like ``params`` to a scalar tensor; twice differentiable there.
        params: The parameters, any shape, float64 unless the caller means less; left as they are.
        k: How many, from 1 to the number of parameters.
        method: ``dense`` (n products, exact up to rounding), ``lanczos``, or ``auto``: dense up to `DENSE_LIMIT`
            parameters, and where k is not below n - 1.
        start: An earlier result, at parameters of the same number: Lanczos starts from the sum of its vectors, plus a
            little of a random one.
        tolerance: Relative accuracy that Lanczos is asked for.
        max_products: Lanczos stops there; the residual then says how far it got.
        seed: Of Lanczos' random vector.

    Returns:
        A `Sharpness`.

    Raises:
        ValueError: For empty or non-finite parameters, a loss that is no scalar, a Hessian that is not finite, an
            unknown method, k out of range, or a ``start`` of another size.
        TypeError: For parameters that are no floating tensor.
        RuntimeError: If Lanczos found nothing within ``max_products``.

    Example:
        >>> result = sharpness(lambda w: 3 * w.square().sum() / 2, torch.ones(2, dtype=torch.float64))
        >>> result.value
        3.0
        >>> sharpness(lambda w: (w[0] ** 2 + 3 * w[1] ** 2) / 2, torch.ones(2, dtype=torch.float64), 2).values
        (3.0, 1.0)
    """
    if method not in ("auto", "dense", "lanczos"):
        raise ValueError(f"the method is {method!r}: expected 'auto', 'dense' or 'lanczos'")
    product = hessian_product(loss, params)
    n = params.numel()
    if type(k) is not int or not 1 <= k <= n:
        raise ValueError(f"k = {k}: expected an integer from 1 to the {n} parameters")
    if start is not None and len(start.vectors) != n:
        raise ValueError(f"the start has vectors of {len(start.vectors)} entries: expected one of the {n} parameters here")
    if method == "dense" or (method == "auto" and n <= DENSE_LIMIT) or k >= n - 1:
        return _dense(product, params, k)
    first = np.random.default_rng(seed).standard_normal(n)
    if start is not None:
        first = start.vectors.sum(dim=1).double().cpu().numpy() + FRESH * first / np.linalg.norm(first)
    return _lanczos(product, params, k, first, tolerance, max_products)


def _dense(product: Callable[[Tensor], Tensor], params: Tensor, k: int) -> Sharpness:
    n = params.numel()
    identity = torch.eye(n, dtype=params.dtype, device=params.device)
    hessian = torch.stack([product(row) for row in identity])
    _require_finite(hessian)
    hessian = (hessian + hessian.mT) / 2
    _, vectors = torch.linalg.eigh(hessian)
    vectors = vectors[:, -k:].flip(1)
    backward = n * float(torch.finfo(params.dtype).eps) * float(torch.linalg.matrix_norm(hessian))
    return _result(hessian @ vectors, vectors, backward, n, "dense")


def _lanczos(
    product: Callable[[Tensor], Tensor], params: Tensor, k: int, start: np.ndarray, tolerance: float, max_products: int
) -> Sharpness:
    n, count = params.numel(), 0

    def matvec(array: np.ndarray) -> np.ndarray:
        nonlocal count
        count += 1
        if count > max_products:
            raise _OutOfBudget
        image = product(torch.as_tensor(array.reshape(-1), dtype=params.dtype, device=params.device))
        _require_finite(image)
        return image.cpu().numpy().astype(np.float64)

    if not matvec(start).any():  # H is zero, since the start is random: ARPACK would refuse
        vectors = np.linalg.qr(np.column_stack([start, np.eye(n, k - 1)]))[0]
    else:
        try:
            values, vectors = eigsh(
                LinearOperator((n, n), matvec=matvec, dtype=np.float64), k=k, which="LA", tol=tolerance, v0=start, maxiter=max_products
            )
        except (ArpackNoConvergence, _OutOfBudget):
            raise RuntimeError(
                f"Lanczos did not converge in {max_products} products at tolerance {tolerance}: allow more, or use method='dense'"
            ) from None
        vectors = vectors[:, np.argsort(values)[::-1]]
    found = torch.as_tensor(vectors.copy(), dtype=params.dtype, device=params.device)
    return _result(torch.stack([product(vector) for vector in found.mT], dim=1), found, 0.0, count + k, "lanczos")


class _OutOfBudget(Exception):
    """Lanczos asked for more products than it was allowed."""


def _result(images: Tensor, vectors: Tensor, rounding: float, products: int, method: str) -> Sharpness:
    norms = torch.linalg.vector_norm(vectors, dim=0)
    values = (vectors * images).sum(0) / norms.square()
    residuals = torch.linalg.vector_norm(images - values * vectors, dim=0) / norms
    residuals = residuals + rounding + len(vectors) * torch.finfo(vectors.dtype).eps * torch.linalg.vector_norm(images, dim=0)
    return Sharpness(tuple(values.tolist()), tuple(residuals.tolist()), vectors, method == "dense", products, method)


def require_function(loss: Any) -> None:
    """Raise ``TypeError`` for a loss that cannot be called, e.g. a map."""
    if not callable(loss):
        raise TypeError(f"the loss is a {type(loss).__name__}: expected a function of a tensor, e.g. the loss of a map")


def _require_finite(values: Tensor) -> None:
    if not bool(torch.isfinite(values).all()):
        raise ValueError("the Hessian holds NaN or infinity here: choose a point at which the loss is twice differentiable")


def _checked(params: Any) -> Tensor:
    if not isinstance(params, Tensor) or not params.is_floating_point():
        raise TypeError(f"the parameters are {getattr(params, 'dtype', type(params).__name__)}: expected a floating tensor")
    if params.numel() == 0 or not bool(torch.isfinite(params).all()):
        raise ValueError(f"the parameters have shape {tuple(params.shape)}: expected at least one, all finite")
    return params
