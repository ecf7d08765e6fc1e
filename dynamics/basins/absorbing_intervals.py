r"""Absorbing intervals: the least intervals that hold the orbit of a turning point's image and that the map takes into itself.

For a turning point c start from :math:`[F(c), F^2(c)]`, whichever order, and add images until nothing is new. The image of an interval
is the hull of the images of its ends and of the turning points inside, so every end is some :math:`F^k(c_j)`. For a unimodal map with
:math:`F^2(c) \le F^3(c) \le F(c)` the result is the classical core :math:`[F^2(c), F(c)]` (Collet & Eckmann 1980, section I.2), which
every orbit that passes near c enters for good.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import flint
import sympy as sp

from dynamics._results import environment
from dynamics.basins.invariant_intervals import draw_interval
from dynamics.cycles import _elimination as algebra
from dynamics.cycles._balls import NotCertified
from dynamics.cycles._formulas import rational_polynomials
from dynamics.maps.symbolic_map import SymbolicMap

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BITS = 1024  # an orbit loses log2 |F'| bits a step: enough for slopes up to 2^16 over all steps
MAX_IMAGES = 60  # a hull that still grows is that of an orbit that escapes, or creeps to an attractor it never reaches
MAX_EXACT = 12  # F^k(c) has digits like (deg F)^k: steps up to which two points are told equal exactly

Label: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class AbsorbingInterval:
    """The least invariant interval around the orbit of the image of a turning point.

    Attributes:
        update, variable: The formula, at exact parameter values.
        critical: The exact turning points c whose orbits end in it like this.
        low, high: Balls around the ends.
        ends: For each end a turning point c and a number k: the end is exactly F^k(c).
    """

    update: sp.Expr
    variable: sp.Symbol
    critical: tuple[sp.Expr, ...]
    low: Any
    high: Any
    ends: tuple[tuple[sp.Expr, int], tuple[sp.Expr, int]]

    def to_json(self) -> str:
        """Return everything as JSON, with versions; exact numbers as SymPy writes them, the balls' middles as floats."""
        fields = {
            "kind": type(self).__name__,
            "map": f"{self.variable} -> {self.update}",
            "critical": [str(point) for point in self.critical],
            "low": float(self.low.mid()),
            "high": float(self.high.mid()),
            "ends": [[str(point), images] for point, images in self.ends],
        }
        return json.dumps(fields | {"environment": environment(("sympy", "python-flint"))}, allow_nan=False)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the map over the interval, the diagonal and the square it stays in; new axes by default."""
        return draw_interval(self.update, self.variable, float(self.low.mid()), float(self.high.mid()), ax)


def absorbing_intervals(symbolic_map: SymbolicMap) -> tuple[AbsorbingInterval, ...]:
    """Return the absorbing interval of each turning point of a polynomial map, from left to right, equal ones once.

    Args:
        symbolic_map: A scalar polynomial map with rational coefficients.

    Raises:
        NotCertified: For another map; where an orbit escapes, or settles without ever overstepping where it has been, so that no
            finite number of images closes the interval; where a turning point's orbit meets another's.
        ValueError, TypeError: For a map of several variables, without a formula or with an array of values.

    Example:
        >>> x = sp.Symbol("x")
        >>> (found,) = absorbing_intervals(SymbolicMap(sp.Rational(7, 2) * x * (1 - x), x))
        >>> found.ends
        ((1/2, 2), (1/2, 1))
    """
    (update, *others) = rational_polynomials(symbolic_map, "an absorbing interval", "use invariant_interval on one that you guess")
    if others:
        raise ValueError(f"the map has {symbolic_map.dimension} variables: an interval needs a map of one")
    (x,) = symbolic_map.variables
    step = flint.fmpq_poly([flint.fmpq(int(c.p), int(c.q)) for c in reversed(sp.Poly(update, x).all_coeffs())])
    found: list[AbsorbingInterval] = []
    with flint.ctx.workprec(BITS):
        orbits = _Orbits(step)
        for j, turning in enumerate(orbits.turning):
            low, high = orbits.closed(j)
            point = algebra.exact_root(turning)
            for i, other in enumerate(found):
                if not (other.low.overlaps(orbits.at(low)) and other.high.overlaps(orbits.at(high))):
                    continue
                found[i] = replace(other, critical=(*other.critical, point))
                break
            else:
                ends = [(algebra.exact_root(orbits.turning[i]), k) for i, k in (low, high)]
                found.append(AbsorbingInterval(update, x, (point,), orbits.at(low), orbits.at(high), (ends[0], ends[1])))
    return tuple(sorted(found, key=lambda interval: interval.low.mid().fmpq()))


class _Orbits:
    """The orbits of the turning points; ``(j, k)`` labels F^k(c_j)."""

    def __init__(self, step: Any) -> None:
        self.step, self.balls = step, flint.arb_poly(step)
        factors = [f for f, power in step.derivative().factor()[1] if power % 2]  # F' changes sign at its odd roots
        self.turning = [root for root in algebra.isolate(factors) if root.real]
        self.values: dict[Label, Any] = {(j, 0): root.ball.real for j, root in enumerate(self.turning)}

    def at(self, label: Label) -> Any:
        j, k = label
        if label not in self.values:
            self.values[label] = self.balls(self.at((j, k - 1)))
        return self.values[label]

    def compare(self, first: Label, second: Label) -> int:
        """Return the sign of the first point minus the second, exactly."""
        gap = self.at(first) - self.at(second)
        if first == second:
            return 0
        if gap.is_finite() and not gap.contains(0):
            return 1 if gap > 0 else -1
        if first[0] == second[0] and max(first[1], second[1]) <= MAX_EXACT:
            minimal = self.turning[first[0]].minimal
            points = [flint.fmpq_poly([0, 1])]
            for _ in range(max(first[1], second[1])):
                points.append(self.step(points[-1]) % minimal)
            if (points[first[1]] - points[second[1]]) % minimal == flint.fmpq_poly([]):
                return 0
        raise NotCertified("points of turning points' orbits cannot be told apart: the orbit escapes, or two orbits meet")

    def closed(self, j: int) -> tuple[Label, Label]:
        """Return the ends of the least invariant interval that holds F(c_j)."""
        low = high = (j, 1)
        for _ in range(MAX_IMAGES):
            inside = [(i, 1) for i in range(len(self.turning)) if self.compare(low, (i, 0)) < 0 < self.compare(high, (i, 0))]
            before = low, high
            for label in [(low[0], low[1] + 1), (high[0], high[1] + 1), *inside]:
                low = label if self.compare(label, low) < 0 else low
                high = label if self.compare(label, high) > 0 else high
            if (low, high) == before:
                return low, high
        raise NotCertified(f"{MAX_IMAGES} images close no interval: the orbit of a turning point escapes, or settles without overstepping")
