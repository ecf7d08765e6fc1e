"""What the three examples show, taken together. (Nar & Sastry, sections 1, 1.2 and 5).

Example 1 is convex, and its only critical point is the global minimum; still almost every orbit settles on a 2-cycle, with an error
that converges. Example 2 loses a minimum where the step exceeds 1/5. In example 3 the start decides. None of this is for want of
convexity, and GD on a quadratic loss, which is linear, shows none of it unless step times curvature is exactly 2.
"""

from sympy import Abs, Eq, Integer, Lambda, Ne, Rational, S, oo, sign, sqrt

from theory.evidence import at, mutant, proves
from theory.proof import (
    And,
    FlowStable,
    ForAll,
    Implies,
    LyapunovStable,
    Not,
    NullBasin,
    Statement,
    Tends,
    Theorem,
    absurd,
    assume,
    cite,
    cut,
    discharge,
    escapes,
    follows,
    image_tends,
    instance,
    limit_is_fixed,
    modulus_to_zero,
    monotone_orbit,
    odd_modulus,
    orbit_of,
    part,
    recursion,
    substitute,
    unique_limit,
)
from theory.step_bounds import example_even_power, example_power, example_two_wells
from theory.step_bounds.example_power import AMPLITUDE, GIVEN, LOSS, ON_THE_CYCLE, SLOPE, TO_ZERO, never_zero
from theory.step_bounds.symbols import c, delta, g, k, m, p, s, t, w, x, y

ERROR = substitute(LOSS, {t: x(k)})
SETTLES = Tends(k, ERROR, delta**3 / 12)
OSCILLATES = Tends(k, Abs(x(k)), AMPLITUDE)
RESTLESS = Not(Tends(k, x(k), c))
OPTIMAL = And(LOSS >= 0, Implies(Eq(SLOPE(t), 0), Eq(LOSS, 0)))  # every critical point is a global minimum


def no_orbit_converges() -> Theorem:
    """In example 1 an orbit that never is 0 has no limit c: it would be fixed, hence 0, and the moduli tend to delta^2/4."""
    to_c = assume(Tends(k, x(k), c))
    moduli = part(example_power.almost_every_orbit_is_a_two_cycle(), OSCILLATES)
    modulus = unique_limit(moduli, image_tends(to_c, Lambda(t, Abs(t))))
    fixed = limit_is_fixed(x, example_power.STEP, to_c)
    clash = follows(S.false, delta > 0, using=(modulus, discharge(fixed, Ne(c, 0))), because="c = 0 is the only fixed point")
    return absurd(clash, to_c.then)


def _example_1(*wanted: object) -> Theorem:
    """Parts of example 1, together."""
    known = (example_power.the_gradient_step(), example_power.almost_every_orbit_is_a_two_cycle(), no_orbit_converges())
    return follows(And(*wanted), delta > 0, using=known, because="example 1")


GIVEN_AN_ORBIT = (*GIVEN, never_zero)
AT = {**ON_THE_CYCLE, c: 0, t: 0}
LANDED = {**TO_ZERO, c: 0, t: 0}


not_enough = Statement(GIVEN_AN_ORBIT, And(OPTIMAL, OSCILLATES, RESTLESS), source="nar-sastry:text-no-spurious-not-enough")


@proves(
    not_enough,
    witness=at(AT),
    mutants=[
        mutant(not_enough.drop(never_zero), LANDED, "from every start"),
        mutant(not_enough.with_then(Tends(k, x(k), 0)), AT, "it is enough"),
        mutant(not_enough.with_then(Tends(k, Abs(x(k)), 2 * AMPLITUDE)), AT, "twice the amplitude"),
    ],
)
def one_critical_point_is_not_enough() -> Theorem:
    """The gradient of |x|^(3/2) vanishes at the global minimum only, and yet |x(k)| -> delta^2/4, for all but countably many starts."""
    return _example_1(OPTIMAL, OSCILLATES, RESTLESS)


fourth = Statement(GIVEN_AN_ORBIT, And(RESTLESS, SETTLES, delta**3 / 12 > 0, OPTIMAL), source="nar-sastry:text-fourth")


@proves(
    fourth,
    witness=at(AT),
    mutants=[
        mutant(fourth.drop(never_zero), LANDED, "from every start"),
        mutant(fourth.with_then(Tends(k, ERROR, 0)), AT, "the error tends to its optimal value"),
        mutant(fourth.with_then(Tends(k, x(k), c)), AT, "it converges somewhere"),
    ],
)
def the_fourth_possibility() -> Theorem:
    """GD converges to nothing, its error tends to delta^3/12 > 0, and no critical point but the global minimum is there to blame."""
    return _example_1(*fourth.then.args)


ALTERNATES = ForAll(k, And(k >= 0, Abs(x(k)) < delta**2), x(k) * x(k + 1) < 0)
hidden = Statement(GIVEN_AN_ORBIT, And(SETTLES, ALTERNATES, RESTLESS), source="nar-sastry:text-error-hides")


