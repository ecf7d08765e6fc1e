"""Where the gradient of least squares is largest on a ball: one secular equation, hard case included. (section 4.1).

With A = X^T X and b = X^T y the gradient at w is (A w - b)/m. For K > 0 a point w of the ball |w| <= K has the largest |A w - b| exactly
if there is a multiplier mu >= lambda_max(A)^2 with

    A (A w - b) = mu w    and    mu (K^2 - |w|^2) = 0.

So w = -(mu - A^2)^-1 A b where that inverse exists, and mu solves |(mu - A^2)^-1 A b| = K. In the hard case mu = lambda_max^2, and A b has
no part along the first eigenvectors: w may have any that makes it K long. What this says of the loss itself: `least_on_a_ball`.
"""

from functools import cache, partial

from sympy import Eq, Expr, Integer, Ne, Rational, symbols, sympify
from sympy import S as TRUTH

from theory.evidence import at, extends, mutant
from theory.lipschitz.least_squares import GRAM, TARGETS
from theory.lipschitz.least_squares_bounds import FIRST
from theory.lipschitz.symbols import K, X, multiplier, sigma, u, v, w, y
from theory.proof import (
    And,
    Column,
    Exists,
    ForAll,
    Implies,
    SpectralNorm,
    Statement,
    Theorem,
    absurd,
    assume,
    by_meaning,
    cite,
    combine_words,
    conclude,
    conjunction,
    cut,
    discharge,
    equal_words,
    exhibit,
    follows,
    inner,
    instance,
    part,
    specialize,
    squared_norm,
    substitute,
)
from theory.proof.norms import size
from theory.proof.ranges import choose, throughout

mu = multiplier
EIGENVALUE = (sigma >= 0, SpectralNorm(sigma, GRAM))


def residual(weights: Expr) -> Expr:
    """A w - b, which is m times the gradient."""
    return GRAM * weights - TARGETS


def pull(weights: Expr) -> Expr:
    """A (A w - b), half the gradient of |A w - b|^2."""
    return GRAM * residual(weights)


def stationary(weights: Expr) -> Eq:
    """A (A w - b) = mu w."""
    return Eq(pull(weights), mu * weights, evaluate=False)


IN_THE_BALL = squared_norm(w) <= K**2
LARGEST = ForAll(u, squared_norm(u) <= K**2, squared_norm(residual(u)) <= squared_norm(residual(w)))
OF_W = And(mu >= sigma**2, Eq(mu * (K**2 - squared_norm(w)), 0), stationary(w))
SECULAR = Exists(mu, True, OF_W)
secular = Statement(
    (K > 0, *EIGENVALUE, FIRST, Eq(squared_norm(v), 1), IN_THE_BALL), And(Implies(SECULAR, LARGEST), Implies(LARGEST, SECULAR))
)


# In exact instances all is 1 x 1. The hard case: A = 1 and b = 0, so the ends w = 1 and w = -1 are as good, with mu = 1
HARD = {X: [[1]], y: [[0]], v: [[1]], w: [[1]], K: 1, sigma: 1}
LEAST = {**HARD, y: [[1]]}  # at w = 1 the gradient is 0, so mu = 0
INSIDE = {**HARD, y: [[Rational(1, 2)]], w: [[-Rational(1, 2)]]}  # w - 1/2 = 2 w


def at_1() -> Theorem:
    """The theorem itself, with K = sigma = 1."""
    return instance(the_secular_equation(), {K: 1, sigma: 1})


def with_multipliers(*conditions: Expr) -> Statement:
    """Other conditions on the multiplier."""
    some = Exists(mu, True, And(*conditions, stationary(w)))
    return secular.with_then(And(Implies(some, LARGEST), Implies(LARGEST, some)))


ANY, NO_SLACK = with_multipliers(mu >= 0, OF_W.args[1]), with_multipliers(OF_W.args[0])


