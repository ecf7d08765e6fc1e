"""Epochs until the loss is below a threshold: on a quadratic their number times the step size is nearly a constant. (section 7.1).

A quadratic falls into coordinates with curvatures l_i <= L; gradient descent multiplies the i-th part of the loss by (1 - a l_i)^2 in each
step. For a L < 1, and whatever the dimension, gradient descent after E steps is no higher than the gradient flow after the time a E, and
no lower than the flow after a E/(1 - a L). So with C the time at which the flow passes the threshold,

    C (1 - a L) < a E(a) <= C + a,

and a E(a) tends to C as the step size a tends to 0. No step size below 1/L saves more than the factor 1/(1 - a L) over short steps. Two
steps a and b from one start need a (E(a) - 1) (1 - b L) < b E(b). The counts printed in Table 1 for Boston break this, with the data scaled
as the paper says (`theory.lipschitz.quadratic_epochs`).
"""

from functools import cache

from sympy import Expr, Implies, Lambda, Mul, Ne, Rational, S, Sum, exp

from theory.evidence import at, extends, implemented_at, mutant
from theory.linear_range.sizes import compared_sums
from theory.lipschitz.symbols import (
    alpha,
    curvature,
    curvature_of,
    early,
    epoch,
    eta,
    i,
    late,
    n,
    part_of,
    reached,
    t,
    threshold,
)
from theory.proof import (
    And,
    ForAll,
    Statement,
    Theorem,
    assume,
    cite,
    conclude,
    conjunction,
    cut,
    derivative,
    discharge,
    follows,
    generalize,
    identity,
    instance,
    specialize,
    substitute,
)
from theory.proof.language import conditions
from theory.proof.ranges import throughout

implemented_at("yedida-saha:definition-e", "dynamics/orbits/threshold_epochs.py::epochs_to_threshold")
implemented_at("yedida-saha:text-same-init", "dynamics/orbits/threshold_epochs.py::compare_steps")

COORDINATES = And(i >= 1, i <= n)
RATE, PART = curvature_of(i), part_of(i)


def descent(steps: Expr) -> Sum:
    """The loss after so many steps of gradient descent, above its minimum."""
    return Sum(PART * (1 - alpha * RATE) ** (2 * steps), (i, 1, n))


def flow(time: Expr) -> Sum:
    """The loss after so long a time of the gradient flow, above its minimum."""
    return Sum(PART * exp(-2 * RATE * time), (i, 1, n))


KNOWN = (alpha > 0, alpha * curvature < 1, n >= 1, reached >= 0)
COORDINATE = And(RATE > 0, RATE <= curvature, PART >= 0)
QUADRATIC = (*KNOWN, ForAll(i, COORDINATES, COORDINATE))
SLOWER = alpha * reached / (1 - alpha * curvature)
between = Statement(QUADRATIC, And(flow(SLOWER) <= descent(reached), descent(reached) <= flow(alpha * reached)))
FIRST_BELOW = (descent(reached) < threshold, Implies(reached >= 1, descent(reached - 1) >= threshold))
ONE_LESS = alpha * (reached - 1)
TIMES = (early >= 0, flow(early) >= threshold, late >= 0, flow(late) < threshold)
AT_LEAST, AT_MOST = early * (1 - alpha * curvature) < alpha * reached, alpha * reached < late + alpha
product = Statement((*QUADRATIC, *FIRST_BELOW, *TIMES), And(AT_LEAST, AT_MOST))
# w^2/2 from 2^(1/2), with the step 1/2: 1, 1/4, 1/16, and the flow e^(-2 t)
ONE = {n: 1, alpha: Rational(1, 2), curvature: 1, curvature_of: Lambda(i, 1), part_of: Lambda(i, 1), reached: 2}
BELOW_TENTH = {**ONE, threshold: Rational(1, 10), early: 1, late: 2}


