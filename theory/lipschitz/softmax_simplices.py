"""No factor above sqrt((k - 1)/k) will do: at the corners of a simplex sqrt((k - 1)/k) |X|/m is nearly a Lipschitz constant. (section 5.2).

Let all m samples be of one class, with the sum 0, and sum_i |S x_i|^2 <= sigma^2 |S|^2 for every S: sigma is the spectral norm |X|_2. Then
sqrt((k - 1)/k) sigma/sqrt(m) is a Lipschitz constant. From W to U, with H = U - W, the score <e_j, H x_i> rises by at most that of the mean
of all classes and sqrt((k - 1)/k) |H x_i|, so log sum_j e^(z_ij) does too. The mean's parts cancel in the sum over the samples.

For the corners of a regular simplex sigma is |X|/sqrt(m - 1): sqrt(m/(m - 1)) times the bound of `softmax_printed_is_below` is enough.
"""

from functools import cache, partial
from typing import Any

from sympy import Eq, Expr, Integer, Lambda, Or, Sum, Symbol, false, sqrt, symbols

from theory.evidence import Mutant, at, extends, mutant
from theory.linear_range.sizes import compared_sums
from theory.lipschitz import equal_distances as equal
from theory.lipschitz.log_sum_exp import CLASS, CLASSES, rises_no_more, total_is_positive
from theory.lipschitz.means_of_samples import SAMPLES, mean, sum_of_equals
from theory.lipschitz.softmax_exact import LIPSCHITZ_LOSS, every_choice_is_below
from theory.lipschitz.softmax_printed_is_below import MIDDLE
from theory.lipschitz.softmax_scores import WAY, all_defined, cross_entropy, one_loss, score, total
from theory.lipschitz.symbols import (
    L,
    best,
    class_vector,
    heading,
    i,
    j,
    k,
    log_value,
    logit,
    m,
    params,
    params_2,
    row,
    sigma,
    t,
    true,
    u,
    unit_q,
    x,
)
from theory.lipschitz.two_classes import LENGTH, is_a_constant, values
from theory.proof import (
    ForAll,
    Statement,
    Theorem,
    absurd,
    assume,
    cite,
    conclude,
    cut,
    discharge,
    equal_words,
    follows,
    generalize,
    inner,
    instance,
    rewrite,
    specialize,
    squared_norm,
    substitute,
)
from theory.proof.logic import Boolean
from theory.proof.norms import size
from theory.proof.ranges import throughout

DISTANCES = ForAll(row, CLASS, ForAll(j, CLASSES, Or(Eq(j, row), Eq(squared_norm(class_vector(j) - class_vector(row)), 2))))
CENTRED = Eq(Sum(x(i), (i, 1, m)), 0, evaluate=False)
SPECTRUM = ForAll(heading, True, Sum(squared_norm(heading * x(i)), (i, 1, m)) <= sigma**2 * squared_norm(heading))
ONE_CLASS = {true: Lambda(i, unit_q)}
CONSTANT = sqrt((k - 1) / (k * m)) * sigma
GIVEN = (m >= 1, k >= 1, DISTANCES, CENTRED, SPECTRUM, sigma >= 0)


def lipschitz(number: Expr) -> Boolean:
    """The number is a Lipschitz constant, where all samples are of the class q."""
    return substitute(LIPSCHITZ_LOSS, {**ONE_CLASS, L: number})


nearly_reached = Statement(GIVEN, lipschitz(CONSTANT))

_middle = Symbol("mu_e", commutative=False)
MOVED = WAY * x(i)  # H x_i
_factor, _step = symbols("c r", real=True)
PART = inner(_middle - class_vector(unit_q), MOVED)
LEAST = Eq(_factor**2, (k - 1) / k)


def defined(*weights: Expr) -> tuple[Theorem, ...]:
    """The logarithm of one sample is."""
    return tuple(instance(total_is_positive(), {logit: Lambda(j, score(j, each))}) for each in weights)


def loss_at(weights: Expr) -> Expr:
    """The loss of a sample of that class."""
    return substitute(one_loss(weights), ONE_CLASS)


