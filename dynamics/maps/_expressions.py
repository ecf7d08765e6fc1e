"""SymPy made ready for dynamics: real variables, exact numbers, compiled functions, derivatives by definition."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from numbers import Integral
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray
from sympy.core.relational import Relational

_PLAIN = (sp.Symbol("t").assumptions0, sp.Symbol("t", real=True).assumptions0)


def real_symbols(symbols: Any, role: str = "variable") -> dict[sp.Symbol, sp.Symbol]:
    """Return the real symbol that stands for each given one; raises for none, a repeated one or one with assumptions."""
    names = (symbols,) if isinstance(symbols, sp.Symbol) else tuple(symbols)
    if not names:
        raise ValueError(f"there are no {role}s: give at least one symbol")
    for symbol in names:
        if not isinstance(symbol, sp.Symbol):
            raise TypeError(f"the {role} {symbol!r} is no SymPy Symbol")
        if symbol.assumptions0 not in _PLAIN:
            raise ValueError(f"the {role} {symbol} carries assumptions that an orbit may leave: use Symbol('{symbol}', real=True)")
    if len({symbol.name for symbol in names}) != len(names):
        raise ValueError(f"a {role} is repeated in {names}: give each symbol once")
    return {symbol: sp.Symbol(symbol.name, real=True) for symbol in names}


def over_reals(expression: Any, symbols: Mapping[sp.Symbol, sp.Symbol], name: str) -> sp.Expr:
    """Return an expression over the real symbols, with its floats made exact; ``name`` says what it is in an error."""
    expression = sp.sympify(expression) if isinstance(expression, int | Fraction) else expression
    if not isinstance(expression, sp.Expr):
        raise TypeError(f"{name} is a {type(expression).__name__}: expected a SymPy expression")
    unknown = sorted(str(s) for s in expression.free_symbols - set(symbols))
    if unknown:
        raise ValueError(f"{name} has unknown symbols {', '.join(unknown)}: substitute them, or add them to the variables")
    if expression.has(sp.nan, sp.zoo, sp.oo, -sp.oo):
        raise ValueError(f"{name} {expression} holds NaN or infinity: expected a finite expression")
    return expression.xreplace({**symbols, **{f: sp.Rational(f) for f in expression.atoms(sp.Float)}})


def parameter_values(value: Any, name: str) -> tuple[sp.Expr | None, NDArray[np.float64]]:
    """Return the exact number (``None`` for an array) and the float64 values of a parameter."""
    if not isinstance(value, np.ndarray):
        exact = exact_number(value, f"the {name}")
        return exact, np.array(exact, dtype=np.float64)
    if value.dtype != np.float64:
        raise TypeError(f"the {name} has dtype {value.dtype}: expected float64")
    if value.size == 0:
        raise ValueError(f"the {name} is an empty array: give at least one value")
    if not np.all(np.isfinite(value)):
        raise ValueError(f"the {name} is {value}: expected finite values")
    return None, value.copy()


def exact_number(value: Any, name: str) -> sp.Expr:
    """Return an exact real SymPy number for an int, Fraction, float (exactly the double) or SymPy number."""
    if isinstance(value, bool) or not isinstance(value, Integral | Fraction | float | np.floating | sp.Expr):
        raise TypeError(f"{name} is {value!r}: expected an int, a Fraction, a float or a SymPy number")
    if isinstance(value, float | np.floating):
        if not math.isfinite(value):
            raise ValueError(f"{name} is {value}: expected a finite number")
        return sp.Rational(float(value))
    number = sp.Rational(value.p, value.q) if isinstance(value, sp.Rational) else sp.sympify(value)
    if isinstance(number, sp.Float):
        number = sp.Rational(number)
    if not (number.is_number and number.is_real and number.is_finite):
        raise ValueError(f"{name} is {value}: expected a finite real number")
    return number


def nested(expressions: Sequence[sp.Expr], variables: Sequence[sp.Symbol]) -> tuple[sp.Expr, ...]:
    """Return polynomials in Horner form (``x**5`` calls ``pow``, and rounds more), anything else as it is written."""
    return tuple(sp.horner(e, wrt=list(variables)) if e.is_polynomial(*variables) else e for e in expressions)


def compiled(variables: Sequence[sp.Symbol], expressions: Sequence[sp.Expr]) -> Callable[..., list[Any]]:
    """Compile to NumPy as it is written; ``DiracDelta`` is 0 off its kink, NaN on it."""
    off_kink = {"DiracDelta": lambda u, *_: np.where(u == 0, np.nan, 0.0)}
    function = sp.lambdify(variables, list(expressions), modules=[off_kink, "numpy"], cse=True)
    return function


def singular_bases(expressions: Sequence[sp.Expr]) -> tuple[sp.Expr, ...]:
    """Return the bases of negative powers: where one is zero a formula can read 0 * oo."""
    powers = set().union(*(e.atoms(sp.Pow) for e in expressions))
    return tuple(sorted({p.base for p in powers if p.exp.is_negative and p.base.free_symbols}, key=sp.default_sort_key))


def on_switch(formulas: Sequence[sp.Expr], at: Mapping[sp.Symbol, sp.Expr]) -> bool:
    """Tell whether a sign, a step function or a branch of a formula switches at a point: there it may show one side only."""
    atoms = set().union(*(f.atoms(sp.sign, sp.Heaviside, Relational) for f in formulas))
    edges = [u.lhs - u.rhs if isinstance(u, Relational) else u.args[0] for u in atoms]
    return any(edge.xreplace(at).equals(0) is True for edge in edges)


def partial_derivatives(loss: sp.Expr, variables: Sequence[sp.Symbol], point: Sequence[sp.Expr]) -> tuple[sp.Expr, ...]:
    """Return the limits of ``(f(x + h e_i) - f(x)) / h`` as h tends to 0; ``nan`` where the two sides differ."""
    h = sp.Symbol("h", positive=True)  # so that SymPy sees on which side of a branch a point lies
    at = dict(zip(variables, point, strict=True))
    derivatives = []
    for v in variables:
        right, left = (
            sp.limit((sp.piecewise_fold(loss.xreplace({**at, v: at[v] + side * h})) - loss.xreplace(at)) / (side * h), h, 0, "+")
            for side in (1, -1)
        )
        derivatives.append(right if right == left and right.is_finite else sp.nan)
    return tuple(derivatives)
