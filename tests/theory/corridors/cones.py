"""Random corridors in numpy: affine losses, and sums of distances to points in orthogonal subspaces, seen in any basis."""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st


@dataclass(frozen=True)
class Cone:
    """L = the sum of the distances |P_i (theta - apex)| to a point, for orthogonal projections P_i, and a slope in one more direction."""

    dimensions: tuple[int, ...]
    seed: int

    def parts(self) -> tuple[np.ndarray, np.ndarray, list[slice]]:
        """The apex, an orthogonal basis, and the coordinates of each cone; the first coordinate is that of the slope."""
        rng = np.random.default_rng(self.seed)
        size = 1 + sum(self.dimensions)
        basis, _ = np.linalg.qr(rng.normal(size=(size, size)))
        ends = 1 + np.cumsum((0, *self.dimensions))
        return rng.normal(size=size), basis, [slice(a, b) for a, b in zip(ends, ends[1:], strict=False)]

    def gradient(self, theta: np.ndarray) -> np.ndarray:
        """One unit vector for each cone, and 2 times the first direction."""
        apex, basis, blocks = self.parts()
        local = basis.T @ (theta - apex)
        slope = np.zeros_like(local)
        slope[0] = 2.0
        for block in blocks:
            slope[block] = local[block] / np.linalg.norm(local[block])
        return basis @ slope

    def loss(self, theta: np.ndarray) -> float:
        """The sum of the distances, and 2 times the first coordinate."""
        apex, basis, blocks = self.parts()
        local = basis.T @ (theta - apex)
        return float(2 * local[0] + sum(np.linalg.norm(local[block]) for block in blocks))

    def start(self) -> np.ndarray:
        """A point at the distance 1 from the apex in every cone, so that segments up to the length 1 stay inside."""
        apex, basis, blocks = self.parts()
        local = np.random.default_rng(self.seed + 1).normal(size=apex.size)
        for block in blocks:
            local[block] /= np.linalg.norm(local[block])
        return apex + basis @ local


cones = st.builds(Cone, st.lists(st.integers(1, 3), min_size=1, max_size=2).map(tuple), st.integers(0, 10**6))
