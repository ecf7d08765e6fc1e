"""Corridors glued together: what holds on each piece, and what a piece may be. (Example 2.6).

The lesser of two losses has the derivative of the lower one at every point where they differ. So if both are corridors, H g = 0 off the
gluing set, where they agree. A wavy cone is no such piece (see `wavy_cones`). The gluing set is null where finitely many lines make it up;
of infinitely many pieces it need not be: the distance from a Cantor set of positive length is affine on each half of every gap, and on no
other interval. On the gluing set itself see `kinks`.
"""

from sympy import Expr, Lambda, Min

from theory.corridors.corridor import (
    DESCENDS,
    LIVES,
    SOLVES,
    STEADY,
    STRAIGHT,
    TIMES,
    everywhere,
    straight_solutions_have_one_gradient,
)
from theory.corridors.symbols import T, U, d, g, loss, other_g, other_loss, outward, since, t, turning, unit, v, w, x
from theory.corridors.wavy_cones import WAVES, the_waves_are_convex
from theory.corridors.wavy_cones import printed as wavy_printed
from theory.evidence import at, mutant, proves, refutes
from theory.proof import (
    And,
    Refutation,
    Statement,
    Theorem,
    Trace,
    Velocity,
    assume,
    cite,
    conclude,
    conjunction,
    counterexample,
    cut,
    follows,
    inner,
    specialize,
)
from theory.proof.flows import during
from theory.proof.ranges import throughout

printed = Statement(wavy_printed.given, wavy_printed.then, source="dherin-rosca:example-2-6")
LINE = x(t) + d * w  # through x(t), in any direction
LOWER = everywhere(Velocity(Lambda(d, loss(LINE)), inner(g(x(t)), w)))  # the first loss has the gradient g along x
UPPER = everywhere(Velocity(Lambda(d, other_loss(LINE)), inner(other_g(x(t)), w)))  # and the second another one
BELOW = everywhere(loss(x(t)) < other_loss(x(t)))


def glued(slope: Expr) -> object:
    """The lesser of both losses has this gradient along x."""
    return everywhere(Velocity(Lambda(d, Min(loss(LINE), other_loss(LINE))), inner(slope, w)))


example_2_6 = printed.amend(
    given=(LIVES, SOLVES, STRAIGHT, LOWER, UPPER, BELOW),
    then=And(glued(g(x(t))), DESCENDS, STEADY),
    why="Off the gluing set a glued loss has the derivatives of one of its pieces, so H g = 0 there exactly if the pieces are corridors. "
    "The wavy cones that the example names are not. That the gluing set is null needs finitely many pieces, or an argument.",
)


@refutes(printed, why=example_2_6.why)
def a_wavy_piece() -> Refutation:
    """The convex cone r (10 + cos(3 phi)) at the angle pi/6, far from any gluing line: see figure 1b."""
    return counterexample(printed, {key: value for key, value in WAVES.items() if key not in (outward, turning)}, the_waves_are_convex())


# The lesser of 2 theta + 1 and 20, from 5 down to where they are apart
ROOF = {
    since: -1,
    T: 3,
    unit: [[1]],
    x: Lambda(t, (5 - 2 * t) * unit),
    v: [[-2]],
    w: [[3]],
    loss: Lambda(U, 2 * Trace(U) + 1),
    g: Lambda(U, 2 * unit),
    other_loss: Lambda(U, 20),
    other_g: Lambda(U, 0),
}


def below_the_top() -> Theorem:
    """11 - 4 t < 20 for t > -1."""
    return throughout(follows(11 - 4 * t < 20, t > -1), t, during(t, -1, 3))


def along_the_roof() -> Theorem:
    """The lesser of 11 - 4 t + 6 d and 20 moves at the rate 6."""
    rising, level = cite("straight-line", 11 - 4 * t, 6, d), cite("straight-line", 20, 0, d)
    below = follows(11 - 4 * t < 20, t > -1)
    lesser = cut(cite("velocity-of-the-lesser", *rising.then.args, *level.then.args), rising, level, below)
    return throughout(lesser, t, during(t, -1, 3))


@proves(
    example_2_6,
    witness=at(ROOF, below_the_top, along_the_roof),
    mutants=[
        mutant(example_2_6.with_then(glued(other_g(x(t)))), ROOF, "of the upper one", below_the_top),
        mutant(example_2_6.drop(BELOW), {**ROOF, other_loss: Lambda(U, 2)}, "wherever they are"),
    ],
)
def a_glued_loss_has_the_derivatives_of_its_pieces() -> Theorem:
    """Both losses are continuous, so the lower one stays below near by: what it is along straight solutions, the glued loss is."""
    low, high, apart = (specialize(assume(hypothesis), t) for hypothesis in (LOWER, UPPER, BELOW))
    lesser = cut(cite("velocity-of-the-lesser", *low.then.args, *high.then.args), low, high, apart)
    return conclude(conjunction(throughout(lesser, t, TIMES), straight_solutions_have_one_gradient()), example_2_6)
