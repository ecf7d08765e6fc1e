"""Corridors glued together: what holds on each piece, and what a piece may be. (Example 2.6).

The lesser of two losses has the derivative of the lower one at every point where they differ. So if both are corridors, H g = 0 off the
gluing set, where they agree. A wavy cone is no such piece (see `wavy_cones`). The gluing set is null where finitely many lines make it up;
of infinitely many pieces it need not be: the distance from a Cantor set of positive length is affine on each half of every gap, and on no
other interval.
"""

from sympy import Abs, Lambda, Min, Rational, sqrt

from theory.corridors.symbols import U, d, loss, other_loss, outward, turning, u, unit, w, y, z
from theory.corridors.wavy_cones import WAVES
from theory.corridors.wavy_cones import printed as wavy_printed
from theory.evidence import at, mutant, proves, refutes
from theory.proof import Refutation, Statement, Theorem, Velocity, cite, conclude, counterexample, inner, squared_norm

printed = Statement(wavy_printed.given, wavy_printed.then, source="dherin-rosca:example-2-6")
LINE = y + d * w  # through the point y, in any direction
LOWER = Velocity(Lambda(d, loss(LINE)), inner(z, w))  # the first loss has the gradient z at y
UPPER = Velocity(Lambda(d, other_loss(LINE)), inner(u, w))  # and the second the gradient u
GLUED = Lambda(d, Min(loss(LINE), other_loss(LINE)))
example_2_6 = printed.amend(
    given=(LOWER, UPPER, loss(y) < other_loss(y)),
    then=Velocity(GLUED, inner(z, w)),
    why="Off the gluing set a glued loss has the derivatives of one of its pieces, so H g = 0 there exactly if the pieces are corridors. "
    "The wavy cones that the example names are not. That the gluing set is null needs finitely many pieces, or an argument.",
)


@refutes(printed, why=example_2_6.why)
def a_wavy_piece() -> Refutation:
    """R (2 + cos(3 phi)) at the angle pi/6, far from any gluing line: see figure 1b."""
    return counterexample(printed, {key: value for key, value in WAVES.items() if key not in (outward, turning)})


# The distance to the nearer of the tips 0 and (-9, -1), seen from the point (3, 4)
NEAR, FAR = Lambda(U, sqrt(Abs(squared_norm(U)))), Lambda(U, sqrt(Abs(squared_norm(U - unit))))
TWO_CONES = {
    loss: NEAR,
    other_loss: FAR,
    unit: [[-9], [-1]],
    y: [[3], [4]],
    w: [[2], [-1]],
    z: [[Rational(3, 5)], [Rational(4, 5)]],
    u: [[Rational(12, 13)], [Rational(5, 13)]],
}


@proves(
    example_2_6,
    witness=at(TWO_CONES),
    mutants=[
        mutant(example_2_6.with_then(Velocity(GLUED, inner(u, w))), TWO_CONES, "of the upper one"),
        mutant(
            example_2_6.drop(loss(y) < other_loss(y)),
            {**TWO_CONES, loss: FAR, other_loss: NEAR, z: TWO_CONES[u], u: TWO_CONES[z]},
            "wherever they are",
        ),
    ],
)
def a_glued_loss_has_the_derivatives_of_its_pieces() -> Theorem:
    """Both losses are continuous, so the lower one stays below near by."""
    lesser = cite("velocity-of-the-lesser", *LOWER.args, *UPPER.args)
    return conclude(lesser, example_2_6)
