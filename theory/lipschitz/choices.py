"""The best of finitely many: one of k numbers is the largest; and one matrix holds, for each of m samples, a class that is best for it.

A choice of one class a sample is a matrix C: with orthonormal vectors s_1, ..., s_m (those of R^m, say), C s_i is the vector e_p of the
class that is chosen for the i-th. So "for every choice" is "for every matrix C of which each C s_i is one of the e_p".
"""

from functools import cache

from sympy import Eq, Expr, Integer, Lambda, Or, Symbol
from sympy import S as TRUTH
from sympy.functions.elementary.complexes import transpose

from theory.lipschitz.log_sum_exp import CLASS, CLASSES
from theory.lipschitz.means_of_samples import SAMPLES
from theory.lipschitz.symbols import choice, class_vector, heading, i, j, k, logit, m, n, node_h, row, sample_unit, t, unit_q, x
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
    induction,
    inner,
    instance,
    part,
    rewrite,
    specialize,
    substitute,
    transposed,
)
from theory.proof.logic import Boolean
from theory.proof.ranges import choose, throughout, up_to

CHOSEN = choice * sample_unit(i)  # C s_i
UNITS = ForAll(i, SAMPLES, Eq(transpose(sample_unit(i)) * sample_unit(i), 1, evaluate=False))
ORTHOGONAL = ForAll(
    i, SAMPLES, ForAll(node_h, And(node_h >= 1, node_h <= i - 1), Eq(transpose(sample_unit(node_h)) * sample_unit(i), 0, evaluate=False))
)


def is_a_class(vector: Expr) -> Exists:
    """The vector is e_p for a class p."""
    return Exists(row, CLASS, Eq(vector, class_vector(row), evaluate=False))


IS_A_CHOICE = ForAll(i, SAMPLES, is_a_class(CHOSEN))

# Ranges 1, ..., n that grow by one

_whole, _more = Symbol("d", integer=True), n + 1


def _up_to(last: Expr, index: Symbol) -> And:
    return And(index >= 1, index <= last)


@cache
def no_gap() -> Theorem:
    """An integer d >= 0 is 0, or at least 1."""
    claim = Or(_whole <= 0, _whole >= 1)
    step = follows(substitute(claim, {_whole: _whole + 1}), _whole >= 0, claim, because="d + 1 >= 1")
    return induction(follows(substitute(claim, {_whole: Integer(0)})), step, _whole, 0)


def _one_more(before: Theorem, last: Theorem) -> Theorem:
    """From B(i) for 1 <= i <= n, and B(n + 1): the same for 1 <= i <= n + 1."""
    index, _, body = before.then.args
    against, at_the_end = Not(body, evaluate=False), Eq(index, _more, evaluate=False)
    clash = follows(TRUTH.false, using=(rewrite(assume(against), assume(at_the_end)), last), because="B(n + 1)")
    early, late = discharge(specialize(before, index), index <= n), discharge(absurd(clash, against), at_the_end)
    gap = discharge(specialize(no_gap(), index - n), index - n >= 0)
    ranges = _up_to(_more, index)
    return throughout(follows(body, *ranges.args, using=(early, late, gap), because="early, or the last"), index, ranges)


def _namely(value: Expr, some: Exists, theorem: Theorem, *given: Boolean) -> Theorem:
    """There is one, because it is true of that one."""
    variable, condition, body = some.args
    there = And(substitute(condition, {variable: value}), theorem.then)
    return exhibit(follows(there, *given, using=(theorem,), because="which is one of them"), variable, value, condition, body)


# The largest of k numbers


def _none_above(number: Expr, last: Expr) -> ForAll:
    return ForAll(j, _up_to(last, j), logit(j) <= number)


def largest(last: Expr = k) -> Exists:
    """One of z_1, ..., z_n is at least as large as each of them."""
    return Exists(unit_q, _up_to(last, unit_q), _none_above(logit(unit_q), last))


