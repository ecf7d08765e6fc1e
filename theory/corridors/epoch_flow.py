"""Where the flow on the modified loss is after one epoch, to second order in the step size. (Equation 19, appendix A.3).

The modified loss L + (h/4m) sum |g_k|^2 has the gradient g + (h/2) Q, where Q is the mean of H_k g_k. After the time m h its flow is at
theta - m h g + (h^2/2) (m^2 H g - m Q), up to (m h)^3 times a constant: that is where SGD is in the mean.
"""

from functools import cache

from sympy import Eq, Expr, Lambda

from theory.corridors.epoch import POSITIVE, START
from theory.corridors.epoch_pairs import OWN, TARGET
from theory.corridors.lengths import Bounded, added, at_most, loosened, multiplied, renamed, squared, stretched
from theory.corridors.symbols import H, curved, d, g, h, n, path, s, steep, t, turn, twisted
from theory.proof import (
    And,
    ForAll,
    Statement,
    Theorem,
    Velocity,
    assume,
    cite,
    combine_words,
    conclude,
    cut,
    evaluate,
    follows,
    specialize,
    squared_norm,
)
from theory.proof.logic import Boolean
from theory.proof.ranges import throughout

EPOCH = And(t >= 0, t <= n * h)


def meanwhile(body: Boolean) -> ForAll:
    """What holds from the start to the time m h."""
    return ForAll(t, EPOCH, body)


HERE, SLOPE, BEND, PULL = path(t), g(START), H(START), turn(START)
AWAY = HERE - START
CHANGE, TURNED = g(HERE) - SLOPE, turn(HERE) - PULL
FIELD = -g(HERE) - h * turn(HERE) / 2  # minus the gradient of the modified loss
FLOW = (Eq(path(0), START), meanwhile(Velocity(Lambda(d, path(t + d)), FIELD)))
MEAN = Eq(OWN, n * PULL)
STEEP = tuple(map(meanwhile, (at_most(g(HERE), steep), at_most(turn(HERE), steep * curved))))
CURVED = meanwhile(squared_norm(CHANGE) <= curved**2 * squared_norm(AWAY))
STRETCH = meanwhile(squared_norm(BEND * (AWAY + t * SLOPE)) <= curved**2 * squared_norm(AWAY + t * SLOPE))
TWISTED = meanwhile(squared_norm(CHANGE - BEND * AWAY) <= (twisted / 2) ** 2 * squared_norm(AWAY) ** 2)
TURNS = meanwhile(squared_norm(TURNED) <= (curved**2 + steep * twisted) ** 2 * squared_norm(AWAY))
SMALL = h * curved <= 2
ALONG = (*POSITIVE, SMALL, *FLOW, MEAN, *STEEP, CURVED, STRETCH, TWISTED, TURNS)
FAR = 7 * twisted * steep**2 / 6 + 13 * steep * curved**2 / 12


def at_time(hypothesis: ForAll, time: Expr = t) -> Theorem:
    """A hypothesis at a time."""
    return specialize(assume(hypothesis), time)


def _moved(curve: Expr, velocity: Expr, bound: Expr, moves: Theorem, slow: Theorem) -> Theorem:
    """|X(t) - X(0)| <= p(t) at any time t of the epoch."""
    reach = cite("mean-value", Lambda(s, curve.subs(t, s)), velocity.subs(t, s), bound.subs(t, s), d, t)
    within = And(s >= 0, s <= t)
    for theorem in (moves, slow):
        always = throughout(conclude(theorem, Statement((*ALONG, *EPOCH.args), theorem.then)), t, EPOCH)
        then = specialize(always, s)
        then = conclude(then, Statement((*ALONG, *EPOCH.args, *within.args), then.then))
        reach = cut(reach, throughout(then, s, within))
    return reach


def _line(rate: Expr) -> Theorem:
    """T w moves at the rate w."""
    clock = evaluate(Velocity(Lambda(d, t + d), 1))
    return cut(cite("velocity-of-multiple", *clock.then.args, 1, rate), clock)


def _sum(first: Theorem, second: Theorem) -> Theorem:
    return cut(cite("velocity-of-addition", *first.then.args, *second.then.args), first, second)


def slow(velocity: Expr, bound: Expr, small: Bounded) -> Theorem:
    """0 <= p' and |V| <= p', as the mean value theorem wants it."""
    ranges = (*POSITIVE, *EPOCH.args)
    return follows(And(bound >= 0, at_most(velocity, bound)), *ranges, using=(small[2],))


