"""SGD as a Newton step, and the printed Newton step: a squared norm too small. (sections 5 and 6, equations 3 and 4).

SGD's step -lambda g is a Newton step for the curvature k = 1/lambda, whatever the loss; it leads to the minimum only where d' H d is k. The
Newton step of the full-batch loss along a direction d of length 1 is -<G, d>/(d' H d). Along -G/|G| that is |G|^3/(G' H G), and along the
mini-batch's direction <G, g> |g|/(g' H g). Equation 4 prints |G|/(G' H G): it is no length, and for the loss times r it falls with 1/r^2,
while the minimum stays where it is.
"""

from functools import partial

from sympy import Eq, Expr, Rational

from theory.evidence import at, extends, mutant, proves, refutes
from theory.line_search.line_loss import curvature
from theory.line_search.quadratics import LOSS, QUADRATIC, bowl, is_lowest, lowest, where_lowest
from theory.line_search.symbols import G, H, c, direction, g, k, lam, r, theta
from theory.proof import (
    And,
    Implies,
    Refutation,
    Statement,
    Theorem,
    assume,
    cite,
    combine_words,
    conclude,
    conjunction,
    counterexample,
    discharge,
    equal_words,
    follows,
    inner,
    squared_norm,
)
from theory.proof.norms import size

# Equation 3: the unit direction has a name, or its norm would cancel before anything is proved

UNIT = Eq(direction, -g / size(g))
equation_3 = Statement(
    (lam > 0, Eq(k, 1 / lam), squared_norm(g) > 0, UNIT),
    And(
        Eq(-lam * g, lam * size(g) * direction),
        Eq(lam * size(g) * direction, size(g) / k * direction),
        Eq(size(g) / k * direction, -inner(direction, g) / k * direction),
    ),
    source="mutschler-zell:equation-3",
)
FIVES = {g: [[3], [4]], direction: [[-Rational(3, 5)], [-Rational(4, 5)]], lam: Rational(1, 10), k: 10}


@proves(
    equation_3,
    witness=at(FIVES),
    mutants=[
        mutant(equation_3.with_then(Eq(-lam * g, lam * direction)), FIVES, "without the norm"),
        mutant(equation_3.with_then(Eq(-lam * g, k * size(g) * direction)), FIVES, "k for 1/k"),
        mutant(equation_3.with_then(Eq(-lam * g, inner(direction, g) / k * direction)), FIVES, "without the minus"),
        mutant(equation_3.drop(UNIT), {**FIVES, direction: [[1], [0]]}, "any direction"),
    ],
)
def sgd_is_a_parabolic_step() -> Theorem:
    """|g| d = -g, and <d, g> = -|g|; where g = 0 there is no direction, while -lambda g = 0 stays."""
    own = assume(UNIT)
    first = combine_words(-lam * g, lam * size(g) * direction, (-lam * size(g), own, 1))
    same = follows(Eq(lam * size(g), size(g) / k), lam > 0, Eq(k, 1 / lam), using=(cite("norm-nonnegative", g),), because="k = 1/lambda")
    slope = equal_words(inner(direction, g), -size(g), own, because="<g, g>/|g| = |g|")
    third = follows(Eq(size(g) / k, -inner(direction, g) / k), lam > 0, Eq(k, 1 / lam), using=(slope, cite("norm-nonnegative", g)))
    second, last = (combine_words(e.then.lhs * direction, e.then.rhs * direction, (1, e, direction)) for e in (same, third))
    return conclude(conjunction(first, second, last), equation_3)


# In place of the second directional derivative: the step is the lowest point of the parabola with the line's slope and the curvature k


def parabola(step: Expr, bend: Expr = k) -> Expr:
    """<g, d> s + k s^2/2."""
    return inner(g, direction) * step + bend * step**2 / 2


in_place_of_the_curvature = Statement(
    (lam > 0, Eq(k, 1 / lam), squared_norm(g) > 0, UNIT),
    And(Eq(-lam * g, lam * size(g) * direction), parabola(lam * size(g)) <= parabola(r)),
    source="mutschler-zell:equation-3-newton",
)


HALFWAY = {**FIVES, r: Rational(1, 4)}  # the step is 1/2 long


