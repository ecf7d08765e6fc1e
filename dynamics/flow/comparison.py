r"""Gradient descent, momentum and Runge-Kutta steps on one loss, each against the gradient flow at the same times :math:`k h`.

In a corridor that contains the segments of their steps, gradient descent and Runge-Kutta steps are on the flow, and momentum is on its
line but ahead of it: from rest it is as far after one step, and moves :math:`h / (1 - \beta)` a step in the long run (Dherin & Rosca 2024,
theorem 3.1 and appendix A). Elsewhere gradient descent and Runge-Kutta steps leave the flow at orders :math:`h` and :math:`h^4`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, repeat
from typing import TYPE_CHECKING, Any

import numpy as np

from dynamics._results import as_json
from dynamics.flow._solver import Field, Floats, check, solve
from dynamics.flow.distance import time_step_of
from dynamics.flow.gradient_flow import start_of
from dynamics.maps.gradient_map import GradientMap
from dynamics.maps.symbolic_map import count
from dynamics.networks.network_maps import NetworkMap
from theory.corridors import momentum_iterates, rk4_step

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STYLES = {"descent": "-", "momentum": "--", "runge_kutta": ":"}


@dataclass(frozen=True, slots=True, eq=False)
class ComparedOrbit:
    r"""The iterates of one method.

    Attributes:
        points: :math:`x_k`, shape ``(K + 1, n)``.
        distances: :math:`\|x_k - \phi_{k h}(x_0)\|`, shape ``(K + 1,)``.
        losses: Shape ``(K + 1,)``.
    """

    points: Floats
    distances: Floats
    losses: Floats


@dataclass(frozen=True, slots=True, eq=False)
class FlowComparison:
    r"""Three methods and the gradient flow from one start.

    Attributes:
        loss: The loss, or the kind of network.
        step_size: h.
        decay: :math:`\beta`, of momentum.
        times: :math:`k h`, shape ``(K + 1,)``.
        flow: :math:`\phi_{k h}(x_0)`, shape ``(K + 1, n)``.
        flow_losses: Shape ``(K + 1,)``.
        errors: Estimated errors of the flow, and so of all distances, shape ``(K + 1,)``.
        descent: :math:`x_{k+1} = x_k - h g(x_k)`.
        momentum: :math:`v_{k+1} = \beta v_k - h g(x_k),\ x_{k+1} = x_k + v_{k+1}`.
        runge_kutta: Classical Runge-Kutta steps (order 4) of the flow.
        accuracy: What was asked for.
        method: The solver.
        device: Where the gradients were taken.
    """

    loss: str
    step_size: float
    decay: float
    times: Floats
    flow: Floats
    flow_losses: Floats
    errors: Floats
    descent: ComparedOrbit
    momentum: ComparedOrbit
    runge_kutta: ComparedOrbit
    accuracy: float
    method: str
    device: str

    def to_json(self) -> str:
        """Return everything as JSON, with versions."""
        return as_json(self)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the distances over time, and the solver's error below; new axes by default (no window opens)."""
        from matplotlib.figure import Figure  # here, so that importing dynamics does not import matplotlib

        ax = Figure(figsize=(7, 4), layout="constrained").subplots() if ax is None else ax
        for name, style in STYLES.items():
            ax.plot(self.times, getattr(self, name).distances, color="black", ls=style, label=name.replace("_", "-").title())
        ax.plot(self.times, self.errors, color="0.6", lw=3, label="error of the flow")
        ax.set(yscale="log", xlabel="time $k h$", ylabel=r"distance from the gradient flow")
        ax.legend()
        return ax


