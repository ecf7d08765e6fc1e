"""What the command prints: wrapped blocks and tables, in colour on a terminal, plain and never cut off when piped."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.text import Text

STYLES = {
    "proved": "green",
    "amended": "yellow",
    "refuted": "red",
    "replicated": "green",
    "not-replicated": "red",
    "definition": "cyan",
    "informal": "dim",
    "open": "magenta",
    "unrecorded": "dim",
}
LABEL = 14  # columns of the label before a block
NARROW = 60  # below, labels stand on a line of their own
PIPED = 120  # the width of text that goes to a file or a pipe
WIDEST = 140  # longer lines are hard to read


class Screen:
    """Standard output (or error) as the commands use it: no markup, so that brackets in formulas stay brackets."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.console = Console(file=stream or sys.stdout, markup=False, highlight=False, emoji=False)

    @property
    def live(self) -> bool:
        """Whether someone watches: a terminal that can redraw."""
        return self.console.is_terminal and not self.console.is_dumb_terminal

    @property
    def width(self) -> int:
        """The columns that text may use."""
        return max(20, min(self.console.width, WIDEST)) if self.console.is_terminal else PIPED

    @contextmanager
    def bar(self, total: int) -> Iterator[Callable[..., None]]:
        """A progress bar while the block runs, where someone watches.

        What it yields is called with a name when a piece is finished, or with a name and how many pieces are.
        """
        if not self.live:
            yield lambda name, pieces=1: None
            return
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
        with Progress(*columns, console=self.console, transient=True) as progress:
            task = progress.add_task("", total=total)
            yield lambda name, pieces=1: progress.update(task, advance=pieces, description=name)

    def line(self, text: str | Text = "", style: str | None = None) -> None:
        """One line; the terminal wraps it, nothing cuts it."""
        self.console.print(text, style=style, soft_wrap=True)

    def block(self, label: str, text: str, style: str | None = None) -> None:
        """A label in the margin, and the text wrapped beside it; one paragraph for each of its lines."""
        self.rows(label, [text_line for text_line in text.splitlines() or [""]], style)

    def rows(self, label: str, lines: Iterable[str], style: str | None = None, hang: int = 0) -> None:
        """Lines beside one label; what is too long goes on `hang` columns further right."""
        narrow = self.width < NARROW
        margin = 2 if narrow else LABEL
        if narrow:
            self.line(Text(label, style="bold"))
        for number, text in enumerate(lines):
            wrapped = textwrap.wrap(text, self.width - margin, subsequent_indent=" " * hang, break_long_words=False, break_on_hyphens=False)
            for position, piece in enumerate(wrapped or [""]):
                first = number == 0 and position == 0 and not narrow
                head = Text(label.ljust(LABEL) if first else " " * margin, style="bold")
                self.line(Text.assemble(head, Text(piece, style=style or "")))

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]], verdicts: int | None = None) -> None:
        """Aligned columns, the last as long as it likes; `verdicts` is the column in the verdicts' colours."""
        widths = [max(len(r[i]) for r in (header, *rows)) for i in range(len(header))]
        widths[-1] = 0
        self.line(Text("  ".join(c.ljust(w) for c, w in zip(header, widths, strict=True)).rstrip(), style="bold"))
        for row in rows:
            cells = [
                Text(c.ljust(w), style=STYLES.get(c, "") if i == verdicts else "") for i, (c, w) in enumerate(zip(row, widths, strict=True))
            ]
            line = Text("  ").join(cells)
            line.rstrip()
            self.line(line)


def elided(text: str, limit: int) -> str:
    """The text, or its beginning and end around `[...]` where it is longer than `limit`.

    Example:
        >>> elided("abcdefghij klmnopqrst uvwxyz", 20)
        'abcdefgh [...] vwxyz'
    """
    if len(text) <= limit:
        return text
    room = limit - len(" [...] ")
    head = room * 2 // 3
    return f"{text[:head].rstrip()} [...] {text[len(text) - (room - head) :].lstrip()}"


__all__ = ["STYLES", "Screen", "elided"]
