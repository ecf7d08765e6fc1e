r"""Bounds M of a minibatch's gradient norm, for the optimizers that step by 1/M: measured, printed, and corrected (Yedida & Saha).

A bound is any callable that takes the parameters and returns a number. `measured_norm` is the norm itself. `LastLayerBound` watches the
activations that enter the last layer of a classifier and recomputes its bound once an epoch, as the paper does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Literal

import torch
from torch import Tensor, nn

from dynamics.optimizers._gradients import finite_norm

GradientBound = Callable[[Sequence[Tensor]], float]
Formula = Literal["printed", "corrected"]


def measured_norm(parameters: Sequence[Tensor]) -> float:
    r""":math:`M = \|g\|`, the Euclidean norm of all gradients together.

    Args:
        parameters: Those that have a gradient.

    Returns:
        The norm.

    Raises:
        ValueError: For NaN or infinity in a gradient.

    Example:
        >>> w = torch.zeros(2, requires_grad=True)
        >>> (3 * w[0] - 4 * w[1]).backward()
        >>> measured_norm([w])
        5.0
    """
    return finite_norm([p.grad for p in parameters if p.grad is not None], "check the loss")


class LastLayerBound:
    r"""A bound for softmax cross-entropy, from the activations A (m x n) that enter the last layer: once an epoch.

    - ``printed``: :math:`M = \frac{k-1}{k m} K_z + \lambda \max\|W\|`, :math:`K_z` the largest Frobenius norm of A over the minibatches of
      the epoch, the second maximum over all parameters' tensors (equation 23 and section 5.3; the numbers of section 7.4 fit this reading).
      It is no bound: one sample with :math:`k = 2` has a gradient of up to :math:`\sqrt 2\|a\|`, four times :math:`\sqrt{2}/2` as much.
    - ``corrected``: :math:`M = \max \frac{\sqrt 2}{m}\sum_i\|a_i\| + \lambda\|W\|`, with a 1 put to each :math:`a_i` where the layer has a
      bias, and W the layer's weights. It bounds the gradient of the last layer for every minibatch of the epoch that was watched, and
      says nothing about other layers.

    Use as a context, or call `close`, so that the layer forgets the hook. After each epoch call `end_epoch`.

    Args:
        layer: The last linear layer; its input are the activations.
        formula: ``printed`` or ``corrected``.
        initial: M during the first epoch, which has no activations yet; a positive number.
        weight_decay: :math:`\lambda \ge 0` of the regulariser :math:`\frac\lambda2\|w\|^2`.

    Attributes:
        value: M as it is now.
        largest: The largest of what was watched so far in this epoch.

    Raises:
        TypeError: The layer is no `torch.nn.Linear`.
        ValueError: Another formula, or a number out of range.

    Source:
        Yedida & Saha (2021), equation (23), sections 5.3, 7.3 and 7.4.

    Example:
        >>> layer = nn.Linear(2, 2, bias=False)
        >>> with LastLayerBound(layer, "corrected", initial=1.0) as bound:
        ...     _ = layer(torch.tensor([[3.0, 4.0], [0.0, 1.0]]))
        ...     bound.end_epoch()
        >>> round(bound.value, 4)
        4.2426
    """

    def __init__(self, layer: nn.Linear, formula: Formula, *, initial: float, weight_decay: float = 0.0) -> None:
        if not isinstance(layer, nn.Linear):
            raise TypeError(f"the layer is a {type(layer).__name__}: expected the last torch.nn.Linear of the network")
        if formula not in ("printed", "corrected"):
            raise ValueError(f"formula = {formula!r}: expected 'printed' or 'corrected'")
        if not 0 < initial < math.inf:
            raise ValueError(f"initial = {initial}: expected a positive finite number")
        if not 0 <= weight_decay < math.inf:
            raise ValueError(f"weight_decay = {weight_decay}: expected 0 or a positive finite number")
        self.layer, self.formula, self.weight_decay = layer, formula, weight_decay
        self.value, self.largest = float(initial), 0.0
        self._parameters: Sequence[Tensor] = ()
        self._hook = layer.register_forward_pre_hook(self._watch)

    def _watch(self, layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        if layer.training and inputs[0].numel():
            own = self._of_batch(inputs[0].detach().reshape(-1, self.layer.in_features))
            if not own <= self.largest and not math.isnan(self.largest):  # a NaN stays
                self.largest = own

    def _of_batch(self, A: Tensor) -> float:
        k, m = self.layer.out_features, len(A)
        if self.formula == "printed":
            return float((k - 1) / (k * m) * torch.linalg.norm(A))
        squares = A.square().sum(1) + (self.layer.bias is not None)
        return float(math.sqrt(2) / m * squares.sqrt().sum())

    def end_epoch(self) -> None:
        """Take what was watched as the new bound, and begin a new epoch.

        Raises:
            RuntimeError: No minibatch passed the layer in training mode since the last epoch ended.
            ValueError: An activation was NaN or infinite.
        """
        if self.largest == 0.0:
            raise RuntimeError("no activation but 0 entered the layer in training mode: train an epoch first, or close the bound")
        if not math.isfinite(self.largest):
            raise ValueError(f"the activations' bound is {self.largest}: the training has diverged")
        decay = self.weight_decay
        weights = self._parameters if self.formula == "printed" else [self.layer.weight]
        size = max((float(torch.linalg.norm(p.detach())) for p in weights), default=0.0)
        self.value, self.largest = self.largest + decay * size, 0.0

    def __call__(self, parameters: Sequence[Tensor]) -> float:
        """Return the bound of the last epoch."""
        self._parameters = parameters
        return self.value

    def close(self) -> None:
        """Take the hook off the layer."""
        self._hook.remove()

    def __enter__(self) -> LastLayerBound:
        """Return the bound itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        """Close."""
        self.close()


__all__ = ["GradientBound", "LastLayerBound", "measured_norm"]
