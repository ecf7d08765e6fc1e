"""The figures of ResNet-20, ResNet-18 and MobileNetV2: what ran instead, and what a run at the paper's size takes.

What ran are lines of a ResNet-20 of full width on the same share of CIFAR-10, with momentum 0 and 0.9: the first three and one in 100
steps, 15 points a line, some of them at the paper's resolution too. That is no figure; the numbers are told, and each figure stays open, as
does what the text says of the rates and batch sizes that are good for ResNet-20. `python -m dynamics.experiments.line_search_runs paper
--device cuda` measures the lines of the figures. All numbers are read from the stored lines (`theory.line_search.resnet_lines`).

Two things are to be known of the later lines, where the loss is near 0. Their minima are near 0 too, within a few points of the grid, so
they are those of a spline. And each fresh batch is normalised with its own statistics, so that the law of
`theory.line_search.sampling`, for samples whose losses do not depend on each other, misses.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from theory.evidence import undecided
from theory.line_search.experiments import MIDDLE, MNIST, MOMENTUM, MOST, PLAIN
from theory.line_search.resnet_lines import Lines, early_and_late, gain, lines_of, of_both, percent, span, stored
from theory.line_search.step_experiments import THREE_RATES

PAPER = 10_000 * 167 * 4000  # sample losses of one run
DAY, HOUR = 24 * 3600, 3600
SOME, LARGER = ("32", "64", "256", "2048"), ("256", "512", "1024", "2048")

OWN, WITH_MOMENTUM, TWIN = lines_of(PLAIN), lines_of(MOMENTUM), stored(MNIST)["runs"]
COST = stored()["cost"]
SIZE = (
    f"not run at the paper's size: on one CPU core {COST['sample_losses_a_second']:,} losses of a sample are evaluated a second, with the "
    f"training, so the 6,680 million of 10,000 lines are {PAPER / COST['sample_losses_a_second'] / DAY:.0f} days (python -m "
    "dynamics.experiments.line_search_runs paper --device cuda is the run that is missing)"
)
LINES = (
    f"{OWN.run['lines']:.0f} lines of the first {OWN.run['steps']:.0f} steps of a ResNet-20 without momentum, and as many with momentum "
    f"0.9, step size 0.1, no augmentation, 15 points a line; early is until the loss is below 0.1, from step {OWN.end} on without momentum "
    f"and {WITH_MOMENTUM.end} with it"
)
RAN = f"{SIZE}. What reduced runs showed, on {LINES}"


def tells(claim: str) -> Callable[[Callable[[], str]], Callable[[], str]]:
    """Mark the sentences that say why a claim is open."""

    def register(sentences: Callable[[], str]) -> Callable[[], str]:
        undecided(f"mutschler-zell:{claim}", sentences())
        return sentences

    return register


def parabolas() -> str:
    """How well they fit, and straight lines, and what 167 points say that 15 do not."""
    second = of_both(lambda lines: early_and_late(lines, lines.misfits(2)))
    first = of_both(lambda lines: early_and_late(lines, lines.misfits(1)))
    errors = [error for lines in (OWN, WITH_MOMENTUM) for error in lines.spline_errors()]
    minima = [abs(one - other) for lines in (OWN, WITH_MOMENTUM) for one, other in lines.both_ways("s_opt")]
    return (
        f"in percent of its height in the window the parabola errs by {second}, and a straight line by {first}. Of {len(errors)} lines "
        f"that were measured at the paper's 167 points too, the splines through 15 are off by {span(errors)} % of the height, and their "
        f"minima by {span(minima)}"
    )


@tells("figure-1")
def training() -> str:
    """A minibatch's loss at the start and at the end."""

    def falls(lines: Lines) -> str:
        medians = lines.run["minibatch_loss"]["medians"]
        return f"from {medians[0]:.2f} in the first 25th to {medians[-1]:.2g} in the last"

    return f"{RAN}: the median loss of a minibatch falls {of_both(falls)}. Test accuracy was not measured"


@tells("figure-2")
def representative_lines() -> str:
    """The batch that chose the line among the others."""
    full = of_both(lambda lines: percent(lines.run["share"]["steeper_than_full_batch"]))
    others = of_both(lambda lines: percent(lines.run["share"]["steeper_than_all_others"]))
    below = of_both(lambda lines: early_and_late(lines, lines.all("below_lower_quartile")))
    return (
        f"{RAN}: of the lines the direction-defining batch is steeper than the full batch on {full}, and than every other minibatch on "
        f"{others}. The share of the points s > 0 at which its loss is below the others' lower quartile is {below}. "
        "demos/line_search_lines.py draws the picture for a small network"
    )


@tells("text-simple")
def simple_shapes() -> str:
    """What is no number stays open."""
    return f"{RAN}: {parabolas()}. 'Simple' and 'substantially' are not numbers"


