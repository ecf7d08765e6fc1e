"""Where the measurement is not C |psi|, and where it gives a step that is known by another name. (beyond sections 3.1 to 3.3).

For one layer of one neuron, exactly: a kink, an inflection, a saturation. The last is the measurement of the objective, which the authors
tried too: with epsilon* = 1/2 its step is the minimum of a parabola. And the range against the stability limit, for two balanced layers.
"""

from sympy import Abs, Eq, Expr, Lambda, Max, Ne, Rational

from theory.evidence import at, extends, mutant
from theory.linear_range.measurement import (
    LINE,
    REST_BOUND,
    SLOPE,
    SMOOTH_NETWORK,
    expands,
    measured,
    relative,
    the_measurement_begins_linearly,
)
from theory.linear_range.symbols import (
    S,
    U,
    bend,
    c,
    curvature,
    drop,
    epsilon_star,
    f,
    i,
    kappa,
    phi,
    psi,
    psi_star,
    q,
    residual,
    slope,
    u,
    unit,
    weight,
)
from theory.proof import And, Implies, Statement, Theorem, follows


def one_neuron(new: Expr, old: Expr, tangent: Expr) -> Expr:
    """(13) for one layer of one neuron."""
    return Abs(new - old - tangent * psi) / Abs(tangent * psi)


# A kink: relu(1 - psi), which is linear until the neuron dies

KINK = one_neuron(Max(0, 1 - psi), 1, -1)
flat_then_not = Statement((psi > 0,), And(Implies(psi <= 1, Eq(KINK, 0)), Implies(psi > 1, Eq(KINK, 1 - 1 / psi))))


@extends(
    "ni-talnikar:text-eps-cpsi",
    flat_then_not,
    witness=at({psi: 2}),
    mutants=[
        mutant(flat_then_not.with_then(Eq(KINK, 0)), {psi: 2}, "it stays 0"),
        mutant(flat_then_not.with_then(Implies(psi > 1, Eq(KINK, psi - 1))), {psi: 3}, "a line beyond the kink"),
    ],
)
def a_kink() -> Theorem:
    """Epsilon is 0 up to the kink, so line 12 of algorithm 1 divides by 0, and no small step tells where the kink is."""
    return follows(flat_then_not.then, psi > 0, because="on both sides of the kink")


# An inflection: C = 0, so epsilon begins with psi^2

begins_later = Statement((*SMOOTH_NETWORK, Ne(psi, 0), expands(psi), relative(psi), Eq(SLOPE, 0)), measured(psi) <= REST_BOUND * psi**2)
# u = psi + psi^3
INFLECTION = {
    **LINE,
    f: Lambda((i, U, S), S - 1 + (S - 1) ** 3),
    u: Lambda((i, psi), (1 - Abs(i) + Abs(i) * (psi + psi**3)) * unit),
    q: Lambda((i, psi), psi**2),
    bend: Lambda(i, 0 * unit),
    c: Lambda(i, 0),
    kappa: Lambda(i, 1),
    psi: 2,
}


@extends(
    "ni-talnikar:text-eps-cpsi",
    begins_later,
    witness=at(INFLECTION),
    mutants=[
        mutant(begins_later.with_then(measured(psi) <= REST_BOUND * psi**2 / 2), INFLECTION, "half of it"),
        mutant(begins_later.with_then(measured(psi) <= REST_BOUND * Abs(psi)), INFLECTION, "of first order"),
    ],
)
def an_inflection() -> Theorem:
    """Where all v'_i are 0, epsilon is of second order, and psi* = psi epsilon*/epsilon is not even nearly the range."""
    using = (the_measurement_begins_linearly(),)
    return follows(begins_later.then, *begins_later.given, using=using, because="C = 0")


# A saturation: u = psi/(1 + psi)

SATURATION = one_neuron(psi / (1 + psi), 0, 1)
never_leaves = Statement((psi > 0,), And(Eq(SATURATION, psi / (1 + psi)), SATURATION < 1))


