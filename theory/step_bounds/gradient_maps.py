"""GD on f: R^n -> R as a map: its equilibria, when it is linear, and the largest step. (Nar & Sastry, equation 1, sections 1 and 2)."""

from typing import Any

from sympy import Eq, Expr, ImmutableMatrix, Integer, Lambda, Rational, S
from sympy.functions.elementary.complexes import transpose

from theory.evidence import at, implemented_at, mutant, proves
from theory.proof import (
    AnalyticMinimum,
    And,
    HasDerivative,
    HessianRange,
    Implies,
    LyapunovStable,
    Not,
    Statement,
    Theorem,
    assume,
    cite,
    column,
    combine_words,
    cut,
    discharge,
    equal_words,
    follows,
    generalize,
    inner,
    specialize,
    squared_norm,
)
from theory.step_bounds.stability import DESCENT, SADDLE
from theory.step_bounds.symbols import A, F, X, Y, Z, a, b, c, delta, f, high, low, phi, s, t

implemented_at("nar-sastry:equation-1", "dynamics/maps/gradient_map.py::GradientMap")

# Equilibria

equilibria = Statement(
    (delta > 0,),
    And(
        Implies(Eq(X - delta * Y, X), Eq(Y, 0)),  # Y is the gradient of f at X
        Implies(Eq(Y, 0), Eq(X - delta * Y, X)),
    ),
    source="nar-sastry:text-equilibria",
)
ACROSS = {X: column(1, 0), Y: column(0, 1), delta: 1}


@proves(
    equilibria,
    witness=at(ACROSS),
    mutants=[
        mutant(equilibria.replacing({delta > 0: delta >= 0}), {**ACROSS, delta: 0}, "the step 0 too"),
        mutant(
            equilibria.with_then(Implies(Eq(transpose(X) * Y, 0), Eq(X - delta * Y, X))),
            ACROSS,
            "a gradient orthogonal to the state is enough",
        ),
        mutant(equilibria.with_then(Implies(Eq(Y, 0), Eq(X, 0))), {X: column(1, 0), Y: column(0, 0), delta: 1}, "only the origin"),
    ],
)
def fixed_points_are_critical_points() -> Theorem:
    """GD stays at X, X - delta Y = X, exactly if the gradient Y is 0 there: in any dimension, for delta != 0."""
    forth = combine_words(Y, 0, (-1 / delta, assume(Eq(X - delta * Y, X)), 1), because="divide by -delta")
    back = combine_words(X - delta * Y, X, (-delta, assume(Eq(Y, 0)), 1), because="nothing is subtracted")
    pieces = (discharge(forth, Eq(X - delta * Y, X)), discharge(back, Eq(Y, 0)))
    return follows(equilibria.then, delta > 0, using=pieces, because="both directions")


# When the map is linear

RAY = Lambda(t, phi(t))  # f(t X)
SLOPE = Lambda(t, (t * (a - b) - c) / delta)
AFFINE = Eq(s * X - delta * Y, s * A * X + Z)  # at the point s X, where the gradient is Y, GD is the affine map x -> A x + Z
RATE = Eq(inner(X, Y), SLOPE(s))  # the derivative of f(s X) along the ray


def _quadratic(leading: Expr, linear: Expr) -> Eq:
    return Eq(phi(s), leading * s**2 + linear * s + phi(0), evaluate=False)


affine = Statement(
    (
        delta > 0,
        Eq(a, squared_norm(X)),
        Eq(b, inner(X, A * X)),
        Eq(c, inner(X, Z)),
        AFFINE,
        HasDerivative(RAY, SLOPE),
    ),
    And(RATE, _quadratic((a - b) / (2 * delta), -c / delta)),
    source="nar-sastry:text-nonlinear-hybrid",
)
ON_A_RAY = {
    X: column(1, 2),
    A: ImmutableMatrix([[1, 1], [1, 0]]),
    Z: column(1, 1),
    a: 5,
    b: 5,
    c: 3,
    delta: 1,
    s: 1,
    Y: column(-3, 0),
    phi: Lambda(t, 7 - 3 * t),
}
BOWL = {
    X: column(1),
    A: ImmutableMatrix([[0]]),
    Z: column(1),
    a: 1,
    b: 0,
    c: 1,
    delta: 1,
    s: 1,
    Y: column(0),
    phi: Lambda(t, t**2 / 2 - t),
}


