"""What adaptive RMSprop and Auto-Adam do not feel: the scale of the loss, the bound M in the first step, a correction. (section 6).

Here epsilon = 0, and one coordinate is looked at, in which not all gradients so far were 0. The first step is the sign of the gradient,
whatever M > 0 is. If the loss and M are multiplied by r > 0, no step changes. And if each average is divided by the same number as the
average of its bound, the step stays what it was; so correcting the bias of AdaMo changes nothing, and that of Auto-Adam nothing but what
epsilon does. The number must be 1 - b^t for the step t: with the number of the epoch, as printed, the average of equal gradients is
not that gradient.
"""

from functools import cache

from sympy import Abs, Eq, Expr, Function, Integer, Lambda, Ne, Rational, sqrt

from theory.evidence import at, extends, implemented_at, mutant
from theory.lipschitz.averages import BETA, averages
from theory.lipschitz.symbols import (
    K_1,
    K_2,
    accumulated,
    beta,
    most,
    n,
    other_accumulated,
    other_beta,
    other_K_1,
    other_K_2,
    other_speed,
    s,
    scale,
    slope_at,
    speed,
)
from theory.proof import (
    And,
    Statement,
    Theorem,
    assume,
    conclude,
    follows,
    specialize,
    substitute,
)
from theory.proof.ranges import up_to

implemented_at("yedida-saha:algorithm-2", "dynamics/optimizers/lipschitz.py::LipschitzRMSprop")
implemented_at("yedida-saha:algorithm-3", "dynamics/optimizers/lipschitz.py::AutoAdam")
implemented_at("yedida-saha:text-defaults", "dynamics/optimizers/lipschitz.py::AutoAdam")

BETAS = (*BETA, other_beta >= 0, other_beta < 1)
SQUARED = (*averages(accumulated, slope_at(s) ** 2, other_beta), *averages(K_2, most(s) ** 2, other_beta))
PLAIN = (*averages(speed, slope_at(s)), *averages(K_1, most(s)))


def rmsprop(mean: Function, top: Function, bound: Expr, gradient: Expr, step: Expr = n) -> Expr:
    """sqrt(K)/M g/sqrt(S) in this step."""
    return sqrt(top(step)) / bound * gradient / sqrt(mean(step))


def auto_adam(mean: Function, top: Function, plain: Function, moving: Function, step: Expr = n) -> Expr:
    """sqrt(K_2)/K_1 V/sqrt(S) in this step."""
    return sqrt(top(step)) / plain(step) * moving(step) / sqrt(mean(step))


RMSPROP = rmsprop(accumulated, K_2, most(n), slope_at(n))
ADAM = auto_adam(accumulated, K_2, K_1, speed)

# The first step

FIRST = (n >= 1, most(1) > 0, Ne(slope_at(1), 0))
ONE = Integer(1)


def is_the_sign(step: Expr) -> And:
    """The step is 1 long, and points along the gradient."""
    return And(Eq(Abs(step), 1), step * slope_at(1) > 0)


FIRST_RMSPROP = rmsprop(accumulated, K_2, most(1), slope_at(1), ONE)
FIRST_ADAM = auto_adam(accumulated, K_2, K_1, speed, ONE)
first_rmsprop = Statement((*BETAS, *SQUARED, *FIRST), is_the_sign(FIRST_RMSPROP))
first_adam = Statement((*BETAS, *SQUARED, *PLAIN, *FIRST), is_the_sign(FIRST_ADAM))
# The gradient -3 and the bound 5, with beta_1 = 1/2 and beta_2 = 3/4
ONE_STEP = {
    **{n: 1, beta: Rational(1, 2), other_beta: Rational(3, 4), slope_at: Lambda(s, -3), most: Lambda(s, 5)},
    **{accumulated: Lambda(s, 9 * s / 4), K_2: Lambda(s, 25 * s / 4), speed: Lambda(s, -3 * s / 2), K_1: Lambda(s, 5 * s / 2)},
}


