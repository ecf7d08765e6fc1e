"""Certified cycles and basins: what must be certified is, what is wrong is refused by name."""

from itertools import pairwise

import flint
import numpy as np
import pytest
import sympy as sp
from sympy import Abs, Rational, sqrt

from dynamics import GradientMap, NotCertified, all_cycles, certify_basin, certify_cycle, classify
from dynamics.cycles import _balls, certified

x, y = sp.symbols("x y")
R = Rational
F1 = R(2, 3) * Abs(x) ** R(3, 2)
F2 = (x**2 + 1) * (x - 1) ** 2 * (x - 2) ** 2
DOUBLE_WELL = x**4 / 4 - x**2 / 2
BOWL = (x**2 + y**2) ** 2 / 4 - x**2 / 2 - y**2 / 3 + x * y / 10


def logistic(rate):
    return x**2 / 2 - rate * (x**2 / 2 - x**3 / 3)


def holds(ball, value):
    """The ball encloses the exact value, and is tight: narrower than 1e-25."""
    with flint.ctx.workprec(256):
        exact = _balls.evaluate(sp.sympify(value), {})
        return bool(ball.contains(exact) or ball.overlaps(exact)) and float(ball.rad()) < 1e-25


@pytest.mark.claim("nar-sastry:example-1-cycle")
@pytest.mark.parametrize("step", [R(1), R(1, 10), R(7, 3)])
def test_the_cycle_of_the_cusp_is_superstable(step):
    cycle = certify_cycle(GradientMap(F1, x, step), [float(step**2 / 4), float(-(step**2) / 4)])
    assert holds(cycle.points[0][0], step**2 / 4) and holds(cycle.points[1][0], -(step**2) / 4)
    assert holds(cycle.multipliers[0].real, 0)
    assert (cycle.period, cycle.stability) == (2, "attracting")


@pytest.mark.parametrize("step", [R(101, 100), R(11, 10), R(3, 2)])
def test_the_two_cycle_of_the_double_well(step):
    gradient_map = GradientMap(DOUBLE_WELL, x, step)
    big, small = ((sqrt(1 + 3 / step) + s * sqrt(1 - 1 / step)) / 2 for s in (1, -1))
    cycle = certify_cycle(gradient_map, [float(big), float(small)])
    assert holds(cycle.points[0][0], big) and holds(cycle.points[1][0], small)
    assert holds(cycle.multipliers[0].real, 9 - 2 * (1 + step) ** 2)
    outer = sqrt(1 + 2 / step)
    repelling = certify_cycle(gradient_map, [outer, -outer])
    assert repelling.stability == "repelling" and holds(repelling.points[0][0], outer)


@pytest.mark.claim("nar-sastry:example-2-minima", "nar-sastry:example-2-stability")
@pytest.mark.parametrize(
    ("step", "point", "multiplier", "stability"),
    [
        (R(49, 100), 1, 1 - 4 * R(49, 100), "attracting"),
        (R(51, 100), 1, 1 - 4 * R(51, 100), "repelling"),
        (R(19, 100), 2, 1 - 10 * R(19, 100), "attracting"),
        (R(21, 100), 2, 1 - 10 * R(21, 100), "repelling"),
        (R(1, 2), 1, -1, "unknown"),
    ],
)
def test_the_equilibria_of_example_2(step, point, multiplier, stability):
    cycle = certify_cycle(GradientMap(F2, x, step), [point])
    assert cycle.period == 1 and holds(cycle.points[0][0], point) and holds(cycle.multipliers[0].real, multiplier)
    assert cycle.stability == stability


@pytest.mark.claim("nar-sastry:example-3-converge")
@pytest.mark.parametrize("depth", [4, 6, 8])
def test_the_boundary_cycle_of_example_3(depth):
    edge = (2 / (R(1, 2) * depth)) ** R(1, depth - 2)
    cycle = certify_cycle(GradientMap(x**depth, x, R(1, 2)), [edge, -edge])
    assert holds(cycle.points[0][0], edge)
    # F'(edge) = 1 - step L (L-1) edge^(L-2) = 1 - 2 (L-1)
    assert holds(cycle.multipliers[0].real, (2 * depth - 3) ** 2) and cycle.stability == "repelling"


@pytest.mark.parametrize(("rate", "period"), [(R(32, 10), 2), (R(3832, 1000), 3), (R(35, 10), 4), (R(3845, 1000), 6)], ids=str)
def test_classified_cycles_of_the_logistic_map_are_certified(rate, period):
    gradient_map = GradientMap(logistic(rate), x, 1)
    found = classify(gradient_map, 0.3)
    cycle = certify_cycle(gradient_map, found.points)
    assert (cycle.period, cycle.stability) == (period, "attracting")
    # classify is within 1e-9 of the cycle; the multiplier's slope along it is below rate^period * 2 period < 4e4
    assert abs(float(cycle.multipliers[0].real)) == pytest.approx(found.multiplier, abs=4e4 * 1e-9)
    with flint.ctx.workprec(128):
        for (p,), (q,) in pairwise([*cycle.points, cycle.points[0]]):
            r = flint.arb(flint.fmpq(int(rate.p), int(rate.q)))
            assert (r * p * (1 - p)).overlaps(q)