@cache
def above_its_tangent() -> Theorem:
    """e^t >= 1 + t for t > 0, and e^-t >= 1 - t: both have larger slopes from 0 on."""
    found = []
    for function in (exp(t) - t, exp(-t) + t):
        slope = function.diff(t)
        rule = derivative(function, t, value=slope)
        smooth = generalize(cut(rule, *(follows(c) for c in rule.given)) if rule.given else rule, t, And(t >= 0, t <= early))
        grows = cite("power-increases", 1, S.Exp1, t)
        inverse = identity(Mul(exp(-t), exp(t), evaluate=False), 1)
        positive = follows(slope > 0, t > 0, using=(grows, inverse), because="e^t > 1")
        between_ = throughout(positive, t, And(t > 0, t < early))
        fact = cite("strictly-increases", Lambda(t, function), Lambda(t, slope), 0, early)
        found.append(cut(fact, smooth, between_))
    return conjunction(*found)


@cache
def _one_step() -> Theorem:
    """1/(1 + x/(1 - a L)) <= 1 - x <= e^-x, for x = a l_i."""
    x, slow = alpha * RATE, alpha * RATE / (1 - alpha * curvature)
    given = (*KNOWN[:2], *COORDINATE.args)
    fast, long = (instance(above_its_tangent(), {early: value}) for value in (x, slow))
    inverse = identity(Mul(exp(-slow), exp(slow), evaluate=False), 1)
    above = follows(1 - x <= exp(-x), *given, using=(fast,), because="e^-x >= 1 - x")
    below = follows(And(exp(-slow) > 0, exp(-slow) <= 1 - x), *given, using=(long, inverse), because="e^y >= 1 + y >= 1/(1 - x)")
    both = conjunction(above, below)
    return conclude(both, Statement(given, both.then))


@cache
def _whole_sums() -> Theorem:
    """The same of the powers 2 E, of the terms, and of their sums."""
    x, slow = alpha * RATE, alpha * RATE / (1 - alpha * curvature)
    given, parts = (*KNOWN[:2], reached >= 0, *COORDINATE.args), []
    for low, high, first, last in (
        (exp(-slow), 1 - x, flow(SLOWER), descent(reached)),
        (1 - x, exp(-x), descent(reached), flow(alpha * reached)),
    ):
        base = follows(And(low > 0, low <= high), *given, using=(_one_step(),), because="one step")
        power = cite("power-monotone", low, high, 2 * reached)
        sides = follows(And(2 * reached >= 0, *base.then.args), reached >= 0, using=(base,), because="an exponent >= 0")
        term = follows(first.function <= last.function, *given, using=(cut(power, sides),), because="times the part of the loss")
        each = throughout(_from_all(term), i, COORDINATES)
        parts.append(compared_sums(each, last=n))
    whole = conjunction(*parts)
    defined = [h for h in whole.given if isinstance(h, ForAll) and h not in QUADRATIC]  # a power with an exponent >= 0 has a value
    whole = cut(whole, *(generalize(follows(h.args[2], reached >= 0), i) for h in defined))
    return conclude(whole, between)


def _from_all(theorem: Theorem) -> Theorem:
    """What is known of this coordinate is known of all."""
    return cut(theorem, *(follows(c, using=(specialize(assume(QUADRATIC[-1]), i),)) for c in COORDINATE.args if c in theorem.given))


@extends(
    "yedida-saha:definition-e",
    between,
    witness=at(ONE),
    mutants=[
        mutant(between.with_then(flow(alpha * reached) <= descent(reached)), ONE, "above the flow after the time a E"),
        mutant(
            between.replacing({alpha * curvature < 1: alpha * curvature < 2}), {**ONE, alpha: Rational(3, 2)}, "up to the stability limit"
        ),
    ],
)
def descent_is_between_two_times_of_the_flow() -> Theorem:
    """In each coordinate e^(-x/(1 - x)) <= 1 - x <= e^-x."""
    return _whole_sums()


@cache
def _falls() -> Theorem:
    """The flow is no higher at the later time."""
    apart = 2 * RATE * (late - early)
    given = (late >= early, *COORDINATE.args)
    grows = cut(cite("power-monotone", 1, S.Exp1, apart), follows(apart >= 0, *given))
    split = identity(Mul(exp(-2 * RATE * late), exp(apart), evaluate=False), exp(-2 * RATE * early))
    half = identity(exp(-2 * RATE * late), Mul(exp(-RATE * late), exp(-RATE * late), evaluate=False))
    term = follows(flow(late).function <= flow(early).function, *given, using=(grows, split, half), because="e^(-2 l t) falls")
    lower = compared_sums(throughout(_from_all(term), i, COORDINATES), last=n)
    return discharge(conclude(lower, Statement((n >= 1, QUADRATIC[-1], late >= early), lower.then)), late >= early)


