"""How far one layer of logistic neurons moves, and departs from its tangent, from norms alone. (beyond section 3.1).

The logistic function bends by at most |g''| <= sqrt(3)/18, and |g'| <= 1/4. So a layer turns what the states before it have moved, and by
how much that departs from the tangent solution, into bounds of the same for its own state: `reach` and `bulge`, for any widths.
"""

from functools import cache
from typing import Any

from sympy import Abs, Eq, Expr, Lambda, Mul, Rational, exp, sqrt

from theory.linear_range.logistic import GATES, OUTPUT
from theory.linear_range.measurement import error
from theory.linear_range.networks import LAYERS, REST, STATES, at_layer
from theory.linear_range.neurons import LOGISTIC, SLOPE, logistic_slope
from theory.linear_range.sizes import size
from theory.linear_range.symbols import (
    I,
    Lam,
    Sigma,
    W,
    b,
    beta,
    bulge,
    curvature,
    drop,
    eta,
    growth,
    i,
    norm_Lam,
    norm_Sigma,
    norm_W,
    psi,
    psi_0,
    push,
    r,
    rate,
    reach,
    residual,
    slope,
    u,
    v,
    weight,
    x,
    y,
)
from theory.proof import (
    And,
    Entrywise,
    ForAll,
    SpectralNorm,
    Theorem,
    assume,
    by_meaning,
    cite,
    cut,
    derivative,
    equal_words,
    follows,
    generalize,
    identity,
    inner,
    instance,
    specialize,
    squared_norm,
    substitute,
)

STEEPEST, SHARPEST = Rational(1, 4), sqrt(3) / 36  # |g'| <= 1/4 and |g''|/2 <= sqrt(3)/36
BENDING = Lambda(r, substitute(weight * (1 - weight) * (1 - 2 * weight), {weight: LOGISTIC.expr}))

# The network before and after the step, and its tangent solution

INSIDE, MOVED_INSIDE = W(i) * u(i, 0) + b(i), (W(i) + psi * Sigma(i)) * u(i, psi) + (b(i) + psi * beta(i))
PUSHED = Sigma(i) * u(i, 0) + beta(i)
NETWORK = (
    I >= 1,
    Eq(u(0, psi), u(0, 0)),
    ForAll(i, LAYERS, OUTPUT),
    ForAll(i, LAYERS, Entrywise(LOGISTIC, MOVED_INSIDE, u(i + 1, psi))),
    GATES,
    REST,
    ForAll(i, LAYERS, Eq(v(i + 1), Lam(i) * (W(i) * v(i) + PUSHED))),
)

# The norms, and the two bounds, layer by layer

NORMS = tuple(
    ForAll(i, LAYERS, And(norm(i) >= 0, SpectralNorm(norm(i), letter(i))))
    for norm, letter in ((norm_W, W), (norm_Sigma, Sigma), (norm_Lam, Lam))
)
WEIGHTS, DIRECTIONS = norm_W(i), norm_Sigma(i)
PUSHES = ForAll(i, LAYERS, size(PUSHED) <= push(i))
BOUNDS = ForAll(i, STATES, And(reach(i) >= 0, bulge(i) >= 0))


def next_reach(weights: Any, directions: Any, pushed: Any, reached: Any, step: Any, steepest: Any) -> Any:
    """The `reach` of layer i + 1: the weights carry on that of layer i, the parameters push, and the logistic function flattens."""
    return steepest * ((weights + step * directions) * reached + pushed)


def next_bulge(slopes: Any, weights: Any, directions: Any, bulged: Any, reached: Any, bending: Any) -> Any:
    """The `bulge` of layer i + 1: what the inside of the layer misses of its tangent, and what the logistic function bends away."""
    return slopes * (weights * bulged + directions * reached) + bending


def reaches(steepest: Expr, weights: Expr = WEIGHTS, directions: Expr = DIRECTIONS) -> ForAll:
    """The bounds of the moves, handed on by every layer whose function is at most so steep."""
    return ForAll(i, LAYERS, next_reach(weights, directions, push(i), reach(i), psi_0, steepest) <= reach(i + 1))


def bulges(sharpest: Expr, weights: Expr = WEIGHTS, directions: Expr = DIRECTIONS) -> ForAll:
    """The bounds of the departures, handed on by every layer whose function bends at most so much."""
    bending = sharpest * (reach(i + 1) / STEEPEST) ** 2
    return ForAll(i, LAYERS, next_bulge(norm_Lam(i), weights, directions, bulge(i), reach(i), bending) <= bulge(i + 1))


REACHES, BULGES = reaches(STEEPEST), bulges(SHARPEST)
WITHIN = (-psi_0 <= psi, psi <= psi_0)
HYPOTHESES = (*NETWORK, *NORMS, PUSHES, BOUNDS, REACHES, BULGES, *WITHIN)


def move_of(layer: Expr) -> Expr:
    """By how much a state moves."""
    return u(layer, psi) - u(layer, 0)


