"""An epoch in one order and the epoch in the reverse order: their mean does not depend on the order. (Equation 19, appendix A.3).

To second order an epoch ends at theta - h sum g_k + h^2 sum H_k g_j over the pairs j before k. In the reverse order the sum runs over the
pairs j after k. So the mean of both ends has half of the sum over all j different from k: h^2/2 (m^2 H g - sum H_k g_k), for every order.
"""

from functools import cache

from sympy import Eq, Expr, Lambda, Rational, Sum

from theory.corridors.epoch import (
    BEGINS,
    CONSTANT,
    CURVED,
    ONE_EPOCH,
    POSITIVE,
    START,
    STEEP,
    STRETCH,
    SUMS,
    TWISTED,
    one_order,
)
from theory.corridors.lengths import Bounded, added, at_most, multiplied, renamed
from theory.corridors.minibatches import EPOCH
from theory.corridors.staying import STEPS
from theory.corridors.symbols import (
    H,
    U,
    back,
    bends,
    curved,
    double,
    each,
    g,
    h,
    j,
    k,
    lead,
    n,
    partial,
    steep,
    theta,
    theta_0,
    twisted,
    unit,
)
from theory.evidence import at, extends, mutant
from theory.proof import (
    ForAll,
    Statement,
    Theorem,
    assume,
    combine_words,
    conclude,
    cut,
    equal_words,
    follows,
    forget_recursion,
    instance,
    part,
    specialize,
    substitute,
)
from theory.proof.ranges import throughout, up_to

REVERSE = {
    theta: Lambda(k, back(k)),
    each: Lambda((k, U), each(n + 1 - k, U)),
    bends: Lambda((k, U), bends(n + 1 - k, U)),
    partial: Lambda(k, partial(n) - partial(n - k)),
    double: Lambda(k, lead(n) - lead(n - k)),
}
IN_REVERSE = tuple(substitute(hypothesis, REVERSE) for hypothesis in (BEGINS, EPOCH, STEEP, CURVED, STRETCH, TWISTED))
LEAD = (Eq(lead(0), 0), ForAll(k, STEPS, Eq(lead(k), lead(k - 1) + bends(k, START) * (partial(n) - partial(k)))))
MEANS = (Eq(partial(n), n * g(START)), Eq(Sum(bends(j, START), (j, 1, n)), n * H(START)))
OWN = Sum(bends(j, START) * each(j, START), (j, 1, n))  # sum H_k g_k
TARGET = START - n * h * g(START) + h**2 * (n**2 * H(START) * g(START) - OWN) / 2
MEAN_END = (theta(n) + back(n)) / 2
BOTH = (*ONE_EPOCH, *IN_REVERSE, *MEANS)
REST = n**3 * h**3 * CONSTANT
pair = Statement(tuple(hypothesis for hypothesis in BOTH if hypothesis not in SUMS[2:]), at_most(MEAN_END - TARGET, REST))


# Two minibatches with the gradients 2 x and 4 on the line, from 1, with the step 1/16
HALVES = {
    unit: [[1]],
    theta_0: [[1]],
    n: 2,
    h: Rational(1, 16),
    g: Lambda(U, U + 2 * unit),
    H: Lambda(U, 1),
    each: Lambda((k, U), 2 * (2 - k) * U + 4 * (k - 1) * unit),
    bends: Lambda((k, U), 2 * (2 - k)),
    theta: Lambda(k, (16 - k - k**2) * unit / 16),
    back: Lambda(k, (64 - 21 * k + 5 * k**2) * unit / 64),
    partial: Lambda(k, k * (k + 1) * unit),
    steep: 4,
    curved: 2,
    twisted: 0,
}


@extends(
    "dherin-rosca:equation-19-20",
    pair,
    witness=at(HALVES),
    mutants=[
        mutant(pair.with_then(at_most(theta(n) - TARGET, REST)), HALVES, "one order"),
        mutant(pair.with_then(at_most(MEAN_END - TARGET - h**2 * (n**2 * H(START) * g(START) - OWN) / 2, REST)), HALVES, "all of the sum"),
        mutant(pair.with_then(at_most(MEAN_END - TARGET - h**2 * OWN / 2, REST)), HALVES, "with the pairs of one minibatch with itself"),
        mutant(pair.drop(IN_REVERSE[1]), {**HALVES, back: Lambda(k, unit)}, "for any other end"),
    ],
)
def an_order_and_its_reverse() -> Theorem:
    """D in this order and D in the reverse order add up to sum H_k (S_m - g_k)."""
    ends = (_end(one_order(), theta(n), partial(n), double(n)), _end(_reverse(), back(n), partial(n) - partial(0), lead(n) - lead(0)))
    one, other = (multiplied(Rational(1, 2), end) for end in ends)
    middle = one[0] + other[0]
    gradients, hessians, bend = *map(assume, MEANS), h**2 / 2
    known = combine_words(
        middle,
        MEAN_END - TARGET,
        (h, gradients, 1),
        (-h / 2, assume(SUMS[0]), 1),
        (bend, assume(LEAD[0]), 1),
        (-bend, _both_orders(), 1),
        (-bend, hessians, partial(n)),
        (-bend * n * H(START), gradients, 1),
        because="H S_m = m^2 H g",
    )
    *_, small = renamed(added(one, other, middle, REST, POSITIVE), known)
    needs = Statement((*BOTH, *LEAD), pair.then)
    small = forget_recursion(conclude(small, needs), lead, LEAD[1], LEAD[0])
    return conclude(forget_recursion(small, double, SUMS[3], SUMS[2]), pair)


def _end(every: Theorem, last: Expr, total: Expr, twice: Expr) -> Bounded:
    """The last of the three bounds, after n steps."""
    rest = last - START + h * total - h**2 * twice
    return rest, REST, part(specialize(every, n), at_most(rest, REST))


@cache
def _reverse() -> Theorem:
    """What one epoch does, for the reverse order; the sums from behind are the whole less those from the front."""
    behind = instance(one_order(), REVERSE)
    turn = n + 1 - k
    both = []
    leads = bends(turn, START) * (partial(n) - partial(turn))
    for definition, word, sum_ in ((SUMS[1], partial, each(turn, START)), (LEAD[1], lead, leads)):
        here = specialize(assume(definition), turn)
        here = cut(here, *(follows(condition, *STEPS.args) for condition in here.given if condition != definition))
        there = combine_words(word(n) - word(n - k), word(n) - word(turn) + sum_, (1, here, 1))
        both.append(throughout(there, k, STEPS))
    return cut(behind, *both)


@cache
def _both_orders() -> Theorem:
    """D_k + lead_k is the sum of H_i (S_m - g_i) over the first k minibatches."""
    total = Sum(bends(j, START) * (partial(n) - each(j, START)), (j, 1, k))
    claim = Eq(double(k) + lead(k), total)
    start = equal_words(*substitute(claim, {k: 0}).args, assume(SUMS[2]), assume(LEAD[0]))
    later = [specialize(assume(definition), k + 1) for definition in (SUMS[1], SUMS[3], LEAD[1])]
    adds, doubles, leads = later
    step = combine_words(
        *substitute(claim, {k: k + 1}).args, (1, assume(claim), 1), (1, doubles, 1), (1, leads, 1), (-bends(k + 1, START), adds, 1)
    )
    return specialize(up_to(start, step, claim, index=k, last=n), n)
