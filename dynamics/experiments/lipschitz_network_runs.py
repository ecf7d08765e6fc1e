"""One training of a network by 1/M, as Yedida & Saha train theirs: see `dynamics.experiments.lipschitz_networks`."""

from __future__ import annotations

import copy
import io
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import affine_grid, cross_entropy, grid_sample, pad

from dynamics.data import CHANNELS, cifar10, mnist
from dynamics.experiments.linear_range_resnet_runs import Images
from dynamics.experiments.linear_range_runs import SHUFFLE
from dynamics.networks.image_networks import dropout_conv_net, resnet20
from dynamics.optimizers import AdaMo, AutoAdam, LastLayerBound, LipschitzRMSprop, LipschitzSGD
from theory.files import write_whole

Algorithm = Literal["SGD", "AdaMo", "RMSprop", "Adam"]
Policy = Literal["adaptive", "fixed", "baseline"]

CHUNK = 1000  # test images at a time
MINIBATCHES = 8  # that are looked at before training
PIXELS = 4  # that an image of CIFAR-10 may move
ADAPTIVE: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "SGD": LipschitzSGD,
    "AdaMo": AdaMo,
    "RMSprop": LipschitzRMSprop,
    "Adam": AutoAdam,
}
BASELINE: dict[str, Callable[..., torch.optim.Optimizer]] = {  # section 7.4.2
    "SGD": lambda w: torch.optim.SGD(w, lr=0.01),
    "AdaMo": lambda w: torch.optim.SGD(w, lr=0.01, momentum=0.9),
    "RMSprop": lambda w: torch.optim.RMSprop(w, lr=0.001, alpha=0.9),
    "Adam": lambda w: torch.optim.Adam(w, lr=0.001, betas=(0.9, 0.999)),
}


@dataclass(frozen=True)
class Run:
    """One training.

    Attributes:
        algorithm: Which of the four; as a baseline AdaMo is SGD with momentum.
        policy: ``adaptive``: M anew after each epoch; ``fixed``: after the first only; ``baseline``: the usual fixed rate, no M.
        epochs: How many.
        weight_decay: lambda of the penalty (lambda/2)|w|^2.
        first: The rate 1/M of the first epoch, set by hand; ``None``: from the initial weights, as they see the first minibatches in
            training.
    """

    algorithm: Algorithm
    policy: Policy
    epochs: int
    weight_decay: float = 0.0
    first: float | None = None

    @property
    def name(self) -> str:
        """What the JSON calls it."""
        return f"{self.algorithm}, {self.policy}" + ("" if self.first is None else f", first {self.first:g}")


@dataclass(frozen=True)
class Plan:
    """The data, which say the network too, its width, how many images to train and test on, samples a minibatch, and the runs."""

    data: Literal["mnist", "cifar10"]
    width: int
    samples: int
    tests: int
    batch: int
    runs: tuple[Run, ...]


def images(name: str, part: str, rows: int, device: torch.device) -> Images:
    """Return the first images of MNIST or CIFAR-10 on the device, as section 7.3 scales them: over 255, each channel less its mean."""
    data = {"mnist": mnist, "cifar10": cifar10}[name](part, scaling="unit", rows=rows)
    inputs = data.inputs.reshape(*data.inputs.shape[:3], -1) - CHANNELS[name][0]
    return Images(torch.from_numpy(inputs).to(device, torch.float32), torch.from_numpy(data.targets).to(device))


def network_for(name: str, width: int, seed: int, device: torch.device) -> nn.Module:
    """Return the network of Table 4 for MNIST, a ResNet-20 for CIFAR-10, float32, with the weights that Keras would draw.

    Those are uniform after Glorot (Table 4), and normal after He (the ResNet of Keras's examples); biases are 0.
    """
    make = dropout_conv_net if name == "mnist" else resnet20
    network = make(width=width, dtype=torch.float32)
    generator = torch.Generator().manual_seed(seed)
    for key, w in network.named_parameters():
        if w.ndim < 2:
            nn.init.zeros_(w) if key.endswith("bias") else None
        elif name == "mnist":
            nn.init.xavier_uniform_(w, generator=generator)
        else:
            nn.init.kaiming_normal_(w, nonlinearity="relu", generator=generator)
    return network.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def last_layer(network: nn.Module) -> nn.Linear:
    """Return the linear layer that gives the logits."""
    return [layer for layer in network.modules() if isinstance(layer, nn.Linear)][-1]


