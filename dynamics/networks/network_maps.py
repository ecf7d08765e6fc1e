r"""Networks trained by full-batch gradient descent, as discrete maps over a batch of runs.

A point is a row of all parameters: a tensor of shape ``(runs, n)``. Everything is float64 unless the caller says otherwise, and stays on
the device it was given; no tensor is moved or cast. The gradients are closed forms, so that automatic differentiation can check them; for
any `torch.nn` module see `dynamics.networks.architectures` and `TorchMap.of`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from dynamics.networks._deep_linear_kernel import DeepLinearKernel


class NetworkMap:
    r"""Gradient descent :math:`\theta \mapsto \theta - \delta \nabla \ell(\theta)` on a batch of runs.

    For developers: set ``shapes`` (of the parameters, in order) and ``per_run`` (names of attributes that hold one
    entry a run), and write ``loss`` and ``gradient``.
    """

    shapes: tuple[tuple[int, int], ...]
    per_run: tuple[str, ...] = ("step_size",)
    step_size: Tensor

    def _set(self, step_size: float | Tensor, like: Tensor) -> None:
        steps = torch.as_tensor(step_size, dtype=like.dtype, device=like.device) if not isinstance(step_size, Tensor) else step_size
        if steps.dtype != like.dtype or steps.device != like.device:
            raise TypeError(f"the step sizes are {steps.dtype} on {steps.device}: expected {like.dtype} on {like.device}, like the data")
        if steps.ndim > 1 or steps.numel() == 0 or not bool((torch.isfinite(steps) & (steps > 0)).all()):
            raise ValueError(f"the step size is {step_size}: expected one positive finite number, or one a run")
        self.step_size, self.dtype, self.device = steps, like.dtype, like.device

    @property
    def dimension(self) -> int:
        """The number n of parameters."""
        return sum(rows * columns for rows, columns in self.shapes)

    def initial(self, runs: int, *, generator: torch.Generator | None = None, seed: int | None = None, scale: float = 1.0) -> Tensor:
        """Draw ``runs`` starts, independent normal with standard deviation ``scale``, shape ``(runs, n)``.

        Args:
            runs: How many, 1 or more.
            generator: A generator on the map's device, or
            seed: the seed of a fresh one: give exactly one of the two.
            scale: Standard deviation.

        Raises:
            ValueError: If both or neither of ``generator`` and ``seed`` are given, or ``runs`` is below 1.
        """
        if (generator is None) == (seed is None) or runs < 1:
            raise ValueError(f"runs = {runs}, seed = {seed}: expected runs >= 1 and either a generator or a seed")
        if generator is None:
            generator = torch.Generator(device=self.device).manual_seed(seed)  # type: ignore[arg-type]
        return scale * torch.randn(runs, self.dimension, generator=generator, dtype=self.dtype, device=self.device)

    def unpack(self, x: Tensor) -> tuple[Tensor, ...]:
        """Return the matrices, each of shape ``(runs, rows, columns)``."""
        parts = torch.split(x, [rows * columns for rows, columns in self.shapes], dim=-1)
        return tuple(part.reshape(*x.shape[:-1], *shape) for part, shape in zip(parts, self.shapes, strict=True))

    def pack(self, matrices: Sequence[Tensor]) -> Tensor:
        """Return matrices of shape ``(runs, rows, columns)`` as points ``(runs, n)``."""
        found = tuple(tuple(m.shape[-2:]) for m in matrices)
        if found != self.shapes:
            raise ValueError(f"matrices of shapes {found}: expected {self.shapes}")
        return torch.cat([m.flatten(-2) for m in matrices], dim=-1)

    def checked(self, x: Any) -> Tensor:
        """Return ``x``; raises ``TypeError`` for its dtype or device, ``ValueError`` for its shape, NaN or infinity."""
        if not isinstance(x, Tensor) or x.dtype != self.dtype or x.device != self.device:
            found = f"{x.dtype} on {x.device}" if isinstance(x, Tensor) else type(x).__name__
            raise TypeError(f"points are {found}: expected a tensor of {self.dtype} on {self.device}")
        runs = {len(getattr(self, name)) for name in self._batched()}
        if x.ndim != 2 or x.shape[1] != self.dimension or len(x) == 0 or runs - {len(x)}:
            raise ValueError(f"points have shape {tuple(x.shape)}: expected ({runs.pop() if runs else 'runs'}, {self.dimension})")
        if not bool(torch.isfinite(x).all()):
            raise ValueError("a point holds NaN or infinity: expected finite parameters")
        return x

    def _batched(self) -> list[str]:
        """Names of the attributes that do hold one entry a run (a single step size or bias serves every run)."""
        return [name for name in self.per_run if getattr(self, name).ndim == (1 if name == "step_size" else 2)]

    def select(self, rows: Any) -> NetworkMap:
        """Return the map of some runs of the batch."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        for name in self._batched():
            setattr(other, name, getattr(self, name)[torch.as_tensor(rows, device=self.device)])
        return other

    def loss(self, x: Tensor) -> Tensor:
        """Return the losses, shape ``(runs,)``."""
        raise NotImplementedError

    def gradient(self, x: Tensor) -> Tensor:
        """Return the gradients, shape ``(runs, n)``."""
        raise NotImplementedError

    def step(self, x: Tensor) -> Tensor:
        """Return the points after one step; raises as `checked`."""
        return self._step(self.checked(x))

    def _step(self, x: Tensor) -> Tensor:
        return x - self.step_size[..., None] * self.gradient(x)

    def advance(self, x: Tensor, steps: int) -> Tensor:
        """Return the points after ``steps`` steps, without recording gradients; raises as `checked`."""
        x = self.checked(x)
        with torch.no_grad():
            return self._advance(x, steps)

    def _advance(self, x: Tensor, steps: int) -> Tensor:
        for _ in range(steps):
            x = self._step(x)
        return x

    def orbit(self, x: Tensor, steps: int) -> Tensor:
        """Return the points after 0..steps steps, shape ``(steps + 1, runs, n)``; raises as `checked`."""
        states = [self.checked(x)]
        with torch.no_grad():
            for _ in range(steps):
                states.append(self._step(states[-1]))
        return torch.stack(states)

    def hessian(self, x: Tensor) -> Tensor:
        """Return the Hessians of the loss, shape ``(runs, n, n)``, by reverse mode over the closed-form gradient.

        The slope of a ReLU at its kink counts as 0. Costs n gradients a run; raises as `checked`.
        """
        x = self.checked(x)
        pull_back: Any = torch.func.vjp(self.gradient, x)[1]
        directions = torch.eye(self.dimension, dtype=self.dtype, device=self.device)
        return torch.stack([pull_back(direction.expand_as(x))[0] for direction in directions], dim=-1).detach()

    def jacobian(self, x: Tensor) -> Tensor:
        """Return the Jacobians of the map, ``I - step * hessian``, shape ``(runs, n, n)``."""
        eye = torch.eye(self.dimension, dtype=self.dtype, device=self.device)
        return eye - self.step_size[..., None, None] * self.hessian(x)


