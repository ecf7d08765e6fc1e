"""Random corridors and near misses in dimension 1 to 5, as losses with gradients in floating point; and the flow by Runge and Kutta."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

Vector = np.ndarray
STEPS = 64  # of Runge and Kutta's fourth order over a time of at most 1: an error of about (1/64)^4 = 6e-8
NEAR = 1e-6
DIFFERENCE = 1e-5  # a central difference errs by its square, 1e-10, and by rounding of 1e-16 / 1e-5 = 1e-11


@dataclass(frozen=True)
class Region:
    """A loss with its gradient near a start, and for how long the solution through it stays in the region."""

    loss: Callable[[Vector], float]
    gradient: Callable[[Vector], Vector]
    start: Vector
    lasts: float


def corridor(seed: int, dimension: int, kind: str) -> Region:
    """An affine loss; a cone about a flat, convex or concave; or the orthogonal sum of both, in a random frame."""
    dice = np.random.default_rng(seed)
    frame = np.linalg.qr(dice.normal(size=(dimension, dimension)))[0]
    size = {"affine": 0, "cone": dimension}.get(kind, int(dice.integers(1, dimension + 1)))
    inside, across = frame[:, :size], frame[:, size:]
    tip, slope = dice.normal(size=dimension), across @ dice.normal(size=dimension - size)
    scale = float(dice.choice([-2.0, -0.5, 0.5, 2.0]))
    start = tip + dice.normal(size=dimension) + inside @ np.ones(size)

    def loss(theta: Vector) -> float:
        return float(scale * np.linalg.norm(inside.T @ (theta - tip)) + slope @ theta)

    def gradient(theta: Vector) -> Vector:
        if not size:
            return slope
        away = inside @ (inside.T @ (theta - tip))
        return scale * away / np.linalg.norm(away) + slope

    distance = float(np.linalg.norm(inside.T @ (start - tip))) if size and scale > 0 else np.inf
    return Region(loss, gradient, start, min(1.0, 0.9 * distance / abs(scale)))


def near_miss(seed: int, dimension: int) -> Region:
    """An elliptic cone, of dimension 2 at least: through every point runs a straight line on its graph, but none of steepest descent."""
    dice = np.random.default_rng(seed)
    axes = np.arange(1.0, dimension + 1)
    start = np.sign(dice.normal(size=dimension)) * dice.uniform(0.5, 2, size=dimension)

    def loss(theta: Vector) -> float:
        return float(np.sqrt(axes @ theta**2))

    def gradient(theta: Vector) -> Vector:
        return axes * theta / loss(theta)

    return Region(loss, gradient, start, 0.25)


corridors = st.builds(corridor, st.integers(0, 10**6), st.integers(1, 5), st.sampled_from(["affine", "cone", "sum"]))
near_misses = st.builds(near_miss, st.integers(0, 10**6), st.integers(2, 5))


def flow(region: Region, start: Vector, time: float) -> Vector:
    """The solution of theta' = -g(theta) at a time."""
    d, state = time / STEPS, start
    for _ in range(STEPS):
        a = -region.gradient(state)
        b = -region.gradient(state + d / 2 * a)
        c = -region.gradient(state + d / 2 * b)
        state = state + d / 6 * (a + 2 * b + 2 * c - region.gradient(state + d * c))
    return state


def product(region: Region, theta: Vector) -> Vector:
    """H g, by a central difference of the gradient along the gradient."""
    g = region.gradient(theta)
    return (region.gradient(theta + DIFFERENCE * g) - region.gradient(theta - DIFFERENCE * g)) / (2 * DIFFERENCE)


def descent(region: Region, start: Vector, step: float, count: int) -> list[Vector]:
    """The iterates of gradient descent, the start first."""
    path = [start]
    for _ in range(count):
        path.append(path[-1] - step * region.gradient(path[-1]))
    return path
