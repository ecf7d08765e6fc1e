"""Does the step size set how far GD oscillates? (Nar & Sastry, abstract and section 5).

It does for |x|^p / p, 1 < p < 2, where almost every orbit tends to the one amplitude (delta/2)^(1/(2-p)). In general it does not: at
one step, one minimum may be encircled by two attracting 2-cycles of different size, and the start decides between them.
"""

from typing import Any

from sympy import Abs, Eq, Integer, Lambda, Max, Rational, diff

from theory.evidence import Instance, at, informal, mutant, proves, refutes
from theory.proof import (
    And,
    ForAll,
    HessianRange,
    Implies,
    Nonsingular,
    Not,
    NullBasin,
    Refutation,
    Statement,
    Tends,
    Theorem,
    assume,
    cite,
    column,
    counterexample,
    cut,
    discharge,
    evaluate,
    follows,
    generalize,
    image_tends,
    induction,
    instance,
    no_two_cycles,
    orbit_of,
    part,
    recursion,
    specialize,
    substitute,
)
from theory.proof.logic import Boolean
from theory.step_bounds.example_any_power import BALANCE, EXPONENT, GENERAL_STEP, any_power_between_one_and_two
from theory.step_bounds.example_power import never_zero
from theory.step_bounds.stability import DESCENT, non_singular_maps_leave_unstable_points
from theory.step_bounds.symbols import F, X, a, b, c, delta, f, high, k, low, q, rho, s, slope, t, w, x, xi, y

informal(
    "nar-sastry:text-generalisation",
    "It says that a link between step size and Lipschitz constant may one day help to understand generalisation: a hope, which no "
    "observation could contradict.",
)
informal("nar-sastry:text-full-batch", "It says what the paper does not study, and that a question is open: nothing is claimed.")

# One step, two amplitudes

MAP = Lambda(t, t - delta * slope(t))  # GD on any loss of one variable
TWO_ORBITS = (
    delta > 0,
    recursion(x, MAP),
    recursion(y, MAP),
    Eq(slope(c), 0),  # both oscillate around the equilibrium c, with the amplitudes a and b
    Tends(k, Abs(x(k) - c), a),
    Tends(k, Abs(y(k) - c), b),
    a > 0,
    b > 0,
)
magnitude = Statement(TWO_ORBITS, Eq(a, b), source="nar-sastry:text-disc-magnitude")

WAVY = t * (2 + (t**2 - 1) * (t**2 - 4) * (t**2 - 9) * (t**2 - 16) / 4000)  # the slope of a loss whose only critical point is 0
WAVY_STEP = Lambda(t, t - WAVY)
COEXISTING = {
    delta: 1,
    slope: Lambda(t, WAVY),
    x: orbit_of(WAVY_STEP, 1),  # 1, -1, 1, ...
    y: orbit_of(WAVY_STEP, 3),  # 3, -3, 3, ...
    a: 1,
    b: 3,
    c: 0,
}
COEXIST = (
    "GD with step 1 on a loss with f'(t) = t (2 + (t^2-1)(t^2-4)(t^2-9)(t^2-16)/4000), whose only critical point is its minimum 0: "
    "+-1 and +-3 are both attracting 2-cycles around 0, so the start decides the amplitude"
)


@refutes(magnitude, why=COEXIST)
def two_cycles_around_one_minimum() -> Refutation:
    """At t = 1, 2, 3, 4 the slope is 2 t, so that t -> -t; the multipliers of the cycles +-1 and +-3 are below 1."""
    return counterexample(magnitude, COEXISTING)


OTHER = {x: Lambda(k, y(k))}
ONE_AMPLITUDE = And(Tends(k, Abs(x(k)), c), Tends(k, Abs(y(k)), c))
POWER_ORBITS = (
    *EXPONENT,
    c > 0,
    BALANCE,
    recursion(x, GENERAL_STEP),
    never_zero,
    recursion(y, GENERAL_STEP),
    substitute(never_zero, OTHER),
)
one_amplitude = magnitude.amend(
    given=POWER_ORBITS,
    then=ONE_AMPLITUDE,
    why="for |x|^p/p, 1 < p < 2, q = p - 1, every orbit that never meets 0 has the amplitude c = (delta/2)^(1/(2-p))",
)


def _cusp(step: Rational | int, start: Any = None) -> dict[Any, Any]:
    """Example 1, p = 3/2, on its 2-cycle: the amplitude is step^2/4. `start` is another start of x."""
    map_, level = Lambda(t, substitute(GENERAL_STEP(t), {q: Rational(1, 2), delta: step})), Rational(step) ** 2 / 4
    return {q: Rational(1, 2), c: level, delta: step, x: orbit_of(map_, level if start is None else start), y: orbit_of(map_, -level)}