@pytest.mark.parametrize("period", [1, 2, 3, 4])
def test_every_cycle_of_the_logistic_map_at_4(period):
    # conjugate to the tent map: 2^p points of period dividing p, all real, with |multiplier| 2^p; but 0 has 4
    found = all_cycles(GradientMap(logistic(4), x, 1), period)
    assert len(found) == {1: 2, 2: 1, 3: 2, 4: 3}[period]
    sizes = {round(abs(float(c.multipliers[0].real)), 9) for c in found}
    assert sizes == ({2.0, 4.0} if period == 1 else {2.0**period})


def test_isolation_and_krawczyk_agree_on_example_2():
    gradient_map = GradientMap(F2, x, R(3, 10))
    for period in (1, 2, 3):
        for cycle in all_cycles(gradient_map, period):
            again = certify_cycle(gradient_map, cycle.as_floats()[:, 0].tolist())
            assert all(a[0].overlaps(b[0]) for a, b in zip(cycle.points, again.points, strict=True))
    assert [c.stability for c in all_cycles(gradient_map, 1)] == ["attracting", "repelling", "repelling"]


def test_a_cycle_in_the_plane():
    gradient_map = GradientMap(BOWL, (x, y), R(11, 10))
    found = classify(gradient_map, np.array([0.3, 0.1]))
    cycle = certify_cycle(gradient_map, found.points)
    assert (cycle.period, len(cycle.multipliers), cycle.stability) == (2, 2, "attracting")
    first, second = cycle.as_floats()
    assert np.abs(gradient_map.step(first) - second).max() < 1e-14  # 20 float64 operations on numbers below 2
    product = gradient_map.jacobian(second) @ gradient_map.jacobian(first)
    assert sorted(np.linalg.eigvals(product)) == pytest.approx(sorted(float(m.real) for m in cycle.multipliers), abs=1e-12)


@pytest.mark.parametrize(
    ("loss", "stability"),
    [
        (x**2 - y**2, "saddle"),
        (x**2 / 2 + y**2, "attracting"),
        (-(x**2) - y**2, "repelling"),
        (x**2 - 4 * y**2, "saddle"),
    ],
)
def test_stability_needs_every_multiplier(loss, stability):
    assert certify_cycle(GradientMap(loss, (x, y), R(1, 4)), [(0, 0)]).stability == stability


def test_a_loss_with_functions_is_certified_too():
    gradient_map = GradientMap(sp.cos(x), x, R(5, 2))
    cycle = certify_cycle(gradient_map, classify(gradient_map, 3.0).points)
    assert cycle.stability == "attracting" and cycle.period == 2


def test_uniqueness_ends_before_the_next_cycle():
    gap = R(1, 10_000)
    crowded = GradientMap(x**3 / 3 - gap * x**2 / 2, x, R(1, 2))  # equilibria at 0 and at 1/10000
    for point in (0, gap):
        assert 0 < certify_cycle(crowded, [point]).uniqueness_radius < float(gap)


