"""Is the least loss 0, as the corridor learning rate assumes? Not if one input has two targets. (section 4).

With enough capacity a network is any function of its input. Two samples with one input get one output t, and (t - y_1)^2 + (t - y_2)^2 is
never 0 for different targets: its least value is (y_1 - y_2)^2/2, whatever the capacity.
"""

from sympy import Eq, Expr, false

from theory.corridors.symbols import other_target, t, target
from theory.evidence import at, mutant, proves, refutes
from theory.proof import (
    And,
    Exists,
    ForAll,
    Refutation,
    Statement,
    Theorem,
    absurd,
    conclude,
    conjunction,
    counterexample,
    exhibit,
    follows,
    generalize,
    none_exists,
)

LOSS = (t - target) ** 2 + (t - other_target) ** 2
LEAST = (target - other_target) ** 2 / 2


def least_is(value: Expr) -> And:
    """The value is attained by some output, and no output has a smaller loss."""
    return And(Exists(t, True, Eq(LOSS, value)), ForAll(t, True, LOSS >= value))


min_zero = Statement((), Exists(t, True, Eq(LOSS, 0)), source="dherin-rosca:text-min-zero")
half_of_the_square = min_zero.amend(
    then=least_is(LEAST), why="The least loss is (y_1 - y_2)^2/2 for two samples with one input: 0 exactly if their targets agree."
)
APART = {target: 0, other_target: 2}


def never_zero() -> Theorem:
    """t^2 + (t - 2)^2 is not 0."""
    zero = Eq(t**2 + (t - 2) ** 2, 0)
    return none_exists(generalize(absurd(follows(false, zero), zero), t))


@refutes(min_zero, why="One input with the targets 0 and 2: no function of the input has the loss 0.")
def two_targets() -> Refutation:
    """The targets 0 and 2."""
    return counterexample(min_zero, APART, never_zero())


@proves(
    half_of_the_square,
    witness=at(APART),
    mutants=[
        mutant(half_of_the_square.with_then(ForAll(t, True, LOSS >= 2 * LEAST)), APART, "the whole square"),
        mutant(half_of_the_square.with_then(Exists(t, True, Eq(LOSS, 0))), APART, "0", never_zero),
    ],
)
def the_least_loss() -> Theorem:
    """At the mean of the targets, by completing the square."""
    mean = (target + other_target) / 2
    attained = follows(Eq((mean - target) ** 2 + (mean - other_target) ** 2, LEAST), because="at the mean")
    least = generalize(follows(LOSS >= LEAST, because="a square is not negative"), t)
    return conclude(conjunction(exhibit(attained, t, mean, True, Eq(LOSS, LEAST)), least), half_of_the_square)
