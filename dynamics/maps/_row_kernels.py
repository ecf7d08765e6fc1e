"""What `dynamics.maps.kernels` does for compiled maps, for every other map: step by step, with the map's own steps and Jacobians."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dynamics.maps._rows import FlatMap

Floats = NDArray[np.float64]


class RowKernels:
    """A map of rows with the methods of `dynamics.maps.kernels.CpuKernels`; the parameter values ``p`` are those of the map itself."""

    def __init__(self, rows: FlatMap) -> None:
        self.rows = rows

    def advance(self, x: Floats, p: Floats, steps: int) -> Floats:
        """Return the points after some steps, shape ``(n, lanes)``."""
        return self.rows.advance(x.T, steps).T

    def record(self, x: Floats, p: Floats, keep: int) -> Floats:
        """Return the next ``keep`` points, shape ``(keep, n, lanes)``."""
        return self.rows.orbit(x.T, keep)[1:].transpose(0, 2, 1)

    def stretch(self, x: Floats, p: Floats, tangents: Floats, steps: int) -> tuple[Floats, Floats, Floats]:
        """Follow tangents along orbits, by a QR decomposition at every step; see `dynamics.maps.kernels.CpuKernels.stretch`."""
        points, basis, logs = x.T.copy(), tangents.transpose(2, 1, 0), np.zeros((x.shape[1], len(x)))
        with np.errstate(all="ignore"):
            for _ in range(steps):
                basis, upper = np.linalg.qr(self._jacobians(points) @ basis)
                logs += np.log(np.abs(np.diagonal(upper, axis1=1, axis2=2)))
                points = self.rows.advance(points, 1)
        return points.T, basis.transpose(2, 1, 0), logs.T

    def _jacobians(self, points: Floats) -> Floats:
        """The Jacobians, shape ``(lanes, n, n)``; NaN where an orbit has left float64."""
        jacobians = np.full((*points.shape, points.shape[1]), np.nan)
        good = np.flatnonzero(np.isfinite(points).all(axis=1))
        if len(good):
            found = self.rows.select(good).period_jacobian(points[good][None])
            if found is None:
                raise TypeError("the map has no Jacobian: exponents need one")
            jacobians[good] = found
        return jacobians
