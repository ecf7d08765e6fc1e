"""Which global optima admit the largest step: those whose layers amplify the top singular vectors equally. (Nar & Sastry, section 3).

Then p_j = a^j and q_j = a^(L-j+1) with a^L = sigma, so every term of the sum S is a^(2L-2), and the bound (3) is the bound (4).
"""

from typing import Any

from sympy import Eq, Expr, Integer, Lambda, Max, Rational, Sum, diag
from sympy.functions.elementary.complexes import transpose

from theory.evidence import Tight, at, mutant, proves, refutes
from theory.proof import (
    And,
    Exists,
    ForAll,
    Refutation,
    Statement,
    Theorem,
    assume,
    cite,
    combine_words,
    conjunction,
    counterexample,
    cut,
    discharge,
    equal_words,
    exhibit,
    follows,
    forget_recursion,
    generalize,
    identity,
    instance,
    part,
    rewrite,
    specialize,
    squared_norm,
    substitute,
    sum_congruence,
)
from theory.step_bounds.eigenvalue_orbits import under
from theory.step_bounds.gains import BALANCED, TERM
from theory.step_bounds.identity_start import EigenvalueRange, of_layers
from theory.step_bounds.instances import network
from theory.step_bounds.layers import FIRST, LAST, LAYERS, PREFIX, PRODUCTS, SUFFIX, at_layer, for_every_layer
from theory.step_bounds.smoothness import GAINS, SINGULAR, SMOOTH, p_squared, q_squared
from theory.step_bounds.symbols import L, P, Q, R, W, a, c, delta, high, i, j, k, lam, low, p, sigma, u, v, x, y

EQUAL = a ** (2 * L - 2)  # each term of S


def _constant_sum() -> Theorem:
    """The sum of L equal terms."""
    total, claim = Sum(c, (j, 1, k)), Eq(Sum(c, (j, 1, k)), k * c)
    start = identity(substitute(total, {k: 0}), 0)
    longer = identity(substitute(total, {k: k + 1}), total + c)
    step = follows(substitute(claim, {k: k + 1}), claim, using=(longer,), because="one term more")
    return of_layers(for_every_layer(start, step, claim), L, index=k)


def _gains_are_equal(forward: Theorem, backward: Theorem) -> Theorem:
    """S = L a^(2L-2), from p_i^2 = a^(2i) and q_{L+1-i}^2 = a^(2i) for 0 <= i < L."""
    sides = (of_layers(forward, j - 1, *LAYERS.args), of_layers(backward, L - j, *LAYERS.args))
    term = follows(Eq(TERM, EQUAL), a > 0, using=sides, because="a^(2(j-1)) a^(2(L-j))")
    setting = tuple(h for h in term.given if j not in h.free_symbols)
    total = sum_congruence(generalize(under(term, *setting, *LAYERS.args), j, LAYERS))
    constant = under(instance(_constant_sum(), {c: EQUAL}), L >= 1, a > 0)
    return follows(Eq(GAINS, L * EQUAL), L >= 1, a > 0, using=(total, constant), because="L equal terms")


def _powers(norm: Lambda, start: Theorem, growth: Theorem) -> Theorem:
    """For all 0 <= i <= L: the norm after i layers is a^(2i), where each layer multiplies it by a^2."""
    claim = Eq(norm(i), a ** (2 * i))
    step = follows(substitute(claim, {i: i + 1}), claim, a > 0, using=(growth,), because="one layer more")
    return for_every_layer(start, step, claim, a > 0, index=i)


def _balanced(total: Expr) -> Theorem:
    """L sigma^(2(L-1)/L) = L a^(2L-2) for sigma = a^L."""
    power = cite("power-of-power", a, L, (2 * L - 2) / L)
    return rewrite(power, assume(Eq(a**L, total)))


FORWARD = ForAll(j, LAYERS, Eq(p_squared(j), a**2 * p_squared(j - 1)))
BACKWARD = ForAll(j, LAYERS, Eq(q_squared(j), a**2 * q_squared(j + 1)))
OPPOSITE = Exists(c, And(c > 1, sigma / c < 1), 2 / (c**2 + (sigma / c) ** 2) < delta)  # (3) at the weights c and sigma/c
GIVEN = (*PRODUCTS, *SINGULAR, a > 0, Eq(a**L, sigma), delta > 0)

