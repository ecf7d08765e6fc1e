"""SymPy made ready for dynamics: real variables, exact numbers, compiled functions, derivatives by definition."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from numbers import Integral
from typing import Any

import numpy as np
import sympy as sp

_PLAIN = (sp.Symbol("t").assumptions0, sp.Symbol("t", real=True).assumptions0)


def real_variables(loss: Any, variables: Any) -> tuple[sp.Expr, tuple[sp.Symbol, ...]]:
    """Return the loss over real symbols, with its floats made exact, and the symbols."""
    names = (variables,) if isinstance(variables, sp.Symbol) else tuple(variables)
    if not names:
        raise ValueError("there are no variables: give at least one symbol")
    if len(set(names)) != len(names):
        raise ValueError(f"a variable is repeated in {names}: give each symbol once")
    for symbol in names:
        if not isinstance(symbol, sp.Symbol):
            raise TypeError(f"the variable {symbol!r} is no SymPy Symbol")
        if symbol.assumptions0 not in _PLAIN:
            raise ValueError(f"the variable {symbol} carries assumptions that an orbit may leave: use Symbol('{symbol}', real=True)")
    loss = sp.sympify(loss) if isinstance(loss, int | Fraction) else loss
    if not isinstance(loss, sp.Expr):
        raise TypeError(f"the loss is a {type(loss).__name__}: expected a SymPy expression")
    unknown = sorted(str(s) for s in loss.free_symbols - set(names))
    if unknown:
        raise ValueError(f"the loss has unknown symbols {', '.join(unknown)}: substitute them, or add them to the variables")
    if loss.has(sp.nan, sp.zoo, sp.oo, -sp.oo):
        raise ValueError(f"the loss {loss} holds NaN or infinity: expected a finite expression")
    real = tuple(sp.Symbol(symbol.name, real=True) for symbol in names)
    floats = {f: sp.Rational(f) for f in loss.atoms(sp.Float)}
    return loss.xreplace({**dict(zip(names, real, strict=True)), **floats}), real


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


def compiled(variables: Sequence[sp.Symbol], expressions: Sequence[sp.Expr]) -> Callable[..., list[Any]]:
    """Compile to NumPy: polynomials by Horner (``x**5`` calls ``pow``), ``DiracDelta`` 0 off its kink, NaN on it."""
    forms = [sp.horner(e, wrt=list(variables)) if e.is_polynomial(*variables) else e for e in expressions]
    off_kink = {"DiracDelta": lambda u, *_: np.where(u == 0, np.nan, 0.0)}
    function = sp.lambdify(variables, forms, modules=[off_kink, "numpy"], cse=True)
    return function


def singular_bases(expressions: Sequence[sp.Expr]) -> tuple[sp.Expr, ...]:
    """Return the bases of negative powers: where one is zero a formula can read 0 * oo."""
    powers = set().union(*(e.atoms(sp.Pow) for e in expressions))
    return tuple(sorted({p.base for p in powers if p.exp.is_negative and p.base.free_symbols}, key=sp.default_sort_key))


def partial_derivatives(loss: sp.Expr, variables: Sequence[sp.Symbol], point: Sequence[sp.Expr]) -> tuple[sp.Expr, ...]:
    """Return the limits of ``(f(x + h e_i) - f(x)) / h`` as h tends to 0; ``nan`` where the two sides differ."""
    h = sp.Symbol("h", real=True)
    at = dict(zip(variables, point, strict=True))
    derivatives = []
    for v in variables:
        quotient = (loss.xreplace({**at, v: at[v] + h}) - loss.xreplace(at)) / h
        right, left = sp.limit(quotient, h, 0, "+"), sp.limit(quotient, h, 0, "-")
        derivatives.append(right if right == left and right.is_finite else sp.nan)
    return tuple(derivatives)
