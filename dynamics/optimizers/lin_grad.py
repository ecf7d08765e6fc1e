r"""linGrad: gradient descent whose step size keeps the states of the network within their linear range (Ni & Talnikar, Algorithm 1).

.. math:: \psi^* = \psi\,\epsilon^*/\epsilon(\psi), \qquad \psi \leftarrow \min\{\text{the last } N_{hist} \text{ of the } \psi^*\},
          \qquad s \leftarrow s - \psi \nabla J

where :math:`\epsilon(\psi)` is the nonlinear measurement of a step along :math:`\sigma = -\nabla J`, see `dynamics.lines.linear_range`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from dynamics.lines._pure_functions import require_states
from dynamics.lines.linear_range import Measure, NonlinearMeasurement, TangentMethod, nonlinear_measurement
from dynamics.optimizers._gradients import dense_gradients, finite_norm

PROBE = 10.0  # the factor between step sizes that are tried until one can be measured


@dataclass(frozen=True, slots=True)
class StepMeasurement:
    r"""What `LinGrad` measured.

    Attributes:
        step: The number of the minibatch, from 0.
        tried: The step size :math:`\psi` that was measured; the current one, unless it could not be.
        epsilon: :math:`\epsilon(\psi)`, the mean over the minibatch; NaN if the direction moves no state.
        candidate: :math:`\psi^* = \psi\epsilon^*/\epsilon`, or ``None`` if epsilon is 0 up to rounding, or NaN.
        step_size: The step size from here on.
    """

    step: int
    tried: float
    epsilon: float
    candidate: float | None
    step_size: float


class LinGrad(torch.optim.Optimizer):
    r"""Linear range gradient descent, for any network with named states.

    The training loop is torch's, but ``step`` is told the inputs of the minibatch::

        for inputs, targets in loader:
            optimizer.zero_grad()
            criterion(network(inputs), targets).backward()
            optimizer.step(inputs=inputs)

    Where Algorithm 1 is silent or ambiguous:

    - *Direction* (line 6): :math:`\sigma` is minus the gradient of the minibatch's objective, the same for all its samples: the one that
      line 14 steps along. A group's ``scale`` multiplies its part.
    - *When* (line 15): minibatches 0, ``every``, 2 ``every``, ... are measured; so the first is, with ``initial_step``, and its step is
      already the measured one. Between measurements the step size stays.
    - *Order* (lines 12 to 14): measure with the old step size, append, take the minimum, then step with the new one. The step that is
      taken is not itself measured.
    - *Fewer than N_hist measurements*: the minimum of those there are.
    - *Batch* (line 11): the mean of the samples' ratios; or ``ratio-of-means``, see `NonlinearMeasurement.mean`.
    - :math:`0/0` and :math:`a/0` (a layer whose tangent is exactly 0): left out of the mean. If nothing is left (zero gradient, dead
      network), nothing is appended and the step size stays; the paper's formula would make it 0 for good.
    - :math:`\epsilon = 0` up to rounding, though a nonlinearity would show (a linear network): the linear range has no end in sight, so
      nothing is appended and the step size stays; the paper's formula would make it infinite.
    - *A step too small to be measured* (rounding hides :math:`\epsilon`): ten times the step is measured instead, on the same minibatch,
      and so on; *new states that overflow*: a tenth of the step. :math:`\psi^*` follows from the step that was measured.
    - *Growth*: the new step size is at most ``max_growth`` times the old one; the list keeps the :math:`\psi^*` itself. For
      :math:`\psi^*` extends the line :math:`C\psi` from the step that was measured to :math:`\epsilon^*`, however far that is, and
      where :math:`\epsilon` is 0 but for roundings it is as far as they please. Measured: with two scalar layers and a weight of
      1e-12 that is exactly 0, a cap of 1000 let weights grow to 3e5 and step sizes fall to 5e-12 within five steps; with 10
      the weights stayed below 4.

    The step size is ``param_groups[i]["lr"]``, one for all groups, so torch's schedulers can decay it between measurements.

    Args:
        params: Parameters of the network, or groups of them, as for torch's optimizers; a group may have its own ``scale``.
        network: A module with ``states(x)``, as those of `dynamics.networks.architectures`. Parameters that it has and
            ``params`` lacks stay fixed.
        epsilon_star: :math:`\epsilon^*`, a positive number; the paper suggests 0.3 to 1.
        history: :math:`N_{hist}`; the paper suggests 50 or more.
        every: :math:`N_{lin}`, minibatches between two measurements; the paper suggests ``history * every`` about one epoch.
        initial_step: :math:`\psi_0`, only measured, never taken, if the first measurement says anything.
        measure: ``mean-of-ratios`` or ``ratio-of-means``.
        tangent: ``jvp`` or ``finite-difference``, as for `nonlinear_measurement`.
        delta: Of the finite difference. In float32 the paper's 1e-6 leaves a rounding error of the size of the tangent (measured: 0.3 to
            3.5 tangents on residual networks), and that sets the step size: use float64, ``jvp``, or a delta near the root of the
            machine's epsilon, 3e-4.
        max_growth: The most by which one measurement multiplies the step size, at least 1.
        scale: Of the groups that do not have their own.

    Attributes:
        last_measurement: The last `StepMeasurement`, or ``None``.

    Raises:
        TypeError: For a network without ``states(x)``.
        ValueError: For options out of range, or a parameter that is not the network's.

    Example:
        >>> from dynamics import deep_linear, initialise
        >>> network = initialise(deep_linear([1, 1, 1]), "identity", seed=0)
        >>> x, y = torch.ones(1, 1, dtype=torch.float64), torch.full((1, 1), 2.0, dtype=torch.float64)
        >>> optimizer = LinGrad(network.parameters(), network, epsilon_star=0.1, every=1)
        >>> for _ in range(20):
        ...     optimizer.zero_grad()
        ...     ((network(x) - y) ** 2 / 2).sum().backward()
        ...     _ = optimizer.step(inputs=x)
        >>> network(x).item() > 1.99
        True
    """

    def __init__(
        self,
        params: Iterable[Any],
        network: nn.Module,
        epsilon_star: float = 0.3,
        history: int = 50,
        every: int = 100,
        initial_step: float = 1.0,
        measure: Measure = "mean-of-ratios",
        *,
        tangent: TangentMethod = "jvp",
        delta: float = 1e-6,
        max_growth: float = 10.0,
        scale: float = 1.0,
    ) -> None:
        require_states(network)
        for name, number in {"epsilon_star": epsilon_star, "initial_step": initial_step, "delta": delta, "scale": scale}.items():
            if not 0 < number < math.inf:
                raise ValueError(f"{name} = {number}: expected a positive finite number")
        for name, count in {"history": history, "every": every}.items():
            if type(count) is not int or count < 1:
                raise ValueError(f"{name} = {count!r}: expected a positive integer")
        if not max_growth >= 1:
            raise ValueError(f"max_growth = {max_growth}: expected at least 1")
        if measure not in ("mean-of-ratios", "ratio-of-means") or tangent not in ("jvp", "finite-difference"):
            raise ValueError(
                f"measure = {measure!r}, tangent = {tangent!r}: expected 'mean-of-ratios' or 'ratio-of-means', 'jvp' or 'finite-difference'"
            )
        shared = {"epsilon_star": epsilon_star, "history": history, "every": every, "measure": measure, "max_growth": max_growth}
        self.network = network
        self.last_measurement: StepMeasurement | None = None
        super().__init__(params, shared | {"tangent": tangent, "delta": delta, "lr": float(initial_step), "scale": scale})

    def __getstate__(self) -> dict[str, Any]:
        """Copies and pickles take the network along; torch's own method would drop it."""
        return super().__getstate__() | {"network": self.network, "last_measurement": self.last_measurement}

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group of the network's parameters; the step size and all options but ``scale`` are those of the other groups.

        Raises:
            TypeError: For a group that is no dictionary, as torch's optimizers.
            ValueError: For a parameter that is not the network's, a scale that is not positive, or another option.
        """
        if isinstance(param_group, dict):
            if own := param_group.keys() - {"params", "scale"}:
                raise ValueError(f"the group has its own {', '.join(sorted(own))}: expected one for all groups, and 'scale' to weigh them")
            if not 0 < param_group.get("scale", 1.0) < math.inf:
                raise ValueError(f"scale = {param_group['scale']}: expected a positive finite number")
            if self.param_groups:
                param_group["lr"] = self.param_groups[0]["lr"]
        super().add_param_group(param_group)
        known = {id(p) for p in self.network.parameters()}
        if foreign := [tuple(p.shape) for p in self.param_groups[-1]["params"] if id(p) not in known]:
            del self.param_groups[-1]
            raise ValueError(f"parameters of shapes {foreign} are not the network's: expected those that its states depend on")

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None, *, inputs: Tensor | None = None) -> Any:
        """Measure, if it is time to, and step along minus the gradient.

        Args:
            closure: Evaluates the loss anew and calls ``backward``, as for torch's optimizers.
            inputs: x of the minibatch that the gradients come from; read only every ``every`` calls.

        Returns:
            The closure's loss, else ``None``.

        Raises:
            RuntimeError: For a missing or sparse gradient, or missing inputs; nothing has moved then.
            ValueError: For NaN or infinity in a gradient, different step sizes of the groups; and as `nonlinear_measurement`.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        finite_norm(dense_gradients(self), "check the loss, or begin with a smaller initial_step")
        state = self.state.get(self.param_groups[0]["params"][0], {"step": 0, "candidates": []})
        if state["step"] % self.param_groups[0]["every"] == 0:
            self._measure(state, inputs)
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.add_(parameter.grad, alpha=-group["lr"] * group["scale"])
        self.state[self.param_groups[0]["params"][0]] = state | {"step": state["step"] + 1}
        return loss

    def _measure(self, state: dict[str, Any], inputs: Tensor | None) -> None:
        """Lines 7 to 13 of Algorithm 1."""
        if inputs is None:
            raise RuntimeError(f"minibatch {state['step']} is to be measured, but inputs is None: call step(inputs=...) with its inputs")
        options = self.param_groups[0]
        if len({group["lr"] for group in self.param_groups}) > 1:
            raise ValueError(f"the groups have the step sizes {[group['lr'] for group in self.param_groups]}: expected one; use 'scale'")
        measured = self._measurement(inputs, options["lr"])
        tried, epsilon = measured.step_size, measured.mean(options["measure"])
        candidate, step_size = None, min(tried, options["lr"])
        if epsilon > measured.resolution(options["measure"]):
            candidate = tried * options["epsilon_star"] / epsilon
            state["candidates"] = [*state["candidates"], candidate][-options["history"] :]
            step_size = min(*state["candidates"], options["max_growth"] * options["lr"])
        for group in self.param_groups:
            group["lr"] = step_size
        self.last_measurement = StepMeasurement(state["step"], tried, epsilon, candidate, step_size)

    def _measurement(self, inputs: Tensor, step_size: float) -> NonlinearMeasurement:
        """Return the measurement of the step, or of the nearest one that can be measured, smaller or larger by tens."""
        names = {id(p): name for name, p in self.network.named_parameters()}
        direction = {names[id(p)]: -group["scale"] * p.grad for group in self.param_groups for p in group["params"]}
        options = self.param_groups[0]
        factor = None
        while True:
            measured = nonlinear_measurement(self.network, inputs, direction, step_size, tangent=options["tangent"], delta=options["delta"])
            finite = bool(measured.deviations.isfinite().all())
            epsilon, resolution = measured.mean(options["measure"]), measured.resolution(options["measure"])
            # below the root of the machine's epsilon, a nonlinearity that were there would have been seen at some step size
            too_small = epsilon <= resolution and resolution > torch.finfo(inputs.dtype).eps ** 0.5
            if finite and (not too_small or factor == 1 / PROBE):
                return measured
            factor = PROBE if finite else 1 / PROBE
            step_size *= factor
