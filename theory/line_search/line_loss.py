"""The loss along a line: its first two derivatives, and the direction that SGD chooses. (sections 3, 5 and 6).

The full-batch loss along a line is a mean over the samples, so l'(0) = <G, d> and l''(0) = d' H d with the means G and H of the samples'
gradients and Hessians. Along d = -g/|g| a mini-batch has the slope -|g|, and SGD's step is lambda times that long. With momentum neither
holds: along -m/|m| the slope is -<g, m>/|m|, which may be positive, so that the line begins uphill.
"""

from functools import cache

from sympy import Abs, Eq, Expr, Integer, Lambda, Rational, Sum
from sympy.functions.elementary.complexes import transpose

from theory.evidence import at, extends, mutant, proves
from theory.line_search.symbols import (
    b,
    batch_loss,
    before,
    beta,
    direction,
    g,
    heading,
    i,
    lam,
    line,
    momentum,
    n,
    s,
    sample_gradient,
    sample_hessian,
    sample_loss,
    t,
    theta,
    unit,
)
from theory.proof import (
    And,
    ForAll,
    Statement,
    Theorem,
    Trace,
    Velocity,
    assume,
    cite,
    conclude,
    conjunction,
    cut,
    equal_words,
    follows,
    generalize,
    inner,
    rewrite,
    specialize,
    squared_norm,
)
from theory.proof.norms import scaled, size

SAMPLES = And(i >= 1, i <= n)


def mean(term: Expr) -> Expr:
    """(1/n) sum_i x_i."""
    return Sum(term, (i, 1, n)) / n


def curvature(hessian: Expr, along: Expr) -> Expr:
    """D' H d."""
    return Trace(transpose(along) * hessian * along)


HERE = theta + s * direction
LINE = ForAll(s, True, Eq(line(s), mean(sample_loss(i, HERE))))
FIRST = ForAll(
    i,
    SAMPLES,
    ForAll(s, True, Velocity(Lambda(t, sample_loss(i, theta + (s + t) * direction)), inner(sample_gradient(i, HERE), direction))),
)
SECOND = ForAll(i, SAMPLES, Velocity(Lambda(t, sample_gradient(i, theta + t * direction)), sample_hessian(i) * direction))


def slope_at(step: Expr) -> Expr:
    """<G, d> at a step, for the mean G of the samples' gradients there."""
    return inner(mean(sample_gradient(i, theta + step * direction)), direction)


EVERYWHERE = ForAll(s, True, Velocity(Lambda(t, line(s + t)), slope_at(s)))
equation_1 = Statement(
    (n >= 1, Eq(squared_norm(direction), 1), LINE, FIRST, SECOND),
    And(
        EVERYWHERE,
        Velocity(Lambda(t, line(t)), inner(mean(sample_gradient(i, theta)), direction)),
        Velocity(Lambda(t, slope_at(t)), curvature(mean(sample_hessian(i)), direction)),
    ),
    source="mutschler-zell:equation-1",
)
# Two samples with the losses i U^2 of one parameter, from 1 along 1: l(s) = 3/2 (1 + s)^2
SQUARES = {
    **{n: 2, theta: [[1]], direction: [[1]], line: Lambda(s, 3 * (1 + s) ** 2 / 2)},
    **{sample_loss: Lambda((i, heading), i * squared_norm(heading)), sample_gradient: Lambda((i, heading), 2 * i * heading)},
    **{unit: [[1]], sample_hessian: Lambda(i, 2 * i * unit)},
}


@cache
def _line_moves() -> Theorem:
    """`l'(s) = <G(s), d>` for every s: the derivative of a sum, term by term."""
    each = generalize(specialize(specialize(assume(FIRST), i), s), i, SAMPLES)
    curve, rate = each.then.args[2].args
    total = cut(cite("velocity-of-sum", curve, rate, i, Integer(1), n), each)
    share = cut(cite("velocity-of-multiple", *total.then.args, 1 / n, Integer(1)), total)
    written = specialize(assume(LINE), s + t)
    same = cite("same-curve", Lambda(t, line(s + t)), share.then.args[0], share.then.args[1])
    there = follows(Eq(line(s + t), share.then.args[0].expr, evaluate=False), n >= 1, using=(written,), because="the mean over the samples")
    same = cut(same, generalize(there, t), share)
    return generalize(rewrite(same, equal_words(same.then.args[1], slope_at(s), because="the inner product of the mean")), s)


