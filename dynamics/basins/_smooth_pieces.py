"""A scalar formula with kinks and jumps as smooth formulas on pieces of an interval, cut at rational switches."""

from __future__ import annotations

import sympy as sp
from sympy.core.relational import Relational

_SWITCHES = (sp.Abs, sp.sign, sp.Heaviside, sp.Min, sp.Max, sp.Piecewise)


def smooth_pieces(update: sp.Expr, x: sp.Symbol, low: sp.Expr, high: sp.Expr) -> list[tuple[sp.Expr, sp.Expr, sp.Expr]]:
    """Return ``(left, right, formula)``: on each piece the formula is the update inside, and its limit at the ends.

    A switch that is no polynomial with rational roots only is left in the formula.
    """
    edges = {edge: _roots(edge, x) for edge in _edges(update)}
    ends = [low, *sorted({c for roots in edges.values() for c in roots or () if low < c < high}), high]
    return [(a, b, _resolved(update, x, (a + b) / 2, edges)) for a, b in zip(ends[:-1], ends[1:], strict=True)]


def _edges(e: sp.Expr) -> set[sp.Expr]:
    """Return the expressions at whose zeros a formula switches."""
    edges = {a.args[0] for a in e.atoms(sp.Abs, sp.sign, sp.Heaviside)} | {r.lhs - r.rhs for r in e.atoms(Relational)}
    for a in e.atoms(sp.Min, sp.Max):
        edges |= {p - q for i, p in enumerate(a.args) for q in a.args[:i]}
    return edges


def _roots(edge: sp.Expr, x: sp.Symbol) -> list[sp.Rational] | None:
    """Return the real roots of an edge if all are rational."""
    if not edge.is_polynomial(x):
        return None
    roots = sp.Poly(edge, x).real_roots() if edge.has(x) else []
    return roots if all(c.is_Rational for c in roots) else None


def _resolved(e: sp.Expr, x: sp.Symbol, middle: sp.Expr, edges: dict[sp.Expr, list[sp.Rational] | None]) -> sp.Expr:
    """Replace every switch by the side on which the middle of a piece lies."""
    if e.args:
        e = e.func(*(_resolved(a, x, middle, edges) for a in e.args)) if not isinstance(e, sp.Piecewise | Relational) else e
    if not isinstance(e, _SWITCHES) or any(edges.get(edge, _roots(edge, x)) is None for edge in _edges(e)):
        return e
    at = {x: middle}
    if isinstance(e, sp.Piecewise):
        branch = next((b for b, condition in e.args if condition.xreplace(at) == sp.true), None)
        return e if branch is None else _resolved(branch, x, middle, edges)
    if isinstance(e, sp.Min | sp.Max):
        return (min if isinstance(e, sp.Min) else max)(e.args, key=lambda a: a.xreplace(at))
    side = sp.sign(e.args[0].xreplace(at))
    return {sp.Abs: side * e.args[0], sp.sign: side, sp.Heaviside: (1 + side) / 2}[type(e)]
