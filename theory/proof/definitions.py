"""Using a definition: what a named predicate says, sequences given by a recursion, and the last factor of a product."""

from __future__ import annotations

from typing import Any

from sympy import Eq, Product, S, Symbol, preorder_traversal, sympify
from sympy.core.function import UndefinedFunction
from sympy.functions.elementary.complexes import transpose

from theory.proof.language import conditions
from theory.proof.logic import And, ForAll, Predicate, substitute
from theory.proof.theorem import (
    KernelError,
    NotProved,
    Theorem,
    check_terms,
    rule,
)
from theory.proof.values import (
    DEFINED,
    check_kind,
)
from theory.proof.word_forms import normal_word, oriented


@rule
def by_meaning(predicate: Predicate, *choices: Any) -> tuple:
    """`p |- what p says`: a predicate's own `meaning(*choices)`; the proof then trusts that definition by name.

    Raises:
        KernelError: the predicate does not say what it means, or a choice is no word of the language.
    """
    given_predicate: Any = predicate  # whoever calls without a type checker
    if not isinstance(given_predicate, Predicate) or not hasattr(predicate, "meaning"):
        raise KernelError(f"{predicate} does not define a meaning")
    check_terms(type(predicate).__name__, choices)
    given, then, reason = predicate.meaning(*choices)
    return (predicate, *given), then, reason, (), (f"meaning:{type(predicate).__name__}",)


@rule
def forget_recursion(theorem: Theorem, function: Any, definition: Any, start: Any) -> tuple:
    """From `G, f(0) = a, f(j) = F(j, f(j-1)) for the j of a range |- B`, with f in neither G nor B: `G |- B`.

    Proof: such a sequence exists, and B does not depend on it.
    """
    if function in DEFINED:
        raise NotProved(f"forget_recursion: {function} is already defined, as {DEFINED[function]}")
    definition, start = sympify(definition), sympify(start)
    shape: Any = definition.args if isinstance(definition, ForAll) else (None, S.false, None)
    j, condition, equation = shape
    parts = condition.args if isinstance(condition, And) else (condition,)
    if not (isinstance(equation, Eq) and equation.lhs == function(j) and isinstance(function, UndefinedFunction)):
        raise NotProved(f"forget_recursion: {definition} does not define {function}")
    if not (isinstance(start, Eq) and start.lhs == function(0)) or _uses(start.rhs, function):
        raise NotProved(f"forget_recursion: {start} is no start of {function}")
    if j.is_integer is not True or (j >= 1) not in parts:
        raise NotProved(f"forget_recursion: {condition} does not say {j} >= 1, so f(0) could be given twice")
    for value in (start.rhs, equation.rhs):
        check_kind(function, function(0).is_integer, function(0).is_commutative, value)
        if conditions(value):
            raise NotProved(f"forget_recursion: {value} need not exist: it needs {list(conditions(value))}")
    if _uses(substitute(equation.rhs, {function(j - 1): sympify(0)}), function):
        raise NotProved(f"forget_recursion: {equation.rhs} uses more of {function} than {function(j - 1)}")
    kept = tuple(h for h in theorem.given if h not in (definition, start))
    for formula in (*kept, theorem.then, condition):
        if _uses(formula, function):
            raise NotProved(f"forget_recursion: {formula} depends on {function}")
    return kept, theorem.then, f"{function} exists, by recursion", (theorem,), ()


@rule
def forget_value(theorem: Theorem, predicate: Predicate) -> tuple:
    """From `G, p(x, ...) |- B`, with the number x in neither G nor B nor the other arguments: `G, c |- B`.

    Here c is the predicate's own `has_value()`: a condition under which p(x, ...) is true for some x; the proof then trusts it by name.
    """
    given_predicate: Any = predicate  # whoever calls without a type checker
    if not (isinstance(given_predicate, Predicate) and hasattr(predicate, "has_value") and predicate in theorem.given):
        raise KernelError(f"forget_value: {predicate} is no hypothesis that says when it has a value")
    value, *others = predicate.args
    if not (isinstance(value, Symbol) and value.is_real and value.is_integer is None):
        raise NotProved(f"forget_value: {value} is not a real symbol")
    kept = tuple(h for h in theorem.given if h != predicate)
    for formula in (*kept, theorem.then, *others):
        if value in formula.free_symbols:
            raise NotProved(f"forget_value: {formula} depends on {value}")
    kept = (*kept, *predicate.has_value())
    return kept, theorem.then, f"there is such a {value}", (theorem,), (f"meaning:{type(predicate).__name__}",)


def _uses(formula: Any, function: Any) -> bool:
    """Whether the function occurs: applied, or bare as an argument of a predicate."""
    return any(e is function or getattr(e, "func", None) is function for e in preorder_traversal(formula))


@rule
def last_factor(product: Product, last: Symbol) -> tuple:
    """`Product(f, (j, a, k + 1)) = Product(f, (j, a, k)) f(k + 1)`, for k + 1 >= a."""
    _is_product(product)
    ((j, low, high),) = product.limits
    if high != last + 1:
        raise NotProved(f"last_factor: {product} does not end at {last} + 1")
    factor = substitute(product.function, {j: high})
    shorter = Product(product.function, (j, low, last))
    given = (last + 1 >= low, *conditions(factor), *conditions(shorter))
    return given, Eq(product, shorter * factor, evaluate=False), "one factor more", (), ()


def _is_product(product: Any) -> None:
    if not isinstance(product, Product) or product.is_commutative is not True:
        raise NotProved(f"{product} is no product of numbers")


@rule
def combine_words(lhs: Any, rhs: Any, *terms: tuple[Any, Theorem, Any], modulo: tuple[Theorem, ...] = (), because: str = "") -> tuple:
    """`lhs = rhs`, because lhs - rhs is the sum of left (a - b) right over equations a = b between words.

    Args:
        lhs: a word.
        rhs: another.
        terms: (left, the theorem a = b, right) for each summand.
        modulo: further equations, used left to right in the normal form.
        because: the reason that a reader sees.
    """
    rest = sympify(lhs) - sympify(rhs)
    for left, equation, right in terms:
        if not isinstance(equation.then, Eq):
            raise NotProved(f"combine_words: {equation.then} is no equation")
        rest -= left * (equation.then.lhs - equation.then.rhs) * right
    left_over = normal_word(rest, oriented(modulo))
    if left_over is not S.Zero:
        raise NotProved(f"combine_words: {lhs} = {rhs}: left over is {left_over}")
    used = (*(t for _, t, _ in terms), *modulo)
    given = tuple(h for t in used for h in t.given)
    factors = (lhs, rhs, *(f for left, _, right in terms for f in (left, right)))
    given += tuple(c for f in factors for c in conditions(f))
    return given, Eq(lhs, rhs, evaluate=False), because or "a combination of the equations", used, ("sympy",)


@rule
def transposed(theorem: Theorem) -> tuple:
    """From `a = b`: `a' = b'`."""
    if not isinstance(theorem.then, Eq):
        raise NotProved(f"transposed: {theorem.then} is no equation")
    a, b = theorem.then.args
    return theorem.given, Eq(transpose(a), transpose(b), evaluate=False), "transposed", (theorem,), ()


@rule
def empty_product(product: Product) -> tuple:
    """`Product(f, (j, a, a - 1)) = 1`."""
    _is_product(product)
    ((_, low, high),) = product.limits
    if high - low != -1:
        raise NotProved(f"empty_product: {product} has factors")
    return (), Eq(product, 1, evaluate=False), "no factors", (), ()
