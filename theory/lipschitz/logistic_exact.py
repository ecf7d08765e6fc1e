"""The Lipschitz constants of logistic regression: L >= 0 is one exactly if no sum over a subset of the samples is above m L. (section 5.1).

So the least is (1/m) max_S |sum_S (2 y_i - 1) x_i|, for every data set: with repeated samples or samples that are 0, separable or not.
One direction is `logistic_gradient` (the gradient is no longer than some subset's sum, divided by m), the other `logistic_approached` (it
comes as close to each of them as one likes). The samples are of any shape here, and so are the weights.
"""

from functools import cache, partial

from sympy import Eq, Expr, Integer, Lambda, Lt, Or, Rational, Sum, exp, log
from sympy import S as TRUTH

from theory.evidence import at, extends, mutant
from theory.lipschitz.cross_entropy import LABEL, exponentials, logistic
from theory.lipschitz.logistic_approached import SHARES, chosen_sum, turned_against
from theory.lipschitz.logistic_gradient import (
    LABELS,
    ONE_LOSS,
    best_subset,
    mean_moves,
    moves_in_a_sample,
    opposite,
    signed,
    term,
)
from theory.lipschitz.mean_values import ON_THE_WAY, WITHIN, change_is_bounded
from theory.lipschitz.means_of_samples import SAMPLES, as_long_as, mean
from theory.lipschitz.softmax_derivatives import velocity
from theory.lipschitz.symbols import (
    L,
    M,
    chosen,
    family,
    gradient,
    heading,
    i,
    k,
    label,
    label_of,
    loss,
    m,
    n,
    params,
    params_2,
    subset_sum,
    t,
    unit,
    x,
    z,
)
from theory.lipschitz.weight_change import LIPSCHITZ, gradient_is_bounded
from theory.proof import (
    And,
    Exists,
    ForAll,
    Implies,
    Statement,
    Theorem,
    absurd,
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
    identity,
    inner,
    instance,
    rewrite,
    specialize,
    squared_norm,
    substitute,
)
from theory.proof.norms import size
from theory.proof.ranges import choose, throughout

# The loss of equation 13, written without a quotient: -log s(z) = log(1 + e^-z), and -log(1 - s(z)) = log(1 + e^z)

IN_A_LOGIT = label * log(1 + exp(-z)) + (1 - label) * log(1 + exp(z))
same_loss = Statement((LABEL,), Eq(ONE_LOSS.subs(label_of(i), label), IN_A_LOGIT))


@extends(
    "yedida-saha:equation-13",
    same_loss,
    witness=at({label: 1, z: 0}),
    mutants=[
        mutant(
            same_loss.with_then(Eq(same_loss.then.lhs, substitute(IN_A_LOGIT, {label: 1 - label}))), {label: 1, z: 1}, "the other label"
        ),
        mutant(same_loss.with_then(Eq(same_loss.then.lhs, -IN_A_LOGIT)), {label: 1, z: 0}, "the other sign"),
    ],
)
def the_loss_without_a_quotient() -> Theorem:
    """1 - s(z) = 1/(1 + e^z)."""
    other = rewrite(identity(-log(logistic(-z)), log(1 + exp(z))), identity(logistic(-z), 1 - logistic(z)))
    logarithms = (identity(-log(logistic(z)), log(1 + exp(-z))), other)
    return conclude(follows(same_loss.then, LABEL, using=(*logarithms, *exponentials(z)), because="for both labels"), same_loss)


SAMPLE = x(i)
GRADIENT = mean(term(params, SAMPLE))
REGRESSION = {
    loss: Lambda(params, mean(substitute(IN_A_LOGIT, {label: label_of(i), z: inner(SAMPLE, params)}))),
    gradient: Lambda(params, GRADIENT),
}
LIPSCHITZ_LOSS = substitute(LIPSCHITZ, REGRESSION)
TOWARDS = Eq(heading, chosen_sum(SAMPLE), evaluate=False)

# Every subset's sum is a lower bound

below = Statement((m >= 1, LABELS, SHARES, TOWARDS, L >= 0, LIPSCHITZ_LOSS), size(heading) <= m * L)


@cache
def differentiable() -> Theorem:
    """The loss moves along every way at the rate <g, S>."""
    one = instance(velocity(substitute(IN_A_LOGIT, {z: t}), logistic(t) - label, z), {label: label_of(i), z: inner(SAMPLE, params)})
    profile = substitute(IN_A_LOGIT, {label: label_of(i), z: t})
    moved = mean_moves(moves_in_a_sample(profile, one, params, heading, SAMPLE))
    same = equal_words(moved.then.args[1], inner(GRADIENT, heading), because="term by term")
    return generalize(generalize(rewrite(moved, same), heading), params)


