"""The mean value theorem for losses of many parameters: an inequality. (section 3.1).

With one parameter, f(w) - f(v) is the slope somewhere between times w - v. With more, only the part of the gradient along w - v counts:
a linear loss is constant across its gradient. What remains is that |f(w) - f(v)| is at most M |w - v| where the gradient is at most M
long on the segment; so on a domain that is not convex, the supremum of |g| is no Lipschitz constant.
"""

from functools import cache

from sympy import Eq, Integer, Lambda, Rational
from sympy import S as TRUTH

from theory.evidence import Tight, at, mutant, proves, refutes
from theory.lipschitz.symbols import (
    M,
    d,
    east,
    gradient,
    heading,
    loss,
    north,
    p_1,
    p_2,
    params,
    params_2,
    q_1,
    q_2,
    r,
    rho,
    surface,
    t,
    unit,
    up,
)
from theory.lipschitz.weight_change import DIFFERENTIABLE, moves, ramp, ramp_moves, ridge, ridge_is_differentiable
from theory.proof import (
    And,
    Exists,
    ForAll,
    PartialDerivatives,
    Refutation,
    Statement,
    Theorem,
    absurd,
    assume,
    cite,
    conclude,
    counterexample,
    cut,
    equal_words,
    follows,
    generalize,
    inner,
    none_exists,
    rewrite,
    specialize,
    squared_norm,
    substitute,
)
from theory.proof.norms import size
from theory.proof.ranges import throughout

CHANGE = (loss(params_2) - loss(params)) ** 2
ON_THE_WAY = params + t * (params_2 - params)
WITHIN = And(t >= 0, t <= 1)
BOUNDED = CHANGE <= M**2 * squared_norm(params_2 - params)  # |f(V) - f(U)| <= M |V - U|


def on_the_segment(body: object) -> ForAll:
    """At every point of it."""
    return ForAll(t, WITHIN, body)


SLOW = on_the_segment(squared_norm(gradient(ON_THE_WAY)) <= M**2)
STEADY = on_the_segment(moves(ON_THE_WAY, params_2 - params))


@cache
def change_is_bounded() -> Theorem:
    """The speed of t -> f(U + t (V - U)) is at most M |V - U|; so is the change from 0 to 1."""
    way, rate = params_2 - params, inner(gradient(ON_THE_WAY), params_2 - params)
    distance, known = size(way), (cite("norm-nonnegative", way), cite("norm-nonnegative", gradient(ON_THE_WAY)))
    limit = cite("mean-value", Lambda(t, loss(ON_THE_WAY)), rate, M * distance * t, d, 1)
    moving, slow = (node_h for node_h in limit.given if isinstance(node_h, ForAll))
    here = specialize(assume(STEADY), t)
    written = equal_words(moving.args[2].args[0].expr, here.then.args[0].expr)
    along = cut(cite("same-curve", moving.args[2].args[0], here.then.args[0], rate), generalize(written, d), here)
    gentle = specialize(assume(SLOW), t)
    using = (gentle, cite("cauchy-schwarz", gradient(ON_THE_WAY), way), *known)
    below = follows(slow.args[2], M >= 0, *WITHIN.args, using=using, because="Cauchy-Schwarz")
    limit = cut(limit, throughout(along, t, WITHIN), throughout(below, t, WITHIN))
    ends = equal_words(loss(params + 1 * way), loss(params_2)), equal_words(loss(params + 0 * way), loss(params))
    change = follows(BOUNDED, M >= 0, using=(rewrite(limit, *ends), *known), because="from 0 to 1")
    return conclude(change, Statement((M >= 0, SLOW, STEADY), BOUNDED))


# The gradient somewhere, times the distance: for two parameters it is false

