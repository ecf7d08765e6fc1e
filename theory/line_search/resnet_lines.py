"""The stored lines of ResNet-20, in words: every number that is told of them is read from the file here.

The trainings are without the paper's augmentation, and memorise their 4000 images. The lines are told apart: early ones, and those from
where the full batch's loss is near 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from theory.evidence import read_results
from theory.line_search.experiments import MOMENTUM, PLAIN, height
from theory.line_search.step_experiments import RATE

RESNET = "line_search_resnet20.json"
NEAR_ZERO = 0.1  # the full batch's loss, 2.3 at the start
COARSE = (-0.2, 0.5)  # the ends of the 15 points


@dataclass(frozen=True, eq=False)
class Lines:
    """The lines of one run.

    Attributes:
        run: What is stored of it.
        window: Where shapes and parabolas are compared.
    """

    run: Mapping[str, Any]
    window: tuple[float, float]

    def all(self, key: str) -> list[float]:
        """One number of each line."""
        found: list[float] = self.run[key]["all"]
        return found

    @property
    def memorised(self) -> int:
        """The number of the first line on which the loss is near 0; the number of lines if there is none."""
        return next((k for k, loss in enumerate(self.all("loss")) if loss < NEAR_ZERO), len(self.all("loss")))

    @property
    def end(self) -> int:
        """The step of that line; that of the run's end if there is none."""
        measured = [*self.run["measured"], self.run["steps"]]
        return int(measured[self.memorised])

    def halves(self, values: Sequence[float]) -> tuple[Sequence[float], Sequence[float]]:
        """One number a line: of the early lines, and of the later ones."""
        return values[: self.memorised], values[self.memorised :]

    def misfits(self, degree: int) -> list[float]:
        """The mean error of the best polynomial over the parabola's height in the window, in percent."""
        fits = zip(self.all(f"fit_error_{degree}"), self.all("fit_slope"), self.all("fit_curvature"), strict=True)
        return [100 * error / height(slope, curvature, self.window) for error, slope, curvature in fits]

    def in_own_steps(self) -> list[float]:
        """The minimum's place, in steps of the run."""
        return [rate / RATE for rate in self.all("minimum_over_direction_norm")]

    def in_steps_of_pal(self) -> list[float]:
        """The run's steps, in those that PAL would take."""
        own, pal = (self.run[name]["step"]["all"] for name in ("SGD 0.1", "PAL"))
        return [a / b for a, b in zip(own, pal, strict=True)]

    def first_distances(self) -> str:
        """Where the distances of the first ten lines' shapes lie."""
        return span(self.run["shape"]["of_the_first_lines"]["all"])

    def late_distances(self) -> list[float]:
        """The distances of the later lines' shapes."""
        late = np.array(self.run["shape"]["matrix"])[self.memorised :, self.memorised :]
        return [float(value) for value in late[np.triu_indices(len(late), 1)]]

    def both_ways(self, key: str) -> list[tuple[float, float]]:
        """A number of the lines that were measured at the paper's resolution too: by the coarse grid, and by the fine one."""
        return [(self.all(key)[self.run["measured"].index(int(step))], found[key]) for step, found in self.run["fine"].items()]

    def spline_errors(self) -> list[float]:
        """How far the coarse lines' splines are from the fine lines, in percent of how much the loss differs on the coarse grid."""
        errors = []
        for step, found in self.run["fine"].items():
            s, full = (np.array(part) for part in self.run["pictures"][step][:2])
            inside = full[(s >= COARSE[0]) & (s <= COARSE[1])]
            errors.append(100 * found["spline_error"] / float(inside.max() - inside.min()))
        return errors

    def rise(self) -> str:
        """The loss along the last line of which there is a picture, to the right."""
        step, (s, full, *_) = list(self.run["pictures"].items())[-1]
        places = [int(np.abs(np.array(s) - place).argmin()) for place in (0.0, 0.2, 0.5)]
        return f"at step {step} " + ", ".join(f"{full[k]:.2g} at s = {s[k]:.2g}" for k in places)


@cache
def stored(results: str = RESNET) -> Mapping[str, Any]:
    """The file of an experiment."""
    return read_results(results)


@cache
def lines_of(name: str) -> Lines:
    """One run of ResNet-20."""
    low, high = stored()["settings"]["windows"][name]
    return Lines(stored()["runs"][name], (low, high))


def span(values: Sequence[float], digits: int = 2) -> str:
    """The least and the largest, to significant digits.

    Example:
        >>> span([0.0213, 3.0, 0.5]), span([2.001, 2.002])
        ('0.021 to 3.0', '2.0')
    """
    low, high = (f"{value:#.{digits}g}".rstrip(".") for value in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"


def early_and_late(lines: Lines, values: Sequence[float]) -> str:
    """Where one number a line lies, early and later."""
    early, late = lines.halves(values)
    return f"{span(early)} early" + (f" and {span(late)} later" if len(late) else "")


def of_both(say: Callable[[Lines], str]) -> str:
    """What is said of either run."""
    plain, momentum = (say(lines_of(name)) for name in (PLAIN, MOMENTUM))
    return f"{plain} without momentum, {momentum} with it"


def percent(share: float) -> str:
    """A share in percent.

    Example:
        >>> percent(0.984), percent(-5.8)
        ('98 %', '-580 %')
    """
    return f"{100 * share:.0f} %"


def gain(strategy: Mapping[str, Any]) -> str:
    """A strategy's improvement over the best one, summed over all lines, and over those of the second half of the run.

    Example:
        >>> gain({"share_of_the_best": [0.91, -2.0], "beyond_the_grid": 3})
        '91 % (-200 % in the second half; 3 lines left out, where it leads beyond the grid)'
    """
    both, late = map(percent, strategy["share_of_the_best"])
    beyond = int(strategy["beyond_the_grid"])
    left_out = f"; {beyond} {'line' if beyond == 1 else 'lines'} left out, where it leads beyond the grid" if beyond else ""
    return f"{both} ({late} in the second half{left_out})"
