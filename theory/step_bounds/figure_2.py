"""The experiment of figure 2 (Nar & Sastry, section 4): a two-layer ReLU network on [0, 1], two step sizes.

`dynamics.experiments.relu_oscillation` repeats it over many starts and targets and stores what it saw. Here stand only the
predicates: what would count as the paper's observation, fixed before the stored numbers were read.

A *pair* is one start and one target, run with both steps. `seen` is what a figure of the output shows after the run:
`fixed`, `two-cycle`, `four-cycle`, `other` or `diverged`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from theory.evidence import implemented_at, measures

RESULTS = "nar_sastry_figure_2.json"
SMALLER, LARGER = 2e-4, 3e-4  # the paper's two steps
TYPICAL = Fraction(1, 2)  # a figure shown as what happens should be what happens for most starts
CAN_HAPPEN = Fraction(1, 20)  # twenty starts show it about once; one odd run out of hundreds is no support
FEWEST_PAIRS = 100  # the 95 % interval of a share is then at most 0.1 wide to either side: 1.96 sqrt(1/4 / 100)
CLOSE = 0.1  # "close to the target": at least 90 % of the target's variation is explained

Run = Mapping[str, Any]
Pair = tuple[Run, Run]

implemented_at("nar-sastry:exp-setting", "dynamics/experiments/relu_oscillation.py::run_seed")


def pairs(runs: Sequence[Run]) -> list[Pair]:
    """(run with the smaller step, run with the larger step) from the same start to the same target.

    Raises:
        ValueError: a start was not run with exactly both steps, or there are too few starts to speak of a share.
    """
    steps: dict[tuple[str, int], dict[float, Run]] = {}
    for run in runs:
        steps.setdefault((run["target"], run["seed"]), {})[run["step"]] = run
    for start, found in steps.items():
        if set(found) != {SMALLER, LARGER}:
            raise ValueError(f"{start} was run with the steps {sorted(found)}: expected {SMALLER} and {LARGER}")
    if len(steps) < FEWEST_PAIRS:
        raise ValueError(f"{len(steps)} pairs: expected at least {FEWEST_PAIRS}; run more seeds")
    return [(found[SMALLER], found[LARGER]) for found in steps.values()]


def like_the_figure(pair: Pair) -> bool:
    """The smaller step ends at rest and close to the target, the larger one in a two-cycle."""
    small, large = pair
    close = small.get("unexplained") is not None and small["unexplained"] <= CLOSE
    return small["seen"] == "fixed" and close and large["seen"] == "two-cycle"


def very_different(pair: Pair) -> bool:
    """One of the two runs ends at rest and the other one does not, nor does it diverge: that would be no solution."""
    looks = [run["seen"] for run in pair]
    return looks.count("fixed") == 1 and "diverged" not in looks


def share(chosen: Sequence[bool]) -> Fraction:
    """The share of true values, exactly."""
    return Fraction(sum(chosen), len(chosen))


@measures(
    "nar-sastry:figure-2",
    results=RESULTS,
    tolerance=(
        "in at least half of all pairs the smaller step is seen to rest within 10 % of the target's variation, "
        "and the larger one to alternate between two outputs. Half, because a figure is shown as what happens and its "
        "target is not printed: it should happen for most starts and targets. The share in the file says whether it "
        "occurs at all."
    ),
)
def usually_a_fixed_point_and_a_two_cycle(data: Mapping[str, Any]) -> bool:
    """Starts and targets were drawn anew; the paper shows one run of each step."""
    return share([like_the_figure(pair) for pair in pairs(data["runs"])]) >= TYPICAL


@measures(
    "nar-sastry:text-small-changes",
    results=RESULTS,
    tolerance=(
        "in at least one of twenty pairs one step ends at rest and the other neither rests nor diverges. The claim "
        "says that it can happen, so a small share is enough; one in twenty, so that no single odd run decides."
    ),
)
def sometimes_very_different(data: Mapping[str, Any]) -> bool:
    """The steps 2e-4 and 3e-4, from the same start and to the same target."""
    return share([very_different(pair) for pair in pairs(data["runs"])]) >= CAN_HAPPEN
