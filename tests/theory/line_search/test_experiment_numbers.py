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
from theory.line_search.experiments import HIGH, LOW, MIDDLE, MNIST, MOMENTUM, MOST, PLAIN, misfits, through_the_run

SIZES = (32, 64, 256, 512, 1024, 2048)
CONFIDENCE = 0.95
SECOND_ORDER = 0.01  # of the balance: what third and higher orders add is stored as `remainder`, at most 0.0055
LATE = 0.04  # of the balance: two steps of the rates tried, 1/32 octave apart
MEMORISED = 13  # the first of the narrow ResNet-20's lines, that of step 1100, on which the loss is near 0


@pytest.fixture(scope="module")
def mnist():
    return json.loads((RESULTS / MNIST).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def narrow():
    """The 26 lines of ResNet-20 at half width."""
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


def halves(values):
    """Of the narrow ResNet-20's lines: until step 1000, and from step 1100 on."""
    return values[:MEMORISED], values[MEMORISED:]


def percent(text):
    """The whole percentages that a remark tells, in order."""
    return [int(found) for found in re.findall(r"(\d+) %", text)]


def test_when_the_narrow_network_has_memorised_its_images(narrow):
    losses = narrow["loss"]["all"]
    assert narrow["measured"] == [0, 1, 2, *range(100, 2400, 100)] and narrow["measured"][MEMORISED] == 1100
    assert "{:.2f} at step 1000, {:.3f} at step 1100 and below 0.01 after".format(*losses[MEMORISED - 1 : MEMORISED + 1]) in figures.LINES
    assert f"{narrow['lines']:.0f} lines of the first {narrow['steps']:.0f} steps" in figures.LINES
    assert max(losses[MEMORISED + 1 :]) < 0.01 and "0.12 at step 1000 and below 0.01 from step 1200 on" in figures.__doc__
    assert max(np.abs(halves(narrow["s_opt"]["all"])[1])) < 0.05 and "within 0.05 of 0" in figures.__doc__


@pytest.mark.claim("mutschler-zell:text-simple", "mutschler-zell:text-no-walls", "mutschler-zell:figure-4", "mutschler-zell:text-abs-core1")
def test_numbers_of_the_narrow_networks_parabolas(narrow):
    """Until its loss is near 0 they err by less than the tolerance of text-abs-core1, and then by more."""
    window = json.loads((RESULTS / figures.NARROW).read_text(encoding="utf-8"))["settings"]["windows"][PLAIN]
    errors, straight = narrow["fit_error_2"]["all"], narrow["fit_error_1"]["all"]
    fits = zip(narrow["fit_slope"]["all"], narrow["fit_curvature"]["all"], strict=True)
    misses = [error / lines.height(*fit, window) for error, fit in zip(errors, fits, strict=True)]
    early, late = halves(misses)
    assert max(early) < lines.LINE_WIDTH < max(late)
    words = [
        f"until step 1000 by {min(halves(errors)[0]):.4f} to {max(halves(errors)[0]):.4f} on average",
        f"{100 * min(early):.1f} to {100 * max(early):.1f} % of its height",
        f"a straight line by {span(halves(straight)[0], 2)}",
        f"later by {min(halves(errors)[1]):.4f} to {max(halves(errors)[1]):.4f}, which are",
        f"which are {100 * min(late):.1f} to {100 * max(late):.1f} %",
        f"and a straight line by {span(halves(straight)[1], 2)}",
    ]
    for word in words:
        assert word in figures.PARABOLA
    assert f"by {100 * min(early):.1f} to {100 * max(early):.1f} %" in lines.lines_are_parabolas.__doc__
    assert f"by {100 * min(late):.1f} to {100 * max(late):.1f} % later" in lines.lines_are_parabolas.__doc__
    assert all(figures.PARABOLA in told(claim) for claim in ("text-simple", "text-no-walls", "figure-4"))
    curvatures = halves(narrow["fit_curvature"]["all"])
    assert f"is {span(curvatures[0], 3)}, and {span(curvatures[1], 3)} from step 1100 on" in told("figure-4")
    s, full, *_ = narrow["pictures"]["1800"]
    at = dict(zip(s, full, strict=True))
    assert f"from {at[0.0]:.4f} at s = 0 to {at[0.2]:.4f} at s = 0.2 and {at[0.5]:.2f} at s = 0.5" in told("text-no-walls")
    assert (at[0.5] - at[0.0]) > (0.5 / 0.2) ** 2 * (at[0.2] - at[0.0])


@pytest.mark.claim(*(f"mutschler-zell:figure-{n}" for n in (1, 2, 3, 5)))
def test_numbers_of_the_shapes(mnist, narrow):
    medians = narrow["minibatch_loss"]["medians"]
    assert f"{medians[0]:.2f} in the first 25th to {medians[-1]:.4f} in" in told("figure-1")
    assert (
        narrow["share"]["steeper_than_all_others"]
        == narrow["share"]["steeper_than_full_batch"]
        == narrow["share"]["curvature_positive"]
        == 1
    )
    below, since = narrow["below_lower_quartile"]["all"], narrow["measured"].index(1400)
    shares = [f"at {100 * min(part):.0f} to {100 * max(part):.0f} %" for part in (below[:since], below[since:])]
    assert f"{shares[0]} of the points s > 0 until step 1300, {shares[1]} later" in told("figure-2")
    late = np.array(narrow["shape"]["matrix"])[MEMORISED:, MEMORISED:][np.triu_indices(len(below) - MEMORISED, 1)]
    assert f"distances of {span(narrow['shape']['of_the_first_lines']['all'], 2)}, those" in told("figure-3")
    assert f"on of {late.min():.4f} to {late.max():.3f}." in told("figure-3")
    later = [mnist["runs"][name]["shape"]["of_later_lines"]["quantiles"] for name in (PLAIN, MOMENTUM)]
    first = [mnist["runs"][name]["shape"]["of_the_first_lines"]["quantiles"] for name in (PLAIN, MOMENTUM)]
    assert "median {:.4f} without momentum and {:.3f} with it".format(*(q[MIDDLE] for q in later)) in told("figure-3")
    assert "largest are {:.3f} and {:.2f}".format(*(q[MOST] for q in later)) in told("figure-3")
    assert all(early[k] < late[k] for early, late in zip(first, later, strict=True) for k in (MIDDLE, MOST))


@pytest.mark.claim("mutschler-zell:figure-6", "mutschler-zell:text-overshoot", "mutschler-zell:text-abs-core2")
def test_numbers_of_the_minima(mnist, narrow):
    """Until the loss of the narrow network is near 0 one constant comes near them, as text-abs-core2 says, and over all lines none does."""
    ratios = narrow["minimum_over_gradient_norm"]["all"]
    until, early, late = ratios[3 : MEMORISED + 1], ratios[MEMORISED + 1 : 17], ratios[17:]
    assert narrow["measured"][17] == 1500
    assert f"{span(ratios[:3], 2)} on the first three lines, {span(until, 2)} from step 100 to 1100, {span(early, 2)} until" in told(
        "figure-6"
    )
    assert f"and {span(late, 2)} later" in told("figure-6")
    quantiles = narrow["minimum_over_gradient_norm"]["quantiles"]
    assert not steps.wide(min(until), max(until)) and steps.wide(quantiles[LOW], quantiles[HIGH])
    assert f"{quantiles[LOW]:.3f} and {quantiles[HIGH]:.2f}, but from step 100" in steps.one_rate_searches_all_lines.__doc__
    assert f"{span(until, 2)} from step 100 to 1100" in steps.__doc__
    beyond = [ratio < steps.RATE for ratio in ratios]
    assert sum(beyond) / len(beyond) == pytest.approx(narrow["share"]["own_step_beyond_minimum"], abs=1e-4)
    assert beyond == [False] + [True] * MEMORISED + [False, True, True] + [False] * 9
    assert f"and {steps.RATE / max(until):.1f} to {steps.RATE / min(until):.1f} times" in told("text-overshoot")
    after = [steps.RATE / ratio for ratio in ratios[MEMORISED + 1 :]]
    assert len(after) == 12 and f"where it is {span(after, 2)} times" in told("text-overshoot")
    both = [round(100 * run["share"]["own_step_beyond_minimum"]) for run in (narrow, mnist["runs"][PLAIN])]
    assert percent(told("text-overshoot")) == both


@pytest.mark.claim(*(f"mutschler-zell:text-{c}" for c in ("sgd005", "512")), "mutschler-zell:figure-6")
def test_numbers_of_the_steps(mnist, narrow):
    strategies = ("SGD 0.1", "SGD 0.05", "PAL", "FBPAL", "exact on the batch")
    over_all, late = zip(*(steps.shares(narrow, name) for name in strategies), strict=True)
    gaining = [share for share in late if share > 0]
    assert percent(told("figure-6")) == [round(100 * share) for share in (*over_all, *gaining)]
    losing = [-share for share in late if share < 0]
    assert [strategies[k] for k in range(5) if late[k] < 0] == ["PAL", "exact on the batch"]
    assert "lose {:.1f} and {:.1f} times what was to be gained".format(*losing) in told("figure-6")
    rates = (narrow["rates"]["on_lines"], narrow["rates_of_the_second_half"]["on_lines"])
    assert "on these lines is {:.3f}, and {:.3f} in the second half".format(*rates) in told("figure-6")
    runs = (narrow, mnist["runs"][PLAIN])
    assert percent(told("text-sgd005")) == [
        round(100 * share) for run in runs for name in strategies[1::2] for share in steps.shares(run, name)
    ]
    gains = [narrow["sizes"][size][name]["share_of_the_best"] for size in ("512", "128") for name in ("SGD", "PAL")]
    expected = [gain[0] for gain in gains] + [gain[1] for gain in gains[::2]]
    assert percent(told("text-512")) == [*(round(100 * gain) for gain in expected), 17]
    assert all(gain[1] < 0 for gain in gains[1::2])
    assert [round(100 * (1 - sizes.lost(mnist, 512, name)[0])) for name in ("SGD", "PAL")] == [17, -35]


@pytest.mark.claim("mutschler-zell:text-smallbs")
def test_numbers_of_small_batches(mnist, narrow):
    small = [narrow["sizes"][size] for size in ("32", "64")]
    assert percent(told("text-smallbs")) == [round(100 * each["PAL"]["share_of_the_best"][0]) for each in small]
    assert [each["SGD"]["beyond_the_grid"] for each in small] == [13, 9]
    assert "on 13 and nine of the lines" in told("text-smallbs")
    assert all(each["PAL"]["share_of_the_best"][1] < 0 and each["SGD"]["share_of_the_best"][1] < 0 for each in small)
    early, late = halves(np.divide(narrow["SGD 0.1"]["step"]["all"], narrow["PAL"]["step"]["all"]))
    assert f"is {span(early, 2)} times PAL's on the lines until step 1000" in told("text-smallbs")
    assert f"{span(late, 2)} times later" in told("text-smallbs")
    own, other = (mnist["runs"][PLAIN][name]["step"]["quantiles"][MIDDLE] for name in ("SGD 0.1", "PAL"))
    assert f"by the median, {own / other:.2f} times" in told("text-smallbs")


@pytest.mark.claim("mutschler-zell:figure-7", "mutschler-zell:algorithm-resize", "mutschler-zell:text-larger", "mutschler-zell:text-factor")
def test_numbers_of_the_narrow_networks_batch_sizes(narrow):
    """Late the ratios reach the inverse factors, where the full batch's slope is 128/4000 of the minibatch's, and not by the network."""
    ratios = {size: halves(narrow["sizes"][str(size)]["slope_ratio"]["all"]) for size in SIZES}
    for half, when in enumerate(("until step 1000 ", "later ")):
        words = [f"{span(ratios[size][half], 3 if size == 64 else 2)} for {size}" for size in (32, 64, 256, 2048)]
        assert when + "{}, {}, {}, and {}".format(*words) in told("figure-7")
    early, late = halves(narrow["full_over_batch_slope"]["all"])
    assert f"minibatch's is {span(early, 2)}, later {span(late, 2)}," in told("figure-7")
    assert f"{sizes.BATCH}/4000 = {sizes.BATCH / 4000:.3f}" in told("figure-7")
    medians = [float(np.median(narrow["sizes"][str(size)]["slope_over_expected"]["all"])) for size in SIZES[2:]]
    assert f"exact expectation is {span(medians, 3)} for" in told("figure-7")
    norms = {size: halves(narrow["sizes"][str(size)]["norm_ratio"]["all"]) for size in (256, 2048)}
    assert "256 have {} of the norm, of 2048 {}".format(*(span(norms[size][0], 2) for size in norms)) in told("figure-7")
    assert "later {} and {}, each".format(*(span(norms[size][1], 2) for size in norms)) in told("figure-7")


@pytest.mark.claim("mutschler-zell:text-abs-core3", "mutschler-zell:figure-7")
def test_late_norms_of_fresh_batches_are_not_those_of_sampling(narrow):
    """Half of all samples have a smaller gradient than the minibatches' mean: each batch is normalised with its own statistics."""
    norms, full = (np.array(series["all"]) for series in (narrow["sizes"]["2048"]["norm"], narrow["full_gradient_norm"]))
    assert (norms[:3] > 0.95 * full[:3]).all() and (norms[MEMORISED:] < 0.9 * full[MEMORISED:]).all()


@pytest.mark.claim("mutschler-zell:figure-8")
def test_numbers_of_lines_from_one_point(mnist, narrow):
    at = [narrow["directions"][step] for step in ("800", "1800")]
    twin = [mnist["runs"][PLAIN]["directions"][step] for step in ("100", "260", "580", "1220")]
    assert all(len(found["s_opt"]) == 5 and len(found["distances"]) == 10 for found in (*at, *twin))
    assert "s_opt is {} and {}, and".format(*(span(found["s_opt"], 2) for found in at)) in told("figure-8")
    assert "distances of {} and {}. On".format(*(span(found["distances"], 2) for found in at)) in told("figure-8")
    assert "s_opt is {}, {}, {} and {}, and".format(*(span(found["s_opt"], 2) for found in twin)) in told("figure-8")
    assert f"the distances are {span([d for found in twin for d in found['distances']], 2)}" in told("figure-8")


def test_what_the_docstrings_tell_of_the_narrow_network(narrow):
    """Of what the predicates are asked on the twin, each where it is told."""
    early, late = halves(narrow["full_over_batch_slope"]["all"])
    assert f"have {span(early, 2)} until step 1000, and {max(late):#.2g} or less later" in lines.batch_and_full_batch_differ.__doc__
    for key in ("fit_slope", "fit_curvature"):
        values = np.abs(narrow[key]["all"])
        until = values[: narrow["measured"].index(900) + 1]
        assert max(until) / min(until) < 2.5 and max(values) / min(values) > 20
    early, late = (np.array(part) / sizes.BATCH for part in halves(narrow["noise_scale"]["all"]))
    assert f"{early.min():.1f} to {early.max():.1f} on ResNet-20's" in steps.exact_searches_on_the_batch_are_poor.__doc__
    assert (f"{late.min():.1f}", f"{late.max():.0f}") == ("4.9", "41")
    gains = [f"{share:.3f}" for share in steps.shares(narrow, "FBPAL")]
    assert "On ResNet-20 {} and {}.".format(*gains) in steps.full_batch_pal_is_almost_optimal.__doc__
    assert span(narrow["minimum_over_gradient_norm"]["variation"], 1)[:4] == "0.08"
    factors = {
        size: [np.array(part) * size / sizes.BATCH for part in halves(narrow["sizes"][str(size)]["slope_ratio"]["all"])]
        for size in (32, 256)
    }
    words = [span(factors[size][half], 2) for half in (0, 1) for size in (256, 32)]
    assert "{} and {} until step 1000, and {} and {} later".format(*words) in sizes.the_slope_has_the_inverse_factor.__doc__
    (sgd, pal), (sgd_late, pal_late) = zip(*(narrow["sizes"]["64"][name]["share_of_the_best"] for name in ("SGD", "PAL")), strict=True)
    assert sgd < pal and pal_late < sgd_late < 0
    assert all(round(narrow["sizes"][size]["PAL"]["share_of_the_best"][0], 1) == 0.8 for size in ("32", "64"))


@pytest.mark.claim("mutschler-zell:figure-9", "mutschler-zell:text-global")
def test_numbers_of_the_other_runs(mnist):
    varies = [mnist["runs"][name]["minimum_over_gradient_norm"]["variation"] for name in (MOMENTUM, PLAIN)]
    assert f"varies by {span(varies[0], 2)} of" in told("figure-9")
    assert f"by {span(varies[1], 2)} without" in told("figure-9")
    ends = [mnist["runs"][name]["loss"]["medians"][-1] for name in steps.THREE_RATES]
    assert "{:.2f} with 0.05, {:.2f} with 0.1 and {:.2f} with 0.2".format(*ends) in told("text-global")


@pytest.mark.claim(*(f"mutschler-zell:figure-{n}" for n in range(10, 21)))
def test_what_the_papers_size_would_take():
    cost = json.loads((RESULTS / figures.NARROW).read_text(encoding="utf-8"))["cost"]
    seconds = figures.SAMPLE_LOSSES / cost["sample_losses_a_second"]
    assert f"{cost['sample_losses_a_second']:,} losses of a sample" in figures.SIZE
    assert f"{figures.SAMPLE_LOSSES // 10**6:,} million of 10,000 lines are {seconds / 86400:.0f} days" in figures.SIZE
    assert all("not run" in told(f"figure-{n}") for n in range(10, 21))
    minutes = f"26 lines of that at half the width took {cost['cpu_seconds'] / 60:.0f} minutes"
    assert all(minutes in told(f"figure-{n}") for n in range(11, 21))


@pytest.mark.claim("mutschler-zell:text-abs-core1")
def test_the_parabolas_misfit(mnist):
    assert f"{np.median(misfits(mnist, PLAIN)):.1%}" == "0.2%"
    assert f"{max(misfits(mnist, MOMENTUM)):.1%}" == "1.9%"
