r"""Lyapunov exponents: how fast nearby orbits part, :math:`\lambda_i = \lim \frac1T \log \|DF^T v_i\|`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from dynamics._results import as_json
from dynamics.maps.symbolic_map import SymbolicMap, count
from dynamics.networks.network_maps import NetworkMap
from dynamics.orbits._families import Floats, cross

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TURNING = 100  # of the transient: steps in which the tangents turn to their directions; the turn would count as growth
SEGMENTS = 8  # the run is cut in that many: their scatter is the error


@dataclass(frozen=True, slots=True, eq=False)
class LyapunovExponents:
    """The exponents of the orbits of a family, m parameter values times s starts.

    Attributes:
        map: The formula.
        parameter: The name of the parameter; empty for a map without one.
        values: Its values, shape ``(m,)``.
        starts: Shape ``(s, n)``.
        exponents: In natural logarithms a step, the largest first, shape ``(m, s, n)``; NaN where the orbit left float64,
            ``-inf`` where a derivative is 0 (a superstable cycle) or contracts by more than 1e9 a step.
        errors: Standard errors from 8 segments of the run, shape ``(m, s, n)``; NaN where an exponent is not finite.
        transient, steps: The budget: steps before the first one that counts, and those that count.
        seed: The seed of the starts; ``None`` where they were given.
        device: Where it ran.
    """

    map: str
    parameter: str
    values: Floats
    starts: Floats
    exponents: Floats
    errors: Floats
    transient: int
    steps: int
    seed: int | None
    device: str

    @property
    def chaotic(self) -> NDArray[np.bool_]:
        """Where the largest exponent is positive by more than three standard errors, shape ``(m, s)``."""
        return self.exponents[..., 0] > 3 * self.errors[..., 0]

    def to_json(self) -> str:
        """Return everything as JSON, with versions; NaN and infinities as ``null``."""
        return as_json(self)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the largest exponent, one line a start, over the parameter values; new axes by default (no window opens)."""
        from matplotlib.figure import Figure  # here, so that importing dynamics does not import matplotlib

        ax = Figure(figsize=(8, 3), layout="constrained").subplots() if ax is None else ax
        largest = np.where(np.isfinite(self.exponents[..., 0]), self.exponents[..., 0], np.nan)
        ax.plot(self.values, largest, linewidth=0.7, color="black", alpha=max(0.15, 1 / len(self.starts)))
        ax.axhline(0, color="0.5", linewidth=0.8)
        ax.set_xlabel(self.parameter or "the map")
        ax.set_ylabel("largest Lyapunov exponent a step")
        return ax


def lyapunov_exponents(
    family: SymbolicMap | NetworkMap,
    starts: Any,
    *,
    box: Any = None,
    seed: int | None = None,
    transient: int = 1000,
    steps: int = 10_000,
    device: str | torch.device = "cpu",
) -> LyapunovExponents:
    r"""Return :math:`\frac1T \sum_k \log |F'(x_k)|` along every orbit; in n dimensions all n exponents.

    The tangents are orthogonalised at every step; logarithms are taken of the product of 16 steps (Benettin et al. 1980).

    Args:
        family: A map with one array of parameter values, or with none; a network or `TorchMap` is not compiled, so slower.
        starts: Finite float64 starts, shape ``(s,)`` for a scalar map, ``(s, n)`` otherwise; or how many to draw.
        box: Where to draw them: ``(low, high)``, each a number or n of them.
        seed: The seed with which to draw.
        transient: Steps before the first one that counts.
        steps: Steps that count, 8 or more; rounded down to a multiple of 8.
        device: ``"cpu"`` (one core) or a CUDA device.

    Raises:
        ValueError, TypeError: For a bad family, starts, box, budget, or a formula without a compiled form.
        RuntimeError: If there is no such device.

    Example:
        >>> import sympy as sp
        >>> x, r = sp.symbols("x r")
        >>> logistic = SymbolicMap(r * x * (1 - x), x, {r: 2.5})  # the multiplier of its fixed point is 2 - r = -1/2
        >>> lyapunov_exponents(logistic, np.array([0.3])).exponents.round(6)
        array([[[-0.693147]]])
    """
    lanes = cross(family, starts, box, seed, device)
    if count(steps) < SEGMENTS:
        raise ValueError(f"steps = {steps}: expected {SEGMENTS} or more")
    kernels, n = lanes.kernels, family.dimension
    length = steps // SEGMENTS
    turning = min(count(transient), TURNING) if n > 1 else 0
    x = kernels.advance(lanes.x, lanes.p, transient - turning)
    tangents = np.repeat(np.eye(n)[:, :, None], x.shape[1], axis=2)
    x, tangents, _ = kernels.stretch(x, lanes.p, tangents, turning)
    means = np.empty((SEGMENTS, n, x.shape[1]))
    with np.errstate(all="ignore"):
        for segment in range(SEGMENTS):
            x, tangents, logs = kernels.stretch(x, lanes.p, tangents, length)
            means[segment] = logs / length
        means[:, :, ~np.isfinite(x).all(axis=0)] = np.nan
        exponents = means.mean(axis=0)
        errors = means.std(axis=0, ddof=1) / np.sqrt(SEGMENTS)
    order = np.argsort(-exponents, axis=0)
    exponents, errors = (np.take_along_axis(a, order, axis=0).reshape(n, *lanes.shape) for a in (exponents, errors))
    return LyapunovExponents(
        map=lanes.map,
        parameter=lanes.parameter,
        values=lanes.values,
        starts=lanes.starts,
        exponents=np.ascontiguousarray(exponents.transpose(1, 2, 0)),
        errors=np.ascontiguousarray(errors.transpose(1, 2, 0)),
        transient=transient,
        steps=length * SEGMENTS,
        seed=seed,
        device=str(device),
    )
