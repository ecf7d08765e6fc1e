"""The search for pairs (cycle, parameter value) with multiplier -1 or 1, and the signs that classify them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from typing import Any

import sympy as sp

from dynamics.cycles import _elimination as algebra
from dynamics.cycles._balls import NotCertified
from dynamics.cycles._elimination import Root


class BifurcationKind(StrEnum):
    """How a cycle changes at a bifurcation value."""

    PERIOD_DOUBLING = "period doubling"
    FOLD = "fold"
    TRANSCRITICAL = "transcritical"
    PITCHFORK = "pitchfork"
    DEGENERATE = "degenerate"


@dataclass(frozen=True, slots=True)
class Bifurcation:
    """One cycle at one parameter value at which its multiplier is -1 or 1.

    Attributes:
        value: The exact parameter value: a rational, one with a square root, or a ``CRootOf``.
        enclosure: A ball (``arb``) around it.
        kind: Which bifurcation.
        period: The minimal period of the cycle.
        multiplier: -1 or 1, exactly.
        points: Balls around the points of the cycle, in the order of the orbit, the least first.
        born: On which side the new cycles live: ``above`` or ``below`` the value (of twice the period at a doubling, both cycles
            at a fold, the outer two at a pitchfork); ``both`` where two cycles cross; empty where it is degenerate.
        criticality: ``supercritical`` (the new cycles attract) or ``subcritical``, of doublings and pitchforks; otherwise empty.
    """

    value: sp.Expr
    enclosure: Any
    kind: BifurcationKind
    period: int
    multiplier: int
    points: tuple[Any, ...]
    born: str
    criticality: str


@dataclass(frozen=True, slots=True)
class Curve:
    """An irreducible curve of cycles, a condition, and the resultants in d and in x that vanish where both do."""

    factor: Any
    condition: Any
    values: Any
    points: Any

    def has_point(self, d: Root) -> bool:
        """Tell that a root d of ``values`` has a common zero (x, d): a resultant also vanishes if both leading coefficients do."""
        return any(algebra.leading(h, 0) % d.minimal != 0 for h in (self.factor, self.condition))

    def holds(self, x: Root, d: Root, values: Sequence[Root]) -> bool:
        """Decide whether (x, d) is a common zero: as the only value that is left for x, or by Liouville's inequality."""
        if self.points % x.minimal != 0:
            return False
        if any(algebra.leading(h, 1) % x.minimal != 0 for h in (self.factor, self.condition)):
            left = [v for v in values if all(algebra.value(h, x, v).contains(0) for h in (self.factor, self.condition))]
            if len(left) == 1:
                return left[0] is d
        return algebra.vanishes(self.condition, x, d) and algebra.vanishes(self.factor, x, d)


