"""Which ruled surfaces form a corridor: those whose lines fall as steeply as the surface does anywhere. (Figure 1a).

A surface is ruled if a line of it runs through each of its points. If all these lines have the greatest slope M of the surface, as on a
roof, a cone, or over the distance from a curve, then the gradient is the same all along each line: it is M in the direction of the line.
So the lines are lines of steepest descent, and the flow runs along them at the constant speed M. A saddle is ruled too, and forms no
corridor.
"""

from functools import cache

from sympy import Eq, Lambda
from sympy.functions.elementary.complexes import transpose

from theory.corridors.corridor import LIVES, TIMES, everywhere, jacobian
from theory.corridors.linear_loss import LOSS
from theory.corridors.symbols import L, T, U, d, since, steepest, t, u, y, z
from theory.evidence import at, mutant, proves
from theory.proof import (
    And,
    Statement,
    Theorem,
    Velocity,
    assume,
    cite,
    combine_words,
    conclude,
    conjunction,
    cut,
    equal_words,
    follows,
    generalize,
    inner,
    rewrite,
    specialize,
    squared_norm,
    weaken,
)
from theory.proof.ranges import throughout

POINT = y + t * u  # of a line through y; along it the loss falls at the rate M
RULING = everywhere(Eq(L(POINT), L(y) - t * steepest))
ONE = Eq(squared_norm(u), 1)
AT_POINT = jacobian(LOSS, POINT, transpose(z))  # the gradient at the point is z
STEEPEST = squared_norm(z) <= steepest**2
ALONG = Eq(z, -steepest * u)
FLOWS = Velocity(Lambda(d, y + (t + d * steepest) * u), -z)
figure_1a = Statement((LIVES, *TIMES.args, ONE, RULING, AT_POINT, STEEPEST), And(ALONG, FLOWS), source="dherin-rosca:figure-1a")
# The loss 5 - 2 theta on the line, which falls at the rate 2
ROOF = {since: -1, T: 4, t: 3, y: [[1]], u: [[1]], z: [[-2]], steepest: 2, L: Lambda(U, 5 - 2 * U)}


@cache
def rate() -> Theorem:
    """Along the line the loss changes at the rate <z, u>, and at the rate -M."""
    line, rests = cite("straight-line", POINT, u, d), cite("straight-line", 0, 0, d)
    moves = cut(cite("chain-rule", LOSS, line.then.args[0], rests.then.args[0], transpose(z), 0, u, 0), assume(AT_POINT), line, rests)
    falls = cite("straight-line", L(y) - t * steepest, -steepest, d)
    there = rewrite(weaken(specialize(assume(RULING), t + d), *TIMES.args), equal_words(y + (t + d) * u, POINT + d * u))
    same = combine_words(L(POINT + d * u), falls.then.args[0].expr, (1, there, 1))
    ahead = throughout(same, d, And(d >= 0, d < T - t))
    found = cite("same-ahead", moves.then.args[0], falls.then.args[0], transpose(z) * u, -steepest, T - t)
    return cut(found, ahead, moves, falls, follows(T - t > 0, t < T))


@proves(
    figure_1a,
    witness=at(ROOF),
    mutants=[
        mutant(figure_1a.with_then(Eq(z, steepest * u)), ROOF, "uphill"),
        mutant(figure_1a.drop(RULING), {**ROOF, u: [[-1]]}, "for lines that rise"),
        mutant(figure_1a.drop(STEEPEST, RULING), {**ROOF, steepest: 1}, "for lines less steep than the surface"),
    ],
)
def lines_of_the_greatest_slope_are_lines_of_descent() -> Theorem:
    """|z + M u|^2 = |z|^2 + 2 M <z, u> + M^2 <= M^2 - 2 M^2 + M^2 = 0."""
    gap = z + steepest * u
    slope = equal_words(inner(z, u), -steepest, rate())
    wide = equal_words(squared_norm(gap), squared_norm(z) + 2 * steepest * inner(z, u) + steepest**2 * squared_norm(u))
    none = follows(Eq(squared_norm(gap), 0), ONE, STEEPEST, using=(slope, wide, cite("norm-nonnegative", gap)), because="at most 0")
    along = combine_words(z, -steepest * u, (1, cut(cite("norm-definite", gap), none), 1))
    line = cite("straight-line", POINT, steepest * u, d)
    flow = FLOWS.args[0]
    same = generalize(equal_words(flow.expr, line.then.args[0].expr), d)
    flows = cut(cite("same-curve", flow, line.then.args[0], steepest * u), same, line)
    flows = rewrite(flows, combine_words(steepest * u, -z, (1, along, 1)))
    return conclude(conjunction(along, flows), figure_1a)
