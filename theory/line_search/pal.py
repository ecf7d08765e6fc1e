"""The steps of PAL, the parabolic approximation line search. (section 5, equation 2).

A line's loss is looked at twice: at 0, with its slope, and at mu. The parabola through both has its vertex at PAL's step. What the
optimizer does where that vertex is no minimum ahead is `pal_update`.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from sympy import Expr, Integer, Min

from theory.evidence import implements
from theory.formula import Formula
from theory.line_search.symbols import loss_0, loss_mu, mu, slope
from theory.proof import sign
from theory.values import demand_finite, exact_number, float64, route, shown

VERTEX = -slope * mu**2 / (2 * (loss_mu - loss_0 - slope * mu))  # as printed
ARGUMENTS = (loss_0, slope, loss_mu, mu)
NAMES = ("loss_0", "slope", "loss_mu", "mu", "alpha", "s_max")
_STEP, _BEND = Formula(VERTEX, ARGUMENTS), Formula((loss_mu - loss_0 - slope * mu) / mu**2, ARGUMENTS)


def pal_step(loss_0: Any, slope: Any, loss_mu: Any, mu: Any) -> Any:
    """-l'(0) mu^2/(2 (l(mu) - l(0) - l'(0) mu)): where the parabola through l(0), l'(0) and l(mu) has its vertex.

    The vertex is the minimum ahead only if the parabola opens upwards and l'(0) < 0. On a parabola it is exact, whatever mu is.

    Args:
        loss_0: l(0), the loss where the line starts: an exact number, a float, or a float64 array; arrays are broadcast.
        slope: l'(0), the derivative along the line, per unit of length.
        loss_mu: l(mu).
        mu: a positive step, in the same unit of length.

    Returns:
        The step: exact for exact numbers, else float64.

    Raises:
        TypeError: for tensors, balls, and arrays of another dtype.
        ValueError: for mu that is not positive, three values on one straight line, NaN and infinity.

    Source:
        Mutschler & Zell (2021), equation 2.

    Example:
        >>> pal_step(4, -4, 1, 1)       # (s - 2)^2
        2
        >>> pal_step(4.0, -4.0, 2.25, 0.5)
        np.float64(2.0)
    """
    values = (loss_0, slope, loss_mu, mu)
    _demand_positive(_kind(*values), mu, "mu")
    if _kind(*values) == "exact":
        straight = sign(_BEND(*values)) == 0
    else:
        straight = bool((np.asarray(_BEND(*values)) == 0).any())
    if straight:
        raise ValueError("l(0), l'(0) and l(mu) lie on one straight line, which has no vertex: use pal_update, which then steps to mu")
    return _STEP(*values)


@implements("mutschler-zell:algorithm-pal")
def pal_update(loss_0: Any, slope: Any, loss_mu: Any, mu: Any, alpha: Any = 1, s_max: Any = None) -> Any:
    """How far PAL goes: alpha times `pal_step` if the parabola opens upwards and l'(0) < 0; mu if it does not; 0 for l'(0) >= 0.

    The step is then cut at s_max. The parameters become theta + s d, where d is 1 long; with momentum d is -v/|v| for the momentum v, and
    l'(0) = -<g, v>/|v|.

    Args:
        loss_0: l(0), the loss where the line starts: an exact number, a float, or a float64 array; arrays are broadcast.
        slope: l'(0), the derivative along the line, per unit of length.
        loss_mu: l(mu).
        mu: a positive step.
        alpha: a positive factor of the step to the vertex.
        s_max: the longest step, positive; None for no limit.

    Returns:
        The step, not negative and at most s_max: exact for exact numbers, else float64.

    Raises:
        TypeError: for tensors, balls, and arrays of another dtype.
        ValueError: for mu, alpha or s_max that are not positive, NaN and infinity, or a step above the largest float64.

    Source:
        Mutschler & Zell (2021), section 5, and Mutschler & Zell, NeurIPS 2020, algorithm 1.

    Example:
        >>> pal_update(4, -4, 1, 1), pal_update(4, -4, 1, 1, s_max=1)
        (2, 1)
        >>> pal_update(4, -1, 3, 1), pal_update(4, -1, 2, 1), pal_update(4, 1, 6, 1)     # straight, opening downwards, uphill
        (1, 1, 0)
    """
    values = (loss_0, slope, loss_mu, mu)
    limits = (alpha,) if s_max is None else (alpha, s_max)
    kind = _kind(*values, *limits)
    for value, name in zip((mu, *limits), ("mu", "alpha", "s_max"), strict=False):
        _demand_positive(kind, value, name)
    return _exact_update(values, limits) if kind == "exact" else _float_update(values, limits)


@implements("mutschler-zell:algorithm-fbpal")
def full_batch_pal_step(loss_0: Any, slope: Any, loss_mu: Any, mu: Any = Fraction(1, 10)) -> Any:
    """FBPAL: `pal_step` on the loss of the full batch along the line that a mini-batch has chosen.

    Args:
        loss_0: the full batch's loss where the line starts, as in `pal_step`.
        slope: the full batch's derivative along the line: <G, d>, and not -|g|.
        loss_mu: the full batch's loss at mu.
        mu: a positive step; the paper takes 1/10.

    Returns:
        The step, which is the minimum if the full batch's loss along the line is a parabola that opens upwards.

    Raises:
        TypeError, ValueError: as `pal_step`.

    Source:
        Mutschler & Zell (2021), section 5 and figure 6.

    Example:
        >>> full_batch_pal_step(4, -4, Fraction(361, 100))       # (s - 2)^2
        2
    """
    return pal_step(loss_0, slope, loss_mu, mu)


def _exact_update(values: tuple[Any, ...], limits: tuple[Any, ...]) -> Expr:
    numbers = [exact_number(value, name) for value, name in zip((*values, *limits), NAMES, strict=False)]
    _, ahead, _, sample, factor, *most = numbers
    if sign(ahead) >= 0:
        return Integer(0)
    step = factor * _STEP(*numbers[:4]) if sign(_BEND(*numbers[:4])) > 0 else sample
    return Min(step, *most)


def _float_update(values: tuple[Any, ...], limits: tuple[Any, ...]) -> Any:
    arrays = [float64(value, name) for value, name in zip((*values, *limits), NAMES, strict=False)]
    _, ahead, _, sample, factor, *most = arrays
    try:
        np.broadcast_shapes(*(array.shape for array in arrays))
    except ValueError:
        found = ", ".join(f"{name}: {array.shape}" for name, array in zip(NAMES, arrays, strict=False))
        raise ValueError(f"the shapes do not broadcast ({found}): expected equal or single axes") from None
    bend = np.asarray(_BEND(*arrays[:4]))
    with np.errstate(all="ignore"):  # where the vertex is no minimum it is not taken
        step = np.where(ahead < 0, np.where(bend > 0, -factor * ahead / (2 * bend), sample), 0.0)
    step = np.minimum(step, most[0]) if most else step + 0 * factor
    demand_finite(step, np.isfinite(step), "the step", "the parabola is almost straight, give s_max")
    return step[()]


def _kind(*values: Any) -> str:
    kind = route(values)
    if kind not in ("exact", "numpy"):
        raise TypeError(f"the arguments are of the kind {kind}: expected exact numbers, floats or float64 arrays")
    return kind


def _demand_positive(kind: str, value: Any, name: str) -> None:
    positive = sign(exact_number(value, name)) > 0 if kind == "exact" else bool((float64(value, name) > 0).all())
    if not positive:
        raise ValueError(f"{name} is {shown(value)}: expected a positive number")


__all__ = ["full_batch_pal_step", "pal_step", "pal_update"]