@proves(
    one_amplitude,
    witness=at(_cusp(1)),
    mutants=[
        mutant(one_amplitude.with_then(Tends(k, Abs(x(k)), delta / 2)), _cusp(1), "delta/2 for its power 1/(2-p)"),
        mutant(one_amplitude.drop(never_zero), _cusp(1, start=1), "orbits that land on 0 too"),
        mutant(one_amplitude.with_then(Tends(k, x(k), c)), _cusp(1), "a limit instead of an oscillation"),
    ],
)
def powers_have_one_amplitude() -> Theorem:
    """|x(k)| -> c with 2 c = delta c^(p-1), whatever the start: the step alone sets the amplitude."""
    theorem = any_power_between_one_and_two()
    limit = part(theorem, Tends(k, Abs(x(k)), c))
    return follows(ONE_AMPLITUDE, using=(limit, instance(limit, OTHER)), because="for both orbits")


# Which minima, and how far: the two sentences of the abstract

REACHED = And(
    Implies(delta * high < 2, Not(NullBasin(F, X))),
    Implies(delta * high > 2, NullBasin(F, X)),
)
ISOLATED = (DESCENT, HessianRange(f, X, low, high), low > 0, low <= high)  # X is a strict minimum
subset = Statement((*TWO_ORBITS, *ISOLATED), And(REACHED, Eq(a, b)), source="nar-sastry:text-abs-subset")
reached_minima = subset.amend(
    given=(*POWER_ORBITS, *ISOLATED, Nonsingular(F, X)),
    then=And(REACHED, ONE_AMPLITUDE),
    why="the amplitude is the step's doing for |x|^p/p, 1 < p < 2, not for every loss; and the map must be non-singular",
)


def _bowl(step: Rational) -> dict[Any, Any]:
    """GD on s^2/2 + t^2 at its minimum: the eigenvalues of the Hessian are 1 and 2."""
    map_, loss = Lambda((s, t), column((1 - step) * s, (1 - 2 * step) * t)), Lambda((s, t), s**2 / 2 + t**2)
    return {F: map_, f: loss, X: column(0, 0), low: 1, high: 2, delta: step}


def _bowl_attracts(step: Rational) -> Theorem:
    return cite("attracting-basin", _bowl(step)[F], column(0, 0), Max(abs(1 - step), abs(1 - 2 * step)))


def _bowl_repels(step: Rational) -> Theorem:
    return cite("centre-stable-manifold", _bowl(step)[F], column(0, 0), abs(1 - 2 * step))


def _small() -> Instance:
    point = {**_cusp(Rational(1, 10)), **_bowl(Rational(1, 10))}
    return at(point, lambda: _bowl_attracts(Rational(1, 10)), lambda: evaluate(substitute(ONE_AMPLITUDE, point)))


@refutes(subset, why=COEXIST)
def the_step_does_not_set_the_amplitude() -> Refutation:
    """The same two cycles; beside them a minimum X that may be any."""
    return counterexample(subset, {**COEXISTING, **_bowl(Integer(1))})


@proves(
    reached_minima,
    witness=_small(),
    mutants=[
        mutant(
            reached_minima.with_then(Implies(delta * high > 1, NullBasin(F, X))),
            {**_cusp(Rational(3, 4)), **_bowl(Rational(3, 4))},
            "1 for 2",
            lambda: _bowl_attracts(Rational(3, 4)),
        ),
        mutant(
            reached_minima.with_then(Implies(delta * low < 2, Not(NullBasin(F, X)))),
            {**_cusp(Rational(3, 2)), **_bowl(Rational(3, 2))},
            "the smallest eigenvalue for the largest",
            lambda: _bowl_repels(Rational(3, 2)),
        ),
    ],
)
def the_step_sets_the_reachable_minima() -> Theorem:
    """A strict minimum attracts a neighbourhood if delta lambda_max < 2, and a null set if delta lambda_max > 2."""
    spectrum = cite("gradient-step-spectrum", F, f, delta, X, low, high)
    radius = spectrum.then.args[2]
    near = cut(cite("attracting-basin", F, X, radius), spectrum)
    far = cut(instance(non_singular_maps_leave_unstable_points(), {rho: radius}), spectrum)
    cases = tuple(discharge(th, *th.given) for th in (near, far))
    reached = follows(REACHED, delta > 0, *ISOLATED, Nonsingular(F, X), using=cases, because="|1 - delta lambda| < 1 for both extremes")
    return follows(reached_minima.then, using=(reached, powers_have_one_amplitude()), because="together")


