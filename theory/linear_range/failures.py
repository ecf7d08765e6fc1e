"""Where epsilon is not C |psi| + O(psi^2) with a number C > 0: each situation with an exact instance. (section 3.1).

Layers that are linear along the step, a layer at rest, a kink under the parameters, a corner or a root in the slope or in the second
derivative, and neurons on their way out of saturation. The first two hold for layers of any shape; the others are one neuron.
Three more stand in `special_ranges`: a kink further on, an inflection, and a range without an end.
"""

from sympy import Abs, Eq, Lambda, Max, Ne, Rational, sqrt

from theory.evidence import at, extends, mutant
from theory.linear_range.linear_layers import FLOW, PRODUCT
from theory.linear_range.measurement import MOVES, error, relative
from theory.linear_range.networks import DEEP, INPUT, LAYERS, REST, at_layer
from theory.linear_range.sizes import LATER, size
from theory.linear_range.special_ranges import one_neuron
from theory.linear_range.symbols import C, I, K, epsilon, epsilon_star, i, psi, psi_star, q, s, sigma, u, unit, v, x, z
from theory.proof import (
    And,
    ForAll,
    Not,
    Statement,
    Theorem,
    assume,
    cite,
    combine_words,
    equal_words,
    follows,
    specialize,
    squared_norm,
)
from theory.proof.ranges import throughout, up_to

# Linear layers, none of which moves while its state does: epsilon is 0 for every step

ALONE = ForAll(i, LAYERS, Eq(sigma(i) * v(i), 0))  # as where one layer moves and the others do not, or where there is one layer
nothing_measured = Statement(
    (DEEP, INPUT, PRODUCT, REST, FLOW, ALONE, MOVES, Ne(psi, 0), relative(psi)), ForAll(i, LATER, Eq(q(i, psi), 0))
)
# two layers 2 and 3, of which the first moves at the rate 1: u = 1, 2 + psi, 3 (2 + psi)
ONE_MOVES = {
    I: 2,
    unit: [[1]],
    x: [[1]],
    s: Lambda(i, (2 + i) * unit),
    sigma: Lambda(i, (1 - i) * unit),
    u: Lambda((i, psi), (1 + i * (psi - 1) / 2 + i**2 * (psi + 3) / 2) * unit),
    v: Lambda(i, i * (i + 1) * unit / 2),
    psi: 5,
    q: Lambda((i, psi), 0),
}
STAYS = {**ONE_MOVES, s: Lambda(i, unit), sigma: Lambda(i, 0 * unit), u: Lambda((i, psi), unit), v: Lambda(i, 0 * unit)}
TWO_MOVE = {**STAYS, sigma: Lambda(i, unit), u: Lambda((i, psi), (1 + psi) ** Abs(i) * unit), v: Lambda(i, i * unit)}


@extends(
    "ni-talnikar:equation-13",
    nothing_measured,
    witness=at(ONE_MOVES),
    mutants=[
        mutant(nothing_measured.drop(ALONE), {**TWO_MOVE, q: Lambda((i, psi), (i - 1) * Abs(psi) / 2)}, "where both layers move"),
        mutant(nothing_measured.drop(MOVES), {**STAYS, q: Lambda((i, psi), 1)}, "in the direction 0"),
    ],
)
def linear_along_the_step() -> Theorem:
    """The states move along the line u + psi v, so epsilon is 0 for every step, and line 12 of algorithm 1 divides by 0."""
    missed = equal_words(squared_norm(error(psi)), 0, specialize(_on_the_line(), i))
    moved = equal_words(squared_norm(psi * v(i)), psi**2 * squared_norm(v(i)))
    using = (missed, moved, specialize(assume(MOVES), i), specialize(assume(relative(psi)), i))
    return throughout(follows(Eq(q(i, psi), 0), Ne(psi, 0), using=using, because="0/|v psi|"), i, LATER)


def _on_the_line() -> Theorem:
    """u_i(psi) = u_i + psi v_i: what a layer adds to the difference is psi^2 sigma_i v_i = 0."""
    claim = Eq(u(i, psi), u(i, 0) + psi * v(i))
    start = combine_words(
        u(0, psi), u(0, 0) + psi * v(0), (1, at_layer(INPUT, psi), 1), (-1, at_layer(INPUT, 0), 1), (-psi, assume(REST), 1)
    )
    step = combine_words(
        u(i + 1, psi),
        u(i + 1, 0) + psi * v(i + 1),
        (1, at_layer(PRODUCT, i, psi), 1),
        (-1, at_layer(PRODUCT, i, 0), 1),
        (-psi, at_layer(FLOW, i), 1),
        (s(i) + psi * sigma(i), assume(claim), 1),
        (psi**2, at_layer(ALONE, i), 1),
    )
    return up_to(start, step, claim, index=i, last=I)