@cache
def _slope_moves() -> Theorem:
    """`l''(0) = d' H d`."""
    each = specialize(assume(SECOND), i)
    along = cut(cite("velocity-of-multiple", *each.then.args, transpose(direction), Integer(1)), each)
    number = cut(cite("velocity-of-trace", *along.then.args), along)
    total = cut(cite("velocity-of-sum", *number.then.args, i, Integer(1), n), generalize(number, i, SAMPLES))
    share = cut(cite("velocity-of-multiple", *total.then.args, 1 / n, Integer(1)), total)
    written = equal_words(slope_at(t), share.then.args[0].expr, because="the inner product of the mean")
    same = cut(cite("same-curve", Lambda(t, slope_at(t)), *share.then.args), generalize(written, t), share)
    rate = equal_words(same.then.args[1], curvature(mean(sample_hessian(i)), direction), because="the mean of the Hessians")
    return rewrite(same, rate)


@proves(
    equation_1,
    witness=at(SQUARES),
    mutants=[
        mutant(
            equation_1.with_then(Velocity(Lambda(t, line(t)), n * inner(mean(sample_gradient(i, theta)), direction))),
            SQUARES,
            "the sum for the mean",
        ),
        mutant(
            equation_1.with_then(Velocity(Lambda(t, slope_at(t)), curvature(mean(sample_hessian(i)), direction) / 2)),
            SQUARES,
            "half of the curvature",
        ),
        mutant(
            equation_1.drop(Eq(squared_norm(direction), 1)).with_then(Velocity(Lambda(t, line(t)), size(mean(sample_gradient(i, theta))))),
            {**SQUARES, direction: [[-1]], line: Lambda(s, 3 * (1 - s) ** 2 / 2)},
            "the norm of the gradient, whatever the direction",
        ),
    ],
)
def derivatives_along_a_line() -> Theorem:
    """Term by term; that d is 1 long is not needed."""
    moves = _line_moves()
    here = specialize(moves, 0)
    return conclude(conjunction(moves, here, _slope_moves()), equation_1)


# A mini-batch with the gradient g, along -g/|g|

ALONG = -g / size(g)
MOVES = ForAll(heading, True, Velocity(Lambda(t, batch_loss(theta + t * heading)), inner(g, heading)))
DESCENDS = Velocity(Lambda(t, batch_loss(theta + t * ALONG)), -size(g))
directional = Statement(
    (squared_norm(g) > 0, MOVES), And(Eq(inner(ALONG, g), -size(g)), DESCENDS), source="mutschler-zell:equation-dirderiv"
)
LINEAR = {batch_loss: Lambda(heading, inner(g, heading)), g: [[2]], theta: [[1]]}  # <g, theta>, of any number of parameters


@cache
def linear_moves() -> Theorem:
    """<g, theta> changes along v at the rate <g, v>."""
    way = inner(g, theta + t * heading)
    straight = cite("straight-line", inner(g, theta), inner(g, heading), t)
    written = generalize(equal_words(way, straight.then.args[0].expr), t)
    return generalize(cut(cite("same-curve", Lambda(t, way), *straight.then.args), written, straight), heading)


def descends() -> Theorem:
    """The linear loss along -g/|g|."""
    return specialize(linear_moves(), ALONG)


@cache
def _slope_is_the_norm() -> Theorem:
    return equal_words(inner(ALONG, g), -size(g), because="<g, g>/|g| = |g|")


@cache
def _batch_descends() -> Theorem:
    """Along -g/|g| the mini-batch loss has the slope -|g|."""
    moves = specialize(assume(MOVES), ALONG)
    return rewrite(moves, equal_words(moves.then.args[1], -size(g), because="<g, g>/|g| = |g|"))


