"""What follows from exact steps: no drift, no implicit regularisation, a falling loss. (Sections 1, 3 and 4).

All of it holds for as long as the solution through the iterates lasts, that is until the last step that ends inside the corridor.
"""

from sympy import Eq, Expr, Lambda
from sympy.functions.elementary.complexes import transpose

from theory.corridors.corridor import (
    DESCENDS,
    LIVES,
    SOLVES,
    STEADY,
    STRAIGHT,
    TIMES,
    steady_gradient,
    straight_solutions_have_one_gradient,
)
from theory.corridors.descent import (
    IN_TIME,
    RUNS,
    STARTS,
    STEPS,
    as_printed,
    every_run,
    over_the_kink,
    step_in_time,
    straight_flow_is_followed,
    theorem_3_1,
)
from theory.corridors.linear_loss import RAMP_LOSS, SLOPE, loss_along
from theory.corridors.symbols import L, T, g, h, n, run, s, t, theta, x
from theory.evidence import at, mutant, proves, refutes
from theory.proof import (
    And,
    ForAll,
    Implies,
    Refutation,
    Statement,
    Theorem,
    assume,
    combine_words,
    conclude,
    conjunction,
    discharge,
    equal_words,
    follows,
    part,
    rewrite,
    specialize,
)
from theory.proof.ranges import throughout

RAMP_RUN = {**RAMP_LOSS, run: Lambda((s, h, n), 5 - 2 * s - 2 * h * n)}
ASTRAY = {run: Lambda((s, h, n), 5 - 2 * s - 3 * h * n)}
LATE = {**RAMP_RUN, **ASTRAY}

# The induction in the proof of theorem 3.1; the iterate n + 1 needs only that the iterate n came in time

LINE_N = x(0) - n * h * g(x(0))
LINE_NEXT = x(0) - (n + 1) * h * g(x(0))
STEP_N = Eq(run(0, h, n + 1), run(0, h, n) - h * g(run(0, h, n)))
ITERATES = And(Eq(run(0, h, n), LINE_N), STEP_N, Eq(run(0, h, n + 1), LINE_NEXT))
ON_A_LINE = Eq(theta(n), theta(0) - n * h * g(theta(0)))
printed_induction = Statement(as_printed("theorem-3-1").given, ON_A_LINE, source="dherin-rosca:equation-3-1-induction")
induction_3_1 = printed_induction.amend(
    given=(LIVES, SOLVES, STRAIGHT, *RUNS, h > 0, n >= 0, n * h < T),
    then=ITERATES,
    why="The solution must last until the iterate n: for |theta| without 0 and the step 3/2 the iterates are 1, -1/2 and 1, not -2.",
)
AT_2 = {h: 1, n: 2}


@refutes(printed_induction, why=induction_3_1.why)
def to_and_fro() -> Refutation:
    """1, -1/2, 1 for |theta|, with the step 3/2."""
    return over_the_kink(printed_induction)


@proves(
    induction_3_1,
    witness=at({**RAMP_RUN, **AT_2}),
    mutants=[
        mutant(induction_3_1.with_then(Eq(run(0, h, n + 1), LINE_N)), {**RAMP_RUN, **AT_2}, "one step behind"),
        mutant(induction_3_1.drop(STEPS), {**LATE, **AT_2}, "for other iterates"),
    ],
)
def iterates_are_on_a_line() -> Theorem:
    """The iterate n is x(n h), where the gradient is g(x(0)) still."""
    followed = specialize(specialize(specialize(straight_flow_is_followed(), 0), h), n)
    on_it = follows(followed.then.args[1], n * h < T, using=(followed,))
    time = n * h
    lemma = straight_solutions_have_one_gradient()
    here = combine_words(run(0, h, n), LINE_N, (1, on_it, 1), (1, specialize(part(lemma, DESCENDS), time), 1))
    steady = specialize(part(lemma, STEADY), time)
    step = conclude(specialize(specialize(specialize(assume(STEPS), 0), h), n), Statement(induction_3_1.given, STEP_N))
    there = combine_words(run(0, h, n + 1), LINE_NEXT, (1, rewrite(step, here), 1), (-h, steady, 1))
    return conclude(conjunction(here, step, there), induction_3_1)


# No discretisation error, and a loss that falls at every step


def drift(time: Expr) -> ForAll:
    """The iterate n is where the solution is at this time, as long as it lasts."""
    return every_run(ForAll(n, n >= 0, Implies(IN_TIME, Eq(run(s, h, n) - x(time), 0))))


