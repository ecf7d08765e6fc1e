"""The exponential function grows faster than a line: e^z > 1 + z for z > 0. What decays like e^-z decays faster than 1/z."""

from functools import cache

from sympy import Expr, Gt, Integer, Lambda, Symbol, exp

from theory.lipschitz.cross_entropy import exponentials
from theory.proof import And, Theorem, cite, cut, derivative, discharge, follows, instance
from theory.proof.ranges import throughout

_r, _u = Symbol("r", real=True), Symbol("u", real=True)


def _larger_ahead(function: Expr, slope: Expr, *positive: Theorem) -> Theorem:
    """f(u) > f(0) for u > 0, from a slope that is positive there (where SymPy does not see it)."""
    smooth = throughout(derivative(function, _r, value=slope), _r, And(_r >= 0, _r <= _u))
    fact = cite("strictly-increases", Lambda(_r, function), Lambda(_r, slope), Integer(0), _u)
    ahead = follows(Gt(_u, 0), _u > 0)
    return cut(fact, ahead, smooth, *(throughout(sign, _r, And(_r > 0, _r < _u)) for sign in positive))


@cache
def _tangent() -> Theorem:
    """For u > 0: the slope e^r - 1 of e^r - r is positive, for e^r increases from 1."""
    above_1 = _larger_ahead(exp(_r), exp(_r))
    above_1 = instance(above_1, {_u: _r})
    steeper = follows(exp(_r) - 1 > 0, _r > 0, using=(above_1,), because="e^r > e^0")
    return discharge(_larger_ahead(exp(_r) - _r, exp(_r) - 1, steeper), _u > 0)


@cache
def faster_than_a_line(argument: Expr) -> tuple[Theorem, ...]:
    """e^z > 1 + z for z > 0 and e^-z > 1 - z for z < 0, with what else is known of both exponentials."""
    known = exponentials(argument)
    ahead, behind = (instance(_tangent(), {_u: side}) for side in (argument, -argument))
    swapped = exponentials(-argument)
    return (*known, *swapped, ahead, behind)


__all__ = ["faster_than_a_line"]
