"""Textbook facts about maps, their linearisations and their basins; registered with the others in `facts.FACTS`."""

from __future__ import annotations

from typing import Any

from sympy import Abs, Eq, Ge, Gt, Lambda, Lt, Max, Ne, Poly, Symbol, exp, sympify

from theory.proof.facts import Instance, LyapunovStable, _slope, fact
from theory.proof.language import conditions, keep_bound, keep_state
from theory.proof.limits import Iterate
from theory.proof.logic import And, Exists, ForAll, Implies, Not, Or, Tends
from theory.proof.orbits import _static, recursion
from theory.proof.systems import (
    AnalyticMinimum,
    Countable,
    FlowStable,
    GradientStep,
    HasDerivative,
    HessianRange,
    Nonsingular,
    NullBasin,
    SpectralRadius,
    column,
)
from theory.proof.theorem import (
    KernelError,
)


@fact(
    "a fixed point is unstable if the derivative there has an eigenvalue of modulus above 1",
    "Elaydi, An Introduction to Difference Equations, 3rd ed., 2005, section 4.7 (Lyapunov's indirect method)",
)
def unstable_linearisation(map_: Any, point: Any, rho: Any) -> Instance:
    """For a C^1 map on R^n."""
    return (SpectralRadius(map_, point, rho), Gt(rho, 1)), Not(LyapunovStable(map_, point))


@fact(
    "a fixed point is stable if all eigenvalues of the derivative there have modulus below 1",
    "Elaydi, An Introduction to Difference Equations, 3rd ed., 2005, section 4.7 (Lyapunov's indirect method)",
)
def stable_linearisation(map_: Any, point: Any, rho: Any) -> Instance:
    """For a C^1 map on R^n."""
    return (SpectralRadius(map_, point, rho), Lt(rho, 1)), LyapunovStable(map_, point)


@fact("the eigenvalues of I - d H are 1 - d lambda", "Horn, Johnson, Matrix Analysis, 2nd ed., 2013, theorem 1.1.6")
def gradient_step_spectrum(map_: Any, loss: Any, step: Any, point: Any, low: Any, high: Any) -> Instance:
    """For a C^2 loss on R^n and its gradient step."""
    d, lo, hi = map(sympify, (step, low, high))
    given = (GradientStep(map_, loss, d), HessianRange(loss, point, lo, hi))
    return given, SpectralRadius(map_, point, Max(Abs(1 - d * lo), Abs(1 - d * hi)))


@fact("on the line the only eigenvalue of the derivative is the multiplier", "Rudin, Principles of Mathematical Analysis, definition 5.1")
def multiplier_spectrum(g: Any, t: Symbol, point: Any) -> Instance:
    """For a polynomial map, given as a Lambda."""
    c = sympify(point)
    return (Eq(g(c), c),), SpectralRadius(g, c, Abs(_slope(g, t, c)))


@fact(
    "the derivative is local: a map that near its fixed point c is c + mu (x - c) has the multiplier mu there",
    "Rudin, Principles of Mathematical Analysis, definition 5.1",
)
def locally_linear(map_: Any, t: Symbol, point: Any, mu: Any, radius: Any) -> Instance:
    """For a map of the line, given as a Lambda."""
    keep_state(t, map_, point, mu, radius)
    c = sympify(point)
    same = ForAll(t, Abs(t - c) <= radius, Eq(map_(t), c + mu * (t - c), evaluate=False))
    return (Gt(radius, 0), same), SpectralRadius(map_, c, Abs(mu))


@fact(
    "a fixed point of multiplier 1 with g'' not 0 is unstable",
    "Elaydi, An Introduction to Difference Equations, 3rd ed., 2005, theorem 1.15",
)
def unstable_tangency(g: Any, t: Symbol, point: Any) -> Instance:
    """In one dimension, for a polynomial map."""
    keep_bound(t, g, point)
    c = sympify(point)
    given = (Eq(g(c), c), Eq(_slope(g, t, c), 1), Ne(_slope(g, t, c, 2), 0))
    return given, Not(LyapunovStable(g, c))


@fact(
    "on the line, an orbit that tends to a repelling fixed point lands on it",
    "Devaney, An Introduction to Chaotic Dynamical Systems, 2nd ed., 1989, proposition 4.6",
)
def repelling_lands(x: Any, map_: Any, point: Any, rho: Any) -> Instance:
    """For a C^1 map of the line, given as a Lambda of one real variable."""
    if not (isinstance(map_, Lambda) and len(map_.variables) == 1 and map_.variables[0].is_real):
        raise KernelError(f"{map_} is no Lambda of one real variable; in the plane the fact is false")
    k, c = Symbol("k", integer=True), sympify(point)
    _static(x, map_, c)
    given = (SpectralRadius(map_, c, rho), Gt(rho, 1), recursion(x, map_), Tends(k, x(k), c))
    return given, Exists(k, k >= 0, Eq(x(k), c))


