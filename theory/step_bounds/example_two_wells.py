"""GD on (x^2+1)(x-1)^2(x-2)^2: which of the two minima it can reach depends on the step size. (Nar & Sastry, example 2, figure 1).

The curvatures 4 and 10 give the multipliers 1 - 4 delta at x = 1 and 1 - 10 delta at x = 2. A minimum is stable exactly up to
the step at which its multiplier is -1, that step included; beyond it, only countably many starts lead there.
"""

from sympy import Abs, Eq, Integer, Lambda, Ne, Rational, diff, expand

from theory.evidence import Tight, at, mutant, proves, refutes
from theory.proof import (
    And,
    Countable,
    Exists,
    GradientStep,
    HessianRange,
    Implies,
    Iterate,
    LocalMinimum,
    LyapunovStable,
    Not,
    NullBasin,
    Or,
    Refutation,
    SpectralRadius,
    Statement,
    Tends,
    Theorem,
    assume,
    cite,
    conjunction,
    counterexample,
    cut,
    discharge,
    evaluate,
    follows,
    instance,
    limit_is_fixed,
    orbit_of,
    recursion,
    substitute,
)
from theory.step_bounds.symbols import c, delta, k, s, t, x

LOSS = Lambda(t, (t**2 + 1) * (t - 1) ** 2 * (t - 2) ** 2)
SLOPE = expand(diff(LOSS(t), t))
STEP = Lambda(t, t - delta * SLOPE)
GRADIENT_STEP = GradientStep(STEP, LOSS, delta)

# The two minima

NEAR = Rational(2, 5)  # the maximum between the minima is at 1.56
minima = Statement(
    (delta > 0,),
    And(
        LocalMinimum(LOSS, 1),
        LocalMinimum(LOSS, 2),
        Implies(LocalMinimum(LOSS, s), Or(Eq(s, 1), Eq(s, 2))),
        GRADIENT_STEP,
        Implies(And(Eq(STEP(s), s), Abs(s - 1) < NEAR), Eq(s, 1)),
        Implies(And(Eq(STEP(s), s), Abs(s - 2) < NEAR), Eq(s, 2)),
        HessianRange(LOSS, 1, 4, 4),
        HessianRange(LOSS, 2, 10, 10),
    ),
    source="nar-sastry:example-2-minima",
)


def is_minimum(point: int) -> Theorem:
    """A critical point with a positive second derivative."""
    return cite("second-order-sufficient", LOSS, t, point)


@proves(
    minima,
    witness=at({delta: 1, s: 1}),
    mutants=[
        mutant(minima.with_then(HessianRange(LOSS, 2, 4, 4)), {delta: 1}, "curvature 4 at both"),
        mutant(minima.with_then(Implies(LocalMinimum(LOSS, s), Eq(s, 1))), {delta: 1, s: 2}, "one minimum", lambda: is_minimum(2)),
        mutant(minima.with_then(Implies(And(Eq(STEP(s), s), Abs(s - 1) <= 1), Eq(s, 1))), {delta: 1, s: 2}, "none within 1"),
    ],
)
def two_minima() -> Theorem:
    """F' = 2 (x-1)(x-2)(3x^3 - 6x^2 + 4x - 3): the cubic has one real root, near 1.56, and the curvature there is negative."""
    critical, curved = (discharge(cite(name, LOSS, t, s), LocalMinimum(LOSS, s)) for name in ("fermat", "second-order-necessary"))
    only = follows(
        Implies(LocalMinimum(LOSS, s), Or(Eq(s, 1), Eq(s, 2))),
        using=(critical, curved),
        because="f'' < 0 at the third critical point",
    )
    alone = [follows(part, delta > 0, because="the third critical point is farther away") for part in _isolated()]
    shapes = [evaluate(part) for part in minima.then.args if isinstance(part, (GradientStep, HessianRange))]
    return follows(minima.then, using=(is_minimum(1), is_minimum(2), only, *alone, *shapes), because="together")


def _isolated() -> list[Implies]:
    return [part for part in minima.then.args if isinstance(part, Implies) and part.has(delta)]


# Which steps make them stable


def spectral_radius(point: int) -> Theorem:
    """|1 - 4 delta| at 1, |1 - 10 delta| at 2."""
    multiplier = substitute(diff(STEP(t), t), {t: Integer(point)})
    return evaluate(SpectralRadius(STEP, Integer(point), Abs(multiplier)))


