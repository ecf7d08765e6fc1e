"""What some minibatches say of all: the least candidate, its window, and how often it is undercut. (sections 1, 3.2, 5).

The step of linGrad is the least psi* of the minibatches that it measured last. These are within the linear range where epsilon is
proportional to psi; one that was not measured need not be, however many were. A sample of H from N minibatches contains the one that
matters with the probability H/N, and the next minibatch undercuts the last H with the probability 1/(H + 1).
"""

from sympy import Abs, Eq, Integer, Lambda, Max, Rational, Sum

from theory.evidence import Tight, at, mutant, proves, refutes
from theory.linear_range.symbols import C, H, N, epsilon_star, gain, gap, j, k, late, p, psi, star
from theory.proof import (
    And,
    Exists,
    ForAll,
    Implies,
    Refutation,
    Statement,
    Theorem,
    assume,
    counterexample,
    equal_words,
    follows,
    specialize,
    substitute,
)
from theory.proof.ranges import throughout, up_to

ALL, SAMPLE = (And(j >= 1, j <= last) for last in (N, H))
SAMPLED = (H >= 1, H <= N)
PROPORTIONAL = ForAll(j, ALL, And(gain(j) > 0, Eq(star(j) * gain(j), epsilon_star)))  # epsilon_j = gain(j) psi, and line 12
LEAST = (ForAll(j, SAMPLE, psi <= star(j)), Exists(j, SAMPLE, Eq(psi, star(j))))  # line 13: psi is the least of the sample
LINGRAD = (*SAMPLED, epsilon_star > 0, PROPORTIONAL, *LEAST)
WITHIN = gain(j) * psi <= epsilon_star


all_within = Statement(LINGRAD, ForAll(j, ALL, WITHIN), source="ni-talnikar:text-all-minibatches")
measured_within = all_within.amend(
    then=And(ForAll(j, SAMPLE, WITHIN), ForAll(j, ALL, And(Implies(WITHIN, psi <= star(j)), Implies(psi <= star(j), WITHIN)))),
    why="The minibatches that were measured are within the range, the present one among them; any other is exactly if psi <= its psi*.",
)
STEEP = {N: 2, H: 1, epsilon_star: 1, gain: Lambda(j, Abs(j)), star: Lambda(j, (3 - j) / Integer(2)), psi: 1}  # epsilon = psi and 2 psi
BOTH = {**STEEP, H: 2, psi: Rational(1, 2)}


@refutes(all_within, why="Two minibatches with epsilon = psi and 2 psi: after the first is measured, the second is at twice epsilon*.")
def the_next_minibatch() -> Refutation:
    """The first is measured, the second comes next."""
    return counterexample(all_within, STEEP)


@proves(
    measured_within,
    witness=at(STEEP),
    mutants=[
        mutant(measured_within.with_then(ForAll(j, SAMPLE, gain(j) * psi < epsilon_star)), STEEP, "strictly"),
        mutant(measured_within.drop(LEAST[0]).with_then(ForAll(j, SAMPLE, WITHIN)), {**STEEP, H: 2}, "any candidate of the sample"),
    ],
)
def the_measured_minibatches_are_within() -> Theorem:
    """Gain psi <= epsilon* = gain psi* exactly if psi <= psi*, since gain > 0."""
    there = specialize(assume(PROPORTIONAL), j)
    both = follows(And(Implies(WITHIN, psi <= star(j)), Implies(psi <= star(j), WITHIN)), using=(there,), because="divided by the gain")
    inside = follows(WITHIN, H <= N, using=(both, specialize(assume(LEAST[0]), j)), because="psi is the least")
    sample, everywhere = throughout(inside, j, SAMPLE), throughout(both, j, ALL)
    return follows(measured_within.then, *LINGRAD, using=(sample, everywhere))


# The greatest or the least?

SAME_GREATEST = Exists(k, And(k >= 1, k <= H), ForAll(j, ALL, star(j) <= star(k)))  # the greatest of the sample is that of all
SAME_LEAST = ForAll(j, ALL, psi <= star(j))
greatest_suffices = Statement((*LINGRAD, SAME_GREATEST), ForAll(j, ALL, WITHIN), source="ni-talnikar:text-max-psistar")
least_suffices = greatest_suffices.amend(
    given=(*LINGRAD, SAME_LEAST),
    why="Algorithm 1 takes the least candidate, so it is the least that the sample must share with all (a misprint).",
)


@refutes(greatest_suffices, why="psi* = 1 and 1/2: the sample has the greatest, and takes it for the least.")
def the_greatest_is_shared() -> Refutation:
    """The first minibatch has the greater candidate."""
    return counterexample(greatest_suffices, STEEP)


