"""Exact identities: commutative, non-commutative, shaped matrices with symbolic dimensions, traces, sums; and derivatives.

A rule here brings the difference of the two sides to a normal form that must be exactly zero, and then evaluates both sides
a second time by another route: at random rational points, with random integer matrices for non-commuting symbols.
"""

from __future__ import annotations

import random
from typing import Any

from sympy import (
    Abs,
    Add,
    Derivative,
    Dummy,
    Eq,
    Ge,
    Gt,
    Integer,
    MatrixExpr,
    MatrixSymbol,
    Mul,
    Ne,
    Pow,
    Rational,
    S,
    Sum,
    Symbol,
    ZeroMatrix,
    atan,
    cancel,
    cos,
    diff,
    exp,
    expand,
    log,
    preorder_traversal,
    sign,
    sin,
    sympify,
    tanh,
    together,
)
from sympy.functions.elementary.complexes import transpose

from theory.proof.language import conditions
from theory.proof.logic import And, Boolean, Or, Undefined, substitute
from theory.proof.memory import remembered
from theory.proof.theorem import (
    NotProved,
    rule,
)
from theory.proof.word_forms import normal_word
from theory.proof.word_values import sample_words
from theory.proof.words import Trace

SAMPLES = 6  # random exact points for the second route; a false rational identity of degree d survives one with chance ~ d/2000


@rule
def identity(lhs: Any, rhs: Any, because: str = "") -> tuple:
    """`conditions |- lhs = rhs`, where both sides have the same normal form.

    Dividing, taking a root or a logarithm adds its side condition to the hypotheses.

    Raises:
        NotProved: what is left over of `lhs - rhs`, or the point at which the second route found the sides different.

    Example:
        >>> from sympy import symbols
        >>> x = symbols("x", real=True)
        >>> identity((x**2 - 1) / (x - 1), x + 1).given
        (Ne(x - 1, 0),)
    """
    lhs, rhs = sympify(lhs), sympify(rhs)
    left_over = normal_form(lhs - rhs)
    if not is_zero_form(left_over):
        raise NotProved(f"{lhs} = {rhs}: the difference is {left_over}, not zero")
    sides = conditions(lhs) + tuple(c for c in conditions(rhs) if c not in conditions(lhs))
    # b**(m + n) = b**m b**n is used freely, so the base of a symbolic power must be positive
    sides = tuple(c.args[0] if isinstance(c, Or) and c.args[0].rhs == 0 and isinstance(c.args[0], Gt) else c for c in sides)
    _second_route(lhs, rhs, sides)
    return sides, Eq(lhs, rhs, evaluate=False), because or "algebra", (), ("sympy",)


def is_zero_form(expr: Any) -> bool:
    """Whether a normal form is literally zero."""
    return expr is S.Zero or isinstance(expr, ZeroMatrix)


@remembered
def normal_form(expr: Any) -> Any:
    """The normal form in which two equal expressions of the supported kinds have difference zero."""
    if isinstance(expr, MatrixExpr):
        return expr.doit().expand().doit()
    if expr.is_commutative is False or expr.has(Trace):
        return normal_word(expr)
    if expr.has(Sum):
        return normal_word(expr)
    return cancel(together(expand(_name_powers(expand(expr)))))


def _name_powers(expr: Any) -> Any:
    """b**(c m + n), with m symbolic and b > 0, as (b**(m/q))**p b**n: one name for each power of one base."""
    named: dict[Any, Dummy] = {}

    def split(base: Any, exponent: Any) -> Any:
        if exponent.is_Symbol:
            return named.setdefault((base, exponent), Dummy())
        product = S.One
        for monomial, c in expand(exponent).as_coefficients_dict().items():
            if monomial is S.One:
                product *= Pow(base, c)
            else:
                c = Rational(c)
                product *= named.setdefault((base, monomial / c.q), Dummy()) ** c.p
        return product

    def symbolic(e: Any) -> bool:
        return isinstance(e, Pow) and e.is_commutative and not isinstance(e.exp, Rational)

    return expr.replace(symbolic, lambda e: split(e.base, e.exp))