class DeepLinearMap(NetworkMap):
    r"""Deep linear network on whitened data: :math:`\ell = \tfrac12 \|W_L \cdots W_1 - R\|_F^2`.

    Nar & Sastry, equations 2 and 5:

    .. math:: \nabla_{W_i} \ell = (W_L \cdots W_{i+1})^T (W_L \cdots W_1 - R) (W_{i-1} \cdots W_1)^T

    Args:
        target: R, shape ``(n_L, n_0)``, floating; its dtype and device are the map's.
        widths: n_0, ..., n_L: at least two positive integers.
        step_size: One positive number, or a tensor with one a run.

    Points hold W_1, ..., W_L, each row by row. On the CPU in float64, `advance` and `orbit` run compiled, eight nets at once
    (`dynamics.networks._deep_linear_kernel`), unless the nets are so wide that eight do not fit the cache.

    Raises:
        ValueError: For fewer than two widths, widths that do not fit the target, non-finite targets, bad step sizes.
        TypeError: For a target that is no floating tensor, or step sizes of another dtype or device.

    Example:
        >>> net = DeepLinearMap(torch.eye(2, dtype=torch.float64), [2, 2, 2], 0.1)
        >>> float(net.loss(net.pack([torch.eye(2, dtype=torch.float64)[None]] * 2)))
        0.0
    """

    def __init__(self, target: Tensor, widths: Sequence[int], step_size: float | Tensor) -> None:
        _require_data(target, "the target R")
        if len(widths) < 2 or min(widths) < 1 or tuple(target.shape) != (widths[-1], widths[0]):
            raise ValueError(
                f"widths {list(widths)} for a target of shape {tuple(target.shape)}: expected at least two "
                "positive widths n_0, ..., n_L and R of n_L x n_0"
            )
        self.target = target
        self.shapes = tuple((int(b), int(a)) for a, b in zip(widths, widths[1:], strict=False))
        self._set(step_size, target)
        kernel = DeepLinearKernel(widths)
        self.kernel = kernel if target.device.type == "cpu" and target.dtype == torch.float64 and kernel.fits else None

    def _advance(self, x: Tensor, steps: int) -> Tensor:
        if self.kernel is None:
            return super()._advance(x, steps)
        return torch.from_numpy(self.kernel.advance(x.detach().numpy(), self.step_size.expand(len(x)).numpy(), self.target.numpy(), steps))

    def orbit(self, x: Tensor, steps: int) -> Tensor:
        """Return the points after 0..steps steps, shape ``(steps + 1, runs, n)``; raises as `checked`."""
        x = self.checked(x)
        if self.kernel is None:
            return super().orbit(x, steps)
        return torch.from_numpy(self.kernel.orbit(x.detach().numpy(), self.step_size.expand(len(x)).numpy(), self.target.numpy(), steps))

    def loss(self, x: Tensor) -> Tensor:
        """Return the losses, shape ``(runs,)``."""
        product, *rest = self.unpack(x)
        for w in rest:
            product = w @ product
        return (product - self.target).square().sum((-2, -1)) / 2

    def gradient(self, x: Tensor) -> Tensor:
        """Return the gradients in closed form, shape ``(runs, n)``."""
        weights = self.unpack(x)
        before = [torch.eye(weights[0].shape[-1], dtype=self.dtype, device=self.device)]
        for w in weights:
            before.append(w @ before[-1])
        behind = before[-1] - self.target
        gradients = []
        for w, inner in zip(reversed(weights), reversed(before[:-1]), strict=True):
            gradients.append(behind @ inner.mT)
            behind = w.mT @ behind
        return torch.cat([g.flatten(-2) for g in reversed(gradients)], dim=-1)


