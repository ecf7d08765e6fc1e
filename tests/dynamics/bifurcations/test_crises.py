"""Invariant and absorbing intervals and crises: closed forms worked out by hand, simulation on both sides, refusals by name."""

import json

import numpy as np
import pytest
import sympy as sp
import torch
from sympy import Abs, Rational, sqrt

from dynamics import (
    CrisisKind,
    GradientMap,
    NotCertified,
    SymbolicMap,
    TorchMap,
    absorbing_intervals,
    crises,
    heavy_ball,
    invariant_interval,
    sign_descent,
)
from dynamics.bifurcations._markov import MarkovGraph
from dynamics.bifurcations.crises import _beyond
from tests.dynamics.known_maps import DOUBLE_WELL, DOUBLING, LOGISTIC, NEWTON, TENT, r, x

R = Rational
FAMILY = SymbolicMap(LOGISTIC, x, {r: 4})
WELL = GradientMap(DOUBLE_WELL, x, 1)
BOUNDARY, INTERIOR, ATTRACTOR_MERGING, BAND_MERGING, UNCLASSIFIED = CrisisKind


def logistic(rate):
    return SymbolicMap(LOGISTIC, x, {r: rate})


# Logistic map: c = 1/2, F(c) = r/4, F^2(c) = r^2 (4 - r) / 16. F^2(c) = 0 at r = 4. F^3(c) = 1 - 1/r, the equilibrium, where the one
# preimage of it that is not itself, 1/r, is F^2(c): r^3 (4 - r) = 16, that is (r - 2)(r^3 - 2 r^2 - 4 r - 8) = 0.
# Double well, F = (1 + s) x - s x^3: c = sqrt((1 + s) / 3 s), F(c) = 2/3 (1 + s) c. It hits the zero sqrt((1 + s) / s) of F where
# 2 (1 + s) = 3 sqrt 3, and the outer two-cycle at sqrt(1 + 2 / s) where 4 (1 + s)^3 = 27 (s + 2), that is s = 2.
EXACT = {
    "logistic, equilibria": (FAMILY, 1, 3, (3, 5), [(sp.Poly(r**3 - 2 * r**2 - 4 * r - 8), BAND_MERGING), (4, BOUNDARY)]),
    "double well, equilibria": (WELL, 1, 2, None, [(3 * sqrt(3) / 2 - 1, ATTRACTOR_MERGING)]),
    "double well, two-cycles": (WELL, 2, 2, None, [(2, BOUNDARY)]),
}


@pytest.mark.parametrize("name", EXACT)
def test_crises_by_hand(name):
    family, period, landing, within, expected = EXACT[name]
    found = crises(family, period=period, landing=landing, within=within).found
    assert [c.kind for c in found] == [kind for _, kind in expected]
    for crisis, (value, _) in zip(found, expected, strict=True):
        if isinstance(value, sp.Poly):
            polynomial = value.as_expr()
            assert abs(polynomial.subs(r, sp.N(crisis.value, 60))) < 1e-50
        else:
            assert sp.simplify(crisis.value - value) == 0
        assert crisis.multiplier.abs_lower() > 1 and len(crisis.points) == period


def test_the_end_of_the_window_of_period_three():
    """The bands of the window touch the cycle that was born with it."""
    (crisis,) = crises(FAMILY, period=3, landing=4, within=(R(19, 5), 4)).found
    assert (crisis.kind, crisis.landing) == (INTERIOR, 4)
    # second route: the orbit in 40 digits; it loses log10 4 a step
    orbit, rate = [sp.Float("0.5", 40)], sp.N(crisis.value, 40)
    for _ in range(7):
        orbit.append(rate * orbit[-1] * (1 - orbit[-1]))
    assert abs(orbit[4] - orbit[7]) < 1e-33 and abs(orbit[4] - orbit[5]) > 0.1
    assert float(rate) == pytest.approx(3.8568006524777, abs=1e-12)


@pytest.mark.parametrize(
    ("family", "value", "grows"),
    [
        (FAMILY, 3.8568006524777, 0.3),  # three bands fill the core
        (WELL, 3 * 3**0.5 / 2 - 1, 1.0),  # orbits begin to change sides
    ],
    ids=["interior", "attractor merging"],
)
def test_attractors_grow_at_their_crisis(family, value, grows):
    """The length that late orbits fill, in bins of 3/400, from starts near the turning point."""

    def filled(at):
        near = np.linspace(0.495, 0.505, 200) if family is FAMILY else np.linspace(0.7, 0.8, 200)
        orbits = family.with_values({next(iter(family.values)): at}).orbit(near, 1000)[500:]
        return np.count_nonzero(np.histogram(orbits, bins=400, range=(-1.5, 1.5))[0]) * 3 / 400

    assert filled(value + 1e-3) > filled(value - 1e-3) + grows


