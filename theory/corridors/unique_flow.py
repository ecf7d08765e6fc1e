"""Is there one curve of steepest descent through each point? For a C^2 loss, and not for every twice differentiable one. (Section 2).

On the line the first sentence of the paper is true: where the slope is not 0 the flow has one speed at each point, and at a critical point
|L'(x)| <= C |x - c| keeps it at rest. In the plane two solutions of a differentiable field may part, with a gap of the order t^3.

L = -2 x - (108/5) x^5 y^2 / (5 x^6 + y^2), with L(0, 0) = 0, has the gradient (-2, -216 x^11 y / (5 x^6 + y^2)^2), but for a term in the
first slope that vanishes on the x axis and on the curve y = x^3. At the origin it is (-2, 0) up to a multiple of x^2 + y^2, so it is
differentiable there, and elsewhere as a quotient. Both (2 t, 0) and (2 t, 8 t^3) are solutions, and both are at the origin at the time 0.
"""

from functools import cache
from typing import Any

from sympy import Eq, Expr, Implies, Lambda, Ne, Rational, Symbol, diff, exp, sign, symbols

from theory.corridors.corridor import LIVES, SOLVES, everywhere, later
from theory.corridors.symbols import (
    S,
    T,
    U,
    curvatures,
    d,
    east,
    g,
    north,
    one_way,
    other_way,
    path,
    q,
    r,
    s,
    since,
    t,
    terrain,
    unit,
    w,
    x,
)
from theory.evidence import at, mutant, proves, refutes
from theory.proof import (
    And,
    ForAll,
    PartialDerivatives,
    Refutation,
    SmoothNear,
    Statement,
    Theorem,
    Velocity,
    cite,
    conclude,
    conjunction,
    counterexample,
    cut,
    discharge,
    evaluate,
    follows,
    generalize,
    identity,
    inner,
    instance,
    rewrite,
    squared_norm,
    substitute,
)
from theory.proof.ranges import throughout


def of_parameters(f: Any) -> Lambda:
    """A function of the two parameters."""
    return Lambda((r, s), f(r, s))


TWICE = (
    PartialDerivatives(*map(of_parameters, (terrain, east, north))),
    PartialDerivatives(*map(of_parameters, (east, *curvatures[:2]))),
    PartialDerivatives(*map(of_parameters, (north, *curvatures[2:]))),
)


def runs(way: tuple[Any, ...]) -> tuple[ForAll, ...]:
    """A curve of steepest descent, coordinate by coordinate."""
    point = tuple(f(t) for f in way)
    return tuple(everywhere(Velocity(later(c), -f(*point))) for c, f in zip(point, (east, north), strict=True))


START = tuple(Eq(f(0), h(0)) for f, h in zip(one_way, other_way, strict=True))
AGREE = everywhere(And(*(Eq(f(t), h(t)) for f, h in zip(one_way, other_way, strict=True))))
printed = Statement((LIVES, *TWICE, *runs(one_way), *runs(other_way), *START), AGREE, source="dherin-rosca:definition-gf")

FIELD = Lambda((U, S), -g(U))
RUNS = everywhere(Velocity(later(path(t)), -g(path(t))))
SMOOTH = everywhere(SmoothNear(FIELD, x(t), 0))  # the gradient has continuous derivatives near every point of x, as that of a C^2 loss
AGREES = everywhere(Eq(x(t), path(t)))
SLOPE = g(x(0))  # at any point: time may be counted from there
STEEPEST = Implies(
    squared_norm(w) <= squared_norm(SLOPE), inner(SLOPE, w) >= -squared_norm(SLOPE)
)  # nothing of this length is steeper than -g
unique = printed.amend(
    given=(LIVES, SOLVES, RUNS, SMOOTH, Eq(x(0), path(0))),
    then=And(AGREES, STEEPEST),
    why="Twice differentiable is not enough: for -2 x - (108/5) x^5 y^2/(5 x^6 + y^2) the curves (2 t, 0) and (2 t, 8 t^3) are both "
    "solutions. A C^2 loss has one solution through each point.",
)

