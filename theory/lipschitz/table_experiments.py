"""Tables 1 and 2 on real data: what their numbers reproduce, and what they say. (sections 7.1 and 7.2, figure 1).

`dynamics.experiments.lipschitz_tables` computes every cell under each reading of the set-up; here stand only the predicates. They and their
tolerances were fixed before the numbers were seen:

* a printed number may be rounded or cut off, so one unit of its last digit is allowed;
* epochs may be counted from 0 or from 1, so one epoch is allowed;
* the law of the random start, and the seed of a random split, are not printed. Each is drawn 39 times: if the paper's own draw is like
  these, it lies outside of their span with a probability of 2/40.

Three points were settled after: a start that is already below T_L (12 of 39 on California) is no race; races and oscillations take
standard normal starts, the law that gives E_0.1 of Digits; and what is claimed of data sets is asked of one start each, as in the paper,
not of every start (1/L against 0.1), and of every 500th iteration, where the paper looked, not of each.

What was found. Only Breast cancer is run as the text says, with a column of ones among the features that sum to 1 (4280.2277, printed once
rounded, once cut off). For the regressions the text's reading, K of the scaled data, makes L negative. California and Energy follow from
|L| with that column, Frobenius' norm, and K of the *unscaled* features, with |x| in its means; this gives 8.3133 for Boston, which its own
epochs allow (`theory.lipschitz.quadratic_epochs`), but not the printed 9.316, with which every start that was drawn needs 494 to 497 epochs
for the printed 555. Iris and Digits are not scaled at all, and split 70 to 30.
Of Digits' row, E_1/L = 2 is not the epoch at which the loss is below 0.2, which takes 85 or more from any start that was drawn, but the
one at which a softmax taken literally is 0 log 0. Breast cancer's 90.5 % is the accuracy after about 60 to 100 epochs; after the printed
1000 it is 92.8 %, from every start; both printed shares are whole numbers of all 569 samples, 246 and 515, and not of a fifth, a quarter,
30 % or a third of them. With 1/L the losses of Iris and Digits rise again and again, those of Iris also as seen at every 500th iteration;
and from 3 of 39 starts of Iris 1/L is slower than 0.1, or not below T_L in 5000 epochs. From weights uniform on [0, 1), 0.1 needs 51 to 86
epochs on Digits, and 1/L 85 to 182.

Not run: Online News (53 of 58 predictors are at hand: 1/L is 1.53 with these) and Covertype (8,964 rows of the two classes are at hand,
not 100,000 or 495,141; with L as |X|/(2 m) ~ m^(-3/2) they make the printed 17.48 and 189.35 million 16.1 and 177). The 57.21 % printed
for Covertype is the share of the larger class among the 495,141 rows, 283,301.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from theory.evidence import measures

TABLES = "lipschitz_tables.json"
ONE_EPOCH = 1  # the first epoch is number 0 or number 1
HUNDREDFOLD = 100
STEPS = ("0.1", "1/L")

Data = Mapping[str, Any]


def unit(printed: str) -> Fraction:
    """One unit of the last digit of a printed number.

    Example:
        >>> unit("9.316"), unit("4280"), unit("93.3")
        (Fraction(1, 1000), Fraction(1, 1), Fraction(1, 10))
    """
    return Fraction(1, 10 ** len(printed.partition(".")[2]))


def within(printed: str, span: Sequence[float]) -> bool:
    """Whether a printed number lies in a span of measured ones, one unit of its last digit aside."""
    low, high = (Fraction(end) for end in span)
    return low - unit(printed) < Fraction(printed) < high + unit(printed)


def epochs_within(printed: int, span: Sequence[int | None]) -> bool:
    """Whether a printed number of epochs lies in the measured span, one epoch aside; a span without an end never reached the threshold."""
    low, high = span
    return low is not None and low - ONE_EPOCH <= printed and (high is None or printed <= high + ONE_EPOCH)


def run_rows(data: Data, table: str) -> list[Data]:
    """The rows of a table whose data are at hand."""
    return [row for row in data[table] if row["not_run"] is None]


def row_1_reproduced(row: Data) -> bool:
    """Whether one reading of the set-up gives the step 1/L and both numbers of epochs."""
    printed = row["printed"]
    return any(
        within(printed["inverse"], reading["inverse"])
        and all(epochs_within(epochs, reading["epochs"][step]) for step, epochs in zip(STEPS, printed["epochs"], strict=True))
        for reading in row["readings"]
    )


def row_2_reproduced(row: Data) -> bool:
    """Whether one reading of the set-up gives the step 1/L and both accuracies."""
    printed = row["printed"]
    return any(
        within(printed["inverse"], reading["inverse"])
        and all(within(share, reading["accuracies"][step]) for step, share in zip(STEPS, printed["accuracies"], strict=True))
        for reading in row["readings"]
    )


@measures(
    "yedida-saha:table-1",
    results=TABLES,
    tolerance=(
        "each row whose data are at hand has a reading of the set-up that gives 1/L to a unit of the last printed digit, and both "
        "numbers of epochs to one epoch; what is random is drawn 39 times, and the printed number must lie in the span (by rank, 5 % of "
        "true ones do not)."
    ),
)
def table_1_is_reproduced(data: Data) -> bool:
    """One reading must give all three numbers of a row. Boston's fails, whose 1/L contradicts its own epochs; and Digits'."""
    return all(map(row_1_reproduced, run_rows(data, "table_1")))


@measures(
    "yedida-saha:table-2",
    results=TABLES,
    tolerance=(
        "each row whose data are at hand has a reading of the set-up that gives 1/L and both accuracies to a unit of the last printed "
        "digit; what is random is drawn 39 times, and the printed number must lie in the span (by rank, 5 % of true ones do not)."
    ),
)
def table_2_is_reproduced(data: Data) -> bool:
    """One reading must give all three numbers of a row. Breast cancer's fails, and MNIST's, whose set-up is not printed."""
    return all(map(row_2_reproduced, run_rows(data, "table_2")))


@measures(
    "yedida-saha:text-outperforms",
    results=TABLES,
    tolerance=(
        "Table 1 repeated, one random start for each data set at hand, more likely than not finds 1/L faster on all: the shares of starts "
        "from which the printed 1/L needs fewer epochs than 0.1, multiplied, exceed 1/2."
    ),
)
def better_than_the_guess(data: Data) -> bool:
    """The guess is 0.1, the starts are standard normal and the same for both. A step that never reaches the threshold loses.

    From every start on five data sets, from 36 of 39 on Iris. It hangs on the law of the start: from weights uniform on [0, 1), which do
    not give the printed E_0.1 of Digits, 0.1 is the faster one there.
    """
    return math.prod(Fraction(run["won"], run["starts"]) for run in data["races"]) > Fraction(1, 2)


@measures(
    "yedida-saha:text-100x",
    results=TABLES,
    tolerance="in two or more rows of table 1 whose data are at hand, 0.1 needs over 100 times the epochs of 1/L from every start.",
)
def a_hundredfold_in_some(data: Data) -> bool:
    """Epochs, as in the table; an epoch takes the same time with either step."""
    return sum(run["least_ratio"] is not None and run["least_ratio"] > HUNDREDFOLD for run in data["races"]) >= 2


@measures(
    "yedida-saha:text-no-oscillation",
    results=TABLES,
    tolerance=(
        "with the printed 1/L, in every row of table 1 whose data are at hand, the loss does not rise from one 500th iteration to the "
        "next, where the paper looked; a rise within the rounding of the mean of m losses, m 2^-53 relative, is none."
    ),
)
def no_rise(data: Data) -> bool:
    """On Iris it is 44 of 90 times higher than 500 iterations before.

    In single iterations it rises in more than half of them there, and in 2.5 % on Digits, of which every 500th shows nothing: an even
    number cannot see an oscillation of period 2.
    """
    return all(run["rises_of_500"] == 0 for run in data["oscillations"])


@measures(
    "yedida-saha:figure-1",
    results=TABLES,
    tolerance=(
        "California: every loss, at every 500th iteration with the printed 1/L, is smaller than the one before; the curve's own values are "
        "not printed."
    ),
)
def california_falls(data: Data) -> bool:
    """The least-squares loss, from each of the starts."""
    return all(after < before for losses in data["figure_1"]["losses"] for before, after in zip(losses, losses[1:], strict=False))
