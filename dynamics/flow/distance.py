r"""How far the orbit of a map strays from the gradient flow :math:`\phi_t`, after all its steps and in each of them.

One step of gradient descent is one Euler step of the flow:

.. math:: x - h \nabla f(x) - \phi_h(x) = -\tfrac{h^2}{2} H(x) \nabla f(x) + O(h^3)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dynamics._results import as_json
from dynamics.flow._solver import Floats, check, field_of, solve
from dynamics.maps._names import map_name
from dynamics.maps._rows import flatten
from dynamics.maps.gradient_map import GradientMap
from dynamics.maps.symbolic_map import count
from dynamics.networks.network_maps import NetworkMap

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLOCK = 2**20  # coordinates in one integration: DOP853 keeps 16 arrays of them, 128 MB


@dataclass(frozen=True, slots=True, eq=False)
class FlowDistance:
    r"""How far an orbit :math:`x_0, \dots, x_K` of a map is from the gradient flow, after each step and in each step.

    Attributes:
        map: The map.
        loss: The loss of the flow, or the kind of network.
        time_step: h, the time of the flow that one step of the map stands for.
        times: :math:`k h`, shape ``(K + 1,)``.
        orbit: :math:`x_k` without velocities, shape ``(K + 1, n)``.
        flow: :math:`\phi_{k h}(x_0)`, shape ``(K + 1, n)``.
        distances: :math:`\|x_k - \phi_{k h}(x_0)\|`, shape ``(K + 1,)``.
        errors: Their estimated errors, shape ``(K + 1,)``.
        step_distances: :math:`\|x_{k+1} - \phi_h(x_k)\|`, shape ``(K,)``.
        step_errors: Their estimated errors, shape ``(K,)``.
        leading_terms: :math:`\tfrac{h^2}{2} \|H g\|` at :math:`x_k`, shape ``(K,)``: what ``step_distances`` tends to for gradient
            descent as h falls; a scale to compare with for any other map.
        losses: Of the orbit, shape ``(K + 1,)``.
        flow_losses: Of the flow, shape ``(K + 1,)``.
        accuracy: What was asked for.
        method: The solver.
        device: Where the gradients were taken.
    """

    map: str
    loss: str
    time_step: float
    times: Floats
    orbit: Floats
    flow: Floats
    distances: Floats
    errors: Floats
    step_distances: Floats
    step_errors: Floats
    leading_terms: Floats
    losses: Floats
    flow_losses: Floats
    accuracy: float
    method: str
    device: str

    def to_json(self) -> str:
        """Return everything as JSON, with versions."""
        return as_json(self)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the distances over time, that of each step with its leading term below; new axes by default (no window opens)."""
        from matplotlib.figure import Figure  # here, so that importing dynamics does not import matplotlib

        ax = Figure(figsize=(7, 4), layout="constrained").subplots() if ax is None else ax
        ax.plot(self.times, self.distances, color="black", label=r"$\|x_k - \phi_{kh}(x_0)\|$")
        ax.plot(self.times[:-1], self.step_distances, color="0.45", label=r"$\|x_{k+1} - \phi_h(x_k)\|$")
        ax.plot(self.times[:-1], self.leading_terms, color="0.45", ls=":", lw=3, label=r"$\frac{h^2}{2}\|H g\|$")
        ax.set(yscale="log", xlabel="time $k h$", ylabel="distance from the gradient flow")
        ax.legend()
        return ax


