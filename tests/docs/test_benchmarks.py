"""The benchmarks' page says what the stored results say: every ratio, every missed target, and where there was no device."""

import importlib
import json
import math
from pathlib import Path

import pytest

from tests.benchmarks import growth

ROOT = Path(__file__).parents[2]
STORED = sorted(growth.RESULTS.glob("*.json"))
MADE = {"environment": {"device": "cpu", "processor": "a chip", "dtype": "float64", "threads": 1, "load": 0.5, "python": "3.11"}}
RATIOS = {
    "a over rival": {"a": 1.0, "b": 2.0, "c": 0.4},
    "a over rival, least of the rounds": {"b": 3.0},
    "targets": {"b": 1.5, "c": 1 / 2},
}


@pytest.fixture
def pages(monkeypatch):
    pytest.importorskip("sphinx", reason="Sphinx, of the extra `docs`, is not installed")
    monkeypatch.syspath_prepend(str(ROOT / "docs" / "_ext"))
    return importlib.import_module("benchmark_pages")


def write(folder, **files):
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    return folder


def test_each_stored_ratio_stands_in_a_table(pages):
    lines = pages.tables(growth.RESULTS)
    for file in STORED:
        found = json.loads(file.read_text())
        for case, part in {"": found, **{f"; {name}": part for name, part in found.get("cases", {}).items()}}.items():
            for key in [key for key in part if key.endswith(" over rival")]:
                ours = key.removesuffix(" over rival")
                for rival, ratio in part[key].items():
                    assert rival == ours or any(f"| {ours}{case} | {rival} | {pages.times(ratio)} |" in line for line in lines)


def test_ratios_targets_and_the_missing_device(pages, tmp_path):
    lines = pages.tables(write(tmp_path, sums=MADE | {"task": "add numbers"} | RATIOS, startup=MADE | {"seconds": {"first": 1.234}}))
    assert [line for line in lines if line.startswith("## ")] == ["## Startup", "## Sums", "## How each cost grows"]
    assert "Add numbers." in lines and "CPU: a chip, float64, 1 thread, load 0.5; python 3.11." in lines
    assert "| CPU | a | b | 2x | 3x | 1.5x |" in lines
    assert "| CPU | a | c | 0.4x |  | 0.5x, missed |" in lines
    assert "| CPU | first |  | 1.2 s |  |  |" in lines
    assert lines.count("| CUDA | no CUDA device |  |  |  |  |") == 2


def test_a_cuda_result_takes_the_place_of_the_missing_device(pages, tmp_path):
    cuda = {"environment": MADE["environment"] | {"device": "NVIDIA H100"}, "a over rival": {"a": 1.0, "CPU": 40.0}}
    lines = pages.tables(write(tmp_path, sums=MADE | RATIOS, sums_cuda=cuda))
    assert "| CUDA | a | CPU | 40x |  |  |" in lines and not any("no CUDA device" in line for line in lines)
    assert any(line.startswith("CUDA: NVIDIA H100, float64") for line in lines)
    assert lines.count("## Sums") == 1 and "## Sums cuda" not in lines


def test_factors(pages, tmp_path):
    lines = pages.tables(write(tmp_path, cold=MADE | {"seconds": {"x": 1.0}, "times_faster": {"x": 1.5}, "times_slower": {"y": 0.5}}))
    assert {"| CPU | x |  | 1.5x as fast |  |  |", "| CPU | y |  | 0.5x the time |  |  |"} <= set(lines)
    assert not any(" s |" in line for line in lines)


def test_limits_are_not_targets(pages, tmp_path):
    few = MADE | {"products_a_step": {"short": 3.0, "long": 7.0}, "limits": {"short": 5, "long": 5}}
    lines = pages.tables(write(tmp_path, few=few, sums=MADE | {"a over rival": {"b": 2.0}, "limits": {"b": 1.5}}))
    assert {"| CPU | short |  | 3 products a step |  | at most 5 |", "| CPU | a | b | 2x |  | at most 1.5, missed |"} <= set(lines)
    assert "| CPU | long |  | 7 products a step |  | at most 5, missed |" in lines


def test_cases_stand_below_each_other(pages, tmp_path):
    lines = pages.tables(write(tmp_path, flow=MADE | {"cases": {"one": RATIOS, "many": {"a over rival": {"b": 3.0}}}}))
    assert "| CPU | a; one | b | 2x | 3x | 1.5x |" in lines and "| CPU | a; many | b | 3x |  |  |" in lines


@pytest.mark.parametrize("content", [{}, [], {"environment": {"device": "cpu"}}], ids=str)
def test_a_result_without_its_machine_is_refused(pages, tmp_path, content):
    with pytest.raises(ValueError, match=r"sums\.json does not say where it was measured"):
        pages.tables(write(tmp_path, sums=content))


# How costs grow


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0, 2.0])
def test_a_power_law_is_found_again(exponent):
    sizes = (3, 10, 100, 1000)
    found = growth.power_law({str(size): 1e-3 * size**exponent for size in sizes})
    assert found == pytest.approx((exponent, 1e-3), abs=1e-12)  # a dozen roundings of logarithms below 10


def test_two_sizes_give_the_slope_between_them():
    assert growth.power_law({2: 3.0, 8: 5.0})[0] == pytest.approx(math.log(5 / 3) / math.log(4), rel=1e-12)


@pytest.mark.parametrize("seconds", [{}, {"1": 1.0}, {"1": 1.0, "2": 0.0}, {"0": 1.0, "2": 1.0}, {"1": math.nan, "2": 1.0}], ids=str)
def test_times_without_a_power_law_are_refused(seconds):
    with pytest.raises(ValueError, match="expected positive times of two sizes or more"):
        growth.power_law(seconds)


def test_the_stored_exponents_are_those_of_the_stored_times():
    for file in growth.RESULTS.glob("*_growth.json"):
        for entry in json.loads(file.read_text())["growth"].values():
            assert growth.power_law(entry["seconds"])[0] == pytest.approx(entry["exponent"], abs=1e-9)


def test_the_figure_draws_every_file_with_its_exponents(pages, tmp_path):
    times = {name: {str(size): 1e-3 * size**p for size in (10, 12, 100)} for name, p in (("steps", 1), ("depth", 2))}
    stored = MADE | {"growth": {name: {"seconds": seconds} for name, seconds in times.items()}}
    figure = growth.draw(write(tmp_path, one_growth=stored, two_growth=stored))
    assert [axis.get_title() for axis in figure.axes] == ["one", "two"]
    for axis in figure.axes:
        assert [text.get_text() for text in axis.get_legend().get_texts()] == ["steps$^{1.00}$", "depth$^{2.00}$"]
        assert [label.get_text() for label in axis.get_xticklabels()] == ["10", "100"]
    assert "| one | depth | 10 | 100 | depth^2.00 |" in pages.tables(tmp_path)


def test_a_file_without_growth_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"bad_growth\.json has no growth"):
        growth.growths(write(tmp_path, bad_growth=MADE))
