"""The README is true: its Python runs, its outputs are what the command prints, its files exist, its commands parse."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
TEXTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
README = TEXTS[0].read_text(encoding="utf-8")

_spec = importlib.util.spec_from_file_location("refresh_readme", ROOT / "docs" / "refresh_readme.py")
assert _spec is not None and _spec.loader is not None
refresh = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(refresh)


def commands() -> list[str]:
    """Every documented `$ ...` command, without its comment."""
    found = [m for path in TEXTS for m in re.findall(r"^\$ (.*?)(?:\s+#.*)?$", path.read_text(), re.MULTILINE)]
    return sorted(set(found))


PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_the_python_of_the_readme_runs_and_says_what_it_says() -> None:
    block = PYTHON[0]
    assert 12 <= len(block.splitlines()) <= 20
    done = subprocess.run([sys.executable, "-c", block], capture_output=True, text=True, timeout=60, cwd=ROOT, check=True)
    lines = done.stdout.splitlines()
    assert [line.split(":")[0].split(" at")[0] for line in lines] == [
        "proved",
        "trusts",
        "holds",
        "fails",
        "not proved",
    ]
    assert lines[2] == "holds at {a: 2, h: 1, x: 3}" and lines[3] == "fails at {a: 1, h: 3, x: 1}"


def test_what_the_readme_computes() -> None:
    _, block = PYTHON
    done = subprocess.run([sys.executable, "-c", block], capture_output=True, text=True, timeout=60, cwd=ROOT, check=True)
    first, second, third = done.stdout.splitlines()
    assert first == "5/2 and not sqrt(26)/4" and second == "1 False 1/4 0"
    step, ratio = third.split()
    assert step == "2" and float(ratio) == pytest.approx(0.5, abs=1e-15)  # 0.032 is 128/4000: the others are flat


@pytest.mark.parametrize("block", list(refresh.BLOCK.finditer(README)), ids=lambda block: block["command"])
def test_each_output_is_what_the_command_prints(block: re.Match[str]) -> None:
    """Line by line and in order; the command may print more, e.g. tests written since."""
    real = iter(refresh.printed(block["command"]).splitlines())
    shown = block["output"].splitlines()
    missing = [line for line in shown if not any(line == r for r in real)]
    assert shown and not missing, f"run docs/refresh_readme.py; no longer printed: {missing[:1]}"


@pytest.mark.parametrize("name", sorted(set(re.findall(r"\]\(((?!http)[^)#]+)\)|(demos/\w+\.py)", README))), ids="".join)
def test_each_file_that_the_readme_names_exists(name: tuple[str, str]) -> None:
    assert (ROOT / "".join(name)).is_file()


@pytest.mark.parametrize("command", [c for c in commands() if c.startswith("stepverdict ")])
def test_each_documented_command_exists(command: str) -> None:
    """Its name and its options are known to the command's own help."""
    _, name, *rest = command.split()
    done = subprocess.run(
        [sys.executable, "-m", "theory", name, "--help"],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        check=True,
    )
    options = [word for word in rest if word.startswith("--")]
    assert all(option in done.stdout for option in options)


@pytest.mark.parametrize("command", [c for c in commands() if c.startswith("make ")])
def test_each_documented_target_exists(command: str) -> None:
    target = command.split()[1]
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_the_documented_commands_were_found() -> None:
    assert {"make verify", "make test", "stepverdict trust"} <= set(commands())