def _of_radius(fact: str, point: int) -> Theorem:
    """A fact about a fixed point whose spectral radius is above (or below) 1."""
    radius = spectral_radius(point)
    return cut(cite(fact, STEP, Integer(point), radius.then.args[2]), radius)


def unstable_beyond(point: int) -> Theorem:
    """|1 - lambda delta| > 1: the minimum is unstable."""
    return _of_radius("unstable-linearisation", point)


def stable_below(point: int) -> Theorem:
    """|1 - lambda delta| < 1: the minimum is stable."""
    return _of_radius("stable-linearisation", point)


def attracts_below(point: int) -> Theorem:
    """|1 - lambda delta| < 1: a random start may lead to the minimum."""
    return _of_radius("attracting-basin", point)


def null_beyond(point: int) -> Theorem:
    """|1 - lambda delta| > 1: almost no start leads to the minimum."""
    radius = spectral_radius(point)
    rho = radius.then.args[2]
    invertible = cite("nonsingular-polynomial", STEP, t, point)
    null = cut(cite("centre-stable-manifold", STEP, Integer(point), rho), radius, invertible)
    (nonzero,) = (h for h in null.given if isinstance(h, Ne))
    return cut(null, follows(nonzero, rho > 1))


def stable_flip(point: int, step: Rational) -> Theorem:
    """At the step where the multiplier is -1, the third derivative of the map decides: the minimum is stable."""
    return cite("stable-flip", Lambda(t, substitute(STEP(t), {delta: step})), t, point)


LIMITS = {1: Rational(1, 2), 2: Rational(1, 5)}  # 2/f''
stability = Statement(
    (delta > 0,),
    And(
        *(Implies(LyapunovStable(STEP, Integer(p)), delta < d) for p, d in LIMITS.items()),
        *(Implies(Not(NullBasin(STEP, Integer(p))), delta < d) for p, d in LIMITS.items()),
    ),
    source="nar-sastry:example-2-stability",
)
up_to_the_limit = stability.amend(
    then=And(
        *(Implies(LyapunovStable(STEP, Integer(p)), delta <= d) for p, d in LIMITS.items()),
        *(Implies(delta < d, LyapunovStable(STEP, Integer(p))) for p, d in LIMITS.items()),
        *(Implies(Not(NullBasin(STEP, Integer(p))), delta <= d) for p, d in LIMITS.items()),
    ),
    why="the limits belong to the stable steps: delta <= 1/2 and delta <= 1/5",
)


@refutes(
    stability,
    why="at delta = 1/2 the multiplier at 1 is -1 and the point is still stable, since 2 F''' + 3 F''^2 > 0 there; likewise 2 at 1/5",
)
def still_stable_at_the_limit() -> Refutation:
    """The step 1/2 itself: x = 1 is stable."""
    return counterexample(stability, {delta: LIMITS[1]}, stable_flip(1, LIMITS[1]))


def _stable_at_both_limits() -> Theorem:
    return conjunction(*(stable_flip(p, d) for p, d in LIMITS.items()))


@proves(
    up_to_the_limit,
    witness=at({delta: Rational(1, 10)}),
    mutants=[
        mutant(
            stability.with_then(Implies(LyapunovStable(STEP, Integer(1)), delta <= Rational(1, 4))),
            {delta: Rational(3, 10)},
            "1/f'' for 2/f''",
            lambda: instance(stable_below(1), {delta: Rational(3, 10)}),
        ),
        mutant(
            stability.with_then(Implies(LyapunovStable(STEP, Integer(1)), delta <= Rational(1, 5))),
            {delta: Rational(3, 10)},
            "one limit for both",
            lambda: instance(stable_below(1), {delta: Rational(3, 10)}),
        ),
        mutant(
            stability.with_then(Implies(delta < LIMITS[1], LyapunovStable(STEP, Integer(2)))),
            {delta: Rational(3, 10)},
            "the limits exchanged",
            lambda: instance(unstable_beyond(2), {delta: Rational(3, 10)}),
        ),
    ],
    tight=Tight(True, "at the steps 1/2 and 1/5 themselves the minima are stable", shown=_stable_at_both_limits),
)
def stable_up_to_twice_the_inverse_curvature() -> Theorem:
    """Stable where |1 - f'' delta| < 1, unstable where it is above 1; then almost no start leads there."""
    pieces = [
        discharged
        for point in LIMITS
        for theorem in (unstable_beyond(point), stable_below(point), null_beyond(point))
        for discharged in [discharge(theorem, *theorem.given)]
    ]
    return follows(up_to_the_limit.then, delta > 0, using=tuple(pieces), because="|1 - 4 delta| <= 1 means delta <= 1/2")


