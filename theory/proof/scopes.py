"""The terms of a formula, each with the relation that it stands in and the variables that are bound around it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sympy import Basic, Expr, Lambda, S, Symbol
from sympy.core.relational import Relational

from theory.proof.logic import And, Boolean, Exists, ForAll, Implies, Not, Or, Tends

Scope = tuple[tuple[Symbol, Boolean], ...]  # the variables bound around a term, the outermost first, each with its guard


def scoped_terms(formula: Basic, scope: Scope = ()) -> Iterator[tuple[Basic, Expr, Scope]]:
    """Every term of a formula with the relation or predicate that it stands in, and the variables bound around it."""
    if isinstance(formula, (ForAll, Exists)):
        variable, guard, body = formula.args
        parts = guard.args if isinstance(guard, And) else (guard,)
        for part in parts:
            plain = And(*(p for p in parts if p is not part and _is_plain(p)))
            yield from scoped_terms(part, (*scope, (variable, plain)))
        yield from scoped_terms(body, (*scope, (variable, guard)))
    elif isinstance(formula, (And, Or, Not, Implies)):
        for part in formula.args:
            yield from scoped_terms(part, scope)
    else:
        yield from ((formula, *found) for found in _terms(formula, scope))


def _is_plain(part: Basic) -> bool:
    """A bound such as x > 1, which always says something: where it fails, the rest of the guard does not matter."""
    return isinstance(part, Relational) and all(a.is_Symbol or a.is_Rational for a in part.args)


def _terms(e: Basic, scope: Scope) -> Iterator[tuple[Expr, Scope]]:
    if isinstance(e, (Tends, Lambda)):
        variables, bodies = ((e.variable,), e.args[1:]) if isinstance(e, Tends) else (e.variables, (e.expr,))
        scope = (*scope, *((v, S.true) for v in variables))
    else:
        bodies = (a for a in e.args if isinstance(a, Basic))
    for a in bodies:
        yield from ((a, scope),) if isinstance(a, Expr) and not isinstance(a, Lambda) else _terms(a, scope)


def in_scope(conditions_: Iterable[Boolean], scope: Scope) -> Iterator[Boolean]:
    """The conditions, for every value of the variables bound around them."""
    for c in conditions_:
        for variable, guard in reversed(scope):
            if variable in c.free_symbols:
                c = ForAll(variable, guard, c)
        yield c
