"""How large the step may be from the identity, compared with the bound (4). (Nar & Sastry, contribution 3, section 3, remark 3).

From W_j = rho(R)^(1/L) I every step up to half of (4) works; from the identity the same holds if rho(R) >= 1. For small targets
the identity is far from the best start.
"""

from typing import Any

from sympy import Eq, Integer, Max, Rational, diag

from theory.evidence import at, mutant, proves, refutes
from theory.proof import (
    And,
    ForAll,
    Implies,
    Not,
    Refutation,
    Statement,
    Tends,
    Theorem,
    assume,
    by_meaning,
    cite,
    counterexample,
    cut,
    discharge,
    evaluate,
    follows,
    instance,
    orbit_of,
    part,
    recursion,
    rewrite,
    substitute,
)
from theory.step_bounds.definite_targets import EIGENVALUE, LINEAR, PRINTED_STEP, ROOT, every_orbit_converges, numbers
from theory.step_bounds.eigenvalue_orbits import FROM_ONE, RATE, SMALL_STEP, linear, orbit_converges, orbit_converges_linearly, under
from theory.step_bounds.gains import BALANCED, gains_are_at_least_balanced
from theory.step_bounds.identity_start import EVERY_LAYER, ORBIT, RUN, STEP, run_is_diagonal
from theory.step_bounds.instances import gradient_run, identity_run, network, scalar_network
from theory.step_bounds.layers import LAYERS
from theory.step_bounds.smoothness import GAINS, SMOOTH
from theory.step_bounds.symbols import K, L, W, a, c, delta, g, high, j, k, lam, low, s, sigma, v, w, x
from theory.step_bounds.theorem_1 import REACHED, SOLUTION, steps_to_a_singular_value_are_bounded

LARGEST = 2 / (L * high ** ((2 * L - 2) / L))  # the bound (4), where rho(R) = high

# The best multiple of the identity

TOP = (s > 0, Eq(s**L, high))  # s = rho(R)^(1/L), the largest eigenvalue of R^(1/L)
close = Statement(
    (*RUN, *EIGENVALUE, low > 0, *ROOT, *TOP, *ORBIT, delta > 0, 2 * delta <= LARGEST),
    And(EVERY_LAYER, Tends(k, w(k), a), linear.then),
    source="nar-sastry:text-close-steps",
)


TOP_FOUR = identity_run(diag(4, 1), 2, Rational(1, 16), 4, [1, 0], start=2) | {a: 2, low: 1, high: 4, s: 2}  # the optimum in e_1
DOWN = identity_run(diag(4, 1), 1, 2, 1, [0, 1], start=4) | {a: 1, low: 1, high: 4, s: 4}  # w = 4, -2, 4, ...
SLOW_DOWN = identity_run(diag(4, 1), 1, Rational(1, 2), 1, [0, 1], start=4) | {a: 1, low: 1, high: 4, s: 4}
HUNDREDTH = identity_run([[Rational(1, 100)]], 2, Rational(200, 99), Rational(1, 100), [1], start=1)  # w = 1, -1, 1, ...
HUNDREDTH |= {a: Rational(1, 10), low: Rational(1, 100), high: Rational(1, 100), s: 1}


def _half_of_the_bound() -> Theorem:
    """Delta L max(s, a)^(2L-2) <= 1 for 2 delta <= 2/(L rho^(2(L-1)/L)), since a <= s = rho^(1/L)."""
    where = (L >= 1, a > 0, Eq(a**L, lam), *TOP, lam <= high)
    grows = discharge(under(cite("power-increases", s, a, L), s < a, *where), s < a)
    below = follows(a <= s, *where, using=(grows,), because="a^L <= s^L")
    power = under(cut(cite("power-monotone", Max(s, a), s, 2 * L - 2), follows(Max(s, a) <= s, using=(below,))), *where)
    root = rewrite(under(cite("power-of-power", s, L, (2 * L - 2) / L), *where), assume(TOP[1]))
    return follows(SMALL_STEP, *where, delta > 0, 2 * delta <= LARGEST, using=(power, root), because="powers grow")


