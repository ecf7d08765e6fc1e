"""FBPAL on a quadratic loss: the Newton step along a mini-batch's line, whatever mu is. (section 5).

The full batch's loss is looked at in the direction that the mini-batch has chosen, so its slope there is -<G, g>/|g| and not -|g|. With
-|g| in its place the step is that of the mini-batch, and wrong unless <G, g> = |g|^2.
"""

from functools import partial

from sympy import Eq, Rational

from theory.evidence import at, extends, mutant
from theory.line_search.line_loss import curvature
from theory.line_search.pal import VERTEX
from theory.line_search.quadratics import LOSS, QUADRATIC, along, bowl, is_lowest, lowest, on_the_line
from theory.line_search.symbols import G, H, full_loss, g, loss_0, loss_mu, mu, slope, theta
from theory.proof import And, Statement, Theorem, cite, conclude, conjunction, cut, equal_words, follows, inner, squared_norm
from theory.proof.norms import size

WAY = -g / size(g)
NEWTON = inner(G, g) * size(g) / curvature(H, g)
OWN_SLOPE, SEEN = Eq(slope, inner(G, WAY)), (Eq(loss_0, full_loss(theta)), Eq(loss_mu, along(mu, WAY)))
exact = Statement(
    (QUADRATIC, squared_norm(g) > 0, curvature(H, g) > 0, mu > 0, OWN_SLOPE, *SEEN), And(Eq(VERTEX, NEWTON), lowest(NEWTON, WAY))
)
# The loss 2 U + U^2/2 at 0, a mini-batch with the gradient 1, seen from 1: l(s) = s^2/2 - 2 s
NOISY = {**LOSS, theta: [[0]], G: [[2]], H: [[1]], g: [[1]], mu: 1, loss_0: 0, slope: -2, loss_mu: -Rational(3, 2)}


@extends(
    "mutschler-zell:algorithm-fbpal",
    exact,
    witness=at(NOISY, partial(bowl, 2)),
    mutants=[
        mutant(exact.replacing({OWN_SLOPE: Eq(slope, -size(g))}), {**NOISY, slope: -1}, "the mini-batch's slope"),
        mutant(exact.with_then(Eq(VERTEX, inner(G, g) / curvature(H, g) * squared_norm(g))), {**NOISY, g: [[2]]}, "|g|^2 for |g|"),
        mutant(exact.with_then(Eq(VERTEX, size(g))), NOISY, "the mini-batch's minimum"),
    ],
)
def the_newton_step_from_two_losses() -> Theorem:
    """The line is a parabola with the curvature g' H g/|g|^2."""
    slope_there = equal_words(inner(G, WAY), -inner(G, g) / size(g))
    bend = equal_words(curvature(H, WAY), curvature(H, g) / squared_norm(g))
    known = (slope_there, bend, cite("norm-nonnegative", g))
    given = (squared_norm(g) > 0, curvature(H, g) > 0)
    flat = And(curvature(H, WAY) >= 0, Eq(curvature(H, WAY) * NEWTON, -inner(G, WAY)))
    low = is_lowest(NEWTON, WAY, follows(flat, *given, using=known, because="|g|^2 below, |g| above"))
    seen = follows(
        Eq(loss_mu - loss_0 - slope * mu, mu**2 * curvature(H, WAY) / 2),
        OWN_SLOPE,
        *SEEN,
        using=(on_the_line(WAY, mu),),
        because="a parabola",
    )
    vertex = follows(Eq(VERTEX, NEWTON), *given, mu > 0, OWN_SLOPE, seen.then, using=known, because="mu cancels")
    return conclude(conjunction(cut(vertex, seen), low), exact)
