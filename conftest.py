"""What every test run shares: the claims' plugin, and Hypothesis' profiles dev, ci and nightly."""

from __future__ import annotations

import os
import random

import pytest
from hypothesis import HealthCheck, settings

# One thread a process, as in the Makefile, before torch is imported: the threads of several test processes wait for each other's cores
os.environ.setdefault("OMP_NUM_THREADS", "1")

pytest_plugins = ["theory.pytest_plugin"]

# deadline=None: a time limit for each example makes a test flaky on a busy machine; pytest-timeout watches instead
settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile("ci", max_examples=200, deadline=None, derandomize=True, print_blob=True)
settings.register_profile("nightly", max_examples=10_000, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci" if os.environ.get("CI") else "dev")  # --hypothesis-profile=NAME overrides it


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """A nightly run draws a seed, unless it was given one; the header prints it, so that the run can be repeated."""
    nightly = config.getoption("hypothesis_profile", None) == "nightly"
    if nightly and config.getoption("hypothesis_seed", None) is None:
        config.option.hypothesis_seed = str(random.SystemRandom().randrange(2**32))


def pytest_report_header(config: pytest.Config) -> str:
    """The profile of Hypothesis, and the seed of a nightly run."""
    profile = config.getoption("hypothesis_profile", None) or ("ci" if os.environ.get("CI") else "dev")
    seed = config.getoption("hypothesis_seed", None)
    return f"Hypothesis profile: {profile}" + (f", --hypothesis-seed={seed}" if seed else "")
