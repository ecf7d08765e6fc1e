"""What the stored lines say: the verdicts, the explanations tested on them, and the numbers that the remarks tell."""

import json
from math import comb

import numpy as np
import pytest

from theory.evidence import RECORDS, RESULTS
from theory.line_search import batch_size_experiments as sizes
from theory.line_search import experiments as lines
from theory.line_search import figure_experiments as figures
from theory.line_search import step_experiments as steps
from theory.line_search.experiments import MIDDLE, MNIST, MOMENTUM, MOST, PLAIN, misfits, through_the_run
from theory.line_search.resnet_lines import Lines, early_and_late, lines_of, stored

SIZES = (32, 64, 256, 512, 1024, 2048)
CONFIDENCE = 0.95
SECOND_ORDER = 0.01  # of the balance: what third and higher orders add is stored as `remainder`, at most 0.0055
LATE = 0.04  # of the balance: two steps of the rates tried, 1/32 octave apart
LINES_OF_RESNET = (
    *(f"figure-{n}" for n in (1, 2, 3, 4, 6, 7, 8, 9)),
    *(f"text-{what}" for what in ("simple", "no-walls", "sgd005", "overshoot", "smallbs", "512")),
)
SHAPES = ("of_the_first_lines", "of_later_lines")


@pytest.fixture(scope="module")
def mnist():
    return json.loads((RESULTS / MNIST).read_text(encoding="utf-8"))


VERDICTS = {
    "text-abs-core1": True,
    "text-positive-curvature": False,
    "text-mbdiff": False,
    "text-notfollow": True,
    "text-mom-valley": True,
    "text-curv-initial": False,
    "text-abs-core2": False,
    "text-prop": False,
    "text-varend": False,
    "text-fbpal": False,
    "text-mbexact": True,
    "text-mom-5": False,
    "text-factor": False,
    "text-larger": True,
}


@pytest.mark.parametrize("claim", [pytest.param(claim, marks=pytest.mark.claim(f"mutschler-zell:{claim}")) for claim in VERDICTS])
def test_verdicts(claim, mnist):
    (measurement,) = RECORDS.measurements[f"mutschler-zell:{claim}"]
    assert measurement.function(mnist) is VERDICTS[claim]


@pytest.mark.claim("mutschler-zell:text-slope-curv")
def test_curvature_and_slope_of_the_twin(mnist):
    assert not lines.curvature_falls_and_slope_stays(mnist)
    run = mnist["runs"][PLAIN]
    slopes, curvatures = (np.abs(through_the_run(run[key])) for key in ("fit_slope", "fit_curvature"))
    highest = int(np.argmax(curvatures))
    assert abs(np.median(np.array_split(run["measured"], len(curvatures))[highest]) - 400) < 40  # a part is 80 steps long
    assert 0.7 < curvatures[-1] / curvatures[highest] < 0.8 and slopes.min() < 0.1 * slopes.max()


@pytest.mark.claim(*(f"mutschler-zell:text-{claim}" for claim in ("sgd005", "overshoot", "global", "smallbs", "512")))
def test_what_names_resnets_own_numbers_does_not_hold_on_the_twin_either(mnist):
    assert not steps.half_of_the_rate_is_almost_as_good(mnist)
    assert not steps.the_run_oversteps(mnist)
    assert not steps.the_larger_step_ends_lower(mnist)
    assert not sizes.small_batches_hurt_sgd_more(mnist)
    assert not sizes.batch_512_is_almost_optimal(mnist)


@pytest.mark.claim("mutschler-zell:text-sgd005", "mutschler-zell:text-abs-core2")
@pytest.mark.parametrize("name", [*steps.THREE_RATES, MOMENTUM])
def test_the_best_rate_is_what_the_balance_says(name, mnist):
    """Over all steps for every run; and on the measured lines for the late ones without momentum, of which there are enough."""
    run = mnist["runs"][name]
    for rates in (run["rates"], run["rates_of_the_second_half"]):
        assert rates["of_all_steps"] == pytest.approx(rates["predicted"], rel=SECOND_ORDER)
    if name != MOMENTUM:
        assert rates["on_lines"] == pytest.approx(rates["predicted"], rel=LATE)
        assert rates["on_parabolas"] == pytest.approx(rates["predicted"], rel=LATE)


@pytest.mark.claim("mutschler-zell:text-sgd005")
def test_the_best_rates_of_three_runs_go_with_lambda(mnist):
    """Fixed before, both missed: the tolerance was a tenth, and the first steps are more of the lines than of the run."""
    late = [mnist["runs"][name]["rates_of_the_second_half"]["on_lines"] for name in steps.THREE_RATES]
    assert [f"{rate:.3f}" for rate in late] == ["0.030", "0.053", "0.100"]
    assert not steps.rates_follow_the_balance(mnist)
    assert not steps.late_rates_are_half(mnist)


