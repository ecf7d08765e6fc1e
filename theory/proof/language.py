"""Which formulas the kernel understands, and where they are defined.

The language is closed: a word that is not listed here is refused, so no SymPy object with rules of its own can enter a theorem.
A relation is true only where both of its sides are real numbers (or matrices): 1/0, sqrt(-1) and log(0) satisfy nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import sympy
from sympy import Basic, Expr, Integer, Lambda, Rational, S, Symbol, Tuple, sympify
from sympy.core.function import AppliedUndef, UndefinedFunction
from sympy.core.numbers import NumberSymbol
from sympy.core.relational import Eq, Ge, Gt, Le, Lt, Ne
from sympy.functions.elementary.complexes import transpose
from sympy.matrices import ImmutableDenseMatrix, MatrixSymbol
from sympy.matrices.expressions import Identity, MatAdd, MatMul, Transpose, ZeroMatrix

from theory.proof.logic import And, Binder, Boolean, Exists, ForAll, Implies, Not, Or, Predicate, Tends
from theory.proof.memory import remembered, text
from theory.proof.scopes import in_scope, scoped_terms

SORTS: tuple[dict[str, bool], ...] = (
    {"real": True},
    {"integer": True},
    {"integer": True, "real": True},
    {"commutative": False},
)

# Real for real arguments, wherever these are
TOTAL = {sympy.Add, sympy.Mul, sympy.Abs, sympy.sign, sympy.Max, sympy.Min, sympy.exp, sympy.sin, sympy.cos, sympy.tanh}
TOTAL |= {sympy.sinh, sympy.cosh, sympy.atan}

# Real under conditions; a module that defines a function of its own adds a row
PARTIAL: dict[type, Callable[[Any], tuple[Boolean, ...]]] = {
    sympy.log: lambda e: (e.args[0] > 0,),
    sympy.acosh: lambda e: (e.args[0] >= 1,),
}


class Map(Symbol):
    """A map or a loss on R^n, for any n: an argument of the predicates in `systems` and of nothing else; its values are `Lambda`s.

    Example:
        >>> Map("F")
        F
    """

    def __new__(cls, name: str, **_: Any) -> Map:
        """A non-commutative symbol: no arithmetic may touch it."""
        return Symbol.__new__(cls, name, commutative=False)


WORDS: set[type] = {Map, transpose}  # functions of matrices; `words` adds its own
_LOGIC = {And, Or, Not, Implies, ForAll, Exists, Tends, Eq, Ne, Lt, Le, Gt, Ge}
_MATRICES = {MatrixSymbol, MatAdd, MatMul, Transpose, ZeroMatrix, Identity, ImmutableDenseMatrix}
_OTHER = {sympy.Pow, sympy.Sum, sympy.Product, sympy.Derivative, sympy.ComplexRootOf, Lambda, Tuple}
_ATOMS = (Rational, NumberSymbol, sympy.core.symbol.Str, type(S.true), type(S.false), sympy.PurePoly)


def rules_of(function: UndefinedFunction) -> tuple[Any, ...]:
    """What an undefined function may know of its values: its bases, and all that stands in its class besides its name."""
    own = {k: v for k, v in vars(function).items() if k not in _NAMES}
    return function.__mro__[1:], own, function.default_assumptions, function._prop_handler


_NAMES = {"_kwargs", "__module__", "__doc__", "_explicit_class_assumptions", "default_assumptions", "_prop_handler", "name", "_sage_"}
_WITHOUT_RULES = tuple(rules_of(sympy.Function("f", **sort)) for sort in SORTS)


def check_sorts(formulas: Iterable[Any]) -> None:
    """Only words of the language; each symbol is real, integer or a matrix and nothing more; one name is one thing.

    A sign assumption (`positive=True`) would be a hypothesis that no reader sees; it belongs into `given`.

    Raises:
        ValueError: names the word or symbol and the remedy.
    """
    names: dict[str, Any] = {}
    for formula in formulas:
        for name, thing in _checked(sympify(formula)).items():
            _one_thing(name, thing, names)


_CHECKED: dict[int, tuple[Basic, dict[str, Any]]] = {}  # the formulas themselves, so that no other one can take the place of one
_MANY = 20_000


def _checked(formula: Basic) -> dict[str, Any]:
    """The names in a formula, once it is checked; the formulas of a proof come again and again."""
    known, names = _CHECKED.get(id(formula), (None, {}))
    if known is not formula:
        names = _check_formula(formula)
        if len(_CHECKED) >= _MANY:
            _CHECKED.clear()
        _CHECKED[id(formula)] = (formula, names)
    return names


def _check_formula(formula: Basic) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for e in _nodes(formula):
        _check_word(e)
        if any(isinstance(a, Map) for a in e.args) and not isinstance(e, Predicate):
            raise ValueError(f"{e}: a map is no number and no matrix; it stands only in predicates")
        if isinstance(e, (Symbol, AppliedUndef)):
            _check_sort(e if isinstance(e, Symbol) else e.func, names)
        elif isinstance(e, Binder) or type(e) in (sympy.Sum, sympy.Product):
            _check_binder(e)
    return names


def _one_thing(name: str, thing: Any, names: dict[str, Any]) -> None:
    if names.setdefault(name, thing) != thing:
        raise ValueError(f"two symbols named {name!r} with different assumptions; take it from symbols.py")


def _nodes(e: Basic) -> Iterator[Basic]:
    yield e
    for a in e.args:
        if isinstance(e, Tends) and a is e.args[2] and a in (S.Infinity, S.NegativeInfinity):
            continue  # a sequence may diverge; elsewhere infinity is no number
        if isinstance(a, Basic):
            yield from _nodes(a)


def _check_word(e: Basic) -> None:
    kind = type(e)
    if isinstance(kind, UndefinedFunction):
        known = rules_of(kind) in _WITHOUT_RULES
    elif isinstance(e, Symbol):
        known = kind is Symbol or kind in WORDS
    else:
        listed = kind in TOTAL or kind in PARTIAL or kind in WORDS or kind in _LOGIC or kind in _MATRICES
        atom = isinstance(e, _ATOMS) and kind.__module__.startswith("sympy.")  # whoever defines a number may say of it what is false
        known = listed or kind in _OTHER or atom or isinstance(e, Predicate)
    if not known:
        raise ValueError(f"{e} ({kind.__name__}) is no word of the kernel's language; see theory.proof.language")
    if kind is ImmutableDenseMatrix and any(a.is_commutative is not True for a in e.flat()):
        raise ValueError(f"{e}: the entries of an explicit matrix are numbers")
    matrices = any(isinstance(a, Expr) and not isinstance(a, Lambda) and a.is_commutative is False for a in e.args)
    if matrices and (kind in TOTAL or kind in PARTIAL) and kind not in (sympy.Add, sympy.Mul):
        raise ValueError(f"{e}: this function is known for numbers only, found a matrix")
    if kind is sympy.Pow and e.is_commutative is False and not (isinstance(e.exp, Integer) and e.exp > 0):
        raise ValueError(f"{e}: a matrix need not have an inverse; name it by a symbol, with an equation in `given`")


def _check_sort(thing: Any, names: dict[str, Any]) -> None:
    name = str(thing) if isinstance(thing, Symbol) else f"{thing}()"
    if name in names and names[name] == thing:
        return
    _one_thing(name, thing, names)
    if isinstance(thing, Symbol):
        declared = {k: v for k, v in thing._assumptions_orig.items() if (k, v) != ("commutative", True)}
    else:
        declared = _declared(thing)
    if isinstance(thing, sympy.Dummy) or declared not in SORTS:
        hidden = set(declared) - {"real", "integer", "commutative"}
        if hidden:
            raise ValueError(f"symbol {name!r} hides the hypothesis {min(hidden)!r}; state it in `given` instead")
        raise ValueError(f"symbol {name!r} has no sort; declare it real=True, integer=True or commutative=False")


def _declared(function: Any) -> dict[str, bool]:
    """The sort of an undefined function; SymPy has closed its assumptions under implication, so they are compared closed."""
    facts = dict(function._kwargs)
    for sort in SORTS:
        if facts == sort or facts == dict(sympy.Function("f", **sort)._kwargs):
            return sort
    return facts


def _check_binder(e: Any) -> None:
    if isinstance(e, Binder):
        if not isinstance(e.variable, Symbol):
            raise ValueError(f"{e} binds {e.variable}, which is no symbol")
        if isinstance(e, Tends) and (e.variable.is_integer is not True or e.variable in e.args[2].free_symbols):
            raise ValueError(f"{e}: a limit is taken along an integer index, and does not contain it")
        return
    for limit in e.limits:
        if len(limit) != 3 or any(end.is_integer is not True for end in limit):
            raise ValueError(f"{e}: the index and both ends must be integers, found {limit}")


def conditions(expr: Any) -> tuple[Boolean, ...]:
    """What must hold for `expr` to be a real number: denominators not zero, radicands not negative, logarithms of positives.

    Raises:
        ValueError: a word is not known to be real.

    Example:
        >>> from sympy import log, symbols
        >>> x = symbols("x", real=True)
        >>> conditions(1 / x + log(x))
        (Ne(x, 0), x > 0)
    """
    return _all_conditions(sympify(expr))


@remembered
def _all_conditions(expr: Basic) -> tuple[Boolean, ...]:
    found = dict.fromkeys(_conditions(expr))
    return tuple(sorted((c for c in found if c is not S.true), key=text))


def _conditions(e: Basic) -> Iterator[Boolean]:
    kind = type(e)
    if isinstance(e, (Symbol, Rational, NumberSymbol, sympy.ComplexRootOf)):
        known = e.is_real is True or e.is_commutative is False
    elif isinstance(kind, UndefinedFunction):
        known = e.is_real is True or e.is_commutative is False
        yield from (c for a in e.args if isinstance(a, Expr) for c in _conditions(a))
    elif kind in PARTIAL:
        known = True
        yield from PARTIAL[kind](e)
        yield from (c for a in e.args if isinstance(a, Expr) and not isinstance(a, Lambda) for c in _conditions(a))
    elif kind in (sympy.Sum, sympy.Product):
        known = True
        yield from _in_range(e)
    else:
        known = kind in TOTAL or kind in WORDS or kind in _MATRICES or kind is sympy.Pow
        if kind is sympy.Pow and e.is_commutative is not False:
            yield _power(e)
        _check_word(e)
        parts = e.flat() if kind is ImmutableDenseMatrix else e.args
        yield from (c for a in parts if isinstance(a, Expr) for c in _conditions(a))
    if not known:
        raise ValueError(f"{e} is not known to be a real number, so nothing is known about it")


def _power(e: Any) -> Boolean:
    base, exponent = e.base, e.exp
    if isinstance(exponent, Integer):
        return S.true if exponent > 0 else Ne(base, 0)
    if isinstance(exponent, Rational):
        return base >= 0 if exponent > 0 else base > 0
    if exponent.is_integer:  # with 0**0 = 1, as for a number n in x**n
        return Or(Ne(base, 0), exponent >= 0)
    return Or(base > 0, And(base >= 0, exponent > 0))


def _in_range(e: Any) -> Iterator[Boolean]:
    """For a sum or product: its terms are defined for every index; a product (Karr) divides where it runs backwards."""
    *_, (index, low, high) = e.limits
    body = e.func(e.function, *e.limits[:-1]) if len(e.limits) > 1 else e.function
    inner = tuple(_conditions(body))
    partial = [c for c in inner if index in c.free_symbols]
    yield from (c for c in inner if c not in partial)
    yield from (ForAll(index, And(index >= low, index <= high), c) for c in partial)
    if partial or type(e) is sympy.Product:
        yield high >= low - 1
    yield from _conditions(low)
    yield from _conditions(high)


def keep_bound(variable: Symbol, *terms: Any) -> None:
    """A variable that a fact binds is a real or integer symbol, and stands free in none of the fact's other terms.

    Raises:
        ValueError: names the term; `mu = t` in "g(t) = c + mu (t - c) for all t" would make every g linear.
    """
    if not isinstance(variable, Symbol):
        raise ValueError(f"{variable} is no symbol")
    for term in terms:
        if variable in getattr(sympify(term), "free_symbols", ()):
            raise ValueError(f"{term} contains {variable}, which is bound here")


def keep_state(state: Symbol, *terms: Any) -> None:
    """The same for a state, which runs over all real numbers: "for all |t| <= 1/2" says next to nothing of an integer t.

    Raises:
        ValueError: it is no real symbol, or an integer one, or names the term that contains it.
    """
    keep_bound(state, *terms)
    if state.is_real is not True or state.is_integer is True:
        raise ValueError(f"a state is a real symbol, and no integer one; found {state}")


@remembered
def formula_conditions(formula: Basic) -> tuple[Boolean, ...]:
    """What must hold for a formula to make sense, also under its quantifiers and inside its predicates: for every value bound there.

    Example:
        >>> from sympy import symbols
        >>> s, t = symbols("s t", real=True)
        >>> formula_conditions(ForAll(t, t > 1, 1 / (s - t) > 0))
        (ForAll(t, t > 1, Ne(s - t, 0)),)
    """
    found = (c for _, term, scope in scoped_terms(formula) if not _open(term) for c in in_scope(conditions(term), scope))
    return tuple(dict.fromkeys(c for c in found if c is not S.true))


def partial_terms(e: Expr) -> Iterator[Expr]:
    """The quotients, roots, sums and other parts of a term that need not be real numbers."""
    bounded = isinstance(e, (sympy.Sum, sympy.Product))
    if bounded or type(e) in PARTIAL or (type(e) is sympy.Pow and not (isinstance(e.exp, Integer) and e.exp > 0)):
        yield e
    if not bounded and not isinstance(e, Lambda):
        yield from (p for a in e.args if isinstance(a, Expr) for p in partial_terms(a))


def _open(e: Expr) -> bool:
    """Derivatives say for themselves where they exist; infinity stands only in a comparison that SymPy has decided."""
    return e.has(sympy.Derivative, S.Infinity, S.NegativeInfinity)


__all__ = [
    "PARTIAL",
    "TOTAL",
    "WORDS",
    "Map",
    "check_sorts",
    "conditions",
    "formula_conditions",
    "keep_bound",
    "keep_state",
    "partial_terms",
]
