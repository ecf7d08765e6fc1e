"""What a regulariser adds to the Lipschitz constant on a ball. (section 5.3).

|Gamma w|^2 adds at most 2 K |Gamma^T Gamma|. The text writes Gamma^2 for Gamma^T Gamma, which is wrong unless Gamma is symmetric: the
square of a nilpotent matrix is 0. Its penultimate bound, 2 |w_2||Gamma^2| + |w_1 - w_2||Gamma^2|, gives 4 K |Gamma^2| on the ball, not the
2 K |Gamma^2| of the box; that one holds because w_1 + w_2 is at most 2 K long. For Gamma = (lambda/2) I the box gives lambda^2 K/2: the
regulariser (lambda/2)|w|^2 has Gamma = sqrt(lambda/2) I. It adds at most lambda K to the constant of a loss, and may make it smaller.
"""

from functools import cache

from sympy import Abs, Eq, Expr, Lambda, Rational, false
from sympy.functions.elementary.complexes import transpose

from theory.evidence import Tight, at, extends, mutant, proves, refutes
from theory.lipschitz.logit_slopes import moves
from theory.lipschitz.symbols import Gamma, K, L, d, height, lam, p_1, p_2, root, sigma, slope_at, t, v, w, weight, z
from theory.proof import (
    And,
    Exists,
    ForAll,
    Refutation,
    SpectralNorm,
    Statement,
    Theorem,
    absurd,
    assume,
    by_meaning,
    cite,
    conclude,
    counterexample,
    cut,
    derivative,
    equal_words,
    follows,
    generalize,
    inner,
    none_exists,
    squared_norm,
    substitute,
)
from theory.proof.norms import size, triangle
from theory.proof.ranges import throughout

SQUARE, GRAM = Gamma * Gamma, transpose(Gamma) * Gamma
ADDED = squared_norm(Gamma * w) - squared_norm(Gamma * v)


def split(matrix: Expr) -> Expr:
    """2 w_2^T M (w_1 - w_2) + (w_1 - w_2)^T M (w_1 - w_2)."""
    return 2 * inner(v, matrix * (w - v)) + inner(w - v, matrix * (w - v))


identity_ = Statement((), Eq(ADDED, split(SQUARE)), source="yedida-saha:reg-tikh-identity")
with_transpose = identity_.amend(
    then=Eq(ADDED, split(GRAM)), why="(Gamma w)^T (Gamma w) is w^T Gamma^T Gamma w; Gamma^2 needs a symmetric Gamma."
)
NILPOTENT = {Gamma: [[0, 1], [0, 0]], w: [[0], [1]], v: [[0], [0]]}
SHEAR = {Gamma: [[1, 2], [0, 1]], w: [[1], [1]], v: [[1], [0]]}


@refutes(identity_, why="Gamma = ((0, 1), (0, 0)) has the square 0, and |Gamma w|^2 is not constant.")
def a_nilpotent_matrix() -> Refutation:
    """The weights (0, 1) and 0."""
    return counterexample(identity_, NILPOTENT)


@proves(
    with_transpose,
    witness=at(SHEAR),
    mutants=[
        mutant(with_transpose.with_then(Eq(ADDED, 2 * inner(v, GRAM * (w - v)))), SHEAR, "the first term alone"),
        mutant(with_transpose.with_then(Eq(ADDED, split(Gamma * transpose(Gamma)))), SHEAR, "Gamma Gamma^T"),
    ],
)
def two_penalties_differ() -> Theorem:
    """Expanded."""
    return conclude(equal_words(*with_transpose.then.args), with_transpose)


# The bounds, where |M| is the spectral norm of M = Gamma^2, or of M = Gamma^T Gamma

APART = squared_norm(w - v) > 0
SLOPE = Abs(ADDED) / size(w - v)


def normed(matrix: Expr) -> tuple:
    """|M| = sigma."""
    return (sigma >= 0, SpectralNorm(sigma, matrix))


