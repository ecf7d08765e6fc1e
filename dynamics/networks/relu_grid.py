r"""Two-layer ReLU networks of one real input on the grid i/N, as fast as the kinks allow.

:math:`\hat f(x) = \sum_j W_j (V_j x - b_j)^+` is piecewise linear with one kink a unit. So the sums over the grid
that the gradient of :math:`\sum_i (\hat f(x_i) - y_i)^2` needs are sums over the pieces, of powers of x and of y,
read from prefix tables: a step costs O(h) after a nearly sorted sort, not O(N h). The same map, point by point, is
`dynamics.TwoLayerReluMap` with factor 1.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class GridReluMap:
    r"""Gradient descent on :math:`\sum_{i=1}^N (\sum_j W_j (V_j i/N - b_j)^+ - y_i)^2` over (W, V).

    The bias b is fixed (Nar & Sastry, section 4).

    Args:
        targets: float64, shape ``(N,)``: the values y_i at i/N.
        bias: float64, shape ``(rows, h)``: one bias a run.
        step_size: float64, shape ``(rows,)``: one step size a run.

    Points have shape ``(rows, 2h)``: W, then V.

    Raises:
        ValueError: For wrong shapes, empty or non-finite input, or step sizes that are not positive.
        TypeError: For arrays that are not float64.

    Example:
        >>> grid = GridReluMap(np.zeros(4), np.zeros((1, 1)), np.array([0.1]))
        >>> grid.advance(np.array([[0.0, 1.0]]), 3)
        array([[0., 1.]])
    """

    def __init__(self, targets: Floats, bias: Floats, step_size: Floats) -> None:
        expected: tuple[tuple[str, Any, int], ...]
        expected = (("targets", targets, 1), ("bias", bias, 2), ("step_size", step_size, 1))
        for name, array, dimension in expected:
            if getattr(array, "dtype", None) != np.float64:
                raise TypeError(f"{name} is {getattr(array, 'dtype', type(array).__name__)}: expected a float64 array")
            if array.ndim != dimension or array.size == 0 or not np.all(np.isfinite(array)):
                raise ValueError(f"{name} has shape {array.shape}: expected {dimension} dimensions, not empty, all finite")
        if len(bias) != len(step_size) or not np.all(step_size > 0):
            raise ValueError(f"{len(bias)} biases for {len(step_size)} step sizes: expected as many, all of them positive")
        self.targets, self.bias, self.step_size = targets, bias, step_size
        n = len(targets)
        self.grid = np.arange(1, n + 1) / n
        columns = (np.ones(n), self.grid, self.grid**2, targets, targets * self.grid)
        self._tables = np.concatenate([np.zeros((5, 1)), np.cumsum(columns, axis=1)], axis=1)

    def select(self, rows: NDArray[Any]) -> GridReluMap:
        """Return the map of some rows."""
        other = object.__new__(GridReluMap)
        other.__dict__.update(self.__dict__, bias=self.bias[rows], step_size=self.step_size[rows])
        return other

    def advance(self, x: Floats, steps: int) -> Floats:
        """Return the points, shape ``(rows, 2h)``, after ``steps`` steps; raises ``ValueError`` for another shape."""
        if x.shape != (len(self.bias), 2 * self.bias.shape[1]):
            raise ValueError(f"points have shape {x.shape}: expected {(len(self.bias), 2 * self.bias.shape[1])}")
        moved = np.array(x, dtype=np.float64, order="C")
        _advance(moved, self.bias, self.step_size, self._tables, steps)
        return moved

    def output(self, x: Floats) -> Floats:
        """Return the network's values on the grid, shape ``(rows, N)``."""
        w, v = np.split(x, 2, axis=1)
        return np.einsum("rj,rij->ri", w, np.maximum(v[:, None] * self.grid[:, None] - self.bias[:, None], 0))

    def hessian(self, x: Floats) -> Floats:
        """Return the Hessians of the loss, shape ``(rows, 2h, 2h)``, in closed form (slope 0 at a kink)."""
        w, v = np.split(x, 2, axis=1)
        h = w.shape[1]
        result = np.empty((len(x), 2 * h, 2 * h))
        for r in range(len(x)):
            pre = self.grid[:, None] * v[r] - self.bias[r]
            active = (pre > 0) * self.grid[:, None]
            hidden = np.maximum(pre, 0)
            features = np.concatenate([hidden, active * w[r]], axis=1)
            result[r] = 2 * features.T @ features
            cross = 2 * (hidden @ w[r] - self.targets) @ active
            result[r, range(h), range(h, 2 * h)] += cross
            result[r, range(h, 2 * h), range(h)] += cross
        return result

    def jacobian(self, x: Floats) -> Floats:
        """Return the Jacobians of the map, ``I - step * hessian``."""
        return np.eye(x.shape[1]) - self.step_size[:, None, None] * self.hessian(x)


