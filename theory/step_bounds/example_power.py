"""GD on (2/3)|x|^(3/2): a convex function on which almost every orbit ends in a 2-cycle. (Nar & Sastry, example 1).

The moduli follow h(t) = |t - delta sqrt(t)|, which has the fixed points 0 and delta^2/4 and no 2-cycle; 0 repels, since the
derivative of the loss has an infinite slope there. So |x(k)| -> delta^2/4 unless the orbit lands on 0 exactly.
Beyond the paper, the same holds for |x|^p / p with 1 < p < 2: see `example_any_power`.
"""

from functools import cache

from sympy import Abs, Eq, Expr, Lambda, Max, Ne, Rational, sign, sqrt

from theory.evidence import at, mutant, proves
from theory.proof import (
    And,
    Countable,
    Exists,
    ForAll,
    Implies,
    Iterate,
    Not,
    Or,
    Statement,
    Tends,
    Theorem,
    always_or_once,
    assume,
    cite,
    cut,
    discharge,
    follows,
    generalize,
    image_tends,
    instance,
    lands,
    no_two_cycles,
    odd_modulus,
    orbit_of,
    recursion,
    repelled,
    rewrite,
    specialize,
    unique_limit,
)
from theory.step_bounds.symbols import delta, k, s, t, x, y

LOSS = Rational(2, 3) * Abs(t) ** Rational(3, 2)
STEP = Lambda(t, t - delta * sign(t) * sqrt(Abs(t)))
MODULUS_STEP = Lambda(t, Abs(t - delta * sqrt(t)))
AMPLITUDE = delta**2 / 4
GOLDEN = (3 + sqrt(5)) / 2  # the square of the golden ratio

never_zero = ForAll(k, k >= 0, Ne(x(k), 0))
once_zero = Exists(k, k >= 0, Eq(x(k), 0))
GIVEN = (delta > 0, recursion(x, STEP))

SLOPE = Lambda(t, sign(t) * sqrt(Abs(t)))  # f'(t)

the_map = Statement(
    (delta > 0,),
    And(
        LOSS.subs(t, s) >= LOSS + SLOPE(t) * (s - t),  # convex, with the gradient SLOPE
        LOSS >= 0,
        Implies(Eq(LOSS, 0), Eq(t, 0)),
        Implies(t >= 0, Eq(STEP(t), t - delta * sqrt(Abs(t)))),
        Implies(t < 0, Eq(STEP(t), t + delta * sqrt(Abs(t)))),
        Implies(Eq(STEP(t), t), Eq(t, 0)),
        Eq(STEP(t), t - delta * SLOPE(t), evaluate=False),
    ),
    source="nar-sastry:example-1-map",
)


@proves(
    the_map,
    witness=at({delta: 1, t: -4, s: 9}),
    mutants=[
        mutant(
            the_map.with_then(LOSS.subs(t, s) >= LOSS + 2 * SLOPE(t) * (s - t)),
            {delta: 1, t: 1, s: 2},
            "twice the slope",
        ),
        mutant(
            the_map.with_then(Implies(t < 0, Eq(STEP(t), t - delta * sqrt(-t)))),
            {delta: 1, t: -1, s: 0},
            "the wrong branch",
        ),
        mutant(the_map.with_then(Implies(Eq(STEP(t), t), Eq(t, 1))), {delta: 1, t: 0, s: 0}, "another equilibrium"),
    ],
)
def the_gradient_step() -> Theorem:
    """The loss lies above its tangents sign(t) sqrt|t|; hence the printed map, whose only fixed point is 0.

    A function that lies above lines with continuous slopes is differentiable, with those slopes (Rockafellar, Convex Analysis, 25.1).
    """
    pieces = [follows(part, delta > 0, because="cubic polynomials in sqrt|t| and sqrt|s|, and the sign of t") for part in the_map.then.args]
    return follows(the_map.then, using=tuple(pieces), because="together")


# The orbit