@cache
def _after_one_step() -> tuple[Theorem, ...]:
    """The averages of the squares, and the averages, after one step."""
    given = (*BETAS, *FIRST)
    found = []
    for mean, of in ((accumulated, slope_at), (K_2, most)):
        zero, moves = averages(mean, of(s) ** 2, other_beta)
        value = follows(Eq(mean(1), (1 - other_beta) * of(1) ** 2), zero, n >= 1, using=(specialize(assume(moves), 1),))
        root = sqrt(1 - other_beta) * Abs(of(1))
        sign = follows(mean(1) >= 0, *given, using=(value,))
        found += [sign, follows(Eq(sqrt(mean(1)), root), *given, using=(value,), because="the root of a product")]
    return tuple(found)


@cache
def _plain_after_one_step() -> tuple[Theorem, ...]:
    found = []
    for mean, of in ((speed, slope_at), (K_1, most)):
        zero, moves = averages(mean, of(s))
        found.append(follows(Eq(mean(1), (1 - beta) * of(1)), zero, n >= 1, using=(specialize(assume(moves), 1),)))
    return tuple(found)


@extends(
    "yedida-saha:algorithm-2",
    first_rmsprop,
    witness=at(ONE_STEP),
    mutants=[
        mutant(first_rmsprop.with_then(Eq(Abs(FIRST_RMSPROP), Abs(slope_at(1)) / most(1))), ONE_STEP, "g/M, as gradient descent"),
        mutant(first_rmsprop.with_then(Eq(FIRST_RMSPROP, 1)), ONE_STEP, "1 for the sign"),
    ],
)
def rmsprop_begins_with_the_sign() -> Theorem:
    """sqrt(K)/sqrt(S) = M/|g|."""
    roots = _after_one_step()
    positive = follows(sqrt(1 - other_beta) > 0, other_beta < 1, because="the root of a positive number")
    step = follows(first_rmsprop.then, *BETAS, *FIRST, using=(*roots, positive), because="M/|g| times g/M")
    return conclude(step, first_rmsprop)


@extends(
    "yedida-saha:algorithm-3",
    first_adam,
    witness=at(ONE_STEP),
    mutants=[
        mutant(first_adam.with_then(Eq(Abs(FIRST_ADAM), Abs(slope_at(1)) / most(1))), ONE_STEP, "g/M, as gradient descent"),
        mutant(first_adam.with_then(Eq(FIRST_ADAM, 1)), ONE_STEP, "1 for the sign"),
    ],
)
def auto_adam_begins_with_the_sign() -> Theorem:
    """The shares 1 - b of both averages cancel."""
    positive = follows(sqrt(1 - other_beta) > 0, other_beta < 1, because="the root of a positive number")
    using = (*_after_one_step(), *_plain_after_one_step(), positive)
    return conclude(follows(first_adam.then, *BETAS, *FIRST, using=using, because="M/|g| times g/M"), first_adam)


# The loss times r

SCALED_SQUARED = (
    *averages(other_accumulated, (scale * slope_at(s)) ** 2, other_beta),
    *averages(other_K_2, (scale * most(s)) ** 2, other_beta),
)
SCALED_PLAIN = (*averages(other_speed, scale * slope_at(s)), *averages(other_K_1, scale * most(s)))
MOVING = (scale > 0, accumulated(n) > 0)
same_rmsprop = Statement(
    (*BETAS, *SQUARED, *SCALED_SQUARED, *MOVING, most(n) > 0),
    Eq(rmsprop(other_accumulated, other_K_2, scale * most(n), scale * slope_at(n)), RMSPROP),
)
same_adam = Statement(
    (*BETAS, *SQUARED, *PLAIN, *SCALED_SQUARED, *SCALED_PLAIN, *MOVING, K_1(n) > 0),
    Eq(auto_adam(other_accumulated, other_K_2, other_K_1, other_speed), ADAM),
)
TWICE = {
    **{**ONE_STEP, scale: 2, other_accumulated: Lambda(s, 9 * s), other_K_2: Lambda(s, 25 * s)},
    **{other_speed: Lambda(s, -3 * s), other_K_1: Lambda(s, 5 * s)},
}


