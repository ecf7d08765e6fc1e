r"""Exact bifurcation values of cycles of one-variable polynomial maps :math:`x \mapsto F(x, d)`, e.g. gradient descent over its step.

A cycle of period n is a zero of the dynatomic polynomial :math:`\Phi_n(x, d)`, with the multiplier :math:`M = (F^n)'(x)`. It
bifurcates where M is -1 or 1: d is a root of :math:`\mathrm{Res}_x(\Phi_n, M \mp 1)`, x of :math:`\mathrm{Res}_d`. Which of these
pairs are common zeros is decided in exact arithmetic (`dynamics.cycles._elimination`), and the kind by the exact signs of derivatives of
:math:`P = F^n - x` (Kuznetsov, *Elements of Applied Bifurcation Theory*, chapter 4):

- multiplier -1, **period doubling** where :math:`3 P_{xx}^2 + 2 P_{xxx} \ne 0` (positive: supercritical, the new cycle attracts)
  and M moves through -1;
- multiplier 1, **fold** where :math:`P_d, P_{xx} \ne 0`; **transcritical** where :math:`P_d = 0`, :math:`P_{xx} \ne 0`,
  :math:`P_{xd}^2 > P_{xx} P_{dd}`; **pitchfork** where :math:`P_d = P_{xx} = 0`, :math:`P_{xd}, P_{xxx} \ne 0` (supercritical:
  :math:`P_{xxx} < 0`); anything else is **degenerate**.

Between neighbouring values no real cycle of the period is born, dies, or changes its stability, and the order of its points
along the line stays: so the j-th cycle of a window at one value continues the j-th at any other (implicit function theorem).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import flint
import sympy as sp

from dynamics._results import environment
from dynamics.bifurcations._polynomial_families import parameter_interval, polynomial_family
from dynamics.bifurcations._search import Bifurcation, BifurcationKind, Search
from dynamics.cycles import _elimination as algebra
from dynamics.cycles.certified import CertifiedCycle
from dynamics.cycles.search import all_cycles
from dynamics.maps._expressions import exact_number
from dynamics.maps.symbolic_map import SymbolicMap

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Bifurcation", "BifurcationKind", "CycleWindow", "ExactBifurcations", "exact_bifurcations"]


@dataclass(frozen=True, slots=True)
class CycleWindow:
    """An open interval of parameter values in which the cycles of the period only move.

    Attributes:
        lower, upper: Its exact ends; infinite where nothing bounds it.
        sample: A rational value inside.
        cycles: Every cycle of the period there, certified, ordered by its least point.
    """

    lower: sp.Expr
    upper: sp.Expr
    sample: sp.Rational
    cycles: tuple[CertifiedCycle, ...]

    @property
    def attracting(self) -> int:
        """How many of the cycles attract, at every value of the window."""
        return sum(cycle.stability == "attracting" for cycle in self.cycles)


@dataclass(frozen=True, slots=True)
class ExactBifurcations:
    """Every bifurcation value of the cycles of one minimal period, and the cycles in between.

    Attributes:
        update: The map, a polynomial in the variable and the parameter.
        variable, parameter: Its symbols.
        period: The minimal period n of the cycles.
        within: The exact ends of the open interval of parameter values that was searched.
        bifurcations: Every one, by value; several cycles may share a value. A value at which a cycle of period n is born from
            one of period n / 2 is listed at that period, as its doubling.
        windows: The intervals between, in order.
        precision: Bits of the balls.
    """

    update: sp.Expr
    variable: sp.Symbol
    parameter: sp.Symbol
    period: int
    within: tuple[sp.Expr, sp.Expr]
    bifurcations: tuple[Bifurcation, ...]
    windows: tuple[CycleWindow, ...]
    precision: int

    def continued(self, window: int, cycle: int, values: Sequence[Any]) -> tuple[CertifiedCycle, ...]:
        """Return the certified cycle that continues ``windows[window].cycles[cycle]`` at other values of that window.

        Raises:
            ValueError: For a value outside the window, or one that is not rational.
            NotCertified: Where the cycle is too close to neutral for the precision.
        """
        here = self.windows[window]
        exact = [exact_number(v, "a parameter value") for v in values]
        for v in exact:
            if not (v.is_Rational and (here.lower < v) is sp.true and (v < here.upper) is sp.true):
                raise ValueError(f"the value {v}: expected a rational number between {here.lower} and {here.upper}")
        return tuple(_cycles_at(self.update, self.variable, self.parameter, v, self.period)[cycle] for v in exact)

    def to_json(self) -> str:
        """Return everything as JSON, with versions; exact numbers as SymPy writes them."""
        fields: dict[str, Any] = {
            "kind": type(self).__name__,
            "map": f"{self.variable} -> {self.update}",
            "parameter": str(self.parameter),
            "period": self.period,
            "within": [str(end) for end in self.within],
            "precision": self.precision,
            "bifurcations": [_bifurcation_fields(b) for b in self.bifurcations],
            "windows": [
                {
                    "lower": str(w.lower),
                    "upper": str(w.upper),
                    "sample": str(w.sample),
                    "cycles": [{"points": [float(p[0].mid()) for p in c.points], "stability": c.stability} for c in w.cycles],
                }
                for w in self.windows
            ],
        }
        return json.dumps(fields | {"environment": environment(("sympy", "python-flint"))}, allow_nan=False)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the values as labelled lines and the bifurcating points, e.g. over an orbit diagram; new axes by default."""
        from matplotlib.figure import Figure  # here, so that importing dynamics does not import matplotlib

        styles = dict(zip(BifurcationKind, ("--", "-", "-.", ":", (0, (1, 4))), strict=True))
        ax = Figure(figsize=(8, 4.5), layout="constrained").subplots() if ax is None else ax
        for i, b in enumerate(self.bifurcations):
            at = float(b.enclosure.mid())
            if all(float(other.enclosure.mid()) != at or other.kind != b.kind for other in self.bifurcations[:i]):
                ax.axvline(at, linestyle=styles[b.kind], color="0.4", linewidth=0.9, label=f"{b.kind}, period {self.period}: {at:.6g}")
            ax.plot([at] * len(b.points), [float(p.mid()) for p in b.points], "o", markersize=4, color="#0072b2")
        ax.set_xlabel(str(self.parameter))
        ax.set_ylabel(str(self.variable))
        if self.bifurcations:
            ax.legend(fontsize="small")
        return ax


