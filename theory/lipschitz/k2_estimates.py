"""Auto-Adam's bound of the squared gradient: two estimates that are one, and no bound. (section 6.3).

Auto-Adam averages max |g^2|, g^2 entry by entry. The paper estimates it by ((k - 1)/(k m) K_z + lambda |w|)^2, and by the same square
multiplied out, with max |w| for |w|. Where |w| is its maximum the two are the same number; so what is told of them, that the first made
the step size large and the second small, cannot come from the formulas. Nor is it a bound: with weights 0, two classes and one sample 1,
the gradient is (-1/2, 1/2), and |g^2| = sqrt(2)/4 > 1/4. True is |g^2| <= |g|^2, so the square of any bound of the gradient is one; without
the mixed term between half of that and all of it is left. (The paper leaves out "the middle term": of a square multiplied out that is the
mixed one. In the middle as printed stands lambda^2 |w|^2; without that nothing need be left, as where K_z is 0.)
"""

from functools import cache

from sympy import Eq, Expr, Function, Lambda, Or, Rational, Sum, exp, sqrt

from theory.evidence import Tight, at, mutant, proves, refutes, undecided
from theory.lipschitz.means_of_samples import SAMPLES
from theory.lipschitz.sums_of_squares import both_ways, none_negative
from theory.lipschitz.symbols import K, K_z, M, count, entry, hot, i, j, k, lam, logit, m, output, slope_of, weight_of
from theory.proof import And, ForAll, Refutation, Statement, Theorem, conclude, conjunction, counterexample, equal_words, follows, instance

CLASSES = And(j >= 1, j <= k)
TOTAL = Sum(exp(logit(i, j)), (j, 1, k))
SOFTMAX = ForAll(i, SAMPLES, ForAll(j, CLASSES, Eq(output(i, j), exp(logit(i, j)) / TOTAL)))
LOGITS = ForAll(i, SAMPLES, ForAll(j, CLASSES, Eq(logit(i, j), weight_of(j) * entry(i))))
ONE_HOT = ForAll(i, SAMPLES, And(Eq(Sum(hot(i, j), (j, 1, k)), 1), ForAll(j, CLASSES, Or(Eq(hot(i, j), 0), Eq(hot(i, j), 1)))))
GRADIENT = ForAll(j, CLASSES, Eq(slope_of(j), Sum((output(i, j) - hot(i, j)) * entry(i), (i, 1, m)) / m + lam * weight_of(j)))


def length(of: Function, power: int = 1, last: Expr = k) -> Expr:
    """|x^p|, of the entries x(j) to the power p."""
    return sqrt(Sum(of(j) ** (2 * power), (j, 1, last)))


# Softmax regression with one feature, and the penalty (lambda/2)|w|^2
REGRESSION = (m >= 1, k >= 2, lam >= 0, LOGITS, SOFTMAX, ONE_HOT, GRADIENT)
SIZES = (Eq(K_z, sqrt(Sum(entry(i) ** 2, (i, 1, m)))), Eq(K, length(weight_of)))
SHARE = (k - 1) / (k * m) * K_z
FIRST = (SHARE + lam * K) ** 2
SECOND = (k - 1) ** 2 / (k**2 * m**2) * K_z**2 + lam**2 * K**2 + 2 * lam * (k - 1) / (k * m) * K_z * K
UNMIXED = SHARE**2 + (lam * K) ** 2
ESTIMATES = (length(slope_of, 2) <= FIRST, length(slope_of, 2) <= SECOND)
printed = Statement((*REGRESSION, *SIZES), And(*ESTIMATES), source="yedida-saha:text-k2-estimates")
ANY = length(slope_of, 2, count) <= M**2
amended = printed.amend(
    given=(count >= 1, M >= 0, length(slope_of, 1, count) <= M, m >= 1, k >= 2, lam >= 0, K_z >= 0, K >= 0),
    then=And(ANY, Eq(FIRST, SECOND), FIRST / 2 <= UNMIXED, UNMIXED <= FIRST),
    why="The square of a bound M of the gradient bounds |g^2|; (k - 1)/(k m) K_z + lambda |w| is no such bound. Both estimates are the "
    "same number; without the mixed term at least half of it is left.",
)
HALVES = {
    **{m: 1, k: 2, lam: 0, K_z: 1, K: 0, entry: Lambda(i, 1), weight_of: Lambda(j, 0), logit: Lambda((i, j), 0)},
    **{output: Lambda((i, j), Rational(1, 2)), hot: Lambda((i, j), 2 - j), slope_of: Lambda(j, j - Rational(3, 2))},
}
ALL = {count: 2, M: 1, slope_of: HALVES[slope_of], m: 1, k: 2, lam: 1, K_z: 1, K: 1}


@refutes(printed, why="Two classes, one sample 1, weights 0: the gradient is (-1/2, 1/2), |g^2| = 0.354, and the estimate 1/4.")
def half_and_half() -> Refutation:
    """The softmax values 1/2."""
    return counterexample(printed, HALVES)


@cache
def _fourth_powers() -> Theorem:
    """The sum of x^4 is at most the square of that of x^2."""
    facts = (instance(fact(), {entry: Lambda(j, slope_of(j) ** 2), m: count}) for fact in (none_negative, both_ways))
    sums = (equal_words(Sum(slope_of(i) ** p, (i, 1, count)), Sum(slope_of(j) ** p, (j, 1, count))) for p in (2, 4))
    known = conjunction(*facts, *sums)
    return conclude(known, Statement((count >= 1,), known.then))


@proves(
    amended,
    witness=at(ALL),
    mutants=[
        mutant(amended.with_then(length(slope_of, 2, count) <= M**2 / 4), {**ALL, M: Rational(3, 4)}, "a quarter"),
        mutant(amended.with_then(3 * FIRST / 4 <= UNMIXED), ALL, "three quarters"),
        mutant(amended.drop(length(slope_of, 1, count) <= M), {**ALL, M: Rational(1, 2)}, "any number for the bound"),
    ],
    tight=Tight(True, "one entry", amended.with_then(Eq(length(slope_of, 2, count), M**2)), at({**ALL, count: 1, slope_of: Lambda(j, 1)})),
)
def the_square_of_a_bound() -> Theorem:
    """Multiplied out; and (a + b)^2 <= 2 (a^2 + b^2)."""
    given = amended.given
    numbers = given[3:]
    below = follows(ANY, *given[:3], using=(_fourth_powers(),), because="roots")
    same = follows(Eq(FIRST, SECOND), *numbers, because="multiplied out")
    half = follows(And(FIRST / 2 <= UNMIXED, UNMIXED <= FIRST), *numbers, because="2 a b is between 0 and a^2 + b^2")
    return conclude(conjunction(below, same, half), amended)


undecided(
    "yedida-saha:text-k2-behaviour",
    "not run: DenseNet on CIFAR-10 with Auto-Adam for three bounds of |g^2|. What is told cannot come from the two formulas, which are "
    "the same number for one |w| (proved beside text-k2-estimates); so it must come from what was put in for |w| and K_z, which the "
    "paper does not say. Leaving out the mixed term makes the bound at most twice as small, and sqrt(K_2), so the step, at most sqrt(2) "
    "times as short.",
)