class Search:
    """One map and one period: which real cycles are neutral at which parameter value."""

    def __init__(self, update: Any, period: int, low: sp.Expr, high: sp.Expr) -> None:
        self.update, self.period = update, period
        self.low, self.high = low, high
        self.factors, self.iterate = algebra.cycles(update, period)
        self.displacement = self.iterate - algebra.RING.gen(0)
        self._cuts: list[Root] = []

    def bifurcations(self, multiplier: int) -> list[Bifurcation]:
        """Return every real cycle of the minimal period with this multiplier, -1 or 1, in the interval."""
        condition = self.iterate.derivative("x") - multiplier
        curves = [Curve(a, condition, algebra.eliminate(a, condition, "x"), algebra.eliminate(a, condition, "d")) for a in self.factors]
        values = algebra.isolate(algebra.irreducible(c.values for c in curves))
        points = algebra.isolate(algebra.irreducible(c.points for c in curves))
        found: list[Bifurcation] = []
        for d in algebra.inside(values, self.low, self.high):
            here = [c for c in curves if c.values % d.minimal == 0]
            cycles = self._neutral_cycles(here, points, values, d)
            if cycles:
                self._cuts.append(d)
            found.extend(self._classified(cycle, d, multiplier) for cycle in cycles if len(cycle) == self.period)
        return found

    def cuts(self) -> list[Root]:
        """Return, in order, the values at which the real cycles change: those found so far, and where a point runs to infinity."""
        leading = [algebra.leading(a, 0) for a in self.factors]
        cuts: list[Root] = []
        for d in self._cuts + algebra.inside(algebra.isolate(algebra.irreducible(leading)), self.low, self.high):
            if not any(d.minimal == c.minimal and d.ball.overlaps(c.ball) for c in cuts):
                cuts.append(d)
        cuts.sort(key=lambda c: c.ball.real.mid().fmpq())
        if any(a.ball.overlaps(b.ball) for a, b in zip(cuts, cuts[1:], strict=False)):
            raise NotCertified("two parameter values cannot be told apart: raise the precision")
        return cuts

    def _neutral_cycles(self, curves: Sequence[Curve], points: Sequence[Root], values: Sequence[Root], d: Root) -> list[list[Root]]:
        """Return the real cycles that have the multiplier at d, each in the order of its orbit."""
        condition = algebra.at_parameter(curves[0].condition, d.ball)
        factors = [algebra.at_parameter(c.factor, d.ball) for c in curves]
        near = [x for x in points if condition(x.ball).contains(0) and any(a(x.ball).contains(0) for a in factors)]
        orbits = self._orbits(near, d)
        if len(orbits) == 1 and any(c.has_point(d) for c in curves):  # a common zero exists, and there is no other place for it
            return [orbit for orbit in orbits if orbit[0].real]
        return [orbit for orbit in orbits if orbit[0].real and any(c.holds(orbit[0], d, values) for c in curves)]

    def _orbits(self, near: Sequence[Root], d: Root) -> list[list[Root]]:
        """Return the closed orbits among some points, the least point of each first: common zeros lie on these."""
        step = algebra.at_parameter(self.update, d.ball)
        near = sorted(near, key=lambda x: (x.ball.real.mid().fmpq(), x.ball.imag.mid().fmpq()))
        following = []
        for x in near:
            image = step(x.ball)
            hits = [i for i, y in enumerate(near) if y.ball.overlaps(image)]
            if len(hits) > 1:
                raise NotCertified("points of cycles cannot be told apart: raise the precision")
            following.append(hits[0] if hits else -1)
        orbits, seen = [], set[int]()
        for first in range(len(near)):
            path, i = [], first
            while i >= 0 and i not in seen:
                seen.add(i)
                path.append(i)
                i = following[i]
            if i in path:
                closed = path[path.index(i) :]
                start = closed.index(min(closed))
                orbits.append([near[k] for k in closed[start:] + closed[:start]])
        return orbits

    def _classified(self, cycle: Sequence[Root], d: Root, multiplier: int) -> Bifurcation:
        kind, born, criticality = (self._doubling if multiplier == -1 else self._meeting)(cycle[0], d)
        points = tuple(x.ball.real for x in cycle)
        return Bifurcation(algebra.exact_root(d), d.ball.real, kind, self.period, multiplier, points, born, criticality)

    def _derivative(self, letters: str) -> Any:
        return reduce(lambda h, letter: h.derivative(letter), letters, self.displacement)

    def _doubling(self, x: Root, d: Root) -> tuple[BifurcationKind, str, str]:
        p = self._derivative
        cubic = algebra.sign(3 * p("xx") * p("xx") + 2 * p("xxx"), x, d)
        # dM/dd along the cycle is P_xd - P_xx P_d / P_x, and P_x = -2
        falls = algebra.sign(p("xd") * p("x") - p("xx") * p("d"), x, d)
        if cubic * falls == 0:
            return BifurcationKind.DEGENERATE, "", ""
        return BifurcationKind.PERIOD_DOUBLING, _side(cubic * falls), _criticality(cubic)

    def _meeting(self, x: Root, d: Root) -> tuple[BifurcationKind, str, str]:
        p = self._derivative
        moves, bends = algebra.sign(p("d"), x, d), algebra.sign(p("xx"), x, d)
        if moves and bends:
            return BifurcationKind.FOLD, _side(-moves * bends), ""
        if bends and algebra.sign(p("xd") * p("xd") - p("xx") * p("dd"), x, d) > 0:
            return BifurcationKind.TRANSCRITICAL, "both", ""
        if not moves and not bends and (product := algebra.sign(p("xd"), x, d) * (cubic := algebra.sign(p("xxx"), x, d))):
            return BifurcationKind.PITCHFORK, _side(-product), _criticality(-cubic)
        return BifurcationKind.DEGENERATE, "", ""


def _side(sign: int) -> str:
    return "above" if sign > 0 else "below"


def _criticality(sign: int) -> str:
    return "supercritical" if sign > 0 else "subcritical"
