"""With one parameter, only linear pieces are corridors. (Example 2.2).

On an interval U = (low, high) the loss has two derivatives, `slope` and `bend`, and position(a, t) is a solution of gradient flow that
starts at a. If they are straight lines, then bend slope = 0 on U, so slope^2 does not change: a slope that is 0 at one point is 0 at all,
and where it is nowhere 0 the second derivative is. The second derivative need not be continuous. On two intervals the slopes may differ.
"""

from functools import cache

from sympy import Eq, Expr, Gt, Lambda, Lt, Ne

from theory.corridors.corridor import later, line_velocity, written
from theory.corridors.symbols import T, U, a, bend, d, duration, g, high, loss, low, p, past, position, rate, since, slope, t, v, x
from theory.evidence import at, mutant, proves
from theory.proof import (
    And,
    ForAll,
    Implies,
    Statement,
    Theorem,
    Velocity,
    assume,
    cite,
    combine_words,
    conclude,
    conjunction,
    cut,
    discharge,
    follows,
    generalize,
    instance,
    rewrite,
    specialize,
)
from theory.proof.flows import during
from theory.proof.ranges import throughout

STARTS, AROUND, WHILE = during(a, low, high), during(t, low - p, high - p), during(t, past(a), duration(a))


def of_each(body: object) -> ForAll:
    """What holds of the solution from every point of the interval, at every time."""
    return ForAll(a, STARTS, ForAll(t, WHILE, body))


def around(body: object) -> ForAll:
    """What holds at every p + t of the interval."""
    return ForAll(t, AROUND, body)


HERE = position(a, t)
INTERVAL = (low < p, p < high)
TWICE = (ForAll(a, STARTS, Velocity(Lambda(d, loss(a + d)), slope(a))), ForAll(a, STARTS, Velocity(Lambda(d, slope(a + d)), bend(a))))
LASTS = ForAll(a, STARTS, And(past(a) < 0, duration(a) > 0))
SOLUTIONS = of_each(Velocity(later(HERE), -slope(HERE)))
WITHIN = of_each(And(HERE > low, HERE < high))
FIRST = ForAll(a, STARTS, Eq(position(a, 0), a))
CORRIDOR = of_each(Eq(HERE, position(a, 0) + t * rate(a)))
LINES = of_each(Eq(HERE, position(a, 0) - t * slope(position(a, 0))))
AFFINE = around(Eq(loss(p + t), loss(p) + t * slope(p)))
FLAT = around(And(Eq(bend(p + t), 0), Eq(bend(p + t) * slope(p + t), 0)))
example_2_2 = Statement(
    (*INTERVAL, *TWICE, LASTS, SOLUTIONS, WITHIN, FIRST),
    And(Implies(CORRIDOR, AFFINE), Implies(AFFINE, And(LINES, FLAT))),
    source="dherin-rosca:example-2-2",
)
SOLUTION = {x: Lambda(t, HERE), g: Lambda(U, slope(U)), v: rate(a), since: past(a), T: duration(a)}


ENDS = (low - p, high - p)


def of_start(hypothesis: ForAll) -> Theorem:
    """What is given of the solution from a."""
    return specialize(assume(hypothesis), a)


def settled(theorem: Theorem, *known: object) -> Theorem:
    """Without the hypotheses on numbers that follow from those that are known."""
    for condition in (c for c in theorem.given if isinstance(c, Gt | Lt)):
        if condition not in known:
            theorem = cut(theorem, follows(condition, *known))
    return theorem


def settled_now(theorem: Theorem) -> Theorem:
    """At the time 0, when the solution from a lives."""
    lives = LASTS.args[2]
    return cut(settled(theorem, *INTERVAL, *STARTS.args, *lives.args), of_start(LASTS))


def at_start(theorem: Theorem) -> Theorem:
    """A theorem about the times of the solution from a, at the time 0, at which it is in a."""
    return rewrite(settled_now(specialize(throughout(theorem, t, WHILE), 0)), of_start(FIRST))


def of_point(theorem: Theorem) -> Theorem:
    """What holds at every point of the interval, at p + t."""
    return settled(specialize(theorem, p + t), *INTERVAL, *AROUND.args)


def moves(hypothesis: ForAll) -> Theorem:
    """A derivative at p + t."""
    return of_point(assume(hypothesis))


