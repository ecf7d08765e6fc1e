r"""A network and its inputs as pure functions of its parameters, and of the step size along a line :math:`s + \psi\sigma`."""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.dropout import _DropoutNd as _Dropout

from dynamics.networks.stacks import functional

Direction = Mapping[str, Tensor]
Objective = Callable[[Sequence[Tensor], Mapping[str, Tensor]], Tensor]
States = list[Tensor]


def require_states(network: nn.Module) -> None:
    """Raise ``TypeError`` for a network without ``states(x)``."""
    if not callable(getattr(network, "states", None)):
        raise TypeError(
            f"{type(network).__name__} has no states(x): expected a network of dynamics.networks.layers, or one with such a method"
        )


def require_no_dropout(network: nn.Module) -> None:
    """Raise ``ValueError`` for a network that drops units at random."""
    if any(isinstance(part, _Dropout) and part.training and part.p > 0 for part in network.modules()):
        raise ValueError(f"{type(network).__name__} drops units at random, so has no one function: call network.eval(), or set p = 0")


class Pure:
    """The states of a network, and how each follows from the earlier ones, as functions of its parameters."""

    def __init__(self, network: nn.Module, inputs: Tensor) -> None:
        require_states(network)
        self.parameters = {name: p.detach() for name, p in network.named_parameters()}
        if not self.parameters:
            raise ValueError(f"{type(network).__name__} has no parameters: expected a network that can move")
        require_no_dropout(network)
        like = next(iter(self.parameters.values()))
        require_like("the inputs are", inputs, like)
        if not inputs.ndim or not inputs.numel() or not bool(torch.isfinite(inputs).all()):
            raise ValueError(f"the inputs have shape {tuple(inputs.shape)}: expected (samples, ...), at least one sample, all finite")
        self.network, self.inputs, self.zero, self.one = network, inputs.detach(), like.new_zeros(()), like.new_ones(())
        self._call = functional(_Methods(network))

    def call(self, parameters: Mapping[str, Tensor], method: str, *args: Any) -> Any:
        """Return what a method of the network returns with these parameters."""
        return self._call({f"network.{name}": p for name, p in parameters.items()}, method, *args)

    def states(self, parameters: Mapping[str, Tensor]) -> States:
        """Return u_0, ..., u_I."""
        return list(self.call(parameters, "states", self.inputs))

    def next_state(self, parameters: Mapping[str, Tensor], states: Sequence[Tensor]) -> Tensor:
        """Return u_{i+1} of the states u_0, ..., u_i."""
        if not callable(getattr(self.network, "next_state", None)):
            found = type(self.network).__name__
            raise TypeError(
                f"{found} has no next_state(states): adjoints go layer by layer, so expected a network of dynamics.networks.layers"
            )
        return self.call(parameters, "next_state", states)

    def derivative(self, states: States, objective: Objective) -> States:
        """Return J_u: the derivatives of the objective in each state, with the others fixed."""
        value: Any = objective(states, self.parameters)
        if not isinstance(value, Tensor) or value.shape != (len(self.inputs),):
            found = tuple(value.shape) if isinstance(value, Tensor) else type(value).__name__
            raise ValueError(f"the objective has shape {found}: expected one number a sample, ({len(self.inputs)},), so do not average it")

        def total(states: States) -> Tensor:
            return objective(states, self.parameters).sum()

        return list(torch.func.grad(total)(states))

    def adjoint(self, states: States, objective: Objective) -> States:
        """Return the adjoints: from the last layer to the first, each hands its covector on to every state that it saw."""
        covectors = self.derivative(states, objective)
        for i in reversed(range(len(states) - 1)):
            back: Any = torch.func.vjp(functools.partial(self.next_state, self.parameters), states[: i + 1])[1]
            shares = back(covectors[i + 1])[0]
            covectors[: i + 1] = [own + share for own, share in zip(covectors, shares, strict=False)]
        return _finite(covectors, "adjoint")


