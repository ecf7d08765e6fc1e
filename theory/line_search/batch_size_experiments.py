"""Section 6 on measured lines: batches that were made larger or smaller afterwards.

The predicates and their tolerances were fixed before any number was read; see `theory.line_search.experiments`. What the paper measures
is the slope of a batch that keeps its line: a larger one has c + (1 - c) m/M of the slope s on average, with c s that of the samples that
did not choose the line (`theory.line_search.resizing`), so the factor is automatic where c is small; a smaller one is steeper because the
least steep samples are dropped. The norm of a fresh batch's gradient falls with the root of the factor where noise is most of it, and M is
small beside N (`theory.line_search.sampling`). `slopes_follow_the_law` and `norms_follow_the_root` test both on the measured lines.

In the second half of the run the slope at batch size 2048 is 0.12 of that at 128, where the factor is 0.0625; but the gradient norms of
fresh batches are 0.33, where the root of the factor is 0.25. At 256 they are 0.73: twice the batch size has the effect of three quarters
of the step size.
"""

from __future__ import annotations

from theory.evidence import measures
from theory.line_search.experiments import MNIST, PLAIN, TENTH, TWICE, TWIN, Data, run_of, through_the_run

BATCH = 128
SMALLER, NEAR, LARGER = (32, 64), (32, 64, 256), (512, 1024, 2048)


def resized(data: Data, size: int) -> Data:
    """What was measured for one batch size on the lines of the run with step size 0.1."""
    sizes = run_of(data, PLAIN)["sizes"]
    if str(size) not in sizes:
        raise ValueError(f"not run: batch size {size}; stored are {', '.join(sizes)}")
    found: Data = sizes[str(size)]
    return found


def lost(data: Data, size: int, strategy: str) -> list[float]:
    """1 - the share of the best improvement: over all lines, and over those of the second half of the run."""
    return [1 - float(share) for share in resized(data, size)[strategy]["share_of_the_best"]]


def small_batches_hurt_sgd_more(data: Data) -> bool:
    """On the twin's lines: is SGD's share of the best improvement below PAL's by more than a tenth, for the batch sizes 32 and 64?

    Over all lines and over the second half. No: PAL does worse, at every size below 1024, as most of a slope is noise, and PAL goes to the
    minimum of it. That was to decide text-smallbs; but which of both does worse is a matter of the rate (`theory.line_search.batch_gains`),
    and the rate is ResNet-20's. The steepest samples were kept: so SGD's step is longer by the procedure.
    """
    pairs = [pair for size in SMALLER for pair in zip(lost(data, size, "SGD"), lost(data, size, "PAL"), strict=True)]
    return all(sgd > pal + TENTH for sgd, pal in pairs)


def batch_512_is_almost_optimal(data: Data) -> bool:
    """On the twin's lines: does 512 lose at most a tenth of the best improvement, and half of what 128 loses, for SGD and for PAL?

    Over all lines and over the second half. No: SGD gains 0.17 and 0.61 of the best, PAL less than nothing.
    """
    for strategy in ("SGD", "PAL"):
        pairs = zip(lost(data, 512, strategy), lost(data, BATCH, strategy), strict=True)
        if not all(large <= TENTH and TWICE * large <= own for large, own in pairs):
            return False
    return True


@measures(
    "mutschler-zell:text-factor",
    results=MNIST,
    tolerance=(
        f"{TWIN}no momentum: for batch sizes 32, 64 and 256 the median of the slope's ratio over each 25th of the run is 128/M to a "
        "tenth of it."
    ),
)
def the_slope_has_the_inverse_factor(data: Data) -> bool:
    """1.6 times the factor at first for 256, later 0.9 to 1.3 times; 0.64 for 32, later 1.2. ResNet-20: figure-7.

    For 256 the mean is (1 + c)/2: a tenth off at c = 0.1. For 32 it is 4 exactly if the 96 samples dropped have the mean slope 0.
    """
    found = {size: through_the_run(resized(data, size)["slope_ratio"]) for size in NEAR}
    return all(abs(ratio * size / BATCH - 1) <= TENTH for size, ratios in found.items() for ratio in ratios)


@measures(
    "mutschler-zell:text-larger",
    results=MNIST,
    tolerance=(
        f"{TWIN}no momentum: for batch sizes 512, 1024 and 2048 the median of the slope's ratio over the first 25th of the run is more "
        "than a tenth above 128/M, and that over the last 25th less than half as far above or below."
    ),
)
def larger_batches_come_to_the_factor(data: Data) -> bool:
    """2.9, 5.6 and 10.9 times the factor at first, 1.3, 1.5 and 2.1 times at the end.

    The mean is c + (1 - c) m/M, above m/M by c (1 - m/M): the full batch's part in the slope, which goes with the gradient.
    """
    for size in LARGER:
        off = [ratio * size / BATCH - 1 for ratio in through_the_run(resized(data, size)["slope_ratio"])]
        if off[0] <= TENTH or TWICE * abs(off[-1]) >= off[0]:
            return False
    return True


def slopes_follow_the_law(data: Data) -> bool:
    """For each larger batch: the slope over its exact expectation, by the medians through the run, is 1 to a tenth.

    12 of 100 medians, each over 20 lines, are off by more, up to 23 %: a tenth is less than they scatter. 50 of the 100 are above 1, and
    their mean is 1.005 (looked at after): that is the law.
    """
    found = [through_the_run(resized(data, size)["slope_over_expected"]) for size in (256, *LARGER)]
    return all(abs(ratio - 1) <= TENTH for ratios in found for ratio in ratios)


def norms_follow_the_root(data: Data) -> bool:
    """For each batch size: the squared gradient norms of fresh batches sum up to what is expected, to a tenth; they do to 2 %."""
    return all(abs(resized(data, size)["square_over_expected"] - 1) <= TENTH for size in (*NEAR, BATCH, *LARGER))
