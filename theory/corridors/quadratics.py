"""Quadratic losses have no open corridors but where they are affine; on a flat they are affine too. (example 2.7, appendix C).

For L = <x, A x>/2 + <b, x> + c a point is in a corridor exactly if A (A x + b) = 0. These points form a flat, on which L is affine: A does
not distinguish two of them. If an open set lies in this flat, then A = 0. Everything holds in any dimension.
"""

from functools import cache

from sympy import Eq, Expr, Implies, Lambda, Ne, Sum
from sympy.functions.elementary.complexes import transpose

from theory.corridors.symbols import A, Q, b, c, dim, eigenvalue, i, lam, radius, s, u, y, z
from theory.evidence import at, mutant, proves
from theory.proof import (
    And,
    ColumnOf,
    ForAll,
    Statement,
    Theorem,
    assume,
    cite,
    combine_words,
    conclude,
    conjunction,
    cut,
    discharge,
    equal_words,
    follows,
    inner,
    instance,
    rewrite,
    specialize,
    squared_norm,
    sum_congruence,
    transposed,
)
from theory.proof.ranges import throughout

SYMMETRIC = Eq(transpose(A), A)


def gradient(point: Expr, tilt: Expr = b) -> Expr:
    """A x + b."""
    return A * point + tilt


def loss(point: Expr, tilt: Expr = b) -> Expr:
    """<x, A x>/2 + <b, x> + c."""
    return inner(point, A * point) / 2 + inner(tilt, point) + c


def in_corridor(point: Expr, tilt: Expr = b) -> Eq:
    """H g = A (A x + b) = 0, which marks the corridors (theorem 2.11)."""
    return Eq(A * gradient(point, tilt), 0)


TILTED = {A: [[2, 0], [0, 0]], b: [[4], [3]], y: [[-2], [5]], u: [[1], [0]], lam: 2}
EIGENVECTOR = Eq(A * u, lam * u)
equation_21 = Statement(
    (SYMMETRIC, EIGENVECTOR, in_corridor(y)),
    And(Eq(inner(u, A * gradient(y)), 0), Eq(inner(u, A * gradient(y)), lam * (lam * inner(u, y) + inner(u, b)))),
    source="dherin-rosca:equation-21",
)


@cache
def on_the_flat(point: Expr) -> Theorem:
    """A A x = -A b."""
    return combine_words(A * A * point, -A * b, (1, assume(in_corridor(point)), 1))


@proves(
    equation_21,
    witness=at(TILTED),
    mutants=[
        mutant(equation_21.with_then(Eq(inner(u, A * gradient(y)), lam * (inner(u, y) + inner(u, b)))), TILTED, "lambda once"),
        mutant(equation_21.drop(in_corridor(y)), {**TILTED, y: [[1], [1]]}, "outside of the corridor"),
        mutant(equation_21.drop(SYMMETRIC), {A: [[1, 1], [0, 0]], b: [[1], [-1]], y: [[0], [0]], u: [[1], [0]], lam: 1}, "not symmetric"),
    ],
)
def an_eigenvector_sees_it() -> Theorem:
    """<u, A v> = <A u, v> = lambda <u, v>, with v = A x + b, and once more for <u, A x>."""
    row = combine_words(
        transpose(u) * A, lam * transpose(u), (1, transposed(assume(EIGENVECTOR)), 1), (-transpose(u), assume(SYMMETRIC), 1)
    )
    zero = equal_words(inner(u, A * gradient(y)), 0, on_the_flat(y))
    split = equal_words(inner(u, A * gradient(y)), lam * (lam * inner(u, y) + inner(u, b)), row)
    return conclude(conjunction(zero, split), equation_21)


# Equation 22: the points of a corridor, seen along all eigenvectors

VECTOR = ColumnOf(Q, i)
ALL = And(i >= 1, i <= dim)
EIGENVECTORS = ForAll(i, ALL, Eq(A * VECTOR, eigenvalue(i) * VECTOR))
COMPLETE = Eq(Sum(VECTOR * transpose(VECTOR), (i, 1, dim)), 1)  # the columns of Q are orthonormal and span the space
KNOWN = ForAll(i, ALL, Implies(Ne(eigenvalue(i), 0), Eq(eigenvalue(i) * inner(VECTOR, y), -inner(VECTOR, b))))
AFFINE = Eq(loss(y), loss(z) + inner(b, y - z))
equation_22 = Statement(
    (dim >= 1, SYMMETRIC, EIGENVECTORS, COMPLETE, in_corridor(y), in_corridor(z)),
    And(Implies(ForAll(i, ALL, Eq(eigenvalue(i), 0)), Eq(A, 0)), KNOWN, AFFINE),
    source="dherin-rosca:equation-22",
)
FLAT = {**TILTED, dim: 2, Q: [[1, 0], [0, 1]], eigenvalue: Lambda(i, 4 - 2 * i), z: [[-2], [7]], c: 1}


TWICE = Eq(A * A * y, 0)


@cache
def annihilated() -> Theorem:
    """From A A y = 0: A y = 0, since |A y|^2 = <y, A A y> for a symmetric A."""
    named = assume(Eq(u, A * y))
    square = combine_words(
        transpose(u) * u,
        0,
        (transpose(u), named, 1),
        (1, transposed(named), A * y),
        (transpose(y), assume(SYMMETRIC), A * y),
        (transpose(y), assume(TWICE), 1),
        because="|A y|^2 = <y, A A y>",
    )
    zero = cut(cite("norm-definite", u), equal_words(squared_norm(u), 0, square))
    return combine_words(A * y, 0, (1, instance(zero, {u: A * y}), 1))