# A layer that is at rest to first order, and moves: nothing divides what it moves by, and nearby C has no bound

no_number = Statement((Eq(squared_norm(v(i)), 0), squared_norm(error(psi)) > 0), Ne(epsilon * size(psi * v(i)), size(error(psi))))
# u_1 = s^2 from s = 0
BOTTOM = {unit: [[1]], i: 1, psi: 2, epsilon: 1, u: Lambda((i, psi), psi**2 * unit), v: Lambda(i, 0 * unit)}


@extends(
    "ni-talnikar:equation-13",
    no_number,
    witness=at(BOTTOM),
    mutants=[
        mutant(no_number.drop(no_number.given[0]), {**BOTTOM, v: Lambda(i, unit)}, "for a layer that moves"),
        mutant(no_number.drop(no_number.given[1]), {**BOTTOM, u: Lambda((i, psi), unit)}, "for one that rests: then every number"),
    ],
)
def divided_by_nothing() -> Theorem:
    """No number times 0 is |error| > 0, so (13) has no solution."""
    moved = equal_words(squared_norm(psi * v(i)), psi**2 * squared_norm(v(i)))
    positive = tuple(cite("norm-nonnegative", word) for word in (psi * v(i), error(psi)))
    return follows(no_number.then, *no_number.given, using=(moved, *positive), because="0 is not positive")


NEAR_BOTTOM = one_neuron((z + psi) ** 2, z**2, 2 * z)  # u = s^2 from s = z
steep = Statement(
    (z > 0, psi > 0, Eq(psi_star * NEAR_BOTTOM, psi * epsilon_star)),
    And(Eq(NEAR_BOTTOM, psi / (2 * z)), Eq(psi_star, 2 * z * epsilon_star)),
)
STEEP = {z: Rational(1, 100), psi: 1, epsilon_star: Rational(1, 2), psi_star: Rational(1, 100)}


@extends(
    "ni-talnikar:text-eps-cpsi",
    steep,
    witness=at(STEEP),
    mutants=[
        mutant(steep.with_then(NEAR_BOTTOM <= 10 * psi), STEEP, "C has the bound 10"),
        mutant(steep.with_then(Eq(psi_star, epsilon_star / 2)), STEEP, "psi* does not see the bottom"),
    ],
)
def without_a_bound() -> Theorem:
    """C = 1/(2 z) grows without a bound as the tangent 2 z tends to 0, and the inferred step 2 z epsilon* tends to 0 with it."""
    closed = follows(Eq(NEAR_BOTTOM, psi / (2 * z)), z > 0, psi > 0, because="psi^2/(2 z psi)")
    return follows(steep.then, *steep.given, using=(closed,), because="psi epsilon*/epsilon")


# A kink under the parameters: relu from 0, with any number K but 0 for its derivative there (with 0 the layer is at rest, as above)

AHEAD, BEHIND = one_neuron(Max(0, psi), 0, K), Abs(Max(0, -psi) - 0 + K * psi) / Abs(K * psi)
at_the_kink = Statement((psi > 0, Ne(K, 0)), And(Eq(AHEAD, Abs(1 - K) / Abs(K)), Eq(BEHIND, 1)))


@extends(
    "ni-talnikar:text-eps-cpsi",
    at_the_kink,
    witness=at({psi: Rational(1, 100), K: Rational(1, 2)}),
    mutants=[
        mutant(at_the_kink.with_then(BEHIND <= 100 * psi / 2), {psi: Rational(1, 100), K: 1}, "of the order of psi"),
        mutant(at_the_kink.with_then(Eq(AHEAD, 0)), {psi: 1, K: Rational(1, 2)}, "exact with the derivative 1/2"),
    ],
)
def on_the_kink() -> Theorem:
    """Epsilon does not tend to 0 with the step, whatever is taken for the derivative: behind the kink it is 1."""
    return follows(at_the_kink.then, *at_the_kink.given, because="relu(psi) = psi and relu(-psi) = 0")