def _second_route(lhs: Any, rhs: Any, sides: tuple[Boolean, ...]) -> None:
    if isinstance(lhs - rhs, MatrixExpr) or lhs.has(MatrixSymbol):
        sample_words(lhs, rhs)
        return
    if (lhs - rhs).is_commutative is False or (lhs - rhs).has(Trace):
        sample_words(lhs, rhs)
        return
    symbols = sorted((lhs - rhs).free_symbols, key=str)
    dice = random.Random(str((lhs, rhs)))
    compared = 0
    for _ in range(50 * SAMPLES):
        if compared == SAMPLES:
            return
        point = {s: Integer(dice.randint(1, 9)) if s.is_integer else _random_rational(dice) for s in symbols}
        try:
            if any(substitute(c, point) is not S.true for c in sides):
                continue
        except Undefined:
            continue  # a condition such as 1 + y/x > 0 says nothing at x = 0
        try:
            gap = complex(substitute(lhs - rhs, point).evalf(30))
        except (TypeError, ValueError):
            return  # an undefined function occurs: there is no number to compare
        if abs(gap) > 1e-12:  # 30 digits are computed, so rounding is below 1e-20 for the sizes drawn
            raise NotProved(f"{lhs} = {rhs} passed the normal form but fails at {point}: the sides differ by {gap}")
        compared += 1


def _random_rational(dice: random.Random) -> Rational:
    return Rational(dice.randint(-30, 30), dice.randint(1, 12))


@rule
def derivative(function: Any, variable: Symbol, order: int = 1, value: Any = None) -> tuple:
    """`conditions |- d^order function / d variable^order = value`, checked against SymPy's derivative in normal form.

    The derivative's own side conditions are added too (|x|**(3/2) is differentiated only where x != 0).

    Raises:
        NotProved: SymPy cannot differentiate the expression, or `value` is not its derivative.
    """
    function = sympify(function)
    _differentiable(function, variable, order)
    result = diff(function, variable, order)
    value = result if value is None else sympify(value)
    if not is_zero_form(normal_form(result - value)):
        raise NotProved(f"derivative: d/d{variable} of {function} is {result}, not {value}")
    sides = tuple(dict.fromkeys(conditions(function) + conditions(result) + conditions(value)))
    # at the edge of a root's domain, or at the corner of |.|, there is no two-sided derivative
    sides = tuple(_inside(c) for c in sides)
    corners = tuple(Ne(a.args[0], 0) for a in sorted(function.atoms(Abs, sign), key=str) if a.has(variable))
    equation = Eq(Derivative(function, (variable, order)), value, evaluate=False)
    return sides + corners, equation, "differentiation", (), ("sympy",)


def _inside(condition: Boolean) -> Boolean:
    """The interior of a condition's set: `>` for `>=`, and a power's base not at 0."""
    if isinstance(condition, Or):
        return next((c for c in condition.args if isinstance(c, Gt) and condition.has(And)), condition)
    return Gt(condition.lhs, condition.rhs) if isinstance(condition, Ge) else condition


def _differentiable(function: Any, variable: Any, order: Any) -> None:
    """Built from sums, products, powers, |.|, sign and smooth functions, as a function of a real variable."""
    if not (isinstance(variable, Symbol) and variable.is_real and variable.is_integer is None):
        raise NotProved(f"derivative: {variable} is not a real symbol")
    if not isinstance(order, int) or order < 1:
        raise NotProved(f"derivative: the order {order!r} is not a positive integer")
    for e in preorder_traversal(function):
        if e.has(variable) and not isinstance(e, _SMOOTH):
            raise NotProved(f"derivative: nothing is known of the derivative of {e}; SymPy's answer is not trusted here")


_SMOOTH = (Symbol, Add, Mul, Pow, Abs, sign, exp, log, sin, cos, tanh, atan, Trace, transpose)


__all__ = ["Trace", "conditions", "derivative", "identity", "normal_form"]
