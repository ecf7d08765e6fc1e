"""The Lipschitz constant of logistic regression: the largest sum over a subset of the samples, not |X|/2. (section 5.1).

The gradient is the mean of (s(x_i w) - y_i) x_i, and each factor is between -y_i and 1 - y_i. Of all such means none goes farther in its
own direction than one with factors at the ends: a sum of a_i = (2 y_i - 1) x_i over a subset of the samples, divided by m. The printed
|X|/(2 m) is passed by one sample that is confidently wrong.
"""

from functools import cache

from sympy import Eq, Expr, Integer, Lambda, Or, Rational, Sum, log

from theory.evidence import Tight, at, extends, mutant, proves, refutes
from theory.lipschitz.cross_entropy import exponentials, logistic, no_maximum_at_0
from theory.lipschitz.logit_slopes import LOSS, the_slope
from theory.lipschitz.means_of_samples import SAMPLES, at_most_the_mean, mean
from theory.lipschitz.symbols import chosen, d, data, g_w, heading, i, label, label_of, m, params, t, v, w, x, x_i, z
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


def term(weights: Expr, sample: Expr = x_i) -> Expr:
    """(s(x_i w) - y_i) x_i, of which the gradient at w is the mean."""
    return (logistic(inner(sample, weights)) - label_of(i)) * sample


def signed(sample: Expr = x_i) -> Expr:
    """a_i = (2 y_i - 1) x_i."""
    return (2 * label_of(i) - 1) * sample


SIGNED = signed()
TERM = term(w)
LABELS = ForAll(i, SAMPLES, Or(Eq(label_of(i), 0), Eq(label_of(i), 1)))
GRADIENT = Eq(g_w, mean(TERM), evaluate=False)
CHOICE = chosen(i)
SUBSET = Sum(CHOICE * SIGNED, (i, 1, m))


def opposite(gradient: Expr, sample: Expr = x_i, choice: Expr = CHOICE) -> ForAll:
    """Chosen are the samples with <a_i, g> < 0."""
    against = inner(gradient, signed(sample))
    return ForAll(i, SAMPLES, Or(And(against < 0, Eq(choice, 1)), And(against >= 0, Eq(choice, 0))))


OPPOSITE = opposite(g_w)
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
    return conclude(instance(best_subset(), {x: Lambda(i, x_i), params: w, heading: g_w}), amended)


@cache
def best_subset() -> Theorem:
    """The same for samples of any shape."""
    weights, gradient, sample = params, heading, x(i)
    here, moved = inner(gradient, sample), term(weights, sample)
    apart = equal_words(inner(gradient, signed(sample)), (2 * label_of(i) - 1) * here)
    terms = [equal_words(inner(gradient, moved), (logistic(inner(sample, weights)) - label_of(i)) * here)]
    best = chosen(i) * signed(sample)
    terms.append(equal_words(inner(gradient, best), chosen(i) * (2 * label_of(i) - 1) * here))
    known = (specialize(assume(LABELS), i), specialize(assume(opposite(gradient, sample)), i), *exponentials(inner(sample, weights)))
    each = follows(inner(gradient, moved) <= -inner(gradient, best), using=(apart, *terms, *known), because="0 < s < 1")
    return at_most_the_mean(gradient, moved, best, each, -1)


# The gradient, derived: where the weights move along v, the loss changes at the rate <g, v>

ONE_LOSS = substitute(LOSS, {m: Integer(1), label: label_of(i)})


def loss(weights: Expr) -> Expr:
    """The mean of the samples' losses (equation 13)."""
    return mean(substitute(ONE_LOSS, {z: inner(x_i, weights)}))


def rate(weights: Expr, way: Expr, sample: Expr = x_i) -> Expr:
    """<g, v>, written as the mean of the samples' rates."""
    return mean((logistic(inner(sample, weights)) - label_of(i)) * inner(sample, way))


RATE = rate(w, v)
derived = Statement(REGRESSION, And(Velocity(Lambda(d, loss(w + d * v)), RATE), Eq(inner(g_w, v), RATE)))
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
    along = equal_words(inner(g_w, v), RATE, assume(GRADIENT), because="term by term")
    return conclude(conjunction(moves_along(w, v), along), derived)


def moves_along(weights: Expr, way: Expr) -> Theorem:
    """How fast the loss changes along the way v."""
    one = instance(the_slope(), {m: Integer(1), label: label_of(i), z: inner(x_i, weights)})
    each = cut(moves_in_a_sample(substitute(ONE_LOSS, {z: t}), one, weights, way, x_i), specialize(assume(LABELS), i))
    return conclude(mean_moves(each), Statement((m >= 1, LABELS), moving(weights, way)))


def moves_in_a_sample(profile: Expr, one: Theorem, weights: Expr, way: Expr, sample: Expr) -> Theorem:
    """The chain rule for one sample, whose loss is a function of its logit <x, w>."""
    here, speed = inner(sample, weights), inner(sample, way)
    line, straight = Lambda(d, inner(sample, weights + d * way)), Lambda(d, here + d * speed)
    same = generalize(equal_words(line.expr, straight.expr, because="a product is linear"), d)
    line_moves = cut(cite("same-curve", line, straight, speed), same, cite("straight-line", here, speed, d))
    return cut(cite("chain-rule-of-numbers", Lambda(t, profile), one.then.args[1], line, speed), one, line_moves)


def mean_moves(each: Theorem) -> Theorem:
    """From how fast the loss of each sample changes: the mean of all."""
    total = cite("velocity-of-sum", *each.then.args, i, 1, m)
    total = cut(total, throughout(each, i, SAMPLES))
    return cut(cite("velocity-of-multiple", *total.then.args, 1 / m, 1), total)


def moving(weights: Expr, way: Expr) -> Velocity:
    """The loss changes at that rate."""
    return Velocity(Lambda(d, loss(weights + d * way)), rate(weights, way))
