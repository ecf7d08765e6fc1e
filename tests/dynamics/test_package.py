"""`import dynamics`: quick, complete, and the same whichever module was imported first."""

import ast
import re
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


EVERY_MODULE = """
from importlib import import_module
from pkgutil import walk_packages
import dynamics
names = [found.name for found in walk_packages(dynamics.__path__, "dynamics.")]
for name in names:
    import_module(name)
hidden = [name for name in dynamics.__all__ if getattr(dynamics, name).__name__ != name]
print(len(names) > 80 and "dynamics.curvature.sharpness" in names, hidden)
"""


def test_no_module_hides_a_public_name():
    assert fresh(EVERY_MODULE) == "True []"


def test_each_room_uses_only_the_rooms_before_it():
    folder = Path(dynamics.__file__).parent
    rooms = re.findall(r"`dynamics\.(\w+)`", (dynamics.__doc__ or "").split("The rooms")[1])
    assert sorted(rooms) == sorted(path.parent.name for path in folder.glob("*/__init__.py"))
    for place, room in enumerate(rooms):
        code = "\n".join(path.read_text(encoding="utf-8") for path in (folder / room).glob("*.py"))
        used = set(re.findall(r"^ *from dynamics\.(\w+)", code, re.M)) & set(rooms)
        assert used <= set(rooms[: place + 1]), f"{room} uses {used - set(rooms[: place + 1])}, which stand after it"


def test_an_unknown_name_is_an_error():
    with pytest.raises(AttributeError, match="module 'dynamics' has no attribute 'baisins'"):
        dynamics.baisins  # noqa: B018  (the access is the test)
