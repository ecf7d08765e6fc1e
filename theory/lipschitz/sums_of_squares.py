"""The sum of n numbers and the sum of their squares: (sum x)^2 <= n sum x^2, and sum x^2 <= (sum x)^2 where no number is negative."""

from functools import cache

from sympy import Eq, Expr, Integer, Sum

from theory.lipschitz.symbols import entry, i, j, m, target
from theory.proof import And, ForAll, Theorem, assume, equal_words, follows, specialize, substitute
from theory.proof.ranges import up_to

NUMBERS = And(i >= 1, i <= m)
NONE_NEGATIVE = ForAll(i, NUMBERS, entry(i) >= 0)


def plain(last: Expr = m) -> Sum:
    """Of the numbers."""
    return Sum(entry(i), (i, 1, last))


def squared(last: Expr = m) -> Sum:
    """Of their squares."""
    return Sum(entry(i) ** 2, (i, 1, last))


@cache
def both_ways() -> Theorem:
    """By induction on n, for n >= 1."""
    return _to_the_last(And(squared(j) >= 0, plain(j) ** 2 <= j * squared(j)))


@cache
def none_negative() -> Theorem:
    """From x >= 0 for all of them."""
    return _to_the_last(And(plain(j) >= 0, squared(j) <= plain(j) ** 2), NONE_NEGATIVE)


def _to_the_last(claim: And, *given: ForAll) -> Theorem:
    at_1 = [equal_words(side(1), substitute(side(1).function, {i: 1})) for side in (plain, squared)]
    more = [equal_words(side(j + 1), side(j) + substitute(side(j).function, {i: j + 1})) for side in (plain, squared)]
    known = [specialize(assume(h), value) for h in given for value in (1, j + 1)]
    start = follows(substitute(claim, {j: 1}), m >= 1, using=(*at_1, *known[:1]), because="one number")
    step = follows(substitute(claim, {j: j + 1}), claim, j >= 1, using=(*more, *known[1:]), because="one number more")
    return specialize(up_to(start, step, claim, index=j, last=m, first=Integer(1)), m)


@cache
def equal_numbers() -> Theorem:
    """The sum of m times the number q is m q."""
    claim = Eq(Sum(target, (i, 1, j)), j * target)
    start = follows(substitute(claim, {j: 1}), using=(equal_words(Sum(target, (i, 1, 1)), target),), because="one number")
    more = equal_words(Sum(target, (i, 1, j + 1)), Sum(target, (i, 1, j)) + target)
    step = follows(substitute(claim, {j: j + 1}), claim, j >= 1, using=(more,), because="one number more")
    return specialize(up_to(start, step, claim, index=j, last=m, first=Integer(1)), m)
