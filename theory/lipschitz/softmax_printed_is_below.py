"""The printed constant of softmax regression is never too large: (k - 1)|X|/(k m) is at most every Lipschitz constant. (section 5.2).

Even sqrt((k - 1)/k) |X|/m is, for every data set and whatever the true classes are. Classes are chosen for the samples one after another,
each so that what it adds to the sum so far does not turn against it, counted from the mean of all classes. So the sum Q of the
(e_c - e_t) x_i^T has |Q|^2 >= (k - 1)/k sum_i |x_i|^2. Each part of <Q, U> is at most the loss of its sample at U, for a class's score is
at most log sum_j e^(z_j). So t |Q|^2 = <Q, t Q> is at most m times the loss at t Q, which grows by at most L |Q| with t: |Q| <= m L.

The classes need not be named: what counts of Q is that <Q, U> is at most m times the loss.
"""

from functools import cache
from functools import partial as applied
from typing import Any

from sympy import Eq, Expr, Function, Integer, Lambda, Or, Rational, Sum, Symbol, exp, log, sqrt
from sympy.functions.elementary.complexes import transpose

from theory.evidence import Mutant, at, extends, mutant
from theory.lipschitz import equal_distances as equal
from theory.lipschitz.log_sum_exp import CLASS, CLASSES, no_exponent_is_above, total_is_positive
from theory.lipschitz.means_of_samples import SAMPLES, frobenius
from theory.lipschitz.softmax_exact import LIPSCHITZ_LOSS, steepest_line
from theory.lipschitz.softmax_scores import all_defined, cross_entropy, score
from theory.lipschitz.symbols import (
    L,
    class_units,
    class_vector,
    data,
    heading,
    i,
    j,
    k,
    layer,
    logit,
    m,
    n,
    params,
    partial,
    row,
    true,
    u,
    x,
    x_i,
)
from theory.lipschitz.two_classes import is_a_constant, values
from theory.proof import (
    And,
    ColumnOf,
    Exists,
    ForAll,
    Statement,
    Theorem,
    assume,
    cite,
    conclude,
    conjunction,
    cut,
    equal_words,
    exhibit,
    follows,
    generalize,
    inner,
    instance,
    part,
    rewrite,
    specialize,
    squared_norm,
    substitute,
)
from theory.proof.ranges import choose, throughout, up_to

SAMPLE = x(i)


def feature(c: Expr, sample: Expr = SAMPLE) -> Expr:
    """e_c x_i^T: the score of the class c is <e_c x_i^T, U>."""
    return class_vector(c) * transpose(sample)


APART = squared_norm(feature(j) - feature(row))
DISTANCES = ForAll(i, SAMPLES, ForAll(row, CLASS, ForAll(j, CLASSES, Or(Eq(j, row), Eq(APART, 2 * squared_norm(x(i)))))))
FROBENIUS = frobenius(x(i))
GIVEN = (m >= 1, k >= 1, DISTANCES, L >= 0, LIPSCHITZ_LOSS)
never_above = Statement(GIVEN, (k - 1) / (k * m) * FROBENIUS <= L)
root_never_above = Statement(GIVEN, sqrt((k - 1) / k) * FROBENIUS / m <= L)

# Of columns x_i and unit vectors e_j that are orthogonal to one another, the distances are so

COLUMNS = {class_vector: Lambda(j, ColumnOf(class_units, j)), x: Lambda(i, x_i)}
UNITS = ForAll(j, CLASSES, Eq(squared_norm(ColumnOf(class_units, j)), 1))
ORTHOGONAL = ForAll(row, CLASS, ForAll(j, CLASSES, Or(Eq(j, row), Eq(inner(ColumnOf(class_units, j), ColumnOf(class_units, row)), 0))))
of_unit_vectors = Statement((UNITS, ORTHOGONAL), substitute(DISTANCES, COLUMNS))
FRAME = {m: 2, k: 2, class_units: [[Rational(3, 5), -Rational(4, 5)], [Rational(4, 5), Rational(3, 5)]], data: [[1, 0], [2, -1]]}


@extends(
    "yedida-saha:softmax-l",
    of_unit_vectors,
    witness=at(FRAME),
    mutants=[
        mutant(of_unit_vectors.drop(ORTHOGONAL), {**FRAME, class_units: [[1, 1], [0, 0]]}, "equal vectors"),
        mutant(of_unit_vectors.drop(UNITS), {**FRAME, class_units: [[1, 0], [0, 2]]}, "a longer vector"),
    ],
)
def unit_vectors_are_that_far_apart() -> Theorem:
    """|(e_j - e_p) x'|^2 = |e_j - e_p|^2 |x|^2 = 2 |x|^2, for j != p."""
    one, other = (ColumnOf(class_units, c) for c in (j, row))
    apart, length = substitute(APART, COLUMNS), squared_norm(x_i)
    square = equal_words(apart, (squared_norm(one) - 2 * inner(one, other) + squared_norm(other)) * length, because="expanded")
    units = (specialize(assume(UNITS), c) for c in (j, row))
    known = (square, *units, specialize(specialize(assume(ORTHOGONAL), row), j))
    far = follows(Or(Eq(j, row), Eq(apart, 2 * length)), using=known, because="1 - 0 + 1 = 2")
    return conclude(throughout(throughout(throughout(far, j, CLASSES), row, CLASS), i, SAMPLES), of_unit_vectors)


