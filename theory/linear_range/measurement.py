"""The nonlinear measurement of a step, and how it begins: epsilon = C |psi| + O(psi^2). (equation 13, section 3.1).

The measurement is no number where a layer does not move to first order: 0/0, or something divided by 0. A dead layer, the step 0, or a
direction that is 0 are enough. Elsewhere it is not negative, so it cannot begin like C psi for steps of both signs, unless C = 0.
"""

from functools import cache

from sympy import Abs, Eq, Expr, Lambda, Ne, Rational, Sum, false

from theory.evidence import Tight, at, mutant, proves, refutes
from theory.linear_range.networks import NETWORK, REST, TANGENT
from theory.linear_range.sizes import LATER, compared_sums, scaled, size, triangle
from theory.linear_range.symbols import (
    C,
    Fs,
    Fu,
    I,
    S,
    U,
    bend,
    c,
    epsilon,
    f,
    i,
    kappa,
    one,
    other,
    psi,
    q,
    q_other,
    s,
    sigma,
    two,
    u,
    unit,
    v,
    x,
)
from theory.proof import (
    And,
    Exists,
    ForAll,
    Refutation,
    Statement,
    Theorem,
    absurd,
    assume,
    cite,
    counterexample,
    equal_words,
    follows,
    generalize,
    instance,
    none_exists,
    specialize,
    squared_norm,
    sum_congruence,
)
from theory.proof.ranges import throughout

RATIO, OTHER_RATIO = Lambda((i, psi), q(i, psi)), Lambda((i, psi), q_other(i, psi))


def error(step: Expr) -> Expr:
    """What the tangent solution misses of the motion of layer i: u_new - u_old - v psi."""
    return u(i, step) - u(i, 0) - step * v(i)


def relative(step: Expr, ratio: Lambda = RATIO) -> ForAll:
    """ratio(i, step) |v_i psi| = |u_new - u_old - v_i psi| in every layer: the ratio is the relative error, wherever there is one."""
    return ForAll(i, LATER, Eq(ratio(i, step) * size(step * v(i)), size(error(step))))


def measured(step: Expr) -> Expr:
    """The mean of the relative errors."""
    return Sum(q(i, step), (i, 1, I)) / I


MOVES = ForAll(i, LATER, squared_norm(v(i)) > 0)  # no tangent is 0
SOLVED = (*NETWORK, REST, TANGENT)
QUOTIENTS = Sum(size(error(psi)) / size(psi * v(i)), (i, 1, I)) / I  # (13) as it is printed
MEASURED_TWICE = (relative(psi), Eq(epsilon, measured(psi)), relative(psi, OTHER_RATIO), Eq(other, Sum(q_other(i, psi), (i, 1, I)) / I))


def power_network(power: int) -> dict[object, object]:
    """One layer f(U, S) = S^power from s = 1 in the direction 1, so u(psi) = (1 + psi)^power."""
    return {
        I: 1,
        unit: [[1]],
        x: [[1]],
        f: Lambda((i, U, S), S**power),
        s: Lambda(i, unit),
        sigma: Lambda(i, unit),
        Fu: Lambda(i, 0 * unit),
        Fs: Lambda(i, power * unit),
        u: Lambda((i, psi), (1 + psi) ** Abs(power * i) * unit),
        v: Lambda(i, power * i * unit),
    }


LINE = {**power_network(1), q: Lambda((i, psi), 0), q_other: Lambda((i, psi), 0)}
SQUARE = {**power_network(2), q: Lambda((i, psi), Abs(psi) / 2), bend: Lambda(i, unit), c: Lambda(i, Rational(1, 2)), kappa: Lambda(i, 0)}
CUBE = {
    **power_network(3),
    q: Lambda((i, psi), Abs(psi + psi**2 / 3)),
    bend: Lambda(i, 3 * unit),
    c: Lambda(i, 1),
    kappa: Lambda(i, Rational(1, 3)),
}
ONE_STEP = {**CUBE, psi: 1}
AT_REST = {psi: 0, q_other: Lambda((i, psi), 1), epsilon: 0, other: 1}  # no step: (13) reads 0/0

