"""The least Lipschitz constant of least squares on a ball is |A w - b|/m where the secular equation holds. (section 4.1).

Here A = X^T X, b = X^T y, the loss is |X w - y|^2/(2 m), and K > 0. For each point w of the ball |w| <= K no Lipschitz constant of the loss
on the ball is below |A w - b|/m; and this is one itself exactly if w has a multiplier, a number mu >= lambda_max(A)^2 with

    A (A w - b) = mu w    and    mu (K^2 - |w|^2) = 0.

So the number that `least_squares_constant` encloses, the largest gradient, is the least Lipschitz constant of the loss. That some w of the
ball has a multiplier is not shown here, as it takes compactness; without it, `loss_on_a_ball` says that the constants are the upper bounds
of the gradients.
"""

from functools import partial

from sympy import Eq, Expr, Integer, Rational

from theory.evidence import at, extends, mutant
from theory.lipschitz.loss_on_a_ball import (
    LIPSCHITZ,
    NOT_ABOVE,
    NUMBERS,
    POINT,
    SEVEN,
    all_are_equal,
    constants,
    is_refuted,
    not_above_14,
    said_of,
    the_lipschitz_constants,
)
from theory.lipschitz.secular_equation import SECULAR, residual, secular, the_secular_equation
from theory.lipschitz.symbols import K, L, m, multiplier, sigma, v, w
from theory.proof import (
    And,
    ForAll,
    Implies,
    Statement,
    Theorem,
    assume,
    cite,
    conclude,
    conjunction,
    cut,
    discharge,
    exhibit,
    follows,
    instance,
    specialize,
    squared_norm,
    substitute,
)
from theory.proof.norms import size
from theory.proof.ranges import throughout

STEEPNESS = size(residual(w)) / m


def own(number: Expr) -> ForAll:
    """This is a Lipschitz constant."""
    return substitute(LIPSCHITZ, {L: number})


def at_multipliers(number: Expr) -> tuple[Implies, Implies]:
    """Exactly if w has a multiplier."""
    return Implies(SECULAR, own(number)), Implies(own(number), SECULAR)


def at_least(number: Expr) -> ForAll:
    """No Lipschitz constant is below it."""
    return ForAll(L, L >= 0, Implies(LIPSCHITZ, number <= L))


def least(number: Expr) -> Statement:
    """The least one, exactly if w has a multiplier."""
    return Statement((m >= 1, *secular.given), And(*at_multipliers(number), at_least(number)))


attained = least(STEEPNESS)

MULTIPLIER = Rational(56, 3)
BEST = {**POINT, v: [[1]], sigma: 4}


def at_best() -> Theorem:
    """The theorem itself."""
    return instance(the_least_constant(), NUMBERS)


def too_low() -> Theorem:
    """There is a multiplier, 4 (4 w - 2) = 56 w/3, so half of it would be a Lipschitz constant."""
    number, some = STEEPNESS.subs(m, 2) / 2, substitute(SECULAR, NUMBERS)
    there = exhibit(assume(some.args[2].subs(multiplier, MULTIPLIER)), multiplier, MULTIPLIER, *some.args[1:])
    bound = substitute(NOT_ABOVE, {**NUMBERS, L: number})
    return is_refuted(substitute(least(STEEPNESS / 2).then, NUMBERS), 14, there, constants(number), said_of(w, bound))


def too_high(number: Expr) -> Theorem:
    """7 is a Lipschitz constant."""
    one = said_of(SEVEN, substitute(at_least(number), NUMBERS))
    return is_refuted(substitute(least(number).then, NUMBERS), 14, one, constants(SEVEN), not_above_14())


def zero_is_below() -> Theorem:
    """On one point."""
    at_0 = {**NUMBERS, K: 0}
    one = said_of(Integer(0), substitute(at_least(STEEPNESS), at_0))
    return is_refuted(substitute(attained.then, at_0), 2, one, all_are_equal())


def at_the_other_end() -> Theorem:
    """At -w the gradient is longer."""
    number = STEEPNESS.subs(m, 2)
    one = said_of(-w, substitute(NOT_ABOVE, {**NUMBERS, L: number}))
    lengths = follows(squared_norm(residual(w)) <= 100, Eq(squared_norm(residual(w)), 100))
    return is_refuted(substitute(own(STEEPNESS), NUMBERS), 14, constants(number), one, lengths, place=-w)


@extends(
    "yedida-saha:text-rhs-is-l",
    attained,
    witness=at(BEST, at_best),
    mutants=[
        mutant(least(STEEPNESS / 2), BEST, "half of it", too_low),
        mutant(least(m * STEEPNESS), BEST, "without 1/m", partial(too_high, m * STEEPNESS)),
        mutant(attained.drop(K > 0), {**BEST, w: [[0]], K: 0}, "the ball is a point", zero_is_below),
        mutant(attained.with_then(own(STEEPNESS)), {**BEST, w: [[3]]}, "any point of the sphere", at_the_other_end),
    ],
)
def the_least_constant() -> Theorem:
    """Both say that |A w - b| is the largest."""
    length = cite("norm-nonnegative", residual(w))
    positive = follows(STEEPNESS >= 0, m >= 1, using=(length,))
    exactly = cut(instance(the_lipschitz_constants(), {L: STEEPNESS}), positive)
    same = follows(And(*at_multipliers(STEEPNESS)), using=(exactly, the_secular_equation(), length), because="|A w - b| is the largest")
    needed = follows(NOT_ABOVE, LIPSCHITZ, using=(the_lipschitz_constants(),))
    there = follows(STEEPNESS <= L, m >= 1, L >= 0, using=(specialize(needed, w), length), because="divided by m")
    none_below = throughout(discharge(there, LIPSCHITZ), L, L >= 0)
    return conclude(cut(conjunction(same, none_below), length), attained)
