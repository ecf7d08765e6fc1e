"""Orbit diagrams of maps with known bifurcations: thresholds, windows, coexisting attractors, escape; bad input."""

import json
import math

import numpy as np
import pytest
from sympy import Rational

from dynamics import GradientMap, SymbolicMap, bifurcation_diagram, classify, heavy_ball
from tests.dynamics.known_maps import ACCUMULATION, DOUBLE_WELL, F2, FEIGENBAUM, HENON, LOGISTIC, TENT, a, b, r, x, y

# Near a threshold the multiplier m leaves modulus 1 linearly: |m| = 1 -+ c gap. With gap 0.005 and c >= 1 an orbit closes in by
# at least exp(-0.005) a step, so after TRANSIENT steps it is within exp(-100) of where it goes.
GAP, TRANSIENT = 0.005, 20_000

# family, box of the starts, {parameter value: periods that the starts may reach}
LOGISTIC_FAMILY = SymbolicMap(LOGISTIC, x, {r: 1})
FAMILIES = {
    "logistic": (
        lambda v: LOGISTIC_FAMILY.with_values({r: v}),
        (0.1, 0.9),
        {
            3 - GAP: {1},
            3 + GAP: {2},
            1 + math.sqrt(6) - GAP: {2},
            1 + math.sqrt(6) + GAP: {4},
            3.5441 - 0.001: {4},  # the third doubling: 3.5440903...
            3.5441 + 0.001: {8},
            1 + math.sqrt(8) - GAP: {0},  # chaos below the window of period 3, which opens at 1 + sqrt 8
            1 + math.sqrt(8) + GAP: {3},
            4.0: {0},
        },
    ),
    # minima at -1 and 1 with curvature 2: two-cycles are born at step 1 exactly; they double when 9 - 2 (1 + step)^2 = -1
    "double well": (
        lambda v: GradientMap(DOUBLE_WELL, x, v),
        (-1.2, 1.2),
        {1 - GAP: {1}, 1 + GAP: {2}, math.sqrt(5) - 1 - GAP: {2}, math.sqrt(5) - 1 + GAP: {4}},
    ),
    # minima at 1 and 2 with curvatures 4 and 10: thresholds 1/2 and 1/5
    "f2": (lambda v: GradientMap(F2, x, v), (0.8, 2.05), {0.2 - 0.002: {1}, 0.2 + 0.002: {1, 2}}),
    "tent": (lambda v: SymbolicMap(TENT, x, {r: v}), (0.1, 0.9), {0.9: {1}, 1.9: {0}}),
    # the fixed point loses its stability at a = 3/4 (1 - b)^2
    "Henon": (
        lambda v: SymbolicMap(HENON, (x, y), {a: v, b: Rational(3, 10)}),
        ((-0.1, -0.1), (0.1, 0.1)),
        {0.3675 - GAP: {1}, 0.3675 + GAP: {2}, 1.4: {0}},
    ),
}


@pytest.mark.claim("nar-sastry:example-2-stability")
@pytest.mark.parametrize("name", FAMILIES)
def test_periods_on_both_sides_of_known_thresholds(name):
    family, box, expected = FAMILIES[name]
    diagram = bifurcation_diagram(family(np.array(list(expected))), 6, box=box, seed=0, transient=TRANSIENT, keep=48)
    assert not diagram.diverged.any()
    assert [set(row.tolist()) for row in diagram.periods] == list(expected.values())


def superstable(k):
    """The parameter at which 1/2 has period 2^k under the logistic map, by Newton from an extrapolated guess."""
    rates = [2.0, 1 + math.sqrt(5)]
    for j in range(2, k + 1):
        rate = rates[-1] + (rates[-1] - rates[-2]) / FEIGENBAUM
        for _ in range(60):
            point, slope = 0.5, 0.0
            for _ in range(2**j):
                point, slope = rate * point * (1 - point), point * (1 - point) + rate * (1 - 2 * point) * slope
            rate -= (point - 0.5) / slope
        rates.append(rate)
    return rates


def test_superstable_cycles_and_the_accumulation_point():
    rates = superstable(5)
    diagram = bifurcation_diagram(LOGISTIC_FAMILY.with_values({r: np.array(rates)}), np.array([0.3]), keep=96)
    assert diagram.periods[:, 0].tolist() == [1, 2, 4, 8, 16, 32]
    for i in range(1, len(rates)):  # rounding of the rate, 4e-16, moves a point of the cycle by its slope in the rate, below 1e5
        assert np.abs(diagram.points[i, 0, :, 0] - 0.5).min() <= 1e-10
    # differences shrink by Feigenbaum's constant up to a relative 4.67^-4, the last one is 1e-3
    limit = rates[-1] + (rates[-1] - rates[-2]) / (FEIGENBAUM - 1)
    assert limit == pytest.approx(ACCUMULATION, abs=(rates[-1] - rates[-2]) * FEIGENBAUM**-4)
    above = bifurcation_diagram(LOGISTIC_FAMILY.with_values({r: np.array([ACCUMULATION + 5e-3])}), np.array([0.3]), keep=96)
    assert above.periods[0, 0] == 0


