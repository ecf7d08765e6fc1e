"""Newton and Krawczyk on the points of a cycle, in ball arithmetic (the mathematics stands in `dynamics.cycles`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import flint
import sympy as sp

from dynamics._balls import NotCertified, ball, column, evaluate, matrix
from dynamics.maps import GradientMap

# quadratic convergence needs about 10 from any guess in the basin; a singular derivative halves the error, 60 bits
NEWTON_STEPS = 60
TIGHTENINGS = 8  # each Krawczyk step squares the relative radius: 8 take 1e-1 below every precision used here


class System:
    """G and DG of p points of a map."""

    def __init__(self, gradient_map: GradientMap, period: int) -> None:
        step = gradient_map.step_size
        if step is None:
            raise TypeError("a certificate needs one exact step size, found an array: use with_step_size(number)")
        self.n, self.p, self.variables = gradient_map.dimension, period, gradient_map.variables
        self.update = [v - step * g for v, g in zip(self.variables, gradient_map.gradient, strict=True)]
        self.derivative = sp.eye(self.n) - step * gradient_map.hessian

    def at(self, x: Sequence[Any], i: int) -> dict[sp.Symbol, Any]:
        return dict(zip(self.variables, x[i * self.n : (i + 1) * self.n], strict=True))

    def value(self, x: Sequence[Any]) -> Any:
        images = [evaluate(u, self.at(x, i)) for i in range(self.p) for u in self.update]
        shifted = list(x[self.n :]) + list(x[: self.n])
        return column([s - image for s, image in zip(shifted, images, strict=True)])

    def jacobian(self, x: Sequence[Any]) -> Any:
        size = self.n * self.p
        rows = [[flint.arb(0)] * size for _ in range(size)]
        for i in range(self.p):
            block = matrix(self.derivative, self.at(x, i)).tolist()
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


def krawczyk(system: System, centre: list[Any], largest: float) -> tuple[list[Any], float]:
    """Return tight balls that hold the zero, and the radius in which it is the only one."""
    inverse = system.jacobian(centre).inv().mid()
    newton_step = inverse * system.value(centre)
    identity = flint.arb_mat(
        system.n * system.p, system.n * system.p, [int(i == j) for i in range(len(centre)) for j in range(len(centre))]
    )

    def image(box: list[Any]) -> list[Any]:
        spread = identity - inverse * system.jacobian(box)
        moved = column([b - c for b, c in zip(box, centre, strict=True)])
        return [c + d for c, d in zip(centre, (spread * moved - newton_step).entries(), strict=True)]

    radius, smallest, failure = (
        largest,
        2.0 ** (24 - flint.ctx.prec) * (1 + max(abs(float(c)) for c in centre)),
        "no radius was tried",
    )
    while radius > smallest:
        box = [ball(c, radius) for c in centre]
        try:
            tight = image(box)
            if all(b.contains_interior(t) for b, t in zip(box, tight, strict=True)):
                for _ in range(TIGHTENINGS):
                    tight = [t.intersection(u) for t, u in zip(tight, image(tight), strict=True)]
                return tight, radius
            failure = "the operator does not map the box into itself"
        except NotCertified as error:
            failure = str(error)
        radius /= 2
    raise NotCertified(f"Krawczyk's test fails for every radius from {largest:.1e} down to {smallest:.1e}: {failure}")