def is_not_largest(statement: Statement, number: int, factor: int, values: tuple[Expr, Expr]) -> Theorem:
    """Such a multiplier, and |A u - b| is more at a multiple of w."""
    conclusion = substitute(statement.then, {K: 1, sigma: 1})
    some, largest = next(p.args for p in conclusion.args if isinstance(p.args[0], Exists))
    other = factor * w
    inside = follows(
        squared_norm(other) <= 1, factor**2 * squared_norm(w) <= 1, using=(equal_words(squared_norm(other), factor**2 * squared_norm(w)),)
    )
    more = discharge(cut(specialize(assume(largest), other), inside), largest)
    body = substitute(some.args[2], {mu: sympify(number)})
    there = exhibit(assume(body), mu, number, True, some.args[2])
    sizes = tuple(Eq(squared_norm(residual(at_)), value) for at_, value in zip((w, other), values, strict=True))
    clash = follows(TRUTH.false, conclusion, *sizes, using=(there, more), because="it is more there")
    return absurd(clash, conclusion)


def one_point() -> Theorem:
    """For K = 0 the ball is the point 0, which is the largest, but A b is no multiple of it."""
    conclusion = substitute(secular.then, {K: 0, sigma: 1})
    some, largest = next(p.args for p in conclusion.args if isinstance(p.args[0], Exists))
    zeros, same = [], []
    for point in (u, w):
        none = follows(Eq(squared_norm(point), 0), squared_norm(point) <= 0, using=(cite("norm-nonnegative", point),))
        zeros.append(cut(cite("norm-definite", point), none))
        same.append(equal_words(squared_norm(residual(point)), squared_norm(TARGETS), zeros[-1]))
    level = throughout(follows(largest.args[2], using=tuple(same)), u, largest.args[1])
    turned = GRAM * TARGETS
    known = (equal_words(inner(turned, pull(w)), -squared_norm(turned), zeros[1]), equal_words(inner(turned, w), 0, zeros[1]))
    none = follows(Eq(squared_norm(turned), 0), squared_norm(w) <= 0, some.args[2], using=(pulled(turned), *known))
    none = discharge(choose(assume(some), cut(none, part(assume(some.args[2]), stationary(w)))), some)
    return absurd(follows(TRUTH.false, conclusion, Eq(squared_norm(turned), 1), using=(level, none)), conclusion)


_pull, _way = Column("p_0"), Column("d_0")
_c, _e = symbols("c_0 e_0", real=True)


@cache
def pulled(along: Expr) -> Theorem:
    """<x, A (A w - b)> = mu <x, w>."""
    own = equal_words(inner(along, _pull), mu * inner(along, w), assume(Eq(_pull, mu * w, evaluate=False)))
    return instance(own, {_pull: pull(w)})


@cache
def apart(other: Expr) -> Theorem:
    """|A w - b|^2 - |A u - b|^2 = mu (|w|^2 - |u|^2) + mu |w - u|^2 - |A (w - u)|^2, where A (A w - b) = mu w."""
    gap, far = squared_norm(residual(w)) - squared_norm(residual(other)), squared_norm(GRAM * (w - other))
    words = (
        equal_words(gap, 2 * inner(w, pull(w)) - 2 * inner(other, pull(w)) - far),
        equal_words(squared_norm(w - other), squared_norm(w) - 2 * inner(other, w) + squared_norm(other)),
    )
    right = mu * (squared_norm(w) - squared_norm(other)) + mu * squared_norm(w - other) - far
    return follows(Eq(gap, right), using=(*words, pulled(w), pulled(other)), because="A is symmetric")


def _sufficient() -> Theorem:
    """Mu - A^2 is not negative."""
    known = (by_meaning(SpectralNorm(sigma, GRAM), w - u), cite("norm-nonnegative", w - u), apart(u))
    most = follows(LARGEST.args[2], squared_norm(u) <= K**2, *OF_W.args, sigma >= 0, using=known, because="mu >= lambda_max^2")
    most = throughout(most, u, LARGEST.args[1])
    most = conclude(most, Statement((*EIGENVALUE, OF_W), most.then))
    return discharge(choose(assume(SECULAR), most), SECULAR)


# The other direction: the multiplier is |A (A w - b)|/K

PULL, RHO = pull(w), size(pull(w))
NOT_BEYOND = inner(PULL, u) <= inner(PULL, w)


