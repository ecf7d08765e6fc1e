"""Values for the symbols of a formula: of which sort they must be, what they need, and what a formula loses when SymPy cancels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sympy import Basic, Expr, Lambda, Product, S, Sum, Symbol, sympify
from sympy.core.function import UndefinedFunction

from theory.proof.language import Map, check_sorts, conditions, formula_conditions, partial_terms
from theory.proof.logic import (
    Boolean,
    ForAll,
    substitute,
    symbols_of,
)
from theory.proof.memory import remembered
from theory.proof.scopes import in_scope, scoped_terms
from theory.proof.theorem import KernelError, NotProved

DEFINED: dict[Any, Boolean] = {}  # head -> the equation that defines it, once and for all


def put(formula: Boolean, mapping: Mapping[Any, Any]) -> tuple[Boolean, ...]:
    """The formula with the values put in, and what it no longer says.

    SymPy cancels: x (1/y) = 1 becomes 1 = 1 at x = y, but y != 0 was part of what it said, and stays; under a quantifier too.
    """
    return _put(formula, *(x for key, value in mapping.items() for x in (key, sympify(value))))


@remembered
def _put(formula: Boolean, *pairs: Any) -> tuple[Boolean, ...]:
    mapping = dict(zip(pairs[::2], pairs[1::2], strict=True))
    after = substitute(formula, mapping)
    stays = {S.true, after, *formula_conditions(after)}
    return after, *(c for c in dict.fromkeys(_lost(formula, mapping)) if c not in stays)


def _lost(formula: Boolean, mapping: Mapping[Any, Any]) -> Iterator[Boolean]:
    """The conditions of the terms that are gone once the values are in; of a sum, all: it may have cancelled inside."""
    for relation, term, scope in scoped_terms(formula):
        bound = {variable for variable, _ in scope}
        free = {k: v for k, v in mapping.items() if not bound & symbols_of(k)}
        captured = any(bound & symbols_of(v) for v in free.values())
        for e in partial_terms(term):
            stays = not captured and not isinstance(e, (Sum, Product)) and substitute(relation, free).has(substitute(e, free))
            if not stays:
                yield from (substitute(c, mapping) for c in in_scope(conditions(e), scope))


def values_conditions(mapping: Mapping[Any, Any], everywhere: bool = False) -> tuple[Boolean, ...]:
    """What must hold for the values to be of the sorts of their symbols; a family must have a value at every integer.

    A function of real numbers must have a value at every number. Unless SymPy sees that, it is refused, or said in the conditions
    where `everywhere` asks for them.

    Raises:
        NotProved: a value is not known to be of the sort.
        KernelError: a key is no symbol or function, or has a definition.
    """
    for key, value in mapping.items():
        check_sorts((value,))
        _check_sort(key, value)
    try:
        return tuple(dict.fromkeys(c for k, v in mapping.items() for c in _value_conditions(k, sympify(v), everywhere)))
    except ValueError as error:
        raise NotProved(str(error)) from None


def _value_conditions(key: Any, value: Basic, everywhere: bool) -> tuple[Boolean, ...]:
    if not isinstance(value, Lambda):
        return conditions(value)
    return tuple(_everywhere(key, value, c, everywhere) for c in conditions(value.expr))


def _everywhere(key: Any, value: Lambda, condition: Boolean, everywhere: bool) -> Boolean:
    for variable in value.variables:
        if variable in condition.free_symbols:
            if variable.is_integer is not True and not (everywhere and variable.is_real):
                raise NotProved(f"{key} has a value everywhere, but {value} needs {condition}")
            condition = ForAll(variable, True, condition)
    return condition


def _check_sort(key: Any, value: Any) -> None:
    if isinstance(key, UndefinedFunction):
        if not isinstance(value, Lambda):
            raise KernelError(f"the function {key} takes a Lambda, found {value!r}")
        if key in DEFINED:
            raise KernelError(f"the function {key} is defined as {DEFINED[key]}; it takes no other value")
        check_kind(key, getattr(key, "is_integer", None), getattr(key, "is_commutative", None), value.expr)
    elif isinstance(key, Symbol):
        if type(key) is not Symbol:
            if type(key) not in SHAPES:
                raise KernelError(f"{key} of type {type(key).__name__} is no symbol of the kernel's language")
            SHAPES[type(key)](key, value)
        check_kind(key, key.is_integer, key.is_commutative, sympify(value))
    else:
        raise KernelError(f"only symbols and functions can be instantiated, found {key!r}; use `rewrite`")


def _map_value(key: Map, value: Any) -> None:
    if not isinstance(value, (Lambda, Map)):
        raise KernelError(f"{key} is a map, and {value} is not")
    if isinstance(value, Lambda) and any(v.is_real is not True or v.is_integer for v in value.variables):
        raise KernelError(f"{key} is a map on R^n, and {value} is not")


SHAPES: dict[type, Callable[[Any, Any], None]] = {Map: _map_value}  # how a special kind of symbol checks its values


def check_kind(key: Any, is_integer: bool | None, is_commutative: bool | None, value: Basic) -> None:
    """Raise `NotProved` unless the value is a number where the key is one, and an integer where the key is."""
    if is_commutative is False:
        return
    if not isinstance(value, Expr) or value.is_commutative is not True:
        raise NotProved(f"{key} is a number, and {value} is not")
    if is_integer is True and value.is_integer is not True:  # a function class has property objects where nothing was said
        raise NotProved(f"{key} is integer, and {value} is not known to be")