# A corner in the slope: psi + max(0, psi)^2 from 0; and roots in the slope and in the second derivative

BENT, STRAIGHT = one_neuron(psi + Max(0, psi) ** 2, 0, 1), Abs(-psi + Max(0, -psi) ** 2 + psi) / Abs(psi)
BOTH_SIDES = And(Abs(BENT - C * psi) <= K * psi**2, Abs(STRAIGHT - C * psi) <= K * psi**2)
one_sided = Statement((psi > 0, 2 * K * psi < 1), And(Eq(BENT, psi), Eq(STRAIGHT, 0), Not(BOTH_SIDES)))


@extends(
    "ni-talnikar:text-eps-cpsi",
    one_sided,
    witness=at({psi: Rational(1, 10), K: 4, C: Rational(1, 2)}),
    mutants=[
        mutant(one_sided.drop(2 * K * psi < 1), {psi: Rational(1, 2), K: 1, C: Rational(1, 2)}, "for long steps too"),
        mutant(one_sided.with_then(BOTH_SIDES), {psi: Rational(1, 10), K: 4, C: Rational(1, 2)}, "the mean of both sides serves"),
    ],
)
def another_constant_behind() -> Theorem:
    """Ahead C is 1 and behind it is 0, so no C serves both: with two derivatives instead of one there is one C."""
    sides = [follows(Eq(q_, value), psi > 0, because="on its side of 0") for q_, value in ((BENT, psi), (STRAIGHT, 0))]
    return follows(one_sided.then, *one_sided.given, using=tuple(sides), because="|1 - C| + |C| >= 1 > 2 K psi")


ROOT, LATE_ROOT = (one_neuron(psi + line, 0, 1) for line in (psi ** Rational(3, 2), psi**2 + psi ** Rational(5, 2)))
rooted = Statement((psi > 0, K > 0, psi * K**2 < 1), And(ROOT > K * psi, LATE_ROOT - psi > K * psi**2))


@extends(
    "ni-talnikar:text-eps-cpsi",
    rooted,
    witness=at({psi: Rational(1, 100), K: 9}),
    mutants=[
        mutant(rooted.drop(psi * K**2 < 1), {psi: 1, K: 2}, "for long steps too"),
        mutant(rooted.with_then(LATE_ROOT - psi < K * psi**2), {psi: Rational(1, 100), K: 9}, "O(psi^2) with two derivatives"),
    ],
)
def not_smooth_enough() -> Theorem:
    """With one derivative epsilon need not be O(psi), and with two it is C psi + o(psi), but need not be C psi + O(psi^2)."""
    root = follows(Eq(ROOT, sqrt(psi)), psi > 0, because="psi^(3/2)/psi")
    late = follows(Eq(LATE_ROOT, psi + psi * sqrt(psi)), psi > 0, because="psi^(5/2)/psi")
    return follows(rooted.then, *rooted.given, using=(root, late), because="sqrt(psi) > K psi")


# Saturation: u = s/(1 + s) from s = z, further in, and out

INTO = one_neuron((z + psi) / (1 + z + psi), z / (1 + z), 1 / (1 + z) ** 2)
OUT_OF = one_neuron((z - psi) / (1 + z - psi), z / (1 + z), -1 / (1 + z) ** 2)
saturated = Statement((z >= 0, psi > 0, psi <= z), And(Eq(INTO, psi / (1 + z + psi)), Eq(OUT_OF, psi / (1 + z - psi)), INTO < 1))


@extends(
    "ni-talnikar:definition-linear-range",
    saturated,
    witness=at({z: 99, psi: 99}),
    mutants=[
        mutant(saturated.with_then(OUT_OF < 1), {z: 99, psi: 99}, "out of it no further than into it"),
        mutant(saturated.with_then(OUT_OF <= 2 * psi / (1 + z)), {z: 99, psi: 99}, "at most twice C psi"),
    ],
)
def into_saturation_and_out_of_it() -> Theorem:
    """C is 1/(1 + z) both ways; but on the way in epsilon stays below 1, and all the way out, at psi = z, it is (1 + z) C psi."""
    ways = [follows(Eq(way, value), *saturated.given) for way, value in ((INTO, psi / (1 + z + psi)), (OUT_OF, psi / (1 + z - psi)))]
    return follows(saturated.then, *saturated.given, using=tuple(ways), because="the tangent is 1/(1 + z)^2")