@cache
def _one_rises() -> Theorem:
    """2 r times the rise of a sample's loss is at most 2 r <mu - e, H x> + c (|H x|^2 + r^2)."""
    away = class_vector(j) - _middle
    letters = {equal.vector: Lambda(j, class_vector(j)), equal.middle: _middle, equal.half: Integer(1)}
    as_far = instance(instance(equal.from_the_mean(), letters), {row: j})
    risen = score(j) - score(j, params_2)
    words = (
        equal_words(risen, inner(away, MOVED) + inner(_middle, MOVED)),
        cite("cauchy-schwarz", away, MOVED),
        cite("norm-nonnegative", MOVED),
        as_far,
    )
    most = inner(_middle, MOVED) + _factor * size(MOVED)
    each = follows(risen <= most, LEAST, _factor >= 0, using=words, because="Cauchy-Schwarz")
    letters = {logit: Lambda(j, score(j)), log_value: Lambda(j, score(j, params_2)), t: most}
    moved = cut(instance(rises_no_more(), letters), throughout(each, j, CLASSES))
    own = equal_words(inner(_middle, MOVED) - score(unit_q) + score(unit_q, params_2), PART)
    bound = PART + _factor * (squared_norm(MOVED) + _step**2) / (2 * _step)
    using = (moved, own, cite("norm-nonnegative", MOVED), *defined(params, params_2))
    return follows(loss_at(params) - loss_at(params_2) <= bound, _factor >= 0, _step > 0, using=using, because="2 r |y| <= |y|^2 + r^2")


RISE = substitute(cross_entropy(params) - cross_entropy(params_2), ONE_CLASS)


@cache
def _all_rise() -> Theorem:
    """2 r m times the rise of the loss is at most c (sigma^2 |H|^2 + m r^2): the parts along the mean of all classes cancel."""
    each = cut(_one_rises(), cite("norm-nonnegative", MOVED))
    losses = defined(params, params_2)
    sums = cut(compared_sums(throughout(each, i, SAMPLES), last=m), *(generalize(one, i) for one in losses))
    apart = equal_words(Sum(logit(i) - log_value(i), (i, 1, m)), m * (mean(logit(i)) - mean(log_value(i))), because="term by term")
    apart = instance(apart, {logit: Lambda(i, loss_at(params)), log_value: Lambda(i, loss_at(params_2))})
    parts, squares = Sum(PART, (i, 1, m)), Sum(squared_norm(MOVED), (i, 1, m))
    from_here = _middle - class_vector(unit_q)
    nothing = rewrite(equal_words(inner(from_here, WAY * CENTRED.lhs), parts, because="term by term"), assume(CENTRED))
    ends = (
        cut(apart, *(generalize(one, i) for one in losses)),
        equal_words(sums.then.rhs, parts + _factor / (2 * _step) * (squares + Sum(_step**2, (i, 1, m))), because="term by term"),
        sum_of_equals(_step**2, m),
        nothing,
        specialize(assume(SPECTRUM), WAY),
    )
    most = 2 * _step * m * RISE <= _factor * (sigma**2 * squared_norm(WAY) + m * _step**2)
    using = (sums, *ends, *all_defined(params, params_2))
    return follows(most, m >= 1, _factor >= 0, _step > 0, using=using, because="all samples together")


_rise, _length = symbols("D s", real=True)
FOR_ALL_STEPS = ForAll(_step, _step > 0, 2 * _step * m * _rise <= _factor * (_length**2 + m * _step**2))


@cache
def _best_step() -> Theorem:
    """From that for all r > 0: sqrt(m) D <= c s, where 0 <= c <= 1: else it is false for r = (s + sqrt(m) D - c s)/sqrt(m)."""
    ranges, more = (m >= 1, _factor >= 0, _factor <= 1, _length >= 0), sqrt(m) * _rise > _factor * _length
    step = (_length + sqrt(m) * _rise - _factor * _length) / sqrt(m)
    small = specialize(assume(FOR_ALL_STEPS), _step)
    clash = follows(false, more, Eq(sqrt(m) * _step, sqrt(m) * step), *ranges, using=(small,), because="2 (s + d) d > c d^2")
    clash = instance(clash, {_step: step})
    clash = cut(clash, *(follows(h, more, *ranges) for h in clash.given if h not in (more, *ranges, FOR_ALL_STEPS)))
    return follows(sqrt(m) * _rise <= _factor * _length, m >= 1, using=(absurd(clash, more),), because="it is not more")


