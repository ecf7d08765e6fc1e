r"""Sharpness: the largest eigenvalue :math:`\lambda_{\max}` of the Hessian, with what is known about its error.

For a symmetric H, a unit vector v and :math:`\theta = v^T H v`, :math:`r = \|H v - \theta v\|_2`: some eigenvalue
lies in :math:`[\theta - r, \theta + r]`, and always :math:`\lambda_{\max} \ge \theta`. So an enclosure holds an
eigenvalue for certain; that it is the largest is certain only where every eigenvalue was computed
(``largest_is_certain``). Rounding of the Hessian itself is not in r. The error of :math:`\theta` is much below r: at
most :math:`r^2` over the gap to the other eigenvalues.

A product H v keeps the graph of the gradient and runs one backward pass through it, which costs about 1.1 gradients. Lanczos
starts from a random direction that leans towards the gradient, since gradients lean towards the top of the spectrum: that saves
a quarter of the products at a random point and none late in a run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from dynamics.curvature._lanczos import check_budget, first_vectors, largest_eigenpairs, rayleigh

# a dense Hessian of 500 parameters takes 500 products and 2 MB; above it Lanczos needs far fewer products
DENSE_LIMIT = 500


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
    r"""Return :math:`v \mapsto \nabla^2 \ell(\theta) v` for flat v: the graph of the gradient once, then a backward pass a product.

    A product costs 1.1 gradients, or 1.6 compiled ones, on a two-layer net of 10,000 parameters. `torch.compile` saves nothing
    where a point needs more than one product: the compiled ``grad`` of ``grad(loss) @ v`` starts from the parameters each time.

    Args:
        loss: Maps a tensor like ``params`` to a scalar tensor.
        params: The parameters, any shape, floating.

    Raises:
        ValueError, TypeError: As `sharpness`.
    """
    return gradient_and_product(loss, params)[1]


def gradient_and_product(loss: Callable[[Tensor], Tensor], params: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
    """Return the gradient, flat, and `hessian_product`."""
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
        image = second.detach().reshape(vector.shape)
        if not bool(torch.isfinite(image).all()):
            raise ValueError("the Hessian holds NaN or infinity here: choose a point at which the loss is twice differentiable")
        return image

    return gradient.detach().reshape(-1), product


def sharpness(
    loss: Callable[[Tensor], Tensor],
    params: Tensor,
    k: int = 1,
    *,
    method: str = "auto",
    start: Sharpness | Tensor | None = None,
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
        start: An earlier result, or a flat vector: Lanczos starts there, or from the sum of the vectors, plus a little of a
            random one.
        tolerance: Of the residuals, relative to the largest eigenvalue in modulus.
        max_products: Of Lanczos, at least 2 k.
        seed: Of Lanczos' random vector.

    Returns:
        A `Sharpness`.

    Raises:
        ValueError: For empty or non-finite parameters, a loss that is no scalar, a Hessian that is not finite, an
            unknown method, a ``start`` of another size or zero, k, tolerance or max_products out of range.
        TypeError: For parameters that are no floating tensor.
        RuntimeError: If ``max_products`` do not reach the tolerance.

    Example:
        >>> result = sharpness(lambda w: 3 * w.square().sum() / 2, torch.ones(2, dtype=torch.float64))
        >>> result.value
        3.0
        >>> sharpness(lambda w: (w[0] ** 2 + 3 * w[1] ** 2) / 2, torch.ones(2, dtype=torch.float64), 2).values
        (3.0, 1.0)
    """
    if method not in ("auto", "dense", "lanczos"):
        raise ValueError(f"the method is {method!r}: expected 'auto', 'dense' or 'lanczos'")
    gradient, product = gradient_and_product(loss, params)
    n = len(gradient)
    if type(k) is not int or not 1 <= k <= n:
        raise ValueError(f"k = {k}: expected an integer from 1 to the {n} parameters")
    check_budget(tolerance, max_products, k)
    direction = start.vectors.sum(1) if isinstance(start, Sharpness) else start
    if direction is not None and (direction.shape != (n,) or not 0 < float(torch.linalg.vector_norm(direction)) < math.inf):
        raise ValueError(f"the start has shape {tuple(direction.shape)}: expected a finite vector other than 0 of the {n} parameters here")
    if method == "dense" or (method == "auto" and n <= DENSE_LIMIT) or k >= n - 1:
        return _dense(product, gradient, k)
    generator = torch.Generator(device=params.device).manual_seed(seed)
    first = first_vectors(gradient[None], None if direction is None else direction[None], generator)
    found = largest_eigenpairs(lambda row: product(row[0])[None], first, k, tolerance, max_products, generator)
    if not bool(found.converged):
        raise RuntimeError(
            f"Lanczos reached a residual of {float(found.residuals.max()):.2g} in {max_products} products, not the tolerance {tolerance}: "
            "allow more of either, or use method='dense'"
        )
    values, residuals = (tuple(row.tolist()) for row in (found.values[0], found.residuals[0]))
    return Sharpness(values, residuals, found.vectors[0].mT, False, found.products, "lanczos")


