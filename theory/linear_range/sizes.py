"""Norms of states, and sums over layers: what the proofs about the nonlinear measurement are made of."""

from functools import cache

from sympy import Expr, Lambda, Le, Sum

from theory.linear_range.symbols import I, i, k, one, two
from theory.proof import And, ForAll, Theorem, assume, cut, equal_words, follows, instance, specialize, substitute
from theory.proof.norms import scaled, size, triangle
from theory.proof.ranges import throughout, up_to

LATER = And(i >= 1, i <= I)  # the layers that move


@cache
def _sums(low: int) -> Theorem:
    """From `one(i) <= two(i)` for all low <= i <= I: the same for the sums, by induction on the number of layers."""
    sides = one(i), two(i)
    each = assume(ForAll(i, And(i >= low, i <= I), one(i) <= two(i)))
    claim = Sum(one(i), (i, low, k)) <= Sum(two(i), (i, low, k))
    first = [equal_words(Sum(side, (i, low, low)), substitute(side, {i: low})) for side in sides]
    start = follows(substitute(claim, {k: low}), using=(specialize(each, low), *first), because="one layer")
    more = [equal_words(Sum(side, (i, low, k + 1)), Sum(side, (i, low, k)) + substitute(side, {i: k + 1})) for side in sides]
    step = follows(substitute(claim, {k: k + 1}), claim, using=(specialize(each, k + 1), *more), because="one layer more")
    return specialize(up_to(start, step, claim, index=k, last=I, first=low), I)


def compared_sums(each: Theorem, low: int = 1, last: Expr = I) -> Theorem:
    """From `x(i) <= y(i)`, or `y(i) >= x(i)`, for all low <= i <= n: the sum of all x(i) is at most that of all y(i)."""
    relation = each.then.args[2]
    less, more = relation.args if isinstance(relation, Le) else reversed(relation.args)
    if not isinstance(relation, Le):
        each = throughout(follows(Le(less, more), using=(specialize(each, i),)), i, And(i >= low, i <= last))
    return cut(instance(_sums(low), {one: Lambda(i, less), two: Lambda(i, more), I: last}), each)


__all__ = ["LATER", "compared_sums", "scaled", "size", "triangle"]