@cache
def moduli_tend() -> Theorem:
    """`x(k) != 0 for all k |- |x(k)| -> delta^2/4`."""
    ceiling = y(0) + delta**2
    inside, image = (t >= 0, t <= ceiling), (s >= 0, s <= ceiling)
    positive = (delta > 0, y(0) >= 0)
    h = MODULUS_STEP
    invariant = follows(And(h(t) >= 0, h(t) <= ceiling), *inside, *positive, because="t - delta sqrt(t) lies between -delta^2/4 and t")
    lonely = follows(
        Eq(s, t),
        *inside,
        *image,
        Eq(s, h(t)),
        Eq(t, h(s)),
        *positive,
        because="a 2-cycle t > s of the moduli would need s = sqrt-differences of both signs",
    )
    fixed = follows(Or(Eq(t, 0), Eq(t, AMPLITUDE)), *inside, Eq(h(t), t), *positive, because="t = delta sqrt(t) - t, or t = 0")
    somewhere = no_two_cycles(y, h, t, s, (0, ceiling), invariant, lonely, fixed)
    radius = AMPLITUDE / 2
    away = follows(Abs(h(t) - 0) > Abs(t - 0), t >= 0, Ne(t, 0), Abs(t) <= radius, delta > 0, because="sqrt(t) outgrows t near 0")
    not_zero = repelled(y, h, t, 0, radius, t >= 0, away)
    limit = follows(Tends(k, y(k), AMPLITUDE), using=(somewhere, not_zero), because="of the two fixed points, 0 is excluded")
    return _for_the_moduli(limit)


def _for_the_moduli(theorem: Theorem) -> Theorem:
    """A theorem about an orbit y of h that never is 0, said of y = |x|."""
    same = follows(Eq(Abs(STEP(t)), MODULUS_STEP(t), evaluate=False), t >= 0, because="sign(t) sqrt(t) = sqrt(t) on t >= 0")
    return said_of_moduli(theorem, odd_modulus(x, STEP, MODULUS_STEP, t, same))


def said_of_moduli(theorem: Theorem, moduli: Theorem) -> Theorem:
    """A theorem about an orbit y that never is 0, said of y = |x|, where `moduli` gives the map of |x|."""
    said = instance(theorem, {y: Lambda(k, Abs(x(k)))})
    here = specialize(assume(never_zero), k)
    nonzero = generalize(follows(Ne(Abs(x(k)), 0), k >= 0, using=(here,)), k, k >= 0)
    return cut(said, moduli, nonzero)


orbit = Statement(
    (*GIVEN, never_zero),
    And(
        Tends(k, Abs(x(k)), AMPLITUDE),
        Tends(k, Rational(2, 3) * Abs(x(k)) ** Rational(3, 2), delta**3 / 12),
        ForAll(k, And(k >= 0, Abs(x(k)) < delta**2), x(k) * x(k + 1) < 0),
        Eq(STEP(AMPLITUDE), -AMPLITUDE, evaluate=False),
        Eq(STEP(-AMPLITUDE), AMPLITUDE, evaluate=False),
    ),
    source="nar-sastry:example-1-cycle",
)
ON_THE_CYCLE = {delta: 1, x: orbit_of(Lambda(t, t - sign(t) * sqrt(Abs(t))), Rational(1, 4))}  # 1/4, -1/4, 1/4, ...
TO_ZERO = {delta: 1, x: orbit_of(Lambda(t, t - sign(t) * sqrt(Abs(t))), 1)}  # 1, 0, 0, ...


@proves(
    orbit,
    witness=at(ON_THE_CYCLE),
    mutants=[
        mutant(orbit.drop(never_zero), TO_ZERO, "starts in S allowed"),
        mutant(orbit.with_then(Tends(k, Abs(x(k)), delta**2 / 2)), ON_THE_CYCLE, "amplitude delta^2/2"),
        mutant(
            orbit.with_then(Tends(k, Rational(2, 3) * Abs(x(k)) ** Rational(3, 2), delta**3 / 6)),
            ON_THE_CYCLE,
            "error delta^3/6",
        ),
        mutant(orbit.with_then(Tends(k, x(k), AMPLITUDE)), ON_THE_CYCLE, "a limit instead of a 2-cycle"),
    ],
)
def almost_every_orbit_is_a_two_cycle() -> Theorem:
    """|x(k)| -> delta^2/4 with alternating signs, so the error tends to delta^3/12."""
    moduli = moduli_tend()
    image = image_tends(moduli, Lambda(t, Rational(2, 3) * Abs(t) ** Rational(3, 2)))
    level = follows(Eq(image.then.args[2], delta**3 / 12), delta > 0, because="(delta^2/4)^(3/2) = delta^3/8")
    here = specialize(assume(recursion(x, STEP)), k)
    nonzero = specialize(assume(never_zero), k)
    flips = follows(
        x(k) * x(k + 1) < 0,
        k >= 0,
        Abs(x(k)) < delta**2,
        delta > 0,
        using=(here, nonzero),
        because="x - delta sign(x) sqrt|x| has the other sign while sqrt|x| < delta",
    )
    flips = generalize(flips, k, And(k >= 0, Abs(x(k)) < delta**2))
    there = follows(Eq(STEP(AMPLITUDE), -AMPLITUDE, evaluate=False), delta > 0)
    back = follows(Eq(STEP(-AMPLITUDE), AMPLITUDE, evaluate=False), delta > 0)
    return follows(orbit.then, using=(moduli, rewrite(image, level), flips, there, back), because="together")


