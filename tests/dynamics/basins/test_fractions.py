"""Basins by sampling against exact boundaries, certified basins and a second simulation; classes; bad input."""

import json
import math

import numpy as np
import pytest
import sympy as sp
import torch
from sympy import Rational

from dynamics import BasinClass, DeepLinearMap, GradientMap, Outcome, OutcomeKind, SymbolicMap, basin_fractions, basin_grid, certify_basin
from dynamics._results import wilson
from dynamics.basins._classes import assign, colours
from tests.dynamics.known_maps import DOUBLE_WELL, F2, LOGISTIC, r, x, y

R = Rational
SLOW_WELL, F2_MAP = GradientMap(DOUBLE_WELL, x, R(1, 10)), GradientMap(F2, x, R(3, 10))
# 0.3 steps of f2: below that the multiplier of 1 is 1 - 1.2, so a few hundred steps settle every orbit that settles
BUDGET = {"max_steps": 1000}


def shares(found):
    return {k.name: share for k, share in zip(found.classes, found.fractions, strict=True)}


def test_the_double_well_is_halved_at_zero():
    # step below 1/2: the map is increasing on [-1, 1], so the sign of the start decides
    found = basin_fractions(SLOW_WELL, 100, box=(-1, 1), seed=(0, 1, 2))
    assert sorted(shares(found)) == ["equilibrium (-1)", "equilibrium (1)"]
    ends = np.array([k.points[0, 0] for k in found.classes])[found.labels]
    assert np.allclose(ends, np.sign(found.starts[..., 0]), atol=1e-8)  # classify's tolerance is 1e-9
    assert all(low < 0.5 < high for low, high in found.intervals)
    assert found.counts.sum(axis=1).tolist() == [100] * 3 and found.counts.sum() == 300
    assert found.unseen == pytest.approx(1 - 0.05 ** (1 / 300))


def test_the_grid_of_the_double_well_changes_at_zero():
    axis = np.linspace(-1, 1, 21)
    found = basin_grid(SLOW_WELL, [axis])
    ends = np.array([k.points[0, 0] for k in found.classes])[found.labels]
    assert np.allclose(ends, np.sign(axis), atol=1e-8)
    assert [k.name for k in found.classes if k.multiplier > 1] == ["unstable equilibrium (0)"]


@pytest.mark.claim("nar-sastry:example-2-conditional")
def test_example_2_agrees_with_its_certified_basin_and_with_plain_iteration():
    low, high = R(9, 10), R(11, 10)
    basin = certify_basin(F2_MAP, low, high)
    inside = basin_fractions(F2_MAP, 100, box=(float(low), float(high)), seed=0, **BUDGET)
    assert shares(inside) == {"equilibrium (1)": 1.0} and basin.attractor.points[0][0].contains(1)
    found = basin_fractions(F2_MAP, 200, box=(0.5, 2.3), seed=(3, 4), **BUDGET)
    assert set(shares(found)) == {"equilibrium (1)", "bounded", "diverged"}
    # the second route: what plain float64 iteration does with the same starts
    z = found.starts[..., 0].copy()
    for _ in range(3000):
        with np.errstate(all="ignore"):
            z = z - 0.3 * (2 * z * (z - 1) ** 2 * (z - 2) ** 2 + (z**2 + 1) * 2 * (z - 1) * (z - 2) * (2 * z - 3))
    assert shares(found)["equilibrium (1)"] == np.mean(np.abs(z - 1) < 1e-9)
    assert shares(found)["diverged"] == np.mean(~np.isfinite(z))


def test_several_seeds_meet_both_two_cycles():
    found = basin_fractions(GradientMap(DOUBLE_WELL, x, R(11, 10)), 40, box=(-1.2, 1.2), seed=(0, 1), **BUDGET)
    assert [(k.kind, k.period) for k in found.classes] == [(OutcomeKind.CYCLE, 2)] * 2
    small, big = ((math.sqrt(1 + 3 / 1.1) - s * math.sqrt(1 - 1 / 1.1)) / 2 for s in (1, -1))
    assert sorted(k.points[:, 0].tolist() for k in found.classes) == [
        pytest.approx([-big, -small], abs=1e-8),
        pytest.approx([small, big], abs=1e-8),
    ]
    one_side = basin_fractions(SLOW_WELL, 5, box=(0.5, 1.2), seed=0)
    assert len(one_side.classes) == 1 and one_side.unseen == pytest.approx(1 - 0.05**0.2)


