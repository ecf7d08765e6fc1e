r"""Invariant intervals: proofs that :math:`F([a, b]) \subseteq [a, b]`, and the least such interval around a turning point's orbit.

A formula with kinks is cut into smooth pieces. On a piece whose formula is a polynomial with rational coefficients,
:math:`F \ge a` and :math:`F \le b` are decided exactly, by the signs between isolated roots. On others balls enclose F, or :math:`F'` has
one sign and the ends decide, until the pieces are too small.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import flint
import numpy as np
import sympy as sp

from dynamics._results import environment
from dynamics.basins._smooth_pieces import smooth_pieces
from dynamics.cycles import _elimination as algebra
from dynamics.cycles._balls import NotCertified, ball, evaluate
from dynamics.cycles._formulas import exact_update
from dynamics.maps.symbolic_map import SymbolicMap

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BITS = 128
LEAST = sp.Rational(1, 2**30)  # of the interval: a smaller piece that is undecided touches an end where F' changes sign


@dataclass(frozen=True, slots=True)
class InvariantInterval:
    """Whether a map takes an interval into itself, proved either way.

    Attributes:
        update, variable: The formula, at exact parameter values.
        low, high: The exact ends.
        invariant: Whether every point stays in the interval.
        leaves: An exact point of the interval whose image is outside; ``None`` if there is none.
        image: Its exact image; ``None`` likewise.
        exact: Whether every piece was decided in exact arithmetic; otherwise balls took part.
    """

    update: sp.Expr
    variable: sp.Symbol
    low: sp.Expr
    high: sp.Expr
    invariant: bool
    leaves: sp.Expr | None
    image: sp.Expr | None
    exact: bool

    def to_json(self) -> str:
        """Return everything as JSON, with versions; exact numbers as SymPy writes them."""
        fields = {
            "kind": type(self).__name__,
            "map": f"{self.variable} -> {self.update}",
            "low": str(self.low),
            "high": str(self.high),
            "invariant": self.invariant,
            "leaves": None if self.leaves is None else str(self.leaves),
            "image": None if self.image is None else str(self.image),
            "exact": self.exact,
        }
        return json.dumps(fields | {"environment": environment(("sympy", "python-flint"))}, allow_nan=False)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the map over the interval, the diagonal and the square it has to stay in; new axes by default."""
        ax = draw_interval(self.update, self.variable, float(self.low), float(self.high), ax)
        if self.leaves is not None and self.image is not None:
            ax.plot([float(self.leaves)], [float(self.image)], "o", color="#d55e00")
        return ax


def draw_interval(update: sp.Expr, variable: sp.Symbol, low: float, high: float, ax: Axes | None) -> Axes:
    """Draw the map over the interval, the diagonal and the square it has to stay in; new axes by default."""
    from matplotlib.figure import Figure  # here, so that importing dynamics does not import matplotlib
    from matplotlib.patches import Rectangle

    ax = Figure(figsize=(4.5, 4.5), layout="constrained").subplots() if ax is None else ax
    points = np.linspace(low, high, 400)
    ax.plot(points, SymbolicMap(update, variable).step(points), color="#0072b2")
    ax.plot([low, high], [low, high], color="0.6", linewidth=0.8)
    ax.add_patch(Rectangle((low, low), high - low, high - low, fill=False, edgecolor="black"))
    ax.set_xlabel(str(variable))
    ax.set_ylabel(f"{variable} a step later")
    return ax


def invariant_interval(symbolic_map: SymbolicMap, low: Any, high: Any) -> InvariantInterval:
    """Prove that a scalar map takes an interval into itself, or refute it by an exact point that leaves.

    Args:
        symbolic_map: A scalar map with exact parameter values; kinks and jumps are allowed.
        low: The lower end, an exact number.
        high: The upper end.

    Raises:
        NotCertified: If it stays undecided: a map that is no polynomial touches an end where its derivative vanishes.
        ValueError, TypeError: For ends out of order, a map of several variables, without a formula or with an array of values.

    Example:
        >>> x = sp.Symbol("x")
        >>> invariant_interval(SymbolicMap(4 * x * (1 - x), x), 0, 1).invariant
        True
        >>> invariant_interval(SymbolicMap(5 * x * (1 - x), x), 0, 1).leaves
        1/2
    """
    (update,) = _scalar_update(symbolic_map)
    a, b = symbolic_map.exact_point(low)[0], symbolic_map.exact_point(high)[0]
    if (a < b) is not sp.true:
        raise ValueError(f"low = {low} and high = {high}: expected the lower end first")
    (x,) = symbolic_map.variables
    pieces = smooth_pieces(update, x, a, b)
    exact = all(_is_rational(p, x) for p in pieces) and a.is_Rational and b.is_Rational
    with flint.ctx.workprec(BITS):
        for piece in [(c, c, update) for c in (a, *(right for _, right, _ in pieces))] + pieces:
            decide = _leaves_at if piece[0] == piece[1] else _leaves_exactly if _is_rational(piece, x) and exact else _leaves_by_balls
            point = decide(piece, x, a, b)
            if point is not None:
                return InvariantInterval(update, x, a, b, False, point, symbolic_map.step(point), exact)
    return InvariantInterval(update, x, a, b, True, None, None, exact)