@proves(
    in_place_of_the_curvature,
    witness=at(HALFWAY),
    mutants=[
        mutant(in_place_of_the_curvature.with_then(parabola(lam * size(g), 2 * k) <= parabola(r, 2 * k)), HALFWAY, "twice the curvature"),
        mutant(in_place_of_the_curvature.with_then(parabola(lam) <= parabola(r)), HALFWAY, "the learning rate as a step"),
        mutant(in_place_of_the_curvature.with_then(parabola(-lam * size(g)) <= parabola(r)), HALFWAY, "uphill"),
    ],
)
def sgd_steps_to_the_lowest_point_of_its_own_parabola() -> Theorem:
    """<g, d> = -|g| = -k lambda |g|, so the parabola is k (r - lambda |g|)^2/2 above that point."""
    step, positive = lam * size(g), cite("norm-nonnegative", g)
    slope = equal_words(inner(direction, g), -size(g), assume(UNIT), because="<g, g>/|g| = |g|")
    turned = equal_words(inner(g, direction), inner(direction, g))
    using = (slope, turned, positive)
    lower = follows(parabola(step) <= parabola(r), lam > 0, Eq(k, 1 / lam), using=using, because="a square is not negative")
    same = combine_words(-lam * g, step * direction, (-step, assume(UNIT), 1))
    return conclude(conjunction(same, lower), in_place_of_the_curvature)


newton_where = Statement(
    (lam > 0, squared_norm(G) > 0, QUADRATIC),
    And(
        Implies(lowest(lam * size(G), -G / size(G)), Eq(curvature(H, -G / size(G)), 1 / lam)),
        Implies(Eq(curvature(H, -G / size(G)), 1 / lam), lowest(lam * size(G), -G / size(G))),
    ),
)
BOWL = {**LOSS, theta: [[0]], G: [[2]], H: [[1]]}  # 2 U + U^2/2

BOTTOM = partial(bowl, 2)


@extends(
    "mutschler-zell:equation-3-newton",
    newton_where,
    witness=at({**BOWL, lam: 1}, BOTTOM),
    mutants=[
        mutant(newton_where.with_then(lowest(lam * size(G), -G / size(G))), {**BOWL, lam: Rational(1, 10)}, "for every learning rate"),
        mutant(
            newton_where.with_then(Implies(Eq(curvature(H, G), 1 / lam), lowest(lam * size(G), -G / size(G)))),
            {**BOWL, lam: Rational(1, 4)},
            "the curvature along G itself",
        ),
    ],
)
def a_newton_step_where_k_is_the_curvature() -> Theorem:
    """Then d' H d lambda |G| = |G|, for d = -G/|G|."""
    way, length = -G / size(G), cite("norm-nonnegative", G)
    slope = equal_words(inner(G, way), -size(G), because="<G, G>/|G| = |G|")
    lower, bend = lowest(lam * size(G), way), Eq(curvature(H, way), 1 / lam)
    given = (lam > 0, squared_norm(G) > 0)
    only = follows(bend, *given, lower, using=(where_lowest(lam * size(G), way), slope, length), because="d' H d lambda |G| = |G|")
    enough = is_lowest(
        lam * size(G),
        way,
        follows(And(curvature(H, way) >= 0, Eq(curvature(H, way) * lam * size(G), -inner(G, way))), *given, bend, using=(slope, length)),
    )
    return conclude(conjunction(discharge(only, lower), discharge(enough, bend)), newton_where)


# Equation 4, first part

DOWN, NOISY_DOWN = -G / size(G), -g / size(g)
equation_4 = Statement(
    (QUADRATIC, squared_norm(G) > 0, curvature(H, G) > 0),
    lowest(size(G) / curvature(H, G), DOWN),
    source="mutschler-zell:equation-4",
)
newton = equation_4.amend(
    given=(*equation_4.given, squared_norm(g) > 0, curvature(H, g) > 0),
    then=And(lowest(size(G) ** 3 / curvature(H, G), DOWN), lowest(inner(G, g) * size(g) / curvature(H, g), NOISY_DOWN)),
    why="The Newton step along a direction d of length 1 is -<G, d>/(d' H d): |G|^3/(G' H G) along -G/|G|, and <G, g> |g|/(g' H g) along "
    "the direction -g/|g| of a mini-batch, which is that of the paper's lines. The printed step is |G|^2 times too small, and changes with "
    "the unit of the loss.",
)
NOISY = {**BOWL, g: [[1]]}
PLANE = {**BOWL, theta: [[0], [0]], G: [[5], [0]], H: [[1, 0], [0, 1]], g: [[3], [4]]}