@fact(
    "almost no orbit of a non-singular map tends to a fixed point with an eigenvalue of modulus above 1",
    "Shub, Global Stability of Dynamical Systems, 1987, theorem III.7 (centre-stable manifold)",
)
def centre_stable_manifold(map_: Any, point: Any, rho: Any) -> Instance:
    """Orbits that stay near c lie on a manifold of lower dimension; its preimages are null, as the map is non-singular."""
    return (SpectralRadius(map_, point, rho), Gt(rho, 1), Nonsingular(map_, point)), NullBasin(map_, point)


@fact(
    "a fixed point with all eigenvalues of the derivative below 1 in modulus attracts a neighbourhood",
    "Ortega, Rheinboldt, Iterative Solution of Nonlinear Equations in Several Variables, 1970, 10.1.3 (Ostrowski)",
)
def attracting_basin(map_: Any, point: Any, rho: Any) -> Instance:
    """For a map on R^n that is C^1 near the point; a neighbourhood is no null set."""
    return (SpectralRadius(map_, point, rho), Lt(rho, 1)), Not(NullBasin(map_, point))


@fact(
    "a polynomial has finitely many critical points, and away from them a smooth map of the line pulls null sets back to null sets",
    "Rudin, Real and Complex Analysis, 3rd ed., 1987, lemma 7.25",
)
def nonsingular_polynomial(g: Any, t: Symbol, point: Any) -> Instance:
    """For a polynomial map of the line, given as a Lambda, with a multiplier that is not 0."""
    keep_bound(t, g, point)
    return (Ne(_slope(g, t, point), 0),), Nonsingular(g, sympify(point))


@fact(
    "a local minimum of an analytic loss is stable under GD with a step below 2 over the smoothness there",
    "Absil, Mahony, Andrews, SIAM J. Optim. 16, 2005, proposition 3.3, with its erratum: for steps that are short near the minimum",
)
def descent_is_stable(map_: Any, loss: Any, step: Any, point: Any, low: Any, high: Any) -> Instance:
    """The minimum need not be strict: near it each step lowers the loss f by a fixed share of |grad f| times its own length.

    By Lojasiewicz's inequality |grad f| >= C (f - f(c))^theta, theta < 1, the lengths of all steps taken in a neighbourhood of c
    add up to a multiple of (f - f(c))^(1-theta), which is small near c; and d |grad f| is small there too, so no single step leaves.
    """
    d, lo, hi = map(sympify, (step, low, high))
    given = (GradientStep(map_, loss, d), AnalyticMinimum(loss, point), HessianRange(loss, point, lo, hi), Gt(d, 0), Lt(d * hi, 2))
    return given, LyapunovStable(map_, point)


@fact("an interval is no null set", "Rudin, Principles of Mathematical Analysis, section 11.10")
def interval_not_null(map_: Any, point: Any, s: Symbol, low: Any, high: Any) -> Instance:
    """For a map of the line: if every start in [low, high], low < high, tends to c, the basin of c is no null set."""
    keep_state(s, map_, point, low, high)
    k, c = Symbol("k", integer=True), sympify(point)
    keep_bound(k, map_, c)
    tend = ForAll(s, And(s >= low, s <= high), Tends(k, Iterate(map_, s, k), c))
    return (Lt(low, high), tend), Not(NullBasin(map_, c))


@fact(
    "a polynomial takes each value finitely often, and a countable union of finite sets is countable",
    "Rudin, Principles of Mathematical Analysis, theorem 2.12",
)
def countable_preimages(map_: Any, point: Any) -> Instance:
    """The starts whose orbit lands on a point, for a polynomial map of degree >= 1 with rational coefficients."""
    (t,) = map_.variables
    polynomial = Poly(map_(t), t)
    if not (polynomial.get_domain().is_QQ or polynomial.get_domain().is_ZZ) or polynomial.degree() < 1:
        raise KernelError(f"{map_} is no polynomial of degree at least 1 with rational coefficients")
    k = Symbol("k", integer=True)
    for bound in (t, k):
        keep_bound(bound, point)
    return (), Countable(Lambda(t, Exists(k, k >= 0, Eq(Iterate(map_, t, k), sympify(point)))))


