"""The modified loss of an epoch of stochastic gradient descent: its two forms agree. (equations 19 and 20, appendix A.3).

|g|^2 and the spread of the minibatches' gradients add up to the mean of their squared norms. That the flow on this loss follows SGD in the
mean is proved in `modified_flow`.
"""

from sympy import Eq, Lambda, Sum

from theory.corridors.staying import STEPS
from theory.corridors.symbols import U, each, g, h, j, k, n, other_unit, partial, theta_0, unit
from theory.evidence import at, extends, mutant
from theory.proof import (
    ForAll,
    Statement,
    Theorem,
    assume,
    conclude,
    equal_words,
    follows,
    inner,
    specialize,
    squared_norm,
    substitute,
)
from theory.proof.ranges import up_to

GRADIENT, OWN = g(theta_0), each(j, theta_0)
ADDED = (
    Eq(partial(0), 0),
    ForAll(k, STEPS, Eq(partial(k), partial(k - 1) + each(k, theta_0))),
)  # partial(k), the sum of the first k gradients
MEAN = Eq(partial(n), n * GRADIENT)
SPREAD, SQUARES = Sum(squared_norm(OWN - GRADIENT), (j, 1, n)), Sum(squared_norm(OWN), (j, 1, n))
two_forms = Statement((n >= 1, h > 0, *ADDED, MEAN), Eq(h / 4 * squared_norm(GRADIENT) + h / (4 * n) * SPREAD, h / (4 * n) * SQUARES))
# The gradients (2, 0) and (0, 2) at one point, with the mean (1, 1)
TWO = {
    unit: [[1], [0]],
    other_unit: [[0], [1]],
    theta_0: [[5], [7]],
    n: 2,
    h: 3,
    g: Lambda(U, unit + other_unit),
    each: Lambda((k, U), 2 * (2 - k) * unit + 2 * (k - 1) * other_unit),
    partial: Lambda(k, (3 * k - k**2) * unit + (k**2 - k) * other_unit),
}


@extends(
    "dherin-rosca:equation-19-20",
    two_forms,
    witness=at(TWO),
    mutants=[
        mutant(two_forms.with_then(Eq(h / 4 * squared_norm(GRADIENT) + h / 4 * SPREAD, h / (4 * n) * SQUARES)), TWO, "without 1/m"),
        mutant(two_forms.with_then(Eq(h / (4 * n) * SPREAD, h / (4 * n) * SQUARES)), TWO, "without |g|^2"),
    ],
)
def the_spread_and_the_mean() -> Theorem:
    """Sum |g_k - g|^2 = sum |g_k|^2 - 2 <sum g_k, g> + m |g|^2, batch by batch, and the sum of all g_k is m g."""
    spread, squares = (substitute(side, {n: k}) for side in (SPREAD, SQUARES))
    claim = Eq(spread, squares - 2 * inner(GRADIENT, partial(k)) + k * squared_norm(GRADIENT))
    start = equal_words(*substitute(claim, {k: 0}).args, assume(ADDED[0]))
    own = each(k + 1, theta_0)
    one_more = (
        equal_words(substitute(spread, {k: k + 1}), spread + squared_norm(own - GRADIENT)),
        equal_words(substitute(squares, {k: k + 1}), squares + squared_norm(own)),
        equal_words(squared_norm(own - GRADIENT), squared_norm(own) - 2 * inner(GRADIENT, own) + squared_norm(GRADIENT)),
        equal_words(
            inner(GRADIENT, partial(k + 1)), inner(GRADIENT, partial(k)) + inner(GRADIENT, own), specialize(assume(ADDED[1]), k + 1)
        ),
    )
    step = follows(substitute(claim, {k: k + 1}), claim, using=one_more, because="one minibatch more")
    whole = specialize(up_to(start, step, claim, index=k, last=n), n)
    total = equal_words(inner(GRADIENT, partial(n)), n * squared_norm(GRADIENT), assume(MEAN))
    return conclude(follows(two_forms.then, n >= 1, using=(whole, total), because="divided by m"), two_forms)
