"""From nearly linear states to a nearly linear objective, and what neither says of a step. (sections 2, 3.1, abstract).

Linear states are not enough: the objective must be linear in them too. And a step far outside the linear range can be the best of all.
"""

from functools import cache

from sympy import Abs, Eq, Expr, Lambda, Rational, Sum
from sympy.functions.elementary.complexes import transpose

from theory.evidence import Tight, at, mutant, proves, refutes
from theory.linear_range.measurement import (
    LINE,
    MOVES,
    SOLVED,
    error,
    measured,
    near,
    power_network,
    relative,
)
from theory.linear_range.networks import ADJOINT, DEEP, SMOOTH_OBJECTIVE, STATES, TERMINAL
from theory.linear_range.scaled_objective import GRADIENT
from theory.linear_range.sizes import compared_sums, size
from theory.linear_range.symbols import (
    I,
    J,
    Js,
    Ju,
    S,
    U,
    adjoint,
    c,
    i,
    one,
    own,
    phi,
    psi,
    q,
    s,
    sigma,
    two,
    u,
    unit,
    v,
)
from theory.proof import (
    ForAll,
    Refutation,
    Statement,
    Theorem,
    Trace,
    assume,
    cite,
    conclude,
    counterexample,
    cut,
    equal_words,
    follows,
    generalize,
    instance,
    specialize,
)
from theory.proof.ranges import throughout


def part(layer: Expr, step: Expr) -> Expr:
    """J_i after the step, a number."""
    return Trace(J(layer, u(layer, step), s(layer) + step * sigma(layer)))


def objective(step: Expr) -> Expr:
    """The objective (2) after the step."""
    return Sum(part(i, step), (i, 0, I))


LINEAR = Trace(Ju(i) * v(i)) + Trace(Js(i) * sigma(i))
SENSITIVITY = Sum(LINEAR, (i, 0, I))  # dJ/dpsi
CHANGE = objective(psi) - objective(0)
ALONG = Trace(Ju(i) * (u(i, psi) - u(i, 0))) + psi * Trace(Js(i) * sigma(i))  # J_i to first order, along what the states really do
OWN = ForAll(i, STATES, near(part(i, psi) - part(i, 0), ALONG, own(i)))
MISSED = Sum(size(transpose(Ju(i))) * size(error(psi)) + own(i), (i, 0, I))

is_enough = Statement(
    (*SOLVED, SMOOTH_OBJECTIVE, MOVES, psi > 0, relative(psi), Eq(measured(psi), 0)),
    near(CHANGE, psi * SENSITIVITY, psi * SENSITIVITY),
    source="ni-talnikar:text-sufficient-linearity",
)
is_enough_with_objective = is_enough.amend(
    given=(*SOLVED, SMOOTH_OBJECTIVE, OWN),
    then=near(CHANGE, psi * SENSITIVITY, MISSED),
    why="The objective misses at most sum |J_u| |u_new - u_old - v psi| where it is linear in the states; its own curvature adds to it.",
)


MISSED_WORDS = (transpose(Ju(i)), error(psi))


@cache
def sizes_are_defined() -> tuple[Theorem, ...]:
    """The squares under the roots are not negative: for every integer, and for every layer."""
    return tuple(generalize(cite("norm-nonnegative", word), i, range_) for range_ in (True, STATES) for word in MISSED_WORDS)


@cache
def change_of_the_objective() -> Theorem:
    """Layer by layer, J_u times the error of the states, by Cauchy-Schwarz, and what J_i itself misses."""
    gap = equal_words(ALONG - psi * LINEAR, Trace(Ju(i) * error(psi)), because="the states move by v psi and the error")
    bound = cite("cauchy-schwarz", transpose(Ju(i)), error(psi))
    positive = tuple(cite("norm-nonnegative", word) for word in MISSED_WORDS)
    known = (gap, bound, *positive, specialize(assume(OWN), i))
    each = size(transpose(Ju(i))) * size(error(psi)) + own(i)
    change = part(i, psi) - part(i, 0)
    sides = [
        throughout(follows(claim, using=known, because="Cauchy-Schwarz"), i, STATES) for claim in near(change, psi * LINEAR, each).args
    ]
    sums = tuple(compared_sums(side, low=0) for side in sides)
    split = [instance(_split(sign), {one: Lambda(i, part(i, psi)), two: Lambda(i, part(i, 0)), c: Lambda(i, LINEAR)}) for sign in (1, -1)]
    sums = tuple(cut(total, *sizes_are_defined()[:2]) for total in sums)
    using = (*sums, *split, *sizes_are_defined())
    summed = follows(is_enough_with_objective.then, DEEP, using=using, because="summed over the layers")
    return conclude(summed, Statement((DEEP, OWN), summed.then))


@cache
def _split(sign: int) -> Theorem:
    terms = sign * (one(i) - two(i) - psi * c(i))
    sums = [Sum(term, (i, 0, I)) for term in (one(i), two(i), c(i))]
    return equal_words(Sum(terms, (i, 0, I)), sign * (sums[0] - sums[1] - psi * sums[2]))


# One layer u = s from s = 1 in the direction 1, with J = (2 u - 1)^2
SQUARED = {**LINE, J: Lambda((i, U, S), Abs(i) * (2 * U - 1) ** 2), Ju: Lambda(i, 4 * Abs(i) * unit), Js: Lambda(i, 0 * unit), psi: 3}
CURVED = {**SQUARED, own: Lambda(i, 36 * Abs(i))}


