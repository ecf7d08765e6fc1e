r"""Crises: exact parameter values at which the orbit of a turning point lands on an unstable cycle, so that an attractor touches it.

For a polynomial family F(x, d) the orbit of a turning point c (:math:`F_x = 0`) lands after m steps on a cycle of period n where
:math:`F^{m+n}(c) = F^m(c)`: d is a root of the resultant of the two equations in x. At such a value, if every turning point lands
somewhere, the line falls into intervals between the points of these orbits, and a finite graph (`dynamics.bifurcations._markov`) says
which of them form chaotic attractors. With Q the cycle (Grebogi, Ott & Yorke 1983, Physica D 7):

- **boundary** crisis: Q ends an attractor, and orbits beyond Q never come back: there the attractor is destroyed;
- **interior** crisis: Q ends an attractor, and orbits beyond Q come back: there it suddenly grows;
- **attractor merging**: Q ends two attractors at once;
- **band merging**: two bands of one attractor, visited in turn, meet at Q.

Other values with such a landing have Q inside an attractor, or no attractor at the turning point: nothing happens there.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from itertools import combinations
from operator import mul
from typing import TYPE_CHECKING, Any

import flint
import sympy as sp

from dynamics._results import environment
from dynamics.bifurcations._markov import MarkovGraph
from dynamics.bifurcations._polynomial_families import parameter_interval, polynomial_family
from dynamics.bifurcations._search import Curve
from dynamics.cycles import _elimination as algebra
from dynamics.cycles._balls import NotCertified
from dynamics.cycles._elimination import Root
from dynamics.maps.symbolic_map import SymbolicMap

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class CrisisKind(StrEnum):
    """What happens to the attractor that touches the cycle."""

    BOUNDARY = "boundary"
    INTERIOR = "interior"
    ATTRACTOR_MERGING = "attractor merging"
    BAND_MERGING = "band merging"
    UNCLASSIFIED = "unclassified"


@dataclass(frozen=True, slots=True)
class Crisis:
    """One value at which the orbit of a turning point lands on a repelling cycle that an attractor touches.

    Attributes:
        value: The exact parameter value.
        enclosure: A ball (``arb``) around it.
        kind: Which crisis; unclassified where another turning point does not land, so that there is no finite graph.
        critical: Balls around the turning points that land so.
        landing: The steps m after which they do.
        points: Balls around the points of the cycle, in the order of the orbit, from where the first of them lands.
        multiplier: A ball around its multiplier, beyond 1 in modulus.
    """

    value: sp.Expr
    enclosure: Any
    kind: CrisisKind
    critical: tuple[Any, ...]
    landing: int
    points: tuple[Any, ...]
    multiplier: Any


@dataclass(frozen=True, slots=True)
class Crises:
    """Every crisis of a family up to a landing time, with cycles of one period.

    Attributes:
        update: The map, a polynomial in the variable and the parameter.
        variable, parameter: Its symbols.
        period: The minimal period of the cycles.
        landing: The longest landing time that was searched.
        within: The exact ends of the open interval of parameter values that was searched.
        found: The crises, by value.
    """

    update: sp.Expr
    variable: sp.Symbol
    parameter: sp.Symbol
    period: int
    landing: int
    within: tuple[sp.Expr, sp.Expr]
    found: tuple[Crisis, ...]

    def to_json(self) -> str:
        """Return everything as JSON, with versions; exact numbers as SymPy writes them."""
        fields: dict[str, Any] = {
            "kind": type(self).__name__,
            "map": f"{self.variable} -> {self.update}",
            "parameter": str(self.parameter),
            "period": self.period,
            "landing": self.landing,
            "within": [str(end) for end in self.within],
            "crises": [
                {
                    "value": str(c.value),
                    "enclosure": c.enclosure.str(30),
                    "kind": str(c.kind),
                    "critical": [float(p.mid()) for p in c.critical],
                    "landing": c.landing,
                    "points": [float(p.mid()) for p in c.points],
                    "multiplier": float(c.multiplier.mid()),
                }
                for c in self.found
            ],
        }
        return json.dumps(fields | {"environment": environment(("sympy", "python-flint"))}, allow_nan=False)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the values as labelled lines and the cycles as points, e.g. over an orbit diagram; new axes by default."""
        from matplotlib.figure import Figure  # here, so that importing dynamics does not import matplotlib

        styles = dict(zip(CrisisKind, ("-", "--", "-.", ":", (0, (1, 4))), strict=True))
        ax = Figure(figsize=(8, 4.5), layout="constrained").subplots() if ax is None else ax
        for crisis in self.found:
            at = float(crisis.enclosure.mid())
            ax.axvline(at, linestyle=styles[crisis.kind], color="0.4", linewidth=0.9, label=f"{crisis.kind}: {at:.6g}")
            ax.plot([at] * len(crisis.points), [float(p.mid()) for p in crisis.points], "o", markersize=4, color="#d55e00")
        ax.set_xlabel(str(self.parameter))
        ax.set_ylabel(str(self.variable))
        if self.found:
            ax.legend(fontsize="small", title=f"crises at cycles of period {self.period}")
        return ax


