r"""Networks as layers with named states: :math:`u_0 = x,\ u_{i+1} = f_i(u_i, s_i)`, so that tangents and adjoints can go layer by layer.

Everything here is a plain `torch.nn.Module`; `dynamics.networks.architectures` puts them together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn

Bias = Literal["none", "trainable", "fixed"]
Activation = Callable[[Tensor], Tensor]


class Network(nn.Sequential):
    r"""A chain of layers: :math:`u_0 = x,\ u_{i+1} = f_i(u_i)`; the output is :math:`u_I`.

    A layer's name is its key (``network.layer1``, parameters ``layer1.weight``); slices are networks: ``network[:2]`` maps
    :math:`u_0` to :math:`u_2`.

    Example:
        >>> chain = Network(nn.Linear(3, 2), nn.Tanh())
        >>> [tuple(u.shape) for u in chain.states(torch.zeros(5, 3))]
        [(5, 3), (5, 2), (5, 2)]
    """

    def next_state(self, states: Sequence[Tensor]) -> Tensor:
        """Return u_{i+1} of the states u_0, ..., u_i."""
        return self[len(states) - 1](states[-1])

    def states(self, x: Tensor) -> list[Tensor]:
        """Return the states u_0 = x, u_1, ..., u_I."""
        states = [x]
        for _ in self:
            states.append(self.next_state(states))
        return states


class DenselyConnected(Network):
    r"""Every layer sees every earlier state: :math:`u_{i+1} = f_i([u_0; \dots; u_i])`.

    With one matrix :math:`[W_{0,i+1} \cdots W_{i,i+1}]` in each layer this is Ni & Talnikar, equation 17.
    """

    def next_state(self, states: Sequence[Tensor]) -> Tensor:
        """Return u_{i+1} of the states u_0, ..., u_i."""
        return self[len(states) - 1](torch.cat(list(states), dim=-1))

    def forward(self, input: Tensor) -> Tensor:
        """Return the last state."""
        return self.states(input)[-1]


class Layer(nn.Linear):
    r"""One layer :math:`u \mapsto g(W u + b)`.

    Args:
        inputs, outputs: The widths; W is ``(outputs, inputs)``.
        activation: g, or ``None`` for the identity.
        bias: ``none``, ``trainable``, or ``fixed``: then b is a buffer, which no optimizer moves.
    """

    def __init__(self, inputs: int, outputs: int, activation: Activation | None = None, bias: Bias = "none") -> None:
        if bias not in ("none", "trainable", "fixed"):
            raise ValueError(f"the bias is {bias!r}: expected 'none', 'trainable' or 'fixed'")
        super().__init__(inputs, outputs, bias=bias != "none")
        self.activation = activation
        if bias == "fixed":
            value = self.bias.detach()
            del self.bias
            self.register_buffer("bias", value)

    def forward(self, input: Tensor) -> Tensor:
        """Return g(W u + b) of ``(..., inputs)``."""
        output = super().forward(input)
        return output if self.activation is None else self.activation(output)


class Residual(nn.Module):
    r"""A residual block: :math:`u \mapsto g(S u + f(u))`, by default without g and with S the identity.

    Args:
        branch: f.
        shortcut: S, where the shape changes.
        activation: g.
    """

    def __init__(self, branch: nn.Module, shortcut: nn.Module | None = None, activation: Activation | None = None) -> None:
        super().__init__()
        self.branch, self.shortcut, self.activation = branch, nn.Identity() if shortcut is None else shortcut, activation

    def forward(self, input: Tensor) -> Tensor:
        """Return g(S u + f(u))."""
        output = self.shortcut(input) + self.branch(input)
        return output if self.activation is None else self.activation(output)


class PadShortcut(nn.Module):
    """Every other pixel, and channels of zeros: the shortcut without parameters (option A of He et al. 2016, section 4.2)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels

    def forward(self, input: Tensor) -> Tensor:
        """Return ``(..., c, h, w)`` as ``(..., c + channels, h/2, w/2)``."""
        return nn.functional.pad(input[..., ::2, ::2], (0, 0, 0, 0, 0, self.channels))


