"""Gradient descent follows gradient flow exactly in corridors, and only there. (Section 3: theorem 3.1).

Every step must end before the solution leaves the region: a step that jumps over a gap in it lands where the solution never comes.
That the iterates remain in the region is not enough, and theorem 3.1 is amended to say so. "Only there" needs all step sizes and all
starts; that is all it needs: one step each, and not even a second derivative of the loss.
"""

from functools import cache

from sympy import Eq, Expr, Lambda, Min, Rational, sign

from theory.corridors.corridor import (
    CORRIDOR,
    DESCENDS,
    FAMILY,
    LIVES,
    RAMPS,
    SOLVES,
    STRAIGHT,
    TIMES,
    every_solution,
    everywhere,
    line_velocity,
    of_all,
)
from theory.corridors.symbols import T, U, a, d, g, h, iterate, k, n, rho, run, s, since, t, theta, unit, v, x
from theory.evidence import at, mutant, proves, refutes
from theory.proof import (
    And,
    ForAll,
    Implies,
    Refutation,
    Statement,
    Theorem,
    Trace,
    assume,
    cite,
    combine_words,
    conclude,
    conjunction,
    counterexample,
    cut,
    discharge,
    equal_words,
    follows,
    generalize,
    induction,
    instance,
    rewrite,
    specialize,
    substitute,
)
from theory.proof.ranges import throughout

STARTS = And(s > since, s < T)


def every_run(body: object) -> ForAll:
    """For every start x(s) on the solution and every step size h > 0."""
    return ForAll(s, STARTS, ForAll(h, h > 0, body))


FIRST = every_run(Eq(run(s, h, 0), x(s)))
STEPS = every_run(ForAll(n, n >= 0, Eq(run(s, h, n + 1), run(s, h, n) - h * g(run(s, h, n)))))
IN_TIME = s + n * h < T
ON_THE_FLOW = Implies(IN_TIME, Eq(run(s, h, n), x(s + n * h)))
FOLLOWS = every_run(ForAll(n, n >= 0, ON_THE_FLOW))  # as long as the solution lasts, every iterate is on it, at the time s + n h
RUNS = (FIRST, STEPS)


def at_run(definition: ForAll, *values: object) -> Theorem:
    """A hypothesis about all runs, for one of them."""
    theorem = assume(definition)
    for value in (s, h, *values):
        theorem = specialize(theorem, value)
    return theorem


@cache
def straight_flow_is_followed() -> Theorem:
    """run(n) = x(s + n h) on a straight solution, for all n that come in time: by induction."""
    start = follows(substitute(ON_THE_FLOW, {n: 0}), using=(at_run(FIRST),), because="the run starts there")
    step = _next_iterate()
    every = induction(start, discharge(step, step_in_time()), n, 0)
    return throughout(throughout(every, h, h > 0), s, STARTS)


def step_in_time() -> object:
    """The next iterate comes in time."""
    return substitute(IN_TIME, {n: n + 1})


@cache
def _next_iterate() -> Theorem:
    """If the iterate n is on the flow and n + 1 comes in time, it is on the flow: both move by h v."""
    time, after = s + n * h, s + (n + 1) * h
    ranges = (h > 0, n >= 0, s > since, step_in_time())
    here = follows(ON_THE_FLOW.args[1], ON_THE_FLOW, *ranges, because="n h < (n + 1) h")
    step = rewrite(at_run(STEPS, n), here)
    velocity = specialize(throughout(line_velocity(), t, TIMES), time)
    before, then = (specialize(assume(STRAIGHT), when) for when in (time, after))
    terms = ((1, step, 1), (1, before, 1), (h, velocity, 1), (-1, then, 1))
    there = combine_words(run(s, h, n + 1), x(after), *terms, because="both move by h v")
    needs = (STEPS, STRAIGHT, SOLVES, *STARTS.args, ON_THE_FLOW, *ranges)
    return conclude(there, Statement(tuple(dict.fromkeys(needs)), there.then))


@cache
def followed_flow_is_straight() -> Theorem:
    """If one step of any size from any start is on the flow, then x(t) = x(0) - t g(x(0))."""
    first = (since + Min(0, t)) / 2  # a time before 0 and before t
    reach = [one_step(first, when - first) for when in (t, 0)]
    same = specialize(specialize(_within(_gradient_later()), first), -first)
    descends = combine_words(x(t), x(0) - t * g(x(0)), (1, reach[0], 1), (-1, reach[1], 1), (t, same, 1))
    ranges = (LIVES, FOLLOWS, FIRST, STEPS, SOLVES, *TIMES.args)
    return throughout(conclude(descends, Statement(ranges, descends.then)), t, TIMES)


def one_step(start: Expr, step: Expr) -> Theorem:
    """x(s + h) = x(s) - h g(x(s)), from iterate 1."""
    return specialize(specialize(_within(_one_step()), start), step)


def _within(theorem: Theorem) -> Theorem:
    """For all starts and all steps that come in time."""
    return throughout(throughout(theorem, h, And(h > 0, h < T - s)), s, STARTS)


@cache
def _one_step() -> Theorem:
    """x(s + h) = x(s) - h g(x(s)) where it comes in time."""
    follows_ = at_run(FOLLOWS, 1)
    lands = follows(follows_.then.args[1], s + h < T, using=(follows_,), because="in time")
    step = rewrite(at_run(STEPS, 0), at_run(FIRST))
    return combine_words(x(s + h), x(s) - h * g(x(s)), (1, step, 1), (-1, lands, 1))