@refutes(equation_4, why="The loss 2 U + U^2/2 at 0: G = 2 and H = 1, the minimum is 2 away, and the printed step is 2/4.")
def the_printed_step_is_too_short() -> Refutation:
    """One parameter; G = 1 would hide it."""
    return counterexample(equation_4, BOWL)


@proves(
    newton,
    witness=at(NOISY, BOTTOM),
    mutants=[
        mutant(newton.with_then(lowest(size(G) ** 2 / curvature(H, G), DOWN)), NOISY, "the squared norm"),
        mutant(
            newton.with_then(lowest(size(G) ** 3 / curvature(H, G), NOISY_DOWN)),
            PLANE,
            "the step of -G along -g",
        ),
        mutant(newton.with_then(lowest(squared_norm(g) * size(g) / curvature(H, g), NOISY_DOWN)), NOISY, "the mini-batch's own minimum"),
        mutant(newton.drop(curvature(H, G) > 0, curvature(H, g) > 0), {**NOISY, H: [[-1]]}, "where the loss bends down"),
    ],
)
def the_newton_step_on_a_line() -> Theorem:
    """Along both lines the slope that is left is <G, d> + d' H d s = 0."""
    found = []
    for way, vector, step in ((DOWN, G, size(G) ** 3 / curvature(H, G)), (NOISY_DOWN, g, inner(G, g) * size(g) / curvature(H, g))):
        slope = equal_words(inner(G, way), -inner(G, vector) / size(vector))
        bend = equal_words(curvature(H, way), curvature(H, vector) / squared_norm(vector))
        flat = And(curvature(H, way) >= 0, Eq(curvature(H, way) * step, -inner(G, way)))
        flat = follows(flat, squared_norm(vector) > 0, curvature(H, vector) > 0, using=(slope, bend), because="|v|^2 below, |v| above")
        found.append(is_lowest(step, way, flat))
    return conclude(conjunction(*found), newton)


# Equation 4 in other units: the loss r L of the parameters theta/c has the gradient r c G and the Hessian r c^2 H, and a step s is s/c


def printed_step(gradient: Expr, hessian: Expr) -> Expr:
    """|G|/(G' H G)."""
    return size(gradient) / curvature(hessian, gradient)


def newton_step(gradient: Expr, hessian: Expr) -> Expr:
    """|G|^3/(G' H G)."""
    return size(gradient) ** 3 / curvature(hessian, gradient)


in_other_units = Statement(
    (r > 0, c > 0, squared_norm(G) > 0, curvature(H, G) > 0),
    And(
        Eq(newton_step(r * c * G, r * c**2 * H), newton_step(G, H) / c),
        Eq(printed_step(r * c * G, r * c**2 * H), printed_step(G, H) / (r**2 * c**3)),
    ),
)
TWICE = {r: 2, c: 3, G: [[1]], H: [[1]]}


@extends(
    "mutschler-zell:equation-4",
    in_other_units,
    witness=at(TWICE),
    mutants=[
        mutant(
            in_other_units.with_then(Eq(printed_step(r * G, r * H), printed_step(G, H))),
            TWICE,
            "the printed step stays, in another unit of the loss",
        ),
        mutant(in_other_units.with_then(Eq(printed_step(c * G, c**2 * H), printed_step(G, H) / c)), TWICE, "the printed step is a length"),
        mutant(in_other_units.with_then(Eq(newton_step(r * G, H), newton_step(G, H))), TWICE, "the gradient alone"),
    ],
)
def the_printed_step_depends_on_the_unit() -> Theorem:
    """(r c)^3/(r^3 c^4), and r c/(r^3 c^4)."""
    square = equal_words(squared_norm(r * c * G), r**2 * c**2 * squared_norm(G))
    bend = equal_words(curvature(r * c**2 * H, r * c * G), r**3 * c**4 * curvature(H, G))
    positive = cite("norm-nonnegative", r * c * G)
    given = (r > 0, c > 0, squared_norm(G) > 0)
    root = follows(Eq(size(r * c * G), r * c * size(G)), *given, using=(square, positive), because="the root of (r c)^2 x")
    return conclude(follows(in_other_units.then, *in_other_units.given, using=(square, bend, root)), in_other_units)
