"""Is the step to the minimum proportional to |g|? Only where one quotient stays constant. (sections 5 and 6).

On a quadratic loss the minimum along -g/|g| is c |g| away, with c = <G, g>/(g' H g). Two mini-batches at one point may have different c:
with one parameter, G = H = 1, and the gradients 1 and 2 both lines have their minimum at 1, so c is 1 and 1/2. Along the full gradient c is
the inverse of a Rayleigh quotient: constant where all gradients are eigenvectors of one eigenvalue. If s_opt is c |g| up to a share e, the
constant learning rate c gets all of the improvement but a share of e^2, and no more can be said.
"""

from functools import partial

from sympy import Abs, Eq, Expr, Lambda, Rational

from theory.evidence import Tight, at, extends, mutant, proves, refutes
from theory.line_search.line_loss import curvature
from theory.line_search.quadratics import LOSS, QUADRATIC, bowl, is_lowest, lowest, where_lowest
from theory.line_search.symbols import G, H, a, b, c, eps, g, g_2, k, lam, line, s, s_2, t, theta
from theory.proof import (
    And,
    ForAll,
    Implies,
    Refutation,
    Statement,
    Theorem,
    assume,
    cite,
    conclude,
    conjunction,
    counterexample,
    cut,
    discharge,
    equal_words,
    follows,
    inner,
    specialize,
    squared_norm,
)
from theory.proof.norms import size

# Equation 4, second part: c is what the first line says, and the second line is to have the same


def quotient(gradient: Expr) -> Expr:
    """<G, g>/(g' H g)."""
    return inner(G, gradient) / curvature(H, gradient)


FIRST, SECOND = -g / size(g), -g_2 / size(g_2)
BENT = (squared_norm(g) > 0, squared_norm(g_2) > 0, curvature(H, g) > 0, curvature(H, g_2) > 0)
MINIMA = (lowest(s, FIRST), lowest(s_2, SECOND))
OWN, SAME = Eq(s, c * -size(g)), Eq(s_2, c * -size(g_2))
# the printed "approximately", read as up to a half of the step
constant = Statement((QUADRATIC, *BENT, *MINIMA, OWN), Abs(s_2 - SAME.rhs) <= Abs(s_2) / 2, source="mutschler-zell:equation-4b")
QUOTIENTS = Eq(quotient(g), quotient(g_2))
same_quotient = constant.amend(
    then=And(Eq(c, -quotient(g)), Implies(SAME, QUOTIENTS), Implies(QUOTIENTS, SAME)),
    why="On a quadratic loss s_opt = c |g| with c = <G, g>/(g' H g), so c is constant exactly where that quotient is. (The printed c is "
    "negative: s_opt is counted along -g.)",
)
# G = H = 1; the gradients 1 and 2; both lines have their minimum at 1
TWO = {**LOSS, theta: [[0]], G: [[1]], H: [[1]], g: [[1]], g_2: [[2]], s: 1, s_2: 1, c: -1}
EQUAL = {**TWO, g_2: [[1]]}

ONE, BOWL_2, FIVE = (partial(bowl, step) for step in (1, 2, 5))


@refutes(
    constant,
    why="One parameter, G = H = 1, mini-batches with the gradients 1 and 2: both minima are 1 away, 1 |g| and 1/2 |g|, so that the first "
    "line's constant leads twice as far as the second line's minimum.",
)
def two_mini_batches_two_constants() -> Refutation:
    """The quotients are 1 and 1/2."""
    return counterexample(constant, TWO, ONE())


