"""Figure 1b and example 2.6: wavy cones in Cartesian coordinates, and losses that are glued together."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sympy import Abs, Rational, sqrt, symbols

from theory.corridors import hessian_gradient, is_corridor

x, y = symbols("x y", real=True)
RADIUS = sqrt(x**2 + y**2)
STEP = 1e-4  # second differences err by STEP^2 = 1e-8 times fourth derivatives below 1e3, and by rounding of 1e-16/1e-8
NEAR = 1e-4


def cone(waves: int, height: float, level: float) -> tuple[object, object]:
    """The loss r h(phi) with h = level + height cos(waves phi), and h, h', h'' at an angle."""

    def loss(point: np.ndarray) -> float:
        angle = np.arctan2(point[1], point[0])
        return float(np.hypot(*point) * (level + height * np.cos(waves * angle)))

    def profile(angle: float) -> tuple[float, float, float]:
        c, s = np.cos(waves * angle), np.sin(waves * angle)
        return level + height * c, -height * waves * s, -height * waves**2 * c

    return loss, profile


@pytest.mark.claim("dherin-rosca:figure-1b")
@given(st.integers(1, 5), st.floats(-1, 1), st.floats(-2, 2), st.floats(-3, 3), st.floats(0.5, 2))
def test_how_the_gradient_of_a_wavy_cone_bends(waves: int, height: float, level: float, angle: float, radius: float) -> None:
    """H g = h' (h + h'')/r across the ray, by differences in Cartesian coordinates."""
    loss, profile = cone(waves, height, level)
    point = radius * np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-np.sin(angle), np.cos(angle)])
    e = STEP * np.eye(2)
    g = np.array([loss(point + d) - loss(point - d) for d in e]) / (2 * STEP)
    hessian = np.array([[loss(point + a + b) - loss(point + a - b) - loss(point - a + b) + loss(point - a - b) for a in e] for b in e])
    h, h1, h2 = profile(angle)
    assert np.allclose(hessian / (4 * STEP**2) @ g, h1 * (h + h2) / radius * across, atol=NEAR * (1 + abs(h1 * h2) + h**2) * 100)
    assert abs(g @ g - (h**2 + h1**2)) < NEAR


@pytest.mark.claim("dherin-rosca:figure-1b")
def test_only_round_and_flat_cones_are_corridors() -> None:
    angles = {"round": RADIUS, "concave": -2 * RADIUS, "flat": 3 * x - 4 * y}
    assert all(is_corridor(loss, [x, y]).corridor is True for loss in angles.values())
    waves = {"two": (x**2 - y**2) / RADIUS, "three": 2 * RADIUS + (x**3 - 3 * x * y**2) / RADIUS**2, "tilted": RADIUS + x}
    waves["convex"] = 10 * RADIUS + (x**3 - 3 * x * y**2) / RADIUS**2
    assert all(is_corridor(loss, [x, y]).corridor is False for loss in waves.values())


@pytest.mark.claim("dherin-rosca:figure-1b", "dherin-rosca:example-2-6")
def test_a_wave_glued_of_round_and_flat_pieces() -> None:
    """The cone r where x < 0 and the plane y where x > 0, beside each other where y > 0: one gradient, and no second derivative."""
    pieces = {RADIUS: x < 0, y: x > 0}
    assert all(is_corridor(loss, [x, y], where).corridor is True for loss, where in pieces.items())
    line = {x: 0, y: Rational(5, 2)}
    first, second = ([loss.subs(line), loss.diff(x).subs(line), loss.diff(y).subs(line)] for loss in pieces)
    assert first == second
    assert RADIUS.diff(x, 2).subs(line) != 0 == y.diff(x, 2)


