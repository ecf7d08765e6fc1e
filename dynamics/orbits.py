r"""What an orbit does: `classify` follows orbits in float64 and names the outcome of each, with its evidence.

At a growing sequence of looks the engine records 2P consecutive points and the residuals
:math:`r_p = \max |x_{k+p} - x_k|`, p = 1..P. Period p is accepted when

1. the distance to the cycle is within tolerance. With a Jacobian, :math:`M = DF^p`, it is Newton's
   :math:`|(I - M)^{-1}(x_{k+p} - x_k)|` plus the rounding that the inverse amplifies, and M must have spectral radius
   below 1. Without one it is :math:`r_p / (1 - q)`, with q the measured contraction of the residual a step. Where M
   has multipliers within 1e-9 of 1 (a manifold of equilibria), both must hold in the other directions, and the
   residual must be down to rounding;
2. the residual is down to rounding; or it has at least halved since the last look and goes on shrinking along the 2P
   points as the multiplier says (an orbit that falls into a tiny cycle shows a small residual that stays);
3. for p >= 2, the points of the cycle lie far apart compared with that distance.

So an orbit that creeps to an equilibrium with multiplier 1 or -1 is ``undecided`` until it is there: its residual is
small long before its distance is. An orbit that repeats exactly (checked in rational arithmetic) is an equilibrium or
a cycle whatever its multiplier. ``bounded`` needs recurrence: the second half of the orbit keeps to the box of the
second quarter, its residuals do not shrink, and none is tiny; anything else is ``undecided``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dynamics._evidence import Candidate, judge, worth_judging
from dynamics._rows import FlatMap, Floats, flatten
from dynamics.outcomes import Outcome, OutcomeKind

ROUNDING = 64 * float(np.finfo(np.float64).eps)  # of an orbit's size: a few dozen float64 operations of one relative rounding each, a step
# looks at k, 1.1 k, 1.21 k, ...: at least 7 in each of the last two octaves, where recurrence is judged
LOOK_GROWTH = 1.1
# convergent orbits have summable residuals, so r(2k) / r(k) falls below every constant above 1/2 infinitely often
HALVING = 0.5
# of the box: an orbit that nearly repeats after p steps may be a slow approach or a slow drift, and its box cannot
# tell
TINY_MOTION = 1e-3
BOX_SLACK = 0.1  # finite samples of a box miss its rim; a tenth of its width on each side


@dataclass(slots=True)
class _Track:
    """What was seen of one orbit: looks, residuals and boxes."""

    looks: list[int] = field(default_factory=list)
    residuals: list[Floats] = field(default_factory=list)
    boxes: list[tuple[Floats, Floats]] = field(default_factory=list)
    size: float = 0.0


def classify(
    gradient_map: Any,
    x0: Any,
    *,
    max_steps: int = 20_000,
    max_period: int = 16,
    tolerance: float = 1e-9,
    escape_radius: float | None = None,
) -> Any:
    """Name what the orbit of each start does within a budget of steps.

    Args:
        gradient_map: A `GradientMap` or a map of `dynamics.networks`: ``advance``, ``orbit``, ``select`` and, if it
            has one, ``jacobian``, which is used up to 500 coordinates.
        x0: One start, or an array (tensor) of starts; followed in float64, broadcast against the map's step sizes.
        max_steps: Steps allowed for each orbit.
        max_period: Longest period looked for, 1 or more; ``max_steps`` must allow six such periods.
        tolerance: Distance to an equilibrium or cycle that counts as arrived, as a fraction of the largest point of
            the orbit.
        escape_radius: Norm beyond which an orbit counts as diverged; ``None`` means 1e8 (1 + the norm of its start).

    Returns:
        One `Outcome` for a single start; for a batch a NumPy object array of `Outcome` of the batch's shape.

    Raises:
        ValueError, TypeError: For bad starts (see `GradientMap.step`) or a budget, period, tolerance or radius that is
            not positive.

    Example:
        >>> import sympy as sp
        >>> from dynamics.maps import GradientMap
        >>> x = sp.Symbol("x")
        >>> classify(GradientMap(x**4 / 4 - x**2 / 2, x, sp.Rational(11, 10)), 0.3).period
        2
    """
    check_budget(max_steps, max_period, tolerance, escape_radius)
    flat, x, shape = flatten(gradient_map, x0)
    norms = np.linalg.norm(x, axis=1)
    escape = 1e8 * (1 + norms) if escape_radius is None else np.full(len(x), float(escape_radius))
    outcomes = _Engine(flat, x, escape, max_steps, max_period, tolerance).run()
    if shape == ():
        return outcomes[0]
    table = np.empty(len(outcomes), dtype=object)
    table[:] = outcomes
    return table.reshape(shape)


def check_budget(max_steps: int, max_period: int, tolerance: float, escape_radius: float | None = None) -> None:
    """Raise the ``ValueError`` of `classify` for a budget, period, tolerance or radius that is not positive."""
    if max_period < 1 or max_steps < 6 * max_period:
        raise ValueError(f"max_period = {max_period} and max_steps = {max_steps}: expected max_period >= 1 and max_steps >= 6 max_period")
    if not 0 < tolerance < 1 or (escape_radius is not None and not escape_radius > 0):
        raise ValueError(f"tolerance = {tolerance} and escape_radius = {escape_radius}: expected 0 < tolerance < 1 and a positive radius")


class _Engine:
    """One call of `classify`: rows are dropped as soon as they are decided."""

    def __init__(self, flat: FlatMap, x: Floats, escape: Floats, max_steps: int, max_period: int, tolerance: float) -> None:
        self.flat, self.x, self.escape = flat, x, escape
        self.max_steps, self.max_period, self.tolerance = max_steps, max_period, tolerance
        self.rows = np.arange(len(x))
        self.tracks = [_Track(size=float(np.linalg.norm(start))) for start in x]
        self.outcomes: list[Outcome | None] = [None] * len(x)
        self.k = 0
        self._inside = self.rows

    def run(self) -> list[Outcome]:
        window_steps = 2 * self.max_period
        while len(self.rows):
            look = min(max(self.k, int(LOOK_GROWTH * self.k)), self.max_steps - window_steps)
            before, steps = self.x, look - self.k
            x = self.flat.advance(before, steps)
            window = self.flat.orbit(x, window_steps)
            self._drop_escaped(before, window, steps + window_steps)
            if not len(self.rows):
                break
            window = window[:, self._inside]
            self.k, self.x = look + window_steps, window[-1]
            self._record(window)
            self._decide(window)
            if self.k >= self.max_steps:
                self._close(window)
        return [o for o in self.outcomes if o is not None]

    def _settle(self, decided: dict[int, Outcome]) -> None:
        """Store outcomes by position among the running rows, and drop these rows."""
        for position, outcome in decided.items():
            self.outcomes[self.rows[position]] = outcome
        keep = np.array([i for i in range(len(self.rows)) if i not in decided], dtype=int)
        self.rows, self.x, self.escape, self._inside = self.rows[keep], self.x[keep], self.escape[keep], keep
        if decided and len(keep):
            self.flat = self.flat.select(keep)

    def _drop_escaped(self, before: Floats, window: Floats, steps: int) -> None:
        with np.errstate(all="ignore"):
            far = ~(np.linalg.norm(window, axis=2).max(axis=0) <= self.escape)
        gone = np.flatnonzero(far)
        decided: dict[int, Outcome] = {}
        if len(gone):
            flat, x = self.flat.select(gone), before[gone]
            for n in range(1, steps + 1):
                moved = flat.advance(x, 1)
                for i, position in enumerate(gone.tolist()):
                    if position not in decided and not np.linalg.norm(moved[i]) <= self.escape[position]:
                        decided[position] = self._escape(flat, i, x[i], moved[i], self.k + n)
                if len(decided) == len(gone):
                    break
                x = np.where(np.isfinite(moved), moved, x)
        self._settle(decided)

    def _escape(self, flat: FlatMap, i: int, x: Floats, moved: Floats, k: int) -> Outcome:
        if np.all(np.isfinite(moved)):
            reason = f"the norm passed the escape radius at step {k}"
        elif flat.defined_at(i, x):
            reason = f"the step overflowed float64 at step {k}"
        else:
            return Outcome(
                OutcomeKind.UNDECIDED,
                f"the gradient is undefined at {x}, reached at step {k - 1}",
                steps=k,
                max_steps=self.max_steps,
            )
        return Outcome(OutcomeKind.DIVERGED, reason, residual=float(np.linalg.norm(moved - x)), steps=k, max_steps=self.max_steps)

    def _record(self, window: Floats) -> None:
        last = window[self.max_period :]
        shifts = [last - window[self.max_period - p : len(window) - p] for p in range(1, self.max_period + 1)]
        residuals = np.stack([np.linalg.norm(s, axis=2).max(axis=0) for s in shifts], axis=1)
        sizes = np.linalg.norm(window, axis=2).max(axis=0)
        for position, row in enumerate(self.rows):
            track = self.tracks[row]
            track.looks.append(self.k)
            track.residuals.append(residuals[position])
            track.boxes.append((window[:, position].min(axis=0), window[:, position].max(axis=0)))
            track.size = max(track.size, float(sizes[position]))

    def _decide(self, window: Floats) -> None:
        tracks = [self.tracks[row] for row in self.rows]
        near = np.stack([t.residuals[-1] <= 2 * self.tolerance * t.size for t in tracks])
        decided: dict[int, Outcome] = {}
        for p in range(1, self.max_period + 1):
            positions = [
                int(i)
                for i in np.flatnonzero(near[:, p - 1])
                if i not in decided and worth_judging(window[:, i], p, float(tracks[i].residuals[-1][p - 1]), ROUNDING * tracks[i].size)
            ]
            if not positions:
                continue
            products = self.flat.select(np.array(positions)).period_jacobian(window[-1 - p : -1, positions])
            for j, position in enumerate(positions):
                track = tracks[position]
                found = Candidate(
                    period=p,
                    points=window[:, position],
                    looks=track.looks,
                    residuals=[float(r[p - 1]) for r in track.residuals],
                    jacobian=None if products is None else products[j],
                    tolerance=self.tolerance * track.size,
                    rounding=ROUNDING * track.size,
                    repeats=lambda point, period, i=position: self.flat.repeats_exactly(i, point, period),  # type: ignore[misc]
                )
                if (outcome := judge(found, self.max_steps)) is not None:
                    decided[position] = outcome
        self._settle(decided)

    def _close(self, window: Floats) -> None:
        """The budget is used up: bounded where the orbit is recurrent, undecided elsewhere."""
        decided = {}
        for position, row in enumerate(self.rows):
            track = self.tracks[row]
            best = int(np.argmin(track.residuals[-1]))
            lacking = _what_recurrence_lacks(track, self.max_steps)
            kind = OutcomeKind.BOUNDED if lacking is None else OutcomeKind.UNDECIDED
            reason = lacking or f"recurrent in a box, with no equilibrium and no cycle of period <= {self.max_period}"
            residual, points = float(track.residuals[-1][best]), window[:, self._inside[position]].copy()
            decided[position] = Outcome(kind, reason, residual=residual, steps=self.k, max_steps=self.max_steps, points=points)
        self._settle(decided)


def _what_recurrence_lacks(track: _Track, max_steps: int) -> str | None:
    early = [i for i, k in enumerate(track.looks) if max_steps / 4 <= k <= max_steps / 2]
    late = [i for i, k in enumerate(track.looks) if k > max_steps / 2]
    if not early or not late:
        return "too few looks in the last half of the budget to judge recurrence: allow more steps"
    low, high = _box(track, early)
    later_low, later_high = _box(track, late)
    width, later_width = high - low, later_high - later_low
    before = np.mean([track.residuals[i] for i in early], axis=0)
    after = np.mean([track.residuals[i] for i in late], axis=0)
    if float(after.min()) <= ROUNDING * track.size:
        return "the float64 orbit repeats to rounding, but no multiplier clearly below 1 shows that it arrived"
    if np.any(after <= HALVING * before):
        p = int(np.flatnonzero(after <= HALVING * before)[0]) + 1
        return f"the residual of period {p} still shrinks, too slowly for this budget: allow more steps"
    slack = BOX_SLACK * float(width.max())
    if np.any(later_low < low - slack) or np.any(later_high > high + slack):
        return "the orbit still drifts: its last half leaves the box of the quarter before"
    if float(after.min()) < TINY_MOTION * float(np.linalg.norm(later_width)):
        return f"nearly repeats after {int(np.argmin(after)) + 1} steps: a slow approach or drift; allow more steps"
    return None


def _box(track: _Track, looks: list[int]) -> tuple[Floats, Floats]:
    return np.min([track.boxes[i][0] for i in looks], axis=0), np.max([track.boxes[i][1] for i in looks], axis=0)
