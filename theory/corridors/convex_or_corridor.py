"""Convex losses and corridors: neither class contains the other. (section 4.1).

|theta|^2/2 is convex and no corridor. Without the origin -|theta| is a corridor, and in any dimension from 2 on it is not convex: on a
segment that misses the origin it lies above its chord. With one parameter no segment shows this, and more is true: a corridor on an
interval is affine, and so it is convex (see `one_parameter`).
"""

from sympy import Abs, Eq, Expr, Mul, S, expand, sqrt

from theory.corridors.symbols import a, best, d, other_unit, radius, t, theta_0, unit
from theory.evidence import at, mutant, proves
from theory.proof import (
    And,
    Exists,
    ForAll,
    Statement,
    Theorem,
    Trace,
    absurd,
    assume,
    cite,
    conclude,
    conjunction,
    cut,
    equal_words,
    exhibit,
    follows,
    generalize,
    inner,
    none_exists,
    specialize,
    squared_norm,
    substitute,
)
from theory.proof.ranges import throughout

THERE = a * unit + other_unit  # on the line, any point; the other end of a segment is e, which stands for any point but 0

BOWL_IS_CONVEX = squared_norm(best) / 2 >= squared_norm(theta_0) / 2 + inner(
    theta_0, best - theta_0
)  # above its tangents, whose slope is theta
SLOPE_FALLS = ForAll(d, And(d > 0, d < 1), squared_norm(theta_0 - d * theta_0) < squared_norm(theta_0))  # |g| along a line of the flow
OUT = theta_0 + d * theta_0  # along the line of steepest descent of -|theta|, whose gradient is -theta/|theta|
FURTHER = (1 + d) * radius  # its norm: the loss is affine along the line, and the gradient the same
CONE_IS_CORRIDOR = ForAll(d, d > -1, And(Eq(squared_norm(OUT), FURTHER**2), Eq(radius * OUT, FURTHER * theta_0)))
APART = ForAll(t, And(t >= 0, t <= 1), squared_norm((1 - t) * unit + t * THERE) > 0)  # the segment misses the origin
BULGES = sqrt(squared_norm(unit + THERE)) < 1 + sqrt(squared_norm(THERE))  # at its midpoint -|theta| is above the chord
CONE_IS_NOT_CONVEX = Exists(a, True, And(APART, BULGES))
BOTH = And(BOWL_IS_CONVEX, SLOPE_FALLS, CONE_IS_CORRIDOR, CONE_IS_NOT_CONVEX)

AT_A_POINT = (radius > 0, Eq(squared_norm(theta_0), radius**2))
ORTHONORMAL = (Eq(squared_norm(unit), 1), Eq(squared_norm(other_unit), 1), Eq(inner(unit, other_unit), 0))  # two parameters at least
neither = Statement((*AT_A_POINT, *ORTHONORMAL), BOTH, source="dherin-rosca:text-clr-vs-convex")
ON_THE_LINE = {unit: [[1]], other_unit: [[0]], theta_0: [[3]], best: [[5]], radius: 3}
IN_THE_PLANE = {unit: [[1], [0]], other_unit: [[0], [1]], theta_0: [[3], [4]], best: [[5], [6]], radius: 5}


def none_on_the_line() -> Theorem:
    """A segment from 1 that misses 0 ends at a > 0, and |1 + a| = 1 + |a|."""
    apart = ForAll(t, And(t >= 0, t <= 1), (a * t - t + 1) ** 2 > 0)
    body = And(Abs(a + 1) < 1 + Abs(a), apart)
    there = specialize(assume(apart), 1 / (1 + Abs(a)))
    there = cut(there, *(follows(c) for c in there.given if c != apart))
    clash = follows(S.false, body, using=(there,), because="it misses 0 at t = 1/(1 + |a|) only if a > 0")
    clash = cut(clash, follows(apart, body))
    return none_exists(generalize(absurd(clash, body), a))


def shorter_in_the_plane() -> Theorem:
    """From (3, 4) towards 0."""
    within = And(d > 0, d < 1)
    return throughout(follows((3 - 3 * d) ** 2 + (4 - 4 * d) ** 2 < 25, *within.args, because="25 (1 - d)^2"), d, within)


@proves(
    neither,
    witness=at(IN_THE_PLANE, shorter_in_the_plane),
    mutants=[
        mutant(neither.drop(ORTHONORMAL[1]).with_then(CONE_IS_NOT_CONVEX), ON_THE_LINE, "one parameter", none_on_the_line),
        mutant(
            neither.with_then(squared_norm(best) / 2 >= inner(theta_0, best)),
            {**IN_THE_PLANE, theta_0: [[3], [4]], best: [[3], [4]]},
            "tangents through 0",
        ),
        mutant(neither.with_then(ForAll(d, d > -1, Eq(squared_norm(OUT), radius**2 + d**2))), IN_THE_PLANE, "no cone"),
    ],
)
def neither_contains_the_other() -> Theorem:
    """On the segment from e to f the cone is above its chord."""
    return conclude(conjunction(_bowl(), _falls(), _cone(), _bulges()), neither)


def _bowl() -> Theorem:
    apart = equal_words(squared_norm(best - theta_0), squared_norm(best) - squared_norm(theta_0) - 2 * inner(theta_0, best - theta_0))
    return follows(BOWL_IS_CONVEX, using=(apart, cite("norm-nonnegative", best - theta_0)), because="|z - theta|^2 >= 0")


def _falls() -> Theorem:
    shorter = equal_words(squared_norm(theta_0 - d * theta_0), (1 - d) ** 2 * squared_norm(theta_0))
    return throughout(follows(SLOPE_FALLS.args[2], *AT_A_POINT, d > 0, d < 1, using=(shorter,)), d, And(d > 0, d < 1))


def _cone() -> Theorem:
    longer = equal_words(squared_norm(OUT), (1 + d) ** 2 * squared_norm(theta_0))
    size = follows(Eq(squared_norm(OUT), FURTHER**2), *AT_A_POINT, using=(longer,))
    same = equal_words(radius * OUT, FURTHER * theta_0)  # so the gradient is the same
    return throughout(conclude(conjunction(size, same), Statement((*AT_A_POINT, d > -1), CONE_IS_CORRIDOR.args[2])), d, d > -1)


def _bulges() -> Theorem:
    """The segment from e to f, with |e + f| = sqrt(2)."""
    here = substitute(And(APART, BULGES), {a: 0})
    apart, bulges = sorted(here.args, key=lambda part: not isinstance(part, ForAll))
    norms = {term: _expanded(term) for term in sorted(here.atoms(Trace), key=str)}
    positive = follows(apart.args[2], *ORTHONORMAL, using=tuple(norms.values()), because="(1 - t)^2 + t^2 > 0")
    less = follows(bulges, *ORTHONORMAL, using=tuple(norms.values()), because="sqrt(2) < 2")
    found = conjunction(throughout(positive, t, apart.args[1]), less)
    return exhibit(found, a, 0, True, And(APART, BULGES))


def _expanded(norm: Expr) -> Theorem:
    """|a e + b f|^2 in |e|^2, <e, f> and |f|^2."""
    word = norm.args[0].args[-1] if isinstance(norm.args[0], Mul) else norm.args[0]
    e, f = (expand(word).coeff(letter) for letter in (unit, other_unit))
    return equal_words(norm, e**2 * squared_norm(unit) + 2 * e * f * inner(unit, other_unit) + f**2 * squared_norm(other_unit))
