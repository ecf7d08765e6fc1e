"""Every demo: what it writes, what it says of itself, how it refuses, and how it stops."""

import ast
import dataclasses
import importlib.util
import json
import runpy
import struct
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import matplotlib
import numpy as np
import pytest
import sympy as sp
import torch

from theory.catalog import load_claims
from theory.markers import ID, demos_for
from theory.step_bounds import example_even_power
from theory.step_bounds.symbols import delta, m, t

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted(p for p in (ROOT / "demos").glob("*_*.py") if not p.name.startswith("_"))
GALLERY = ROOT / "docs" / "gallery"
PROVENANCE = {"demo", "command", "stepverdict", "quick", "seed", "environment", "seconds"}
ENVIRONMENT = {"python", "numpy", "matplotlib", "dtype", "device", "machine", "threads"}
LARGEST_FIGURE = 600_000  # bytes: a page of three loads in a second over a slow line, and the repository stays small

each_demo = pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)


@pytest.fixture(autouse=True)
def beside_the_scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python puts a script's folder on its path; so do the tests."""
    monkeypatch.syspath_prepend(str(ROOT / "demos"))


def load(script: Path):
    """The script as a module."""
    spec = importlib.util.spec_from_file_location(script.stem, script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def stopped(demo_or_module, arguments, capsys):
    """The exit code and what was printed to standard error by a run that ends early."""
    with pytest.raises(SystemExit) as caught:
        demo_or_module.main(arguments)
    return caught.value.code, capsys.readouterr().err


def pixels(figure: Path) -> list[int]:
    """Width and height of a PNG."""
    head = figure.read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    return list(struct.unpack(">II", head[16:]))


# What it writes


@each_demo
def test_a_quick_run_writes_figure_and_numbers(script, tmp_path, capsys):
    module, folder = load(script), tmp_path / "new" / "folder"
    if "scikit-learn" in module.DEMO.packages:
        pytest.importorskip("sklearn", reason="scikit-learn is missing (extra data)")
    assert module.main(["--quick", "--output", str(folder), "--seed", "7"]) == 0
    assert sorted(p.name for p in folder.iterdir()) == [f"{script.stem}.{kind}" for kind in ("json", "png", "svg")]
    assert min(pixels(folder / f"{script.stem}.png")) > 1000
    assert ET.parse(folder / f"{script.stem}.svg").getroot().tag.endswith("svg")
    report = json.loads((folder / f"{script.stem}.json").read_text())
    assert PROVENANCE <= set(report) and ENVIRONMENT <= set(report["environment"])
    assert (report["demo"], report["seed"], report["quick"]) == (script.stem, 7, True)
    assert (report["environment"]["dtype"], report["environment"]["device"]) == ("float64", "cpu")
    assert report["command"].startswith(f"python demos/{script.name} --quick")
    printed = capsys.readouterr().out
    assert all(cell in printed for row in module.rows(report) for cell in row) and f"{script.stem}.png" in printed
    committed = json.loads((GALLERY / f"{script.stem}.json").read_text())
    assert set(committed) == set(report), "the gallery was made by another version of the demo: run it again"


@each_demo
def test_the_gallery_shows_a_full_run_and_is_drawn_from_its_numbers(script):
    module, figure = load(script), GALLERY / f"{script.stem}.png"
    report = json.loads(figure.with_suffix(".json").read_text())
    assert report["quick"] is False and PROVENANCE <= set(report)
    assert figure.stat().st_size < LARGEST_FIGURE
    with matplotlib.rc_context(importlib.import_module("_common").STYLE):
        size = module.draw(report).get_size_inches() * matplotlib.rcParams["savefig.dpi"]
    assert pixels(figure) == size.round().tolist()


def test_the_same_seed_gives_the_same_numbers():
    module = load(ROOT / "demos" / "step_bounds_relu_oscillation.py")
    options = importlib.import_module("_common").Options(quick=True, seed=3, device=torch.device("cpu"))
    other = dataclasses.replace(options, seed=4)
    assert module.measure(options) == module.measure(options) != module.measure(other)


# What it says of itself


@each_demo
def test_it_names_claims_that_exist(script):
    named = ID.findall(ast.get_docstring(ast.parse(script.read_text())))
    assert len(named) >= 3 and set(named) <= set(load_claims())
    assert all(f"demos/{script.name}" in demos_for(claim) for claim in named)


@each_demo
def test_its_help_is_its_docstring_and_its_options(script, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", [str(script), "--help"])
    with pytest.raises(SystemExit) as caught:
        runpy.run_path(str(script), run_name="__main__")
    text = capsys.readouterr().out
    assert caught.value.code == 0
    assert ast.get_docstring(ast.parse(script.read_text())).splitlines()[0] in text
    assert all(option in text for option in ("--quick", "--output DIR", "--seed", "--device"))


@each_demo
def test_no_window_can_open(script):
    assert "pyplot" not in script.read_text() and "pyplot" not in (ROOT / "demos" / "_common.py").read_text()


# How it refuses and how it stops


@each_demo
@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--seed", "-1"], "--seed -1"),
        (["--seed", str(2**32)], "below 2^32"),
        (["--seed", "x"], "invalid int value"),
        (["--device", "abacus"], "--device abacus"),
        (["--device", "cuda"], "--device cpu|leave --device out"),
        (["--device", "meta"], "--device meta"),
        (["--colour"], "--colour"),
        (["--output", "{file}/below"], "cannot write there"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_usage_is_one_line_and_exit_code_2(script, arguments, named, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    (tmp_path / "file").touch()
    said = [word.format(file=tmp_path / "file") for word in arguments]
    code, error = stopped(load(script), ["--output", str(tmp_path / "out"), "--quick", *said], capsys)
    assert code == 2
    assert error.count("\n") == 1 and error.startswith(f"demos/{script.name}: ")
    assert any(text in error for text in named.split("|"))
    assert not (tmp_path / "out").exists() or not any((tmp_path / "out").iterdir())


@pytest.fixture
def small():
    """The shared code, and a demo that takes no time."""
    common = importlib.import_module("_common")
    demo = common.Demo(
        str(SCRIPTS[0]),
        measure=lambda options: {"points": [[0.0, 1.0]]},
        draw=lambda data: common.Figure(),
        rows=lambda data: [["x", "y"], *([str(c) for c in point] for point in data["points"])],
        packages=("numpy",),
    )
    return common, demo


def interrupt(*_):
    raise KeyboardInterrupt


def test_an_interrupted_measurement_writes_nothing(small, tmp_path, capsys):
    common, demo = small
    assert common.run(dataclasses.replace(demo, measure=interrupt), ["--output", str(tmp_path)]) == 130
    assert "interrupted" in capsys.readouterr().err and not any(tmp_path.iterdir())


def test_an_interrupt_while_files_are_written_leaves_whole_ones(small, tmp_path, monkeypatch):
    common, demo = small
    honest, written = common.write_whole, []
    monkeypatch.setattr(common, "write_whole", lambda *a: interrupt() if written else written.append(honest(*a)))
    assert common.run(demo, ["--output", str(tmp_path)]) == 130
    (only,) = tmp_path.iterdir()
    assert only.read_bytes().endswith(b"IEND\xaeB`\x82")


def test_missing_data_is_one_line(small, tmp_path, capsys):
    common, demo = small

    def measure(_):
        raise common.DataMissing("iris is missing: put it there")

    with pytest.raises(SystemExit) as caught:
        common.run(dataclasses.replace(demo, measure=measure), ["--output", str(tmp_path)])
    assert caught.value.code == 2 and capsys.readouterr().err.endswith("iris is missing: put it there\n")


def test_a_full_disk_is_one_line(small, tmp_path, monkeypatch, capsys):
    common, demo = small

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(common, "write_whole", full)
    with pytest.raises(SystemExit) as caught:
        common.run(demo, ["--output", str(tmp_path)])
    error = capsys.readouterr().err
    assert caught.value.code == 2 and error.count("\n") == 1 and "No space left" in error


@pytest.mark.parametrize("closed", [BrokenPipeError, SystemExit], ids=["plain", "as rich says it"])
def test_a_reader_that_goes_away_costs_nothing_but_the_table(small, tmp_path, monkeypatch, capfd, closed):
    common, demo = small
    monkeypatch.setattr(common.os, "dup2", lambda *_: None)

    def rows(_):
        raise closed

    assert common.run(dataclasses.replace(demo, rows=rows), ["--output", str(tmp_path)]) == 141
    assert len(list(tmp_path.iterdir())) == 3 and capfd.readouterr().err == ""


def test_a_number_that_is_not_finite_is_refused(small, tmp_path):
    common, demo = small
    with pytest.raises(ValueError, match="not JSON compliant"):
        common.run(dataclasses.replace(demo, measure=lambda options: {"x": float("nan")}), ["--output", str(tmp_path)])
    assert not any(tmp_path.iterdir())


def test_a_gpu_is_accepted_where_there_is_one(small, tmp_path, monkeypatch):
    common, demo = small
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    seen = []
    demo = dataclasses.replace(demo, on_gpu=True, measure=lambda options: seen.append(options.device) or {"points": []})
    for name in ("cuda", "cuda:1"):
        assert common.run(demo, ["--output", str(tmp_path), "--device", name]) == 0
    assert [str(device) for device in seen] == ["cuda", "cuda:1"]
    assert json.loads((tmp_path / f"{SCRIPTS[0].stem}.json").read_text())["environment"]["device"] == "cuda:1"
    with pytest.raises(SystemExit):
        common.run(demo, ["--output", str(tmp_path), "--device", "cuda:2"])


def test_progress_is_silent_at_first_and_then_counts(small, monkeypatch, capsys):
    common, _ = small
    clock = iter([0.0, 1.0, 2.5, 3.0, 8.0])
    monkeypatch.setattr(common.time, "monotonic", lambda: next(clock))
    assert list(common.progress("abcd", "letters")) == list("abcd")
    assert capsys.readouterr().err.splitlines() == ["letters: 1 of 4", "letters: 3 of 4", "letters: 4 of 4"]


# What it shows


def test_the_quartic_of_the_demo_is_the_theorems_map():
    module = load(ROOT / "demos" / "step_bounds_orbits.py")
    step = example_even_power.STEP(t).subs({m: module.HALF_DEPTH, delta: sp.Rational(1, 4)})
    quarter = module.GradientMap(module.QUARTIC, t, sp.Rational(1, 4))
    assert [quarter.step(x) for x in (1, sp.Rational(3, 2))] == [step.subs(t, x) for x in (1, sp.Rational(3, 2))]


@pytest.mark.claim("nar-sastry:theorem-1")
def test_the_disc_of_the_scalar_network_is_theorem_1():
    """S = a^2 + b^2 for two layers of width 1: p_0 = q_3 = 1, p_1 = a, q_2 = b."""
    module = load(ROOT / "demos" / "step_bounds_deep_linear.py")
    points = np.array([[1.0, 1.0], [2.0, 0.5], [-4.0, -0.25]])
    assert module.scalar_bounds(points) == pytest.approx(2 / (points**2).sum(axis=1), rel=1e-14)  # a dozen roundings


def test_the_table_of_the_deep_network_counts_what_breaks_the_chain():
    module = load(ROOT / "demos" / "step_bounds_deep_linear.py")
    report = json.loads((GALLERY / "step_bounds_deep_linear.json").read_text())
    assert [row[2] for row in module.rows(report)[1:]] == ["0"] * 5
    step, solution, curvature = report["reached"][-1]
    broken = report | {"reached": [[1.2 * curvature, solution, curvature], [step, 0.9 * curvature, curvature], [step, 9.0, curvature]]}
    assert [row[2] for row in module.rows(broken)[2:]] == ["1", "1", "1", str(int(1.2 * curvature > report["best_bound"]))]


def test_the_table_of_the_orbits_counts_starts_on_the_wrong_side():
    module = load(ROOT / "demos" / "step_bounds_orbits.py")
    report = json.loads((GALLERY / "step_bounds_orbits.json").read_text())
    assert module.rows(report)[-1][-1].startswith("0 of")
    report["starts_of_quartic"][0][3] = "diverged"
    assert module.rows(report)[-1][-1].startswith("1 of")


def test_the_default_start_of_the_relu_demo_shows_the_figure():
    report = json.loads((GALLERY / "step_bounds_relu_oscillation.json").read_text())
    rest, alternating = report["runs"]
    assert (rest["seen"], alternating["seen"]) == ("fixed", "two-cycle")
    assert rest["step_times_sharpness"] < 2 < alternating["step_times_sharpness"]
    assert max(run["torch_differs_by"] for run in report["runs"]) < 1e-12  # sums of 1000 terms of size 10, in another order
