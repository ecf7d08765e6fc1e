"""Runs every `$ stepverdict ...` of the README that stands above its output, and writes what it prints there now.

python docs/refresh_readme.py
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"
BLOCK = re.compile(r"```console\n\$ stepverdict (?P<command>[^\n]*)\n(?P<output>.*?)```", re.DOTALL)


def printed(command: str) -> str:
    """What the command prints now, without spaces at the ends of lines; `... | head -N` is its first N lines."""
    command, _, count = command.partition(" | head -")
    done = subprocess.run(
        [sys.executable, "-m", "theory", *shlex.split(command)],
        capture_output=True,
        text=True,
        check=False,
        cwd=README.parent,
    )
    lines = done.stdout.splitlines()[: int(count) if count else None]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def refreshed(text: str) -> str:
    """The README with every output as it is now; a block of several commands is a list of commands, and stays."""

    def renew(block: re.Match[str]) -> str:
        if block["output"].startswith("$"):
            return block[0]
        return f"```console\n$ stepverdict {block['command']}\n{printed(block['command'])}```"

    return BLOCK.sub(renew, text)


if __name__ == "__main__":
    README.write_text(refreshed(README.read_text(encoding="utf-8")), encoding="utf-8")