@cache
def _not_beyond(other: Expr) -> Theorem:
    """<A (A w - b), u> <= <A (A w - b), w> for every u of the ball: |A u - b|^2 lies above its tangent."""
    gap = squared_norm(residual(other)) - squared_norm(residual(w))
    above = equal_words(gap, 2 * inner(PULL, other) - 2 * inner(PULL, w) + squared_norm(GRAM * (other - w)))
    known = (above, cite("norm-nonnegative", GRAM * (other - w)), specialize(assume(LARGEST), other))
    return follows(inner(PULL, other) <= inner(PULL, w), LARGEST, squared_norm(other) <= K**2, using=known, because="it is convex")


@cache
def _multiplier() -> Theorem:
    """With mu = |r|/K for r = A (A w - b): r = mu w, and mu (K^2 - |w|^2) = 0; the farthest point along r is K r/|r|."""
    length = cite("norm-nonnegative", PULL)
    there = _c * PULL
    far = _not_beyond(there)
    words = (equal_words(squared_norm(there), _c**2 * squared_norm(PULL)), equal_words(inner(PULL, there), _c * squared_norm(PULL)))
    at_end = follows(squared_norm(there) <= K**2, Eq(_c * RHO, K), using=(words[0], length))
    far = follows(K * RHO <= inner(PULL, w), Eq(_c * RHO, K), using=(cut(far, at_end), words[1], length), because="K r/|r|")
    far = discharge(cut(instance(far, {_c: K / RHO}), length), squared_norm(PULL) > 0)
    rest, own = PULL - mu * w, Eq(mu, RHO / K)
    square = equal_words(squared_norm(rest), squared_norm(PULL) - 2 * mu * inner(PULL, w) + mu**2 * squared_norm(w))
    known = (far, square, length, cite("norm-nonnegative", w), cite("cauchy-schwarz", PULL, w))
    ranges = (K > 0, IN_THE_BALL, own)
    zero = follows(Eq(squared_norm(rest), 0), *ranges, using=known, because="equality in Cauchy-Schwarz")
    slack = follows(OF_W.args[1], *ranges, using=known, because="equality in Cauchy-Schwarz")
    equal = combine_words(PULL, mu * w, (1, cut(cite("norm-definite", rest), zero), 1))
    return conjunction(slack, equal)


def _second_order() -> Theorem:
    """|A d|^2 <= mu |d|^2 wherever <w, d> != 0: the reflection w - c d of w is on the sphere too."""
    there, spread = w - _c * _way, GRAM * _way
    words = (
        equal_words(squared_norm(there), squared_norm(w) - 2 * _c * inner(w, _way) + _c**2 * squared_norm(_way)),
        equal_words(squared_norm(w - there), _c**2 * squared_norm(_way)),
        equal_words(squared_norm(GRAM * (w - there)), _c**2 * squared_norm(spread)),
    )
    reflected = Eq(_c * squared_norm(_way), 2 * inner(w, _way))
    inside = follows(squared_norm(there) <= K**2, reflected, IN_THE_BALL, using=words[:1])
    less = cut(specialize(assume(LARGEST), there), inside)
    flat = squared_norm(spread) <= mu * squared_norm(_way)
    return follows(flat, reflected, Ne(_c, 0), using=(less, apart(there), *words), because="no gain on the sphere")


@cache
def _tilted() -> Theorem:
    """The same for d = v + e w, where |A v| = sigma |v|."""
    tilted = v + _e * w
    along = inner(w, v) + _e * squared_norm(w)
    square = squared_norm(v) + 2 * _e * inner(w, v) + _e**2 * squared_norm(w)
    spread = sigma**2 * squared_norm(v) + 2 * _e * sigma**2 * inner(w, v) + _e**2 * squared_norm(GRAM * w)
    words = (
        equal_words(inner(w, tilted), along),
        equal_words(squared_norm(tilted), square),
        equal_words(squared_norm(GRAM * tilted), spread, assume(FIRST)),
    )
    flat = instance(_second_order(), {_way: tilted})
    some = along**2 > 0
    length = follows(
        squared_norm(tilted) > 0,
        some,
        using=(*words[:2], cite("cauchy-schwarz", w, tilted), cite("norm-nonnegative", tilted), cite("norm-nonnegative", w)),
    )
    number = 2 * inner(w, tilted) / squared_norm(tilted)
    flat = instance(flat, {_c: number})
    known = (*words, length)
    flat = cut(flat, *(follows(h, some, using=known) for h in flat.given if h not in (LARGEST, IN_THE_BALL, stationary(w))))
    return discharge(follows(spread <= mu * square, some, using=(flat, *words)), some)


