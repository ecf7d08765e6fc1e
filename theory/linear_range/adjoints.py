"""The adjoint solution, its closed form, and its equivalence with the tangent solution. (equations 8 to 12)."""

from functools import cache

from sympy import Eq, Sum

from theory.evidence import at, mutant, proves
from theory.linear_range.networks import (
    ADJOINT,
    ADJOINT_8,
    DEEP,
    REST,
    TANGENT,
    TERMINAL,
    adjoint_of_every_layer,
    at_layer,
    terminal_condition,
)
from theory.linear_range.propagation import ADJOINT_OPERATORS, COLLECTING, OPERATORS, adjoint_operator, the_adjoint_solution_in_closed_form
from theory.linear_range.symbols import D, Dbar, Fs, I, Js, Ju, adjoint, i, l, sigma, v
from theory.linear_range.tangents import the_tangent_solution_in_closed_form
from theory.proof import (
    And,
    Statement,
    Theorem,
    assume,
    combine_words,
    conjunction,
    cut,
    equal_words,
    specialize,
    substitute,
    sum_congruence,
)
from theory.proof.ranges import throughout, up_to

STEERED = Sum(Js(i) * sigma(i), (i, 0, I))  # what the parameters change in the objective directly
_FRESH = Dbar(i, l + 1) * Fs(l) * sigma(l)  # what layer l adds, carried on to layer i
BY_TANGENT = Sum(Ju(i) * v(i), (i, 1, I)) + STEERED
BY_ENDS = Sum(Sum(Ju(i) * _FRESH, (l, 0, i - 1)), (i, 1, I)) + STEERED
BY_STARTS = Sum(Sum(Ju(i) * Dbar(i, l + 1), (i, l + 1, I)) * Fs(l) * sigma(l), (l, 0, I - 1)) + STEERED
BY_ADJOINT = Sum(adjoint(l + 1) * Fs(l) * sigma(l), (l, 0, I - 1)) + STEERED


def _chain(*forms: Sum) -> And:
    return And(*(Eq(a, b) for a, b in zip(forms, forms[1:], strict=False)))


equation_12 = Statement(
    (DEEP, REST, TANGENT, *ADJOINT_8, *OPERATORS, *ADJOINT_OPERATORS),
    _chain(BY_TANGENT, BY_ENDS, BY_STARTS, BY_ADJOINT),
    source="ni-talnikar:equation-12",
)
# Two layers that do not commute, with two neurons each and one parameter: v = (0, 0), (2, 0), (0, 5)
BOTH_WAYS = {
    **COLLECTING,
    Fs(0): [[1], [0]],
    Fs(1): [[0], [1]],
    **{sigma(n): [[value]] for n, value in enumerate((2, 3, 1))},
    **{Js(n): [[n + 1]] for n in range(3)},
    **{v(n): value for n, value in enumerate(([[0], [0]], [[2], [0]], [[0], [5]]))},
}
MOVED_INPUT = {**BOTH_WAYS, v(0): [[1], [0]], v(1): [[3], [0]], v(2): [[0], [6]]}
NOT_AT_REST = {**BOTH_WAYS, adjoint(3): [[1, 0]], adjoint(2): [[6, 8]], adjoint(1): [[8, -5]], adjoint(0): [[9, 3]]}


def _with(change: Sum) -> Statement:
    return equation_12.with_then(Eq(BY_TANGENT, change + STEERED))


@proves(
    equation_12,
    witness=at(BOTH_WAYS),
    mutants=[
        mutant(_with(Sum(adjoint(l) * Fs(l) * sigma(l), (l, 0, I - 1))), BOTH_WAYS, "the adjoint of the layer before"),
        mutant(_with(Sum(adjoint(l + 1) * Fs(l) * sigma(l), (l, 1, I - 1))), BOTH_WAYS, "without layer 0"),
        mutant(_with(Sum(Sum(Ju(i) * Dbar(i, l) * Fs(l) * sigma(l), (l, 0, i - 1)), (i, 1, I))), BOTH_WAYS, "carried on from layer l"),
        mutant(equation_12.drop(ADJOINT_8[0]), NOT_AT_REST, "without the terminal condition"),
        mutant(equation_12.drop(REST), MOVED_INPUT, "with a moved input"),
    ],
)
def the_double_sum_in_both_orders() -> Theorem:
    """The sum of J_u(i) Dbar(i, l+1) f_s(l) sigma(l) over l < i: by its ends i that of J_u v, by its starts l that of vbar f_s sigma."""
    ends, starts = _by_ends(), _by_starts()
    whole = cut(tangent_and_adjoint_agree(), terminal_condition(), adjoint_of_every_layer())
    return conjunction(
        combine_words(BY_TANGENT, BY_ENDS, (1, ends, 1)),
        combine_words(BY_ENDS, BY_STARTS, (-1, ends, 1), (1, whole, 1), (1, starts, 1), because="both are the sensitivity"),
        combine_words(BY_STARTS, BY_ADJOINT, (-1, starts, 1)),
    )


def _by_ends() -> Theorem:
    """Sum of J_u(i) v(i), with (7) in place of v(i)."""
    before = And(l >= 0, l <= i - 1)
    operator = specialize(throughout(throughout(adjoint_operator(), l, And(l >= 0, l <= i)), i, And(i >= 0, i <= I)), i)
    fresh = equal_words(Ju(i) * D(l + 1, i) * Fs(l) * sigma(l), Ju(i) * _FRESH, specialize(operator, l + 1))
    same = sum_congruence(throughout(fresh, l, before))
    closed = specialize(the_tangent_solution_in_closed_form(), i)
    term = combine_words(Ju(i) * v(i), same.then.rhs, (Ju(i), closed, 1), (1, same, 1))
    return sum_congruence(throughout(term, i, And(i >= 1, i <= I)))


def _by_starts() -> Theorem:
    """Sum of vbar(l+1) f_s(l) sigma(l), with (11) in place of vbar(l+1)."""
    closed = specialize(the_adjoint_solution_in_closed_form(), l + 1)
    steered = Fs(l) * sigma(l)
    term = combine_words(adjoint(l + 1) * steered, closed.then.rhs * steered, (1, closed, steered))
    return sum_congruence(throughout(term, l, And(l >= 0, l <= I - 1)))


@cache
def tangent_and_adjoint_agree() -> Theorem:
    """Sum of J_u v = sum of vbar f_s sigma: each layer moves one term from the left to the right, and the sums telescope."""
    claim = Eq(
        Sum(Ju(i) * v(i), (i, 1, l + 1)) + (adjoint(l + 1) - Ju(l + 1)) * v(l + 1), Sum(adjoint(i + 1) * Fs(i) * sigma(i), (i, 0, l))
    )
    start = combine_words(*substitute(claim, {l: 0}).args, (adjoint(1), at_layer(TANGENT, 0), 1), modulo=(assume(REST),))
    step = combine_words(
        *substitute(claim, {l: l + 1}).args,
        (1, assume(claim), 1),
        (adjoint(l + 2), at_layer(TANGENT, l + 1), 1),
        (-1, at_layer(ADJOINT, l + 1), v(l + 1)),
        because="one layer: vbar(l+1) v(l+1) = (vbar(l) - J_u(l)) v(l) + vbar(l+1) f_s sigma",
    )
    whole = specialize(up_to(start, step, claim, index=l, last=I - 1), I - 1)
    return combine_words(BY_TANGENT, BY_ADJOINT, (1, whole, 1), (-1, assume(TERMINAL), v(I)), because="at the last layer vbar = J_u")
