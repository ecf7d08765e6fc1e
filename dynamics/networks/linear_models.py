r"""Least squares, logistic and softmax regression under gradient descent, from many starts at once. (Yedida & Saha, section 7.1).

A model returns the loss and its gradient for a stack of weights; `descend` steps, `first_below` counts the epochs until the loss is below a
threshold. For least squares the loss after any number of epochs is known at once: `closed_form`.

All in float64, on the device of the inputs. The losses are those of logits, by log-sum-exp: they do not overflow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import softplus

LONGEST = 10**12  # epochs: far beyond any run, and exact in float64


class Model(Protocol):
    """A mean loss over m samples, of weights ``(s, n, k)``: s starts, n features, k outputs."""

    @property
    def inputs(self) -> Tensor:
        """The samples, ``(m, n)``."""
        ...

    @property
    def outputs(self) -> int:
        """How many outputs k the model has."""
        ...

    def loss_and_gradient(self, weights: Tensor) -> tuple[Tensor, Tensor]:
        """Return the loss of each start, ``(s,)``, and its gradient, ``(s, n, k)``."""
        ...


@dataclass(frozen=True, eq=False)
class LeastSquares:
    r"""The loss :math:`\frac1{2m}|Xw - y|^2`.

    Attributes:
        inputs: X, float64, ``(m, n)``.
        targets: y, float64, ``(m,)``.

    Raises:
        TypeError: Another dtype.
        ValueError: Other shapes, no sample, NaN or infinity.

    Example:
        >>> X, y = torch.tensor([[1.0], [2.0]]).double(), torch.tensor([1.0, 2.0]).double()
        >>> LeastSquares(X, y).loss_and_gradient(torch.zeros(1, 1, 1).double())
        (tensor([1.2500], dtype=torch.float64), tensor([[[-2.5000]]], dtype=torch.float64))
    """

    inputs: Tensor
    targets: Tensor
    outputs = 1

    def __post_init__(self) -> None:
        _check_inputs(self.inputs)
        _check("targets", self.targets, torch.float64, (len(self.inputs),))

    def loss_and_gradient(self, weights: Tensor) -> tuple[Tensor, Tensor]:
        """Return the loss of each start, ``(s,)``, and its gradient, ``(s, n, 1)``."""
        residuals = self.inputs @ weights[..., 0].T - self.targets[:, None]
        return residuals.square().mean(0) / 2, (self.inputs.T @ residuals / len(self.inputs)).T[..., None]


@dataclass(frozen=True, eq=False)
class Logistic:
    r"""The loss :math:`\frac1m\sum_i \log(1 + e^{z_i}) - y_i z_i` with z = Xw.

    Attributes:
        inputs: X, float64, ``(m, n)``.
        labels: y, int64, 0 or 1, ``(m,)``.

    Raises:
        TypeError: Another dtype.
        ValueError: Other shapes or labels, no sample, NaN or infinity.

    Example:
        >>> model = Logistic(torch.tensor([[-1e9], [1e9]]).double(), torch.tensor([1, 1]))
        >>> model.loss_and_gradient(torch.ones(1, 1, 1).double())
        (tensor([5.0000e+08], dtype=torch.float64), tensor([[[5.0000e+08]]], dtype=torch.float64))
    """

    inputs: Tensor
    labels: Tensor
    outputs = 1

    def __post_init__(self) -> None:
        _check_inputs(self.inputs)
        _check_labels(self.labels, len(self.inputs), 2)

    def loss_and_gradient(self, weights: Tensor) -> tuple[Tensor, Tensor]:
        """Return the loss of each start, ``(s,)``, and its gradient, ``(s, n, 1)``."""
        logits = self.inputs @ weights[..., 0].T
        targets = self.labels.to(logits.dtype)[:, None]
        loss = (softplus(logits) - targets * logits).mean(0)
        return loss, (self.inputs.T @ (torch.sigmoid(logits) - targets) / len(logits)).T[..., None]

    def predict(self, inputs: Tensor, weights: Tensor) -> Tensor:
        """Return the likelier label of each sample, ``(s, m)``; 0 if both are equally likely."""
        return (inputs @ weights[..., 0].T > 0).T.long()


@dataclass(frozen=True, eq=False)
class Softmax:
    r"""The loss :math:`\frac1m\sum_i \log\sum_j e^{z_{ij}} - z_{iy_i}` with z = XW.

    Attributes:
        inputs: X, float64, ``(m, n)``.
        labels: y, int64, among 0, ..., classes - 1, ``(m,)``.
        classes: k >= 2.

    Raises:
        TypeError: Another dtype.
        ValueError: Other shapes or labels, no sample, NaN or infinity, fewer than two classes.

    Example:
        >>> model = Softmax(torch.eye(3).double(), torch.tensor([0, 1, 2]), 3)
        >>> loss, gradient = model.loss_and_gradient(1e6 * torch.eye(3).double()[None])
        >>> bool(loss == 0), bool((gradient == 0).all())
        (True, True)
    """

    inputs: Tensor
    labels: Tensor
    classes: int

    def __post_init__(self) -> None:
        _check_inputs(self.inputs)
        if type(self.classes) is not int or self.classes < 2:
            raise ValueError(f"classes is {self.classes!r}: expected an integer, at least 2")
        _check_labels(self.labels, len(self.inputs), self.classes)

    @property
    def outputs(self) -> int:
        """One output a class."""
        return self.classes

    def loss_and_gradient(self, weights: Tensor) -> tuple[Tensor, Tensor]:
        """Return the loss of each start, ``(s,)``, and its gradient, ``(s, n, k)``."""
        logs = torch.log_softmax(self.inputs @ weights, dim=-1)  # (s, m, k)
        rows = torch.arange(len(self.labels), device=self.labels.device)
        loss = -logs[:, rows, self.labels].mean(1)
        errors = logs.exp_()
        errors[:, rows, self.labels] -= 1
        return loss, self.inputs.T @ errors / len(self.labels)

    def predict(self, inputs: Tensor, weights: Tensor) -> Tensor:
        """Return the likeliest label of each sample, ``(s, m)``; the first of them in a tie."""
        return (inputs @ weights).argmax(-1)


def descend(model: Model, weights: Tensor, step: float) -> Iterator[tuple[Tensor, Tensor]]:
    r"""Yield weights and losses, from the start on, without end, of :math:`w \leftarrow w - \alpha\nabla\ell(w)`.

    Args:
        model: The loss.
        weights: The starts, float64, ``(s, n, k)``; they are left as they are.
        step: alpha > 0.

    Raises:
        TypeError: Another dtype.
        ValueError: Other shapes, a step that is not positive, NaN or infinity.
    """
    if not 0 < step < float("inf"):
        raise ValueError(f"step is {step!r}: expected a positive number")
    expected = (len(weights) if weights.ndim else 1, model.inputs.shape[1], model.outputs)
    _check("weights", weights, torch.float64, expected)
    while True:
        loss, gradient = model.loss_and_gradient(weights)
        yield weights, loss
        weights = weights - step * gradient


def first_below(model: Model, weights: Tensor, step: float, threshold: float, budget: int) -> list[int | None]:
    """Return for each start the first epoch, counted from 0, at which the loss is below the threshold; None if none of the budget is."""
    found: list[int | None] = [None] * len(weights)
    waiting = len(found)
    for epoch, (_, losses) in zip(range(budget + 1), descend(model, weights, step), strict=False):
        below = losses < threshold
        if bool(below.any()):
            for start in below.nonzero()[:, 0].tolist():
                if found[start] is None:
                    found[start] = epoch
                    waiting -= 1
        if not waiting:
            break
    return found


@dataclass(frozen=True, eq=False)
class ClosedForm:
    r"""Losses of least squares, :math:`\ell_0 + \sum_i c_i\,((1 - \alpha\lambda_i)^{2t} - 1)` after t epochs.

    Attributes:
        curvatures: The eigenvalues of the Hessian, ``(r,)``.
        shares: c, what each direction adds to the loss of each start, ``(r, s)``.
        first: The losses at the starts, ``(s,)``.
    """

    curvatures: Tensor
    shares: Tensor
    first: Tensor

    def losses(self, step: float, epochs: Tensor) -> Tensor:
        """Return the loss of each start after its number of epochs, both ``(s,)``; infinity where it is too large for a float."""
        growth = torch.expm1(self._powers(step, epochs))
        return self.first + torch.where(self.shares == 0, 0.0, growth * self.shares).sum(0)

    def first_below(self, step: float, threshold: float, budget: int = LONGEST) -> list[int | None]:
        """Return for each start the first epoch, counted from 0, at which the loss is below the threshold; None if none of the budget is.

        A sum of powers r^t is convex in t: its least value is sought first, then where the threshold is crossed before it.
        """

        def rises(epochs: Tensor) -> Tensor:
            change = step * self.curvatures * (step * self.curvatures - 2)
            weights = self.shares * change[:, None]
            return torch.where(weights == 0, 0.0, self._powers(step, epochs).exp() * weights).sum(0) >= 0

        least = _first(rises, len(self.first), budget, self.first.device)
        reached = self.losses(step, least) < threshold
        epochs = _first(lambda t: (self.losses(step, t) < threshold) | (t >= least), len(self.first), budget, self.first.device)
        return [int(epoch) if yes else None for epoch, yes in zip(epochs.tolist(), reached.tolist(), strict=True)]

    def _powers(self, step: float, epochs: Tensor) -> Tensor:
        """Return the logarithm of (1 - step lambda)^2t, ``(r, s)``."""
        scaled = step * self.curvatures
        small = scaled < 0.5  # where 1 - scaled would lose digits
        logarithms = torch.where(small, torch.log1p(-scaled.where(small, 0.0)), (1 - scaled).abs().log())
        return torch.where(epochs == 0, 0.0, 2 * epochs * logarithms[:, None])  # 0^0 = 1, where a step is 1/lambda


def closed_form(model: LeastSquares, weights: Tensor) -> ClosedForm:
    r"""Return the losses after any number of epochs, by the singular values :math:`\sqrt{m\lambda_i}` of X.

    Args:
        model: The loss.
        weights: The starts, float64, ``(s, n, 1)``.
    """
    left, sizes, _ = torch.linalg.svd(model.inputs, full_matrices=False)
    m, residuals = len(model.inputs), model.inputs @ weights[..., 0].T - model.targets[:, None]
    return ClosedForm(sizes.square() / m, (left.T @ residuals).square() / (2 * m), residuals.square().mean(0) / 2)


def _first(holds: Callable[[Tensor], Tensor], count: int, last: int, device: torch.device) -> Tensor:
    """Return the first of 0, ..., last at which each condition holds, which once true stays true; last if none does."""
    low = torch.zeros(count, dtype=torch.float64, device=device)
    high = torch.full_like(low, float(last))
    while bool((low < high).any()):
        middle = ((low + high) / 2).floor()
        true = holds(middle)
        low, high = torch.where(true, low, middle + 1).minimum(high), torch.where(true, middle, high)
    return high


def _check_inputs(inputs: Tensor) -> None:
    if inputs.ndim != 2 or 0 in inputs.shape:
        raise ValueError(f"inputs have the shape {tuple(inputs.shape)}: expected m x n, m, n >= 1")
    _check("inputs", inputs, torch.float64, tuple(inputs.shape))


def _check_labels(labels: Tensor, count: int, classes: int) -> None:
    _check("labels", labels, torch.int64, (count,))
    if int(labels.min()) < 0 or int(labels.max()) >= classes:
        raise ValueError(f"labels go from {int(labels.min())} to {int(labels.max())}: expected 0 to {classes - 1}")


def _check(name: str, tensor: Tensor, dtype: torch.dtype, shape: tuple[int, ...]) -> None:
    if tensor.dtype != dtype:
        raise TypeError(f"{name} are {tensor.dtype}: expected {dtype}")
    if tuple(tensor.shape) != shape:
        raise ValueError(f"{name} have the shape {tuple(tensor.shape)}: expected {shape}")
    if not bool(torch.isfinite(tensor).all()):
        raise ValueError(f"{name} hold NaN or infinity: expected finite numbers")
