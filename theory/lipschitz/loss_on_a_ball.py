"""The Lipschitz constants of least squares on a ball, of the loss itself: L is one exactly if no gradient is longer. (section 4.1).

For g(w) = |X w - y|^2/(2 m) and K > 0, a number L >= 0 has |g(w) - g(v)| <= L |w - v| for all w and v of the ball |w| <= K exactly if
|A w - b| <= m L on the ball, for A = X^T X and b = X^T y: the loss is quadratic, so it changes from v to w as fast as its gradient at
(w + v)/2 says, and every point inside the ball is such a midpoint, in every direction. On the one point of K = 0 every L >= 0 is a
Lipschitz constant, whatever the gradient is.
"""

from functools import cache, partial

from sympy import Eq, Expr, Integer, Rational, symbols
from sympy import S as TRUTH

from theory.evidence import at, extends, mutant
from theory.lipschitz.least_squares import GRAM, TARGETS, loss
from theory.lipschitz.secular_equation import residual
from theory.lipschitz.symbols import K, L, X, m, sigma, u, u_2, w, y
from theory.proof import (
    And,
    Column,
    ForAll,
    Implies,
    SpectralNorm,
    Statement,
    Theorem,
    absurd,
    assume,
    by_meaning,
    cite,
    conclude,
    conjunction,
    cut,
    discharge,
    equal_words,
    follows,
    generalize,
    inner,
    instance,
    specialize,
    squared_norm,
    substitute,
)
from theory.proof.norms import scaled, size, triangle
from theory.proof.ranges import throughout


def in_the_ball(weights: Expr) -> Expr:
    """|w| <= K."""
    return squared_norm(weights) <= K**2


GAP = loss(u) - loss(u_2)
SLOPE = GAP**2 <= L**2 * squared_norm(u - u_2)
LIPSCHITZ = ForAll(u, in_the_ball(u), ForAll(u_2, in_the_ball(u_2), SLOPE))
NOT_ABOVE = ForAll(u, in_the_ball(u), squared_norm(residual(u)) <= (m * L) ** 2)
exact = Statement((m >= 1, K > 0, L >= 0), And(Implies(LIPSCHITZ, NOT_ABOVE), Implies(NOT_ABOVE, LIPSCHITZ)))

# g(u) - g(v) = <A p - b, u - v>/m at the midpoint p = (u + v)/2, which is in the ball


def _enough() -> Theorem:
    """Cauchy-Schwarz."""
    middle, way = (u + u_2) / 2, u - u_2
    r, positive = residual(middle), tuple(cite("norm-nonnegative", word) for word in (residual(middle), way))
    square = equal_words(squared_norm(middle), squared_norm(u) / 2 + squared_norm(u_2) / 2 - squared_norm(way) / 4)
    within = follows(in_the_ball(middle), in_the_ball(u), in_the_ball(u_2), using=(square, *positive), because="the ball is convex")
    short = cut(specialize(assume(NOT_ABOVE), middle), within)
    most = follows(inner(r, way) ** 2 <= (m * L) ** 2 * squared_norm(way), using=(short, cite("cauchy-schwarz", r, way), *positive))
    change = equal_words(GAP, inner(r, way) / m, because="g is quadratic")
    change = follows(SLOPE, m >= 1, using=(most, change), because="divided by m")
    return discharge(throughout(throughout(change, u_2, in_the_ball(u_2)), u, in_the_ball(u)), NOT_ABOVE)


# The other direction: every point (1 - e) u is such a midpoint

_p, _x = Column("p_0"), Column("x_0")
_e, _c = symbols("e_0 c_0", real=True)


@cache
def _midpoints() -> Theorem:
    """<A p - b, x>^2 <= (m L)^2 |x|^2 for all p and x with p + x and p - x in the ball."""
    ends, r = (_p + _x, _p - _x), residual(_p)
    change = specialize(specialize(assume(LIPSCHITZ), ends[0]), ends[1])
    words = (
        equal_words(loss(ends[0]) - loss(ends[1]), 2 * inner(r, _x) / m, because="g is quadratic"),
        equal_words(squared_norm(ends[0] - ends[1]), 4 * squared_norm(_x)),
    )
    along = inner(r, _x) ** 2 <= (m * L) ** 2 * squared_norm(_x)
    along = follows(along, m >= 1, using=(change, *words), because="times m^2/4")
    return generalize(throughout(along, _x, And(*map(in_the_ball, ends))), _p)