@refutes(
    is_enough,
    why="u = 1 + psi and J = (2 u - 1)^2: epsilon = 0, and at psi = 3 the objective changes by 48, and not by 12.",
    mutants=[mutant(is_enough.with_then(near(CHANGE, psi * SENSITIVITY, 1)), SQUARED, "up to 1")],
)
def a_curved_objective() -> Refutation:
    """Linear states, and a quadratic objective."""
    return counterexample(is_enough, SQUARED)


@proves(
    is_enough_with_objective,
    witness=at(CURVED),
    mutants=[
        mutant(is_enough_with_objective.drop(OWN), SQUARED | {own: Lambda(i, 0)}, "without the objective's own curvature"),
        mutant(is_enough_with_objective.with_then(near(CHANGE, psi * SENSITIVITY, MISSED / 2)), CURVED, "half of the bound"),
    ],
    tight=Tight(
        True, "u = 1 + psi, J = (2 u - 1)^2", is_enough_with_objective.with_then(Eq(CHANGE, psi * SENSITIVITY + MISSED)), at(CURVED)
    ),
)
def states_and_objective_are_enough() -> Theorem:
    """|J(psi) - J(0) - psi dJ/dpsi| <= sum of |J_u| |u_new - u_old - v psi|, and of what the objective itself misses."""
    return change_of_the_objective()


# One gradient step far outside the linear range

DOWNHILL = (*SOLVED, SMOOTH_OBJECTIVE, ADJOINT, TERMINAL, GRADIENT, MOVES, psi > 0, relative(psi))
only_inside = Statement((*DOWNHILL, objective(psi) < objective(0)), measured(psi) <= 1, source="ni-talnikar:text-gradients-meaningful-only")
inside_is_enough = only_inside.amend(
    given=(*DOWNHILL, OWN, MISSED < -psi * SENSITIVITY),
    then=objective(psi) < objective(0),
    why="Linear states are sufficient for a gradient that predicts a descent, together with an objective that is linear in them; they are "
    "not necessary.",
)
best_inside = Statement(
    (*DOWNHILL, ForAll(phi, True, objective(phi) >= objective(psi))), measured(psi) <= 1, source="ni-talnikar:text-abstract-optimal-lr"
)
# One layer u = s^2 from s = 1 with the target 100: the gradient step 1/22 leads to s = 10, where J = 0, and epsilon is 9/2 there
TARGET = {
    **power_network(2),
    J: Lambda((i, U, S), Abs(i) * (U - 100) ** 2 / 2),
    Ju: Lambda(i, -99 * Abs(i) * unit),
    Js: Lambda(i, 0 * unit),
    adjoint: Lambda(i, -99 * Abs(i) * unit),
    sigma: Lambda(i, 198 * unit),
    u: Lambda((i, psi), (1 + 198 * psi) ** Abs(2 * i) * unit),
    v: Lambda(i, 396 * i * unit),
    q: Lambda((i, psi), Abs(99 * psi)),
    psi: Rational(1, 22),
}


@refutes(
    only_inside,
    why="u = s^2 with the target 100, from s = 1: one gradient step of 1/22 leads to the minimum, and epsilon = 9/2.",
    mutants=[
        mutant(only_inside.with_then(measured(psi) <= 4), TARGET, "epsilon <= 4"),
        mutant(only_inside.with_then(measured(psi) < Rational(9, 2)), TARGET, "epsilon < 9/2"),
    ],
)
def the_minimum_in_one_step() -> Refutation:
    """A step far outside the linear range."""
    return counterexample(only_inside, TARGET)


NEAR = {**TARGET, psi: Rational(1, 1980), own: Lambda(i, Abs(i) * Rational(441, 20_000))}  # from u = 1 to u = 121/100
TOO_FAR = {**TARGET, psi: Rational(1, 9), own: Lambda(i, 139_392 * Abs(i))}  # to u = 529


@proves(
    inside_is_enough,
    witness=at(NEAR),
    mutants=[
        mutant(inside_is_enough.replacing({MISSED: MISSED / 400}), TOO_FAR, "missing more"),
        mutant(inside_is_enough.drop(OWN), {**TOO_FAR, own: Lambda(i, -47_916 * Abs(i))}, "for any objective"),
    ],
)
def nearly_linear_steps_descend() -> Theorem:
    """What is predicted outweighs what is missed."""
    using = (change_of_the_objective(), *sizes_are_defined())
    return follows(inside_is_enough.then, *inside_is_enough.given, using=using, because="the change is negative")


@refutes(
    best_inside,
    why="The same step leads to J = 0, so no step size is better, and epsilon = 9/2 there; the paper suggests epsilon* <= 1. This is the "
    "first step, with one minibatch.",
    mutants=[
        mutant(best_inside.with_then(measured(psi) <= 4), TARGET, "epsilon <= 4"),
        mutant(best_inside.with_then(measured(psi) < Rational(9, 2)), TARGET, "epsilon < 9/2"),
    ],
)
def the_best_step_is_outside() -> Refutation:
    """The gradient step that reaches the minimum."""
    return counterexample(best_inside, TARGET)