@cache
def _rises_slowly() -> Theorem:
    """g(U) - g(W) <= sqrt((k - 1)/(k m)) sigma |U - W|."""
    rise = cut(instance(_best_step(), {_rise: RISE, _length: sigma * size(WAY)}), throughout(_all_rise(), _step, _step > 0))
    rise = instance(instance(rise, {_factor: sqrt((k - 1) / k)}), {_middle: MIDDLE.rhs})
    known, ranges = (cite("norm-nonnegative", WAY), *all_defined(params, params_2)), (*GIVEN[:2], sigma >= 0)
    slow = follows(RISE <= CONSTANT * size(WAY), *ranges, using=(rise, *known), because="divided by sqrt(m)")
    return cut(slow, *(follows(h, *ranges, using=known) for h in slow.given if h not in GIVEN))


# The samples 1 and -1: the corners of a simplex on the line, with sigma = sqrt(2); and the constant sqrt(2)/2

ROOT = sqrt(2)
CORNERS = {**values((1, -1)), unit_q: 1, sigma: ROOT}
ALONE = {**values((1,)), unit_q: 1, sigma: 1}  # one sample, whose sum is not 0
APART = {**CORNERS, class_vector: Lambda(j, (3 - 2 * j) * u)}  # the classes at the distance 2
SMALL = {**CORNERS, sigma: 1}


def spectrum(point: dict[Any, Any]) -> Theorem:
    """|S u|^2 <= |S|^2, for one sample or two."""
    body, square = substitute(SPECTRUM.args[2], point), squared_norm(heading * u)
    total = equal_words(body.lhs, point[m] * square)
    known = (total, cite("submultiplicative", heading, u))
    return generalize(follows(body, LENGTH, using=known, because="the norm is submultiplicative"), heading)


def is_reached() -> Theorem:
    """sqrt(2)/2 is a Lipschitz constant."""
    return is_a_constant((1, -1), ROOT / 2)


def never(point: dict[Any, Any], conclusion: Boolean) -> Theorem:
    """The choice of the second class for the sample 1 is too long."""
    second = Lambda(i, 3 - i if point[m] == 2 else 2)
    letters = {**{key: value for key, value in point.items() if key not in (unit_q, sigma)}, best: second}
    word, number = substitute(total(class_vector(best(i))), letters), sqrt(conclusion.args[2].args[2].rhs.as_coeff_Mul()[0])
    one = discharge(instance(every_choice_is_below(), {**letters, heading: word, L: number}), conclusion)
    apart = substitute(class_vector(1) - class_vector(2), letters).subs(u, 1)
    length = equal_words(squared_norm(word), apart**2 * squared_norm(u) ** 2)
    clash = follows(false, conclusion, LENGTH, using=(one, length), because="this choice is longer than m L")
    return absurd(clash, conclusion)


def _mutant(statement: Statement, point: dict[Any, Any], what: str) -> Mutant:
    theorems = [partial(never, point, substitute(statement.then, point))]
    theorems += [partial(spectrum, point)] if SPECTRUM in statement.given else []
    return mutant(statement, {**point, u: [[1]]}, what, *theorems)


@extends(
    "yedida-saha:softmax-l",
    nearly_reached,
    witness=at({**CORNERS, u: [[1]]}, partial(spectrum, CORNERS), is_reached),
    mutants=[
        _mutant(nearly_reached.with_then(lipschitz(CONSTANT / 2)), CORNERS, "half of it"),
        _mutant(nearly_reached.drop(CENTRED), ALONE, "samples with another sum"),
        _mutant(nearly_reached.drop(SPECTRUM), SMALL, "a smaller sigma"),
        _mutant(nearly_reached.drop(DISTANCES), APART, "classes farther apart"),
    ],
)
def the_bound_is_nearly_reached() -> Theorem:
    """From W to U, and from U to W."""
    there = _rises_slowly()
    back = instance(there, {params: params_2, params_2: params})
    words = (equal_words(squared_norm(params_2 - params), squared_norm(WAY)), cite("norm-nonnegative", WAY))
    known = (there, back, *words, *all_defined(params, params_2))
    body = nearly_reached.then.args[2].args[2]
    both = follows(body, *GIVEN[:2], sigma >= 0, using=known, because="|g(U) - g(W)| <= L |U - W|")
    sides = (h for h in both.given if h not in nearly_reached.given)
    both = cut(both, *(follows(h, *GIVEN[:2], using=words) for h in sides))
    return conclude(generalize(generalize(both, params_2), params), nearly_reached)