def test_after_the_boundary_crisis_orbits_escape():
    before, after = (WELL.with_step_size(s).advance(np.linspace(-1, 1, 101), 3000) for s in (1.99, 2.01))
    assert np.abs(before).max() < 1.5 and not np.isfinite(after).all()


def test_a_turning_point_that_does_not_land_leaves_the_kind_open():
    quartic = SymbolicMap(r * x - x**3 / 3 + x**2 / 5, x, {r: 1})
    found = crises(quartic, landing=2, within=(1, 3)).found
    assert found and {c.kind for c in found} == {UNCLASSIFIED}


def test_results_are_drawn_and_stored():
    found = crises(FAMILY, within=(3, 5))
    stored = json.loads(found.to_json())
    assert [c["kind"] for c in stored["crises"]] == ["band merging", "boundary"] and stored["within"] == ["3", "5"]
    assert len(found.plot().get_lines()) == 4
    leaving = invariant_interval(logistic(5), 0, 1)
    assert json.loads(leaving.to_json())["leaves"] == "1/2" and len(leaving.plot().get_lines()) == 3
    (core,) = absorbing_intervals(logistic(R(7, 2)))
    stored = json.loads(core.to_json())
    assert (stored["low"], stored["high"], stored["ends"]) == (49 / 128, 7 / 8, [["1/2", 2], ["1/2", 1]])  # F^2(1/2), F(1/2)
    assert core.plot().get_xlim()[0] < 49 / 128


def test_markov_graphs():
    """The golden mean's, the tent's, and the logistic map's where two bands meet: F^2(c) < c < equilibrium < F(c)."""
    golden = MarkovGraph.build([1, 2, 0], -1, -1)
    assert golden.attractor(1) == {1, 2} and set(golden.bands(frozenset({1, 2})).values()) == {0}
    tent = MarkovGraph.build([0, 2, 0], -1, -1)
    assert tent.attractor(1) == {1, 2} and tent.attractor(0) == frozenset() and tent.reach(0) == {0}
    swap = MarkovGraph.build([2, 3, 2, 0], -1, -1)
    bands = swap.bands(swap.attractor(1))
    assert bands[1] == bands[2] != bands[3] and len(bands) == 3


def test_what_becomes_of_orbits_beyond_the_cycle():
    """Interval 1 is the attractor, 2 lies beyond: it comes back, or part of it escapes."""
    for onward, kind in ((range(1, 2), INTERIOR), (range(0, 2), BOUNDARY), (range(3, 4), BOUNDARY)):
        graph = MarkovGraph((range(0, 1), range(1, 2), onward, range(3, 4)))
        assert _beyond(graph, frozenset({1}), 2) == kind


INTERVALS = {
    "logistic at 4": (logistic(4), 0, 1, True),
    "logistic above 4": (logistic(R(401, 100)), 0, 1, False),
    "core of the logistic map": (logistic(R(39, 10)), R(39**2, 4000) * R(1, 40) * 10, R(39, 40), True),
    "tent": (SymbolicMap(TENT, x, {r: 2}), 0, 1, True),
    "tent, too high": (SymbolicMap(TENT, x, {r: R(201, 100)}), 0, 1, False),
    "doubling": (SymbolicMap(DOUBLING, x), 0, 1, True),
    "doubling, cut off": (SymbolicMap(DOUBLING, x), 0, R(9, 10), False),
    "double well": (WELL.with_step_size(R(3, 2)), R(-3, 2), R(3, 2), True),
    "double well, wider": (WELL.with_step_size(R(3, 2)), -2, 2, False),
    "hyperbolic tangent": (SymbolicMap(-2 * sp.tanh(x), x), -2, 2, True),
    "sine, too narrow": (SymbolicMap(3 * sp.sin(x), x), R(-14, 5), R(14, 5), False),
    "Newton's map": (SymbolicMap(NEWTON, x), 1, 2, False),
    "sign descent": (sign_descent(x**2, x, R(1, 2)), R(-1, 2), R(1, 2), True),
    "a point jumps out": (SymbolicMap(sp.Piecewise((2, sp.Eq(x, R(1, 2))), (x, True)), x), 0, 1, False),
}


