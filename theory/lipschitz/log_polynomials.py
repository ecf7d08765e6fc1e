"""Functions of one variable t with logarithms of polynomials: their zeros, all of them, isolated; their limits. Exact.

A function here is a polynomial N(t, log P_1(t), log P_2(t), ...) with rational coefficients, on an interval where every P_i is positive.
The zeros are found as in Rolle's theorem: divided by its leading coefficient and differentiated, N has fewer logarithms; between two
zeros of that, N/a is monotone, and has a zero where its sign at the two ends differs. Signs come from balls that exclude 0, from minimal
polynomials, and at 0 and at infinity from the leading term. What none of these decides raises `NotProved`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flint import arb, ctx, fmpq
from sympy import Dummy, Expr, Integer, Poly, Rational, S, cancel, diff, expand, factor_list, fraction, gcd_list, log

from theory.lipschitz.isolated_zeros import PRECISIONS, Zero, between, in_order, order, short
from theory.lipschitz.log_series import leading_term
from theory.lipschitz.symbols import t
from theory.proof import NotProved
from theory.proof.balls import ball, sign


@dataclass
class Frame:
    """The interval of t, and the logarithms met so far.

    Attributes:
        low, high: exact ends; 0 and infinities are open ends at which limits are taken.
        logs: the polynomial under each logarithm, by the letter that stands for the logarithm.
    """

    low: Expr
    high: Expr
    logs: dict[Expr, Expr] = field(default_factory=dict)

    def log_of(self, argument: Expr) -> Expr:
        """A logarithm of R(t) as a sum of logarithms of irreducible polynomials that are positive on the interval."""
        top, bottom = (factor_list(part, t) for part in fraction(cancel(argument)))
        constant, total = Rational(top[0]) / bottom[0], S.Zero
        for sense, factors in ((1, top[1]), (-1, bottom[1])):
            for factor, power in factors:
                if self.zeros(factor):
                    raise NotProved(f"log({argument}) is not real, or not finite, on the whole interval")
                positive = self.sign_at(factor, self.inside())
                constant *= Integer(positive) ** (sense * power)
                total += sense * power * self._letter(expand(positive * factor))
        if constant != 1:
            raise NotProved(f"log({argument}) brings the constant log({constant}), which is not handled")
        return total

    def _letter(self, polynomial: Expr) -> Expr:
        for letter, known in self.logs.items():
            if known == polynomial:
                return letter
        letter = Dummy("ell", real=True)
        self.logs[letter] = polynomial
        return letter

    def inside(self) -> Rational:
        """A rational number in the open interval."""
        return between(self.low, self.high)

    # Values and signs

    def value(self, N: Expr, at: arb, bits: int) -> arb:
        """A ball around N(t) for every t in a ball."""
        saved, ctx.prec = ctx.prec, bits
        try:
            known = {t: at} | {letter: _value(under, {t: at}).log() for letter, under in self.logs.items() if N.has(letter)}
            return _value(N, known)
        finally:
            ctx.prec = saved

    def sign_at(self, N: Expr, point: Zero | Expr) -> int:
        """The exact sign of N at a point.

        Raises:
            NotProved: it is too close to 0 to tell.
        """
        exact = point.exact if isinstance(point, Zero) else point
        if exact is not None and not any(N.has(letter) for letter in self.logs):
            return sign(N.subs(t, exact))
        for bits in PRECISIONS:
            found = self.value(N, point.ball(bits) if isinstance(point, Zero) else ball(point, bits), bits)
            if found.is_zero():
                return 0
            if found.is_finite() and not found.contains(0):
                return 1 if found > 0 else -1
        raise NotProved(f"whether {self.shown(N)} is 0 at t = {short(point)} was not decided with {PRECISIONS[-1]} bits")

    def sign_beside(self, N: Expr, end: Zero | Expr, side: int) -> int:
        """The sign of N just above (side 1) or just below (side -1) an end."""
        if end is S.Zero or end in (S.Infinity, S.NegativeInfinity):
            _, power, coefficient = self.leading(N, end, side)
            return sign(coefficient) * (-1) ** power
        derived = N
        for times in range(8):
            if found := self.sign_at(derived, end):
                return found * side**times
            derived = self.derived(derived)
        raise NotProved(f"the sign of {self.shown(N)} beside t = {end} was not decided: eight derivatives are 0")

    def shown(self, N: Expr) -> Expr:
        """With its logarithms written out."""
        return N.subs({letter: log(under) for letter, under in self.logs.items()})

    # Derivatives and zeros

    def derived(self, N: Expr) -> Expr:
        """A polynomial with the sign of dN/dt on the interval: dN/dt times the polynomials under the logarithms of N."""
        used = {letter: under for letter, under in self.logs.items() if N.has(letter)}
        rate = diff(N, t) + sum((diff(N, letter) * diff(under, t) / under for letter, under in used.items()), S.Zero)
        top, bottom = fraction(cancel(rate))
        return expand(top * self.sign_at(bottom, self.inside()))

    def zeros(self, N: Expr, low: Expr | Zero | None = None, high: Expr | Zero | None = None) -> list[Zero]:
        """All zeros in the open interval, from left to right."""
        low, high = self.low if low is None else low, self.high if high is None else high
        letters = [letter for letter in self.logs if N.has(letter)]
        if not letters:
            return in_order(_roots(Poly(N, t), low, high))
        common = gcd_list(Poly(N, *letters).coeffs())
        found = self._without_content(expand(cancel(N / common)), letters, low, high)
        return in_order([*found, *_roots(Poly(common, t), low, high)])

    def _without_content(self, N: Expr, letters: list[Expr], low: Any, high: Any) -> list[Zero]:
        lead = Poly(N, *letters).LC()
        top = cancel(lead * self._rate(N) - N * diff(lead, t))
        slope = expand(fraction(top)[0])
        stops = in_order([*self.zeros(lead, low, high), *(self.zeros(slope, low, high) if slope != 0 else [])])
        ends, found = [low, *stops, high], []
        for left, right in zip(ends, ends[1:], strict=False):
            before, after = self._beside(N, left, 1), self._beside(N, right, -1)
            if before * after < 0:
                found.append(self._isolated(N, left, right, before))
        return [*found, *(stop for stop in stops if self.sign_at(N, stop) == 0)]

    def _rate(self, N: Expr) -> Expr:
        return diff(N, t) + sum((diff(N, letter) * diff(under, t) / under for letter, under in self.logs.items()), S.Zero)

    def _beside(self, N: Expr, end: Any, side: int) -> int:
        if end in (self.low, self.high):
            return self.sign_beside(N, end, side)
        return self.sign_at(N, end) or self.sign_beside(N, end, side)

    def _isolated(self, N: Expr, left: Any, right: Any, before: int) -> Zero:
        """The one zero between two ends, between two rational numbers."""
        inner = between(left, right)
        if order(left, S.One) < 0 < order(right, S.One) and self.sign_at(N, S.One) == 0:
            return Zero(S.One)  # where z = 0, and the logarithm of t: the zero with a closed form
        found = self.sign_at(N, inner)
        towards, step = (right, 1) if found == before else (left, -1)
        other = inner
        while self.sign_at(N, other) == found != 0:
            inner = other
            other = inner + step if towards in (S.Infinity, S.NegativeInfinity) else between(*(inner, towards)[::step])
            step *= 2 if towards in (S.Infinity, S.NegativeInfinity) else 1
        if self.sign_at(N, other) == 0:
            return Zero(other)
        return Zero(None, self, N, min(inner, other), max(inner, other), before)

    # Limits

    def leading(self, N: Expr, end: Expr, side: int = 1) -> tuple[int, int, Expr]:
        """(n, m, c): N is c s^n (log s)^m to leading order, where s > 0 tends to 0 and t is s or -s (just below 0), 1/s or -1/s."""
        turned = {t: -t} if end is S.Zero and side < 0 else {}
        logs = {letter: expand(under.subs(turned)) for letter, under in self.logs.items() if N.has(letter)}
        found = leading_term(N.subs(turned), logs, end)
        if found is None:
            raise NotProved(f"the leading term of {self.shown(N)} at t = {end} was not found")
        return found

    def limit(self, N: Expr, D: Expr, end: Expr, side: int) -> Expr:
        """The limit of N/D at an end: a number, oo or -oo."""
        if N == 0:
            return S.Zero
        if end is not S.Zero and end.is_finite:
            value = self.shown(N / D).subs(t, end)
            if value.is_finite is not True:
                raise NotProved(f"the value of {self.shown(N / D)} at t = {end} was not found")
            return value
        (n, m, c), (n_d, m_d, c_d) = self.leading(N, end, side), self.leading(D, end, side)
        if (n - n_d, m_d - m) == (0, 0):
            return c / c_d
        if n > n_d or (n == n_d and m < m_d):
            return S.Zero
        return S.Infinity * sign(c) * sign(c_d) * (-1) ** (m - m_d)


def _roots(polynomial: Poly, low: Any, high: Any) -> list[Zero]:
    """The real roots of a polynomial in the open interval, exactly."""
    if polynomial.is_ground:
        return []
    if not polynomial.domain.is_QQ and not polynomial.domain.is_ZZ:
        raise NotProved(f"the zeros of {polynomial.as_expr()} were not found: its coefficients are not rational")
    found: list[Zero] = []
    for factor, _ in polynomial.factor_list()[1]:
        if factor.degree() <= 2:
            found += [Zero(root, function=factor.as_expr()) for root in factor.real_roots()]
            continue
        for (left, right), _ in factor.intervals():  # no end is a root: the factor has no rational one
            before = sign(factor.eval(left))
            found.append(Zero(None, Frame(low, high), factor.as_expr(), left, right, before))
    return [zero for zero in found if order(low, zero) < 0 < order(high, zero)]


def _value(e: Expr, known: dict[Expr, arb]) -> arb:
    if e in known:
        return known[e]
    if e.is_Rational:
        return arb(fmpq(int(e.p), int(e.q)))
    if e.is_Add:
        return sum((_value(a, known) for a in e.args), arb(0))
    if e.is_Mul:
        product = arb(1)
        for a in e.args:
            product *= _value(a, known)
        return product
    return _value(e.base, known) ** int(e.exp)


__all__ = ["Frame"]