@pytest.mark.claim("dherin-rosca:example-2-6")
@given(st.tuples(*[st.integers(-3, 3)] * 4).filter(lambda tips: tips[:2] != tips[2:]))
def test_the_lesser_of_two_cones_is_a_corridor_off_the_gluing_line(tips: tuple[int, ...]) -> None:
    """The two distances are equal on the perpendicular bisector of the tips, a line: off it H g = 0, exactly."""
    a, b, c, d = tips
    first, second = sqrt((x - a) ** 2 + (y - b) ** 2), sqrt((x - c) ** 2 + (y - d) ** 2)
    line = (x - a) ** 2 + (y - b) ** 2 - (x - c) ** 2 - (y - d) ** 2
    assert line.expand().as_poly(x, y).total_degree() == 1
    glued = (first + second - Abs(first - second)) / 2
    for point in ({x: Rational(1, 3), y: Rational(5, 7)}, {x: Rational(-9, 2), y: Rational(11, 3)}):
        if line.subs(point) != 0:
            side = first if (first - second).subs(point) < 0 else second
            assert abs(float((glued - side).subs(point))) < 1e-12
            assert all(abs(float(entry.subs(point))) < 1e-12 for entry in hessian_gradient(side, [x, y]))


@pytest.mark.claim("dherin-rosca:example-2-6")
@given(st.tuples(*[st.floats(-2, 2)] * 6))
def test_a_gluing_line_is_a_kink_along_every_line_that_crosses_it(k: tuple[float, ...]) -> None:
    """The cone |theta - (3, 0)| and a cone below it that is glued to it at a point: one-sided slopes by differences."""
    start, way, tip = (np.array(pair) for pair in (k[:2], k[2:4], k[4:]))
    lengths = np.linalg.norm(start - np.array([3, 0])), np.linalg.norm(start - tip)
    assume(min(lengths) > 0.2)
    slopes = [way @ (start - c) / r for c, r in zip((np.array([3, 0]), tip), lengths, strict=True)]

    def lesser(d: float) -> tuple[float, float]:
        point = start + d * way
        one, other = np.linalg.norm(point - np.array([3, 0])), np.linalg.norm(point - tip) + lengths[0] - lengths[1]
        return min(one, other), abs(one - other)

    ahead, back = ((lesser(d)[0] - lesser(0)[0]) / d for d in (STEP, -STEP))
    curved = STEP * way @ way / min(lengths)  # what a difference over STEP errs by, at most half of it
    assert abs(ahead - min(slopes)) < curved + NEAR and abs(back - max(slopes)) < curved + NEAR
    if abs(slopes[0] - slopes[1]) > 10 * curved + NEAR:
        assert all(lesser(d)[1] > 0 for d in (STEP, -STEP, STEP / 2, -STEP / 2))


@pytest.mark.claim("dherin-rosca:example-2-6")
def test_a_gluing_set_that_is_no_null_set() -> None:
    """Gaps of length 4^-n are cut out of the middle of 2^(n-1) pieces of [0, 1], n = 1, 2, ...: half of it is left, without interior.

    The distance from what is left is affine on each half of every gap: infinitely many corridors, glued along a set of length 1/2.
    """
    pieces, gaps = [(Fraction(0), Fraction(1))], []
    for n in range(1, 9):
        middles = [((a + b) / 2, Fraction(1, 4**n) / 2) for a, b in pieces]
        gaps += [(m - r, m + r) for m, r in middles]
        pieces = [piece for (a, b), (m, r) in zip(pieces, middles, strict=True) for piece in ((a, m - r), (m + r, b))]
        assert sum(b - a for a, b in pieces) == Fraction(1, 2) + Fraction(1, 2 ** (n + 1))
    assert max(b - a for a, b in pieces) < Fraction(1, 2**8)
    ordered = sorted(gaps)
    assert all(b < c for (_, b), (c, _) in zip(ordered, ordered[1:], strict=False))

    def distance(theta: Fraction) -> Fraction:
        return max((min(theta - a, b - theta) for a, b in gaps if a < theta < b), default=Fraction(0))

    for a, b in gaps:
        half = [distance(a + (b - a) * Fraction(k, 8)) for k in (1, 2, 3)]
        assert half[2] - half[1] == half[1] - half[0] == (b - a) / 8