equation_13 = Statement((*SOLVED, *MEASURED_TWICE), Eq(epsilon, other), source="ni-talnikar:equation-13")
measurement = equation_13.amend(
    given=(*SOLVED, MOVES, Ne(psi, 0), *MEASURED_TWICE),
    then=And(Eq(epsilon, other), Eq(epsilon, QUOTIENTS), epsilon >= 0),
    why="(13) determines a number, which is not negative, where psi is not 0 and no tangent v_i is 0; elsewhere it divides by 0.",
)
HALF = {psi: 1, epsilon: Rational(1, 2), other: Rational(1, 2), q_other: SQUARE[q]}


@refutes(equation_13, why="At psi = 0 the relative errors are 0/0, so every number satisfies (13).")
def zero_over_zero() -> Refutation:
    """U = (1 + psi)^2 with the step 0."""
    return counterexample(equation_13, {**SQUARE, **AT_REST})


@proves(
    measurement,
    witness=at({**SQUARE, **HALF}),
    mutants=[
        mutant(measurement.drop(Ne(psi, 0)).with_then(equation_13.then), {**SQUARE, **AT_REST}, "with the step 0"),
        mutant(
            measurement.drop(MOVES).with_then(equation_13.then),
            {**LINE, **AT_REST, psi: 1, sigma: Lambda(i, 0 * unit), v: Lambda(i, 0 * unit), u: Lambda((i, psi), unit)},
            "in the direction 0",
        ),
        mutant(measurement.with_then(epsilon > 0), {**LINE, psi: 1, epsilon: 0, other: 0}, "greater than 0"),
        mutant(measurement.with_then(epsilon <= Rational(1, 3)), {**SQUARE, **HALF}, "at most a third"),
    ],
)
def the_measurement_is_a_number() -> Theorem:
    """A product q |v psi| has one quotient q where |v psi| > 0, and a mean of numbers >= 0 is one."""
    each = [specialize(assume(h), i) for h in (relative(psi), relative(psi, OTHER_RATIO))]
    known = (moves_in_step(), *(cite("norm-nonnegative", word) for word in (error(psi), psi * v(i))), *each)
    quotient = size(error(psi)) / size(psi * v(i))
    parts = [Eq(q(i, psi), q_other(i, psi)), Eq(q(i, psi), quotient), q(i, psi) >= 0]
    same, printed, positive = (throughout(follows(p, using=known, because="divided by |v psi|"), i, LATER) for p in parts)
    sums = (sum_congruence(same), sum_congruence(printed), compared_sums(positive), equal_words(Sum(0, (i, 1, I)), 0))
    above = throughout(follows(squared_norm(psi * v(i)) > 0, using=known, because="psi v is not 0"), i, LATER)
    defined = (above, throughout(cite("norm-nonnegative", error(psi)), i, LATER))
    return follows(measurement.then, *measurement.given, using=(*sums, *defined), because="the means of equal numbers are equal")


@cache
def moves_in_step(step: Expr = psi) -> Theorem:
    """|v psi| > 0."""
    squares = equal_words(squared_norm(step * v(i)), step**2 * squared_norm(v(i)))
    return follows(size(step * v(i)) > 0, Ne(step, 0), using=(squares, specialize(assume(MOVES), i)), because="psi v is not 0")


def expands(step: Expr) -> ForAll:
    """u(psi) = u + v psi + v' psi^2 + rest, with |rest| <= kappa |v| |psi|^3."""
    rest = error(step) - step**2 * bend(i)
    return ForAll(i, LATER, size(rest) <= kappa(i) * size(v(i)) * Abs(step) ** 3)


BENDS = ForAll(i, LATER, Eq(c(i) * size(v(i)), size(bend(i))))  # c(i) = |v'_i|/|v_i|
SLOPE, REST_BOUND = Sum(c(i), (i, 1, I)) / I, Sum(kappa(i), (i, 1, I)) / I


def near(number: Expr, value: Expr, bound: Expr) -> And:
    """|number - value| <= bound."""
    return And(number - value <= bound, value - number <= bound)