@cache
def _gradient_later() -> Theorem:
    """g(x(s + h)) = g(x(s)): from the time s + h on, x is the line from x(s), and its velocity is -g."""
    line = instance(_one_step(), {h: h + d})
    written = equal_words(x(s) - (h + d) * g(x(s)), x(s) - h * g(x(s)) - d * g(x(s)))
    needs = (FOLLOWS, FIRST, STEPS, *STARTS.args, h > 0, d >= 0, d < T - s - h)
    line = rewrite(line, written)
    ahead = throughout(conclude(line, Statement(needs, line.then)), d, And(d >= 0, d < T - s - h))
    rate = cite("straight-line", x(s) - h * g(x(s)), -g(x(s)), d)
    moves = specialize(assume(SOLVES), s + h)
    same = cite("same-ahead", moves.then.args[0], rate.then.args[0], -g(x(s + h)), -g(x(s)), T - s - h)
    same = cut(same, ahead, rate, moves)
    return combine_words(g(x(s + h)), g(x(s)), (-1, same, 1))


# Theorem 3.1: all solutions, all starts on them, all step sizes

ALL = {**FAMILY, run: Lambda((s, h, n), iterate(a, s, h, n))}


def every_flow(body: ForAll) -> ForAll:
    """What is said of one solution and its runs, said of all."""
    return ForAll(a, True, substitute(body, ALL))


RUNNING = tuple(every_flow(e) for e in (LIVES, SOLVES, *RUNS))
COINCIDE = every_flow(FOLLOWS)
MAXIMAL = (everywhere(rho(x(t)) > 0), rho(x(T)) <= 0)  # x lasts until it leaves {rho > 0}
DESCENT = (
    Eq(theta(0), x(0)),
    ForAll(k, And(k >= 1, k <= n), Eq(theta(k), theta(k - 1) - h * g(theta(k - 1)))),
    ForAll(k, And(k >= 0, k <= n), rho(theta(k)) > 0),
)


# The half "only in a corridor" is not in question
def as_printed(claim: str) -> Statement:
    """In a corridor the iterates, as long as they remain there, are on the solution."""
    given = (LIVES, SOLVES, *MAXIMAL, STRAIGHT, h > 0, n >= 0, *DESCENT)
    return Statement(given, And(n * h < T, Eq(theta(n), x(n * h))), source=f"dherin-rosca:{claim}")


printed = as_printed("theorem-3-1")
theorem_3_1 = printed.amend(
    given=RUNNING,
    then=And(Implies(CORRIDOR, COINCIDE), Implies(COINCIDE, every_solution(DESCENDS))),
    why="The solution must remain in U until the time of the iterate. That the iterates do is not enough: for |theta| without 0 the step "
    "3/2 from 1 jumps over 0, where the solution ends, and the step after it turns back.",
)
# |theta| on the line without 0: from 1 the step 3/2 lands at -1/2, and the next at 1 again; the solution 1 - t ends at t = 1
OVER = {
    since: -1,
    T: 1,
    n: 2,
    h: Rational(3, 2),
    x: Lambda(t, 1 - t),
    unit: [[1]],
    v: [[-1]],
    theta: Lambda(k, (1 + 3 * (-1) ** k) / 4),
    g: Lambda(U, sign(Trace(U * unit))),
    rho: Lambda(U, Trace(U * unit) ** 2),
}
RAMP_RUNS = {**RAMPS, iterate: Lambda((a, s, h, n), a - 2 * s - 2 * h * n)}


def before_the_kink() -> tuple[Theorem, Theorem]:
    """Where 1 - t > 0, the velocity of 1 - t is -sign(1 - t), and 1 - t is no gap."""
    slope, within = sign(1 - t), And(t > -1, t < 1)
    line = cite("straight-line", 1 - t, -slope, d)
    curve = Lambda(d, 1 - t - d)
    written = follows(Eq(curve.expr, line.then.args[0].expr, evaluate=False), t < 1, because="the slope is 1")
    moves = cut(cite("same-curve", curve, line.then.args[0], -slope), generalize(written, d), line)
    positive = follows((1 - t) ** 2 > 0, t < 1)
    return throughout(moves, t, within), throughout(positive, t, within)


def over_the_kink(statement: Statement) -> Refutation:
    """The counterexample `OVER`."""
    return counterexample(statement, OVER, *before_the_kink())


@refutes(printed, why=theorem_3_1.why)
def the_iterates_jump_over_the_kink() -> Refutation:
    """1, -1/2 and 1 lie in the corridor; the solution from 1 does not come to -1/2."""
    return over_the_kink(printed)


@proves(
    theorem_3_1,
    witness=at(RAMP_RUNS),
    mutants=[
        mutant(
            theorem_3_1.drop(every_flow(STEPS)),
            {**RAMP_RUNS, iterate: Lambda((a, s, h, n), a - 2 * s - 3 * h * n)},
            "for other iterates",
        ),
        mutant(
            theorem_3_1.drop(every_flow(FIRST)),
            {**RAMP_RUNS, iterate: Lambda((a, s, h, n), a - 2 * s - 2 * h * n + 1)},
            "from other starts",
        ),
    ],
)
def descent_follows_the_flow_only_in_corridors() -> Theorem:
    """Solution by solution: by induction in a corridor; and by one step of every size, from every point, for the converse."""
    forth = discharge(of_all(straight_flow_is_followed(), ALL), CORRIDOR)
    back = discharge(of_all(followed_flow_is_straight(), ALL), COINCIDE)
    return conclude(conjunction(forth, back), theorem_3_1)