def test_several_starts_find_coexisting_attractors():
    wells = bifurcation_diagram(GradientMap(DOUBLE_WELL, x, np.array([0.5, 1.1])), 16, box=(-1.2, 1.2), seed=1)
    assert wells.attractors.tolist() == [2, 2]  # both minima; a two-cycle around each
    assert bifurcation_diagram(GradientMap(DOUBLE_WELL, x, np.array([0.5])), np.array([0.7])).attractors.tolist() == [1]
    chaotic = bifurcation_diagram(SymbolicMap(TENT, x, {r: np.array([1.9])}), 8, box=(0.1, 0.9), seed=0)
    assert chaotic.attractors.tolist() == [1]


def test_escape_is_told_from_chaos():
    diagram = bifurcation_diagram(GradientMap(F2, x, np.array([0.3])), np.array([2.01, 3.0]))
    assert diagram.diverged.tolist() == [[False, True]]
    assert np.isnan(diagram.points[0, 1]).all() and np.isfinite(diagram.points[0, 0]).all()


@pytest.mark.parametrize("start", [0.3, -0.8])
def test_the_diagram_agrees_with_classify(start):
    steps = np.arange(0.25, 1.2, 0.1)  # off the threshold 1, where the multiplier is -1
    diagram = bifurcation_diagram(GradientMap(DOUBLE_WELL, x, steps), np.array([start]), transient=TRANSIENT, keep=48)
    outcomes = classify(GradientMap(DOUBLE_WELL, x, steps), np.full(len(steps), start))
    assert diagram.periods[:, 0].tolist() == [o.period or 0 for o in outcomes]


def test_every_start_meets_every_value():
    starts = np.array([0.1, 0.2, 0.3])
    diagram = bifurcation_diagram(LOGISTIC_FAMILY.with_values({r: np.array([2.0, 3.0])}), starts, transient=0, keep=2)
    assert diagram.points[:, :, 0, 0].tolist() == [starts.tolist()] * 2
    # one product more or less, fused or not: a few roundings of a number below 1
    assert diagram.points[:, :, 1, 0] == pytest.approx(np.outer([2.0, 3.0], starts * (1 - starts)), abs=1e-15)


def test_more_variables_and_a_second_run_from_its_seed():
    family = heavy_ball(DOUBLE_WELL, x, np.array([0.5, 1.7]), 0.5)
    one, two = (bifurcation_diagram(family, 5, box=((-1, 0), (1, 0.1)), seed=3, keep=8) for _ in range(2))
    assert one.points.shape == (2, 5, 8, 2)
    assert np.array_equal(one.points, two.points, equal_nan=True) and one.seed == 3


def test_json_and_plot():
    diagram = bifurcation_diagram(GradientMap(F2, x, np.array([0.1, 0.3])), np.array([1.1, 3.0]), keep=3)
    stored = json.loads(diagram.to_json())
    assert stored["kind"] == "BifurcationDiagram" and stored["parameter"] == "delta" and stored["transient"] == 1000
    assert np.shape(stored["points"]) == (2, 2, 3, 1) and stored["points"][1][1] == [[None]] * 3
    assert stored["environment"]["dtype"] == "float64" and "numba" in stored["environment"]
    axes = diagram.plot()
    assert axes.get_xlabel() == "delta" and len(axes.lines[0].get_xdata()) == 2 * 2 * 3
    assert diagram.plot(axes) is axes
    with pytest.raises(ValueError, match="coordinate = 1"):
        diagram.plot(coordinate=1)


def run(family=None, starts=4, **options):
    return bifurcation_diagram(
        GradientMap(F2, x, np.array([0.1])) if family is None else family, starts, **{"box": (0.0, 1.0), "seed": 0} | options
    )


BAD = {
    "no map": (lambda: run(lambda z: z), TypeError, "expected a SymbolicMap"),
    "two arrays": (lambda: run(SymbolicMap(a * x + b, x, {a: np.ones(2), b: np.ones(2)})), ValueError, "expected one array"),
    "a table of values": (lambda: run(GradientMap(F2, x, np.ones((2, 2)))), ValueError, "of one dimension"),
    "no starts": (lambda: run(starts=0), ValueError, "expected a positive number"),
    "no box": (lambda: run(box=None), ValueError, "a box to draw from"),
    "no seed": (lambda: run(seed=None), ValueError, "and a seed"),
    "box reversed": (lambda: run(box=(1.0, 0.0)), ValueError, "low below high"),
    "box nan": (lambda: run(box=(0.0, math.nan)), ValueError, "low below high"),
    "box of a plane": (lambda: run(box=((0, 0), (1, 1))), ValueError, "each a number or 1 coordinates"),
    "starts and a seed": (lambda: run(starts=np.ones(2), box=None), ValueError, "expected neither"),
    "starts nan": (lambda: run(starts=np.array([np.nan]), box=None, seed=None), ValueError, "NaN or infinity"),
    "starts float32": (lambda: run(starts=np.ones(2, np.float32), box=None, seed=None), TypeError, "float64"),
    "starts empty": (lambda: run(starts=np.array([]), box=None, seed=None), ValueError, "empty"),
    "starts of wrong shape": (lambda: run(starts=np.ones((2, 2)), box=None, seed=None), ValueError, "expected (starts,)"),
    "transient negative": (lambda: run(transient=-1), ValueError, ">= 0"),
    "keep zero": (lambda: run(keep=0), ValueError, "keep = 0"),
    "another device": (lambda: run(device="meta"), ValueError, "expected 'cpu'"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_clear_line(case):
    call, error, words = BAD[case]
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