def _bifurcation_fields(b: Bifurcation) -> dict[str, Any]:
    return {
        "value": str(b.value),
        "enclosure": b.enclosure.str(30),
        "kind": str(b.kind),
        "multiplier": b.multiplier,
        "points": [float(p.mid()) for p in b.points],
        "born": b.born,
        "criticality": b.criticality,
    }


def exact_bifurcations(family: SymbolicMap, *, period: int = 1, within: Any = None, precision: int = 256) -> ExactBifurcations:
    r"""Return the exact values at which cycles of a minimal period bifurcate, classified, and the cycles between them.

    Args:
        family: A scalar map that is a polynomial, with rational coefficients, in x and in the parameter that varies: the one with
            an array of values, or the only one. Its values are not used; other parameters keep theirs.
        period: n. The work grows fast: the degree in x is :math:`(\deg F)^n`. A tenth of a second for the logistic map at n = 4,
            half a second for a cubic map at n = 3, 5 s for the logistic map at n = 5, 17 s for the double well at n = 4.
        within: Open interval ``(low, high)`` of parameter values, rational numbers. By default all values, and all positive ones
            of a step size.
        precision: Bits of the balls, 64 or more.

    Raises:
        NotCertified: For a map that is no such polynomial, cycles that are neutral at every value, or roots so close that the
            precision cannot part them.
        ValueError, TypeError: For a bad family, period, interval or precision.

    Example:
        >>> x, r = sp.symbols("x r")
        >>> found = exact_bifurcations(SymbolicMap(r * x * (1 - x), x, {r: 1}), period=2, within=(1, 4))
        >>> [(b.value, str(b.kind)) for b in found.bifurcations]
        [(1 + sqrt(6), 'period doubling')]
        >>> [(w.lower, w.upper, w.attracting) for w in found.windows]
        [(1, 3, 0), (3, 1 + sqrt(6), 1), (1 + sqrt(6), 4, 0)]
    """
    update, variable, parameter = polynomial_family(family)
    low, high = parameter_interval(within, family)
    if type(period) is not int or period < 1 or precision < 64:
        raise ValueError(f"period = {period!r} and precision = {precision}: expected a period of 1 or more and at least 64 bits")
    with flint.ctx.workprec(precision):
        search = Search(algebra.polynomial(update, variable, parameter), period, low, high)
        found = [b for sign in (-1, 1) for b in search.bifurcations(sign)]
        found.sort(key=lambda b: (b.enclosure.mid().fmpq(), b.points[0].mid().fmpq()))
        cuts = search.cuts()
        ends = [low, *(algebra.exact_root(c) for c in cuts), high]
        samples = algebra.between(low, [c.ball.real for c in cuts], high)
    windows = tuple(
        CycleWindow(a, b, s, _cycles_at(update, variable, parameter, s, period))
        for a, b, s in zip(ends[:-1], ends[1:], samples, strict=True)
    )
    return ExactBifurcations(update, variable, parameter, period, (low, high), tuple(found), windows, precision)


def _cycles_at(update: sp.Expr, variable: sp.Symbol, parameter: sp.Symbol, value: sp.Rational, period: int) -> tuple[CertifiedCycle, ...]:
    """Return every cycle at one value, ordered by its least point."""
    return all_cycles(SymbolicMap(update.xreplace({parameter: value}), variable), period)