def _root(discriminant: Expr, sign_of_root: int) -> Expr:
    """|t| where sqrt|t| solves a quadratic equation with this discriminant, if it has real solutions."""
    return ((delta + sign_of_root * sqrt(Max(0, discriminant))) / 2) ** 2


PREIMAGES = (*(_root(delta**2 + 4 * s, o) for o in (1, -1)), *(-_root(delta**2 - 4 * s, o) for o in (1, -1)))  # of s
COUNTABLE = Countable(Lambda(t, Exists(k, k >= 0, Eq(Iterate(STEP, t, k), 0))))

landing = Statement(
    (*GIVEN, s >= delta**2),  # s: any point of S from the second generation on
    And(
        Implies(Tends(k, x(k), 0), once_zero),
        Implies(once_zero, Tends(k, x(k), 0)),
        Implies(Eq(STEP(t), 0), Or(Eq(t, 0), Eq(t, delta**2), Eq(t, -(delta**2)))),
        And(Eq(STEP(delta**2), 0), Eq(STEP(-(delta**2)), 0), evaluate=False),
        Implies(Eq(STEP(t), delta**2), Eq(t, GOLDEN * delta**2)),
        Eq(STEP(GOLDEN * delta**2), delta**2, evaluate=False),
        Implies(Eq(STEP(t), s), Eq(t, ((delta + sqrt(delta**2 + 4 * s)) / 2) ** 2)),
        COUNTABLE,
    ),
    source="nar-sastry:example-1-s",
)


@proves(
    landing,
    witness=at({**TO_ZERO, t: GOLDEN, s: 1}),
    mutants=[
        mutant(
            landing.with_then(Implies(Eq(STEP(t), delta**2), Eq(t, (1 + sqrt(5)) / 2 * delta**2))),
            {**TO_ZERO, t: GOLDEN, s: 1},
            "(1 + sqrt 5)/2",
        ),
        mutant(landing.with_then(Implies(Tends(k, x(k), 0), Eq(x(0), 0))), {**TO_ZERO, s: 1}, "only the start 0"),
        mutant(landing.with_then(Tends(k, x(k), 0)), {**ON_THE_CYCLE, s: 1}, "every start"),
    ],
)
def orbits_that_reach_zero() -> Theorem:
    """An orbit tends to 0 exactly if it lands on 0; the starts that land are the preimages of 0, two more a generation.

    No value has more than four preimages, so countably many starts land.
    """
    to_zero = assume(Tends(k, x(k), 0))
    modulus = image_tends(to_zero, Lambda(t, Abs(t)))
    clash = unique_limit(moduli_tend(), modulus)
    impossible = follows(Not(never_zero), delta > 0, using=(discharge(clash, never_zero),), because="0 is not delta^2/4")
    either = always_or_once(k, k >= 0, Eq(x(k), 0))
    only_landing = discharge(follows(once_zero, using=(impossible, either)), to_zero.then)
    landing_suffices = discharge(lands(x, STEP, 0), once_zero)
    equations = [part for part in landing.then.args if not part.has(x) and part != COUNTABLE]
    pieces = [follows(part, delta > 0, s >= delta**2, because="a quadratic equation in sqrt|t|") for part in equations]
    return follows(landing.then, using=(only_landing, landing_suffices, *pieces, countably_many_land()), because="together")


def countably_many_land() -> Theorem:
    """A value s has at most two preimages on each side of 0, where sqrt|t| solves a quadratic equation."""
    among = Or(*(Eq(t, e) for e in PREIMAGES))
    solved = follows(Implies(Eq(STEP(t), s), among), delta > 0, because="a quadratic equation in sqrt|t| on each side of 0")
    return cut(cite("countable-landings", STEP, 0, t, s, PREIMAGES), generalize(generalize(solved, t), s))
