r"""How the states of a network move with its parameters: tangents forwards, adjoints backwards, and the sensitivity by both.

A network is a chain of states :math:`u_0 = x,\ u_{i+1} = f_i(u_0, \dots, u_i; s)`. Along a direction :math:`\sigma` its parameters are
:math:`s + \psi\sigma`, so its states are functions of the step size :math:`\psi`,

.. math:: u_i(\psi) = u_i + v_i \psi + v'_i \psi^2 + O(\psi^3),

with the tangents :math:`v_i` and, half the second derivatives, the second-order tangents :math:`v'_i`. All samples of a batch share the
direction, so one forward-mode pass has the tangents of every sample. After Ni & Talnikar (arXiv:1905.04561), sections 2 and 3; where a
layer sees all earlier states these are the equations 17, and where it is the flow of a vector field, 18.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from dynamics.lines._pure_functions import Direction, Line, Objective, Pure


def tangent(network: nn.Module, inputs: Tensor, direction: Direction) -> list[Tensor]:
    r"""Return :math:`v_i = du_i/d\psi|_0`: :math:`v_0 = 0,\ v_{i+1} = \sum_{j \le i} f_{u_j} v_j + f_s \sigma` (equations 3 and 17).

    Args:
        network: A module with ``states(x)``, as all of `dynamics.networks.architectures` and `dynamics.networks.image_networks`. Batch
            normalisation in training mode couples the samples; then the tangents are those of the batch.
        inputs: x, shape ``(samples, ...)``, of the parameters' dtype and device.
        direction: :math:`\sigma` by parameter name, each of the parameter's shape; what is left out stays fixed.

    Returns:
        v_0, ..., v_I, each of the shape of its state; v_0 is 0.

    Raises:
        TypeError: For a network without states, or tensors of another dtype or device than the parameters.
        ValueError: For an empty direction, unknown names, other shapes, no samples, or NaN or infinity in inputs, direction or tangents.

    Example:
        >>> from dynamics import deep_linear, initialise
        >>> network = initialise(deep_linear([1, 1, 1]), "identity", seed=0)
        >>> one = torch.ones(1, 1, dtype=torch.float64)
        >>> [v.item() for v in tangent(network, one, {"layer1.weight": one, "layer2.weight": 2 * one})]
        [0.0, 1.0, 3.0]
    """
    return Line(network, inputs, direction).tangent()[1]


def second_tangent(network: nn.Module, inputs: Tensor, direction: Direction) -> list[Tensor]:
    r"""Return :math:`v'_i = \tfrac12\, d^2u_i/d\psi^2|_0`, so that :math:`u_i(\psi) = u_i + v_i\psi + v'_i\psi^2 + O(\psi^3)`.

    The paper writes :math:`v'` for "some unknown constant vector" (after equation 13): this one, with the factor 1/2. Arguments and errors
    as `tangent`; the states must be twice differentiable at the parameters (at a kink of a ReLU torch takes the derivative 0).

    Example:
        >>> from dynamics import deep_linear, initialise
        >>> network = initialise(deep_linear([1, 1, 1]), "identity", seed=0)  # (1 + psi)(1 + 2 psi) = 1 + 3 psi + 2 psi^2
        >>> one = torch.ones(1, 1, dtype=torch.float64)
        >>> [v.item() for v in second_tangent(network, one, {"layer1.weight": one, "layer2.weight": 2 * one})]
        [0.0, 0.0, 2.0]
    """
    return Line(network, inputs, direction).second_tangent()


def finite_difference_tangent(network: nn.Module, inputs: Tensor, direction: Direction, delta: float = 1e-6) -> list[Tensor]:
    r"""Return :math:`(u_i(\delta) - u_i(0)) / \delta`, the tangent of sections 3.3 and 4.3: one more forward pass, no derivative.

    The error is :math:`\delta v'_i + O(\delta^2)`, and rounding: of the order of :math:`\epsilon \|u_i\| / \delta` from the difference, and
    :math:`\epsilon \|f_s\| \|s\| / \delta` from adding :math:`\delta\sigma` to the parameters, with the machine's :math:`\epsilon`.
    Measured on a logistic network of widths 50-50-50-50 with weights of size 1, along minus its gradient, relative error of v_1 to v_3:

    ======= ============== ============== ============== ==============
    delta   1e-8           1e-6           1e-4           1e-2
    ======= ============== ============== ============== ==============
    float64 2e-7 to 5e-7   7e-8 to 3e-7   7e-6 to 3e-5   7e-4 to 3e-3
    float32 1 (all wrong)  0.8 to 0.9     0.01 to 0.02   7e-4 to 3e-3
    ======= ============== ============== ============== ==============

    In float32 the paper's 1e-6 is below what the parameters resolve; 1e-3 to 1e-2 is best there.

    Args:
        network: As for `tangent`, as are
        inputs: x, and
        direction: sigma.
        delta: A positive number.

    Raises:
        ValueError: For a delta that is not positive; and as `tangent`.
    """
    return Line(network, inputs, direction).difference(delta)[1]


def adjoint(network: nn.Module, inputs: Tensor, objective: Objective) -> list[Tensor]:
    r"""Return :math:`\bar v_l = dJ/du_l`: :math:`\bar v_l = \sum_{i \ge l} \bar v_{i+1} f_{i,u_l} + J_{u_l}` (equation 8).

    Args:
        network: A module with ``states(x)`` and ``next_state(states)``, as those of `dynamics.networks.layers`; samples may not be coupled.
        inputs: x, as for `tangent`.
        objective: ``objective(states, parameters)``, the objective J of each sample, shape ``(samples,)``, of the states u_0, ..., u_I
            and the parameters by name (equation 2).

    Returns:
        vbar_0, ..., vbar_I, each of the shape of its state; vbar_I is J's own derivative.

    Raises:
        TypeError: For a network without ``next_state``.
        ValueError: For an objective of another shape; and as `tangent`.

    Example:
        >>> from dynamics import deep_linear, initialise
        >>> network = initialise(deep_linear([1, 1, 1]), "identity", seed=0, scale=3.0)
        >>> x = torch.ones(1, 1, dtype=torch.float64)
        >>> [v.item() for v in adjoint(network, x, lambda states, _: states[-1].sum(-1))]
        [9.0, 3.0, 1.0]
    """
    pure = Pure(network, inputs)
    return pure.adjoint(pure.states(pure.parameters), objective)


@dataclass(frozen=True, eq=False)
class Sensitivity:
    r"""The derivative :math:`dJ/d\psi` of each sample's objective along a direction, term by term.

    Attributes:
        layers: The term of each layer, shape ``(I + 1, samples)``: by tangents :math:`J_{u_i} v_i`, i = 0, ..., I; by adjoints
            :math:`\bar v_l f_{s,l-1} \sigma_{l-1}`, l = 1, ..., I, and 0 for l = 0. The terms differ; their sums agree.
        parameters: :math:`\sum_i J_{s_i} \sigma_i`, shape ``(samples,)``.
    """

    layers: Tensor
    parameters: Tensor

    @property
    def total(self) -> Tensor:
        r"""The sum :math:`dJ/d\psi`, shape ``(samples,)``."""
        return self.layers.sum(0) + self.parameters


def sensitivity(
    network: nn.Module, inputs: Tensor, direction: Direction, objective: Objective, method: Literal["tangent", "adjoint"] = "tangent"
) -> Sensitivity:
    r"""Return :math:`dJ/d\psi`: by tangents :math:`\sum_i J_{u_i} v_i` (5), by adjoints :math:`\sum_l \bar v_{l+1} f_{s_l}\sigma_l` (12).

    Both add :math:`\sum_i J_{s_i} \sigma_i`. They are equal; in floating point up to rounding.

    Args:
        network: As for `tangent`; by adjoints it has ``next_state``, see `adjoint`.
        inputs: x, as for `tangent`, as is
        direction: sigma.
        objective: J, as for `adjoint`.
        method: ``tangent`` or ``adjoint``.

    Raises:
        TypeError, ValueError: As `tangent` and `adjoint`; and for another method.

    Example:
        >>> from dynamics import deep_linear, initialise
        >>> network = initialise(deep_linear([1, 1, 1]), "identity", seed=0)
        >>> one = torch.ones(1, 1, dtype=torch.float64)
        >>> along = {"layer1.weight": one, "layer2.weight": 2 * one}
        >>> J = lambda states, _: states[-1].square().sum(-1) / 2
        >>> [sensitivity(network, one, along, J, method).layers.squeeze(1).tolist() for method in ("tangent", "adjoint")]
        [[0.0, 0.0, 3.0], [0.0, 1.0, 2.0]]
    """
    if method not in ("tangent", "adjoint"):
        raise ValueError(f"the method is {method!r}: expected 'tangent' or 'adjoint'")
    line = Line(network, inputs, direction)
    states, factors = line.tangent()
    if method == "tangent":
        covectors = line.derivative(states, objective)
    else:
        covectors, factors = line.adjoint(states, objective), line.direct(states)
    terms = torch.stack([(a * b).flatten(1).sum(1) for a, b in zip(covectors, factors, strict=True)])
    return Sensitivity(terms, line.derivative_in_parameters(states, objective))
