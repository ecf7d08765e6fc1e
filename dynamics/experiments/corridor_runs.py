"""One network trained by the corridor step, or by a fixed one, epoch by epoch: see `dynamics.experiments.corridor_training`."""

from __future__ import annotations

import io
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from dynamics.curvature.sharpness import gradient_and_product, sharpness
from dynamics.data import cifar10, mnist
from dynamics.networks.architectures import Device, deep_linear, deep_relu
from dynamics.networks.image_networks import conv_net, resnet18, resnet50, vgg16
from dynamics.networks.stacks import network_loss
from dynamics.optimizers import CorridorSGD
from theory.files import write_whole

N = TypeVar("N", bound=nn.Module)

SHUFFLE = 1  # stream of random numbers; not 0: NumPy pads seeds with zeros
CHUNK = 1000  # test samples at a time
PROBE = 128  # training samples on which the curvature is measured, so that its products take seconds on a CPU
ROUGH = 0.05  # residual of the sharpness, relative to the largest eigenvalue in modulus: seldom more than 20 products
PRODUCTS = 500  # Hessian-vector products for one sharpness at most


@dataclass(frozen=True)
class Task:
    """A network by its width, the data it learns, and the width that the paper has (the usual one, for MNIST)."""

    make: Callable[[int], nn.Module]
    data: str
    width: int
    flat: bool = False
    he: bool = False  # He's initialisation: without norms torch's own lets a signal vanish in thirteen layers


F32 = torch.float32
TASKS = {
    "linear": Task(lambda width: deep_linear([784, 10], bias="trainable", dtype=F32), "mnist", 10, flat=True),
    "mlp": Task(lambda width: deep_relu([784, width, 10], dtype=F32), "mnist", 128, flat=True),
    "cnn": Task(lambda width: conv_net([width, 2 * width], image=(1, 28, 28), dtype=F32), "mnist", 8),
    "resnet18": Task(lambda width: resnet18(width=width, dtype=F32), "cifar10", 64),
    "resnet50": Task(lambda width: resnet50(width=width, dtype=F32), "cifar10", 64),
    "vgg16": Task(lambda width: vgg16(width=width, dtype=F32), "cifar10", 64),
    "vgg16-plain": Task(lambda width: vgg16(norm="none", width=width, dtype=F32), "cifar10", 64, he=True),
}


@dataclass(frozen=True)
class Setting:
    """How one group of runs chooses its step size: by the corridor rate, with or without a largest one, or fixed."""

    fixed: float | None = None
    max_step: float | None = None

    @property
    def name(self) -> str:
        """What the JSON calls it."""
        if self.fixed is not None:
            return f"SGD {self.fixed:g}"
        return "CLR" if self.max_step is None else f"CLR <= {self.max_step:g}"

    def optimizer(self, parameters: Any) -> torch.optim.Optimizer:
        """Return what takes the steps."""
        return CorridorSGD(parameters, max_step=self.max_step) if self.fixed is None else torch.optim.SGD(parameters, lr=self.fixed)


@dataclass(frozen=True)
class Images:
    """Inputs and labels to train and to test on."""

    train: tuple[Tensor, Tensor]
    test: tuple[Tensor, Tensor]

    @classmethod
    def of(cls, task: Task, samples: int | None, tests: int | None, device: Device) -> Images:
        """Return the first so many images of each part, standardised, in float32: ``(N, channels, height, width)``, or flat."""
        parts = []
        for name, rows in (("train", samples), ("test", tests)):
            data = (mnist if task.data == "mnist" else cifar10)(name, scaling="standard", rows=rows)
            inputs = torch.from_numpy(data.inputs.astype(np.float32))
            inputs = inputs[:, None] if task.data == "mnist" else inputs.permute(0, 3, 1, 2)
            inputs = inputs.flatten(1) if task.flat else inputs.contiguous(memory_format=torch.channels_last)
            parts.append((inputs.to(device), torch.from_numpy(data.targets).to(device)))
        return cls(*parts)