@proves(
    close,
    witness=at(TOP_FOUR, lambda: instance(orbit_converges_linearly(), numbers(TOP_FOUR))),
    mutants=[
        mutant(close.replacing({close.given[-1]: delta <= LARGEST}), DOWN, "every step up to (4)"),
        mutant(close.replacing({TOP[1]: Eq(s, 1)}), HUNDREDTH, "the identity as the start"),
        mutant(close.replacing({RATE: 2 * RATE - 1}), SLOW_DOWN, "twice the gain in the rate"),
    ],
)
def half_of_the_largest_step_converges() -> Theorem:
    """From W_j = rho^(1/L) I every eigenvalue converges linearly up to half of the bound (4), which no random start exceeds."""
    eigenvalue = by_meaning(EIGENVALUE[-1], lam, v)
    positive = follows(a > 0, L >= 1, *ROOT, low > 0, using=(eigenvalue,), because="0^L = 0")
    rates = (
        cut(cut(f(), _half_of_the_bound()), positive, part(eigenvalue, lam <= high)) for f in (orbit_converges, orbit_converges_linearly)
    )
    return follows(close.then, using=(part(run_is_diagonal(), EVERY_LAYER), *rates), because="on every eigenvector of R")


# Is the identity the best start?

SPECTRUM = (L >= 1, low > 0, low <= lam, lam <= high, *ROOT, *FROM_ONE, delta > 0)  # w: from the identity
contrib_3 = Statement(
    (*SPECTRUM, recursion(x, STEP)),  # x: from any other multiple of the identity
    And(Implies(delta <= PRINTED_STEP, Tends(k, w(k), a)), Implies(Tends(k, x(k), a), Tends(k, w(k), a))),
    source="nar-sastry:contrib-3",
)
REACHABLE = tuple(substitute(h, {delta: c, sigma: high, lam: g}) for h in (*SOLUTION, delta > 0, REACHED))  # some optimum, with the step c
up_to_a_factor = contrib_3.amend(
    given=(*REACHABLE, *SPECTRUM, high >= 1, 2 * delta <= c),
    then=And(Tends(k, w(k), a), LINEAR),
    why="if rho(R) >= 1, the identity converges with half of any step by which a random start reaches an optimum; not for small R",
)


@refutes(contrib_3, why="for R = 1/100 and two layers the step 200/99 converges from I/4, and sends the identity to -1 and back for ever")
def quarter_of_the_identity_is_better() -> Refutation:
    """R = 1/100, L = 2, delta = 200/99: from 1/4 the layers tend to 1/10, from 1 they are 1, -1, 1, ..."""
    orbit = orbit_of(substitute(STEP, {key: HUNDREDTH[key] for key in (L, delta, lam)}), Rational(1, 4))
    point = {key: HUNDREDTH[key] for key in (L, delta, lam, a, low, high)}
    tends = instance(orbit_converges(), {**point, s: Rational(1, 4), w: orbit})
    point |= {w: HUNDREDTH[w], x: orbit}
    never = evaluate(substitute(Not(Tends(k, w(k), a)), point))
    return counterexample(contrib_3, point, tends, never)


def _optimum(weight: Any, step: Any, largest: Any) -> dict[Any, Any]:
    """Two equal scalar layers, their smoothness, GD from the identity with the step, and a larger step that reaches them."""
    net = {key: value for key, value in scalar_network(weight, weight).items() if key != sigma}
    run = numbers(identity_run([[weight**2]], 2, step, weight**2, [1]))
    return net | {key: run[key] for key in (delta, lam, w)} | {a: weight, low: weight**2, high: weight**2, g: 2 * weight**2, c: largest}