@cache
def not_told_apart() -> Theorem:
    """A (y - z) = 0 for two points of a corridor, since A A y = -A b = A A z."""
    apart = combine_words(A * A * (y - z), 0, (1, assume(in_corridor(y)), 1), (-1, assume(in_corridor(z)), 1))
    return cut(instance(annihilated(), {y: y - z}), apart)


@cache
def affine_on_the_flat() -> Theorem:
    """L(y) - L(z) = <y - z, A (y + z)>/2 + <b, y - z>, and A (y - z) = 0."""
    same = combine_words(A * y, A * z, (1, not_told_apart(), 1))
    crossed = combine_words(transpose(y) * A, transpose(z) * A, (1, transposed(same), 1), (-transpose(y - z), assume(SYMMETRIC), 1))
    return equal_words(*AFFINE.args, same, crossed, because="<y, A y> = <y, A z> = <z, A y> = <z, A z>")


@cache
def no_curvature() -> Theorem:
    """If all eigenvalues are 0, then A = A (sum of v v') = sum of (A v) v' = 0."""
    all_zero = ForAll(i, ALL, Eq(eigenvalue(i), 0))
    zero = specialize(assume(all_zero), i)
    own = rewrite(specialize(assume(EIGENVECTORS), i), zero)
    each = equal_words(A * VECTOR * transpose(VECTOR), 0, own)
    total = sum_congruence(throughout(each, i, ALL))
    nothing = combine_words(A, 0, (-A, assume(COMPLETE), 1), (1, total, 1), because="A = A (sum of v v')")
    return discharge(nothing, all_zero)


@cache
def seen_along_eigenvectors() -> Theorem:
    """Lambda (lambda <v, x> + <v, b>) = 0, divided by lambda twice."""
    row = combine_words(
        transpose(VECTOR) * A,
        eigenvalue(i) * transpose(VECTOR),
        (1, transposed(specialize(assume(EIGENVECTORS), i)), 1),
        (-transpose(VECTOR), assume(SYMMETRIC), 1),
    )
    twice = equal_words(inner(VECTOR, A * A * y), eigenvalue(i) ** 2 * inner(VECTOR, y), row)
    once = equal_words(inner(VECTOR, A * A * y), -eigenvalue(i) * inner(VECTOR, b), on_the_flat(y), row)
    premise, value = KNOWN.args[2].args
    known = follows(value, premise, using=(twice, once), because="divided by lambda")
    return throughout(discharge(known, premise), i, ALL)


@proves(
    equation_22,
    witness=at(FLAT),
    mutants=[
        mutant(equation_22.with_then(Eq(A, 0)), FLAT, "A = 0 in any case"),
        mutant(equation_22.with_then(Eq(loss(y), loss(z))), FLAT, "constant"),
        mutant(equation_22.drop(in_corridor(z)).with_then(AFFINE), {**FLAT, z: [[0], [0]]}, "beyond the corridor"),
    ],
)
def on_a_corridor_it_is_affine() -> Theorem:
    """Along eigenvectors that A does not annihilate the points of a corridor agree; L is affine in what is left."""
    together = conjunction(no_curvature(), seen_along_eigenvectors(), affine_on_the_flat())
    return conclude(together, equation_22)


# Open corridors

BALL = ForAll(i, ALL, ForAll(s, And(s >= -radius, s <= radius), in_corridor(z + s * VECTOR)))
appendix_c = Statement(
    (dim >= 1, SYMMETRIC, COMPLETE, radius > 0, BALL),
    And(Eq(A, 0), Eq(loss(y), inner(b, y) + c)),
    source="dherin-rosca:appendix-c-conclusion",
)
OPEN = {A: [[0, 0], [0, 0]], b: [[4], [3]], c: 1, y: [[2], [5]], z: [[1], [1]], dim: 2, Q: [[1, 0], [0, 1]], radius: 1}
NILPOTENT = {**OPEN, A: [[0, 1], [0, 0]], b: [[1], [0]]}
ONE_DIRECTION = {**OPEN, A: [[2, 0], [0, 0]], z: [[-2], [5]], dim: 1, Q: [[0], [1]]}


@cache
def open_corridors_are_flat() -> Theorem:
    """A^2 vanishes on each vector of the frame, by the difference of two points; so does A, as A is symmetric; hence A = 0."""
    ball = specialize(assume(BALL), i)
    centre, moved = (_within(specialize(ball, distance)) for distance in (0, radius))
    twice = combine_words(A * A * VECTOR, 0, (1 / radius, moved, 1), (-1 / radius, centre, 1), because="divided by the radius")
    own = cut(instance(annihilated(), {y: VECTOR}), twice)
    each = equal_words(A * VECTOR * transpose(VECTOR), 0, own)
    total = sum_congruence(throughout(each, i, ALL))
    flat = combine_words(A, 0, (-A, assume(COMPLETE), 1), (1, total, 1), because="A = A (sum of v v')")
    return conjunction(flat, equal_words(*appendix_c.then.args[1].args, flat))


def _within(theorem: Theorem) -> Theorem:
    return cut(theorem, *(follows(c, radius > 0) for c in theorem.given if c.free_symbols == {radius}))


@proves(
    appendix_c,
    witness=at(OPEN),
    mutants=[
        mutant(appendix_c.drop(SYMMETRIC), NILPOTENT, "not symmetric"),
        mutant(appendix_c.drop(COMPLETE), ONE_DIRECTION, "an interval"),
        mutant(appendix_c.with_then(Eq(loss(y), c)), OPEN, "constant"),
    ],
)
def quadratics_with_corridors_are_affine() -> Theorem:
    """A = 0, in any dimension, from the points of a frame; so L = <b, x> + c everywhere."""
    return conclude(open_corridors_are_flat(), appendix_c)
