"""A Lipschitz constant that is known exactly, or between two numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, ctx, fmpq
from sympy import Expr, Rational, sqrt

BITS = 192  # of the balls: an enclosure of relative width 2^-192, before the errors of the bounds themselves


@dataclass(frozen=True)
class LipschitzConstant:
    """The least L with |E(v) - E(w)| <= L |v - w|: an exact number, or an enclosure.

    Attributes:
        low, high: floats with low <= L <= high.
        exact: L itself, or None where only the enclosure is known.
        attained: whether |grad E| = L at some point; where not, it comes as close as one likes.
        how: how it was found, for a reader.
    """

    low: float
    high: float
    exact: Expr | None
    attained: bool
    how: str


def root_of(square: fmpq, divisor: int, attained: bool, how: str) -> LipschitzConstant:
    """The constant sqrt(square)/divisor, exactly."""
    low, high = enclosing_floats(root(square) / divisor)
    value = sqrt(Rational(int(square.numerator), int(square.denominator))) / divisor
    return LipschitzConstant(low, high, value, attained, how)


def between(least: arb, most: arb, attained: bool, how: str) -> LipschitzConstant:
    """A constant that is at least the one ball and at most the other."""
    return LipschitzConstant(enclosing_floats(least)[0], enclosing_floats(most)[1], None, attained, how)


def root(square: fmpq) -> arb:
    """A ball around sqrt(square)."""
    saved, ctx.prec = ctx.prec, BITS
    try:
        return arb(square).sqrt()
    finally:
        ctx.prec = saved


def enclosing_floats(ball: arb) -> tuple[float, float]:
    """Doubles below and above every number of a ball.

    Raises:
        OverflowError: the ball is not finite, or too large for float64.
    """
    if not ball.is_finite():
        raise OverflowError(f"the bound {ball} is not finite: scale the data")
    below, above = (_fraction(end) for end in (ball.lower(), ball.upper()))
    try:
        low, high = float(below), float(above)
    except OverflowError:
        raise OverflowError(f"the bound {ball} is above the largest float64: scale the data") from None
    # each is the nearest double, so at most one step off
    return (math.nextafter(low, -math.inf) if below < low else low, math.nextafter(high, math.inf) if above > high else high)


def _fraction(point: arb) -> Fraction:
    value = point.mid().fmpq()
    return Fraction(int(value.numerator), int(value.denominator))


__all__ = ["BITS", "LipschitzConstant", "between", "enclosing_floats", "root", "root_of"]
