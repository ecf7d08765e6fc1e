"""GD on x^L, L > 2 even: small starts converge, large ones diverge, and in between lies a 2-cycle. (Nar & Sastry, example 3).

With L = 2 m the moduli follow h(t) = |t - L delta t^(L-1)| = t |1 - L delta t^(L-2)|: they fall where L delta t^(L-2) < 2, and grow
where it is above 2. That is proved for every real exponent r = L - 2 > 0.
"""

from sympy import Abs, Eq, Expr, Lambda, Rational, oo, sqrt

from theory.evidence import Tight, at, mutant, proves
from theory.proof import (
    And,
    Statement,
    Tends,
    Theorem,
    cite,
    conclude,
    cut,
    discharge,
    escapes,
    follows,
    instance,
    modulus_to_zero,
    monotone_orbit,
    odd_modulus,
    orbit_of,
    recursion,
    substitute,
)
from theory.proof.logic import Boolean
from theory.step_bounds.symbols import a, b, c, delta, g, k, m, r, t, x, y

STEP = Lambda(t, t - 2 * m * delta * t ** (2 * m - 1))  # L = 2 m
MODULUS_STEP = Lambda(t, Abs(t - (r + 2) * delta * t ** (r + 1)))  # r = L - 2
POSITIVE = (r > 0, delta > 0)
LEVEL = 2 / ((r + 2) * delta)
RANGES = (m >= 2, delta > 0)
THRESHOLD = 1 / (m * delta)  # 2/(L delta)

converge = Statement(
    (*RANGES, recursion(x, STEP), x(0) ** (2 * m - 2) < THRESHOLD),
    Tends(k, x(k), 0),
    source="nar-sastry:example-3-converge",
)
diverge = Statement(
    (*RANGES, recursion(x, STEP), x(0) ** (2 * m - 2) > THRESHOLD),
    Tends(k, Abs(x(k)), oo),
    source="nar-sastry:example-3-diverge",
)

AT_THE_THRESHOLD = Statement((*RANGES, recursion(x, STEP), Eq(x(0) ** (2 * m - 2), THRESHOLD)), And(Eq(x(1), -x(0)), Eq(x(2), x(0))))

QUARTIC = {m: 2, delta: Rational(1, 4)}  # x' = x - x^3, with the threshold x^2 = 2
CUBE = Lambda(t, t - t**3)
ON_THE_CYCLE = {**QUARTIC, x: orbit_of(CUBE, sqrt(2))}  # sqrt 2, -sqrt 2, sqrt 2, ...
AT_THE_MINIMUM = {**QUARTIC, x: orbit_of(CUBE, 1)}  # 1, 0, 0, ...


def _said_of_the_orbit(theorem: Theorem) -> Theorem:
    """A theorem about the moduli y for every exponent r, said of y = |x| and r = 2 m - 2."""
    said = instance(theorem, {y: Lambda(k, Abs(x(k))), r: 2 * m - 2})
    h = Lambda(t, substitute(MODULUS_STEP(t), {r: 2 * m - 2}))
    same = follows(Eq(Abs(STEP(t)), h(t), evaluate=False), t >= 0, m >= 2, because="L = 2 m")
    said = cut(said, odd_modulus(x, STEP, h, t, same))
    return cut(said, follows(2 * m - 2 > 0, m >= 2))


def _power_is_monotone(low: Expr, high: Expr) -> Theorem:
    """0 < low <= high gives low^r <= high^r."""
    fact = cite("power-monotone", low, high, r)
    return cut(discharge(fact, low > 0, low <= high), follows(r >= 0, r > 0))


