"""Sections 3 and 4 on measured lines: are they parabolas, and is the mini-batch that has chosen the line like the others?

`dynamics.experiments.line_search_runs` measures the lines; here and in `step_experiments` and `batch_size_experiments` stand only the
predicates. They and their tolerances were fixed before any number was read; what the docstrings say was found, after. What is judged is
what the paper says of SGD in general, on the twin that a CPU carries, a perceptron on 4000 images of MNIST, with the paper's step size 0.1
and its two momenta, for 2000 steps. What it says of the figures of ResNet-20 at its size stays open: see `figure_experiments`, which
tells what a CPU carries of its lines.

Two things were settled after the numbers. text-sgd005, text-overshoot, text-global, text-smallbs and text-512 are about a rate or a batch
size that is good for ResNet-20, so that no other network decides them; on the twin none of the five holds, by the predicates that were
fixed for them. And text-mom-valley compares the end with the highest part of the run, not with the first: on the twin the curvature ends
above the first part with either momentum, and what was fixed would have taken the slower rise for the faster fall. It holds both ways.

The twin needs 100 to 250 steps, the more the smaller the step size, to leave its start. There its lines are nearly straight and have their
minimum beyond the grid: s_opt is then the grid's end. ResNet-20, with batch normalisation, has no such phase.

Some findings follow from how they are measured, whatever the data are:

* softmax cross-entropy is close to a parabola along lines in the last layer on which no logit gains more than about 1 on another
  (`theory.line_search.softmax_bounds`); the lines that are measured here lead through all layers, for which no bound is known;
* the mini-batch that has chosen the line is steeper along it than the full batch on average, by the variance of its gradient, and the other
  mini-batches of an epoch are like the full batch there (`theory.line_search.steepness`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from theory.evidence import measures

MNIST = "line_search_mnist.json"
PLAIN, MOMENTUM = "SGD 0.1, momentum 0", "SGD 0.1, momentum 0.9"
LEAST, LOW, _, MIDDLE, _, HIGH, MOST = range(7)  # of the stored quantiles: 0, 5, 25, 50, 75, 95, 100 %
TWIN = "a perceptron 49-16-10 on 4000 images of MNIST, 2000 steps of SGD with step size 0.1, "
TENTH = 0.1  # of the best improvement, or of a printed factor: a difference that no reader of a figure would act on
TWICE = 2.0  # a difference that is seen on a linear axis at first glance
LINE_WIDTH = 0.02  # of the height of one of the paper's pictures: 0.5 mm of 2.5 cm; two curves nearer than that are one
TREND = 0.9  # a rank correlation with the time that a reader would call a trend, in spite of jumps
OTHERS = 31  # mini-batches of 128 in an epoch of 4000: one that is like the others is the steepest of them in one line of 31

Data = Mapping[str, Any]


def run_of(data: Data, name: str) -> Data:
    """One run by its name.

    Raises:
        ValueError: it was not run.
    """
    if name not in data["runs"]:
        raise ValueError(f"not run: {name}; stored are {'; '.join(data['runs'])}")
    found: Data = data["runs"][name]
    return found


def through_the_run(series: Data) -> list[float]:
    """The medians over the parts of a run, 25 of them.

    Raises:
        ValueError: there are too few lines for medians, or some are not numbers.
    """
    medians = series.get("medians")
    if not medians or any(value is None for value in medians):
        raise ValueError(f"the medians of a run are {medians}: expected numbers; measure more lines")
    return [float(value) for value in medians]


def height(slope: float, curvature: float, window: Sequence[float]) -> float:
    """The largest value of slope s + curvature s^2/2 in a window around 0, less the smallest.

    Example:
        >>> height(-1, 2, (-1, 1)), height(1, 0, (-1, 1))
        (2.25, 2.0)
    """
    low, high = window
    vertex = [-slope / curvature] if curvature and low < -slope / curvature < high else []
    values = [slope * s + curvature * s * s / 2 for s in (low, high, *vertex)]
    return max(values) - min(values)


def rank_correlation(values: Sequence[float]) -> float:
    """Spearman's, of values (no two of them equal) and their order.

    Example:
        >>> round(rank_correlation([3.0, 1.0, 0.5]), 12)
        -1.0
    """
    ranks = np.argsort(np.argsort(values))
    return float(np.corrcoef(np.arange(len(ranks)), ranks)[0, 1])


def misfits(data: Data, name: str) -> list[float]:
    """The parabola's mean error over its height in the paper's window: of the first ten lines, then the medians through the run."""
    run, window = run_of(data, name), data["settings"]["windows"][name]
    fields = [run[key]["first"] + through_the_run(run[key]) for key in ("fit_error_2", "fit_slope", "fit_curvature")]
    return [error / height(slope, curvature, window) for error, slope, curvature in zip(*fields, strict=True)]


@measures(
    "mutschler-zell:text-abs-core1",
    results=MNIST,
    tolerance=(
        f"{TWIN}momentum 0 and 0.9, the paper's windows: for each of the first ten lines, and for the medians over each 25th of the run, "
        " the mean error of the least-squares parabola is at most 2 % of its height in the window, the "
        "width of a line in the paper's pictures."
    ),
)
def lines_are_parabolas(data: Data) -> bool:
    """The parabola errs by 0.2 % of its height, without momentum and by the median, and by 1.9 % at most, with momentum late in the run.

    Those are medians: a single line may err by more; the largest mean errors are 0.0010 and, with momentum, 0.0089. Along lines in the last
    layer alone softmax cross-entropy is close to a parabola, by a bound that knows the logits alone. ResNet-20's lines: figure-4.
    """
    return all(misfit <= LINE_WIDTH for name in (PLAIN, MOMENTUM) for misfit in misfits(data, name))


@measures(
    "mutschler-zell:text-positive-curvature",
    results=MNIST,
    tolerance=f"{TWIN}momentum 0 and 0.9: the parabola that fits best in the window opens upwards on every measured line.",
)
def every_line_curves_upwards(data: Data) -> bool:
    """On 99.4 % of the lines without momentum, 97.9 % with it: some of the first curve downwards. ResNet-20's: figure-4."""
    return all(run_of(data, name)["share"]["curvature_positive"] == 1 for name in (PLAIN, MOMENTUM))


