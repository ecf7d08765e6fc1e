"""An objective that is multiplied by a number, or a gradient that is clipped: what changes, and what does not. (sections 3.3, 4.1).

The direction becomes m sigma. The network then passes through the same parameters at psi as it did at m psi, so a perturbation of the
parameters is within the linear range exactly if it was. But linGrad measures at a step size, psi_0 at first, and m psi_0 is elsewhere.
"""

from functools import cache

from sympy import Abs, Eq, Expr, Lambda, Ne, Rational
from sympy.functions.elementary.complexes import transpose

from theory.evidence import at, mutant, proves, refutes
from theory.linear_range.inferred_step import inferred
from theory.linear_range.measurement import CUBE, MOVES, error, measured, moves_in_step, relative
from theory.linear_range.networks import (
    ADJOINT,
    DEEP,
    FORWARD,
    INPUT,
    LAYERS,
    NETWORK,
    REST,
    TANGENT,
    TERMINAL,
    at_layer,
)
from theory.linear_range.sizes import LATER
from theory.linear_range.symbols import (
    Fs,
    Fu,
    I,
    Js,
    Ju,
    adjoint,
    adjoint_m,
    epsilon_star,
    i,
    k,
    m,
    phi_star,
    psi,
    psi_star,
    q,
    q_m,
    sigma,
    sigma_m,
    u,
    u_m,
    unit,
    v,
    v_m,
)
from theory.proof import (
    And,
    ForAll,
    Refutation,
    Statement,
    Theorem,
    assume,
    cite,
    combine_words,
    counterexample,
    cut,
    equal_words,
    follows,
    generalize,
    instance,
    rewrite,
    specialize,
    squared_norm,
    substitute,
    sum_congruence,
)
from theory.proof.ranges import throughout, up_to

# The network that moves in the direction m sigma
TWIN = {u: u_m, v: v_m, sigma: sigma_m}


def twin(formula: Expr) -> Expr:
    """The same about the network that moves in the other direction."""
    heads = {u: Lambda((i, psi), u_m(i, psi)), v: Lambda(i, v_m(i)), sigma: Lambda(i, sigma_m(i)), q: Lambda((i, psi), q_m(i, psi))}
    return substitute(formula, heads)


MULTIPLE = ForAll(i, LAYERS, Eq(sigma_m(i), m * sigma(i)))
MULTIPLIED = tuple(twin(h) for h in (INPUT, FORWARD, REST, TANGENT))
CALM = (DEEP, INPUT, FORWARD, REST, TANGENT, *MULTIPLIED)


@cache
def same_states() -> Theorem:
    """u_m(i, psi) = u(i, m psi), for all psi and 0 <= i <= I: the parameters are the same."""
    claim = ForAll(psi, True, Eq(u_m(i, psi), u(i, m * psi)))
    inputs = (1, at_layer(MULTIPLIED[0], psi), 1), (-1, at_layer(INPUT, m * psi), 1)
    start = generalize(combine_words(u_m(0, psi), u(0, m * psi), *inputs), psi)
    forward = at_layer(MULTIPLIED[1], i, psi)
    forward = rewrite(forward, specialize(assume(claim), psi), at_layer(MULTIPLE, i))
    there = at_layer(FORWARD, i, m * psi)
    back = equal_words(there.then.rhs, there.then.lhs, there)
    step = generalize(rewrite(forward, back), psi)
    return up_to(start, step, claim, index=i, last=I)


@cache
def same_tangents() -> Theorem:
    """v_m(i) = m v(i), for 0 <= i <= I."""
    claim = Eq(v_m(i), m * v(i))
    start = combine_words(v_m(0), m * v(0), (1, assume(MULTIPLIED[2]), 1), (-m, assume(REST), 1))
    step = combine_words(
        v_m(i + 1),
        m * v(i + 1),
        (1, at_layer(MULTIPLIED[3], i), 1),
        (-m, at_layer(TANGENT, i), 1),
        (Fu(i), assume(claim), 1),
        (Fs(i), at_layer(MULTIPLE, i), 1),
    )
    return up_to(start, step, claim, index=i, last=I)


