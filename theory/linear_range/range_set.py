"""The epsilon*-linear range of step sizes, as an exact set: an interval, several, or isolated points. (definition in section 3.1).

Between the roots of finitely many polynomials a piecewise rational epsilon is one rational function of one sign, so a rational point
decides each piece, and divisibility of polynomials decides each root. No equation is solved by SymPy.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cmp_to_key
from typing import Any

from sympy import Abs, Expr, FiniteSet, Integer, Interval, Poly, Pow, Rational, S, Set, Symbol, Union, exp, fraction, oo, sympify, together

from theory.evidence import implements
from theory.proof.balls import sign
from theory.values import exact_number


@implements("ni-talnikar:definition-linear-range")
def linear_range_set(epsilon: Any, psi: Symbol, epsilon_star: Any) -> Set:
    """{psi : epsilon(psi) <= epsilon*}, the epsilon*-linear range of step sizes; where epsilon is no number, psi is not in it.

    Args:
        epsilon: an expression in psi, built from rational numbers, psi, +, *, integer powers and Abs (not Abs of Abs).
        psi: a real symbol.
        epsilon_star: the limit, a rational number.

    Returns:
        A union of intervals and points with exact ends (rational numbers, roots, or `CRootOf`).

    Raises:
        TypeError: psi is no real symbol, or epsilon_star is no exact number.
        ValueError: epsilon is not of this kind; it names the part.

    Source:
        Ni & Talnikar, definition in section 3.1, along one direction.

    Example:
        >>> psi = Symbol("psi", real=True)
        >>> linear_range_set(Abs(psi) / 4, psi, Rational(1, 2))
        Interval(-2, 2)
        >>> linear_range_set(Abs(psi**2 - 1), psi, Rational(3, 4))
        Union(Interval(1/2, sqrt(7)/2), Interval(-sqrt(7)/2, -1/2))
        >>> from theory.linear_range import deep_linear_measurement  # three layers of weight 1 that shrink: the step 3 lies apart
        >>> linear_range_set(deep_linear_measurement([1, 1, 1], [-1, -1, -1], psi), psi, Rational(1, 2))
        Union({3}, Interval(9/4 - 3*sqrt(17)/4, 3/2))
    """
    limit = exact_number(epsilon_star, "epsilon_star")
    if not isinstance(psi, Symbol) or psi.is_real is not True:
        raise TypeError(f"psi is {psi!r}: expected a real symbol, Symbol('psi', real=True)")
    if not isinstance(limit, Rational):
        raise ValueError(f"epsilon_star is {limit}: expected a rational number")
    excess = sympify(epsilon) - limit
    _check(excess, psi)
    roots = _sorted(_breakpoints(excess, psi))
    samples = _between(roots)
    inside = [_piece(excess, psi, at) for at in samples]
    points = [_at_root(excess, psi, root, samples[n : n + 2]) for n, root in enumerate(roots)]
    return _assemble(roots, inside, points)


def _check(e: Expr, psi: Symbol) -> None:
    """Only piecewise rational functions of psi: of another function neither the zeros nor the poles would be known."""
    if isinstance(e, Abs):
        if e.args[0].has(Abs):
            raise ValueError(f"{e} is a modulus of moduli: expected moduli of rational functions of {psi}")
    elif isinstance(e, Pow):
        if not isinstance(e.exp, Integer):
            raise ValueError(f"{e} has the exponent {e.exp}: expected integer powers")
    elif not (e.is_Add or e.is_Mul or e == psi or isinstance(e, Rational)):
        remedy = "; for one logistic neuron there is neuron_range" if e.has(exp) else ""
        raise ValueError(f"{e} is no part of a rational function of {psi} and moduli of such{remedy}")
    for a in e.args:
        if isinstance(e, (Abs, Pow)) or e.is_Add or e.is_Mul:
            _check(a, psi)


def _moduli(e: Expr) -> list[Expr]:
    return sorted(e.atoms(Abs), key=str)


def _without_moduli(e: Expr, psi: Symbol, at: Rational) -> Expr:
    """The rational function that e is around a rational point at which no modulus vanishes."""
    signs = {m: m.args[0] * sign(m.args[0].subs(psi, at)) for m in _moduli(e)}
    return e.xreplace(signs)


def _numerators(e: Expr, psi: Symbol) -> Iterator[Poly]:
    """The polynomials in whose roots a rational function, or one of its denominators, is 0 or no number."""
    yield from (Poly(part, psi, domain="QQ") for part in fraction(together(e)))
    for power in e.atoms(Pow):
        if power.exp.is_negative is True:
            yield Poly(fraction(together(power.base))[0], psi, domain="QQ")


def _breakpoints(e: Expr, psi: Symbol) -> list[tuple[Expr, Poly]]:
    """Every point at which e may change its formula or sign, or be no number, with the irreducible polynomial that vanishes there."""
    first = [p for m in _moduli(e) for p in _numerators(m.args[0], psi)]
    cells = _between(_sorted(_roots(first)))
    return _roots([*first, *(p for at in cells for p in _numerators(_without_moduli(e, psi, at), psi))])


def _roots(polynomials: list[Poly]) -> list[tuple[Expr, Poly]]:
    factors = {f.monic() for p in polynomials if not p.is_ground for f, _ in p.factor_list()[1]}
    return [(root, f) for f in factors for root in f.real_roots()]


def _sorted(roots: list[tuple[Expr, Poly]]) -> list[tuple[Expr, Poly]]:
    return sorted(roots, key=cmp_to_key(_order))


def _order(one: tuple[Expr, Poly], two: tuple[Expr, Poly]) -> int:
    return int(sign(one[0] - two[0]))


def _between(roots: list[tuple[Expr, Poly]]) -> list[Rational]:
    """A rational number before, between and after the roots."""
    if not roots:
        return [S.Zero]
    first, last = Integer(int(roots[0][0].evalf(30)) - 2), Integer(int(roots[-1][0].evalf(30)) + 2)
    return [first, *(_separator(a, b) for (a, _), (b, _) in zip(roots, roots[1:], strict=False)), last]


def _separator(a: Expr, b: Expr) -> Rational:
    for digits in (15, 30, 60, 120, 240):
        middle = Rational(str(((a + b) / 2).evalf(digits)))
        if sign(middle - a) > 0 and sign(b - middle) > 0:
            return middle
    raise ValueError(f"{a} and {b} are too close to each other to be separated")


def _piece(excess: Expr, psi: Symbol, at: Rational) -> bool:
    return int(sign(excess.subs(psi, at))) <= 0


def _at_root(excess: Expr, psi: Symbol, root: tuple[Expr, Poly], beside: list[Rational]) -> bool:
    """Whether epsilon is a number at the root and at most epsilon*, by its formula on either side (moduli are continuous)."""
    value, factor = root
    for at in beside:
        formula = _without_moduli(excess, psi, at)
        over, *under = _numerators(formula, psi)
        parts = [*under, *(p for m in _moduli(excess) for p in list(_numerators(m.args[0], psi))[1:])]
        if any(p.rem(factor).is_zero for p in parts):
            return False
    if over.rem(factor).is_zero:
        return True
    return int(sign(over.as_expr().subs(psi, value))) * int(sign(under[0].as_expr().subs(psi, value))) < 0


def _assemble(roots: list[tuple[Expr, Poly]], inside: list[bool], points: list[bool]) -> Set:
    ends = [-oo, *(root for root, _ in roots), oo]
    pieces = [Interval.open(a, b) for a, b, kept in zip(ends, ends[1:], inside, strict=False) if kept]
    return Union(*pieces, *(FiniteSet(root) for (root, _), kept in zip(roots, points, strict=True) if kept))


__all__ = ["linear_range_set"]
