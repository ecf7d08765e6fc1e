"""The predicates on measured lines: made-up runs for which each is true and false, and what is missing."""

import copy

import pytest

from theory.line_search import batch_size_experiments as sizes
from theory.line_search import experiments as lines
from theory.line_search import step_experiments as steps
from theory.line_search.experiments import MOMENTUM, PLAIN

PARTS = 25
SMALLER = steps.THREE_RATES[0]


def series(*values):
    """A run's medians, constant or through the given values; the first ten values; quantiles."""
    medians = [values[min(i * len(values) // PARTS, len(values) - 1)] for i in range(PARTS)]
    return {"first": medians[:1] * 10, "medians": medians, "quantiles": sorted([values[0]] * 4 + [values[-1]] * 3), "variation": [0.2] * 5}


def falling(first, last):
    return series(*(first + (last - first) * i / (PARTS - 1) for i in range(PARTS)))


def of_size(size):
    gains = {32: (0.1, 0.6), 64: (0.3, 0.7), 128: (0.5, 0.6), 256: (0.8, 0.8)}.get(size, (0.95, 0.95))
    factor = sizes.BATCH / size
    return {
        "slope_ratio": falling(3 * factor, factor) if size > 256 else series(factor),
        "slope_over_expected": series(1.05),
        "square_over_expected": 0.95,
        **{name: {"share_of_the_best": [gain, gain]} for name, gain in zip(("SGD", "PAL"), gains, strict=True)},
    }


def a_run(lr=0.1, momentum=False):
    ratio = series(0.05) | {"variation": [0.2, 0.2, 0.2, 0.2, 0.3]}
    if momentum:
        ratio = series(0.08) | {"variation": [0.3, 0.3, 0.3, 0.3, 0.4]}
    gains = {"SGD 0.1": 0.1, "SGD 0.05": 0.9, "PAL": 0.5, "FBPAL": 0.95, "exact on the batch": 0.3}
    rate = {"on_lines": 1.05 * lr / 2, "predicted": lr / 2, "half": lr / 2}
    curvature = falling(1.6, 0.5 if momentum else 1.0)
    curvature["first"] = [0.8, 2.0] + [1.7] * 8
    return {
        "share": {
            "curvature_positive": 1.0,
            "steeper_than_all_others": 0.2 if momentum else 0.6,
            "own_step_beyond_minimum": 0.8 if momentum else 0.97,
        },
        "fit_error_2": series(0.0005),
        "fit_slope": series(-0.1),
        "fit_curvature": curvature,
        "full_over_batch_slope": series(0.4),
        "minimum_over_gradient_norm": ratio,
        "minimum_over_direction_norm": ratio,
        "s_opt": series(0.03),
        "loss": series(0.5 if lr < 0.1 else 0.3),
        "rates": rate,
        "rates_of_the_second_half": rate,
        "sizes": {str(size): of_size(size) for size in (32, 64, 128, 256, 512, 1024, 2048)},
        **{name: {"share_of_the_best": [gain, gain], "distance": series(0.005)} for name, gain in gains.items()},
    }


def stored():
    runs = {PLAIN: a_run(), MOMENTUM: a_run(momentum=True), SMALLER: a_run(0.05), steps.THREE_RATES[2]: a_run(0.2)}
    return {"runs": runs, "settings": {"windows": dict.fromkeys(runs, [-0.2, 0.2])}}


def changed(run, *path, to):
    data = copy.deepcopy(stored())
    *inner, last = path
    where = data["runs"][run]
    for key in inner:
        where = where[key]
    where[last] = to
    return data


PREDICATES = {
    lines: (
        "lines_are_parabolas",
        "every_line_curves_upwards",
        "batch_and_full_batch_differ",
        "the_batch_is_not_like_the_others",
        "curvature_falls_and_slope_stays",
        "momentum_has_the_wider_valley",
        "curvature_rises_at_first",
    ),
    steps: (
        "one_rate_searches_all_lines",
        "the_minimum_is_proportional_to_the_norm",
        "the_ratio_scatters_at_the_end",
        "full_batch_pal_is_almost_optimal",
        "half_of_the_rate_is_almost_as_good",
        "the_run_oversteps",
        "exact_searches_on_the_batch_are_poor",
        "momentum_oversteps_less_and_is_less_exact",
        "the_larger_step_ends_lower",
        "rates_follow_the_balance",
        "late_rates_are_half",
    ),
    sizes: (
        "small_batches_hurt_sgd_more",
        "batch_512_is_almost_optimal",
        "the_slope_has_the_inverse_factor",
        "larger_batches_come_to_the_factor",
        "slopes_follow_the_law",
        "norms_follow_the_root",
    ),
}
MODULE = {name: module for module, names in PREDICATES.items() for name in names}
RATIO, RATE_RUN = "minimum_over_gradient_norm", steps.THREE_RATES[2]


@pytest.mark.parametrize("name", MODULE)
def test_each_predicate_can_be_true(name):
    assert getattr(MODULE[name], name)(stored()) is True


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("lines_are_parabolas", changed(PLAIN, "fit_error_2", "first", to=[0.0005] * 9 + [0.01])),
        ("lines_are_parabolas", changed(MOMENTUM, "fit_error_2", to=series(0.0005, 0.01))),
        ("every_line_curves_upwards", changed(MOMENTUM, "share", "curvature_positive", to=0.999)),
        ("batch_and_full_batch_differ", changed(MOMENTUM, "full_over_batch_slope", to=series(0.4, 0.51))),
        ("the_batch_is_not_like_the_others", changed(PLAIN, "share", "steeper_than_all_others", to=0.49)),
        ("the_batch_is_not_like_the_others", changed(MOMENTUM, "share", "steeper_than_all_others", to=0.09)),
        ("curvature_falls_and_slope_stays", changed(PLAIN, "fit_curvature", to=falling(1.0, 1.6))),
        ("curvature_falls_and_slope_stays", changed(MOMENTUM, "fit_slope", to=falling(-0.2, -0.1))),
        ("momentum_has_the_wider_valley", changed(MOMENTUM, "fit_curvature", to=falling(1.6, 1.1))),
        ("momentum_has_the_wider_valley", changed(MOMENTUM, "fit_curvature", to=falling(0.9, 0.8))),
        ("curvature_rises_at_first", changed(PLAIN, "fit_curvature", "first", to=[1.01] + [2.0] * 9)),
        ("curvature_rises_at_first", changed(MOMENTUM, "fit_curvature", "first", to=[0.4] + [0.9] * 9)),
        ("one_rate_searches_all_lines", changed(PLAIN, RATIO, "quantiles", to=[0, 0.03, 0.04, 0.05, 0.06, 0.07, 0.1])),
        ("the_minimum_is_proportional_to_the_norm", changed(PLAIN, RATIO, "medians", to=[0.03] + [0.06] * 24)),
        ("the_minimum_is_proportional_to_the_norm", changed(PLAIN, RATIO, "variation", to=[0.2, 0.33, 0.2, 0.2, 0.3])),
        ("the_ratio_scatters_at_the_end", changed(PLAIN, RATIO, "variation", to=[0.4, 0.2, 0.2, 0.2, 0.3])),
        ("the_ratio_scatters_at_the_end", changed(PLAIN, RATIO, "variation", to=[0.2, 0.2, 0.29, 0.2, 0.3])),
        ("full_batch_pal_is_almost_optimal", changed(PLAIN, "FBPAL", "share_of_the_best", to=[0.89, 0.99])),
        ("half_of_the_rate_is_almost_as_good", changed(PLAIN, "SGD 0.05", "share_of_the_best", to=[0.9, 0.84])),
        ("half_of_the_rate_is_almost_as_good", changed(PLAIN, "SGD 0.05", "distance", "quantiles", to=[0, 0, -0.01, 0, 0, 0, 0])),
        ("the_run_oversteps", changed(PLAIN, RATIO, "medians", to=[0.067] + [0.05] * 24)),
        ("the_run_oversteps", changed(PLAIN, "share", "own_step_beyond_minimum", to=0.94)),
        ("exact_searches_on_the_batch_are_poor", changed(PLAIN, "exact on the batch", "share_of_the_best", to=[0.1, 0.5])),
        ("momentum_oversteps_less_and_is_less_exact", changed(MOMENTUM, "share", "own_step_beyond_minimum", to=0.98)),
        ("momentum_oversteps_less_and_is_less_exact", changed(MOMENTUM, steps.STEP, "quantiles", to=[0.04] * 7)),
        ("momentum_oversteps_less_and_is_less_exact", changed(MOMENTUM, steps.STEP, "variation", to=[0.2, 0.3, 0.3, 0.3, 0.4])),
        ("the_larger_step_ends_lower", changed(PLAIN, "SGD 0.1", "share_of_the_best", to=[0.91, 0.1])),
        ("the_larger_step_ends_lower", changed(SMALLER, "loss", to=series(0.32))),
        ("rates_follow_the_balance", changed(RATE_RUN, "rates", "predicted", to=0.12)),
        ("late_rates_are_half", changed(RATE_RUN, "rates_of_the_second_half", "on_lines", to=0.111)),
        ("small_batches_hurt_sgd_more", changed(PLAIN, "sizes", "64", "SGD", "share_of_the_best", to=[0.3, 0.61])),
        ("batch_512_is_almost_optimal", changed(PLAIN, "sizes", "512", "PAL", "share_of_the_best", to=[0.95, 0.89])),
        ("batch_512_is_almost_optimal", changed(PLAIN, "sizes", "128", "SGD", "share_of_the_best", to=[0.91, 0.5])),
        ("the_slope_has_the_inverse_factor", changed(PLAIN, "sizes", "32", "slope_ratio", to=series(4, 4.41))),
        ("the_slope_has_the_inverse_factor", changed(PLAIN, "sizes", "256", "slope_ratio", to=series(0.56, 0.5))),
        ("larger_batches_come_to_the_factor", changed(PLAIN, "sizes", "1024", "slope_ratio", to=falling(0.375, 0.26))),
        ("larger_batches_come_to_the_factor", changed(PLAIN, "sizes", "512", "slope_ratio", to=series(0.27, 0.25))),
        ("slopes_follow_the_law", changed(PLAIN, "sizes", "2048", "slope_over_expected", to=series(1.0, 0.89))),
        ("norms_follow_the_root", changed(PLAIN, "sizes", "64", "square_over_expected", to=1.11)),
    ],
)
def test_each_predicate_can_be_false(name, data):
    assert getattr(MODULE[name], name)(data) is False


def test_a_curvature_that_rises_more_slowly_is_no_wider_valley():
    """With momentum and without, the curvature ends at its highest."""
    data = changed(PLAIN, "fit_curvature", to=falling(0.05, 1.0))
    data["runs"][MOMENTUM]["fit_curvature"] = falling(0.2, 0.9)
    assert lines.momentum_has_the_wider_valley(data) is False


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("late_rates_are_half", {"runs": {PLAIN: a_run()}}, r"not run: SGD 0.05, momentum 0; stored are SGD 0.1, momentum 0"),
        ("norms_follow_the_root", changed(PLAIN, "sizes", to={"128": of_size(128)}), "not run: batch size 32; stored are 128"),
        ("batch_and_full_batch_differ", changed(PLAIN, "full_over_batch_slope", to={"all": [0.1]}), "medians of a run are None"),
        ("batch_and_full_batch_differ", changed(PLAIN, "full_over_batch_slope", "medians", to=[0.1, None]), r"are \[0.1, None\]"),
    ],
)
def test_what_is_missing_decides_nothing(name, data, message):
    with pytest.raises(ValueError, match=message):
        getattr(MODULE[name], name)(data)
