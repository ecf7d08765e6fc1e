"""Sums that lose their first or last term, and equal arguments of a layer: steps that several proofs share."""

from __future__ import annotations

from sympy import Eq, Expr, Sum, Symbol

from theory.proof import Theorem, assume, combine_words, equal_words, instance, rewrite, specialize, substitute
from theory.proof.ranges import up_to

_value = Symbol("value", commutative=False)
_last = Symbol("last", integer=True)


def last_term(term: Expr, index: Symbol, low: Expr, high: Expr) -> Theorem:
    """Sum(f, (j, a, b)) = Sum(f, (j, a, b - 1)) + f(b)."""
    end = low + _last
    longer, shorter = Sum(term, (index, low, end + 1)), Sum(term, (index, low, end))
    theorem = equal_words(longer, shorter + substitute(term, {index: end + 1}), because="the last term")
    return instance(theorem, {_last: high - 1 - low})


def first_term(term: Expr, index: Symbol, low: Expr, high: Expr) -> Theorem:
    """Sum(f, (j, a, b)) = f(a) + Sum(f, (j, a + 1, b)), for b >= a."""
    first = substitute(term, {index: low})
    claim = Eq(Sum(term, (index, low, _last)), first + Sum(term, (index, low + 1, _last)), evaluate=False)
    start = equal_words(*substitute(claim, {_last: low}).args)
    step = combine_words(*substitute(claim, {_last: _last + 1}).args, (1, assume(claim), 1))
    return specialize(up_to(start, step, claim, index=_last, first=low, last=high), high)


def same_value(term: Expr, *equations: Theorem) -> Theorem:
    """f(a) = f(b), from a = b: equals for equals inside the arguments of a letter."""
    value = rewrite(assume(Eq(_value, term, evaluate=False)), *equations)
    return instance(value, {_value: term})


def shifted(term: Expr, index: Symbol, high: Expr) -> Theorem:
    """Sum(f, (j, 1, b)) = Sum(f(j + 1), (j, 0, b - 1)), for b >= 1."""
    later = Sum(substitute(term, {index: index + 1}), (index, 0, _last))
    claim = Eq(Sum(term, (index, 1, _last + 1)), later, evaluate=False)
    start = equal_words(*substitute(claim, {_last: 0}).args)
    step = combine_words(*substitute(claim, {_last: _last + 1}).args, (1, assume(claim), 1))
    return specialize(up_to(start, step, claim, index=_last, last=high - 1), high - 1)
