"""The sensitivity by adjoints: each layer is moved by its own parameters only. (Section 2.2, equations 9 and 10).

What the parameters of layer l-1 do to u_l while the state before stays is f_s sigma; the tangent solution v(l) has in addition what
comes from further back. The adjoint solution knows what every u_l does to the objective, so the direct parts are all it needs.
"""

from functools import cache

from sympy import Abs, Eq, Integer, Lambda, Ne, Sum

from theory.evidence import at, mutant, proves
from theory.linear_range.adjoints import tangent_and_adjoint_agree
from theory.linear_range.networks import (
    ADJOINT_8,
    DEEP,
    INPUT,
    LAYERS,
    NETWORK,
    ONLY_LAST,
    REST,
    SMOOTH,
    SMOOTH_OBJECTIVE,
    STATES,
    TANGENT,
    adjoint_of_every_layer,
    at_layer,
    terminal_condition,
)
from theory.linear_range.propagation import OPERATORS, backpropagation
from theory.linear_range.sums import first_term, shifted
from theory.linear_range.symbols import D, Fs, Fu, I, J, Js, Ju, S, U, adjoint, f, i, l, partial_u, psi, s, sigma, u, v, x
from theory.linear_range.tangents import OBJECTIVE, SENSITIVITY, the_sensitivity_by_tangents
from theory.proof import (
    And,
    ForAll,
    Statement,
    Theorem,
    assume,
    cite,
    combine_words,
    conjunction,
    cut,
    equal_words,
    forget_recursion,
    rewrite,
    specialize,
    sum_congruence,
)
from theory.proof.curves import Velocity
from theory.proof.ranges import throughout

MOVED_STATES = And(l >= 1, l <= I)
DIRECT = Lambda(psi, f(l - 1, u(l - 1, 0), s(l - 1) + psi * sigma(l - 1)))  # the state before u(l) stays
PARTIAL = (
    Velocity(Lambda(psi, u(0, psi)), partial_u(0)),
    ForAll(l, MOVED_STATES, Velocity(DIRECT, partial_u(l))),
)
STEERED_BY = Eq(partial_u(l), Fs(l - 1) * sigma(l - 1))
PROPAGATED = Eq(v(l), partial_u(l) + Fu(l - 1) * v(l - 1))
partial_ul = Statement(
    (DEEP, INPUT, SMOOTH, *PARTIAL, TANGENT),
    And(Eq(partial_u(0), 0), ForAll(l, MOVED_STATES, And(STEERED_BY, PROPAGATED))),
    source="ni-talnikar:text-partial-ul",
)
# f(i, U, S) = 2 U + S with sigma = 1: the direct part is 1, and v = 0, 1, 3
AFFINE = {
    I: 2,
    x: [[1]],
    f: Lambda((i, U, S), 2 * U + S),
    u: Lambda((i, psi), 2 ** Abs(i) + psi * (2 ** Abs(i) - 1)),
    s: Lambda(i, 0),
    sigma: Lambda(i, 1),
    Fu: Lambda(i, 2),
    Fs: Lambda(i, 1),
    v: Lambda(i, 2 ** Abs(i) - 1),
    partial_u: Lambda(i, 1 - 0 ** Abs(i)),
}
FASTER_BEHIND = {**AFFINE, sigma: Lambda(i, i + 1), partial_u: Lambda(i, Abs(i)), v: Lambda(i, i**2)}


def _for_every_state(claim: Eq) -> Statement:
    return partial_ul.with_then(ForAll(l, MOVED_STATES, claim))


@proves(
    partial_ul,
    witness=at(AFFINE),
    mutants=[
        mutant(_for_every_state(Eq(partial_u(l), v(l))), AFFINE, "the direct part is all of v: 1 and 3 in the second layer"),
        mutant(_for_every_state(Ne(partial_u(l), v(l))), {**AFFINE, I: 1}, "it never is: nothing comes from before layer 1"),
        mutant(_for_every_state(Eq(partial_u(l), Fs(l) * sigma(l))), FASTER_BEHIND, "the layer behind"),
    ],
)
def the_direct_part() -> Theorem:
    """D u_l = f_s sigma, and v(l) = d u_l + f_u v(l-1): the two agree where nothing comes from further back, so for l = 1."""
    both = conjunction(direct_part(), _the_rest_is_propagated())
    return conjunction(the_input_stays(), throughout(both, l, MOVED_STATES))