@cache
def _small() -> Theorem:
    """A tilt that is small enough."""
    q, top = symbols("q_0 s_0", real=True)
    small = follows(mu * q**2 < top - mu, mu > 0, mu < top, Eq(q * (top + 1), top - mu), because="mu (s - mu) < (s + 1)^2")
    return instance(small, {q: _e * K, top: sigma**2})


@cache
def _large_enough() -> Theorem:
    """At least sigma^2: by d = v, or d = v + e w for a small e where v is across w; for mu = 0 the points K v and -K v show sigma = 0."""
    unit, across = Eq(squared_norm(v), 1), inner(w, v)
    flat = (instance(_tilted(), {_e: Integer(0)}), _tilted())
    known = (cite("norm-nonnegative", w), cite("norm-nonnegative", GRAM * w))
    on_it = follows(mu >= sigma**2, mu > 0, Ne(across, 0), unit, LARGEST, using=(flat[0], *known), because="d = v")
    tilt = Eq(_e * K * (sigma**2 + 1), sigma**2 - mu)
    supposed = mu < sigma**2
    small = _small()
    ranges = (mu > 0, supposed, K > 0, Eq(across, 0), unit, OF_W.args[1])
    clash = follows(TRUTH.false, *ranges, tilt, using=(small, flat[1], *known), because="d = v + e w")
    number = (sigma**2 - mu) / (K * (sigma**2 + 1))
    clash = instance(clash, {_e: number})
    clash = cut(clash, *(follows(h, K > 0) for h in clash.given if h.free_symbols <= {K, sigma} and h != (K > 0)))
    off_it = discharge(absurd(clash, supposed), Eq(across, 0))
    steep = []
    for side in (1, -1):
        there, parted = side * K * v, squared_norm(GRAM * w) - 2 * side * K * sigma * inner(v, GRAM * w) + K**2 * sigma**2 * squared_norm(v)
        inside = follows(squared_norm(there) <= K**2, unit, using=(equal_words(squared_norm(there), K**2 * squared_norm(v)),))
        spread = equal_words(squared_norm(GRAM * (w - there)), parted, assume(FIRST))
        steep += [cut(specialize(assume(LARGEST), there), inside), apart(there), spread]
    level = follows(Eq(sigma**2, 0), Eq(mu, 0), K > 0, unit, using=(*steep, *known), because="K v and -K v")
    cases = (discharge(discharge(on_it, Ne(across, 0)), mu > 0), discharge(off_it, mu > 0), discharge(level, Eq(mu, 0)))
    return follows(mu >= sigma**2, mu >= 0, using=cases, because="in each case")


def _necessary() -> Theorem:
    """|A (A w - b)|/K is such a multiplier."""
    found, length = _multiplier(), cite("norm-nonnegative", PULL)
    own = Eq(mu, RHO / K)
    positive = follows(mu >= 0, own, K > 0, using=(length,))
    whole = conjunction(cut(_large_enough(), found, positive), *(part(found, p) for p in found.then.args))
    whole = conclude(whole, Statement((*secular.given, LARGEST, own), OF_W))
    there = instance(whole, {mu: RHO / K})
    there = cut(exhibit(there, mu, RHO / K, True, OF_W), length)
    return discharge(there, LARGEST)


@extends(
    "yedida-saha:text-rhs-is-l",
    secular,
    witness=at(HARD, at_1),
    mutants=[
        mutant(ANY, LEAST, "any multiplier", partial(is_not_largest, ANY, 0, -1, (0, 4))),
        mutant(secular.drop(K > 0), {**LEAST, w: [[0]], K: 0}, "the ball is a point", one_point),
        mutant(NO_SLACK, INSIDE, "inside the ball", partial(is_not_largest, NO_SLACK, 2, 2, (1, Rational(9, 4)))),
    ],
)
def the_secular_equation() -> Theorem:
    """A maximum on a ball, though the function is convex: no gap to the dual."""
    return conclude(conjunction(_sufficient(), _necessary()), secular)
