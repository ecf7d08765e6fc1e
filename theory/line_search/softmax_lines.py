"""Cross-entropy along a line on which the logits move at constant rates: its derivatives, and a bound on the third. (beyond section 4).

This is the line loss of a linear classifier, and of any network along a line in its last layer. For one sample with the logits
chi + s omega and the label p_0 it is

    l(s) = log sum_p e^(chi(p) + s omega(p)) - chi(p_0) - s omega(p_0).

Its derivatives are moments of omega(p) under the softmax probabilities: l' is the mean less omega(p_0), l'' the variance and l''' the
third central moment. No omega(p) is farther than R = max omega - min omega from the mean, so |l'''| <= R l''. (Bach, Self-concordant
analysis for logistic regression, 2010.)
"""

from functools import cache

from sympy import Abs, Eq, Expr, Integer, Lambda, Ne, Rational, Sum, exp, log

from theory.evidence import at, extends, mutant
from theory.line_search.symbols import R, c, change, classes, kind, label, least, logit, r, s, t
from theory.lipschitz.cross_entropy import exponentials
from theory.proof import (
    And,
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
    follows,
    generalize,
    instance,
    rewrite,
    specialize,
)
from theory.proof.logic import Boolean
from theory.proof.ranges import throughout

KINDS = And(kind >= 1, kind <= classes)


def moved(step: Expr) -> Expr:
    """The logit of a class."""
    return logit(kind) + step * change(kind)


def moment(power: int, step: Expr) -> Expr:
    """sum_p omega(p)^k e^(chi(p) + s omega(p)); divided by that with k = 0 it is the mean of omega^k under softmax."""
    return Sum(change(kind) ** power * exp(moved(step)), (kind, 1, classes))


def mean(power: int, step: Expr) -> Expr:
    """E omega^k, with the softmax probabilities at a step."""
    return moment(power, step) / moment(0, step)


def loss(step: Expr) -> Expr:
    """l(s)."""
    return log(moment(0, step)) - logit(label) - step * change(label)


def slope(step: Expr) -> Expr:
    """l'(s) = E omega - omega(p_0)."""
    return mean(1, step) - change(label)


def bend(step: Expr) -> Expr:
    """l''(s) = E omega^2 - (E omega)^2."""
    return mean(2, step) - mean(1, step) ** 2


def third(step: Expr) -> Expr:
    """l'''(s) = E omega^3 - 3 E omega E omega^2 + 2 (E omega)^3."""
    return mean(3, step) - 3 * mean(1, step) * mean(2, step) + 2 * mean(1, step) ** 3


def moves(function: object, rate: Expr) -> Velocity:
    """The function has this derivative at s."""
    return Velocity(Lambda(t, function(s + t)), rate)  # type: ignore[operator]


SPREAD = ForAll(kind, KINDS, And(change(kind) >= least, change(kind) <= least + R))
SOFTMAX = (classes >= 1, SPREAD)


# The sums


def not_negative(term: Expr, *why: Theorem) -> Theorem:
    """From x(p) >= 0 for every class: the sum is not negative."""
    part = cite("part-of-sum", term, kind, classes, Integer(1))
    every = [throughout(each, kind, KINDS) for each in why]
    known = (cut(part, *every) if every else part, *(specialize(each, 1) for each in every), *exponentials(-logit(1) - s * change(1)))
    return follows(Sum(term, (kind, 1, classes)) >= 0, classes >= 1, using=known, because="a sum of such terms")


@cache
def at_least_its_first(step: Expr) -> Theorem:
    """The sum of all e^(chi + s omega) is at least its first term."""
    return cite("part-of-sum", exp(moved(step)), kind, classes, Integer(1))


@cache
def positive(step: Expr) -> Theorem:
    """So it is positive."""
    first = (at_least_its_first(step), *exponentials(-logit(1) - step * change(1)))
    return follows(moment(0, step) > 0, classes >= 1, using=first, because="e^x > 0 for the first class")


# The derivatives


@cache
def _moment_moves(power: int) -> Theorem:
    """The k-th sum has the (k + 1)-th as derivative."""
    term = change(kind) ** power * exp(moved(r))
    rule = generalize(derivative(term, r, value=change(kind) * term), r)
    each = cut(cite("velocity-from-derivative", Lambda(r, term), Lambda(r, change(kind) * term), True, t, s), rule)
    return cut(cite("velocity-of-sum", *each.then.args, kind, Integer(1), classes), generalize(each, kind, KINDS))


def _of_a_number(function: Expr, value: Expr) -> Theorem:
    """The derivative of a function of r > 0, at the sum of all e^(chi + s omega)."""
    rule = throughout(derivative(function, r, value=value), r, r > 0)
    fact = cite("velocity-from-derivative", Lambda(r, function), Lambda(r, value), r > 0, t, moment(0, s))
    there = cut(fact, rule, positive(s))
    total = _moment_moves(0)
    return cut(cite("chain-rule-of-numbers", Lambda(r, function), there.then.args[1], *total.then.args), there, total)


def divided(theorem: Theorem) -> Theorem:
    """The sum of all e^(chi + s omega) may be divided by."""
    not_zero = Ne(moment(0, s), 0)
    return cut(theorem, follows(not_zero, using=(positive(s),))) if not_zero in theorem.given else theorem


def _same_rate(moving: Theorem, rate: Expr) -> Theorem:
    """The derivative in another form."""
    same = follows(Eq(moving.then.args[1], rate, evaluate=False), using=(positive(s),), because="in another form")
    return divided(rewrite(moving, same))


