"""How SymPy compares numbers as soon as a relation is written down, corrected: by balls that exclude zero, or not at all.

SymPy rounds before it takes a logarithm, and finds log(1 + 10**-14) <= 0 true; it also takes an arctangent of a difference in which all
digits have cancelled. A hypothesis that becomes true is dropped, so such a comparison must never reach a theorem.

It calls atan(n) irrational for every integer n, and so different from 0, though it is 0 for n = 0. It calls an even number over an odd one
no integer, though 6/3 is 2, and over 6 an integer, though 2/6 is none.

It also takes two undefined functions for equal that have one name, of which one has rules of its own: what it remembers of one, it says of
the other.
"""

from __future__ import annotations

from typing import Any

from sympy import Expr, Function, Mul, Product, Sum, atan, minimal_polynomial, sympify
from sympy.core import relational
from sympy.core.function import UndefinedFunction
from sympy.core.intfunc import trailing
from sympy.polys.polyerrors import NotAlgebraic

from theory.proof.balls import NoBall, sign_by_balls
from theory.proof.language import rules_of
from theory.proof.theorem import NotProved

_as_sympy_came = Expr._eval_is_extended_positive_negative, relational._n2, UndefinedFunction.__eq__


def _compared(one: Any, other: Any) -> Any:
    """A number of the sign of the difference; None where that is not known."""
    if not (one.is_number and other.is_number):
        return None
    try:
        found = sign_by_balls(one - other)
    except NoBall:  # no number of the kernel's language
        return _as_sympy_came[1](one, other)
    except NotProved:
        return None
    return None if found is None else sympify(found)


def _positive_or_negative(number: Any, positive: bool) -> bool | None:
    if not number.is_number:
        return None
    try:
        found = sign_by_balls(number)
    except NoBall:
        return _as_sympy_came[0](number, positive)
    except NotProved:
        return None
    if found is not None:
        return found > 0 if positive else found < 0
    return False if _is_algebraic_zero(number) else None


def _is_algebraic_zero(number: Any) -> bool:
    if number.has(Function, Sum, Product) or not number._eval_is_algebraic():
        return False
    try:
        return bool(minimal_polynomial(number).is_Symbol)
    except (NotAlgebraic, NotImplementedError):
        return False


def _one_function(one: Any, other: Any) -> bool:
    return one is other or (_as_sympy_came[2](one, other) and rules_of(one) == rules_of(other))


def _is_integer(product: Any) -> bool | None:
    """What SymPy finds of a product, where it is a fraction times integers and their powers of 2 say so; else nothing."""
    found = _integer_as_sympy_came(product)
    if found is None or all(a.is_integer for a in product.args) or product._eval_is_rational() is False:
        return found
    coefficient, factors = product.as_coeff_mul()
    if not (coefficient.is_Rational and all(a.is_integer for a in factors)):
        return None
    twos = trailing(coefficient.q)
    if found is False:
        return False if twos and all(a.is_odd for a in factors) else None
    halves = sum(exponent for exponent in (a.as_base_exp()[1] for a in factors if a.is_even) if exponent.is_Integer and exponent > 0)
    return True if coefficient.q == 2**twos and halves >= twos else None


_integer_as_sympy_came = Mul._prop_handler["integer"]
Mul._prop_handler["integer"] = _is_integer
relational._n2 = _compared
Expr._eval_is_extended_positive_negative = _positive_or_negative
UndefinedFunction.__eq__ = _one_function
atan._prop_handler.pop("rational")