@proves(
    converge,
    witness=at(AT_THE_MINIMUM),
    mutants=[
        mutant(converge.replacing({converge.given[-1]: x(0) ** (2 * m - 2) <= THRESHOLD}), ON_THE_CYCLE, "<= for <"),
        mutant(converge.replacing({THRESHOLD: 3 * THRESHOLD / 2}), ON_THE_CYCLE, "3/(L delta) for 2/(L delta)"),
        mutant(converge.with_then(Tends(k, x(k), 1)), AT_THE_MINIMUM, "the limit 1"),
    ],
    tight=Tight(
        True,
        "at x(0)^(L-2) = 2/(L delta) the orbit is a 2-cycle",
        AT_THE_THRESHOLD,
        at(ON_THE_CYCLE),
    ),
)
def small_starts_converge() -> Theorem:
    """The moduli fall, and 0 is their only fixed point below the start."""
    start = (y(0) >= 0, y(0) ** r < LEVEL)
    below = _power_is_monotone(t, y(0))
    falls = follows(
        And(MODULUS_STEP(t) >= 0, MODULUS_STEP(t) <= t),
        t >= 0,
        t <= y(0),
        *start,
        *POSITIVE,
        using=(below,),
        because="|1 - L delta t^(L-2)| <= 1 below the threshold",
    )
    fixed = follows(
        Eq(t, 0),
        t >= 0,
        t <= y(0),
        Eq(MODULUS_STEP(t), t),
        *start,
        *POSITIVE,
        using=(below,),
        because="|1 - L delta t^(L-2)| < 1 for 0 < t, so only 0 is fixed",
    )
    tends = _said_of_the_orbit(monotone_orbit(y, MODULUS_STEP, t, (0, y(0)), falls, fixed))
    return modulus_to_zero(_with_the_printed_threshold(tends, x(0) ** (2 * m - 2) < THRESHOLD))


@proves(
    diverge,
    witness=at({**QUARTIC, x: orbit_of(CUBE, 2)}),
    mutants=[
        mutant(diverge.replacing({diverge.given[-1]: x(0) ** (2 * m - 2) >= THRESHOLD}), ON_THE_CYCLE, ">= for >"),
        mutant(diverge.replacing({THRESHOLD: THRESHOLD / 2}), ON_THE_CYCLE, "1/(L delta) for 2/(L delta)"),
    ],
    tight=Tight(
        True,
        "at x(0)^(L-2) = 2/(L delta) the orbit is a 2-cycle and stays bounded",
        AT_THE_THRESHOLD,
        at(ON_THE_CYCLE),
    ),
)
def large_starts_diverge() -> Theorem:
    """Every step multiplies the modulus by at least L delta x(0)^(L-2) - 1 > 1."""
    start = (y(0) > 0, y(0) ** r > LEVEL)
    above, factor = t >= y(0), (r + 2) * delta * y(0) ** r - 1
    where = (above, *start, *POSITIVE)
    step = conclude(_growth(where), Statement(where, Abs(MODULUS_STEP(t)) >= factor * Abs(t)))
    kept = follows(MODULUS_STEP(t) >= y(0), *where, using=(step,), because="so the modulus never falls below its start")
    grows = _said_of_the_orbit(escapes(y, MODULUS_STEP, t, above, factor, kept, step))
    nonzero = follows(Abs(x(0)) > 0, x(0) ** (2 * m - 2) > THRESHOLD, *RANGES)
    return cut(_with_the_printed_threshold(grows, x(0) ** (2 * m - 2) > THRESHOLD), nonzero)


def _growth(where: tuple[Boolean, ...]) -> Theorem:
    """|h(t)| >= (L delta y(0)^(L-2) - 1) |t|, from the same inequality in plain symbols, which z3 decides at once."""
    plain = follows(
        Abs(t - g * t * b) >= (g * a - 1) * Abs(t),
        t >= c,
        c > 0,
        b >= a,
        a > 0,
        g > 0,
        g * a > 2,
        because="g b - 1 >= g a - 1 > 0",
    )
    said = instance(plain, {b: t**r, a: y(0) ** r, c: y(0), g: (r + 2) * delta})
    larger = follows(t**r >= y(0) ** r, *where, using=(_power_is_monotone(y(0), t),), because="powers grow")
    said = conclude(cut(said, larger), Statement(where, said.then))
    return follows(Abs(MODULUS_STEP(t)) >= ((r + 2) * delta * y(0) ** r - 1) * Abs(t), using=(said,), because="t t^(L-2) = t^(L-1)")


def _with_the_printed_threshold(theorem: Theorem, printed: Boolean) -> Theorem:
    """2/(L delta), with L = 2 m, is 1/(m delta)."""
    (derived,) = (h for h in theorem.given if h.has(x(0) ** (2 * m - 2)))
    return cut(theorem, follows(derived, printed, *RANGES, because="2/(2 m delta) = 1/(m delta)"))