# The counterexample, with q for 1/(5 x^6 + y^2) off the origin, and for 1 there

LOSS = -2 * r - Rational(108, 5) * r**5 * s**2 * q
POLE = 5 * r**6 + s**2


def slope(term: Expr, variable: Symbol) -> Expr:
    """The derivative, where q = 1/(5 x^6 + y^2) has the derivatives -30 x^5 q^2 and -2 y q^2."""
    return diff(term, variable) - diff(term, q) * q**2 * diff(POLE, variable)


FIRST, SECOND = -2 - 108 * r**4 * s**2 * (s**2 - r**6) * q**2, -216 * r**11 * s * q**2
TOTAL = 1 / (POLE + 1 - sign(r**2 + s**2))
APART, NEAR = r**2 + s**2 > 0, r**2 + s**2 <= 1


def everywhere_defined(term: Expr) -> Lambda:
    """The function of the plane."""
    return Lambda((r, s), term.subs(q, TOTAL))


def off_the_origin(term: Expr) -> Expr:
    """The quotient of polynomials."""
    return term.subs(q, 1 / POLE)


@cache
def same_share() -> Theorem:
    """Off the origin q is 1/(5 x^6 + y^2)."""
    one = follows(Eq(sign(r**2 + s**2), 1), APART, because="r^2 + s^2 > 0")
    return follows(Eq(TOTAL, 1 / POLE), APART, using=(one,), because="the same denominators")


@cache
def shares() -> Theorem:
    """The share y^2 q is between 0 and 1, and x^6 q between 0 and 1/5."""
    return follows(And(s**2 * TOTAL >= 0, s**2 * TOTAL <= 1, r**6 * TOTAL >= 0, r**6 * TOTAL <= Rational(1, 5)), because="parts of a sum")


def is_equal(term: Expr, value: Expr) -> Theorem:
    """Off the origin the function of the plane has this value."""
    same = follows(
        Eq(term.subs(q, TOTAL), off_the_origin(term), evaluate=False), APART, using=(same_share(),), because="q is this quotient"
    )
    exact = identity(off_the_origin(term), value)
    pole = follows(Ne(POLE, 0), APART, because="a sum of squares that is not 0")
    total, result = Eq(term.subs(q, TOTAL), value, evaluate=False), cut(exact, pole)
    return follows(total, using=(same, result), because="the same number")


a, b = symbols("a b", real=True)  # the shares y^2 q and x^6 q


def gradient_of(term: Expr, first: Expr, second: Expr, square: Expr, bound: int) -> Theorem:
    """The function has these two partial derivatives, at the origin too, where it differs from a plane by at most bound (x^2 + y^2).

    `square` is that difference squared, by the shares a and b.
    """
    functions = [everywhere_defined(e) for e in (term, first, second)]
    fact = cite("gradient-off-a-point", *functions, Lambda((r, s), off_the_origin(term)), (0, 0), bound)
    formula, (off, near) = off_the_origin(term), fact.given
    pole = follows(Ne(POLE, 0), APART, because="a sum of squares that is not 0")
    parts = conjunction(pole, *(is_equal(e, v) for e, v in ((term, formula), (first, diff(formula, r)), (second, diff(formula, s)))))
    smooth = discharge(conclude(parts, Statement((APART,), off.args[2].args[2].args[1])), APART)
    limits = (a >= 0, a <= 1, b >= 0, b <= Rational(1, 5))
    size = follows(square <= bound**2 * (r**2 + s**2) ** 2, NEAR, *limits, because="as |x| <= 1")
    size = cut(instance(size, {a: s**2 * TOTAL, b: r**6 * TOTAL}), shares())
    wanted = near.args[2].args[2]
    size = rewrite(size, identity(size.then.lhs, wanted.lhs))
    close = generalize(throughout(conclude(size, Statement((NEAR,), wanted)), s, NEAR), r)
    return cut(fact, generalize(generalize(smooth, s), r), close)


