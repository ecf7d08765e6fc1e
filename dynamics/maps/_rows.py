"""Any map as a map of rows: NumPy arrays of shape (rows, n), whatever shape or device the map uses; and boxes to draw rows from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import sympy as sp
import torch
from numpy.typing import NDArray

from dynamics.maps.symbolic_map import SymbolicMap

Floats = NDArray[np.float64]

MAX_EXACT_DEGREE = 1000  # degree of the p-step map up to which one exact orbit of a 53-bit rational costs milliseconds
# the eigenvalues and singular values of a Jacobian cost 40 n^3 operations an orbit, seconds at 500; a ResNet's fits in no memory
MAX_JACOBIAN = 500


class FlatMap:
    """A batch of orbits as rows. Tensors stay on their device for a whole call of ``advance``.

    ``epoch`` is the number of steps in which a map that changes from step to step shows all of itself; 0 for a map that never changes.
    """

    epoch = 0

    def __init__(self, inner: Any, scalar: bool, device: torch.device | None) -> None:
        self.inner, self.scalar, self.device = inner, scalar, device

    def select(self, rows: NDArray[Any]) -> FlatMap:
        return type(self)(self.inner.select(rows), self.scalar, self.device)

    def advance(self, x: Floats, steps: int, since: int = 0) -> Floats:
        """Like the map's own, but rows that have left float64 stay as they are; ``since`` is for maps that change from step to step."""
        return x if steps == 0 else self._guarded(x, lambda finite, inner: self._out(inner.advance(self._in(finite), steps)))

    def orbit(self, x: Floats, steps: int) -> Floats:
        if self.device is not None and np.isfinite(x).all():
            return self._out(self.inner.orbit(self._in(x), steps))
        return np.stack([x, *self.path(x, steps)])

    def path(self, x: Floats, steps: int, since: int = 0) -> Iterator[Floats]:
        """Yield the points after 1..steps steps."""
        for k in range(since, since + steps):
            x = self.advance(x, 1, since=k)
            yield x

    def _guarded(self, x: Floats, run: Any) -> Floats:
        good = np.isfinite(x).all(axis=1)
        if good.all():
            return np.asarray(run(x, self.inner), dtype=np.float64)
        moved = np.full_like(x, np.nan)
        if good.any():
            moved[good] = run(x[good], self.inner.select(np.flatnonzero(good)))
        return moved

    def _in(self, x: Floats) -> Any:
        if self.device is not None:
            return torch.as_tensor(x, device=self.device)
        return x[:, 0] if self.scalar else x

    def _out(self, x: Any) -> Floats:
        array = x.cpu().numpy() if isinstance(x, torch.Tensor) else x
        return np.asarray(array[:, None] if self.scalar else array, dtype=np.float64)

    def period_jacobian(self, points: Floats) -> Floats | None:
        """Return the Jacobian of the p-step map along ``points`` (p, rows, n), or ``None`` if the map has none, or too large a one."""
        if not hasattr(self.inner, "jacobian") or points.shape[-1] > MAX_JACOBIAN:
            return None
        product: Floats | None = None
        for x in points:
            factor = self.inner.jacobian(self._in(x))
            array = np.asarray(factor.cpu().numpy() if isinstance(factor, torch.Tensor) else factor).reshape(len(x), x.shape[1], x.shape[1])
            product = array if product is None else array @ product
        return product

    def _single(self, row: int) -> SymbolicMap | None:
        """The map of one row with exact values of its parameters, if it is a `SymbolicMap`."""
        return self.inner.single(row) if isinstance(self.inner, SymbolicMap) else None

    def defined_at(self, row: int, x: Floats) -> bool:
        """Tell whether the map has a real value at a point whose float64 step is not finite (so it overflowed)."""
        single = self._single(row)
        if single is None:
            return True
        at = single.substitution(tuple(map(sp.Rational, x.tolist())))
        values = [u.xreplace(at).evalf() for u in single.update]
        return all(v.is_number and v.is_real is True and v.is_finite is True for v in values)

    def repeats_exactly(self, row: int, x: Floats, period: int) -> bool:
        """Tell whether the orbit of ``x`` has this period exactly; ``False`` also where that costs too much."""
        single = self._single(row)
        if single is None:
            return False
        if all(u.is_polynomial(*single.variables) for u in single.update):
            if max(1, *(sp.Poly(u, *single.variables).total_degree() for u in single.update)) ** period > MAX_EXACT_DEGREE:
                return False
        elif period > 2:
            return False
        start = [sp.Rational(value) for value in x.tolist()]
        point = start[0] if single.scalar else tuple(start)
        try:
            return bool(sp.Tuple(single.orbit(point, period)[-1]) == sp.Tuple(point))
        except ValueError:
            return False


def flatten(inner: Any, x0: Any) -> tuple[FlatMap, Floats, tuple[int, ...]]:
    """Return the map of rows, the starts (rows, n) and the shape of the batch."""
    if isinstance(x0, torch.Tensor):
        if x0.dtype != torch.float64:
            raise TypeError(f"the starts are {x0.dtype}: classify judges rounding of float64, so convert the map and its starts")
        batch = tuple(x0.shape[:-1])
        flat = inner.checked(x0).reshape(-1, x0.shape[-1])
        return FlatMap(inner, False, x0.device), flat.cpu().numpy().astype(np.float64), batch
    if not isinstance(inner, SymbolicMap):
        if not isinstance(x0, np.ndarray) or x0.dtype != np.float64 or x0.ndim not in (1, 2) or not np.all(np.isfinite(x0)):
            raise ValueError(f"starts of {type(inner).__name__}: expected a finite float64 array of shape (n,) or (rows, n)")
        return FlatMap(inner, False, None), np.array(np.atleast_2d(x0)), x0.shape[:-1]
    x = inner.checked_float(x0)
    batch = x.shape if inner.scalar else x.shape[:-1]
    return FlatMap(inner.flattened(batch), inner.scalar, None), x.reshape(-1, inner.dimension).copy(), batch


def box_corners(box: Any, dimension: int) -> Floats:
    """Return the corners of a box, shape ``(2, dimension)``; raises ``ValueError`` unless they are finite and in order."""
    try:
        low, high = (np.broadcast_to(np.asarray(corner, dtype=np.float64), (dimension,)) for corner in box)
    except (TypeError, ValueError):
        low = high = np.full(1, np.nan)
    if not (np.all(np.isfinite(low)) and np.all(np.isfinite(high)) and np.all(low < high)):
        raise ValueError(f"the box is {box}: expected (low, high), each a number or {dimension} coordinates, finite, low below high")
    return np.array([low, high])
