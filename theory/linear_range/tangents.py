"""The tangent solution is the derivative of the states in the step, and its closed form. (equations 3 to 7)."""

from functools import cache

from sympy import Abs, Eq, Lambda, Sum

from theory.evidence import at, mutant, proves
from theory.linear_range.networks import (
    DEEP,
    FORWARD,
    IDENTITY,
    INPUT,
    LAYERS,
    NETWORK,
    PROPAGATION,
    REST,
    SMOOTH,
    SMOOTH_OBJECTIVE,
    STATES,
    TANGENT,
    at_layer,
)
from theory.linear_range.symbols import D, Fs, Fu, I, J, Js, Ju, S, U, f, i, l, psi, s, sigma, u, v, x
from theory.proof import (
    And,
    ForAll,
    Implies,
    Statement,
    Theorem,
    assume,
    cite,
    combine_words,
    conjunction,
    cut,
    discharge,
    equal_words,
    rewrite,
    specialize,
    sum_congruence,
)
from theory.proof.curves import Velocity
from theory.proof.ranges import throughout, up_to

STATE = Lambda(psi, u(i, psi))
MOVED = ForAll(i, STATES, Velocity(STATE, v(i)))  # v(i) is the derivative of u(i) in psi at psi = 0


def _curve(layer: object) -> Lambda:
    return Lambda(psi, u(layer, psi))


@cache
def one_layer() -> Theorem:
    """If u(i) has the velocity v(i), then u(i+1) has the velocity f_u v(i) + f_s sigma(i): the chain rule in layer i."""
    layer = Lambda((U, S), f(i, U, S))
    parameters = Lambda(psi, s(i) + psi * sigma(i))
    line = cite("straight-line", s(i), sigma(i), psi)
    chain = cut(cite("chain-rule", layer, _curve(i), parameters, Fu(i), Fs(i), v(i), sigma(i)), line)
    chain = cut(chain, at_layer(SMOOTH, i))
    image = Lambda(psi, f(i, u(i, psi), s(i) + psi * sigma(i)))
    same = cite("same-curve", _curve(i + 1), image, chain.then.args[1])
    return cut(same, at_layer(FORWARD, i), chain)


@cache
def the_solution_moves_the_states() -> Theorem:
    """If v solves (3), then v(i) is the velocity of u(i), for all 0 <= i <= I."""
    return up_to(_input_rests(), _with_the_solution(), Velocity(_curve(i), v(i)), index=i, last=I)


def _input_rests() -> Theorem:
    """The input does not move: u(0) has the velocity v(0) = 0."""
    still = rewrite(cite("straight-line", x, 0, psi), equal_words(0, v(0), assume(REST)))
    return cut(cite("same-curve", _curve(0), Lambda(psi, x), v(0)), assume(INPUT), still)


def _with_the_solution() -> Theorem:
    there = one_layer()
    return rewrite(there, equal_words(there.then.args[1], v(i + 1), at_layer(TANGENT, i), because="equation 3"))


@cache
def the_velocities_solve() -> Theorem:
    """If v(i) is the velocity of u(i) for all i, then v(0) = 0 and v(i+1) = f_u v(i) + f_s sigma(i): a curve has one velocity."""
    still = cut(cite("same-curve", _curve(0), Lambda(psi, x), 0), assume(INPUT), cite("straight-line", x, 0, psi))
    rest = cut(cite("one-velocity", _curve(0), v(0), 0), still, specialize(assume(MOVED), 0))
    there = cut(one_layer(), specialize(assume(MOVED), i))
    next_ = cut(cite("one-velocity", _curve(i + 1), v(i + 1), there.then.args[1]), there, specialize(assume(MOVED), i + 1))
    return conjunction(rest, throughout(next_, i, LAYERS))


equation_3 = Statement(
    NETWORK,
    And(Implies(And(REST, TANGENT), MOVED), Implies(MOVED, And(REST, TANGENT))),
    source="ni-talnikar:equation-3",
)

# f(i, U, S) = S U, a scalar deep linear network: u(i) = (1 + 2 psi)^i, v(i) = 2 i
LINEAR = {
    I: 3,
    x: [[1]],
    f: Lambda((i, U, S), S * U),
    u: Lambda((i, psi), (1 + 2 * psi) ** Abs(i)),
    s: Lambda(i, 1),
    sigma: Lambda(i, 2),
    Fu: Lambda(i, 1),
    Fs: Lambda(i, 1),
    v: Lambda(i, 2 * i),
}


@proves(
    equation_3,
    witness=at(LINEAR),
    mutants=[
        mutant(equation_3.replacing({v(0): v(1)}), LINEAR, "starting at layer 1"),
        mutant(equation_3.replacing({TANGENT: ForAll(i, LAYERS, Eq(v(i + 1), Fu(i) * v(i)))}), LINEAR, "without the parameters"),
        mutant(equation_3.drop(SMOOTH), {**LINEAR, Fu: Lambda(i, 2)}, "with other Jacobians"),
    ],
)
def the_tangent_solution_is_the_derivative() -> Theorem:
    """The states of the moved network are differentiable in psi at 0, and their derivatives are the solution of (3), its only one."""
    forth = discharge(the_solution_moves_the_states(), REST, TANGENT)
    back = discharge(the_velocities_solve(), MOVED)
    return conjunction(forth, back)