def sharpness_along(
    loss: Callable[[Tensor], Tensor],
    points: Iterable[Tensor],
    *,
    tolerance: float = 1e-3,
    max_products: int = 2000,
    seed: int = 0,
) -> Iterator[Sharpness]:
    r"""Yield the sharpness at each point of a run: about 4 products a point, since each search starts where the last one points.

    The eigenvector is predicted from the last three, :math:`v_t + c (v_t - v_{t-1})`, with c in [-1, 1] the component of the last
    turn along the one before: 1 on a smooth path, -1 on a cycle of two, 0 where turns are noise. Points are taken as they
    come, so the run may go on in between.

    Args:
        loss: As in `sharpness`.
        points: Parameters of one shape.
        tolerance: As in `sharpness`. At 1e-3 a value typically errs by 1e-6, relatively.
        max_products: At each point.
        seed: Of the random vectors.

    Yields:
        A `Sharpness` a point. Where two eigenvalues cross, the old one may be followed for some points.

    Raises:
        ValueError, TypeError, RuntimeError: As `sharpness`.

    Example:
        >>> run = [torch.tensor([1.0 + i / 8, 1.0], dtype=torch.float64) for i in range(3)]
        >>> [result.value for result in sharpness_along(lambda w: w.pow(3).sum() / 6, run)]
        [1.0, 1.125, 1.25]
    """
    past: list[Tensor] = []
    for point in points:
        start = _predicted(past) if past else None
        found = sharpness(loss, point, method="lanczos", start=start, tolerance=tolerance, max_products=max_products, seed=seed)
        newest = found.vector if not past or bool(found.vector @ past[-1] >= 0) else -found.vector
        past = [*past[-2:], newest]
        yield found


def _predicted(past: list[Tensor]) -> Tensor:
    if len(past) < 3:
        return past[-1]
    before, turn = past[-2] - past[-3], past[-1] - past[-2]
    along = (turn @ before / before.square().sum().clamp_min(torch.finfo(turn.dtype).tiny)).clamp(-1, 1)
    return past[-1] + along * turn


def _dense(product: Callable[[Tensor], Tensor], gradient: Tensor, k: int) -> Sharpness:
    n = len(gradient)
    hessian = torch.stack([product(row) for row in torch.eye(n, dtype=gradient.dtype, device=gradient.device)])
    hessian = (hessian + hessian.mT) / 2
    vectors = torch.linalg.eigh(hessian)[1][:, -k:].flip(1)
    values, residuals = rayleigh(vectors.mT, vectors.mT @ hessian)
    backward = n * float(torch.finfo(gradient.dtype).eps) * float(torch.linalg.matrix_norm(hessian))
    return Sharpness(tuple(values.tolist()), tuple((residuals + backward).tolist()), vectors, True, n, "dense")


def require_function(loss: Any) -> None:
    """Raise ``TypeError`` for a loss that cannot be called, e.g. a map."""
    if not callable(loss):
        raise TypeError(f"the loss is a {type(loss).__name__}: expected a function of a tensor, e.g. the loss of a map")


def _checked(params: Any) -> Tensor:
    if not isinstance(params, Tensor) or not params.is_floating_point():
        raise TypeError(f"the parameters are {getattr(params, 'dtype', type(params).__name__)}: expected a floating tensor")
    if params.numel() == 0 or not bool(torch.isfinite(params).all()):
        raise ValueError(f"the parameters have shape {tuple(params.shape)}: expected at least one, all finite")
    return params
