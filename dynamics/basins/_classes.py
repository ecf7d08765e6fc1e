"""Which orbits ended at the same attractor: outcomes sorted into classes, and these in colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dynamics.orbits._evidence import FLAT
from dynamics.orbits.outcomes import Outcome, OutcomeKind

Floats = NDArray[np.float64]

# Points within this of each other, relative to 1 + |x|, are one: classify leaves 1e-9 of an orbit's size
SAME_POINT = 1e-6
# Okabe and Ito's colours, which the colour-blind tell apart, light and dark in turn so that neighbours differ in grey
PALETTE = ("#0072b2", "#f0e442", "#d55e00", "#56b4e9", "#009e73", "#e69f00", "#cc79a7")
NEITHER = {OutcomeKind.DIVERGED: "#ffffff", OutcomeKind.UNDECIDED: "#bbbbbb"}


@dataclass(frozen=True, slots=True)
class BasinClass:
    """Orbits that ended at the same place, or that all diverged or stayed undecided.

    Attributes:
        kind: What they did.
        period: Of the equilibrium (1) or cycle; otherwise ``None``.
        points: Its points, shape ``(period, n)``, the least first; for bounded orbits and for neutral equilibria or cycles (those of
            a continuum are one class) the two corners of the box that holds them; empty for the others. Left out of comparisons.
        multiplier: The largest spectral radius that was seen; ``nan`` where there is none.
    """

    kind: OutcomeKind
    period: int | None
    points: Floats = field(compare=False)
    multiplier: float

    @property
    def neutral(self) -> bool:
        """Whether these are equilibria or cycles with a multiplier of 1 in modulus, such as the minima of an overparametrised loss."""
        return _neutral(self.period, self.multiplier)

    @property
    def name(self) -> str:
        """A few words: the kind and, for an equilibrium or cycle, where it is."""
        if self.period is None:
            return str(self.kind)
        if self.neutral:
            return "neutral equilibria" if self.period == 1 else f"neutral {self.period}-cycles"
        where = ", ".join(f"{c:.4g}" for c in self.points[0])
        found = f"equilibrium ({where})" if self.period == 1 else f"{self.period}-cycle through ({where})"
        return f"unstable {found}" if self.multiplier > 1 else found


@dataclass(slots=True, eq=False)
class _Group:
    kind: OutcomeKind
    period: int | None
    points: Floats
    members: list[int]
    multiplier: float

    @property
    def spread(self) -> bool:
        """Whether its points are the corners of a box."""
        return self.kind == OutcomeKind.BOUNDED or _neutral(self.period, self.multiplier)


def assign(outcomes: Sequence[Outcome]) -> tuple[tuple[BasinClass, ...], NDArray[np.int64]]:
    """Return the classes, attractors first and the most visited in front, and the index of the class of every outcome."""
    groups: list[_Group] = []
    for i, outcome in enumerate(outcomes):
        group = _Group(outcome.kind, outcome.period, outcome.points, [i], outcome.multiplier)
        group.points = shape_of(outcome)
        while (home := next((g for g in groups if _same(g, group)), None)) is not None:
            groups.remove(home)
            group = _joined(home, group)
            if group.kind != OutcomeKind.BOUNDED:  # only the box of bounded orbits can grow into another one
                break
        groups.append(group)
    groups.sort(key=lambda g: (g.kind in NEITHER, g.kind == OutcomeKind.UNDECIDED, -len(g.members), min(g.members)))
    labels = np.empty(len(outcomes), dtype=np.int64)
    for number, group in enumerate(groups):
        labels[group.members] = number
    return tuple(BasinClass(g.kind, g.period, g.points, g.multiplier) for g in groups), labels


def _neutral(period: int | None, multiplier: float) -> bool:
    return period is not None and abs(multiplier - 1) <= FLAT


def shape_of(outcome: Outcome) -> Floats:
    """The points of a cycle from its least one on; the box of a bounded orbit or of a neutral cycle; otherwise none."""
    if outcome.kind == OutcomeKind.BOUNDED or _neutral(outcome.period, outcome.multiplier):
        return _corners([outcome.points])
    if outcome.period is None:
        return np.empty((0, 0))
    first = min(range(outcome.period), key=lambda i: tuple(outcome.points[i]))
    return np.roll(outcome.points, -first, axis=0)


def _corners(parts: Sequence[Floats]) -> Floats:
    points = np.concatenate(parts)
    return np.array([points.min(axis=0), points.max(axis=0)])


def _same(one: _Group, two: _Group) -> bool:
    if (one.kind, one.period, one.spread) != (two.kind, two.period, two.spread):
        return False
    if one.kind in NEITHER or (one.spread and one.period is not None):
        return True
    if one.kind == OutcomeKind.BOUNDED:  # the boxes of a few dozen points of one chaotic attractor meet
        return bool(np.all(one.points[0] <= two.points[1]) and np.all(two.points[0] <= one.points[1]))
    # rounding may reorder points with equal coordinates: compare from whichever is nearest
    turned = np.roll(one.points, -int(np.linalg.norm(two.points[0] - one.points, axis=1).argmin()), axis=0)
    return bool(np.all(np.linalg.norm(two.points - turned, axis=1) <= SAME_POINT * (1 + np.linalg.norm(turned, axis=1))))


def _joined(one: _Group, two: _Group) -> _Group:
    points = _corners([one.points, two.points]) if one.spread else one.points
    one.members.extend(two.members)
    return _Group(one.kind, one.period, points, one.members, max(one.multiplier, two.multiplier))


def colours(classes: Sequence[BasinClass]) -> list[str]:
    """Return one colour a class: white where orbits diverge, grey where they are undecided; attractors repeat after seven."""
    return [NEITHER.get(found.kind, PALETTE[i % len(PALETTE)]) for i, found in enumerate(classes)]
