"""Which orbits ended at the same attractor: outcomes sorted into classes, and these as colours and JSON."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dynamics._results import environment
from dynamics.outcomes import Outcome, OutcomeKind

Floats = NDArray[np.float64]

# Points within this of each other, relative to 1 + |x|, are one: classify leaves 1e-9 of an orbit's size
SAME_POINT = 1e-6
# Okabe and Ito's colours, which the colour-blind tell apart, light and dark in turn so that neighbours differ in grey
PALETTE = ("#0072b2", "#f0e442", "#d55e00", "#56b4e9", "#009e73", "#e69f00", "#cc79a7")
NEITHER = {OutcomeKind.DIVERGED: "#ffffff", OutcomeKind.UNDECIDED: "#bbbbbb"}


@dataclass(frozen=True, slots=True)
class BasinClass:
    """Orbits that ended at the same attractor, or that all diverged or stayed undecided.

    Attributes:
        kind: What they did.
        period: Of the equilibrium (1) or cycle; otherwise ``None``.
        points: Its points, shape ``(period, n)``; for bounded orbits the two corners of the box that holds their last points;
            empty for the others. Left out of comparisons.
        multiplier: The largest spectral radius that was seen; ``nan`` where there is none.
    """

    kind: OutcomeKind
    period: int | None
    points: Floats = field(compare=False)
    multiplier: float

    @property
    def name(self) -> str:
        """A few words: the kind and, for an equilibrium or cycle, where it is."""
        if self.period is None:
            return str(self.kind)
        where = ", ".join(f"{c:.4g}" for c in self.points[0])
        return f"equilibrium ({where})" if self.period == 1 else f"{self.period}-cycle through ({where})"


@dataclass(slots=True)
class _Group:
    outcome: Outcome
    points: Floats
    members: list[int]
    multiplier: float


def assign(outcomes: Sequence[Outcome]) -> tuple[tuple[BasinClass, ...], NDArray[np.int64]]:
    """Return the classes, attractors first and the most visited in front, and the index of the class of every outcome."""
    groups: list[_Group] = []
    for i, outcome in enumerate(outcomes):
        points = _ordered(outcome)
        home = next((g for g in groups if g.outcome.kind == outcome.kind and _same(g, outcome, points)), None)
        if home is None:
            groups.append(_Group(outcome, points, [i], outcome.multiplier))
        else:
            home.members.append(i)
            home.multiplier = max(home.multiplier, outcome.multiplier)
    groups = _merged(groups)
    groups.sort(key=lambda g: (g.outcome.kind in NEITHER, g.outcome.kind == OutcomeKind.UNDECIDED, -len(g.members), g.members[0]))
    labels = np.empty(len(outcomes), dtype=np.int64)
    for number, group in enumerate(groups):
        labels[group.members] = number
    return tuple(BasinClass(g.outcome.kind, g.outcome.period, g.points, g.multiplier) for g in groups), labels


def _ordered(outcome: Outcome) -> Floats:
    """The points of a cycle from its least one on; of a bounded orbit the corners of its box; of others none."""
    if outcome.period is not None:
        first = min(range(outcome.period), key=lambda i: tuple(outcome.points[i]))
        return np.roll(outcome.points, -first, axis=0)
    if outcome.kind == OutcomeKind.BOUNDED:
        return np.array([outcome.points.min(axis=0), outcome.points.max(axis=0)])
    return np.empty((0, 0))


def _same(group: _Group, outcome: Outcome, points: Floats) -> bool:
    if outcome.kind in NEITHER:
        return True
    if outcome.kind == OutcomeKind.BOUNDED:
        return False  # boxes grow as orbits join them: `_merged` does it
    if group.outcome.period != outcome.period:
        return False
    distances = np.linalg.norm(points[0] - group.points, axis=1)
    # rounding may reorder points with equal coordinates: compare from whichever is nearest
    turned = np.roll(group.points, -int(distances.argmin()), axis=0)
    return bool(np.all(np.linalg.norm(points - turned, axis=1) <= SAME_POINT * (1 + np.linalg.norm(turned, axis=1))))


def _merged(groups: Sequence[_Group]) -> list[_Group]:
    """Join bounded orbits whose boxes meet; the box of a few dozen points of one chaotic attractor meets that of others."""
    kept = [g for g in groups if g.outcome.kind != OutcomeKind.BOUNDED]
    boxes: list[_Group] = []
    for group in (g for g in groups if g.outcome.kind == OutcomeKind.BOUNDED):
        while meeting := next(
            (b for b in boxes if np.all(b.points[0] <= group.points[1]) and np.all(group.points[0] <= b.points[1])), None
        ):
            boxes.remove(meeting)
            group.points = np.array([np.minimum(group.points[0], meeting.points[0]), np.maximum(group.points[1], meeting.points[1])])
            group.members = sorted(group.members + meeting.members)
        boxes.append(group)
    return kept + boxes


def colours(classes: Sequence[BasinClass]) -> list[str]:
    """Return one colour a class: white where orbits diverge, grey where they are undecided; attractors repeat after seven."""
    return [NEITHER.get(found.kind, PALETTE[i % len(PALETTE)]) for i, found in enumerate(classes)]


def as_json(result: Any) -> str:
    """Return a result as JSON: its fields, the kind of result, the versions it was made with; NaN as ``null``."""
    fields = {f.name: _plain(getattr(result, f.name)) for f in dataclasses.fields(result)}
    made = environment(("numpy", "sympy", "torch")) | {"device": result.device}
    return json.dumps({"kind": type(result).__name__, **fields, "environment": made}, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, BasinClass):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, np.ndarray):
        return value.tolist()
    return None if isinstance(value, float) and np.isnan(value) else value