def compare_with_flow(
    gradient_map: GradientMap | NetworkMap,
    x0: Any,
    steps: int,
    *,
    decay: float = 0.9,
    initial_velocity: Any = None,
    accuracy: float = 1e-9,
    method: str = "DOP853",
    max_gradients: int = 100_000,
) -> FlowComparison:
    r"""Follow gradient descent, momentum, Runge-Kutta steps and the flow from one start: :math:`\|x_k - \phi_{k h}(x_0)\|` for each.

    Args:
        gradient_map: A `GradientMap`, network or `TorchMap`, for its loss and its one step size h.
        x0: One start, as for the map.
        steps: K, 1 or more.
        decay: :math:`\beta`, from 0 to below 1.
        initial_velocity: :math:`v_0` of momentum, n numbers; 0 by default.
        accuracy: As for `gradient_flow`.
        method: As for `gradient_flow`.
        max_gradients: As for `gradient_flow`.

    Raises:
        FlowStopped: As `gradient_flow`.
        ValueError: For a bad start, velocity, decay, number of steps or solver option, a family, or an orbit that leaves float64.
        TypeError: For a map without a loss, or not in float64.

    Source:
        Dherin & Rosca (2024), theorem 3.1 and appendix A.

    Example:
        >>> import sympy as sp
        >>> x, y = sp.symbols("x y", real=True)
        >>> cone = GradientMap(sp.sqrt(x**2 + y**2), (x, y), sp.Rational(1, 10))
        >>> found = compare_with_flow(cone, [3.0, 4.0], 10, decay=0.5)
        >>> bool(found.descent.distances.max() < 1e-13), bool(found.runge_kutta.distances.max() < 1e-13)
        (True, True)
        >>> float(found.momentum.distances[1].round(13)), float(found.momentum.distances[2].round(13))
        (0.0, 0.05)
    """
    field, rows, _ = start_of(gradient_map, x0)
    h, n = time_step_of(gradient_map), field.dimension
    if rows.shape != (1, n):
        raise ValueError(f"the starts are {len(rows)} rows of {rows.shape[1]}: expected one start of {n} coordinates")
    if count(steps) < 1:
        raise ValueError("steps = 0: expected 1 or more")
    check(field, rows, accuracy, method, max_gradients)
    if np.ndim(decay):
        raise ValueError(f"decay has shape {np.shape(decay)}: expected one number in [0, 1)")
    beta = float(_real(decay, "decay"))
    velocity = np.zeros(n) if initial_velocity is None else _real(initial_velocity, "initial_velocity")
    if velocity.shape != (n,) or not np.isfinite(velocity).all():
        raise ValueError(f"initial_velocity is {initial_velocity}: expected {n} finite numbers")

    def gradient(point: Floats) -> Floats:
        return field.gradient(point[None])[0]

    start = rows[0]
    with np.errstate(all="ignore"):  # an orbit that leaves float64 is refused below
        orbits = {
            "descent": [*accumulate(repeat(h, steps), lambda point, size: point - size * gradient(point), initial=start)],
            "momentum": [point for point, _ in momentum_iterates(gradient, start, beta, h, steps, velocity)],
            "runge_kutta": [*accumulate(repeat(h, steps), lambda point, size: rk4_step(gradient, point, size), initial=start)],
        }
    times = h * np.arange(steps + 1, dtype=np.float64)
    points, errors, _ = solve(field, rows, times, accuracy, method, max_gradients)
    flow = points[:, 0]
    return FlowComparison(
        loss=field.name,
        step_size=h,
        decay=beta,
        times=times,
        flow=flow,
        flow_losses=field.loss(flow),
        errors=errors[:, 0],
        **{name: _compared(name, np.stack(orbit), flow, field) for name, orbit in orbits.items()},
        accuracy=accuracy,
        method=method,
        device=field.device,
    )


def _real(value: Any, name: str) -> Floats:
    """As float64; complex numbers and texts are refused, of which NumPy would drop a part, or say little."""
    try:
        if np.iscomplexobj(value):
            raise TypeError
        return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"{name} is {value!r}: expected real numbers") from None


def _compared(name: str, points: Floats, flow: Floats, field: Field) -> ComparedOrbit:
    finite = np.isfinite(points).all(axis=1)
    if not finite.all():
        at = f"step {np.argmin(finite)} of {len(points) - 1}"
        raise ValueError(f"the orbit of {name} leaves float64 at {at}: take fewer steps, or a smaller step size")
    return ComparedOrbit(points, np.linalg.norm(points - flow, axis=1), field.loss(points))