def _has_values(steps: Expr) -> Theorem:
    """No power in the loss after so many steps has the base 0."""
    needed, _ = conditions(descent(steps))
    base = _from_all(follows(needed.args[2], *KNOWN[:2], *COORDINATE.args, because="a l_i < 1"))
    return throughout(base, i, COORDINATES)


@extends(
    "yedida-saha:definition-e",
    product,
    witness=at(BELOW_TENTH),
    mutants=[
        mutant(
            product.with_then(early < alpha * reached),
            {**BELOW_TENTH, threshold: Rational(1, 3), reached: 1, early: S.Half},
            "without 1 - a L",
        ),
        mutant(
            product.with_then(alpha * reached < late),
            {**BELOW_TENTH, late: 1, threshold: Rational(1, 7), early: S.Half},
            "without a step more",
        ),
    ],
)
def epochs_times_step() -> Theorem:
    """The flow is below the threshold at a E/(1 - a L), as the descent is after E steps; it is not at a (E - 1)."""
    given = (*QUADRATIC, *FIRST_BELOW, *TIMES)
    slow, fast = instance(_falls(), {early: SLOWER, late: early}), instance(_falls(), {early: late, late: ONE_LESS})
    before = discharge(instance(_whole_sums(), {reached: reached - 1}), reached - 1 >= 0)
    powers = tuple(_has_values(steps) for steps in (reached, reached - 1))
    first = follows(SLOWER > early, *given, using=(_whole_sums(), slow, *powers), because="else the flow were below the threshold at C_1")
    left = follows(AT_LEAST, *KNOWN, using=(first, *powers), because="times 1 - a L")
    right = follows(AT_MOST, *given, using=(before, fast, *powers), because="else the descent were below it a step before")
    divisor = follows(Ne(1 - alpha * curvature, 0), alpha * curvature < 1)
    return conclude(cut(conjunction(left, right), divisor), product)


# Two step sizes from one start

OTHER = (eta > 0, eta * curvature < 1, epoch >= 1)
LONGER_IS_NOT_BELOW = substitute(descent(reached - 1), {alpha: eta, reached: epoch}) >= threshold
same_start = Statement(
    (*QUADRATIC, *OTHER, descent(reached) < threshold, LONGER_IS_NOT_BELOW),
    eta * (epoch - 1) * (1 - alpha * curvature) < alpha * reached,
)
TWO_STEPS = {**ONE, reached: 1, eta: Rational(1, 4), epoch: 2, threshold: Rational(1, 3)}  # 1/4 < 1/3 <= 9/16


@extends(
    "yedida-saha:text-same-init",
    same_start,
    witness=at(TWO_STEPS),
    mutants=[
        mutant(
            same_start.with_then(eta * epoch * (1 - alpha * curvature) < alpha * reached),
            {**TWO_STEPS, alpha: Rational(1, 10), eta: Rational(1, 2), epoch: 1, threshold: Rational(9, 10)},
            "with the last epoch",
        ),
        mutant(
            same_start.with_then(eta * (epoch - 1) < alpha * reached),
            {**TWO_STEPS, epoch: 3, threshold: Rational(3, 10)},
            "without 1 - a L",
        ),
    ],
)
def two_steps_from_one_start() -> Theorem:
    """The flow is at or above the threshold after b (E(b) - 1), and below it after a E(a)/(1 - a L)."""
    given, before = same_start.given, eta * (epoch - 1)
    high = instance(_whole_sums(), {alpha: eta, reached: epoch - 1})
    falls, slow = instance(_falls(), {early: SLOWER, late: before}), _whole_sums()
    powers = (_has_values(reached), cut(instance(_has_values(reached - 1), {alpha: eta, reached: epoch})))
    later = follows(before < SLOWER, *given, using=(high, falls, slow, *powers), because="the flow falls")
    left = follows(same_start.then, *KNOWN, using=(later, *powers), because="times 1 - a L")
    divisor, counts = follows(Ne(1 - alpha * curvature, 0), alpha * curvature < 1), follows(epoch - 1 >= 0, epoch >= 1)
    return conclude(cut(left, divisor, counts), same_start)
