"""How much work it is to multiply out a formula, counted before it is done: an honest bound on it needs no clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import comb, prod

from sympy import Add, Expr, Integer, Mul, Pow


@dataclass
class Size:
    """What a formula is when it is multiplied out.

    Attributes:
        terms: at most so many, by the number of products and by the degrees.
        work: products of two terms on the way.
        degrees: by what is no sum, product or power, at most.
    """

    terms: int = 1
    work: int = 0
    degrees: dict[Expr, int] = field(default_factory=dict)

    def _at_most(self) -> Size:
        self.terms = min(self.terms, prod(d + 1 for d in self.degrees.values()))
        return self


def size(e: Expr) -> Size:
    """Of a formula that is multiplied out factor by factor.

    Example:
        >>> from sympy import symbols
        >>> x, y = symbols("x y", real=True)
        >>> found = size((x + 1) ** 2 * (x + y))
        >>> found.terms, found.work
        (6, 12)
    """
    if isinstance(e, Add):
        parts = [size(a) for a in e.args]
        found = Size(sum(p.terms for p in parts), sum(p.work for p in parts))
        for part in parts:
            for name, degree in part.degrees.items():
                found.degrees[name] = max(degree, found.degrees.get(name, 0))
        return found._at_most()
    if isinstance(e, Mul):
        found = Size()
        for part in (size(a) for a in e.args):
            found = _times(found, part)
        return found
    if isinstance(e, Pow) and isinstance(e.exp, Integer) and e.exp > 1:
        part, n = size(e.base), int(e.exp)
        found = Size(comb(part.terms + n - 1, n), 0, {name: n * degree for name, degree in part.degrees.items()})._at_most()
        found.work = part.work + (found.terms * part.terms if part.terms > 1 else 0)
        return found
    return Size() if e.is_number else Size(1, 0, {e: 1})


def _times(one: Size, other: Size) -> Size:
    degrees = {name: one.degrees.get(name, 0) + other.degrees.get(name, 0) for name in one.degrees | other.degrees}
    new = one.terms * other.terms if min(one.terms, other.terms) > 1 else 0
    return Size(one.terms * other.terms, one.work + other.work + new, degrees)._at_most()
