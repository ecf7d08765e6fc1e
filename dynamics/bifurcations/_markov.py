"""Markov graphs of interval maps whose turning points all have finite orbits: the orbits' points cut the line into intervals.

Each interval maps monotonically onto a union of intervals, so what becomes of almost every point is read off a finite graph. Closed
classes of bounded intervals are the chaotic attractors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd


@dataclass(frozen=True, slots=True)
class MarkovGraph:
    """Intervals 0..N between N marks on the line, the first and the last unbounded.

    Attributes:
        images: For each interval the intervals that its image covers.
    """

    images: tuple[range, ...]

    @classmethod
    def build(cls, following: Sequence[int], low: int, high: int) -> MarkovGraph:
        """Return the graph of marks in order, mark i moving to mark ``following[i]``; ``low`` and ``high`` are the signs at infinity."""
        last = len(following)
        at = {-1: -1, 1: last}
        places = [at[low], *following, at[high]]
        return cls(tuple(range(min(a, b) + 1, max(a, b) + 1) for a, b in zip(places[:-1], places[1:], strict=True)))

    def reach(self, start: int) -> set[int]:
        """Return the intervals that the orbit of an interval covers, itself included."""
        seen, todo = {start}, [start]
        while todo:
            fresh = set(self.images[todo.pop()]) - seen
            seen |= fresh
            todo.extend(fresh)
        return seen

    def attractor(self, start: int) -> frozenset[int]:
        """Return the attractor that holds an interval; empty if the interval is transient or escapes."""
        seen = self.reach(start)
        bounded = not seen & {0, len(self.images) - 1}
        return frozenset(seen) if bounded and all(start in self.reach(other) for other in seen) else frozenset()

    def bands(self, attractor: frozenset[int]) -> dict[int, int]:
        """Return the band of each interval of an attractor: bands follow each other in a cycle, each within itself indivisible."""
        start = min(attractor)
        depth, todo, period = {start: 0}, [start], 0
        while todo:
            here = todo.pop()
            for other in self.images[here]:
                if other in depth:
                    period = gcd(period, depth[here] + 1 - depth[other])
                else:
                    depth[other] = depth[here] + 1
                    todo.append(other)
        return {interval: steps % period for interval, steps in depth.items()}