def never_moves(value: Expr, rests: Theorem) -> Theorem:
    """What never moves, for low < p + t < high, is at p + t what it is at p."""
    constant = cite("constant-curve", Lambda(t, value), d, *ENDS)
    constant = cut(constant, throughout(written(rests, value), t, AROUND), *(follows(c, *INTERVAL) for c in constant.given[:2]))
    return specialize(constant, t)


# In a corridor it is linear


@cache
def product_vanishes() -> Theorem:
    """The solution from a has one slope, and it changes at the rate -bend slope there: bend(a) slope(a) = 0."""
    speed = cut(instance(line_velocity(), SOLUTION), of_start(SOLUTIONS), of_start(CORRIDOR))
    one = combine_words(slope(HERE), slope(a), (-1, speed, 1), (1, at_start(speed), 1))
    later = cut(follows(t > past(a), t >= 0, LASTS.args[2]), of_start(LASTS))
    ahead = throughout(cut(one, later), t, And(t >= 0, t < duration(a)))
    back = combine_words(a, position(a, 0), (-1, of_start(FIRST), 1))
    change = rewrite(of_start(TWICE[1]), back)
    runs = settled_now(specialize(of_start(SOLUTIONS), 0))
    falls = cite("chain-rule-of-numbers", Lambda(d, slope(d)), bend(position(a, 0)), Lambda(d, position(a, d)), -slope(position(a, 0)))
    falls = rewrite(cut(falls, change, runs), of_start(FIRST))
    rests = cite("straight-line", slope(a), 0, d)
    none = cite("same-ahead", falls.then.args[0], rests.then.args[0], falls.then.args[1], 0, duration(a))
    ahead = generalize(specialize(ahead, d), d, And(d >= 0, d < duration(a)))
    none = cut(none, ahead, rests, falls, cut(follows(duration(a) > 0, LASTS.args[2]), of_start(LASTS)))
    zero = follows(Eq(bend(a) * slope(a), 0), using=(none,), because="the slope does not change")
    return throughout(zero, a, STARTS)


@cache
def one_slope() -> Theorem:
    """slope(p + t) = slope(p): slope^2 does not change, and where it is nowhere 0, bend is."""
    here, change = slope(p + t), moves(TWICE[1])
    none = of_point(product_vanishes())
    square = cite("velocity-of-product", *change.then.args, *change.then.args)
    square = rewrite(cut(square, change), follows(Eq(square.then.args[1], 0, evaluate=False), using=(none,), because="bend slope = 0"))
    same = never_moves(here**2, square)
    zero = discharge(follows(Eq(here, slope(p)), Eq(slope(p), 0), using=(same,), because="a square that is 0"), Eq(slope(p), 0))
    still = follows(Eq(bend(p + t), 0), Ne(slope(p), 0), using=(same, none), because="bend slope = 0, and the slope is not 0")
    never = discharge(never_moves(here, rewrite(change, still)), Ne(slope(p), 0))
    return follows(Eq(here, slope(p)), using=(zero, never), because="slope(p) is 0, or it is not")


@cache
def is_linear() -> Theorem:
    """The difference loss(p + t) - t slope(p) does not change."""
    climbs = rewrite(moves(TWICE[0]), one_slope())
    line = cite("straight-line", -t * slope(p), -slope(p), d)
    level = cite("velocity-of-addition", *climbs.then.args, *line.then.args)
    level = never_moves(loss(p + t) - t * slope(p), cut(level, climbs, line))
    linear = follows(AFFINE.args[2], using=(level,), because="the difference does not change")
    return discharge(throughout(linear, t, AROUND), CORRIDOR)


# Where it is linear, it is a corridor


def ahead(velocity: Theorem, same: Theorem, start: Expr, rate_: Expr) -> Theorem:
    """The curve that moves at a velocity, and is start + d rate from d = 0 on, moves at that rate."""
    line = cite("straight-line", start, rate_, d)
    of = velocity.then.args[0]
    until = high - p - t
    there = generalize(conclude(same, Statement((*given_of(same), d >= 0, d < until), same.then)), d, And(d >= 0, d < until))
    found = cite("same-ahead", of, line.then.args[0], velocity.then.args[1], rate_, until)
    return cut(found, there, line, velocity, follows(until > 0, t < high - p))


