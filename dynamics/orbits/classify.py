r"""What an orbit does: `classify` follows orbits in float64 and names the outcome of each, with its evidence.

At a growing sequence of looks the engine records 2P consecutive points and the residuals
:math:`r_p = \max |x_{k+p} - x_k|`, p = 1..P. Period p is accepted when

1. the distance to the cycle is within tolerance. With a Jacobian, :math:`M = DF^p`, it is Newton's
   :math:`|(I - M)^{-1}(x_{k+p} - x_k)|` plus the rounding that the inverse amplifies, and M must have spectral radius
   below 1. Without one it is :math:`r_p / (1 - q)`, with q the measured contraction of the residual a step. Where M
   has multipliers within 1e-9 of 1 (a manifold of equilibria), both must hold in the other directions, and the
   residual must be down to rounding;
2. the residual is down to rounding; or it has at least halved since the last look and goes on shrinking along the 2P
   points as the multiplier says (an orbit that falls into a tiny cycle shows a small residual that stays);
3. for p >= 2, the points of the cycle lie far apart compared with that distance.

So an orbit that creeps to an equilibrium with multiplier 1 or -1 is ``undecided`` until it is there: its residual is
small long before its distance is. An orbit that repeats exactly (checked in rational arithmetic) is an equilibrium or
a cycle whatever its multiplier. ``bounded`` needs recurrence: the second half of the orbit keeps to the box of the
second quarter, its residuals do not shrink, and none is tiny; anything else is ``undecided``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dynamics.maps._rows import flatten
from dynamics.orbits._engine import Budget, OrbitEngine


def classify(
    gradient_map: Any,
    x0: Any,
    *,
    max_steps: int = 20_000,
    max_period: int = 16,
    tolerance: float = 1e-9,
    escape_radius: float | None = None,
) -> Any:
    """Name what the orbit of each start does within a budget of steps.

    Args:
        gradient_map: A `GradientMap` or a map of `dynamics.networks`: ``advance``, ``orbit``, ``select`` and, if it
            has one, ``jacobian``, which is used up to 500 coordinates.
        x0: One start, or an array (tensor) of starts; followed in float64, broadcast against the map's step sizes.
        max_steps: Steps allowed for each orbit.
        max_period: Longest period looked for, 1 or more; ``max_steps`` must allow six such periods.
        tolerance: Distance to an equilibrium or cycle that counts as arrived, as a fraction of the largest point of
            the orbit.
        escape_radius: Norm beyond which an orbit counts as diverged; ``None`` means 1e8 (1 + the norm of its start).

    Returns:
        One `Outcome` for a single start; for a batch a NumPy object array of `Outcome` of the batch's shape.

    Raises:
        ValueError, TypeError: For bad starts (see `GradientMap.step`) or a budget, period, tolerance or radius that is
            not positive.

    Example:
        >>> import sympy as sp
        >>> from dynamics import GradientMap
        >>> x = sp.Symbol("x")
        >>> classify(GradientMap(x**4 / 4 - x**2 / 2, x, sp.Rational(11, 10)), 0.3).period
        2
    """
    check_budget(max_steps, max_period, tolerance, escape_radius)
    flat, x, shape = flatten(gradient_map, x0)
    norms = np.linalg.norm(x, axis=1)
    escape = 1e8 * (1 + norms) if escape_radius is None else np.full(len(x), float(escape_radius))
    outcomes = OrbitEngine(flat, x, escape, Budget(max_steps, max_period, tolerance)).run()
    if shape == ():
        return outcomes[0]
    table = np.empty(len(outcomes), dtype=object)
    table[:] = outcomes
    return table.reshape(shape)


def check_budget(max_steps: int, max_period: int, tolerance: float, escape_radius: float | None = None) -> None:
    """Raise the ``ValueError`` of `classify` for a budget, period, tolerance or radius that is not positive."""
    if max_period < 1 or max_steps < 6 * max_period:
        raise ValueError(f"max_period = {max_period} and max_steps = {max_steps}: expected max_period >= 1 and max_steps >= 6 max_period")
    if not 0 < tolerance < 1 or (escape_radius is not None and not escape_radius > 0):
        raise ValueError(f"tolerance = {tolerance} and escape_radius = {escape_radius}: expected 0 < tolerance < 1 and a positive radius")