def flow_distance(
    step_map: Any,
    x0: Any,
    steps: int,
    *,
    flow: GradientMap | NetworkMap | None = None,
    time_step: float | None = None,
    accuracy: float = 1e-9,
    method: str = "DOP853",
    max_gradients: int = 100_000,
) -> FlowDistance:
    r"""Compare the orbit of any map with the gradient flow: :math:`\|x_k - \phi_{k h}(x_0)\|` and :math:`\|x_{k+1} - \phi_h(x_k)\|`.

    Args:
        step_map: Gradient descent (`GradientMap`, network, `TorchMap` without momentum), or any map whose first n coordinates are the
            point: those of `dynamics.maps.gradient_methods`, `TorchMap` with momentum. One map, not a family.
        x0: One start, as for ``step_map``, velocities included.
        steps: K, 1 or more.
        flow: Whose loss the flow descends; ``step_map`` itself by default, if that is gradient descent.
        time_step: h; the step size of ``flow`` by default. For heavy ball the natural one is :math:`\delta / (1 - \beta)`.
        accuracy: As for `gradient_flow`; of the whole flow, and of the single steps.
        method: As for `gradient_flow`.
        max_gradients: As for `gradient_flow`.

    Raises:
        FlowStopped: As `gradient_flow`.
        ValueError: For a bad start, number of steps, time step or solver option, a family, or an orbit that leaves float64.
        TypeError: For a map without a loss and no ``flow``, or not in float64.

    Example:
        >>> import sympy as sp
        >>> from dynamics import runge_kutta_flow
        >>> x = sp.Symbol("x")
        >>> descent = GradientMap(x**2 / 2, x, sp.Rational(1, 10))
        >>> found = flow_distance(descent, 1.0, 10)  # 0.9^k against exp(-k / 10)
        >>> float(found.distances[10].round(8)), float(found.leading_terms[0].round(8))
        (0.019201, 0.005)
        >>> better = flow_distance(runge_kutta_flow(x**2 / 2, x, sp.Rational(1, 10)), 1.0, 10, flow=descent)
        >>> bool(better.distances[10] < 1e-6)
        True
    """
    flow = _own_flow(step_map) if flow is None else flow
    field = field_of(flow)
    h = time_step_of(flow) if time_step is None else time_step
    if not 0 < h < np.inf:
        raise ValueError(f"time_step = {h!r}: expected a positive finite number")
    if count(steps) < 1:
        raise ValueError("steps = 0: expected 1 or more")
    orbit = _orbit(step_map, x0, steps, field.dimension)
    check(field, orbit[:1], accuracy, method, max_gradients)
    times = h * np.arange(steps + 1, dtype=np.float64)
    whole, errors, _ = solve(field, orbit[:1], times, accuracy, method, max_gradients)
    one = np.array([h])
    width = max(1, BLOCK // field.dimension)
    blocks = [orbit[i : min(i + width, steps)] for i in range(0, steps, width)]
    singles = [solve(field, block, one, accuracy, method, max_gradients) for block in blocks]
    moved = np.concatenate([points[0] for points, _, _ in singles])
    return FlowDistance(
        map=map_name(step_map),
        loss=field.name,
        time_step=float(h),
        times=times,
        orbit=orbit,
        flow=whole[:, 0],
        distances=np.linalg.norm(orbit - whole[:, 0], axis=1),
        errors=errors[:, 0],
        step_distances=np.linalg.norm(orbit[1:] - moved, axis=1),
        step_errors=np.concatenate([error[0] for _, error, _ in singles]),
        leading_terms=h**2 / 2 * np.linalg.norm(np.concatenate([field.hessian_gradient(block) for block in blocks]), axis=1),
        losses=field.loss(orbit),
        flow_losses=field.loss(whole[:, 0]),
        accuracy=accuracy,
        method=method,
        device=field.device,
    )


def _orbit(step_map: Any, x0: Any, steps: int, n: int) -> Floats:
    """Return the first n coordinates of an orbit, shape ``(steps + 1, n)``."""
    if isinstance(step_map, NetworkMap):
        step_map.checked(x0)
    flat, rows, _ = flatten(step_map, x0)
    if len(rows) != 1 or rows.shape[1] < n:
        raise ValueError(
            f"the starts are {len(rows)} rows of {rows.shape[1]}: expected one start of one map, with at least {n} coordinates"
        )
    states = flat.orbit(rows, steps)[:, 0]
    finite = np.isfinite(states).all(axis=1)
    if not finite.all():
        raise ValueError(f"the orbit leaves float64 at step {np.argmin(finite)} of {steps}: take fewer steps, or a smaller step size")
    return states[:, :n]


def _own_flow(step_map: Any) -> GradientMap | NetworkMap:
    if isinstance(step_map, GradientMap | NetworkMap):
        return step_map
    raise TypeError(f"the map is a {type(step_map).__name__}, which has no loss: give flow=GradientMap(loss, variables, step_size)")


def time_step_of(flow: GradientMap | NetworkMap) -> float:
    """Return the one step size of a map; raises ``ValueError`` for several."""
    steps = flow.steps if isinstance(flow, GradientMap) else flow.step_size
    if steps.ndim and len(steps) != 1:
        raise ValueError(f"the map holds {len(steps)} step sizes: expected one")
    return float(steps)
