"""The language of statements: quantifiers, limits and named predicates as SymPy Booleans, and substitution that captures nothing.

SymPy has no quantifier and no "this sequence tends to that limit", and its `subs` renames nothing. Both are needed before a
claim about an orbit can be written down, so they stand here, and every other module of the kernel uses only these.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sympy import Add, Basic, Derivative, Expr, Lambda, MatrixBase, Mul, Pow, Product, S, Sum, Symbol, Tuple, acosh, log, sympify
from sympy.core.function import AppliedUndef, UndefinedFunction
from sympy.core.relational import Eq, Ne, Relational
from sympy.logic.boolalg import And, Boolean, BooleanFunction, Implies, Not, Or

import theory.proof.finite_sums  # noqa: F401  SymPy compares sums of numbers by it
from theory.proof.memory import remembered, text


class Binder(Boolean):
    """A Boolean whose first argument is a bound symbol."""

    @property
    def variable(self) -> Symbol:
        """The bound symbol."""
        return self.args[0]

    @property
    def bound_symbols(self) -> list[Symbol]:
        """The bound symbol, in a list, as SymPy's `Sum` has it."""
        return [self.args[0]]

    @property
    def free_symbols(self) -> set[Basic]:
        """The symbols that occur outside the binding."""
        return set().union(*(a.free_symbols for a in self.args[1:])) - {self.args[0]}


class ForAll(Binder):
    """`condition => body` for every value of `variable` (of the variable's sort).

    Example:
        >>> from sympy import symbols
        >>> k = symbols("k", integer=True)
        >>> ForAll(k, k >= 0, k + 1 > 0)
        ForAll(k, k >= 0, k + 1 > 0)
    """

    def __new__(cls, variable: Symbol, condition: Any, body: Any) -> Boolean:
        if sympify(body) is S.true:
            return S.true
        return Boolean.__new__(cls, variable, sympify(condition), sympify(body))


class Exists(Binder):
    """`condition and body` for some value of `variable` (of the variable's sort)."""

    def __new__(cls, variable: Symbol, condition: Any, body: Any) -> Exists:
        return Boolean.__new__(cls, variable, sympify(condition), sympify(body))


class Tends(Binder):
    """`term -> limit` as the integer `variable` -> oo; the limit may be `oo` (divergence)."""

    def __new__(cls, variable: Symbol, term: Any, limit: Any) -> Tends:
        return Boolean.__new__(cls, variable, sympify(term), sympify(limit))


class Predicate(BooleanFunction):
    """A named relation between terms, e.g. `LyapunovStable(map, point)`; opaque to arithmetic, known to textbook facts.

    A subclass may define `decide()`: True, False or None for explicit arguments, by exact computation; and `meaning()`.
    """

    def __init_subclass__(cls, **_: Any) -> None:
        if not all(issubclass(base, Predicate) for base in cls.__bases__):
            raise TypeError(f"the predicate {cls.__name__} may inherit from predicates only")
        for name in vars(cls):
            if hasattr(Predicate, name) and name not in _OF_A_PREDICATE:
                raise TypeError(f"the predicate {cls.__name__} may not define {name}: it says what it is by name and arguments")

    @classmethod
    def eval(cls, *args: Any) -> None:
        """Never evaluates by itself: a predicate is decided only where the kernel asks."""

    def _sympystr(self, printer: Any) -> str:
        # SymPy's own printer takes any class of this name for one of its assumptions
        return f"{type(self).__name__}({', '.join(printer._print(a) for a in self.args)})"

    def decide(self) -> bool | None:
        """True or False where explicit arguments decide the predicate exactly, else None."""
        return None


# What a class statement sets by itself, and what a predicate says of itself
_OF_A_PREDICATE = {"__module__", "__qualname__", "__doc__", "__firstlineno__", "__static_attributes__", "decide", "meaning"}


class Undefined(ValueError):
    """A substitution divides by zero, or takes a root or logarithm that is no real number."""


def bound_symbols(expr: Basic) -> tuple[Symbol, ...]:
    """The symbols that `expr` itself binds (not its sub-expressions); of a nested sum, the outermost index."""
    if isinstance(expr, Binder):
        return (expr.variable,)
    if isinstance(expr, (Sum, Product)):
        return (expr.limits[-1][0],)
    if isinstance(expr, Lambda):
        return tuple(expr.variables)
    return ()


def apply(function: Lambda, *args: Any) -> Any:
    """The value of a `Lambda`, capturing nothing (a `Lambda` called by SymPy may capture an index of a sum)."""
    for variable, arg in zip(function.variables, args, strict=True):
        if variable.is_integer and sympify(arg).is_integer is not True:
            raise ValueError(f"{function} takes an integer, found {arg}")
        if variable.is_commutative and sympify(arg).is_commutative is False:
            raise ValueError(f"{function} takes a number, found the matrix {arg}")
    return substitute(function.expr, dict(zip(function.variables, args, strict=True)))