def crises(family: SymbolicMap, *, period: int = 1, landing: int = 3, within: Any = None, precision: int = 512) -> Crises:
    r"""Return the exact crises at cycles of a minimal period n whose landing takes at most m steps, classified.

    Args:
        family: As for `exact_bifurcations`: a scalar map, polynomial with rational coefficients in x and in the parameter that varies.
        period: n. The work grows as the degree of :math:`F^{m+n}`: for the logistic map a second at m + n = 7.
        landing: m, 1 or more: the longest landing time that is searched.
        within: Open interval ``(low, high)`` of parameter values, rational numbers; by default all, and all positive step sizes.
        precision: Bits of the balls, 64 or more.

    Raises:
        NotCertified: For a map that is no such polynomial, or values so close that the precision cannot part them.
        ValueError, TypeError: For a bad family, period, landing time, interval or precision.

    Example:
        >>> x, r = sp.symbols("x r")
        >>> found = crises(SymbolicMap(r * x * (1 - x), x, {r: 4}), within=(3, 5)).found
        >>> [(round(float(c.enclosure), 4), str(c.kind), c.landing) for c in found]
        [(3.6786, 'band merging', 3), (4.0, 'boundary', 2)]
    """
    update, variable, parameter = polynomial_family(family)
    low, high = parameter_interval(within, family)
    if any(type(n) is not int or n < 1 for n in (period, landing)) or precision < 64:
        raise ValueError(f"period = {period!r}, landing = {landing!r}, precision = {precision}: expected integers from 1 and 64 bits")
    with flint.ctx.workprec(precision):
        found = _Search(algebra.polynomial(update, variable, parameter), period, landing).found(low, high)
    return Crises(update, variable, parameter, period, landing, (low, high), tuple(found))


