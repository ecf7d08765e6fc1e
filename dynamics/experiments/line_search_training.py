"""One training by SGD whose steps can be measured as lines: see `dynamics.experiments.line_search_runs`."""

from __future__ import annotations

import io
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, cross_entropy

from dynamics.data import cifar10, mnist
from dynamics.experiments.corridor_runs import redraw
from dynamics.lines._pure_functions import load_forward_mode
from dynamics.lines.measure import sample_entropy
from dynamics.networks.architectures import Device, deep_relu
from dynamics.networks.image_networks import resnet20
from dynamics.networks.stacks import functional
from theory.files import write_whole

SHUFFLE, DRAW = 4, 5  # streams of random numbers, other than those of the other experiments
Weights = dict[str, Tensor]


@dataclass(frozen=True)
class Task:
    """A network, its data, and the precision of both."""

    make: Callable[[torch.dtype], nn.Module]
    images: Callable[[int], tuple[Tensor, Tensor]]
    dtype: torch.dtype


def _small_mnist(samples: int) -> tuple[Tensor, Tensor]:
    """Means over 4x4 pixels: 49 numbers an image."""
    data = mnist(scaling="standard", rows=samples)
    return avg_pool2d(torch.from_numpy(data.inputs)[:, None], 4).flatten(1), torch.from_numpy(data.targets)


def _cifar10(samples: int) -> tuple[Tensor, Tensor]:
    data = cifar10(scaling="standard", rows=samples)
    inputs = torch.from_numpy(data.inputs).permute(0, 3, 1, 2)
    return inputs.contiguous(memory_format=torch.channels_last), torch.from_numpy(data.targets)


def _resnet20(dtype: torch.dtype) -> nn.Module:
    return resnet20(dtype=dtype).to(memory_format=torch.channels_last)  # type: ignore[call-overload]


TASKS = {
    "mnist": Task(lambda dtype: deep_relu([49, 16, 10], dtype=dtype), _small_mnist, torch.float64),
    "cifar10": Task(_resnet20, _cifar10, torch.float32),
}


@dataclass(frozen=True)
class Run:
    """One training: step size, momentum, how many steps, and which of them are measured: the first ones, then every so many."""

    lr: float
    momentum: float
    steps: int
    first: int
    every: int

    @property
    def name(self) -> str:
        """What the JSON calls it."""
        return f"SGD {self.lr:g}, momentum {self.momentum:g}"

    def measured(self, step: int) -> bool:
        """Whether the line of this step, counted from 0, is measured; it does not depend on where the run ends."""
        return step < self.first or step % self.every == 0


