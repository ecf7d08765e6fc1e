"""What the abstract and section 3 say in words: where descent and flow agree, and what that does to regularisation."""

from functools import cache

from sympy import Eq, Lambda
from sympy.functions.elementary.complexes import transpose

from theory.corridors.consequences import ASTRAY, RAMP_RUN
from theory.corridors.corridor import (
    CORRIDOR,
    DESCENDS,
    GRADIENT,
    LIVES,
    SMOOTH,
    SOLVES,
    STRAIGHT,
    TIMES,
    every_solution,
    everywhere,
    of_all,
    the_product_vanishes,
)
from theory.corridors.descent import (
    ALL,
    COINCIDE,
    FOLLOWS,
    RAMP_RUNS,
    RUNNING,
    RUNS,
    as_printed,
    descent_follows_the_flow_only_in_corridors,
    over_the_kink,
    straight_flow_is_followed,
    theorem_3_1,
)
from theory.corridors.linear_loss import LINE, SLOPE, the_loss_falls_linearly
from theory.corridors.symbols import H, L, U, a, d, g, h, iterate, n, s, t, w, x
from theory.evidence import at, informal, mutant, proves, refutes
from theory.proof import (
    And,
    Implies,
    Refutation,
    Theorem,
    Velocity,
    assume,
    cite,
    combine_words,
    conclude,
    conjunction,
    cut,
    discharge,
    equal_words,
    part,
    rewrite,
    specialize,
    transposed,
)
from theory.proof.ranges import throughout

printed_summary = as_printed("text-thm31-summary")
summary = printed_summary.amend(given=theorem_3_1.given, then=theorem_3_1.then, why=theorem_3_1.why)
RUNS_OFF = {**RAMP_RUNS, iterate: Lambda((a, s, h, n), a - 2 * s - 3 * h * n)}


@refutes(printed_summary, why=summary.why)
def not_the_same_trajectory_over_the_kink() -> Refutation:
    """That of theorem 3.1."""
    return over_the_kink(printed_summary)


@proves(
    summary,
    witness=at(RAMP_RUNS),
    mutants=[
        mutant(summary.drop(*summary.given[3:]), RUNS_OFF, "for any iterates"),
        mutant(summary.with_then(Implies(CORRIDOR, every_solution(everywhere(Eq(x(t), x(0)))))), RAMP_RUNS, "only at rest"),
    ],
)
def the_same_trajectory_only_in_corridors() -> Theorem:
    """Theorem 3.1, where "the same trajectory" means: at the times s + n h, for every start, every step size and every n."""
    return descent_follows_the_flow_only_in_corridors()


# The loss falls linearly meanwhile

SLOPES, LINES = every_solution(SLOPE), every_solution(DESCENDS)
printed_characterisation = as_printed("text-abs-characterisation")
characterisation = printed_characterisation.amend(
    given=(*RUNNING, SLOPES),
    then=And(Implies(CORRIDOR, And(COINCIDE, every_solution(LINE))), Implies(COINCIDE, LINES)),
    why=theorem_3_1.why,
)
LOSSES = {**RAMP_RUNS, L: Lambda(U, 2 * U + 1)}


@refutes(printed_characterisation, why=characterisation.why)
def descent_is_not_flow_over_the_kink() -> Refutation:
    """That of theorem 3.1."""
    return over_the_kink(printed_characterisation)


@proves(
    characterisation,
    witness=at(LOSSES),
    mutants=[
        mutant(characterisation.drop(SLOPES), {**LOSSES, L: Lambda(U, U**2)}, "for another loss"),
        mutant(characterisation.drop(*RUNNING[2:]), {**LOSSES, **RUNS_OFF}, "for any iterates"),
    ],
)
def corridors_are_where_descent_is_flow() -> Theorem:
    """Theorem 3.1 and proposition 2.10, for all solutions."""
    both = conclude(descent_follows_the_flow_only_in_corridors(), theorem_3_1)
    followed = of_all(straight_flow_is_followed(), ALL)
    linear = of_all(the_loss_falls_linearly())
    forth = discharge(conjunction(followed, linear), CORRIDOR)
    return conclude(conjunction(forth, part(both, Implies(COINCIDE, LINES))), characterisation)


# Implicit gradient regularisation: L + (h/4) |g|^2 has the gradient g, like L

SYMMETRIC = everywhere(Eq(transpose(H(x(t))), H(x(t))))
ALONG = x(t) + d * w
PENALTY = h * transpose(g(ALONG)) * g(ALONG) / 4
NO_PULL = everywhere(Velocity(Lambda(d, PENALTY), 0))
printed_no_regularisation = as_printed("text-igr-void")
no_regularisation = printed_no_regularisation.amend(
    given=(LIVES, SOLVES, STRAIGHT, SMOOTH, SYMMETRIC, *RUNS), then=And(FOLLOWS, NO_PULL), why=theorem_3_1.why
)
REGULARISED = {**RAMP_RUN, h: 1, w: [[1]]}


@refutes(printed_no_regularisation, why=no_regularisation.why)
def the_corridor_is_left_over_the_kink() -> Refutation:
    """That of theorem 3.1: no iterate is outside, but the flow has left."""
    return over_the_kink(printed_no_regularisation)


@proves(
    no_regularisation,
    witness=at(REGULARISED),
    mutants=[
        mutant(no_regularisation.with_then(everywhere(Velocity(Lambda(d, PENALTY), h))), REGULARISED, "with a pull"),
        mutant(no_regularisation.drop(RUNS[1]), {**REGULARISED, **ASTRAY}, "for other iterates"),
    ],
)
def regularisation_has_no_pull() -> Theorem:
    """The iterates follow the flow, and (h/4) |g|^2 is constant along every direction to first order."""
    return conclude(conjunction(straight_flow_is_followed(), no_pull()), no_regularisation)


@cache
def no_pull() -> Theorem:
    """In every direction w the derivative of (h/4) |g|^2 is (h/4) (w' H g + g' H w) = 0, where H g = 0 and H is symmetric."""
    smooth = specialize(assume(SMOOTH), t)
    line, rests = cite("straight-line", x(t), w, d), cite("straight-line", 0, 0, d)
    bends = cut(cite("chain-rule", GRADIENT, line.then.args[0], rests.then.args[0], H(x(t)), 0, w, 0), smooth, line, rests)
    turned = cut(cite("velocity-of-transpose", *bends.then.args), bends)
    square = cut(cite("velocity-of-product", *turned.then.args, *bends.then.args), turned, bends)
    pull = cut(cite("velocity-of-multiple", *square.then.args, h / 4, 1), square)
    column, even = specialize(the_product_vanishes(), t), specialize(assume(SYMMETRIC), t)
    row = transpose(g(x(t)))
    none = combine_words(row * H(x(t)), 0, (-row, even, 1), (1, transposed(column), 1))
    zero = equal_words(pull.then.args[1], 0, none)
    return throughout(rewrite(pull, zero), t, TIMES)


informal(
    "dherin-rosca:text-intro-no-exact-corridors",
    "It says that exact corridors may not exist on the loss landscapes of networks: a caution, which claims neither.",
)
