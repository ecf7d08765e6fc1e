r"""Sharpness of many nets at once: one Lanczos process, batched over an ensemble, with a residual for each net.

Every net has its own Krylov space, :math:`H_i V_i = V_i T_i + \beta_i v_i e_m^T`, but all share each step: one batched
Hessian-vector product (`torch.func.vmap` over stacked parameters, two backward passes), one batched reorthogonalisation, so the cost of a
step is that of a few large matrix products. :math:`\theta_i` is the largest eigenvalue of :math:`T_i`; at the end a
last product measures :math:`r_i = \|H_i v_i - \theta_i v_i\|_2`, so the certificate does not rest on the recurrence.
As in `dynamics.sharpness`: an eigenvalue of :math:`H_i` lies within :math:`r_i` of :math:`\theta_i \le \lambda_{\max}`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from dynamics.sharpness import FRESH, hessian_product, require_function

# An invariant subspace is found when what is left of a product is rounding: a few ulps of the largest Ritz value an entry.
ULPS = 16
LOOK_EVERY = 4  # steps between two looks at the small eigenproblem, which costs about as much as a step of small nets
ROOM = 16  # vectors a net at first; most runs need about twice that


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
        max_products: The longest recurrence; it holds ``max_products`` vectors a net.
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
    _check(params, start, tolerance, max_products)
    runs, n = len(params), params[0].numel()
    product = _product(loss, params)
    generator = torch.Generator(device=params.device).manual_seed(seed)
    first = _unit(torch.randn(runs, n, generator=generator, dtype=params.dtype, device=params.device))
    if start is not None:
        first = start.vectors + FRESH * first
    steps = min(n, max_products - 1)
    basis, ritz, converged = _recurrence(product, _unit(first), steps, tolerance, generator)
    vectors = _unit(torch.einsum("rmn,rm->rn", basis, ritz))
    images = product(vectors)
    values = (vectors * images).sum(-1)
    rounding = n * torch.finfo(params.dtype).eps * torch.linalg.vector_norm(images, dim=-1)
    residuals = torch.linalg.vector_norm(images - values[:, None] * vectors, dim=-1) + rounding
    return EnsembleSharpness(values, residuals, vectors, basis.shape[1] + 1, converged)


def _product(loss: Callable[[Tensor], Tensor], params: Tensor) -> Callable[[Tensor], Tensor]:
    """The batched product, ``(runs, n)`` to ``(runs, n)``: the Hessian of the sum of independent losses is block diagonal."""
    require_function(loss)

    def scalar(point: Tensor) -> Tensor:
        value: Any = loss(point)
        if not isinstance(value, Tensor) or value.numel() != 1:
            raise ValueError(f"the loss of one net has shape {tuple(getattr(value, 'shape', ()))}: expected a scalar tensor")
        return value.reshape(())

    flat = hessian_product(lambda stack: torch.func.vmap(scalar)(stack).sum(), params)

    def product(vectors: Tensor) -> Tensor:
        images = flat(vectors).reshape(vectors.shape)
        if not bool(torch.isfinite(images).all()):
            raise ValueError("a Hessian holds NaN or infinity: choose points at which the loss is twice differentiable")
        return images

    return product


def _recurrence(
    product: Callable[[Tensor], Tensor], first: Tensor, steps: int, tolerance: float, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Lanczos with full reorthogonalisation; returns the basis, the coordinates of the Ritz vectors, and who converged."""
    n = first.shape[1]
    basis, vector = first.new_empty(len(first), 0, n), first
    diagonal: list[Tensor] = []
    beside: list[Tensor] = []
    for m in range(steps):
        if m == basis.shape[1]:  # grown as needed: memory for the whole budget would cost more than most runs
            basis = torch.cat([basis, first.new_empty(len(first), max(m, ROOM), n)], dim=1)
        basis[:, m] = vector
        used = basis[:, : m + 1]
        image = product(vector)
        diagonal.append((vector * image).sum(-1))
        rest = _orthogonal(_orthogonal(image, used), used)  # twice is enough
        beta = torch.linalg.vector_norm(rest, dim=-1)
        last = m + 1 == steps
        if last or m % LOOK_EVERY == LOOK_EVERY - 1:
            thetas, coordinates = torch.linalg.eigh(_tridiagonal(diagonal, beside))
            converged = beta * coordinates[:, -1, -1].abs() <= tolerance * thetas.abs().amax(-1)
            if m + 1 == n:  # the whole space: what is left of the product is rounding
                converged = torch.ones_like(converged)
            if last or bool(converged.all()):
                return used, coordinates[:, :, -1], converged
        vector, beta = _next(rest, beta, image, used, generator)
        beside.append(beta)
    raise AssertionError("the last step returns")


def _tridiagonal(diagonal: list[Tensor], beside: list[Tensor]) -> Tensor:
    matrix = torch.diag_embed(torch.stack(diagonal, dim=-1))
    if not beside:
        return matrix
    off = torch.diag_embed(torch.stack(beside, dim=-1), offset=1)
    return matrix + off + off.mT


def _next(rest: Tensor, beta: Tensor, image: Tensor, used: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """The next basis vector; a random one, uncoupled, where the space so far is invariant."""
    n = rest.shape[-1]
    rounding = ULPS * n**0.5 * torch.finfo(rest.dtype).eps * torch.linalg.vector_norm(image, dim=-1)
    invariant = beta <= rounding
    if bool(invariant.any()):
        fresh = torch.randn(rest.shape, generator=generator, dtype=rest.dtype, device=rest.device)
        fresh = _orthogonal(_orthogonal(_unit(fresh), used), used)
        rest = torch.where(invariant[:, None], fresh, rest)
    return _unit(rest), torch.where(invariant, torch.zeros_like(beta), beta)


def _orthogonal(vectors: Tensor, basis: Tensor) -> Tensor:
    return vectors - torch.einsum("rm,rmn->rn", torch.einsum("rn,rmn->rm", vectors, basis), basis)


def _unit(vectors: Tensor) -> Tensor:
    return vectors / torch.linalg.vector_norm(vectors, dim=-1, keepdim=True)


def _check(params: Any, start: EnsembleSharpness | None, tolerance: float, max_products: int) -> None:
    if not isinstance(params, Tensor) or not params.is_floating_point():
        raise TypeError(f"the parameters are {getattr(params, 'dtype', type(params).__name__)}: expected a floating tensor")
    if params.ndim < 2 or params.numel() == 0 or not bool(torch.isfinite(params).all()):
        raise ValueError(f"the parameters have shape {tuple(params.shape)}: expected (runs, ...), at least one of each, all finite")
    if start is not None and start.vectors.shape != (len(params), params[0].numel()):
        raise ValueError(f"the start has shape {tuple(start.vectors.shape)}: expected {(len(params), params[0].numel())}, one vector a net")
    if not 0 < tolerance < 1 or max_products < 2:
        raise ValueError(f"tolerance = {tolerance} and max_products = {max_products}: expected 0 < tolerance < 1 and at least 2 products")


__all__ = ["EnsembleSharpness", "ensemble_sharpness"]