@cache
def _mean_moves(power: int) -> Theorem:
    """E omega^k has the derivative E omega^(k + 1) - E omega^k E omega."""
    inverse, total = _of_a_number(1 / r, -1 / r**2), _moment_moves(power)
    product = cut(cite("velocity-of-product", *total.then.args, *inverse.then.args), total, inverse)
    rate = mean(power + 1, s) - mean(power, s) * mean(1, s)
    return _same_rate(product, rate)


def _added(*curves: Theorem) -> Theorem:
    """The sum of two curves."""
    return cut(cite("velocity-of-addition", *curves[0].then.args, *curves[1].then.args), *curves)


@cache
def loss_moves() -> Theorem:
    """L' = E omega - omega(p_0), for every s."""
    line = -logit(label) - r * change(label)
    rule = generalize(derivative(line, r, value=-change(label)), r)
    straight = cut(cite("velocity-from-derivative", Lambda(r, line), Lambda(r, -change(label)), True, t, s), rule)
    return generalize(_added(_of_a_number(log(r), 1 / r), straight), s)


@cache
def slope_moves() -> Theorem:
    """L'' = E omega^2 - (E omega)^2."""
    return generalize(_added(_mean_moves(1), cite("straight-line", -change(label), Integer(0), t)), s)


@cache
def bend_moves() -> Theorem:
    """L''' = E omega^3 - 3 E omega E omega^2 + 2 (E omega)^3."""
    first = _mean_moves(1)
    square = cut(cite("velocity-of-product", *first.then.args, *first.then.args), first)
    less = cut(cite("velocity-of-multiple", *square.then.args, Integer(-1), Integer(1)), square)
    total = _added(_mean_moves(2), less)
    return generalize(_same_rate(total, third(s)), s)


# The third derivative: omega is at most R from its mean, for which c stands


def _sum_of(term: Expr, total: Expr, *given: Boolean) -> Theorem:
    """From x(p) >= 0, a multiple of e^(chi + s omega): the sum, in moments, is not negative."""
    each = follows(term >= 0, *given, using=(specialize(assume(SPREAD), kind), *exponentials(-moved(s))), because="in every term")
    found = not_negative(term, each)
    return follows(total >= 0, *given, using=(found, equal_words(found.then.lhs, total, because="term by term")))


@cache
def _sums() -> tuple[Theorem, ...]:
    """What the moments satisfy, for any c from omega_1 to omega_1 + R."""
    away, weight, within = change(kind) - c, exp(moved(s)), (c >= least, c <= least + R)
    M = [moment(power, s) for power in range(4)]
    second = M[2] - 2 * c * M[1] + c**2 * M[0]
    third_ = M[3] - 3 * c * M[2] + 3 * c**2 * M[1] - c**3 * M[0]
    square = not_negative(away**2 * weight)
    return (
        _sum_of((change(kind) - least) * weight, M[1] - least * M[0]),
        _sum_of((least + R - change(kind)) * weight, (least + R) * M[0] - M[1]),
        follows(second >= 0, using=(square, equal_words(square.then.lhs, second, because="term by term"))),
        _sum_of((R**2 - away**2) * weight, R**2 * M[0] - second, *within),
        *(_sum_of(away**2 * (R - sign * away) * weight, R * second - sign * third_, *within) for sign in (1, -1)),
    )


BETWEEN = And(mean(1, s) >= least, mean(1, s) <= least + R)
CONCORDANT = And(bend(s) >= 0, bend(s) <= R**2, Abs(third(s)) <= R * bend(s))


@cache
def concordant() -> Theorem:
    """E omega is among the omegas, 0 <= l'' <= R^2 and |l'''| <= R l''."""
    own = Eq(c, mean(1, s))
    low, high, *central = _sums()
    between = follows(BETWEEN, using=(positive(s), low, high), because="divided by the sum of all e^(chi + s omega)")
    within = follows(And(c >= least, c <= least + R), own, using=(positive(s), between))
    parts = []
    for formula, using in zip((bend(s) >= 0, bend(s) <= R**2, third(s) <= R * bend(s), third(s) >= -R * bend(s)), central, strict=True):
        known = cut(using, within) if c in {x for h in using.given for x in h.free_symbols} else using
        parts.append(follows(formula, own, using=(positive(s), known), because="c is the mean"))
    found = follows(CONCORDANT, using=(positive(s), *parts))
    return divided(conjunction(between, instance(found, {c: mean(1, s)})))


DERIVATIVES = And(*(moves(f, df(s)) for f, df in ((loss, slope), (slope, bend), (bend, third))))
softmax_derivatives = Statement(SOFTMAX, And(*DERIVATIVES.args, *BETWEEN.args, *CONCORDANT.args))
# Two classes with the logits 0 and s, and 0 and s - 10
EVEN = {classes: 2, logit: Lambda(kind, 0), change: Lambda(kind, kind - 1), label: 1, least: 0, R: 1, s: 0}
SURE = {**EVEN, logit: Lambda(kind, 10 - 10 * kind)}


@extends(
    "mutschler-zell:text-abs-core1",
    softmax_derivatives,
    witness=at(SURE),
    mutants=[
        mutant(softmax_derivatives.with_then(Abs(third(s)) <= Rational(9, 10) * R * bend(s)), SURE, "9/10 of R"),
        mutant(softmax_derivatives.with_then(moves(slope, mean(2, s))), EVEN, "the second moment for the variance"),
        mutant(softmax_derivatives.with_then(bend(s) < R**2 / 4), EVEN, "less than a quarter of R^2"),
        mutant(softmax_derivatives.drop(SPREAD), {**SURE, R: Rational(1, 2)}, "not the spread"),
    ],
)
def softmax_is_self_concordant() -> Theorem:
    """By the moments of the omegas."""
    moving = (specialize(found(), s) for found in (loss_moves, slope_moves, bend_moves))
    return conclude(conjunction(*moving, concordant()), softmax_derivatives)
