r"""Many logistic networks at once: states, adjoint gradients, tangents and linGrad, by hand (Ni & Talnikar, equations 14 to 16).

.. math:: u_{i+1} = g(W_i u_i + b_i),\quad v_{i+1} = \Lambda_i(W_i v_i + \Sigma_i u_i + \beta_i),\quad \bar v_i = \bar v_{i+1}\Lambda_i W_i,
          \quad \Lambda_i = \mathrm{diag}[u_{i+1}(1 - u_{i+1})]

A minibatch of 10 samples is too small for a processor to be busy with one network of width 50; with dozens of networks, a step is a few
batched products. `dynamics.optimizers.LinGrad` is the optimizer for one network of any kind; this one takes the same steps (the tests
compare them) and is for the experiments of `dynamics.linear_range_experiments`. Two differences: where rounding hides epsilon, `LinGrad`
tries larger steps, and here the step size stays, as where epsilon is 0; the step size may grow a thousandfold at once (`MAX_GROWTH`).

A stack of K networks is a list of tensors, one a layer, of shape ``(K, n_i + 1, n_{i+1})``: the transposed :math:`W_i` and, as last row,
:math:`b_i`. Samples are rows, shape ``(K, samples, n)``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from dynamics.linear_range import ROUNDING

MAX_GROWTH = 1000.0  # the paper has no limit, and an initial step of 0.01 is a hundredfold too small; the default of LinGrad is 10


def stacked_states(layers: Sequence[Tensor], inputs: Tensor) -> list[Tensor]:
    """Return u_0, ..., u_I, each of shape ``(K, samples, n_i)``.

    Example:
        >>> [tuple(u.shape) for u in stacked_states([torch.zeros(4, 3, 5), torch.zeros(4, 6, 1)], torch.zeros(4, 10, 2))]
        [(4, 10, 2), (4, 10, 5), (4, 10, 1)]
    """
    states = [inputs]
    for layer in layers:
        states.append(torch.baddbmm(layer[:, -1:], states[-1], layer[:, :-1]).sigmoid_())
    return states


def stacked_gradients(layers: Sequence[Tensor], states: Sequence[Tensor], targets: Tensor) -> list[Tensor]:
    r"""Return the gradients of :math:`\frac1N\sum_n \frac12\|u_{I,n} - y_n\|^2`, shaped as the layers (equation 16, without its sign)."""
    adjoint = (states[-1] - targets) / targets.shape[1]
    gradients = []
    for layer, before, after in zip(reversed(layers), reversed(states[:-1]), reversed(states[1:]), strict=True):
        adjoint = adjoint * after * (1 - after)
        gradients.append(torch.cat([before.mT @ adjoint, adjoint.sum(1, keepdim=True)], 1))
        if len(gradients) < len(layers):
            adjoint = adjoint @ layer[:, :-1].mT
    return gradients[::-1]


def stacked_tangents(layers: Sequence[Tensor], states: Sequence[Tensor], direction: Sequence[Tensor]) -> list[Tensor]:
    """Return v_1, ..., v_I along the direction, shaped as the layers (equation 15)."""
    tangents: list[Tensor] = []
    for layer, sigma, before, after in zip(layers, direction, states[:-1], states[1:], strict=True):
        moved = torch.baddbmm(sigma[:, -1:], before, sigma[:, :-1])
        if tangents:
            moved = moved + tangents[-1] @ layer[:, :-1]
        tangents.append(after * (1 - after) * moved)
    return tangents


def stacked_measurement(
    layers: Sequence[Tensor], states: Sequence[Tensor], direction: Sequence[Tensor], tangents: Sequence[Tensor], step_sizes: Tensor
) -> tuple[Tensor, Tensor]:
    r"""Return :math:`\epsilon` of each network's step, shape ``(K,)``, and what rounding alone may make of it.

    The mean over the minibatch of equation 13, where layers with a tangent of 0 are left out, as in `dynamics.nonlinear_measurement`.
    """
    psi = step_sizes[:, None, None]
    moved = stacked_states([layer + psi * sigma for layer, sigma in zip(layers, direction, strict=True)], states[0])
    deviations, linear, scales = (
        torch.stack([torch.linalg.vector_norm(part, dim=2) for part in parts])
        for parts in (
            [new - old - psi * v for new, old, v in zip(moved[1:], states[1:], tangents, strict=True)],
            [psi * v for v in tangents],
            [torch.cat([new, old], 2) for new, old in zip(moved[1:], states[1:], strict=True)],
        )
    )
    mean = [(part / linear).where(linear > 0, torch.nan).nanmean(0).nanmean(1) for part in (deviations, scales)]
    return mean[0], ROUNDING * torch.finfo(psi.dtype).eps * mean[1]


@dataclass(frozen=True, slots=True)
class Measured:
    r"""What one network measured at one minibatch.

    Attributes:
        network: Its number in the stack.
        tried: :math:`\epsilon` of the step size so far, which Algorithm 1 measures.
        taken: :math:`\epsilon` of the step size from here on, on the same minibatch.
        step_size: That step size.
    """

    network: int
    tried: float
    taken: float
    step_size: float


class StackedDescent:
    r"""Gradient descent with a fixed step size or by linGrad (Algorithm 1), each network of the stack by its own rule.

    Args:
        layers: The stack; changed in place.
        step_sizes: Of each network, shape ``(K,)``: the fixed one, or :math:`\psi_0`.
        epsilon_star: Of each network; ``None`` keeps its step size fixed.
        every: :math:`N_{lin}` of each network.
        history: :math:`N_{hist}` of each network.

    Raises:
        ValueError: If the numbers of networks disagree, or a step size or an option is not positive.

    Example:
        >>> nets = StackedDescent([torch.zeros(2, 2, 1)], torch.tensor([1.0, 1.0]), [None, 0.1], [1, 1], [50, 50])
        >>> [m.network for m in nets.step(torch.ones(2, 1, 1), torch.ones(2, 1, 1))]
        [1]
        >>> nets.step_sizes[0] == 1.0, nets.step_sizes[1] > 1.0
        (tensor(True), tensor(True))
    """

    def __init__(
        self,
        layers: list[Tensor],
        step_sizes: Tensor,
        epsilon_star: Sequence[float | None],
        every: Sequence[int],
        history: Sequence[int],
    ) -> None:
        counts = {len(step_sizes), len(epsilon_star), len(every), len(history), *(len(layer) for layer in layers)}
        if len(counts) > 1:
            raise ValueError(f"layers, step sizes and options are for {sorted(counts)} networks: expected one number")
        if not bool((step_sizes > 0).all()) or not bool(step_sizes.isfinite().all()):
            raise ValueError(f"the step sizes are {step_sizes.tolist()}: expected positive finite numbers")
        if not all(epsilon is None or epsilon > 0 for epsilon in epsilon_star) or min(every) < 1:
            raise ValueError(
                f"epsilon_star is {list(epsilon_star)}, every is {list(every)}: expected positive numbers, or None to keep a step"
            )
        self.layers, self.step_sizes = layers, step_sizes.clone()
        self.rules = [(k, epsilon, n) for k, (epsilon, n) in enumerate(zip(epsilon_star, every, strict=True)) if epsilon is not None]
        self.candidates = [deque[float](maxlen=count) for count in history]
        self.minibatches = 0

    def step(self, inputs: Tensor, targets: Tensor) -> list[Measured]:
        """Measure where it is time to, then step; inputs and targets of shape ``(K, samples, n)``."""
        states = stacked_states(self.layers, inputs)
        gradients = stacked_gradients(self.layers, states, targets)
        due = {k: epsilon for k, epsilon, every in self.rules if self.minibatches % every == 0}
        measured = self._measure(due, states, gradients) if due else []
        for layer, gradient in zip(self.layers, gradients, strict=True):
            layer.addcmul_(gradient, self.step_sizes[:, None, None], value=-1)
        self.minibatches += 1
        return measured

    def _measure(self, due: Mapping[int, float], states: Sequence[Tensor], gradients: Sequence[Tensor]) -> list[Measured]:
        """Lines 7 to 13 of Algorithm 1, for the networks that are due, with their epsilon*."""
        chosen = [*due]
        layers, old, direction = [x[chosen] for x in self.layers], [u[chosen] for u in states], [-g[chosen] for g in gradients]
        tangents = stacked_tangents(layers, old, direction)
        tried, noise = stacked_measurement(layers, old, direction, tangents, self.step_sizes[chosen])
        for k, epsilon, resolution in zip(due, tried.tolist(), noise.tolist(), strict=True):
            if epsilon > resolution:
                step_size = self.step_sizes[k].item()
                self.candidates[k].append(step_size * due[k] / epsilon)
                self.step_sizes[k] = min(*self.candidates[k], MAX_GROWTH * step_size)
        taken, _ = stacked_measurement(layers, old, direction, tangents, self.step_sizes[chosen])
        return [Measured(*row) for row in zip(due, tried.tolist(), taken.tolist(), self.step_sizes[chosen].tolist(), strict=True)]
