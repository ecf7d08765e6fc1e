r"""Gradient flow :math:`\dot x = -\nabla f(x)`, at stated accuracy.

Every point carries an estimate of its error: the distance between two solutions whose local tolerances differ by a factor of 100.
It is an estimate, not a bound: a flow that leaves an unstable direction undetected by both is not noticed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dynamics._results import as_json
from dynamics.flow._solver import Field, Floats, check, field_of, solve
from dynamics.maps._rows import flatten
from dynamics.maps.gradient_map import GradientMap
from dynamics.networks.network_maps import NetworkMap

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, eq=False)
class GradientFlow:
    r"""The gradient flow :math:`\phi_t(x_0)` at given times, from one start or several.

    Attributes:
        map: The loss, or the kind of network.
        times: Shape ``(T,)``.
        points: Shape ``(T, n)``, or ``(T, runs, n)`` for several starts.
        losses: Shape ``(T,)`` or ``(T, runs)``.
        errors: Estimated distances of the points from the true ones, of the same shape; none exceeds ``accuracy (1 + |x|)``.
        accuracy: What was asked for.
        gradients: How many gradients it took, all rows together counted once.
        method: The solver.
        device: Where the gradients were taken.
    """

    map: str
    times: Floats
    points: Floats
    losses: Floats
    errors: Floats
    accuracy: float
    gradients: int
    method: str
    device: str

    def to_json(self) -> str:
        """Return everything as JSON, with versions."""
        return as_json(self)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the losses over time, one line a start; new axes by default (no window opens)."""
        from matplotlib.figure import Figure  # here, so that importing dynamics does not import matplotlib

        ax = Figure(figsize=(7, 4), layout="constrained").subplots() if ax is None else ax
        ax.plot(self.times, self.losses.reshape(len(self.times), -1), color="black")
        ax.set(xlabel="time $t$", ylabel="loss on the gradient flow")
        return ax


def gradient_flow(
    gradient_map: GradientMap | NetworkMap,
    x0: Any,
    times: Sequence[float] | Floats,
    *,
    accuracy: float = 1e-9,
    method: str = "DOP853",
    max_gradients: int = 100_000,
) -> GradientFlow:
    r"""Follow :math:`\dot x = -\nabla f(x)` from ``x0`` to each of the times.

    Args:
        gradient_map: A `GradientMap`, network or `TorchMap`; only its loss matters here, not its step size or momentum.
        x0: Starts as for the map (exact or float64 for a `GradientMap`, rows ``(runs, n)`` for networks), without velocities. Several
            share their steps, and all stop where the first one does.
        times: Finite, from 0 upwards, increasing.
        accuracy: The largest estimated error, relative to ``1 + |x|``; 1e-11 or more.
        method: ``DOP853`` (explicit Runge-Kutta of order 8), or ``Radau`` (implicit, order 5, with the exact Hessian) for stiff losses.
        max_gradients: Give up beyond so many.

    Raises:
        FlowStopped: At a blow-up in finite time, a kink, stiffness or an accuracy out of reach; it says at which time.
        ValueError: For bad starts, times, accuracy, method or budget, or a loss that has no finite gradient at ``x0``.
        TypeError: For a map without a loss, or not in float64.

    Example:
        >>> import sympy as sp
        >>> x = sp.Symbol("x")
        >>> flow = gradient_flow(GradientMap(x**4 / 4, x, 1), 1.0, [0, 1.5])  # x0 / sqrt(1 + 2 x0^2 t)
        >>> flow.points[:, 0].round(8)
        array([1. , 0.5])
        >>> bool(abs(flow.points[1, 0] - 0.5) <= flow.errors[1] <= 1e-9 * 1.5)
        True
    """
    field, rows, batch = start_of(gradient_map, x0)
    t = _times(times)
    check(field, rows, accuracy, method, max_gradients)
    points, errors, gradients = solve(field, rows, t, accuracy, method, max_gradients)
    losses = np.stack([field.loss(x) for x in points])
    shape = (len(t), *batch)
    return GradientFlow(
        map=field.name,
        times=t,
        points=points.reshape(*shape, field.dimension),
        losses=losses.reshape(shape),
        errors=errors.reshape(shape),
        accuracy=accuracy,
        gradients=gradients,
        method=method,
        device=field.device,
    )


def start_of(gradient_map: GradientMap | NetworkMap, x0: Any) -> tuple[Field, Floats, tuple[int, ...]]:
    """Return the field, the starts as rows and the shape of their batch."""
    field = field_of(gradient_map)
    if isinstance(gradient_map, NetworkMap):
        gradient_map.checked(x0)
        _, rows, batch = flatten(gradient_map, x0)
        return field, rows, () if len(rows) == 1 else batch
    _, rows, batch = flatten(gradient_map.with_step_size(1), x0)
    return field, rows, batch


def _times(times: Any) -> Floats:
    t = np.asarray(times, dtype=np.float64)
    if t.ndim != 1 or t.size == 0 or not np.isfinite(t).all() or t[0] < 0 or (np.diff(t) <= 0).any():
        raise ValueError(f"the times are {times}: expected at least one, finite, from 0 upwards, each later than the one before")
    return t
