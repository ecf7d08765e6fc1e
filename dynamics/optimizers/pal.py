r"""PAL: a step to the minimum of a parabola along the line, through two losses and one slope (Mutschler & Zell, equation 2; NeurIPS 2020).

.. math:: v = \beta v_{old} + g, \quad d = -\frac{v}{\|v\|}, \quad b = -\frac{\langle g, v\rangle}{\|v\|}, \quad
          a = \frac{l(\mu) - l(0) - b\mu}{\mu^2}, \qquad \theta \leftarrow \theta + s d

.. math:: s = \min\Big(s_{max},\ \begin{cases} -\alpha\,b/2a & a > 0 > b \\ \mu & a \le 0,\ b < 0 \\ 0 & b \ge 0 \end{cases}\Big)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from dynamics.optimizers._gradients import dense_gradients, finite_norm, scalar_loss
from theory.line_search.pal import pal_update

REMEDY = "check the loss, or begin with a smaller mu"


@dataclass(frozen=True, slots=True)
class PALStep:
    r"""What `PAL` did in one step.

    Attributes:
        loss: l(0), the loss before the step.
        slope: b = l'(0), along d.
        probe: :math:`l(\mu)`; ``None`` where the slope is not negative, so that no second loss was asked for.
        step_size: s.
    """

    loss: float
    slope: float
    probe: float | None
    step_size: float


class PAL(torch.optim.Optimizer):
    r"""Parabolic approximation line search, for any parameters.

    ``step`` needs a closure, as `torch.optim.LBFGS` does::

        def closure():
            optimizer.zero_grad()
            loss = criterion(network(inputs), targets)
            loss.backward()
            return loss

        optimizer.step(closure)

    It is called twice a step, at :math:`\theta` and at :math:`\theta + \mu d`, and must return the same loss for the same parameters: one
    minibatch, no dropout. (Running statistics of batch normalisation see both points.) The gradients are those at :math:`\theta` again
    when ``step`` returns. Where the formula is silent: for :math:`v = 0` there is no direction and nothing moves; where :math:`b \ge 0`,
    which only momentum can bring about, the velocity is kept and the second loss not asked for.

    Args:
        params: Parameters, or groups of them, as for torch's optimizers. The line is one for all groups, and so are the options.
        mu: :math:`\mu`, the distance of the second loss: positive.
        alpha: :math:`\alpha`, a factor of the step to the parabola's minimum: positive.
        s_max: The longest step, positive, also where it is :math:`\mu`; ``None`` for no limit.
        momentum: :math:`\beta`, in [0, 1).

    Attributes:
        last_step: The last `PALStep`, or ``None``.

    Raises:
        ValueError: For options out of range, or a group with options of its own.

    Source:
        Mutschler & Zell (2021), section 5 and equation (2); the full rule from Mutschler & Zell, NeurIPS 2020.

    Example:
        >>> theta = torch.tensor([3.0, 4.0], dtype=torch.float64, requires_grad=True)
        >>> optimizer = PAL([theta], s_max=None)
        >>> def closure():
        ...     optimizer.zero_grad()
        ...     loss = theta.square().sum()  # a parabola along every line
        ...     loss.backward()
        ...     return loss
        >>> _ = optimizer.step(closure)
        >>> round(optimizer.last_step.step_size, 9), bool(theta.norm() < 1e-9)
        (5.0, True)
    """

    def __init__(
        self, params: Iterable[Any], mu: float = 0.1, alpha: float = 1.0, s_max: float | None = 3.16, momentum: float = 0.0
    ) -> None:
        for name, value in {"mu": mu, "alpha": alpha, "s_max": 1.0 if s_max is None else s_max}.items():
            if not 0 < value < math.inf:
                raise ValueError(f"{name} = {value}: expected a positive finite number{', or None' if name == 's_max' else ''}")
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum = {momentum}: expected a number in [0, 1)")
        self.last_step: PALStep | None = None
        super().__init__(params, {"mu": mu, "alpha": alpha, "s_max": s_max, "momentum": momentum})

    def __getstate__(self) -> dict[str, Any]:
        """Copies and pickles keep the last step; torch's own method would drop it."""
        return super().__getstate__() | {"last_step": self.last_step}

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group of parameters; raises ``ValueError`` if it has options of its own, ``TypeError`` if it is no dictionary."""
        if isinstance(param_group, dict):
            own = sorted(param_group.keys() & self.defaults.keys())
            if own:
                raise ValueError(f"the group has its own {', '.join(own)}: expected one for all groups, since the line is one")
        super().add_param_group(param_group)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step; parameters and velocity are as they were if it raises.

        Args:
            closure: Evaluates the loss anew, calls ``backward`` and returns the loss, as for torch's optimizers.

        Returns:
            The loss before the step, as the closure returned it.

        Raises:
            RuntimeError: For a missing or sparse gradient.
            TypeError: For no closure, or a loss that is no scalar.
            ValueError: For a loss or a gradient with NaN or infinity, at either point, or a step that is too long for float64.
        """
        if closure is None:
            raise TypeError("PAL needs two losses a step: call step(closure) with a closure that evaluates the loss and calls backward()")
        loss, value = _evaluated(closure)
        gradients = [gradient.clone() for gradient in dense_gradients(self)]
        finite_norm(gradients, REMEDY)
        velocities = self._velocities(gradients)
        norm = finite_norm(velocities, REMEDY)
        slope = -_inner(gradients, velocities, norm) if norm else 0.0
        probe, step_size = None, 0.0
        if slope < 0:
            probe, step_size = self._searched(closure, value, slope, gradients, velocities, norm)
        if self.param_groups[0]["momentum"]:
            for parameter, velocity in zip(self._parameters(), velocities, strict=True):
                self.state[parameter]["velocity"] = velocity
        self.last_step = PALStep(value, slope, probe, step_size)
        return loss

    def _searched(
        self, closure: Callable[[], Any], loss: float, slope: float, gradients: list[Tensor], velocities: list[Tensor], norm: float
    ) -> tuple[float, float]:
        """Ask for the loss at mu, and move to s; returns both. The parameters are put back if anything goes wrong."""
        options, starts = self.param_groups[0], [parameter.clone() for parameter in self._parameters()]

        def move(s: float) -> None:
            for parameter, start, velocity in zip(self._parameters(), starts, velocities, strict=True):
                parameter.copy_(start - velocity * (s / norm) if s else start)

        step_size = 0.0
        try:
            move(options["mu"])
            _, probe = _evaluated(closure, f" at mu = {options['mu']} along the line")
            step_size = float(pal_update(loss, slope, probe, options["mu"], options["alpha"], options["s_max"]))
        finally:
            move(step_size)
            for parameter, gradient in zip(self._parameters(), gradients, strict=True):
                parameter.grad = gradient
        return probe, step_size

    def _velocities(self, gradients: list[Tensor]) -> list[Tensor]:
        beta = self.param_groups[0]["momentum"]
        if not beta:
            return gradients
        # state.get: reading self.state[parameter] would leave an empty entry behind
        old = [self.state.get(parameter, {}).get("velocity", torch.zeros_like(parameter)) for parameter in self._parameters()]
        return [velocity * beta + gradient for velocity, gradient in zip(old, gradients, strict=True)]

    def _parameters(self) -> list[Tensor]:
        return [parameter for group in self.param_groups for parameter in group["params"]]


def _inner(gradients: list[Tensor], velocities: list[Tensor], norm: float) -> float:
    """<g, v>/|v|, summed in float64 on unit vectors, so that it neither overflows nor underflows before the loss does."""
    parts = [(g.double() * (v.double() / norm)).sum().to(gradients[0].device) for g, v in zip(gradients, velocities, strict=True)]
    return float(torch.stack(parts).sum())


def _evaluated(closure: Callable[[], Any], where: str = "") -> tuple[Any, float]:
    with torch.enable_grad():
        loss = closure()
    return loss, scalar_loss(loss, REMEDY, where)
