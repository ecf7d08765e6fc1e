"""One training of a residual network, by linGrad or with a fixed step size: see `dynamics.experiments.linear_range_resnet`."""

from __future__ import annotations

import io
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from dynamics.data import cifar10
from dynamics.experiments.linear_range_runs import LEAST_HISTORY, SHUFFLE
from dynamics.lines.linear_range import TangentMethod, norms
from dynamics.lines.tangents import finite_difference_tangent, tangent
from dynamics.networks.image_networks import resnet18
from dynamics.optimizers import LinGrad
from theory.files import write_whole

N_LIN = 10
DELTA = 1e-6
CHUNK = 1000  # test images at a time


@dataclass(frozen=True)
class Run:
    """One training: with a fixed step size, or by linGrad from `step_size` on."""

    batch: int
    epochs: int
    step_size: float
    epsilon_star: float | None = None
    tangent: TangentMethod = "finite-difference"

    @property
    def name(self) -> str:
        """What the JSON calls it."""
        rule = f"SGD {self.step_size:g}" if self.epsilon_star is None else f"linGrad {self.epsilon_star:g}"
        start = f", psi_0 = {self.step_size:g}" if self.epsilon_star is not None and self.step_size != 1 else ""
        return f"{rule}{start}, batch {self.batch}" + (", exact tangent" if self.tangent == "jvp" else "")


@dataclass(frozen=True)
class Plan:
    """Channels of the first stage, how many images to train and test on, and the runs."""

    width: int
    samples: int
    tests: int
    runs: tuple[Run, ...]


class BlockStates(nn.Module):
    """A residual network whose states are its input and those after its residual blocks; stem and head are none."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the network's outputs."""
        outputs: Tensor = self.network(inputs)
        return outputs

    def states(self, inputs: Tensor) -> list[Tensor]:
        """Return the input and the state after each residual block."""
        states: Any = self.network.states
        return [inputs, *states(inputs)[2:-1]]


@dataclass(frozen=True)
class Images:
    """Images ``(N, 32, 32, 3)``, float32, and labels."""

    inputs: Tensor
    labels: Tensor

    def __getitem__(self, rows: Any) -> tuple[Tensor, Tensor]:
        """Return the inputs of these rows as ``(n, 3, 32, 32)``, and their labels."""
        return self.inputs[rows].permute(0, 3, 1, 2), self.labels[rows]


def images(part: str, rows: int, device: torch.device) -> Images:
    """Return the first images of CIFAR-10, standardised, on the device."""
    data = cifar10(part, scaling="standard", rows=rows)
    return Images(torch.from_numpy(data.inputs).to(device, torch.float32), torch.from_numpy(data.targets).to(device))


class ResidualTraining:
    """One run of a plan.

    Args:
        plan: Where it belongs.
        run: How it chooses its step size.
        train: Images to train on.
        test: Images to test on.
        seed: Of the shuffles.
    """

    def __init__(self, plan: Plan, run: Run, train: Images, test: Images, seed: int) -> None:
        self.run, self.train, self.test, self.seed = run, train, test, seed
        self.batches = len(train.labels) // run.batch
        device = train.inputs.device
        network = BlockStates(resnet18(width=plan.width, dtype=torch.float32, device=device))
        self.network: BlockStates = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimizer = self._optimizer()
        self.what = f"{run.name}, width {plan.width}, {len(train.labels)} and {len(test.labels)} images, seed {seed}, {device.type}"
        self.records: dict[str, Any] = {"missed": [], "entropy": [], "loss": [], "measured": [], "tangent_error": []}
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
        """Train for one epoch, then test (before the first one, too); a loss or gradient that is not finite ends the run."""
        began = time.process_time()
        if not self.records["missed"]:
            self._test()
        order = torch.from_numpy(np.random.default_rng([self.seed, SHUFFLE, self.epochs]).permutation(len(self.train.labels))).to(
            self.train.labels.device
        )
        losses, measured = [], []
        self.network.train()
        for number, rows in enumerate(torch.split(order[: self.batches * self.run.batch], self.run.batch)):
            inputs, labels = self.train[rows]
            self.optimizer.zero_grad()
            loss = cross_entropy(self.network(inputs), labels)
            loss.backward()  # type: ignore[no-untyped-call]
            norm = torch.nn.utils.get_total_norm([p.grad for p in self.network.parameters() if p.grad is not None])
            losses.append(loss.item())
            if not np.isfinite(losses[-1] + norm.item()):
                self.records["diverged"] = self.epochs * self.batches + number
                return
            measured += [[*found, norm.item()] for found in self._step(inputs)]
        self.records["loss"].append(sum(losses) / len(losses))
        self.records["measured"].append(measured)
        self.records["tangent_error"].append(self._tangent_error(inputs))
        self._test()
        self.records["cpu_seconds"] += time.process_time() - began

    def save(self, path: Path) -> None:
        """Write everything that changes, whole or not at all."""
        kept = {"what": self.what, "network": self.network.state_dict(), "optimizer": self.optimizer.state_dict(), "records": self.records}
        stream = io.BytesIO()
        torch.save(kept, stream)
        write_whole(path, stream.getvalue())

    def load(self, path: Path) -> None:
        """Go on from what `save` wrote; raises ``ValueError`` if that was for another run."""
        kept = torch.load(path, map_location=self.train.inputs.device)
        if kept["what"] != self.what:
            raise ValueError(
                f"{path} keeps another run: remove it, or choose another output\n  it has:   {kept['what']}\n  expected: {self.what}"
            )
        self.network.load_state_dict(kept["network"])
        self.optimizer.load_state_dict(kept["optimizer"])
        self.records = kept["records"]

    def _optimizer(self) -> torch.optim.Optimizer:
        run, parameters = self.run, self.network.parameters()
        if run.epsilon_star is None:
            return torch.optim.SGD(parameters, lr=run.step_size)
        history = max(LEAST_HISTORY, self.batches // N_LIN)
        options: dict[str, Any] = {"history": history, "every": N_LIN, "initial_step": run.step_size}
        return LinGrad(parameters, self.network, run.epsilon_star, **options, tangent=run.tangent, delta=DELTA)

    def _step(self, inputs: Tensor) -> list[list[float]]:
        """Step, and return what was measured, if anything was."""
        if not isinstance(self.optimizer, LinGrad):
            self.optimizer.step()
            return []
        before = self.optimizer.last_measurement
        self.optimizer.step(inputs=inputs)
        found = self.optimizer.last_measurement
        if found is None or found is before:
            return []
        return [[found.tried, found.epsilon, found.step_size]]

    def _tangent_error(self, inputs: Tensor) -> float:
        """The finite difference against the exact tangent along the last gradient."""
        direction = {name: -p.grad for name, p in self.network.named_parameters() if p.grad is not None}
        exact, found = tangent(self.network, inputs, direction), finite_difference_tangent(self.network, inputs, direction, DELTA)
        return (norms([a - b for a, b in zip(found, exact, strict=True)]) / norms(exact)).mean().item()

    @torch.no_grad()
    def _test(self) -> None:
        self.network.eval()
        missed, entropy = 0, 0.0
        for rows in torch.split(torch.arange(len(self.test.labels), device=self.test.labels.device), CHUNK):
            inputs, labels = self.test[rows]
            outputs = self.network(inputs)
            missed += int((outputs.argmax(1) != labels).sum())
            entropy += cross_entropy(outputs, labels, reduction="sum").item()
        self.records["missed"].append(missed / len(self.test.labels))
        self.records["entropy"].append(entropy / len(self.test.labels))
