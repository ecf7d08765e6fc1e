r"""Tables 1 and 2 of Yedida & Saha, paper against ours: what reproduces, and what the fast step really does.

The first three panels are read from the stored experiment (python -m dynamics.experiments.lipschitz_tables; 39 random starts, for Iris and
Digits on random 70 % of the rows). Top left, 1/L over the printed one (yedida-saha:table-1): of some reading of the set-up that gives it to
a unit of the last digit, if there is one; of the text's own, where each feature sums to 1 and L has the sign of the formula, negative in
all least-squares rows; and of the least constant L there is, which is what the formula claims to be. Top right, the epochs to the
threshold; bottom left, the accuracies (yedida-saha:table-2). Boston's printed step fits neither its formula nor its own epochs: epochs
times step is constant. Digits' two epochs are those after which a softmax taken literally is NaN; the loss is not low by then.

Bottom right, run here: Iris with the step 1/L that gives the printed numbers. At every 500th iteration, where the paper looked, the loss
seems to fall and settle. It has an orbit of period 2, of which an even number shows one half (yedida-saha:text-no-oscillation).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from _common import BLUE, GREY, INK, NAVY, RED, SAND, Demo, Options, mark, rounded, run
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dynamics.experiments.lipschitz_rows import TABLE_1, draws, losses_along
from dynamics.experiments.lipschitz_tables import LAW, SAMPLED, USUAL
from theory.evidence import read_results
from theory.lipschitz.table_experiments import STEPS, TABLES, row_1_reproduced, row_2_reproduced

NAMES = {
    "boston": "Boston",
    "california": "California",
    "energy": "Energy",
    "news": "News",
    "breast_cancer": "Breast cancer",
    "covtype20k": "Covertype",
    "iris": "Iris",
    "digits": "Digits",
    "mnist": "MNIST",
}
SHADES = {"0.1": NAVY, "1/L": SAND}


def measure(options: Options) -> dict[str, Any]:
    report = read_results(TABLES)
    tables = {table: [stored(row) for row in report[table]] for table in ("table_1", "table_2")}
    return {"file": f"theory/results/{TABLES}", **tables, "iris": iris(2 * SAMPLED if options.quick else 10 * SAMPLED, options)}


def stored(row: Any) -> dict[str, Any]:
    """One row: printed, and our spans under the reading that reproduces all of it, or else the first."""
    reproduced = row_1_reproduced if "epochs" in row["printed"] else row_2_reproduced
    good = [own for own in row["readings"] if reproduced({**row, "readings": [own]})]
    chosen = (good or row["readings"] or [None])[0]
    return {
        "data": row["data"],
        "not_run": row["not_run"],
        "printed": row["printed"],
        "reproduced": bool(good),
        "inverse": row["matching"][0]["inverse"] if row["matching"] else None,
        "literal": row["literal"],
        "usual": row["usual"],
        "true": row["true"],
        "reading": chosen,
    }


def iris(iterations: int, options: Options) -> dict[str, Any]:
    """The loss of one draw of rows and starts at every iteration, with its own 1/L."""
    row = replace(next(row for row in TABLE_1 if row.data == "iris"))
    ((model, _, _, weights, step),) = draws(row, USUAL[3], LAW, 1, options.seed, str(options.device))
    losses = losses_along(model, weights, step, iterations)[:, 0]
    return {"step": step, "every": SAMPLED, "losses": rounded(losses.tolist(), 5)}


def draw(data: Any) -> Figure:
    figure = Figure(figsize=(13, 8.6), layout="constrained")
    figure.get_layout_engine().set(wspace=0.05, hspace=0.05)
    axes = figure.subplots(2, 2)
    draw_inverses(axes[0, 0], data["table_1"])
    draw_epochs(axes[0, 1], data["table_1"])
    draw_accuracies(axes[1, 0], data["table_2"])
    draw_iris(axes[1, 1], data["iris"])
    return figure


def draw_inverses(axis: Axes, table: Any) -> None:
    axis.axvline(1, color=GREY, lw=1)
    for place, row in enumerate(table):
        printed = float(row["printed"]["inverse"])
        for key, sign, color in (("inverse", "o", NAVY), ("true", "D", RED)):
            if row[key] is not None:
                low, high = (value / printed for value in row[key])
                axis.plot([low, high], [place, place], color=color, lw=3, alpha=0.6)
                mark(axis, [((low * high) ** 0.5, place)], sign, color=color, ms=7)
        elsewhere = [(abs(row["usual"]) / printed, place)] if row["inverse"] is None and row["not_run"] is None else []
        mark(axis, elsewhere, "o", mfc="none", color=NAVY, ms=7)
        literal = row["literal"] / printed
        mark(axis, [(abs(literal), place)], "v" if literal < 0 else "^", color=SAND, ms=7, mec=INK, mew=0.6)
    for sign, color, label in (("o", NAVY, "a reading that gives it"), ("^", SAND, "as the text says"), ("v", SAND, "likewise: negative")):
        axis.plot([], [], sign, color=color, mec=INK if color == SAND else color, mew=0.6, label=label)
    axis.plot([], [], "o", mfc="none", color=NAVY, label="the one that gives the other regressions")
    axis.plot([], [], "D", color=RED, label="least constant L, certified")
    axis.set(xscale="log", xlabel="our 1/L over the printed 1/L")
    axis.set_title("1/L in Table 1  (stored; * not the paper's data)")
    axis.legend(loc="upper right")
    name_rows(axis, table)


def draw_epochs(axis: Axes, table: Any) -> None:
    for place, row in enumerate(table):
        for step, printed, shift in zip(STEPS, row["printed"]["epochs"], (-0.14, 0.14), strict=True):
            mark(axis, [(printed, place + shift)], "x", color=RED, ms=8, mew=1.8, zorder=5)
            if row["reading"] is not None:
                spread(axis, row["reading"]["epochs"][step], place + shift, SHADES[step], floor=1)
                nan = row["reading"].get("nan", {}).get(step, [None, None])
                mark(axis, [(nan[1], place + shift)] if nan[1] else [], "*", color=RED, ms=9)
    axis.set(xscale="log", xlabel=r"epochs until the loss is below $T_L$", xlim=(0.8, 2e6))
    axis.set_title("E in Table 1: paper, and the span of 39 starts  (stored)")
    legend(axis, [("*", RED, "softmax is NaN")])
    name_rows(axis, table)


def draw_accuracies(axis: Axes, table: Any) -> None:
    for place, row in enumerate(table):
        for step, printed, shift in zip(STEPS, row["printed"]["accuracies"], (-0.14, 0.14), strict=True):
            mark(axis, [(float(printed), place + shift)], "x", color=RED, ms=8, mew=1.8, zorder=5)
            if row["reading"] is not None:
                spread(axis, row["reading"]["accuracies"][step], place + shift, SHADES[step])
    axis.set(xlabel=r"accuracy after $N_E$ epochs in %", xlim=(0, 102))
    axis.set_title("A in Table 2: paper, and the span of 39 starts  (stored)")
    legend(axis, [])
    name_rows(axis, table)


def name(row: Any) -> str:
    """The data, starred where it is not the paper's."""
    return NAMES[row["data"]] + ("*" if row["not_run"] else "")


