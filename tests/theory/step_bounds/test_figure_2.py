"""Figure 2: the predicates on runs made up by hand, and a small version of the experiment itself."""

import json

import numpy as np
import pytest

from theory.evidence import RESULTS as FOLDER
from theory.step_bounds.figure_2 import (
    FEWEST_PAIRS,
    LARGER,
    RESULTS,
    SMALLER,
    like_the_figure,
    pairs,
    sometimes_very_different,
    usually_a_fixed_point_and_a_two_cycle,
    very_different,
)


def run(step, seen, unexplained=0.01, seed=0):
    return {"target": "sine", "seed": seed, "step": step, "seen": seen, "unexplained": unexplained}


def stored(*looks):
    """As many starts as needed, with these looks of the smaller and the larger step in turn."""
    runs = []
    for seed in range(FEWEST_PAIRS):
        small, large = looks[seed % len(looks)]
        runs += [run(SMALLER, small, seed=seed), run(LARGER, large, seed=seed)]
    return {"runs": runs}


FIGURE, BOTH_FIXED, SWAPPED = ("fixed", "two-cycle"), ("fixed", "fixed"), ("two-cycle", "fixed")


@pytest.mark.claim("nar-sastry:figure-2")
@pytest.mark.parametrize(
    ("looks", "agrees"),
    [
        ((FIGURE,), True),
        ((FIGURE, BOTH_FIXED), True),  # exactly half
        ((FIGURE, BOTH_FIXED, BOTH_FIXED), False),
        ((SWAPPED,), False),
        ((("fixed", "four-cycle"),), False),
        ((("fixed", "diverged"),), False),
        ((BOTH_FIXED,), False),
    ],
)
def test_figure_2_needs_half_of_the_pairs(looks, agrees):
    assert usually_a_fixed_point_and_a_two_cycle(stored(*looks)) is agrees


@pytest.mark.claim("nar-sastry:figure-2")
@pytest.mark.parametrize(("unexplained", "close"), [(0.1, True), (0.1001, False), (1.0, False), (None, False)])
def test_the_fixed_output_must_be_close_to_the_target(unexplained, close):
    assert like_the_figure((run(SMALLER, "fixed", unexplained), run(LARGER, "two-cycle"))) is close


@pytest.mark.claim("nar-sastry:text-small-changes")
@pytest.mark.parametrize(
    ("looks", "agrees"),
    [
        ((FIGURE,), True),
        ((FIGURE, *[BOTH_FIXED] * 19), True),  # exactly one in twenty
        ((FIGURE, *[BOTH_FIXED] * 24), False),
        ((SWAPPED,), True),
        ((BOTH_FIXED,), False),
        ((("two-cycle", "two-cycle"),), False),
        ((("fixed", "diverged"),), False),  # no solution at all
        ((("fixed", "four-cycle"),), True),
    ],
)
def test_a_small_change_needs_one_pair_in_twenty(looks, agrees):
    assert sometimes_very_different(stored(*looks)) is agrees


@pytest.mark.claim("nar-sastry:figure-2", "nar-sastry:text-small-changes")
def test_a_start_without_its_partner_and_too_few_starts_are_refused():
    with pytest.raises(ValueError, match=r"\('sine', 0\) was run with the steps \[0.0002\]"):
        pairs([run(SMALLER, "fixed")])
    with pytest.raises(ValueError, match="1 pairs: expected at least 100"):
        pairs([run(SMALLER, "fixed"), run(LARGER, "fixed")])


@pytest.mark.claim("nar-sastry:figure-2", "nar-sastry:text-small-changes")
def test_the_stored_runs_add_up_to_the_stored_counts():
    """Two routes: the experiment's own summary, and the runs counted again here."""
    data = json.loads((FOLDER / RESULTS).read_text(encoding="utf-8"))
    found = pairs(data["runs"])
    summary = data["pairs"]["all"]
    assert sum(summary.values()) == len(found)
    assert sum(like_the_figure(pair) for pair in found) == data["figure_2_fraction"]["close"]
    moving = {"two-cycle", "four-cycle", "other"}
    different = {f"fixed / {look}" for look in moving} | {f"{look} / fixed" for look in moving}
    apart = sum(count for looks, count in summary.items() if looks in different)
    assert sum(map(very_different, found)) == apart
    assert data["settings"]["step_sizes"] == [SMALLER, LARGER]


@pytest.mark.claim("nar-sastry:exp-setting")
def test_the_setting_is_the_papers():
    """N = 1000 points i/N, 20 hidden units, loss = sum of squares without 1/2, W, V, b standard normal, b shared."""
    from dynamics.experiments.relu_oscillation import GRID_SIZE, STEP_SIZES, UNITS, draw, target_values
    from dynamics.networks.relu_grid import GridReluMap

    assert (GRID_SIZE, UNITS, STEP_SIZES) == (1000, 20, (SMALLER, LARGER))
    start, bias, teacher = draw(7)
    assert (start.shape, bias.shape) == ((2 * UNITS,), (UNITS,))
    many = np.concatenate([np.concatenate(draw(seed)) for seed in range(200)])
    bound = 5 / np.sqrt(many.size)  # five standard errors of a mean of standard normals
    assert abs(many.mean()) < bound
    assert abs((many**2).mean() - 1) < bound * np.sqrt(2)  # the variance of a squared standard normal is 2
    targets = target_values("sine", bias, teacher)
    grid = np.arange(1, GRID_SIZE + 1) / GRID_SIZE

    def loss(point):
        hidden = np.maximum(np.outer(grid, point[UNITS:]) - bias, 0)
        return ((hidden @ point[:UNITS] - targets) ** 2).sum()

    rows = GridReluMap(targets, np.tile(bias, (2, 1)), np.array(STEP_SIZES))
    stepped = rows.advance(np.tile(start, (2, 1)), 1)
    nudge = 1e-6
    slopes = np.array([(loss(start + nudge * e) - loss(start - nudge * e)) / (2 * nudge) for e in np.eye(2 * UNITS)])
    # central differences of a sum of 1000 squares of size 10: rounding 1e5 eps / 1e-6, far below the slopes of size 1e3
    rounding = 1e5 * np.finfo(float).eps / nudge
    # a grid point whose unit switches within the nudge changes a slope by at most nudge times its size
    for row, step in enumerate(STEP_SIZES):
        np.testing.assert_allclose((start - stepped[row]) / step, slopes, rtol=1e-4, atol=10 * rounding)


@pytest.mark.claim("nar-sastry:exp-setting", "nar-sastry:figure-2")
def test_a_small_version_of_the_experiment_runs():
    from dynamics.experiments.relu_oscillation import run_seed

    records = run_seed(0, ["teacher"], 2000)
    assert [r["step"] for r in records] == [SMALLER, LARGER]
    assert {r["seen"] for r in records} <= {"fixed", "two-cycle", "four-cycle", "other", "diverged"}