SLOPES = tuple(slope(e, variable) for e in (FIRST, SECOND) for variable in (r, s))
CUSP = {
    since: -1,
    T: 2,
    terrain: everywhere_defined(LOSS),
    east: everywhere_defined(FIRST),
    north: everywhere_defined(SECOND),
    **dict(zip(curvatures, map(everywhere_defined, SLOPES), strict=True)),
    **dict(zip(one_way, (Lambda(t, 2 * t), Lambda(t, 8 * t**3)), strict=True)),
    **dict(zip(other_way, (Lambda(t, 2 * t), Lambda(t, 0)), strict=True)),
}


def it_is_twice_differentiable() -> tuple[Theorem, ...]:
    """The loss, and both of its slopes."""
    return (
        gradient_of(LOSS, FIRST, SECOND, Rational(108, 5) ** 2 * r**10 * a**2, 22),
        gradient_of(FIRST, SLOPES[0], SLOPES[1], 108**2 * r**8 * a**2 * (a - b) ** 2, 108),
        gradient_of(SECOND, SLOPES[2], SLOPES[3], 216**2 * r**4 * a * b**3, 44),
    )


def it_runs_along_the_cusp() -> Theorem:
    """The height y = 8 t^3 moves at the rate 24 t^2, which is 216 x^11 y/(5 x^6 + y^2)^2 for x = 2 t."""
    _, times, wanted = substitute(runs(one_way)[1], CUSP).args
    moves = evaluate(Velocity(wanted.args[0], 24 * t**2))
    same = follows(Eq(24 * t**2, wanted.args[1]), because="5 x^6 + y^2 = 6 x^6")
    return throughout(rewrite(moves, same), t, times)


@refutes(printed, why=unique.why)
def two_ways_from_the_origin() -> Refutation:
    """Along the axis and along the curve y = x^3."""
    return counterexample(printed, CUSP, *it_is_twice_differentiable(), it_runs_along_the_cusp())


# Solutions of L = theta^2 and of L = 2 theta + 1, which begin together
FALL = Lambda(t, 3 * exp(-2 * t) * unit)
BOWLS = {since: -2, T: 3, unit: [[1]], w: [[-6]], g: Lambda(U, 2 * U), x: FALL, path: FALL}
APART_BOWLS = {**BOWLS, path: Lambda(t, 5 * exp(-2 * t) * unit)}
RAMPS = {**BOWLS, g: Lambda(U, 2), x: Lambda(t, (5 - 2 * t) * unit), path: Lambda(t, (5 - 3 * t) * unit)}


@proves(
    unique,
    witness=at(BOWLS),
    mutants=[
        mutant(unique.drop(Eq(x(0), path(0))), APART_BOWLS, "from two starts"),
        mutant(unique.drop(RUNS).with_then(AGREES), RAMPS, "another curve"),
        mutant(unique.with_then(everywhere(Eq(x(t), x(0)))), BOWLS, "at rest"),
        mutant(unique.with_then(Implies(STEEPEST.args[0], inner(SLOPE, w) >= 0)), BOWLS, "uphill"),
        mutant(unique.with_then(STEEPEST.args[1]), {**BOWLS, w: [[-7]]}, "at any length"),
    ],
)
def a_smooth_loss_has_one_flow() -> Theorem:
    """Picard and Lindeloef; and <g, w>^2 <= |g|^2 |w|^2."""
    fact = cite("one-solution", FIELD, Lambda(t, x(t)), Lambda(t, path(t)), d, since, T)
    one = cut(fact, follows(since < 0, LIVES), follows(T > 0, LIVES))
    size = (cite("cauchy-schwarz", SLOPE, w), cite("norm-nonnegative", SLOPE), cite("norm-nonnegative", w))
    steepest = discharge(follows(STEEPEST.args[1], STEEPEST.args[0], using=size, because="Cauchy-Schwarz"), STEEPEST.args[0])
    return conclude(conjunction(one, steepest), unique)
