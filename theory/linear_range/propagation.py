"""How a perturbation travels through the layers, forwards and backwards. (equations 6 and 11, and the text around them).

The operator D(l, i) = f_u(i-1) ... f_u(l) carries a perturbation of state l to state i, and the same matrix, from the right, carries
a row back from i to l. What the adjoint solution collects on its way is the sum of the rows J_u(i), each carried back.
"""

from functools import cache

from sympy import Eq, Sum

from theory.evidence import at, mutant, proves
from theory.linear_range.networks import (
    ADJOINT_8,
    DEEP,
    IDENTITY,
    LAYERS,
    ONLY_LAST,
    PROPAGATION,
    STATES,
    at_layer,
    terminal_condition,
)
from theory.linear_range.symbols import D, Dbar, Fu, I, Ju, adjoint, i, k, l, w, wbar
from theory.proof import (
    And,
    ForAll,
    Statement,
    Theorem,
    assume,
    combine_words,
    conjunction,
    equal_words,
    specialize,
    substitute,
    sum_congruence,
    weaken,
)
from theory.proof.ranges import throughout, up_to

OPERATORS = (PROPAGATION, IDENTITY)
START = And(l >= 0, l <= I)
LATER = And(i >= l, i <= I)
EARLIER = And(l >= 0, l <= i)

HOMOGENEOUS = ForAll(i, LAYERS, Eq(w(i + 1), Fu(i) * w(i)))
CARRIED = Eq(w(i), D(l, i) * w(l))
equation_6 = Statement((DEEP, *OPERATORS, HOMOGENEOUS), ForAll(l, START, ForAll(i, LATER, CARRIED)), source="ni-talnikar:equation-6")
# Two layers that do not commute, and the perturbation (1, 0)
SHEAR, TURN = [[1, 1], [0, 1]], [[0, -1], [1, 0]]
TURNED = {
    I: 2,
    Fu(0): SHEAR,
    Fu(1): TURN,
    **{D(n, n): [[1, 0], [0, 1]] for n in range(3)},
    D(0, 1): SHEAR,
    D(1, 2): TURN,
    D(0, 2): [[0, -1], [1, 1]],  # TURN * SHEAR
    w(0): [[1], [1]],
    w(1): [[2], [1]],
    w(2): [[-1], [2]],
}
MISORDERED = ForAll(i, LAYERS, ForAll(l, EARLIER, Eq(D(l, i + 1), D(l, i) * Fu(i))))
AGAINST = {**TURNED, D(0, 2): [[1, -1], [1, 0]]}  # SHEAR * TURN


@proves(
    equation_6,
    witness=at(TURNED),
    mutants=[
        mutant(equation_6.replacing({PROPAGATION: MISORDERED}), AGAINST, "the factors in the order of the layers"),
        mutant(equation_6.drop(IDENTITY), {**TURNED, D(1, 1): [[1, 0], [0, 2]]} | {D(1, 2): [[0, -2], [1, 0]]}, "starting elsewhere"),
    ],
)
def the_operators_carry_a_perturbation() -> Theorem:
    """w(i) = D(l, i) w(l) for 0 <= l <= i <= I: one more layer multiplies both sides by f_u."""
    start = equal_words(w(l), D(l, l) * w(l), at_layer(IDENTITY, l))
    step = combine_words(
        w(i + 1),
        D(l, i + 1) * w(l),
        (1, at_layer(HOMOGENEOUS, i), 1),
        (Fu(i), assume(CARRIED), 1),
        (-1, at_layer(PROPAGATION, i, l), w(l)),
        because="one more layer",
    )
    carried = up_to(start, step, CARRIED, l >= 0, l <= I, index=i, first=l, last=I)
    return throughout(carried, l, START)


# Backwards

BEFORE = And(l >= 0, l <= i - 1)
BACK = ForAll(i, STATES, ForAll(l, BEFORE, Eq(Dbar(i, l), Dbar(i, l + 1) * Fu(l))))
ADJOINT_OPERATORS = (ForAll(i, STATES, Eq(Dbar(i, i), 1)), BACK)
HOMOGENEOUS_ADJOINT = ForAll(l, And(l >= 0, l <= I - 1), Eq(wbar(l), wbar(l + 1) * Fu(l)))
SAME = And(Eq(Dbar(i, l), D(l, i)), Eq(wbar(l), wbar(i) * Dbar(i, l)))
d_equals_dbar = Statement(
    (DEEP, *OPERATORS, *ADJOINT_OPERATORS, HOMOGENEOUS_ADJOINT),
    ForAll(i, STATES, ForAll(l, EARLIER, SAME)),
    source="ni-talnikar:text-d-equals-dbar",
)
RETURNED = {
    **TURNED,
    **{Dbar(j, n): TURNED[D(n, j)] for j in range(3) for n in range(j + 1)},
    wbar(2): [[1, 2]],
    wbar(1): [[2, -1]],
    wbar(0): [[2, 1]],
}


