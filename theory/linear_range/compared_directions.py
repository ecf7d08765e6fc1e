"""A direction with a larger linear range need not descend faster. (section 3.3).

Along -(1, 1/10) the network u = s_1 s_0 bends less than along -(1, 1), so the linear range is larger. At its end the objective
(u - 1/25)^2/2 is four times what it was; along -(1, 1) it is 0 there.
"""

from functools import cache

from sympy import Abs, Eq, Lambda, Rational, Sum

from theory.evidence import at, mutant, proves, refutes
from theory.linear_range.measurement import MOVES, SOLVED, measured, relative
from theory.linear_range.networks import DEEP, FORWARD, INPUT, SMOOTH_OBJECTIVE, STATES, at_layer
from theory.linear_range.objective_change import (
    MISSED,
    MISSED_WORDS,
    OWN,
    SENSITIVITY,
    change_of_the_objective,
    objective,
    part,
    sizes_are_defined,
)
from theory.linear_range.scaled_objective import MULTIPLIED, twin
from theory.linear_range.symbols import (
    Fs,
    Fu,
    I,
    J,
    Js,
    Ju,
    S,
    U,
    epsilon_star,
    f,
    i,
    one,
    own,
    phi,
    psi,
    q,
    q_m,
    s,
    sigma,
    sigma_m,
    u,
    u_m,
    unit,
    v,
    v_m,
    x,
)
from theory.proof import (
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

# The second direction is sigma_m, and its step phi
AT_THE_END = (psi > 0, phi > 0, relative(psi), twin(relative(phi)), Eq(measured(psi), epsilon_star), Eq(twin(measured(phi)), epsilon_star))
DESCENTS = (SENSITIVITY < 0, twin(SENSITIVITY) < 0)
FARTHER = Sum(squared_norm(phi * sigma_m(i)), (i, 0, I - 1)) > Sum(squared_norm(psi * sigma(i)), (i, 0, I - 1))
MORE = twin(objective(phi)) < objective(psi)
TWO_DIRECTIONS = (*SOLVED, *MULTIPLIED, SMOOTH_OBJECTIVE, MOVES, twin(MOVES), *DESCENTS, *AT_THE_END)
faster = Statement((*TWO_DIRECTIONS, FARTHER), MORE, source="ni-talnikar:text-larger-range-faster")
PRODUCT = {
    I: 2,
    unit: [[1]],
    x: [[1]],
    f: Lambda((i, U, S), S * U),
    s: Lambda(i, unit),
    Fu: Lambda(i, unit),
    Fs: Lambda(i, unit),
    sigma: Lambda(i, -unit),
    u: Lambda((i, psi), (1 - psi) ** Abs(i) * unit),
    v: Lambda(i, -i * unit),
    q: Lambda((i, psi), Abs(i - 1) * Abs(psi) / 2),
    sigma_m: Lambda(i, (9 * i - 10) * unit / 10),  # -1 and -1/10
    u_m: Lambda((i, psi), (1 - psi * i + (9 * psi + psi**2) * i * (i - 1) / 20) * unit),
    v_m: Lambda(i, (9 * i - 29) * i * unit / 20),
    q_m: Lambda((i, psi), Abs(i - 1) * Abs(psi) / 11),
    J: Lambda((i, U, S), i * (i - 1) / 2 * (U - Rational(1, 25)) ** 2 / 2),
    Ju: Lambda(i, i * (i - 1) / 2 * Rational(24, 25) * unit),
    Js: Lambda(i, 0 * unit),
    epsilon_star: Rational(3, 10),
    psi: Rational(6, 5),
    phi: Rational(33, 5),
}


@refutes(
    faster,
    why="u = s_1 s_0 from (1, 1), J = (u - 1/25)^2/2, epsilon* = 3/10: the range along -(1, 1) ends at J = 0; that along -(1, 1/10) is "
    "longer, and ends at J = 1.89, more than at the start.",
    mutants=[
        mutant(faster.with_then(twin(objective(phi)) < objective(0)), PRODUCT, "that it descends at all"),
        mutant(faster.with_then(twin(objective(phi)) < 4 * objective(0)), PRODUCT, "that it does not grow fourfold"),
    ],
)
def farther_and_uphill() -> Refutation:
    """The longer way overshoots."""
    return counterexample(faster, PRODUCT)


# What does decide: the change that each direction predicts at its end, beyond what is missed there

TWIN = {u: Lambda((i, psi), u_m(i, psi)), v: Lambda(i, v_m(i)), sigma: Lambda(i, sigma_m(i)), psi: phi}
AHEAD = phi * twin(SENSITIVITY) + substitute(MISSED, TWIN) < psi * SENSITIVITY - MISSED
faster_if_ahead = faster.amend(
    given=(*TWO_DIRECTIONS, OWN, substitute(OWN, TWIN), AHEAD),
    then=MORE,
    why="Longer is not enough. The second direction ends lower if the change that it predicts there is ahead of that of the first by more "
    "than what both miss.",
)
# J = u_2, which is linear, and epsilon* = 1/10
DOWN = {
    **PRODUCT,
    J: Lambda((i, U, S), i * (i - 1) / 2 * U),
    Ju: Lambda(i, i * (i - 1) / 2 * unit),
    own: Lambda(i, 0),
    epsilon_star: Rational(1, 10),
    psi: Rational(2, 5),
    phi: Rational(11, 5),
}
CURVED = {**PRODUCT, own: Lambda(i, Rational(5, 2) * i * (i - 1))}


@cache
def one_start() -> Theorem:
    """The objective before the step is the same for both directions."""
    claim = Eq(u_m(i, 0), u(i, 0))
    start = combine_words(*substitute(claim, {i: 0}).args, (1, at_layer(MULTIPLIED[0], 0), 1), (-1, at_layer(INPUT, 0), 1))
    there = at_layer(FORWARD, i, 0)
    back = equal_words(there.then.rhs, there.then.lhs, there)
    same = up_to(start, rewrite(at_layer(MULTIPLIED[1], i, 0), assume(claim), back), claim, index=i, last=I)
    moved = twin(part(i, 0))
    named = rewrite(assume(Eq(one(i), moved)), specialize(same, i))
    return cut(sum_congruence(throughout(instance(named, {one: Lambda(i, moved)}), i, STATES)), follows(I >= 0, DEEP))


@proves(
    faster_if_ahead,
    witness=at(DOWN),
    mutants=[
        mutant(faster_if_ahead.drop(AHEAD), CURVED, "for all directions"),
        mutant(faster_if_ahead.replacing({AHEAD: phi * twin(SENSITIVITY) < psi * SENSITIVITY}), CURVED, "ahead by what is predicted alone"),
    ],
)
def the_direction_that_is_ahead() -> Theorem:
    """Both objectives are where they are predicted, up to what is missed."""
    first = (change_of_the_objective(), *sizes_are_defined())
    words = [substitute(word, TWIN) for word in MISSED_WORDS]
    defined = [generalize(cite("norm-nonnegative", word), i, layers) for layers in (True, STATES) for word in words]
    second = instance(change_of_the_objective(), TWIN)
    return follows(MORE, *faster_if_ahead.given, using=(*first, *defined, second, one_start()), because="from one start")
