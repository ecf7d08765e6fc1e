"""How far a loss along a line can be from a parabola if its third derivative is bounded by its second. (beyond section 4).

Let |l'''| <= R l'' everywhere. Then e^(R s) l'' grows and e^(-R s) l'' falls, so l'' is between e^(-R|s|) l''(0) and e^(R|s|) l''(0), and
integrated twice

    l''(0) (e^(-R|s|) + R|s| - 1)/R^2 <= l(s) - l(0) - l'(0) s <= l''(0) (e^(R|s|) - R|s| - 1)/R^2.

(Bach, Self-concordant analysis for logistic regression, Electronic Journal of Statistics 4, 2010, proposition 1.)
"""

from functools import cache

from sympy import Abs, Eq, Expr, Integer, Lambda, Mul, exp

from theory.line_search.symbols import C, R, c, line, line_bend, line_jerk, line_slope, r, s, t, v
from theory.lipschitz.cross_entropy import exponentials
from theory.proof import (
    And,
    ForAll,
    Statement,
    Theorem,
    Velocity,
    assume,
    cite,
    conclude,
    conjunction,
    cut,
    derivative,
    discharge,
    follows,
    generalize,
    identity,
    instance,
    rewrite,
    specialize,
    substitute,
)
from theory.proof.ranges import throughout


def derivative_is(function: Expr, rate: Expr) -> ForAll:
    """The function of s has this derivative, for every s."""
    return ForAll(s, True, Velocity(Lambda(t, substitute(function, {s: s + t})), rate))


DERIVATIVES = tuple(derivative_is(f(s), df(s)) for f, df in ((line, line_slope), (line_slope, line_bend), (line_bend, line_jerk)))
CONVEX = ForAll(s, True, And(line_bend(s) >= 0, line_bend(s) <= C))
SLOW = ForAll(s, True, Abs(line_jerk(s)) <= R * line_bend(s))
CONCORDANT = (R > 0, *DERIVATIVES, CONVEX, SLOW)
AHEAD = And(s >= 0, s <= r)


# A function with a derivative >= 0 does not fall


def explicit(function: Expr, rate: Expr | None = None) -> Theorem:
    """The derivative of an explicit function of v, at s."""
    rule = derivative(function, v, value=rate)
    return cut(cite("velocity-from-derivative", Lambda(v, function), Lambda(v, rule.then.rhs), True, t, s), generalize(rule, v))


def added(one: Theorem, other: Theorem) -> Theorem:
    """The derivative of a sum."""
    return cut(cite("velocity-of-addition", *one.then.args, *other.then.args), one, other)


GROWS = ForAll(s, AHEAD, And(line_slope(s) >= 0, line_slope(s) <= c))


@cache
def _grows() -> Theorem:
    """From 0 <= l' <= c on the way: l(0) <= l(r).

    |(l - c s/2)'| <= c/2, so by the mean value theorem |l(r) - l(0) - c r/2| <= c r/2.
    """
    middle = added(specialize(assume(DERIVATIVES[0]), s), explicit(-c * v / 2, -c / 2))
    limit = cite("mean-value", Lambda(s, line(s) - c * s / 2), middle.then.args[1], c * s / 2, t, r)
    steady = next(h for h in limit.given if isinstance(h, ForAll) and isinstance(h.args[2], And))
    slow = follows(steady.args[2], using=(specialize(assume(GROWS), s),), because="0 <= l' <= c")
    limit = cut(limit, throughout(middle, s, AHEAD), throughout(slow, s, AHEAD))
    known = (limit, specialize(assume(GROWS), 0))
    return follows(line(0) <= line(r), r >= 0, using=known, because="|l(r) - l(0) - c r/2| <= c r/2")


def never_falls(moving: Theorem, most: Expr, *why: Theorem) -> Theorem:
    """From f' = v for all s, and 0 <= v <= c for 0 <= s <= r: f(0) <= f(r), where r >= 0."""
    function, rate = substitute(moving.then.args[0].expr, {t: Integer(0)}), moving.then.args[1]
    slow = follows(And(rate >= 0, rate <= most), *AHEAD.args, R > 0, using=why, because="the derivative's bounds")
    fact = instance(_grows(), {line: Lambda(s, function), line_slope: Lambda(s, rate), c: most})
    return cut(fact, generalize(moving, s), throughout(slow, s, AHEAD))


UP, DOWN = exp(R * s), exp(-R * s)
LATER, AT_1 = exp(R * (r + 1)), exp(R)