@fact(
    "a sequence whose distance to c is at most a constant times q^k, 0 <= q < 1, tends to c",
    "Rudin, Principles of Mathematical Analysis, theorem 3.20(e)",
)
def geometric_convergence(x: Any, point: Any, rate: Any, scale: Any) -> Instance:
    """For a real sequence x(0), x(1), ..."""
    k = Symbol("k", integer=True)
    c, q, size = map(sympify, (point, rate, scale))
    keep_bound(k, c, q, size)
    return (Ge(q, 0), Lt(q, 1), ForAll(k, k >= 0, Abs(x(k) - c) <= q**k * size)), Tends(k, x(k), c)


@fact("compound growth tends to exponential growth: (1 + x/n)^n -> e^x", "Rudin, Principles of Mathematical Analysis, exercise 8.4 (d)")
def compound_growth(x: Any, first: Any) -> Instance:
    """For a real number x, and n = k + first with an integer first >= 1, as k grows."""
    k = Symbol("k", integer=True)
    x, first = map(sympify, (x, first))
    keep_bound(k, x, first)
    if first.is_integer is not True:
        raise KernelError(f"{first} is not known to be an integer")
    return (Ge(first, 1), *conditions(x)), Tends(k, (1 + x / (k + first)) ** (k + first), exp(x))


@fact(
    "k q^k tends to 0 for 0 <= q < 1, so no geometric sequence stays above 1, 1/2, 1/3, ...",
    "Rudin, Principles of Mathematical Analysis, theorem 3.20(d)",
)
def geometric_below_harmonic(rate: Any, scale: Any) -> Instance:
    """For real numbers q and c."""
    k = Symbol("k", integer=True)
    q, c = map(sympify, (rate, scale))
    keep_bound(k, q, c)
    return (Ge(q, 0), Lt(q, 1)), Not(ForAll(k, k >= 0, 1 / (k + 1) <= c * q**k))


@fact(
    "where every value has finitely many preimages, countably many orbits land on a point",
    "Rudin, Principles of Mathematical Analysis, theorem 2.12",
)
def countable_landings(map_: Any, point: Any, t: Symbol, s: Symbol, preimages: tuple[Any, ...]) -> Instance:
    """For any map of the line: every t with g(t) = s is among the terms in s that are given."""
    keep_state(t, map_, point, *preimages)
    keep_state(s, t, map_, point)
    k = Symbol("k", integer=True)
    keep_bound(k, map_, point, *preimages)
    among = Or(*(Eq(t, e, evaluate=False) for e in preimages))
    finite = ForAll(s, True, ForAll(t, True, Implies(Eq(map_(t), s), among)))
    return (finite,), Countable(Lambda(t, Exists(k, k >= 0, Eq(Iterate(map_, t, k), sympify(point)))))


@fact(
    "an equilibrium of x' = v(x) with v' < 0 is asymptotically stable",
    "Khalil, Nonlinear Systems, 3rd ed., 2002, theorem 4.7",
)
def stable_flow(field: Any, t: Symbol, point: Any) -> Instance:
    """In one dimension, for a polynomial field."""
    keep_bound(t, field, point)
    c = sympify(point)
    return (Eq(field(c), 0), Lt(_slope(field, t, c), 0)), FlowStable(field, c)


@fact(
    "two differentiable functions have the same derivative exactly if they differ by a constant",
    "Rudin, Principles of Mathematical Analysis, theorem 5.11",
)
def same_derivative(f: Any, g: Any, polynomial: Any, t: Symbol) -> Instance:
    """For f with the derivative g, and a polynomial p: g = p' everywhere exactly if f = p + f(0) - p(0) everywhere."""
    keep_state(t, f, g)
    p, rate = Lambda(t, sympify(polynomial)), sympify(polynomial).diff(t)
    if not p.expr.is_polynomial(t):
        raise KernelError(f"{p} is no polynomial in {t}; this fact is stated for polynomials")
    slopes = ForAll(t, True, Eq(g(t), rate, evaluate=False))
    values = ForAll(t, True, Eq(f(t), p(t) + f(0) - p(0), evaluate=False))
    return (HasDerivative(f, g),), And(Implies(slopes, values), Implies(values, slopes))


__all__ = [
    "AnalyticMinimum",
    "Countable",
    "FlowStable",
    "GradientStep",
    "HasDerivative",
    "HessianRange",
    "Nonsingular",
    "NullBasin",
    "SpectralRadius",
    "column",
]
