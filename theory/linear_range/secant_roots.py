"""The steps at which a logistic neuron moves c times as far as its tangent: exact numbers with certified enclosures.

For u(psi) = g(a + psi b), g(r) = 1/(1 + e^-r), let m(z) = (g(a + z) - g(a))/(z g'(a)), m(0) = 1, be the slope of the secant over that of
the tangent. It rises to one top and falls from there (`neuron_shape` has the proof), to 0 on both sides, so for 0 < c below its top
m(psi b) = c has two roots, one on either side of the top. With z inside and outside the exponent this is neither a polynomial equation nor
one that Lambert's W solves: e^-z is a quotient of two linear functions of z. So a root is named by its equation and its side of the top, as
SymPy's `CRootOf` is by its polynomial and its place.

The functions below take a <= 0, where the top lies at z >= 0: m is the same for -a and -z.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from flint import arb, ctx, fmpq
from sympy import Expr, Float, Integer, Rational, sympify

from theory.proof.balls import ball, sign

MOST_BITS = 4096  # what is not settled with so many is given up
GUARD = 32  # bits more than asked for, which the differences of nearly equal numbers may use up


class SecantRoot(Expr):
    """The step psi at which the neuron g(a + psi b) has moved c times as far as its tangent: g(a + psi b) - g(a) = c g'(a) b psi.

    Args:
        inside: a, an exact number.
        rate: b, an exact number that is not 0.
        factor: c > 0, a rational number below the top of m.
        side: -1 for the root below the top (in psi), 1 for the one above.

    Example:
        >>> root = SecantRoot(0, 1, Rational(1, 2), 1)
        >>> root.evalf(30)
        3.83001609630907496270600612201
        >>> low, high = root.bounds(3)
        >>> low < root < high, high - low <= Rational(1, 1000)
        (True, True)

    Raises:
        ValueError: where it is computed, not where it is named: there is no such root, as with the rate 0 or a factor of 0.
    """

    is_commutative = True
    is_real = True

    def __new__(cls, inside: Any, rate: Any, factor: Any, side: Any) -> SecantRoot:
        """Named, not computed."""
        root: SecantRoot = Expr.__new__(cls, *map(sympify, (inside, rate, factor, side)))
        return root

    def enclosure(self, bits: int) -> arb:
        """A ball around the root, of radius at most 2^-bits.

        Raises:
            ValueError: there is no such root.
        """
        inside, rate, factor, side = self.args
        if side not in (-1, 1) or not isinstance(factor, Rational) or factor <= 0 or sign(rate) == 0:
            raise ValueError(f"{self}: there is no such root; expected a rate that is not 0, a rational factor > 0, and the side -1 or 1")
        towards = sign(rate) * (1 if sign(inside) <= 0 else -1)
        if factor == 1 and towards * int(side) < 0 and sign(inside) != 0:
            return arb(0)  # m(0) = 1, below the top
        size = _exact(ball(abs(rate), 64))
        extra = 2 + max(0, int(size.q).bit_length() - int(size.p).bit_length())  # a small rate stretches the enclosure
        low, high = _root(-abs(inside), factor, towards * int(side), bits + extra)
        long = max(0, *(int(abs(end)).bit_length() for end in (low, high)))  # the digits of a far root before its point
        with precision(bits + 2 * extra + long + GUARD):
            found: arb = _rational(low).union(_rational(high)) / abs(ball(rate, bits + 2 * extra + long + GUARD))
            return found * towards

    def bounds(self, digits: int) -> tuple[Rational, Rational]:
        """Two rational numbers around the root, no further apart than 10^-digits."""
        bits = int(digits * 3.33) + 4
        found = self.enclosure(bits)
        with precision(bits + int(abs(_exact(found.mid()))).bit_length() + GUARD):
            return _exact(found.lower()), _exact(found.upper())

    def _eval_evalf(self, prec: int) -> Float:
        bits, found = prec, self.enclosure(prec)
        while found.rel_accuracy_bits() < prec and bits <= MOST_BITS:  # a root near 0 needs more
            bits *= 2
            found = self.enclosure(bits)
        with precision(bits + GUARD):
            return Float(_exact(found.mid()), precision=prec)


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Balls of so many bits, for a while."""
    saved, ctx.prec = ctx.prec, bits
    try:
        yield
    finally:
        ctx.prec = saved


def _rational(value: Rational) -> arb:
    return arb(fmpq(int(value.p), int(value.q)))


def _exact(value: arb) -> Rational:
    mantissa, exponent = value.mid().man_exp()
    return Integer(int(mantissa)) * Integer(2) ** int(exponent)


