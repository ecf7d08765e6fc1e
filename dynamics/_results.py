"""What every stored result needs: as JSON, the environment, the error of a share, short numbers, a layout that changes line by line."""

from __future__ import annotations

import dataclasses
import json
import math
import platform
import re
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import numpy as np


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


def short(value: Any) -> Any:
    """Return numbers, or sequences and dictionaries of them, with five significant digits; what is not finite, and None, as None."""
    if isinstance(value, dict):
        return {key: short(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)) or getattr(value, "shape", None):
        return [short(part) for part in value]
    return float(f"{float(value):.5g}") if value is not None and math.isfinite(value) else None


def layout(report: dict[str, Any]) -> str:
    """Return JSON with one line for each entry of each setting, so that a changed number is a changed line."""
    text = json.dumps(report, indent=1, allow_nan=False)
    return re.sub(r"\[[^\[\]{}]*\](,\s*\[[^\[\]{}]*\])*", lambda rows: " ".join(rows[0].split()), text) + "\n"


def as_json(result: Any, leave_out: Sequence[str] = ()) -> str:
    """Return a result as JSON: its fields, the kind of result, the versions it was made with; NaN and infinities as ``null``."""
    made = environment(("numpy", "numba", "sympy")) | {"device": result.device}
    return json.dumps({"kind": type(result).__name__, **_fields(result, leave_out), "environment": made}, allow_nan=False)


def _fields(value: Any, leave_out: Sequence[str]) -> dict[str, Any]:
    return {f.name: _plain(getattr(value, f.name), leave_out) for f in dataclasses.fields(value) if f.name not in leave_out}


def _plain(value: Any, leave_out: Sequence[str]) -> Any:
    if dataclasses.is_dataclass(value):
        return _fields(value, leave_out)
    if isinstance(value, tuple | list):
        return [_plain(entry, leave_out) for entry in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if not isinstance(value, np.ndarray):
        return value
    plain = value.astype(object)
    if value.dtype == np.float64:
        plain[~np.isfinite(value)] = None
    return plain.tolist() if value.dtype != object else _plain(value.tolist(), leave_out)