class TwoLayerReluMap(NetworkMap):
    r"""Two-layer ReLU network with fixed bias: :math:`\ell = c \sum_i \|W (V x_i - b)^+ - y_i\|_2^2`.

    The setting of Nar & Sastry, section 4.

    Args:
        inputs: x_i, shape ``(N, n)``, floating; its dtype and device are the map's.
        targets: y_i, shape ``(N, m)``.
        bias: b, shape ``(h,)``, or ``(runs, h)`` for one a run.
        step_size: One positive number, or a tensor with one a run.
        factor: c. Theorem 4 of the paper has 1/2, its Figure 2 has 1; so there is no default.

    Points hold W (m x h), then V (h x n), each row by row. The slope of the ReLU at 0 is 0.

    Raises:
        ValueError: For shapes that do not fit, empty or non-finite data, a factor or step size that is not positive.
        TypeError: For data that are no floating tensors of one dtype on one device.

    Example:
        >>> one = torch.ones(1, 1, dtype=torch.float64)
        >>> net = TwoLayerReluMap(one, one, torch.zeros(1, dtype=torch.float64), 0.1, factor=0.5)
        >>> float(net.loss(torch.tensor([[1.0, 1.0]], dtype=torch.float64)))
        0.0
    """

    per_run = ("step_size", "bias")

    def __init__(self, inputs: Tensor, targets: Tensor, bias: Tensor, step_size: float | Tensor, *, factor: float) -> None:
        for name, data in (("inputs", inputs), ("targets", targets), ("bias", bias)):
            _require_data(data, name)
            if data.dtype != inputs.dtype or data.device != inputs.device:
                raise TypeError(f"{name} are {data.dtype} on {data.device}: expected {inputs.dtype} on {inputs.device}, like the inputs")
        if inputs.ndim != 2 or targets.ndim != 2 or len(inputs) != len(targets) or bias.ndim not in (1, 2):
            raise ValueError(
                f"inputs {tuple(inputs.shape)}, targets {tuple(targets.shape)}, bias {tuple(bias.shape)}: "
                "expected (N, n), (N, m), (h,) or (runs, h)"
            )
        if not 0 < factor < float("inf"):
            raise ValueError(f"the factor is {factor}: expected a positive number (1/2 in Theorem 4, 1 in Figure 2)")
        self.inputs, self.targets, self.bias, self.factor = inputs, targets, bias, factor
        self.shapes = ((targets.shape[1], bias.shape[-1]), (bias.shape[-1], inputs.shape[1]))
        self._set(step_size, inputs)

    def _forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        w, v = self.unpack(x)
        before = self.inputs @ v.mT - self.bias[..., None, :]
        return w, before, before.relu()  # relu has slope 0 at 0; clamp has slope 1 there

    def output(self, x: Tensor) -> Tensor:
        """Return the network's values, shape ``(runs, N, m)``."""
        w, _, hidden = self._forward(x)
        return hidden @ w.mT

    def loss(self, x: Tensor) -> Tensor:
        """Return the losses, shape ``(runs,)``."""
        return self.factor * (self.output(x) - self.targets).square().sum((-2, -1))

    def gradient(self, x: Tensor) -> Tensor:
        """Return the gradients in closed form, shape ``(runs, n)``."""
        w, before, hidden = self._forward(x)
        error = 2 * self.factor * (hidden @ w.mT - self.targets)
        inner = (error @ w) * (before > 0)
        return torch.cat([(error.mT @ hidden).flatten(-2), (inner.mT @ self.inputs).flatten(-2)], dim=-1)


def _require_data(data: Any, name: str) -> None:
    if not isinstance(data, Tensor) or not data.is_floating_point():
        raise TypeError(
            f"{name}: found {getattr(data, 'dtype', type(data).__name__)}, expected a floating tensor (float64 unless you mean less)"
        )
    if data.numel() == 0 or not bool(torch.isfinite(data).all()):
        raise ValueError(f"{name}: shape {tuple(data.shape)}, expected finite entries and at least one")
