"""The set-up of section 7 in numbers: one start, ten features, the norm of the weights, the cost of an epoch, weight decay.

Here stand only the predicates; `dynamics.experiments.lipschitz_set_up` and `dynamics.experiments.lipschitz_epoch_cost` make the numbers.
The predicates and tolerances were fixed before the numbers were read, and each takes the reading of the paper that is kindest to it.

The counts of Table 1 are the exception: they are printed, and what they allow is a theorem (`theory.lipschitz.epochs`), so nothing was left
to choose. They show that epochs are counted from 1, and that Boston's two counts do not belong to one start with the printed 1/L.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from statistics import median
from typing import Any

from theory.evidence import implemented_at, measures, undecided
from theory.lipschitz.experiments import HISTORIES
from theory.lipschitz.quadratic_epochs import TABLE_1, steps_from_one_start

SET_UP, COST = "lipschitz_set_up.json", "lipschitz_epoch_cost.json"
REGRESSIONS = ("boston", "california", "energy")  # of "news" five of the 58 features are missing
CLOSE = 2.0  # "a close approximation": no farther than twice or half
TENTH = 0.1  # the paper's own rows of Covertype, all and the first 100,000, differ by 2 % in |X| m^(1/2)
A_POINT = 0.01  # "significantly": one point of accuracy

Data = Mapping[str, Any]

implemented_at("yedida-saha:definition-k", "theory/lipschitz/printed_constants.py::weight_radius")


@measures(
    "yedida-saha:text-k-close",
    results=SET_UP,
    tolerance=(
        "for one reading, the same for all data sets (Boston, California, Energy): K is between half and twice the median norm of the "
        "final weights over ten random starts. Readings: the formula on the raw or on the scaled features; with a bias column or "
        "without; gradient descent with the step 0.1 ended at the threshold of Table 1, or after the printed number of epochs."
    ),
)
def the_formula_is_close(data: Data) -> bool:
    """The median, as the starts are random."""
    readings = {(run["bias"], run["ended"]) for run in data["weights"]}
    return any(
        all(1 / CLOSE <= run[formula] / median(run["norms"]) <= CLOSE for run in data["weights"] if (run["bias"], run["ended"]) == reading)
        for reading in readings
        for formula in ("K_raw", "K_scaled")
    )


def fits_one_start(name: str, largest: float, counted_from: int) -> bool:
    """Whether the printed 1/L, to half of its last digit, is among the steps that one start allows; see `steps_from_one_start`."""
    row = next(row for row in TABLE_1 if row[0].lower() == name)
    digits, exponent = row[1].partition("e")[0], row[1].partition("e")[2]
    half = Fraction(1, 2) * Fraction(10) ** (int(exponent or 0) - len(digits.partition(".")[2]))
    low, high = steps_from_one_start(Fraction(1, 10), row[2] - counted_from, row[3] - counted_from, largest)
    return low < Fraction(row[1]) + half and (high is None or Fraction(row[1]) - half < high)


@measures(
    "yedida-saha:text-same-init",
    results=SET_UP,
    tolerance=(
        "the printed counts of each regression of Table 1 (Boston, California, Energy, News) obey the inequality that two steps from one "
        "start obey on a quadratic, with the largest curvature of the scaled features, 1/L to half of its last digit, and epochs counted "
        "from 0 or from 1, the same for all. Fails for Boston alone, if counted from 1; its counts would fit a 1/L between 8.310 and "
        "8.326 for 9.316."
    ),
)
def one_start_for_both(data: Data) -> bool:
    """Of News the curvature without five features is taken; it is 10^-7, and plays no part."""
    return any(all(fits_one_start(name, found, first) for name, found in data["curvatures"].items()) for first in (0, 1))


def predicted(squares: float, rows: int) -> float:
    """2 m/|X| for features that sum to 1, of which m |X|^2 is known."""
    return float(2 * rows * math.sqrt(rows / squares))


@measures(
    "yedida-saha:text-ten-features",
    results=SET_UP,
    tolerance=(
        "m |X|^2 of the first 20,000 rows, classes 1 and 2, features scaled to sum to 1, gives the printed 1/L of 100,000 rows (17.48 "
        "million) within a tenth if the ten features that are no indicators are taken, and does not if all 54 are."
    ),
)
def ten_of_54(data: Data) -> bool:
    """The rest of the rows is not carried; and this does not tell ten features from nine or eleven. With any signs there are at most 13."""
    ten, everything = (abs(predicted(data["covertype"][which], 100_000) / 17.48e6 - 1) for which in ("ten", "all"))
    return ten <= TENTH < everything


@measures(
    "yedida-saha:text-epoch-cost",
    results=COST,
    tolerance=(
        "the CNN of Table 4 on MNIST, as the paper does it (a second, partial forward pass over the epoch's minibatches): in CPU "
        "seconds, the fastest of five such epochs is slower than the slowest of five plain ones, run in turn."
    ),
)
def an_epoch_takes_longer(data: Data) -> bool:
    """With hooks there is no second pass; that time is recorded and not judged."""
    return min(data["seconds"]["second_pass"]) > max(data["seconds"]["plain"])


MORE_DECAY = (
    ("CIFAR10/Momentum/ResNet/Adaptive/1e-2/history.pkl", "CIFAR10/Momentum/ResNet/Adaptive/1e-3/history.pkl"),
    (
        "CIFAR100/Adam/DenseNet/Adaptive/Constrained filter size/1e4/history.pkl",
        "CIFAR100/Adam/DenseNet/Adaptive/Constrained filter size/1e5/history-1e5.pkl",
    ),
)  # more, less; the first two also differ in the step size of the first epoch, 0.1 and 1


@measures(
    "yedida-saha:text-weight-decay",
    results=HISTORIES,
    tolerance=(
        "of the runs whose folders differ in the weight decay alone, the one with more has a best validation accuracy lower by a point "
        "or more; and each adaptive run of SGD and of momentum in Table 3 has a smaller gap from training to validation accuracy (last "
        "ten epochs) than its baseline, whose step size is smaller."
    ),
)
def large_steps_regularise(data: Data) -> bool:
    """One run each. The ResNet baselines hardly fit the training data, so their gap is small anyhow; the first half fails alone."""
    runs = data["runs"]
    worse = all(runs[less]["val_acc"]["best"] - runs[more]["val_acc"]["best"] >= A_POINT for more, less in MORE_DECAY)
    return worse and all(gap(data, adaptive) < gap(data, baseline) for adaptive, baseline in pairs(data))


def gap(data: Data, run: str) -> float:
    """Training less validation accuracy, over the last ten epochs."""
    return float(data["runs"][run]["acc"]["last_ten"] - data["runs"][run]["val_acc"]["last_ten"])


def pairs(data: Data) -> list[tuple[str, str]]:
    """The adaptive runs of SGD and momentum, each with its baseline."""
    rows = [row for row in data["table"] if row["runs"] and row["algorithm"] in ("SGD", "Momentum")]
    same = ("data", "network", "algorithm", "weight_decay")
    return [
        (one["runs"][0], other["runs"][0])
        for one in rows
        for other in rows
        if (one["policy"], other["policy"]) == ("Adaptive", "Baseline") and all(one[key] == other[key] for key in same)
    ]


undecided(
    "yedida-saha:text-covtype-rows",
    "not run: of the 581,012 rows only the first 20,000 are carried. In the published data the first two classes have 211,840 and "
    "283,301 rows, 495,141 together, as the paper says; here that cannot be counted. What follows from its own 1/L = 189.35 million: "
    "with ten features that sum to 1 there are at least 447,500 rows (proved beside text-scale-sum1), and with |X| as in the first "
    "100,000 rows, 490,000; all seven classes would give 245 million.",
)
undecided(
    "yedida-saha:text-adamo-initial",
    "not run: nobody trained with AdaMo from the computed rate of the first epoch, so whether it needs one set by hand is not known. The "
    "five histories of AdaMo do begin with 0.1, 0.5 or 1, as the text says. Only two differ in the weight decay: 10^-2 with 0.1 and "
    "10^-3 with 1; each was run with one rate, so nothing says that with more weight decay a smaller one does better.",
)