FRESH = Lambda((l, i), D(l + 1, i) * Fs(l) * sigma(l))  # what layer l adds, carried on to layer i
DUHAMEL = Eq(v(i), Sum(FRESH(l, i), (l, 0, i - 1)))
OPERATORS = (PROPAGATION, IDENTITY)
LATER = And(i >= 1, i <= I)
equation_7 = Statement((DEEP, REST, TANGENT, *OPERATORS), ForAll(i, LATER, DUHAMEL), source="ni-talnikar:equation-7")
DOUBLING = {
    I: 2,
    Fu: Lambda(i, 2),
    Fs: Lambda(i, 1),
    sigma: Lambda(i, 1),
    v: Lambda(i, 2 ** Abs(i) - 1),
    D: Lambda((l, i), 2 ** Abs(i - l)),
}


def _closed_form(of: Sum) -> Statement:
    return equation_7.with_then(ForAll(i, LATER, Eq(v(i), of)))


@proves(
    equation_7,
    witness=at(DOUBLING),
    mutants=[
        mutant(_closed_form(Sum(D(l, i) * Fs(l) * sigma(l), (l, 0, i - 1))), DOUBLING, "carried on from layer l"),
        mutant(_closed_form(Sum(FRESH(l, i), (l, 1, i - 1))), DOUBLING, "without layer 0"),
        mutant(equation_7.drop(REST), {**DOUBLING, v: Lambda(i, 2 ** Abs(i + 1) - 1)}, "with a moved input"),
    ],
)
def the_tangent_solution_in_closed_form() -> Theorem:
    """v(i) = sum over l < i of D(l+1, i) f_s(l) sigma(l), for 1 <= i <= I: one more layer multiplies every term by f_u."""
    claim = Eq(v(i + 1), Sum(FRESH(l, i + 1), (l, 0, i)))
    start = equal_words(v(1), Sum(FRESH(l, 1), (l, 0, 0)), at_layer(TANGENT, 0), assume(REST), at_layer(IDENTITY, 1))
    carried = equal_words(FRESH(l, i + 2), Fu(i + 1) * FRESH(l, i + 1), at_layer(PROPAGATION, i + 1, l + 1))
    others = sum_congruence(throughout(carried, l, And(l >= 0, l <= i)))
    step = combine_words(
        v(i + 2),
        Sum(FRESH(l, i + 2), (l, 0, i + 1)),
        (1, at_layer(TANGENT, i + 1), 1),
        (Fu(i + 1), assume(claim), 1),
        (-1, others, 1),
        (-1, at_layer(IDENTITY, i + 2), Fs(i + 1) * sigma(i + 1)),
        because="one more layer multiplies every term by f_u and adds its own",
    )
    return throughout(specialize(up_to(start, step, claim, index=i, last=I - 1), i - 1), i, LATER)


# The objective moves with the states and the parameters

OBJECTIVE = Lambda(psi, Sum(J(i, u(i, psi), s(i) + psi * sigma(i)), (i, 0, I)))
SENSITIVITY = Sum(Ju(i) * v(i) + Js(i) * sigma(i), (i, 0, I))
equation_5 = Statement((*NETWORK, REST, TANGENT, SMOOTH_OBJECTIVE), Velocity(OBJECTIVE, SENSITIVITY), source="ni-talnikar:equation-5")
# J(i, U, S) = U + S in every layer
ADDED = {**LINEAR, J: Lambda((i, U, S), U + S), Ju: Lambda(i, 1), Js: Lambda(i, 1)}


@proves(
    equation_5,
    witness=at(ADDED),
    mutants=[
        mutant(equation_5.replacing({SENSITIVITY: Sum(Ju(i) * v(i), (i, 0, I))}), ADDED, "without the parameters of the objective"),
        mutant(equation_5.replacing({SENSITIVITY: 2 * SENSITIVITY}), ADDED, "twice as fast"),
        mutant(equation_5.drop(REST, TANGENT), {**ADDED, v: Lambda(i, 1)}, "for another v"),
    ],
)
def the_sensitivity_by_tangents() -> Theorem:
    """dJ/dpsi = sum of J_u v + J_s sigma: the chain rule in every term of the objective."""
    part_ = Lambda((U, S), J(i, U, S))
    steered = Lambda(psi, s(i) + psi * sigma(i))
    chain = cut(cite("chain-rule", part_, _curve(i), steered, Ju(i), Js(i), v(i), sigma(i)), cite("straight-line", s(i), sigma(i), psi))
    moved = specialize(the_solution_moves_the_states(), i)
    each = throughout(cut(chain, moved, at_layer(SMOOTH_OBJECTIVE, i)), i, STATES)
    curve = Lambda(psi, J(i, u(i, psi), s(i) + psi * sigma(i)))
    return cut(cite("velocity-of-sum", curve, each.then.args[2].args[1], i, 0, I), each)
