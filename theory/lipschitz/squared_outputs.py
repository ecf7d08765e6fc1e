"""The squared error of a network's outputs, and whether its constant is that of linear regression. (sections 4.2 and 4.3).

For E(a) = |a - y|^2/(2 m) the slope between two outputs is |b + a - 2 y|/(2 m) only where b + a - 2 y and b - a are parallel; it is never
more. The bound (K_a - |y|)/m has the wrong sign, as in section 4.1. And the two constants that are said to be equal are not: |X^T X| is
|X|^2 for the spectral norm, but |y^T X| may be less than |y||X|, and for X = 0 in the direction of y it is 0.
"""

from functools import cache

from sympy import Abs, Eq, Rational

from theory.evidence import Tight, at, mutant, proves, refutes
from theory.lipschitz.least_squares import TARGETS
from theory.lipschitz.symbols import K, K_a, X, a, b, d, m, sigma, y
from theory.proof import (
    And,
    Refutation,
    SpectralNorm,
    Statement,
    Theorem,
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

GAP = (squared_norm(b - y) - squared_norm(a - y)) / (2 * m)  # E(b) - E(a)
MIDDLE = b + a - 2 * y
difference = Statement((m >= 1,), Eq(GAP, inner(MIDDLE, b - a) / (2 * m)), source="yedida-saha:equation-7-diff")
TWO = {m: 2, y: [[1], [0]], a: [[2], [0]], b: [[0], [1]]}


@proves(
    difference,
    witness=at(TWO),
    mutants=[
        mutant(difference.with_then(Eq(GAP, inner(MIDDLE, b - a) / m)), TWO, "1/m for 1/(2 m)"),
        mutant(difference.with_then(Eq(GAP, inner(b + a - y, b - a) / (2 * m))), TWO, "y once"),
    ],
)
def two_errors_differ() -> Theorem:
    """|p|^2 - |q|^2 = <p + q, p - q>."""
    return conclude(equal_words(*difference.then.args, because="|p|^2 - |q|^2 = <p + q, p - q>"), difference)


OUTPUTS = (m >= 1, K_a >= 0, squared_norm(a) <= K_a**2, squared_norm(b) <= K_a**2, squared_norm(b - a) > 0)
SLOPE = Abs(GAP) / size(b - a)
printed = Statement(
    OUTPUTS,
    And(Eq(SLOPE, size(MIDDLE) / (2 * m)), SLOPE <= (K_a - size(y)) / m),
    source="yedida-saha:equation-8",
)
BY_PRODUCT, BY_SIZES = SLOPE <= size(MIDDLE) / (2 * m), size(MIDDLE) / (2 * m) <= (K_a + size(y)) / m
two_bounds = printed.amend(
    then=And(BY_PRODUCT, BY_SIZES),
    why="Cauchy-Schwarz gives <= for =, and the triangle inequality + for -.",
)
CROSSED = {m: 1, K_a: 1, y: [[Rational(-1, 2)]], a: [[1]], b: [[0]]}  # the slope of (a + 1/2)^2/2 from 0 to 1 is 1; printed is 1/2


@refutes(printed, why="One output, target 1, K_a = 1: the printed bound is 0, but the error is 1/2 at a = 0 and 0 at a = 1.")
def the_printed_bound_is_zero() -> Refutation:
    """The outputs 0 and 1."""
    return counterexample(printed, {m: 1, K_a: 1, y: [[1]], a: [[0]], b: [[1]]})


@cache
def _positive() -> tuple[Theorem, ...]:
    return tuple(cite("norm-nonnegative", word) for word in (MIDDLE, b - a, b + a, y, -2 * y, a, b))


def _approached() -> Theorem:
    """For y = -1 and K_a = 1 the bound is 2, and the slope between 1 and 1 - d is 2 - d/2."""
    return follows(Eq(Abs((2**2 - (2 - d) ** 2) / 2) / d, 2 - d / 2), d > 0, d < 1, because="a difference of squares")


@proves(
    two_bounds,
    witness=at(CROSSED),
    mutants=[
        mutant(two_bounds.with_then(Eq(SLOPE, size(MIDDLE) / (2 * m))), TWO | {K_a: 2}, "= for <="),
        mutant(two_bounds.with_then(SLOPE <= (K_a + size(y) / 3) / m), CROSSED | {b: [[Rational(9, 10)]]}, "a third of |y|"),
        mutant(two_bounds.drop(squared_norm(b) <= K_a**2), CROSSED | {b: [[3]]}, "one output is larger"),
    ],
    tight=Tight(True, "for one target -1 and K_a = 1 the slopes come as close to the bound 2 as one likes", shown=_approached),
)
def slopes_of_the_squared_error() -> Theorem:
    """Cauchy-Schwarz, and |b + a - 2 y| <= |b| + |a| + 2 |y|."""
    product, known = inner(MIDDLE, b - a), _positive()
    cauchy = cite("cauchy-schwarz", MIDDLE, b - a)
    most = follows(Abs(product) <= size(MIDDLE) * size(b - a), using=(cauchy, *known), because="Cauchy-Schwarz")
    whole = equal_words(GAP, product / (2 * m))
    first = follows(BY_PRODUCT, *OUTPUTS, using=(most, whole, *known), because="divided by |b - a|")
    doubled = equal_words(squared_norm(-2 * y), 4 * squared_norm(y))
    twice = follows(Eq(size(-2 * y), 2 * size(y)), using=(doubled, *known))
    both = follows(size(b + a) <= 2 * K_a, *OUTPUTS, using=(triangle(b + a, b, a), *known))
    using = (triangle(MIDDLE, b + a, -2 * y), both, twice, *known)
    second = follows(BY_SIZES, *OUTPUTS, using=using, because="the triangle inequality")
    return conclude(conjunction(first, second), two_bounds)


# Section 4.3: the two constants, with a = X w and K_a = K |X|

NORMS = (m >= 1, K >= 0, sigma >= 0, SpectralNorm(sigma, X))
OF_OUTPUTS, OF_WEIGHTS = (K * sigma - size(y)) * sigma / m, (K * sigma**2 - size(TARGETS)) / m
CORRECTED = ((K * sigma**2 + size(TARGETS)) / m, (K * sigma + size(y)) * sigma / m)
same = Statement(NORMS, Eq(OF_OUTPUTS, OF_WEIGHTS), source="yedida-saha:equation-equiv")
ordered = same.amend(
    then=And(OF_OUTPUTS <= OF_WEIGHTS, CORRECTED[0] <= CORRECTED[1]),
    why="|X^T y| is at most |X||y|, and less unless y lies along the largest direction of X: of the corrected constants that of the "
    "weights is sharper.",
)
ASIDE = {m: 2, K: 1, sigma: 1, X: [[1], [0]], y: [[0], [1]]}  # X^T y = 0


@refutes(same, why="X = (1, 0), y = (0, 1): X^T y = 0, so one constant is K/2 and the other (K - 1)/2.")
def targets_across_the_samples() -> Refutation:
    """Two samples, one feature."""
    return counterexample(same, ASIDE)


@proves(
    ordered,
    witness=at(ASIDE),
    mutants=[
        mutant(ordered.with_then(OF_OUTPUTS >= OF_WEIGHTS), ASIDE, "the other way"),
        mutant(ordered.with_then(CORRECTED[0] >= CORRECTED[1]), ASIDE, "the other way, corrected"),
    ],
    tight=Tight(True, "equality for one sample", Statement(ordered.given, Eq(*CORRECTED)), at(ASIDE | {m: 1, X: [[1]], y: [[1]]})),
)
def the_constant_of_the_weights_is_sharper() -> Theorem:
    """|X^T y|^2 = <y, X X^T y> <= |y| |X| |X^T y|."""
    known = tuple(cite("norm-nonnegative", word) for word in (TARGETS, X * TARGETS, y))
    square = equal_words(squared_norm(TARGETS), inner(y, X * TARGETS))
    using = (square, cite("cauchy-schwarz", y, X * TARGETS), by_meaning(SpectralNorm(sigma, X), TARGETS), *known)
    most = follows(size(X * TARGETS) <= sigma * size(TARGETS), sigma >= 0, using=using, because="X stretches by its norm at most")
    using = (square, cite("cauchy-schwarz", y, X * TARGETS), most, *known)
    most = follows(size(TARGETS) <= sigma * size(y), sigma >= 0, using=using, because="divided by |X^T y|")
    return conclude(follows(ordered.then, *NORMS, using=(most, *known), because="times 1/m"), ordered)