@cache
def _larger_constant() -> Theorem:
    """What is above a Lipschitz constant is one."""
    here = specialize(specialize(assume(LIPSCHITZ), params), params_2)
    more = substitute(LIPSCHITZ.args[2].args[2], {L: M})
    known = (here, cite("norm-nonnegative", params - params_2))
    return generalize(generalize(follows(more, L >= 0, M >= L, using=known, because="L^2 <= M^2"), params_2), params)


@cache
def every_subset_is_below() -> Theorem:
    """Along the ray the gradient would be longer than (|V|/m + L)/2, which is a Lipschitz constant too."""
    length, supposed = size(heading), size(heading) > m * L
    lengths = (cite("cauchy-schwarz", heading, GRADIENT), cite("norm-nonnegative", heading), cite("norm-nonnegative", GRADIENT))
    larger = instance(_larger_constant(), REGRESSION)
    short = instance(cut(instance(gradient_is_bounded(), REGRESSION), differentiable()), {L: M})
    short = cut(short, larger)
    turned = turned_against()
    between, far = Eq(M, (length / m + L) / 2), Eq(t, 4 * m / (length * (length - m * L)))
    ranges = (m >= 1, L >= 0, supposed, between)
    short = cut(short, *(follows(c, *ranges, using=lengths[1:2]) for c in (M > 0, M >= L)))
    turned = cut(turned, follows(t > 0, *ranges, far, using=lengths[1:2]))
    clash = follows(TRUTH.false, *ranges, far, using=(short, turned, *lengths), because="|V|^2/m - 1/t <= |V| M")
    clash = instance(clash, {params: -t * heading})
    clash = instance(instance(clash, {M: between.rhs}), {t: far.rhs})
    sides = (h for h in clash.given if h not in (*below.given, supposed))
    clash = cut(clash, *(follows(h, m >= 1, L >= 0, supposed, using=lengths[1:2]) for h in sides))
    most = follows(length <= m * L, using=(absurd(clash, supposed),), because="it is not more")
    return conclude(cut(most, lengths[1]), below)


# They are all that is needed

SUBSETS = And(k >= 1, k <= n)
CHOICE = family(k, i)
CHOSEN = ForAll(k, SUBSETS, ForAll(i, SAMPLES, Or(Eq(CHOICE, 0), Eq(CHOICE, 1))))
SUMS = ForAll(k, SUBSETS, Eq(subset_sum(k), Sum(CHOICE * signed(SAMPLE), (i, 1, m)), evaluate=False))
ENOUGH = ForAll(params, True, Exists(k, SUBSETS, opposite(GRADIENT, SAMPLE, CHOICE)))  # all 2^m subsets are enough
NOT_ABOVE = ForAll(k, SUBSETS, size(subset_sum(k)) <= m * L)
exact = Statement(
    (m >= 1, LABELS, CHOSEN, SUMS, ENOUGH, L >= 0), And(Implies(LIPSCHITZ_LOSS, NOT_ABOVE), Implies(NOT_ABOVE, LIPSCHITZ_LOSS))
)


def _each_is_needed() -> Theorem:
    """The k-th subset's sum is at most m L."""
    one = instance(every_subset_is_below(), {chosen: Lambda(i, CHOICE), heading: subset_sum(k)})
    here = specialize(specialize(assume(CHOSEN), k), i)
    shares = throughout(follows(And(CHOICE >= 0, CHOICE <= 1), using=(here,)), i, SAMPLES)
    one = cut(one, shares, specialize(assume(SUMS), k))
    return discharge(throughout(one, k, SUBSETS), LIPSCHITZ_LOSS)


def _no_more_is_needed() -> Theorem:
    """The gradient is no longer than the sum over the samples against it, divided by m; so the mean value inequality holds with L."""
    letters = {chosen: Lambda(i, CHOICE)}, {heading: GRADIENT}
    longest = instance(instance(best_subset(), letters[0]), letters[1])
    total = Sum(CHOICE * signed(SAMPLE), (i, 1, m))
    same = cut(as_long_as(subset_sum(k), total), specialize(assume(SUMS), k))
    known = (longest, same, specialize(assume(NOT_ABOVE), k), *(cite("norm-nonnegative", word) for word in (GRADIENT, total)))
    short = follows(squared_norm(GRADIENT) <= L**2, m >= 1, L >= 0, using=known, because="|sum_S a_i| <= m L")
    some = specialize(assume(ENOUGH), params)
    short = conclude(short, Statement((m >= 1, LABELS, SUMS, NOT_ABOVE, L >= 0, *SUBSETS.args, some.then.args[2]), short.then))
    slow = generalize(choose(some, short), params)
    swapped = {params: params_2, params_2: params}
    bounded, there = instance(change_is_bounded(), swapped), substitute(ON_THE_WAY, swapped)
    bounded = instance(instance(bounded, REGRESSION), {M: L})
    slow, steady = specialize(slow, there), specialize(specialize(differentiable(), there), params - params_2)
    bounded = cut(bounded, throughout(slow, t, WITHIN), throughout(steady, t, WITHIN))
    return discharge(generalize(generalize(bounded, params_2), params), NOT_ABOVE)


