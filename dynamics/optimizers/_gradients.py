"""What every optimizer asks of the loss and the gradients before it moves anything."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor


def dense_gradients(optimizer: torch.optim.Optimizer) -> list[Tensor]:
    """Return the gradients of all parameters, group by group.

    Raises:
        RuntimeError: For a missing or sparse gradient.
    """
    gradients = []
    for parameter in (p for group in optimizer.param_groups for p in group["params"]):
        if parameter.grad is None:
            raise RuntimeError(
                f"a parameter of shape {tuple(parameter.shape)} has no gradient: call backward() first, or leave it out of params"
            )
        if parameter.grad.is_sparse:
            name = type(optimizer).__name__
            raise RuntimeError(f"a parameter of shape {tuple(parameter.shape)} has a sparse gradient: {name} needs dense ones")
        gradients.append(parameter.grad)
    return gradients


def scalar_loss(loss: Any, remedy: str, where: str = "") -> float:
    """Return the loss as a float.

    Raises:
        TypeError: For a loss that is no scalar.
        ValueError: For NaN or infinity; the message ends in the remedy.
    """
    if isinstance(loss, bool) or not isinstance(loss, int | float | Tensor) or (isinstance(loss, Tensor) and loss.numel() != 1):
        found = f"a tensor of shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else f"{loss!r}"
        raise TypeError(f"the loss{where} is {found}: expected a scalar, the one that the gradients come from")
    value = float(loss.detach() if isinstance(loss, Tensor) else loss)
    if not math.isfinite(value):
        raise ValueError(f"the loss{where} is {value}: expected a finite number; {remedy}")
    return value


def finite_norm(gradients: list[Tensor], remedy: str) -> float:
    r"""Return :math:`\|g\|` over all tensors, in float64, though squares underflow or overflow.

    Raises:
        ValueError: For NaN or infinity in a gradient; the message ends in the remedy.
    """
    # one number for all, so one wait for the device
    norm = _norm(gradients)
    if 0 < norm < math.inf:
        return norm
    largest = max((float(g.abs().max()) for g in gradients if g.numel()), default=0.0)
    if not largest < math.inf or not all(bool(g.isfinite().all()) for g in gradients):
        raise ValueError(f"a gradient holds NaN or infinity: {remedy}")
    return largest * _norm([g.double() / largest for g in gradients]) if largest else 0.0


def _norm(gradients: list[Tensor]) -> float:
    norms = [torch.linalg.vector_norm(g, dtype=torch.float64).to(gradients[0].device) for g in gradients]
    return float(torch.linalg.vector_norm(torch.stack(norms)))
