"""What an infinitesimal and a finite step move, to first order. (Section 2.1, before equation 3, and equation 4).

The text writes the move of the parameters in one formula with the finite step psi, and those of the states with the infinitesimal
delta_psi. That is right only if the two are one and the same step.
"""

from sympy import Abs, Eq, Expr, Lambda, Rational

from theory.evidence import at, mutant, proves, refutes
from theory.linear_range.networks import LAYERS, NETWORK, REST, STATES, TANGENT, at_layer
from theory.linear_range.symbols import Delta_s, Fs, Fu, I, delta_psi, delta_u, i, psi, s, sigma, u, v
from theory.linear_range.tangents import LINEAR, MOVED, the_velocities_solve
from theory.proof import (
    And,
    ForAll,
    Refutation,
    Statement,
    Theorem,
    assume,
    combine_words,
    conjunction,
    counterexample,
    part,
    specialize,
)
from theory.proof.ranges import throughout

FIRST_ORDER = ForAll(i, STATES, Eq(delta_u(i), delta_psi * v(i)))


CARRIED = Fu(i) * delta_u(i)


def _moves_by(step: Expr, carried: Expr = CARRIED) -> And:
    return And(Eq(delta_u(0), 0), ForAll(i, LAYERS, Eq(delta_u(i + 1), carried + Fs(i) * sigma(i) * step)))


delta_psi_as_printed = Statement((*NETWORK, MOVED, FIRST_ORDER), _moves_by(psi), source="ni-talnikar:text-delta-psi")
with_one_step = delta_psi_as_printed.amend(then=_moves_by(delta_psi), why="The step is the infinitesimal one in every term.")
# f(i, U, S) = S U with s = 2 and sigma = 2: u(i) = (2 + 2 psi)^i and v(i) = i 2^i
DOUBLED = {**LINEAR, I: 2, s: Lambda(i, 2), u: Lambda((i, psi), (2 + 2 * psi) ** Abs(i)), Fu: Lambda(i, 2)}
DOUBLED |= {Fs: Lambda(i, 2 ** Abs(i)), v: Lambda(i, i * 2 ** Abs(i))}
INFINITESIMAL = {**DOUBLED, delta_psi: Rational(1, 10), delta_u: Lambda(i, i * 2 ** Abs(i) / 10)}
ONE_LAYER = {**INFINITESIMAL, I: 1, psi: Rational(1, 2)}


@refutes(delta_psi_as_printed, why="delta_u_1 = f_s sigma delta_psi is linear in the infinitesimal step, not in psi.")
def two_different_steps() -> Refutation:
    """One layer u_1 = s u_0 with u_0 = 1 and sigma = 2: delta_u_1 = 2 delta_psi, which is not 2 psi."""
    return counterexample(delta_psi_as_printed, ONE_LAYER)


@proves(
    with_one_step,
    witness=at(INFINITESIMAL),
    mutants=[
        mutant(with_one_step.with_then(_moves_by(delta_psi, delta_u(i))), INFINITESIMAL, "without f_u"),
        mutant(with_one_step.with_then(_moves_by(delta_psi**2)), INFINITESIMAL, "of second order"),
        mutant(with_one_step.drop(MOVED), {**INFINITESIMAL, v: Lambda(i, 1), delta_u: Lambda(i, Rational(1, 10))}, "for another v"),
    ],
)
def first_order_moves() -> Theorem:
    """delta_u(i+1) = f_u delta_u(i) + f_s sigma delta_psi: equation 3, times the step."""
    solves = the_velocities_solve()
    rest, tangent = (part(solves, p) for p in (REST, TANGENT))
    still = combine_words(delta_u(0), 0, (1, specialize(assume(FIRST_ORDER), 0), 1), (delta_psi, rest, 1))
    here, there = specialize(assume(FIRST_ORDER), i), specialize(assume(FIRST_ORDER), i + 1)
    step = combine_words(
        delta_u(i + 1),
        Fu(i) * delta_u(i) + Fs(i) * sigma(i) * delta_psi,
        (1, there, 1),
        (-Fu(i), here, 1),
        (delta_psi, specialize(tangent, i), 1),
    )
    return conjunction(still, throughout(step, i, LAYERS))


# The product v psi, which is what one computes

STEPS = ForAll(i, LAYERS, Eq(Delta_s(i), psi * sigma(i)))


TANGENT_CARRIED = Fu(i) * v(i)


def _moved_by(change: Expr, carried: Expr = TANGENT_CARRIED) -> And:
    return And(Eq(psi * v(0), 0), ForAll(i, LAYERS, Eq(psi * v(i + 1), carried * psi + Fs(i) * change)))


equation_4 = Statement((*NETWORK, MOVED, STEPS), _moved_by(Delta_s(i)), source="ni-talnikar:equation-4")
BY_HALF = {**DOUBLED, psi: Rational(1, 2), Delta_s: Lambda(i, 1)}


@proves(
    equation_4,
    witness=at(BY_HALF),
    mutants=[
        mutant(equation_4.with_then(_moved_by(sigma(i))), BY_HALF, "with the direction for the change"),
        mutant(equation_4.with_then(_moved_by(Delta_s(i), v(i))), BY_HALF, "without f_u"),
        mutant(equation_4.drop(STEPS), {**BY_HALF, Delta_s: Lambda(i, 2)}, "with another change"),
    ],
)
def the_moves_of_the_states() -> Theorem:
    """v(i+1) psi = f_u (v(i) psi) + f_s Delta_s: equation 3, times psi."""
    solves = the_velocities_solve()
    rest, tangent = (part(solves, p) for p in (REST, TANGENT))
    still = combine_words(psi * v(0), 0, (psi, rest, 1))
    next_ = TANGENT_CARRIED * psi + Fs(i) * Delta_s(i)
    step = combine_words(psi * v(i + 1), next_, (psi, specialize(tangent, i), 1), (-Fs(i), at_layer(STEPS, i), 1))
    return conjunction(still, throughout(step, i, LAYERS))
