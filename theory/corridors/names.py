"""Names for the parts of a loss that are no rational functions of its variables: roots and signs; and for its affine forms.

Away from its jump a sign is a constant, so |v|, max and min are written with signs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sympy import (
    Abs,
    Add,
    Expr,
    Integer,
    Max,
    Min,
    Pow,
    Rational,
    S,
    Symbol,
    atan,
    atan2,
    cos,
    cosh,
    exp,
    expand_trig,
    sign,
    sin,
    sinh,
    sqrt,
)

from theory.proof.logic import fresh_symbol


@dataclass(frozen=True)
class Root:
    """A name R > 0 with R^degree = radicand, which is written in the names before it."""

    radicand: Expr
    degree: int


def without_kinks(e: Expr) -> Expr:
    """The same, away from jumps, with sign as the only function that has a kink; and with exp for hyperbolic functions."""
    if not e.args:
        return e
    if isinstance(e, sin | cos) and e.has(atan, atan2) and e != expand_trig(e):
        return without_kinks(expand_trig(e))  # algebraic: cos(atan2(y, x)) = x/r
    args = [without_kinks(a) for a in e.args]
    if isinstance(e, Abs):
        return sign(args[0]) * args[0]
    if isinstance(e, Max | Min):
        least, up = args[0], 1 if isinstance(e, Max) else -1
        for other in args[1:]:
            least = (least + other + up * sign(least - other) * (least - other)) / 2
        return least
    if isinstance(e, sinh | cosh):
        return (exp(args[0]) + (1 if isinstance(e, cosh) else -1) * exp(-args[0])) / 2
    if isinstance(e, atan2):
        height, width = args
        return 2 * atan(height / (sqrt(width**2 + height**2) + width))
    return e.func(*args)


class Writer:
    """Collects the names of one loss.

    Attributes:
        variables: the d variables.
        forms: name -> affine form of the variables.
        roots: name -> root, inner ones first.
        signs: name -> of what it is the sign.
    """

    def __init__(self, variables: tuple[Symbol, ...], forms: Mapping[Symbol, Expr] = {}, roots: Mapping[Symbol, Root] = {}) -> None:
        self.variables, self.forms, self.roots = variables, dict(forms), dict(roots)
        self.signs: dict[Symbol, Expr] = {}

    def expression(self, e: Expr, group: bool) -> Expr:
        """The expression in names; `group` makes one form of the affine part of a sum."""
        if e in self.variables:
            return self.form(e)
        if not e.args:
            return e
        if isinstance(e, Add) and group:
            affine = [a for a in e.args if _is_affine(a, self.variables)]
            if len(affine) > 1 and any(a.free_symbols for a in affine):
                others = [self.expression(a, group) for a in e.args if a not in affine]
                return Add(self.form(Add(*affine)), *others)
        args = [self.expression(a, group) for a in e.args]
        if isinstance(e, sign):
            return self.named(self.signs, "sign", args[0])
        return self.power(*args) if isinstance(e, Pow) else e.func(*args)

    def numbers(self, e: Expr) -> Expr:
        """The same with names for the roots of numbers."""
        if not e.args:
            return e
        args = [self.numbers(a) for a in e.args]
        return self.power(*args) if isinstance(e, Pow) else e.func(*args)

    def form(self, e: Expr) -> Symbol:
        """A name for an affine form; a variable is one already."""
        return e if e in self.variables and self.forms.setdefault(e, e) == e else self.named(self.forms, "form", e)

    def power(self, base: Expr, exponent: Expr) -> Expr:
        """The power of a root's name, if the exponent is a fraction; R^q is written base."""
        if not isinstance(exponent, Rational) or isinstance(exponent, Integer):
            return Pow(base, exponent)
        for name, root in self.roots.items():
            if root.radicand == base and root.degree % exponent.q == 0:
                return name ** (exponent * root.degree)
        degree = int(exponent.q)
        return self.named(self.roots, "root", Root(base, degree)) ** (exponent * degree)

    def named(self, table: dict[Symbol, Any], kind: str, meaning: Any) -> Symbol:
        """The name with this meaning; a new one if there is none."""
        for name, known in table.items():
            if known == meaning:
                return name
        taken = (*self.variables, *self.forms, *self.roots, *self.signs)
        name = fresh_symbol(Symbol(f"{kind}_{len(table) + 1}", real=True), *taken)
        table[name] = meaning
        return name


def _is_affine(e: Expr, variables: tuple[Symbol, ...]) -> bool:
    """A number, or a number times a variable."""
    rest = e.as_independent(*variables, as_Add=False)[1]
    return rest is S.One or rest in variables


__all__ = ["Root", "Writer", "without_kinks"]
