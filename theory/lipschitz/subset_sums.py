"""The largest norm of a sum over a subset of some vectors, max_S |sum_{i in S} a_i|: exactly, or between two numbers.

The sums over all subsets are the corners of a zonotope, so this is its farthest point from 0. The best subset is the set of all vectors
with a positive part along their own sum; in one or two dimensions that leaves few to try, and for few vectors all are tried. In general
the problem is as hard as the largest cut of a graph. Then a search over single exchanges gives a subset, and a weighted eigenvalue
bound (`weighted_bounds`) tells how far from the best it can be: with the best weights the squares differ by a factor of pi/2 at most
(Nesterov), so the bound is then at most 1.26 times the best sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cmp_to_key

import numpy as np
from flint import arb, fmpq

from theory.data_sets import Row, power_of_two, rounded_rows
from theory.lipschitz.weighted_bounds import Group, weighted_bound

FEW = 16  # vectors of which all 2^16 subsets are tried, in a second
PLANE = 400  # vectors in a plane of which all half-planes are tried


@dataclass(frozen=True)
class SubsetSum:
    """A subset, |its sum|^2, and an upper bound of the largest |sum|, None where this subset is the best."""

    members: tuple[int, ...]
    square: fmpq
    bound: arb | None
    how: str


def largest_subset_sum(vectors: list[Row]) -> SubsetSum:
    """The subset with the largest sum, or the best one found, with an upper bound."""
    n = len(vectors[0])
    if n == 1:
        return _best(_signs_of_a_line(vectors), vectors, "the positive numbers, or the negative ones")
    if len(vectors) <= FEW:
        return _all_subsets(vectors)
    if n == 2 and len(vectors) <= PLANE:
        return _best(_half_planes(vectors), vectors, "all half-planes that contain different vectors")
    members = _exchanges(vectors)
    return SubsetSum(members, _square(members, vectors), _bound(vectors), "exchanges, and a weighted eigenvalue bound")


def _bound(vectors: list[Row]) -> arb:
    """An upper bound of max_S |sum_S a_i| = max |a_0 + sum s_i a_i|/2, with a_0 the sum of all and signs s_i."""
    everything = _total(tuple(range(len(vectors))), vectors)
    return weighted_bound([Group(fmpq(1), [row]) for row in (*vectors, everything)]) / 2


def _total(members: tuple[int, ...], vectors: list[Row]) -> Row:
    return [sum((vectors[i][j] for i in members), fmpq(0)) for j in range(len(vectors[0]))]


def _square(members: tuple[int, ...], vectors: list[Row]) -> fmpq:
    return sum((value * value for value in _total(members, vectors)), fmpq(0))


def _best(subsets: list[tuple[int, ...]], vectors: list[Row], how: str) -> SubsetSum:
    best = max(subsets, key=lambda members: _square(members, vectors))
    return SubsetSum(best, _square(best, vectors), None, how)


def _all_subsets(vectors: list[Row]) -> SubsetSum:
    """All subsets by Gray's code: each differs from the one before in one vector."""
    total, best, chosen, at = [fmpq(0)] * len(vectors[0]), fmpq(0), 0, 0
    for count in range(1, 1 << len(vectors)):
        changed = (count & -count).bit_length() - 1
        at ^= 1 << changed
        vector = vectors[changed]
        total = (
            [a + b for a, b in zip(total, vector, strict=True)]
            if at >> changed & 1
            else [a - b for a, b in zip(total, vector, strict=True)]
        )
        square = sum((value * value for value in total), fmpq(0))
        if square > best:
            best, chosen = square, at
    members = tuple(i for i in range(len(vectors)) if chosen >> i & 1)
    return SubsetSum(members, best, None, "all subsets")


def _signs_of_a_line(vectors: list[Row]) -> list[tuple[int, ...]]:
    positive = tuple(i for i, (value,) in enumerate(vectors) if value > 0)
    return [positive, tuple(i for i, (value,) in enumerate(vectors) if value < 0)]


def _half_planes(vectors: list[Row]) -> list[tuple[int, ...]]:
    """The subsets {i: a_i . u > 0} for all directions u in the plane at which no a_i but 0 is perpendicular to u."""
    lines = sorted({_upper(v) for v in vectors if any(v)}, key=cmp_to_key(_turn))
    normals = [(-y, x) for x, y in lines]  # where the subset changes, in the order of their angles
    between = (
        [(a[0] + b[0], a[1] + b[1]) for a, b in zip(normals, normals[1:] + [(-normals[0][0], -normals[0][1])], strict=True)]
        if normals
        else []
    )
    if len(normals) == 1:
        between = [lines[0]]
    sides = [[v[0] * u[0] + v[1] * u[1] for v in vectors] for u in between]
    return [()] + [tuple(i for i, s in enumerate(side) if sign * s > 0) for side in sides for sign in (1, -1)]


def _upper(v: Row) -> tuple[fmpq, fmpq]:
    """The direction of v or -v with an angle in [0, pi), scaled so that parallel vectors agree."""
    size = max(abs(v[0]), abs(v[1]))
    flip = v[1] < 0 or (v[1] == 0 and v[0] < 0)
    scale = -size if flip else size
    return v[0] / scale, v[1] / scale


def _turn(one: tuple[fmpq, fmpq], other: tuple[fmpq, fmpq]) -> int:
    """Negative where the first direction has the smaller angle."""
    value = other[0] * one[1] - other[1] * one[0]
    return int(value > 0) - int(value < 0)


def _exchanges(vectors: list[Row]) -> tuple[int, ...]:
    """A subset that no single vector, put in or taken out, improves (in float64): the best from several starts."""
    scale = power_of_two(value for vector in vectors for value in vector)
    A = rounded_rows([[value / scale for value in vector] for vector in vectors])
    axes = np.linalg.svd(A, full_matrices=False)[2]
    found = [_climb(A, A @ start > 0) for axis in (*axes, A.sum(0)) for start in (axis, -axis)]
    best = max(found, key=lambda inside: float(np.sum((inside @ A) ** 2)))
    return tuple(int(i) for i in np.flatnonzero(best))


def _climb(A: np.ndarray, inside: np.ndarray) -> np.ndarray:
    squares, best, chosen = np.sum(A**2, 1), -1.0, inside
    while True:
        total = inside @ A
        if (value := float(total @ total)) <= best:
            return chosen
        best, chosen = value, inside
        gains = np.where(inside, -2, 2) * (A @ total) + squares
        inside = inside.copy()
        inside[np.argmax(gains)] ^= True


__all__ = ["FEW", "SubsetSum", "largest_subset_sum"]
