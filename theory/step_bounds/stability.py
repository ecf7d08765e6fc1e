"""Stable, reachable, and what the Hessian says of both: Lyapunov's methods for GD on R^n. (Nar & Sastry, sections 2 and A).

An eigenvalue of DF above 1 in modulus makes an equilibrium unstable. That a random start then almost surely does not lead there
needs more: that F is non-singular. Without it GD may throw a whole interval of starts exactly onto an unstable minimum.
"""

from typing import Any

from sympy import Abs, Eq, Integer, Lambda, Max, Ne, Rational

from theory.evidence import Tight, at, implemented_at, mutant, proves, refutes
from theory.proof import (
    And,
    GradientStep,
    Iterate,
    LyapunovStable,
    Nonsingular,
    Not,
    NullBasin,
    Refutation,
    SpectralRadius,
    Statement,
    Theorem,
    cite,
    column,
    counterexample,
    cut,
    discharge,
    evaluate,
    exhibit,
    follows,
    generalize,
    instance,
    lands,
    monotone_orbit,
)
from theory.step_bounds.symbols import F, X, delta, f, k, rho, s, t, x

implemented_at("nar-sastry:footnote-1", "theory/proof/systems.py::NullBasin")

ORIGIN = column(0)
RADIUS = SpectralRadius(F, X, rho)
DESCENT = GradientStep(F, f, delta)


def on_the_line(map_: Lambda, loss: Lambda | None = None, step: Rational | int = 1) -> dict[Any, Any]:
    """The point at which GD is this map of the line, and X = 0."""
    return {F: map_, X: ORIGIN} | ({f: loss, delta: Integer(step)} if loss else {})


# Lyapunov's indirect method

HALVING = Lambda(t, t / 2)
FLIP = Lambda(t, t**3 - t)  # multiplier -1, stable
TANGENT = Lambda(t, t - t**2)  # multiplier 1, unstable: t < 0 escapes


def _stable(map_: Lambda, radius: Rational) -> Theorem:
    return cite("stable-linearisation", map_, Integer(0), radius)


def _tangency() -> Theorem:
    return cite("unstable-tangency", TANGENT, t, Integer(0))


indirect = Statement((RADIUS, LyapunovStable(F, X)), rho <= 1, source="nar-sastry:text-indirect")


@proves(
    indirect,
    witness=at({**on_the_line(HALVING), rho: Rational(1, 2)}, lambda: _stable(HALVING, Rational(1, 2))),
    mutants=[
        mutant(
            indirect.with_then(rho < 1),
            {**on_the_line(FLIP), rho: 1},
            "< for <=",
            lambda: cite("stable-flip", FLIP, t, Integer(0)),
        ),
        mutant(
            Statement((RADIUS, rho <= 1), LyapunovStable(F, X)),
            {**on_the_line(TANGENT), rho: 1},
            "the converse",
            _tangency,
        ),
    ],
    tight=Tight(
        True,
        "t^3 - t has the multiplier -1 at 0, and 0 is stable",
        Statement(indirect.given, Eq(rho, 1)),
        at({**on_the_line(FLIP), rho: 1}, lambda: cite("stable-flip", FLIP, t, Integer(0))),
    ),
)
def stable_points_have_no_large_eigenvalue() -> Theorem:
    """Lyapunov's indirect method, turned around: an eigenvalue above 1 in modulus makes the point unstable."""
    unstable = cite("unstable-linearisation", F, X, rho)
    return follows(rho <= 1, *indirect.given, using=(discharge(unstable, *unstable.given),), because="otherwise it is unstable")


# Who converges to an unstable equilibrium

