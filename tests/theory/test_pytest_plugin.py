"""The plugin as its user meets it: small test files, run by pytest in a process of their own."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
MARKED = """
import pytest

@pytest.mark.claim("nar-sastry:theorem-[12]")
def test_two_claims():
    assert True

@pytest.mark.claim("nar-sastry:theorem-2", "ni-talnikar:equation-1")
@pytest.mark.parametrize("n", [1, 2])
def test_one_fails(n):
    assert n == 1

def test_no_claim():
    assert True
"""


def run(folder: Path, source: str, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "conftest.py").write_text('pytest_plugins = ["theory.pytest_plugin"]\n')
    (folder / "test_marked.py").write_text(source)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(folder),
        *options,
        str(folder),
    ]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def rows(output: str) -> dict[str, list[str]]:
    return {line.split()[0]: line.split()[1:] for line in output.splitlines() if line.startswith(("nar-", "ni-"))}


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "xdist"])
def test_the_run_ends_with_a_table_claim_by_claim(tmp_path: Path, workers: list[str]) -> None:
    done = run(tmp_path, MARKED, "-q", *workers)
    found = rows(done.stdout)
    assert found["nar-sastry:theorem-1"] == ["1", "0", "0"]
    assert found["nar-sastry:theorem-2"] == ["2", "1", "0", "FAILED"]
    assert done.returncode == 1


def test_a_skipped_test_and_a_broken_fixture_are_counted(tmp_path: Path) -> None:
    source = """
import pytest

pytestmark = pytest.mark.claim("nar-sastry:theorem-1")

@pytest.fixture
def broken():
    raise RuntimeError

def test_error(broken): ...

def test_skip():
    pytest.skip("no data here")
"""
    assert rows(run(tmp_path, source, "-q").stdout) == {"nar-sastry:theorem-1": ["0", "1", "1", "FAILED"]}


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "xdist"])
def test_claim_selects_and_may_be_repeated(tmp_path: Path, workers: list[str]) -> None:
    done = run(tmp_path, MARKED, "-q", "--claim", "*:theorem-1", "--claim", "ni-talnikar:*", *workers)
    assert set(rows(done.stdout)) == {"nar-sastry:theorem-1", "nar-sastry:theorem-2", "ni-talnikar:equation-1"}
    assert "1 failed, 2 passed" in done.stdout


@pytest.mark.parametrize("options", [[], ["-n", "2"], ["--claim", "*:theorem-1"]], ids=["alone", "xdist", "selected"])
def test_a_marker_that_names_no_claim_is_an_error(tmp_path: Path, options: list[str]) -> None:
    marks = ['"nar-sastry:thm-1"', "", "1"]
    tests = [f"@pytest.mark.claim({mark})\ndef test_{n}(): ...\n" for n, mark in enumerate(marks)]
    done = run(tmp_path, "\n".join(["import pytest\n", *tests]), "-q", *options)
    assert done.returncode == 1
    assert "3 errors" in done.stdout
    assert "test_0: no claim matches 'nar-sastry:thm-1'; nearest: nar-sastry:theorem-1" in done.stdout
    assert done.stdout.count("the marker claim takes ids") >= 2


def test_claim_that_matches_nothing_is_one_line(tmp_path: Path) -> None:
    done = run(tmp_path, MARKED, "--claim", "nar-sastry:theorem-11")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert done.stderr.strip().splitlines() == [
        "ERROR: --claim: no claim matches 'nar-sastry:theorem-11'; "
        "nearest: nar-sastry:theorem-1, nar-sastry:theorem-4, nar-sastry:theorem-3"
    ]


def test_the_header_says_what_the_numbers_depend_on(tmp_path: Path) -> None:
    output = run(tmp_path, MARKED, "--claim", "*:theorem-1").stdout
    for name in ("sympy 1.", "python-flint 0.", "z3-solver ", "torch 2.", "Python 3.", "float64"):
        assert name in output
    assert ("no CUDA device here: CUDA tests are not run" in output) != ("device: " in output)
