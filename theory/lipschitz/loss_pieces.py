"""A loss of one logit, cut where it has kinks, and its derivatives on each piece as functions that `log_polynomials` can search.

On a piece without exponentials the variable t is the logit z itself; with exponentials it is t = e^(z/q), where the loss speaks of e^(z/q)
only in whole powers. Logarithms of rational functions of t are letters of their own, and z = q log t.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import gcd, lcm

from sympy import (
    Abs,
    Expr,
    Heaviside,
    Integer,
    Max,
    Min,
    Piecewise,
    Poly,
    Pow,
    Rational,
    S,
    Symbol,
    cancel,
    cosh,
    coth,
    csch,
    diff,
    exp,
    expand,
    fraction,
    log,
    preorder_traversal,
    sech,
    sign,
    sinh,
    tanh,
)
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean, BooleanFunction

from theory.lipschitz.isolated_zeros import Zero, between
from theory.lipschitz.isolated_zeros import order as compared
from theory.lipschitz.log_polynomials import Frame
from theory.lipschitz.symbols import t
from theory.proof import NotProved
from theory.proof import sign as exact_sign

HYPERBOLIC = (tanh, sinh, cosh, sech, csch, coth)
BENT = (Abs, sign, Heaviside, Max, Min, Piecewise)


@dataclass
class Piece:
    """The loss on an open interval of logits, where it is analytic.

    Attributes:
        low, high: exact ends, or infinities.
        loss: without |.|, max and cases.
        rate: q, where t = e^(z/q); 0 where t = z.
        frame: the interval of t, and the logarithms.
    """

    z: Symbol
    low: Expr
    high: Expr
    loss: Expr
    rate: Rational = S.Zero
    frame: Frame = field(init=False)

    def __post_init__(self) -> None:
        powers = [_power_of(e, self.z) for e in preorder_traversal(self.loss) if isinstance(e, exp) and e.has(self.z)]
        self.rate = 1 / common_part(powers) if powers else S.Zero
        self.frame = Frame(*(self.at(end) for end in (self.low, self.high)))

    def at(self, z: Expr) -> Expr:
        """The value of t for a logit."""
        return exp(z / self.rate) if self.rate else z

    def logit_at(self, zero: Zero) -> Expr | None:
        """The logit for an exact value of t, or None."""
        if zero.exact is None:
            return None
        return self.rate * log(zero.exact) if self.rate else zero.exact

    def demand_real(self) -> None:
        """Every logarithm in the loss is of something positive.

        Raises:
            NotProved: it is not, or that was not decided.
        """
        for part in preorder_traversal(self.loss):
            if isinstance(part, log) and part.has(self.z):
                N, _ = self.quotient(part.args[0])
                if self.frame.zeros(N) or self.frame.sign_at(N, self.frame.inside()) < 0:
                    raise NotProved(f"{part} is not a real number for all logits between {self.low} and {self.high}")

    def derivative(self, order: int) -> tuple[Expr, Expr]:
        """The derivative of an order, as N/D: N with the letters of logarithms, and D > 0 a polynomial in t."""
        return self.quotient(diff(self.loss, self.z, order))

    def quotient(self, e: Expr) -> tuple[Expr, Expr]:
        """A function of z as N/D."""
        top, bottom = fraction(cancel(self._read(e)))
        if bottom.free_symbols - {t}:
            raise NotProved(f"a logarithm stands in a denominator of {e}, which is not handled")
        if self.frame.zeros(bottom):
            raise NotProved(f"{e} is not defined for all logits between {self.low} and {self.high}")
        turned = self.frame.sign_at(bottom, self.frame.inside())
        return expand(turned * top), expand(turned * bottom)

    def _read(self, e: Expr) -> Expr:
        if e == self.z:
            return self.rate * self.frame.log_of(t) if self.rate else t
        if e.is_Rational:
            return e
        if e.is_Add or e.is_Mul:
            return e.func(*(self._read(a) for a in e.args))
        if isinstance(e, exp):
            return t ** (_power_of(e, self.z) * self.rate)
        if isinstance(e, Pow) and e.exp.is_Integer:
            return self._read(e.base) ** e.exp
        if isinstance(e, log):
            inner = cancel(self._read(e.args[0]))
            if inner.free_symbols - {t}:
                raise NotProved(f"{e} is a logarithm of a logarithm, which is not handled")
            return self.frame.log_of(inner)
        raise NotProved(
            f"nothing is known here of {e}: the loss may use rational functions of z and of e^z, their logarithms, |.|, max, cases"
        )


def common_part(numbers: Iterable[Rational]) -> Rational:
    """The largest positive rational number of which all of these are multiples.

    SymPy's `gcd` of several rational numbers stops at the first 1: of 1, -1 and 1/2 it gives 1.

    Example:
        >>> common_part((Rational(1), Rational(-1), Rational(1, 2)))
        1/2
    """
    parts = [Rational(number) for number in numbers]
    scale = lcm(*(int(part.q) for part in parts))
    return Rational(gcd(*(int(part * scale) for part in parts)), scale)


def _power_of(e: Expr, z: Symbol) -> Rational:
    rate = expand(e.args[0]).coeff(z, 1)
    if not rate.is_Rational or expand(e.args[0] - rate * z) != 0:
        raise NotProved(f"{e} is not a rational power of e^{z}")
    return rate


def cut(loss: Expr, z: Symbol) -> tuple[list[Piece], list[Expr]]:
    """The pieces from left to right, and the logits between them."""
    loss = loss.replace(tanh, lambda x: 1 - 2 / (exp(2 * x) + 1))
    loss = loss.replace(lambda e: isinstance(e, HYPERBOLIC), lambda e: e.rewrite(exp))
    ends = [S.NegativeInfinity, *_stops(loss, z), S.Infinity]
    found: list[Piece] = []
    for low, high in zip(ends, ends[1:], strict=False):
        smooth = _straight(loss, z, between(low, high))
        if found and found[-1].loss == smooth and _at_stop(loss, z, low) == smooth.subs(z, low):
            found[-1] = Piece(z, found[-1].low, high, smooth)
        else:
            found.append(Piece(z, low, high, smooth))
    return found, [piece.low for piece in found[1:]]


def _stops(e: Expr, z: Symbol) -> list[Expr]:
    """The logits at which a branch of |.|, max or cases may change, in order; perhaps some others."""
    kept: list[Expr] = []
    for corner in dict.fromkeys(_corners(e, z)):
        for stop in _real_roots(corner, z):
            places = [compared(known, stop) for known in kept]
            if 0 not in places:
                kept.insert(places.count(-1), stop)
    return kept


def _at_stop(loss: Expr, z: Symbol, stop: Expr) -> Expr:
    return loss.subs(z, stop)


def _corners(e: Expr, z: Symbol) -> Iterator[Expr]:
    """What changes sign where the loss may have a kink."""
    for part in preorder_traversal(e):
        if not part.has(z):
            continue
        if isinstance(part, Abs | sign | Heaviside):
            yield part.args[0]
        elif isinstance(part, Max | Min):
            yield from (a - b for i, a in enumerate(part.args) for b in part.args[:i])
        elif isinstance(part, Relational):
            yield part.lhs - part.rhs


def _real_roots(corner: Expr, z: Symbol) -> list[Expr]:
    if corner.has(*BENT):
        ends = [S.NegativeInfinity, *_stops(corner, z), S.Infinity]
        branches = [_straight(corner, z, between(*pair)) for pair in zip(ends, ends[1:], strict=False)]
        return [root for branch in dict.fromkeys(branches) for root in _real_roots(branch, z)]
    if not corner.has(z):
        return []
    if not corner.is_polynomial(z) or any(not c.is_Rational for c in Poly(corner, z).all_coeffs()):
        raise NotProved(f"where {corner} changes its sign was not decided: it is no polynomial in {z} with rational coefficients")
    return list(dict.fromkeys(Poly(corner, z).real_roots()))


def _straight(e: Expr, z: Symbol, sample: Rational) -> Expr:
    """The branch of every |.|, max and case that holds at a logit."""
    if not isinstance(e, Expr) or not e.has(*BENT):
        return e
    if isinstance(e, Piecewise):
        for value, condition in e.args:
            if _holds(condition, z, sample):
                return _straight(value, z, sample)
        raise NotProved(f"no case of {e} holds at {z} = {sample}")
    inner = [_straight(a, z, sample) for a in e.args]
    if isinstance(e, Abs | sign | Heaviside):
        turned = exact_sign(inner[0].subs(z, sample))
        return {Abs: turned * inner[0], sign: Integer(turned), Heaviside: Integer(turned > 0)}[type(e)] if turned else S.Zero
    if isinstance(e, Max | Min):
        best = inner[0]
        for other in inner[1:]:
            if exact_sign((other - best).subs(z, sample)) == (1 if isinstance(e, Max) else -1):
                best = other
        return best
    return e.func(*inner)


def _holds(condition: Boolean | bool, z: Symbol, sample: Rational) -> bool:
    if condition in (S.true, S.false):
        return condition is S.true
    if isinstance(condition, BooleanFunction | Relational):
        settled = condition.subs(z, sample)
        if settled in (S.true, S.false):
            return settled is S.true
    raise NotProved(f"whether {condition} holds at {z} = {sample} was not decided")


__all__ = ["Piece", "common_part", "cut"]
