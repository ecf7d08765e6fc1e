"""Features scaled to sum to 1: which can be, and what that does to 1/L. (section 7.1).

A feature can be divided by its sum only where that is not 0. Three pixels of Digits are 0 in all samples, so "each feature in all
experiments" cannot be; where the sum is negative, as for the longitudes of California, the feature is turned round. After scaling, the
m values of a feature have squares that sum to 1/m at least, and to 1 at most if none is negative. So with n features the printed 1/L of
logistic regression, 2 m/|X|, lies between 2 m/sqrt(n) and 2 m sqrt(m)/sqrt(n), and that of softmax regression between k/(k - 1) m/sqrt(n)
and sqrt(m) times that: it grows with the number of samples at least. The 1.902 and 1.936 printed for Iris, the 0.634 and 0.635 for Digits
are far below m/sqrt(n); those data were not scaled so. Breast cancer (4280, between 208 and 4956) and Covertype fit.
"""

from sympy import Eq, Expr, Implies, Lambda, Ne, Rational, S, Sum, sqrt

from theory.evidence import Tight, at, extends, mutant, proves, refutes
from theory.linear_range.sizes import compared_sums
from theory.lipschitz.sums_of_squares import NONE_NEGATIVE, both_ways, equal_numbers, none_negative, plain, squared
from theory.lipschitz.symbols import column_square, entry, i, m, n, root, target, total
from theory.proof import (
    And,
    Exists,
    ForAll,
    Refutation,
    Statement,
    Theorem,
    absurd,
    assume,
    conclude,
    conjunction,
    counterexample,
    discharge,
    equal_words,
    exhibit,
    follows,
    generalize,
    instance,
    none_exists,
    specialize,
    substitute,
)
from theory.proof.ranges import throughout

# One feature


def scaled_sum(factor: Expr) -> Sum:
    """Of the feature times a number."""
    return Sum(factor * entry(i), (i, 1, m))


CAN_BE = Exists(root, True, Eq(scaled_sum(root), 1))
SQUARES = Sum((entry(i) / total) ** 2, (i, 1, m))
AT_LEAST, AT_MOST = m * SQUARES >= 1, Implies(NONE_NEGATIVE, SQUARES <= 1)
each = Statement((m >= 1, Eq(total, plain())), CAN_BE, source="yedida-saha:text-scale-sum1")
not_zero = each.amend(
    given=(*each.given, Ne(total, 0)),
    then=And(CAN_BE, AT_LEAST, AT_MOST),
    why="A feature whose sum is 0 cannot be scaled to sum to 1: in Digits three pixels are 0 throughout. Any other can; its squares then "
    "sum to 1/m at least, and to 1 at most if no value is negative, so 1/L grows with the number of samples.",
)
OPPOSITE = {m: 2, entry: Lambda(i, 3 - 2 * i), total: 0}  # 1 and -1
TWO = {m: 2, entry: Lambda(i, 2 * i - 1), total: 4}  # 1 and 3
EQUAL = {m: 2, entry: Lambda(i, 1), total: 2}


@refutes(each, why="A feature with the values 1 and -1, or with nothing but 0: its multiples sum to 0.")
def a_sum_of_0() -> Refutation:
    """C - c is 0, whatever c is."""
    asked = substitute(CAN_BE.args[2], OPPOSITE)
    nothing = equal_words(asked.lhs, 0)
    never = none_exists(generalize(absurd(follows(S.false, asked, using=(nothing,)), asked), root))
    return counterexample(each, OPPOSITE, never)


@proves(
    not_zero,
    witness=at(TWO),
    mutants=[
        mutant(not_zero.with_then(m * SQUARES >= 2), TWO, "twice as much"),
        mutant(not_zero.with_then(SQUARES <= 1), {**TWO, entry: Lambda(i, 7 - 4 * i), total: 2}, "3 and -1"),
        mutant(not_zero.with_then(m * SQUARES <= 1), TWO, "as if all values were equal"),
    ],
    tight=Tight(True, "equal values", not_zero.with_then(Eq(m * SQUARES, 1)), at(EQUAL)),
)
def divided_by_its_sum() -> Theorem:
    """The factor is 1/sum, and (sum x)^2 <= m sum x^2."""
    given = (m >= 1, Eq(total, plain()), Ne(total, 0))
    out = equal_words(scaled_sum(1 / total), plain() / total)
    one = follows(Eq(scaled_sum(1 / total), 1), *given, using=(out,), because="the sum, divided by itself")
    can = exhibit(one, root, 1 / total, True, CAN_BE.args[2])
    square = equal_words(SQUARES, squared() / total**2)
    least = follows(AT_LEAST, *given, using=(square, both_ways()), because="(sum x)^2 <= m sum x^2")
    most = follows(SQUARES <= 1, *given, using=(square, none_negative()), because="sum x^2 <= (sum x)^2")
    return conclude(conjunction(can, least, discharge(most, NONE_NEGATIVE)), not_zero)


# n features: |X|^2 is the sum of theirs

FEATURES = And(i >= 1, i <= n)
FROBENIUS = Sum(column_square(i), (i, 1, n))
rates = Statement(
    (m >= 1, n >= 1, ForAll(i, FEATURES, And(m * column_square(i) >= 1, column_square(i) <= 1))),
    And(2 * m / sqrt(n) <= 2 * m / sqrt(FROBENIUS), 2 * m / sqrt(FROBENIUS) <= 2 * m * sqrt(m) / sqrt(n)),
)
FOUR = {m: 4, n: 1, column_square: Lambda(i, Rational(1, 4))}


@extends(
    "yedida-saha:text-scale-sum1",
    rates,
    witness=at(FOUR),
    mutants=[
        mutant(rates.with_then(2 * m / sqrt(FROBENIUS) <= 2 * m / sqrt(n)), FOUR, "no more than 2 m/sqrt(n)"),
        mutant(rates.with_then(2 * m / sqrt(FROBENIUS) <= m * sqrt(m) / sqrt(n)), FOUR, "half of it"),
    ],
)
def the_rate_grows_with_the_samples() -> Theorem:
    """n/m <= |X|^2 <= n."""
    own = specialize(assume(rates.given[2]), i)
    low = follows(1 / m <= column_square(i), m >= 1, using=(own,), because="divided by m")
    high = follows(column_square(i) <= 1, using=(own,))
    least, most = (compared_sums(throughout(one, i, FEATURES), last=n) for one in (low, high))
    counted = (instance(equal_numbers(), {target: 1 / m, m: n}), instance(equal_numbers(), {target: 1, m: n}))
    between = follows(And(m * FROBENIUS >= n, FROBENIUS <= n), m >= 1, n >= 1, using=(least, most, *counted), because="n features")
    return conclude(follows(rates.then, m >= 1, n >= 1, using=(between,), because="roots"), rates)
