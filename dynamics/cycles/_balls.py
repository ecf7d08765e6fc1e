"""SymPy expressions in ball arithmetic (``arb``): a result encloses the true value, or the evaluation raises."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import flint
import sympy as sp
from sympy.core.relational import Relational


class NotCertified(ValueError):
    """A certificate could not be given: the message names the check that failed. The statement may still be true."""


_FUNCTIONS: dict[Any, Callable[[Any], Any]] = {
    sp.exp: lambda u: u.exp(),
    sp.log: lambda u: u.log(),
    sp.sin: lambda u: u.sin(),
    sp.cos: lambda u: u.cos(),
    sp.tan: lambda u: u.tan(),
    sp.atan: lambda u: u.atan(),
    sp.sinh: lambda u: u.sinh(),
    sp.cosh: lambda u: u.cosh(),
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
        base = _ball(e.base, at)
        if base.contains(0) and e.base.is_nonnegative and e.exp.is_positive:  # its ball may reach below 0, where a root is not real
            top = _power(base.upper(), e.exp, at).upper()
            return flint.arb(top / 2, (top / 2).upper())
        return _power(base, e.exp, at)
    if isinstance(e, sp.sign | sp.Heaviside | sp.DiracDelta):
        side = _side(e.args[0], at)
        return flint.arb({sp.sign: side, sp.Heaviside: (side + 1) // 2}.get(type(e), 0))
    if isinstance(e, sp.Min | sp.Max):
        return reduce(lambda a, b: a.min(b) if isinstance(e, sp.Min) else a.max(b), [_ball(a, at) for a in e.args])
    if isinstance(e, sp.Piecewise):
        for branch, condition in e.args:
            if _holds(condition, at):
                return _ball(branch, at)
        raise NotCertified(f"no branch of {e} holds on the balls: start inside its domain")
    if type(e) in _FUNCTIONS:
        return _FUNCTIONS[type(e)](_ball(e.args[0], at))
    known = ", ".join(f.__name__ for f in _FUNCTIONS)
    raise NotCertified(f"no ball arithmetic for {type(e).__name__} in {e}: use polynomials, roots, sign, Min, Max, Piecewise, {known}")


def _side(edge: sp.Expr, at: Mapping[sp.Symbol, Any]) -> int:
    u = _ball(edge, at)
    if u.contains(0):
        raise NotCertified(f"the kink {edge} = 0 lies inside a ball: choose a point off the kink")
    return 1 if u > 0 else -1


def _holds(condition: Any, at: Mapping[sp.Symbol, Any]) -> bool:
    """Decide a condition of a branch for all points of the balls, or raise."""
    if isinstance(condition, sp.And | sp.Or):
        return (all if isinstance(condition, sp.And) else any)(_holds(c, at) for c in condition.args)
    if isinstance(condition, sp.Not):
        return not _holds(condition.args[0], at)
    if not isinstance(condition, Relational):
        return bool(condition)
    edge = condition.lhs - condition.rhs
    exact = _ball(edge, at).is_zero()
    return bool(condition.func(0 if exact else _side(edge, at), 0))


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
