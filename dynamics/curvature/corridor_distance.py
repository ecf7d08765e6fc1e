r"""How far a point of a loss is from a corridor, the regions where :math:`H g = 0` (Dherin & Rosca 2024, theorem 2.11).

.. math:: \rho = \frac{\|H g\|}{\|H\| \, \|g\|} \in [0, 1], \qquad \|H\| = \max_i |\lambda_i|

The measure is 0 exactly where H g = 0, and 1 exactly where :math:`H^2 g = \|H\|^2 g`: at every point of a round bowl, and on the
steepest axes of any quadratic. It stays the same when the loss is multiplied (g and H grow alike), when the parameters are
(:math:`g \to c g`, :math:`H \to c^2 H`), when these are rotated, and when a constant is added; other changes of coordinates change it,
as they make straight lines bend. So it is in floating point, as long as g and H g / |g| are floating
numbers: ``product_norm`` alone may overflow. A step of size h leaves the flow by :math:`\tfrac{h^2}{2}\|H g\| + O(h^3)`, which is
:math:`\tfrac12 h \|H\| \rho` of its own length :math:`h \|g\|`.

:math:`\|H\|` is no sharpness: an eigenvalue far below 0 counts too, so that the measure stays at most 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from dynamics.curvature.sharpness import DENSE_LIMIT, Sharpness, gradient_and_product, sharpness


@dataclass(frozen=True, slots=True)
class CorridorDistance:
    r"""The measure :math:`\rho` at a point, and what it is made of.

    Attributes:
        value: :math:`\rho`; 0 where H g = 0, so at critical points and where H = 0 too.
        product_norm: :math:`\|H g\|`.
        gradient_norm: :math:`\|g\|`.
        hessian_norm: :math:`\|H\|`, never too large but for rounding; so ``value`` is never too small.
        residual: Of the eigenvalue of largest modulus that was found: some eigenvalue lies that near to it.
        largest_is_certain: As for `Sharpness`; then :math:`\|H\|` is at most ``hessian_norm + residual``.
        products: How many Hessian-vector products it took.
        method: ``dense`` or ``lanczos``.
    """

    value: float
    product_norm: float
    gradient_norm: float
    hessian_norm: float
    residual: float
    largest_is_certain: bool
    products: int
    method: str


def corridor_distance(
    loss: Callable[[Tensor], Tensor],
    params: Tensor,
    *,
    method: str = "auto",
    tolerance: float = 1e-6,
    max_products: int = 2000,
    seed: int = 0,
) -> CorridorDistance:
    r"""Return :math:`\|H g\| / (\|H\| \|g\|)`, and 0 where H g = 0.

    Near a minimum the measure does not fall: it is 1 all along a line into a round bowl, and 0 only at the bottom itself. On a kink, as of
    a ReLU at 0, autograd gives derivatives of one side, and nothing is noticed.

    Args:
        loss: Maps a tensor like ``params`` to a scalar tensor; twice differentiable there.
        params: The parameters, any shape, float64 unless the caller means less; left as they are.
        method: As for `sharpness`; Lanczos runs twice, for either end of the spectrum.
        tolerance: As for `sharpness`, of both ends.
        max_products: As for `sharpness`, of each end.
        seed: Of Lanczos' random vectors.

    Returns:
        A `CorridorDistance`.

    Raises:
        ValueError, TypeError, RuntimeError: As `sharpness`.

    Source:
        Dherin & Rosca (2024), theorem 2.11 and figure 7, where the measure is not free of scale.

    Example:
        >>> cone = torch.tensor([3.0, 4.0], dtype=torch.float64)
        >>> corridor_distance(lambda w: w.norm(), cone).value < 1e-15
        True
        >>> corridor_distance(lambda w: w.square().sum(), cone).value
        1.0
        >>> valley = torch.tensor([1.0, 1.0], dtype=torch.float64)
        >>> round(corridor_distance(lambda w: w[0] ** 2 + w[1], valley).value, 6)  # 2/sqrt(5), of g = (2, 1) and H g = (4, 0)
        0.894427
    """
    gradient, product = gradient_and_product(loss, params)
    if not bool(torch.isfinite(gradient).all()):
        raise ValueError("the gradient holds NaN or infinity here: choose a point at which the loss is twice differentiable")
    steepest = float(gradient.abs().max()) or 1.0
    along = gradient / steepest
    image = product(along)
    # sizes of a loss that is multiplied by a power of 2: exactly the same, without squares that leave the floating numbers
    exponent = max(-1000, math.frexp(float(image.abs().max()) or steepest)[1])
    scaled, back = (lambda w: loss(w) * 2.0**-exponent), 2.0**exponent
    length, bend = (float(torch.linalg.vector_norm(v)) for v in (along, image / back))
    if method == "dense" or (method == "auto" and len(gradient) <= DENSE_LIMIT):
        found = sharpness(scaled, params, len(gradient), method="dense")
        ends = [(found.values[0], found.residuals[0]), (found.values[-1], found.residuals[-1])]
        products, used = found.products, found.method
    else:
        upper, lower = (_end(side, scaled, params, method, tolerance, max_products, seed) for side in (1, -1))
        found, ends, products, used = upper, [(e.value, e.residual) for e in (upper, lower)], upper.products + lower.products, upper.method
    size, residual = max((abs(value), residual) for value, residual in ends)
    norm = max(size, bend / length) if length else size  # |H g| / |g| is a lower bound of |H| as well
    return CorridorDistance(
        value=bend / norm / length if bend else 0.0,
        product_norm=bend * back * steepest,
        gradient_norm=length * steepest,
        hessian_norm=norm * back,
        residual=residual * back,
        largest_is_certain=found.largest_is_certain,
        products=products + 1,
        method=used,
    )


def _end(side: int, loss: Callable[[Tensor], Tensor], params: Tensor, method: str, tolerance: float, most: int, seed: int) -> Sharpness:
    """The largest eigenvalue of H, or of -H."""
    return sharpness(lambda w: side * loss(w), params, method=method, tolerance=tolerance, max_products=most, seed=seed)