@cache
def _growth() -> tuple[Theorem, ...]:
    """For 0 <= s <= r: e^(R s) and e^(-R s) are positive and inverse to each other, e^(R s) < e^(R (r + 1)), and e^(-R s) < e^R."""
    bounds = []
    for low, high in ((s, r + 1), (-s, Integer(1))):
        grows = cite("strictly-increases", Lambda(v, exp(R * v)), Lambda(v, R * exp(R * v)), low, high)
        smooth, between = (h for h in grows.given if isinstance(h, ForAll))
        rule = throughout(derivative(exp(R * v), v), v, smooth.args[1])
        positive = throughout(follows(R * exp(R * v) > 0, R > 0, using=exponentials(-R * v)), v, between.args[1])
        bounds.append(cut(grows, rule, positive))
    return (*bounds, *exponentials(R * s), *exponentials(-R * s))


def _ahead(*found: Theorem) -> tuple[Theorem, ...]:
    """What holds at r >= 0, at s >= 0."""
    return tuple(specialize(throughout(one, r, r >= 0), s) for one in found)


@cache
def _at_least_1() -> Theorem:
    """E^(R r) >= 1 for r >= 0."""
    return never_falls(explicit(exp(R * v)), R * LATER, *_growth())


def _here(index: int) -> Theorem:
    """One of the hypotheses, at s."""
    return specialize(assume(CONCORDANT[index]), s)


LOSS, SLOPE, BEND, BOUNDED, SLOW_HERE = (1, 2, 3, 4, 5)


@cache
def _curvature() -> tuple[Theorem, Theorem]:
    """E^(R s) l'' grows and e^(-R s) l'' falls: l''(0) <= e^(R r) l''(r) and e^(-R r) l''(r) <= l''(0)."""
    known, found = (_here(BOUNDED), _here(SLOW_HERE), *_growth()), []
    for sign, most in ((1, 2 * R * C * LATER), (-1, 2 * R * C * AT_1)):
        power = explicit(sign * exp(sign * R * v))
        moving = cut(cite("velocity-of-product", *power.then.args, *_here(BEND).then.args), power, _here(BEND))
        found.append(never_falls(moving, most, *known))
    return found[0], found[1]


@cache
def _bend_between() -> Theorem:
    """l''(0) e^(-R s) <= l''(s) <= l''(0) e^(R s), for s >= 0."""
    known = (*_ahead(*_curvature()), *exponentials(R * s), *exponentials(-R * s))
    return follows(
        And(line_bend(0) * DOWN <= line_bend(s), line_bend(s) <= line_bend(0) * UP), s >= 0, using=known, because="times e^(-R s), e^(R s)"
    )


def tail(sign: int, step: Expr = s) -> Expr:
    """e^(R s) - R s - 1 for the sign 1, e^(-R s) + R s - 1 for the sign -1."""
    return exp(sign * R * step) - sign * R * step - 1


@cache
def _slope_between() -> Theorem:
    """l''(0) (1 - e^(-R s))/R <= l'(s) - l'(0) <= l''(0) (e^(R s) - 1)/R, for s >= 0."""
    start, known, found = line_bend(0), (_bend_between(), _here(BOUNDED), specialize(assume(CONVEX), 0), *_growth()), []
    for sign, most in ((-1, C), (1, C * LATER)):
        edge = explicit(start * exp(sign * R * v) / R, sign * start * exp(sign * R * v))
        move = cut(cite("velocity-of-multiple", *_here(SLOPE).then.args, Integer(-sign), Integer(1)), _here(SLOPE))
        found.append(never_falls(added(move, edge), most, *known))
    known = _ahead(*found)
    gain = line_slope(s) - line_slope(0)
    return follows(And(start * (1 - DOWN) / R <= gain, gain <= start * (UP - 1) / R), R > 0, s >= 0, using=known)


@cache
def _turn_between() -> Theorem:
    """The same of |l'(s) - l'(0)|."""
    between = _slope_between()
    known = (between, specialize(assume(CONVEX), 0), *_ahead(_at_least_1()), *exponentials(R * s), *exponentials(-R * s))
    turn = Abs(line_slope(s) - line_slope(0))
    ends = And(line_bend(0) * (1 - DOWN) / R <= turn, turn <= line_bend(0) * (UP - 1) / R)
    return follows(ends, R > 0, s >= 0, using=known, because="l' does not fall")


@cache
def _loss_between() -> Theorem:
    """The two bounds of l(s), for s >= 0."""
    start, first = line_bend(0), line_slope(0)
    known, found = (_slope_between(), *_ahead(_at_least_1()), specialize(assume(CONVEX), 0), *_growth()), []
    for sign in (-1, 1):
        edge = explicit(sign * (start * (exp(sign * R * v) - sign * R * v) / R**2 + first * v))
        move = cut(cite("velocity-of-multiple", *_here(LOSS).then.args, Integer(-sign), Integer(1)), _here(LOSS))
        found.append(never_falls(added(move, edge), C * LATER / R, *known))
    known = _ahead(*found)
    rest = line(s) - line(0) - first * s
    return follows(And(start * tail(-1) / R**2 <= rest, rest <= start * tail(1) / R**2), R > 0, s >= 0, using=known)