class NeuralODE(nn.Module):
    r"""The flow of :math:`du/dt = f(u, s),\ u(0) = x`, at the times :math:`t_1 < \dots < t_I` (Ni & Talnikar, equation 18).

    Args:
        field: f, a module that keeps the shape.
        times: t_1, ..., t_I, positive and increasing; the states are u at these times.
        method: ``rk4``: the classical Runge-Kutta method with ``steps`` equal steps between two times. It runs under
            `torch.func.vmap`, where torchdiffeq's solvers do not. Any other name is a method of `torchdiffeq.odeint`, e.g. ``dopri5``.
        steps: Of ``rk4``. The error is of order :math:`(t/\text{steps})^4`.
        tolerance: The relative and absolute tolerance of an adaptive method.

    Raises:
        ValueError: For times that are not positive and increasing, fewer than one step, a tolerance outside (0, 1), or (when it
            runs) a method that torchdiffeq does not know.
        RuntimeError: For a method of torchdiffeq under torch.func's vmap or jvp.

    Example:
        >>> decay = NeuralODE(nn.Linear(1, 1, bias=False, dtype=torch.float64), [1.0], method="dopri5")
        >>> _ = nn.init.constant_(decay.field.weight, -1.0)
        >>> round(decay(torch.ones(1, 1, dtype=torch.float64)).item(), 6)  # exp(-1)
        0.367879
    """

    def __init__(self, field: nn.Module, times: Sequence[float], *, method: str = "rk4", steps: int = 10, tolerance: float = 1e-9) -> None:
        super().__init__()
        self.times = [0.0, *map(float, times)]
        if len(self.times) < 2 or not all(a < b < float("inf") for a, b in pairwise(self.times)):
            raise ValueError(f"the times are {self.times[1:]}: expected at least one, positive, finite and increasing")
        if type(steps) is not int or steps < 1 or not 0 < tolerance < 1:
            raise ValueError(
                f"steps = {steps} and tolerance = {tolerance}: expected an integer of at least 1 step and a tolerance in (0, 1)"
            )
        self.field, self.method, self.steps, self.tolerance = field, method, steps, tolerance

    def next_state(self, states: Sequence[Tensor]) -> Tensor:
        """Return u at the time t_{i+1} of u at the times 0, ..., t_i."""
        start, end = self.times[len(states) - 1 : len(states) + 1]
        if self.method == "rk4":
            return self._runge_kutta(states[-1], (end - start) / self.steps)
        return self._adaptive(states[-1], start, end)

    def states(self, x: Tensor) -> list[Tensor]:
        """Return u at the times 0, t_1, ..., t_I."""
        states = [x]
        for _ in self.times[1:]:
            states.append(self.next_state(states))
        return states

    def _adaptive(self, u: Tensor, start: float, end: float) -> Tensor:
        import torchdiffeq  # here: it costs half a second, which only adaptive methods need to spend

        times = torch.tensor([start, end], dtype=u.dtype, device=u.device)
        accuracy = {"method": self.method, "rtol": self.tolerance, "atol": self.tolerance}
        try:
            return torchdiffeq.odeint(lambda _, u: self.field(u), u, times, **accuracy)[-1]
        except RuntimeError as error:
            if "vmap" in str(error):
                raise RuntimeError(f"torchdiffeq's {self.method} does not run under torch.func's vmap and jvp: use method='rk4'") from error
            raise

    def _runge_kutta(self, u: Tensor, h: float) -> Tensor:
        for _ in range(self.steps):
            k1 = self.field(u)
            k2 = self.field(u + h / 2 * k1)
            k3 = self.field(u + h / 2 * k2)
            u = u + h / 6 * (k1 + 2 * k2 + 2 * k3 + self.field(u + h * k3))
        return u

    def forward(self, input: Tensor) -> Tensor:
        """Return u at the last time."""
        return self.states(input)[-1]