@proves(
    up_to_a_factor,
    witness=at(_optimum(Integer(1), Rational(1, 4), Rational(1, 2))),
    mutants=[
        mutant(
            up_to_a_factor.replacing({2 * delta <= c: delta <= c}),
            _optimum(Integer(2), Rational(6, 25), Rational(6, 25)),
            "the same step",
        ),
        mutant(
            up_to_a_factor.drop(high >= 1),
            _optimum(Rational(1, 10), Rational(200, 99), Rational(400, 99)),
            "small targets too",
        ),
    ],
)
def identity_needs_half_of_any_step() -> Theorem:
    """Delta <= c/2 <= (1/2) 2/(L rho^(2(L-1)/L)) by corollary 1, which is theorem 2's step where rho >= 1."""
    reached = instance(steps_to_a_singular_value_are_bounded(), {delta: c, sigma: high, lam: g})
    base = Max(1, high)
    power = under(cite("power-monotone", base, high, (2 * L - 2) / L), high >= 1, L >= 1)
    step = follows(delta <= PRINTED_STEP, 2 * delta <= c, high >= 1, delta > 0, L >= 1, using=(reached, power), because="rho >= 1")
    orbit = cut(every_orbit_converges(), step)
    return under(follows(up_to_a_factor.then, lam > 0, using=(orbit,)), *up_to_a_factor.given)


# How tight is (4)?

UNSTABLE = delta * lam > 2
ARRIVES = ForAll(j, LAYERS, Eq(W(j, K), W(j)))  # GD is at the optimum after K steps
TWICE = Eq(2 * substitute(PRINTED_STEP, {high: sigma}), 2 / BALANCED)  # the step of theorem 2 is half of (4)
TIGHT = And(GAINS >= BALANCED, TWICE)
remark_3 = Statement(
    (*SOLUTION, *RUN[:-1], sigma >= 1, delta > 0),
    And(TIGHT, Implies(UNSTABLE, Not(ARRIVES))),
    source="nar-sastry:remark-3",
)
almost_surely = remark_3.amend(
    given=(*SOLUTION, sigma >= 1, delta > 0),
    then=And(TIGHT, Implies(UNSTABLE, Not(REACHED))),
    why="an unstable optimum is out of reach for almost every start, not for every one: GD can land on it exactly",
)
ORIGINAL = network([[[5]], [[Rational(1, 5)]]], [1], [1], 1) | {lam: Rational(626, 25)}
LANDING = ORIGINAL | gradient_run([[[Rational(-9, 5)]], [[Rational(-17, 5)]]], [[1]], Rational(25, 64), 1)
UNIT = scalar_network(1, 1) | {lam: 2, delta: Rational(1, 2)}


@refutes(remark_3, why="from (-9/5, -17/5) GD with the step 25/64 lands in one step on the optimum (5, 1/5) of R = 1, which is unstable")
def unstable_optimum_is_hit() -> Refutation:
    """R = 1, L = 2: delta S = 25/64 * 626/25 > 9, yet one step of GD leads from (-9/5, -17/5) to (5, 1/5)."""
    return counterexample(remark_3, LANDING)


@proves(
    almost_surely,
    witness=at(UNIT),
    mutants=[
        mutant(almost_surely.replacing({UNSTABLE: delta * lam > 1}), UNIT | {delta: Rational(3, 4)}, "1 for 2"),
        mutant(almost_surely.replacing({2 / BALANCED: 1 / BALANCED}), UNIT, "the step of theorem 2 is (4) itself"),
        mutant(almost_surely.drop(sigma >= 1), scalar_network(Rational(1, 2), 1) | {lam: Rational(5, 4), delta: 1}, "small targets too"),
    ],
)
def balanced_optima_are_stable_longest() -> Theorem:
    """S >= L rho^(2(L-1)/L), twice theorem 2's step is (4) for rho >= 1, and delta lam > 2 excludes random starts."""
    base = Max(1, sigma)
    equal = [under(cite("power-monotone", *pair, (2 * L - 2) / L), sigma >= 1, L >= 1) for pair in ((base, sigma), (sigma, base))]
    ratio = follows(TWICE, sigma >= 1, L >= 1, using=tuple(equal), because="max(1, sigma) = sigma")
    reached = discharge(cite("unstable-minima-attract-null-sets", REACHED, SMOOTH), REACHED)
    return follows(almost_surely.then, using=(gains_are_at_least_balanced(), ratio, reached), because="together")
