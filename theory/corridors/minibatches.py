"""Stochastic gradient descent in a corridor: whatever it does, it does not follow gradient descent step by step. (section 3, appendix A.3).

One step with the gradient of a minibatch differs from that of the whole loss, by h times the difference of the gradients, corridor or not.
After an epoch the differences may cancel: what is left is h times the sum of how much each minibatch's gradient has changed when its turn
comes. Where each of them is constant, as for affine losses, an epoch of any step size ends exactly where gradient descent does.
"""

from sympy import Eq, Lambda, Sum

from theory.corridors.staying import STEPS, segment, straight
from theory.corridors.symbols import U, batch, each, g, h, j, k, n, other_unit, rho, theta, theta_0, unit
from theory.evidence import at, mutant, proves, refutes
from theory.proof import (
    And,
    ForAll,
    Refutation,
    Statement,
    Theorem,
    assume,
    combine_words,
    conclude,
    conjunction,
    counterexample,
    equal_words,
    follows,
    specialize,
    squared_norm,
    substitute,
)
from theory.proof.ranges import up_to

DESCENT = theta_0 - h * g(theta_0)
STOCHASTIC = theta_0 - h * batch
NOISE = batch - g(theta_0)
decomposition = Statement(
    (h > 0, squared_norm(NOISE) > 0),
    And(
        Eq(batch, g(theta_0) + NOISE, evaluate=False),
        squared_norm(STOCHASTIC - DESCENT) > 0,
        Eq(squared_norm(STOCHASTIC - DESCENT), h**2 * squared_norm(NOISE)),
    ),
    source="dherin-rosca:text-sgd-decomposition",
)
AFFINE = {unit: [[3], [4]], theta_0: [[1], [2]], h: 2, g: Lambda(U, unit), batch: [[4], [4]]}


@proves(
    decomposition,
    witness=at(AFFINE),
    mutants=[
        mutant(decomposition.drop(squared_norm(NOISE) > 0), {**AFFINE, batch: [[3], [4]]}, "for equal batches"),
        mutant(decomposition.with_then(Eq(squared_norm(STOCHASTIC - DESCENT), h * squared_norm(NOISE))), AFFINE, "h once"),
        mutant(decomposition.with_then(Eq(batch, g(theta_0) - NOISE)), AFFINE, "the other sign"),
    ],
)
def a_stochastic_step() -> Theorem:
    """The two steps differ by h (g_B - g)."""
    split = equal_words(batch, g(theta_0) + NOISE)
    apart = equal_words(squared_norm(STOCHASTIC - DESCENT), h**2 * squared_norm(NOISE))
    differs = follows(squared_norm(STOCHASTIC - DESCENT) > 0, h > 0, squared_norm(NOISE) > 0, using=(apart,))
    return conclude(conjunction(split, differs, apart), decomposition)


# One epoch without replacement: the minibatches 1 to n, in this order

EPOCH = ForAll(k, STEPS, Eq(theta(k), theta(k - 1) - h * each(k, theta(k - 1))))
MEAN = Eq(Sum(each(j, theta(0)), (j, 1, n)), n * g(theta(0)))
DEPARTURE = theta(n) - (theta(0) - n * h * g(theta(0)))  # from where gradient descent is after n steps in a corridor
CHANGE = Sum(each(j, theta(0)), (j, 1, n)) - Sum(each(j, theta(j - 1)), (j, 1, n))
occurs = Statement(
    (n >= 2, h > 0, EPOCH, MEAN, straight(theta(0)), segment(theta(0), n * h)),
    squared_norm(DEPARTURE) > 0,
    source="dherin-rosca:text-sgd-ir-occurs",
)
as_gradients_change = occurs.amend(
    then=Eq(DEPARTURE, h * CHANGE),
    why="An epoch departs from gradient descent by what the minibatches' gradients change until their turn, which may be nothing.",
)
# Two minibatches with the gradients (2, 0) and (0, 2)
CONSTANT = {
    unit: [[1], [0]],
    other_unit: [[0], [1]],
    n: 2,
    h: 3,
    g: Lambda(U, unit + other_unit),
    each: Lambda((k, U), 2 * (2 - k) * unit + 2 * (k - 1) * other_unit),
    theta: Lambda(k, unit + 2 * other_unit - (9 * k - 3 * k**2) * unit - (3 * k**2 - 3 * k) * other_unit),
    rho: Lambda(U, 1),
}


# L_1 = x + x^2/2 and L_2 = x - x^2/2 on the line
CHANGING = {
    unit: [[1]],
    n: 2,
    h: 1,
    g: Lambda(U, unit),
    each: Lambda((k, U), unit + (3 - 2 * k) * U),
    theta: Lambda(k, (4 - 7 * k + k**2) / 2 * unit),
    rho: Lambda(U, 1),
}


@refutes(occurs, why="Two affine minibatches: after an epoch with any step size SGD is exactly where gradient descent is.")
def no_regularisation_of_affine_batches() -> Refutation:
    """The gradients (2, 0) and (0, 2), step size 3."""
    return counterexample(occurs, CONSTANT)


@proves(
    as_gradients_change,
    witness=at(CHANGING),
    mutants=[
        mutant(as_gradients_change.with_then(Eq(DEPARTURE, -h * CHANGE)), CHANGING, "the other way"),
        mutant(as_gradients_change.with_then(Eq(DEPARTURE, h * CHANGE / 2)), CHANGING, "half of it"),
    ],
)
def an_epoch() -> Theorem:
    """The steps add up to -h times the sum of the gradients where their turn comes."""
    claim = Eq(theta(k), theta(0) - h * Sum(each(j, theta(j - 1)), (j, 1, k)))
    start = equal_words(*substitute(claim, {k: 0}).args)
    step = combine_words(*substitute(claim, {k: k + 1}).args, (1, assume(claim), 1), (1, specialize(assume(EPOCH), k + 1), 1))
    whole = specialize(up_to(start, step, claim, index=k, last=n), n)
    total = combine_words(*as_gradients_change.then.args, (1, whole, 1), (-h, assume(MEAN), 1), because="n g is the sum of all")
    return conclude(total, as_gradients_change)
