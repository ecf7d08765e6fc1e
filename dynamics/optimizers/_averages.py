"""Exponential averages and quotients that survive underflow: after gradients vanish, a rounded average would stay above 0 for ever."""

from __future__ import annotations

import sys
from typing import Any

import torch
from torch import Tensor


def mean(old: float, new: float, beta: float) -> float:
    """Return beta old + (1 - beta) new; an average of what has become 0 for ever reaches 0."""
    if new == 0 and beta * old == old < sys.float_info.min:
        return 0.0  # rounding would keep it for ever
    return beta * old + (1 - beta) * new


def averaged(own: dict[str, Any], name: str, value: Tensor, beta: float) -> Tensor:
    """Return the exponential average of the values so far, kept in the parameter's state."""
    average: Tensor = own.setdefault(name, torch.zeros_like(value))
    kept = average * beta
    stuck = (value == 0) & (kept == average) & (average.abs() < torch.finfo(average.dtype).tiny)  # rounding would keep it for ever
    return average.copy_(kept.masked_fill_(stuck, 0.0).add_(value, alpha=1 - beta))


def divided(tensor: Tensor, number: float) -> Tensor:
    """Return the quotient, where the number or its inverse may be outside of the tensor's precision; 0 stays 0."""
    kind = torch.finfo(tensor.dtype)
    if number >= kind.tiny:
        return tensor / number
    return tensor / kind.tiny * min(kind.tiny / number, kind.max)


def ratio(above: Tensor, below: Tensor) -> Tensor:
    """Return the quotient, and 0 where the divisor is 0: there all squared gradients so far were."""
    return torch.where(below == 0, torch.zeros_like(above), above / below)
