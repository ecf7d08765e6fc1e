"""What the optimizers that divide by a bound of the gradient's norm have in common."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from dynamics.optimizers._gradients import dense_gradients, finite_norm
from dynamics.optimizers.gradient_bounds import GradientBound


class BoundedOptimizer(torch.optim.Optimizer):
    """What the four have in common: one M a step for all parameters, averages of it, and torch's protocol.

    The averages stand in the state of the first parameter, so that ``state_dict`` keeps them.
    """

    _squares_the_bound = False

    def __init__(self, params: Iterable[Any], bound: GradientBound, lr: float, options: dict[str, Any]) -> None:
        if not 0 < lr < math.inf:
            raise ValueError(f"lr = {lr}: expected a positive finite number; it multiplies the step")
        for name, value in options.items():
            if name.startswith("beta") and not 0 <= value < 1:
                raise ValueError(f"{name} = {value}: expected 0 <= {name} < 1")
            if name == "epsilon" and not 0 <= value < math.inf:
                raise ValueError(f"epsilon = {value}: expected 0 or a positive finite number")
        if not callable(bound):
            raise TypeError(f"bound is a {type(bound).__name__}: expected a function of the parameters, such as measured_norm")
        self.bound = bound
        super().__init__(params, options | {"lr": lr})

    def __getstate__(self) -> dict[str, Any]:
        """Copies and pickles take the bound along; torch's own method would drop it."""
        return super().__getstate__() | {"bound": self.bound}

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group, which may have its own ``lr`` only: the averages of M are one for all groups, and so are their options.

        Raises:
            ValueError: The group has another value of another option.
        """
        for name in self.defaults.keys() - {"lr"}:
            if param_group.get(name, self.defaults[name]) != self.defaults[name]:
                raise ValueError(
                    f"a group has {name} = {param_group[name]}: expected {self.defaults[name]}, as for all; only lr may differ"
                )
        super().add_param_group(param_group)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step.

        Args:
            closure: Evaluates the loss anew and calls ``backward``, as for torch's optimizers.

        Returns:
            The closure's loss, else ``None``.

        Raises:
            RuntimeError: For a missing or sparse gradient; nothing has moved then.
            ValueError: NaN or infinity in a gradient; or a bound that is no finite number, negative, 0 while the gradient is not 0, or with
                an infinite square where that is averaged.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        size = finite_norm(dense_gradients(self), "check the loss, or begin with a smaller step")
        parameters = [p for group in self.param_groups for p in group["params"]]
        most = float(self.bound(parameters))
        if not 0 <= most < math.inf or (most == 0 and size > 0):
            raise ValueError(
                f"the bound is {most} for a gradient of norm {size}: expected a finite number, positive unless the gradient is 0"
            )
        if self._squares_the_bound and most * most == math.inf:
            raise ValueError(f"the bound is {most}: its square is averaged, and is too large for a float")
        shared = self.state[parameters[0]]
        shared["step"] = shared.get("step", 0) + 1
        self._average(shared, most)
        for group in self.param_groups:
            for parameter in group["params"]:
                self._move(parameter, self.state[parameter], shared, group, most)
        return loss

    def _average(self, shared: dict[str, Any], most: float) -> None:
        """Update the averages of M."""

    def _move(self, parameter: Tensor, own: dict[str, Any], shared: dict[str, Any], group: dict[str, Any], most: float) -> None:
        raise NotImplementedError


def gradient_of(parameter: Tensor) -> Tensor:
    """Return the gradient, which `BoundedOptimizer.step` has asked for."""
    assert parameter.grad is not None, "only parameters with a gradient are moved"
    return parameter.grad