class _Search:
    """One family, one period: the landings of its turning points."""

    def __init__(self, update: Any, period: int, landing: int) -> None:
        self.update, self.period, self.landing = update, period, landing
        self.slope = update.derivative("x")
        self.factors = [f for f, _ in self.slope.factor()[1] if f.degrees()[0]]
        self.iterates = [algebra.RING.gen(0)]
        for _ in range(period + landing):
            self.iterates.append(update.compose(self.iterates[-1], algebra.RING.gen(1)))

    def found(self, low: sp.Expr, high: sp.Expr) -> list[Crisis]:
        """Return every crisis in the interval, by value."""
        crises: list[Crisis] = []
        for landing in range(1, self.landing + 1):
            equation = self.iterates[landing + self.period] - self.iterates[landing]
            curves = [Curve(f, equation, algebra.eliminate(f, equation, "x"), algebra.eliminate(f, equation, "d")) for f in self.factors]
            values = algebra.isolate(algebra.irreducible(c.values for c in curves))
            points = algebra.isolate(algebra.irreducible(c.points for c in curves))
            for d in algebra.inside(values, low, high):
                turning = [x for c in curves if c.values % d.minimal == 0 for x in _common(c, points, values, d) if x.real]
                orbits = [o for o in (self._orbit(x, d, landing) for x in turning) if o]
                crises.extend(self._classified(orbits, d, landing))
        return sorted(crises, key=lambda c: c.enclosure.mid().fmpq())

    def _orbit(self, x: Root, d: Root, landing: int) -> list[Any]:
        """Return the different points of the orbit; none if it lands earlier, or on a cycle that is shorter or does not repel."""
        step, slope = algebra.at_parameter(self.update, d.ball), algebra.at_parameter(self.slope, d.ball)
        orbit = [x.ball]
        for _ in range(landing + self.period - 1):
            orbit.append(step(orbit[-1]))
        for i, k in combinations(range(len(orbit)), 2):
            if not orbit[i].overlaps(orbit[k]):
                continue
            if not algebra.vanishes(self.iterates[k] - self.iterates[i], x, d):
                raise NotCertified("points of an orbit cannot be told apart: raise the precision")
            return []
        multiplier = _product([slope(p) for p in orbit[landing:]])
        return [p.real for p in orbit] if multiplier.abs_lower() > 1 else []

    def _classified(self, orbits: Sequence[list[Any]], d: Root, landing: int) -> list[Crisis]:
        """Return one crisis for each cycle and kind: turning points that mirror each other share it."""
        slope = algebra.at_parameter(self.slope, d.ball)
        found: list[Crisis] = []
        for orbit in orbits:
            kind = self._kind(orbit, orbits, d, landing)
            if kind is None:
                continue
            cycle = tuple(orbit[landing:])
            for k, other in enumerate(found):
                if other.kind == kind and any(cycle[0].overlaps(p) for p in other.points):
                    found[k] = dataclasses.replace(other, critical=(*other.critical, orbit[0]))
                    break
            else:
                multiplier = _product([slope(flint.acb(p)) for p in cycle]).real
                found.append(Crisis(algebra.exact_root(d), d.ball.real, kind, (orbit[0],), landing, cycle, multiplier))
        return found

    def _kind(self, orbit: list[Any], orbits: Sequence[list[Any]], d: Root, landing: int) -> CrisisKind | None:
        """Read the kind off the Markov graph; ``None`` where no attractor touches the cycle from one side only."""
        slope = algebra.at_parameter(self.slope, d.ball)
        leading = flint.arb_poly(algebra.leading(self.update, 0))(d.ball.real)
        if sum(root.imag.contains(0) for root in slope.roots()) > len(orbits) or leading.contains(0):
            return CrisisKind.UNCLASSIFIED
        marks, following = _marks(orbits, landing, slope)
        high = 1 if leading > 0 else -1
        graph = MarkovGraph.build(following, high * (-1) ** int(self.update.degrees()[0]), high)
        at = [next(i for i, mark in enumerate(marks) if mark.overlaps(p)) for p in orbit]
        attractor = graph.attractor(at[0]) or graph.attractor(at[0] + 1)
        if not attractor:
            return None
        bands = graph.bands(attractor)
        for left in at[landing:]:
            inside = [side for side in (left, left + 1) if side in attractor]
            if len(inside) == 2 and bands[left] != bands[left + 1]:
                return CrisisKind.BAND_MERGING
            if len(inside) == 1:
                return _beyond(graph, attractor, 2 * left + 1 - inside[0])
        return None


def _beyond(graph: MarkovGraph, attractor: frozenset[int], outside: int) -> CrisisKind:
    """Tell the kind from what becomes of the interval on the other side of the cycle."""
    if graph.attractor(outside):
        return CrisisKind.ATTRACTOR_MERGING
    reached = graph.reach(outside)
    escapes = reached & {0, len(graph.images) - 1}
    return CrisisKind.INTERIOR if attractor <= reached and not escapes else CrisisKind.BOUNDARY


def _marks(orbits: Sequence[list[Any]], landing: int, slope: Any) -> tuple[list[Any], list[int]]:
    """Return the points of all orbits in order, each once, and where each moves.

    Points that overlap are one: they move to one point of a repelling cycle, and the map is injective around them.
    """
    pairs = [(p, o[k + 1] if k + 1 < len(o) else o[landing]) for o in orbits for k, p in enumerate(o)]
    marks: list[Any] = []
    for p, _ in sorted(pairs, key=lambda pair: pair[0].mid().fmpq()):
        if not (marks and marks[-1].overlaps(p)):
            marks.append(p)
        elif slope(flint.acb(marks[-1].union(p))).contains(0):
            raise NotCertified("the orbit of one turning point may meet another: raise the precision")
    images = [next(q for p, q in pairs if p.overlaps(mark)) for mark in marks]
    return marks, [next(i for i, mark in enumerate(marks) if mark.overlaps(q)) for q in images]


def _common(curve: Curve, points: Sequence[Root], values: Sequence[Root], d: Root) -> list[Root]:
    """Return the turning points of a curve that land at the value d."""
    near = [
        x
        for x in points
        if curve.points % x.minimal == 0 and all(algebra.value(h, x, d).contains(0) for h in (curve.factor, curve.condition))
    ]
    return near if len(near) == 1 and curve.has_point(d) else [x for x in near if curve.holds(x, d, values)]


def _product(factors: Sequence[Any]) -> Any:
    return reduce(mul, factors)
