"""What the demos on lines share: a small network on handwritten digits, trained by SGD, and the line of its next step."""

from __future__ import annotations

from dataclasses import replace

import torch
from _common import Options
from numpy.typing import ArrayLike
from torch import Tensor
from torch.nn.functional import avg_pool2d

from dynamics import deep_relu, tabular
from dynamics.experiments.line_search_training import Run, Task, Training, Weights
from dynamics.lines import LineLoss, line_loss

WIDTHS, BATCH, SAMPLES = (16, 12, 10), 128, 1792  # 14 minibatches, none left over


def digits(samples: int = SAMPLES) -> tuple[Tensor, Tensor]:
    """Scikit-learn's digits, standardised, in means of 2x2 pixels: too little for so small a network to fit them all soon."""
    data = tabular("digits", scaling="standard")
    pixels = torch.from_numpy(data.inputs[:samples]).reshape(-1, 1, 8, 8)
    return avg_pool2d(pixels, 2).flatten(1), torch.from_numpy(data.targets[:samples])


DIGITS = Task(lambda dtype: deep_relu(WIDTHS, dtype=dtype), digits, torch.float64)


def training(options: Options, lr: float, momentum: float = 0.0, steps: int = 0) -> Training:
    """One run of SGD on cross-entropy, at its start."""
    return Training(DIGITS, Run(lr, momentum, steps, 0, 1), digits(), BATCH, options.seed, options.device)


def next_line(own: Training, direction: Weights, grid: ArrayLike) -> tuple[LineLoss, int]:
    """All samples' losses along minus the direction, with the epoch's minibatches as slices, and the number of the next one."""
    rows = torch.from_numpy(own.order()).to(own.labels.device)
    own.module.load_state_dict(own.weights, strict=False)
    away = {name: -part for name, part in direction.items()}
    line = line_loss(own.module, (own.inputs[rows], own.labels[rows]), away, grid)
    return replace(line, batch_size=own.batch), own.step % own.batches
