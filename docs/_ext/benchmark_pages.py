"""Writes what docs/benchmarks.md includes, from the stored results alone: tables of measured ratios, and how costs grow."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from tests.benchmarks.growth import RESULTS, draw, growths, power_law

OVER, LEAST = " over rival", ", least of the rounds"
UNITS = {"times_faster": "{}x as fast", "times_slower": "{}x the time", "products_a_step": "{} products a step"}
NO_DEVICE = "no CUDA device"


def write_tables(app: Sphinx) -> None:
    """The tables, and the figure."""
    folder = Path(app.srcdir) / "ledger"
    folder.mkdir(exist_ok=True)
    (folder / "benchmarks.inc").write_text("\n".join(tables(RESULTS)), encoding="utf-8")
    draw(RESULTS).savefig(folder / "growth.png", dpi=160, metadata={"Software": None})


def tables(results: Path) -> list[str]:
    """A section a benchmark: its task, each rival with the measured ratio and the target, and where it was measured."""
    files = [f for f in sorted(results.glob("*.json")) if not f.stem.endswith(("_growth", "_cuda"))]
    lines: list[str] = []
    for file in files:
        lines += section(file.stem, {"CPU": stored(file), "CUDA": stored(file.with_name(f"{file.stem}_cuda.json"))})
    return lines + growth_table(results)


def stored(file: Path) -> dict[str, Any] | None:
    """A result; None where it was not measured."""
    if not file.exists():
        return None
    found = json.loads(file.read_text(encoding="utf-8"))
    if not isinstance(found, dict) or not {"device", "load"} <= found.get("environment", {}).keys():
        raise ValueError(f"{file.name} does not say where it was measured: expected what tests/benchmarks/timing.py stores")
    return found


def section(name: str, measured: dict[str, dict[str, Any] | None]) -> list[str]:
    """One benchmark on the CPU and on CUDA."""
    first = next(found for found in measured.values() if found)
    lines = [f"## {name.replace('_', ' ').capitalize()}", ""]
    lines += [f"{first['task'][0].upper()}{first['task'][1:]}.", ""] if "task" in first else []
    lines += ["| on | measured | against | median | least of the rounds | target |", "|---|---|---|---:|---:|---:|"]
    for device, found in measured.items():
        lines += [f"| {device} | {' | '.join(row)} |" for row in (rows(found) if found else [[NO_DEVICE, "", "", "", ""]])]
    return [*lines, "", *(f"{device}: {where(found)}" for device, found in measured.items() if found), ""]


def rows(found: dict[str, Any]) -> Iterator[list[str]]:
    """What was measured, against what, the ratio of the medians, that of the least times, and the target."""
    for case, part in found.get("cases", {}).items():
        yield from ([f"{ours}; {case}", *others] for ours, *others in rows(part))
    plain = "cases" not in found
    for key, ratios in found.items():
        if key.endswith(OVER):
            plain, ours, least = False, key.removesuffix(OVER), found.get(key + LEAST, {})
            for rival, ratio in ratios.items():
                if rival != ours:
                    yield [ours, rival, times(ratio), times(least.get(rival)), target(ratio, rival, found)]
        elif key in UNITS:
            plain = False
            for what, ratio in ratios.items():
                yield [what, "", UNITS[key].format(number(ratio)), "", target(ratio, what, found)]
    if plain:
        for what, seconds in found.get("seconds", {}).items():
            yield [what, "", f"{seconds:.2g} s", "", ""]


def times(ratio: float | None) -> str:
    """A ratio as it is read: 1420x, 0.99x."""
    return "" if ratio is None else f"{number(ratio)}x"


def number(ratio: float) -> str:
    """Three digits."""
    return f"{float(f'{ratio:.3g}'):g}"


def target(ratio: float, what: str, found: dict[str, Any]) -> str:
    """The target, at least, or the limit, at most; and whether the median missed it."""
    least, most = (found.get(key, {}).get(what) for key in ("targets", "limits"))
    missed = ", missed" if (least is not None and ratio < least) or (most is not None and ratio > most) else ""
    return (f"at most {number(most)}" if most is not None else times(least)) + missed


def where(found: dict[str, Any]) -> str:
    """The machine, its load, and the versions."""
    made = found["environment"]
    device = made["device"] if made["device"] != "cpu" else made.get("processor", "cpu")
    known = {"dtype", "device", "machine", "threads", "processor", "load"}
    versions = ", ".join(f"{name} {version}" for name, version in made.items() if name not in known)
    return f"{device}, {made['dtype']}, {made['threads']} thread, load {made['load']:.1f}; {versions}."


def growth_table(results: Path) -> list[str]:
    """The fitted exponents."""
    lines = ["## How each cost grows", "", "| benchmark | size | from | to | time grows like |", "|---|---|---:|---:|---|"]
    for name, parts in growths(results).items():
        for what, seconds in parts.items():
            sizes = sorted(map(float, seconds))
            lines.append(f"| {name.replace('_', ' ')} | {what} | {sizes[0]:g} | {sizes[-1]:g} | {what}^{power_law(seconds)[0]:.2f} |")
    return [*lines, ""]


def setup(app: Sphinx) -> dict[str, Any]:
    """Write the tables before the sources are read, after the ledger's pages."""
    app.connect("builder-inited", write_tables)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
