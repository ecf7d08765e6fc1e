"""What every stored measurement needs: files written whole, the environment, the error of a share."""

from __future__ import annotations

import math
import os
import platform
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all: a temporary file in the same folder, then one rename."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).chmod(0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def environment(packages: Sequence[str]) -> dict[str, Any]:
    """Return the versions, dtype, device, machine and threads of a float64 run on one core."""
    versions = {name: version(name) for name in packages}
    return {
        "python": platform.python_version(),
        **versions,
        "dtype": "float64",
        "device": "cpu",
        "machine": platform.machine(),
        "threads": 1,
    }


def wilson(hits: int, total: int) -> list[float]:
    r"""Return :math:`(p + z^2/2n \pm z\sqrt{p(1-p)/n + z^2/4n^2}) / (1 + z^2/n)`: Wilson's 95 % interval of a share."""
    z, p = 1.959963984540054, hits / total
    centre, spread = p + z * z / (2 * total), z * math.sqrt(p * (1 - p) / total + z * z / (4 * total * total))
    return [max(0.0, (centre - spread) / (1 + z * z / total)), min(1.0, (centre + spread) / (1 + z * z / total))]
