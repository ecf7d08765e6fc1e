"""`import dynamics`: quick, complete, and the same whichever module was imported first."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import dynamics

STUB = ast.parse(Path(dynamics.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
(LISTED,) = (ast.literal_eval(line.value) for line in STUB.body if isinstance(line, ast.Assign))
HEAVY = {"torch", "numba", "sympy", "scipy", "numpy", "matplotlib"}


def fresh(code: str) -> str:
    """What the code prints in a process of its own."""
    root = Path(dynamics.__file__).parents[1]
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root).stdout.strip()


def test_the_import_alone_loads_nothing_heavy():
    assert fresh(f"import sys, dynamics; print({HEAVY} & set(sys.modules))") == "set()"


def test_a_sweep_does_not_load_torch_or_numba():
    assert fresh("import sys; from dynamics import sweep; print({'torch', 'numba'} & set(sys.modules))") == "set()"


def test_the_stub_lists_every_name_once_and_each_is_there():
    assert sorted(LISTED) == sorted(dynamics.__all__) and len(set(LISTED)) == len(LISTED)
    assert set(LISTED) <= set(dir(dynamics))
    for name in LISTED:
        assert getattr(dynamics, name).__name__ == name


def test_a_function_wins_over_the_module_of_its_name():
    named = sorted(name for name in LISTED if (Path(dynamics.__file__).parent / f"{name}.py").is_file())
    code = "; ".join(
        [f"import dynamics.{name}" for name in named] + [f"from dynamics import {', '.join(named)}", f"print({', '.join(named)})"]
    )
    assert {"sharpness", "sweep"} <= set(named) and fresh(code).count("<function") == len(named)


def test_an_unknown_name_is_an_error():
    with pytest.raises(AttributeError, match="module 'dynamics' has no attribute 'baisins'"):
        dynamics.baisins  # noqa: B018  (the access is the test)
