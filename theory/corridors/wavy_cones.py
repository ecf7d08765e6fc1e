"""Which wavy cones are corridors: the round ones and the flat ones. (Figure 1b).

The loss is r h(phi) in polar coordinates, for any profile h. Its gradient h e + h' n, with e along the ray and n across it, depends on the
angle alone. In the direction of the gradient it changes by H g = h' (h + h'')/r n. So a wavy cone is a corridor only where
h' (h + h'') = 0: where h is constant, as in the cones +-r, or where h + h'' = 0, as in the plane <a, theta>. Between two angles at
which h' is 0 it is flat.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sympy import Eq, Expr, Integer, Lambda, Ne, cos, pi, sin
from sympy.functions.elementary.complexes import transpose

from theory.corridors.corridor import LIVES, TIMES, everywhere, from_rest
from theory.corridors.symbols import T, bend, d, other_unit, outward, profile, s, since, slope, t, turning, unit
from theory.evidence import at, extends, mutant, proves, refutes
from theory.proof import (
    And,
    ForAll,
    Implies,
    Refutation,
    Statement,
    Theorem,
    Velocity,
    assume,
    cite,
    combine_words,
    conclude,
    conjunction,
    counterexample,
    cut,
    discharge,
    equal_words,
    evaluate,
    follows,
    part,
    rewrite,
    specialize,
    transposed,
)
from theory.proof.flows import during
from theory.proof.ranges import throughout


def ray(angle: Expr) -> Expr:
    """The unit vector e at an angle."""
    return cos(angle) * unit + sin(angle) * other_unit


def across(angle: Expr) -> Expr:
    """The unit vector n at a right angle to it."""
    return cos(angle) * other_unit - sin(angle) * unit


def gradient(angle: Expr) -> Expr:
    """Of r h(phi): h e + h' n, at every point of the ray."""
    return profile(angle) * ray(angle) + slope(angle) * across(angle)


ARC = during(t, since, T)
HERE, AROUND, SLOPE = ray(t), across(t), gradient(t)
PROFILE = tuple(ForAll(t, ARC, Velocity(Lambda(d, f(t + d)), f_dot(t))) for f, f_dot in ((profile, slope), (slope, bend)))
POINT = (*ARC.args, s > 0)  # the point s e(t)
FRAME = (Eq(transpose(HERE) * HERE, 1), Eq(transpose(AROUND) * AROUND, 1), Eq(transpose(HERE) * AROUND, 0))
TURNED = t - d * slope(t) / s
WAY = Lambda(d, (s - d * profile(t)) * ray(TURNED))  # down from the point, to first order in d
CHANGE = Lambda(d, gradient(TURNED))  # the gradient on this way
RATE = slope(t) * (profile(t) + bend(t))
CONVEX = ForAll(t, ARC, profile(t) + bend(t) >= 0)  # across the ray H is (h + h'')/r
printed = Statement((*PROFILE, CONVEX, *POINT, *FRAME), Velocity(CHANGE, 0), source="dherin-rosca:figure-1b")

MOVED, MOTION = s + d * outward, outward * HERE + s * turning * AROUND
GAIN = outward * profile(t) + s * turning * slope(t)
IS_GRADIENT = (
    Velocity(Lambda(d, MOVED * profile(t + d * turning)), GAIN),
    Velocity(Lambda(d, MOVED * ray(t + d * turning)), MOTION),
    Eq(transpose(SLOPE) * MOTION, GAIN),
)
BENDS = (Velocity(WAY, -SLOPE), Velocity(CHANGE, -RATE / s * AROUND))  # - H g, in the direction - g
STAYS = Velocity(CHANGE, 0)
EXACTLY = And(Implies(Eq(RATE, 0), STAYS), Implies(STAYS, Eq(RATE, 0)))
SIZE = Eq(transpose(SLOPE) * SLOPE, profile(t) ** 2 + slope(t) ** 2)
figure_1b = printed.amend(
    given=(*PROFILE, *POINT, *FRAME),
    then=And(*IS_GRADIENT, *BENDS, EXACTLY, SIZE),
    why="A cone r h(phi) is a corridor only where h' (h + h'') = 0, where it is round or flat. Wavy convex and concave cones are "
    "corridors only as far as they are glued of such pieces.",
)


def moves(value: Expr, velocity: Expr) -> Theorem:
    """How fast a function of the angle moves with it, by the rules of differentiation."""
    return evaluate(Velocity(Lambda(d, value), velocity))


def times(one: Theorem, other: Theorem) -> Theorem:
    """The product rule."""
    return cut(cite("velocity-of-product", *one.then.args, *other.then.args), one, other)