@cache
def _inside(side: int) -> Theorem:
    """(1 - e) u + e x and (1 - e) u - e x are in the ball, for u and x of the ball."""
    there, apart = (1 - _e) * u + side * _e * _x, u - side * _x
    square = (1 - _e) * squared_norm(u) + _e * squared_norm(_x) - _e * (1 - _e) * squared_norm(apart)
    known = (equal_words(squared_norm(there), square), cite("norm-nonnegative", apart))
    return follows(in_the_ball(there), _e > 0, _e <= 1, in_the_ball(u), in_the_ball(_x), using=known, because="the ball is convex")


@cache
def _further_in() -> Theorem:
    """|A p - b| <= m L at p = (1 - e) u: with x = K r/(1 + |r|) for r = A p - b, the points p + e x and p - e x are in the ball."""
    r = residual((1 - _e) * u)
    there, length = _c * r, cite("norm-nonnegative", r)
    words = (
        equal_words(squared_norm(there), _c**2 * squared_norm(r)),
        equal_words(squared_norm(_e * there), _e**2 * _c**2 * squared_norm(r)),
        equal_words(inner(r, _e * there), _e * _c * squared_norm(r)),
    )
    number = And(_c > 0, Eq(_c * (1 + size(r)), K))
    room = follows(in_the_ball(there), *number.args, using=(words[0], length), because="|r| < 1 + |r|")
    inside = (cut(instance(_inside(side), {_x: there}), room) for side in (1, -1))
    along = cut(specialize(specialize(_midpoints(), (1 - _e) * u), _e * there), *inside)
    short = squared_norm(r) ** 2 <= (m * L) ** 2 * squared_norm(r)
    short = follows(short, _c > 0, _e > 0, using=(along, *words), because="divided by (e c)^2")
    short = follows(size(r) <= m * L, m >= 1, L >= 0, using=(short, length), because="divided by |r|^2")
    short = specialize(throughout(short, _c, number), K / (1 + size(r)))
    return cut(short, length, *(follows(h, K > 0, using=(length,)) for h in short.given if h.has(size(r))))


def _needed() -> Theorem:
    """|A u - b| <= m L + e |A u| for every e between 0 and 1; if it were m L + d, then not for e = d/(d + |A u|)."""
    r, spread, beyond = residual(u), GRAM * u, size(residual(u)) - m * L
    further, part_ = residual((1 - _e) * u), _e * spread
    positive = tuple(cite("norm-nonnegative", word) for word in (r, spread, further, part_))
    known = (triangle(r, further, part_), _further_in(), scaled(part_, _e, spread), *positive)
    near = throughout(follows(size(r) <= m * L + _e * size(spread), _e > 0, using=known), _e, And(_e > 0, _e <= 1))
    near = specialize(near, beyond / (beyond + size(spread)))
    near = cut(near, *(follows(h, beyond > 0, using=positive[:2]) for h in near.given if h.has(size(spread))))
    clash = follows(TRUTH.false, beyond > 0, using=(near, *positive[:2]), because="d |A u|/(d + |A u|) < d")
    most = follows(NOT_ABOVE.args[2], m >= 1, L >= 0, using=(absurd(clash, beyond > 0), positive[0]), because="it is not more")
    most = conclude(cut(most, *positive[:2]), Statement((*exact.given, LIPSCHITZ, in_the_ball(u)), NOT_ABOVE.args[2]))
    return discharge(throughout(most, u, in_the_ball(u)), LIPSCHITZ)


# In exact instances all is 1 x 1. For A = 4, b = 2, m = 2 and K = 3 the gradient is -7 at w = -3, and 5 at w = 3

POINT = {X: [[2]], y: [[1]], w: [[-3]], m: 2, K: 3}
NUMBERS = {m: 2, K: 3, sigma: 4}
SEVEN, HALF = Integer(7), Rational(7, 2)


@cache
def constants(number: Expr) -> Theorem:
    """Whether this number is a Lipschitz constant."""
    return instance(the_lipschitz_constants(), {m: 2, K: 3, L: number})


