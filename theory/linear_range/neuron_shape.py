"""The secant slope of a logistic neuron rises to one top, and falls from there. (for the linear range of section 3.1).

Let m(z) = (g(a + z) - g(a))/(z g'(a)), for g(r) = 1/(1 + e^-r) and a <= 0. Its derivative has the sign of
k(z) = z g'(a + z) - g(a + z) + g(a), which is positive for z < 0, and for z > 0 stays negative once it is not positive. So m rises for
z < 0 and, being continuous at 0 with m(0) = 1, on to its top, and falls beyond: every level c < max m is passed once on either side, and
{m >= c} is an interval. For a >= 0 it is the mirror image.
"""

from functools import cache

from sympy import E, Expr, Gt, Lambda, Mul, Ne, Rational, exp

from theory.evidence import at, extends, mutant
from theory.linear_range.neurons import LOGISTIC, SLOPE
from theory.linear_range.symbols import inside, phi, psi, r, residual, weight
from theory.proof import (
    And,
    Implies,
    Statement,
    Theorem,
    cite,
    conjunction,
    cut,
    derivative,
    discharge,
    follows,
    identity,
    instance,
    substitute,
    weaken,
)
from theory.proof.logic import Boolean
from theory.proof.ranges import throughout

HALF = Rational(1, 2)


def _at(function: Lambda, point: Expr) -> Expr:
    return substitute(function.expr, {r: point})


THERE = inside + r
BENDING = Lambda(r, SLOPE.expr * (1 - 2 * LOGISTIC.expr))  # g''
RISE = Lambda(r, r * _at(SLOPE, THERE) - _at(LOGISTIC, THERE) + _at(LOGISTIC, inside))  # k
RATE = Lambda(r, r * _at(BENDING, THERE))  # k'


def _square(power: Expr) -> Theorem:
    """Exp(-x) is a square, so 1 + exp(-x) is not 0."""
    half = exp(-power / 2)
    return identity(exp(-power), Mul(half, half, evaluate=False), because="a square")


@cache
def half_way() -> tuple[Theorem, Theorem]:
    """0 < g(r) < 1/2 for r < 0, and 1/2 < g(r) < 1 for r > 0."""
    square = _square(r)
    never = identity(Mul(exp(-r), exp(r), evaluate=False), 1)
    below, above = cite("power-increases", 1, E, -r), cite("power-increases", exp(-1), 1, r)
    g = LOGISTIC.expr
    first = follows(And(g > 0, g < HALF), r < 0, using=(discharge(below, -r > 0), square), because="exp(-r) > 1")
    second = follows(And(g > HALF, g < 1), r > 0, using=(above, square, never), because="0 < exp(-r) < 1")
    return first, second


@cache
def _bends(side: int) -> Theorem:
    """The sign of k' where a + r lies on one side of 0, and r on any."""
    negative, positive = (instance(t, {r: THERE}) for t in half_way())
    w = weight
    if side < 0:
        bent = follows(w * (1 - w) * (1 - 2 * w) > 0, w > 0, w < HALF, because="three positive factors")
        return cut(instance(bent, {w: _at(LOGISTIC, THERE)}), negative)
    bent = follows(w * (1 - w) * (1 - 2 * w) < 0, w > HALF, w < 1, because="one negative factor")
    return cut(instance(bent, {w: _at(LOGISTIC, THERE)}), positive)


@cache
def _differentiated(function: Lambda, slope: Lambda) -> Theorem:
    return derivative(function.expr, r, value=slope.expr)


def _increases(function: Lambda, slope: Lambda, low: Expr, high: Expr, positive: Theorem, *excluded: Expr) -> Theorem:
    """f(high) > f(low), from the sign of f' between them: the mean value theorem."""
    smooth = _differentiated(function, slope)
    if excluded:
        smooth = cut(smooth, follows(Ne(r, 0), *excluded, because="0 lies outside"))
    smooth, between = throughout(smooth, r, And(r >= low, r <= high)), throughout(positive, r, And(r > low, r < high))
    return cut(cite("strictly-increases", function, slope, low, high), follows(Gt(high, low), high - low > 0), smooth, between)


FALL, FALLING = Lambda(r, -RISE.expr), Lambda(r, -RATE.expr)


@cache
def rises_below() -> Theorem:
    """k(psi) > 0 for psi < 0: it falls to k(0) = 0."""
    bends = (_square(THERE), discharge(_bends(-1), THERE < 0))
    positive = follows(FALLING.expr > 0, r > psi, r < 0, inside <= 0, using=bends, because="r < 0 < g''")
    fall = _increases(FALL, FALLING, psi, 0, positive)
    return follows(_at(RISE, psi) > 0, psi < 0, using=(fall, _square(inside), _square(inside + psi)), because="k(0) = 0")