inequality = Statement((*normed(SQUARE), APART), SLOPE <= 2 * size(v) * sigma + size(w - v) * sigma, source="yedida-saha:reg-ineq")
inequality_amended = inequality.amend(given=(*normed(GRAM), APART), why=with_transpose.why)
BALL = (K >= 0, squared_norm(w) <= K**2, squared_norm(v) <= K**2)
box = Statement((*normed(SQUARE), *BALL, APART), SLOPE <= 2 * K * sigma, source="yedida-saha:reg-box")
box_amended = box.amend(given=(*normed(GRAM), *BALL, APART), why=with_transpose.why)
NOTHING = {**NILPOTENT, sigma: 0, K: 1}


@refutes(inequality, why="Gamma = ((0, 1), (0, 0)): the bound is 0, and |Gamma w|^2 is not constant.")
def no_bound_from_the_square() -> Refutation:
    """The weights (0, 1) and 0."""
    return counterexample(inequality, NOTHING)


@refutes(box, why="Gamma = ((0, 1), (0, 0)): the bound is 0, and |Gamma w|^2 is not constant.")
def no_constant_from_the_square() -> Refutation:
    """The weights (0, 1) and 0."""
    return counterexample(box, NOTHING)


@cache
def _positive() -> tuple[Theorem, ...]:
    return tuple(cite("norm-nonnegative", word) for word in (w - v, w + v, w, v, GRAM * (w - v), GRAM * (w + v)))


@cache
def _stretched(word: Expr) -> Theorem:
    """|M d| <= sigma |d|."""
    using = (by_meaning(SpectralNorm(sigma, GRAM), word), *_positive())
    return follows(size(GRAM * word) <= sigma * size(word), sigma >= 0, using=using, because="M stretches by its norm at most")


def _product(first: Expr, second: Expr) -> Theorem:
    """|<x, y>| <= |x| |y|."""
    using = (cite("cauchy-schwarz", first, second), *_positive())
    return follows(Abs(inner(first, second)) <= size(first) * size(second), using=using, because="Cauchy-Schwarz")


LONG = {Gamma: [[2]], sigma: 4, w: [[2]], v: [[1]], K: 2}  # the slope of 4 w^2 between 1 and 2 is 12


@proves(
    inequality_amended,
    witness=at(LONG),
    mutants=[
        mutant(inequality_amended.with_then(SLOPE <= 2 * size(v) * sigma), LONG, "the first term alone"),
        mutant(inequality_amended.with_then(SLOPE <= size(v) * sigma + size(w - v) * sigma), LONG, "without the 2"),
    ],
    tight=Tight(True, "equality on the line", Statement(inequality_amended.given, Eq(*inequality_amended.then.args)), at(LONG)),
)
def slopes_of_a_penalty() -> Theorem:
    """Cauchy-Schwarz for each of the two terms."""
    whole = equal_words(ADDED, split(GRAM))
    using = (whole, _product(v, GRAM * (w - v)), _product(w - v, GRAM * (w - v)), _stretched(w - v), *_positive())
    product = follows(
        Abs(ADDED) <= (2 * size(v) * sigma + size(w - v) * sigma) * size(w - v), sigma >= 0, using=using, because="term by term"
    )
    return conclude(
        follows(inequality_amended.then, APART, sigma >= 0, using=(product, *_positive()), because="divided by |w - v|"), inequality_amended
    )


def _approached() -> Theorem:
    """For Gamma = 1 and K = 1 the bound is 2, and the slope of w^2 between 1 and 1 - d is 2 - d."""
    return follows(Eq(Abs(1 - (1 - d) ** 2) / d, 2 - d), d > 0, d < 1, because="a difference of squares")


@proves(
    box_amended,
    witness=at(LONG),
    mutants=[
        mutant(box_amended.with_then(SLOPE <= K * sigma), LONG, "K for 2 K"),
        mutant(box_amended.drop(squared_norm(v) <= K**2), {**LONG, v: [[3]]}, "one weight outside of the ball"),
    ],
    tight=Tight(True, "for Gamma = 1 and K = 1 the slopes come as close to 2 as one likes", shown=_approached),
)
def slopes_of_a_penalty_on_a_ball() -> Theorem:
    """|Gamma w|^2 - |Gamma v|^2 = <w + v, M (w - v)>."""
    whole = equal_words(ADDED, inner(w - v, GRAM * (w + v)))
    both = follows(size(w + v) <= 2 * K, *BALL, using=(triangle(w + v, w, v), *_positive()), because="both weights are in the ball")
    using = (whole, _product(w - v, GRAM * (w + v)), _stretched(w + v), both, *_positive())
    product = follows(Abs(ADDED) <= 2 * K * sigma * size(w - v), *BALL, sigma >= 0, using=using, because="the triangle inequality")
    return conclude(
        follows(box_amended.then, *BALL, sigma >= 0, APART, using=(product, *_positive()), because="divided by |w - v|"), box_amended
    )