@extends(
    "ni-talnikar:definition-linear-range",
    never_leaves,
    witness=at({psi: 3}),
    mutants=[
        mutant(never_leaves.with_then(SATURATION < Rational(9, 10)), {psi: 10}, "below 9/10"),
        mutant(never_leaves.with_then(Eq(SATURATION, psi)), {psi: 1}, "proportional to psi"),
    ],
)
def a_saturation() -> Theorem:
    """The 1-linear range holds every step psi > 0: what saturates moves less than predicted, never more."""
    return follows(never_leaves.then, psi > 0, because="psi/(1 + psi) < 1")


# The measurement of the objective: J(psi) = J(0) + slope psi + drop, where the slope is negative

OBJECTIVE = (psi > 0, slope < 0, drop > 0, Eq(psi_star * Abs(drop), psi * epsilon_star * Abs(psi * slope)))  # psi* = psi epsilon*/epsilon_J
PARABOLA = (Eq(drop, curvature * psi**2), Eq(slope + 2 * curvature * phi, 0))  # through J(psi), with its minimum at phi
parabolic = Statement((*OBJECTIVE, *PARABOLA, Eq(epsilon_star, Rational(1, 2))), Eq(psi_star, phi))
MEASURED_PARABOLA = {psi: 1, slope: -2, drop: 4, curvature: 4, phi: Rational(1, 4), psi_star: Rational(1, 4), epsilon_star: Rational(1, 2)}


@extends(
    "ni-talnikar:text-objective-not-robust",
    parabolic,
    witness=at(MEASURED_PARABOLA),
    mutants=[
        mutant(parabolic.with_then(Eq(psi_star, 2 * phi)), MEASURED_PARABOLA, "twice as far"),
        mutant(
            parabolic.drop(Eq(epsilon_star, Rational(1, 2))),
            {**MEASURED_PARABOLA, epsilon_star: Rational(3, 10), psi_star: Rational(3, 20)},
            "for epsilon* = 3/10",
        ),
    ],
)
def half_is_the_parabola() -> Theorem:
    """Measuring the objective with epsilon* = 1/2 is the line search by a parabola through J(0), J'(0) and J(psi)."""
    return follows(parabolic.then, *parabolic.given, because="phi = -slope psi^2/(2 drop)")


# Two balanced layers u = s_1 s_0 with s_1 = s_0 = weight, and J = (u - y)^2/2: a gradient step takes residual weight from each

AFTER = (weight - psi * residual * weight) ** 2
BALANCED = Abs(AFTER - weight**2 + 2 * psi * residual * weight**2) / Abs(2 * psi * residual * weight**2) / 2  # the first layer is linear
STABLE = psi * 2 * weight**2 <= 2  # psi <= 2/lambda, where lambda = 2 weight^2 is the curvature |du/ds|^2 of J at a solution
CLOSED = Eq(BALANCED, psi * Abs(residual) / 4)
against_stability = Statement(
    (psi > 0, weight > 0, Ne(residual, 0), Eq(BALANCED, epsilon_star)),
    And(
        CLOSED,
        Implies(STABLE, Abs(residual) >= 4 * epsilon_star * weight**2),
        Implies(Abs(residual) >= 4 * epsilon_star * weight**2, STABLE),
    ),
)
UNSTABLE = {psi: 4, weight: 1, residual: Rational(3, 10), epsilon_star: Rational(3, 10)}


@extends(
    "ni-talnikar:text-abstract-optimal-lr",
    against_stability,
    witness=at(UNSTABLE),
    mutants=[
        mutant(against_stability.with_then(STABLE), UNSTABLE, "the end of the range is stable"),
        mutant(against_stability.with_then(Eq(BALANCED, psi * Abs(residual) / 2)), UNSTABLE, "twice the measurement"),
    ],
)
def only_in_the_initial_stage() -> Theorem:
    """The end of the linear range is a stable step exactly while the residual is at least 4 epsilon* u, not near a solution."""
    closed = follows(CLOSED, psi > 0, weight > 0, Ne(residual, 0), because="the squares cancel")
    return follows(against_stability.then, *against_stability.given, using=(closed,), because="psi |residual| = 4 epsilon*")
