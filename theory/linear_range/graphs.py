"""Tangent and adjoint agree on every directed acyclic graph of layers. (Beyond the paper: equation 12 for the networks of equation 17).

A(i, j) is the derivative of the layer i in the state j; where the graph has no edge it is 0. Then v(i+1) collects A(i, j) v(j) from all
j <= i, and vbar(l) collects vbar(i+1) A(i, l) from all i >= l. Each edge is counted once on either side.
"""

from sympy import Abs, Eq, Expr, Integer, Lambda, Sum

from theory.evidence import at, extends, mutant
from theory.linear_range.networks import DEEP, LAYERS, REST, at_layer
from theory.linear_range.sums import last_term
from theory.linear_range.symbols import A, I, Ju, adjoint, b, collected, i, j, k, l, v
from theory.proof import (
    And,
    ForAll,
    Statement,
    Theorem,
    assume,
    combine_words,
    cut,
    equal_words,
    instance,
    specialize,
    substitute,
    sum_congruence,
)
from theory.proof.ranges import throughout, up_to

TANGENT = ForAll(i, LAYERS, Eq(v(i + 1), Sum(A(i, j) * v(j), (j, 0, i)) + b(i)))


def _handed_back(last: Expr) -> Sum:
    """What the layers j, ..., last give to the adjoint of the state j."""
    return Sum(adjoint(i + 1) * A(i, j), (i, j, last))


ADJOINT = ForAll(j, And(j >= 0, j <= I), Eq(adjoint(j), Ju(j) + _handed_back(I - 1)))
BY_TANGENT = Sum(Ju(j) * v(j), (j, 0, I))
BY_ADJOINT = Sum(adjoint(l + 1) * b(l), (l, 0, I - 1))
any_graph = Statement((DEEP, REST, TANGENT, ADJOINT), Eq(BY_TANGENT, BY_ADJOINT))
# All edges 1, two layers: v = 0, 1, 2 and vbar = 4, 2, 1
COMPLETE = {
    I: 2,
    A: Lambda((i, j), 1),
    b: Lambda(i, 1),
    Ju: Lambda(i, 1),
    v: Lambda(i, Abs(i)),
    adjoint: Lambda(i, 2 ** Abs(2 - i)),
}


@extends(
    "ni-talnikar:equation-17",
    any_graph,
    witness=at(COMPLETE),
    mutants=[
        mutant(any_graph.with_then(Eq(BY_TANGENT, Sum(adjoint(l) * b(l), (l, 0, I - 1)))), COMPLETE, "the adjoint of the state before"),
        mutant(any_graph.drop(REST), {**COMPLETE, v: Lambda(i, 2 ** Abs(i))}, "with a moved input"),
    ],
)
def tangent_and_adjoint_agree_on_graphs() -> Theorem:
    """Sum of J_u(j) v(j) = sum of vbar(l+1) b(l): a double sum over the edges, in the order of their ends and of their starts."""
    agree = instance(_with_names(), {collected: Lambda((k, j), _handed_back(k - 1))})
    longer = last_term(adjoint(i + 1) * A(i, j), i, j, k)
    none = throughout(equal_words(_handed_back(j - 1), 0, because="no edges yet"), j, STATES_J)
    return cut(agree, throughout(throughout(longer, j, UP_TO_K), k, LAYERS_K), none)


STATES_J, UP_TO_K, LAYERS_K = And(j >= 0, j <= I), And(j >= 0, j <= k), And(k >= 0, k <= I - 1)
NOTHING_YET = ForAll(j, STATES_J, Eq(collected(j, j), 0))
ONE_MORE = ForAll(k, LAYERS_K, ForAll(j, UP_TO_K, Eq(collected(k + 1, j), collected(k, j) + adjoint(k + 1) * A(k, j))))
ALL = ForAll(j, STATES_J, Eq(adjoint(j), Ju(j) + collected(I, j)))


def _with_names() -> Theorem:
    """The same with a name for the inner sums: the adjoints, less what they have been handed back, make up for the layers so far."""
    claim = Eq(Sum((adjoint(j) - collected(k, j)) * v(j), (j, 0, k)), Sum(adjoint(l + 1) * b(l), (l, 0, k - 1)))
    start = combine_words(
        *(substitute(side, {k: 0}) for side in claim.args),
        (adjoint(0) - collected(0, 0), assume(REST), 1),
        because="the input does not move",
    )
    handed = throughout(specialize(specialize(assume(ONE_MORE), k), j), j, UP_TO_K)
    terms = equal_words(collected(k + 1, j) * v(j), (collected(k, j) + adjoint(k + 1) * A(k, j)) * v(j), specialize(handed, j))
    step = combine_words(
        *substitute(claim, {k: k + 1}).args,
        (1, assume(claim), 1),
        (-1, sum_congruence(throughout(terms, j, UP_TO_K)), 1),
        (adjoint(k + 1), at_layer(TANGENT, k), 1),
        (-1, specialize(assume(NOTHING_YET), k + 1), v(k + 1)),
        (-1, last_term(adjoint(l + 1) * b(l), l, Integer(0), k), 1),
        because="the edges into one more state",
    )
    whole = specialize(up_to(start, step, claim, index=k, last=I), I)
    done = combine_words((adjoint(j) - collected(I, j)) * v(j), Ju(j) * v(j), (1, specialize(assume(ALL), j), v(j)))
    return combine_words(BY_TANGENT, BY_ADJOINT, (1, whole, 1), (-1, sum_congruence(throughout(done, j, STATES_J)), 1))