@proves(
    least_suffices,
    witness=at(BOTH),
    mutants=[
        mutant(least_suffices.drop(SAME_LEAST), STEEP, "for any sample"),
        mutant(
            least_suffices.with_then(ForAll(j, ALL, 2 * WITHIN.lhs <= epsilon_star)),
            {**STEEP, H: 2, psi: Rational(1, 2)},
            "half of the range",
        ),
    ],
)
def a_sample_with_the_least() -> Theorem:
    """Psi <= psi* for all, so all are within the range."""
    both = specialize(assume(PROPORTIONAL), j)
    inside = follows(WITHIN, using=(both, specialize(assume(SAME_LEAST), j)), because="multiplied by the gain")
    return throughout(inside, j, ALL)


# Fifty measurements

fifty = Statement((*LINGRAD, H >= 50), ForAll(j, ALL, psi <= 10 * star(j)), source="ni-talnikar:text-nhist-50")
LEAST_SOMEWHERE = (ForAll(j, ALL, Eq(p(j), p(1))), Eq(Sum(p(j), (j, 1, N)), 1))
how_often = fifty.amend(
    given=(*SAMPLED, *LEAST_SOMEWHERE),
    then=And(Eq(Sum(p(j), (j, 1, H)), H / N), Implies(Eq(N, H + 1), Eq(1 - Sum(p(j), (j, 1, H)), 1 / (H + 1)))),
    why="If each of N minibatches is equally likely to have the least psi*, one of H has it with the probability H/N (50 of 5000: 1/100), "
    "and the next minibatch undercuts the last H with the probability 1/(H + 1) (1/51; less with ties). How far, none tells.",
)
ELEVENTH = {  # psi* = 1 fifty times, and then 1/11
    N: 51,
    H: 50,
    epsilon_star: 1,
    psi: 1,
    star: Lambda(j, 1 - Rational(10, 11) * Max(0, j - 50)),
    gain: Lambda(j, 1 + 10 * Max(0, j - 50)),
}
UNIFORM = {N: 3, H: 2, p: Lambda(j, Rational(1, 3))}


@refutes(
    fifty,
    why="Fifty minibatches with psi* = 1, and one with 1/11.",
    mutants=[mutant(fifty.with_then(ForAll(j, ALL, psi <= star(j))), ELEVENTH, "exactly")],
)
def the_fifty_first() -> Refutation:
    """The one that was not measured has another range."""
    return counterexample(fifty, ELEVENTH)


@proves(
    how_often,
    witness=at(UNIFORM),
    mutants=[
        mutant(how_often.with_then(Eq(Sum(p(j), (j, 1, H)), H / (N + 1))), UNIFORM, "H/(N + 1)"),
        mutant(
            how_often.drop(LEAST_SOMEWHERE[0]).with_then(how_often.then.args[0]),
            {**UNIFORM, p: Lambda(j, Max(0, j - 2))},
            "the last is always the least",
        ),
        mutant(how_often.drop(LEAST_SOMEWHERE[1]).with_then(how_often.then.args[0]), {**UNIFORM, p: Lambda(j, 1)}, "with ties"),
    ],
)
def the_least_is_in_the_sample() -> Theorem:
    """Equal probabilities that add up to 1 are 1/N each."""
    claim = Eq(Sum(p(j), (j, 1, k)), k * p(1))
    start = equal_words(Sum(p(j), (j, 1, 1)), p(1))
    more = equal_words(Sum(p(j), (j, 1, k + 1)), Sum(p(j), (j, 1, k)) + p(k + 1))
    step = follows(substitute(claim, {k: k + 1}), claim, using=(more, specialize(assume(LEAST_SOMEWHERE[0]), k + 1)), because="one more")
    sums = up_to(start, step, claim, index=k, last=N, first=1)
    whole, some = specialize(sums, N), specialize(sums, H)
    return follows(how_often.then, *how_often.given, using=(whole, some), because="N p(1) = 1")


# The window

AGE = (k >= 0, k <= H - 1, late >= 0, late <= gap - 1)  # the candidate k measurements ago, `late` minibatches after the last one
recent = Statement(
    (H >= 50, gap >= 1, N >= 1, H * gap <= C * N, *AGE),
    And(k * gap + late < C * N, C * N >= 50 * gap),
    source="ni-talnikar:text-nhist-nlin",
)
PAPER = {H: 50, gap: 100, N: 5000, C: 1, k: 49, late: 99}  # section 4.1 with N_s = 10


@proves(
    recent,
    witness=at(PAPER),
    mutants=[
        mutant(recent.with_then(k * gap + late < C * N - 1), PAPER, "younger by one"),
        mutant(recent.drop(H * gap <= C * N), {**PAPER, N: 500}, "section 4.1 with N_s = 100 and C = 1"),
    ],
    tight=Tight(True, "the oldest candidate, just before the next measurement", recent.with_then(Eq(k * gap + late, C * N - 1)), at(PAPER)),
)
def candidates_are_recent() -> Theorem:
    """At most (H - 1) N_lin + N_lin - 1 < H N_lin minibatches old. With H >= 50 the condition excludes N_b < 50 N_lin/C."""
    return follows(recent.then, *recent.given, because="H N_lin <= C N_b")
