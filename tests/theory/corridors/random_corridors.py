"""Exact corridors and near misses in random frames, dimension 1 to 5, in floating point; and the flow by Runge and Kutta."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from hypothesis import strategies as st
from sympy import lambdify

from theory.corridors.families import (
    Landscape,
    affine,
    coordinates,
    distance_to_point,
    orthogonal_sum,
    product_distance,
    tube,
)
from theory.corridors.near_misses import elliptic_cone

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


@cache
def exact(kind: str, dimension: int) -> tuple[Landscape, Callable[..., float], Callable[..., list[float]]]:
    """One exact landscape of a kind, with its loss and gradient in floating point."""
    ones, names = [1] * dimension, coordinates(dimension)
    half, rest = coordinates((dimension + 1) // 2), coordinates(dimension // 2, (dimension + 1) // 2 + 1)
    near, far = distance_to_point([1] * len(half), half), affine(range(2, 2 + len(rest)), [1] * len(rest), rest)
    match kind:
        case "affine":
            found = affine(range(1, dimension + 1), ones)
        case "cone":
            found = distance_to_point(ones)
        case "sphere":
            found = tube(distance_to_point(ones), 3)
        case "sum":
            found = orthogonal_sum(near, far) if rest else near
        case "tube":
            inner = tube(near, 2)
            found = product_distance(inner, distance_to_point([1] * len(rest), rest)) if rest else inner
        case _:
            found = elliptic_cone(range(1, dimension + 1), ones)
    slopes = [found.loss.diff(v) for v in names]
    return found, lambdify(names, found.loss, "numpy"), lambdify(names, slopes, "numpy", cse=True)


def seen(seed: int, dimension: int, kind: str) -> Region:
    """An exact landscape in a random frame, times a number, from a random start near its point."""
    dice = np.random.default_rng(seed)
    found, loss, slopes = exact(kind, dimension)
    frame, tip = np.linalg.qr(dice.normal(size=(dimension, dimension)))[0], dice.normal(size=dimension)
    scale, way = float(dice.choice([-2.0, -0.5, 0.5, 2.0])), dice.normal(size=dimension)
    room = float(found.clearance)
    way *= min(room, 2.0) / 2 * dice.uniform() / np.linalg.norm(way)
    start = tip + frame @ (np.array(found.point, dtype=float) + way)

    def gradient(theta: Vector) -> Vector:
        return scale * frame @ np.array(slopes(*(frame.T @ (theta - tip))), dtype=float)

    fast = max(float(np.linalg.norm(gradient(start))), 1e-9)
    return Region(
        lambda theta: scale * float(loss(*(frame.T @ (theta - tip)))), gradient, start, min(1.0, 0.9 * (room - np.linalg.norm(way)) / fast)
    )


corridors = st.builds(seen, st.integers(0, 10**6), st.integers(1, 5), st.sampled_from(["affine", "cone", "sphere", "sum", "tube"]))
near_misses = st.builds(seen, st.integers(0, 10**6), st.integers(2, 5), st.just("elliptic"))


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
