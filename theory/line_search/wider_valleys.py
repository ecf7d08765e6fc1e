"""Does a curvature that falls along the lines, at a constant slope, say that the valley becomes wider? (section 4, figure 4).

Along its own line, yes: the chord at the height of the start is 2 |slope|/curvature long. Across the lines nothing follows, for the lines
of two steps have two directions. On x^2 + y^2/2, where the valley is equally wide everywhere, SGD with the samples' losses 2 x^2 and y^2
and the rate 1/4 goes from (1/2, 1) along (-1, 0) to (0, 1), and on along (0, -1): the slope of both lines is -1, the curvature first 2 and
then 1. Gradient descent turns like this from the steep directions, which it leaves first, to the flat ones.
"""

from sympy import Eq, Expr, Implies, Integer, Lambda
from sympy.matrices import diag

from theory.evidence import at, mutant, proves, refutes
from theory.line_search.line_loss import curvature
from theory.line_search.symbols import H, e_1, e_2, gradient_at, hessian_at, j, update
from theory.proof import (
    And,
    Refutation,
    Statement,
    Theorem,
    Trace,
    assume,
    conclude,
    conjunction,
    counterexample,
    discharge,
    follows,
    inner,
    rewrite,
    squared_norm,
)


def slope(step: int) -> Expr:
    """<G, u>, where u is the direction of the step's line."""
    return inner(gradient_at(Integer(step)), update(Integer(step)))


def bend(step: int) -> Expr:
    """U' H u."""
    return curvature(hessian_at(Integer(step)), update(Integer(step)))


def chord(step: int) -> Expr:
    """How far the parabola stays below the height of its start: -2 <G, u>/u' H u."""
    return -2 * slope(step) / bend(step)


EARLY, LATE = hessian_at(Integer(1)), hessian_at(Integer(2))
SAME_WAY = Eq(update(Integer(2)), update(Integer(1)))
printed = Statement(
    (
        *(Eq(squared_norm(update(Integer(step))), 1) for step in (1, 2)),
        slope(1) < 0,
        Eq(slope(2), slope(1)),
        bend(2) < bend(1),
    ),
    Trace(LATE) < Trace(EARLY),
    source="mutschler-zell:text-slope-curv",
)
along_the_lines = printed.amend(
    given=(*printed.given, bend(2) > 0),
    then=And(chord(2) > chord(1), Implies(SAME_WAY, curvature(LATE, update(Integer(1))) < bend(1))),
    why="The parabola along the line becomes wider, and the valley too in this direction if both lines have the same. Else the lines may "
    "have turned from steep directions to flat ones, in a valley that is equally wide everywhere.",
)
# x^2 + y^2/2, from (1/2, 1) along (-1, 0) to (0, 1), then along (0, -1): two steps of SGD
TURNS = {
    **{e_1: [[1], [0]], e_2: [[0], [1]], H: diag(2, 1), hessian_at: Lambda(j, H)},
    **{gradient_at: Lambda(j, (2 - j) * e_1 + e_2), update: Lambda(j, (j - 2) * e_1 + (1 - j) * e_2)},
}
# One parameter: -x + x^2 and then -x + x^2/2, both from 0
WIDENS = {**{e_1: [[1]], hessian_at: Lambda(j, (3 - j) * e_1), gradient_at: Lambda(j, -e_1), update: Lambda(j, e_1)}}


@refutes(
    printed,
    why="The loss x^2 + y^2/2 has one Hessian everywhere. Two steps of SGD, with the samples' losses 2 x^2 and y^2, lead from (1/2, 1) "
    "along (-1, 0) to (0, 1) and on along (0, -1): the slope of both lines is -1, the curvature first 2 and then 1. (On the lines of a "
    "perceptron on MNIST the premise fails too: the curvature rises until step 400, then falls by a quarter; the slope falls to a tenth.)",
)
def the_lines_turn() -> Refutation:
    """Two parameters; with one there is only one direction."""
    return counterexample(printed, TURNS)


@proves(
    along_the_lines,
    witness=at(WIDENS),
    mutants=[
        mutant(along_the_lines.with_then(Trace(LATE) < Trace(EARLY)), TURNS, "across the lines"),
        mutant(along_the_lines.with_then(chord(2) > 2 * chord(1)), TURNS, "twice as wide for half of the curvature, and more"),
        mutant(
            along_the_lines.drop(Eq(slope(2), slope(1))).with_then(chord(2) > chord(1)),
            {**WIDENS, gradient_at: Lambda(j, (j - 3) * e_1)},
            "a slope that falls too",
        ),
    ],
)
def wider_along_the_lines() -> Theorem:
    """2 |slope|/curvature; and the same direction is the same form."""
    wide = follows(chord(2) > chord(1), *along_the_lines.given[2:], because="the same slope over less curvature")
    there = rewrite(assume(bend(2) < bend(1)), assume(SAME_WAY))
    return conclude(conjunction(wide, discharge(there, SAME_WAY)), along_the_lines)
