"""The step that linGrad infers from one measurement: psi* = psi epsilon*/epsilon. (section 3.2, section 4.1).

It is the end of the linear range where the measurement is proportional to the step. In general psi* misses, in either direction, by what
the Taylor expansion leaves out; so the first step size psi_0 matters, and so does a factor before the objective.
"""

from sympy import Abs, Eq, Expr, Integer, Lambda, Rational

from theory.evidence import Tight, at, mutant, proves, refutes
from theory.linear_range.measurement import (
    CUBE,
    REST_BOUND,
    SLOPE,
    SMOOTH_NETWORK,
    SQUARE,
    expands,
    measured,
    near,
    power_network,
    relative,
    the_measurement_begins_linearly,
)
from theory.linear_range.symbols import (
    Fs,
    S,
    U,
    bend,
    c,
    epsilon_star,
    f,
    i,
    kappa,
    phi,
    phi_star,
    psi,
    psi_star,
    q,
    s,
    sigma,
    u,
    unit,
    v,
)
from theory.proof import And, Refutation, Statement, Theorem, counterexample, follows, instance


def begins_at(step: object) -> Theorem:
    """|epsilon(step) - C |step|| <= K step^2."""
    return instance(the_measurement_begins_linearly(), {psi: step})


def inferred(star: object, step: object) -> Eq:
    """Star = step epsilon*/epsilon(step), the candidate of algorithm 1, line 12."""
    return Eq(star * measured(step), step * epsilon_star)


USUAL = (epsilon_star >= Rational(3, 10), epsilon_star <= 1)
ONE_MEASUREMENT = (psi > 0, psi_star > 0, expands(psi), relative(psi), expands(psi_star), relative(psi_star), inferred(psi_star, psi))
is_the_range = Statement((*SMOOTH_NETWORK, *ONE_MEASUREMENT, *USUAL), measured(psi_star) <= epsilon_star, source="ni-talnikar:text-psistar")
is_nearly_the_range = is_the_range.amend(
    then=near(measured(psi_star), epsilon_star, REST_BOUND * psi_star * (psi + psi_star)),
    why="psi* is the range where epsilon is proportional to psi (all kappa are 0); else it misses by the remainders at psi and psi*.",
)
TENTH = {**CUBE, psi: Rational(1, 10), psi_star: Rational(3, 10), epsilon_star: Rational(31, 100)}


def _misses_by(bound: Expr) -> Statement:
    return is_nearly_the_range.with_then(near(measured(psi_star), epsilon_star, bound))


@refutes(is_the_range, why="u = (1 + psi)^3: epsilon(1/10) = 31/300 promises 31/100 at psi* = 3/10, where epsilon is 33/100.")
def beyond_the_range() -> Refutation:
    """Epsilon = psi + psi^2/3 grows faster than psi."""
    return counterexample(is_the_range, TENTH)


@proves(
    is_nearly_the_range,
    witness=at(TENTH),
    mutants=[
        mutant(_misses_by(Integer(0)), TENTH, "exactly"),
        mutant(
            is_nearly_the_range.with_then(near(measured(psi_star), epsilon_star, REST_BOUND * psi_star * psi)),
            TENTH,
            "the remainder at psi",
        ),
        mutant(is_nearly_the_range.drop(inferred(psi_star, psi)), {**TENTH, epsilon_star: 1}, "for another psi*"),
    ],
)
def the_inferred_step_is_nearly_the_range() -> Theorem:
    """Both measurements begin like C psi, so their ratio is that of the steps up to the remainders."""
    using = (begins_at(psi), begins_at(psi_star))
    return follows(is_nearly_the_range.then, *is_nearly_the_range.given, using=using, because="two expansions")


# The first step size

TWO_STARTS = tuple(h(step) for step in (psi, phi) for h in (expands, relative))
BOTH_INFERRED = (inferred(psi_star, psi), inferred(phi_star, phi), psi > 0, phi > 0, psi_star > 0, phi_star > 0, epsilon_star > 0)
start_is_harmless = Statement(
    (*SMOOTH_NETWORK, *TWO_STARTS, *BOTH_INFERRED, Eq(psi, Rational(1, 100)), Eq(phi, 1)),
    And(psi_star < 10 * phi_star, phi_star < 10 * psi_star),
    source="ni-talnikar:text-psi0",
)
start_matters = start_is_harmless.amend(
    given=(*SMOOTH_NETWORK, *TWO_STARTS, *BOTH_INFERRED),
    then=near(epsilon_star * psi_star, epsilon_star * phi_star, REST_BOUND * (psi + phi) * psi_star * phi_star),
    why="The candidates 1/psi* of two starts differ by at most K (psi + phi)/epsilon*: nothing where epsilon is proportional to psi, and "
    "without bound where psi_0 is large.",
)
HUNDREDFOLD = {  # u = (1 + 100 psi)^3: epsilon = 100 psi + 100^2 psi^2/3
    **power_network(3),
    sigma: Lambda(i, 100 * unit),
    u: Lambda((i, psi), (1 + 100 * psi) ** Abs(3 * i) * unit),
    v: Lambda(i, 300 * i * unit),
    q: Lambda((i, psi), Abs(100 * psi + 10_000 * psi**2 / 3)),
    bend: Lambda(i, 30_000 * unit),
    c: Lambda(i, 100),
    kappa: Lambda(i, Rational(10_000, 3)),
    psi: Rational(1, 100),
    phi: 1,
    epsilon_star: 1,
    psi_star: Rational(3, 400),
    phi_star: Rational(3, 10_300),
}


