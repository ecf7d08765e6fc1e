"""Ni & Talnikar, section 4.3: linGrad on a ResNet-18 and CIFAR-10, as far as a CPU carried it.

`dynamics.linear_range_resnet` runs the experiment at its size on a GPU (plan ``paper``, not run: there was none), and reduced on one CPU
core (plan ``narrow``: the ResNet-18 with 8 channels instead of 64, all 50,000 images, three to eight epochs). Here stands what is asked of
the stored numbers, fixed before they were read, and which of it may decide a claim:

- figure 4 and the conclusion speak of the network at its size over a whole training. No reduced run decides them; they stay open.
- "the step sizes automatically reduce": depth, data, batch size and rule of the reduced run are those of the paper. If the step size falls
  by more than a factor of two both with the finite difference and with the exact tangent, the claim is replicated on that network. If it
  does not, eight epochs are too few to say no; if it does with the finite difference in float32 only, it is the work of rounding, and what
  the paper saw is unknown, as it does not say its precision. Then it stays open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from theory.evidence import undecided
from theory.linear_range.experiments import SUGGESTED, TENTH, TWICE, best

NARROW = "linear_range_resnet_narrow.json"
BATCH = 128
FINITE_DIFFERENCE, EXACT = "finite-difference", "jvp"

Data = Mapping[str, Any]


def mean_missed(run: Data, epochs: int) -> float:
    """The share of test images missed after each epoch, averaged over the first epochs; infinity for a run that diverged.

    Raises:
        ValueError: fewer epochs were run.
    """
    if run["diverged"] is not None:
        return float("inf")
    after = run["missed"][1 : epochs + 1]
    if not epochs or len(after) < epochs:
        raise ValueError(f"{len(after)} epochs were run: expected {epochs} of them, at least one")
    return sum(after) / epochs


def common_epochs(data: Data) -> int:
    """The epochs that every run that did not diverge has."""
    return min(len(run["loss"]) for run in data["runs"].values() if run["diverged"] is None)


def by_epsilon_star(data: Data, tangent: str) -> dict[float, float]:
    """The mean share missed with the paper's batch size, by epsilon*."""
    return {
        run["epsilon_star"]: mean_missed(run, common_epochs(data))
        for run in data["runs"].values()
        if run["batch"] == BATCH and run["epsilon_star"] is not None and run["tangent"] == tangent
    }


def by_step_size(data: Data) -> dict[float, float]:
    """The mean share missed by fixed step size."""
    return {run["step_size"]: mean_missed(run, common_epochs(data)) for run in data["runs"].values() if run["epsilon_star"] is None}


def as_fast_as_fixed(data: Data, tangent: str) -> bool:
    """Whether epsilon* = 0.6 and 0.8 miss at most a tenth more than the best fixed step size, which lies inside its sweep."""
    found = by_epsilon_star(data, tangent)
    return max(found[0.6], found[0.8]) <= (1 + TENTH) * best(by_step_size(data))


def similar_across_batches(data: Data, tangent: str) -> bool:
    """Whether with epsilon* = 0.6 the batch sizes that were run miss the same share, to within a tenth.

    Raises:
        ValueError: only one batch size was run.
    """
    runs = [run for run in data["runs"].values() if run["epsilon_star"] == 0.6 and run["tangent"] == tangent]
    if len({run["batch"] for run in runs}) < 2:
        raise ValueError(f"batch sizes {[run['batch'] for run in runs]}: expected two or more to compare")
    found = [mean_missed(run, common_epochs(data)) for run in runs]
    return max(found) <= (1 + TENTH) * min(found)


def fastest_inside(data: Data, tangent: str) -> bool:
    """Whether the best epsilon* lies in [0.3, 1], of a sweep that reaches beyond it on both sides.

    Raises:
        ValueError: the sweep does not.
    """
    found, (low, high) = by_epsilon_star(data, tangent), SUGGESTED
    if not min(found) < low < high < max(found):
        raise ValueError(f"epsilon* {sorted(found)}: expected some below {low} and some above {high}")
    return low <= min(found, key=found.__getitem__) <= high


def step_sizes(run: Data) -> Sequence[float]:
    """The step size after each measurement, from the first one on."""
    return [row[2] for epoch in run["measured"] for row in epoch]


def decay(run: Data, history: int) -> float:
    """The median of the last N_hist step sizes over that of the first N_hist with a full history.

    Until the history is full the minimum of a growing list is taken, which can only fall, whatever the network.

    Raises:
        ValueError: fewer than three histories were measured.
    """
    full = step_sizes(run)[history:]
    if len(full) < 2 * history:
        raise ValueError(f"{len(full) + history} measurements: expected {3 * history}, so that the two medians share none")
    return median(full[-history:]) / median(full[:history])


def decays(data: Data, tangent: str, history: int = 50) -> bool:
    """Whether with epsilon* = 0.6 the step size falls by more than the factor that counts as "roughly the same" in figure 2."""
    (run,) = (r for r in data["runs"].values() if (r["batch"], r["epsilon_star"], r["tangent"]) == (BATCH, 0.6, tangent))
    return decay(run, history) < 1 / TWICE


# One minibatch of 128 through dynamics.resnet18, forward and back: 32 images took 0.65 s on one core in float32 (measured twice, one
# image set), a finite-difference measurement of 32 images 0.76 s.
RESNET = (
    "not run: one minibatch of 128 images through the ResNet-18 takes 2.6 s of one CPU core in float32 (0.65 s for 32, forward and "
    "back), an epoch of 391 of them 17 minutes, before any measurement (3 s each, every 10 minibatches: 2 minutes an epoch); the figure "
    "needs several settings, batch sizes and dozens of epochs, so a GPU. Missing: that run; the parts exist (dynamics.resnet18 with "
    "norm='group', dynamics.LinGrad, dynamics.cifar10)"
)
undecided("ni-talnikar:figure-4", RESNET)
undecided("ni-talnikar:text-auto-decay", RESNET)
undecided(
    "ni-talnikar:text-conclusion", f"The two shallow networks were run (see figure-1-right and text-mnist-eps); the ResNet was {RESNET}"
)