@cache
def same_measurement() -> Theorem:
    """epsilon_m(psi) = epsilon(m psi): layer by layer the same errors, relative to the same tangents."""
    states, tangents = same_states(), same_tangents()
    here = specialize(states, i)
    equations = (specialize(here, psi), specialize(here, 0), specialize(tangents, i))
    errors = equal_words(squared_norm(twin(error(psi))), squared_norm(error(m * psi)), *equations)
    lengths = equal_words(squared_norm(psi * v_m(i)), squared_norm(m * psi * v(i)), equations[2])
    each = [specialize(assume(h), i) for h in (twin(relative(psi)), relative(m * psi))]
    positive = [cite("norm-nonnegative", word) for word in (error(m * psi), m * psi * v(i))]
    known = (errors, lengths, *each, *positive, moves_in_step(m * psi))
    same = throughout(follows(Eq(q_m(i, psi), q(i, m * psi)), Ne(m * psi, 0), using=known, because="divided by |m psi v|"), i, LATER)
    return sum_congruence(same)


# Where the direction comes from: the objective m J, whose derivatives are m J_u and m J_s

GRADIENT = ForAll(i, LAYERS, Eq(sigma(i), -transpose(adjoint(i + 1) * Fs(i) + Js(i))))
SCALED_ADJOINT = ForAll(i, LAYERS, Eq(adjoint_m(i), adjoint_m(i + 1) * Fu(i) + m * Ju(i)))
SCALED_TERMINAL = Eq(adjoint_m(I), m * Ju(I))
SCALED_GRADIENT = ForAll(i, LAYERS, Eq(sigma_m(i), -transpose(adjoint_m(i + 1) * Fs(i) + m * Js(i))))
DESCENT = (ADJOINT, TERMINAL, GRADIENT, SCALED_ADJOINT, SCALED_TERMINAL, SCALED_GRADIENT)


@cache
def multiplied_gradient() -> Theorem:
    """sigma_m = m sigma, for the gradient of m J: backwards from the last layer."""
    claim = Eq(adjoint_m(I - k), m * adjoint(I - k))
    start = combine_words(adjoint_m(I), m * adjoint(I), (1, assume(SCALED_TERMINAL), 1), (-m, assume(TERMINAL), 1))
    before = I - k - 1
    step = combine_words(
        adjoint_m(before),
        m * adjoint(before),
        (1, at_layer(SCALED_ADJOINT, before), 1),
        (-m, at_layer(ADJOINT, before), 1),
        (1, assume(claim), Fu(before)),
    )
    adjoints = specialize(up_to(start, step, claim, index=k, last=I), I - i - 1)
    directions = equal_words(sigma_m(i), m * sigma(i), at_layer(SCALED_GRADIENT, i), at_layer(GRADIENT, i), adjoints)
    return throughout(directions, i, LAYERS)


MEASURED_M = twin(measured(psi))
MULTIPLIED_RUN = (*NETWORK, REST, TANGENT, *MULTIPLIED, *DESCENT, MOVES, m > 0, psi > 0, relative(psi), Ne(measured(psi), 0))
FIRST = inferred(psi_star, psi)  # the first candidate, for the objective J
same_start = (twin(relative(psi)), Eq(phi_star * MEASURED_M, psi * epsilon_star))  # and for m J
unaffected = Statement(
    (*MULTIPLIED_RUN, FIRST, *same_start, Eq(m, 10)), And(MULTIPLE, Eq(m * phi_star, psi_star)), source="ni-talnikar:text-tenfold"
)
SCALED_START = (twin(relative(psi / m)), Eq(phi_star * substitute(MEASURED_M, {psi: psi / m}), psi / m * epsilon_star))
unaffected_range = unaffected.amend(
    given=(*MULTIPLIED_RUN, FIRST, *SCALED_START),
    then=And(MULTIPLE, Eq(substitute(MEASURED_M, {psi: psi / m}), measured(psi)), Eq(m * phi_star, psi_star)),
    why="The range of parameters is the same, and so is linGrad's step m sigma phi*, if psi_0 is divided by m; with the same psi_0 it "
    "measures m times farther out, and infers another step unless epsilon is proportional to psi.",
)
# u = (1 + psi)^3 with J = -u/3, and ten times as far
TENFOLD = {
    **CUBE,
    m: 10,
    psi: 1,
    epsilon_star: 1,
    Ju: Lambda(i, -Abs(i) * unit / 3),
    Js: Lambda(i, 0 * unit),
    adjoint: Lambda(i, -Abs(i) * unit / 3),
    u_m: Lambda((i, psi), (1 + 10 * psi) ** Abs(3 * i) * unit),
    v_m: Lambda(i, 30 * i * unit),
    sigma_m: Lambda(i, 10 * unit),
    adjoint_m: Lambda(i, -10 * Abs(i) * unit / 3),
    q_m: Lambda((i, psi), Abs(10 * psi + 100 * psi**2 / 3)),
    psi_star: Rational(3, 4),
    phi_star: Rational(3, 130),
}


