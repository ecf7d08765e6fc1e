"""A loss with two derivatives whose flow is not known up to order h^3. (Proof of theorem 3.1).

On the line the slope |1 - |r|^(3/2)|^(5/3) has a derivative for |r| < 1, which begins at 0 like -(5/2) sign(r) |r|^(1/2). The solution of
the flow through 0 is -t/(1 + |t|^(3/2))^(2/3): it differs from -t by about t^(5/2), which is more than K t^3 for every K.
"""

from functools import cache

from sympy import Abs, E, Eq, Expr, Lambda, Min, Ne, Rational, exp, false, sign, sqrt
from sympy.functions.elementary.complexes import transpose

from theory.corridors.consequences import RAMP_RUN
from theory.corridors.corridor import LIVES, SMOOTH, SOLVES, VANISHES
from theory.corridors.discretisation import BOWL, exact_steps_need_a_corridor, expansion, printed, the_flow_to_second_order
from theory.corridors.symbols import H, S, T, U, c, d, eps, g, h, most, n, radius, run, s, since, t, target, u, x
from theory.evidence import at, mutant, proves, refutes
from theory.proof import (
    And,
    Exists,
    ForAll,
    Not,
    Refutation,
    Statement,
    Theorem,
    Trace,
    absurd,
    assume,
    cite,
    conclude,
    conjunction,
    counterexample,
    cut,
    derivative,
    discharge,
    equal_words,
    exhibit,
    follows,
    generalize,
    instance,
    none_exists,
    rewrite,
    specialize,
    squared_norm,
)
from theory.proof.logic import apply, substitute
from theory.proof.ranges import throughout

RISE = Lambda(c, Abs(1 - Abs(c) ** Rational(3, 2)) ** Rational(5, 3))  # the slope of the loss at c
BEND = Lambda(c, -Rational(5, 2) * sign(c) * sqrt(Abs(c)) * Abs(1 - Abs(c) ** Rational(3, 2)) ** Rational(2, 3))  # its derivative
FALL = Lambda(t, -t * (1 + Abs(t) ** Rational(3, 2)) ** -Rational(2, 3))  # the solution through 0
WITHIN = And(c > -1, c < 1)
POSITION = Eq(target, FALL.expr)  # the point at the time t
ROOT = (1 + Abs(t) ** Rational(3, 2)) ** Rational(1, 3)


@cache
def the_slope_is_differentiable() -> Theorem:
    """At 0 by the definition of the derivative, and elsewhere by the rules."""
    slope = derivative(RISE.expr, c)
    value = slope.then.args[1]
    where = And(Ne(c, 0), *WITHIN.args)
    away = cite("velocity-from-derivative", RISE, Lambda(c, value), where, d, c)
    away = cut(away, throughout(slope, c, where), follows(where, *where.args))
    away = rewrite(away, follows(Eq(value, BEND.expr), *where.args, because="|c|^(3/2) < 1"))
    near = throughout(_at_0(), eps, eps > 0)
    there = cut(cite("within-every-cone", Lambda(d, apply(RISE, c + d)), BEND.expr, eps, radius), near)
    claim = there.then
    cases = discharge(away, Ne(c, 0)), discharge(there, Eq(c, 0))
    return follows(claim, *WITHIN.args, using=cases, because="at 0 and elsewhere")


def _at_0() -> Theorem:
    """(1 - |d|^(3/2))^(5/3) is 1 up to 2 |d|^(3/2), which is at most e |d| for |d| <= e^2/4."""
    soon = Min(1, eps**2 / 4)
    near = And(d >= -soon, d <= soon)
    rise, side, other = apply(RISE, d), 1 - Abs(d) ** Rational(3, 2), 1 - Abs(c + d) ** Rational(3, 2)
    root = Abs(side) ** Rational(1, 3)
    small = follows(And(sqrt(Abs(d)) <= 1, 2 * sqrt(Abs(d)) <= eps), eps > 0, *near.args)
    power = follows(And(root <= 1, Eq(root**3, 1 - sqrt(Abs(d)) ** 3)), sqrt(Abs(d)) <= 1)
    power = follows(And(rise <= 1, 1 - rise <= 2 * sqrt(Abs(d)) ** 3), sqrt(Abs(d)) <= 1, using=(power,))
    close = follows((rise - 1) ** 2 <= eps**2 * d**2, eps > 0, using=(small, power))
    at_0 = Eq(c, 0)
    moved = follows(Eq(sqrt(Abs(c + d)), sqrt(Abs(d))), at_0)
    moved = follows(Eq(Abs(other), Abs(side)), at_0, using=(moved,))
    moved = follows(Eq(Abs(other) ** Rational(1, 3), root), using=(moved,))
    moved = follows(Eq(apply(RISE, c + d), rise), using=(moved,))
    rest = apply(RISE, c + d) - RISE.expr - d * BEND.expr
    begins = follows(Eq(RISE.expr, 1), at_0), follows(Eq(BEND.expr, 0), at_0)
    return _in_the_cone(rewrite(close, follows(Eq(rise - 1, rest), using=(moved, *begins))), soon)


