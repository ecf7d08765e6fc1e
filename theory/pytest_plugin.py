"""pytest for claims: `@pytest.mark.claim("nar-sastry:theorem-1")`, `--claim GLOB`, a table by claim, versions on top.

A project that checks theorems of its own says `pytest_plugins = ["theory.pytest_plugin"]` in its top conftest.py.
"""

from __future__ import annotations

import fnmatch
import platform
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import pytest

from theory import __version__
from theory.catalog import UnknownClaim, load_claims, select

PROPERTY = "claim"  # a property travels with the report, from xdist's workers too, and stands in JUnit XML
WRONG_MARK = pytest.StashKey[str]()
SHOWN = ("sympy", "python-flint", "z3-solver", "numpy", "torch", "hypothesis")
OUTCOMES = ("passed", "failed", "skipped")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option `--claim GLOB`, which may be repeated."""
    group = parser.getgroup("stepverdict", "claims of the papers")
    group.addoption(
        "--claim",
        action="append",
        default=[],
        metavar="GLOB",
        help="run only tests marked with a claim that matches, e.g. 'nar-sastry:*'",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Registers the marker and the table; an unknown claim in `--claim` ends the run at once."""
    config.addinivalue_line("markers", "claim(*ids): the claims (ids or globs) that the test is evidence for")
    for pattern in config.getoption("claim"):
        _ids(pattern, "--claim")
    config.pluginmanager.register(_Table(), "stepverdict-table")


def pytest_report_header(config: pytest.Config) -> list[str]:
    """What the numbers depend on: versions, the default dtype, the device."""
    found = ", ".join(f"{name} {_version(name)}" for name in SHOWN)
    return [f"stepverdict {__version__}: Python {platform.python_version()}, {found}", f"{_dtype()}; {_device()}"]


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "not installed"


def _dtype() -> str:
    try:
        import torch
    except ImportError:
        return "torch is not installed"
    return f"dtype: float64 in dynamics (torch's own default: {str(torch.get_default_dtype()).removeprefix('torch.')})"


def _device() -> str:
    try:
        import torch
    except ImportError:
        return "CUDA tests are not run"
    if not torch.cuda.is_available():
        return "no CUDA device here: CUDA tests are not run"
    return f"device: {torch.cuda.get_device_name()}"


def _ids(pattern: str, where: str) -> list[str]:
    try:
        return [c.id for c in select([pattern])]
    except UnknownClaim as error:
        raise pytest.UsageError(f"{where}: {error.args[0]}") from None


def claims_of(item: pytest.Item) -> list[str]:
    """The claims that a test's markers name, globs resolved, in the order of the papers.

    Raises:
        pytest.UsageError: a marker without ids, or one that names no claim.
    """
    found: set[str] = set()
    for mark in item.iter_markers("claim"):
        if not mark.args or mark.kwargs or not all(isinstance(a, str) for a in mark.args):
            raise pytest.UsageError(f"{item.nodeid}: the marker claim takes ids, e.g. claim('nar-sastry:theorem-1')")
        found.update(i for pattern in mark.args for i in _ids(pattern, item.nodeid))
    return [i for i in load_claims() if i in found]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Ties each test to its claims, and keeps only those that `--claim` asks for."""
    wanted = config.getoption("claim")
    kept: list[pytest.Item] = []
    dropped: list[pytest.Item] = []
    for item in items:
        try:
            claims = claims_of(item)
        except pytest.UsageError as error:
            # raised here, it would be lost in an xdist worker: the test itself fails, whatever was selected
            item.stash[WRONG_MARK] = str(error)
            kept.append(item)
            continue
        item.user_properties += [(PROPERTY, i) for i in claims]
        chosen = not wanted or any(fnmatch.fnmatchcase(i, w) for i in claims for w in wanted)
        (kept if chosen else dropped).append(item)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test whose marker names no claim fails."""
    if WRONG_MARK in item.stash:
        pytest.fail(item.stash[WRONG_MARK], pytrace=False)


class _Table:
    """Counts outcomes claim by claim, and prints them at the end of the run."""

    def __init__(self) -> None:
        self.counts: dict[str, Counter[str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and report.outcome == "passed":
            return
        for name, claim in report.user_properties:
            if name == PROPERTY:
                self.counts.setdefault(str(claim), Counter())[report.outcome] += 1

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if not self.counts:
            return
        terminalreporter.section("claims")
        for line in table(self.counts):
            terminalreporter.write_line(line, red=" FAILED" in line)


def table(counts: dict[str, Counter[str]]) -> Iterator[str]:
    """One line a claim, in the order of the papers: tests passed, failed and skipped.

    Example:
        >>> for line in table({"nar-sastry:theorem-1": Counter(passed=3, failed=1)}):
        ...     print(line)
        claim                 passed  failed  skipped
        nar-sastry:theorem-1       3       1        0  FAILED
    """
    width = max(map(len, counts))
    yield f"{'claim'.ljust(width)}  {'  '.join(OUTCOMES)}"
    for claim in _in_order(counts):
        cells = "  ".join(str(counts[claim][o]).rjust(len(o)) for o in OUTCOMES)
        yield f"{claim.ljust(width)}  {cells}{'  FAILED' if counts[claim]['failed'] else ''}"


def _in_order(claims: Iterable[str]) -> list[str]:
    known = {claim: position for position, claim in enumerate(load_claims())}
    return sorted(claims, key=lambda c: known.get(c, len(known)))
