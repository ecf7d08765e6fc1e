"""SGD follows the flow on the modified loss in the mean, up to (m h)^3 times a constant, as Smith et al. (2021) say. (Equations 19 and 20).

One epoch without replacement takes the m minibatches in an order, and the mean is over all orders; they come in pairs, each order with its
reverse. The constant depends on bounds of the first three derivatives alone, not on m, and the step size must be at most 2/G_2, where
G_2 bounds the second.
"""

from functools import cache
from typing import Any

from sympy import Expr, Integer, Lambda, Lt, Rational, Sum, exp, sympify

from theory.corridors.epoch import POSITIVE
from theory.corridors.epoch_flow import ALONG, FLOW, MEAN, SMALL, meanwhile, modified_flow
from theory.corridors.epoch_pairs import IN_REVERSE, MEAN_END, REST, TARGET, an_order_and_its_reverse, pair
from theory.corridors.lengths import added, at_most, multiplied, renamed
from theory.corridors.modified_loss import the_spread_and_the_mean, two_forms
from theory.corridors.symbols import (
    H,
    U,
    back,
    backs,
    batches,
    bends,
    curved,
    d,
    each,
    g,
    h,
    hessians,
    i,
    k,
    n,
    orders,
    partial,
    partials,
    path,
    steep,
    t,
    theta,
    theta_0,
    thetas,
    turn,
    twisted,
    unit,
)
from theory.evidence import at, mutant, proves
from theory.proof import (
    And,
    ForAll,
    Statement,
    Theorem,
    Velocity,
    assume,
    cite,
    combine_words,
    conclude,
    conjunction,
    cut,
    equal_words,
    evaluate,
    follows,
    instance,
    specialize,
    substitute,
)
from theory.proof.logic import Boolean
from theory.proof.ranges import throughout, up_to

# The quantities of one order and its reverse, for the i-th of all pairs
ORDER = {
    theta: Lambda(k, thetas(i, k)),
    back: Lambda(k, backs(i, k)),
    each: Lambda((k, U), batches(i, k, U)),
    bends: Lambda((k, U), hessians(i, k, U)),
    partial: Lambda(k, partials(i, k)),
}
ALL = And(i >= 1, i <= orders)


def every_order(body: Boolean) -> ForAll:
    """What is said of one order and its reverse, said of all."""
    return ForAll(i, ALL, substitute(body, ORDER))


COMMON = (*POSITIVE, SMALL, orders >= 1)
EPOCHS = tuple(every_order(hypothesis) for hypothesis in (*pair.given, MEAN) if hypothesis not in POSITIVE)
FLOWS = tuple(hypothesis for hypothesis in ALONG if hypothesis not in (*COMMON, MEAN))
END = substitute(MEAN_END, ORDER)
EXPECTED = Sum(END, (i, 1, orders)) / orders
TOTAL = n**3 * h**3 * (4 * twisted * steep**2 / 3 + 5 * steep * curved**2 / 4)
FORMS = every_order(two_forms.then)


def _follows(error: Expr) -> And:
    return And(at_most(error, TOTAL), FORMS)


expansion = Statement((*COMMON, *EPOCHS, *FLOWS), _follows(EXPECTED - path(n * h)), source="dherin-rosca:equation-19-20")


@cache
def one_pair() -> Theorem:
    """|(theta_m + theta'_m)/2 - path(m h)| <= C (m h)^3 for one order and its reverse: both are near the same target."""
    mean = (MEAN_END - TARGET, REST, conclude(an_order_and_its_reverse(), pair))
    flow = modified_flow()
    vector, bound, theorem = flow
    behind = multiplied(-1, (vector, -bound, theorem))
    *_, small = added(mean, behind, MEAN_END - path(n * h), TOTAL, POSITIVE)
    needs = (*POSITIVE, SMALL, *(e for e in (*pair.given, MEAN, *FLOWS) if e not in POSITIVE))
    return conclude(small, Statement(needs, small.then))


def of_all_orders(theorem: Theorem) -> Theorem:
    """A theorem about one order and its reverse, for all of them."""
    one = instance(theorem, ORDER)
    for hypothesis in EPOCHS:
        here = specialize(assume(hypothesis), i)
        if here.then in one.given:
            one = cut(one, here)
    return throughout(conclude(one, Statement((*expansion.given, *ALL.args), one.then)), i, ALL)


NONE = Integer(0)


def _through(start: Any, first: Any, second: Any) -> Expr:
    """The parabola in k through three values, at 0, 1 and 2."""
    values = map(sympify, (start, first, second))
    nodes = ((k - 1) * (k - 2) / 2, k * (2 - k), k * (k - 1) / 2)
    return sum((value * node for value, node in zip(values, nodes, strict=True)), NONE) * unit


