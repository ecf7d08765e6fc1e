"""Small data sets and networks for the tests of ensembles, and when two results are the same."""

import numpy as np
import torch
from torch.nn.functional import mse_loss

from dynamics import TorchMap

F64 = torch.float64
SEEDS = [3, 0, 7]
# Batched products and single ones round differently: steps of at most 100 operations on numbers of size 1, over 300 steps that do not part
# nearby runs by more than a factor of 10: 300 * 100 * 2.2e-16 * 10 < 1e-10.
ROUNDING = 1e-10


def tensor(*values):
    return torch.tensor(values, dtype=F64)


def data(samples=12, inputs=3, outputs=2, noise=0.0):
    """Samples of a linear map, with noise or without."""
    source = torch.Generator().manual_seed(1)
    x = torch.randn(samples, inputs, generator=source, dtype=F64)
    y = x @ torch.randn(inputs, outputs, generator=source, dtype=F64)
    return x, y + noise * torch.randn(samples, outputs, generator=source, dtype=F64)


def of(module, *steps, momentum=None, noise=0.0):
    return TorchMap.of(module, mse_loss, *data(noise=noise), tensor(*steps), momentum)


def same(one, two):
    """Every bit of two results, and every field of their outcomes."""
    arrays = [(one.final_losses, two.final_losses), (one.losses, two.losses), *zip(one.parameters, two.parameters, strict=True)]
    return all(np.array_equal(a, b, equal_nan=True) for a, b in arrays) and [repr(o) for o in one.outcomes.flat] == [
        repr(o) for o in two.outcomes.flat
    ]
