"""Linear layers of any shape: their Taylor expansion, and the measurement in closed form where all move at one rate. (section 3.1).

The second coefficient v' solves a tangent equation of its own, driven by the first: v'(i+1) = s_i v'(i) + sigma_i v(i). It gives C.
With sigma_i = r s_i in every layer the network goes through (1 + r psi)^i times its states, whatever the weights and the input are.
"""

from functools import cache

from sympy import Abs, Eq, Lambda, Ne, Rational

from theory.evidence import at, extends, mutant
from theory.linear_range.measurement import MOVES, error, relative
from theory.linear_range.networks import DEEP, INPUT, LAYERS, REST, STATES, at_layer
from theory.linear_range.sizes import LATER
from theory.linear_range.symbols import I, bend, growth, i, psi, q, rate, rest, s, sigma, u, unit, v, x
from theory.proof import ForAll, Statement, Theorem, assume, cite, combine_words, equal_words, follows, specialize, squared_norm, substitute
from theory.proof.ranges import throughout, up_to

PRODUCT = ForAll(i, LAYERS, ForAll(psi, True, Eq(u(i + 1, psi), (s(i) + psi * sigma(i)) * u(i, psi))))  # u(i+1) = s_i u(i)
FLOW = ForAll(i, LAYERS, Eq(v(i + 1), s(i) * v(i) + sigma(i) * u(i, 0)))  # its tangent equation (3)
EQUAL = ForAll(i, LAYERS, Eq(sigma(i), rate * s(i)))
GROWN = Eq(growth, 1 + rate * psi)
GROWTH = growth**i
CLOSED = Eq(q(i, psi) * i * Abs(rate * psi), Abs(GROWTH - 1 - i * rate * psi))

closed_form = Statement(
    (DEEP, INPUT, PRODUCT, REST, FLOW, EQUAL, GROWN, growth > 0, Ne(psi, 0), MOVES, relative(psi)), ForAll(i, LATER, CLOSED)
)
# three layers 2, r = 1/2, psi = 1: u = 3^i, v = i 2^i/2
TWOS = {
    I: 3,
    unit: [[1]],
    x: [[1]],
    s: Lambda(i, 2 * unit),
    sigma: Lambda(i, unit),
    rate: Rational(1, 2),
    growth: Rational(3, 2),
    u: Lambda((i, psi), (2 + psi) ** Abs(i) * unit),
    v: Lambda(i, i * 2 ** Abs(i) * unit / 2),
    psi: 1,
    q: Lambda((i, psi), (i - 1) * (i + 4) / 24),  # 0, 1/4 and 7/12
}


@cache
def states() -> Theorem:
    """u(i, psi) = (1 + r psi)^i u(i, 0)."""
    claim = Eq(u(i, psi), GROWTH * u(i, 0))
    start = combine_words(u(0, psi), u(0, 0), (1, at_layer(INPUT, psi), 1), (-1, at_layer(INPUT, 0), 1))
    step = combine_words(
        u(i + 1, psi),
        growth ** (i + 1) * u(i + 1, 0),
        (1, at_layer(PRODUCT, i, psi), 1),
        (-(growth ** (i + 1)), at_layer(PRODUCT, i, 0), 1),
        (s(i) + psi * sigma(i), assume(claim), 1),
        (GROWTH * psi, at_layer(EQUAL, i), u(i, 0)),
        (-GROWTH, assume(GROWN), s(i) * u(i, 0)),
    )
    return up_to(start, step, claim, growth > 0, index=i, last=I)


@cache
def tangents() -> Theorem:
    """v(i) = i r u(i, 0)."""
    claim = Eq(v(i), i * rate * u(i, 0))
    start = equal_words(v(0), 0, assume(REST))
    step = combine_words(
        v(i + 1),
        (i + 1) * rate * u(i + 1, 0),
        (1, at_layer(FLOW, i), 1),
        (-(i + 1) * rate, at_layer(PRODUCT, i, 0), 1),
        (s(i), assume(claim), 1),
        (1, at_layer(EQUAL, i), u(i, 0)),
    )
    return up_to(start, step, claim, index=i, last=I)


def _said(closed: Eq) -> Statement:
    return closed_form.with_then(ForAll(i, LATER, closed))