@proves(
    same_quotient,
    witness=at(EQUAL, ONE),
    mutants=[
        mutant(
            same_quotient.with_then(Eq(c, -squared_norm(g) / curvature(H, g))),
            {**EQUAL, **{G: [[2]], g: [[1]], g_2: [[1]], s: 2, s_2: 2, c: -2}},
            "g for G",
            BOWL_2,
        ),
        mutant(
            same_quotient.with_then(Implies(Eq(curvature(H, g) / squared_norm(g), curvature(H, g_2) / squared_norm(g_2)), SAME)),
            TWO,
            "equal curvatures along the lines",
            ONE,
        ),
        mutant(same_quotient.with_then(Eq(c, quotient(g))), EQUAL, "the sign", ONE),
    ],
)
def the_constant_is_a_quotient() -> Theorem:
    """At the minimum g' H g s = <G, g> |g|."""
    ends = []
    for vector, way, step in ((g, FIRST, s), (g_2, SECOND, s_2)):
        slope = equal_words(inner(G, way), -inner(G, vector) / size(vector))
        bend = equal_words(curvature(H, way), curvature(H, vector) / squared_norm(vector))
        given = (squared_norm(vector) > 0, curvature(H, vector) > 0, lowest(step, way))
        ends.append(follows(Eq(step, quotient(vector) * size(vector)), *given, using=(where_lowest(step, way), slope, bend)))
    own = follows(Eq(c, -quotient(g)), OWN, *BENT, using=(ends[0],), because="|g| > 0")
    only = follows(QUOTIENTS, SAME, *BENT, using=(own, ends[1]), because="|g_2| > 0")
    enough = follows(SAME, QUOTIENTS, *BENT, using=(own, ends[1]))
    return conclude(conjunction(own, discharge(only, SAME), discharge(enough, QUOTIENTS)), same_quotient)


eigenvector = Statement((QUADRATIC, squared_norm(G) > 0, k > 0, Eq(H * G, k * G)), lowest(size(G) / k, -G / size(G)))
PLANE = {**LOSS, theta: [[0], [0]], G: [[3], [4]], H: [[1, 0], [0, 1]], k: 1}


@extends(
    "mutschler-zell:equation-4b",
    eigenvector,
    witness=at(PLANE, FIVE),
    mutants=[
        mutant(eigenvector.drop(Eq(H * G, k * G)), {**PLANE, H: [[1, 0], [0, 2]]}, "any gradient"),
        mutant(eigenvector.with_then(lowest(size(G) * k, -G / size(G))), {**PLANE, H: [[2, 0], [0, 2]], k: 2}, "k for 1/k"),
    ],
)
def constant_along_eigenvectors() -> Theorem:
    """G' H G = k |G|^2."""
    way, positive = -G / size(G), cite("norm-nonnegative", G)
    slope = equal_words(inner(G, way), -size(G))
    bend = equal_words(curvature(H, way), k, assume(Eq(H * G, k * G)))
    flat = And(curvature(H, way) >= 0, Eq(curvature(H, way) * size(G) / k, -inner(G, way)))
    flat = follows(flat, k > 0, squared_norm(G) > 0, using=(slope, bend, positive), because="k |G|/k = |G|")
    return conclude(is_lowest(size(G) / k, way, flat), eigenvector)


# A constant learning rate

IS_PARABOLA = ForAll(t, True, Eq(line(t), a * t**2 + b * t + line(0)))
STEP = lam * size(g)
almost = Statement(
    (IS_PARABOLA, a > 0, Eq(2 * a * s, -b), s > 0, lam > 0, eps >= 0, Abs(STEP - s) <= eps * s),
    line(0) - line(STEP) >= (1 - eps**2) * (line(0) - line(s)),
    source="mutschler-zell:text-constlr",
)
# (t - 2)^2 with the minimum at 2, and the step 3/2 |g| = 3
LONG = {line: Lambda(t, (t - 2) ** 2), a: 1, b: -4, s: 2, g: [[2]], lam: Rational(3, 2), eps: Rational(1, 2)}


@proves(
    almost,
    witness=at(LONG),
    mutants=[
        mutant(almost.with_then(line(0) - line(STEP) >= (1 - eps**3) * (line(0) - line(s))), LONG, "e^3"),
        mutant(almost.with_then(line(STEP) <= line(s)), LONG, "as good as exact"),
        mutant(almost.drop(IS_PARABOLA), {**LONG, line: Lambda(t, (1 + t) * (t - 2) ** 2)}, "any line"),
    ],
    tight=Tight(True, "equality where the error is e s", almost.with_then(Eq(*almost.then.args)), at(LONG)),
)
def a_constant_rate_is_almost_exact() -> Theorem:
    """L(0) - l(x) = a (s^2 - (s - x)^2)."""
    positive = cite("norm-nonnegative", g)
    ends = [specialize(assume(IS_PARABOLA), step) for step in (STEP, s)]
    lost = follows((STEP - s) ** 2 <= eps**2 * s**2, *almost.given[-4:], using=(positive,), because="both sides squared")
    gained = follows(almost.then, a > 0, Eq(2 * a * s, -b), using=(lost, positive, *ends), because="l(0) - l(x) = a (s^2 - (s - x)^2)")
    return conclude(cut(gained, positive), almost)
