"""Two remarks on 1/L: what 0.668 was computed from, and whether data of a large scale make 1/L too small. (sections 7.1 and 7.4).

With m the size of a minibatch, 128, and ten classes, (9/1280) K_z + 10^-3 max|w| is 1.4966 for the printed numbers, and its inverse 0.668
to the digits given. The data times r do multiply L by r; but then the gradient grows by r too, and what a step moves in the outputs
by r^2 alpha. So a step 1/L moves the outputs r times as far, not less: a large scale makes 1/L too large, if anything.
"""

from functools import cache

from sympy import Abs, Eq, Expr, Integer, Ne, Rational
from sympy.functions.elementary.complexes import transpose

from theory.evidence import at, mutant, proves, refutes
from theory.lipschitz.symbols import K, K_z, X, a, k, lam, m, scale
from theory.proof import And, Refutation, Statement, Theorem, cite, conclude, counterexample, cut, equal_words, follows, squared_norm
from theory.proof.norms import size

# Section 7.4: K_z = 206.695, max|w| = 43.257, the rate 0.668, each to three digits

DIGIT = Rational(1, 2000)
RATE = 1 / ((k - 1) / (k * m) * K_z + lam * K)
NUMBERS = (Abs(K_z - Rational("206.695")) <= DIGIT, Abs(K - Rational("43.257")) <= DIGIT, Eq(lam, Rational(1, 1000)), Eq(k, 10))
rate = Statement((*NUMBERS, Eq(m, 128)), Abs(RATE - Rational("0.668")) <= DIGIT, source="yedida-saha:text-kz-0668")
PRINTED = {K_z: Rational("206.695"), K: Rational("43.257"), lam: Rational(1, 1000), k: 10, m: 128}


@proves(
    rate,
    witness=at(PRINTED),
    mutants=[
        mutant(rate.drop(Eq(m, 128)), {**PRINTED, m: 50000}, "all samples of CIFAR-10 for a minibatch"),
        mutant(rate.with_then(Abs(1 / ((k - 1) / (k * m) * K_z) - Rational("0.668")) <= DIGIT), PRINTED, "without the weight decay"),
        mutant(rate.with_then(Abs(1 / (K_z / m + lam * K) - Rational("0.668")) <= DIGIT), PRINTED, "without (k - 1)/k"),
    ],
)
def the_rate_from_its_parts() -> Theorem:
    """Put in; the digits that are not printed change the fourth digit at most."""
    return conclude(follows(rate.then, *rate.given, because="the numbers put in"), rate)


# Data times r, whose gradient is (r X)^T a/m for the same residuals a


def constant(factor: Expr) -> Expr:
    """|r X|/(2 m), the constant printed for logistic regression; another multiple of |r X| would do as well."""
    return size(factor * X) / (2 * m)


def moved(factor: Expr) -> Expr:
    """By how much a step 1/L moves the outputs r X w."""
    return factor * X * transpose(factor * X) * a / m / constant(factor)


ONE = Integer(1)
LARGE = Eq(constant(scale), scale * constant(ONE))
smaller = Statement(
    (m >= 1, squared_norm(X) > 0, scale >= 1), And(LARGE, size(moved(scale)) <= size(moved(ONE))), source="yedida-saha:text-l-large"
)
further = smaller.amend(
    then=And(LARGE, Eq(size(moved(scale)), scale * size(moved(ONE)))),
    why="The constant grows with the scale r of the data, and what a gradient moves in the outputs with r^2: a step 1/L moves them r times "
    "as far. Without normalisation 1/L is small, but not too small.",
)
DOUBLE = {m: 1, X: [[1]], scale: 2, a: [[1]]}


@refutes(smaller, why="One sample, 1 or 2: L is twice as large, and a step 1/L moves the output twice as far.")
def a_step_is_no_smaller() -> Refutation:
    """The residual 1."""
    return counterexample(smaller, DOUBLE)


OUTPUTS = squared_norm(X * transpose(X) * a)


@cache
def _squared_distance(factor: Expr) -> Theorem:
    """|r^2 X X^T a/(m L)|^2 with L = |r X|/(2 m)."""
    return equal_words(squared_norm(moved(factor)), 4 * factor**4 * OUTPUTS / squared_norm(factor * X))


@proves(
    further,
    witness=at(DOUBLE),
    mutants=[
        mutant(further.with_then(Eq(size(moved(scale)), scale**2 * size(moved(ONE)))), DOUBLE, "r^2"),
        mutant(further.with_then(Eq(constant(scale), scale**2 * constant(ONE))), DOUBLE, "a constant that grows with r^2"),
        mutant(further.drop(scale >= 1), {**DOUBLE, scale: -1}, "a negative scale"),
    ],
)
def a_step_moves_the_outputs_further() -> Theorem:
    """r^2/r = r."""
    square = equal_words(squared_norm(scale * X), scale**2 * squared_norm(X))
    positive = tuple(cite("norm-nonnegative", word) for word in (moved(scale), moved(ONE), X * transpose(X) * a))
    using = (square, _squared_distance(scale), _squared_distance(ONE), *positive)
    squares = Eq(squared_norm(moved(scale)), scale**2 * squared_norm(moved(ONE)))
    same = follows(squares, *further.given, using=using, because="r^4/r^2")
    roots = follows(further.then, *further.given, using=(same, square, *positive), because="the root of r^2 x")
    divisors = tuple(h for h in roots.given if h.func is Ne)  # |r X|^2 is not 0
    return conclude(cut(roots, *(follows(h, *further.given, using=(square,)) for h in divisors)), further)
