"""Bounds of lengths, written as |x|^2 <= a^2: of sums, of multiples, and of what an operator of bounded norm makes of a vector."""

from collections.abc import Iterable
from functools import cache

from sympy import Eq, Expr

from theory.corridors.symbols import c, lam, mu, pull, w
from theory.proof import (
    Theorem,
    assume,
    cite,
    cut,
    equal_words,
    follows,
    inner,
    instance,
    squared_norm,
)
from theory.proof.logic import Boolean


def at_most(vector: Expr, bound: Expr) -> Boolean:
    """|x| <= a, for a >= 0."""
    return squared_norm(vector) <= bound**2


@cache
def _triangle() -> Theorem:
    """|x| <= a, |y| <= b and a + b <= c give |x + y| <= c."""
    given = (at_most(w, lam), at_most(pull, mu), lam >= 0, mu >= 0, lam + mu <= c)
    square = equal_words(squared_norm(w + pull), squared_norm(w) + 2 * inner(w, pull) + squared_norm(pull))
    cross = cite("cauchy-schwarz", w, pull)
    lengths = (cite("norm-nonnegative", w), cite("norm-nonnegative", pull))
    product = follows(inner(w, pull) <= lam * mu, *given, using=(cross, *lengths), because="Cauchy-Schwarz")
    total = follows(squared_norm(w + pull) <= (lam + mu) ** 2, *given, using=(square, product))
    return follows(at_most(w + pull, c), *given, using=(total,), because="a + b <= c")


Bounded = tuple[Expr, Expr, Theorem]  # x, a, and the theorem |x|^2 <= a^2


def added(first: Bounded, second: Bounded, total: Expr, bound: Expr, ranges: Iterable[Boolean], *equations: Theorem) -> Bounded:
    """|x| <= a and |y| <= b give |total| <= c, where total = x + y by the equations, and a + b <= c.

    Args:
        first: x, a, and the theorem |x|^2 <= a^2.
        second: y, b, and the same.
        total: another word for x + y.
        bound: c.
        ranges: what shows that a and b are not negative and a + b <= c.
        equations: rewrite the total, from left to right.
    """
    (x, a, small), (y, b, other) = first, second
    both = instance(_triangle(), {w: x, pull: y, lam: a, mu: b, c: bound})
    sizes = [follows(condition, *ranges) for condition in (a >= 0, b >= 0, a + b <= bound) if condition in both.given]
    both = cut(both, small, other, *sizes)
    same = equal_words(squared_norm(total), squared_norm(x + y), *equations)
    return total, bound, follows(at_most(total, bound), using=(both, same), because="the triangle inequality")


@cache
def _multiple() -> Theorem:
    """|x| <= a gives |s x| <= s a, for s >= 0."""
    square = equal_words(squared_norm(c * w), c**2 * squared_norm(w))
    return follows(at_most(c * w, c * lam), at_most(w, lam), using=(square,), because="c^2 >= 0")


def multiplied(factor: Expr, small: Bounded) -> Bounded:
    """|x| <= a gives |s x| <= s a, for s >= 0."""
    vector, bound, theorem = small
    return factor * vector, factor * bound, cut(instance(_multiple(), {c: factor, w: vector, lam: bound}), theorem)


@cache
def _stretched() -> Theorem:
    """|y| <= m |x| and |x| <= a give |y| <= m a."""
    given = (squared_norm(pull) <= mu**2 * squared_norm(w), at_most(w, lam))
    return follows(at_most(pull, mu * lam), *given, because="m^2 >= 0")


def stretched(image: Expr, factor: Expr, lipschitz: Theorem, small: Bounded) -> Bounded:
    """|y| <= m |x| and |x| <= a give |y| <= m a."""
    vector, bound, theorem = small
    both = cut(instance(_stretched(), {pull: image, mu: factor, w: vector, lam: bound}), lipschitz, theorem)
    return image, factor * bound, both


@cache
def _squared() -> Theorem:
    """|y| <= m |x|^2 and |x| <= a give |y| <= m a^2."""
    given = (squared_norm(pull) <= mu**2 * squared_norm(w) ** 2, at_most(w, lam))
    power = follows(squared_norm(w) ** 2 <= lam**4, at_most(w, lam), using=(cite("norm-nonnegative", w),))
    return follows(at_most(pull, mu * lam**2), given[0], using=(power,), because="m^2 >= 0")


def squared(image: Expr, factor: Expr, quadratic: Theorem, small: Bounded) -> Bounded:
    """|y| <= m |x|^2 and |x| <= a give |y| <= m a^2."""
    vector, bound, theorem = small
    both = cut(instance(_squared(), {pull: image, mu: factor, w: vector, lam: bound}), quadratic, theorem)
    return image, factor * bound**2, both


@cache
def _loosened() -> Theorem:
    """|x| <= a and 0 <= a <= b give |x| <= b."""
    return follows(at_most(w, c), at_most(w, lam), lam >= 0, lam <= c)


def loosened(small: Bounded, bound: Expr, ranges: Iterable[Boolean]) -> Bounded:
    """|x| <= a gives |x| <= b, where 0 <= a <= b by the ranges."""
    vector, least, theorem = small
    more = instance(_loosened(), {w: vector, lam: least, c: bound})
    return vector, bound, cut(more, theorem, *(follows(condition, *ranges) for condition in (least >= 0, least <= bound)))


def renamed(small: Bounded, equation: Theorem) -> Bounded:
    """|x| <= a and x = y give |y| <= a."""
    vector, bound, theorem = small
    other = equation.then.args[1]
    lengths = equal_words(squared_norm(w), squared_norm(pull), assume(Eq(w, pull)))
    same = cut(instance(lengths, {w: vector, pull: other}), equation)
    return other, bound, follows(at_most(other, bound), using=(theorem, same), because="the same vector")