@proves(
    affine,
    witness=at(BOWL),
    mutants=[
        mutant(affine.with_then(_quadratic((a - b) / delta, -c / delta)), BOWL, "1 for 1/2"),
        mutant(affine.with_then(_quadratic((a - b) / (2 * delta), S.Zero)), BOWL, "no linear term"),
        mutant(affine.with_then(_quadratic(a / (2 * delta), -c / delta)), ON_A_RAY, "the matrix A forgotten"),
    ],
)
def affine_steps_have_quadratic_losses() -> Theorem:
    """If GD is one affine map x -> A x + Z, then f(x) = x'(I - A)x/(2 delta) - x'Z/delta + f(0): f is quadratic.

    So for any other f the map is nonlinear, be it piecewise affine (hybrid) or not. A polynomial of degree 0 or 1 counts as quadratic.
    """
    step = combine_words(Y, (s * X - s * A * X - Z) / delta, (-1 / delta, assume(AFFINE), 1), because="solve for the gradient")
    along = equal_words(inner(X, Y), (s * squared_norm(X) - s * inner(X, A * X) - inner(X, Z)) / delta, step)
    slope = follows(RATE, *affine.given[:4], using=(along,), because="the three numbers")
    same = cite("same-derivative", RAY, SLOPE, (a - b) / (2 * delta) * t**2 - c / delta * t, t)
    values, slopes = sorted(same.then.args[0].args, key=lambda side: not side.has(phi))
    rates = generalize(follows(slopes.args[2], delta > 0), t)
    loss = specialize(follows(values, using=(same, rates), because="the same derivative along the ray"), s)
    return follows(affine.then, using=(slope, loss), because="at s = 1 this is f(X)")


# The smoothness and the largest step

smoothness = Statement(
    (DESCENT, delta > 0, AnalyticMinimum(f, X), HessianRange(f, X, low, high)),
    And(Implies(delta * high < 2, LyapunovStable(F, X)), Implies(delta * high > 2, Not(LyapunovStable(F, X)))),
    source="nar-sastry:text-smoothness-step",
)


def _valley(step: Rational) -> dict[Any, Any]:
    """GD on (s t - 1)^2/2 at the minimum (1, 1), with the Hessian eigenvalues 0 and 2."""
    moved = column(s - step * t * (s * t - 1), t - step * s * (s * t - 1))
    return {F: Lambda((s, t), moved), f: Lambda((s, t), (s * t - 1) ** 2 / 2), X: column(1, 1), delta: step, low: 0, high: 2}


def _valley_is_stable(step: Rational) -> Theorem:
    at_point = _valley(step)
    return cite("descent-is-stable", at_point[F], at_point[f], step, at_point[X], Integer(0), Integer(2))


STEEP = {
    F: Lambda((s, t), column(s / 2, -4 * t)),
    f: Lambda((s, t), s**2 / 4 + 5 * t**2 / 2),
    X: column(0, 0),
    delta: 1,
    low: Rational(1, 2),
    high: 5,
}


@proves(
    smoothness,
    witness=at(_valley(Rational(1, 2)), lambda: _valley_is_stable(Rational(1, 2))),
    mutants=[
        mutant(
            smoothness.with_then(Implies(delta * high > 1, Not(LyapunovStable(F, X)))),
            _valley(Rational(3, 4)),
            "1 for 2",
            lambda: _valley_is_stable(Rational(3, 4)),
        ),
        mutant(
            smoothness.with_then(Implies(delta * low < 2, LyapunovStable(F, X))),
            STEEP,
            "the smallest eigenvalue for the largest",
            lambda: cite("unstable-linearisation", STEEP[F], STEEP[X], Integer(4)),
        ),
        mutant(
            smoothness.drop(smoothness.given[2]),
            {**SADDLE, low: -1, high: Rational(1, 2)},
            "saddles too",
            lambda: cite("unstable-linearisation", SADDLE[F], SADDLE[X], Integer(2)),
        ),
    ],
)
def the_largest_step_is_two_over_the_smoothness() -> Theorem:
    """A minimum, strict or not, of an analytic loss is stable for delta lambda_max < 2, and unstable for delta lambda_max > 2.

    The training costs of section 2 are polynomials, hence analytic; for losses that are only smooth a minimum need not be stable.
    """
    stable = cite("descent-is-stable", F, f, delta, X, low, high)
    spectrum = cite("gradient-step-spectrum", F, f, delta, X, low, high)
    unstable = cut(cite("unstable-linearisation", F, X, spectrum.then.args[2]), spectrum)
    return follows(
        smoothness.then,
        *smoothness.given,
        using=tuple(discharge(th, *th.given) for th in (stable, unstable)),
        because="|1 - delta lambda_max| > 1",
    )
