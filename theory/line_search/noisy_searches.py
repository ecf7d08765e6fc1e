"""When an exact line search on a mini-batch raises the full loss: where the noise is longer than the gradient. (beyond section 5).

On quadratic losses the search goes |g|^3/(g' H_B g) along -g/|g|. The full loss is higher there exactly if
|g|^2 g' H g > 2 <G, g> g' H_B g. Where both losses have the same curvature along the line, that says |g - G| > |G|: the mini-batch's error
is longer than the gradient itself. It takes no bad curvature for exact searches to fail; at |g - G| = |G| they gain nothing at all.
"""

from functools import partial

from sympy import Eq, Lambda

from theory.evidence import at, extends, mutant
from theory.line_search.line_loss import curvature
from theory.line_search.quadratics import LOSS, QUADRATIC, along, bowl, exactly_if, lowest, on_the_line, where_lowest
from theory.line_search.symbols import H_B, G, H, batch_loss, full_loss, g, heading, s, theta
from theory.proof import (
    Implies,
    Statement,
    Theorem,
    cite,
    conclude,
    conjunction,
    discharge,
    equal_words,
    follows,
    inner,
    instance,
    squared_norm,
    substitute,
)
from theory.proof.norms import size

OF_THE_BATCH = {full_loss: Lambda(heading, batch_loss(heading)), G: g, H: H_B}
WAY = -g / size(g)
BATCH, FOUND = (substitute(h, OF_THE_BATCH) for h in (QUADRATIC, lowest(s, WAY)))
RAISED = along(s, WAY) > full_loss(theta)
SEARCH = (QUADRATIC, BATCH, squared_norm(g) > 0, curvature(H_B, g) > 0, FOUND)


BENDS = squared_norm(g) * curvature(H, g) > 2 * inner(G, g) * curvature(H_B, g)
raised = Statement(SEARCH, exactly_if(RAISED, BENDS))
SAME = Eq(curvature(H_B, g), curvature(H, g))
NOISE = squared_norm(g - G) > squared_norm(G)
raised_by_noise = Statement((*SEARCH, SAME), exactly_if(RAISED, NOISE))

# One parameter, both losses with the curvature 1: G = 1 and g = 3, the search goes 3 far; and G = 1, g = 2
BATCH_LOSS = {batch_loss: Lambda(heading, inner(g, heading - theta) + curvature(H_B, heading - theta) / 2)}
NOISY = {**LOSS, **BATCH_LOSS, theta: [[0]], G: [[1]], H: [[1]], g: [[3]], H_B: [[1]], s: 3}
EDGE = {**NOISY, g: [[2]], s: 2}
STIFF = {**NOISY, g: [[1]], s: 1, H: [[3]]}  # no noise in the gradient, but a curvature that the mini-batch does not see
ONE, TWO, THREE = (partial(bowl, step) for step in (1, 2, 3))


@extends(
    "mutschler-zell:text-mbexact",
    raised,
    witness=at(STIFF, ONE),
    mutants=[
        mutant(raised.with_then(Implies(RAISED, NOISE)), STIFF, "never without noise", ONE),
        mutant(
            raised.with_then(exactly_if(RAISED, squared_norm(g) * curvature(H, g) > inner(G, g) * curvature(H_B, g))), EDGE, "1 for 2", TWO
        ),
    ],
)
def a_search_raises_the_full_loss() -> Theorem:
    """L(s) - L(0) = s (-<G, g>/|g| + g' H g s/(2 |g|^2)) with s = |g|^3/(g' H_B g)."""
    change, length = _change(), cite("norm-nonnegative", g)
    given = (squared_norm(g) > 0, curvature(H_B, g) > 0)
    only = follows(BENDS, RAISED, *given, using=(change, length), because="times 2 (g' H_B g)^2/|g|^2")
    enough = follows(RAISED, BENDS, *given, using=(change, length))
    return conclude(conjunction(discharge(only, RAISED), discharge(enough, BENDS)), raised)


def _change() -> Theorem:
    """(g' H_B g)^2 (L(s) - L(0)) = |g|^2 (|g|^2 g' H g/2 - <G, g> g' H_B g)."""
    found = instance(where_lowest(s, WAY), OF_THE_BATCH)
    slopes = [equal_words(inner(vector, WAY), -inner(vector, g) / size(g)) for vector in (g, G)]
    bends = [equal_words(curvature(hessian, WAY), curvature(hessian, g) / squared_norm(g)) for hessian in (H, H_B)]
    length = cite("norm-nonnegative", g)
    step = Eq(s * curvature(H_B, g), size(g) * squared_norm(g))
    step = follows(step, squared_norm(g) > 0, using=(found, *slopes, *bends, length), because="where the mini-batch's slope vanishes")
    change = Eq(
        curvature(H_B, g) ** 2 * (along(s, WAY) - full_loss(theta)),
        squared_norm(g) * (squared_norm(g) * curvature(H, g) / 2 - inner(G, g) * curvature(H_B, g)),
    )
    using = (on_the_line(WAY), step, *slopes, *bends, length)
    return follows(change, squared_norm(g) > 0, using=using, because="the full loss on the line")


@extends(
    "mutschler-zell:text-mbexact",
    raised_by_noise,
    witness=at(NOISY, THREE),
    mutants=[
        mutant(raised_by_noise.with_then(exactly_if(RAISED, squared_norm(g - G) >= squared_norm(G))), EDGE, "with equality", TWO),
        mutant(raised_by_noise.drop(SAME), STIFF, "any curvatures", ONE),
        mutant(raised_by_noise.with_then(exactly_if(RAISED, squared_norm(g - G) > squared_norm(g))), NOISY, "longer than g", THREE),
    ],
)
def noise_raises_the_full_loss() -> Theorem:
    """|g - G|^2 - |G|^2 = |g|^2 - 2 <G, g>."""
    apart = equal_words(squared_norm(g - G), squared_norm(g) - 2 * inner(G, g) + squared_norm(G))
    using = (a_search_raises_the_full_loss(), apart)
    return conclude(follows(raised_by_noise.then, SAME, curvature(H_B, g) > 0, using=using, because="divided by g' H g"), raised_by_noise)
