"""Exact comparison of closed real numbers: rational arithmetic, balls of python-flint that exclude zero, minimal polynomials."""

from __future__ import annotations

from typing import Any

from flint import arb, ctx, fmpq
from sympy import (
    Abs,
    Add,
    Catalan,
    ComplexRootOf,
    E,
    EulerGamma,
    Expr,
    GoldenRatio,
    Integer,
    Max,
    Min,
    Mul,
    Poly,
    Pow,
    Product,
    Rational,
    S,
    Sum,
    Symbol,
    acosh,
    atan,
    cos,
    cosh,
    exp,
    log,
    minimal_polynomial,
    pi,
    sin,
    sinh,
    sympify,
    tanh,
)
from sympy import (
    sign as sign_of,
)
from sympy.polys.polyerrors import NotAlgebraic

from theory.proof.finite_sums import LONGEST
from theory.proof.logic import substitute
from theory.proof.theorem import (
    NotProved,
)

PRECISIONS = (64, 256, 1024)  # bits, tried in turn; two different algebraic numbers of these papers separate within 256

_FUNCTIONS = {exp: arb.exp, log: arb.log, sin: arb.sin, cos: arb.cos, tanh: arb.tanh, atan: arb.atan, acosh: arb.acosh}
_FUNCTIONS |= {sinh: arb.sinh, cosh: arb.cosh}
_CONSTANTS = {pi: arb.pi, E: lambda: arb(1).exp(), EulerGamma: arb.const_euler, Catalan: arb.const_catalan}
_CONSTANTS |= {GoldenRatio: lambda: (arb(5).sqrt() + 1) / 2}


class NoBall(NotProved):
    """Not a closed real number of the kernel's language."""


def ball(expr: Any, bits: int = 128) -> arb:
    """A ball of `bits` bits around the value of a closed real expression; its radius is rigorous.

    Raises:
        NotProved: the expression has a free symbol or a function that has no ball here.

    Example:
        >>> from sympy import sqrt
        >>> ball(sqrt(2)) > 1
        True
    """
    saved, ctx.prec = ctx.prec, bits
    try:
        return _ball(sympify(expr))
    finally:
        ctx.prec = saved


def _ball(e: Expr) -> arb:
    if isinstance(e, (Integer, Rational)):
        return arb(fmpq(int(e.p), int(e.q)))
    if isinstance(e, Add):
        return sum((_ball(a) for a in e.args), arb(0))
    if isinstance(e, Mul):
        product = arb(1)
        for a in e.args:
            product *= _ball(a)
        return product
    if isinstance(e, Pow):
        return _power(e)
    if isinstance(e, Abs):
        return abs(_ball(e.args[0]))
    if isinstance(e, (Max, Min)):
        return _extreme(e)
    if isinstance(e, ComplexRootOf) and e.is_real:
        return _root(e)
    if e in _CONSTANTS:
        return _CONSTANTS[e]()
    if type(e) in _FUNCTIONS:
        return _FUNCTIONS[type(e)](_ball(e.args[0]))
    if isinstance(e, sign_of):
        return _sign_ball(_ball(e.args[0]))
    if isinstance(e, (Sum, Product)):
        return _written_out(e)
    raise NoBall(f"{e} is not a closed real number with a ball")


def _sign_ball(value: arb) -> arb:
    return arb(1) if value > 0 else arb(-1) if value < 0 else arb(0) if value == 0 else arb(0, 1)


def _written_out(e: Sum | Product) -> arb:
    """Term by term, the outermost index first; 0 or 1 where there is none."""
    *others, (index, low, high) = e.limits
    if not (isinstance(low, Integer) and isinstance(high, Integer) and -1 <= high - low < LONGEST):
        raise NoBall(f"{e} is not written out")
    body = e.func(e.function, *others) if others else e.function
    value = arb(0) if isinstance(e, Sum) else arb(1)
    for n in range(int(low), int(high) + 1):
        term = _ball(substitute(body, {index: Integer(n)}))
        value = value + term if isinstance(e, Sum) else value * term
    return value


def _power(e: Pow) -> arb:
    base = _ball(e.base)
    if isinstance(e.exp, Integer):
        return base ** int(e.exp)
    if isinstance(e.exp, Rational) and e.exp.q == 2:
        return base.sqrt() ** int(e.exp.p)
    if base > 0:
        return (base.log() * _ball(e.exp)).exp()
    raise NotProved(f"{e}: the base of a real power must be positive, found {base}")


def _extreme(e: Expr) -> arb:
    values = [_ball(a) for a in e.args]
    result = values[0]
    for value in values[1:]:
        result = result.max(value) if isinstance(e, Max) else result.min(value)
    return result


def _root(e: ComplexRootOf) -> arb:
    """A real root of an integer polynomial, enclosed by SymPy's exact isolating interval, refined to the working precision."""
    interval = e._get_interval()
    while interval.dx > Rational(1, 2 ** (ctx.prec + 8)):
        interval = interval.refine()
    low, high = Rational(str(interval.a)), Rational(str(interval.b))
    middle, radius = (low + high) / 2, (high - low) / 2
    return arb(fmpq(int(middle.p), int(middle.q)), fmpq(int(radius.p), int(radius.q)))


def sign(expr: Any) -> int:
    """-1, 0 or 1: the exact sign of a closed real expression.

    Raises:
        NotProved: the sign could not be settled (not even at 1024 bits, and no minimal polynomial was found).
    """
    e = sympify(expr)
    if e.has(S.NaN, S.ComplexInfinity):
        raise NotProved(f"{e} is no number")
    if e is S.Infinity or e is S.NegativeInfinity:
        return 1 if e is S.Infinity else -1
    found = sign_by_balls(e)
    if found is not None:
        return found
    if is_exactly_zero(e):
        return 0
    raise NotProved(f"the sign of {e} is undecided at {PRECISIONS[-1]} bits")


def sign_by_balls(e: Expr) -> int | None:
    """-1 or 1 where a ball excludes zero, 0 for the number 0 itself; None where neither is seen.

    Raises:
        NotProved: the expression is no closed real number with a ball.
    """
    if isinstance(e, (Integer, Rational)):
        return (int(e.p) > 0) - (int(e.p) < 0)
    for bits in PRECISIONS:
        value = ball(e, bits)
        if not value.is_finite():
            continue
        if value > 0:
            return 1
        if value < 0:
            return -1
    return None


def is_exactly_zero(e: Expr) -> bool:
    """Whether an algebraic number is zero, by its minimal polynomial."""
    x = Symbol("x")
    try:
        polynomial = minimal_polynomial(e, x)
    except (NotImplementedError, ValueError, NotAlgebraic) as error:
        raise NotProved(f"{e} has no minimal polynomial that SymPy finds ({error})") from None
    return Poly(polynomial, x) == Poly(x, x)