TWO_PARAMETERS = PartialDerivatives(*(Lambda((r, up), f(r, up)) for f in (surface, east, north)))
SOMEWHERE = Eq((surface(p_1, p_2) - surface(q_1, q_2)) ** 2, (east(r, up) ** 2 + north(r, up) ** 2) * ((p_1 - q_1) ** 2 + (p_2 - q_2) ** 2))
printed = Statement((TWO_PARAMETERS,), Exists(r, True, Exists(up, True, SOMEWHERE)), source="yedida-saha:text-mvt")
mean_value = printed.amend(
    given=(DIFFERENTIABLE, M >= 0, SLOW),
    then=BOUNDED,
    why="Only the part of the gradient along the segment counts: with two parameters a linear loss is constant across its gradient. "
    "A bound of |g| on the segment bounds the change.",
)
PLANE = {surface: Lambda((r, up), r), east: Lambda((r, up), 1), north: Lambda((r, up), 0)}
ACROSS = {**PLANE, p_1: 0, p_2: 0, q_1: 0, q_2: 1}
UPHILL = {**ramp(Integer(3)), unit: [[1]], params: [[0]], params_2: [[2]], M: 3}


def never_across() -> Theorem:
    """The loss does not change across its gradient, and 1 is not 0."""
    some = substitute(printed.then, ACROSS)
    never = generalize(absurd(follows(TRUTH.false, some.args[2].args[2]), some.args[2].args[2]), up)
    return none_exists(generalize(none_exists(never), r))


@refutes(printed, why="f(w) = w_1 from (0, 0) to (0, 1): the change is 0, and the gradient is 1 long everywhere.")
def across_the_gradient() -> Refutation:
    """Two parameters."""
    return counterexample(printed, ACROSS, never_across())


@proves(
    mean_value,
    witness=at(UPHILL, ramp_moves),
    mutants=[
        mutant(mean_value.drop(SLOW), {**UPHILL, M: 2}, "not a bound of the gradient", ramp_moves),
        mutant(mean_value.with_then(CHANGE <= M * squared_norm(params_2 - params)), UPHILL, "M for M^2", ramp_moves),
    ],
    tight=Tight(True, "equality along the gradient of a linear loss", mean_value.with_then(Eq(*BOUNDED.args)), at(UPHILL, ramp_moves)),
)
def mean_value_inequality() -> Theorem:
    """The speed along the segment is at most M |V - U|."""
    steady = throughout(specialize(specialize(assume(DIFFERENTIABLE), ON_THE_WAY), params_2 - params), t, WITHIN)
    return conclude(cut(change_is_bounded(), steady), mean_value)


# The supremum of |g| on a domain {rho > 0}

INSIDE = (M >= 0, rho(params) > 0, rho(params_2) > 0)
THERE = ForAll(params, rho(params) > 0, ForAll(heading, True, moves(params, heading)))
AT_MOST = ForAll(params, rho(params) > 0, squared_norm(gradient(params)) <= M**2)  # also for the least such M, the supremum
supremum = Statement(
    (
        M >= 0,
        rho(p_1, p_2) > 0,
        rho(q_1, q_2) > 0,
        TWO_PARAMETERS,
        ForAll(r, True, ForAll(up, rho(r, up) > 0, east(r, up) ** 2 + north(r, up) ** 2 <= M**2)),
    ),
    (surface(p_1, p_2) - surface(q_1, q_2)) ** 2 <= M**2 * ((p_1 - q_1) ** 2 + (p_2 - q_2) ** 2),
    source="yedida-saha:text-lip-sup",
)
COVERED = on_the_segment(rho(ON_THE_WAY) > 0)
without_gaps = supremum.amend(
    given=(*INSIDE, THERE, AT_MOST, COVERED),
    then=BOUNDED,
    why="On a convex domain, such as all parameters, it holds as printed. The segment must lie in the domain: outside, f may be steep.",
)
# A strip along the parabola s = r^2, in one piece: over each r with r^2 < 121/100 lies an interval. Its ends are near, the way is long
BENT = {
    surface: Lambda((r, up), r - Rational(9, 20) * r**3 + Rational(7, 10) * r * up),
    east: Lambda((r, up), 1 - Rational(27, 20) * r**2 + Rational(7, 10) * up),
    north: Lambda((r, up), Rational(7, 10) * r),
    rho: Lambda((r, up), Rational(1, 100) * (Rational(121, 100) - r**2) - (up - r**2) ** 2),
    M: Rational(6, 5),
    **{p_1: -1, p_2: 1, q_1: 1, q_2: 1},
}
# 3 x - x^3 is flat near -1 and 1, and steep between them; x = <e, U>
CUBIC, SLOPE, ALONG = 3 * t - t**3, 3 - 3 * t**2, inner(unit, params)
NEAR_BOTH = {rho: Lambda(params, 1 - 16 * (ALONG**2 - 1) ** 2)}
OVER = {**ridge(CUBIC, SLOPE), **NEAR_BOTH, unit: [[1]], M: Rational(3, 4), params: [[-1]], params_2: [[1]]}
EVERYWHERE = {**UPHILL, rho: Lambda(params, 1)}


