"""How fast Polyak steps lower a convex loss with kinks: the best of n losses is within M |theta_0 - z|/sqrt(n) of the least. (section 4.1).

No method that steps along gradients seen so far guarantees a better order than 1/sqrt(n) in every dimension (Nesterov, Lectures on Convex
Optimization, theorem 3.2.1; not proved here): in this sense the step is optimal.
"""

from sympy import Abs, Eq, Lambda, Rational

from theory.corridors.polyak_runs import ABOVE, HALVES, NEXT, POINT, STEEPNESS, STEP, along_the_run, until
from theory.corridors.polyak_variants import CONVEX, DISTANCE, FIRST
from theory.corridors.symbols import U, best, g, k, loss, n, radius, rate, steepest, theta, unit
from theory.evidence import at, extends, mutant
from theory.proof import (
    And,
    Statement,
    Theorem,
    Trace,
    assume,
    cite,
    conclude,
    equal_words,
    follows,
    inner,
    specialize,
    squared_norm,
    substitute,
)
from theory.proof.ranges import up_to

POLYAK = And(STEEPNESS > 0, STEEPNESS <= steepest**2, Eq(rate(k) * STEEPNESS, ABOVE))
ABOVE_ALL = ABOVE >= radius
square_root_rate = Statement(
    (n >= 1, *(until(e) for e in (STEP, CONVEX, POLYAK, ABOVE_ALL)), radius >= 0, steepest > 0), n * radius**2 <= steepest**2 * FIRST
)
# |theta| from 1 reaches 0 at once; theta^2 from 1 is halved
AT_ONCE = {
    **HALVES,
    best: [[0]],
    theta: Lambda(k, (1 - k) * unit),
    loss: Lambda(U, Abs(Trace(U))),
    g: Lambda(U, unit),
    rate: Lambda(k, 1),
    steepest: 1,
    radius: 1,
    n: 1,
}


@extends(
    "dherin-rosca:text-polyak-optimal",
    square_root_rate,
    witness=at(AT_ONCE),
    mutants=[
        mutant(square_root_rate.with_then(n * radius**2 <= steepest**2 * FIRST / 2), AT_ONCE, "half of it"),
        mutant(square_root_rate.drop(until(CONVEX)), {**AT_ONCE, best: [[Rational(1, 2)]]}, "not convex"),
        mutant(square_root_rate.drop(until(ABOVE_ALL)), {**AT_ONCE, radius: 2}, "for the loss of no iterate"),
    ],
)
def the_best_of_n_losses() -> Theorem:
    """Each step takes (L - L*)^2/|g|^2, at least m^2/M^2, off the squared distance."""
    known = (*CONVEX.args, *POLYAK.args, ABOVE_ALL, radius >= 0, steepest > 0)
    step = equal_words(
        squared_norm(NEXT - best), DISTANCE + 2 * rate(k) * inner(g(POINT), best - POINT) + rate(k) ** 2 * STEEPNESS, assume(STEP)
    )
    positive = follows(rate(k) >= 0, *known)
    gain = follows(rate(k) * ABOVE * steepest**2 >= radius**2, *known, using=(positive,), because="h (L - L*) = (L - L*)^2/|g|^2")
    nearer = follows(
        steepest**2 * squared_norm(NEXT - best) <= steepest**2 * DISTANCE - radius**2,
        *known,
        using=(step, positive, gain),
        because="one step",
    )
    nearer = along_the_run(nearer, STEP, CONVEX, POLYAK, ABOVE_ALL)
    claim = k * radius**2 + steepest**2 * DISTANCE <= steepest**2 * FIRST
    start = follows(substitute(claim, {k: 0}), because="at the start")
    more = follows(substitute(claim, {k: k + 1}), claim, using=(nearer,), because="one step more")
    end = specialize(up_to(start, more, claim, radius >= 0, steepest > 0, index=k, last=n), n)
    size = cite("norm-nonnegative", theta(n) - best)
    return conclude(
        follows(square_root_rate.then, n >= 1, using=(end, size), because="the last distance is not negative"), square_root_rate
    )
