"""Correcting the bias of both averages: it cancels, and t must count steps. (section 6.4).

An average that begins with 0 is too small at first: of equal gradients q it is (1 - b^t) q after t steps, so dividing by 1 - b^t gives q.
The paper lets t be the number of the epoch; an epoch has many steps, and then the quotient is too large: after two steps of the first
epoch with b = 1/2 it is 3/2 q. Whatever both averages are divided by, the steps of AdaMo and of Auto-Adam (epsilon = 0) stay the same.
"""

from functools import cache

from sympy import Eq, Expr, Integer, Lambda, Rational, Symbol, sqrt

from theory.evidence import at, mutant, proves, refutes
from theory.lipschitz.averages import averages
from theory.lipschitz.symbols import (
    K_1,
    K_2,
    accumulated,
    batches,
    beta,
    epoch,
    n,
    other_accumulated,
    other_beta,
    other_K_1,
    other_K_2,
    other_speed,
    s,
    speed,
    target,
)
from theory.proof import (
    And,
    Implies,
    Refutation,
    Statement,
    Theorem,
    assume,
    conclude,
    conjunction,
    counterexample,
    cut,
    discharge,
    follows,
    induction,
    specialize,
    substitute,
)
from theory.proof.ranges import up_to


def adamo(moving: Expr, top: Expr) -> Expr:
    """V/K."""
    return moving / top


def auto_adam(moving: Expr, top: Expr, mean: Expr, squares: Expr) -> Expr:
    """sqrt(K_2)/K_1 V/sqrt(S)."""
    return sqrt(squares) / top * moving / sqrt(mean)


def corrected(t: Expr) -> tuple[Eq, ...]:
    """Each average, divided by its 1 - b^t, where that is not 0."""
    first, second = 1 - beta**t, 1 - other_beta**t
    pairs = ((other_speed, speed, first), (other_K_1, K_1, first), (other_accumulated, accumulated, second), (other_K_2, K_2, second))
    return tuple(Eq(share * new(n), old(n)) for new, old, share in pairs)


RUN = (
    *(beta >= 0, beta < 1, other_beta >= 0, other_beta < 1, epoch >= 1, batches >= 1, Eq(n, epoch * batches)),
    *(K_1(n) > 0, K_2(n) >= 0, accumulated(n) > 0),
)  # n steps, the end of an epoch
EQUAL = averages(speed, target)  # all gradients so far are q
UNBIASED = Implies(And(*EQUAL), Eq(other_speed(n), target))
SAME_ADAMO = Eq(adamo(other_speed(n), other_K_1(n)), adamo(speed(n), K_1(n)))
SAME_ADAM = Eq(
    auto_adam(other_speed(n), other_K_1(n), other_accumulated(n), other_K_2(n)), auto_adam(speed(n), K_1(n), accumulated(n), K_2(n))
)
by_epoch = Statement((*RUN, *corrected(epoch)), And(UNBIASED, SAME_ADAMO, SAME_ADAM), source="yedida-saha:text-bias")
by_step = by_epoch.amend(
    given=(*RUN, *corrected(n)), why="1 - b^t corrects the bias if t counts the steps, not the epochs: every step moves the averages."
)
HALF, RISES = Rational(1, 2), (5 * s - s**2) / 8  # 0, 1/2, 3/4: the averages of 1 with b = 1/2
TWO_STEPS = {
    **{beta: HALF, other_beta: HALF, epoch: 1, batches: 2, n: 2, target: 1},
    **{speed: Lambda(s, RISES), K_1: Lambda(s, 2 * RISES), accumulated: Lambda(s, RISES), K_2: Lambda(s, 4 * RISES)},
}
IN_EPOCH_1 = {
    **TWO_STEPS,
    other_speed: Lambda(s, 3 * HALF),
    other_K_1: Lambda(s, 3),
    other_accumulated: Lambda(s, 3 * HALF),
    other_K_2: Lambda(s, 6),
}
IN_STEP_2 = {**TWO_STEPS, other_speed: Lambda(s, 1), other_K_1: Lambda(s, 2), other_accumulated: Lambda(s, 1), other_K_2: Lambda(s, 4)}


@refutes(by_epoch, why="Two steps of the first epoch with beta = 1/2 and the gradient 1: the average is 3/4, divided by 1/2 it is 3/2.")
def too_large_within_an_epoch() -> Refutation:
    """An epoch of two steps."""
    return counterexample(by_epoch, IN_EPOCH_1)


@cache
def _share(kept: Symbol) -> Theorem:
    """0 <= b^s < 1 for s >= 1, so 1 - b^n > 0."""
    claim = And(kept**s >= 0, kept**s < 1)
    start = follows(substitute(claim, {s: Integer(1)}), kept >= 0, kept < 1)
    step = follows(substitute(claim, {s: s + 1}), claim, kept >= 0, kept < 1, s >= 1, because="one factor more")
    return follows(1 - kept**n > 0, n >= 1, using=(specialize(induction(start, step, s, 1), n),))


@cache
def _equal_gradients() -> Theorem:
    """V(n) = (1 - b^n) q."""
    zero, moves = averages(speed, target)
    claim = Eq(speed(s), (1 - beta**s) * target)
    start = follows(substitute(claim, {s: Integer(0)}), zero, because="b^0 = 1")
    step = follows(substitute(claim, {s: s + 1}), claim, s >= 0, beta >= 0, using=(specialize(assume(moves), s + 1),))
    return specialize(up_to(start, step, claim, beta >= 0, index=s, last=n), n)


@proves(
    by_step,
    witness=at(IN_STEP_2),
    mutants=[
        mutant(by_step.with_then(Implies(And(*EQUAL), Eq(speed(n), target))), IN_STEP_2, "without a correction"),
        mutant(by_step.with_then(Eq(adamo(other_speed(n), K_1(n)), adamo(speed(n), K_1(n)))), IN_STEP_2, "V alone corrected"),
    ],
)
def the_correction_cancels() -> Theorem:
    """Both averages are divided by one number; and 1 + b + ... + b^(n-1) is (1 - b^n)/(1 - b)."""
    positive = (_share(beta), _share(other_beta))
    later = tuple(follows(e, *RUN[4:7], because="epochs of one step at least") for e in (n >= 1, n >= 0))
    unbiased = follows(UNBIASED.args[1], *corrected(n), using=(_equal_gradients(), *positive), because="(1 - b^n) q over 1 - b^n")
    unbiased = follows(UNBIASED, using=(discharge(discharge(unbiased, EQUAL[1]), EQUAL[0]),), because="if they are equal")
    plain = follows(SAME_ADAMO, *corrected(n), K_1(n) > 0, using=positive, because="1 - b^n cancels")
    signs = (K_1(n) > 0, K_2(n) >= 0, accumulated(n) > 0)
    above, below = (
        follows(
            Eq(sqrt(new(n)), sqrt(old(n)) / sqrt(1 - other_beta**n)), *corrected(n), *signs, using=positive, because="a root of a quotient"
        )
        for new, old in ((other_K_2, K_2), (other_accumulated, accumulated))
    )
    both = follows(SAME_ADAM, *corrected(n), *signs, using=(above, below, *positive), because="both shares cancel")
    whole = conjunction(unbiased, plain, both)
    return conclude(cut(whole, *later), by_step)
