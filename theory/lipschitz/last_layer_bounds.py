"""The gradient in one weight of the last layer, for m samples: sizes multiply only as an upper bound. (sections 4.2, 4.3 and 5.1).

A weight that meets the activations h (one a sample) has the gradient <s, h>, where s is the gradient of the loss in the logits (one a
sample). So |s||h| is an upper bound, with equality where s and h are parallel, as for one sample. For the squared error s = (a - y)/m, and
|a - y| is at most |a| + |y|: the text has a minus.
"""

from sympy import Abs, Eq, Lambda, Rational

from theory.evidence import Tight, at, mutant, proves, refutes
from theory.lipschitz.symbols import A, K, K_a, K_z, X, a, class_units, d, inputs, j, m, n, row, sigma, signals, t, unit_q, v, w, y
from theory.proof import (
    And,
    ColumnOf,
    ForAll,
    Refutation,
    SpectralNorm,
    Statement,
    Theorem,
    Velocity,
    assume,
    by_meaning,
    cite,
    conclude,
    conjunction,
    counterexample,
    cut,
    derivative,
    equal_words,
    follows,
    generalize,
    inner,
    specialize,
    squared_norm,
)
from theory.proof.norms import size, triangle

# Equation 14: the largest gradient in a weight

UNITS = And(j >= 1, j <= n)
GRADIENT = inner(signals, ColumnOf(A, unit_q))  # in the weight q, the largest of all
LARGEST = (
    ForAll(j, UNITS, Abs(inner(signals, ColumnOf(A, j))) <= Abs(GRADIENT)),
    ForAll(j, UNITS, size(ColumnOf(A, j)) <= K_z),
    row >= 1,
    row <= n,
    Eq(K_z, size(ColumnOf(A, row))),
    unit_q >= 1,
    unit_q <= n,
)
largest = Statement(LARGEST, Eq(Abs(GRADIENT), size(signals) * K_z), source="yedida-saha:equation-14")
largest_amended = largest.amend(
    then=Abs(GRADIENT) <= size(signals) * K_z,
    why="The samples' gradients add up, and may cancel: <s, h> is |s||h| only where s and h are parallel, as for one sample.",
)
QUARTER = Rational(1, 4)
CANCEL = {n: 1, row: 1, unit_q: 1, K_z: 5, signals: [[-QUARTER], [QUARTER]], A: [[3], [4]]}
ALONE = {n: 1, row: 1, unit_q: 1, K_z: 2, signals: [[-QUARTER]], A: [[2]]}


@refutes(largest, why="Two samples with the labels 1 and 0 and the logits 0: s = (-1, 1)/4; with the activations 3 and 4, <s, h> = 1/4.")
def samples_cancel() -> Refutation:
    """One unit."""
    return counterexample(largest, CANCEL)


@proves(
    largest_amended,
    witness=at(CANCEL),
    mutants=[
        mutant(largest_amended.with_then(Abs(GRADIENT) <= size(signals) * K_z / 2), ALONE, "half of it"),
        mutant(largest_amended.with_then(Abs(GRADIENT) >= size(signals) * K_z), CANCEL, "the other way"),
    ],
    tight=Tight(True, "equality for one sample", Statement(LARGEST, Eq(Abs(GRADIENT), size(signals) * K_z)), at(ALONE)),
)
def sizes_multiply_at_most() -> Theorem:
    """Cauchy-Schwarz."""
    known = tuple(cite("norm-nonnegative", word) for word in (signals, ColumnOf(A, unit_q), ColumnOf(A, row)))
    longest = specialize(assume(LARGEST[1]), unit_q)
    using = (cite("cauchy-schwarz", signals, ColumnOf(A, unit_q)), longest, *known)
    return conclude(follows(largest_amended.then, *LARGEST, using=using, because="Cauchy-Schwarz"), largest_amended)


# Equation 9: the squared error |a - y|^2/(2 m) in a weight of the last layer; where it moves by d, the outputs move by d h

SLOPE = inner(a - y, inputs) / m
MOVES = Velocity(Lambda(d, squared_norm(a + d * inputs - y) / (2 * m)), SLOPE)
BOUNDED = (m >= 1, K_a >= 0, K_z >= 0, squared_norm(a) <= K_a**2, squared_norm(inputs) <= K_z**2)
steepest = Statement(BOUNDED, And(MOVES, Abs(SLOPE) <= (K_a - size(y)) * K_z / m), source="yedida-saha:equation-9")
steepest_amended = steepest.amend(
    then=And(MOVES, Abs(SLOPE) <= (K_a + size(y)) * K_z / m),
    why="|a - y| is at most |a| + |y|, not |a| - |y|; and the largest possible gradient need not be reached by the network.",
)
HALF_WAY = {m: 1, K_a: 1, K_z: 1, y: [[1]], a: [[Rational(1, 2)]], inputs: [[1]]}  # outputs that a ReLU has, with the slope 1
FAR = {**HALF_WAY, y: [[-1]], a: [[1]]}


@refutes(steepest, why="One sample with the target 1, K_a = 1: the printed bound is 0, and the gradient at the output 1/2 is -1/2.")
def the_printed_gradient_is_zero() -> Refutation:
    """One weight."""
    return counterexample(steepest, HALF_WAY)