NO_ERROR = drift(s + n * h)
HERE, NEXT = run(s, h, n), run(s, h, n + 1)
LOWER = Eq(L(NEXT), L(HERE) - h * transpose(g(HERE)) * g(HERE))
FALLS = every_run(ForAll(n, n >= 0, Implies(step_in_time(), And(LOWER, Eq(g(NEXT), g(HERE))))))
ONE = (LIVES, SOLVES, STRAIGHT, *RUNS)
printed_no_drift, printed_stable = as_printed("text-ir-absent"), as_printed("text-abs-no-instability")
no_drift = printed_no_drift.amend(given=ONE, then=NO_ERROR, why=theorem_3_1.why)
stable = printed_stable.amend(
    given=(*ONE, SLOPE),
    then=And(NO_ERROR, FALLS),
    why="The steps must remain in the corridor, not the iterates alone: for |theta| without 0 the step 3/2 leads from 1 to -1/2, "
    "back to 1, and so on for ever, and every other step raises the loss.",
)


@refutes(printed_no_drift, why=no_drift.why)
def a_drift_over_the_kink() -> Refutation:
    """That of theorem 3.1."""
    return over_the_kink(printed_no_drift)


@refutes(printed_stable, why=stable.why)
def back_and_forth_over_the_kink() -> Refutation:
    """That of theorem 3.1: without drift there would be no such instability."""
    return over_the_kink(printed_stable)


@proves(
    no_drift,
    witness=at(RAMP_RUN),
    mutants=[
        mutant(no_drift.drop(STEPS), LATE, "for other iterates"),
        mutant(no_drift.with_then(drift(s + (n + 1) * h)), RAMP_RUN, "a step behind"),
    ],
)
def descent_has_no_discretisation_error() -> Theorem:
    """Theorem 3.1: implicit regularisation by the discretisation error needs one, and here it is 0."""
    exact = at_run_of(straight_flow_is_followed())
    same = follows(exact.then.args[1], IN_TIME, using=(exact,))
    none = combine_words(run(s, h, n) - x(s + n * h), 0, (1, same, 1))
    return over_runs(discharge(none, IN_TIME))


def at_run_of(theorem: Theorem) -> Theorem:
    """What holds for every run, for one."""
    return specialize(specialize(specialize(theorem, s), h), n)


def over_runs(theorem: Theorem) -> Theorem:
    """What holds for one run and step, for every."""
    return throughout(throughout(throughout(theorem, n, n >= 0), h, h > 0), s, STARTS)


@proves(
    stable,
    witness=at(RAMP_RUN),
    mutants=[
        mutant(stable.with_then(every_run(ForAll(n, n >= 0, Implies(step_in_time(), Eq(L(NEXT), L(HERE)))))), RAMP_RUN, "at rest"),
        mutant(stable.drop(STEPS), LATE, "for other iterates"),
    ],
)
def the_loss_falls_at_every_step() -> Theorem:
    """Whatever the step size, the iterates stay on the solution, so every step lowers the loss by h |g|^2 and none leaves it."""
    exact = straight_flow_is_followed()
    time, after = s + n * h, s + (n + 1) * h
    ranges = (h > 0, n >= 0, step_in_time(), *STARTS.args)
    now = follows(Eq(HERE, x(time)), *ranges, using=(at_run_of(exact),), because="as long as the solution lasts")
    then = follows(Eq(NEXT, x(after)), *ranges, using=(specialize(specialize(specialize(exact, s), h), n + 1),), because="the same")
    losses, slopes = (throughout(e, t, TIMES) for e in (loss_along(), steady_gradient()))
    before, behind = (specialize(losses, when) for when in (time, after))
    old, new = (specialize(slopes, when) for when in (time, after))
    steady = combine_words(g(x(after)), g(x(time)), (1, new, 1), (-1, old, 1))
    first = g(x(0))
    square = equal_words(transpose(g(x(time))) * g(x(time)), transpose(first) * first, old)
    lower = combine_words(L(x(after)), L(x(time)) - h * transpose(g(x(time))) * g(x(time)), (1, behind, 1), (-1, before, 1), (h, square, 1))
    back = equal_words(x(time), HERE, now), equal_words(x(after), NEXT, then)
    each = conjunction(rewrite(lower, *back), rewrite(steady, *back))
    needs = (*stable.given, *ranges)
    falls = over_runs(discharge(conclude(each, Statement(needs, each.then)), step_in_time()))
    return conclude(conjunction(descent_has_no_discretisation_error(), falls), stable)
