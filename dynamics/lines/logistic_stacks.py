r"""Many logistic networks at once: states, adjoint gradients, tangents and linGrad, by hand (Ni & Talnikar, equations 14 to 16).

.. math:: u_{i+1} = g(W_i u_i + b_i),\quad v_{i+1} = \Lambda_i(W_i v_i + \Sigma_i u_i + \beta_i),\quad \bar v_i = \bar v_{i+1}\Lambda_i W_i,
          \quad \Lambda_i = \mathrm{diag}[u_{i+1}(1 - u_{i+1})]

A minibatch of 10 samples is too small for a processor to be busy with one network of width 50; with dozens of networks, a step is a few
batched products. `dynamics.optimizers.LinGrad` is the optimizer for one network of any kind; this one takes the same steps (the tests
compare them) and is for the experiments of `dynamics.experiments.linear_range_training`. Two differences: where rounding hides epsilon,
`LinGrad` tries larger steps, and here the step size stays, as where epsilon is 0; the step size may grow a thousandfold at once
(`MAX_GROWTH`).

A stack of K networks is a list of tensors, one a layer, of shape ``(K, n_i + 1, n_{i+1})``: the transposed :math:`W_i` and, as last row,
:math:`b_i`. Samples are rows, shape ``(K, samples, n)``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

from dynamics.lines.linear_range import ROUNDING

Measure = Literal["states", "objective", "minibatch-objective", "layer", "capped-layer"]
CAP = 1.0  # of the objective's relative error where it is capped; the paper prints none. From 1 on, the tangent predicts nothing
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
    layers: Sequence[Tensor],
    states: Sequence[Tensor],
    direction: Sequence[Tensor],
    tangents: Sequence[Tensor],
    step_sizes: Tensor,
    targets: Tensor | None = None,
    measures: Sequence[Measure] | None = None,
) -> tuple[Tensor, Tensor]:
    r"""Return :math:`\epsilon` of each network's step, shape ``(K,)``, and what rounding alone may make of it.

    The mean over the minibatch of equation 13, where layers with a tangent of 0 are left out, as in `dynamics.nonlinear_measurement`;
    or, where ``measures`` says so, what section 3.3 tells of, with the objective :math:`J = \frac12|u_I - y|^2` of each sample:

    * ``objective``: the mean of :math:`|J_{new} - J_{old} - \psi J'| / |\psi J'|` over the minibatch, in place of (13);
    * ``minibatch-objective``: that ratio, once, for the mean of J over the minibatch;
    * ``layer``: that ratio of each sample as one more layer of (13); ``capped-layer``: at most `CAP` of it.

    Args:
        layers: The stack.
        states: From `stacked_states`.
        direction: In which the layers move, shaped as they are.
        tangents: From `stacked_tangents`.
        step_sizes: :math:`\psi`, shape ``(K,)``.
        targets: y, shape ``(K, samples, n)``; only needed where the objective counts.
        measures: Of each network; by default ``states``.
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
    ratios = [(part / linear).where(linear > 0, torch.nan) for part in (deviations, scales)]
    mean = [part.nanmean(0).nanmean(1) for part in ratios]
    if measures is not None and targets is not None:
        objective = _objective_parts(states[-1] - targets, moved[-1] - targets, psi * tangents[-1])
        mean = [_with_objective(*parts, measures) for parts in zip(ratios, _ratios(objective), _ratios(objective.sum(2)), strict=True)]
    return mean[0], ROUNDING * torch.finfo(psi.dtype).eps * mean[1]


def _objective_parts(old: Tensor, new: Tensor, linear: Tensor) -> Tensor:
    """By how much J departs from its tangent, that tangent, and J before and after, of each sample: shape ``(3, K, samples)``."""
    before, after, slope = (part.sum(2) for part in (old**2 / 2, new**2 / 2, old * linear))
    return torch.stack([after - before - slope, slope, after + before])


def _ratios(parts: Tensor) -> tuple[Tensor, Tensor]:
    deviation, slope, scale = parts.abs()
    return (deviation / slope).where(slope > 0, torch.nan), (scale / slope).where(slope > 0, torch.nan)


def _with_objective(states: Tensor, objective: Tensor, minibatch: Tensor, measures: Sequence[Measure]) -> Tensor:
    """The mean of each network by its own measure: of ``(I, K, samples)``, ``(K, samples)`` and ``(K,)``."""
    layers = [torch.cat([states, last[None]]).nanmean(0) for last in (objective, objective.clamp(max=CAP))]
    of_samples = [states.nanmean(0), objective, *layers]
    means = dict(zip(("states", "objective", "layer", "capped-layer"), (part.nanmean(1) for part in of_samples), strict=True))
    means["minibatch-objective"] = minibatch
    return torch.stack([means[measure][k] for k, measure in enumerate(measures)])


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
        measures: What each network measures, see `stacked_measurement`; by default ``states``, equation 13.

    Raises:
        ValueError: If the numbers of networks disagree, or a measure is unknown, or a step size or an option is not positive.

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
        measures: Sequence[Measure] | None = None,
    ) -> None:
        self.measures = list(measures) if measures is not None else ["states"] * len(step_sizes)
        if not {*self.measures} <= {*get_args(Measure)}:
            raise ValueError(f"the measures are {sorted({*self.measures})}: expected some of {', '.join(get_args(Measure))}")
        counts = {len(step_sizes), len(epsilon_star), len(every), len(history), len(self.measures), *(len(layer) for layer in layers)}
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
        measured = self._measure(due, states, gradients, targets) if due else []
        for layer, gradient in zip(self.layers, gradients, strict=True):
            layer.addcmul_(gradient, self.step_sizes[:, None, None], value=-1)
        self.minibatches += 1
        return measured

    def _measure(self, due: Mapping[int, float], states: Sequence[Tensor], gradients: Sequence[Tensor], targets: Tensor) -> list[Measured]:
        """Lines 7 to 13 of Algorithm 1, for the networks that are due, with their epsilon*."""
        chosen = [*due]
        layers, old, direction = [x[chosen] for x in self.layers], [u[chosen] for u in states], [-g[chosen] for g in gradients]
        tangents = stacked_tangents(layers, old, direction)
        measures = [self.measures[k] for k in chosen]
        goal = (targets[chosen], measures) if {*measures} != {"states"} else (None, None)
        tried, noise = stacked_measurement(layers, old, direction, tangents, self.step_sizes[chosen], *goal)
        for k, epsilon, resolution in zip(due, tried.tolist(), noise.tolist(), strict=True):
            if epsilon > resolution:
                step_size = self.step_sizes[k].item()
                self.candidates[k].append(step_size * due[k] / epsilon)
                self.step_sizes[k] = min(*self.candidates[k], MAX_GROWTH * step_size)
        taken, _ = stacked_measurement(layers, old, direction, tangents, self.step_sizes[chosen], *goal)
        return [Measured(*row) for row in zip(due, tried.tolist(), taken.tolist(), self.step_sizes[chosen].tolist(), strict=True)]