def distorted(x: Tensor, generator: torch.Generator) -> Tensor:
    """Return the images (n, 1, s, s) rotated by up to 15 degrees, each axis zoomed and moved by up to 10 % (section 7.3.1)."""
    u = torch.rand(len(x), 5, generator=generator).mul_(2).sub_(1).to(x.device)
    angle, zoom, shift = u[:, 0] * math.pi / 12, 1 + 0.1 * u[:, 1:3], 0.2 * u[:, 3:5]  # an image is 2 wide here
    cos, sin = angle.cos(), angle.sin()
    matrix = torch.stack([cos * zoom[:, 0], -sin * zoom[:, 1], shift[:, 0], sin * zoom[:, 0], cos * zoom[:, 1], shift[:, 1]], 1)
    grid = affine_grid(matrix.reshape(-1, 2, 3), list(x.shape), align_corners=False)
    return grid_sample(x, grid, padding_mode="border", align_corners=False)


def flipped(x: Tensor, generator: torch.Generator) -> Tensor:
    """Return the images (n, c, s, s), half of them mirrored, all moved by up to four pixels into black (He et al. 2016, section 4.2)."""
    n, side = len(x), x.shape[-1]
    mirrored = (torch.rand(n, generator=generator) < 0.5).to(x.device)
    corner = torch.randint(2 * PIXELS + 1, (n, 2), generator=generator).to(x.device)
    x = pad(torch.where(mirrored[:, None, None, None], x.flip(-1), x), [PIXELS] * 4)
    places = torch.arange(side, device=x.device)
    rows, columns = corner[:, :1] + places, corner[:, 1:] + places
    return x[torch.arange(n, device=x.device)[:, None, None], :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


@torch.no_grad()
def first_bounds(network: nn.Module, train: Images, batch: int, weight_decay: float, minibatches: int, seed: int) -> dict[str, float]:
    """Return M of the first minibatches as the network sees them in ``training`` and in ``evaluation``; it is left as it was.

    Evaluation: no dropout, and the norms divide by their running deviation, which is 1 before training. Only the last layer is in training
    mode then, as `LastLayerBound` demands; that changes nothing of what it computes.

    Args:
        network: With a linear layer at its end.
        train: Images to train on.
        batch: Samples a minibatch.
        weight_decay: lambda.
        minibatches: How many to look at.
        seed: Of the dropout.
    """
    found, state, last = {}, copy.deepcopy(network.state_dict()), last_layer(network)
    for mode in ("training", "evaluation"):
        network.train(mode == "training")
        last.train()
        with LastLayerBound(last, "printed", initial=1.0, weight_decay=weight_decay) as bound, _drawing_from(seed, train.labels.device):
            bound(list(network.parameters()))
            for rows in torch.split(torch.arange(minibatches * batch, device=train.labels.device), batch):
                network(train[rows][0])
            bound.end_epoch()
            found[mode] = bound.value
        network.load_state_dict(state)
    network.train()
    return found


@contextmanager
def _drawing_from(seed: int, device: torch.device) -> Iterator[None]:
    """Dropout draws from torch's global generator: set it, and give it back as it was."""
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        yield


class Training:
    """One run of a plan.

    Args:
        plan: Where it belongs.
        run: The algorithm, and where it has its rate from.
        train: Images to train on.
        test: Images to test on.
        seed: Of the weights, the shuffles, the distortions and the dropout.
    """

    def __init__(self, plan: Plan, run: Run, train: Images, test: Images, seed: int) -> None:
        self.plan, self.run, self.train, self.test, self.seed = plan, run, train, test, seed
        self.device, self.batches = train.inputs.device, len(train.labels) // plan.batch
        self.network = network_for(plan.data, plan.width, seed, self.device)
        first = run.first
        if first is None:
            count = min(MINIBATCHES, self.batches)
            first = 1 / first_bounds(self.network, train, plan.batch, run.weight_decay, count, seed)["training"]
        self.bound = LastLayerBound(last_layer(self.network), "printed", initial=1 / first, weight_decay=run.weight_decay)
        parameters = list(self.network.parameters())
        baseline = run.policy == "baseline"
        self.optimizer = BASELINE[run.algorithm](parameters) if baseline else ADAPTIVE[run.algorithm](parameters, self.bound)
        kind = f"{run.name}, weight decay {run.weight_decay:g}, batch {plan.batch}, {plan.data}"
        self.what = f"{kind}, width {plan.width}, {len(train.labels)} and {len(test.labels)} images, seed {seed}, {self.device}"
        self.records: dict[str, Any] = {name: [] for name in ("acc", "val_acc", "loss", "val_loss", "rate")}
        self.records |= {"diverged": None, "cpu_seconds": 0.0}

    @property
    def epochs(self) -> int:
        """How many are finished."""
        return len(self.records["loss"])

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to do."""
        return self.epochs >= self.run.epochs or self.records["diverged"] is not None

    def epoch(self) -> None:
        """Train for one epoch, then test; a loss or gradient that is not finite ends the run."""
        began, epoch = time.process_time(), self.epochs
        order = torch.from_numpy(np.random.default_rng([self.seed, SHUFFLE, epoch]).permutation(len(self.train.labels))).to(self.device)
        generator = torch.Generator().manual_seed(int(np.random.default_rng([self.seed, epoch]).integers(2**31)))
        change = distorted if self.plan.data == "mnist" else flipped
        losses, right = [], 0
        self.network.train()
        with _drawing_from(generator.initial_seed(), self.device):
            for number, rows in enumerate(torch.split(order[: self.batches * self.plan.batch], self.plan.batch)):
                inputs, labels = self.train[rows]
                self.optimizer.zero_grad()
                outputs = self.network(change(inputs, generator))
                loss = cross_entropy(outputs, labels)
                (loss + self._penalty()).backward()  # type: ignore[no-untyped-call]
                losses.append(loss.item())
                if not self._step(losses[-1]):
                    self.records["diverged"] = epoch * self.batches + number
                    self.records["cpu_seconds"] += time.process_time() - began
                    return
                right += int((outputs.argmax(1) == labels).sum())
        self.records["rate"].append(self._rate())
        self.records["acc"].append(right / (self.batches * self.plan.batch))
        self.records["loss"].append(sum(losses) / len(losses))
        self._test()
        if self.run.policy == "adaptive" or (self.run.policy == "fixed" and epoch == 0):
            self.bound.end_epoch()
        self.records["cpu_seconds"] += time.process_time() - began

    def save(self, path: Path) -> None:
        """Write everything that changes, whole or not at all."""
        kept = {"what": self.what, "network": self.network.state_dict(), "optimizer": self.optimizer.state_dict()}
        stream = io.BytesIO()
        torch.save(kept | {"bound": self.bound.value, "records": self.records}, stream)
        write_whole(path, stream.getvalue())

    def load(self, path: Path) -> None:
        """Go on from what `save` wrote; raises ``ValueError`` if that was for another run."""
        kept = torch.load(path, map_location=self.device)
        if kept["what"] != self.what:
            raise ValueError(
                f"{path} keeps another run: remove it, or choose another output\n  it has:   {kept['what']}\n  expected: {self.what}"
            )
        self.network.load_state_dict(kept["network"])
        self.optimizer.load_state_dict(kept["optimizer"])
        self.bound.value, self.records = kept["bound"], kept["records"]

    def _penalty(self) -> Tensor | float:
        if not self.run.weight_decay:
            return 0.0
        return self.run.weight_decay / 2 * sum(w.square().sum() for w in self.network.parameters())

    def _step(self, loss: float) -> bool:
        """Step, if loss and gradient are finite."""
        gradient = torch.nn.utils.get_total_norm([w.grad for w in self.network.parameters() if w.grad is not None])
        if not math.isfinite(loss + gradient.item()):
            return False
        self.optimizer.step()
        return True

    def _rate(self) -> float:
        """What stands before the step at the end of the epoch: 1/M, sqrt(K)/M of RMSprop, sqrt(K_2)/K_1 of Adam, or the baseline's rate."""
        if self.run.policy == "baseline":
            return float(self.optimizer.param_groups[0]["lr"])
        if self.run.algorithm in ("SGD", "AdaMo"):
            return 1 / self.bound.value
        shared = next(iter(self.optimizer.state.values()))
        above, below = (shared["K"], self.bound.value) if self.run.algorithm == "RMSprop" else (shared["K2"], shared["K1"])
        return math.sqrt(above) / float(below)

    @torch.no_grad()
    def _test(self) -> None:
        self.network.eval()
        right, entropy = 0, 0.0
        for rows in torch.split(torch.arange(len(self.test.labels), device=self.device), CHUNK):
            inputs, labels = self.test[rows]
            outputs = self.network(inputs)
            right += int((outputs.argmax(1) == labels).sum())
            entropy += cross_entropy(outputs, labels, reduction="sum").item()
        self.records["val_acc"].append(right / len(self.test.labels))
        self.records["val_loss"].append(entropy / len(self.test.labels))
