r"""The corridor learning rate: the step that would reach the least loss at once, if the loss fell linearly (Dherin & Rosca, section 4).

.. math:: h_t = c\,\frac{L(\theta_{t-1}) - L^*}{\|g(\theta_{t-1})\|^2}, \qquad
          v_t = \beta v_{t-1} - h_t\, g(\theta_{t-1}), \qquad \theta_t = \theta_{t-1} + v_t, \qquad v_0 = 0

with the norm over all parameters: equation 3 for :math:`c = 1,\ L^* = 0,\ \beta = 0`, Polyak's step for another :math:`L^*`, and the
momentum of equations 4 to 6 with this step size for another :math:`\beta`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from dynamics.optimizers._gradients import dense_gradients, finite_norm, scalar_loss


@dataclass(frozen=True, slots=True)
class CorridorStep:
    r"""What `CorridorSGD` did in one step.

    Attributes:
        loss: :math:`L(\theta_{t-1})`.
        gradient_norm: :math:`\|g(\theta_{t-1})\|`, over all parameters.
        step_sizes: :math:`h_t` as it was taken, one for each group.
    """

    loss: float
    gradient_norm: float
    step_sizes: tuple[float, ...]

    @property
    def step_size(self) -> float:
        """That of the first group; all are the same unless the groups' options differ."""
        return self.step_sizes[0]


class CorridorSGD(torch.optim.Optimizer):
    r"""Gradient descent with the corridor learning rate, for any parameters; ``step`` must know the loss.

    The training loop is torch's, but ``step`` is told the loss that the gradients come from, or evaluates it by a closure::

        for inputs, targets in loader:
            optimizer.zero_grad()
            loss = criterion(network(inputs), targets)
            loss.backward()
            optimizer.step(loss=loss)

    Where the formula is silent:

    - *Zero gradient at the least loss*, :math:`0/0`: the step size is 0, and with momentum the velocity only decays.
    - *Zero gradient above it*: no step size leads on from a critical point. Without ``max_step`` that is an error; with it the step
      size is ``max_step``, which moves nothing but what the velocity moves: a minibatch that is dead stops no training.
    - *Loss below the least one*: an error, since the step would climb; not even a rounding is forgiven, so give a ``minimum`` that is
      surely below.
    - *A step size that overflows* is an error without ``max_step``.

    The step size is a result, not an option: there is no ``lr`` for a scheduler to change, and `last_step` tells it.

    Args:
        params: Parameters, or groups of them, as for torch's optimizers; a group may have its own multiplier, max_step and momentum. The
            norm is over all groups.
        minimum: :math:`L^*`, the least value of the loss, or a lower bound of it: finite.
        multiplier: c, positive: 1 in the paper; 1/2 halves every step (Hazan & Kakade, for a lower bound).
        max_step: The largest step size, positive; ``None`` for no limit. The paper's figure 4 has 10 for ImageNet.
        momentum: :math:`\beta`, in [0, 1).

    Attributes:
        last_step: The last `CorridorStep`, or ``None``.

    Raises:
        ValueError: For options out of range, or a group with its own minimum.

    Example:
        >>> theta = torch.tensor([3.0, 4.0], dtype=torch.float64, requires_grad=True)
        >>> optimizer = CorridorSGD([theta])
        >>> loss = theta.norm()  # a cone: a corridor down to its tip
        >>> loss.backward()
        >>> _ = optimizer.step(loss=loss)
        >>> optimizer.last_step.step_size, bool(theta.norm() < 1e-15)
        (5.0, True)
    """

    def __init__(
        self,
        params: Iterable[Any],
        minimum: float = 0.0,
        multiplier: float = 1.0,
        max_step: float | None = None,
        momentum: float = 0.0,
    ) -> None:
        if not -math.inf < minimum < math.inf:
            raise ValueError(f"minimum = {minimum}: expected a finite number, the least value of the loss")
        self.last_step: CorridorStep | None = None
        super().__init__(params, {"minimum": minimum, "multiplier": multiplier, "max_step": max_step, "momentum": momentum})

    def __getstate__(self) -> dict[str, Any]:
        """Copies and pickles keep the last step; torch's own method would drop it."""
        return super().__getstate__() | {"last_step": self.last_step}

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group of parameters, with its own multiplier, max_step and momentum if it has any.

        Raises:
            TypeError: For a group that is no dictionary, as torch's optimizers.
            ValueError: For an option out of range, or another minimum.
        """
        if isinstance(param_group, dict):
            options = self.defaults | param_group
            if options["minimum"] != self.defaults["minimum"]:
                raise ValueError(f"the group has its own minimum {options['minimum']}: expected one for all, {self.defaults['minimum']}")
            if not 0 < options["multiplier"] < math.inf:
                raise ValueError(f"multiplier = {options['multiplier']}: expected a positive finite number")
            if options["max_step"] is not None and not 0 < options["max_step"] < math.inf:
                raise ValueError(f"max_step = {options['max_step']}: expected a positive finite number, or None for no limit")
            if not 0 <= options["momentum"] < 1:
                raise ValueError(f"momentum = {options['momentum']}: expected a number in [0, 1)")
        super().add_param_group(param_group)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None, *, loss: Tensor | float | None = None) -> Any:
        """Take one step; nothing moves if it raises.

        Args:
            closure: Evaluates the loss anew, calls ``backward`` and returns the loss, as for torch's optimizers; or
            loss: the loss that the gradients come from. Give one of the two.

        Returns:
            The loss, as the closure returned it or as it was given.

        Raises:
            RuntimeError: For a missing or sparse gradient.
            TypeError: For both or neither of closure and loss, or a loss that is no scalar.
            ValueError: For a loss or a gradient with NaN or infinity, a loss below the minimum, a zero gradient above it, or a step size
                that overflows, the last two unless there is a ``max_step``.
        """
        if (closure is None) == (loss is None):
            raise TypeError("expected one of closure and loss: step(closure) or step(loss=loss)")
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        value = scalar_loss(loss, "give a max_step from the start, or a smaller multiplier")
        gradients = dense_gradients(self)
        norm = finite_norm(gradients, "check the loss, or give a max_step from the start")
        self.last_step = CorridorStep(value, norm, tuple(self._step_size(group, value, norm) for group in self.param_groups))
        for group, step_size in zip(self.param_groups, self.last_step.step_sizes, strict=True):
            for parameter in group["params"]:
                self._move(parameter, step_size, group["momentum"])
        return loss

    def _step_size(self, group: dict[str, Any], loss: float, norm: float) -> float:
        above, limit = loss - group["minimum"], group["max_step"]
        if above < 0:
            raise ValueError(f"the loss is {loss}, below the minimum {group['minimum']}: give a minimum that no loss is below")
        if above == 0:
            return 0.0
        step_size = group["multiplier"] * above / norm / norm if norm else math.inf
        if step_size == math.inf and limit is None:
            raise ValueError(
                f"the loss is {loss}, above the minimum {group['minimum']}, but the gradient has norm {norm}: no step size leads on from a "
                "critical point; start elsewhere, correct the minimum, or give a max_step"
            )
        return step_size if limit is None else min(step_size, limit)

    def _move(self, parameter: Tensor, step_size: float, momentum: float) -> None:
        if momentum == 0:
            parameter.add_(parameter.grad, alpha=-step_size)  # type: ignore[arg-type]
            return
        state = self.state[parameter]
        velocity = state.get("velocity", torch.zeros_like(parameter))
        state["velocity"] = velocity.mul(momentum).sub_(parameter.grad, alpha=step_size)
        parameter.add_(state["velocity"])