@pytest.mark.claim("mutschler-zell:algorithm-resize", "mutschler-zell:text-factor", "mutschler-zell:text-larger")
def test_the_measured_slopes_are_those_expected(mnist):
    """Fixed before: all medians to a tenth, missed. After: as many medians are above the expectation as below, by a sign test."""
    assert not sizes.slopes_follow_the_law(mnist)
    ratios = [ratio for size in SIZES[2:] for ratio in through_the_run(sizes.resized(mnist, size)["slope_over_expected"])]
    above = sum(ratio > 1 for ratio in ratios)
    tail = sum(comb(len(ratios), k) for k in range(min(above, len(ratios) - above) + 1)) / 2 ** len(ratios)
    assert 2 * tail > 1 - CONFIDENCE, f"{above} of {len(ratios)} medians are above what is expected"
    assert (above, sum(abs(ratio - 1) > 0.1 for ratio in ratios), round(float(np.mean(ratios)), 3)) == (50, 12, 1.005)


@pytest.mark.claim("mutschler-zell:text-abs-core3", "mutschler-zell:text-factor")
def test_fresh_gradients_shrink_by_less_than_the_factor(mnist):
    """By less than the root of the factor on these lines, and the slope of the resized batch by more, but less than the factor."""
    assert sizes.norms_follow_the_root(mnist)
    for size in (256, 512, 1024, 2048):
        entry = sizes.resized(mnist, size)
        norms, slopes = (np.array(through_the_run(entry[key])) for key in ("norm_ratio", "slope_ratio"))
        assert np.median(norms) > (sizes.BATCH / size) ** 0.5 > np.median(slopes) > sizes.BATCH / size


def told(claim):
    (remark,) = RECORDS.remarks[f"mutschler-zell:{claim}"]
    return remark.text


def line(losses, **values):
    """Lines with those losses, of which something else is stored."""
    run = {"loss": {"all": losses}, "measured": list(range(0, 10 * len(losses), 10)), "steps": 10.0 * len(losses)}
    return Lines(run | {key: {"all": found} for key, found in values.items()}, (-1.0, 1.0))


def test_early_and_later_lines():
    lines = line([2.0, 0.5, 0.09, 0.2], slope=[4.0, 3.0, 0.5, 0.25])
    assert (lines.memorised, lines.end) == (2, 20) and early_and_late(
        lines, lines.all("slope")
    ) == "3.0 to 4.0 early and 0.25 to 0.50 later"
    never = line([2.0, 0.5], slope=[4.0, 3.0])
    assert (never.memorised, never.end) == (2, 20) and early_and_late(never, never.all("slope")) == "3.0 to 4.0 early"


def test_misfits_and_steps_by_hand():
    """The parabola s^2 - s has the height 9/4 in [-1, 1]; s_opt is 0.3 |v|, three of the run's steps; PAL goes half as far as the run."""
    lines = line([1.0], fit_slope=[-1.0], fit_curvature=[2.0], fit_error_2=[0.09], minimum_over_direction_norm=[0.3])
    assert lines.misfits(2) == pytest.approx([4.0]) and lines.in_own_steps() == pytest.approx([3.0])
    steps = {"SGD 0.1": {"step": {"all": [0.2]}}, "PAL": {"step": {"all": [0.1]}}}
    assert Lines(lines.run | steps, lines.window).in_steps_of_pal() == pytest.approx([2.0])


def test_lines_that_were_measured_both_ways_by_hand():
    """The coarse spline is off by 0.1 where the loss differs by 2 between -0.2 and 0.5; beyond them it differs more."""
    fine = {"10": {"spline_error": 0.1, "s_opt": 0.25}}
    pictures = {"10": [[-0.5, -0.2, 0.1, 0.5], [9.0, 3.0, 1.0, 2.0]]}
    lines = line([2.0, 1.0], s_opt=[0.1, 0.2])
    lines = Lines(lines.run | {"fine": fine, "pictures": pictures}, lines.window)
    assert lines.spline_errors() == pytest.approx([5.0]) and lines.both_ways("s_opt") == [(0.2, 0.25)]
    assert lines.rise() == "at step 10 1 at s = 0.1, 1 at s = 0.1, 2 at s = 0.5"


