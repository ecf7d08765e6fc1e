r"""Gradient descent and momentum on any torch loss, over parameters of any shape, as discrete maps of rows.

The gradient is torch's own (``torch.func``), taken for a whole batch of runs at once; so the loss is written for one run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from dynamics.networks.network_maps import NetworkMap
from dynamics.networks.stacks import network_loss

# Steps that one compiled call makes. Measured on the orbit diagram of f2: 4 unrolled reach 30 times as many steps a second as 10.
UNROLLED = 4
BACKEND = "inductor"
# Directions, times runs, that a Hessian takes at once. Measured: 8 times as fast as one by one at one run of 500 parameters, as fast at
# many runs; with 512 a conv net leaves the cache and takes twice the time.
DIRECTIONS = 64

Parameters: TypeAlias = Tensor | Sequence[Tensor] | Mapping[str, Tensor]


@dataclass(frozen=True, slots=True)
class NetworkData:
    """What `TorchMap.of` was made of."""

    module: nn.Module
    criterion: Callable[[Tensor, Tensor], Tensor]
    inputs: Tensor
    targets: Tensor


class TorchMap(NetworkMap):
    r"""Momentum :math:`v' = \beta v + \nabla \ell(\theta),\ \theta' = \theta - \delta v'`; without :math:`\beta` gradient descent.

    Points are rows: the parameters, flattened in order, shape ``(runs, n)``; with momentum the velocities follow, ``(runs, 2n)``.
    `pack` and `unpack` go between rows and parameters.

    Args:
        loss: ``loss(parameters)`` for one run, a 0-dimensional tensor: plain torch operations, without side effects.
        like: Parameters of the same structure (a tensor, a sequence or a mapping of tensors), shapes, dtype and device.
        step_size: One positive number, or a tensor with one a run.
        momentum: ``None``, or one number in [0, 1), or a tensor with one a run.
        compiled: Whether `advance` goes through ``torch.compile``, 4 steps a call. The first call compiles, for seconds to a minute
            (kept on disk by torch), and so does the first one with another number of runs; many runs of a short loss gain most.

    Raises:
        TypeError: For parameters that are no floating tensors of one dtype on one device, or a loss that is no tensor.
        ValueError: For a loss that is not 0-dimensional, bad step sizes or momentum.

    Example:
        >>> bowl = TorchMap(lambda w: w.square().sum() / 2, torch.zeros(2, 3, dtype=torch.float64), 0.5)
        >>> bowl.step(torch.ones(1, 6, dtype=torch.float64))[0, 0].item()
        0.5
    """

    per_run = ("step_size", "momentum")
    shapes: Any  # of any number of dimensions

    def __init__(
        self,
        loss: Callable[[Any], Tensor],
        like: Parameters,
        step_size: float | Tensor,
        momentum: float | Tensor | None = None,
        *,
        compiled: bool = False,
    ) -> None:
        tensors = _tensors(like)
        self._rebuild = _rebuild(like)
        self._names = list(like) if isinstance(like, Mapping) else None
        self.shapes = tuple(tuple(t.shape) for t in tensors)
        self.size = sum(t.numel() for t in tensors)
        self._set(step_size, tensors[0])
        self.momentum = self._checked_momentum(momentum)
        value: Any = loss(like)
        if not isinstance(value, Tensor) or not value.is_floating_point():
            raise TypeError(f"the loss returns {getattr(value, 'dtype', type(value).__name__)}: expected a floating tensor")
        if value.ndim:
            raise ValueError(f"the loss has shape {tuple(value.shape)}: expected one number for one run, so reduce it")
        self._loss = torch.func.vmap(lambda row: loss(self._one(row)))
        self._gradient = torch.func.vmap(torch.func.grad(lambda row: loss(self._one(row))))
        self.data: NetworkData | None = None
        self._unrolled: Any = torch.compile(self._moves, fullgraph=True, backend=BACKEND) if compiled else None

    @classmethod
    def of(
        cls,
        module: nn.Module,
        criterion: Callable[[Tensor, Tensor], Tensor],
        inputs: Tensor,
        targets: Tensor,
        step_size: float | Tensor,
        momentum: float | Tensor | None = None,
        *,
        compiled: bool = False,
    ) -> TorchMap:
        """Return full-batch training of a network as a map of its parameters, in the order of ``named_parameters``.

        Starts come from `initial`, or from ``pack(stack(module, "orthogonal", seeds))``. Arguments and errors as `network_loss`
        and `TorchMap`.

        Example:
            >>> from dynamics import deep_linear, stack
            >>> x, network = torch.eye(2, dtype=torch.float64), deep_linear([2, 2, 2])
            >>> training = TorchMap.of(network, torch.nn.functional.mse_loss, x, 2 * x, 0.2)
            >>> starts = training.pack(stack(network, "identity", [0]))
            >>> training.loss(training.advance(starts, 200)).item() < 1e-12
            True
        """
        like = {name: parameter.detach() for name, parameter in module.named_parameters()}
        training = cls(network_loss(module, criterion, inputs, targets), like, step_size, momentum, compiled=compiled)
        training.data = NetworkData(module, criterion, inputs, targets)
        return training

    def _checked_momentum(self, momentum: float | Tensor | None) -> Tensor | None:
        if momentum is None:
            return None
        beta = momentum if isinstance(momentum, Tensor) else torch.as_tensor(momentum, dtype=self.dtype, device=self.device)
        if beta.dtype != self.dtype or beta.device != self.device:
            raise TypeError(f"the momentum is {beta.dtype} on {beta.device}: expected {self.dtype} on {self.device}")
        if beta.ndim > 1 or beta.numel() == 0 or not bool(((beta >= 0) & (beta < 1)).all()):
            raise ValueError(f"the momentum is {momentum}: expected one number in [0, 1), or one a run")
        return beta

    def _batched(self) -> list[str]:
        return [name for name in self.per_run if (value := getattr(self, name)) is not None and value.ndim == 1]

    @property
    def dimension(self) -> int:
        """The number of coordinates of a point: n, or 2n with momentum."""
        return self.size if self.momentum is None else 2 * self.size

    def _one(self, row: Tensor) -> Any:
        parts = torch.split(row, [math.prod(shape) for shape in self.shapes])
        return self._rebuild([part.reshape(shape) for part, shape in zip(parts, self.shapes, strict=True)])

    def unpack(self, x: Tensor) -> Any:
        """Return the parameters of rows ``(runs, n)``, each with a leading axis of runs; velocities are left out."""
        parts = torch.split(x[..., : self.size], [math.prod(shape) for shape in self.shapes], dim=-1)
        return self._rebuild([part.reshape(*x.shape[:-1], *shape) for part, shape in zip(parts, self.shapes, strict=True)])

    def pack(self, matrices: Any) -> Tensor:
        """Return parameters with a leading axis of runs as points, at rest (velocity 0) with momentum."""
        if self._names is not None:
            if not isinstance(matrices, Mapping) or set(matrices) != set(self._names):
                raise ValueError(
                    f"parameters {list(matrices) if isinstance(matrices, Mapping) else type(matrices).__name__}: expected {self._names}"
                )
            matrices = [matrices[name] for name in self._names]  # the order of the dictionary does not count
        tensors = _tensors(matrices)
        found = tuple(tuple(t.shape[1:]) for t in tensors)
        if found != self.shapes:
            raise ValueError(f"parameters of shapes {found} behind the axis of runs: expected {self.shapes}")
        rows = torch.cat([t.flatten(1) for t in tensors], dim=1)
        return rows if self.momentum is None else torch.cat([rows, torch.zeros_like(rows)], dim=1)

    def loss(self, x: Tensor) -> Tensor:
        """Return the losses, shape ``(runs,)``."""
        return self._loss(x[:, : self.size])

    def gradient(self, x: Tensor) -> Tensor:
        """Return the gradients with respect to the parameters, shape ``(runs, n)``."""
        return self._gradient(x[:, : self.size])

    def _step(self, x: Tensor) -> Tensor:
        return self._moved(x, self.gradient(x))

    def _moved(self, x: Tensor, gradient: Tensor) -> Tensor:
        """The points after a step with these gradients."""
        return _descent(x, gradient, self.step_size, self.momentum)

    def _moves(self, x: Tensor, step_size: Tensor, momentum: Tensor | None) -> Tensor:
        """Steps whose numbers are arguments: a selection of the runs is no new program."""
        for _ in range(UNROLLED):
            x = _descent(x, self._gradient(x[:, : self.size]), step_size, momentum)
        return x

    def advance(self, x: Tensor, steps: int) -> Tensor:
        """Return the points after ``steps`` steps, without recording gradients; raises as `checked`.

        Raises:
            RuntimeError: If ``torch.compile`` fails on a compiled map: no C++ compiler, or a loss that it cannot trace.
        """
        if self._unrolled is None:
            return super().advance(x, steps)
        from torch._dynamo.exc import TorchDynamoException  # here, for it takes as long as the rest of torch to import

        x = self.checked(x)
        with torch.no_grad():
            try:
                for _ in range(steps // UNROLLED):
                    x = self._unrolled(x, self.step_size, self.momentum)
            except TorchDynamoException as error:
                reason = " ".join(str(error).split("\n\n")[0].split())
                raise RuntimeError(
                    f"torch.compile failed ({reason}): it needs a C++ compiler on a CPU (g++ or clang++; the variable CXX names another) "
                    "and a loss of plain torch operations; with compiled=False the map runs without"
                ) from error
            for _ in range(steps % UNROLLED):
                x = self._step(x)
        return x

    def hessian(self, x: Tensor) -> Tensor:
        """Return the Hessians of the loss, shape ``(runs, n, n)``; raises as `checked`."""
        rows = self.checked(x)[:, : self.size]
        pull_back: Any = torch.func.vjp(self._gradient, rows)[1]
        columns = torch.func.vmap(lambda v: pull_back(v.expand_as(rows))[0], out_dims=-1, chunk_size=max(1, DIRECTIONS // len(rows)))
        return columns(torch.eye(self.size, dtype=self.dtype, device=self.device)).detach()

    def jacobian(self, x: Tensor) -> Tensor:
        r"""Return the Jacobians of the map: :math:`I - \delta H`, with momentum in blocks, from the Hessian H."""
        if self.momentum is None:
            return super().jacobian(x)
        second = self.hessian(x)
        eye = torch.eye(self.size, dtype=self.dtype, device=self.device).expand_as(second)
        delta, beta = self.step_size[..., None, None], self.momentum[..., None, None]
        upper = torch.cat([eye - delta * second, -delta * beta * eye], dim=-1)
        return torch.cat([upper, torch.cat([second, beta * eye], dim=-1)], dim=-2)


def _tensors(parameters: Any) -> list[Tensor]:
    values = (
        [parameters] if isinstance(parameters, Tensor) else list(parameters.values() if isinstance(parameters, Mapping) else parameters)
    )
    if not values or not all(isinstance(t, Tensor) and t.is_floating_point() for t in values):
        raise TypeError(f"the parameters are {[type(t).__name__ for t in values]}: expected floating tensors, at least one")
    if len({(t.dtype, t.device) for t in values}) > 1:
        raise TypeError(f"the parameters are {sorted({f'{t.dtype} on {t.device}' for t in values})}: expected one dtype on one device")
    return values


def _rebuild(like: Parameters) -> Callable[[list[Tensor]], Any]:
    """Return how to put tensors back into the structure of ``like``."""
    if isinstance(like, Tensor):
        return lambda tensors: tensors[0]
    if isinstance(like, Mapping):
        names = list(like)
        return lambda tensors: dict(zip(names, tensors, strict=True))
    return tuple


def _descent(x: Tensor, gradient: Tensor, step_size: Tensor, momentum: Tensor | None) -> Tensor:
    if momentum is None:
        return x - step_size[..., None] * gradient
    position, velocity = x.chunk(2, dim=1)
    velocity = momentum[..., None] * velocity + gradient
    return torch.cat([position - step_size[..., None] * velocity, velocity], dim=1)