def _scalar_update(symbolic_map: Any) -> tuple[sp.Expr]:
    update = exact_update(symbolic_map)
    if not symbolic_map.scalar:
        raise ValueError(f"the map has {symbolic_map.dimension} variables: an interval needs a scalar map, a box certify_basin")
    return (update[0],)


def _is_rational(piece: tuple[sp.Expr, sp.Expr, sp.Expr], x: sp.Symbol) -> bool:
    formula = piece[2]
    return bool(formula.is_polynomial(x)) and all(c.is_Rational for c in sp.Poly(formula, x).coeffs())


def _leaves_at(piece: tuple[sp.Expr, sp.Expr, sp.Expr], x: sp.Symbol, low: sp.Expr, high: sp.Expr) -> sp.Expr | None:
    """Return the point of a piece that is one point, if the formula there is outside."""
    point, _, formula = piece
    value = formula.xreplace({x: point})
    outside = _side(value - low) < 0 or _side(high - value) < 0
    return point if outside else None


def _side(number: sp.Expr) -> int:
    """Return the exact sign of a number."""
    found = evaluate(number, {})
    if not found.contains(0):
        return 1 if found > 0 else -1
    if sp.simplify(number).equals(0) is True:
        return 0
    raise NotCertified(f"{number} cannot be told from 0: move the ends")


def _leaves_exactly(piece: tuple[sp.Expr, sp.Expr, sp.Expr], x: sp.Symbol, low: sp.Expr, high: sp.Expr) -> sp.Expr | None:
    """Return a rational point inside a piece where a polynomial is outside: one between every two roots decides."""
    left, right, formula = piece
    for gap in (formula - low, high - formula):
        coefficients = reversed(sp.Poly(gap, x).all_coeffs())
        h = flint.fmpq_poly([flint.fmpq(int(c.p), int(c.q)) for c in coefficients])
        factors = algebra.irreducible([h]) if h.degree() > 0 else ()
        roots = sorted(algebra.inside(algebra.isolate(factors), left, right), key=lambda c: c.ball.real.mid().fmpq())
        for point in algebra.between(left, [c.ball.real for c in roots], right):
            if h(flint.fmpq(int(point.p), int(point.q))) < 0:
                return point
    return None


def _leaves_by_balls(piece: tuple[sp.Expr, sp.Expr, sp.Expr], x: sp.Symbol, low: sp.Expr, high: sp.Expr) -> sp.Expr | None:
    """Return a point of a piece that leaves, by bisection; ``None`` if none does."""
    formula, slope = piece[2], sp.diff(piece[2], x)
    below, above = evaluate(low, {}), evaluate(high, {})
    todo = [(piece[0], piece[1])]
    while todo:
        left, right = todo.pop()
        middle = (left + right) / 2
        whole = ball(evaluate(middle, {}), evaluate((right - left) / 2, {}).upper())
        try:
            image = evaluate(formula, {x: whole})
            if image >= below and image <= above:
                continue
            if not evaluate(slope, {x: whole}).contains(0):
                outside = [p for p in (left, right) if _leaves_at((p, p, formula), x, low, high) is not None]
                if outside and outside[0] not in (piece[0], piece[1]):
                    return outside[0]
                if not outside:
                    continue
        except NotCertified:
            pass  # too wide a piece, or one that stays so
        if right - left < LEAST * (high - low):
            raise NotCertified(f"[{low}, {high}] stays undecided near {float(middle):.6g}: move the ends outwards there")
        todo += [(left, middle), (middle, right)]
    return None
