r"""Sample losses along a line: :math:`L(t; \theta_0 + s d)` for all samples t and all s of a grid, :math:`\|d\| = 1`.

*Batch normalisation.* In training mode a sample's loss depends on the batch that it is evaluated in. Then ``batch_size`` says which:
consecutive slices of the data, each normalised by its own statistics, at every s anew; the full-batch loss is the mean of these batches'
losses, and a slice's line has the slope that its own gradient says. (A batch that is put together of other samples afterwards keeps the
statistics of the slices.) In evaluation mode the running statistics are used and stay what they are along the line: sample by sample, but
it is another function than the one that training descends. Running statistics are never changed.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline
from torch import Tensor, nn

from dynamics._results import as_json
from dynamics.lines._pure_functions import load_forward_mode, require_like, require_no_dropout
from dynamics.networks.stacks import functional
from theory.values import shown, whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
# Grid points in one pass. Measured on one core, 167 points and 4000 samples of an MLP with 196-32-10 units: 16 at once take 0.8 of the time
# of a loop, 64 or more longer than it. A convolution with other weights for each point takes twice a loop's time on a CPU.
POINTS = 16


@dataclass(frozen=True, eq=False)
class Line:
    r"""The loss of one set of samples along a line.

    Attributes:
        grid: s, increasing, shape ``(S,)``.
        losses: l(s), shape ``(S,)``.
        slope: l'(0), exact.

    Example:
        >>> line = Line(np.linspace(-1, 1, 5), np.linspace(-1, 1, 5) ** 3, 0.0)
        >>> round(float(line(0.3)), 12)
        0.027
    """

    grid: Floats
    losses: Floats
    slope: float

    @functools.cached_property
    def spline(self) -> CubicSpline:
        """The cubic spline through the grid points; NaN beyond them."""
        return CubicSpline(self.grid, self.losses, extrapolate=False)

    def __call__(self, s: Any) -> Any:
        """Return l(s) by `spline`."""
        return self.spline(s)


@dataclass(frozen=True, eq=False)
class LineLoss:
    r"""Losses of all samples along one line.

    Attributes:
        grid: s, shape ``(S,)``.
        losses: :math:`L(t; \theta_0 + s d)`, shape ``(S, N)``.
        slopes: :math:`\langle \nabla L(t; \theta_0), d\rangle`, by forward mode, shape ``(N,)``: their mean over any set of samples is the
            slope of its line at 0.
        direction_norm: The norm of the direction as it was given, before it became the unit vector d.
        batch_size: Of the slices that were evaluated together.
        module: What kind of network.
        dtype: Of the evaluation; what is stored is float64.
        device: Where it ran.
    """

    grid: Floats
    losses: Floats
    slopes: Floats
    direction_norm: float
    batch_size: int
    module: str
    dtype: str
    device: str

    def of(self, samples: Any) -> Line:
        """Return the line of some samples: a slice, indices or a mask; raises ``ValueError`` for none."""
        slopes = self.slopes[samples]
        if not slopes.size:
            raise ValueError(f"the samples {shown(samples)} are none of the {len(self.slopes)}: expected at least one")
        return Line(self.grid, self.losses[:, samples].mean(axis=1), float(slopes.mean()))

    @functools.cached_property
    def full(self) -> Line:
        """The full-batch line."""
        return self.of(slice(None))

    def batch(self, number: int) -> Line:
        """Return the line of one of the slices, counted from 0."""
        if not whole(number, 0) or number * self.batch_size >= len(self.slopes):
            raise ValueError(f"batch {shown(number)}: expected 0 to {-(-len(self.slopes) // self.batch_size) - 1}")
        return self.of(slice(number * self.batch_size, (number + 1) * self.batch_size))

    @functools.cached_property
    def batches(self) -> Floats:
        """The losses of all full slices, shape ``(S, B)``; a last one that is not full is left out, unless it is the only one."""
        count = max(1, len(self.slopes) // self.batch_size)
        return np.stack([self.batch(k).losses for k in range(count)], axis=1)

    def to_json(self) -> str:
        """Return everything as JSON, with versions: S N numbers and more."""
        return as_json(self)

    def plot(self, ax: Axes | None = None, *, batch: int | None = 0) -> Axes:
        """Draw the full batch, the direction-defining batch, and the quartiles of the others (the paper's figure 2).

        Args:
            ax: Axes to draw in; new ones by default (no window opens).
            batch: Which slice defined the direction; ``None`` for none of them.
        """
        from matplotlib.figure import Figure  # here, so that importing dynamics does not import matplotlib

        ax = Figure(figsize=(6, 4), layout="constrained").subplots() if ax is None else ax
        others = self.batches if batch is None else np.delete(self.batches, batch, axis=1)
        if others.shape[1] > 1:
            low, middle, high = np.quantile(others, [0.25, 0.5, 0.75], axis=1)
            ax.fill_between(self.grid, low, high, color="0.85", label="quartiles of other batches")
            ax.plot(self.grid, middle, color="0.6", lw=1)
        ax.plot(self.grid, self.full.losses, color="#d62728", lw=2, label="full batch")
        if batch is not None:
            ax.plot(self.grid, self.batch(batch).losses, color="#2ca02c", ls="--", label="batch that defines the direction")
        ax.set_xlabel("step s along d, a unit vector")
        ax.set_ylabel("loss l(s)")
        ax.legend()
        return ax


def sample_entropy(outputs: Tensor, labels: Tensor) -> Tensor:
    """Return the softmax cross-entropy of each sample."""
    return nn.functional.cross_entropy(outputs, labels, reduction="none")


def line_loss(
    module: nn.Module,
    data: Sequence[Tensor],
    direction: Mapping[str, Tensor],
    grid: ArrayLike,
    *,
    criterion: Callable[[Tensor, Tensor], Tensor] = sample_entropy,
    batch_size: int | None = None,
    points: int | None = None,
) -> LineLoss:
    r"""Return the loss of every sample at :math:`\theta_0 + s d,\ d = v/\|v\|`, for every s of the grid.

    One call of `torch.func.vmap` for each slice of the data; the module is left alone. See `dynamics.lines.measure` for batch
    normalisation.

    Args:
        module: The network at :math:`\theta_0`; any that runs under ``torch.func``.
        data: Inputs ``(N, ...)`` and targets ``(N, ...)``, on the module's device.
        direction: v by parameter name, e.g. minus the gradient of one slice; parameters that it lacks stay. It is scaled to unit norm.
        grid: Increasing and finite, two points or more, shape ``(S,)``.
        criterion: Maps outputs and targets to one loss a sample, shape ``(N,)``: do not average it.
        batch_size: Samples evaluated together; ``None`` for all at once.
        points: Grid points in one pass; memory grows with it. ``None`` means 16, or 1 for convolutions on a CPU.

    Raises:
        TypeError: For data or a direction of another kind, dtype or device than the parameters.
        ValueError: For an empty or non-finite grid, data that do not fit, a zero or non-finite direction, unknown parameters, dropout, a
            criterion that averages, or a loss on the line that is NaN or infinite.

    Source:
        Mutschler & Zell (2021), equation (1) and section 3.

    Example:
        >>> from dynamics import deep_linear, initialise
        >>> network = initialise(deep_linear([1, 1]), "identity", seed=0)
        >>> one = torch.ones(1, 1, dtype=torch.float64)
        >>> squares = lambda outputs, targets: (outputs - targets).square().sum(1)
        >>> line = line_loss(network, (one, 3 * one), {"layer1.weight": one}, [0.0, 1.0, 2.0, 3.0], criterion=squares)
        >>> line.full.losses.tolist(), line.full.slope  # (s - 2)^2
        ([4.0, 1.0, 0.0, 1.0], -4.0)
    """
    parameters = {name: p.detach() for name, p in module.named_parameters()}
    steps, (inputs, targets) = checked_grid(grid), _checked_data(module, parameters, data)
    unit, norm = _unit(direction, parameters)
    size, at_once = _sizes(module, inputs, batch_size, points)
    function, like = functional(module), next(iter(parameters.values()))

    def losses(s: Tensor, batch: slice) -> Tensor:
        found: Any = criterion(function(parameters | {k: parameters[k] + s * d for k, d in unit.items()}, inputs[batch]), targets[batch])
        if not isinstance(found, Tensor) or found.shape != inputs[batch].shape[:1]:
            shape = tuple(found.shape) if isinstance(found, Tensor) else type(found).__name__
            raise ValueError(f"the criterion gave {shape}: expected one loss a sample, ({len(inputs[batch])},), so do not average it")
        return found

    load_forward_mode()
    rows, slopes = [], []
    where = torch.as_tensor(steps, dtype=like.dtype, device=like.device)
    with torch.no_grad():
        for batch in (slice(i, min(i + size, len(inputs))) for i in range(0, len(inputs), size)):
            along = functools.partial(losses, batch=batch)
            found = torch.stack([along(s) for s in where]) if at_once == 1 else torch.func.vmap(along, chunk_size=at_once)(where)
            rows.append(found.double().cpu().numpy())
            slopes.append(torch.func.jvp(along, (like.new_zeros(()),), (like.new_ones(()),))[1].double().cpu().numpy())
    every, tangents = np.concatenate(rows, axis=1), np.concatenate(slopes)
    if not (np.isfinite(every).all() and np.isfinite(tangents).all()):
        raise ValueError(
            f"a loss on the line is NaN or infinite, from s = {_first_bad(steps, every)} on: shorten the grid, or check the data"
        )
    return LineLoss(steps, every, tangents, norm, size, type(module).__name__, str(like.dtype).removeprefix("torch."), str(like.device))


def checked_grid(grid: ArrayLike) -> Floats:
    """Return the grid as float64; raises ``ValueError`` unless it has two or more finite, increasing points."""
    steps = np.array(grid, dtype=np.float64)
    if steps.ndim != 1 or len(steps) < 2 or not np.isfinite(steps).all() or not (np.diff(steps) > 0).all():
        raise ValueError(f"the grid is {shown(grid)}: expected two or more step sizes, finite and increasing, shape (S,)")
    return steps


def _checked_data(module: nn.Module, parameters: Mapping[str, Tensor], data: Any) -> tuple[Tensor, Tensor]:
    if not parameters:
        raise ValueError(f"{type(module).__name__} has no parameters: expected a network that can move")
    require_no_dropout(module)
    if not isinstance(data, Sequence) or len(data) != 2 or not all(isinstance(part, Tensor) for part in data):
        raise TypeError(f"the data are {shown(data)}: expected a pair of tensors, inputs and targets")
    inputs, targets = data
    like = next(iter(parameters.values()))
    require_like("the inputs are", inputs, like)
    if targets.device != like.device:
        raise TypeError(f"the targets are on {targets.device}: expected {like.device}, like the parameters")
    if (
        not inputs.ndim
        or not inputs.numel()
        or len(inputs) != len(targets)
        or not bool(inputs.isfinite().all() and targets.isfinite().all())
    ):
        raise ValueError(f"inputs {tuple(inputs.shape)}, targets {tuple(targets.shape)}: expected as many, at least one, all finite")
    return inputs, targets


def _unit(direction: Any, parameters: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], float]:
    """The direction by name as a unit vector, and its norm in float64."""
    names: Any = list(direction) if isinstance(direction, Mapping) else type(direction).__name__
    if not names or not set(names) <= parameters.keys():
        raise ValueError(f"the direction is of {names}: expected a tensor for some of the parameters {list(parameters)}")
    for name, part in direction.items():
        require_like(f"the direction of {name} is", part, parameters[name])
        if part.shape != parameters[name].shape:
            raise ValueError(f"the direction of {name} has shape {tuple(part.shape)}: expected {tuple(parameters[name].shape)}")
    norm = float(torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(p, dtype=torch.float64) for p in direction.values()])))
    if not 0 < norm < math.inf:
        raise ValueError(f"the direction has norm {norm}: expected a finite one above 0; a zero gradient leads nowhere")
    return {name: part.detach() / norm for name, part in direction.items()}, norm


def _sizes(module: nn.Module, inputs: Tensor, batch_size: Any, points: Any) -> tuple[int, int]:
    for name, value in (("batch_size", batch_size), ("points", points)):
        if value is not None and not whole(value, 1):
            raise ValueError(f"{name} = {shown(value)}: expected a positive integer or None")
    slow = inputs.device.type == "cpu" and any(isinstance(part, nn.modules.conv._ConvNd) for part in module.modules())
    return len(inputs) if batch_size is None else min(int(batch_size), len(inputs)), int(points or (1 if slow else POINTS))


def _first_bad(steps: Floats, losses: Floats) -> float:
    """Of the bad grid points the nearest to 0; 0 if only a slope is bad."""
    bad = steps[~np.isfinite(losses).all(axis=1)]
    return float(bad[np.abs(bad).argmin()]) if bad.size else 0.0