@proves(
    hidden,
    witness=at(AT),
    mutants=[
        mutant(hidden.drop(never_zero), LANDED, "from every start"),
        mutant(Statement((*GIVEN, SETTLES), Tends(k, x(k), AMPLITUDE)), AT, "a settled error means a settled state"),
        mutant(hidden.with_then(Tends(k, ERROR, delta**3 / 6)), AT, "error delta^3/6"),
    ],
)
def a_settled_error_hides_an_oscillation() -> Theorem:
    """The error converges to delta^3/12, while x(k) changes its sign at every step and does not converge."""
    return _example_1(*hidden.then.args)


# All three examples

EVEN = example_even_power.STEP
EVEN_ORBIT = recursion(y, EVEN)
THRESHOLD = example_even_power.THRESHOLD
START_DECIDES = And(
    Implies(y(0) ** (2 * m - 2) < THRESHOLD, Tends(k, y(k), 0)),
    Implies(y(0) ** (2 * m - 2) > THRESHOLD, Tends(k, Abs(y(k)), oo)),
)
WELLS = example_two_wells.STEP
RESTRICTED = Implies(
    And(delta > Rational(1, 5), delta < Rational(1, 2)),
    And(Not(NullBasin(WELLS, Integer(1))), NullBasin(WELLS, Integer(2))),
)
points = Statement(
    (*GIVEN_AN_ORBIT, m >= 2, EVEN_ORBIT),
    And(SETTLES, RESTLESS, OSCILLATES, RESTRICTED, START_DECIDES),
    source="nar-sastry:text-four-points",
)
CUSP = Lambda(t, t - sign(t) * sqrt(Abs(t)) / 4)  # delta = 1/4: the amplitude is 1/64, and 1/16 lands on 0
CUBE = example_even_power.CUBE  # m = 2, delta = 1/4: the threshold is y^2 = 2, and 1 lands on 0
TOGETHER = {delta: Rational(1, 4), x: orbit_of(CUSP, Rational(1, 64)), c: Rational(1, 64), m: 2, y: orbit_of(CUBE, 1)}
ON_THE_THRESHOLD = {**TOGETHER, y: orbit_of(CUBE, sqrt(2))}  # a 2-cycle
ONE_LANDS = {**TOGETHER, x: orbit_of(CUSP, Rational(1, 16)), c: 0}


def the_start_decides() -> Theorem:
    """Example 3, for an orbit y."""
    small, large = example_even_power.small_starts_converge(), example_even_power.large_starts_diverge()
    cases = []
    for theorem in (small, large):
        said = instance(theorem, {x: Lambda(k, y(k))})
        cases.append(discharge(said, *(h for h in said.given if h.has(THRESHOLD))))
    return follows(START_DECIDES, using=tuple(cases), because="example 3")


def the_step_restricts() -> Theorem:
    """Example 2."""
    reach = example_two_wells.only_the_flatter_minimum_is_reached()
    return follows(RESTRICTED, using=(discharge(reach, *reach.given),), because="example 2")


@proves(
    points,
    witness=at(TOGETHER, lambda: instance(the_step_restricts(), {delta: Rational(1, 4)})),
    mutants=[
        mutant(points.drop(never_zero), ONE_LANDS, "from every start"),
        mutant(points.with_then(Tends(k, y(k), 0)), ON_THE_THRESHOLD, "the start does not matter"),
        mutant(points.with_then(OSCILLATES.func(k, Abs(x(k)), Rational(1, 2))), TOGETHER, "an amplitude that no step sets"),
    ],
)
def four_lessons() -> Theorem:
    """1. The error settles and the state does not. 2. Its amplitude is delta^2/4. 3. Steps above 1/5 lose a minimum. 4. The start decides.

    Point 2 is said of example 1; that a step sets the amplitude of every oscillation is false (see the discussion).
    """
    first = _example_1(SETTLES, RESTLESS, OSCILLATES)
    return follows(points.then, using=(first, the_step_restricts(), the_start_decides()), because="together")


# Not a matter of convexity

CONVEX = Abs(s) ** p >= Abs(t) ** p + p * sign(t) * Abs(t) ** (p - 1) * (s - t)  # |t|^p lies above its tangents
LINEAR = Lambda(t, (1 - g) * t)  # GD on a quadratic loss, g the step times the curvature
SAME_FATE = And(Implies(g < 2, Tends(k, w(k), 0)), Implies(And(g > 2, Ne(w(0), 0)), Tends(k, Abs(w(k)), oo)))
convexity = Statement(
    (*GIVEN_AN_ORBIT, m >= 2, EVEN_ORBIT, p > 1, g > 0, recursion(w, LINEAR)),
    And(CONVEX, SETTLES, RESTLESS, OSCILLATES, START_DECIDES, SAME_FATE),
    source="nar-sastry:text-not-convexity",
)