def test_a_plane_and_a_slice():
    bowl = GradientMap(DOUBLE_WELL + DOUBLE_WELL.subs(x, y), (x, y), R(1, 10))
    axes = [np.array([-1.2, -0.4, 0.3]), np.array([-0.7, 0.5])]
    found = basin_grid(bowl, axes)
    ends = np.array([k.points[0] for k in found.classes])[found.labels]
    assert found.labels.shape == (3, 2) and np.allclose(ends, np.sign(np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)), atol=1e-8)
    held = basin_grid(bowl, [axes[0], 0.5])
    assert held.labels.shape == (3, 1) and [k.points[0, 1] for k in held.classes] == pytest.approx([1, 1], abs=1e-8)


def test_a_continuum_of_minima_is_one_class():
    two_weights = GradientMap((x * y - 1) ** 2 / 2, (x, y), R(1, 10))
    found = basin_fractions(two_weights, 40, box=((0.5, 0.5), (1.5, 1.5)), seed=0)
    (minima,) = found.classes
    assert minima.neutral and minima.name == "neutral equilibria" and minima.points.shape == (2, 2)


def test_a_network_has_the_basins_of_its_formula():
    network = DeepLinearMap(torch.ones(1, 1, dtype=torch.float64), [1, 1, 1], 0.9)
    formula = GradientMap((x * y - 1) ** 2 / 2, (x, y), 0.9)
    one, two = (basin_fractions(m, 40, box=(-2.5, 2.5), seed=0, **BUDGET) for m in (network, formula))
    assert one.counts.tolist() == two.counts.tolist() and len(one.classes) >= 2
    assert [k.kind for k in one.classes] == [k.kind for k in two.classes] and one.map == "DeepLinearMap"


def test_any_symbolic_map():
    logistic = basin_fractions(SymbolicMap(LOGISTIC, x, {r: R(7, 2)}), 30, box=(0.1, 0.9), seed=0)
    assert [k.period for k in logistic.classes] == [4] and logistic.counts.tolist() == [[30]]
    assert logistic.map == "x -> r*x*(1 - x), r = 7/2"


def test_a_seed_repeats_its_starts_and_seeds_are_independent():
    one, two = (basin_fractions(SLOW_WELL, 20, box=(-1, 1), seed=s) for s in (5, (4, 5)))
    assert np.array_equal(one.starts[0], two.starts[1]) and not np.array_equal(two.starts[0], two.starts[1])
    assert one.seed == (5,) and two.seed == (4, 5)


def ended(kind, points, period=None, multiplier=math.nan):
    return Outcome(kind, "a test", period=period, multiplier=multiplier, points=np.array(points, dtype=float))


def test_classes():
    outcomes = [
        ended(OutcomeKind.CYCLE, [[1.0], [2.0]], 2, 0.5),
        ended(OutcomeKind.CYCLE, [[2.0], [1.0 + 1e-9]], 2, 0.5),  # the same cycle, met at its other point
        ended(OutcomeKind.CYCLE, [[1.0], [2.1]], 2, 0.5),
        ended(OutcomeKind.CONVERGED, [[1.0]], 1, 0.5),
        ended(OutcomeKind.DIVERGED, np.empty((0, 1))),
        ended(OutcomeKind.UNDECIDED, [[1.0]]),
        ended(OutcomeKind.BOUNDED, [[0.0], [1.0]]),
        ended(OutcomeKind.BOUNDED, [[2.0], [3.0]]),
        ended(OutcomeKind.BOUNDED, [[0.5], [2.5]]),  # it joins the two before
        ended(OutcomeKind.BOUNDED, [[5.0], [6.0]]),
    ]
    classes, labels = assign(outcomes)
    assert labels.tolist() == [1, 1, 2, 3, 5, 6, 0, 0, 0, 4]
    assert classes[0].points.tolist() == [[0.0], [3.0]] and classes[1].points.tolist() == [[1.0], [2.0]]
    assert [k.name for k in classes] == [
        "bounded",
        "2-cycle through (1)",
        "2-cycle through (1)",
        "equilibrium (1)",
        "bounded",
        "diverged",
        "undecided",
    ]
    assert colours(classes)[5:] == ["#ffffff", "#bbbbbb"] and len(set(colours(classes))) == 7


def test_equal_coordinates_do_not_split_a_cycle():
    # the least point is a tie in the first coordinate, which rounding breaks differently
    one = [[0.0, 1.0], [0.0, -1.0]]
    two = [[-1e-12, 1.0], [0.0, -1.0]]
    assert len(assign([ended(OutcomeKind.CYCLE, p, 2, 0.5) for p in (one, two)])[0]) == 1


