"""SymPy expressions in ball arithmetic (``arb``): a result encloses the true value, or the evaluation raises."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import flint
import sympy as sp


class NotCertified(ValueError):
    """A certificate could not be given: the message names the check that failed. The statement may still be true."""


_FUNCTIONS: dict[Any, Callable[[Any], Any]] = {
    sp.exp: lambda u: u.exp(),
    sp.log: lambda u: u.log(),
    sp.sin: lambda u: u.sin(),
    sp.cos: lambda u: u.cos(),
    sp.tanh: lambda u: u.tanh(),
    sp.Abs: abs,
}
_CONSTANTS: dict[Any, Callable[[], Any]] = {sp.pi: lambda: flint.arb.pi(), sp.E: lambda: flint.arb.const_e()}


def evaluate(expression: sp.Expr, at: Mapping[sp.Symbol, Any]) -> Any:
    """Return a ball that encloses the expression for every choice of the symbols in their balls.

    Raises:
        NotCertified: For a function without a rule, a kink inside a ball, or a value that is not finite.
    """
    value = _ball(expression, at)
    if not value.is_finite():
        raise NotCertified(f"{expression} is not finite on the balls: a root of a negative, a division by zero, or balls too wide")
    return value


def _ball(e: sp.Expr, at: Mapping[sp.Symbol, Any]) -> Any:
    if isinstance(e, sp.Rational):
        return flint.arb(flint.fmpq(int(e.p), int(e.q)))
    if isinstance(e, sp.Symbol) and e in at:
        return at[e]
    if e in _CONSTANTS:
        return _CONSTANTS[e]()
    if isinstance(e, sp.Add | sp.Mul):
        parts = [_ball(a, at) for a in e.args]
        return reduce(lambda a, b: a + b, parts) if isinstance(e, sp.Add) else reduce(lambda a, b: a * b, parts)
    if isinstance(e, sp.Pow):
        return _power(_ball(e.base, at), e.exp, at)
    if isinstance(e, sp.sign | sp.DiracDelta):
        u = _ball(e.args[0], at)
        if u.contains(0):
            raise NotCertified(f"the kink {e.args[0]} = 0 lies inside a ball: choose a point off the kink")
        return (flint.arb(1) if u > 0 else flint.arb(-1)) if isinstance(e, sp.sign) else flint.arb(0)
    if type(e) in _FUNCTIONS:
        return _FUNCTIONS[type(e)](_ball(e.args[0], at))
    raise NotCertified(f"no ball arithmetic for {type(e).__name__} in {e}: use polynomials, roots, Abs, sign, exp, log, sin, cos or tanh")


def _power(base: Any, exponent: sp.Expr, at: Mapping[sp.Symbol, Any]) -> Any:
    if isinstance(exponent, sp.Integer):
        return _integer_power(base, int(exponent))
    if isinstance(exponent, sp.Rational) and exponent.q == 2:
        root = _integer_power(base.sqrt(), int(abs(exponent.p)))
        return root if exponent.p > 0 else 1 / root
    return base ** _ball(exponent, at)


def _integer_power(base: Any, exponent: int) -> Any:
    """By repeated squaring: ``arb ** int`` returns nan for a ball that contains zero."""
    if exponent < 0:
        return 1 / _integer_power(base, -exponent)
    result = flint.arb(1)
    while exponent:
        if exponent & 1:
            result *= base
        base *= base
        exponent >>= 1
    return result


def matrix(entries: sp.Matrix, at: Mapping[sp.Symbol, Any]) -> Any:
    """Evaluate a SymPy matrix to an ``arb_mat``."""
    return flint.arb_mat([[evaluate(entries[i, j], at) for j in range(entries.cols)] for i in range(entries.rows)])


def ball(middle: Any, radius: Any) -> Any:
    """Return the ball around the middle point of ``middle`` with (at least) this radius."""
    return flint.arb(middle.mid(), flint.arb(radius).abs_upper())


def column(entries: Sequence[Any]) -> Any:
    """Return a column ``arb_mat``."""
    return flint.arb_mat([[entry] for entry in entries])
