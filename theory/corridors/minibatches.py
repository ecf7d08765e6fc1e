"""Stochastic gradient descent in a corridor: whatever it does, it does not follow gradient descent step by step. (section 3, appendix A.3).

One step with the gradient of a minibatch differs from that of the whole loss, by h times the difference of the gradients, corridor or not.
"""

from sympy import Eq, Lambda

from theory.corridors.symbols import U, batch, g, h, theta_0, unit
from theory.evidence import at, mutant, proves
from theory.proof import (
    And,
    Statement,
    Theorem,
    conclude,
    conjunction,
    equal_words,
    follows,
    squared_norm,
)

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
