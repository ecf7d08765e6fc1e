"""The mean value theorem for losses of many parameters: an inequality. (section 3.1).

With one parameter, f(w) - f(v) is the slope somewhere between times w - v. With more, only the part of the gradient along w - v counts:
a linear loss is constant across its gradient. What remains is that |f(w) - f(v)| is at most M |w - v| where the gradient is at most M
long on the segment; so on a domain with a gap, the supremum of |g| is no Lipschitz constant.
"""

from functools import cache

from sympy import Eq, Integer, Lambda
from sympy import S as TRUTH

from theory.evidence import Tight, at, mutant, proves, refutes
from theory.lipschitz.symbols import M, U, V, d, east, eps, gradient, height, loss, north, p_1, p_2, q_1, q_2, r, s, t, unit
from theory.lipschitz.weight_change import DIFFERENTIABLE, moves, ramp, ramp_moves
from theory.proof import (
    And,
    Exists,
    ForAll,
    PartialDerivatives,
    Refutation,
    Statement,
    Theorem,
    absurd,
    assume,
    cite,
    conclude,
    counterexample,
    cut,
    equal_words,
    follows,
    generalize,
    inner,
    none_exists,
    rewrite,
    specialize,
    squared_norm,
    substitute,
)
from theory.proof.norms import size
from theory.proof.ranges import throughout

CHANGE = (loss(V) - loss(U)) ** 2
ON_THE_WAY = U + t * (V - U)
WITHIN = And(t > -eps, t < 1 + eps)  # the segment, and a little more: gradients live on open sets
BOUNDED = CHANGE <= M**2 * squared_norm(V - U)  # |f(V) - f(U)| <= M |V - U|


def near_the_segment(body: object) -> ForAll:
    """At every point of it."""
    return ForAll(t, WITHIN, body)


SLOW = near_the_segment(squared_norm(gradient(ON_THE_WAY)) <= M**2)
STEADY = near_the_segment(moves(ON_THE_WAY, V - U))


@cache
def change_is_bounded() -> Theorem:
    """The speed of t -> f(U + t (V - U)) is at most M |V - U|; so is the change from 0 to 1."""
    way, rate = V - U, inner(gradient(ON_THE_WAY), V - U)
    distance, known = size(way), (cite("norm-nonnegative", way), cite("norm-nonnegative", gradient(ON_THE_WAY)))
    limit = cite("speed-limit", Lambda(t, loss(ON_THE_WAY)), rate, M * distance, d, -eps, 1 + eps)
    moving, slow = (h for h in limit.given if isinstance(h, ForAll))
    here = specialize(assume(STEADY), t)
    written = equal_words(moving.args[2].args[0].expr, here.then.args[0].expr)
    along = cut(cite("same-curve", moving.args[2].args[0], here.then.args[0], rate), generalize(written, d), here)
    gentle = specialize(assume(SLOW), t)
    using = (gentle, cite("cauchy-schwarz", gradient(ON_THE_WAY), way), *known)
    below = follows(slow.args[2], *WITHIN.args, using=using, because="Cauchy-Schwarz")
    limit = cut(limit, throughout(along, t, WITHIN), throughout(below, t, WITHIN))
    limit = cut(limit, follows(M * distance >= 0, M >= 0, using=(known[0],)))
    there = specialize(limit, 1)
    end = equal_words(loss(U + 1 * way), loss(V))
    change = follows(BOUNDED, M >= 0, eps > 0, using=(rewrite(there, end), known[0]), because="squared")
    return conclude(change, Statement((M >= 0, eps > 0, SLOW, STEADY), change.then))


# The gradient somewhere, times the distance: for two parameters it is false

TWO_PARAMETERS = PartialDerivatives(*(Lambda((r, s), f(r, s)) for f in (height, east, north)))
SOMEWHERE = Eq((height(p_1, p_2) - height(q_1, q_2)) ** 2, (east(r, s) ** 2 + north(r, s) ** 2) * ((p_1 - q_1) ** 2 + (p_2 - q_2) ** 2))
printed = Statement((TWO_PARAMETERS,), Exists(r, True, Exists(s, True, SOMEWHERE)), source="yedida-saha:text-mvt")
mean_value = printed.amend(
    given=(DIFFERENTIABLE, M >= 0, eps > 0, SLOW),
    then=BOUNDED,
    why="Only the part of the gradient along the segment counts: with two parameters a linear loss is constant across its gradient. "
    "A bound of |g| on the segment bounds the change.",
)
PLANE = {height: Lambda((r, s), r), east: Lambda((r, s), 1), north: Lambda((r, s), 0)}
ACROSS = {**PLANE, p_1: 0, p_2: 0, q_1: 0, q_2: 1}
UPHILL = {**ramp(Integer(3)), unit: [[1]], U: [[0]], V: [[2]], M: 3, eps: 1}


def never_across() -> Theorem:
    """The loss does not change across its gradient, and 1 is not 0."""
    some = substitute(printed.then, ACROSS)
    never = generalize(absurd(follows(TRUTH.false, some.args[2].args[2]), some.args[2].args[2]), s)
    return none_exists(generalize(none_exists(never), r))


@refutes(printed, why="f(w) = w_1 from (0, 0) to (0, 1): the change is 0, and the gradient is 1 long everywhere.")
def across_the_gradient() -> Refutation:
    """Two parameters."""
    return counterexample(printed, ACROSS, never_across())


@proves(
    mean_value,
    witness=at(UPHILL, ramp_moves),
    mutants=[
        mutant(mean_value.drop(SLOW), {**UPHILL, M: 2}, "not a bound of the gradient", ramp_moves),
        mutant(mean_value.with_then(CHANGE <= M * squared_norm(V - U)), UPHILL, "M for M^2", ramp_moves),
    ],
    tight=Tight(True, "equality along the gradient of a linear loss", mean_value.with_then(Eq(*BOUNDED.args)), at(UPHILL, ramp_moves)),
)
def mean_value_inequality() -> Theorem:
    """The speed along the segment is at most M |V - U|."""
    steady = throughout(specialize(specialize(assume(DIFFERENTIABLE), ON_THE_WAY), V - U), t, WITHIN)
    return conclude(cut(change_is_bounded(), steady), mean_value)