def powers_are_convex() -> Theorem:
    """|t|^p, p > 1: so example 1 (p = 3/2) and example 3 (p = L) are convex."""
    tangent = cite("power-tangent", Abs(s), Abs(t), p)
    tangent = cut(tangent, follows(p >= 1, p > 1))
    tangent = discharge(tangent, Abs(s) > 0, Abs(t) > 0)
    return follows(CONVEX, p > 1, using=(tangent,), because="sign(t) (s - t) <= |s| - |t|, and the power lies above its tangents")


def linear_steps_treat_all_starts_alike() -> Theorem:
    """W -> (1 - g) w: for 0 < g < 2 every orbit tends to 0, for g > 2 every orbit but 0 diverges."""
    h = Lambda(t, Abs(1 - g) * t)
    inside = (t >= 0, t <= y(0))
    falls = follows(And(h(t) >= 0, h(t) <= t), *inside, g > 0, g < 2, because="|1 - g| < 1")
    fixed = follows(Eq(t, 0), *inside, Eq(h(t), t), g > 0, g < 2, because="|1 - g| < 1")
    moduli = instance(monotone_orbit(y, h, t, (0, y(0)), falls, fixed), {y: Lambda(k, Abs(w(k)))})
    same = follows(Eq(Abs(LINEAR(t)), h(t), evaluate=False), t >= 0, because="|(1 - g) t| = |1 - g| |t|")
    near = modulus_to_zero(cut(moduli, odd_modulus(w, LINEAR, h, t, same)))
    away = Ne(t, 0)
    kept = follows(Ne(LINEAR(t), 0), away, g > 2)
    grows = follows(Abs(LINEAR(t)) >= (g - 1) * Abs(t), away, g > 2)
    far = escapes(w, LINEAR, t, away, g - 1, kept, grows)
    cases = (discharge(near, g < 2), discharge(far, g > 2, Ne(w(0), 0)))
    return follows(SAME_FATE, g > 0, using=cases, because="whatever the start")


CONVEX_TOGETHER = {**TOGETHER, t: 1, s: -2, p: 3, g: 1, w: orbit_of(Lambda(t, 0 * t), 1)}


@proves(
    convexity,
    witness=at(CONVEX_TOGETHER),
    mutants=[
        mutant(convexity.drop(p > 1), {**CONVEX_TOGETHER, p: Rational(1, 2), t: 1, s: 4}, "powers below 1 are convex too"),
        mutant(convexity.with_then(Tends(k, y(k), 0)), {**CONVEX_TOGETHER, **ON_THE_THRESHOLD}, "convexity makes GD converge"),
        mutant(
            convexity.with_then(Implies(g <= 2, Tends(k, w(k), 0))),
            {**CONVEX_TOGETHER, g: 2, w: orbit_of(Lambda(t, -t), 1)},
            "the borderline g = 2 too",
        ),
    ],
)
def convex_losses_do_it_too() -> Theorem:
    """Both losses are convex, and yet the orbit of example 1 oscillates, and the start decides in example 3.

    Where the map is linear neither happens, unless step times curvature is exactly 2.
    """
    first = _example_1(SETTLES, RESTLESS, OSCILLATES)
    return follows(
        convexity.then,
        using=(powers_are_convex(), first, the_start_decides(), linear_steps_treat_all_starts_alike()),
        because="together",
    )


# What gradient flow says of example 2

FLOW = Lambda(t, -example_two_wells.SLOPE)
flow = Statement(
    (delta > Rational(1, 5),),
    And(
        FlowStable(FLOW, Integer(1)),
        FlowStable(FLOW, Integer(2)),
        Not(LyapunovStable(WELLS, Integer(2))),
        NullBasin(WELLS, Integer(2)),
    ),
    source="nar-sastry:text-ct",
)


@proves(
    flow,
    witness=at({delta: Rational(3, 10)}),
    mutants=[
        mutant(
            flow.drop(*flow.given),
            {delta: Rational(1, 10)},
            "whatever the step",
            lambda: instance(example_two_wells.stable_below(2), {delta: Rational(1, 10)}),
        ),
        mutant(
            flow.with_then(Not(LyapunovStable(WELLS, Integer(1)))),
            {delta: Rational(3, 10)},
            "neither minimum is stable",
            lambda: instance(example_two_wells.stable_below(1), {delta: Rational(3, 10)}),
        ),
    ],
)
def the_flow_sees_no_step() -> Theorem:
    """Gradient flow x' = -f'(x) is asymptotically stable at both minima; GD with a step above 1/5 is unstable at 2."""
    stays = [cite("stable-flow", FLOW, t, point) for point in (1, 2)]
    leaves = [discharge(th, *th.given) for th in (example_two_wells.unstable_beyond(2), example_two_wells.null_beyond(2))]
    return follows(flow.then, *flow.given, using=(*stays, *leaves), because="|1 - 10 delta| > 1")
