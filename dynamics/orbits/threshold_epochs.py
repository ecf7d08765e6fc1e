"""How many epochs of gradient descent until the loss goes below a threshold, from one start for several step sizes (Yedida & Saha, 7.1)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dynamics.orbits.outcomes import OutcomeKind

Floats = NDArray[np.float64]
LossAndGradient = Callable[[Floats], tuple[float, Floats]]


@dataclass(frozen=True, slots=True)
class ThresholdRun:
    """What gradient descent with one step size did.

    Attributes:
        step: The step size.
        epochs: The first epoch after which the loss was below the threshold, 0 for the start; ``None`` if there was none.
        kind: ``converged`` if the threshold was reached, ``diverged`` if the loss or the weights left float64, else ``undecided``.
        loss: The last finite loss.
        weights: The weights it belongs to.
    """

    step: float
    epochs: int | None
    kind: OutcomeKind
    loss: float
    weights: Floats


def epochs_to_threshold(function: LossAndGradient, start: Floats, step: float, threshold: float, *, budget: int) -> ThresholdRun:
    """Run gradient descent until the loss is below the threshold: E is the least number of epochs with ``loss < threshold``.

    A loss that equals the threshold is not below it; a loss that is below it at the start has E = 0. That the budget ran out does not
    say that the threshold is never reached.

    Args:
        function: The loss and its gradient at some weights, both of them over all samples: an epoch is one step.
        start: The weights to begin with, float64; they are not changed.
        step: The step size, positive.
        threshold: T.
        budget: The largest number of epochs, 0 or more.

    Raises:
        TypeError: The start is no float64 array.
        ValueError: A number out of range, or NaN or infinity at the start.

    Source:
        Yedida & Saha (2021), section 7.1.

    Example:
        >>> bowl = lambda w: (float(w @ w) / 2, w)
        >>> epochs_to_threshold(bowl, np.array([2.0]), 0.5, 0.125, budget=10).epochs  # the losses are 2, 1/2, 1/8, 1/32
        3
    """
    given: Any = start  # whoever calls without a type checker
    if not (isinstance(given, np.ndarray) and given.dtype == np.float64):
        raise TypeError("start: expected a float64 array")
    if not 0 < step < math.inf or math.isnan(threshold) or type(budget) is not int or budget < 0:
        raise ValueError(f"step = {step}, threshold = {threshold}, budget = {budget}: expected a positive step, a number, and epochs >= 0")
    w, last, loss, epoch = start.copy(), start, math.nan, 0
    while True:
        with np.errstate(over="ignore", invalid="ignore"):  # what leaves float64 is looked for here
            value, slope = function(w)
        if not (math.isfinite(value) and np.isfinite(slope).all()):
            if epoch == 0:
                raise ValueError(f"the loss at the start is {value}: expected finite numbers, of the gradient too")
            return ThresholdRun(step, None, OutcomeKind.DIVERGED, loss, last)
        loss, last = float(value), w
        if loss < threshold:
            return ThresholdRun(step, epoch, OutcomeKind.CONVERGED, loss, w)
        if epoch == budget:
            return ThresholdRun(step, None, OutcomeKind.UNDECIDED, loss, w)
        with np.errstate(over="ignore"):
            w = w - step * slope
        epoch += 1


def compare_steps(function: LossAndGradient, start: Floats, steps: Sequence[float], threshold: float, *, budget: int) -> list[ThresholdRun]:
    """Run `epochs_to_threshold` for several step sizes from the same weights, as the paper says it does.

    Args:
        function: The loss and its gradient, as for `epochs_to_threshold`.
        start: The weights to begin with, for all step sizes.
        steps: The step sizes, in the order of the answers.
        threshold: T.
        budget: The largest number of epochs, for each step size.

    Raises:
        TypeError, ValueError: As `epochs_to_threshold`.

    Example:
        >>> bowl = lambda w: (float(w @ w) / 2, w)
        >>> [run.epochs for run in compare_steps(bowl, np.array([2.0]), [0.1, 0.5], 0.125, budget=99)]
        [14, 3]
    """
    return [epochs_to_threshold(function, start, step, threshold, budget=budget) for step in steps]


__all__ = ["ThresholdRun", "compare_steps", "epochs_to_threshold"]
