"""The Lipschitz constant of logistic regression: the largest sum over a subset of the samples, not |X|/2. (section 5.1).

The gradient is the mean of (s(x_i w) - y_i) x_i, and each factor is between -y_i and 1 - y_i. Of all such means none goes farther in its
own direction than one with factors at the ends: a sum of a_i = (2 y_i - 1) x_i over a subset of the samples, divided by m. The printed
|X|/(2 m) is passed by one sample that is confidently wrong.
"""

from sympy import Eq, Integer, Lambda, Or, Rational, Sum, log

from theory.evidence import Tight, at, extends, mutant, proves, refutes
from theory.lipschitz.cross_entropy import exponentials, logistic, no_maximum_at_0
from theory.lipschitz.logit_slopes import LOSS, the_slope
from theory.lipschitz.means_of_samples import SAMPLES, at_most_the_mean, mean
from theory.lipschitz.symbols import chosen, d, data, g_w, i, label, label_of, m, t, v, w, x_i, z
from theory.proof import (
    And,
    ForAll,
    Refutation,
    Statement,
    Theorem,
    Velocity,
    assume,
    cite,
    conclude,
    conjunction,
    counterexample,
    cut,
    equal_words,
    follows,
    generalize,
    inner,
    instance,
    specialize,
    substitute,
)
from theory.proof.norms import size
from theory.proof.ranges import throughout

SIGNED = (2 * label_of(i) - 1) * x_i  # a_i
TERM = (logistic(inner(x_i, w)) - label_of(i)) * x_i  # of which the gradient is the mean
AGAINST = inner(g_w, SIGNED)
LABELS = ForAll(i, SAMPLES, Or(Eq(label_of(i), 0), Eq(label_of(i), 1)))
GRADIENT = Eq(g_w, mean(TERM), evaluate=False)
SUBSET = Sum(chosen(i) * SIGNED, (i, 1, m))
OPPOSITE = ForAll(i, SAMPLES, Or(And(AGAINST < 0, Eq(chosen(i), 1)), And(AGAINST >= 0, Eq(chosen(i), 0))))
REGRESSION = (m >= 1, LABELS, GRADIENT)

printed = Statement(REGRESSION, size(g_w) <= size(data) / (2 * m), source="yedida-saha:logistic-l")
amended = printed.amend(
    given=(*REGRESSION, OPPOSITE),
    then=size(g_w) <= size(SUBSET) / m,
    why="The gradient at w is at most |sum_S a_i|/m, where S are the samples with <a_i, g> < 0: so L is at most the largest such sum.",
)
WRONG = {m: 1, label_of: Lambda(i, 0), w: [[log(3)]], data: [[1]], g_w: [[Rational(3, 4)]]}
ONE = {**WRONG, chosen: Lambda(i, 1)}


@refutes(printed, why="One sample x = 1 with the label 0, at w = log 3: the gradient is 3/4, and |X|/2 is 1/2 in every norm.")
def one_sample_that_is_wrong() -> Refutation:
    """The logistic function of log 3 is 3/4."""
    return counterexample(printed, WRONG)


@proves(
    amended,
    witness=at(ONE),
    mutants=[
        mutant(amended.with_then(size(g_w) <= size(SUBSET) / (2 * m)), ONE, "half of it"),
        mutant(amended.drop(OPPOSITE), {**ONE, chosen: Lambda(i, Rational(1, 2))}, "half of a sample"),
    ],
    tight=Tight(True, "for one sample 1 with the label 0 the gradient comes as close to 1 as one likes", shown=no_maximum_at_0),
)
def the_best_subset() -> Theorem:
    """For each sample (s - y) <x, g> is at most -<a, g> where that is positive, and at most 0 elsewhere."""
    here, best = inner(g_w, x_i), chosen(i) * SIGNED
    known = (
        equal_words(AGAINST, (2 * label_of(i) - 1) * here),
        equal_words(inner(g_w, TERM), (logistic(inner(x_i, w)) - label_of(i)) * here),
        equal_words(inner(g_w, best), chosen(i) * (2 * label_of(i) - 1) * here),
        *(specialize(assume(said), i) for said in (LABELS, OPPOSITE)),
        *exponentials(inner(x_i, w)),
    )
    each = follows(inner(g_w, TERM) <= -inner(g_w, best), using=known, because="0 < s < 1")
    return conclude(at_most_the_mean(g_w, TERM, best, each, -1), amended)


# The gradient, derived: where the weights move along v, the loss changes at the rate <g, v>

ONE_LOSS = substitute(LOSS, {m: Integer(1), label: label_of(i)})


LOSS_AT = mean(substitute(ONE_LOSS, {z: inner(x_i, w + d * v)}))  # equation 13
RATE = mean((logistic(inner(x_i, w)) - label_of(i)) * inner(x_i, v))
derived = Statement(REGRESSION, And(Velocity(Lambda(d, LOSS_AT), RATE), Eq(inner(g_w, v), RATE)))
ALONG = {**ONE, v: [[2]]}


def _at_one_sample() -> Theorem:
    return instance(the_gradient(), {m: Integer(1), label_of: Lambda(i, 0)})


@extends(
    "yedida-saha:logistic-l",
    derived,
    witness=at(ALONG, _at_one_sample),
    mutants=[
        mutant(derived.with_then(Eq(inner(g_w, v), -RATE)), ALONG, "the other sign"),
        mutant(derived.with_then(Eq(inner(g_w, v), 2 * RATE)), ALONG, "twice the rate"),
    ],
)
def the_gradient() -> Theorem:
    """The chain rule for each sample, and the mean of the samples."""
    here, speed = inner(x_i, w), inner(x_i, v)
    line, straight = Lambda(d, inner(x_i, w + d * v)), Lambda(d, here + d * speed)
    same = generalize(equal_words(line.expr, straight.expr, because="a product is linear"), d)
    line_moves = cut(cite("same-curve", line, straight, speed), same, cite("straight-line", here, speed, d))
    one = instance(the_slope(), {m: Integer(1), label: label_of(i), z: here})
    chain = cite("chain-rule-of-numbers", Lambda(t, substitute(ONE_LOSS, {z: t})), one.then.args[1], line, speed)
    each = cut(chain, cut(one, specialize(assume(LABELS), i)), line_moves)
    total = cut(cite("velocity-of-sum", *each.then.args, i, 1, m), throughout(each, i, SAMPLES))
    whole = cut(cite("velocity-of-multiple", *total.then.args, 1 / m, 1), total)
    along = equal_words(inner(g_w, v), RATE, assume(GRADIENT), because="term by term")
    return conclude(conjunction(whole, along), derived)
