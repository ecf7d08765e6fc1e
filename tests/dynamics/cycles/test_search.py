"""Searches for cycles: counts that are known, exact isolation against boxes against Newton, and refusals by name."""

import json

import flint
import numpy as np
import pytest
import sympy as sp
import torch
from sympy import Abs, Rational

from dynamics import (
    GradientMap,
    NotCertified,
    SymbolicMap,
    TorchMap,
    all_cycles,
    certify_cycle,
    find_cycles,
    heavy_ball,
    nesterov,
    normalised_descent,
    polyak_descent,
    runge_kutta_flow,
    sign_descent,
)
from dynamics.cycles import certified, deflation
from dynamics.cycles._boxes import Return
from tests.dynamics.known_maps import DOUBLE_WELL, DOUBLING, HENON, LOGISTIC, NEWTON, TENT, a, b, r, x, y

R = Rational
FULL = SymbolicMap(LOGISTIC, x, {r: 4})
HENON_MAP = SymbolicMap(HENON, (x, y), {a: R(7, 5), b: R(3, 10)})
# |x| <= (1 + b + sqrt((1 + b)^2 + 4 a)) / (2 a) = 1.4 holds on every bounded orbit (Devaney & Nitecki 1979), and y = b x
HENON_BOX = ((R(-3, 2), R(-1, 2)), (R(3, 2), R(1, 2)))
TENT_MAP, DOUBLING_MAP, NEWTON_MAP = SymbolicMap(TENT, x, {r: 2}), SymbolicMap(DOUBLING, x), SymbolicMap(NEWTON, x)
WELL = GradientMap(DOUBLE_WELL, x, R(11, 10))
BALL = heavy_ball(DOUBLE_WELL, x, R(1, 2), R(1, 2))

# Cycles of each minimal period 1, 2, ... Doubling, tent and logistic map: 2^p points return after p steps. The angle doubles under
# Newton's map, and infinity is its fixed point. Henon: Galias (1998), table of all cycles of the standard map.
COUNTS = {
    "logistic map at 4": (FULL, None, (2, 1, 2, 3, 6, 9)),
    "logistic map at 4, in a box": (FULL, (0, 1), (2, 1, 2, 3)),
    "tent map": (TENT_MAP, (0, 1), (2, 1, 2, 3)),
    "doubling map": (DOUBLING_MAP, (R(-1, 5), R(9, 10)), (1, 1, 2)),
    "Newton's map": (NEWTON_MAP, (-30, 30), (0, 1, 2, 3)),
    "Henon map": (HENON_MAP, None, (2, 1, 0, 1, 0)),
    "Henon map, in a box": (HENON_MAP, HENON_BOX, (2, 1, 0)),
    "double well": (WELL, None, (3, 3)),
    "double well, in a box": (WELL, (-3, 3), (3, 3)),
    "heavy ball": (BALL, None, (3, 1)),
    "Nesterov": (nesterov(DOUBLE_WELL, x, R(1, 2), R(1, 2)), None, (3,)),
    "Runge-Kutta": (runge_kutta_flow(DOUBLE_WELL, x, R(1, 2)), None, (5,)),
    "Runge-Kutta, in a box": (runge_kutta_flow(DOUBLE_WELL, x, R(1, 2)), (-2, 2), (3,)),
    "cosine": (SymbolicMap(sp.cos(x), x), (-10, 10), (1, 0)),
    "hyperbolic tangent": (SymbolicMap(-2 * sp.tanh(x), x), (-3, 3), (1, 1)),
}


@pytest.mark.parametrize("name", COUNTS)
def test_every_cycle_is_found(name):
    symbolic_map, within, counts = COUNTS[name]
    for period, expected in enumerate(counts, 1):
        found = all_cycles(symbolic_map, period, within=within)
        assert len(found) == expected and all(c.period == period for c in found)


@pytest.mark.parametrize("period", [1, 2, 3, 4])
@pytest.mark.parametrize("name", ["logistic map at 4", "Henon map"])
def test_isolation_boxes_and_newton_find_the_same_cycles(name, period):
    symbolic_map, box, seen = (FULL, (0, 1), (0, 1)) if name != "Henon map" else (HENON_MAP, HENON_BOX, ((-2, -1), (2, 1)))
    isolated = all_cycles(symbolic_map, period)
    others = [find_cycles(symbolic_map, period, box=seen, seed=1).cycles]
    if name != "Henon map" or period < 4:
        others.append(all_cycles(symbolic_map, period, within=box))
    for other in others:
        assert len(other) == len(isolated)
        for first in isolated:
            (twin,) = [c for c in other if any(_overlap(first.points[0], point) for point in c.points)]
            assert twin.stability == first.stability


