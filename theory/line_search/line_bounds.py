"""The two bounds of a softmax line, and its parabola, in numbers. (beyond section 4)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from flint import arb, ctx, fmpq

from theory.data_sets import labels, rational, samples
from theory.lipschitz.enclosures import BITS
from theory.values import demand_finite, float64, shown

TERMS = 20  # of the series of `_tail` up to |x| = 1; what is left out is below 2/21! = 4e-20


class LineBounds(NamedTuple):
    """Three curves over the steps: lower <= l(s) <= upper, and the parabola l(0) + l'(0) s + l''(0) s^2/2 between the two."""

    lower: Any
    upper: Any
    parabola: Any


def softmax_line_bounds(logits: Any, change: Any, label: Any, s: Any) -> LineBounds:
    """l(0) + l'(0) s + l''(0) (e^x - x - 1)/R^2 with x = -R|s| and x = R|s|, for the cross-entropy of the logits z + s u.

    R is the largest spread max u - min u of a sample. With R = 0 the loss is constant, and all three curves are it.

    Args:
        logits: z, K numbers, one a class; or N rows of them, and the loss is the mean over the N samples. A float64 array, or lists
            of exact numbers.
        change: u, of the same kind and shape.
        label: the right class, from 0 to K - 1; for N rows N labels.
        s: a step, or for arrays an array of them.

    Returns:
        The bounds and the parabola: float64 of the shape of s for arrays, up to rounding; for lists balls that contain the exact values.

    Raises:
        TypeError: arrays of another dtype, or entries that are no numbers.
        ValueError: shapes that do not fit, a label that is no class, NaN, infinity, or a bound too large for float64.

    Source:
        Bach (2010), "Self-concordant analysis for logistic regression", proposition 1; proved in `theory.line_search.softmax_bounds`.

    Example:
        >>> lower, upper, parabola = softmax_line_bounds(np.array([0.0, 0.0]), np.array([0.0, 1.0]), 0, np.array([-1.0, 1.0]))
        >>> loss = np.log(1 + np.exp([-1.0, 1.0]))
        >>> bool(np.all(lower < loss)), bool(np.all(loss < upper)), np.round(parabola - loss, 4)
        (True, True, array([0.0049, 0.0049]))
        >>> softmax_line_bounds([0, 3], [0, 2], 1, 1).upper.str(8, radius=False)
        '0.15201850'
    """
    if not isinstance(logits, np.ndarray) and not isinstance(change, np.ndarray):
        return _enclosures(logits, change, label, s)
    z, u = (float64(value, name) for value, name in ((logits, "logits"), (change, "change")))
    if z.ndim not in (1, 2) or 0 in z.shape or z.shape != u.shape:
        raise ValueError(f"logits and change have the shapes {z.shape} and {u.shape}: expected K >= 1 numbers each, or N >= 1 rows of them")
    right = _labels(label, z.shape)
    z, u, step = np.atleast_2d(z), np.atleast_2d(u), float64(s, "s")
    with np.errstate(over="ignore", invalid="ignore"):
        shifted = z - z.max(1, keepdims=True)
        weights = np.exp(shifted)
        total, own = weights.sum(1), np.arange(len(z))
        weights /= total[:, None]
        centred = u - (weights * u).sum(1, keepdims=True)
        loss = (np.log(total) - shifted[own, right]).mean()
        slope = -centred[own, right].mean()
        bend = (weights * centred**2).sum(1).mean()
        far = np.ptp(u, axis=1).max() * np.abs(step)
        curves = LineBounds(*(loss + slope * step + bend * step**2 * share for share in (_tail(-far), _tail(far), 0.5)))
    for name, curve in zip(curves._fields, curves, strict=True):
        demand_finite(np.asarray(curve), np.isfinite(curve), name, "the line is too long for float64, take smaller steps")
    return curves


def _tail(x: Any) -> Any:
    """(e^x - x - 1)/x^2, and 1/2 at 0; by its series where the difference would cancel."""
    series = np.zeros_like(x)
    near = np.clip(x, -1.0, 1.0)
    for power in range(TERMS, 1, -1):
        series = (1 + near * series) / power
    away = np.where(np.abs(x) > 1, x, 1.0)
    return np.where(np.abs(x) > 1, (np.expm1(away) - away) / away**2, series)


def _enclosures(logits: Any, change: Any, label: Any, s: Any) -> LineBounds:
    """The same in balls, of exact numbers."""
    single = bool(logits) and not isinstance(logits[0], list | tuple)
    z, u = (samples([value] if single else value, name) for value, name in ((logits, "logits"), (change, "change")))
    if [len(row) for row in z] != [len(row) for row in u]:
        raise ValueError(f"logits and change have the shapes {_shape(z)} and {_shape(u)}: expected the same")
    right = labels([label] if single else label, len(z), len(z[0]), "label")
    step, saved = rational(s, "s"), ctx.prec
    ctx.prec = BITS
    try:
        moments = [_moments(*sample) for sample in zip(z, u, right, strict=True)]
        loss, slope, bend = (sum((m[k] for m in moments), arb(0)) / len(z) for k in range(3))
        far = max(max(row) - min(row) for row in u) * abs(step)
        line, square = loss + slope * arb(step), bend * arb(step) ** 2
        half = arb(fmpq(1, 2))
        shares = [half if far == 0 else (arb(x).exp() - arb(x) - 1) / arb(x) ** 2 for x in (-far, far)]
        return LineBounds(*(line + square * share for share in (*shares, half)))
    finally:
        ctx.prec = saved


def _moments(z: list[fmpq], u: list[fmpq], right: int) -> tuple[arb, arb, arb]:
    """l(0), l'(0) and l''(0) of one sample."""
    most = max(z)
    weights = [arb(value - most).exp() for value in z]
    total = sum(weights, arb(0))
    mean = sum((w * arb(value) for w, value in zip(weights, u, strict=True)), arb(0)) / total
    away = [arb(value) - mean for value in u]
    bend = sum((w * gap * gap for w, gap in zip(weights, away, strict=True)), arb(0)) / total
    return total.log() + arb(most - z[right]), mean - arb(u[right]), bend


def _shape(rows: list[list[fmpq]]) -> tuple[int, int]:
    return len(rows), len(rows[0])


def _labels(label: Any, shape: tuple[int, ...]) -> np.ndarray:
    """One class a sample."""
    found = np.asarray(label)
    if not np.issubdtype(found.dtype, np.integer):
        raise TypeError(f"label is {shown(label)}: expected integers, the number of the right class")
    if found.shape != shape[:-1]:
        raise ValueError(f"label has the shape {found.shape}: expected {shape[:-1]}, one a sample")
    if not bool(((found >= 0) & (found < shape[-1])).all()):
        raise ValueError(f"label is {shown(label)}: expected classes from 0 to {shape[-1] - 1}")
    return np.atleast_1d(found)


__all__ = ["LineBounds", "softmax_line_bounds"]
