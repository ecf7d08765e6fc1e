r"""The nonlinear measurement of a step: by how much the states of a network depart from their tangents (Ni & Talnikar, section 3).

.. math:: \epsilon(\psi) = \frac1I \sum_{i=1}^I \frac{\|u_i(\psi) - u_i - v_i\psi\|}{\|v_i\psi\|} = C\psi + O(\psi^2), \qquad
          C = \frac1I \sum_{i=1}^I \frac{\|v'_i\|}{\|v_i\|}

A step is within the :math:`\epsilon^*`-linear range if :math:`\epsilon \le \epsilon^*`.

The quotient of one layer has no value where the tangent is exactly 0, and the paper is silent on it. Here

- a layer with :math:`v_i = 0` that stays where it is has the ratio NaN and is left out of the mean, so that a frozen first layer changes
  nothing; a sample for which all are left out has :math:`\epsilon = 0`;
- a layer with :math:`v_i = 0` that moves has the ratio infinity: no step is in its linear range (or only steps that do not move it);
- new states that overflow are infinitely far from their tangents.

For a neural ODE the mean becomes an integral over time (appendix A); its states at the times :math:`t_1 < \dots < t_I` count with the
weights :math:`(t_i - t_{i-1})/t_I`, the rule of right endpoints, which for equal times is the same mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from dynamics.lines._pure_functions import Direction, Line, States
from dynamics.networks.layers import NeuralODE

TangentMethod = Literal["jvp", "finite-difference"]
Measure = Literal["mean-of-ratios", "ratio-of-means"]
# What rounding alone can make of u_new - u_old - v psi, in ulps of the new state: one rounding of each of the two states and of the
# tangent, times the length of the sums that they come from, for which 16 stands (random signs, so the root of a few hundred terms).
ROUNDING = 16


@dataclass(frozen=True, eq=False)
class NonlinearMeasurement:
    r"""How nonlinear a step is, layer by layer and sample by sample.

    Attributes:
        step_size: :math:`\psi`.
        deviations: :math:`\|u_i(\psi) - u_i - v_i\psi\|`, i = 1, ..., I, shape ``(I, samples)``.
        tangents: :math:`\|v_i\psi\|`, shape ``(I, samples)``.
        scales: :math:`\|u_i(\psi)\| + \|u_i\|`, shape ``(I, samples)``; rounding is proportional to it.
        weights: Of the layers, shape ``(I,)``, of sum 1.
    """

    step_size: float
    deviations: Tensor
    tangents: Tensor
    scales: Tensor
    weights: Tensor

    @property
    def ratios(self) -> Tensor:
        """Deviation over tangent, shape ``(I, samples)``; NaN for 0/0, infinity where the tangent is 0 or the new state overflows."""
        return torch.where(self.deviations.isinf(), torch.inf, self.deviations / self.tangents)

    @property
    def epsilon(self) -> Tensor:
        r"""The measurement :math:`\epsilon` of each sample, equation 13, shape ``(samples,)``."""
        return _mean_over_layers(self.ratios, self.weights).nan_to_num(0.0, torch.inf)

    def mean(self, measure: Measure = "mean-of-ratios") -> float:
        r"""Return the :math:`\epsilon` of the batch; NaN if the direction moves no state of any sample.

        Args:
            measure: ``mean-of-ratios``, :math:`\frac1N \sum_n \epsilon_n`, as line 11 of Algorithm 1, or ``ratio-of-means``,
                :math:`\frac1I \sum_i \sum_n \|u_{i,n}(\psi) - u_{i,n} - v_{i,n}\psi\| / \sum_n \|v_{i,n}\psi\|`, which a few samples with
                small tangents do not dominate. Ratios over a tangent of 0 are left out of both.

        Raises:
            ValueError: For another measure.
        """
        return self._batch_mean(self.deviations, measure)

    def resolution(self, measure: Measure = "mean-of-ratios") -> float:
        r"""Return what rounding alone may make of `mean`: an :math:`\epsilon` below it is indistinguishable from 0."""
        return self._batch_mean(ROUNDING * torch.finfo(self.scales.dtype).eps * self.scales, measure)

    def _batch_mean(self, numerators: Tensor, measure: Measure) -> float:
        moves = self.tangents > 0
        if measure == "mean-of-ratios":
            return _mean_over_layers((numerators / self.tangents).where(moves, torch.nan), self.weights).nanmean().item()
        if measure == "ratio-of-means":
            ratios = numerators.where(moves, 0).sum(1) / self.tangents.sum(1)
            return _mean_over_layers(ratios[:, None], self.weights).item()
        raise ValueError(f"the measure is {measure!r}: expected 'mean-of-ratios' or 'ratio-of-means'")


def nonlinear_measurement(
    network: nn.Module,
    inputs: Tensor,
    direction: Direction,
    step_size: float,
    *,
    tangent: TangentMethod = "jvp",
    delta: float = 1e-6,
) -> NonlinearMeasurement:
    r"""Return :math:`\epsilon(\psi)` of a step :math:`s + \psi\sigma` (equation 13). It costs one forward-mode and one forward pass.

    Args:
        network: A module with ``states(x)``; see `dynamics.tangent`.
        inputs: x, shape ``(samples, ...)``.
        direction: :math:`\sigma` by parameter name; for descent, minus the gradient.
        step_size: :math:`\psi`, a positive number.
        tangent: ``jvp``, exact, or ``finite-difference``, as in sections 3.3 and 4.3; see `dynamics.lines.tangents`.
        delta: Of the finite difference.

    Raises:
        TypeError, ValueError: As `dynamics.tangent`; for a step size or delta that is not positive, and another method.

    Example:
        >>> from dynamics import deep_linear, initialise
        >>> network = initialise(deep_linear([1, 1, 1]), "identity", seed=0)  # 1 + 3 psi + 2 psi^2; layer 1 is linear
        >>> one = torch.ones(1, 1, dtype=torch.float64)
        >>> measured = nonlinear_measurement(network, one, {"layer1.weight": one, "layer2.weight": 2 * one}, 0.75)
        >>> measured.ratios.squeeze(1).tolist(), measured.epsilon.item()
        ([0.0, 0.5], 0.25)
    """
    if tangent not in ("jvp", "finite-difference"):
        raise ValueError(f"the tangent is {tangent!r}: expected 'jvp' or 'finite-difference'")
    line = Line(network, inputs, direction)
    states, tangents = line.tangent() if tangent == "jvp" else line.difference(delta)
    moved = line.new_states(step_size)
    linear = [v * step_size for v in tangents]
    deviations = norms([b - a - t for a, b, t in zip(states, moved, linear, strict=True)]).nan_to_num(torch.inf, torch.inf)
    return NonlinearMeasurement(step_size, deviations, norms(linear), norms(moved) + norms(states), _weights(network, deviations))


def measurement_slope(network: nn.Module, inputs: Tensor, direction: Direction) -> Tensor:
    r"""Return C of :math:`\epsilon = C\psi + O(\psi^2)`, :math:`\frac1I\sum_i \|v'_i\|/\|v_i\|`, for each sample, shape ``(samples,)``.

    Layers whose tangent is 0 count as in the measurement: NaN, and left out, if their second-order tangent is 0 too; else infinity.
    Arguments and errors as `dynamics.second_tangent`.

    Example:
        >>> from dynamics import deep_linear, initialise
        >>> network = initialise(deep_linear([1, 1, 1]), "identity", seed=0)  # 1 + 3 psi + 2 psi^2
        >>> one = torch.ones(1, 1, dtype=torch.float64)
        >>> measurement_slope(network, one, {"layer1.weight": one, "layer2.weight": 2 * one}).item()  # (0 + 2/3) / 2
        0.3333333333333333
    """
    line = Line(network, inputs, direction)
    ratios = norms(line.second_tangent()) / norms(line.tangent()[1])
    return _mean_over_layers(ratios, _weights(network, ratios)).nan_to_num(0.0, torch.inf)


def norms(states: States) -> Tensor:
    """Return the norm of each state but the first, sample by sample, shape ``(I, samples)``."""
    return torch.stack([torch.linalg.vector_norm(u.flatten(1), dim=1) for u in states[1:]])


def _weights(network: nn.Module, layers: Tensor) -> Tensor:
    """Return 1/I for each layer; for a neural ODE its share of the time."""
    if isinstance(network, NeuralODE):
        times = torch.as_tensor(network.times, dtype=layers.dtype, device=layers.device)
        return times.diff() / times[-1]
    return layers.new_full((len(layers),), 1 / len(layers))


def _mean_over_layers(ratios: Tensor, weights: Tensor) -> Tensor:
    """Return the weighted mean of the ratios that are not NaN, shape ``(samples,)``; NaN where all are."""
    shares = torch.where(ratios.isnan(), 0, weights[:, None])
    return torch.where(ratios.isnan(), 0, ratios * shares).sum(0) / shares.sum(0)
