"""The epsilon*-linear range of one logistic neuron, exactly: at most two pieces, whose ends are named roots. (beyond section 3.1).

One neuron u(psi) = g(a + psi b), g(r) = 1/(1 + e^-r), has epsilon(psi) = |m(psi b) - 1|, where m(z) = (g(a + z) - g(a))/(z g'(a)) is the
slope of the secant over that of the tangent, and m(0) = 1. The shape of m decides the range (`neuron_shape`): it rises to one top, at 0 for
a = 0 and where the neuron has passed its steep part else, and falls from there, to 0 on both sides. So

* m >= 1 - epsilon* is one interval around 0, or, from epsilon* = 1 on, the whole line: what saturates never falls short by more than 100 %;
* m > 1 + epsilon* is one open interval around the top, or empty; it is cut out of the first, and never holds 0.

The range is one interval, or two: small steps, and steps so large that the neuron, once through its steep part, saturates back to where the
tangent points. For epsilon* = 0 these are points: 0, and for a != 0 the one step whose secant is parallel to the tangent.
"""

from __future__ import annotations

from typing import Any

from sympy import Abs, Expr, FiniteSet, Interval, Rational, Set, Symbol, Union, exp, oo

from theory.linear_range.exactly import is_zero
from theory.linear_range.secant_roots import SecantRoot, top_exceeds
from theory.proof.balls import sign
from theory.values import exact_number


def neuron_measurement(inside: Any, rate: Any, step_size: Any) -> Expr:
    """Epsilon = |g(a + psi b) - g(a) - psi b g'(a)| / |psi b g'(a)| of one logistic neuron.

    Args:
        inside: a = W u + b before the step, an exact number.
        rate: b = Sigma u + beta, at which it moves, an exact number that is not 0.
        step_size: psi, an exact number that is not 0, or a real symbol.

    Returns:
        The exact number; for a symbol, an expression in it that is epsilon wherever psi is not 0.

    Raises:
        TypeError: for floats and other inexact numbers, and a symbol that is not real.
        ValueError: for a rate or a step of 0: (13) reads 0/0.

    Source:
        Ni & Talnikar, equation 13, for one layer of one neuron.

    Example:
        >>> from sympy import log
        >>> neuron_measurement(0, log(3), 1)
        4*(-1/4 + log(3)/4)/log(3)
    """
    a, b = exact_number(inside, "inside"), _rate(rate)
    symbolic = isinstance(step_size, Symbol)
    if symbolic and step_size.is_real is not True:
        raise TypeError(f"step_size is the symbol {step_size}: expected a real one, Symbol({step_size.name!r}, real=True)")
    psi = step_size if symbolic else exact_number(step_size, "step_size")
    if not symbolic and is_zero(psi, "step_size"):
        raise ValueError("step_size is 0: nothing moves, and (13) reads 0/0; expected another step")
    old = 1 / (1 + exp(-a))
    linear = psi * b * old * (1 - old)
    return Abs(1 / (1 + exp(-a - psi * b)) - old - linear) / Abs(linear)


def neuron_range(inside: Any, rate: Any, epsilon_star: Any) -> Set:
    """{psi : epsilon(psi) <= epsilon*} of one logistic neuron; the step 0, which moves nothing, is in it.

    Args:
        inside: a = W u + b before the step, an exact number.
        rate: b = Sigma u + beta, at which it moves, an exact number that is not 0.
        epsilon_star: the limit, a rational number that is not negative.

    Returns:
        The real line, an interval, a union of two, or one or two points. Ends are `SecantRoot`s, 0, or infinite.

    Raises:
        TypeError: for floats and other inexact numbers.
        ValueError: for a rate of 0, a limit that is negative or not rational, a top that is too near 1 + epsilon* to be told from it, and
            an a or b that SymPy does not tell from 0.

    Source:
        Ni & Talnikar, definition in section 3.1, along one direction.

    Example:
        >>> neuron_range(0, 1, Rational(1, 2))
        Interval(SecantRoot(0, 1, 1/2, -1), SecantRoot(0, 1, 1/2, 1))
        >>> neuron_range(-3, 1, Rational(1, 2)).evalf(5)  # at g = 0.047: too steep in between, saturated beyond
        Union(Interval(-1.7009, 0.87607), Interval(14.057, 42.171))
        >>> neuron_range(0, 1, 1)
        Interval(-oo, oo)
    """
    a, b, limit = exact_number(inside, "inside"), _rate(rate), exact_number(epsilon_star, "epsilon_star")
    if not isinstance(limit, Rational) or limit < 0:
        raise ValueError(f"epsilon_star is {limit}: expected a rational number, 0 or more")
    unlimited, symmetric = limit >= 1, is_zero(a, "inside")
    below, above = (-oo, oo) if unlimited else (SecantRoot(a, b, 1 - limit, side) for side in (-1, 1))
    if limit == 0:
        return FiniteSet(0) if symmetric else FiniteSet(0, SecantRoot(a, b, 1, -sign(a) * sign(b)))
    if not top_exceeds(-abs(a), 1 + limit):
        return Interval(below, above)
    near, far = (SecantRoot(a, b, 1 + limit, side) for side in (-1, 1))
    return Union(Interval(below, near), Interval(far, above))


def _rate(rate: Any) -> Expr:
    number = exact_number(rate, "rate")
    if is_zero(number, "rate"):
        raise ValueError("rate is 0: the neuron does not move, and (13) reads 0/0; expected another rate")
    return number


__all__ = ["neuron_measurement", "neuron_range"]
