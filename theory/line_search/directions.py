"""The line that SGD chooses, and how far the minimum of a quadratic loss is along it. (sections 3 and 6)."""

from __future__ import annotations

from typing import Any

import numpy as np
from sympy import Add, Expr, MatrixBase, sqrt

from theory.evidence import implements
from theory.proof import sign
from theory.values import demand_finite, exact_number, float64, shown


@implements("mutschler-zell:text-direction", "mutschler-zell:algorithm-pal")
def line_direction(gradient: Any, momentum: Any = None, beta: Any = 0) -> tuple[Any, Any]:
    """The direction d = -m/|m| of SGD's line, and the momentum m = beta m_0 + g; without momentum d = -g/|g|.

    Args:
        gradient: g, that of the mini-batch: a list of exact numbers, or a float64 array of any shape.
        momentum: m_0 of the step before, of the same kind and shape; None before the first step.
        beta: the factor of m_0; 0 is SGD without momentum.

    Returns:
        d and m, lists of exact numbers or float64 arrays.

    Raises:
        TypeError: for a gradient and a momentum of different kinds, other dtypes, and entries that are no numbers.
        ValueError: for different shapes, NaN and infinity, and m = 0, which has no direction.

    Source:
        Mutschler & Zell (2021), section 3.

    Example:
        >>> line_direction([3, 4])
        ([-3/5, -4/5], [3, 4])
        >>> line_direction([1, 0], momentum=[-4, 4], beta=1)      # <g, d> = 3/5: the mini-batch's loss rises
        ([3/5, -4/5], [-3, 4])
    """
    now = _vector(gradient, "gradient")
    if momentum is not None:
        _same_kind(now, old := _vector(momentum, "momentum"), "gradient", "momentum")
        if isinstance(now, np.ndarray):
            with np.errstate(over="ignore", invalid="ignore"):
                now = float64(beta, "beta") * old + now
            demand_finite(now, np.isfinite(now), "the momentum", "it overflows, scale the loss")
        else:
            factor = exact_number(beta, "beta")
            now = [factor * before + new for before, new in zip(old, now, strict=True)]
    return _unit(now, -1), now


def newton_line_step(H: Any, G: Any, g: Any) -> Any:
    """<G, g> |g|/(g' H g): how far along -g/|g| a quadratic loss has its minimum, from where its gradient is G and its Hessian H.

    With g = G it is |G|^3/(G' H G). A negative number says that the minimum lies behind: the mini-batch's line begins uphill.

    Args:
        H: the Hessian of the full batch, n x n: rows of exact numbers, a SymPy matrix, or a float64 array.
        G: the gradient of the full batch, n numbers.
        g: the gradient of the mini-batch, n numbers, all of the same kind.

    Returns:
        An exact number, or a float64.

    Raises:
        TypeError: for arguments of different kinds, other dtypes, and entries that are no numbers.
        ValueError: for shapes that do not fit, NaN and infinity, g = 0, and g' H g <= 0, where the line has no one minimum.

    Source:
        Mutschler & Zell (2021), equation 4, as corrected in `theory.line_search.newton`.

    Example:
        >>> newton_line_step([[1]], [2], [2])
        2
        >>> newton_line_step(np.diag([1.0, 3.0]), np.array([2.0, 0.0]), np.array([2.0, 0.0]))
        np.float64(2.0)
    """
    full, noisy = _vector(G, "G"), _vector(g, "g")
    _same_kind(full, noisy, "G", "g")
    rows = _rows(H, isinstance(noisy, np.ndarray))
    if len(rows) != len(noisy) or any(len(row) != len(noisy) for row in rows):
        raise ValueError(f"H has {len(rows)} rows of {sorted({len(row) for row in rows})} numbers: expected {len(noisy)} of each, as g has")
    way = _unit(noisy, 1)
    if isinstance(noisy, np.ndarray):
        with np.errstate(over="ignore", invalid="ignore"):
            bend, slope = way @ rows @ way, full @ way
            _demand_minimum(bool(bend > 0), bend)
            step = slope / bend
        demand_finite(np.asarray(step), np.isfinite(step), "the step", "it overflows, scale the loss or the parameters")
        return step
    bend = Add(*(a * row[j] * b for a, row in zip(way, rows, strict=True) for j, b in enumerate(way)))
    _demand_minimum(sign(bend) > 0, bend)
    return Add(*(a * b for a, b in zip(full, way, strict=True))) / bend


def _demand_minimum(upwards: bool, bend: Any) -> None:
    if not upwards:
        raise ValueError(f"the curvature along the line is {shown(bend)}: expected a positive number, or the line has no one minimum")


def _vector(value: Any, name: str) -> Any:
    """A list of exact numbers, or a float64 array, without NaN."""
    if isinstance(value, np.ndarray):
        return float64(value, name)
    if isinstance(value, MatrixBase) and 1 in value.shape:
        value = list(value)
    if not isinstance(value, list | tuple) or not value:
        raise TypeError(f"{name} is {shown(value)}: expected a list of exact numbers, or a float64 array")
    return [exact_number(entry, f"{name}[{i}]") for i, entry in enumerate(value)]


def _rows(value: Any, floats: bool) -> Any:
    if floats != isinstance(value, np.ndarray):
        raise TypeError("H and g are of different kinds: give both as exact numbers, or both as float64 arrays")
    if floats:
        matrix = float64(value, "H")
        if matrix.ndim != 2:
            raise ValueError(f"H has the shape {matrix.shape}: expected a matrix")
        return matrix
    rows = value.tolist() if isinstance(value, MatrixBase) else value
    if not isinstance(rows, list | tuple) or not all(isinstance(row, list | tuple) for row in rows):
        raise TypeError(f"H is {shown(value)}: expected rows of exact numbers")
    return [[exact_number(entry, f"H[{i}][{j}]") for j, entry in enumerate(row)] for i, row in enumerate(rows)]


def _same_kind(one: Any, other: Any, name: str, other_name: str) -> None:
    if isinstance(one, np.ndarray) != isinstance(other, np.ndarray):
        raise TypeError(f"{name} and {other_name} are of different kinds: give both as exact numbers, or both as float64 arrays")
    shapes = [x.shape if isinstance(x, np.ndarray) else (len(x),) for x in (one, other)]
    if shapes[0] != shapes[1]:
        raise ValueError(f"{name} has the shape {shapes[0]}, {other_name} {shapes[1]}: expected the same")


def _unit(vector: Any, side: int) -> Any:
    """The vector, 1 long, times `side`; float arrays are scaled first, so that no square overflows or vanishes."""
    if isinstance(vector, np.ndarray):
        most = np.abs(vector).max(initial=0.0)
        if most > 0:
            scaled = vector / most
            return side * scaled / np.sqrt((scaled**2).sum())
    else:
        square: Expr = Add(*(entry**2 for entry in vector))
        if sign(square) > 0:
            return [side * entry / sqrt(square) for entry in vector]
    raise ValueError("the gradient or momentum is 0: it has no direction")


__all__ = ["line_direction", "newton_line_step"]