@tells("figure-3")
def shapes() -> str:
    """Distances among the first lines, and among later ones."""
    first, late = of_both(Lines.first_distances), of_both(lambda lines: span(lines.late_distances()))
    twin = [TWIN[name]["shape"]["of_later_lines"]["quantiles"] for name in (PLAIN, MOMENTUM)]
    medians, largest = (" and ".join(f"{each[k]:.2g}" for each in twin) for k in (MIDDLE, MOST))
    return (
        f"{RAN}: the first ten have shapes with distances of {first}, the later ones, where the loss is near 0, of {late}. On a perceptron "
        f"on MNIST those of all lines after the first ten have the medians {medians} without and with momentum, and the largest are "
        f"{largest}; those of the first ten lines are no larger than the later ones"
    )


@tells("figure-4")
def fits() -> str:
    """The errors, and the curvature."""
    curvature = of_both(lambda lines: early_and_late(lines, lines.all("fit_curvature")))
    return (
        f"{RAN}: {parabolas()}. The fitted curvature is {curvature}. On a perceptron on MNIST the curvature rises until step 400, then "
        "falls by a quarter; the slope falls to a tenth; see also text-abs-core1"
    )


@tells("figure-5")
def pictures_of_steps() -> str:
    """No numbers to compare with."""
    return (
        f"{SIZE}; the figure shows five pictures and no number. What reduced runs showed: see figure-6. demos/line_search_lines.py draws "
        "the steps of the strategies on measured lines"
    )


@tells("figure-6")
def strategies() -> str:
    """The minima, and which strategy comes near them."""
    gains = ", ".join(f"{name} {gain(OWN.run[name])}" for name in ("SGD 0.1", "SGD 0.05", "PAL", "FBPAL", "exact on the batch"))
    whole, late = (OWN.run[key]["on_lines"] for key in ("rates", "rates_of_the_second_half"))
    return (
        f"{RAN}: without momentum s_opt/|g| is {early_and_late(OWN, OWN.all('minimum_over_gradient_norm'))}. Of the best improvement gain: "
        f"{gains}. The best constant rate on these lines is {whole:.3f}, and {late:.3f} in the second half, where half of the run's rate "
        "is 0.05"
    )


@tells("text-no-walls")
def no_walls() -> str:
    """What the loss does up to s = 0.5."""
    return (
        "that no boundary was seen says neither what a boundary would be nor how far one looked beyond s = 0.5. What reduced runs showed, "
        f"on {LINES}: {parabolas()}. On the last line of which there is a picture the loss is {of_both(Lines.rise)}"
    )


@tells("figure-7")
def batch_sizes() -> str:
    """Slopes of resized batches, and norms of fresh ones."""

    def of_sizes(key: str, sizes: tuple[str, ...]) -> str:
        return "; ".join(f"for {size} {early_and_late(OWN, OWN.run['sizes'][size][key]['all'])}" for size in sizes)

    medians = [float(np.median(OWN.run["sizes"][size]["slope_over_expected"]["all"])) for size in LARGER]
    return (
        f"{RAN}, without momentum: the slope's ratio to batch size 128 is {of_sizes('slope_ratio', SOME)}, where the inverse factors are "
        f"4, 2, 0.5 and 0.0625. The full batch's slope over the minibatch's is {early_and_late(OWN, OWN.all('full_over_batch_slope'))}, "
        "and the larger batches' ratios are the inverse factors where it is 128/4000 = 0.032. The median of the slope over its exact "
        f"expectation is {span(medians, 3)} for 256 to 2048. The caption's 'gradient norm' is not what was measured: of the norm at 128 "
        f"fresh batches have {of_sizes('norm_ratio', ('256', '2048'))}, each normalised with its own statistics (see algorithm-resize, "
        "text-abs-core3)"
    )


@tells("figure-8")
def directions_from_one_point() -> str:
    """Five lines each."""

    def at(run: Mapping[str, Any], steps: list[str]) -> str:
        found = [(step, run["directions"][step]) for step in steps]
        return "; ".join(f"at step {step} s_opt {span(d['s_opt'])}, distances {span(d['distances'])}" for step, d in found)

    return (
        f"{RAN}, of five lines from one point, along the gradients of its own minibatch and of the next four, without momentum: "
        f"{at(OWN.run, list(OWN.run['directions'])[-2:])}. On a perceptron on MNIST: {at(TWIN[PLAIN], ['100', '260', '580', '1220'])}"
    )


@tells("figure-9")
def with_momentum() -> str:
    """The ratio's noise, and overshooting."""
    noise = of_both(lambda lines: span(lines.run["minimum_over_direction_norm"]["variation"]))
    beyond = of_both(lambda lines: percent(lines.run["share"]["own_step_beyond_minimum"]))
    own = of_both(lambda lines: f"{np.median(lines.in_own_steps()):.2g}")
    rates = of_both(lambda lines: f"{lines.run['rates']['on_lines']:.3f}")
    return (
        f"{RAN}: in the fifths of the run the ratio of s_opt to the direction's norm varies, in means of the fifth, by {noise}. Of the "
        f"lines the run's own step is beyond the minimum on {beyond}, and the median of s_opt, in own steps, is {own}. The best constant "
        f"rate on the lines is {rates}, where half of the run's rate is 0.05. On a perceptron on MNIST see text-mom-5"
    )