SPLINE = Lambda(
    t,
    -2 * t + Rational(5, 2) * Max(0, t - 1) ** 2 - 4 * Max(0, t - 2) ** 2 + Rational(3, 2) * Max(0, t - 3) ** 2,
)  # continuously differentiable; -2 t up to t = 1, and 0 from t = 3 on
SPLINE_LOSS = Lambda(
    t,
    Rational(3, 2) * t**2 - Rational(5, 6) * Max(0, t - 1) ** 3 + Rational(4, 3) * Max(0, t - 2) ** 3 - Rational(1, 2) * Max(0, t - 3) ** 3,
)  # a local minimum at 0 of curvature 3, and slope t from t = 3 on
ON_THE_SPLINE = {**on_the_line(SPLINE, SPLINE_LOSS), rho: 2}


def spline_radius() -> Theorem:
    """The minimum 0 has the multiplier -2."""
    near = follows(Eq(SPLINE(t), -2 * t, evaluate=False), Abs(t) <= 1, because="all ramps are 0 there")
    return cut(cite("locally-linear", SPLINE, t, Integer(0), Integer(-2), Integer(1)), generalize(near, t, Abs(t) <= 1))


def spline_is_unstable() -> Theorem:
    """So it is not stable in the sense of Lyapunov."""
    return cut(cite("unstable-linearisation", SPLINE, Integer(0), Integer(2)), spline_radius())


def spline_attracts_an_interval() -> Theorem:
    """And yet every start in [3, 4] lands on it in one step."""
    flat = follows(Eq(SPLINE(s), 0, evaluate=False), s >= 3, because="the parabolas add up to 2 t")
    once = exhibit(flat, k, Integer(1), k >= 0, Eq(Iterate(SPLINE, s, k), 0))
    orbit = Lambda(k, Iterate(SPLINE, s, k))
    tends = cut(instance(lands(x, SPLINE, Integer(0)), {x: orbit}), once)
    tends = _decided(tends)
    where = And(s >= 3, s <= 4)
    tends = generalize(cut(tends, follows(s >= 3, where)), s, where)
    return cut(cite("interval-not-null", SPLINE, Integer(0), s, 3, 4), tends)


def _decided(theorem: Theorem) -> Theorem:
    """Without the hypotheses that exact evaluation shows: that iterates of a map are an orbit of it."""
    return cut(theorem, *(evaluate(h) for h in theorem.given if h.has(Iterate)))


almost_surely = Statement((DESCENT, delta > 0, RADIUS, rho > 1), NullBasin(F, X), source="nar-sastry:text-thm1-almost-sure")
nonsingular = almost_surely.amend(
    given=(*almost_surely.given, Nonsingular(F, X)),
    why="the map must pull null sets back to null sets; a polynomial map does so unless its Jacobian determinant vanishes everywhere",
)
DOUBLED = {F: Lambda(t, -2 * t), f: Lambda(t, 3 * t**2 / 2), X: ORIGIN, delta: 1, rho: 2}
SADDLE = {
    F: Lambda((s, t), column(s / 2, 2 * t)),
    f: Lambda((s, t), s**2 / 4 - t**2 / 2),
    X: column(0, 0),
    delta: 1,
    rho: 2,
}


@refutes(
    almost_surely,
    why=(
        "a twice differentiable loss with the local minimum 0 of curvature 3 and the slope f'(t) = t from t = 3 on: with step 1 the "
        "minimum is unstable, and every start beyond 3 lands on it in one step"
    ),
)
def thrown_onto_an_unstable_minimum() -> Refutation:
    """Where step times curvature is 1, GD is constant: it may send a whole interval to the unstable point."""
    return counterexample(almost_surely, ON_THE_SPLINE, spline_radius(), spline_attracts_an_interval())