def _says(*both: Eq) -> Statement:
    return d_equals_dbar.with_then(ForAll(i, STATES, ForAll(l, EARLIER, And(*both))))


@proves(
    d_equals_dbar,
    witness=at(RETURNED),
    mutants=[
        mutant(_says(Eq(Dbar(i, l), D(l, i)), Eq(wbar(i), wbar(l) * Dbar(i, l))), RETURNED, "the adjoint carried forwards"),
        mutant(
            d_equals_dbar.replacing({BACK: ForAll(i, STATES, ForAll(l, BEFORE, Eq(Dbar(i, l), Fu(l) * Dbar(i, l + 1))))}),
            {**RETURNED, Dbar(2, 0): [[1, -1], [1, 0]]},
            "the adjoint operator multiplied from the left",
        ),
    ],
)
def the_operators_are_the_same() -> Theorem:
    """Dbar(i, l) = D(l, i), and wbar(l) = wbar(i) Dbar(i, l): both by induction on the number of layers between."""
    both = conjunction(adjoint_operator(), _a_row_is_carried_back())
    return throughout(throughout(both, l, EARLIER), i, STATES)


@cache
def first_layer_first() -> Theorem:
    """D(l, i) = D(l+1, i) f_u(l), for 0 <= l < i <= I: the layer l, too, can be split off."""
    claim = Eq(D(l, i), D(l + 1, i) * Fu(l))
    first = at_layer(PROPAGATION, l, l)
    start = equal_words(D(l, l + 1), D(l + 1, l + 1) * Fu(l), first, at_layer(IDENTITY, l), at_layer(IDENTITY, l + 1))
    step = combine_words(
        D(l, i + 1),
        D(l + 1, i + 1) * Fu(l),
        (1, at_layer(PROPAGATION, i, l), 1),
        (-1, at_layer(PROPAGATION, i, l + 1), Fu(l)),
        (Fu(i), assume(claim), 1),
        because="one more layer on the left",
    )
    return up_to(start, step, claim, l >= 0, l <= I - 1, index=i, first=l + 1, last=I)


@cache
def adjoint_operator() -> Theorem:
    """Dbar(i, l) = D(l, i), for 0 <= l <= i <= I."""
    claim = Eq(Dbar(i, i - k), D(i - k, i))
    at_i = at_layer(ADJOINT_OPERATORS[0], i)
    start = combine_words(Dbar(i, i), D(i, i), (1, at_i, 1), (-1, at_layer(IDENTITY, i), 1))
    split = specialize(specialize(throughout(first_layer_first(), l, And(l >= 0, l <= I - 1)), i - k - 1), i)
    back = at_layer(ADJOINT_OPERATORS[1], i, i - k - 1)
    step = combine_words(
        Dbar(i, i - k - 1),
        D(i - k - 1, i),
        (1, back, 1),
        (1, assume(claim), Fu(i - k - 1)),
        (-1, split, 1),
        because="one layer further back",
    )
    return specialize(up_to(start, step, claim, i >= 0, i <= I, index=k, last=i), i - l)


def _a_row_is_carried_back() -> Theorem:
    """wbar(l) = wbar(i) Dbar(i, l), for 0 <= l <= i <= I."""
    claim = Eq(wbar(i - k), wbar(i) * Dbar(i, i - k))
    start = combine_words(wbar(i), wbar(i) * Dbar(i, i), (-wbar(i), at_layer(ADJOINT_OPERATORS[0], i), 1))
    step = combine_words(
        wbar(i - k - 1),
        wbar(i) * Dbar(i, i - k - 1),
        (1, at_layer(HOMOGENEOUS_ADJOINT, i - k - 1), 1),
        (1, assume(claim), Fu(i - k - 1)),
        (-wbar(i), at_layer(ADJOINT_OPERATORS[1], i, i - k - 1), 1),
        because="one layer further back",
    )
    return specialize(up_to(start, step, claim, i >= 0, i <= I, index=k, last=i), i - l)


# What the adjoint solution collects

COLLECTED = Sum(Ju(i) * Dbar(i, l), (i, l, I))
equation_11 = Statement(
    (DEEP, *ADJOINT_8, *OPERATORS, *ADJOINT_OPERATORS), ForAll(l, START, Eq(adjoint(l), COLLECTED)), source="ni-talnikar:equation-11"
)
ROWS = {Ju(0): [[1, 0]], Ju(1): [[0, 1]], Ju(2): [[1, 1]]}
COLLECTING = {
    **{key: value for key, value in RETURNED.items() if key.func not in (w, wbar)},
    **ROWS,
    Fu(2): [[5, 7], [0, 3]],  # of a layer that does not exist
    adjoint(3): [[0, 0]],
    adjoint(2): [[1, 1]],
    adjoint(1): [[1, 0]],
    adjoint(0): [[2, 1]],
}