# A class for each sample, one after another

_highest, _middle = Function("h", real=True), Symbol("mu_e", commutative=False)
HIGHEST = log(Sum(exp(score(j, heading)), (j, 1, k)))
MIDDLE = Eq(_middle, Sum(class_vector(layer), (layer, 1, k)) / k, evaluate=False)
CENTRE = _middle * transpose(x(i))
OTHERS, LENGTHS = Sum(inner(CENTRE - feature(true(i)), heading), (i, 1, m)), Sum(squared_norm(x(i)), (i, 1, n))
_SO_FAR = Sum(_highest(i) - inner(CENTRE, heading), (i, 1, n))
OF_THE_LOSS = {_highest: Lambda(i, HIGHEST)}
BELOW = ForAll(heading, True, inner(partial, heading) <= OTHERS + substitute(_SO_FAR, OF_THE_LOSS))
BODY = And(BELOW, squared_norm(partial) >= (k - 1) / k * LENGTHS)
CLASSES_CHOSEN = Exists(partial, True, BODY)


def _is_defined() -> Theorem:
    return instance(total_is_positive(), {logit: Lambda(j, score(j, heading))})


def _of_the_loss(theorem: Theorem) -> Theorem:
    """With log sum_j e^(z_ij) for h_i."""
    return cut(instance(theorem, OF_THE_LOSS), generalize(_is_defined(), i))


def _sums_are_positive(count: Expr) -> Theorem:
    """So the logarithms of so many samples are numbers, at all weights."""
    return generalize(throughout(_is_defined(), i, And(i >= 1, i <= count)), heading)


def _is_a_sum(value: Expr, count: Expr, reach: Theorem, length: Theorem) -> Theorem:
    """A sum with a class for each of so many samples, and the mean of all classes for the others."""
    both = conjunction(generalize(reach, heading), length)
    body = substitute(BODY, {n: count})
    return exhibit(conclude(both, Statement(both.given, substitute(body, {partial: value}))), partial, value, True, body)


def _parts(whole: Theorem) -> tuple[Theorem, Theorem]:
    """What is said of <Q, S> and of |Q|."""
    reach, length = sorted((part(whole, p) for p in whole.then.args), key=lambda p: not isinstance(p.then, ForAll))
    return specialize(reach, heading), length


def _reaches(after: Expr) -> Theorem:
    """The sum with the class p of the next sample: its score is at most log sum_j e^(z_j)."""
    sample = x(n + 1)
    before, highest = inner(partial, heading) <= OTHERS + _SO_FAR, inner(feature(row, sample), heading) <= _highest(n + 1)
    more = equal_words(substitute(_SO_FAR, {n: n + 1}), _SO_FAR + substitute(_SO_FAR.function, {i: n + 1}), because="one more")
    spread = inner(partial, heading) + inner(feature(row, sample), heading) - inner(_middle * transpose(sample), heading)
    spread = equal_words(inner(after, heading), spread, because="expanded")
    far = inner(after, heading) <= OTHERS + more.then.lhs
    far = _of_the_loss(follows(far, before, highest, using=(more, spread), because="no score is higher"))
    largest = instance(no_exponent_is_above(), {logit: Lambda(j, substitute(score(j, heading), {i: n + 1}))})
    return cut(far, rewrite(largest, equal_words(largest.then.lhs, highest.lhs)))


@cache
def _with_one_more() -> Theorem:
    """The next sample, with a class with which it does not turn against the sum."""
    sample, mean = x(n + 1), _middle * transpose(x(n + 1))
    reach, length = _parts(assume(BODY))
    added = feature(row, sample) - mean
    after, along = partial + added, inner(partial, added)
    letters = {equal.vector: Lambda(j, feature(j, sample)), equal.middle: mean}
    centre = equal_words(*substitute(equal.MIDDLE, letters).args, assume(MIDDLE))
    as_far = instance(equal.from_the_mean(), {**letters, equal.half: squared_norm(sample)})
    as_far = cut(as_far, centre, specialize(assume(DISTANCES), n + 1))
    some = cut(instance(equal.some_is_along(), {**letters, equal.way: partial}), centre)
    more = equal_words(substitute(LENGTHS, {n: n + 1}), LENGTHS + squared_norm(sample), because="one more")
    square = equal_words(squared_norm(after), squared_norm(partial) + 2 * along + squared_norm(added), because="expanded")
    long = squared_norm(after) >= (k - 1) / k * more.then.lhs
    longer = follows(long, along >= 0, k >= 1, using=(length, square, as_far, more), because="it does not turn")
    farther = cut(_reaches(after), reach)
    return choose(some, _is_a_sum(after, n + 1, farther, longer))