equal_amplification = Statement((*GIVEN, FORWARD), And(Eq(GAINS, BALANCED), OPPOSITE), source="nar-sastry:text-equal-amplification")
both_vectors = equal_amplification.amend(
    given=(*GIVEN, FORWARD, BACKWARD),
    why="both singular vectors have to be scaled equally, v by the layers and u by their transposes; for v alone S can be larger",
)
ONE_SIDED = network([[[1, 1], [0, 1]], [[1, -1], [0, Rational(1, 2)]]], [1, 0], [1, 0], 1) | {a: 1, delta: 1}
DOUBLE = network([diag(2, 1), diag(2, 1)], [1, 0], [1, 0], 4) | {a: 2, delta: 1}


@refutes(equal_amplification, why="v can pass both layers unchanged, p = 1, 1, while u comes back longer, q_2^2 = 2: then S = 3 and not 2")
def one_sided_amplification() -> Refutation:
    """W_1 = [1 1; 0 1], W_2 = [1 -1; 0 1/2] with the product diag(1, 1/2): S = |W_2' u|^2 + |W_1 v|^2 = 2 + 1."""
    return counterexample(equal_amplification, ONE_SIDED)


def opposite_layers_need_small_steps() -> Theorem:
    """For every step some optimum (c, sigma/c) has a bound (3) below it: 2/(c^2 + sigma^2/c^2) < 2/c^2 <= delta."""
    value = 1 + sigma + 2 / delta
    holds = And(*(substitute(part, {c: value}) for part in OPPOSITE.args[1:]))
    shown = follows(holds, sigma > 0, delta > 0, because="c exceeds 1, sigma and 2/delta")
    return under(exhibit(shown, c, value, *OPPOSITE.args[1:]), sigma > 0, delta > 0)


@proves(
    both_vectors,
    witness=at(DOUBLE, lambda: instance(opposite_layers_need_small_steps(), {sigma: 4, delta: 1})),
    mutants=[
        mutant(both_vectors.replacing({BALANCED: L * sigma**2}), DOUBLE, "the exponent 2"),
        mutant(both_vectors.replacing({BALANCED: BALANCED / L}), DOUBLE, "without the factor L"),
        mutant(both_vectors.drop(BACKWARD), ONE_SIDED, "only the right singular vector"),
    ],
)
def equal_layers_admit_the_largest_step() -> Theorem:
    """S = L sigma^(2(L-1)/L), its least value, if p_j = a p_{j-1} and q_j = a q_{j+1}; at (c, sigma/c) the bound 2/S is below 2/c^2."""
    ends = (
        equal_words(p_squared(Integer(0)), 1, assume(FIRST), assume(SINGULAR[3])),
        equal_words(q_squared(L + 1), 1, assume(LAST), assume(SINGULAR[2])),
    )
    forward = _powers(Lambda(i, p_squared(i)), ends[0], at_layer(FORWARD, i + 1))
    backward = _powers(Lambda(i, q_squared(L + 1 - i)), ends[1], at_layer(BACKWARD, L - i))
    equal = _gains_are_equal(forward, backward)
    positive = follows(sigma > 0, L >= 1, a > 0, Eq(a**L, sigma))
    return follows(both_vectors.then, *GIVEN, using=(equal, _balanced(sigma), cut(opposite_layers_need_small_steps(), positive)))


# Symmetric targets with negative eigenvalues: a layer multiplies v by a or by -a

LAYER = ForAll(j, LAYERS, Eq(W(j) * v, x(j) * v)), ForAll(j, LAYERS, Eq(transpose(W(j)) * v, x(j) * v))
FACTORS = ForAll(j, LAYERS, Eq(x(j) ** 2, a**2))  # x(j) = a or -a: L-th roots of |R|, one of them with the signs of R
TARGET = (Eq(P(L), R), Eq(transpose(R), R), EigenvalueRange(R, low, high), low < 0)
RHO = Max(-low, high)
SIGN = (Eq(transpose(v) * v, 1), Eq(u, p * v), Eq(p**2, 1), Eq(P(L) * v, RHO * u), a > 0, Eq(a**L, RHO))
AT_RHO = substitute(BALANCED, {sigma: RHO})