@pytest.mark.parametrize("name", INTERVALS)
def test_invariant_intervals(name):
    symbolic_map, low, high, invariant = INTERVALS[name]
    found = invariant_interval(symbolic_map, low, high)
    assert found.invariant == invariant
    if invariant:  # second route: a thousand points; 1e-14 is 40 roundings of numbers below 2
        image = symbolic_map.step(np.linspace(float(low), float(high), 1001))
        assert image.min() >= float(low) - 1e-14 and image.max() <= float(high) + 1e-14
    else:
        assert low <= found.leaves <= high and (found.image < low or found.image > high)
        assert found.image == symbolic_map.step(found.leaves)


# ends as (turning point's side, steps), by hand: F(c) and F^2(c) bound the core; above 3 sqrt 3 / 2 - 1 the wells have one
ABSORBING = {
    "logistic, chaotic": (logistic(R(39, 10)), [(2, 1)]),
    "logistic, at 4": (logistic(4), [(2, 1)]),
    "logistic, a stable focus": (logistic(R(5, 2)), [(2, 1)]),
    "logistic, superstable": (logistic(2), [(1, 1)]),
    "an inflection is no turning point": (SymbolicMap(x**3 / 2, x), []),
    "double well, two": (WELL.with_step_size(R(3, 2)), [(1, 2), (2, 1)]),
    "double well, merged": (WELL.with_step_size(R(17, 10)), [(1, 1)]),
}


@pytest.mark.parametrize("name", ABSORBING)
def test_absorbing_intervals(name):
    symbolic_map, expected = ABSORBING[name]
    found = absorbing_intervals(symbolic_map)
    assert [tuple(k for _, k in interval.ends) for interval in found] == expected
    for interval in found:
        orbit = symbolic_map.orbit(float(interval.critical[0]), 500)[1:]
        low, high = float(interval.low), float(interval.high)
        assert orbit.min() >= low - 1e-12 and orbit.max() <= high + 1e-12  # contracted or inside: rounding does not add up
        for (c, k), end in zip(interval.ends, (low, high), strict=True):
            assert float(symbolic_map.orbit(c, k)[-1]) == pytest.approx(end, abs=1e-14)


UNPROVED = {
    "an orbit that escapes": lambda: absorbing_intervals(logistic(R(9, 2))),
    "an orbit that creeps": lambda: absorbing_intervals(logistic(R(3, 2))),
    "no polynomial": lambda: absorbing_intervals(SymbolicMap(sp.sin(x), x)),
    "sine touches its height": lambda: invariant_interval(SymbolicMap(3 * sp.sin(x), x), -3, 3),
    "irrational ends, touched": lambda: invariant_interval(WELL.with_step_size(2), -sqrt(2), sqrt(2)),
    "a slope without bound": lambda: invariant_interval(GradientMap(R(2, 3) * Abs(x) ** R(3, 2), x, 1), -1, 1),
    "crises of no polynomial": lambda: crises(SymbolicMap(r * sp.sin(x), x, {r: 1})),
}
TORCH = TorchMap(lambda w: w.square().sum(), torch.zeros(1, dtype=torch.float64), 0.1)
BALL = heavy_ball(x**2, x, 1, R(1, 2))
BAD = {
    "ends reversed": lambda: invariant_interval(logistic(4), 1, 0),
    "an end that is NaN": lambda: invariant_interval(logistic(4), 0, float("nan")),
    "two variables": lambda: invariant_interval(BALL, 0, 1),
    "two variables, absorbing": lambda: absorbing_intervals(BALL),
    "no formula": lambda: invariant_interval(TORCH, 0, 1),
    "no formula, absorbing": lambda: absorbing_intervals(TORCH),
    "no formula, crises": lambda: crises(TORCH),
    "an array of values": lambda: invariant_interval(logistic(np.array([1.0])), 0, 1),
    "period 0": lambda: crises(FAMILY, period=0),
    "landing at once": lambda: crises(FAMILY, landing=0),
    "interval reversed": lambda: crises(FAMILY, within=(4, 3)),
    "few bits": lambda: crises(FAMILY, precision=10),
}


@pytest.mark.parametrize("name", UNPROVED)
def test_what_is_not_proved_is_said(name):
    with pytest.raises(NotCertified, match="undecided|images close|polynomial"):
        UNPROVED[name]()


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused(name):
    with pytest.raises((ValueError, TypeError), match="expected|needs|found an array") as caught:
        BAD[name]()
    assert not isinstance(caught.value, NotCertified)