@cache
def the_input_stays() -> Theorem:
    """D u_0 = 0: u_0 = x for every psi."""
    input_ = Lambda(psi, u(0, psi))
    still = cut(cite("same-curve", input_, Lambda(psi, x), 0), assume(INPUT), cite("straight-line", x, 0, psi))
    return cut(cite("one-velocity", input_, partial_u(0), 0), still, assume(PARTIAL[0]))


@cache
def direct_part() -> Theorem:
    """The velocity of f(u, s + psi sigma), where u stays, is f_s sigma."""
    layer, before = Lambda((U, S), f(l - 1, U, S)), Lambda(psi, u(l - 1, 0))
    line = cite("straight-line", s(l - 1), sigma(l - 1), psi)
    chain = cite("chain-rule", layer, before, line.then.args[0], Fu(l - 1), Fs(l - 1), 0, sigma(l - 1))
    chain = cut(chain, cite("straight-line", u(l - 1, 0), 0, psi), line, at_layer(SMOOTH, l - 1))
    return cut(cite("one-velocity", DIRECT, partial_u(l), chain.then.args[1]), specialize(assume(PARTIAL[1]), l), chain)


def _the_rest_is_propagated() -> Theorem:
    return combine_words(*PROPAGATED.args, (1, at_layer(TANGENT, l - 1), 1), (-1, direct_part(), 1))


# (9): the sensitivity

BY_DIRECT_PARTS = Sum(adjoint(l) * partial_u(l) + Js(l) * sigma(l), (l, 0, I))
BY_LAYERS = Sum(adjoint(l) * Fs(l - 1) * sigma(l - 1), (l, 1, I)) + Sum(Js(l) * sigma(l), (l, 0, I))
equation_9 = Statement(
    (*NETWORK, SMOOTH_OBJECTIVE, *ADJOINT_8, *PARTIAL),
    And(Velocity(OBJECTIVE, BY_DIRECT_PARTS), Eq(BY_DIRECT_PARTS, BY_LAYERS)),
    source="ni-talnikar:equation-9",
)
# J(i, U, S) = U + S in every layer of the affine network: vbar = 7, 3, 1
SUMMED = {
    **AFFINE,
    J: Lambda((i, U, S), U + S),
    Ju: Lambda(i, 1),
    Js: Lambda(i, 1),
    adjoint: Lambda(i, 2 ** Abs(3 - i) - 1),
}


@proves(
    equation_9,
    witness=at(SUMMED),
    mutants=[
        mutant(
            equation_9.with_then(Velocity(OBJECTIVE, Sum(adjoint(l) * v(l) + Js(l) * sigma(l), (l, 0, I)))),
            SUMMED,
            "v counts the moves twice",
        ),
        mutant(equation_9.replacing({BY_LAYERS: Sum(adjoint(l) * Fs(l - 1) * sigma(l - 1), (l, 1, I))}), SUMMED, "without J_s"),
        mutant(
            equation_9.replacing({BY_DIRECT_PARTS: Sum(adjoint(l) * partial_u(l), (l, 0, I))}), SUMMED, "without J_s, in the first form"
        ),
    ],
)
def the_sensitivity_by_adjoints() -> Theorem:
    """dJ/dpsi = sum of vbar(l) f_s(l-1) sigma(l-1) + sum of J_s sigma: equations 5 and 12, for whatever tangent solution there is."""
    direct = _by_direct_parts()
    back = combine_words(BY_LAYERS, BY_DIRECT_PARTS, (-1, direct, 1))
    return conjunction(rewrite(the_sensitivity_by_layers(), back), direct)


def _by_direct_parts() -> Theorem:
    """The first sum of (9) is the second."""
    term = equal_words(adjoint(l) * partial_u(l), adjoint(l) * Fs(l - 1) * sigma(l - 1), direct_part())
    terms = ((adjoint(0), the_input_stays(), 1), (1, first_term(adjoint(l) * partial_u(l), l, Integer(0), I), 1))
    return combine_words(BY_DIRECT_PARTS, BY_LAYERS, *terms, (1, sum_congruence(throughout(term, l, MOVED_STATES)), 1))


