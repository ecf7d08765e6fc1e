"""The graph of a loss over a corridor is a ruled surface; not every ruled surface is one. (Example 2.5, in any dimension).

A point where the gradient is not 0 lies on the graph of its line of steepest descent. At a critical point that line is a point; but then
the gradient is 0 all around, as |g| does not change in a connected corridor, and every line through the point is on the graph.
The saddle x y shows that the converse fails: two lines of its graph run through every point, and H g = (x, y) is 0 at the origin only.
"""

from functools import cache

from sympy import Eq, Lambda, Rational
from sympy.functions.elementary.complexes import transpose

from theory.corridors.corridor import GRADIENT, LIVES, SOLVES, STRAIGHT, TIMES, everywhere, jacobian, written
from theory.corridors.eikonal import a_corridor_has_one_slope
from theory.corridors.linear_loss import LINE, LOSS, RAMP_LOSS, SLOPE, the_loss_falls_linearly
from theory.corridors.quadratics import SYMMETRIC, gradient, loss
from theory.corridors.symbols import A, H, L, U, c, d, g, h11, h12, h22, heading, p, q, s, t, u, v, w, x, y
from theory.evidence import at, extends, mutant, proves
from theory.proof import (
    And,
    ForAll,
    Implies,
    Statement,
    Theorem,
    assume,
    cite,
    conclude,
    conjunction,
    cut,
    discharge,
    equal_words,
    follows,
    generalize,
    inner,
    instance,
    part,
    specialize,
    squared_norm,
)
from theory.proof.ranges import throughout

POINT = x(0) + t * w  # on a segment through x(0), in any direction
SEGMENT = (
    everywhere(jacobian(GRADIENT, POINT, H(POINT))),
    everywhere(jacobian(LOSS, POINT, transpose(g(POINT)))),
    everywhere(Eq(transpose(H(POINT)), H(POINT))),
    everywhere(Eq(H(POINT) * g(POINT), 0)),
)
AT_REST = Eq(g(x(0)), 0)
LEVEL = Implies(AT_REST, everywhere(Eq(L(POINT), L(x(0)))))
# A loss <theta, A theta>/2 with A^2 = 1, and a direction u with <u, A u> = 0: x y is one
SADDLE = (SYMMETRIC, Eq(A * A, 1), Eq(inner(u, A * u), 0), squared_norm(y) > 0)
ON_LINES = ForAll(s, True, Eq(loss(y + s * u, 0), loss(y, 0) + s * (inner(u, A * y) + inner(y, A * u)) / 2))
NO_CORRIDOR = squared_norm(A * gradient(y, 0)) > 0  # H g is not 0
example_2_5 = Statement(
    (LIVES, SOLVES, STRAIGHT, SLOPE, *SEGMENT, *SADDLE),
    And(LINE, LEVEL, ON_LINES, NO_CORRIDOR),
    source="dherin-rosca:example-2-5",
)
# The loss 2 theta + 1, and beside it the saddle x y at (1, 1); and a loss that is flat near by
SADDLE_XY = {A: [[0, 1], [1, 0]], u: [[1], [0]], y: [[1], [1]], c: 0}
OVER_RAMP = {**RAMP_LOSS, **SADDLE_XY, w: [[3]]}
OVER_FLAT = {**OVER_RAMP, L: Lambda(U, 5), g: Lambda(U, 0), x: Lambda(t, 7 + 0 * t), v: [[0]]}


@cache
def level() -> Theorem:
    """At a critical point of a corridor, the loss is constant along every segment inside."""
    line = written(cite("straight-line", POINT, w, d), POINT)
    flat = instance(a_corridor_has_one_slope(), {x: Lambda(t, POINT), heading: Lambda(t, w)})
    flat = cut(flat, throughout(line, t, TIMES))
    still = next(part_ for part_ in flat.then.args if isinstance(part_, Implies))
    there = specialize(follows(still.args[1], AT_REST, using=(part(flat, still),), because="at a critical point"), t)
    return discharge(throughout(part(there, LEVEL.args[1].args[2]), t, TIMES), AT_REST)


@cache
def on_lines() -> Theorem:
    """<y + s u, A (y + s u)> = <y, A y> + 2 s <u, A y> + s^2 <u, A u>, and the last is 0."""
    wide = equal_words(loss(y + s * u, 0), ON_LINES.args[2].rhs + s**2 * inner(u, A * u) / 2)
    return generalize(follows(ON_LINES.args[2], SADDLE[2], using=(wide,), because="<u, A u> = 0"), s)


@cache
def no_corridor() -> Theorem:
    """A A y = y."""
    same = equal_words(squared_norm(A * gradient(y, 0)), squared_norm(y), assume(SADDLE[1]))
    return follows(NO_CORRIDOR, SADDLE[3], using=(same,), because="A A y = y")


@proves(
    example_2_5,
    witness=at(OVER_RAMP),
    mutants=[
        mutant(example_2_5.drop(SLOPE, SEGMENT[1]), {**OVER_FLAT, L: Lambda(U, 2 * U)}, "for a loss with another gradient"),
        mutant(example_2_5.with_then(everywhere(Eq(L(POINT), L(x(0))))), OVER_RAMP, "level in every direction"),
        mutant(example_2_5.drop(SADDLE[2]).with_then(ON_LINES), {**OVER_RAMP, u: [[1], [1]]}, "lines in every direction"),
    ],
)
def corridors_are_ruled() -> Theorem:
    """Proposition 2.10 where the gradient is not 0; where it is, the graph is level."""
    return conclude(conjunction(the_loss_falls_linearly(), level(), on_lines(), no_corridor()), example_2_5)


# In the plane: no Gaussian curvature, which is det H/(1 + |g|^2)^2

IN_THE_PLANE = (Eq(h11 * p + h12 * q, 0), Eq(h12 * p + h22 * q, 0))
no_curvature = Statement((*IN_THE_PLANE, p**2 + q**2 > 0), Eq(h11 * h22 - h12**2, 0))
CONE = {h11: Rational(16, 125), h12: Rational(-12, 125), h22: Rational(9, 125), p: Rational(3, 5), q: Rational(4, 5)}  # |theta| at (3, 4)


@extends(
    "dherin-rosca:example-2-5",
    no_curvature,
    witness=at(CONE),
    mutants=[
        mutant(no_curvature.drop(p**2 + q**2 > 0), {h11: 1, h12: 0, h22: 1, p: 0, q: 0}, "at critical points of any loss"),
        mutant(no_curvature.drop(IN_THE_PLANE[1]), {h11: 0, h12: 1, h22: 5, p: 1, q: 0}, "with one equation"),
    ],
)
def the_surface_has_no_gaussian_curvature() -> Theorem:
    """H g = 0 with g not 0."""
    return follows(no_curvature.then, *no_curvature.given, because="a matrix that annihilates something")