REST = line(s) - line(0) - line_slope(0) * s


@cache
def _cubic_between() -> Theorem:
    """|l(s) - l(0) - l'(0) s - l''(0) s^2/2| <= l''(0) R e^(R s) s^3/6, for s >= 0; l''' is integrated three times."""
    start, most = line_bend(0), exp(R * r)
    split = identity(most, Mul(exp(R * (r - s)), UP, evaluate=False))
    below = follows(UP <= most, *AHEAD.args, using=(split, specialize(throughout(_at_least_1(), r, r >= 0), r - s), *exponentials(-R * s)))
    found: tuple[Theorem, ...] = (_here(SLOW_HERE), _bend_between())
    curves = ((BEND, Integer(0), 1), (SLOPE, start * v, 2), (LOSS, line_slope(0) * v + start * v**2 / 2, 3))
    for index, polynomial, power in curves:
        bound, ends = R * start * most * v**power / (1, 2, 6)[power - 1], []
        for sign in (-1, 1):
            move = cut(cite("velocity-of-multiple", *_here(index).then.args, Integer(sign), Integer(1)), _here(index))
            known = (*found, below, specialize(assume(CONVEX), 0), *exponentials(-R * r), *exponentials(-R * s))
            ends.append(never_falls(added(move, explicit(bound - sign * polynomial)), 2 * R * start * most * r ** (power - 1), *known))
        found = _ahead(*ends)
    return follows(Abs(REST - start * s**2 / 2) <= start * R * UP * s**3 / 6, s >= 0, using=found, because="both signs")


# Steps of both signs

FAR = R * Abs(s)
TURN = Abs(line_slope(s) - line_slope(0))
BOUNDS = And(
    line_bend(0) * exp(-FAR) <= line_bend(s),
    line_bend(s) <= line_bend(0) * exp(FAR),
    line_bend(0) * (1 - exp(-FAR)) / R <= TURN,
    TURN <= line_bend(0) * (exp(FAR) - 1) / R,
    line_bend(0) * (exp(-FAR) + FAR - 1) / R**2 <= REST,
    REST <= line_bend(0) * (exp(FAR) - FAR - 1) / R**2,
    Abs(REST - line_bend(0) * s**2 / 2) <= (line_bend(0) * s**2 / 2) * FAR * exp(FAR) / 3,
)
concordant_line = Statement(CONCORDANT, ForAll(s, True, BOUNDS))


@cache
def _forwards() -> Theorem:
    """For s >= 0."""
    return throughout(conjunction(_bend_between(), _turn_between(), _loss_between(), _cubic_between()), s, s >= 0)


@cache
def _backwards() -> Theorem:
    """The same for s -> l(-s), whose derivatives at s are -l'(-s), l''(-s) and -l'''(-s)."""
    mirrored = {f: Lambda(s, sign * f(-s)) for f, sign in ((line, 1), (line_slope, -1), (line_bend, 1), (line_jerk, -1))}
    fact, back = instance(_forwards(), mirrored), cite("straight-line", -s, Integer(-1), t)
    known = []
    for index, sign in ((LOSS, 1), (SLOPE, -1), (BEND, 1)):
        there = specialize(assume(CONCORDANT[index]), -s)
        function = there.then.args[0]
        turned = cut(
            cite("chain-rule-of-numbers", Lambda(v, substitute(function.expr, {t: v + s})), there.then.args[1], *back.then.args),
            there,
            back,
        )
        turned = cut(cite("velocity-of-multiple", *turned.then.args, Integer(sign), Integer(1)), turned)
        known.append(generalize(turned, s))
    known += [generalize(specialize(assume(h), -s), s) for h in (CONVEX,)]
    known.append(generalize(follows(Abs(-line_jerk(-s)) <= R * line_bend(-s), using=(specialize(assume(SLOW), -s),)), s))
    return cut(fact, *known)


@cache
def between_two_curves() -> Theorem:
    """Forwards and backwards."""
    cases = []
    for theorem, sign, own in ((_forwards(), 1, s >= 0), (_backwards(), -1, s <= 0)):
        here = cut(specialize(theorem, sign * s), follows(sign * s >= 0, own))
        length = follows(Eq(R * s, sign * FAR), own), follows(Eq(-R * s, -sign * FAR), own)
        case = follows(BOUNDS, own, using=(rewrite(here, *length),))
        cases.append(discharge(case, own))
    return conclude(generalize(follows(BOUNDS, using=tuple(cases), because="whichever the sign"), s), concordant_line)
