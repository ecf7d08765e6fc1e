r"""Optimizers that divide by a bound M of the gradient's norm (Yedida & Saha, section 6): LipschitzSGD, AdaMo, LipschitzRMSprop, AutoAdam.

Where M is the gradient's own norm, these methods do not change when the loss is multiplied by a number (up to epsilon), and the first
step of the first two has length 1. Where M is another bound, see `dynamics.optimizers.gradient_bounds`.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from dynamics.optimizers._gradients import dense_gradients, finite_norm
from dynamics.optimizers.gradient_bounds import GradientBound, measured_norm


class _Bounded(torch.optim.Optimizer):
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


class LipschitzSGD(_Bounded):
    r"""Gradient descent with the step size 1/M.

    .. math:: w \leftarrow w - \mathrm{lr}\, g/M

    Where M bounds the gradient's norm, no step is longer than ``lr``. That is no reason for the loss to fall: with M the Lipschitz
    constant of the loss, the iterates of a convex loss can alternate between two points for ever.

    Args:
        params: Parameters or groups of them, as for torch's optimizers.
        bound: M, from all parameters; by default the gradient's norm.
        lr: A factor, so that torch's schedulers work.

    Raises:
        TypeError: The bound is no function.
        ValueError: For numbers out of range.

    Source:
        Yedida & Saha (2021), section 3.1.

    Example:
        >>> w = torch.tensor([3.0, -4.0], dtype=torch.float64, requires_grad=True)
        >>> optimizer = LipschitzSGD([w])
        >>> (w.square().sum() / 2).backward()
        >>> _ = optimizer.step()
        >>> w.tolist()
        [2.4, -3.2]
    """

    def __init__(self, params: Iterable[Any], bound: GradientBound = measured_norm, *, lr: float = 1.0) -> None:
        super().__init__(params, bound, lr, {})

    def _move(self, parameter: Tensor, own: dict[str, Any], shared: dict[str, Any], group: dict[str, Any], most: float) -> None:
        if most > 0:
            parameter.sub_(_divided(_gradient(parameter), most), alpha=group["lr"])


class AdaMo(_Bounded):
    r"""Momentum, divided by the same average of the bound (Algorithm 1).

    .. math:: V \leftarrow \beta V + (1-\beta) g, \qquad K \leftarrow \beta K + (1-\beta) M, \qquad w \leftarrow w - \mathrm{lr}\, V/K

    Both averages begin with 0, so correcting their bias changes nothing. As long as M bounds the gradient's norm, no step is longer
    than ``lr``. While every M so far was 0, nothing moves.

    Args:
        params: Parameters or groups of them, as for torch's optimizers.
        bound: M, from all parameters; by default the gradient's norm.
        beta: :math:`0 \le \beta < 1`, one for all groups.
        lr: A factor, so that torch's schedulers work.

    Raises:
        TypeError: The bound is no function.
        ValueError: For numbers out of range.

    Source:
        Yedida & Saha (2021), Algorithm 1.

    Example:
        >>> w = torch.tensor([3.0, -4.0], dtype=torch.float64, requires_grad=True)
        >>> optimizer = AdaMo([w])
        >>> (w.square().sum() / 2).backward()
        >>> _ = optimizer.step()
        >>> w.tolist()
        [2.4, -3.2]
    """

    def __init__(self, params: Iterable[Any], bound: GradientBound = measured_norm, *, beta: float = 0.9, lr: float = 1.0) -> None:
        super().__init__(params, bound, lr, {"beta": beta})

    def _average(self, shared: dict[str, Any], most: float) -> None:
        shared["K"] = _mean(shared.get("K", 0.0), most, self.param_groups[0]["beta"])

    def _move(self, parameter: Tensor, own: dict[str, Any], shared: dict[str, Any], group: dict[str, Any], most: float) -> None:
        velocity = _averaged(own, "V", _gradient(parameter), self.param_groups[0]["beta"])
        if shared["K"] > 0:
            parameter.sub_(_divided(velocity, shared["K"]), alpha=group["lr"])


class LipschitzRMSprop(_Bounded):
    r"""RMSprop with an average of the squared bound above its own average (Algorithm 2, whose body the paper leaves out).

    .. math:: S \leftarrow \beta S + (1-\beta) g^2, \qquad K \leftarrow \beta K + (1-\beta) M^2, \qquad
              w \leftarrow w - \mathrm{lr}\,\frac{\sqrt K + \epsilon}{M}\,\frac{g}{\sqrt S + \epsilon}

    Entries whose squared gradients were always 0, in the parameter's precision, stay where they are, with :math:`\epsilon = 0` too. With
    ``bias_correction`` S and K are both divided by :math:`1-\beta^t`, t counting steps, which changes the step by :math:`\epsilon` only.

    Args:
        params: Parameters or groups of them, as for torch's optimizers.
        bound: M, from all parameters; by default the gradient's norm.
        beta: :math:`0 \le \beta < 1`, one for all groups.
        epsilon: Non-negative.
        bias_correction: Whether to correct both averages.
        lr: A factor, so that torch's schedulers work.

    Raises:
        TypeError: The bound is no function.
        ValueError: For numbers out of range.

    Source:
        Yedida & Saha (2021), section 6.2; reconstructed from the text and Algorithm 3.

    Example:
        >>> w = torch.tensor([3.0, -4.0], dtype=torch.float64, requires_grad=True)
        >>> optimizer = LipschitzRMSprop([w], epsilon=0)
        >>> (w.square().sum() / 2).backward()
        >>> _ = optimizer.step()
        >>> [round(x, 12) for x in w.tolist()]  # the first step is sign(g)
        [2.0, -3.0]
    """

    _squares_the_bound = True

    def __init__(
        self,
        params: Iterable[Any],
        bound: GradientBound = measured_norm,
        *,
        beta: float = 0.9,
        epsilon: float = 1e-7,
        bias_correction: bool = False,
        lr: float = 1.0,
    ) -> None:
        super().__init__(params, bound, lr, {"beta": beta, "epsilon": epsilon, "bias_correction": bias_correction})

    def _average(self, shared: dict[str, Any], most: float) -> None:
        shared["K"] = _mean(shared.get("K", 0.0), most**2, self.param_groups[0]["beta"])

    def _move(self, parameter: Tensor, own: dict[str, Any], shared: dict[str, Any], group: dict[str, Any], most: float) -> None:
        options, gradient = self.param_groups[0], _gradient(parameter)
        squares = _averaged(own, "S", gradient.square(), options["beta"])
        if most > 0:
            share = 1 - options["beta"] ** shared["step"] if options["bias_correction"] else 1.0
            step = _ratio(gradient, (squares / share).sqrt() + options["epsilon"])
            above = math.sqrt(shared["K"] / share) + options["epsilon"]
            if above > 0:  # M^2 may be 0 in float64
                parameter.sub_(_divided(step, most / above), alpha=group["lr"])


class AutoAdam(_Bounded):
    r"""Adam with averages of the bound and of its square in place of a learning rate (Algorithm 3).

    .. math:: V \leftarrow \beta_1 V + (1-\beta_1) g, \quad S \leftarrow \beta_2 S + (1-\beta_2) g^2, \quad
              K_1 \leftarrow \beta_1 K_1 + (1-\beta_1) M, \quad K_2 \leftarrow \beta_2 K_2 + (1-\beta_2) M^2

    .. math:: w \leftarrow w - \mathrm{lr}\,\frac{\sqrt{K_2} + \epsilon}{K_1}\,\frac{V}{\sqrt S + \epsilon}

    The paper prints :math:`\sqrt{S + \epsilon}`, and :math:`\sqrt{K_2} + \epsilon`; here both stand outside of the root, as in Adam.
    Entries whose squared gradients were always 0, in the parameter's precision, stay where they are, with :math:`\epsilon = 0` too. With
    ``bias_correction`` V and K1 are divided by :math:`1-\beta_1^t`, S and K2 by :math:`1-\beta_2^t`, t counting steps.

    Args:
        params: Parameters or groups of them, as for torch's optimizers.
        bound: M, from all parameters; by default the gradient's norm.
        beta_1, beta_2: From 0 to 1, 1 excluded; one for all groups.
        epsilon: Non-negative.
        bias_correction: Whether to correct all averages.
        lr: A factor, so that torch's schedulers work.

    Raises:
        TypeError: The bound is no function.
        ValueError: For numbers out of range.

    Source:
        Yedida & Saha (2021), Algorithm 3.

    Example:
        >>> w = torch.tensor([3.0, -4.0], dtype=torch.float64, requires_grad=True)
        >>> optimizer = AutoAdam([w], epsilon=0)
        >>> (w.square().sum() / 2).backward()
        >>> _ = optimizer.step()
        >>> [round(x, 12) for x in w.tolist()]  # the first step is sign(g)
        [2.0, -3.0]
    """

    _squares_the_bound = True

    def __init__(
        self,
        params: Iterable[Any],
        bound: GradientBound = measured_norm,
        *,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        bias_correction: bool = False,
        lr: float = 1.0,
    ) -> None:
        options = {"beta_1": beta_1, "beta_2": beta_2, "epsilon": epsilon, "bias_correction": bias_correction}
        super().__init__(params, bound, lr, options)

    def _average(self, shared: dict[str, Any], most: float) -> None:
        options = self.param_groups[0]
        shared["K1"] = _mean(shared.get("K1", 0.0), most, options["beta_1"])
        shared["K2"] = _mean(shared.get("K2", 0.0), most**2, options["beta_2"])

    def _move(self, parameter: Tensor, own: dict[str, Any], shared: dict[str, Any], group: dict[str, Any], most: float) -> None:
        options, gradient = self.param_groups[0], _gradient(parameter)
        velocity = _averaged(own, "V", gradient, options["beta_1"])
        squares = _averaged(own, "S", gradient.square(), options["beta_2"])
        if shared["K1"] > 0:
            second = 1 - options["beta_2"] ** shared["step"] if options["bias_correction"] else 1.0
            step = _ratio(velocity, (squares / second).sqrt() + options["epsilon"])
            above = math.sqrt(shared["K2"] / second) + options["epsilon"]
            if above > 0:  # M^2 may be 0 in float64
                parameter.sub_(_divided(step, shared["K1"] / above), alpha=group["lr"])  # 1 - beta_1^t cancels


def _gradient(parameter: Tensor) -> Tensor:
    assert parameter.grad is not None, "only parameters with a gradient are moved"
    return parameter.grad


def _mean(old: float, new: float, beta: float) -> float:
    if new == 0 and beta * old == old < sys.float_info.min:
        return 0.0  # rounding would keep it for ever
    return beta * old + (1 - beta) * new


def _averaged(own: dict[str, Any], name: str, value: Tensor, beta: float) -> Tensor:
    """The exponential average of the values so far, kept in the parameter's state."""
    average: Tensor = own.setdefault(name, torch.zeros_like(value))
    kept = average * beta
    stuck = (value == 0) & (kept == average) & (average.abs() < torch.finfo(average.dtype).tiny)  # rounding would keep it for ever
    return average.copy_(kept.masked_fill_(stuck, 0.0).add_(value, alpha=1 - beta))


def _divided(tensor: Tensor, number: float) -> Tensor:
    """The quotient, where the number or its inverse may be outside of the tensor's precision; 0 stays 0."""
    kind = torch.finfo(tensor.dtype)
    if number >= kind.tiny:
        return tensor / number
    return tensor / kind.tiny * min(kind.tiny / number, kind.max)


def _ratio(above: Tensor, below: Tensor) -> Tensor:
    """The quotient, and 0 where the divisor is 0: there all squared gradients so far were."""
    return torch.where(below == 0, torch.zeros_like(above), above / below)


__all__ = ["AdaMo", "AutoAdam", "LipschitzRMSprop", "LipschitzSGD"]