@cache
def one_is_the_largest() -> Theorem:
    """For k >= 1: by induction, the largest so far or the next one."""
    own, other = logit(unit_q), logit(_more)
    longer = _one_more(assume(_none_above(t, n)), assume(other <= t))
    nothing = throughout(follows(logit(j) <= logit(1), j >= 1, j <= 0, because="there is none"), j, _up_to(Integer(0), j))
    start = _namely(Integer(1), largest(Integer(1)), cut(instance(longer, {n: Integer(0), t: logit(1)}), nothing))
    before = specialize(assume(_none_above(own, n)), j)
    smaller = throughout(follows(logit(j) <= other, own < other, using=(before,)), j, _up_to(n, j))
    kept = _namely(unit_q, largest(_more), instance(longer, {t: own}), unit_q >= 1, unit_q <= n)
    new = _namely(_more, largest(_more), cut(instance(longer, {t: other}), smaller), n >= 1)
    both = discharge(kept, other <= own), discharge(new, own < other)
    step = choose(assume(largest(n)), follows(largest(_more), using=both, because="whichever is larger"))
    return specialize(up_to(start, step, largest(n), index=n, first=Integer(1), last=k), k)


# The best class of each of m samples


def reach(c: Expr) -> Expr:
    """<e_c, S x_i>: how far the class c goes along S."""
    return inner(class_vector(c), heading * x(i))


FARTHEST = ForAll(j, CLASSES, reach(j) <= reach(row))
IS_CHOSEN = Eq(CHOSEN, class_vector(row), evaluate=False)
BEST = Exists(row, CLASS, And(IS_CHOSEN, FARTHEST))


def best_choice(last: Expr = m) -> Exists:
    """A matrix C such that each C s_i is the vector of a class which goes farthest along S, for the samples up to the last."""
    return Exists(choice, True, ForAll(i, _up_to(last, i), BEST))


@cache
def there_is_a_best_choice() -> Theorem:
    """By induction: C - C s s' + e_q s' has the next sample's best class q where s is, and C's classes elsewhere."""
    mark, winner = sample_unit(_more), class_vector(unit_q)
    longer, so_far = choice - choice * mark * transpose(mark) + winner * transpose(mark), _up_to(n, i)
    put_in = equal_words(longer * mark, winner, specialize(assume(UNITS), _more))
    far = assume(substitute(FARTHEST, {row: unit_q, i: _more}))
    new = _namely(unit_q, substitute(BEST, {choice: longer, i: _more}), conjunction(put_in, far), unit_q >= 1, unit_q <= k)
    apart, known = specialize(specialize(assume(ORTHOGONAL), _more), i), assume(BEST.args[2])
    still = equal_words(longer * sample_unit(i), class_vector(row), transposed(apart), part(known, IS_CHOSEN))
    still = _namely(row, substitute(BEST, {choice: longer}), conjunction(still, part(known, FARTHEST)), *CLASS.args)
    kept = throughout(choose(specialize(assume(ForAll(i, so_far, BEST)), i), still), i, so_far)
    step = exhibit(_one_more(kept, new), choice, longer, *best_choice(_more).args[1:])
    step = choose(instance(one_is_the_largest(), {logit: Lambda(j, substitute(reach(j), {i: _more}))}), step)
    step = cut(choose(assume(best_choice(n)), step), follows(_more >= 1, n >= 0))
    start = throughout(follows(BEST, i >= 1, i <= 0, because="there is none"), i, _up_to(Integer(0), i))
    start = exhibit(start, choice, choice, *best_choice(Integer(0)).args[1:])
    found = specialize(up_to(start, step, best_choice(n), index=n, last=m), m)
    return conclude(found, Statement((m >= 1, k >= 1, UNITS, ORTHOGONAL), found.then))


__all__ = [
    "BEST",
    "CHOSEN",
    "FARTHEST",
    "IS_A_CHOICE",
    "IS_CHOSEN",
    "ORTHOGONAL",
    "UNITS",
    "best_choice",
    "is_a_class",
    "largest",
    "one_is_the_largest",
    "reach",
    "there_is_a_best_choice",
]