def redraw(network: N, seed: int) -> N:
    """Give the network torch's default weights, drawn on the CPU from the seed; the global generator is given back as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        for part in network.modules():
            reset = getattr(part, "reset_parameters", None)
            if callable(reset):
                reset()
    return network


def start(task: Task, width: int, seed: int, device: Device) -> nn.Module:
    """Return the network of a run, before its first step."""
    network = redraw(task.make(width), seed)
    if task.he:
        generator = torch.Generator().manual_seed(seed)
        for part in network.modules():
            if isinstance(part, nn.Conv2d):
                nn.init.kaiming_normal_(part.weight, nonlinearity="relu", generator=generator)
                nn.init.zeros_(part.bias)  # type: ignore[arg-type]
    for parameter in network.parameters():  # half the time of torch's own order on a CPU
        if parameter.ndim == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    return network.to(device)


class Run:
    """One network on its way: one setting, one batch size, one seed.

    Args:
        network: At its start; trained in place.
        images: The data.
        setting: How it chooses its step size.
        batch: Samples a minibatch; a last one that is not full is left out.
        seed: Of the shuffles.
        what: Everything else that makes this run what it is, so that a kept state of another run is refused.
    """

    def __init__(self, network: nn.Module, images: Images, setting: Setting, batch: int, seed: int, what: str = "") -> None:
        self.network, self.images, self.setting, self.batch, self.seed = network, images, setting, batch, seed
        self.batches = len(images.train[0]) // batch
        self.optimizer = setting.optimizer(network.parameters())
        self.what = f"{what}, {setting.name}, {len(images.train[0])} samples, batch {batch}, seed {seed}"
        self.epochs, self.seconds = 0, 0.0
        self.diverged: str | None = None
        self.steps: list[tuple[float, float, float]] = []  # loss before each step, norm of the gradient, step size
        self.missed: list[float] = []
        self.tested = [self.test()]
        self.curvature: list[list[float | None]] = []

    def epoch(self) -> None:
        """Train for one epoch, then test; a run that has diverged stays where it is."""
        began = time.process_time()
        if self.diverged is None:
            self.network.train()
            order = np.random.default_rng([self.seed, SHUFFLE, self.epochs]).permutation(len(self.images.train[0]))
            wrong = torch.zeros((), dtype=torch.int64, device=self.images.train[0].device)
            for first in range(0, self.batches * self.batch, self.batch):
                rows = torch.from_numpy(order[first : first + self.batch]).to(wrong.device)
                wrong += self._step(self.images.train[0][rows], self.images.train[1][rows])
                if self.diverged is not None:
                    break
            self.missed.append(float(wrong) / (self.batches * self.batch))
            self.tested.append(self.test())
        self.epochs += 1
        self.seconds += time.process_time() - began

    def _step(self, inputs: Tensor, labels: Tensor) -> Tensor:
        """One step, if the loss and the gradient are numbers; returns how many labels the outputs miss."""
        self.optimizer.zero_grad()
        outputs = self.network(inputs)
        loss = cross_entropy(outputs, labels)
        torch.autograd.backward(loss)
        value = float(loss.detach())
        try:
            if isinstance(self.optimizer, CorridorSGD):
                self.optimizer.step(loss=value)
                last = self.optimizer.last_step
                assert last is not None
                self.steps.append((value, last.gradient_norm, last.step_size))
            elif math.isfinite(value):
                self.optimizer.step()
                self.steps.append((value, math.nan, float(self.setting.fixed or 0)))
            else:
                raise ValueError(f"the loss is {value}")
        except ValueError as error:
            self.diverged = f"step {len(self.steps)}: {error}"
        return (outputs.argmax(1) != labels).sum()

    @torch.no_grad()
    def test(self) -> tuple[float, float]:
        """Return the mean loss over the test samples, and the share whose largest output is not their label."""
        self.network.eval()
        loss, wrong = 0.0, 0
        for inputs, labels in zip(*(torch.split(part, CHUNK) for part in self.images.test), strict=True):
            outputs = self.network(inputs)
            loss += float(cross_entropy(outputs, labels, reduction="sum"))
            wrong += int((outputs.argmax(1) != labels).sum())
        return loss / len(self.images.test[0]), wrong / len(self.images.test[0])

    def measure_curvature(self) -> None:
        r"""Add ``[epoch, loss, ||g||, ||H g||, sharpness]`` on the first `PROBE` training samples, with the statistics of that batch."""
        if self.diverged is not None:
            return
        began = time.process_time()
        self.network.train()
        inputs, labels = (part[:PROBE] for part in self.images.train)
        by_name = network_loss(self.network, cross_entropy, inputs, labels)
        shapes = {name: p.shape for name, p in self.network.named_parameters()}

        def loss(flat: Tensor) -> Tensor:
            parts = torch.split(flat, [shape.numel() for shape in shapes.values()])
            return by_name({name: part.view(shape) for (name, shape), part in zip(shapes.items(), parts, strict=True)})

        point = torch.cat([p.detach().flatten() for p in self.network.parameters()])
        gradient, product = gradient_and_product(loss, point)
        norms = [float(torch.linalg.vector_norm(v)) for v in (gradient, product(gradient))]
        try:
            top: float | None = sharpness(loss, point, method="lanczos", tolerance=ROUGH, max_products=PRODUCTS, seed=0).value
        except RuntimeError:  # not converged
            top = None
        with torch.no_grad():
            self.curvature.append([self.epochs, float(loss(point)), *norms, top])
        self.seconds += time.process_time() - began

    def save(self, path: Path) -> None:
        """Write everything that changes, whole or not at all."""
        stream = io.BytesIO()
        torch.save({"network": self.network.state_dict(), "optimizer": self.optimizer.state_dict(), **self._records()}, stream)
        write_whole(path, stream.getvalue())

    def load(self, path: Path) -> None:
        """Go on from what `save` wrote; raises ``ValueError`` if that was for another run."""
        kept = torch.load(path)
        if kept["what"] != self.what:
            raise ValueError(
                f"{path} keeps another run: remove it, or choose another output\n  it has:   {kept['what']}\n  expected: {self.what}"
            )
        self.network.load_state_dict(kept.pop("network"))
        self.optimizer.load_state_dict(kept.pop("optimizer"))
        self.__dict__.update(kept)

    def _records(self) -> dict[str, Any]:
        names = ("what", "epochs", "seconds", "diverged", "steps", "missed", "tested", "curvature")
        return {name: getattr(self, name) for name in names}
