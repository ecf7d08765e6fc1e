"""The largest gradient of least squares on a ball, from both sides: any multiplier and any point. (section 4.1).

With A = X^T X and b = X^T y, any mu >= lambda_max(A)^2 with a solution w of A (A w - b) = mu w, of any length, bounds |A u - b|^2 on the
whole ball |u| <= K by mu K^2 + |b|^2 - <A b, w>. Where the inverse exists, that is mu K^2 + |b|^2 + (A b)^T (mu - A^2)^-1 A b. Any point
of the ball bounds the largest |A u - b|^2 from the other side. Both meet where w is K long: that is the secular equation, and what
`least_squares_constant` evaluates. Divided by m, their roots bound the least Lipschitz constant of the loss (`loss_on_a_ball`).
"""

from sympy import Eq, Rational

from theory.evidence import at, extends, mutant
from theory.lipschitz.least_squares import GRAM, TARGETS
from theory.lipschitz.secular_equation import EIGENVALUE, apart, pull, pulled, residual, stationary
from theory.lipschitz.symbols import K, X, multiplier, sigma, u, w, y
from theory.proof import (
    And,
    Implies,
    SpectralNorm,
    Statement,
    Theorem,
    by_meaning,
    cite,
    conclude,
    equal_words,
    follows,
    inner,
    squared_norm,
    substitute,
)

DUAL = multiplier * K**2 + squared_norm(TARGETS) - inner(GRAM * TARGETS, w)
BELOW = Implies(squared_norm(u) <= K**2, squared_norm(residual(u)) <= DUAL)
REACHED = Implies(Eq(squared_norm(w), K**2), Eq(squared_norm(residual(w)), DUAL))
two_sides = Statement((*EIGENVALUE, multiplier >= sigma**2, stationary(w)), And(BELOW, REACHED))
TWICE = {X: [[2, 0], [0, 1]], y: [[0], [3]], K: 1, sigma: 4, multiplier: 16, w: [[0], [-Rational(1, 5)]], u: [[0], [-1]]}
BEST = {X: [[1]], y: [[1]], K: 1, sigma: 1, multiplier: 2, w: [[-1]], u: [[-1]]}


@extends(
    "yedida-saha:text-rhs-is-l",
    two_sides,
    witness=at(TWICE),
    mutants=[
        mutant(two_sides.drop(multiplier >= sigma**2), {**BEST, multiplier: 0, w: [[1]]}, "a multiplier that is too small"),
        mutant(two_sides.with_then(substitute(two_sides.then, {DUAL: DUAL - squared_norm(TARGETS)})), BEST, "without |b|^2"),
        mutant(two_sides.drop(stationary(w)), {**BEST, w: [[1]]}, "another point"),
    ],
)
def the_dual_bound() -> Theorem:
    """|A u - b|^2 - mu |u|^2 is largest at w, for mu - A^2 is not negative."""
    words = equal_words(squared_norm(residual(w)), inner(w, pull(w)) - inner(GRAM * TARGETS, w) + squared_norm(TARGETS))
    known = (
        by_meaning(SpectralNorm(sigma, GRAM), w - u),
        cite("norm-nonnegative", w - u),
        cite("norm-nonnegative", u),
        apart(u),
        pulled(w),
        words,
    )
    return conclude(follows(two_sides.then, sigma >= 0, multiplier >= sigma**2, using=known, because="mu >= lambda_max^2"), two_sides)