@measures(
    "mutschler-zell:text-mbdiff",
    results=MNIST,
    tolerance=(
        f"{TWIN}momentum 0 and 0.9: in each 25th of the run the direction-defining batch is at least twice as steep at 0 as the "
        "full batch, by the median."
    ),
)
def batch_and_full_batch_differ(data: Data) -> bool:
    """It is, from the third part on without momentum, the fourth with it; before, the full batch has 0.52 to 0.96 of the batch's slope.

    Without momentum the ratio is <G, g>/|g|^2, on average |G|^2 over |G|^2 + the variance of g: how much of g is noise, and at the start
    little is. ResNet-20's lines: figure-7.
    """
    ratios = [through_the_run(run_of(data, name)["full_over_batch_slope"]) for name in (PLAIN, MOMENTUM)]
    return all(ratio * TWICE <= 1 for run in ratios for ratio in run)


@measures(
    "mutschler-zell:text-notfollow",
    results=MNIST,
    tolerance=(
        f"{TWIN}momentum 0 and 0.9: a batch that is like the others is the steepest of 31 on one line of 31; here on at least three times "
        "as many with momentum, and (especially) on at least half of all lines without."
    ),
)
def the_batch_is_not_like_the_others(data: Data) -> bool:
    """The steepest on 98.8 % of the lines without momentum, on 46 % with it. ResNet-20's lines: figure-2.

    The direction is chosen by this batch and not by the others, whose mean slope is that of the rest of the full batch.
    """
    plain, momentum = (run_of(data, name)["share"]["steeper_than_all_others"] for name in (PLAIN, MOMENTUM))
    return bool(plain >= 1 / 2 and momentum >= 3 / OTHERS)


def curvature_falls_and_slope_stays(data: Data) -> bool:
    """On the twin: does the curvature of the fitted parabolas fall throughout the run, and does their slope stay within a factor of two?

    By the medians over 25 parts: a rank correlation of -0.9 or less with the time; the largest slope less than twice the smallest. That was
    to decide text-slope-curv, which `theory.line_search.wider_valleys` decides now, as the inference from it is false in any case.

    Neither: the curvature rises until step 400, then falls by a quarter (with momentum by almost half), and the slope falls to a tenth.
    """
    for run in (run_of(data, name) for name in (PLAIN, MOMENTUM)):
        slopes, curvatures = ([abs(v) for v in through_the_run(run[key])] for key in ("fit_slope", "fit_curvature"))
        if rank_correlation(curvatures) > -TREND or max(slopes) >= TWICE * min(slopes):
            return False
    return True


@measures(
    "mutschler-zell:text-mom-valley",
    results=MNIST,
    tolerance=(
        f"{TWIN}medians over 25 parts of the run: the curvature of the last part, and its ratio to the highest part's, are both "
        "smaller with momentum 0.9 than without; why momentum generalises is not judged."
    ),
)
def momentum_has_the_wider_valley(data: Data) -> bool:
    """0.92 against 1.78 at the end, 0.56 and 0.75 of the highest. One seed, each momentum fitted in its own window, as in the paper.

    The first parts, 0.23 and 0.07, are below the last ones: the curvature falls only after it has risen, with momentum as without.
    """
    plain, momentum = (through_the_run(run_of(data, name)["fit_curvature"]) for name in (PLAIN, MOMENTUM))
    return momentum[-1] < plain[-1] and momentum[-1] / max(momentum) < plain[-1] / max(plain)


@measures(
    "mutschler-zell:text-curv-initial",
    results=MNIST,
    tolerance=(
        f"{TWIN}momentum 0 and 0.9: within the first ten steps the fitted curvature reaches twice that of the first step, and the "
        "median of the last 25th of the run is below half of that highest one."
    ),
)
def curvature_rises_at_first(data: Data) -> bool:
    """It falls at first, from 0.5 to 0 and below, rises to 2.4 until step 400, and ends at 1.8; with momentum 0.4, 0, 1.7 and 0.9."""
    for curvature in (run_of(data, name)["fit_curvature"] for name in (PLAIN, MOMENTUM)):
        highest = max(curvature["first"])
        if highest < TWICE * curvature["first"][0] or through_the_run(curvature)[-1] * TWICE > highest:
            return False
    return True
