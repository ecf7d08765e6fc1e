"""Is a formula without free symbols true? Decided exactly, or not at all."""

from __future__ import annotations

from typing import Any

from sympy import Eq, Ge, Gt, Le, Lt, MatrixBase, Ne, Pow, S, Symbol, sympify
from sympy.core.relational import Relational

from theory.proof.algebra import is_zero_form, normal_form
from theory.proof.balls import sign
from theory.proof.language import conditions
from theory.proof.letters import is_short, written_out
from theory.proof.limits import Iterate, eventual_values, unfold
from theory.proof.logic import And, Boolean, Exists, ForAll, Implies, Not, Or, Predicate, Tends, Undefined, substitute
from theory.proof.memory import remembered
from theory.proof.theorem import NotProved, rule

SMALL = range(-4, 13)  # integers tried as witness of "there is" and against "for all"
_SIGNS = {Eq: (0,), Ne: (-1, 1), Le: (-1, 0), Lt: (-1,), Ge: (0, 1), Gt: (1,)}


def decide(formula: Any) -> bool | None:
    """True or False for a Boolean without free symbols, by exact computation; None where it is not settled."""
    return _decided(sympify(formula))


@remembered
def _decided(b: Any) -> bool | None:
    if b is S.true or b is S.false:
        return b is S.true
    if isinstance(b, (And, Or)):
        return _connective(b)
    if isinstance(b, Not):
        inner = decide(b.args[0])
        return None if inner is None else not inner
    if isinstance(b, Implies):
        return decide(Or(Not(b.args[0]), b.args[1]))
    if isinstance(b, Predicate):
        known = b.decide()
        # "false" of symbols often means "not literally equal", not "false for every value"
        return None if known is False and b.free_symbols else known
    if isinstance(b, (ForAll, Exists)):
        return _quantified(b)
    if isinstance(b, Tends):
        return _limit(b)
    return _relation(b) if isinstance(b, Relational) else None


def _connective(b: Boolean) -> bool | None:
    values = [decide(a) for a in b.args]
    settling = isinstance(b, Or)
    if settling in values:
        return settling
    return None if None in values else not settling


def _relation(b: Relational) -> bool | None:
    if type(b) not in _SIGNS:
        return None
    if isinstance(b.lhs, MatrixBase) or isinstance(b.rhs, MatrixBase):
        return _matrices(b)
    try:
        if any(decide(c) is not True for side in b.args for c in conditions(side)):
            return None
        difference = b.lhs - b.rhs
        if is_zero_form(normal_form(difference)):
            return 0 in _SIGNS[type(b)]
        if b.free_symbols:
            return None
        return sign(difference.doit()) in _SIGNS[type(b)]
    except (NotProved, ValueError):
        return None


def _matrices(b: Relational) -> bool | None:
    if type(b) not in (Eq, Ne) or getattr(b.lhs, "shape", None) != getattr(b.rhs, "shape", None):
        return None
    equal = decide(And(*(Eq(x, 0) for x in (b.lhs - b.rhs))))
    return equal if isinstance(b, Eq) or equal is None else not equal


def _quantified(b: Boolean) -> bool | None:
    variable, condition, body = b.args
    universal = isinstance(b, ForAll)
    if universal and isinstance(condition, And) and (variable >= 0) in condition.args:
        rest = And(*(part for part in condition.args if part != (variable >= 0)))
        condition, body = variable >= 0, Or(Not(rest), body)
    if universal and decide(body) is True:
        return True
    if universal and variable.is_integer and is_short(b):
        return decide(And(*written_out(b)))
    if variable.is_real is not True:
        return None
    if universal and variable.is_integer and condition == (variable >= 0) and _holds_along(variable, body):
        return True
    for n in SMALL:
        at = {variable: sympify(n)}
        try:
            if decide(substitute(condition, at)) is True and decide(substitute(body, at)) is (not universal):
                return not universal
        except Undefined:
            continue  # a number at which the formula says nothing settles nothing
    return None


def _holds_along(k: Symbol, body: Boolean) -> bool:
    """Whether `body` holds for every k >= 0: by one unfolding of an orbit, along an orbit that closes, or for even and odd k."""
    if body.has(Iterate):
        if decide(unfold(body, k)) is True:
            return True
        values = eventual_values(body, k)
        return values is not None and all(decide(v) is True for v in sum(values, []))
    if any(p.has(k) for p in body.atoms(Pow)):
        return all(decide(substitute(body, {k: n})) is True for n in (2 * k, 2 * k + 1))
    return False


def _limit(b: Tends) -> bool | None:
    """Limits of constant sequences, of sequences of period 2 in (-1)**k, and of orbits that close."""
    variable, term, limit = b.args
    if variable not in term.free_symbols:
        return decide(Eq(term, limit))
    if term.has(Iterate):
        values = eventual_values(term, variable)
        return None if values is None else decide(And(*(Eq(v, limit) for v in values[1])))
    even, odd = (substitute(term, {variable: n}) for n in (2 * variable, 2 * variable + 1))
    if variable in even.free_symbols | odd.free_symbols:
        return None
    return decide(And(Eq(even, limit), Eq(odd, limit)))


@rule
def evaluate(formula: Any) -> tuple:
    """`|- formula`, for a Boolean that exact arithmetic, balls or finite checking decide true."""
    formula = sympify(formula)
    if decide(formula) is not True:
        raise NotProved(f"{formula} is not decided true (decided: {decide(formula)})")
    return (), formula, "exact arithmetic", (), ("flint", "sympy")


__all__ = ["decide", "evaluate"]