@cache
def _grows(mean: Function, other: Function, of: Expr, factor: Expr, kept: Expr) -> Theorem:
    """The average of r x is r times that of x, after n steps."""
    (zero, moves), (also_zero, also) = averages(mean, of, kept), averages(other, _times(of), kept)
    claim = Eq(other(s), factor * mean(s))
    start = follows(substitute(claim, {s: ONE - 1}), zero, also_zero, because="0 is r times 0")
    using = (specialize(assume(moves), s + 1), specialize(assume(also), s + 1))
    step = follows(substitute(claim, {s: s + 1}), claim, using=using, because="in every step")
    return specialize(up_to(start, step, claim, index=s, last=n), n)


def _times(of: Expr) -> Expr:
    """What the loss times r averages in place of x."""
    return substitute(of, {slope_at: Lambda(s, scale * slope_at(s)), most: Lambda(s, scale * most(s))})


@cache
def _not_negative() -> Theorem:
    """K_2(n) >= 0, an average of squares."""
    zero, moves = averages(K_2, most(s) ** 2, other_beta)
    claim = K_2(s) >= 0
    start = follows(substitute(claim, {s: ONE - 1}), zero, because="it begins with 0")
    using = (specialize(assume(moves), s + 1),)
    step = follows(substitute(claim, {s: s + 1}), claim, other_beta >= 0, other_beta < 1, using=using, because="a square is added")
    return specialize(up_to(start, step, claim, index=s, last=n), n)


@cache
def _roots_grow() -> tuple[Theorem, ...]:
    """sqrt(r^2 S) = r sqrt(S), and the same of K_2."""
    found = []
    for mean, other, of in ((accumulated, other_accumulated, slope_at), (K_2, other_K_2, most)):
        using = (_grows(mean, other, of(s) ** 2, scale**2, other_beta), _not_negative())
        equal = Eq(sqrt(other(n)), scale * sqrt(mean(n)))
        sign = follows(other(n) >= 0, *MOVING, n >= 0, using=using)
        found += [sign, follows(equal, *MOVING, n >= 0, using=using, because="the root of r^2 S")]
    return (*found, follows(sqrt(accumulated(n)) > 0, accumulated(n) > 0), _not_negative())


@extends(
    "yedida-saha:algorithm-2",
    same_rmsprop,
    witness=at(TWICE),
    mutants=[
        mutant(
            same_rmsprop.with_then(Eq(rmsprop(other_accumulated, other_K_2, most(n), scale * slope_at(n)), RMSPROP)),
            TWICE,
            "M of the loss as it was",
        ),
        mutant(same_rmsprop.with_then(Eq(same_rmsprop.then.lhs, scale * RMSPROP)), TWICE, "r times the step"),
    ],
)
def rmsprop_does_not_feel_the_scale() -> Theorem:
    """S and K grow with r^2, M and g with r."""
    return conclude(follows(same_rmsprop.then, *MOVING, most(n) > 0, n >= 0, using=_roots_grow(), because="r cancels"), same_rmsprop)


@extends(
    "yedida-saha:algorithm-3",
    same_adam,
    witness=at(TWICE),
    mutants=[
        mutant(same_adam.with_then(Eq(same_adam.then.lhs, scale * ADAM)), TWICE, "r times the step"),
        mutant(
            same_adam.with_then(Eq(auto_adam(other_accumulated, other_K_2, K_1, other_speed), ADAM)), TWICE, "K_1 of the loss as it was"
        ),
    ],
)
def auto_adam_does_not_feel_the_scale() -> Theorem:
    """S and K_2 grow with r^2, V and K_1 with r."""
    plain = (_grows(mean, other, of(s), scale, beta) for mean, other, of in ((speed, other_speed, slope_at), (K_1, other_K_1, most)))
    using = (*_roots_grow(), *plain)
    return conclude(follows(same_adam.then, *MOVING, K_1(n) > 0, n >= 0, using=using, because="r cancels"), same_adam)