tight_indefinite = Statement((*PRODUCTS, *TARGET, *SIGN, *LAYER, FACTORS), Eq(GAINS, AT_RHO), source="nar-sastry:text-tight-indefinite")


def _signed(left: Any, right: Any, root: Any, smallest: Any, largest: Any) -> dict[Any, Any]:
    """Two layers that multiply e_1 by `root` and by its negative."""
    point = network([left, right], [-1, 0], [1, 0], root**2)
    signs = {x: Lambda(k, -root * (-1) ** k), p: -1, a: root, low: smallest, high: largest}
    return {key: value for key, value in point.items() if key != sigma} | signs


FLIPPED = _signed(diag(1, 1), diag(-1, 1), 1, -1, 1)
FOUR = _signed(diag(2, 1), diag(-2, 1), 2, -4, 1)


@proves(
    tight_indefinite,
    witness=at(FOUR),
    mutants=[
        mutant(tight_indefinite.replacing({AT_RHO: L * RHO**2}), FOUR, "the exponent 2"),
        mutant(
            tight_indefinite.drop(LAYER[1]),
            _signed([[1, 1], [0, 1]], [[-1, 1], [0, Rational(1, 2)]], 1, -1, Rational(1, 2)),
            "the layers alone, without their transposes",
        ),
    ],
    tight=Tight(
        True,
        "at W_1 = I and W_2 = diag(-1, 1) the smoothness itself is L rho^(2(L-1)/L) = 2: every step below (4) is reached there",
        Statement((*tight_indefinite.given, SMOOTH), Eq(lam, AT_RHO)),
        at(FLIPPED | {lam: 2}),
    ),
)
def signs_leave_the_gains_balanced() -> Theorem:
    """S = L rho^(2(L-1)/L) at weights that are L-th roots of |R|, one of them with the signs of R."""
    forward = _norms(Lambda(i, P(i)), v, assume(FIRST), at_layer(PREFIX, i + 1), i + 1)
    backward = _norms(Lambda(i, transpose(Q(L + 1 - i))), u, assume(LAST), at_layer(SUFFIX, L - i), L - i)
    equal = _gains_are_equal(forward, backward)
    return under(follows(tight_indefinite.then, a > 0, L >= 1, using=(equal, _balanced(RHO))), *tight_indefinite.given)


def _norms(word: Lambda, vector: Expr, edge: Theorem, growth: Theorem, layer: Expr) -> Theorem:
    """For all 0 <= i <= L: the squared length after i layers is a^(2i)."""
    path = ForAll(j, LAYERS, Eq(y(j), x(substitute(layer, {i: j - 1})) * y(j - 1))), Eq(y(0), 1)
    claim = And(Eq(word(i) * v, y(i) * v), Eq(y(i) ** 2, a ** (2 * i)))
    moved, size = (part(assume(claim), c) for c in (Eq(word(i) * v, y(i) * v), Eq(y(i) ** 2, a ** (2 * i))))
    one = combine_words(word(0) * v, y(0) * v, (-1, assume(path[1]), v), modulo=(edge,))
    start = conjunction(one, follows(Eq(y(0) ** 2, 1), path[1]))
    *layers, factor = (specialize(assume(h), layer) for h in (*LAYER, FACTORS))
    longer = specialize(assume(path[0]), i + 1)
    further = combine_words(word(i + 1) * v, y(i + 1) * v, (-1, longer, v), modulo=(growth, moved, *layers), because="one layer more")
    square = follows(Eq(y(i + 1) ** 2, a ** (2 * i + 2)), a > 0, using=(longer, factor, size), because="x^2 = a^2")
    always = for_every_layer(start, conjunction(further, square), claim, a > 0, index=i)
    here = of_layers(always, i, i >= 0, i <= L)
    norm = squared_norm(word(i) * vector)
    length = equal_words(norm, (1 if vector == v else p**2) * y(i) ** 2, part(here, moved.then), *map(assume, SIGN[:2]))
    result = follows(Eq(norm, a ** (2 * i)), a > 0, SIGN[2], using=(length, part(here, size.then)), because="p^2 = 1")
    setting = tuple(h for h in result.given if i not in h.free_symbols)
    counted = generalize(discharge(under(result, *setting, i >= 0, i <= L), i <= L), i, i >= 0)
    return forget_recursion(counted, y, *path)
