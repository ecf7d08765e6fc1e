r"""Sharpness of many nets at once: one Lanczos process, batched over an ensemble, with a residual for each net.

Every net has its own Krylov space, but all share each step: one batched Hessian-vector product (`torch.func.vmap` over stacked
parameters), one batched orthogonalisation, so the cost of a step is that of a few large matrix products. At the end a last
product measures :math:`r_i = \|H_i v_i - \theta_i v_i\|_2`, so the certificate does not rest on the recurrence.
As in `dynamics.curvature.sharpness`: an eigenvalue of :math:`H_i` lies within :math:`r_i` of :math:`\theta_i \le \lambda_{\max}`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from dynamics.curvature._lanczos import check_budget, first_vectors, largest_eigenpairs
from dynamics.curvature.sharpness import gradient_and_product, require_function


@dataclass(frozen=True, slots=True)
class EnsembleSharpness:
    """The largest Hessian eigenvalue of each net.

    Attributes:
        values: The Rayleigh quotients theta, shape ``(runs,)``: lower bounds of the sharpness, up to rounding.
        residuals: ``|H v - theta v|`` for the unit vectors v, plus rounding, shape ``(runs,)``.
        vectors: v, flat, shape ``(runs, n)``.
        products: Hessian-vector products for each net.
        converged: Whether the recurrence reached the tolerance, shape ``(runs,)``; elsewhere the residual says how far it is.
    """

    values: Tensor
    residuals: Tensor
    vectors: Tensor
    products: int
    converged: Tensor


def ensemble_sharpness(
    loss: Callable[[Tensor], Tensor],
    params: Tensor,
    *,
    start: EnsembleSharpness | None = None,
    tolerance: float = 1e-6,
    max_products: int = 200,
    seed: int = 0,
) -> EnsembleSharpness:
    r"""Return :math:`\lambda_{\max}(\nabla^2 \ell(\theta_i))` for each net of a stack.

    Args:
        loss: Maps the parameters of one net, ``params[i]``, to a scalar tensor; it must run under `torch.func.vmap`.
        params: The stacked parameters, shape ``(runs, ...)``, floating; left as they are.
        start: An earlier result for the same nets: each starts from its vector, plus a little of a random one.
        tolerance: Of the residual, relative to the largest Ritz value in modulus. The error of a value is of the order of its
            square over the gap to the next eigenvalue.
        max_products: For each net; at most 64 vectors a net are held at once.
        seed: Of the random start.

    Returns:
        An `EnsembleSharpness`.

    Raises:
        ValueError: For no net or no parameters, NaN or infinity in them or in a Hessian, a loss that is no scalar, a start of
            another shape, a tolerance outside (0, 1), or fewer than 2 products.
        TypeError: For parameters that are no floating tensor.

    Example:
        >>> nets = torch.tensor([[1.0, 0.0], [2.0, 0.0]], dtype=torch.float64)
        >>> ensemble_sharpness(lambda w: w.pow(3).sum() / 6, nets).values.tolist()
        [1.0, 2.0]
    """
    require_function(loss)
    _check(params, start)
    check_budget(tolerance, max_products, 1)

    def scalar(point: Tensor) -> Tensor:
        value: Any = loss(point)
        if not isinstance(value, Tensor) or value.numel() != 1:
            raise ValueError(f"the loss of one net has shape {tuple(getattr(value, 'shape', ()))}: expected a scalar tensor")
        return value.reshape(())

    # the Hessian of a sum of losses that share no parameter is block diagonal
    gradient, product = gradient_and_product(lambda stack: torch.func.vmap(scalar)(stack).sum(), params)
    generator = torch.Generator(device=params.device).manual_seed(seed)
    first = first_vectors(gradient.reshape(len(params), -1), None if start is None else start.vectors, generator)
    found = largest_eigenpairs(product, first, 1, tolerance, max_products, generator)
    return EnsembleSharpness(found.values[:, 0], found.residuals[:, 0], found.vectors[:, 0], found.products, found.converged)


def _check(params: Any, start: EnsembleSharpness | None) -> None:
    if not isinstance(params, Tensor) or not params.is_floating_point():
        raise TypeError(f"the parameters are {getattr(params, 'dtype', type(params).__name__)}: expected a floating tensor")
    if params.ndim < 2 or params.numel() == 0 or not bool(torch.isfinite(params).all()):
        raise ValueError(f"the parameters have shape {tuple(params.shape)}: expected (runs, ...), at least one of each, all finite")
    if start is not None and start.vectors.shape != (len(params), params[0].numel()):
        raise ValueError(f"the start has shape {tuple(start.vectors.shape)}: expected {(len(params), params[0].numel())}, one vector a net")


__all__ = ["EnsembleSharpness", "ensemble_sharpness"]