# Which of them a random start reaches

AT_THREE_TENTHS = Lambda(t, substitute(STEP(t), {delta: Rational(3, 10)}))
LANDS = Exists(k, k >= 0, Eq(x(k), c))
LANDING = Countable(Lambda(t, Exists(k, k >= 0, Eq(Iterate(AT_THREE_TENTHS, t, k), c))))
conditional = Statement(
    (recursion(x, AT_THREE_TENTHS), Tends(k, x(k), c)),
    And(Eq(AT_THREE_TENTHS(c), c, evaluate=False), Or(Eq(c, 1), LANDS), LANDING),
    source="nar-sastry:example-2-conditional",
)
AT_TWO = {x: orbit_of(AT_THREE_TENTHS, 2), c: 2}


@proves(
    conditional,
    witness=at({x: orbit_of(AT_THREE_TENTHS, 1), c: 1}),
    mutants=[
        mutant(conditional.with_then(Eq(c, 1)), AT_TWO, "surely instead of almost surely"),
        mutant(conditional.with_then(Eq(c, 2)), {x: orbit_of(AT_THREE_TENTHS, 1), c: 1}, "the other minimum"),
    ],
)
def almost_surely_one() -> Theorem:
    """The limit is one of three equilibria; all but x = 1 repel, so an orbit tends to them only by landing on them exactly.

    Countably many starts do so, and a continuous distribution gives them the probability zero.
    """
    fixed = limit_is_fixed(x, AT_THREE_TENTHS, assume(Tends(k, x(k), c)))
    spectrum = cite("multiplier-spectrum", AT_THREE_TENTHS, t, c)
    rho = spectrum.then.args[2]
    repels = follows(rho > 1, Ne(c, 1), Eq(AT_THREE_TENTHS(c), c, evaluate=False), because="at the two other critical points")
    lands = cut(cite("repelling-lands", x, AT_THREE_TENTHS, c, rho), spectrum, repels)
    lands = discharge(cut(lands, fixed), Ne(c, 1))
    return follows(conditional.then, using=(fixed, lands, cite("countable-preimages", AT_THREE_TENTHS, c)), because="together")


reachable = Statement(
    (delta > LIMITS[2], delta < LIMITS[1]),
    And(
        HessianRange(LOSS, 1, 4, 4),
        HessianRange(LOSS, 2, 10, 10),
        Not(NullBasin(STEP, Integer(1))),
        NullBasin(STEP, Integer(2)),
    ),
    source="nar-sastry:figure-1",
)


@proves(
    reachable,
    witness=at({delta: Rational(3, 10)}),
    mutants=[
        mutant(
            reachable.drop(delta > LIMITS[2]),
            {delta: Rational(1, 10)},
            "small steps too",
            lambda: instance(attracts_below(2), {delta: Rational(1, 10)}),
        ),
        mutant(
            reachable.drop(delta < LIMITS[1]),
            {delta: Rational(3, 5)},
            "large steps too",
            lambda: instance(null_beyond(1), {delta: Rational(3, 5)}),
        ),
        mutant(reachable.with_then(HessianRange(LOSS, 1, 10, 10)), {delta: Rational(3, 10)}, "the curvatures exchanged"),
    ],
    tight=Tight(True, "below 1/5 both minima attract an interval of starts", shown=lambda: attracts_below(2)),
)
def only_the_flatter_minimum_is_reached() -> Theorem:
    """For 1/5 < delta < 1/2, and so for 0.3: |1 - 4 delta| < 1 < |1 - 10 delta|; 1 attracts an interval, and 2 a null set."""
    curvatures = [evaluate(part) for part in reachable.then.args if isinstance(part, HessianRange)]
    return follows(
        reachable.then,
        *reachable.given,
        using=(*curvatures, *(discharge(th, *th.given) for th in (attracts_below(1), null_beyond(2)))),
        because="|1 - 4 delta| < 1 < |1 - 10 delta|",
    )
