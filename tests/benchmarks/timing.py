"""Times rivals in one run: alternately, in CPU seconds, which other processes disturb less than the clock.

Other processes still take the shared cache and the memory's bandwidth, and rivals that need those suffer more than a compiled
loop does. So results carry the median of the rounds and the least, and the machine's load.
"""

import importlib.util
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from dynamics._results import environment
from theory.files import write_whole

RESULTS = Path(__file__).parent / "results"


def alternately(rivals: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Return the CPU seconds of each rival in each round, after one run that does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in rivals}
    for run in rivals.values():
        run()
    for _ in range(rounds):
        for name, run in rivals.items():
            began = time.process_time()
            run()
            seconds[name].append(time.process_time() - began)
    return seconds


def medians(seconds: Mapping[str, list[float]]) -> dict[str, float]:
    return {name: statistics.median(values) for name, values in seconds.items()}


def leasts(seconds: Mapping[str, list[float]]) -> dict[str, float]:
    return {name: min(values) for name, values in seconds.items()}


def ratios(seconds: Mapping[str, list[float]], ours: str) -> dict[str, dict[str, float]]:
    """How many times as fast ours is as each rival, under the keys that the benchmarks' page reads."""
    middle, least = medians(seconds), leasts(seconds)
    return {
        f"{ours} over rival": {name: value / middle[ours] for name, value in middle.items()},
        f"{ours} over rival, least of the rounds": {name: value / least[ours] for name, value in least.items()},
    }


def installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else ():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


def store(name: str, packages: tuple[str, ...], **results: object) -> Path:
    """Write the results with their environment, whole, and return the path."""
    made = environment(tuple(p for p in packages if installed(p))) | {"processor": processor(), "load": os.getloadavg()[0]}
    path = RESULTS / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    write_whole(path, json.dumps({"environment": made, "clock": "CPU seconds of the process", **results}, indent=1) + "\n")
    return path