@proves(
    steepest_amended,
    witness=at(FAR),
    mutants=[
        mutant(steepest_amended.with_then(Abs(SLOPE) <= (K_a + size(y)) * K_z / (2 * m)), FAR, "half of it"),
        mutant(steepest_amended.drop(squared_norm(a) <= K_a**2), {**FAR, a: [[3]]}, "larger outputs"),
    ],
    tight=Tight(
        True,
        "equality for the target -1 and the output 1",
        Statement(BOUNDED, Eq(Abs(SLOPE), (K_a + size(y)) * K_z / m)),
        at(FAR),
    ),
)
def the_gradient_in_a_weight() -> Theorem:
    """|<a - y, h>| <= (|a| + |y|)|h|."""
    path, rate = squared_norm(a + t * inputs - y) / (2 * m), (inner(a - y, inputs) + t * squared_norm(inputs)) / m
    moved = cite("velocity-from-derivative", Lambda(t, path), Lambda(t, rate), True, d, 0)
    moved = cut(moved, generalize(derivative(path, t, value=rate), t))
    known = tuple(cite("norm-nonnegative", word) for word in (a - y, a, -y, y, inputs))
    same = equal_words(squared_norm(-y), squared_norm(y))
    using = (cite("cauchy-schwarz", a - y, inputs), triangle(a - y, a, -y), same, *known)
    most = follows(
        Abs(inner(a - y, inputs)) <= (K_a + size(y)) * K_z, *BOUNDED, using=using, because="Cauchy-Schwarz, the triangle inequality"
    )
    bound = follows(Abs(SLOPE) <= (K_a + size(y)) * K_z / m, *BOUNDED, using=(most, same, *known), because="divided by m")
    return conclude(conjunction(moved, bound), steepest_amended)


# Equations 11 and 12: linear regression, with the activations X and the outputs X w

NORM = (n >= 1, sigma >= 0, SpectralNorm(sigma, X))
COLUMNS = (
    ForAll(j, UNITS, Eq(squared_norm(ColumnOf(class_units, j)), 1)),  # X e_j is the j-th column of X
    ForAll(j, UNITS, size(X * ColumnOf(class_units, j)) <= K_z),
    row >= 1,
    row <= n,
    Eq(K_z, size(X * ColumnOf(class_units, row))),
)
longest = Statement((*NORM, *COLUMNS), Eq(K_z, sigma), source="yedida-saha:equation-11")
longest_amended = longest.amend(
    then=K_z <= sigma, why="The longest column of X is at most |X|, and shorter unless it is the direction in which X stretches most."
)
ROW = {n: 2, row: 2, K_z: 4, sigma: 5, X: [[3, 4]], class_units: [[1, 0], [0, 1]]}
DIAGONAL = {**ROW, sigma: 4, X: [[3, 0], [0, 4]]}


@refutes(longest, why="X = (3, 4): the longest column is 4, and |X| is 5, the spectral norm and Frobenius' norm.")
def one_row() -> Refutation:
    """One sample, two features."""
    return counterexample(longest, ROW)


@proves(
    longest_amended,
    witness=at(ROW),
    mutants=[
        mutant(longest_amended.with_then(K_z <= sigma / 2), ROW, "half of it"),
        mutant(longest_amended.drop(COLUMNS[0]), {**ROW, K_z: 8, class_units: [[1, 0], [0, 2]]}, "longer directions"),
    ],
    tight=Tight(True, "equality for a diagonal X", Statement(longest_amended.given, Eq(K_z, sigma)), at(DIAGONAL)),
)
def the_longest_column() -> Theorem:
    """|X e| <= |X| for unit vectors e."""
    unit = ColumnOf(class_units, row)
    using = (by_meaning(SpectralNorm(sigma, X), unit), specialize(assume(COLUMNS[0]), row), cite("norm-nonnegative", X * unit))
    return conclude(follows(K_z <= sigma, *longest.given, using=using, because="X stretches by its norm at most"), longest_amended)


# The largest output: v is a direction in which X stretches most

TOP = (K >= 0, sigma >= 0, SpectralNorm(sigma, X), Eq(squared_norm(v), 1), Eq(squared_norm(X * v), sigma**2), squared_norm(w) <= K**2)
reached = Statement(
    TOP, And(size(X * w) <= K * sigma, Eq(size(X * (K * v)), K * sigma), Eq(size(K * v), K)), source="yedida-saha:equation-12"
)
STRETCHED = {K: 2, sigma: 4, X: [[3, 0], [0, 4]], v: [[0], [1]], w: [[2], [0]]}


@proves(
    reached,
    witness=at(STRETCHED),
    mutants=[
        mutant(reached.with_then(Eq(size(X * w), K * sigma)), STRETCHED, "every direction"),
        mutant(reached.with_then(Eq(size(X * (K * v)), K * size(X))), STRETCHED, "Frobenius' norm"),
        mutant(reached.drop(squared_norm(w) <= K**2), {**STRETCHED, w: [[3], [0]]}, "any weights"),
    ],
    tight=Tight(True, "equality for w = K v", Statement(TOP, Eq(size(X * w), K * sigma)), at({**STRETCHED, w: [[0], [2]]})),
)
def the_largest_output() -> Theorem:
    """|X w| <= |X||w|, with equality for the direction v."""
    known = tuple(cite("norm-nonnegative", word) for word in (X * w, w, X * v, v, K * v, X * (K * v)))
    most = follows(size(X * w) <= K * sigma, *TOP, using=(by_meaning(SpectralNorm(sigma, X), w), *known), because="|X w| <= |X||w|")
    there = (equal_words(squared_norm(X * (K * v)), K**2 * squared_norm(X * v)), equal_words(squared_norm(K * v), K**2 * squared_norm(v)))
    ends = [follows(c, *TOP, using=(*there, *known), because="K comes out of the norm") for c in reached.then.args if isinstance(c, Eq)]
    return conclude(conjunction(most, *ends), reached)