REFUSED = {
    "no cycle there": (GradientMap(F2, x, R(3, 10)), [1, 2], "near the guess"),
    "far from every equilibrium": (GradientMap(F2, x, R(3, 10)), [0.3], "near the guess"),
    "an equilibrium sold as a cycle": (GradientMap(F2, x, R(3, 10)), [1, 1], "cannot be told apart"),
    "a two-cycle walked twice": (GradientMap(F1, x, 1), [0.25, -0.25, 0.25, -0.25], "cannot be told apart"),
    "neutral family": (GradientMap(x**2, x, 1), [0.5, -0.5], "singular"),
    "neutral equilibrium": (GradientMap(x**4, x, 1), [0.0001], "Newton"),
    "on the kink": (GradientMap(F1, x, 1), [0], "kink"),
    "a function without a rule": (GradientMap(sp.gamma(x), x, 1), [1.4616], "no ball arithmetic"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_wrong_guess_is_refused_by_name(name):
    gradient_map, guess, words = REFUSED[name]
    with pytest.raises(NotCertified, match=words) as caught:
        certify_cycle(gradient_map, guess)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("guess", [[], 0.3, [[1.0, 2.0]], [float("nan")], ["a"]])
def test_a_guess_of_the_wrong_shape_is_refused(guess):
    with pytest.raises((ValueError, TypeError)):
        certify_cycle(GradientMap(F2, x, R(3, 10)), guess)


def test_an_array_of_step_sizes_has_no_certificate():
    with pytest.raises(TypeError, match="with_step_size"):
        certify_cycle(GradientMap(F2, x, np.array([0.1])), [1.0])


def test_naive_iteration_of_balls_explodes_where_the_certificate_does_not():
    # why each point has its own box: at the stable equilibrium 1 of f2 a ball that follows the orbit grows without end
    gradient_map = GradientMap(F2, x, R(3, 10))
    (variable,) = gradient_map.variables
    update = sp.expand(variable - gradient_map.step_size * gradient_map.gradient[0])
    ball = flint.arb(1, 1e-3)
    for _ in range(3):
        ball = _balls.evaluate(update, {variable: ball})
    assert float(ball.rad()) > 1e6
    assert certify_cycle(gradient_map, [1]).stability == "attracting"


def test_a_broken_derivative_is_noticed(monkeypatch):
    honest = certified.System.jacobian
    monkeypatch.setattr(certified.System, "jacobian", lambda self, at: -honest(self, at))
    with pytest.raises(NotCertified):
        certify_cycle(GradientMap(DOUBLE_WELL, x, R(11, 10)), [1.1, 0.79])


@pytest.mark.parametrize("point", [0, R(1, 3), -2])
@pytest.mark.parametrize("expression", [x**3 - 2 * x, Abs(x) ** R(3, 2), sp.exp(-x) * sp.sin(x), sp.tanh(x) / (1 + x**2)])
def test_balls_enclose_the_values_of_their_points(expression, point):
    real = sp.Symbol("x", real=True)
    expression = expression.subs(x, real)
    with flint.ctx.workprec(100):
        wide = _balls.ball(_balls.evaluate(sp.sympify(point), {}), 0.01)
        try:
            enclosure = _balls.evaluate(expression, {real: wide})
        except NotCertified:
            assert expression.has(Abs) and point == 0  # a fractional power of a ball around zero
            return
        for t in np.linspace(-0.01, 0.01, 21):
            at = sp.Rational(float(t)) + point
            assert enclosure.overlaps(_balls.evaluate(expression, {real: _balls.evaluate(at, {})}))


@pytest.mark.claim("nar-sastry:example-2-conditional", "nar-sastry:figure-1")
@pytest.mark.parametrize(("step", "low", "high"), [(R(3, 10), R(9, 10), R(11, 10)), (R(1, 10), R(195, 100), R(205, 100))])
def test_basins_of_example_2(step, low, high):
    gradient_map = GradientMap(F2, x, step)
    basin = certify_basin(gradient_map, low, high)
    minimum = 1 if high < R(3, 2) else 2
    assert basin.contraction < 1 and holds(basin.attractor.points[0][0], minimum)
    assert low <= basin.image_lower[0] and basin.image_upper[0] <= high
    starts = np.linspace(float(low), float(high), 101)
    image = gradient_map.step(starts)
    # float64 steps err by less than 1e-13 (tests of the map); the exact image lies in the certified box
    assert image.min() >= float(basin.image_lower[0]) - 1e-13 and image.max() <= float(basin.image_upper[0]) + 1e-13
    assert gradient_map.advance(starts, 2000) == pytest.approx(minimum, abs=1e-12)
    slopes = np.abs(gradient_map.jacobian(starts))
    assert slopes.max() <= float(basin.contraction) + 1e-12


def test_a_basin_of_a_two_cycle_and_one_in_the_plane():
    line = GradientMap(DOUBLE_WELL, x, R(11, 10))
    first = float((sqrt(1 + 3 / R(11, 10)) + sqrt(1 - 1 / R(11, 10))) / 2)
    low, high = R(first).limit_denominator(1000) - R(1, 100), R(first).limit_denominator(1000) + R(1, 100)
    basin = certify_basin(line, low, high, period=2)
    assert basin.attractor.period == 2
    with pytest.raises(NotCertified, match="outside"):
        certify_basin(line, low, high)
    plane = GradientMap(x**2 / 2 + y**2 + x * y**2 / 10, (x, y), R(1, 2))
    basin = certify_basin(plane, (-1, -1), (1, 1))
    assert all(holds(c, 0) for c in basin.attractor.points[0])


def test_more_pieces_certify_more():
    gradient_map = GradientMap(F2, x, R(3, 10))
    low, high = R(4, 5), R(6, 5)
    with pytest.raises(NotCertified):
        certify_basin(gradient_map, low, high)
    assert certify_basin(gradient_map, low, high, pieces=4).contraction < 1


NO_BASIN = {
    "around a repelling minimum": (GradientMap(F2, x, R(3, 10)), R(19, 10), R(21, 10), "outside|stretch"),
    "too wide": (GradientMap(F2, x, R(3, 10)), R(1, 2), R(3, 2), "outside"),
    "neutral": (GradientMap(x**2, x, 1), -1, 1, "stretch"),
    "no polynomial": (GradientMap(F1, x, 1), -1, 1, "polynomial"),
    "irrational step": (GradientMap(x**2, x, sqrt(2) / 2), -1, 1, "rational"),
}


@pytest.mark.parametrize("name", NO_BASIN)
def test_a_box_that_is_no_basin_is_refused(name):
    gradient_map, low, high, words = NO_BASIN[name]
    with pytest.raises(NotCertified, match=words):
        certify_basin(gradient_map, low, high)


@pytest.mark.parametrize(("low", "high"), [(1, 0), (1, 1), ((0, 0), (1, 1)), (sqrt(2), 2), (0, float("nan"))])
def test_bad_corners_are_refused(low, high):
    with pytest.raises((ValueError, TypeError)):
        certify_basin(GradientMap(F2, x, R(3, 10)), low, high)
