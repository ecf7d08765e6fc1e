"""The best of finitely many: one of k numbers is the largest; and for m samples, one matrix holds a best class for each of them.

A choice of one class a sample is a matrix C here: with the unit vectors s_i of the samples, C s_i is the vector e_j of the class j that is
chosen for the i-th. So "for every choice" is "for every matrix C of which each C s_i is one of the e_j".
"""

from functools import cache

from sympy import Eq, Expr, Integer, Lambda, Or, Symbol
from sympy import S as TRUTH
from sympy.functions.elementary.complexes import transpose

from theory.lipschitz.means_of_samples import SAMPLES
from theory.lipschitz.symbols import choice, class_vector, heading, i, j, k, logit, m, node_h, row, sample_unit, t, unit_q, x
from theory.proof import (
    And,
    Exists,
    ForAll,
    Not,
    Statement,
    Theorem,
    absurd,
    assume,
    conclude,
    conjunction,
    cut,
    discharge,
    equal_words,
    exhibit,
    follows,
    generalize,
    induction,
    inner,
    instance,
    part,
    rewrite,
    specialize,
    substitute,
    transposed,
)
from theory.proof.logic import Boolean, conjuncts
from theory.proof.ranges import choose, throughout, up_to

CLASSES, CLASS = And(j >= 1, j <= k), And(row >= 1, row <= k)
CHOSEN = choice * sample_unit(i)  # C s_i
# The s_i have the length 1, and are orthogonal to each other
UNITS = ForAll(i, SAMPLES, Eq(transpose(sample_unit(i)) * sample_unit(i), 1, evaluate=False))
ORTHOGONAL = ForAll(i, SAMPLES, ForAll(node_h, And(node_h >= 1, node_h <= i - 1), Eq(transpose(sample_unit(node_h)) * sample_unit(i), 0)))


def is_a_class(vector: Expr) -> Exists:
    """The vector is e_p for a class p."""
    return Exists(row, CLASS, Eq(vector, class_vector(row), evaluate=False))


IS_A_CHOICE = ForAll(i, SAMPLES, is_a_class(CHOSEN))

_LAST = Symbol("n", integer=True)
_INTEGER = Symbol("d", integer=True)


@cache
def _no_gap() -> Theorem:
    """An integer d >= 0 is 0, or at least 1."""
    claim = Or(_INTEGER <= 0, _INTEGER >= 1)
    after = substitute(claim, {_INTEGER: _INTEGER + 1})
    step = follows(after, _INTEGER >= 0, claim, because="d + 1 >= 1")
    return induction(follows(substitute(claim, {_INTEGER: Integer(0)})), step, _INTEGER, 0)


def one_more(before: Theorem, last: Theorem) -> Theorem:
    """From B(i) for all 1 <= i <= n, and from B(n + 1): the same for all 1 <= i <= n + 1."""
    index, _, body = before.then.args
    against = Not(body, evaluate=False)
    apart = rewrite(assume(against), assume(Eq(index, _LAST + 1, evaluate=False)))
    clash = discharge(absurd(follows(TRUTH.false, using=(apart, last)), against), Eq(index, _LAST + 1, evaluate=False))
    early = specialize(before, index)
    early = discharge(early, index <= _LAST)
    gap = specialize(_no_gap(), index - _LAST)
    gap = discharge(gap, index - _LAST >= 0)
    return throughout(follows(body, index >= 1, index <= _LAST + 1, using=(early, clash, gap)), index, And(index >= 1, index <= _LAST + 1))


def _up_to(last: Expr, index: Symbol = j) -> And:
    return And(index >= 1, index <= last)


def _none_above(value: Expr, last: Expr) -> ForAll:
    return ForAll(j, _up_to(last), logit(j) <= value)


def largest(last: Expr = k) -> Exists:
    """One of z_1, ..., z_n is at least as large as all of them."""
    return Exists(unit_q, _up_to(last, unit_q), _none_above(logit(unit_q), last))