# No smaller number is: along the direction v in which Gamma stretches most the slopes come as close to it as one likes

LONGER, SHORTER = K * v, (1 - d) * K * v
STEP = squared_norm(Gamma * LONGER) - squared_norm(Gamma * SHORTER)
FIRST = (K > 0, sigma >= 0, d > 0, d < 1, Eq(GRAM * v, sigma * v, evaluate=False), Eq(squared_norm(v), 1))
least = Statement(FIRST, And(Eq(Abs(STEP), (2 - d) * K * sigma * size(LONGER - SHORTER)), Eq(size(LONGER - SHORTER), d * K)))
TOP = {Gamma: [[2, 0], [0, 1]], sigma: 4, K: 3, d: Rational(1, 2), v: [[1], [0]]}


@extends(
    "yedida-saha:reg-box",
    least,
    witness=at(TOP),
    mutants=[
        mutant(least.with_then(Eq(Abs(STEP), 2 * K * sigma * size(LONGER - SHORTER))), TOP, "2 K |M| itself"),
        mutant(least.drop(FIRST[4]), {**TOP, v: [[0], [1]]}, "another direction"),
    ],
)
def slopes_along_the_first_axis() -> Theorem:
    """|Gamma v|^2 = sigma."""
    change = equal_words(STEP, (2 - d) * d * K**2 * inner(v, GRAM * v))
    top = equal_words(inner(v, GRAM * v), sigma * squared_norm(v), assume(FIRST[4]))
    apart = equal_words(squared_norm(LONGER - SHORTER), d**2 * K**2 * squared_norm(v))
    using = (change, top, apart, cite("norm-nonnegative", LONGER - SHORTER))
    length = follows(Eq(size(LONGER - SHORTER), d * K), *FIRST, using=using)
    return conclude(follows(least.then, *FIRST, using=(*using, length), because="a difference of squares"), least)


# The L2 regulariser, (lambda/2)|w|^2

PENALTY = lam / 2 * (squared_norm(w) - squared_norm(v))
INSIDE = And(t >= -K, t <= K)
ADDS = slope_at(t) + lam * t
ONE_PARAMETER = (  # L is the largest slope of the loss on the interval [-K, K]
    lam >= 0,
    K >= 0,
    ForAll(z, True, moves(height(z), z, slope_at(z))),
    ForAll(t, INSIDE, Abs(slope_at(t)) <= L),
    weight >= -K,
    weight <= K,
    Eq(Abs(slope_at(weight)), L),
)
MOST = L + lam * K
l2 = Statement(ONE_PARAMETER, Exists(t, INSIDE, Eq(Abs(ADDS), MOST)), source="yedida-saha:reg-l2")
LOSSES = p_1 - p_2  # of the loss at w and at v
l2_amended = l2.amend(
    given=(lam >= 0, L >= 0, *BALL, Abs(LOSSES) <= L * size(w - v)),
    then=Abs(LOSSES + PENALTY) <= MOST * size(w - v),
    why="It increases by at most lambda K, and may even fall: loss and penalty need not be steepest at one place, in one direction.",
)
TIED = {height: Lambda(t, (t**2 - Rational(3, 4)) ** 2 / 2), slope_at: Lambda(t, 2 * t**3 - 3 * t / 2)}
SMALL_BALL = {**TIED, lam: 1, K: Rational(1, 2), L: Rational(1, 2), weight: Rational(1, 2)}
HALF = {lam: 3, K: 2, L: 1, p_1: 1, p_2: 0, w: [[2]], v: [[1]]}


