"""How each cost grows: the least times of every `*_growth.json` on log axes, with the power law through them.

python -m tests.benchmarks.growth build/growth.png
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

RESULTS = Path(__file__).parent / "results"
APART = 1.4
SIGNS = ("o-", "s--", "^-.", "D:", "v-", "P--")
COLORS = ("#00224e", "#c1440e", "#4a6a9c", "#b5a35a", "#009e73", "#767676")  # dark and light in turn; the signs say it again


def power_law(seconds: Mapping[str | int, float]) -> tuple[float, float]:
    """Return p and c of the least squares line log(time) = p log(size) + log(c), from ``{size: time}``.

    Raises:
        ValueError: For fewer than two sizes, or a size or time that is not positive.
    """
    sizes, times = np.array([[float(size), time] for size, time in seconds.items()]).reshape(-1, 2).T
    if len(sizes) < 2 or not ((sizes > 0) & (times > 0)).all():
        raise ValueError(f"the times are {dict(seconds)}: expected positive times of two sizes or more")
    exponent, shift = np.polyfit(np.log(sizes), np.log(times), 1)
    return float(exponent), float(np.exp(shift))


def growths(folder: Path = RESULTS) -> dict[str, dict[str, dict[str, float]]]:
    """Return ``{benchmark: {what grows: {size: seconds}}}`` from the stored results."""
    found = {}
    for file in sorted(folder.glob("*_growth.json")):
        stored = json.loads(file.read_text(encoding="utf-8"))
        try:
            found[file.stem.removesuffix("_growth")] = {what: entry["seconds"] for what, entry in stored["growth"].items()}
        except (KeyError, TypeError, AttributeError):
            raise ValueError(f"{file.name} has no growth: expected {{'growth': {{what: {{'seconds': {{size: time}}}}}}}}") from None
    return found


def draw(folder: Path = RESULTS) -> Figure:
    """One panel a benchmark, one line for each size that grows, its fitted exponent in the legend."""
    found = growths(folder)
    figure = Figure(figsize=(4.3 * max(1, len(found)), 3.6), layout="constrained")
    panels = figure.subplots(1, max(1, len(found)), squeeze=False)[0]
    for axis, (name, lines) in zip(panels, found.items(), strict=False):
        for (what, seconds), sign, color in zip(lines.items(), SIGNS, COLORS, strict=False):
            exponent, factor = power_law(seconds)
            sizes = np.array([float(size) for size in seconds])
            axis.loglog(sizes, list(seconds.values()), sign[0], color=color, ms=5)
            axis.loglog(sizes, factor * sizes**exponent, sign[1:], color=color, lw=1.2)
            axis.plot([], [], sign, color=color, ms=5, label=f"{what}$^{{{exponent:.2f}}}$")
        axis.set_xticks(*ticks(lines))
        axis.set_xticks([], minor=True)
        axis.set(title=name.replace("_", " "), xlabel="size", ylabel="CPU seconds, least of the rounds")
        axis.legend(title="time grows like", frameon=False)
        axis.spines[["top", "right"]].set_visible(False)
    return figure


def ticks(lines: Mapping[str, Mapping[str, float]]) -> tuple[list[float], list[str]]:
    """Sizes that were measured, and their labels, so far apart that the labels do not meet."""
    shown: list[float] = []
    for size in sorted({float(size) for seconds in lines.values() for size in seconds}):
        if not shown or size >= APART * shown[-1]:
            shown.append(size)
    return shown, [f"{size:g}" for size in shown]


if __name__ == "__main__":
    draw().savefig(sys.argv[1], dpi=160)