# Two minibatches on the line with the gradients 3 and 1, from 2, with the step 1/4
CONSTANTS = {
    unit: [[1]],
    theta_0: [[2]],
    n: 2,
    orders: 1,
    h: Rational(1, 4),
    steep: 3,
    curved: 0,
    twisted: 0,
    g: Lambda(U, 2 * unit),
    H: Lambda(U, 0),
    turn: Lambda(U, 0 * unit),
    batches: Lambda((i, k, U), (5 - 2 * k) * unit),
    hessians: Lambda((i, k, U), 0),
    thetas: Lambda((i, k), _through(2, Rational(5, 4), 1)),
    backs: Lambda((i, k), _through(2, Rational(7, 4), 1)),
    partials: Lambda((i, k), _through(0, 3, 4)),
    path: Lambda(t, (2 - 2 * t) * unit),
}
# Two with the gradients 2 + 2 x and 2 - 2 x, from 1, with the step 1/100; and the flow on the loss itself, without the correction
STEP = Rational(1, 100)
TURNING = {
    **CONSTANTS,
    theta_0: [[1]],
    h: STEP,
    steep: 4,
    curved: 2,
    turn: Lambda(U, 4 * U),
    batches: Lambda((i, k, U), 2 * unit + 2 * (3 - 2 * k) * U),
    hessians: Lambda((i, k, U), 2 * (3 - 2 * k)),
    thetas: Lambda((i, k), _through(1, 1 - 4 * STEP, 1 - 4 * STEP - 8 * STEP**2)),
    backs: Lambda((i, k), _through(1, 1, 1 - 4 * STEP)),
    partials: Lambda((i, k), _through(0, 4, 4)),
    path: Lambda(t, (1 - 2 * t) * unit),
}
UNCORRECTED = meanwhile(Velocity(Lambda(d, path(t + d)), -g(path(t))))


def the_correction_is_bounded() -> Theorem:
    """|4 (1 - 2 t)| <= 8 up to the end of the epoch."""
    within = And(t >= 0, t <= 2 * STEP)
    return throughout(follows(16 * (1 - 2 * t) ** 2 <= 64, *within.args), t, within)


# The same two with the step 1/4, and the flow with the correction: 5 e^(-t/2) - 4
QUARTER = Rational(1, 4)
CORRECTED = {
    **TURNING,
    h: QUARTER,
    steep: 8,
    thetas: Lambda((i, k), _through(1, 0, -Rational(1, 2))),
    backs: Lambda((i, k), _through(1, 1, 0)),
    path: Lambda(t, (5 * exp(-t / 2) - 4) * unit),
}


def the_corrected_flow_is_bounded() -> Theorem:
    """|4 (5 e^(-t/2) - 4)| <= 16, as 0 <= e^(-t/2) <= 1: it is at least 1 - t e^((1 - t)/2) (1 - e^(-1/2)), by concavity."""
    within, root = And(t >= 0, t <= CORRECTED[n] * QUARTER), exp(Rational(1, 2))
    falls, below = cite("power-monotone", 1 / root, 1, t), cite("power-concave", 1, 1 / root, t)
    above = cite("power-concave", root, 1, 1 - t)
    numbers = (evaluate(Lt(*sides, evaluate=False)) for sides in ((root, 2), (Rational(1, 2), 1 / root), (1 / root, 1)))
    small = follows(16 * (5 * exp(-t / 2) - 4) ** 2 <= 256, *within.args, using=(falls, below, above, *numbers))
    small = conclude(small, Statement(within.args, small.then))
    return throughout(small, t, within)


@proves(
    expansion,
    witness=at(CORRECTED, the_corrected_flow_is_bounded),
    mutants=[
        mutant(expansion.with_then(_follows(EXPECTED - path(h))), CONSTANTS, "after one step"),
        mutant(
            expansion.drop(every_order(IN_REVERSE[1])), {**CONSTANTS, backs: Lambda((i, k), 2 * unit)}, "for orders without their reverse"
        ),
        mutant(expansion.replacing({FLOW[1]: UNCORRECTED}), TURNING, "the flow on the loss itself", the_correction_is_bounded),
    ],
)
def sgd_follows_the_modified_flow_in_the_mean() -> Theorem:
    """Every pair of orders has the same target to second order, and so has the flow; the errors are averaged."""
    each_pair = specialize(of_all_orders(one_pair()), k + 1)
    flow, number = path(n * h), Sum(END, (i, 1, k))
    vector = number - k * flow
    claim = at_most(vector, k * TOTAL)
    *_, start = renamed((NONE * flow, NONE, follows(at_most(NONE * flow, NONE))), equal_words(NONE, substitute(vector, {k: 0})))
    here = (substitute(END, {i: k + 1}) - flow, TOTAL, each_pair)
    both = added((vector, k * TOTAL, assume(claim)), here, vector + here[0], (k + 1) * TOTAL, (*POSITIVE, k >= 0))
    *_, step = renamed(both, combine_words(both[0], substitute(vector, {k: k + 1})))
    whole = specialize(up_to(start, step, claim, index=k, last=orders), orders)
    sum_ = substitute(vector, {k: orders})
    *_, mean = renamed(multiplied(1 / orders, (sum_, orders * TOTAL, whole)), combine_words(sum_ / orders, EXPECTED - flow))
    forms = of_all_orders(the_spread_and_the_mean())
    return conclude(conjunction(mean, forms), expansion)
