"""An analytic loss that is bounded below has no open corridor but a flat one. (Section 1, beside "exact corridors may not exist").

In an open corridor |g|^2 is a constant c nearby. It is analytic, so it is c on every line through the corridor, and so everywhere. Then the
loss falls at the rate c along gradient flow for ever: that needs c = 0, as the loss is bounded below. So g = 0 in the corridor; and a
gradient that is 0 on an open set is 0 everywhere, for the same reason: the loss is constant. Networks with analytic activations and the
squared or the cross-entropy loss are such, and their losses are not constant.
"""

from sympy import Abs, Eq, Lambda, false

from theory.corridors.corridor import later
from theory.corridors.symbols import T, U, c, d, g, inside, least, loss, path, s, t, theta_0, unit
from theory.evidence import at, extends, mutant
from theory.proof import (
    Analytic,
    And,
    ForAll,
    Statement,
    Theorem,
    Trace,
    Velocity,
    absurd,
    assume,
    cite,
    conclude,
    conjunction,
    cut,
    evaluate,
    follows,
    part,
    rewrite,
    specialize,
    squared_norm,
)
from theory.proof.flows import during
from theory.proof.logic import Boolean
from theory.proof.ranges import throughout

ALWAYS = t > -1


def at_all_times(body: Boolean) -> ForAll:
    """What holds all along the solution, which lasts for ever."""
    return ForAll(t, ALWAYS, body)


BETWEEN = theta_0 + s * (path(t) - theta_0)  # on the line from theta, in the corridor, to a point of the solution
STEEPNESS = Lambda(s, squared_norm(g(BETWEEN)))
FALLS = at_all_times(Velocity(later(loss(path(t))), -squared_norm(g(path(t)))))  # the loss along gradient flow
ANALYTIC = at_all_times(Analytic(STEEPNESS))
OPEN = at_all_times(And(inside(t) > 0, ForAll(s, during(s, -inside(t), inside(t)), Eq(STEEPNESS.expr, c))))  # |g|^2 = c near theta
BOUNDED = at_all_times(loss(path(t)) >= least)
flat = Statement((FALLS, ANALYTIC, OPEN, BOUNDED), And(Eq(c, 0), at_all_times(Eq(loss(path(t)), loss(path(0))))))


# The loss 3 on the line, and the loss theta with its solution -t
FLAT = {
    unit: [[1]],
    theta_0: [[5]],
    g: Lambda(U, 0 * unit),
    path: Lambda(t, 7 * unit),
    loss: Lambda(U, 3),
    inside: Lambda(t, 1),
    c: 0,
    least: 2,
}
SLOPE = {**FLAT, g: Lambda(U, unit), path: Lambda(t, -t * unit), loss: Lambda(U, Trace(U)), c: 1}


@extends(
    "dherin-rosca:text-intro-no-exact-corridors",
    flat,
    witness=at(FLAT),
    mutants=[
        mutant(flat.drop(BOUNDED), SLOPE, "for a loss that falls for ever"),
        mutant(flat.drop(FALLS), {**SLOPE, loss: Lambda(U, Trace(U) ** 2), least: 0}, "for another loss"),
    ],
)
def analytic_corridors_are_flat() -> Theorem:
    """|g|^2 = c everywhere, so the loss is L(path(0)) - c t, which is below any bound at last, unless c = 0."""
    line = specialize(assume(OPEN), t)
    known = [part(line, part_) for part_ in line.then.args]
    same = cut(cite("identity-theorem", STEEPNESS, c, inside(t)), *known, specialize(assume(ANALYTIC), t))
    steady = specialize(same, 1)
    falls = rewrite(specialize(assume(FALLS), t), steady)
    clock = evaluate(Velocity(Lambda(d, c * (t + d)), c))
    rests = cut(cite("velocity-of-addition", *falls.then.args, *clock.then.args), falls, clock)
    lasts = during(t, -1, T)
    rests = throughout(conclude(rests, Statement((*flat.given, *lasts.args), rests.then)), t, lasts)
    constant = cut(cite("constant-curve", Lambda(t, loss(path(t)) + c * t), d, -1, T), rests)
    now = specialize(specialize(throughout(constant, T, T > 0), Abs(t) + 1), t)
    now = conclude(now, Statement((*flat.given, ALWAYS), now.then))
    linear = throughout(follows(Eq(loss(path(t)), loss(path(0)) - c * t), using=(now,)), t, ALWAYS)
    late = (loss(path(0)) - least) / c + 1
    positive = follows(c >= 0, using=(cite("norm-nonnegative", g(path(t))), steady))
    start, end, there = specialize(assume(BOUNDED), 0), specialize(assume(BOUNDED), late), specialize(linear, late)
    below = follows(false, c > 0, using=(start, end, there), because="c (late) = L(path(0)) - least + c")
    sides = (condition for condition in below.given if condition not in (*flat.given, c > 0))
    none = absurd(cut(below, *(follows(condition, c > 0, using=(start,)) for condition in sides)), c > 0)
    first = specialize(throughout(conclude(positive, Statement((*flat.given, ALWAYS), positive.then)), t, ALWAYS), 0)
    zero = follows(Eq(c, 0), using=(none, first))
    same_loss = follows(Eq(loss(path(t)), loss(path(0))), using=(zero, specialize(linear, t)))
    return conclude(conjunction(zero, throughout(same_loss, t, ALWAYS)), flat)
