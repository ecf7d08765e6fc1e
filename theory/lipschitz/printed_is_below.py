"""The printed constant of logistic regression is never too large: |X|/(2 m) is at most every Lipschitz constant. (section 5.1).

That holds for every data set, whatever its labels are, and |X| may be Frobenius' norm. Signs are put before the samples one after another,
each so that the next sample does not turn against the sum Q so far: |Q|^2 is at least the sum of all |x_i|^2. And <Q, Q> is at most sum_i
|<x_i, Q>|, the rate at which the losses at t Q and at -t Q rise together in the long run, so it is at most 2 m L |Q|. The signs need not be
named: what counts of Q is its support function. With one sample of the label 1/2, |X|/2 is the least constant.
"""

from functools import cache

from sympy import Abs, Eq, Expr, Integer, Lambda, Rational, Sum, exp, log
from sympy.functions.elementary.complexes import transpose

from theory.evidence import at, extends, mutant
from theory.linear_range.sizes import compared_sums
from theory.lipschitz.cross_entropy import exponentials
from theory.lipschitz.log_sum_exp import LOWER, UPPER, logarithm_increases, rises_no_more
from theory.lipschitz.logistic_exact import IN_A_LOGIT, LIPSCHITZ_LOSS, cross_entropy, is_a_constant, logit_at, one_loss
from theory.lipschitz.long_run import LIMIT, RATE, START, no_steeper
from theory.lipschitz.means_of_samples import SAMPLES, frobenius, means_of_both
from theory.lipschitz.symbols import (
    L,
    heading,
    i,
    j,
    k,
    label,
    label_of,
    log_value,
    logit,
    m,
    n,
    params,
    params_2,
    partial,
    t,
    unit,
    x,
    z,
)
from theory.proof import (
    And,
    Exists,
    ForAll,
    Statement,
    Theorem,
    assume,
    cite,
    conclude,
    conjunction,
    cut,
    discharge,
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
from theory.proof.norms import size
from theory.proof.ranges import choose, throughout, up_to

FROBENIUS = frobenius(x(i))
never_above = Statement((m >= 1, L >= 0, LIPSCHITZ_LOSS), FROBENIUS / (2 * m) <= L)

ONE_SAMPLE = {m: 1, label_of: Lambda(i, 0), x: Lambda(i, unit), L: 1}  # with the label 0
AT_1 = {**ONE_SAMPLE, unit: [[1]]}


def two_is_a_constant() -> Theorem:
    """As 1 is."""
    return is_a_constant(Integer(2))


def one_of_five() -> Theorem:
    """For five equal samples 1 is one."""
    one, five = is_a_constant(), substitute(LIPSCHITZ_LOSS, {**ONE_SAMPLE, m: 5})
    same = equal_words(Sum(t, (i, 1, 5)) / 5, Sum(t, (i, 1, 1)))
    losses = [substitute(one_loss(weights), ONE_SAMPLE) for weights in (params, params_2)]
    here = specialize(specialize(one, params), params_2)
    bounded = follows(five.args[2].args[2], using=(here, *(instance(same, {t: value}) for value in losses)))
    return generalize(generalize(bounded, params_2), params)


# One sample with the label 1/2: the printed constant is the least, for its loss is the mean of those with the labels 0 and 1

UNDECIDED = {**ONE_SAMPLE, label_of: Lambda(i, Rational(1, 2)), L: Rational(1, 2)}


def _rises_on_one_side(one: Expr, other: Expr) -> Theorem:
    """log(1 + e^z) - log(1 + e^r) is at most the larger one of z - r and 0."""
    most, numbers = (Abs(one - other) + one - other) / 2, {logit: Lambda(j, (j - 1) * one), log_value: Lambda(j, (j - 1) * other)}
    rises = instance(rises_no_more(), {**numbers, k: 2, t: most})
    each = follows((j - 1) * one - (j - 1) * other <= most, j >= 1, j <= 2, because="j is 1 or 2")
    words = (equal_words(Sum(exp((j - 1) * number), (j, 1, 2)), 1 + exp(number)) for number in (one, other))
    return rewrite(cut(rises, throughout(each, j, rises.given[0].args[1])), *words)


@cache
def half_of_both_labels() -> Theorem:
    """1/2 is a Lipschitz constant: where one of the two losses rises, the other does not."""
    bounded, gap = substitute(LIPSCHITZ_LOSS, UNDECIDED).args[2].args[2], inner(transpose(params - params_2), unit)
    rises = _rises_on_one_side(z, LOWER)
    using = tuple(instance(rises, {z: sign * one, LOWER: sign * other}) for sign in (1, -1) for one, other in ((z, LOWER), (LOWER, z)))
    both = log(1 + exp(z)) + log(1 + exp(-z))
    one_term = instance(equal_words(Sum(t, (i, 1, 1)), t), {t: (both / 2).expand()})
    close = follows((both - substitute(both, {z: LOWER})) ** 2 <= (z - LOWER) ** 2, using=using, because="|A + B| <= |z - r|")
    logits = {z: inner(transpose(params), unit), LOWER: inner(transpose(params_2), unit)}
    words = (
        *(instance(one_term, {z: here}) for here in logits.values()),
        instance(close, logits),
        equal_words(logits[z] - logits[LOWER], gap),
        cite("cauchy-schwarz", transpose(params - params_2), unit),
        equal_words(squared_norm(transpose(params - params_2)), squared_norm(params - params_2)),
    )
    return generalize(generalize(follows(bounded, Eq(squared_norm(unit), 1), using=words, because="Cauchy-Schwarz"), params_2), params)


# Along any Q

FAR, REACH = t * transpose(partial), Sum(Abs(inner(x(i), partial)), (i, 1, m))


@cache
def _on_both_sides() -> Theorem:
    """g(t Q) + g(-t Q) >= (t/m) sum_i |<x_i, Q>|, whatever the labels are: l(z) + l(-z) = log (1 + e^z)(1 + e^-z), which is above |z|."""
    both = IN_A_LOGIT + substitute(IN_A_LOGIT, {z: -z})
    ends = [instance(logarithm_increases(), {LOWER: side, UPPER: log(1 + exp(z)) + log(1 + exp(-z))}) for side in (z, -z)]
    ends = [cut(end, follows(*end.given, using=exponentials(z))) for end in ends]
    above = instance(follows(Abs(z) <= both, using=tuple(ends)), {label: label_of(i), z: logit_at(FAR)})
    here, there = one_loss(FAR), one_loss(-FAR)
    mirrored = instance(rewrite(assume(Eq(z, there)), equal_words(logit_at(-FAR), -logit_at(FAR))), {z: there})
    using = (above, mirrored, equal_words(logit_at(FAR), t * inner(x(i), partial)))
    above = follows(t * REACH.function <= here + there, t > 0, using=using, because="(1 + e^z)(1 + e^-z) > e^|z|")
    sums = rewrite(compared_sums(throughout(above, i, SAMPLES), last=m), means_of_both(here, there))
    return rewrite(sums, equal_words(sums.then.lhs, t * REACH))


@cache
def reached_together() -> Theorem:
    """sum_i |<x_i, Q>| <= 2 m L |Q|: from 0 to t Q and to -t Q together the losses rise at this rate, and at most at the rate 2 L |Q|."""
    most, start = 2 * m * L * size(partial), cross_entropy(0 * params)
    lengths = (equal_words(squared_norm(FAR), t**2 * squared_norm(partial)), cite("norm-nonnegative", partial))
    changes = (specialize(specialize(assume(LIPSCHITZ_LOSS), way), 0 * params) for way in (FAR, -FAR))
    using = (_on_both_sides(), *changes, *lengths)
    between = follows(REACH * t <= 2 * m * start + most * t, m >= 1, L >= 0, t > 0, using=using, because="from 0")
    rate = instance(no_steeper(), {RATE: REACH, LIMIT: most, START: 2 * m * start})
    rate = cut(rate, throughout(between, t, t > 0))
    return conclude(cut(rate, *lengths[1:]), Statement(never_above.given, rate.then))


# Signs one after another

SO_FAR, LENGTHS = (Sum(term, (i, 1, n)) for term in (Abs(inner(x(i), heading)), squared_norm(x(i))))
BODY = And(ForAll(heading, True, inner(partial, heading) <= SO_FAR), squared_norm(partial) >= LENGTHS)
SIGNS = Exists(partial, True, BODY)


def _is_a_sum(value: Expr, count: Expr, reach: Theorem, length: Theorem) -> Theorem:
    """The sum with these signs of so many samples."""
    both = conjunction(generalize(reach, heading), length)
    body = substitute(BODY, {n: count})
    return exhibit(conclude(both, Statement(both.given, substitute(body, {partial: value}))), partial, value, True, body)


@cache
def _with_one_more() -> Theorem:
    """The next sample, with the sign with which it does not turn against the sum."""
    whole, added, cases = assume(BODY), x(n + 1), []
    reach, length = (part(whole, p) for p in BODY.args)
    reach, length = (reach, length) if isinstance(reach.then, ForAll) else (length, reach)
    far, along = specialize(reach, heading), inner(partial, added)
    more = [
        equal_words(substitute(total, {n: n + 1}), total + term)
        for total, term in ((SO_FAR, Abs(inner(added, heading))), (LENGTHS, squared_norm(added)))
    ]
    for side, where in ((1, along >= 0), (-1, along < 0)):
        after = partial + side * added
        spread = equal_words(inner(after, heading), inner(partial, heading) + side * inner(added, heading))
        square = equal_words(squared_norm(after), squared_norm(partial) + 2 * side * along + squared_norm(added))
        farther = follows(inner(after, heading) <= more[0].then.lhs, using=(far, spread, more[0]), because="t <= |t|")
        longer = follows(squared_norm(after) >= more[1].then.lhs, where, using=(length, square, more[1]), because="it does not turn")
        cases.append(discharge(_is_a_sum(after, n + 1, farther, longer), where))
    return follows(substitute(SIGNS, {n: n + 1}), BODY, using=tuple(cases), because="one of the two signs")


@cache
def some_signs() -> Theorem:
    """There is Q with |Q|^2 >= sum |x_i|^2, and <Q, S> <= sum_i |<x_i, S>| for every S: by induction on the samples."""
    first = {n: Integer(1)}
    ends = (equal_words(substitute(SO_FAR, first), Abs(inner(x(1), heading))), equal_words(substitute(LENGTHS, first), squared_norm(x(1))))
    reach = follows(inner(x(1), heading) <= ends[0].then.lhs, using=ends[:1], because="t <= |t|")
    start = _is_a_sum(x(1), Integer(1), reach, follows(squared_norm(x(1)) >= ends[1].then.lhs, using=ends[1:]))
    step = choose(assume(SIGNS), _with_one_more())
    return specialize(up_to(start, step, SIGNS, index=n, first=Integer(1), last=m), m)


@extends(
    "yedida-saha:logistic-l",
    never_above,
    witness=at(AT_1, is_a_constant),
    mutants=[
        mutant(never_above.with_then(FROBENIUS / (2 * m) >= L), {**AT_1, L: 2}, "the other way", two_is_a_constant),
        mutant(never_above.with_then(FROBENIUS / m <= L), {**UNDECIDED, unit: [[1]]}, "without the half", half_of_both_labels),
        mutant(never_above.with_then(FROBENIUS / (2 * m) < L), {**UNDECIDED, unit: [[1]]}, "below all of them", half_of_both_labels),
        mutant(never_above.with_then(FROBENIUS / 2 <= L), {**AT_1, m: 5}, "without 1/m", one_of_five),
        mutant(never_above.drop(L >= 0), {**AT_1, L: -1}, "a negative number", is_a_constant),
    ],
)
def the_printed_constant_is_a_lower_bound() -> Theorem:
    """|Q|^2 = <Q, Q> <= sum_i |<x_i, Q>| <= 2 m L |Q|."""
    some = conclude(some_signs(), Statement((m >= 1,), substitute(SIGNS, {n: m})))
    whole = some.then.args[2]
    parts = [part(assume(whole), p) for p in whole.args]
    parts = [specialize(p, partial) if isinstance(p.then, ForAll) else p for p in parts]
    some_length = cut(cite("part-of-sum", squared_norm(x(i)), i, m, Integer(1)), generalize(cite("norm-nonnegative", x(i)), i, SAMPLES))
    some_length = follows(FROBENIUS**2 >= 0, m >= 1, using=(some_length, cite("norm-nonnegative", x(1))))
    lengths = (cite("norm-nonnegative", partial), reached_together(), some_length)
    short = follows(never_above.then, m >= 1, L >= 0, using=(*parts, *lengths), because="|Q| <= 2 m L")
    return conclude(cut(choose(some, short), some_length), never_above)
