r"""The largest eigenvalues of many symmetric matrices at once, from products alone: Lanczos with thick restarts, batched.

Every matrix has its own orthonormal basis V, but all share each step: one batched product, one orthogonalisation. Where

.. math:: H V = V S + r e_m^T, \qquad S = V^T H V, \qquad S y = \theta y,

the Ritz pair :math:`(\theta, V y)` has residual :math:`\|r\| |y_m|`. V is kept orthogonal to rounding, so no spurious copies
appear, and a full basis is replaced by its best Ritz vectors and r, which keep that form (Wu & Simon 2000, Stewart 2002). S is
tridiagonal, and after a restart an arrow: diagonal but for the couplings of the Ritz vectors with r.

SciPy has the same for one matrix: `eigsh` is as fast, but makes at least 20 products however good its start; LOBPCG with block 1
needs half as many again at residuals of 1e-6 and 1e-10, and as many at 1e-3. Neither is batched, and both leave the device.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

# What a warm start gets of a random direction: without it, an old eigenvector that is still one hides a new largest.
FRESH = 1e-3
Product = Callable[[Tensor], Tensor]
# What is left of a product is rounding, and no smaller tolerance can be met: a few ulps.
ULPS = 16
ROOM = 64  # vectors in a basis: most runs need half of that and are never restarted
STRIDE = 4  # at most a quarter of the steps made pass before the next look at the small eigenproblem, which costs about a product


@dataclass(frozen=True, slots=True)
class RitzPairs:
    """The k best Ritz pairs of each matrix, largest first, ``(runs, k)``; the vectors have norm 1, ``(runs, k, n)``."""

    values: Tensor
    residuals: Tensor
    vectors: Tensor
    products: int
    converged: Tensor


def largest_eigenpairs(
    product: Product, first: Tensor, k: int, tolerance: float, max_products: int, generator: torch.Generator
) -> RitzPairs:
    """Return the k largest eigenpairs of each symmetric matrix; a last product a pair measures the residuals.

    Args:
        product: Maps ``(runs, n)`` to ``(runs, n)``: each row by its own matrix.
        first: The first vectors, shape ``(runs, n)``, none of them zero.
        k: How many pairs, at most n.
        tolerance: Of every residual, relative to the largest Ritz value in modulus.
        max_products: At least ``2 k``. Where they do not suffice, ``converged`` is False.
        generator: Of the random vectors that go on where a Krylov space is exhausted.
    """
    basis, coordinates, converged, steps = _krylov(product, first, k, tolerance, max_products - k, generator)
    vectors = _unit(coordinates.mT @ basis)
    images = torch.stack([product(vector) for vector in vectors.unbind(1)], dim=1)
    return RitzPairs(*rayleigh(vectors, images), vectors, steps + k, converged)


def rayleigh(vectors: Tensor, images: Tensor) -> tuple[Tensor, Tensor]:
    """Return the Rayleigh quotients of unit vectors ``(..., n)`` and their residuals, with the rounding of both added."""
    values = (vectors * images).sum(-1)
    rounding = vectors.shape[-1] * torch.finfo(vectors.dtype).eps * torch.linalg.vector_norm(images, dim=-1)
    return values, torch.linalg.vector_norm(images - values[..., None] * vectors, dim=-1) + rounding


def first_vectors(gradients: Tensor, start: Tensor | None, generator: torch.Generator) -> Tensor:
    """Return a random direction that leans towards the gradient; or the start, with a little of the random direction."""
    random = _unit(torch.randn(gradients.shape, generator=generator, dtype=gradients.dtype, device=gradients.device))
    if start is not None:
        return _unit(start) + FRESH * random
    # halved, a gradient that happens to be opposite cannot cancel it; one that is zero adds nothing
    return random + torch.nan_to_num(_unit(gradients) / 2)


def check_budget(tolerance: float, max_products: int, k: int) -> None:
    """Raise ``ValueError`` for a tolerance outside (0, 1) or fewer than 2 k products."""
    if not 0 < tolerance < 1 or max_products < 2 * k:
        raise ValueError(
            f"tolerance = {tolerance}, max_products = {max_products}: expected 0 < tolerance < 1 and at least {2 * k} products"
        )


def _krylov(
    product: Product, first: Tensor, k: int, tolerance: float, max_steps: int, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor, int]:
    """Return the basis, the coordinates in it of the k best Ritz vectors, which runs converged, and the steps made."""
    runs, n = first.shape
    room = min(n, max(ROOM, 3 * k))
    eps = torch.finfo(first.dtype).eps
    basis, projected = first.new_empty(runs, room, n), first.new_zeros(runs, room, room)
    vector, m, coupled, look, looked = _unit(first), 0, 0, k + 1, (0, 0.0)
    for step in range(1, max_steps + 1):
        basis[:, m] = vector
        image = product(vector)
        projected[:, m, m] = (vector * image).sum(-1)
        # first what is known to be there, so that orthogonalising once is enough
        rest = _subtract(image, projected[:, m, coupled : m + 1], basis[:, coupled : m + 1])
        coupled, m = m, m + 1
        rest = _orthogonal(rest, basis[:, :m])
        norm = torch.linalg.vector_norm(rest, dim=-1)
        exhausted = norm <= ULPS * n**0.5 * eps * torch.linalg.vector_norm(image, dim=-1)
        couplings = torch.where(exhausted, 0.0, norm)[:, None]
        if step >= look or m == room or step == max_steps:
            values, coordinates = torch.linalg.eigh(projected[:, :m, :m])
            scale = max(tolerance, ULPS * eps) * values.abs().amax(-1)
            residuals = (couplings * coordinates[:, -1, -k:].abs()).amax(-1)
            converged = residuals <= scale
            if step == max_steps or bool(converged.all()):
                return basis[:, :m], coordinates[:, :, -k:].flip(-1), converged, step
            error = math.log(float((residuals / scale)[~converged].amax()))
            look, looked = _next_look(step, error, *looked), (step, error)
            if m == room:
                coupled, m = 0, k + (room - k) // 2
                basis[:, :m] = coordinates[:, :, -m:].mT @ basis
                projected = torch.zeros_like(projected)
                projected[:, :m, :m] = torch.diag_embed(values[:, -m:])
                couplings = couplings * coordinates[:, -1, -m:]
        projected[:, coupled:m, m] = projected[:, m, coupled:m] = couplings
        if bool(exhausted.any()):
            fresh = _unit(torch.randn(rest.shape, generator=generator, dtype=rest.dtype, device=rest.device))
            fresh = _orthogonal(_orthogonal(fresh, basis[:, :m]), basis[:, :m])
            rest = torch.where(exhausted[:, None], fresh, rest)
        vector = _unit(rest)
    raise AssertionError("the last step returns")


def _next_look(step: int, error: float, before: int, was: float) -> int:
    """The step at which the logarithm of the error will be 0, if it falls as it did."""
    stride = step // STRIDE
    if error < was:
        stride = min(stride, math.ceil(error * (step - before) / (was - error)))
    return step + max(1, stride)


def _orthogonal(vectors: Tensor, basis: Tensor) -> Tensor:
    # rows times matrices: on a CPU 5 times as fast as matrices times columns
    return _subtract(vectors, (vectors[:, None] @ basis.mT)[:, 0], basis)


def _subtract(vectors: Tensor, coordinates: Tensor, basis: Tensor) -> Tensor:
    return torch.baddbmm(vectors[:, None], coordinates[:, None], basis, alpha=-1)[:, 0]


def _unit(vectors: Tensor) -> Tensor:
    return vectors / torch.linalg.vector_norm(vectors, dim=-1, keepdim=True)