def _overlap(first, second):
    return all(p.overlaps(q) for p, q in zip(first, second, strict=True))


def test_multipliers_of_the_relatives():
    """Momentum on a loss of curvature h: the multipliers are the roots of t^2 - (1 + beta - delta h) t + beta."""
    centre = next(c for c in all_cycles(BALL, 1) if c.points[0][0].contains(1))
    with flint.ctx.workprec(256):
        product, total = centre.multipliers[0] * centre.multipliers[1], centre.multipliers[0] + centre.multipliers[1]
        for found in (product, total):  # h = 2, delta = beta = 1/2
            assert found.real.contains(flint.arb(1) / 2) and found.real.rad() < 1e-30


def test_multipliers_that_meet_are_enclosed():
    """Nesterov at curvature 2, step 1/2: the multipliers are 0, twice, and the Jacobian cannot be diagonalised."""
    found = all_cycles(nesterov(DOUBLE_WELL, x, R(1, 2), R(1, 2)), 1)
    ends = [c for c in found if c.stability == "attracting"]
    assert len(ends) == 2 and all(m.abs_upper() < 1e-30 for c in ends for m in c.multipliers)
    jordan = SymbolicMap((x / 2 + y, y / 2), (x, y))
    (origin,) = all_cycles(jordan, 1)
    assert all(m.real.contains(flint.arb(1) / 2) and m.abs_upper() < 0.51 for m in origin.multipliers)


def test_a_jump_is_no_cycle():
    """SymPy drops the branches of the doubling map's derivative; its jump at 1/2 must not be certified through that."""
    jump = SymbolicMap(sp.Piecewise((x / 2 + R(1, 2), x < R(1, 2)), (x / 2 - R(1, 4), True)), x)  # crosses the diagonal nowhere
    with pytest.raises(NotCertified, match="branch|kink|no cycle"):
        certify_cycle(jump, [R(1, 2)], radius=0.3)
    assert all_cycles(jump, 1, within=(0, 1)) == ()


def test_uniqueness_ends_at_a_jump():
    """Equilibria at 2/5 and 3/5, one on each branch; the slope is 1/2 on both, so only the jump between parts them."""
    steps = SymbolicMap(sp.Piecewise((x / 2 + R(1, 5), x < R(1, 2)), (x / 2 + R(3, 10), True)), x)
    assert certify_cycle(steps, [R(2, 5)], radius=0.5).uniqueness_radius <= 0.1
    assert len(all_cycles(steps, 1, within=(0, 1))) == 2


def test_a_zero_just_outside_is_left_out():
    """The equilibrium 3/4 lies in the margin of the last piece."""
    (only,) = all_cycles(FULL, 1, within=(0, R(7499, 10_000)))
    assert only.points[0][0].contains(0)


def test_the_ball_around_the_mean_holds_every_eigenvalue():
    found = certified._around_mean(flint.arb_mat([[0.5, 1], [0, 0.25]]))
    assert found.real.contains(0.5) and found.real.contains(0.25)


def test_deflation_finds_what_newton_alone_does_not(monkeypatch):
    """Nine cycles of period 6, few starts: with zeros divided out the same starts reach more of them."""
    with_it = find_cycles(FULL, 6, box=(0.4, 0.6), seed=0, budget=12)
    monkeypatch.setattr(deflation, "_deflation", lambda at, step, known: np.ones(len(at)))
    without = find_cycles(FULL, 6, box=(0.4, 0.6), seed=0, budget=12)
    assert len(with_it.cycles) > len(without.cycles) and with_it.rounds > without.rounds


def test_more_variables_than_are_isolated_exactly():
    """Two wells, weakly coupled: nine equilibria (3 x 3, by continuation from coupling 0), in four variables with momentum."""
    wells = x**4 / 4 - x**2 / 2 + y**4 / 4 - y**2 / 2 + x * y / 10
    found = find_cycles(heavy_ball(wells, (x, y), R(1, 2), R(1, 2)), 1, box=(-2, 2), seed=0)
    assert len(found.cycles) == 9 and sum(c.stability == "attracting" for c in found.cycles) == 4
    assert found.uncertified.shape == (0, 4)
    stored = json.loads(found.to_json())
    assert len(stored["cycles"]) == 9 and stored["budget"] == 200 and stored["seed"] == 0
    assert len(found.plot().get_lines()) == 9
    assert len(find_cycles(FULL, 2, box=(0, 1), seed=0).plot().get_lines()) == 1