@pytest.mark.claim(*(f"mutschler-zell:{what}" for what in LINES_OF_RESNET))
def test_every_sentence_has_its_numbers():
    """Each of the lines' claims tells them, of both runs where it says so, and of a minus where there is a loss."""
    run = stored()["runs"]
    assert set(run) == {PLAIN, MOMENTUM} and all(len(run[name]["measured"]) == run[name]["lines"] for name in run)
    assert f"{run[PLAIN]['lines']:.0f} lines of the first {run[PLAIN]['steps']:.0f} steps" in told("figure-2")
    assert run[PLAIN]["lines"] == run[MOMENTUM]["lines"] and run[PLAIN]["steps"] == run[MOMENTUM]["steps"]
    assert f"{100 * run[MOMENTUM]['share']['steeper_than_all_others']:.0f} % with it" in told("figure-2")
    shares = run[PLAIN]["exact on the batch"]["share_of_the_best"]
    assert "exact on the batch {:.0f} % ({:.0f} % in the second half".format(*(100 * share for share in shares)) in told("figure-6")
    curvatures = run[MOMENTUM]["fit_curvature"]["all"]
    assert f"{min(curvatures):#.2g} to " in told("figure-4")
    assert all("lines of the first" in told(what) and "nan" not in told(what) for what in LINES_OF_RESNET)


@pytest.mark.claim("mutschler-zell:text-abs-core1", "mutschler-zell:figure-4", "mutschler-zell:figure-2")
def test_resnets_lines_are_parabolas_until_the_loss_is_near_0():
    """Without momentum by the tolerance of text-abs-core1; with it but for two of the first lines. Not for the coarse grid's sake."""
    plain, momentum = (lines_of(name) for name in (PLAIN, MOMENTUM))
    limit = 100 * lines.LINE_WIDTH
    early, late = plain.halves(plain.misfits(2))
    assert max(early) < limit < max(late)
    early, late = momentum.halves(momentum.misfits(2))
    assert [k for k, misfit in enumerate(early) if misfit > limit] == [0, 2] and max(early) < 1.2 * limit < max(late)
    errors = [*plain.spline_errors(), *momentum.spline_errors()]
    assert len(errors) == 6 and max(errors) < limit / 100
    assert all(abs(one - other) < 0.002 for own in (plain, momentum) for one, other in own.both_ways("s_opt"))


@pytest.mark.claim("mutschler-zell:figure-6", "mutschler-zell:text-sgd005", "mutschler-zell:text-512", "mutschler-zell:text-overshoot")
def test_numbers_of_the_twin(mnist):
    run = mnist["runs"][PLAIN]
    assert [round(100 * share) for name in ("SGD 0.05", "FBPAL") for share in steps.shares(run, name)] == [15, 66, 88, 99]
    assert "MNIST 15 % (66 % in the second half), FBPAL 88 % (99 %" in told("text-sgd005")
    assert [round(100 * (1 - sizes.lost(mnist, 512, name)[0])) for name in ("SGD", "PAL")] == [17, -35]
    assert "with 512 SGD 17 %" in told("text-512") and "PAL -35 %" in told("text-512")
    assert round(100 * run["share"]["own_step_beyond_minimum"]) == 76 and "beyond on 76 %" in told("text-overshoot")


@pytest.mark.claim("mutschler-zell:figure-3")
def test_shapes_of_the_twin(mnist):
    first, later = ([mnist["runs"][name]["shape"][key]["quantiles"] for name in (PLAIN, MOMENTUM)] for key in SHAPES)
    assert all(early[k] < late[k] for early, late in zip(first, later, strict=True) for k in (MIDDLE, MOST))
    assert "medians {:.2g} and {:.2g} without and with".format(*(q[MIDDLE] for q in later)) in told("figure-3")


@pytest.mark.claim("mutschler-zell:text-global")
def test_ends_of_the_twins_runs(mnist):
    ends = [mnist["runs"][name]["loss"]["medians"][-1] for name in steps.THREE_RATES]
    assert "{:.2f}, {:.2f}, {:.2f} with 0.05, 0.1 and 0.2".format(*ends) in told("text-global")


@pytest.mark.claim(*(f"mutschler-zell:figure-{n}" for n in range(10, 21)))
def test_what_the_papers_size_would_take():
    speed = stored()["cost"]["sample_losses_a_second"]
    sample_losses = 10_000 * 167 * 4000
    told_days = f"{sample_losses // 10**6:,} million of 10,000 lines are {sample_losses / speed / 86400:.0f} days"
    assert f"{speed:,} losses of a sample" in figures.SIZE and told_days in figures.SIZE
    assert all("not run" in told(f"figure-{n}") for n in range(10, 21))
    hours = f"took {stored()['cost']['cpu_seconds'] / 3600:.1f} hours"
    assert all(hours in told(f"figure-{n}") for n in range(11, 21))


@pytest.mark.claim("mutschler-zell:text-abs-core1")
def test_the_parabolas_misfit(mnist):
    assert f"{np.median(misfits(mnist, PLAIN)):.1%}" == "0.2%"
    assert f"{max(misfits(mnist, MOMENTUM)):.1%}" == "1.9%"