@proves(
    directional,
    witness=at(LINEAR, linear_moves, descends),
    mutants=[
        mutant(directional.with_then(Eq(inner(ALONG, g), size(g))), LINEAR, "without the minus", linear_moves),
        mutant(directional.with_then(Eq(inner(ALONG, g), -squared_norm(g))), LINEAR, "the squared norm", linear_moves),
        mutant(directional.with_then(Eq(inner(-g, g), -size(g))), LINEAR, "a direction that is not 1 long", linear_moves),
    ],
)
def the_slope_along_the_negative_gradient() -> Theorem:
    """Where g = 0 there is no direction, and the formula has no value."""
    return conclude(conjunction(_slope_is_the_norm(), _batch_descends()), directional)


# The step of SGD

OWN_SLOPE = Velocity(Lambda(t, batch_loss(theta + t * ALONG)), b)
step_length = Statement(
    (lam > 0, squared_norm(g) > 0, MOVES, OWN_SLOPE),
    And(Eq(size(-lam * g), lam * Abs(b)), Eq(lam * Abs(b), lam * size(g))),
    source="mutschler-zell:text-steplen",
)
TENTH = {**LINEAR, lam: Rational(1, 10), b: -2}
BY_LINEARITY = (linear_moves, descends)


@proves(
    step_length,
    witness=at(TENTH, *BY_LINEARITY),
    mutants=[
        mutant(step_length.with_then(Eq(size(-lam * g), lam * b)), TENTH, "without the absolute value", *BY_LINEARITY),
        mutant(step_length.with_then(Eq(size(-lam * g), lam)), TENTH, "the learning rate is the step length", *BY_LINEARITY),
        mutant(step_length.drop(lam > 0), {**TENTH, lam: -1}, "a negative learning rate", *BY_LINEARITY),
    ],
)
def sgd_steps_with_its_slope() -> Theorem:
    """A loss has one derivative."""
    known = (cite("norm-nonnegative", g), scaled(-lam * g, lam, g), cite("norm-nonnegative", -lam * g))
    same = cut(cite("one-velocity", OWN_SLOPE.args[0], b, -size(g)), _batch_descends(), assume(OWN_SLOPE))
    return conclude(follows(step_length.then, lam > 0, using=(same, *known), because="|l'(0)| = |g|"), step_length)


# With momentum

M_ALONG = -momentum / size(momentum)
with_momentum = Statement(
    (squared_norm(momentum) > 0, Eq(momentum, beta * before + g), MOVES),
    And(
        Eq(squared_norm(M_ALONG), 1),
        Velocity(Lambda(t, batch_loss(theta + t * M_ALONG)), -inner(g, momentum) / size(momentum)),
    ),
)
UPHILL = {**LINEAR, g: [[1]], before: [[-10]], momentum: [[-4]], beta: Rational(1, 2)}


def linear_moves_along_momentum() -> Theorem:
    """The linear loss along -m/|m|."""
    return specialize(linear_moves(), M_ALONG)


@extends(
    "mutschler-zell:text-direction",
    with_momentum,
    witness=at(UPHILL, linear_moves, linear_moves_along_momentum),
    mutants=[
        mutant(with_momentum.with_then(inner(g, M_ALONG) < 0), UPHILL, "always downhill", linear_moves),
        mutant(with_momentum.with_then(Eq(inner(g, M_ALONG), -size(momentum))), UPHILL, "the slope -|m|", linear_moves),
        mutant(with_momentum.with_then(Eq(inner(g, M_ALONG), -size(g))), UPHILL, "the slope -|g|", linear_moves),
    ],
)
def the_slope_along_the_momentum() -> Theorem:
    """-<g, m>/|m|: with g = 1, m_0 = -10 and beta = 1/2 it is 1, uphill."""
    moves = specialize(assume(MOVES), M_ALONG)
    rate = equal_words(moves.then.args[1], -inner(g, momentum) / size(momentum))
    length = equal_words(squared_norm(M_ALONG), 1)
    return conclude(conjunction(length, rewrite(moves, rate)), with_momentum)
