"""Products of layers of arbitrary depth and widths: P(j) = W(j) ... W(1), Q(j) = W(L) ... W(j), and their derivative. (section 2).

Both are defined by recursion, so every identity here is one step and an induction: it holds for all depths and shapes.
"""

from functools import cache

from sympy import Eq, Expr, Lambda, Sum, Symbol

from theory.proof import (
    And,
    ForAll,
    Theorem,
    assume,
    equal_words,
    specialize,
)
from theory.proof.logic import Boolean
from theory.proof.ranges import bounded_induction
from theory.step_bounds.symbols import C, D, G, L, P, Q, W, j, k

LAYERS = And(j >= 1, j <= L)
DEEP = L >= 1
PREFIX = ForAll(j, LAYERS, Eq(P(j), W(j) * P(j - 1)))  # P(j) = W(j) ... W(1)
SUFFIX = ForAll(j, LAYERS, Eq(Q(j), Q(j + 1) * W(j)))  # Q(j) = W(L) ... W(j)
FIRST, LAST = Eq(P(0), 1), Eq(Q(L + 1), 1)
PRODUCTS = (DEEP, PREFIX, FIRST, SUFFIX, LAST)
DERIVATIVE = ForAll(j, LAYERS, Eq(C(j), W(j) * C(j - 1) + D(j) * P(j - 1)))  # the product rule
STILL = Eq(C(0), 0)
SECOND = (ForAll(j, LAYERS, Eq(G(j), W(j) * G(j - 1) + D(j) * C(j - 1))), Eq(G(0), 0))  # its second derivative, halved
WEIGHTS = Lambda(j, W(j))


def at_layer(definition: Boolean, layer: Expr) -> Theorem:
    """A definition for all layers, at one of them; its range becomes two hypotheses."""
    return specialize(assume(definition), layer)


def for_every_layer(start: Theorem, step: Theorem, claim: Boolean, *where: Boolean, index: Symbol = k, last: Expr = L) -> Theorem:
    """From A(0) and from k + 1 <= L, k >= 0, A(k) |- A(k + 1): for all 0 <= k <= L, A(k); likewise for another index and end."""
    return bounded_induction(start, step, claim, *where, index=index, last=last)


@cache
def product_splits_at_any_layer() -> Theorem:
    """For all 0 <= k <= L: W(L) ... W(k+1) W(k) ... W(1) is the whole product P(L)."""
    claim = Eq(Q(k + 1) * P(k), Q(1))
    start = equal_words(Q(1) * P(0), Q(1), assume(FIRST))
    here = assume(claim)
    step = equal_words(
        Q(k + 2) * P(k + 1),
        Q(1),
        at_layer(PREFIX, k + 1),
        _backwards(at_layer(SUFFIX, k + 1)),
        here,
        because="move one layer from the left factor to the right one",
    )
    return for_every_layer(start, step, claim)


def _backwards(equation: Theorem) -> Theorem:
    """B = a from a = b."""
    return equal_words(equation.then.rhs, equation.then.lhs, equation)


@cache
def product_rule() -> Theorem:
    """For all 0 <= k <= L: Q(k+1) C(k) = sum over j <= k of Q(j+1) D(j) P(j-1)."""
    claim = Eq(Q(k + 1) * C(k), Sum(Q(j + 1) * D(j) * P(j - 1), (j, 1, k)))
    start = equal_words(Q(1) * C(0), Sum(Q(j + 1) * D(j) * P(j - 1), (j, 1, 0)), assume(STILL), because="an empty sum")
    step = equal_words(
        Q(k + 2) * C(k + 1),
        Sum(Q(j + 1) * D(j) * P(j - 1), (j, 1, k + 1)),
        at_layer(DERIVATIVE, k + 1),
        _backwards(at_layer(SUFFIX, k + 1)),
        assume(claim),
        because="the product rule in layer k + 1; the sum gains its last term",
    )
    return for_every_layer(start, step, claim)
