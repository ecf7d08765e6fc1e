"""SymPy formulas as lines of Python arithmetic, for numba on the CPU and for Triton on CUDA: the same text but for names.

Numbers become the nearest doubles. Integer powers become products, so that compilers see multiplications and additions
that they can fuse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp
from sympy.core.relational import Relational

LARGEST_PRODUCT = 64  # exponents up to here become products; the text grows with the exponent, the compiled code with its logarithm


@dataclass(frozen=True, slots=True)
class Dialect:
    """What differs between two targets: names of functions, and how a choice reads."""

    name: str
    functions: Mapping[str, str]
    choose: Callable[[str, str, str], str]
    power: Callable[[str, str], str]
    nan: str


_SHARED = ("exp", "log", "sin", "cos", "sqrt")
NUMBA = Dialect(
    name="numba",
    functions={f: f"math.{f}" for f in (*_SHARED, "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "erf", "floor", "ceiling")}
    | {"ceiling": "math.ceil", "Abs": "abs"},
    choose=lambda condition, yes, no: f"({yes} if {condition} else {no})",
    power=lambda base, exponent: f"({base})**({exponent})",
    nan="math.nan",
)
TRITON = Dialect(
    name="Triton",
    functions={f: f"tl.{f}" for f in (*_SHARED, "erf", "floor")} | {"ceiling": "tl.ceil", "Abs": "tl.abs"},
    choose=lambda condition, yes, no: f"tl.where({condition}, {yes}, {no})",
    power=lambda base, exponent: f"tl.exp(({exponent}) * tl.log({base}))",
    nan='float("nan")',
)


def assignments(formulas: Mapping[str, sp.Expr], names: Mapping[sp.Symbol, str], dialect: Dialect) -> list[str]:
    """Return lines that compute each formula under its name, common subexpressions first.

    Args:
        formulas: Target name to formula.
        names: The name of each symbol in the code; temporaries are t0, t1, ...
        dialect: The target.

    Raises:
        TypeError: For a function without a compiled form.
    """
    renamed = {symbol: sp.Symbol(name, real=True) for symbol, name in names.items()}
    expressions = [e.xreplace(renamed) for e in formulas.values()]
    shared, reduced = sp.cse(expressions, symbols=sp.numbered_symbols("t", real=True), order="canonical")
    lines = [f"{symbol} = {text(e, dialect)}" for symbol, e in shared]
    return lines + [f"{name} = {text(e, dialect)}" for name, e in zip(formulas, reduced, strict=True)]


def text(e: Any, dialect: Dialect) -> str:
    """Return one formula as an expression of Python."""
    if e.is_number:
        return repr(float(e))
    if isinstance(e, sp.Symbol):
        return e.name
    if isinstance(e, sp.Add):
        return _sum(e, dialect)
    if isinstance(e, sp.Mul):
        return _product(e, dialect)
    if isinstance(e, Relational | sp.And | sp.Or):
        return _condition(e, dialect)
    if isinstance(e, sp.Pow):
        return _power(e.base, e.exp, dialect)
    if isinstance(e, sp.Piecewise):
        return _branches(e.args, dialect)
    if isinstance(e, sp.Min | sp.Max):
        return _extreme(e, dialect)
    parts = [text(a, dialect) for a in e.args]
    choose = dialect.choose
    if isinstance(e, sp.sign):
        return choose(f"({parts[0]} > 0.0)", "1.0", choose(f"({parts[0]} < 0.0)", "-1.0", f"0.0 * {parts[0]}"))
    if isinstance(e, sp.Heaviside):
        return choose(f"({parts[0]} > 0.0)", "1.0", choose(f"({parts[0]} < 0.0)", "0.0", f"({parts[1]} + 0.0 * {parts[0]})"))
    if isinstance(e, sp.DiracDelta):
        return choose(f"({parts[0]} == 0.0)", dialect.nan, f"0.0 * {parts[0]}")
    if type(e).__name__ in dialect.functions:
        return f"{dialect.functions[type(e).__name__]}({parts[0]})"
    raise TypeError(
        f"no compiled form for {type(e).__name__} in {dialect.name}: use {', '.join(dialect.functions)}, sign, Min, Max, Piecewise"
    )


def _sum(e: sp.Add, dialect: Dialect) -> str:
    """Horner forms first, so that ``(a x + b) x + c`` is a chain of multiplications and additions; a positive term before those."""
    parts = sorted(e.args, key=lambda a: (a.is_number, -sp.count_ops(a), sp.default_sort_key(a)))
    positive = next((a for a in parts if not a.could_extract_minus_sign()), parts[0])
    rest = [a for a in parts if a is not positive]
    if parts[0] is not positive:
        parts = [positive, *rest]
    line = text(parts[0], dialect)
    for a in parts[1:]:
        line += f" - {text(-a, dialect)}" if a.could_extract_minus_sign() else f" + {text(a, dialect)}"
    return f"({line})"


def _product(e: sp.Mul, dialect: Dialect) -> str:
    """Factors from the longest to the shortest; a factor -1 becomes a sign."""
    parts = sorted(e.args, key=lambda a: (a.is_number, -sp.count_ops(a), sp.default_sort_key(a)))
    factors = [text(a, dialect) for a in parts if a != -1]
    return ("-" if len(factors) < len(parts) else "") + "(" + " * ".join(factors) + ")"


def _power(base: sp.Expr, exponent: sp.Expr, dialect: Dialect) -> str:
    inner = text(base, dialect)
    if exponent.is_negative:
        return f"(1.0 / {_power(base, -exponent, dialect)})"
    if isinstance(exponent, sp.Rational) and exponent.q <= 2 and exponent <= LARGEST_PRODUCT:
        whole = int(exponent)
        root = [f"{dialect.functions['sqrt']}({inner})"] if exponent.q == 2 else []
        return "(" + " * ".join(([_repeated(inner, whole)] if whole else []) + root) + ")"
    if exponent.is_integer and dialect is TRITON:
        raise TypeError(f"no compiled form for the power {exponent} in Triton: exponents up to {LARGEST_PRODUCT} have one")
    return f"({dialect.power(inner, text(exponent, dialect))})"


def _repeated(base: str, exponent: int) -> str:
    """By halves: equal halves are one value to a compiler, so an exponent costs its logarithm."""
    if exponent == 1:
        return base
    half = _repeated(base, exponent // 2)
    return f"({half} * {half})" if exponent % 2 == 0 else f"({half} * {half} * {base})"


def _branches(branches: Sequence[Any], dialect: Dialect) -> str:
    if not branches:
        return dialect.nan
    value, condition = branches[0]
    if condition is sp.true:
        return text(value, dialect)
    return dialect.choose(_condition(condition, dialect), text(value, dialect), _branches(branches[1:], dialect))


def _condition(condition: Any, dialect: Dialect) -> str:
    if isinstance(condition, sp.Symbol):  # a condition that several formulas share
        return condition.name
    if isinstance(condition, Relational):
        operator = {"Equality": "==", "Unequality": "!="}.get(type(condition).__name__, condition.rel_op)
        return f"({text(condition.lhs, dialect)} {operator} {text(condition.rhs, dialect)})"
    if isinstance(condition, sp.And | sp.Or):
        return "(" + (" & " if isinstance(condition, sp.And) else " | ").join(_condition(c, dialect) for c in condition.args) + ")"
    raise TypeError(f"no compiled form for the condition {condition} in {dialect.name}: use comparisons, And, Or")


def _extreme(e: Any, dialect: Dialect) -> str:
    """The least or largest of several; NaN where one of them is NaN."""
    operator = "<" if isinstance(e, sp.Min) else ">"
    best = text(e.args[0], dialect)
    for other in e.args[1:]:
        best = dialect.choose(f"(({best} {operator} {text(other, dialect)}) | ({best} != {best}))", best, text(other, dialect))
    return best