@cache
def some_classes() -> Theorem:
    """There is Q with |Q|^2 >= (k - 1)/k sum |x_i|^2, and <Q, S> <= sum_i (top_i(S) - <e_t(i) x_i^T, S>) for every S."""
    total, first = Sum(CENTRE - feature(true(i)), (i, 1, m)), {n: Integer(0)}
    empty = [equal_words(substitute(sums, first), 0, because="no sample yet") for sums in (_SO_FAR, LENGTHS)]
    written = equal_words(inner(total, heading), OTHERS, because="term by term")
    reach = follows(inner(total, heading) <= OTHERS + substitute(_SO_FAR, first), using=(written, empty[0]))
    long = squared_norm(total) >= (k - 1) / k * substitute(LENGTHS, first)
    length = follows(long, k >= 1, using=(cite("norm-nonnegative", total), empty[1]))
    start = _is_a_sum(total, Integer(0), _of_the_loss(reach), length)
    step = cut(choose(assume(CLASSES_CHOSEN), _with_one_more()), *(_sums_are_positive(count) for count in (n, n + 1)))
    return specialize(up_to(start, step, CLASSES_CHOSEN, k >= 1, index=n, last=m), m)


@cache
def _a_line_below_the_loss() -> Theorem:
    """g(U) >= <Q, U>/m: the means of all classes cancel."""
    all_of_them, losses = substitute(_SO_FAR, {n: m}), Sum(_highest(i) - score(true(i), heading), (i, 1, m))
    merged = _of_the_loss(equal_words(OTHERS + all_of_them, losses, because="the means cancel"))
    reach, _ = _parts(assume(substitute(BODY, {n: m})))
    line = cross_entropy(heading) >= inner(partial, heading) / m
    line = follows(line, m >= 1, k >= 1, using=(reach, merged, *all_defined(heading)), because="the mean of all samples")
    return generalize(instance(line, {heading: params}), params)


ROOT = sqrt(2)


def _sample_data(samples: tuple[int, ...], number: Expr) -> dict[Any, Any]:
    """With the unit vector 1, and this L."""
    return {**values(samples), u: [[1]], L: number}


def _mutants(statement: Statement, factor: Expr) -> list[Mutant]:
    """Of a statement with this factor of |X|/m."""
    cases = (
        (statement.swap_relation(), (1,), Integer(2), "the other way"),
        (statement.with_then(factor * FROBENIUS <= L), (1,) * 9, ROOT, "without 1/m"),
        (statement.with_then(FROBENIUS / (factor * m) <= L), (1, -1), ROOT / 2, "upside down"),
        (statement.drop(L >= 0), (1,), -ROOT, "a negative number"),
    )
    mutants = [mutant(wrong, _sample_data(data, c), what, applied(is_a_constant, data, c)) for wrong, data, c, what in cases]
    same = {**_sample_data((1,), Integer(0)), class_vector: Lambda(j, 0 * u)}  # the loss is constant
    return [*mutants, mutant(statement.drop(DISTANCES), same, "classes that are the same")]


ONE_SAMPLE = at(_sample_data((1,), ROOT), applied(is_a_constant, (1,), ROOT))


@cache
def _some_length() -> Theorem:
    """|X|^2 >= 0."""
    some = cite("part-of-sum", squared_norm(x(i)), i, m, Integer(1))
    some = cut(some, generalize(cite("norm-nonnegative", x(i)), i, SAMPLES))
    return follows(some.then.lhs >= 0, m >= 1, using=(some, cite("norm-nonnegative", x(1))), because="its first term is")


@extends(
    "yedida-saha:softmax-l",
    root_never_above,
    witness=ONE_SAMPLE,
    mutants=_mutants(root_never_above, sqrt((k - 1) / k)),
)
def a_larger_constant_is_a_lower_bound() -> Theorem:
    """(k - 1)/k sum |x_i|^2 <= |Q|^2 <= m^2 L^2."""
    _, long = _parts(assume(substitute(BODY, {n: m})))
    short = cut(instance(steepest_line(), {heading: partial}), _a_line_below_the_loss())
    lengths = (cite("norm-nonnegative", partial), _some_length())
    below = follows(root_never_above.then, *GIVEN[:2], L >= 0, using=(short, long, *lengths), because="|Q| <= m L")
    below = instance(choose(some_classes(), below), {_middle: MIDDLE.rhs})
    return conclude(cut(below, _some_length(), _sums_are_positive(m)), root_never_above)


@extends(
    "yedida-saha:softmax-l",
    never_above,
    witness=ONE_SAMPLE,
    mutants=_mutants(never_above, (k - 1) / k),
)
def the_printed_constant_is_a_lower_bound() -> Theorem:
    """(k - 1)/k is at most its root."""
    below = a_larger_constant_is_a_lower_bound()
    return conclude(follows(never_above.then, *GIVEN[:2], using=(below, _some_length()), because="(k - 1)/k <= 1"), never_above)


def for_unit_vectors() -> Theorem:
    """sqrt((k - 1)/k) |X|/m <= L, where the loss is that of softmax regression itself: with unit vectors for the classes."""
    return cut(instance(a_larger_constant_is_a_lower_bound(), COLUMNS), unit_vectors_are_that_far_apart())
