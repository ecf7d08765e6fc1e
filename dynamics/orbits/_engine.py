"""Follows many orbits in float64 and closes each as soon as its outcome is known, by the rules of `dynamics.orbits.classify`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dynamics.maps._rows import FlatMap, Floats
from dynamics.orbits._evidence import Candidate, judge, worth_judging
from dynamics.orbits.outcomes import Outcome, OutcomeKind

ROUNDING = 64 * float(np.finfo(np.float64).eps)  # of an orbit's size: a few dozen float64 operations of one relative rounding each, a step
# looks at k, 1.1 k, 1.21 k, ...: at least 7 in each of the last two octaves, where recurrence is judged
LOOK_GROWTH = 1.1
# convergent orbits have summable residuals, so r(2k) / r(k) falls below every constant above 1/2 infinitely often
HALVING = 0.5
# of the box: an orbit that nearly repeats after p steps may be a slow approach or a slow drift, and its box cannot
# tell
TINY_MOTION = 1e-3
BOX_SLACK = 0.1  # finite samples of a box miss its rim; a tenth of its width on each side
# of a map that changes at random: ten independent points span 3 standard deviations, and the farthest of 20 more lies 1 beyond; a drift
# like log k or faster moves on by a whole width
RANDOM_SLACK = 0.5

_STATE = ("k", "looks", "rows", "x", "escape", "size", "residuals", "early", "late", "ends")


@dataclass(frozen=True, slots=True)
class Budget:
    """What an orbit may use, and what counts as arrived; see `dynamics.classify`."""

    max_steps: int
    max_period: int
    tolerance: float


@dataclass(slots=True)
class _Window:
    """What one look shows of the running orbits: steps taken one by one, at least 2P of them."""

    points: list[Floats]  # the last 2P + 1
    reach: Floats  # the largest norm
    residuals: Floats  # (rows, P)
    low: Floats
    high: Floats


class OrbitEngine:
    """The orbits of some starts: rows leave as soon as they are decided.

    Args:
        flat: The map of all rows.
        x: The starts, shape ``(rows, n)``.
        escape: The norm beyond which a row counts as diverged, shape ``(rows,)``.
        budget: Steps, periods, tolerance.
    """

    def __init__(self, flat: FlatMap, x: Floats, escape: Floats, budget: Budget) -> None:
        self.flat, self.budget = flat, budget
        self.outcomes: list[Outcome | None] = [None] * len(x)
        self.ends = x.copy()  # where each orbit was followed to: of a diverged one, the last point that had not escaped
        self.k = 0
        self.looks: list[int] = []
        self.rows, self.x, self.escape, self.size = np.arange(len(x)), x, escape, np.linalg.norm(x, axis=1)
        self.residuals = np.empty((0, len(x), budget.max_period))  # (looks, rows, P)
        # boxes of the second quarter of the budget and of its second half: low and high, (2, rows, n)
        self.early, self.late = (np.stack([np.full_like(x, np.inf), np.full_like(x, -np.inf)]) for _ in range(2))

    @property
    def span(self) -> int:
        """Steps that a look watches at least: two of the longest periods; where the map changes, so many that they hold a whole epoch."""
        return max(2 * self.budget.max_period, min(2 * self.flat.epoch - 1, self.budget.max_steps // 3))

    def _near(self, residuals: Floats) -> NDArray[np.bool_]:
        """Residuals worth judging, (rows, P). A map that changes must leave the point where it is for a whole epoch."""
        if self.flat.epoch == 0:
            return residuals <= 2 * self.budget.tolerance * self.size[:, None]
        return (residuals <= ROUNDING * self.size[:, None]) & (self.span >= 2 * self.flat.epoch - 1)

    def run(self, seen: Callable[[OrbitEngine], None] = lambda engine: None) -> list[Outcome]:
        """Return the outcomes; ``seen`` is called after every look."""
        while len(self.rows):
            self._look()
            seen(self)
        return [o for o in self.outcomes if o is not None]

    def state(self) -> dict[str, Any]:
        """Return what `restore` needs, but for the outcomes: arrays by name."""
        return {name: np.asarray(getattr(self, name)) for name in _STATE}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where the engine with this state was; it began with the same map, starts and budget."""
        for name in _STATE:
            setattr(self, name, state[name])
        self.k, self.looks = int(self.k), np.asarray(self.looks).tolist()
        if len(self.rows):
            self.flat = self.flat.select(self.rows)

    def _look(self) -> None:
        budget, before, began = self.budget, self.x, self.k
        self.k = max(began, int(LOOK_GROWTH * began)) + self.span
        if budget.max_steps - self.k < self.span:  # too little would be left for another look
            self.k = budget.max_steps
        since = self.k - self.span if self.flat.epoch == 0 else began  # a map that changes is watched at every step
        window = self._window(self.flat.advance(before, since - began, since=began), since)
        inside = self._drop_escaped(before, window, began)
        if len(inside) < len(before):
            rest = (a[inside] for a in (window.reach, window.residuals, window.low, window.high))
            window = _Window([p[inside] for p in window.points], *rest)
        self.x = window.points[-1]
        self._record(window)
        kept = self._decide(window)
        if self.k >= budget.max_steps:
            self._close([p[kept] for p in window.points])

    def _window(self, x: Floats, since: int) -> _Window:
        periods = self.budget.max_period
        points, low, high, residuals = [x], x.copy(), x.copy(), np.zeros((len(x), periods))
        with np.errstate(all="ignore"):
            reach = _norms(x)
            steps = self.k - since
            path = self.flat.path(x, steps, since) if self.flat.epoch else self.flat.orbit(x, steps)[1:]
            for n, point in enumerate(path, 1):
                points = [*points[-2 * periods :], point]
                np.minimum(low, point, out=low)
                np.maximum(high, point, out=high)
                np.maximum(reach, _norms(point), out=reach)
                if n >= periods:
                    for p in range(1, periods + 1):
                        residuals[:, p - 1] = np.maximum(residuals[:, p - 1], _norms(point - points[-1 - p]))
        return _Window(points, reach, residuals, low, high)

    def _settle(self, decided: dict[int, Outcome], ends: Floats) -> NDArray[Any]:
        """Store outcomes by position among the running rows, and drop these rows; returns the positions that stay."""
        for position, outcome in decided.items():
            self.outcomes[self.rows[position]] = outcome
            self.ends[self.rows[position]] = ends[position]
        keep = np.setdiff1d(np.arange(len(self.rows)), list(decided))
        if decided:
            self.rows, self.x, self.escape, self.size = self.rows[keep], self.x[keep], self.escape[keep], self.size[keep]
            self.residuals, self.early, self.late = self.residuals[:, keep], self.early[:, keep], self.late[:, keep]
        if decided and len(keep):
            self.flat = self.flat.select(keep)
        return keep

    def _drop_escaped(self, before: Floats, window: _Window, began: int) -> NDArray[Any]:
        gone = np.flatnonzero(~(window.reach <= self.escape))
        decided: dict[int, Outcome] = {}
        ends = before.copy()
        if len(gone):
            flat, x = self.flat.select(gone), before[gone]
            for n in range(began + 1, self.k + 1):
                moved = flat.advance(x, 1, since=n - 1)
                with np.errstate(all="ignore"):
                    out = ~(np.linalg.norm(moved, axis=1) <= self.escape[gone])
                for i in np.flatnonzero(out).tolist():
                    if (position := int(gone[i])) not in decided:
                        decided[position], ends[position] = self._escape(flat, i, x[i], moved[i], n), x[i]
                if len(decided) == len(gone):
                    break
                x = np.where(np.isfinite(moved), moved, x)
        return self._settle(decided, ends)

    def _escape(self, flat: FlatMap, i: int, x: Floats, moved: Floats, k: int) -> Outcome:
        most = self.budget.max_steps
        if np.all(np.isfinite(moved)):
            reason = f"the norm passed the escape radius at step {k}"
        elif flat.defined_at(i, x):
            reason = f"the step overflowed float64 at step {k}"
        else:
            return Outcome(OutcomeKind.UNDECIDED, f"the gradient is undefined at {x}, reached at step {k - 1}", steps=k, max_steps=most)
        with np.errstate(all="ignore"):
            return Outcome(OutcomeKind.DIVERGED, reason, residual=float(np.linalg.norm(moved - x)), steps=k, max_steps=most)

    def _record(self, window: _Window) -> None:
        self.looks.append(self.k)
        self.residuals = np.concatenate([self.residuals, window.residuals[None]])
        self.size = np.maximum(self.size, window.reach)
        for box, inside in ((self.early, self._early(self.k)), (self.late, self._late(self.k))):
            if inside:
                np.minimum(box[0], window.low, out=box[0])
                np.maximum(box[1], window.high, out=box[1])

    def _early(self, k: int) -> bool:
        return self.budget.max_steps / 4 <= k <= self.budget.max_steps / 2

    def _late(self, k: int) -> bool:
        return k > self.budget.max_steps / 2

    def _decide(self, window: _Window) -> NDArray[Any]:
        near = self._near(window.residuals)
        decided: dict[int, Outcome] = {}
        recent = np.stack(window.points) if near.any() else np.empty((0, *self.x.shape))
        for p in range(1, self.budget.max_period + 1):
            positions = [
                int(i)
                for i in np.flatnonzero(near[:, p - 1])
                if i not in decided and worth_judging(recent[:, i], p, float(window.residuals[i, p - 1]), ROUNDING * self.size[i])
            ]
            if not positions:
                continue
            products = self.flat.select(np.array(positions)).period_jacobian(recent[-1 - p : -1, positions])
            for j, position in enumerate(positions):
                found = Candidate(
                    period=p,
                    points=recent[:, position],
                    looks=self.looks,
                    residuals=self.residuals[:, position, p - 1].tolist(),
                    jacobian=None if products is None else products[j],
                    tolerance=self.budget.tolerance * self.size[position],
                    rounding=ROUNDING * self.size[position],
                    repeats=lambda point, period, i=position: self.flat.repeats_exactly(i, point, period),  # type: ignore[misc]
                )
                if (outcome := judge(found, self.budget.max_steps)) is not None:
                    still = f"no batch of an epoch moves it, up to rounding; {outcome.reason}"
                    decided[position] = replace(outcome, reason=still) if self.flat.epoch else outcome
        return self._settle(decided, self.x)

    def _close(self, points: list[Floats]) -> None:
        """The budget is used up: bounded where the orbit is recurrent, undecided elsewhere."""
        decided = {}
        for i in range(len(self.rows)):
            best = int(np.argmin(self.residuals[-1, i]))
            lacking = self._what_recurrence_lacks(i)
            kind = OutcomeKind.BOUNDED if lacking is None else OutcomeKind.UNDECIDED
            reason = lacking or f"recurrent in a box, with no equilibrium and no cycle of period <= {self.budget.max_period}"
            residual, seen = float(self.residuals[-1, i, best]), np.array([p[i] for p in points])
            decided[i] = Outcome(kind, reason, residual=residual, steps=self.k, max_steps=self.budget.max_steps, points=seen)
        self._settle(decided, self.x)

    def _what_recurrence_lacks(self, i: int) -> str | None:
        early, late = (np.array([inside(k) for k in self.looks], dtype=bool) for inside in (self._early, self._late))
        if not early.any() or not late.any():
            return "too few looks in the last half of the budget to judge recurrence: allow more steps"
        (low, high), (later_low, later_high) = self.early[:, i], self.late[:, i]
        before, after = self.residuals[early, i].mean(axis=0), self.residuals[late, i].mean(axis=0)
        if float(after.min()) <= ROUNDING * self.size[i]:
            return "the float64 orbit repeats to rounding, but no multiplier clearly below 1 shows that it arrived"
        if np.any(after <= HALVING * before):
            p = int(np.flatnonzero(after <= HALVING * before)[0]) + 1
            return f"the residual of period {p} still shrinks, too slowly for this budget: allow more steps"
        slack = (RANDOM_SLACK if self.flat.epoch else BOX_SLACK) * float((high - low).max())
        if np.any(later_low < low - slack) or np.any(later_high > high + slack):
            return "the orbit still drifts: its last half leaves the box of the quarter before"
        if float(after.min()) < TINY_MOTION * float(np.linalg.norm(later_high - later_low)):
            return f"nearly repeats after {int(np.argmin(after)) + 1} steps: a slow approach or drift; allow more steps"
        return None


def _norms(rows: Floats) -> Floats:
    return np.sqrt(np.einsum("ij,ij->i", rows, rows))