def plus(one: Theorem, other: Theorem) -> Theorem:
    """The velocity of a sum."""
    return cut(cite("velocity-of-addition", *one.then.args, *other.then.args), one, other)


def fixed(letter: Expr) -> Theorem:
    """What does not move."""
    return cite("straight-line", letter, 0, d)


@cache
def frame_turns() -> tuple[Theorem, Theorem]:
    """E turns into n, and n into -e."""
    c, s_ = moves(cos(t + d), -sin(t)), moves(sin(t + d), cos(t))
    less = moves(-sin(t + d), -cos(t))
    first, second = fixed(unit), fixed(other_unit)
    return plus(times(c, first), times(s_, second)), plus(times(c, second), times(less, first))


@cache
def gradient_turns() -> Theorem:
    """(h e + h' n)' = (h + h'') n."""
    e, n = frame_turns()
    h, h_dot = (specialize(assume(hypothesis), t) for hypothesis in PROFILE)
    turns = plus(times(h, e), times(h_dot, n))
    return rewrite(turns, equal_words(turns.then.args[1], (profile(t) + bend(t)) * AROUND))


def on_the_way(value: Lambda, turns: Theorem, speed: Expr) -> Theorem:
    """The chain rule for a function of the angle, while the angle turns at a constant speed."""
    line = cite("straight-line", t, speed, d)
    return cut(cite("chain-rule-of-numbers", value, turns.then.args[1], *line.then.args), turns, line)


@cache
def is_gradient() -> Theorem:
    """The loss (s + d rho) h(phi + d omega), and the point, on any way; <g, e> = h and <g, n> = h'."""
    h, e = specialize(assume(PROFILE[0]), t), frame_turns()[0]
    away = cite("straight-line", s, outward, d)
    moved = [times(away, on_the_way(Lambda(t, f(t)), turns, turning)) for f, turns in ((profile, h), (ray, e))]
    loss, point = (rewrite(m, equal_words(m.then.args[1], part_.args[1])) for m, part_ in zip(moved, IS_GRADIENT[:2], strict=True))
    ee, nn, en = (assume(equation) for equation in FRAME)
    h, h_dot = profile(t), slope(t)
    terms = ((outward * h, ee, 1), (s * turning * h_dot, nn, 1), (s * turning * h, en, 1), (outward * h_dot, transposed(en), 1))
    return conjunction(loss, point, combine_words(*IS_GRADIENT[2].args, *terms))


@cache
def bends() -> Theorem:
    """On the way down the angle turns at the rate -h'/s, and the gradient with it."""
    speed = -slope(t) / s
    fall = times(cite("straight-line", s, -profile(t), d), on_the_way(Lambda(t, ray(t)), frame_turns()[0], speed))
    change = on_the_way(Lambda(t, gradient(t)), gradient_turns(), speed)
    both = zip((fall, change), BENDS, strict=True)
    return conjunction(*(rewrite(moved, equal_words(moved.then.args[1], part_.args[1])) for moved, part_ in both))


@cache
def exactly() -> Theorem:
    """As n is not 0, the gradient stays where it is exactly if h' (h + h'') = 0."""
    zero, change = Eq(RATE, 0), part(bends(), BENDS[1])
    rests = rewrite(change, combine_words(BENDS[1].args[1], 0, (-1 / s, assume(zero), AROUND)))
    same = cut(cite("one-velocity", CHANGE, BENDS[1].args[1], 0), change)
    length = combine_words(-RATE / s, 0, (transpose(AROUND), same, 1), (RATE / s, assume(FRAME[1]), 1))
    back = follows(zero, s > 0, using=(length,), because="times s")
    return conjunction(discharge(rests, zero), discharge(back, STAYS))


@cache
def size() -> Theorem:
    """|g|^2 = h^2 + h'^2."""
    ee, nn, en = (assume(equation) for equation in FRAME)
    h, h_dot = profile(t), slope(t)
    return combine_words(*SIZE.args, (h**2, ee, 1), (h_dot**2, nn, 1), (h * h_dot, en, 1), (h * h_dot, transposed(en), 1))


# The wavy cone r (10 + cos(3 phi)) at the angle pi/6, where h = 10, h' = -3 and h'' = 0; the cone r; and the plane x = r cos(phi)
PLACE = {since: -1, T: 1, t: pi / 6, s: 2, unit: [[1], [0]], other_unit: [[0], [1]], outward: 3, turning: -1}
WAVES = {**PLACE, profile: Lambda(t, 10 + cos(3 * t)), slope: Lambda(t, -3 * sin(3 * t)), bend: Lambda(t, -9 * cos(3 * t))}
ROUND = {**PLACE, profile: Lambda(t, 1), slope: Lambda(t, 0), bend: Lambda(t, 0)}
PLANE = {**PLACE, profile: Lambda(t, cos(t)), slope: Lambda(t, -sin(t)), bend: Lambda(t, -cos(t))}