@cache
def the_sensitivity_by_layers() -> Theorem:
    """dJ/dpsi = sum of vbar(l) f_s(l-1) sigma(l-1), l = 1, ..., I, + sum of J_s sigma; no tangent solution is left in it."""
    agree = cut(tangent_and_adjoint_agree(), terminal_condition(), adjoint_of_every_layer())
    moved = first_term(Ju(i) * v(i), i, Integer(0), I)
    later = shifted(adjoint(l) * Fs(l - 1) * sigma(l - 1), l, I)
    same = combine_words(
        SENSITIVITY, BY_LAYERS, (1, agree, 1), (1, moved, 1), (Ju(0), assume(REST), 1), (-1, later, 1), because="equation 12"
    )
    theorem = cut(rewrite(the_sensitivity_by_tangents(), same), throughout(specialize(assume(RECURSION), i + 1), i, LAYERS))
    return forget_recursion(theorem, v, RECURSION, REST)


RECURSION = ForAll(i, And(i >= 1, i <= I), Eq(v(i), Fu(i - 1) * v(i - 1) + Fs(i - 1) * sigma(i - 1)))


# (10): the gradient that backpropagation gives

NO_DIRECT_PART = ForAll(i, STATES, Eq(Js(i), 0))
BACKPROPAGATED = Ju(I) * D(l + 1, I) * Fs(l)
GRADIENT = Velocity(OBJECTIVE, Sum(BACKPROPAGATED * sigma(l), (l, 0, I - 1)))
EVERY_LAYER = And(l >= 0, l <= I - 1)
equation_10 = Statement(
    (*NETWORK, SMOOTH_OBJECTIVE, ONLY_LAST, NO_DIRECT_PART, *OPERATORS, *ADJOINT_8),
    And(GRADIENT, ForAll(l, EVERY_LAYER, Eq(BACKPROPAGATED, adjoint(l + 1) * Fs(l)))),
    source="ni-talnikar:equation-10",
)
# J(i, U, S) = 0, 0, U in the layers of the affine network
OF_THE_LAST = {
    **AFFINE,
    J: Lambda((i, U, S), (i**2 - i) * U / 2),
    Ju: Lambda(i, (i**2 - i) / 2),
    Js: Lambda(i, 0),
    D: Lambda((l, i), 2 ** Abs(i - l)),
    adjoint: Lambda(i, 4 - 2 * i + i * (i - 1) / 2 - i * (i - 1) * (i - 2) / 6),  # 4, 2, 1, 0
}


@proves(
    equation_10,
    witness=at(OF_THE_LAST),
    mutants=[
        mutant(
            equation_10.with_then(ForAll(l, EVERY_LAYER, Eq(BACKPROPAGATED, adjoint(l) * Fs(l)))),
            OF_THE_LAST,
            "the adjoint of the layer itself",
        ),
        mutant(
            equation_10.with_then(Velocity(OBJECTIVE, Sum(Ju(I) * D(l, I) * Fs(l) * sigma(l), (l, 0, I - 1)))),
            OF_THE_LAST,
            "one f_u too many",
        ),
    ],
)
def the_gradient_by_backpropagation() -> Theorem:
    """dJ/dpsi = sum of J_u(I) f_u(I-1) ... f_u(l+1) f_s(l) sigma(l) for every direction sigma, and these rows are vbar(l+1) f_s(l)."""
    row = equal_words(adjoint(l + 1) * Fs(l), BACKPROPAGATED, specialize(backpropagation(), l + 1))
    rows = sum_congruence(throughout(equal_words(row.then.lhs * sigma(l), row.then.rhs * sigma(l), row), l, EVERY_LAYER))
    direct = equal_words(Js(l) * sigma(l), 0, specialize(assume(NO_DIRECT_PART), l))
    none = sum_congruence(throughout(direct, l, And(l >= 0, l <= I)))
    later = shifted(adjoint(l) * Fs(l - 1) * sigma(l - 1), l, I)
    same = combine_words(BY_LAYERS, GRADIENT.args[1], (1, later, 1), (1, rows, 1), (1, none, 1))
    each = throughout(combine_words(BACKPROPAGATED, adjoint(l + 1) * Fs(l), (-1, row, 1)), l, EVERY_LAYER)
    return conjunction(rewrite(the_sensitivity_by_layers(), same), each)