@refutes(
    unaffected,
    why="u = (1 + psi)^3, J = -u/3, psi_0 = 1: linGrad's first step is 3/4, and 3/13 for 10 J.",
    mutants=[mutant(unaffected.with_then(Eq(phi_star, psi_star)), TENFOLD, "the same step size")],
)
def another_first_step() -> Refutation:
    """The measurement at ten times the distance is 130/3, not 40/3."""
    return counterexample(unaffected, TENFOLD)


@proves(
    unaffected_range,
    witness=at({**TENFOLD, phi_star: Rational(3, 40)}),
    mutants=[
        mutant(unaffected_range.with_then(Eq(phi_star, psi_star)), {**TENFOLD, phi_star: Rational(3, 40)}, "the same step size"),
        mutant(
            unaffected_range.with_then(ForAll(i, LAYERS, Eq(sigma_m(i), sigma(i)))),
            {**TENFOLD, phi_star: Rational(3, 40)},
            "the same direction",
        ),
    ],
)
def the_range_of_parameters_stays() -> Theorem:
    """The measurement at psi/m in the direction m sigma is that at psi in the direction sigma."""
    gradient = multiplied_gradient()
    same = cut(instance(same_measurement(), {psi: psi / m}), gradient)
    return follows(unaffected_range.then, *unaffected_range.given, using=(gradient, same), because="the same measurement")


# Clipping by the norm makes a gradient shorter and keeps its direction

CLIPPED = (*NETWORK, REST, TANGENT, *MULTIPLIED, MULTIPLE, MOVES, m > 0, m < 1, psi > 0, relative(psi), twin(relative(psi / m)))
SAME = Eq(substitute(MEASURED_M, {psi: psi / m}), measured(psi))
compares = Statement(CLIPPED, Ne(*SAME.args), source="ni-talnikar:text-clipping")
cannot_compare = compares.amend(
    then=SAME,
    why="Clipping by the norm gives m sigma with 0 < m < 1: a perturbation of the parameters is measured alike with and without it, so "
    "both have one linear range of parameters, and m of step sizes.",
)
HALVED = {
    **CUBE,
    m: Rational(1, 2),
    psi: 1,
    u_m: Lambda((i, psi), (1 + psi / 2) ** Abs(3 * i) * unit),
    v_m: Lambda(i, 3 * i * unit / 2),
    sigma_m: Lambda(i, unit / 2),
    q_m: Lambda((i, psi), Abs(psi / 2 + psi**2 / 12)),
}


@refutes(compares, why="A gradient and half of it lead through the same parameters.")
def half_a_gradient() -> Refutation:
    """Half of the direction at twice the step size."""
    return counterexample(compares, HALVED)


@proves(
    cannot_compare,
    witness=at(HALVED),
    mutants=[
        mutant(cannot_compare.with_then(Eq(MEASURED_M, measured(psi))), {**HALVED}, "at the same step size"),
        mutant(
            cannot_compare.drop(MULTIPLE),
            {
                **HALVED,
                sigma_m: Lambda(i, unit / 4),
                u_m: Lambda((i, psi), (1 + psi / 4) ** Abs(3 * i) * unit),
                v_m: Lambda(i, 3 * i * unit / 4),
                q_m: Lambda((i, psi), Abs(psi / 4 + psi**2 / 48)),
            },
            "clipped to a quarter",
        ),
    ],
)
def a_clipped_gradient_has_the_same_range() -> Theorem:
    """The same parameters, the same measurement."""
    same = instance(same_measurement(), {psi: psi / m})
    return follows(cannot_compare.then, *cannot_compare.given, using=(same,), because="the same measurement")