def below(number: Expr, guard: Expr = NOT_ABOVE.args[1]) -> ForAll:
    """No |A u - b| is above it."""
    return ForAll(u, guard, squared_norm(residual(u)) <= number**2)


@cache
def not_above_14() -> Theorem:
    """|A u - b| <= 4 |u| + 2."""
    product = inner(GRAM * u, TARGETS)
    words = equal_words(squared_norm(residual(u)), squared_norm(GRAM * u) - 2 * product + squared_norm(TARGETS))
    bound, known = below(14).subs(K, 3), (by_meaning(SpectralNorm(4, GRAM), u), cite("cauchy-schwarz", GRAM * u, TARGETS), words)
    return throughout(follows(bound.args[2], bound.args[1], Eq(squared_norm(TARGETS), 4), using=known, because="12 + 2"), u, bound.args[1])


def seven_is_one() -> Theorem:
    """Both sides are true of it."""
    both = follows(substitute(And(LIPSCHITZ, NOT_ABOVE), {**NUMBERS, L: 7}), using=(constants(SEVEN), not_above_14()))
    return follows(substitute(exact.then, {**NUMBERS, L: 7}), using=(both,))


def is_refuted(conclusion: Expr, length: int, *known: Theorem, place: Expr = w) -> Theorem:
    """|A w - b| is that long, which the conclusion denies."""
    clash = follows(TRUTH.false, conclusion, Eq(squared_norm(residual(place)), length**2), using=known, because="it is longer there")
    return absurd(clash, conclusion)


def said_of(place: Expr, bound: ForAll) -> Theorem:
    """What it says there."""
    return discharge(specialize(assume(bound), place), bound)


def with_bound(bound: ForAll) -> Statement:
    """Another bound of the gradients."""
    return exact.with_then(substitute(exact.then, {NOT_ABOVE: bound}))


def not_exactly(bound: ForAll, number: Expr, false: ForAll, length: int = 14) -> Theorem:
    """A false bound of |A u - b| would follow."""
    conclusion = substitute(with_bound(bound).then, {**NUMBERS, L: number})
    return is_refuted(conclusion, length, constants(number), not_above_14(), said_of(w, false.subs(K, 3)))


TWICE, WITHOUT_M, ANYWHERE = below(2 * m * L), below(L), below(m * L, TRUTH.true)


@cache
def all_are_equal() -> Theorem:
    """For K = 0 the loss is constant on the ball, whatever the gradient is."""
    words = []
    for place in (u, u_2):
        none = follows(Eq(squared_norm(place), 0), squared_norm(place) <= 0, using=(cite("norm-nonnegative", place),))
        words.append(equal_words(loss(place), squared_norm(y) / (2 * m), cut(cite("norm-definite", place), none)))
    same = follows(SLOPE.subs(L, 0), m >= 1, using=tuple(words), because="there is one point")
    return instance(throughout(throughout(same, u_2, squared_norm(u_2) <= 0), u, squared_norm(u) <= 0), {m: 2})


def at_the_point() -> Theorem:
    """0 is a Lipschitz constant."""
    conclusion = substitute(exact.then, {m: 2, K: 0, L: 0})
    return is_refuted(conclusion, 2, all_are_equal(), said_of(w, substitute(NOT_ABOVE, {m: 2, K: 0, L: 0})))


@extends(
    "yedida-saha:text-rhs-is-l",
    exact,
    witness=at({**POINT, L: 7}, seven_is_one),
    mutants=[
        mutant(with_bound(TWICE), {**POINT, L: HALF}, "half of it", partial(not_exactly, TWICE, HALF, below(7))),
        mutant(with_bound(WITHOUT_M), {**POINT, L: 7}, "without 1/m", partial(not_exactly, WITHOUT_M, SEVEN, below(7))),
        mutant(
            with_bound(ANYWHERE),
            {**POINT, w: [[-4]], L: 7},
            "outside of the ball",
            partial(not_exactly, ANYWHERE, SEVEN, below(14, TRUTH.true), 18),
        ),
        mutant(exact.drop(K > 0), {**POINT, w: [[0]], K: 0, L: 0}, "the ball is a point", at_the_point),
    ],
)
def the_lipschitz_constants() -> Theorem:
    """The mean value of a quadratic function is its slope at the midpoint."""
    return conclude(conjunction(_needed(), _enough()), exact)
