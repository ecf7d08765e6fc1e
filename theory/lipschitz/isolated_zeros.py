"""Points of the line of which some are known only as the one zero of a function between two rational numbers: their order, exactly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cmp_to_key
from typing import Any, Protocol

from flint import arb, ctx, fmpq
from sympy import Expr, Integer, Rational, S

from theory.proof import NotProved
from theory.proof.balls import ball, sign

PRECISIONS = (64, 256, 1024)  # bits, tried in turn


class Signs(Protocol):
    """Whoever knows the sign of a function at a point."""

    def sign_at(self, N: Expr, point: Any) -> int:
        """-1, 0 or 1."""


@dataclass
class Zero:
    """A zero of a function: exact, rational or with one square root; or the only one between two rational numbers."""

    exact: Expr | None
    frame: Signs | None = None
    function: Expr = S.Zero
    low: Rational = S.Zero
    high: Rational = S.Zero
    before: int = 0  # the sign below the zero

    def ball(self, bits: int) -> arb:
        """A ball of a width of about 2^-bits around it."""
        if self.exact is not None:
            return ball(self.exact, bits)
        self.narrow(bits)
        saved, ctx.prec = ctx.prec, bits + 32
        try:
            middle, radius = (self.low + self.high) / 2, (self.high - self.low) / 2
            return arb(fmpq(int(middle.p), int(middle.q)), fmpq(int(radius.p), int(radius.q)))
        finally:
            ctx.prec = saved

    def narrow(self, bits: int) -> None:
        """Halve the interval until it is as narrow as that."""
        while self.frame is not None and (self.high - self.low) * 2**bits > 1:
            middle = (self.low + self.high) / 2
            found = self.frame.sign_at(self.function, middle)
            self.low = middle if found in (self.before, 0) else self.low
            self.high = middle if found in (-self.before, 0) else self.high

    def __str__(self) -> str:
        return str(self.exact) if self.exact is not None else f"{float(self.low):.12g}..."


def short(point: Any) -> str:
    """A point for an error message."""
    return text if len(text := str(point)) <= 40 else f"{text[:20]}..."


def in_order(zeros: list[Zero]) -> list[Zero]:
    """From left to right, each once."""
    kept: list[Zero] = []
    for zero in sorted(zeros, key=cmp_to_key(order)):
        if not kept or order(kept[-1], zero):
            kept.append(zero)
    return kept


def order(one: Any, other: Any) -> int:
    """-1, 0 or 1: how two points lie, each a zero, an exact number or an infinity."""
    exact: list[Any] = [p.exact if isinstance(p, Zero) else p for p in (one, other)]
    if None not in exact:
        return 0 if exact[0] == exact[1] else sign(exact[0] - exact[1])
    if one is other:
        return 0
    for infinite, answer in ((exact[0], 1), (exact[1], -1)):
        if infinite in (S.Infinity, S.NegativeInfinity):
            return answer if infinite is S.Infinity else -answer
    for bits in PRECISIONS:
        a, b = (p.ball(bits) if isinstance(p, Zero) else ball(p, bits) for p in (one, other))
        if a < b or b < a:
            return -1 if a < b else 1
    raise NotProved(f"which of t = {one} and t = {other} is larger was not decided")


def between(low: Any, high: Any) -> Rational:
    """A rational number strictly between two points."""
    for point in _candidates(low, high):
        if order(low, point) < 0 < order(high, point):
            return point
    raise NotProved(f"no rational number between {low} and {high} was found")


def _candidates(low: Any, high: Any) -> Iterator[Rational]:
    finite = [p for p in (low, high) if p not in (S.Infinity, S.NegativeInfinity)]
    if len(finite) < 2:
        yield from (Integer(0), Integer(1)) if not finite else ()
        for k in range(200):
            centre = _nearby(finite[0], 64)
            yield centre + 2**k * (1 if high is S.Infinity else -1)
    for bits in PRECISIONS:
        yield (_nearby(low, bits) + _nearby(high, bits)) / 2


def _nearby(point: Any, bits: int) -> Rational:
    if isinstance(point, Zero) and point.exact is None:
        point.narrow(bits)
        return (point.low + point.high) / 2
    exact: Any = point.exact if isinstance(point, Zero) else point
    if exact.is_Rational:
        return exact
    middle = ball(exact, bits).mid().fmpq()
    return Rational(int(middle.numerator), int(middle.denominator))


__all__ = ["PRECISIONS", "Signs", "Zero", "between", "in_order", "order", "short"]