def test_what_newton_reaches_but_cannot_be_certified_is_named():
    neutral = find_cycles(SymbolicMap(x - x**3, x), 1, box=(-1, 1), seed=0, budget=5)
    assert neutral.cycles == () and np.abs(neutral.uncertified).max() < 1e-3


def test_a_wrong_enclosure_is_noticed(monkeypatch):
    """Were images of pieces too narrow, cycles would be lost: the counts see it."""
    honest = Return._images
    monkeypatch.setattr(Return, "_images", lambda self, p, w: [[flint.arb(c.mid()) for c in i] for i in honest(self, p, w)])
    assert len(all_cycles(FULL, 3, within=(0, 1))) < 2


REFUSED = {
    "three variables": (lambda: all_cycles(SymbolicMap((y, x, r), (x, y, r)), 1), "find_cycles"),
    "no polynomial": (lambda: all_cycles(SymbolicMap(sp.cos(x), x), 1), "within"),
    "irrational": (lambda: all_cycles(SymbolicMap(sp.sqrt(2) * x**2, x), 1), "within"),
    "identity": (lambda: all_cycles(SymbolicMap(x, x), 1), "every point"),
    "involution": (lambda: all_cycles(SymbolicMap(1 - x, x), 2), "every point"),
    "a line of equilibria": (lambda: all_cycles(GradientMap((x * y - 1) ** 2, (x, y), R(1, 4)), 1), "curve"),
    "neutral in a box": (lambda: all_cycles(SymbolicMap(x - x**3, x), 1, within=(-1, 1)), "neutral"),
    "equilibrium on a kink": (lambda: all_cycles(GradientMap(R(2, 3) * Abs(x) ** R(3, 2), x, 1), 1, within=(-1, 1)), "kink"),
    "Polyak's stationary branch": (lambda: all_cycles(polyak_descent(x**4 / 4, x), 1, within=(-1, 1)), "near"),
    "sign descent's family": (lambda: certify_cycle(sign_descent(x**2, x, R(1, 2)), [R(1, 4), R(-1, 4)]), "neutral"),
    "normalised at rest": (lambda: certify_cycle(normalised_descent(x**2 + y**2, (x, y), 1), [(0, 0)]), "branch|kink|neutral"),
    "a cycle on the border of a plane box": (lambda: all_cycles(BALL, 1, within=((-1, -1), (1, 1))), "border"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_certified_is_refused_by_name(name):
    call, words = REFUSED[name]
    with pytest.raises(NotCertified, match=words):
        call()


TORCH = TorchMap(lambda w: w.square().sum(), torch.zeros(1, dtype=torch.float64), 0.1)
BAD = {
    "period 0": lambda: all_cycles(FULL, 0),
    "period as a float": lambda: all_cycles(FULL, 2.0),
    "few bits": lambda: all_cycles(FULL, 1, precision=10),
    "an interval reversed": lambda: all_cycles(FULL, 1, within=(1, 0)),
    "an interval of one end": lambda: all_cycles(FULL, 1, within=(1,)),
    "NaN in the box": lambda: all_cycles(FULL, 1, within=(0, float("nan"))),
    "corners of another dimension": lambda: all_cycles(HENON_MAP, 1, within=(0, 1)),
    "a family": lambda: all_cycles(SymbolicMap(LOGISTIC, x, {r: np.array([3.0])}), 1),
    "no formula": lambda: all_cycles(TORCH, 1),
    "no formula, certified": lambda: certify_cycle(TORCH, [0.0]),
    "no formula, found": lambda: find_cycles(TORCH, 1, box=(0, 1), seed=0),
    "no box": lambda: find_cycles(FULL, 1, box=None, seed=0),
    "no starts": lambda: find_cycles(FULL, 1, box=(0, 1), seed=0, budget=0),
    "a seed below 0": lambda: find_cycles(FULL, 1, box=(0, 1), seed=-1),
    "found with period 0": lambda: find_cycles(FULL, 0, box=(0, 1), seed=0),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused(name):
    with pytest.raises((ValueError, TypeError), match="expected|needs|found an array|formula|does not have") as caught:
        BAD[name]()
    assert not isinstance(caught.value, NotCertified)