@refutes(
    l2,
    why="The squared error of t^2, with the target 3/4, on [-1/2, 1/2]: its slope is at most 1/2; with t^2/2 added at most 1/8, not 1.",
)
def a_penalty_that_flattens() -> Refutation:
    """A linear network of two layers that share their weight t."""
    somewhere = substitute(l2.then, SMALL_BALL)
    steep = somewhere.args[2]
    inside = somewhere.args[1].args
    never = absurd(follows(false, steep, *inside, because="at most 1/8"), steep)
    own = substitute(l2.given[3], SMALL_BALL)
    below = throughout(follows(own.args[2], *inside, because="a cubic"), t, own.args[1])
    path, rate = substitute(height(t), SMALL_BALL), substitute(slope_at(t), SMALL_BALL)
    rule = generalize(derivative(path, t, value=rate), t)
    moved = generalize(cut(cite("velocity-from-derivative", Lambda(t, path), Lambda(t, rate), True, d, z), rule), z)
    return counterexample(l2, SMALL_BALL, moved, below, none_exists(generalize(never, t, somewhere.args[1])))


@proves(
    l2_amended,
    witness=at(HALF),
    mutants=[
        mutant(l2_amended.with_then(Abs(LOSSES + PENALTY) <= (L + lam * K / 2) * size(w - v)), HALF, "half of it"),
        mutant(l2_amended.drop(squared_norm(v) <= K**2), {**HALF, p_1: 0, p_2: 1, v: [[3]]}, "one weight outside of the ball"),
    ],
    tight=Tight(True, "for a constant loss the slopes come as close to lambda K as one likes", shown=_approached),
)
def slopes_of_the_l2_penalty() -> Theorem:
    """|w|^2 - |v|^2 = <w + v, w - v>."""
    whole = equal_words(PENALTY, lam / 2 * inner(w + v, w - v))
    both = follows(size(w + v) <= 2 * K, *BALL, using=(triangle(w + v, w, v), *_positive()), because="both weights are in the ball")
    product = follows(Abs(inner(w + v, w - v)) <= 2 * K * size(w - v), *BALL, using=(_product(w + v, w - v), both, *_positive()))
    added = Abs(PENALTY) <= lam * K * size(w - v)
    own = follows(added, *BALL, lam >= 0, using=(whole, product, *_positive()), because="times lambda/2")
    return conclude(follows(l2_amended.then, *l2_amended.given, using=(own, *_positive()), because="the triangle inequality"), l2_amended)


# Its Gamma, a multiple of the identity, c I: then |Gamma^2| = c^2


def fits(c: Expr) -> And:
    """(lambda/2)|w|^2 is |c w|^2, and the box, 2 K c^2, is lambda K."""
    return And(Eq(lam / 2 * squared_norm(w), squared_norm(c * w)), Eq(2 * K * c**2, lam * K))


gamma = Statement((lam >= 0, K >= 0), fits(lam / 2), source="yedida-saha:reg-gamma")
gamma_amended = gamma.amend(
    given=(lam >= 0, K >= 0, root >= 0, Eq(root**2, lam / 2)),
    then=fits(root),
    why="Gamma must be sqrt(lambda/2) I; with (lambda/2) I the box gives lambda^2 K/2, which is lambda K for lambda = 2 only.",
)
EIGHT = {lam: 8, K: 1, root: 2, w: [[1]]}


@refutes(gamma, why="lambda = 1: |w/2|^2 is 1/4 |w|^2, not 1/2 |w|^2.")
def half_of_lambda_is_no_root() -> Refutation:
    """The weight 1."""
    return counterexample(gamma, {lam: 1, K: 1, w: [[1]]})


@proves(
    gamma_amended,
    witness=at(EIGHT),
    mutants=[
        mutant(gamma_amended.with_then(fits(lam / 4)), {**EIGHT, lam: 2, root: 1}, "lambda/4"),
        mutant(gamma_amended.with_then(fits(2 * root)), EIGHT, "twice the root"),
    ],
)
def the_root_of_half_of_lambda() -> Theorem:
    """c^2 = lambda/2."""
    own = equal_words(squared_norm(root * w), root**2 * squared_norm(w))
    return conclude(follows(gamma_amended.then, *gamma_amended.given, using=(own,), because="c^2 = lambda/2"), gamma_amended)