def given_of(theorem: Theorem) -> tuple[object, ...]:
    """The hypotheses that do not speak of d, and the range of t."""
    return (*(h for h in theorem.given if d not in h.free_symbols), *AROUND.args)


@cache
def steady() -> Theorem:
    """The slope is slope(p) at every point of the interval."""
    on_it = specialize(assume(AFFINE), t + d)
    same = follows(Eq(loss(p + t + d), loss(p) + t * slope(p) + d * slope(p)), using=(on_it,), because="it is linear")
    return throughout(ahead(moves(TWICE[0]), same, loss(p) + t * slope(p), slope(p)), t, AROUND)


@cache
def straight() -> Theorem:
    """So there is no second derivative, and every solution moves at one velocity."""
    none = ahead(moves(TWICE[1]), specialize(steady(), t + d), slope(p), 0)
    flat = conjunction(none, follows(FLAT.args[2].args[1], using=(none,), because="times 0"))
    inside = specialize(of_start(WITHIN), t)
    along = specialize(steady(), HERE - p)
    along = cut(along, *(cut(follows(c, inside.then), inside) for c in along.given if c.has(position) and isinstance(c, Gt | Lt)))
    runs = rewrite(specialize(of_start(SOLUTIONS), t), along)
    line = cite("straight-line", t * slope(p), slope(p), d)
    rests = cite("velocity-of-addition", *runs.then.args, *line.then.args)
    rests = throughout(written(cut(rests, runs, line), HERE + t * slope(p)), t, WHILE)
    start = cite("constant-curve", Lambda(t, HERE + t * slope(p)), d, past(a), duration(a))
    same = specialize(cut(start, rests, of_start(LASTS)), t)
    first = settled_now(specialize(throughout(along, t, WHILE), 0))
    line_ = follows(LINES.args[2].args[2], using=(same, first), because="it moves at the rate -slope(p)")
    lines = throughout(throughout(line_, t, WHILE), a, STARTS)
    return discharge(conjunction(lines, throughout(flat, t, AROUND)), AFFINE)


# The loss 2 theta + 1 on (-3, 5), and theta^2
RAMP = {
    low: -3,
    high: 5,
    p: 1,
    loss: Lambda(t, 2 * t + 1),
    slope: Lambda(t, 2),
    bend: Lambda(t, 0),
    past: Lambda(a, (a - 5) / 2),
    duration: Lambda(a, (a + 3) / 2),
    position: Lambda((a, t), a - 2 * t),
    rate: Lambda(a, -2),
}


def ramp_lasts() -> Theorem:
    """From a the solution a - 2 t needs the time (a + 3)/2 to the end of the interval."""
    return throughout(follows(And((a - 5) / 2 < 0, (a + 3) / 2 > 0), a > -3, a < 5), a, And(a > -3, a < 5))


def ramp_stays() -> Theorem:
    """And is inside until then."""
    times = And(t > (a - 5) / 2, t < (a + 3) / 2)
    return generalize(throughout(follows(And(a - 2 * t > -3, a - 2 * t < 5), *times.args), t, times), a, And(a > -3, a < 5))


def rest_stays() -> Theorem:
    """Whatever rests is inside for ever."""
    times = And(t > -1, t < 1)
    inside = follows(And(a > -3, a < 5), a > -3, a < 5)
    return throughout(throughout(inside, t, times), a, And(a > -3, a < 5))


RESTING = {**RAMP, loss: Lambda(t, t**2), slope: Lambda(t, 2 * t), bend: Lambda(t, 2), past: Lambda(a, -1), duration: Lambda(a, 1)}
RESTING |= {position: Lambda((a, t), a + 0 * t), rate: Lambda(a, 0)}


@proves(
    example_2_2,
    witness=at(RAMP, ramp_lasts, ramp_stays),
    mutants=[
        mutant(example_2_2.drop(SOLUTIONS), RESTING, "for curves that are no solutions", rest_stays),
        mutant(Statement((*INTERVAL, *TWICE), AFFINE), RESTING, "every loss"),
        mutant(example_2_2.with_then(Implies(CORRIDOR, Eq(slope(p), 0))), RAMP, "only flat pieces", ramp_lasts, ramp_stays),
    ],
)
def corridors_of_one_parameter_are_linear() -> Theorem:
    """The slope is constant along every solution, so bend slope = 0; and back, with one slope every solution has one velocity."""
    return conclude(conjunction(is_linear(), straight()), example_2_2)