@proves(
    nonsingular,
    witness=at(SADDLE, lambda: cite("centre-stable-manifold", SADDLE[F], SADDLE[X], Integer(2))),
    mutants=[
        mutant(
            nonsingular.replacing({rho > 1: rho >= Rational(1, 2)}),
            {F: HALVING, f: Lambda(t, t**2 / 4), X: ORIGIN, delta: 1, rho: Rational(1, 2)},
            "1/2 for 1",
            lambda: cite("attracting-basin", HALVING, Integer(0), Rational(1, 2)),
        ),
        mutant(
            nonsingular.replacing({rho > 1: rho >= 1}),
            {**on_the_line(TANGENT, Lambda(t, t**3 / 3)), rho: 1},
            ">= for >",
            lambda: tangent_attracts_an_interval(),
        ),
        mutant(nonsingular.with_then(LyapunovStable(F, X)), DOUBLED, "stable instead", lambda: _doubled_is_unstable()),
    ],
)
def non_singular_maps_leave_unstable_points() -> Theorem:
    """The starts near the point that stay near it form a manifold of lower dimension; its preimages are null sets."""
    return cite("centre-stable-manifold", F, X, rho)


def _doubled_is_unstable() -> Theorem:
    return cite("unstable-linearisation", DOUBLED[F], Integer(0), Integer(2))


def tangent_attracts_an_interval() -> Theorem:
    """GD on t^3/3 with step 1 falls from every start in [0, 1] to the saddle 0."""
    inside = (t >= 0, t <= 1)
    falls = follows(And(TANGENT(t) >= 0, TANGENT(t) <= t), *inside)
    fixed = follows(Eq(t, 0), *inside, Eq(TANGENT(t), t))
    orbit = Lambda(k, Iterate(TANGENT, s, k))
    tends = _decided(instance(monotone_orbit(x, TANGENT, t, (0, 1), falls, fixed), {x: orbit}))
    where = And(s >= 0, s <= 1)
    tends = generalize(cut(tends, follows(s >= 0, where), follows(s <= 1, where)), s, where)
    return cut(cite("interval-not-null", TANGENT, Integer(0), s, 0, 1), tends)


necessary = Statement(
    (DESCENT, delta > 0, Not(NullBasin(F, X))),  # a random start leads to X with positive probability
    LyapunovStable(F, X),
    source="nar-sastry:text-lyapunov-necessary",
)
hyperbolic = necessary.amend(
    given=(*necessary.given, RADIUS, Ne(rho, 1), Nonsingular(F, X)),
    why="the map must be non-singular, and no eigenvalue of DF decisive: the largest modulus must not be 1",
)


@refutes(
    necessary,
    why=(
        "a single orbit reaches an unstable minimum by starting there; but even for random starts it is false: with step 1 on the loss of "
        "the counterexample every start beyond 3 lands on the unstable minimum 0"
    ),
)
def an_unstable_minimum_is_reached() -> Refutation:
    """The minimum is unstable, and yet its basin has an interval."""
    return counterexample(necessary, ON_THE_SPLINE, spline_attracts_an_interval(), spline_is_unstable())


@proves(
    hyperbolic,
    witness=at(
        {**on_the_line(HALVING, Lambda(t, t**2 / 4)), rho: Rational(1, 2)},
        lambda: cite("attracting-basin", HALVING, Integer(0), Rational(1, 2)),
        lambda: _stable(HALVING, Rational(1, 2)),
    ),
    mutants=[
        mutant(
            hyperbolic.drop(Nonsingular(F, X)),
            ON_THE_SPLINE,
            "singular maps too",
            spline_radius,
            spline_attracts_an_interval,
            spline_is_unstable,
        ),
        mutant(
            hyperbolic.drop(Ne(rho, 1)),
            {**on_the_line(TANGENT, Lambda(t, t**3 / 3)), rho: 1},
            "the modulus 1 too",
            lambda: tangent_attracts_an_interval(),
            _tangency,
        ),
        mutant(hyperbolic.drop(Not(NullBasin(F, X))), DOUBLED, "whether reached or not", lambda: _doubled_is_unstable()),
    ],
)
def reached_points_are_stable() -> Theorem:
    """Below 1 the point is stable; above 1 a random start almost surely does not lead there."""
    stable, null = cite("stable-linearisation", F, X, rho), non_singular_maps_leave_unstable_points()
    return follows(
        hyperbolic.then,
        *hyperbolic.given,
        using=tuple(discharge(th, *th.given) for th in (stable, null)),
        because="the modulus is below 1 or above it",
    )
