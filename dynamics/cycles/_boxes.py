r"""Every cycle in a box: the box is cut until each piece is proved to hold no zero of :math:`F^p(x) - x`, or exactly one.

A piece X is dropped when a ball of :math:`F^p(X) - X` excludes 0, when an image :math:`F^k(X)` is disjoint from the box (the
cycle is to lie inside), or when Krawczyk's operator moves X off itself. The operator is applied to a slightly wider piece, so that
a zero on a border is inside one; two pieces may then find the same zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import flint
import sympy as sp

from dynamics.cycles._balls import NotCertified, ball, column, evaluate
from dynamics.cycles._krawczyk import System, operator, tightened
from dynamics.maps.symbolic_map import SymbolicMap

MAX_PIECES = 50_000  # about a minute for short formulas; the logistic map needs 500 at period 5
WIDER = 1.25  # a zero on a border must lie well inside the wider piece
LEAST = 2.0**-40  # of the box: smaller pieces that are undecided hold a neutral cycle, a kink or a jump


@dataclass(frozen=True, slots=True)
class Cover:
    """A ball that may hold a zero; within ``alone`` (``None``: anywhere outside other covers) there is no second one."""

    ball: list[Any]
    alone: list[Any] | None

    def holds(self, point: Sequence[Any]) -> bool:
        """Tell whether the zero in ``point``, a certified ball, is the one of this cover; raises where the balls cannot."""
        if _disjoint(self.ball, point):
            return False
        if self.alone and not all(a.contains(c) for a, c in zip(self.alone, point, strict=True)):
            raise NotCertified("two zeros cannot be told apart: raise the precision")
        return True


class Return:
    """G(x) = F^p(x) - x in n dimensions, with its Jacobian; raises as `evaluate` where the map is not smooth on the balls."""

    def __init__(self, symbolic_map: SymbolicMap, period: int) -> None:
        self.once, self.period = System(symbolic_map, 1), period
        self.fractions = [sp.fraction(sp.together(u)) for u in self.once.update]
        self.branches = list(product(*(_branches(u) for u in self.once.update)))

    def orbit(self, x: Sequence[Any]) -> list[list[Any]]:
        """Return enclosures of x, F(x), ..., F^p(x)."""
        points = [list(x)]
        for _ in range(self.period):
            at = self.once.at(points[-1], 0)
            points.append([evaluate(u, at) for u in self.once.update])
        return points

    def value(self, x: Sequence[Any]) -> Any:
        return column([image - start for image, start in zip(self.orbit(x)[-1], x, strict=True)])

    def jacobian(self, x: Sequence[Any]) -> Any:
        n = self.once.n
        identity = flint.arb_mat(n, n, [int(i == j) for i in range(n) for j in range(n)])
        derivative = identity
        for point in self.orbit(x)[:-1]:
            derivative = self.once.slopes(self.once.at(point, 0)) * derivative
        return derivative - identity

    def excluded(self, x: Sequence[Any], whole: Sequence[Any]) -> bool:
        """Tell that no cycle inside ``whole`` has a point in x."""
        points = [list(x)]
        for _ in range(self.period):
            points = [image for point in points for image in self._images(point, whole) if not _disjoint(image, whole)]
        return all(_disjoint(point, x) for point in points)

    def _images(self, point: Sequence[Any], whole: Sequence[Any]) -> list[list[Any]]:
        """Return balls that together hold the images of a ball that lie in ``whole``: one, or one a branch that may hold."""
        at = self.once.at(point, 0)
        try:
            return [[evaluate(u, at) for u in self.once.update]]
        except NotCertified:
            if any(self._far(top, bottom, at, w) for (top, bottom), w in zip(self.fractions, whole, strict=True)):
                return []
            return [[evaluate(u, at) for u in branch] for branch in self.branches]

    def _far(self, top: sp.Expr, bottom: sp.Expr, at: dict[sp.Symbol, Any], side: Any) -> bool:
        """Tell that a fraction is nowhere in ``side``, where it has a pole too: top - y bottom has no zero."""
        return bool(bottom.free_symbols and not (evaluate(top, at) - side * evaluate(bottom, at)).contains(0))


def _branches(update: sp.Expr) -> list[sp.Expr]:
    """Return the formulas that a formula can be, whichever branch and sign holds."""
    switches = sorted(update.atoms(sp.Piecewise, sp.sign, sp.Heaviside), key=sp.default_sort_key)
    choices = [[b for b, _ in s.args] if isinstance(s, sp.Piecewise) else [sp.Integer(v) for v in (-1, 0, 1)] for s in switches]
    return [update.xreplace(dict(zip(switches, choice, strict=True))) for choice in product(*choices)]


def isolate(system: Return, whole: list[Any]) -> list[Cover]:
    """Return a cover of each zero, perhaps twice, and of some just outside.

    Raises:
        NotCertified: If a piece stays undecided, or there are too many.
    """
    pieces: list[list[Any]] = [whole]
    found: list[Cover] = []
    for _ in range(MAX_PIECES):
        if not pieces:
            return found
        piece = pieces.pop()
        wide = [ball(c, WIDER * c.rad()) for c in piece]
        try:
            if system.excluded(wide, whole):
                continue
            image = operator(system, [c.mid() for c in wide])
            moved = image(wide)
            if _disjoint(moved, piece):
                continue
            if all(2 * m.rad() < w.rad() and w.contains_interior(m) for w, m in zip(wide, moved, strict=True)):
                found.append(Cover(tightened(system, moved), wide))
                continue
        except (NotCertified, ZeroDivisionError):
            pass  # too wide a piece, or one that stays so
        pieces.extend(_halves(piece, whole))
    raise NotCertified(f"{MAX_PIECES} pieces did not decide the box: give a smaller one")


def _halves(piece: Sequence[Any], whole: Sequence[Any]) -> list[list[Any]]:
    shares = [float(c.rad()) / float(w.rad()) for c, w in zip(piece, whole, strict=True)]
    i = shares.index(max(shares))
    if shares[i] < LEAST:
        where = ", ".join(f"{float(c.mid()):.6g}" for c in piece)
        raise NotCertified(f"the box is not decided near ({where}): a neutral cycle, a kink or a jump lies there, so leave it out")
    halves = []
    for side in (-1, 1):
        half = list(piece)
        half[i] = ball(piece[i].mid() + side * piece[i].rad() / 2, piece[i].rad() / 2)
        halves.append(half)
    return halves


def _disjoint(first: Sequence[Any], second: Sequence[Any]) -> bool:
    return any(not a.overlaps(b) for a, b in zip(first, second, strict=True))
