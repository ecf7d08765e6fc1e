"""What is left of the modified loss of SGD in a corridor: the spread of the minibatches' gradients. (Section 3, appendix A.3).

The modified loss of Smith et al. (2021) adds (h/4) |g|^2 and (h/4m) sum |g_k - g|^2 to the loss. In a corridor the first has no
gradient. That of the second is (h/2m) sum H_k g_k, which may be 0 too: where each minibatch has a constant gradient, nothing is left.
"""

from functools import cache

from sympy import Eq, Expr, Lambda, Rational, Sum, sympify
from sympy.functions.elementary.complexes import transpose

from theory.corridors.corridor import (
    BOWL,
    GRADIENT,
    LIVES,
    RAMP,
    SMOOTH,
    SOLVES,
    STRAIGHT,
    TIMES,
    everywhere,
    jacobian,
    the_product_vanishes,
)
from theory.corridors.exactness import SYMMETRIC, no_pull
from theory.corridors.symbols import H, S, T, U, X, bends, d, each, g, h, j, n, pull, since, t, v, w, x
from theory.evidence import at, mutant, proves, refutes
from theory.proof import (
    And,
    ForAll,
    Implies,
    Refutation,
    Statement,
    Theorem,
    Velocity,
    assume,
    cite,
    combine_words,
    conclude,
    conjunction,
    counterexample,
    cut,
    discharge,
    equal_words,
    part,
    rewrite,
    specialize,
    sum_congruence,
    transposed,
)
from theory.proof.ranges import throughout

BATCHES = And(j >= 1, j <= n)
HERE = x(0)  # any point of a solution
ALONG = HERE + d * w
CORRIDOR = (LIVES, SOLVES, STRAIGHT, SMOOTH, SYMMETRIC, n >= 1, h > 0)


def penalty(point: Expr) -> Expr:
    """(h/4) |g|^2 at a point, a 1 x 1 matrix."""
    return h * transpose(g(point)) * g(point) / 4


def spread(point: Expr) -> Expr:
    """(h/4m) sum |g_k - g|^2."""
    apart = each(j, point) - g(point)
    return h / (4 * n) * Sum(transpose(apart) * apart, (j, 1, n))


def grows(value: Expr, rate: Expr) -> Velocity:
    """How fast it grows in the direction w."""
    return Velocity(Lambda(d, value), rate)


def _left(first: Expr) -> And:
    both = grows(penalty(ALONG) + spread(ALONG), pull)
    return And(grows(penalty(ALONG), first), Implies(grows(spread(ALONG), pull), both))


only_pressure = Statement(CORRIDOR, _left(sympify(0)), source="dherin-rosca:text-a-3-conclusion")
# The gradients 2 + x and 2 - x on the line, with the mean 2
BATCHES_OF_2 = {
    **RAMP,
    n: 2,
    h: 1,
    w: [[1]],
    each: Lambda((j, U), 2 + (3 - 2 * j) * U),
    bends: Lambda((j, U), 3 - 2 * j),
    pull: [[Rational(5, 2)]],
}


@proves(
    only_pressure,
    witness=at(BATCHES_OF_2),
    mutants=[
        mutant(only_pressure.with_then(_left(h)), BATCHES_OF_2, "with a pull of the gradient's norm"),
        mutant(only_pressure.with_then(Implies(grows(spread(ALONG), pull), grows(penalty(ALONG), pull))), BATCHES_OF_2, "the other term"),
        mutant(only_pressure.drop(STRAIGHT), {**BATCHES_OF_2, **BOWL}, "outside corridors"),
    ],
)
def only_the_spread_pulls() -> Theorem:
    """The first term has no gradient, so the sum of both has that of the second."""
    none = at_the_start(no_pull())
    second = assume(grows(spread(ALONG), pull))
    both = cut(cite("velocity-of-addition", *none.then.args, *second.then.args), none, second)
    return conclude(conjunction(none, discharge(both, second.then)), only_pressure)


def at_the_start(theorem: Theorem) -> Theorem:
    """What holds along the solution, at the time 0."""
    return conclude(specialize(theorem, 0), Statement(CORRIDOR, specialize(theorem, 0).then))