@cache
def one_is_the_largest() -> Theorem:
    """Of z_1, ..., z_k, for k >= 1: by induction."""
    more, own, other = _LAST + 1, logit(unit_q), logit(_LAST + 1)
    longer = one_more(assume(_none_above(t, _LAST)), assume(other <= t))
    first = instance(longer, {_LAST: Integer(0), t: logit(1)})
    first = cut(first, throughout(follows(logit(j) <= logit(1), j >= 1, j <= 0), j, _up_to(Integer(0))))
    before = specialize(assume(_none_above(own, _LAST)), j)
    below = throughout(follows(logit(j) <= other, own < other, using=(before,)), j, _up_to(_LAST))
    kept = _it_is(unit_q, more, instance(longer, {t: own}), unit_q >= 1, unit_q <= _LAST)
    new = _it_is(more, more, cut(instance(longer, {t: other}), below), _LAST >= 1)
    both = (discharge(kept, other <= own), discharge(new, own < other))
    step = choose(assume(largest(_LAST)), follows(largest(more), using=both, because="whichever is larger"))
    start = _it_is(Integer(1), Integer(1), first)
    return specialize(up_to(start, step, largest(_LAST), index=_LAST, first=Integer(1), last=k), k)


def _it_is(which: Expr, last: Expr, theorem: Theorem, *given: Boolean) -> Theorem:
    """The largest, namely z_q."""
    return _namely(which, largest(last), theorem, *given)


def _namely(value: Expr, some: Exists, theorem: Theorem, *given: Boolean) -> Theorem:
    """There is one, for it is true of that one."""
    variable, condition, body = some.args
    there = follows(And(substitute(condition, {variable: value}), theorem.then), *given, using=(theorem,), because="which is one of them")
    return exhibit(there, variable, value, condition, body)


def reach(c: Expr) -> Expr:
    """<e_c, S x_i>: how far the class c goes along S."""
    return inner(class_vector(c), heading * x(i))


FARTHEST = ForAll(j, CLASSES, reach(j) <= reach(row))
BEST = Exists(row, CLASS, And(Eq(CHOSEN, class_vector(row), evaluate=False), FARTHEST))


def _best(last: Expr) -> Exists:
    return Exists(choice, True, ForAll(i, _up_to(last, i), BEST))


@cache
def there_is_a_best_choice() -> Theorem:
    """Along S: for n samples it is found by induction, where the vector of the best class is put into the next column."""
    more = _LAST + 1
    mark, winner = sample_unit(more), class_vector(unit_q)
    longer = choice - choice * mark * transpose(mark) + winner * transpose(mark)
    self_ = specialize(assume(UNITS), more)
    there = substitute(BEST, {choice: longer, i: more})
    far = substitute(FARTHEST, {row: unit_q, i: more})
    own = equal_words(longer * mark, winner, self_)
    new = follows(And(own.then, far), far, using=(own,))
    new = _namely(unit_q, there, new, unit_q >= 1, unit_q <= k)
    early = BEST.args[2]
    apart = specialize(specialize(assume(ORTHOGONAL), more), i)
    same = part(assume(early), Eq(CHOSEN, class_vector(row), evaluate=False))
    still = equal_words(longer * sample_unit(i), class_vector(row), transposed(apart), same)
    still = conjunction(still, part(assume(early), FARTHEST))
    still = _namely(row, substitute(BEST, {choice: longer}), still, *CLASS.args)
    kept = choose(specialize(assume(ForAll(i, _up_to(_LAST, i), BEST)), i), still)
    ranges = _up_to(_LAST, i)
    kept = cut(kept, follows(i <= more - 1, *ranges.args)) if (i <= more - 1) in kept.given else kept
    step = one_more(throughout(kept, i, ranges), new)
    step = exhibit(step, choice, longer, *_best(more).args[1:])
    step = choose(instance(one_is_the_largest(), {logit: Lambda(j, substitute(reach(j), {i: more}))}), step)
    step = choose(assume(_best(_LAST)), step)
    step = cut(step, follows(more >= 1, _LAST >= 0))
    start = throughout(follows(BEST, i >= 1, i <= 0), i, _up_to(Integer(0), i))
    start = exhibit(start, choice, choice, *_best(Integer(0)).args[1:])
    found = specialize(up_to(start, step, _best(_LAST), index=_LAST, last=m), m)
    return conclude(found, Statement((m >= 1, k >= 1, UNITS, ORTHOGONAL), found.then))