@numba.njit(cache=True)
def _advance(x: Floats, bias: Floats, step_size: Floats, tables: Floats, steps: int) -> None:
    h, n = bias.shape[1], tables.shape[1] - 1
    order = np.empty(h, dtype=np.int64)
    cut = np.empty(h, dtype=np.int64)
    rising = np.empty(h, dtype=np.bool_)
    below = np.empty((h, 2))
    for row in range(len(x)):
        for j in range(h):
            order[j] = j
        for _ in range(steps):
            _step(x[row], bias[row], step_size[row], tables, n, order, cut, rising, below)


@numba.njit(cache=True)
def _step(
    x: Floats,
    b: Floats,
    step_size: float,
    tables: Floats,
    n: int,
    order: NDArray[np.int64],
    cut: NDArray[np.int64],
    rising: NDArray[np.bool_],
    below: Floats,
) -> None:
    """One step of one run. ``cut[j]`` grid points lie below kink j; a rising unit is active above it, others below."""
    h = len(b)
    slope, offset = 0.0, 0.0
    for j in range(h):
        rising[j] = x[h + j] > 0 or (x[h + j] == 0 and -b[j] > 0)
        cut[j] = _cut(x[h + j], b[j], n)
        if not rising[j]:
            slope += x[j] * x[h + j]
            offset -= x[j] * b[j]
    for i in range(1, h):
        unit, k = order[i], i
        while k > 0 and cut[order[k - 1]] > cut[unit]:
            order[k] = order[k - 1]
            k -= 1
        order[k] = unit
    start, error, moment = 0, 0.0, 0.0
    for i in range(h + 1):
        end = cut[order[i]] if i < h else n
        if end > start:
            s0, s1, s2 = (
                tables[0, end] - tables[0, start],
                tables[1, end] - tables[1, start],
                tables[2, end] - tables[2, start],
            )
            error += slope * s1 + offset * s0 - (tables[3, end] - tables[3, start])
            moment += slope * s2 + offset * s1 - (tables[4, end] - tables[4, start])
            start = end
        if i < h:
            j = order[i]
            below[j, 0], below[j, 1] = error, moment
            sign = 1.0 if rising[j] else -1.0
            slope += sign * x[j] * x[h + j]
            offset -= sign * x[j] * b[j]
    for j in range(h):
        e, m = below[j, 0], below[j, 1]
        if rising[j]:
            e, m = error - e, moment - m
        w = x[j]
        x[j] -= step_size * 2 * (x[h + j] * m - b[j] * e)
        x[h + j] -= step_size * 2 * w * m


@numba.njit(cache=True)
def _cut(v: float, b: float, n: int) -> int:
    """Count the grid points below the kink, by the float64 test ``v i/n - b > 0`` that the network itself makes."""
    if v == 0:
        return 0
    guess = b * n / v
    if not guess > 0:
        cut = 0
    elif guess >= n:
        cut = n
    else:
        cut = int(guess)
    if v > 0:
        while cut < n and not v * ((cut + 1) / n) - b > 0:
            cut += 1
        while cut > 0 and v * (cut / n) - b > 0:
            cut -= 1
    else:
        while cut < n and v * ((cut + 1) / n) - b > 0:
            cut += 1
        while cut > 0 and not v * (cut / n) - b > 0:
            cut -= 1
    return cut
