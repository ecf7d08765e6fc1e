"""What an iteration knows of the corridor it runs in, and what it means to stay inside. (lemma 2.9, beside appendix A).

A corridor is an open set {rho > 0}. From a point of it the gradient does not change along the line of steepest descent, in both
directions, as far as the segment lies inside. A step may leave the corridor and come back in: then nothing is known of the gradient
where it lands. So "the iterates remain in the corridor" and "the segments between them remain in the corridor" are two hypotheses.
"""

from sympy import Eq, Expr

from theory.corridors.symbols import g, k, n, rho, s, t, theta
from theory.proof import (
    And,
    ForAll,
    Theorem,
    assume,
    specialize,
)

STEPS = And(k >= 1, k <= n)
ITERATES = And(k >= 0, k <= n)


def segment(point: Expr, distance: Expr) -> ForAll:
    """The segment from the point to point - distance g(point) lies in the corridor, both ends included."""
    return ForAll(s, And(s >= 0, s <= 1), rho(point - s * distance * g(point)) > 0)


def straight(point: Expr) -> ForAll:
    """Lemma 2.9 at a point: g(point - t g(point)) = g(point), for every t for which the segment lies in the corridor."""
    return ForAll(t, segment(point, t), Eq(g(point - t * g(point)), g(point)))


INSIDE = ForAll(k, ITERATES, rho(theta(k)) > 0)  # the iterates, and only they
CORRIDOR = ForAll(k, ITERATES, straight(theta(k)))


def stays(distance: Expr) -> ForAll:
    """The segments between the iterates lie in the corridor, where step k goes distance(k) from the iterate before."""
    return ForAll(k, STEPS, segment(theta(k - 1), distance))


def arrives(distance: Expr) -> Theorem:
    """The gradient at theta(k) - distance g(theta(k)) is that at theta(k), for a segment inside, and 0 <= k <= n."""
    return specialize(specialize(assume(CORRIDOR), k), distance)


SAME = Eq(g(theta(k)), g(theta(0)))
