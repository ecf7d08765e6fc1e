"""The Lipschitz constant of least squares on a ball: printed with the wrong sign. (section 4.1).

For g(w) = |X w - y|^2/(2 m) the paper bounds the slope on |w| <= K by (K |X^T X| - |X^T y|)/m. The triangle inequality gives a plus: with
one sample x = y = 1 and K = 1 the printed bound is 0, and g falls from 1/2 to 0 between the weights 0 and 1. With the plus, and the
spectral norm, it is a bound for every data set; it is the least one where the largest direction of X^T X is that of X^T y.
"""

from functools import cache

from sympy import Abs, Eq, Expr, Rational
from sympy.functions.elementary.complexes import transpose

from theory.evidence import Tight, at, mutant, proves, refutes
from theory.lipschitz.symbols import K, X, d, m, sample, sigma, v, w, y
from theory.proof import (
    And,
    Refutation,
    SpectralNorm,
    Statement,
    Theorem,
    Trace,
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

GRAM, TARGETS = transpose(X) * X, transpose(X) * y


def loss(weights: Expr) -> Expr:
    """|X w - y|^2/(2 m)."""
    return squared_norm(X * weights - y) / (2 * m)


CHANGE = GRAM * (w + v) - 2 * TARGETS
GAP = loss(w) - loss(v)

# The four-line chain of the text, from the difference of two losses to one product

difference = Statement(
    (m >= 1,),
    And(
        Eq(GAP, inner(X * (w + v) - 2 * y, X * (w - v)) / (2 * m)),
        Eq(GAP, inner(CHANGE, w - v) / (2 * m)),
    ),
    source="yedida-saha:ls-diff",
)
ONE = {m: 1, X: [[1]], y: [[1]], w: [[1]], v: [[0]]}
TWO = {m: 2, X: [[1, 2], [0, 1]], y: [[1], [3]], w: [[1], [1]], v: [[0], [2]]}


@cache
def _in_one_product() -> Theorem:
    return equal_words(GAP, inner(CHANGE, w - v) / (2 * m), because="the squares cancel, and X moves to the other side")


@proves(
    difference,
    witness=at(TWO),
    mutants=[
        mutant(difference.with_then(Eq(GAP, inner(CHANGE, w - v) / m)), TWO, "1/m for 1/(2 m)"),
        mutant(difference.with_then(Eq(GAP, inner(GRAM * (w + v) - TARGETS, w - v) / (2 * m))), TWO, "X^T y once"),
    ],
)
def two_losses_differ() -> Theorem:
    """|p|^2 - |q|^2 = <p + q, p - q>."""
    first = equal_words(GAP, inner(X * (w + v) - 2 * y, X * (w - v)) / (2 * m), because="|p|^2 - |q|^2 = <p + q, p - q>")
    return conclude(conjunction(first, _in_one_product()), difference)


NUMBER = Trace(transpose(w + v) * sample)  # the row times the column, a 1 x 1 matrix, as a number
transposed = Statement((), Eq(NUMBER, Trace(transpose(sample) * (w + v)), evaluate=False), source="yedida-saha:ls-transpose")
SAMPLE = {**TWO, sample: [[1], [2]]}


@proves(
    transposed,
    witness=at(SAMPLE),
    mutants=[
        mutant(transposed.with_then(Eq(NUMBER, Trace(transpose(sample) * (w - v)), evaluate=False)), SAMPLE, "w - v for w + v"),
        mutant(
            transposed.with_then(Eq((w + v) * transpose(sample), sample * transpose(w + v), evaluate=False)), SAMPLE, "column times row"
        ),
    ],
)
def a_number_is_its_own_transpose() -> Theorem:
    """A row times a column is a number."""
    return conclude(equal_words(*transposed.then.args), transposed)


# The box: |g(w) - g(v)| <= L |w - v| on the ball

BALL = (m >= 1, K >= 0, sigma >= 0, squared_norm(w) <= K**2, squared_norm(v) <= K**2)


def slope(sign: int) -> Expr:
    """(K |X^T X| + sign |X^T y|)/m."""
    return (K * sigma + sign * size(TARGETS)) / m


box = Statement((*BALL, SpectralNorm(sigma, GRAM)), Abs(GAP) <= slope(-1) * size(w - v), source="yedida-saha:ls-box")
with_a_plus = box.amend(
    then=Abs(GAP) <= slope(1) * size(w - v),
    why="The triangle inequality adds the norms: with one sample x = y = 1 and K = 1 the printed bound is 0, and the loss is not constant.",
)
SMALLEST = {**ONE, K: 1, sigma: 1}
OPPOSITE = {**SMALLEST, w: [[-1]], v: [[-Rational(1, 2)]]}  # the slope of (w - 1)^2/2 between -1 and -1/2 is 7/4; the bound is 2


@refutes(box, why="One sample x = y = 1, K = 1: the printed bound is 0, but the loss is 0 at w = 1 and 1/2 at w = 0.")
def the_printed_bound_is_zero() -> Refutation:
    """The weights 1 and 0."""
    return counterexample(box, SMALLEST)


@cache
def _steepness() -> Theorem:
    """|X^T X (w + v) - 2 X^T y| <= 2 K |X^T X| + 2 |X^T y|."""
    both, total, twice = w + v, GRAM * (w + v), -2 * TARGETS
    positive = tuple(cite("norm-nonnegative", word) for word in (both, total, TARGETS, twice, w, v, CHANGE))
    length = follows(size(both) <= 2 * K, *BALL, using=(triangle(both, w, v), *positive), because="both weights are in the ball")
    stretched = by_meaning(SpectralNorm(sigma, GRAM), both)
    grown = follows(
        size(total) <= 2 * K * sigma, *BALL, using=(stretched, length, *positive), because="X^T X stretches by its norm at most"
    )
    doubled = equal_words(squared_norm(twice), 4 * squared_norm(TARGETS))
    double = follows(Eq(size(twice), 2 * size(TARGETS)), using=(doubled, *positive))
    using = (triangle(CHANGE, total, twice), grown, double, *positive)
    return follows(size(CHANGE) <= 2 * K * sigma + 2 * size(TARGETS), *BALL, using=using, because="the triangle inequality")


def _approached() -> Theorem:
    """For x = 1, y = -1 and K = 1 the bound is 2, and the slope between 1 and 1 - d is 2 - d/2."""
    slope_ = Abs((2**2 - (2 - d) ** 2) / 2) / d
    return follows(Eq(slope_, 2 - d / 2), d > 0, d < 1, because="a difference of squares")


@proves(
    with_a_plus,
    witness=at(OPPOSITE),
    mutants=[
        mutant(with_a_plus.with_then(Abs(GAP) <= (K * sigma + size(TARGETS) / 2) / m * size(w - v)), OPPOSITE, "half of |X^T y|"),
        mutant(with_a_plus.drop(squared_norm(v) <= K**2), {**OPPOSITE, v: [[-3]]}, "one weight outside of the ball"),
        mutant(with_a_plus.with_then(GAP <= slope(1) * squared_norm(w - v)), OPPOSITE, "the distance squared"),
    ],
    tight=Tight(True, "for x = 1, y = -1 and K = 1 the slopes come as close to the bound 2 as one likes", shown=_approached),
)
def slopes_of_least_squares() -> Theorem:
    """Cauchy-Schwarz for the product of the two factors, and the triangle inequality for the first."""
    positive = tuple(cite("norm-nonnegative", word) for word in (CHANGE, w - v, TARGETS, w, v))
    product = inner(CHANGE, w - v)
    cauchy = cite("cauchy-schwarz", CHANGE, w - v)
    most = follows(
        Abs(product) <= (2 * K * sigma + 2 * size(TARGETS)) * size(w - v),
        *BALL,
        using=(cauchy, _steepness(), *positive),
        because="Cauchy-Schwarz",
    )
    return conclude(follows(with_a_plus.then, *BALL, using=(most, _in_one_product(), *positive), because="divided by 2 m"), with_a_plus)
