"""Quadratic losses have no open corridors but where they are affine; on a flat they are affine too. (example 2.7, appendix C).

For L = <x, A x>/2 + <b, x> + c a point is in a corridor exactly if A (A x + b) = 0. These points form a flat, on which L is affine: A does
not distinguish two of them. If an open set lies in this flat, then A = 0. Everything holds in any dimension.
"""

from functools import cache

from sympy import Eq, Expr, Implies, Lambda, Ne, Rational, Sum, exp
from sympy.functions.elementary.complexes import transpose

from theory.corridors.corridor import LIVES, SOLVES, STRAIGHT, TIMES, carried, everywhere, from_rest, line_velocity
from theory.corridors.symbols import (
    A,
    Q,
    T,
    U,
    b,
    c,
    d,
    dim,
    eigenvalue,
    g,
    i,
    lam,
    linear,
    radius,
    s,
    since,
    t,
    theta_0,
    u,
    v,
    w,
    x,
    y,
    z,
)
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
from theory.proof.logic import Boolean
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


def slope(point: Expr) -> Expr:
    """The gradient A x + b, with a letter for b: the values of a curve are letters too."""
    return gradient(point, linear)


QUADRATIC = everywhere(Eq(g(x(t)), slope(x(t))))  # x is a solution of gradient flow, for the gradient A x + b
VANISHES = everywhere(in_corridor(x(t), linear))
DOWNHILL = everywhere(Eq(x(t), x(0) - t * slope(x(0))))
SECOND_ORDER = inner(slope(theta_0), w) + inner(w, A * w) / 2


def _setup(change: Expr, vanishes: Boolean = VANISHES, downhill: Boolean = DOWNHILL) -> And:
    expanded, moved = Eq(loss(theta_0 + w, linear), loss(theta_0, linear) + change), Eq(slope(theta_0 + w), slope(theta_0) + A * w)
    return And(expanded, moved, Implies(STRAIGHT, vanishes), Implies(VANISHES, downhill))


# By its expansion, exact for every w, the loss has the gradient A theta_0 + b and the Hessian A
setup = Statement((SYMMETRIC, LIVES, SOLVES, QUADRATIC), _setup(SECOND_ORDER), source="dherin-rosca:appendix-c-setup")
TILTED = {A: [[2, 0], [0, 0]], b: [[4], [3]], y: [[-2], [5]], u: [[1], [0]], lam: 2}
ASIDE = {theta_0: [[5]], w: [[1]], c: 1, since: -1, T: 2}
RAMP = {**ASIDE, A: [[0]], linear: [[3]], g: Lambda(U, 3), x: Lambda(t, 5 - 3 * t), v: [[-3]]}
BOWL = {**ASIDE, A: [[1]], linear: [[-3]], g: Lambda(U, U - 3), x: Lambda(t, 3 + exp(-t)), v: [[-1]]}


@proves(
    setup,
    witness=at(RAMP, note="one dimension"),
    mutants=[
        mutant(setup.with_then(_setup(inner(slope(theta_0), w) + inner(w, A * w))), BOWL, "without the half"),
        mutant(setup.with_then(_setup(SECOND_ORDER, everywhere(Eq(slope(x(t)), 0)))), RAMP, "only where nothing moves"),
        mutant(setup.with_then(_setup(SECOND_ORDER, downhill=everywhere(Eq(x(t), x(0) + t * slope(x(0)))))), RAMP, "uphill"),
        mutant(setup.drop(QUADRATIC), {**RAMP, A: [[1]]}, "with another gradient"),
    ],
)
def the_gradient_and_the_hessian() -> Theorem:
    """Multiplied out; and along a solution the gradient A x + b changes at the rate -A (A x + b)."""
    row = combine_words(transpose(theta_0) * transpose(A), transpose(theta_0) * A, (transpose(theta_0), assume(SYMMETRIC), 1))
    crossed = equal_words(inner(w, A * theta_0), inner(theta_0, A * w), row)
    sloped = equal_words(inner(slope(theta_0), w), inner(linear, w) + inner(theta_0, A * w), row)
    mixed = (inner(theta_0, A * w) + inner(w, A * theta_0)) / 2
    multiplied = equal_words(
        loss(theta_0 + w, linear), loss(theta_0, linear) + mixed + inner(linear, w) + inner(w, A * w) / 2, because="multiplied out"
    )
    wanted = (Eq(loss(theta_0 + w, linear), loss(theta_0, linear) + SECOND_ORDER), Eq(slope(theta_0 + w), slope(theta_0) + A * w))
    expanded = follows(wanted[0], using=(multiplied, crossed, sloped), because="<w, A x> = <x, A w>")
    return conclude(conjunction(expanded, equal_words(*wanted[1].args), _straight_vanishes(), _vanishing_is_straight()), setup)


def _straight_vanishes() -> Theorem:
    """-(A x(t) + b) = v at all times of the line x(0) + t v, so A v = 0."""
    own = specialize(assume(QUADRATIC), t)
    velocity = throughout(combine_words(-slope(x(t)), v, (1, line_velocity(), 1), (1, own, 1)), t, TIMES)
    half = T * Rational(1, 2)
    line = specialize(assume(STRAIGHT), half)
    here, there = specialize(velocity, 0), specialize(velocity, half)
    still = combine_words(A * v, 0, (-A / half, line, 1), (-1 / half, there, 1), (1 / half, here, 1))
    none = combine_words(A * slope(x(t)), 0, (-A, specialize(velocity, t), 1), (-1, still, 1))
    always = Statement((LIVES, SOLVES, QUADRATIC, STRAIGHT, *TIMES.args), none.then)
    return discharge(throughout(conclude(none, always), t, TIMES), STRAIGHT)


def _vanishing_is_straight() -> Theorem:
    """A x(t) never moves, so x moves at the rate -(A x(0) + b)."""
    moves, fixed = specialize(assume(SOLVES), t), cite("straight-line", A, 0, d)
    turned = cut(cite("velocity-of-product", *fixed.then.args, *moves.then.args), fixed, moves)
    own = specialize(assume(QUADRATIC), t)
    none = combine_words(turned.then.args[1], 0, (-1, specialize(assume(VANISHES), t), 1), (-A, own, 1))
    same = specialize(from_rest(Lambda(t, A * x(t)), throughout(rewrite(turned, none), t, TIMES)), t)
    steady = rewrite(moves, combine_words(-g(x(t)), -A * x(0) - linear, (-1, own, 1), (-1, same, 1)))
    stays = specialize(from_rest(Lambda(t, x(t) + t * slope(x(0))), carried(steady, slope(x(0)))), t)
    line = combine_words(x(t), x(0) - t * slope(x(0)), (1, stays, 1))
    return discharge(throughout(line, t, TIMES), VANISHES)


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