@cache
def never_far() -> Bounded:
    """|path(t) - theta| <= 2 G_1 t, as |g| + (h/2) |Q| <= 2 G_1."""
    gradient = multiplied(-1, (g(HERE), -steep, at_time(STEEP[0])))
    correction = multiplied(-h / 2, (turn(HERE), -steep * curved, at_time(STEEP[1])))
    small = added(gradient, correction, FIELD, 2 * steep, (*POSITIVE, SMALL))
    reach = _moved(HERE, FIELD, 2 * steep * t, at_time(FLOW[1]), slow(FIELD, 2 * steep, small))
    return _from_the_start(HERE - path(0), AWAY, 2 * steep * t, reach)


def _from_the_start(found: Expr, wanted: Expr, bound: Expr, small: Theorem) -> Bounded:
    """The same, as the path starts at theta."""
    starts = combine_words(found, wanted, (-1, assume(FLOW[0]), 1))
    return renamed((found, bound, small), starts)


@cache
def never_far_from_descent() -> Bounded:
    """|path(t) - theta + t g| <= G_1 G_2 (t^2 + h t/2)."""
    bound = steep * curved * (t**2 + h * t / 2)
    speed = steep * curved * (2 * t + h / 2)
    change = multiplied(-1, _signed(stretched(CHANGE, curved, at_time(CURVED), never_far())))
    correction = multiplied(-h / 2, (turn(HERE), -steep * curved, at_time(STEEP[1])))
    velocity = FIELD + SLOPE
    small = added(change, correction, velocity, speed, (*POSITIVE, t >= 0))
    curve = HERE + t * SLOPE
    reach = _moved(curve, velocity, bound, _sum(at_time(FLOW[1]), _line(SLOPE)), slow(velocity, speed, small))
    return _from_the_start(curve - path(0), AWAY + t * SLOPE, bound, reach)


def _signed(small: Bounded) -> Bounded:
    """The bound with the other sign, for a negative multiple."""
    vector, bound, theorem = small
    return vector, -bound, theorem


@cache
def modified_flow() -> Bounded:
    """|path(m h) - target| <= (7/6 G_1^2 G_3 + 13/12 G_1 G_2^2) (m h)^3."""
    first, second = 2 * twisted * steep**2 + steep * curved**2, 3 * steep * curved**2 / 2 + steep**2 * twisted
    bound, speed = first * t**3 / 3 + second * h * t**2 / 2, first * t**2 + second * h * t
    twist = multiplied(-1, _signed(squared(CHANGE - BEND * AWAY, twisted / 2, at_time(TWISTED), never_far())))
    bent = multiplied(-1, _signed(stretched(BEND * (AWAY + t * SLOPE), curved, at_time(STRETCH), never_far_from_descent())))
    turned = multiplied(-h / 2, _signed(stretched(TURNED, curved**2 + steep * twisted, at_time(TURNS), never_far())))
    ranges = (*POSITIVE, t >= 0)
    both = added(twist, bent, twist[0] + bent[0], twist[1] + bent[1], ranges)
    rate = SLOPE + h * PULL / 2
    velocity = FIELD + rate - t * BEND * SLOPE
    small = added(both, turned, velocity, speed, ranges)
    parabola = evaluate(Velocity(Lambda(d, (t + d) ** 2 / 2), t))
    parabola = cut(cite("velocity-of-multiple", *parabola.then.args, -1, BEND * SLOPE), parabola)
    moves = _sum(_sum(at_time(FLOW[1]), _line(rate)), parabola)
    curve = HERE + t * rate - t**2 * BEND * SLOPE / 2
    reach = _moved(curve, velocity, bound, moves, slow(velocity, speed, small))
    end = specialize(throughout(conclude(reach, Statement((*ALONG, *EPOCH.args), reach.then)), t, EPOCH), n * h)
    found = (curve - path(0)).subs(t, n * h)
    known = combine_words(found, path(n * h) - TARGET, (-1, assume(FLOW[0]), 1), (-(h**2) / 2, assume(MEAN), 1))
    vector, _, theorem = loosened((found, bound.subs(t, n * h), end), n**3 * h**3 * FAR, (*POSITIVE,))
    return renamed((vector, n**3 * h**3 * FAR, theorem), known)