ONE = Integer(1)
# One sample 1 with the label 0: its one subset against a gradient is the whole, and the least constant is 1

VALUES = {m: 1, n: 1, label_of: Lambda(i, 0), x: Lambda(i, unit), L: 1, family: Lambda((k, i), 1), subset_sum: Lambda(k, -unit)}
HALF, NONE = {**VALUES, L: Rational(1, 2)}, {**VALUES, L: 0, family: Lambda((k, i), 0), subset_sum: Lambda(k, 0 * unit)}
OTHER = {**HALF, subset_sum: Lambda(k, -unit / 2)}
TWICE_OF_IT = exact.with_then(substitute(exact.then, {NOT_ABOVE: ForAll(k, SUBSETS, size(subset_sum(k)) <= 2 * m * L)}))
LENGTH = Eq(squared_norm(unit), 1)


def enough_for_one() -> Theorem:
    """<a, g> = -s(<x, w>)|x|^2 is negative."""
    here, some = inner(unit, params), substitute(ENOUGH, VALUES).args[2]
    (against,) = {part.lhs for part in some.args[2].atoms(Lt)}
    written = equal_words(against, -logistic(here) * squared_norm(unit))
    negative = follows(against < 0, LENGTH, using=(written, *exponentials(here)), because="s > 0")
    each = throughout(negative, i, some.args[2].args[1])
    return generalize(exhibit(each, k, 1, some.args[1], some.args[2]), params)


def is_a_constant(number: Expr = ONE) -> Theorem:
    """No gradient is longer than 1."""
    values = {**VALUES, L: number}
    whole = instance(the_lipschitz_constants(), values)
    (sums,) = (h for h in whole.given if h.has(Sum) and h.args[0] == k)
    whole = cut(whole, enough_for_one(), throughout(equal_words(*sums.args[2].args), k, sums.args[1]))
    short = throughout(follows(size(unit) <= number, LENGTH), k, SUBSETS.subs(n, 1))
    return follows(substitute(LIPSCHITZ_LOSS, values), LENGTH, using=(whole, short), because="the whole is 1 long")


def all_of_it() -> Theorem:
    """Both are true of 1."""
    short = throughout(follows(size(unit) <= 1, LENGTH), k, SUBSETS.subs(n, 1))
    return follows(substitute(exact.then, VALUES), LENGTH, using=(is_a_constant(), short))


def is_refuted(statement: Statement, values: dict) -> Theorem:
    """Not both: no number below 1 is a Lipschitz constant, and what is said of the subsets' sums is true."""
    conclusion = substitute(statement.then, values)
    letters = {**values, chosen: Lambda(i, 1), heading: -unit}
    one = instance(every_subset_is_below(), {key: value for key, value in letters.items() if key not in (n, family, subset_sum)})
    one = discharge(cut(one, equal_words(-unit, Sum(-unit, (i, 1, 1)))), substitute(LIPSCHITZ_LOSS, values))
    shorter = equal_words(squared_norm(unit / 2), squared_norm(unit) / 4)
    small = (follows(part.args[2], LENGTH, using=(shorter,)) for part in sorted(conclusion.atoms(ForAll), key=str) if part.args[0] == k)
    clash = follows(
        TRUTH.false, conclusion, LENGTH, using=(one, *(throughout(s, k, SUBSETS.subs(n, 1)) for s in small)), because="1 is more"
    )
    return absurd(clash, conclusion)


@extends(
    "yedida-saha:logistic-l",
    exact,
    witness=at({**VALUES, unit: [[1]]}, enough_for_one, all_of_it),
    mutants=[
        mutant(TWICE_OF_IT, {**HALF, unit: [[1]]}, "half of it", enough_for_one, partial(is_refuted, TWICE_OF_IT, HALF)),
        mutant(exact.drop(SUMS), {**OTHER, unit: [[1]]}, "another sum", enough_for_one, partial(is_refuted, exact, OTHER)),
        mutant(exact.drop(ENOUGH), {**NONE, unit: [[1]]}, "the empty subset alone", partial(is_refuted, exact, NONE)),
    ],
)
def the_lipschitz_constants() -> Theorem:
    """Lower bounds along rays, and the mean value inequality."""
    return conclude(conjunction(_each_is_needed(), _no_more_is_needed()), exact)