# An oscillation that is not the randomness's doing

CURVE = 3 * t**4 / 16 + t**3 / 12 + t**2 / 2 - t + Rational(1, 2)  # convex, with its minimum at 2/3
LOSS = Lambda(t, CURVE)
FULL, HALF = (Lambda(t, t - step * diff(CURVE, t)) for step in (1, Rational(1, 2)))
NOISY = ForAll(k, k >= 0, Eq(x(k + 1), FULL(x(k)) - xi(k) * x(k) * (1 - x(k)), evaluate=False))
HIGH, LOW = LOSS(0), LOSS(1)


def _alternates(orbit: Lambda) -> Boolean:
    """The error is 1/2 at even steps and 13/48 at odd ones."""
    error = Lambda(k, LOSS(orbit(k)))
    return ForAll(k, k >= 0, And(Eq(error(2 * k), HIGH), Eq(error(2 * k + 1), LOW)))


stochastic = Statement(
    (NOISY, Eq(x(0), 0), recursion(y, FULL), Eq(y(0), 0), recursion(w, HALF), Eq(w(0), 0)),
    And(_alternates(x), _alternates(y), Tends(k, LOSS(w(k)), LOSS(Rational(2, 3)))),
    source="nar-sastry:text-stochasticity",
)
FLIPPING = Lambda(k, (1 - (-1) ** k) / 2)  # 0, 1, 0, 1, ...
RUNS = {xi: Lambda(k, (-1) ** k / 10), x: FLIPPING, y: FLIPPING, w: orbit_of(HALF, 0)}


def _from_zero() -> Theorem:
    """x(2 k) = 0 and x(2 k + 1) = 1 for every k, whatever the sequence xi."""
    claim = And(Eq(x(2 * k), 0), Eq(x(2 * k + 1), 1))
    at_even, at_odd = (specialize(assume(NOISY), n) for n in (2 * k + 2, 2 * k + 1))
    base = follows(substitute(claim, {k: 0}), Eq(x(0), 0), using=(specialize(assume(NOISY), 0),), because="0 -> 1")
    step = follows(substitute(claim, {k: k + 1}), claim, k >= 0, using=(at_odd, at_even), because="1 -> 0 -> 1: the noise is 0 at both")
    step = cut(step, *(follows(n >= 0, k >= 0) for n in (2 * k + 2, 2 * k + 1)))
    return induction(base, step, k, 0)


@proves(
    stochastic,
    witness=at(RUNS),
    mutants=[
        mutant(stochastic.drop(Eq(x(0), 0)), {**RUNS, x: Lambda(k, Rational(2, 3)), xi: Lambda(k, 0 * k)}, "from every start"),
        mutant(stochastic.with_then(ForAll(k, k >= 0, Eq(LOSS(x(k)), LOSS(x(k + 1))))), RUNS, "a constant error"),
        mutant(stochastic.with_then(_alternates(w)), RUNS, "with half the step too"),
    ],
)
def the_step_oscillates_whatever_the_noise() -> Theorem:
    """GD with the stochastic gradient f'(x) + xi(k) x (1 - x) runs through 0, 1, 0, 1, ...: so does GD without noise.

    The error of the stochastic run oscillates exactly like that of the deterministic one, and with half the step it converges: what
    looks like randomness is the step.
    """
    noisy = _from_zero()
    silent = instance(noisy, {x: Lambda(k, y(k)), xi: Lambda(k, 0 * k)})
    errors = []
    for theorem, orbit in ((noisy, x), (silent, y)):
        here = specialize(theorem, k)
        said = follows(_alternates(Lambda(k, orbit(k))).args[2], k >= 0, using=(here,), because="f(0) = 1/2 and f(1) = 13/48")
        errors.append(generalize(said, k, k >= 0))
    inside, image = (t >= 0, t <= 1), (s >= 0, s <= 1)
    invariant = follows(And(HALF(t) >= 0, HALF(t) <= 1), *inside)
    lonely = follows(Eq(s, t), *inside, *image, Eq(s, HALF(t)), Eq(t, HALF(s)), because="no 2-cycle")
    fixed = follows(Eq(t, Rational(2, 3)), *inside, Eq(HALF(t), t), because="f' has one zero")
    limit = image_tends(no_two_cycles(w, HALF, t, s, (0, 1), invariant, lonely, fixed), LOSS)
    return follows(stochastic.then, *stochastic.given, using=(*errors, _started(limit)), because="together")


def _started(limit: Theorem) -> Theorem:
    """The limit, for the start 0."""
    return cut(limit, *(follows(h, Eq(w(0), 0)) for h in limit.given if h.has(w(0)) and not isinstance(h, ForAll)))
