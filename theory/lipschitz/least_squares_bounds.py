"""Two bounds of the Lipschitz constant of least squares on a ball, where the text has one number. (section 4.1).

The constant is the largest gradient |X^T X w - X^T y|/m with |w| <= K. It is at most (K |X^T X| + |X^T y|)/m, and at one of the two ends of
the ball along the first eigenvector at least sqrt(K^2 |X^T X|^2 + |X^T y|^2)/m. The text calls (K |X^T X| - |X^T y|)/m the Lipschitz
constant; with X^T y != 0 it is below both. `least_squares_constant` encloses the constant itself.
"""

from sympy import Abs, Eq, Expr, Ne, Or, Rational, sqrt

from theory.evidence import Tight, at, mutant, proves, refutes
from theory.lipschitz.least_squares import GAP, GRAM, TARGETS, slope
from theory.lipschitz.symbols import K, X, m, root, sigma, v, w, y
from theory.proof import (
    And,
    Refutation,
    SpectralNorm,
    Statement,
    Theorem,
    assume,
    by_meaning,
    cite,
    conclude,
    conjunction,
    counterexample,
    equal_words,
    follows,
    inner,
    squared_norm,
)
from theory.proof.norms import size, triangle


def steepness(weights: Expr) -> Expr:
    """|X^T X w - X^T y|/m."""
    return size(GRAM * weights - TARGETS) / m


FIRST = Eq(GRAM * v, sigma * v, evaluate=False)  # v is an eigenvector of the largest eigenvalue
BALL = (m >= 1, K >= 0, sigma >= 0, SpectralNorm(sigma, GRAM), FIRST, Eq(squared_norm(v), 1), squared_norm(w) <= K**2)
ENDS = (steepness(K * v), steepness(-K * v))
LEAST = sqrt(K**2 * sigma**2 + squared_norm(TARGETS)) / m
printed = Statement(BALL, And(steepness(w) <= slope(-1), Or(*(Eq(end, slope(-1)) for end in ENDS))), source="yedida-saha:text-rhs-is-l")
ABOVE, BELOW = steepness(w) <= slope(1), Or(*(end >= LEAST for end in ENDS))
two_bounds = printed.amend(
    then=And(ABOVE, BELOW),
    why="The largest gradient is between sqrt(K^2 |X^T X|^2 + |X^T y|^2)/m and (K |X^T X| + |X^T y|)/m; printed is the difference.",
)
ONE = {m: 1, K: 1, sigma: 1, X: [[1]], y: [[1]], v: [[1]], w: [[0]]}
OPPOSITE = {**ONE, w: [[-1]]}
ACROSS = {m: 1, K: 1, sigma: 4, X: [[2, 0], [0, 1]], y: [[0], [3]], v: [[1], [0]], w: [[1], [0]]}  # X^T y is perpendicular to v


@refutes(printed, why="One sample x = y = 1, K = 1: printed is 0, and the gradient at w = 0 is -1.")
def zero_is_no_lipschitz_constant() -> Refutation:
    """The loss (w - 1)^2/2."""
    return counterexample(printed, ONE)


@proves(
    two_bounds,
    witness=at(ACROSS),
    mutants=[
        mutant(two_bounds.with_then(steepness(w) <= (K * sigma + size(TARGETS) / 2) / m), OPPOSITE, "half of |X^T y|"),
        mutant(two_bounds.with_then(Or(*(end >= slope(1) for end in ENDS))), ACROSS, "the upper bound is reached"),
        mutant(two_bounds.with_then(ENDS[0] >= LEAST), ONE, "one end alone"),
        mutant(two_bounds.with_then(Or(*(end >= Rational(11, 10) * LEAST for end in ENDS))), ACROSS, "11/10 of the lower bound"),
    ],
    tight=Tight(True, "the upper bound is reached for one sample", Statement(BALL, Eq(steepness(w), slope(1))), at(OPPOSITE)),
)
def the_largest_gradient() -> Theorem:
    """The triangle inequality; and the squares of the gradients at the two ends have the mean K^2 |X^T X|^2 + |X^T y|^2."""
    words = (GRAM * w, TARGETS, -TARGETS, GRAM * w - TARGETS, w, GRAM * (K * v) - TARGETS, GRAM * (-K * v) - TARGETS)
    known = (*(cite("norm-nonnegative", word) for word in words), equal_words(squared_norm(-TARGETS), squared_norm(TARGETS)))
    stretched = follows(size(GRAM * w) <= K * sigma, *BALL, using=(by_meaning(SpectralNorm(sigma, GRAM), w), *known))
    parts = triangle(GRAM * w - TARGETS, GRAM * w, -TARGETS)
    both = follows(size(GRAM * w - TARGETS) <= K * sigma + size(TARGETS), *BALL, using=(parts, stretched, *known))
    above = follows(ABOVE, *BALL, using=(both, *known), because="the triangle inequality, divided by m")
    squares = []
    for sign, word in zip((1, -1), words[-2:], strict=True):
        expanded = K**2 * sigma**2 * squared_norm(v) - sign * 2 * K * sigma * inner(v, TARGETS) + squared_norm(TARGETS)
        squares.append(equal_words(squared_norm(word), expanded, assume(FIRST), because="X^T X v = sigma v"))
    below = follows(BELOW, *BALL, using=(*squares, *known), because="the mean of the two squares")
    return conclude(conjunction(above, below), two_bounds)


# Another factor than 1/(2 m) multiplies every slope, so the constant too

SCALED = root * squared_norm(X * w - y) - root * squared_norm(X * v - y)  # the factor c
factor = Statement(
    (m >= 1, root >= 0, Ne(root, 1 / (2 * m)), Ne(GAP, 0)),
    And(Eq(Abs(SCALED), 2 * m * root * Abs(GAP)), Ne(Abs(SCALED), Abs(GAP))),
    source="yedida-saha:text-ls-factor",
)
WHOLE = {m: 1, root: 1, X: [[1]], y: [[1]], v: [[1]], w: [[0]]}


@proves(
    factor,
    witness=at(WHOLE),
    mutants=[
        mutant(factor.with_then(Eq(Abs(SCALED), m * root * Abs(GAP))), WHOLE, "without the 2"),
        mutant(factor.drop(Ne(GAP, 0)), {**WHOLE, w: [[1]]}, "where the loss does not change"),
        mutant(factor.drop(Ne(root, 1 / (2 * m))), {**WHOLE, root: Rational(1, 2)}, "the same factor"),
    ],
)
def the_factor_scales_every_slope() -> Theorem:
    """It comes out of the difference of two losses."""
    out = equal_words(SCALED, 2 * m * root * GAP)
    return conclude(follows(factor.then, *factor.given, using=(out,), because="the factor comes out"), factor)
