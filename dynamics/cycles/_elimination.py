r"""Polynomials in a point x and a parameter d, over the rationals: cycles, resultants, and exact tests at algebraic points.

The cycles of F whose period is n are the zeros of the dynatomic polynomial :math:`\Phi_n = \prod_{k | n} (F^k(x) - x)^{\mu(n/k)}`.
Its factors are eliminated against conditions on the multiplier by resultants. A polynomial h with integer coefficients that
does not vanish at algebraic numbers x and d obeys Liouville's inequality (Waldschmidt, *Diophantine Approximation on Linear
Algebraic Groups*, proposition 3.14): with :math:`D = \deg x \deg d`, the length L(h) and Mahler measures M,

.. math:: \log |h(x, d)| \ge -(D - 1) \log L(h) - \deg d \, \deg_x h \log M(x) - \deg x \, \deg_d h \log M(d),

so a ball of smaller values proves a zero. Landau's bound, M at most the Euclidean norm of the coefficients, makes it explicit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd
from typing import Any

import flint
import sympy as sp

from dynamics.cycles._balls import NotCertified

RING = flint.fmpq_mpoly_ctx.get(("x", "d"), "lex")
_SWAPPED = flint.fmpq_mpoly_ctx.get(("d", "x"), "lex")
MAX_BITS = 32_768  # a degree-10 point at a degree-10 value needs about ten thousand


@dataclass(frozen=True, slots=True)
class Root:
    """An algebraic number: a complex ball that holds it, and no other root of its irreducible polynomial."""

    ball: Any
    minimal: Any

    @property
    def real(self) -> bool:
        """Isolation gives real roots an exact zero as imaginary part."""
        return bool(self.ball.imag.is_zero())


def polynomial(expression: sp.Expr, x: sp.Symbol, d: sp.Symbol) -> Any:
    """Return a SymPy polynomial with rational coefficients as an element of Q[x, d]."""
    terms = sp.Poly(expression, x, d).terms()
    return RING.from_dict({powers: flint.fmpq(int(c.p), int(c.q)) for powers, c in terms})


def cycles(update: Any, period: int) -> tuple[tuple[Any, ...], Any]:
    r"""Return the irreducible factors of :math:`\Phi_n` that hold x, and :math:`F^n`."""
    iterates = [RING.gen(0)]
    for _ in range(period):
        iterates.append(update.compose(iterates[-1], RING.gen(1)))
    above, below = RING.constant(1), RING.constant(1)
    for k in sp.divisors(period):
        sign = int(sp.mobius(period // k))
        factor = iterates[k] - RING.gen(0)
        above, below = above * factor if sign == 1 else above, below * factor if sign == -1 else below
    if above.is_zero():
        raise NotCertified(f"every point has period {period} at every value: there is no cycle to follow")
    factors = [(factor, power) for factor, power in (above // below).factor()[1] if factor.degrees()[0]]
    for factor, power in factors:
        if power > 1:
            raise NotCertified(f"the cycles {factor} = 0 are neutral (multiplier 1) at every value: they have no bifurcation values")
    return tuple(factor for factor, _ in factors), iterates[period]


def eliminate(factor: Any, condition: Any, away: str) -> Any:
    """Return a polynomial in the other variable with the zeros of the resultant with respect to ``away`` ("x" or "d").

    Polynomials in :math:`x^k` are taken as such: those of a map that commutes with -x have k = 2, so half the degree.
    """
    tables: list[dict[Any, Any]] = [{(int(i), int(j)): c for (i, j), c in h.to_dict().items()} for h in (factor, condition)]
    power = gcd(*(i for table in tables for i, _ in table)) or 1
    tables = [{(i // power, j): c for (i, j), c in table.items()} for table in tables]
    if away == "d":  # FLINT is twice as fast when the variable that goes is the first
        tables = [{(j, i): c for (i, j), c in table.items()} for table in tables]
        # ... and thrice when the leading coefficient is a constant. That of d^0 often is: then d = 0 is no zero, and 1/d takes its place
        if [i for j, i in tables[0] if j == 0] == [0]:
            tables = [{(max(table)[0] - j, i): c for (j, i), c in table.items()} for table in tables]
    first, second = map((RING if away == "x" else _SWAPPED).from_dict, tables)
    result = first.resultant(second, away)
    if result.is_zero():
        raise NotCertified(f"the cycles {factor} = 0 are neutral at every value: they have no bifurcation values")
    found = univariate(result, 1)
    return found if away == "x" else found(flint.fmpq_poly([0] * power + [1]))


def leading(h: Any, position: int) -> Any:
    """Return the leading coefficient in x (position 0) or d (1), a polynomial in the other variable."""
    top = h.degrees()[position]
    return univariate(RING.from_dict({powers: c for powers, c in h.to_dict().items() if powers[position] == top}), 1 - position)


def univariate(h: Any, position: int) -> Any:
    """Return an element of Q[x, d] that holds one variable only as a polynomial in it."""
    coefficients = {int(powers[position]): c for powers, c in h.to_dict().items()}
    return flint.fmpq_poly([coefficients.get(i, 0) for i in range(max(coefficients, default=0) + 1)])


def irreducible(polynomials: Iterable[Any]) -> tuple[Any, ...]:
    """Return the different irreducible factors of some polynomials."""
    found: list[Any] = []
    for p in polynomials:
        found.extend(f for f, _ in p.factor()[1] if f not in found)
    return tuple(found)


def isolate(factors: Sequence[Any]) -> list[Root]:
    """Return every complex root of different irreducible polynomials, in disjoint balls at the working precision.

    Raises:
        NotCertified: If the precision is too low to part two roots.
    """
    roots = [Root(ball, factor) for factor in factors for ball, _ in factor.complex_roots()]
    if any(a.ball.overlaps(b.ball) for i, a in enumerate(roots) for b in roots[:i] if a.minimal != b.minimal):
        raise NotCertified("two roots cannot be told apart: raise the precision")
    return roots


def at_parameter(h: Any, d: Any) -> Any:
    """Return h(., d) with ball coefficients."""
    powers = [flint.acb(1)]
    for _ in range(int(h.degrees()[1])):
        powers.append(powers[-1] * d)
    coefficients = [flint.acb(0)] * (int(h.degrees()[0]) + 1)
    for (i, j), c in h.to_dict().items():
        coefficients[i] += powers[j] * c
    return flint.acb_poly(coefficients)


def value(h: Any, x: Root, d: Root) -> Any:
    """Return a ball that encloses h(x, d)."""
    return at_parameter(h, d.ball)(x.ball)


def bits_to_decide(h: Any, x: Root, d: Root) -> int:
    """Return b such that ``|h(x, d)| < 2^-b`` proves a zero (Liouville's inequality)."""
    if h.is_zero():
        return 0
    coefficients = h.to_dict().values()
    scale = sp.ilcm(1, *(int(c.q) for c in coefficients))
    length = sum(abs(int(c.p)) * scale // int(c.q) for c in coefficients)
    a, b = int(x.minimal.degree()), int(d.minimal.degree())
    deg_x, deg_d = map(int, h.degrees())
    return (a * b - 1) * length.bit_length() + b * deg_x * _mahler_bits(x.minimal) + a * deg_d * _mahler_bits(d.minimal) + 1


def _mahler_bits(p: Any) -> int:
    """Bits of the Euclidean norm of the primitive integer multiple of p, rounded up."""
    return (sum(int(c) ** 2 for c in p.numer().coeffs()).bit_length() + 1) // 2


def vanishes(h: Any, x: Root, d: Root) -> bool:
    """Decide exactly whether h(x, d) = 0.

    Raises:
        NotCertified: If that takes more than ``MAX_BITS`` bits.
    """
    ball, bits = value(h, x, d), flint.ctx.prec
    if not ball.contains(0):
        return False
    needed = bits_to_decide(h, x, d)
    while ball.contains(0):
        if ball.abs_upper() < flint.arb(2) ** (-needed):
            return True
        bits *= 2
        if bits > MAX_BITS:
            raise NotCertified(
                f"telling whether a cycle is exactly neutral needs {needed} bits, beyond {MAX_BITS}: the degrees are too high"
            )
        with flint.ctx.workprec(bits):
            ball = value(h, refined(x), refined(d))
    return False


def refined(root: Root) -> Root:
    """Return the same number in a ball of the working precision."""
    (found,) = [ball for ball, _ in root.minimal.complex_roots() if ball.overlaps(root.ball)]
    return Root(found, root.minimal)


def sign(h: Any, x: Root, d: Root) -> int:
    """Return the exact sign of h at a real point: -1, 0 or 1; raises as `vanishes`."""
    if vanishes(h, x, d):
        return 0
    ball, bits = value(h, x, d).real, flint.ctx.prec
    while ball.contains(0):
        bits *= 2
        with flint.ctx.workprec(bits):
            ball = value(h, refined(x), refined(d)).real
    return 1 if ball > 0 else -1


def inside(roots: Sequence[Root], low: sp.Expr, high: sp.Expr) -> list[Root]:
    """Return the real roots strictly between two ends, rational or infinite."""
    return [root for root in roots if root.real and _beyond(low, root, 1) and _beyond(high, root, -1)]


def _beyond(end: sp.Expr, root: Root, side: int) -> bool:
    """Tell whether a root lies above (side 1) or below (side -1) an end of an interval; the end itself does not."""
    if not end.is_finite:
        return True
    exact = flint.fmpq(int(end.p), int(end.q))
    if root.minimal(exact) == 0:  # irreducible, so it is the root itself
        return False
    gap = side * (root.ball.real - exact)
    if gap.contains(0):
        raise NotCertified(f"a value cannot be told from the end {end}: raise the precision")
    return bool(gap > 0)


def exact_root(root: Root) -> sp.Expr:
    """Return a real root as a rational, with a square root where it is quadratic, or as a ``CRootOf``."""
    numbers = [int(c) for c in root.minimal.numer().coeffs()]
    reals = [b.real for b, _ in root.minimal.complex_roots() if b.imag.is_zero()]
    reals.sort(key=lambda b: b.mid().fmpq())
    index = next(i for i, b in enumerate(reals) if b.overlaps(root.ball.real))
    if len(numbers) == 2:
        return sp.Rational(-numbers[0], numbers[1])
    if len(numbers) == 3:
        c, b, a = numbers
        side = (1 if index else -1) * (1 if a > 0 else -1)
        return sp.expand((-b + side * sp.sqrt(b * b - 4 * a * c)) / (2 * a))
    return sp.CRootOf(sp.Poly(list(reversed(numbers)), sp.Symbol("t")), index)


def between(low: sp.Expr, cuts: Sequence[Any], high: sp.Expr) -> list[sp.Rational]:
    """Return one short rational number in every interval between the cuts (disjoint balls) and the ends."""
    lower = [sp.Rational(low) if low.is_finite else None, *(rational(c.upper()) for c in cuts)]
    upper = [*(rational(c.lower()) for c in cuts), sp.Rational(high) if high.is_finite else None]
    samples = []
    for a, b in zip(lower, upper, strict=True):
        a = a if a is not None else (b - 2 if b is not None else sp.Integer(-1))
        b = b if b is not None else a + 2
        middle, size = Fraction(int((a + b).p), 2 * int((a + b).q)), 2
        while not a < sp.Rational(*(short := middle.limit_denominator(size)).as_integer_ratio()) < b:
            size *= 2
        samples.append(sp.Rational(*short.as_integer_ratio()))
    return samples


def rational(ball: Any) -> sp.Rational:
    """Return the exact value of a ball of radius 0."""
    number = ball.fmpq()
    return sp.Rational(int(number.p), int(number.q))
