"""A direction with a larger linear range need not descend faster. (section 3.3).

Along -(1, 1/10) the network u = s_1 s_0 bends less than along -(1, 1), so the linear range is larger. At its end the objective
(u - 1/25)^2/2 is four times what it was; along -(1, 1) it is 0 there.
"""

from sympy import Abs, Eq, Lambda, Rational, Sum

from theory.evidence import mutant, refutes
from theory.linear_range.measurement import MOVES, SOLVED, measured, relative
from theory.linear_range.networks import SMOOTH_OBJECTIVE
from theory.linear_range.objective_change import SENSITIVITY, objective
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
from theory.proof import Refutation, Statement, counterexample, squared_norm

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