@tells("figure-10")
def three_rates() -> str:
    """Not run."""
    return (
        "not run: a training with 0.05 and one with the caption's 0.01, and the text's 0.1, of 10,000 steps each. The caption contradicts "
        "the text, where 0.1 is globally best and 0.05 is compared with it: see text-global, text-grid"
    )


@tells("text-sgd005")
def half_of_the_rate() -> str:
    """On which lines 0.05 is good."""
    late = ", ".join(f"{TWIN[name]['rates_of_the_second_half']['on_lines']:.3f}" for name in THREE_RATES)
    own, twin = (f"{gain(run['SGD 0.05'])}, FBPAL {gain(run['FBPAL'])}" for run in (OWN.run, TWIN[PLAIN]))
    return (
        f"{RAN}: without momentum 0.05 |g| gains of the best improvement {own}; on the lines of a perceptron on MNIST {twin}. That 0.05 "
        "fits is due to the run's own 0.1: in the second half of the perceptron's runs with 0.05, 0.1 and 0.2 the best constant rates are "
        f"{late}, as the balance says (`theory.line_search.half_rate`)"
    )


@tells("text-overshoot")
def overstepping() -> str:
    """How often, and how far."""
    beyond = of_both(lambda lines: percent(lines.run["share"]["own_step_beyond_minimum"]))
    return (
        f"{RAN}: of the lines the run's own step is beyond the minimum on {beyond}; without momentum s_opt is, in own steps, "
        f"{early_and_late(OWN, OWN.in_own_steps())}. On the lines of a perceptron on MNIST it is beyond on "
        f"{percent(TWIN[PLAIN]['share']['own_step_beyond_minimum'])}. By the balance of the run (see text-sgd005) it is twice the best on "
        "average for any rate, once the loss has stopped falling: so it is no sign of walls, nor of the best rate"
    )


@tells("text-global")
def globally_better() -> str:
    """The twin's three runs."""
    ends = ", ".join(f"{TWIN[name]['loss']['medians'][-1]:.2f}" for name in THREE_RATES)
    half, own = (gain(TWIN[PLAIN][name]) for name in ("SGD 0.05", "SGD 0.1"))
    return (
        "not run: trainings of ResNet-20 with 0.05 and with 0.1 until the end. What other runs showed: a perceptron on MNIST ends, after "
        f"2000 steps, at the losses {ends} with 0.05, 0.1 and 0.2, though on the lines of the run with 0.1 steps 0.05 |g| gain of the best "
        f"improvement {half}, its own {own}. By the balance of the run (see text-sgd005) half of the rate is best on the lines for every "
        "rate, so what is best on them says nothing of which rate to train with"
    )


def with_batches_of(run: Mapping[str, Any], *sizes: str) -> str:
    """The gains of SGD and of PAL."""
    found = ((size, run["sizes"][size]) for size in sizes)
    return "; ".join(f"with {size} SGD {gain(each['SGD'])}, PAL {gain(each['PAL'])}" for size, each in found)


@tells("text-smallbs")
def small_batches() -> str:
    """Which of both loses more is a matter of the rate."""
    sgd, pal = (TWIN[PLAIN][name]["step"]["quantiles"][MIDDLE] for name in ("SGD 0.1", "PAL"))
    return (
        f"{RAN}: without momentum gain of the best improvement {with_batches_of(OWN.run, '32', '64')}. On the lines of a perceptron on "
        "MNIST PAL loses more than SGD. That is a matter of the rate: with batches of 128 SGD's step is, in PAL's, "
        f"{early_and_late(OWN, OWN.in_steps_of_pal())}, and {sgd / pal:.2g}, by the median, on the perceptron's lines. Where the curvature "
        "along all lines is the same, a step longer than PAL's does worse with any batch size, and a shorter one better once most of the "
        "gradient is noise"
    )


@tells("text-512")
def batches_of_512() -> str:
    """What they gain."""
    return (
        f"{RAN}: without momentum gain of the best improvement {with_batches_of(OWN.run, '512', '128')}. On the lines of a perceptron on "
        f"MNIST: {with_batches_of(TWIN[PLAIN], '512', '128')}. All on lines that 128 samples chose (see algorithm-resize)"
    )


APPENDIX = {
    **dict.fromkeys((11, 13, 15, 17, 19), "a ResNet-18 has fourteen times the multiplications of a ResNet-20"),
    **dict.fromkeys((12, 14, 16, 18, 20), "a MobileNetV2 is a network of the same kind, but larger than ResNet-20"),
}
for number, reason in APPENDIX.items():
    undecided(
        f"mutschler-zell:figure-{number}",
        f"not run: {reason}, of which twice {OWN.run['lines']:.0f} lines took {COST['cpu_seconds'] / HOUR:.1f} hours of a CPU core; the "
        "command has neither network. The same quantities of a ResNet-20 are told at figures 3, 4, 6, 7 and 9.",
    )