def substitute(expr: Any, mapping: Mapping[Any, Any]) -> Any:
    """`expr` with every key of `mapping` replaced at once, without capturing a bound symbol.

    Keys are symbols, undefined functions (their values are then `Lambda`s) or whole sub-expressions.

    Raises:
        Undefined: a term of the result is no number, e.g. 1/0; SymPy would go on and find zoo = zoo.
        ValueError: a derivative would lose its variable, or `expr` binds symbols in a way that is not understood.
    """
    expr = sympify(expr)
    if not mapping:
        return expr
    if expr in mapping:
        return sympify(mapping[expr])
    if not expr.args:
        return expr
    bound = bound_symbols(expr)
    if bound:
        return _substitute_under(expr, bound, mapping)
    if isinstance(expr, Derivative):
        _keep_variable(expr, mapping)
    elif getattr(expr, "bound_symbols", None):
        raise ValueError(f"{type(expr).__name__} binds symbols in a way that the kernel does not know: {expr}")
    args = [substitute(a, mapping) for a in expr.args]
    if isinstance(expr, AppliedUndef) and expr.func in mapping:
        return apply(mapping[expr.func], *args)
    _keep_apart(expr, args)
    if isinstance(expr, (Eq, Ne)) and _of_words(args):
        return _relation_of_words(expr, *args)
    return _defined(expr, _built(expr.func, *args))


@remembered
def _built(head: Any, *args: Any) -> Any:
    """SymPy asks much of its arguments before it builds a relation."""
    return head(*args)


def _keep_apart(expr: Basic, args: list[Any]) -> None:
    """SymPy multiplies a letter into every entry of an explicit matrix, and finds the two different; so too a matrix and 0."""
    if isinstance(expr, (Add, Mul, Eq, Ne)) and any(isinstance(a, MatrixBase) for a in args):
        others = [a for a in args if not isinstance(a, MatrixBase)]
        if any(not isinstance(expr, Mul) or a.is_commutative is False for a in others):
            raise ValueError(f"{expr}: an explicit matrix stands beside letters or numbers; at a point all letters have values")


def _of_words(args: list[Any]) -> bool:
    return any(a.is_commutative is False for a in args) and not any(isinstance(a, MatrixBase) for a in args)


def _relation_of_words(before: Eq | Ne, one: Any, other: Any) -> Any:
    """SymPy may not compare words: a sum without terms is 0 to it and, being no number, is not, whichever it asks itself first."""
    return sympify(isinstance(before, Eq)) if one == other else before.func(one, other, evaluate=False)


def _defined(before: Basic, after: Any) -> Any:
    """`after`, unless it is no number: this is where 1/0 is born, before SymPy makes `true` of 1/0 = 1/0."""
    imaginary = isinstance(before, (Pow, acosh, log)) and after.is_commutative and after.is_extended_real is False
    if after in (S.NaN, S.ComplexInfinity) or imaginary:  # SymPy calls the square of a multiple of a matrix "not real"
        raise Undefined(f"{before} is not defined there: it becomes {after}")
    return after


def _keep_variable(derivative: Basic, mapping: Mapping[Any, Any]) -> None:
    """d/dx (x y) is not d/dx (x x) at y = x: the variable may neither be replaced nor come in."""
    variables = {v for v, _ in derivative.args[1:]}
    for term in (*mapping, *mapping.values()):
        if symbols_of(term) & variables:
            raise ValueError(f"{derivative}: replace the derivative by its value first, then put in {term}")


@remembered
def symbols_of(term: Any) -> frozenset[Basic]:
    """The free symbols of a key or value of a substitution; an undefined function has none."""
    return frozenset() if isinstance(term, UndefinedFunction) else frozenset(sympify(term).free_symbols)


def _substitute_under(expr: Basic, bound: tuple[Symbol, ...], mapping: Mapping[Any, Any]) -> Basic:
    inner = {k: v for k, v in mapping.items() if not (symbols_of(k) & set(bound))}
    captured = set().union(*(symbols_of(v) for v in inner.values())) & set(bound) if inner else set()
    renaming: dict[Symbol, Symbol] = {}
    for b in bound:
        if b in captured:
            renaming[b] = fresh_symbol(b, expr, *inner.values(), *renaming.values())
    body_map = {**inner, **renaming}
    if isinstance(expr, (Sum, Product)):
        # the bounds of the summation stand outside its scope, and inside that of no other: the outermost comes off first
        *others, (index, *ends) = expr.limits
        body = expr.func(expr.function, *others) if others else expr.function
        limit = Tuple(renaming.get(index, index), *(substitute(end, mapping) for end in ends))
        return _built(expr.func, substitute(body, body_map), limit)
    return _built(expr.func, *(substitute(a, body_map) for a in expr.args))


def fresh_symbol(like: Symbol, *avoid: Any) -> Symbol:
    """A symbol of the same sort as `like` whose name occurs in none of `avoid`."""
    taken = {str(s) for term in avoid if not isinstance(term, UndefinedFunction) for s in sympify(term).atoms(Symbol)}
    name = like.name
    while name in taken:
        name += "'"
    return type(like)(name, **like._assumptions_orig)


def conjuncts(expr: Boolean) -> tuple[Boolean, ...]:
    """The parts of a conjunction, or the expression alone."""
    return tuple(sorted(expr.args, key=text)) if isinstance(expr, And) else (expr,)


def is_relation(expr: Any) -> bool:
    """Whether `expr` may stand as a hypothesis or conclusion: a SymPy Boolean, never a Python bool or a number."""
    return isinstance(expr, (Relational, Boolean)) and not isinstance(expr, Symbol)


__all__ = [
    "And",
    "Binder",
    "Boolean",
    "Exists",
    "Expr",
    "ForAll",
    "Implies",
    "Not",
    "Or",
    "Predicate",
    "S",
    "Tends",
    "Undefined",
    "apply",
    "bound_symbols",
    "conjuncts",
    "fresh_symbol",
    "is_relation",
    "substitute",
    "symbols_of",
]