class Tie(ValueError):
    """Two numbers are too near to each other to be told apart."""


def _settled(number: Callable[[int], arb], what: str) -> bool:
    """Whether a number is positive, not negative; more bits until that is certain."""
    bits = 64
    while bits <= MOST_BITS:
        with precision(bits):
            value = number(bits)
            if value > 0 or value < 0:
                return bool(value > 0)
        bits *= 2
    raise Tie(f"{what} is too near to a tie to be settled with {MOST_BITS} bits")


def logistic(z: arb) -> arb:
    """g(z)."""
    return 1 / (1 + (-z).exp())


def slope(z: arb) -> arb:
    """g'(z)."""
    return 1 / ((1 + z.exp()) * (1 + (-z).exp()))


def exceeds(a: Expr, z: Rational, c: Rational) -> bool:
    """Whether m(z) > c, where it is not c; m(0) = 1."""
    if z == 0:
        return bool(c < 1)

    def gap(bits: int) -> arb:
        start, move = ball(a, bits), _rational(z)
        return (logistic(start + move) - logistic(start) - _rational(c) * slope(start) * move) * (1 if z > 0 else -1)

    return _settled(gap, f"whether the secant slope is {c} times the slope at {z.evalf(9)}")


def _rises(a: Expr, z: Rational) -> bool:
    """Whether m rises at z > 0: z g'(a + z) > g(a + z) - g(a)."""

    def gap(bits: int) -> arb:
        start, move = ball(a, bits), _rational(z)
        return move * slope(start + move) - logistic(start + move) + logistic(start)

    return _settled(gap, f"whether the secant slope rises at {z.evalf(9)}")


def _settled_at(question: Callable[[Rational], bool], *points: Rational) -> tuple[Rational, bool]:
    """The first of some points at which a question can be settled: a root may lie next to one, as tanh(z/2) = z/800 does to z = 800."""
    for point in points[:-1]:
        try:
            return point, question(point)
        except Tie:
            continue
    return points[-1], question(points[-1])


def _halve(low: Rational, high: Rational, left: Callable[[Rational], bool], width: Rational) -> tuple[Rational, Rational]:
    while high - low > width:
        middle, below = _settled_at(left, (low + high) / 2, (3 * low + 5 * high) / 8)
        low, high = (middle, high) if below else (low, middle)
    return low, high


@lru_cache(maxsize=256)
def top(a: Expr, bits: int) -> tuple[Rational, Rational]:
    """Around the top of m, for a < 0: m still rises at z = -a, where the neuron is steepest."""
    low = Rational(1)
    while not _rises(a, low):
        low /= 2
    high = 2 * low
    while _rises(a, high):
        low, high = high, 2 * high
    return _halve(low, high, lambda z: _rises(a, z), Rational(1, 2**bits))


def top_exceeds(a: Expr, c: Rational) -> bool:
    """Whether the top of m is above c >= 1, for a <= 0."""
    if sign(a) == 0:
        return False

    def gap(bits: int) -> arb:
        low, high = top(a, bits)
        start = ball(a, bits)
        return slope(start + _rational(low).union(_rational(high))) / slope(start) - _rational(c)

    return _settled(gap, f"whether the secant slope reaches {c} times the slope")


def _beyond(a: Expr, c: Rational) -> Rational:
    """A point at which m > c, for 0 < c below the top."""
    if c < 1:
        return Rational(0)
    if not top_exceeds(a, c):
        raise ValueError(f"the secant slope does not reach {c} times the slope: there is no such root")
    bits = 8
    while not exceeds(a, top(a, bits)[0], c):
        bits *= 2
    return top(a, bits)[0]


@lru_cache(maxsize=256)
def _root(a: Expr, c: Rational, side: int, bits: int) -> tuple[Rational, Rational]:
    """Around the root of m(z) = c on one side of the top, for a <= 0: between a point above c and one below it lies one root."""
    inner, reach = _beyond(a, c), Rational(1)

    def still_above(distance: Rational) -> bool:
        return exceeds(a, inner + side * distance, c)

    distance, above = _settled_at(still_above, reach, reach * 5 / 4)
    while above:
        reach *= 2
        distance, above = _settled_at(still_above, reach, reach * 5 / 4)
    low, high = sorted((inner, inner + side * distance))
    return _halve(low, high, lambda z: exceeds(a, z, c) is (side > 0), Rational(1, 2**bits))


__all__ = ["SecantRoot", "top_exceeds"]
