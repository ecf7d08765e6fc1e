"""What the stored lines say: the verdicts, the explanations tested on them, and the numbers that the remarks tell."""

import json
import re
from math import comb

import numpy as np
import pytest

from theory.evidence import RECORDS, RESULTS
from theory.line_search import batch_size_experiments as sizes
from theory.line_search import experiments as lines
from theory.line_search import figure_experiments as figures
from theory.line_search import step_experiments as steps
from theory.line_search.experiments import LEAST, MIDDLE, MNIST, MOMENTUM, MOST, PLAIN, misfits, through_the_run

SIZES = (32, 64, 256, 512, 1024, 2048)
CONFIDENCE = 0.95
SECOND_ORDER = 0.01  # of the balance: what third and higher orders add is stored as `remainder`, at most 0.0055
LATE = 0.04  # of the balance: two steps of the rates tried, 1/32 octave apart


@pytest.fixture(scope="module")
def mnist():
    return json.loads((RESULTS / MNIST).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def ten():
    """The ten lines of ResNet-20 at half width."""
    return json.loads((RESULTS / figures.NARROW).read_text(encoding="utf-8"))["runs"][PLAIN]


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


def span(values, digits):
    """The least and the largest, to significant digits, as a remark tells them."""
    return " to ".join(f"{value:#.{digits}g}" for value in (min(values), max(values)))


@pytest.mark.claim(
    *(f"mutschler-zell:figure-{n}" for n in (1, 2, 3, 4, 5, 6)), "mutschler-zell:text-simple", "mutschler-zell:text-no-walls"
)
def test_numbers_of_the_shapes(mnist, ten):
    medians = ten["minibatch_loss"]["medians"]
    assert f"{medians[0]:.2f} in the first 25th to {medians[-1]:.2f} in" in told("figure-1")
    assert ten["share"]["steeper_than_all_others"] == ten["share"]["steeper_than_full_batch"] == 1
    assert "at {:.0f} to {:.0f} % of the points".format(
        *(100 * ten["below_lower_quartile"]["quantiles"][k] for k in (LEAST, MOST))
    ) in told("figure-2")
    for claim in ("text-simple", "figure-4"):
        assert f"{span(ten['fit_error_2']['all'], 1)[:6]} to {max(ten['fit_error_2']['all']):.4f} on average" in told(claim)
        assert f"a straight line by {span(ten['fit_error_1']['all'], 2)}" in told(claim)
    assert f"distances of {span(ten['shape']['of_the_first_lines']['all'], 2)}" in told("figure-3")
    later = [mnist["runs"][name]["shape"]["of_later_lines"]["quantiles"] for name in (PLAIN, MOMENTUM)]
    first = [mnist["runs"][name]["shape"]["of_the_first_lines"]["quantiles"] for name in (PLAIN, MOMENTUM)]
    assert "median {:.4f} without momentum and {:.3f} with it".format(*(q[MIDDLE] for q in later)) in told("figure-3")
    assert "largest are {:.3f} and {:.2f}".format(*(q[MOST] for q in later)) in told("figure-3")
    assert all(early[k] < late[k] for early, late in zip(first, later, strict=True) for k in (MIDDLE, MOST))
    assert max(abs(s) for s in ten["minimum_over_gradient_norm"]["all"]) < 0.13


@pytest.mark.claim(*(f"mutschler-zell:text-{c}" for c in ("sgd005", "overshoot", "512")), "mutschler-zell:figure-6")
def test_numbers_of_the_steps(mnist, ten):
    ratios = ten["minimum_over_gradient_norm"]["all"]
    assert f"{span(ratios[3:], 2)} from step 100 on and {span(ratios[:3], 2)} on the first three" in told("figure-6")
    strategies = ("SGD 0.1", "SGD 0.05", "PAL", "FBPAL", "exact on the batch")
    shares = [round(100 * ten[name]["share_of_the_best"][0]) for name in strategies]
    assert "with 0.1 gains {} %, with 0.05 {} %, PAL {} %, FBPAL {} % and exact searches on the batch {} %".format(*shares) in told(
        "figure-6"
    )
    rates = (ten["rates"]["on_lines"], ten["rates_of_the_second_half"]["on_lines"])
    assert "on these lines is {:.3f}, and {:.3f} in the second half".format(*rates) in told("figure-6")
    percent = [round(100 * share) for run in (ten, mnist["runs"][PLAIN]) for name in strategies[1::2] for share in steps.shares(run, name)]
    assert [int(found) for found in re.findall(r"(\d+) %", told("text-sgd005"))] == percent
    assert ten["share"]["own_step_beyond_minimum"] == 0.9
    assert f"{0.1 / max(ratios[3:]):.1f} to {0.1 / min(ratios[3:]):.1f} times" in told("text-overshoot")
    assert round(100 * mnist["runs"][PLAIN]["share"]["own_step_beyond_minimum"]) == 76
    gains = [round(100 * ten["sizes"][size][name]["share_of_the_best"][0]) for size in ("512", "128") for name in ("SGD", "PAL")]
    assert [int(found) for found in re.findall(r"(\d+) %", told("text-512"))] == [*gains, 17]
    assert [round(100 * (1 - sizes.lost(mnist, 512, name)[0])) for name in ("SGD", "PAL")] == [17, -35]


@pytest.mark.claim("mutschler-zell:text-smallbs")
def test_numbers_of_small_batches(mnist, ten):
    small = [ten["sizes"][size] for size in ("32", "64")]
    gains = [round(100 * each["PAL"]["share_of_the_best"][0]) for each in small]
    assert [int(found) for found in re.findall(r"(\d+) %", told("text-smallbs"))] == gains
    assert [each["SGD"]["beyond_the_grid"] for each in small] == [10, 7]
    assert "on ten and seven of the lines" in told("text-smallbs")
    longer = np.divide(ten["SGD 0.1"]["step"]["all"], ten["PAL"]["step"]["all"])
    assert f"is {span(longer, 2)} times PAL's" in told("text-smallbs")
    own, other = (mnist["runs"][PLAIN][name]["step"]["quantiles"][MIDDLE] for name in ("SGD 0.1", "PAL"))
    assert f"by the median, {own / other:.2f} times" in told("text-smallbs")


@pytest.mark.claim("mutschler-zell:figure-7", "mutschler-zell:figure-8", "mutschler-zell:figure-9", "mutschler-zell:text-global")
def test_numbers_of_the_other_runs(mnist, ten):
    ratios = {size: ten["sizes"][str(size)]["slope_ratio"]["all"] for size in SIZES}
    words = [f"{span(ratios[size], 2)} for {size}" for size in (32, 64, 256, 2048)]
    assert "{}, {}, {}, and {}".format(*words) in told("figure-7")
    norms = [span(ten["sizes"][size]["norm_ratio"]["all"], 2) for size in ("256", "2048")]
    assert "256 have {} of the norm, of 2048 {}".format(*norms) in told("figure-7")
    varies = [mnist["runs"][name]["minimum_over_gradient_norm"]["variation"] for name in (MOMENTUM, PLAIN)]
    assert f"varies by {span(varies[0], 2)} of" in told("figure-9")
    assert f"by {span(varies[1], 2)} without" in told("figure-9")
    ends = [mnist["runs"][name]["loss"]["medians"][-1] for name in steps.THREE_RATES]
    assert "{:.2f} with 0.05, {:.2f} with 0.1 and {:.2f} with 0.2".format(*ends) in told("text-global")
    assert not ten["directions"]
    assert not any(run["directions"] for run in mnist["runs"].values())


@pytest.mark.claim(*(f"mutschler-zell:figure-{n}" for n in range(10, 21)))
def test_what_the_papers_size_would_take():
    cost = json.loads((RESULTS / figures.NARROW).read_text(encoding="utf-8"))["cost"]
    seconds = figures.SAMPLE_LOSSES / cost["sample_losses_a_second"]
    assert f"{cost['sample_losses_a_second']:,} losses of a sample" in figures.SIZE
    assert f"{figures.SAMPLE_LOSSES // 10**6:,} million of 10,000 lines are {seconds / 86400:.0f} days" in figures.SIZE
    assert all("not run" in told(f"figure-{n}") for n in range(10, 21))
    assert cost["cpu_seconds"] < 8 * 60


@pytest.mark.claim("mutschler-zell:text-abs-core1")
def test_the_parabolas_misfit(mnist):
    assert f"{np.median(misfits(mnist, PLAIN)):.1%}" == "0.2%"
    assert f"{max(misfits(mnist, MOMENTUM)):.1%}" == "1.9%"
