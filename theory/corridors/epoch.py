"""Where one epoch of minibatches ends, to second order in the step size. (Equations 19 and 20, appendix A.3).

In a given order the epoch ends at theta - h S_m + h^2 D_m, up to (m h)^3 times a constant, where S_k is the sum of the first k gradients
and D_m = sum H_k S_(k-1). The constant depends on bounds of the first three derivatives alone, along the way.
"""

from functools import cache

from sympy import Eq, Expr

from theory.corridors.lengths import Bounded, added, at_most, multiplied, squared, stretched
from theory.corridors.minibatches import EPOCH
from theory.corridors.staying import STEPS
from theory.corridors.symbols import bends, curved, double, each, h, k, n, partial, steep, theta, theta_0, twisted
from theory.proof import (
    And,
    ForAll,
    Theorem,
    assume,
    conjunction,
    equal_words,
    follows,
    part,
    specialize,
    squared_norm,
    substitute,
)
from theory.proof.ranges import up_to

START, BEFORE = theta_0, theta(k - 1)
BEGINS = Eq(theta(0), START)
HESSIAN = bends(k, START)
AWAY = BEFORE - START
BENT = AWAY + h * partial(k - 1)
CHANGE = each(k, BEFORE) - each(k, START)
SUMS = (
    Eq(partial(0), 0),
    ForAll(k, STEPS, Eq(partial(k), partial(k - 1) + each(k, START))),
    Eq(double(0), 0),
    ForAll(k, STEPS, Eq(double(k), double(k - 1) + HESSIAN * partial(k - 1))),
)
STEEP = ForAll(k, STEPS, at_most(each(k, BEFORE), steep))
CURVED = ForAll(k, STEPS, squared_norm(CHANGE) <= curved**2 * squared_norm(AWAY))
STRETCH = ForAll(k, STEPS, squared_norm(HESSIAN * BENT) <= curved**2 * squared_norm(BENT))
TWISTED = ForAll(k, STEPS, squared_norm(CHANGE - HESSIAN * AWAY) <= (twisted / 2) ** 2 * squared_norm(AWAY) ** 2)
POSITIVE = (n >= 1, h > 0, steep >= 0, curved >= 0, twisted >= 0)
ONE_EPOCH = (*POSITIVE, BEGINS, EPOCH, *SUMS, STEEP, CURVED, STRETCH, TWISTED)
CONSTANT = (curved**2 * steep + twisted * steep**2) / 6


def _claims(step: Expr) -> tuple[tuple[Expr, Expr], ...]:
    """What is small after k steps, and how small."""
    away = theta(step) - START
    bent = away + h * partial(step)
    return (
        (away, step * h * steep),
        (bent, step**2 * h**2 * curved * steep / 2),
        (bent - h**2 * double(step), step**3 * h**3 * CONSTANT),
    )


CLAIM = And(*(at_most(vector, bound) for vector, bound in _claims(k)))


@cache
def one_order() -> Theorem:
    """|theta_k - theta_0 + h S_k - h^2 D_k| <= C (k h)^3, by induction on the steps."""
    zeros = tuple(map(assume, (BEGINS, SUMS[0], SUMS[2])))
    at_0 = substitute(CLAIM, {k: 0})
    start = follows(at_0, using=tuple(equal_words(condition.lhs, 0, *zeros) for condition in at_0.args))
    known = tuple(part(assume(CLAIM), at_most(*pair)) for pair in _claims(k))
    step = conjunction(*(theorem for _, _, theorem in _next(*known)))
    return up_to(start, step, CLAIM, index=k, last=n)


def _next(*known: Theorem) -> tuple[Bounded, ...]:
    """The same one step later."""
    away, bent, rest = ((*pair, theorem) for pair, theorem in zip(_claims(k), known, strict=True))
    moves, grows, doubles = (specialize(assume(hypothesis), k + 1) for hypothesis in (EPOCH, SUMS[1], SUMS[3]))
    ranges = (*POSITIVE, k >= 0)
    slope, hessian = each(k + 1, theta(k)), bends(k + 1, START)
    change = slope - each(k + 1, START)
    short = multiplied(-h, (slope, -steep, specialize(assume(STEEP), k + 1)))
    changed = stretched(change, curved, specialize(assume(CURVED), k + 1), away)
    turned = squared(change - hessian * away[0], twisted / 2, specialize(assume(TWISTED), k + 1), away)
    bending = stretched(hessian * bent[0], curved, specialize(assume(STRETCH), k + 1), bent)
    goals = _claims(k + 1)
    both = added(turned, bending, turned[0] + bending[0], 3 * k**2 * h**2 * CONSTANT, ranges)
    return (
        added(away, short, *goals[0], ranges, moves),
        added(bent, _less(changed), *goals[1], ranges, moves, grows),
        added(rest, _less(both), *goals[2], ranges, moves, grows, doubles),
    )


def _less(small: Bounded) -> Bounded:
    """-h times a vector."""
    vector, bound, theorem = small
    return multiplied(-h, (vector, -bound, theorem))