def _collects(rows: Sum) -> Statement:
    return equation_11.with_then(ForAll(l, START, Eq(adjoint(l), rows)))


@proves(
    equation_11,
    witness=at(COLLECTING),
    mutants=[
        mutant(_collects(Sum(Ju(i) * Dbar(i, l), (i, l, I - 1))), COLLECTING, "without the last layer"),
        mutant(_collects(Sum(Ju(i) * Dbar(i, l), (i, l + 1, I))), COLLECTING, "without the layer itself"),
        mutant(
            equation_11.drop(ADJOINT_8[0]),
            {**COLLECTING, adjoint(3): [[1, 0]], adjoint(2): [[6, 8]], adjoint(1): [[8, -5]], adjoint(0): [[9, 3]]},
            "without the terminal condition",
        ),
    ],
)
def the_adjoint_solution_in_closed_form() -> Theorem:
    """vbar(l) is the sum of the rows J_u(i) with i >= l, each carried back to l."""
    term = weaken(equal_words(Ju(i) * Dbar(i, l), Ju(i) * D(l, i), adjoint_operator()), l >= 0)
    carried = sum_congruence(throughout(term, i, LATER))
    theorem = combine_words(adjoint(l), COLLECTED, (1, collected_rows(), 1), (-1, carried, 1), because="with Dbar = D")
    return throughout(theorem, l, START)


@cache
def collected_rows() -> Theorem:
    """vbar(l) = sum over i >= l of J_u(i) D(l, i): what is left beyond the layer k is (vbar(k) - J_u(k)) D(l, k)."""
    total = Sum(Ju(i) * D(l, i), (i, l, k))
    claim = Eq(adjoint(l), total + (adjoint(k) - Ju(k)) * D(l, k))
    start = equal_words(*substitute(claim, {k: l}).args, at_layer(IDENTITY, l))
    step = combine_words(
        *substitute(claim, {k: k + 1}).args,
        (1, assume(claim), 1),
        (1, at_layer(ADJOINT_8[1], k), D(l, k)),
        (-adjoint(k + 1), at_layer(PROPAGATION, k, l), 1),
        because="one row more",
    )
    whole = specialize(up_to(start, step, claim, l >= 0, index=k, first=l, last=I), I)
    return combine_words(adjoint(l), substitute(total, {k: I}), (1, whole, 1), (1, terminal_condition(), D(l, I)))


# The common form of the objective

BACKPROPAGATED = ForAll(l, START, Eq(adjoint(l), Ju(I) * D(l, I)))
common_objective = Statement((DEEP, *ADJOINT_8, ONLY_LAST, *OPERATORS), BACKPROPAGATED, source="ni-talnikar:text-common-objective")
OF_THE_LAST = {
    **{key: value for key, value in COLLECTING.items() if key.func is not Dbar},
    Ju(0): [[0, 0]],
    Ju(1): [[0, 0]],
    adjoint(1): [[1, -1]],
    adjoint(0): [[1, 0]],
}


@proves(
    common_objective,
    witness=at(OF_THE_LAST),
    mutants=[
        mutant(
            common_objective.with_then(ForAll(l, START, Eq(adjoint(l), Ju(I) * D(l, I) * Fu(l)))), OF_THE_LAST, "one factor f_u too many"
        ),
        mutant(
            common_objective.drop(ONLY_LAST),
            {key: COLLECTING[key] for key in OF_THE_LAST},
            "an objective of all layers",
        ),
    ],
)
def backpropagation() -> Theorem:
    """vbar(l) = J_u(I) D(l, I), for J = J_I(u_I) and 0 <= l <= I: the row J_u(I) is carried back, and nothing joins it."""
    claim = Eq(adjoint(l), adjoint(k) * D(l, k))
    start = equal_words(*substitute(claim, {k: l}).args, at_layer(IDENTITY, l))
    step = combine_words(
        *substitute(claim, {k: k + 1}).args,
        (1, assume(claim), 1),
        (1, at_layer(ADJOINT_8[1], k), D(l, k)),
        (1, at_layer(ONLY_LAST, k), D(l, k)),
        (-adjoint(k + 1), at_layer(PROPAGATION, k, l), 1),
        because="J_u(k) = 0",
    )
    whole = specialize(up_to(start, step, claim, l >= 0, index=k, first=l, last=I), I)
    theorem = combine_words(adjoint(l), Ju(I) * D(l, I), (1, whole, 1), (1, terminal_condition(), D(l, I)))
    return throughout(theorem, l, START)
