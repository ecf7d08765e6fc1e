"""The network x -> a b x: a nonconvex cost on which GD behaves as in examples 1 and 3. (Nar & Sastry, section 1).

On (1/2) (a b - rho)^2 GD keeps a = b, where it is t' = t - delta t (t^2 - rho). For 1 < delta rho < sqrt(5) - 1 the 2-cycle with
a b = 1/delta and a^2 + b^2 = rho + 1/delta attracts. Two such networks that oscillate in opposite phases are one network, with the cost
of both; this training error settles at a value that is not optimal, as in example 1. As in example 3, large starts diverge.
"""

from sympy import Abs, Eq, Expr, Lambda, Ne, Rational, oo

from theory.evidence import at, mutant, proves
from theory.proof import (
    And,
    Implies,
    LyapunovStable,
    SpectralRadius,
    Statement,
    Tends,
    Theorem,
    cite,
    column,
    cut,
    discharge,
    escapes,
    evaluate,
    follows,
    instance,
    monotone_orbit,
    orbit_of,
    recursion,
    substitute,
)
from theory.step_bounds.symbols import a, b, c, delta, k, q, rho, t, x

COST = (a * b - rho) ** 2 / 2


def cost(first: Expr, second: Expr) -> Expr:
    """The training cost at these weights."""
    return substitute(COST, {a: first, b: second})


def descent(first: Expr, second: Expr) -> tuple[Expr, Expr]:
    """One step of GD from these weights."""
    gradient = (substitute(COST.diff(weight), {a: first, b: second}) for weight in (a, b))
    return tuple(weight - delta * slope for weight, slope in zip((first, second), gradient, strict=True))


BALANCED = Lambda(t, descent(t, t)[0])  # t - delta t (t^2 - rho), for both weights


def moves(start: Expr, end: Expr) -> And:
    """GD takes the weights (start, start) to (end, end)."""
    return And(*(Eq(w, end) for w in descent(start, start)))


TARGET = {delta: 1, rho: Rational(5473, 5184)}  # with the 2-cycle 9/8, 8/9
TWO_STEPS = Lambda((a, b), column(*(substitute(w, TARGET) for w in descent(*descent(a, b)))))
ON_THE_CYCLE = column(Rational(9, 8), Rational(9, 8))
MULTIPLIER = Rational(2303, 2592)  # 3 - 2 rho, across a = b; along it the multiplier is 9 - 2 (1 + rho)^2 = 0.55

NONCONVEX = cost(0, 0) > (cost(c, c) + cost(-c, -c)) / 2
OPPOSITE = And(Eq(delta * a * b, 1), Eq(delta * (a**2 + b**2), delta * rho + 1), Ne(a, b))
SWAPS = Implies(OPPOSITE, And(moves(a, b), moves(b, a), cost(a, a) + cost(b, b) > 0))
SMALL = And(delta * rho <= Rational(1, 2), x(0) > 0, x(0) <= c)
LARGE = x(0) ** 2 > rho + 2 / delta

nonconvex_too = Statement(
    (delta > 0, rho > 0, c > 0, Eq(c**2, rho), recursion(x, BALANCED)),
    And(
        NONCONVEX,
        # example 1: a 2-cycle that attracts, and with its two phases in two networks a training error that rests above 0
        SWAPS,
        And(SpectralRadius(TWO_STEPS, ON_THE_CYCLE, MULTIPLIER), LyapunovStable(TWO_STEPS, ON_THE_CYCLE)),
        # example 3: convergence depends on the start
        Implies(SMALL, Tends(k, x(k), c)),
        Implies(LARGE, Tends(k, Abs(x(k)), oo)),
    ),
    source="nar-sastry:text-nonconvex-too",
)
THIRDS = Lambda(t, t - Rational(2, 3) * t * (t**2 - 1))
AT_REST = {delta: Rational(1, 2), rho: 1, c: 1, a: 1, b: 1, x: orbit_of(Lambda(t, t - t * (t**2 - 1) / 2), 1)}
TWO_PHASES = {delta: Rational(2, 3), rho: 1, c: 1, a: 1, b: 1, x: orbit_of(THIRDS, 2)}  # 2, -2, 2, ...


@proves(
    nonconvex_too,
    witness=at(AT_REST),
    mutants=[
        mutant(nonconvex_too.with_then(cost(0, 0) <= (cost(c, c) + cost(-c, -c)) / 2), AT_REST, "a convex cost"),
        mutant(nonconvex_too.with_then(Implies(x(0) ** 2 > rho + 1 / delta, Tends(k, Abs(x(k)), oo))), TWO_PHASES, "1/delta for 2/delta"),
        mutant(nonconvex_too.with_then(Implies(SMALL, Tends(k, x(k), 2 * c))), AT_REST, "twice the limit"),
        mutant(
            nonconvex_too.with_then(Implies(And(Eq(delta * a * b, 1), Ne(a, b)), moves(a, b))),
            AT_REST | {a: 2, b: 1},
            "any a b = 1/delta",
        ),
    ],
)
def networks_oscillate_and_depend_on_the_start() -> Theorem:
    """On a = b: a 2-cycle with multipliers below 1; from 0 < t <= sqrt(rho) GD converges, from t^2 > rho + 2/delta it diverges."""
    given = nonconvex_too.given[:-1]
    saddle = follows(NONCONVEX, *given, because="0 lies between two minima")
    swaps = follows(SWAPS, delta > 0, because="a - delta a (a^2 - rho) = delta a b^2 = b")
    radius = evaluate(SpectralRadius(TWO_STEPS, ON_THE_CYCLE, MULTIPLIER))
    stable = cut(cite("stable-linearisation", TWO_STEPS, ON_THE_CYCLE, MULTIPLIER), radius)
    parts = (saddle, swaps, radius, stable, _small_starts(), _large_starts())
    return follows(nonconvex_too.then, *nonconvex_too.given, using=parts, because="together")


def _small_starts() -> Theorem:
    """T <= t - delta t (t^2 - rho) <= sqrt(rho) for 0 < t <= sqrt(rho), where 2 delta rho <= 1."""
    where = (t >= x(0), t <= c, x(0) > 0, delta * rho <= Rational(1, 2), delta > 0, Eq(c**2, rho))
    rises = follows(And(BALANCED(t) >= t, BALANCED(t) <= c), *where, because="(c - t)(1 - delta t (c + t)) >= 0")
    fixed = follows(Eq(t, c), Eq(BALANCED(t), t), *where, because="t^2 = rho")
    return discharge(monotone_orbit(x, BALANCED, t, (x(0), c), rises, fixed), *SMALL.args)


def _large_starts() -> Theorem:
    """|t| grows by the factor delta (q - rho) - 1 > 1 or more, where t^2 >= q > rho + 2/delta."""
    domain, factor = t**2 >= q, delta * (q - rho) - 1
    where = (domain, q > rho + 2 / delta, delta > 0, rho > 0)
    step = follows(Abs(BALANCED(t)) >= factor * Abs(t), *where, because="delta (t^2 - rho) - 1 >= delta (q - rho) - 1")
    kept = follows(BALANCED(t) ** 2 >= q, *where, because="the modulus grows")
    grows = instance(escapes(x, BALANCED, t, domain, factor, kept, step), {q: x(0) ** 2})
    return discharge(grows, LARGE)