@cache
def the_waves_are_convex() -> Theorem:
    """H + h'' = 10 - 8 cos(3 phi), and the cosine is at most 1, as its square and that of the sine have the sum 1."""
    circle = cos(3 * t) ** 2 + sin(3 * t) ** 2
    arc = during(t, -1, 1)
    rests = throughout(moves(circle.subs(t, t + d), Integer(0)), t, arc)
    one = specialize(cut(cite("constant-curve", Lambda(t, circle), d, -1, 1), rests), t)
    return throughout(follows(10 - 8 * cos(3 * t) >= 0, *arc.args, using=(one,), because="the cosine is at most 1"), t, arc)


@refutes(printed, why=figure_1b.why)
def three_waves() -> Refutation:
    """R (10 + cos(3 phi)), a convex cone: at pi/6 the gradient turns, as h' (h + h'') = -30."""
    point = {key: value for key, value in WAVES.items() if key not in (outward, turning)}
    return counterexample(printed, point, the_waves_are_convex())


@proves(
    figure_1b,
    witness=at(WAVES),
    mutants=[
        mutant(figure_1b.with_then(Velocity(CHANGE, -slope(t) * bend(t) / s * AROUND)), WAVES, "without h"),
        mutant(figure_1b.with_then(Implies(STAYS, Eq(profile(t) + bend(t), 0))), ROUND, "flat ones only"),
        mutant(figure_1b.with_then(Implies(STAYS, Eq(slope(t), 0))), PLANE, "round ones only"),
        mutant(figure_1b.with_then(Eq(transpose(SLOPE) * SLOPE, profile(t) ** 2)), WAVES, "as steep as along the ray"),
    ],
)
def round_and_flat_cones_are_corridors() -> Theorem:
    """The rules of differentiation in the turning frame (e, n): e' = n and n' = -e."""
    return conclude(conjunction(is_gradient(), bends(), exactly(), size()), figure_1b)


# On a whole arc

CORRIDOR = everywhere(Eq(RATE, 0))
ONE_LENGTH = everywhere(Eq(profile(t) ** 2 + slope(t) ** 2, profile(0) ** 2 + slope(0) ** 2))
ONE_GRADIENT = everywhere(Eq(SLOPE, gradient(Integer(0))))
arcs = Statement((LIVES, *PROFILE, CORRIDOR), And(ONE_LENGTH, Implies(everywhere(Ne(slope(t), 0)), ONE_GRADIENT)))


def on_the_arc(cone: Mapping[Any, Any]) -> dict[Any, Any]:
    """A cone on the arc from -1 to 3."""
    return {**{key: value for key, value in cone.items() if key not in (outward, turning, t, s)}, T: 3}


@extends(
    "dherin-rosca:figure-1b",
    arcs,
    witness=at(on_the_arc(ROUND)),
    mutants=[
        mutant(arcs.drop(CORRIDOR), on_the_arc(WAVES), "for every wave"),
        mutant(arcs.with_then(ONE_GRADIENT), on_the_arc(ROUND), "flat in any case"),
    ],
)
def where_a_wave_rises_it_is_flat() -> Theorem:
    """(h^2 + h'^2)' = 2 h' (h + h'') = 0; and where h' is nowhere 0, h + h'' is, so the gradient a does not turn, and h = <a, e>."""
    h, h_dot = (specialize(assume(hypothesis), t) for hypothesis in PROFILE)
    none = specialize(assume(CORRIDOR), t)
    squares = plus(times(h, h), times(h_dot, h_dot))
    squares = rewrite(squares, follows(Eq(squares.then.args[1], 0), using=(none,), because="twice h' (h + h'')"))
    length = from_rest(Lambda(t, profile(t) ** 2 + slope(t) ** 2), throughout(squares, t, TIMES))
    rises = everywhere(Ne(slope(t), 0))
    flat = follows(Eq(profile(t) + bend(t), 0), using=(none, specialize(assume(rises), t)), because="divided by h'")
    turns = gradient_turns()
    rests = rewrite(turns, combine_words(turns.then.args[1], 0, (1, flat, AROUND)))
    one = from_rest(Lambda(t, SLOPE), throughout(rests, t, TIMES))
    return conclude(conjunction(length, discharge(one, rises)), arcs)
