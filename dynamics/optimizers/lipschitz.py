r"""Optimizers that divide by a bound M of the gradient's norm (Yedida & Saha, section 6): LipschitzSGD, AdaMo, LipschitzRMSprop, AutoAdam.

Where M is the gradient's own norm, these methods do not change when the loss is multiplied by a number (up to epsilon), and the first
step of the first two has length 1. Where M is another bound, see `dynamics.optimizers.gradient_bounds`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import torch

from dynamics.optimizers._averages import averaged, divided, mean, ratio
from dynamics.optimizers._bounded import BoundedOptimizer, gradient_of
from dynamics.optimizers.gradient_bounds import GradientBound, measured_norm


class LipschitzSGD(BoundedOptimizer):
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

    def _move(self, parameter: torch.Tensor, own: dict[str, Any], shared: dict[str, Any], group: dict[str, Any], most: float) -> None:
        if most > 0:
            parameter.sub_(divided(gradient_of(parameter), most), alpha=group["lr"])


class AdaMo(BoundedOptimizer):
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
        shared["K"] = mean(shared.get("K", 0.0), most, self.param_groups[0]["beta"])

    def _move(self, parameter: torch.Tensor, own: dict[str, Any], shared: dict[str, Any], group: dict[str, Any], most: float) -> None:
        velocity = averaged(own, "V", gradient_of(parameter), self.param_groups[0]["beta"])
        if shared["K"] > 0:
            parameter.sub_(divided(velocity, shared["K"]), alpha=group["lr"])


class LipschitzRMSprop(BoundedOptimizer):
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
        shared["K"] = mean(shared.get("K", 0.0), most**2, self.param_groups[0]["beta"])

    def _move(self, parameter: torch.Tensor, own: dict[str, Any], shared: dict[str, Any], group: dict[str, Any], most: float) -> None:
        options, gradient = self.param_groups[0], gradient_of(parameter)
        squares = averaged(own, "S", gradient.square(), options["beta"])
        if most > 0:
            share = _share(options, "beta", shared)
            _descend(parameter, gradient, squares / share, shared["K"] / share, most, options["epsilon"], group["lr"])


class AutoAdam(BoundedOptimizer):
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
        shared["K1"] = mean(shared.get("K1", 0.0), most, options["beta_1"])
        shared["K2"] = mean(shared.get("K2", 0.0), most**2, options["beta_2"])

    def _move(self, parameter: torch.Tensor, own: dict[str, Any], shared: dict[str, Any], group: dict[str, Any], most: float) -> None:
        options, gradient = self.param_groups[0], gradient_of(parameter)
        velocity = averaged(own, "V", gradient, options["beta_1"])
        squares = averaged(own, "S", gradient.square(), options["beta_2"])
        if shared["K1"] > 0:
            share = _share(options, "beta_2", shared)  # 1 - beta_1^t cancels
            _descend(parameter, velocity, squares / share, shared["K2"] / share, shared["K1"], options["epsilon"], group["lr"])


def _share(options: dict[str, Any], beta: str, shared: dict[str, Any]) -> float:
    """What an average from 0 has of a constant value, by which it is corrected; 1 where it is not."""
    return float(1 - options[beta] ** shared["step"]) if options["bias_correction"] else 1.0


def _descend(
    parameter: torch.Tensor, along: torch.Tensor, squares: torch.Tensor, most_squared: float, most: float, epsilon: float, lr: float
) -> None:
    """Subtract lr (sqrt K + epsilon)/M V/(sqrt S + epsilon), for V, S, K, M in this order."""
    step = ratio(along, squares.sqrt() + epsilon)
    above = math.sqrt(most_squared) + epsilon
    if above > 0:  # M^2 may be 0 in float64
        parameter.sub_(divided(step, most / above), alpha=lr)


__all__ = ["AdaMo", "AutoAdam", "LipschitzRMSprop", "LipschitzSGD"]
