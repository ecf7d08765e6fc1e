"""Sums that lose their first or last term, and equal arguments of a layer: steps that several proofs share."""

from __future__ import annotations

from functools import cache

from sympy import Eq, Expr, Function, Integer, Lambda, Or, Sum, Symbol, symbols

from theory.proof import (
    And,
    ForAll,
    Statement,
    Theorem,
    assume,
    combine_words,
    conclude,
    equal_words,
    follows,
    instance,
    rewrite,
    specialize,
    substitute,
)
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


_high, _place = symbols("high place", integer=True)
_term = Function("term", real=True)


def only_term(term: Expr, index: Symbol, place: Expr, high: Expr) -> Theorem:
    """From f(j) = 0 for all j from 1 to b but p, and 1 <= p <= b: Sum(f, (j, 1, b)) = f(p)."""
    return instance(_only_term(index), {_term: Lambda(index, term), _place: place, _high: high})


@cache
def _only_term(index: Symbol) -> Theorem:
    others = assume(ForAll(index, And(index >= 1, index <= _high), Or(Eq(index, _place), Eq(_term(index), 0))))
    total, last = Sum(_term(index), (index, 1, _last)), _term(_last + 1)
    more = equal_words(substitute(total, {_last: _last + 1}), total + last), specialize(others, _last + 1)
    nothing, whole = Eq(total, 0, evaluate=False), Eq(total, _term(_place), evaluate=False)
    start = equal_words(substitute(total, {_last: Integer(0)}), 0, because="no term yet")
    early = (nothing, _last + 1 <= _place - 1, _place <= _high)
    step = follows(substitute(nothing, {_last: _last + 1}), *early, using=more, because="it is 0")
    before = specialize(up_to(start, step, nothing, index=_last, last=_place - 1), _place - 1)
    here = (last_term(_term(index), index, Integer(1), _place), before)
    start = follows(substitute(whole, {_last: _place}), _place >= 1, using=here, because="the one that is not")
    step = follows(substitute(whole, {_last: _last + 1}), whole, _last >= _place, _place >= 1, using=more, because="it is 0")
    one = specialize(up_to(start, step, whole, index=_last, first=_place, last=_high), _high)
    return conclude(one, Statement((_place >= 1, _place <= _high, others.then), one.then))


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