class Training:
    """SGD with momentum :math:`m = β m + g, θ = θ - λ m` on minibatches without replacement, the loss in training mode.

    Args:
        task: What is trained.
        run: How.
        data: Inputs and labels.
        batch: Samples a minibatch; what is left over at the end of an epoch is no minibatch, but part of the full batch.
        seed: Of the weights and the shuffles.
        device: Where.
        what: Everything else that makes this run what it is, so that a kept state of another run is refused.
    """

    def __init__(
        self, task: Task, run: Run, data: tuple[Tensor, Tensor], batch: int, seed: int, device: Device = "cpu", what: str = ""
    ) -> None:
        self.module = redraw(task.make(task.dtype), seed).to(device).train()
        self.function = functional(self.module)
        self.inputs, self.labels = data[0].to(device, task.dtype), data[1].to(device)
        self.run, self.batch, self.seed = run, batch, seed
        self.batches = len(self.labels) // batch
        self.batch_statistics = any(isinstance(part, nn.modules.batchnorm._BatchNorm) for part in self.module.modules())
        self.weights: Weights = {name: p.detach() for name, p in self.module.named_parameters()}
        self.momentum: Weights = {name: torch.zeros_like(p) for name, p in self.weights.items()}
        self.step, self.seconds = 0, 0.0
        self.losses: list[float] = []  # of the minibatch before each step
        self.energy: list[list[float]] = []  # of each step: L, l'(0), l''(0), the norms of the direction and of the gradient
        self.lines: list[dict[str, Any]] = []
        self.what = f"{what}, {run.lr:g} {run.momentum:g} {run.first} {run.every}, {len(self.labels)} samples, batch {batch}, seed {seed}"

    def order(self) -> NDArray[np.int64]:
        """Return the samples in the order of this epoch: its slices are the minibatches."""
        return np.random.default_rng([self.seed, SHUFFLE, self.step // self.batches]).permutation(len(self.labels))

    def slices(self, order: NDArray[np.int64]) -> Iterator[Tensor]:
        """Yield the minibatches of an order, and what is left over."""
        for i in range(0, len(order), self.batch):
            yield torch.from_numpy(order[i : i + self.batch]).to(self.labels.device)

    def gradient(self, rows: Tensor) -> tuple[Weights, float]:
        """Return the gradient of the mean loss of some samples, evaluated together, and that loss."""

        def loss(weights: Weights) -> Tensor:
            return cross_entropy(self.function(weights, self.inputs[rows]), self.labels[rows])

        gradient, value = torch.func.grad_and_value(loss)(self.weights)
        return gradient, float(value)

    def full_gradient(self, order: NDArray[np.int64]) -> tuple[Weights, list[float]]:
        """Return the gradient of the full batch, and the squared norms of the minibatches' gradients."""
        total, squares = {name: torch.zeros_like(p) for name, p in self.weights.items()}, []
        for rows in self.slices(order):
            own, _ = self.gradient(rows)
            total = {name: part + own[name] * (len(rows) / len(order)) for name, part in total.items()}
            if len(rows) == self.batch:
                squares.append(squared_norm(own))
        return total, squares

    def advance(self, full_curvature: bool, measure: Callable[[Weights, Weights, float], dict[str, Any]] | None) -> None:
        """Take one step, after its line was measured if it is to be: ``measure(m, g, minibatch loss)``."""
        began = time.process_time()
        order = self.order()
        where = self.step % self.batches * self.batch
        gradient, loss = self.gradient(torch.from_numpy(order[where : where + self.batch]).to(self.labels.device))
        if not math.isfinite(loss):
            raise ValueError(
                f"{self.run.name}: the minibatch's loss is {loss} at step {self.step}: the training diverged; take a smaller step"
            )
        self.momentum = {name: self.run.momentum * m + gradient[name] for name, m in self.momentum.items()}
        if full_curvature:
            self.energy.append([*self._derivatives(self.momentum), math.sqrt(squared_norm(gradient))])
        if measure is not None and self.run.measured(self.step):
            self.lines.append(measure(self.momentum, gradient, loss))
        self.weights = {name: w - self.run.lr * self.momentum[name] for name, w in self.weights.items()}
        self.losses.append(loss)
        self.step += 1
        self.seconds += time.process_time() - began

    def _derivatives(self, direction: Weights) -> tuple[float, float, float, float]:
        """L, the first and the second derivative of the full-batch loss along minus the direction as a unit vector, and its norm."""
        load_forward_mode()
        norm = math.sqrt(squared_norm(direction))
        like = next(iter(self.weights.values()))
        zero, one = like.new_zeros(()), like.new_ones(())

        def loss(s: Tensor) -> Tensor:
            moved = {name: w - s / norm * direction[name] for name, w in self.weights.items()}
            return sample_entropy(self.function(moved, self.inputs), self.labels).mean()

        def slope(s: Tensor) -> Any:
            return torch.func.jvp(loss, (s,), (one,))

        with torch.no_grad():
            found: Any = torch.func.jvp(slope, (zero,), (one,))
        (value, first), (_, second) = found
        return float(value), float(first), float(second), norm

    def save(self, path: Path) -> None:
        """Write everything that changes, whole or not at all."""
        stream = io.BytesIO()
        torch.save({name: getattr(self, name) for name in ("what", "weights", "momentum", *RECORDS)}, stream)
        write_whole(path, stream.getvalue())

    def load(self, path: Path) -> None:
        """Go on from what `save` wrote; raises ``ValueError`` if that was for another run, or is beyond this one."""
        kept = torch.load(path, map_location=self.labels.device)
        if kept["what"] != self.what or kept["step"] > self.run.steps:
            raise ValueError(
                f"{path} keeps another run, or more steps: remove it, or choose another output\n  it has:   {kept['what']}, {kept['step']} "
                f"steps\n  expected: {self.what}, at most {self.run.steps}"
            )
        self.__dict__.update(kept)


RECORDS = ("step", "seconds", "losses", "energy", "lines")


def squared_norm(weights: Weights) -> float:
    """Return the squared norm over all tensors, summed in float64."""
    return float(sum(torch.linalg.vector_norm(part, dtype=torch.float64) ** 2 for part in weights.values()))
