"""Training on mini-batches, drawn without replacement, as a map that changes from step to step."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dynamics.networks.stacks import functional
from dynamics.networks.torch_maps import NetworkData, TorchMap


def batch_order(seed: int, epoch: int, samples: int) -> NDArray[np.int64]:
    """Return the order of the samples in an epoch: it depends on the run's seed and the epoch alone, so a run may be taken up anywhere."""
    return np.random.default_rng([seed, epoch]).permutation(samples)


class MiniBatches:
    """Steps of gradient descent, or momentum, on one batch each; every run has its own order of the samples.

    Args:
        training: Full-batch training, made by `TorchMap.of`.
        batch_size: Samples in a batch, fewer than there are; the last of an epoch may be smaller.
        seeds: One a run.
    """

    def __init__(self, training: TorchMap, data: NetworkData, batch_size: int, seeds: NDArray[np.int64]) -> None:
        self.training, self.data, self.batch_size, self.seeds = training, data, batch_size, seeds
        self.samples = len(data.inputs)
        self.epoch = -(-self.samples // batch_size)  # steps in an epoch
        function = functional(data.module)
        self._gradient = torch.func.vmap(torch.func.grad(lambda row, x, y: data.criterion(function(training._one(row), x), y)))
        self._drawn: tuple[int, Tensor] | None = None

    def select(self, rows: Any) -> MiniBatches:
        """Return the training of some runs."""
        return MiniBatches(self.training.select(rows), self.data, self.batch_size, self.seeds[rows])  # type: ignore[arg-type]

    def advance(self, x: Tensor, steps: int, since: int) -> Tensor:
        """Return the points after the steps ``since + 1``, ..., ``since + steps``."""
        x = self.training.checked(x)
        with torch.no_grad():
            for k in range(since, since + steps):
                batch = self._batch(k)
                gradient = self._gradient(x[:, : self.training.size], self.data.inputs[batch], self.data.targets[batch])
                x = self.training._moved(x, gradient)
        return x

    def _batch(self, k: int) -> Tensor:
        """The samples of step k + 1, shape ``(runs, batch)``."""
        epoch, step = divmod(k, self.epoch)
        if self._drawn is None or self._drawn[0] != epoch:
            orders = {seed: batch_order(seed, epoch, self.samples) for seed in set(self.seeds.tolist())}
            order = np.stack([orders[seed] for seed in self.seeds.tolist()])
            self._drawn = epoch, torch.from_numpy(order).to(self.data.inputs.device)
        return self._drawn[1][:, step * self.batch_size : (step + 1) * self.batch_size]
