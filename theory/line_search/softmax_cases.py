"""The extremes of softmax lines: logits that all move alike, and two classes. (beyond section 4).

Where all logits move at one rate, R = 0 and the line is level: softmax does not feel a shift. Two classes have the logistic loss
log(1 + e^(a + b s)) with R = |b| and l''' = b (1 - 2 p) l'': always below R l'', and as close to it as one likes where the sample is sure.
"""

from itertools import pairwise

from sympy import Abs, Eq, Lambda, Ne, Rational, exp, log

from theory.evidence import at, extends, mutant
from theory.line_search.softmax_lines import KINDS, divided, loss, loss_moves, moment, moved, positive, slope
from theory.line_search.symbols import a, b, change, classes, eps, kind, label, logit, r, s, t
from theory.lipschitz.cross_entropy import exponentials
from theory.proof import (
    And,
    Exists,
    ForAll,
    Statement,
    Theorem,
    Velocity,
    assume,
    cite,
    conclude,
    conjunction,
    cut,
    derivative,
    equal_words,
    exhibit,
    follows,
    generalize,
    instance,
    rewrite,
    specialize,
    substitute,
    sum_congruence,
)
from theory.proof.ranges import throughout

# All logits at one rate: R = 0

ONE_RATE = ForAll(kind, KINDS, Eq(change(kind), b))
level = Statement((classes >= 1, label >= 1, label <= classes, ONE_RATE), Eq(loss(s), loss(0)))
TOGETHER = {**{classes: 2, logit: Lambda(kind, 2 * kind), change: Lambda(kind, 3), label: 1, b: 3, s: 1}}


def _together() -> Theorem:
    return instance(softmax_feels_no_shift(), TOGETHER)


@extends(
    "mutschler-zell:text-abs-core1",
    level,
    witness=at(TOGETHER, _together),
    mutants=[
        mutant(level.drop(ONE_RATE), {**TOGETHER, change: Lambda(kind, 2 * kind)}, "any rates"),
        mutant(level.with_then(Eq(loss(s), 0)), TOGETHER, "no loss"),
        mutant(level.drop(label <= classes), {**TOGETHER, change: Lambda(kind, kind * (3 - kind) * 3 / 2), label: 3}, "no such class"),
    ],
)
def softmax_feels_no_shift() -> Theorem:
    """E omega is the rate of the right logit too, so the slope is 0."""
    weight = exp(moved(s))
    each = follows(Eq(change(kind) * weight, b * weight), using=(specialize(assume(ONE_RATE), kind),))
    total = sum_congruence(throughout(each, kind, KINDS))
    known = (total, equal_words(total.then.rhs, b * moment(0, s)), positive(s), specialize(assume(ONE_RATE), label))
    flat = generalize(divided(rewrite(specialize(loss_moves(), s), follows(Eq(slope(s), 0), using=known, because="b - b"))), s)
    longer = 1 + Abs(s)
    rest = cite("constant-curve", Lambda(r, loss(r)), t, -longer, longer)
    resting = next(h for h in rest.given if isinstance(h, ForAll))
    still = throughout(specialize(flat, r), r, resting.args[1])
    return conclude(specialize(cut(rest, still), s), level)


# Two classes: R is the best constant

SHARE = 1 / (1 + exp(-a - b * s))  # the softmax probability of the second class, where the logits are 0 and a + b s
LOGISTIC = (log(1 + exp(a + b * s)), b * SHARE, b**2 * SHARE * (1 - SHARE), b**3 * SHARE * (1 - SHARE) * (1 - 2 * SHARE))
TWO_MOVE = And(*(Velocity(Lambda(t, substitute(f, {s: s + t})), df) for f, df in pairwise(LOGISTIC)))
BELOW = LOGISTIC[3] ** 2 < b**2 * LOGISTIC[2] ** 2
NEAR = Exists(s, True, LOGISTIC[3] ** 2 > (1 - eps) ** 2 * b**2 * LOGISTIC[2] ** 2)
two_classes = Statement((Ne(b, 0), eps > 0, eps < 1), And(*TWO_MOVE.args, BELOW, NEAR))
RISING = {a: 0, b: 1, eps: Rational(1, 2), s: -4}


def _two_classes_at_1() -> Theorem:
    return instance(the_spread_is_the_best_constant(), RISING)


@extends(
    "mutschler-zell:text-abs-core1",
    two_classes,
    witness=at(RISING, _two_classes_at_1),
    mutants=[
        mutant(two_classes.with_then(LOGISTIC[3] ** 2 < b**2 * LOGISTIC[2] ** 2 / 4), RISING, "half of R"),
        mutant(two_classes.with_then(LOGISTIC[3] >= 0), {**RISING, s: 1}, "of one sign"),
        mutant(two_classes.with_then(LOGISTIC[2] < b**2 / 4), {**RISING, s: 0}, "less than b^2/4"),
    ],
)
def the_spread_is_the_best_constant() -> Theorem:
    """L''' = b (1 - 2 p) l'', and p comes as close to 0 as one likes."""
    found = []
    for f, df in pairwise(LOGISTIC):
        function, rate = (substitute(g, {s: r}) for g in (f, df))
        rule = generalize(derivative(function, r, value=rate), r)
        found.append(cut(cite("velocity-from-derivative", Lambda(r, function), Lambda(r, rate), True, t, s), rule))
    below = follows(BELOW, Ne(b, 0), using=exponentials(a + b * s), because="|1 - 2 p| < 1")
    far = (log(eps / 2) - a) / b
    there = follows(substitute(NEAR.args[2], {s: far}), *two_classes.given, because="p < epsilon/2")
    return conclude(conjunction(*found, below, exhibit(there, s, far, True, NEAR.args[2])), two_classes)