@extends(
    "ni-talnikar:equation-13",
    closed_form,
    witness=at(TWOS),
    mutants=[
        mutant(_said(Eq(q(i, psi) * Abs(rate * psi), Abs(GROWTH - 1 - i * rate * psi))), TWOS, "not relative to i"),
        mutant(_said(Eq(CLOSED.lhs, Abs(growth ** (i + 1) - 1 - i * rate * psi))), TWOS, "one layer more"),
    ],
)
def the_measurement_in_closed_form() -> Theorem:
    """q(i) = |(1 + r psi)^i - 1 - i r psi| / (i |r psi|): the size of the state u(i, 0) cancels."""
    states_, tangents_ = specialize(states(), i), specialize(tangents(), i)
    factor = GROWTH - 1 - i * rate * psi
    errors = equal_words(squared_norm(error(psi)), factor**2 * squared_norm(u(i, 0)), states_, tangents_)
    moved = equal_words(squared_norm(psi * v(i)), (i * rate * psi) ** 2 * squared_norm(u(i, 0)), tangents_)
    still = equal_words(squared_norm(v(i)), (i * rate) ** 2 * squared_norm(u(i, 0)), tangents_)
    positive = [cite("norm-nonnegative", word) for word in (error(psi), psi * v(i), u(i, 0))]
    known = (errors, moved, still, *positive, specialize(assume(MOVES), i), specialize(assume(relative(psi)), i))
    each = follows(CLOSED, Ne(psi, 0), growth > 0, i >= 1, using=known, because="divided by |u|")
    return throughout(each, i, LATER)


# The second coefficient, and all that follows

BEND = (Eq(bend(0), 0), ForAll(i, LAYERS, Eq(bend(i + 1), s(i) * bend(i) + sigma(i) * v(i))))
REMAINDER = (Eq(rest(0), 0), ForAll(i, LAYERS, Eq(rest(i + 1), (s(i) + psi * sigma(i)) * rest(i) + sigma(i) * bend(i))))
TAYLOR = Eq(u(i, psi), u(i, 0) + psi * v(i) + psi**2 * bend(i) + psi**3 * rest(i))
expanded = Statement((DEEP, INPUT, PRODUCT, REST, FLOW, *BEND, *REMAINDER), ForAll(i, STATES, TAYLOR))
# two layers 1 in the direction 1: u = (1 + psi)^i, so v' = 0, 0, 1 and nothing is left
SQUARE_OF_TWO = {
    **TWOS,
    I: 2,
    s: Lambda(i, unit),
    u: Lambda((i, psi), (1 + psi) ** Abs(i) * unit),
    v: Lambda(i, i * unit),
    bend: Lambda(i, i * (i - 1) * unit / 2),
    rest: Lambda(i, 0 * unit),
}


@extends(
    "ni-talnikar:text-taylor",
    expanded,
    witness=at(SQUARE_OF_TWO),
    mutants=[
        mutant(expanded.drop(BEND[1]), {**SQUARE_OF_TWO, bend: Lambda(i, 0 * unit)}, "without the second coefficient"),
        mutant(
            expanded.with_then(ForAll(i, STATES, Eq(u(i, psi), u(i, 0) + psi * v(i) + psi**2 * bend(i) / 2))), SQUARE_OF_TWO, "half of it"
        ),
    ],
)
def the_second_order_tangent() -> Theorem:
    """Layer by layer: (s + psi sigma) times the expansion of the layer before, sorted by powers of psi."""
    start = combine_words(
        *substitute(TAYLOR, {i: 0}).args,
        (1, at_layer(INPUT, psi), 1),
        (-1, at_layer(INPUT, 0), 1),
        (-psi, assume(REST), 1),
        (-(psi**2), assume(BEND[0]), 1),
        (-(psi**3), assume(REMAINDER[0]), 1),
    )
    step = combine_words(
        *substitute(TAYLOR, {i: i + 1}).args,
        (1, at_layer(PRODUCT, i, psi), 1),
        (-1, at_layer(PRODUCT, i, 0), 1),
        (-psi, at_layer(FLOW, i), 1),
        (-(psi**2), at_layer(BEND[1], i), 1),
        (-(psi**3), at_layer(REMAINDER[1], i), 1),
        (s(i) + psi * sigma(i), assume(TAYLOR), 1),
        because="sorted by powers of psi",
    )
    return up_to(start, step, TAYLOR, index=i, last=I)