@refutes(
    start_is_harmless,
    why="The paper's own starts, for u = (1 + 100 psi)^3: psi_0 = 1/100 gives 3/400, and psi_0 = 1 gives 3/10300, 25 times less. As the "
    "minimum of the last N_hist candidates, the lesser one stays for N_hist measurements.",
    mutants=[mutant(start_is_harmless.with_then(psi_star <= 25 * phi_star), HUNDREDFOLD, "25 times")],
)
def a_large_start_gives_a_small_step() -> Refutation:
    """Far outside the linear range epsilon grows like psi^2 here, so what is inferred falls like 1/psi_0."""
    return counterexample(start_is_harmless, HUNDREDFOLD)


@proves(
    start_matters,
    witness=at(HUNDREDFOLD),
    mutants=[
        mutant(start_matters.with_then(Eq(psi_star, phi_star)), HUNDREDFOLD, "not at all"),
        mutant(
            start_matters.with_then(near(epsilon_star * psi_star, epsilon_star * phi_star, REST_BOUND * psi * psi_star * phi_star)),
            HUNDREDFOLD,
            "without the other start",
        ),
    ],
)
def two_starts_compared() -> Theorem:
    """epsilon*/psi* is epsilon(psi)/psi, which is C up to K psi."""
    using = (begins_at(psi), begins_at(phi))
    return follows(start_matters.then, *start_matters.given, using=using, because="two expansions")


# The range of step sizes that belongs to 0.3 <= epsilon* <= 1

TWO_RANGES = (psi > 0, phi > 0, measured(psi) >= Rational(3, 10), measured(phi) <= 1)
within_ten = Statement((*SMOOTH_NETWORK, *TWO_STARTS, *TWO_RANGES), phi < 10 * psi, source="ni-talnikar:text-eps-range-stepsizes")
within_ten_thirds = within_ten.amend(
    then=3 * phi * (SLOPE - REST_BOUND * phi) <= 10 * psi * (SLOPE + REST_BOUND * psi),
    why="Where epsilon is proportional to psi (all kappa are 0, C > 0) the factor is at most 10/3; else it depends on the remainders.",
)
# u(psi) = psi (2 - (1 - psi/11)^4): epsilon = 1 - (1 - psi/11)^4 increases from 0 to 1 on 0 <= psi <= 11
ELEVEN = {
    **power_network(1),
    f: Lambda((i, U, S), S * (2 - (1 - S / 11) ** 4)),
    s: Lambda(i, 0 * unit),
    Fs: Lambda(i, unit),
    u: Lambda((i, psi), (0 ** Abs(i) + (1 - 0 ** Abs(i)) * psi * (2 - (1 - psi / 11) ** 4)) * unit),
    q: Lambda((i, psi), 1 - (1 - psi / 11) ** 4),
    bend: Lambda(i, Rational(4, 11) * unit),
    c: Lambda(i, Rational(4, 11)),
    kappa: Lambda(i, Rational(6, 121)),
    psi: 1,
    phi: 11,
}


@refutes(
    within_ten,
    why="u = psi (2 - (1 - psi/11)^4): epsilon = 1 - (1 - psi/11)^4 increases from 0 to 1 on [0, 11], and epsilon(1) > 0.3. A "
    "higher power than 4 gives a larger factor.",
    mutants=[mutant(within_ten.with_then(phi <= 10 * psi), ELEVEN, "at most ten")],
)
def eleven_times() -> Refutation:
    """Epsilon flattens out before it reaches 1."""
    return counterexample(within_ten, ELEVEN)


@proves(
    within_ten_thirds,
    witness=at({**SQUARE, psi: Rational(3, 5), phi: 2}),
    mutants=[
        mutant(within_ten_thirds.with_then(3 * phi <= 9 * psi), {**SQUARE, psi: Rational(3, 5), phi: 2}, "at most three"),
        mutant(within_ten_thirds.with_then(3 * phi <= 10 * psi), ELEVEN, "without the remainders"),
    ],
    tight=Tight(
        True,
        "epsilon = psi/2: psi = 3/5 and phi = 2",
        within_ten_thirds.with_then(Eq(3 * phi * (SLOPE - REST_BOUND * phi), 10 * psi * (SLOPE + REST_BOUND * psi))),
        at({**SQUARE, psi: Rational(3, 5), phi: 2}),
    ),
)
def ratio_of_the_ranges() -> Theorem:
    """3/10 <= C psi + K psi^2, and C phi - K phi^2 <= 1."""
    using = (begins_at(psi), begins_at(phi))
    return follows(within_ten_thirds.then, *within_ten_thirds.given, using=using, because="two expansions")