@cache
def gentle_near_both() -> Theorem:
    """For |x^2 - 1| < 1/4 the slope is at most 3/4."""
    within = substitute(rho(params) > 0, NEAR_BOTH)
    body = substitute(AT_MOST.args[2], {**ridge(CUBIC, SLOPE), M: Rational(3, 4)})
    length = equal_words(body.args[0], substitute(SLOPE, {t: ALONG}) ** 2 * squared_norm(unit))
    gentle = follows(body, within, Eq(squared_norm(unit), 1), using=(length,), because="9 (1 - x^2)^2 < 9/16")
    return throughout(gentle, params, within)


def near_both() -> Theorem:
    """The loss is differentiable there, as everywhere."""
    moving = ridge_is_differentiable(CUBIC, SLOPE)
    return throughout(specialize(moving, params), params, substitute(rho(params) > 0, NEAR_BOTH))


def ramp_is_gentle() -> Theorem:
    """The slope 3."""
    length = equal_words(squared_norm(3 * unit), 9 * squared_norm(unit))
    return generalize(follows(squared_norm(3 * unit) <= 9, Eq(squared_norm(unit), 1), using=(length,)), params)


TWO_PIECES, ONE_PIECE = (near_both, gentle_near_both), (ramp_moves, ramp_is_gentle)


def gentle_in_the_strip() -> Theorem:
    """The gradient is at most 6/5 long."""
    body = substitute(supremum.given[-1], BENT).args[2]
    return generalize(throughout(follows(body.args[2], body.args[1], because="a polynomial"), up, body.args[1]), r)


@refutes(
    supremum,
    why="F = r - 9 r^3/20 + 7 r s/10 in a strip along the parabola s = r^2: the gradient is at most 6/5 long, and from (-1, 1) to (1, 1), "
    "at the distance 2, the loss rises by 5/2. With one parameter and two pieces, 3 w - w^3 for 3/4 < w^2 < 5/4 does the same.",
)
def around_the_bend() -> Refutation:
    """The way along the strip is longer."""
    return counterexample(supremum, BENT, gentle_in_the_strip())


@proves(
    without_gaps,
    witness=at(EVERYWHERE, *ONE_PIECE),
    mutants=[
        mutant(without_gaps.drop(COVERED), OVER, "over a gap", *TWO_PIECES),
        mutant(without_gaps.with_then(CHANGE <= (M / 2) ** 2 * squared_norm(params_2 - params)), EVERYWHERE, "half of it", *ONE_PIECE),
    ],
    tight=Tight(True, "equality for a linear loss", without_gaps.with_then(Eq(*BOUNDED.args)), at(EVERYWHERE, *ONE_PIECE)),
)
def the_supremum_is_a_lipschitz_constant() -> Theorem:
    """The segment lies in the domain."""
    inside = specialize(assume(COVERED), t)
    slow = cut(specialize(assume(AT_MOST), ON_THE_WAY), inside)
    steady = cut(specialize(specialize(assume(THERE), ON_THE_WAY), params_2 - params), inside)
    return conclude(cut(change_is_bounded(), throughout(slow, t, WITHIN), throughout(steady, t, WITHIN)), without_gaps)