def test_wilson_covers():
    # 400 draws of 50 from a fair coin: the true share lies in the interval in 95 % of them, give or take 4 standard errors of 1.1 %
    hits = np.random.default_rng(0).binomial(50, 0.5, 400)
    covered = np.mean([low <= 0.5 <= high for low, high in (wilson(int(k), 50) for k in hits)])
    assert abs(covered - 0.95) < 0.044


def test_json_and_plots():
    found = basin_fractions(F2_MAP, 20, box=(0.5, 2.3), seed=(0, 1), **BUDGET)
    stored = json.loads(found.to_json())
    assert stored["kind"] == "BasinFractions" and stored["seed"] == [0, 1] and stored["max_steps"] == 1000
    assert stored["classes"][0]["kind"] == "converged" and stored["classes"][1]["multiplier"] is None
    assert stored["environment"]["dtype"] == "float64" and np.shape(stored["starts"]) == (2, 20, 1)
    axes = found.plot()
    assert [label.get_text() for label in axes.get_yticklabels()] == [k.name for k in found.classes] and found.plot(axes) is axes
    line = basin_grid(F2_MAP, [np.linspace(0.5, 2.3, 9)], **BUDGET)
    assert json.loads(line.to_json())["labels"] == line.labels.tolist()
    assert line.plot().get_legend() is not None
    bowl = GradientMap(DOUBLE_WELL + DOUBLE_WELL.subs(x, y), (x, y), R(1, 10))
    plane = basin_grid(bowl, [np.array([-0.5, 0.5])] * 2)
    assert plane.plot().get_ylabel() == "start, coordinate 1"
    with pytest.raises(ValueError, match="0 coordinates vary"):
        basin_grid(bowl, [0.5, 0.5]).plot()


def fractions(gradient_map=SLOW_WELL, starts=3, **options):
    return basin_fractions(gradient_map, starts, **{"box": (-1, 1), "seed": 0} | options)


NET32, NETS = (
    DeepLinearMap(torch.ones(1, 1, dtype=d), [1, 1], s) for d, s in ((torch.float32, 0.1), (torch.float64, torch.ones(2).double()))
)
FAMILY = GradientMap(DOUBLE_WELL, x, np.array([0.1, 0.2]))
BAD = {
    "no map": (lambda: fractions(sp.cos), TypeError, "expected a SymbolicMap"),
    "a family": (lambda: fractions(FAMILY), ValueError, "give a single number"),
    "networks of two steps": (lambda: fractions(NETS), ValueError, "2 step sizes"),
    "a network in float32": (lambda: fractions(NET32), TypeError, "float64"),
    "no starts": (lambda: fractions(starts=0), ValueError, "expected a positive number"),
    "starts given": (lambda: fractions(starts=np.ones(3)), ValueError, "expected a positive number"),
    "no seed": (lambda: fractions(seed=None), ValueError, "expected an integer"),
    "seed twice": (lambda: fractions(seed=(1, 1)), ValueError, "different ones"),
    "seed negative": (lambda: fractions(seed=-1), ValueError, "0 or more"),
    "seeds empty": (lambda: fractions(seed=()), ValueError, "expected an integer"),
    "box reversed": (lambda: fractions(box=(1, -1)), ValueError, "low below high"),
    "box nan": (lambda: fractions(box=(0, math.nan)), ValueError, "low below high"),
    "box of a plane": (lambda: fractions(box=((0, 0), (1, 1))), ValueError, "each a number or 1 coordinates"),
    "budget": (lambda: fractions(max_steps=5), ValueError, "max_steps"),
    "grid of a family": (lambda: basin_grid(FAMILY, [np.ones(1)]), ValueError, "give a single number"),
    "grid too short": (lambda: basin_grid(SLOW_WELL, []), ValueError, "a sequence of 1 axes"),
    "grid a number": (lambda: basin_grid(SLOW_WELL, 3), ValueError, "a sequence of 1 axes"),
    "axis float32": (lambda: basin_grid(SLOW_WELL, [np.ones(1, np.float32)]), TypeError, "float64"),
    "axis unordered": (lambda: basin_grid(SLOW_WELL, [np.array([1.0, 0.0])]), ValueError, "increasing"),
    "axis nan": (lambda: basin_grid(SLOW_WELL, [math.nan]), ValueError, "finite"),
    "axis text": (lambda: basin_grid(SLOW_WELL, ["a"]), ValueError, "expected a number or an increasing"),
    "axis empty": (lambda: basin_grid(SLOW_WELL, [np.array([])]), ValueError, "increasing"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_clear_line(case):
    call, error, words = BAD[case]
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_results_are_frozen():
    with pytest.raises(AttributeError):
        BasinClass(OutcomeKind.BOUNDED, None, np.empty((0, 0)), math.nan).period = 3