def error_of(layer: Expr) -> Expr:
    """By how much that departs from its tangent."""
    return substitute(error(psi), {i: layer})


def bounded(layer: Expr) -> tuple[Expr, Expr]:
    """The two bounds of one layer."""
    return size(move_of(layer)) <= reach(layer) * Abs(psi), size(error_of(layer)) <= bulge(layer) * psi**2


@cache
def bounded_slope() -> Theorem:
    """0 <= g (1 - g) <= 1/4."""
    return _everywhere(weight * (1 - weight), STEEPEST)


@cache
def bounded_bending() -> Theorem:
    """|g (1 - g)(1 - 2 g)| <= sqrt(3)/18, with equality where g = 1/2 +- sqrt(3)/6."""
    return _everywhere(weight * (1 - weight) * (1 - 2 * weight), 2 * SHARPEST)


def _everywhere(polynomial: Expr, bound: Expr) -> Theorem:
    """A polynomial's bound on [0, 1], at g(r) for all r."""
    inside = follows(And(-bound <= polynomial, polynomial <= bound), weight >= 0, weight <= 1, because="a polynomial on [0, 1]")
    return generalize(cut(instance(inside, {weight: LOGISTIC.expr}), _below_one()), r)


@cache
def _below_one() -> Theorem:
    """g(r) <= 1, as exp(-r) is a square."""
    square = identity(exp(-r), Mul(exp(-r / 2), exp(-r / 2), evaluate=False))
    return follows(LOGISTIC.expr <= 1, using=(square,), because="exp(-r) >= 0")


# One layer

CHANGE, ERROR, DELTA = move_of(i), error_of(i), MOVED_INSIDE - INSIDE
REST_INSIDE = W(i) * ERROR + psi * Sigma(i) * CHANGE  # by how much the inside departs from its tangent
OFF = move_of(i + 1) - Lam(i) * DELTA  # by how much the logistic function does


def _stretched(norm: Any, letter: Any, word: Expr) -> Theorem:
    """|M x| <= sigma |x|."""
    known = at_layer(next(h for h in NORMS if h.has(norm)), i)
    says = cut(by_meaning(SpectralNorm(norm(i), letter(i)), word), known)
    parts = (known, says, *(cite("norm-nonnegative", w) for w in (word, letter(i) * word)))
    return follows(size(letter(i) * word) <= norm(i) * size(word), using=parts, because="the largest singular value")


def _in_step(word: Expr) -> Theorem:
    """|psi x| <= |psi| |x|."""
    square = equal_words(squared_norm(psi * word), psi**2 * squared_norm(word))
    positive = tuple(cite("norm-nonnegative", w) for w in (word, psi * word))
    return follows(size(psi * word) <= Abs(psi) * size(word), using=(square, *positive), because="a number comes out of the norm")


def positive_norms(*words: Expr) -> tuple[Theorem, ...]:
    """No squared norm is negative."""
    return tuple(cite("norm-nonnegative", word) for word in words)


@cache
def _any_triangle() -> Theorem:
    """|z| <= |x| + |y| for z = x + y, any three letters."""
    square = equal_words(squared_norm(eta), squared_norm(x) + 2 * inner(x, y) + squared_norm(y), assume(Eq(eta, x + y)))
    using = (square, cite("cauchy-schwarz", x, y), *positive_norms(eta, x, y))
    return follows(size(eta) <= size(x) + size(y), using=using, because="<x, y> <= |x| |y|")


def _triangle(total: Expr, first: Expr, second: Expr, *equations: Theorem) -> Theorem:
    """The same for words, of which the first is the sum of the others."""
    sides = instance(_any_triangle(), {eta: total, x: first, y: second})
    return cut(sides, equal_words(total, first + second, *equations)) if sides.given else sides


@cache
def the_inside_moves() -> Theorem:
    """|z_new - z_old| <= 4 reach(i+1) |psi|, for the inside z of layer i, if |u_new - u_old| <= reach(i) |psi|."""
    second = psi * Sigma(i) * CHANGE + psi * PUSHED
    sides = (_triangle(DELTA, W(i) * CHANGE, second), _triangle(second, psi * Sigma(i) * CHANGE, psi * PUSHED))
    steps = (_in_step(Sigma(i) * CHANGE), _in_step(PUSHED))
    norms = (_stretched(norm_W, W, CHANGE), _stretched(norm_Sigma, Sigma, CHANGE))
    sums = size(DELTA) <= norm_W(i) * size(CHANGE) + Abs(psi) * (norm_Sigma(i) * size(CHANGE) + push(i))
    turned, pushed = Sigma(i) * CHANGE, psi * PUSHED
    positive = positive_norms(DELTA, second, W(i) * CHANGE, psi * turned, turned, pushed, CHANGE, PUSHED)
    known = (*sides, *steps, *norms, *positive, at_layer(PUSHES, i))
    first = follows(sums, using=known, because="three ways in which the inside moves")
    known_signs = (*(at_layer(h, i) for h in NORMS[:2]), at_layer(REACHES, i), *(signs_of(k) for k in (i, i + 1)))
    end = size(DELTA) <= 4 * reach(i + 1) * Abs(psi)
    return follows(end, *WITHIN, bounded(i)[0], using=(first, *positive_norms(DELTA, CHANGE), *known_signs), because="reach(i) |psi|")