SMOOTH_NETWORK = (*SOLVED, MOVES, BENDS)
begins = Statement(
    (*SMOOTH_NETWORK, Ne(psi, 0), *(h(sign * psi) for sign in (1, -1) for h in (expands, relative))),
    Exists(C, True, And(*(near(measured(sign * psi), C * sign * psi, REST_BOUND * psi**2) for sign in (1, -1)))),
    source="ni-talnikar:text-eps-cpsi",
)
begins_with_modulus = begins.amend(
    given=(*SMOOTH_NETWORK, Ne(psi, 0), expands(psi), relative(psi)),
    then=near(measured(psi), SLOPE * Abs(psi), REST_BOUND * psi**2),
    why="epsilon is not negative, so it begins like C |psi|, where C is the mean of |v'_i|/|v_i|; for psi > 0 this is what is printed.",
)


def _bounded(value: Expr, bound: Expr) -> Statement:
    return begins_with_modulus.with_then(near(measured(psi), value, bound * psi**2))


@refutes(
    begins,
    why="epsilon(1) = epsilon(-1) = 1/2 for u = (1 + psi)^2, without a remainder; C psi has two signs.",
    mutants=[mutant(_bounded(SLOPE * psi, REST_BOUND), {**SQUARE, psi: -1}, "C psi for psi = -1")],
)
def both_signs() -> Refutation:
    """Epsilon = |psi|/2 for u = (1 + psi)^2."""
    half, none = Sum(Rational(1, 2), (i, 1, 1)), Sum(0, (i, 1, 1))
    both = And(*(near(half, C * sign, none) for sign in (1, -1)))
    values = (equal_words(half, Rational(1, 2)), equal_words(none, 0))
    clash = follows(false, both, using=values, because="C would be 1/2 and -1/2")
    never = none_exists(generalize(absurd(clash, both), C))
    return counterexample(begins, {**SQUARE, psi: 1}, never)


@proves(
    begins_with_modulus,
    witness=at({**CUBE, psi: -1}),
    mutants=[
        mutant(_bounded(SLOPE * Abs(psi) / 2, REST_BOUND), ONE_STEP, "half of C"),
        mutant(_bounded(SLOPE * Abs(psi), REST_BOUND / 2), ONE_STEP, "half of the remainder"),
        mutant(begins_with_modulus.drop(BENDS), {**ONE_STEP, c: Lambda(i, Rational(1, 2))}, "with another C"),
    ],
    tight=Tight(
        True,
        "u = (1 + psi)^3: epsilon = psi + psi^2/3 for psi > 0, and kappa = 1/3",
        begins_with_modulus.with_then(Eq(measured(psi) - SLOPE * Abs(psi), REST_BOUND * psi**2)),
        at(ONE_STEP),
    ),
)
def the_measurement_begins_linearly() -> Theorem:
    """Layer by layer |q - c |psi|| <= kappa psi^2, by the triangle inequality; then the mean."""
    second = psi**2 * bend(i)
    rest = error(psi) - second
    sides = (triangle(error(psi), second, rest), triangle(second, error(psi), second - error(psi)))
    turned = equal_words(squared_norm(second - error(psi)), squared_norm(rest))
    squares = equal_words(squared_norm(psi * v(i)), psi**2 * squared_norm(v(i)))
    each = [specialize(assume(h), i) for h in (MOVES, BENDS, expands(psi), relative(psi))]
    positive = [cite("norm-nonnegative", word) for word in (v(i), bend(i), second, rest, error(psi), psi * v(i))]
    known = (*sides, turned, squares, scaled(second, psi**2, bend(i)), *each, *positive)
    layers = [
        throughout(follows(bound, Ne(psi, 0), using=known, because="divided by |v psi|"), i, LATER)
        for bound in near(q(i, psi), c(i) * Abs(psi), kappa(i) * psi**2).args
    ]
    sums = tuple(compared_sums(layer) for layer in layers)
    said = {one: Lambda(i, q(i, psi)), two: Lambda(i, c(i)), C: Abs(psi)}
    split = [instance(_split(sign), said) for sign in (1, -1)]
    bound = equal_words(Sum(psi**2 * kappa(i), (i, 1, I)), psi**2 * Sum(kappa(i), (i, 1, I)))
    return follows(begins_with_modulus.then, using=(*sums, *split, bound), because="divided by the number of layers")


@cache
def _split(sign: int) -> Theorem:
    first, second = (Sum(term, (i, 1, I)) for term in (one(i), two(i)))
    return equal_words(Sum(sign * (one(i) - C * two(i)), (i, 1, I)), sign * (first - C * second), because="term by term")
