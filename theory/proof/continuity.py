"""The limit of an orbit is a fixed point of its map, where the map is continuous."""

from __future__ import annotations

from typing import Any

from sympy import Abs, Eq, Function, Lambda, Max, Min, Ne, Symbol, sign

from theory.proof.algebra import conditions
from theory.proof.logic import Boolean, Tends, apply
from theory.proof.orbits import _static, recursion
from theory.proof.reals import _solve
from theory.proof.theorem import (
    NotProved,
    Theorem,
    rule,
)


@rule
def limit_is_fixed(x: Any, g: Lambda, limit: Theorem) -> tuple[Any, ...]:
    """From `x(k) -> c`, for an orbit x of g: `g(c) = c`, where g is continuous at c.

    The map is built from sums, products, powers, moduli and signs, and must be defined everywhere; where it takes the
    sign of a quantity, the hypothesis that this is not 0 at c is added.

    Proof: x(k+1) tends to c, and x(k+1) = g(x(k)) tends to g(c).
    """
    _static(x, g)
    (t,) = g.variables
    k = Symbol("k", integer=True)
    if not (isinstance(limit.then, Tends) and limit.then.args[:2] == (k, x(k))):
        raise NotProved(f"limit_is_fixed: {limit.then} is no limit of the orbit {x}({k})")
    for condition in conditions(g.expr):
        _solve((), condition)
    c = limit.then.args[2]
    where = tuple(_continuous_at(f, t, c) for f in sorted(g.expr.atoms(Function), key=str) if f.has(t))
    reason = "a limit of the orbit is fixed, by continuity"
    given = (*limit.given, *(w for w in where if w is not None), recursion(x, g))
    return given, Eq(apply(g, c), c, evaluate=False), reason, (limit,), ("sympy",)


def _continuous_at(f: Function, t: Symbol, c: Any) -> Boolean | None:
    if isinstance(f, (Abs, Max, Min)):
        return None
    if isinstance(f, sign):
        return Ne(apply(Lambda(t, f.args[0]), c), 0)
    raise NotProved(f"continuity of {f} is not known")


__all__ = ["limit_is_fixed"]