def signs_of(layer: Expr) -> Theorem:
    """Nor are the bounds of a layer."""
    return specialize(assume(BOUNDS), layer)


@cache
def the_next_state_moves() -> Theorem:
    """|u_new - u_old| <= reach(i+1) |psi| in the next layer: the logistic function is at most 1/4 steep."""
    ends = (INSIDE, MOVED_INSIDE, u(i + 1, 0), u(i + 1, psi))
    steep = cite("entrywise-lipschitz", LOGISTIC, SLOPE, STEEPEST, *ends)
    steep = cut(steep, logistic_slope(), bounded_slope(), *_applied())
    known = (steep, the_inside_moves(), *positive_norms(DELTA, CHANGE, move_of(i + 1)), signs_of(i + 1))
    return follows(bounded(i + 1)[0], using=known, because="a quarter of it")


def _applied() -> tuple[Theorem, Theorem]:
    """Layer i before and after the step."""
    return at_layer(NETWORK[2], i), at_layer(NETWORK[3], i)


@cache
def logistic_bending() -> Theorem:
    """The slope g (1 - g) has the derivative g (1 - g)(1 - 2 g) everywhere."""
    everywhere = generalize(derivative(SLOPE.expr, r, value=BENDING.expr), r)
    return cut(cite("derivative-everywhere", SLOPE, BENDING), everywhere)


@cache
def the_next_state_departs() -> Theorem:
    """|u_new - u_old - v psi| <= bulge(i+1) psi^2 in the next layer."""
    ends = (INSIDE, MOVED_INSIDE, u(i + 1, 0), u(i + 1, psi))
    bent = cite("entrywise-taylor", LOGISTIC, SLOPE, BENDING, SHARPEST, *ends, Lam(i))
    bent = cut(bent, logistic_slope(), logistic_bending(), bounded_bending(), *_applied(), at_layer(GATES, i))
    outer = size(OFF) <= 16 * SHARPEST * reach(i + 1) ** 2 * psi**2
    known = (bent, the_inside_moves(), *positive_norms(DELTA, CHANGE, OFF), signs_of(i + 1))
    outer = follows(outer, using=known, because="Taylor's theorem, entry by entry")
    first, second = W(i) * ERROR, psi * Sigma(i) * CHANGE
    known = (_stretched(norm_Lam, Lam, REST_INSIDE), _triangle(REST_INSIDE, first, second), _in_step(Sigma(i) * CHANGE))
    known += (_stretched(norm_W, W, ERROR), _stretched(norm_Sigma, Sigma, CHANGE), *(at_layer(h, i) for h in NORMS))
    known += positive_norms(Lam(i) * REST_INSIDE, REST_INSIDE, first, second, Sigma(i) * CHANGE, CHANGE, ERROR)
    inner = size(REST_INSIDE) <= (norm_W(i) * bulge(i) + norm_Sigma(i) * reach(i)) * psi**2
    inner = follows(inner, *bounded(i), using=known[1:], because="by the bounds of layer i")
    linear = size(Lam(i) * REST_INSIDE) <= norm_Lam(i) * (norm_W(i) * bulge(i) + norm_Sigma(i) * reach(i)) * psi**2
    linear = follows(
        linear, using=(inner, known[0], at_layer(NORMS[2], i), *positive_norms(CHANGE, ERROR, REST_INSIDE, Lam(i) * REST_INSIDE))
    )
    return _together(outer, linear)


@cache
def _any_sum() -> Theorem:
    """From a <= A psi^2, b <= B psi^2, c <= a + b and A + B <= C: c <= C psi^2."""
    given = (slope <= residual * psi**2, drop <= curvature * psi**2, growth <= slope + drop, residual + curvature <= rate)
    return follows(growth <= rate * psi**2, *given, because="the two together")


def _together(outer: Theorem, linear: Theorem) -> Theorem:
    """The error of layer i + 1 is what the logistic function misses of the move inside, and what the inside misses of its tangent."""
    whole, second = error_of(i + 1), Lam(i) * REST_INSIDE
    sides = _triangle(whole, OFF, second, at_layer(NETWORK[6], i))
    bulges = at_layer(BULGES, i)
    terms = {slope: size(OFF), drop: size(second), growth: size(whole), rate: bulge(i + 1)}
    terms |= {residual: 16 * SHARPEST * reach(i + 1) ** 2, curvature: norm_Lam(i) * (norm_W(i) * bulge(i) + norm_Sigma(i) * reach(i))}
    return cut(instance(_any_sum(), terms), outer, linear, sides, bulges, *positive_norms(whole, OFF, second))
