"""Runs that differ in how they choose their step size, as one stack of networks, for `dynamics.experiments.linear_range_training`."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from dynamics.data import mnist
from dynamics.lines.logistic_stacks import Measure, Measured, StackedDescent, stacked_states
from theory.files import write_whole

N_LIN = 100
LEAST_HISTORY = 50
TEACHER, START, SHUFFLE = 1, 2, 3  # streams of random numbers; not 0: NumPy pads seeds with zeros, so [s, 0] and [s, 0, 0] are one
CHUNK = 1000  # test samples at a time: a stack of them still fits in the cache


@dataclass(frozen=True)
class Setting:
    """How one group of runs chooses its step size: fixed, or by linGrad from `step_size` on."""

    step_size: float
    epsilon_star: float | None = None
    every: int = N_LIN
    history: int | None = None
    measure: Measure = "states"

    @property
    def name(self) -> str:
        """What the JSON calls it."""
        if self.epsilon_star is None:
            return f"SGD {self.step_size:g}"
        extras = [f" psi_0 = {self.step_size:g}"] if self.step_size != 1 else []
        extras += [f" N_lin = {self.every}, N_hist = {self.history}"] if self.history else []
        extras += [f" {self.measure}"] if self.measure != "states" else []
        return f"linGrad {self.epsilon_star:g}" + "".join(extras)


@dataclass(frozen=True)
class Problem:
    """Widths, and (inputs, targets) of each run."""

    widths: tuple[int, ...]
    train: list[tuple[Tensor, Tensor]]
    test: list[tuple[Tensor, Tensor]]


def lin_grad(*values: float, measure: Measure = "states") -> list[Setting]:
    """LinGrad with these epsilon*, from psi_0 = 1."""
    return [Setting(1.0, value, measure=measure) for value in values]


def random_layers(widths: Sequence[int], generator: np.random.Generator) -> list[Tensor]:
    """Return the layers of one network, all weights and biases standard normal, shapes ``(n_i + 1, n_{i+1})``."""
    return [torch.from_numpy(generator.standard_normal((a + 1, b))) for a, b in pairwise(widths)]


def teacher(runs: int, samples: int, tests: int, seed: int, widths: Sequence[int] = (50, 50, 50, 50)) -> Problem:
    """Return inputs and what a random network makes of them, drawn anew for each run from (seed, run)."""
    parts = []
    for run in range(runs):
        generator = np.random.default_rng([seed, run, TEACHER])
        layers = [layer[None] for layer in random_layers(widths, generator)]
        inputs = torch.from_numpy(generator.standard_normal((samples + tests, widths[0])))
        targets = stacked_states(layers, inputs[None])[-1][0]
        parts.append(((inputs[:samples], targets[:samples]), (inputs[samples:], targets[samples:])))
    return Problem(tuple(widths), [part[0] for part in parts], [part[1] for part in parts])


def digits(runs: int, samples: int, tests: int) -> Problem:
    """Return MNIST for the network 784-30-10, the same for every run."""
    parts = []
    for name, rows in (("train", samples), ("test", tests)):
        data = mnist(name, scaling="unit", rows=rows)
        parts.append((torch.from_numpy(data.inputs.reshape(rows, -1)), torch.from_numpy(data.one_hot)))
    return Problem((784, 30, 10), [parts[0]] * runs, [parts[1]] * runs)


class Training:
    """All runs of all settings, as one stack: setting by setting, run by run.

    Args:
        problem: The data.
        settings: How each group of runs chooses its step size.
        batch: Samples a minibatch.
        seed: Of starts and shuffles.
    """

    def __init__(self, problem: Problem, settings: Sequence[Setting], batch: int, seed: int) -> None:
        self.problem, self.settings, self.batch, self.seed = problem, list(settings), batch, seed
        self.runs = len(problem.train)
        self.batches = len(problem.train[0][0]) // batch
        starts = [random_layers(problem.widths, np.random.default_rng([seed, run, START])) for run in range(self.runs)]
        each = [setting for setting in settings for _ in range(self.runs)]
        self.nets = StackedDescent(
            [torch.stack(layers).repeat(len(settings), 1, 1) for layers in zip(*starts, strict=True)],
            torch.tensor([s.step_size for s in each], dtype=torch.float64),
            [s.epsilon_star for s in each],
            [s.every for s in each],
            [s.history or max(LEAST_HISTORY, self.batches // s.every) for s in each],
            [s.measure for s in each],
        )
        self.what = f"{problem.widths}, {self.runs} runs, {len(problem.train[0][0])} samples, batch {batch}, seed {seed}, {list(settings)}"
        self.epochs, self.seconds = 0, 0.0
        self.errors = [self.test()]
        self.measured: list[list[Measured]] = []

    def epoch(self) -> None:
        """Train for one epoch, then test."""
        streams = [np.random.default_rng([self.seed, run, SHUFFLE, self.epochs]) for run in range(self.runs)]
        order = [stream.permutation(len(self.problem.train[0][0])) for stream in streams]
        found: list[Measured] = []
        for first in range(0, self.batches * self.batch, self.batch):
            rows = [torch.from_numpy(o[first : first + self.batch]) for o in order]
            parts = zip(*((x[r], y[r]) for (x, y), r in zip(self.problem.train, rows, strict=True)), strict=True)
            inputs, targets = (torch.stack(part).repeat(len(self.settings), 1, 1) for part in parts)
            found += self.nets.step(inputs, targets)
        self.epochs += 1
        self.errors.append(self.test())
        self.measured.append(found)

    def test(self) -> Tensor:
        """Return the mean distance, the mean square and the share of other largest components, shape ``(3, settings, runs)``."""
        sums = torch.zeros(3, len(self.settings), self.runs, dtype=torch.float64)
        for run, (inputs, targets) in enumerate(self.problem.test):
            layers = [layer[run :: self.runs] for layer in self.nets.layers]
            for x, y in zip(torch.split(inputs, CHUNK), torch.split(targets, CHUNK), strict=True):
                outputs = stacked_states(layers, x.expand(len(self.settings), -1, -1))[-1]
                square = ((outputs - y) ** 2).sum(2)
                missed = outputs.argmax(2) != y.argmax(1)
                sums[:, :, run] += torch.stack([(square / y.shape[1]).sqrt().sum(1), square.sum(1), missed.sum(1)])
        return sums / len(self.problem.test[0][0])

    def save(self, path: Path) -> None:
        """Write everything that changes, whole or not at all."""
        nets = self.nets
        kept = {"what": self.what, "layers": nets.layers, "step_sizes": nets.step_sizes, "candidates": [list(c) for c in nets.candidates]}
        rows = [[(m.network, m.tried, m.taken, m.step_size) for m in found] for found in self.measured]
        stream = io.BytesIO()
        torch.save(kept | {"minibatches": nets.minibatches, "errors": self.errors, "measured": rows, "seconds": self.seconds}, stream)
        write_whole(path, stream.getvalue())

    def load(self, path: Path) -> None:
        """Go on from what `save` wrote; raises ``ValueError`` if that was for other runs."""
        kept = torch.load(path)
        if kept["what"] != self.what:
            raise ValueError(
                f"{path} keeps other runs: remove it, or choose another output\n  it has:   {kept['what']}\n  expected: {self.what}"
            )
        self.nets.layers, self.nets.step_sizes = kept["layers"], kept["step_sizes"]
        for candidates, values in zip(self.nets.candidates, kept["candidates"], strict=True):
            candidates.extend(values)
        self.nets.minibatches, self.errors = kept["minibatches"], kept["errors"]
        self.measured, self.seconds = [[Measured(*row) for row in rows] for rows in kept["measured"]], kept["seconds"]
        self.epochs = len(self.measured)