class Line(Pure):
    """The same along a line of parameters, as functions of the step size."""

    def __init__(self, network: nn.Module, inputs: Tensor, direction: Direction) -> None:
        super().__init__(network, inputs)
        names: Any = list(direction) if hasattr(direction, "keys") else type(direction).__name__
        if not names or not set(names) <= self.parameters.keys():
            raise ValueError(f"the direction is of {names}: expected a tensor for some of the parameters {list(self.parameters)}")
        for name, sigma in direction.items():
            p = self.parameters[name]
            require_like(f"the direction of {name} is", sigma, p)
            if sigma.shape != p.shape or not bool(torch.isfinite(sigma).all()):
                raise ValueError(f"the direction of {name} has shape {tuple(sigma.shape)}: expected {tuple(p.shape)}, all finite")
        self.direction = {name: sigma.detach() for name, sigma in direction.items()}

    def at(self, step_size: Tensor) -> dict[str, Tensor]:
        """Return the parameters s + psi sigma."""
        return self.parameters | {name: self.parameters[name] + step_size * sigma for name, sigma in self.direction.items()}

    def along(self, step_size: Tensor) -> States:
        """Return the states with the parameters s + psi sigma."""
        return self.states(self.at(step_size))

    def new_states(self, step_size: float) -> States:
        """Return the states after a step; they may overflow."""
        if not 0 < step_size < math.inf:
            raise ValueError(f"the step size is {step_size}: expected a positive finite number")
        return self.along(self.one * step_size)

    def _derivative(self, function: Callable[[Tensor], Any]) -> Any:
        load_forward_mode()
        return torch.func.jvp(function, (self.zero,), (self.one,))

    def tangent(self) -> tuple[States, States]:
        """Return the states and the tangents."""
        states, tangents = self._derivative(self.along)
        return _finite(states, "state"), _finite(tangents, "tangent")

    def second_tangent(self) -> States:
        """Return half the second derivatives of the states."""
        second = self._derivative(lambda psi: torch.func.jvp(self.along, (psi,), (self.one,))[1])[1]
        return _finite([v / 2 for v in second], "second-order tangent")

    def difference(self, delta: float) -> tuple[States, States]:
        """Return the states and the finite-difference tangents."""
        states, moved = self.states(self.parameters), self.new_states(delta)
        return _finite(states, "state"), _finite([(b - a) / delta for a, b in zip(states, moved, strict=True)], "tangent")

    def direct(self, states: States) -> States:
        """Return f_s sigma: what the direction does to each state while all the earlier ones are fixed; 0 for u_0."""

        def step(earlier: States) -> Tensor:
            return self._derivative(lambda psi: self.next_state(self.at(psi), earlier))[1]

        return [torch.zeros_like(states[0]), *(step(states[:i]) for i in range(1, len(states)))]

    def derivative_in_parameters(self, states: States, objective: Objective) -> Tensor:
        """Return J_s sigma, shape (samples,), with all the states fixed."""
        return self._derivative(lambda psi: objective(states, self.at(psi)))[1]


def require_like(what: str, value: Any, like: Tensor) -> None:
    """Raise ``TypeError`` for anything but a tensor of the dtype and on the device of another."""
    if not isinstance(value, Tensor) or (value.dtype, value.device) != (like.dtype, like.device):
        found = f"{value.dtype} on {value.device}" if isinstance(value, Tensor) else type(value).__name__
        raise TypeError(f"{what} {found}: expected {like.dtype} on {like.device}, like the parameters")


@functools.cache
def load_forward_mode() -> None:
    """Make torch load its forward mode, which scripts some of torch's own functions: torch 2.13 warns that it does so, not the caller."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`torch.jit.script` is deprecated", DeprecationWarning)
        torch.func.jvp(torch.sin, (torch.zeros(()),), (torch.ones(()),))


class _Methods(nn.Module):
    """The methods of a network as a module's forward, which is what torch can call with other parameters."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.train(network.training)

    def forward(self, method: str, *args: Any) -> Any:
        return getattr(self.network, method)(*args)


def _finite(tensors: Sequence[Tensor], what: str) -> States:
    for i, tensor in enumerate(tensors):
        if not bool(torch.isfinite(tensor).all()):
            raise ValueError(f"{what} {i} holds NaN or infinity: the parameters, or the direction, are too large for this network")
    return list(tensors)