@cache
def never_rises_again() -> Theorem:
    """k(phi) < 0 for phi > psi > 0 with k(psi) <= 0: past a + psi = 0, before which k has risen from 0, it falls."""
    early = (_square(THERE), discharge(_bends(-1), THERE < 0))
    up = follows(RATE.expr > 0, r > 0, r < psi, inside + psi <= 0, using=early, because="g'' > 0")
    risen = discharge(_increases(RISE, RATE, 0, psi, up), inside + psi <= 0)
    late = (_square(THERE), discharge(_bends(1), THERE > 0))
    down = follows(FALLING.expr > 0, r > psi, psi > 0, inside + psi > 0, using=late, because="g'' < 0")
    fallen = discharge(_increases(FALL, FALLING, psi, phi, down), inside + psi > 0)
    squares = tuple(map(_square, (inside, inside + psi, inside + phi)))
    return follows(_at(RISE, phi) < 0, _at(RISE, psi) <= 0, using=(risen, fallen, *squares), because="either way")


# The secant slope itself

SECANT = Lambda(r, (_at(LOGISTIC, THERE) - _at(LOGISTIC, inside)) / (r * _at(SLOPE, inside)))  # m
STEEPER = Lambda(r, RISE.expr / (r**2 * _at(SLOPE, inside)))  # m'
LESS, LESSER = Lambda(r, -SECANT.expr), Lambda(r, -STEEPER.expr)
ORDERED, BELOW, ABOVE = phi > psi, phi < 0, psi > 0


def _steeper(low: Expr, high: Expr) -> Expr:
    return _at(SECANT, high) > _at(SECANT, low)


PARTS = (
    Implies(BELOW, _steeper(psi, phi)),
    Implies(And(ABOVE, _at(RISE, phi) >= 0), _steeper(psi, phi)),
    Implies(And(ABOVE, _at(RISE, psi) <= 0), _steeper(phi, psi)),
)
one_top = Statement((inside <= 0, ORDERED), And(*PARTS))


def _under(theorem: Theorem, *given: Boolean) -> Theorem:
    """The theorem from other inequalities, which give all of its own."""
    orders = [g for g in given if not g.has(exp)]
    lemmas = [follows(h, *orders) for h in theorem.given if h not in given]
    return weaken(cut(theorem, *lemmas), *given) if lemmas else theorem


def _monotone(function: Lambda, slope: Lambda, sign: Theorem, *given: Boolean) -> Theorem:
    """M, or -m, increases from psi to phi: the sign of its derivative is that of k, or of -k."""
    squares = (_square(inside), _square(THERE), identity(Mul(exp(-inside), exp(inside), evaluate=False), 1))
    positive = cut(follows(slope.expr > 0, Ne(r, 0), sign.then, using=squares, because="divided by squares"), sign)
    outside = (r >= psi, r <= phi, *given)
    between = (r > psi, r < phi, *given)
    smooth = _under(_differentiated(function, slope), *outside)
    smooth, positive = throughout(smooth, r, And(*outside[:2])), throughout(_under(positive, *between), r, And(*between[:2]))
    return _under(cut(cite("strictly-increases", function, slope, psi, phi), smooth, positive), *given)


@extends(
    "ni-talnikar:definition-linear-range",
    one_top,
    witness=at({inside: -2, psi: 1, phi: 2}),
    mutants=[
        mutant(one_top.with_then(Implies(ABOVE, _steeper(phi, psi))), {inside: -2, psi: 1, phi: 2}, "falls from 0 on"),
        mutant(one_top.with_then(Implies(ABOVE, _steeper(psi, phi))), {inside: -2, psi: 6, phi: 7}, "rises for ever"),
        mutant(one_top.drop(inside <= 0), {inside: 2, psi: -2, phi: -1}, "for any a"),
    ],
)
def the_secant_slope_has_one_top() -> Theorem:
    """By the mean value theorem, from the sign of m' on the three pieces."""
    always = (ORDERED, inside <= 0)
    below = _monotone(SECANT, STEEPER, instance(rises_below(), {psi: r}), BELOW, *always)
    squares = tuple(map(_square, (inside, THERE, inside + phi)))
    back = discharge(instance(never_rises_again(), {psi: r}), _at(RISE, r) <= 0)
    rising = follows(_at(RISE, r) > 0, _at(RISE, phi) >= 0, using=(back, *squares), because="else k(phi) < 0")
    rises = _monotone(SECANT, STEEPER, rising, ABOVE, _at(RISE, phi) >= 0, *always)
    falls = _monotone(LESS, LESSER, instance(never_rises_again(), {phi: r}), ABOVE, _at(RISE, psi) <= 0, *always)
    turned = instance(follows(weight > residual, -residual > -weight), {weight: _at(SECANT, psi), residual: _at(SECANT, phi)})
    falls = _under(cut(turned, falls), ABOVE, _at(RISE, psi) <= 0, *always)
    pieces = ((below, (BELOW,)), (rises, (ABOVE, _at(RISE, phi) >= 0)), (falls, (ABOVE, _at(RISE, psi) <= 0)))
    return conjunction(*(discharge(theorem, *where) for theorem, where in pieces))