def spread(axis: Axes, span: Sequence[float | None], place: float, color: str, floor: float = 0) -> None:
    """A bar from the least to the largest; an arrow where some draw never came to an end."""
    low, high = span
    if low is None:
        return
    start = max(low, floor)
    end = max(high if high is not None else 10 * start, floor)
    axis.plot([start, end], [place, place], color=color, lw=5)
    mark(axis, [(start, place)], "o", color=color, ms=6)
    mark(axis, [(end, place)], ">" if high is None else "o", color=color, ms=9 if high is None else 6)


def legend(axis: Axes, more: Sequence[tuple[str, str, str]]) -> None:
    axis.plot([], [], "x", color=RED, ms=8, mew=1.8, label="paper")
    for step, color in SHADES.items():
        axis.plot([], [], color=color, lw=5, label=f"ours, step {step}")
    for sign, color, label in more:
        axis.plot([], [], sign, color=color, ms=9, label=label)
    axis.legend(loc="best")


def name_rows(axis: Axes, table: Any) -> None:
    axis.set_yticks(range(len(table)), [name(row) for row in table])
    axis.set_ylim(len(table) - 0.5, -0.5)


def draw_iris(axis: Axes, entry: Any) -> None:
    losses, every = np.array(entry["losses"]), entry["every"]
    axis.plot(losses, color=BLUE, lw=0.4, label="every iteration")
    axis.plot(np.arange(0, len(losses), every), losses[::every], "o-", color=RED, ms=5, lw=1.2, label=f"every {every}th")
    axis.set(xlabel="iteration", ylabel="mean loss", yscale="log", xlim=(0, len(losses) - 1))
    axis.set_title(f"Iris, one start, step 1/L = {entry['step']:.3f}  (measured here)")
    axis.legend(loc="upper right")


def rows(data: Any) -> list[list[str]]:
    table = [["row", "printed 1/L", "1/L: reading; text; least L", "printed E or A", "ours with 0.1", "ours with 1/L", "reproduced"]]
    for row in [*data["table_1"], *data["table_2"]]:
        what = "epochs" if "epochs" in row["printed"] else "accuracies"
        own = row["reading"][what] if row["reading"] else dict.fromkeys(STEPS)
        constants = f"{text(row['inverse'])}; {text(row['literal'] and [row['literal']] * 2)}; {text(row['true'])}"
        verdict = "not run" if row["not_run"] else "yes" if row["reproduced"] else "no"
        printed = ", ".join(map(str, row["printed"][what]))
        table.append([name(row), row["printed"]["inverse"], constants, printed, *(text(own[s]) for s in STEPS), verdict])
    losses = np.array(data["iris"]["losses"])
    rises = int((np.diff(losses) > 0).sum())
    table.append(["Iris, here", f"{data['iris']['step']:.4g}", "", f"loss rises in {rises} of {len(losses) - 1} iterations", "", "", ""])
    return table


def text(span: Sequence[float | None] | None) -> str:
    """A span in few digits."""
    if span is None:
        return "none"
    low, high = ("never" if end is None else f"{end:.6g}" for end in span)
    return low if low == high else f"{low} to {high}"


DEMO = Demo(__file__, measure, draw, rows, packages=("numpy", "torch", "scikit-learn"), on_gpu=True)


def main(argv: Sequence[str] | None = None) -> int:
    return run(DEMO, argv)


if __name__ == "__main__":
    sys.exit(main())