@cache
def the_solution_falls() -> Theorem:
    """Its velocity is -1/m^5, where m^3 = 1 + |t|^(3/2); and at the place q = -t/m^2 the slope is 1/m^5."""
    rate = derivative(FALL.expr, t)
    value, slope = rate.then.args[1], apply(RISE, target)
    away = cite("velocity-from-derivative", FALL, Lambda(t, value), Ne(t, 0), d, t)
    away = cut(away, throughout(rate, t, Ne(t, 0)))
    falls = follows(Eq(value * ROOT**5, -1), Ne(t, 0), using=(the_root(),))
    away = rewrite(away, follows(Eq(value, -slope), using=(the_root(), _slope(), falls)))
    near = throughout(_falls_at_0(), eps, eps > 0)
    there = cut(cite("within-every-cone", Lambda(d, apply(FALL, t + d)), -slope, eps, radius), near)
    cases = discharge(away, Ne(t, 0)), discharge(there, Eq(t, 0))
    return follows(there.then, POSITION, using=cases, because="at 0 and elsewhere")


@cache
def the_root() -> Theorem:
    """M >= 1 and m^3 = 1 + |t|^(3/2)."""
    return follows(And(ROOT >= 1, Eq(ROOT**3, 1 + sqrt(Abs(t)) ** 3)))


@cache
def the_place() -> Theorem:
    """|q|^(1/2) = |t|^(1/2)/m, so 1 - |q|^(3/2) = 1/m^3."""
    root = follows(Eq(sqrt(Abs(target)) * ROOT, sqrt(Abs(t))), POSITION, using=(the_root(),))
    side = 1 - Abs(target) ** Rational(3, 2)
    cube = follows(Eq(side * ROOT**3, 1), using=(the_root(), root))
    inside = And(Abs(target) < 1, Eq(Abs(side) ** Rational(1, 3) * ROOT, 1))
    return follows(inside, using=(the_root(), root, cube))


def _slope() -> Theorem:
    return follows(Eq(apply(RISE, target) * ROOT**5, 1), using=(the_root(), the_place()))


def _falls_at_0() -> Theorem:
    """-d/(1 + |d|^(3/2))^(2/3) is -d up to |d|^(5/2), which is at most e |d| for |d| <= min(1, e)."""
    soon = Min(1, eps)
    near = And(d >= -soon, d <= soon)
    root, fall = ROOT.subs(t, d), apply(FALL, d)
    cube = follows(And(root >= 1, root**3 <= 1 + Abs(d), Abs(d) <= eps), *near.args)
    square = follows(And(1 / root**2 <= 1, 1 / root**2 >= 1 - Abs(d)), using=(cube,))
    close = follows((fall + d) ** 2 <= eps**2 * d**2, eps > 0, using=(square, cube))
    at_0 = Eq(t, 0)
    moved = follows(Eq(sqrt(Abs(t + d)), sqrt(Abs(d))), at_0)
    moved = follows(Eq(ROOT.subs(t, t + d), root), using=(moved,))
    moved = follows(Eq(apply(FALL, t + d), fall), at_0, using=(moved,))
    rest = apply(FALL, t + d) - FALL.expr + d * apply(RISE, target)
    begins = follows(Eq(FALL.expr, 0), at_0), follows(Eq(apply(RISE, target), 1), at_0, POSITION)
    return _in_the_cone(rewrite(close, follows(Eq(fall + d, rest), using=(moved, *begins))), soon)


def _in_the_cone(close: Theorem, soon: Expr) -> Theorem:
    """There is such a time, if it is so up to the time `soon`."""
    near = And(d >= -radius, d <= radius)
    all_ = throughout(close, d, And(d >= -soon, d <= soon))
    some = conjunction(follows(soon > 0, eps > 0), all_)
    return exhibit(some, radius, soon, radius > 0, ForAll(d, near, close.then))


# The loss along a direction u of length 1, in any dimension

UNIT = Eq(squared_norm(u), 1)
ROUGH = {
    since: -1,
    T: 1,
    g: Lambda(U, apply(RISE, Trace(transpose(u) * U)) * u),
    H: Lambda(U, apply(BEND, Trace(transpose(u) * U)) * u * transpose(u)),
    x: Lambda(t, FALL.expr * u),
    run: Lambda((s, h, n), 0),
    u: [[1]],
}
LASTS = And(t > -1, t < 1)
PLACE = Trace(transpose(u) * FALL.expr * u)


@cache
def it_is_there() -> Theorem:
    """<u, x(t)> is the position on the line."""
    word = equal_words(PLACE, FALL.expr * squared_norm(u))
    return follows(Eq(PLACE, FALL.expr), using=(word, assume(UNIT)))


@cache
def it_solves_the_flow() -> Theorem:
    """X' = -g(x)."""
    falls = cut(instance(the_solution_falls(), {target: PLACE}), it_is_there())
    along = cut(cite("velocity-of-multiple", *falls.then.args, 1, u), falls)
    return throughout(along, t, LASTS)


