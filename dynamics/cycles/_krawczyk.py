"""Newton and Krawczyk on the points of a cycle, in ball arithmetic (the mathematics stands in `dynamics.cycles.certified`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import flint
import sympy as sp

from dynamics.cycles._balls import NotCertified, ball, column, evaluate, matrix
from dynamics.cycles._formulas import exact_derivative, exact_update
from dynamics.maps.symbolic_map import SymbolicMap

# quadratic convergence needs about 10 from any guess in the basin; a singular derivative halves the error, 60 bits
NEWTON_STEPS = 60
TIGHTENINGS = 8  # each Krawczyk step squares the relative radius: 8 take 1e-1 below every precision used here


class System:
    """G and DG of p points of a map."""

    def __init__(self, symbolic_map: SymbolicMap, period: int) -> None:
        self.update = exact_update(symbolic_map)
        self.derivative = exact_derivative(symbolic_map)
        self.branching = [u for u in self.update if u.has(sp.Piecewise)]
        self.n, self.p, self.variables = symbolic_map.dimension, period, symbolic_map.variables

    def at(self, x: Sequence[Any], i: int) -> dict[sp.Symbol, Any]:
        return dict(zip(self.variables, x[i * self.n : (i + 1) * self.n], strict=True))

    def slopes(self, at: dict[sp.Symbol, Any]) -> Any:
        """Return DF on balls; SymPy drops a branch whose derivative is that of its neighbour, so a jump shows in F alone."""
        for u in self.branching:
            evaluate(u, at)
        return matrix(self.derivative, at)

    def value(self, x: Sequence[Any]) -> Any:
        images = [evaluate(u, self.at(x, i)) for i in range(self.p) for u in self.update]
        shifted = list(x[self.n :]) + list(x[: self.n])
        return column([s - image for s, image in zip(shifted, images, strict=True)])

    def jacobian(self, x: Sequence[Any]) -> Any:
        size = self.n * self.p
        rows = [[flint.arb(0)] * size for _ in range(size)]
        for i in range(self.p):
            block = self.slopes(self.at(x, i)).tolist()
            following = (i + 1) % self.p
            for a in range(self.n):
                for b in range(self.n):
                    rows[i * self.n + a][i * self.n + b] -= block[a][b]
                rows[i * self.n + a][following * self.n + a] += 1
        return flint.arb_mat(rows)


def newton(system: System, start: list[Any], limits: list[float]) -> list[Any]:
    x = [c.mid() for c in start]
    for _ in range(NEWTON_STEPS):
        try:
            step = system.jacobian(x).solve(system.value(x)).entries()
        except ZeroDivisionError:
            raise NotCertified(
                f"the derivative of the {system.p}-step map minus the identity is singular near the guess: a neutral cycle or none"
            ) from None
        x = [(c - s).mid() for c, s in zip(x, step, strict=True)]
        for c, c0, limit in zip(x, start, limits, strict=True):
            if not abs(c - c0) < limit:
                moved = float(abs(c - c0).mid())
                raise NotCertified(
                    f"no cycle of period {system.p} near the guess: Newton moved a coordinate by {moved:.3g}, allowed {limit:.3g}"
                )
        if all(abs(s) < flint.arb(2) ** (20 - flint.ctx.prec) * (1 + abs(c)) for s, c in zip(step, x, strict=True)):
            return x
    raise NotCertified(f"Newton did not settle in {NEWTON_STEPS} steps: the guess is near no regular cycle of period {system.p}")


def operator(system: Any, centre: list[Any]) -> Callable[[list[Any]], list[Any]]:
    """Return Krawczyk's operator around a centre; raises ``ZeroDivisionError`` where the derivative is singular."""
    inverse = system.jacobian(centre).inv().mid()
    newton_step = inverse * system.value(centre)
    size = len(centre)
    identity = flint.arb_mat(size, size, [int(i == j) for i in range(size) for j in range(size)])

    def image(box: list[Any]) -> list[Any]:
        spread = identity - inverse * system.jacobian(box)
        moved = column([b - c for b, c in zip(box, centre, strict=True)])
        return [c + d for c, d in zip(centre, (spread * moved - newton_step).entries(), strict=True)]

    return image


def tightened(system: Any, box: list[Any]) -> list[Any]:
    """Return the smallest balls around the only zero in a box: the centre moves along, for the operator needs it inside."""
    for _ in range(TIGHTENINGS):
        moved = operator(system, [b.mid() for b in box])(box)
        box = [b.intersection(m) for b, m in zip(box, moved, strict=True)]
    return box


def krawczyk(system: System, centre: list[Any], largest: float) -> tuple[list[Any], float]:
    """Return tight balls that hold the zero, and the radius in which it is the only one."""
    image = operator(system, centre)
    radius, failure = largest, "no radius was tried"
    smallest = 2.0 ** (24 - flint.ctx.prec) * (1 + max(abs(float(c)) for c in centre))
    while radius > smallest:
        box = [ball(c, radius) for c in centre]
        try:
            tight = image(box)
            if all(b.contains_interior(t) for b, t in zip(box, tight, strict=True)):
                return tightened(system, tight), radius
            failure = "the operator does not map the box into itself"
        except NotCertified as error:
            failure = str(error)
        radius /= 2
    raise NotCertified(f"Krawczyk's test fails for every radius from {largest:.1e} down to {smallest:.1e}: {failure}")