@cache
def it_is_differentiable_there() -> Theorem:
    """The Jacobian of the gradient, as |q| < 1."""
    inside = cut(instance(the_place(), {target: PLACE}), it_is_there())
    slope = cut(instance(the_slope_is_differentiable(), {c: PLACE}), *(follows(b, using=(inside,)) for b in (PLACE > -1, PLACE < 1)))
    layer = cite("one-direction", RISE, slope.then.args[1], u, u, FALL.expr * u, 0, d, (U, S))
    return throughout(cut(layer, slope), t, LASTS)


@cache
def the_rest_is_too_large() -> Theorem:
    """At h = d^2 the rest is d^2 (1 - 1/m^2) >= d^5/4, where m^3 = 1 + d^3: for small d this is more than K h^3 = K d^6."""
    conclusion = substitute(printed.then, {key: value for key, value in ROUGH.items() if key != u})
    some = next(part_ for part_ in conclusion.args if isinstance(part_, Exists))
    soon = some.args[2].args[2]
    here = specialize(assume(soon), d**2)
    root = (1 + Abs(d) ** 3) ** Rational(1, 3)
    rest = d**2 - d**2 / root**2
    length = equal_words(here.then.lhs, rest**2 * squared_norm(u))
    cube = follows(And(root >= 1, root**3 <= 2, Eq(root**3, 1 + d**3)), d > 0, d <= 1)
    square = follows(root**2 * (4 - d**3) >= 4, d > 0, d <= 1, using=(cube,), because="(1 + s)^2 (1 - s/4)^3 >= 1 for 0 <= s <= 1")
    far = follows(rest >= d**5 / 4, d > 0, d <= 1, using=(cube, square))
    near = follows(Abs(rest) <= Abs(most) * d**6, using=(here, length, assume(UNIT)))
    small = (d > 0, d <= 1, d**2 <= radius, 4 * Abs(most) * d < 1)
    clash = follows(false, *small, using=(far, near), because="d^5/4 > K d^6")
    reach = Min(radius, 1) / (1 + 4 * Abs(most))
    clash = instance(clash, {d: reach})
    clash = cut(clash, *(follows(b, radius > 0) for b in clash.given if b.free_symbols <= {radius, most} and b != soon))
    never = none_exists(generalize(absurd(clash, soon), radius, radius > 0))
    never = none_exists(generalize(never, most))
    return follows(Not(conclusion, evaluate=False), using=(never,), because="the rest is not O(h^3)")


@refutes(printed, why=expansion.why)
def two_derivatives_are_too_few() -> Refutation:
    """The loss with this slope on the line, from 0."""
    return counterexample(printed, ROUGH, it_solves_the_flow(), it_is_differentiable_there(), the_rest_is_too_large())


# The gradient 2 u everywhere, and the solution -2 t u; with the Hessian u u' instead of 0
SLOPED = {
    since: -1,
    T: 1,
    g: Lambda(U, 2 * u),
    H: Lambda(U, u * transpose(u)),
    x: Lambda(t, -2 * t * u),
    run: Lambda((s, h, n), 0),
    u: [[1]],
}


# The slope x - x^2: its flow from 1/(e - 1) is at 1/(e - 1)^2 at the time 1, and so is a step of that size; but H g is not 0
ONE_STEP = Statement((LIVES, SOLVES, SMOOTH, h > 0, h < T, Eq(x(h), x(0) - h * g(x(0)))), VANISHES)
LOGISTIC = {since: -1, T: 2, h: 1, g: Lambda(U, U - U**2), H: Lambda(U, 1 - 2 * U), x: Lambda(t, 1 / (1 + (E - 2) * exp(t)))}


def another_hessian() -> Theorem:
    """The expansion would be off by h^2."""
    conclusion = substitute(expansion.then, {key: value for key, value in SLOPED.items() if key != u})
    half = specialize(assume(next(part_ for part_ in conclusion.args if isinstance(part_, ForAll))), Rational(1, 2))
    soon = half.then.args[2]
    here = specialize(assume(soon), radius)
    length = equal_words(here.then.lhs, radius**4 * squared_norm(u) ** 3)
    clash = follows(false, radius > 0, using=(here, length, assume(UNIT)), because="r^4 > r^4/4")
    clash = cut(clash, follows(radius >= 0, radius > 0))
    never = none_exists(generalize(absurd(clash, soon), radius, radius > 0))
    return follows(Not(conclusion, evaluate=False), using=(never, discharge(half, half.given[0])), because="not even for e = 1/2")


@proves(
    expansion,
    witness=at(RAMP_RUN),
    mutants=[
        mutant(printed, ROUGH, "O(h^3)", it_solves_the_flow, it_is_differentiable_there, the_rest_is_too_large),
        mutant(expansion.drop(SMOOTH), SLOPED, "with another Hessian", another_hessian),
        mutant(expansion.with_then(VANISHES), BOWL, "everywhere"),
        mutant(ONE_STEP, LOGISTIC, "for one step size, from one start"),
    ],
)
def flows_and_steps_differ_by_half_of_it() -> Theorem:
    """The error of a step is (h^2/2) H g + o(h^2), so steps of all sizes are exact only where H g = 0."""
    return conclude(conjunction(the_flow_to_second_order(), exact_steps_need_a_corridor()), expansion)
